#include "cli/train/gbdt.h"

#include "cli/base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES = 1 << DYN_MODEL_TREE_DEPTH, FEATURES_MAX = 256, SAMPLE = 65536, BLOCKS = 64 };

typedef struct {
    double gradient;
    double hessian;
} sum_t;

typedef struct {
    double gain;
    uint32_t bin;
} split_t;

typedef struct {
    const dyn_gbdt_data_t *data;
    const dyn_gbdt_options_t *options;
    uint8_t *bins; /* [feature][row] */
    float (*edges)[DYN_GBDT_BINS];
    uint32_t edge_counts[FEATURES_MAX];
    float *gradients;
    float *hessians;
    float *scores;
    uint8_t *leaves;
    double *losses; /* of each group */
    bool asked[FEATURES_MAX];
    /* The groups learned from lie in blocks, of which each tree sees a part: [block_starts[b], block_starts[b + 1]) rows. */
    size_t block_starts[BLOCKS + 1];
    bool seen[BLOCKS];
    split_t splits[FEATURES_MAX];
    unsigned level;
    uint64_t random;
} trainer_t;

/* xorshift64* (Vigna 2016) */
static uint64_t next_random(trainer_t *trainer)
{
    trainer->random ^= trainer->random >> 12;
    trainer->random ^= trainer->random << 25;
    trainer->random ^= trainer->random >> 27;
    return trainer->random * 2685821657736338717ULL;
}

static int by_value(const void *a, const void *b)
{
    float left = *(const float *)a;
    float right = *(const float *)b;

    return left < right ? -1 : left > right;
}

/* Bin edges at quantiles of a sample; a value's bin is the number of edges below it. */
static bool make_bins(void *context, unsigned part, unsigned parts)
{
    trainer_t *trainer = context;
    const dyn_gbdt_data_t *data = trainer->data;
    size_t step = data->row_count / SAMPLE + 1;
    float *sample = malloc((data->row_count / step + 1) * sizeof(float));

    if (sample == NULL) {
        return false;
    }

    for (size_t f = part; f < data->feature_count; f += parts) {
        const float *column = data->features + f * data->row_count;
        float *edges = trainer->edges[f];
        uint32_t edge_count = 0;
        size_t count = 0;

        for (size_t i = 0; i < data->row_count; i += step) {
            sample[count++] = column[i];
        }

        qsort(sample, count, sizeof(float), by_value);

        for (size_t b = 1; b < DYN_GBDT_BINS; b++) {
            float edge = sample[b * count / DYN_GBDT_BINS];

            if ((edge_count == 0 || edge > edges[edge_count - 1]) && edge < sample[count - 1]) {
                edges[edge_count++] = edge;
            }
        }

        trainer->edge_counts[f] = edge_count;

        for (size_t i = 0; i < data->row_count; i++) {
            uint32_t low = 0;
            uint32_t high = edge_count;

            while (low < high) {
                uint32_t middle = (low + high) / 2;

                if (column[i] > edges[middle]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }

            trainer->bins[f * data->row_count + i] = (uint8_t)low;
        }
    }

    free(sample);
    return true;
}

static bool make_gradients(void *context, unsigned part, unsigned parts)
{
    trainer_t *trainer = context;
    const dyn_gbdt_data_t *data = trainer->data;
    uint32_t first = (uint32_t)((uint64_t)data->group_count * part / parts);
    uint32_t last = (uint32_t)((uint64_t)data->group_count * (part + 1) / parts);

    for (uint32_t g = first; g < last; g++) {
        uint32_t start = data->starts[g];
        uint32_t end = data->starts[g + 1];
        float most = trainer->scores[start];
        double total = 0;

        for (uint32_t i = start; i < end; i++) {
            most = fmaxf(most, trainer->scores[i]);
        }

        for (uint32_t i = start; i < end; i++) {
            trainer->gradients[i] = data->weights[i] * expf(trainer->scores[i] - most);
            total += (double)trainer->gradients[i];
        }

        trainer->losses[g] = 0;

        for (uint32_t i = start; i < end; i++) {
            float share = (float)((double)trainer->gradients[i] / total);

            if (data->labels[i] > 0) {
                trainer->losses[g] -= (double)data->labels[i] * log((double)share + 1e-12);
            }
            trainer->gradients[i] = share - data->labels[i];
            trainer->hessians[i] = share * (1.0F - share);
        }
    }

    return true;
}

static double held_out_loss(const trainer_t *trainer)
{
    const dyn_gbdt_data_t *data = trainer->data;
    double loss = 0;

    for (uint32_t g = data->first_held_out; g < data->group_count; g++) {
        loss += trainer->losses[g];
    }

    return loss / (data->group_count - data->first_held_out);
}

static double worth(sum_t sum, double l2)
{
    return sum.gradient * sum.gradient / (sum.hessian + l2);
}

/* The best question about one feature, asked on all leaves of the level at once. */
static split_t best_split(const trainer_t *trainer, size_t feature, sum_t *sums)
{
    const uint8_t *bins = trainer->bins + feature * trainer->data->row_count;
    uint32_t leaf_count = 1U << trainer->level;
    double l2 = trainer->options->l2;
    double gains[DYN_GBDT_BINS] = {0};
    split_t best = {0, 0};

    memset(sums, 0, sizeof(sum_t) * leaf_count * DYN_GBDT_BINS);

    for (size_t block = 0; block < BLOCKS; block++) {
        for (size_t i = trainer->block_starts[block];
             trainer->seen[block] && i < trainer->block_starts[block + 1]; i++) {
            sum_t *sum = &sums[(size_t)trainer->leaves[i] * DYN_GBDT_BINS + bins[i]];

            sum->gradient += (double)trainer->gradients[i];
            sum->hessian += (double)trainer->hessians[i];
        }
    }

    for (uint32_t leaf = 0; leaf < leaf_count; leaf++) {
        const sum_t *row = sums + (size_t)leaf * DYN_GBDT_BINS;
        sum_t total = {0, 0};
        sum_t left = {0, 0};

        for (uint32_t b = 0; b <= trainer->edge_counts[feature]; b++) {
            total.gradient += row[b].gradient;
            total.hessian += row[b].hessian;
        }

        for (uint32_t b = 0; b < trainer->edge_counts[feature]; b++) {
            left.gradient += row[b].gradient;
            left.hessian += row[b].hessian;

            sum_t right = {total.gradient - left.gradient, total.hessian - left.hessian};

            gains[b] += worth(left, l2) + worth(right, l2) - worth(total, l2);
        }
    }

    for (uint32_t b = 0; b < trainer->edge_counts[feature]; b++) {
        if (gains[b] > best.gain) {
            best = (split_t){gains[b], b};
        }
    }

    return best;
}

static bool find_splits(void *context, unsigned part, unsigned parts)
{
    trainer_t *trainer = context;
    sum_t *sums = malloc(sizeof(sum_t) * (LEAVES / 2) * DYN_GBDT_BINS);

    if (sums == NULL) {
        return false;
    }

    for (size_t f = part; f < trainer->data->feature_count; f += parts) {
        trainer->splits[f] = trainer->asked[f] ? best_split(trainer, f, sums) : (split_t){0, 0};
    }

    free(sums);
    return true;
}

static void descend(trainer_t *trainer, size_t feature, uint32_t bin)
{
    const uint8_t *bins = trainer->bins + feature * trainer->data->row_count;

    for (size_t i = 0; i < trainer->data->row_count; i++) {
        trainer->leaves[i] |= (uint8_t)((bins[i] > bin) << trainer->level);
    }
}

static void set_leaves(trainer_t *trainer, dyn_model_tree_t *tree)
{
    sum_t sums[LEAVES] = {{0, 0}};

    for (size_t i = 0; i < trainer->block_starts[BLOCKS]; i++) {
        sums[trainer->leaves[i]].gradient += (double)trainer->gradients[i];
        sums[trainer->leaves[i]].hessian += (double)trainer->hessians[i];
    }

    for (size_t leaf = 0; leaf < LEAVES; leaf++) {
        double value = -trainer->options->rate * sums[leaf].gradient /
                       (sums[leaf].hessian + trainer->options->l2);

        tree->leaves[leaf] = (float)fmax(fmin(value, 1), -1);
    }

    for (size_t i = 0; i < trainer->data->row_count; i++) {
        trainer->scores[i] += tree->leaves[trainer->leaves[i]];
    }
}

/* Exactly the share of them, at least one. */
static void choose(trainer_t *trainer, bool *chosen, size_t count, double share)
{
    size_t left = (size_t)fmax(1, share * (double)count + 0.5);

    for (size_t i = 0; i < count; i++) {
        chosen[i] = next_random(trainer) % (count - i) < left;
        left -= chosen[i];
    }
}

static bool grow(trainer_t *trainer, dyn_model_tree_t *tree, double *gains)
{
    memset(trainer->leaves, 0, trainer->data->row_count);
    memset(tree, 0, sizeof(*tree));
    choose(trainer, trainer->asked, trainer->data->feature_count, trainer->options->columns);
    choose(trainer, trainer->seen, BLOCKS, trainer->options->rows);

    for (trainer->level = 0; trainer->level < DYN_MODEL_TREE_DEPTH; trainer->level++) {
        size_t best = 0;

        if (!dyn_parallel(trainer->options->threads, find_splits, trainer)) {
            return false;
        }

        for (size_t f = 1; f < trainer->data->feature_count; f++) {
            if (trainer->splits[f].gain > trainer->splits[best].gain) {
                best = f;
            }
        }

        if (trainer->splits[best].gain <= 0) {
            /* Nothing more to ask: a threshold that no value passes leaves the level out. */
            tree->thresholds[trainer->level] = INFINITY;
            continue;
        }

        gains[best] += trainer->splits[best].gain;
        tree->features[trainer->level] = (uint32_t)best;
        tree->thresholds[trainer->level] = trainer->edges[best][trainer->splits[best].bin];
        descend(trainer, best, trainer->splits[best].bin);
    }

    set_leaves(trainer, tree);
    return true;
}

static bool boost(trainer_t *trainer, dyn_gbdt_result_t *result)
{
    const dyn_gbdt_options_t *options = trainer->options;
    uint32_t best = 0;

    dyn_parallel(options->threads, make_gradients, trainer);
    result->loss_before = held_out_loss(trainer);
    result->loss_after = result->loss_before;

    for (uint32_t t = 0; t < options->trees && t - best <= options->patience; t++) {
        if (!grow(trainer, &result->trees[t], result->gains)) {
            return false;
        }

        dyn_parallel(options->threads, make_gradients, trainer);

        double loss = held_out_loss(trainer);

        if (loss < result->loss_after) {
            result->loss_after = loss;
            best = t + 1;
        }
    }

    result->tree_count = best;
    return true;
}

bool dyn_gbdt_train(const dyn_gbdt_data_t *data, const dyn_gbdt_options_t *options,
                    dyn_gbdt_result_t *result)
{
    size_t rows = data->row_count;
    trainer_t *trainer = calloc(1, sizeof(trainer_t));
    bool done = false;

    memset(result->gains, 0, sizeof(result->gains));
    result->tree_count = 0;

    if (trainer == NULL) {
        return false;
    }

    *trainer = (trainer_t){
        .data = data,
        .options = options,
        .bins = malloc(rows * data->feature_count),
        .edges = malloc(data->feature_count * sizeof(*trainer->edges)),
        .gradients = malloc(rows * sizeof(float)),
        .hessians = malloc(rows * sizeof(float)),
        .scores = malloc(rows * sizeof(float)),
        .leaves = malloc(rows),
        .losses = malloc(data->group_count * sizeof(double)),
        .random = options->seed,
    };

    if (trainer->bins != NULL && trainer->edges != NULL && trainer->gradients != NULL &&
        trainer->hessians != NULL && trainer->scores != NULL && trainer->leaves != NULL &&
        trainer->losses != NULL) {
        for (size_t b = 0; b <= BLOCKS; b++) {
            trainer->block_starts[b] = data->starts[(uint64_t)data->first_held_out * b / BLOCKS];
        }

        memcpy(trainer->scores, data->base, rows * sizeof(float));
        done = dyn_parallel(options->threads, make_bins, trainer) && boost(trainer, result);
    }

    free(trainer->bins);
    free(trainer->edges);
    free(trainer->gradients);
    free(trainer->hessians);
    free(trainer->scores);
    free(trainer->leaves);
    free(trainer->losses);
    free(trainer);
    return done;
}
