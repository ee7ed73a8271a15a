/*
 * The session fold: from a session's log and facts, and the log of earlier visits, to what the shopper is doing. Pure; memory from
 * the arena. Weights, half-lives and steps are chosen by judgement; none of them is a measured figure.
 *
 * Interest in an item is the sum over its events of weight(event) * 0.5^(age / 10 min) * 0.9^(events since), so that what was
 * done a second ago counts most and a pause does not erase the order. Weights: add_to_cart 3, wishlist 2, compare, question,
 * size_guide and choose_option 1.5, view_item and purchase 1, select_item, zoom and view_cart 0.5, hover 0.1, dwell seconds / 30, at
 * most 1.5, scroll percent / 200 (0.5 and 0.25 where they are not said; of one page only the largest), others 0. What was turned down
 * (dyn_rejection_t) keeps 1 - weight of its interest.
 *
 * Affinities are the interests summed by category (each level of the path, halved per level upwards), brand and trait, divided by
 * the largest. Their evidence is (m - 1) / m * max(0, (share - base) / (1 - base)): m items of the session have it, they make up
 * `share` of its interest, and `base` of the catalogue's items have it. Traits are those of the newest 24 items, of each the first 64.
 *
 * Items of earlier visits weigh 2 (purchase) and 1 (add_to_cart, wishlist), * 0.5^(age / 30 days). Together they make up 0.3 *
 * (1 - items of this session / 4) of the interests of this session, and alone no affinity above 0.3.
 *
 * A pivot (a gift): the newest views, at most 12, have nothing to do with any item of this session before them or of earlier visits, of
 * which there are at least 3: they are of other top categories, and neither neighbours nor in one order; or for other people (children
 * and not; women and men). Then the interests of those items keep 0.6 after the first such view and 0.15 after the second.
 *
 * The band of prices is the interest-weighted mean of ln(price) less and plus its deviation, at least 0.25; its strength is
 * n / (n + 2) * exp(-deviation) of n items with a price: the more of them and the nearer to each other, the stronger. The newest
 * sorting by price moves the mean by 0.35 * 0.9^(events since) and makes it at least 0.5 * 0.9^(events since) strong. The bounds of
 * the newest filter on price hold instead where 0.9 * 0.9^(events since) is stronger.
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
    uint32_t visits;            /* views with another item's in between: A, B, A are two visits of A */
    uint32_t doubts;            /* zoom, size_guide and question events, and looks at the shop's terms (pages) right after it */
    uint32_t dwell_s;           /* the longest that one look at it is told to have lasted */
    uint32_t events_ago;        /* 0: the newest event was on this item */
    int64_t last_ms;
    bool added;                 /* put into the cart in this session, whether it is still there or not */
    bool wished;                /* the same of the wishlist */
    bool compared;              /* a compare event names it */
} dyn_interest_t;

typedef struct {
    uint32_t index;             /* category, brand or trait */
    float affinity;             /* 0..1 */
    float evidence;             /* 0..1: how surely the session is after it */
} dyn_affinity_t;

typedef struct {
    uint32_t item;
    uint32_t quantity;
    int64_t time_ms;            /* the newest add, or the view of the cart that told of it */
    bool variant;               /* an event tells which variant it is, or an option of it was chosen */
    bool settled;               /* nothing else of its kind was viewed since: the choice is made (engine/catalogue/kind.h) */
} dyn_cart_line_t;

typedef struct {
    uint32_t item;
    int64_t time_ms;
    bool earlier;               /* in an earlier visit */
} dyn_bought_t;

typedef struct {
    dyn_str_t term;
    int64_t time_ms;
    uint32_t clicks_since;      /* view_item and select_item since then: the more there are, the less the search says */
} dyn_search_t;

/*
 * An item that the shopper turned down and did not come back to: taken from the cart (1) or from the wishlist (0.7); or viewed for
 * 1 to 5 seconds before another page, with nothing else in the session that speaks for it (0.4).
 */
typedef struct {
    uint32_t item;
    float weight;               /* 0..1 */
} dyn_rejection_t;

/* Blocks that showed an item, without a click on it since (engine/session/shown.h: dyn_session_shown). */
typedef struct {
    uint32_t hash;              /* of the item's id */
    uint32_t times;
} dyn_shown_t;

/* A value that the shopper filtered by, or chose as an option. */
typedef struct {
    uint32_t number;            /* of a trait or a brand */
    bool brand;
    bool filtered;              /* by a filter; else an option of an item was chosen */
    float strength;             /* 0..1: 0.9^(events since) */
} dyn_chosen_t;

typedef struct {
    uint32_t event_count;       /* entries read, without the malformed ones and impressions (engine/events/event.h) */
    uint32_t malformed_count;   /* entries that were none and were skipped */
    uint32_t unknown_item_count;
    uint32_t pages;             /* views of items, lists, the cart, results of a search and other pages; a checkout's steps */

    dyn_interest_t *recent;     /* newest first, each item once; items of events with a weight */
    uint32_t *clicks;           /* views as counted above, oldest first, repeats kept: the query of session models */
    dyn_cart_line_t *cart;      /* adds less removes less purchases since the last view_cart with items, which tells the whole
                                   cart (its entries: one after the other, of one time); newest first */
    dyn_bought_t *purchased;    /* newest first, each item once */
    dyn_rejection_t *rejected;  /* newest first, each item once */
    dyn_shown_t *shown;         /* as in the facts, without items that this session clicked or added */

    dyn_affinity_t categories[DYN_FOLD_AFFINITIES_MAX]; /* strongest first */
    dyn_affinity_t brands[DYN_FOLD_AFFINITIES_MAX];
    dyn_affinity_t traits[DYN_FOLD_AFFINITIES_MAX];

    int64_t price_low;          /* the band of prices that the shopper moves in, minor units; 0: no lower bound */
    int64_t price_high;         /* 0: no band is known */

    dyn_search_t searches[DYN_FOLD_SEARCHES_MAX]; /* newest first, each term once */

    dyn_chosen_t chosen[DYN_FOLD_CHOSEN_MAX]; /* newest first, each once; what the catalogue does not have is left out */

    dyn_entry_t entry;          /* from the facts; the session's first page */
    dyn_device_t device;
    uint32_t pivot_views;       /* the newest views, which left what was usual; 0: none did */
    int64_t first_ms, last_ms;  /* 0 when there is no event; first_ms is the fact `first` where that is older */
    int64_t compare_ms;         /* the newest compare event; 0: none */
    int64_t cart_ms;            /* the newest add_to_cart or remove_from_cart; 0 when there is none */
    int64_t checkout_ms;        /* the newest begin_checkout that no purchase followed; 0 when there is none */

    /* how many of the lists above, and what is small */
    uint32_t compare_ago;       /* how many events are newer than the newest compare event */
    uint32_t recent_count;
    uint32_t click_count;
    uint32_t cart_count;
    uint32_t purchased_count;
    uint32_t rejected_count;
    uint32_t shown_count;
    uint32_t category_count;
    uint32_t brand_count;
    uint32_t trait_count;
    uint32_t search_count;
    uint32_t chosen_count;
    float price_strength;       /* 0..1: how much the band means */
    bool names_variants;        /* some event of the cart names a variant, or an option was chosen: the shop tells of them */
    bool returning;             /* the visitor had a session before this one */
} dyn_session_t;

/* What is folded. What is beyond the limits is not read. */
typedef struct {
    const dyn_str_t *log;       /* entries newest first, as LRANGE gives them; at most DYN_SESSION_EVENTS_MAX */
    size_t log_count;
    const dyn_str_t *history;   /* the same of earlier visits, at most DYN_HISTORY_EVENTS_MAX */
    size_t history_count;
    const dyn_fact_t *facts;    /* any order; unknown names are skipped */
    size_t fact_count;
    int64_t now_ms;
} dyn_session_record_t;

/* Never fails on content; false only when the arena is exhausted. */
bool dyn_session_fold(const dyn_snapshot_t *snapshot, const dyn_session_record_t *record, dyn_arena_t *arena,
                      dyn_session_t *session);

#endif
