#include "engine/base/hash.h"

#include <string.h>

/* header-only: the module needs no further library at run time */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint32_t dyn_fnv1a32(dyn_str_t text)
{
    return dyn_fnv1a32_more(2166136261U, text);
}

uint32_t dyn_fnv1a32_more(uint32_t hash, dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (uint8_t)text.data[i]) * 16777619U;
    }

    return hash;
}

uint64_t dyn_hash64(const void *data, size_t length)
{
    return XXH3_64bits(data, length);
}

uint64_t dyn_hash64_seeded(const void *data, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, length, seed);
}

void dyn_hash128(const void *data, size_t length, uint8_t hash[16])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, length));
    memcpy(hash, canonical.digest, 16);
}
