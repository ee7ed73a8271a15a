/*
 * What a shop's decisions are made with in a process: a snapshot, and the rules compiled for it. Requests pin both together, so a
 * decision never uses the rules of one snapshot with another.
 *
 * The rules file is read and compiled with the configuration. Every worker looks at it twice a second, and compiles it in a thread
 * once it has settled, so the event loop never waits. A bad file is refused with one sentence in the error log of all workers, and
 * the old rules stay. When the snapshot is swapped, the rules in force are compiled for the new one before any request uses it; their
 * text is kept for that, since the file may be another one by then. Without a file the built-in rules are used, with the contents of the
 * snapshot. Overrides of the control stream are compiled beside the rules; when they change, the text in force is compiled again. A GrowthBook payload (dynstore_features) is watched beside the rules file, and both are read and compiled together.
 */
#ifndef NGX_HTTP_DYNSTORE_RULES_H
#define NGX_HTTP_DYNSTORE_RULES_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/policy/policy.h"
#include "nginx/shop/overlay.h"
#include "nginx/shop/share.h"
#include "nginx/shop/snapshot.h"


/* new rules are in use within 2 s: this poll, and the time to settle and compile */
#define NGX_HTTP_DYNSTORE_RULES_WATCH_MS        500
#define NGX_HTTP_DYNSTORE_RULES_POLL_MS         20
/* time before rules that could not be read for lack of memory are tried again */
#define NGX_HTTP_DYNSTORE_RULES_RETRY_MS        10000
/* at configuration time: how often a file that is still being written is tried */
#define NGX_HTTP_DYNSTORE_RULES_TRIES           3


/* A worker's watch over the rules of one shop. */
typedef struct ngx_http_dynstore_rules_watch_s  ngx_http_dynstore_rules_watch_t;

typedef struct {
    const dyn_policy_t               *policy;     /* never NULL */
    ngx_uint_t                        owned;      /* it was compiled, and is freed with this */
    ngx_http_dynstore_snapshot_t     *snapshot;   /* for which it was compiled; pinned */

    ngx_str_t                         text;       /* the file's, on the heap; data NULL: none, they are built in */
    ngx_str_t                         features;   /* that of the GrowthBook payload beside it; data NULL: none */
    ngx_http_dynstore_rules_files_t   files;
    ngx_uint_t                        overrides;  /* those that stood are among them: the overlay was read to its end once */
    ngx_uint_t                        pins;       /* one of the owner, and one for each request that uses it */
} ngx_http_dynstore_rules_t;


/* Reads them at configuration time; `path` empty: the built-in ones; `features` empty: no payload. They live as long as the cycle. NULL after a sentence in the log. */
ngx_http_dynstore_rules_t *ngx_http_dynstore_rules_load(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *features,
    ngx_http_dynstore_snapshot_t *snapshot);

/* In a worker: begins to watch their files and the snapshot. NULL: no memory. `snapshots` must outlive this watch. */
ngx_http_dynstore_rules_watch_t *ngx_http_dynstore_rules_watch(ngx_cycle_t *cycle, ngx_http_dynstore_rules_t *loaded,
    ngx_str_t *path, ngx_str_t *features, ngx_shm_zone_t *zone, ngx_http_dynstore_watch_t *snapshots);
/* Overrides of the overlay go with the rules from now on: they are compiled at once, and whenever they change. */
void ngx_http_dynstore_rules_overlay(ngx_http_dynstore_rules_watch_t *watch, ngx_http_dynstore_overlay_t *overlay);
/* At the end of a worker. */
void ngx_http_dynstore_rules_exit(ngx_http_dynstore_rules_watch_t *watch);

/* Returns what is current, pinned; NULL without a watch. Each pin needs one unpin. */
ngx_http_dynstore_rules_t *ngx_http_dynstore_rules_pin(ngx_http_dynstore_rules_watch_t *watch);
void ngx_http_dynstore_rules_unpin(ngx_http_dynstore_rules_t *rules);

/* NGX_OK: the newest files were refused, for the reason in *error. NGX_DECLINED: they were not. */
ngx_int_t ngx_http_dynstore_rules_refused(ngx_http_dynstore_rules_watch_t *watch, dyn_error_t *error);

#endif
