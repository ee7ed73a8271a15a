#include "nginx/shop/control.h"
#include "engine/base/utf8.h"
#include "engine/render/render.h"
#include "nginx/store/control.h"


/* X(kind): what an entry may say. A new kind is a row here and a function. */
#define NGX_HTTP_DYNSTORE_CONTROL_KINDS(X)                                                                             \
    X(erase)      /* forget the kept answer of the visitor `v` */                                                      \
    X(kill)       /* leave pages untouched; `author` and `reason` say who and why */                                   \
    X(revive)     /* go on; the same */

struct ngx_http_dynstore_shop_control_s {
    ngx_shm_zone_t                   *zone;
    ngx_http_dynstore_counters_t     *counters;
    ngx_http_dynstore_share_t        *share;      /* for what is read without a lock */
    ngx_http_dynstore_control_t      *stream;     /* NULL: none is read */
    ngx_str_t                         kill_path;
    ngx_uint_t                        file;       /* the file was there when it was last looked for */
    ngx_event_t                       timer;
    ngx_connection_t                  dummy;      /* cancelable timers want one for their log */
};


static void ngx_http_dynstore_shop_control_timer(ngx_event_t *ev);
static void ngx_http_dynstore_shop_control_look(ngx_http_dynstore_shop_control_t *control);
static void ngx_http_dynstore_shop_control_read(ngx_http_dynstore_shop_control_t *control);
static void ngx_http_dynstore_shop_control_told(void *data, ngx_http_dynstore_control_entry_t *entries, ngx_uint_t n);
static void ngx_http_dynstore_shop_control_switch(ngx_http_dynstore_shop_control_t *control,
    ngx_http_dynstore_control_entry_t *entry, ngx_uint_t killed);
static ngx_uint_t ngx_http_dynstore_shop_control_text(dyn_str_t text);

#define X(kind)                                                                                                        \
static ngx_int_t ngx_http_dynstore_shop_control_##kind(ngx_http_dynstore_shop_control_t *control,                      \
    ngx_http_dynstore_control_entry_t *entry);
NGX_HTTP_DYNSTORE_CONTROL_KINDS(X)
#undef X

static const struct {
    dyn_str_t                         kind;
    ngx_int_t                       (*take)(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_entry_t *entry);
} ngx_http_dynstore_shop_control_kinds[] = {
#define X(kind)  { { #kind, sizeof(#kind) - 1 }, ngx_http_dynstore_shop_control_##kind },
    NGX_HTTP_DYNSTORE_CONTROL_KINDS(X)
#undef X
};


ngx_http_dynstore_shop_control_t *
ngx_http_dynstore_shop_control_begin(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf, ngx_str_t *kill_path,
    ngx_shm_zone_t *zone, ngx_http_dynstore_counters_t *counters)
{
    ngx_http_dynstore_shop_control_t  *control;

    control = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_shop_control_t));
    if (control == NULL) {
        return NULL;
    }

    control->zone = zone;
    control->counters = counters;
    control->kill_path = *kill_path;
    control->share = ngx_http_dynstore_zone_lock_share(zone);
    ngx_http_dynstore_zone_unlock(zone);

    if (scf != NULL && scf->control) {
        control->stream = ngx_http_dynstore_control_create(cycle, scf, counters, ngx_http_dynstore_shop_control_told, control);
        if (control->stream == NULL) {
            return NULL;
        }
    }

    if (control->stream == NULL && kill_path->len == 0) {
        return control;
    }

    control->dummy.fd = (ngx_socket_t) -1;
    control->timer.handler = ngx_http_dynstore_shop_control_timer;
    control->timer.data = &control->dummy;
    control->timer.log = cycle->log;
    control->timer.cancelable = 1;
    control->dummy.data = control;

    ngx_http_dynstore_shop_control_look(control);
    ngx_add_timer(&control->timer, 1);

    return control;
}


void
ngx_http_dynstore_shop_control_end(ngx_http_dynstore_shop_control_t *control)
{
    if (control->timer.timer_set) {
        ngx_del_timer(&control->timer);
    }

    if (control->stream != NULL) {
        ngx_http_dynstore_control_exit(control->stream);
    }

    /* another worker need not wait */

    (void) ngx_http_dynstore_zone_lock_share(control->zone);

    if (control->share->control_reader == ngx_pid) {
        control->share->control_reader = 0;
    }

    ngx_http_dynstore_zone_unlock(control->zone);
}


static void
ngx_http_dynstore_shop_control_timer(ngx_event_t *ev)
{
    ngx_connection_t                  *c = ev->data;
    ngx_http_dynstore_shop_control_t  *control = c->data;

    if (ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, NGX_HTTP_DYNSTORE_CONTROL_READ_MS);

    ngx_http_dynstore_shop_control_look(control);

    if (control->stream != NULL) {
        ngx_http_dynstore_shop_control_read(control);
    }
}


static void
ngx_http_dynstore_shop_control_look(ngx_http_dynstore_shop_control_t *control)
{
    ngx_uint_t       there;
    ngx_file_info_t  info;

    if (control->kill_path.len == 0) {
        return;
    }

    there = ngx_file_info(control->kill_path.data, &info) != NGX_FILE_ERROR;

    if (there != control->file) {
        ngx_log_error(NGX_LOG_WARN, control->timer.log, 0, there ? "dynstore: pages are left untouched: dynstore_kill_switch "
                      "\"%V\" is there" : "dynstore: dynstore_kill_switch \"%V\" is gone", &control->kill_path);
        control->file = there;
    }
}


static void
ngx_http_dynstore_shop_control_read(ngx_http_dynstore_shop_control_t *control)
{
    char                        after[NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES];
    ngx_uint_t                  mine;
    ngx_http_dynstore_share_t  *share;

    share = ngx_http_dynstore_zone_lock_share(control->zone);

    mine = share->control_reader == 0 || share->control_reader == ngx_pid
           || (ngx_msec_int_t) (ngx_current_msec - share->control_read_ms) > NGX_HTTP_DYNSTORE_CONTROL_DEAD_MS;

    if (mine) {
        share->control_reader = ngx_pid;
        share->control_read_ms = ngx_current_msec;
        ngx_memcpy(after, share->control_last, sizeof(after));
        after[sizeof(after) - 1] = '\0';
    }

    ngx_http_dynstore_zone_unlock(control->zone);

    if (mine) {
        ngx_http_dynstore_control_read(control->stream, after[0] == '\0' ? DYN_STR("0-0") : dyn_str_from(after));
    }
}


static void
ngx_http_dynstore_shop_control_told(void *data, ngx_http_dynstore_control_entry_t *entries, ngx_uint_t n)
{
    ngx_uint_t                         i, k;
    ngx_http_dynstore_share_t         *share;
    ngx_http_dynstore_shop_control_t  *control = data;

    for (i = 0; i < n; i++) {

        for (k = 0; k < sizeof(ngx_http_dynstore_shop_control_kinds) / sizeof(ngx_http_dynstore_shop_control_kinds[0]); k++) {
            if (dyn_str_equal(entries[i].kind, ngx_http_dynstore_shop_control_kinds[k].kind)) {
                break;
            }
        }

        if (k < sizeof(ngx_http_dynstore_shop_control_kinds) / sizeof(ngx_http_dynstore_shop_control_kinds[0])
            && ngx_http_dynstore_shop_control_kinds[k].take(control, &entries[i]) == NGX_OK)
        {
            ngx_http_dynstore_count(control->counters, control_taken);

        } else {
            ngx_http_dynstore_count(control->counters, control_skipped);
        }
    }

    share = ngx_http_dynstore_zone_lock_share(control->zone);

    if (entries[n - 1].id.len < NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES) {
        *ngx_cpymem(share->control_last, entries[n - 1].id.data, entries[n - 1].id.len) = '\0';
    }

    ngx_http_dynstore_zone_unlock(control->zone);
}


static ngx_int_t
ngx_http_dynstore_shop_control_erase(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_entry_t *entry)
{
    uint64_t   key[2];
    ngx_str_t  hash;

    hash.data = (u_char *) entry->visitor.data;
    hash.len = entry->visitor.len;

    if (ngx_http_dynstore_zone_key(&hash, key) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_dynstore_zone_forget(control->zone, key);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_shop_control_kill(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_entry_t *entry)
{
    if (!ngx_http_dynstore_shop_control_text(entry->author) || !ngx_http_dynstore_shop_control_text(entry->reason)) {
        return NGX_DECLINED;
    }

    ngx_http_dynstore_shop_control_switch(control, entry, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_shop_control_revive(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_entry_t *entry)
{
    if (!ngx_http_dynstore_shop_control_text(entry->author) || !ngx_http_dynstore_shop_control_text(entry->reason)) {
        return NGX_DECLINED;
    }

    ngx_http_dynstore_shop_control_switch(control, entry, 0);

    return NGX_OK;
}


static void
ngx_http_dynstore_shop_control_switch(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_entry_t *entry,
    ngx_uint_t killed)
{
    ngx_http_dynstore_share_t  *share;

    share = ngx_http_dynstore_zone_lock_share(control->zone);

    *ngx_cpymem(share->control_author, entry->author.data, entry->author.len) = '\0';
    *ngx_cpymem(share->control_reason, entry->reason.data, entry->reason.len) = '\0';
    share->killed = killed;

    ngx_http_dynstore_zone_unlock(control->zone);

    ngx_log_error(NGX_LOG_WARN, control->timer.log, 0, "dynstore: %s, says %*s in the control stream: %*s",
                  killed ? "pages are left untouched" : "pages are personalized again", entry->author.len, entry->author.data,
                  entry->reason.len, entry->reason.data);
}


/* It is shown in the status and in the log. */
static ngx_uint_t
ngx_http_dynstore_shop_control_text(dyn_str_t text)
{
    return text.len != 0 && text.len <= NGX_HTTP_DYNSTORE_CONTROL_BYTES && dyn_utf8_clean(text);
}


ngx_uint_t
ngx_http_dynstore_killed(ngx_http_dynstore_shop_control_t *control)
{
    return control->file || (control->stream != NULL && control->share->killed);
}


void
ngx_http_dynstore_killed_json(ngx_http_dynstore_shop_control_t *control, dyn_text_t *text, dyn_arena_t *arena)
{
    char        author[NGX_HTTP_DYNSTORE_CONTROL_BYTES + 1], reason[NGX_HTTP_DYNSTORE_CONTROL_BYTES + 1];
    ngx_uint_t  killed;

    if (control->file) {
        dyn_text_literal(text, "{\"by\":\"dynstore_kill_switch\"}");
        return;
    }

    (void) ngx_http_dynstore_zone_lock_share(control->zone);

    killed = ngx_http_dynstore_killed(control);
    ngx_memcpy(author, control->share->control_author, sizeof(author));
    ngx_memcpy(reason, control->share->control_reason, sizeof(reason));

    ngx_http_dynstore_zone_unlock(control->zone);

    if (!killed) {
        dyn_text_literal(text, "null");
        return;
    }

    dyn_text_literal(text, "{\"by\":\"control\",\"author\":");
    dyn_text_str(text, dyn_json_string(dyn_str_from(author), arena));
    dyn_text_literal(text, ",\"reason\":");
    dyn_text_str(text, dyn_json_string(dyn_str_from(reason), arena));
    dyn_text_literal(text, "}");
}
