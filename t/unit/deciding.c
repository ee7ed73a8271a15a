#include "deciding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void visit_begin(visit_t *visit)
{
    memset(visit, 0, sizeof(*visit));
    visit->session.recent = visit->recent;
    visit->session.cart = visit->cart;
    visit->session.purchased = visit->purchased;
}

void visit_views(visit_t *visit, uint32_t item)
{
    dyn_session_t *session = &visit->session;
    uint32_t place = 0;

    while (place < session->recent_count && visit->recent[place].item != item) {
        place++;
    }
    if (place == session->recent_count) {
        visit->recent[place] = (dyn_interest_t){.item = item};
        session->recent_count++;
    }

    dyn_interest_t seen = visit->recent[place];

    memmove(visit->recent + 1, visit->recent, place * sizeof(dyn_interest_t));
    for (uint32_t i = 1; i < session->recent_count; i++) {
        visit->recent[i].interest *= 0.9F;
        visit->recent[i].events_ago++;
    }
    seen.item = item;
    seen.interest = seen.interest * 0.9F + 1;
    seen.views++;
    seen.events_ago = 0;
    seen.last_ms = DECIDING_NOW_MS - 1000;
    visit->recent[0] = seen;
    session->event_count++;
}

void visit_adds(visit_t *visit, uint32_t item)
{
    visit->cart[visit->session.cart_count++] =
        (dyn_cart_line_t){.item = item, .quantity = 1, .time_ms = DECIDING_NOW_MS - 1000};
    visit->session.cart_ms = DECIDING_NOW_MS - 1000;
    visit->session.event_count++;
}

void visit_buys(visit_t *visit, uint32_t item)
{
    visit->purchased[visit->session.purchased_count++] =
        (dyn_bought_t){.item = item, .time_ms = DECIDING_NOW_MS - 1000};
    visit->session.event_count++;
}

void deciding_begin(deciding_t *deciding, dyn_surface_t surface, const char *item_id)
{
    memset(deciding, 0, offsetof(deciding_t, block));
    deciding->context.surface = surface;
    deciding->context.item_id = dyn_str_from(item_id);
    deciding->request.context = &deciding->context;
    deciding->request.now_ms = DECIDING_NOW_MS;
    deciding->request.seed = 0x0123456789abcdef;
    deciding->request.ttl_s = 5;
    deciding->request.slot_count = dyn_default_slots(surface, &deciding->request.slots);
}

const dyn_slot_decision_t *deciding_run(deciding_t *deciding, const dyn_snapshot_t *snapshot)
{
    dyn_arena_init(&deciding->arena, deciding->block, sizeof(deciding->block), NULL, NULL);
    if (!dyn_decide(snapshot, deciding->policy, &deciding->request, &deciding->arena,
                    &deciding->decision, deciding->explains ? &deciding->explanation : NULL)) {
        fprintf(stderr, "deciding: the arena of %zu bytes is too small\n", sizeof(deciding->block));
        abort();
    }

    return deciding->decision.slots;
}

bool slot_shows(const dyn_slot_decision_t *slot, uint32_t item)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->choices[i].item == item) {
            return true;
        }
    }

    return false;
}

int removed_by(const deciding_t *deciding, uint32_t slot, uint32_t item)
{
    const dyn_slot_explanation_t *explanation = &deciding->explanation.slots[slot];

    for (uint32_t i = 0; i < explanation->count; i++) {
        if (explanation->candidates[i].item == item) {
            return explanation->candidates[i].removed_by;
        }
    }

    return -2;
}
