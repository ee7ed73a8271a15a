/*
 * Items that go together: visited in the same session, or bought in the same one. docs/snapshot-format.md has the formulas.
 */
#ifndef DYN_COVISITS_H
#define DYN_COVISITS_H

#include "dyn_lists.h"
#include "dyn_sessions.h"

enum {
    /* Visits further apart tell little. */
    DYN_COVISIT_REACH = 10,
    /* Bounds the work for one item; with them the newest are kept. */
    DYN_COVISIT_OCCURRENCES_MAX = 2000,
    DYN_COVISIT_LIST_MAX = 32,
    /* A larger basket is a reseller's or a robot's; its last items are kept. */
    DYN_BASKET_ITEMS_MAX = 64
};

typedef struct {
    const dyn_sessions_t *sessions; /* oldest first; items are numbers of the snapshot */
    double as_of_s;
    const bool *offered; /* by item: may stand in a list */
    unsigned threads;
} dyn_covisits_input_t;

/*
 * Neighbours. A session is read without immediate repeats. For visits of i and j that are d <= 10 apart
 * c_ij += g / d, and for every visit of i c_i += g, with g = 0.5^(age of the session / 30 days), over the 2,000 newest visits of
 * i; the weight is c_ij / sqrt((c_i + 1) (c_j + 1)). False when memory is out.
 */
bool dyn_covisits_make(const dyn_covisits_input_t *input, dyn_lists_t *neighbours);

/*
 * Bought together. A basket is what was put into the cart (weight 0.5) or bought (1) in one session. b_i is the sum of i's weights,
 * b_ij of the lesser of both, B of every basket's largest; the weight is b_ij / (b_i + 2) - b_j / B: how much likelier j is in a
 * basket with i than in any. Only what is above 0 stays. False when memory is out.
 */
bool dyn_bought_with_make(const dyn_covisits_input_t *input, dyn_lists_t *bought_with);

#endif
