#include "nginx/shop/rules.h"
#include "nginx/shop/zone.h"
#include "nginx/core/thread.h"
#include "engine/policy/compile.h"

#include <ngx_event.h>


/* Input and output of the compiling thread, which alone uses them from its start until `finished`. */
typedef struct {
    ngx_http_dynstore_rules_watch_t   *watch;
    pthread_t                          thread;
    ngx_atomic_t                       finished;
    ngx_uint_t                         again;     /* the text is there: it is that of the rules in force */
    ngx_http_dynstore_copied_e         read;
    ngx_str_t                          text;
    ngx_http_dynstore_file_identity_t  identity;
    ngx_http_dynstore_snapshot_t      *snapshot;  /* pinned */
    const dyn_policy_t                *policy;
    ngx_uint_t                         owned;     /* the policy is to be freed: it was compiled */
    dyn_error_t                        error;
} ngx_http_dynstore_rules_load_t;


static void ngx_http_dynstore_rules_read(const char *path, ngx_http_dynstore_rules_load_t *load);
static ngx_http_dynstore_copied_e ngx_http_dynstore_rules_text(int fd, const char *path, ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_compile(const char *path, ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_built_in(ngx_http_dynstore_rules_load_t *load);
static ngx_http_dynstore_rules_t *ngx_http_dynstore_rules_create(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_drop(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_cleanup(void *data);
static void ngx_http_dynstore_rules_timer(ngx_event_t *ev);
static void ngx_http_dynstore_rules_snapshot_handler(void *data);
static void ngx_http_dynstore_rules_look(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_rules_changed(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_start(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again, ngx_log_t *log);
static void *ngx_http_dynstore_rules_thread(void *arg);
static void ngx_http_dynstore_rules_collect(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_not_loaded(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_use(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);


struct ngx_http_dynstore_rules_watch_s {
    ngx_shm_zone_t                    *zone;
    ngx_http_dynstore_counters_t      *counters;
    ngx_http_dynstore_watch_t         *snapshots;
    ngx_http_dynstore_rules_t         *current;
    ngx_str_t                          path;      /* terminated; empty: the built-in ones, there is no file */
    ngx_http_dynstore_file_identity_t  seen;      /* the last file that was tried, good or bad */
    ngx_msec_t                         retry;     /* not before this time */
    ngx_event_t                        timer;
    ngx_connection_t                   dummy;     /* cancelable timers want one for their log */
    ngx_http_dynstore_rules_load_t     load;
    unsigned                           loading:1;
    unsigned                           soon:1;    /* look again soon: the file has not settled, or changed while it was read */
    unsigned                           failed:1;
    unsigned                           missing:1;
};


ngx_http_dynstore_rules_t *
ngx_http_dynstore_rules_load(ngx_conf_t *cf, ngx_str_t *path, ngx_http_dynstore_snapshot_t *snapshot)
{
    ngx_uint_t                       tries, waits;
    ngx_pool_cleanup_t              *cln;
    ngx_http_dynstore_rules_t       *rules;
    ngx_http_dynstore_rules_load_t   load;

    ngx_memzero(&load, sizeof(ngx_http_dynstore_rules_load_t));

    /* made here, since threads of workers must not make it at the same time */
    (void) dyn_policy_default();

    load.snapshot = snapshot;
    tries = 0;

    if (path->len == 0) {
        ngx_http_dynstore_rules_built_in(&load);

        if (load.read != NGX_HTTP_DYNSTORE_COPIED) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "dynstore: %s", load.error.text);
            return NULL;
        }
    }

    if (path->len != 0) {

        do {
            if (ngx_http_dynstore_identity((char *) path->data, &load.identity) != NGX_OK) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno, "dynstore_rules: there is no file \"%V\": write it "
                              "(docs/rules.md), or leave out dynstore_rules for the rules that are built in", path);
                return NULL;
            }

            /* a file that has just changed could change again and keep its identity */
            for (waits = 0; waits < NGX_HTTP_DYNSTORE_SETTLE_MS && !ngx_http_dynstore_settled(&load.identity); waits += 10) {
                ngx_msleep(10);
            }

            ngx_http_dynstore_rules_read((char *) path->data, &load);

        } while (load.read == NGX_HTTP_DYNSTORE_COPY_CHANGED && ++tries < NGX_HTTP_DYNSTORE_RULES_TRIES);

        if (load.read != NGX_HTTP_DYNSTORE_COPIED) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "dynstore_rules: %s", load.error.text);
            return NULL;
        }
    }

    snapshot->pins++;

    rules = ngx_http_dynstore_rules_create(&load);
    if (rules == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_http_dynstore_rules_unpin(rules);
        return NULL;
    }

    cln->handler = ngx_http_dynstore_rules_cleanup;
    cln->data = rules;

    return rules;
}


/* Reads the file and compiles it. */
static void
ngx_http_dynstore_rules_read(const char *path, ngx_http_dynstore_rules_load_t *load)
{
    int                                fd;
    ngx_http_dynstore_file_identity_t  after;

    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;

    /* also for a file that cannot be opened, so that it is tried again when it changes */
    if (ngx_http_dynstore_identity(path, &load->identity) != NGX_OK) {
        (void) dyn_fail(&load->error, "%.200s: its size and time cannot be read: %s", path, strerror(ngx_errno));
        load->read = NGX_HTTP_DYNSTORE_COPY_CHANGED;
        return;
    }

    /* a pipe would wait for its writer otherwise */
    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK);

    if (fd == -1) {
        (void) dyn_fail(&load->error, "%.200s: cannot be opened: %s", path, strerror(ngx_errno));
        load->read = ngx_errno == NGX_EMFILE || ngx_errno == NGX_ENFILE || ngx_errno == NGX_ENOMEM
                     ? NGX_HTTP_DYNSTORE_COPY_FAILED : NGX_HTTP_DYNSTORE_COPY_REFUSED;
        return;
    }

    load->read = ngx_http_dynstore_rules_text(fd, path, load);
    (void) close(fd);

    if (load->read == NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_rules_compile(path, load);
    }

    /* also before a refusal, because half of a file says nothing about the whole */
    if (load->read != NGX_HTTP_DYNSTORE_COPY_FAILED
        && (ngx_http_dynstore_identity(path, &after) != NGX_OK
            || !ngx_http_dynstore_same_file(&after, &load->identity)))
    {
        (void) dyn_fail(&load->error, "%.200s: was changed while it was read: write rules under another name, then rename the file",
                        path);
        load->read = NGX_HTTP_DYNSTORE_COPY_CHANGED;
    }

    if (load->read != NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_rules_drop(load);
    }
}


static ngx_http_dynstore_copied_e
ngx_http_dynstore_rules_text(int fd, const char *path, ngx_http_dynstore_rules_load_t *load)
{
    size_t       n;
    ssize_t      got;
    struct stat  st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void) dyn_fail(&load->error, "%.200s: is no file: dynstore_rules needs a file with rules", path);
        return NGX_HTTP_DYNSTORE_COPY_REFUSED;
    }

    if (st.st_size > DYN_RULES_BYTES_MAX) {
        (void) dyn_fail(&load->error, "%.200s: has %lld bytes: rules may have at most %d", path, (long long) st.st_size,
                        (int) DYN_RULES_BYTES_MAX);
        return NGX_HTTP_DYNSTORE_COPY_REFUSED;
    }

    load->text.len = (size_t) st.st_size;
    load->text.data = malloc(load->text.len + 1);

    if (load->text.data == NULL) {
        (void) dyn_fail(&load->error, "%.200s: no memory for its %lld bytes", path, (long long) st.st_size);
        return NGX_HTTP_DYNSTORE_COPY_FAILED;
    }

    for (n = 0; n < load->text.len; n += (size_t) got) {

        got = read(fd, load->text.data + n, load->text.len - n);

        if (got == -1 && ngx_errno == NGX_EINTR) {
            got = 0;

        } else if (got == -1) {
            (void) dyn_fail(&load->error, "%.200s: cannot be read: %s", path, strerror(ngx_errno));
            return NGX_HTTP_DYNSTORE_COPY_FAILED;

        } else if (got == 0) {
            (void) dyn_fail(&load->error, "%.200s: became shorter while it was read", path);
            return NGX_HTTP_DYNSTORE_COPY_CHANGED;
        }
    }

    return NGX_HTTP_DYNSTORE_COPIED;
}


static void
ngx_http_dynstore_rules_compile(const char *path, ngx_http_dynstore_rules_load_t *load)
{
    dyn_policy_t         *policy;
    dyn_policy_source_t   source;

    source.name = path;
    source.text = (dyn_str_t) { (char *) load->text.data, load->text.len };

    if (dyn_policy_compile(&source, load->snapshot->data, &policy, &load->error)) {
        load->policy = policy;
        load->owned = 1;
    } else {
        load->read = NGX_HTTP_DYNSTORE_COPY_REFUSED;
    }
}


/* Without a file there is something to compile only where the snapshot has contents. */
static void
ngx_http_dynstore_rules_built_in(ngx_http_dynstore_rules_load_t *load)
{
    dyn_policy_t  *policy;

    if (!dyn_policy_compile_built_in(load->snapshot->data, &policy, &load->error)) {
        load->read = NGX_HTTP_DYNSTORE_COPY_FAILED;
        return;
    }

    load->read = NGX_HTTP_DYNSTORE_COPIED;
    load->policy = policy != NULL ? policy : dyn_policy_default();
    load->owned = policy != NULL;
}


/* Takes over what was loaded, also the pin of the snapshot. */
static ngx_http_dynstore_rules_t *
ngx_http_dynstore_rules_create(ngx_http_dynstore_rules_load_t *load)
{
    ngx_http_dynstore_rules_t  *rules;

    rules = ngx_alloc(sizeof(ngx_http_dynstore_rules_t), ngx_cycle->log);
    if (rules == NULL) {
        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return NULL;
    }

    rules->policy = load->policy;
    rules->owned = load->owned;
    rules->snapshot = load->snapshot;
    rules->text = load->text;
    rules->identity = load->identity;
    rules->pins = 1;

    return rules;
}


static void
ngx_http_dynstore_rules_drop(ngx_http_dynstore_rules_load_t *load)
{
    if (load->owned) {
        dyn_policy_free((dyn_policy_t *) load->policy);
    }

    free(load->text.data);

    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;
}


static void
ngx_http_dynstore_rules_cleanup(void *data)
{
    ngx_http_dynstore_rules_unpin(data);
}


ngx_http_dynstore_rules_t *
ngx_http_dynstore_rules_pin(ngx_http_dynstore_rules_watch_t *watch)
{
    if (watch == NULL) {
        return NULL;
    }

    watch->current->pins++;

    return watch->current;
}


void
ngx_http_dynstore_rules_unpin(ngx_http_dynstore_rules_t *rules)
{
    if (rules == NULL || --rules->pins != 0) {
        return;
    }

    if (rules->owned) {
        dyn_policy_free((dyn_policy_t *) rules->policy);
    }

    free(rules->text.data);
    ngx_http_dynstore_snapshot_unpin(rules->snapshot);
    ngx_free(rules);
}


ngx_http_dynstore_rules_watch_t *
ngx_http_dynstore_rules_watch(ngx_cycle_t *cycle, ngx_http_dynstore_rules_t *loaded, ngx_str_t *path,
    ngx_shm_zone_t *zone, ngx_http_dynstore_watch_t *snapshots)
{
    ngx_event_t                      *ev;
    ngx_http_dynstore_rules_watch_t  *watch;

    /* its own memory, because without a master process it outlives the configuration */
    watch = ngx_calloc(sizeof(ngx_http_dynstore_rules_watch_t) + path->len + 1, cycle->log);
    if (watch == NULL) {
        return NULL;
    }

    watch->zone = zone;
    watch->counters = ngx_http_dynstore_zone_counters(zone);
    watch->snapshots = snapshots;
    watch->path.data = (u_char *) (watch + 1);
    watch->path.len = path->len;
    (void) ngx_cpystrn(watch->path.data, path->data, path->len + 1);

    loaded->pins++;

    watch->current = loaded;
    watch->seen = loaded->identity;
    watch->dummy.fd = (ngx_socket_t) -1;
    watch->dummy.data = watch;
    watch->load.watch = watch;

    ev = &watch->timer;

    ev->handler = ngx_http_dynstore_rules_timer;
    ev->data = &watch->dummy;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_http_dynstore_snapshot_tell(snapshots, ngx_http_dynstore_rules_snapshot_handler, watch);

    if (path->len != 0) {
        /* soon: this worker may replace a dead one, and the file may be newer than the configuration */
        ngx_add_timer(ev, NGX_HTTP_DYNSTORE_RULES_POLL_MS);
    }

    return watch;
}


void
ngx_http_dynstore_rules_exit(ngx_http_dynstore_rules_watch_t *watch)
{
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;

    if (watch->loading) {
        (void) pthread_join(load->thread, NULL);
        watch->loading = 0;
        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
    }

    if (watch->timer.timer_set) {
        ngx_del_timer(&watch->timer);
    }

    ngx_http_dynstore_snapshot_tell(watch->snapshots, NULL, NULL);
    ngx_http_dynstore_rules_unpin(watch->current);

    ngx_free(watch);
}


static void
ngx_http_dynstore_rules_timer(ngx_event_t *ev)
{
    ngx_connection_t                 *dummy;
    ngx_http_dynstore_rules_watch_t  *watch;

    dummy = ev->data;
    watch = dummy->data;

    watch->soon = 0;

    if (watch->loading) {
        ngx_http_dynstore_rules_collect(watch, ev->log);
    }

    if (!watch->loading && !ngx_exiting) {
        ngx_http_dynstore_rules_look(watch, ev->log);
    }

    /* without a file there is nothing to look at until the snapshot changes */
    if (watch->loading || (!ngx_exiting && (watch->path.len != 0 || watch->soon || watch->failed))) {
        ngx_add_timer(ev, watch->loading || watch->soon
                          ? NGX_HTTP_DYNSTORE_RULES_POLL_MS : NGX_HTTP_DYNSTORE_RULES_WATCH_MS);
    }
}


/* A new snapshot is there. */
static void
ngx_http_dynstore_rules_snapshot_handler(void *data)
{
    ngx_http_dynstore_rules_watch_t  *watch = data;

    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;

    if (!watch->loading && watch->path.len == 0) {
        load->snapshot = ngx_http_dynstore_snapshot_pin(watch->snapshots);

        if (load->snapshot->data->sections[DYN_SECTION_CONTENT].data == NULL) {
            ngx_http_dynstore_rules_built_in(load);
            ngx_http_dynstore_rules_use(watch, watch->timer.log);
            return;
        }

        ngx_http_dynstore_snapshot_unpin(load->snapshot);
    }

    if (!watch->loading && !ngx_exiting) {
        ngx_http_dynstore_rules_look(watch, watch->timer.log);
        ngx_add_timer(&watch->timer, NGX_HTTP_DYNSTORE_RULES_POLL_MS);
    }
}


static void
ngx_http_dynstore_rules_look(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_uint_t                     again;
    ngx_http_dynstore_snapshot_t  *newest;

    if (watch->failed && (ngx_msec_int_t) (watch->retry - ngx_current_msec) > 0) {
        return;
    }

    newest = ngx_http_dynstore_snapshot_pin(watch->snapshots);
    again = newest != watch->current->snapshot;
    ngx_http_dynstore_snapshot_unpin(newest);

    if (again) {
        ngx_http_dynstore_rules_start(watch, 1, log);
        return;
    }

    if (watch->path.len == 0 || !ngx_http_dynstore_rules_changed(watch, log)) {
        return;
    }

    if (ngx_http_dynstore_share_rules_refused(watch->zone, &watch->load.identity, NULL) == NGX_OK) {
        /* another worker has said why */
        watch->seen = watch->load.identity;
        ngx_http_dynstore_count(watch->counters, rules_refused);
        return;
    }

    ngx_http_dynstore_rules_start(watch, 0, log);
}


/* Whether there is a file to try: another than the last one, and settled. */
static ngx_int_t
ngx_http_dynstore_rules_changed(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_file_identity_t  *identity;

    identity = &watch->load.identity;

    if (ngx_http_dynstore_identity((char *) watch->path.data, identity) != NGX_OK) {
        if (!watch->missing) {
            watch->missing = 1;
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                          "dynstore: the rules \"%V\" were removed; those in memory stay in use", &watch->path);
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

    return 1;
}


static void
ngx_http_dynstore_rules_start(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again, ngx_log_t *log)
{
    int                              err;
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;
    load->finished = 0;
    load->again = again;
    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;
    load->snapshot = ngx_http_dynstore_snapshot_pin(watch->snapshots);

    err = ngx_http_dynstore_thread_run(&load->thread, ngx_http_dynstore_rules_thread, load);
    if (err != 0) {
        ngx_log_error(NGX_LOG_ERR, log, err, "dynstore: no thread could be started to read the rules; it is tried again");
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    watch->loading = 1;
}


static void *
ngx_http_dynstore_rules_thread(void *arg)
{
    ngx_http_dynstore_rules_load_t  *load = arg;

    const char                 *path;
    ngx_http_dynstore_rules_t  *current;

    path = (char *) load->watch->path.data;

    if (load->watch->path.len == 0) {
        ngx_http_dynstore_rules_built_in(load);

    } else if (!load->again) {
        ngx_http_dynstore_rules_read(path, load);

    } else {
        /* the event loop replaces these only after this thread has finished */
        current = load->watch->current;

        load->identity = current->identity;
        load->text.len = current->text.len;
        load->text.data = malloc(current->text.len + 1);

        if (load->text.data == NULL) {
            (void) dyn_fail(&load->error, "%.200s: no memory for its text", path);
            load->read = NGX_HTTP_DYNSTORE_COPY_FAILED;

        } else {
            ngx_memcpy(load->text.data, current->text.data, current->text.len);
            load->read = NGX_HTTP_DYNSTORE_COPIED;
            ngx_http_dynstore_rules_compile(path, load);
        }
    }

    ngx_memory_barrier();
    load->finished = 1;

    return NULL;
}


static void
ngx_http_dynstore_rules_collect(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_rules_load_t  *load;
    ngx_http_dynstore_snapshot_t    *newest;

    load = &watch->load;

    if (!load->finished) {
        return;
    }

    (void) pthread_join(load->thread, NULL);
    watch->loading = 0;

    if (load->read != NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_rules_not_loaded(watch, log);
        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    watch->failed = 0;

    newest = ngx_http_dynstore_snapshot_pin(watch->snapshots);
    ngx_http_dynstore_snapshot_unpin(newest);

    if (newest != load->snapshot) {
        /* swapped meanwhile: these rules go with a snapshot that is no longer to be used */
        watch->soon = 1;
        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    ngx_http_dynstore_rules_use(watch, log);
}


static void
ngx_http_dynstore_rules_not_loaded(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;

    if (load->read == NGX_HTTP_DYNSTORE_COPY_CHANGED) {
        /* it still counts as new, and is tried again when it has settled */
        ngx_log_error(NGX_LOG_INFO, log, 0, "dynstore: %s; it is tried again", load->error.text);
        return;
    }

    if (load->read == NGX_HTTP_DYNSTORE_COPY_REFUSED && !load->again) {
        watch->seen = load->identity;
        ngx_http_dynstore_count(watch->counters, rules_refused);

        if (ngx_http_dynstore_share_refuse_rules(watch->zone, &load->identity, &load->error) == NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: the new rules are refused, the old ones stay in use: %s",
                          load->error.text);
        }
        return;
    }

    watch->failed = 1;
    watch->retry = ngx_current_msec + NGX_HTTP_DYNSTORE_RULES_RETRY_MS;
    ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: the %s, the old ones stay in use, and it is tried again in %d s: %s",
                  load->again ? "rules cannot be compiled for the new snapshot" : "new rules cannot be read",
                  NGX_HTTP_DYNSTORE_RULES_RETRY_MS / 1000, load->error.text);
}


/* Takes what was loaded into use. */
static void
ngx_http_dynstore_rules_use(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_uint_t                       same;
    ngx_http_dynstore_rules_t       *rules, *current;
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;
    current = watch->current;

    same = ngx_strcmp(load->policy->version, current->policy->version) == 0;

    if (same && load->snapshot == current->snapshot) {
        /* the same bytes with another name or time, as after cp or touch */
        watch->seen = load->identity;
        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    rules = ngx_http_dynstore_rules_create(load);
    if (rules == NULL) {
        return;
    }

    if (!same) {
        watch->seen = load->identity;
        ngx_http_dynstore_count(watch->counters, rules_loaded);
        ngx_log_error(NGX_LOG_NOTICE, log, 0, "dynstore: rules %s are in use, with %uD rules", rules->policy->version,
                      rules->policy->own_rule_count);
    }

    ngx_http_dynstore_rules_unpin(current);
    watch->current = rules;
}


ngx_int_t
ngx_http_dynstore_rules_refused(ngx_http_dynstore_rules_watch_t *watch, dyn_error_t *error)
{
    return watch->path.len == 0 ? NGX_DECLINED : ngx_http_dynstore_share_rules_refused(watch->zone, &watch->seen, error);
}
