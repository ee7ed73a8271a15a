#include "engine/base/curves.h"
#include "engine/session/fold.h"

#include "engine/base/utf8.h"
#include "engine/events/text.h"

#include <math.h>
#include <string.h>

/* engine/session/session.h has the formulas. */
static const double half_life_ms = 10 * 60 * 1000;
enum { same_view_ms = 5000 };

/* Weights of interest; engine/session/session.h says the same. */
static double weight_of(const dyn_entry_row_t *entry)
{
    switch (entry->type) {
    case DYN_EVENT_ADD_TO_CART:
        return 3;
    case DYN_EVENT_WISHLIST:
        return 2;
    case DYN_EVENT_COMPARE:
    case DYN_EVENT_QUESTION:
    case DYN_EVENT_SIZE_GUIDE:
    case DYN_EVENT_CHOOSE_OPTION:
        return 1.5;
    case DYN_EVENT_VIEW_ITEM:
    case DYN_EVENT_PURCHASE:
        return 1;
    case DYN_EVENT_SELECT_ITEM:
    case DYN_EVENT_ZOOM:
    case DYN_EVENT_VIEW_CART:
        return 0.5;
    case DYN_EVENT_DWELL:
        return entry->measure < 0 ? 0.5 : entry->measure < 45 ? entry->measure / 30.0 : 1.5;
    case DYN_EVENT_SCROLL:
        return entry->measure < 0 ? 0.25 : entry->measure < 100 ? entry->measure / 200.0 : 0.5;
    case DYN_EVENT_HOVER:
        return 0.1;
    default:
        return 0;
    }
}

/* ---- entries ---- */

/* A term that was searched for again is as new as its newest search. */
static void add_search(const dyn_event_t *event, uint32_t clicks_since, dyn_session_t *session)
{
    if (event->search_term.len == 0 || session->search_count == DYN_FOLD_SEARCHES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < session->search_count; i++) {
        if (dyn_str_equal(session->searches[i].term, event->search_term)) {
            return;
        }
    }

    session->searches[session->search_count++] =
        (dyn_search_t){event->search_term, event->time_ms, clicks_since};
}

static bool is_page(dyn_event_type_t type)
{
    switch (type) {
    case DYN_EVENT_VIEW_ITEM:
    case DYN_EVENT_VIEW_ITEM_LIST:
    case DYN_EVENT_VIEW_CART:
    case DYN_EVENT_BEGIN_CHECKOUT:
    case DYN_EVENT_SEARCH:
    case DYN_EVENT_PAGE_VIEW:
        return true;
    default:
        return false;
    }
}

static void count_entry(const dyn_event_t *event, uint32_t events_ago, uint32_t clicks_since,
                        dyn_session_t *session)
{
    session->pages += is_page(event->type);
    switch (event->type) {
    case DYN_EVENT_SEARCH:
        add_search(event, clicks_since, session);
        break;
    case DYN_EVENT_COMPARE:
        if (session->compare_ms == 0) {
            session->compare_ms = event->time_ms;
            session->compare_ago = events_ago;
        }
        break;
    case DYN_EVENT_ADD_TO_CART:
    case DYN_EVENT_REMOVE_FROM_CART:
        if (session->cart_ms == 0) {
            session->cart_ms = event->time_ms;
        }
        break;
    default:
        break;
    }
}

/* Of scroll, dwell and hover. */
static int32_t measure_of(const dyn_event_t *event)
{
    int32_t measure = 0;

    if (event->value.len == 0 || event->value.len > 5 ||
        (event->type != DYN_EVENT_SCROLL && event->type != DYN_EVENT_DWELL &&
         event->type != DYN_EVENT_HOVER)) {
        return -1;
    }
    for (size_t i = 0; i < event->value.len; i++) {
        if (event->value.data[i] < '0' || event->value.data[i] > '9') {
            return -1;
        }
        measure = measure * 10 + (event->value.data[i] - '0');
    }

    return measure;
}

/* Of what is put into the cart, or listed in it; or an option of it was chosen. */
static bool names_variant(const dyn_fold_t *fold, const dyn_entry_row_t *entry, dyn_str_t id)
{
    uint32_t variant;

    if (fold->snapshot->items[entry->item].variants_count < 2) {
        return false;
    }
    if (entry->type == DYN_EVENT_CHOOSE_OPTION) {
        return true;
    }

    return (entry->type == DYN_EVENT_ADD_TO_CART || entry->type == DYN_EVENT_VIEW_CART) &&
           dyn_snapshot_find_item(fold->snapshot, id, &variant) != DYN_NONE && variant != DYN_NONE;
}

/* Newest first, as they come. False when the arena is exhausted. */
static bool read_entries(dyn_fold_t *fold, const dyn_str_t *log, size_t log_count)
{
    dyn_session_t *session = fold->session;
    dyn_str_t ids[DYN_FOLD_ENTRIES_MAX];
    uint32_t items[DYN_FOLD_ENTRIES_MAX];
    dyn_places_t places;
    uint32_t named = 0;
    uint32_t clicks = 0;
    bool purchased = false;

    for (size_t i = 0; i < log_count && i < DYN_FOLD_ENTRIES_MAX; i++) {
        dyn_event_t event;
        dyn_entry_row_t *entry = &fold->entries[fold->count];

        if (!dyn_event_decode(log[i], fold->arena, &event)) {
            session->malformed_count++;
            continue;
        }
        /* impressions tell of the shop, not of the shopper */
        if (!dyn_event_in_session(&event)) {
            continue;
        }

        entry->type = event.type;
        entry->time_ms = event.time_ms;
        entry->quantity = event.quantity;
        entry->measure = measure_of(&event);
        entry->names_item = event.item_id.len != 0;
        entry->tells_terms =
            event.type == DYN_EVENT_PAGE_VIEW && dyn_str_equal(event.list_id, DYN_STR("returns"));
        entry->item = DYN_NONE;
        entry->names_variant = false;
        if (entry->names_item) {
            ids[named++] = event.item_id;
        }

        count_entry(&event, fold->count, clicks, session);
        clicks += dyn_is_view(event.type);
        if (event.field.len != 0) {
            dyn_fold_price_wish(fold, &event, fold->count);
            dyn_fold_choice(fold, &event, fold->count);
        }
        purchased |= event.type == DYN_EVENT_PURCHASE;
        if (event.type == DYN_EVENT_BEGIN_CHECKOUT && !purchased && session->checkout_ms == 0) {
            session->checkout_ms = event.time_ms;
        }
        if (fold->count == 0) {
            session->last_ms = event.time_ms;
        }
        session->first_ms = event.time_ms;
        fold->count++;
    }
    session->event_count = fold->count;

    if (named == 0) {
        return true;
    }
    if (!dyn_places_init(&places, DYN_FOLD_ITEMS_MAX, fold->arena)) {
        return false;
    }
    dyn_snapshot_find_items(fold->snapshot, ids, named, items);
    named = 0;
    for (uint32_t i = 0; i < fold->count; i++) {
        dyn_entry_row_t *entry = &fold->entries[i];
        bool added;

        if (!entry->names_item) {
            continue;
        }
        entry->item = items[named];
        entry->names_variant = entry->item != DYN_NONE && names_variant(fold, entry, ids[named]);
        session->names_variants |= entry->names_variant;
        named++;
        if (entry->item == DYN_NONE) {
            session->unknown_item_count++;
        } else {
            entry->place = dyn_place_of(&places, entry->item, &added);
        }
    }
    fold->item_count = places.count;

    return true;
}

/* ---- what the entries add up to ---- */

/* How far, or how long, a page was looked at is told again and again: of one page the most counts. */
static double beyond(float *told, double weight)
{
    double more = weight - (double)*told;

    *told = more > 0 ? (float)weight : *told;

    return more > 0 ? more : 0;
}

static bool fold_interests(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    float dwelt[DYN_FOLD_ITEMS_MAX];
    float scrolled[DYN_FOLD_ITEMS_MAX];
    double order = 1;

    session->recent = dyn_arena_alloc(fold->arena, DYN_FOLD_ITEMS_MAX * sizeof(*session->recent));
    if (session->recent == NULL) {
        return false;
    }
    for (uint32_t place = 0; place < fold->item_count; place++) {
        fold->recent_of[place] = DYN_NONE;
        dwelt[place] = scrolled[place] = 0;
    }

    for (uint32_t i = 0; i < fold->count; i++, order *= DYN_FOLD_STEP_DECAY) {
        const dyn_entry_row_t *entry = &fold->entries[i];
        double weight = weight_of(entry);

        if (entry->item == DYN_NONE || weight == 0) {
            continue;
        }

        uint32_t at = fold->recent_of[entry->place];
        double age_ms = (double)fold->now_ms - (double)entry->time_ms;

        if (at == DYN_NONE) {
            at = session->recent_count++;
            fold->recent_of[entry->place] = at;
            fold->interests[at] = 0;
            session->recent[at] =
                (dyn_interest_t){.item = entry->item, .events_ago = i, .last_ms = entry->time_ms};
        }
        session->recent[at].doubts += entry->type == DYN_EVENT_ZOOM ||
                                      entry->type == DYN_EVENT_SIZE_GUIDE ||
                                      entry->type == DYN_EVENT_QUESTION;
        if (entry->type == DYN_EVENT_DWELL) {
            if (entry->measure > (int32_t)session->recent[at].dwell_s) {
                session->recent[at].dwell_s = (uint32_t)entry->measure;
            }
            weight = beyond(&dwelt[entry->place], weight);
        } else if (entry->type == DYN_EVENT_SCROLL) {
            weight = beyond(&scrolled[entry->place], weight);
        } else if (entry->type == DYN_EVENT_VIEW_ITEM) {
            dwelt[entry->place] = scrolled[entry->place] = 0;
        }
        session->recent[at].compared |= entry->type == DYN_EVENT_COMPARE;
        session->recent[at].added |= entry->type == DYN_EVENT_ADD_TO_CART;
        session->recent[at].wished |= entry->type == DYN_EVENT_WISHLIST;
        /* a clock that was put back makes nothing newer than now */
        fold->interests[at] += weight * order * dyn_exp2(age_ms > 0 ? -age_ms / half_life_ms : 0);
    }

    for (uint32_t i = 0; i < session->recent_count; i++) {
        session->recent[i].interest = (float)fold->interests[i];
    }

    return true;
}

/* A click on a list and the page it opens, or a page and its own beacon, are one view. */
static bool fold_views(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    const dyn_entry_row_t *before = NULL;

    session->clicks = dyn_arena_alloc(fold->arena, DYN_FOLD_ENTRIES_MAX * sizeof(*session->clicks));
    if (session->clicks == NULL) {
        return false;
    }

    for (uint32_t i = fold->count; i-- > 0;) {
        const dyn_entry_row_t *entry = &fold->entries[i];

        if (entry->tells_terms && before != NULL) {
            session->recent[fold->recent_of[before->place]].doubts++;
        }
        if (entry->item == DYN_NONE || !dyn_is_view(entry->type)) {
            continue;
        }
        session->recent[fold->recent_of[entry->place]].visits +=
            before == NULL || before->item != entry->item;
        if (before == NULL || before->item != entry->item ||
            entry->time_ms - before->time_ms > same_view_ms) {
            session->clicks[session->click_count++] = entry->item;
            session->recent[fold->recent_of[entry->place]].views++;
        }
        before = entry;
    }

    return true;
}

/* ---- facts ---- */

static void read_first(dyn_str_t value, dyn_session_t *session)
{
    int64_t first_ms = 0;

    if (value.len == 0 || value.len > 15) {
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return;
        }
        first_ms = first_ms * 10 + (value.data[i] - '0');
    }

    /* a capped log has forgotten its first event; the fact has not */
    if (session->first_ms != 0 && first_ms < session->first_ms) {
        session->first_ms = first_ms;
    }
}

static void read_facts(const dyn_fact_t *facts, size_t count, dyn_session_t *session,
                       dyn_str_t *shown)
{
    for (size_t i = 0; i < count; i++) {
        dyn_str_t name = facts[i].name;
        dyn_str_t value = facts[i].value;

        if (dyn_str_equal(name, DYN_STR("first"))) {
            read_first(value, session);
        } else if (dyn_str_equal(name, DYN_STR("shown"))) {
            *shown = value;
        } else if (dyn_str_equal(name, DYN_STR("returning"))) {
            session->returning = dyn_str_equal(value, DYN_STR("1"));
        } else if (dyn_str_equal(name, DYN_STR("device"))) {
            for (unsigned device = 0; device < DYN_DEVICES_COUNT; device++) {
                if (dyn_str_equal(value, dyn_device_name((dyn_device_t)device))) {
                    session->device = (dyn_device_t)device;
                }
            }
        }
#define X(member, field)                                                  \
    else if (dyn_str_equal(name, DYN_STR(field)))                         \
    {                                                                     \
        session->entry.member = dyn_utf8_cut(value, DYN_ENTRY_BYTES_MAX); \
    }
        DYN_ENTRY_FIELDS(X)
#undef X
    }
}

bool dyn_session_fold(const dyn_snapshot_t *snapshot, const dyn_session_record_t *record,
                      dyn_arena_t *arena, dyn_session_t *session)
{
    dyn_fold_t fold;
    dyn_str_t shown = DYN_STR_NONE;

    memset(session, 0, sizeof(*session));
    fold.snapshot = snapshot;
    fold.arena = arena;
    fold.now_ms = record->now_ms;
    fold.session = session;
    fold.count = fold.item_count = fold.earlier_count = 0;
    memset(fold.interests, 0, sizeof(fold.interests));
    fold.wish = (dyn_price_wish_t){.filter_read = false};

    if (!read_entries(&fold, record->log, record->log_count)) {
        return false;
    }

    int64_t log_begins_ms = fold.count == 0 ? INT64_MAX : session->first_ms;

    read_facts(record->facts, record->fact_count, session, &shown);

    return fold_interests(&fold) && fold_views(&fold) && dyn_fold_cart(&fold) &&
           dyn_fold_rejections(&fold) && dyn_fold_shown(&fold, shown) &&
           dyn_fold_history(&fold, record->history, record->history_count, log_begins_ms) &&
           (dyn_fold_pivot(&fold), dyn_fold_prices(&fold), dyn_fold_affinities(&fold)) &&
           !arena->exhausted;
}
