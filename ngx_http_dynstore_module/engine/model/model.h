/*
 * The ranking model: given what a session clicked, which items come next.
 *
 * Neighbour sessions, a two-step walk on the item graph, priors, learned repeats, and trees that reorder the best
 * candidates; docs/model.md has the formulas. A query is a pure function of model and clicks: it allocates nothing,
 * and its cost is bounded by the limits of engine/model/format.h whatever the session.
 */
#ifndef DYN_MODEL_H
#define DYN_MODEL_H

#include "engine/model/features.h"

enum { DYN_MODEL_RESULTS_MAX = 256 };

/* The sections as they lie in the mapped file, 8-byte aligned; lengths in bytes. All lengths 0: no model. */
typedef struct {
    struct {
        const void *data;
        size_t length;
    } section[DYN_MODEL_SECTIONS_COUNT];
} dyn_model_sections_t;

/* What places of neighbour sessions add to their item: of the neighbours' weights, in all, when behind the anchor, when next to it; and
 * how many they are, the anchor itself being none. Four numbers that are added at once. */
typedef struct {
    float all;
    float after;
    float next;
    float places;
} dyn_model_shares_t;

/* A model ready for queries: pointers into the sections, which must outlive it, and small tables. Read-only. */
typedef struct {
    const dyn_model_header_t *header;
    const dyn_model_item_t *items;
    const uint32_t *session_starts;
    const uint16_t *session_weights;
    const uint32_t *session_items;
    const uint32_t *posting_starts;
    const uint8_t *postings;
    const uint32_t *edge_starts;
    const uint32_t *edge_items;
    const uint16_t *edge_weights;
    const dyn_model_tree_t *trees;
    dyn_model_questions_t questions;
    float click_decay[DYN_MODEL_QUERY_CLICKS_MAX];
    float walk_decay[DYN_MODEL_QUERY_CLICKS_MAX];
    /* By distance from the anchor, which is in the middle. */
    dyn_model_shares_t position_decay[2 * DYN_MODEL_REACH_MAX + 1];
} dyn_model_t;

typedef struct {
    /* Oldest first. Only the last DYN_MODEL_QUERY_CLICKS_MAX count; numbers beyond the model's items are skipped. */
    const uint32_t *items;
    size_t count;
    /* Never in the answer; at most DYN_MODEL_RESULTS_MAX are looked at. */
    const uint32_t *excluded;
    size_t excluded_count;
    /* A widget: nothing that the session already holds. */
    bool exclude_session;
    /* Leave the trees out: model R alone. */
    bool plain;
    /* At most DYN_MODEL_RESULTS_MAX. */
    size_t want;
    /* How many of them can be shown, after what else is left out; 0: all that are wanted. The trees put no more in order than
     * 2 * shown + 8: those further down do not come up so far. */
    size_t shown;
} dyn_model_query_t;

/* What made a score: shares of the neighbours and of the walk (each sums to 1 over all candidates), the prior that
 * multiplied them, what the repeat added, and the factor of the trees (1: none). */
typedef struct {
    float knn;
    float walk;
    float prior;
    float repeat;
    float rerank;
} dyn_model_parts_t;

typedef struct {
    uint32_t item;
    float score;
    dyn_model_parts_t parts;
} dyn_model_result_t;

/* A query's memory, fixed in size and reused: one for each thread. All bytes must be 0 before the first query. */
typedef struct dyn_model_scratch_s dyn_model_scratch_t;
size_t dyn_model_scratch_size(void);

/* Every index, size and number is checked here, so that queries need no checks. False with a sentence that names the
 * section when the file is broken or does not fit item_count. */
bool dyn_model_attach(dyn_model_t *model, const dyn_model_sections_t *sections, uint32_t item_count,
                      dyn_error_t *error);

/* Fills results, best first, and returns how many. Ties go to the lower item number. */
size_t dyn_model_query(const dyn_model_t *model, const dyn_model_query_t *query,
                       dyn_model_scratch_t *scratch, dyn_model_result_t *results);

/* The item's graph neighbours, heaviest first: items and weights (of 65535). Returns how many. */
size_t dyn_model_edges(const dyn_model_t *model, uint32_t item, const uint32_t **items,
                       const uint16_t **weights);

dyn_model_parameters_t dyn_model_parameters_default(void);
/* Whether the format can hold them; false with a sentence that names the parameter. */
bool dyn_model_parameters_check(const dyn_model_parameters_t *parameters, dyn_error_t *error);
dyn_str_t dyn_model_section_name(dyn_model_section_t section);

#endif
