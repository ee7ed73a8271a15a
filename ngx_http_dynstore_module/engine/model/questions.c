/*
 * The trees' thresholds as small numbers. A feature is compared with few different thresholds, however many trees ask about it: once a
 * value's place among them is known, all questions about it are comparisons of bytes (after QuickScorer, Lucchese et al., 2015).
 */
#include "engine/model/internal.h"

#include <stdlib.h>
#include <string.h>

static int rising(const void *a, const void *b)
{
    float left;
    float right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));

    return (left > right) - (left < right);
}

/* The different thresholds of a feature, rising, into `thresholds`; returns how many. */
static size_t collect(const dyn_model_tree_t *trees, uint32_t count, uint32_t feature,
                      float *thresholds)
{
    size_t found = 0;
    size_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        for (size_t k = 0; k < DYN_MODEL_TREE_DEPTH; k++) {
            if (trees[i].features[k] == feature) {
                thresholds[found++] = trees[i].thresholds[k];
            }
        }
    }

    qsort(thresholds, found, sizeof(float), rising);

    for (size_t i = 0; i < found; i++) {
        if (kept == 0 || thresholds[i] > thresholds[kept - 1]) {
            thresholds[kept++] = thresholds[i];
        }
    }

    return kept;
}

static uint32_t place_of(const dyn_model_questions_t *questions, uint32_t feature, float threshold)
{
    uint32_t place = questions->starts[feature];

    while (questions->thresholds[place] < threshold) {
        place++;
    }

    return place - questions->starts[feature];
}

uint32_t dyn_model_number_questions(dyn_model_questions_t *questions, const dyn_model_tree_t *trees,
                                    uint32_t count)
{
    size_t total = 0;

    for (uint32_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
        size_t kept = collect(trees, count, f, questions->thresholds + total);

        if (kept > DYN_MODEL_THRESHOLDS_MAX) {
            return f;
        }

        questions->starts[f] = (uint16_t)total;
        total += kept;
    }

    questions->starts[DYN_MODEL_FEATURES_COUNT] = (uint16_t)total;

    for (uint32_t i = 0; i < count; i++) {
        for (size_t k = 0; k < DYN_MODEL_TREE_DEPTH; k++) {
            uint32_t feature = trees[i].features[k];

            questions->asked[i].features[k] = (uint8_t)feature;
            questions->asked[i].places[k] =
                0x01010101U * place_of(questions, feature, trees[i].thresholds[k]);
        }
    }

    return DYN_MODEL_FEATURES_COUNT;
}
