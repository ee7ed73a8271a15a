/*
 * Events from files, as a stream: JSON (GA4's events with `visitor` and `time`, entries of the stream of events, or exports of
 * cli/input/shop_events.h; lines, or one list), or columns separated by tabs, commas or semicolons, compressed or plain; which of
 * them it is the file's content says. docs/catalog.md
 */
#ifndef DYN_EVENTS_READ_H
#define DYN_EVENTS_READ_H

#include "cli/base/faults.h"
#include "engine/events/event.h"

enum { DYN_VISITOR_BYTES_MAX = 256 };

/* One item of one event; strings are good until the callback returns. */
typedef struct {
    dyn_str_t visitor; /* or, when whole_session, the session's id */
    bool
        whole_session; /* the file says what a session is: it is not cut where the shopper was idle */
    dyn_str_t auth;    /* who vouches for it: "server" or "token"; else empty */
    dyn_event_type_t type;
    int64_t time_ms;
    dyn_str_t item_id;        /* empty when the event names none */
    dyn_str_t other_id;       /* of the same item, for where item_id is not known; mostly empty */
    const dyn_event_t *event; /* all that it says; NULL: columns, which say no more */
    /*
     * The text of an entry of the stream, {"v":H,"e":ENTRY}; else empty. One of a code that no event has comes without an event and with
     * the type DYN_EVENT_TYPES_COUNT.
     */
    dyn_str_t entry;
    uint64_t line;
} dyn_event_record_t;

/* The text where it is one of those that vouch for an event, else empty. */
dyn_str_t dyn_event_auth(dyn_str_t text);

/*
 * An entry of the stream, fields `v` and `e` (docs/data-model.md). False with a sentence and the field that it is about. The record points into
 * the entry, the event and the arena, which needs DYN_EVENT_TEXT_BYTES_MAX bytes.
 */
bool dyn_event_entry_read(dyn_str_t visitor, dyn_str_t entry, dyn_arena_t *arena,
                          dyn_event_t *event, dyn_event_record_t *record, const char **field,
                          dyn_error_t *error);

/* False: memory is out, stop. */
typedef bool (*dyn_event_record_fn)(void *context, const dyn_event_record_t *record);

/* Adds the lines read to *lines. False with a sentence in faults->error when reading ended early. */
bool dyn_events_read(const char *path, dyn_event_record_fn take, void *context,
                     dyn_faults_t *faults, uint64_t *lines);

#endif
