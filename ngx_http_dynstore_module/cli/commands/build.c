/* dynstore build: a catalogue and events become a snapshot. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/train/alike.h"
#include "cli/train/bought_with.h"
#include "cli/commands/build_options.h"
#include "cli/drift/reference.h"
#include "cli/drift/window.h"
#include "cli/feed/feed.h"
#include "cli/feed/map.h"
#include "cli/input/catalog_settle.h"
#include "cli/train/catalog_sections.h"
#include "cli/commands/commands.h"
#include "cli/train/floor.h"
#include "cli/train/intake.h"
#include "cli/train/model_build.h"
#include "cli/train/new_arrivals.h"
#include "cli/base/options.h"
#include "cli/train/parameters.h"
#include "cli/train/popularity.h"
#include "cli/train/range.h"
#include "cli/train/similar.h"
#include "cli/train/viewed_with.h"
#include "cli/base/progress.h"
#include "cli/base/report.h"
#include "engine/control/entry.h"
#include "engine/base/time_text.h"
#include "cli/train/trait_lists.h"
#include "cli/train/words.h"

typedef struct {
    dyn_build_settings_t settings;
    dyn_progress_t progress;
    dyn_faults_t faults;
    dyn_notes_t notes;
    dyn_error_t error;

    dyn_catalog_t catalog;
    dyn_intake_t intake;
    dyn_sessions_t sessions;
    uint64_t lines;
    uint32_t catalog_items; /* those with a line in the catalogue */
    int64_t as_of_ms;
    uint64_t session_count;

    dyn_catalog_sections_t sections;
    bool *offered;
    bool compares; /* there is a snapshot that would be replaced */
    dyn_floor_counts_t counts_before, counts;
    dyn_popularity_t popularity;
    dyn_parameters_t *parameters;
    dyn_model_built_t model;
    dyn_lists_t alike, similar;
    dyn_bought_with_t bought_with, category_bought_with;
    uint8_t *viewed_with; /* NULL without a model */
    size_t viewed_with_bytes;
    dyn_top_t new_arrivals;
    dyn_range_lists_t range;
    dyn_trait_lists_t trait_lists;
    dyn_words_built_t words;
    char *reference; /* NULL without views of items */
    dyn_snapshot_written_t written;
} build_t;

static void report_fault(void *context, const char *sentence)
{
    build_t *build = context;

    dyn_progress_clear(&build->progress);
    fprintf(stderr, "%s\n", sentence);
}

static void warn(build_t *build, const char *sentence)
{
    dyn_progress_clear(&build->progress);
    fprintf(stderr, "dynstore build: %s\n", sentence);
}

/* Says what was made good, and what lies in the future. */
static void say_notes(build_t *build)
{
    const dyn_times_t *times = &build->intake.times;
    dyn_error_t sentence;
    char text[21];

    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if (build->notes.counts[i] != 0) {
            dyn_note_sentence(&build->notes, (dyn_note_t)i, &sentence);
            report_fault(build, sentence.text);
        }
    }
    for (size_t i = 0; i < times->newest_count && build->intake.future != 0; i++) {
        const dyn_times_place_t *place = &times->newest[i];

        if (place->time_ms > build->as_of_ms) {
            dyn_time_format(place->time_ms, text);
            dyn_fail(&sentence, "%.160s:%" PRIu64 ":time: %s is in the future: left out",
                     place->file, place->line, text);
            report_fault(build, sentence.text);
        }
    }
}

/* Warns where events do not find their items: such a shop's model learns of ids that are never shown. */
static void say_join(build_t *build)
{
    const dyn_join_t *join = &build->intake.join;
    dyn_error_t sentence, advice;
    bool poor = false;

    for (size_t i = 0; build->settings.catalog_count != 0 && i < join->file_count; i++) {
        const dyn_join_count_t *file = &join->files[i];

        if (dyn_join_poor(file)) {
            poor = true;
            dyn_fail(&sentence,
                     "%.160s: only %" PRIu64 " of %" PRIu64
                     " events (%.1f %%) found their item in the catalogue",
                     build->settings.events_paths[i], file->found, file->events,
                     100.0 * (double)file->found / (double)file->events);
            warn(build, sentence.text);
        }
    }
    if (poor) {
        dyn_join_advice(join, &build->catalog, &advice);
        warn(build, advice.text);
    }
}

/* ---- the floor ---- */

/* Where the floor is passed: false, or a warning with --force. */
static bool stand(build_t *build, bool good)
{
    dyn_error_t sentence;

    if (good) {
        return true;
    }
    if (!build->settings.force) {
        dyn_fail(&sentence, "%.350s; nothing is written and %.80s stays: --force writes it anyway",
                 build->error.text, build->settings.output);
        build->error = sentence;
        return false;
    }
    dyn_fail(&sentence, "%.400s; the snapshot is written anyway (--force)", build->error.text);
    warn(build, sentence.text);

    return true;
}

static bool stand_file(build_t *build, const char *path, const char *what, uint64_t values_before,
                       uint64_t bad_before)
{
    return stand(build, dyn_floor_file(path, what, build->faults.values - values_before,
                                       build->faults.count - bad_before,
                                       build->settings.max_bad_share, &build->error));
}

/* Counts the snapshot that would be replaced. */
static void count_before(build_t *build)
{
    dyn_error_t reason, sentence;

    build->compares =
        dyn_floor_counts_of_file(build->settings.output, &build->counts_before, &reason);
    if (reason.text[0] != '\0') {
        dyn_fail(&sentence, "the new snapshot is not compared with the old one: %.400s",
                 reason.text);
        warn(build, sentence.text);
    }
}

static bool stand_against(build_t *build, dyn_floor_count_t which)
{
    return !build->compares ||
           stand(build, dyn_floor_compare(build->settings.output, which, &build->counts_before,
                                          &build->counts, build->settings.max_fall, &build->error));
}

/* ---- the steps ---- */

static void show_clicks(void *context, uint64_t clicks)
{
    dyn_progress_count(context, "reading events", clicks, "clicks");
}

static bool read_catalog(build_t *build)
{
    for (size_t i = 0; i < build->settings.catalog_count; i++) {
        const char *path = build->settings.catalog_paths[i];
        uint64_t values = build->faults.values, bad = build->faults.count;

        dyn_progress_step(&build->progress, "reading the catalogue");
        if (!dyn_feed_read(path, &build->settings.feed, &build->catalog, &build->faults, NULL) ||
            !stand_file(build, path, "item", values, bad)) {
            return false;
        }
    }
    build->catalog_items = build->catalog.item_count;

    return dyn_catalog_settle(&build->catalog, &build->faults);
}

static bool read_events(build_t *build, const char *path)
{
    uint64_t values = build->faults.values, bad = build->faults.count;

    dyn_progress_step(&build->progress, "reading events");
    build->intake.path = path;

    return (dyn_join_file(&build->intake.join) ||
            dyn_fail(&build->error, "%.160s: not enough memory to read it", path)) &&
           dyn_events_read(path, dyn_intake_take, &build->intake, &build->faults, &build->lines) &&
           stand_file(build, path, "event", values, bad);
}

static bool read_input(build_t *build)
{
    const dyn_build_settings_t *settings = &build->settings;

    build->intake = (dyn_intake_t){
        .catalog = &build->catalog,
        .authenticated = settings->authenticated,
        .progress = show_clicks,
        .context = &build->progress,
        .times.latest_ms = settings->now_ms < 0 ? 0 : settings->now_ms + DYN_FUTURE_TOLERANCE_MS,
    };
    if (!read_catalog(build)) {
        return false;
    }
    build->intake.join.catalog_items = build->catalog_items;
    for (size_t i = 0; i < settings->events_count; i++) {
        if (!read_events(build, settings->events_paths[i])) {
            return false;
        }
    }

    return true;
}

/* Without events the newest item says what time it is. */
static bool settle_time(build_t *build)
{
    dyn_times_t created = {.latest_ms = build->intake.times.latest_ms};
    bool good = dyn_intake_settle(&build->intake, &build->as_of_ms);

    for (uint32_t i = 0; good && build->intake.times.used == 0 && i < build->catalog.item_count;
         i++) {
        const dyn_catalog_item_t *item = &build->catalog.items[i];

        good = item->created_ms <= 0 || dyn_times_add(&created, item->created_ms, "", item->line);
    }
    if (good && created.used != 0) {
        build->as_of_ms = dyn_times_as_of(&created);
    }
    dyn_times_free(&created);

    return good || dyn_fail(&build->error, "not enough memory for the events' times");
}

static bool make_sections(build_t *build)
{
    dyn_catalog_sections_t *sections = &build->sections;

    dyn_progress_step(&build->progress, "ordering items");
    if (!dyn_catalog_sections_make(&build->catalog, sections, &build->error)) {
        return false;
    }
    for (size_t k = 0; k < build->intake.clicks.count; k++) {
        dyn_click_t *click = &build->intake.clicks.clicks[k];

        click->item = sections->item_numbers[click->item];
    }

    /* without a catalogue all items can be offered; with one, only what it has */
    build->offered = malloc(((size_t)sections->item_count + 1) * sizeof(bool));
    if (build->offered == NULL) {
        return dyn_fail(&build->error, "not enough memory for %" PRIu32 " items",
                        sections->item_count);
    }
    for (uint32_t i = 0; i < sections->item_count; i++) {
        build->offered[i] = build->settings.catalog_count == 0 ||
                            (sections->items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0;
        dyn_floor_count_item(&build->counts, &sections->items[i]);
    }

    return true;
}

static void show_step(void *context, const char *step)
{
    dyn_progress_step(context, step);
}

/* When the oldest session ended that --days asks for. */
static double window_begins_s(const build_t *build)
{
    return build->settings.days == 0
               ? -HUGE_VAL
               : (double)build->as_of_ms / 1000.0 - (double)build->settings.days * 86400.0;
}

/* Leaves out the sessions before the window that --days and --max-sessions ask for. */
static bool keep_newest(build_t *build, dyn_sessions_t *newest)
{
    const dyn_sessions_t *sessions = &build->sessions;
    double oldest_s = window_begins_s(build);
    uint32_t first = 0;

    if (build->settings.max_sessions != 0 &&
        sessions->session_count > build->settings.max_sessions) {
        first = sessions->session_count - (uint32_t)build->settings.max_sessions;
    }
    while (first < sessions->session_count && sessions->times[first] < oldest_s) {
        first++;
    }

    return dyn_sessions_slice(sessions, first, sessions->session_count, newest) ||
           dyn_fail(&build->error, "not enough memory for the newest sessions");
}

/* What `dynstore drift` compares records with. Before the clicks become sessions, because only they have times. */
static bool make_reference(build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    const dyn_drift_window_t window = {
        .clicks = &build->intake.clicks,
        .items = {sections->items, sections->categories, sections->strings,
                  build->catalog_items > 0},
        .oldest_s = window_begins_s(build),
        .sessions_max = build->settings.max_sessions,
    };
    dyn_population_t population = {0};
    dyn_reference_t reference = {0};

    dyn_progress_step(&build->progress, "describing the training window");

    bool made = dyn_drift_window_describe(&window, &population) &&
                dyn_reference_make(&population, &reference);

    if (made && population.pages > 0) {
        build->reference = dyn_reference_text(&reference);
        made = build->reference != NULL;
    }
    dyn_population_free(&population);

    return made || dyn_fail(&build->error, "not enough memory to describe the training window");
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

    if (made) {
        dyn_progress_step(&build->progress, "counting what is viewed together");
        build->viewed_with = dyn_viewed_with_count(&newest, &build->model.sections, options.threads,
                                                   &build->viewed_with_bytes);
        made = build->viewed_with != NULL ||
               dyn_fail(&build->error, "not enough memory to count what is viewed together");
    }
    dyn_sessions_slice_free(&newest);

    const dyn_model_header_t *header = build->model.sections.section[DYN_MODEL_SECTION_HEADER].data;
    build->counts.of[DYN_FLOOR_sessions] = made && header != NULL ? header->session_count : 0;

    return made;
}

static dyn_item_terms_input_t catalogue_of(const dyn_catalog_sections_t *sections)
{
    return (dyn_item_terms_input_t){
        .items = sections->items,
        .item_count = sections->item_count,
        .categories = sections->categories,
        .strings = sections->strings,
        .traits = sections->traits,
        .item_traits = sections->item_traits,
    };
}

static bool make_range(build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    dyn_range_input_t input = {
        .catalogue = catalogue_of(sections),
        .category_count = sections->category_count,
        .brand_count = sections->brand_count,
        .trait_count = sections->trait_count,
        .offered = build->offered,
        .as_of_ms = build->as_of_ms,
    };

    return dyn_range_make(&input, &build->range) ||
           dyn_fail(&build->error, "not enough memory to order the range");
}

/* By what the catalogue says: items alike, those for the cold start among them, and new ones. */
static bool make_alike(build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    const dyn_model_item_t *known = build->model.sections.section[DYN_MODEL_SECTION_ITEMS].data;
    uint32_t *counts = calloc((size_t)sections->item_count + 1, sizeof(uint32_t));
    unsigned threads = (unsigned)build->settings.threads;
    dyn_item_terms_input_t input = catalogue_of(sections);
    dyn_item_terms_t terms;
    dyn_similar_input_t similar = {
        .terms = &terms,
        .model = &build->model.sections,
        .viewed_with = build->viewed_with,
        .threads = threads,
    };

    dyn_progress_step(&build->progress, "finding what is alike");
    for (uint32_t i = 0; counts != NULL && known != NULL && i < sections->item_count; i++) {
        counts[i] = known[i].session_count;
    }

    bool made = dyn_item_terms_make(&input, &terms) && counts != NULL &&
                dyn_alike_make(&terms, counts, threads, &build->alike) &&
                dyn_similar_make(&similar, &build->similar) &&
                dyn_new_arrivals_make(sections->items, sections->item_count, build->as_of_ms,
                                      &build->new_arrivals);
    dyn_item_terms_free(&terms);
    free(counts);

    return made || dyn_fail(&build->error, "not enough memory to find what is alike");
}

static bool make_bought_with(build_t *build)
{
    dyn_bought_with_input_t input = {
        .clicks = &build->intake.clicks,
        .item_count = build->sections.item_count,
        .offered = build->offered,
        .items = build->sections.items,
        .categories = build->sections.categories,
        .category_count = build->sections.category_count,
        .min_support = build->parameters->evidence.min_support,
        .threads = (unsigned)build->settings.threads,
    };

    bool *several = calloc((size_t)input.category_count + 1, sizeof(*several));

    dyn_progress_step(&build->progress, "finding what is bought together");

    bool made = several != NULL &&
                dyn_bought_with_make(&input, &build->bought_with, &build->category_bought_with) &&
                dyn_several_make(&input, several);

    for (uint32_t i = 0; made && i < input.category_count; i++) {
        if (several[i]) {
            build->sections.categories[i].flags |= DYN_CATEGORY_SEVERAL;
        }
    }
    free(several);

    return made || dyn_fail(&build->error, "not enough memory to find what is bought together");
}

/* After popularity, by which the index's lists are ordered. */
static bool make_trait_lists(build_t *build)
{
    dyn_progress_step(&build->progress, "ordering items by trait and brand");

    return dyn_trait_lists_make(&build->sections, &build->trait_lists) ||
           dyn_fail(&build->error, "not enough memory to order items by trait and brand");
}

static bool make_words(build_t *build)
{
    dyn_progress_step(&build->progress, "indexing words");

    return dyn_words_build(&build->sections, &build->words) ||
           dyn_fail(&build->error, "not enough memory to index words");
}

static bool make_lists(build_t *build)
{
    dyn_catalog_sections_t *sections = &build->sections;
    double as_of_s = (double)build->as_of_ms / 1000.0;
    dyn_popularity_input_t popularity = {
        .clicks = &build->intake.clicks,
        .as_of_s = as_of_s,
        .offered = build->offered,
        .items = sections->items,
        .item_count = sections->item_count,
        .categories = sections->categories,
        .category_count = sections->category_count,
        .min_visitors = build->parameters->evidence.min_visitors,
    };

    dyn_progress_step(&build->progress, "counting what is popular");
    if (!dyn_popularity_make(&popularity, &build->popularity)) {
        return dyn_fail(&build->error, "not enough memory to count what is popular");
    }

    dyn_progress_step(&build->progress, "ordering events into sessions");
    if (!dyn_clicks_cut(&build->intake.clicks, build->intake.visitors.whole, DYN_SESSION_IDLE_S)) {
        return dyn_fail(&build->error, "not enough memory to order %zu clicks",
                        build->intake.clicks.count);
    }
    if (!make_bought_with(build) || !make_reference(build)) {
        return false;
    }
    if (!dyn_clicks_to_sessions(&build->intake.clicks, sections->item_count, &build->sessions,
                                &build->error)) {
        return false;
    }
    build->session_count = build->sessions.session_count;

    return make_model(build) && make_alike(build) && make_range(build) && make_trait_lists(build) &&
           make_words(build);
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

    if (build->settings.catalog_time_ms > 0) {
        dyn_control_position_write((dyn_control_position_t)build->settings.catalog_time_ms
                                       << DYN_CONTROL_SEQUENCE_BITS,
                                   writer.control_position);
    }
    const dyn_catalog_sections_t *sections = &build->sections;
    const dyn_popularity_t *popularity = &build->popularity;

    dyn_progress_step(&build->progress, "writing and validating the snapshot");
    dyn_catalog_sections_write(sections, &writer);
    if (build->catalog.content_bytes > 0) {
        dyn_snapshot_writer_add(&writer, DYN_SECTION_CONTENT, build->catalog.contents,
                                build->catalog.content_bytes);
    }
    add_lists(&writer, DYN_SECTION_NEIGHBOUR_STARTS, &build->alike, sections->item_count);
    add_lists(&writer, DYN_SECTION_BOUGHT_WITH_STARTS, &build->bought_with.lists,
              sections->item_count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_BOUGHT_WITH_SUPPORT, build->bought_with.supports,
                            build->bought_with.lists.edge_count);
    if (build->category_bought_with.lists.edge_count != 0) {
        add_lists(&writer, DYN_SECTION_CATEGORY_BOUGHT_WITH_STARTS,
                  &build->category_bought_with.lists, sections->category_count);
        dyn_snapshot_writer_add(&writer, DYN_SECTION_CATEGORY_BOUGHT_WITH_SUPPORT,
                                build->category_bought_with.supports,
                                build->category_bought_with.lists.edge_count);
    }
    /* without a catalogue nothing is alike */
    if (build->similar.edge_count != 0) {
        add_lists(&writer, DYN_SECTION_SIMILAR_STARTS, &build->similar, sections->item_count);
    }
    add_lists(&writer, DYN_SECTION_CATEGORY_POPULAR_STARTS, &popularity->by_category,
              sections->category_count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_POPULAR, popularity->popular.edges,
                            popularity->popular.count);
    dyn_snapshot_writer_add(&writer, DYN_SECTION_TRENDING, popularity->trending.edges,
                            popularity->trending.count);
    /* without a catalogue there is nothing to show */
    if (build->range.all.count != 0) {
        dyn_snapshot_writer_add(&writer, DYN_SECTION_RANGE, build->range.all.edges,
                                build->range.all.count);
        add_lists(&writer, DYN_SECTION_CATEGORY_RANGE_STARTS, &build->range.by_category,
                  sections->category_count);
    }
    dyn_snapshot_writer_add(&writer, DYN_SECTION_NEW_ARRIVALS, build->new_arrivals.edges,
                            build->new_arrivals.count);
    if (build->parameters->blend_rows > 0) {
        dyn_snapshot_writer_add(&writer, DYN_SECTION_BLEND, build->parameters->blend,
                                build->parameters->blend_rows);
        dyn_snapshot_writer_add(&writer, DYN_SECTION_BLEND_WEIGHTS, build->parameters->weights,
                                build->parameters->weight_count);
    }
    dyn_model_sections_add(&build->model.sections, &writer);
    if (build->viewed_with != NULL) {
        dyn_snapshot_writer_add(&writer, DYN_SECTION_VIEWED_WITH_SUPPORT, build->viewed_with,
                                build->viewed_with_bytes);
    }
    dyn_trait_lists_write(&build->trait_lists, sections, &writer);
    dyn_words_add(&build->words, &writer);
    if (build->reference != NULL) {
        dyn_snapshot_writer_add(&writer, DYN_SECTION_REFERENCE, build->reference,
                                strlen(build->reference));
    }

    return dyn_snapshot_writer_save(&writer, build->settings.output, &build->written,
                                    &build->error);
}

/* ---- what was built ---- */

static dyn_str_t unknown_id(const build_t *build, const dyn_join_unknown_t *unknown)
{
    return dyn_ids_text(&build->catalog.texts, build->catalog.items[unknown->item].id);
}

static void print_share(const char *what, const dyn_join_count_t *count)
{
    if (count->events != 0) {
        printf("  %s%.1f %% of %" PRIu64 " events found their item\n", what,
               100.0 * (double)count->found / (double)count->events, count->events);
    }
}

/* How many events found their item, in all and by file, and the ids that the others name. */
static void print_join(const build_t *build)
{
    const dyn_join_t *join = &build->intake.join;
    dyn_join_unknown_t unknown[DYN_JOIN_SHOWN];
    size_t count = dyn_join_unknown(join, unknown);

    print_share("", &join->all);
    for (size_t i = 0; join->file_count > 1 && i < join->file_count; i++) {
        dyn_error_t name;

        dyn_fail(&name, "  %.160s: ", build->settings.events_paths[i]);
        print_share(name.text, &join->files[i]);
    }
    for (size_t i = 0; i < count; i++) {
        dyn_str_t id = unknown_id(build, &unknown[i]);

        printf("%s\"%.*s\" (%" PRIu64 ")%s", i == 0 ? "  most frequent unknown ids: " : ", ",
               (int)id.len, id.data, unknown[i].events, i + 1 == count ? "\n" : "");
    }
}

static json_t *join_json(const build_t *build)
{
    const dyn_join_t *join = &build->intake.join;
    dyn_join_unknown_t unknown[DYN_JOIN_SHOWN];
    size_t count = dyn_join_unknown(join, unknown);
    json_t *files = json_array(), *ids = json_array();

    for (size_t i = 0; i < join->file_count; i++) {
        json_array_append_new(files,
                              json_pack("{s:s, s:I, s:I}", "file", build->settings.events_paths[i],
                                        "events", (json_int_t)join->files[i].events, "found",
                                        (json_int_t)join->files[i].found));
    }
    for (size_t i = 0; i < count; i++) {
        json_t *id = dyn_report_text(unknown_id(build, &unknown[i]));

        json_array_append_new(
            ids, json_pack("{s:o, s:I}", "id", id, "events", (json_int_t)unknown[i].events));
    }

    return json_pack("{s:I, s:I, s:o, s:o}", "events", (json_int_t)join->all.events, "found",
                     (json_int_t)join->all.found, "files", files, "unknown", ids);
}

static void print_json(const build_t *build)
{
    json_t *summary = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I}",
        "output", build->settings.output, "build_id", build->written.build_id, "bytes",
        (json_int_t)build->written.bytes, "items", (json_int_t)build->sections.item_count,
        "items_in_catalogue", (json_int_t)build->catalog_items, "variants",
        (json_int_t)build->sections.variant_count, "categories",
        (json_int_t)build->sections.category_count, "traits",
        (json_int_t)build->sections.trait_count, "aliases", (json_int_t)build->sections.alias_count,
        "event_lines", (json_int_t)build->lines, "clicks", (json_int_t)build->intake.clicks_read,
        "sessions", (json_int_t)build->session_count, "bad_lines", (json_int_t)build->faults.count,
        "compatible_unknown", (json_int_t)build->sections.compatible_unknown, "aliases_taken",
        (json_int_t)build->catalog.aliases_taken, "contents",
        (json_int_t)build->catalog.content_count, "contents_unapproved",
        (json_int_t)build->catalog.unapproved_count, "bundles",
        (json_int_t)build->sections.bundle_count, "bundles_left_out",
        (json_int_t)build->sections.bundles_left_out);
    const dyn_intake_t *intake = &build->intake;
    json_t *made_good = json_object();

    if (build->settings.catalog_count != 0) {
        json_object_set_new(summary, "join", join_json(build));
    }

    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if (build->notes.counts[i] != 0) {
            json_object_set_new(made_good, dyn_note_name((dyn_note_t)i),
                                json_integer((json_int_t)build->notes.counts[i]));
        }
    }
    json_object_set_new(summary, "left_out",
                        json_pack("{s:I, s:I, s:I, s:I, s:I}", "future", (json_int_t)intake->future,
                                  "unauthenticated", (json_int_t)intake->unauthenticated,
                                  "beyond_reason", (json_int_t)intake->limited.clicks,
                                  "beyond_reason_visitors", (json_int_t)intake->limited.visitors,
                                  "uncounted", (json_int_t)intake->limited.uncounted));
    json_object_set_new(summary, "made_good", made_good);
    dyn_report_print(stdout, summary, true);
    json_decref(summary);
}

static void print_left_out(const build_t *build)
{
    const dyn_intake_t *intake = &build->intake;

    if (intake->future != 0) {
        printf("  %" PRIu64 " events from the future were left out\n", intake->future);
    }
    if (intake->unauthenticated != 0) {
        printf("  %" PRIu64 " events without \"auth\" were left out\n", intake->unauthenticated);
    }
    if (intake->limited.clicks != 0) {
        printf("  %" PRIu64 " events of %" PRIu64
               " visitors were left out: they did more than a shopper does in a day\n",
               intake->limited.clicks, intake->limited.visitors);
    }
}

static void print_text(const build_t *build)
{
    const dyn_catalog_sections_t *sections = &build->sections;
    char as_of[21];

    dyn_time_format(build->as_of_ms, as_of);
    printf("%s: %" PRIu64 " bytes, build %s, %s%s\n", build->settings.output, build->written.bytes,
           build->written.build_id,
           build->as_of_ms != 0 ? "as of "
                                : "of no known time: no event, and no item with \"created\"",
           build->as_of_ms != 0 ? as_of : "");
    printf("  %" PRIu32 " items (%" PRIu32 " in the catalogue, %" PRIu32
           " known from events only), %" PRIu32 " variants, %" PRIu32 " categories\n",
           sections->item_count, build->catalog_items, sections->item_count - build->catalog_items,
           sections->variant_count, sections->category_count);
    if (sections->trait_count != 0 || sections->alias_count != 0) {
        printf("  %" PRIu32 " traits, %" PRIu32 " aliases\n", sections->trait_count,
               sections->alias_count);
    }
    printf("  %" PRIu64 " clicks in %" PRIu64 " sessions; %" PRIu32 " similar, %" PRIu32
           " alike for items that few know, %" PRIu32 " bought together\n",
           build->intake.clicks_read, build->session_count, build->similar.edge_count,
           build->alike.edge_count, build->bought_with.lists.edge_count);
    if (build->settings.catalog_count != 0) {
        print_join(build);
    }
    if (build->model.rerank_note[0] != '\0') {
        printf("  model: %s\n", build->model.rerank_note);
    }
    if (sections->compatible_unknown != 0) {
        printf("  %" PRIu32
               " entries of compatible_with name no item of the catalogue and were left out\n",
               sections->compatible_unknown);
    }
    if (build->catalog.content_count + build->catalog.unapproved_count != 0) {
        printf("  %" PRIu32 " contents; %" PRIu32 " more are not approved and were left out\n",
               build->catalog.content_count, build->catalog.unapproved_count);
    }
    if (sections->bundle_count + sections->bundles_left_out != 0) {
        printf("  %" PRIu32 " bundles; %" PRIu32
               " more have an item that the catalogue does not have, or have it twice, and were "
               "left out\n",
               sections->bundle_count, sections->bundles_left_out);
    }
    if (build->catalog.aliases_taken != 0) {
        printf("  %" PRIu32 " aliases are ids or aliases of other items and were left out\n",
               build->catalog.aliases_taken);
    }
    if (build->faults.count != 0) {
        printf("  %" PRIu64 " bad lines were skipped\n", build->faults.count);
    }
    print_left_out(build);
}

static void release(build_t *build)
{
    dyn_catalog_free(&build->catalog);
    dyn_catalog_sections_free(&build->sections);
    dyn_intake_free(&build->intake);
    dyn_sessions_free(&build->sessions);
    dyn_popularity_free(&build->popularity);
    dyn_lists_free(&build->alike);
    free(build->new_arrivals.edges);
    dyn_range_free(&build->range);
    dyn_trait_lists_free(&build->trait_lists);
    dyn_words_built_free(&build->words);
    dyn_model_built_free(&build->model);
    free(build->parameters);
    dyn_bought_with_free(&build->bought_with);
    dyn_bought_with_free(&build->category_bought_with);
    dyn_lists_free(&build->similar);
    free(build->viewed_with);
    free(build->reference);
    free(build->offered);
}

static bool stand_before_lists(build_t *build)
{
    count_before(build);

    return stand_against(build, DYN_FLOOR_items) && stand_against(build, DYN_FLOOR_priced) &&
           stand_against(build, DYN_FLOOR_shown);
}

static int run_steps(build_t *build)
{
    if (!read_input(build)) {
        say_notes(build);
        return DYN_EXIT_INPUT;
    }
    if (!settle_time(build)) {
        return DYN_EXIT_SYSTEM;
    }
    say_notes(build);
    say_join(build);
    if (!make_sections(build)) {
        return DYN_EXIT_SYSTEM;
    }
    if (!stand_before_lists(build)) {
        return DYN_EXIT_INPUT;
    }
    if (!make_lists(build)) {
        return DYN_EXIT_SYSTEM;
    }
    if (!stand_against(build, DYN_FLOOR_sessions)) {
        return DYN_EXIT_INPUT;
    }

    return save(build) ? DYN_EXIT_OK : DYN_EXIT_SYSTEM;
}

static int run(build_t *build)
{
    build->progress = dyn_progress_begin("build");
    build->faults = (dyn_faults_t){
        .max = build->settings.max_errors,
        .report = report_fault,
        .context = build,
        .error = &build->error,
        .notes = &build->notes,
    };

    int code = run_steps(build);

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

int dyn_command_build(int argc, char **argv)
{
    build_t *build = calloc(1, sizeof(*build));
    int code = DYN_EXIT_SYSTEM;

    if (build == NULL) {
        return DYN_EXIT_SYSTEM;
    }
    if (dyn_build_options(argc, argv, &build->settings, &code)) {
        build->parameters = dyn_parameters_default();
        code = build->parameters == NULL ? DYN_EXIT_SYSTEM
               : build->settings.parameters_path != NULL &&
                       !dyn_parameters_read(build->settings.parameters_path, build->parameters,
                                            &build->error)
                   ? dyn_command_failed("build", DYN_EXIT_INPUT, &build->error)
                   : run(build);
    }
    release(build);
    dyn_feed_map_free(build->settings.feed.map);
    free(build);

    return code;
}
