/*
 * From the catalogue's sections and what is popular: the best items of each trait and of each brand, and what the items of each
 * category cost. engine/catalogue/traits.h says how they are read.
 */
#ifndef DYN_TRAIT_LISTS_H
#define DYN_TRAIT_LISTS_H

#include "cli/train/catalog_sections.h"

typedef struct {
    uint32_t *starts; /* one more than there are owners */
    uint32_t *items;
    uint32_t item_count;
} dyn_item_lists_t;

typedef struct {
    dyn_item_lists_t of_traits, of_brands;
    dyn_category_price_t *prices; /* by category */
    bool any_prices;
} dyn_trait_lists_t;

/*
 * The items of the catalogue in the order in which they stand in such lists: available ones first, then the most popular, then the
 * newest, then by their numbers. For free(); NULL when memory is out.
 */
uint32_t *dyn_items_in_order(const dyn_item_t *items, uint32_t item_count, uint32_t *count);

/* The items' popularity must be known. False when memory is out; free it in either case. */
bool dyn_trait_lists_make(const dyn_catalog_sections_t *sections, dyn_trait_lists_t *lists);
/* The lists must stay until the writer is done. */
void dyn_trait_lists_write(const dyn_trait_lists_t *lists, const dyn_catalog_sections_t *sections,
                           dyn_snapshot_writer_t *writer);
void dyn_trait_lists_free(dyn_trait_lists_t *lists);

#endif
