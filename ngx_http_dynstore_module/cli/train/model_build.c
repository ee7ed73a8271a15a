#include "cli/train/model_build_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void dyn_model_built_free(dyn_model_built_t *built)
{
    for (size_t i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        free((void *)(uintptr_t)built->sections.section[i].data);
    }

    memset(built, 0, sizeof(*built));
}

void dyn_model_sections_add(const dyn_model_sections_t *sections, dyn_snapshot_writer_t *writer)
{
    static const uint32_t record_bytes[] = {
#define X(c, id, name, bytes) [DYN_SECTION_##c] = (uint32_t)(bytes),
        DYN_SECTIONS(X)
#undef X
    };

    for (uint32_t i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        dyn_section_t id = DYN_SECTION_MODEL_HEADER + i;

        if (sections->section[DYN_MODEL_SECTION_HEADER].data != NULL) {
            dyn_snapshot_writer_add(writer, id, sections->section[i].data,
                                    sections->section[i].length / record_bytes[id]);
        }
    }
}

void *dyn_model_section_new(dyn_model_built_t *built, dyn_model_section_t section, size_t count,
                            size_t size)
{
    void *data = calloc(count + 1, size);

    built->sections.section[section].data = data;
    built->sections.section[section].length = count * size;
    return data;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * Appends a session's known items. A cart or purchase of an item that the session already holds is no click of its own: it makes
 * the item's last click weigh more.
 */
static void append_clicks(const dyn_sessions_t *from, uint32_t session, dyn_sessions_t *to)
{
    uint32_t start = to->click_count;

    for (uint32_t k = from->starts[session]; k < from->starts[session + 1]; k++) {
        uint32_t at = to->click_count;

        if (from->items[k] >= from->item_count) {
            continue;
        }
        /* what is bought was seen lately: no need to look further back than a query does */
        while (from->kinds[k] != DYN_CLICK_VIEW && at > start &&
               to->click_count - at < DYN_MODEL_QUERY_CLICKS_MAX &&
               to->items[at - 1] != from->items[k]) {
            at--;
        }
        if (from->kinds[k] != DYN_CLICK_VIEW && at > start && to->items[at - 1] == from->items[k]) {
            to->kinds[at - 1] =
                from->kinds[k] > to->kinds[at - 1] ? from->kinds[k] : to->kinds[at - 1];
            continue;
        }
        to->items[to->click_count] = from->items[k];
        to->kinds[to->click_count++] = from->kinds[k];
    }

    if (to->click_count - start > DYN_MODEL_SESSION_CLICKS_MAX) {
        uint32_t newest = to->click_count - DYN_MODEL_SESSION_CLICKS_MAX;

        memmove(to->items + start, to->items + newest,
                DYN_MODEL_SESSION_CLICKS_MAX * sizeof(uint32_t));
        memmove(to->kinds + start, to->kinds + newest, DYN_MODEL_SESSION_CLICKS_MAX);
        to->click_count = start + DYN_MODEL_SESSION_CLICKS_MAX;
    }
}

/* Leaves out unknown items, the oldest clicks of overlong sessions, and sessions with nothing left. */
static bool cut_sessions(const dyn_sessions_t *from, dyn_sessions_t *cut)
{
    *cut = (dyn_sessions_t){
        .item_count = from->item_count,
        .starts = malloc((from->session_count + 1ULL) * sizeof(uint32_t)),
        .items = malloc((from->click_count + 1ULL) * sizeof(uint32_t)),
        .kinds = malloc(from->click_count + 1ULL),
        .times = malloc((from->session_count + 1ULL) * sizeof(double)),
    };

    if (cut->starts == NULL || cut->items == NULL || cut->kinds == NULL || cut->times == NULL) {
        return false;
    }

    for (uint32_t s = 0; s < from->session_count; s++) {
        cut->starts[cut->session_count] = cut->click_count;
        cut->times[cut->session_count] = from->times[s];
        append_clicks(from, s, cut);
        cut->session_count += cut->click_count > cut->starts[cut->session_count];
    }

    cut->starts[cut->session_count] = cut->click_count;
    return true;
}

bool dyn_model_build_plain(const dyn_sessions_t *sessions, const dyn_model_build_options_t *options,
                           dyn_model_built_t *built)
{
    dyn_model_header_t *header =
        dyn_model_section_new(built, DYN_MODEL_SECTION_HEADER, 1, sizeof(*header));
    dyn_model_item_t *items = dyn_model_section_new(built, DYN_MODEL_SECTION_ITEMS,
                                                    sessions->item_count, sizeof(dyn_model_item_t));
    dyn_model_work_t work = {
        .sessions = sessions,
        .parameters = &options->parameters,
        .threads = options->threads,
        .header = header,
        .items = items,
        .built = built,
    };

    if (header == NULL || items == NULL) {
        return false;
    }

    *header = (dyn_model_header_t){
        .version = DYN_MODEL_VERSION,
        .item_count = sessions->item_count,
        .session_count = sessions->session_count,
        .click_count = sessions->click_count,
        .time_first = sessions->session_count > 0 ? sessions->times[0] : 0,
        .time_last = sessions->session_count > 0 ? sessions->times[sessions->session_count - 1] : 0,
        .parameters = options->parameters,
    };
    return dyn_model_build_index(&work) && dyn_model_build_graph(&work) &&
           dyn_model_build_repeats(&work);
}

bool dyn_model_build(const dyn_sessions_t *sessions, const dyn_model_build_options_t *options,
                     dyn_model_built_t *built, dyn_error_t *error)
{
    dyn_sessions_t cut = {0};
    double start = seconds();

    memset(built, 0, sizeof(*built));

    bool done = cut_sessions(sessions, &cut) && dyn_model_build_plain(&cut, options, built);

    built->index_seconds = seconds() - start;

    if (done && !options->plain) {
        start = seconds();
        done = dyn_model_build_rerank(&cut, options, built);
        built->rerank_seconds = seconds() - start;

        dyn_model_header_t *header =
            (void *)(uintptr_t)built->sections.section[DYN_MODEL_SECTION_HEADER].data;

        header->tree_count = (uint32_t)(built->sections.section[DYN_MODEL_SECTION_TREES].length /
                                        sizeof(dyn_model_tree_t));
    }

    dyn_sessions_free(&cut);

    if (!done) {
        dyn_model_built_free(built);
        return dyn_fail(error, "out of memory while building the model of %u clicks",
                        sessions->click_count);
    }

    return true;
}
