/*
 * A page that the backend compressed with gzip is inflated on its way to the scanner, which then finds plain bytes. The
 * header goes out before the body is seen: it says plain from then on, and nginx's gzip filter may compress again behind us.
 */
#ifndef NGX_HTTP_DYNSTORE_INFLATE_H
#define NGX_HTTP_DYNSTORE_INFLATE_H

#include "nginx/page/page.h"


/* Limits, each with its reason. */
/* inflated bytes of a page that are not sent yet; with more the backend waits for the browser, as with proxy_buffers */
#define NGX_HTTP_DYNSTORE_INFLATE_BUFS          8
#define NGX_HTTP_DYNSTORE_INFLATE_BUF_BYTES     8192
/* bytes inflated for one request before other requests get a turn: a few bytes of gzip may hold megabytes */
#define NGX_HTTP_DYNSTORE_INFLATE_TURN_BYTES    (256 * 1024)
/* a backend makes the same mistake with every page, so a worker logs each kind only once in this time */
#define NGX_HTTP_DYNSTORE_INFLATE_SAY_S         60


ngx_int_t ngx_http_dynstore_inflate_filter_init(ngx_conf_t *cf);

/* NGX_OK: the page is plain or can be inflated. NGX_DECLINED: it is encoded otherwise, and the log says so. */
ngx_int_t ngx_http_dynstore_inflate_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Prepares inflating, if the page is compressed; does not change the header yet. NGX_ERROR: no memory. */
ngx_int_t ngx_http_dynstore_inflate_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Starts inflating: removes Content-Encoding from the header. */
void ngx_http_dynstore_inflate_header(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Drops the inflater, because another response follows. */
void ngx_http_dynstore_inflate_drop(ngx_http_dynstore_page_t *page);

/* Inflates and calls the module's own filter. With NULL it continues where the page stopped. */
ngx_int_t ngx_http_dynstore_inflate_body_filter(ngx_http_request_t *r, ngx_chain_t *in);

#endif
