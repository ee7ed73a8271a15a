/*
 * A shop: what the requests of one tenant share. The configuration of its locations points to it (conf->shop). Each shop has
 * its own Redis, snapshot, rules, and zone for counters, kept decisions and limits, so shops in one nginx do not affect each
 * other. Servers with the same dynstore_redis, dynstore_snapshot, dynstore_rules, dynstore_features and dynstore_zone are one
 * shop, wherever these are written.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOP_H
#define NGX_HTTP_DYNSTORE_SHOP_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "nginx/core/counters.h"
#include "nginx/shop/control.h"
#include "nginx/shop/rules.h"
#include "nginx/shop/snapshot.h"
#include "nginx/shop/zone.h"
#include "nginx/store/store.h"


/* room for the counters and a useful table of last good decisions */
#define NGX_HTTP_DYNSTORE_ZONE_MIN              (32 * 8 * 1024)
#define NGX_HTTP_DYNSTORE_ZONE_DEFAULT          (4 * 1024 * 1024)


/* Of dynstore_zone. */
typedef struct {
    ngx_str_t                         name;
    size_t                            size;
    unsigned                          server:1;   /* written in server{}: its name is used as it is */
} ngx_http_dynstore_zone_conf_t;

typedef struct {
    /* these five identify the shop */
    ngx_http_dynstore_store_conf_t   *store_conf;     /* NULL: none; no session is looked up */
    ngx_str_t                         snapshot_path;  /* empty: none was named */
    ngx_str_t                         rules_path;     /* empty: the built-in ones */
    ngx_str_t                         features_path;  /* empty: no payload of GrowthBook */
    ngx_http_dynstore_zone_conf_t    *zone_conf;      /* NULL: the default */

    unsigned                          used:1;         /* some location personalizes or serves an endpoint */
    unsigned                          own:1;          /* a server sets some of the five itself */

    /* only for used shops, from the end of the configuration on */
    ngx_shm_zone_t                   *zone;
    ngx_shm_zone_t                   *overlay_zone;   /* NULL: the control stream is not read */
    ngx_http_dynstore_snapshot_t     *snapshot;       /* as it was when the configuration was read, */
    ngx_http_dynstore_rules_t        *rules;          /* and the rules, compiled for it */

    /* in a worker; counters are never NULL, but those of an unused shop are not shown */
    ngx_http_dynstore_counters_t     *counters;
    ngx_http_dynstore_store_t        *store;          /* NULL: none */
    ngx_http_dynstore_watch_t        *watch;          /* NULL: none, there is no snapshot */
    ngx_http_dynstore_rules_watch_t  *rules_watch;    /* the same */
    ngx_http_dynstore_shop_control_t *control;        /* NULL: none, the shop is not used */
} ngx_http_dynstore_shop_t;


/*
 * Finds the shop with these five in `shops` (an array of ngx_http_dynstore_shop_t *), or adds it. `own`: a server sets one of
 * them itself. NULL: no memory.
 */
ngx_http_dynstore_shop_t *ngx_http_dynstore_shop_find(ngx_conf_t *cf, ngx_array_t *shops,
    ngx_http_dynstore_store_conf_t *store_conf, ngx_str_t *snapshot_path, ngx_str_t *rules_path, ngx_str_t *features_path,
    ngx_http_dynstore_zone_conf_t *zone_conf, ngx_uint_t own);

/* At the end of the configuration: loads what used shops need, or logs what is missing. */
ngx_int_t ngx_http_dynstore_shops_prepare(ngx_conf_t *cf, ngx_array_t *shops, void *tag);

/* In init_process and exit_process of a worker. `kill_path`: of dynstore_kill_switch; empty: none. */
ngx_int_t ngx_http_dynstore_shops_begin(ngx_cycle_t *cycle, ngx_array_t *shops, ngx_str_t *kill_path);
void ngx_http_dynstore_shops_end(ngx_array_t *shops);

#endif
