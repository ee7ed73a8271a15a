/*
 * What the items of a snapshot are and what is told of them: traits (tags, colours, sizes, audiences, values of attributes),
 * details, and the lists by which a trait, a brand or the price level of a category is looked up. All of it may be missing: lists
 * are then empty. Items, traits, brands and categories are numbers of the snapshot; nothing is allocated.
 */
#ifndef DYN_TRAITS_H
#define DYN_TRAITS_H

#include "engine/catalogue/snapshot.h"

typedef struct {
    const uint32_t *numbers;
    uint32_t count;
} dyn_numbers_t;

/* The traits of an item, rising. */
static inline dyn_numbers_t dyn_item_traits(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_t *row = &snapshot->items[item];

    return row->traits_count == 0
               ? (dyn_numbers_t){NULL, 0}
               : (dyn_numbers_t){snapshot->item_traits + row->traits_start, row->traits_count};
}

/* Fills what of a valid snapshot is found once: the audiences and what is cheap in the shop. */
void dyn_traits_open(dyn_snapshot_t *snapshot);

/* "tag", "colour", "audience", "size", or the name of an attribute. */
static inline dyn_str_t dyn_trait_name(const dyn_snapshot_t *snapshot, uint32_t trait)
{
    return dyn_snapshot_string(snapshot, snapshot->traits[trait].name);
}

static inline dyn_str_t dyn_trait_value(const dyn_snapshot_t *snapshot, uint32_t trait)
{
    return dyn_snapshot_string(snapshot, snapshot->traits[trait].value);
}

/* The trait of that name and value, or DYN_NONE. */
uint32_t dyn_trait_find(const dyn_snapshot_t *snapshot, dyn_str_t name, dyn_str_t value);
/* The brand of that name, or DYN_NONE. */
uint32_t dyn_brand_find(const dyn_snapshot_t *snapshot, dyn_str_t name);
bool dyn_item_has_trait(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t trait);

/*
 * Items of the catalogue that have the trait (are of the brand), at most DYN_ITEMS_PER_TRAIT_MAX: those that were available first,
 * then the most popular, then the newest.
 */
dyn_numbers_t dyn_trait_items(const dyn_snapshot_t *snapshot, uint32_t trait);
dyn_numbers_t dyn_brand_items(const dyn_snapshot_t *snapshot, uint32_t brand);

/* Never NULL; of an item of which nothing is told everything is empty or unknown. */
const dyn_item_details_t *dyn_item_details(const dyn_snapshot_t *snapshot, uint32_t item);
/* The texts' references: short words to be shown beside the item, and words under which it is looked for. */
dyn_numbers_t dyn_item_badges(const dyn_snapshot_t *snapshot, uint32_t item);
dyn_numbers_t dyn_item_keywords(const dyn_snapshot_t *snapshot, uint32_t item);

/* In minor units: what a quarter (half) of the available items of the category and of those below it costs at most; -1 unknown. */
int64_t dyn_category_price_low(const dyn_snapshot_t *snapshot, uint32_t category);
int64_t dyn_category_price_median(const dyn_snapshot_t *snapshot, uint32_t category);

#endif
