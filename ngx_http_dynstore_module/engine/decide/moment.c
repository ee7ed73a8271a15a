#include "engine/decide/decide.h"
#include "engine/decide/moment.h"

/*
 * When a cart left alone means hesitation, and what "recently" means for a comparison. Chosen by judgement; none of it is a
 * measured figure.
 */
enum {
    HESITATION_MS = 3 * 60 * 1000,
    COMPARISON_MS = 15 * 60 * 1000,
    COMPARISON_EVENTS = 8,
    COMPARISON_ITEMS = 3
};

static bool compares(const dyn_snapshot_t *snapshot, const dyn_session_t *session, int64_t now_ms)
{
    uint32_t category = DYN_NONE;
    uint32_t same = 0;

    if (session->compares > 0) {
        return true;
    }

    /* The category looked at last is the one that is compared in. */
    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];
        uint32_t of_item = snapshot->items[recent->item].category;

        if (recent->events_ago >= COMPARISON_EVENTS || now_ms - recent->last_ms > COMPARISON_MS) {
            break;
        }
        if (recent->views == 0 || of_item == DYN_NONE) {
            continue;
        }
        if (category == DYN_NONE) {
            category = of_item;
        }
        same += of_item == category;
    }

    return same >= COMPARISON_ITEMS;
}

static bool hesitates(const dyn_session_t *session, int64_t now_ms)
{
    if (session->cart_count == 0 || session->cart_ms == 0 ||
        now_ms - session->cart_ms < HESITATION_MS) {
        return false;
    }
    if (session->doubts > 0) {
        return true;
    }

    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (session->recent[i].views >= 2) {
            return true;
        }
    }

    return false;
}

dyn_moment_t dyn_moment_of(const dyn_snapshot_t *snapshot, const dyn_session_t *session,
                           const dyn_context_t *context, int64_t now_ms)
{
    if (context->surface == DYN_SURFACE_CHECKOUT ||
        (session != NULL && session->checkout_ms != 0)) {
        return DYN_MOMENT_CHECKOUT;
    }
    if (session == NULL || session->event_count == 0) {
        return DYN_MOMENT_LANDING;
    }
    if (hesitates(session, now_ms)) {
        return DYN_MOMENT_HESITATION;
    }
    if (compares(snapshot, session, now_ms)) {
        return DYN_MOMENT_COMPARISON;
    }

    return DYN_MOMENT_BROWSE;
}
