/* Whether the ids that events name are ids of the catalogue: how many events found their item, and what ids the others name. */
#ifndef DYN_JOIN_H
#define DYN_JOIN_H

#include "cli/input/catalog.h"

enum { DYN_JOIN_SHOWN = 5, DYN_JOIN_WARN_PERCENT = 95 };

typedef struct {
    uint64_t events, found;
} dyn_join_count_t;

/* Zero at first but for catalog_items; free with dyn_join_free(). */
typedef struct {
    uint32_t
        catalog_items; /* items of the catalogue come first: those from this number on are known from events alone */
    dyn_join_count_t all;
    dyn_join_count_t *files; /* in the order of dyn_join_file() */
    size_t file_count;
    uint64_t *unknown; /* events by item, from catalog_items on */
    uint32_t unknown_count, unknown_room;
} dyn_join_t;

typedef struct {
    uint32_t item;
    uint64_t events;
} dyn_join_unknown_t;

/* What follows is of another file. False: no memory, as below. */
bool dyn_join_file(dyn_join_t *join);
/* An event of this item. */
bool dyn_join_take(dyn_join_t *join, uint32_t item);
/* The unknown items that most events name, most frequent first; of equal ones the first met. Returns how many. */
size_t dyn_join_unknown(const dyn_join_t *join, dyn_join_unknown_t unknown[DYN_JOIN_SHOWN]);
/* Whether so few events found their item that somebody has to look. */
bool dyn_join_poor(const dyn_join_count_t *count);
/* What the unknown ids look like, what the catalogue's look like, and what to do about it. */
void dyn_join_advice(const dyn_join_t *join, const dyn_catalog_t *catalog, dyn_error_t *advice);
void dyn_join_free(dyn_join_t *join);

#endif
