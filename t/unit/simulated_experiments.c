#include "simulated_experiments.h"

#include <math.h>
#include <string.h>

enum { events_min = 150, days_min = 3 };

const simulated_t simulated_scenarios[] = {
    {"no effect, conversion 3 %", SIMULATED_CONVERSION, 28, 2000, 0.5, 0.03, 0, 0},
    {"no effect, conversion 3 %, 9 to 1", SIMULATED_CONVERSION, 28, 4000, 0.9, 0.03, 0, 0},
    {"no effect, revenue per visitor", SIMULATED_REVENUE, 28, 2000, 0.5, 0.03, 0, 0},
    {"no effect, order value", SIMULATED_ORDER_VALUE, 28, 2000, 0.5, 0.03, 0, 0},
    {"no effect, revenue, CUPED", SIMULATED_ADJUSTED, 28, 1000, 0.5, 0.1, 0, 0},
    {"conversion 5 % and 15 % more of it", SIMULATED_CONVERSION, 28, 2546, 0.5, 0.05, 0.15, 0},
    {"conversion 5 % and 15 % less of it", SIMULATED_CONVERSION, 28, 1569, 0.5, 0.05, -0.15, 0},
    {"5 % of the variant's visitors lost", SIMULATED_CONVERSION, 28, 2000, 0.5, 0.03, 0, 0.05},
    {"pilot of 400 visitors, 20 % of the variant's lost", SIMULATED_CONVERSION, 20, 20, 0.5, 0.03,
     0, 0.2},
    {"pilot of 400 visitors, 50 % of the variant's lost", SIMULATED_CONVERSION, 20, 20, 0.5, 0.03,
     0, 0.5},
    {"pilot of 2,000 visitors, 20 % of the variant's lost", SIMULATED_CONVERSION, 20, 100, 0.5,
     0.03, 0, 0.2},
    {"pilot of 400 visitors, none lost", SIMULATED_CONVERSION, 20, 20, 0.5, 0.03, 0, 0},
};

const size_t simulated_scenario_count =
    sizeof(simulated_scenarios) / sizeof(simulated_scenarios[0]);

/* ---- random numbers: splitmix64 ---- */

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;

    return z ^ z >> 31;
}

static double uniform(uint64_t *state)
{
    return ((double)(next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));

    return radius * cos(6.283185307179586 * uniform(state));
}

/* What an order is worth: about 60, a few of them very much. Its mean is 60. */
static double order_value(uint64_t *state)
{
    return 60 * exp(0.9 * normal(state) - 0.405);
}

/* ---- a visitor ---- */

typedef struct {
    dyn_arm_t arm;
    double events;
} side_t;

static void visit(const simulated_t *scenario, bool variant, uint64_t *state, side_t *side)
{
    bool of_value = scenario->metric == SIMULATED_ORDER_VALUE;
    double lift = variant ? 1 + scenario->lift : 1, before = 0, wealth = 1;
    double chance = scenario->conversion * (of_value ? 1 : lift);

    if (scenario->metric == SIMULATED_ADJUSTED && uniform(state) < 0.5) {
        /* who bought much before buys much again */
        wealth = exp(0.8 * normal(state) - 0.32);
        before = uniform(state) < 2 * scenario->conversion ? 60 * wealth : 0;
        chance = before > 0 ? 3 * chance : chance * 0.7;
    }

    bool bought = uniform(state) < chance;
    double value =
        bought && scenario->metric != SIMULATED_CONVERSION ? order_value(state) * wealth : 0;

    side->events += bought;
    if (scenario->metric == SIMULATED_CONVERSION) {
        dyn_arm_add(&side->arm, bought, 0, 0);
    } else {
        dyn_arm_add(&side->arm, of_value ? value * lift : value, bought, before);
    }
}

/* ---- an experiment ---- */

typedef struct {
    bool judged, found, found_wrongly, left_truth, left_now, naive;
    uint32_t day;
} looks_t;

static void look(const simulated_t *scenario, const side_t sides[2], uint32_t day, double alpha,
                 looks_t *looks)
{
    dyn_effect_t effect;
    dyn_metric_kind_t kind =
        scenario->metric == SIMULATED_ORDER_VALUE ? DYN_METRIC_RATIO : DYN_METRIC_MEAN;

    if (day < days_min || sides[0].events < events_min || sides[1].events < events_min ||
        !dyn_effect_measure(&sides[0].arm, &sides[1].arm, kind,
                            scenario->metric == SIMULATED_ADJUSTED, alpha, &effect)) {
        return;
    }
    looks->judged = true;
    looks->left_now = effect.low > scenario->lift || effect.high < scenario->lift;
    looks->left_truth = looks->left_truth || looks->left_now;
    looks->naive = looks->naive || fabs(effect.lift) > 1.959963985 * effect.lift_error;
    if ((effect.low > 0 || effect.high < 0) && !looks->found) {
        looks->found = true;
        looks->day = day;
        looks->found_wrongly = effect.low > 0 ? scenario->lift <= 0 : scenario->lift >= 0;
    }
}

static void add(const looks_t *looks, simulated_counts_t *counts)
{
    counts->runs++;
    counts->judged += looks->judged;
    counts->found += looks->found;
    counts->found_wrongly += looks->found_wrongly;
    counts->left_truth += looks->left_truth;
    counts->left_at_end += looks->left_now;
    counts->naive_found += looks->naive;
    counts->days += looks->found ? looks->day : 0;
}

static double chi_square(const dyn_ratio_test_t *test)
{
    double total = test->counts[0] + test->counts[1], sum = 0;

    for (uint32_t i = 0; i < 2; i++) {
        double expected = total * test->shares[i];

        sum += (test->counts[i] - expected) * (test->counts[i] - expected) / expected;
    }

    return sum;
}

static void run(const simulated_t *scenario, uint64_t *state, double alpha,
                simulated_counts_t *counts)
{
    const double shares[2] = {1 - scenario->share, scenario->share};
    side_t sides[2] = {0};
    looks_t looks = {0};
    dyn_ratio_test_t test;
    bool naive_ratio = false;
    double due = 0;

    dyn_ratio_begin(&test, shares, 2);
    for (uint32_t day = 1; day <= scenario->days; day++) {
        due += scenario->a_day;
        for (; due >= 1; due -= 1) {
            bool variant = uniform(state) < scenario->share;

            if (variant && scenario->lost > 0 && uniform(state) < scenario->lost) {
                continue;
            }
            dyn_ratio_add(&test, variant, 1);
            visit(scenario, variant, state, &sides[variant]);
        }
        look(scenario, sides, day, alpha, &looks);
        /* of one degree of freedom, 0.001 */
        naive_ratio = naive_ratio || chi_square(&test) > 10.827566;
    }
    add(&looks, counts);
    counts->ratio_failed += dyn_ratio_p(&test) < DYN_RATIO_P_MIN;
    counts->naive_ratio += naive_ratio;
}

void simulate(const simulated_t *scenario, uint64_t seed, uint32_t first, uint32_t runs,
              double alpha, simulated_counts_t *counts)
{
    for (uint32_t i = first; i < first + runs; i++) {
        uint64_t mixed = seed ^ (uint64_t)i << 32, state = next(&mixed);

        run(scenario, &state, alpha, counts);
    }
}

static dyn_plan_t plan_of(const simulated_t *scenario, double alpha)
{
    double p = scenario->conversion;

    return (dyn_plan_t){.value = p,
                        .deviation = sqrt(p * (1 - p)),
                        .effect = scenario->lift,
                        .share = scenario->share,
                        .alpha = alpha,
                        .power = 0.8};
}

double simulated_planned_visitors(const simulated_t *scenario, double alpha)
{
    dyn_plan_t plan = plan_of(scenario, alpha);

    return dyn_plan_visitors(&plan);
}

double simulated_planned_power(const simulated_t *scenario, double alpha)
{
    dyn_plan_t plan = plan_of(scenario, alpha);

    return dyn_plan_power(&plan, scenario->a_day * scenario->days);
}
