/* Items that a shopper may take instead of another: what the catalogue says is of the same kind. */
#ifndef DYN_SIMILAR_H
#define DYN_SIMILAR_H

#include "cli/train/item_terms.h"
#include "cli/train/lists.h"
#include "engine/model/model.h"

enum { DYN_SIMILAR_LIST_MAX = 24 };

/* A pair that is less alike is left out. */
#define DYN_SIMILAR_LIKENESS_MIN 0.55f

typedef struct {
    const dyn_item_terms_t *terms;
    const dyn_model_sections_t *model; /* its header's data is NULL without a model */
    const uint8_t
        *viewed_with; /* of the model's edges: cli/train/viewed_with.h; NULL without a model */
    unsigned threads;
} dyn_similar_input_t;

/*
 * For each item of the catalogue the items most like it. A pair's likeness is
 *
 *     0.50 when both are of one deepest category, 0.30 when they are of two of one kind
 *     + 0.25 c, with c = (idf of the title's words, tags and other traits that both have) / (idf of those that either has)
 *     + 0.20 (lower price / higher price), 0.10 when a price is unknown
 *     + 0.05 of one brand
 *
 * Two categories are of one kind when one is the other's parent or both have the same, and cli/train/kinds.h says so ("Day packs",
 * "Trekking packs"; "Tents" and "Pegs" are not). In a category whose name joins
 * several kinds ("Pots & cutlery", "Maps and compasses") both titles must have a word that no title of another category has
 * ("pot"), and c must be at least 0.15. Not similar are items of one group (they are the same), items with traits of which c is 0,
 * what costs more than three times as much, and what is for others: kids and not kids, or two audiences that have nothing in common.
 *
 * Similar items stand in the order of their likeness l and of what shoppers view together: with v the weight of the model's edge over
 * that of the item's heaviest, if at least DYN_VIEWED_WITH_SUPPORT_MIN sessions clicked both, else 0, the weight is l + 0.3 (1 - l) v.
 * False when memory is out.
 */
bool dyn_similar_make(const dyn_similar_input_t *input, dyn_lists_t *similar);

#endif
