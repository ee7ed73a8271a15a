#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/model/internal.h"
#include "engine/model/select.h"
#include "model_fixture.h"
#include "model_reference.h"

static dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];

/* Sessions 0: "0 1 2" at time 0 (age 1), 1: "0 1 3" at time 1 (age 0). Query: 0, then 1. */
static void neighbours_are_scored_as_the_formula_says(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {0, 1};

    (void)state;
    model_fixture_text(&fixture, "0 1 2; 0 1 3", 4, &options);

    size_t count = model_fixture_ask(&fixture, query, 2, false, true, 20, results);

    /* sim = e^0 + e^(-1/7) for both; z = sim^2 e^-age 3^-0.5. The anchor is item 1 at place 1: its neighbours are at distance 1. */
    double old = exp(-1), fresh = 1, all = 2 * (old + fresh);

    assert_true(fabs((double)model_fixture_result_of(results, count, 0)->parts.knn -
                     (old + fresh) / all) < 1e-4);
    assert_true(fabs((double)model_fixture_result_of(results, count, 2)->parts.knn - old / all) <
                1e-4);
    assert_true(fabs((double)model_fixture_result_of(results, count, 3)->parts.knn - fresh / all) <
                1e-4);
    assert_true(model_fixture_result_of(results, count, 1)->parts.knn == 0);
    model_fixture_free(&fixture);
}

/* One session: "0 1 2", so that all ages are 0 and all counts 1. */
static void the_walk_takes_two_steps(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {0};

    (void)state;
    model_fixture_text(&fixture, "0 1 2", 3, &options);

    double far = pow(2, -1.6), back = 0.65;
    double to1 = 1 / (1 + far), to2 = far / (1 + far);            /* row of 0: 1, 2^-1.6 */
    double from1_0 = back / (back + 1), from1_2 = 1 / (back + 1); /* row of 1: 0.65, 1 */
    double from2_0 = far / (far + 1), from2_1 = 1 / (far + 1);    /* row of 2: 0.65 2^-1.6, 0.65 */
    double b0 = to1 * from1_0 + to2 * from2_0, b1 = to2 * from2_1 + 0.17 * to1,
           b2 = to1 * from1_2 + 0.17 * to2;
    double sum = b0 + b1 + b2;
    size_t count = model_fixture_ask(&fixture, query, 1, false, true, 20, results);

    assert_true(fabs((double)model_fixture_result_of(results, count, 0)->parts.walk - b0 / sum) <
                1e-4);
    assert_true(fabs((double)model_fixture_result_of(results, count, 1)->parts.walk - b1 / sum) <
                1e-4);
    assert_true(fabs((double)model_fixture_result_of(results, count, 2)->parts.walk - b2 / sum) <
                1e-4);
    model_fixture_free(&fixture);
}

static void the_blend_multiplies_shares_and_priors(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {4};
    double sum = 0;

    (void)state;
    model_fixture_text(&fixture, "0 1 2; 4 1 3; 2 4 1 0; 5 5; 4 3", 6, &options);

    size_t count = model_fixture_ask(&fixture, query, 1, true, true, 20, results);

    /* item 3 is in sessions 1 and 4 of 5, the newest being the newest of all */
    assert_true(fabs((double)model_fixture_result_of(results, count, 3)->parts.prior -
                     log(5.0 / 2 + 1) * pow(0.01, -0.2)) < 1e-5);
    /* item 0 is in sessions 0 and 2, the newest of age 1/2 */
    assert_true(fabs((double)model_fixture_result_of(results, count, 0)->parts.prior -
                     log(5.0 / 2 + 1) * pow(0.51, -0.2)) < 1e-5);
    for (size_t i = 0; i < count; i++) {
        const dyn_model_parts_t *parts = &results[i].parts;

        sum += ((double)parts->knn + 2 * (double)parts->walk) * (double)parts->prior;
    }
    for (size_t i = 0; i < count; i++) {
        const dyn_model_parts_t *parts = &results[i].parts;
        double share = ((double)parts->knn + 2 * (double)parts->walk) * (double)parts->prior / sum;

        /* the shares of the others are what the session's own item leaves */
        assert_true((double)results[i].score / share > 0.3 &&
                    (double)results[i].score / share <= 1.0001);
        assert_true(fabs((double)results[i].score / share -
                         (double)results[0].score * sum /
                             (((double)results[0].parts.knn + 2 * (double)results[0].parts.walk) *
                              (double)results[0].parts.prior)) < 1e-4);
    }
    model_fixture_free(&fixture);
}

static void a_repeated_item_gets_its_learned_probability(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {0};

    (void)state;
    options.parameters.repeat_sessions = 1;
    model_fixture_text(&fixture, "0 0; 0 1; 2 2; 3 1", 4, &options);

    /* after one click, of 4 prefixes 2 were followed by the same item: R1 = 2.02 / 5, R = (2 + 30 R1) / (4 + 30) */
    double shared = 2.02 / 5, r = (2 + 30 * shared) / 34;
    /* item 0: 2 followed clicks, 1 at once; all: 4 and 2, so g = 1/2 and F = (1 + 5) / 12 / (1/2) = 1 */
    size_t count = model_fixture_ask(&fixture, query, 1, false, true, 20, results);

    assert_true(fabs((double)fixture.model.header->repeats[0][0][0] - r) < 1e-6);
    assert_true(fabs((double)fixture.model.items[0].repeat_at_once - 1) < 1e-6);
    /* item 3: 1 followed click, none at once: F = 5 / 11 / (1/2) */
    assert_true(fabs((double)fixture.model.items[3].repeat_at_once - 10.0 / 11) < 1e-6);
    assert_true(fabs((double)model_fixture_result_of(results, count, 0)->parts.repeat - 1.3 * r) <
                1e-6);
    model_fixture_free(&fixture);
}

static void check_against_reference(uint32_t sessions, uint32_t items, uint64_t seed,
                                    const dyn_model_build_options_t *options)
{
    model_fixture_t fixture;
    double *scores = malloc(items * sizeof(double));
    uint32_t query[64];

    model_fixture_random(&fixture, sessions, items, seed, options);
    for (int round = 0; round < 60; round++) {
        size_t length = 1 + model_fixture_random_below(&seed, round % 4 == 0 ? 60 : 8);

        for (size_t i = 0; i < length; i++) {
            query[i] = model_fixture_random_below(&seed, items);
        }

        size_t count = model_fixture_ask(&fixture, query, length, false, true, 256, results);

        model_reference_scores(&fixture.model, query, length, scores);
        for (size_t i = 0; i < count; i++) {
            if (fabs((double)results[i].score - scores[results[i].item]) > 1e-6) {
                fail_msg("round %d: item %u has %.9f, the formulas say %.9f", round,
                         results[i].item, (double)results[i].score, scores[results[i].item]);
            }
            scores[results[i].item] = 0;
        }
        /* what was left out is worth no more than the last one */
        for (uint32_t j = 0; j < items; j++) {
            assert_true(scores[j] <= (count == 256 ? (double)results[255].score : 0) + 1e-6);
        }
    }
    free(scores);
    model_fixture_free(&fixture);
}

static void the_query_agrees_with_the_slow_formulas(void **state)
{
    dyn_model_build_options_t options = model_fixture_options(true);

    (void)state;
    check_against_reference(80, 30, 7, &options);
    check_against_reference(700, 400, 11, &options);
}

static void the_query_agrees_with_the_slow_formulas_in_a_shop_of_many_items(void **state)
{
    dyn_model_build_options_t options = model_fixture_options(true);

    (void)state;
    check_against_reference(900, DYN_MODEL_DIRECT_MAX, 17, &options);
    check_against_reference(900, DYN_MODEL_DIRECT_MAX + 1, 17, &options);
}

static void the_query_agrees_with_the_slow_formulas_where_everything_is_cut(void **state)
{
    dyn_model_build_options_t options = model_fixture_options(true);

    (void)state;
    options.parameters.knn_sessions_per_item = 9;
    options.parameters.knn_neighbours = 7;
    options.parameters.knn_reach = 2;
    options.parameters.graph_edges = 6;
    options.parameters.walk_edges = 4;
    options.parameters.walk_width = 5;
    check_against_reference(500, 120, 13, &options);
}

static void graph_rows_agree_with_the_slow_formula(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    double row[150];

    (void)state;
    options.parameters.graph_edges = 12;
    model_fixture_random(&fixture, 400, 150, 3, &options);
    for (uint32_t item = 0; item < 150; item++) {
        const uint32_t *others = NULL;
        const uint16_t *weights = NULL;
        size_t count = dyn_model_edges(&fixture.model, item, &others, &weights);

        model_reference_row(&fixture.sessions, &options.parameters, item, row);
        assert_true(count > 0 && count <= 12);
        for (size_t k = 0; k < count; k++) {
            assert_true(fabs(weights[k] / 65535.0 - row[others[k]]) < 0.51 / 65535 + 1e-6);
            assert_true(k == 0 || weights[k] <= weights[k - 1]);
        }
    }
    model_fixture_free(&fixture);
}

static void answers_are_ordered_finite_bounded_and_without_what_is_excluded(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    static dyn_model_result_t again[DYN_MODEL_RESULTS_MAX];
    uint64_t seed = 99;

    (void)state;
    model_fixture_random(&fixture, 9000, 300, 5, &options);
    assert_true(fixture.model.header->tree_count > 0);

    for (int round = 0; round < 400; round++) {
        uint32_t query[400], excluded[40];
        size_t length = model_fixture_random_below(&seed, round % 10 == 0 ? 400 : 12);
        size_t want = model_fixture_random_below(&seed, 300);
        bool novel = model_fixture_random_below(&seed, 2) != 0;

        for (size_t i = 0; i < length; i++) {
            /* some of them unknown */
            query[i] = model_fixture_random_below(&seed, 330);
        }
        for (size_t i = 0; i < 40; i++) {
            excluded[i] = model_fixture_random_below(&seed, 330);
        }

        dyn_model_query_t asked = {.items = query,
                                   .count = length,
                                   .excluded = excluded,
                                   .excluded_count = 40,
                                   .exclude_session = novel,
                                   .want = want};
        size_t count = dyn_model_query(&fixture.model, &asked, fixture.scratch, results);

        assert_true(count <= want && count <= DYN_MODEL_RESULTS_MAX);
        for (size_t i = 0; i < count; i++) {
            assert_true(isfinite(results[i].score) && results[i].score > 0 &&
                        results[i].item < 300);
            assert_true(i == 0 || results[i].score <= results[i - 1].score);
            for (size_t k = 0; k < 40; k++) {
                assert_true(results[i].item != excluded[k]);
            }
            for (size_t k = length > 50 ? length - 50 : 0; novel && k < length; k++) {
                assert_true(results[i].item != query[k]);
            }
            for (size_t k = 0; k < i; k++) {
                assert_true(results[i].item != results[k].item);
            }
        }
        memset(fixture.scratch, 0, dyn_model_scratch_size());
        assert_true(dyn_model_query(&fixture.model, &asked, fixture.scratch, again) == count);
        assert_memory_equal(again, results, count * sizeof(results[0]));
    }
    model_fixture_free(&fixture);
}

/* Sessions are touched in bytes or in a table, by how many the model says it has. */
static void many_sessions_are_found_as_few_are(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    static dyn_model_result_t again[DYN_MODEL_RESULTS_MAX];
    uint64_t seed = 23;

    (void)state;
    options.parameters.knn_items = DYN_MODEL_KNN_ITEMS_MAX;
    model_fixture_random(&fixture, 6000, 40, 5, &options);

    const dyn_model_header_t *few = fixture.model.header;
    dyn_model_header_t many = *few;

    many.session_count = DYN_MODEL_SESSION_BYTES + 1;
    for (int round = 0; round < 200; round++) {
        uint32_t query[12];
        size_t length = model_fixture_random_below(&seed, 13);

        for (size_t i = 0; i < length; i++) {
            query[i] = model_fixture_random_below(&seed, 40);
        }
        fixture.model.header = few;

        size_t count = model_fixture_ask(&fixture, query, length, false, true, 256, results);

        fixture.model.header = &many;
        assert_true(model_fixture_ask(&fixture, query, length, false, true, 256, again) == count);
        assert_memory_equal(again, results, count * sizeof(results[0]));
    }
    fixture.model.header = few;
    model_fixture_free(&fixture);
}

static void a_query_without_known_items_has_no_answer(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {17, DYN_NONE};
    dyn_model_t none = {0};
    dyn_model_query_t asked = {.items = query, .count = 2, .want = 5};

    (void)state;
    model_fixture_text(&fixture, "0 1; 1 2", 3, &options);
    assert_true(model_fixture_ask(&fixture, query, 2, false, true, 5, results) == 0);
    assert_true(model_fixture_ask(&fixture, query, 0, false, true, 5, results) == 0);
    assert_true(dyn_model_query(&none, &asked, fixture.scratch, results) == 0);
    model_fixture_free(&fixture);
}

static const float *sorted_scores;
static const uint32_t *sorted_items;

static int better(const void *a, const void *b)
{
    uint16_t left = *(const uint16_t *)a, right = *(const uint16_t *)b;
    float difference = sorted_scores[left] - sorted_scores[right];

    if (difference > 0 || difference < 0) {
        return difference > 0 ? -1 : 1;
    }
    if (sorted_items != NULL) {
        return sorted_items[left] < sorted_items[right] ? -1 : 1;
    }

    return left < right ? -1 : 1;
}

static int rising(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void selecting_agrees_with_sorting(void **state)
{
    static float scores[DYN_MODEL_SCORES_MAX];
    static uint32_t items[DYN_MODEL_SCORES_MAX];
    static uint16_t all[DYN_MODEL_SCORES_MAX], best[DYN_MODEL_BEST_MAX], sorted[DYN_MODEL_BEST_MAX];
    uint64_t seed = 1;

    (void)state;
    sorted_scores = scores;
    for (int round = 0; round < 1000; round++) {
        size_t count =
            model_fixture_random_below(&seed, round % 2 == 0 ? 300 : DYN_MODEL_SCORES_MAX + 1);
        size_t k = model_fixture_random_below(&seed, DYN_MODEL_BEST_MAX + 1);
        uint32_t range = round % 3 == 0 ? 3 : 1000000;
        size_t positive = 0;

        sorted_items = round % 5 == 0 ? NULL : items;
        for (size_t i = 0; i < count; i++) {
            scores[i] = (float)model_fixture_random_below(&seed, range);
            /* rising and falling runs, the smallest and the greatest of numbers, too */
            scores[i] = round % 7 == 1 ? (float)i : round % 7 == 2 ? (float)(count - i) : scores[i];
            scores[i] *= round % 7 == 3 ? 1e-42F : round % 7 == 4 ? 3e32F : 1;
            items[i] = (uint32_t)(i * 7919 % DYN_MODEL_SCORES_MAX);
            if (scores[i] > 0) {
                all[positive++] = (uint16_t)i;
            }
        }
        qsort(all, positive, sizeof(uint16_t), better);

        size_t found = dyn_model_best(scores, sorted_items, count, k, best);

        k = k < positive ? k : positive;
        assert_true(found == k);
        memcpy(sorted, all, k * sizeof(uint16_t));
        qsort(sorted, k, sizeof(uint16_t), rising);
        assert_memory_equal(best, sorted, k * sizeof(uint16_t));
        dyn_model_sort(scores, sorted_items, best, k);
        assert_memory_equal(best, all, k * sizeof(uint16_t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_scored_as_the_formula_says),
        cmocka_unit_test(the_walk_takes_two_steps),
        cmocka_unit_test(the_blend_multiplies_shares_and_priors),
        cmocka_unit_test(a_repeated_item_gets_its_learned_probability),
        cmocka_unit_test(the_query_agrees_with_the_slow_formulas),
        cmocka_unit_test(the_query_agrees_with_the_slow_formulas_in_a_shop_of_many_items),
        cmocka_unit_test(the_query_agrees_with_the_slow_formulas_where_everything_is_cut),
        cmocka_unit_test(graph_rows_agree_with_the_slow_formula),
        cmocka_unit_test(answers_are_ordered_finite_bounded_and_without_what_is_excluded),
        cmocka_unit_test(many_sessions_are_found_as_few_are),
        cmocka_unit_test(a_query_without_known_items_has_no_answer),
        cmocka_unit_test(selecting_agrees_with_sorting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
