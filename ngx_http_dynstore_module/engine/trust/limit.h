/*
 * Limits of a rate: leaky buckets in a table of fixed size. A bucket fills by what is taken and drains by the rate; what would fill
 * it beyond its burst is refused and fills nothing. It holds the time at which it will be empty, as the generic cell rate algorithm
 * does (ITU-T I.371): so anybody can tell an empty one, whatever the rate of those who filled it.
 *
 * The table is sets of a few buckets; a tag, a hash of who is limited, names its set. A set without an empty bucket gives up the one
 * that will be empty soonest, and whoever it limited is limited anew. No clock here, and no lock.
 */
#ifndef DYN_LIMIT_H
#define DYN_LIMIT_H

#include "engine/base/types.h"

enum {
    DYN_LIMIT_SET_BUCKETS = 4,        /* a line of memory */
    DYN_LIMIT_BURST_MAX = 1000000,    /* of the slowest rate, one an hour, 3.6 * 10^15 microseconds */
    /* without a burst said: ten seconds of the rate, and no less than one body may become */
    DYN_LIMIT_BURST_SECONDS = 10
};

typedef struct {
    uint32_t count; /* so many in per_ms; 0: no limit */
    uint32_t per_ms;
    uint32_t burst;
} dyn_rate_t;

typedef struct {
    uint64_t tag;          /* 0: nobody's */
    uint64_t empty_us;     /* when it will be empty, by a clock that only goes forward */
} dyn_bucket_t;

/* Reads "20/s,400", "600/m" or "off". False with a sentence. */
bool dyn_rate_parse(dyn_str_t text, dyn_rate_t *rate, dyn_error_t *error);

/* The bucket of the tag in its set, or the one to be given up for it. tag: not 0. */
dyn_bucket_t *dyn_bucket_find(dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS], uint64_t tag, uint64_t now_ms);
/*
 * 0: `count` more fit in; else the seconds until they do, rounded up. More than a burst at once fit into an empty bucket. A bucket
 * of another tag is as good as empty.
 */
uint32_t dyn_bucket_wait(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms, uint32_t count);
void dyn_bucket_fill(dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms, uint32_t count);

#endif
