/*
 * The catalogue while a snapshot is built: items in the order in which they were met, texts as numbers. Readers fill it,
 * cli/train/catalog_sections.h turns it into sections. docs/catalog.md says what the input looks like.
 */
#ifndef DYN_CATALOG_H
#define DYN_CATALOG_H

#include "cli/base/ids.h"
#include "engine/base/limits.h"
#include "engine/base/types.h"

/* A part of an array that is shared by all items. */
typedef struct {
    uint32_t start;
    uint32_t count;
} dyn_range_t;

/* Texts are numbers in dyn_catalog_t.texts; DYN_NONE: none. Everything else as in dyn_item_t. */
typedef struct {
    uint32_t id, title, url, image, brand, group;
    uint32_t category; /* in dyn_catalog_t.categories */
    uint32_t description, fit, language;
    dyn_range_t traits;   /* in lists: numbers in dyn_catalog_t.traits; one may be there twice */
    dyn_range_t badges;   /* in lists: texts */
    dyn_range_t keywords; /* in lists: texts */
    dyn_range_t
        aliases; /* in lists: texts; those that are the item's are told by dyn_catalog_t.owners */
    uint32_t own_aliases; /* of these the first so many are its own; the others are its variants' */
    dyn_range_t
        compatible; /* in lists: texts, ids of items or variants that may come later or never */
    dyn_range_t countries; /* in lists: first letter | second << 8 */
    dyn_range_t variants;
    int64_t price_minor, created_ms;
    int64_t sale_price_minor, sale_from_ms, sale_until_ms;
    int32_t stock, margin_bp, rating_hundredths;
    uint32_t rating_count;
    char currency[4];
    bool countries_blocked;
    uint8_t age_min;
    bool in_catalogue;
    uint64_t line; /* where it was read; 0 when known from events only */
} dyn_catalog_item_t;

typedef struct {
    uint32_t id, title;
    int64_t price_minor;
    int32_t stock;
    dyn_range_t aliases; /* in lists: texts; its item has them, too */
} dyn_catalog_variant_t;

/* Items that are sold together. */
typedef struct {
    uint32_t id, title, description, url, image;
    dyn_range_t items; /* in lists: texts, ids of items or variants that may come later or never */
    dyn_range_t texts; /* in lists: language, title and description (texts) of each language */
    int64_t price_minor;
    char currency[4];
} dyn_catalog_bundle_t;

typedef struct {
    uint32_t name, parent, depth;
} dyn_catalog_category_t;

typedef struct {
    uint32_t name, value;
} dyn_catalog_trait_t;

/* A variant that has a line of its own, until it goes to its item. */
typedef struct {
    uint32_t parent; /* a text: an id or an alias of the item */
    uint32_t item;   /* its number, when it is known */
    uint32_t image;
    dyn_range_t traits, aliases; /* in lists, as those of an item */
    dyn_catalog_variant_t variant;
    int64_t sale_price_minor, sale_from_ms, sale_until_ms;
    char currency[4];
    const char *path;
    uint64_t line;
    uint32_t order; /* in which they were met */
} dyn_catalog_child_t;

/* What a line of its own tells of an item or of a variant, until it goes to the item. */
typedef struct {
    uint32_t owner; /* a text: an id or an alias of the item or variant */
    uint32_t item;  /* its number, when it is known */
    uint32_t image;
    dyn_range_t traits; /* in lists, as those of an item */
    const char *path;
    uint64_t line;
    uint32_t order; /* in which they were met */
} dyn_catalog_addition_t;

typedef struct {
    dyn_ids_t texts;
    uint32_t *owners; /* by text: the item that has it as its own or a variant's id; DYN_NONE */
    uint32_t owner_room;
    dyn_catalog_item_t *items;
    uint32_t item_count, item_room;
    dyn_catalog_variant_t *variants;
    uint32_t variant_count, variant_room;
    dyn_catalog_child_t *children;
    uint32_t child_count, child_room;
    dyn_catalog_addition_t *additions;
    uint32_t addition_count, addition_room;
    uint32_t *lists;
    uint32_t list_count, list_room;
    dyn_catalog_category_t *categories;
    uint32_t category_count, category_room;
    dyn_ids_t category_keys;
    dyn_catalog_trait_t *traits;
    uint32_t trait_count, trait_room;
    dyn_ids_t trait_keys;
    char *contents; /* a JSON list of the approved lines of kind content; NULL: there are none */
    size_t content_bytes;
    uint32_t content_count, unapproved_count;
    dyn_catalog_bundle_t *bundles;
    uint32_t bundle_count, bundle_room;
    dyn_ids_t bundle_ids;
    uint32_t aliases_taken; /* left out: they are ids or aliases of other items */
} dyn_catalog_t;

void dyn_catalog_free(dyn_catalog_t *catalog);

/* The functions below give DYN_NONE (false) when memory or 32-bit numbers are out. */
uint32_t dyn_catalog_text(dyn_catalog_t *catalog, dyn_str_t text);
/* The item whose own or whose variant's id it is; DYN_NONE when there is none. */
uint32_t dyn_catalog_find(const dyn_catalog_t *catalog, dyn_str_t id);
/* The same, and an item with nothing but the id when there is none. The id must be good. */
uint32_t dyn_catalog_find_or_add(dyn_catalog_t *catalog, dyn_str_t id);
/* The category of that name (a text) below the parent (DYN_NONE: at the top), made when there is none. */
uint32_t dyn_catalog_category(dyn_catalog_t *catalog, uint32_t parent, uint32_t name);
/* The trait of that name and value (texts), made when there is none. */
uint32_t dyn_catalog_trait(dyn_catalog_t *catalog, uint32_t name, uint32_t value);
/* A content, as JSON of an object without line breaks. */
bool dyn_catalog_content_add(dyn_catalog_t *catalog, const char *json);
/* Its id must be free: dyn_ids_find() in bundle_ids. */
bool dyn_catalog_bundle_add(dyn_catalog_t *catalog, const dyn_catalog_bundle_t *bundle);
bool dyn_catalog_list_add(dyn_catalog_t *catalog, uint32_t value);
/* Adds what a list of a variant has and that of its item has not. */
bool dyn_catalog_list_unite(dyn_catalog_t *catalog, dyn_range_t *range, dyn_range_t more);
bool dyn_catalog_variant_add(dyn_catalog_t *catalog, const dyn_catalog_variant_t *variant);
bool dyn_catalog_child_add(dyn_catalog_t *catalog, const dyn_catalog_child_t *child);
bool dyn_catalog_addition_add(dyn_catalog_t *catalog, const dyn_catalog_addition_t *addition);
/* Adds the item and makes it owner of its id and of its variants' ids, which must be free. Returns its number. */
uint32_t dyn_catalog_item_add(dyn_catalog_t *catalog, const dyn_catalog_item_t *item);

/* What the item itself does not say, its variants say together: the lowest price, the sum of the pieces. */
void dyn_catalog_item_complete(const dyn_catalog_t *catalog, dyn_catalog_item_t *item);

/*
 * Makes each item owner of those of its aliases that are nobody's id; the first item that has an alias gets it. To be called once
 * all items are there. Returns how many aliases are another item's.
 */
uint32_t dyn_catalog_settle_aliases(dyn_catalog_t *catalog);

/* An item of which nothing is known. */
dyn_catalog_item_t dyn_catalog_item_empty(void);

#endif
