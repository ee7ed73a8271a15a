#include "engine/catalogue/overlay.h"

#include "engine/base/hash.h"
#include "engine/catalogue/offer.h"
#include "engine/catalogue/sales.h"

#include <stdlib.h>

enum { TABLE_ROWS = 64, ROOM = 32 };

/* A price as it was heard. */
typedef struct {
    int64_t minor; /* -1 unknown */
    int64_t sale_minor, sale_from_ms, sale_until_ms;
    char currency[4];
} priced_t;

/* What was heard of an item or of a variant. */
struct dyn_overlay_subject_s {
    priced_t price;
    /* `at` of what is known; 0: it did not say */
    int64_t stock_at_ms, price_at_ms, available_at_ms, exists_at_ms;
    /* when it was heard; 0: never */
    uint64_t stock_order, price_order;
    int32_t stock;      /* -1: not counted */
    uint32_t locations; /* of which the stock is the sum; DYN_NONE: it was heard of all at once */
    bool unavailable;
    bool deleted;
};

struct dyn_overlay_location_s {
    uint64_t name; /* a hash */
    int64_t at_ms;
    int32_t stock;
    uint32_t next;
};

/* ---- memory ---- */

/* Room for one more, in an array whose room doubles. */
static bool grow(dyn_overlay_t *overlay, void **array, uint32_t *room, uint32_t count, size_t size)
{
    uint32_t more = *room == 0 ? ROOM : *room * 2;

    if (count < *room) {
        return true;
    }

    void *larger = more < *room ? NULL : realloc(*array, (size_t)more * size);

    if (larger == NULL) {
        return false;
    }
    overlay->counts.bytes += (uint64_t)(more - *room) * size;
    *array = larger;
    *room = more;

    return true;
}

static bool table_begin(dyn_overlay_t *overlay, dyn_overlay_table_t *table, uint32_t rows)
{
    size_t bytes = (size_t)rows * sizeof(*table->rows);

    table->rows = malloc(bytes);
    if (table->rows == NULL) {
        return false;
    }
    /* every number DYN_NONE */
    memset(table->rows, 0xff, bytes);
    table->mask = rows - 1;
    overlay->counts.bytes += bytes;

    return true;
}

static void table_set(dyn_overlay_table_t *table, uint32_t key, uint32_t number)
{
    uint32_t row = (key * 2654435761U) & table->mask;

    while (table->rows[row].number != DYN_NONE) {
        row = (row + 1) & table->mask;
    }
    table->rows[row].key = key;
    table->rows[row].number = number;
    table->count++;
}

/* Room for a key that is not there. */
static bool table_room(dyn_overlay_t *overlay, dyn_overlay_table_t *table)
{
    dyn_overlay_table_t larger = {NULL, 0, 0};

    if (table->count < (table->mask + 1) / 2) {
        return true;
    }
    if (table->mask > UINT32_MAX / 4 || !table_begin(overlay, &larger, (table->mask + 1) * 2)) {
        return false;
    }
    for (uint32_t i = 0; i <= table->mask; i++) {
        if (table->rows[i].number != DYN_NONE) {
            table_set(&larger, table->rows[i].key, table->rows[i].number);
        }
    }
    overlay->counts.bytes -= (uint64_t)(table->mask + 1) * sizeof(*table->rows);
    free(table->rows);
    *table = larger;

    return true;
}

dyn_control_position_t dyn_overlay_contained(const dyn_snapshot_t *snapshot)
{
    const char *text = snapshot->header->control_position;
    dyn_control_position_t position;
    dyn_str_t id = {text, strnlen(text, sizeof(snapshot->header->control_position))};

    return dyn_control_position_read(id, &position) ? position : 0;
}

dyn_overlay_t *dyn_overlay_create(dyn_snapshot_t *snapshot)
{
    dyn_overlay_t *overlay = calloc(1, sizeof(*overlay));

    if (overlay == NULL) {
        return NULL;
    }
    overlay->snapshot = snapshot;
    overlay->contains = dyn_overlay_contained(snapshot);
    overlay->free_location = DYN_NONE;
    overlay->snapshot_items = snapshot->items;
    overlay->snapshot_unrestricted = snapshot->items_unrestricted;
    overlay->snapshot_sales = snapshot->sales;
    overlay->snapshot_sale_count = snapshot->sale_count;
    overlay->changed_variants = calloc(snapshot->variant_count / 8 + 1, 1);
    overlay->counts.bytes = sizeof(*overlay) + snapshot->variant_count / 8 + 1;
    snapshot->overlay = overlay;
    if (overlay->changed_variants == NULL || !table_begin(overlay, &overlay->by_item, TABLE_ROWS) ||
        !table_begin(overlay, &overlay->by_subject, TABLE_ROWS)) {
        dyn_overlay_free(overlay);
        return NULL;
    }

    return overlay;
}

/* Rows, bytes and sales of its own, as the snapshot has them. */
static bool own_rows(dyn_overlay_t *overlay)
{
    dyn_snapshot_t *snapshot = overlay->snapshot;
    size_t count = snapshot->item_count;
    size_t sales = DYN_SALES_MAX * sizeof(*overlay->sales);

    if (overlay->items != NULL) {
        return true;
    }
    if (snapshot->own_items == NULL) {
        snapshot->own_items = malloc((count + 1) * sizeof(*snapshot->own_items));
    }
    if (overlay->unrestricted == NULL) {
        overlay->unrestricted = malloc(count + 1);
    }
    if (overlay->sales == NULL) {
        overlay->sales = malloc(sales);
    }
    if (snapshot->own_items == NULL || overlay->unrestricted == NULL || overlay->sales == NULL) {
        return false;
    }

    overlay->items = snapshot->own_items;
    memcpy(overlay->items, snapshot->items, count * sizeof(*overlay->items));
    snapshot->items = overlay->items;
    memcpy(overlay->sales, snapshot->sales, snapshot->sale_count * sizeof(*overlay->sales));
    snapshot->sales = overlay->sales;
    if (snapshot->items_unrestricted != NULL) {
        memcpy(overlay->unrestricted, snapshot->items_unrestricted, count);
        snapshot->items_unrestricted = overlay->unrestricted;
    }
    overlay->counts.bytes += count * (sizeof(*overlay->items) + 1) + sales;

    return true;
}

void dyn_overlay_free(dyn_overlay_t *overlay)
{
    if (overlay == NULL) {
        return;
    }
    overlay->snapshot->overlay = NULL;
    overlay->snapshot->items = overlay->snapshot_items;
    overlay->snapshot->items_unrestricted = overlay->snapshot_unrestricted;
    overlay->snapshot->sales = overlay->snapshot_sales;
    overlay->snapshot->sale_count = overlay->snapshot_sale_count;
    free(overlay->changed_variants);
    free(overlay->unrestricted);
    free(overlay->sales);
    free(overlay->by_item.rows);
    free(overlay->by_subject.rows);
    free(overlay->offers);
    free(overlay->subjects);
    free(overlay->locations);
    free(overlay);
}

/* ---- what was heard ---- */

/* NULL: nothing. */
static const dyn_overlay_subject_t *heard_of(const dyn_overlay_t *overlay, uint32_t key)
{
    uint32_t number = dyn_overlay_find(&overlay->by_subject, key);

    return number == DYN_NONE ? NULL : &overlay->subjects[number];
}

/* NULL: no memory. */
static dyn_overlay_subject_t *subject_of(dyn_overlay_t *overlay, uint32_t key)
{
    uint32_t number = dyn_overlay_find(&overlay->by_subject, key);

    if (number == DYN_NONE) {
        void *subjects = overlay->subjects;

        number = overlay->by_subject.count;
        if (!table_room(overlay, &overlay->by_subject) ||
            !grow(overlay, &subjects, &overlay->subject_room, number, sizeof(*overlay->subjects))) {
            return NULL;
        }
        overlay->subjects = subjects;
        overlay->subjects[number] = (dyn_overlay_subject_t){.stock = -1, .locations = DYN_NONE};
        table_set(&overlay->by_subject, key, number);
        if ((key & DYN_ID_OF_VARIANT) != 0) {
            uint32_t variant = key & ~DYN_ID_OF_VARIANT;

            overlay->changed_variants[variant / 8] |= (uint8_t)(1U << variant % 8);
        }
    }

    return &overlay->subjects[number];
}

static void forget_locations(dyn_overlay_t *overlay, dyn_overlay_subject_t *subject)
{
    while (subject->locations != DYN_NONE) {
        uint32_t number = subject->locations;

        subject->locations = overlay->locations[number].next;
        overlay->locations[number].next = overlay->free_location;
        overlay->free_location = number;
    }
}

/* DYN_NONE: no memory. */
static uint32_t location_of(dyn_overlay_t *overlay, dyn_overlay_subject_t *subject, dyn_str_t name)
{
    uint64_t hash = dyn_hash64(name.data, name.len);
    uint32_t number = subject->locations;
    void *locations = overlay->locations;

    while (number != DYN_NONE && overlay->locations[number].name != hash) {
        number = overlay->locations[number].next;
    }
    if (number != DYN_NONE) {
        return number;
    }

    number = overlay->free_location;
    if (number != DYN_NONE) {
        overlay->free_location = overlay->locations[number].next;
    } else if (grow(overlay, &locations, &overlay->location_room, overlay->location_count,
                    sizeof(*overlay->locations))) {
        overlay->locations = locations;
        number = overlay->location_count++;
    } else {
        return DYN_NONE;
    }
    overlay->locations[number] = (dyn_overlay_location_t){hash, 0, 0, subject->locations};
    subject->locations = number;

    return number;
}

static int32_t sum_of_locations(const dyn_overlay_t *overlay, const dyn_overlay_subject_t *subject)
{
    int64_t sum = 0;

    for (uint32_t i = subject->locations; i != DYN_NONE; i = overlay->locations[i].next) {
        if (overlay->locations[i].stock < 0) {
            return -1;
        }
        sum += overlay->locations[i].stock;
    }

    return (int32_t)(sum < INT32_MAX ? sum : INT32_MAX);
}

typedef enum { TAKEN, OLDER, OTHER_CURRENCY, NO_MEMORY } taken_e;

/* Entries that do not say when they changed are as new as their place in the stream, and older than any that says it. */
static bool is_older(const dyn_control_entry_t *entry, int64_t known_at_ms)
{
    return entry->at_ms != 0 && entry->at_ms < known_at_ms;
}

static taken_e take_stock(dyn_overlay_t *overlay, dyn_overlay_subject_t *subject,
                          const dyn_control_entry_t *entry)
{
    if (is_older(entry, subject->stock_at_ms)) {
        return OLDER;
    }
    /* else a shop with several locations would be sold out as soon as one of them is */
    if (entry->location.len > 0 && subject->stock_order > 0 && subject->locations == DYN_NONE) {
        return OLDER;
    }
    if (entry->location.len == 0) {
        forget_locations(overlay, subject);
        subject->stock = entry->stock;
        subject->stock_at_ms = entry->at_ms;
    } else {
        uint32_t number = location_of(overlay, subject, entry->location);

        if (number == DYN_NONE) {
            return NO_MEMORY;
        }
        if (is_older(entry, overlay->locations[number].at_ms)) {
            return OLDER;
        }
        overlay->locations[number].stock = entry->stock;
        overlay->locations[number].at_ms = entry->at_ms;
        subject->stock = sum_of_locations(overlay, subject);
    }
    subject->stock_order = overlay->order;

    return TAKEN;
}

static taken_e take_price(dyn_overlay_t *overlay, dyn_overlay_subject_t *subject,
                          const dyn_item_t *item, const dyn_control_entry_t *entry)
{
    bool on_sale = entry->sale_price_minor >= 0 && entry->sale_price_minor < entry->price_minor;

    if (is_older(entry, subject->price_at_ms)) {
        return OLDER;
    }
    if (item->currency[0] != '\0' && memcmp(item->currency, entry->currency, 3) != 0) {
        return OTHER_CURRENCY;
    }
    subject->price = (priced_t){.minor = entry->price_minor,
                                .sale_minor = on_sale ? entry->sale_price_minor : -1,
                                .sale_from_ms = on_sale ? entry->sale_from_ms : 0,
                                .sale_until_ms = on_sale ? entry->sale_until_ms : DYN_TIME_MS_MAX};
    memcpy(subject->price.currency, entry->currency, sizeof(entry->currency));
    subject->price_at_ms = entry->at_ms;
    subject->price_order = overlay->order;

    return TAKEN;
}

/* What was heard of the whole item later than an entry says is newer than the entry, of whichever variant it is. */
static bool older_than_item(const dyn_overlay_t *overlay, uint32_t item,
                            const dyn_control_entry_t *entry)
{
    const dyn_overlay_subject_t *of_item = heard_of(overlay, item);

    return of_item != NULL &&
           ((entry->kind == DYN_CONTROL_KIND_SET_STOCK && is_older(entry, of_item->stock_at_ms)) ||
            (entry->kind == DYN_CONTROL_KIND_SET_PRICE && is_older(entry, of_item->price_at_ms)));
}

static taken_e take(dyn_overlay_t *overlay, uint32_t item, uint32_t key,
                    const dyn_control_entry_t *entry)
{
    if (older_than_item(overlay, item, entry)) {
        return OLDER;
    }

    dyn_overlay_subject_t *subject = subject_of(overlay, key);

    if (subject == NULL) {
        return NO_MEMORY;
    }
    switch (entry->kind) {
    case DYN_CONTROL_KIND_SET_STOCK:
        return take_stock(overlay, subject, entry);
    case DYN_CONTROL_KIND_SET_PRICE:
        return take_price(overlay, subject, &overlay->snapshot_items[item], entry);
    case DYN_CONTROL_KIND_SET_AVAILABILITY:
        if (is_older(entry, subject->available_at_ms)) {
            return OLDER;
        }
        subject->unavailable = !entry->available;
        subject->available_at_ms = entry->at_ms;
        return TAKEN;
    default:
        if (is_older(entry, subject->exists_at_ms)) {
            return OLDER;
        }
        subject->deleted = entry->kind == DYN_CONTROL_KIND_DELETE;
        subject->exists_at_ms = entry->at_ms;
        return TAKEN;
    }
}

/* ---- what holds now ---- */

static bool is_gone(const dyn_overlay_subject_t *subject)
{
    return subject != NULL && (subject->deleted || subject->unavailable);
}

static priced_t snapshot_price(const dyn_overlay_t *overlay, uint32_t item)
{
    const dyn_item_t *row = &overlay->snapshot_items[item];
    const dyn_item_details_t *details = dyn_item_details(overlay->snapshot, item);
    bool has_sale = (row->flags & DYN_ITEM_HAS_SALE) != 0;
    priced_t price = {.minor = row->price_minor,
                      .sale_minor = has_sale ? details->sale_price_minor : -1,
                      .sale_from_ms = has_sale ? details->sale_from_ms : 0,
                      .sale_until_ms = has_sale ? details->sale_until_ms : DYN_TIME_MS_MAX};

    memcpy(price.currency, row->currency, sizeof(price.currency));

    return price;
}

/* What the variants of an item say together. */
typedef struct {
    int64_t pieces;
    bool all_counted;
    bool any_left; /* one at least is still sold */
    bool stock_heard, price_heard;
    priced_t
        price; /* of the one for which least is asked, of those in stock; -1 when none has a price */
    bool price_sold_out;
} together_t;

/* The cheapest: as in `dynstore build`, a sale counts whenever it is. */
static void take_cheapest(together_t *all, const priced_t *price, bool sold_out)
{
    int64_t asked = price->sale_minor >= 0 ? price->sale_minor : price->minor;
    int64_t lowest = all->price.sale_minor >= 0 ? all->price.sale_minor : all->price.minor;
    bool better = lowest < 0 || (all->price_sold_out && !sold_out) ||
                  (all->price_sold_out == sold_out && asked < lowest);

    if (asked >= 0 && better) {
        all->price = *price;
        all->price_sold_out = sold_out;
    }
}

/* Of the snapshot's variants alone, or with what was heard of them. */
static together_t variants_together(const dyn_overlay_t *overlay, uint32_t item,
                                    const priced_t *of_item, bool heard)
{
    const dyn_snapshot_t *snapshot = overlay->snapshot;
    const dyn_item_t *row = &overlay->snapshot_items[item];
    const dyn_overlay_subject_t *whole = heard ? heard_of(overlay, item) : NULL;
    uint64_t stock_order = whole == NULL ? 0 : whole->stock_order;
    uint64_t price_order = whole == NULL ? 0 : whole->price_order;
    together_t all = {.all_counted = true, .price = {.minor = -1, .sale_minor = -1}};

    for (uint32_t i = row->variants_start; i < row->variants_start + row->variants_count; i++) {
        const dyn_variant_t *variant = &snapshot->variants[i];
        bool changed = heard && (overlay->changed_variants[i / 8] >> (i % 8) & 1) != 0;
        const dyn_overlay_subject_t *subject =
            changed ? heard_of(overlay, i | DYN_ID_OF_VARIANT) : NULL;
        int32_t stock = variant->stock;
        priced_t price = *of_item;

        if (is_gone(subject)) {
            all.stock_heard = true;
            continue;
        }
        all.any_left = true;
        if (subject != NULL && subject->stock_order > stock_order) {
            stock = subject->stock;
            all.stock_heard = true;
        } else if (stock_order > 0) {
            stock = whole->stock == 0 ? 0 : -1;
        }
        if (subject != NULL && subject->price_order > price_order) {
            price = subject->price;
            all.price_heard = true;
        } else if (price_order == 0 && variant->price_minor >= 0 &&
                   variant->price_minor != of_item->minor) {
            price.minor = variant->price_minor;
            price.sale_minor = -1;
            price.sale_from_ms = 0;
            price.sale_until_ms = DYN_TIME_MS_MAX;
        }
        all.all_counted = all.all_counted && stock >= 0;
        all.pieces += stock > 0 ? stock : 0;
        take_cheapest(&all, &price, stock == 0);
    }

    return all;
}

/* What holds for an item. */
typedef struct {
    priced_t price;
    int32_t stock;
    bool in_catalogue;
} now_t;

/* What the item itself is said to have or to cost holds where it was not made of what its variants say. */
static void settle_variants(const dyn_overlay_t *overlay, uint32_t item,
                            const dyn_overlay_subject_t *whole, now_t *now)
{
    together_t all = variants_together(overlay, item, &now->price, true), before;
    int32_t pieces = (int32_t)(all.pieces < INT32_MAX ? all.pieces : INT32_MAX);

    now->in_catalogue = now->in_catalogue && all.any_left;
    if (!all.stock_heard && !all.price_heard) {
        return;
    }
    before = variants_together(overlay, item, &now->price, false);
    if (all.stock_heard) {
        bool own = (whole != NULL && whole->stock_order > 0) || !before.all_counted;

        if (all.all_counted) {
            now->stock = pieces;
        } else if (!own) {
            now->stock = -1;
        } else if (now->stock >= 0 && now->stock < pieces) {
            now->stock = pieces;
        }
    }
    if (all.price.minor >= 0 && (all.price_heard || ((whole == NULL || whole->price_order == 0) &&
                                                     before.price.minor == now->price.minor))) {
        now->price = all.price;
    }
}

static now_t now_of(const dyn_overlay_t *overlay, uint32_t item)
{
    const dyn_item_t *row = &overlay->snapshot_items[item];
    const dyn_overlay_subject_t *whole = heard_of(overlay, item);
    now_t now = {
        .price =
            whole != NULL && whole->price_order > 0 ? whole->price : snapshot_price(overlay, item),
        .stock = whole != NULL && whole->stock_order > 0 ? whole->stock : row->stock,
        .in_catalogue = (row->flags & DYN_ITEM_IN_CATALOGUE) != 0 && !is_gone(whole),
    };

    if (row->variants_count > 0) {
        settle_variants(overlay, item, whole, &now);
    }

    return now;
}

/* The snapshot's list of sales, without this item or with it in its place. */
static void settle_sale(dyn_overlay_t *overlay, uint32_t item, bool had_sale)
{
    dyn_snapshot_t *snapshot = overlay->snapshot;
    dyn_edge_t *sales = overlay->sales;
    uint32_t count = snapshot->sale_count, at = 0;
    dyn_edge_t sale = {item,
                       dyn_item_in_catalogue(snapshot, item) &&
                               dyn_item_sale(snapshot, item).until_ms > snapshot->header->as_of_ms
                           ? dyn_sale_weight(snapshot, item)
                           : 0};

    while (had_sale && at < count && sales[at].item != item) {
        at++;
    }
    if (had_sale && at < count) {
        memmove(sales + at, sales + at + 1, (count - at - 1) * sizeof(*sales));
        count--;
    }
    if (sale.weight > 0) {
        at = 0;
        while (at < count && !dyn_sale_is_lighter(sales[at], sale)) {
            at++;
        }
        if (at < DYN_SALES_MAX) {
            count -= count == DYN_SALES_MAX;
            memmove(sales + at + 1, sales + at, (count - at) * sizeof(*sales));
            sales[at] = sale;
            count++;
        }
    }
    snapshot->sale_count = count;
}

static bool settle(dyn_overlay_t *overlay, uint32_t item, const dyn_control_entry_t *entry)
{
    bool had_sale = dyn_item_sale(overlay->snapshot, item).minor >= 0;
    uint32_t number = dyn_overlay_find(&overlay->by_item, item);
    now_t now = now_of(overlay, item);
    dyn_item_t *row = &overlay->items[item];
    dyn_offer_t *offer;

    if (number == DYN_NONE) {
        void *offers = overlay->offers;

        number = overlay->by_item.count;
        if (!table_room(overlay, &overlay->by_item) ||
            !grow(overlay, &offers, &overlay->offer_room, number, sizeof(*overlay->offers))) {
            return false;
        }
        overlay->offers = offers;
        overlay->offers[number] = (dyn_offer_t){.changed_at = 0};
        table_set(&overlay->by_item, item, number);
        overlay->counts.items++;
    }

    offer = &overlay->offers[number];
    offer->sale_price_minor = now.price.sale_minor;
    offer->sale_from_ms = now.price.sale_from_ms;
    offer->sale_until_ms = now.price.sale_until_ms;
    offer->changed_at = entry->position > offer->changed_at ? entry->position : offer->changed_at;
    overlay->counts.waiting += entry->kind == DYN_CONTROL_KIND_CHANGE && !offer->waiting;
    offer->waiting = offer->waiting || entry->kind == DYN_CONTROL_KIND_CHANGE;
    row->price_minor = now.price.minor;
    row->stock = now.stock;
    memcpy(row->currency, now.price.currency, sizeof(row->currency));
    row->flags = DYN_ITEM_HEARD_OF | (now.in_catalogue ? DYN_ITEM_IN_CATALOGUE : 0U) |
                 (now.price.sale_minor >= 0 ? DYN_ITEM_HAS_SALE : 0U);
    overlay->unrestricted[item] = dyn_item_unrestricted(row, item);
    if (had_sale || now.price.sale_minor >= 0) {
        settle_sale(overlay, item, had_sale);
    }

    return true;
}

static bool apply_to_item(dyn_overlay_t *overlay, const dyn_control_entry_t *entry)
{
    uint32_t variant = DYN_NONE;
    uint32_t item = dyn_snapshot_find_item(overlay->snapshot, entry->item, &variant);

    if (item == DYN_NONE && entry->also.len > 0) {
        item = dyn_snapshot_find_item(overlay->snapshot, entry->also, &variant);
    }
    if (entry->position != 0 && entry->position <= overlay->contains) {
        overlay->counts.contained++;
        return true;
    }
    if (item == DYN_NONE) {
        overlay->counts.unknown++;
        return true;
    }

    if (!own_rows(overlay)) {
        return false;
    }
    overlay->order++;
    switch (take(overlay, item, variant == DYN_NONE ? item : variant | DYN_ID_OF_VARIANT, entry)) {
    case OLDER:
        overlay->counts.older++;
        return true;
    case OTHER_CURRENCY:
        overlay->counts.other_currency++;
        return true;
    case NO_MEMORY:
        return false;
    case TAKEN:
        break;
    }
    if (!settle(overlay, item, entry)) {
        return false;
    }
    overlay->counts.applied++;
    overlay->position = entry->position > overlay->position ? entry->position : overlay->position;

    return true;
}

bool dyn_overlay_apply(dyn_overlay_t *overlay, const dyn_control_entry_t *entry)
{
    switch (entry->kind) {
    case DYN_CONTROL_KIND_SET_STOCK:
    case DYN_CONTROL_KIND_SET_PRICE:
    case DYN_CONTROL_KIND_SET_AVAILABILITY:
    case DYN_CONTROL_KIND_DELETE:
    case DYN_CONTROL_KIND_CHANGE:
        return apply_to_item(overlay, entry);
    case DYN_CONTROL_KIND_SET_OVERRIDE:
    case DYN_CONTROL_KIND_RESTORE:
        overlay->position =
            entry->position > overlay->position ? entry->position : overlay->position;
        return true;
    default:
        return true;
    }
}

dyn_control_position_t dyn_overlay_position(const dyn_overlay_t *overlay)
{
    return overlay->position;
}

dyn_control_position_t dyn_overlay_changed_at(const dyn_overlay_t *overlay, uint32_t item)
{
    const dyn_offer_t *offer = dyn_overlay_offer(overlay->snapshot, item);

    return offer == NULL ? 0 : offer->changed_at;
}

dyn_overlay_counts_t dyn_overlay_counts(const dyn_overlay_t *overlay)
{
    return overlay->counts;
}
