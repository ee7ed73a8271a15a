#include "cli/commands/eval_blocks.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/train/earnings.h"
#include "cli/train/moment_figures.h"

static uint32_t item_number(void *context, dyn_str_t id)
{
    return dyn_snapshot_find_item(context, id, NULL);
}

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

/* Of the measured visits those that begin when the snapshot's newest event had not come yet. */
static uint64_t count_learned(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits,
                              uint64_t newest)
{
    uint64_t learned = 0;

    for (uint64_t v = newest == 0 || newest > visits->visit_count ? 0
                                                                  : visits->visit_count - newest;
         v < visits->visit_count; v++) {
        learned += visits->events[visits->visits[v].first].time_ms <= snapshot->header->as_of_ms;
    }

    return learned;
}

static bool measure(const dyn_eval_blocks_t *settings, const dyn_snapshot_t *snapshot,
                    const dyn_visits_t *visits, json_t *report, dyn_error_t *error)
{
    static const dyn_surface_t surfaces[] = {DYN_SURFACE_PDP, DYN_SURFACE_HOME};

    for (size_t i = 0; i < sizeof(surfaces) / sizeof(surfaces[0]); i++) {
        static dyn_earnings_t earnings;

        if (settings->has_surface && settings->surface != surfaces[i]) {
            continue;
        }
        if (!dyn_earnings_measure(snapshot, visits, settings->newest, surfaces[i], &earnings,
                                  error)) {
            return false;
        }
        json_object_set_new(report, "visits", json_integer((json_int_t)earnings.visits));
        json_object_set_new(report, dyn_surface_name(surfaces[i]).data,
                            dyn_earnings_json(&earnings, settings->json));
    }

    return true;
}

static int run_moments(const dyn_eval_blocks_t *settings, const dyn_snapshot_t *snapshot,
                       const dyn_visits_t *visits)
{
    dyn_error_t error;
    json_t *report = dyn_moment_figures(snapshot, visits, settings->newest, &error);

    if (report == NULL) {
        return dyn_command_failed("eval", DYN_EXIT_SYSTEM, &error);
    }
    json_object_set_new(report, "schema", json_string("dynstore.eval-moments/1"));
    json_object_set_new(report, "snapshot", json_string(snapshot->build_id));
    dyn_report_print(stdout, report, settings->json);
    json_decref(report);

    return DYN_EXIT_OK;
}

static int run(const dyn_eval_blocks_t *settings, dyn_snapshot_t *snapshot, dyn_visits_t *visits)
{
    dyn_error_t error;
    dyn_faults_t faults = {.max = 100, .report = report_fault, .error = &error};

    if (!dyn_visits_read(settings->sessions, item_number, snapshot, &faults, visits)) {
        return dyn_command_failed("eval", DYN_EXIT_INPUT, &error);
    }

    if (settings->moments) {
        return run_moments(settings, snapshot, visits);
    }

    uint64_t learned = count_learned(snapshot, visits, settings->newest);
    json_t *report =
        json_pack("{s:s, s:s, s:I, s:I}", "schema", "dynstore.eval-blocks/1", "snapshot",
                  snapshot->build_id, "visits", (json_int_t)0, "learned", (json_int_t)learned);
    int code = DYN_EXIT_OK;

    if (learned > 0) {
        fprintf(stderr,
                "dynstore eval: %s: %" PRIu64 " sessions begin before the snapshot's newest event: "
                "it may have learned from them, and newer ones would be right\n",
                settings->sessions, learned);
    }
    if (measure(settings, snapshot, visits, report, &error)) {
        dyn_report_print(stdout, report, settings->json);
    } else {
        code = dyn_command_failed("eval", DYN_EXIT_SYSTEM, &error);
    }
    json_decref(report);

    return code;
}

int dyn_eval_blocks(const dyn_eval_blocks_t *settings)
{
    dyn_error_t error;
    dyn_visits_t visits = {0};
    dyn_snapshot_t *snapshot = dyn_snapshot_open(settings->snapshot, &error);

    if (snapshot == NULL) {
        return dyn_command_failed("eval", DYN_EXIT_INPUT, &error);
    }

    int code = run(settings, snapshot, &visits);

    dyn_visits_free(&visits);
    dyn_snapshot_close(snapshot);

    return code;
}
