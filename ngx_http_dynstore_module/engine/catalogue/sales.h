/* Items that have a sale price, found once when a snapshot is opened, so that no decision has to look through the catalogue. */
#ifndef DYN_SALES_H
#define DYN_SALES_H

#include "engine/catalogue/snapshot.h"

/* Fills snapshot->sales of a valid snapshot. False when there is no memory for it. */
bool dyn_sales_open(dyn_snapshot_t *snapshot);

/*
 * Items of the catalogue whose sale is not over at the snapshot's own time, at most DYN_SALES_MAX, heaviest first. Whether a sale
 * has begun, and is not over yet, is to be asked for each (engine/catalogue/offer.h).
 */
static inline dyn_edges_t dyn_snapshot_sales(const dyn_snapshot_t *snapshot)
{
    return (dyn_edges_t){snapshot->sales, snapshot->sale_count};
}

/* How much an item's sale is worth showing: the more popular the item and the larger the reduction, the more. 0: it has no sale. */
float dyn_sale_weight(const dyn_snapshot_t *snapshot, uint32_t item);
/* The order of the list: whether `a` stands behind `b`. */
bool dyn_sale_is_lighter(dyn_edge_t a, dyn_edge_t b);

#endif
