#include "engine/experiment/assign.h"

#include "engine/base/hash.h"

double dyn_experiment_hash(dyn_str_t seed, dyn_str_t value, int version)
{
    char digits[10];
    size_t at = sizeof(digits);
    uint32_t hash;

    if (version == 1) {
        return (double)(dyn_fnv1a32_more(dyn_fnv1a32(value), seed) % 1000) / 1000;
    }
    if (version != 2) {
        return -1;
    }
    hash = dyn_fnv1a32_more(dyn_fnv1a32(seed), value);
    do {
        digits[--at] = (char)('0' + hash % 10);
        hash /= 10;
    } while (hash > 0);

    return (double)(dyn_fnv1a32((dyn_str_t){digits + at, sizeof(digits) - at}) % 10000) / 10000;
}

bool dyn_in_namespace(dyn_str_t value, dyn_str_t name, double from, double until)
{
    uint32_t hash = dyn_fnv1a32_more(dyn_fnv1a32(value), DYN_STR("__"));
    double n = (double)(dyn_fnv1a32_more(hash, name) % 1000) / 1000;

    return n >= from && n < until;
}

void dyn_buckets(const double *weights, uint32_t count, double coverage, dyn_bucket_t *buckets)
{
    double equal = count > 0 ? 1.0 / count : 0, sum = 0, at = 0;

    coverage = coverage > 1 ? 1 : coverage > 0 ? coverage : 0;
    for (uint32_t i = 0; weights != NULL && i < count; i++) {
        sum += weights[i];
    }
    if (sum < 0.99 || sum > 1.01) {
        weights = NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        double weight = weights != NULL ? weights[i] : equal;

        buckets[i] = (dyn_bucket_t){at, at + coverage * weight};
        at += weight;
    }
}

int dyn_bucket_of(double n, const dyn_bucket_t *buckets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (n >= buckets[i].from && n < buckets[i].until) {
            return (int)i;
        }
    }

    return -1;
}

void dyn_experiment_value(uint64_t visitor, char value[DYN_EXPERIMENT_VALUE_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = DYN_EXPERIMENT_VALUE_BYTES; i-- > 0; visitor >>= 4) {
        value[i] = digits[visitor & 15];
    }
    value[DYN_EXPERIMENT_VALUE_BYTES] = '\0';
}
