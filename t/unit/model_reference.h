/* The model's formulas, slow and obvious, in doubles over dense arrays: what the fast query must agree with. */
#ifndef MODEL_REFERENCE_H
#define MODEL_REFERENCE_H

#include "engine/model/model.h"
#include "cli/input/sessions.h"

/* Scores of all items after these clicks, trees left out. */
void model_reference_scores(const dyn_model_t *model, const uint32_t *items, size_t count,
                            double *scores);

/* The item graph's row of an item from the sessions, before it is cut to 65535ths: one weight for each item. All clicks are views. */
void model_reference_row(const dyn_sessions_t *sessions, const dyn_model_parameters_t *parameters,
                         uint32_t item, double *row);

#endif
