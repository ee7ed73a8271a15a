/*
 * A block's heading. It speaks for every item beneath: it names a reason, or what a reason refers to, only when that is true of all
 * of them, and is neutral otherwise.
 */
#include "engine/decide/reasons.h"
#include "engine/decide/work.h"

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
    case DYN_REASON_WITHIN_PRICES:
    case DYN_REASON_CAME_BACK_TO:
    case DYN_REASON_COMPARED:
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
static dyn_text_key_t neutral(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    if (all_of_family(slot, FAMILY_ADD_ON)) {
        return work->page_item != DYN_NONE ? DYN_TEXT_TITLE_GOES_WELL_WITH_IT
                                           : DYN_TEXT_TITLE_GOES_WELL;
    }

    return all_of_family(slot, FAMILY_TASTE) ? DYN_TEXT_TITLE_RECOMMENDED : DYN_TEXT_TITLE_MAY_LIKE;
}

/* The reason's words without a reference are true of every item that has this reason. */
static dyn_text_key_t shared(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    switch (slot->choices[0].reason) {
    case DYN_REASON_POPULAR_IN:
    case DYN_REASON_COMPATIBLE_WITH:
    case DYN_REASON_COMPLETES:
    case DYN_REASON_SHARES:
        return neutral(work, slot);
    case DYN_REASON_RECENTLY_VIEWED:
        return DYN_TEXT_TITLE_RECENTLY_VIEWED;
    case DYN_REASON_RECOMMENDED:
        return DYN_TEXT_TITLE_RECOMMENDED;
    case DYN_REASON_ON_SALE:
        return DYN_TEXT_TITLE_ON_SALE;
    default:
        return dyn_text_of_reason(slot->choices[0].reason, false);
    }
}

static dyn_str_t of_key(const dyn_work_t *work, dyn_text_key_t key)
{
    return dyn_texts_write(dyn_texts_find(work->texts, work->language, (uint32_t)key), NULL,
                           work->arena);
}

static dyn_str_t from_reasons(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    if (slot->choices[0].reference_kind != DYN_REFERENCE_NONE && all_of_reason(slot, true)) {
        dyn_choice_t first = slot->choices[0];

        /* a rule's words are about one item */
        first.reason_text = DYN_STR_NONE;

        return dyn_reason_words(work->snapshot, work->texts, work->language, &first, work->arena);
    }

    return of_key(work, all_of_reason(slot, false) ? shared(work, slot) : neutral(work, slot));
}

static dyn_str_t of_content(const dyn_work_t *work, const dyn_slot_decision_t *slot)
{
    const dyn_content_t *content = dyn_policy_content(work->policy, slot->content);

    return content == NULL || content->title == DYN_NONE
               ? DYN_STR("")
               : dyn_texts_write(dyn_texts_find(work->texts, work->language, content->title), NULL,
                                 work->arena);
}

bool dyn_title_give(const dyn_work_t *work, dyn_slot_decision_t *slot)
{
    if (dyn_slot_is_empty(slot)) {
        slot->title = DYN_STR("");
        return true;
    }

    switch (slot->kind) {
    case DYN_SLOT_COMPARISON:
        slot->title = of_key(work, DYN_TEXT_TITLE_COMPARISON);
        break;
    case DYN_SLOT_GUIDE:
        slot->title = of_key(work, DYN_TEXT_TITLE_GUIDE);
        break;
    case DYN_SLOT_MESSAGES:
        slot->title = of_key(work, DYN_TEXT_TITLE_MESSAGES);
        break;
    case DYN_SLOT_BUNDLE:
        slot->title = of_key(work, DYN_TEXT_TITLE_BUNDLE);
        break;
    case DYN_SLOT_CONTENT:
        slot->title = of_content(work, slot);
        break;
    case DYN_SLOT_LIST:
    case DYN_SLOT_KINDS_COUNT:
        slot->title = from_reasons(work, slot);
        break;
    }

    return slot->title.data != NULL;
}

float dyn_slot_confidence(const dyn_slot_decision_t *slot)
{
    float sum = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        sum += slot->choices[i].strength;
    }

    return slot->count > 0 ? sum / (float)slot->count : 0;
}
