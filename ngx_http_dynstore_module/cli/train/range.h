/* What a shop without numbers shows: its range, newest and best stocked first, diverse from the first item on. */
#ifndef DYN_RANGE_H
#define DYN_RANGE_H

#include "cli/train/item_terms.h"
#include "cli/train/lists.h"

enum { DYN_RANGE_PER_CATEGORY_MAX = 24, DYN_RANGE_HALF_LIFE_DAYS = 60 };

typedef struct {
    dyn_item_terms_input_t catalogue;
    uint32_t category_count;
    uint32_t brand_count;
    uint32_t trait_count;
    const bool *offered; /* by item: may stand in a list */
    int64_t as_of_ms;
} dyn_range_input_t;

typedef struct {
    dyn_top_t all;           /* at most DYN_POPULAR_MAX */
    dyn_lists_t by_category; /* of the category and of those below it */
} dyn_range_lists_t;

/*
 * Items of the catalogue with a title that are not sold out, one of a group. The next item is always one with image and URL, if there
 * is one left; of these one whose top category has been chosen least so far; then whose audience, deepest category and brand, in this
 * order; then the one of most worth: 0.6 * 0.5^(age / 60 days) + 0.4 * ln(1 + stock) / ln(1 + the largest stock), an unknown age
 * counting 0 and an unknown stock half. The weight of the k-th of n is (n - k) / n, from k = 0. False when memory is out.
 */
bool dyn_range_make(const dyn_range_input_t *input, dyn_range_lists_t *range);
void dyn_range_free(dyn_range_lists_t *range);

#endif
