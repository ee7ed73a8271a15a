#include "nginx/shop/control.h"
#include "engine/render/render.h"
#include "nginx/store/control.h"


/* X(kind, its function): what is done once when an entry is read. Other kinds stand in the overlay's log, or are only noted. */
#define NGX_HTTP_DYNSTORE_CONTROL_ACTS(X)                                                                              \
    X(ERASE, erase)                                                                                                    \
    X(KILL, kill)                                                                                                      \
    X(REVIVE, revive)                                                                                                  \
    X(RULES, rules)                                                                                                    \
    X(SNAPSHOT, snapshot)

struct ngx_http_dynstore_shop_control_s {
    ngx_shm_zone_t                   *zone;
    ngx_http_dynstore_counters_t     *counters;
    ngx_http_dynstore_share_t        *share;      /* for what is read without a lock */
    ngx_http_dynstore_control_t      *stream;     /* NULL: none is read, */
    ngx_http_dynstore_overlay_t      *overlay;    /* and there is no overlay */
    ngx_http_dynstore_rules_watch_t  *rules;      /* whose snapshot the overlay is laid over */
    ngx_uint_t                        told;       /* entries of the reply that is being read */
    ngx_uint_t                        lost;       /* another worker reads */
    ngx_uint_t                        lasting;    /* entries of the reply that last */
    ngx_uint_t                        said_unkept;
    ngx_uint_t                        said_beyond;
    ngx_str_t                         kill_path;
    ngx_uint_t                        file;       /* the file was there when it was last looked for */
    ngx_event_t                       timer;
    ngx_connection_t                  dummy;      /* cancelable timers want one for their log */
};


static void ngx_http_dynstore_shop_control_timer(ngx_event_t *ev);
static void ngx_http_dynstore_shop_control_leave(ngx_http_dynstore_shop_control_t *control);
static void ngx_http_dynstore_shop_control_look(ngx_http_dynstore_shop_control_t *control);
static void ngx_http_dynstore_shop_control_read(ngx_http_dynstore_shop_control_t *control);
static void ngx_http_dynstore_shop_control_sync(ngx_http_dynstore_shop_control_t *control);
static ngx_uint_t ngx_http_dynstore_shop_control_mine(ngx_http_dynstore_share_t *share);
static void ngx_http_dynstore_shop_control_told(void *data, ngx_http_dynstore_control_told_t *told, ngx_http_dynstore_control_end_t *end);
static void ngx_http_dynstore_shop_control_read_to(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_end_t *end);
static void ngx_http_dynstore_shop_control_faults(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_end_t *end);
static void ngx_http_dynstore_shop_control_take(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_told_t *told);
static void ngx_http_dynstore_shop_control_switch(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry,
    ngx_uint_t killed);
static void ngx_http_dynstore_shop_control_note(ngx_http_dynstore_shop_control_t *control, char *to, dyn_str_t version);

#define X(kind, act)                                                                                                   \
static ngx_int_t ngx_http_dynstore_shop_control_##act(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry);
NGX_HTTP_DYNSTORE_CONTROL_ACTS(X)
#undef X


ngx_http_dynstore_shop_control_t *
ngx_http_dynstore_shop_control_begin(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf, ngx_str_t *kill_path,
    ngx_shm_zone_t *zone, ngx_shm_zone_t *overlay_zone, ngx_http_dynstore_rules_watch_t *rules, ngx_http_dynstore_counters_t *counters)
{
    ngx_http_dynstore_shop_control_t  *control;

    control = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_shop_control_t));
    if (control == NULL) {
        return NULL;
    }

    control->zone = zone;
    control->counters = counters;
    control->rules = rules;
    control->kill_path = *kill_path;
    control->share = ngx_http_dynstore_zone_lock_share(zone);
    ngx_http_dynstore_zone_unlock(zone);

    if (scf != NULL && scf->control) {
        control->stream = ngx_http_dynstore_control_create(cycle, scf, counters, ngx_http_dynstore_shop_control_told, control);
        control->overlay = ngx_http_dynstore_overlay_begin(cycle, overlay_zone);

        if (control->stream == NULL || control->overlay == NULL) {
            return NULL;
        }

        /* what other workers have read, before the first request */
        ngx_http_dynstore_shop_control_sync(control);
        ngx_http_dynstore_rules_overlay(rules, control->overlay);
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

    ngx_http_dynstore_shop_control_leave(control);
}


/* Another worker need not wait until this one is silent. */
static void
ngx_http_dynstore_shop_control_leave(ngx_http_dynstore_shop_control_t *control)
{
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
        /* its last requests may take long */
        ngx_http_dynstore_shop_control_leave(control);
        return;
    }

    ngx_add_timer(ev, NGX_HTTP_DYNSTORE_CONTROL_READ_MS);

    ngx_http_dynstore_shop_control_look(control);

    if (control->stream != NULL) {
        ngx_http_dynstore_shop_control_read(control);
        ngx_http_dynstore_shop_control_sync(control);
    }
}


/* So that a request seldom has to. */
static void
ngx_http_dynstore_shop_control_sync(ngx_http_dynstore_shop_control_t *control)
{
    ngx_http_dynstore_rules_t  *rules;

    rules = ngx_http_dynstore_rules_pin(control->rules);

    if (rules != NULL) {
        (void) ngx_http_dynstore_overlay_sync(control->overlay, rules->snapshot);
        ngx_http_dynstore_rules_unpin(rules);
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

    mine = ngx_http_dynstore_shop_control_mine(share);

    if (mine) {
        share->control_reader = ngx_pid;
        share->control_read_ms = ngx_current_msec;

        if (ngx_http_dynstore_overlay_anew(control->overlay)) {
            share->control_last[0] = '\0';
            share->control_added = 0;
        }

        ngx_memcpy(after, share->control_last, sizeof(after));
        after[sizeof(after) - 1] = '\0';
    }

    ngx_http_dynstore_zone_unlock(control->zone);

    if (mine) {
        control->told = 0;
        control->lost = 0;
        control->lasting = 0;
        ngx_http_dynstore_control_read(control->stream, after[0] == '\0' ? DYN_STR("0-0") : dyn_str_from(after));
    }
}


/* A reader that has ended is followed at once, one that hangs after a while. */
static ngx_uint_t
ngx_http_dynstore_shop_control_mine(ngx_http_dynstore_share_t *share)
{
    if (share->control_reader == 0 || share->control_reader == ngx_pid) {
        return 1;
    }

    return (kill(share->control_reader, 0) == -1 && ngx_errno == NGX_ESRCH)
           || (ngx_msec_int_t) (ngx_current_msec - share->control_read_ms) > NGX_HTTP_DYNSTORE_CONTROL_DEAD_MS;
}


static void
ngx_http_dynstore_shop_control_told(void *data, ngx_http_dynstore_control_told_t *told, ngx_http_dynstore_control_end_t *end)
{
    ngx_uint_t                         mine;
    ngx_http_dynstore_share_t         *share;
    ngx_http_dynstore_shop_control_t  *control = data;

    if (told == NULL) {

        if (control->lost) {
            return;
        }

        ngx_http_dynstore_shop_control_faults(control, end);
        ngx_http_dynstore_shop_control_read_to(control, end);
        ngx_http_dynstore_shop_control_sync(control);

        if (!end->all && control->told != 0) {
            ngx_http_dynstore_shop_control_read(control);
        }

        return;
    }

    if (control->told++ == 0) {

        /* while the reply was awaited another worker may have begun to read */

        share = ngx_http_dynstore_zone_lock_share(control->zone);
        mine = share->control_reader == ngx_pid;
        ngx_http_dynstore_zone_unlock(control->zone);

        control->lost = !mine;
    }

    if (control->lost) {
        return;
    }

    control->lasting += told->good && dyn_control_kind_lasts(told->entry.kind);

    ngx_http_dynstore_shop_control_take(control, told);

    share = ngx_http_dynstore_zone_lock_share(control->zone);

    if (told->id.len < NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES) {
        *ngx_cpymem(share->control_last, told->id.data, told->id.len) = '\0';
    }

    ngx_http_dynstore_zone_unlock(control->zone);
}


/* Each is said once, and again when it comes back. */
static void
ngx_http_dynstore_shop_control_faults(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_end_t *end)
{
    if (end->unkept > 0) {
        (void) ngx_atomic_fetch_add(&control->counters->control_not_kept, (ngx_atomic_int_t) end->unkept);

        if (!control->said_unkept) {
            ngx_log_error(NGX_LOG_ERR, control->timer.log, 0, "dynstore: Redis does not keep in \"%s\" what the control stream says for longer "
                          "than the stream is: an override or a kill ends there when the stream is trimmed. Redis says: %*s. Mend that, "
                          "by DEL where the key is of another type or has larger ids than \"%s\", and restart nginx, which tries again",
                          end->lasting_key, end->why_unkept.len, end->why_unkept.data, end->key);
        }

        control->said_unkept = 1;

    } else if (control->lasting) {
        control->said_unkept = 0;
    }

    if (end->beyond.len && !control->said_beyond) {
        ngx_http_dynstore_count(control->counters, control_beyond);
        ngx_log_error(NGX_LOG_ERR, control->timer.log, 0, "dynstore: the control stream \"%s\" has an entry with the id %*s, "
                      "which is no time in milliseconds: neither this entry nor a later one is read. Delete the stream by DEL, "
                      "and say again what came behind it", end->key, end->beyond.len, end->beyond.data);
    }

    control->said_beyond = end->beyond.len != 0;
}


/*
 * A Redis that lost its data is told from one that was told nothing: by what was read of it before, and, after a restart, by a snapshot that
 * was built to be used with a control stream.
 */
static void
ngx_http_dynstore_shop_control_read_to(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_end_t *end)
{
    char                        last[NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES];
    uint64_t                    added;
    ngx_uint_t                  first, anew;
    dyn_control_position_t      position;
    ngx_http_dynstore_rules_t  *rules;

    first = ngx_http_dynstore_overlay_was_read(control->overlay, end->all);

    if (!end->known) {
        return;
    }

    (void) ngx_http_dynstore_zone_lock_share(control->zone);
    ngx_memcpy(last, control->share->control_last, sizeof(last));
    added = control->share->control_added;
    control->share->control_added = end->added;
    ngx_http_dynstore_zone_unlock(control->zone);

    /* it may have begun anew, and gone on, since it was read last */
    anew = end->added != 0 && end->added < added;

    if (anew || (dyn_control_position_read(dyn_str_from(last), &position) && end->newest < position)) {

        if (ngx_http_dynstore_overlay_lost(control->overlay)) {
            ngx_log_error(NGX_LOG_ERR, control->timer.log, 0, "dynstore: the control stream was read to %s, and Redis no longer has so "
                          "much of it: what it said holds here until nginx is restarted, and nowhere else; say overrides again, and let "
                          "the shop send its stock or build a new snapshot", last);
        }

        return;
    }

    rules = first && !end->there ? ngx_http_dynstore_rules_pin(control->rules) : NULL;

    if (rules != NULL) {

        if (dyn_overlay_contained(rules->snapshot->data) != 0) {
            ngx_log_error(NGX_LOG_WARN, control->timer.log, 0, "dynstore: Redis has no control stream, though the snapshot was built with "
                          "--catalog-time: nothing was said yet, or Redis has lost it");
        }

        ngx_http_dynstore_rules_unpin(rules);
    }
}


static void
ngx_http_dynstore_shop_control_take(ngx_http_dynstore_shop_control_t *control, ngx_http_dynstore_control_told_t *told)
{
    ngx_int_t                   rc;
    ngx_http_dynstore_rules_t  *rules;

    rc = NGX_DECLINED;

    if (told->good && dyn_control_log_holds(told->entry.kind)) {
        rules = ngx_http_dynstore_rules_pin(control->rules);
        rc = ngx_http_dynstore_overlay_add(control->overlay, rules != NULL ? rules->snapshot->data : NULL, told->entry.position,
                                           told->fields, told->nfields);
        ngx_http_dynstore_rules_unpin(rules);

    } else if (told->good) {
        rc = NGX_OK;

        switch (told->entry.kind) {

#define X(kind, act)                                                                                                   \
        case DYN_CONTROL_KIND_##kind:                                                                                  \
            rc = ngx_http_dynstore_shop_control_##act(control, &told->entry);                                          \
            break;

        NGX_HTTP_DYNSTORE_CONTROL_ACTS(X)
#undef X

        default:
            break;
        }
    }

    if (rc == NGX_OK) {
        ngx_http_dynstore_count(control->counters, control_taken);
    } else {
        ngx_http_dynstore_count(control->counters, control_skipped);
    }
}


static ngx_int_t
ngx_http_dynstore_shop_control_erase(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry)
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
ngx_http_dynstore_shop_control_kill(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry)
{
    ngx_http_dynstore_shop_control_switch(control, entry, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_shop_control_revive(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry)
{
    ngx_http_dynstore_shop_control_switch(control, entry, 0);

    return NGX_OK;
}


static void
ngx_http_dynstore_shop_control_switch(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry,
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


/* Workers look at their files twice a second anyway: these tell the status what is to be in use. */
static ngx_int_t
ngx_http_dynstore_shop_control_rules(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry)
{
    ngx_http_dynstore_shop_control_note(control, control->share->control_rules, entry->version);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_shop_control_snapshot(ngx_http_dynstore_shop_control_t *control, dyn_control_entry_t *entry)
{
    ngx_http_dynstore_shop_control_note(control, control->share->control_snapshot, entry->version);

    return NGX_OK;
}


/* `to` has room for the longest version. */
static void
ngx_http_dynstore_shop_control_note(ngx_http_dynstore_shop_control_t *control, char *to, dyn_str_t version)
{
    (void) ngx_http_dynstore_zone_lock_share(control->zone);

    *ngx_cpymem(to, version.data, version.len) = '\0';

    ngx_http_dynstore_zone_unlock(control->zone);
}


ngx_http_dynstore_overlay_t *
ngx_http_dynstore_shop_overlay(ngx_http_dynstore_shop_control_t *control)
{
    return control->overlay;
}


ngx_uint_t
ngx_http_dynstore_killed(ngx_http_dynstore_shop_control_t *control)
{
    return control->file || (control->stream != NULL && control->share->killed);
}


void
ngx_http_dynstore_killed_json(ngx_http_dynstore_shop_control_t *control, dyn_text_t *text, dyn_arena_t *arena)
{
    char        author[DYN_CONTROL_TEXT_BYTES_MAX + 1], reason[DYN_CONTROL_TEXT_BYTES_MAX + 1];
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


void
ngx_http_dynstore_published_json(ngx_http_dynstore_shop_control_t *control, dyn_text_t *text, dyn_arena_t *arena)
{
    char  last[NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES];
    char  rules[DYN_CONTROL_VERSION_BYTES_MAX + 1], snapshot[DYN_CONTROL_VERSION_BYTES_MAX + 1];

    (void) ngx_http_dynstore_zone_lock_share(control->zone);

    ngx_memcpy(last, control->share->control_last, sizeof(last));
    ngx_memcpy(rules, control->share->control_rules, sizeof(rules));
    ngx_memcpy(snapshot, control->share->control_snapshot, sizeof(snapshot));

    ngx_http_dynstore_zone_unlock(control->zone);

    dyn_text_format(text, "\"position\":\"%s\",\"published\":{\"rules\":", last);
    dyn_text_str(text, rules[0] != '\0' ? dyn_json_string(dyn_str_from(rules), arena) : DYN_STR("null"));
    dyn_text_literal(text, ",\"snapshot\":");
    dyn_text_str(text, snapshot[0] != '\0' ? dyn_json_string(dyn_str_from(snapshot), arena) : DYN_STR("null"));
    dyn_text_literal(text, "}");
}
