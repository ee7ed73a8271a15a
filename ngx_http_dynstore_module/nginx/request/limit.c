#include "nginx/request/limit.h"
#include "nginx/core/log.h"
#include "nginx/shop/zone.h"

#define XXH_INLINE_ALL
#include <xxhash.h>


/* how often the log says that an address is over its limit */
#define NGX_HTTP_DYNSTORE_LIMIT_LOG_S           60


typedef struct {
    uint64_t                          tag;
    dyn_rate_t                       *rate;
    dyn_bucket_t                     *bucket;
} ngx_http_dynstore_limit_one_t;


static uint64_t ngx_http_dynstore_limit_tag(const void *data, size_t len, uint64_t seed);
static uint64_t ngx_http_dynstore_limit_seed(uint64_t seed, dyn_rate_t *rate);
static uint64_t ngx_http_dynstore_limit_address(ngx_http_request_t *r, uint64_t seed);
static ngx_uint_t ngx_http_dynstore_limit_private(u_char *address);
static void ngx_http_dynstore_limit_log(ngx_http_request_t *r);


ngx_uint_t
ngx_http_dynstore_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count)
{
    uint32_t                        one, wait;
    uint64_t                        seed, nsets, now_ms;
    ngx_uint_t                      i, n, address;
    dyn_bucket_t                   *buckets;
    ngx_shm_zone_t                 *zone;
    ngx_http_dynstore_limit_t      *limit;
    ngx_http_dynstore_limit_one_t   ones[2];

    limit = ctx->conf->limit;
    zone = ctx->conf->shop->zone;

    if (limit == NULL || ctx->trusted || ngx_http_dynstore_zone_buckets(zone, &nsets, &seed) == NULL) {
        return 0;
    }

    n = 0;
    address = 2;

    if (limit->visitor.count && ctx->visitor_hash.len) {
        ones[n].tag = ngx_http_dynstore_limit_tag(ctx->visitor_hash.data, ctx->visitor_hash.len,
                                                  ngx_http_dynstore_limit_seed(seed, &limit->visitor));
        ones[n++].rate = &limit->visitor;
    }

    if (limit->address.count) {
        ones[n].tag = ngx_http_dynstore_limit_address(r, ngx_http_dynstore_limit_seed(seed, &limit->address));

        if (ones[n].tag) {
            address = n;
            ones[n++].rate = &limit->address;
        }
    }

    if (n == 0) {
        return 0;
    }

    now_ms = ngx_current_msec;
    wait = 0;

    buckets = ngx_http_dynstore_zone_lock_buckets(zone);

    for (i = 0; i < n; i++) {
        ones[i].bucket = dyn_bucket_find(buckets + ones[i].tag % nsets * DYN_LIMIT_SET_BUCKETS, ones[i].tag, now_ms);
        one = dyn_bucket_wait(ones[i].bucket, ones[i].tag, ones[i].rate, now_ms, (uint32_t) ngx_max(count, 1));

        if (one > wait) {
            wait = one;
        }

        if (one == 0 && i == address) {
            address = 2;
        }
    }

    for (i = 0; i < n && wait == 0 && count; i++) {
        dyn_bucket_fill(ones[i].bucket, ones[i].tag, ones[i].rate, now_ms, (uint32_t) count);
    }

    ngx_http_dynstore_zone_unlock(zone);

    if (wait && address < n) {
        ngx_http_dynstore_limit_log(r);
    }

    return wait;
}


static uint64_t
ngx_http_dynstore_limit_tag(const void *data, size_t len, uint64_t seed)
{
    uint64_t  tag;

    tag = XXH3_64bits_withSeed(data, len, seed);

    /* 0 is an empty bucket's */
    return tag ? tag : 1;
}


/* Locations with another rate use other buckets; otherwise a slow limit would drain at a fast one's speed. */
static uint64_t
ngx_http_dynstore_limit_seed(uint64_t seed, dyn_rate_t *rate)
{
    return seed ^ XXH3_64bits(rate, sizeof(dyn_rate_t));
}


/*
 * Returns 0 for the address of a nearby proxy, which says nothing about the client. For IPv6 only the first half counts,
 * because a client can choose the other half.
 */
static uint64_t
ngx_http_dynstore_limit_address(ngx_http_request_t *r, uint64_t seed)
{
    u_char               *address;
    struct sockaddr      *sockaddr;
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    sockaddr = r->connection->sockaddr;

    switch (sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sockaddr;
        address = (u_char *) &sin->sin_addr;
        break;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sockaddr;
        address = sin6->sin6_addr.s6_addr;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            address += 12;
            break;
        }

        /* loopback, fc00::/7, fe80::/10 */
        if (IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr) || (address[0] & 0xfe) == 0xfc
            || IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
        {
            return 0;
        }

        return ngx_http_dynstore_limit_tag(address, 8, seed);
#endif

    default:
        return 0;
    }

    return ngx_http_dynstore_limit_private(address) ? 0 : ngx_http_dynstore_limit_tag(address, 4, seed);
}


/* 127/8, 10/8, 172.16/12, 192.168/16, 169.254/16 and 100.64/10: this machine and private networks */
static ngx_uint_t
ngx_http_dynstore_limit_private(u_char *address)
{
    return address[0] == 127 || address[0] == 10
           || (address[0] == 172 && (address[1] & 0xf0) == 16)
           || (address[0] == 192 && address[1] == 168)
           || (address[0] == 169 && address[1] == 254)
           || (address[0] == 100 && (address[1] & 0xc0) == 64);
}


static void
ngx_http_dynstore_limit_log(ngx_http_request_t *r)
{
    static time_t      last;
    static ngx_uint_t  said;

    if (said && ngx_time() - last < NGX_HTTP_DYNSTORE_LIMIT_LOG_S) {
        return;
    }

    said = 1;
    last = ngx_time();

    ngx_http_dynstore_log(NGX_LOG_WARN, r,
                          "an address sends more than dynstore_limit allows: if it is a proxy or a CDN, let nginx use the "
                          "clients' own addresses with set_real_ip_from and real_ip_header");
}


char *
ngx_http_dynstore_set_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    dyn_str_t                   text;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    dyn_rate_t                 *rate;
    dyn_error_t                 error;
    ngx_http_dynstore_limit_t  *limit;

    if (dlcf->limit != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->limit = NULL;
        return NGX_CONF_OK;
    }

    limit = ngx_palloc(cf->pool, sizeof(ngx_http_dynstore_limit_t));
    if (limit == NULL) {
        return NGX_CONF_ERROR;
    }

    /* a limit that is not named keeps its default */
    *limit = ngx_http_dynstore_limit_default;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "visitor=", 8) == 0) {
            rate = &limit->visitor;

        } else if (ngx_strncmp(value[i].data, "address=", 8) == 0) {
            rate = &limit->address;

        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write visitor=RATE,BURST and "
                               "address=RATE,BURST, e.g. visitor=20/s,400, or off", &value[i]);
            return NGX_CONF_ERROR;
        }

        text = (dyn_str_t) { (char *) value[i].data + 8, value[i].len - 8 };

        if (!dyn_rate_parse(text, rate, &error)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", error.text);
            return NGX_CONF_ERROR;
        }
    }

    dlcf->limit = limit;

    return NGX_CONF_OK;
}
