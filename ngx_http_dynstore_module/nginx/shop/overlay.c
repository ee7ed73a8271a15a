#include "nginx/shop/overlay.h"


#define NGX_HTTP_DYNSTORE_OVERLAY_LAYOUT        2
/* left to the slab allocator */
#define NGX_HTTP_DYNSTORE_OVERLAY_SPARE_PAGES   4
/* how much is copied while the lock is held */
#define NGX_HTTP_DYNSTORE_OVERLAY_PIECE         65536
/* a full log is not compacted again before that */
#define NGX_HTTP_DYNSTORE_OVERLAY_COMPACT_MS    10000


/* In the zone. */
typedef struct {
    uint64_t                          layout;
    uint64_t                          bytes;      /* of the log, with its head */
    ngx_atomic_t                      begun;      /* it has, or will have, all entries from the stream's beginning on */
    ngx_atomic_t                      caught_up;  /* there was nothing more to read, at least once since then */
    ngx_atomic_t                      read_ms;    /* when Redis answered last, by the monotonic clock */
    ngx_atomic_t                      lost;       /* Redis no longer has what was read */
    ngx_atomic_t                      full;
    ngx_atomic_t                      refused;
    ngx_atomic_t                      compacted_ms;
    dyn_control_log_t                 log;        /* and its entries */
} ngx_http_dynstore_overlay_share_t;

struct ngx_http_dynstore_overlay_s {
    ngx_shm_zone_t                     *zone;
    ngx_http_dynstore_overlay_share_t  *share;
    ngx_log_t                          *log;
    char                               *piece;
    dyn_overrides_t                    *standing;
    uint64_t                            number;      /* of those; 0: the log was never read to its end */
    uint64_t                            generation;  /* of the log up to which they were read, */
    uint64_t                            bytes;       /* and how far */
    ngx_uint_t                          said_left_out;  /* that there are more than may stand */
    uint64_t                            in_force;    /* number of those that are rules now */
    ngx_uint_t                          starved;     /* there was no memory to lay entries over a snapshot; it was logged */
};


static ngx_int_t ngx_http_dynstore_overlay_init(ngx_shm_zone_t *zone, void *data);
static ngx_int_t ngx_http_dynstore_overlay_room(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot);
static void ngx_http_dynstore_overlay_starve(ngx_http_dynstore_overlay_t *overlay);
static void ngx_http_dynstore_overlay_lock(ngx_http_dynstore_overlay_t *overlay);
static void ngx_http_dynstore_overlay_unlock(ngx_http_dynstore_overlay_t *overlay);


ngx_shm_zone_t *
ngx_http_dynstore_overlay_zone(ngx_conf_t *cf, ngx_str_t *shop_zone, uint64_t stream, size_t size, void *tag)
{
    u_char          *p;
    ngx_str_t        name;
    ngx_shm_zone_t  *zone;

    p = ngx_pnalloc(cf->pool, shop_zone->len + sizeof("-overlay-0123456789abcdef"));
    if (p == NULL) {
        return NULL;
    }

    name.data = p;
    name.len = (size_t) (ngx_sprintf(p, "%V-overlay-%016xL", shop_zone, stream) - p);

    zone = ngx_shared_memory_add(cf, &name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    zone->init = ngx_http_dynstore_overlay_init;
    zone->data = zone;    /* tells the next cycle that this one was set up */

    return zone;
}


static ngx_int_t
ngx_http_dynstore_overlay_init(ngx_shm_zone_t *zone, void *data)
{
    size_t                              bytes;
    ngx_slab_pool_t                    *shpool;
    ngx_http_dynstore_overlay_share_t  *share;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data != NULL || zone->shm.exists) {
        share = shpool->data;

        if (share != NULL && share->layout == NGX_HTTP_DYNSTORE_OVERLAY_LAYOUT) {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "dynstore: the zone \"%V\" was made by another version of the module: restart "
                      "nginx instead of reloading it", &zone->shm.name);
        return NGX_ERROR;
    }

    shpool->log_nomem = 0;

    bytes = (shpool->pfree - NGX_HTTP_DYNSTORE_OVERLAY_SPARE_PAGES) * ngx_pagesize;

    share = ngx_slab_alloc(shpool, bytes);
    if (share == NULL) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "dynstore: the zone \"%V\" has no room for its log: make overlay= of "
                      "dynstore_redis larger", &zone->shm.name);
        return NGX_ERROR;
    }

    /* the entries' pages stay untouched until they are written */
    ngx_memzero(share, sizeof(ngx_http_dynstore_overlay_share_t));

    share->layout = NGX_HTTP_DYNSTORE_OVERLAY_LAYOUT;
    share->bytes = bytes - offsetof(ngx_http_dynstore_overlay_share_t, log);
    dyn_control_log_begin(&share->log, share->bytes);

    shpool->data = share;

    return NGX_OK;
}


ngx_http_dynstore_overlay_t *
ngx_http_dynstore_overlay_begin(ngx_cycle_t *cycle, ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t              *shpool;
    ngx_http_dynstore_overlay_t  *overlay;

    overlay = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_overlay_t));
    if (overlay == NULL) {
        return NULL;
    }

    overlay->piece = ngx_palloc(cycle->pool, NGX_HTTP_DYNSTORE_OVERLAY_PIECE);
    overlay->standing = ngx_pcalloc(cycle->pool, sizeof(dyn_overrides_t));
    if (overlay->piece == NULL || overlay->standing == NULL) {
        return NULL;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    overlay->zone = zone;
    overlay->share = shpool->data;
    overlay->log = cycle->log;

    return overlay;
}


ngx_uint_t
ngx_http_dynstore_overlay_anew(ngx_http_dynstore_overlay_t *overlay)
{
    ngx_uint_t                          anew;
    ngx_http_dynstore_overlay_share_t  *share;

    share = overlay->share;

    ngx_http_dynstore_overlay_lock(overlay);

    anew = !share->begun || !dyn_control_log_whole(&share->log, share->bytes);

    if (anew) {
        dyn_control_log_begin(&share->log, share->bytes);
        share->caught_up = 0;
        share->lost = 0;
        share->full = 0;
        share->begun = 1;
    }

    ngx_http_dynstore_overlay_unlock(overlay);

    return anew;
}


ngx_int_t
ngx_http_dynstore_overlay_add(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot,
    dyn_control_position_t position, const dyn_control_field_t *fields, size_t nfields)
{
    ngx_int_t                           rc;
    ngx_uint_t                          said;
    ngx_http_dynstore_overlay_share_t  *share;

    share = overlay->share;
    rc = NGX_OK;
    said = 0;

    ngx_http_dynstore_overlay_lock(overlay);

    if (position > share->log.newest && !dyn_control_log_append(&share->log, position, fields, nfields)) {

        if (ngx_http_dynstore_overlay_room(overlay, snapshot) != NGX_OK
            || !dyn_control_log_append(&share->log, position, fields, nfields))
        {
            said = !share->full;
            share->full = 1;
            share->refused++;
            rc = NGX_DECLINED;

        } else {
            share->full = 0;
        }
    }

    ngx_http_dynstore_overlay_unlock(overlay);

    if (said) {
        ngx_log_error(NGX_LOG_ERR, overlay->log, 0, "dynstore: the overlay is full: what the control stream says of further items is not "
                      "shown; make overlay= of dynstore_redis larger, or build a newer snapshot with --catalog-time");
    }

    return rc;
}


/* Compacts the log, unless that was of no use a moment ago. */
static ngx_int_t
ngx_http_dynstore_overlay_room(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot)
{
    uint64_t                            used;
    ngx_time_t                         *tp;
    dyn_control_position_t              contained;
    ngx_http_dynstore_overlay_share_t  *share;

    share = overlay->share;

    if (share->full && ngx_current_msec - share->compacted_ms < NGX_HTTP_DYNSTORE_OVERLAY_COMPACT_MS) {
        return NGX_DECLINED;
    }

    tp = ngx_timeofday();
    used = share->log.used;
    contained = snapshot != NULL ? dyn_overlay_contained(snapshot) : 0;

    if (!dyn_control_log_compact(&share->log, contained, (int64_t) tp->sec * 1000 + tp->msec)) {
        return NGX_ERROR;
    }

    share->compacted_ms = ngx_current_msec;

    ngx_log_error(NGX_LOG_INFO, overlay->log, 0, "dynstore: the overlay was full, and has %uL of %uL bytes without what no longer "
                  "holds", share->log.used, used);

    return NGX_OK;
}


ngx_uint_t
ngx_http_dynstore_overlay_was_read(ngx_http_dynstore_overlay_t *overlay, ngx_uint_t all)
{
    ngx_uint_t  first;

    overlay->share->read_ms = ngx_current_msec;

    first = all && !overlay->share->caught_up;

    if (all) {
        ngx_memory_barrier();
        overlay->share->caught_up = 1;
    }

    return first;
}


ngx_uint_t
ngx_http_dynstore_overlay_lost(ngx_http_dynstore_overlay_t *overlay)
{
    return ngx_atomic_cmp_set(&overlay->share->lost, 0, 1);
}


ngx_int_t
ngx_http_dynstore_overlay_sync(ngx_http_dynstore_overlay_t *overlay, ngx_http_dynstore_snapshot_t *snapshot)
{
    size_t                              at, bytes;
    dyn_overlay_t                      *laid;
    dyn_control_entry_t                 entry;
    ngx_http_dynstore_overlay_share_t  *share;

    if (overlay == NULL || snapshot == NULL) {
        return NGX_OK;
    }

    share = overlay->share;

    while (snapshot->overlay_generation != share->log.generation || snapshot->overlay_bytes < share->log.used) {

        ngx_http_dynstore_overlay_lock(overlay);

        /* the worker that reads died in the middle: the next one begins a new log */

        if (!dyn_control_log_whole(&share->log, share->bytes)) {
            ngx_http_dynstore_overlay_unlock(overlay);
            return NGX_AGAIN;
        }

        if (snapshot->overlay_generation != share->log.generation) {

            if (snapshot->threads != 0 && snapshot->data->overlay != NULL) {
                ngx_http_dynstore_overlay_unlock(overlay);
                return NGX_AGAIN;
            }

            dyn_overlay_free(snapshot->data->overlay);
            snapshot->overlay_generation = share->log.generation;
            snapshot->overlay_bytes = 0;
        }

        bytes = dyn_control_log_copy(&share->log, snapshot->overlay_bytes, overlay->piece, NGX_HTTP_DYNSTORE_OVERLAY_PIECE);

        ngx_http_dynstore_overlay_unlock(overlay);

        laid = snapshot->data->overlay;

        if (bytes != 0 && laid == NULL) {
            laid = dyn_overlay_create(snapshot->data);
        }

        if (bytes == 0) {
            break;
        }

        if (laid == NULL) {
            ngx_http_dynstore_overlay_starve(overlay);
            return NGX_AGAIN;
        }

        for (at = 0; dyn_control_log_next(overlay->piece, bytes, &at, &entry); ) {
            if (!dyn_overlay_apply(laid, &entry)) {
                ngx_http_dynstore_overlay_starve(overlay);
                return NGX_AGAIN;
            }
        }

        snapshot->overlay_bytes += bytes;
        overlay->starved = 0;
    }

    return NGX_OK;
}


/* It is tried again with each request: one line tells of all. */
static void
ngx_http_dynstore_overlay_starve(ngx_http_dynstore_overlay_t *overlay)
{
    if (!overlay->starved) {
        ngx_log_error(NGX_LOG_ERR, overlay->log, 0, "dynstore: not enough memory for what the control stream says of items; it is tried again");
    }

    overlay->starved = 1;
}


const dyn_overrides_t *
ngx_http_dynstore_overlay_overrides(ngx_http_dynstore_overlay_t *overlay, uint64_t *number)
{
    size_t                              at, bytes;
    ngx_time_t                         *tp;
    dyn_control_entry_t                 entry;
    ngx_http_dynstore_overlay_share_t  *share;

    share = overlay->share;

    /* a log that is filled anew has but some of them */

    while (share->caught_up && (overlay->generation != share->log.generation || overlay->bytes < share->log.used)) {

        ngx_http_dynstore_overlay_lock(overlay);

        if (!share->caught_up || !dyn_control_log_whole(&share->log, share->bytes)) {
            ngx_http_dynstore_overlay_unlock(overlay);
            break;
        }

        if (overlay->generation != share->log.generation) {
            dyn_overrides_end(overlay->standing);
            dyn_overrides_begin(overlay->standing);
            overlay->generation = share->log.generation;
            overlay->bytes = 0;
        }

        bytes = dyn_control_log_copy(&share->log, overlay->bytes, overlay->piece, NGX_HTTP_DYNSTORE_OVERLAY_PIECE);

        ngx_http_dynstore_overlay_unlock(overlay);

        for (at = 0; dyn_control_log_next(overlay->piece, bytes, &at, &entry); /* void */ ) {
            (void) dyn_overrides_apply(overlay->standing, &entry);
        }

        overlay->bytes += bytes;

        if (bytes == 0) {
            break;
        }
    }

    if (overlay->standing->left_out == 0) {
        overlay->said_left_out = 0;

    } else if (!overlay->said_left_out) {
        overlay->said_left_out = 1;
        ngx_log_error(NGX_LOG_ERR, overlay->log, 0, "dynstore: more than %d overrides stand: those that came last are left out; restore "
                      "some, or write them into the rules file", DYN_OVERRIDES_MAX);
    }

    /* those that have ended make another list, so that answers with them are not given again */
    tp = ngx_timeofday();
    dyn_overrides_expire(overlay->standing, (int64_t) tp->sec * 1000 + tp->msec);

    if (overlay->generation != 0) {
        overlay->number = dyn_overrides_hash(overlay->standing, 1);
    }

    *number = overlay->number;

    return overlay->standing;
}


void
ngx_http_dynstore_overlay_in_force(ngx_http_dynstore_overlay_t *overlay, uint64_t number)
{
    overlay->in_force = number;
}


ngx_uint_t
ngx_http_dynstore_overlay_behind(ngx_http_dynstore_overlay_t *overlay)
{
    return overlay != NULL
           && (!overlay->share->caught_up || overlay->in_force == 0
               || (ngx_msec_int_t) (ngx_current_msec - overlay->share->read_ms) > NGX_HTTP_DYNSTORE_OVERLAY_BEHIND_MS);
}


void
ngx_http_dynstore_overlay_state(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot,
    ngx_http_dynstore_overlay_state_t *state)
{
    ngx_http_dynstore_overlay_share_t  *share;

    share = overlay->share;

    ngx_memzero(state, sizeof(ngx_http_dynstore_overlay_state_t));

    ngx_http_dynstore_overlay_lock(overlay);

    state->entries = share->log.entries;
    state->bytes = share->log.used;
    state->room = share->log.room;
    state->refused = share->refused;
    state->full = share->full;
    state->lost = share->lost;

    ngx_http_dynstore_overlay_unlock(overlay);

    state->behind = ngx_http_dynstore_overlay_behind(overlay);

    if (snapshot->overlay != NULL) {
        state->counts = dyn_overlay_counts(snapshot->overlay);
    }
}


static void
ngx_http_dynstore_overlay_lock(ngx_http_dynstore_overlay_t *overlay)
{
    ngx_shmtx_lock(&((ngx_slab_pool_t *) overlay->zone->shm.addr)->mutex);
}


static void
ngx_http_dynstore_overlay_unlock(ngx_http_dynstore_overlay_t *overlay)
{
    ngx_shmtx_unlock(&((ngx_slab_pool_t *) overlay->zone->shm.addr)->mutex);
}
