/* dynstore records: decision records from Redis into a file of lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/commands/records_options.h"

enum { arena_bytes = 4 << 20 };

enum { OPTION_SINCE = DYN_RECORDS_OPTIONS, OPTION_OUTPUT };

static const dyn_option_t option_table[] = {
    DYN_RECORDS_ROWS,
    [OPTION_SINCE] = {"since", 0, "ID", "only entries of the stream behind this one"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "where to write the lines (standard output)"},
};

typedef struct {
    FILE *out;
    char *block;
} writer_t;

static bool write_record(void *data, const dyn_record_t *record, dyn_error_t *error)
{
    writer_t *writer = data;
    dyn_arena_t arena;

    dyn_arena_init(&arena, writer->block, arena_bytes, NULL, NULL);

    dyn_str_t line = dyn_record_line(record, &arena);

    if (line.data == NULL) {
        return dyn_fail(error, "not enough memory for a record");
    }

    return (fwrite(line.data, 1, line.len, writer->out) == line.len &&
            fputc('\n', writer->out) != EOF) ||
           dyn_fail(error, "the records cannot be written: %s", strerror(errno));
}

static int copy(dyn_records_source_t *source, const char *path)
{
    writer_t writer = {path == NULL ? stdout : fopen(path, "wb"), malloc(arena_bytes)};
    dyn_error_t error;
    bool good = writer.out != NULL || dyn_fail(&error, "%.200s: %s", path, strerror(errno));

    good = good && (writer.block != NULL || dyn_fail(&error, "not enough memory"));
    good = good && dyn_records_read(source, write_record, &writer, &error);
    if (path != NULL && writer.out != NULL && fclose(writer.out) != 0 && good) {
        good = dyn_fail(&error, "%.200s: %s", path, strerror(errno));
    }
    free(writer.block);
    if (good) {
        dyn_records_warn("records", source);
    }

    return good ? DYN_EXIT_OK
                : dyn_command_failed(
                      "records", source->path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM, &error);
}

int dyn_command_records(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "records",
        .usage = "--from URL|FILE [-o FILE]",
        .help = "Writes decision records as lines of JSON, oldest first.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    dyn_records_source_t source = {.prefix = "dyn:"};
    const char *output = NULL;
    bool good = true;
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_SINCE:
            source.since = options.value;
            break;
        case OPTION_OUTPUT:
            output = options.value;
            break;
        default:
            good = dyn_records_option(&source, option, options.value, &error);
            break;
        }
        if (!good) {
            return dyn_usage_error("records", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc > optind) {
        return dyn_usage_error("records", "takes no operands");
    }

    return dyn_records_are_given(&source)
               ? copy(&source, output)
               : dyn_usage_error("records", "--from URL|FILE is missing");
}
