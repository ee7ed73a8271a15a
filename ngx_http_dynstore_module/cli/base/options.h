/* One table of options a command: it is parsed, checked and printed by --help from the same rows. */
#ifndef DYN_OPTIONS_H
#define DYN_OPTIONS_H

#include <getopt.h>

#include "engine/base/types.h"

/* What every command returns to the shell. docs/cli.md */
enum {
    DYN_EXIT_OK = 0,
    DYN_EXIT_DIFFERENT =
        1, /* it ran, and the answer is no: a gate failed, a difference was found, nothing matched */
    DYN_EXIT_USAGE = 2, /* the command line is wrong */
    DYN_EXIT_INPUT = 3, /* a file that was given cannot be read or is not what it should be */
    DYN_EXIT_SYSTEM =
        4 /* the machine: no memory, no space, a file that cannot be written, Redis away */
};

typedef struct {
    const char *name;     /* without the dashes */
    char letter;          /* 0: none */
    const char *argument; /* its name in the help, NULL: takes none */
    const char *help;
} dyn_option_t;

enum { DYN_OPTIONS_MAX = 32, DYN_OPTION_END = -1, DYN_OPTION_STOP = -2 };

typedef struct {
    const char *command; /* "build" */
    const char *usage;   /* after "dynstore build" */
    const char *help;    /* a paragraph */
    const dyn_option_t *options;
    size_t count;
    int argc;
    char **argv;       /* argv[0] is the command */
    const char *value; /* of the option just returned */
    int exit_code;     /* after DYN_OPTION_STOP */
    struct option rows[DYN_OPTIONS_MAX + 2];
    char letters[2 * DYN_OPTIONS_MAX + 3];
} dyn_options_t;

/* Everything but argc and argv may come from a static initializer. --help (-h) is added. */
void dyn_options_begin(dyn_options_t *options, int argc, char **argv);
/*
 * The index in the table of the next option; DYN_OPTION_END when only operands are left (argv from optind on);
 * DYN_OPTION_STOP when help was printed or the line is wrong and this was said: return exit_code.
 */
int dyn_options_next(dyn_options_t *options);

/* Says what is wrong with the command line on standard error and where the help is; returns DYN_EXIT_USAGE. */
int dyn_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "dynstore build: SENTENCE" on standard error; returns code. */
int dyn_command_failed(const char *command, int code, const dyn_error_t *error);

/* A whole number within bounds; otherwise a sentence that names the option. */
bool dyn_option_number(const char *name, const char *text, uint64_t min, uint64_t max,
                       uint64_t *value, dyn_error_t *error);
/* The same of any number. */
bool dyn_option_decimal(const char *name, const char *text, double min, double max, double *value,
                        dyn_error_t *error);

#endif
