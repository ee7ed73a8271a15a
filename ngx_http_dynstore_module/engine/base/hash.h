/* XXH3, the hash of files and tables. Not keyed: not for values that shoppers choose or that must stay secret. */
#ifndef DYN_HASH_H
#define DYN_HASH_H

#include "engine/base/types.h"

uint64_t dyn_hash64(const void *data, size_t length);
uint64_t dyn_hash64_seeded(const void *data, size_t length, uint64_t seed);
/* The canonical (big-endian) form of XXH3-128. */
void dyn_hash128(const void *data, size_t length, uint8_t hash[16]);

#endif
