/* Items that are bought together: what the orders prove. */
#ifndef DYN_BOUGHT_WITH_H
#define DYN_BOUGHT_WITH_H

#include "cli/train/lists.h"
#include "cli/input/sessions.h"

enum {
    /* Bounds the work for one item; the newest orders are kept. */
    DYN_ORDERS_PER_ITEM_MAX = 2000,
    /* A larger order is a reseller's or a robot's; the items that come first in the events' order are kept. */
    DYN_ORDER_ITEMS_MAX = 64,
    DYN_BOUGHT_WITH_MAX = 32
};

/*
 * How sure it must be that two items are not in the same orders by chance: of pairs that are, 1 in 100 has a greater log-likelihood
 * ratio (chi-squared, one degree of freedom).
 */
#define DYN_BOUGHT_WITH_RATIO_MIN 6.63

typedef struct {
    const dyn_clicks_t *
        clicks; /* cut into sessions (dyn_clicks_cut()), in any order; items are the snapshot's numbers */
    uint32_t item_count;
    const bool *offered; /* by item: may stand in a list; those that may not get one all the same */
    const dyn_item_t *items;
    const dyn_category_t *categories;
    uint32_t category_count;
    uint32_t min_support;
    unsigned threads;
} dyn_bought_with_input_t;

/* Of which part of a category's orders it takes to say that several of its items are taken together, and of how many at least. */
#define DYN_SEVERAL_SHARE 0.1
enum { DYN_SEVERAL_ORDERS_MIN = 10 };

typedef struct {
    dyn_lists_t lists;
    uint32_t *supports; /* of each edge: the orders with both */
} dyn_bought_with_t;

/*
 * An order is what one session bought at one time. With n(i) the newest orders with i, n(ij) those of them with j, n(j) all orders with
 * j and N all orders, j stands in i's list when
 *
 *     n(ij) >= min_support,  n(ij) N > n(i) n(j)  and  2 sum(k ln(k / expected k)) >= DYN_BOUGHT_WITH_RATIO_MIN
 *
 * the sum over the four counts of orders with and without i and j (Dunning 1993, the log-likelihood ratio). The weight is
 * n(ij) / (n(i) + 2) - n(j) / N, if that is above 0: how much likelier j is in an order with i than in any, less where i was seldom
 * bought. A category's list is the same with the orders that have any item of it or below it, and has no such item itself. False when
 * memory is out.
 */
bool dyn_bought_with_make(const dyn_bought_with_input_t *input, dyn_bought_with_t *by_item,
                          dyn_bought_with_t *by_category);
/*
 * Sets *several of a category when, of at least DYN_SEVERAL_ORDERS_MIN orders with items of just this category, DYN_SEVERAL_SHARE or
 * more have two of different groups. False when memory is out.
 */
bool dyn_several_make(const dyn_bought_with_input_t *input, bool *several);
void dyn_bought_with_free(dyn_bought_with_t *bought_with);

/* The ratio, from the orders with both, with each and all. */
double dyn_log_likelihood_ratio(double both, double first, double second, double all);

#endif
