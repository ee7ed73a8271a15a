/* Keeps personal answers out of shared caches, beyond their own headers, and detects one that got there. */
#ifndef NGX_HTTP_DYNSTORE_SHARED_CACHE_H
#define NGX_HTTP_DYNSTORE_SHARED_CACHE_H

#include "nginx/request/request.h"


/*
 * Called by an endpoint after identify and before the decision. In a subrequest: if the main request's header is not sent yet,
 * it will be private. If it was sent and a shared cache may store the response, the decision uses nothing personal.
 */
void ngx_http_dynstore_subrequest_guard(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* dynstore_shared_cache_check: these count and log. */
/* for a personalized response from nginx's own cache */
void ngx_http_dynstore_shared_cache_hit(ngx_http_request_t *r);
/* for a personalized response that was in another cache */
void ngx_http_dynstore_shared_cache_personal(ngx_http_request_t *r);
/* a fragment's fingerprint, with bits of its visitor on top; zero bits without a visitor */
uint64_t ngx_http_dynstore_fingerprint_sign(uint64_t fingerprint, ngx_str_t *visitor_hash);
/* for an If-None-Match with another visitor's fingerprint */
void ngx_http_dynstore_shared_cache_validator(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, uint64_t fingerprint);

#endif
