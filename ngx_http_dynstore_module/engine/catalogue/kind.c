#include "engine/catalogue/kind.h"

enum { price_factor = 3 };

static bool fits(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other)
{
    const dyn_item_t *row = &snapshot->items[item];

    for (uint32_t i = 0; i < row->compatible_count; i++) {
        if (snapshot->compatible[row->compatible_start + i] == other) {
            return true;
        }
    }

    return dyn_edges_weight(dyn_snapshot_bought_with(snapshot, item), other) > 0;
}

bool dyn_same_kind(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    uint32_t category = snapshot->items[a].category;
    uint32_t other = snapshot->items[b].category;

    if (a == b) {
        return true;
    }
    if (category == DYN_NONE || other == DYN_NONE) {
        return false;
    }
    if (category == other) {
        return true;
    }

    uint32_t parent = snapshot->categories[category].parent;

    if (parent == DYN_NONE || parent != snapshot->categories[other].parent) {
        return false;
    }

    int64_t price = dyn_item_price(snapshot, a).minor;
    int64_t other_price = dyn_item_price(snapshot, b).minor;

    return price > 0 && other_price > 0 && price <= price_factor * other_price &&
           other_price <= price_factor * price && !fits(snapshot, a, b) && !fits(snapshot, b, a);
}
