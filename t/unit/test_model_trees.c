#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/model/internal.h"
#include "engine/model/trees.h"
#include "model_fixture.h"

static dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];

static void trees_multiply_the_score_by_what_their_leaves_say(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    static dyn_model_result_t plain[DYN_MODEL_RESULTS_MAX];
    const uint32_t query[] = {10, 11};

    (void)state;
    model_fixture_random(&fixture, 9000, 300, 5, &options);

    size_t count = model_fixture_ask(&fixture, query, 2, false, true, 256, plain);

    assert_true(model_fixture_ask(&fixture, query, 2, false, false, 256, results) == count);

    /* the features that the trees saw are still in the scratch, by place in the plain order */
    for (size_t place = 0; place < count && place < fixture.model.header->parameters.rerank_depth;
         place++) {
        double sum = 0;

        for (uint32_t t = 0; t < fixture.model.header->tree_count; t++) {
            const dyn_model_tree_t *tree = &fixture.model.trees[t];
            uint32_t leaf = 0;

            for (uint32_t level = 0; level < DYN_MODEL_TREE_DEPTH; level++) {
                float value = fixture.scratch->features.column[tree->features[level]][place];

                leaf += value > tree->thresholds[level] ? 1U << level : 0;
            }
            sum += (double)tree->leaves[leaf];
        }

        const dyn_model_result_t *result =
            model_fixture_result_of(results, count, plain[place].item);

        assert_true(fabs((double)result->parts.rerank / exp(sum) - 1) < 1e-5);
        assert_true(fabs((double)result->score / ((double)plain[place].score * exp(sum)) - 1) <
                    1e-5);
    }
    model_fixture_free(&fixture);
}

static bool is_one_of(const uint32_t *items, size_t count, uint32_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }

    return false;
}

static void what_is_excluded_takes_no_place_among_what_the_trees_order(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    static dyn_model_result_t plain[DYN_MODEL_RESULTS_MAX];
    const uint32_t query[] = {10, 11, 12};
    const uint32_t excluded[] = {13};
    size_t place = 0;

    (void)state;
    options.parameters.rerank_depth = 16;
    model_fixture_random(&fixture, 9000, 200, 5, &options);
    assert_true(fixture.model.header->tree_count > 0);

    size_t count = model_fixture_ask(&fixture, query, 3, false, true, 256, plain);
    dyn_model_query_t asked = {.items = query,
                               .count = 3,
                               .excluded = excluded,
                               .excluded_count = 1,
                               .exclude_session = true,
                               .want = 256};

    assert_true(is_one_of(query, 3, plain[0].item));
    assert_true(dyn_model_query(&fixture.model, &asked, fixture.scratch, results) == count - 4);
    assert_true(fixture.scratch->features.count == 16);

    for (size_t i = 0; i < count && place < 16; i++) {
        if (is_one_of(query, 3, plain[i].item) || plain[i].item == excluded[0]) {
            continue;
        }
        /* and its share is the one that it has where the session's items may be repeated */
        assert_true(fixture.scratch->features.column[DYN_MODEL_FEATURE_BASE][place] ==
                    plain[i].score / plain[0].score);
        place++;

        bool ordered = false;

        for (size_t k = 0; k < 16; k++) {
            ordered = ordered || results[k].item == plain[i].item;
        }
        assert_true(ordered);
    }
    assert_true(place == 16);
    model_fixture_free(&fixture);
}

static void what_is_shown_says_how_many_the_trees_put_in_order(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    static dyn_model_result_t plain[DYN_MODEL_RESULTS_MAX];
    const uint32_t query[] = {10, 11};
    const struct {
        size_t shown, want, ordered;
    } cases[] = {{1, 256, 10}, {4, 256, 16}, {4, 12, 16}, {0, 4, 16}, {0, 20, 48}, {200, 256, 48}};

    (void)state;
    model_fixture_random(&fixture, 9000, 300, 5, &options);
    assert_true(fixture.model.header->tree_count > 0);

    size_t all = model_fixture_ask(&fixture, query, 2, false, true, 256, plain);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_model_query_t asked = {
            .items = query, .count = 2, .want = cases[i].want, .shown = cases[i].shown};
        size_t count = dyn_model_query(&fixture.model, &asked, fixture.scratch, results);

        assert_true(all > 48 && count == (cases[i].want < all ? cases[i].want : all));
        assert_true(fixture.scratch->features.count == cases[i].ordered);

        /* behind them all others follow as they were */
        for (size_t k = cases[i].ordered; k < count; k++) {
            assert_true(results[k].item == plain[k].item && results[k].parts.rerank == 1.0F);
        }
    }
    model_fixture_free(&fixture);
}

static void a_feature_may_meet_so_many_thresholds_and_no_more(void **state)
{
    enum { TREES = 23, FEATURE = DYN_MODEL_FEATURE_KNN };
    static dyn_model_tree_t trees[TREES];
    static dyn_model_questions_t questions;

    (void)state;
    for (uint32_t i = 0; i < TREES * DYN_MODEL_TREE_DEPTH; i++) {
        uint32_t number = i % (DYN_MODEL_THRESHOLDS_MAX + 1);

        trees[i / DYN_MODEL_TREE_DEPTH].features[i % DYN_MODEL_TREE_DEPTH] = FEATURE;
        /* in no order, and some of them twice */
        trees[i / DYN_MODEL_TREE_DEPTH].thresholds[i % DYN_MODEL_TREE_DEPTH] =
            (float)(number * 37 % (DYN_MODEL_THRESHOLDS_MAX + 1));
    }
    assert_true(dyn_model_number_questions(&questions, trees, TREES) == FEATURE);

    /* 0 becomes 1, which is another's */
    for (uint32_t i = 0; i < TREES * DYN_MODEL_TREE_DEPTH; i++) {
        float *threshold = &trees[i / DYN_MODEL_TREE_DEPTH].thresholds[i % DYN_MODEL_TREE_DEPTH];

        *threshold = *threshold > 1 ? *threshold : 1;
    }
    assert_true(dyn_model_number_questions(&questions, trees, TREES) == DYN_MODEL_FEATURES_COUNT);
    assert_true(questions.starts[FEATURE + 1] - questions.starts[FEATURE] ==
                DYN_MODEL_THRESHOLDS_MAX);
    for (uint32_t i = 0; i < TREES * DYN_MODEL_TREE_DEPTH; i++) {
        uint32_t place = questions.asked[i / DYN_MODEL_TREE_DEPTH].places[i % DYN_MODEL_TREE_DEPTH];

        assert_true(questions.thresholds[place & 0xff] ==
                    trees[i / DYN_MODEL_TREE_DEPTH].thresholds[i % DYN_MODEL_TREE_DEPTH]);
        assert_true(place == (place & 0xff) * 0x01010101U);
    }
}

static void every_width_of_vectors_adds_the_same_leaves(void **state)
{
    enum { TREES = 70, THRESHOLDS = 40 };
    static dyn_model_tree_t trees[TREES];
    static dyn_model_features_t features;
    static dyn_model_header_t header = {.tree_count = TREES};
    static dyn_model_t model = {.header = &header, .trees = trees};
    uint64_t seed = 3;

    (void)state;
    for (uint32_t t = 0; t < TREES; t++) {
        for (size_t k = 0; k < DYN_MODEL_TREE_DEPTH; k++) {
            trees[t].features[k] = model_fixture_random_below(&seed, DYN_MODEL_FEATURES_COUNT);
            trees[t].thresholds[k] = (float)model_fixture_random_below(&seed, THRESHOLDS);
        }
        for (size_t k = 0; k < 1 << DYN_MODEL_TREE_DEPTH; k++) {
            trees[t].leaves[k] = (float)model_fixture_random_below(&seed, 1000000) / 3e6F - 0.17F;
        }
    }
    assert_true(dyn_model_number_questions(&model.questions, trees, TREES) ==
                DYN_MODEL_FEATURES_COUNT);

    for (size_t count = 0; count <= DYN_MODEL_RERANK_DEPTH_MAX; count++) {
        memset(&features, 0, sizeof(features));
        features.count = count;
        for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
            float same = (float)model_fixture_random_below(&seed, THRESHOLDS);

            for (size_t i = 0; i < count; i++) {
                features.column[f][i] =
                    dyn_model_feature_of_query(f)
                        ? same
                        : (float)model_fixture_random_below(&seed, 2 * THRESHOLDS) / 2;
            }
        }

        for (size_t width = 16; width <= dyn_model_trees_width(); width *= 2) {
            float sums[DYN_MODEL_RERANK_DEPTH_MAX];

            dyn_model_sum_trees(&model, &features, width, sums);
            for (size_t i = 0; i < count; i++) {
                float sum = 0;

                for (uint32_t t = 0; t < TREES; t++) {
                    uint32_t leaf = 0;

                    for (uint32_t k = 0; k < DYN_MODEL_TREE_DEPTH; k++) {
                        float value = features.column[trees[t].features[k]][i];

                        leaf += value > trees[t].thresholds[k] ? 1U << k : 0;
                    }
                    sum += trees[t].leaves[leaf];
                }
                assert_true(sums[i] == sum);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_multiply_the_score_by_what_their_leaves_say),
        cmocka_unit_test(what_is_excluded_takes_no_place_among_what_the_trees_order),
        cmocka_unit_test(what_is_shown_says_how_many_the_trees_put_in_order),
        cmocka_unit_test(a_feature_may_meet_so_many_thresholds_and_no_more),
        cmocka_unit_test(every_width_of_vectors_adds_the_same_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
