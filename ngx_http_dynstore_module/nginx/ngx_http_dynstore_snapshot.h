/*
 * The snapshot in a process: read when the configuration is, swapped when its file is replaced, pinned by requests.
 *
 * A worker looks at the file every half second. A new one is opened and validated in a thread of its own, so the event loop
 * never waits for it; then new requests use it, and the old one is unmapped when the last request that pinned it is gone. A
 * broken file is refused with a sentence in the error log, once, and the old snapshot stays.
 */
#ifndef NGX_HTTP_DYNSTORE_SNAPSHOT_H
#define NGX_HTTP_DYNSTORE_SNAPSHOT_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "../engine/dyn_snapshot.h"


/* a replaced file is in use within 2 s: this, the time to validate it, and the poll */
#define NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS     500
#define NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS      20


/* Which file it was: the three change together or not at all when a file is replaced by rename. */
typedef struct {
    ino_t                             inode;
    off_t                             size;
    struct timespec                   modified;
} ngx_http_dynstore_file_identity_t;

typedef struct {
    dyn_snapshot_t                   *data;
    ngx_uint_t                        pins;    /* the owner's and one for each request that uses it */
    ngx_http_dynstore_file_identity_t identity;
} ngx_http_dynstore_snapshot_t;


/* Opens at configuration time; closed with the cycle. NULL after a sentence in the log. */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_load(ngx_conf_t *cf, ngx_str_t *path);

/* In a worker: begins to watch the file that `loaded` came from. */
ngx_int_t ngx_http_dynstore_snapshot_watch(ngx_cycle_t *cycle, ngx_http_dynstore_snapshot_t *loaded, ngx_str_t *path);
void ngx_http_dynstore_snapshot_exit(void);

/* The current one, pinned; NULL when there is none. Every pin has its unpin. */
ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_pin(void);
void ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_snapshot_t *snapshot);

#endif
