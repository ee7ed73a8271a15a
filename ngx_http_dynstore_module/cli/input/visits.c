#include "cli/input/visits.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "cli/input/sessions.h"
#include "cli/input/visitors.h"
#include "engine/base/limits.h"
#include "engine/events/text.h"

typedef struct {
    dyn_visits_t *visits;
    dyn_visit_item_fn item_number;
    void *context;
    dyn_visitors_t visitors;
    uint32_t event_room;
    uint64_t texts_used;
    uint64_t texts_room;
} reading_t;

static bool keep_text(reading_t *reading, const char *text, size_t length)
{
    dyn_visits_t *visits = reading->visits;

    if (reading->texts_used + length > reading->texts_room) {
        uint64_t room = reading->texts_room * 2 + 65536;
        char *grown = realloc(visits->texts, room);

        if (grown == NULL) {
            return false;
        }
        visits->texts = grown;
        reading->texts_room = room;
    }
    memcpy(visits->texts + reading->texts_used, text, length);
    reading->texts_used += length;

    return true;
}

static bool take(void *context, const dyn_event_record_t *record)
{
    reading_t *reading = context;
    dyn_visits_t *visits = reading->visits;
    dyn_event_t event = {.type = record->type,
                         .time_ms = record->time_ms,
                         .item_id = record->item_id,
                         .quantity = 1,
                         .price_minor = -1};
    char text[DYN_EVENT_TEXT_BYTES_MAX];

    if (record->event != NULL) {
        event = *record->event;
    }

    uint32_t item = record->item_id.len == 0
                        ? DYN_NONE
                        : reading->item_number(reading->context, record->item_id);

    if (item == DYN_NONE && record->other_id.len > 0) {
        item = reading->item_number(reading->context, record->other_id);
        event.item_id = item == DYN_NONE ? event.item_id : record->other_id;
    }

    size_t length = dyn_event_encode(&event, text, sizeof(text));

    if (!dyn_event_in_session(&event) || length == 0) {
        return true;
    }

    dyn_visit_event_t kept = {
        .time_ms = record->time_ms,
        .text_start = reading->texts_used,
        .text_length = (uint32_t)length,
        .item = item,
        .visitor = dyn_visitors_number(&reading->visitors, record),
        .names_item = record->item_id.len > 0,
        .type = (uint8_t)record->type,
    };

    if (kept.visitor == DYN_NONE || !keep_text(reading, text, length) ||
        !dyn_grow((void **)&visits->events, visits->event_count, &reading->event_room, 1,
                  sizeof(visits->events[0]))) {
        return false;
    }
    visits->events[visits->event_count++] = kept;

    return true;
}

/* Texts lie in the order of the file. */
static int by_visitor_and_time(const void *a, const void *b)
{
    const dyn_visit_event_t *left = a;
    const dyn_visit_event_t *right = b;

    if (left->visitor != right->visitor) {
        return left->visitor < right->visitor ? -1 : 1;
    }
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }

    return left->text_start < right->text_start ? -1 : left->text_start > right->text_start;
}

typedef struct {
    int64_t end_ms;
    dyn_visit_t visit;
} ended_t;

static int by_end(const void *a, const void *b)
{
    const ended_t *left = a;
    const ended_t *right = b;

    if (left->end_ms != right->end_ms) {
        return left->end_ms < right->end_ms ? -1 : 1;
    }

    return left->visit.first < right->visit.first ? -1 : left->visit.first > right->visit.first;
}

static bool begins_visit(const reading_t *reading, const dyn_visit_event_t *event)
{
    return event->visitor != event[-1].visitor ||
           (!reading->visitors.whole[event->visitor] &&
            event->time_ms - event[-1].time_ms > (int64_t)DYN_SESSION_IDLE_S * 1000);
}

static bool cut(reading_t *reading)
{
    dyn_visits_t *visits = reading->visits;
    ended_t *ended = malloc((visits->event_count + 1ULL) * sizeof(*ended));
    uint32_t visitor_first = 0;

    visits->visits = malloc((visits->event_count + 1ULL) * sizeof(*visits->visits));
    if (ended == NULL || visits->visits == NULL) {
        free(ended);
        return false;
    }
    if (visits->event_count > 0) {
        qsort(visits->events, visits->event_count, sizeof(visits->events[0]), by_visitor_and_time);
    }
    for (uint32_t i = 0; i < visits->event_count; i++) {
        const dyn_visit_event_t *event = &visits->events[i];

        if (i == 0 || event->visitor != event[-1].visitor) {
            visitor_first = i;
        }
        if (i == 0 || begins_visit(reading, event)) {
            ended[visits->visit_count++].visit =
                (dyn_visit_t){.visitor_first = visitor_first, .first = i};
        }
        ended[visits->visit_count - 1].visit.end = i + 1;
        ended[visits->visit_count - 1].end_ms = event->time_ms;
    }
    if (visits->visit_count > 0) {
        qsort(ended, visits->visit_count, sizeof(*ended), by_end);
    }
    for (uint32_t i = 0; i < visits->visit_count; i++) {
        visits->visits[i] = ended[i].visit;
    }
    free(ended);

    return true;
}

bool dyn_visits_read(const char *path, dyn_visit_item_fn item_number, void *context,
                     dyn_faults_t *faults, dyn_visits_t *visits)
{
    reading_t reading = {.visits = visits, .item_number = item_number, .context = context};
    uint64_t lines = 0;

    memset(visits, 0, sizeof(*visits));

    bool good = dyn_events_read(path, take, &reading, faults, &lines) &&
                (cut(&reading) || dyn_fail(faults->error, "out of memory"));

    dyn_visitors_free(&reading.visitors);

    return good;
}

void dyn_visits_free(dyn_visits_t *visits)
{
    free(visits->events);
    free(visits->texts);
    free(visits->visits);
    memset(visits, 0, sizeof(*visits));
}
