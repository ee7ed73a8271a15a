/* The trees: what they say multiplies a candidate's score. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

#include <math.h>
#include <string.h>

/* GROUP candidates at once, as many as every x86-64 and ARMv8 compares in one instruction; wider vectors become scalars there. */
enum { GROUP = 4 };

typedef float group_t __attribute__((vector_size(GROUP * sizeof(float))));
typedef int32_t leaves_t __attribute__((vector_size(GROUP * sizeof(int32_t))));

_Static_assert(DYN_MODEL_TREE_DEPTH == 6, "add_tree() asks six questions");

static inline leaves_t ask(const float *column, float threshold, int bit)
{
    group_t values;

    memcpy(&values, column, sizeof(values));

    return (values > threshold) & bit;
}

/* `padded` is a multiple of GROUP. Columns and thresholds stay in registers from group to group. */
static void add_tree(const dyn_model_tree_t *tree, const dyn_model_features_t *features,
                     size_t padded, float *sums)
{
    const float *a = features->column[tree->features[0]];
    const float *b = features->column[tree->features[1]];
    const float *c = features->column[tree->features[2]];
    const float *d = features->column[tree->features[3]];
    const float *e = features->column[tree->features[4]];
    const float *f = features->column[tree->features[5]];
    const float *thresholds = tree->thresholds;

    for (size_t at = 0; at < padded; at += GROUP) {
        leaves_t leaves = ask(a + at, thresholds[0], 1) | ask(b + at, thresholds[1], 2) |
                          ask(c + at, thresholds[2], 4) | ask(d + at, thresholds[3], 8) |
                          ask(e + at, thresholds[4], 16) | ask(f + at, thresholds[5], 32);

        for (size_t i = 0; i < GROUP; i++) {
            sums[at + i] += tree->leaves[leaves[i]];
        }
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
