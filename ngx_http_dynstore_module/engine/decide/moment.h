/* Moments: what the shopper is doing. */
#ifndef DYN_MOMENT_H
#define DYN_MOMENT_H

#include "engine/decide/decide.h"

/* What the shopper is doing; session may be NULL. */
dyn_moment_t dyn_moment_of(const dyn_snapshot_t *snapshot, const dyn_session_t *session,
                           const dyn_context_t *context, int64_t now_ms);

#endif
