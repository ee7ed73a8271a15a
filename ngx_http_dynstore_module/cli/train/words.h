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
 *     12  its title, its brand
 *     10  a tag
 *      9  what a category above calls a thing; 5 its other words
 *      8  the other words of the deepest category
 *      7  a number in the title
 *      4  a word by which another category calls its things, in the title or the name of a category that calls its own otherwise: a
 *         "Tent Peg Set" of "Pegs & tent care" is no tent
 *
 * False when memory is out. Free it in either case.
 */
bool dyn_words_build(const dyn_catalog_sections_t *sections, dyn_words_built_t *built);
void dyn_words_add(const dyn_words_built_t *built, dyn_snapshot_writer_t *writer);
void dyn_words_built_free(dyn_words_built_t *built);

#endif
