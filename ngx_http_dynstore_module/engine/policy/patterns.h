/*
 * Patterns: what a condition asks of a text. `words`: all of them are in it, in any order, folded as the words index folds them;
 * `matches`: a regular expression of PCRE2, without regard to case; else the text is the same, without regard to case.
 */
#ifndef DYN_PATTERNS_H
#define DYN_PATTERNS_H

#include "engine/base/arena.h"
#include "engine/policy/policy.h"

/* X(constant, name in JSON) */
#define DYN_PATTERN_KINDS(X) X(EQUALS, "equals") X(WORDS, "words") X(MATCHES, "matches")
#define X(c, n) DYN_PATTERN_##c,
typedef enum { DYN_PATTERN_KINDS(X) DYN_PATTERN_KINDS_COUNT } dyn_pattern_kind_t;
#undef X

enum {
    DYN_PATTERN_BYTES_MAX = 512,
    DYN_PATTERN_WORDS_MAX = 16,
    /*
     * Steps of one match at most, and of all matches of a request: some tenths of a millisecond. A step is what trying one item of an
     * expression costs with 32 bytes of the text; longer texts cost more of them.
     */
    DYN_PATTERN_STEPS_MAX = 4000,
    DYN_PATTERN_STEPS_REQUEST = 16000
};

/* Room for `most` patterns; NULL: the arena is exhausted. Expressions are freed by dyn_patterns_free(), all else with the arena. */
dyn_patterns_t *dyn_patterns_begin(dyn_arena_t *arena, uint32_t most);
/* Its number comes to *number. False with what is wrong, and *at: how many bytes of the text stand before that. */
bool dyn_patterns_add(dyn_patterns_t *patterns, dyn_pattern_kind_t kind, dyn_str_t text, uint32_t *number, size_t *at,
                      dyn_error_t *error);
void dyn_patterns_free(dyn_patterns_t *patterns);
uint32_t dyn_patterns_count(const dyn_patterns_t *patterns);

/*
 * Whether it fits. Of the text DYN_WORDS_TEXT_BYTES_MAX bytes are read. *steps: what the request may still spend, at first
 * DYN_PATTERN_STEPS_REQUEST; an expression that would need more does not fit.
 */
bool dyn_pattern_fits(const dyn_patterns_t *patterns, uint32_t pattern, dyn_str_t text, uint32_t *steps);
/* Whether a match of this text alone is given up for too many steps: what `dynstore rules lint` warns of. */
bool dyn_pattern_explodes(const dyn_patterns_t *patterns, uint32_t pattern, dyn_str_t text);

#endif
