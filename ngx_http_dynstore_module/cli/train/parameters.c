#include "cli/train/parameters.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "dynstore.parameters/1"

/* Whether a parameter is a whole number, by its type. */
#define KIND_uint32_t true
#define KIND_float false

static const struct {
    const char *name;
    size_t offset;
    bool whole;
} rows[] = {
#define X(type, name, value) {#name, offsetof(dyn_model_parameters_t, name), KIND_##type},
    DYN_MODEL_PARAMETERS(X)
#undef X
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct {
    const char *name;
    size_t offset;
    uint32_t standard;
    uint32_t max;
} evidence_rows[] = {
#define X(name, standard, max) {#name, offsetof(dyn_evidence_parameters_t, name), standard, max},
    DYN_EVIDENCE_PARAMETERS(X)
#undef X
};

enum { EVIDENCE_ROWS = sizeof(evidence_rows) / sizeof(evidence_rows[0]) };

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
#define X(constant, name) {name, DYN_BLEND_##constant},
    DYN_BLEND_FLAGS(X)
#undef X
};

static uint32_t *evidence_of(dyn_evidence_parameters_t *evidence, size_t row)
{
    return (uint32_t *)(void *)((char *)evidence + evidence_rows[row].offset);
}

/* weights: row->weights_count of them, at most one a source */
static void add_row(dyn_parameters_t *parameters, const dyn_blend_row_t *row,
                    const dyn_blend_weight_t *weights)
{
    dyn_blend_row_t *added = &parameters->blend[parameters->blend_rows++];

    *added = *row;
    added->weights_start = parameters->weight_count;
    memcpy(parameters->weights + parameters->weight_count, weights,
           row->weights_count * sizeof(*weights));
    parameters->weight_count += row->weights_count;
}

dyn_parameters_t *dyn_parameters_default(void)
{
    dyn_parameters_t *parameters = calloc(1, sizeof(*parameters));

    if (parameters != NULL) {
        parameters->model = dyn_model_parameters_default();
        for (size_t i = 0; i < EVIDENCE_ROWS; i++) {
            *evidence_of(&parameters->evidence, i) = evidence_rows[i].standard;
        }
    }

    return parameters;
}

static double value_of(const dyn_model_parameters_t *model, size_t row)
{
    const char *at = (const char *)model + rows[row].offset;
    uint32_t whole;
    float number;

    if (rows[row].whole) {
        memcpy(&whole, at, sizeof(whole));
        return whole;
    }
    memcpy(&number, at, sizeof(number));

    /* the shortest decimals that read back as the same float */
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number) {
            break;
        }
    }

    return strtod(text, NULL);
}

bool dyn_parameters_set(dyn_model_parameters_t *model, const char *name, double value,
                        dyn_error_t *error)
{
    for (size_t i = 0; i < ROWS; i++) {
        dyn_model_parameters_t changed = *model;
        char *at = (char *)&changed + rows[i].offset;
        uint32_t whole = 0;
        float number = (float)value;

        if (strcmp(rows[i].name, name) != 0) {
            continue;
        }
        if (!isfinite(value) || value < 0 || value > 1e6 ||
            (rows[i].whole && value != floor(value))) {
            return dyn_fail(error, "%s: %g is not %s from 0 to 1000000", name, value,
                            rows[i].whole ? "a whole number" : "a number");
        }
        if (rows[i].whole) {
            whole = (uint32_t)value;
            memcpy(at, &whole, sizeof(whole));
        } else {
            memcpy(at, &number, sizeof(number));
        }
        if (!dyn_model_parameters_check(&changed, error)) {
            return false;
        }
        *model = changed;

        return true;
    }

    return dyn_fail(error, "%s: there is no parameter of this name", name);
}

json_t *dyn_parameters_json(const dyn_model_parameters_t *model)
{
    json_t *object = json_object();

    for (size_t i = 0; i < ROWS; i++) {
        double value = value_of(model, i);

        json_object_set_new(object, rows[i].name,
                            rows[i].whole ? json_integer((json_int_t)value) : json_real(value));
    }

    return object;
}

static bool read_model(const char *path, const json_t *object, dyn_model_parameters_t *model,
                       dyn_error_t *error)
{
    const char *name;
    json_t *value;
    dyn_error_t reason;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!json_is_number(value)) {
            return dyn_fail(error, "%s: model.%s: a number belongs here", path, name);
        }
        if (!dyn_parameters_set(model, name, json_number_value(value), &reason)) {
            return dyn_fail(error, "%s: model.%.300s", path, reason.text);
        }
    }

    return true;
}

static bool read_evidence(const char *path, const json_t *object,
                          dyn_evidence_parameters_t *evidence, dyn_error_t *error)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;

        while (i < EVIDENCE_ROWS && strcmp(evidence_rows[i].name, name) != 0) {
            i++;
        }
        if (i == EVIDENCE_ROWS) {
            return dyn_fail(error, "%s: evidence.%s: there is no parameter of this name", path,
                            name);
        }

        json_int_t number = json_integer_value(value);

        if (!json_is_integer(value) || number < 1 || number > evidence_rows[i].max) {
            return dyn_fail(error, "%s: evidence.%s: a whole number from 1 to %u belongs here",
                            path, name, (unsigned)evidence_rows[i].max);
        }
        *evidence_of(evidence, i) = (uint32_t)number;
    }

    return true;
}

static bool read_flags(const json_t *list, uint32_t *set)
{
    size_t i;
    json_t *value;

    json_array_foreach(list, i, value)
    {
        size_t k = 0;

        while (k < sizeof(flags) / sizeof(flags[0]) &&
               (!json_is_string(value) || strcmp(json_string_value(value), flags[k].name) != 0)) {
            k++;
        }
        if (k == sizeof(flags) / sizeof(flags[0])) {
            return false;
        }
        *set |= flags[k].flag;
    }

    return true;
}

/* `numbers` of a row, weights or floors, by source. */
static bool read_numbers(const char *path, size_t row_number, const char *field,
                         const json_t *object, float of_source[DYN_SOURCES_COUNT],
                         dyn_error_t *error)
{
    const char *name;
    json_t *value;

    memset(of_source, 0, DYN_SOURCES_COUNT * sizeof(float));
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        dyn_source_t source;

        if (!dyn_source_from_name(dyn_str_from(name), &source) || !json_is_number(value)) {
            return dyn_fail(error,
                            "%s: blend[%zu].%s.%s: a source's name and a number belong "
                            "here",
                            path, row_number, field, name);
        }
        of_source[source] = (float)json_number_value(value);
    }

    return true;
}

/* weights: room for all sources */
static bool read_weights(const char *path, size_t row_number, const json_t *object,
                         dyn_blend_row_t *row, dyn_blend_weight_t *weights, dyn_error_t *error)
{
    float of_source[DYN_SOURCES_COUNT], floors[DYN_SOURCES_COUNT];

    if (!read_numbers(path, row_number, "weights", json_object_get(object, "weights"), of_source,
                      error) ||
        !read_numbers(path, row_number, "floors", json_object_get(object, "floors"), floors,
                      error)) {
        return false;
    }

    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (floors[source] != 0 && of_source[source] == 0) {
            dyn_str_t name = dyn_source_name((dyn_source_t)source);

            return dyn_fail(error,
                            "%s: blend[%zu].floors.%.*s: the source has no weight in this row",
                            path, row_number, (int)name.len, name.data);
        }
        if (of_source[source] != 0) {
            weights[row->weights_count++] =
                (dyn_blend_weight_t){source, of_source[source], floors[source]};
        }
    }

    return true;
}

/* All but the weights. */
static bool read_row(const char *path, size_t row_number, const json_t *object,
                     dyn_blend_row_t *row, dyn_error_t *error)
{
    const char *slot = json_string_value(json_object_get(object, "slot"));
    const char *surface = json_string_value(json_object_get(object, "surface"));

    memset(row, 0, sizeof(*row));
    row->surface = DYN_BLEND_ANY_SURFACE;
    if (slot != NULL) {
        if (strlen(slot) > DYN_SLOT_NAME_BYTES_MAX) {
            return dyn_fail(error, "%s: blend[%zu].slot: at most %d bytes", path, row_number,
                            DYN_SLOT_NAME_BYTES_MAX);
        }
        memcpy(row->slot, slot, strlen(slot));
    }
    if (surface != NULL) {
        dyn_surface_t found;

        if (!dyn_surface_from_name(dyn_str_from(surface), &found)) {
            return dyn_fail(error, "%s: blend[%zu].surface: there is no surface \"%s\"", path,
                            row_number, surface);
        }
        row->surface = (uint32_t)found;
    }
    if (!read_flags(json_object_get(object, "flags"), &row->flags)) {
        return dyn_fail(error,
                        "%s: blend[%zu].flags: show_viewed, no_top_up, first_pick, add_ons, "
                        "one_per_category can be",
                        path, row_number);
    }

    return true;
}

static bool read_blend(const char *path, const json_t *list, dyn_parameters_t *parameters,
                       dyn_error_t *error)
{
    size_t i;
    json_t *value;

    if (!json_is_array(list) || json_array_size(list) > DYN_BLEND_ROWS_MAX) {
        return dyn_fail(error, "%s: blend: an array of at most %d rows belongs here", path,
                        DYN_BLEND_ROWS_MAX);
    }
    parameters->blend_rows = parameters->weight_count = 0;
    json_array_foreach(list, i, value)
    {
        dyn_blend_row_t row;
        dyn_blend_weight_t weights[DYN_SOURCES_COUNT];

        if (!read_row(path, i, value, &row, error) ||
            !read_weights(path, i, value, &row, weights, error)) {
            return false;
        }
        add_row(parameters, &row, weights);
    }

    dyn_blend_t blend = {parameters->blend, parameters->blend_rows, parameters->weights,
                         parameters->weight_count};
    const char *fault = dyn_blend_fault(&blend);

    return fault == NULL || dyn_fail(error, "%s: blend: %s", path, fault);
}

bool dyn_parameters_read(const char *path, dyn_parameters_t *parameters, dyn_error_t *error)
{
    json_error_t reason;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &reason);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    bool read = true;

    if (root == NULL) {
        return dyn_fail(error, "%s:%d: %s", path, reason.line, reason.text);
    }
    if (schema == NULL || strcmp(schema, SCHEMA) != 0) {
        read = dyn_fail(error, "%s: schema: \"" SCHEMA "\" belongs here", path);
    }
    if (read && json_object_get(root, "model") != NULL) {
        read = read_model(path, json_object_get(root, "model"), &parameters->model, error);
    }
    if (read && json_object_get(root, "evidence") != NULL) {
        read = read_evidence(path, json_object_get(root, "evidence"), &parameters->evidence, error);
    }
    if (read && json_object_get(root, "blend") != NULL) {
        read = read_blend(path, json_object_get(root, "blend"), parameters, error);
    }
    json_decref(root);

    return read;
}

bool dyn_parameters_write(const char *path, const dyn_parameters_t *parameters, dyn_error_t *error)
{
    dyn_model_parameters_t standard = dyn_model_parameters_default();
    json_t *model = dyn_parameters_json(&parameters->model);
    json_t *same = dyn_parameters_json(&standard);
    json_t *root = json_pack("{s:s, s:o}", "schema", SCHEMA, "model", model);

    for (size_t i = 0; i < ROWS; i++) {
        if (json_equal(json_object_get(model, rows[i].name), json_object_get(same, rows[i].name))) {
            json_object_del(model, rows[i].name);
        }
    }

    bool written = json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;

    json_decref(same);
    json_decref(root);

    return written || dyn_fail(error, "%s: cannot be written: %s", path, strerror(errno));
}
