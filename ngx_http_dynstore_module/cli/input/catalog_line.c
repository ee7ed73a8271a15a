#include "cli/input/catalog_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/compile/compile.h"
#include "engine/events/event.h"
#include "engine/base/time_text.h"
#include "engine/base/safe_url.h"
#include "engine/base/utf8.h"
#include "cli/input/values.h"
#include "engine/base/item_id.h"
#include "engine/base/language.h"
#include "engine/base/money.h"

enum { age_max = 120, outcome_bytes = 64 };

/* One line. The first field that is wrong ends it. */
typedef struct {
    dyn_catalog_t *catalog;
    char field[outcome_bytes]; /* "" : no fault */
    char sentence[256];
    char made_good[DYN_NOTE_COUNT][outcome_bytes]; /* the field in which something was; "" : none */
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

static void made_good(line_t *line, dyn_note_t note, const char *field)
{
    snprintf(line->made_good[note], outcome_bytes, "%s", field);
}

/* null and "" are how files say that there is nothing. */
static bool nothing(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return nothing(value) ? NULL : value;
}

static dyn_str_t text_of(const json_t *value)
{
    return dyn_values_trim((dyn_str_t){json_string_value(value), json_string_length(value)});
}

/* A text for people: control characters become blanks. */
static dyn_str_t blanked(line_t *line, dyn_str_t text, const char *field, char *copy)
{
    if (dyn_utf8_clean(text)) {
        return text;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        copy[i] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    made_good(line, DYN_NOTE_blanks, field);

    return dyn_values_trim((dyn_str_t){copy, text.len});
}

/* A text or an address; *text_number stays as it is when the field is not there or empty. */
static bool read_string(line_t *line, const json_t *value, const char *field, bool for_people,
                        uint32_t *text_number)
{
    char copy[DYN_STRING_BYTES_MAX];
    dyn_str_t text = text_of(value);

    if (value == NULL) {
        return true;
    }
    if (!json_is_string(value)) {
        return wrong(line, field, "is no string");
    }
    if (for_people && text.len <= DYN_STRING_BYTES_MAX) {
        text = blanked(line, text, field, copy);
    }
    if (text.len == 0) {
        return true;
    }
    if (text.len > DYN_STRING_BYTES_MAX || !dyn_utf8_clean(text)) {
        return wrong(
            line, field,
            "has %zu bytes or control characters; at most %d bytes without any would be right",
            text.len, DYN_STRING_BYTES_MAX);
    }

    *text_number = dyn_catalog_text(line->catalog, text);

    return *text_number != DYN_NONE || exhausted(line);
}

static bool read_text(line_t *line, const json_t *value, const char *field, uint32_t *text_number)
{
    return read_string(line, value, field, true, text_number);
}

/* What is no URL is left out, and the item kept. */
static bool read_address(line_t *line, const json_t *value, const char *field,
                         uint32_t *text_number)
{
    dyn_str_t url = text_of(value);

    if (json_is_string(value) && url.len > 0 && url.len <= DYN_STRING_BYTES_MAX &&
        (!dyn_utf8_clean(url) || !dyn_url_is_safe(url))) {
        made_good(line, DYN_NOTE_no_url, field);
        return true;
    }

    return read_string(line, value, field, false, text_number);
}

/* An id, as a string or a whole number, without "gid://shopify/.../" before it. *text points into `value` or `digits`. */
static bool read_id(line_t *line, const json_t *value, const char *field, char digits[24],
                    dyn_str_t *text)
{
    if (json_is_integer(value)) {
        int length = snprintf(digits, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));

        *text = (dyn_str_t){digits, (size_t)length};
    } else if (json_is_string(value)) {
        *text = text_of(value);
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
static bool read_own_id(line_t *line, const json_t *value, const char *field, uint32_t *text_number)
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

    *text_number = dyn_catalog_text(line->catalog, text);

    return *text_number != DYN_NONE || exhausted(line);
}

/* A number, also one in quotes. */
static bool number_of(const json_t *value, double *number)
{
    dyn_str_t text = text_of(value);
    char copy[32], *end;

    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *number = strtod(copy, &end);

    return *end == '\0' && isfinite(*number);
}

static bool read_whole(line_t *line, const json_t *value, const char *field, int64_t max,
                       int64_t *number)
{
    double given;

    if (value == NULL) {
        return true;
    }
    if (!number_of(value, &given) || !(given >= 0 && given <= (double)max) ||
        given != floor(given)) {
        return wrong(line, field, "is no whole number from 0 to %lld", (long long)max);
    }
    *number = (int64_t)given;

    return true;
}

static bool read_price(line_t *line, const json_t *value, const char *field, const char *currency,
                       int64_t *minor)
{
    unsigned exponent = dyn_money_exponent(dyn_str_from(currency));
    char digits[32];
    dyn_str_t text = text_of(value);

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
    dyn_str_t text = text_of(value);

    if (value == NULL) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (text.len != 3 || text.data[i] < 'A' || text.data[i] > 'Z') {
            return wrong(line, "currency",
                         "is no ISO 4217 code; three capitals such as \"EUR\" would be right");
        }
        currency[i] = text.data[i];
    }
    currency[3] = '\0';

    return true;
}

/* From the top of the shop down. */
static bool read_category(line_t *line, const json_t *value, uint32_t *category)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1, depth = 0;

    if (value == NULL) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : value;
        uint32_t text = DYN_NONE;

        if (!nothing(name) && !read_text(line, name, "category", &text)) {
            return false;
        }
        /* files have a column for each level and leave those empty that are not there */
        if (text == DYN_NONE) {
            continue;
        }
        if (++depth > DYN_CATEGORY_DEPTH_MAX) {
            return wrong(line, "category", "has more than %d levels", DYN_CATEGORY_DEPTH_MAX);
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
        if (!nothing(json_array_get(value, i)) && !element(line, json_array_get(value, i), name)) {
            return false;
        }
    }
    range->count = line->catalog->list_count - range->start;

    return true;
}

static bool text_element(line_t *line, const json_t *element, const char *field)
{
    uint32_t text = DYN_NONE;

    return read_text(line, element, field, &text) &&
           (text == DYN_NONE || dyn_catalog_list_add(line->catalog, text) || exhausted(line));
}

/* ---- traits ---- */

static bool add_trait(line_t *line, const char *name, uint32_t value)
{
    uint32_t text = dyn_catalog_text(line->catalog, dyn_str_from(name));
    uint32_t trait = text == DYN_NONE || value == DYN_NONE
                         ? DYN_NONE
                         : dyn_catalog_trait(line->catalog, text, value);

    return (trait != DYN_NONE && dyn_catalog_list_add(line->catalog, trait)) || exhausted(line);
}

static bool tag_element(line_t *line, const json_t *element, const char *field)
{
    uint32_t text = DYN_NONE;

    return read_text(line, element, field, &text) &&
           (text == DYN_NONE || add_trait(line, "tag", text));
}

/* A value of an attribute as text: a number with the digits it needs, true as "yes"; "" says that there is none. */
static bool value_text(line_t *line, const json_t *value, const char *field,
                       char text[DYN_ATTRIBUTE_BYTES_MAX + 1])
{
    char copy[DYN_ATTRIBUTE_BYTES_MAX];

    text[0] = '\0';
    if (json_is_integer(value)) {
        snprintf(text, DYN_ATTRIBUTE_BYTES_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(text, DYN_ATTRIBUTE_BYTES_MAX, "%.10g", json_real_value(value));
    } else if (json_is_true(value)) {
        snprintf(text, DYN_ATTRIBUTE_BYTES_MAX, "yes");
    } else if (json_is_string(value)) {
        dyn_str_t given = text_of(value);

        if (given.len > DYN_ATTRIBUTE_BYTES_MAX) {
            made_good(line, DYN_NOTE_long_value, field);
            return true;
        }
        given = blanked(line, given, field, copy);
        if (!dyn_utf8_clean(given)) {
            return wrong(line, field, "is no UTF-8");
        }
        if (given.len > 0) {
            memcpy(text, given.data, given.len);
        }
        text[given.len] = '\0';
    } else if (!json_is_false(value)) {
        return wrong(line, field, "is neither a text nor a number, true or false");
    }

    return true;
}

/* One value, or a list of them. */
static bool read_values(line_t *line, const json_t *value, const char *field, const char *name,
                        bool small)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;

    if (value == NULL) {
        return true;
    }
    if (count > DYN_VALUES_PER_ATTRIBUTE_MAX) {
        return wrong(line, field, "has %zu values; at most %d would be right", count,
                     DYN_VALUES_PER_ATTRIBUTE_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        char text[DYN_ATTRIBUTE_BYTES_MAX + 1];

        if (nothing(one)) {
            continue;
        }
        if (!value_text(line, one, field, text)) {
            return false;
        }
        for (char *at = text; small && *at != '\0'; at++) {
            *at = (char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at);
        }
        if (text[0] != '\0' &&
            !add_trait(line, name, dyn_catalog_text(line->catalog, dyn_str_from(text)))) {
            return false;
        }
    }

    return true;
}

static bool read_attributes(line_t *line, json_t *attributes)
{
    const char *key;
    json_t *value;

    if (attributes == NULL) {
        return true;
    }
    if (!json_is_object(attributes)) {
        return wrong(
            line, "attributes",
            "is no object; {\"material\": \"wool\", \"uses\": [\"hiking\"]} would be right");
    }
    if (json_object_size(attributes) > DYN_ATTRIBUTES_PER_ITEM_MAX) {
        return wrong(line, "attributes", "has %zu names; at most %d would be right",
                     json_object_size(attributes), DYN_ATTRIBUTES_PER_ITEM_MAX);
    }
    json_object_foreach(attributes, key, value)
    {
        dyn_str_t name = dyn_values_trim(dyn_str_from(key));
        char copy[DYN_ATTRIBUTE_BYTES_MAX + 1], field[outcome_bytes];

        snprintf(field, sizeof(field), "attributes.%.48s", key);
        if (name.len == 0 || name.len > DYN_ATTRIBUTE_BYTES_MAX || !dyn_utf8_clean(name)) {
            return wrong(line, "attributes",
                         "has a name that is empty, longer than %d bytes or has control characters",
                         DYN_ATTRIBUTE_BYTES_MAX);
        }
        memcpy(copy, name.data, name.len);
        copy[name.len] = '\0';
        if (!read_values(line, nothing(value) ? NULL : value, field, copy, false)) {
            return false;
        }
    }

    return true;
}

/* What an item is, beside category and brand: all of it together is one range of the lists. */
static bool read_traits(line_t *line, const json_t *object, dyn_range_t *traits)
{
    dyn_range_t tags;

    traits->start = line->catalog->list_count;
    if (!read_list(line, member(object, "tags"), "tags", DYN_TAGS_PER_ITEM_MAX, tag_element,
                   &tags) ||
        !read_values(line, member(object, "audience"), "audience", "audience", true) ||
        !read_values(line, member(object, "colour"), "colour", "colour", false) ||
        !read_values(line, member(object, "sizes"), "sizes", "size", false) ||
        !read_attributes(line, json_object_get(object, "attributes"))) {
        return false;
    }
    traits->count = line->catalog->list_count - traits->start;

    return traits->count <= DYN_TRAITS_PER_ITEM_MAX ||
           wrong(line, "attributes", "makes %u tags and values together; at most %d would be right",
                 (unsigned)traits->count, DYN_TRAITS_PER_ITEM_MAX);
}

/* ---- what is told beside ---- */

/* A list of texts, or one. */
static bool read_texts(line_t *line, const json_t *value, const char *field, size_t max,
                       element_fn element, dyn_range_t *range)
{
    if (value == NULL || json_is_array(value)) {
        return read_list(line, value, field, max, element, range);
    }

    range->start = line->catalog->list_count;
    if (!element(line, value, field)) {
        return false;
    }
    range->count = line->catalog->list_count - range->start;

    return true;
}

/* Shops have descriptions of any length; the first 4096 bytes say enough. */
static bool read_description(line_t *line, const json_t *value, uint32_t *text_number)
{
    char copy[DYN_STRING_BYTES_MAX];
    dyn_str_t text = text_of(value);

    if (!json_is_string(value) || text.len <= DYN_STRING_BYTES_MAX) {
        return read_text(line, value, "description", text_number);
    }

    made_good(line, DYN_NOTE_cut_text, "description");
    text = dyn_utf8_cut(text, DYN_STRING_BYTES_MAX);
    text = dyn_values_trim(blanked(line, text, "description", copy));
    if (!dyn_utf8_clean(text)) {
        return wrong(line, "description", "is no UTF-8");
    }
    *text_number = dyn_catalog_text(line->catalog, text);

    return *text_number != DYN_NONE || exhausted(line);
}

static bool read_language(line_t *line, const json_t *value, uint32_t *text_number)
{
    dyn_str_t text = text_of(value);
    char primary[9];
    size_t length = 0;

    if (value == NULL) {
        return true;
    }
    while (json_is_string(value) && length < text.len && length < 8 &&
           ((text.data[length] >= 'a' && text.data[length] <= 'z') ||
            (text.data[length] >= 'A' && text.data[length] <= 'Z'))) {
        primary[length] = (char)(text.data[length] | 0x20);
        length++;
    }
    if (length < 2 || (length < text.len && text.data[length] != '-' && text.data[length] != '_')) {
        return wrong(line, "language",
                     "is no language tag of BCP 47; \"de\" or \"en-GB\" would be right");
    }
    *text_number = dyn_catalog_text(line->catalog, (dyn_str_t){primary, length});

    return *text_number != DYN_NONE || exhausted(line);
}

static bool read_rating(line_t *line, const json_t *object, dyn_catalog_item_t *item)
{
    const json_t *value = member(object, "rating");
    int64_t count = 0;
    double rating;

    if (value != NULL) {
        if (!number_of(value, &rating) || !(rating >= 0 && rating <= DYN_RATING_MAX)) {
            return wrong(line, "rating", "is no number from 0 to %d", DYN_RATING_MAX);
        }
        item->rating_hundredths = (int32_t)lround(rating * 100);
    }
    if (!read_whole(line, member(object, "rating_count"), "rating_count", INT32_MAX, &count)) {
        return false;
    }
    item->rating_count = (uint32_t)count;

    return true;
}

static bool id_element(line_t *line, const json_t *element, const char *field)
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

    if (json_string_length(element) != 2 || text[0] < 'A' || text[0] > 'Z' || text[1] < 'A' ||
        text[1] > 'Z') {
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

static bool read_time(line_t *line, const json_t *value, const char *field, int64_t *time_ms)
{
    if (value == NULL) {
        return true;
    }

    return (json_is_number(value) ? dyn_time_from_number(json_number_value(value), time_ms)
                                  : dyn_time_from_text(text_of(value), time_ms)) ||
           wrong(line, field,
                 "is no point in time; \"2026-03-01T00:00:00Z\" or seconds since 1970 would be "
                 "right");
}

static bool read_sale(line_t *line, const json_t *object, const char *currency,
                      int64_t *price_minor, int64_t *from_ms, int64_t *until_ms)
{
    if (!read_price(line, member(object, "sale_price"), "sale_price", currency, price_minor) ||
        !read_time(line, member(object, "sale_from"), "sale_from", from_ms) ||
        !read_time(line, member(object, "sale_until"), "sale_until", until_ms)) {
        return false;
    }

    return *from_ms < *until_ms || wrong(line, "sale_until", "is not after sale_from");
}

/* The price may be that of a variant: only when they are read it is known whether the sale's is lower. */
static void keep_sale(line_t *line, dyn_catalog_item_t *item)
{
    if (item->sale_price_minor >= 0 && item->sale_price_minor >= item->price_minor) {
        made_good(line, DYN_NOTE_no_sale, "sale_price");
        item->sale_price_minor = -1;
    }
    if (item->sale_price_minor < 0) {
        item->sale_from_ms = 0;
        item->sale_until_ms = DYN_TIME_MS_MAX;
    }
}

static bool read_margin(line_t *line, const json_t *value, int32_t *margin_bp)
{
    double margin;

    if (value == NULL) {
        return true;
    }
    if (!number_of(value, &margin) || !(margin >= -100.0 && margin <= 1.0)) {
        return wrong(line, "margin",
                     "is no share of the price from -100 to 1; 0.42 would be right");
    }
    *margin_bp = (int32_t)lround(margin * 10000);

    return true;
}

static bool read_stock(line_t *line, const json_t *value, const char *field, int32_t *stock)
{
    int64_t pieces = -1;
    double given;

    /* sold before it came in: there is none to sell */
    if (value != NULL && number_of(value, &given) && given < 0) {
        made_good(line, DYN_NOTE_negative_stock, field);
        *stock = 0;
        return true;
    }
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
        !read_text(line, member(object, "title"), NAME("title"), &variant.title) ||
        !read_price(line, member(object, "price"), NAME("price"), item->currency,
                    &variant.price_minor) ||
        !read_stock(line, member(object, "stock"), NAME("stock"), &variant.stock) ||
        !read_texts(line, member(object, "aliases"), NAME("aliases"), DYN_ALIASES_PER_ITEM_MAX,
                    id_element, &variant.aliases)) {
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

static bool read_variants(line_t *line, const json_t *value, dyn_catalog_item_t *item)
{
    item->variants.start = line->catalog->variant_count;
    item->own_aliases = item->aliases.count;

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
    dyn_catalog_item_complete(line->catalog, item);
    for (uint32_t i = 0; i < item->variants.count; i++) {
        if (!dyn_catalog_list_unite(line->catalog, &item->aliases,
                                    line->catalog->variants[item->variants.start + i].aliases)) {
            return exhausted(line);
        }
    }

    return true;
}

/* What is not approved is checked, and left out. */
static bool read_content(line_t *line, const json_t *object)
{
    dyn_catalog_t *catalog = line->catalog;
    char *json = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    dyn_error_t error;
    char field[64];
    bool approved;

    if (json == NULL) {
        return exhausted(line);
    }

    bool good = dyn_content_check(dyn_str_from(json), &approved, field, &error);

    if (!good) {
        wrong(line, field[0] == '\0' ? "line" : field, "%.200s", error.text);
    } else if (!approved) {
        catalog->unapproved_count++;
    } else {
        good = dyn_catalog_content_add(catalog, json) || exhausted(line);
    }
    free(json);

    return good;
}

/* ---- bundles ---- */

/* The row of this language in the bundle's texts, which is made when there is none. */
static uint32_t language_row(line_t *line, dyn_catalog_bundle_t *bundle, uint32_t language)
{
    dyn_catalog_t *catalog = line->catalog;
    uint32_t row = bundle->texts.start;

    while (row < bundle->texts.start + bundle->texts.count && catalog->lists[row] != language) {
        row += 3;
    }
    if (row == bundle->texts.start + bundle->texts.count) {
        if (!dyn_catalog_list_add(catalog, language) || !dyn_catalog_list_add(catalog, DYN_NONE) ||
            !dyn_catalog_list_add(catalog, DYN_NONE)) {
            return DYN_NONE;
        }
        bundle->texts.count += 3;
    }

    return row;
}

/* A text, or texts by language; of these the English one, else the first, is for all languages that are not named. */
static bool read_words(line_t *line, const json_t *value, const char *field,
                       dyn_catalog_bundle_t *bundle, uint32_t place, uint32_t *own)
{
    const char *name;
    json_t *text;

    if (!json_is_object(value)) {
        return read_text(line, value, field, own);
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, text)
    {
        char inner[outcome_bytes], tag[DYN_LANGUAGE_BYTES_MAX];
        dyn_str_t language;
        uint32_t number = DYN_NONE, row;

        snprintf(inner, sizeof(inner), "%s.%s", field, name);
        if (!dyn_language_read(dyn_str_from(name), tag, &language)) {
            return wrong(line, inner,
                         "is no language; a name such as \"de\" or \"de-AT\" would be right");
        }
        if (nothing(text) || !read_text(line, text, inner, &number)) {
            if (nothing(text)) {
                continue;
            }
            return false;
        }

        uint32_t language_text = dyn_catalog_text(line->catalog, language);

        row = language_text == DYN_NONE ? DYN_NONE : language_row(line, bundle, language_text);
        if (row == DYN_NONE) {
            return exhausted(line);
        }
        line->catalog->lists[row + place] = number;
        if (*own == DYN_NONE || dyn_str_equal(language, DYN_STR("en"))) {
            *own = number;
        }
    }

    return bundle->texts.count <= 3 * DYN_BUNDLE_LANGUAGES_MAX ||
           wrong(line, field, "makes more than %d languages", DYN_BUNDLE_LANGUAGES_MAX);
}

static bool read_bundle_id(line_t *line, const json_t *value, uint32_t *text_number)
{
    char digits[24];
    dyn_str_t text;

    if (!read_id(line, value, "id", digits, &text)) {
        return false;
    }
    if (dyn_ids_find(&line->catalog->bundle_ids, text) != DYN_NONE) {
        return wrong(line, "id", "\"%.*s\" is already the id of another bundle", (int)text.len,
                     text.data);
    }
    *text_number = dyn_catalog_text(line->catalog, text);

    return *text_number != DYN_NONE || exhausted(line);
}

static bool read_bundle(line_t *line, const json_t *object)
{
    dyn_catalog_bundle_t bundle = {.id = DYN_NONE,
                                   .title = DYN_NONE,
                                   .description = DYN_NONE,
                                   .url = DYN_NONE,
                                   .image = DYN_NONE,
                                   .price_minor = -1};

    if (!read_bundle_id(line, member(object, "id"), &bundle.id) ||
        !read_list(line, member(object, "items"), "items", DYN_BUNDLE_ITEMS_MAX, id_element,
                   &bundle.items)) {
        return false;
    }
    if (bundle.items.count < DYN_BUNDLE_ITEMS_MIN) {
        return wrong(line, "items", "has %u ids; %d to %d ids of items would be right",
                     (unsigned)bundle.items.count, DYN_BUNDLE_ITEMS_MIN, DYN_BUNDLE_ITEMS_MAX);
    }
    bundle.texts.start = line->catalog->list_count;
    if (!read_words(line, member(object, "title"), "title", &bundle, 1, &bundle.title) ||
        !read_words(line, member(object, "description"), "description", &bundle, 2,
                    &bundle.description) ||
        !read_address(line, member(object, "url"), "url", &bundle.url) ||
        !read_address(line, member(object, "image"), "image", &bundle.image) ||
        !read_currency(line, member(object, "currency"), bundle.currency) ||
        !read_price(line, member(object, "price"), "price", bundle.currency, &bundle.price_minor)) {
        return false;
    }
    if (bundle.title == DYN_NONE) {
        return wrong(line, "title", "is missing: say what the bundle is called");
    }
    if (line->catalog->bundle_count == DYN_BUNDLES_MAX) {
        return wrong(line, "kind", "is one bundle more than the %d that can be", DYN_BUNDLES_MAX);
    }
    if (bundle.price_minor < 0) {
        memset(bundle.currency, 0, sizeof(bundle.currency));
    }

    return dyn_catalog_bundle_add(line->catalog, &bundle) || exhausted(line);
}

static bool read_item(line_t *line, const json_t *object, uint64_t line_number)
{
    dyn_catalog_item_t item = dyn_catalog_item_empty();
    int64_t age = 0;

    item.in_catalogue = true;
    item.line = line_number;

    if (!read_own_id(line, member(object, "id"), "id", &item.id) ||
        !read_text(line, member(object, "title"), "title", &item.title) ||
        !read_address(line, member(object, "url"), "url", &item.url) ||
        !read_address(line, member(object, "image"), "image", &item.image) ||
        !read_currency(line, member(object, "currency"), item.currency) ||
        !read_price(line, member(object, "price"), "price", item.currency, &item.price_minor) ||
        !read_category(line, member(object, "category"), &item.category) ||
        !read_text(line, member(object, "brand"), "brand", &item.brand) ||
        !read_traits(line, object, &item.traits) ||
        !read_description(line, member(object, "description"), &item.description) ||
        !read_text(line, member(object, "fit"), "fit", &item.fit) ||
        !read_language(line, member(object, "language"), &item.language) ||
        !read_rating(line, object, &item) ||
        !read_texts(line, member(object, "badges"), "badges", DYN_BADGES_PER_ITEM_MAX, text_element,
                    &item.badges) ||
        !read_texts(line, member(object, "keywords"), "keywords", DYN_KEYWORDS_PER_ITEM_MAX,
                    text_element, &item.keywords) ||
        !read_texts(line, member(object, "aliases"), "aliases", DYN_ALIASES_PER_ITEM_MAX,
                    id_element, &item.aliases) ||
        !read_sale(line, object, item.currency, &item.sale_price_minor, &item.sale_from_ms,
                   &item.sale_until_ms) ||
        !read_stock(line, member(object, "stock"), "stock", &item.stock) ||
        !read_margin(line, member(object, "margin"), &item.margin_bp) ||
        !read_text(line, member(object, "group"), "group", &item.group) ||
        !read_list(line, member(object, "compatible_with"), "compatible_with",
                   DYN_COMPATIBLE_PER_ITEM_MAX, id_element, &item.compatible) ||
        !read_whole(line, member(object, "age_min"), "age_min", age_max, &age) ||
        !read_countries(line, object, &item) ||
        !read_time(line, member(object, "created"), "created", &item.created_ms) ||
        !read_variants(line, member(object, "variants"), &item)) {
        return false;
    }

    item.age_min = (uint8_t)age;
    if (item.price_minor < 0) {
        memset(item.currency, 0, sizeof(item.currency));
    }
    keep_sale(line, &item);

    return dyn_catalog_item_add(line->catalog, &item) != DYN_NONE || exhausted(line);
}

static bool read_object(line_t *line, const json_t *object, uint64_t line_number)
{
    const char *kind = json_string_value(member(object, "kind"));

    if (!json_is_object(object)) {
        return wrong(line, "line", "is no JSON object");
    }

    if (kind != NULL && strcmp(kind, "content") == 0) {
        return read_content(line, object);
    }
    if (kind != NULL && strcmp(kind, "bundle") == 0) {
        return read_bundle(line, object);
    }
    /* shops have words of their own for kinds of items */
    if (kind != NULL && kind[0] != '\0' && strcmp(kind, "item") != 0) {
        made_good(line, DYN_NOTE_no_kind, "kind");
    }

    return read_item(line, object, line_number);
}

/* ---- variants and additions with lines of their own ---- */

static bool read_child(line_t *line, const char *path, dyn_str_t parent, const json_t *object,
                       uint64_t line_number)
{
    dyn_catalog_child_t child = {
        .item = DYN_NONE,
        .image = DYN_NONE,
        .variant = {.id = DYN_NONE, .title = DYN_NONE, .price_minor = -1, .stock = -1},
        .sale_price_minor = -1,
        .sale_until_ms = DYN_TIME_MS_MAX,
        .path = path,
        .line = line_number,
        .order = line->catalog->child_count,
    };
    char digits[24];
    dyn_str_t id;

    if (!dyn_item_id_normalize(parent, &parent)) {
        return wrong(line, "variant_of", "is no id: what its item is called would be right");
    }
    if (!read_id(line, member(object, "id"), "id", digits, &id) ||
        !read_text(line, member(object, "title"), "title", &child.variant.title) ||
        !read_address(line, member(object, "image"), "image", &child.image) ||
        !read_currency(line, member(object, "currency"), child.currency) ||
        !read_price(line, member(object, "price"), "price", child.currency,
                    &child.variant.price_minor) ||
        !read_sale(line, object, child.currency, &child.sale_price_minor, &child.sale_from_ms,
                   &child.sale_until_ms) ||
        !read_stock(line, member(object, "stock"), "stock", &child.variant.stock) ||
        !read_traits(line, object, &child.traits) ||
        !read_texts(line, member(object, "aliases"), "aliases", DYN_ALIASES_PER_ITEM_MAX,
                    id_element, &child.aliases)) {
        return false;
    }

    child.parent = dyn_catalog_text(line->catalog, parent);
    child.variant.id = dyn_catalog_text(line->catalog, id);
    if (child.parent == DYN_NONE || child.variant.id == DYN_NONE) {
        return exhausted(line);
    }

    return dyn_catalog_child_add(line->catalog, &child) || exhausted(line);
}

static bool read_addition(line_t *line, const char *path, dyn_str_t owner, const json_t *object,
                          uint64_t line_number)
{
    dyn_catalog_addition_t addition = {
        .item = DYN_NONE,
        .image = DYN_NONE,
        .path = path,
        .line = line_number,
        .order = line->catalog->addition_count,
    };

    if (!dyn_item_id_normalize(owner, &owner)) {
        return wrong(line, "id", "is no id: what its item or variant is called would be right");
    }
    if (!read_address(line, member(object, "image"), "image", &addition.image) ||
        !read_traits(line, object, &addition.traits)) {
        return false;
    }
    addition.owner = dyn_catalog_text(line->catalog, owner);

    return (addition.owner != DYN_NONE && dyn_catalog_addition_add(line->catalog, &addition)) ||
           exhausted(line);
}

/* ---- what comes from files ---- */

static const char *name_of(const dyn_catalog_source_t *source, const char *field)
{
    const dyn_catalog_name_t *name = source->names;

    while (name != NULL && name->field != NULL) {
        if (strcmp(name->field, field) == 0) {
            return name->name;
        }
        name++;
    }

    return field;
}

static bool conclude(dyn_catalog_source_t *source, const line_t *line, bool good,
                     uint32_t list_count, uint32_t variant_count, uint64_t line_number,
                     const dyn_json_loaded_t *loaded)
{
    source->faults->values++;
    if (good) {
        if (loaded != NULL) {
            dyn_json_note(loaded, source->faults->notes, source->path, line_number);
        }
        for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
            if (line->made_good[i][0] != '\0') {
                dyn_note(source->faults->notes, (dyn_note_t)i, source->path, line_number,
                         name_of(source, line->made_good[i]));
            }
        }
        return true;
    }

    source->catalog->list_count = list_count;
    source->catalog->variant_count = variant_count;
    if (line->out_of_memory) {
        return dyn_fail(source->faults->error, "%.160s:%llu: memory or 32-bit numbers are out",
                        source->path, (unsigned long long)line_number);
    }

    return dyn_fault(source->faults, source->path, line_number, name_of(source, line->field), "%s",
                     line->sentence);
}

bool dyn_catalog_take(dyn_catalog_source_t *source, const json_t *object, uint64_t line_number,
                      const dyn_json_loaded_t *loaded)
{
    uint32_t list_count = source->catalog->list_count,
             variant_count = source->catalog->variant_count;
    line_t line = {.catalog = source->catalog};
    bool good = read_object(&line, object, line_number);

    return conclude(source, &line, good, list_count, variant_count, line_number, loaded);
}

bool dyn_catalog_take_variant(dyn_catalog_source_t *source, dyn_str_t parent, const json_t *object,
                              uint64_t line_number)
{
    uint32_t list_count = source->catalog->list_count,
             variant_count = source->catalog->variant_count;
    line_t line = {.catalog = source->catalog};
    bool good = read_child(&line, source->path, parent, object, line_number);

    return conclude(source, &line, good, list_count, variant_count, line_number, NULL);
}

bool dyn_catalog_take_addition(dyn_catalog_source_t *source, dyn_str_t owner, const json_t *object,
                               uint64_t line_number)
{
    uint32_t list_count = source->catalog->list_count,
             variant_count = source->catalog->variant_count;
    line_t line = {.catalog = source->catalog};
    bool good = read_addition(&line, source->path, owner, object, line_number);

    return conclude(source, &line, good, list_count, variant_count, line_number, NULL);
}
