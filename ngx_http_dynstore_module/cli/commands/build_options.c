#include "cli/commands/build_options.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/train/floor.h"
#include "cli/train/intake.h"
#include "cli/base/options.h"
#include "cli/feed/options.h"
#include "cli/base/parallel.h"
#include "engine/base/time_text.h"

enum { max_errors_default = 100, threads_default = 2, CLOCKS_MS = 60000 };

enum {
    OPTION_CATALOG = DYN_FEED_OPTIONS,
    OPTION_EVENTS,
    OPTION_OUTPUT,
    OPTION_MAX_ERRORS,
    OPTION_MAX_BAD_SHARE,
    OPTION_MAX_FALL,
    OPTION_FORCE,
    OPTION_NOW,
    OPTION_CATALOG_TIME,
    OPTION_AUTHENTICATED,
    OPTION_THREADS,
    OPTION_PARAMETERS,
    OPTION_DAYS,
    OPTION_MAX_SESSIONS,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    DYN_FEED_ROWS,
    [OPTION_CATALOG] =
        {"catalog", 'c', "FILE",
         "items and content: JSON Lines, or an export of a shop (docs/imports.md); .gz is "
         "inflated; may be repeated"},
    [OPTION_EVENTS] =
        {"events", 'e', "FILE",
         "events: JSON as the catalogue, or TSV or CSV (SessionId ItemId Time); may be repeated"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "the snapshot; replaced by rename when it is there"},
    [OPTION_MAX_ERRORS] = {"max-errors", 0, "N", "bad lines that are reported and skipped (100)"},
    [OPTION_MAX_BAD_SHARE] = {"max-bad-share", 0, "PERCENT",
                              "write nothing if more of a file's lines are bad (20)"},
    [OPTION_MAX_FALL] =
        {"max-fall", 0, "PERCENT",
         "how many fewer items, prices or sessions than in the old snapshot are allowed (50)"},
    [OPTION_FORCE] =
        {"force", 0, NULL,
         "write the snapshot even if a file holds nothing, too much is bad, or too much fell"},
    [OPTION_NOW] = {"now", 0, "TIME",
                    "what time it is: events more than 5 minutes later are left out"},
    [OPTION_CATALOG_TIME] = {"catalog-time", 0, "TIME",
                             "when the shop wrote the catalogue: what the control stream said "
                             "before is in it; \"file\": "
                             "a minute before its files were written"},
    [OPTION_AUTHENTICATED] =
        {"authenticated", 0, "EVENTS",
         "learn from these events (purchase,add_to_cart) only where \"auth\" vouches for them"},
    [OPTION_THREADS] = {"threads", 'j', "N",
                        "processors to use (2); the snapshot's bytes are the same for any number"},
    [OPTION_PARAMETERS] = {"parameters", 0, "FILE",
                           "what dynstore tune wrote: the model's parameters, the blend"},
    [OPTION_DAYS] = {"days", 0, "N", "learn from the newest N days only"},
    [OPTION_MAX_SESSIONS] = {"max-sessions", 0, "N", "learn from the newest N sessions only"},
    [OPTION_JSON] = {"json", 0, NULL, "print what was built as JSON"},
};

/* "2026-03-01T00:00:00Z" or a number as in events. */
static bool read_now(const char *text, dyn_build_settings_t *settings, dyn_error_t *error)
{
    return dyn_time_from_text(dyn_str_from(text), &settings->now_ms) ||
           dyn_fail(error,
                    "--now: \"%.64s\" is not a time; \"2026-03-01T00:00:00Z\" or seconds since "
                    "1970 would be right",
                    text);
}

/* When the first of the catalogue's files was written last, less what clocks may differ by. */
static bool file_time(dyn_build_settings_t *settings, dyn_error_t *error)
{
    int64_t oldest_ms = INT64_MAX;

    for (size_t i = 0; i < settings->catalog_count; i++) {
        struct stat status;

        if (stat(settings->catalog_paths[i], &status) != 0 || !S_ISREG(status.st_mode)) {
            return dyn_fail(
                error,
                "--catalog-time: \"%s\" is no file whose time can be told: write the time "
                "at which the shop wrote it",
                settings->catalog_paths[i]);
        }

        int64_t time_ms = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;

        oldest_ms = time_ms < oldest_ms ? time_ms : oldest_ms;
    }
    if (settings->catalog_count == 0) {
        return dyn_fail(error, "--catalog-time needs --catalog");
    }
    settings->catalog_time_ms = oldest_ms > CLOCKS_MS ? oldest_ms - CLOCKS_MS : 1;

    return true;
}

static bool read_catalog_time(const char *text, dyn_build_settings_t *settings, dyn_error_t *error)
{
    if (!dyn_time_from_text(dyn_str_from(text), &settings->catalog_time_ms) ||
        settings->catalog_time_ms == 0) {
        return dyn_fail(
            error,
            "--catalog-time: \"%.64s\" is not a time; \"2026-03-01T00:00:00Z\", seconds since "
            "1970 or \"file\" would be right",
            text);
    }

    return true;
}

/* Names of events, separated by commas. */
static bool read_authenticated(const char *text, dyn_build_settings_t *settings, dyn_error_t *error)
{
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        dyn_event_type_t type;
        uint8_t kind;

        if (!dyn_event_type_from_name((dyn_str_t){at, length}, &type) ||
            !dyn_click_kind(type, &kind)) {
            return dyn_fail(error,
                            "--authenticated: \"%.*s\" is not an event to learn from; purchase, "
                            "add_to_cart, view_item or wishlist would be right",
                            (int)(length < 64 ? length : 64), at);
        }
        settings->authenticated |= 1U << type;
        at += length;
        if (*at == '\0') {
            return true;
        }
    }
}

/* An option whose value has to be read; false with a sentence. */
static bool read_value(int option, const char *text, dyn_build_settings_t *settings,
                       dyn_error_t *error)
{
    const char *name = option_table[option].name;

    if (option < DYN_FEED_OPTIONS) {
        return dyn_feed_option(&settings->feed, option, text, error);
    }
    switch (option) {
    case OPTION_MAX_ERRORS:
        return dyn_option_number(name, text, 0, UINT64_MAX, &settings->max_errors, error);
    case OPTION_MAX_BAD_SHARE:
        return dyn_option_number(name, text, 0, 100, &settings->max_bad_share, error);
    case OPTION_MAX_FALL:
        return dyn_option_number(name, text, 0, 100, &settings->max_fall, error);
    case OPTION_NOW:
        return read_now(text, settings, error);
    case OPTION_AUTHENTICATED:
        return read_authenticated(text, settings, error);
    case OPTION_DAYS:
        return dyn_option_number(name, text, 1, UINT32_MAX, &settings->days, error);
    case OPTION_MAX_SESSIONS:
        return dyn_option_number(name, text, 1, UINT32_MAX, &settings->max_sessions, error);
    default:
        return dyn_option_number(name, text, 1, DYN_THREADS_MAX, &settings->threads, error);
    }
}

bool dyn_build_options(int argc, char **argv, dyn_build_settings_t *settings, int *code)
{
    dyn_options_t options = {
        .command = "build",
        .usage = "[--catalog FILE]... [--events FILE]... -o FILE",
        .help = "Makes a snapshot: the items of a catalogue, and from events the ranking model, "
                "what is\n"
                "bought together, what is popular and what is trending. Items that only events "
                "know\n"
                "are kept by their id and are never shown.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    const char *catalog_time = NULL;
    dyn_error_t error;
    int option;

    settings->max_errors = max_errors_default;
    settings->threads = threads_default;
    settings->max_bad_share = DYN_FLOOR_BAD_PERCENT;
    settings->max_fall = DYN_FLOOR_FALL_PERCENT;
    settings->now_ms = -1;

    dyn_options_begin(&options, argc, argv);
    *code = DYN_EXIT_USAGE;
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_CATALOG:
            if (settings->catalog_count == DYN_BUILD_CATALOG_FILES_MAX) {
                dyn_usage_error("build", "--catalog can be given %d times",
                                DYN_BUILD_CATALOG_FILES_MAX);
                return false;
            }
            settings->catalog_paths[settings->catalog_count++] = options.value;
            break;
        case OPTION_EVENTS:
            if (settings->events_count == DYN_BUILD_EVENTS_FILES_MAX) {
                dyn_usage_error("build", "--events can be given %d times",
                                DYN_BUILD_EVENTS_FILES_MAX);
                return false;
            }
            settings->events_paths[settings->events_count++] = options.value;
            break;
        case OPTION_CATALOG_TIME:
            catalog_time = options.value;
            break;
        case OPTION_OUTPUT:
            settings->output = options.value;
            break;
        case OPTION_PARAMETERS:
            settings->parameters_path = options.value;
            break;
        case OPTION_FORCE:
            settings->force = true;
            break;
        case OPTION_JSON:
            settings->json = true;
            break;
        default:
            if (!read_value(option, options.value, settings, &error)) {
                dyn_usage_error("build", "%s", error.text);
                return false;
            }
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        *code = options.exit_code;
        return false;
    }
    if (optind < argc) {
        dyn_usage_error(
            "build", "\"%s\" is not expected: files are given as --catalog, --events and --output",
            argv[optind]);
        return false;
    }
    if (settings->output == NULL || (settings->catalog_count == 0 && settings->events_count == 0)) {
        dyn_usage_error("build", "%s",
                        settings->output == NULL ? "--output FILE is missing"
                                                 : "neither --catalog nor --events is given");
        return false;
    }
    if (catalog_time != NULL &&
        !(strcmp(catalog_time, "file") == 0 ? file_time(settings, &error)
                                            : read_catalog_time(catalog_time, settings, &error))) {
        dyn_usage_error("build", "%s", error.text);
        return false;
    }

    return true;
}
