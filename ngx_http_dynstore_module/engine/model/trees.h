/* What the trees say of candidates. The answer does not depend on the width. */
#ifndef DYN_MODEL_TREES_H
#define DYN_MODEL_TREES_H

#include "engine/model/model.h"

/* The widest vectors of this processor, in bytes: 16, 32 or 64. */
size_t dyn_model_trees_width(void);
/* The sum of the trees' leaves for each candidate, with vectors of at most that width. */
void dyn_model_sum_trees(const dyn_model_t *model, const dyn_model_features_t *features,
                         size_t width, float *sums);

#endif
