/*
 * Limits of a rate: leaky buckets in a table of fixed size. Each use fills a bucket, and the rate drains it. A use that
 * would overfill it beyond the burst is refused and adds nothing. A bucket stores the time at which it will be empty,
 * as in the generic cell rate algorithm (ITU-T I.371), so an empty one is recognized without knowing its rate.
 *
 * The table has sets of a few buckets; a tag, a hash of the limited visitor or address, selects a set. If a set has no
 * empty bucket, the one that will be empty soonest is replaced, and its owner starts again with an empty bucket. There
 * is no clock and no lock here.
 */
#ifndef DYN_LIMIT_H
#define DYN_LIMIT_H

#include "engine/base/types.h"

enum {
    DYN_LIMIT_SET_BUCKETS = 4,        /* a line of memory */
    DYN_LIMIT_BURST_MAX = 1000000,    /* at the slowest rate, one an hour, 3.6 * 10^15 microseconds */
    /* the default burst: ten seconds of the rate, and at least the entries of one body */
    DYN_LIMIT_BURST_SECONDS = 10
};

typedef struct {
    uint32_t count; /* so many in per_ms; 0: no limit */
    uint32_t per_ms;
    uint32_t burst;
} dyn_rate_t;

typedef struct {
    uint64_t tag;          /* 0: unused */
    uint64_t empty_us;     /* when it will be empty, by a monotonic clock */
} dyn_bucket_t;

/* Reads "20/s,400", "600/m" or "off". False with a sentence. */
bool dyn_rate_parse(dyn_str_t text, dyn_rate_t *rate, dyn_error_t *error);

/* Returns the tag's bucket in its set, or the bucket to replace. tag: not 0. */
dyn_bucket_t *dyn_bucket_find(dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS], uint64_t tag, uint64_t now_ms);
/*
 * Returns 0 when `count` more fit, else the seconds until they do, rounded up. An empty bucket takes more than a burst
 * at once. A bucket of another tag counts as empty.
 */
uint32_t dyn_bucket_wait(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms, uint32_t count);
void dyn_bucket_fill(dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms, uint32_t count);

#endif
