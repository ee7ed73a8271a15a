/* What rules pin in the slot, and add to it. */
#include "engine/decide/work.h"

/* Against the slot's other sources: items that are added stand among their better half. Chosen by judgement. */
static const float added_weight = 0.5f;
/* What is pinned takes its place in any case: it must not count in others' scores. */
static const float pinned_weight = 1e-6f;

static void propose_added(dyn_work_t *work, const dyn_rule_action_t *action)
{
    for (uint32_t i = 0; i < action->action->values_count; i++) {
        uint32_t item = work->policy->values[action->action->values_start + i];

        if (dyn_rule_is_true(work, action, item)) {
            dyn_candidates_propose(work, item, 1 / (1 + 0.1f * (float)i));
            if (work->explained != NULL) {
                dyn_rules_note(work, action, item, 0, dyn_filter_of(work, item));
            }
        }
    }
}

void dyn_source_rules(dyn_work_t *work)
{
    const dyn_slot_rules_t *slot = work->slot_rules;
    const dyn_rule_action_t *added = slot != NULL ? dyn_rules_first(slot, DYN_ACTION_ADD) : NULL;

    if (slot == NULL || (slot->placed_count == 0 && added == NULL)) {
        return;
    }
    dyn_candidates_begin(work, DYN_SOURCE_RULES, added != NULL ? added_weight : pinned_weight);
    work->pinning = true;
    for (uint32_t i = 0; i < slot->placed_count; i++) {
        if (slot->placed[i].pinned) {
            dyn_candidates_propose(work, slot->placed[i].item, pinned_weight);
        }
    }
    work->pinning = false;
    for (; added != NULL; added = dyn_rules_next(slot, added)) {
        propose_added(work, added);
    }
    dyn_candidates_end(work);
}
