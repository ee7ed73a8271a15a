/*
 * Text to words: each code point is folded as Unicode says (NFKC, case folding, without marks; utf8proc), with a few letters that have
 * no decomposition (o with stroke, ae, l with stroke ...) written in ASCII. A word is a run of letters and digits; digits may have
 * one point or comma between them. Han, Hiragana and Katakana have no blanks between words: a run of them gives each pair of
 * neighbours as a word.
 */
#ifndef DYN_WORDS_TOKENS_H
#define DYN_WORDS_TOKENS_H

#include "engine/base/limits.h"
#include "engine/base/types.h"

/* What stood between the word and the one before it. */
enum {
    DYN_TOKEN_DASH = 1,  /* a hyphen or dash */
    DYN_TOKEN_BREAK = 2, /* & , ; / | ( ) + : which separate things */
    DYN_TOKEN_LESS = 4,  /* < */
    DYN_TOKEN_MORE = 8   /* > */
};

typedef enum { DYN_TOKEN_WORD, DYN_TOKEN_NUMBER, DYN_TOKEN_CURRENCY } dyn_token_kind_t;

typedef struct {
    char text[DYN_WORD_BYTES_MAX]; /* folded; what is longer is cut */
    uint32_t length;
    dyn_token_kind_t kind;
    uint32_t between; /* DYN_TOKEN_* bits */
} dyn_token_t;

typedef struct {
    dyn_str_t text;
    size_t at;
    bool in_pairs; /* within a run that is read in pairs */
} dyn_tokens_t;

/* The next word; false at the end. Bytes that are no UTF-8 separate words. */
bool dyn_tokens_next(dyn_tokens_t *tokens, dyn_token_t *token);

static inline dyn_str_t dyn_token_text(const dyn_token_t *token)
{
    return (dyn_str_t){token->text, token->length};
}

#endif
