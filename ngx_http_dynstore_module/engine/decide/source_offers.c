/* What the shop sells for less now, and the categories and brands that gain most. */
#include "engine/catalogue/sales.h"
#include "engine/catalogue/traits.h"
#include "engine/catalogue/trends.h"
#include "engine/decide/work.h"

/* ---- sales ---- */

/* How many of what the shopper is after are asked for what is on sale among them. */
enum { LIKES_ASKED = 3 };

/* Once, whichever list it was found in. */
static void propose_sale(dyn_work_t *work, uint32_t item)
{
    const dyn_candidates_t *candidates = &work->candidates;
    uint32_t candidate = dyn_candidates_find(work, item);

    if (!dyn_item_is_on_sale(work->snapshot, item, work->request->now_ms) ||
        (candidate != DYN_NONE && candidate >= candidates->starts[candidates->sweep] &&
         candidates->given[candidates->source][candidate] > 0)) {
        return;
    }
    dyn_candidates_propose(work, item, dyn_sale_weight(work->snapshot, item));
}

static void propose_numbers(dyn_work_t *work, dyn_numbers_t items)
{
    for (uint32_t i = 0; i < items.count; i++) {
        propose_sale(work, items.numbers[i]);
    }
}

static void propose_items(dyn_work_t *work, dyn_edges_t edges)
{
    for (uint32_t i = 0; i < edges.count; i++) {
        propose_sale(work, edges.edges[i].item);
    }
}

/*
 * First of what the shopper is after, and of the page's category: in a shop that reduces a lot, the shop's own list may have nothing
 * of it. What is liked is lifted later, with all else.
 */
void dyn_source_on_sale(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;

    if (work->page_category != DYN_NONE) {
        propose_items(work, dyn_snapshot_category_popular(work->snapshot, work->page_category));
    }
    for (uint32_t i = 0; session != NULL && i < LIKES_ASKED; i++) {
        if (i < session->brand_count) {
            propose_numbers(work, dyn_brand_items(work->snapshot, session->brands[i].index));
        }
        if (i < session->trait_count) {
            propose_numbers(work, dyn_trait_items(work->snapshot, session->traits[i].index));
        }
        if (i < session->category_count) {
            propose_items(
                work, dyn_snapshot_category_popular(work->snapshot, session->categories[i].index));
        }
    }
    propose_items(work, dyn_snapshot_sales(work->snapshot));
}

/* ---- trending categories and brands ---- */

/* Against the category that gains most: a brand, and what of a category or brand is liked but does not gain itself. */
static const float brand_share = 0.5f;
static const float others_share = 0.3f;

/* What gains itself, by how much its category or brand does, and then by its own place. */
static void propose_gaining(dyn_work_t *work, bool categories_only)
{
    dyn_edges_t trending = dyn_snapshot_trending(work->snapshot);
    dyn_edges_t categories = dyn_snapshot_trending_categories(work->snapshot);
    dyn_edges_t brands = dyn_snapshot_trending_brands(work->snapshot);

    for (uint32_t i = 0; i < trending.count; i++) {
        const dyn_item_t *item = dyn_work_item(work, trending.edges[i].item);
        float place = 0.5f + 0.5f * (trending.edges[i].weight / trending.edges[0].weight);
        float share = item->category != DYN_NONE ? dyn_edges_weight(categories, item->category) : 0;

        if (!categories_only && item->brand != DYN_NONE) {
            float of_brand = brand_share * dyn_edges_weight(brands, item->brand);

            share = of_brand > share ? of_brand : share;
        }
        if (share > 0) {
            dyn_candidates_propose(work, trending.edges[i].item, share * place);
        }
    }
}

/*
 * What is trending of the categories and brands that gain most, and what else of them many buy. A slot with one item of each category
 * shows the first of these only: there, each item is said to be trending.
 */
void dyn_source_trending_in(dyn_work_t *work)
{
    bool categories_only = (work->row->flags & DYN_BLEND_ONE_PER_CATEGORY) != 0;
    dyn_edges_t categories = dyn_snapshot_trending_categories(work->snapshot);
    dyn_edges_t brands = dyn_snapshot_trending_brands(work->snapshot);

    propose_gaining(work, categories_only);
    for (uint32_t i = 0; !categories_only && i < categories.count; i++) {
        dyn_edges_t popular =
            dyn_snapshot_category_popular(work->snapshot, categories.edges[i].item);

        if (popular.count > 0) {
            dyn_candidates_propose_edges(
                work, popular, others_share * categories.edges[i].weight / popular.edges[0].weight);
        }
    }
    for (uint32_t i = 0; !categories_only && i < brands.count; i++) {
        dyn_numbers_t items = dyn_brand_items(work->snapshot, brands.edges[i].item);

        for (uint32_t k = 0; k < items.count; k++) {
            dyn_candidates_propose(work, items.numbers[k],
                                   brand_share * others_share * brands.edges[i].weight /
                                       (1 + 0.1f * (float)k));
        }
    }
}
