/* The visitor's name: the module's signed cookie, sent by the browser or new, or a value of dynstore_visitor. */
#ifndef NGX_HTTP_DYNSTORE_VISITOR_H
#define NGX_HTTP_DYNSTORE_VISITOR_H

#include "nginx/request/request.h"


/* Finds or creates the visitor and hashes the name. Call it only where the visitor may be known. A subrequest creates none. */
ngx_int_t ngx_http_dynstore_visitor_find(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Moves what Redis has under the hash of the old key to that of the new one. Call it once the request is permitted. */
void ngx_http_dynstore_visitor_move(ngx_http_dynstore_ctx_t *ctx);
/* Whether a page of this visitor had the token, made with the key or the old one. */
ngx_uint_t ngx_http_dynstore_visitor_token_valid(ngx_http_dynstore_ctx_t *ctx, dyn_str_t token);
/*
 * The visitor's name that a page has to keep itself, because Shopify's app proxy takes cookies away; empty where a cookie keeps it, and
 * where the page knows it already.
 */
dyn_str_t ngx_http_dynstore_visitor_to_keep(ngx_http_dynstore_ctx_t *ctx);
/* Adds Set-Cookie, behind an app proxy X-Dynstore-Visitor, when the visitor is new, or known by the old key. */
ngx_int_t ngx_http_dynstore_visitor_cookie_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

#endif
