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
} owned_edge_t;

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
    } lists[SHOP_LISTS];
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
    uint32_t depth = parent == DYN_NONE ? 0 : shop->categories[parent].depth + 1;

    shop->categories[shop->category_count] =
        (dyn_category_t){shop_string(shop, name), parent, depth};

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

void shop_edge(shop_t *shop, shop_list_t list, uint32_t owner, uint32_t item, float weight)
{
    uint32_t count = shop->lists[list].count++;

    if (shop->lists[list].size <= count) {
        shop->lists[list].size = shop->lists[list].size * 2 + 256;
        shop->lists[list].rows =
            memory(shop->lists[list].rows, shop->lists[list].size * sizeof(owned_edge_t));
    }
    shop->lists[list].rows[count] = (owned_edge_t){owner, {item, weight}};
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

    shop->lists[list].starts = starts;
    shop->lists[list].edges = edges;
    memset(starts, 0, (owners + 2) * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        starts[shop->lists[list].rows[i].owner + 2]++;
    }
    for (uint32_t i = 2; i <= owners; i++) {
        starts[i] += starts[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        edges[starts[shop->lists[list].rows[i].owner + 1]++] = shop->lists[list].rows[i].edge;
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
    make_unrestricted(shop);
    add_list(shop, writer, SHOP_NEIGHBOURS, DYN_SECTION_NEIGHBOUR_STARTS, shop->item_count);
    add_list(shop, writer, SHOP_BOUGHT_WITH, DYN_SECTION_BOUGHT_WITH_STARTS, shop->item_count);
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
    }
    free(shop->bytes);
    free(shop->ids);
    free(shop->keys);
    free(shop->unrestricted);
    free(shop->items);
    free(shop->strings);
    free(shop);
}
