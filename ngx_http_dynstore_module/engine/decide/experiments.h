/* Experiments' part in one decision: which variants the visitor has, and what they make of a slot. */
#ifndef DYN_EXPERIMENTS_H
#define DYN_EXPERIMENTS_H

#include "engine/decide/rules.h"

/*
 * Finds the visitor's variants, those that request->force names first; rules->asking.assignments is set to what is in force. To be called
 * when all else of rules->asking is described. False when the arena is exhausted.
 */
bool dyn_experiments_assign(struct dyn_work_s *work, dyn_rules_t *rules);

/* The overrides of a slot by the variants in force, at most `most`; of two that say something of one thing the later one holds. */
enum { DYN_SLOT_OVERRIDES_MAX = 16 };
uint32_t dyn_experiments_overrides(const struct dyn_work_s *work, dyn_str_t slot,
                                   const dyn_variation_t *overrides[DYN_SLOT_OVERRIDES_MAX]);
/* Whether a variant in force shows nothing in the slot. */
bool dyn_experiments_hide(const struct dyn_work_s *work, dyn_str_t slot);
/* The content that a variant in force shows in the slot; empty: none does. */
dyn_str_t dyn_experiments_content(const struct dyn_work_s *work, dyn_str_t slot);
/* Writes the decision's assignments: those in whose scope some slot is. False when the arena is exhausted. */
bool dyn_experiments_note(const struct dyn_work_s *work, dyn_decision_t *decision);

#endif
