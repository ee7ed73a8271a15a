/* What the parts of one fold share while it is made. Internal to engine/session/. */
#ifndef DYN_FOLD_H
#define DYN_FOLD_H

#include "engine/session/session.h"

/* An entry of the log, as far as the fold needs it. */
typedef struct {
    dyn_event_type_t type;
    uint32_t item;     /* DYN_NONE: none, or none that is known */
    uint32_t quantity;
    uint32_t place;    /* of a known item: its number in this session */
    int32_t measure;   /* percent or seconds; -1 not said */
    bool names_item;
    bool names_variant;
    bool tells_terms;  /* a page_view of the list "returns": what the shop promises who buys */
    int64_t time_ms;
} dyn_entry_row_t;

/* Numbers to places in a list, by open addressing, at most half full. */
typedef struct {
    uint32_t *keys;
    uint16_t *rows; /* place + 1; 0: empty */
    uint32_t mask;
    uint32_t count;
} dyn_places_t;

/* What the newest filter and the newest sorting by price say. */
typedef struct {
    bool filter_read;       /* the newest one was seen, */
    bool filtered;          /* and has bounds */
    int64_t low, high;      /* in the minor unit; 0 no lower bound, DYN_PRICE_MINOR_MAX no upper one */
    uint32_t filter_ago;    /* events since */
    bool sort_read;
    int sorted;             /* -1 by rising price, 1 by falling, 0 by something else */
    uint32_t sort_ago;
} dyn_price_wish_t;

enum { DYN_FOLD_ENTRIES_MAX = DYN_SESSION_EVENTS_MAX };
_Static_assert((int)DYN_FOLD_ITEMS_MAX >= (int)DYN_FOLD_ENTRIES_MAX, "an entry names at most one item");

typedef struct {
    const dyn_snapshot_t *snapshot;
    dyn_arena_t *arena;
    int64_t now_ms;
    dyn_session_t *session;

    dyn_entry_row_t entries[DYN_FOLD_ENTRIES_MAX]; /* newest first */
    uint32_t count;
    uint32_t item_count;                     /* places */
    uint32_t recent_of[DYN_FOLD_ITEMS_MAX];  /* by place: where the item is in session->recent; DYN_NONE */
    double interests[DYN_FOLD_ITEMS_MAX];    /* as in session->recent */
    dyn_price_wish_t wish;

    uint32_t earlier[DYN_HISTORY_EVENTS_MAX]; /* items of earlier visits, each once, */
    double earlier_interests[DYN_HISTORY_EVENTS_MAX];
    uint32_t earlier_count;
} dyn_fold_t;

/* Interests of earlier visits together, as a share of what this session's are together. */
#define DYN_FOLD_EARLIER_SHARE 0.3
/* With so many items of its own a session needs no earlier ones. */
enum { DYN_FOLD_OWN_ITEMS_ENOUGH = 4 };
#define DYN_FOLD_STEP_DECAY 0.9

/* capacity: a power of two, at most 4096 */
static inline bool dyn_places_init(dyn_places_t *places, uint32_t capacity, dyn_arena_t *arena)
{
    places->keys = dyn_arena_alloc(arena, capacity * sizeof(*places->keys));
    places->rows = dyn_arena_array(arena, 2 * (size_t)capacity, sizeof(*places->rows));
    places->mask = 2 * capacity - 1;
    places->count = 0;

    return places->keys != NULL && places->rows != NULL;
}

/* The key's place; a new one is places->count - 1 and sets *added. */
static inline uint32_t dyn_place_of(dyn_places_t *places, uint32_t key, bool *added)
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

static inline bool dyn_is_view(dyn_event_type_t type)
{
    return type == DYN_EVENT_VIEW_ITEM || type == DYN_EVENT_SELECT_ITEM;
}

/* engine/session/cart.c: what is in the cart and was bought; false when the arena is exhausted. */
bool dyn_fold_cart(dyn_fold_t *fold);
/* engine/session/rejections.c: after the cart. What was turned down, which takes its interest down as well. */
bool dyn_fold_rejections(dyn_fold_t *fold);
/* engine/session/history.c: before the affinities. */
bool dyn_fold_history(dyn_fold_t *fold, const dyn_str_t *history, size_t count, int64_t before_ms);
/* engine/session/pivot.c: after the history. Older interests count less where the newest views leave them. */
void dyn_fold_pivot(dyn_fold_t *fold);
/* engine/session/affinities.c */
bool dyn_fold_affinities(dyn_fold_t *fold);
/* engine/session/choices.c: read entry by entry, newest first. */
void dyn_fold_choice(dyn_fold_t *fold, const dyn_event_t *event, uint32_t events_ago);
/* engine/session/prices.c: the wish is read entry by entry, newest first; the band is made of it and of the interests. */
void dyn_fold_price_wish(dyn_fold_t *fold, const dyn_event_t *event, uint32_t events_ago);
void dyn_fold_prices(dyn_fold_t *fold);
/* engine/session/shown.c: the fact; after the interests. */
bool dyn_fold_shown(dyn_fold_t *fold, dyn_str_t fact);

#endif
