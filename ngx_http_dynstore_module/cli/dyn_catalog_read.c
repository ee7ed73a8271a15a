#include "dyn_catalog_read.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dyn_event.h"
#include "dyn_lines.h"
#include "dyn_time.h"
#include "dyn_utf8.h"

enum { age_max = 120, outcome_bytes = 64 };

/* One line. The first field that is wrong ends it. */
typedef struct {
    dyn_catalog_t *catalog;
    char field[outcome_bytes]; /* "" : no fault */
    char sentence[256];
    bool out_of_memory;
} line_t;

__attribute__((format(printf, 3, 4))) static bool wrong(line_t *line, const char *field,
                                                        const char *format, ...)
{
    va_list args;

    snprintf(line->field, sizeof(line->field), "%s", field);
    va_start(args, format);
    vsnprintf(line->sentence, sizeof(line->sentence), format, args);
    va_end(args);

    return false;
}

static bool exhausted(line_t *line)
{
    line->out_of_memory = true;

    return false;
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

/* A text of 1 to `max` bytes; *number stays as it is when the field is not there or empty. */
static bool read_text(line_t *line, const json_t *value, const char *field, size_t max,
                      uint32_t *number)
{
    dyn_str_t text = {json_string_value(value), json_string_length(value)};

    if (value == NULL) {
        return true;
    }
    if (!json_is_string(value)) {
        return wrong(line, field, "is no string");
    }
    if (text.len == 0) {
        return true;
    }
    if (text.len > max || !dyn_utf8_clean(text)) {
        return wrong(
            line, field,
            "has %zu bytes or control characters; at most %zu bytes without any would be right",
            text.len, max);
    }

    *number = dyn_catalog_text(line->catalog, text);

    return *number != DYN_NONE || exhausted(line);
}

/* An id, as a string or a whole number, without "gid://shopify/.../" before it. *text points into `value` or `digits`. */
static bool read_id(line_t *line, const json_t *value, const char *field, char digits[24],
                    dyn_str_t *text)
{
    if (json_is_integer(value)) {
        int length = snprintf(digits, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));

        *text = (dyn_str_t){digits, (size_t)length};
    } else if (json_is_string(value)) {
        *text = (dyn_str_t){json_string_value(value), json_string_length(value)};
    } else {
        return wrong(line, field,
                     value == NULL ? "is missing: every item and variant needs one"
                                   : "is neither a string nor a whole number");
    }

    return dyn_item_id_normalize(*text, text) ||
           wrong(line, field,
                 "is no id: 1 to %d bytes of UTF-8 without control characters would be right",
                 DYN_ITEM_ID_BYTES_MAX);
}

/* An id that nobody has yet, of this item or of one of its variants. */
static bool read_own_id(line_t *line, const json_t *value, const char *field, uint32_t *number)
{
    char digits[24];
    dyn_str_t text;

    if (!read_id(line, value, field, digits, &text)) {
        return false;
    }

    uint32_t item = dyn_catalog_find(line->catalog, text);
    if (item != DYN_NONE) {
        return wrong(line, field, "\"%.*s\" is already the id of an item or variant of line %llu",
                     (int)text.len, text.data, (unsigned long long)line->catalog->items[item].line);
    }

    *number = dyn_catalog_text(line->catalog, text);

    return *number != DYN_NONE || exhausted(line);
}

static bool read_whole(line_t *line, const json_t *value, const char *field, int64_t max,
                       int64_t *number)
{
    if (value == NULL) {
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > max) {
        return wrong(line, field, "is no whole number from 0 to %lld", (long long)max);
    }
    *number = json_integer_value(value);

    return true;
}

static bool read_price(line_t *line, const json_t *value, const char *field, const char *currency,
                       int64_t *minor)
{
    unsigned exponent = dyn_money_exponent(dyn_str_from(currency));
    char digits[32];
    dyn_str_t text = {json_string_value(value), json_string_length(value)};

    if (value == NULL) {
        return true;
    }
    if (currency[0] == '\0') {
        return wrong(line, "currency", "is missing: a price needs one, such as \"EUR\"");
    }
    if (json_is_number(value)) {
        /* the shortest text that has all the digits an amount can have */
        int length = snprintf(digits, sizeof(digits), "%.10g", json_number_value(value));

        text = (dyn_str_t){digits, (size_t)length};
    } else if (!json_is_string(value)) {
        return wrong(line, field, "is neither a string nor a number; \"129.00\" would be right");
    }

    return dyn_money_parse(text, exponent, minor) ||
           wrong(line, field,
                 "\"%.*s\" is no amount of %s: a number with at most %u decimals would be right",
                 (int)(text.len < 40 ? text.len : 40), text.data, currency, exponent);
}

static bool read_currency(line_t *line, const json_t *value, char currency[4])
{
    const char *text = json_string_value(value);

    if (value == NULL) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (text == NULL || json_string_length(value) != 3 || text[i] < 'A' || text[i] > 'Z') {
            return wrong(line, "currency",
                         "is no ISO 4217 code; three capitals such as \"EUR\" would be right");
        }
        currency[i] = text[i];
    }
    currency[3] = '\0';

    return true;
}

/* From the top of the shop down. */
static bool read_category(line_t *line, const json_t *value, uint32_t *category)
{
    size_t depth = json_is_array(value) ? json_array_size(value) : 1;

    if (value == NULL) {
        return true;
    }
    if (depth > DYN_CATEGORY_DEPTH_MAX) {
        return wrong(line, "category", "has %zu levels; at most %d would be right", depth,
                     DYN_CATEGORY_DEPTH_MAX);
    }
    for (size_t i = 0; i < depth; i++) {
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : value;
        uint32_t text = DYN_NONE;

        if (!read_text(line, name, "category", DYN_STRING_BYTES_MAX, &text)) {
            return false;
        }
        if (text == DYN_NONE) {
            return wrong(line, "category",
                         "level %zu is empty; a list of names such as [\"Packs\", \"Day packs\"] "
                         "would be right",
                         i + 1);
        }
        *category = dyn_catalog_category(line->catalog, *category, text);
        if (*category == DYN_NONE) {
            return exhausted(line);
        }
    }

    return line->catalog->category_count <= DYN_CATEGORIES_MAX ||
           wrong(line, "category", "is one more than the %d categories that can be",
                 DYN_CATEGORIES_MAX);
}

/* Adds one element of a list of the item. */
typedef bool (*element_fn)(line_t *line, const json_t *element, const char *field);

static bool read_list(line_t *line, const json_t *value, const char *field, size_t max,
                      element_fn element, dyn_range_t *range)
{
    range->start = line->catalog->list_count;
    range->count = 0;

    if (value == NULL) {
        return true;
    }
    if (!json_is_array(value)) {
        return wrong(line, field, "is no list");
    }
    if (json_array_size(value) > max) {
        return wrong(line, field, "has %zu elements; at most %zu would be right",
                     json_array_size(value), max);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        char name[outcome_bytes];

        snprintf(name, sizeof(name), "%s[%zu]", field, i);
        if (!element(line, json_array_get(value, i), name)) {
            return false;
        }
    }
    range->count = line->catalog->list_count - range->start;

    return true;
}

static bool tag_element(line_t *line, const json_t *element, const char *field)
{
    uint32_t text = DYN_NONE;

    return read_text(line, element, field, DYN_STRING_BYTES_MAX, &text) &&
           (text == DYN_NONE || dyn_catalog_list_add(line->catalog, text) || exhausted(line));
}

static bool compatible_element(line_t *line, const json_t *element, const char *field)
{
    char digits[24];
    dyn_str_t id;

    if (!read_id(line, element, field, digits, &id)) {
        return false;
    }

    uint32_t text = dyn_catalog_text(line->catalog, id);

    return (text != DYN_NONE && dyn_catalog_list_add(line->catalog, text)) || exhausted(line);
}

static bool country_element(line_t *line, const json_t *element, const char *field)
{
    const char *text = json_string_value(element);

    if (text == NULL || json_string_length(element) != 2 || text[0] < 'A' || text[0] > 'Z' ||
        text[1] < 'A' || text[1] > 'Z') {
        return wrong(line, field,
                     "is no ISO 3166 code; two capitals such as \"DE\" would be right");
    }

    return dyn_catalog_list_add(line->catalog, (uint32_t)text[0] | (uint32_t)text[1] << 8) ||
           exhausted(line);
}

static bool read_countries(line_t *line, const json_t *object, dyn_catalog_item_t *item)
{
    const json_t *allowed = member(object, "countries"),
                 *blocked = member(object, "countries_blocked");

    /* an empty list restricts nothing; what is no list is refused where it is read */
    bool any_blocked =
        blocked != NULL && !(json_is_array(blocked) && json_array_size(blocked) == 0);

    if (any_blocked && json_array_size(allowed) != 0) {
        return wrong(line, "countries_blocked",
                     "stands beside countries; one of the two would be right");
    }
    item->countries_blocked = any_blocked;

    return any_blocked ? read_list(line, blocked, "countries_blocked", DYN_COUNTRIES_PER_ITEM_MAX,
                                   country_element, &item->countries)
                       : read_list(line, allowed, "countries", DYN_COUNTRIES_PER_ITEM_MAX,
                                   country_element, &item->countries);
}

static bool read_created(line_t *line, const json_t *value, int64_t *created_ms)
{
    dyn_str_t text = {json_string_value(value), json_string_length(value)};

    if (value == NULL) {
        return true;
    }

    return (json_is_string(value)
                ? dyn_time_parse(text, created_ms)
                : json_is_number(value) &&
                      dyn_time_from_number(json_number_value(value), created_ms)) ||
           wrong(line, "created",
                 "is no point in time; \"2026-03-01T00:00:00Z\" or seconds since 1970 would be "
                 "right");
}

static bool read_margin(line_t *line, const json_t *value, int32_t *margin_bp)
{
    double margin = json_number_value(value);

    if (value == NULL) {
        return true;
    }
    if (!json_is_number(value) || !(margin >= -100.0 && margin <= 1.0)) {
        return wrong(line, "margin",
                     "is no share of the price from -100 to 1; 0.42 would be right");
    }
    *margin_bp = (int32_t)lround(margin * 10000);

    return true;
}

static bool read_stock(line_t *line, const json_t *value, const char *field, int32_t *stock)
{
    int64_t pieces = -1;

    if (!read_whole(line, value, field, INT32_MAX, &pieces)) {
        return false;
    }
    *stock = (int32_t)pieces;

    return true;
}

static bool read_variant(line_t *line, const json_t *object, const char *field,
                         const dyn_catalog_item_t *item)
{
    dyn_catalog_variant_t variant = {
        .id = DYN_NONE, .title = DYN_NONE, .price_minor = -1, .stock = -1};
    char name[outcome_bytes + 8];

#define NAME(part) (snprintf(name, sizeof(name), "%s." part, field), name)
    if (!json_is_object(object)) {
        return wrong(line, field, "is no object; {\"id\": ..., \"title\": ...} would be right");
    }
    if (!read_own_id(line, member(object, "id"), NAME("id"), &variant.id) ||
        !read_text(line, member(object, "title"), NAME("title"), DYN_STRING_BYTES_MAX,
                   &variant.title) ||
        !read_price(line, member(object, "price"), NAME("price"), item->currency,
                    &variant.price_minor) ||
        !read_stock(line, member(object, "stock"), NAME("stock"), &variant.stock)) {
        return false;
    }
    if (variant.id == item->id) {
        return wrong(line, NAME("id"), "is the item's own id; another would be right");
    }
    for (uint32_t i = item->variants.start; i < line->catalog->variant_count; i++) {
        if (line->catalog->variants[i].id == variant.id) {
            return wrong(line, NAME("id"), "is the id of another variant of the item");
        }
    }
#undef NAME

    return dyn_catalog_variant_add(line->catalog, &variant) || exhausted(line);
}

/* What the item itself does not say, its variants say together: the lowest price, the sum of the pieces. */
static void complete_from_variants(const dyn_catalog_t *catalog, dyn_catalog_item_t *item)
{
    int64_t lowest = -1, pieces = 0;
    bool all_known = item->variants.count != 0;

    for (uint32_t i = 0; i < item->variants.count; i++) {
        const dyn_catalog_variant_t *variant = &catalog->variants[item->variants.start + i];

        if (variant->price_minor >= 0 && (lowest < 0 || variant->price_minor < lowest)) {
            lowest = variant->price_minor;
        }
        all_known = all_known && variant->stock >= 0;
        pieces += variant->stock;
    }
    if (item->price_minor < 0) {
        item->price_minor = lowest;
    }
    if (item->stock < 0 && all_known) {
        item->stock = (int32_t)(pieces < INT32_MAX ? pieces : INT32_MAX);
    }
    if (item->price_minor < 0) {
        memset(item->currency, 0, sizeof(item->currency));
    }
}

static bool read_variants(line_t *line, const json_t *value, dyn_catalog_item_t *item)
{
    item->variants.start = line->catalog->variant_count;

    if (value == NULL) {
        return true;
    }
    if (!json_is_array(value) || json_array_size(value) > DYN_VARIANTS_PER_ITEM_MAX) {
        return wrong(line, "variants", "is no list of at most %d", DYN_VARIANTS_PER_ITEM_MAX);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        char field[outcome_bytes];

        snprintf(field, sizeof(field), "variants[%zu]", i);
        if (!read_variant(line, json_array_get(value, i), field, item)) {
            return false;
        }
    }
    item->variants.count = line->catalog->variant_count - item->variants.start;
    complete_from_variants(line->catalog, item);

    return true;
}

static bool read_object(line_t *line, const json_t *object, uint64_t number)
{
    dyn_catalog_item_t item = dyn_catalog_item_empty();
    int64_t age = 0;

    item.in_catalogue = true;
    item.line = number;

    if (!json_is_object(object)) {
        return wrong(line, "line", "is no JSON object");
    }
    if (!read_own_id(line, member(object, "id"), "id", &item.id) ||
        !read_text(line, member(object, "title"), "title", DYN_STRING_BYTES_MAX, &item.title) ||
        !read_text(line, member(object, "url"), "url", DYN_STRING_BYTES_MAX, &item.url) ||
        !read_text(line, member(object, "image"), "image", DYN_STRING_BYTES_MAX, &item.image) ||
        !read_currency(line, member(object, "currency"), item.currency) ||
        !read_price(line, member(object, "price"), "price", item.currency, &item.price_minor) ||
        !read_category(line, member(object, "category"), &item.category) ||
        !read_text(line, member(object, "brand"), "brand", DYN_STRING_BYTES_MAX, &item.brand) ||
        !read_list(line, member(object, "tags"), "tags", DYN_TAGS_PER_ITEM_MAX, tag_element,
                   &item.tags) ||
        !read_stock(line, member(object, "stock"), "stock", &item.stock) ||
        !read_margin(line, member(object, "margin"), &item.margin_bp) ||
        !read_text(line, member(object, "group"), "group", DYN_STRING_BYTES_MAX, &item.group) ||
        !read_list(line, member(object, "compatible_with"), "compatible_with",
                   DYN_COMPATIBLE_PER_ITEM_MAX, compatible_element, &item.compatible) ||
        !read_whole(line, member(object, "age_min"), "age_min", age_max, &age) ||
        !read_countries(line, object, &item) ||
        !read_created(line, member(object, "created"), &item.created_ms) ||
        !read_variants(line, member(object, "variants"), &item)) {
        return false;
    }

    item.age_min = (uint8_t)age;
    if (item.price_minor < 0) {
        memset(item.currency, 0, sizeof(item.currency));
    }

    return dyn_catalog_item_add(line->catalog, &item) != DYN_NONE || exhausted(line);
}

/* False when reading must end. */
static bool read_line(dyn_str_t text, const char *path, uint64_t number, dyn_catalog_t *catalog,
                      dyn_faults_t *faults)
{
    uint32_t list_count = catalog->list_count, variant_count = catalog->variant_count;
    line_t line = {.catalog = catalog};
    json_error_t problem;
    json_t *object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &problem);

    if (object == NULL) {
        return dyn_fault(faults, path, number, "line", "is no JSON: column %d: %.160s",
                         problem.column, problem.text);
    }

    bool good = read_object(&line, object, number);

    json_decref(object);
    if (good) {
        return true;
    }

    catalog->list_count = list_count;
    catalog->variant_count = variant_count;
    if (line.out_of_memory) {
        return dyn_fail(faults->error, "%.160s:%llu: memory or 32-bit numbers are out", path,
                        (unsigned long long)number);
    }

    return dyn_fault(faults, path, number, line.field, "%s", line.sentence);
}

bool dyn_catalog_read(const char *path, dyn_catalog_t *catalog, dyn_faults_t *faults)
{
    dyn_lines_t *lines = dyn_lines_open(path, faults->error);
    dyn_str_t line;
    bool good = true;

    if (lines == NULL) {
        return false;
    }

    while (good && dyn_lines_next(lines, &line)) {
        if (line.len != 0) {
            good = read_line(line, path, dyn_lines_number(lines), catalog, faults);
        }
    }

    return dyn_lines_close(lines, good ? faults->error : NULL) && good;
}
