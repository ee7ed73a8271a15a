/*
 * What of an item can change while a snapshot is in use: whether it is sold, how many pieces there are, its price and its sale. Whoever
 * reads these of a snapshot asks here, and nowhere else (tools/check-offer sees to it): the rows of a handle are the snapshot's own, or
 * those of its overlay (engine/catalogue/overlay.h), and only here it is known where what stands.
 */
#ifndef DYN_OFFER_H
#define DYN_OFFER_H

#include "engine/catalogue/overlay.h"
#include "engine/catalogue/traits.h"

typedef struct {
    int64_t minor;        /* in the currency's smallest unit; -1 unknown */
    const char *currency; /* three capitals, terminated; "" with an unknown price */
} dyn_price_t;

typedef struct {
    int64_t minor;             /* -1: the item has no sale */
    int64_t from_ms, until_ms; /* as in dyn_item_details_t */
} dyn_sale_t;

/* False of what is known from events only, and of what is no longer sold: it is never shown. */
static inline bool dyn_item_in_catalogue(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return (snapshot->items[item].flags & DYN_ITEM_IN_CATALOGUE) != 0;
}

/* Pieces; -1 unknown, which counts as available; 0 when all its variants are out. */
static inline int32_t dyn_item_stock(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return snapshot->items[item].stock;
}

/* Without a sale. */
static inline dyn_price_t dyn_item_price(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return (dyn_price_t){snapshot->items[item].price_minor, snapshot->items[item].currency};
}

/* Whether it holds at a time is for the caller to tell. */
static inline dyn_sale_t dyn_item_sale(const dyn_snapshot_t *snapshot, uint32_t item)
{
    if ((snapshot->items[item].flags & DYN_ITEM_HAS_SALE) == 0) {
        return (dyn_sale_t){-1, 0, DYN_TIME_MS_MAX};
    }

    const dyn_offer_t *offer = dyn_overlay_offer(snapshot, item);

    if (offer != NULL) {
        return (dyn_sale_t){offer->sale_price_minor, offer->sale_from_ms, offer->sale_until_ms};
    }

    const dyn_item_details_t *details = dyn_item_details(snapshot, item);

    return (dyn_sale_t){details->sale_price_minor, details->sale_from_ms, details->sale_until_ms};
}

/*
 * What is asked for the item at that time, in milliseconds since 1970: the sale's price while there is a sale, else its price. Who
 * tells a shopper a price, or compares it with what the shopper is ready to pay, asks for this one; dyn_item_price() tells on which
 * level the item stands.
 */
static inline dyn_price_t dyn_item_asked_price(const dyn_snapshot_t *snapshot, uint32_t item, int64_t now_ms)
{
    dyn_price_t price = dyn_item_price(snapshot, item);
    dyn_sale_t sale = dyn_item_sale(snapshot, item);

    if (sale.minor >= 0 && now_ms >= sale.from_ms && now_ms < sale.until_ms) {
        price.minor = sale.minor;
    }

    return price;
}

/* Whether less is asked for it at that time than without a sale. */
static inline bool dyn_item_is_on_sale(const dyn_snapshot_t *snapshot, uint32_t item, int64_t now_ms)
{
    return dyn_item_sale(snapshot, item).minor >= 0 &&
           dyn_item_asked_price(snapshot, item, now_ms).minor < dyn_item_price(snapshot, item).minor;
}

/*
 * True when one byte tells that the item may be shown to anybody who has not seen it. False tells nothing: ask the above. An overlay
 * puts bytes of its own in the place of the snapshot's.
 */
static inline bool dyn_item_surely_offered(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const uint8_t *unrestricted = snapshot->items_unrestricted;

    return unrestricted != NULL && unrestricted[item] != 0;
}

#endif
