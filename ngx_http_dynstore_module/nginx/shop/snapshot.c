#include "nginx/shop/snapshot.h"
#include "nginx/shop/share.h"
#include "nginx/shop/zone.h"
#include "nginx/core/thread.h"
#include "engine/base/hash.h"

#include <ngx_event.h>


/* Input and output of the loading thread, which alone uses them from its start until `finished`. */
typedef struct {
    ngx_http_dynstore_watch_t        *watch;
    pthread_t                         thread;
    ngx_atomic_t                      finished;
    ngx_uint_t                        join;       /* map another worker's copy instead of reading the file */
    ngx_http_dynstore_share_t         share;      /* as it was when the thread was started */
    ngx_http_dynstore_copied_e        copied;
    ngx_http_dynstore_copy_t          copy;
    ngx_http_dynstore_file_identity_t identity;
    uint64_t                          copied_ns;
    dyn_snapshot_t                   *data;
    dyn_error_t                       error;
} ngx_http_dynstore_load_t;


static ngx_http_dynstore_copied_e ngx_http_dynstore_snapshot_read(const char *path, ngx_http_dynstore_load_t *load);
static ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_create(ngx_http_dynstore_load_t *load);
static void ngx_http_dynstore_snapshot_drop(ngx_http_dynstore_load_t *load);
static void *ngx_http_dynstore_snapshot_free(void *arg);
static void ngx_http_dynstore_snapshot_reap(ngx_http_dynstore_watch_t *watch, ngx_uint_t all);
static void ngx_http_dynstore_snapshot_cleanup(void *data);
static void ngx_http_dynstore_snapshot_timer(ngx_event_t *ev);
static void ngx_http_dynstore_snapshot_look(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_snapshot_changed(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_snapshot_newer(ngx_http_dynstore_watch_t *watch, ngx_http_dynstore_share_t *share);
static ngx_int_t ngx_http_dynstore_snapshot_lock(ngx_http_dynstore_watch_t *watch, int type);
static ngx_int_t ngx_http_dynstore_snapshot_start(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);
static void *ngx_http_dynstore_snapshot_thread(void *arg);
static void ngx_http_dynstore_snapshot_join(ngx_http_dynstore_load_t *load);
static void ngx_http_dynstore_snapshot_collect(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_snapshot_not_loaded(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_snapshot_use(ngx_http_dynstore_watch_t *watch, ngx_log_t *log);


struct ngx_http_dynstore_watch_s {
    ngx_shm_zone_t                    *zone;
    ngx_http_dynstore_counters_t      *counters;
    ngx_http_dynstore_snapshot_t      *loaded;     /* the snapshot that the worker began with */
    ngx_http_dynstore_snapshot_t      *current;
    ngx_http_dynstore_snapshot_t      *freeing;    /* a thread frees each */
    ngx_str_t                          path;       /* terminated */
    uint64_t                           path_hash;
    ngx_http_dynstore_file_identity_t  seen;       /* the last file that was tried, good or bad */
    uint64_t                           lost_ns;    /* another worker's copy that could not be joined */
    ngx_msec_t                         retry;      /* not before this time */
    ngx_http_dynstore_snapshot_pt      handler;    /* NULL: nobody wants to be told of a new one */
    void                              *data;
    ngx_event_t                        timer;
    ngx_connection_t                   dummy;      /* cancelable timers want one for their log */
    ngx_http_dynstore_load_t           load;
    unsigned                           loading:1;
    unsigned                           soon:1;     /* look again soon: the file has not settled, or another worker copies it */
    unsigned                           failed:1;
    unsigned                           missing:1;
};


ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_load(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_uint_t                          tries, waits;
    ngx_pool_cleanup_t                 *cln;
    ngx_http_dynstore_load_t            load;
    ngx_http_dynstore_snapshot_t       *snapshot;
    ngx_http_dynstore_file_identity_t   identity;

    tries = 0;

    do {
        if (ngx_http_dynstore_identity((char *) path->data, &identity) != NGX_OK) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
                          "dynstore_snapshot: there is no file \"%V\": make it with \"dynstore build\"", path);
            return NULL;
        }

        /* a file that has just changed could change again and keep its identity */
        for (waits = 0; waits < NGX_HTTP_DYNSTORE_SETTLE_MS && !ngx_http_dynstore_settled(&identity); waits += 10) {
            ngx_msleep(10);
        }

        load.copied = ngx_http_dynstore_snapshot_read((char *) path->data, &load);

    } while (load.copied == NGX_HTTP_DYNSTORE_COPY_CHANGED && ++tries < NGX_HTTP_DYNSTORE_SNAPSHOT_TRIES);

    if (load.copied != NGX_HTTP_DYNSTORE_COPIED) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "dynstore_snapshot: %s", load.error.text);
        return NULL;
    }

    snapshot = ngx_http_dynstore_snapshot_create(&load);
    if (snapshot == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_http_dynstore_snapshot_unpin(snapshot);
        return NULL;
    }

    cln->handler = ngx_http_dynstore_snapshot_cleanup;
    cln->data = snapshot;

    return snapshot;
}


/* Copies and validates the file. */
static ngx_http_dynstore_copied_e
ngx_http_dynstore_snapshot_read(const char *path, ngx_http_dynstore_load_t *load)
{
    struct timespec             now;
    ngx_http_dynstore_copied_e  copied;

    load->data = NULL;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    load->copied_ns = (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;

    copied = ngx_http_dynstore_copy_file(path, &load->copy, &load->identity, &load->error);

    if (copied == NGX_HTTP_DYNSTORE_COPIED) {
        load->data = dyn_snapshot_from_memory(load->copy.memory, load->copy.length, path, &load->error);

        if (load->data == NULL) {
            ngx_http_dynstore_copy_close(&load->copy);
            return NGX_HTTP_DYNSTORE_COPY_REFUSED;
        }
    }

    return copied;
}


static ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_create(ngx_http_dynstore_load_t *load)
{
    ngx_http_dynstore_snapshot_t  *snapshot;

    snapshot = ngx_alloc(sizeof(ngx_http_dynstore_snapshot_t), ngx_cycle->log);
    if (snapshot == NULL) {
        ngx_http_dynstore_snapshot_drop(load);
        return NULL;
    }

    snapshot->data = load->data;
    snapshot->copy = load->copy;
    snapshot->copied_ns = load->copied_ns;
    snapshot->identity = load->identity;
    snapshot->pins = 1;
    snapshot->overlay_generation = 0;
    snapshot->overlay_bytes = 0;
    snapshot->threads = 0;
    snapshot->freed = 0;
    snapshot->watch = NULL;

    return snapshot;
}


static void
ngx_http_dynstore_snapshot_drop(ngx_http_dynstore_load_t *load)
{
    dyn_snapshot_close(load->data);
    ngx_http_dynstore_copy_close(&load->copy);
}


static void
ngx_http_dynstore_snapshot_cleanup(void *data)
{
    ngx_http_dynstore_snapshot_unpin(data);
}


ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_pin(ngx_http_dynstore_watch_t *watch)
{
    if (watch == NULL) {
        return NULL;
    }

    watch->current->pins++;

    return watch->current;
}


void
ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_snapshot_t *snapshot)
{
    ngx_http_dynstore_watch_t  *watch;

    if (snapshot == NULL || --snapshot->pins != 0) {
        return;
    }

    watch = snapshot->watch;

    /* the kernel takes about 0.3 s to free a gigabyte, which is too long for a worker's event loop */
    if (watch == NULL
        || ngx_http_dynstore_thread_run(&snapshot->thread, ngx_http_dynstore_snapshot_free, snapshot) != 0)
    {
        (void) ngx_http_dynstore_snapshot_free(snapshot);
        ngx_free(snapshot);
        return;
    }

    snapshot->next = watch->freeing;
    watch->freeing = snapshot;
}


static void *
ngx_http_dynstore_snapshot_free(void *arg)
{
    ngx_http_dynstore_snapshot_t  *snapshot = arg;

    dyn_snapshot_close(snapshot->data);
    ngx_http_dynstore_copy_close(&snapshot->copy);

    ngx_memory_barrier();
    snapshot->freed = 1;

    return NULL;
}


/* Joins threads that have freed a snapshot; when the module is about to be unloaded also the others. */
static void
ngx_http_dynstore_snapshot_reap(ngx_http_dynstore_watch_t *watch, ngx_uint_t all)
{
    ngx_http_dynstore_snapshot_t  *snapshot, **link;

    link = &watch->freeing;

    while (*link != NULL) {
        snapshot = *link;

        if (!all && !snapshot->freed) {
            link = &snapshot->next;
            continue;
        }

        (void) pthread_join(snapshot->thread, NULL);

        *link = snapshot->next;
        ngx_free(snapshot);
    }
}


ngx_http_dynstore_watch_t *
ngx_http_dynstore_snapshot_watch(ngx_cycle_t *cycle, ngx_http_dynstore_snapshot_t *loaded, ngx_str_t *path,
    ngx_shm_zone_t *zone)
{
    ngx_event_t                *ev;
    ngx_http_dynstore_watch_t  *watch;

    /* its own memory, because without a master process it outlives the configuration */
    watch = ngx_calloc(sizeof(ngx_http_dynstore_watch_t) + path->len + 1, cycle->log);
    if (watch == NULL) {
        return NULL;
    }

    watch->zone = zone;
    watch->counters = ngx_http_dynstore_zone_counters(zone);
    watch->path.data = (u_char *) (watch + 1);
    watch->path.len = path->len;
    (void) ngx_cpystrn(watch->path.data, path->data, path->len + 1);

    loaded->watch = watch;
    loaded->pins += 2;

    watch->loaded = loaded;
    watch->current = loaded;
    watch->path_hash = dyn_hash64(path->data, path->len);
    watch->seen = loaded->identity;
    watch->dummy.fd = (ngx_socket_t) -1;
    watch->dummy.data = watch;
    watch->load.watch = watch;

    ev = &watch->timer;

    ev->handler = ngx_http_dynstore_snapshot_timer;
    ev->data = &watch->dummy;
    ev->log = cycle->log;
    ev->cancelable = 1;

    /* soon: this worker may replace a dead one, and the others may have a newer snapshot */
    ngx_add_timer(ev, NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS);

    return watch;
}


void
ngx_http_dynstore_snapshot_tell(ngx_http_dynstore_watch_t *watch, ngx_http_dynstore_snapshot_pt handler, void *data)
{
    watch->handler = handler;
    watch->data = data;
}


void
ngx_http_dynstore_snapshot_exit(ngx_http_dynstore_watch_t *watch)
{
    ngx_http_dynstore_load_t      *load;
    ngx_http_dynstore_snapshot_t  *loaded, *current;

    load = &watch->load;

    if (watch->loading) {
        (void) pthread_join(load->thread, NULL);
        watch->loading = 0;
        ngx_http_dynstore_snapshot_drop(load);
    }

    if (watch->timer.timer_set) {
        ngx_del_timer(&watch->timer);
    }

    ngx_http_dynstore_snapshot_reap(watch, 1);

    loaded = watch->loaded;
    current = watch->current;

    /* no more threads */
    loaded->watch = NULL;
    current->watch = NULL;

    ngx_http_dynstore_snapshot_unpin(current);
    ngx_http_dynstore_snapshot_unpin(loaded);

    ngx_free(watch);
}


static void
ngx_http_dynstore_snapshot_timer(ngx_event_t *ev)
{
    ngx_connection_t           *dummy;
    ngx_http_dynstore_watch_t  *watch;

    dummy = ev->data;
    watch = dummy->data;

    watch->soon = 0;

    ngx_http_dynstore_snapshot_reap(watch, 0);

    if (watch->loading) {
        ngx_http_dynstore_snapshot_collect(watch, ev->log);

    } else if (!ngx_exiting) {
        ngx_http_dynstore_snapshot_look(watch, ev->log);
    }

    if (!ngx_exiting || watch->loading) {
        ngx_add_timer(ev, watch->loading || watch->soon
                          ? NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS : NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS);
    }
}


static void
ngx_http_dynstore_snapshot_look(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    ngx_int_t                  changed, locked;
    ngx_http_dynstore_load_t  *load;

    load = &watch->load;

    changed = ngx_http_dynstore_snapshot_changed(watch, log);
    /* take the lock before reading the zone: each holder writes its result there before it unlocks */
    locked = changed ? ngx_http_dynstore_snapshot_lock(watch, F_WRLCK) == NGX_OK : 0;

    ngx_http_dynstore_share_read(watch->zone, &load->share);

    load->join = ngx_http_dynstore_snapshot_newer(watch, &load->share);

    if (load->join) {
        (void) ngx_http_dynstore_snapshot_start(watch, log);

    } else if (!changed) {
        return;

    } else if (ngx_http_dynstore_same_file(&load->share.file, &load->identity)
               && load->share.copied_ns == watch->current->copied_ns)
    {
        /* another worker found that only its times are new */
        watch->seen = load->identity;

    } else if (ngx_http_dynstore_same_file(&load->share.refused, &load->identity)) {
        watch->seen = load->identity;
        ngx_http_dynstore_count(watch->counters, snapshots_refused);

    } else if (!locked) {
        watch->soon = 1;
        return;

    } else if (ngx_http_dynstore_snapshot_start(watch, log) == NGX_OK) {
        return;
    }

    if (locked) {
        (void) ngx_http_dynstore_snapshot_lock(watch, F_UNLCK);
    }
}


/* Whether there is a file to try: another than the last one, and settled. */
static ngx_int_t
ngx_http_dynstore_snapshot_changed(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_file_identity_t  *identity;

    identity = &watch->load.identity;

    if (ngx_http_dynstore_identity((char *) watch->path.data, identity) != NGX_OK) {
        if (!watch->missing) {
            watch->missing = 1;
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          "dynstore: the snapshot \"%V\" was removed; the one in memory stays in use",
                          &watch->path);
        }
        return 0;
    }

    watch->missing = 0;

    if (ngx_http_dynstore_same_file(identity, &watch->seen)) {
        return 0;
    }

    if (!ngx_http_dynstore_settled(identity)) {
        watch->soon = 1;
        return 0;
    }

    return !watch->failed || (ngx_msec_int_t) (watch->retry - ngx_current_msec) <= 0;
}


/* Whether other workers have a copy that this one lacks. */
static ngx_int_t
ngx_http_dynstore_snapshot_newer(ngx_http_dynstore_watch_t *watch, ngx_http_dynstore_share_t *share)
{
    return share->copied_ns > watch->current->copied_ns
           && share->copied_ns != watch->lost_ns
           && share->path == watch->path_hash
           && share->memory.length != 0
           && !ngx_http_dynstore_same_file(&share->file, &watch->current->identity);
}


/*
 * A record lock, which the kernel releases if this worker dies. It is on the memory of the cycle's own copy, which only the
 * cycle's workers have open. Without such a copy each worker makes its own.
 */
static ngx_int_t
ngx_http_dynstore_snapshot_lock(ngx_http_dynstore_watch_t *watch, int type)
{
    int           fd;
    struct flock  lock;

    fd = watch->loaded->copy.fd;

    if (fd == -1) {
        return NGX_OK;
    }

    ngx_memzero(&lock, sizeof(struct flock));

    lock.l_type = (short) type;
    lock.l_whence = SEEK_SET;

    return fcntl(fd, F_SETLK, &lock) == -1
           && (ngx_errno == NGX_EAGAIN || ngx_errno == NGX_EACCES) ? NGX_BUSY : NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_snapshot_start(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    int                        err;
    ngx_http_dynstore_load_t  *load;

    load = &watch->load;
    load->finished = 0;
    load->data = NULL;

    err = ngx_http_dynstore_thread_run(&load->thread, ngx_http_dynstore_snapshot_thread, load);
    if (err != 0) {
        ngx_log_error(NGX_LOG_ERR, log, err, "dynstore: no thread could be started to read the new snapshot; it is tried again");
        return NGX_ERROR;
    }

    watch->loading = 1;

    return NGX_OK;
}


static void *
ngx_http_dynstore_snapshot_thread(void *arg)
{
    ngx_http_dynstore_load_t  *load = arg;

    if (load->join) {
        ngx_http_dynstore_snapshot_join(load);

    } else {
        load->copied = ngx_http_dynstore_snapshot_read((char *) load->watch->path.data, load);
    }

    ngx_memory_barrier();
    load->finished = 1;

    return NULL;
}


/* Any worker that has the copy will do; trying shows which of them are alive. */
static void
ngx_http_dynstore_snapshot_join(ngx_http_dynstore_load_t *load)
{
    ngx_uint_t                   i;
    ngx_http_dynstore_holder_t  *holder;

    load->identity = load->share.file;
    load->copied_ns = load->share.copied_ns;
    load->copied = NGX_HTTP_DYNSTORE_COPY_FAILED;
    load->copy.memory = NULL;
    load->copy.fd = -1;

    for (i = 0; i < NGX_HTTP_DYNSTORE_HOLDERS_MAX; i++) {
        holder = &load->share.holders[i];

        if (holder->pid == 0 || holder->copied_ns != load->copied_ns
            || ngx_http_dynstore_copy_join(holder->pid, holder->fd, &load->share.memory, &load->copy) != NGX_OK)
        {
            continue;
        }

        load->data = dyn_snapshot_from_memory(load->copy.memory, load->copy.length,
                                              (char *) load->watch->path.data, &load->error);
        if (load->data != NULL) {
            load->copied = NGX_HTTP_DYNSTORE_COPIED;
        } else {
            ngx_http_dynstore_copy_close(&load->copy);
        }

        return;
    }
}


static void
ngx_http_dynstore_snapshot_collect(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_load_t  *load;

    load = &watch->load;

    if (!load->finished) {
        return;
    }

    (void) pthread_join(load->thread, NULL);
    watch->loading = 0;

    if (load->copied == NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_snapshot_use(watch, log);

    } else if (load->join) {
        /* all workers that had it are gone, or this system hides their files: read the file at once */
        watch->lost_ns = load->copied_ns;
        watch->soon = 1;

    } else {
        ngx_http_dynstore_snapshot_not_loaded(watch, log);
    }

    /* after the others were told */
    if (!load->join) {
        (void) ngx_http_dynstore_snapshot_lock(watch, F_UNLCK);
    }
}


static void
ngx_http_dynstore_snapshot_not_loaded(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_load_t  *load;

    load = &watch->load;

    switch (load->copied) {

    case NGX_HTTP_DYNSTORE_COPY_REFUSED:
        watch->seen = load->identity;
        ngx_http_dynstore_share_refuse(watch->zone, &load->identity);
        ngx_http_dynstore_count(watch->counters, snapshots_refused);
        ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: the new snapshot is refused, the old one stays in use: %s",
                      load->error.text);
        return;

    case NGX_HTTP_DYNSTORE_COPY_FAILED:
        watch->failed = 1;
        watch->retry = ngx_current_msec + NGX_HTTP_DYNSTORE_SNAPSHOT_RETRY_MS;
        ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: the new snapshot cannot be read, the old one stays in use, and it is "
                      "tried again in %d s: %s", NGX_HTTP_DYNSTORE_SNAPSHOT_RETRY_MS / 1000, load->error.text);
        return;

    default:
        /* it still counts as new, and is tried again when it has settled */
        ngx_log_error(NGX_LOG_INFO, log, 0, "dynstore: %s; it is tried again", load->error.text);
    }
}


static void
ngx_http_dynstore_snapshot_use(ngx_http_dynstore_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_load_t      *load;
    ngx_http_dynstore_snapshot_t  *snapshot, *current;

    load = &watch->load;
    current = watch->current;

    watch->failed = 0;
    watch->seen = load->identity;

    snapshot = ngx_http_dynstore_snapshot_create(load);
    if (snapshot == NULL) {
        return;
    }

    snapshot->watch = watch;

    if (ngx_memcmp(snapshot->data->header, current->data->header, sizeof(dyn_snapshot_header_t)) == 0) {
        /* the same bytes with another name or time, as after cp or chmod; one copy is enough */
        ngx_http_dynstore_snapshot_unpin(snapshot);
        current->identity = load->identity;

        if (!load->join) {
            ngx_http_dynstore_share_publish(watch->zone, current->copied_ns, watch->path_hash, &current->identity,
                                            &current->copy);
        }
        return;
    }

    if (load->join) {
        ngx_http_dynstore_share_hold(watch->zone, snapshot->copied_ns, &snapshot->copy);
    } else {
        ngx_http_dynstore_share_publish(watch->zone, snapshot->copied_ns, watch->path_hash, &snapshot->identity,
                                        &snapshot->copy);
    }

    ngx_log_error(NGX_LOG_NOTICE, log, 0, "dynstore: snapshot %s is in use, with %uD items", snapshot->data->build_id,
                  snapshot->data->item_count);

    ngx_http_dynstore_count(watch->counters, snapshots_swapped);
    ngx_http_dynstore_snapshot_unpin(current);
    watch->current = snapshot;

    if (watch->handler != NULL) {
        watch->handler(watch->data);
    }
}
