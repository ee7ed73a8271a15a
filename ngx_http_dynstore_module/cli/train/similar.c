#include "cli/train/similar.h"

#include <math.h>
#include <stdlib.h>

#include "cli/train/kinds.h"
#include "engine/catalogue/snapshot.h"

static const float category_share = 0.50f;
static const float kind_share = 0.30f;
static const float terms_share = 0.25f;
static const float price_share = 0.20f;
static const float brand_share = 0.05f;
static const float viewed_share = 0.30f;

static const float unknown_nearness = 0.5f;

/* Added for each term that two items share, so that those of one category are looked at; all markers are less than looked_at. */
static const float marker = 1e-6f;
static const float looked_at = 1e-3f;

/* What costs three times as much is another kind of thing. */
static const float nearness_min = 1.0f / 3;

/* How much two items of a category with several kinds of things must have in common, beside a word. */
static const float mixed_share_min = 0.15f;

enum { KIND_WORD_BYTES_MIN = 3 };

/* For whom an item is. */
enum { FOR_KIDS = 1, FOR_ADULTS = 2, FOR_ALL_ADULTS = 4 };

typedef struct {
    const dyn_item_terms_t *terms;
    const dyn_model_sections_t *model;
    const uint8_t *viewed_with;
    uint32_t *kinds;    /* by term: the category whose kind of thing it names; DYN_NONE: none */
    float *sums;        /* by item: the idf of its words and traits */
    uint8_t *audiences; /* by item: FOR_* */
    uint8_t *mixed;     /* by item: its category has several kinds of things */
} similar_t;

static float counted_idf(const dyn_item_terms_t *terms, uint32_t term)
{
    return dyn_term_kind(terms, term) == DYN_TERM_CATEGORY || dyn_term_items(terms, term) == 0
               ? 0
               : terms->idf[term];
}

static bool of_one_kind(const dyn_item_terms_input_t *input, uint32_t a, uint32_t b)
{
    return input->categories[a].kind == input->categories[b].kind;
}

static bool is_word(dyn_str_t word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dyn_str_t other = dyn_str_from(words[i]);
        if (dyn_str_equal_nocase(word, other)) {
            return true;
        }
    }

    return false;
}

#define IS_WORD(word, words) is_word(word, words, sizeof(words) / sizeof((words)[0]))

static uint8_t audience_of(const dyn_item_terms_input_t *input, const dyn_item_t *item)
{
    static const char *const kids[] = {"kids",     "kid",    "children", "child",  "baby",
                                       "babies",   "boys",   "girls",    "youth",  "toddler",
                                       "toddlers", "junior", "juniors",  "infant", "kinder"};
    static const char *const all[] = {"unisex", "adult", "adults", "all", "everyone"};
    uint8_t audience = 0;

    for (uint32_t i = 0; i < item->traits_count; i++) {
        const dyn_trait_t *trait = &input->traits[input->item_traits[item->traits_start + i]];
        dyn_str_t value = dyn_item_terms_string(input, trait->value);

        if (dyn_str_equal(dyn_item_terms_string(input, trait->name), DYN_STR("audience"))) {
            audience |= IS_WORD(value, kids)  ? FOR_KIDS
                        : IS_WORD(value, all) ? FOR_ADULTS | FOR_ALL_ADULTS
                                              : FOR_ADULTS;
        }
    }

    return audience;
}

/* Whether both have a trait "audience" of the same value. */
static bool share_audience(const dyn_item_terms_input_t *input, const dyn_item_t *a,
                           const dyn_item_t *b)
{
    for (uint32_t i = 0, k = 0; i < a->traits_count && k < b->traits_count;) {
        uint32_t one = input->item_traits[a->traits_start + i];
        uint32_t other = input->item_traits[b->traits_start + k];

        if (one == other && dyn_str_equal(dyn_item_terms_string(input, input->traits[one].name),
                                          DYN_STR("audience"))) {
            return true;
        }
        i += one <= other;
        k += other <= one;
    }

    return false;
}

/* A word names a kind of thing of a category where it is in the titles of no other. */
static uint32_t kind_named(const dyn_item_terms_t *terms, uint32_t term)
{
    dyn_str_t word = dyn_ids_text(&terms->names, term);
    uint32_t first = terms->term_starts[term], end = terms->term_starts[term + 1];

    if (word.len <= KIND_WORD_BYTES_MIN || dyn_term_kind(terms, term) != DYN_TERM_WORD) {
        return DYN_NONE;
    }
    for (size_t i = 1; i < word.len; i++) {
        if (!dyn_kinds_letter(word.data[i])) {
            return DYN_NONE;
        }
    }

    uint32_t category = terms->input.items[terms->items_of[first]].category;

    for (uint32_t i = first + 1; i < end; i++) {
        if (terms->input.items[terms->items_of[i]].category != category) {
            return DYN_NONE;
        }
    }

    return category;
}

/* Whether both titles have such a word. */
static bool share_kind(const similar_t *similar, uint32_t a, uint32_t b)
{
    const dyn_item_terms_t *terms = similar->terms;

    for (uint32_t i = terms->starts[a]; i < terms->starts[a + 1]; i++) {
        for (uint32_t k = terms->starts[b]; k < terms->starts[b + 1]; k++) {
            if (terms->of_item[i] == terms->of_item[k] &&
                similar->kinds[terms->of_item[i]] == terms->input.items[a].category) {
                return true;
            }
        }
    }

    return false;
}

/* Whether somebody for whom the one is may want the other. */
static bool for_the_same(const similar_t *similar, uint32_t a, uint32_t b)
{
    const dyn_item_terms_input_t *input = &similar->terms->input;
    uint8_t one = similar->audiences[a], other = similar->audiences[b];

    if (share_audience(input, &input->items[a], &input->items[b])) {
        return true;
    }
    if (((one | other) & FOR_KIDS) != 0) {
        return (one & other & FOR_KIDS) != 0;
    }

    return one == 0 || other == 0 || ((one | other) & FOR_ALL_ADULTS) != 0;
}

/* What the categories say; 0 when the two are not of one kind. `common`: the share of their words and traits. */
static float of_categories(const similar_t *similar, uint32_t owner, uint32_t other, float common)
{
    const dyn_item_terms_input_t *input = &similar->terms->input;
    const dyn_item_t *a = &input->items[owner], *b = &input->items[other];
    dyn_related_t related = dyn_categories_related(input, a, b);

    if (related == DYN_RELATED_PARENT) {
        return of_one_kind(input, a->category, b->category) ? kind_share : 0;
    }
    if (related == DYN_RELATED_NOT || (similar->mixed[owner] && common < mixed_share_min) ||
        (similar->mixed[owner] && !share_kind(similar, owner, other)) ||
        (common <= 0 && a->traits_count > 0 && b->traits_count > 0)) {
        return 0;
    }

    return category_share;
}

/* 0: not similar. */
static float likeness_of(const similar_t *similar, uint32_t owner, uint32_t other, float shared)
{
    const dyn_item_t *a = &similar->terms->input.items[owner];
    const dyn_item_t *b = &similar->terms->input.items[other];
    float either = similar->sums[owner] + similar->sums[other] - shared;
    float common = either > 0 && shared > looked_at ? shared / either : 0;
    float nearness = dyn_price_nearness(a, b);

    if (other == owner || a->group == b->group || (nearness > 0 && nearness < nearness_min) ||
        !for_the_same(similar, owner, other)) {
        return 0;
    }

    float categories = of_categories(similar, owner, other, common);

    return categories == 0
               ? 0
               : fminf(categories + terms_share * common +
                           price_share * (nearness > 0 ? nearness : unknown_nearness) +
                           (a->brand != DYN_NONE && a->brand == b->brand ? brand_share : 0),
                       1);
}

/* How often both are viewed, over the owner's heaviest edge; 0 when too few sessions did. */
static float viewed_together(const similar_t *similar, uint32_t owner, uint32_t other)
{
    if (similar->viewed_with == NULL) {
        return 0;
    }

    const uint32_t *starts = similar->model->section[DYN_MODEL_SECTION_EDGE_STARTS].data;
    const uint32_t *items = similar->model->section[DYN_MODEL_SECTION_EDGE_ITEMS].data;
    const uint16_t *weights = similar->model->section[DYN_MODEL_SECTION_EDGE_WEIGHTS].data;
    uint32_t k = starts[owner];

    while (k < starts[owner + 1] && items[k] != other) {
        k++;
    }
    if (k == starts[owner + 1] ||
        (similar->viewed_with[k / 2] >> (k % 2 * 4) & 15) < DYN_VIEWED_WITH_SUPPORT_MIN) {
        return 0;
    }

    return (float)weights[k] / (float)weights[starts[owner]];
}

static void offer(const similar_t *similar, uint32_t owner, uint32_t other, float shared,
                  dyn_top_t *top)
{
    float likeness = likeness_of(similar, owner, other, shared);

    if (likeness >= DYN_SIMILAR_LIKENESS_MIN) {
        dyn_top_offer(top, other,
                      likeness +
                          viewed_share * (1 - likeness) * viewed_together(similar, owner, other));
    }
}

static void list(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const similar_t *similar = context;
    const dyn_item_terms_t *terms = similar->terms;
    for (uint32_t k = terms->starts[owner]; k < terms->starts[owner + 1]; k++) {
        uint32_t term = terms->of_item[k], count = dyn_term_items(terms, term);

        for (uint32_t i = 0; i < count; i++) {
            scratch[terms->items_of[terms->term_starts[term] + i]] +=
                marker + counted_idf(terms, term);
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

static void describe(similar_t *similar, uint32_t item)
{
    const dyn_item_terms_t *terms = similar->terms;
    const dyn_item_terms_input_t *input = &terms->input;
    uint32_t category = input->items[item].category;

    for (uint32_t k = terms->starts[item]; k < terms->starts[item + 1]; k++) {
        similar->sums[item] += counted_idf(terms, terms->of_item[k]);
    }
    similar->audiences[item] = audience_of(input, &input->items[item]);
    similar->mixed[item] =
        category != DYN_NONE && (input->categories[category].flags & DYN_CATEGORY_SEVERAL) != 0;
}

bool dyn_similar_make(const dyn_similar_input_t *input, dyn_lists_t *lists)
{
    uint32_t count = input->terms->input.item_count;
    similar_t similar = {
        .terms = input->terms,
        .model = input->model,
        .viewed_with = input->viewed_with,
        .kinds = malloc(((size_t)input->terms->names.count + 1) * sizeof(uint32_t)),
        .sums = calloc((size_t)count + 1, sizeof(float)),
        .audiences = calloc((size_t)count + 1, 1),
        .mixed = calloc((size_t)count + 1, 1),
    };
    bool made = similar.kinds != NULL && similar.sums != NULL && similar.audiences != NULL &&
                similar.mixed != NULL;

    for (uint32_t term = 0; made && term < input->terms->names.count; term++) {
        similar.kinds[term] = kind_named(input->terms, term);
    }
    for (uint32_t i = 0; made && i < count; i++) {
        describe(&similar, i);
    }
    made = made && dyn_lists_make(count, count, DYN_SIMILAR_LIST_MAX, list, &similar,
                                  input->threads, lists);
    free(similar.kinds);
    free(similar.sums);
    free(similar.audiences);
    free(similar.mixed);

    return made;
}
