/* Arrays that grow by doubling. */
#ifndef DYN_GROW_H
#define DYN_GROW_H

#include <stdlib.h>

#include "engine/base/types.h"

/* Makes room for `count` more elements in an array of 32-bit numbered elements; false when memory or numbers are out. */
static inline bool dyn_grow(void **array, uint32_t used, uint32_t *room, uint32_t count,
                            size_t size)
{
    uint64_t wanted = (uint64_t)used + count, doubled = (uint64_t)*room * 2 + 64;

    if (wanted <= *room) {
        return true;
    }
    if (wanted >= DYN_NONE) {
        return false;
    }
    if (wanted < doubled) {
        wanted = doubled < DYN_NONE ? doubled : DYN_NONE - 1;
    }

    void *grown = realloc(*array, (size_t)wanted * size);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *room = (uint32_t)wanted;

    return true;
}

#endif
