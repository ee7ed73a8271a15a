/*
 * Any bytes as a model's sections: what is refused is refused with a sentence that names a section; what is taken answers any
 * query within its bounds. Input: one 32-bit length for each section, then the sections; the rest is the query.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS_MAX = 4096 };

static void ask(const dyn_model_t *model, const uint8_t *bytes, size_t size, bool novel, bool plain)
{
    static dyn_model_scratch_t *scratch;
    static dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];
    uint32_t items[80];
    size_t count = size < 80 ? size : 80;

    if (scratch == NULL) {
        scratch = calloc(1, dyn_model_scratch_size());
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = bytes[i] == 255 ? DYN_NONE : bytes[i];
    }

    dyn_model_query_t query = {.items = items,
                               .count = count,
                               .excluded = items,
                               .excluded_count = count / 4,
                               .exclude_session = novel,
                               .plain = plain,
                               .want = size % 300,
                               .shown = size % 7};
    size_t taken = dyn_model_query(model, &query, scratch, results);

    if (taken > query.want) {
        abort();
    }
    for (size_t i = 0; i < taken; i++) {
        if (results[i].item >= model->header->item_count || !isfinite(results[i].score) ||
            (i > 0 && results[i].score > results[i - 1].score)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dyn_model_sections_t sections;
    void *copies[DYN_MODEL_SECTIONS_COUNT] = {NULL};
    size_t at = DYN_MODEL_SECTIONS_COUNT * sizeof(uint32_t);
    uint32_t item_count = 0;
    dyn_model_t model;
    dyn_error_t error = {""};

    if (size < at) {
        return 0;
    }
    for (size_t i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        uint32_t length;

        memcpy(&length, data + i * sizeof(length), sizeof(length));
        length = length < size - at ? length : (uint32_t)(size - at);
        /* memory of its own, so that a read beyond its end is seen */
        copies[i] = malloc(length == 0 ? 1 : length);
        memcpy(copies[i], data + at, length);
        at += length;
        sections.section[i].data = copies[i];
        sections.section[i].length = length;
    }
    if (sections.section[DYN_MODEL_SECTION_HEADER].length >= sizeof(dyn_model_header_t)) {
        item_count = ((const dyn_model_header_t *)copies[DYN_MODEL_SECTION_HEADER])->item_count;
    }

    if (item_count <= ITEMS_MAX && dyn_model_attach(&model, &sections, item_count, &error)) {
        ask(&model, data + at, size - at, false, false);
        ask(&model, data + at, size - at, true, false);
        ask(&model, data + at, size - at, true, true);
    } else if (item_count <= ITEMS_MAX && strncmp(error.text, "section model_", 14) != 0) {
        abort();
    }
    for (size_t i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        free(copies[i]);
    }

    return 0;
}
