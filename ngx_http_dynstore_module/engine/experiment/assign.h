/*
 * Which variant of an experiment somebody gets: GrowthBook's assignment, so that both agree on every visitor (its SDK specification,
 * "Build your own SDK", version 0.7). Pure functions; texts are hashed by bytes, so ids should be ASCII.
 */
#ifndef DYN_ASSIGN_H
#define DYN_ASSIGN_H

#include "engine/base/types.h"

enum {
    DYN_EXPERIMENT_VARIANTS_MAX = 16,
    /* Hex digits of a visitor's number: what is hashed, and what begins the visitor's hash in Redis. */
    DYN_EXPERIMENT_VALUE_BYTES = 16
};

/*
 * Where the value falls, in [0, 1). version 2: fnv1a32(decimal(fnv1a32(seed + value))) % 10000 / 10000. version 1:
 * fnv1a32(value + seed) % 1000 / 1000. Below 0: there is no such version.
 */
double dyn_experiment_hash(dyn_str_t seed, dyn_str_t value, int version);

/* Whether fnv1a32(value + "__" + name) % 1000 / 1000 is in [from, until). */
bool dyn_in_namespace(dyn_str_t value, dyn_str_t name, double from, double until);

/* [from, until) of a variant. */
typedef struct {
    double from, until;
} dyn_bucket_t;

/*
 * A bucket for each weight: the first begins at 0, each begins where the whole weight of the one before ends, and is as long as its
 * weight's share `coverage` (kept within 0..1). Weights whose sum is not within 0.99..1.01 count as equal; NULL: they are.
 */
void dyn_buckets(const double *weights, uint32_t count, double coverage, dyn_bucket_t *buckets);

/* The bucket that n is in, or -1. */
int dyn_bucket_of(double n, const dyn_bucket_t *buckets, uint32_t count);

/* The value of a visitor by its number (dyn_context_t.visitor): 16 small hex digits, terminated. */
void dyn_experiment_value(uint64_t visitor, char value[DYN_EXPERIMENT_VALUE_BYTES + 1]);

#endif
