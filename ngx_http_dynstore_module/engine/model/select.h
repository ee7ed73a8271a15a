/*
 * The best k of n scores without sorting all. Scores are not negative and not NaN, so that they compare as the integers of their bits
 * do. No branch depends on a single score: processors foretell those badly, and a wrong guess costs as much as twenty steps.
 */
#ifndef DYN_MODEL_SELECT_H
#define DYN_MODEL_SELECT_H

#include "engine/base/types.h"

enum {
    DYN_MODEL_BEST_MAX = 256,
    DYN_MODEL_SCORES_MAX = 4096
};

/*
 * The numbers of the k greatest scores (at most DYN_MODEL_BEST_MAX) above 0, rising. Of equal ones that with the lower item is taken
 * first, without items the lower number. Returns how many. Of `scores` (at most DYN_MODEL_SCORES_MAX) what fills the last group of 16
 * becomes 0.
 */
size_t dyn_model_best(float *scores, const uint32_t *items, size_t count, size_t k,
                      uint16_t *numbers);
/* Greatest score first, then the lower item, without items what came first; at most DYN_MODEL_BEST_MAX numbers. */
void dyn_model_sort(const float *scores, const uint32_t *items, uint16_t *numbers, size_t count);

#endif
