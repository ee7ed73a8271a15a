/* dynstore import: what `dynstore build` reads of a catalogue's files, as lines of JSON, or as a report alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/feed/map.h"
#include "cli/feed/options.h"
#include "cli/input/catalog_settle.h"
#include "cli/input/catalog_write.h"

enum { max_errors_default = 100 };

enum { OPTION_OUTPUT = DYN_FEED_OPTIONS, OPTION_CHECK, OPTION_MAX_ERRORS };

static const dyn_option_t option_table[] = {
    DYN_FEED_ROWS,
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "where to write the lines (standard output)"},
    [OPTION_CHECK] = {"check", 0, NULL, "write no lines; exit with 1 when there are bad rows"},
    [OPTION_MAX_ERRORS] = {"max-errors", 0, "N", "bad rows that are reported and skipped (100)"},
};

typedef struct {
    dyn_feed_settings_t feed;
    const char *output;
    bool check;
    uint64_t max_errors;
} settings_t;

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

/* What was read, and what was made good. */
static void say(const dyn_catalog_t *catalog, const dyn_notes_t *notes, const dyn_faults_t *faults)
{
    dyn_error_t sentence;

    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if (notes->counts[i] != 0) {
            dyn_note_sentence(notes, (dyn_note_t)i, &sentence);
            report_fault(NULL, sentence.text);
        }
    }

    uint32_t variants = 0, priced = 0, shown = 0;

    for (uint32_t i = 0; i < catalog->item_count; i++) {
        const dyn_catalog_item_t *item = &catalog->items[i];

        variants += item->variants.count;
        priced += item->price_minor >= 0;
        shown += item->title != DYN_NONE && item->url != DYN_NONE && item->stock != 0;
    }
    fprintf(stderr,
            "%" PRIu32 " items, %" PRIu32 " of them with a price and %" PRIu32
            " that can be shown (title, URL, not sold out), %" PRIu32 " variants; %" PRIu64
            " bad rows\n",
            catalog->item_count, priced, shown, variants, faults->count);
}

static bool read_files(const settings_t *settings, char **paths, int count, dyn_catalog_t *catalog,
                       dyn_faults_t *faults)
{
    for (int i = 0; i < count; i++) {
        uint32_t before = catalog->item_count;
        const char *format;

        if (!dyn_feed_read(paths[i], &settings->feed, catalog, faults, &format)) {
            return false;
        }
        fprintf(stderr, "%s: %s, %" PRIu32 " items\n", paths[i], format,
                catalog->item_count - before);
    }

    return dyn_catalog_settle(catalog, faults);
}

static bool write_lines(const dyn_catalog_t *catalog, const char *path, dyn_error_t *error)
{
    FILE *file = path == NULL ? stdout : fopen(path, "wb");
    bool good;

    if (file == NULL) {
        return dyn_fail(error, "%.200s: %s", path, strerror(errno));
    }
    good = dyn_catalog_write(catalog, file);
    if (path != NULL) {
        good = fclose(file) == 0 && good;
    }

    return good || dyn_fail(error, "%.200s: cannot be written: %s",
                            path == NULL ? "standard output" : path, strerror(errno));
}

static int import(const settings_t *settings, char **paths, int count)
{
    dyn_catalog_t catalog = {0};
    dyn_notes_t notes = {{0}, {{0}}};
    dyn_error_t error = {""};
    dyn_faults_t faults = {
        .max = settings->max_errors, .report = report_fault, .error = &error, .notes = &notes};
    int code = DYN_EXIT_OK;

    if (!read_files(settings, paths, count, &catalog, &faults)) {
        code = dyn_command_failed("import", DYN_EXIT_INPUT, &error);
    } else {
        say(&catalog, &notes, &faults);
        if (settings->check) {
            code = faults.count > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
        } else if (!write_lines(&catalog, settings->output, &error)) {
            code = dyn_command_failed("import", DYN_EXIT_SYSTEM, &error);
        }
    }
    dyn_catalog_free(&catalog);

    return code;
}

int dyn_command_import(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "import",
        .usage = "FILE... [-o FILE]",
        .help = "Reads files as dynstore build reads catalogues, and writes what became of them as "
                "lines\nof JSON.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    settings_t settings = {.max_errors = max_errors_default};
    dyn_error_t error;
    int option, code;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        bool good = true;

        if (option == OPTION_OUTPUT) {
            settings.output = options.value;
        } else if (option == OPTION_CHECK) {
            settings.check = true;
        } else if (option == OPTION_MAX_ERRORS) {
            good = dyn_option_number("max-errors", options.value, 0, UINT64_MAX,
                                     &settings.max_errors, &error);
        } else {
            good = dyn_feed_option(&settings.feed, option, options.value, &error);
        }
        if (!good) {
            return dyn_usage_error("import", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind == argc) {
        return dyn_usage_error("import", "no FILE is given");
    }

    code = import(&settings, argv + optind, argc - optind);
    dyn_feed_map_free(settings.feed.map);

    return code;
}
