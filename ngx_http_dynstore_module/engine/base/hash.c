#include "engine/base/hash.h"

#include <string.h>

/* header-only: the module needs no further library at run time */
#define XXH_INLINE_ALL
#include <xxhash.h>

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
