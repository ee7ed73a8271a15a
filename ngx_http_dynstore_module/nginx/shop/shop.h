/*
 * A shop: what the requests of one tenant share. It hangs on the configuration of its locations (conf->shop), so that two shops in
 * one nginx know nothing of each other: each has its Redis, its snapshot, and a zone of its own for counters, kept decisions and
 * limits. Servers for which dynstore_redis, dynstore_snapshot and dynstore_zone say the same are one shop, wherever they stand.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOP_H
#define NGX_HTTP_DYNSTORE_SHOP_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "nginx/core/counters.h"
#include "nginx/shop/snapshot.h"
#include "nginx/shop/zone.h"
#include "nginx/store/store.h"


/* counters and a last-good table that is worth its name */
#define NGX_HTTP_DYNSTORE_ZONE_MIN              (32 * 8 * 1024)
#define NGX_HTTP_DYNSTORE_ZONE_DEFAULT          (4 * 1024 * 1024)


/* Of dynstore_zone. */
typedef struct {
    ngx_str_t                         name;
    size_t                            size;
    unsigned                          server:1;   /* written in server{}: its name is as the server says */
} ngx_http_dynstore_zone_conf_t;

typedef struct {
    /* what makes it this one */
    ngx_http_dynstore_store_conf_t   *store_conf;     /* NULL: none, no session is ever looked up */
    ngx_str_t                         snapshot_path;  /* empty: none was named */
    ngx_http_dynstore_zone_conf_t    *zone_conf;      /* NULL: the default */

    unsigned                          used:1;         /* some location personalizes or serves an endpoint */
    unsigned                          own:1;          /* a server has some of the three for itself */

    /* used ones': from the end of the configuration on */
    ngx_shm_zone_t                   *zone;
    ngx_http_dynstore_snapshot_t     *snapshot;       /* as read when the configuration was */

    /* in a worker; counters are never NULL: those of a shop that is not used go nowhere */
    ngx_http_dynstore_counters_t     *counters;
    ngx_http_dynstore_store_t        *store;          /* NULL: none */
    ngx_http_dynstore_watch_t        *watch;          /* NULL: none, there is no snapshot */
} ngx_http_dynstore_shop_t;


/*
 * The shop of these three among `shops` (an array of ngx_http_dynstore_shop_t *), made when there is none yet. `own`: a server
 * has one of them for itself. NULL: no memory.
 */
ngx_http_dynstore_shop_t *ngx_http_dynstore_shop_find(ngx_conf_t *cf, ngx_array_t *shops,
    ngx_http_dynstore_store_conf_t *store_conf, ngx_str_t *snapshot_path, ngx_http_dynstore_zone_conf_t *zone_conf,
    ngx_uint_t own);

/* At the end of the configuration, of those that are used: what they need is loaded, or said to be missing. */
ngx_int_t ngx_http_dynstore_shops_prepare(ngx_conf_t *cf, ngx_array_t *shops, void *tag);

/* In init_process and exit_process of a worker. */
ngx_int_t ngx_http_dynstore_shops_begin(ngx_cycle_t *cycle, ngx_array_t *shops);
void ngx_http_dynstore_shops_end(ngx_array_t *shops);

#endif
