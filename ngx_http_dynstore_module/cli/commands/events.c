/* dynstore events: the stream of events of Redis, as lines of JSON that `dynstore build --events` reads. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/base/redis.h"
#include "cli/base/replace.h"
#include "cli/commands/commands.h"
#include "cli/input/events_stream.h"
#include "engine/base/time_text.h"

enum {
    OPTION_FROM,
    OPTION_SINCE,
    OPTION_OUTPUT,
    OPTION_PREFIX,
    OPTION_PASSWORD_FILE,
    OPTION_MAX_ERRORS
};

static const dyn_option_t option_table[] = {
    [OPTION_FROM] = {"from", 'f', "URL", "the shop's Redis, as in dynstore_redis"},
    [OPTION_SINCE] = {"since", 0, "ID|TIME",
                      "write what came after that entry, or from that time on (0: all)"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE",
                       "where to write the lines; then the last entry's id is printed (standard "
                       "output)"},
    [OPTION_PREFIX] = {"prefix", 0, "PREFIX", "dynstore_redis prefix= of nginx (dyn:)"},
    [OPTION_PASSWORD_FILE] = {"password-file", 0, "FILE", "the password of Redis, alone in a file"},
    [OPTION_MAX_ERRORS] = {"max-errors", 0, "N", "entries that are no events and skipped (100)"},
};

typedef struct {
    dyn_redis_url_t redis;
    const char *prefix, *password_path, *output;
    dyn_stream_id_t since;
    bool since_entry; /* it is one that was read before */
    uint64_t max_errors;
} settings_t;

typedef struct {
    FILE *out;
    uint64_t written, skipped;
} writing_t;

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

static bool read_since(const char *text, settings_t *settings, dyn_error_t *error)
{
    int64_t time_ms;

    settings->since = (dyn_stream_id_t){0, 0};
    settings->since_entry =
        dyn_stream_id_read(dyn_str_from(text), &settings->since) && settings->since.time_ms != 0;
    if (settings->since_entry || strcmp(text, "0") == 0 || strcmp(text, "0-0") == 0) {
        return true;
    }
    if (!dyn_time_from_text(dyn_str_from(text), &time_ms) || time_ms <= 0) {
        return dyn_fail(error,
                        "--since: \"%.64s\" is neither an entry's id nor a time: "
                        "1700000000000-0 or 2026-03-01T00:00:00Z would be right",
                        text);
    }
    settings->since = (dyn_stream_id_t){(uint64_t)time_ms - 1, UINT64_MAX};

    return true;
}

static bool read_option(int option, const char *value, settings_t *settings, dyn_error_t *error)
{
    switch (option) {
    case OPTION_FROM:
        return dyn_redis_option("from", value, &settings->redis, error);
    case OPTION_SINCE:
        return read_since(value, settings, error);
    case OPTION_OUTPUT:
        settings->output = value;
        return true;
    case OPTION_PREFIX:
        settings->prefix = value;
        return dyn_redis_prefix_option(value, error);
    case OPTION_PASSWORD_FILE:
        settings->password_path = value;
        return true;
    default:
        return dyn_option_number("max-errors", value, 0, UINT32_MAX, &settings->max_errors, error);
    }
}

/* An entry whose text is no UTF-8 is no line of JSON. */
static bool write_line(void *context, const dyn_event_record_t *record)
{
    writing_t *writing = context;
    json_t *visitor = json_stringn(record->visitor.data, record->visitor.len);
    json_t *entry = json_stringn(record->entry.data, record->entry.len);
    json_t *line = json_object();

    if (visitor == NULL || entry == NULL) {
        writing->skipped++;
        json_decref(visitor);
        json_decref(entry);
        json_decref(line);
        return true;
    }
    json_object_set_new(line, "v", visitor);
    json_object_set_new(line, "e", entry);
    if (record->auth.len > 0) {
        json_object_set_new(line, "auth", json_stringn(record->auth.data, record->auth.len));
    }
    bool good =
        json_dumpf(line, writing->out, JSON_COMPACT) == 0 && putc('\n', writing->out) != EOF;

    json_decref(line);
    writing->written += good;

    return good;
}

static bool read_stream(const settings_t *settings, writing_t *writing, dyn_stream_id_t *last,
                        bool *reaches, dyn_faults_t *faults)
{
    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
    bool good =
        dyn_redis_password(&settings->redis, settings->password_path, password, faults->error) &&
        dyn_events_stream_read_after(&settings->redis, password, settings->prefix, last, reaches,
                                     write_line, writing, faults);

    explicit_bzero(password, sizeof(password));

    return good;
}

static void say(const settings_t *settings, const writing_t *writing, uint64_t bad, bool reaches,
                const char *last)
{
    if (settings->since_entry && !reaches) {
        fprintf(stderr,
                "dynstore events: the stream goes back no further than --since: events after it "
                "may have been trimmed before they were read; run this more often, or let "
                "dynstore_redis keep more (stream_max=)\n");
    }
    fprintf(stderr,
            "%" PRIu64 " events; %" PRIu64 " entries that are none were skipped; the next "
            "run goes on with --since %s\n",
            writing->written, bad, last);
    if (settings->output != NULL) {
        printf("%s\n", last);
    }
}

static int run(const settings_t *settings)
{
    char last_text[DYN_STREAM_ID_BYTES];
    dyn_error_t error = {""};
    dyn_faults_t faults = {.max = settings->max_errors, .report = report_fault, .error = &error};
    dyn_stream_id_t last = settings->since;
    dyn_replace_t replace;
    writing_t writing = {.out = stdout};
    bool reaches;

    if (settings->output != NULL) {
        if (!dyn_replace_begin(&replace, settings->output, &error)) {
            return dyn_command_failed("events", DYN_EXIT_SYSTEM, &error);
        }
        writing.out = replace.file;
    }

    bool good = read_stream(settings, &writing, &last, &reaches, &faults);

    if (settings->output != NULL) {
        good = dyn_replace_end(&replace, good, &error);
    }
    if (!good) {
        return dyn_command_failed(
            "events", faults.count > faults.max ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM, &error);
    }
    dyn_stream_id_write(last, last_text);
    say(settings, &writing, faults.count + writing.skipped, reaches, last_text);

    return DYN_EXIT_OK;
}

int dyn_command_events(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "events",
        .usage = "--from URL [--since ID|TIME] [-o FILE]",
        .help =
            "Writes the stream of events as lines of JSON that dynstore build reads (--events).",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    settings_t settings = {.prefix = "dyn:", .max_errors = 100};
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &settings, &error)) {
            return dyn_usage_error("events", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (settings.redis.shown[0] == '\0' || optind != argc) {
        return dyn_usage_error("events", "--from URL is needed, and nothing beside options");
    }

    return run(&settings);
}
