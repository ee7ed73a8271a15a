/* dynstore drift: whether records are still like what the model was trained on. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/drift/reference.h"
#include "cli/commands/records_options.h"
#include "engine/base/time_text.h"

enum { arena_bytes = 4 << 20 };

/* Below it some hours of the day come more often than others by when one began to look. */
static const int64_t hours_span_ms = 3 * 24 * 60 * 60 * 1000LL;

enum {
    OPTION_SINCE = DYN_RECORDS_OPTIONS,
    OPTION_SNAPSHOT,
    OPTION_REFERENCE,
    OPTION_LIMIT,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    DYN_RECORDS_ROWS,
    [OPTION_SINCE] = {"since", 0, "ID", "of Redis: only entries of the stream behind this one"},
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose training window is compared"},
    [OPTION_REFERENCE] = {"reference", 'r', "FILE",
                          "records of an earlier time, for what the training window does not tell"},
    [OPTION_LIMIT] = {"limit", 'l', "PSI", "a feature above it has drifted (0.2)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    dyn_records_source_t source;
    const char *snapshot_path, *reference_path;
    double limit;
    bool json;

    dyn_snapshot_t *snapshot;
    dyn_reference_t window, earlier; /* earlier: of --reference */
    char *block;
} drift_t;

/* X(constant, name) */
#define VERDICTS(X)       \
    X(STABLE, "stable")   \
    X(DRIFTED, "drifted") \
    X(TOO_FEW, "too few") \
    X(NOT_COMPARED, "not compared")

typedef enum {
#define X(constant, name) VERDICT_##constant,
    VERDICTS(X)
#undef X
        VERDICTS_COUNT
} verdict_t;

static const char *verdict_name(verdict_t verdict)
{
    static const char *const names[] = {
#define X(constant, name) name,
        VERDICTS(X)
#undef X
    };

    return names[verdict];
}

/* ---- one feature ---- */

static void describe_bin(const dyn_bins_t *bins, uint32_t bin, char *text, size_t size)
{
    bool last = bin + 1 == bins->count;

    if (!bins->numbers) {
        dyn_str_t name = last                        ? DYN_STR("others")
                         : bins->names[bin].len == 0 ? DYN_STR("none")
                                                     : bins->names[bin];

        snprintf(text, size, "%.*s", (int)name.len, name.data);
        return;
    }

    char from[32], to[32];

    snprintf(from, sizeof(from), "%.6g", bins->upto[bin == 0 ? 0 : bin - 1]);
    snprintf(to, sizeof(to), "%.6g", bins->upto[bin]);
    if (last) {
        snprintf(text, size, "above %s", from);
    } else if (bin == 0) {
        snprintf(text, size, "below %s", from);
    } else if (strcmp(from, to) == 0) {
        snprintf(text, size, "%s", to);
    } else {
        /* the first of the reference's own bins holds its least number */
        snprintf(text, size, "%s%s to %s", bin == 1 ? "" : "above ", from, to);
    }
}

/* The bin that adds most to the PSI: "Tents: 61.3 % -> 12.0 %". */
static json_t *most_moved(const dyn_bins_t *bins, const dyn_bin_shares_t *shares)
{
    char bin[128], text[192];
    uint32_t most = 0;

    for (uint32_t i = 1; i < bins->count; i++) {
        most = dyn_bin_psi(shares, i) > dyn_bin_psi(shares, most) ? i : most;
    }
    describe_bin(bins, most, bin, sizeof(bin));
    snprintf(text, sizeof(text), "%s: %.1f %% -> %.1f %%", bin, 100 * shares->reference[most],
             100 * shares->compared[most]);

    return json_string(text);
}

static verdict_t judge(double psi, double noise, double limit)
{
    if (psi <= limit) {
        return noise <= limit ? VERDICT_STABLE : VERDICT_TOO_FEW;
    }

    return psi > noise ? VERDICT_DRIFTED : VERDICT_TOO_FEW;
}

/* Whose bins the feature is compared by. */
static const dyn_reference_t *reference_of(const drift_t *drift, int feature)
{
    return drift->window.features[feature].shoppers > 0 ? &drift->window : &drift->earlier;
}

static const char *why_not(const dyn_population_t *population, const dyn_reference_t *reference,
                           int feature)
{
    if (reference->features[feature].shoppers == 0) {
        return "the reference does not tell it";
    }
    if (population->shoppers[feature] == 0) {
        return "no record tells it";
    }
    if (feature == DYN_DRIFT_HOUR && (population->last_ms - population->first_ms < hours_span_ms ||
                                      reference->until_ms - reference->from_ms < hours_span_ms)) {
        return "less than three days are compared";
    }

    return NULL;
}

static verdict_t compare(const drift_t *drift, const dyn_population_t *population, int feature,
                         json_t *row)
{
    const dyn_reference_t *reference = reference_of(drift, feature);
    const dyn_reference_feature_t *before = &reference->features[feature];
    const char *why = why_not(population, reference, feature);
    uint64_t counts[DYN_BINS_MAX];
    dyn_bin_shares_t shares;

    if (why != NULL) {
        json_object_set_new(row, "verdict", json_string(verdict_name(VERDICT_NOT_COMPARED)));
        json_object_set_new(row, "most", json_string(why));
        return VERDICT_NOT_COMPARED;
    }

    dyn_bins_count(&before->bins, &population->values[feature], counts);
    dyn_bins_shares(&before->bins, counts, &shares);

    double psi = dyn_psi(&before->bins, &shares);
    double noise =
        dyn_psi_noise(before->bins.count, population->shoppers[feature], before->shoppers);
    verdict_t verdict = judge(psi, noise, drift->limit);

    json_object_set_new(row, "psi", json_real(psi));
    json_object_set_new(row, "noise", json_real(noise));
    json_object_set_new(row, "shoppers", json_integer((json_int_t)population->shoppers[feature]));
    json_object_set_new(row, "before", json_integer((json_int_t)before->shoppers));
    json_object_set_new(row, "verdict", json_string(verdict_name(verdict)));
    json_object_set_new(row, "most", most_moved(&before->bins, &shares));

    return verdict;
}

/* ---- all of them ---- */

static void set_time(json_t *report, const char *member, int64_t time_ms)
{
    char text[21];

    dyn_time_format(time_ms, text);
    json_object_set_new(report, member, json_string(text));
}

/* "known, section": the features of that verdict. */
static void print_names(json_t *features, verdict_t verdict)
{
    const char *comma = "";
    size_t i;
    json_t *row;

    json_array_foreach(features, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "verdict")), verdict_name(verdict)) ==
            0) {
            printf("%s%s", comma, json_string_value(json_object_get(row, "feature")));
            comma = ", ";
        }
    }
}

static void print_conclusion(json_t *features, const uint32_t found[VERDICTS_COUNT])
{
    if (found[VERDICT_TOO_FEW] > 0) {
        printf("too few records to judge: ");
        print_names(features, VERDICT_TOO_FEW);
        printf("\n");
    }
    if (found[VERDICT_DRIFTED] > 0) {
        printf("retrain: drifted: ");
        print_names(features, VERDICT_DRIFTED);
        printf("\n");
    } else {
        printf("nothing has drifted of what could be judged (%" PRIu32 " features)\n",
               found[VERDICT_STABLE]);
    }
}

static int report_on(const drift_t *drift, const dyn_population_t *population)
{
    uint32_t found[VERDICTS_COUNT] = {0};
    json_t *features = json_array();
    json_t *report =
        json_pack("{s:s, s:s, s:I, s:I, s:f}", "schema", "dynstore.drift/1", "snapshot",
                  drift->snapshot->build_id, "records", (json_int_t)population->records, "shoppers",
                  (json_int_t)population->ids.count, "limit", drift->limit);

    set_time(report, "from", population->first_ms);
    set_time(report, "until", population->last_ms);
    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        json_t *row =
            json_pack("{s:s, s:n, s:n, s:n, s:n}", "feature",
                      dyn_drift_name((dyn_drift_feature_t)i), "psi", "noise", "shoppers", "before");

        found[compare(drift, population, i, row)]++;
        json_array_append_new(features, row);
    }
    json_object_set_new(report, "retrain", json_boolean(found[VERDICT_DRIFTED] > 0));
    json_object_set(report, "features", features);
    dyn_report_print(stdout, report, drift->json);
    if (!drift->json) {
        print_conclusion(features, found);
    }
    json_decref(features);
    json_decref(report);

    return found[VERDICT_DRIFTED] > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
}

/* ---- reading ---- */

typedef struct {
    const drift_t *drift;
    dyn_population_t *population;
} taking_t;

static bool take(void *data, const dyn_record_t *record, dyn_error_t *error)
{
    const taking_t *taking = data;
    dyn_arena_t arena;

    dyn_arena_init(&arena, taking->drift->block, arena_bytes, NULL, NULL);

    return dyn_population_add_record(taking->population, taking->drift->snapshot, record, &arena,
                                     error);
}

static bool read_records(const drift_t *drift, dyn_records_source_t *source,
                         dyn_population_t *population, dyn_error_t *error)
{
    taking_t taking = {drift, population};

    if (!dyn_records_read(source, take, &taking, error)) {
        return false;
    }

    dyn_records_warn("drift", source);

    return population->records > 0 || dyn_fail(error, "%.200s: there is no record to compare",
                                               source->path != NULL ? source->path : "Redis");
}

/* What the snapshot tells of its training window, if it does. */
static bool read_window(drift_t *drift, dyn_error_t *error)
{
    const dyn_section_view_t *section = &drift->snapshot->sections[DYN_SECTION_REFERENCE];
    dyn_error_t reason;

    if (section->data == NULL) {
        return drift->reference_path != NULL ||
               dyn_fail(error,
                        "%.200s: it has no section \"reference\", because it was built without "
                        "views of items or by an older dynstore: build it again, or give "
                        "--reference FILE",
                        drift->snapshot_path);
    }

    return dyn_reference_read((dyn_str_t){section->data, (size_t)section->length}, &drift->window,
                              &reason) ||
           dyn_fail(error, "%.200s: section \"reference\": %.200s", drift->snapshot_path,
                    reason.text);
}

static int compare_all(drift_t *drift, dyn_population_t *before, dyn_population_t *now)
{
    dyn_records_source_t reference = {.path = drift->reference_path};
    dyn_error_t error;

    if (!read_window(drift, &error) ||
        (reference.path != NULL && !read_records(drift, &reference, before, &error))) {
        return dyn_command_failed("drift", DYN_EXIT_INPUT, &error);
    }
    if (!dyn_reference_make(before, &drift->earlier)) {
        dyn_fail(&error, "not enough memory for the reference");
        return dyn_command_failed("drift", DYN_EXIT_SYSTEM, &error);
    }
    if (!read_records(drift, &drift->source, now, &error)) {
        return dyn_command_failed(
            "drift", drift->source.path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM, &error);
    }

    return report_on(drift, now);
}

static int run(drift_t *drift)
{
    dyn_population_t before = {0}, now = {0};
    dyn_error_t error;
    int code;

    drift->snapshot = dyn_snapshot_open(drift->snapshot_path, &error);
    if (drift->snapshot == NULL) {
        return dyn_command_failed("drift", DYN_EXIT_INPUT, &error);
    }
    drift->block = malloc(arena_bytes);
    if (drift->block == NULL) {
        dyn_fail(&error, "not enough memory");
        code = dyn_command_failed("drift", DYN_EXIT_SYSTEM, &error);
    } else {
        code = compare_all(drift, &before, &now);
    }
    dyn_population_free(&before);
    dyn_population_free(&now);
    dyn_reference_free(&drift->window);
    dyn_reference_free(&drift->earlier);
    free(drift->block);
    dyn_snapshot_close(drift->snapshot);

    return code;
}

static bool read_option(int option, const char *value, drift_t *drift, dyn_error_t *error)
{
    switch (option) {
    case OPTION_SINCE:
        drift->source.since = value;
        return true;
    case OPTION_SNAPSHOT:
        drift->snapshot_path = value;
        return true;
    case OPTION_REFERENCE:
        drift->reference_path = value;
        return true;
    case OPTION_LIMIT:
        return dyn_option_decimal("--limit", value, 0, 100, &drift->limit, error);
    case OPTION_JSON:
        drift->json = true;
        return true;
    default:
        return dyn_records_option(&drift->source, option, value, error);
    }
}

int dyn_command_drift(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "drift",
        .usage = "--from URL|FILE --snapshot FILE [OPTION]...",
        .help = "Says of each feature how far decision records are from what the snapshot's model "
                "was trained on. Exit code 1: at least one has drifted, so train again.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    drift_t drift = {.source = {.prefix = "dyn:"}, .limit = 0.2};
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &drift, &error)) {
            return dyn_usage_error("drift", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc > optind) {
        return dyn_usage_error("drift", "takes no operands");
    }
    if (!dyn_records_are_given(&drift.source)) {
        return dyn_usage_error("drift", "--from URL|FILE is missing");
    }

    return drift.snapshot_path != NULL ? run(&drift)
                                       : dyn_usage_error("drift", "--snapshot FILE is missing");
}
