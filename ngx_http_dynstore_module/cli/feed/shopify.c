/*
 * Shopify's products: the CSV of its export in both header schemes, the JSON of its Admin REST API and of a shop's products.json, and
 * the JSON Lines of bulk operations. What the columns mean: help.shopify.com/en/manual/products/import-export/using-csv.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/feed/metafield.h"
#include "cli/feed/reader.h"
#include "cli/input/values.h"
#include "engine/base/item_id.h"

static const char usual_url[] = "/products/{handle}";

enum { OPTIONS = 3, id_bytes = 512 };

/* ---- what both have in common ---- */

/* "Default Title" is Shopify's word for the only variant of a product without options. */
static bool only_variant(dyn_str_t title)
{
    return dyn_str_equal_nocase(title, dyn_str_from("Default Title"));
}

/* What is asked for and what was asked before become a price and a sale's price. */
static bool set_prices(dyn_feed_t *feed, json_t *variant, dyn_str_t price, dyn_str_t before,
                       dyn_error_t *problem)
{
    if (before.len == 0) {
        return dyn_feed_set_price(feed, variant, "price", price, problem);
    }
    if (!dyn_feed_set_price(feed, variant, "price", before, problem) ||
        !dyn_feed_set_price(feed, variant, "sale_price", price, problem)) {
        return false;
    }

    const json_t *high = json_object_get(variant, "price"),
                 *low = json_object_get(variant, "sale_price");

    if (low != NULL &&
        strtod(json_string_value(low), NULL) >= strtod(json_string_value(high), NULL)) {
        json_object_set(variant, "price", json_object_get(variant, "sale_price"));
        json_object_del(variant, "sale_price");
    }

    return true;
}

/* A number that several items have names the first of them. False when it is taken. */
static bool take_id(dyn_feed_t *feed, dyn_str_t id, uint64_t line)
{
    uint32_t before = feed->seen.count;

    if (dyn_ids_add(&feed->seen, id) == before) {
        return true;
    }
    dyn_note(feed->source.faults->notes, DYN_NOTE_shared_id, feed->source.path, line, "SKU");

    return false;
}

static void add_metafield(dyn_feed_t *feed, json_t *to, dyn_str_t key, dyn_str_t type,
                          dyn_str_t value, uint64_t line)
{
    char field[64];

    if (!dyn_metafield_add(to, key, type, value)) {
        snprintf(field, sizeof(field), "%.*s", (int)(key.len < 63 ? key.len : 63), key.data);
        dyn_note(feed->source.faults->notes, DYN_NOTE_no_attribute, feed->source.path, line, field);
    }
}

/* ---- CSV ---- */

typedef struct {
    int handle, title, description, vendor, category, type, tags, published, status;
    int option_names[OPTIONS], option_values[OPTIONS];
    int sku, barcode, price, before, tracker, quantity, policy, image, variant_image, gender;
    uint32_t product;         /* that was met last */
    char names[OPTIONS][128]; /* of its options */
} columns_t;

static columns_t columns_of(const dyn_rows_t *rows)
{
    columns_t columns = {
        .product = DYN_NONE,
        .handle = dyn_rows_column(rows, "URL handle|Handle"),
        .title = dyn_rows_column(rows, "Title"),
        .description = dyn_rows_column(rows, "Description|Body (HTML)|Body HTML|Body"),
        .vendor = dyn_rows_column(rows, "Vendor"),
        .category = dyn_rows_column(rows, "Product category"),
        .type = dyn_rows_column(rows, "Type|Custom product type"),
        .tags = dyn_rows_column(rows, "Tags"),
        .published = dyn_rows_column(rows, "Published on online store|Published"),
        .status = dyn_rows_column(rows, "Status"),
        .sku = dyn_rows_column(rows, "SKU|Variant SKU"),
        .barcode = dyn_rows_column(rows, "Barcode|Variant Barcode"),
        .price = dyn_rows_column(rows, "Price|Variant Price"),
        .before = dyn_rows_column(rows, "Compare-at price|Variant Compare At Price"),
        .tracker = dyn_rows_column(rows, "Inventory tracker|Variant Inventory Tracker"),
        .quantity = dyn_rows_column(rows, "Inventory quantity|Variant Inventory Qty"),
        .policy =
            dyn_rows_column(rows, "Continue selling when out of stock|Variant Inventory Policy"),
        .image = dyn_rows_column(rows, "Product image URL|Image Src"),
        .variant_image = dyn_rows_column(rows, "Variant image URL|Variant Image"),
        .gender = dyn_rows_column(rows, "Google Shopping / Gender"),
    };

    for (int i = 0; i < OPTIONS; i++) {
        char names[64];

        snprintf(names, sizeof(names), "Option%d name", i + 1);
        columns.option_names[i] = dyn_rows_column(rows, names);
        snprintf(names, sizeof(names), "Option%d value", i + 1);
        columns.option_values[i] = dyn_rows_column(rows, names);
    }

    return columns;
}

static bool says_no(dyn_str_t text)
{
    return dyn_str_equal_nocase(text, dyn_str_from("false")) ||
           dyn_str_equal_nocase(text, dyn_str_from("draft")) ||
           dyn_str_equal_nocase(text, dyn_str_from("archived"));
}

/* Spreadsheets keep a long number as a text by a sign before it. */
static dyn_str_t number_text(dyn_str_t text)
{
    return text.len > 0 && text.data[0] == '\'' ? (dyn_str_t){text.data + 1, text.len - 1} : text;
}

/* Columns such as "Fabric (product.metafields.custom.fabric)" are attributes. */
static void add_metafield_columns(dyn_feed_t *feed, const dyn_rows_t *rows, json_t *item)
{
    static const char mark[] = "product.metafields.";

    for (size_t i = 0; i < rows->columns; i++) {
        dyn_str_t name = rows->names[i];
        dyn_str_t value = dyn_rows_field(rows, (int)i);
        size_t at = 0, end;

        while (at + sizeof(mark) - 1 <= name.len &&
               memcmp(name.data + at, mark, sizeof(mark) - 1) != 0) {
            at++;
        }
        if (value.len == 0 || at + sizeof(mark) - 1 > name.len) {
            continue;
        }
        for (end = at; end < name.len && name.data[end] != ')'; end++) {
            at = name.data[end] == '.' ? end + 1 : at;
        }
        for (size_t start = 0, to = 0; to <= value.len; to++) {
            if (to == value.len || value.data[to] == ';') {
                add_metafield(feed, item, (dyn_str_t){name.data + at, end - at}, DYN_STR(""),
                              (dyn_str_t){value.data + start, to - start}, rows->line);
                start = to + 1;
            }
        }
    }
}

/* Options are named in the first row of a product. Rows that stand apart from it have values without names. */
static void take_names(const dyn_rows_t *rows, columns_t *columns, uint32_t product)
{
    columns->product = product;
    for (int i = 0; i < OPTIONS; i++) {
        dyn_str_t name = dyn_rows_field(rows, columns->option_names[i]);

        snprintf(columns->names[i], sizeof(columns->names[i]), "%.*s",
                 (int)(name.len < 100 ? name.len : 100), name.data);
    }
}

static bool read_product(dyn_feed_t *feed, const dyn_rows_t *rows, const columns_t *columns)
{
    dyn_str_t handle = dyn_rows_field(rows, columns->handle);
    dyn_str_t type = dyn_rows_field(rows, columns->type);
    json_t *item = json_object();

    if (dyn_rows_field(rows, columns->title).len == 0) {
        json_decref(item);
        return dyn_feed_fault(feed, rows->line, "Title",
                              "is empty in the first row of a product: its title would be right");
    }
    dyn_feed_set(item, "id", handle);
    dyn_feed_set_plain(item, "title", dyn_rows_field(rows, columns->title));
    dyn_feed_set_url(feed, item, usual_url, handle);
    dyn_feed_set_plain(item, "description", dyn_rows_field(rows, columns->description));
    dyn_feed_set(item, "brand", dyn_rows_field(rows, columns->vendor));
    dyn_feed_set(item, "image", dyn_rows_field(rows, columns->image));
    if (type.len > 0) {
        dyn_feed_add(item, "category", type);
    } else {
        dyn_feed_add_parts(item, "category", dyn_rows_field(rows, columns->category), " > ");
    }
    dyn_feed_add_parts(item, "tags", dyn_rows_field(rows, columns->tags), ",");
    dyn_feed_add(item, "audience", dyn_rows_field(rows, columns->gender));
    add_metafield_columns(feed, rows, item);

    return dyn_feed_item(feed, item, rows->line);
}

static bool read_variant_row(dyn_feed_t *feed, const dyn_rows_t *rows, const columns_t *columns)
{
    dyn_str_t handle = dyn_rows_field(rows, columns->handle), policy, tracker;
    dyn_str_t sku = number_text(dyn_rows_field(rows, columns->sku));
    dyn_str_t barcode = number_text(dyn_rows_field(rows, columns->barcode));
    bool only = only_variant(dyn_rows_field(rows, columns->option_values[0]));
    char title[id_bytes] = "", id[2 * id_bytes];
    dyn_error_t problem;
    json_t *variant = json_object();

    for (int i = 0; i < OPTIONS && !only; i++) {
        dyn_str_t value = dyn_rows_field(rows, columns->option_values[i]);
        size_t used = strlen(title);

        if (value.len > 0) {
            snprintf(title + used, sizeof(title) - used, "%s%.*s", used > 0 ? " / " : "",
                     (int)(value.len < 128 ? value.len : 128), value.data);
            dyn_feed_add_attribute(variant, dyn_str_from(columns->names[i]), value);
        }
    }

    bool known = sku.len > 0 && take_id(feed, sku, rows->line);

    snprintf(id, sizeof(id), "%.*s%s%s", (int)(handle.len < id_bytes ? handle.len : id_bytes),
             handle.data, title[0] != '\0' ? "/" : "", title);
    dyn_feed_set(variant, "id", known && title[0] != '\0' ? sku : dyn_str_from(id));
    dyn_feed_set(variant, "title", dyn_str_from(title));
    dyn_feed_set(variant, "image", dyn_rows_field(rows, columns->variant_image));
    if (known) {
        dyn_feed_add(variant, "aliases", sku);
    }
    if (barcode.len > 0 && take_id(feed, barcode, rows->line)) {
        dyn_feed_add(variant, "aliases", barcode);
    }

    policy = dyn_rows_field(rows, columns->policy);
    tracker = dyn_rows_field(rows, columns->tracker);
    if ((columns->tracker == DYN_ROWS_NONE || tracker.len > 0) &&
        !dyn_str_equal_nocase(policy, dyn_str_from("continue")) &&
        !dyn_str_equal_nocase(policy, dyn_str_from("true"))) {
        dyn_feed_set(variant, "stock", dyn_rows_field(rows, columns->quantity));
    }
    if (!set_prices(feed, variant, dyn_rows_field(rows, columns->price),
                    dyn_rows_field(rows, columns->before), &problem)) {
        json_decref(variant);
        return dyn_feed_fault(feed, rows->line, "Price", problem.text);
    }

    return dyn_feed_variant(feed, handle, variant, rows->line);
}

bool dyn_feed_shopify_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    static const dyn_catalog_name_t names[] = {
        {"id", "Handle"},         {"title", "Title"},       {"description", "Description"},
        {"category", "Type"},     {"tags", "Tags"},         {"image", "Image"},
        {"variant_of", "Handle"}, {"stock", "Quantity"},    {"brand", "Vendor"},
        {"aliases", "SKU"},       {"attributes", "Option"}, {NULL, NULL},
    };
    columns_t columns = columns_of(rows);
    dyn_ids_t products = {0}, hidden = {0};
    bool good = true;

    feed->source.names = names;
    while (good && dyn_rows_next(rows)) {
        dyn_str_t handle = dyn_rows_field(rows, columns.handle);
        uint32_t before = products.count, product;

        if (handle.len == 0) {
            good = dyn_feed_fault(feed, rows->line, "Handle",
                                  "is empty: the product's handle would be right in each row");
            continue;
        }
        product = dyn_ids_add(&products, handle);
        if (product != columns.product) {
            take_names(rows, &columns, product);
        }
        if (product == before) {
            if (says_no(dyn_rows_field(rows, columns.published)) ||
                says_no(dyn_rows_field(rows, columns.status))) {
                dyn_note(feed->source.faults->notes, DYN_NOTE_not_published, feed->source.path,
                         rows->line, "Status");
                good = dyn_ids_add(&hidden, handle) != DYN_NONE;
                continue;
            }
            good = read_product(feed, rows, &columns);
        }
        if (good && hidden.count > 0 && dyn_ids_find(&hidden, handle) != DYN_NONE) {
            continue;
        }
        /* a row with none of these is one more image */
        if (good && (dyn_rows_field(rows, columns.option_values[0]).len > 0 ||
                     dyn_rows_field(rows, columns.price).len > 0 ||
                     dyn_rows_field(rows, columns.sku).len > 0)) {
            good = read_variant_row(feed, rows, &columns);
        }
    }
    dyn_ids_free(&products);
    dyn_ids_free(&hidden);

    return good;
}

/* ---- JSON ---- */

/* A member of one of these names, which are separated by `|`. NULL: there is none, or it is null. */
static const json_t *get(const json_t *object, const char *names)
{
    while (*names != '\0') {
        size_t length = strcspn(names, "|");
        char name[64];
        const json_t *value;

        snprintf(name, sizeof(name), "%.*s", (int)length, names);
        value = json_object_get(object, name);
        if (value != NULL && !json_is_null(value)) {
            return value;
        }
        names += length + (names[length] == '|');
    }

    return NULL;
}

/* A string, or a number as one in `digits`; "" otherwise. */
static dyn_str_t text_of(const json_t *value, char digits[32])
{
    if (json_is_string(value)) {
        return dyn_values_trim((dyn_str_t){json_string_value(value), json_string_length(value)});
    }
    if (json_is_integer(value)) {
        return (dyn_str_t){digits, (size_t)snprintf(digits, 32, "%" JSON_INTEGER_FORMAT,
                                                    json_integer_value(value))};
    }
    if (json_is_real(value)) {
        return (dyn_str_t){digits, (size_t)snprintf(digits, 32, "%.10g", json_real_value(value))};
    }

    return (dyn_str_t){"", 0};
}

static dyn_str_t get_text(const json_t *object, const char *names, char digits[32])
{
    return text_of(get(object, names), digits);
}

/* An amount, alone or as {"amount": "1.00", "currencyCode": "EUR"}, whose currency is set. */
static dyn_str_t get_amount(const json_t *object, const char *names, json_t *to, char digits[32])
{
    const json_t *value = get(object, names);

    if (json_is_object(value)) {
        char code[32];

        dyn_feed_set(to, "currency", get_text(value, "currencyCode|currency_code", code));
        value = get(value, "amount");
    }

    return text_of(value, digits);
}

/* A list, or a connection of GraphQL: its nodes, or its edges, whose elements are node_of() these. */
static const json_t *list_of(const json_t *value)
{
    return json_is_object(value) ? get(value, "nodes|edges") : value;
}

static const json_t *node_of(const json_t *element)
{
    const json_t *node = json_is_object(element) ? get(element, "node") : NULL;

    return node != NULL ? node : element;
}

/* The address of an image, of media with an image, or of media with a preview; "" when there is none. */
static dyn_str_t address_of(const json_t *image, char digits[32])
{
    for (int depth = 0; depth < 3 && json_is_object(image); depth++) {
        dyn_str_t address = get_text(image, "src|url|originalSrc", digits);

        if (address.len > 0) {
            return address;
        }
        image = get(image, "image|preview");
    }

    return text_of(image, digits);
}

static void set_json_image(const json_t *object, json_t *to)
{
    char digits[32];
    const json_t *list = list_of(get(object, "images|media")), *element;
    dyn_str_t address =
        address_of(get(object, "image|featuredImage|featured_image|featuredMedia"), digits);
    size_t i;

    json_array_foreach(list, i, element)
    {
        address = address.len == 0 ? address_of(node_of(element), digits) : address;
    }
    dyn_feed_set(to, "image", address);
}

static void add_json_metafield(dyn_feed_t *feed, const json_t *metafield, json_t *to, uint64_t line)
{
    char digits[3][32];

    add_metafield(feed, to, get_text(metafield, "key", digits[0]),
                  get_text(metafield, "type", digits[1]), get_text(metafield, "value", digits[2]),
                  line);
}

static void add_json_metafields(dyn_feed_t *feed, const json_t *from, json_t *to, uint64_t line)
{
    const json_t *list = list_of(get(from, "metafields")), *element;
    size_t i;

    json_array_foreach(list, i, element)
    {
        add_json_metafield(feed, node_of(element), to, line);
    }
}

static void set_json_stock(const json_t *from, json_t *variant)
{
    const json_t *available = get(from, "available|availableForSale");
    const json_t *quantity = get(from, "inventory_quantity|inventoryQuantity");
    char digits[32];
    dyn_str_t policy = get_text(from, "inventory_policy|inventoryPolicy", digits);
    bool tracked = true;

    if (json_object_get(from, "inventory_management") != NULL) {
        tracked = get(from, "inventory_management") != NULL;
    } else if (json_is_object(get(from, "inventoryItem"))) {
        tracked = !json_is_false(json_object_get(get(from, "inventoryItem"), "tracked"));
    }
    if (json_is_false(available)) {
        json_object_set_new(variant, "stock", json_integer(0));
    } else if (quantity != NULL && tracked && !json_is_true(available) &&
               !dyn_str_equal_nocase(policy, dyn_str_from("continue"))) {
        json_object_set(variant, "stock", (json_t *)(uintptr_t)quantity);
    }
}

/* A variant's options: named beside them, or only numbered and named by the product. */
static void add_json_options(const json_t *from, const json_t *options, json_t *variant)
{
    const json_t *selected = get(from, "selectedOptions|selected_options"), *option;
    char digits[32], key[16];
    size_t i;

    json_array_foreach(selected, i, option)
    {
        dyn_str_t value = get_text(option, "value", digits);
        char more[32];

        if (!only_variant(value)) {
            dyn_feed_add_attribute(variant, get_text(option, "name", more), value);
        }
    }
    for (i = 0; selected == NULL && i < OPTIONS; i++) {
        dyn_str_t value;
        char more[32];

        snprintf(key, sizeof(key), "option%zu", i + 1);
        value = get_text(from, key, digits);
        option = json_array_get(options, i);
        if (!only_variant(value)) {
            dyn_feed_add_attribute(variant,
                                   json_is_object(option) ? get_text(option, "name", more)
                                                          : text_of(option, more),
                                   value);
        }
    }
}

/* As webhooks of stock name a variant. */
static void add_inventory(const json_t *from, json_t *variant)
{
    const json_t *nested = get(from, "inventoryItem");
    char digits[32], alias[DYN_ITEM_ID_BYTES_MAX + 1];
    dyn_str_t id = get_text(from, "inventory_item_id", digits);

    if (id.len == 0) {
        id = get_text(nested, "id|legacyResourceId", digits);
    }
    if (dyn_item_id_normalize(id, &id)) {
        int length = snprintf(alias, sizeof(alias), "inventory:%.*s", (int)id.len, id.data);

        if (length < (int)sizeof(alias)) {
            dyn_feed_add(variant, "aliases", (dyn_str_t){alias, (size_t)length});
        }
    }
}

static bool give_variant(dyn_feed_t *feed, dyn_str_t parent, const json_t *options,
                         const json_t *from, uint64_t line)
{
    json_t *variant = json_object();
    char digits[32], more[32], third[32];
    dyn_str_t title = get_text(from, "title", digits), id;
    dyn_error_t problem;

    if (!only_variant(title)) {
        dyn_feed_set(variant, "title", title);
    }
    id = get_text(from, "id|legacyResourceId", digits);
    dyn_feed_set(variant, "id", id);
    for (int i = 0; i < 2; i++) {
        dyn_str_t alias = number_text(get_text(from, i == 0 ? "sku" : "barcode", more));

        if (alias.len > 0 && take_id(feed, alias, line)) {
            dyn_feed_add(variant, "aliases", alias);
        }
    }
    add_inventory(from, variant);
    set_json_image(from, variant);
    set_json_stock(from, variant);
    add_json_options(from, options, variant);
    add_json_metafields(feed, from, variant, line);

    dyn_str_t price = get_amount(from, "price", variant, more);

    if (!set_prices(feed, variant, price,
                    get_amount(from, "compare_at_price|compareAtPrice", variant, third),
                    &problem)) {
        json_decref(variant);
        return dyn_feed_fault(feed, line, "price", problem.text);
    }

    return dyn_feed_variant(feed, parent, variant, line);
}

/* Not in the shop's pages: the member is there, and null. */
static bool unpublished(const json_t *from)
{
    static const char *const names[] = {"published_at", "publishedAt"};

    for (size_t i = 0; i < 2; i++) {
        if (json_is_null(json_object_get(from, names[i]))) {
            return true;
        }
    }

    return false;
}

static bool give_product(dyn_feed_t *feed, const json_t *from, uint64_t line)
{
    const json_t *variants = list_of(get(from, "variants")), *variant;
    const json_t *tags = get(from, "tags"), *tag;
    char digits[32], more[32];
    dyn_str_t handle = get_text(from, "handle", digits), type, id;
    json_t *item = json_object();
    size_t i;
    bool good;

    if (says_no(get_text(from, "status", more)) || unpublished(from)) {
        dyn_note(feed->source.faults->notes, DYN_NOTE_not_published, feed->source.path, line,
                 "status");
        id = get_text(from, "id|legacyResourceId", more);
        json_decref(item);

        return dyn_ids_add(&feed->hidden, id) != DYN_NONE;
    }

    dyn_feed_set(item, "id", get_text(from, "id|legacyResourceId", more));
    dyn_feed_add(item, "aliases", handle);
    dyn_feed_set_plain(item, "title", get_text(from, "title", more));
    dyn_feed_set(item, "url", get_text(from, "onlineStoreUrl", more));
    if (json_object_get(item, "url") == NULL) {
        dyn_feed_set_url(feed, item, usual_url, handle);
    }
    dyn_feed_set_plain(item, "description",
                       get_text(from, "body_html|descriptionHtml|description", more));
    dyn_feed_set(item, "brand", get_text(from, "vendor", more));
    dyn_feed_set(item, "created", get_text(from, "created_at|createdAt", more));
    type = get_text(from, "product_type|productType", more);
    if (type.len > 0) {
        dyn_feed_add(item, "category", type);
    } else if (json_is_object(get(from, "category"))) {
        dyn_feed_add_parts(item, "category",
                           get_text(get(from, "category"), "fullName|full_name", more), " > ");
    }
    if (json_is_string(tags)) {
        dyn_feed_add_parts(item, "tags", text_of(tags, more), ",");
    }
    json_array_foreach(tags, i, tag)
    {
        dyn_feed_add(item, "tags", text_of(tag, more));
    }
    add_json_metafields(feed, from, item, line);
    set_json_image(from, item);
    good = dyn_feed_item(feed, item, line);
    json_array_foreach(variants, i, variant)
    {
        good = good && give_variant(feed, get_text(from, "id|legacyResourceId", more),
                                    get(from, "options"), node_of(variant), line);
    }

    return good;
}

/* Whether an id such as "gid://shopify/Product/123" is of this kind. */
static bool of_kind(dyn_str_t id, const char *kind)
{
    static const char start[] = "gid://shopify/";
    size_t length = strlen(kind), before = sizeof(start) - 1;

    return id.len > before + length && memcmp(id.data, start, before) == 0 &&
           memcmp(id.data + before, kind, length) == 0 && id.data[before + length] == '/';
}

static bool is_metafield(const json_t *value, dyn_str_t id)
{
    return id.len > 0 ? of_kind(id, "Metafield")
                      : get(value, "key") != NULL && get(value, "value") != NULL;
}

static bool is_media(const json_t *value, dyn_str_t id)
{
    static const char *const kinds[] = {"MediaImage", "ProductImage", "Video", "ExternalVideo",
                                        "Model3d"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (of_kind(id, kinds[i])) {
            return true;
        }
    }

    return id.len == 0 && get(value, "image|preview|url|originalSrc") != NULL;
}

/* A line of a bulk operation that belongs to another one: a variant of a product, or media or a metafield of one of both. */
static bool give_part(dyn_feed_t *feed, dyn_str_t parent, const json_t *value, uint64_t line)
{
    char digits[32];
    dyn_str_t id = get_text(value, "id", digits);
    bool good;

    if (dyn_ids_find(&feed->hidden, parent) != DYN_NONE) {
        return !of_kind(id, "ProductVariant") || dyn_ids_add(&feed->hidden, id) != DYN_NONE;
    }
    if (of_kind(id, "ProductVariant")) {
        return give_variant(feed, parent, NULL, value, line);
    }
    if (!of_kind(parent, "Product") && !of_kind(parent, "ProductVariant")) {
        return true;
    }

    json_t *object = json_object();

    if (is_metafield(value, id)) {
        add_json_metafield(feed, value, object, line);
    } else if (is_media(value, id)) {
        dyn_feed_set(object, "image", address_of(value, digits));
    }
    good = json_object_size(object) == 0 ||
           dyn_catalog_take_addition(&feed->source, parent, object, line);
    json_decref(object);

    return good;
}

bool dyn_feed_shopify_value(dyn_feed_t *feed, const json_t *value, uint64_t line, bool *taken)
{
    char digits[32];
    dyn_str_t parent = get_text(value, "__parentId", digits);

    *taken = parent.len > 0;
    if (parent.len > 0) {
        return give_part(feed, parent, value, line);
    }

    *taken = get(value, "handle") != NULL &&
             (json_object_get(value, "body_html") != NULL ||
              get(value, "vendor|product_type|productType|descriptionHtml|onlineStoreUrl|"
                         "priceRangeV2|published_at") != NULL);

    return !*taken || give_product(feed, value, line);
}
