/*
 * A shop's snapshot in a process: read when the configuration is, swapped when its file changes, pinned by requests.
 *
 * What is mapped is a copy in memory (nginx/shop/copy.h), never the file: it may be overwritten, cut or removed. The
 * master's copy is there for as long as the configuration is; a worker that starts, at any time, begins with it. A worker looks
 * at the file every half second. One of them, which holds a lock that the kernel takes from it when it dies, copies the file as
 * soon as nobody writes to it any more; the others join that copy (nginx/shop/share.h), or make their own where they
 * cannot. Copying and validating are the work of a thread, so the event loop never waits for them; then new requests use the new
 * one, and a thread gives the memory of the old one back when the last request that pinned it is gone. A broken file is refused
 * with a sentence in the error log, once, and the old snapshot stays.
 */
#ifndef NGX_HTTP_DYNSTORE_SNAPSHOT_H
#define NGX_HTTP_DYNSTORE_SNAPSHOT_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <pthread.h>

#include "nginx/shop/copy.h"


/* a replaced file is in use within 2 s: this, the time to settle, to copy and to validate it, and the poll */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS     500
#define NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS      20
/* until a copy for which there was no memory is tried again */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_RETRY_MS     10000
/* at configuration time: how often a file that is being written is tried */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_TRIES        3


typedef struct ngx_http_dynstore_snapshot_s  ngx_http_dynstore_snapshot_t;
/* A worker's watch over the snapshot of one shop. */
typedef struct ngx_http_dynstore_watch_s  ngx_http_dynstore_watch_t;

struct ngx_http_dynstore_snapshot_s {
    dyn_snapshot_t                   *data;
    ngx_http_dynstore_copy_t          copy;
    uint64_t                          copied_ns;  /* ngx_http_dynstore_share_t's */
    ngx_http_dynstore_file_identity_t identity;
    ngx_uint_t                        pins;       /* the owner's and one for each request that uses it */

    ngx_http_dynstore_watch_t        *watch;      /* NULL: no worker's, or one at its end */

    /* when nobody uses it any more */
    pthread_t                         thread;
    ngx_atomic_t                      freed;
    ngx_http_dynstore_snapshot_t     *next;
};


/* Reads it at configuration time; gone with the cycle. NULL after a sentence in the log. */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_load(ngx_conf_t *cf, ngx_str_t *path);

/*
 * In a worker: begins to watch the file that `loaded` came from; the zone is where the workers of a shop tell each other of it.
 * NULL: no memory. It must be loaded by nobody else.
 */
ngx_http_dynstore_watch_t *ngx_http_dynstore_snapshot_watch(ngx_cycle_t *cycle, ngx_http_dynstore_snapshot_t *loaded,
    ngx_str_t *path, ngx_shm_zone_t *zone);
/* At the end of a worker. */
void ngx_http_dynstore_snapshot_exit(ngx_http_dynstore_watch_t *watch);

/* The current one, pinned; NULL without a watch. Every pin has its unpin. */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_pin(ngx_http_dynstore_watch_t *watch);
void ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_snapshot_t *snapshot);

#endif
