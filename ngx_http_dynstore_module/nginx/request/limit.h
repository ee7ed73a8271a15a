/*
 * Limits what one visitor and one address may record: every event, page view and new visitor counts for both. The buckets are
 * in the shared zone under keyed hashes, so it shows no visitor and no address.
 */
#ifndef NGX_HTTP_DYNSTORE_LIMIT_H
#define NGX_HTTP_DYNSTORE_LIMIT_H

#include "nginx/request/request.h"
#include "engine/trust/limit.h"


/*
 * Charges `count` to the visitor, if there is one, and to the address, and returns 0. If they do not fit, charges nothing and
 * returns the seconds until they would. With `count` 0 it only asks whether one would fit.
 */
ngx_uint_t ngx_http_dynstore_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count);

char *ngx_http_dynstore_set_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
