#include "dyn_work.h"

#include <string.h>

/*
 * How much an affinity of 1 raises a score: enough to order likes among near equals, not to overrule the sources. Chosen by
 * judgement; the ranking model learns its own.
 */
static const float category_lift = 0.25f;
static const float brand_lift = 0.15f;
static const float price_lift = 0.10f;

static uint32_t first_row(const dyn_candidates_t *candidates, uint32_t item)
{
    return (item * 2654435761u) >> (32 - candidates->row_bits);
}

/* The row that holds the item, or the empty one where it belongs. */
static uint32_t row_of(const dyn_candidates_t *candidates, uint32_t item)
{
    uint32_t mask = (1u << candidates->row_bits) - 1;
    uint32_t row = first_row(candidates, item);

    while (candidates->rows[row] != 0 && candidates->list[candidates->rows[row] - 1].item != item) {
        row = (row + 1) & mask;
    }

    return row;
}

bool dyn_candidates_init(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;

    /* Without an explanation nothing of a slot's candidates outlives the slot. */
    if (candidates->list == NULL || work->explaining) {
        candidates->capacity = work->explaining ? DYN_EXPLAINED_MAX : DYN_CANDIDATES_MAX;
        candidates->row_bits = work->explaining ? 12 : 10;
        candidates->list =
            dyn_arena_alloc(work->arena, candidates->capacity * sizeof(dyn_candidate_t));
        candidates->rows = dyn_arena_alloc(work->arena, sizeof(uint16_t) << candidates->row_bits);
        if (candidates->list == NULL || candidates->rows == NULL) {
            return false;
        }
    }

    memset(candidates->rows, 0, sizeof(uint16_t) << candidates->row_bits);
    candidates->count = 0;
    candidates->kept = 0;

    return true;
}

dyn_candidate_t *dyn_candidates_find(const dyn_work_t *work, uint32_t item)
{
    const dyn_candidates_t *candidates = &work->candidates;
    uint16_t place = candidates->rows[row_of(candidates, item)];

    return place == 0 ? NULL : &candidates->list[place - 1];
}

void dyn_candidates_begin(dyn_work_t *work, dyn_source_t source)
{
    work->candidates.source = source;
    work->candidates.stage = dyn_source_stage(source);
    work->candidates.budget = DYN_SOURCE_CANDIDATES_MAX;
    work->candidates.largest = 0;
}

static dyn_candidate_t *insert(dyn_work_t *work, uint32_t row, uint32_t item)
{
    dyn_candidates_t *candidates = &work->candidates;
    bool full = candidates->budget == 0 || candidates->kept == DYN_CANDIDATES_MAX;

    if (full && !work->explaining) {
        return NULL;
    }

    int removed_by = dyn_filter_of(work, item);

    if (removed_by < 0 ? full : !work->explaining) {
        return NULL;
    }
    if (candidates->count == candidates->capacity) {
        return NULL;
    }
    /* While explaining, what was removed must leave room for all that is kept. */
    if (removed_by >= 0 &&
        candidates->count - candidates->kept >= candidates->capacity - DYN_CANDIDATES_MAX) {
        return NULL;
    }

    if (removed_by < 0) {
        candidates->kept++;
        candidates->budget--;
    }

    dyn_candidate_t *candidate = &candidates->list[candidates->count++];
    candidates->rows[row] = (uint16_t)candidates->count;
    memset(candidate, 0, sizeof(*candidate));
    candidate->item = item;
    candidate->removed_by = removed_by;
    candidate->place = -1;
    candidate->stage = candidates->stage;
    candidate->rung = DYN_RUNG_NONE;

    return candidate;
}

void dyn_candidates_propose(dyn_work_t *work, uint32_t item, float weight)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t row = row_of(candidates, item);
    dyn_candidate_t *candidate;

    if (candidates->rows[row] != 0) {
        candidate = &candidates->list[candidates->rows[row] - 1];
        /* An earlier sweep has judged it. */
        if (candidate->stage != candidates->stage) {
            return;
        }
    } else if ((candidate = insert(work, row, item)) == NULL) {
        return;
    }

    float sum = candidate->parts[candidates->source] + weight;
    candidate->parts[candidates->source] = sum;
    if (candidate->removed_by < 0 && sum > candidates->largest) {
        candidates->largest = sum;
    }
}

void dyn_candidates_end(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;
    float weight = work->row->weights[candidates->source];

    candidates->asked[candidates->asked_count++] = (dyn_asked_t){
        candidates->source,
        weight,
        /* Only removed items were proposed: their parts are shown as they are, at most the weight. */
        candidates->largest > 0 ? weight / candidates->largest : weight,
    };
    if (candidates->largest > 0) {
        work->weight_sum += weight;
    }
}

static uint32_t likes_row(uint32_t index)
{
    return (index * 2654435761U) >> 27;
}

void dyn_likes_init(dyn_likes_t *likes, const dyn_affinity_t *affinities, uint32_t count)
{
    memset(likes->index, 0xff, sizeof(likes->index));
    for (uint32_t i = 0; i < count && i < DYN_FOLD_AFFINITIES_MAX; i++) {
        uint32_t row = likes_row(affinities[i].index);

        while (likes->index[row] != DYN_NONE) {
            row = (row + 1) % DYN_LIKES_ROWS;
        }
        likes->index[row] = affinities[i].index;
        likes->affinity[row] = affinities[i].affinity;
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

static float lift_of(const dyn_work_t *work, uint32_t number)
{
    const dyn_item_t *item = dyn_work_item(work, number);
    float lift = 1;

    if (item->category != DYN_NONE) {
        lift += category_lift * affinity_to(&work->liked_categories, item->category);
    }
    if (item->brand != DYN_NONE) {
        lift += brand_lift * affinity_to(&work->liked_brands, item->brand);
    }

    return lift + price_lift * price_fit(work, item->price_minor);
}

/* Turns what the sources gave into parts and returns their sum. */
static float finish_parts(const dyn_candidates_t *candidates, dyn_candidate_t *candidate)
{
    float sum = 0;

    for (uint32_t i = 0; i < candidates->asked_count; i++) {
        const dyn_asked_t *asked = &candidates->asked[i];
        float part = candidate->parts[asked->source] * asked->scale;

        part = part < asked->weight ? part : asked->weight;
        candidate->parts[asked->source] = part;
        sum += part;
    }

    return sum;
}

/* The largest that lift_of() can give, added in its order: rounding cannot put a lift above it. */
static float lift_max(void)
{
    float lift = 1 + category_lift;

    lift += brand_lift;

    return lift + price_lift;
}

void dyn_candidates_score(dyn_work_t *work, dyn_stage_t stage)
{
    dyn_candidates_t *candidates = &work->candidates;
    bool liftable = work->session != NULL;
    float scale = 1;

    if (work->weight_sum > 0) {
        scale /= work->weight_sum;
    }
    if (liftable) {
        scale /= lift_max();
    }

    for (uint32_t i = 0; i < candidates->count; i++) {
        dyn_candidate_t *candidate = &candidates->list[i];

        if (candidate->stage == (uint32_t)stage) {
            candidate->lift = liftable ? 0 : 1;
            candidate->score = finish_parts(candidates, candidate) * scale;
        }
    }
}

float dyn_candidate_score_max(const dyn_candidate_t *candidate)
{
    float score = candidate->lift > 0 ? candidate->score : candidate->score * lift_max();

    return score < 1 ? score : 1;
}

bool dyn_candidate_lift(const dyn_work_t *work, dyn_candidate_t *candidate)
{
    if (candidate->lift > 0) {
        return false;
    }
    candidate->lift = lift_of(work, candidate->item);
    candidate->score *= candidate->lift;
    if (candidate->score > 1) {
        candidate->score = 1;
    }

    return true;
}
