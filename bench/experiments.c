/*
 * usage: experiments [RUNS [SEED [THREADS]]]
 * How often the statistics of `dynstore report` err: made-up experiments (t/unit/simulated_experiments.h), each looked at every day.
 * The figures of docs/experiments.md. The same seed gives the same figures, with any number of threads.
 */
#include <stdio.h>
#include <stdlib.h>

#include "simulated_experiments.h"
#include "cli/base/parallel.h"

typedef struct {
    const simulated_t *scenario;
    uint64_t seed;
    uint32_t runs;
    simulated_counts_t counts[DYN_THREADS_MAX];
} work_t;

static const double alpha = 0.05;

static bool work_on(void *context, unsigned part, unsigned parts)
{
    work_t *work = context;
    uint32_t first = (uint32_t)((uint64_t)work->runs * part / parts);
    uint32_t end = (uint32_t)((uint64_t)work->runs * (part + 1) / parts);

    simulate(work->scenario, work->seed, first, end - first, alpha, &work->counts[part]);

    return true;
}

static double percent(uint32_t count, uint32_t of)
{
    return of == 0 ? 0 : 100.0 * count / of;
}

static void print(const simulated_t *scenario, const work_t *work, unsigned threads)
{
    simulated_counts_t sum = {0};

    for (unsigned i = 0; i < threads; i++) {
        const simulated_counts_t *part = &work->counts[i];

        sum.runs += part->runs;
        sum.judged += part->judged;
        sum.found += part->found;
        sum.found_wrongly += part->found_wrongly;
        sum.left_truth += part->left_truth;
        sum.left_at_end += part->left_at_end;
        sum.ratio_failed += part->ratio_failed;
        sum.naive_found += part->naive_found;
        sum.naive_ratio += part->naive_ratio;
        sum.days += part->days;
    }
    printf("| %s | ", scenario->name);
    if (sum.judged == 0) {
        printf("too few | too few | too few | too few | ");
    } else {
        printf("%.2f %% | %.2f %% | %.2f %% | %.2f %% | ", percent(sum.found, sum.runs),
               percent(sum.naive_found, sum.runs), 100 - percent(sum.left_truth, sum.runs),
               100 - percent(sum.left_at_end, sum.runs));
    }
    printf("%.2f %% | %.2f %% | ", percent(sum.ratio_failed, sum.runs),
           percent(sum.naive_ratio, sum.runs));
    if (scenario->lift != 0) {
        printf("planned power %.1f %%, found after %.1f days, on the wrong side %.2f %% |\n",
               100 * simulated_planned_power(scenario, alpha),
               sum.days / (sum.found == 0 ? 1 : sum.found), percent(sum.found_wrongly, sum.runs));
    } else {
        printf("|\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 14;
    unsigned threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 2;

    threads = threads < 1 ? 1 : threads > DYN_THREADS_MAX ? DYN_THREADS_MAX : threads;
    printf("%u runs of each, seed %llu, alpha %g\n\n", runs, (unsigned long long)seed, alpha);
    printf("| experiment | found | found by ordinary intervals | truth within at every look | at "
           "the last | "
           "ratio failed | failed by chi-square | |\n| --- | --- | --- | --- | --- | --- | --- | "
           "--- |\n");
    for (size_t i = 0; i < simulated_scenario_count; i++) {
        work_t work = {.scenario = &simulated_scenarios[i], .seed = seed, .runs = runs};

        dyn_parallel(threads, work_on, &work);
        print(&simulated_scenarios[i], &work, threads);
    }

    return 0;
}
