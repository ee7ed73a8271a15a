/* Kinds: things of which a shopper needs one, so that who has chosen one wants no other. */
#ifndef DYN_KIND_H
#define DYN_KIND_H

#include "engine/catalogue/offer.h"

/*
 * True when the items are of one deepest category; or of one parent, their prices within a factor of 3, and neither fits the other
 * (compatible_with) or is often bought with it.
 */
bool dyn_same_kind(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b);

#endif
