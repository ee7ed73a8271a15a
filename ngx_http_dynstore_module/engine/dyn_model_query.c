/* A query from clicks to results. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

enum { PLACES_AT_ONCE = 64 };

_Static_assert(DYN_MODEL_CANDIDATES_MAX % PLACES_AT_ONCE == 0,
               "places are made ready in whole blocks");

size_t dyn_model_scratch_size(void)
{
    return sizeof(dyn_model_scratch_t);
}

static void ready_places(dyn_model_scratch_t *scratch)
{
    for (size_t i = 0; i < PLACES_AT_ONCE; i++) {
        scratch->candidates[scratch->candidates_ready++] =
            (dyn_model_candidate_t){.item = DYN_NONE, .distance = DYN_MODEL_NOT_SEEN};
    }
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

            dyn_model_candidate_t *candidate = &scratch->candidates[scratch->candidate_count++];

            candidate->item = item;
            scratch->candidate_slots[slot] = (uint16_t)scratch->candidate_count;
            return candidate;
        }

        if (scratch->candidates[entry - 1].item == item) {
            return &scratch->candidates[entry - 1];
        }
    }
}

dyn_model_candidate_t *dyn_model_find(dyn_model_scratch_t *scratch, uint32_t item)
{
    for (uint32_t slot = dyn_model_slot(item);;
         slot = (slot + 1) & (DYN_MODEL_CANDIDATE_SLOTS - 1)) {
        size_t entry = scratch->candidate_slots[slot];

        if (entry == 0) {
            return NULL;
        }

        if (scratch->candidates[entry - 1].item == item) {
            return &scratch->candidates[entry - 1];
        }
    }
}

void dyn_model_read_query(const dyn_model_t *model, const dyn_model_query_t *query,
                          dyn_model_scratch_t *scratch)
{
    size_t first =
        query->count > DYN_MODEL_QUERY_CLICKS_MAX ? query->count - DYN_MODEL_QUERY_CLICKS_MAX : 0;

    memset(scratch->candidate_slots, 0, sizeof(scratch->candidate_slots));
    scratch->candidate_count = 0;
    scratch->candidates_ready = 0;
    scratch->recent_count = 0;
    scratch->prefix_length = query->count - first;

    for (size_t i = query->count; i-- > first;) {
        uint32_t item = query->items[i];

        if (item >= model->header->item_count) {
            continue;
        }

        dyn_model_candidate_t *candidate = dyn_model_candidate(scratch, item);

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
}

static void exclude(const dyn_model_query_t *query, dyn_model_scratch_t *scratch)
{
    for (size_t i = 0; i < query->excluded_count && i < DYN_MODEL_RESULTS_MAX; i++) {
        dyn_model_candidate_t *candidate = dyn_model_find(scratch, query->excluded[i]);

        if (candidate != NULL) {
            candidate->excluded = true;
        }
    }

    for (size_t i = 0; query->exclude_session && i < scratch->recent_count; i++) {
        scratch->candidates[scratch->recents[i].candidate].excluded = true;
    }
}

/* Appends the keys that are not excluded, best first and no score above the last one's, until `want`. */
static size_t take(const dyn_model_t *model, dyn_model_scratch_t *scratch, uint64_t *keys,
                   size_t count, size_t taken, size_t want, dyn_model_result_t *results)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t number = dyn_model_key_number(keys[i]);

        if (!scratch->candidates[number].excluded) {
            /* From here on the key names the item: ties go to the lower item number. */
            keys[kept++] =
                dyn_model_key(dyn_model_key_score(keys[i]), scratch->candidates[number].item);
        }
    }

    size_t room = kept < want - taken ? kept : want - taken;

    dyn_model_select(keys, kept, room);
    dyn_model_sort(keys, room);

    for (size_t i = 0; i < room; i++) {
        const dyn_model_candidate_t *candidate =
            dyn_model_find(scratch, dyn_model_key_number(keys[i]));
        float score = dyn_model_key_score(keys[i]);

        if (taken > 0 && score > results[taken - 1].score) {
            score = results[taken - 1].score;
        }

        results[taken++] = (dyn_model_result_t){
            .item = candidate->item,
            .score = score,
            .parts =
                {
                    .knn = scratch->knn_sum > 0 ? candidate->knn / scratch->knn_sum : 0,
                    .walk = scratch->walk_sum > 0 ? candidate->walk / scratch->walk_sum : 0,
                    .prior = model->items[candidate->item].prior,
                    .repeat = candidate->repeat,
                    .rerank = candidate->rerank > 0 ? candidate->rerank : 1.0F,
                },
        };
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
    return dyn_model_order(scratch, depth);
}

size_t dyn_model_query(const dyn_model_t *model, const dyn_model_query_t *query,
                       dyn_model_scratch_t *scratch, dyn_model_result_t *results)
{
    size_t want = query->want < DYN_MODEL_RESULTS_MAX ? query->want : DYN_MODEL_RESULTS_MAX;

    if (model->header == NULL || want == 0) {
        return 0;
    }

    bool reorder = model->header->tree_count > 0 && !query->plain;
    size_t depth = reorder ? model->header->parameters.rerank_depth : 0;
    size_t count = dyn_model_prepare(model, query, scratch, depth);
    size_t best = count < depth ? count : depth;
    size_t taken = 0;

    exclude(query, scratch);

    if (best > 0) {
        dyn_model_fill_features(model, scratch, scratch->keys, best);
        dyn_model_rerank(model, scratch, scratch->keys, best);
        taken = take(model, scratch, scratch->keys, best, 0, want, results);
    }

    return taken < want
               ? take(model, scratch, scratch->keys + best, count - best, taken, want, results)
               : taken;
}
