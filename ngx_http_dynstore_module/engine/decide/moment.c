#include "engine/decide/moment.h"

#include "engine/catalogue/kind.h"

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_moment_thresholds_t *thresholds;
    const dyn_session_t *session;
    int64_t now_ms;
    uint32_t page_item;
    uint32_t now_at; /* what is looked at now; DYN_NONE: nothing */
} looking_t;

static bool within(const looking_t *looking, int64_t time_ms, double minutes)
{
    return (double)(looking->now_ms - time_ms) <= minutes * 60000;
}

/* A view of the page's item may not be recorded yet. */
static bool is_seen(const looking_t *looking, const dyn_interest_t *recent)
{
    return recent->views > 0 || recent->item == looking->page_item;
}

/* ---- comparison ---- */

static bool compare_clicked(const looking_t *looking)
{
    const dyn_session_t *session = looking->session;

    return session->compare_ms != 0 &&
           session->compare_ago < looking->thresholds->comparison_events &&
           within(looking, session->compare_ms, looking->thresholds->comparison_minutes);
}

static bool compares(const looking_t *looking)
{
    const dyn_session_t *session = looking->session;
    bool page_counts = looking->page_item != DYN_NONE;
    uint32_t same = page_counts;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->events_ago >= looking->thresholds->comparison_events) {
            break;
        }
        same += recent->views > 0 && recent->item != looking->page_item &&
                within(looking, recent->last_ms, looking->thresholds->comparison_minutes) &&
                dyn_same_kind(looking->snapshot, looking->now_at, recent->item);
    }

    return same >= looking->thresholds->comparison_items;
}

/* ---- hesitation ---- */

static bool is_bought(const dyn_session_t *session, uint32_t item)
{
    for (uint32_t i = 0; i < session->purchased_count; i++) {
        if (session->purchased[i].item == item) {
            return true;
        }
    }

    return false;
}

/* The item that was viewed last, before this page; DYN_NONE: none. */
static uint32_t viewed_last(const dyn_session_t *session)
{
    return session->click_count > 0 ? session->clicks[session->click_count - 1] : DYN_NONE;
}

static bool is_doubted(const looking_t *looking, const dyn_interest_t *recent)
{
    const dyn_session_t *session = looking->session;
    uint32_t visits = recent->visits;

    if (recent->added || is_bought(session, recent->item) ||
        !within(looking, recent->last_ms, looking->thresholds->comparison_minutes)) {
        return false;
    }
    visits += recent->item == looking->page_item && recent->item != viewed_last(session);

    return visits >= looking->thresholds->hesitation_returns ||
           recent->doubts >= looking->thresholds->hesitation_doubts ||
           recent->dwell_s >= looking->thresholds->hesitation_dwell_seconds;
}

static bool is_left_in_cart(const looking_t *looking, const dyn_interest_t *recent)
{
    const dyn_session_t *session = looking->session;

    for (uint32_t i = 0; i < session->cart_count; i++) {
        const dyn_cart_line_t *line = &session->cart[i];

        if (line->item == recent->item) {
            return (recent->last_ms > line->time_ms || line->item == looking->page_item) &&
                   !within(looking, line->time_ms,
                           looking->thresholds->hesitation_cart_minutes - 1e-6);
        }
    }

    return false;
}

/* The item that the shopper hesitates at: the page's, else the newest that is one; DYN_NONE: none. */
static uint32_t hesitates_at(const looking_t *looking)
{
    const dyn_session_t *session = looking->session;
    uint32_t item = DYN_NONE;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (is_seen(looking, recent) && (item == DYN_NONE || recent->item == looking->page_item) &&
            dyn_same_kind(looking->snapshot, looking->now_at, recent->item) &&
            (is_doubted(looking, recent) || is_left_in_cart(looking, recent))) {
            item = recent->item;
        }
    }

    return item;
}

/* ---- the others ---- */

static bool checks_out(const dyn_session_t *session, const dyn_context_t *context)
{
    if (context->surface == DYN_SURFACE_CHECKOUT || context->surface == DYN_SURFACE_CART) {
        return true;
    }
    if (session == NULL || session->checkout_ms == 0 || context->surface == DYN_SURFACE_PDP) {
        return false;
    }
    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (session->recent[i].views > 0 && session->recent[i].last_ms > session->checkout_ms) {
            return false;
        }
    }

    return true;
}

static bool comes_from_somewhere(const dyn_entry_t *entry)
{
#define X(member, name)          \
    if (entry->member.len > 0) { \
        return true;             \
    }
    DYN_ENTRY_FIELDS(X)
#undef X

    return false;
}

/* The page's own view may be recorded before its blocks are asked for. */
static bool lands(const dyn_session_t *session, const dyn_context_t *context)
{
    if (!comes_from_somewhere(&context->entry)) {
        return false;
    }

    return session == NULL || session->pages == 0 ||
           (session->pages == 1 && comes_from_somewhere(&session->entry));
}

dyn_moment_found_t dyn_moment_find(const dyn_snapshot_t *snapshot,
                                   const dyn_moment_thresholds_t *thresholds,
                                   const dyn_session_t *session, const dyn_context_t *context,
                                   int64_t now_ms)
{
    looking_t looking = {snapshot, thresholds, session, now_ms, DYN_NONE, DYN_NONE};

    if (checks_out(session, context)) {
        return (dyn_moment_found_t){DYN_MOMENT_CHECKOUT, DYN_NONE};
    }
    if (session != NULL && session->recent_count > 0) {
        if (context->surface == DYN_SURFACE_PDP) {
            looking.page_item = dyn_snapshot_find_item(snapshot, context->item_id, NULL);
        }
        looking.now_at = looking.page_item;
        for (uint32_t i = 0; i < session->recent_count && looking.now_at == DYN_NONE; i++) {
            if (session->recent[i].views > 0 || session->recent[i].compared) {
                looking.now_at = session->recent[i].item;
            }
        }
    }
    if (looking.now_at != DYN_NONE) {
        if (compare_clicked(&looking)) {
            return (dyn_moment_found_t){DYN_MOMENT_COMPARISON, looking.now_at};
        }

        uint32_t item = hesitates_at(&looking);

        if (item != DYN_NONE) {
            return (dyn_moment_found_t){DYN_MOMENT_HESITATION, item};
        }
        if (compares(&looking)) {
            return (dyn_moment_found_t){DYN_MOMENT_COMPARISON, looking.now_at};
        }
    }

    return (dyn_moment_found_t){lands(session, context) ? DYN_MOMENT_LANDING : DYN_MOMENT_BROWSE,
                                DYN_NONE};
}
