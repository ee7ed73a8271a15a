#include "engine/decide/work.h"
#include "engine/decide/reasons.h"

#include <string.h>

static bool given_by(const dyn_work_t *work, uint32_t candidate, dyn_source_t source)
{
    return dyn_candidates_part(work, candidate, source) > 0;
}

dyn_rung_t dyn_candidate_rung(const dyn_work_t *work, uint32_t candidate)
{
    dyn_sweep_t sweep = dyn_candidates_sweep(work, candidate);

    if (sweep == DYN_SWEEP_POPULAR) {
        return DYN_RUNG_POPULAR;
    }
    if (sweep == DYN_SWEEP_LAST_GOOD) {
        return DYN_RUNG_LAST_GOOD;
    }
    if (given_by(work, candidate, DYN_SOURCE_SESSION_KNN) ||
        given_by(work, candidate, DYN_SOURCE_RECENTLY_VIEWED)) {
        return DYN_RUNG_SESSION;
    }
    /* What remains was asked about the page, or, where the page has no item, about the cart. */
    if (work->page_item != DYN_NONE) {
        return DYN_RUNG_CONTEXT;
    }
    if (given_by(work, candidate, DYN_SOURCE_CATEGORY_POPULAR) && work->page_category != DYN_NONE &&
        !work->category_from_session) {
        return DYN_RUNG_CONTEXT;
    }

    return DYN_RUNG_SESSION;
}

/* A reference is named in the text, so it must have a title. */
static bool nameable(const dyn_work_t *work, uint32_t item)
{
    return dyn_item_in_catalogue(work->snapshot, item) &&
           dyn_snapshot_string(work->snapshot, dyn_work_item(work, item)->title).len > 0;
}

/* How strongly `item` leads to `other`; 0 when it does not. */
typedef float (*weight_of_fn)(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other);

static float bought_with_weight(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other)
{
    return dyn_edges_weight(dyn_snapshot_bought_with(snapshot, item), other);
}

/* The anchor that speaks most for the item. */
static uint32_t strongest(const dyn_work_t *work, const dyn_anchor_t *anchors, uint32_t count,
                          uint32_t item, weight_of_fn weight_of)
{
    uint32_t reference = DYN_NONE;
    float best = 0;

    for (uint32_t i = 0; i < count; i++) {
        float weight = weight_of(work->snapshot, anchors[i].item, item) * anchors[i].weight;

        if (weight > best && nameable(work, anchors[i].item)) {
            best = weight;
            reference = anchors[i].item;
        }
    }

    return reference;
}

/* Of what was viewed: what leads to the item by one edge, else, the model having seen further, the newest. */
static uint32_t viewed_reference(const dyn_work_t *work, uint32_t item)
{
    uint32_t reference =
        strongest(work, work->anchors, work->anchor_count, item, dyn_snapshot_neighbour_weight);

    for (uint32_t i = 0; i < work->anchor_count && reference == DYN_NONE; i++) {
        if (nameable(work, work->anchors[i].item)) {
            reference = work->anchors[i].item;
        }
    }

    return reference;
}

static bool lists_as_compatible(const dyn_work_t *work, uint32_t anchor, uint32_t item)
{
    const dyn_item_t *record = dyn_work_item(work, anchor);

    for (uint32_t i = 0; i < record->compatible_count; i++) {
        if (work->snapshot->compatible[record->compatible_start + i] == item) {
            return nameable(work, anchor);
        }
    }

    return false;
}

static uint32_t compatible_reference(const dyn_work_t *work, uint32_t item)
{
    if (work->page_item != DYN_NONE) {
        return lists_as_compatible(work, work->page_item, item) ? work->page_item : DYN_NONE;
    }
    for (uint32_t i = 0; i < work->cart_count; i++) {
        if (lists_as_compatible(work, work->cart[i].item, item)) {
            return work->cart[i].item;
        }
    }

    return DYN_NONE;
}

static dyn_cta_t cta_of(const dyn_work_t *work, uint32_t item)
{
    if (dyn_item_price(work->snapshot, item).minor < 0) {
        return DYN_CTA_VIEW;
    }

    return dyn_work_item(work, item)->variants_count > 1 ? DYN_CTA_CHOOSE_OPTIONS
                                                         : DYN_CTA_ADD_TO_CART;
}

static void refer(dyn_choice_t *choice, dyn_reason_t reason, dyn_reference_kind_t kind,
                  uint32_t reference)
{
    choice->reason = reason;
    choice->reference_kind = reference == DYN_NONE ? DYN_REFERENCE_NONE : kind;
    choice->reference = reference;
}

void dyn_reason_give(const dyn_work_t *work, uint32_t candidate, dyn_choice_t *choice)
{
    dyn_anchor_t page = {work->page_item, 1};
    bool has_page = work->page_item != DYN_NONE;
    uint32_t item = work->candidates.items[candidate];

    choice->item = item;
    choice->source = dyn_candidates_main_source(work, candidate);
    choice->cta = cta_of(work, item);

    switch (choice->source) {
    case DYN_SOURCE_SESSION_KNN:
        refer(choice, DYN_REASON_BECAUSE_VIEWED, DYN_REFERENCE_ITEM, viewed_reference(work, item));
        break;
    case DYN_SOURCE_SIMILAR:
        refer(choice, DYN_REASON_SIMILAR_TO, DYN_REFERENCE_ITEM,
              strongest(work, &page, has_page, item, dyn_snapshot_neighbour_weight));
        break;
    case DYN_SOURCE_BOUGHT_WITH:
        refer(choice, DYN_REASON_BOUGHT_WITH, DYN_REFERENCE_ITEM,
              strongest(work, has_page ? &page : work->cart, has_page ? 1 : work->cart_count, item,
                        bought_with_weight));
        break;
    case DYN_SOURCE_COMPATIBLE:
        refer(choice, DYN_REASON_COMPATIBLE_WITH, DYN_REFERENCE_ITEM,
              compatible_reference(work, item));
        break;
    case DYN_SOURCE_COMPLETE_THE_LOOK:
        refer(choice, DYN_REASON_COMPLETES, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    case DYN_SOURCE_TRENDING:
        refer(choice, DYN_REASON_TRENDING, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    case DYN_SOURCE_CATEGORY_POPULAR:
        refer(choice, DYN_REASON_POPULAR_IN, DYN_REFERENCE_CATEGORY,
              dyn_work_item(work, item)->category);
        break;
    case DYN_SOURCE_RECENTLY_VIEWED:
        refer(choice, DYN_REASON_RECENTLY_VIEWED, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    case DYN_SOURCE_NEW_ARRIVALS:
        refer(choice, DYN_REASON_NEW_ARRIVAL, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    case DYN_SOURCE_LAST_GOOD:
        refer(choice, DYN_REASON_RECOMMENDED, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    case DYN_SOURCE_POPULAR:
    case DYN_SOURCES_COUNT:
        refer(choice, DYN_REASON_POPULAR, DYN_REFERENCE_NONE, DYN_NONE);
        break;
    }
}

void dyn_reason_words(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice, dyn_str_t *words,
                      dyn_str_t *name)
{
    *words = dyn_reason_text(choice->reason, choice->reference_kind != DYN_REFERENCE_NONE);
    *name = DYN_STR("");
    if (choice->reference_kind == DYN_REFERENCE_ITEM) {
        *name = dyn_snapshot_string(snapshot, snapshot->items[choice->reference].title);
    } else if (choice->reference_kind == DYN_REFERENCE_CATEGORY) {
        *name = dyn_snapshot_string(snapshot, snapshot->categories[choice->reference].name);
    }
}

/* How many of the slot's choices share the choice's reason and, when asked, its reference. */
static uint32_t sharing(const dyn_slot_decision_t *slot, const dyn_choice_t *choice, bool reference)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        count += slot->choices[i].reason == choice->reason &&
                 (!reference || (slot->choices[i].reference_kind == choice->reference_kind &&
                                 slot->choices[i].reference == choice->reference));
    }

    return count;
}

static dyn_str_t heading(dyn_reason_t reason)
{
    switch (reason) {
    case DYN_REASON_BECAUSE_VIEWED:
    case DYN_REASON_RECOMMENDED:
        return DYN_STR("Recommended for you");
    case DYN_REASON_SIMILAR_TO:
        return DYN_STR("You may also like");
    case DYN_REASON_COMPATIBLE_WITH:
        return DYN_STR("Goes well with it");
    case DYN_REASON_COMPLETES:
        return DYN_STR("Complete the look");
    case DYN_REASON_RECENTLY_VIEWED:
        return DYN_STR("Recently viewed");
    default:
        return dyn_reason_text(reason, false);
    }
}

/*
 * The heading speaks for the block as a whole: it names the item or category only when at least half of the choices come
 * from that one, and otherwise the reason that most choices share.
 */
bool dyn_title_give(const dyn_work_t *work, dyn_slot_decision_t *slot)
{
    const dyn_choice_t *main_choice = NULL;
    uint32_t most = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        uint32_t count = sharing(slot, &slot->choices[i], false);

        if (count > most) {
            most = count;
            main_choice = &slot->choices[i];
        }
        if (2 * most >= slot->count) {
            break;
        }
    }
    if (main_choice == NULL) {
        slot->title = DYN_STR("");
        return true;
    }

    dyn_reason_t reason = main_choice->reason;
    slot->title = heading(reason);
    if (reason != DYN_REASON_BECAUSE_VIEWED && reason != DYN_REASON_SIMILAR_TO &&
        reason != DYN_REASON_POPULAR_IN) {
        return true;
    }

    for (uint32_t i = 0; i < slot->count; i++) {
        const dyn_choice_t *choice = &slot->choices[i];

        if (choice->reason != reason || choice->reference_kind == DYN_REFERENCE_NONE ||
            sharing(slot, choice, true) * 2 < slot->count) {
            continue;
        }

        dyn_str_t prefix;
        dyn_str_t name;

        dyn_reason_words(work->snapshot, choice, &prefix, &name);
        if (reason == DYN_REASON_SIMILAR_TO) {
            /* the shopper is looking at it: on its own page, this is the same thing said of the whole block */
            prefix = dyn_reason_text(DYN_REASON_BECAUSE_VIEWED, true);
        }

        char *text = dyn_arena_alloc(work->arena, prefix.len + name.len);

        if (text == NULL) {
            return false;
        }
        memcpy(text, prefix.data, prefix.len);
        memcpy(text + prefix.len, name.data, name.len);
        slot->title = (dyn_str_t){text, prefix.len + name.len};

        return true;
    }

    return true;
}
