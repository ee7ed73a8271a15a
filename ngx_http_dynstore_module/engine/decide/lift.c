#include "engine/decide/work.h"

#include <string.h>

/*
 * How much an affinity of 1 raises a score: enough to order likes among near equals, not to overrule the sources. Chosen by
 * judgement; the ranking model learns its own.
 */
static const float category_lift = 0.25f;
static const float brand_lift = 0.15f;
static const float price_lift = 0.10f;

static uint32_t likes_row(uint32_t index)
{
    return (index * 2654435761U) >> 26;
}

void dyn_likes_init(dyn_likes_t *likes, const dyn_affinity_t *affinities, uint32_t count)
{
    memset(likes->index, 0xff, sizeof(likes->index));
    likes->most = 0;
    for (uint32_t i = 0; i < count && i < DYN_FOLD_AFFINITIES_MAX; i++) {
        uint32_t row = likes_row(affinities[i].index);

        while (likes->index[row] != DYN_NONE) {
            row = (row + 1) % DYN_LIKES_ROWS;
        }
        likes->index[row] = affinities[i].index;
        likes->affinity[row] = affinities[i].affinity;
        likes->most = affinities[i].affinity > likes->most ? affinities[i].affinity : likes->most;
    }
}

static float affinity_to(const dyn_likes_t *likes, uint32_t index)
{
    uint32_t row = likes_row(index);

    while (likes->index[row] != index) {
        if (likes->index[row] == DYN_NONE) {
            return 0;
        }
        row = (row + 1) % DYN_LIKES_ROWS;
    }

    return likes->affinity[row];
}

/* 1 within the band of prices the session keeps to, falling with the ratio outside it. */
static float price_fit(const dyn_work_t *work, int64_t price_minor)
{
    double price = (double)price_minor;

    if (work->price_high <= 0 || price_minor <= 0) {
        return 0;
    }
    if (price < work->price_low) {
        return (float)(price / work->price_low);
    }

    return price > work->price_high ? (float)(work->price_high / price) : 1;
}

static float likes_lift(const dyn_work_t *work, uint32_t item_number)
{
    const dyn_item_t *item = dyn_work_item(work, item_number);
    float lift = 1;

    if (item->category != DYN_NONE) {
        lift += category_lift * affinity_to(&work->liked_categories, item->category);
    }
    if (item->brand != DYN_NONE) {
        lift += brand_lift * affinity_to(&work->liked_brands, item->brand);
    }

    return lift + price_lift * price_fit(work, dyn_item_price(work->snapshot, item_number).minor);
}

/* The sums are made as in likes_lift(): rounded alike, none of its results is larger. */
static float likes_lift_max(float category, float brand, float price)
{
    float lift = 1 + category_lift * category;

    lift += brand_lift * brand;

    return lift + price_lift * price;
}

float dyn_lift_max(const dyn_work_t *work)
{
    float lift = 1;

    if (work->session != NULL) {
        lift = likes_lift_max(work->liked_categories.most, work->liked_brands.most,
                              work->price_high > 0 ? 1 : 0);
    }

    return work->boost.factor_of != NULL ? lift * work->boost.most : lift;
}

float dyn_lift_whole(const dyn_work_t *work)
{
    float lift = work->session != NULL ? likes_lift_max(1, 1, 1) : 1;

    return work->boost.factor_of != NULL ? lift * work->boost.most : lift;
}

void dyn_candidates_lift(dyn_work_t *work, uint32_t candidate)
{
    dyn_candidates_t *candidates = &work->candidates;

    if (work->session == NULL && work->boost.factor_of == NULL) {
        candidates->lifts[candidate] = 1;
        return;
    }

    uint32_t item = candidates->items[candidate];
    float lift = work->session != NULL ? likes_lift(work, item) : 1;

    if (work->boost.factor_of != NULL) {
        lift *= work->boost.factor_of(work->boost.data, item);
    }

    float score = candidates->scores[candidate] * lift;

    candidates->lifts[candidate] = lift;
    candidates->scores[candidate] = score < 1 ? score : 1;
}
