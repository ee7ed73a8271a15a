#include "cli/base/ids.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

dyn_str_t dyn_ids_text(const dyn_ids_t *ids, uint32_t id_number)
{
    return (dyn_str_t){ids->bytes + ids->starts[id_number],
                       ids->starts[id_number + 1] - ids->starts[id_number]};
}

static uint32_t hash_of(const dyn_ids_t *ids, dyn_str_t id)
{
    return (uint32_t)XXH3_64bits_withSeed(id.data, id.len, ids->seed);
}

/* The row of the id, or the free one where it belongs. */
static size_t row_of(const dyn_ids_t *ids, dyn_str_t id, uint32_t hash)
{
    for (size_t row = hash & (ids->row_count - 1);; row = (row + 1) & (ids->row_count - 1)) {
        uint64_t value = ids->rows[row];

        if (value == 0 ||
            (value >> 32 == hash && dyn_str_equal(dyn_ids_text(ids, (uint32_t)value - 1), id))) {
            return row;
        }
    }
}

static bool grow_rows(dyn_ids_t *ids)
{
    size_t count = ids->row_count == 0 ? 1024 : ids->row_count * 2;
    uint64_t *rows = calloc(count, sizeof(uint64_t));

    if (rows == NULL) {
        return false;
    }
    if (ids->row_count == 0 && getrandom(&ids->seed, sizeof(ids->seed), 0) != sizeof(ids->seed)) {
        free(rows);
        return false;
    }

    for (size_t i = 0; i < ids->row_count; i++) {
        if (ids->rows[i] != 0) {
            size_t row = (ids->rows[i] >> 32) & (count - 1);

            while (rows[row] != 0) {
                row = (row + 1) & (count - 1);
            }

            rows[row] = ids->rows[i];
        }
    }

    free(ids->rows);
    ids->rows = rows;
    ids->row_count = count;
    return true;
}

static bool make_room(dyn_ids_t *ids, size_t length)
{
    /* also for an id without bytes: its text is somewhere */
    if (ids->bytes == NULL || ids->used + length > ids->capacity) {
        size_t capacity = (ids->used + length) * 2 + 4096;
        char *bytes = realloc(ids->bytes, capacity);

        if (bytes == NULL) {
            return false;
        }

        ids->bytes = bytes;
        ids->capacity = capacity;
    }

    if (ids->count == ids->room) {
        uint32_t room = ids->room * 2 + 1024;
        uint64_t *starts = realloc(ids->starts, (room + 1ULL) * sizeof(uint64_t));

        if (starts == NULL) {
            return false;
        }

        ids->starts = starts;
        ids->room = room;
    }

    return (size_t)ids->count * 2 < ids->row_count || grow_rows(ids);
}

uint32_t dyn_ids_add(dyn_ids_t *ids, dyn_str_t id)
{
    if (!make_room(ids, id.len)) {
        return DYN_NONE;
    }

    uint32_t hash = hash_of(ids, id);
    size_t row = row_of(ids, id, hash);

    if (ids->rows[row] != 0) {
        return (uint32_t)ids->rows[row] - 1;
    }

    memcpy(ids->bytes + ids->used, id.data, id.len);
    ids->starts[ids->count++] = ids->used;
    ids->used += id.len;
    ids->starts[ids->count] = ids->used;
    ids->rows[row] = (uint64_t)hash << 32 | ids->count;
    return ids->count - 1;
}

uint32_t dyn_ids_find(const dyn_ids_t *ids, dyn_str_t id)
{
    if (ids->row_count == 0) {
        return DYN_NONE;
    }

    uint64_t value = ids->rows[row_of(ids, id, hash_of(ids, id))];

    return value == 0 ? DYN_NONE : (uint32_t)value - 1;
}

void dyn_ids_free(dyn_ids_t *ids)
{
    free(ids->bytes);
    free(ids->starts);
    free(ids->rows);
    memset(ids, 0, sizeof(*ids));
}
