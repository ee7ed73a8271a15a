/* Made-up experiments, looked at every day: how often the statistics of cli/report/statistics.h err. Same seed, same result. */
#ifndef SIMULATED_EXPERIMENTS_H
#define SIMULATED_EXPERIMENTS_H

#include "cli/report/statistics.h"

typedef enum { SIMULATED_CONVERSION, SIMULATED_REVENUE, SIMULATED_ORDER_VALUE, SIMULATED_ADJUSTED } simulated_metric_t;

typedef struct {
    const char *name;
    simulated_metric_t metric; /* adjusted: revenue with CUPED, of visitors of whom half have a past */
    uint32_t days;
    double a_day;       /* visitors of both arms */
    double share;       /* the variant's, as expected */
    double conversion;  /* control's */
    double lift;        /* of conversion; of an order's value with SIMULATED_ORDER_VALUE */
    double lost;        /* share of the variant's visitors of whom nothing is recorded */
} simulated_t;

/* Counts of runs. */
typedef struct {
    uint32_t runs, judged;  /* judged: there were enough samples at some look */
    uint32_t found;         /* the interval left 0 out at some look */
    uint32_t found_wrongly; /* ... on the side where the truth is not */
    uint32_t left_truth;    /* the truth was outside of the interval at some look */
    uint32_t left_at_end;   /* at the last look */
    uint32_t ratio_failed;  /* the sample-ratio test failed at some look */
    uint32_t naive_found;   /* what an ordinary 95 % interval would have found at some look */
    uint32_t naive_ratio;   /* what a chi-square below 0.001 would have failed at some look */
    double days;            /* sum over runs that found something: the day */
} simulated_counts_t;

/* Runs first .. first + runs - 1 of that seed, added to counts. */
void simulate(const simulated_t *scenario, uint64_t seed, uint32_t first, uint32_t runs, double alpha,
              simulated_counts_t *counts);

/* The scenarios of docs/experiments.md, in the order of its table. */
extern const simulated_t simulated_scenarios[];
extern const size_t simulated_scenario_count;

/* What the plan for the scenario's conversion says. */
double simulated_planned_visitors(const simulated_t *scenario, double alpha);
double simulated_planned_power(const simulated_t *scenario, double alpha);

#endif
