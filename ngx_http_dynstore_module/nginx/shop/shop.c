#include "nginx/shop/shop.h"
#include "engine/base/hash.h"


static ngx_uint_t ngx_http_dynstore_zone_same(const ngx_http_dynstore_zone_conf_t *a,
    const ngx_http_dynstore_zone_conf_t *b);
static ngx_uint_t ngx_http_dynstore_path_same(const ngx_str_t *a, const ngx_str_t *b);
static ngx_int_t ngx_http_dynstore_shop_prepare(ngx_conf_t *cf, ngx_http_dynstore_shop_t *shop, void *tag);
static ngx_shm_zone_t *ngx_http_dynstore_shop_zone(ngx_conf_t *cf, ngx_http_dynstore_shop_t *shop, void *tag);
static uint64_t ngx_http_dynstore_shop_hash(ngx_http_dynstore_shop_t *shop);
static uint64_t ngx_http_dynstore_shop_stream(ngx_http_dynstore_store_conf_t *store_conf, uint64_t seed);


static ngx_str_t  ngx_http_dynstore_zone_name = ngx_string("dynstore");

/* for shops that are not used, and until a zone is there */
static ngx_http_dynstore_counters_t  ngx_http_dynstore_nowhere;


ngx_http_dynstore_shop_t *
ngx_http_dynstore_shop_find(ngx_conf_t *cf, ngx_array_t *shops, ngx_http_dynstore_store_conf_t *store_conf,
    ngx_str_t *snapshot_path, ngx_str_t *rules_path, ngx_str_t *features_path, ngx_http_dynstore_zone_conf_t *zone_conf,
    ngx_uint_t own)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_shop_t   *shop, **list;

    list = shops->elts;

    for (i = 0; i < shops->nelts; i++) {
        shop = list[i];

        if (ngx_http_dynstore_store_same(shop->store_conf, store_conf)
            && ngx_http_dynstore_zone_same(shop->zone_conf, zone_conf)
            && ngx_http_dynstore_path_same(&shop->snapshot_path, snapshot_path)
            && ngx_http_dynstore_path_same(&shop->rules_path, rules_path)
            && ngx_http_dynstore_path_same(&shop->features_path, features_path))
        {
            return shop;
        }
    }

    shop = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_shop_t));
    list = ngx_array_push(shops);

    if (shop == NULL || list == NULL) {
        return NULL;
    }

    *list = shop;

    shop->store_conf = store_conf;
    shop->snapshot_path = *snapshot_path;
    shop->rules_path = *rules_path;
    shop->features_path = *features_path;
    shop->zone_conf = zone_conf;
    shop->own = own ? 1 : 0;
    shop->counters = &ngx_http_dynstore_nowhere;

    return shop;
}


static ngx_uint_t
ngx_http_dynstore_zone_same(const ngx_http_dynstore_zone_conf_t *a, const ngx_http_dynstore_zone_conf_t *b)
{
    if (a == b || a == NULL || b == NULL) {
        return a == b;
    }

    return a->size == b->size && a->name.len == b->name.len && ngx_memcmp(a->name.data, b->name.data, a->name.len) == 0;
}


static ngx_uint_t
ngx_http_dynstore_path_same(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


ngx_int_t
ngx_http_dynstore_shops_prepare(ngx_conf_t *cf, ngx_array_t *shops, void *tag)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_shop_t  **shop;

    shop = shops->elts;

    for (i = 0; i < shops->nelts; i++) {
        if (shop[i]->used && ngx_http_dynstore_shop_prepare(cf, shop[i], tag) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_shop_prepare(ngx_conf_t *cf, ngx_http_dynstore_shop_t *shop, void *tag)
{
    if (shop->store_conf != NULL && ngx_http_dynstore_redis_init(cf, &shop->store_conf->redis) != NGX_OK) {
        return NGX_ERROR;
    }

    if (shop->snapshot_path.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the directives \"dynstore\" and \"dynstore_fragment\" need a snapshot: "
                      "write \"dynstore_snapshot FILE;\" in http{} or server{} of %V", &cf->cycle->conf_file);
        return NGX_ERROR;
    }

    shop->snapshot = ngx_http_dynstore_snapshot_load(cf, &shop->snapshot_path);
    if (shop->snapshot == NULL) {
        return NGX_ERROR;
    }

    if (shop->features_path.len != 0 && shop->rules_path.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"dynstore_features\" needs \"dynstore_rules FILE;\": flags and experiments "
                      "of that file name the features of \"%V\"; else write \"dynstore_features off;\"", &shop->features_path);
        return NGX_ERROR;
    }

    shop->rules = ngx_http_dynstore_rules_load(cf, &shop->rules_path, &shop->features_path, shop->snapshot);
    if (shop->rules == NULL) {
        return NGX_ERROR;
    }

    shop->zone = ngx_http_dynstore_shop_zone(cf, shop, tag);
    if (shop->zone == NULL) {
        return NGX_ERROR;
    }

    if (shop->store_conf != NULL && shop->store_conf->control) {
        shop->overlay_zone = ngx_http_dynstore_overlay_zone(cf, &shop->zone->shm.name,
                                                            ngx_http_dynstore_shop_stream(shop->store_conf, 0),
                                                            shop->store_conf->overlay, tag);
        if (shop->overlay_zone == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * A zone in http{} belongs to the shop of http{}. A server's own shop gets a zone of the same size, with a name that is unique
 * and stays the same after a reload.
 */
static ngx_shm_zone_t *
ngx_http_dynstore_shop_zone(ngx_conf_t *cf, ngx_http_dynstore_shop_t *shop, void *tag)
{
    u_char     *p;
    ngx_str_t   name;

    name = shop->zone_conf ? shop->zone_conf->name : ngx_http_dynstore_zone_name;

    if (shop->own && (shop->zone_conf == NULL || !shop->zone_conf->server)) {
        p = ngx_pnalloc(cf->pool, name.len + sizeof("-0123456789abcdef"));
        if (p == NULL) {
            return NULL;
        }

        name.len = (size_t) (ngx_sprintf(p, "%V-%016xL", &name, ngx_http_dynstore_shop_hash(shop)) - p);
        name.data = p;
    }

    return ngx_http_dynstore_zone_add(cf, &name, shop->zone_conf ? shop->zone_conf->size : NGX_HTTP_DYNSTORE_ZONE_DEFAULT,
                                      tag);
}


static uint64_t
ngx_http_dynstore_shop_hash(ngx_http_dynstore_shop_t *shop)
{
    uint64_t  hash;

    hash = dyn_hash64(shop->snapshot_path.data, shop->snapshot_path.len);

    if (shop->rules_path.len != 0) {
        hash = dyn_hash64_seeded(shop->rules_path.data, shop->rules_path.len, hash);
    }

    if (shop->features_path.len != 0) {
        hash = dyn_hash64_seeded(shop->features_path.data, shop->features_path.len, hash);
    }

    if (shop->store_conf != NULL) {
        hash = ngx_http_dynstore_shop_stream(shop->store_conf, hash);
    }

    return hash;
}


/* A hash of where streams and sessions are. */
static uint64_t
ngx_http_dynstore_shop_stream(ngx_http_dynstore_store_conf_t *store_conf, uint64_t seed)
{
    uint64_t  hash;

    hash = dyn_hash64_seeded(store_conf->redis.url.data, store_conf->redis.url.len, seed);

    return dyn_hash64_seeded(store_conf->prefix.data, store_conf->prefix.len, hash);
}


ngx_int_t
ngx_http_dynstore_shops_begin(ngx_cycle_t *cycle, ngx_array_t *shops, ngx_str_t *kill_path)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_shop_t   *shop, **list;

    list = shops->elts;

    for (i = 0; i < shops->nelts; i++) {
        shop = list[i];

        if (!shop->used) {
            continue;
        }

        shop->counters = ngx_http_dynstore_zone_counters(shop->zone);

        shop->watch = ngx_http_dynstore_snapshot_watch(cycle, shop->snapshot, &shop->snapshot_path, shop->zone);
        if (shop->watch == NULL) {
            return NGX_ERROR;
        }

        shop->rules_watch = ngx_http_dynstore_rules_watch(cycle, shop->rules, &shop->rules_path, &shop->features_path,
                                                          shop->zone, shop->watch);
        if (shop->rules_watch == NULL) {
            return NGX_ERROR;
        }

        shop->control = ngx_http_dynstore_shop_control_begin(cycle, shop->store_conf, kill_path, shop->zone,
                                                             shop->overlay_zone, shop->rules_watch, shop->counters);
        if (shop->control == NULL) {
            return NGX_ERROR;
        }

        if (shop->store_conf != NULL) {
            shop->store = ngx_http_dynstore_store_create(cycle, shop->store_conf, shop->counters);
            if (shop->store == NULL) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


void
ngx_http_dynstore_shops_end(ngx_array_t *shops)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_shop_t   *shop, **list;

    list = shops->elts;

    for (i = 0; i < shops->nelts; i++) {
        shop = list[i];

        if (shop->store != NULL) {
            ngx_http_dynstore_store_exit(shop->store);
            shop->store = NULL;
        }

        if (shop->control != NULL) {
            ngx_http_dynstore_shop_control_end(shop->control);
            shop->control = NULL;
        }

        /* rules use a snapshot */

        if (shop->rules_watch != NULL) {
            ngx_http_dynstore_rules_exit(shop->rules_watch);
            shop->rules_watch = NULL;
        }

        if (shop->watch != NULL) {
            ngx_http_dynstore_snapshot_exit(shop->watch);
            shop->watch = NULL;
        }
    }
}
