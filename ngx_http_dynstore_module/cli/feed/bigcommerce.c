/*
 * BigCommerce's product CSV: that of the legacy export, in which rows of kind SKU and Rule are below their product, and that of the
 * modern one, with rows of kind Variant and Image: support.bigcommerce.com, Supported Product Fields and Complex Attributes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/feed/amount.h"
#include "cli/feed/reader.h"
#include "cli/input/values.h"

typedef struct {
    int kind, id, name, sku, options, brand, description, price, sale_price, tracking, stock;
    int visible, purchases, category, url, image, image_file, row_image, thumbnail;
    int variant_image, gtin, part_number, custom;
} columns_t;

/* A product and the rows below it, which are given to the catalogue together. */
typedef struct {
    dyn_feed_t *feed;
    const dyn_rows_t *rows;
    columns_t columns;
    json_t *item;     /* owned; NULL: none, or it is left out */
    json_t *variants; /* owned: a list, each with the members "line" and "options" beside ours */
    bool any, tracks_variants;
    uint64_t line;
} product_t;

static columns_t columns_of(const dyn_rows_t *rows)
{
    return (columns_t){
        .kind = dyn_rows_column(rows, "Item Type|Item"),
        .id = dyn_rows_column(rows, "Product ID|ID"),
        .name = dyn_rows_column(rows, "Product Name|Name"),
        .sku = dyn_rows_column(rows, "Product Code/SKU|SKU|Code"),
        .options = dyn_rows_column(rows, "Options"),
        .brand = dyn_rows_column(rows, "Brand Name|Brand"),
        .description = dyn_rows_column(rows, "Product Description|Description"),
        .price = dyn_rows_column(rows, "Price"),
        .sale_price = dyn_rows_column(rows, "Sale Price"),
        .tracking = dyn_rows_column(rows, "Track Inventory|Inventory Tracking"),
        .stock = dyn_rows_column(rows, "Current Stock Level|Stock Level|Current Stock"),
        .visible = dyn_rows_column(rows, "Product Visible?|Is Visible"),
        .purchases = dyn_rows_column(rows, "Allow Purchases?"),
        .category = dyn_rows_column(rows, "Category|Category String|Categories"),
        .url = dyn_rows_column(rows, "Product URL"),
        .image = dyn_rows_column(rows, "Product Image URL - 1"),
        .image_file = dyn_rows_column(rows, "Product Image File - 1"),
        .row_image = dyn_rows_column(
            rows, "Internal Image URL (Export)|Image URL (Import)|Image URL|Product Image URL"),
        .thumbnail = dyn_rows_column(rows, "Image is Thumbnail"),
        .variant_image = dyn_rows_column(rows, "Variant Image URL"),
        .gtin = dyn_rows_column(rows, "Product UPC/EAN|Global Trade Item Number|"
                                      "GPS Global Trade Item Number|GTIN|UPC/EAN"),
        .part_number = dyn_rows_column(rows, "Manufacturer Part Number|MPN"),
        .custom = dyn_rows_column(rows, "Product Custom Fields|Custom Fields"),
    };
}

static dyn_str_t cell(const product_t *product, int column)
{
    return dyn_values_trim(dyn_rows_field(product->rows, column));
}

static bool equal(dyn_str_t text, const char *word)
{
    return dyn_str_equal_nocase(text, dyn_str_from(word));
}

static bool no(dyn_str_t text)
{
    return equal(text, "n") || equal(text, "no") || equal(text, "false") || equal(text, "0");
}

/* The place of `word` in a text from `from` on; the text's length when it is not there. */
static size_t find(dyn_str_t text, size_t from, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = from; at + length <= text.len; at++) {
        if (memcmp(text.data + at, word, length) == 0) {
            return at;
        }
    }

    return text.len;
}

/* ---- options ---- */

/*
 * The next option: "[RT]Size=M,[CS]Colour=Black:#000000", or "Type=Swatch|Name=Colour|Value=Black[#000000]", in which nothing
 * need stand between two. False at the end.
 */
static bool next_option(dyn_str_t *options, dyn_str_t *name, dyn_str_t *value)
{
    size_t named = find(*options, 0, "Name="), valued = find(*options, named, "|Value="), end;

    if (valued < options->len) {
        *name = (dyn_str_t){options->data + named + 5, valued - named - 5};
        valued += sizeof("|Value=") - 1;
        end = find(*options, valued, "Type=");
    } else {
        const char *bracket = memchr(options->data, ']', options->len);
        size_t start = bracket == NULL ? options->len : (size_t)(bracket - options->data) + 1;
        const char *sign = memchr(options->data + start, '=', options->len - start);

        if (sign == NULL) {
            return false;
        }
        valued = (size_t)(sign - options->data) + 1;
        *name = (dyn_str_t){options->data + start, valued - 1 - start};
        end = find(*options, valued, ",[");
    }
    *value = (dyn_str_t){options->data + valued, end - valued};
    /* a swatch has its colour or its image behind its name */
    value->len = find(*value, 0, ":#");
    value->len = find(*value, 0, "[#");
    value->len = find(*value, 0, ":http");
    while (value->len > 0 && strchr("|,; ", value->data[value->len - 1]) != NULL) {
        value->len--;
    }
    options->data += end;
    options->len -= end;

    return true;
}

/* ---- prices ---- */

/* 0 is how the legacy export says that there is none. */
static bool zero(dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= '1' && text.data[i] <= '9') {
            return false;
        }
    }

    return true;
}

static bool set_prices(product_t *product, json_t *object, const char **column,
                       dyn_error_t *problem)
{
    dyn_str_t sale = cell(product, product->columns.sale_price);

    *column = "Price";
    if (!dyn_feed_set_price(product->feed, object, "price", cell(product, product->columns.price),
                            problem)) {
        return false;
    }
    *column = "Sale Price";

    return zero(sale) || dyn_feed_set_price(product->feed, object, "sale_price", sale, problem);
}

/* A rule's price: "[FIXED]12.00", or what it adds to the product's, "[ADD]2.00", "[REMOVE]2.00". Others are passed over. */
static bool set_rule_price(product_t *product, json_t *variant, dyn_error_t *problem)
{
    dyn_str_t text = cell(product, product->columns.price);
    const char *end = memchr(text.data, ']', text.len);
    const char *base = json_string_value(json_object_get(product->item, "price"));
    bool add = text.len > 5 && memcmp(text.data, "[ADD]", 5) == 0;
    bool less = text.len > 8 && memcmp(text.data, "[REMOVE]", 8) == 0;
    bool fixed = text.len > 7 && memcmp(text.data, "[FIXED]", 7) == 0;
    char sum[32];

    if (end != NULL && !add && !less && !fixed) {
        return true;
    }
    if (end != NULL) {
        text.len -= (size_t)(end + 1 - text.data);
        text.data = end + 1;
    }
    if (!dyn_feed_set_price(product->feed, variant, "price", text, problem)) {
        return false;
    }
    if (add || less) {
        const char *by = json_string_value(json_object_get(variant, "price"));
        double price = base == NULL || by == NULL
                           ? -1
                           : strtod(base, NULL) + (add ? strtod(by, NULL) : -strtod(by, NULL));

        json_object_del(variant, "price");
        if (price >= 0) {
            snprintf(sum, sizeof(sum), "%.10g", price);
            json_object_set_new(variant, "price", json_string(sum));
        }
    }

    return true;
}

/* ---- a product with what is below it ---- */

static void drop(product_t *product)
{
    json_decref(product->item);
    json_decref(product->variants);
    product->item = NULL;
    product->variants = NULL;
}

/* A variant without a price of its own has the product's. */
static bool give(product_t *product)
{
    static const char *const prices[] = {"price", "sale_price", "currency"};
    dyn_str_t parent;
    json_t *item = product->item, *variant;
    size_t count = json_array_size(product->variants), i;
    bool good;

    if (item == NULL) {
        drop(product);
        return true;
    }
    json_array_foreach(product->variants, i, variant)
    {
        bool own = json_object_get(variant, "price") != NULL;

        for (size_t k = 0; k < 3 && !own; k++) {
            json_t *value = json_object_get(item, prices[k]);

            if (value != NULL && json_object_get(variant, prices[k]) == NULL) {
                json_object_set(variant, prices[k], value);
            }
        }
    }
    for (size_t k = 0; k < 3 && count > 0; k++) {
        json_object_del(item, prices[k]);
    }
    json_incref(item);
    good = dyn_feed_item(product->feed, item, product->line);
    parent = (dyn_str_t){json_string_value(json_object_get(item, "id")),
                         json_string_length(json_object_get(item, "id"))};
    for (i = 0; i < count && good; i++) {
        variant = json_array_get(product->variants, i);

        uint64_t line = (uint64_t)json_integer_value(json_object_get(variant, "line"));

        json_incref(variant);
        json_object_del(variant, "options");
        good = dyn_feed_variant(product->feed, parent, variant, line);
    }
    drop(product);

    return good;
}

static void set_images(product_t *product, json_t *item)
{
    dyn_str_t image = cell(product, product->columns.image);
    dyn_str_t file = cell(product, product->columns.image_file);

    /* the file's name alone is an address of nothing */
    dyn_feed_set(item, "image",
                 image.len > 0 ? image
                 : file.len > 0 && (file.data[0] == '/' || find(file, 0, "://") < file.len)
                     ? file
                     : (dyn_str_t){"", 0});
}

/* Paths are parted by semicolons, and the first counts; numbers say nothing to a shopper. */
static void set_category(json_t *item, dyn_str_t categories)
{
    const char *end = memchr(categories.data, ';', categories.len);
    bool number = true;

    if (end != NULL) {
        categories.len = (size_t)(end - categories.data);
    }
    for (size_t i = 0; i < categories.len; i++) {
        number = number && categories.data[i] >= '0' && categories.data[i] <= '9';
    }
    if (!number) {
        dyn_feed_add_parts(item, "category", categories, "/");
    }
}

/* "Fabric=wool;Season=winter" */
static void add_custom_fields(json_t *item, dyn_str_t fields)
{
    while (fields.len > 0) {
        size_t end = find(fields, 0, ";"), sign = find(fields, 0, "=");

        if (sign < end) {
            dyn_feed_add_attribute(item, (dyn_str_t){fields.data, sign},
                                   (dyn_str_t){fields.data + sign + 1, end - sign - 1});
        }
        end += end < fields.len;
        fields.data += end;
        fields.len -= end;
    }
}

static bool read_product(product_t *product)
{
    const columns_t *columns = &product->columns;
    dyn_str_t id = cell(product, columns->id), sku = cell(product, columns->sku);
    dyn_str_t tracking = cell(product, columns->tracking);
    dyn_error_t problem;
    const char *column;
    json_t *item;

    product->any = true;
    product->line = product->rows->line;
    if (no(cell(product, columns->visible))) {
        dyn_note(product->feed->source.faults->notes, DYN_NOTE_not_published,
                 product->feed->source.path, product->line, "Product Visible?");
        return true;
    }

    item = json_object();
    id = id.len > 0 ? id : sku;
    dyn_feed_set(item, "id", id);
    dyn_feed_set_plain(item, "title", cell(product, columns->name));
    dyn_feed_set(item, "url", cell(product, columns->url));
    if (json_object_get(item, "url") == NULL) {
        dyn_feed_set_url(product->feed, item, "", id);
    }
    dyn_feed_set_plain(item, "description", cell(product, columns->description));
    dyn_feed_set(item, "brand", cell(product, columns->brand));
    set_images(product, item);
    set_category(item, cell(product, columns->category));
    add_custom_fields(item, cell(product, columns->custom));
    dyn_feed_add(item, "aliases", sku);
    dyn_feed_add(item, "aliases", cell(product, columns->gtin));
    dyn_feed_add(item, "aliases", cell(product, columns->part_number));

    product->tracks_variants = equal(tracking, "variant") || equal(tracking, "by option");
    if (no(cell(product, columns->purchases))) {
        json_object_set_new(item, "stock", json_integer(0));
    } else if (!product->tracks_variants && tracking.len > 0 && !equal(tracking, "none") &&
               !no(tracking)) {
        dyn_feed_set(item, "stock", cell(product, columns->stock));
    }
    if (!set_prices(product, item, &column, &problem)) {
        json_decref(item);
        return dyn_feed_fault(product->feed, product->line, column, problem.text);
    }
    product->item = item;
    product->variants = json_array();

    return true;
}

static bool read_variant(product_t *product)
{
    const columns_t *columns = &product->columns;
    bool modern = columns->options != DYN_ROWS_NONE;
    dyn_str_t options = cell(product, modern ? columns->options : columns->name);
    dyn_str_t sku = cell(product, columns->sku), number = cell(product, columns->id);
    dyn_str_t rest = options, name, value;
    const char *parent = json_string_value(json_object_get(product->item, "id")), *column;
    json_t *variant = json_object();
    char title[512] = "", id[1024];
    dyn_error_t problem;

    while (next_option(&rest, &name, &value)) {
        size_t used = strlen(title);

        snprintf(title + used, sizeof(title) - used, "%s%.*s", used > 0 ? " / " : "",
                 (int)(value.len < 128 ? value.len : 128), value.data);
        dyn_feed_add_attribute(variant, name, value);
    }
    snprintf(id, sizeof(id), "%s/%s", parent != NULL ? parent : "", title);
    /* the numbers of variants are not apart from those of products */
    dyn_feed_set(variant, "id", sku.len > 0 ? sku : dyn_str_from(id));
    dyn_feed_set(variant, "title", dyn_str_from(title));
    dyn_feed_set(variant, "image", cell(product, columns->variant_image));
    dyn_feed_add(variant, "aliases", cell(product, columns->gtin));
    /* as webhooks of its stock name it */
    if (number.len > 0 && number.len < 64 && (parent == NULL || !equal(number, parent))) {
        snprintf(id, sizeof(id), "variant:%.*s", (int)number.len, number.data);
        dyn_feed_add(variant, "aliases", dyn_str_from(id));
    }
    if (no(cell(product, columns->purchases))) {
        json_object_set_new(variant, "stock", json_integer(0));
    } else if (product->tracks_variants) {
        dyn_feed_set(variant, "stock", cell(product, columns->stock));
    }
    dyn_feed_set(variant, "options", options);
    if (!set_prices(product, variant, &column, &problem)) {
        json_decref(variant);
        return dyn_feed_fault(product->feed, product->rows->line, column, problem.text);
    }
    json_object_set_new(variant, "line", json_integer((json_int_t)product->rows->line));
    json_array_append_new(product->variants, variant);

    return true;
}

/* A rule is about the variant of its SKU, else about the one with its options. */
static bool read_rule(product_t *product)
{
    dyn_str_t sku = cell(product, product->columns.sku);
    dyn_str_t options = cell(product, product->columns.name);
    dyn_str_t wanted = sku.len > 0 ? sku : options;
    json_t *variant;
    dyn_error_t problem;
    size_t i;

    json_array_foreach(product->variants, i, variant)
    {
        const json_t *own = json_object_get(variant, sku.len > 0 ? "id" : "options");

        if (wanted.len == 0 ||
            !dyn_str_equal(wanted, (dyn_str_t){json_string_value(own), json_string_length(own)})) {
            continue;
        }
        if (no(cell(product, product->columns.purchases))) {
            json_object_set_new(variant, "stock", json_integer(0));
        }
        if (!set_rule_price(product, variant, &problem)) {
            return dyn_feed_fault(product->feed, product->rows->line, "Price", problem.text);
        }
    }

    return true;
}

static void read_image(product_t *product)
{
    bool thumbnail = equal(cell(product, product->columns.thumbnail), "true");

    if (thumbnail || json_object_get(product->item, "image") == NULL) {
        dyn_feed_set(product->item, "image", cell(product, product->columns.row_image));
    }
}

bool dyn_feed_bigcommerce_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    static const dyn_catalog_name_t names[] = {
        {"id", "Product ID"},   {"title", "Product Name"},
        {"url", "Product URL"}, {"description", "Product Description"},
        {"brand", "Brand"},     {"category", "Category"},
        {"price", "Price"},     {"sale_price", "Sale Price"},
        {"stock", "Stock"},     {"image", "Product Image"},
        {"aliases", "SKU"},     {NULL, NULL},
    };
    product_t product = {.feed = feed, .rows = rows, .columns = columns_of(rows)};
    bool good = true;

    feed->source.names = names;
    while (good && dyn_rows_next(rows)) {
        dyn_str_t kind = cell(&product, product.columns.kind);

        if (equal(kind, "Product")) {
            good = give(&product) && read_product(&product);
        } else if (!product.any) {
            good = dyn_feed_fault(feed, rows->line, "Item",
                                  "is no product, and there is none above it that it could be of");
        } else if (product.item == NULL) {
            /* of a product that is left out */
            continue;
        } else if (equal(kind, "SKU") || equal(kind, "Variant")) {
            good = read_variant(&product);
        } else if (equal(kind, "Rule")) {
            good = read_rule(&product);
        } else if (equal(kind, "Image")) {
            read_image(&product);
        }
    }
    good = good && give(&product);
    drop(&product);

    return good;
}
