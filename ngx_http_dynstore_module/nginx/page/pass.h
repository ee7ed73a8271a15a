/*
 * Passing a page on in pieces of the producer's buffers, with blocks of our own in between. Pieces point into the producer's
 * memory; its buffer is given back, by marking it as read, when its last piece was written.
 */
#ifndef NGX_HTTP_DYNSTORE_PASS_H
#define NGX_HTTP_DYNSTORE_PASS_H

#include "nginx/page/page.h"


/* All add to page->out; NGX_ERROR: no memory. */

/* Passes on the bytes before the offset `at` of the buffer; a negative offset lies in the tail. */
ngx_int_t ngx_http_dynstore_pass_to(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf,
    ptrdiff_t at);
/* The tail's first n bytes. */
ngx_int_t ngx_http_dynstore_pass_tail(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, size_t n);
/* The buffer's bytes from page->sent to `to`; of one in a file, all. */
ngx_int_t ngx_http_dynstore_pass_piece(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf,
    size_t to);
/*
 * Ends a buffer: its last piece carries its flags and gives the buffer back when it was written. If no piece is left, an empty
 * one is added for this.
 */
ngx_int_t ngx_http_dynstore_pass_end(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf);

/* A cleared buffer of our own, taken from `free` when there is one; those for the tail keep their memory, in `start`. */
ngx_buf_t *ngx_http_dynstore_own_buf(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t **free);

/* Takes back the buffers that were written, and gives the producer's buffers back with them. */
void ngx_http_dynstore_update_busy(ngx_http_dynstore_page_t *page);

#endif
