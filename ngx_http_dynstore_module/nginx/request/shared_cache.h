/* What keeps a personal answer out of shared caches beyond its own header, and what tells that one got there. */
#ifndef NGX_HTTP_DYNSTORE_SHARED_CACHE_H
#define NGX_HTTP_DYNSTORE_SHARED_CACHE_H

#include "nginx/request/request.h"


/*
 * Of an endpoint, after identify and before the decision. In a subrequest: while the main request's header is not sent, it will be
 * private; when it was sent and a shared cache may keep it, the decision is made without anything personal.
 */
void ngx_http_dynstore_subrequest_guard(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* The tripwire, dynstore_shared_cache_check: counts and logs. */
/* of a response that nginx's own cache kept, if it is personalized */
void ngx_http_dynstore_shared_cache_hit(ngx_http_request_t *r);
/* of a personalized response that was in a cache */
void ngx_http_dynstore_shared_cache_personal(ngx_http_request_t *r);
/* a fragment's fingerprint with bits of its visitor on top, which are zero for nobody */
uint64_t ngx_http_dynstore_fingerprint_sign(uint64_t fingerprint, ngx_str_t *visitor_hash);
/* of If-None-Match with the fingerprint of another visitor */
void ngx_http_dynstore_shared_cache_validator(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, uint64_t fingerprint);

#endif
