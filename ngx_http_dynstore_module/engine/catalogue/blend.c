#include "engine/catalogue/blend.h"

#include <string.h>

#define W(source, weight) [DYN_SOURCE_##source] = (weight)

/*
 * Weights are relative within a sweep: each source's scores reach at most 1 before they are weighted. The shop's own figures
 * decide better ones; these say that what the shopper does counts most, then the page, then likeness.
 */
static const dyn_blend_row_t rows[] = {
    {"recs",
     DYN_SURFACE_PDP,
     0,
     {W(SESSION_KNN, 1.0f), W(SIMILAR, 0.8f), W(COMPATIBLE, 0.2f), W(CATEGORY_POPULAR, 0.15f),
      W(LAST_GOOD, 1.0f), W(TRENDING, 0.5f), W(POPULAR, 1.0f)}},
    {"recs",
     DYN_SURFACE_PLP,
     0,
     {W(SESSION_KNN, 0.8f), W(CATEGORY_POPULAR, 0.8f), W(LAST_GOOD, 1.0f), W(TRENDING, 0.5f),
      W(POPULAR, 1.0f)}},
    {"recs",
     DYN_SURFACE_SEARCH,
     0,
     {W(SESSION_KNN, 0.8f), W(CATEGORY_POPULAR, 0.8f), W(LAST_GOOD, 1.0f), W(TRENDING, 0.5f),
      W(POPULAR, 1.0f)}},
    {"recs",
     DYN_SURFACE_CART,
     0,
     {W(SESSION_KNN, 1.0f), W(BOUGHT_WITH, 0.6f), W(COMPATIBLE, 0.4f), W(LAST_GOOD, 1.0f),
      W(TRENDING, 0.5f), W(POPULAR, 1.0f)}},
    {"bought_with",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED | DYN_BLEND_FIRST_PICK,
     {W(BOUGHT_WITH, 1.0f), W(COMPATIBLE, 0.5f), W(LAST_GOOD, 1.0f), W(TRENDING, 0.5f),
      W(POPULAR, 1.0f)}},
    {"similar",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_FIRST_PICK,
     {W(SIMILAR, 1.0f), W(CATEGORY_POPULAR, 0.2f), W(LAST_GOOD, 1.0f), W(POPULAR, 1.0f)}},
    {"compatible",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK,
     {W(COMPATIBLE, 1.0f)}},
    {"complete_the_look",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK,
     {W(COMPLETE_THE_LOOK, 1.0f), W(COMPATIBLE, 0.5f)}},
    {"recently_viewed",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK,
     {W(RECENTLY_VIEWED, 1.0f)}},
    {"trending",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED,
     {W(TRENDING, 1.0f), W(POPULAR, 0.2f)}},
    {"popular", DYN_BLEND_ANY_SURFACE, DYN_BLEND_SHOW_VIEWED, {W(POPULAR, 1.0f)}},
    {"new_arrivals",
     DYN_BLEND_ANY_SURFACE,
     DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP,
     {W(NEW_ARRIVALS, 1.0f)}},
    {"",
     DYN_BLEND_ANY_SURFACE,
     0,
     {W(SESSION_KNN, 1.0f), W(SIMILAR, 0.8f), W(CATEGORY_POPULAR, 0.3f), W(LAST_GOOD, 1.0f),
      W(TRENDING, 0.5f), W(POPULAR, 1.0f)}},
};

static const dyn_blend_t blend_default = {
    DYN_BLEND_VERSION,
    sizeof(rows) / sizeof(rows[0]),
    rows,
};

const dyn_blend_t *dyn_blend_default(void)
{
    return &blend_default;
}

const char *dyn_blend_fault(const dyn_blend_row_t *list, uint64_t count)
{
    if (count == 0 || count > DYN_BLEND_ROWS_MAX) {
        return "has no row, or more than 256";
    }

    for (uint64_t i = 0; i < count; i++) {
        if (memchr(list[i].slot, '\0', sizeof(list[i].slot)) == NULL) {
            return "a slot's name does not end";
        }
        if (list[i].surface >= DYN_SURFACES_COUNT && list[i].surface != DYN_BLEND_ANY_SURFACE) {
            return "a row names a surface that there is not";
        }
        for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
            if (!(list[i].weights[source] >= 0 && list[i].weights[source] <= 1000)) {
                return "a weight is not between 0 and 1000";
            }
        }
    }
    if (list[count - 1].slot[0] != '\0' || list[count - 1].surface != DYN_BLEND_ANY_SURFACE) {
        return "the last row is not for any surface and any slot";
    }

    return NULL;
}

const dyn_blend_row_t *dyn_blend_find(const dyn_blend_t *blend, dyn_surface_t surface,
                                      dyn_str_t slot)
{
    for (uint32_t i = 0; i + 1 < blend->row_count; i++) {
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

dyn_stage_t dyn_source_stage(dyn_source_t source)
{
    switch (source) {
    case DYN_SOURCE_LAST_GOOD:
        return DYN_STAGE_LAST_GOOD;
    case DYN_SOURCE_TRENDING:
    case DYN_SOURCE_POPULAR:
    case DYN_SOURCE_NEW_ARRIVALS:
        return DYN_STAGE_POPULAR;
    default:
        return DYN_STAGE_PERSONAL;
    }
}
