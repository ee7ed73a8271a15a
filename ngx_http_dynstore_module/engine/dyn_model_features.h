/* What the trees see of a candidate, one column a feature. The numbers stand in snapshots: new rows go at the end. */
#ifndef DYN_MODEL_FEATURES_H
#define DYN_MODEL_FEATURES_H

#include "dyn_model_format.h"

#define DYN_MODEL_FEATURES(X)                                  \
    X(BASE)  /* share of the best candidate's blended score */ \
    X(PLACE) /* in the blended order, from 0 */

/* Trees multiply a score by e to the sum of their leaves; a leaf beyond this is no result of training. */
#define DYN_MODEL_LEAF_MAX 4.0F

#define X(name) DYN_MODEL_FEATURE_##name,
typedef enum { DYN_MODEL_FEATURES(X) DYN_MODEL_FEATURES_COUNT } dyn_model_feature_t;
#undef X

typedef struct {
    size_t count;
    float column[DYN_MODEL_FEATURES_COUNT][DYN_MODEL_RERANK_DEPTH_MAX];
} dyn_model_features_t;

#endif
