#include "engine/decide/work.h"

#include <string.h>

enum {
    /* The session's items whose likes in the catalogue are proposed as well, */
    ALIKE_OF_ITEMS = 3,
    /* and the model's answer for one decision: what filters choose from. */
    MODEL_RESULTS = 48
};

/* Against the model's best: enough for an item that nobody has seen yet to be found among few others. */
static const float alike_weight = 0.3f;

/*
 * The item that was read much more than the newest one, by the interest that its events show, and is not in the cart: asked as if
 * it had been clicked last. DYN_NONE: the newest one is it.
 */
static uint32_t read_most(const dyn_work_t *work)
{
    static const float much_more = 1.5f;
    const dyn_session_t *session = work->session;
    uint32_t most = DYN_NONE;
    float interest = 0;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->views == 0) {
            continue;
        }
        if (interest == 0) {
            interest = much_more * recent->interest;
        }
        if (recent->interest > interest && !recent->added) {
            interest = recent->interest;
            most = recent->item;
        }
    }

    return most;
}

/* The session's clicks, and the page's item where it is not among them yet. */
static void ask_model(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;
    dyn_model_scratch_t *scratch = work->request->model_scratch;
    uint32_t clicks[DYN_SESSION_EVENTS_MAX + 2];
    uint32_t most = read_most(work);
    uint32_t count = session->click_count < DYN_SESSION_EVENTS_MAX ? session->click_count
                                                                   : DYN_SESSION_EVENTS_MAX;
    dyn_model_query_t query = {.items = clicks, .exclude_session = true, .want = MODEL_RESULTS};

    for (size_t i = 0; i < work->request->slot_count; i++) {
        query.shown += work->request->slots[i].count;
    }

    work->model_results = dyn_arena_alloc(work->arena, MODEL_RESULTS * sizeof(dyn_model_result_t));
    if (scratch == NULL) {
        scratch = dyn_arena_alloc(work->arena, dyn_model_scratch_size());
        if (scratch != NULL) {
            memset(scratch, 0, dyn_model_scratch_size());
        }
    }
    if (work->model_results == NULL || scratch == NULL) {
        return;
    }

    /* what was left behind is not asked for */
    if (session->pivot_views > 1 && session->pivot_views < count) {
        count = session->pivot_views;
    }
    for (uint32_t i = 0; i < count; i++) {
        clicks[i] = session->clicks[session->click_count - count + i];
    }
    if (most != DYN_NONE && count > 0) {
        clicks[count++] = most;
    }
    if (work->page_item != DYN_NONE && (count == 0 || clicks[count - 1] != work->page_item)) {
        clicks[count++] = work->page_item;
    }
    query.count = count;
    work->model_result_count =
        (uint32_t)dyn_model_query(&work->snapshot->model, &query, scratch, work->model_results);
}

/* Older items speak through their strongest neighbours only: the rest would hardly count, and every look-up costs. */
static uint32_t neighbours_asked(uint32_t anchor)
{
    return anchor < 2 ? 32 : anchor < 4 ? 16 : 8;
}

/* Without the model (no event was ever seen): what is like the session's items. */
static void propose_neighbours(dyn_work_t *work)
{
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];

    for (uint32_t i = 0; i < work->anchor_count; i++) {
        dyn_edges_t edges = dyn_snapshot_neighbours(work->snapshot, work->anchors[i].item, room);

        for (uint32_t k = 0; k < edges.count && k < neighbours_asked(i); k++) {
            dyn_candidates_propose(work, edges.edges[k].item,
                                   work->anchors[i].weight * edges.edges[k].weight);
        }
    }
}

void dyn_source_session_knn(dyn_work_t *work)
{
    if (work->anchor_count == 0) {
        return;
    }
    if (work->snapshot->model.header == NULL) {
        propose_neighbours(work);
        return;
    }
    if (work->model_results == NULL) {
        ask_model(work);
    }

    float best = work->model_result_count > 0 ? work->model_results[0].score : 1;
    uint32_t count = work->model_result_count;

    /* results fall */
    while (count > 0 && work->model_results[count - 1].score < work->floor * best) {
        dyn_candidates_refuse(work, work->model_results[--count].item);
    }
    dyn_candidates_propose_results(work, work->model_results, count);
    for (uint32_t i = 0; i < work->anchor_count && i < ALIKE_OF_ITEMS; i++) {
        dyn_edges_t alike = dyn_snapshot_alike(work->snapshot, work->anchors[i].item);

        dyn_candidates_propose_edges(work, alike, best * alike_weight * work->anchors[i].weight);
    }
}
