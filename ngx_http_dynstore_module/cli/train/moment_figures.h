/*
 * How often sessions enter a moment, and whether those buy more often: for each threshold of moments (engine/policy/tables.h) at
 * some values, the others at their defaults.
 *
 * A session is looked at after each view of an item, as the page after it would be. It enters the sign of a threshold when that sign
 * alone makes the moment; `expected` is the share of buyers among all sessions at the same number of views that have put
 * something into the cart, or have not, as it has: long sessions and carts, which buy more often, are compared with such. Where no event tells how long an item was looked at, the time to the next event
 * stands for it.
 */
#ifndef DYN_MOMENT_FIGURES_H
#define DYN_MOMENT_FIGURES_H

#include <jansson.h>

#include "cli/input/visits.h"
#include "engine/catalogue/snapshot.h"

/*
 * Of the newest `newest` visits (0: all): {"visits", "buyers", "signs": [{"moment", "threshold", "value", "entered", "bought", "expected"}]},
 * shares of 1. NULL with a sentence when memory is out.
 */
json_t *dyn_moment_figures(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits,
                           uint64_t newest, dyn_error_t *error);

#endif
