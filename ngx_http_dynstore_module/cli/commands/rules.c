/* dynstore rules: checks rules files and compares them. */
#include <stdio.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/commands/rules_diff.h"
#include "cli/commands/rules_lint.h"
#include "cli/commands/rules_schema.h"
#include "cli/commands/rules_texts.h"

static const struct {
    const char *name, *help;
    int (*run)(int argc, char **argv);
} actions[] = {
    {"lint", "check a rules file as nginx does, and warn of what cannot be meant", dyn_rules_lint},
    {"diff", "what another rules file would change, over recorded visits", dyn_rules_diff},
    {"texts", "the built-in texts, to begin a translation with", dyn_rules_texts},
    {"schema", "the JSON Schema of rules files, for editors", dyn_rules_schema},
    {"reference", "every condition, action and setting, as tables", dyn_rules_reference},
};

static void print_help(FILE *out)
{
    fprintf(out, "usage: dynstore rules ACTION [OPTION]...\n\nChecks and compares rules files, "
                 "which docs/rules.md describes.\n\n");
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        fprintf(out, "  %-12s%s\n", actions[i].name, actions[i].help);
    }
    fprintf(out, "\n  -h, --help  this help; dynstore rules ACTION --help for an action's\n");
}

int dyn_command_rules(int argc, char **argv)
{
    if (argc < 2) {
        return dyn_usage_error("rules", "one of lint, diff, texts, schema and reference is needed");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return DYN_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(argv[1], actions[i].name) == 0) {
            return actions[i].run(argc - 1, argv + 1);
        }
    }

    return dyn_usage_error("rules", "\"%s\" is no action of it", argv[1]);
}
