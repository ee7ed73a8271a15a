#include "cli/feed/metafield.h"

#include <stdio.h>
#include <string.h>

#include "cli/feed/reader.h"
#include "cli/input/values.h"
#include "engine/base/limits.h"

static bool begins(dyn_str_t text, const char *with)
{
    size_t length = strlen(with);

    return text.len >= length && memcmp(text.data, with, length) == 0;
}

static bool ends(dyn_str_t text, const char *with)
{
    size_t length = strlen(with);

    return text.len >= length && memcmp(text.data + text.len - length, with, length) == 0;
}

static dyn_str_t string_of(const json_t *value)
{
    return dyn_values_trim((dyn_str_t){json_string_value(value), json_string_length(value)});
}

/* A string, or a number without zeros at its end; "" otherwise. */
static dyn_str_t scalar_of(const json_t *value, char digits[32])
{
    int length = 0;

    if (json_is_string(value)) {
        return string_of(value);
    }
    if (json_is_number(value)) {
        length = snprintf(digits, 32, "%.12g", json_number_value(value));
    }

    return (dyn_str_t){digits, (size_t)length};
}

/* As people write it; a unit that is not known as Shopify calls it, in small letters. */
static void write_unit(dyn_str_t unit, char text[48])
{
    static const char *const units[][2] = {
        {"MILLIMETERS", "mm"}, {"CENTIMETERS", "cm"},
        {"METERS", "m"},       {"INCHES", "in"},
        {"FEET", "ft"},        {"YARDS", "yd"},
        {"MILLILITERS", "ml"}, {"CENTILITERS", "cl"},
        {"LITERS", "l"},       {"CUBIC_METERS", "m\u00b3"},
        {"GRAMS", "g"},        {"KILOGRAMS", "kg"},
        {"OUNCES", "oz"},      {"POUNDS", "lb"},
    };
    size_t length = unit.len < 47 ? unit.len : 47;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (dyn_str_equal_nocase(unit, dyn_str_from(units[i][0]))) {
            snprintf(text, 48, "%s", units[i][1]);
            return;
        }
    }
    for (size_t i = 0; i < length; i++) {
        char c = unit.data[i];

        text[i] = (char)(c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    text[length] = '\0';
}

static bool add_text(json_t *object, dyn_str_t key, dyn_str_t text)
{
    if (begins(text, "gid://")) {
        return false;
    }
    dyn_feed_add_attribute(object, key, text);

    return true;
}

/* {"value": 159.0, "unit": "CENTIMETERS"}, {"amount": "19.90", "currency_code": "USD"}, {"value": "4.5", "scale_min": ...} */
static bool add_object(json_t *object, dyn_str_t key, const json_t *value)
{
    char digits[32], unit[48] = "", text[DYN_ATTRIBUTE_BYTES_MAX + 1];
    const json_t *amount = json_object_get(value, "amount"), *of = json_object_get(value, "unit");
    const json_t *number = amount != NULL ? amount : json_object_get(value, "value");
    dyn_str_t count = scalar_of(number, digits);

    if (amount != NULL) {
        snprintf(unit, sizeof(unit), "%.3s",
                 json_is_string(json_object_get(value, "currency_code"))
                     ? json_string_value(json_object_get(value, "currency_code"))
                     : "");
    } else if (json_is_string(of)) {
        write_unit(string_of(of), unit);
    } else if (json_object_get(value, "scale_max") == NULL) {
        return false;
    }
    if (count.len == 0 || count.len > 32) {
        return false;
    }
    snprintf(text, sizeof(text), "%.*s%s%s", (int)count.len, count.data, unit[0] != '\0' ? " " : "",
             unit);

    return add_text(object, key, dyn_str_from(text));
}

/* A value that is read, or an element of a list. */
static bool add_value(json_t *object, dyn_str_t key, const json_t *value)
{
    char digits[32];

    if (json_is_object(value)) {
        return add_object(object, key, value);
    }
    if (json_is_boolean(value)) {
        if (json_is_true(value)) {
            dyn_feed_add_attribute(object, key, DYN_STR("yes"));
        }
        return true;
    }

    return (json_is_string(value) || json_is_number(value)) &&
           add_text(object, key, scalar_of(value, digits));
}

static bool add_list(json_t *object, dyn_str_t key, const json_t *list)
{
    bool whole = json_array_size(list) <= DYN_VALUES_PER_ATTRIBUTE_MAX;

    for (size_t i = 0; i < json_array_size(list) && i < DYN_VALUES_PER_ATTRIBUTE_MAX; i++) {
        whole = add_value(object, key, json_array_get(list, i)) && whole;
    }

    return whole;
}

/* What refers to something else, or is prose, a program's, or for search engines. */
static bool no_attribute(dyn_str_t key, dyn_str_t type)
{
    return key.len == 0 || dyn_str_equal(key, DYN_STR("title_tag")) ||
           dyn_str_equal(key, DYN_STR("description_tag")) || ends(type, "_reference") ||
           ends(type, "url") || ends(type, "link") || begins(type, "json") ||
           begins(type, "rich_text");
}

bool dyn_metafield_add(json_t *object, dyn_str_t key, dyn_str_t type, dyn_str_t value)
{
    bool text = ends(type, "_text_field") && !begins(type, "list."), good;
    json_t *read = NULL;

    value = dyn_values_trim(value);
    if (no_attribute(key, type)) {
        return false;
    }
    if (!text && value.len > 0 && (value.data[0] == '{' || value.data[0] == '[')) {
        read = json_loadb(value.data, value.len, 0, NULL);
    }
    if (read != NULL) {
        good = json_is_array(read) ? add_list(object, key, read) : add_value(object, key, read);
        json_decref(read);
        return good;
    }
    if (!text && dyn_str_equal_nocase(value, DYN_STR("true"))) {
        value = DYN_STR("yes");
    } else if (!text && dyn_str_equal_nocase(value, DYN_STR("false"))) {
        return true;
    }

    return add_text(object, key, value);
}
