/*
 * Limits of a rate: leaky buckets in a table of fixed size. A bucket fills by what is taken and drains by the rate; what would fill
 * it beyond its burst is refused and fills nothing.
 *
 * The table is sets of a few buckets; a tag, a hash of who is limited, names its set. A full set gives up the bucket that has
 * drained most, which is the one that limits least: who floods is not forgotten. No clock here, and no lock.
 */
#ifndef DYN_LIMIT_H
#define DYN_LIMIT_H

#include "engine/base/types.h"

enum {
    DYN_LIMIT_SET_BUCKETS = 4,        /* a line of memory */
    DYN_LIMIT_BURST_MAX = 1000000,    /* times 1000 fits 32 bits with room for one body's entries */
    /* without a burst said: ten seconds of the rate, and no less than one body may become */
    DYN_LIMIT_BURST_SECONDS = 10
};

typedef struct {
    uint32_t count; /* so many in per_ms; 0: no limit */
    uint32_t per_ms;
    uint32_t burst;
} dyn_rate_t;

typedef struct {
    uint64_t tag;          /* 0: empty */
    uint32_t level_milli;  /* as of last_ms, in thousandths of one */
    uint32_t last_ms;      /* of a clock that only goes forward, cut to 32 bits */
} dyn_bucket_t;

/* Reads "20/s,400", "600/m" or "off". False with a sentence. */
bool dyn_rate_parse(dyn_str_t text, dyn_rate_t *rate, dyn_error_t *error);

/* The bucket of the tag in its set, or the one to be given up for it. tag: not 0. */
dyn_bucket_t *dyn_bucket_find(dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS], uint64_t tag, const dyn_rate_t *rate, uint32_t now_ms);
/*
 * 0: `count` more fit in; else the seconds until they do, rounded up. More than a burst at once fit into an empty bucket. A bucket
 * of another tag is as good as empty.
 */
uint32_t dyn_bucket_wait(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint32_t now_ms, uint32_t count);
void dyn_bucket_fill(dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint32_t now_ms, uint32_t count);

#endif
