#include "cli/train/lists.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/parallel.h"

static bool better(dyn_edge_t a, dyn_edge_t b)
{
    return a.weight > b.weight || (a.weight == b.weight && a.item < b.item);
}

void dyn_top_offer(dyn_top_t *top, uint32_t item, float weight)
{
    dyn_edge_t edge = {item, weight};

    if (top->count == top->room) {
        if (top->room == 0 || !better(edge, top->edges[top->count - 1])) {
            return;
        }
        top->count--;
    }

    uint32_t at = top->count++;

    for (; at > 0 && better(edge, top->edges[at - 1]); at--) {
        top->edges[at] = top->edges[at - 1];
    }
    top->edges[at] = edge;
}

typedef struct {
    uint32_t owner_count, item_count, list_max;
    dyn_list_fn make;
    const void *context;
    dyn_edge_t *edges; /* list_max for each owner: most of it is never touched, so never there */
    uint32_t *counts;
} work_t;

static bool make_part(void *context, unsigned part, unsigned parts)
{
    work_t *work = context;
    uint32_t first = (uint32_t)((uint64_t)work->owner_count * part / parts);
    uint32_t end = (uint32_t)((uint64_t)work->owner_count * (part + 1) / parts);
    float *scratch = calloc((size_t)work->item_count + 1, sizeof(*scratch));

    if (scratch == NULL) {
        return false;
    }
    for (uint32_t owner = first; owner < end; owner++) {
        dyn_top_t top = {work->edges + (size_t)owner * work->list_max, 0, work->list_max};

        work->make(work->context, owner, scratch, &top);
        work->counts[owner] = top.count;
    }
    free(scratch);

    return true;
}

/* Moves the lists together; false when there are more edges than 32 bits count. */
static bool close_up(work_t *work, dyn_lists_t *lists)
{
    uint64_t count = 0;

    for (uint32_t owner = 0; owner < work->owner_count; owner++) {
        lists->starts[owner] = (uint32_t)count;
        memmove(work->edges + count, work->edges + (size_t)owner * work->list_max,
                work->counts[owner] * sizeof(dyn_edge_t));
        count += work->counts[owner];
        if (count > UINT32_MAX) {
            return false;
        }
    }
    lists->starts[work->owner_count] = (uint32_t)count;
    lists->edge_count = (uint32_t)count;

    return true;
}

bool dyn_lists_make(uint32_t owner_count, uint32_t item_count, uint32_t list_max, dyn_list_fn make,
                    const void *context, unsigned threads, dyn_lists_t *lists)
{
    work_t work = {owner_count, item_count, list_max, make, context, NULL, NULL};

    memset(lists, 0, sizeof(*lists));
    work.edges = malloc(((size_t)owner_count * list_max + 1) * sizeof(*work.edges));
    work.counts = malloc(((size_t)owner_count + 1) * sizeof(*work.counts));
    lists->starts = malloc(((size_t)owner_count + 1) * sizeof(*lists->starts));
    lists->edges = work.edges;

    bool made = work.edges != NULL && work.counts != NULL && lists->starts != NULL &&
                dyn_parallel(threads, make_part, &work) && close_up(&work, lists);

    free(work.counts);
    if (!made) {
        dyn_lists_free(lists);
    }

    return made;
}

void dyn_lists_free(dyn_lists_t *lists)
{
    free(lists->starts);
    free(lists->edges);
    memset(lists, 0, sizeof(*lists));
}
