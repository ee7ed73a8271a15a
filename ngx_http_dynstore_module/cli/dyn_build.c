/* dynstore build: a catalogue and events become a snapshot. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dyn_alike.h"
#include "dyn_bought_with.h"
#include "dyn_catalog_read.h"
#include "dyn_catalog_sections.h"
#include "dyn_commands.h"
#include "dyn_events_read.h"
#include "dyn_model_build.h"
#include "dyn_new_arrivals.h"
#include "dyn_options.h"
#include "dyn_parallel.h"
#include "dyn_parameters.h"
#include "dyn_popularity.h"
#include "dyn_progress.h"
#include "dyn_report.h"
#include "dyn_time.h"

enum { idle_s = 30 * 60, events_files_max = 64, max_errors_default = 100, threads_default = 2 };

enum {
    OPTION_CATALOG,
    OPTION_EVENTS,
    OPTION_OUTPUT,
    OPTION_MAX_ERRORS,
    OPTION_THREADS,
    OPTION_PARAMETERS,
    OPTION_DAYS,
    OPTION_MAX_SESSIONS,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_CATALOG] = {"catalog", 'c', "FILE", "items, JSON Lines; .gz is inflated"},
    [OPTION_EVENTS] = {"events", 'e', "FILE",
                       "events, JSON Lines or TSV (SessionId ItemId Time); may be repeated"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "the snapshot; replaced by rename when it is there"},
    [OPTION_MAX_ERRORS] = {"max-errors", 0, "N", "bad lines that are said and skipped (100)"},
    [OPTION_THREADS] = {"threads", 'j', "N",
                        "processors to use (2); the snapshot's bytes are the same for any number"},
    [OPTION_PARAMETERS] = {"parameters", 0, "FILE",
                           "what dynstore tune wrote: the model's parameters, the blend"},
    [OPTION_DAYS] = {"days", 0, "N", "learn from the newest N days only"},
    [OPTION_MAX_SESSIONS] = {"max-sessions", 0, "N", "learn from the newest N sessions only"},
    [OPTION_JSON] = {"json", 0, NULL, "say what was built as JSON"},
};

typedef struct {
    const char *catalog_path;
    const char *events_paths[events_files_max];
    size_t events_count;
    const char *output;
    const char *parameters_path;
    uint64_t max_errors, threads;
    uint64_t days, max_sessions; /* 0: all */
    bool json;
} settings_t;

typedef struct {
    settings_t settings;
    dyn_progress_t progress;
    dyn_faults_t faults;
    dyn_error_t error;

    dyn_catalog_t catalog;
    dyn_ids_t visitors;
    bool *whole; /* by visitor: it is a session */
    uint32_t whole_room;
    dyn_clicks_t clicks;
    dyn_sessions_t sessions;
    uint64_t lines, clicks_read;
    uint32_t catalog_items; /* those with a line in the catalogue */
    int64_t as_of_ms;
    uint64_t session_count;

    dyn_catalog_sections_t sections;
    bool *offered;
    dyn_popularity_t popularity;
    dyn_parameters_t *parameters;
    dyn_model_built_t model;
    dyn_lists_t alike, bought_with;
    dyn_top_t new_arrivals;
    dyn_snapshot_written_t written;
} build_t;

static void report_fault(void *context, const char *sentence)
{
    build_t *build = context;

    dyn_progress_clear(&build->progress);
    fprintf(stderr, "%s\n", sentence);
}

/* ---- events to clicks ---- */

/* What shows interest in an item, and how much; false for the rest. */
static bool click_kind(dyn_event_type_t type, uint8_t *kind)
{
    switch (type) {
    case DYN_EVENT_VIEW_ITEM:
    case DYN_EVENT_WISHLIST:
        *kind = DYN_CLICK_VIEW;
        return true;
    case DYN_EVENT_ADD_TO_CART:
        *kind = DYN_CLICK_CART;
        return true;
    case DYN_EVENT_PURCHASE:
        *kind = DYN_CLICK_PURCHASE;
        return true;
    default:
        return false;
    }
}

/* The visitor's number. A session's id and a visitor's may be alike and are not the same. */
static uint32_t visitor_number(build_t *build, const dyn_event_record_t *record)
{
    char key[DYN_VISITOR_BYTES_MAX + 1];

    key[0] = record->whole_session ? 's' : 'v';
    memcpy(key + 1, record->visitor.data, record->visitor.len);

    uint32_t number = dyn_ids_add(&build->visitors, (dyn_str_t){key, record->visitor.len + 1});

    if (number != DYN_NONE && number >= build->whole_room) {
        uint32_t room = number * 2 + 1024;
        bool *grown = realloc(build->whole, room * sizeof(*grown));

        if (grown == NULL) {
            return DYN_NONE;
        }
        build->whole = grown;
        build->whole_room = room;
    }
    if (number != DYN_NONE) {
        build->whole[number] = record->whole_session;
    }

    return number;
}

static bool take_event(void *context, const dyn_event_record_t *record)
{
    build_t *build = context;
    dyn_click_t click = {.time = (double)record->time_ms / 1000.0};

    if (record->time_ms > build->as_of_ms) {
        build->as_of_ms = record->time_ms;
    }
    if (record->item_id.len == 0 || !click_kind(record->type, &click.kind)) {
        return true;
    }

    click.item = dyn_catalog_find_or_add(&build->catalog, record->item_id);
    click.session = visitor_number(build, record);
    if (click.item == DYN_NONE || click.session == DYN_NONE ||
        !dyn_clicks_add(&build->clicks, click)) {
        return false;
    }
    if ((++build->clicks_read & 0xffff) == 0) {
        dyn_progress_count(&build->progress, "reading events", build->clicks_read, "clicks");
    }

    return true;
}

/* ---- the steps ---- */

static bool read_input(build_t *build)
{
    const settings_t *settings = &build->settings;

    if (settings->catalog_path != NULL) {
        dyn_progress_step(&build->progress, "reading the catalogue");
        if (!dyn_catalog_read(settings->catalog_path, &build->catalog, &build->faults)) {
            return false;
        }
        build->catalog_items = build->catalog.item_count;
    }
    for (size_t i = 0; i < settings->events_count; i++) {
        dyn_progress_step(&build->progress, "reading events");
        if (!dyn_events_read(settings->events_paths[i], take_event, build, &build->faults,
                             &build->lines)) {
            return false;
        }
    }

    return true;
}

static bool make_sections(build_t *build)
{
    dyn_catalog_sections_t *sections = &build->sections;

    dyn_progress_step(&build->progress, "ordering items");
    if (!dyn_catalog_sections_make(&build->catalog, sections, &build->error)) {
        return false;
    }
    for (size_t k = 0; k < build->clicks.count; k++) {
        build->clicks.clicks[k].item = sections->numbers[build->clicks.clicks[k].item];
    }

    /* without a catalogue all items can be offered; with one, only what it has */
    build->offered = malloc(((size_t)sections->item_count + 1) * sizeof(bool));
    if (build->offered == NULL) {
        return dyn_fail(&build->error, "not enough memory for %" PRIu32 " items",
                        sections->item_count);
    }
    for (uint32_t i = 0; i < sections->item_count; i++) {
        build->offered[i] = build->settings.catalog_path == NULL ||
                            (sections->items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0;
        if (build->clicks.count == 0 && sections->items[i].created_ms > build->as_of_ms) {
            build->as_of_ms = sections->items[i].created_ms;
        }
    }

    return true;
}

static void show_step(void *context, const char *step)
{
    dyn_progress_step(context, step);
}

/* Leaves out the sessions before the window that --days and --max-sessions ask for. */
static bool keep_newest(build_t *build, dyn_sessions_t *newest)
{
    const dyn_sessions_t *sessions = &build->sessions;
    double oldest_s = (double)build->as_of_ms / 1000.0 - (double)build->settings.days * 86400.0;
    uint32_t first = 0;

    if (build->settings.max_sessions != 0 &&
        sessions->session_count > build->settings.max_sessions) {
        first = sessions->session_count - (uint32_t)build->settings.max_sessions;
    }
    while (build->settings.days != 0 && first < sessions->session_count &&
           sessions->times[first] < oldest_s) {
        first++;
    }

    return dyn_sessions_slice(sessions, first, sessions->session_count, newest) ||
           dyn_fail(&build->error, "not enough memory for the newest sessions");
}

static bool make_model(build_t *build)
{
    dyn_model_build_options_t options = {
        .parameters = build->parameters->model,
        .threads = (unsigned)build->settings.threads,
        .progress = show_step,
        .progress_context = &build->progress,
    };
    dyn_sessions_t newest;

    if (build->sessions.session_count == 0) {
        return true;
    }
    if (!keep_newest(build, &newest)) {
        return false;
    }

    bool made = dyn_model_build(&newest, &options, &build->model, &build->error);
    dyn_sessions_slice_free(&newest);

    return made;
}

/* For the cold start: items that few or no sessions know, and items that are new. */
static bool make_alike(build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    const dyn_model_item_t *known = build->model.sections.section[DYN_MODEL_SECTION_ITEMS].data;
    uint32_t *counts = calloc((size_t)sections->item_count + 1, sizeof(uint32_t));
    dyn_alike_input_t input = {
        .items = sections->items,
        .item_count = sections->item_count,
        .categories = sections->categories,
        .strings = sections->strings,
        .tags = sections->tags,
        .session_counts = counts,
        .threads = (unsigned)build->settings.threads,
    };

    dyn_progress_step(&build->progress, "finding what is alike");
    for (uint32_t i = 0; counts != NULL && known != NULL && i < sections->item_count; i++) {
        counts[i] = known[i].session_count;
    }

    bool made = counts != NULL && dyn_alike_make(&input, &build->alike) &&
                dyn_new_arrivals_make(sections->items, sections->item_count, build->as_of_ms,
                                      &build->new_arrivals);
    free(counts);

    return made || dyn_fail(&build->error, "not enough memory to find what is alike");
}

static bool make_lists(build_t *build)
{
    dyn_catalog_sections_t *sections = &build->sections;
    double as_of_s = (double)build->as_of_ms / 1000.0;
    dyn_popularity_input_t popularity = {
        .clicks = &build->clicks,
        .as_of_s = as_of_s,
        .offered = build->offered,
        .items = sections->items,
        .item_count = sections->item_count,
        .categories = sections->categories,
        .category_count = sections->category_count,
    };

    dyn_progress_step(&build->progress, "counting what is popular");
    if (!dyn_popularity_make(&popularity, &build->popularity)) {
        return dyn_fail(&build->error, "not enough memory to count what is popular");
    }

    dyn_progress_step(&build->progress, "ordering events into sessions");
    if (!dyn_clicks_cut(&build->clicks, build->whole, idle_s)) {
        return dyn_fail(&build->error, "not enough memory to order %zu clicks",
                        build->clicks.count);
    }
    if (!dyn_clicks_to_sessions(&build->clicks, sections->item_count, &build->sessions,
                                &build->error)) {
        return false;
    }
    build->session_count = build->sessions.session_count;

    dyn_progress_step(&build->progress, "finding what is bought together");
    if (!dyn_bought_with_make(&build->sessions, build->offered, (unsigned)build->settings.threads,
                              &build->bought_with)) {
        return dyn_fail(&build->error, "not enough memory to find what is bought together");
    }

    return make_model(build) && make_alike(build);
}

static void add_lists(dyn_snapshot_writer_t *writer, dyn_section_t starts_id,
                      const dyn_lists_t *lists, uint32_t owners)
{
    dyn_snapshot_writer_add(writer, starts_id, lists->starts, (uint64_t)owners + 1);
    dyn_snapshot_writer_add(writer, starts_id + 1, lists->edges, lists->edge_count);
}

static bool save(build_t *build)
{
    dyn_snapshot_writer_t writer = {.as_of_ms = build->as_of_ms};
    const dyn_catalog_sections_t *sections = &build->sections;
    const dyn_popularity_t *popularity = &build->popularity;

    dyn_progress_step(&build->progress, "writing and validating the snapshot");
    dyn_catalog_sections_write(sections, &writer);
    add_lists(&writer, DYN_SECTION_NEIGHBOUR_STARTS, &build->alike, sections->item_count);
    add_lists(&writer, DYN_SECTION_BOUGHT_WITH_STARTS, &build->bought_with, sections->item_count);
    add_lists(&writer, DYN_SECTION_CATEGORY_POPULAR_STARTS, &popularity->by_category,
              sections->category_count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_POPULAR, popularity->popular.edges,
                            popularity->popular.count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_TRENDING, popularity->trending.edges,
                            popularity->trending.count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_NEW_ARRIVALS, build->new_arrivals.edges,
                            build->new_arrivals.count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_BLEND, build->parameters->blend,
                            build->parameters->blend_rows);
    dyn_model_sections_add(&build->model.sections, &writer);

    return dyn_snapshot_writer_save(&writer, build->settings.output, &build->written,
                                    &build->error);
}

/* ---- what was built ---- */

static void print_json(const build_t *build)
{
    json_t *summary =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "output",
                  build->settings.output, "build_id", build->written.build_id, "bytes",
                  (json_int_t)build->written.bytes, "items", (json_int_t)build->sections.item_count,
                  "items_in_catalogue", (json_int_t)build->catalog_items, "variants",
                  (json_int_t)build->sections.variant_count, "categories",
                  (json_int_t)build->sections.category_count, "event_lines",
                  (json_int_t)build->lines, "clicks", (json_int_t)build->clicks_read, "sessions",
                  (json_int_t)build->session_count, "bad_lines", (json_int_t)build->faults.count,
                  "compatible_unknown", (json_int_t)build->sections.compatible_unknown);

    dyn_report_print(stdout, summary, true);
    json_decref(summary);
}

static void print_text(const build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    char as_of[21];

    dyn_time_format(build->as_of_ms, as_of);
    printf("%s: %" PRIu64 " bytes, build %s, as of %s\n", build->settings.output,
           build->written.bytes, build->written.build_id, as_of);
    printf("  %" PRIu32 " items (%" PRIu32 " in the catalogue, %" PRIu32
           " known from events only), %" PRIu32 " variants, %" PRIu32 " categories\n",
           sections->item_count, build->catalog_items, sections->item_count - build->catalog_items,
           sections->variant_count, sections->category_count);
    printf("  %" PRIu64 " clicks in %" PRIu64 " sessions; %" PRIu32
           " alike by the catalogue, %" PRIu32 " bought together\n",
           build->clicks_read, build->session_count, build->alike.edge_count,
           build->bought_with.edge_count);
    if (build->model.rerank_note[0] != '\0') {
        printf("  model: %s\n", build->model.rerank_note);
    }
    if (sections->compatible_unknown != 0) {
        printf("  %" PRIu32
               " entries of compatible_with name no item of the catalogue and were left out\n",
               sections->compatible_unknown);
    }
    if (build->faults.count != 0) {
        printf("  %" PRIu64 " bad lines were skipped\n", build->faults.count);
    }
}

static void release(build_t *build)
{
    dyn_catalog_free(&build->catalog);
    dyn_catalog_sections_free(&build->sections);
    dyn_ids_free(&build->visitors);
    dyn_clicks_free(&build->clicks);
    dyn_sessions_free(&build->sessions);
    dyn_popularity_free(&build->popularity);
    dyn_lists_free(&build->alike);
    free(build->new_arrivals.edges);
    dyn_model_built_free(&build->model);
    free(build->parameters);
    dyn_lists_free(&build->bought_with);
    free(build->whole);
    free(build->offered);
}

static int run(build_t *build)
{
    build->progress = dyn_progress_begin("build");
    build->faults = (dyn_faults_t){
        .max = build->settings.max_errors,
        .report = report_fault,
        .context = build,
        .error = &build->error,
    };

    int code = !read_input(build)                                         ? DYN_EXIT_INPUT
               : make_sections(build) && make_lists(build) && save(build) ? DYN_EXIT_OK
                                                                          : DYN_EXIT_SYSTEM;

    dyn_progress_clear(&build->progress);
    if (code != DYN_EXIT_OK) {
        return dyn_command_failed("build", code, &build->error);
    }
    if (build->settings.json) {
        print_json(build);
    } else {
        print_text(build);
    }

    return DYN_EXIT_OK;
}

/* The settings; false when the command ends here, with *code. */
static bool read_options(int argc, char **argv, settings_t *settings, int *code)
{
    dyn_options_t options = {
        .command = "build",
        .usage = "[--catalog FILE] [--events FILE]... -o FILE",
        .help = "Makes a snapshot: the items of a catalogue, and from events the ranking model, "
                "what is\n"
                "bought together, what is popular and what is on the rise. Items that only events "
                "know\n"
                "are kept by their id and are never shown.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    *code = DYN_EXIT_USAGE;
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_CATALOG:
            settings->catalog_path = options.value;
            break;
        case OPTION_EVENTS:
            if (settings->events_count == events_files_max) {
                dyn_usage_error("build", "--events can be given %d times", events_files_max);
                return false;
            }
            settings->events_paths[settings->events_count++] = options.value;
            break;
        case OPTION_OUTPUT:
            settings->output = options.value;
            break;
        case OPTION_MAX_ERRORS:
            if (!dyn_option_number("max-errors", options.value, 0, UINT64_MAX,
                                   &settings->max_errors, &error)) {
                dyn_usage_error("build", "%s", error.text);
                return false;
            }
            break;
        case OPTION_PARAMETERS:
            settings->parameters_path = options.value;
            break;
        case OPTION_DAYS:
        case OPTION_MAX_SESSIONS:
            if (!dyn_option_number(
                    option_table[option].name, options.value, 1, UINT32_MAX,
                    option == OPTION_DAYS ? &settings->days : &settings->max_sessions, &error)) {
                dyn_usage_error("build", "%s", error.text);
                return false;
            }
            break;
        case OPTION_THREADS:
            if (!dyn_option_number("threads", options.value, 1, DYN_THREADS_MAX, &settings->threads,
                                   &error)) {
                dyn_usage_error("build", "%s", error.text);
                return false;
            }
            break;
        default:
            settings->json = true;
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
    if (settings->output == NULL ||
        (settings->catalog_path == NULL && settings->events_count == 0)) {
        dyn_usage_error("build", "%s",
                        settings->output == NULL ? "--output FILE is missing"
                                                 : "neither --catalog nor --events is given");
        return false;
    }

    return true;
}

int dyn_command_build(int argc, char **argv)
{
    build_t *build = calloc(1, sizeof(*build));
    int code = DYN_EXIT_SYSTEM;

    if (build == NULL) {
        return DYN_EXIT_SYSTEM;
    }
    build->settings.max_errors = max_errors_default;
    build->settings.threads = threads_default;

    if (read_options(argc, argv, &build->settings, &code)) {
        build->parameters = dyn_parameters_default();
        code = build->parameters == NULL ? DYN_EXIT_SYSTEM
               : build->settings.parameters_path != NULL &&
                       !dyn_parameters_read(build->settings.parameters_path, build->parameters,
                                            &build->error)
                   ? dyn_command_failed("build", DYN_EXIT_INPUT, &build->error)
                   : run(build);
    }
    release(build);
    free(build);

    return code;
}
