/* Kinds: things of which a shopper needs one, so that who has chosen one wants no other. */
#ifndef DYN_KIND_H
#define DYN_KIND_H

#include "engine/catalogue/offer.h"

/*
 * True when the items' categories are of one kind (dyn_category_t.kind: trekking tents and ultralight tents). In a category that
 * holds several kinds of things (DYN_CATEGORY_SEVERAL: pegs and seam sealer) only what is similar is of one kind: two sets of pegs.
 * An item is of its own kind.
 */
bool dyn_same_kind(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b);

#endif
