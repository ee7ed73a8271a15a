#include "engine/experiment/value.h"

#include "engine/base/text.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool read_value(const json_t *json, dyn_arena_t *arena, unsigned depth, dyn_value_t *value);

static bool read_list(const json_t *json, dyn_arena_t *arena, unsigned depth, dyn_value_t *value)
{
    size_t count = json_array_size(json);
    dyn_value_t *values = dyn_arena_array(arena, count + 1, sizeof(*values));

    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_value(json_array_get(json, i), arena, depth, &values[i])) {
            return false;
        }
    }
    value->values = values;
    value->count = (uint32_t)count;

    return true;
}

static bool read_object(const json_t *json, dyn_arena_t *arena, unsigned depth, dyn_value_t *value)
{
    size_t count = json_object_size(json), i = 0;
    dyn_value_t *values = dyn_arena_array(arena, count + 1, sizeof(*values));
    dyn_str_t *names = dyn_arena_array(arena, count + 1, sizeof(*names));
    const char *key;
    json_t *member;

    if (values == NULL || names == NULL) {
        return false;
    }
    json_object_foreach((json_t *)json, key, member)
    {
        names[i] = dyn_arena_str(arena, dyn_str_from(key));
        if (names[i].data == NULL || !read_value(member, arena, depth, &values[i])) {
            return false;
        }
        i++;
    }
    value->values = values;
    value->names = names;
    value->count = (uint32_t)count;

    return true;
}

static bool read_value(const json_t *json, dyn_arena_t *arena, unsigned depth, dyn_value_t *value)
{
    *value = (dyn_value_t){.kind = DYN_VALUE_NULL};
    switch (json_typeof(json)) {
    case JSON_TRUE:
    case JSON_FALSE:
        *value = DYN_VALUE_TRUTH(json_is_true(json));
        return true;
    case JSON_INTEGER:
    case JSON_REAL:
        value->kind = DYN_VALUE_NUMBER;
        value->number = json_number_value(json);
        return true;
    case JSON_STRING:
        value->kind = DYN_VALUE_STRING;
        value->text =
            dyn_arena_str(arena, (dyn_str_t){json_string_value(json), json_string_length(json)});
        return value->text.data != NULL;
    case JSON_ARRAY:
        value->kind = DYN_VALUE_LIST;
        return depth < DYN_VALUE_LEVELS_MAX && read_list(json, arena, depth + 1, value);
    case JSON_OBJECT:
        value->kind = DYN_VALUE_OBJECT;
        return depth < DYN_VALUE_LEVELS_MAX && read_object(json, arena, depth + 1, value);
    default:
        return true;
    }
}

bool dyn_value_read(const struct json_t *json, dyn_arena_t *arena, dyn_value_t *value)
{
    return read_value(json, arena, 0, value);
}

const dyn_value_t *dyn_value_member(const dyn_value_t *value, dyn_str_t name)
{
    for (uint32_t i = 0; value->kind == DYN_VALUE_OBJECT && i < value->count; i++) {
        if (dyn_str_equal(value->names[i], name)) {
            return &value->values[i];
        }
    }

    return NULL;
}

bool dyn_value_is_true(const dyn_value_t *value)
{
    switch (value->kind) {
    case DYN_VALUE_BOOL:
    case DYN_VALUE_NUMBER:
        return value->number != 0 && !isnan(value->number);
    case DYN_VALUE_STRING:
        return value->text.len > 0;
    case DYN_VALUE_LIST:
    case DYN_VALUE_OBJECT:
        return true;
    default:
        return false;
    }
}

bool dyn_value_same(const dyn_value_t *a, const dyn_value_t *b)
{
    if (a->kind != b->kind || a->kind >= DYN_VALUE_LIST) {
        return false;
    }

    return a->kind == DYN_VALUE_STRING ? dyn_str_equal(a->text, b->text)
                                       : a->kind == DYN_VALUE_NULL || a->number == b->number;
}

bool dyn_value_alike(const dyn_value_t *a, const dyn_value_t *b)
{
    if (a->kind != b->kind || a->count != b->count) {
        return false;
    }
    if (a->kind < DYN_VALUE_LIST) {
        return dyn_value_same(a, b);
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if ((a->kind == DYN_VALUE_OBJECT && !dyn_str_equal(a->names[i], b->names[i])) ||
            !dyn_value_alike(&a->values[i], &b->values[i])) {
            return false;
        }
    }

    return true;
}

/* ---- as JavaScript converts ---- */

static bool is_blank(char letter)
{
    return isspace((unsigned char)letter) != 0;
}

/* A decimal number alone, with blanks around it; "" is 0. */
static double number_of(dyn_str_t text)
{
    char copy[64], *end;

    while (text.len > 0 && is_blank(text.data[0])) {
        text = (dyn_str_t){text.data + 1, text.len - 1};
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    if (text.len == 0) {
        return 0;
    }
    if (text.len >= sizeof(copy)) {
        return NAN;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    /* strtod() also reads "inf", "nan" and hexadecimal numbers with a fraction */
    if (strspn(copy, "+-.0123456789eE") != text.len) {
        return NAN;
    }

    double number = strtod(copy, &end);

    return *end == '\0' ? number : NAN;
}

double dyn_value_number(const dyn_value_t *value, dyn_arena_t *arena)
{
    switch (value->kind) {
    case DYN_VALUE_NULL:
        return 0;
    case DYN_VALUE_BOOL:
    case DYN_VALUE_NUMBER:
        return value->number;
    case DYN_VALUE_STRING:
        return number_of(value->text);
    case DYN_VALUE_LIST:
        return number_of(dyn_value_text(value, arena));
    default:
        return NAN;
    }
}

/* The fewest digits that read back as the same number. */
static void put_number(dyn_text_t *text, double number)
{
    char digits[40];
    int length = 0;

    if (number == floor(number) && fabs(number) < 1e21) {
        dyn_text_format(text, "%.0f", number == 0 ? 0.0 : number);
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        length = snprintf(digits, sizeof(digits), "%.*g", precision, number);
        if (strtod(digits, NULL) == number) {
            break;
        }
    }

    char *exponent = strchr(digits, 'e');

    if (exponent != NULL && fabs(number) >= 1e-6 && fabs(number) < 1) {
        /* JavaScript writes these without an exponent */
        int precision = (int)(exponent - digits) - 1 - (strchr(digits, '.') != NULL) -
                        (number < 0) - atoi(exponent + 1);

        dyn_text_format(text, "%.*f", precision, number);
    } else if (exponent != NULL) {
        dyn_text_put(text, digits, (size_t)(exponent - digits));
        dyn_text_format(text, "e%+d", atoi(exponent + 1));
    } else {
        dyn_text_put(text, digits, (size_t)length);
    }
}

static void put(dyn_text_t *text, const dyn_value_t *value)
{
    switch (value->kind) {
    case DYN_VALUE_NULL:
        dyn_text_literal(text, "null");
        break;
    case DYN_VALUE_BOOL:
        dyn_text_str(text, value->number != 0 ? DYN_STR("true") : DYN_STR("false"));
        break;
    case DYN_VALUE_NUMBER:
        put_number(text, value->number);
        break;
    case DYN_VALUE_STRING:
        dyn_text_str(text, value->text);
        break;
    case DYN_VALUE_LIST:
        for (uint32_t i = 0; i < value->count; i++) {
            dyn_text_str(text, i > 0 ? DYN_STR(",") : DYN_STR(""));
            if (value->values[i].kind != DYN_VALUE_NULL) {
                put(text, &value->values[i]);
            }
        }
        break;
    default:
        dyn_text_literal(text, "[object Object]");
    }
}

dyn_str_t dyn_value_text(const dyn_value_t *value, dyn_arena_t *arena)
{
    dyn_text_t text;

    if (value->kind == DYN_VALUE_STRING) {
        return value->text;
    }
    dyn_text_init(&text, arena, 32);
    put(&text, value);

    return dyn_text_finish(&text);
}

int dyn_value_order(const dyn_value_t *a, const dyn_value_t *b)
{
    size_t shorter = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = 0;

    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->kind == DYN_VALUE_STRING) {
        order = shorter > 0 ? memcmp(a->text.data, b->text.data, shorter) : 0;
        return order != 0 ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
    }

    return (a->number > b->number) - (a->number < b->number);
}
