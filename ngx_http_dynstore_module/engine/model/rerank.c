/* What the trees say multiplies a candidate's score. */
#include "engine/base/curves.h"
#include "engine/model/internal.h"
#include "engine/model/trees.h"

#include <math.h>

void dyn_model_rerank(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    float sums[DYN_MODEL_RERANK_DEPTH_MAX];

    dyn_model_sum_trees(model, &scratch->features, dyn_model_trees_width(), sums);

    for (size_t i = 0; i < scratch->features.count; i++) {
        scratch->candidates[scratch->order[i]].rerank =
            (float)dyn_exp((double)fmaxf(fminf(sums[i], 20.0F), -20.0F));
    }
}
