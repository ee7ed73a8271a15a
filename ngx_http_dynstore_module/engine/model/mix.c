/* Neighbours and walk become one score, times the priors; then the items that the session already holds. */
#include "engine/model/internal.h"

void dyn_model_blend(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    float knn_sum = 0;
    float walk_sum = 0;
    float total = 0;

    for (size_t i = 0; i < scratch->candidate_count; i++) {
        dyn_model_fetch(&model->items[scratch->items[i]]);
        knn_sum += scratch->candidates[i].knn.all;
        walk_sum += scratch->candidates[i].walk;
    }

    scratch->knn_sum = knn_sum;
    scratch->walk_sum = walk_sum;

    float knn_scale = knn_sum > 0 ? 1.0F / knn_sum : 0;
    float walk_scale = walk_sum > 0 ? model->header->parameters.blend_walk / walk_sum : 0;

    for (size_t i = 0; i < scratch->candidate_count; i++) {
        const dyn_model_candidate_t *candidate = &scratch->candidates[i];
        float q = (candidate->knn.all * knn_scale + candidate->walk * walk_scale) *
                  model->items[scratch->items[i]].prior;

        scratch->base[i] = q;
        total += q;
    }

    if (total > 0) {
        for (size_t i = 0; i < scratch->candidate_count; i++) {
            scratch->base[i] /= total;
        }
    }
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

void dyn_model_repeats(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_header_t *header = model->header;
    size_t length =
        dyn_model_repeat_length(scratch->prefix_length == 0 ? 1 : scratch->prefix_length);

    for (size_t i = 0; i < scratch->recent_count; i++) {
        const dyn_model_recent_t *recent = &scratch->recents[i];
        dyn_model_candidate_t *candidate = &scratch->candidates[recent->candidate];
        const dyn_model_item_t *item = &model->items[recent->item];
        bool last = recent->distance == 0;
        size_t distance = at_most(recent->distance, DYN_MODEL_REPEAT_DISTANCES - 1);
        size_t seen = at_most(candidate->occurrences, DYN_MODEL_REPEAT_COUNTS) - 1;
        float keep = last ? header->parameters.repeat_keep_last : header->parameters.repeat_keep;

        candidate->repeat = header->parameters.repeat_weight *
                            header->repeats[distance][seen][length] *
                            (last ? item->repeat_at_once : item->repeat_later);
        scratch->base[recent->candidate] =
            keep * scratch->base[recent->candidate] + candidate->repeat;
    }
}
