/*
 * What records are compared with: the bins of each feature, and how much is in them. `dynstore build` writes those of the training
 * window into the section "reference" of the snapshot, as JSON; docs/snapshot-format.md.
 */
#ifndef DYN_DRIFT_REFERENCE_H
#define DYN_DRIFT_REFERENCE_H

#include <jansson.h>

#include "cli/drift/features.h"

typedef struct {
    uint32_t shoppers; /* 0: the reference does not tell this feature */
    dyn_bins_t bins;
} dyn_reference_feature_t;

/* Zero at first. */
typedef struct {
    dyn_reference_feature_t features[DYN_DRIFT_FEATURES_COUNT];
    int64_t from_ms, until_ms; /* the oldest and the newest page */
    json_t *root;              /* holds the names of what was read */
} dyn_reference_t;

/* Bins of a population, which must stay as long as they do. False when memory is out. */
bool dyn_reference_make(const dyn_population_t *population, dyn_reference_t *reference);
/* The section's text, for free(); the same of the same population. NULL when memory is out. */
char *dyn_reference_text(const dyn_reference_t *reference);
/* Reads the text; features that this version does not know are skipped. False with a sentence. */
bool dyn_reference_read(dyn_str_t text, dyn_reference_t *reference, dyn_error_t *error);
void dyn_reference_free(dyn_reference_t *reference);

#endif
