#include "cli/feed/map.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input/values.h"

struct dyn_feed_map_s {
    json_t *json; /* owned */
};

/* How a field of ours is made of texts. */
typedef enum { TEXT, PLAIN, PRICE, PARTS, LIST } form_t;

static const struct {
    const char *name;
    form_t form;
    const char *separator; /* where "separators" has none */
} fields[] = {
    {"id", TEXT, ""},           {"variant_of", TEXT, ""}, {"title", PLAIN, ""},
    {"description", PLAIN, ""}, {"url", TEXT, ""},        {"image", TEXT, ""},
    {"brand", PLAIN, ""},       {"fit", PLAIN, ""},       {"language", TEXT, ""},
    {"created", TEXT, ""},      {"stock", TEXT, ""},      {"price", PRICE, ""},
    {"sale_price", PRICE, ""},  {"sale_from", TEXT, ""},  {"sale_until", TEXT, ""},
    {"category", PARTS, ">"},   {"aliases", LIST, ","},   {"tags", LIST, ","},
    {"keywords", LIST, ","},    {"badges", LIST, ","},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), DEPTH_MAX = 8 };

static const char *const members[] = {"fields",  "constants", "separators",
                                      "decimal", "currency",  NULL};

static size_t find_field(const char *name)
{
    size_t at = 0;

    while (at < FIELDS && strcmp(fields[at].name, name) != 0) {
        at++;
    }

    return at;
}

/* The name of a column, or a list of such names. */
static bool check_columns(const char *path, const char *name, json_t *value, dyn_error_t *error)
{
    size_t index;
    json_t *one;
    bool good = json_is_string(value) || (json_is_array(value) && json_array_size(value) > 0);

    json_array_foreach(value, index, one)
    {
        good = good && json_is_string(one);
    }

    return good ||
           dyn_fail(
               error,
               "--map: %.160s: fields.%.40s: is no name of a column, and no list of such names",
               path, name);
}

static bool check_fields(const char *path, json_t *object, bool constants, dyn_error_t *error)
{
    const char *name, *within;
    json_t *value, *inner;

    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "attributes") == 0 && json_is_object(value)) {
            json_object_foreach(value, within, inner)
            {
                if (constants ? !json_is_string(inner)
                              : !check_columns(path, within, inner, error)) {
                    return constants
                               ? dyn_fail(error,
                                          "--map: %.160s: constants.attributes.%.40s: is no text",
                                          path, within)
                               : false;
                }
            }
            continue;
        }
        if (find_field(name) == FIELDS) {
            return dyn_fail(error,
                            "--map: %.160s: \"%.40s\" is no field of a product; docs/imports.md "
                            "lists those that are",
                            path, name);
        }
        if (constants && !json_is_string(value)) {
            return dyn_fail(error, "--map: %.160s: constants.%.40s: is no text", path, name);
        }
        if (!constants && !check_columns(path, name, value, error)) {
            return false;
        }
    }

    return true;
}

static bool check_map(const char *path, json_t *map, dyn_error_t *error)
{
    json_t *own = json_object_get(map, "fields"), *decimal = json_object_get(map, "decimal"),
           *value;
    json_t *currency = json_object_get(map, "currency");
    const char *name;

    if (!json_is_object(map) || !json_is_object(own)) {
        return dyn_fail(
            error, "--map: %.160s: has no member \"fields\", which says what is in which column",
            path);
    }
    json_object_foreach(map, name, value)
    {
        size_t at = 0;

        while (members[at] != NULL && strcmp(members[at], name) != 0) {
            at++;
        }
        if (members[at] == NULL) {
            return dyn_fail(error,
                            "--map: %.160s: \"%.40s\" is no member; fields, constants, separators, "
                            "decimal and currency are",
                            path, name);
        }
    }
    json_object_foreach(json_object_get(map, "separators"), name, value)
    {
        size_t at = find_field(name);

        if (at == FIELDS || (fields[at].form != LIST && fields[at].form != PARTS) ||
            !json_is_string(value) || json_string_length(value) == 0) {
            return dyn_fail(error,
                            "--map: %.160s: separators.%.40s: say of category, aliases, tags, "
                            "keywords or badges what stands between",
                            path, name);
        }
    }
    if (decimal != NULL &&
        (!json_is_string(decimal) || (strcmp(json_string_value(decimal), "comma") != 0 &&
                                      strcmp(json_string_value(decimal), "point") != 0))) {
        return dyn_fail(error, "--map: %.160s: decimal: is neither \"point\" nor \"comma\"", path);
    }
    if (currency != NULL &&
        (json_string_length(currency) != 3 ||
         strspn(json_string_value(currency), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)) {
        return dyn_fail(error, "--map: %.160s: currency: is no ISO 4217 code; EUR would be right",
                        path);
    }
    if (json_object_get(own, "id") == NULL ||
        (json_object_get(own, "title") == NULL && json_object_get(own, "variant_of") == NULL)) {
        return dyn_fail(error, "--map: %.160s: fields: \"id\" and \"title\" are needed", path);
    }

    return check_fields(path, own, false, error) &&
           check_fields(path, json_object_get(map, "constants"), true, error);
}

dyn_feed_map_t *dyn_feed_map_read(const char *path, dyn_error_t *error)
{
    dyn_feed_map_t *map = calloc(1, sizeof(*map));
    json_error_t fault;

    if (map == NULL) {
        dyn_fail(error, "--map: memory is out");
        return NULL;
    }
    map->json = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
    if (map->json == NULL) {
        if (fault.line > 0) {
            dyn_fail(error, "--map: %.160s:%d:%d: %.160s", path, fault.line, fault.column,
                     fault.text);
        } else {
            dyn_fail(error, "--map: %.160s", fault.text);
        }
    } else if (check_map(path, map->json, error)) {
        return map;
    }
    dyn_feed_map_free(map);

    return NULL;
}

void dyn_feed_map_free(dyn_feed_map_t *map)
{
    if (map != NULL) {
        json_decref(map->json);
        free(map);
    }
}

dyn_feed_settings_t dyn_feed_map_settings(const dyn_feed_settings_t *settings)
{
    dyn_feed_settings_t all = *settings;

    if (settings->map != NULL) {
        const char *decimal = json_string_value(json_object_get(settings->map->json, "decimal"));
        const char *currency = json_string_value(json_object_get(settings->map->json, "currency"));

        all.currency = all.currency != NULL ? all.currency : currency;
        all.decimal = all.decimal != 0 || decimal == NULL ? all.decimal
                      : decimal[0] == 'c'                 ? ','
                                                          : '.';
    }

    return all;
}

/* ---- where texts come from: a row of a table, or a JSON object ---- */

typedef struct {
    const dyn_rows_t *rows; /* NULL: an object */
    const json_t *object;
    char number[32];
} record_t;

static const json_t *member_at(const json_t *object, const char *path)
{
    for (int depth = 0; object != NULL && depth < DEPTH_MAX; depth++) {
        const json_t *whole = json_object_get(object, path);
        const char *dot = strchr(path, '.');
        char name[128];

        if (whole != NULL || dot == NULL || (size_t)(dot - path) >= sizeof(name)) {
            return whole;
        }
        (void)snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        object = json_object_get(object, name);
        path = dot + 1;
    }

    return NULL;
}

static dyn_str_t text_of(record_t *record, const json_t *value)
{
    if (json_is_string(value)) {
        return (dyn_str_t){json_string_value(value), json_string_length(value)};
    }
    if (json_is_integer(value)) {
        (void)snprintf(record->number, sizeof(record->number), "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
    } else if (json_is_real(value)) {
        (void)snprintf(record->number, sizeof(record->number), "%.10g", json_real_value(value));
    } else {
        return DYN_STR_NONE;
    }

    return dyn_str_from(record->number);
}

typedef struct {
    dyn_feed_t *feed;
    json_t *object;
    const char *name;
    form_t form;
    const char *separator;
    dyn_error_t *problem;
} target_t;

static bool set_text(const target_t *target, dyn_str_t text)
{
    text = dyn_values_trim(text);
    if (text.len == 0 ||
        (target->form != LIST && json_object_get(target->object, target->name) != NULL)) {
        return true;
    }
    switch (target->form) {
    case PRICE:
        return dyn_feed_set_price(target->feed, target->object, target->name, text,
                                  target->problem);
    case PLAIN:
        dyn_feed_set_plain(target->object, target->name, text);
        return true;
    case PARTS:
    case LIST:
        dyn_feed_add_parts(target->object, target->name, text, target->separator);
        return true;
    default:
        dyn_feed_set(target->object, target->name, text);
        return true;
    }
}

/* A column or path; a list in an object gives each of its texts. */
static bool set_from(const target_t *target, record_t *record, const char *column)
{
    const json_t *value;

    if (record->rows != NULL) {
        return set_text(target,
                        dyn_rows_field(record->rows, dyn_rows_column(record->rows, column)));
    }
    value = member_at(record->object, column);
    if (json_is_array(value)) {
        const json_t *one;
        size_t index;

        json_array_foreach(value, index, one)
        {
            if (!set_text(target, text_of(record, one))) {
                return false;
            }
        }
        return true;
    }

    return set_text(target, text_of(record, value));
}

static bool set_field(const target_t *target, record_t *record, const json_t *columns)
{
    const json_t *one;
    size_t index;

    if (json_is_string(columns)) {
        return set_from(target, record, json_string_value(columns));
    }
    json_array_foreach(columns, index, one)
    {
        if (!set_from(target, record, json_string_value(one))) {
            return false;
        }
    }

    return true;
}

/* The values of an attribute: of a column, of each of a list of columns, or, without a record, the text itself. */
static void add_attribute(json_t *object, record_t *record, dyn_str_t name, const json_t *columns)
{
    const char *column = json_string_value(columns);
    const json_t *one;
    dyn_str_t text;
    size_t index;

    json_array_foreach(columns, index, one)
    {
        add_attribute(object, record, name, one);
    }
    if (column == NULL) {
        return;
    }
    text = record == NULL ? dyn_str_from(column)
           : record->rows != NULL
               ? dyn_rows_field(record->rows, dyn_rows_column(record->rows, column))
               : text_of(record, member_at(record->object, column));
    dyn_feed_add_attribute(object, name, dyn_values_trim(text));
}

static void add_attributes(json_t *object, record_t *record, const json_t *attributes)
{
    for (void *at = json_object_iter((json_t *)(uintptr_t)attributes); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)attributes, at)) {
        add_attribute(object, record, dyn_str_from(json_object_iter_key(at)),
                      json_object_iter_value(at));
    }
}

static bool take(dyn_feed_t *feed, record_t *record, uint64_t line)
{
    const json_t *map = feed->settings->map->json, *own = json_object_get(map, "fields");
    const json_t *constants = json_object_get(map, "constants"),
                 *separators = json_object_get(map, "separators");
    json_t *object = json_object(), *parent;
    dyn_error_t problem;
    bool good;

    for (size_t i = 0; i < FIELDS; i++) {
        const char *separator = json_string_value(json_object_get(separators, fields[i].name));
        const char *constant = json_string_value(json_object_get(constants, fields[i].name));
        target_t target = {feed,
                           object,
                           fields[i].name,
                           fields[i].form,
                           separator != NULL ? separator : fields[i].separator,
                           &problem};

        if (!set_field(&target, record, json_object_get(own, fields[i].name)) ||
            (constant != NULL && !set_text(&target, dyn_str_from(constant)))) {
            json_decref(object);
            return dyn_feed_fault(feed, line, fields[i].name, problem.text);
        }
    }
    add_attributes(object, record, json_object_get(own, "attributes"));
    add_attributes(object, NULL, json_object_get(constants, "attributes"));
    if (json_object_get(object, "id") == NULL) {
        json_decref(object);
        return dyn_feed_fault(feed, line, "id", "is missing: every product needs one");
    }

    parent = json_object_get(object, "variant_of");
    if (parent == NULL) {
        return dyn_feed_item(feed, object, line);
    }
    /* it is no member of a variant; its text stays until the variant is taken */
    json_incref(parent);
    (void)json_object_del(object, "variant_of");
    good = dyn_feed_variant(
        feed, (dyn_str_t){json_string_value(parent), json_string_length(parent)}, object, line);
    json_decref(parent);

    return good;
}

/* A column that is not there is said once, before any row is read. */
static bool check_column(const dyn_feed_t *feed, const dyn_rows_t *rows, const char *field,
                         const json_t *columns, dyn_error_t *error)
{
    const json_t *one;
    size_t index;

    if (json_is_string(columns) &&
        dyn_rows_column(rows, json_string_value(columns)) == DYN_ROWS_NONE) {
        return dyn_fail(error,
                        "%.160s:1: has no column \"%.60s\", in which --map looks for \"%.40s\"",
                        feed->source.path, json_string_value(columns), field);
    }
    json_array_foreach(columns, index, one)
    {
        if (!check_column(feed, rows, field, one, error)) {
            return false;
        }
    }

    return true;
}

static bool check_table(const dyn_feed_t *feed, const dyn_rows_t *rows, const json_t *own,
                        dyn_error_t *error)
{
    for (void *at = json_object_iter((json_t *)(uintptr_t)own); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)own, at)) {
        const json_t *columns = json_object_iter_value(at);

        if (!(json_is_object(columns)
                  ? check_table(feed, rows, columns, error)
                  : check_column(feed, rows, json_object_iter_key(at), columns, error))) {
            return false;
        }
    }

    return true;
}

bool dyn_feed_map_rows(dyn_feed_t *feed, dyn_rows_t *rows)
{
    bool good = check_table(feed, rows, json_object_get(feed->settings->map->json, "fields"),
                            feed->source.faults->error);

    while (good && dyn_rows_next(rows)) {
        record_t record = {.rows = rows};

        good = take(feed, &record, rows->line);
    }

    return good;
}

bool dyn_feed_map_value(dyn_feed_t *feed, const json_t *value, uint64_t line)
{
    record_t record = {.object = value};

    return take(feed, &record, line);
}
