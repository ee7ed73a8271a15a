#include "cli/commands/rules_lint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/rules_warnings.h"
#include "cli/input/rules_file.h"
#include "engine/base/time_text.h"

enum { OPTION_SNAPSHOT, OPTION_NOW, OPTION_JSON };

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose names are looked up"},
    [OPTION_NOW] = {"now", 0, "TIME",
                    "the time, as 2026-03-08 or with hour and zone (the clock's)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *path, *snapshot;
    int64_t now_ms;
    bool json;
} settings_t;

static void print_json(const settings_t *settings, const dyn_policy_t *policy, json_t *warnings)
{
    json_t *report = json_pack("{s:s, s:s, s:s, s:I, s:O}", "schema", "dynstore.rules-lint/1",
                               "file", settings->path, "rules", policy->version, "rules_in_force",
                               (json_int_t)policy->own_rule_count, "warnings", warnings);

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
    printf("%s: %u rules, %zu warnings\n", settings->path, policy->own_rule_count, count);
}

static int lint_text(const settings_t *settings, dyn_str_t text, const dyn_snapshot_t *snapshot)
{
    const dyn_policy_source_t source = {settings->path, text};
    json_t *warnings = json_array(), *root = NULL;
    dyn_policy_t *policy;
    dyn_error_t error;
    int code = DYN_EXIT_OK;

    if (dyn_policy_compile(&source, snapshot, &policy, &error)) {
        bool marked = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;

        root = json_loadb(text.data + (marked ? 3 : 0), text.len - (marked ? 3 : 0), 0, NULL);
        json_decref(warnings);
        warnings = dyn_rules_warnings(&(dyn_rules_checked_t){text, root, policy, settings->now_ms});
        code = json_array_size(warnings) > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
    } else {
        fprintf(stderr, "%s\n", error.text);
        code = DYN_EXIT_INPUT;
    }
    if (warnings == NULL) {
        dyn_fail(&error, "there is not enough memory");
        code = dyn_command_failed("rules lint", DYN_EXIT_SYSTEM, &error);
    } else if (policy != NULL && settings->json) {
        print_json(settings, policy, warnings);
    } else if (policy != NULL) {
        print_text(settings, policy, warnings);
    }
    json_decref(warnings);
    json_decref(root);
    dyn_policy_free(policy);

    return code;
}

static int run(const settings_t *settings)
{
    dyn_snapshot_t *snapshot = NULL;
    dyn_error_t error;
    dyn_str_t text;
    char *bytes;
    int code;

    if (settings->snapshot != NULL &&
        (snapshot = dyn_snapshot_open(settings->snapshot, &error)) == NULL) {
        return dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    bytes = dyn_rules_file_bytes(settings->path, &text, &error);
    if (bytes != NULL) {
        code = lint_text(settings, text, snapshot);
    } else {
        code = dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    free(bytes);
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
