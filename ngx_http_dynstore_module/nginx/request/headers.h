/* Headers of requests and responses, and how a response is made private to the browser. */
#ifndef NGX_HTTP_DYNSTORE_HEADERS_H
#define NGX_HTTP_DYNSTORE_HEADERS_H

#include "nginx/request/request.h"


/* A request header that nginx keeps no pointer to; the first of its name, or NULL. */
ngx_str_t *ngx_http_dynstore_header_in(ngx_http_request_t *r, ngx_str_t *name);

/* Adds a response header. Both strings must live as long as the request. */
ngx_int_t ngx_http_dynstore_add_header(ngx_http_request_t *r, const char *name, ngx_str_t *value);
/* Adds `Server-Timing: dyn;dur=1.8;desc="session"`. */
ngx_int_t ngx_http_dynstore_server_timing(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* True when only the browser may store the response: no header lets a shared cache store it. */
ngx_uint_t ngx_http_dynstore_headers_are_private(ngx_http_request_t *r);
/* True when dynstore personalized the response, in this nginx or in an upstream's. */
ngx_uint_t ngx_http_dynstore_headers_are_ours(ngx_http_request_t *r);

/*
 * Makes the header private. Keeps no-store; for an endpoint also its own max-age. `vary`: what the response depends on; may be
 * empty. `rewritten`: the body is no longer the backend's, so headers about its bytes are removed. NGX_ERROR: no memory.
 */
#define NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN     1
#define NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT      2
ngx_int_t ngx_http_dynstore_headers_private(ngx_http_request_t *r, ngx_str_t *vary, ngx_uint_t flags);


/* `Cache-Control: no-transform`: the response must stay as it is. */
ngx_uint_t ngx_http_dynstore_headers_no_transform(ngx_http_request_t *r);

#endif
