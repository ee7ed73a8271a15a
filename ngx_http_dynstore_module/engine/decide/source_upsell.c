/* What is a step up from the page's item, else from what is in the cart: of its category, and a little dearer. */
#include "engine/catalogue/kind.h"
#include "engine/decide/work.h"

/* Against what is like the item. */
static const float popular_weight = 0.3f;

bool dyn_is_step_up(const dyn_work_t *work, uint32_t from, uint32_t to)
{
    const dyn_snapshot_t *snapshot = work->snapshot;
    int64_t now_ms = work->request->now_ms;
    dyn_price_t of = dyn_item_asked_price(snapshot, from, now_ms);
    dyn_price_t asked = dyn_item_asked_price(snapshot, to, now_ms);
    double band = 1 + work->policy->guardrails.upsell_band;

    return from != to && of.minor > 0 && asked.minor > of.minor &&
           (double)asked.minor <= band * (double)of.minor &&
           dyn_str_equal(dyn_str_from(of.currency), dyn_str_from(asked.currency)) &&
           snapshot->items[from].category != DYN_NONE &&
           snapshot->items[from].category == snapshot->items[to].category &&
           dyn_same_kind(snapshot, from, to);
}

static void step_up(dyn_work_t *work, uint32_t from, float weight)
{
    const dyn_snapshot_t *snapshot = work->snapshot;
    uint32_t category = dyn_work_item(work, from)->category;
    dyn_edges_t lists[2] = {dyn_snapshot_similar(snapshot, from), {NULL, 0}};
    float weights[2] = {weight, 0};

    if (category != DYN_NONE) {
        lists[1] = dyn_snapshot_category_popular(snapshot, category);
        weights[1] = lists[1].count > 0 ? popular_weight * weight / lists[1].edges[0].weight : 0;
    }
    for (int list = 0; list < 2; list++) {
        for (uint32_t i = 0; i < lists[list].count; i++) {
            const dyn_edge_t *edge = &lists[list].edges[i];

            if (dyn_is_step_up(work, from, edge->item)) {
                dyn_candidates_propose(work, edge->item, weights[list] * edge->weight);
            }
        }
    }
}

void dyn_source_upsell(dyn_work_t *work)
{
    if (work->page_item != DYN_NONE) {
        step_up(work, work->page_item, 1);
        return;
    }
    for (uint32_t i = 0; i < work->cart_count; i++) {
        step_up(work, work->cart[i].item, work->cart[i].weight);
    }
}
