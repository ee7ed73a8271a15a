/*
 * Adobe Commerce's (Magento 2) product CSV: a row for each SKU, and one more for each store view that says something else. Variants
 * are products of their own, which `configurable_variations` of their product names:
 * github.com/magento/magento2, app/code/Magento/CatalogImportExport/Model/Export/Product.php and
 * app/code/Magento/ConfigurableImportExport/Model/Export/RowCustomizer.php.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "cli/feed/reader.h"
#include "cli/input/values.h"
#include "engine/base/item_id.h"

static const char usual_url[] = "/{handle}.html", images[] = "/media/catalog/product";

enum { ATTRIBUTES_MAX = 60 };

typedef struct {
    int sku, view, type, categories, name, description, short_description, online, visibility;
    int price, special_price, from, until, url_key, image, additional, quantity, in_stock;
    int manage, use_manage, backorders, variations;
} columns_t;

/* A variant's product and title: texts of the catalogue, by the number of its SKU in `skus`. */
typedef struct {
    uint32_t parent, title;
} place_t;

typedef struct {
    dyn_feed_t *feed;
    const dyn_rows_t *rows;
    columns_t columns;
    dyn_ids_t skus;  /* owned */
    place_t *places; /* owned */
    uint32_t place_room;
} adobe_t;

static columns_t columns_of(const dyn_rows_t *rows)
{
    return (columns_t){
        .sku = dyn_rows_column(rows, "sku"),
        .view = dyn_rows_column(rows, "store_view_code"),
        .type = dyn_rows_column(rows, "product_type"),
        .categories = dyn_rows_column(rows, "categories"),
        .name = dyn_rows_column(rows, "name"),
        .description = dyn_rows_column(rows, "description"),
        .short_description = dyn_rows_column(rows, "short_description"),
        .online = dyn_rows_column(rows, "product_online"),
        .visibility = dyn_rows_column(rows, "visibility"),
        .price = dyn_rows_column(rows, "price"),
        .special_price = dyn_rows_column(rows, "special_price"),
        .from = dyn_rows_column(rows, "special_price_from_date"),
        .until = dyn_rows_column(rows, "special_price_to_date"),
        .url_key = dyn_rows_column(rows, "url_key"),
        .image = dyn_rows_column(rows, "base_image"),
        .additional = dyn_rows_column(rows, "additional_attributes"),
        .quantity = dyn_rows_column(rows, "qty"),
        .in_stock = dyn_rows_column(rows, "is_in_stock"),
        .manage = dyn_rows_column(rows, "manage_stock"),
        .use_manage = dyn_rows_column(rows, "use_config_manage_stock"),
        .backorders = dyn_rows_column(rows, "allow_backorders"),
        .variations = dyn_rows_column(rows, "configurable_variations"),
    };
}

static dyn_str_t cell(const adobe_t *adobe, int column)
{
    return dyn_values_trim(dyn_rows_field(adobe->rows, column));
}

static bool equal(dyn_str_t text, const char *word)
{
    return dyn_str_equal_nocase(text, dyn_str_from(word));
}

/* ---- lists of "name=value" ---- */

/* Whether a name and "=" stand at `at`. */
static bool names(dyn_str_t text, size_t at)
{
    size_t start = at;

    while (at < text.len &&
           ((text.data[at] >= 'a' && text.data[at] <= 'z') ||
            (text.data[at] >= 'A' && text.data[at] <= 'Z') ||
            (text.data[at] >= '0' && text.data[at] <= '9') || text.data[at] == '_')) {
        at++;
    }

    return at > start && at < text.len && text.data[at] == '=';
}

/* The next pair; a comma parts two only where a name follows, since values have commas, too. False at the end. */
static bool next_pair(dyn_str_t *list, dyn_str_t *name, dyn_str_t *value)
{
    const char *sign = memchr(list->data, '=', list->len);
    size_t end;

    if (list->len == 0 || sign == NULL) {
        return false;
    }
    *name = (dyn_str_t){list->data, (size_t)(sign - list->data)};
    for (end = name->len + 1; end < list->len; end++) {
        if (list->data[end] == ',' && names(*list, end + 1)) {
            break;
        }
    }
    *value = (dyn_str_t){sign + 1, end - name->len - 1};
    /* where the export was asked to enclose values */
    if (value->len > 1 && value->data[0] == '"' && value->data[value->len - 1] == '"') {
        *value = (dyn_str_t){value->data + 1, value->len - 2};
    }
    end += end < list->len;
    list->data += end;
    list->len -= end;

    return true;
}

/* What the shop's software keeps for itself. */
static bool of_the_shop(dyn_str_t name)
{
    static const char *const own[] = {
        "has_options", "required_options", "ts_",         "links_", "gift_", "msrp_",
        "tax_",        "custom_layout",    "page_layout", "price_", "url_",  "image"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        size_t length = strlen(own[i]);

        if (name.len >= length && memcmp(name.data, own[i], length) == 0) {
            return true;
        }
    }

    return false;
}

static void add_attributes(const adobe_t *adobe, json_t *object)
{
    dyn_str_t list = cell(adobe, adobe->columns.additional), name, value;
    size_t count = 0;

    while (next_pair(&list, &name, &value)) {
        if (equal(name, "gtin") || equal(name, "ean") || equal(name, "upc") ||
            equal(name, "barcode") || equal(name, "mpn")) {
            dyn_feed_add(object, "aliases", value);
        } else if (equal(name, "manufacturer") || equal(name, "brand")) {
            dyn_feed_set(object, "brand", value);
        } else if (!of_the_shop(name) && count++ < ATTRIBUTES_MAX) {
            for (size_t at = 0, start = 0; at <= value.len; at++) {
                if (at == value.len || value.data[at] == '|') {
                    dyn_feed_add_attribute(object, name,
                                           (dyn_str_t){value.data + start, at - start});
                    start = at + 1;
                }
            }
        }
    }
}

/* ---- prices and stock ---- */

/*
 * A day as exports of shops in English or German write it ("3/15/26, 12:00 AM", "15.03.26"), `days` later; any other text as it is.
 * Of two numbers that could be either, the one before a slash is the month.
 */
static void set_day(json_t *object, const char *member, dyn_str_t text, int days)
{
    char copy[40], day[24], sign;
    int first, second, year, used = 0;

    snprintf(copy, sizeof(copy), "%.*s", (int)(text.len < 39 ? text.len : 39), text.data);
    if (sscanf(copy, "%2d%c%2d%*1[/.]%4d%n", &first, &sign, &second, &year, &used) != 4 ||
        used == 0 || (sign != '/' && sign != '.')) {
        bool day_alone = text.len >= 10 && text.data[4] == '-' &&
                         (text.len == 10 || memcmp(text.data + 10, " 00:00:00", 9) == 0) &&
                         sscanf(copy, "%4d-%2d-%2d", &year, &first, &second) == 3;

        if (!day_alone || text.len > 19) {
            dyn_feed_set(object, member, text);
            return;
        }
        sign = '/';
    }

    bool month_first = sign == '/' && first <= 12;
    int month = month_first ? first : second, number = month_first ? second : first;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    year += year < 100 ? 2000 : 0;
    if (month < 1 || month > 12 || number < 1 || number > 31) {
        dyn_feed_set(object, member, text);
        return;
    }

    int length =
        lengths[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));

    if (number > length) {
        dyn_feed_set(object, member, text);
        return;
    }
    number += days;
    if (number > length) {
        number -= length;
        year += month == 12;
        month = month % 12 + 1;
    }
    snprintf(day, sizeof(day), "%04d-%02d-%02dT00:00:00Z", year % 10000, month, number);
    dyn_feed_set(object, member, dyn_str_from(day));
}

static bool zero(dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= '1' && text.data[i] <= '9') {
            return false;
        }
    }

    return true;
}

static bool made_of_others(dyn_str_t type)
{
    return equal(type, "configurable") || equal(type, "bundle") || equal(type, "grouped");
}

/* The price of a configurable is that of its variants; the last day of a sale is a day of it. */
static bool set_offer(const adobe_t *adobe, json_t *object, const char **column,
                      dyn_error_t *problem)
{
    const columns_t *columns = &adobe->columns;
    dyn_str_t type = cell(adobe, columns->type), price = cell(adobe, columns->price);
    dyn_str_t special = cell(adobe, columns->special_price);
    dyn_str_t quantity = cell(adobe, columns->quantity);
    dyn_str_t backorders = cell(adobe, columns->backorders);
    const char *point = memchr(quantity.data, '.', quantity.len);
    bool others = made_of_others(type);

    if (equal(cell(adobe, columns->in_stock), "0")) {
        json_object_set_new(object, "stock", json_integer(0));
    } else if (!others &&
               !(equal(cell(adobe, columns->manage), "0") &&
                 equal(cell(adobe, columns->use_manage), "0")) &&
               (backorders.len == 0 || zero(backorders))) {
        /* "100.0000" */
        if (point != NULL) {
            quantity.len = (size_t)(point - quantity.data);
        }
        dyn_feed_set(object, "stock", quantity);
    }
    *column = "price";
    if (equal(type, "configurable") || (others && zero(price))) {
        return true;
    }
    if (!dyn_feed_set_price(adobe->feed, object, "price", price, problem)) {
        return false;
    }
    *column = "special_price";
    /* of a bundle it is a share of the price */
    if (special.len == 0 || equal(type, "bundle")) {
        return true;
    }
    set_day(object, "sale_from", cell(adobe, columns->from), 0);
    set_day(object, "sale_until", cell(adobe, columns->until), 1);

    return dyn_feed_set_price(adobe->feed, object, "sale_price", special, problem);
}

/* ---- rows ---- */

/* "Default Category/Gear,Default Category/Gear/Bags": the deepest, without the root that all have. */
static void set_category(json_t *item, dyn_str_t paths)
{
    const char *slash = memchr(paths.data, '/', paths.len);
    size_t root = slash == NULL ? 0 : (size_t)(slash + 1 - paths.data), start = root, deepest = 0;
    dyn_str_t best = {"", 0};

    for (size_t at = root; root > 0 && at <= paths.len; at++) {
        bool next = at == paths.len;

        /* names have commas, too */
        if (!next && (paths.data[at] != ',' || paths.len - at - 1 < root - 1 ||
                      memcmp(paths.data + at + 1, paths.data, root - 1) != 0)) {
            continue;
        }

        size_t depth = 1;

        for (size_t i = start; i < at; i++) {
            depth += paths.data[i] == '/';
        }
        if (at > start && depth > deepest) {
            best = (dyn_str_t){paths.data + start, at - start};
            deepest = depth;
        }
        start = at + 1 + root < paths.len ? at + 1 + root : paths.len;
        at = next ? at : start > at + 1 ? start - 1 : at;
    }
    dyn_feed_add_parts(item, "category", best, "/");
}

static void set_image(const adobe_t *adobe, json_t *object)
{
    dyn_str_t image = cell(adobe, adobe->columns.image);
    char url[1024];

    if (image.len > 0 && image.data[0] == '/' && image.len < 900) {
        int length = snprintf(url, sizeof(url), "%s%.*s", images, (int)image.len, image.data);

        image = (dyn_str_t){url, (size_t)length};
    }
    if (!equal(image, "no_selection")) {
        dyn_feed_set(object, "image", image);
    }
}

static bool read_row(adobe_t *adobe, bool item)
{
    const columns_t *columns = &adobe->columns;
    dyn_str_t sku = cell(adobe, columns->sku), key = cell(adobe, columns->url_key);
    dyn_str_t text = cell(adobe, columns->short_description);
    uint64_t line = adobe->rows->line;
    const char *column;
    dyn_error_t problem;
    json_t *object = json_object();

    dyn_feed_set(object, "id", sku);
    add_attributes(adobe, object);
    set_image(adobe, object);
    if (item) {
        dyn_feed_set_plain(object, "title", cell(adobe, columns->name));
        dyn_feed_set_plain(object, "description",
                           text.len > 0 ? text : cell(adobe, columns->description));
        if (key.len > 0) {
            dyn_feed_set_url(adobe->feed, object, usual_url, key);
        }
        set_category(object, cell(adobe, columns->categories));
    }
    if (!set_offer(adobe, object, &column, &problem)) {
        json_decref(object);
        return dyn_feed_fault(adobe->feed, line, column, problem.text);
    }

    /* until the end it is not known whose variant it is */
    return item ? dyn_feed_item(adobe->feed, object, line)
                : dyn_feed_variant(adobe->feed, sku, object, line);
}

/* "sku=A,color=Red,size=M|sku=B,...": false when memory is out. */
static bool take_variations(adobe_t *adobe)
{
    dyn_catalog_t *catalog = adobe->feed->source.catalog;
    dyn_str_t all = cell(adobe, adobe->columns.variations), parent, name, value;
    uint32_t text;

    if (!dyn_item_id_normalize(cell(adobe, adobe->columns.sku), &parent)) {
        return true;
    }
    text = dyn_catalog_text(catalog, parent);
    while (text != DYN_NONE && all.len > 0) {
        size_t end = 0;

        while (end < all.len && !(all.data[end] == '|' && all.len - end > 4 &&
                                  memcmp(all.data + end + 1, "sku=", 4) == 0)) {
            end++;
        }

        dyn_str_t one = {all.data, end}, sku = {"", 0};
        char title[512] = "";

        while (next_pair(&one, &name, &value)) {
            size_t used = strlen(title);

            if (equal(name, "sku")) {
                sku = value;
            } else if (!equal(name, "price") && !equal(name, "display") && !equal(name, "image")) {
                snprintf(title + used, sizeof(title) - used, "%s%.*s", used > 0 ? " / " : "",
                         (int)(value.len < 128 ? value.len : 128), value.data);
            }
        }
        end += end < all.len;
        all.data += end;
        all.len -= end;
        if (!dyn_item_id_normalize(dyn_values_trim(sku), &sku)) {
            continue;
        }

        uint32_t before = adobe->skus.count, number = dyn_ids_add(&adobe->skus, sku);
        void *places = adobe->places;

        if (number == DYN_NONE ||
            !dyn_grow(&places, before, &adobe->place_room, 1, sizeof(*adobe->places))) {
            return false;
        }
        adobe->places = places;
        if (number == before) {
            adobe->places[number] = (place_t){
                text, title[0] == '\0' ? DYN_NONE : dyn_catalog_text(catalog, dyn_str_from(title))};
        }
    }

    return text != DYN_NONE;
}

/* Variants go to their products; those of none, and of products that are left out, are left out. */
static void place_variants(adobe_t *adobe, uint32_t first)
{
    dyn_catalog_t *catalog = adobe->feed->source.catalog;
    uint32_t kept = first;

    for (uint32_t i = first; i < catalog->child_count; i++) {
        dyn_catalog_child_t *child = &catalog->children[i];
        uint32_t number =
            dyn_ids_find(&adobe->skus, dyn_ids_text(&catalog->texts, child->variant.id));

        if (number == DYN_NONE || adobe->places == NULL) {
            dyn_note(adobe->feed->source.faults->notes, DYN_NOTE_not_published, child->path,
                     child->line, "visibility");
            adobe->feed->source.faults->values--;
            continue;
        }
        child->parent = adobe->places[number].parent;
        child->variant.title = adobe->places[number].title;
        catalog->children[kept++] = *child;
    }
    catalog->child_count = kept;
}

bool dyn_feed_adobe_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    static const dyn_catalog_name_t fault_names[] = {
        {"id", "sku"},
        {"title", "name"},
        {"url", "url_key"},
        {"category", "categories"},
        {"stock", "qty"},
        {"image", "base_image"},
        {"sale_price", "special_price"},
        {"sale_from", "special_price_from_date"},
        {"sale_until", "special_price_to_date"},
        {"attributes", "additional_attributes"},
        {"variant_of", "configurable_variations"},
        {NULL, NULL},
    };
    adobe_t adobe = {.feed = feed, .rows = rows, .columns = columns_of(rows)};
    uint32_t first = feed->source.catalog->child_count;
    bool good = true;

    feed->source.names = fault_names;
    while (good && dyn_rows_next(rows)) {
        dyn_str_t online = cell(&adobe, adobe.columns.online);
        bool visible = !equal(cell(&adobe, adobe.columns.visibility), "Not Visible Individually");

        /* what a store view says of a product beside what holds for all */
        if (cell(&adobe, adobe.columns.view).len > 0) {
            continue;
        }
        if ((online.len > 0 && !equal(online, "1")) ||
            (!visible && made_of_others(cell(&adobe, adobe.columns.type)))) {
            dyn_note(feed->source.faults->notes, DYN_NOTE_not_published, feed->source.path,
                     rows->line, "product_online");
            continue;
        }
        good = read_row(&adobe, visible);
        if (good && cell(&adobe, adobe.columns.variations).len > 0 && !take_variations(&adobe)) {
            good = dyn_fail(feed->source.faults->error, "%.160s:%llu: memory is out",
                            feed->source.path, (unsigned long long)rows->line);
        }
    }
    if (good) {
        place_variants(&adobe, first);
    }
    dyn_ids_free(&adobe.skus);
    free(adobe.places);

    return good;
}
