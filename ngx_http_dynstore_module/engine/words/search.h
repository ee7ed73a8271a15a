/* A text's words while its meaning is found. Internal to engine/words/. */
#ifndef DYN_WORDS_SEARCH_H
#define DYN_WORDS_SEARCH_H

#include "engine/words/index.h"
#include "engine/words/meaning.h"
#include "engine/words/stem.h"
#include "engine/words/tokens.h"

enum { DYN_SLOT_WORDS_MAX = 8 };

/* What one word of the text may be in the index. */
typedef struct {
    uint32_t words[DYN_SLOT_WORDS_MAX];
    uint32_t count;
    float surety; /* 1 as written; less when the word was guessed */
    float idf;    /* ln(1 + items / items that have it) */
} dyn_slot_t;

typedef struct {
    const dyn_snapshot_t *snapshot;
    dyn_words_t index;
    dyn_stems_t stems;
    dyn_token_t tokens[DYN_WORDS_MAX];
    dyn_term_t plain[DYN_WORDS_MAX]; /* dyn_word_plain() of the tokens */
    uint32_t token_count;
    bool used[DYN_WORDS_MAX]; /* part of a price */
    dyn_slot_t slots[DYN_WORDS_MAX];
    uint32_t slot_count;
    uint32_t asked;    /* words that are no stop words, a price counting as one */
    uint32_t answered; /* those of them that mean something */
    uint32_t alike_left; /* of DYN_WORDS_ALIKE_MAX */
    bool failed;       /* memory is out */
} dyn_search_words_t;

/* Sets the meaning's price limits, and marks the tokens that said so. */
void dyn_words_prices(dyn_search_words_t *search, dyn_meaning_t *meaning);
/* From tokens to slots. */
void dyn_words_resolve(dyn_search_words_t *search);
/* From slots to the meaning's lists. False when the arena is exhausted. */
bool dyn_words_match(dyn_search_words_t *search, dyn_arena_t *arena, dyn_meaning_t *meaning);

#endif
