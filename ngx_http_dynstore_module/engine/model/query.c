/* A query from clicks to results. */
#include "engine/model/internal.h"

#include <math.h>
#include <string.h>

enum { PLACES_AT_ONCE = 64 };

_Static_assert(DYN_MODEL_CANDIDATES_MAX % PLACES_AT_ONCE == 0,
               "places are made ready in whole blocks");

size_t dyn_model_scratch_size(void)
{
    return sizeof(dyn_model_scratch_t);
}

static void ready_places(dyn_model_scratch_t *scratch)
{
    memset(&scratch->candidates[scratch->candidates_ready], 0,
           PLACES_AT_ONCE * sizeof(scratch->candidates[0]));
    scratch->candidates_ready += PLACES_AT_ONCE;
}

static void start_candidates(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    uint32_t items = model->header->item_count;

    scratch->direct = items <= DYN_MODEL_DIRECT_MAX;
    scratch->candidate_count = 0;
    scratch->candidates_ready = 0;

    if (!scratch->direct) {
        memset(scratch->candidate_slots, 0, sizeof(scratch->candidate_slots));
        return;
    }

    while (scratch->candidates_ready < items) {
        ready_places(scratch);
    }

    for (uint32_t i = 0; i < items; i++) {
        scratch->items[i] = i;
    }

    scratch->candidate_count = items;
}

dyn_model_candidate_t *dyn_model_candidate_slowly(dyn_model_scratch_t *scratch, uint32_t item)
{
    if (scratch->candidate_count == scratch->candidates_ready &&
        scratch->candidates_ready < DYN_MODEL_CANDIDATES_MAX) {
        ready_places(scratch);
    }

    for (uint32_t slot = dyn_model_slot(item);;
         slot = (slot + 1) & (DYN_MODEL_CANDIDATE_SLOTS - 1)) {
        size_t entry = scratch->candidate_slots[slot];

        if (entry == 0) {
            if (scratch->candidate_count == DYN_MODEL_CANDIDATES_MAX) {
                return &scratch->candidates[DYN_MODEL_CANDIDATES_MAX];
            }

            scratch->items[scratch->candidate_count++] = item;
            scratch->candidate_slots[slot] = (uint16_t)scratch->candidate_count;
            return &scratch->candidates[scratch->candidate_count - 1];
        }

        if (scratch->items[entry - 1] == item) {
            return &scratch->candidates[entry - 1];
        }
    }
}

dyn_model_candidate_t *dyn_model_find_slot(dyn_model_scratch_t *scratch, uint32_t item)
{
    for (uint32_t slot = dyn_model_slot(item);;
         slot = (slot + 1) & (DYN_MODEL_CANDIDATE_SLOTS - 1)) {
        size_t entry = scratch->candidate_slots[slot];

        if (entry == 0) {
            return NULL;
        }

        if (scratch->items[entry - 1] == item) {
            return &scratch->candidates[entry - 1];
        }
    }
}

void dyn_model_read_query(const dyn_model_t *model, const dyn_model_query_t *query,
                          dyn_model_scratch_t *scratch)
{
    size_t first =
        query->count > DYN_MODEL_QUERY_CLICKS_MAX ? query->count - DYN_MODEL_QUERY_CLICKS_MAX : 0;

    start_candidates(model, scratch);

    size_t candidate_count = scratch->candidate_count;

    scratch->recent_count = 0;
    scratch->prefix_length = query->count - first;

    for (size_t i = query->count; i-- > first;) {
        uint32_t item = query->items[i];

        if (item >= model->header->item_count) {
            continue;
        }

        dyn_model_candidate_t *candidate = dyn_model_candidate(scratch, &candidate_count, item);

        if (candidate->occurrences++ == 0) {
            dyn_model_fetch(&model->edge_starts[item]);
            dyn_model_fetch(&model->posting_starts[item]);
            candidate->distance = (uint8_t)(query->count - 1 - i);
            scratch->recents[scratch->recent_count++] = (dyn_model_recent_t){
                .item = item,
                .candidate = (uint16_t)(candidate - scratch->candidates),
                .distance = candidate->distance,
            };
        }
    }

    scratch->candidate_count = candidate_count;
}

static void exclude(dyn_model_scratch_t *scratch, size_t candidate)
{
    scratch->candidates[candidate].excluded = true;
    scratch->scores[candidate] = 0;
}

/* What may be shown has its score, the rest 0. */
static void score_what_may_be_shown(const dyn_model_query_t *query, dyn_model_scratch_t *scratch)
{
    memcpy(scratch->scores, scratch->base, scratch->candidate_count * sizeof(scratch->scores[0]));

    for (size_t i = 0; i < query->excluded_count && i < DYN_MODEL_RESULTS_MAX; i++) {
        const dyn_model_candidate_t *candidate = dyn_model_find(scratch, query->excluded[i]);

        if (candidate != NULL) {
            exclude(scratch, (size_t)(candidate - scratch->candidates));
        }
    }

    for (size_t i = 0; query->exclude_session && i < scratch->recent_count; i++) {
        exclude(scratch, scratch->recents[i].candidate);
    }
}

static dyn_model_result_t result_of(const dyn_model_t *model, const dyn_model_scratch_t *scratch,
                                    uint16_t candidate_number, float score)
{
    const dyn_model_candidate_t *candidate = &scratch->candidates[candidate_number];
    uint32_t item = scratch->items[candidate_number];

    return (dyn_model_result_t){
        .item = item,
        .score = score,
        .parts =
            {
                .knn = scratch->knn_sum > 0 ? candidate->knn.all / scratch->knn_sum : 0,
                .walk = scratch->walk_sum > 0 ? candidate->walk / scratch->walk_sum : 0,
                .prior = model->items[item].prior,
                .repeat = candidate->repeat,
                .rerank = candidate->rerank > 0 ? candidate->rerank : 1.0F,
            },
    };
}

/* The first `count` of the order, in the one that the trees give them, until `want`. */
static size_t take_reranked(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t count,
                            size_t want, dyn_model_result_t *results)
{
    uint16_t numbers[DYN_MODEL_RERANK_DEPTH_MAX];

    for (size_t i = 0; i < count; i++) {
        uint16_t candidate = scratch->order[i];

        scratch->scores[candidate] =
            scratch->base[candidate] * scratch->candidates[candidate].rerank;
        numbers[i] = candidate;
    }

    dyn_model_sort(scratch->scores, scratch->items, numbers, count);

    size_t taken = count < want ? count : want;

    for (size_t i = 0; i < taken; i++) {
        results[i] = result_of(model, scratch, numbers[i], scratch->scores[numbers[i]]);
    }

    return taken;
}

/* Appends the best of those that are left, no score above the last one's, until `want`. */
static size_t take_others(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t reranked,
                          size_t taken, size_t want, dyn_model_result_t *results)
{
    float most = taken > 0 ? results[taken - 1].score : INFINITY;

    for (size_t i = 0; i < reranked; i++) {
        scratch->scores[scratch->order[i]] = 0;
    }

    size_t count = dyn_model_best(scratch->scores, scratch->items, scratch->candidate_count,
                                  want - taken, scratch->order);

    dyn_model_sort(scratch->scores, scratch->items, scratch->order, count);

    for (size_t i = 0; i < count; i++) {
        float score = scratch->scores[scratch->order[i]];

        results[taken++] =
            result_of(model, scratch, scratch->order[i], score < most ? score : most);
    }

    return taken;
}

size_t dyn_model_prepare(const dyn_model_t *model, const dyn_model_query_t *query,
                         dyn_model_scratch_t *scratch, size_t depth)
{
    dyn_model_read_query(model, query, scratch);
    dyn_model_walk(model, scratch);
    dyn_model_knn(model, scratch);
    dyn_model_blend(model, scratch);
    dyn_model_repeats(model, scratch);
    score_what_may_be_shown(query, scratch);

    size_t count = dyn_model_best(scratch->scores, scratch->items, scratch->candidate_count, depth,
                                  scratch->order);

    dyn_model_sort(scratch->scores, scratch->items, scratch->order, count);

    return count;
}

static size_t rerank_depth(const dyn_model_t *model, const dyn_model_query_t *query)
{
    size_t depth = model->header->parameters.rerank_depth;
    size_t enough = 2 * (query->shown > 0 ? query->shown : query->want) + 8;

    if (model->header->tree_count == 0 || query->plain) {
        return 0;
    }

    return depth < enough ? depth : enough;
}

size_t dyn_model_query(const dyn_model_t *model, const dyn_model_query_t *query,
                       dyn_model_scratch_t *scratch, dyn_model_result_t *results)
{
    size_t want = query->want < DYN_MODEL_RESULTS_MAX ? query->want : DYN_MODEL_RESULTS_MAX;

    if (model->header == NULL || want == 0) {
        return 0;
    }

    size_t best = dyn_model_prepare(model, query, scratch, rerank_depth(model, query));
    size_t taken = 0;

    if (best > 0) {
        dyn_model_fill_features(model, scratch, best);
        dyn_model_rerank(model, scratch);
        taken = take_reranked(model, scratch, best, want, results);
    }

    return taken < want ? take_others(model, scratch, best, taken, want, results) : taken;
}
