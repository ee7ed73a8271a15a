/* Items that a shopper may take instead of another: what the catalogue says is of the same kind. */
#ifndef DYN_SIMILAR_H
#define DYN_SIMILAR_H

#include "cli/train/item_terms.h"
#include "cli/train/lists.h"

enum { DYN_SIMILAR_LIST_MAX = 24 };

/* A pair that is less alike is left out. */
#define DYN_SIMILAR_LIKENESS_MIN 0.5f

/*
 * For each item of the catalogue the items most like it. A pair's likeness is
 *
 *     0.50 when both are of one deepest category (0.30: of two of one kind)
 *     + 0.25 * (idf of the words of the title and the tags that both have) / (idf of those that either has)
 *     + 0.20 * (lower price / higher price)
 *     + 0.05 of one brand
 *
 * Two categories are of one kind when one is the other's parent or both have the same, and the last words of their names end alike
 * ("Day packs", "Trekking packs"; "Regenjacken", "Daunenjacken"): "Tents" and "Pegs" are not. Items of one group are none: they are the
 * same; nor is what costs more than three times as much. False when memory is out.
 */
bool dyn_similar_make(const dyn_item_terms_t *terms, unsigned threads, dyn_lists_t *similar);

#endif
