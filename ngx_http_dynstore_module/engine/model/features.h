/* What the trees see of a candidate, one column a feature. The numbers stand in snapshots: new rows go at the end. */
#ifndef DYN_MODEL_FEATURES_H
#define DYN_MODEL_FEATURES_H

#include "engine/model/format.h"

#define DYN_MODEL_FEATURES(X)                                                                         \
    X(BASE)       /* blended score, as a share of the best candidate's */                             \
    X(PLACE)      /* in the blended order, from 0 */                                                  \
    X(BASE_ABOVE) /* blended score, as a share of that of the candidate one place better */           \
    X(KNN)        /* score A, as a share of the greatest */                                           \
    X(KNN_AFTER)  /* share of A from places after the anchor */                                       \
    X(KNN_NEXT)   /* share of A from the place right after the anchor */                              \
    X(KNN_BEST) /* greatest weight of a neighbour with the item, as a share of the greatest of all */ \
    X(NEIGHBOURS)       /* places in neighbours that hold the item */                                 \
    X(WALK)             /* score B, as a share of the greatest */                                     \
    X(ONE_STEP)         /* the walk's first step, as a share of the greatest */                       \
    X(EDGE_LAST)        /* edge from the last item of the query */                                    \
    X(EDGE_PREVIOUS)    /* edge from the distinct item before it */                                   \
    X(EDGE_BACK)        /* edge from the candidate to the last item */                                \
    X(LINKS)            /* of the walk's start items, how many have an edge to it */                  \
    X(AGE)              /* of the item's newest session */                                            \
    X(SESSIONS)         /* that hold the item */                                                      \
    X(RECENT)           /* share of them in the newest tenth */                                       \
    X(SESSIONS_TO_LAST) /* sessions of the item over those of the last item */                        \
    X(DISTANCE)         /* clicks since its last place in the query; 255: not in it */                \
    X(OCCURRENCES)      /* in the query */                                                            \
    X(REPEAT_ITEM)      /* the item's own factor of the repeat rate that applies */                   \
    X(REPEAT)           /* what repeats added, as a share of its score */                             \
    X(LENGTH)           /* clicks of the query */                                                     \
    X(DISTINCT)         /* items of the query */                                                      \
    X(LAST_SESSIONS)    /* sessions that hold the last item */                                        \
    X(LAST_REPEAT)      /* the last item's own factor of immediate repeats */                         \
    X(TOUCHED)          /* sessions that share an item with the query */                              \
    X(BEST_BASE)        /* the best candidate's score: how sure the blend is */                       \
    X(SEEN_SHARE)       /* share of the scores that fell to items of the query */                     \
    X(EDGES_TO)         /* sum of the edges from all items of the query */                            \
    X(EDGES_BACK)       /* sum of the candidate's edges to items of the query */                      \
    X(LINKS_BACK)       /* how many they are */

#define X(name) DYN_MODEL_FEATURE_##name,
typedef enum { DYN_MODEL_FEATURES(X) DYN_MODEL_FEATURES_COUNT } dyn_model_feature_t;
#undef X

/* Trees multiply a score by e to the sum of their leaves; a leaf beyond this is no result of training. */
#define DYN_MODEL_LEAF_MAX 4.0F

/* Columns are 0 from count up to this, so that whole vectors can be read. */
#define DYN_MODEL_PADDED(count) (((count) + 63) & ~(size_t)63)

typedef struct {
    size_t count;
    float column[DYN_MODEL_FEATURES_COUNT][DYN_MODEL_RERANK_DEPTH_MAX];
} dyn_model_features_t;

/* Whether a feature is the same for all candidates of a query. */
static inline bool dyn_model_feature_of_query(size_t feature)
{
    return feature >= DYN_MODEL_FEATURE_LENGTH && feature <= DYN_MODEL_FEATURE_SEEN_SHARE;
}

/* A tree's questions: is the value's place among the feature's thresholds greater than this one? The place stands in each byte. */
typedef struct {
    uint32_t places[DYN_MODEL_TREE_DEPTH];
    uint8_t features[DYN_MODEL_TREE_DEPTH];
} dyn_model_asked_t;

typedef struct {
    /* Of each feature from its start to the next one's, rising, all different. */
    float thresholds[DYN_MODEL_TREES_MAX * DYN_MODEL_TREE_DEPTH];
    uint16_t starts[DYN_MODEL_FEATURES_COUNT + 1];
    dyn_model_asked_t asked[DYN_MODEL_TREES_MAX];
} dyn_model_questions_t;

/* Returns DYN_MODEL_FEATURES_COUNT, or the first feature that has more than DYN_MODEL_THRESHOLDS_MAX different thresholds. */
uint32_t dyn_model_number_questions(dyn_model_questions_t *questions, const dyn_model_tree_t *trees,
                                    uint32_t count);

#endif
