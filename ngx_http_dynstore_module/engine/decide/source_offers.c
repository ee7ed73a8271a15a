/* What the shop sells for less now. */
#include "engine/catalogue/sales.h"
#include "engine/catalogue/traits.h"
#include "engine/decide/work.h"

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
