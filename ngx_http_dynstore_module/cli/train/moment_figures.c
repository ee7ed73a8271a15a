#include "cli/train/moment_figures.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/decide/moment.h"

enum { ARENA_BYTES = 1 << 20, VALUES_MAX = 6, VIEWS_MAX = 24 };

/* No session reaches it. */
static const double never = 1e9;

/* A threshold, the moment that it makes alone, and the values that are tried. */
typedef struct {
    const char *name;
    size_t at; /* in dyn_moment_thresholds_t */
    dyn_moment_t moment;
    double values[VALUES_MAX];
} sign_t;

#define SIGN(member, moment, ...)                                   \
    {                                                               \
#member, offsetof(dyn_moment_thresholds_t, member), moment, \
        {                                                           \
            __VA_ARGS__                                             \
        }                                                           \
    }

/* Every threshold has its default, and every sign counts. */
#define ALL SIZE_MAX

static const sign_t signs[] = {
    SIGN(comparison_items, DYN_MOMENT_COMPARISON, 2, 3, 4, 5, 6),
    SIGN(comparison_minutes, DYN_MOMENT_COMPARISON, 2, 5, 10, 15, 30, 60),
    SIGN(comparison_events, DYN_MOMENT_COMPARISON, 3, 4, 6, 8, 12, 16),
    SIGN(hesitation_returns, DYN_MOMENT_HESITATION, 2, 3, 4),
    SIGN(hesitation_doubts, DYN_MOMENT_HESITATION, 1, 2, 3, 4),
    SIGN(hesitation_dwell_seconds, DYN_MOMENT_HESITATION, 30, 60, 90, 120, 180, 300),
    SIGN(hesitation_cart_minutes, DYN_MOMENT_HESITATION, 1, 2, 3, 5, 10, 20),
    {"all as they are", ALL, DYN_MOMENT_COMPARISON, {1}},
    {"all as they are", ALL, DYN_MOMENT_HESITATION, {1}},
};
enum { SIGNS = sizeof(signs) / sizeof(signs[0]) };

typedef struct {
    uint64_t entered, bought;
    double expected;
    bool has;       /* the visit at hand entered, */
    uint32_t views; /* after so many views, */
    bool added;     /* with something in the cart */
} tried_t;

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_visits_t *visits;
    dyn_moment_thresholds_t thresholds[SIGNS][VALUES_MAX];
    tried_t tried[SIGNS][VALUES_MAX];
    /* by whether something was put into the cart, and by views so far */
    uint64_t reached[2][VIEWS_MAX + 1], bought[2][VIEWS_MAX + 1];
    char *memory;
    dyn_str_t *log; /* newest first */
    char (*dwells)[64];
    bool tells_dwell;
} figures_t;

/* One sign alone: the others never come. */
static void find_thresholds(figures_t *figures)
{
    for (size_t s = 0; s < SIGNS; s++) {
        for (size_t v = 0; v < VALUES_MAX; v++) {
            dyn_moment_thresholds_t *thresholds = &figures->thresholds[s][v];

            *thresholds = dyn_policy_default()->moments;
            if (signs[s].at == ALL) {
                continue;
            }
            thresholds->hesitation_returns = thresholds->hesitation_doubts =
                thresholds->hesitation_dwell_seconds = thresholds->hesitation_cart_minutes = never;
            memcpy((char *)thresholds + signs[s].at, &signs[s].values[v], sizeof(double));
        }
    }
}

/* The log as it is after the event, newest first; with a dwell behind each view whose length is known from the next event. */
static size_t log_until(figures_t *figures, const dyn_visit_t *visit, uint32_t at, bool dwells)
{
    const dyn_visit_event_t *events = figures->visits->events;
    size_t count = 0;

    for (uint32_t i = at + 1; i > visit->first && count < DYN_SESSION_EVENTS_MAX; i--) {
        const dyn_visit_event_t *event = &events[i - 1];

        if (dwells && !figures->tells_dwell && i <= at && event->type == DYN_EVENT_VIEW_ITEM &&
            event->item != DYN_NONE && count + 1 < DYN_SESSION_EVENTS_MAX) {
            dyn_str_t id =
                dyn_snapshot_string(figures->snapshot, figures->snapshot->items[event->item].id);
            int64_t seconds = (events[i].time_ms - event->time_ms) / 1000;
            int length = id.len > 30
                             ? 0
                             : snprintf(figures->dwells[count], 64, "dw %" PRId64 " %.*s v=%d",
                                        event->time_ms, (int)id.len, id.data, (int)seconds);

            if (length > 0 && length < 64) {
                figures->log[count] = (dyn_str_t){figures->dwells[count], (size_t)length};
                count++;
            }
        }
        figures->log[count++] = dyn_visit_text(figures->visits, i - 1);
    }

    return count;
}

static bool buys_from(const figures_t *figures, const dyn_visit_t *visit, uint32_t at)
{
    for (uint32_t i = at; i < visit->end; i++) {
        if (figures->visits->events[i].type == DYN_EVENT_PURCHASE) {
            return true;
        }
    }

    return false;
}

/* Of what is read long: else an event more changes what is counted in events. */
static bool reads_dwell(const sign_t *sign)
{
    return sign->at == offsetof(dyn_moment_thresholds_t, hesitation_dwell_seconds) ||
           (sign->at == ALL && sign->moment == DYN_MOMENT_HESITATION);
}

static bool look(figures_t *figures, const dyn_visit_t *visit, uint32_t at, uint32_t views,
                 bool added, dyn_error_t *error)
{
    static const dyn_context_t home = {.surface = DYN_SURFACE_HOME};
    int64_t now_ms = figures->visits->events[at].time_ms;
    dyn_arena_t arena;
    dyn_session_t sessions[2];

    dyn_arena_init(&arena, figures->memory, ARENA_BYTES, NULL, NULL);
    for (int dwells = 0; dwells < 2; dwells++) {
        const dyn_session_record_t record = {.log = figures->log,
                                             .log_count =
                                                 log_until(figures, visit, at, dwells == 1),
                                             .now_ms = now_ms};

        if (!dyn_session_fold(figures->snapshot, &record, &arena, &sessions[dwells])) {
            return dyn_fail(error, "out of memory");
        }
    }
    for (size_t s = 0; s < SIGNS; s++) {
        const dyn_session_t *session = &sessions[reads_dwell(&signs[s])];

        for (size_t v = 0; v < VALUES_MAX && signs[s].values[v] > 0; v++) {
            tried_t *tried = &figures->tried[s][v];

            if (!tried->has && dyn_moment_find(figures->snapshot, &figures->thresholds[s][v],
                                               session, &home, now_ms)
                                       .moment == signs[s].moment) {
                tried->has = true;
                tried->views = views;
                tried->added = added;
                tried->entered++;
                tried->bought += buys_from(figures, visit, at);
            }
        }
    }

    return true;
}

/* pass 0 counts who buys after so many views, pass 1 who enters. */
static bool walk(figures_t *figures, uint64_t first, int pass, dyn_error_t *error)
{
    for (uint64_t i = first; i < figures->visits->visit_count; i++) {
        const dyn_visit_t *visit = &figures->visits->visits[i];
        uint32_t views = 0;
        bool added = false;

        for (uint32_t at = visit->first; at < visit->end; at++) {
            const dyn_visit_event_t *event = &figures->visits->events[at];

            added = added || event->type == DYN_EVENT_ADD_TO_CART;
            if (event->type != DYN_EVENT_VIEW_ITEM || event->item == DYN_NONE) {
                continue;
            }
            views += views < VIEWS_MAX;
            if (pass == 0) {
                figures->reached[added][views]++;
                figures->bought[added][views] += buys_from(figures, visit, at);
            } else if (!look(figures, visit, at, views, added, error)) {
                return false;
            }
        }
        for (size_t k = 0; pass == 1 && k < (size_t)SIGNS * VALUES_MAX; k++) {
            tried_t *tried = &figures->tried[k / VALUES_MAX][k % VALUES_MAX];

            if (tried->has) {
                tried->expected += (double)figures->bought[tried->added][tried->views] /
                                   (double)figures->reached[tried->added][tried->views];
                tried->has = false;
            }
        }
    }

    return true;
}

static json_t *report(const figures_t *figures, uint64_t visits, uint64_t buyers)
{
    json_t *rows = json_array();

    for (size_t s = 0; s < SIGNS; s++) {
        for (size_t v = 0; v < VALUES_MAX && signs[s].values[v] > 0; v++) {
            const tried_t *tried = &figures->tried[s][v];
            double of = tried->entered > 0 ? (double)tried->entered : 1;

            json_array_append_new(
                rows, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "moment",
                                dyn_moment_name(signs[s].moment).data, "threshold", signs[s].name,
                                "value", signs[s].values[v], "entered",
                                visits > 0 ? (double)tried->entered / (double)visits : 0, "bought",
                                (double)tried->bought / of, "expected", tried->expected / of));
        }
    }

    return json_pack("{s:I, s:f, s:o}", "visits", (json_int_t)visits, "buyers",
                     visits > 0 ? (double)buyers / (double)visits : 0, "signs", rows);
}

json_t *dyn_moment_figures(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits,
                           uint64_t newest, dyn_error_t *error)
{
    figures_t *figures = calloc(1, sizeof(*figures));
    uint64_t first =
        newest == 0 || newest >= visits->visit_count ? 0 : visits->visit_count - newest;
    json_t *result = NULL;
    uint64_t buyers = 0;

    if (figures != NULL) {
        figures->snapshot = snapshot;
        figures->visits = visits;
        figures->memory = malloc(ARENA_BYTES);
        figures->log = malloc(DYN_SESSION_EVENTS_MAX * sizeof(*figures->log));
        figures->dwells = malloc(DYN_SESSION_EVENTS_MAX * sizeof(*figures->dwells));
    }
    if (figures == NULL || figures->memory == NULL || figures->log == NULL ||
        figures->dwells == NULL) {
        dyn_fail(error, "out of memory");
    } else {
        find_thresholds(figures);
        for (uint32_t i = 0; i < visits->event_count; i++) {
            figures->tells_dwell =
                figures->tells_dwell || visits->events[i].type == DYN_EVENT_DWELL;
        }
        for (uint64_t i = first; i < visits->visit_count; i++) {
            buyers += buys_from(figures, &visits->visits[i], visits->visits[i].first);
        }
        if (walk(figures, first, 0, error) && walk(figures, first, 1, error)) {
            result = report(figures, visits->visit_count - first, buyers);
        }
    }
    if (figures != NULL) {
        free(figures->memory);
        free(figures->log);
        free(figures->dwells);
    }
    free(figures);

    return result;
}
