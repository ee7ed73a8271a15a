/* dynstore report: what experiments did, from events; docs/experiments.md. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/base/redis.h"
#include "cli/base/replace.h"
#include "cli/input/events_stream.h"
#include "cli/input/rules_file.h"
#include "cli/report/findings.h"
#include "cli/report/show.h"

enum {
    OPTION_EVENTS,
    OPTION_RULES,
    OPTION_FEATURES,
    OPTION_EXPERIMENT,
    OPTION_CONTROL,
    OPTION_METRIC,
    OPTION_EFFECT,
    OPTION_ALPHA,
    OPTION_POWER,
    OPTION_HTML,
    OPTION_METRICS,
    OPTION_PREFIX,
    OPTION_PASSWORD_FILE,
    OPTION_MAX_ERRORS,
    OPTION_MAX_MEMORY,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_EVENTS] = {"events", 'e', "FILE|URL",
                       "what visitors were shown and did: files, or Redis; may be repeated"},
    [OPTION_RULES] = {"rules", 'r', "FILE", "the rules file, for the shares of variants"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, for the shares of experiments with a feature"},
    [OPTION_EXPERIMENT] = {"experiment", 'x', "ID", "this experiment only"},
    [OPTION_CONTROL] = {"control", 0, "VARIANT",
                        "what the others are compared with (the rules file's first, or control)"},
    [OPTION_METRIC] = {"metric", 'm', "NAME", "the metric that decides (conversion)"},
    [OPTION_EFFECT] = {"effect", 0, "PERCENT", "the smallest lift worth having (5)"},
    [OPTION_ALPHA] = {"alpha", 0, "SHARE", "how often nothing may be taken for something (0.05)"},
    [OPTION_POWER] = {"power", 0, "SHARE", "how surely such a lift is to be found (0.8)"},
    [OPTION_HTML] = {"html", 0, "FILE", "write a page with plots, too"},
    [OPTION_METRICS] = {"metrics", 0, "FILE",
                        "write metrics for Prometheus, too; the file is replaced as a whole"},
    [OPTION_PREFIX] = {"prefix", 0, "PREFIX", "dynstore_redis prefix= of nginx (dyn:)"},
    [OPTION_PASSWORD_FILE] = {"password-file", 0, "FILE", "the password of Redis, alone in a file"},
    [OPTION_MAX_ERRORS] = {"max-errors", 0, "N", "bad lines that are skipped (100)"},
    [OPTION_MAX_MEMORY] = {"max-memory", 0, "MB", "memory for events (1024)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

enum { event_files_max = 1024 };

typedef struct {
    const char *events[event_files_max];
    size_t event_count;
    const char *rules, *features, *html, *metrics, *prefix, *password_path;
    dyn_redis_url_t redis; /* of the URL among the events */
    uint64_t max_errors, max_memory;
    bool as_json;
    dyn_findings_options_t findings;
} asked_t;

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

static bool metric_of(const char *name, dyn_metric_t *metric, dyn_error_t *error)
{
    for (uint32_t i = 0; i < DYN_OUTCOME_METRICS; i++) {
        if (strcmp(dyn_metric_rows[i].name, name) == 0) {
            *metric = (dyn_metric_t)i;
            return true;
        }
    }
#define X(constant, metric_name, kind, money, cuped, what) metric_name ", "
    return dyn_fail(
        error, "--metric: \"%.64s\" is none of " DYN_METRICS(X) "which are all there are", name);
#undef X
}

static bool is_redis(const char *value)
{
    return strncmp(value, "redis://", 8) == 0 || strncmp(value, "unix:", 5) == 0;
}

static bool read_option(int option, const char *value, asked_t *asked, dyn_error_t *error)
{
    switch (option) {
    case OPTION_EVENTS:
        if (asked->event_count == event_files_max) {
            return dyn_fail(error, "--events: %d files at most", event_files_max);
        }
        asked->events[asked->event_count++] = value;
        return !is_redis(value) || dyn_redis_option("events", value, &asked->redis, error);
    case OPTION_RULES:
        asked->rules = value;
        return true;
    case OPTION_FEATURES:
        asked->features = value;
        return true;
    case OPTION_EXPERIMENT:
        asked->findings.experiment = value;
        return true;
    case OPTION_CONTROL:
        asked->findings.control = value;
        return true;
    case OPTION_METRIC:
        return metric_of(value, &asked->findings.metric, error);
    case OPTION_EFFECT:
        if (!dyn_option_decimal("effect", value, 0.1, 1000, &asked->findings.effect, error)) {
            return false;
        }
        asked->findings.effect /= 100;
        return true;
    case OPTION_ALPHA:
        return dyn_option_decimal("alpha", value, 0.0001, 0.4, &asked->findings.alpha, error);
    case OPTION_POWER:
        return dyn_option_decimal("power", value, 0.1, 0.999, &asked->findings.power, error);
    case OPTION_HTML:
        asked->html = value;
        return true;
    case OPTION_METRICS:
        asked->metrics = value;
        return true;
    case OPTION_PREFIX:
        asked->prefix = value;
        return dyn_redis_prefix_option(value, error);
    case OPTION_PASSWORD_FILE:
        asked->password_path = value;
        return true;
    case OPTION_MAX_ERRORS:
        return dyn_option_number("max-errors", value, 0, UINT32_MAX, &asked->max_errors, error);
    case OPTION_MAX_MEMORY:
        return dyn_option_number("max-memory", value, 1, 1 << 20, &asked->max_memory, error);
    default:
        asked->as_json = true;
        return true;
    }
}

/* ---- what there is to read ---- */

static bool read_stream(const asked_t *asked, dyn_tally_t *tally, dyn_faults_t *faults)
{
    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
    bool good = dyn_redis_password(&asked->redis, asked->password_path, password, faults->error) &&
                dyn_events_stream_read(&asked->redis, password, asked->prefix, dyn_tally_take,
                                       tally, faults);

    explicit_bzero(password, sizeof(password));

    return good;
}

static bool read_events(const asked_t *asked, dyn_tally_t *tally, int *code, dyn_error_t *error)
{
    dyn_notes_t notes;
    uint64_t lines = 0;

    memset(&notes, 0, sizeof(notes));

    dyn_faults_t faults = {
        .max = asked->max_errors, .report = report_fault, .error = error, .notes = &notes};

    for (size_t i = 0; i < asked->event_count; i++) {
        const char *path = asked->events[i];
        bool stream = is_redis(path);

        if (!(stream ? read_stream(asked, tally, &faults)
                     : dyn_events_read(path, dyn_tally_take, tally, &faults, &lines))) {
            *code = stream ? DYN_EXIT_SYSTEM : DYN_EXIT_INPUT;
            if (tally->full) {
                *code = DYN_EXIT_SYSTEM;
                return dyn_fail(error,
                                "%.160s: the events need more than %llu MB: allow more with "
                                "--max-memory, or give fewer days",
                                stream ? asked->redis.shown : path,
                                (unsigned long long)asked->max_memory);
            }
            return false;
        }
    }
    *code = DYN_EXIT_SYSTEM;

    return dyn_tally_close(tally) || dyn_fail(error, "not enough memory for the events");
}

/* path: NULL: it is not given. */
static bool read_json(const char *path, const char *what, json_t **root, dyn_error_t *error)
{
    json_error_t problem;

    *root = path == NULL ? NULL : json_load_file(path, 0, &problem);
    if (path != NULL && *root == NULL) {
        return dyn_fail(error, "%.160s:%d:%d: the %s cannot be read: %.160s", path, problem.line,
                        problem.column, what, problem.text);
    }

    return true;
}

/* ---- what is said ---- */

typedef void (*show_fn)(FILE *out, const json_t *findings);

static bool write_shown(const char *path, show_fn show, const json_t *findings, dyn_error_t *error)
{
    dyn_replace_t replace;

    if (!dyn_replace_begin(&replace, path, error)) {
        return false;
    }
    show(replace.file, findings);

    return dyn_replace_end(&replace, true, error);
}

/* A sample ratio that failed, or nothing to report, is an answer that is no. */
static int code_of(const json_t *findings)
{
    const json_t *experiments = json_object_get(findings, "experiments");
    json_t *experiment;
    size_t i;

    if (json_array_size(experiments) == 0) {
        return DYN_EXIT_DIFFERENT;
    }
    json_array_foreach((json_t *)(uintptr_t)experiments, i, experiment)
    {
        if (json_is_true(json_object_get(json_object_get(experiment, "sample_ratio"), "failed"))) {
            return DYN_EXIT_DIFFERENT;
        }
    }

    return DYN_EXIT_OK;
}

/* The first variant is the control. */
static bool has_control(const json_t *findings, const char *control)
{
    const json_t *experiments = json_object_get(findings, "experiments");

    for (size_t i = 0; i < json_array_size(experiments); i++) {
        const json_t *experiment = json_array_get(experiments, i);
        const json_t *first = json_array_get(json_object_get(experiment, "variants"), 0);

        if (strcmp(json_string_value(json_object_get(first, "variant")), control) == 0) {
            return true;
        }
    }

    return json_array_size(experiments) == 0;
}

static int say(const asked_t *asked, const dyn_tally_t *tally, dyn_error_t *error)
{
    json_t *findings = dyn_findings(tally, &asked->findings);
    int code = DYN_EXIT_SYSTEM;

    if (findings == NULL) {
        dyn_fail(error, "not enough memory for the report");
    } else if (asked->findings.control != NULL && !has_control(findings, asked->findings.control)) {
        dyn_fail(error, "--control: no visitor was exposed to a variant \"%.160s\"",
                 asked->findings.control);
        code = DYN_EXIT_DIFFERENT;
    } else if ((asked->html == NULL || write_shown(asked->html, dyn_show_page, findings, error)) &&
               (asked->metrics == NULL ||
                write_shown(asked->metrics, dyn_show_metrics, findings, error))) {
        code = code_of(findings);
        if (asked->as_json) {
            dyn_report_print(stdout, findings, true);
        } else {
            dyn_show_text(stdout, findings);
        }
        if (json_array_size(json_object_get(findings, "experiments")) == 0) {
            fprintf(
                stderr, "dynstore report: the events tell of no visitor who was exposed to %s\n",
                asked->findings.experiment == NULL ? "an experiment" : asked->findings.experiment);
        }
    }
    json_decref(findings);

    return code;
}

static int run(asked_t *asked)
{
    dyn_tally_t *tally = calloc(1, sizeof(*tally));
    json_t *rules = NULL, *payload = NULL;
    dyn_error_t error = {""};
    int code = DYN_EXIT_SYSTEM;

    if (tally == NULL) {
        dyn_fail(&error, "not enough memory for the events");
        return dyn_command_failed("report", code, &error);
    }
    tally->bytes_max = asked->max_memory << 20;
    if (!read_json(asked->rules, "rules file", &rules, &error) ||
        !read_json(asked->features, "payload", &payload, &error)) {
        code = DYN_EXIT_INPUT;
    } else if (read_events(asked, tally, &code, &error)) {
        asked->findings.rules = rules;
        asked->findings.payload = payload;
        code = say(asked, tally, &error);
    }
    json_decref(rules);
    json_decref(payload);
    dyn_tally_free(tally);
    free(tally);

    return error.text[0] == '\0' ? code : dyn_command_failed("report", code, &error);
}

int dyn_command_report(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "report",
        .usage = "--events FILE [OPTION]...",
        .help = "Judges every experiment, and the holdout, by what their visitors did after they\n"
                "were exposed to it. It may be asked every day.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    asked_t asked = {
        .max_errors = 100,
        .max_memory = 1024,
        .prefix = "dyn:",
        .findings = {.metric = DYN_OUTCOME_CONVERSION, .effect = 0.05, .alpha = 0.05, .power = 0.8},
    };
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &asked, &error)) {
            return dyn_usage_error("report", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (asked.event_count == 0 || argc != optind) {
        return dyn_usage_error("report", "--events FILE is needed, and nothing beside options");
    }

    const char *missing = dyn_rules_file_missing(asked.rules, asked.features);

    if (missing != NULL) {
        return dyn_usage_error("report", "%s", missing);
    }
    asked.findings.curves = asked.html != NULL || asked.as_json;

    return run(&asked);
}
