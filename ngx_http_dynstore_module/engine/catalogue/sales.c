#include "engine/catalogue/sales.h"
#include "engine/catalogue/offer.h"

#include <math.h>
#include <stdlib.h>

/* An item that nobody bought yet counts so much against the most popular one. Chosen by judgement. */
static const float unknown_item = 0.2f;
/* A larger reduction is no larger reason: it is a clearance, or a mistake. */
static const float reduction_most = 0.7f;

float dyn_sale_weight(const dyn_snapshot_t *snapshot, uint32_t item)
{
    int64_t price = dyn_item_price(snapshot, item).minor;
    int64_t sale = dyn_item_sale(snapshot, item).minor;

    if (sale < 0 || price <= 0) {
        return 0;
    }

    float reduction = (float)((double)(price - sale) / (double)price);

    reduction = reduction < reduction_most ? reduction : reduction_most;

    return reduction * (unknown_item + sqrtf(snapshot->items[item].popularity));
}

/* Where the lightest stands first: what replaces it when there is no more room. */
bool dyn_sale_is_lighter(dyn_edge_t a, dyn_edge_t b)
{
    return a.weight < b.weight || (a.weight == b.weight && a.item > b.item);
}

static void sift_down(dyn_edge_t *heap, uint32_t count, uint32_t at)
{
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        dyn_edge_t moved = heap[at];

        child += child + 1 < count && dyn_sale_is_lighter(heap[child + 1], heap[child]);
        if (!dyn_sale_is_lighter(heap[child], moved)) {
            break;
        }
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static int heaviest_first(const void *a, const void *b)
{
    return dyn_sale_is_lighter(*(const dyn_edge_t *)a, *(const dyn_edge_t *)b) ? 1 : -1;
}

bool dyn_sales_open(dyn_snapshot_t *snapshot)
{
    uint32_t count = 0;

    snapshot->sales = calloc(DYN_SALES_MAX, sizeof(*snapshot->sales));
    if (snapshot->sales == NULL) {
        return false;
    }
    for (uint32_t item = 0; item < snapshot->item_count; item++) {
        uint32_t wanted = DYN_ITEM_IN_CATALOGUE | DYN_ITEM_HAS_SALE;

        if ((snapshot->items[item].flags & wanted) != wanted ||
            dyn_item_details(snapshot, item)->sale_until_ms <= snapshot->header->as_of_ms) {
            continue;
        }

        dyn_edge_t sale = {item, dyn_sale_weight(snapshot, item)};

        if (!(sale.weight > 0)) {
            continue;
        }
        if (count < DYN_SALES_MAX) {
            snapshot->sales[count++] = sale;
            for (uint32_t i = count / 2; count == DYN_SALES_MAX && i-- > 0;) {
                sift_down(snapshot->sales, count, i);
            }
        } else if (dyn_sale_is_lighter(snapshot->sales[0], sale)) {
            snapshot->sales[0] = sale;
            sift_down(snapshot->sales, count, 0);
        }
    }
    qsort(snapshot->sales, count, sizeof(*snapshot->sales), heaviest_first);
    snapshot->sale_count = count;

    return true;
}
