/*
 * A GrowthBook payload (what GET /api/features/KEY answers): its features, and the value that each has for a visitor. It follows GrowthBook's
 * SDK specification (docs/lib/build-your-own.mdx, version 0.7): rule order, prerequisites, filters, namespaces, forced rollouts, ranges,
 * holdouts (passthrough), contextual bandits, saved groups. hashVersion is 1 where a rule says none, and 2 where a filter says none.
 *
 * Sticky buckets need a store that the edge does not have: fallbackAttribute, bucketVersion and minBucketVersion are passed over, as an
 * SDK without such a store does. What only a browser can do (`experiments` with changes of the page's DOM, redirects) is passed over, too.
 *
 * A rule that cannot be evaluated as it is meant is left out, and told of by dyn_features_left_out(): the rules behind it decide.
 */
#ifndef DYN_FEATURES_H
#define DYN_FEATURES_H

#include "engine/experiment/value.h"

enum {
    /* A payload with saved groups of some ten thousand ids. */
    DYN_FEATURES_BYTES_MAX = 1 << 22,
    /* Rules that one evaluation may look at, those of prerequisites with them. */
    DYN_FEATURES_STEPS_MAX = 1024,
    /* Prerequisites of prerequisites. */
    DYN_FEATURES_DEPTH_MAX = 32
};

/* Why a feature has its value. X(constant, GrowthBook's word) */
#define DYN_FEATURE_ORIGINS(X)                                                                                         \
    X(UNKNOWN, "unknownFeature")                                                                                       \
    X(DEFAULT, "defaultValue")                                                                                         \
    X(FORCE, "force")                                                                                                  \
    X(EXPERIMENT, "experiment")                                                                                        \
    X(PREREQUISITE, "prerequisite") /* a gate was shut: the value is null */                                           \
    X(CYCLE, "cyclicPrerequisite")  /* it needs itself, or more than the limits above allow: the value is null */

#define X(c, n) DYN_FEATURE_##c,
typedef enum { DYN_FEATURE_ORIGINS(X) DYN_FEATURE_ORIGINS_COUNT } dyn_feature_origin_t;
#undef X

typedef struct {
    const dyn_value_t *value; /* never NULL; of the payload */
    dyn_feature_origin_t origin;
    dyn_str_t rule;           /* the id of the rule that decided; empty: none, or it has none */
    /* With DYN_FEATURE_EXPERIMENT: */
    dyn_str_t experiment;     /* its key */
    dyn_str_t variation;      /* the variation's key: as the payload names it, else its number */
    uint32_t number;          /* from 0 */
    double bucket;            /* where the visitor fell */
} dyn_feature_result_t;

typedef struct dyn_features_s dyn_features_t;

/* A rule that is left out. */
typedef struct {
    dyn_str_t feature, id; /* id: empty: it has none */
    uint32_t number;       /* of the rule in the feature, from 1 */
    dyn_str_t why;         /* a sentence: "the operator "$near" is not known" */
} dyn_left_out_t;

/*
 * name: of the file, for sentences. *features lives in the arena; dyn_features_free() frees what does not. False with a sentence: the
 * text is no payload, or an encrypted one.
 */
bool dyn_features_read(const char *name, dyn_str_t text, dyn_arena_t *arena, dyn_features_t **features, dyn_error_t *error);
/* NULL is allowed. */
void dyn_features_free(dyn_features_t *features);

/* Numbers of features rise with their keys, from 0. */
uint32_t dyn_features_count(const dyn_features_t *features);
dyn_str_t dyn_features_key(const dyn_features_t *features, uint32_t feature);
/* DYN_NONE: there is none with that key. */
uint32_t dyn_features_find(const dyn_features_t *features, dyn_str_t key);
uint32_t dyn_features_left_out_count(const dyn_features_t *features);
/* NULL: there are not so many. */
const dyn_left_out_t *dyn_features_left_out(const dyn_features_t *features, uint32_t i);

/*
 * The value of a feature for somebody with these attributes (an object; `id` is who it is). feature: DYN_NONE gives null. arena: scratch;
 * the result does not live in it. Pure.
 */
dyn_feature_result_t dyn_features_value(const dyn_features_t *features, uint32_t feature, const dyn_value_t *attributes,
                                        dyn_arena_t *arena);

#endif
