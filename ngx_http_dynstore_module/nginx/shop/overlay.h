/*
 * What the control stream says of a shop's items, as all workers have it: a log of entries in a shared zone of its own
 * (engine/control/log.h), which one worker writes (nginx/shop/control.h). Each worker lays it over the snapshot that it uses
 * (engine/catalogue/overlay.h), before it decides with it.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOP_OVERLAY_H
#define NGX_HTTP_DYNSTORE_SHOP_OVERLAY_H

#include "engine/catalogue/overlay.h"
#include "engine/control/log.h"
#include "engine/policy/overrides.h"
#include "nginx/shop/snapshot.h"


/* an overlay that was not read for so long is said to be behind */
#define NGX_HTTP_DYNSTORE_OVERLAY_BEHIND_MS     10000


/* A worker's overlay of one shop. */
typedef struct ngx_http_dynstore_overlay_s  ngx_http_dynstore_overlay_t;

typedef struct {
    uint64_t                          entries;
    uint64_t                          bytes;
    uint64_t                          room;
    uint64_t                          refused;    /* entries for which there was no room */
    ngx_uint_t                        full;
    ngx_uint_t                        behind;
    ngx_uint_t                        lost;
    dyn_overlay_counts_t              counts;     /* of this worker's snapshot; zeroes: nothing was laid over it */
} ngx_http_dynstore_overlay_state_t;


/* X(metric's type, value of a `state`, metric, name in the status, help) */
#define NGX_HTTP_DYNSTORE_OVERLAY_FIGURES(X)                                                                           \
    X(gauge, state.behind, "overlay_behind", "behind", "1: the control stream was not read to its end, or not for 10 s.") \
    X(gauge, state.lost, "overlay_lost", "lost", "1: Redis has lost what it said in the control stream.")             \
    X(gauge, state.full, "overlay_full", "full", "1: there is no room for more entries.")                              \
    X(counter, state.refused, "overlay_refused_total", "refused", "Entries for which there was no room.")              \
    X(gauge, state.entries, "overlay_entries", "entries", "Entries of the control stream that hold.")                  \
    X(gauge, state.bytes, "overlay_bytes", "bytes", "Memory that they take.")                                          \
    X(gauge, state.room, "overlay_room_bytes", "room", "Memory that they may take.")                                   \
    X(gauge, state.counts.items, "overlay_items", "items", "Items of which anything was heard since the snapshot was built.") \
    X(gauge, state.counts.waiting, "overlay_waiting_items", "waiting", "Items that changed in a way that only a new snapshot can show.") \
    X(gauge, state.counts.unknown, "overlay_unknown_entries", "unknown", "Entries about items that the snapshot does not know.")

/*
 * At the end of the configuration: a zone of `size` bytes, named after that of the shop and `stream`, a hash of where the stream is: after a
 * reload with another Redis or prefix nothing of the former stream holds. NULL: no memory, or a sentence was logged.
 */
ngx_shm_zone_t *ngx_http_dynstore_overlay_zone(ngx_conf_t *cf, ngx_str_t *shop_zone, uint64_t stream, size_t size, void *tag);

/* In init_process. NULL: no memory. */
ngx_http_dynstore_overlay_t *ngx_http_dynstore_overlay_begin(ngx_cycle_t *cycle, ngx_shm_zone_t *zone);

/*
 * For the worker that reads the stream. The first: whether the log has to be filled from the stream's beginning, because it is new or was left
 * in the middle; it is empty then. The second puts an entry into it, unless it is there already, and makes room if it has to, where `snapshot` is
 * the one in use: NGX_DECLINED when there is none. The third: Redis has answered; `all`: there was nothing more to read; whether that is so
 * for the first time. The fourth: Redis no longer has what was read; whether that is new.
 */
ngx_uint_t ngx_http_dynstore_overlay_anew(ngx_http_dynstore_overlay_t *overlay);
ngx_int_t ngx_http_dynstore_overlay_add(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot,
    dyn_control_position_t position, const dyn_control_field_t *fields, size_t nfields);
ngx_uint_t ngx_http_dynstore_overlay_was_read(ngx_http_dynstore_overlay_t *overlay, ngx_uint_t all);
ngx_uint_t ngx_http_dynstore_overlay_lost(ngx_http_dynstore_overlay_t *overlay);

/* Lays what is new over the snapshot. NULL is allowed for both. NGX_AGAIN: not all of it yet, as while a thread uses the snapshot. */
ngx_int_t ngx_http_dynstore_overlay_sync(ngx_http_dynstore_overlay_t *overlay, ngx_http_dynstore_snapshot_t *snapshot);

/*
 * The overrides that stand, until the next call, and a number of theirs that is another when they are. The number is 0, and there are none,
 * as long as the log was not filled once. Who makes rules of them says then which are in force.
 */
const dyn_overrides_t *ngx_http_dynstore_overlay_overrides(ngx_http_dynstore_overlay_t *overlay, uint64_t *number);
void ngx_http_dynstore_overlay_in_force(ngx_http_dynstore_overlay_t *overlay, uint64_t number);

/* Whether there may be entries that the log does not have, or overrides of which none was in force yet. False without an overlay. */
ngx_uint_t ngx_http_dynstore_overlay_behind(ngx_http_dynstore_overlay_t *overlay);
void ngx_http_dynstore_overlay_state(ngx_http_dynstore_overlay_t *overlay, const dyn_snapshot_t *snapshot,
    ngx_http_dynstore_overlay_state_t *state);

#endif
