#include "engine/decide/work.h"

/* When the snapshot knows no popularity at all, how far the catalogue itself is read. */
enum { CATALOGUE_READ_MAX = 1024 };

static void similar(dyn_work_t *work)
{
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];

    if (work->page_item != DYN_NONE) {
        dyn_candidates_propose_edges(
            work, dyn_snapshot_neighbours(work->snapshot, work->page_item, room), 1);
    }
}

/* What was bought with the page's item, else with what is in the cart. */
static void bought_with(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        dyn_candidates_propose_edges(work,
                                     dyn_snapshot_bought_with(work->snapshot, work->page_item), 1);
        return;
    }

    for (uint32_t i = 0; i < work->cart_count; i++) {
        dyn_candidates_propose_edges(work,
                                     dyn_snapshot_bought_with(work->snapshot, work->cart[i].item),
                                     work->cart[i].weight);
    }
}

/* The catalogue lists what fits an item in the merchandiser's order. */
static void compatible_with(dyn_work_t *work, uint32_t item, float weight)
{
    const dyn_item_t *record = dyn_work_item(work, item);

    for (uint32_t i = 0; i < record->compatible_count && i < DYN_EDGES_PER_ITEM_MAX; i++) {
        dyn_candidates_propose(work, work->snapshot->compatible[record->compatible_start + i],
                               weight / (float)(i + 1));
    }
}

static void compatible(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        compatible_with(work, work->page_item, 1);
        return;
    }

    for (uint32_t i = 0; i < work->cart_count; i++) {
        compatible_with(work, work->cart[i].item, work->cart[i].weight);
    }
}

/* A category of its own with nothing sold yet speaks through the nearest one above it. */
static void propose_category(dyn_work_t *work, uint32_t category, float weight)
{
    while (category != DYN_NONE) {
        dyn_edges_t edges = dyn_snapshot_category_popular(work->snapshot, category);

        if (edges.count != 0) {
            dyn_candidates_propose_edges(work, edges, weight);
            return;
        }
        category = work->snapshot->categories[category].parent;
    }
}

/* Of the page's category, else of those the session keeps to. */
static void category_popular(dyn_work_t *work)
{
    enum { CATEGORIES_ASKED = 3 };

    if (work->page_category != DYN_NONE) {
        propose_category(work, work->page_category, 1);
        return;
    }
    if (work->session == NULL) {
        return;
    }

    for (uint32_t i = 0; i < work->session->category_count && i < CATEGORIES_ASKED; i++) {
        propose_category(work, work->session->categories[i].index,
                         work->session->categories[i].affinity);
    }
}

static uint32_t top_category(const dyn_work_t *work, uint32_t item)
{
    uint32_t category = dyn_work_item(work, item)->category;

    while (category != DYN_NONE && work->snapshot->categories[category].parent != DYN_NONE) {
        category = work->snapshot->categories[category].parent;
    }

    return category;
}

/* What the item is bought with from other parts of the shop: a second jacket completes no outfit. */
static void complete_item(dyn_work_t *work, uint32_t item, float weight)
{
    dyn_edges_t edges = dyn_snapshot_bought_with(work->snapshot, item);
    uint32_t own = dyn_work_item(work, item)->category;
    uint32_t own_top = top_category(work, item);

    for (uint32_t i = 0; i < edges.count; i++) {
        uint32_t other = edges.edges[i].item;

        if (dyn_work_item(work, other)->category != own) {
            float share = top_category(work, other) != own_top ? 1.0f : 0.5f;

            dyn_candidates_propose(work, other, weight * share * edges.edges[i].weight);
        }
    }
}

static void complete_the_look(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        complete_item(work, work->page_item, 1);
        return;
    }

    for (uint32_t i = 0; i < work->cart_count; i++) {
        complete_item(work, work->cart[i].item, work->cart[i].weight);
    }
}

static void recently_viewed(dyn_work_t *work)
{
    if (work->session == NULL) {
        return;
    }

    for (uint32_t i = 0; i < work->session->recent_count; i++) {
        if (work->session->recent[i].views > 0) {
            dyn_candidates_propose(work, work->session->recent[i].item, 1 / (float)(i + 1));
        }
    }
}

static void popular(dyn_work_t *work)
{
    dyn_edges_t edges = dyn_snapshot_popular(work->snapshot);

    dyn_candidates_propose_edges(work, edges, 1);

    /* A shop without any event yet still has its catalogue. */
    for (uint32_t item = 0; edges.count == 0 && item < work->snapshot->item_count &&
                            item < CATALOGUE_READ_MAX && work->candidates.room > 0;
         item++) {
        dyn_candidates_propose(work, item, 1 / (float)(item + 1));
    }
}

static void last_good(dyn_work_t *work)
{
    const dyn_last_good_slot_t *slot = work->last_good;

    if (slot == NULL) {
        return;
    }

    for (uint32_t i = 0; i < slot->count && i < DYN_SLOT_ITEMS_MAX; i++) {
        if (slot->items[i] < work->snapshot->item_count) {
            dyn_candidates_propose(work, slot->items[i], 1 - (float)i / DYN_SLOT_ITEMS_MAX);
        }
    }
}

static void ask(dyn_work_t *work, dyn_source_t source)
{
    switch (source) {
    case DYN_SOURCE_SESSION_KNN:
        dyn_source_session_knn(work);
        break;
    case DYN_SOURCE_SIMILAR:
        similar(work);
        break;
    case DYN_SOURCE_BOUGHT_WITH:
        bought_with(work);
        break;
    case DYN_SOURCE_COMPATIBLE:
        compatible(work);
        break;
    case DYN_SOURCE_TRENDING:
        dyn_candidates_propose_edges(work, dyn_snapshot_trending(work->snapshot), 1);
        break;
    case DYN_SOURCE_POPULAR:
        popular(work);
        break;
    case DYN_SOURCE_CATEGORY_POPULAR:
        category_popular(work);
        break;
    case DYN_SOURCE_RECENTLY_VIEWED:
        recently_viewed(work);
        break;
    case DYN_SOURCE_LAST_GOOD:
        last_good(work);
        break;
    case DYN_SOURCE_COMPLETE_THE_LOOK:
        complete_the_look(work);
        break;
    case DYN_SOURCE_NEW_ARRIVALS:
        dyn_candidates_propose_edges(work, dyn_snapshot_new_arrivals(work->snapshot), 1);
        break;
    case DYN_SOURCES_COUNT:
        break;
    }
}

void dyn_sources_propose(dyn_work_t *work, dyn_sweep_t sweep)
{
    const dyn_blend_weight_t *weights = work->snapshot->blend.weights;

    dyn_candidates_begin_sweep(work, sweep);
    for (uint32_t i = 0; i < work->row->weights_count; i++) {
        const dyn_blend_weight_t *pair = &weights[work->row->weights_start + i];

        if (pair->source < DYN_SOURCES_COUNT && pair->weight > 0 &&
            dyn_source_sweep((dyn_source_t)pair->source) == sweep) {
            dyn_candidates_begin(work, (dyn_source_t)pair->source, pair->weight);
            ask(work, (dyn_source_t)pair->source);
            dyn_candidates_end(work);
        }
    }
}
