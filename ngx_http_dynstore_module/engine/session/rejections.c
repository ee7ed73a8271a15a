/* What a shopper turned down: engine/session/session.h says when. */
#include "engine/session/fold.h"

static const float taken_from_cart = 1.0F;
static const float taken_from_wishlist = 0.7F;
static const float left_at_once = 0.4F;

/* Who leaves sooner has not looked: pages opened one after the other in tabs, or passed through by a redirect. */
enum { left_after_ms = 1000, left_within_ms = 5000 };

/* What is known of an item, from its newest entry on. */
typedef struct {
    float weight;
    uint32_t at; /* the newest entry that turned it down */
    bool closed; /* something speaks for it that is newer than what follows */
} verdict_t;

#define BIT(type) (UINT32_C(1) << DYN_EVENT_##type)

static const uint32_t pages = BIT(VIEW_ITEM) | BIT(SELECT_ITEM) | BIT(VIEW_ITEM_LIST) |
                              BIT(PAGE_VIEW) | BIT(SEARCH) | BIT(VIEW_CART) | BIT(BEGIN_CHECKOUT);
static const uint32_t removals = BIT(REMOVE_FROM_CART) | BIT(REMOVE_FROM_WISHLIST);
_Static_assert(DYN_EVENT_TYPES_COUNT <= 32, "an event's type is a bit");

static inline bool is_one_of(dyn_event_type_t type, uint32_t types)
{
    return (types >> type & 1) != 0;
}

static bool left_early(const dyn_entry_row_t *entry, const dyn_entry_row_t *next_page)
{
    if (!dyn_is_view(entry->type) || next_page == NULL || next_page->item == entry->item) {
        return false;
    }

    int64_t stayed_ms = next_page->time_ms - entry->time_ms;

    return stayed_ms >= left_after_ms && stayed_ms <= left_within_ms;
}

/* Whether the entry says that the shopper wants to know more of the item. */
static bool speaks_for(const dyn_entry_row_t *entry)
{
    switch (entry->type) {
    case DYN_EVENT_HOVER:
    case DYN_EVENT_REFUND:
        return false;
    case DYN_EVENT_DWELL:
        return entry->measure < 0 || entry->measure * 1000 > left_within_ms;
    case DYN_EVENT_SCROLL:
        return entry->measure < 0 || entry->measure > 0;
    default:
        return true;
    }
}

static void turn_down(verdict_t *verdict, float weight, uint32_t at)
{
    if (!verdict->closed) {
        verdict->at = verdict->weight == 0 ? at : verdict->at;
        verdict->weight = weight > verdict->weight ? weight : verdict->weight;
    }
}

static bool in_cart(const dyn_session_t *session, uint32_t item)
{
    for (uint32_t i = 0; i < session->cart_count; i++) {
        if (session->cart[i].item == item) {
            return true;
        }
    }

    return false;
}

bool dyn_fold_rejections(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    verdict_t verdicts[DYN_FOLD_ITEMS_MAX] = {{.weight = 0}};
    const dyn_entry_row_t *next_page = NULL;
    bool any = false;

    for (uint32_t i = 0; i < fold->count; i++) {
        const dyn_entry_row_t *entry = &fold->entries[i];

        if (entry->item != DYN_NONE) {
            verdict_t *verdict = &verdicts[entry->place];

            if (is_one_of(entry->type, removals)) {
                turn_down(verdict,
                          entry->type == DYN_EVENT_REMOVE_FROM_CART ? taken_from_cart
                                                                    : taken_from_wishlist,
                          i);
                any = true;
            } else if (left_early(entry, next_page)) {
                turn_down(verdict, left_at_once, i);
                any = true;
            } else if (!verdict->closed && speaks_for(entry)) {
                verdict->closed = true;
                /* a short glance at what was looked at before says nothing */
                verdict->weight = verdict->weight > left_at_once ? verdict->weight : 0;
            }
        }
        if (is_one_of(entry->type, pages)) {
            next_page = entry;
        }
    }
    if (!any) {
        return true;
    }

    session->rejected = dyn_arena_alloc(fold->arena, fold->item_count * sizeof(*session->rejected));
    if (session->rejected == NULL) {
        return false;
    }

    for (uint32_t i = 0; i < fold->count; i++) {
        const dyn_entry_row_t *entry = &fold->entries[i];
        const verdict_t *verdict = entry->item == DYN_NONE ? NULL : &verdicts[entry->place];

        if (verdict == NULL || verdict->weight == 0 || verdict->at != i ||
            in_cart(session, entry->item)) {
            continue;
        }
        session->rejected[session->rejected_count++] =
            (dyn_rejection_t){entry->item, verdict->weight};

        uint32_t recent = fold->recent_of[entry->place];

        if (recent != DYN_NONE) {
            fold->interests[recent] *= 1 - (double)verdict->weight;
            session->recent[recent].interest = (float)fold->interests[recent];
        }
    }

    return true;
}
