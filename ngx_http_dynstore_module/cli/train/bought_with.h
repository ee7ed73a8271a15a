/* Items that are bought together. */
#ifndef DYN_BOUGHT_WITH_H
#define DYN_BOUGHT_WITH_H

#include "cli/train/lists.h"
#include "cli/input/sessions.h"

enum {
    /* Bounds the work for one item; the newest baskets are kept. */
    DYN_BASKETS_PER_ITEM_MAX = 2000,
    /* A larger basket is a reseller's or a robot's; its newest items are kept. */
    DYN_BASKET_ITEMS_MAX = 64,
    DYN_BOUGHT_WITH_MAX = 32
};

/*
 * A basket is what was put into the cart (weight 0.5) or bought (1) in one session. b_i is the sum of i's weights, b_ij of the lesser
 * of both, B of every basket's largest; the weight of j with i is b_ij / (b_i + 2) - b_j / B: how much likelier j is in a basket with i
 * than in any, less where i was seldom bought. Only what is above 0 stays. Items that are not offered get a list and stand in none.
 * Sessions are ordered by time, their items are the snapshot's numbers. False when memory is out.
 */
bool dyn_bought_with_make(const dyn_sessions_t *sessions, const bool *offered, unsigned threads,
                          dyn_lists_t *bought_with);

#endif
