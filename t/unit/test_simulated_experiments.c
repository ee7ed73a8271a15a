/* A small version of bench/experiments, whose 10,000 runs are in docs/experiments.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "simulated_experiments.h"

enum { RUNS = 120, SEED = 14 };

static const double alpha = 0.05;

static const simulated_t *scenario_called(const char *name)
{
    for (size_t i = 0; i < simulated_scenario_count; i++) {
        if (strcmp(simulated_scenarios[i].name, name) == 0) {
            return &simulated_scenarios[i];
        }
    }
    fail_msg("there is no scenario %s", name);

    return NULL;
}

/* So many of the runs at most, if it happens with that chance: three standard deviations. */
static double at_most(double chance)
{
    return RUNS * chance + 3 * sqrt(RUNS * chance * (1 - chance));
}

static void daily_looks_find_no_more_than_alpha_where_there_is_nothing(void **state)
{
    const char *names[] = {"no effect, conversion 3 %", "no effect, order value",
                           "no effect, revenue, CUPED"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        simulated_counts_t counts = {0};

        simulate(scenario_called(names[i]), SEED, 0, RUNS, alpha, &counts);
        assert_int_equal(counts.judged, RUNS);
        assert_true(counts.found <= at_most(alpha));
        assert_true(counts.left_truth <= at_most(alpha));
        assert_true(counts.ratio_failed <= at_most(DYN_RATIO_P_MIN));
        /* an ordinary interval, looked at as often, is wrong more often than that: these looks do tempt */
        assert_true(counts.naive_found > at_most(alpha));
    }
}

static void a_planned_experiment_has_the_power_of_its_plan(void **state)
{
    const simulated_t *scenario = scenario_called("conversion 5 % and 15 % more of it");
    simulated_counts_t counts = {0};

    (void)state;
    simulate(scenario, SEED, 0, RUNS, alpha, &counts);
    assert_true(
        fabs(simulated_planned_visitors(scenario, alpha) / (scenario->a_day * scenario->days) - 1) <
        0.01);
    assert_true(counts.found >= RUNS * 0.8 - 3 * sqrt(RUNS * 0.8 * 0.2));
    assert_int_equal(counts.found_wrongly, 0);
    assert_true(counts.left_truth <= at_most(alpha));
}

static void visitors_that_are_lost_are_found_missing(void **state)
{
    simulated_counts_t counts = {0};

    (void)state;
    simulate(scenario_called("5 % of the variant's visitors lost"), SEED, 0, RUNS, alpha, &counts);
    assert_true(counts.ratio_failed > RUNS * 3 / 4);
}

static void
a_small_pilot_shows_a_large_fault_of_its_ratio_and_no_fault_where_there_is_none(void **state)
{
    simulated_counts_t lost = {0}, sound = {0};

    (void)state;
    simulate(scenario_called("pilot of 400 visitors, 50 % of the variant's lost"), SEED, 0, RUNS,
             alpha, &lost);
    simulate(scenario_called("pilot of 400 visitors, none lost"), SEED, 0, RUNS, alpha, &sound);
    assert_true(lost.ratio_failed > RUNS * 3 / 4);
    assert_true(sound.ratio_failed <= at_most(DYN_RATIO_P_MIN));
}

static void a_run_is_the_same_whoever_makes_it(void **state)
{
    const simulated_t *scenario = scenario_called("no effect, revenue per visitor");
    simulated_counts_t whole = {0}, parts = {0}, other = {0};

    (void)state;
    simulate(scenario, SEED, 0, 12, alpha, &whole);
    simulate(scenario, SEED, 5, 7, alpha, &parts);
    simulate(scenario, SEED, 0, 5, alpha, &parts);
    assert_memory_equal(&whole, &parts, sizeof(whole));
    simulate(scenario, SEED + 1, 0, RUNS, alpha, &other);
    simulate(scenario, SEED, 12, RUNS - 12, alpha, &whole);
    assert_memory_not_equal(&whole, &other, sizeof(whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(daily_looks_find_no_more_than_alpha_where_there_is_nothing),
        cmocka_unit_test(a_planned_experiment_has_the_power_of_its_plan),
        cmocka_unit_test(visitors_that_are_lost_are_found_missing),
        cmocka_unit_test(
            a_small_pilot_shows_a_large_fault_of_its_ratio_and_no_fault_where_there_is_none),
        cmocka_unit_test(a_run_is_the_same_whoever_makes_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
