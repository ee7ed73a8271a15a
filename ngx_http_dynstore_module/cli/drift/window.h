/* The pages of items that the training window's shoppers opened. */
#ifndef DYN_DRIFT_WINDOW_H
#define DYN_DRIFT_WINDOW_H

#include "cli/drift/features.h"
#include "cli/input/sessions.h"

typedef struct {
    const dyn_clicks_t *clicks; /* cut into sessions; of items by their number in the snapshot */
    dyn_drift_items_t items;
    double oldest_s;       /* sessions that end before are left out */
    uint64_t sessions_max; /* only the newest; 0: all */
} dyn_drift_window_t;

/* Each view of an item is a page, and each session a shopper. False when memory is out. */
bool dyn_drift_window_describe(const dyn_drift_window_t *window, dyn_population_t *population);

#endif
