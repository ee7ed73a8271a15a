/* A payload of GrowthBook up to the first NUL, and behind it the attributes that each of its features is asked for. */
#include "engine/experiment/features.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char block[1 << 22], scratch[1 << 18];
    const char *text = (const char *)data;
    const char *end = size == 0 ? NULL : memchr(text, '\0', size);
    size_t first = end == NULL ? size : (size_t)(end - text);
    size_t rest = end == NULL ? 0 : size - first - 1;
    dyn_value_t attributes = {.kind = DYN_VALUE_OBJECT};
    dyn_features_t *features;
    dyn_arena_t arena, asked;
    dyn_error_t error;
    json_t *json;

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_features_read("features.json", (dyn_str_t){text, first}, &arena, &features, &error)) {
        return 0;
    }
    dyn_arena_init(&asked, scratch, sizeof(scratch), NULL, NULL);
    json = rest == 0 ? NULL : json_loadb(end + 1, rest, 0, NULL);
    if (json != NULL && !dyn_value_read(json, &asked, &attributes)) {
        attributes = (dyn_value_t){.kind = DYN_VALUE_OBJECT};
    }
    json_decref(json);
    for (uint32_t i = 0; i < dyn_features_count(features); i++) {
        dyn_feature_result_t result = dyn_features_value(features, i, &attributes, &asked);

        if (result.value == NULL ||
            dyn_features_find(features, dyn_features_key(features, i)) != i) {
            abort();
        }
        /* what somebody is given is one of the variations */
        if (result.origin == DYN_FEATURE_EXPERIMENT && result.variation.len == 0) {
            abort();
        }
    }
    for (uint32_t i = 0; dyn_features_left_out(features, i) != NULL; i++) {
        if (dyn_features_left_out(features, i)->why.len == 0) {
            abort();
        }
    }
    dyn_features_free(features);

    return 0;
}
