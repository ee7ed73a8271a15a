/*
 * What a shopper reads, by language: the built-in texts (engine/policy/wording.h), those of a rules file over them, and the texts that
 * rules and slots bring themselves. Each text is split at its placeholders when it is loaded, once as it is and once escaped for JSON.
 *
 * A text is asked for by number: below DYN_TEXTS_COUNT a dyn_text_key_t, from there on what dyn_texts_add() gave. A language is a
 * number, too, found once for a request. Every text is there in every language: where the language lacks it, it is that of the
 * language's parent (de-AT -> de), else of the file's own language, else English, and a text of a rule at last the one named first.
 *
 * Making them: dyn_texts_begin(), then _load() and _add() in any order, then _end(). From then on they are never changed.
 */
#ifndef DYN_TEXTS_H
#define DYN_TEXTS_H

#include <jansson.h>

#include "engine/base/arena.h"
#include "engine/base/money.h"
#include "engine/policy/policy.h"
#include "engine/policy/wording.h"

enum {
    /* The built-in ones included. */
    DYN_LANGUAGES_MAX = 32,
    DYN_TEXT_BYTES_MAX = 512,
    /* Placeholders of one text. */
    DYN_TEXT_PLACES_MAX = 4,
    /* The JSON of a piece may be read so far beyond its end. */
    DYN_TEXT_SPARE = 64
};

/* A part of a text: the words, and the placeholder behind them. */
typedef struct {
    dyn_str_t words;
    dyn_str_t json;    /* escaped, without quotes */
    dyn_place_t place; /* DYN_PLACE_NONE behind the last */
} dyn_text_piece_t;

typedef struct {
    const dyn_text_piece_t *pieces; /* at least one */
    uint32_t count;
    uint32_t json_bytes; /* of all pieces together */
} dyn_wording_t;

/* What stands for each placeholder; none: len 0. */
typedef struct {
    dyn_str_t of[DYN_PLACES_COUNT];
} dyn_text_values_t;

/* What is wrong with a text: where from the value that was read, and the sentence, which names no place itself. */
typedef struct {
    dyn_str_t language, key; /* the members that lead to it; empty: the value itself. They are the keys of the JSON object */
    size_t at;               /* bytes of the text before the wrong place; 0 where the whole is wrong */
    dyn_error_t error;
} dyn_texts_fault_t;

/* The built-in texts alone. Made once in a process, never freed, never NULL. */
const dyn_texts_t *dyn_texts_built_in(void);
/* A policy's, or the built-in ones where it (or NULL) has none. */
const dyn_texts_t *dyn_policy_texts(const dyn_policy_t *policy);

/* ---- making them; all memory is the arena's, and texts are copied ---- */

/* NULL: the arena is exhausted. */
dyn_texts_t *dyn_texts_begin(dyn_arena_t *arena);
/*
 * Lays a rules file's member "texts" over what is there: {"de": {"reason.similar_to": "..."}}. value: NULL: nothing. False with the fault:
 * a language that is none, an unknown key, a placeholder that the text may not have.
 */
bool dyn_texts_load(dyn_texts_t *texts, const json_t *value, dyn_texts_fault_t *fault);
/*
 * Adds a text of a rule or slot: a string, the same in every language, or {"en": "...", "de": "..."}. places: the placeholders that it may
 * have, DYN_PLACES_... joined by |. Its number comes to *number.
 */
bool dyn_texts_add(dyn_texts_t *texts, const json_t *value, unsigned places, uint32_t *number, dyn_texts_fault_t *fault);
/* standard: the file's own language; empty: "en". False: it is no language, or there is no memory. */
bool dyn_texts_end(dyn_texts_t *texts, dyn_str_t standard, dyn_texts_fault_t *fault);

/* ---- using them ---- */

/* How many languages there are, and their tags as they were written: "de-AT". */
uint32_t dyn_texts_languages(const dyn_texts_t *texts);
dyn_str_t dyn_texts_tag(const dyn_texts_t *texts, uint32_t language);
/*
 * The language for a page's: itself, else its nearest parent, else the file's own. Case does not matter, "_" is as good as "-", and what
 * follows a "," or ";" is not read. Empty: the file's own.
 */
uint32_t dyn_texts_language(const dyn_texts_t *texts, dyn_str_t tag);
/* How amounts of money are written in it. */
const dyn_money_style_t *dyn_texts_money(const dyn_texts_t *texts, uint32_t language);
/* A number that there is not is that of the file's own language, and an empty text. */
const dyn_wording_t *dyn_texts_find(const dyn_texts_t *texts, uint32_t language, uint32_t number);
/* True when the text is there in this very language, so that nothing stands in for it. */
bool dyn_texts_has(const dyn_texts_t *texts, uint32_t language, uint32_t number);
/*
 * The text with its placeholders filled. values: NULL: none. One without placeholders is the texts' own memory, others the arena's;
 * DYN_STR_NONE when that is exhausted.
 */
dyn_str_t dyn_texts_write(const dyn_wording_t *wording, const dyn_text_values_t *values, dyn_arena_t *arena);

/* The number of a key; false: there is none such. */
bool dyn_text_key_from_name(dyn_str_t name, dyn_text_key_t *key);
dyn_str_t dyn_text_key_name(dyn_text_key_t key);
/* The placeholders that it may have. */
unsigned dyn_text_key_places(dyn_text_key_t key);
dyn_str_t dyn_place_name(dyn_place_t place);
/* The key of a reason, with a reference or without. */
dyn_text_key_t dyn_text_of_reason(dyn_reason_t reason, bool with_reference);
dyn_text_key_t dyn_text_of_cta(dyn_cta_t cta);
/* DYN_TEXTS_COUNT: such messages are the shop's own words. */
dyn_text_key_t dyn_text_of_message(dyn_message_kind_t message);

#endif
