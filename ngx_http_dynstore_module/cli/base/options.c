#include "cli/base/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { help_value = 1000, first_value = 2000 };

void dyn_options_begin(dyn_options_t *options, int argc, char **argv)
{
    char *letter = options->letters;
    size_t i;

    options->argc = argc;
    options->argv = argv;
    options->exit_code = DYN_EXIT_OK;

    /* ':' first: a missing argument is told apart from an unknown option */
    *letter++ = ':';
    for (i = 0; i < options->count && i < DYN_OPTIONS_MAX; i++) {
        const dyn_option_t *option = &options->options[i];

        options->rows[i] =
            (struct option){option->name, option->argument != NULL, NULL, first_value + (int)i};
        if (option->letter != 0) {
            *letter++ = option->letter;
            if (option->argument != NULL) {
                *letter++ = ':';
            }
        }
    }
    options->rows[i] = (struct option){"help", 0, NULL, help_value};
    options->rows[i + 1] = (struct option){0};
    *letter++ = 'h';
    *letter = '\0';

    optind = 1;
    opterr = 0;
}

static void print_help(const dyn_options_t *options)
{
    printf("usage: dynstore %s %s\n\n%s\n\n", options->command, options->usage, options->help);

    for (size_t i = 0; i < options->count; i++) {
        const dyn_option_t *option = &options->options[i];
        char text[64];
        int length = snprintf(text, sizeof(text), "--%s%s%s", option->name,
                              option->argument != NULL ? " " : "",
                              option->argument != NULL ? option->argument : "");

        if (option->letter != 0) {
            printf("  -%c, %-24s", option->letter, text);
        } else {
            printf("      %-24s", text);
        }
        printf("%s%s\n", length >= 24 ? " " : "", option->help);
    }
    printf("  -h, %-24s%s\n", "--help", "this help");
}

int dyn_options_next(dyn_options_t *options)
{
    int given = getopt_long(options->argc, options->argv, options->letters, options->rows, NULL);

    if (given == -1) {
        return DYN_OPTION_END;
    }
    if (given == help_value || given == 'h') {
        print_help(options);
        options->exit_code = DYN_EXIT_OK;
        return DYN_OPTION_STOP;
    }
    if (given == '?' && optopt >= '0' && optopt <= '9') {
        options->exit_code = dyn_usage_error(
            options->command,
            "there is no option -%c; before words of which one is a number below 0, write --",
            optopt);
        return DYN_OPTION_STOP;
    }
    if (given == ':' || given == '?') {
        const char *what = options->argv[optind - 1];

        options->exit_code =
            given == ':' ? dyn_usage_error(options->command, "option %s needs an argument", what)
                         : dyn_usage_error(options->command,
                                           "there is no option %s, or it takes no argument", what);
        return DYN_OPTION_STOP;
    }

    options->value = optarg;
    if (given >= first_value) {
        return given - first_value;
    }
    for (size_t i = 0; i < options->count; i++) {
        if (options->options[i].letter == given) {
            return (int)i;
        }
    }

    return DYN_OPTION_STOP;
}

int dyn_usage_error(const char *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "dynstore %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see dynstore %s --help\n", command);

    return DYN_EXIT_USAGE;
}

int dyn_command_failed(const char *command, int code, const dyn_error_t *error)
{
    fprintf(stderr, "dynstore %s: %s\n", command, error->text);

    return code;
}

bool dyn_option_number(const char *name, const char *text, uint64_t min, uint64_t max,
                       uint64_t *value, dyn_error_t *error)
{
    char *end;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < min ||
        number > max) {
        return dyn_fail(error, "--%s: \"%.64s\" is not a whole number from %" PRIu64 " to %" PRIu64,
                        name, text, min, max);
    }
    *value = number;

    return true;
}

bool dyn_option_decimal(const char *name, const char *text, double min, double max, double *value,
                        dyn_error_t *error)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(*value >= min && *value <= max)) {
        return dyn_fail(error, "--%s: \"%.64s\" is not a number from %g to %g", name, text, min,
                        max);
    }

    return true;
}
