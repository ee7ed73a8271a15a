/*
 * The session fold: from a session's log and facts to what the shopper is doing. Pure; memory from the arena.
 *
 * Interest in an item is the sum over its events of weight(type) * 0.5^(age / 10 min) * 0.9^(events since), so that what was
 * done a second ago counts most and a pause does not erase the order. Weights: add_to_cart 3, wishlist 2, compare, question and
 * size_guide 1.5, view_item and purchase 1, select_item, dwell, zoom and view_cart 0.5, scroll 0.25, others 0. Weights, half-life
 * and step are chosen by judgement; none of them is a measured figure. Affinities are the interests summed by category (each
 * level of the path, halved per level upwards) and brand, divided by the largest.
 */
#ifndef DYN_SESSION_H
#define DYN_SESSION_H

#include "engine/events/event.h"
#include "engine/session/entry.h"
#include "engine/catalogue/snapshot.h"

/* A field of the Redis hash of session facts. */
typedef struct {
    dyn_str_t name;
    dyn_str_t value;
} dyn_fact_t;

typedef struct {
    uint32_t item;
    float interest;
    uint32_t views;             /* view_item and select_item; two of one item in a row within 5 s are one view */
    uint32_t events_ago;        /* 0: the newest event was on this item */
    int64_t last_ms;
} dyn_interest_t;

typedef struct {
    uint32_t index;             /* category or brand */
    float affinity;             /* 0..1 */
} dyn_affinity_t;

typedef struct {
    uint32_t item;
    uint32_t quantity;
} dyn_cart_line_t;

typedef struct {
    uint32_t event_count;       /* entries read, without the malformed ones and impressions (engine/events/event.h) */
    uint32_t malformed_count;   /* entries that were none and were skipped */
    uint32_t unknown_item_count;

    dyn_interest_t *recent;     /* newest first, each item once; items of events with a weight */
    uint32_t recent_count;
    uint32_t *clicks;           /* views as counted above, oldest first, repeats kept: the query of session models */
    uint32_t click_count;
    dyn_cart_line_t *cart;      /* adds less removes less purchases since the last view_cart with items, which tells the whole
                                   cart (its entries: one after the other, of one time); newest first */
    uint32_t cart_count;
    uint32_t *purchased;        /* newest first, each item once */
    uint32_t purchased_count;

    dyn_affinity_t categories[DYN_FOLD_AFFINITIES_MAX]; /* strongest first */
    uint32_t category_count;
    dyn_affinity_t brands[DYN_FOLD_AFFINITIES_MAX];
    uint32_t brand_count;
    double price_log_mean;      /* interest-weighted mean of ln(price in minor units); 0 when no price is known */
    double price_log_deviation;

    dyn_entry_t entry;          /* from the facts; the session's first page */
    dyn_device_t device;
    bool returning;             /* the visitor had a session before this one */
    dyn_str_t last_search;
    int64_t first_ms, last_ms;  /* 0 when there is no event; first_ms is the fact `first` where that is older */
    uint32_t searches;          /* how many of the events were searches; the moments are told apart by these counts */
    uint32_t page_views;        /* page_view events: pages that are of no surface with an event of its own */
    uint32_t compares;          /* compare events */
    uint32_t doubts;            /* size_guide, question, zoom and dwell events */
    int64_t cart_ms;            /* the newest add_to_cart or remove_from_cart; 0 when there is none */
    int64_t checkout_ms;        /* the newest begin_checkout that no purchase followed; 0 when there is none */
} dyn_session_t;

/*
 * log: entries newest first, as LRANGE gives them; entries beyond DYN_SESSION_EVENTS_MAX are not read. facts: any order;
 * unknown names are skipped. Never fails on content; false only when the arena is exhausted.
 */
bool dyn_session_fold(const dyn_snapshot_t *snapshot, const dyn_str_t *log, size_t log_count, const dyn_fact_t *facts,
                      size_t fact_count, int64_t now_ms, dyn_arena_t *arena, dyn_session_t *session);

#endif
