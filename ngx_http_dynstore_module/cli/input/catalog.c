#include "cli/input/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"

void dyn_catalog_free(dyn_catalog_t *catalog)
{
    free(catalog->contents);
    free(catalog->bundles);
    dyn_ids_free(&catalog->bundle_ids);
    dyn_ids_free(&catalog->texts);
    dyn_ids_free(&catalog->category_keys);
    dyn_ids_free(&catalog->trait_keys);
    free(catalog->traits);
    free(catalog->owners);
    free(catalog->items);
    free(catalog->variants);
    free(catalog->children);
    free(catalog->additions);
    free(catalog->lists);
    free(catalog->categories);
    memset(catalog, 0, sizeof(*catalog));
}

uint32_t dyn_catalog_text(dyn_catalog_t *catalog, dyn_str_t text)
{
    uint32_t text_number = dyn_ids_add(&catalog->texts, text);

    if (text_number == DYN_NONE || text_number < catalog->owner_room) {
        return text_number;
    }

    uint32_t before = catalog->owner_room;
    void *owners = catalog->owners;

    if (!dyn_grow(&owners, before, &catalog->owner_room, 1, sizeof(*catalog->owners))) {
        return DYN_NONE;
    }
    catalog->owners = owners;
    memset(catalog->owners + before, 0xff,
           (catalog->owner_room - before) * sizeof(*catalog->owners));

    return text_number;
}

uint32_t dyn_catalog_find(const dyn_catalog_t *catalog, dyn_str_t id)
{
    uint32_t text = dyn_ids_find(&catalog->texts, id);

    return text == DYN_NONE ? DYN_NONE : catalog->owners[text];
}

dyn_catalog_item_t dyn_catalog_item_empty(void)
{
    return (dyn_catalog_item_t){
        .id = DYN_NONE,
        .title = DYN_NONE,
        .url = DYN_NONE,
        .image = DYN_NONE,
        .brand = DYN_NONE,
        .group = DYN_NONE,
        .category = DYN_NONE,
        .description = DYN_NONE,
        .fit = DYN_NONE,
        .language = DYN_NONE,
        .rating_hundredths = -1,
        .sale_price_minor = -1,
        .sale_until_ms = DYN_TIME_MS_MAX,
        .price_minor = -1,
        .stock = -1,
        .margin_bp = INT32_MIN,
    };
}

uint32_t dyn_catalog_find_or_add(dyn_catalog_t *catalog, dyn_str_t id)
{
    dyn_catalog_item_t item = dyn_catalog_item_empty();

    item.id = dyn_catalog_text(catalog, id);
    if (item.id == DYN_NONE || catalog->owners[item.id] != DYN_NONE) {
        return item.id == DYN_NONE ? DYN_NONE : catalog->owners[item.id];
    }

    return dyn_catalog_item_add(catalog, &item);
}

uint32_t dyn_catalog_category(dyn_catalog_t *catalog, uint32_t parent, uint32_t name)
{
    char key[32];
    int length = snprintf(key, sizeof(key), "%u/%u", (unsigned)parent, (unsigned)name);
    uint32_t category = dyn_ids_add(&catalog->category_keys, (dyn_str_t){key, (size_t)length});

    if (category == DYN_NONE || category < catalog->category_count) {
        return category;
    }

    void *categories = catalog->categories;

    if (!dyn_grow(&categories, catalog->category_count, &catalog->category_room, 1,
                  sizeof(*catalog->categories))) {
        return DYN_NONE;
    }
    catalog->categories = categories;
    catalog->categories[catalog->category_count++] = (dyn_catalog_category_t){
        .name = name,
        .parent = parent,
        .depth = parent == DYN_NONE ? 0 : catalog->categories[parent].depth + 1,
    };

    return category;
}

uint32_t dyn_catalog_trait(dyn_catalog_t *catalog, uint32_t name, uint32_t value)
{
    char key[32];
    int length = snprintf(key, sizeof(key), "%u/%u", (unsigned)name, (unsigned)value);
    uint32_t trait = dyn_ids_add(&catalog->trait_keys, (dyn_str_t){key, (size_t)length});
    void *traits = catalog->traits;

    if (trait == DYN_NONE || trait < catalog->trait_count) {
        return trait;
    }
    if (!dyn_grow(&traits, catalog->trait_count, &catalog->trait_room, 1,
                  sizeof(*catalog->traits))) {
        return DYN_NONE;
    }
    catalog->traits = traits;
    catalog->traits[catalog->trait_count++] = (dyn_catalog_trait_t){name, value};

    return trait;
}

bool dyn_catalog_content_add(dyn_catalog_t *catalog, const char *json)
{
    size_t length = strlen(json), used = catalog->content_bytes;
    char *grown = realloc(catalog->contents, used + length + 3);

    if (grown == NULL) {
        return false;
    }
    catalog->contents = grown;
    /* the bracket at the end gives way */
    used -= used > 0;
    grown[used] = catalog->content_bytes > 0 ? ',' : '[';
    memcpy(grown + used + 1, json, length);
    grown[used + 1 + length] = ']';
    catalog->content_bytes = used + length + 2;
    catalog->content_count++;

    return true;
}

bool dyn_catalog_bundle_add(dyn_catalog_t *catalog, const dyn_catalog_bundle_t *bundle)
{
    void *bundles = catalog->bundles;

    if (!dyn_grow(&bundles, catalog->bundle_count, &catalog->bundle_room, 1,
                  sizeof(*catalog->bundles)) ||
        dyn_ids_add(&catalog->bundle_ids, dyn_ids_text(&catalog->texts, bundle->id)) == DYN_NONE) {
        catalog->bundles = bundles;
        return false;
    }
    catalog->bundles = bundles;
    catalog->bundles[catalog->bundle_count++] = *bundle;

    return true;
}

bool dyn_catalog_list_add(dyn_catalog_t *catalog, uint32_t value)
{
    void *lists = catalog->lists;

    if (!dyn_grow(&lists, catalog->list_count, &catalog->list_room, 1, sizeof(*catalog->lists))) {
        return false;
    }
    catalog->lists = lists;
    catalog->lists[catalog->list_count++] = value;

    return true;
}

bool dyn_catalog_variant_add(dyn_catalog_t *catalog, const dyn_catalog_variant_t *variant)
{
    void *variants = catalog->variants;

    if (!dyn_grow(&variants, catalog->variant_count, &catalog->variant_room, 1,
                  sizeof(*catalog->variants))) {
        return false;
    }
    catalog->variants = variants;
    catalog->variants[catalog->variant_count++] = *variant;

    return true;
}

bool dyn_catalog_child_add(dyn_catalog_t *catalog, const dyn_catalog_child_t *child)
{
    void *children = catalog->children;

    if (!dyn_grow(&children, catalog->child_count, &catalog->child_room, 1,
                  sizeof(*catalog->children))) {
        return false;
    }
    catalog->children = children;
    catalog->children[catalog->child_count++] = *child;

    return true;
}

bool dyn_catalog_addition_add(dyn_catalog_t *catalog, const dyn_catalog_addition_t *addition)
{
    void *additions = catalog->additions;

    if (!dyn_grow(&additions, catalog->addition_count, &catalog->addition_room, 1,
                  sizeof(*catalog->additions))) {
        return false;
    }
    catalog->additions = additions;
    catalog->additions[catalog->addition_count++] = *addition;

    return true;
}

uint32_t dyn_catalog_item_add(dyn_catalog_t *catalog, const dyn_catalog_item_t *item)
{
    void *items = catalog->items;

    if (!dyn_grow(&items, catalog->item_count, &catalog->item_room, 1, sizeof(*catalog->items))) {
        return DYN_NONE;
    }
    catalog->items = items;
    catalog->items[catalog->item_count] = *item;

    catalog->owners[item->id] = catalog->item_count;
    for (uint32_t i = 0; i < item->variants.count; i++) {
        catalog->owners[catalog->variants[item->variants.start + i].id] = catalog->item_count;
    }

    return catalog->item_count++;
}

uint32_t dyn_catalog_settle_aliases(dyn_catalog_t *catalog)
{
    uint32_t others = 0;

    for (uint32_t i = 0; i < catalog->item_count; i++) {
        dyn_range_t aliases = catalog->items[i].aliases;

        for (uint32_t k = aliases.start; k < aliases.start + aliases.count; k++) {
            uint32_t *owner = &catalog->owners[catalog->lists[k]];

            if (*owner == DYN_NONE) {
                *owner = i;
            } else {
                others += *owner != i;
            }
        }
    }

    return others;
}

bool dyn_catalog_list_unite(dyn_catalog_t *catalog, dyn_range_t *range, dyn_range_t more)
{
    bool last = range->start + range->count == catalog->list_count;
    dyn_range_t both = last ? *range : (dyn_range_t){catalog->list_count, 0};

    for (uint32_t i = 0; !last && i < range->count; i++) {
        if (!dyn_catalog_list_add(catalog, catalog->lists[range->start + i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < more.count; i++) {
        uint32_t value = catalog->lists[more.start + i], at = both.start;

        while (at < catalog->list_count && catalog->lists[at] != value) {
            at++;
        }
        if (at == catalog->list_count && !dyn_catalog_list_add(catalog, value)) {
            return false;
        }
    }
    both.count = catalog->list_count - both.start;
    *range = both;

    return true;
}

void dyn_catalog_item_complete(const dyn_catalog_t *catalog, dyn_catalog_item_t *item)
{
    int64_t lowest = -1, pieces = 0;
    bool all_known = item->variants.count != 0;

    for (uint32_t i = 0; i < item->variants.count; i++) {
        const dyn_catalog_variant_t *variant = &catalog->variants[item->variants.start + i];

        if (variant->price_minor >= 0 && (lowest < 0 || variant->price_minor < lowest)) {
            lowest = variant->price_minor;
        }
        all_known = all_known && variant->stock >= 0;
        pieces += variant->stock;
    }
    if (item->price_minor < 0) {
        item->price_minor = lowest;
    }
    if (item->stock < 0 && all_known) {
        item->stock = (int32_t)(pieces < INT32_MAX ? pieces : INT32_MAX);
    }
    if (item->price_minor < 0) {
        memset(item->currency, 0, sizeof(item->currency));
    }
}
