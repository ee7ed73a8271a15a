#include "cli/feed/feed.h"

#include <string.h>

#include "cli/feed/map.h"
#include "cli/feed/reader.h"
#include "cli/input/values.h"

/* ---- tables ---- */

/* A table is told by columns that it must have; the first row that fits counts. */
static const struct {
    const char *name;
    const char *columns[5]; /* names of each, as in dyn_rows_column() */
    dyn_feed_rows_fn read;
} tables[] = {
    {"Shopify CSV",
     {"URL handle|Handle", "Title", "Price|Variant Price", NULL},
     dyn_feed_shopify_rows},
    {"WooCommerce CSV", {"Type", "SKU", "Name", "Regular price", NULL}, dyn_feed_woocommerce_rows},
    {"BigCommerce CSV",
     {"Item Type|Item", "Product Name|Name", "Product Code/SKU|SKU|Code", "Price|Product ID|ID",
      NULL},
     dyn_feed_bigcommerce_rows},
    {"Adobe Commerce CSV", {"sku", "product_type", "name", "price", NULL}, dyn_feed_adobe_rows},
    {"Merchant Center or Meta",
     {"id", "title|name", "price", "link|url|image_link|availability", NULL},
     dyn_feed_merchant_rows},
};

static bool read_table(dyn_feed_t *feed, const char **format)
{
    dyn_faults_t *faults = feed->source.faults;
    dyn_rows_t rows;
    bool good = dyn_rows_begin(&rows, feed->lines, feed->source.path, faults);
    size_t at = 0;

    for (; good && at < sizeof(tables) / sizeof(tables[0]); at++) {
        size_t found = 0;

        while (tables[at].columns[found] != NULL &&
               dyn_rows_column(&rows, tables[at].columns[found]) != DYN_ROWS_NONE) {
            found++;
        }
        if (tables[at].columns[found] == NULL) {
            break;
        }
    }
    if (good && feed->settings->map != NULL) {
        *format = "table, by --map";
        good = dyn_feed_map_rows(feed, &rows);
    } else if (good && at == sizeof(tables) / sizeof(tables[0])) {
        good = dyn_fail(faults->error,
                        "%.160s:1: the header is none of an export that is known: docs/imports.md "
                        "lists them",
                        feed->source.path);
    } else if (good) {
        *format = tables[at].name;
        good = tables[at].read(feed, &rows);
    }

    return dyn_rows_end(&rows) && good;
}

/* ---- JSON ---- */

static bool read_value(dyn_feed_t *feed, dyn_json_room_t *room, dyn_str_t text, uint64_t line,
                       const char **format)
{
    dyn_faults_t *faults = feed->source.faults;
    dyn_json_loaded_t loaded;
    json_t *value = dyn_json_load(&text, room, &loaded);
    bool taken = false, good = true;

    if (value == NULL && loaded.problem[0] != '\0') {
        faults->values++;
        return dyn_fault(faults, feed->source.path, line + (uint64_t)loaded.line - 1, "line",
                         "is no JSON: column %d: %.160s", loaded.column, loaded.problem);
    }
    if (value == NULL) {
        return dyn_fail(faults->error, "%.160s:%llu: memory is out", feed->source.path,
                        (unsigned long long)line);
    }

    if (json_is_object(value) && feed->settings->map != NULL) {
        *format = "JSON, by --map";
        dyn_json_note(&loaded, faults->notes, feed->source.path, line);
        good = dyn_feed_map_value(feed, value, line);
        json_decref(value);
        return good;
    }
    if (json_is_object(value)) {
        good = dyn_feed_shopify_value(feed, value, line, &taken);
    }
    if (taken) {
        *format = "Shopify JSON";
        dyn_json_note(&loaded, faults->notes, feed->source.path, line);
    } else {
        good = dyn_catalog_take(&feed->source, value, line, &loaded);
    }
    json_decref(value);

    return good;
}

static bool read_values(dyn_feed_t *feed, const char **format)
{
    static const char *const lists[] = {"products", "items", "catalog", "data", NULL};
    static const dyn_values_shape_t shape = {lists, "id"};
    dyn_values_t values = dyn_values_begin(feed->lines, &shape);
    dyn_json_room_t room = {0};
    dyn_str_t value;
    bool good = true;

    *format = "JSON Lines";
    while (good && dyn_values_next(&values, &value)) {
        good = read_value(feed, &room, value, dyn_lines_number(feed->lines), format);
    }
    good = good && dyn_values_end(&values, feed->source.path, feed->source.faults->error);
    dyn_json_room_free(&room);

    return good;
}

/* ---- files ---- */

static bool markup(dyn_lines_t *lines)
{
    dyn_str_t start = dyn_values_trim(dyn_lines_window(lines, 64));

    return start.len > 0 && start.data[0] == '<';
}

/* A first line that is a header: more than one field, and no JSON. */
static bool table(dyn_lines_t *lines)
{
    enum { looked_at = 1 << 16 };
    dyn_str_t start = dyn_values_trim(dyn_lines_window(lines, looked_at));
    const char *end = memchr(start.data, '\n', start.len);
    dyn_str_t line = {start.data, end == NULL ? start.len : (size_t)(end - start.data)};

    return line.len > 0 && line.data[0] != '{' && line.data[0] != '[' &&
           (memchr(line.data, ',', line.len) != NULL || memchr(line.data, '\t', line.len) != NULL ||
            memchr(line.data, ';', line.len) != NULL) &&
           memchr(line.data, '{', line.len) == NULL;
}

bool dyn_feed_read(const char *path, const dyn_feed_settings_t *settings, dyn_catalog_t *catalog,
                   dyn_faults_t *faults, const char **format)
{
    dyn_feed_settings_t all = dyn_feed_map_settings(settings);
    dyn_feed_t feed = {
        .settings = &all,
        .lines = dyn_lines_open_markup(path, faults->error),
        .source = {.path = path, .catalog = catalog, .faults = faults},
    };
    const char *name = "";
    bool good;

    if (feed.lines == NULL) {
        return false;
    }
    if (markup(feed.lines)) {
        name = "Merchant Center XML";
        good = dyn_feed_merchant_xml(&feed);
    } else {
        good = table(feed.lines) ? read_table(&feed, &name) : read_values(&feed, &name);
    }
    dyn_ids_free(&feed.groups);
    dyn_ids_free(&feed.seen);
    dyn_ids_free(&feed.hidden);
    if (format != NULL) {
        *format = name;
    }

    return dyn_lines_close(feed.lines, good ? faults->error : NULL) && good;
}
