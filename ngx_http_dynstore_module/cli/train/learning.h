/*
 * What is left out of learning because no single shopper does it: robots, tests, and those who want to push an item. The limits
 * are of one visitor (or session, where the file says what a session is) and one day of UTC.
 */
#ifndef DYN_LEARNING_H
#define DYN_LEARNING_H

#include "cli/input/sessions.h"

enum {
    /* A long evening's shopping is some 200 views; the longest of 186,670 sessions of a real shop has 70. */
    DYN_VISITOR_CLICKS_PER_DAY_MAX = 500,
    /* Items bought: those who buy for a company buy much at once. Carts as many. */
    DYN_VISITOR_BOUGHT_PER_DAY_MAX = 200,
    /* Of one item. Shoppers come back to an item: 22 times is the most of that shop. They buy it once, or once more. */
    DYN_VISITOR_ITEM_VIEWS_PER_DAY_MAX = 30,
    DYN_VISITOR_ITEM_CARTS_PER_DAY_MAX = 3,
    DYN_VISITOR_ITEM_PURCHASES_PER_DAY_MAX = 2,
    /*
     * What a visitor may weigh for an item's popularity in a day, in views (a cart is 4, a purchase 10: cli/train/popularity.h). One
     * who looks, puts it into the cart and buys it weighs some 17. The events beyond it count for all but popularity.
     */
    DYN_VISITOR_ITEM_WEIGHT_PER_DAY_MAX = 30
};

typedef struct {
    uint64_t clicks;   /* left out */
    uint64_t visitors; /* of whom any was left out */
    uint64_t uncounted; /* kept, but not counted for popularity */
} dyn_learning_limited_t;

/*
 * Takes out the clicks beyond the limits (of a day the earliest stay) and marks those beyond the weight; click.session is the
 * visitor. What stays keeps its order. False when memory is out.
 */
bool dyn_learning_limit(dyn_clicks_t *clicks, dyn_learning_limited_t *limited);

#endif
