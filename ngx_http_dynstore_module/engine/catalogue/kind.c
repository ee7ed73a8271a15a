#include "engine/catalogue/kind.h"

bool dyn_same_kind(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    const dyn_category_t *categories = snapshot->categories;
    uint32_t category = snapshot->items[a].category;
    uint32_t other = snapshot->items[b].category;

    if (a == b) {
        return true;
    }
    if (category == DYN_NONE || other == DYN_NONE) {
        return false;
    }

    if (((categories[category].flags | categories[other].flags) & DYN_CATEGORY_SEVERAL) != 0) {
        return category == other && (dyn_edges_weight(dyn_snapshot_similar(snapshot, a), b) > 0 ||
                                     dyn_edges_weight(dyn_snapshot_similar(snapshot, b), a) > 0);
    }

    return categories[category].kind == categories[other].kind;
}
