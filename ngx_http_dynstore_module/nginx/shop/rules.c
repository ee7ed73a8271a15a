#include "engine/compile/compile.h"
#include "nginx/shop/rules.h"
#include "nginx/shop/zone.h"
#include "nginx/core/thread.h"

#include <ngx_event.h>


/* Input and output of the compiling thread, which alone uses them from its start until `finished`. */
typedef struct {
    ngx_http_dynstore_rules_watch_t   *watch;
    pthread_t                          thread;
    ngx_atomic_t                       finished;
    ngx_uint_t                         again;     /* the text is there: it is that of the rules in force */
    ngx_http_dynstore_copied_e         read;
    ngx_str_t                          path;      /* terminated, */
    ngx_str_t                          features_path; /* and the payload's; empty: none */
    ngx_str_t                          text;
    ngx_str_t                          features;
    ngx_http_dynstore_rules_files_t    files;
    ngx_http_dynstore_snapshot_t      *snapshot;  /* pinned */
    const dyn_policy_t                *policy;
    ngx_uint_t                         owned;     /* the policy is to be freed: it was compiled */
    dyn_overrides_t                    overrides; /* a copy */
    uint64_t                           overrides_number;
    dyn_error_t                        error;
} ngx_http_dynstore_rules_load_t;


static ngx_int_t ngx_http_dynstore_rules_identify(const ngx_str_t *path, const ngx_str_t *features,
    ngx_http_dynstore_rules_files_t *files);
static ngx_uint_t ngx_http_dynstore_rules_settled(const ngx_str_t *features, const ngx_http_dynstore_rules_files_t *files);
static void ngx_http_dynstore_rules_read(ngx_http_dynstore_rules_load_t *load);
static ngx_http_dynstore_copied_e ngx_http_dynstore_rules_text(const ngx_str_t *path, const char *what, off_t max, ngx_str_t *text,
    dyn_error_t *error);
static ngx_int_t ngx_http_dynstore_rules_again(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_compile(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_say(const dyn_policy_t *policy, ngx_log_t *log);
static void ngx_http_dynstore_rules_built_in(ngx_http_dynstore_rules_load_t *load);
static ngx_http_dynstore_rules_t *ngx_http_dynstore_rules_create(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_drop(ngx_http_dynstore_rules_load_t *load);
static void ngx_http_dynstore_rules_cleanup(void *data);
static void ngx_http_dynstore_rules_timer(ngx_event_t *ev);
static void ngx_http_dynstore_rules_snapshot_handler(void *data);
static void ngx_http_dynstore_rules_look(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_rules_changed(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_start(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again, ngx_log_t *log);
static ngx_int_t ngx_http_dynstore_rules_prepare(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again);
static void *ngx_http_dynstore_rules_thread(void *arg);
static void ngx_http_dynstore_rules_take(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_collect(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_not_loaded(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);
static void ngx_http_dynstore_rules_use(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log);


struct ngx_http_dynstore_rules_watch_s {
    ngx_shm_zone_t                    *zone;
    ngx_http_dynstore_counters_t      *counters;
    ngx_http_dynstore_watch_t         *snapshots;
    ngx_http_dynstore_rules_t         *current;
    ngx_str_t                          path;      /* terminated; empty: the built-in ones, there is no file */
    ngx_str_t                          features;  /* terminated; empty: no payload */
    ngx_http_dynstore_overlay_t       *overlay;   /* NULL: none */
    uint64_t                           overrides_number; /* of those in force; 0: none was */
    ngx_http_dynstore_rules_files_t    seen;      /* the last files that were tried, good or bad */
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
ngx_http_dynstore_rules_load(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *features, ngx_http_dynstore_snapshot_t *snapshot)
{
    ngx_uint_t                       tries, waits;
    ngx_pool_cleanup_t              *cln;
    ngx_http_dynstore_rules_t       *rules;
    ngx_http_dynstore_rules_load_t   load;

    ngx_memzero(&load, sizeof(ngx_http_dynstore_rules_load_t));

    /* made here, since threads of workers must not make it at the same time */
    (void) dyn_policy_default();

    load.snapshot = snapshot;
    load.path = *path;
    load.features_path = *features;
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
            if (ngx_http_dynstore_rules_identify(path, features, &load.files) != NGX_OK) {

                if (load.files.rules.inode == 0) {
                    ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno, "dynstore_rules: there is no file \"%V\": write it "
                                  "(docs/rules.md), or leave out dynstore_rules for the rules that are built in", path);
                } else {
                    ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno, "dynstore_features: there is no file \"%V\": fetch "
                                  "GrowthBook's payload (docs/experiments.md), or leave out dynstore_features", features);
                }

                return NULL;
            }

            /* a file that has just changed could change again and keep its identity */
            for (waits = 0; waits < NGX_HTTP_DYNSTORE_SETTLE_MS && !ngx_http_dynstore_rules_settled(features, &load.files); waits += 10) {
                ngx_msleep(10);
            }

            ngx_http_dynstore_rules_read(&load);

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

    ngx_http_dynstore_rules_say(rules->policy, cf->log);

    return rules;
}


/* Which files there are now; of one that is missing, and those behind it, zeroes. */
static ngx_int_t
ngx_http_dynstore_rules_identify(const ngx_str_t *path, const ngx_str_t *features, ngx_http_dynstore_rules_files_t *files)
{
    ngx_memzero(files, sizeof(ngx_http_dynstore_rules_files_t));

    return ngx_http_dynstore_identity((char *) path->data, &files->rules) == NGX_OK
           && (features->len == 0 || ngx_http_dynstore_identity((char *) features->data, &files->features) == NGX_OK)
           ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_http_dynstore_rules_settled(const ngx_str_t *features, const ngx_http_dynstore_rules_files_t *files)
{
    return ngx_http_dynstore_settled(&files->rules)
           && (features->len == 0 || ngx_http_dynstore_settled(&files->features));
}


/* Reads the files and compiles them. */
static void
ngx_http_dynstore_rules_read(ngx_http_dynstore_rules_load_t *load)
{
    ngx_http_dynstore_rules_files_t  after;

    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;
    load->features.data = NULL;

    /* also for files that cannot be opened, so that they are tried again when one changes */
    if (ngx_http_dynstore_rules_identify(&load->path, &load->features_path, &load->files) != NGX_OK) {
        (void) dyn_fail(&load->error, "%.200s: its size and time cannot be read: %s",
                        load->files.rules.inode == 0 ? load->path.data : load->features_path.data, strerror(ngx_errno));
        load->read = NGX_HTTP_DYNSTORE_COPY_CHANGED;
        return;
    }

    load->read = ngx_http_dynstore_rules_text(&load->path, "rules", DYN_RULES_BYTES_MAX, &load->text, &load->error);

    if (load->read == NGX_HTTP_DYNSTORE_COPIED && load->features_path.len != 0) {
        load->read = ngx_http_dynstore_rules_text(&load->features_path, "features", DYN_FEATURES_BYTES_MAX, &load->features,
                                                  &load->error);
    }

    if (load->read == NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_rules_compile(load);
    }

    /* also before a refusal, because half of a file says nothing about the whole */
    if (load->read != NGX_HTTP_DYNSTORE_COPY_FAILED
        && (ngx_http_dynstore_rules_identify(&load->path, &load->features_path, &after) != NGX_OK
            || !ngx_http_dynstore_same_rules_files(&after, &load->files)))
    {
        (void) dyn_fail(&load->error, "%.200s: was changed while it was read: write %s under another name, then rename the file",
                        ngx_http_dynstore_same_file(&after.rules, &load->files.rules) ? load->features_path.data
                        : load->path.data, ngx_http_dynstore_same_file(&after.rules, &load->files.rules) ? "features" : "rules");
        load->read = NGX_HTTP_DYNSTORE_COPY_CHANGED;
    }

    if (load->read != NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_rules_drop(load);
    }
}


static ngx_http_dynstore_copied_e
ngx_http_dynstore_rules_text(const ngx_str_t *path, const char *what, off_t max, ngx_str_t *text, dyn_error_t *error)
{
    int                         fd;
    size_t                      n;
    ssize_t                     got;
    struct stat                 st;
    ngx_http_dynstore_copied_e  copied;

    /* a pipe would wait for its writer otherwise */
    fd = open((char *) path->data, O_RDONLY|O_CLOEXEC|O_NONBLOCK);

    if (fd == -1) {
        (void) dyn_fail(error, "%.200s: cannot be opened: %s", path->data, strerror(ngx_errno));
        return ngx_errno == NGX_EMFILE || ngx_errno == NGX_ENFILE || ngx_errno == NGX_ENOMEM
               ? NGX_HTTP_DYNSTORE_COPY_FAILED : NGX_HTTP_DYNSTORE_COPY_REFUSED;
    }

    copied = NGX_HTTP_DYNSTORE_COPY_REFUSED;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void) dyn_fail(error, "%.200s: is no file: dynstore_%s needs a file with %s", path->data, what, what);
        goto done;
    }

    if (st.st_size > max) {
        (void) dyn_fail(error, "%.200s: has %lld bytes: %s may have at most %lld", path->data, (long long) st.st_size, what,
                        (long long) max);
        goto done;
    }

    text->len = (size_t) st.st_size;
    text->data = malloc(text->len + 1);

    if (text->data == NULL) {
        (void) dyn_fail(error, "%.200s: no memory for its %lld bytes", path->data, (long long) st.st_size);
        copied = NGX_HTTP_DYNSTORE_COPY_FAILED;
        goto done;
    }

    for (n = 0; n < text->len; n += (size_t) got) {

        got = read(fd, text->data + n, text->len - n);

        if (got == -1 && ngx_errno == NGX_EINTR) {
            got = 0;

        } else if (got == -1) {
            (void) dyn_fail(error, "%.200s: cannot be read: %s", path->data, strerror(ngx_errno));
            copied = NGX_HTTP_DYNSTORE_COPY_FAILED;
            goto done;

        } else if (got == 0) {
            (void) dyn_fail(error, "%.200s: became shorter while it was read", path->data);
            copied = NGX_HTTP_DYNSTORE_COPY_CHANGED;
            goto done;
        }
    }

    copied = NGX_HTTP_DYNSTORE_COPIED;

done:

    (void) close(fd);

    return copied;
}


static void
ngx_http_dynstore_rules_compile(ngx_http_dynstore_rules_load_t *load)
{
    dyn_policy_t         *policy;
    dyn_policy_source_t   source, features;

    source.name = (char *) load->path.data;
    source.text = (dyn_str_t) { (char *) load->text.data, load->text.len };
    features.name = (char *) load->features_path.data;
    features.text = (dyn_str_t) { (char *) load->features.data, load->features.len };

    if (dyn_policy_compile_with(&source, load->features.data == NULL ? NULL : &features, &load->overrides, load->snapshot->data, &policy,
                                &load->error))
    {
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

    if (!dyn_policy_compile_built_in(&load->overrides, load->snapshot->data, &policy, &load->error)) {
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
    rules->overrides = load->overrides_number != 0;
    rules->owned = load->owned;
    rules->snapshot = load->snapshot;
    rules->text = load->text;
    rules->features = load->features;
    rules->files = load->files;
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
    free(load->features.data);

    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;
    load->features.data = NULL;
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
    free(rules->features.data);
    ngx_http_dynstore_snapshot_unpin(rules->snapshot);
    ngx_free(rules);
}


ngx_http_dynstore_rules_watch_t *
ngx_http_dynstore_rules_watch(ngx_cycle_t *cycle, ngx_http_dynstore_rules_t *loaded, ngx_str_t *path,
    ngx_str_t *features, ngx_shm_zone_t *zone, ngx_http_dynstore_watch_t *snapshots)
{
    ngx_event_t                      *ev;
    ngx_http_dynstore_rules_watch_t  *watch;

    /* its own memory, because without a master process it outlives the configuration */
    watch = ngx_calloc(sizeof(ngx_http_dynstore_rules_watch_t) + path->len + 1 + features->len + 1, cycle->log);
    if (watch == NULL) {
        return NULL;
    }

    watch->zone = zone;
    watch->counters = ngx_http_dynstore_zone_counters(zone);
    watch->snapshots = snapshots;
    watch->path.data = (u_char *) (watch + 1);
    watch->path.len = path->len;
    (void) ngx_cpystrn(watch->path.data, path->data, path->len + 1);
    watch->features.data = watch->path.data + path->len + 1;
    watch->features.len = features->len;
    (void) ngx_cpystrn(watch->features.data, features->data, features->len + 1);

    loaded->pins++;

    watch->current = loaded;
    watch->seen = loaded->files;
    watch->dummy.fd = (ngx_socket_t) -1;
    watch->dummy.data = watch;
    watch->load.watch = watch;
    watch->load.path = watch->path;
    watch->load.features_path = watch->features;

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
ngx_http_dynstore_rules_overlay(ngx_http_dynstore_rules_watch_t *watch, ngx_http_dynstore_overlay_t *overlay)
{
    uint64_t                         number;
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;
    watch->overlay = overlay;

    /* what stood before a reload holds for the first request; nothing else runs yet */

    if (ngx_http_dynstore_overlay_overrides(overlay, &number)->count != 0
        && ngx_http_dynstore_rules_prepare(watch, 1) == NGX_OK)
    {
        (void) ngx_http_dynstore_rules_thread(load);
        watch->loading = 1;
        load->snapshot->threads++;
        ngx_http_dynstore_rules_take(watch, watch->timer.log);
    }

    if (!watch->timer.timer_set) {
        ngx_add_timer(&watch->timer, NGX_HTTP_DYNSTORE_RULES_POLL_MS);
    }
}


void
ngx_http_dynstore_rules_exit(ngx_http_dynstore_rules_watch_t *watch)
{
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;

    if (watch->loading) {
        (void) pthread_join(load->thread, NULL);
        load->snapshot->threads--;
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
    if (watch->loading || (!ngx_exiting && (watch->path.len != 0 || watch->overlay != NULL || watch->soon || watch->failed))) {
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

        if (load->snapshot->data->sections[DYN_SECTION_CONTENT].data == NULL && watch->overlay == NULL) {
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
    uint64_t                       number;
    ngx_uint_t                     again;
    const dyn_overrides_t         *standing;
    ngx_http_dynstore_snapshot_t  *newest;

    if (watch->failed && (ngx_msec_int_t) (watch->retry - ngx_current_msec) > 0) {
        return;
    }

    newest = ngx_http_dynstore_snapshot_pin(watch->snapshots);
    again = newest != watch->current->snapshot;
    ngx_http_dynstore_snapshot_unpin(newest);

    if (watch->overlay != NULL) {
        standing = ngx_http_dynstore_overlay_overrides(watch->overlay, &number);

        if (watch->overrides_number == 0 && number != 0 && standing->count == 0) {
            /* there are none, as there were none in the rules in force */
            watch->overrides_number = number;
            watch->current->overrides = 1;
            ngx_http_dynstore_overlay_in_force(watch->overlay, number);
        }

        again = again || number != watch->overrides_number;
    }

    if (again) {
        ngx_http_dynstore_rules_start(watch, 1, log);
        return;
    }

    if (watch->path.len == 0 || !ngx_http_dynstore_rules_changed(watch, log)) {
        return;
    }

    if (ngx_http_dynstore_share_rules_refused(watch->zone, &watch->load.files, NULL) == NGX_OK) {
        /* another worker has said why */
        watch->seen = watch->load.files;
        ngx_http_dynstore_count(watch->counters, rules_refused);
        return;
    }

    ngx_http_dynstore_rules_start(watch, 0, log);
}


/* Whether there are files to try: others than the last ones, and settled. */
static ngx_int_t
ngx_http_dynstore_rules_changed(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_rules_files_t  *files;

    files = &watch->load.files;

    if (ngx_http_dynstore_rules_identify(&watch->path, &watch->features, files) != NGX_OK) {
        if (!watch->missing) {
            watch->missing = 1;
            ngx_log_error(NGX_LOG_WARN, log, ngx_errno, "dynstore: the %s \"%V\" were removed; those in memory stay in use",
                          files->rules.inode == 0 ? "rules" : "features",
                          files->rules.inode == 0 ? &watch->path : &watch->features);
        }
        return 0;
    }

    watch->missing = 0;

    if (ngx_http_dynstore_same_rules_files(files, &watch->seen)) {
        return 0;
    }

    if (!ngx_http_dynstore_rules_settled(&watch->features, files)) {
        watch->soon = 1;
        return 0;
    }

    return 1;
}


/* What the thread works with. The snapshot is pinned, unless there is no memory. */
static ngx_int_t
ngx_http_dynstore_rules_prepare(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again)
{
    const dyn_overrides_t           *standing;
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;
    load->finished = 0;
    load->again = again;
    load->policy = NULL;
    load->owned = 0;
    load->text.data = NULL;
    load->features.data = NULL;

    dyn_overrides_end(&load->overrides);

    if (watch->overlay != NULL) {
        standing = ngx_http_dynstore_overlay_overrides(watch->overlay, &load->overrides_number);

        if (!dyn_overrides_copy(&load->overrides, standing)) {
            return NGX_ERROR;
        }
    }

    load->snapshot = ngx_http_dynstore_snapshot_pin(watch->snapshots);

    return NGX_OK;
}


static void
ngx_http_dynstore_rules_start(ngx_http_dynstore_rules_watch_t *watch, ngx_uint_t again, ngx_log_t *log)
{
    int                              err;
    ngx_http_dynstore_rules_load_t  *load;

    load = &watch->load;

    if (ngx_http_dynstore_rules_prepare(watch, again) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "dynstore: not enough memory for overrides; it is tried again");
        return;
    }

    err = ngx_http_dynstore_thread_run(&load->thread, ngx_http_dynstore_rules_thread, load);
    if (err != 0) {
        ngx_log_error(NGX_LOG_ERR, log, err, "dynstore: no thread could be started to read the rules; it is tried again");
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    load->snapshot->threads++;
    watch->loading = 1;
}


static void *
ngx_http_dynstore_rules_thread(void *arg)
{
    ngx_http_dynstore_rules_load_t  *load = arg;

    if (load->path.len == 0) {
        ngx_http_dynstore_rules_built_in(load);

    } else if (!load->again) {
        ngx_http_dynstore_rules_read(load);

    } else if (ngx_http_dynstore_rules_again(load) == NGX_OK) {
        load->read = NGX_HTTP_DYNSTORE_COPIED;
        ngx_http_dynstore_rules_compile(load);

    } else {
        (void) dyn_fail(&load->error, "%.200s: no memory for its text", load->path.data);
        load->read = NGX_HTTP_DYNSTORE_COPY_FAILED;
    }

    ngx_memory_barrier();
    load->finished = 1;

    return NULL;
}


/* The texts of those in force, which the event loop replaces only after this thread has finished. */
static ngx_int_t
ngx_http_dynstore_rules_again(ngx_http_dynstore_rules_load_t *load)
{
    ngx_http_dynstore_rules_t  *current;

    current = load->watch->current;

    load->files = current->files;
    load->text.len = current->text.len;
    load->text.data = malloc(current->text.len + 1);

    if (load->text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(load->text.data, current->text.data, current->text.len);

    if (current->features.data == NULL) {
        return NGX_OK;
    }

    load->features.len = current->features.len;
    load->features.data = malloc(current->features.len + 1);

    if (load->features.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(load->features.data, current->features.data, current->features.len);

    return NGX_OK;
}


static void
ngx_http_dynstore_rules_collect(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    if (watch->load.finished) {
        (void) pthread_join(watch->load.thread, NULL);
        ngx_http_dynstore_rules_take(watch, log);
    }
}


/* The thread has finished. */
static void
ngx_http_dynstore_rules_take(ngx_http_dynstore_rules_watch_t *watch, ngx_log_t *log)
{
    ngx_http_dynstore_rules_load_t  *load;
    ngx_http_dynstore_snapshot_t    *newest;

    load = &watch->load;

    load->snapshot->threads--;
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
        watch->seen = load->files;
        ngx_http_dynstore_count(watch->counters, rules_refused);

        if (ngx_http_dynstore_share_refuse_rules(watch->zone, &load->files, &load->error) == NGX_OK) {
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

    if (watch->overlay != NULL) {
        watch->overrides_number = load->overrides_number;
        ngx_http_dynstore_overlay_in_force(watch->overlay, load->overrides_number);
    }

    same = ngx_strcmp(load->policy->version, current->policy->version) == 0;

    if (same && load->snapshot == current->snapshot) {
        /* the same bytes with another name or time, as after cp or touch */
        if (load->overrides_number != 0) {
            current->overrides = 1;
        }

        if (!load->again) {
            watch->seen = load->files;
        }

        ngx_http_dynstore_rules_drop(load);
        ngx_http_dynstore_snapshot_unpin(load->snapshot);
        return;
    }

    rules = ngx_http_dynstore_rules_create(load);
    if (rules == NULL) {
        return;
    }

    if (!same && !load->again) {
        watch->seen = load->files;
    }

    if (!same) {
        ngx_http_dynstore_count(watch->counters, rules_loaded);
        ngx_log_error(NGX_LOG_NOTICE, log, 0, "dynstore: rules %s are in use, with %uD rules", rules->policy->version,
                      rules->policy->own_rule_count);
        ngx_http_dynstore_rules_say(rules->policy, log);
    }

    ngx_http_dynstore_rules_unpin(current);
    watch->current = rules;
}


/* Which rules of the payload are left out. */
static void
ngx_http_dynstore_rules_say(const dyn_policy_t *policy, ngx_log_t *log)
{
    uint32_t               i;
    const dyn_left_out_t  *left_out;

    for (i = 0; policy->features != NULL && (left_out = dyn_features_left_out(policy->features, i)) != NULL; i++) {
        ngx_log_error(NGX_LOG_WARN, log, 0, "dynstore: rule %uD of GrowthBook's feature \"%*s\" is left out: %*s",
                      left_out->number, left_out->feature.len, left_out->feature.data, left_out->why.len, left_out->why.data);
    }
}


ngx_int_t
ngx_http_dynstore_rules_refused(ngx_http_dynstore_rules_watch_t *watch, dyn_error_t *error)
{
    return watch->path.len == 0 ? NGX_DECLINED : ngx_http_dynstore_share_rules_refused(watch->zone, &watch->seen, error);
}
