#include "cli/commands/rules_lint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/lint/warnings.h"
#include "cli/input/rules_file.h"
#include "engine/base/time_text.h"

enum { OPTION_SNAPSHOT, OPTION_FEATURES, OPTION_NOW, OPTION_JSON };

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose names are looked up"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, whose features the file names"},
    [OPTION_NOW] = {"now", 0, "TIME",
                    "the time, as 2026-03-08 or with hour and zone (the clock's)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *path, *snapshot, *features;
    int64_t now_ms;
    bool json;
} settings_t;

static void print_json(const settings_t *settings, const dyn_policy_t *policy, json_t *warnings,
                       json_t *passed_over)
{
    json_t *report = json_pack("{s:s, s:s, s:s, s:I, s:O}", "schema", "dynstore.rules-lint/1",
                               "file", settings->path, "rules", policy->version, "rules_in_force",
                               (json_int_t)policy->own_rule_count, "warnings", warnings);

    if (settings->features != NULL) {
        json_object_set(report, "left_out", passed_over);
    }
    dyn_report_print(stdout, report, true);
    json_decref(report);
}

static void print_text(const settings_t *settings, const dyn_policy_t *policy,
                       const json_t *warnings)
{
    size_t count = json_array_size(warnings);

    for (size_t i = 0; i < count; i++) {
        const json_t *warning = json_array_get(warnings, i);

        printf("%s:%lld:%lld: %s\n", settings->path,
               (long long)json_integer_value(json_object_get(warning, "line")),
               (long long)json_integer_value(json_object_get(warning, "column")),
               json_string_value(json_object_get(warning, "sentence")));
    }
    printf("%s: %u rules, %u experiments, %zu warnings\n", settings->path, policy->own_rule_count,
           policy->experiment_count, count);
}

/* Rules of the payload that are left out. */
static json_t *left_out(const dyn_policy_t *policy)
{
    uint32_t count = policy->features == NULL ? 0 : dyn_features_left_out_count(policy->features);
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++) {
        const dyn_left_out_t *row = dyn_features_left_out(policy->features, i);

        json_array_append_new(list, json_pack("{s:s%, s:I, s:s%}", "feature", row->feature.data,
                                              row->feature.len, "rule", (json_int_t)row->number,
                                              "sentence", row->why.data, row->why.len));
    }

    return list;
}

static void print_left_out(const settings_t *settings, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        printf("%s: rule %lld of the feature \"%s\" is left out: %s\n", settings->features,
               (long long)json_integer_value(json_object_get(row, "rule")),
               json_string_value(json_object_get(row, "feature")),
               json_string_value(json_object_get(row, "sentence")));
    }
}

/* features: the payload; data NULL: none. */
static int lint_text(const settings_t *settings, dyn_str_t text, dyn_str_t features,
                     const dyn_snapshot_t *snapshot)
{
    const dyn_policy_source_t source = {settings->path, text},
                              payload = {settings->features, features};
    json_t *passed_over = NULL;
    json_t *warnings = json_array(), *root = NULL;
    dyn_policy_t *policy;
    dyn_error_t error;
    int code = DYN_EXIT_OK;

    if (dyn_policy_compile_with(&source, features.data != NULL ? &payload : NULL, NULL, snapshot,
                                &policy, &error)) {
        bool marked = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;

        root = json_loadb(text.data + (marked ? 3 : 0), text.len - (marked ? 3 : 0), 0, NULL);
        json_decref(warnings);
        warnings = dyn_rules_warnings(&(dyn_rules_checked_t){text, root, policy, settings->now_ms});
        passed_over = left_out(policy);
        code = json_array_size(warnings) + json_array_size(passed_over) > 0 ? DYN_EXIT_DIFFERENT
                                                                            : DYN_EXIT_OK;
    } else {
        fprintf(stderr, "%s\n", error.text);
        code = DYN_EXIT_INPUT;
    }
    if (warnings == NULL) {
        dyn_fail(&error, "there is not enough memory");
        code = dyn_command_failed("rules lint", DYN_EXIT_SYSTEM, &error);
    } else if (policy != NULL && settings->json) {
        print_json(settings, policy, warnings, passed_over);
    } else if (policy != NULL) {
        print_left_out(settings, passed_over);
        print_text(settings, policy, warnings);
    }
    json_decref(warnings);
    json_decref(passed_over);
    json_decref(root);
    dyn_policy_free(policy);

    return code;
}

static int run(const settings_t *settings)
{
    dyn_snapshot_t *snapshot = NULL;
    dyn_error_t error;
    dyn_str_t text, features = DYN_STR_NONE;
    char *bytes, *payload = NULL;
    int code;

    if (settings->snapshot != NULL &&
        (snapshot = dyn_snapshot_open(settings->snapshot, &error)) == NULL) {
        return dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    bytes = dyn_rules_file_bytes(settings->path, DYN_RULES_BYTES_MAX, &text, &error);
    if (bytes != NULL && settings->features != NULL) {
        payload =
            dyn_rules_file_bytes(settings->features, DYN_FEATURES_BYTES_MAX, &features, &error);
    }
    if (bytes != NULL && (payload != NULL || settings->features == NULL)) {
        code = lint_text(settings, text, features, snapshot);
    } else {
        code = dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    free(bytes);
    free(payload);
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_rules_lint(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "rules lint",
        .usage = "FILE [OPTION]...",
        .help = "Reads a rules file as nginx does, and warns of what cannot be meant. Exit code 1: "
                "there are warnings.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    settings_t settings = {.now_ms = (int64_t)time(NULL) * 1000};
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_SNAPSHOT:
            settings.snapshot = options.value;
            break;
        case OPTION_FEATURES:
            settings.features = options.value;
            break;
        case OPTION_NOW:
            if (!dyn_time_from_text(dyn_str_from(options.value), &settings.now_ms)) {
                return dyn_usage_error("rules lint", "--now takes a time, as 2026-03-08 or "
                                                     "2026-03-08T08:00:00Z");
            }
            break;
        default:
            settings.json = true;
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind + 1 != argc) {
        return dyn_usage_error("rules lint", "one FILE is needed");
    }
    settings.path = argv[optind];

    return run(&settings);
}
