/* The slot `bundle`: items that the shop sells together, one of which is the page's, or some of which are in the cart. */
#include "engine/catalogue/bundles.h"
#include "engine/decide/moment_slots.h"

/* How good a bundle is, the first of these first. */
typedef struct {
    uint32_t bundle; /* DYN_NONE: there is none */
    uint32_t chosen; /* of its items, those that are in the cart */
    float saved;     /* share of what its items cost */
    float popularity;
} offer_t;

static bool was_bought(const dyn_work_t *work, uint32_t item)
{
    for (uint32_t i = 0; work->session != NULL && i < work->session->purchased_count; i++) {
        if (work->session->purchased[i].item == item) {
            return true;
        }
    }

    return false;
}

/* Neither masked nor left out for what the session says, or shown elsewhere. What is chosen or looked at may be in it. */
static bool may_be_in(const dyn_work_t *work, uint32_t item)
{
    const dyn_exclusion_t *exclusion =
        dyn_exclusions_find(&work->exclusions, dyn_work_item(work, item)->group);

    if (dyn_filter_mask(work, item) >= 0) {
        return false;
    }
    if (exclusion->group == DYN_NONE || exclusion->filter < 0 ||
        exclusion->filter == DYN_FILTER_VIEWED) {
        return true;
    }

    /* what was bought before may be looked at again, which is then why it is left out elsewhere */
    return exclusion->item == item &&
           (exclusion->filter == DYN_FILTER_CURRENT_ITEM ||
            exclusion->filter == DYN_FILTER_IN_CART) &&
           !was_bought(work, item);
}

static bool in_cart(const dyn_work_t *work, uint32_t item)
{
    for (uint32_t i = 0; work->session != NULL && i < work->session->cart_count; i++) {
        if (work->session->cart[i].item == item) {
            return true;
        }
    }

    return false;
}

/* False when it is none for this shopper. */
static bool judge(const dyn_work_t *work, uint32_t number, uint32_t wanted, offer_t *offer)
{
    const dyn_bundle_t *bundle = &work->snapshot->bundles[number];
    const uint32_t *items = dyn_bundle_items(work->snapshot, bundle);
    dyn_bundle_price_t price = dyn_bundle_price(work->snapshot, bundle, work->request->now_ms);

    *offer = (offer_t){.bundle = number};
    if (bundle->items_count > wanted) {
        return false;
    }
    for (uint32_t i = 0; i < bundle->items_count; i++) {
        if (!may_be_in(work, items[i]) || dyn_rules_apart(work, items, i, items[i])) {
            return false;
        }
        offer->chosen += in_cart(work, items[i]);
        offer->popularity += dyn_work_item(work, items[i])->popularity / (float)bundle->items_count;
    }
    if (price.sum_minor > 0) {
        offer->saved = (float)price.saved_minor / (float)price.sum_minor;
    }

    /* who has all of it needs none */
    return offer->chosen < bundle->items_count;
}

static bool better(const offer_t *a, const offer_t *b)
{
    if (b->bundle == DYN_NONE || a->chosen != b->chosen) {
        return b->bundle == DYN_NONE || a->chosen > b->chosen;
    }
    if (a->saved != b->saved) {
        return a->saved > b->saved;
    }
    if (a->popularity != b->popularity) {
        return a->popularity > b->popularity;
    }

    return a->bundle < b->bundle;
}

static void look_at(const dyn_work_t *work, uint32_t item, uint32_t wanted, offer_t *best)
{
    dyn_bundle_members_t members = dyn_bundles_of(work->snapshot, item);

    for (uint32_t i = 0; i < members.count; i++) {
        offer_t offer;

        if (judge(work, members.rows[i].bundle, wanted, &offer) && better(&offer, best)) {
            *best = offer;
        }
    }
}

bool dyn_bundle_fill(dyn_work_t *work, uint32_t wanted, dyn_slot_decision_t *slot)
{
    offer_t best = {.bundle = DYN_NONE};

    if (work->page_item != DYN_NONE) {
        look_at(work, work->page_item, wanted, &best);
    } else {
        for (uint32_t i = 0; i < work->cart_count; i++) {
            look_at(work, work->cart[i].item, wanted, &best);
        }
    }
    if (best.bundle == DYN_NONE) {
        return true;
    }

    const dyn_bundle_t *bundle = &work->snapshot->bundles[best.bundle];
    const uint32_t *items = dyn_bundle_items(work->snapshot, bundle);

    slot->choices = dyn_arena_alloc(work->arena, bundle->items_count * sizeof(dyn_choice_t));
    if (slot->choices == NULL) {
        return false;
    }
    for (; slot->count < bundle->items_count; slot->count++) {
        slot->choices[slot->count] =
            (dyn_choice_t){.item = items[slot->count],
                           .score = 1 - (float)slot->count / (2.0f * DYN_BUNDLE_ITEMS_MAX),
                           .source = DYN_SOURCE_COMPATIBLE,
                           .reason = DYN_REASON_IN_BUNDLE,
                           .reference = DYN_NONE,
                           .strength = 1,
                           .cta = DYN_CTA_ADD_BUNDLE,
                           .propensity = 1};
    }
    slot->bundle = best.bundle;
    slot->rung = work->page_item != DYN_NONE ? DYN_RUNG_CONTEXT : DYN_RUNG_SESSION;

    return true;
}
