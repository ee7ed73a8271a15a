/* The trees: what they say multiplies a candidate's score. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

#include <math.h>
#include <string.h>

/*
 * GROUP candidates at once, as many as every x86-64 and ARMv8 compares in one instruction; wider vectors become scalars there. Four
 * vectors of numbers are packed into one of bytes: byte 4 i + k of a group belongs to its candidate i + 4 k.
 */
enum { LANES = 4, GROUP = 16, TREES_AT_ONCE = 32 };

typedef float values_t __attribute__((vector_size(GROUP)));
typedef int32_t counts_t __attribute__((vector_size(GROUP)));
typedef uint32_t packed_t __attribute__((vector_size(GROUP)));
typedef int8_t places_t __attribute__((vector_size(GROUP)));

typedef struct {
    /* By feature: how many of its thresholds a candidate's value is greater than. */
    places_t places[DYN_MODEL_FEATURES_COUNT][DYN_MODEL_RERANK_DEPTH_MAX / GROUP];
    uint8_t leaves[TREES_AT_ONCE][DYN_MODEL_RERANK_DEPTH_MAX];
    float sums[DYN_MODEL_RERANK_DEPTH_MAX];
} work_t;

_Static_assert(DYN_MODEL_TREE_DEPTH == 6, "find_leaves() asks six questions");
_Static_assert(DYN_MODEL_THRESHOLDS_MAX <= INT8_MAX, "places are compared as signed bytes");
_Static_assert(DYN_MODEL_RERANK_DEPTH_MAX % GROUP == 0, "columns are whole groups");

static inline values_t load(const float *column)
{
    values_t values;

    memcpy(&values, column, sizeof(values));

    return values;
}

static places_t find_places(const float *column, const float *thresholds, size_t count)
{
    values_t a = load(column);
    values_t b = load(column + LANES);
    values_t c = load(column + 2 * LANES);
    values_t d = load(column + 3 * LANES);
    counts_t above_a = {0};
    counts_t above_b = {0};
    counts_t above_c = {0};
    counts_t above_d = {0};

    for (size_t i = 0; i < count; i++) {
        float t = thresholds[i];
        values_t threshold = {t, t, t, t};

        above_a -= a > threshold;
        above_b -= b > threshold;
        above_c -= c > threshold;
        above_d -= d > threshold;
    }

    return (places_t)(above_a | above_b << 8 | above_c << 16 | above_d << 24);
}

static void place_features(const dyn_model_questions_t *questions,
                           const dyn_model_features_t *features, size_t groups, work_t *work)
{
    for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
        const float *thresholds = questions->thresholds + questions->starts[f];
        size_t count = (size_t)questions->starts[f + 1] - questions->starts[f];

        for (size_t g = 0; g < groups && count > 0; g++) {
            work->places[f][g] =
                g > 0 && dyn_model_feature_of_query(f)
                    ? work->places[f][0]
                    : find_places(features->column[f] + g * GROUP, thresholds, count);
        }
    }
}

static inline places_t ask(places_t places, uint32_t place, char bit)
{
    packed_t all = {place, place, place, place};

    return (places > (places_t)all) & bit;
}

/* The leaf of one tree for all candidates. */
static void find_leaves(const dyn_model_asked_t *asked, const work_t *work, size_t groups,
                        uint8_t *leaves)
{
    const places_t *a = work->places[asked->features[0]];
    const places_t *b = work->places[asked->features[1]];
    const places_t *c = work->places[asked->features[2]];
    const places_t *d = work->places[asked->features[3]];
    const places_t *e = work->places[asked->features[4]];
    const places_t *f = work->places[asked->features[5]];
    const uint32_t *places = asked->places;

    for (size_t g = 0; g < groups; g++) {
        places_t found = ask(a[g], places[0], 1) | ask(b[g], places[1], 2) |
                         ask(c[g], places[2], 4) | ask(d[g], places[3], 8) |
                         ask(e[g], places[4], 16) | ask(f[g], places[5], 32);

        memcpy(leaves + g * GROUP, &found, sizeof(found));
    }
}

/* Eight candidates: their sums stay in registers from tree to tree. They are two apart, for neighbours would be packed into vectors
 * at a higher price than that of adding them one by one. */
static void add_leaves(const dyn_model_tree_t *trees, size_t count,
                       uint8_t (*leaves)[DYN_MODEL_RERANK_DEPTH_MAX], size_t at, float *sums)
{
    float a = sums[0];
    float b = sums[2];
    float c = sums[4];
    float d = sums[6];
    float e = sums[8];
    float f = sums[10];
    float g = sums[12];
    float h = sums[14];

    for (size_t t = 0; t < count; t++) {
        const float *leaf = trees[t].leaves;
        const uint8_t *number = leaves[t] + at;

        a += leaf[number[0]];
        b += leaf[number[2]];
        c += leaf[number[4]];
        d += leaf[number[6]];
        e += leaf[number[8]];
        f += leaf[number[10]];
        g += leaf[number[12]];
        h += leaf[number[14]];
    }

    sums[0] = a;
    sums[2] = b;
    sums[4] = c;
    sums[6] = d;
    sums[8] = e;
    sums[10] = f;
    sums[12] = g;
    sums[14] = h;
}

void dyn_model_rerank(const dyn_model_t *model, dyn_model_scratch_t *scratch, uint64_t *keys,
                      size_t count)
{
    work_t work;
    size_t groups = DYN_MODEL_PADDED(count) / GROUP;
    uint32_t trees = model->header->tree_count;

    memset(work.sums, 0, sizeof(work.sums));
    place_features(&model->questions, &scratch->features, groups, &work);

    for (uint32_t first = 0; first < trees; first += TREES_AT_ONCE) {
        uint32_t some = trees - first < TREES_AT_ONCE ? trees - first : TREES_AT_ONCE;

        for (uint32_t t = 0; t < some; t++) {
            find_leaves(&model->questions.asked[first + t], &work, groups, work.leaves[t]);
        }

        for (size_t at = 0; at < groups * GROUP; at += GROUP) {
            add_leaves(model->trees + first, some, work.leaves, at, work.sums + at);
            add_leaves(model->trees + first, some, work.leaves, at + 1, work.sums + at + 1);
        }
    }

    for (size_t i = 0; i < count; i++) {
        uint32_t number = dyn_model_key_number(keys[i]);
        size_t byte = i / GROUP * GROUP + i % LANES * LANES + i % GROUP / LANES;
        float factor = expf(fmaxf(fminf(work.sums[byte], 20.0F), -20.0F));

        scratch->candidates[number].rerank = factor;
        keys[i] = dyn_model_key(dyn_model_key_score(keys[i]) * factor, number);
    }
}
