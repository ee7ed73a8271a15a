/*
 * The one hash table of a snapshot, read in place: dyn_hash_row_t says how it lies in the file. Who asks hashes the key, is handed the
 * targets whose hash may be the key's, and compares the key itself. No look-up reads more than DYN_PROBES_MAX rows.
 */
#ifndef DYN_HASH_ROWS_H
#define DYN_HASH_ROWS_H

#include "engine/base/limits.h"
#include "engine/catalogue/snapshot_format.h"
#include "engine/base/types.h"

typedef struct {
    const dyn_hash_row_t *rows;
    uint64_t mask;
    uint64_t first;
    uint32_t hash_high;
    uint32_t read; /* rows read until now */
} dyn_probe_t;

/* `count` is a power of two. */
static inline dyn_probe_t dyn_probe(const dyn_hash_row_t *rows, uint64_t count, uint64_t hash)
{
    return (dyn_probe_t){rows, count - 1, hash, (uint32_t)(hash >> 32), 0};
}

/* The next target whose hash has the same upper half; false when there is none. */
static inline bool dyn_probe_next(dyn_probe_t *probe, uint32_t *target)
{
    while (probe->read < DYN_PROBES_MAX) {
        const dyn_hash_row_t *row = &probe->rows[(probe->first + probe->read++) & probe->mask];

        if (row->target == DYN_NONE) {
            return false;
        }
        if (row->hash_high == probe->hash_high) {
            *target = row->target;
            return true;
        }
    }

    return false;
}

/* How many rows that many keys need at least. */
uint64_t dyn_hash_rows_least(uint64_t keys);
void dyn_hash_rows_clear(dyn_hash_row_t *rows, uint64_t count);
/* False when the target would lie too far from its first row: the table then is to be made anew with more rows. */
bool dyn_hash_rows_put(dyn_hash_row_t *rows, uint64_t count, uint64_t hash, uint32_t target);

#endif
