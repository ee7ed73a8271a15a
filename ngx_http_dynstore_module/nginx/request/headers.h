/* Headers of requests and responses, and how a response becomes one that nobody but the browser may keep. */
#ifndef NGX_HTTP_DYNSTORE_HEADERS_H
#define NGX_HTTP_DYNSTORE_HEADERS_H

#include "nginx/request/request.h"


/* A request header that nginx keeps no pointer to; the first of its name, or NULL. */
ngx_str_t *ngx_http_dynstore_header_in(ngx_http_request_t *r, ngx_str_t *name);

/* Adds a response header. Both strings must live as long as the request. */
ngx_int_t ngx_http_dynstore_add_header(ngx_http_request_t *r, const char *name, ngx_str_t *value);
/* Adds `Server-Timing: dyn;dur=1.8;desc="session"`. */
ngx_int_t ngx_http_dynstore_server_timing(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* The response can be kept by nobody but the browser: no header lets a shared cache keep it. */
ngx_uint_t ngx_http_dynstore_headers_are_private(ngx_http_request_t *r);
/* The response is one that dynstore made personal, here or behind an upstream. */
ngx_uint_t ngx_http_dynstore_headers_are_ours(ngx_http_request_t *r);

/*
 * Makes the header private. Keeps no-store where it stands; for an endpoint also its own max-age. `vary`: what the response
 * depends on, empty for nothing. Rewritten: the bytes are not the backend's, what speaks of these goes. NGX_ERROR: no memory.
 */
#define NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN     1
#define NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT      2
ngx_int_t ngx_http_dynstore_headers_private(ngx_http_request_t *r, ngx_str_t *vary, ngx_uint_t flags);


/* `Cache-Control: no-transform`: the response must stay as it is. */
ngx_uint_t ngx_http_dynstore_headers_no_transform(ngx_http_request_t *r);

#endif
