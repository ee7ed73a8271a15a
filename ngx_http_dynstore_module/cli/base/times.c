#include "cli/base/times.h"

#include <stdlib.h>
#include <string.h>

static const int64_t hour_ms = 3600000, day_ms = 86400000;

static size_t find_row(const dyn_times_hour_t *rows, size_t row_count, int64_t hour)
{
    size_t row = (size_t)((uint64_t)hour * 0x9e3779b97f4a7c15U >> 20) & (row_count - 1);

    while (rows[row].hour != hour && rows[row].hour != -1) {
        row = (row + 1) & (row_count - 1);
    }

    return row;
}

static bool grow(dyn_times_t *times)
{
    size_t row_count = times->row_count == 0 ? 1024 : times->row_count * 2;
    dyn_times_hour_t *rows = malloc(row_count * sizeof(*rows));

    if (rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < row_count; i++) {
        rows[i].hour = -1;
    }
    for (size_t i = 0; i < times->row_count; i++) {
        if (times->rows[i].hour != -1) {
            rows[find_row(rows, row_count, times->rows[i].hour)] = times->rows[i];
        }
    }
    free(times->rows);
    times->rows = rows;
    times->row_count = row_count;
    times->last = 0;

    return true;
}

static void keep_place(dyn_times_t *times, dyn_times_place_t place)
{
    size_t oldest = 0;

    if (times->newest_count < DYN_FUTURE_SAID_MAX) {
        times->newest[times->newest_count++] = place;
        return;
    }
    for (size_t i = 1; i < DYN_FUTURE_SAID_MAX; i++) {
        oldest = times->newest[i].time_ms < times->newest[oldest].time_ms ? i : oldest;
    }
    if (place.time_ms > times->newest[oldest].time_ms) {
        times->newest[oldest] = place;
    }
}

bool dyn_times_add(dyn_times_t *times, int64_t time_ms, const char *file, uint64_t line)
{
    int64_t hour = time_ms / hour_ms;

    if (times->latest_ms != 0 && time_ms > times->latest_ms) {
        times->set_aside++;
        keep_place(times, (dyn_times_place_t){time_ms, file, line});
        return true;
    }
    if (times->used * 4 >= times->row_count * 3 && !grow(times)) {
        return false;
    }
    /* events come in order, mostly */
    if (times->rows[times->last].hour != hour) {
        times->last = find_row(times->rows, times->row_count, hour);
    }

    dyn_times_hour_t *row = &times->rows[times->last];

    if (row->hour == -1) {
        *row = (dyn_times_hour_t){hour, 0, time_ms, time_ms};
        times->used++;
    }
    row->count++;
    row->oldest_ms = time_ms < row->oldest_ms ? time_ms : row->oldest_ms;
    row->newest_ms = time_ms > row->newest_ms ? time_ms : row->newest_ms;
    times->count++;
    keep_place(times, (dyn_times_place_t){time_ms, file, line});

    return true;
}

static int newest_first(const void *left, const void *right)
{
    const dyn_times_hour_t *a = left, *b = right;

    return (a->hour < b->hour) - (a->hour > b->hour);
}

/* Whether so many times, after a gap so long, are too few to be believed. */
static bool unbelievable(uint64_t beyond, uint64_t count, int64_t gap_ms)
{
    uint64_t lone =
        count < DYN_FUTURE_LONE_MIN_TIMES ? 0 : 1 + count * DYN_FUTURE_LONE_PER_MILLE / 1000;
    uint64_t few = count * DYN_FUTURE_FEW_PER_CENT / 100;

    few = few < DYN_FUTURE_FEW_MIN ? DYN_FUTURE_FEW_MIN : few;

    return (gap_ms > DYN_FUTURE_GAP_MS && beyond <= lone) ||
           (gap_ms > DYN_FUTURE_FAR_GAP_DAYS * day_ms && beyond <= few && beyond < count - beyond);
}

/* How many of the rows, which are in order, hold what is set aside. */
static size_t rows_set_aside(const dyn_times_t *times)
{
    uint64_t beyond = 0;
    size_t rows = 0;

    for (size_t i = 0; i + 1 < times->used; i++) {
        beyond += times->rows[i].count;
        if (unbelievable(beyond, times->count,
                         times->rows[i].oldest_ms - times->rows[i + 1].newest_ms)) {
            rows = i + 1;
        }
    }

    return rows;
}

int64_t dyn_times_as_of(dyn_times_t *times)
{
    size_t used = 0, first;

    for (size_t i = 0; i < times->row_count; i++) {
        if (times->rows[i].hour != -1) {
            times->rows[used++] = times->rows[i];
        }
    }
    if (used == 0) {
        return 0;
    }
    qsort(times->rows, used, sizeof(*times->rows), newest_first);

    first = times->latest_ms == 0 ? rows_set_aside(times) : 0;
    for (size_t i = 0; i < first; i++) {
        times->set_aside += times->rows[i].count;
    }

    return times->rows[first].newest_ms;
}

void dyn_times_free(dyn_times_t *times)
{
    free(times->rows);
    memset(times, 0, sizeof(*times));
}
