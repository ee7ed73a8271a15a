/* Kinds: things of which a shopper needs one, so that who has chosen one wants no other. */
#ifndef DYN_KIND_H
#define DYN_KIND_H

#include "engine/catalogue/offer.h"

/* One of them is in the other's list of what is similar. */
bool dyn_either_is_similar(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b);

/*
 * True when the items' categories are of one kind (dyn_category_t.kind: trekking tents and ultralight tents). In a category that
 * holds several kinds of things (DYN_CATEGORY_SEVERAL: pegs and seam sealer) only what is similar is of one kind: two sets of pegs.
 * An item is of its own kind.
 * Inline, because it is asked very often and most answers take only the two categories.
 */
static inline bool dyn_same_kind(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    const dyn_category_t *categories = snapshot->categories;
    uint32_t category = snapshot->items[a].category;
    uint32_t other = snapshot->items[b].category;

    if (a == b) {
        return true;
    }
    if (category == DYN_NONE || other == DYN_NONE) {
        return false;
    }
    if (((categories[category].flags | categories[other].flags) & DYN_CATEGORY_SEVERAL) != 0) {
        return category == other && dyn_either_is_similar(snapshot, a, b);
    }

    return categories[category].kind == categories[other].kind;
}

#endif
