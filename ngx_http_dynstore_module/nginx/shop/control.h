/*
 * What a shop's control stream and kill switch say, as all workers have it. One worker reads the stream twice a second
 * (nginx/store/control.h); when it dies, another takes over and goes on after the last entry, which the zone remembers.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOP_CONTROL_H
#define NGX_HTTP_DYNSTORE_SHOP_CONTROL_H

#include "engine/base/text.h"
#include "nginx/shop/overlay.h"
#include "nginx/shop/rules.h"
#include "nginx/shop/zone.h"
#include "nginx/store/store.h"


/* what is said holds within 2 s on every page: this time passes once, and twice when the worker that reads ends */
#define NGX_HTTP_DYNSTORE_CONTROL_READ_MS       500
/* a worker that is there but has not read for so long hangs */
#define NGX_HTTP_DYNSTORE_CONTROL_DEAD_MS       1200

typedef struct ngx_http_dynstore_shop_control_s  ngx_http_dynstore_shop_control_t;


/*
 * In init_process. `scf`: NULL, or the Redis whose control stream is read if it says so. `kill_path`: terminated; empty: no
 * file is a kill switch. `overlay_zone`: where the stream is read, else NULL. `rules`: of the shop, which ends after this. NULL: no memory.
 */
ngx_http_dynstore_shop_control_t *ngx_http_dynstore_shop_control_begin(ngx_cycle_t *cycle,
    ngx_http_dynstore_store_conf_t *scf, ngx_str_t *kill_path, ngx_shm_zone_t *zone, ngx_shm_zone_t *overlay_zone,
    ngx_http_dynstore_rules_watch_t *rules, ngx_http_dynstore_counters_t *counters);
void ngx_http_dynstore_shop_control_end(ngx_http_dynstore_shop_control_t *control);

/* NULL: there is none, the stream is not read. */
ngx_http_dynstore_overlay_t *ngx_http_dynstore_shop_overlay(ngx_http_dynstore_shop_control_t *control);

/* Whether pages are to be left untouched. */
ngx_uint_t ngx_http_dynstore_killed(ngx_http_dynstore_shop_control_t *control);
/* Why, as JSON: null, or who said it. */
void ngx_http_dynstore_killed_json(ngx_http_dynstore_shop_control_t *control, dyn_text_t *text, dyn_arena_t *arena);

/*
 * How far the stream was read, and the versions of rules and snapshot that entries say were published last:
 * `"position":"...","published":{"rules":"...","snapshot":null}`.
 */
void ngx_http_dynstore_published_json(ngx_http_dynstore_shop_control_t *control, dyn_text_t *text, dyn_arena_t *arena);

#endif
