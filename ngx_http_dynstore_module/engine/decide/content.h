/*
 * Which content a slot shows above its items, or alone: of those of its name that are in their schedule and whose match holds the one
 * with the most conditions, then the highest priority, then the smallest id. Of several that are wordings of one thing (variant_of) and
 * equal in that, a visitor always gets the same. A rule's action `content` goes before all that; only schedule and countries bind it,
 * too. Internal to the engine.
 */
#ifndef DYN_DECIDE_CONTENT_H
#define DYN_DECIDE_CONTENT_H

#include "engine/decide/work.h"

/*
 * Chooses the slot's content, and where the slot shows nothing else the items that stand beneath it: those that no mask removes, at most
 * as many as the slot may show. To be called behind dyn_rules_enter(); nothing is set where there is none. False when the arena is
 * exhausted.
 */
bool dyn_content_fill(dyn_work_t *work, dyn_slot_decision_t *slot);

#endif
