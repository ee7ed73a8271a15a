#include "engine/decide/work.h"

const dyn_last_good_slot_t *dyn_previous_of(const dyn_request_t *request, dyn_str_t slot)
{
    for (size_t i = 0; i < request->previous_count; i++) {
        if (dyn_str_equal(request->previous[i].slot, slot)) {
            return &request->previous[i];
        }
    }

    return NULL;
}

/* Its place in what is still seen; DYN_NONE: none. */
static uint32_t place_of(const dyn_work_t *work, uint32_t item)
{
    uint32_t count = work->previous != NULL ? work->previous->count : 0;

    for (uint32_t i = 0; i < count && i < DYN_SLOT_ITEMS_MAX; i++) {
        if (work->previous->items[i] == item) {
            return i;
        }
    }

    return DYN_NONE;
}

float dyn_hysteresis_lift(const dyn_work_t *work, uint32_t item)
{
    return work->previous != NULL && place_of(work, item) != DYN_NONE
               ? 1 + (float)work->policy->guardrails.hysteresis
               : 1;
}

/* Scores fall down the slot: a place gained is no better score. */
static void let_scores_fall(dyn_choice_t *choices, uint32_t first, uint32_t count)
{
    for (uint32_t i = first + 1; i < count; i++) {
        if (choices[i].score > choices[i - 1].score) {
            choices[i].score = choices[i - 1].score;
        }
    }
}

/* The places of new items stay theirs: only what was seen before changes places with what was. */
void dyn_hysteresis_order(const dyn_work_t *work, dyn_choice_t *choices, uint32_t first,
                          uint32_t count)
{
    float margin = 1 + (float)work->policy->guardrails.hysteresis;
    uint32_t places[DYN_SLOT_ITEMS_MAX];
    uint32_t kept = 0;

    if (work->previous == NULL) {
        return;
    }
    for (uint32_t i = first; i < count; i++) {
        if (place_of(work, choices[i].item) != DYN_NONE) {
            places[kept++] = i;
        }
    }
    for (uint32_t i = 1; i < kept; i++) {
        for (uint32_t k = i; k > 0; k--) {
            dyn_choice_t *above = &choices[places[k - 1]];
            dyn_choice_t *below = &choices[places[k]];

            if (place_of(work, below->item) > place_of(work, above->item) ||
                above->score > below->score * margin) {
                break;
            }

            dyn_choice_t moved = *above;

            *above = *below;
            *below = moved;
        }
    }
    let_scores_fall(choices, first, count);
}
