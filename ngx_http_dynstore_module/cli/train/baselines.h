/*
 * What others do, for comparison: popularity, a first-order Markov chain, VMIS-kNN (Kersbergen et al. 2022, as its Serenade
 * does it) and V-STAN (Garg et al. 2019, Ludewig et al. 2021). Made from the sessions that a snapshot's model holds; simple
 * rather than fast.
 */
#ifndef DYN_BASELINES_H
#define DYN_BASELINES_H

#include "cli/train/evaluate.h"

typedef struct dyn_baselines_s dyn_baselines_t;

typedef struct {
    uint32_t newest;     /* m: sessions that are looked at */
    uint32_t neighbours; /* k: of them those that count */
    uint32_t last;       /* items of the query that are looked at */
    uint32_t
        longest; /* sessions with more distinct items are left out; 0: than 99.5 % of them have */
} dyn_vmis_t;

/* NULL when memory is out. */
dyn_baselines_t *dyn_baselines_new(const dyn_model_t *model, dyn_vmis_t vmis);
void dyn_baselines_free(dyn_baselines_t *baselines);

/* The context of each is the dyn_baselines_t. */
size_t dyn_baseline_popularity(void *context, const uint32_t *items, size_t count, bool novel,
                               size_t want, uint32_t *list);
size_t dyn_baseline_markov(void *context, const uint32_t *items, size_t count, bool novel,
                           size_t want, uint32_t *list);
size_t dyn_baseline_vmis_knn(void *context, const uint32_t *items, size_t count, bool novel,
                             size_t want, uint32_t *list);
size_t dyn_baseline_v_stan(void *context, const uint32_t *items, size_t count, bool novel,
                           size_t want, uint32_t *list);

#endif
