#include "cli/train/item_terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"

enum {
    TERM_BYTES_MIN = 2,
    TERM_BYTES_MAX = 64,
    TERMS_PER_ITEM_MAX = 96,
    /* A term of more items tells too little and would cost too much. */
    ITEMS_PER_TERM_MAX = 1000
};

static const char kinds[] = {
    [DYN_TERM_WORD] = 'w', [DYN_TERM_TAG] = 't', [DYN_TERM_TRAIT] = 'a', [DYN_TERM_CATEGORY] = 'c'};

dyn_str_t dyn_item_terms_string(const dyn_item_terms_input_t *input, dyn_string_ref_t reference)
{
    const char *at = input->strings + reference;
    uint32_t length;

    memcpy(&length, at, sizeof(length));

    return (dyn_str_t){at + 4, length};
}

/* False when memory is out. */
static bool add_term(dyn_item_terms_t *terms, uint32_t item, dyn_term_kind_t kind, const char *text,
                     size_t length)
{
    char key[TERM_BYTES_MAX + 1];
    uint32_t first = terms->starts[item];

    if (length > TERM_BYTES_MAX || terms->of_item_count - first >= TERMS_PER_ITEM_MAX) {
        return true;
    }

    key[0] = kinds[kind];
    for (size_t i = 0; i < length; i++) {
        bool is_text = kind == DYN_TERM_WORD || kind == DYN_TERM_TAG;
        bool capital = is_text && text[i] >= 'A' && text[i] <= 'Z';

        key[i + 1] = capital ? (char)(text[i] | 0x20) : text[i];
    }

    uint32_t term = dyn_ids_add(&terms->names, (dyn_str_t){key, length + 1});

    for (uint32_t i = first; i < terms->of_item_count; i++) {
        if (terms->of_item[i] == term) {
            return true;
        }
    }
    if (term == DYN_NONE || !dyn_grow((void **)&terms->of_item, terms->of_item_count,
                                      &terms->of_item_room, 1, sizeof(uint32_t))) {
        return false;
    }
    terms->of_item[terms->of_item_count++] = term;

    return true;
}

static bool is_word_byte(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool add_words(dyn_item_terms_t *terms, uint32_t item, dyn_str_t text)
{
    for (size_t i = 0; i < text.len;) {
        size_t start = i;

        while (i < text.len && is_word_byte((unsigned char)text.data[i])) {
            i++;
        }
        if (i - start >= TERM_BYTES_MIN &&
            !add_term(terms, item, DYN_TERM_WORD, text.data + start, i - start)) {
            return false;
        }
        i += i == start;
    }

    return true;
}

static bool add_trait(dyn_item_terms_t *terms, uint32_t item, uint32_t number)
{
    const dyn_trait_t *trait = &terms->input.traits[number];
    dyn_str_t name = dyn_item_terms_string(&terms->input, trait->name);
    dyn_str_t value = dyn_item_terms_string(&terms->input, trait->value);

    if (dyn_str_equal(name, DYN_STR("tag"))) {
        return add_term(terms, item, DYN_TERM_TAG, value.data, value.len);
    }

    return dyn_str_equal(name, DYN_STR("colour")) || dyn_str_equal(name, DYN_STR("size")) ||
           add_term(terms, item, DYN_TERM_TRAIT, (const char *)&number, sizeof(number));
}

static bool add_item(dyn_item_terms_t *terms, uint32_t item_number)
{
    const dyn_item_terms_input_t *input = &terms->input;
    const dyn_item_t *item = &input->items[item_number];

    for (uint32_t c = item->category; c != DYN_NONE; c = input->categories[c].parent) {
        if (!add_term(terms, item_number, DYN_TERM_CATEGORY, (const char *)&c, sizeof(c))) {
            return false;
        }
    }
    for (uint32_t i = 0; i < item->traits_count; i++) {
        if (!add_trait(terms, item_number, input->item_traits[item->traits_start + i])) {
            return false;
        }
    }

    return add_words(terms, item_number, dyn_item_terms_string(input, item->title));
}

static bool collect(dyn_item_terms_t *terms)
{
    uint32_t count = terms->input.item_count;

    terms->starts = malloc(((size_t)count + 1) * sizeof(uint32_t));
    if (terms->starts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        terms->starts[i] = terms->of_item_count;
        if ((terms->input.items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0 && !add_item(terms, i)) {
            return false;
        }
    }
    terms->starts[count] = terms->of_item_count;

    return true;
}

static bool invert(dyn_item_terms_t *terms)
{
    uint32_t count = terms->names.count, items = terms->input.item_count;
    uint32_t *filled = calloc((size_t)count + 1, sizeof(uint32_t));

    terms->term_starts = calloc((size_t)count + 2, sizeof(uint32_t));
    terms->items_of = malloc(((size_t)terms->of_item_count + 1) * sizeof(uint32_t));
    terms->idf = malloc(((size_t)count + 1) * sizeof(float));
    if (filled == NULL || terms->term_starts == NULL || terms->items_of == NULL ||
        terms->idf == NULL) {
        free(filled);
        return false;
    }

    for (uint32_t k = 0; k < terms->of_item_count; k++) {
        terms->term_starts[terms->of_item[k] + 1]++;
    }
    for (uint32_t t = 0; t < count; t++) {
        terms->idf[t] = (float)log(1.0 + (double)items / terms->term_starts[t + 1]);
        terms->term_starts[t + 1] += terms->term_starts[t];
    }
    for (uint32_t i = 0; i < items; i++) {
        for (uint32_t k = terms->starts[i]; k < terms->starts[i + 1]; k++) {
            uint32_t term = terms->of_item[k];

            terms->items_of[terms->term_starts[term] + filled[term]++] = i;
        }
    }
    free(filled);

    return true;
}

bool dyn_item_terms_make(const dyn_item_terms_input_t *input, dyn_item_terms_t *terms)
{
    memset(terms, 0, sizeof(*terms));
    terms->input = *input;

    return collect(terms) && invert(terms);
}

void dyn_item_terms_free(dyn_item_terms_t *terms)
{
    dyn_ids_free(&terms->names);
    free(terms->starts);
    free(terms->of_item);
    free(terms->term_starts);
    free(terms->items_of);
    free(terms->idf);
    memset(terms, 0, sizeof(*terms));
}

dyn_term_kind_t dyn_term_kind(const dyn_item_terms_t *terms, uint32_t term)
{
    char kind = dyn_ids_text(&terms->names, term).data[0];

    return kind == 'c'   ? DYN_TERM_CATEGORY
           : kind == 'a' ? DYN_TERM_TRAIT
           : kind == 't' ? DYN_TERM_TAG
                         : DYN_TERM_WORD;
}

uint32_t dyn_term_items(const dyn_item_terms_t *terms, uint32_t term)
{
    uint32_t count = terms->term_starts[term + 1] - terms->term_starts[term];

    return count <= ITEMS_PER_TERM_MAX ? count : 0;
}

dyn_related_t dyn_categories_related(const dyn_item_terms_input_t *input, const dyn_item_t *a,
                                     const dyn_item_t *b)
{
    if (a->category == DYN_NONE || b->category == DYN_NONE) {
        return DYN_RELATED_NOT;
    }
    if (a->category == b->category) {
        return DYN_RELATED_SAME;
    }

    uint32_t parent = input->categories[a->category].parent;
    uint32_t other = input->categories[b->category].parent;

    return b->category == parent || other == a->category || (parent != DYN_NONE && other == parent)
               ? DYN_RELATED_PARENT
               : DYN_RELATED_NOT;
}

float dyn_price_nearness(const dyn_item_t *a, const dyn_item_t *b)
{
    if (a->price_minor <= 0 || b->price_minor <= 0 || memcmp(a->currency, b->currency, 4) != 0) {
        return 0;
    }

    double ratio = (double)a->price_minor / (double)b->price_minor;

    return (float)(ratio < 1 ? ratio : 1 / ratio);
}
