#include "cli/train/similar.h"

#include <stdlib.h>

static const float category_share = 0.50f;
static const float kind_share = 0.30f;
static const float terms_share = 0.25f;
static const float price_share = 0.20f;
static const float brand_share = 0.05f;

/* What costs three times as much is another kind of thing. */
static const float nearness_min = 1.0f / 3;

enum { ENDING_BYTES_MIN = 4 };

typedef struct {
    const dyn_item_terms_t *terms;
    float *sums; /* by item: the idf of its words and tags */
} similar_t;

static float counted_idf(const dyn_item_terms_t *terms, uint32_t term)
{
    return dyn_term_kind(terms, term) == DYN_TERM_CATEGORY ? 0 : terms->idf[term];
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_letter(char c)
{
    return (unsigned char)c >= 0x80 || (small(c) >= 'a' && small(c) <= 'z');
}

static dyn_str_t last_word(dyn_str_t name)
{
    size_t end = name.len;

    while (end > 0 && !is_letter(name.data[end - 1])) {
        end--;
    }

    size_t begin = end;

    while (begin > 0 && is_letter(name.data[begin - 1])) {
        begin--;
    }

    return (dyn_str_t){name.data + begin, end - begin};
}

static bool end_alike(dyn_str_t a, dyn_str_t b)
{
    size_t same = 0, shorter = a.len < b.len ? a.len : b.len;

    while (same < shorter && small(a.data[a.len - 1 - same]) == small(b.data[b.len - 1 - same])) {
        same++;
    }

    return same >= ENDING_BYTES_MIN || (same == shorter && a.len == b.len && same > 0);
}

static bool of_one_kind(const dyn_item_terms_input_t *input, uint32_t a, uint32_t b)
{
    return end_alike(last_word(dyn_item_terms_string(input, input->categories[a].name)),
                     last_word(dyn_item_terms_string(input, input->categories[b].name)));
}

/* What category, price and brand say; 0 when the two are not of one kind. */
static float of_fields(const dyn_item_terms_input_t *input, const dyn_item_t *a,
                       const dyn_item_t *b)
{
    dyn_related_t related = dyn_categories_related(input, a, b);
    float nearness = dyn_price_nearness(a, b);

    if (related == DYN_RELATED_NOT || (nearness > 0 && nearness < nearness_min) ||
        (related == DYN_RELATED_PARENT && !of_one_kind(input, a->category, b->category))) {
        return 0;
    }

    return (related == DYN_RELATED_SAME ? category_share : kind_share) + price_share * nearness +
           (a->brand != DYN_NONE && a->brand == b->brand ? brand_share : 0);
}

static void offer(const similar_t *similar, uint32_t owner, uint32_t other, float shared,
                  dyn_top_t *top)
{
    const dyn_item_t *items = similar->terms->input.items;
    float either = similar->sums[owner] + similar->sums[other] - shared;
    float fields = of_fields(&similar->terms->input, &items[owner], &items[other]);
    float likeness = fields + (either > 0 ? terms_share * shared / either : 0);

    if (other != owner && items[other].group != items[owner].group && fields > 0 &&
        likeness >= DYN_SIMILAR_LIKENESS_MIN) {
        dyn_top_offer(top, other, likeness < 1 ? likeness : 1);
    }
}

static void list(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const similar_t *similar = context;
    const dyn_item_terms_t *terms = similar->terms;
    const float looked_at = 1e-6f;

    for (uint32_t k = terms->starts[owner]; k < terms->starts[owner + 1]; k++) {
        uint32_t term = terms->of_item[k], count = dyn_term_items(terms, term);

        for (uint32_t i = 0; i < count; i++) {
            scratch[terms->items_of[terms->term_starts[term] + i]] +=
                looked_at + counted_idf(terms, term);
        }
    }
    for (uint32_t k = terms->starts[owner]; k < terms->starts[owner + 1]; k++) {
        uint32_t term = terms->of_item[k], count = dyn_term_items(terms, term);

        for (uint32_t i = 0; i < count; i++) {
            uint32_t other = terms->items_of[terms->term_starts[term] + i];

            if (scratch[other] > 0) {
                offer(similar, owner, other, scratch[other], top);
                scratch[other] = 0;
            }
        }
    }
}

bool dyn_similar_make(const dyn_item_terms_t *terms, unsigned threads, dyn_lists_t *lists)
{
    uint32_t count = terms->input.item_count;
    similar_t similar = {terms, calloc((size_t)count + 1, sizeof(float))};

    for (uint32_t i = 0; similar.sums != NULL && i < count; i++) {
        for (uint32_t k = terms->starts[i]; k < terms->starts[i + 1]; k++) {
            similar.sums[i] += counted_idf(terms, terms->of_item[k]);
        }
    }

    bool made = similar.sums != NULL &&
                dyn_lists_make(count, count, DYN_SIMILAR_LIST_MAX, list, &similar, threads, lists);

    free(similar.sums);

    return made;
}
