/* How many sessions stand behind each edge of the model's item graph. */
#ifndef DYN_VIEWED_WITH_H
#define DYN_VIEWED_WITH_H

#include "cli/input/sessions.h"
#include "cli/train/model_build.h"

/*
 * Counts, for each edge of the graph from i to j, the sessions that clicked both, up to DYN_VIEWED_WITH_SUPPORT_MAX, two edges a byte as
 * the snapshot has them. The sessions are those that the model was built from. *bytes: (edges + 1) / 2, for free(). NULL when memory is
 * out.
 */
uint8_t *dyn_viewed_with_count(const dyn_sessions_t *sessions, const dyn_model_sections_t *model,
                               unsigned threads, size_t *bytes);

#endif
