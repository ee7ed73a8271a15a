/*
 * What a text means in this catalogue: the words of a search, of an ad, of a page's address.
 *
 * A text is cut into words (engine/words/tokens.h), each is looked up in the snapshot's index as its stem (engine/words/stem.h).
 * A word that the index does not have is tried, in this order, as one word with the next ("head lamp"), as two ("regenjacke" is
 * regen + jacke), as the end of others (from 4 letters on: "schuhe" where there are "wanderschuhe"), with one letter wrong (from 5
 * letters on), as the beginning of others (from 4 letters on); else it is ignored.
 * Items that have all the known words are taken; when no item has, those that have some.
 */
#ifndef DYN_WORDS_MEANING_H
#define DYN_WORDS_MEANING_H

#include "engine/base/arena.h"
#include "engine/catalogue/snapshot.h"

enum {
    DYN_MEANING_ITEMS_MAX = 64,
    DYN_MEANING_CATEGORIES_MAX = 4,
    DYN_MEANING_BRANDS_MAX = 4,
    DYN_MEANING_TRAITS_MAX = 8
};

/* Every list is best first, its weights in (0, 1]. dyn_edge_t.item is the number of the item, category, brand or trait. */
typedef struct {
    dyn_edge_t items[DYN_MEANING_ITEMS_MAX]; /* the best weighs 1; of equal weight the more popular first; within the price limits */
    uint32_t item_count;
    dyn_edge_t categories[DYN_MEANING_CATEGORIES_MAX]; /* named by the words (1: their whole name), or most items are of it */
    uint32_t category_count;
    uint32_t categories_named; /* bit i: the words hold the name of categories[i], and not only of what is in it */
    dyn_edge_t brands[DYN_MEANING_BRANDS_MAX]; /* at least half of whose name is in the text */
    uint32_t brand_count;
    dyn_edge_t traits[DYN_MEANING_TRAITS_MAX]; /* whose whole value is in the text */
    uint32_t trait_count;
    int64_t price_low, price_high; /* minor units of the catalogue's currency; -1: the text sets none */
    bool only_named;               /* every known word names a brand or a trait: none says what kind of thing is meant */
    float understood;              /* share of the words that mean something here, 0..1; stop words do not count */
} dyn_meaning_t;

/*
 * Pure: the same snapshot and text give the same meaning. False only when the arena (about 10 KB are taken) or, for the stemmers of
 * libstemmer, memory is exhausted. A snapshot without an index, or a text without words, means nothing: all counts 0.
 * Work is bounded whatever the text: its first DYN_WORDS_TEXT_BYTES_MAX bytes and DYN_WORDS_MAX words are read; at most
 * DYN_WORDS_ALIKE_MAX words of the index are compared for words that it does not have, and DYN_WORDS_STEPS_MAX steps are made
 * through lists of items (DYN_WORDS_SCAN_MAX entries are read of the list of a single word). Lists begin with the most popular items, so what a bound cuts off is the least popular.
 */
bool dyn_words_meaning(const dyn_snapshot_t *snapshot, dyn_str_t text, dyn_arena_t *arena, dyn_meaning_t *meaning);

#endif
