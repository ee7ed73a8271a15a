/* The best k of any number without sorting all: scores and numbers packed into one integer, so that order is total. */
#ifndef DYN_MODEL_KEYS_H
#define DYN_MODEL_KEYS_H

#include "engine/base/types.h"

#include <string.h>

/* Greater score first, then lower index. The score must not be negative or NaN. */
static inline uint64_t dyn_model_key(float score, uint32_t index)
{
    uint32_t bits;

    memcpy(&bits, &score, sizeof(bits));
    return (uint64_t)bits << 32 | (uint32_t)~index;
}

static inline uint32_t dyn_model_key_number(uint64_t key)
{
    return ~(uint32_t)key;
}

static inline float dyn_model_key_score(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    float score;

    memcpy(&score, &bits, sizeof(score));
    return score;
}

/* Moves the k greatest keys to the front, in no order. */
void dyn_model_select_keys(uint64_t *keys, size_t count, size_t k);
/* Greatest first. */
void dyn_model_sort_keys(uint64_t *keys, size_t count);

#endif
