/*
 * A shop's snapshot in a process: read with the configuration, swapped when its file changes, pinned by requests.
 *
 * Processes map a copy in memory (nginx/shop/copy.h), never the file, because the file may be overwritten, cut or removed. The
 * master's copy lives as long as the configuration, and each worker starts with it. Every worker looks at the file twice a
 * second. One worker copies the file once it has settled; it holds a lock that the kernel frees if it dies. The others join
 * that copy (nginx/shop/share.h), or make their own if they cannot. A thread copies and validates, so the event loop never
 * waits. Then new requests use the new snapshot, with rules compiled for it (nginx/shop/rules.h), and a thread frees the old one after the last request that pinned it. A broken
 * file is refused with one sentence in the error log, and the old snapshot stays.
 */
#ifndef NGX_HTTP_DYNSTORE_SNAPSHOT_H
#define NGX_HTTP_DYNSTORE_SNAPSHOT_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <pthread.h>

#include "nginx/shop/copy.h"


/* a new file is in use within 2 s: this poll, and the time to settle, copy and validate */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS     500
#define NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS      20
/* time before a copy that failed for lack of memory is tried again */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_RETRY_MS     10000
/* at configuration time: how often a file that is still being written is tried */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_TRIES        3


typedef struct ngx_http_dynstore_snapshot_s  ngx_http_dynstore_snapshot_t;
/* A worker's watch over the snapshot of one shop. */
typedef struct ngx_http_dynstore_watch_s  ngx_http_dynstore_watch_t;
typedef void (*ngx_http_dynstore_snapshot_pt)(void *data);

struct ngx_http_dynstore_snapshot_s {
    dyn_snapshot_t                   *data;
    ngx_http_dynstore_copy_t          copy;
    uint64_t                          copied_ns;  /* ngx_http_dynstore_share_t's */
    ngx_http_dynstore_file_identity_t identity;
    ngx_uint_t                        pins;       /* one of the owner, and one for each request that uses it */

    /* how much of the log of which generation is laid over it (nginx/shop/overlay.h) */
    uint64_t                          overlay_generation;
    uint64_t                          overlay_bytes;
    ngx_uint_t                        threads;    /* those that read it: its overlay is not to be freed */

    ngx_http_dynstore_watch_t        *watch;      /* NULL: not in a worker, or the worker is ending */

    /* for the time when it is no longer used */
    pthread_t                         thread;
    ngx_atomic_t                      freed;
    ngx_http_dynstore_snapshot_t     *next;
};


/* Reads it at configuration time; it lives as long as the cycle. NULL after a sentence in the log. */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_load(ngx_conf_t *cf, ngx_str_t *path);

/*
 * In a worker: begins to watch the file of `loaded`. Workers of a shop tell each other about it in the zone. NULL: no memory.
 * `loaded` must have no other watch.
 */
ngx_http_dynstore_watch_t *ngx_http_dynstore_snapshot_watch(ngx_cycle_t *cycle, ngx_http_dynstore_snapshot_t *loaded,
    ngx_str_t *path, ngx_shm_zone_t *zone);
/* The handler, one at most, is called when another snapshot is current. NULL: no longer. */
void ngx_http_dynstore_snapshot_tell(ngx_http_dynstore_watch_t *watch, ngx_http_dynstore_snapshot_pt handler, void *data);
/* At the end of a worker. */
void ngx_http_dynstore_snapshot_exit(ngx_http_dynstore_watch_t *watch);

/*
 * Returns the current snapshot, pinned; NULL without a watch. Each pin needs one unpin. Requests pin it with the rules that are
 * compiled for it (nginx/shop/rules.h).
 */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_pin(ngx_http_dynstore_watch_t *watch);
void ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_snapshot_t *snapshot);

#endif
