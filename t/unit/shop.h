/*
 * A small shop for tests and benches: items whose fields a test changes at will, lists of neighbours, then a snapshot of them.
 *
 * Item n has the id "i" + five digits of n, so items stand in the order of their numbers; it is in the catalogue, costs
 * 10.00 EUR + n cents, has no brand, no category, no restriction, unknown stock and is a group of its own.
 */
#ifndef SHOP_H
#define SHOP_H

#include "engine/catalogue/snapshot.h"

typedef enum {
    SHOP_NEIGHBOURS,
    SHOP_BOUGHT_WITH,
    SHOP_SIMILAR,
    SHOP_CATEGORY_BOUGHT_WITH,
    SHOP_CATEGORY_POPULAR,
    SHOP_POPULAR,
    SHOP_TRENDING,
    SHOP_LISTS
} shop_list_t;

typedef struct shop_s shop_t;

shop_t *shop_new(uint32_t items);
dyn_item_t *shop_item(shop_t *shop, uint32_t item);
dyn_string_ref_t shop_string(shop_t *shop, const char *text);
/* Returns its number; parent may be DYN_NONE. */
uint32_t shop_category(shop_t *shop, const char *name, uint32_t parent);
uint32_t shop_brand(shop_t *shop, const char *name);
/* Gives the item `count` variants with this stock each. */
void shop_variants(shop_t *shop, uint32_t item, uint32_t count, int32_t stock);
/* codes: "DEFR" */
void shop_countries(shop_t *shop, uint32_t item, const char *codes, bool blocked);
/* Appends; lists must fall in weight and, for one owner, be added in order. owner is not looked at for the shop's own lists. */
void shop_edge(shop_t *shop, shop_list_t list, uint32_t owner, uint32_t item, float weight);
/* The same, where orders are counted: shop_edge() says 10 of them. */
void shop_orders(shop_t *shop, shop_list_t list, uint32_t owner, uint32_t item, float weight, uint32_t orders);
/* The two are alike: in both lists that say so, as items are that few sessions know. */
void shop_alike(shop_t *shop, uint32_t owner, uint32_t item, float weight);
/* Traits are made in the order of their names and values, and given to the items in the order of the traits. */
uint32_t shop_trait(shop_t *shop, const char *name, const char *value);
void shop_has(shop_t *shop, uint32_t item, uint32_t trait);
dyn_category_t *shop_category_record(shop_t *shop, uint32_t category);
/* What is cheap in the category, minor units. */
void shop_category_price(shop_t *shop, uint32_t category, int64_t low);
/* The item is sold at this price from then (0: from ever) until before then (DYN_TIME_MS_MAX: for good). */
void shop_sale(shop_t *shop, uint32_t item, int64_t price_minor, int64_t from_ms, int64_t until_ms);
/*
 * Items that are sold together, for this price (-1: for what they cost), in the order of the ids: "b00000", "b00001" ... Returns its
 * number; its title is "Bundle N".
 */
uint32_t shop_bundle(shop_t *shop, const uint32_t *items, uint32_t count, int64_t price_minor);
/* Texts of the newest bundle in a language. */
void shop_bundle_text(shop_t *shop, const char *language, const char *title, const char *description);
/* The record, which a test may spoil. */
dyn_bundle_t *shop_bundle_record(shop_t *shop, uint32_t bundle);
/* Appends to what fits `item`; all calls for one item must follow each other. */
void shop_compatible(shop_t *shop, uint32_t item, uint32_t other);
/* The snapshot; ends the program with a sentence when it is not valid. The shop may be changed and opened again. */
const dyn_snapshot_t *shop_open(shop_t *shop);
/* Why the snapshot would not be taken, or NULL. */
const char *shop_refusal(shop_t *shop);
/* Writes the file that shop_open() would read. */
bool shop_save(shop_t *shop, const char *path);
void shop_free(shop_t *shop);

#endif
