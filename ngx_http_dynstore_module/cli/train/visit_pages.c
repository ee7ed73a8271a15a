#include "cli/train/visit_pages.h"

#include <string.h>

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_visits_t *visits;
    const dyn_question_t *usual;
    dyn_visit_page_fn page;
    void *context;
    uint64_t number;
} walk_t;

static dyn_history_t history_of(const walk_t *walk, const dyn_visit_t *visit, dyn_str_t *rows)
{
    const dyn_visit_event_t *events = walk->visits->events;
    dyn_history_t history = {rows, 0};

    for (uint32_t i = visit->first; i > visit->visitor_first; i--) {
        uint8_t type = events[i - 1].type;

        if (history.count < DYN_HISTORY_EVENTS_MAX &&
            (type == DYN_EVENT_PURCHASE || type == DYN_EVENT_ADD_TO_CART ||
             type == DYN_EVENT_WISHLIST)) {
            rows[history.count++] = dyn_visit_text(walk->visits, i - 1);
        }
    }

    return history;
}

/* The category's path as a page names it: "Packs/Day packs". */
static dyn_str_t path_of(const dyn_snapshot_t *snapshot, uint32_t category, char *room, size_t size)
{
    size_t at = size;

    for (; category != DYN_NONE; category = snapshot->categories[category].parent) {
        dyn_str_t name = dyn_snapshot_string(snapshot, snapshot->categories[category].name);

        if (name.len + (at < size) > at) {
            return DYN_STR("");
        }
        if (at < size) {
            room[--at] = '/';
        }
        at -= name.len;
        memcpy(room + at, name.data, name.len);
    }

    return (dyn_str_t){room + at, size - at};
}

static bool ask(walk_t *walk, uint32_t number, uint32_t at, dyn_error_t *error)
{
    const dyn_visit_t *visit = &walk->visits->visits[number];
    const dyn_visit_event_t *event = &walk->visits->events[at];
    const dyn_item_t *item = &walk->snapshot->items[event->item];
    dyn_str_t log[DYN_SESSION_EVENTS_MAX], earlier[DYN_HISTORY_EVENTS_MAX];
    char path[DYN_STRING_BYTES_MAX];
    dyn_question_t question = *walk->usual;
    bool pdp = question.context.surface == DYN_SURFACE_PDP;
    size_t count = 0;

    for (uint32_t i = pdp ? at : at + 1; i > visit->first && count < DYN_SESSION_EVENTS_MAX; i--) {
        log[count++] = dyn_visit_text(walk->visits, i - 1);
    }
    if (pdp) {
        question.context.item_id = dyn_snapshot_string(walk->snapshot, item->id);
    } else if (question.context.surface == DYN_SURFACE_PLP) {
        question.context.item_id = path_of(walk->snapshot, item->category, path, sizeof(path));
    }
    dyn_question_session(&question, log, count, NULL, 0);

    dyn_history_t history = history_of(walk, visit, earlier);

    dyn_question_history(&question, history.rows, history.count);
    question.context.returning = visit->first > visit->visitor_first;
    question.now_ms = event->time_ms;
    question.seed = ++walk->number;

    const dyn_visit_page_t page = {number, at, walk->number, &question};

    return walk->page(walk->context, &page, error);
}

bool dyn_visit_pages(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits, uint64_t newest,
                     const dyn_question_t *usual, dyn_visit_page_fn page, void *context,
                     dyn_error_t *error)
{
    walk_t walk = {snapshot, visits, usual, page, context, 0};
    bool cart = usual->context.surface == DYN_SURFACE_CART;
    uint8_t type = cart ? DYN_EVENT_ADD_TO_CART : DYN_EVENT_VIEW_ITEM;
    uint32_t first =
        newest == 0 || newest >= visits->visit_count ? 0 : visits->visit_count - (uint32_t)newest;

    for (uint32_t v = first; v < visits->visit_count; v++) {
        const dyn_visit_t *visit = &visits->visits[v];

        for (uint32_t at = visit->first; at + !cart < visit->end; at++) {
            const dyn_visit_event_t *event = &visits->events[at];

            if (event->type == type && event->item != DYN_NONE && !ask(&walk, v, at, error)) {
                return false;
            }
        }
    }

    return true;
}
