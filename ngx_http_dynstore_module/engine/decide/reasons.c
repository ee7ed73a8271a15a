/*
 * Why an item is shown. A reason is a claim that can be recomputed from events and catalogue (docs/recommendations.md lists what each
 * needs). The sources that proposed the item are gone through, the one that gave most first, and the first claim that holds is
 * given; where none does, a neutral one that claims nothing.
 */
#include "engine/catalogue/kind.h"
#include "engine/catalogue/snapshot.h"
#include "engine/catalogue/traits.h"
#include "engine/catalogue/trends.h"
#include "engine/decide/reasons.h"
#include "engine/decide/work.h"

#include <string.h>

static bool given_by(const dyn_work_t *work, uint32_t candidate, dyn_source_t source)
{
    return dyn_candidates_part(work, candidate, source) > 0;
}

/* Of the page's own search and the ad that led to it, Redis knows nothing yet. */
static bool words_of_session(const dyn_work_t *work)
{
    const dyn_entry_t *entry = &work->request->context->entry;
    bool ad = entry->term.len + entry->content.len + entry->campaign.len > 0;

    return work->session != NULL && !ad && work->request->context->search.len == 0;
}

/* That takes no knowledge of shopper or page. */
static bool only_by_rules(const dyn_work_t *work, uint32_t candidate)
{
    float parts[DYN_SOURCES_COUNT];

    if (!given_by(work, candidate, DYN_SOURCE_RULES)) {
        return false;
    }
    dyn_candidates_parts(work, candidate, parts);
    for (int source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (source != DYN_SOURCE_RULES && parts[source] > 0) {
            return false;
        }
    }

    return true;
}

dyn_rung_t dyn_candidate_rung(const dyn_work_t *work, uint32_t candidate)
{
    dyn_sweep_t sweep = dyn_candidates_sweep(work, candidate);

    if (sweep >= DYN_SWEEP_POPULAR) {
        return DYN_RUNG_POPULAR;
    }
    if (sweep == DYN_SWEEP_LAST_GOOD) {
        return DYN_RUNG_LAST_GOOD;
    }
    if (only_by_rules(work, candidate)) {
        return DYN_RUNG_POPULAR;
    }
    if (given_by(work, candidate, DYN_SOURCE_SESSION_KNN) ||
        given_by(work, candidate, DYN_SOURCE_RECENTLY_VIEWED) ||
        given_by(work, candidate, DYN_SOURCE_LIKED)) {
        return DYN_RUNG_SESSION;
    }
    if (given_by(work, candidate, DYN_SOURCE_SEARCHED)) {
        return words_of_session(work) ? DYN_RUNG_SESSION : DYN_RUNG_CONTEXT;
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

/* Sessions and orders from which a claim can be made; the lists of the snapshot hold none with fewer. */
enum { SUPPORT_MIN = 3 };

/* Half way to certain at this many. */
static float of_support(uint32_t support)
{
    return (float)support / (float)(support + SUPPORT_MIN);
}

/* What a claim says, and what it rests on. */
static bool claim(dyn_choice_t *choice, dyn_reason_t reason, dyn_reference_kind_t kind,
                  uint32_t reference, uint32_t support, float strength)
{
    choice->reason = reason;
    choice->reference_kind = kind;
    choice->reference = reference;
    choice->support = support;
    choice->strength = strength < 1 ? strength : 1;

    return true;
}

/* A reference is named in the text, so it must have a title. */
static bool nameable(const dyn_work_t *work, uint32_t item)
{
    return item != DYN_NONE && dyn_item_in_catalogue(work->snapshot, item) &&
           dyn_snapshot_string(work->snapshot, dyn_work_item(work, item)->title).len > 0;
}

/* ---- what the shopper looked at ---- */

typedef struct {
    uint32_t support; /* sessions; 0: the two are alike */
    float weight;     /* 0: nothing links them */
    float strength;
} link_t;

static link_t link_of(const dyn_work_t *work, uint32_t from, uint32_t to)
{
    uint32_t support = dyn_viewed_with_support(work->snapshot, from, to);

    if (support >= SUPPORT_MIN) {
        return (link_t){support, dyn_snapshot_neighbour_weight(work->snapshot, from, to),
                        of_support(support)};
    }

    float likeness = dyn_edges_weight(dyn_snapshot_similar(work->snapshot, from), to);

    return (link_t){0, 0.5f * likeness, likeness};
}

/* Of what is left of a long session, an item may have neither been viewed nor added: then it is no reason. */
static bool was_added(const dyn_work_t *work, uint32_t item)
{
    const dyn_session_t *session = work->session;

    for (uint32_t i = 0; i < session->cart_count; i++) {
        if (session->cart[i].item == item) {
            return true;
        }
    }
    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (session->recent[i].item == item) {
            return session->recent[i].added || session->recent[i].wished;
        }
    }

    return false;
}

/* The item of the session, the page's included, whose interest and link lead to this one most. */
static bool because(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    dyn_anchor_t best = {DYN_NONE, 0, false};
    link_t best_link = {0, 0, 0};

    for (uint32_t i = 0; i <= work->anchor_count; i++) {
        dyn_anchor_t anchor =
            i < work->anchor_count ? work->anchors[i] : (dyn_anchor_t){work->page_item, 1, true};

        if (!nameable(work, anchor.item) || (!anchor.viewed && !was_added(work, anchor.item))) {
            continue;
        }

        link_t link = link_of(work, anchor.item, item);

        if (link.weight * anchor.weight > best_link.weight * best.weight) {
            best = anchor;
            best_link = link;
        }
    }

    return best.item != DYN_NONE &&
           claim(choice, best.viewed ? DYN_REASON_BECAUSE_VIEWED : DYN_REASON_BECAUSE_ADDED,
                 DYN_REFERENCE_ITEM, best.item, best_link.support, best_link.strength);
}

/* ---- what the page's item leads to ---- */

static bool alike(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    if (!nameable(work, work->page_item)) {
        return false;
    }

    float likeness = dyn_edges_weight(dyn_snapshot_similar(work->snapshot, work->page_item), item);

    return likeness > 0 &&
           claim(choice, work->page_sold_out ? DYN_REASON_ALTERNATIVE_TO : DYN_REASON_SIMILAR_TO,
                 DYN_REFERENCE_ITEM, work->page_item, 0, likeness);
}

static bool viewed_with(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    if (!nameable(work, work->page_item)) {
        return false;
    }

    uint32_t support = dyn_viewed_with_support(work->snapshot, work->page_item, item);

    return support >= SUPPORT_MIN && claim(choice, DYN_REASON_VIEWED_WITH, DYN_REFERENCE_ITEM,
                                           work->page_item, support, of_support(support));
}

/* ---- what goes with a choice ---- */

/* The page's item, else what was chosen. */
typedef struct {
    const dyn_anchor_t *anchors;
    uint32_t count;
} chosen_t;

static bool bought_with(const dyn_work_t *work, chosen_t chosen, uint32_t item, dyn_reason_t reason,
                        dyn_choice_t *choice)
{
    uint32_t best = DYN_NONE;
    uint32_t most = 0;

    for (uint32_t i = 0; i < chosen.count; i++) {
        uint32_t orders = dyn_bought_with_support(work->snapshot, chosen.anchors[i].item, item);

        if (reason == DYN_REASON_COMPLETES &&
            dyn_work_item(work, chosen.anchors[i].item)->category ==
                dyn_work_item(work, item)->category) {
            continue;
        }
        if (orders > most && nameable(work, chosen.anchors[i].item)) {
            most = orders;
            best = chosen.anchors[i].item;
        }
    }

    return best != DYN_NONE &&
           claim(choice, reason, DYN_REFERENCE_ITEM, best, most, of_support(most));
}

static bool lists_as_compatible(const dyn_work_t *work, uint32_t owner, uint32_t item)
{
    const dyn_item_t *record = dyn_work_item(work, owner);

    for (uint32_t i = 0; i < record->compatible_count; i++) {
        if (work->snapshot->compatible[record->compatible_start + i] == item) {
            return nameable(work, owner);
        }
    }

    return false;
}

static bool compatible_with(const dyn_work_t *work, chosen_t chosen, uint32_t item,
                            dyn_choice_t *choice)
{
    for (uint32_t i = 0; i < chosen.count; i++) {
        if (lists_as_compatible(work, chosen.anchors[i].item, item)) {
            return claim(choice, DYN_REASON_COMPATIBLE_WITH, DYN_REFERENCE_ITEM,
                         chosen.anchors[i].item, 0, 1);
        }
    }

    return false;
}

/* Things like it are bought with the item. */
static bool bought_with_category(const dyn_work_t *work, chosen_t chosen, uint32_t item,
                                 dyn_choice_t *choice)
{
    for (uint32_t i = 0; i < chosen.count; i++) {
        uint32_t category = dyn_work_item(work, chosen.anchors[i].item)->category;

        uint32_t kind = category != DYN_NONE ? work->snapshot->categories[category].kind : 0;

        for (; category != DYN_NONE && work->snapshot->categories[category].kind == kind;
             category = work->snapshot->categories[category].parent) {
            uint32_t orders = dyn_category_bought_with_support(work->snapshot, category, item);

            if (orders > 0) {
                return claim(choice, DYN_REASON_BOUGHT_WITH, DYN_REFERENCE_CATEGORY, category,
                             orders, of_support(orders));
            }
        }
    }

    return false;
}

/* A little better and dearer than a choice, the one that it is most like. */
static bool step_up_from(const dyn_work_t *work, chosen_t chosen, uint32_t item,
                         dyn_choice_t *choice)
{
    static const float of_category = 0.3f;
    uint32_t best = DYN_NONE;
    float most = -1;

    for (uint32_t i = 0; i < chosen.count; i++) {
        uint32_t from = chosen.anchors[i].item;
        float likeness = dyn_edges_weight(dyn_snapshot_similar(work->snapshot, from), item);

        if (likeness > most && nameable(work, from) && dyn_is_step_up(work, from, item)) {
            most = likeness;
            best = from;
        }
    }

    return best != DYN_NONE && claim(choice, DYN_REASON_UPSELL_OF, DYN_REFERENCE_ITEM, best, 0,
                                     most > of_category ? most : of_category);
}

/* ---- what the shopper is after ---- */

static bool has(const dyn_work_t *work, uint32_t item, bool brand, uint32_t number)
{
    return brand ? dyn_work_item(work, item)->brand == number
                 : dyn_item_has_trait(work->snapshot, item, number);
}

/* Two items at least of this session, so that the claim can be counted. */
static uint32_t items_having(const dyn_work_t *work, bool brand, uint32_t number)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->session->recent_count; i++) {
        const dyn_interest_t *recent = &work->session->recent[i];

        count += (recent->views > 0 || recent->added || recent->wished) &&
                 has(work, recent->item, brand, number);
    }

    return count;
}

static bool liked(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    const dyn_session_t *session = work->session;
    enum { ITEMS_MIN = 2 };

    for (uint32_t i = 0; session != NULL && i < session->chosen_count; i++) {
        const dyn_chosen_t *chosen = &session->chosen[i];

        if (chosen->filtered && has(work, item, chosen->brand, chosen->number)) {
            return claim(choice, DYN_REASON_MATCHES_FILTER,
                         chosen->brand ? DYN_REFERENCE_BRAND : DYN_REFERENCE_TRAIT, chosen->number,
                         0, chosen->strength);
        }
    }
    for (uint32_t pass = 0; session != NULL && pass < 2; pass++) {
        bool brand = pass == 0;
        const dyn_affinity_t *likes = brand ? session->brands : session->traits;
        uint32_t count = brand ? session->brand_count : session->trait_count;

        for (uint32_t i = 0; i < count; i++) {
            if (!(likes[i].evidence > 0) || !has(work, item, brand, likes[i].index) ||
                (!brand && !(dyn_trait_meaning(work->snapshot, likes[i].index) > 0))) {
                continue;
            }

            uint32_t items = items_having(work, brand, likes[i].index);

            if (items >= ITEMS_MIN) {
                return claim(choice, brand ? DYN_REASON_MORE_FROM : DYN_REASON_SHARES,
                             brand ? DYN_REFERENCE_BRAND : DYN_REFERENCE_TRAIT, likes[i].index,
                             items, likes[i].evidence);
            }
        }
    }

    return false;
}

static bool searched(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    for (uint32_t i = 0; i < work->wish_count; i++) {
        const dyn_wish_t *wish = &work->wishes[i];

        if (dyn_wish_means(work, wish, item)) {
            return claim(choice, wish->ad ? DYN_REASON_MATCHES_AD : DYN_REASON_MATCHES_SEARCH,
                         DYN_REFERENCE_NONE, DYN_NONE, 0, wish->meaning.understood);
        }
    }

    return false;
}

/* ---- the shop's numbers ---- */

static const float strength_of_numbers = 0.5f;
static const float strength_of_new = 0.4f;
static const float strength_of_nothing = 0.2f;
static const float strength_of_range = 0.1f;

static bool popular_in(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    uint32_t category = dyn_work_item(work, item)->category;

    for (; category != DYN_NONE; category = work->snapshot->categories[category].parent) {
        if (dyn_edges_weight(dyn_snapshot_category_popular(work->snapshot, category), item) > 0) {
            return claim(choice, DYN_REASON_POPULAR_IN, DYN_REFERENCE_CATEGORY, category, 0,
                         strength_of_numbers);
        }
    }

    return false;
}

static bool plain(dyn_choice_t *choice, dyn_reason_t reason, float strength)
{
    return claim(choice, reason, DYN_REFERENCE_NONE, DYN_NONE, 0, strength);
}

/* An item of a category or brand that is trending need not be trending itself: then nothing like it is said. */
static bool trending_in(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    uint32_t category = dyn_work_item(work, item)->category;
    bool named = category != DYN_NONE &&
                 dyn_edges_weight(dyn_snapshot_trending_categories(work->snapshot), category) > 0;

    if (!(dyn_edges_weight(dyn_snapshot_trending(work->snapshot), item) > 0)) {
        return false;
    }

    return named ? claim(choice, DYN_REASON_TRENDING, DYN_REFERENCE_CATEGORY, category, 0,
                         strength_of_numbers)
                 : plain(choice, DYN_REASON_TRENDING, strength_of_numbers);
}

static bool claim_of(const dyn_work_t *work, dyn_source_t source, uint32_t item,
                     dyn_choice_t *choice)
{
    dyn_anchor_t page = {work->page_item, 1, true};
    bool has_page = work->page_item != DYN_NONE;
    chosen_t chosen = has_page ? (chosen_t){&page, 1} : (chosen_t){work->cart, work->cart_count};
    chosen_t settled = has_page ? chosen : (chosen_t){work->settled, work->settled_count};

    switch (source) {
    case DYN_SOURCE_SESSION_KNN:
        return because(work, item, choice);
    case DYN_SOURCE_SIMILAR:
        return alike(work, item, choice);
    case DYN_SOURCE_VIEWED_WITH:
        return viewed_with(work, item, choice);
    case DYN_SOURCE_BOUGHT_WITH:
        return bought_with(work, chosen, item, DYN_REASON_BOUGHT_WITH, choice);
    case DYN_SOURCE_COMPLETE_THE_LOOK:
        return bought_with(work, chosen, item, DYN_REASON_COMPLETES, choice);
    case DYN_SOURCE_COMPATIBLE:
        return compatible_with(work, chosen, item, choice);
    case DYN_SOURCE_COMPLEMENTS:
        return compatible_with(work, settled, item, choice) ||
               bought_with(work, settled, item, DYN_REASON_BOUGHT_WITH, choice) ||
               bought_with_category(work, settled, item, choice);
    case DYN_SOURCE_LIKED:
        return liked(work, item, choice);
    case DYN_SOURCE_SEARCHED:
        return searched(work, item, choice);
    case DYN_SOURCE_TRENDING:
        return plain(choice, DYN_REASON_TRENDING, strength_of_numbers);
    case DYN_SOURCE_POPULAR:
        return work->within == DYN_NONE
                   ? plain(choice, DYN_REASON_POPULAR, strength_of_numbers)
                   : popular_in(work, item, choice) ||
                         plain(choice, DYN_REASON_FROM_RANGE, strength_of_range);
    case DYN_SOURCE_CATEGORY_POPULAR:
        return popular_in(work, item, choice);
    case DYN_SOURCE_RECENTLY_VIEWED:
        return plain(choice, DYN_REASON_RECENTLY_VIEWED, 1);
    case DYN_SOURCE_NEW_ARRIVALS:
        return plain(choice, DYN_REASON_NEW_ARRIVAL, strength_of_new);
    case DYN_SOURCE_RANGE:
        return plain(choice, DYN_REASON_FROM_RANGE, strength_of_range);
    case DYN_SOURCE_UPSELL:
        return step_up_from(work, chosen, item, choice);
    case DYN_SOURCE_ON_SALE:
        return dyn_item_is_on_sale(work->snapshot, item, work->request->now_ms) &&
               plain(choice, DYN_REASON_ON_SALE, strength_of_numbers);
    case DYN_SOURCE_TRENDING_IN:
        return trending_in(work, item, choice) || popular_in(work, item, choice);
    case DYN_SOURCE_RULES:
        return plain(choice, DYN_REASON_FROM_RANGE, strength_of_range);
    case DYN_SOURCE_LAST_GOOD:
    case DYN_SOURCES_COUNT:
        break;
    }

    return false;
}

dyn_cta_t dyn_cta_of(const dyn_work_t *work, uint32_t item)
{
    if (dyn_item_price(work->snapshot, item).minor < 0) {
        return DYN_CTA_VIEW;
    }

    return dyn_work_item(work, item)->variants_count > 1 ? DYN_CTA_CHOOSE_OPTIONS
                                                         : DYN_CTA_ADD_TO_CART;
}

void dyn_reason_give(const dyn_work_t *work, uint32_t candidate, dyn_choice_t *choice)
{
    uint32_t item = work->candidates.items[candidate];
    float parts[DYN_SOURCES_COUNT];
    bool given = false, first = true;

    *choice = (dyn_choice_t){.item = item, .propensity = 1};
    dyn_candidates_parts(work, candidate, parts);
    for (;;) {
        int most = 0;

        for (int source = 1; source < DYN_SOURCES_COUNT; source++) {
            most = parts[source] > parts[most] ? source : most;
        }
        if (!(parts[most] > 0)) {
            break;
        }
        /* where no claim holds, the one that gave most */
        if (first) {
            choice->source = (dyn_source_t)most;
            first = false;
        }
        given = claim_of(work, (dyn_source_t)most, item, choice);
        if (given) {
            choice->source = (dyn_source_t)most;
            break;
        }
        parts[most] = 0;
    }
    if (!given) {
        plain(choice, DYN_REASON_RECOMMENDED, strength_of_nothing);
    }

    choice->cta =
        choice->reason == DYN_REASON_ALTERNATIVE_TO ? DYN_CTA_VIEW : dyn_cta_of(work, item);
}

/* ---- why it fits this shopper ---- */

static const float strength_of_prices = 0.4f;
static const float strength_of_coming_back = 0.2f;

typedef struct {
    dyn_choice_t *claims;
    uint32_t most, count;
    float least; /* weaker ones are not kept */
} claims_t;

/* By falling strength; of equals the first made stays first. */
static void keep_claim(claims_t *kept, dyn_choice_t made)
{
    uint32_t at = kept->count;

    if (made.strength < kept->least) {
        return;
    }
    while (at > 0 && kept->claims[at - 1].strength < made.strength) {
        at--;
    }
    if (at == kept->most) {
        return;
    }
    kept->count += kept->count < kept->most;
    memmove(kept->claims + at + 1, kept->claims + at,
            (kept->count - 1 - at) * sizeof(dyn_choice_t));
    kept->claims[at] = made;
}

static void claim_filters(const dyn_work_t *work, uint32_t item, claims_t *kept)
{
    dyn_choice_t made = {.item = item};

    for (uint32_t i = 0; i < work->session->chosen_count; i++) {
        const dyn_chosen_t *chosen = &work->session->chosen[i];

        if (chosen->filtered && has(work, item, chosen->brand, chosen->number)) {
            claim(&made, DYN_REASON_MATCHES_FILTER,
                  chosen->brand ? DYN_REFERENCE_BRAND : DYN_REFERENCE_TRAIT, chosen->number, 0,
                  chosen->strength);
            keep_claim(kept, made);
        }
    }
}

static void claim_likes(const dyn_work_t *work, uint32_t item, bool brand, claims_t *kept)
{
    const dyn_affinity_t *likes = brand ? work->session->brands : work->session->traits;
    uint32_t count = brand ? work->session->brand_count : work->session->trait_count;
    dyn_choice_t made = {.item = item};
    enum { ITEMS_MIN = 2 };

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = likes[i].index;

        if (!(likes[i].evidence > 0) || likes[i].evidence < kept->least ||
            !has(work, item, brand, number) ||
            (!brand && !(dyn_trait_meaning(work->snapshot, number) > 0))) {
            continue;
        }

        uint32_t items = items_having(work, brand, number);

        if (items >= ITEMS_MIN) {
            claim(&made, brand ? DYN_REASON_MORE_FROM : DYN_REASON_SHARES,
                  brand ? DYN_REFERENCE_BRAND : DYN_REFERENCE_TRAIT, number, items,
                  likes[i].evidence);
            keep_claim(kept, made);
        }
    }
}

/* Between the cheapest and the dearest of at least two others of its kind that were viewed. */
static void claim_prices(const dyn_work_t *work, uint32_t item, claims_t *kept)
{
    enum { OTHERS_MIN = 2 };
    dyn_price_t own = dyn_item_asked_price(work->snapshot, item, work->request->now_ms);
    int64_t low = INT64_MAX, high = -1;
    uint32_t others = 0;
    dyn_choice_t made = {.item = item};

    if (own.minor < 0 || strength_of_prices < kept->least) {
        return;
    }
    for (uint32_t i = 0; i < work->session->recent_count; i++) {
        const dyn_interest_t *recent = &work->session->recent[i];
        dyn_price_t price;

        if (recent->views == 0 || recent->item == item ||
            !dyn_same_kind(work->snapshot, item, recent->item)) {
            continue;
        }
        price = dyn_item_asked_price(work->snapshot, recent->item, work->request->now_ms);
        if (price.minor < 0 || strcmp(price.currency, own.currency) != 0) {
            continue;
        }
        others++;
        low = price.minor < low ? price.minor : low;
        high = price.minor > high ? price.minor : high;
    }
    if (others >= OTHERS_MIN && own.minor >= low && own.minor <= high) {
        claim(&made, DYN_REASON_WITHIN_PRICES, DYN_REFERENCE_NONE, DYN_NONE, 0,
              strength_of_prices * (float)(others - 1) / (float)others);
        keep_claim(kept, made);
    }
}

/* With another item's view in between; this page's own view may not be recorded yet. */
static void claim_return(const dyn_work_t *work, uint32_t item, claims_t *kept)
{
    enum { VISITS_MIN = 2 };
    const dyn_session_t *session = work->session;
    bool again = item == work->page_item && session->click_count > 0 &&
                 session->clicks[session->click_count - 1] != item;
    dyn_choice_t made = {.item = item};

    for (uint32_t i = 0; strength_of_coming_back >= kept->least && i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->item == item && recent->visits + again >= VISITS_MIN) {
            claim(&made, DYN_REASON_CAME_BACK_TO, DYN_REFERENCE_NONE, DYN_NONE, 0,
                  strength_of_coming_back);
            keep_claim(kept, made);
        }
    }
}

uint32_t dyn_reason_fits(const dyn_work_t *work, uint32_t item, float least, dyn_choice_t *claims,
                         uint32_t most)
{
    claims_t kept = {claims, most, 0, least};
    dyn_choice_t made = {.item = item};

    if (work->session == NULL || most == 0) {
        return 0;
    }
    claim_filters(work, item, &kept);
    if (searched(work, item, &made)) {
        keep_claim(&kept, made);
    }
    claim_likes(work, item, true, &kept);
    claim_likes(work, item, false, &kept);
    claim_prices(work, item, &kept);
    claim_return(work, item, &kept);

    return kept.count;
}

/* ---- not the same sentence again and again ---- */

/* So often a slot says the same; from then on what is true, too, and nearly as strong, is said. */
enum { SAID_ENOUGH = 3 };
static const float nearly_as_strong = 0.8f;

static uint32_t said(const dyn_choice_t *before, uint32_t count, const dyn_choice_t *claimed)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < count; i++) {
        times += before[i].reason == claimed->reason &&
                 before[i].reference_kind == claimed->reference_kind &&
                 before[i].reference == claimed->reference;
    }

    return times;
}

typedef struct {
    const dyn_choice_t *before;
    uint32_t count;
    float least;
    dyn_choice_t best;
    uint32_t times; /* that the best is said already */
} variety_t;

static void consider(variety_t *variety, const dyn_choice_t *claimed)
{
    uint32_t times = said(variety->before, variety->count, claimed);

    if (claimed->strength >= variety->least &&
        (times < variety->times ||
         (times == variety->times && claimed->strength > variety->best.strength))) {
        variety->best = *claimed;
        variety->times = times;
    }
}

void dyn_reason_vary(const dyn_work_t *work, uint32_t candidate, const dyn_choice_t *before,
                     uint32_t count, dyn_choice_t *choice)
{
    enum {
        FITS_MAX = 4,
        /* such a slot says what its name promises */
        PROMISES = DYN_BLEND_ADD_ONS | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK
    };
    variety_t variety = {.before = before, .count = count, .times = said(before, count, choice)};
    float parts[DYN_SOURCES_COUNT];
    dyn_choice_t fits[FITS_MAX];
    uint32_t known;

    if (variety.times < SAID_ENOUGH || (work->row->flags & PROMISES) != 0) {
        return;
    }
    variety.best = *choice;
    variety.least = nearly_as_strong * choice->strength;
    dyn_candidates_parts(work, candidate, parts);
    for (int source = 0; source < DYN_SOURCES_COUNT; source++) {
        dyn_choice_t claimed = *choice;

        /* what the choice's own source claims is said already, and of those that gave more no claim held */
        if (source == (int)choice->source || parts[source] > parts[choice->source]) {
            continue;
        }
        if (parts[source] > 0 && claim_of(work, (dyn_source_t)source, choice->item, &claimed)) {
            claimed.source = (dyn_source_t)source;
            consider(&variety, &claimed);
        }
    }
    known = dyn_reason_fits(work, choice->item, variety.least, fits, FITS_MAX);
    for (uint32_t i = 0; i < known; i++) {
        dyn_choice_t claimed = *choice;

        claim(&claimed, fits[i].reason, fits[i].reference_kind, fits[i].reference, fits[i].support,
              fits[i].strength);
        consider(&variety, &claimed);
    }
    *choice = variety.best;
}

void dyn_reason_of_picked(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice)
{
    dyn_choice_t made = {.item = item};

    *choice = made;
    if (dyn_reason_fits(work, item, 0, &made, 1) > 0) {
        *choice = made;
    } else {
        plain(choice, DYN_REASON_FROM_RANGE, strength_of_range);
    }
    choice->source = DYN_SOURCE_RULES;
    choice->propensity = 1;
    choice->cta = dyn_cta_of(work, item);
}

static bool is_for_audience(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    return choice->reason == DYN_REASON_SHARES && choice->reference_kind == DYN_REFERENCE_TRAIT &&
           choice->reference >= snapshot->audiences_start &&
           choice->reference < snapshot->audiences_end;
}

dyn_text_key_t dyn_reason_key(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    return is_for_audience(snapshot, choice)
               ? DYN_TEXT_REASON_SHARES_AUDIENCE
               : dyn_text_of_reason(choice->reason, choice->reference_kind != DYN_REFERENCE_NONE);
}

dyn_str_t dyn_reference_name(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    switch (choice->reference_kind) {
    case DYN_REFERENCE_ITEM:
        return dyn_snapshot_string(snapshot, snapshot->items[choice->reference].title);
    case DYN_REFERENCE_CATEGORY:
        return dyn_snapshot_string(snapshot, snapshot->categories[choice->reference].name);
    case DYN_REFERENCE_BRAND:
        return dyn_snapshot_string(snapshot, snapshot->brands[choice->reference]);
    case DYN_REFERENCE_TRAIT:
        return dyn_trait_value(snapshot, choice->reference);
    case DYN_REFERENCE_NONE:
    case DYN_REFERENCES_COUNT:
        break;
    }

    return DYN_STR("");
}

dyn_str_t dyn_reason_words(const dyn_snapshot_t *snapshot, const dyn_texts_t *texts,
                           uint32_t language, const dyn_choice_t *choice, dyn_arena_t *arena)
{
    dyn_str_t name = dyn_reference_name(snapshot, choice);
    dyn_text_values_t values;

    if (choice->reason_text.len > 0) {
        return choice->reason_text;
    }
    /* whichever placeholder the text has */
    for (unsigned i = 0; i < DYN_PLACES_COUNT; i++) {
        values.of[i] = name;
    }

    return dyn_texts_write(
        dyn_texts_find(texts, language, (uint32_t)dyn_reason_key(snapshot, choice)), &values,
        arena);
}
