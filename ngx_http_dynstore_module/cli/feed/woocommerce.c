/*
 * WooCommerce's product CSV, with the headers of a shop in English:
 * github.com/woocommerce/woocommerce, plugins/woocommerce/includes/export/class-wc-product-csv-exporter.php.
 */
#include <stdio.h>
#include <string.h>

#include "cli/feed/reader.h"

/* WordPress leads from it to the product's own address. */
static const char usual_url[] = "/?post_type=product&p={handle}";

enum { ATTRIBUTES_MAX = 32 };

typedef struct {
    int id, type, sku, gtin, name, published, visibility, short_description, description;
    int sale_from, sale_until, in_stock, stock, backorders, sale_price, price, categories, tags;
    int images, parent, brands;
    int attribute_names[ATTRIBUTES_MAX], attribute_values[ATTRIBUTES_MAX];
} columns_t;

static columns_t columns_of(const dyn_rows_t *rows)
{
    columns_t columns = {
        .id = dyn_rows_column(rows, "ID"),
        .type = dyn_rows_column(rows, "Type"),
        .sku = dyn_rows_column(rows, "SKU"),
        .gtin = dyn_rows_column(rows, "GTIN, UPC, EAN, or ISBN|GTIN"),
        .name = dyn_rows_column(rows, "Name"),
        .published = dyn_rows_column(rows, "Published"),
        .visibility = dyn_rows_column(rows, "Visibility in catalog"),
        .short_description = dyn_rows_column(rows, "Short description"),
        .description = dyn_rows_column(rows, "Description"),
        .sale_from = dyn_rows_column(rows, "Date sale price starts"),
        .sale_until = dyn_rows_column(rows, "Date sale price ends"),
        .in_stock = dyn_rows_column(rows, "In stock?"),
        .stock = dyn_rows_column(rows, "Stock"),
        .backorders = dyn_rows_column(rows, "Backorders allowed?"),
        .sale_price = dyn_rows_column(rows, "Sale price"),
        .price = dyn_rows_column(rows, "Regular price"),
        .categories = dyn_rows_column(rows, "Categories"),
        .tags = dyn_rows_column(rows, "Tags"),
        .images = dyn_rows_column(rows, "Images"),
        .parent = dyn_rows_column(rows, "Parent"),
        .brands = dyn_rows_column(rows, "Brands|Brand"),
    };

    for (int i = 0; i < ATTRIBUTES_MAX; i++) {
        char name[64];

        snprintf(name, sizeof(name), "Attribute %d name", i + 1);
        columns.attribute_names[i] = dyn_rows_column(rows, name);
        snprintf(name, sizeof(name), "Attribute %d value(s)", i + 1);
        columns.attribute_values[i] = dyn_rows_column(rows, name);
    }

    return columns;
}

/* A cell that a spreadsheet could take for a formula has a sign before it. */
static dyn_str_t cell(const dyn_rows_t *rows, int column)
{
    dyn_str_t text = dyn_rows_field(rows, column);

    return text.len > 1 && text.data[0] == '\'' && strchr("=+-@", text.data[1]) != NULL
               ? (dyn_str_t){text.data + 1, text.len - 1}
               : text;
}

static bool equal(dyn_str_t text, const char *word)
{
    return dyn_str_equal_nocase(text, dyn_str_from(word));
}

static bool has(dyn_str_t text, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = 0; at + length <= text.len; at++) {
        if (dyn_str_equal_nocase((dyn_str_t){text.data + at, length}, dyn_str_from(word))) {
            return true;
        }
    }

    return false;
}

/* The next element of a list: a comma parts them, and "\," is a comma of one. False at the end. */
static bool next_of_list(dyn_str_t *list, char element[512], dyn_str_t *text)
{
    size_t length = 0, at = 0;

    if (list->len == 0) {
        return false;
    }
    for (; at < list->len && list->data[at] != ','; at++) {
        if (list->data[at] == '\\' && at + 1 < list->len && list->data[at + 1] == ',') {
            at++;
        }
        if (length < 511) {
            element[length++] = list->data[at];
        }
    }
    at += at < list->len;
    list->data += at;
    list->len -= at;
    *text = (dyn_str_t){element, length};

    return true;
}

static void add_list(json_t *object, const char *member, dyn_str_t list)
{
    char element[512];
    dyn_str_t text;

    while (next_of_list(&list, element, &text)) {
        dyn_feed_add(object, member, text);
    }
}

static void add_attributes(const dyn_rows_t *rows, const columns_t *columns, json_t *object)
{
    for (int i = 0; i < ATTRIBUTES_MAX; i++) {
        dyn_str_t name = cell(rows, columns->attribute_names[i]);
        dyn_str_t values = cell(rows, columns->attribute_values[i]), value;
        char element[512];

        while (name.len > 0 && next_of_list(&values, element, &value)) {
            dyn_feed_add_attribute(object, name, value);
        }
    }
}

static void set_stock(const dyn_rows_t *rows, const columns_t *columns, json_t *object)
{
    dyn_str_t in_stock = cell(rows, columns->in_stock);
    dyn_str_t backorders = cell(rows, columns->backorders);

    if (equal(in_stock, "0")) {
        json_object_set_new(object, "stock", json_integer(0));
    } else if (!equal(in_stock, "backorder") && (backorders.len == 0 || equal(backorders, "0")) &&
               !equal(cell(rows, columns->stock), "parent")) {
        dyn_feed_set(object, "stock", cell(rows, columns->stock));
    }
}

/* What an item and a variant have alike. False with *problem, and *column where it is. */
static bool set_common(dyn_feed_t *feed, const dyn_rows_t *rows, const columns_t *columns,
                       json_t *object, const char **column, dyn_error_t *problem)
{
    dyn_str_t images = cell(rows, columns->images), image;
    char element[512];

    dyn_feed_add(object, "aliases", cell(rows, columns->sku));
    dyn_feed_add(object, "aliases", cell(rows, columns->gtin));
    if (next_of_list(&images, element, &image)) {
        dyn_feed_set(object, "image", image);
    }
    add_attributes(rows, columns, object);
    set_stock(rows, columns, object);
    dyn_feed_set(object, "sale_from", cell(rows, columns->sale_from));
    dyn_feed_set(object, "sale_until", cell(rows, columns->sale_until));
    *column = "Regular price";
    if (!dyn_feed_set_price(feed, object, "price", cell(rows, columns->price), problem)) {
        return false;
    }
    *column = "Sale price";

    return dyn_feed_set_price(feed, object, "sale_price", cell(rows, columns->sale_price), problem);
}

static bool read_variation(dyn_feed_t *feed, const dyn_rows_t *rows, const columns_t *columns,
                           dyn_str_t id, dyn_str_t parent)
{
    json_t *variant = json_object();
    char title[512] = "";
    const char *column;
    dyn_error_t problem;

    dyn_feed_set(variant, "id", id);
    for (int i = 0; i < ATTRIBUTES_MAX; i++) {
        dyn_str_t value = cell(rows, columns->attribute_values[i]);
        size_t used = strlen(title);

        if (value.len > 0) {
            snprintf(title + used, sizeof(title) - used, "%s%.*s", used > 0 ? " / " : "",
                     (int)(value.len < 128 ? value.len : 128), value.data);
        }
    }
    dyn_feed_set(variant, "title", dyn_str_from(title));
    if (!set_common(feed, rows, columns, variant, &column, &problem)) {
        json_decref(variant);
        return dyn_feed_fault(feed, rows->line, column, problem.text);
    }

    return dyn_feed_variant(feed, parent, variant, rows->line);
}

static bool read_product(dyn_feed_t *feed, const dyn_rows_t *rows, const columns_t *columns,
                         dyn_str_t id)
{
    dyn_str_t description = cell(rows, columns->short_description);
    dyn_str_t categories = cell(rows, columns->categories), category;
    json_t *item = json_object();
    char element[512];
    const char *column;
    dyn_error_t problem;

    dyn_feed_set(item, "id", id);
    dyn_feed_set_plain(item, "title", cell(rows, columns->name));
    dyn_feed_set_url(feed, item, usual_url, id);
    dyn_feed_set_plain(item, "description",
                       description.len > 0 ? description : cell(rows, columns->description));
    add_list(item, "tags", cell(rows, columns->tags));
    dyn_feed_set(item, "brand", cell(rows, columns->brands));
    /* of several paths the first */
    if (next_of_list(&categories, element, &category)) {
        dyn_feed_add_parts(item, "category", category, ">");
    }
    if (!set_common(feed, rows, columns, item, &column, &problem)) {
        json_decref(item);
        return dyn_feed_fault(feed, rows->line, column, problem.text);
    }

    return dyn_feed_item(feed, item, rows->line);
}

bool dyn_feed_woocommerce_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    static const dyn_catalog_name_t names[] = {
        {"id", "ID"},
        {"title", "Name"},
        {"variant_of", "Parent"},
        {"stock", "Stock"},
        {"tags", "Tags"},
        {"category", "Categories"},
        {"image", "Images"},
        {"price", "Regular price"},
        {"sale_price", "Sale price"},
        {"aliases", "SKU"},
        {NULL, NULL},
    };
    columns_t columns = columns_of(rows);
    bool good = true;

    feed->source.names = names;
    while (good && dyn_rows_next(rows)) {
        dyn_str_t id = cell(rows, columns.id), type = cell(rows, columns.type);
        dyn_str_t sku = cell(rows, columns.sku), published = cell(rows, columns.published);
        bool variation = has(type, "variation");
        dyn_str_t parent = cell(rows, columns.parent);

        id = id.len > 0 ? id : sku;
        if ((published.len > 0 && !equal(published, "1")) ||
            equal(cell(rows, columns.visibility), "hidden")) {
            dyn_note(feed->source.faults->notes, DYN_NOTE_not_published, feed->source.path,
                     rows->line, "Published");
            if (id.len > 0 && !variation) {
                good = dyn_ids_add(&feed->hidden, id) != DYN_NONE &&
                       (sku.len == 0 || dyn_ids_add(&feed->hidden, sku) != DYN_NONE);
            }
            continue;
        }
        if (parent.len > 3 && memcmp(parent.data, "id:", 3) == 0) {
            parent = (dyn_str_t){parent.data + 3, parent.len - 3};
        }
        if (variation && dyn_ids_find(&feed->hidden, parent) != DYN_NONE) {
            continue;
        }
        good = variation ? read_variation(feed, rows, &columns, id, parent)
                         : read_product(feed, rows, &columns, id);
    }

    return good;
}
