#include "cli/report/shares.h"

#include <string.h>


static bool shares_of_holdout(const json_t *rules, dyn_shares_t *shares)
{
    double share = json_number_value(json_object_get(json_object_get(rules, "holdout"), "share"));

    if (!(share > 0 && share < 1)) {
        return false;
    }
    *shares = (dyn_shares_t){2, {DYN_HOLDOUT, DYN_PERSONALIZED}, {share, 1 - share}, NULL};

    return true;
}

static bool shares_of_variants(const json_t *variants, dyn_shares_t *shares)
{
    double weights[DYN_TALLY_VARIANTS_MAX];
    dyn_bucket_t buckets[DYN_TALLY_VARIANTS_MAX];
    bool weighted = true;
    size_t i;
    json_t *variant;

    shares->count = (uint32_t)json_array_size(variants);
    if (shares->count < 2 || shares->count > DYN_TALLY_VARIANTS_MAX) {
        return false;
    }
    json_array_foreach((json_t *)(uintptr_t)variants, i, variant)
    {
        const json_t *weight = json_object_get(variant, "weight");

        shares->names[i] = json_string_value(json_object_get(variant, "id"));
        weights[i] = json_number_value(weight);
        weighted = weighted && json_is_number(weight);
        if (shares->names[i] == NULL) {
            return false;
        }
    }
    dyn_buckets(weighted ? weights : NULL, shares->count, 1, buckets);
    for (i = 0; i < shares->count; i++) {
        shares->shares[i] = buckets[i].until - buckets[i].from;
    }

    return true;
}

static const char unknown_without_payload[] =
    "not checked: GrowthBook says how large the variants are to be: give its payload (--features)";
static const char unknown_with_payload[] =
    "not checked: GrowthBook's payload has not just one rule that deals the variants of that "
    "experiment";

static bool has_weights(const json_t *variants)
{
    return json_object_get(json_array_get(variants, 0), "weight") != NULL;
}

/* Its rule that deals variations: visitors of others are in no experiment. NULL: none, or several, which share nobody knows how. */
static const json_t *dealing_rule(const json_t *payload, const char *feature)
{
    const json_t *rules =
        json_object_get(json_object_get(json_object_get(payload, "features"), feature), "rules");
    const json_t *found = NULL;
    size_t i;
    json_t *rule;

    json_array_foreach((json_t *)(uintptr_t)rules, i, rule)
    {
        if (json_object_get(rule, "variations") == NULL) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = rule;
    }

    return found;
}

static bool buckets_of_rule(const json_t *rule, uint32_t count,
                            dyn_bucket_t buckets[DYN_TALLY_VARIANTS_MAX])
{
    const json_t *weights = json_object_get(rule, "weights");
    const json_t *ranges = json_object_get(rule, "ranges");
    double numbers[DYN_TALLY_VARIANTS_MAX];

    for (uint32_t i = 0; i < count; i++) {
        const json_t *range = json_array_get(ranges, i);

        numbers[i] = json_number_value(json_array_get(weights, i));
        buckets[i] = (dyn_bucket_t){json_number_value(json_array_get(range, 0)),
                                    json_number_value(json_array_get(range, 1))};
    }
    if (ranges != NULL) {
        return json_array_size(ranges) == count;
    }
    dyn_buckets(json_array_size(weights) == count ? numbers : NULL, count, 1, buckets);

    return true;
}

/* The variations of the payload that are variants of the rules file; others show what everybody sees, and are not counted. */
static bool shares_of_feature(const json_t *payload, const char *feature, const json_t *variants,
                              dyn_shares_t *shares)
{
    const json_t *rule = dealing_rule(payload, feature);
    const json_t *variations = json_object_get(rule, "variations");
    uint32_t count = (uint32_t)json_array_size(variations);
    dyn_bucket_t buckets[DYN_TALLY_VARIANTS_MAX];
    size_t i;
    json_t *variant;

    shares->count = (uint32_t)json_array_size(variants);
    if (count < 2 || count > DYN_TALLY_VARIANTS_MAX || shares->count < 2 ||
        shares->count > DYN_TALLY_VARIANTS_MAX || !buckets_of_rule(rule, count, buckets)) {
        return false;
    }
    json_array_foreach((json_t *)(uintptr_t)variants, i, variant)
    {
        shares->names[i] = json_string_value(json_object_get(variant, "id"));
        shares->shares[i] = 0;
        for (uint32_t k = 0; k < count; k++) {
            const char *value = json_string_value(json_array_get(variations, k));

            if (shares->names[i] == NULL || value == NULL) {
                return false;
            }
            if (strcmp(shares->names[i], value) == 0) {
                shares->shares[i] += buckets[k].until - buckets[k].from;
            }
        }
    }

    return true;
}

bool dyn_shares_of(const json_t *rules, const json_t *payload, const char *experiment,
                   dyn_shares_t *shares)
{
    size_t i;
    json_t *row;

    shares->unknown = "not checked: the rules file has no variants of that experiment";

    if (strcmp(experiment, DYN_HOLDOUT) == 0) {
        return shares_of_holdout(rules, shares);
    }
    json_array_foreach(json_object_get(rules, "experiments"), i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));

        if (id != NULL && strcmp(id, experiment) == 0) {
            const json_t *variants = json_object_get(row, "variants");
            const char *feature = json_string_value(json_object_get(row, "feature"));

            if (feature == NULL || shares_of_feature(payload, feature, variants, shares)) {
                return feature != NULL || shares_of_variants(variants, shares);
            }
            shares->unknown = payload == NULL ? unknown_without_payload : unknown_with_payload;
            return has_weights(variants) && shares_of_variants(variants, shares);
        }
    }

    return false;
}
