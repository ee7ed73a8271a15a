/*
 * What a process knows about the items of one opened snapshot since it was built: stock, prices, what is sold at all. It is made of
 * entries of the control stream (engine/control/entry.h) and hangs on the handle, so that engine/catalogue/offer.h asks it first.
 *
 * The same entries in the same order give the same answers. What is said of a variant holds for the variant; what an item's variants
 * say together is as in `dynstore build`:
 *
 *     stock   the sum of the pieces of its variants; when some are not counted, what the item itself is said to have, at least that sum
 *     price   that of the variant for which least is asked, of those that are in stock, else of all; an item whose own price in the
 *             catalogue was another one keeps that until a price of a variant is heard
 *     sold    while the item is, and one of its variants
 *
 * What is said of an item itself replaces what was heard of its variants before. Statistics of the snapshot (popularity, what is cheap
 * in a category, the order of its lists) stay as they are.
 *
 * It takes 97 bytes of memory for each item of the snapshot, from the first entry on, and about 200 for each item of which anything was heard.
 * Not to be changed while another thread reads the handle.
 */
#ifndef DYN_OVERLAY_H
#define DYN_OVERLAY_H

#include "engine/catalogue/snapshot.h"
#include "engine/control/entry.h"

/* In the flags of an overlay's own rows, never in a file: something was heard of the item. */
enum { DYN_ITEM_HEARD_OF = 1U << 31 };

/* What is known of such an item beside its row. */
typedef struct {
    int64_t sale_price_minor; /* -1 none; below the price */
    int64_t sale_from_ms, sale_until_ms; /* as in dyn_item_details_t */
    dyn_control_position_t changed_at; /* the newest entry about it */
    bool waiting; /* it changed in a way that only a new snapshot can show */
} dyn_offer_t;

/* Numbers by other numbers: a power of two of rows, at most half full. */
typedef struct {
    struct {
        uint32_t key;
        uint32_t number; /* DYN_NONE: free */
    } *rows;
    uint32_t mask;
    uint32_t count;
} dyn_overlay_table_t;

typedef struct {
    uint64_t applied;        /* entries that were taken notice of */
    uint64_t contained;      /* passed over: the snapshot contains them */
    uint64_t older;          /* passed over: newer was known, by their field `at`, or a location's stock behind that of all */
    uint64_t unknown;        /* passed over: the snapshot does not know the item */
    uint64_t other_currency; /* passed over: a price in another currency than the item's */
    uint32_t items;          /* of which anything was heard */
    uint32_t waiting;        /* of these, changed in a way that only a new snapshot can show */
    uint64_t bytes;          /* of memory */
} dyn_overlay_counts_t;

typedef struct dyn_overlay_subject_s dyn_overlay_subject_t;
typedef struct dyn_overlay_location_s dyn_overlay_location_t;

/*
 * Read through the functions below, and by engine/catalogue/offer.h. With the first entry that says something the handle's rows of items
 * become rows of its own, in which stock, price and flags are what holds now: reading them costs no look-up.
 */
typedef struct dyn_overlay_s {
    dyn_snapshot_t *snapshot;
    dyn_item_t *items; /* stand in for the snapshot's; NULL: nothing was heard yet */
    dyn_overlay_table_t by_item; /* numbers of offers */
    dyn_offer_t *offers;

    dyn_control_position_t contains; /* what the snapshot contains */
    dyn_control_position_t position;
    dyn_overlay_counts_t counts;
    uint64_t order;                  /* of entries, as they are applied */
    uint8_t *changed_variants;       /* a bit for each variant of which anything was heard */
    dyn_overlay_table_t by_subject;  /* numbers of subjects, by item or variant | DYN_ID_OF_VARIANT */
    dyn_overlay_subject_t *subjects; /* what was heard of each */
    dyn_overlay_location_t *locations;
    uint32_t free_location;
    uint32_t offer_room, subject_room, location_room, location_count;
    uint8_t *unrestricted; /* stands in for the snapshot's, as items */
    dyn_edge_t *sales;     /* the same */
    const dyn_item_t *snapshot_items;
    const uint8_t *snapshot_unrestricted;
    dyn_edge_t *snapshot_sales;
    uint32_t snapshot_sale_count;
} dyn_overlay_t;

/* Up to which entry of the control stream the snapshot has all that was said; 0: it does not tell. */
dyn_control_position_t dyn_overlay_contained(const dyn_snapshot_t *snapshot);

/* An empty one, hung on the handle, which has none yet. NULL: no memory. */
dyn_overlay_t *dyn_overlay_create(dyn_snapshot_t *snapshot);
/* Takes it off its handle: the snapshot answers alone again. dyn_snapshot_close() does the same. NULL is allowed. */
void dyn_overlay_free(dyn_overlay_t *overlay);

/*
 * Takes what an entry says of an item. Entries at or before the position that the snapshot contains are passed over, as are those of items
 * that it does not know. Of other kinds only the position of overrides is taken note of. False: no memory; the overlay is as good as before.
 */
bool dyn_overlay_apply(dyn_overlay_t *overlay, const dyn_control_entry_t *entry);

/* Of the newest entry that was taken notice of; 0: none. With the entries up to here the same overlay can be made again. */
dyn_control_position_t dyn_overlay_position(const dyn_overlay_t *overlay);
/* Of the newest entry about the item or one of its variants; 0: none. */
dyn_control_position_t dyn_overlay_changed_at(const dyn_overlay_t *overlay, uint32_t item);
dyn_overlay_counts_t dyn_overlay_counts(const dyn_overlay_t *overlay);

static inline uint32_t dyn_overlay_find(const dyn_overlay_table_t *table, uint32_t key)
{
    uint32_t row = (key * 2654435761U) & table->mask;

    while (table->rows[row].number != DYN_NONE && table->rows[row].key != key) {
        row = (row + 1) & table->mask;
    }

    return table->rows[row].number;
}

/* NULL: nothing was heard of the item. */
static inline const dyn_offer_t *dyn_overlay_offer(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_overlay_t *overlay = snapshot->overlay;

    if ((snapshot->items[item].flags & DYN_ITEM_HEARD_OF) == 0) {
        return NULL;
    }

    return &overlay->offers[dyn_overlay_find(&overlay->by_item, item)];
}

#endif
