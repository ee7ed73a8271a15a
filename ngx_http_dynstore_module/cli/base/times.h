/*
 * What time it is for a snapshot: not the newest event, which may come from a device whose clock is wrong, but the newest one that
 * is not set aside as being in the future. No clock is asked, so that the same input gives the same bytes.
 */
#ifndef DYN_TIMES_H
#define DYN_TIMES_H

#include "engine/base/types.h"

enum {
    /* Clocks of honest machines differ by less. */
    DYN_FUTURE_TOLERANCE_MS = 5 * 60 * 1000,
    /*
     * Set aside are the newest times, when few of them stand alone behind a gap: up to 1 in 1000 (and the one in files of at least
     * 100) behind a day without any, which a shop with so many events does not have; up to 1 in 100 or 10, and less than half,
     * behind 30 days without any.
     */
    DYN_FUTURE_GAP_MS = 24 * 60 * 60 * 1000,
    DYN_FUTURE_LONE_PER_MILLE = 1,
    DYN_FUTURE_LONE_MIN_TIMES = 100,
    DYN_FUTURE_FAR_GAP_DAYS = 30,
    DYN_FUTURE_FEW_PER_CENT = 1,
    DYN_FUTURE_FEW_MIN = 10,
    /* How many of those set aside are said with file and line. */
    DYN_FUTURE_SAID_MAX = 8
};

typedef struct {
    int64_t hour; /* since 1970; -1: an empty row */
    uint64_t count;
    int64_t oldest_ms, newest_ms;
} dyn_times_hour_t;

typedef struct {
    int64_t time_ms;
    const char *file;
    uint64_t line;
} dyn_times_place_t;

/* Times, counted by hour. Zero at first but for latest_ms. */
typedef struct {
    int64_t latest_ms; /* what lies after it is set aside at once; 0: the times themselves say what is in the future */
    uint64_t set_aside;
    dyn_times_hour_t *rows; /* a hash table, row_count a power of two */
    size_t row_count, used, last;
    uint64_t count;
    dyn_times_place_t newest[DYN_FUTURE_SAID_MAX]; /* in any order */
    size_t newest_count;
} dyn_times_t;

/* False when memory is out. `file` must stay. */
bool dyn_times_add(dyn_times_t *times, int64_t time_ms, const char *file, uint64_t line);
/* The newest time that counts; those after it are in set_aside. 0 when there is none. Nothing can be added afterwards. */
int64_t dyn_times_as_of(dyn_times_t *times);
void dyn_times_free(dyn_times_t *times);

#endif
