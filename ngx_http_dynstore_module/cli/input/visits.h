/* Visits: sessions with all that shoppers did in them, as their session logs would hold it. */
#ifndef DYN_VISITS_H
#define DYN_VISITS_H

#include "cli/input/events_read.h"

typedef struct {
    int64_t time_ms;
    uint64_t text_start; /* of its entry, in texts */
    uint32_t text_length;
    uint32_t
        item; /* number in the snapshot; DYN_NONE: it names no item, or one that is not known */
    uint32_t visitor;
    bool names_item;
    uint8_t type; /* dyn_event_type_t */
} dyn_visit_event_t;

/* Events [first, end). Those of the visitor's earlier visits stand before them, from `visitor_first` on. */
typedef struct {
    uint32_t visitor_first, first, end;
} dyn_visit_t;

/* Owned; free with dyn_visits_free(). */
typedef struct {
    dyn_visit_event_t
        *events; /* by visitor and time; the order of the file where times are equal */
    uint32_t event_count;
    char *texts;
    dyn_visit_t
        *visits; /* in order of the time of their last event, then of their first in `events` */
    uint32_t visit_count;
} dyn_visits_t;

/* The item's number; DYN_NONE for an unknown one. */
typedef uint32_t (*dyn_visit_item_fn)(void *context, dyn_str_t id);

/*
 * Reads a file of events, as dyn_events_read() does. What the session log would not keep (dyn_event_in_session()) is left out. False
 * with a sentence in faults->error.
 */
bool dyn_visits_read(const char *path, dyn_visit_item_fn item_number, void *context,
                     dyn_faults_t *faults, dyn_visits_t *visits);
void dyn_visits_free(dyn_visits_t *visits);

static inline dyn_str_t dyn_visit_text(const dyn_visits_t *visits, uint32_t event)
{
    const dyn_visit_event_t *of = &visits->events[event];

    return (dyn_str_t){visits->texts + of->text_start, of->text_length};
}

#endif
