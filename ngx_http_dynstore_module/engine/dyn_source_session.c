#include "dyn_work.h"

float dyn_edges_weight(dyn_edges_t edges, uint32_t item)
{
    for (uint32_t i = 0; i < edges.count; i++) {
        if (edges.edges[i].item == item) {
            return edges.edges[i].weight;
        }
    }

    return 0;
}

/* Older items speak through their strongest neighbours only: the rest would hardly count, and every look-up costs. */
static uint32_t neighbours_asked(uint32_t anchor)
{
    return anchor < 2 ? 32 : anchor < 4 ? 16 : 8;
}

/*
 * What sessions like this one went on to. Without a session model in the snapshot: the co-visit neighbours of the session's
 * recent items, each list weighted by the shopper's interest in its item.
 */
void dyn_source_session_knn(dyn_work_t *work)
{
    for (uint32_t i = 0; i < work->anchor_count; i++) {
        dyn_edges_t edges = dyn_snapshot_neighbours(work->snapshot, work->anchors[i].item);

        for (uint32_t k = 0; k < edges.count && k < neighbours_asked(i); k++) {
            dyn_candidates_propose(work, edges.edges[k].item,
                                   work->anchors[i].weight * edges.edges[k].weight);
        }
    }
}
