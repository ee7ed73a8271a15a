#include "cli/train/viewed_with.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/parallel.h"
#include "engine/catalogue/snapshot_format.h"

typedef struct {
    const dyn_sessions_t *sessions;
    const uint32_t *edge_starts;
    const uint32_t *edge_items;
    uint8_t *counts; /* of each edge */
} work_t;

/* One more session for the edges of `item` whose other end is in the session, too. */
static void count_edges(const work_t *work, uint32_t item, const uint32_t *seen, uint32_t session)
{
    for (uint32_t k = work->edge_starts[item]; k < work->edge_starts[item + 1]; k++) {
        if (work->counts[k] < DYN_VIEWED_WITH_SUPPORT_MAX && seen[work->edge_items[k]] == session) {
            work->counts[k]++;
        }
    }
}

/* The edges of a part of the items. In `seen` and `counted` stands the last session of each item that was looked at, from 1. */
static bool count_part(void *context, unsigned part, unsigned parts)
{
    const work_t *work = context;
    const dyn_sessions_t *sessions = work->sessions;
    uint64_t items = sessions->item_count;
    uint32_t first = (uint32_t)(items * part / parts);
    uint32_t count = (uint32_t)(items * (part + 1) / parts) - first;
    uint32_t *seen = calloc(items + 1, sizeof(*seen));
    uint32_t *counted = calloc((size_t)count + 1, sizeof(*counted));
    bool made = seen != NULL && counted != NULL;

    for (uint32_t s = 0; made && s < sessions->session_count; s++) {
        uint32_t begin = sessions->starts[s], end = sessions->starts[s + 1];

        for (uint32_t k = begin; k < end; k++) {
            if (sessions->items[k] < items) {
                seen[sessions->items[k]] = s + 1;
            }
        }
        for (uint32_t k = begin; k < end; k++) {
            uint32_t item = sessions->items[k];

            if (item - first < count && counted[item - first] != s + 1) {
                counted[item - first] = s + 1;
                count_edges(work, item, seen, s + 1);
            }
        }
    }
    free(seen);
    free(counted);

    return made;
}

uint8_t *dyn_viewed_with_count(const dyn_sessions_t *sessions, const dyn_model_sections_t *model,
                               unsigned threads, size_t *bytes)
{
    const dyn_model_header_t *header = model->section[DYN_MODEL_SECTION_HEADER].data;
    uint32_t edges = header->edge_count;
    work_t work = {
        .sessions = sessions,
        .edge_starts = model->section[DYN_MODEL_SECTION_EDGE_STARTS].data,
        .edge_items = model->section[DYN_MODEL_SECTION_EDGE_ITEMS].data,
        .counts = calloc((size_t)edges + 2, 1),
    };

    if (work.counts == NULL || !dyn_parallel(threads, count_part, &work)) {
        free(work.counts);
        return NULL;
    }

    *bytes = ((size_t)edges + 1) / 2;
    for (size_t i = 0; i < *bytes; i++) {
        work.counts[i] = (uint8_t)(work.counts[2 * i] | work.counts[2 * i + 1] << 4);
    }

    return work.counts;
}
