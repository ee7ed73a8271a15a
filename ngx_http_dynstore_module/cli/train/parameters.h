/*
 * The parameter file that `dynstore tune` writes and `dynstore build --parameters` takes. docs/model.md
 *
 *     {"schema": "dynstore.parameters/1",
 *      "model": {"knn_neighbours": 80, "blend_walk": 2.5},
 *      "evidence": {"min_support": 3},
 *      "blend": [{"slot": "recs", "surface": "pdp", "flags": ["show_viewed"], "weights": {"session_knn": 1, "similar": 0.8},
 *                 "floors": {"similar": 0.4}},
 *                {"weights": {"popular": 1}}]}
 *
 * What is left out keeps its default; without a blend the rules' slots hold. Rows of the blend stand from the particular to the general; the last is for any
 * surface and slot.
 */
#ifndef DYN_PARAMETERS_H
#define DYN_PARAMETERS_H

#include <jansson.h>

#include "engine/catalogue/blend.h"
#include "engine/model/model.h"
#include "cli/train/popularity.h"

/* How much must be behind a claim: X(name, default, at most). Whole numbers from 1. */
#define DYN_EVIDENCE_PARAMETERS(X)                                                       \
    X(min_support, 3, 1000) /* orders with both of two items that are bought together */ \
    X(min_visitors, 3, DYN_POPULAR_VISITORS_MAX) /* of what is popular or trending */

typedef struct {
#define X(name, standard, max) uint32_t name;
    DYN_EVIDENCE_PARAMETERS(X)
#undef X
} dyn_evidence_parameters_t;

typedef struct {
    dyn_model_parameters_t model;
    dyn_evidence_parameters_t evidence;
    dyn_blend_row_t blend[DYN_BLEND_ROWS_MAX];
    uint32_t blend_rows;
    dyn_blend_weight_t
        weights[DYN_BLEND_ROWS_MAX * DYN_SOURCES_COUNT]; /* of the rows, one after the other */
    uint32_t weight_count;
} dyn_parameters_t;

dyn_parameters_t *dyn_parameters_default(void);
/* False with a sentence that names file and field. */
bool dyn_parameters_read(const char *path, dyn_parameters_t *parameters, dyn_error_t *error);
/* Only what differs from the default. */
bool dyn_parameters_write(const char *path, const dyn_parameters_t *parameters, dyn_error_t *error);

/* By name. False when there is no such parameter, or the value is not within its bounds. */
bool dyn_parameters_set(dyn_model_parameters_t *model, const char *name, double value,
                        dyn_error_t *error);
/* All of them, as JSON. */
json_t *dyn_parameters_json(const dyn_model_parameters_t *model);

#endif
