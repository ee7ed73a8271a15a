/*
 * How well an item fits what is known of the shopper, as factors of at most 1. Their figures are chosen by judgement and checked by
 * the shopping stories (t/stories); docs/recommendations.md says the same in words.
 */
#include "engine/base/curves.h"
#include "engine/catalogue/kind.h"
#include "engine/catalogue/traits.h"
#include "engine/decide/work.h"
#include "engine/session/shown.h"

#include <math.h>

/* Below this nothing fits worse: an order among bad fits stays. */
static const float fit_least = 0.02f;

/* ---- price ---- */

/*
 * e^(-steepness * strength^3 * how far the price lies outside the band, as a logarithm). Above it, what counts is the distance to the
 * band or to the cheapest quarter of what is listed (elsewhere, of the item's own category), whichever is dearer: who looked at
 * pegs is shown the cheaper tents, not none. Below it the fall is gentle.
 */
static const float steepness_above = 14.0f;
static const float steepness_below = 2.0f;
/* In a listing, prices stand beside each other: there the fall is steeper. */
static const float steepness_listing = 3.0f;
/* From this strength on the band was asked for, by a filter or in words, and holds at both ends. */
static const float strength_asked = 0.75f;

/* What replaces a sold-out item costs about the same. */
static const float steepness_gone = 1.5f;

static float fit_price(double price, double low, double high, float strength, float steeper)
{
    float weight = strength * strength * strength * steeper;

    if (high > 0 && price > high) {
        return (float)dyn_pow(price / high, -steepness_above * weight);
    }
    if (low > 0 && price < low) {
        return (float)dyn_pow(
            low / price, -weight * (strength < strength_asked ? steepness_below : steepness_above));
    }

    return 1;
}

static float fit_prices(const dyn_work_t *work, uint32_t item)
{
    const dyn_session_t *session = work->session;
    int64_t price = dyn_item_asked_price(work->snapshot, item, work->request->now_ms).minor;
    uint32_t category = dyn_work_item(work, item)->category;
    bool listing = work->request->context->surface == DYN_SURFACE_PLP;
    float fit = 1;

    if (price <= 0) {
        return 1;
    }
    if (work->within != DYN_NONE && work->page_category != DYN_NONE) {
        category = work->page_category;
    }
    if (work->page_sold_out) {
        int64_t gone =
            dyn_item_asked_price(work->snapshot, work->page_item, work->request->now_ms).minor;

        fit = gone > 0
                  ? (float)dyn_exp(-steepness_gone * fabs(dyn_log((double)price / (double)gone)))
                  : 1;
    }
    if (session != NULL && session->price_high > 0 && session->price_strength > 0) {
        double high = (double)session->price_high;

        if (price > session->price_high && category != DYN_NONE) {
            int64_t cheap = dyn_category_price_low(work->snapshot, category);

            high = cheap > session->price_high ? (double)cheap : high;
        }
        fit *= fit_price((double)price, (double)session->price_low, high, session->price_strength,
                         listing ? steepness_listing : 1);
    }
    for (uint32_t i = 0; i < work->wish_count; i++) {
        const dyn_meaning_t *meaning = &work->wishes[i].meaning;

        if (meaning->price_low > 0 || meaning->price_high > 0) {
            fit *= fit_price((double)price, (double)meaning->price_low, (double)meaning->price_high,
                             work->wishes[i].strength, 1);
        }
    }

    return fit;
}

/* ---- add-ons ---- */

const float dyn_fit_add_on_least = 0.4f;
const float dyn_fit_proved_least = 0.1f;
static const float add_on_steepness = 3.0f;

float dyn_fit_add_on(const dyn_work_t *work, uint32_t item)
{
    if (!(work->add_on_price > 0)) {
        return 1;
    }

    /* up to this an add-on fits wholly; what costs more, less */
    double limit = work->policy->guardrails.add_on_share * work->add_on_price;
    double cheap = (double)work->snapshot->price_low;
    double price = (double)dyn_item_asked_price(work->snapshot, item, work->request->now_ms).minor;

    /* what is cheap in this shop goes with anything */
    limit = limit > cheap ? limit : cheap;

    return price <= limit ? 1 : (float)dyn_pow(limit / price, add_on_steepness);
}

/* ---- what was chosen, turned down, shown ---- */

static const float settled_fit = 0.04f;
static const float rejected_kind_fit = 0.7f;
/* So often an item is damped at most for being shown in vain: what is left is still found. */
static const float damped_most = 6;

static float fit_choice(const dyn_work_t *work, uint32_t item)
{
    const dyn_session_t *session = work->session;
    float fit = 1;

    for (uint32_t i = 0; i < work->settled_count && fit == 1; i++) {
        if (dyn_same_kind(work->snapshot, work->settled[i].item, item)) {
            fit = settled_fit;
        }
    }
    for (uint32_t i = 0; session != NULL && i < session->rejected_count; i++) {
        const dyn_rejection_t *rejected = &session->rejected[i];

        if (rejected->item == item) {
            fit *= 1 - 0.9f * rejected->weight;
        } else if (dyn_edges_weight(work->like_rejected[i], item) > 0) {
            fit *= 1 - (1 - rejected_kind_fit) * rejected->weight;
        }
    }
    if (session != NULL && session->shown_count > 0) {
        uint32_t times = dyn_session_shown(session, work->snapshot, item);

        float beyond = (float)times - (float)work->policy->guardrails.fatigue_shown + 1;

        if (beyond > 0) {
            fit *= (float)dyn_pow(work->policy->guardrails.fatigue_factor,
                                  beyond < damped_most ? beyond : damped_most);
        }
    }

    return fit;
}

/* ---- for whom ---- */

/*
 * Who is not known is shown what is for everybody first; who is known, what is for somebody else last. The page's item tells as well
 * as the session. What is for children is for children alone, and beside it the rest of the shop is for adults.
 */
static const float audience_unknown_fit = 0.8f;
static const float audience_other_fit = 0.3f;
static const float kids_fit = 0.15f;

/* Bits of what an item's audiences are to this request. */
enum { FOR_SOMEBODY = 1, FOR_EVERYBODY = 2, FOR_KIDS = 4, FOR_THESE = 8 };

static unsigned audience_of(const dyn_work_t *work, uint32_t item)
{
    const dyn_snapshot_t *snapshot = work->snapshot;
    dyn_numbers_t traits = dyn_item_traits(snapshot, item);
    unsigned bits = 0;

    for (uint32_t i = 0; i < traits.count; i++) {
        uint32_t trait = traits.numbers[i];

        if (trait < snapshot->audiences_start || trait >= snapshot->audiences_end) {
            continue;
        }
        bits |= trait == snapshot->audience_everybody ? FOR_EVERYBODY : FOR_SOMEBODY;
        bits |= trait == snapshot->audience_kids ? FOR_KIDS : 0;
        bits |= dyn_likes_has(&work->liked_traits, trait) ||
                        (work->page_item != DYN_NONE &&
                         dyn_item_has_trait(snapshot, work->page_item, trait))
                    ? FOR_THESE
                    : 0;
    }

    return bits;
}

static float fit_audience(const dyn_work_t *work, uint32_t item)
{
    unsigned bits;

    if (work->snapshot->audiences_end == work->snapshot->audiences_start) {
        return 1;
    }
    bits = audience_of(work, item);
    if ((bits & FOR_KIDS) != 0 && (bits & FOR_THESE) == 0 &&
        (work->audience_known || work->for_adults)) {
        return kids_fit;
    }
    if (work->for_kids && (bits & FOR_KIDS) == 0) {
        return kids_fit;
    }
    if ((bits & FOR_SOMEBODY) == 0 || (bits & (FOR_THESE | FOR_EVERYBODY)) != 0) {
        return 1;
    }

    return work->audience_known ? audience_other_fit : audience_unknown_fit;
}

bool dyn_is_for_others(const dyn_work_t *work, uint32_t item)
{
    return fit_audience(work, item) <= audience_other_fit;
}

float dyn_fit(const dyn_work_t *work, uint32_t item)
{
    float fit = fit_prices(work, item) * fit_choice(work, item) * fit_audience(work, item);

    return fit > fit_least ? fit : fit_least;
}
