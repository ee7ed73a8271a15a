#include "engine/catalogue/traits.h"
#include "engine/decide/moment_slots.h"
#include "engine/decide/work.h"

#include <string.h>

/*
 * What liking is worth. An affinity of 1 orders likes among near equals; evidence, which takes at least two items of the session,
 * or words and filters that ask for it, move them to the front. Chosen by judgement, and checked on the held-out sessions and
 * the stories of docs/recommendations.md; the ranking model learns its own.
 */
static const float category_affinity = 0.25f;
static const float category_evidence = 0.25f;
static const float category_wish = 0.5f;
static const float brand_affinity = 0.15f;
static const float brand_evidence = 4.0f;
static const float brand_wish = 1.0f;
static const float trait_evidence = 4.0f;
static const float trait_wish = 0.8f;
static const float filtered_lift = 2.0f;
static const float option_lift = 0.3f;
/* All traits of an item together. */
static const float traits_most = 2.0f;

float dyn_trait_meaning(const dyn_snapshot_t *snapshot, uint32_t trait)
{
    dyn_str_t name = dyn_trait_name(snapshot, trait);

    if (trait == snapshot->audience_everybody ||
        (trait >= snapshot->only_for_start && trait < snapshot->only_for_end)) {
        return 0;
    }
    if (dyn_str_equal(name, DYN_STR("audience"))) {
        return 1.5f;
    }
    if (dyn_str_equal(name, DYN_STR("tag"))) {
        return 1;
    }
    /* what an item comes in is no choice: that is told by filters and options */
    if (dyn_str_equal(name, DYN_STR("colour")) || dyn_str_equal(name, DYN_STR("size"))) {
        return 0;
    }

    return 0.4f;
}

static uint32_t likes_row(uint32_t index)
{
    return (index * 2654435761U) >> 26;
}
_Static_assert(DYN_LIKES_ROWS == 1 << (32 - 26), "a row is the upper bits of the product");

void dyn_likes_begin(dyn_likes_t *likes)
{
    memset(likes->index, 0xff, sizeof(likes->index));
    likes->count = 0;
    likes->most = 0;
}

void dyn_likes_add(dyn_likes_t *likes, uint32_t index, float lift)
{
    uint32_t row = likes_row(index);

    if (!(lift > 0)) {
        return;
    }
    while (likes->index[row] != DYN_NONE && likes->index[row] != index) {
        row = (row + 1) % DYN_LIKES_ROWS;
    }
    if (likes->index[row] == DYN_NONE) {
        if (likes->count == DYN_LIKES_ROWS / 2) {
            return;
        }
        likes->count++;
        likes->index[row] = index;
        likes->lift[row] = 0;
    }
    likes->lift[row] += lift;
    likes->most = likes->lift[row] > likes->most ? likes->lift[row] : likes->most;
}

static float lift_of(const dyn_likes_t *likes, uint32_t index)
{
    uint32_t row = likes_row(index);

    while (likes->index[row] != index) {
        if (likes->index[row] == DYN_NONE) {
            return 0;
        }
        row = (row + 1) % DYN_LIKES_ROWS;
    }

    return likes->lift[row];
}

bool dyn_likes_has(const dyn_likes_t *likes, uint32_t index)
{
    return likes->count > 0 && lift_of(likes, index) > 0;
}

static float cube(float evidence)
{
    return evidence * evidence * evidence;
}

static void like_all(dyn_likes_t *likes, const dyn_affinity_t *affinities, uint32_t count,
                     float affinity, float evidence)
{
    /* cubed: two items are a hint, three and more a liking */
    for (uint32_t i = 0; i < count && i < DYN_FOLD_AFFINITIES_MAX; i++) {
        dyn_likes_add(likes, affinities[i].index,
                      affinity * affinities[i].affinity + evidence * cube(affinities[i].evidence));
    }
}

static void wish_all(dyn_likes_t *likes, const dyn_edge_t *meant, uint32_t count, float lift)
{
    for (uint32_t i = 0; i < count; i++) {
        dyn_likes_add(likes, meant[i].item, lift * meant[i].weight);
    }
}

void dyn_likes_collect(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;

    dyn_likes_begin(&work->liked_categories);
    dyn_likes_begin(&work->liked_brands);
    dyn_likes_begin(&work->liked_traits);

    if (session != NULL) {
        like_all(&work->liked_categories, session->categories, session->category_count,
                 category_affinity, category_evidence);
        like_all(&work->liked_brands, session->brands, session->brand_count, brand_affinity,
                 brand_evidence);
        for (uint32_t i = 0; i < session->trait_count; i++) {
            dyn_likes_add(&work->liked_traits, session->traits[i].index,
                          trait_evidence * cube(session->traits[i].evidence) *
                              dyn_trait_meaning(work->snapshot, session->traits[i].index));
        }
        for (uint32_t i = 0; i < session->chosen_count; i++) {
            const dyn_chosen_t *chosen = &session->chosen[i];

            dyn_likes_add(chosen->brand ? &work->liked_brands : &work->liked_traits, chosen->number,
                          (chosen->filtered ? filtered_lift : option_lift) * chosen->strength);
        }
    }
    for (uint32_t i = 0; i < work->wish_count; i++) {
        const dyn_meaning_t *meaning = &work->wishes[i].meaning;
        float strength = work->wishes[i].strength;

        wish_all(&work->liked_categories, meaning->categories, meaning->category_count,
                 category_wish * strength);
        wish_all(&work->liked_brands, meaning->brands, meaning->brand_count, brand_wish * strength);
        wish_all(&work->liked_traits, meaning->traits, meaning->trait_count, trait_wish * strength);
    }
}

static float traits_lift(const dyn_work_t *work, uint32_t item)
{
    dyn_numbers_t traits = dyn_item_traits(work->snapshot, item);
    float lift = 0;

    for (uint32_t i = 0; work->liked_traits.count > 0 && i < traits.count; i++) {
        lift += lift_of(&work->liked_traits, traits.numbers[i]);
    }

    return lift < traits_most ? lift : traits_most;
}

/* Of the category, or one above it, that is liked most. */
static float category_lift(const dyn_work_t *work, uint32_t category)
{
    float most = 0;

    for (; category != DYN_NONE; category = work->snapshot->categories[category].parent) {
        float lift = lift_of(&work->liked_categories, category);

        most = lift > most ? lift : most;
    }

    return most;
}

/* The sums are made as in likes_lift(): rounded alike, none of its results is larger. */
static float likes_lift_max(float category, float brand, float traits)
{
    float lift = 1 + category;

    lift += brand;

    return lift + traits;
}

static float likes_lift(const dyn_work_t *work, uint32_t item_number)
{
    const dyn_item_t *item = dyn_work_item(work, item_number);
    float lift = 1;

    lift += category_lift(work, item->category);
    if (item->brand != DYN_NONE) {
        lift += lift_of(&work->liked_brands, item->brand);
    }

    return lift + traits_lift(work, item_number);
}

/* What the session says counts as far as the slot is personal. */
static float personal(const dyn_work_t *work, float factor)
{
    /* a larger factor stays larger, however it is rounded */
    return work->impersonal > 0 ? factor * (1 - work->impersonal) + work->impersonal : factor;
}

float dyn_lift_max(const dyn_work_t *work)
{
    float lift = likes_lift_max(work->liked_categories.most, work->liked_brands.most,
                                work->liked_traits.count > 0 ? traits_most : 0);

    lift = personal(work, lift);
    if (work->previous != NULL) {
        lift *= 1 + (float)work->policy->guardrails.hysteresis;
    }

    return work->boost.late ? lift * work->boost.most : lift;
}

float dyn_lift_whole(const dyn_work_t *work)
{
    float lift = 1;

    if (work->session != NULL || work->wish_count > 0) {
        lift = likes_lift_max(category_affinity + category_evidence,
                              brand_affinity + brand_evidence, traits_most);
    }

    return work->boost.factor_of != NULL ? lift * work->boost.most : lift;
}

static bool is_proved(const dyn_work_t *work, uint32_t candidate)
{
    return dyn_candidates_part(work, candidate, DYN_SOURCE_BOUGHT_WITH) > 0 ||
           dyn_candidates_part(work, candidate, DYN_SOURCE_COMPATIBLE) > 0 ||
           dyn_candidates_part(work, candidate, DYN_SOURCE_COMPLETE_THE_LOOK) > 0;
}

bool dyn_candidates_lift(dyn_work_t *work, uint32_t candidate)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t item = candidates->items[candidate];
    float add_on = dyn_fit_add_on(work, item);
    float lift =
        personal(work, likes_lift(work, item)) * personal(work, dyn_fit(work, item)) * add_on;

    lift *= dyn_hysteresis_lift(work, item);

    float boost = work->boost.late ? work->boost.factor_of(work->boost.data, item) : 1;
    float score = candidates->scores[candidate] * (lift * boost);

    candidates->lifts[candidate] = lift;
    candidates->scores[candidate] = score < 1 ? score : 1;

    if (work->gap_minor > 0 && !dyn_closes_gap(work, item)) {
        return false;
    }
    if ((work->row->flags & DYN_BLEND_ADD_ONS) != 0 && dyn_is_for_others(work, item)) {
        return false;
    }

    return add_on >= dyn_fit_add_on_least ||
           (add_on >= dyn_fit_proved_least && is_proved(work, candidate));
}
