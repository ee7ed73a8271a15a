#include "engine/catalogue/trends.h"

/* Weights of a file may be as large as a float: their sums are not floats. */
typedef struct {
    uint32_t number;
    double sum;
} sum_t;

static void add(sum_t sums[DYN_POPULAR_MAX], uint32_t *count, uint32_t number, double weight)
{
    uint32_t i = 0;

    if (number == DYN_NONE) {
        return;
    }
    while (i < *count && sums[i].number != number) {
        i++;
    }
    if (i == *count) {
        sums[(*count)++] = (sum_t){number, 0};
    }
    sums[i].sum += weight;
}

/* Moves the largest to the front, ties by number, as many as there is room for; returns how many. */
static uint32_t keep_largest(sum_t *sums, uint32_t count, dyn_edge_t kept[DYN_TRENDS_MAX])
{
    uint32_t most = count < DYN_TRENDS_MAX ? count : DYN_TRENDS_MAX;

    for (uint32_t i = 0; i < most; i++) {
        uint32_t best = i;

        for (uint32_t k = i + 1; k < count; k++) {
            if (sums[k].sum > sums[best].sum ||
                (sums[k].sum == sums[best].sum && sums[k].number < sums[best].number)) {
                best = k;
            }
        }

        sum_t largest = sums[best];

        sums[best] = sums[i];
        sums[i] = largest;
        kept[i] = (dyn_edge_t){largest.number, (float)(largest.sum / sums[0].sum)};
    }

    return most;
}

void dyn_trends_open(dyn_snapshot_t *snapshot)
{
    dyn_edges_t trending = dyn_snapshot_trending(snapshot);
    sum_t categories[DYN_POPULAR_MAX], brands[DYN_POPULAR_MAX];
    uint32_t category_count = 0, brand_count = 0;

    for (uint32_t i = 0; i < trending.count; i++) {
        const dyn_item_t *item = &snapshot->items[trending.edges[i].item];

        if ((item->flags & DYN_ITEM_IN_CATALOGUE) != 0) {
            add(categories, &category_count, item->category, (double)trending.edges[i].weight);
            add(brands, &brand_count, item->brand, (double)trending.edges[i].weight);
        }
    }
    snapshot->trending_category_count =
        keep_largest(categories, category_count, snapshot->trending_categories);
    snapshot->trending_brand_count = keep_largest(brands, brand_count, snapshot->trending_brands);
}
