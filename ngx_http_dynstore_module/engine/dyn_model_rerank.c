/* The trees: what they say multiplies a candidate's score. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

#include <math.h>

/* Columns are asked whole, for the compiler to compare several candidates at once. */
static void add_tree(const dyn_model_tree_t *tree, const dyn_model_features_t *features,
                     size_t padded, float *sums)
{
    uint32_t leaves[DYN_MODEL_RERANK_DEPTH_MAX] = {0};

    for (unsigned level = 0; level < DYN_MODEL_TREE_DEPTH; level++) {
        const float *column = features->column[tree->features[level]];
        float threshold = tree->thresholds[level];
        uint32_t bit = 1U << level;

        for (size_t i = 0; i < padded; i++) {
            leaves[i] |= column[i] > threshold ? bit : 0;
        }
    }

    for (size_t i = 0; i < padded; i++) {
        sums[i] += tree->leaves[leaves[i]];
    }
}

void dyn_model_rerank(const dyn_model_t *model, dyn_model_scratch_t *scratch, uint64_t *keys,
                      size_t count)
{
    float sums[DYN_MODEL_RERANK_DEPTH_MAX] = {0};
    size_t padded = DYN_MODEL_PADDED(count);

    for (uint32_t t = 0; t < model->header->tree_count; t++) {
        add_tree(&model->trees[t], &scratch->features, padded, sums);
    }

    for (size_t i = 0; i < count; i++) {
        uint32_t number = dyn_model_key_number(keys[i]);
        float factor = expf(fmaxf(fminf(sums[i], 20.0F), -20.0F));

        scratch->candidates[number].rerank = factor;
        keys[i] = dyn_model_key(dyn_model_key_score(keys[i]) * factor, number);
    }
}
