#include "engine/session/session.h"

#include "engine/base/utf8.h"
#include "engine/catalogue/offer.h"
#include "engine/events/text.h"

#include <math.h>
#include <string.h>

/* engine/session/session.h has the formulas. */
static const double half_life_ms = 10 * 60 * 1000;
static const double step_decay = 0.9;
/* A session that saw one price only still allows some room around it; a difference of logarithms. */
static const double narrowest_band = 0.25;
enum { same_view_ms = 5000 };

/* Weights of interest; engine/session/session.h says the same. */
static double weight_of(dyn_event_type_t type)
{
    switch (type) {
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
    case DYN_EVENT_DWELL:
    case DYN_EVENT_ZOOM:
    case DYN_EVENT_VIEW_CART:
        return 0.5;
    case DYN_EVENT_SCROLL:
        return 0.25;
    case DYN_EVENT_HOVER:
        return 0.1;
    default:
        return 0;
    }
}

/* An entry of the log, as far as the fold needs it. */
typedef struct {
    dyn_event_type_t type;
    uint32_t item; /* DYN_NONE: none, or none that is known */
    uint32_t quantity;
    uint32_t place; /* of the item among those of interest, where it has a weight */
    bool names_item;
    int64_t time_ms;
} entry_t;

/* Numbers to places in a list, by open addressing, at most half full. */
typedef struct {
    uint32_t *keys;
    uint16_t *rows; /* place + 1; 0: empty */
    uint32_t mask;
    uint32_t count;
} places_t;

enum {
    entries_max = DYN_SESSION_EVENTS_MAX,
    categories_max = DYN_FOLD_ITEMS_MAX * DYN_CATEGORY_DEPTH_MAX
};
_Static_assert(DYN_FOLD_ITEMS_MAX >= DYN_SESSION_EVENTS_MAX, "an entry names at most one item");
_Static_assert((categories_max & (categories_max - 1)) == 0 &&
                   (DYN_FOLD_ITEMS_MAX & (DYN_FOLD_ITEMS_MAX - 1)) == 0,
               "places are a power of two");

/* capacity: a power of two, at most 4096 */
static bool places_init(places_t *places, uint32_t capacity, dyn_arena_t *arena)
{
    places->keys = dyn_arena_alloc(arena, capacity * sizeof(*places->keys));
    places->rows = dyn_arena_array(arena, 2 * (size_t)capacity, sizeof(*places->rows));
    places->mask = 2 * capacity - 1;
    places->count = 0;

    return places->keys != NULL && places->rows != NULL;
}

/* The key's place; a new one is places->count - 1 and sets *added. */
static inline uint32_t place_of(places_t *places, uint32_t key, bool *added)
{
    uint32_t row = (uint32_t)((key * 0x9e3779b97f4a7c15U) >> 40) & places->mask;

    while (places->rows[row] != 0) {
        uint32_t place = places->rows[row] - 1U;

        if (places->keys[place] == key) {
            *added = false;
            return place;
        }
        row = (row + 1) & places->mask;
    }

    places->keys[places->count] = key;
    places->rows[row] = (uint16_t)++places->count;
    *added = true;

    return places->count - 1;
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

static void count_entry(const dyn_event_t *event, uint32_t clicks_since, dyn_session_t *session)
{
    switch (event->type) {
    case DYN_EVENT_SEARCH:
        if (session->last_search.len == 0) {
            session->last_search = event->search_term;
        }
        add_search(event, clicks_since, session);
        break;
    case DYN_EVENT_PAGE_VIEW:
        session->page_views++;
        break;
    case DYN_EVENT_COMPARE:
        session->compares++;
        break;
    case DYN_EVENT_SIZE_GUIDE:
    case DYN_EVENT_QUESTION:
    case DYN_EVENT_ZOOM:
    case DYN_EVENT_DWELL:
        session->doubts++;
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

/* Newest first, as they come. Returns how many were entries. */
static uint32_t read_entries(const dyn_snapshot_t *snapshot, const dyn_str_t *log, size_t log_count,
                             dyn_arena_t *arena, entry_t *entries, dyn_session_t *session)
{
    dyn_str_t ids[entries_max];
    uint32_t items[entries_max];
    uint32_t count = 0;
    uint32_t named = 0;
    uint32_t clicks = 0;
    bool purchased = false;

    for (size_t i = 0; i < log_count && i < entries_max; i++) {
        dyn_event_t event;
        entry_t *entry = &entries[count];

        if (!dyn_event_decode(log[i], arena, &event)) {
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
        entry->names_item = event.item_id.len != 0;
        entry->item = DYN_NONE;
        if (entry->names_item) {
            ids[named++] = event.item_id;
        }

        count_entry(&event, clicks, session);
        clicks += event.type == DYN_EVENT_VIEW_ITEM || event.type == DYN_EVENT_SELECT_ITEM;
        purchased |= event.type == DYN_EVENT_PURCHASE;
        if (event.type == DYN_EVENT_BEGIN_CHECKOUT && !purchased && session->checkout_ms == 0) {
            session->checkout_ms = event.time_ms;
        }
        if (count == 0) {
            session->last_ms = event.time_ms;
        }
        session->first_ms = event.time_ms;
        count++;
    }

    if (named != 0) {
        dyn_snapshot_find_items(snapshot, ids, named, items);
    }
    named = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].names_item) {
            entries[i].item = items[named++];
            session->unknown_item_count += entries[i].item == DYN_NONE;
        }
    }

    return count;
}

/* ---- what the entries add up to ---- */

static bool fold_interests(entry_t *entries, uint32_t count, int64_t now_ms, dyn_arena_t *arena,
                           places_t *items, double *interests, dyn_session_t *session)
{
    double order = 1;

    session->recent = dyn_arena_alloc(arena, DYN_FOLD_ITEMS_MAX * sizeof(*session->recent));
    if (session->recent == NULL || !places_init(items, DYN_FOLD_ITEMS_MAX, arena)) {
        return false;
    }

    for (uint32_t i = 0; i < count; i++, order *= step_decay) {
        double weight = weight_of(entries[i].type);

        if (entries[i].item == DYN_NONE || weight == 0) {
            continue;
        }

        bool added;
        uint32_t place = place_of(items, entries[i].item, &added);
        double age_ms = (double)now_ms - (double)entries[i].time_ms;

        entries[i].place = place;
        if (added) {
            session->recent[place] = (dyn_interest_t){
                .item = entries[i].item, .events_ago = i, .last_ms = entries[i].time_ms};
            interests[place] = 0;
        }
        session->recent[place].added |= entries[i].type == DYN_EVENT_ADD_TO_CART;
        session->recent[place].wished |= entries[i].type == DYN_EVENT_WISHLIST;
        /* a clock that was put back makes nothing newer than now */
        interests[place] += weight * order * exp2(age_ms > 0 ? -age_ms / half_life_ms : 0);
    }

    session->recent_count = items->count;
    for (uint32_t place = 0; place < items->count; place++) {
        session->recent[place].interest = (float)interests[place];
    }

    return true;
}

/* A click on a list and the page it opens, or a page and its own beacon, are one view. */
static bool fold_views(const entry_t *entries, uint32_t count, dyn_arena_t *arena,
                       dyn_session_t *session)
{
    const entry_t *before = NULL;

    session->clicks = dyn_arena_alloc(arena, entries_max * sizeof(*session->clicks));
    if (session->clicks == NULL) {
        return false;
    }

    for (uint32_t i = count; i-- > 0;) {
        const entry_t *entry = &entries[i];

        if (entry->item == DYN_NONE ||
            (entry->type != DYN_EVENT_VIEW_ITEM && entry->type != DYN_EVENT_SELECT_ITEM)) {
            continue;
        }
        if (before == NULL || before->item != entry->item ||
            entry->time_ms - before->time_ms > same_view_ms) {
            session->clicks[session->click_count++] = entry->item;
            session->recent[entry->place].views++;
        }
        before = entry;
    }

    return true;
}

static bool in_cart_arithmetic(dyn_event_type_t type)
{
    return type == DYN_EVENT_ADD_TO_CART || type == DYN_EVENT_REMOVE_FROM_CART ||
           type == DYN_EVENT_PURCHASE || type == DYN_EVENT_VIEW_CART;
}

static bool fold_cart(const entry_t *entries, uint32_t count, dyn_arena_t *arena,
                      dyn_session_t *session)
{
    places_t lines;
    uint32_t quantities[entries_max];
    uint32_t counted_in[entries_max]; /* the view of the cart that a line's quantity is of */
    uint32_t view = 0;
    bool purchased[entries_max];
    bool added;

    bool any = false;

    for (uint32_t i = 0; i < count && !any; i++) {
        any = in_cart_arithmetic(entries[i].type);
    }
    if (!any) {
        return true;
    }

    session->cart = dyn_arena_alloc(arena, entries_max * sizeof(*session->cart));
    session->purchased = dyn_arena_alloc(arena, entries_max * sizeof(*session->purchased));
    if (session->cart == NULL || session->purchased == NULL ||
        !places_init(&lines, DYN_FOLD_ITEMS_MAX, arena)) {
        return false;
    }

    for (uint32_t i = count; i-- > 0;) {
        const entry_t *entry = &entries[i];

        if (!in_cart_arithmetic(entry->type) || !entry->names_item) {
            continue;
        }

        /* A viewed cart that lists its items is the truth: what is not listed is not in it. Its entries stand together. */
        if (entry->type == DYN_EVENT_VIEW_CART &&
            !(i + 1 < count && entries[i + 1].type == DYN_EVENT_VIEW_CART &&
              entries[i + 1].names_item && entries[i + 1].time_ms == entry->time_ms)) {
            view++;
        }
        if (entry->item == DYN_NONE) {
            continue;
        }

        uint32_t place = place_of(&lines, entry->item, &added);

        if (added) {
            purchased[place] = false;
        }
        if (added || counted_in[place] != view) {
            quantities[place] = 0;
            counted_in[place] = view;
        }

        if (entry->type == DYN_EVENT_ADD_TO_CART || entry->type == DYN_EVENT_VIEW_CART) {
            quantities[place] += entry->quantity;
        } else {
            quantities[place] -=
                entry->quantity < quantities[place] ? entry->quantity : quantities[place];
            purchased[place] |= entry->type == DYN_EVENT_PURCHASE;
        }
    }

    /* Newest first: in the order of each line's newest entry. */
    for (uint32_t i = 0; i < count && lines.count > 0; i++) {
        if (entries[i].item == DYN_NONE || !in_cart_arithmetic(entries[i].type)) {
            continue;
        }

        uint32_t place = place_of(&lines, entries[i].item, &added);

        if (counted_in[place] == view && quantities[place] > 0) {
            session->cart[session->cart_count++] =
                (dyn_cart_line_t){.item = entries[i].item, .quantity = quantities[place]};
            quantities[place] = 0;
        }
        if (purchased[place]) {
            session->purchased[session->purchased_count++] =
                (dyn_bought_t){.item = entries[i].item, .time_ms = entries[i].time_ms};
            purchased[place] = false;
        }
    }

    return true;
}

/* The strongest of them, divided by the strongest; ties by index. */
static uint32_t strongest(const places_t *places, const double *sums, dyn_affinity_t *affinities)
{
    uint32_t best[DYN_FOLD_AFFINITIES_MAX];
    uint32_t count = 0;

    for (uint32_t place = 0; place < places->count; place++) {
        uint32_t at = count < DYN_FOLD_AFFINITIES_MAX ? count++ : DYN_FOLD_AFFINITIES_MAX;

        for (; at > 0; at--) {
            uint32_t other = best[at - 1];

            if (sums[other] > sums[place] ||
                (sums[other] == sums[place] && places->keys[other] < places->keys[place])) {
                break;
            }
            if (at < DYN_FOLD_AFFINITIES_MAX) {
                best[at] = other;
            }
        }
        if (at < DYN_FOLD_AFFINITIES_MAX) {
            best[at] = place;
        }
    }

    /* after an endless pause nothing of an interest is left */
    if (count == 0 || !(sums[best[0]] > 0)) {
        return 0;
    }

    for (uint32_t i = 0; i < count; i++) {
        affinities[i] = (dyn_affinity_t){.index = places->keys[best[i]],
                                         .affinity = (float)(sums[best[i]] / sums[best[0]])};
    }

    return count;
}

static void add_to(places_t *places, double *sums, uint32_t key, double interest)
{
    bool added;
    uint32_t place = place_of(places, key, &added);

    sums[place] = interest + (added ? 0 : sums[place]);
}

static bool fold_affinities(const dyn_snapshot_t *snapshot, const double *interests,
                            dyn_arena_t *arena, dyn_session_t *session)
{
    places_t categories;
    places_t brands;
    double category_sums[categories_max];
    double brand_sums[DYN_FOLD_ITEMS_MAX];

    uint32_t room = DYN_CATEGORY_DEPTH_MAX;

    while (room < session->recent_count * DYN_CATEGORY_DEPTH_MAX) {
        room *= 2;
    }
    if (!places_init(&categories, room, arena) ||
        !places_init(&brands, DYN_FOLD_ITEMS_MAX, arena)) {
        return false;
    }

    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_item_t *item = &snapshot->items[session->recent[i].item];
        double interest = interests[i];
        uint32_t category = item->category;

        for (unsigned depth = 0; category != DYN_NONE && depth < DYN_CATEGORY_DEPTH_MAX; depth++) {
            add_to(&categories, category_sums, category, interest);
            category = snapshot->categories[category].parent;
            interest /= 2;
        }
        if (item->brand != DYN_NONE) {
            add_to(&brands, brand_sums, item->brand, interests[i]);
        }
    }

    session->category_count = strongest(&categories, category_sums, session->categories);
    session->brand_count = strongest(&brands, brand_sums, session->brands);

    return true;
}

static void fold_prices(const dyn_snapshot_t *snapshot, const double *interests,
                        dyn_session_t *session)
{
    double logs[DYN_FOLD_ITEMS_MAX];
    double sum = 0;
    double mean = 0;
    double variance = 0;
    uint32_t priced = 0;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        int64_t minor = dyn_item_price(snapshot, session->recent[i].item).minor;

        logs[i] = minor > 0 ? log((double)minor) : -1; /* unknown */
        if (minor > 0) {
            priced++;
            sum += interests[i];
            mean += interests[i] * logs[i];
        }
    }

    if (!(sum > 0)) {
        return;
    }
    mean /= sum;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (logs[i] >= 0) {
            variance += interests[i] * (logs[i] - mean) * (logs[i] - mean);
        }
    }

    double deviation = sqrt(variance / sum);
    double spread = deviation > narrowest_band ? deviation : narrowest_band;

    session->price_low = llround(exp(mean - spread));
    session->price_high = llround(exp(mean + spread));
    session->price_strength = (float)(priced / (priced + 2.0) * exp(-deviation));
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

static void read_facts(const dyn_fact_t *facts, size_t count, dyn_session_t *session)
{
    for (size_t i = 0; i < count; i++) {
        dyn_str_t name = facts[i].name;
        dyn_str_t value = facts[i].value;

        if (dyn_str_equal(name, DYN_STR("first"))) {
            read_first(value, session);
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
    entry_t entries[entries_max];
    double interests[DYN_FOLD_ITEMS_MAX] = {0};
    places_t items;

    memset(session, 0, sizeof(*session));
    session->event_count =
        read_entries(snapshot, record->log, record->log_count, arena, entries, session);
    read_facts(record->facts, record->fact_count, session);

    if (!fold_interests(entries, session->event_count, record->now_ms, arena, &items, interests,
                        session)) {
        return false;
    }
    fold_prices(snapshot, interests, session);

    return fold_views(entries, session->event_count, arena, session) &&
           fold_cart(entries, session->event_count, arena, session) &&
           fold_affinities(snapshot, interests, arena, session) && !arena->exhausted;
}
