/*
 * What one visitor and one address may have written: every event, page view and new visitor is charged to both. The buckets are in
 * the shared zone, under keyed hashes: neither a visitor nor an address can be read there.
 */
#ifndef NGX_HTTP_DYNSTORE_LIMIT_H
#define NGX_HTTP_DYNSTORE_LIMIT_H

#include "ngx_http_dynstore_request.h"
#include "../engine/dyn_limit.h"


/*
 * A shopper who looks at a page every few seconds, each with dozens of impressions, stays far below; so does an office or a
 * mobile network behind one address. A flood becomes a few hundred commands of Redis a second, which it does not notice.
 */
#define NGX_HTTP_DYNSTORE_LIMIT_VISITOR         { 20, 1000, 400 }
#define NGX_HTTP_DYNSTORE_LIMIT_ADDRESS         { 200, 1000, 4000 }


/* Of dynstore_limit. */
typedef struct ngx_http_dynstore_limit_s {
    dyn_rate_t                        visitor;
    dyn_rate_t                        address;
} ngx_http_dynstore_limit_t;

extern ngx_http_dynstore_limit_t  ngx_http_dynstore_limit_default;

/*
 * Charges `count` to the visitor, when there is one, and to the address. 0: charged. Else the seconds until they would fit;
 * nothing is charged then. `count` 0 asks whether one would fit.
 */
ngx_uint_t ngx_http_dynstore_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count);

char *ngx_http_dynstore_set_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
