/* The visitor's name: our signed cookie, found or minted, or what dynstore_visitor names. */
#ifndef NGX_HTTP_DYNSTORE_VISITOR_H
#define NGX_HTTP_DYNSTORE_VISITOR_H

#include "nginx/request/request.h"


/* Finds or mints the visitor and hashes it: only of who is to be known. In a subrequest none is minted. */
ngx_int_t ngx_http_dynstore_visitor_find(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Adds Set-Cookie when the visitor was minted. */
ngx_int_t ngx_http_dynstore_visitor_cookie_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

#endif
