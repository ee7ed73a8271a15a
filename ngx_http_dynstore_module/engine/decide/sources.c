#include "engine/catalogue/snapshot.h"
#include "engine/decide/work.h"

/* The edges of a list whose weights reach the floor, which is counted in `unit`; lists fall. */
static dyn_edges_t above_floor(dyn_work_t *work, dyn_edges_t edges, float unit)
{
    uint32_t count = edges.count;

    while (count > 0 && edges.edges[count - 1].weight < work->floor * unit) {
        dyn_candidates_refuse(work, edges.edges[--count].item);
    }
    edges.count = count;

    return edges;
}

/* Where the floor is a share of the best. */
static dyn_edges_t above_share(dyn_work_t *work, dyn_edges_t edges)
{
    return edges.count > 0 ? above_floor(work, edges, edges.edges[0].weight) : edges;
}

static void similar(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        dyn_candidates_propose_edges(
            work, above_floor(work, dyn_snapshot_similar(work->snapshot, work->page_item), 1), 1);
    }
}

static void viewed_with(dyn_work_t *work)
{
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];

    if (work->page_item == DYN_NONE) {
        return;
    }

    dyn_edges_t edges = dyn_snapshot_viewed_with(work->snapshot, work->page_item, room);

    for (uint32_t i = 0; i < edges.count; i++) {
        if (work->floor > 0 && (float)dyn_viewed_with_support(work->snapshot, work->page_item,
                                                              edges.edges[i].item) < work->floor) {
            dyn_candidates_refuse(work, edges.edges[i].item);
        } else {
            dyn_candidates_propose(work, edges.edges[i].item, edges.edges[i].weight);
        }
    }
}

/* Orders tell of each edge how many of them it rests on. */
static void propose_orders(dyn_work_t *work, uint32_t item, float weight)
{
    dyn_edges_t edges = dyn_snapshot_bought_with(work->snapshot, item);

    if (!(work->floor > 0)) {
        dyn_candidates_propose_edges(work, edges, weight);
        return;
    }
    for (uint32_t i = 0; i < edges.count; i++) {
        if ((float)dyn_bought_with_support(work->snapshot, item, edges.edges[i].item) <
            work->floor) {
            dyn_candidates_refuse(work, edges.edges[i].item);
        } else {
            dyn_candidates_propose(work, edges.edges[i].item, weight * edges.edges[i].weight);
        }
    }
}

/* What was bought with the page's item, else with what is in the cart. */
static void bought_with(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        propose_orders(work, work->page_item, 1);
        return;
    }

    for (uint32_t i = 0; i < work->cart_count; i++) {
        propose_orders(work, work->cart[i].item, work->cart[i].weight);
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

/* Below this price, or below that of most of what it is added to, a thing goes with it. */
static bool is_add_on_to(const dyn_work_t *work, uint32_t item, uint32_t to)
{
    static const double share = 0.8;
    int64_t price = dyn_item_asked_price(work->snapshot, item, work->request->now_ms).minor;
    int64_t of = dyn_item_asked_price(work->snapshot, to, work->request->now_ms).minor;

    return of <= 0 || price <= work->snapshot->price_low || (double)price <= share * (double)of;
}

/*
 * What is bought with items of a category; where orders prove little of it, also, weighing less, with those of the parts above it that
 * hold the same kind of thing.
 */
static void complement_category(dyn_work_t *work, uint32_t item, float weight)
{
    enum { ENOUGH = 4 };
    const dyn_category_t *categories = work->snapshot->categories;
    uint32_t own = dyn_work_item(work, item)->category;
    uint32_t count = 0;

    for (uint32_t category = own; category != DYN_NONE && count < ENOUGH &&
                                  categories[category].kind == categories[own].kind;
         category = categories[category].parent, weight /= 4) {
        dyn_edges_t edges = dyn_snapshot_category_bought_with(work->snapshot, category);

        for (uint32_t i = 0; i < edges.count; i++) {
            if (is_add_on_to(work, edges.edges[i].item, item)) {
                dyn_candidates_propose(work, edges.edges[i].item,
                                       weight * edges.edges[i].weight / edges.edges[0].weight);
                count++;
            }
        }
    }
}

/* Of what a choice was made of: what fits it, was bought with it, and is bought with things like it. */
static void complements(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        complement_category(work, work->page_item, 1);
        return;
    }
    for (uint32_t i = 0; i < work->settled_count; i++) {
        const dyn_anchor_t *settled = &work->settled[i];

        dyn_edges_t edges = dyn_snapshot_bought_with(work->snapshot, settled->item);

        /* each list's best weighs the same: what one of them counts says nothing of another's */
        if (edges.count > 0) {
            propose_orders(work, settled->item, settled->weight / edges.edges[0].weight);
        }
        compatible_with(work, settled->item, settled->weight);
        complement_category(work, settled->item, 0.5f * settled->weight);
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
            dyn_candidates_propose_edges(work, above_share(work, edges), weight);
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

/* What the item is bought with from other categories: a second jacket completes no outfit. */
static void complete_item(dyn_work_t *work, uint32_t item, float weight)
{
    dyn_edges_t edges = dyn_snapshot_bought_with(work->snapshot, item);
    uint32_t own = dyn_work_item(work, item)->category;

    for (uint32_t i = 0; i < edges.count; i++) {
        uint32_t other = edges.edges[i].item;

        if (dyn_work_item(work, other)->category == own) {
            continue;
        }
        if ((float)dyn_bought_with_support(work->snapshot, item, other) < work->floor) {
            dyn_candidates_refuse(work, other);
        } else {
            dyn_candidates_propose(work, other, weight * edges.edges[i].weight);
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

/*
 * On a page of some part of the shop, what is popular there comes first, then what else is of it, new items among them, then what is
 * in the parts above it: the further up, the less it weighs. Elsewhere, what is popular in the shop.
 */
enum { STEP_UP = 8 };
static const float own_range = 0.2f;

/* The narrowest part of the shop that the page, or the cart, is about. */
static uint32_t narrowest(const dyn_work_t *work)
{
    return work->page_category != DYN_NONE ? work->page_category
                                           : dyn_work_item(work, work->cart[0].item)->category;
}

static void popular(dyn_work_t *work)
{
    float weight = 1;

    if (work->within == DYN_NONE) {
        dyn_candidates_propose_edges(work, above_share(work, dyn_snapshot_popular(work->snapshot)),
                                     1);
        return;
    }
    dyn_candidates_propose_edges(work, dyn_snapshot_category_range(work->snapshot, narrowest(work)),
                                 own_range);
    for (uint32_t category = narrowest(work); category != DYN_NONE;
         category = work->snapshot->categories[category].parent, weight /= STEP_UP) {
        dyn_candidates_propose_edges(
            work, above_share(work, dyn_snapshot_category_popular(work->snapshot, category)),
            weight);
    }
}

/* The catalogue itself, in the order that the build found for shoppers of whom nothing is known. */
static void range(dyn_work_t *work)
{
    float weight = 1;

    if (work->within == DYN_NONE) {
        dyn_candidates_propose_edges(work, dyn_snapshot_range(work->snapshot), 1);
        return;
    }
    for (uint32_t category = narrowest(work); category != DYN_NONE;
         category = work->snapshot->categories[category].parent, weight /= STEP_UP) {
        dyn_candidates_propose_edges(work, dyn_snapshot_category_range(work->snapshot, category),
                                     weight);
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
        dyn_candidates_propose_edges(work, above_share(work, dyn_snapshot_trending(work->snapshot)),
                                     1);
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
    case DYN_SOURCE_VIEWED_WITH:
        viewed_with(work);
        break;
    case DYN_SOURCE_LIKED:
        dyn_source_liked(work);
        break;
    case DYN_SOURCE_SEARCHED:
        dyn_source_searched(work);
        break;
    case DYN_SOURCE_COMPLEMENTS:
        complements(work);
        break;
    case DYN_SOURCE_RANGE:
        range(work);
        break;
    case DYN_SOURCE_UPSELL:
        dyn_source_upsell(work);
        break;
    case DYN_SOURCE_ON_SALE:
        dyn_source_on_sale(work);
        break;
    case DYN_SOURCE_TRENDING_IN:
        dyn_source_trending_in(work);
        break;
    case DYN_SOURCE_RULES:
    case DYN_SOURCES_COUNT:
        break;
    }
}

/* What the page alone does not tell: two visitors of one page would be shown different things by it. */
static bool asks_session(const dyn_work_t *work, dyn_source_t source)
{
    const dyn_context_t *context = work->request->context;

    switch (source) {
    case DYN_SOURCE_SESSION_KNN:
    case DYN_SOURCE_LIKED:
    case DYN_SOURCE_RECENTLY_VIEWED:
    case DYN_SOURCE_LAST_GOOD:
        return true;
    case DYN_SOURCE_SEARCHED:
        return context->search.len == 0;
    case DYN_SOURCE_CATEGORY_POPULAR:
        return work->page_category == DYN_NONE;
    /* of the page's item, else of the cart: of a cart's page that is what it is about */
    case DYN_SOURCE_BOUGHT_WITH:
    case DYN_SOURCE_COMPATIBLE:
    case DYN_SOURCE_COMPLETE_THE_LOOK:
    case DYN_SOURCE_COMPLEMENTS:
    case DYN_SOURCE_UPSELL:
        return work->page_item == DYN_NONE && context->surface != DYN_SURFACE_CART;
    default:
        return false;
    }
}

void dyn_sources_propose(dyn_work_t *work, dyn_sweep_t sweep)
{
    const dyn_blend_weight_t *weights = work->weights;

    dyn_work_narrow(work, sweep);
    dyn_candidates_begin_sweep(work, sweep);
    if (sweep == DYN_SWEEP_PERSONAL) {
        dyn_source_rules(work);
    }
    for (uint32_t i = 0; i < work->row->weights_count; i++) {
        const dyn_blend_weight_t *pair = &weights[work->row->weights_start + i];
        dyn_source_t source = (dyn_source_t)pair->source;

        if (pair->source >= DYN_SOURCES_COUNT || !(pair->weight > 0) ||
            dyn_source_sweep(source) != sweep) {
            continue;
        }

        float strength = dyn_source_strength(work, source);

        if (work->impersonal > 0 && asks_session(work, source)) {
            strength *= 1 - work->impersonal;
        }

        if (strength > 0) {
            work->floor = pair->floor;
            dyn_candidates_begin(work, source, pair->weight * strength);
            ask(work, source);
            dyn_candidates_end(work);
        }
    }
}
