/* Items that are sold together: a catalogue's lines of kind "bundle". A bundle's number is its place in the snapshot. */
#ifndef DYN_BUNDLES_H
#define DYN_BUNDLES_H

#include "engine/catalogue/snapshot.h"

/* Of one item, by rising number of the bundle. */
typedef struct {
    const dyn_bundle_member_t *rows;
    uint32_t count; /* at most DYN_BUNDLES_PER_ITEM_MAX: those of more are left out */
} dyn_bundle_members_t;

/* The bundles that have the item. */
dyn_bundle_members_t dyn_bundles_of(const dyn_snapshot_t *snapshot, uint32_t item);

/* A bundle's items, bundle->items_count of them. */
static inline const uint32_t *dyn_bundle_items(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle)
{
    return (const uint32_t *)snapshot->sections[DYN_SECTION_BUNDLE_ITEMS].data + bundle->items_start;
}

/* What a bundle says in a language: that of its texts by language, or of the nearest parent (de-AT -> de), else its own. */
typedef struct {
    dyn_str_t title;
    dyn_str_t description; /* may be empty */
} dyn_bundle_words_t;

dyn_bundle_words_t dyn_bundle_words(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle, dyn_str_t language);

/* What it costs at that time, in milliseconds since 1970; minor units of the one currency. */
typedef struct {
    int64_t sum_minor;   /* of its items, each at what is asked for it then; -1: one has no price, not all have one currency, or it is no amount (engine/base/limits.h) */
    int64_t whole_minor; /* of the whole: its own, or the sum; -1 unknown */
    int64_t saved_minor; /* by how much the whole is less than the sum; 0: it is not, or one of them is unknown */
    const char *currency; /* three capitals, terminated; "" where nothing is known */
} dyn_bundle_price_t;

dyn_bundle_price_t dyn_bundle_price(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle, int64_t now_ms);

#endif
