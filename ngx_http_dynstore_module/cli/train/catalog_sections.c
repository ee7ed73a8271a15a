#include "cli/train/catalog_sections.h"
#include "cli/train/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/catalogue/snapshot.h"

/* Something to sort by text. */
typedef struct {
    dyn_str_t key;
    uint32_t index; /* of an item, a category or a text in the catalogue */
} entry_t;

typedef struct {
    const dyn_catalog_t *catalog;
    dyn_catalog_sections_t *out;
    uint32_t *order;           /* by number in the snapshot: the item in the catalogue */
    uint32_t *text_references; /* by text: its place in the strings section; 0 not there yet */
    uint32_t *
        category_numbers; /* by category of the catalogue: in the snapshot; DYN_NONE: no item is in it */
    uint32_t *brand_numbers;  /* by text */
    uint32_t *trait_numbers;  /* by trait of the catalogue; DYN_NONE: no item has it */
    uint32_t *group_firsts;   /* by text */
    uint32_t *alias_variants; /* by text: name_alias_variants() */
    uint64_t string_room;
    dyn_error_t *error;
} work_t;

static bool exhausted(const work_t *work)
{
    return dyn_fail(work->error, "not enough memory for the catalogue's sections");
}

/* Never NULL for an empty array, so that NULL says that memory is out. */
static void *array(size_t count, size_t size)
{
    return calloc(count + 1, size);
}

static void *unset(size_t count)
{
    void *numbers = malloc((count + 1) * sizeof(uint32_t));

    if (numbers != NULL) {
        memset(numbers, 0xff, (count + 1) * sizeof(uint32_t));
    }

    return numbers;
}

static int compare_entries(const void *left, const void *right)
{
    const entry_t *a = left, *b = right;
    size_t shorter = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = shorter == 0 ? 0 : memcmp(a->key.data, b->key.data, shorter);

    return order != 0 ? order : (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

static dyn_str_t text_of(const work_t *work, uint32_t text)
{
    return dyn_ids_text(&work->catalog->texts, text);
}

/* The reference of a text, which is put into the section when it is not there yet. */
static bool put_text(work_t *work, uint32_t text, dyn_string_ref_t *reference)
{
    if (text == DYN_NONE) {
        *reference = 0;
        return true;
    }
    if (work->text_references[text] != 0) {
        *reference = work->text_references[text];
        return true;
    }

    dyn_str_t bytes = text_of(work, text);
    uint32_t length = (uint32_t)bytes.len;
    uint64_t record = (4 + bytes.len + 1 + 3) & ~(uint64_t)3,
             end = work->out->string_bytes + record;

    if (end > DYN_SNAPSHOT_STRINGS_BYTES_MAX) {
        return dyn_fail(
            work->error,
            "the catalogue's texts need more than the %llu bytes that a snapshot can have",
            (unsigned long long)DYN_SNAPSHOT_STRINGS_BYTES_MAX);
    }
    if (end > work->string_room) {
        char *grown = realloc(work->out->strings, end * 2);

        if (grown == NULL) {
            return exhausted(work);
        }
        work->out->strings = grown;
        work->string_room = end * 2;
    }

    char *at = work->out->strings + work->out->string_bytes;

    memset(at, 0, record);
    memcpy(at, &length, sizeof(length));
    memcpy(at + 4, bytes.data, bytes.len);
    *reference = work->text_references[text] = (uint32_t)work->out->string_bytes;
    work->out->string_bytes = end;

    return true;
}

static bool order_items(work_t *work)
{
    const dyn_catalog_t *catalog = work->catalog;
    entry_t *entries = array(catalog->item_count, sizeof(*entries));

    if (entries == NULL) {
        return exhausted(work);
    }
    for (uint32_t i = 0; i < catalog->item_count; i++) {
        entries[i] = (entry_t){text_of(work, catalog->items[i].id), i};
    }
    qsort(entries, catalog->item_count, sizeof(*entries), compare_entries);
    for (uint32_t i = 0; i < catalog->item_count; i++) {
        work->order[i] = entries[i].index;
        work->out->item_numbers[entries[i].index] = i;
    }
    free(entries);

    return true;
}

/* "Packs\1Day packs\1": \1 is in no name and comes before every byte of one, so parents come first. */
static bool category_path(const work_t *work, uint32_t category, dyn_str_t *path)
{
    uint32_t levels[DYN_CATEGORY_DEPTH_MAX], depth = 0;
    size_t length = 0;

    for (uint32_t i = category; i != DYN_NONE; i = work->catalog->categories[i].parent) {
        levels[depth++] = work->catalog->categories[i].name;
        length += text_of(work, levels[depth - 1]).len + 1;
    }

    char *at = malloc(length);
    if (at == NULL) {
        return exhausted(work);
    }

    *path = (dyn_str_t){at, length};
    while (depth > 0) {
        dyn_str_t name = text_of(work, levels[--depth]);

        memcpy(at, name.data, name.len);
        at[name.len] = '\1';
        at += name.len + 1;
    }

    return true;
}

static bool number_categories(work_t *work, entry_t *entries)
{
    const dyn_catalog_t *catalog = work->catalog;
    uint32_t count = 0;

    /* only those that an item is in, with those above them */
    for (uint32_t i = 0; i < catalog->item_count; i++) {
        for (uint32_t c = catalog->items[i].category;
             c != DYN_NONE && work->category_numbers[c] == DYN_NONE;
             c = catalog->categories[c].parent) {
            work->category_numbers[c] = 0;
        }
    }
    for (uint32_t c = 0; c < catalog->category_count; c++) {
        if (work->category_numbers[c] != DYN_NONE) {
            entries[count].index = c;
            if (!category_path(work, c, &entries[count].key)) {
                return false;
            }
            work->out->category_count = ++count;
        }
    }

    qsort(entries, count, sizeof(*entries), compare_entries);
    for (uint32_t i = 0; i < count; i++) {
        const dyn_catalog_category_t *category = &catalog->categories[entries[i].index];

        work->category_numbers[entries[i].index] = i;
        work->out->categories[i].parent =
            category->parent == DYN_NONE ? DYN_NONE : work->category_numbers[category->parent];
        work->out->categories[i].depth = (uint16_t)category->depth;
        if (!put_text(work, category->name, &work->out->categories[i].name)) {
            return false;
        }
    }

    return true;
}

static bool make_categories(work_t *work)
{
    entry_t *entries = array(work->catalog->category_count, sizeof(*entries));

    work->out->categories = array(work->catalog->category_count, sizeof(dyn_category_t));
    if (entries == NULL || work->out->categories == NULL) {
        free(entries);
        return exhausted(work);
    }

    bool made = number_categories(work, entries);

    for (uint32_t i = 0; i < work->catalog->category_count; i++) {
        free((void *)(uintptr_t)entries[i].key.data);
    }
    free(entries);

    return made;
}

static bool make_brands(work_t *work)
{
    const dyn_catalog_t *catalog = work->catalog;
    entry_t *entries = array(catalog->item_count, sizeof(*entries));
    uint32_t count = 0;
    bool made = true;

    work->out->brands = array(catalog->item_count, sizeof(dyn_string_ref_t));
    if (entries == NULL || work->out->brands == NULL) {
        free(entries);
        return exhausted(work);
    }

    for (uint32_t i = 0; i < catalog->item_count; i++) {
        uint32_t brand = catalog->items[i].brand;

        if (brand != DYN_NONE && work->brand_numbers[brand] == DYN_NONE) {
            work->brand_numbers[brand] = 0;
            entries[count++] = (entry_t){text_of(work, brand), brand};
        }
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    for (uint32_t i = 0; i < count && made; i++) {
        work->brand_numbers[entries[i].index] = i;
        made = put_text(work, entries[i].index, &work->out->brands[i]);
    }
    work->out->brand_count = count;
    free(entries);

    return made;
}

/* "colour\1Moss": as with categories, names come in the order of their bytes, then values. */
static bool trait_key(const work_t *work, uint32_t trait, dyn_str_t *key)
{
    dyn_str_t name = text_of(work, work->catalog->traits[trait].name);
    dyn_str_t value = text_of(work, work->catalog->traits[trait].value);
    char *at = malloc(name.len + 1 + value.len);

    if (at == NULL) {
        return exhausted(work);
    }
    memcpy(at, name.data, name.len);
    at[name.len] = '\1';
    memcpy(at + name.len + 1, value.data, value.len);
    *key = (dyn_str_t){at, name.len + 1 + value.len};

    return true;
}

static bool number_traits(work_t *work, entry_t *entries, uint32_t *count)
{
    const dyn_catalog_t *catalog = work->catalog;

    for (uint32_t i = 0; i < catalog->item_count; i++) {
        for (uint32_t k = 0; k < catalog->items[i].traits.count; k++) {
            uint32_t trait = catalog->lists[catalog->items[i].traits.start + k];

            if (work->trait_numbers[trait] == DYN_NONE) {
                work->trait_numbers[trait] = 0;
                entries[*count].index = trait;
                if (!trait_key(work, trait, &entries[*count].key)) {
                    return false;
                }
                (*count)++;
            }
        }
    }

    qsort(entries, *count, sizeof(*entries), compare_entries);
    for (uint32_t i = 0; i < *count; i++) {
        const dyn_catalog_trait_t *trait = &catalog->traits[entries[i].index];

        work->trait_numbers[entries[i].index] = i;
        if (!put_text(work, trait->name, &work->out->traits[i].name) ||
            !put_text(work, trait->value, &work->out->traits[i].value)) {
            return false;
        }
    }
    work->out->trait_count = *count;

    return true;
}

static bool make_traits(work_t *work)
{
    entry_t *entries = array(work->catalog->trait_count, sizeof(*entries));
    uint32_t count = 0;

    work->out->traits = array(work->catalog->trait_count, sizeof(*work->out->traits));
    if (entries == NULL || work->out->traits == NULL) {
        free(entries);
        return exhausted(work);
    }

    bool made = number_traits(work, entries, &count);

    for (uint32_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)entries[i].key.data);
    }
    free(entries);

    return made;
}

/* Items that the catalogue has, each once, not the item itself; a variant's id stands for its item. */
static void put_compatible(work_t *work, const dyn_catalog_item_t *from, uint32_t item_number,
                           dyn_item_t *item)
{
    dyn_catalog_sections_t *out = work->out;

    item->compatible_start = out->compatible_count;
    for (uint32_t i = 0; i < from->compatible.count; i++) {
        uint32_t owner = work->catalog->owners[work->catalog->lists[from->compatible.start + i]];
        uint32_t other = owner == DYN_NONE ? DYN_NONE : out->item_numbers[owner];
        bool there = other == item_number;

        if (owner == DYN_NONE || !work->catalog->items[owner].in_catalogue) {
            out->compatible_unknown++;
            continue;
        }
        for (uint32_t k = item->compatible_start; k < out->compatible_count; k++) {
            there = there || out->compatible[k] == other;
        }
        if (!there) {
            out->compatible[out->compatible_count++] = other;
        }
    }
    item->compatible_count = out->compatible_count - item->compatible_start;
}

static bool put_lists(work_t *work, const dyn_catalog_item_t *from, uint32_t item_number,
                      dyn_item_t *item)
{
    dyn_catalog_sections_t *out = work->out;

    item->countries_start = out->country_count;
    item->countries_count = (uint16_t)from->countries.count;
    item->countries_blocked = from->countries_blocked;
    for (uint32_t i = 0; i < from->countries.count; i++) {
        out->countries[out->country_count++] =
            (uint16_t)work->catalog->lists[from->countries.start + i];
    }

    item->variants_start = out->variant_count;
    item->variants_count = from->variants.count;
    for (uint32_t i = 0; i < from->variants.count; i++) {
        const dyn_catalog_variant_t *variant = &work->catalog->variants[from->variants.start + i];
        dyn_variant_t *to = &out->variants[out->variant_count++];

        to->price_minor = variant->price_minor;
        to->stock = variant->stock;
        to->item = item_number;
        if (!put_text(work, variant->id, &to->id) || !put_text(work, variant->title, &to->title)) {
            return false;
        }
    }

    put_compatible(work, from, item_number, item);

    return true;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Rising, each once. */
static void put_item_traits(work_t *work, const dyn_catalog_item_t *from, dyn_item_t *item)
{
    dyn_catalog_sections_t *out = work->out;
    uint32_t *numbers = out->item_traits + out->item_trait_count, count = 0;

    for (uint32_t i = 0; i < from->traits.count; i++) {
        numbers[i] = work->trait_numbers[work->catalog->lists[from->traits.start + i]];
    }
    qsort(numbers, from->traits.count, sizeof(*numbers), compare_numbers);
    for (uint32_t i = 0; i < from->traits.count; i++) {
        if (count == 0 || numbers[i] != numbers[count - 1]) {
            numbers[count++] = numbers[i];
            out->traits[numbers[count - 1]].item_count++;
        }
    }

    item->traits_start = out->item_trait_count;
    item->traits_count = count;
    out->item_trait_count += count;
}

static bool put_texts(work_t *work, dyn_range_t from, uint32_t *start, uint32_t *count)
{
    dyn_catalog_sections_t *out = work->out;

    *start = from.count == 0 ? 0 : out->text_count;
    *count = from.count;
    for (uint32_t i = 0; i < from.count; i++) {
        if (!put_text(work, work->catalog->lists[from.start + i], &out->texts[out->text_count++])) {
            return false;
        }
    }

    return true;
}

static bool put_details(work_t *work, const dyn_catalog_item_t *from, uint32_t item_number,
                        dyn_item_t *item)
{
    dyn_item_details_t *details = &work->out->details[item_number];

    details->rating_hundredths = from->rating_hundredths;
    details->rating_count = from->rating_count;
    details->sale_price_minor = from->sale_price_minor;
    details->sale_from_ms = from->sale_from_ms;
    details->sale_until_ms = from->sale_until_ms;
    item->flags |= from->sale_price_minor < 0 ? 0 : DYN_ITEM_HAS_SALE;
    work->out->any_details |= from->rating_hundredths >= 0 || from->rating_count > 0 ||
                              from->sale_price_minor >= 0 || from->description != DYN_NONE ||
                              from->fit != DYN_NONE || from->language != DYN_NONE ||
                              from->badges.count > 0 || from->keywords.count > 0;

    return put_text(work, from->description, &details->description) &&
           put_text(work, from->fit, &details->fit) &&
           put_text(work, from->language, &details->language) &&
           put_texts(work, from->badges, &details->badges_start, &details->badges_count) &&
           put_texts(work, from->keywords, &details->keywords_start, &details->keywords_count);
}

/* By text: the number, from 1, of the variant of this item that has it as an alias; DYN_NONE: several. Or takes that back. */
static void name_alias_variants(work_t *work, const dyn_catalog_item_t *from, uint32_t first,
                                bool back)
{
    const uint32_t *lists = work->catalog->lists;

    for (uint32_t i = 0; i < from->variants.count; i++) {
        dyn_range_t aliases = work->catalog->variants[from->variants.start + i].aliases;

        for (uint32_t k = aliases.start; k < aliases.start + aliases.count; k++) {
            uint32_t *named = &work->alias_variants[lists[k]];

            *named = back ? 0 : *named == 0 || *named == first + i + 1 ? first + i + 1 : DYN_NONE;
        }
    }
    /* what the item has itself means the item */
    for (uint32_t i = 0; i < from->own_aliases; i++) {
        work->alias_variants[lists[from->aliases.start + i]] = back ? 0 : DYN_NONE;
    }
}

/* Those that are nobody else's id, each once, not the item's own. */
static bool put_aliases(work_t *work, const dyn_catalog_item_t *from, uint32_t item_number)
{
    const dyn_catalog_t *catalog = work->catalog;
    dyn_catalog_sections_t *out = work->out;
    uint32_t first = out->alias_count;

    name_alias_variants(work, from, out->items[item_number].variants_start, false);
    for (uint32_t i = 0; i < from->aliases.count; i++) {
        uint32_t text = catalog->lists[from->aliases.start + i], owner = catalog->owners[text];
        bool there = text == from->id;
        dyn_alias_t *alias = &out->aliases[out->alias_count];

        for (uint32_t k = 0; k < from->variants.count; k++) {
            there = there || catalog->variants[from->variants.start + k].id == text;
        }
        if (there || owner == DYN_NONE || out->item_numbers[owner] != item_number) {
            continue;
        }

        alias->item = item_number;
        if (!put_text(work, text, &alias->id)) {
            return false;
        }
        for (uint32_t k = first; k < out->alias_count; k++) {
            there = there || out->aliases[k].id == alias->id;
        }
        out->alias_variants[out->alias_count] =
            work->alias_variants[text] == 0 || work->alias_variants[text] == DYN_NONE
                ? DYN_NONE
                : work->alias_variants[text] - 1;
        out->any_alias_variants |= !there && out->alias_variants[out->alias_count] != DYN_NONE;
        out->alias_count += !there;
    }
    name_alias_variants(work, from, out->items[item_number].variants_start, true);

    return true;
}

static bool put_item(work_t *work, uint32_t item_number)
{
    const dyn_catalog_item_t *from = &work->catalog->items[work->order[item_number]];
    dyn_item_t *item = &work->out->items[item_number];

    item->price_minor = from->price_minor;
    item->created_ms = from->created_ms;
    memcpy(item->currency, from->currency, sizeof(item->currency));
    item->category = from->category == DYN_NONE ? DYN_NONE : work->category_numbers[from->category];
    item->brand = from->brand == DYN_NONE ? DYN_NONE : work->brand_numbers[from->brand];
    item->stock = from->stock;
    item->margin_bp = from->margin_bp;
    item->age_min = from->age_min;
    item->flags = from->in_catalogue ? DYN_ITEM_IN_CATALOGUE : 0;

    item->group = item_number;
    if (from->group != DYN_NONE) {
        if (work->group_firsts[from->group] == DYN_NONE) {
            work->group_firsts[from->group] = item_number;
        }
        item->group = work->group_firsts[from->group];
    }

    put_item_traits(work, from, item);

    return put_text(work, from->title, &item->title) && put_text(work, from->url, &item->url) &&
           put_text(work, from->image, &item->image) && put_lists(work, from, item_number, item) &&
           put_details(work, from, item_number, item) && put_aliases(work, from, item_number);
}

static bool make_items(work_t *work)
{
    const dyn_catalog_t *catalog = work->catalog;
    dyn_catalog_sections_t *out = work->out;

    out->items = array(catalog->item_count, sizeof(*out->items));
    out->unrestricted = array(catalog->item_count, sizeof(*out->unrestricted));
    out->item_traits = array(catalog->list_count, sizeof(*out->item_traits));
    out->details = array(catalog->item_count, sizeof(*out->details));
    out->texts = array(catalog->list_count, sizeof(*out->texts));
    out->aliases = array(catalog->list_count, sizeof(*out->aliases));
    out->alias_variants = array(catalog->list_count, sizeof(*out->alias_variants));
    work->alias_variants = array(catalog->texts.count, sizeof(*work->alias_variants));
    out->countries = array(catalog->list_count, sizeof(*out->countries));
    out->compatible = array(catalog->list_count, sizeof(*out->compatible));
    out->variants = array(catalog->variant_count, sizeof(*out->variants));
    if (out->items == NULL || out->unrestricted == NULL || out->item_traits == NULL ||
        out->details == NULL || out->texts == NULL || out->aliases == NULL ||
        out->countries == NULL || out->compatible == NULL || out->variants == NULL ||
        out->alias_variants == NULL || work->alias_variants == NULL) {
        return exhausted(work);
    }
    out->item_count = catalog->item_count;

    /* ids together: finding an item by its id reads them and nothing else of the strings */
    for (uint32_t i = 0; i < catalog->item_count; i++) {
        if (!put_text(work, catalog->items[work->order[i]].id, &out->items[i].id)) {
            return false;
        }
    }

    if (!make_categories(work) || !make_brands(work) || !make_traits(work)) {
        return false;
    }
    for (uint32_t i = 0; i < catalog->item_count; i++) {
        if (!put_item(work, i)) {
            return false;
        }
        out->unrestricted[i] = dyn_item_unrestricted(&out->items[i], i);
    }

    return true;
}

/* ---- bundles ---- */

/* The items' numbers; false when one is not in the catalogue, or there twice (as a variant of it is). */
static bool find_bundle_items(const work_t *work, dyn_range_t ids, uint32_t *items)
{
    const dyn_catalog_t *catalog = work->catalog;

    for (uint32_t i = 0; i < ids.count; i++) {
        uint32_t owner = catalog->owners[catalog->lists[ids.start + i]];

        if (owner == DYN_NONE || !catalog->items[owner].in_catalogue) {
            return false;
        }
        items[i] = work->out->item_numbers[owner];
        for (uint32_t k = 0; k < i; k++) {
            if (items[k] == items[i]) {
                return false;
            }
        }
    }

    return true;
}

static bool put_bundle(work_t *work, const dyn_catalog_bundle_t *from)
{
    dyn_catalog_sections_t *out = work->out;
    dyn_bundle_t *bundle = &out->bundles[out->bundle_count];

    if (!find_bundle_items(work, from->items, out->bundle_items + out->bundle_item_count)) {
        out->bundles_left_out++;
        return true;
    }
    *bundle = (dyn_bundle_t){.price_minor = from->price_minor,
                             .items_start = out->bundle_item_count,
                             .items_count = from->items.count,
                             .texts_start = out->bundle_text_count,
                             .texts_count = from->texts.count / 3};
    memcpy(bundle->currency, from->currency, sizeof(bundle->currency));
    for (uint32_t i = 0; i < bundle->items_count; i++) {
        out->bundle_members[bundle->items_start + i] =
            (dyn_bundle_member_t){out->bundle_items[bundle->items_start + i], out->bundle_count};
    }
    for (uint32_t i = 0; i < bundle->texts_count; i++) {
        const uint32_t *row = &work->catalog->lists[from->texts.start + 3 * i];
        dyn_bundle_text_t *text = &out->bundle_texts[bundle->texts_start + i];

        if (!put_text(work, row[0], &text->language) || !put_text(work, row[1], &text->title) ||
            !put_text(work, row[2], &text->description)) {
            return false;
        }
    }
    out->bundle_count++;
    out->bundle_item_count += bundle->items_count;
    out->bundle_text_count += bundle->texts_count;

    return put_text(work, from->id, &bundle->id) && put_text(work, from->title, &bundle->title) &&
           put_text(work, from->description, &bundle->description) &&
           put_text(work, from->url, &bundle->url) && put_text(work, from->image, &bundle->image);
}

static int by_item_and_bundle(const void *left, const void *right)
{
    const dyn_bundle_member_t *a = left, *b = right;

    if (a->item != b->item) {
        return a->item < b->item ? -1 : 1;
    }

    return (a->bundle > b->bundle) - (a->bundle < b->bundle);
}

static bool make_bundles(work_t *work)
{
    const dyn_catalog_t *catalog = work->catalog;
    dyn_catalog_sections_t *out = work->out;
    uint32_t items = 0, texts = 0;

    for (uint32_t i = 0; i < catalog->bundle_count; i++) {
        items += catalog->bundles[i].items.count;
        texts += catalog->bundles[i].texts.count / 3;
    }
    out->bundles = array(catalog->bundle_count, sizeof(*out->bundles));
    out->bundle_items = array((size_t)items + DYN_BUNDLE_ITEMS_MAX, sizeof(*out->bundle_items));
    out->bundle_texts = array(texts, sizeof(*out->bundle_texts));
    out->bundle_members = array(items, sizeof(*out->bundle_members));

    entry_t *entries = array(catalog->bundle_count, sizeof(*entries));
    bool good = entries != NULL && out->bundles != NULL && out->bundle_items != NULL &&
                out->bundle_texts != NULL && out->bundle_members != NULL;

    if (!good) {
        free(entries);
        return exhausted(work);
    }
    for (uint32_t i = 0; i < catalog->bundle_count; i++) {
        entries[i] = (entry_t){text_of(work, catalog->bundles[i].id), i};
    }
    qsort(entries, catalog->bundle_count, sizeof(*entries), compare_entries);
    for (uint32_t i = 0; i < catalog->bundle_count && good; i++) {
        good = put_bundle(work, &catalog->bundles[entries[i].index]);
    }
    free(entries);
    qsort(out->bundle_members, out->bundle_item_count, sizeof(*out->bundle_members),
          by_item_and_bundle);

    return good;
}

static bool put_id(dyn_catalog_sections_t *out, dyn_string_ref_t reference, uint32_t target)
{
    uint32_t length;

    memcpy(&length, out->strings + reference, sizeof(length));

    return dyn_hash_rows_put(
        out->ids, out->id_row_count,
        dyn_hash64_seeded(out->strings + reference + 4, length, out->hash_seed), target);
}

static bool fill_ids(dyn_catalog_sections_t *out)
{
    dyn_hash_rows_clear(out->ids, out->id_row_count);
    for (uint32_t i = 0; i < out->item_count; i++) {
        if (!put_id(out, out->items[i].id, i)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < out->variant_count; i++) {
        if (!put_id(out, out->variants[i].id, i | DYN_ID_OF_VARIANT)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < out->alias_count; i++) {
        if (!put_id(out, out->aliases[i].id, (out->variant_count + i) | DYN_ID_OF_VARIANT)) {
            return false;
        }
    }

    return true;
}

static bool fill_category_keys(dyn_catalog_sections_t *out)
{
    dyn_categories_t categories = {out->strings, out->categories, out->category_count,
                                   out->hash_seed};

    return dyn_category_keys_make(&categories, out->category_keys, out->category_key_row_count);
}

/* The smallest table that holds all keys, none of them too far from its first row. */
static bool make_table(work_t *work, uint64_t keys, dyn_hash_row_t **rows, uint64_t *row_count,
                       bool (*fill)(dyn_catalog_sections_t *out))
{
    for (*row_count = dyn_hash_rows_least(keys);; *row_count *= 2) {
        free(*rows);
        *rows = array(*row_count, sizeof(**rows));
        if (*rows == NULL) {
            return exhausted(work);
        }
        if (fill(work->out)) {
            return true;
        }
    }
}

/*
 * The seed is the hash of all texts: it is the same for the same input, and whoever has some items in the catalogue cannot choose
 * their ids and categories so that they collide.
 */
static bool make_tables(work_t *work)
{
    dyn_catalog_sections_t *out = work->out;

    out->hash_seed = dyn_hash64(out->strings, out->string_bytes);

    return make_table(work, (uint64_t)out->item_count + out->variant_count + out->alias_count,
                      &out->ids, &out->id_row_count, fill_ids) &&
           (out->category_count == 0 ||
            make_table(work, out->category_count, &out->category_keys, &out->category_key_row_count,
                       fill_category_keys));
}

static bool make(work_t *work)
{
    const dyn_catalog_t *catalog = work->catalog;
    dyn_catalog_sections_t *out = work->out;

    if (catalog->item_count > DYN_SNAPSHOT_ITEMS_MAX ||
        catalog->variant_count > DYN_SNAPSHOT_VARIANTS_MAX) {
        return dyn_fail(work->error, "%u items and %u variants: a snapshot can have %d of each",
                        (unsigned)catalog->item_count, (unsigned)catalog->variant_count,
                        DYN_SNAPSHOT_ITEMS_MAX);
    }

    work->order = array(catalog->item_count, sizeof(uint32_t));
    work->text_references = array(catalog->texts.count, sizeof(uint32_t));
    work->category_numbers = unset(catalog->category_count);
    work->brand_numbers = unset(catalog->texts.count);
    work->trait_numbers = unset(catalog->trait_count);
    work->group_firsts = unset(catalog->texts.count);
    out->item_numbers = array(catalog->item_count, sizeof(uint32_t));
    work->string_room = 1 << 16;
    out->strings = calloc(1, work->string_room);
    /* the empty string: its length and a NUL, to the next multiple of 4 */
    out->string_bytes = 8;

    if (work->order == NULL || work->text_references == NULL || work->category_numbers == NULL ||
        work->brand_numbers == NULL || work->trait_numbers == NULL || work->group_firsts == NULL ||
        out->item_numbers == NULL || out->strings == NULL) {
        return exhausted(work);
    }

    if (!order_items(work) || !make_items(work) || !make_bundles(work) || !make_tables(work)) {
        return false;
    }
    dyn_kinds_make(out->categories, out->category_count, out->strings);

    return true;
}

bool dyn_catalog_sections_make(const dyn_catalog_t *catalog, dyn_catalog_sections_t *sections,
                               dyn_error_t *error)
{
    work_t work = {.catalog = catalog, .out = sections, .error = error};

    memset(sections, 0, sizeof(*sections));

    bool made = make(&work);

    free(work.order);
    free(work.text_references);
    free(work.category_numbers);
    free(work.brand_numbers);
    free(work.trait_numbers);
    free(work.group_firsts);
    free(work.alias_variants);

    return made;
}

static void add_if_any(dyn_snapshot_writer_t *writer, dyn_section_t id, const void *data,
                       uint64_t count)
{
    if (count != 0) {
        dyn_snapshot_writer_add(writer, id, data, count);
    }
}

void dyn_catalog_sections_write(const dyn_catalog_sections_t *sections,
                                dyn_snapshot_writer_t *writer)
{
    dyn_snapshot_writer_add(writer, DYN_SECTION_STRINGS, sections->strings, sections->string_bytes);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEMS, sections->items, sections->item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEMS_UNRESTRICTED, sections->unrestricted,
                            sections->item_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_ITEM_IDS, sections->ids, sections->id_row_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORIES, sections->categories,
                            sections->category_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_CATEGORY_KEYS, sections->category_keys,
                            sections->category_key_row_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_HASH_SEED, &sections->hash_seed, 1);
    dyn_snapshot_writer_add(writer, DYN_SECTION_BRANDS, sections->brands, sections->brand_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_COUNTRIES, sections->countries,
                            sections->country_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_COMPATIBLE, sections->compatible,
                            sections->compatible_count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_VARIANTS, sections->variants,
                            sections->variant_count);
    add_if_any(writer, DYN_SECTION_TRAITS, sections->traits, sections->trait_count);
    add_if_any(writer, DYN_SECTION_ITEM_TRAITS, sections->item_traits, sections->item_trait_count);
    add_if_any(writer, DYN_SECTION_ITEM_DETAILS, sections->details,
               sections->any_details ? sections->item_count : 0);
    add_if_any(writer, DYN_SECTION_TEXTS, sections->texts, sections->text_count);
    add_if_any(writer, DYN_SECTION_ALIASES, sections->aliases, sections->alias_count);
    add_if_any(writer, DYN_SECTION_ALIAS_VARIANTS, sections->alias_variants,
               sections->any_alias_variants ? sections->alias_count : 0);
    if (sections->bundle_count > 0) {
        dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLES, sections->bundles,
                                sections->bundle_count);
        dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_ITEMS, sections->bundle_items,
                                sections->bundle_item_count);
        dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_TEXTS, sections->bundle_texts,
                                sections->bundle_text_count);
        dyn_snapshot_writer_add(writer, DYN_SECTION_BUNDLE_MEMBERS, sections->bundle_members,
                                sections->bundle_item_count);
    }
}

void dyn_catalog_sections_free(dyn_catalog_sections_t *sections)
{
    free(sections->item_numbers);
    free(sections->items);
    free(sections->unrestricted);
    free(sections->strings);
    free(sections->ids);
    free(sections->categories);
    free(sections->category_keys);
    free(sections->brands);
    free(sections->traits);
    free(sections->item_traits);
    free(sections->details);
    free(sections->texts);
    free(sections->aliases);
    free(sections->alias_variants);
    free(sections->countries);
    free(sections->compatible);
    free(sections->variants);
    free(sections->bundles);
    free(sections->bundle_items);
    free(sections->bundle_texts);
    free(sections->bundle_members);
    memset(sections, 0, sizeof(*sections));
}
