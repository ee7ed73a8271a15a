/* Categories and brands that gain most, counted once when a snapshot is opened. */
#ifndef DYN_TRENDS_H
#define DYN_TRENDS_H

#include "engine/catalogue/snapshot.h"

/* Fills them in a valid snapshot. */
void dyn_trends_open(dyn_snapshot_t *snapshot);

/*
 * The categories whose trending items weigh most together, the largest sum as 1, at most DYN_TRENDS_MAX: `item` of an edge is a
 * category's number. Of an item counts the category that it is in, none above it.
 */
static inline dyn_edges_t dyn_snapshot_trending_categories(const dyn_snapshot_t *snapshot)
{
    return (dyn_edges_t){snapshot->trending_categories, snapshot->trending_category_count};
}

/* The same of brands. */
static inline dyn_edges_t dyn_snapshot_trending_brands(const dyn_snapshot_t *snapshot)
{
    return (dyn_edges_t){snapshot->trending_brands, snapshot->trending_brand_count};
}

#endif
