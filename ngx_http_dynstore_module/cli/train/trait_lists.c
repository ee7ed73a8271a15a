#define _GNU_SOURCE /* qsort_r */
#include "cli/train/trait_lists.h"

#include <stdlib.h>
#include <string.h>

static int compare_items(const void *a, const void *b, void *context)
{
    const dyn_item_t *items = context;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    const dyn_item_t *x = &items[first], *y = &items[second];

    if ((x->stock != 0) != (y->stock != 0)) {
        return x->stock != 0 ? -1 : 1;
    }
    if (x->popularity < y->popularity || x->popularity > y->popularity) {
        return x->popularity > y->popularity ? -1 : 1;
    }
    if (x->created_ms != y->created_ms) {
        return x->created_ms > y->created_ms ? -1 : 1;
    }

    return first < second ? -1 : first > second;
}

uint32_t *dyn_items_in_order(const dyn_item_t *items, uint32_t item_count, uint32_t *count)
{
    uint32_t *order = malloc(((size_t)item_count + 1) * sizeof(*order));

    *count = 0;
    for (uint32_t i = 0; order != NULL && i < item_count; i++) {
        if ((items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0) {
            order[(*count)++] = i;
        }
    }
    if (order != NULL) {
        qsort_r(order, *count, sizeof(*order), compare_items, (void *)(uintptr_t)items);
    }

    return order;
}

/* ---- lists ---- */

/* Calls for each owner of an item. */
typedef void (*owner_fn)(void *context, uint32_t owner, uint32_t item);
typedef void (*owners_fn)(const dyn_catalog_sections_t *sections, uint32_t item, owner_fn call,
                          void *context);

static void traits_of(const dyn_catalog_sections_t *sections, uint32_t item, owner_fn call,
                      void *context)
{
    const dyn_item_t *row = &sections->items[item];

    for (uint32_t i = 0; i < row->traits_count; i++) {
        call(context, sections->item_traits[row->traits_start + i], item);
    }
}

static void brand_of(const dyn_catalog_sections_t *sections, uint32_t item, owner_fn call,
                     void *context)
{
    if (sections->items[item].brand != DYN_NONE) {
        call(context, sections->items[item].brand, item);
    }
}

/* counts[i] of owner i, at most the longest list. */
static void count_one(void *context, uint32_t owner, uint32_t item)
{
    uint32_t *counts = context;

    (void)item;
    counts[owner] += counts[owner] < DYN_ITEMS_PER_TRAIT_MAX;
}

typedef struct {
    dyn_item_lists_t *lists;
    uint32_t *filled; /* by owner: where its next item goes */
} filling_t;

static void put_one(void *context, uint32_t owner, uint32_t item)
{
    filling_t *filling = context;

    if (filling->filled[owner] < filling->lists->starts[owner + 1]) {
        filling->lists->items[filling->filled[owner]++] = item;
    }
}

static bool make_lists(const dyn_catalog_sections_t *sections, const uint32_t *order,
                       uint32_t count, uint32_t owners, owners_fn owners_of,
                       dyn_item_lists_t *lists)
{
    uint32_t *counts = calloc((size_t)owners + 1, sizeof(*counts));
    filling_t filling = {lists, counts};

    lists->starts = calloc((size_t)owners + 2, sizeof(*lists->starts));
    if (counts == NULL || lists->starts == NULL) {
        free(counts);
        return false;
    }

    for (uint32_t i = 0; i < count; i++) {
        owners_of(sections, order[i], count_one, counts);
    }
    for (uint32_t owner = 0; owner < owners; owner++) {
        lists->starts[owner + 1] = lists->starts[owner] + counts[owner];
        counts[owner] = lists->starts[owner];
    }
    lists->item_count = lists->starts[owners];
    lists->items = malloc(((size_t)lists->item_count + 1) * sizeof(*lists->items));
    for (uint32_t i = 0; lists->items != NULL && i < count; i++) {
        owners_of(sections, order[i], put_one, &filling);
    }
    free(counts);

    return lists->items != NULL;
}

/* ---- prices ---- */

static bool is_priced(const dyn_item_t *item)
{
    return (item->flags & DYN_ITEM_IN_CATALOGUE) != 0 && item->stock != 0 && item->price_minor >= 0;
}

typedef struct {
    char currency[4];
    uint32_t count;
} currency_t;

/* The currency of most items; of several the one met first. A shop has one, and a few where it sells abroad. */
static void most_common_currency(const dyn_catalog_sections_t *sections, char currency[4])
{
    enum { CURRENCIES_MAX = 64 };
    currency_t met[CURRENCIES_MAX];
    uint32_t count = 0, best = 0;

    for (uint32_t i = 0; i < sections->item_count; i++) {
        const dyn_item_t *item = &sections->items[i];
        uint32_t k = 0;

        if (!is_priced(item)) {
            continue;
        }
        while (k < count && memcmp(met[k].currency, item->currency, 4) != 0) {
            k++;
        }
        if (k == count && count < CURRENCIES_MAX) {
            memcpy(met[k].currency, item->currency, 4);
            met[k].count = 0;
            count++;
        }
        if (k < count) {
            met[k].count++;
        }
    }
    for (uint32_t k = 1; k < count; k++) {
        best = met[k].count > met[best].count ? k : best;
    }
    memset(currency, 0, 4);
    if (count > 0) {
        memcpy(currency, met[best].currency, 4);
    }
}

typedef struct {
    uint32_t category;
    int64_t minor;
} priced_t;

static int compare_priced(const void *left, const void *right)
{
    const priced_t *a = left, *b = right;

    if (a->category != b->category) {
        return a->category < b->category ? -1 : 1;
    }

    return (a->minor > b->minor) - (a->minor < b->minor);
}

/* Each price once for its category and for each one above it. */
static priced_t *collect_prices(const dyn_catalog_sections_t *sections, size_t *count)
{
    priced_t *priced =
        malloc(((size_t)sections->item_count * DYN_CATEGORY_DEPTH_MAX + 1) * sizeof(*priced));
    char currency[4];

    most_common_currency(sections, currency);
    *count = 0;
    for (uint32_t i = 0; priced != NULL && i < sections->item_count; i++) {
        const dyn_item_t *item = &sections->items[i];
        bool counts = is_priced(item) && memcmp(item->currency, currency, 4) == 0;

        for (uint32_t c = counts ? item->category : DYN_NONE; c != DYN_NONE;
             c = sections->categories[c].parent) {
            priced[(*count)++] = (priced_t){c, item->price_minor};
        }
    }

    return priced;
}

static bool make_prices(const dyn_catalog_sections_t *sections, dyn_trait_lists_t *lists)
{
    size_t count;
    priced_t *priced = collect_prices(sections, &count);

    lists->prices = malloc(((size_t)sections->category_count + 1) * sizeof(*lists->prices));
    if (priced == NULL || lists->prices == NULL) {
        free(priced);
        return false;
    }

    for (uint32_t c = 0; c < sections->category_count; c++) {
        lists->prices[c] = (dyn_category_price_t){-1, -1};
    }
    qsort(priced, count, sizeof(*priced), compare_priced);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && priced[end].category == priced[i].category;) {
            end++;
        }
        lists->prices[priced[i].category] = (dyn_category_price_t){
            priced[i + (end - i - 1) / 4].minor, priced[i + (end - i - 1) / 2].minor};
        lists->any_prices = true;
    }
    free(priced);

    return true;
}

bool dyn_trait_lists_make(const dyn_catalog_sections_t *sections, dyn_trait_lists_t *lists)
{
    uint32_t count;
    uint32_t *order = dyn_items_in_order(sections->items, sections->item_count, &count);

    memset(lists, 0, sizeof(*lists));

    bool made =
        order != NULL &&
        make_lists(sections, order, count, sections->trait_count, traits_of, &lists->of_traits) &&
        make_lists(sections, order, count, sections->brand_count, brand_of, &lists->of_brands) &&
        make_prices(sections, lists);
    free(order);

    return made;
}

static void write_lists(const dyn_item_lists_t *lists, dyn_section_t starts_id, uint32_t owners,
                        dyn_snapshot_writer_t *writer)
{
    if (lists->item_count > 0) {
        dyn_snapshot_writer_add(writer, starts_id, lists->starts, (uint64_t)owners + 1);
        dyn_snapshot_writer_add(writer, starts_id + 1, lists->items, lists->item_count);
    }
}

void dyn_trait_lists_write(const dyn_trait_lists_t *lists, const dyn_catalog_sections_t *sections,
                           dyn_snapshot_writer_t *writer)
{
    write_lists(&lists->of_traits, DYN_SECTION_TRAIT_ITEMS_STARTS, sections->trait_count, writer);
    write_lists(&lists->of_brands, DYN_SECTION_BRAND_ITEMS_STARTS, sections->brand_count, writer);
    if (lists->any_prices) {
        dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORY_PRICES, lists->prices,
                                sections->category_count);
    }
}

void dyn_trait_lists_free(dyn_trait_lists_t *lists)
{
    free(lists->of_traits.starts);
    free(lists->of_traits.items);
    free(lists->of_brands.starts);
    free(lists->of_brands.items);
    free(lists->prices);
    memset(lists, 0, sizeof(*lists));
}
