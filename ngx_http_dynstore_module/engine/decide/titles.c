/*
 * A block's heading. It speaks for every item beneath: it names a reason, or what a reason refers to, only when that is true of all
 * of them, and is neutral otherwise.
 */
#include "engine/decide/reasons.h"
#include "engine/decide/work.h"

#include <string.h>

/* Reasons that one heading is true of, though they differ. */
typedef enum {
    FAMILY_TASTE,  /* the shopper, and what looks like it */
    FAMILY_ADD_ON, /* goes with something */
    FAMILY_OTHER
} family_t;

static family_t family_of(dyn_reason_t reason)
{
    switch (reason) {
    case DYN_REASON_BECAUSE_VIEWED:
    case DYN_REASON_BECAUSE_ADDED:
    case DYN_REASON_MORE_FROM:
    case DYN_REASON_SHARES:
    case DYN_REASON_MATCHES_SEARCH:
    case DYN_REASON_MATCHES_AD:
    case DYN_REASON_MATCHES_FILTER:
    case DYN_REASON_RECOMMENDED:
        return FAMILY_TASTE;
    case DYN_REASON_BOUGHT_WITH:
    case DYN_REASON_COMPATIBLE_WITH:
    case DYN_REASON_COMPLETES:
        return FAMILY_ADD_ON;
    default:
        return FAMILY_OTHER;
    }
}

static bool all_of_family(const dyn_slot_decision_t *slot, family_t family)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        if (family_of(slot->choices[i].reason) != family) {
            return false;
        }
    }

    return true;
}

static bool all_of_reason(const dyn_slot_decision_t *slot, bool reference)
{
    const dyn_choice_t *first = &slot->choices[0];

    for (uint32_t i = 1; i < slot->count; i++) {
        const dyn_choice_t *choice = &slot->choices[i];

        if (choice->reason != first->reason ||
            (reference && (choice->reference_kind != first->reference_kind ||
                           choice->reference != first->reference))) {
            return false;
        }
    }

    return true;
}

/* What can be said of choices that do not all have one reason, or whose reason names nothing that they share. */
static dyn_str_t neutral(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    if (all_of_family(slot, FAMILY_ADD_ON)) {
        return work->page_item != DYN_NONE ? DYN_STR("Goes well with it")
                                           : DYN_STR("Goes well with your choice");
    }
    if (all_of_family(slot, FAMILY_TASTE)) {
        return DYN_STR("Recommended for you");
    }

    return DYN_STR("You may also like");
}

/* The reason's words without a reference are true of every item that has this reason. */
static dyn_str_t shared(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    switch (slot->choices[0].reason) {
    case DYN_REASON_POPULAR_IN:
    case DYN_REASON_COMPATIBLE_WITH:
    case DYN_REASON_COMPLETES:
    case DYN_REASON_SHARES:
        return neutral(work, slot);
    case DYN_REASON_RECENTLY_VIEWED:
        return DYN_STR("Recently viewed");
    case DYN_REASON_ON_SALE:
        return DYN_STR("On sale");
    default:
        return dyn_reason_text(slot->choices[0].reason, false);
    }
}

static bool name_reference(const dyn_work_t *work, dyn_slot_decision_t *slot)
{
    dyn_str_t prefix;
    dyn_str_t name;

    dyn_reason_words(work->snapshot, &slot->choices[0], &prefix, &name);

    char *text = dyn_arena_alloc(work->arena, prefix.len + name.len);

    if (text == NULL) {
        return false;
    }
    memcpy(text, prefix.data, prefix.len);
    memcpy(text + prefix.len, name.data, name.len);
    slot->title = (dyn_str_t){text, prefix.len + name.len};

    return true;
}

bool dyn_title_give(const dyn_work_t *work, dyn_slot_decision_t *slot)
{
    if (slot->count == 0) {
        slot->title = DYN_STR("");
        return true;
    }
    if (slot->choices[0].reference_kind != DYN_REFERENCE_NONE && all_of_reason(slot, true)) {
        return name_reference(work, slot);
    }

    slot->title = all_of_reason(slot, false) ? shared(work, slot) : neutral(work, slot);

    return true;
}

float dyn_slot_confidence(const dyn_slot_decision_t *slot)
{
    float sum = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        sum += slot->choices[i].strength;
    }

    return slot->count > 0 ? sum / (float)slot->count : 0;
}
