#include "engine/catalogue/kind.h"
#include "engine/decide/moment_slots.h"

/* A claim that the slot makes already counts so much less: each item says something else where it can. */
static const float said_already = 0.5f;

typedef struct {
    dyn_work_t *work;
    uint32_t wanted;
    dyn_slot_decision_t *slot;
} guide_t;

static bool same_claim(const dyn_choice_t *a, const dyn_choice_t *b)
{
    return a->reason == b->reason && a->reference_kind == b->reference_kind &&
           a->reference == b->reference;
}

static bool is_there(const guide_t *guide, uint32_t item)
{
    for (uint32_t i = 0; i < guide->slot->count; i++) {
        if (dyn_work_item(guide->work, guide->slot->choices[i].item)->group ==
            dyn_work_item(guide->work, item)->group) {
            return true;
        }
    }

    return false;
}

static bool is_in_cart(const dyn_work_t *work, uint32_t item)
{
    for (uint32_t i = 0; i < work->session->cart_count; i++) {
        if (work->session->cart[i].item == item) {
            return true;
        }
    }

    return false;
}

/* Never with one of those that are there. */
static bool is_apart(const guide_t *guide, uint32_t item)
{
    for (uint32_t i = 0; i < guide->slot->count; i++) {
        if (dyn_rules_apart(guide->work, &guide->slot->choices[i].item, 1, item)) {
            return true;
        }
    }

    return false;
}

/* The claim that says most and is not said yet; false: nothing can be said of it. */
static bool advise(guide_t *guide, uint32_t item)
{
    enum { CLAIMS_MAX = 8 };
    dyn_slot_decision_t *slot = guide->slot;
    dyn_choice_t claims[CLAIMS_MAX];
    float most = 0;
    uint32_t best = 0;

    if (slot->count == guide->wanted || is_there(guide, item) ||
        dyn_filter_mask(guide->work, item) >= 0 || is_apart(guide, item)) {
        return false;
    }

    uint32_t count = dyn_reason_fits(guide->work, item, 0, claims, CLAIMS_MAX);

    for (uint32_t i = 0; i < count; i++) {
        float strength = claims[i].strength;

        for (uint32_t k = 0; k < slot->count; k++) {
            strength *= same_claim(&claims[i], &slot->choices[k]) ? said_already : 1;
        }
        if (strength > most) {
            most = strength;
            best = i;
        }
    }
    if (!(most > 0)) {
        return false;
    }

    dyn_choice_t *choice = &slot->choices[slot->count];

    *choice = claims[best];
    choice->item = item;
    choice->propensity = 1;
    choice->source = DYN_SOURCE_LIKED;
    choice->score = 1 - (float)slot->count / (2.0f * DYN_GUIDE_ITEMS_MAX);
    choice->cta = is_in_cart(guide->work, item) ? DYN_CTA_VIEW : dyn_cta_of(guide->work, item);
    slot->count++;

    return true;
}

/* Of those that the shopper has not seen, the one that fits best. */
static void advise_another(guide_t *guide, uint32_t of)
{
    enum { LOOKED_AT = 16 };
    dyn_work_t *work = guide->work;
    dyn_edges_t alike = dyn_snapshot_similar(work->snapshot, of);
    float most = 0;
    uint32_t best = DYN_NONE;

    for (uint32_t i = 0; i < alike.count && i < LOOKED_AT; i++) {
        uint32_t item = alike.edges[i].item;
        dyn_choice_t claim;
        float fit = alike.edges[i].weight * dyn_fit(work, item);

        if (fit > most && dyn_same_kind(work->snapshot, of, item) && !is_there(guide, item) &&
            dyn_filter_of(work, item) < 0 && !is_apart(guide, item) &&
            dyn_reason_fits(work, item, 0, &claim, 1) > 0) {
            most = fit;
            best = item;
        }
    }
    if (best != DYN_NONE) {
        (void)advise(guide, best);
    }
}

bool dyn_guide_fill(dyn_work_t *work, dyn_moment_found_t found, uint32_t wanted,
                    dyn_slot_decision_t *slot)
{
    guide_t guide = {work, wanted < DYN_GUIDE_ITEMS_MAX ? wanted : DYN_GUIDE_ITEMS_MAX, slot};
    const dyn_session_t *session = work->session;

    slot->choices = dyn_arena_alloc(work->arena, DYN_GUIDE_ITEMS_MAX * sizeof(dyn_choice_t));
    if (slot->choices == NULL) {
        return false;
    }

    (void)advise(&guide, found.item);

    /* one place is left for what is new */
    uint32_t viewed_end = guide.wanted > 1 ? guide.wanted - 1 : 1;

    for (uint32_t i = 0; i < session->recent_count && slot->count < viewed_end; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->views > 0 && !recent->added && recent->item != found.item &&
            dyn_same_kind(work->snapshot, found.item, recent->item)) {
            (void)advise(&guide, recent->item);
        }
    }
    advise_another(&guide, found.item);
    slot->rung = slot->count > 0 ? DYN_RUNG_SESSION : DYN_RUNG_NONE;

    return true;
}
