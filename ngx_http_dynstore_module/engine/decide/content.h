/* Content: which entry of the policy a slot shows above its items, or alone. Internal to the engine. */
#ifndef DYN_DECIDE_CONTENT_H
#define DYN_DECIDE_CONTENT_H

#include "engine/decide/work.h"
#include "engine/policy/conditions.h"

/* True when the policy has content for this slot. */
bool dyn_content_has(const dyn_policy_t *policy, dyn_str_t slot);

/*
 * Of those entries of the slot whose time and conditions hold: the one that asks for most, then the higher priority, then the smaller
 * id; among wordings of one thing the visitor's, which is always the same. wanted: one that a rule names, where its time holds; NULL: none.
 * Its items become the slot's choices, as far as they may be shown. Nothing is set where there is none. False when the
 * arena is exhausted.
 */
bool dyn_content_fill(dyn_work_t *work, const dyn_asking_t *asking, dyn_str_t wanted,
                      dyn_slot_decision_t *slot);

#endif
