/* What is new in the shop. */
#ifndef DYN_NEW_ARRIVALS_H
#define DYN_NEW_ARRIVALS_H

#include "cli/train/lists.h"

enum { DYN_NEW_ARRIVAL_DAYS = 30, DYN_NEW_ARRIVAL_HALF_LIFE_DAYS = 7 };

/*
 * Items of the catalogue created within the 30 days before as_of, at most DYN_POPULAR_MAX; the weight is 0.5^(age / 7 days).
 * False when memory is out; the caller frees top->edges.
 */
bool dyn_new_arrivals_make(const dyn_item_t *items, uint32_t item_count, int64_t as_of_ms,
                           dyn_top_t *top);

#endif
