/*
 * A word as it stands in the index: its stem (Snowball, by libstemmer) in one of the catalogue's languages, with "ae", "oe" and "ue"
 * written as "a", "o" and "u", so that an umlaut, its two letters and its plain letter are the same.
 */
#ifndef DYN_WORDS_STEM_H
#define DYN_WORDS_STEM_H

#include "engine/base/limits.h"
#include "engine/base/types.h"

enum { DYN_WORDS_LANGUAGES_MAX = 4 };

typedef struct {
    char language[4]; /* ISO 639-1, terminated */
    void *stemmer;    /* NULL: libstemmer has none, words stay as they are */
} dyn_stemmer_t;

typedef struct {
    dyn_stemmer_t of[DYN_WORDS_LANGUAGES_MAX];
    uint32_t count;
} dyn_stems_t;

/* A stem is never longer than its word, nor empty. */
typedef struct {
    char text[DYN_WORD_BYTES_MAX];
    uint32_t length;
} dyn_term_t;

/* languages: up to DYN_WORDS_LANGUAGES_MAX codes of two letters, the catalogue's main one first; "" ends them. Close them after use. */
void dyn_stems_open(dyn_stems_t *stems, const char (*languages)[4]);
void dyn_stems_close(dyn_stems_t *stems);

/* The folded word's term in one of the languages; false when memory is out. Words with digits have no stem. */
bool dyn_stem(const dyn_stems_t *stems, uint32_t language, dyn_str_t word, dyn_term_t *term);
/* The word without its stem taken: only the letters that umlauts are written with. */
void dyn_word_plain(dyn_str_t word, dyn_term_t *term);

/* Whether the word (dyn_word_plain()) says nothing in one of these languages: "the", "fur". */
bool dyn_word_stops(const dyn_stems_t *stems, dyn_str_t plain);
/* Where the word that says what a thing is stands in its name: "tentes de randonnee", but "trekking tents". */
bool dyn_language_heads_first(const char language[4]);

static inline dyn_str_t dyn_term_text(const dyn_term_t *term)
{
    return (dyn_str_t){term->text, term->length};
}

#endif
