#include "nginx/shop/zone.h"

#include <openssl/rand.h>

#include "engine/trust/visitor.h"


#define NGX_HTTP_DYNSTORE_ZONE_MAGIC            0x44594e5a    /* "DYNZ" */
/* left to the slab allocator and to other data that is put into the zone at start */
#define NGX_HTTP_DYNSTORE_ZONE_SPARE_PAGES      8
#define NGX_HTTP_DYNSTORE_CACHE_LINE            64


typedef struct {
    uint32_t                          magic;
    uint32_t                          layout;
    uint32_t                          counters_bytes;
    uint32_t                          place_bytes;
    uint64_t                          nsets;      /* 0: no table */
    uint64_t                          places_offset;      /* from this header */
    uint64_t                          nbucket_sets;
    uint64_t                          buckets_offset;
    uint64_t                          seed;
    ngx_http_dynstore_counters_t      counters;
    ngx_http_dynstore_share_t         share;
} ngx_http_dynstore_zone_header_t;


static ngx_int_t ngx_http_dynstore_zone_init(ngx_shm_zone_t *zone, void *data);
static ngx_int_t ngx_http_dynstore_zone_check(ngx_shm_zone_t *zone);
static ngx_http_dynstore_zone_header_t *ngx_http_dynstore_zone_header(ngx_shm_zone_t *zone);


ngx_shm_zone_t *
ngx_http_dynstore_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    if (zone->data != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "dynstore_zone \"%V\" is also used by a shop with another Redis, snapshot or rules: give each shop a zone of "
                      "its own, as zone=OTHER:16m", name);
        return NULL;
    }

    zone->init = ngx_http_dynstore_zone_init;
    zone->data = zone;    /* tells ngx_http_dynstore_zone_init() of the next cycle that this one was set up */

    return zone;
}


static ngx_int_t
ngx_http_dynstore_zone_init(ngx_shm_zone_t *zone, void *data)
{
    size_t                            bytes, head, buckets;
    ngx_slab_pool_t                  *shpool;
    ngx_http_dynstore_zone_header_t  *header;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data != NULL || zone->shm.exists) {
        return ngx_http_dynstore_zone_check(zone);
    }

    shpool->log_nomem = 0;

    head = ngx_align(sizeof(ngx_http_dynstore_zone_header_t), NGX_HTTP_DYNSTORE_CACHE_LINE);
    bytes = (shpool->pfree - NGX_HTTP_DYNSTORE_ZONE_SPARE_PAGES) * ngx_pagesize;

    header = bytes > head ? ngx_slab_alloc(shpool, bytes) : NULL;
    if (header == NULL) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "dynstore_zone \"%V\" has no room for its tables: make it larger",
                      &zone->shm.name);
        return NGX_ERROR;
    }

    ngx_memzero(header, bytes);

    header->magic = NGX_HTTP_DYNSTORE_ZONE_MAGIC;
    header->layout = NGX_HTTP_DYNSTORE_ZONE_LAYOUT;
    header->counters_bytes = sizeof(ngx_http_dynstore_counters_t);
    header->place_bytes = NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES;
    header->buckets_offset = head;
    header->nbucket_sets = (bytes - head) / NGX_HTTP_DYNSTORE_ZONE_BUCKETS_PART
                           / (DYN_LIMIT_SET_BUCKETS * sizeof(dyn_bucket_t));
    buckets = header->nbucket_sets * DYN_LIMIT_SET_BUCKETS * sizeof(dyn_bucket_t);

    if (RAND_bytes((u_char *) &header->seed, sizeof(header->seed)) != 1) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "dynstore_zone \"%V\": OpenSSL failed to make random bits", &zone->shm.name);
        return NGX_ERROR;
    }

    header->places_offset = head + buckets;
    header->nsets = (bytes - header->places_offset)
                    / (NGX_HTTP_DYNSTORE_ZONE_SET_PLACES * NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES);

    shpool->data = header;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_zone_check(ngx_shm_zone_t *zone)
{
    ngx_http_dynstore_zone_header_t  *header;

    header = ngx_http_dynstore_zone_header(zone);

    if (header == NULL || header->magic != NGX_HTTP_DYNSTORE_ZONE_MAGIC
        || header->layout != NGX_HTTP_DYNSTORE_ZONE_LAYOUT
        || header->counters_bytes != sizeof(ngx_http_dynstore_counters_t)
        || header->place_bytes != NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES)
    {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "dynstore_zone \"%V\" was made by another version of the module: restart nginx instead of "
                      "reloading it, or give the zone another name", &zone->shm.name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_http_dynstore_zone_header_t *
ngx_http_dynstore_zone_header(ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    return shpool->data;
}


ngx_http_dynstore_counters_t *
ngx_http_dynstore_zone_counters(ngx_shm_zone_t *zone)
{
    return &ngx_http_dynstore_zone_header(zone)->counters;
}


ngx_http_dynstore_zone_size_t
ngx_http_dynstore_zone_size(ngx_shm_zone_t *zone)
{
    ngx_http_dynstore_zone_size_t     size;
    ngx_http_dynstore_zone_header_t  *header;

    header = ngx_http_dynstore_zone_header(zone);

    size.zone_bytes = zone->shm.size;
    size.limit_buckets = (size_t) header->nbucket_sets * DYN_LIMIT_SET_BUCKETS;
    size.last_good_places = (size_t) header->nsets * NGX_HTTP_DYNSTORE_ZONE_SET_PLACES;

    return size;
}


ngx_int_t
ngx_http_dynstore_zone_key(ngx_str_t *visitor_hash, uint64_t *key)
{
    u_char      c;
    ngx_uint_t  i;

    if (visitor_hash->len != DYN_VISITOR_HASH_BYTES) {
        return NGX_DECLINED;
    }

    key[0] = key[1] = 0;

    for (i = 0; i < DYN_VISITOR_HASH_BYTES; i++) {
        c = visitor_hash->data[i];
        c = (u_char) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        key[i / 16] = key[i / 16] << 4 | (c & 0xf);
    }

    return NGX_OK;
}


void
ngx_http_dynstore_zone_forget(ngx_shm_zone_t *zone, const uint64_t *key)
{
    u_char      *place;
    ngx_uint_t   i;

    place = ngx_http_dynstore_zone_lock_set(zone, key[0]);
    if (place == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_DYNSTORE_ZONE_SET_PLACES; i++, place += NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES) {
        if (ngx_memcmp(place, key, 2 * sizeof(uint64_t)) == 0) {
            ngx_memzero(place, NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES);
        }
    }

    ngx_http_dynstore_zone_unlock(zone);
}


void *
ngx_http_dynstore_zone_lock_set(ngx_shm_zone_t *zone, uint64_t key)
{
    u_char                           *places;
    ngx_slab_pool_t                  *shpool;
    ngx_http_dynstore_zone_header_t  *header;

    header = ngx_http_dynstore_zone_header(zone);
    if (header->nsets == 0) {
        return NULL;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;
    places = (u_char *) header + header->places_offset;

    ngx_shmtx_lock(&shpool->mutex);

    return places + (key % header->nsets) * NGX_HTTP_DYNSTORE_ZONE_SET_PLACES * NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES;
}


ngx_http_dynstore_share_t *
ngx_http_dynstore_zone_lock_share(ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);

    return &ngx_http_dynstore_zone_header(zone)->share;
}


void
ngx_http_dynstore_zone_unlock(ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    ngx_shmtx_unlock(&shpool->mutex);
}


dyn_bucket_t *
ngx_http_dynstore_zone_buckets(ngx_shm_zone_t *zone, uint64_t *nsets, uint64_t *seed)
{
    ngx_http_dynstore_zone_header_t  *header;

    header = ngx_http_dynstore_zone_header(zone);
    if (header->nbucket_sets == 0) {
        return NULL;
    }

    *nsets = header->nbucket_sets;
    *seed = header->seed;

    return (dyn_bucket_t *) ((u_char *) header + header->buckets_offset);
}


dyn_bucket_t *
ngx_http_dynstore_zone_lock_buckets(ngx_shm_zone_t *zone)
{
    uint64_t          nsets, seed;
    dyn_bucket_t     *buckets;
    ngx_slab_pool_t  *shpool;

    buckets = ngx_http_dynstore_zone_buckets(zone, &nsets, &seed);

    if (buckets != NULL) {
        shpool = (ngx_slab_pool_t *) zone->shm.addr;
        ngx_shmtx_lock(&shpool->mutex);
    }

    return buckets;
}
