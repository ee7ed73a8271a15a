/* The vectors of intervals and p values are GrowthBook's (gbstats), those of the sample-ratio test Optimizely's (ssrm). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "cli/report/statistics.h"

#define near(value, wanted, tolerance) assert_true(fabs((value) - (wanted)) <= (tolerance))

static void an_interval_is_as_wide_as_growthbooks(void **state)
{
    (void)state;
    near(dyn_sequential_width(1000, 0.05), 3.363888, 5e-7);
    near(dyn_sequential_width(5000, 0.05), 3.035209, 5e-7);
    near(dyn_sequential_width(10000, 0.05), 3.061477, 5e-7);
}

static void a_p_value_is_growthbooks_and_at_most_one(void **state)
{
    (void)state;
    near(dyn_sequential_p(3, 1, 10000, 0.05), 0.059579, 5e-7);
    near(dyn_sequential_p(-3, 1, 10000, 0.05), 0.059579, 5e-7);
    assert_true(dyn_sequential_p(0.5, 1, 10000, 0.05) == 1);
}

/* The p value is below alpha where the interval leaves 0 out: both are the same test. */
static void a_p_value_and_an_interval_say_the_same(void **state)
{
    const double alphas[] = {0.01, 0.05, 0.1}, visitors[] = {300, 5000, 2e6};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        double alpha = alphas[i % 3], count = visitors[i / 3];
        double width = dyn_sequential_width(count, alpha);

        near(dyn_sequential_p(width, 1, count, alpha), alpha, 1e-9);
        assert_true(dyn_sequential_p(width * 1.001, 1, count, alpha) < alpha);
        assert_true(dyn_sequential_p(width * 0.999, 1, count, alpha) > alpha);
    }
}

static dyn_ratio_test_t ratio_of(const double *shares, const double *counts, uint32_t arms)
{
    dyn_ratio_test_t test;

    assert_true(dyn_ratio_begin(&test, shares, arms));
    for (uint32_t i = 0; i < arms; i++) {
        test.log_most = 0; /* only the last look counts */
        dyn_ratio_add(&test, i, counts[i]);
    }

    return test;
}

static double ratio_p(const double *shares, const double *counts, uint32_t arms)
{
    dyn_ratio_test_t test = ratio_of(shares, counts, arms);

    return dyn_ratio_p(&test);
}

static const double half[] = {0.5, 0.5};

static void the_firmest_alternative_of_the_sample_ratio_is_optimizelys(void **state)
{
    const uint32_t firmest = DYN_RATIO_ALTERNATIVES - 1;

    (void)state;
    assert_true(dyn_ratio_concentrations[firmest] == 10000);
    near(exp(-ratio_of(half, (double[]){5200, 4800}, 2).log_factors[firmest]), 0.025890, 5e-7);
    near(exp(-ratio_of(half, (double[]){50500, 49500}, 2).log_factors[firmest]), 0.035204, 5e-7);
    near(exp(-ratio_of(half, (double[]){51000, 49000}, 2).log_factors[firmest]) / 4.2066e-8, 1,
         1e-4);
}

/*
 * 1 / mean over a = 100, 1000, 10000 of: product over visitors of ((a s + seen of the arm) / (a + seen of all)) / s, with s the arm's
 * share. Made with whole fractions, visitor by visitor, without a gamma function.
 */
static void the_sample_ratio_test_is_the_mean_of_three_alternatives(void **state)
{
    const double tenth[] = {9, 1}, three[] = {2, 1, 1};

    (void)state;
    near(ratio_p(half, (double[]){5200, 4800}, 2), 0.004010896415, 1e-11);
    near(ratio_p(half, (double[]){50500, 49500}, 2), 0.06367414627, 1e-9);
    near(ratio_p(half, (double[]){51000, 49000}, 2) / 3.82452807e-8, 1, 1e-7);
    near(ratio_p(half, (double[]){230, 140}, 2), 0.001090239259, 1e-11);
    near(ratio_p(half, (double[]){200, 160}, 2), 0.5691442858, 1e-9);
    near(ratio_p(tenth, (double[]){850, 150}, 2), 0.0001522088459, 1e-12);
    near(ratio_p(tenth, (double[]){800, 200}, 2) / 2.010090122e-17, 1, 1e-8);
    near(ratio_p(three, (double[]){520, 290, 190}, 3), 0.001112819195, 1e-11);
    near(exp(ratio_of(three, (double[]){2000, 1000, 1000}, 3).log_factor), 0.3127876278, 1e-9);
    assert_true(ratio_p(half, (double[]){5000, 5000}, 2) == 1);
    assert_true(ratio_p(tenth, (double[]){9000, 1000}, 2) == 1);
}

static void visitors_one_by_one_give_the_same_ratio_as_all_at_once(void **state)
{
    dyn_ratio_test_t test;

    (void)state;
    assert_true(dyn_ratio_begin(&test, (double[]){2, 1, 1}, 3));
    for (uint32_t i = 0; i < 4000; i++) {
        dyn_ratio_add(&test, i % 4 == 3 ? 0 : i % 4, 1);
    }
    near(exp(test.log_factor), 0.3127876278, 1e-9);

    double least = dyn_ratio_p(&test);

    for (uint32_t i = 0; i < 1000; i++) {
        dyn_ratio_add(&test, 0, 1);
    }
    assert_true(dyn_ratio_p(&test) < least);
    least = dyn_ratio_p(&test);
    for (uint32_t i = 0; i < 1000; i++) {
        dyn_ratio_add(&test, 1 + i % 2, 1);
    }
    assert_true(dyn_ratio_p(&test) == least);
}

static void shares_that_are_none_are_refused(void **state)
{
    dyn_ratio_test_t test;
    double many[DYN_ARMS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < DYN_ARMS_MAX + 1; i++) {
        many[i] = 1;
    }
    assert_false(dyn_ratio_begin(&test, (double[]){1, 0}, 2));
    assert_false(dyn_ratio_begin(&test, (double[]){1, NAN}, 2));
    assert_false(dyn_ratio_begin(&test, many, 1));
    assert_false(dyn_ratio_begin(&test, many, DYN_ARMS_MAX + 1));
    assert_true(dyn_ratio_begin(&test, many, DYN_ARMS_MAX));
}

static dyn_arm_t purchases(uint32_t visitors, uint32_t buyers)
{
    dyn_arm_t arm = {0};

    for (uint32_t i = 0; i < visitors; i++) {
        dyn_arm_add(&arm, i < buyers, 0, 0);
    }

    return arm;
}

/* 5 % and 6 % of 10,000: lift 0.2, error sqrt(0.06*0.94/10000 + 1.44*0.05*0.95/10000)/0.05, by hand. */
static void a_conversion_rate_has_the_error_of_a_proportion(void **state)
{
    dyn_arm_t control = purchases(10000, 500), variant = purchases(10000, 600);
    dyn_effect_t effect;

    (void)state;
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_MEAN, false, 0.05, &effect));
    near(effect.control, 0.05, 1e-12);
    near(effect.variant, 0.06, 1e-12);
    near(effect.difference, 0.01, 1e-12);
    near(effect.difference_error, sqrt(0.06 * 0.94 / 9999 + 0.05 * 0.95 / 9999), 1e-12);
    near(effect.lift, 0.2, 1e-12);
    near(effect.lift_error, sqrt(0.06 * 0.94 / 9999 + 1.44 * 0.05 * 0.95 / 9999) / 0.05, 1e-12);
    near(effect.high - effect.lift, effect.lift_error * dyn_sequential_width(20000, 0.05), 1e-12);
    near(effect.lift - effect.low, effect.high - effect.lift, 1e-12);
    near(effect.difference_high - effect.difference,
         effect.difference_error * dyn_sequential_width(20000, 0.05), 1e-12);
}

/* Two orders of 10 and one of 40 by three of four visitors: 60 / 3 = 20; variance by hand. */
static void the_value_of_an_order_has_the_error_of_the_delta_method(void **state)
{
    dyn_arm_t control = {0}, variant = {0};
    dyn_effect_t effect;
    const double money[] = {10, 10, 40, 0}, orders[] = {1, 1, 1, 0};
    double variance = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        double residual = money[i] - 20 * orders[i];

        dyn_arm_add(&control, money[i], orders[i], 0);
        dyn_arm_add(&variant, 2 * money[i], orders[i], 0);
        variance += residual * residual / 3;
    }
    variance /= 4 * 0.75 * 0.75;
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_RATIO, false, 0.05, &effect));
    near(effect.control, 20, 1e-12);
    near(effect.variant, 40, 1e-12);
    near(effect.lift, 1, 1e-12);
    near(effect.difference_error, sqrt(variance + 4 * variance), 1e-9);
    near(effect.lift_error, sqrt(4 * variance + 4 * variance) / 20, 1e-9);
}

static void the_past_takes_variance_and_chance_out_of_a_difference(void **state)
{
    dyn_arm_t control = {0}, variant = {0};
    dyn_effect_t plain, adjusted;

    (void)state;
    /* what is bought is what was bought before, and a little; the variant's visitors bought more before already */
    for (int i = 0; i < 1000; i++) {
        double before = i % 10, noise = (i / 10) % 5;

        dyn_arm_add(&control, 100 + before * 10 + noise, 0, before);
        dyn_arm_add(&variant, 110 + (before + 1) * 10 + noise, 0, before + 1);
    }
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_MEAN, false, 0.05, &plain));
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_MEAN, true, 0.05, &adjusted));
    near(plain.difference, 20, 1e-9);
    near(adjusted.difference, 10, 1e-9);
    near(adjusted.lift, 10 / plain.control, 1e-9);
    near(adjusted.variance_kept, 2.0 / (825 + 2), 1e-4);
    near(adjusted.difference_error / plain.difference_error, sqrt(adjusted.variance_kept), 1e-3);
    assert_true(plain.variance_kept == 1);
}

static void visitors_without_a_past_are_not_adjusted(void **state)
{
    dyn_arm_t control = purchases(1000, 50), variant = purchases(1000, 70);
    dyn_effect_t plain, adjusted;

    (void)state;
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_MEAN, false, 0.05, &plain));
    assert_true(dyn_effect_measure(&control, &variant, DYN_METRIC_MEAN, true, 0.05, &adjusted));
    assert_memory_equal(&plain, &adjusted, sizeof(plain));
}

static void nothing_is_said_where_there_is_nothing_to_say(void **state)
{
    dyn_arm_t some = purchases(100, 10), none = purchases(100, 0), one = purchases(1, 1),
              empty = {0};
    dyn_arm_t all = purchases(100, 100);
    dyn_effect_t effect;

    (void)state;
    assert_false(dyn_effect_measure(&none, &some, DYN_METRIC_MEAN, false, 0.05, &effect));
    assert_false(dyn_effect_measure(&some, &one, DYN_METRIC_MEAN, false, 0.05, &effect));
    assert_false(dyn_effect_measure(&empty, &some, DYN_METRIC_MEAN, false, 0.05, &effect));
    assert_false(dyn_effect_measure(&some, &some, DYN_METRIC_RATIO, false, 0.05, &effect));
    assert_false(dyn_effect_measure(&all, &all, DYN_METRIC_MEAN, false, 0.05, &effect));
    assert_false(dyn_effect_measure(&some, &none, DYN_METRIC_MEAN, false, 0.05, &effect));
}

static void quantiles_are_those_of_tables(void **state)
{
    (void)state;
    near(dyn_normal_quantile(0.975), 1.959963985, 1e-8);
    near(dyn_normal_quantile(0.8), 0.841621234, 1e-8);
    near(dyn_normal_quantile(0.5), 0, 1e-9);
}

/* 3 %, 10 % more, 80 %: the textbook's formula with the variant's own variance, a lift's error in the place of a difference's. */
static void a_fixed_test_needs_what_the_textbook_says(void **state)
{
    dyn_plan_t plan = {.value = 0.03,
                       .deviation = sqrt(0.03 * 0.97),
                       .effect = 0.1,
                       .share = 0.5,
                       .alpha = 0.05,
                       .power = 0.8,
                       .fixed = true};
    double z = 1.959963985 + 0.841621234;
    double wanted = z * z / 0.01 * (0.97 / 0.03) * (1.1 + 1.21) * 2;

    (void)state;
    near(dyn_plan_visitors(&plan), ceil(wanted), 1);
    near(dyn_plan_power(&plan, wanted), 0.8, 1e-6);
    near(dyn_plan_effect(&plan, wanted), 0.1, 1e-6);
}

static void a_sequential_test_needs_more_and_uneven_arms_more_still(void **state)
{
    dyn_plan_t plan = {.value = 0.03,
                       .deviation = sqrt(0.03 * 0.97),
                       .effect = 0.1,
                       .share = 0.5,
                       .alpha = 0.05,
                       .power = 0.8,
                       .fixed = true};
    double fixed = dyn_plan_visitors(&plan);

    (void)state;
    plan.fixed = false;
    double sequential = dyn_plan_visitors(&plan);

    assert_true(sequential > 1.5 * fixed && sequential < 2.6 * fixed);
    near(dyn_plan_power(&plan, sequential), 0.8, 1e-4);
    plan.share = 0.1;
    assert_true(dyn_plan_visitors(&plan) > 2 * sequential);
}

/* What a plan says beforehand, the standard error says on the way. */
static void the_visitors_that_are_still_needed_are_those_of_the_plan(void **state)
{
    dyn_plan_t plan = {.value = 0.05,
                       .deviation = sqrt(0.05 * 0.95),
                       .effect = 0.1,
                       .share = 0.5,
                       .alpha = 0.05,
                       .power = 0.8};
    double error = sqrt(0.95 / 0.05 * (1.1 + 1.21) * 2 / 10000);

    (void)state;
    near(dyn_visitors_needed(error, 10000, 0.1, 0.05, 0.8) / dyn_plan_visitors(&plan), 1, 1e-5);
    assert_true(dyn_visitors_needed(error, 10000, 0.1, 0.05, 0.9) >
                dyn_visitors_needed(error, 10000, 0.1, 0.05, 0.8));
    assert_true(dyn_visitors_needed(error, 10000, 1e-9, 0.05, 0.8) == 0);
    assert_true(dyn_visitors_needed(0, 10000, 0.1, 0.05, 0.8) == 0);
}

static void a_plan_without_an_answer_has_none(void **state)
{
    const dyn_plan_t good = {
        .value = 0.03, .deviation = 0.17, .effect = 0.1, .share = 0.5, .alpha = 0.05, .power = 0.8};
    dyn_plan_t plan = good;

    (void)state;
    assert_true(dyn_plan_visitors(&plan) > 0);
    plan.effect = 0;
    assert_true(dyn_plan_visitors(&plan) == 0);
    plan.effect = 1e-9;
    assert_true(dyn_plan_visitors(&plan) == 0);
    plan = good;
    plan.share = 1;
    assert_true(dyn_plan_visitors(&plan) == 0);
    assert_true(dyn_plan_power(&plan, 1000) == 0);
    plan = good;
    assert_true(dyn_plan_effect(&plan, 2) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_is_as_wide_as_growthbooks),
        cmocka_unit_test(a_p_value_is_growthbooks_and_at_most_one),
        cmocka_unit_test(a_p_value_and_an_interval_say_the_same),
        cmocka_unit_test(the_firmest_alternative_of_the_sample_ratio_is_optimizelys),
        cmocka_unit_test(the_sample_ratio_test_is_the_mean_of_three_alternatives),
        cmocka_unit_test(visitors_one_by_one_give_the_same_ratio_as_all_at_once),
        cmocka_unit_test(shares_that_are_none_are_refused),
        cmocka_unit_test(a_conversion_rate_has_the_error_of_a_proportion),
        cmocka_unit_test(the_value_of_an_order_has_the_error_of_the_delta_method),
        cmocka_unit_test(the_past_takes_variance_and_chance_out_of_a_difference),
        cmocka_unit_test(visitors_without_a_past_are_not_adjusted),
        cmocka_unit_test(nothing_is_said_where_there_is_nothing_to_say),
        cmocka_unit_test(quantiles_are_those_of_tables),
        cmocka_unit_test(a_fixed_test_needs_what_the_textbook_says),
        cmocka_unit_test(a_sequential_test_needs_more_and_uneven_arms_more_still),
        cmocka_unit_test(the_visitors_that_are_still_needed_are_those_of_the_plan),
        cmocka_unit_test(a_plan_without_an_answer_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
