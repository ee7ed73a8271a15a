#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "engine/base/hash.h"
#include "engine/experiment/assign.h"

static const double near = 1e-6;

static double hash_of(const char *seed, const char *value, int version)
{
    return dyn_experiment_hash(dyn_str_from(seed), dyn_str_from(value), version);
}

static void a_value_falls_where_growthbook_says(void **state)
{
    (void)state;
    assert_float_equal(hash_of("seed", "a", 2), 0.0505, near);
    assert_float_equal(hash_of("foo", "ab", 2), 0.2575, near);
    assert_float_equal(hash_of("", "a", 1), 0.22, near);
    assert_float_equal(hash_of("b", "a", 1), 0.946, near);
    assert_true(hash_of("b", "a", 3) < 0);
    assert_true(hash_of("b", "a", 0) < 0);
}

/* the published vectors of FNV-1a */
static void fnv_is_the_published_one(void **state)
{
    (void)state;
    assert_int_equal(dyn_fnv1a32(DYN_STR("")), 0x811c9dc5);
    assert_int_equal(dyn_fnv1a32(DYN_STR("a")), 0xe40c292c);
    assert_int_equal(dyn_fnv1a32(DYN_STR("foobar")), 0xbf9cf968);
}

static void a_bucket_is_as_long_as_its_weight_and_coverage_say(void **state)
{
    const double weights[] = {0.2, 0.3, 0.5}, wrong[] = {0.4, 0.1};
    dyn_bucket_t buckets[3];

    (void)state;
    dyn_buckets(weights, 3, 0.5, buckets);
    assert_float_equal(buckets[0].from, 0, near);
    assert_float_equal(buckets[0].until, 0.1, near);
    assert_float_equal(buckets[1].from, 0.2, near);
    assert_float_equal(buckets[1].until, 0.35, near);
    assert_float_equal(buckets[2].from, 0.5, near);
    assert_float_equal(buckets[2].until, 0.75, near);

    dyn_buckets(wrong, 2, 2, buckets);
    assert_float_equal(buckets[0].until, 0.5, near);
    assert_float_equal(buckets[1].until, 1, near);

    dyn_buckets(NULL, 2, -1, buckets);
    assert_int_equal(dyn_bucket_of(0, buckets, 2), -1);
    assert_int_equal(dyn_bucket_of(0.5, buckets, 2), -1);
}

static void a_bucket_has_its_beginning_and_not_its_end(void **state)
{
    dyn_bucket_t buckets[2];

    (void)state;
    dyn_buckets(NULL, 2, 1, buckets);
    assert_int_equal(dyn_bucket_of(0, buckets, 2), 0);
    assert_int_equal(dyn_bucket_of(0.4999, buckets, 2), 0);
    assert_int_equal(dyn_bucket_of(0.5, buckets, 2), 1);
    assert_int_equal(dyn_bucket_of(1, buckets, 2), -1);
}

static void namespaces_that_do_not_overlap_share_nobody(void **state)
{
    int first = 0, second = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char value[16];
        bool in[2];

        snprintf(value, sizeof(value), "%d", i);
        in[0] = dyn_in_namespace(dyn_str_from(value), DYN_STR("checkout"), 0, 0.4);
        in[1] = dyn_in_namespace(dyn_str_from(value), DYN_STR("checkout"), 0.4, 1);
        assert_int_equal(in[0] + in[1], 1);
        first += in[0];
        second += in[1];
    }
    assert_in_range(first, 350, 450);
    assert_int_equal(first + second, 1000);
}

static void a_larger_coverage_moves_nobody_to_another_variant(void **state)
{
    const double weights[] = {0.3, 0.7};

    (void)state;
    for (uint64_t visitor = 1; visitor < 5000; visitor++) {
        char value[DYN_EXPERIMENT_VALUE_BYTES + 1];
        dyn_bucket_t few[2], many[2];
        double n;
        int before;

        dyn_experiment_value(visitor * 0x9e3779b97f4a7c15ULL, value);
        n = dyn_experiment_hash(DYN_STR("tents"), dyn_str_from(value), 2);
        dyn_buckets(weights, 2, 0.2, few);
        dyn_buckets(weights, 2, 0.9, many);
        before = dyn_bucket_of(n, few, 2);
        assert_true(before < 0 || dyn_bucket_of(n, many, 2) == before);
    }
}

static void visitors_are_split_as_the_weights_say(void **state)
{
    enum { VISITORS = 100000 };
    const double weights[] = {0.1, 0.2, 0.7};
    uint32_t counts[4] = {0};
    dyn_bucket_t buckets[3];

    (void)state;
    dyn_buckets(weights, 3, 0.5, buckets);
    for (uint64_t visitor = 1; visitor <= VISITORS; visitor++) {
        uint64_t number = dyn_hash64(&visitor, sizeof(visitor));
        char value[DYN_EXPERIMENT_VALUE_BYTES + 1];

        dyn_experiment_value(number, value);
        counts[1 + dyn_bucket_of(dyn_experiment_hash(DYN_STR("split"), dyn_str_from(value), 2),
                                 buckets, 3)]++;
    }
    for (int i = 0; i < 3; i++) {
        /* five standard deviations of a share */
        assert_float_equal((double)counts[i + 1] / VISITORS, weights[i] / 2, 0.008);
    }
}

static void a_visitors_value_is_how_its_hash_begins(void **state)
{
    char value[DYN_EXPERIMENT_VALUE_BYTES + 1];

    (void)state;
    dyn_experiment_value(0x66fc66f2575a06afULL, value);
    assert_string_equal(value, "66fc66f2575a06af");
    dyn_experiment_value(1, value);
    assert_string_equal(value, "0000000000000001");
}

/* ---- GrowthBook's own cases, where somebody has them: GROWTHBOOK_CASES names the file cases.json of its SDK ---- */

static void buckets_of_case(const json_t *wanted, uint32_t count, double coverage,
                            const json_t *weights, dyn_bucket_t *buckets)
{
    double given[64];

    assert_in_range(count, 0, 64);
    for (uint32_t i = 0; i < json_array_size(weights); i++) {
        given[i] = json_number_value(json_array_get(weights, i));
    }
    dyn_buckets(json_array_size(weights) == count ? given : NULL, count, coverage, buckets);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *range = json_array_get(wanted, i);

        assert_float_equal(buckets[i].from, json_number_value(json_array_get(range, 0)), near);
        assert_float_equal(buckets[i].until, json_number_value(json_array_get(range, 1)), near);
    }
}

static void growthbooks_own_cases_hold(void **state)
{
    const char *name = getenv("GROWTHBOOK_CASES");
    json_t *cases, *row;
    size_t i;

    (void)state;
    if (name == NULL) {
        skip();
    }
    cases = json_load_file(name, 0, NULL);
    assert_non_null(cases);
    json_array_foreach(json_object_get(cases, "hash"), i, row)
    {
        double n = dyn_experiment_hash(dyn_str_from(json_string_value(json_array_get(row, 0))),
                                       dyn_str_from(json_string_value(json_array_get(row, 1))),
                                       (int)json_integer_value(json_array_get(row, 2)));
        const json_t *wanted = json_array_get(row, 3);

        assert_true(json_is_null(wanted) ? n < 0
                                         : n > json_number_value(wanted) - near &&
                                               n < json_number_value(wanted) + near);
    }
    json_array_foreach(json_object_get(cases, "inNamespace"), i, row)
    {
        const json_t *space = json_array_get(row, 2);

        assert_int_equal(dyn_in_namespace(dyn_str_from(json_string_value(json_array_get(row, 1))),
                                          dyn_str_from(json_string_value(json_array_get(space, 0))),
                                          json_number_value(json_array_get(space, 1)),
                                          json_number_value(json_array_get(space, 2))),
                         json_is_true(json_array_get(row, 3)));
    }
    json_array_foreach(json_object_get(cases, "getBucketRange"), i, row)
    {
        const json_t *input = json_array_get(row, 1);
        dyn_bucket_t buckets[64];

        buckets_of_case(
            json_array_get(row, 2), (uint32_t)json_integer_value(json_array_get(input, 0)),
            json_number_value(json_array_get(input, 1)), json_array_get(input, 2), buckets);
    }
    json_array_foreach(json_object_get(cases, "chooseVariation"), i, row)
    {
        const json_t *ranges = json_array_get(row, 2);
        dyn_bucket_t buckets[64];

        for (uint32_t k = 0; k < json_array_size(ranges); k++) {
            const json_t *range = json_array_get(ranges, k);

            buckets[k] = (dyn_bucket_t){json_number_value(json_array_get(range, 0)),
                                        json_number_value(json_array_get(range, 1))};
        }
        assert_int_equal(dyn_bucket_of(json_number_value(json_array_get(row, 1)), buckets,
                                       (uint32_t)json_array_size(ranges)),
                         json_integer_value(json_array_get(row, 3)));
    }
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_falls_where_growthbook_says),
        cmocka_unit_test(fnv_is_the_published_one),
        cmocka_unit_test(a_bucket_is_as_long_as_its_weight_and_coverage_say),
        cmocka_unit_test(a_bucket_has_its_beginning_and_not_its_end),
        cmocka_unit_test(namespaces_that_do_not_overlap_share_nobody),
        cmocka_unit_test(a_larger_coverage_moves_nobody_to_another_variant),
        cmocka_unit_test(visitors_are_split_as_the_weights_say),
        cmocka_unit_test(a_visitors_value_is_how_its_hash_begins),
        cmocka_unit_test(growthbooks_own_cases_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
