#include "cli/train/alike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "cli/base/ids.h"

static const float terms_share = 0.45f;
static const float category_share = 0.35f;
static const float parent_share = 0.18f;
static const float brand_share = 0.10f;
static const float price_share = 0.10f;

enum { TERM_BYTES_MIN = 2, TERM_BYTES_MAX = 64, TERMS_PER_ITEM_MAX = 48 };

/* Which items have a term: a word of the title, a tag, or a category and those above it. */
typedef struct {
    const dyn_alike_input_t *input;
    dyn_ids_t terms;
    /* By item: its terms, [starts[i], starts[i + 1]) of `of_item`; by term: its items. */
    uint32_t *starts;
    uint32_t *of_item;
    uint32_t of_item_count, of_item_room;
    uint32_t *term_starts;
    uint32_t *items_of;
    float *idf;
    bool failed;
} alike_t;

static dyn_str_t string_at(const dyn_alike_input_t *input, dyn_string_ref_t reference)
{
    const char *at = input->strings + reference;
    uint32_t length;

    memcpy(&length, at, sizeof(length));

    return (dyn_str_t){at + 4, length};
}

static void add_term(alike_t *alike, uint32_t item, char kind, const char *text, size_t length)
{
    char key[TERM_BYTES_MAX + 1];
    uint32_t first = alike->starts[item];

    if (length > TERM_BYTES_MAX || alike->of_item_count - first >= TERMS_PER_ITEM_MAX) {
        return;
    }

    key[0] = kind;
    for (size_t i = 0; i < length; i++) {
        key[i + 1] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    }

    uint32_t term = dyn_ids_add(&alike->terms, (dyn_str_t){key, length + 1});

    for (uint32_t i = first; i < alike->of_item_count; i++) {
        if (alike->of_item[i] == term) {
            return;
        }
    }
    if (term == DYN_NONE || !dyn_grow((void **)&alike->of_item, alike->of_item_count,
                                      &alike->of_item_room, 1, sizeof(uint32_t))) {
        alike->failed = true;
        return;
    }
    alike->of_item[alike->of_item_count++] = term;
}

static bool is_word_byte(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_words(alike_t *alike, uint32_t item, dyn_str_t text)
{
    for (size_t i = 0; i < text.len;) {
        size_t start = i;

        while (i < text.len && is_word_byte((unsigned char)text.data[i])) {
            i++;
        }
        if (i - start >= TERM_BYTES_MIN) {
            add_term(alike, item, 'w', text.data + start, i - start);
        }
        i += i == start;
    }
}

static void add_item(alike_t *alike, uint32_t item_number)
{
    const dyn_alike_input_t *input = alike->input;
    const dyn_item_t *item = &input->items[item_number];

    for (uint32_t c = item->category; c != DYN_NONE; c = input->categories[c].parent) {
        add_term(alike, item_number, 'c', (const char *)&c, sizeof(c));
    }
    for (uint32_t i = 0; i < item->tags_count; i++) {
        dyn_str_t tag = string_at(input, input->tags[item->tags_start + i]);

        add_term(alike, item_number, 't', tag.data, tag.len);
    }
    add_words(alike, item_number, string_at(input, item->title));
}

static bool collect(alike_t *alike)
{
    uint32_t count = alike->input->item_count;

    alike->starts = malloc(((size_t)count + 1) * sizeof(uint32_t));
    if (alike->starts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count && !alike->failed; i++) {
        alike->starts[i] = alike->of_item_count;
        if ((alike->input->items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0) {
            add_item(alike, i);
        }
    }
    alike->starts[count] = alike->of_item_count;

    return !alike->failed;
}

static bool invert(alike_t *alike)
{
    uint32_t terms = alike->terms.count, items = alike->input->item_count;
    uint32_t *filled = calloc((size_t)terms + 1, sizeof(uint32_t));

    alike->term_starts = calloc((size_t)terms + 2, sizeof(uint32_t));
    alike->items_of = malloc(((size_t)alike->of_item_count + 1) * sizeof(uint32_t));
    alike->idf = malloc(((size_t)terms + 1) * sizeof(float));
    if (filled == NULL || alike->term_starts == NULL || alike->items_of == NULL ||
        alike->idf == NULL) {
        free(filled);
        return false;
    }

    for (uint32_t k = 0; k < alike->of_item_count; k++) {
        alike->term_starts[alike->of_item[k] + 1]++;
    }
    for (uint32_t t = 0; t < terms; t++) {
        alike->idf[t] = (float)log(1.0 + (double)items / alike->term_starts[t + 1]);
        alike->term_starts[t + 1] += alike->term_starts[t];
    }
    for (uint32_t i = 0; i < items; i++) {
        for (uint32_t k = alike->starts[i]; k < alike->starts[i + 1]; k++) {
            uint32_t term = alike->of_item[k];

            alike->items_of[alike->term_starts[term] + filled[term]++] = i;
        }
    }
    free(filled);

    return true;
}

static bool is_category(const alike_t *alike, uint32_t term)
{
    return dyn_ids_text(&alike->terms, term).data[0] == 'c';
}

static float of_fields(const dyn_alike_input_t *input, const dyn_item_t *a, const dyn_item_t *b)
{
    float likeness = 0;

    if (a->category != DYN_NONE && b->category != DYN_NONE) {
        uint32_t parent = input->categories[a->category].parent;

        if (a->category == b->category) {
            likeness += category_share;
        } else if (b->category == parent || input->categories[b->category].parent == a->category ||
                   (parent != DYN_NONE && input->categories[b->category].parent == parent)) {
            likeness += parent_share;
        }
    }
    if (a->brand != DYN_NONE && a->brand == b->brand) {
        likeness += brand_share;
    }
    if (a->price_minor > 0 && b->price_minor > 0 && memcmp(a->currency, b->currency, 4) == 0) {
        double ratio = (double)a->price_minor / (double)b->price_minor;

        likeness += price_share * (float)(ratio < 1 ? ratio : 1 / ratio);
    }

    return likeness;
}

static bool is_cold(const dyn_alike_input_t *input, uint32_t item)
{
    return input->session_counts == NULL || input->session_counts[item] < DYN_ALIKE_SESSIONS;
}

/* Calls for each item that shares a term, once for each term; a common one says nothing. */
static uint32_t shared_count(const alike_t *alike, uint32_t term)
{
    uint32_t count = alike->term_starts[term + 1] - alike->term_starts[term];

    return count <= DYN_ALIKE_ITEMS_PER_TERM_MAX ? count : 0;
}

static void offer(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const alike_t *alike = context;
    const dyn_alike_input_t *input = alike->input;
    bool cold = is_cold(input, owner);
    float own = 0;

    /* a word's idf adds up; a category only marks the item as worth a look */
    for (uint32_t k = alike->starts[owner]; k < alike->starts[owner + 1]; k++) {
        uint32_t term = alike->of_item[k], count = shared_count(alike, term);
        float idf = is_category(alike, term) ? 1e-6f : alike->idf[term];

        own += idf;
        for (uint32_t i = 0; i < count; i++) {
            scratch[alike->items_of[alike->term_starts[term] + i]] += idf;
        }
    }
    for (uint32_t k = alike->starts[owner]; k < alike->starts[owner + 1]; k++) {
        uint32_t term = alike->of_item[k], count = shared_count(alike, term);

        for (uint32_t i = 0; i < count; i++) {
            uint32_t other = alike->items_of[alike->term_starts[term] + i];
            float shared = scratch[other];

            scratch[other] = 0;
            if (shared > 0 && other != owner && (cold || is_cold(input, other)) &&
                input->items[other].group != input->items[owner].group) {
                dyn_top_offer(top, other,
                              terms_share * shared / own +
                                  of_fields(input, &input->items[owner], &input->items[other]));
            }
        }
    }
}

bool dyn_alike_make(const dyn_alike_input_t *input, dyn_lists_t *lists)
{
    alike_t alike = {.input = input};

    memset(lists, 0, sizeof(*lists));

    bool made = collect(&alike) && invert(&alike) &&
                dyn_lists_make(input->item_count, input->item_count, DYN_ALIKE_LIST_MAX, offer,
                               &alike, input->threads, lists);

    dyn_ids_free(&alike.terms);
    free(alike.starts);
    free(alike.of_item);
    free(alike.term_starts);
    free(alike.items_of);
    free(alike.idf);

    return made;
}
