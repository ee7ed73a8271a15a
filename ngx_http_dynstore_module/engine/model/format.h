/*
 * The ranking model as it stands in a snapshot: a handful of sections, little-endian, each 8-byte aligned.
 *
 * Items are the snapshot's item numbers; sessions are numbered in order of time, oldest first; a click is a place in
 * the array of all sessions' items. Nothing here is a pointer. docs/model.md says what each number means.
 */
#ifndef DYN_MODEL_FORMAT_H
#define DYN_MODEL_FORMAT_H

#include "engine/base/types.h"

/* Limits of the format; attach refuses a file beyond them, so that a query's cost is bounded. */
enum {
    DYN_MODEL_VERSION = 1,
    /* Clicks of the query that are looked at, newest first. */
    DYN_MODEL_QUERY_CLICKS_MAX = 50,
    DYN_MODEL_KNN_ITEMS_MAX = 8,
    /* Newest sessions kept for one item. */
    DYN_MODEL_POSTINGS_MAX = 500,
    DYN_MODEL_NEIGHBOURS_MAX = 100,
    DYN_MODEL_REACH_MAX = 40,
    /* A longer session is cut to its newest clicks: bounds the search for a neighbour's anchor. */
    DYN_MODEL_SESSION_CLICKS_MAX = 200,
    DYN_MODEL_EDGES_MAX = 32,
    DYN_MODEL_WALK_ITEMS_MAX = 8,
    DYN_MODEL_WALK_WIDTH_MAX = 40,
    /* The repeat table: clicks since, occurrences, prefix length. */
    DYN_MODEL_REPEAT_DISTANCES = 12,
    DYN_MODEL_REPEAT_COUNTS = 3,
    DYN_MODEL_REPEAT_LENGTHS = 6,
    /* Candidates that the trees reorder, and the trees. */
    DYN_MODEL_RERANK_DEPTH_MAX = 128,
    DYN_MODEL_TREES_MAX = 400,
    DYN_MODEL_TREE_DEPTH = 6,
    /* Different thresholds that one feature is compared with. */
    DYN_MODEL_THRESHOLDS_MAX = 127
};

/* Every number of the model's formulas. `dynstore tune` writes them to a file, `dynstore build` copies them here. */
#define DYN_MODEL_PARAMETERS(X)             \
    X(uint32_t, knn_items, 5)               \
    X(uint32_t, knn_sessions_per_item, 150) \
    X(uint32_t, knn_neighbours, 80)         \
    X(uint32_t, knn_reach, 16)              \
    X(float, knn_click_decay, 7.0F)         \
    X(float, knn_age_decay, 1.0F)           \
    X(float, knn_length_power, 0.5F)        \
    X(float, knn_position_decay, 2.3F)      \
    X(uint32_t, graph_occurrences, 2000)    \
    X(uint32_t, graph_forward_reach, 19)    \
    X(uint32_t, graph_backward_reach, 20)   \
    X(uint32_t, graph_edges, 32)            \
    X(float, graph_age_decay, 0.5F)         \
    X(float, graph_distance_power, 1.6F)    \
    X(float, graph_backward, 0.65F)         \
    X(float, graph_count_power, 0.25F)      \
    X(uint32_t, walk_items, 4)              \
    X(uint32_t, walk_width, 40)             \
    X(uint32_t, walk_edges, 32)             \
    X(float, walk_click_decay, 1.0F)        \
    X(float, walk_one_step, 0.17F)          \
    X(float, blend_walk, 2.0F)              \
    X(float, prior_idf_floor, 0.1F)         \
    X(float, prior_age_floor, 0.01F)        \
    X(float, prior_age_power, 0.2F)         \
    X(float, repeat_sessions, 0.3F)         \
    X(float, repeat_keep_last, 0.6F)        \
    X(float, repeat_keep, 0.45F)            \
    X(float, repeat_weight, 1.3F)           \
    X(float, repeat_smoothing, 30.0F)       \
    X(float, repeat_item_smoothing, 10.0F)  \
    X(uint32_t, rerank_depth, 48)           \
    X(uint32_t, rerank_trees, 80)           \
    X(uint32_t, rerank_queries, 60000)      \
    X(float, rerank_tail, 0.15F)            \
    X(float, rerank_rate, 0.25F)

#define X(type, name, value) type name;
typedef struct {
    DYN_MODEL_PARAMETERS(X)
} dyn_model_parameters_t;
#undef X

/* The sections, in the order in which they stand in dyn_model_sections_t. X(constant, name in errors) */
#define DYN_MODEL_SECTIONS(X)                                                                 \
    X(HEADER, "model_header") /* dyn_model_header_t */                                        \
    X(ITEMS, "model_items")   /* dyn_model_item_t[items] */                                   \
    X(SESSION_STARTS,                                                                         \
      "model_session_starts") /* uint32_t[sessions + 1]: first click of each session */       \
    X(SESSION_WEIGHTS,                                                                        \
      "model_session_weights") /* uint16_t[sessions]: exp(-age) * length^-0.5, of 65535 */    \
    X(SESSION_ITEMS, "model_session_items") /* uint32_t[clicks] */                            \
    X(POSTING_STARTS,                                                                         \
      "model_posting_starts") /* uint32_t[items + 1]: first byte of each item's postings */   \
    X(POSTINGS,                                                                               \
      "model_postings") /* an item's sessions, newest first: the number, then gaps, varint */ \
    X(EDGE_STARTS, "model_edge_starts")   /* uint32_t[items + 1] */                           \
    X(EDGE_ITEMS, "model_edge_items")     /* uint32_t[edges], heaviest first */               \
    X(EDGE_WEIGHTS, "model_edge_weights") /* uint16_t[edges], of 65535 */                     \
    X(TREES, "model_trees")               /* dyn_model_tree_t[trees] */

#define X(c, n) DYN_MODEL_SECTION_##c,
typedef enum { DYN_MODEL_SECTIONS(X) DYN_MODEL_SECTIONS_COUNT } dyn_model_section_t;
#undef X

typedef struct {
    uint32_t version;
    uint32_t item_count;
    uint32_t session_count;
    uint32_t click_count;
    uint32_t edge_count;
    uint32_t tree_count;
    /* Seconds since 1970, or whatever the training data's clock counts. */
    double time_first;
    double time_last;
    dyn_model_parameters_t parameters;
    /* Probability that the next click is the item: by clicks since its last, times seen, prefix length. */
    float repeats[DYN_MODEL_REPEAT_DISTANCES][DYN_MODEL_REPEAT_COUNTS][DYN_MODEL_REPEAT_LENGTHS];
} dyn_model_header_t;

typedef struct {
    /* max(idf, floor) * (age + floor)^-power; 0 for an item without a session. */
    float prior;
    /* How much more than the average item this one is clicked again: at once, and later. */
    float repeat_at_once;
    float repeat_later;
    /* Sessions that contain the item; of them those in the newest tenth. */
    uint32_t session_count;
    uint32_t recent_count;
    /* 0: in the newest session; 1: as old as the oldest. */
    float age;
} dyn_model_item_t;

/* A tree that asks the same question on all nodes of a level: six comparisons make the number of a leaf. */
typedef struct {
    uint32_t features[DYN_MODEL_TREE_DEPTH];
    /* Bit k of the leaf's number is set when feature k is greater than threshold k. */
    float thresholds[DYN_MODEL_TREE_DEPTH];
    float leaves[1 << DYN_MODEL_TREE_DEPTH];
} dyn_model_tree_t;

#endif
