/* Sessions made by hand and one call to decide, for tests and benches. */
#ifndef DECIDING_H
#define DECIDING_H

#include "engine/base/arena.h"
#include "engine/decide/decide.h"

#define DECIDING_NOW_MS 1700000000000

typedef struct {
    dyn_session_t session;
    dyn_interest_t recent[DYN_FOLD_ITEMS_MAX];
    dyn_cart_line_t cart[DYN_FOLD_ITEMS_MAX];
    dyn_bought_t purchased[DYN_FOLD_ITEMS_MAX];
} visit_t;

void visit_begin(visit_t *visit);
/* The newest event so far: interest 1, the earlier ones fade by 0.9. */
void visit_views(visit_t *visit, uint32_t item);
void visit_adds(visit_t *visit, uint32_t item);
void visit_buys(visit_t *visit, uint32_t item);

/* All that one decision needs; zeroed but for surface and slots, then changed by the test. */
typedef struct {
    dyn_context_t context;
    dyn_request_t request;
    const dyn_policy_t *policy; /* NULL: the built-in one */
    dyn_decision_t decision;
    dyn_explanation_t explanation;
    bool explains;
    dyn_arena_t arena;
    char block[1 << 21];
} deciding_t;

void deciding_begin(deciding_t *deciding, dyn_surface_t surface, const char *item_id);
/* The first slot of the decision, made within the whole block; fails the test when the arena does not suffice. */
const dyn_slot_decision_t *deciding_run(deciding_t *deciding, const dyn_snapshot_t *snapshot);
bool slot_shows(const dyn_slot_decision_t *slot, uint32_t item);
/* The filter that removed the item in the explanation's slot, or -1; -2 when the item is no candidate there. */
int removed_by(const deciding_t *deciding, uint32_t slot, uint32_t item);

#endif
