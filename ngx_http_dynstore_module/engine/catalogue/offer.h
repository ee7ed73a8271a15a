/*
 * What of an item can change while a snapshot is in use: whether it is sold, how many pieces there are, and its price. Whoever reads
 * these of a snapshot asks here, and nowhere else (tools/check-offer sees to it): what is known since the snapshot was built is to be
 * asked first, the snapshot second. The handle is the opened snapshot, a process's own view of the file, which such newer
 * knowledge can hang on; so far there is none, and the snapshot answers alone.
 */
#ifndef DYN_OFFER_H
#define DYN_OFFER_H

#include "engine/catalogue/traits.h"

typedef struct {
    int64_t minor;        /* in the currency's smallest unit; -1 unknown */
    const char *currency; /* three capitals, terminated; "" with an unknown price */
} dyn_price_t;

/* False of what is known from events only: it is never shown. */
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

/*
 * What is asked for the item at that time, in milliseconds since 1970: the sale's price while there is a sale, else its price. Who
 * tells a shopper a price, or compares it with what the shopper is ready to pay, asks for this one; dyn_item_price() tells on which
 * level the item stands.
 */
static inline dyn_price_t dyn_item_asked_price(const dyn_snapshot_t *snapshot, uint32_t item, int64_t now_ms)
{
    dyn_price_t price = dyn_item_price(snapshot, item);

    if ((snapshot->items[item].flags & DYN_ITEM_HAS_SALE) != 0) {
        const dyn_item_details_t *details = dyn_item_details(snapshot, item);

        if (now_ms >= details->sale_from_ms && now_ms < details->sale_until_ms) {
            price.minor = details->sale_price_minor;
        }
    }

    return price;
}

/* Whether less is asked for it at that time than without a sale. */
static inline bool dyn_item_is_on_sale(const dyn_snapshot_t *snapshot, uint32_t item, int64_t now_ms)
{
    return (snapshot->items[item].flags & DYN_ITEM_HAS_SALE) != 0 &&
           dyn_item_asked_price(snapshot, item, now_ms).minor < dyn_item_price(snapshot, item).minor;
}

/*
 * True when one byte tells that the item may be shown to anybody who has not seen it. False tells nothing: ask the above. Newer
 * knowledge of an item must make this false.
 */
static inline bool dyn_item_surely_offered(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const uint8_t *unrestricted = snapshot->items_unrestricted;

    return unrestricted != NULL && unrestricted[item] != 0;
}

#endif
