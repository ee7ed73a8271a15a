/* Training sessions in memory: what the readers make and the model's build takes. */
#ifndef DYN_SESSIONS_H
#define DYN_SESSIONS_H

#include "engine/events/event.h"

/* A new session begins where a visitor did nothing for longer. */
enum { DYN_SESSION_IDLE_S = 30 * 60 };

/* What a click was; a cart or purchase weighs more as the end of an edge of the item graph. */
typedef enum { DYN_CLICK_VIEW, DYN_CLICK_CART, DYN_CLICK_PURCHASE } dyn_click_kind_t;

/* Whether an event of this type shows interest in an item, and of what kind. */
bool dyn_click_kind(dyn_event_type_t type, uint8_t *kind);

/* Sessions in order of the time of their last click; clicks in order of time. Owned; free with dyn_sessions_free(). */
typedef struct {
    uint32_t session_count;
    uint32_t item_count;
    uint32_t click_count;
    uint32_t *starts; /* session_count + 1 */
    uint32_t *items;  /* DYN_NONE: an item that is not known */
    uint8_t *kinds;   /* dyn_click_kind_t */
    double *times;    /* of each session's last click, in seconds */
} dyn_sessions_t;

void dyn_sessions_free(dyn_sessions_t *sessions);

/* Sessions [first, last) as a view: shares the items, owns its starts. */
bool dyn_sessions_slice(const dyn_sessions_t *sessions, uint32_t first, uint32_t last,
                        dyn_sessions_t *slice);
void dyn_sessions_slice_free(dyn_sessions_t *slice);

/* Clicks as they come, in any order, gathered into sessions in the end. */
typedef struct {
    uint32_t session;
    uint32_t item;
    double time;
    uint8_t kind;
    bool uncounted; /* for popularity: cli/train/learning.h */
} dyn_click_t;

typedef struct {
    dyn_click_t *clicks;
    size_t count;
    size_t capacity;
    uint32_t session_count;
} dyn_clicks_t;

bool dyn_clicks_add(dyn_clicks_t *clicks, dyn_click_t click);
/*
 * Numbers of the clicks, session by session and in order of time (the lines' order where times are equal), and where each session
 * begins, with one row more than there are sessions. False when memory is out or there are 2^32 clicks or more.
 */
bool dyn_clicks_order(const dyn_clicks_t *clicks, uint32_t *starts, uint32_t *order);
/*
 * Clicks whose `session` is so far a visitor: a new session begins wherever more than idle_s seconds passed. Those of whom
 * whole[visitor] is set are left in one piece. False when memory is out.
 */
bool dyn_clicks_cut(dyn_clicks_t *clicks, const bool *whole, double idle_s);
void dyn_clicks_free(dyn_clicks_t *clicks);
/* Orders the clicks (the lines' order decides where times are equal) and frees them. False when memory is out or there are
 * 2^32 clicks or more. */
bool dyn_clicks_to_sessions(dyn_clicks_t *clicks, uint32_t item_count, dyn_sessions_t *sessions,
                            dyn_error_t *error);

#endif
