#include "engine/catalogue/hash_rows.h"

uint64_t dyn_hash_rows_least(uint64_t keys)
{
    uint64_t count = 1;

    while (keys * 4 > count * 3) {
        count *= 2;
    }

    return count;
}

void dyn_hash_rows_clear(dyn_hash_row_t *rows, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        rows[i] = (dyn_hash_row_t){0, DYN_NONE};
    }
}

bool dyn_hash_rows_put(dyn_hash_row_t *rows, uint64_t count, uint64_t hash, uint32_t target)
{
    for (uint64_t i = 0; i < DYN_PROBES_MAX; i++) {
        dyn_hash_row_t *row = &rows[(hash + i) & (count - 1)];

        if (row->target == DYN_NONE) {
            *row = (dyn_hash_row_t){(uint32_t)(hash >> 32), target};
            return true;
        }
    }

    return false;
}
