/*
 * A shop's shared zone: counters of all workers, what they tell each other about snapshot and rules (nginx/shop/share.h), a table of
 * kept decisions (nginx/request/kept.h), and the buckets of limits (nginx/request/limit.h).
 *
 * It survives a reload, so its magic, layout version and sizes are checked before use. Everything is laid out once at start:
 * requests allocate nothing in it, and it holds no pointers.
 */
#ifndef NGX_HTTP_DYNSTORE_ZONE_H
#define NGX_HTTP_DYNSTORE_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/trust/limit.h"
#include "nginx/core/counters.h"
#include "nginx/shop/share.h"


#define NGX_HTTP_DYNSTORE_ZONE_LAYOUT           13
/* this part of the zone is for buckets: 65,000 in 16 megabytes, three for each visitor whose decision is kept */
#define NGX_HTTP_DYNSTORE_ZONE_BUCKETS_PART     16
/* the table is sets of places; a place holds a decision of thirty items, or of fewer with texts of a shop's rules */
#define NGX_HTTP_DYNSTORE_ZONE_SET_PLACES       4
#define NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES      1024


/* Adds the zone to the cycle; NULL after a sentence. No two shops share one. */
ngx_shm_zone_t *ngx_http_dynstore_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag);
/* The zone's counters, once it is there. */
ngx_http_dynstore_counters_t *ngx_http_dynstore_zone_counters(ngx_shm_zone_t *zone);

typedef struct {
    size_t                            zone_bytes;
    size_t                            last_good_places;
    size_t                            limit_buckets;
} ngx_http_dynstore_zone_size_t;

/* For metrics. */
ngx_http_dynstore_zone_size_t ngx_http_dynstore_zone_size(ngx_shm_zone_t *zone);

/* A visitor's hash as two numbers, with which the visitor's place begins. NGX_DECLINED: it is none. */
ngx_int_t ngx_http_dynstore_zone_key(ngx_str_t *visitor_hash, uint64_t *key);
/* Empties the visitor's place. */
void ngx_http_dynstore_zone_forget(ngx_shm_zone_t *zone, const uint64_t *key);

/* Locks and returns the places where a key may be; NULL, without a lock, when there is no table. */
void *ngx_http_dynstore_zone_lock_set(ngx_shm_zone_t *zone, uint64_t key);
/* Locks and returns what workers say about the snapshot. */
ngx_http_dynstore_share_t *ngx_http_dynstore_zone_lock_share(ngx_shm_zone_t *zone);
void ngx_http_dynstore_zone_unlock(ngx_shm_zone_t *zone);

/*
 * The sets of buckets (engine/trust/limit.h), their number, and the zone's random number for hashing; NULL when there are none.
 * The second function locks them with the same lock as above.
 */
dyn_bucket_t *ngx_http_dynstore_zone_buckets(ngx_shm_zone_t *zone, uint64_t *nsets, uint64_t *seed);
dyn_bucket_t *ngx_http_dynstore_zone_lock_buckets(ngx_shm_zone_t *zone);

#endif
