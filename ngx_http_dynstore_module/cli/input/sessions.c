#include "cli/input/sessions.h"

#include <stdlib.h>
#include <string.h>

bool dyn_click_kind(dyn_event_type_t type, uint8_t *kind)
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

void dyn_sessions_free(dyn_sessions_t *sessions)
{
    free(sessions->starts);
    free(sessions->items);
    free(sessions->kinds);
    free(sessions->times);
    memset(sessions, 0, sizeof(*sessions));
}

bool dyn_sessions_slice(const dyn_sessions_t *sessions, uint32_t first, uint32_t last,
                        dyn_sessions_t *slice)
{
    uint32_t from = sessions->starts[first];

    *slice = (dyn_sessions_t){
        .session_count = last - first,
        .item_count = sessions->item_count,
        .click_count = sessions->starts[last] - from,
        .starts = malloc((last - first + 1) * sizeof(uint32_t)),
        .items = sessions->items + from,
        .kinds = sessions->kinds + from,
        .times = sessions->times + first,
    };

    if (slice->starts == NULL) {
        return false;
    }

    for (uint32_t i = first; i <= last; i++) {
        slice->starts[i - first] = sessions->starts[i] - from;
    }

    return true;
}

void dyn_sessions_slice_free(dyn_sessions_t *slice)
{
    free(slice->starts);
    memset(slice, 0, sizeof(*slice));
}

bool dyn_clicks_add(dyn_clicks_t *clicks, dyn_click_t click)
{
    if (clicks->count == clicks->capacity) {
        size_t capacity = clicks->capacity == 0 ? 65536 : clicks->capacity + clicks->capacity / 2;
        dyn_click_t *grown = realloc(clicks->clicks, capacity * sizeof(dyn_click_t));

        if (grown == NULL) {
            return false;
        }

        clicks->clicks = grown;
        clicks->capacity = capacity;
    }

    clicks->clicks[clicks->count++] = click;

    if (click.session >= clicks->session_count) {
        clicks->session_count = click.session + 1;
    }

    return true;
}

void dyn_clicks_free(dyn_clicks_t *clicks)
{
    free(clicks->clicks);
    memset(clicks, 0, sizeof(*clicks));
}

typedef struct {
    double time;
    uint32_t index; /* of a click or a session */
} moment_t;

static int by_time(const void *a, const void *b)
{
    const moment_t *left = a;
    const moment_t *right = b;

    if (left->time != right->time) {
        return left->time < right->time ? -1 : 1;
    }

    return left->index < right->index ? -1 : left->index > right->index;
}

/* Numbers of the clicks, session by session and in the lines' order. Returns the starts, session_count + 1 of them. */
static bool group(const dyn_clicks_t *clicks, uint32_t *starts, uint32_t *order)
{
    memset(starts, 0, ((size_t)clicks->session_count + 1) * sizeof(uint32_t));

    for (size_t i = 0; i < clicks->count; i++) {
        starts[clicks->clicks[i].session + 1]++;
    }

    for (uint32_t s = 0; s < clicks->session_count; s++) {
        starts[s + 1] += starts[s];
    }

    uint32_t *next = malloc(((size_t)clicks->session_count + 1) * sizeof(uint32_t));

    if (next == NULL) {
        return false;
    }

    memcpy(next, starts, (size_t)clicks->session_count * sizeof(uint32_t));

    for (size_t i = 0; i < clicks->count; i++) {
        order[next[clicks->clicks[i].session]++] = (uint32_t)i;
    }

    free(next);
    return true;
}

/* Sorts one session's clicks by time; nearly always they are in order already. */
static bool sort_session(const dyn_clicks_t *clicks, uint32_t *order, uint32_t count)
{
    bool sorted = true;

    for (uint32_t i = 1; i < count; i++) {
        sorted = sorted && clicks->clicks[order[i]].time >= clicks->clicks[order[i - 1]].time;
    }

    if (sorted) {
        return true;
    }

    moment_t *moments = malloc(count * sizeof(moment_t));

    if (moments == NULL) {
        return false;
    }

    for (uint32_t i = 0; i < count; i++) {
        moments[i] = (moment_t){clicks->clicks[order[i]].time, order[i]};
    }

    qsort(moments, count, sizeof(moment_t), by_time);

    for (uint32_t i = 0; i < count; i++) {
        order[i] = moments[i].index;
    }

    free(moments);
    return true;
}

bool dyn_clicks_order(const dyn_clicks_t *clicks, uint32_t *starts, uint32_t *order)
{
    if (clicks->count >= UINT32_MAX || !group(clicks, starts, order)) {
        return false;
    }
    for (uint32_t s = 0; s < clicks->session_count; s++) {
        if (!sort_session(clicks, order + starts[s], starts[s + 1] - starts[s])) {
            return false;
        }
    }

    return true;
}

static void cut(dyn_clicks_t *clicks, const uint32_t *starts, const uint32_t *order,
                const bool *whole, double idle_s)
{
    uint32_t visitors = clicks->session_count, session = 0;

    for (uint32_t v = 0; v < visitors; v++) {
        for (uint32_t k = starts[v]; k < starts[v + 1]; k++) {
            dyn_click_t *click = &clicks->clicks[order[k]];

            if (k == starts[v] ||
                (!whole[v] && click->time - clicks->clicks[order[k - 1]].time > idle_s)) {
                session++;
            }
            click->session = session - 1;
        }
    }
    clicks->session_count = session;
}

bool dyn_clicks_cut(dyn_clicks_t *clicks, const bool *whole, double idle_s)
{
    uint32_t *starts = malloc(((size_t)clicks->session_count + 1) * sizeof(uint32_t));
    uint32_t *order = malloc((clicks->count + 1) * sizeof(uint32_t));
    bool sorted = starts != NULL && order != NULL && dyn_clicks_order(clicks, starts, order);

    if (sorted) {
        cut(clicks, starts, order, whole, idle_s);
    }
    free(starts);
    free(order);

    return sorted;
}

static bool arrange(const dyn_clicks_t *clicks, uint32_t *starts, uint32_t *order, moment_t *ends,
                    dyn_sessions_t *sessions)
{
    uint32_t count = clicks->session_count;

    if (!dyn_clicks_order(clicks, starts, order)) {
        return false;
    }

    for (uint32_t s = 0; s < count; s++) {
        ends[s] = (moment_t){
            starts[s] == starts[s + 1] ? 0 : clicks->clicks[order[starts[s + 1] - 1]].time, s};
    }

    for (uint32_t s = 1; s < count; s++) {
        if (ends[s].time < ends[s - 1].time) {
            qsort(ends, count, sizeof(moment_t), by_time);
            break;
        }
    }

    uint32_t click = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t s = ends[i].index;

        if (starts[s] == starts[s + 1]) {
            continue;
        }

        sessions->starts[kept] = click;
        sessions->times[kept++] = ends[i].time;

        for (uint32_t k = starts[s]; k < starts[s + 1]; k++, click++) {
            sessions->items[click] = clicks->clicks[order[k]].item;
            sessions->kinds[click] = clicks->clicks[order[k]].kind;
        }
    }

    sessions->starts[kept] = click;
    sessions->session_count = kept;
    sessions->click_count = click;
    return true;
}

bool dyn_clicks_to_sessions(dyn_clicks_t *clicks, uint32_t item_count, dyn_sessions_t *sessions,
                            dyn_error_t *error)
{
    size_t count = clicks->session_count;

    if (clicks->count >= UINT32_MAX) {
        dyn_clicks_free(clicks);
        return dyn_fail(
            error, "%zu clicks are more than one model holds (4294967294); build from fewer days",
            clicks->count);
    }

    *sessions = (dyn_sessions_t){
        .item_count = item_count,
        .starts = malloc((count + 1) * sizeof(uint32_t)),
        .items = malloc((clicks->count + 1) * sizeof(uint32_t)),
        .kinds = malloc(clicks->count + 1),
        .times = malloc((count + 1) * sizeof(double)),
    };

    uint32_t *starts = malloc((count + 1) * sizeof(uint32_t));
    uint32_t *order = malloc((clicks->count + 1) * sizeof(uint32_t));
    moment_t *ends = malloc((count + 1) * sizeof(moment_t));
    bool arranged = starts != NULL && order != NULL && ends != NULL && sessions->starts != NULL &&
                    sessions->items != NULL && sessions->kinds != NULL && sessions->times != NULL &&
                    arrange(clicks, starts, order, ends, sessions);

    free(starts);
    free(order);
    free(ends);
    dyn_clicks_free(clicks);

    if (!arranged) {
        dyn_sessions_free(sessions);
        return dyn_fail(error, "out of memory while ordering the clicks into sessions");
    }

    return true;
}
