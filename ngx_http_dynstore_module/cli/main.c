/* dynstore COMMAND ...: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "engine/base/version.h"

static const struct {
    const char *name;
    const char *help;
    int (*run)(int argc, char **argv);
} commands[] = {
#define X(name, help) {#name, help, dyn_command_##name},
    DYN_COMMANDS(X)
#undef X
};

enum { command_count = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
    fprintf(out, "usage: dynstore COMMAND [OPTION]...\n\n"
                 "Builds, examines and explains the snapshots that ngx_http_dynstore_module "
                 "personalizes with.\n\n");
    for (size_t i = 0; i < command_count; i++) {
        fprintf(out, "  %-12s%s\n", commands[i].name, commands[i].help);
    }
    fprintf(
        out,
        "\n  --help      this help; dynstore COMMAND --help for a command's\n"
        "  --version   the version\n\n"
        "Exit codes: 0 done; 1 done, and the answer is no (a gate failed, nothing found); 2 wrong "
        "usage;\n"
        "3 an input file is unreadable or wrong; 4 the machine failed (memory, disk, network).\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return DYN_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return DYN_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("dynstore %s\n", DYN_VERSION);
        return DYN_EXIT_OK;
    }

    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            int code = commands[i].run(argc - 1, argv + 1);

            /* what could not be printed was not done */
            if (fflush(stdout) != 0 || ferror(stdout)) {
                fprintf(stderr, "dynstore %s: standard output cannot be written\n", argv[1]);
                return DYN_EXIT_SYSTEM;
            }
            return code;
        }
    }

    fprintf(stderr, "dynstore: there is no command \"%s\"; see dynstore --help\n", argv[1]);

    return DYN_EXIT_USAGE;
}
