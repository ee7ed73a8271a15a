#include "cli/input/catalog_write.h"

#include <jansson.h>
#include <string.h>

#include "engine/base/money.h"
#include "engine/base/time_text.h"

/* Members are set in the order in which docs/catalog.md lists them; what an item does not have is left out. */

static json_t *text_of(const dyn_catalog_t *catalog, uint32_t number)
{
    dyn_str_t text = dyn_ids_text(&catalog->texts, number);

    return json_stringn(text.data, text.len);
}

static void set_text(const dyn_catalog_t *catalog, json_t *object, const char *name,
                     uint32_t number)
{
    if (number != DYN_NONE) {
        json_object_set_new(object, name, text_of(catalog, number));
    }
}

static void set_texts(const dyn_catalog_t *catalog, json_t *object, const char *name,
                      dyn_range_t range)
{
    json_t *list;

    if (range.count == 0) {
        return;
    }
    list = json_array();
    for (uint32_t i = 0; i < range.count; i++) {
        json_array_append_new(list, text_of(catalog, catalog->lists[range.start + i]));
    }
    json_object_set_new(object, name, list);
}

static void set_price(json_t *object, const char *name, int64_t minor, const char *currency)
{
    char text[24];

    if (minor >= 0) {
        size_t length = dyn_money_format(minor, dyn_money_exponent(dyn_str_from(currency)), text);

        json_object_set_new(object, name, json_stringn(text, length));
    }
}

static void set_time(json_t *object, const char *name, int64_t time_ms)
{
    char text[21];

    /* the text has no parts of a second */
    if (time_ms % 1000 != 0) {
        json_object_set_new(object, name, json_integer(time_ms));
        return;
    }
    dyn_time_format(time_ms, text);
    json_object_set_new(object, name, json_string(text));
}

static void set_category(const dyn_catalog_t *catalog, json_t *object, uint32_t category)
{
    json_t *list;

    if (category == DYN_NONE) {
        return;
    }
    list = json_array();
    for (; category != DYN_NONE; category = catalog->categories[category].parent) {
        json_array_insert_new(list, 0, text_of(catalog, catalog->categories[category].name));
    }
    json_object_set_new(object, "category", list);
}

static json_t *member_list(json_t *object, const char *name)
{
    json_t *list = json_object_get(object, name);

    if (list == NULL) {
        list = json_array();
        json_object_set_new(object, name, list);
    }

    return list;
}

/* Traits are in the order in which they were read: tags, audience, colours, sizes, attributes. */
static void set_traits(const dyn_catalog_t *catalog, json_t *object, dyn_range_t traits)
{
    static const char *const members[][2] = {
        {"tag", "tags"}, {"audience", "audience"}, {"colour", "colour"}, {"size", "sizes"}};
    json_t *attributes = json_object();

    for (uint32_t i = 0; i < traits.count; i++) {
        const dyn_catalog_trait_t *trait = &catalog->traits[catalog->lists[traits.start + i]];
        dyn_str_t name = dyn_ids_text(&catalog->texts, trait->name);
        json_t *list = NULL;

        for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
            if (dyn_str_equal(name, dyn_str_from(members[k][0]))) {
                list = member_list(object, members[k][1]);
            }
        }
        if (list == NULL) {
            char copy[DYN_ATTRIBUTE_BYTES_MAX + 1];

            memcpy(copy, name.data, name.len);
            copy[name.len] = '\0';
            list = member_list(attributes, copy);
        }
        json_array_append_new(list, text_of(catalog, trait->value));
    }
    if (json_object_size(attributes) > 0) {
        json_object_set(object, "attributes", attributes);
    }
    json_decref(attributes);
}

static void set_countries(const dyn_catalog_t *catalog, json_t *object,
                          const dyn_catalog_item_t *item)
{
    for (uint32_t i = 0; i < item->countries.count; i++) {
        uint32_t code = catalog->lists[item->countries.start + i];
        char text[3] = {(char)(code & 0xff), (char)(code >> 8), '\0'};

        json_array_append_new(
            member_list(object, item->countries_blocked ? "countries_blocked" : "countries"),
            json_string(text));
    }
}

static void set_variants(const dyn_catalog_t *catalog, json_t *object,
                         const dyn_catalog_item_t *item)
{
    for (uint32_t i = 0; i < item->variants.count; i++) {
        const dyn_catalog_variant_t *from = &catalog->variants[item->variants.start + i];
        json_t *variant = json_object();

        set_text(catalog, variant, "id", from->id);
        set_text(catalog, variant, "title", from->title);
        set_price(variant, "price", from->price_minor, item->currency);
        if (from->stock >= 0) {
            json_object_set_new(variant, "stock", json_integer(from->stock));
        }
        set_texts(catalog, variant, "aliases", from->aliases);
        json_array_append_new(member_list(object, "variants"), variant);
    }
}

static json_t *item_object(const dyn_catalog_t *catalog, const dyn_catalog_item_t *item)
{
    json_t *object = json_object();

    set_text(catalog, object, "id", item->id);
    set_text(catalog, object, "title", item->title);
    set_text(catalog, object, "url", item->url);
    set_text(catalog, object, "image", item->image);
    set_price(object, "price", item->price_minor, item->currency);
    if (item->currency[0] != '\0') {
        json_object_set_new(object, "currency", json_string(item->currency));
    }
    set_category(catalog, object, item->category);
    set_text(catalog, object, "brand", item->brand);
    set_traits(catalog, object, item->traits);
    set_text(catalog, object, "description", item->description);
    set_text(catalog, object, "fit", item->fit);
    set_text(catalog, object, "language", item->language);
    set_texts(catalog, object, "keywords", item->keywords);
    set_texts(catalog, object, "badges", item->badges);
    if (item->rating_hundredths >= 0) {
        json_object_set_new(object, "rating", json_real(item->rating_hundredths / 100.0));
    }
    if (item->rating_count > 0) {
        json_object_set_new(object, "rating_count", json_integer(item->rating_count));
    }
    set_price(object, "sale_price", item->sale_price_minor, item->currency);
    if (item->sale_price_minor >= 0 && item->sale_from_ms != 0) {
        set_time(object, "sale_from", item->sale_from_ms);
    }
    if (item->sale_price_minor >= 0 && item->sale_until_ms != DYN_TIME_MS_MAX) {
        set_time(object, "sale_until", item->sale_until_ms);
    }
    set_texts(catalog, object, "aliases", (dyn_range_t){item->aliases.start, item->own_aliases});
    if (item->stock >= 0) {
        json_object_set_new(object, "stock", json_integer(item->stock));
    }
    if (item->margin_bp != INT32_MIN) {
        json_object_set_new(object, "margin", json_real(item->margin_bp / 10000.0));
    }
    set_text(catalog, object, "group", item->group);
    set_variants(catalog, object, item);
    set_texts(catalog, object, "compatible_with", item->compatible);
    if (item->age_min > 0) {
        json_object_set_new(object, "age_min", json_integer(item->age_min));
    }
    set_countries(catalog, object, item);
    if (item->created_ms > 0) {
        set_time(object, "created", item->created_ms);
    }

    return object;
}

/* A text, or the texts of all languages. */
static void set_words(const dyn_catalog_t *catalog, json_t *object, const char *name,
                      const dyn_catalog_bundle_t *bundle, uint32_t place, uint32_t own)
{
    json_t *texts = json_object();

    for (uint32_t row = 0; row < bundle->texts.count; row += 3) {
        const uint32_t *at = &catalog->lists[bundle->texts.start + row];
        dyn_str_t language = dyn_ids_text(&catalog->texts, at[0]);
        char tag[DYN_LANGUAGE_BYTES_MAX + 1];

        if (at[place] != DYN_NONE && language.len < sizeof(tag)) {
            memcpy(tag, language.data, language.len);
            tag[language.len] = '\0';
            set_text(catalog, texts, tag, at[place]);
        }
    }
    if (json_object_size(texts) > 0) {
        json_object_set(object, name, texts);
    } else {
        set_text(catalog, object, name, own);
    }
    json_decref(texts);
}

static json_t *bundle_object(const dyn_catalog_t *catalog, const dyn_catalog_bundle_t *bundle)
{
    json_t *object = json_object();

    json_object_set_new(object, "kind", json_string("bundle"));
    set_text(catalog, object, "id", bundle->id);
    set_words(catalog, object, "title", bundle, 1, bundle->title);
    set_words(catalog, object, "description", bundle, 2, bundle->description);
    set_texts(catalog, object, "items", bundle->items);
    set_price(object, "price", bundle->price_minor, bundle->currency);
    if (bundle->currency[0] != '\0') {
        json_object_set_new(object, "currency", json_string(bundle->currency));
    }
    set_text(catalog, object, "url", bundle->url);
    set_text(catalog, object, "image", bundle->image);

    return object;
}

/* The object is released. */
static bool write_line(json_t *object, FILE *file)
{
    bool good =
        object != NULL && json_dumpf(object, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;

    json_decref(object);

    return good;
}

bool dyn_catalog_write(const dyn_catalog_t *catalog, FILE *file)
{
    bool good = true;

    for (uint32_t i = 0; good && i < catalog->item_count; i++) {
        good = write_line(item_object(catalog, &catalog->items[i]), file);
    }
    for (uint32_t i = 0; good && i < catalog->bundle_count; i++) {
        good = write_line(bundle_object(catalog, &catalog->bundles[i]), file);
    }
    if (good && catalog->content_bytes > 0) {
        json_t *contents = json_loadb(catalog->contents, catalog->content_bytes, 0, NULL), *content;
        size_t i;

        good = contents != NULL;
        json_array_foreach(contents, i, content)
        {
            good = good && write_line(json_incref(content), file);
        }
        json_decref(contents);
    }

    return good;
}
