/* Ids to numbers, in the order in which they are first met. */
#ifndef DYN_IDS_H
#define DYN_IDS_H

#include "engine/base/types.h"

typedef struct {
    char *bytes;
    size_t used;
    size_t capacity;
    uint64_t *starts; /* count + 1 */
    uint32_t count;
    uint32_t room;
    uint64_t *rows; /* upper half: hash; lower: number + 1 */
    size_t row_count;
    uint64_t seed; /* random: ids that others chose do not collide; no number depends on it */
} dyn_ids_t;

/* DYN_NONE when memory is out. */
uint32_t dyn_ids_add(dyn_ids_t *ids, dyn_str_t id);
/* DYN_NONE when it was never added. */
uint32_t dyn_ids_find(const dyn_ids_t *ids, dyn_str_t id);
dyn_str_t dyn_ids_text(const dyn_ids_t *ids, uint32_t id_number);
void dyn_ids_free(dyn_ids_t *ids);

#endif
