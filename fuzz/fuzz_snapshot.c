/* Any file as a snapshot: what is refused is refused with a sentence; what is taken can be read through every accessor. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/catalogue/snapshot.h"
#include "engine/catalogue/traits.h"
#include "engine/words/meaning.h"
#include "snapshot_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum;

static void read_string(const dyn_snapshot_t *snapshot, dyn_string_ref_t reference)
{
    dyn_str_t text = dyn_snapshot_string(snapshot, reference);

    for (size_t i = 0; i <= text.len; i++) {
        sum += (unsigned char)text.data[i];
    }
    if (text.data[text.len] != '\0') {
        abort();
    }
}

static void read_edges(const dyn_snapshot_t *snapshot, dyn_edges_t list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        read_string(snapshot, snapshot->items[list.edges[i].item].id);
        if (!(list.edges[i].weight > 0) ||
            (i > 0 && list.edges[i].weight > list.edges[i - 1].weight)) {
            abort();
        }
    }
}

static void read_texts(const dyn_snapshot_t *snapshot, dyn_numbers_t texts)
{
    for (uint32_t i = 0; i < texts.count; i++) {
        read_string(snapshot, texts.numbers[i]);
    }
}

static void read_traits(const dyn_snapshot_t *snapshot, uint32_t number)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, number);
    dyn_numbers_t traits = dyn_item_traits(snapshot, number);

    for (uint32_t i = 0; i < traits.count; i++) {
        read_string(snapshot, snapshot->traits[traits.numbers[i]].name);
        if (!dyn_item_has_trait(snapshot, number, traits.numbers[i])) {
            abort();
        }
    }
    read_string(snapshot, details->description);
    read_string(snapshot, details->fit);
    read_string(snapshot, details->language);
    read_texts(snapshot, dyn_item_badges(snapshot, number));
    read_texts(snapshot, dyn_item_keywords(snapshot, number));
}

static void read_items(const dyn_snapshot_t *snapshot, dyn_numbers_t items)
{
    for (uint32_t i = 0; i < items.count; i++) {
        read_string(snapshot, snapshot->items[items.numbers[i]].id);
    }
}

static void read_item(const dyn_snapshot_t *snapshot, uint32_t number)
{
    const dyn_item_t *item = &snapshot->items[number];
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];
    uint32_t variant;

    read_string(snapshot, item->title);
    read_string(snapshot, item->url);
    read_string(snapshot, item->image);
    if (dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, item->id), &variant) !=
        number) {
        abort();
    }
    if (item->category != DYN_NONE) {
        sum += dyn_snapshot_category_within(snapshot, item->category, 0);
        read_string(snapshot, snapshot->categories[item->category].name);
    }
    if (item->brand != DYN_NONE) {
        read_string(snapshot, snapshot->brands[item->brand]);
    }
    if (snapshot->items[item->group].group != item->group) {
        abort();
    }
    read_traits(snapshot, number);
    for (uint32_t i = 0; i < item->compatible_count; i++) {
        sum += snapshot->items[snapshot->compatible[item->compatible_start + i]].group;
    }
    for (uint32_t i = 0; i < item->countries_count; i++) {
        sum += snapshot->countries[item->countries_start + i];
    }
    for (uint32_t i = 0; i < item->variants_count; i++) {
        const dyn_variant_t *one = &snapshot->variants[item->variants_start + i];

        read_string(snapshot, one->title);
        if (dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, one->id), &variant) !=
            number) {
            abort();
        }
    }
    read_edges(snapshot, dyn_snapshot_neighbours(snapshot, number, room));
    read_edges(snapshot, dyn_snapshot_alike(snapshot, number));
    read_edges(snapshot, dyn_snapshot_similar(snapshot, number));

    dyn_edges_t viewed_with = dyn_snapshot_viewed_with(snapshot, number, room);

    read_edges(snapshot, viewed_with);
    for (uint32_t i = 0; i < viewed_with.count; i++) {
        sum += dyn_viewed_with_support(snapshot, number, viewed_with.edges[i].item);
    }

    dyn_edges_t bought_with = dyn_snapshot_bought_with(snapshot, number);

    read_edges(snapshot, bought_with);
    for (uint32_t i = 0; i < bought_with.count; i++) {
        sum += dyn_bought_with_support(snapshot, number, bought_with.edges[i].item);
    }
}

/* Words as the index has them, and near them. */
static void read_words(const dyn_snapshot_t *snapshot)
{
    static const char *const texts[] = {"trail pack", "tarl pakcs", "daypack under 100", "p"};
    static char block[64 * 1024];
    dyn_meaning_t meaning;
    dyn_arena_t arena;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
        if (!dyn_words_meaning(snapshot, dyn_str_from(texts[i]), &arena, &meaning)) {
            abort();
        }
        for (uint32_t k = 0; k < meaning.item_count; k++) {
            read_string(snapshot, snapshot->items[meaning.items[k].item].title);
        }
        for (uint32_t k = 0; k < meaning.category_count; k++) {
            read_string(snapshot, snapshot->categories[meaning.categories[k].item].name);
        }
        for (uint32_t k = 0; k < meaning.brand_count; k++) {
            read_string(snapshot, snapshot->brands[meaning.brands[k].item]);
        }
    }
}

static void read_all(const dyn_snapshot_t *snapshot)
{
    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        read_item(snapshot, i);
    }
    for (uint32_t i = 0; i < snapshot->category_count; i++) {
        dyn_str_t name = dyn_snapshot_string(snapshot, snapshot->categories[i].name);

        char path[64];
        uint32_t parent = snapshot->categories[i].parent;

        sum += dyn_snapshot_find_category(snapshot, name);
        if (parent != DYN_NONE) {
            int length = snprintf(
                path, sizeof(path), "%s/%s",
                dyn_snapshot_string(snapshot, snapshot->categories[parent].name).data, name.data);

            sum += dyn_snapshot_find_category(snapshot,
                                              (dyn_str_t){path, length < 64 ? (size_t)length : 63});
        }
        read_edges(snapshot, dyn_snapshot_category_popular(snapshot, i));
        read_edges(snapshot, dyn_snapshot_category_range(snapshot, i));
        if (dyn_category_price_low(snapshot, i) > dyn_category_price_median(snapshot, i)) {
            abort();
        }
    }
    for (uint32_t i = 0; i < snapshot->trait_count; i++) {
        read_string(snapshot, snapshot->traits[i].value);
        read_items(snapshot, dyn_trait_items(snapshot, i));
    }
    for (uint32_t i = 0; i < snapshot->brand_count; i++) {
        read_items(snapshot, dyn_brand_items(snapshot, i));
    }
    for (uint32_t i = 0; i < snapshot->alias_count; i++) {
        if (dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, snapshot->aliases[i].id),
                                   NULL) != snapshot->aliases[i].item) {
            abort();
        }
    }
    read_edges(snapshot, dyn_snapshot_popular(snapshot));
    read_edges(snapshot, dyn_snapshot_trending(snapshot));
    read_edges(snapshot, dyn_snapshot_new_arrivals(snapshot));
    read_edges(snapshot, dyn_snapshot_range(snapshot));
    read_words(snapshot);
    for (uint32_t surface = 0; snapshot->blend.row_count > 0 && surface < DYN_SURFACES_COUNT;
         surface++) {
        const dyn_blend_row_t *row =
            dyn_blend_find(&snapshot->blend, (dyn_surface_t)surface, DYN_STR("recs"));

        for (uint32_t i = 0; i < row->weights_count; i++) {
            sum += snapshot->blend.weights[row->weights_start + i].source;
        }
    }
}

static void try_bytes(const char *bytes, size_t size)
{
    dyn_error_t error = {""};
    dyn_snapshot_t *snapshot = dyn_snapshot_from_memory(bytes, size, "fuzz", &error);

    if (snapshot == NULL) {
        if (strncmp(error.text, "fuzz: ", 6) != 0) {
            abort();
        }
        return;
    }
    read_all(snapshot);
    dyn_snapshot_close(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 1);

    if (bytes == NULL) {
        return 0;
    }
    if (size != 0) {
        memcpy(bytes, data, size);
    }
    try_bytes(bytes, size);
    size -= size % DYN_SNAPSHOT_ALIGNMENT;
    snapshot_seal(bytes, size);
    try_bytes(bytes, size);
    free(bytes);

    return 0;
}
