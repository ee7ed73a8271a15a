#include "cli/train/alike.h"

static const float terms_share = 0.45f;
static const float category_share = 0.35f;
static const float parent_share = 0.18f;
static const float brand_share = 0.10f;
static const float price_share = 0.10f;

typedef struct {
    const dyn_item_terms_t *terms;
    const uint32_t *session_counts;
} alike_t;

static float of_fields(const dyn_item_terms_input_t *input, const dyn_item_t *a,
                       const dyn_item_t *b)
{
    dyn_related_t related = dyn_categories_related(input, a, b);
    float likeness = price_share * dyn_price_nearness(a, b);

    if (related != DYN_RELATED_NOT) {
        likeness += related == DYN_RELATED_SAME ? category_share : parent_share;
    }
    if (a->brand != DYN_NONE && a->brand == b->brand) {
        likeness += brand_share;
    }

    return likeness;
}

static bool is_cold(const alike_t *alike, uint32_t item)
{
    return alike->session_counts == NULL || alike->session_counts[item] < DYN_ALIKE_SESSIONS;
}

/* The items that a term leads to; words, tags and categories do. */
static uint32_t looked_through(const dyn_item_terms_t *terms, uint32_t term)
{
    return dyn_term_kind(terms, term) == DYN_TERM_TRAIT ? 0 : dyn_term_items(terms, term);
}

static void offer(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const alike_t *alike = context;
    const dyn_item_terms_t *terms = alike->terms;
    const dyn_item_t *items = terms->input.items;
    bool cold = is_cold(alike, owner);
    float own = 0;

    /* a word's idf adds up; a category only marks the item as worth a look */
    for (uint32_t k = terms->starts[owner]; k < terms->starts[owner + 1]; k++) {
        uint32_t term = terms->of_item[k], count = looked_through(terms, term);
        dyn_term_kind_t kind = dyn_term_kind(terms, term);
        float idf = kind == DYN_TERM_CATEGORY ? 1e-6f
                    : kind == DYN_TERM_TRAIT  ? 0
                                              : terms->idf[term];

        own += idf;
        for (uint32_t i = 0; i < count; i++) {
            scratch[terms->items_of[terms->term_starts[term] + i]] += idf;
        }
    }
    for (uint32_t k = terms->starts[owner]; k < terms->starts[owner + 1]; k++) {
        uint32_t term = terms->of_item[k], count = looked_through(terms, term);

        for (uint32_t i = 0; i < count; i++) {
            uint32_t other = terms->items_of[terms->term_starts[term] + i];
            float shared = scratch[other];

            scratch[other] = 0;
            if (shared > 0 && other != owner && (cold || is_cold(alike, other)) &&
                items[other].group != items[owner].group) {
                dyn_top_offer(top, other,
                              terms_share * shared / own +
                                  of_fields(&terms->input, &items[owner], &items[other]));
            }
        }
    }
}

bool dyn_alike_make(const dyn_item_terms_t *terms, const uint32_t *session_counts, unsigned threads,
                    dyn_lists_t *lists)
{
    alike_t alike = {terms, session_counts};

    return dyn_lists_make(terms->input.item_count, terms->input.item_count, DYN_ALIKE_LIST_MAX,
                          offer, &alike, threads, lists);
}
