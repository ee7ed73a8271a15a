/*
 * The slots that are no lists of what sources propose. `comparison`, `guide` and `messages` belong to a moment, and are empty in others;
 * `bundle` belongs to none. Internal to the engine.
 */
#ifndef DYN_MOMENT_SLOTS_H
#define DYN_MOMENT_SLOTS_H

#include "engine/decide/moment.h"
#include "engine/decide/work.h"

/* By its name; LIST: none of them. `hero`, `banner`, `modules`, and these with more behind a - or _, show content alone: CONTENT. */
dyn_slot_kind_t dyn_moment_slot_kind(dyn_str_t name);

/*
 * engine/decide/comparison.c: items of one kind that the shopper compares, the page's first, then the newest, with what they have in
 * common as rows. False when the arena is exhausted.
 */
bool dyn_comparison_fill(dyn_work_t *work, dyn_moment_found_t found, uint32_t wanted,
                         dyn_slot_decision_t *slot);

/*
 * engine/decide/guide.c: what the shopper hesitates at, what else of that kind was viewed, and one that was not, each with why it fits
 * this shopper.
 */
bool dyn_guide_fill(dyn_work_t *work, dyn_moment_found_t found, uint32_t wanted,
                    dyn_slot_decision_t *slot);

/*
 * engine/decide/messages.c: what is to be said beside a cart. *gap_minor: items that cost so much close the gap until shipping is free,
 * and are still to be found; 0: there is none, or it is too large for an add-on.
 */
bool dyn_messages_fill(dyn_work_t *work, const dyn_decision_t *decision, dyn_slot_decision_t *slot,
                       int64_t *gap_minor);
/* Whether it costs enough, and not so much that nobody adds it for the shipping. */
bool dyn_closes_gap(const dyn_work_t *work, uint32_t item);

/*
 * engine/decide/bundle.c: of the bundles that have the page's item, or else something in the cart, the one that has most of the cart's
 * items, saves the largest share, is the most popular. Only one all of whose items may be shown; none that is in the cart as a whole.
 */
bool dyn_bundle_fill(dyn_work_t *work, uint32_t wanted, dyn_slot_decision_t *slot);

#endif
