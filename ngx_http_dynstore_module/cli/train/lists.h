/* Lists of the best edges, one for each owner, as the snapshot has them: `starts` and `edges`. */
#ifndef DYN_LISTS_H
#define DYN_LISTS_H

#include "engine/catalogue/snapshot_format.h"
#include "engine/base/types.h"

/* The best edges met so far: heaviest first, of equal ones the lower item first. */
typedef struct {
    dyn_edge_t *edges;
    uint32_t count;
    uint32_t room;
} dyn_top_t;

void dyn_top_offer(dyn_top_t *top, uint32_t item, float weight);

typedef struct {
    uint32_t *starts; /* owner_count + 1 */
    dyn_edge_t *edges;
    uint32_t edge_count;
} dyn_lists_t;

/*
 * Offers the edges of one owner to `top`. `scratch` holds one 0 for each item and is left so. Called from several threads, for
 * each owner once.
 */
typedef void (*dyn_list_fn)(const void *context, uint32_t owner, float *scratch, dyn_top_t *top);

/*
 * Makes a list of at most list_max edges for each owner; on `threads` threads, with the same result for any number. False when
 * memory or 32-bit numbers are out.
 */
bool dyn_lists_make(uint32_t owner_count, uint32_t item_count, uint32_t list_max, dyn_list_fn make,
                    const void *context, unsigned threads, dyn_lists_t *lists);
void dyn_lists_free(dyn_lists_t *lists);

#endif
