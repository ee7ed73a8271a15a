/* XXH3, the hash of files and tables, and FNV-1a. Not keyed: not for values that shoppers choose or that must stay secret. */
#ifndef DYN_HASH_H
#define DYN_HASH_H

#include "engine/base/types.h"

/* FNV-1a of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/), for what others must be able to compute; the second goes on with a hash. */
uint32_t dyn_fnv1a32(dyn_str_t text);
uint32_t dyn_fnv1a32_more(uint32_t hash, dyn_str_t text);

uint64_t dyn_hash64(const void *data, size_t length);
uint64_t dyn_hash64_seeded(const void *data, size_t length, uint64_t seed);
/* The canonical (big-endian) form of XXH3-128. */
void dyn_hash128(const void *data, size_t length, uint8_t hash[16]);

#endif
