/* The sums of the trees' leaves, as many candidates at once as the processor can compare; each sum is added in the order of the trees. */
#include "engine/model/trees.h"

#include <string.h>

enum { TREES_AT_ONCE = 32 };

typedef struct {
    /* By feature: how many of its thresholds a candidate's value is greater than. */
    int8_t places[DYN_MODEL_FEATURES_COUNT][DYN_MODEL_RERANK_DEPTH_MAX];
    uint8_t leaves[TREES_AT_ONCE][DYN_MODEL_RERANK_DEPTH_MAX];
    float sums[DYN_MODEL_RERANK_DEPTH_MAX];
} work_t;

_Static_assert(DYN_MODEL_TREE_DEPTH == 6, "find_leaves() asks six questions");
_Static_assert(DYN_MODEL_THRESHOLDS_MAX <= INT8_MAX, "places are compared as signed bytes");
_Static_assert(DYN_MODEL_RERANK_DEPTH_MAX % 64 == 0, "columns are whole vectors");

/* What every x86-64 and ARMv8 has. */
#define WIDTH 16
#define NAME(word) word##_16
#define TARGET
#include "engine/model/trees_wide.h"
#undef WIDTH
#undef NAME
#undef TARGET

#ifdef __x86_64__
#include <immintrin.h>

#define WIDTH 32
#define NAME(word) word##_32
#define TARGET __attribute__((target("avx2")))
#include "engine/model/trees_wide.h"
#undef WIDTH
#undef NAME
#undef TARGET

#define WIDTH 64
#define NAME(word) word##_64
#define TARGET __attribute__((target("avx512f,avx512bw")))
#include "engine/model/trees_wide.h"
#undef WIDTH
#undef NAME
#undef TARGET

/* Sums in the order of the candidates. A tree's leaves are a table in four registers, which is looked up without going to memory. */
__attribute__((target("avx512f,avx512bw"))) static void
add_leaves_64(const dyn_model_tree_t *trees, size_t count, size_t at, work_t *work)
{
    __m512 sums[4];

    for (size_t k = 0; k < 4; k++) {
        sums[k] = _mm512_loadu_ps(work->sums + at + 16 * k);
    }

    for (size_t t = 0; t < count; t++) {
        const float *leaf = trees[t].leaves;
        __m512i numbers = _mm512_loadu_si512(work->leaves[t] + at);
        __m512 a = _mm512_loadu_ps(leaf);
        __m512 b = _mm512_loadu_ps(leaf + 16);
        __m512 c = _mm512_loadu_ps(leaf + 32);
        __m512 d = _mm512_loadu_ps(leaf + 48);

        for (size_t k = 0; k < 4; k++) {
            __m512 low = _mm512_permutex2var_ps(a, numbers, b);
            __m512 high = _mm512_permutex2var_ps(c, numbers, d);
            __mmask16 upper = _mm512_test_epi32_mask(numbers, _mm512_set1_epi32(32));

            sums[k] = _mm512_add_ps(sums[k], _mm512_mask_blend_ps(upper, low, high));
            numbers = _mm512_srli_epi32(numbers, 8);
        }
    }

    for (size_t k = 0; k < 4; k++) {
        _mm512_storeu_ps(work->sums + at + 16 * k, sums[k]);
    }
}
#endif

/* Eight candidates: their sums stay in registers from tree to tree. They are two apart, for neighbours would be packed into vectors
 * at a higher price than that of adding them one by one. */
static void add_eight(const dyn_model_tree_t *trees, size_t count,
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
        const uint8_t *leaf_numbers = leaves[t] + at;

        a += leaf[leaf_numbers[0]];
        b += leaf[leaf_numbers[2]];
        c += leaf[leaf_numbers[4]];
        d += leaf[leaf_numbers[6]];
        e += leaf[leaf_numbers[8]];
        f += leaf[leaf_numbers[10]];
        g += leaf[leaf_numbers[12]];
        h += leaf[leaf_numbers[14]];
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

/* Sums in the order of the bytes. */
static void add_leaves(const dyn_model_tree_t *trees, size_t count, size_t at, work_t *work)
{
    add_eight(trees, count, work->leaves, at, work->sums + at);
    add_eight(trees, count, work->leaves, at + 1, work->sums + at + 1);
}

/* How one width does it; sums are added for some candidates at once. */
typedef struct {
    size_t width;
    size_t some;
    bool in_order;
    void (*place)(const dyn_model_questions_t *questions, const dyn_model_features_t *features,
                  work_t *work);
    void (*find)(const dyn_model_asked_t *asked, size_t trees, size_t count, work_t *work);
    void (*add)(const dyn_model_tree_t *trees, size_t count, size_t at, work_t *work);
} way_t;

size_t dyn_model_trees_width(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        return 64;
    }

    if (__builtin_cpu_supports("avx2")) {
        return 32;
    }
#endif

    return 16;
}

static way_t way_of(size_t width)
{
#ifdef __x86_64__
    if (width == 64) {
        return (way_t){64, 64, true, place_64, find_64, add_leaves_64};
    }

    if (width == 32) {
        return (way_t){32, 16, false, place_32, find_32, add_leaves};
    }
#else
    (void)width;
#endif

    return (way_t){16, 16, false, place_16, find_16, add_leaves};
}

void dyn_model_sum_trees(const dyn_model_t *model, const dyn_model_features_t *features,
                         size_t width, float *sums)
{
    work_t work;
    way_t way = way_of(width);
    size_t count = features->count;
    size_t padded = (count + way.width - 1) / way.width * way.width;
    size_t lanes = way.width / sizeof(float);
    uint32_t trees = model->header->tree_count;

    memset(work.sums, 0, sizeof(work.sums));
    way.place(&model->questions, features, &work);

    for (uint32_t first = 0; first < trees; first += TREES_AT_ONCE) {
        uint32_t some = trees - first < TREES_AT_ONCE ? trees - first : TREES_AT_ONCE;

        way.find(model->questions.asked + first, some, count, &work);

        for (size_t at = 0; at < padded; at += way.some) {
            way.add(model->trees + first, some, at, &work);
        }
    }

    for (size_t i = 0; i < count; i++) {
        size_t in_group = i % way.width;
        size_t byte = i - in_group + in_group % lanes * 4 + in_group / lanes;

        sums[i] = work.sums[way.in_order ? i : byte];
    }
}
