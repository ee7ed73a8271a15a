#include "cli/input/catalog_settle.h"

#include <stdlib.h>
#include <string.h>

/* ---- variants with lines of their own ---- */

static int by_item(const void *a, const void *b)
{
    const dyn_catalog_child_t *first = a, *second = b;

    if (first->item != second->item) {
        return first->item < second->item ? -1 : 1;
    }

    return first->order < second->order ? -1 : first->order > second->order;
}

/* The price of an item is that of its variant for which least is asked; one that is sold out counts only where all are. */
typedef struct {
    int64_t lowest; /* -1: none yet */
    bool sold_out;
} cheapest_t;

static void take_price(dyn_catalog_item_t *item, const dyn_catalog_child_t *child,
                       cheapest_t *cheapest)
{
    int64_t price = child->variant.price_minor, sale = child->sale_price_minor;
    bool on_sale = sale >= 0 && sale < price, sold_out = child->variant.stock == 0;
    int64_t asked = on_sale ? sale : price;
    bool better = cheapest->lowest < 0 || (cheapest->sold_out && !sold_out) ||
                  (cheapest->sold_out == sold_out && asked < cheapest->lowest);

    if (asked < 0 || !better) {
        return;
    }
    *cheapest = (cheapest_t){asked, sold_out};
    item->price_minor = price;
    item->sale_price_minor = on_sale ? sale : -1;
    item->sale_from_ms = on_sale ? child->sale_from_ms : 0;
    item->sale_until_ms = on_sale ? child->sale_until_ms : DYN_TIME_MS_MAX;
    memcpy(item->currency, child->currency, sizeof(item->currency));
}

static bool no_memory_for(dyn_faults_t *faults, const char *path, uint64_t line)
{
    return dyn_fail(faults->error, "%.160s:%llu: memory or 32-bit numbers are out", path,
                    (unsigned long long)line);
}

static bool no_memory(dyn_faults_t *faults, const dyn_catalog_child_t *child)
{
    return no_memory_for(faults, child->path, child->line);
}

static void keep_traits(dyn_catalog_item_t *item, dyn_faults_t *faults, const char *path,
                        uint64_t line)
{
    if (item->traits.count > DYN_TRAITS_PER_ITEM_MAX) {
        item->traits.count = DYN_TRAITS_PER_ITEM_MAX;
        dyn_note(faults->notes, DYN_NOTE_too_many_traits, path, line, "attributes");
    }
}

/* Whether a child may go to this item; *taken is what it finds. False when reading must end. */
static bool may_adopt(const dyn_catalog_t *catalog, dyn_range_t variants,
                      const dyn_catalog_child_t *child, dyn_faults_t *faults, bool *may)
{
    const dyn_catalog_item_t *item = &catalog->items[child->item];
    uint32_t owner = catalog->owners[child->variant.id], at = variants.start;
    dyn_str_t id = dyn_ids_text(&catalog->texts, child->variant.id);

    *may = false;
    if (item->currency[0] != '\0' && child->currency[0] != '\0' &&
        memcmp(item->currency, child->currency, 3) != 0) {
        return dyn_fault(faults, child->path, child->line, "currency",
                         "is %s, but that of its item is %s", child->currency, item->currency);
    }
    /* a variant that is called as its item is the item itself */
    if (child->variant.id == item->id) {
        *may = true;
        return true;
    }
    while (at < variants.start + variants.count && catalog->variants[at].id != child->variant.id) {
        at++;
    }
    /* its own item may have it as an alias */
    if ((owner != DYN_NONE && owner != child->item) || at < variants.start + variants.count) {
        return dyn_fault(faults, child->path, child->line, "id",
                         "\"%.*s\" is already the id of an item or variant of line %llu",
                         (int)id.len, id.data, (unsigned long long)catalog->items[owner].line);
    }
    if (variants.count == DYN_VARIANTS_PER_ITEM_MAX) {
        return dyn_fault(faults, child->path, child->line, "id",
                         "is one more than the %d variants that an item can have",
                         DYN_VARIANTS_PER_ITEM_MAX);
    }
    *may = true;

    return true;
}

/* Behind those that are the item's own, before its variants'. */
static bool add_own_aliases(dyn_catalog_t *catalog, dyn_catalog_item_t *item, dyn_range_t more)
{
    dyn_range_t before = item->aliases;

    item->aliases = (dyn_range_t){before.start, item->own_aliases};
    if (!dyn_catalog_list_unite(catalog, &item->aliases, more)) {
        return false;
    }
    item->own_aliases = item->aliases.count;

    return dyn_catalog_list_unite(catalog, &item->aliases, before);
}

/* What lists the children from `start` to `end` bring; those that may not be adopted are gone by now. */
static bool unite_lists(dyn_catalog_t *catalog, uint32_t start, uint32_t end, dyn_faults_t *faults)
{
    dyn_catalog_item_t *item = &catalog->items[catalog->children[start].item];

    for (uint32_t i = start; i < end; i++) {
        if (!dyn_catalog_list_unite(catalog, &item->traits, catalog->children[i].traits)) {
            return no_memory(faults, &catalog->children[i]);
        }
    }
    keep_traits(item, faults, catalog->children[start].path, catalog->children[start].line);
    /* a line that is the item itself has aliases of the item, not of a variant */
    for (uint32_t i = start; i < end; i++) {
        if (catalog->children[i].variant.id == item->id &&
            !add_own_aliases(catalog, item, catalog->children[i].aliases)) {
            return no_memory(faults, &catalog->children[i]);
        }
    }
    for (uint32_t i = start; i < end; i++) {
        if (!dyn_catalog_list_unite(catalog, &item->aliases, catalog->children[i].aliases)) {
            return no_memory(faults, &catalog->children[i]);
        }
    }

    return true;
}

/* The children from `start` to `end` go to their item. */
static bool adopt(dyn_catalog_t *catalog, uint32_t start, uint32_t end, dyn_faults_t *faults)
{
    dyn_catalog_child_t *children = catalog->children;
    uint32_t number = children[start].item, kept = start;
    dyn_catalog_item_t *item = &catalog->items[number];
    dyn_range_t variants = {catalog->variant_count, 0};
    cheapest_t cheapest = {-1, false};
    bool priced = item->price_minor >= 0, may;

    for (uint32_t i = 0; i < item->variants.count; i++) {
        dyn_catalog_variant_t before = catalog->variants[item->variants.start + i];

        if (!dyn_catalog_variant_add(catalog, &before)) {
            return no_memory(faults, &children[start]);
        }
    }
    for (uint32_t i = start; i < end; i++) {
        variants.count = catalog->variant_count - variants.start;
        if (!may_adopt(catalog, variants, &children[i], faults, &may)) {
            return false;
        }
        if (!may) {
            continue;
        }
        if (!priced) {
            take_price(item, &children[i], &cheapest);
        }
        if (item->image == DYN_NONE) {
            item->image = children[i].image;
        }
        if (children[i].variant.id == item->id) {
            item->stock = item->stock < 0 ? children[i].variant.stock : item->stock;
        } else {
            catalog->owners[children[i].variant.id] = number;
            children[i].variant.aliases = children[i].aliases;
            if (!dyn_catalog_variant_add(catalog, &children[i].variant)) {
                return no_memory(faults, &children[i]);
            }
        }
        children[kept++] = children[i];
    }
    variants.count = catalog->variant_count - variants.start;
    item->variants = variants;
    dyn_catalog_item_complete(catalog, item);

    return unite_lists(catalog, start, kept, faults);
}

/* ---- additions with lines of their own ---- */

static int addition_by_item(const void *a, const void *b)
{
    const dyn_catalog_addition_t *first = a, *second = b;

    if (first->item != second->item) {
        return first->item < second->item ? -1 : 1;
    }

    return first->order < second->order ? -1 : first->order > second->order;
}

/* Additions whose owners are known by now go to their items; the others stay. */
static bool take_additions(dyn_catalog_t *catalog, dyn_faults_t *faults)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < catalog->addition_count; i++) {
        catalog->additions[i].item = catalog->owners[catalog->additions[i].owner];
    }
    if (catalog->addition_count > 0) {
        /* those without an item are last */
        qsort(catalog->additions, catalog->addition_count, sizeof(*catalog->additions),
              addition_by_item);
    }
    for (; at < catalog->addition_count && catalog->additions[at].item != DYN_NONE; at++) {
        const dyn_catalog_addition_t *addition = &catalog->additions[at];
        dyn_catalog_item_t *item = &catalog->items[addition->item];

        item->image = item->image == DYN_NONE ? addition->image : item->image;
        if (addition->traits.count == 0) {
            continue;
        }
        if (!dyn_catalog_list_unite(catalog, &item->traits, addition->traits)) {
            return no_memory_for(faults, addition->path, addition->line);
        }
        keep_traits(item, faults, addition->path, addition->line);
    }
    catalog->addition_count -= at;
    if (at > 0) {
        memmove(catalog->additions, catalog->additions + at,
                catalog->addition_count * sizeof(*catalog->additions));
    }

    return true;
}

/* ---- all of them ---- */

/* Children go to their items. */
static bool settle_children(dyn_catalog_t *catalog, dyn_faults_t *faults)
{
    dyn_catalog_child_t *children = catalog->children;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < catalog->child_count; i++) {
        dyn_str_t parent = dyn_ids_text(&catalog->texts, children[i].parent);

        children[i].item = catalog->owners[children[i].parent];
        if (children[i].item != DYN_NONE) {
            children[kept++] = children[i];
        } else if (!dyn_fault(faults, children[i].path, children[i].line, "variant_of",
                              "\"%.*s\" is no item: a variant needs one", (int)parent.len,
                              parent.data)) {
            return false;
        }
    }
    catalog->child_count = 0;
    if (kept == 0) {
        return true;
    }

    qsort(children, kept, sizeof(*children), by_item);
    for (uint32_t start = 0, end; start < kept; start = end) {
        for (end = start + 1; end < kept && children[end].item == children[start].item;) {
            end++;
        }
        if (!adopt(catalog, start, end, faults)) {
            return false;
        }
    }
    catalog->aliases_taken = dyn_catalog_settle_aliases(catalog);

    return true;
}

bool dyn_catalog_settle(dyn_catalog_t *catalog, dyn_faults_t *faults)
{
    catalog->aliases_taken = dyn_catalog_settle_aliases(catalog);
    /* an item's own picture goes before those of its variants, whose additions find them only when they are there */
    if (!take_additions(catalog, faults) || !settle_children(catalog, faults) ||
        !take_additions(catalog, faults)) {
        return false;
    }
    for (uint32_t i = 0; i < catalog->addition_count; i++) {
        dyn_note(faults->notes, DYN_NOTE_no_owner, catalog->additions[i].path,
                 catalog->additions[i].line, "__parentId");
    }
    catalog->addition_count = 0;

    return true;
}
