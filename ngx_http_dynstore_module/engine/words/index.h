/* The snapshot's index of words: finding words in it. */
#ifndef DYN_WORDS_INDEX_H
#define DYN_WORDS_INDEX_H

#include "engine/catalogue/snapshot.h"

typedef struct {
    const dyn_words_header_t *header; /* NULL: the snapshot has no index */
    const dyn_word_t *words;
    uint32_t count;
    const char *texts;
    const uint32_t *by_end; /* the words in the order of their bytes read backwards */
    const uint32_t *items;
    const dyn_word_group_t *groups;
    const uint32_t *ranks;
    uint32_t rank_count;
} dyn_words_t;

dyn_words_t dyn_words_of(const dyn_snapshot_t *snapshot);

static inline dyn_str_t dyn_words_text(const dyn_words_t *words, uint32_t word)
{
    const dyn_word_t *at = &words->words[word];

    return (dyn_str_t){words->texts + at[0].text, at[1].text - at[0].text};
}

/* How many items have it. */
static inline uint32_t dyn_words_item_count(const dyn_words_t *words, uint32_t word)
{
    return words->words[word + 1].items - words->words[word].items;
}

/* DYN_NONE when there is none. */
uint32_t dyn_words_find(const dyn_words_t *words, dyn_str_t text);

/* Words [first, end) begin with these bytes. */
typedef struct {
    uint32_t first, end;
} dyn_words_range_t;
dyn_words_range_t dyn_words_beginning(const dyn_words_t *words, dyn_str_t text);
/* The same for the end of words; first and end are rows of by_end. */
dyn_words_range_t dyn_words_ending(const dyn_words_t *words, dyn_str_t text);

/*
 * Whether one letter inserted, left out or put for another, or two neighbours exchanged, make b of a (Damerau, "A technique for
 * computer detection and correction of spelling errors", 1964).
 */
bool dyn_words_one_slip(dyn_str_t a, dyn_str_t b);

#endif
