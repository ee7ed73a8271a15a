#include "cli/drift/reference.h"

#include <math.h>
#include <string.h>

#include "engine/base/utf8.h"

#define SCHEMA "dynstore.reference/1"

bool dyn_reference_make(const dyn_population_t *population, dyn_reference_t *reference)
{
    reference->from_ms = population->first_ms;
    reference->until_ms = population->last_ms;
    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        reference->features[i].shoppers = population->shoppers[i];
        if (population->shoppers[i] > 0 &&
            !dyn_bins_make(&population->values[i], dyn_drift_is_number((dyn_drift_feature_t)i),
                           &reference->features[i].bins)) {
            return false;
        }
    }

    return true;
}

/* ---- into text ---- */

static json_t *json_of(const dyn_bins_t *bins)
{
    json_t *rows = json_array();

    for (uint32_t i = 0; i < bins->count; i++) {
        json_t *row = json_object();

        if (i + 1 < bins->count && bins->numbers) {
            json_object_set_new(row, "upto", json_real(bins->upto[i]));
        } else if (i + 1 < bins->count) {
            json_object_set_new(row, "name", json_stringn(bins->names[i].data, bins->names[i].len));
        }
        json_object_set_new(row, "count", json_integer((json_int_t)bins->counts[i]));
        json_array_append_new(rows, row);
    }

    return rows;
}

char *dyn_reference_text(const dyn_reference_t *reference)
{
    json_t *features = json_object();
    json_t *root =
        json_pack("{s:s, s:I, s:I, s:o}", "schema", SCHEMA, "from", (json_int_t)reference->from_ms,
                  "until", (json_int_t)reference->until_ms, "features", features);

    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        const dyn_reference_feature_t *feature = &reference->features[i];

        if (feature->shoppers > 0) {
            json_object_set_new(features, dyn_drift_name((dyn_drift_feature_t)i),
                                json_pack("{s:I, s:o}", "shoppers", (json_int_t)feature->shoppers,
                                          "bins", json_of(&feature->bins)));
        }
    }

    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));

    json_decref(root);

    return text;
}

/* ---- from text ---- */

static bool read_edge(const json_t *row, uint32_t at, dyn_bins_t *bins)
{
    const json_t *upto = json_object_get(row, "upto"), *name = json_object_get(row, "name");

    if (bins->numbers) {
        bins->upto[at] = json_is_number(upto) ? json_number_value(upto) : NAN;
        return isfinite(bins->upto[at]) && (at == 0 || bins->upto[at] > bins->upto[at - 1]);
    }
    if (!json_is_string(name)) {
        return false;
    }
    bins->names[at] = (dyn_str_t){json_string_value(name), json_string_length(name)};

    return dyn_utf8_clean(bins->names[at]);
}

static bool read_bins(const json_t *rows, dyn_bins_t *bins)
{
    size_t count = json_array_size(rows);

    if (count < 2 || count > DYN_BINS_MAX) {
        return false;
    }
    bins->count = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i), *number = json_object_get(row, "count");

        if (!json_is_integer(number) || json_integer_value(number) < 0 ||
            (i + 1 < count && !read_edge(row, i, bins))) {
            return false;
        }
        bins->counts[i] = (uint64_t)json_integer_value(number);
    }
    bins->upto[count - 1] = HUGE_VAL;

    return true;
}

static bool read_features(const json_t *features, dyn_reference_t *reference, dyn_error_t *error)
{
    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        const char *name = dyn_drift_name((dyn_drift_feature_t)i);
        const json_t *feature = json_object_get(features, name);
        json_int_t shoppers = json_integer_value(json_object_get(feature, "shoppers"));
        dyn_reference_feature_t *into = &reference->features[i];

        if (feature == NULL) {
            continue;
        }
        into->bins.numbers = dyn_drift_is_number((dyn_drift_feature_t)i);
        if (shoppers <= 0 || shoppers > UINT32_MAX ||
            !read_bins(json_object_get(feature, "bins"), &into->bins)) {
            return dyn_fail(error,
                            "feature \"%s\": should have \"shoppers\" above 0, and 2 to %d bins "
                            "with a count and, but for the last, with a rising \"upto\" or a "
                            "\"name\"",
                            name, DYN_BINS_MAX);
        }
        into->shoppers = (uint32_t)shoppers;
    }

    return true;
}

bool dyn_reference_read(dyn_str_t text, dyn_reference_t *reference, dyn_error_t *error)
{
    json_error_t reason;
    const json_t *schema;

    reference->root = json_loadb(text.data, text.len, 0, &reason);
    if (reference->root == NULL) {
        return dyn_fail(error, "is no JSON: %.100s", reason.text);
    }
    schema = json_object_get(reference->root, "schema");
    if (!json_is_string(schema) || strcmp(json_string_value(schema), SCHEMA) != 0) {
        return dyn_fail(error, "its schema should be \"" SCHEMA "\"");
    }
    reference->from_ms = json_integer_value(json_object_get(reference->root, "from"));
    reference->until_ms = json_integer_value(json_object_get(reference->root, "until"));

    return read_features(json_object_get(reference->root, "features"), reference, error);
}

void dyn_reference_free(dyn_reference_t *reference)
{
    json_decref(reference->root);
    memset(reference, 0, sizeof(*reference));
}
