#include "cli/commands/rules_lint.h"

#include <stdio.h>

#include "cli/base/options.h"
#include "cli/input/rules_file.h"

enum { OPTION_SNAPSHOT };

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose names are looked up"},
};

int dyn_rules_lint(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "rules lint",
        .usage = "FILE [OPTION]...",
        .help = "Reads a rules file as nginx does.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    const char *path = NULL;
    dyn_snapshot_t *snapshot = NULL;
    dyn_policy_t *policy;
    dyn_error_t error;
    int option, code = DYN_EXIT_OK;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        path = options.value;
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind + 1 != argc) {
        return dyn_usage_error("rules lint", "one FILE is needed");
    }
    if (path != NULL && (snapshot = dyn_snapshot_open(path, &error)) == NULL) {
        return dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    if (!dyn_rules_file_read(argv[optind], snapshot, &policy, &error)) {
        fprintf(stderr, "%s\n", error.text);
        code = DYN_EXIT_INPUT;
    } else {
        printf("%s: %u rules in force\n", argv[optind], policy == NULL ? 0 : policy->rule_count);
    }
    dyn_policy_free(policy);
    dyn_snapshot_close(snapshot);

    return code;
}
