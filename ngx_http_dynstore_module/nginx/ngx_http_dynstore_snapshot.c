#include "ngx_http_dynstore_snapshot.h"
#include "ngx_http_dynstore_counters.h"

#include <ngx_event.h>
#include <pthread.h>
#include <signal.h>


/* What the loading thread is given and gives back; nobody else touches it between start and `finished`. */
typedef struct {
    pthread_t                         thread;
    ngx_atomic_t                      finished;
    ngx_http_dynstore_file_identity_t identity;
    dyn_snapshot_t                   *data;
    dyn_error_t                       error;
} ngx_http_dynstore_load_t;


static ngx_http_dynstore_snapshot_t *ngx_http_dynstore_snapshot_create(dyn_snapshot_t *data,
    ngx_http_dynstore_file_identity_t *identity);
static void ngx_http_dynstore_snapshot_cleanup(void *data);
static void ngx_http_dynstore_snapshot_timer(ngx_event_t *ev);
static void ngx_http_dynstore_snapshot_look(ngx_log_t *log);
static void ngx_http_dynstore_snapshot_collect(ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_snapshot_start(ngx_log_t *log);
static void *ngx_http_dynstore_snapshot_thread(void *arg);
static ngx_int_t ngx_http_dynstore_identity(const char *path, ngx_http_dynstore_file_identity_t *identity);


/* This worker's. */
static struct {
    ngx_http_dynstore_snapshot_t      *current;
    ngx_str_t                          path;       /* terminated */
    ngx_http_dynstore_file_identity_t  seen;       /* the last one that was tried, good or bad */
    ngx_event_t                        timer;
    ngx_connection_t                   dummy;      /* cancelable timers want one for their log */
    ngx_http_dynstore_load_t           load;
    unsigned                           loading:1;
    unsigned                           missing:1;
} ngx_http_dynstore_watch;


ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_load(ngx_conf_t *cf, ngx_str_t *path)
{
    dyn_error_t                         error;
    dyn_snapshot_t                     *data;
    ngx_pool_cleanup_t                 *cln;
    ngx_http_dynstore_snapshot_t       *snapshot;
    ngx_http_dynstore_file_identity_t   identity;

    /* before opening: a file replaced in between looks new to the workers, which then read it once more */
    if (ngx_http_dynstore_identity((char *) path->data, &identity) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
                      "dynstore_snapshot: there is no file \"%V\": make it with \"dynstore build\"", path);
        return NULL;
    }

    data = dyn_snapshot_open((char *) path->data, &error);
    if (data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "dynstore_snapshot: %s", error.text);
        return NULL;
    }

    snapshot = ngx_http_dynstore_snapshot_create(data, &identity);
    cln = snapshot == NULL ? NULL : ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        dyn_snapshot_close(data);
        ngx_free(snapshot);
        return NULL;
    }

    cln->handler = ngx_http_dynstore_snapshot_cleanup;
    cln->data = snapshot;

    return snapshot;
}


static ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_create(dyn_snapshot_t *data, ngx_http_dynstore_file_identity_t *identity)
{
    ngx_http_dynstore_snapshot_t  *snapshot;

    snapshot = ngx_alloc(sizeof(ngx_http_dynstore_snapshot_t), ngx_cycle->log);
    if (snapshot == NULL) {
        return NULL;
    }

    snapshot->data = data;
    snapshot->pins = 1;
    snapshot->identity = *identity;

    return snapshot;
}


static void
ngx_http_dynstore_snapshot_cleanup(void *data)
{
    ngx_http_dynstore_snapshot_unpin(data);
}


ngx_http_dynstore_snapshot_t *
ngx_http_dynstore_snapshot_pin(void)
{
    if (ngx_http_dynstore_watch.current != NULL) {
        ngx_http_dynstore_watch.current->pins++;
    }

    return ngx_http_dynstore_watch.current;
}


void
ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_snapshot_t *snapshot)
{
    if (snapshot != NULL && --snapshot->pins == 0) {
        dyn_snapshot_close(snapshot->data);
        ngx_free(snapshot);
    }
}


ngx_int_t
ngx_http_dynstore_snapshot_watch(ngx_cycle_t *cycle, ngx_http_dynstore_snapshot_t *loaded, ngx_str_t *path)
{
    ngx_event_t  *ev;

    loaded->pins++;

    ngx_http_dynstore_watch.current = loaded;
    ngx_http_dynstore_watch.path = *path;
    ngx_http_dynstore_watch.seen = loaded->identity;
    ngx_http_dynstore_watch.dummy.fd = (ngx_socket_t) -1;

    ev = &ngx_http_dynstore_watch.timer;

    ev->handler = ngx_http_dynstore_snapshot_timer;
    ev->data = &ngx_http_dynstore_watch.dummy;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS);

    return NGX_OK;
}


void
ngx_http_dynstore_snapshot_exit(void)
{
    ngx_http_dynstore_load_t  *load;

    load = &ngx_http_dynstore_watch.load;

    if (ngx_http_dynstore_watch.loading) {
        (void) pthread_join(load->thread, NULL);
        ngx_http_dynstore_watch.loading = 0;
        dyn_snapshot_close(load->data);
    }

    if (ngx_http_dynstore_watch.timer.timer_set) {
        ngx_del_timer(&ngx_http_dynstore_watch.timer);
    }

    ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_watch.current);
    ngx_http_dynstore_watch.current = NULL;
}


static void
ngx_http_dynstore_snapshot_timer(ngx_event_t *ev)
{
    if (ngx_http_dynstore_watch.loading) {
        ngx_http_dynstore_snapshot_collect(ev->log);

    } else if (!ngx_exiting) {
        ngx_http_dynstore_snapshot_look(ev->log);
    }

    if (!ngx_exiting || ngx_http_dynstore_watch.loading) {
        ngx_add_timer(ev, ngx_http_dynstore_watch.loading ? NGX_HTTP_DYNSTORE_SNAPSHOT_POLL_MS
                                                          : NGX_HTTP_DYNSTORE_SNAPSHOT_WATCH_MS);
    }
}


static void
ngx_http_dynstore_snapshot_look(ngx_log_t *log)
{
    ngx_http_dynstore_file_identity_t  identity, *seen;

    if (ngx_http_dynstore_identity((char *) ngx_http_dynstore_watch.path.data, &identity) != NGX_OK) {
        if (!ngx_http_dynstore_watch.missing) {
            ngx_http_dynstore_watch.missing = 1;
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          "dynstore: the snapshot \"%V\" is gone; the one in memory stays in use",
                          &ngx_http_dynstore_watch.path);
        }
        return;
    }

    ngx_http_dynstore_watch.missing = 0;
    seen = &ngx_http_dynstore_watch.seen;

    if (identity.inode == seen->inode && identity.size == seen->size
        && identity.modified.tv_sec == seen->modified.tv_sec && identity.modified.tv_nsec == seen->modified.tv_nsec)
    {
        return;
    }

    ngx_http_dynstore_watch.load.identity = identity;

    /* after a failure to start the thread the file still looks new, and is tried again at the next look */
    if (ngx_http_dynstore_snapshot_start(log) == NGX_OK) {
        *seen = identity;
    }
}


static ngx_int_t
ngx_http_dynstore_snapshot_start(ngx_log_t *log)
{
    int                        err;
    sigset_t                   all, before;
    ngx_http_dynstore_load_t  *load;

    load = &ngx_http_dynstore_watch.load;
    load->finished = 0;
    load->data = NULL;

    /* nginx's signals are for its own thread */
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&load->thread, NULL, ngx_http_dynstore_snapshot_thread, load);
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (err != 0) {
        ngx_log_error(NGX_LOG_ERR, log, err, "dynstore: no thread to read the new snapshot; it is tried again");
        return NGX_ERROR;
    }

    ngx_http_dynstore_watch.loading = 1;

    return NGX_OK;
}


static void *
ngx_http_dynstore_snapshot_thread(void *arg)
{
    ngx_http_dynstore_load_t  *load = arg;

    load->data = dyn_snapshot_open((char *) ngx_http_dynstore_watch.path.data, &load->error);

    ngx_memory_barrier();
    load->finished = 1;

    return NULL;
}


static void
ngx_http_dynstore_snapshot_collect(ngx_log_t *log)
{
    ngx_http_dynstore_load_t      *load;
    ngx_http_dynstore_snapshot_t  *snapshot;

    load = &ngx_http_dynstore_watch.load;

    if (!load->finished) {
        return;
    }

    (void) pthread_join(load->thread, NULL);
    ngx_http_dynstore_watch.loading = 0;

    if (load->data == NULL) {
        ngx_http_dynstore_count(snapshots_refused);
        ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: the new snapshot is refused, the old one stays in use: %s",
                      load->error.text);
        return;
    }

    snapshot = ngx_http_dynstore_snapshot_create(load->data, &load->identity);
    if (snapshot == NULL) {
        dyn_snapshot_close(load->data);
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, log, 0, "dynstore: snapshot %s is in use, with %uD items", snapshot->data->build_id,
                  snapshot->data->item_count);

    ngx_http_dynstore_count(snapshots_swapped);
    ngx_http_dynstore_snapshot_unpin(ngx_http_dynstore_watch.current);
    ngx_http_dynstore_watch.current = snapshot;
}


static ngx_int_t
ngx_http_dynstore_identity(const char *path, ngx_http_dynstore_file_identity_t *identity)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        return NGX_ERROR;
    }

    identity->inode = st.st_ino;
    identity->size = st.st_size;
    identity->modified = st.st_mtim;

    return NGX_OK;
}
