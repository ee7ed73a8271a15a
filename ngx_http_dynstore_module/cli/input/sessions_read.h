/*
 * Sessions from files: TSV with a header `SessionId ItemId Time` (tabs; Time a number or ISO 8601), or pairs, a line
 * being the prefix's items and then the target, blank-separated. gzip is inflated. Read as streams.
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
} dyn_sessions_reader_t;

/* item_count in the result is 0: the caller knows it. */
bool dyn_sessions_read_tsv(const char *path, dyn_sessions_reader_t *reader,
                           dyn_sessions_t *sessions, dyn_error_t *error);
/* Each pair becomes a session, its target being the last click. */
bool dyn_sessions_read_pairs(const char *path, dyn_sessions_reader_t *reader,
                             dyn_sessions_t *sessions, dyn_error_t *error);

#endif
