/*
 * The shared zone: counters of all workers, and each visitor's last good decision, kept for seconds.
 *
 * It survives a reload, so what it is (magic, layout version, sizes) is checked before it is used. Everything is laid out once
 * at start: no allocation while requests run, and no pointer of a process in it. The last-good table is a set-associative cache:
 * a visitor's hash names a set of a few places, the oldest of which is given up.
 */
#ifndef NGX_HTTP_DYNSTORE_ZONE_H
#define NGX_HTTP_DYNSTORE_ZONE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "../engine/dyn_decide.h"
#include "ngx_http_dynstore_counters.h"


#define NGX_HTTP_DYNSTORE_ZONE_LAYOUT           1
/* older decisions belong to another moment; an outage longer than this shows popular items */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_SECONDS     30
#define NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES      4
/* items kept of one decision, over all its slots */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS       48


/* Adds the zone to the cycle; NULL after a sentence. Zones of one name are one. */
ngx_shm_zone_t *ngx_http_dynstore_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag);
/* In each process: from now on counters are the zone's. */
void ngx_http_dynstore_zone_attach(ngx_shm_zone_t *zone);

typedef struct {
    size_t                            zone_bytes;
    size_t                            last_good_places;
} ngx_http_dynstore_zone_size_t;

/* For metrics; zeros when no zone is attached. */
ngx_http_dynstore_zone_size_t ngx_http_dynstore_zone_size(void);

/* A decision as it is kept: items by number, valid for the build they were chosen from. */
typedef struct {
    ngx_uint_t                        nslots;
    dyn_last_good_slot_t              slots[DYN_SLOTS_MAX];
    uint32_t                          items[NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS];
    char                              names[DYN_SLOTS_MAX][DYN_SLOT_NAME_BYTES_MAX];
} ngx_http_dynstore_last_good_t;

/* Keeps the decision's items for the visitor. */
void ngx_http_dynstore_last_good_put(ngx_str_t *visitor_hash, const dyn_snapshot_t *snapshot,
    const dyn_decision_t *decision, time_t now);
/* NGX_OK and *last_good filled, its slots pointing into it; NGX_DECLINED when there is none that is fresh and of this build. */
ngx_int_t ngx_http_dynstore_last_good_get(ngx_str_t *visitor_hash, const dyn_snapshot_t *snapshot, time_t now,
    ngx_http_dynstore_last_good_t *last_good);

#endif
