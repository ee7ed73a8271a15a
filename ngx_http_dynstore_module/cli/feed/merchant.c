/*
 * Feeds of Google Merchant Center, as tab-separated text and as XML (RSS 2.0 or Atom), and Meta's catalogues, which have the same
 * attributes: support.google.com/merchants/answer/7052112, developers.facebook.com/docs/commerce-platform/catalog.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/feed/reader.h"
#include "cli/feed/windows.h"
#include "cli/input/values.h"
#include "engine/base/item_id.h"

/* X(attribute, what it may be called): each is one text of a product, in this order. */
#define ATTRIBUTES(X)                                                 \
    X(id, "id|g:id")                                                  \
    X(group, "item_group_id")                                         \
    X(title, "title|name")                                            \
    X(description, "description")                                     \
    X(link, "link|url")                                               \
    X(image, "image_link|image_url|image")                            \
    X(availability, "availability")                                   \
    X(price, "price")                                                 \
    X(sale_price, "sale_price")                                       \
    X(sale_dates, "sale_price_effective_date")                        \
    X(brand, "brand")                                                 \
    X(gtin, "gtin|ean|upc")                                           \
    X(mpn, "mpn")                                                     \
    X(type, "product_type")                                           \
    X(google_category, "google_product_category|fb_product_category") \
    X(colour, "color|colour")                                         \
    X(size, "size")                                                   \
    X(gender, "gender")                                               \
    X(material, "material")                                           \
    X(pattern, "pattern")                                             \
    X(age_group, "age_group")                                         \
    X(adult, "adult")                                                 \
    X(quantity, "quantity_to_sell_on_facebook|inventory|quantity")    \
    X(visibility, "visibility|status|pause")

typedef enum {
#define X(name, names) ATTRIBUTE_##name,
    ATTRIBUTES(X)
#undef X
        ATTRIBUTE_COUNT
} attribute_t;

static const char *const attribute_names[] = {
#define X(name, names) names,
    ATTRIBUTES(X)
#undef X
};

static const dyn_catalog_name_t fault_names[] = {
    {"image", "image_link"},         {"url", "link"},
    {"stock", "availability"},       {"group", "item_group_id"},
    {"variant_of", "item_group_id"}, {"aliases", "gtin"},
    {"category", "product_type"},    {NULL, NULL},
};

/* ---- a product of any form ---- */

static bool equal(dyn_str_t text, const char *word)
{
    return dyn_str_equal_nocase(text, dyn_str_from(word));
}

/* "2026-02-24T11:07+0100 / 2026-02-28T23:07+0100" */
static void set_sale_dates(json_t *item, dyn_str_t dates)
{
    const char *slash = memchr(dates.data, '/', dates.len);

    if (slash != NULL) {
        size_t first = (size_t)(slash - dates.data);

        dyn_feed_set(item, "sale_from", (dyn_str_t){dates.data, first});
        dyn_feed_set(item, "sale_until",
                     (dyn_str_t){dates.data + first + 1, dates.len - first - 1});
    }
}

/* What a page's address calls the product in the shops of Shopify and WooCommerce: "tent" of ".../products/tent?variant=1". */
static dyn_str_t handle_of(dyn_str_t link)
{
    static const dyn_str_t folders[] = {{"/products/", 10}, {"/product/", 9}};

    for (size_t at = 0; at < link.len; at++) {
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
            size_t start = at + folders[i].len, len = 0;

            if (start >= link.len || memcmp(link.data + at, folders[i].data, folders[i].len) != 0) {
                continue;
            }
            while (start + len < link.len && memchr("/?#", link.data[start + len], 3) == NULL) {
                len++;
            }
            return (dyn_str_t){link.data + start, len};
        }
    }

    return DYN_STR_NONE;
}

/* What a price and what is in stock are the same for items and variants. False with *problem, and *column where it is. */
static bool set_offer(dyn_feed_t *feed, json_t *object, const dyn_str_t values[],
                      const char **column, dyn_error_t *problem)
{
    dyn_str_t availability = values[ATTRIBUTE_availability];

    set_sale_dates(object, values[ATTRIBUTE_sale_dates]);
    *column = "price";
    if (!dyn_feed_set_price(feed, object, "price", values[ATTRIBUTE_price], problem)) {
        return false;
    }
    *column = "sale_price";
    if (!dyn_feed_set_price(feed, object, "sale_price", values[ATTRIBUTE_sale_price], problem)) {
        return false;
    }
    if (equal(availability, "out_of_stock") || equal(availability, "out of stock") ||
        equal(availability, "discontinued")) {
        json_object_set_new(object, "stock", json_integer(0));
    } else {
        dyn_feed_set(object, "stock", values[ATTRIBUTE_quantity]);
    }

    return true;
}

static void set_traits(json_t *object, const dyn_str_t values[])
{
    static const struct {
        attribute_t attribute;
        const char *name;
    } rows[] = {
        {ATTRIBUTE_colour, "colour"},     {ATTRIBUTE_size, "size"},
        {ATTRIBUTE_material, "material"}, {ATTRIBUTE_pattern, "pattern"},
        {ATTRIBUTE_gender, "audience"},   {ATTRIBUTE_age_group, "age group"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        dyn_str_t value = values[rows[i].attribute];
        size_t start = 0;

        /* several colours and materials have a slash between them */
        for (size_t at = 0; at <= value.len; at++) {
            if (at == value.len || value.data[at] == '/') {
                dyn_feed_add_attribute(object, dyn_str_from(rows[i].name),
                                       (dyn_str_t){value.data + start, at - start});
                start = at + 1;
            }
        }
    }
}

/* Of several types the first counts, as it does for Google. */
static void set_category(json_t *item, dyn_str_t type, dyn_str_t google)
{
    dyn_str_t path = type.len > 0 ? type : google;
    const char *comma = type.len > 0 && memchr(path.data, '>', path.len) != NULL
                            ? memchr(path.data, ',', path.len)
                            : NULL;
    bool number = path.len > 0;

    for (size_t i = 0; i < path.len; i++) {
        number = number && path.data[i] >= '0' && path.data[i] <= '9';
    }
    if (comma != NULL) {
        path.len = (size_t)(comma - path.data);
    }
    if (!number) {
        dyn_feed_add_parts(item, "category", path, ">");
    }
}

static bool take(dyn_feed_t *feed, const dyn_str_t values[], uint64_t line)
{
    dyn_str_t id = values[ATTRIBUTE_id], group = values[ATTRIBUTE_group];
    dyn_str_t state = values[ATTRIBUTE_visibility];
    bool grouped = group.len > 0, first;
    const char *column = "price";
    dyn_error_t problem;
    json_t *item, *variant;

    if (id.len == 0) {
        return dyn_feed_fault(feed, line, "id", "is missing: every product needs one");
    }
    if (equal(state, "hidden") || equal(state, "staging") || equal(state, "archived") ||
        equal(state, "ads") || equal(state, "all")) {
        dyn_note(feed->source.faults->notes, DYN_NOTE_not_published, feed->source.path, line,
                 "visibility");
        return true;
    }
    if (!grouped) {
        group = id;
    }

    uint32_t before = feed->groups.count;

    first = !grouped || dyn_ids_add(&feed->groups, group) == before;
    if (first) {
        item = json_object();
        dyn_feed_set(item, "id", group);
        dyn_feed_set_plain(item, "title", values[ATTRIBUTE_title]);
        dyn_feed_set_plain(item, "description", values[ATTRIBUTE_description]);
        dyn_feed_set(item, "url", values[ATTRIBUTE_link]);
        dyn_feed_add(item, "aliases", handle_of(values[ATTRIBUTE_link]));
        dyn_feed_set(item, "image", values[ATTRIBUTE_image]);
        dyn_feed_set(item, "brand", values[ATTRIBUTE_brand]);
        set_category(item, values[ATTRIBUTE_type], values[ATTRIBUTE_google_category]);
        if (equal(values[ATTRIBUTE_adult], "yes") || equal(values[ATTRIBUTE_adult], "true")) {
            json_object_set_new(item, "age_min", json_integer(18));
        }
        if (!grouped) {
            set_traits(item, values);
            dyn_feed_add(item, "aliases", values[ATTRIBUTE_gtin]);
            dyn_feed_add(item, "aliases", values[ATTRIBUTE_mpn]);
            if (!set_offer(feed, item, values, &column, &problem)) {
                json_decref(item);
                return dyn_feed_fault(feed, line, column, problem.text);
            }
        }
        if (!dyn_feed_item(feed, item, line)) {
            return false;
        }
    }
    if (!grouped) {
        return true;
    }

    variant = json_object();
    dyn_feed_set(variant, "id", id);
    dyn_feed_set(variant, "image", values[ATTRIBUTE_image]);
    dyn_feed_add(variant, "aliases", values[ATTRIBUTE_gtin]);
    set_traits(variant, values);
    char title[256];
    int length =
        snprintf(title, sizeof(title), "%.*s%s%.*s",
                 (int)(values[ATTRIBUTE_colour].len < 100 ? values[ATTRIBUTE_colour].len : 100),
                 values[ATTRIBUTE_colour].data,
                 values[ATTRIBUTE_colour].len > 0 && values[ATTRIBUTE_size].len > 0 ? " / " : "",
                 (int)(values[ATTRIBUTE_size].len < 100 ? values[ATTRIBUTE_size].len : 100),
                 values[ATTRIBUTE_size].data);

    dyn_feed_set(variant, "title", (dyn_str_t){title, (size_t)length});
    if (!set_offer(feed, variant, values, &column, &problem)) {
        json_decref(variant);
        return dyn_feed_fault(feed, line, column, problem.text);
    }

    return dyn_feed_variant(feed, group, variant, line);
}

/* ---- text ---- */

bool dyn_feed_merchant_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    int columns[ATTRIBUTE_COUNT];
    bool good = true;

    feed->source.names = fault_names;
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        columns[i] = dyn_rows_column(rows, attribute_names[i]);
    }
    while (good && dyn_rows_next(rows)) {
        dyn_str_t values[ATTRIBUTE_COUNT];

        for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
            values[i] = dyn_rows_field(rows, columns[i]);
        }
        good = take(feed, values, rows->line);
    }

    return good;
}

/* ---- XML ---- */

enum { depth_max = 64, value_bytes_max = 1 << 16 };

typedef struct {
    dyn_feed_t *feed;
    XML_Parser parser;
    int depth, entry_depth; /* of <item> or <entry>; 0: outside */
    int attribute;          /* whose text is being read; -1: none */
    int attribute_depth;
    char *texts[ATTRIBUTE_COUNT]; /* owned, value_bytes_max each */
    size_t lengths[ATTRIBUTE_COUNT];
    bool there[ATTRIBUTE_COUNT];
    uint64_t line;
    bool ended, any, out_of_memory;
} xml_t;

/* The name without its namespace, which is before the last separator. */
static const char *local_name(const char *name)
{
    const char *end = strrchr(name, '\n');

    return end == NULL ? name : end + 1;
}

static int attribute_of(const char *name)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *names = attribute_names[i];

        while (*names != '\0') {
            size_t length = strcspn(names, "|");

            if (dyn_str_equal_nocase(dyn_str_from(name), (dyn_str_t){names, length})) {
                return (int)i;
            }
            names += length + (names[length] == '|');
        }
    }

    return -1;
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    xml_t *xml = data;
    const char *local = local_name(name);

    if (++xml->depth > depth_max) {
        XML_StopParser(xml->parser, XML_FALSE);
        return;
    }
    if (xml->entry_depth == 0) {
        if (strcmp(local, "item") == 0 || strcmp(local, "entry") == 0) {
            xml->entry_depth = xml->depth;
            xml->line = XML_GetCurrentLineNumber(xml->parser);
            memset(xml->lengths, 0, sizeof(xml->lengths));
            memset(xml->there, 0, sizeof(xml->there));
        }
        return;
    }
    if (xml->depth != xml->entry_depth + 1) {
        return;
    }

    int attribute = attribute_of(local);

    /* what is there twice counts once: of <title> and <g:title> the first */
    if (attribute < 0 || xml->there[attribute]) {
        return;
    }
    if (xml->texts[attribute] == NULL &&
        (xml->texts[attribute] = malloc(value_bytes_max)) == NULL) {
        xml->out_of_memory = true;
        XML_StopParser(xml->parser, XML_FALSE);
        return;
    }
    xml->there[attribute] = true;
    xml->attribute = attribute;
    xml->attribute_depth = xml->depth;
    /* Atom: <link href="..."/> */
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        size_t length = strlen(attributes[i + 1]);

        if (attribute == ATTRIBUTE_link && strcmp(attributes[i], "href") == 0 &&
            length <= value_bytes_max) {
            memcpy(xml->texts[attribute], attributes[i + 1], length);
            xml->lengths[attribute] = length;
        }
    }
}

static void on_text(void *data, const XML_Char *text, int length)
{
    xml_t *xml = data;
    size_t count = (size_t)length;

    if (xml->attribute >= 0) {
        size_t *used = &xml->lengths[xml->attribute];

        count = count < value_bytes_max - *used ? count : value_bytes_max - *used;
        memcpy(xml->texts[xml->attribute] + *used, text, count);
        *used += count;
    }
}

static void on_end(void *data, const XML_Char *name)
{
    xml_t *xml = data;

    (void)name;
    if (xml->attribute >= 0 && xml->depth == xml->attribute_depth) {
        xml->attribute = -1;
    }
    if (xml->depth-- == xml->entry_depth && xml->entry_depth != 0) {
        dyn_str_t values[ATTRIBUTE_COUNT];

        for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
            values[i] = dyn_values_trim((dyn_str_t){xml->there[i] ? xml->texts[i] : "",
                                                    xml->there[i] ? xml->lengths[i] : 0});
        }
        xml->entry_depth = 0;
        xml->any = true;
        if (!take(xml->feed, values, xml->line)) {
            xml->ended = true;
            XML_StopParser(xml->parser, XML_FALSE);
        }
    }
}

/* Nothing of a feed needs a document type, and its entities can make a gigabyte of a kilobyte. */
static void on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int internal)
{
    xml_t *xml = data;

    (void)name, (void)system_id, (void)public_id;
    if (internal != 0) {
        XML_StopParser(xml->parser, XML_FALSE);
    }
}

static int on_encoding(void *data, const XML_Char *name, XML_Encoding *encoding)
{
    (void)data;
    if (!dyn_str_equal_nocase(dyn_str_from(name), dyn_str_from("windows-1252"))) {
        return XML_STATUS_ERROR;
    }
    for (int i = 0; i < 256; i++) {
        encoding->map[i] = (int)dyn_windows_code_point((unsigned char)i);
    }
    encoding->data = NULL;
    encoding->convert = NULL;
    encoding->release = NULL;

    return XML_STATUS_OK;
}

static bool parse(xml_t *xml)
{
    enum { piece = 1 << 16 };
    dyn_faults_t *faults = xml->feed->source.faults;

    for (;;) {
        dyn_str_t window = dyn_lines_window(xml->feed->lines, piece);
        size_t count = window.len < piece ? window.len : piece;
        enum XML_Status status =
            XML_Parse(xml->parser, window.data, (int)count, window.len < piece);

        if (xml->ended) {
            return false;
        }
        if (status != XML_STATUS_OK) {
            enum XML_Error code = XML_GetErrorCode(xml->parser);

            return dyn_fail(faults->error, "%.160s:%llu: %s", xml->feed->source.path,
                            (unsigned long long)XML_GetCurrentLineNumber(xml->parser),
                            xml->out_of_memory          ? "memory is out"
                            : code != XML_ERROR_ABORTED ? XML_ErrorString(code)
                            : xml->depth > depth_max    ? "elements are nested too deep"
                                                     : "a document type with entities of its own "
                                                       "is not read");
        }
        if (window.len < piece) {
            return xml->any || dyn_fail(faults->error,
                                        "%.160s: is XML without <item> and <entry>: a feed of "
                                        "Google Merchant Center would be right",
                                        xml->feed->source.path);
        }
        dyn_lines_skip(xml->feed->lines, count);
    }
}

bool dyn_feed_merchant_xml(dyn_feed_t *feed)
{
    /* the input is UTF-8 by now where it was UTF-16 */
    xml_t xml = {.feed = feed, .attribute = -1};
    bool good = false;

    feed->source.names = fault_names;
    xml.parser = XML_ParserCreateNS(dyn_lines_converted(feed->lines) ? "UTF-8" : NULL, '\n');
    if (xml.parser == NULL) {
        dyn_fail(feed->source.faults->error, "%.160s: memory is out", feed->source.path);
    } else {
        XML_SetUserData(xml.parser, &xml);
        XML_SetElementHandler(xml.parser, on_start, on_end);
        XML_SetCharacterDataHandler(xml.parser, on_text);
        XML_SetStartDoctypeDeclHandler(xml.parser, on_doctype);
        XML_SetUnknownEncodingHandler(xml.parser, on_encoding, NULL);
        good = parse(&xml);
        XML_ParserFree(xml.parser);
    }
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        free(xml.texts[i]);
    }

    return good;
}
