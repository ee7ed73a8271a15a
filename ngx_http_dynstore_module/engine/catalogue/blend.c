#include "engine/catalogue/blend.h"

#include <string.h>

/*
 * Weights are relative within a sweep: each source's scores reach at most 1 before they are weighted. What the shopper does and
 * asks for counts most, then the page, then likeness. docs/recommendations.md has the figures they were chosen by.
 * X(row, slot, surface, flags, weights by rising source: W(source, weight) or F(source, weight, floor))
 */
#define DEFAULT_ROWS(X)                                                                            \
    X(RECS_PDP, "recs", DYN_SURFACE_PDP, 0, F(SESSION_KNN, 1.0f, 0.03f), W(SIMILAR, 0.8f),         \
      W(COMPATIBLE, 0.2f), W(TRENDING, 0.5f), W(POPULAR, 1.0f), W(CATEGORY_POPULAR, 0.15f),        \
      W(LAST_GOOD, 1.0f), W(VIEWED_WITH, 0.4f), W(LIKED, 0.2f), W(SEARCHED, 0.4f), W(RANGE, 1.0f)) \
    X(RECS_PLP, "recs", DYN_SURFACE_PLP, 0, F(SESSION_KNN, 0.8f, 0.01f), W(TRENDING, 0.5f),        \
      W(POPULAR, 1.0f), W(CATEGORY_POPULAR, 0.8f), W(LAST_GOOD, 1.0f), W(LIKED, 0.8f),             \
      W(SEARCHED, 0.8f), W(RANGE, 1.0f))                                                           \
    X(RECS_SEARCH, "recs", DYN_SURFACE_SEARCH, 0, F(SESSION_KNN, 0.3f, 0.01f), W(TRENDING, 0.5f),  \
      W(POPULAR, 1.0f), W(CATEGORY_POPULAR, 0.15f), W(LAST_GOOD, 1.0f), W(LIKED, 0.3f),            \
      W(SEARCHED, 1.5f), W(RANGE, 1.0f))                                                           \
    X(RECS_CART, "recs", DYN_SURFACE_CART, DYN_BLEND_ADD_ONS, F(SESSION_KNN, 0.6f, 0.03f),         \
      W(BOUGHT_WITH, 1.0f), W(COMPATIBLE, 0.8f), W(TRENDING, 0.5f), W(POPULAR, 1.0f),              \
      W(LAST_GOOD, 1.0f), W(COMPLEMENTS, 0.8f), W(RANGE, 1.0f))                                    \
    X(BOUGHT_WITH, "bought_with", DYN_BLEND_ANY_SURFACE,                                           \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_FIRST_PICK | DYN_BLEND_NO_TOP_UP | DYN_BLEND_ADD_ONS,      \
      W(BOUGHT_WITH, 1.0f), W(COMPATIBLE, 0.5f), W(LAST_GOOD, 1.0f), W(COMPLEMENTS, 0.3f))         \
    X(SIMILAR, "similar", DYN_BLEND_ANY_SURFACE, DYN_BLEND_FIRST_PICK, W(SIMILAR, 1.0f),           \
      W(POPULAR, 1.0f), W(LAST_GOOD, 1.0f), W(VIEWED_WITH, 0.3f), W(RANGE, 1.0f))                  \
    X(COMPATIBLE, "compatible", DYN_BLEND_ANY_SURFACE,                                             \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK, W(COMPATIBLE, 1.0f))     \
    X(COMPLETE_THE_LOOK, "complete_the_look", DYN_BLEND_ANY_SURFACE,                               \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK, W(COMPATIBLE, 0.5f),     \
      W(COMPLETE_THE_LOOK, 1.0f))                                                                  \
    X(MESSAGES, "messages", DYN_BLEND_ANY_SURFACE,                                                 \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_FIRST_PICK | DYN_BLEND_ADD_ONS, W(BOUGHT_WITH, 1.0f),      \
      W(COMPATIBLE, 0.8f), W(POPULAR, 1.0f), W(COMPLEMENTS, 0.8f))                                 \
    X(UPSELL, "upsell", DYN_BLEND_ANY_SURFACE,                                                     \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK, W(UPSELL, 1.0f))         \
    X(ON_SALE, "on_sale", DYN_BLEND_ANY_SURFACE, DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP,      \
      W(ON_SALE, 1.0f))                                                                            \
    X(RECENTLY_VIEWED, "recently_viewed", DYN_BLEND_ANY_SURFACE,                                   \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_FIRST_PICK,                          \
      W(RECENTLY_VIEWED, 1.0f))                                                                    \
    X(TRENDING, "trending", DYN_BLEND_ANY_SURFACE, DYN_BLEND_SHOW_VIEWED, W(TRENDING, 1.0f),       \
      W(POPULAR, 0.2f), W(RANGE, 1.0f))                                                            \
    X(TRENDING_CATEGORIES, "trending_categories", DYN_BLEND_ANY_SURFACE,                           \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP | DYN_BLEND_ONE_PER_CATEGORY,                    \
      W(TRENDING_IN, 1.0f))                                                                        \
    X(POPULAR, "popular", DYN_BLEND_ANY_SURFACE, DYN_BLEND_SHOW_VIEWED, W(POPULAR, 1.0f),          \
      W(RANGE, 1.0f))                                                                              \
    X(NEW_ARRIVALS, "new_arrivals", DYN_BLEND_ANY_SURFACE,                                         \
      DYN_BLEND_SHOW_VIEWED | DYN_BLEND_NO_TOP_UP, W(NEW_ARRIVALS, 1.0f))                          \
    X(ANY, "", DYN_BLEND_ANY_SURFACE, 0, F(SESSION_KNN, 1.0f, 0.03f), W(SIMILAR, 0.8f),            \
      W(TRENDING, 0.5f), W(POPULAR, 1.0f), W(CATEGORY_POPULAR, 0.3f), W(LAST_GOOD, 1.0f),          \
      W(VIEWED_WITH, 0.4f), W(LIKED, 0.7f), W(SEARCHED, 1.2f), W(COMPLEMENTS, 1.5f),               \
      W(RANGE, 1.0f))

enum {
#define X(row, ...) ROW_##row,
    DEFAULT_ROWS(X) ROWS
#undef X
};

#define F(source, weight, floor)           \
    {                                      \
        DYN_SOURCE_##source, weight, floor \
    }
#define W(source, weight) F(source, weight, 0)

/* by row; those behind a row's last belong to none */
static const dyn_blend_weight_t weights[ROWS][DYN_SOURCES_COUNT] = {
#define X(row, slot, surface, flags, ...) [ROW_##row] = {__VA_ARGS__},
    DEFAULT_ROWS(X)
#undef X
};

static const dyn_blend_row_t rows[ROWS] = {
#define X(row, slot, surface, flags, ...)                 \
    {slot, surface, flags, ROW_##row * DYN_SOURCES_COUNT, \
     sizeof((dyn_blend_weight_t[]){__VA_ARGS__}) / sizeof(dyn_blend_weight_t)},
    DEFAULT_ROWS(X)
#undef X
};

static const dyn_blend_t blend_default = {rows, ROWS, &weights[0][0],
                                          sizeof(weights) / sizeof(weights[0][0])};

const dyn_blend_t *dyn_blend_default(void)
{
    return &blend_default;
}

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
