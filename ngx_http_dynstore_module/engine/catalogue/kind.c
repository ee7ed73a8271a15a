#include "engine/catalogue/kind.h"

bool dyn_either_is_similar(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    return dyn_edges_weight(dyn_snapshot_similar(snapshot, a), b) > 0 ||
           dyn_edges_weight(dyn_snapshot_similar(snapshot, b), a) > 0;
}
