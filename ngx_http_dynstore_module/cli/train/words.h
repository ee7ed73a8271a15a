/* The index of words (engine/words/): which words say what an item is, and how surely. */
#ifndef DYN_TRAIN_WORDS_H
#define DYN_TRAIN_WORDS_H

#include "cli/train/catalog_sections.h"
#include "cli/train/snapshot_writer.h"

typedef struct {
    dyn_words_header_t header;
    dyn_word_t *words; /* count + 1 */
    uint32_t count;
    char *texts;
    uint32_t *by_end;
    uint32_t *items;
    dyn_word_group_t *groups;
    uint32_t *ranks;
    uint32_t rank_count;
} dyn_words_built_t;

/*
 * Of the items that are in the catalogue. Ranks: what can be bought first, then by popularity, then the newest.
 *
 * The weight of an item's word, of 15, is the largest of these, and 1 more for each further kind of text that has it:
 *
 *     13  what the item's deepest category calls a thing: the last word of its name ("Trekking tents"), in French, Spanish, Italian,
 *         Portuguese the first; 10 where the name calls several ("Bottles & filters")
 *     12  its title, its brand, the last word of a keyword
 *     10  a trait: its value, or its name where the value is "yes"; of the audience also other usual words for it
 *      9  what a category above calls a thing; 5 its other words
 *      8  the other words of the deepest category
 *      7  a number in the title or a trait
 *      6  the other words of a keyword; words for women and men where the audience is "unisex"
 *      4  a word by which another category calls its things, in the title, a keyword or the name of a category that calls its own
 *         otherwise: a "Tent Peg Set" of "Pegs & tent care" is no tent
 *      2  its description, where fewer than a quarter of the items have it there
 *
 * Texts of an item are stemmed in its language, keywords in all languages of the index: the two of most items, English, German.
 * The last part of a compound ("Stirnlampe", where the catalogue has "stirn" and "lampe" as words, too) weighs 3/5 of it, the first 1/4.
 *
 * False when memory is out. Free it in either case.
 */
bool dyn_words_build(const dyn_catalog_sections_t *sections, dyn_words_built_t *built);
void dyn_words_add(const dyn_words_built_t *built, dyn_snapshot_writer_t *writer);
void dyn_words_built_free(dyn_words_built_t *built);

#endif
