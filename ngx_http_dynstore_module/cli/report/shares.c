#include "cli/report/shares.h"

#include <string.h>


static bool shares_of_holdout(const json_t *rules, dyn_shares_t *shares)
{
    double share = json_number_value(json_object_get(json_object_get(rules, "holdout"), "share"));

    if (!(share > 0 && share < 1)) {
        return false;
    }
    *shares = (dyn_shares_t){2, {DYN_HOLDOUT, DYN_PERSONALIZED}, {share, 1 - share}};

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

bool dyn_shares_of(const json_t *rules, const char *experiment, dyn_shares_t *shares)
{
    size_t i;
    json_t *row;

    if (strcmp(experiment, DYN_HOLDOUT) == 0) {
        return shares_of_holdout(rules, shares);
    }
    json_array_foreach(json_object_get(rules, "experiments"), i, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));

        if (id != NULL && strcmp(id, experiment) == 0) {
            return shares_of_variants(json_object_get(row, "variants"), shares);
        }
    }

    return false;
}
