/* dynstore records: decision records from Redis into a file of lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/base/redis.h"
#include "cli/commands/commands.h"
#include "cli/input/records.h"

enum { arena_bytes = 4 << 20 };

enum { OPTION_FROM, OPTION_SINCE, OPTION_OUTPUT, OPTION_PASSWORD_FILE, OPTION_PREFIX };

static const dyn_option_t option_table[] = {
    [OPTION_FROM] = {"from", 'f', "URL|FILE", "the Redis of the records, or a file of them"},
    [OPTION_SINCE] = {"since", 0, "ID", "only entries of the stream behind this one"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "where to write the lines (standard output)"},
    [OPTION_PASSWORD_FILE] =
        {"password-file", 0, "FILE",
         "holds only Redis' password; else DYNSTORE_REDIS_PASSWORD of the environment"},
    [OPTION_PREFIX] = {"prefix", 0, "PREFIX", "dynstore_redis prefix= of nginx (dyn:)"},
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
    dyn_records_warn("records", source);

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
    bool from = false, good = true;
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_FROM:
            from = true;
            good = dyn_records_from(options.value, &source, &error);
            break;
        case OPTION_SINCE:
            source.since = options.value;
            break;
        case OPTION_OUTPUT:
            output = options.value;
            break;
        case OPTION_PASSWORD_FILE:
            source.password_path = options.value;
            break;
        default:
            source.prefix = options.value;
            good = dyn_redis_prefix_option(options.value, &error);
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

    return from ? copy(&source, output) : dyn_usage_error("records", "--from URL|FILE is missing");
}
