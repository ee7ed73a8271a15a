/*
 * What one visitor and one address may have written: every event, page view and new visitor is charged to both. The buckets are in
 * the shared zone, under keyed hashes: neither a visitor nor an address can be read there.
 */
#ifndef NGX_HTTP_DYNSTORE_LIMIT_H
#define NGX_HTTP_DYNSTORE_LIMIT_H

#include "nginx/request/request.h"
#include "engine/trust/limit.h"


/*
 * Charges `count` to the visitor, when there is one, and to the address. 0: charged. Else the seconds until they would fit;
 * nothing is charged then. `count` 0 asks whether one would fit.
 */
ngx_uint_t ngx_http_dynstore_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count);

char *ngx_http_dynstore_set_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
