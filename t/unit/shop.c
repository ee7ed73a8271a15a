#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/catalogue/category_keys.h"
#include "cli/train/snapshot_writer.h"

enum { VARIANTS_MAX = 4096, SMALL_MAX = 4096 };

typedef struct {
    uint32_t owner;
    dyn_edge_t edge;
    uint32_t support;
} owned_edge_t;

typedef struct {
    uint32_t owner, number;
} owned_number_t;

/* `starts` has one more than there are owners. */
typedef struct {
    uint32_t starts[SMALL_MAX + 2];
    uint32_t numbers[SMALL_MAX];
} numbers_t;

struct shop_s {
    char *strings;
    size_t strings_length, strings_size;
    dyn_item_t *items;
    uint32_t item_count;
    dyn_category_t categories[SMALL_MAX];
    uint32_t category_count;
    dyn_string_ref_t brands[SMALL_MAX];
    uint32_t brand_count;
    uint32_t variants_wanted[SMALL_MAX];
    int32_t variants_stock[SMALL_MAX];
    dyn_variant_t variants[VARIANTS_MAX];
    uint32_t variant_count;
    uint16_t countries[SMALL_MAX];
    uint32_t country_count;
    uint32_t compatible[SMALL_MAX];
    uint32_t compatible_count;
    struct {
        owned_edge_t *rows;
        uint32_t count, size;
        uint32_t *starts;
        dyn_edge_t *edges;
        uint32_t *supports;
    } lists[SHOP_LISTS];
    dyn_trait_t traits[SMALL_MAX];
    uint32_t trait_count;
    owned_number_t has[SMALL_MAX]; /* traits of items */
    uint32_t has_count;
    uint32_t item_traits[SMALL_MAX];
    numbers_t trait_items, brand_items;
    dyn_category_price_t prices[SMALL_MAX];
    bool has_prices;
    dyn_bundle_t bundles[SMALL_MAX];
    uint32_t bundle_count;
    uint32_t bundle_items[SMALL_MAX];
    uint32_t bundle_item_count;
    dyn_bundle_text_t bundle_texts[SMALL_MAX];
    uint32_t bundle_text_count;
    dyn_bundle_member_t bundle_members[SMALL_MAX];
    dyn_item_details_t *details; /* NULL: nothing is told of any item */
    dyn_hash_row_t *ids;
    uint64_t id_rows;
    dyn_hash_row_t *keys;
    uint64_t key_rows;
    uint64_t hash_seed; /* any will do */
    uint8_t *unrestricted;
    void *bytes;
    dyn_snapshot_t *snapshot;
};

static void stop(const char *sentence)
{
    fprintf(stderr, "shop: %s\n", sentence);
    abort();
}

static void *memory(void *old, size_t size)
{
    void *new = realloc(old, size);

    if (new == NULL) {
        stop("no memory");
    }

    return new;
}

dyn_string_ref_t shop_string(shop_t *shop, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    size_t record = (4 + length + 1 + 3) & ~(size_t)3;

    while (shop->strings_size < shop->strings_length + record) {
        shop->strings_size = shop->strings_size * 2 + 4096;
        shop->strings = memory(shop->strings, shop->strings_size);
    }

    char *at = shop->strings + shop->strings_length;
    dyn_string_ref_t reference = (dyn_string_ref_t)shop->strings_length;

    memset(at, 0, record);
    memcpy(at, &length, 4);
    memcpy(at + 4, text, length);
    shop->strings_length += record;

    return reference;
}

shop_t *shop_new(uint32_t items)
{
    shop_t *shop = calloc(1, sizeof(*shop));

    if (shop == NULL) {
        stop("no memory");
    }
    shop_string(shop, "");
    shop->item_count = items;
    shop->items = memory(NULL, (items + 1) * sizeof(dyn_item_t));
    memset(shop->items, 0, (items + 1) * sizeof(dyn_item_t));

    for (uint32_t i = 0; i < items; i++) {
        char text[64];

        snprintf(text, sizeof(text), "i%05u", i);
        shop->items[i] = (dyn_item_t){
            .id = shop_string(shop, text),
            .price_minor = 1000 + i,
            .currency = "EUR",
            .category = DYN_NONE,
            .brand = DYN_NONE,
            .group = i,
            .stock = -1,
            .margin_bp = INT32_MIN,
            .flags = DYN_ITEM_IN_CATALOGUE,
        };
        snprintf(text, sizeof(text), "Item %u", i);
        shop->items[i].title = shop_string(shop, text);
        snprintf(text, sizeof(text), "/products/i%05u", i);
        shop->items[i].url = shop_string(shop, text);
        snprintf(text, sizeof(text), "https://cdn.example.com/i%05u.svg", i);
        shop->items[i].image = shop_string(shop, text);
    }

    return shop;
}

dyn_item_t *shop_item(shop_t *shop, uint32_t item)
{
    return &shop->items[item];
}

uint32_t shop_category(shop_t *shop, const char *name, uint32_t parent)
{
    uint16_t depth = parent == DYN_NONE ? 0 : (uint16_t)(shop->categories[parent].depth + 1);

    shop->categories[shop->category_count] =
        (dyn_category_t){shop_string(shop, name), parent, depth, 0, shop->category_count};

    return shop->category_count++;
}

uint32_t shop_brand(shop_t *shop, const char *name)
{
    shop->brands[shop->brand_count] = shop_string(shop, name);

    return shop->brand_count++;
}

void shop_variants(shop_t *shop, uint32_t item, uint32_t count, int32_t stock)
{
    shop->variants_wanted[item] = count;
    shop->variants_stock[item] = stock;
    /* as dynstore build does */
    shop->items[item].stock = stock < 0 ? -1 : stock * (int32_t)count;
}

void shop_countries(shop_t *shop, uint32_t item, const char *codes, bool blocked)
{
    shop->items[item].countries_start = shop->country_count;
    shop->items[item].countries_count = (uint16_t)(strlen(codes) / 2);
    shop->items[item].countries_blocked = blocked;
    for (; codes[0] != '\0'; codes += 2) {
        shop->countries[shop->country_count++] =
            (uint16_t)((unsigned char)codes[0] | (unsigned char)codes[1] << 8);
    }
}

void shop_compatible(shop_t *shop, uint32_t item, uint32_t other)
{
    if (shop->items[item].compatible_count++ == 0) {
        shop->items[item].compatible_start = shop->compatible_count;
    }
    shop->compatible[shop->compatible_count++] = other;
}

void shop_orders(shop_t *shop, shop_list_t list, uint32_t owner, uint32_t item, float weight,
                 uint32_t orders)
{
    uint32_t count = shop->lists[list].count++;

    if (shop->lists[list].size <= count) {
        shop->lists[list].size = shop->lists[list].size * 2 + 256;
        shop->lists[list].rows =
            memory(shop->lists[list].rows, shop->lists[list].size * sizeof(owned_edge_t));
    }
    shop->lists[list].rows[count] = (owned_edge_t){owner, {item, weight}, orders};
}

void shop_edge(shop_t *shop, shop_list_t list, uint32_t owner, uint32_t item, float weight)
{
    shop_orders(shop, list, owner, item, weight, 10);
}

void shop_alike(shop_t *shop, uint32_t owner, uint32_t item, float weight)
{
    shop_edge(shop, SHOP_NEIGHBOURS, owner, item, weight);
    shop_edge(shop, SHOP_SIMILAR, owner, item, weight);
}

uint32_t shop_trait(shop_t *shop, const char *name, const char *value)
{
    shop->traits[shop->trait_count] =
        (dyn_trait_t){.name = shop_string(shop, name), .value = shop_string(shop, value)};

    return shop->trait_count++;
}

void shop_has(shop_t *shop, uint32_t item, uint32_t trait)
{
    shop->has[shop->has_count++] = (owned_number_t){item, trait};
}

dyn_category_t *shop_category_record(shop_t *shop, uint32_t category)
{
    return &shop->categories[category];
}

void shop_category_price(shop_t *shop, uint32_t category, int64_t low)
{
    for (uint32_t i = 0; !shop->has_prices && i < SMALL_MAX; i++) {
        shop->prices[i] = (dyn_category_price_t){-1, -1};
    }
    shop->has_prices = true;
    shop->prices[category] = (dyn_category_price_t){low, low};
}

void shop_sale(shop_t *shop, uint32_t item, int64_t price_minor, int64_t from_ms, int64_t until_ms)
{
    if (shop->details == NULL) {
        shop->details = memory(NULL, shop->item_count * sizeof(dyn_item_details_t));
        memset(shop->details, 0, shop->item_count * sizeof(dyn_item_details_t));
        for (uint32_t i = 0; i < shop->item_count; i++) {
            shop->details[i].rating_hundredths = -1;
            shop->details[i].sale_price_minor = -1;
            shop->details[i].sale_until_ms = DYN_TIME_MS_MAX;
        }
    }
    shop->items[item].flags |= DYN_ITEM_HAS_SALE;
    shop->details[item].sale_price_minor = price_minor;
    shop->details[item].sale_from_ms = from_ms;
    shop->details[item].sale_until_ms = until_ms;
}

uint32_t shop_bundle(shop_t *shop, const uint32_t *items, uint32_t count, int64_t price_minor)
{
    dyn_bundle_t *bundle = &shop->bundles[shop->bundle_count];
    char text[32];

    snprintf(text, sizeof(text), "b%05u", shop->bundle_count);
    *bundle = (dyn_bundle_t){.id = shop_string(shop, text),
                             .price_minor = price_minor,
                             .items_start = shop->bundle_item_count,
                             .items_count = count,
                             .texts_start = shop->bundle_text_count};
    snprintf(text, sizeof(text), "Bundle %u", shop->bundle_count);
    bundle->title = shop_string(shop, text);
    snprintf(text, sizeof(text), "/sets/b%05u", shop->bundle_count);
    bundle->url = shop_string(shop, text);
    if (price_minor >= 0) {
        memcpy(bundle->currency, "EUR", 4);
    }
    memcpy(shop->bundle_items + shop->bundle_item_count, items, count * sizeof(*items));
    shop->bundle_item_count += count;

    return shop->bundle_count++;
}

void shop_bundle_text(shop_t *shop, const char *language, const char *title,
                      const char *description)
{
    shop->bundle_texts[shop->bundle_text_count++] = (dyn_bundle_text_t){
        shop_string(shop, language), shop_string(shop, title), shop_string(shop, description)};
    shop->bundles[shop->bundle_count - 1].texts_count++;
}

dyn_bundle_t *shop_bundle_record(shop_t *shop, uint32_t bundle)
{
    return &shop->bundles[bundle];
}

static int by_item_and_bundle(const void *a, const void *b)
{
    const dyn_bundle_member_t *left = a, *right = b;

    if (left->item != right->item) {
        return left->item < right->item ? -1 : 1;
    }

    return (left->bundle > right->bundle) - (left->bundle < right->bundle);
}

static void add_bundles(shop_t *shop, dyn_snapshot_writer_t *writer)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < shop->bundle_count; i++) {
        for (uint32_t k = 0; k < shop->bundles[i].items_count; k++) {
            shop->bundle_members[count++] =
                (dyn_bundle_member_t){shop->bundle_items[shop->bundles[i].items_start + k], i};
        }
    }
    qsort(shop->bundle_members, count, sizeof(dyn_bundle_member_t), by_item_and_bundle);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLES, shop->bundles, shop->bundle_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_ITEMS, shop->bundle_items,
                            shop->bundle_item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_TEXTS, shop->bundle_texts,
                            shop->bundle_text_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_MEMBERS, shop->bundle_members, count);
}

static void make_variants(shop_t *shop)
{
    shop->variant_count = 0;
    for (uint32_t i = 0; i < shop->item_count; i++) {
        uint32_t wanted = i < SMALL_MAX ? shop->variants_wanted[i] : 0;

        shop->items[i].variants_start = shop->variant_count;
        shop->items[i].variants_count = wanted;
        for (uint32_t v = 0; v < wanted; v++) {
            char id[32];

            snprintf(id, sizeof(id), "i%05u-v%u", i, v);
            shop->variants[shop->variant_count++] = (dyn_variant_t){
                shop_string(shop, id), shop_string(shop, "M"), -1, shop->variants_stock[i], i};
        }
    }
}

static void add_id(shop_t *shop, dyn_string_ref_t reference, uint32_t target)
{
    uint32_t length;

    memcpy(&length, shop->strings + reference, 4);
    if (!dyn_hash_rows_put(
            shop->ids, shop->id_rows,
            dyn_hash64_seeded(shop->strings + reference + 4, length, shop->hash_seed), target)) {
        stop("ids collide");
    }
}

static void make_tables(shop_t *shop)
{
    dyn_categories_t categories = {shop->strings, shop->categories, shop->category_count,
                                   shop->hash_seed};

    shop->id_rows = 2 * dyn_hash_rows_least((uint64_t)shop->item_count + shop->variant_count);
    shop->ids = memory(shop->ids, shop->id_rows * sizeof(dyn_hash_row_t));
    dyn_hash_rows_clear(shop->ids, shop->id_rows);
    for (uint32_t i = 0; i < shop->item_count; i++) {
        add_id(shop, shop->items[i].id, i);
    }
    for (uint32_t i = 0; i < shop->variant_count; i++) {
        add_id(shop, shop->variants[i].id, i | DYN_ID_OF_VARIANT);
    }

    shop->key_rows = 2 * dyn_hash_rows_least(2 * (uint64_t)shop->category_count);
    shop->keys = memory(shop->keys, shop->key_rows * sizeof(dyn_hash_row_t));
    if (!dyn_category_keys_make(&categories, shop->keys, shop->key_rows)) {
        stop("categories collide");
    }
}

static void add_list(shop_t *shop, dyn_snapshot_writer_t *writer, shop_list_t list,
                     dyn_section_t starts_id, uint32_t owners)
{
    uint32_t count = shop->lists[list].count;
    uint32_t *starts = memory(shop->lists[list].starts, (owners + 2) * sizeof(uint32_t));
    dyn_edge_t *edges = memory(shop->lists[list].edges, (count + 1) * sizeof(dyn_edge_t));

    uint32_t *supports = memory(shop->lists[list].supports, (count + 1) * sizeof(uint32_t));

    shop->lists[list].starts = starts;
    shop->lists[list].edges = edges;
    shop->lists[list].supports = supports;
    memset(starts, 0, (owners + 2) * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        starts[shop->lists[list].rows[i].owner + 2]++;
    }
    for (uint32_t i = 2; i <= owners; i++) {
        starts[i] += starts[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = starts[shop->lists[list].rows[i].owner + 1]++;

        edges[place] = shop->lists[list].rows[i].edge;
        supports[place] = shop->lists[list].rows[i].support;
    }
    dyn_snapshot_writer_add(writer, starts_id, starts, owners + 1);
    dyn_snapshot_writer_add(writer, (dyn_section_t)(starts_id + 1), edges, count);
}

static void add_flat_list(shop_t *shop, dyn_snapshot_writer_t *writer, shop_list_t list,
                          dyn_section_t id)
{
    uint32_t count = shop->lists[list].count;
    dyn_edge_t *edges = memory(shop->lists[list].edges, (count + 1) * sizeof(dyn_edge_t));

    shop->lists[list].edges = edges;
    for (uint32_t i = 0; i < count; i++) {
        edges[i] = shop->lists[list].rows[i].edge;
    }
    dyn_snapshot_writer_add(writer, id, edges, count);
}

/* By owner, what it owns, in the order of the rows. */
static void add_numbers(dyn_snapshot_writer_t *writer, numbers_t *lists, const owned_number_t *rows,
                        uint32_t count, uint32_t owners, dyn_section_t starts_id)
{
    memset(lists, 0, sizeof(*lists));
    for (uint32_t i = 0; i < count; i++) {
        lists->starts[rows[i].owner + 2]++;
    }
    for (uint32_t i = 2; i <= owners; i++) {
        lists->starts[i] += lists->starts[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        lists->numbers[lists->starts[rows[i].owner + 1]++] = rows[i].number;
    }
    dyn_snapshot_writer_add(writer, starts_id, lists->starts, owners + 1);
    dyn_snapshot_writer_add(writer, (dyn_section_t)(starts_id + 1), lists->numbers, count);
}

static void add_traits(shop_t *shop, dyn_snapshot_writer_t *writer)
{
    static owned_number_t rows[SMALL_MAX];

    for (uint32_t i = 0; i < shop->trait_count; i++) {
        shop->traits[i].item_count = 0;
    }
    for (uint32_t i = 0; i < shop->item_count; i++) {
        shop->items[i].traits_start = shop->items[i].traits_count = 0;
    }
    for (uint32_t i = 0; i < shop->has_count; i++) {
        dyn_item_t *item = &shop->items[shop->has[i].owner];

        if (item->traits_count++ == 0) {
            item->traits_start = i;
        }
        shop->item_traits[i] = shop->has[i].number;
        shop->traits[shop->has[i].number].item_count++;
        rows[i] = (owned_number_t){shop->has[i].number, shop->has[i].owner};
    }
    dyn_snapshot_writer_add(writer, DYN_SECTION_TRAITS, shop->traits, shop->trait_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEM_TRAITS, shop->item_traits, shop->has_count);
    add_numbers(writer, &shop->trait_items, rows, shop->has_count, shop->trait_count,
                DYN_SECTION_TRAIT_ITEMS_STARTS);
}

/* Of the brands of small shops: their items, up to 64 each. */
static void add_brand_items(shop_t *shop, dyn_snapshot_writer_t *writer)
{
    static owned_number_t rows[SMALL_MAX];
    static uint32_t of_brand[SMALL_MAX];
    uint32_t count = 0;

    memset(of_brand, 0, sizeof(of_brand));
    for (uint32_t i = 0; i < shop->item_count && count < SMALL_MAX; i++) {
        uint32_t brand = shop->items[i].brand;

        if (brand != DYN_NONE && (shop->items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0 &&
            of_brand[brand]++ < 64) {
            rows[count++] = (owned_number_t){brand, i};
        }
    }
    add_numbers(writer, &shop->brand_items, rows, count, shop->brand_count,
                DYN_SECTION_BRAND_ITEMS_STARTS);
}

static void make_unrestricted(shop_t *shop)
{
    shop->unrestricted = memory(shop->unrestricted, shop->item_count + 1);
    for (uint32_t i = 0; i < shop->item_count; i++) {
        shop->unrestricted[i] = dyn_item_unrestricted(&shop->items[i], i);
    }
}

static void fill_writer(shop_t *shop, dyn_snapshot_writer_t *writer)
{
    memset(writer, 0, sizeof(*writer));
    writer->as_of_ms = 1700000000000;

    make_variants(shop);
    make_tables(shop);
    if (shop->trait_count > 0) {
        add_traits(shop, writer);
    }
    if (shop->brand_count > 0) {
        add_brand_items(shop, writer);
    }
    if (shop->has_prices) {
        dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORY_PRICES, shop->prices,
                                shop->category_count);
    }
    if (shop->bundle_count > 0) {
        add_bundles(shop, writer);
    }
    if (shop->details != NULL) {
        dyn_snapshot_writer_add(writer, DYN_SECTION_ITEM_DETAILS, shop->details, shop->item_count);
    }
    make_unrestricted(shop);
    add_list(shop, writer, SHOP_NEIGHBOURS, DYN_SECTION_NEIGHBOUR_STARTS, shop->item_count);
    add_list(shop, writer, SHOP_BOUGHT_WITH, DYN_SECTION_BOUGHT_WITH_STARTS, shop->item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BOUGHT_WITH_SUPPORT,
                            shop->lists[SHOP_BOUGHT_WITH].supports,
                            shop->lists[SHOP_BOUGHT_WITH].count);
    add_list(shop, writer, SHOP_SIMILAR, DYN_SECTION_SIMILAR_STARTS, shop->item_count);
    add_list(shop, writer, SHOP_CATEGORY_BOUGHT_WITH, DYN_SECTION_CATEGORY_BOUGHT_WITH_STARTS,
             shop->category_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORY_BOUGHT_WITH_SUPPORT,
                            shop->lists[SHOP_CATEGORY_BOUGHT_WITH].supports,
                            shop->lists[SHOP_CATEGORY_BOUGHT_WITH].count);
    add_list(shop, writer, SHOP_CATEGORY_POPULAR, DYN_SECTION_CATEGORY_POPULAR_STARTS,
             shop->category_count);
    add_flat_list(shop, writer, SHOP_POPULAR, DYN_SECTION_POPULAR);
    add_flat_list(shop, writer, SHOP_TRENDING, DYN_SECTION_TRENDING);

    dyn_snapshot_writer_add(writer, DYN_SECTION_STRINGS, shop->strings, shop->strings_length);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEMS, shop->items, shop->item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEMS_UNRESTRICTED, shop->unrestricted,
                            shop->item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEM_IDS, shop->ids, shop->id_rows);
    dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORIES, shop->categories, shop->category_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORY_KEYS, shop->keys, shop->key_rows);
    dyn_snapshot_writer_add(writer, DYN_SECTION_HASH_SEED, &shop->hash_seed, 1);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BRANDS, shop->brands, shop->brand_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_COUNTRIES, shop->countries, shop->country_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_COMPATIBLE, shop->compatible,
                            shop->compatible_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_VARIANTS, shop->variants, shop->variant_count);
}

static const dyn_snapshot_t *open_now(shop_t *shop, dyn_error_t *error)
{
    dyn_snapshot_writer_t writer;
    size_t length;

    fill_writer(shop, &writer);
    if (shop->snapshot != NULL) {
        dyn_snapshot_close(shop->snapshot);
    }
    free(shop->bytes);
    shop->bytes = dyn_snapshot_writer_bytes(&writer, &length, error);
    shop->snapshot =
        shop->bytes == NULL ? NULL : dyn_snapshot_from_memory(shop->bytes, length, "shop", error);

    return shop->snapshot;
}

const dyn_snapshot_t *shop_open(shop_t *shop)
{
    dyn_error_t error = {""};

    if (open_now(shop, &error) == NULL) {
        stop(error.text);
    }

    return shop->snapshot;
}

const char *shop_refusal(shop_t *shop)
{
    static dyn_error_t error;

    return open_now(shop, &error) == NULL ? error.text : NULL;
}

bool shop_save(shop_t *shop, const char *path)
{
    dyn_snapshot_writer_t writer;
    dyn_error_t error;

    fill_writer(shop, &writer);

    return dyn_snapshot_writer_save(&writer, path, NULL, &error);
}

void shop_free(shop_t *shop)
{
    if (shop->snapshot != NULL) {
        dyn_snapshot_close(shop->snapshot);
    }
    for (int i = 0; i < SHOP_LISTS; i++) {
        free(shop->lists[i].rows);
        free(shop->lists[i].starts);
        free(shop->lists[i].edges);
        free(shop->lists[i].supports);
    }
    free(shop->bytes);
    free(shop->ids);
    free(shop->keys);
    free(shop->unrestricted);
    free(shop->details);
    free(shop->items);
    free(shop->strings);
    free(shop);
}
