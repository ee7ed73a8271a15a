#include "engine/compile/values.h"

#include "engine/policy/slots.h"
#include "engine/policy/zone.h"

#include <math.h>
#include <stdio.h>

#define X(c, n) n,
const char *const dyn_surface_names[] = {DYN_SURFACES(X) NULL};
const char *const dyn_source_names[] = {DYN_SOURCES(X) NULL};
#undef X

dyn_str_t dyn_text_of(const json_t *value)
{
    return (dyn_str_t){json_string_value(value), json_string_length(value)};
}

bool dyn_take_object(dyn_compiler_t *compiler, const json_t *value, const char *what)
{
    return json_is_object(value) ||
           dyn_compile_fault(compiler, "%s must be an object: {...}", what);
}

bool dyn_take_list(dyn_compiler_t *compiler, const json_t *value, const char *what)
{
    return json_is_array(value) || dyn_compile_fault(compiler, "%s must be a list: [...]", what);
}

bool dyn_find_name(const char *const *table, const char *name, uint32_t *number)
{
    for (uint32_t i = 0; table[i] != NULL; i++) {
        if (strcmp(table[i], name) == 0) {
            *number = i;
            return true;
        }
    }

    return false;
}

bool dyn_take_members(dyn_compiler_t *compiler, const json_t *object, const char *what,
                      const dyn_names_t *names)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        bool known = false;

        for (size_t t = 0; t < names->count && !known; t++) {
            uint32_t number = 0;

            known = dyn_find_name(names->tables[t], key, &number);
        }
        if (!known) {
            dyn_enter_member(&compiler->path, key);
            return dyn_compile_unknown(compiler, key, what, names, true);
        }
    }

    return true;
}

bool dyn_take_number(dyn_compiler_t *compiler, const json_t *value, double least, double most,
                     double *number)
{
    *number = json_number_value(value);
    if (!json_is_number(value) || !(*number >= least && *number <= most)) {
        return dyn_compile_fault(compiler, "a number from %g to %g is needed here", least, most);
    }

    return true;
}

bool dyn_take_whole(dyn_compiler_t *compiler, const json_t *value, double least, double most,
                    double *number)
{
    return (dyn_take_number(compiler, value, least, most, number) &&
            (*number == floor(*number) ||
             dyn_compile_fault(compiler, "a whole number is needed here")));
}

bool dyn_take_bool(dyn_compiler_t *compiler, const json_t *value, bool *truth)
{
    *truth = json_is_true(value);

    return json_is_boolean(value) || dyn_compile_fault(compiler, "true or false is needed here");
}

bool dyn_take_text(dyn_compiler_t *compiler, const json_t *value, size_t most, dyn_str_t *text)
{
    *text = dyn_text_of(value);

    return (json_is_string(value) && text->len > 0 && text->len <= most) ||
           dyn_compile_fault(compiler, "a text of 1 to %zu bytes is needed here", most);
}

bool dyn_take_name(dyn_compiler_t *compiler, const json_t *value, const char *const *table,
                   const char *what, uint32_t *number)
{
    const dyn_names_t names = {{table}, 1};

    if (!json_is_string(value)) {
        return dyn_compile_fault(compiler, "the name of a %s is needed here, in quotes", what);
    }

    return dyn_find_name(table, json_string_value(value), number) ||
           dyn_compile_unknown(compiler, json_string_value(value), what, &names, false);
}

bool dyn_take_slot_name(dyn_compiler_t *compiler, const json_t *value, dyn_str_t *name)
{
    dyn_slot_t slot;

    *name = dyn_text_of(value);

    return (json_is_string(value) && dyn_slot_parse(*name, &slot, NULL) &&
            slot.name.len == name->len) ||
           dyn_compile_fault(compiler, "a slot's name has 1 to %d bytes of a-z, 0-9, _ and -",
                             DYN_SLOT_NAME_BYTES_MAX);
}

bool dyn_take_slot(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t name;

    (void)context;
    if (!dyn_take_slot_name(compiler, value, &name)) {
        return false;
    }
    dyn_compiler_add_value(compiler, dyn_compiler_add_string(compiler, name));

    return true;
}

bool dyn_take_country(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text = dyn_text_of(value);

    (void)context;
    if (!json_is_string(value) || text.len != 2 || text.data[0] < 'A' || text.data[0] > 'Z' ||
        text.data[1] < 'A' || text.data[1] > 'Z') {
        return dyn_compile_fault(compiler,
                                 "a country is two capitals, as ISO 3166 has them: \"DE\"");
    }
    dyn_compiler_add_value(compiler,
                           (uint32_t)(uint8_t)text.data[0] | (uint32_t)(uint8_t)text.data[1] << 8);

    return true;
}

bool dyn_take_currency(dyn_compiler_t *compiler, const json_t *value, char currency[4])
{
    dyn_str_t text = dyn_text_of(value);
    bool good = json_is_string(value) && text.len == 3;

    for (size_t i = 0; good && i < 3; i++) {
        good = text.data[i] >= 'A' && text.data[i] <= 'Z';
    }
    if (!good) {
        return dyn_compile_fault(compiler,
                                 "a currency is three capitals, as ISO 4217 has them: \"EUR\"");
    }
    memcpy(currency, text.data, 4);

    return true;
}

bool dyn_take_item(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    char digits[24];
    dyn_str_t id = dyn_text_of(value);
    uint32_t item;

    (void)context;
    if (json_is_integer(value)) {
        snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        id = dyn_str_from(digits);
    } else if (!json_is_string(value) || id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX) {
        return dyn_compile_fault(compiler, "an item's id has 1 to %d bytes", DYN_ITEM_ID_BYTES_MAX);
    }
    if (compiler->snapshot != NULL &&
        (item = dyn_snapshot_find_item(compiler->snapshot, id, NULL)) != DYN_NONE) {
        dyn_compiler_add_value(compiler, item);
    }

    return true;
}

bool dyn_take_each(dyn_compiler_t *compiler, const json_t *value, dyn_take_fn take, void *context)
{
    bool good = true;

    if (!json_is_array(value)) {
        return take(compiler, value, context);
    }
    if (json_array_size(value) == 0) {
        return dyn_compile_fault(compiler,
                                 "the list is empty: write at least one value, or leave it out");
    }
    for (size_t i = 0; good && i < json_array_size(value); i++) {
        dyn_enter_element(&compiler->path, i);
        good = take(compiler, json_array_get(value, i), context);
        dyn_leave(&compiler->path);
    }

    return good;
}

bool dyn_take_texts(dyn_compiler_t *compiler, const json_t *value, unsigned places, uint32_t *text)
{
    dyn_texts_fault_t wrong = {.at = 0};

    return dyn_texts_add(compiler->texts, value, places, text, &wrong) ||
           dyn_compile_text_fault(compiler, &wrong);
}

bool dyn_take_rows(dyn_compiler_t *compiler, const json_t *value, const char *what,
                   dyn_take_fn take, void *context)
{
    if (!dyn_take_list(compiler, value, what)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        dyn_enter_element(&compiler->path, i);
        if (!take(compiler, json_array_get(value, i), context)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

json_t *dyn_enter_given(dyn_compiler_t *compiler, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL) {
        dyn_enter_member(&compiler->path, key);
    }

    return value;
}

bool dyn_take_count(dyn_compiler_t *compiler, const json_t *object, const char *key, int32_t least,
                    int32_t most, int32_t *count)
{
    const json_t *value = dyn_enter_given(compiler, object, key);
    double number;

    if (value == NULL) {
        return true;
    }
    if (!dyn_take_whole(compiler, value, least, most, &number)) {
        return false;
    }
    dyn_leave(&compiler->path);
    *count = (int32_t)number;

    return true;
}

bool dyn_take_own_text(dyn_compiler_t *compiler, const json_t *object, const char *key,
                       uint32_t *text)
{
    const json_t *value = dyn_enter_given(compiler, object, key);

    return value == NULL ||
           dyn_left(compiler, dyn_take_texts(compiler, value, DYN_PLACES_NO, text));
}

bool dyn_take_flag(dyn_compiler_t *compiler, const json_t *object, const char *key, bool *flag)
{
    const json_t *value = dyn_enter_given(compiler, object, key);

    return value == NULL || dyn_left(compiler, dyn_take_bool(compiler, value, flag));
}

bool dyn_take_share(dyn_compiler_t *compiler, const json_t *object, const char *key, double most,
                    double *share)
{
    const json_t *value = dyn_enter_given(compiler, object, key);

    return value == NULL || dyn_left(compiler, dyn_take_number(compiler, value, 0, most, share));
}

bool dyn_take_strength(dyn_compiler_t *compiler, const json_t *object, float *strength)
{
    double number = (double)*strength;

    if (!dyn_take_share(compiler, object, "strength", 1, &number)) {
        return false;
    }
    *strength = (float)number;

    return true;
}

bool dyn_take_time(dyn_compiler_t *compiler, const json_t *object, const char *key,
                   int64_t *time_ms)
{
    const json_t *value = dyn_enter_given(compiler, object, key);

    if (value == NULL) {
        return true;
    }
    if (!json_is_string(value) ||
        !dyn_zone_time(compiler->policy->time_zone, dyn_text_of(value), time_ms)) {
        return dyn_compile_fault(
            compiler, "a time is written \"2026-11-01\" or \"2026-11-01T08:00:00+01:00\"");
    }
    dyn_leave(&compiler->path);

    return true;
}

bool dyn_check_period(dyn_compiler_t *compiler, int64_t from_ms, int64_t until_ms,
                      const char *outcome)
{
    if (until_ms <= from_ms) {
        dyn_enter_member(&compiler->path, "until");
        return dyn_compile_fault(compiler, "\"until\" is not after \"from\", so that %s", outcome);
    }

    return true;
}

bool dyn_take_name_of(dyn_compiler_t *compiler, const json_t *object, const char *key,
                      dyn_str_t *name)
{
    const json_t *value = dyn_enter_given(compiler, object, key);
    dyn_str_t text;

    if (value == NULL) {
        return true;
    }
    if (!dyn_take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &text)) {
        return false;
    }
    dyn_leave(&compiler->path);
    *name = dyn_compiler_copy(compiler, text);

    return true;
}
