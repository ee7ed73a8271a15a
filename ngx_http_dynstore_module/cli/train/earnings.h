/*
 * What blocks earn: at every view of an item in a visit, the slots of a page are decided as the module would decide them
 * (dyn_question_decide), and what the shopper did later is looked up among the items shown.
 *
 * The page is the item's own (`pdp`): then the session holds what came before the view. Or it is `home`, which the shopper opens
 * right after: then it holds the view too. Carts, purchases and wishlists of the visitor's earlier visits are the question's
 * history. There are no facts: no device, no entry, no impressions; the country and the age are unknown. A view after which
 * nothing happens asks nothing.
 */
#ifndef DYN_EARNINGS_H
#define DYN_EARNINGS_H

#include <jansson.h>

#include "cli/input/visits.h"
#include "engine/decide/decide.h"

/*
 * What a shown item may earn, counted once an item and page. X(constant, name)
 * next_click: it is the next item viewed that no event of the visit has named so far. click: any later one of them.
 * cart and purchase: it is put into the cart, or bought, later, and has not been so far.
 */
#define DYN_EARNINGS(X) \
    X(NEXT_CLICK, "next_click") X(CLICK, "click") X(CART, "cart") X(PURCHASE, "purchase")
#define X(c, n) DYN_EARNING_##c,
typedef enum { DYN_EARNINGS(X) DYN_EARNINGS_COUNT } dyn_earning_t;
#undef X

enum { DYN_EARNINGS_BLOCKS = 200 };

typedef struct {
    uint64_t pages; /* on which it could be earned: the shopper did it later */
    uint64_t hits;  /* of them, those that showed such an item */
    uint64_t items; /* such items shown */
    uint64_t block_pages
        [DYN_EARNINGS_BLOCKS]; /* the same by visit number modulo the blocks, for intervals */
    uint64_t block_hits[DYN_EARNINGS_BLOCKS];
} dyn_earned_t;

typedef struct {
    dyn_str_t name;
    uint32_t wanted;
    uint64_t pages;  /* decided */
    uint64_t filled; /* of them, those where the slot showed anything */
    uint64_t items;  /* shown */
    double confidence;       /* sum over filled slots */
    uint64_t same_top,
        with_top; /* items of the viewed item's top category, of those shown where it has one */
    uint64_t reasons[DYN_REASONS_COUNT];
    dyn_earned_t earned[DYN_EARNINGS_COUNT];
} dyn_slot_earnings_t;

typedef struct {
    dyn_surface_t surface;
    uint64_t visits; /* with a page */
    size_t slot_count;
    dyn_slot_earnings_t slots[DYN_SLOTS_MAX];
} dyn_earnings_t;

/*
 * Decides on the newest `newest` visits (0: all) for `surface`, home or pdp, with its default slots. The same snapshot and visits give
 * the same earnings. False with a sentence when memory is out.
 */
bool dyn_earnings_measure(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits,
                          uint64_t newest, dyn_surface_t surface, dyn_earnings_t *earnings,
                          dyn_error_t *error);

/* blocks: with the sums by block of visits. */
json_t *dyn_earnings_json(const dyn_earnings_t *earnings, bool blocks);

#endif
