/*
 * Moments: what the shopper is doing. The first of these that holds, with the policy's thresholds (docs/moments.md):
 *
 * - checkout: the page is the cart or the checkout; or a checkout was begun, and no item was viewed since;
 * - comparison, when asked for: a compare event within comparison_minutes and comparison_events;
 * - hesitation, of the kind of item that is looked at now: an item came back to (hesitation_returns), doubted
 *   (hesitation_doubts) or read long (hesitation_dwell_seconds) and not added, looked at within comparison_minutes; or an item in the
 *   cart looked at again, hesitation_cart_minutes after it was put there or the cart was seen;
 * - comparison: comparison_items of the kind that is looked at now, viewed within comparison_minutes and comparison_events;
 * - landing: the first page of a session that came from somewhere: a campaign, keyword, click id or another site;
 * - browse.
 *
 * What is looked at now is the page's item, else the newest viewed one. Kinds are those of engine/catalogue/kind.h.
 */
#ifndef DYN_MOMENT_H
#define DYN_MOMENT_H

#include "engine/decide/decide.h"

typedef struct {
    dyn_moment_t moment;
    uint32_t item; /* what a comparison or a hesitation is about; else DYN_NONE */
} dyn_moment_found_t;

/* session may be NULL. */
dyn_moment_found_t dyn_moment_find(const dyn_snapshot_t *snapshot,
                                   const dyn_moment_thresholds_t *thresholds,
                                   const dyn_session_t *session, const dyn_context_t *context,
                                   int64_t now_ms);

#endif
