/*
 * Two dangers of shared caches beyond a response's own header. The answer of a subrequest is sent under the main request's
 * header: this file prevents that it is personal. A cache may be configured to store private responses: this file detects,
 * counts and logs it.
 */
#include "nginx/request/shared_cache.h"
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "nginx/request/request.h"

#define XXH_INLINE_ALL
#include <xxhash.h>


static ngx_uint_t ngx_http_dynstore_subrequest_private(ngx_http_request_t *r);
static void ngx_http_dynstore_make_impersonal(ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_shared_cache_say(ngx_http_request_t *r, const char *sentence);


/* The visitor's bits in a fragment's validator: too few to identify the visitor, enough to notice another one. */
#define NGX_HTTP_DYNSTORE_TAG_BITS              16
#define NGX_HTTP_DYNSTORE_TAG_DIGITS            (NGX_HTTP_DYNSTORE_TAG_BITS / 4)
#define NGX_HTTP_DYNSTORE_FINGERPRINT_DIGITS    (16 - NGX_HTTP_DYNSTORE_TAG_DIGITS)


void
ngx_http_dynstore_subrequest_guard(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    /* the answer of a background subrequest, as by mirror, is not sent */

    if (r == r->main || r->background || ngx_http_dynstore_subrequest_private(r)) {
        return;
    }

    ngx_http_dynstore_count(ctx->conf->shop->counters, impersonal);
    ngx_http_dynstore_make_impersonal(ctx);
}


/* True when the response that includes the subrequest is private, or will be. */
static ngx_uint_t
ngx_http_dynstore_subrequest_private(ngx_http_request_t *r)
{
    ngx_http_dynstore_ctx_t  *ctx;

    if (r->main->header_sent) {
        return ngx_http_dynstore_headers_are_private(r->main);
    }

    ctx = ngx_http_dynstore_get_ctx(r->main);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r->main);
    }

    if (ctx == NULL) {
        return 0;
    }

    ctx->includes_personal = 1;

    return 1;
}


/*
 * Removes what is personal. What is the same for everybody stays: the surface, the item, and constants of the configuration; and
 * the language, which is that of the page.
 */
static void
ngx_http_dynstore_make_impersonal(ngx_http_dynstore_ctx_t *ctx)
{
    dyn_context_t  context;

    ngx_memzero(&context, sizeof(dyn_context_t));
    context.surface = ctx->context.surface;
    context.item_id = ctx->context.item_id;
    context.language = ctx->context.language;

    if (ctx->conf->country != NULL && ctx->conf->country->lengths == NULL) {
        ngx_memcpy(context.country, ctx->context.country, sizeof(context.country));
    }

    if (ctx->conf->age != NULL && ctx->conf->age->lengths == NULL) {
        context.age = ctx->context.age;
    }

    context.attributes = ngx_http_dynstore_constant_attributes(ctx);

    ctx->context = context;
    ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_UNWANTED;
    ctx->minted = 0;
    ctx->resigned = 0;
    ngx_str_null(&ctx->visitor);
    ngx_str_null(&ctx->visitor_hash);
    ngx_http_dynstore_permit(ctx);
}


void
ngx_http_dynstore_shared_cache_hit(ngx_http_request_t *r)
{
#if (NGX_HTTP_CACHE)

    if (r->upstream == NULL) {
        return;
    }

    switch (r->upstream->cache_status) {

    case NGX_HTTP_CACHE_HIT:
    case NGX_HTTP_CACHE_STALE:
    case NGX_HTTP_CACHE_UPDATING:
    case NGX_HTTP_CACHE_REVALIDATED:
        if (ngx_http_dynstore_headers_are_ours(r)) {
            ngx_http_dynstore_shared_cache_personal(r);
        }
        break;

    default:
        break;
    }

#endif
}


void
ngx_http_dynstore_shared_cache_personal(ngx_http_request_t *r)
{
    ngx_http_dynstore_loc_conf_t  *dlcf;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    ngx_http_dynstore_count(dlcf->shop->counters, shared_cache_age);
    ngx_http_dynstore_shared_cache_say(r, "a shared cache delivered a personalized response: "
                                       "let the cache obey Cache-Control");
}


uint64_t
ngx_http_dynstore_fingerprint_sign(uint64_t fingerprint, ngx_str_t *visitor_hash)
{
    uint64_t  tag;

    if (visitor_hash->len == 0) {
        return fingerprint >> NGX_HTTP_DYNSTORE_TAG_BITS;
    }

    /* zero means no visitor */
    tag = XXH3_64bits(visitor_hash->data, visitor_hash->len) >> (64 - NGX_HTTP_DYNSTORE_TAG_BITS);
    tag = ngx_max(tag, 1);

    return fingerprint >> NGX_HTTP_DYNSTORE_TAG_BITS | tag << (64 - NGX_HTTP_DYNSTORE_TAG_BITS);
}


void
ngx_http_dynstore_shared_cache_validator(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, uint64_t fingerprint)
{
    u_char     *p, *end, *last;
    uint64_t    own;
    ngx_int_t   tag;
    ngx_str_t  *value;

    own = fingerprint >> (64 - NGX_HTTP_DYNSTORE_TAG_BITS);

    if (!ctx->conf->shared_cache_check || r->headers_in.if_none_match == NULL || own == 0 || ctx->minted) {
        return;
    }

    value = &r->headers_in.if_none_match->value;
    last = value->data + value->len;

    for (p = value->data; p < last; p = end + 1) {

        p = ngx_strlchr(p, last, '"');
        end = p ? ngx_strlchr(++p, last, '"') : NULL;

        if (end == NULL) {
            return;
        }

        if (end - p != NGX_HTTP_DYNSTORE_TAG_DIGITS + NGX_HTTP_DYNSTORE_FINGERPRINT_DIGITS
            || ngx_hextoi(p + NGX_HTTP_DYNSTORE_TAG_DIGITS, NGX_HTTP_DYNSTORE_FINGERPRINT_DIGITS) == NGX_ERROR)
        {
            continue;    /* not one of the module's */
        }

        tag = ngx_hextoi(p, NGX_HTTP_DYNSTORE_TAG_DIGITS);

        if (tag > 0 && (uint64_t) tag != own) {
            ngx_http_dynstore_count(ctx->conf->shop->counters, shared_cache_validator);
            ngx_http_dynstore_shared_cache_say(r, "a fragment was requested with another visitor's ETag: "
                                               "does a cache store private responses?");
            return;
        }
    }
}


static void
ngx_http_dynstore_shared_cache_say(ngx_http_request_t *r, const char *sentence)
{
    static time_t  said;

    if (said == ngx_time()) {
        return;
    }

    said = ngx_time();

    ngx_http_dynstore_log(NGX_LOG_WARN, r, "%s", sentence);
}
