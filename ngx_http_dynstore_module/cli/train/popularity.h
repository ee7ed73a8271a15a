/* What sells and what is looked at: overall, by category, and what is on the rise. */
#ifndef DYN_POPULARITY_H
#define DYN_POPULARITY_H

#include "cli/train/lists.h"
#include "cli/input/sessions.h"

enum {
    DYN_POPULARITY_HALF_LIFE_DAYS = 7,
    DYN_TRENDING_RECENT_DAYS = 2,
    DYN_TRENDING_PAST_DAYS = 28,
    /* What was looked at longer ago proves nothing of today. */
    DYN_POPULAR_DAYS = 30,
    DYN_POPULAR_VISITORS_MAX = 16
};

typedef struct {
    const dyn_clicks_t
        *clicks;         /* in any order; items are numbers of the snapshot, sessions visitors */
    double as_of_s;      /* what time it is; no click is newer */
    const bool *offered; /* by item: may stand in a list */
    dyn_item_t *items;
    uint32_t item_count;
    const dyn_category_t *categories;
    uint32_t category_count;
    uint32_t min_visitors; /* 1 to DYN_POPULAR_VISITORS_MAX */
} dyn_popularity_input_t;

typedef struct {
    dyn_top_t popular;
    dyn_top_t trending;
    dyn_lists_t by_category;
} dyn_popularity_t;

/* What a click of that kind weighs. */
double dyn_popularity_weight(uint8_t kind);

/*
 * Fills the items' popularity and the lists. A view weighs 1, a cart 4, a purchase 10, halved with every 7 days of age; popularity
 * is an item's sum over the largest. Trending compares the last 2 days with the 28 before: with r and p an item's weights in them
 * and R and P all items', e = p R / P is what was to be expected, and (r - e) / sqrt(e + 1), over the largest, the weight. Clicks
 * that are marked uncounted weigh nothing. A list holds only what at least min_visitors looked at, put into the cart or bought: in the
 * last DYN_POPULAR_DAYS, for trending in the last 2. False when memory is out.
 */
bool dyn_popularity_make(const dyn_popularity_input_t *input, dyn_popularity_t *popularity);
void dyn_popularity_free(dyn_popularity_t *popularity);

#endif
