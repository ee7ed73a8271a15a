/* What the catalogue says of each item, as terms that items may have in common: words of the title, tags, categories. */
#ifndef DYN_ITEM_TERMS_H
#define DYN_ITEM_TERMS_H

#include "cli/base/ids.h"
#include "engine/catalogue/snapshot_format.h"

typedef struct {
    const dyn_item_t *items;
    uint32_t item_count;
    const dyn_category_t *categories;
    const char *strings;
    const dyn_trait_t *traits;
    const uint32_t *item_traits;
} dyn_item_terms_input_t;

/* A trait is here one that is no tag, colour or size: what comes in five colours and eight sizes has no more in common for that. */
typedef enum { DYN_TERM_WORD, DYN_TERM_TAG, DYN_TERM_TRAIT, DYN_TERM_CATEGORY } dyn_term_kind_t;

/* By item: its terms, [starts[i], starts[i + 1]) of of_item; by term: its items, the same way. */
typedef struct {
    dyn_item_terms_input_t input;
    dyn_ids_t names;
    uint32_t *starts;
    uint32_t *of_item;
    uint32_t of_item_count, of_item_room;
    uint32_t *term_starts;
    uint32_t *items_of;
    float *idf; /* of each term: ln(1 + items / its items) */
} dyn_item_terms_t;

/* Of the items in the catalogue; the input's arrays must stay. False when memory is out. Free it in either case. */
bool dyn_item_terms_make(const dyn_item_terms_input_t *input, dyn_item_terms_t *terms);
void dyn_item_terms_free(dyn_item_terms_t *terms);

dyn_term_kind_t dyn_term_kind(const dyn_item_terms_t *terms, uint32_t term);
/* How many items have it; 0 when they are too many to be looked through: then it says little. */
uint32_t dyn_term_items(const dyn_item_terms_t *terms, uint32_t term);
/* How categories of two items stand to each other; and the lower price over the higher, 0 when they cannot be compared. */
typedef enum { DYN_RELATED_NOT, DYN_RELATED_PARENT, DYN_RELATED_SAME } dyn_related_t;
dyn_related_t dyn_categories_related(const dyn_item_terms_input_t *input, const dyn_item_t *a,
                                     const dyn_item_t *b);
float dyn_price_nearness(const dyn_item_t *a, const dyn_item_t *b);
/* A string of the snapshot to be. */
dyn_str_t dyn_item_terms_string(const dyn_item_terms_input_t *input, dyn_string_ref_t reference);

#endif
