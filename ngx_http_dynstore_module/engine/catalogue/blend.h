/*
 * The blend: how much each source counts in a slot of a surface. Plain rows, so that they can come from a snapshot as well; a row
 * names the sources that it asks, so that a source that comes later breaks no file, and one that is not known here is passed over.
 *
 * Sources work in four sweeps. `personal` sources know the session or the page; `last_good` repeats this visitor's last
 * decision; `popular` sources know only the shop's numbers; `range` knows only its catalogue. A later sweep adds items only when
 * the earlier ones left the slot short.
 *
 * A floor is the least evidence that a source needs to propose an item (docs/recommendations.md says in what it is counted). An item
 * below it is not proposed by this source: the slot is rather short, or filled by its next source.
 */
#ifndef DYN_BLEND_H
#define DYN_BLEND_H

#include "engine/base/limits.h"
#include "engine/base/tables.h"

typedef enum {
    DYN_SWEEP_PERSONAL,
    DYN_SWEEP_LAST_GOOD,
    DYN_SWEEP_POPULAR,
    DYN_SWEEP_RANGE,
    DYN_SWEEPS_COUNT
} dyn_sweep_t;

enum {
    DYN_BLEND_ROWS_MAX = 256,
    DYN_BLEND_WEIGHTS_PER_ROW_MAX = 64,
    DYN_BLEND_ANY_SURFACE = 255,
    /* Items viewed in this session may be shown (else the slot is for what is new to the shopper). */
    DYN_BLEND_SHOW_VIEWED = 1,
    /* Rather short than topped up with something else than the slot's name promises. */
    DYN_BLEND_NO_TOP_UP = 2,
    /* Chooses before the slots without this flag: its sources know few items, theirs know many. */
    DYN_BLEND_FIRST_PICK = 4,
    /*
     * Shows what goes with something: with what is in the cart, else with the page's item. An item's price is judged against
     * that, and an item of the same kind as one in the cart is not shown.
     */
    DYN_BLEND_ADD_ONS = 8,
    /* Of one category one item at most: the slot is rather short. */
    DYN_BLEND_ONE_PER_CATEGORY = 16
};

/* X(constant, name in files) */
#define DYN_BLEND_FLAGS(X)                                                                         \
    X(SHOW_VIEWED, "show_viewed") X(NO_TOP_UP, "no_top_up") X(FIRST_PICK, "first_pick")            \
        X(ADD_ONS, "add_ons") X(ONE_PER_CATEGORY, "one_per_category")

typedef struct {
    char slot[DYN_SLOT_NAME_BYTES_MAX + 4]; /* terminated; "" for any */
    uint32_t surface;                       /* dyn_surface_t or DYN_BLEND_ANY_SURFACE */
    uint32_t flags;
    uint32_t weights_start, weights_count; /* in the blend's weights; sources rise */
} dyn_blend_row_t;

typedef struct {
    uint32_t source; /* dyn_source_t, or one that this program does not know */
    float weight;    /* 0 to 1000; 0: the source is not asked, as if it was not there */
    float floor;     /* 0 to 1000 in the source's own unit; 0: none */
} dyn_blend_weight_t;

typedef struct {
    const dyn_blend_row_t *rows; /* the last has any surface and any slot; NULL: there are none */
    uint64_t row_count;
    const dyn_blend_weight_t *weights;
    uint64_t weight_count;
} dyn_blend_t;

/* What is wrong with a blend that came from a file, or NULL. */
const char *dyn_blend_fault(const dyn_blend_t *blend);

/* The first row that fits; rows stand from the particular to the general. blend must have rows. */
const dyn_blend_row_t *dyn_blend_find(const dyn_blend_t *blend, dyn_surface_t surface,
                                      dyn_str_t slot);

dyn_sweep_t dyn_source_sweep(dyn_source_t source);

#endif
