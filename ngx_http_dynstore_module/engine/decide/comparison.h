/* What items have that are compared, side by side. */
#ifndef DYN_COMPARISON_H
#define DYN_COMPARISON_H

#include "engine/base/arena.h"
#include "engine/decide/decide.h"

/*
 * Fills the rows of a slot from its choices, of which the first DYN_COMPARISON_ITEMS_MAX are columns: price, rating and fit where any
 * of them tells it, then the attributes that at least two of them have, those that differ first. Tags and audiences are none. False
 * when the arena is exhausted.
 */
bool dyn_comparison_rows(const dyn_snapshot_t *snapshot, int64_t now_ms, dyn_arena_t *arena,
                         dyn_slot_decision_t *slot);

#endif
