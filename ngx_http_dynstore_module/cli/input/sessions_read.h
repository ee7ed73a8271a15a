/*
 * Sessions from files: any file of events (cli/input/events_read.h), or pairs, a line being the prefix's items and then the target,
 * blank-separated. gzip is inflated. Read as streams.
 */
#ifndef DYN_SESSIONS_READ_H
#define DYN_SESSIONS_READ_H

#include "cli/input/sessions.h"

/* Gives an item's number; DYN_NONE for an unknown one. */
typedef uint32_t (*dyn_item_number_fn)(void *context, dyn_str_t id);

typedef struct {
    dyn_item_number_fn item_number;
    void *context;
    /* A bad line is reported here (may be NULL), counted and skipped, until there are more than errors_max. */
    void (*report)(void *context, const char *sentence);
    void *report_context;
    uint64_t errors_max;
    uint64_t errors;
    uint64_t lines;
    uint64_t clicks, found; /* that are in the sessions, and those of them whose item is known */
} dyn_sessions_reader_t;

/*
 * item_count in the result is 0: the caller knows it. Clicks are the events that are learned from (dyn_click_kind()), and a visitor's
 * sessions are cut where nothing was done for DYN_SESSION_IDLE_S, as before learning.
 */
bool dyn_sessions_read_events(const char *path, dyn_sessions_reader_t *reader,
                              dyn_sessions_t *sessions, dyn_error_t *error);
/* Each pair becomes a session, its target being the last click. */
bool dyn_sessions_read_pairs(const char *path, dyn_sessions_reader_t *reader,
                             dyn_sessions_t *sessions, dyn_error_t *error);

#endif
