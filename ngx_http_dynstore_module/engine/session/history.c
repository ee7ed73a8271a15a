/* What earlier visits left: what was bought, and a fainter interest. */
#include "engine/base/curves.h"
#include "engine/events/text.h"
#include "engine/session/fold.h"

#include <math.h>

static const double half_life_ms = 30 * 86400000.0;

/* A purchase says what was liked; what was put into the cart or on the wishlist and not bought, what was wanted. */
static double weight_of(dyn_event_type_t type)
{
    return type == DYN_EVENT_PURCHASE                                    ? 2
           : type == DYN_EVENT_ADD_TO_CART || type == DYN_EVENT_WISHLIST ? 1
                                                                         : 0;
}

static void add_bought(dyn_session_t *session, uint32_t item, int64_t time_ms)
{
    for (uint32_t i = 0; i < session->purchased_count; i++) {
        if (session->purchased[i].item == item) {
            return;
        }
    }
    session->purchased[session->purchased_count++] =
        (dyn_bought_t){.item = item, .time_ms = time_ms, .earlier = true};
}

static void add_interest(dyn_fold_t *fold, uint32_t item, double interest)
{
    uint32_t place = 0;

    /* of what is looked at now, this session says enough */
    for (uint32_t i = 0; i < fold->session->recent_count; i++) {
        if (fold->session->recent[i].item == item) {
            return;
        }
    }
    while (place < fold->earlier_count && fold->earlier[place] != item) {
        place++;
    }
    if (place == fold->earlier_count) {
        fold->earlier[fold->earlier_count++] = item;
        fold->earlier_interests[place] = 0;
    }
    fold->earlier_interests[place] += interest;
}

bool dyn_fold_history(dyn_fold_t *fold, const dyn_str_t *history, size_t count, int64_t before_ms)
{
    dyn_session_t *session = fold->session;
    dyn_event_t events[DYN_HISTORY_EVENTS_MAX];
    dyn_str_t ids[DYN_HISTORY_EVENTS_MAX];
    uint32_t items[DYN_HISTORY_EVENTS_MAX];
    size_t named = 0;

    for (size_t i = 0; i < count && i < DYN_HISTORY_EVENTS_MAX; i++) {
        dyn_event_t *event = &events[named];

        /* what this session's log has, it has */
        if (dyn_event_decode(history[i], fold->arena, event) && event->time_ms < before_ms &&
            event->item_id.len != 0 && weight_of(event->type) > 0) {
            ids[named++] = event->item_id;
        }
    }
    if (named == 0) {
        return true;
    }

    dyn_bought_t *purchased =
        dyn_arena_alloc(fold->arena, (session->purchased_count + named) * sizeof(*purchased));

    if (purchased == NULL) {
        return false;
    }
    if (session->purchased_count > 0) {
        memcpy(purchased, session->purchased, session->purchased_count * sizeof(*purchased));
    }
    session->purchased = purchased;
    dyn_snapshot_find_items(fold->snapshot, ids, named, items);

    for (size_t i = 0; i < named; i++) {
        double age_ms = (double)fold->now_ms - (double)events[i].time_ms;

        if (items[i] == DYN_NONE) {
            continue;
        }
        if (events[i].type == DYN_EVENT_PURCHASE) {
            add_bought(session, items[i], events[i].time_ms);
        }
        add_interest(fold, items[i],
                     weight_of(events[i].type) * dyn_exp2(age_ms > 0 ? -age_ms / half_life_ms : 0));
    }

    return true;
}
