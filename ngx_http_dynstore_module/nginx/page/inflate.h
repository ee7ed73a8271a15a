/*
 * A page that the backend compressed with gzip is inflated on its way to the scanner, which then finds plain bytes. The
 * header goes out before the body is seen: it says plain from then on, and nginx's gzip filter may compress again behind us.
 */
#ifndef NGX_HTTP_DYNSTORE_INFLATE_H
#define NGX_HTTP_DYNSTORE_INFLATE_H

#include "nginx/page/page.h"


/* Limits, each with its reason. */
/* of a page at once, inflated and not yet sent: beyond it the backend waits for the browser, as with proxy_buffers */
#define NGX_HTTP_DYNSTORE_INFLATE_BUFS          8
#define NGX_HTTP_DYNSTORE_INFLATE_BUF_BYTES     8192
/* made for one request before others have their turn: a few bytes of gzip may stand for megabytes */
#define NGX_HTTP_DYNSTORE_INFLATE_TURN_BYTES    (256 * 1024)
/* what a backend does, it does with every page: each kind is said this seldom by a worker */
#define NGX_HTTP_DYNSTORE_INFLATE_SAY_S         60


ngx_int_t ngx_http_dynstore_inflate_filter_init(ngx_conf_t *cf);

/* NGX_OK: the page is plain, or gzip that may be taken off. NGX_DECLINED: it is encoded, and the log says so. */
ngx_int_t ngx_http_dynstore_inflate_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* What may fail of inflating the page, if it is compressed; the header is not yet touched. NGX_ERROR: no memory. */
ngx_int_t ngx_http_dynstore_inflate_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* The page is inflated from here on: its header says no Content-Encoding. */
void ngx_http_dynstore_inflate_header(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Forgets what was begun: another response follows. */
void ngx_http_dynstore_inflate_drop(ngx_http_dynstore_page_t *page);

/* In front of the module's own filter, which it calls; with NULL, goes on where the page stopped. */
ngx_int_t ngx_http_dynstore_inflate_body_filter(ngx_http_request_t *r, ngx_chain_t *in);

#endif
