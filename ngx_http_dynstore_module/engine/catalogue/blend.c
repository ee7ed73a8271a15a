#include "engine/catalogue/blend.h"

#include <string.h>

static const char *weights_fault(const dyn_blend_t *blend, const dyn_blend_row_t *row)
{
    if (row->weights_count > DYN_BLEND_WEIGHTS_PER_ROW_MAX) {
        return "a row has more than 64 weights";
    }
    if (row->weights_start > blend->weight_count ||
        row->weights_count > blend->weight_count - row->weights_start) {
        return "a row has weights that there are not";
    }

    for (uint32_t i = 0; i < row->weights_count; i++) {
        const dyn_blend_weight_t *pair = &blend->weights[row->weights_start + i];

        if (!(pair->weight >= 0 && pair->weight <= 1000)) {
            return "a weight is not between 0 and 1000";
        }
        if (!(pair->floor >= 0 && pair->floor <= 1000)) {
            return "a floor is not between 0 and 1000";
        }
        if (i > 0 && pair->source <= pair[-1].source) {
            return "the sources of a row do not rise";
        }
    }

    return NULL;
}

const char *dyn_blend_fault(const dyn_blend_t *blend)
{
    if (blend->row_count == 0 || blend->row_count > DYN_BLEND_ROWS_MAX) {
        return "has no row, or more than 256";
    }

    for (uint64_t i = 0; i < blend->row_count; i++) {
        const dyn_blend_row_t *row = &blend->rows[i];

        if (memchr(row->slot, '\0', sizeof(row->slot)) == NULL) {
            return "a slot's name does not end";
        }
        if (row->surface >= DYN_SURFACES_COUNT && row->surface != DYN_BLEND_ANY_SURFACE) {
            return "a row names a surface that there is not";
        }

        const char *fault = weights_fault(blend, row);

        if (fault != NULL) {
            return fault;
        }
    }

    const dyn_blend_row_t *last = &blend->rows[blend->row_count - 1];

    if (last->slot[0] != '\0' || last->surface != DYN_BLEND_ANY_SURFACE) {
        return "the last row is not for any surface and any slot";
    }

    return NULL;
}

const dyn_blend_row_t *dyn_blend_find(const dyn_blend_t *blend, dyn_surface_t surface,
                                      dyn_str_t slot)
{
    for (uint64_t i = 0; i + 1 < blend->row_count; i++) {
        const dyn_blend_row_t *row = &blend->rows[i];

        if (row->surface != DYN_BLEND_ANY_SURFACE && row->surface != (uint32_t)surface) {
            continue;
        }
        if (row->slot[0] == '\0' ||
            (strlen(row->slot) == slot.len && memcmp(row->slot, slot.data, slot.len) == 0)) {
            return row;
        }
    }

    return &blend->rows[blend->row_count - 1];
}

dyn_sweep_t dyn_source_sweep(dyn_source_t source)
{
    switch (source) {
    case DYN_SOURCE_LAST_GOOD:
        return DYN_SWEEP_LAST_GOOD;
    case DYN_SOURCE_TRENDING:
    case DYN_SOURCE_POPULAR:
    case DYN_SOURCE_NEW_ARRIVALS:
    case DYN_SOURCE_ON_SALE:
    case DYN_SOURCE_TRENDING_IN:
        return DYN_SWEEP_POPULAR;
    case DYN_SOURCE_RANGE:
        return DYN_SWEEP_RANGE;
    default:
        return DYN_SWEEP_PERSONAL;
    }
}
