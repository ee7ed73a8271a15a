/*
 * Gradient-boosted trees that learn which rows of a group belong first: listwise softmax loss (ListNet, Cao et al. 2007), second-order boosting on histograms (Chen and Guestrin 2016), symmetric trees (Prokhorenkova
 * et al. 2018). Deterministic on any number of threads.
 */
#ifndef DYN_GBDT_H
#define DYN_GBDT_H

#include "engine/model/format.h"

enum { DYN_GBDT_BINS = 64 };

typedef struct {
    size_t feature_count;
    size_t row_count;
    uint32_t group_count;
    /* A group's rows are [starts[g], starts[g + 1]); their labels, 0 for most, sum to 1. */
    const uint32_t *starts;
    const float *labels;
    /* features[f * row_count + row] */
    const float *features;
    /* The score to start from, in logarithms; how many rows a sampled row stands for. */
    const float *base;
    const float *weights;
    /* Groups from this one on are not learned from: they say when to stop. */
    uint32_t first_held_out;
} dyn_gbdt_data_t;

typedef struct {
    uint32_t trees;
    /* Stop when so many trees brought nothing on the groups held out. */
    uint32_t patience;
    double rate;
    double l2;
    /* Share of the features each tree may ask, and of the groups its questions are found on. */
    double columns;
    double rows;
    unsigned threads;
    uint64_t seed;
} dyn_gbdt_options_t;

typedef struct {
    dyn_model_tree_t *trees; /* room for options.trees, the caller's */
    uint32_t tree_count;     /* 0: nothing better than the base was found */
    double loss_before;      /* mean negative log likelihood on the groups held out */
    double loss_after;
    double gains[256]; /* of each feature, summed over the trees */
} dyn_gbdt_result_t;

/* False when memory is out. */
bool dyn_gbdt_train(const dyn_gbdt_data_t *data, const dyn_gbdt_options_t *options,
                    dyn_gbdt_result_t *result);

#endif
