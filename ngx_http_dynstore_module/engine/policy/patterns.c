#include "engine/policy/patterns.h"

#include "engine/words/tokens.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* PCRE2's own limits hold for each place where a match may begin: they end what runs away before it is counted. */
enum { LIMIT_OF_ONE_BEGIN = 20000, HEAP_KIB = 1024 };

typedef struct {
    dyn_pattern_kind_t kind;
    dyn_str_t text; /* of words: folded, one behind the other, each with a NUL behind it */
    pcre2_code *code;
} pattern_t;

struct dyn_patterns_s {
    dyn_arena_t *arena; /* while they are added */
    pattern_t *rows;
    uint32_t count, most;
};

dyn_patterns_t *dyn_patterns_begin(dyn_arena_t *arena, uint32_t most)
{
    dyn_patterns_t *patterns = dyn_arena_array(arena, 1, sizeof(*patterns));

    if (patterns == NULL) {
        return NULL;
    }
    patterns->arena = arena;
    patterns->most = most;
    patterns->rows = dyn_arena_array(arena, most + 1, sizeof(*patterns->rows));

    return patterns->rows != NULL ? patterns : NULL;
}

static bool add_words(dyn_patterns_t *patterns, pattern_t *row, dyn_str_t text, dyn_error_t *error)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;
    size_t count = 0, size = 0, capacity = text.len * 4 + DYN_WORD_BYTES_MAX + 1;
    char *folded = dyn_arena_alloc(patterns->arena, capacity);

    if (folded == NULL) {
        return dyn_fail(error, "there is not enough memory");
    }
    while (dyn_tokens_next(&tokens, &token)) {
        if (++count > DYN_PATTERN_WORDS_MAX || capacity - size < token.length + 1) {
            return dyn_fail(error, "these are more than %d words", DYN_PATTERN_WORDS_MAX);
        }
        memcpy(folded + size, token.text, token.length);
        folded[size + token.length] = '\0';
        size += token.length + 1;
    }
    row->text = (dyn_str_t){folded, size};

    return size > 0 || dyn_fail(error, "there is no word in it; write what must be in the text");
}

static bool add_expression(pattern_t *row, dyn_str_t text, size_t *at, dyn_error_t *error)
{
    int code;
    PCRE2_SIZE place;
    PCRE2_UCHAR message[160];

    row->code =
        pcre2_compile((PCRE2_SPTR)text.data, text.len,
                      PCRE2_CASELESS | PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
                          PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE | PCRE2_AUTO_CALLOUT,
                      &code, &place, NULL);
    if (row->code == NULL) {
        pcre2_get_error_message(code, message, sizeof(message));
        *at = place < text.len ? place : text.len;
        return dyn_fail(error, "the regular expression is wrong here: %s", (const char *)message);
    }
    /* where memory may not be executed there is no JIT, and the interpreter matches */
    (void)pcre2_jit_compile(row->code, PCRE2_JIT_COMPLETE);

    return true;
}

bool dyn_patterns_add(dyn_patterns_t *patterns, dyn_pattern_kind_t kind, dyn_str_t text,
                      uint32_t *number, size_t *at, dyn_error_t *error)
{
    pattern_t *row = &patterns->rows[patterns->count];

    *at = 0;
    if (patterns->count == patterns->most) {
        return dyn_fail(error, "the file has more than %u patterns", patterns->most);
    }
    if (text.len == 0 || text.len > DYN_PATTERN_BYTES_MAX) {
        return dyn_fail(error, "a text to look for must have 1 to %d bytes", DYN_PATTERN_BYTES_MAX);
    }

    row->kind = kind;
    if (kind == DYN_PATTERN_MATCHES ? !add_expression(row, text, at, error)
        : kind == DYN_PATTERN_WORDS
            ? !add_words(patterns, row, text, error)
            : (row->text = dyn_arena_str(patterns->arena, text)).data == NULL) {
        return false;
    }
    *number = patterns->count++;

    return true;
}

void dyn_patterns_free(dyn_patterns_t *patterns)
{
    for (uint32_t i = 0; patterns != NULL && i < patterns->count; i++) {
        pcre2_code_free(patterns->rows[i].code);
    }
}

uint32_t dyn_patterns_count(const dyn_patterns_t *patterns)
{
    return patterns->count;
}

/* ---- matching ---- */

/* What one match has cost, and may cost. */
typedef struct {
    uint32_t spent, most;
    uint32_t
        each; /* what an item of the expression costs: a repetition may run through the whole text */
} steps_t;

/* PCRE2 calls it before each item of the expression that it tries. */
static int count(pcre2_callout_block *block, void *data)
{
    steps_t *steps = data;

    (void)block;
    steps->spent += steps->each;

    return steps->spent > steps->most ? PCRE2_ERROR_CALLOUT : 0;
}

/* PCRE2's answer: at least 0 found, PCRE2_ERROR_NOMATCH, or given up. steps: those that there are still; less what it costs. */
static int match(const pcre2_code *code, dyn_str_t text, uint32_t *steps)
{
    uint32_t most = *steps < DYN_PATTERN_STEPS_MAX ? *steps : DYN_PATTERN_STEPS_MAX;
    steps_t counted = {
        .spent = 8 + (uint32_t)text.len / 16, .most = most, .each = 1 + (uint32_t)text.len / 32};
    pcre2_match_context *context;
    pcre2_match_data *data;
    int found = PCRE2_ERROR_NOMEMORY;

    if (counted.spent > most) {
        return PCRE2_ERROR_CALLOUT;
    }
    context = pcre2_match_context_create(NULL);
    data = pcre2_match_data_create(1, NULL);
    if (context != NULL && data != NULL) {
        pcre2_set_callout(context, count, &counted);
        pcre2_set_match_limit(context, LIMIT_OF_ONE_BEGIN);
        pcre2_set_depth_limit(context, LIMIT_OF_ONE_BEGIN);
        pcre2_set_heap_limit(context, HEAP_KIB);
        found = pcre2_match(code, (PCRE2_SPTR)text.data, text.len, 0, 0, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    *steps -= counted.spent < *steps ? counted.spent : *steps;

    return found;
}

/* All words are in the text: one walk through it, which marks those that are found. */
static bool has_words(dyn_str_t words, dyn_str_t text, uint32_t *steps)
{
    uint32_t cost = 8 + (uint32_t)text.len;
    uint64_t missing = 0;
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;
    size_t number = 0;

    if (cost > *steps) {
        return false;
    }
    *steps -= cost;
    for (size_t at = 0; at < words.len; at += strlen(words.data + at) + 1) {
        missing |= (uint64_t)1 << number++;
    }
    while (missing != 0 && dyn_tokens_next(&tokens, &token)) {
        number = 0;
        for (size_t at = 0; at < words.len; number++) {
            dyn_str_t word = dyn_str_from(words.data + at);

            if (dyn_str_equal(dyn_token_text(&token), word)) {
                missing &= ~((uint64_t)1 << number);
            }
            at += word.len + 1;
        }
    }

    return missing == 0;
}

static dyn_str_t cut(dyn_str_t text)
{
    return (dyn_str_t){text.data,
                       text.len < DYN_WORDS_TEXT_BYTES_MAX ? text.len : DYN_WORDS_TEXT_BYTES_MAX};
}

bool dyn_pattern_fits(const dyn_patterns_t *patterns, uint32_t pattern, dyn_str_t text,
                      uint32_t *steps)
{
    const pattern_t *row = &patterns->rows[pattern];

    text = cut(text);
    if (text.len == 0) {
        return false;
    }
    switch (row->kind) {
    case DYN_PATTERN_WORDS:
        return has_words(row->text, text, steps);
    case DYN_PATTERN_MATCHES:
        return match(row->code, text, steps) >= 0;
    default:
        return dyn_str_equal_nocase(row->text, text);
    }
}

bool dyn_pattern_explodes(const dyn_patterns_t *patterns, uint32_t pattern, dyn_str_t text)
{
    const pattern_t *row = &patterns->rows[pattern];
    uint32_t steps = DYN_PATTERN_STEPS_MAX;
    int found = row->code == NULL ? 0 : match(row->code, cut(text), &steps);

    return found < 0 && found != PCRE2_ERROR_NOMATCH;
}
