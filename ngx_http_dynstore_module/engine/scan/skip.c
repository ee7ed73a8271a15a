/* memrchr */
#define _GNU_SOURCE

#include "engine/scan/skip.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/scan/find.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

_Static_assert(sizeof(((dyn_scanner_t *)NULL)->name) > 16, "read_name stores so many bytes");

/* With so many doubtful candidates the tags are read one by one. */
#define LATE_TEXT_TRIES 4

/* The shortest part of a tag that is enough: `</abc`. */
#define NAME_VIEW_BYTES 5

/*
 * Whether the `<` may begin a tag with an effect, or begins no tag. Tests three letters of a name: two select from a
 * table, which clears nearly all names; the third also clears `strong` and `main`.
 */
static inline bool may_matter(const char *tag, bool hidden)
{
#define LETTER(c) (UINT32_C(1) << ((c)&31))
    static const uint32_t start_tags[32] = {
        ['f' & 31] = LETTER('r'),                             /* frameset */
        ['i' & 31] = LETTER('f'),                             /* iframe */
        ['m' & 31] = LETTER('a'),                             /* math */
        ['n' & 31] = LETTER('o'),                             /* noembed, noframes, noscript */
        ['p' & 31] = LETTER('l'),                             /* plaintext */
        ['s' & 31] = LETTER('c') | LETTER('t') | LETTER('v'), /* script, style, svg */
        ['t' & 31] = LETTER('e') | LETTER('i'),               /* template, textarea, title */
        ['x' & 31] = LETTER('m'),                             /* xmp */
    };
    bool end_tag = tag[1] == '/';
    const char *name = tag + 1 + end_tag;

    if (!dyn_scan_is_letter(name[0])) {
        return true;
    }
    if (end_tag) {
        char first = (char)(name[0] | 0x20);
        return hidden ? first == 't' || first == 'n' : first == 'b' && (name[1] | 0x20) == 'o';
    }
    if (__builtin_expect((start_tags[name[0] & 31] >> (name[1] & 31) & 1) == 0, 1)) {
        return false;
    }
    return !((name[1] | 0x20) == 't' && (name[2] | 0x20) == 'r') &&
           !((name[0] | 0x20) == 'm' && (name[2] | 0x20) == 'i');
}

/*
 * p: directly after a tag's name. Returns the place after the tag's `>`, or NULL (nothing is set) when the input ends
 * too early or an attribute is not of the usual shape.
 */
static const char *skip_attributes(const char *p, const char *end, bool *self_closing)
{
    for (;;) {
        const char *stop = dyn_scan_find_either(p, end, '>', '=');
        if (stop == end) {
            return NULL;
        }
        if (*stop == '>') {
            *self_closing = stop > p && stop[-1] == '/';
            return stop + 1;
        }
        /* `=` begins a value only after a name. */
        if (stop == p || !dyn_scan_is_letter(stop[-1]) || end - stop < 2) {
            return NULL;
        }
        p = stop + 1;
        if (*p == '"' || *p == '\'') {
            p = dyn_scan_find(p + 1, end, *p);
            p += p < end;
        } else if (dyn_scan_is_space(*p)) {
            return NULL;
        } else {
            while (p < end && *p != '>' && !dyn_scan_is_space(*p)) {
                p++;
            }
        }
    }
}

/*
 * Skips one tag, attribute by attribute. p: at its `<`. Returns the place after its `>`; NULL when the input ends too
 * early or the tag is not of the usual shape.
 */
static const char *skip_tag(const char *p, const char *end)
{
    const char *stop = dyn_scan_find_either(p, end, '>', '=');
    bool self_closing;

    if (stop < end && *stop == '=') {
        /* An `=` within the tag's name is not an attribute's: the name must have ended. */
        const char *name_end = dyn_scan_find_either(p, stop, ' ', '\n');
        return name_end < stop ? skip_attributes(name_end, end, &self_closing) : NULL;
    }
    return stop < end ? stop + 1 : NULL;
}

#ifdef __x86_64__

#define WINDOW 64

/*
 * Searches for a candidate 64 bytes at a time; *rest: the place where too few bytes are left. A `<` is examined only
 * when the next two bytes have a class in common in these tables, which use only some bits of each byte. Few other tags
 * pass.
 */
__attribute__((target("avx2"))) static const char *
find_candidate_wide(const char *p, const char *end, bool hidden, const char **rest)
{
    enum { NO = 1, XM_MA = 2, PL_FR = 4, IF = 8, SC_ST_SV = 16, TE_TI = 32, END_TAG = 64 };
    enum { COMMENT = -128 };
    /* of the first byte, halved and one more: `!` is with a, `/` with n and o, every other letter with one neighbour */
    static const int8_t of_first[16] = {
#define AT(letter) (((letter) / 2 + 1) & 15)
        [AT('f')] = PL_FR,        [AT('i')] = IF,    [AT('m')] = XM_MA,
        [AT('n')] = NO | END_TAG, [AT('p')] = PL_FR, [AT('s')] = SC_ST_SV,
        [AT('t')] = TE_TI,        [AT('x')] = XM_MA, [AT('!')] = COMMENT,
#undef AT
    };
    /* of the second byte, its lower half: `-` is with m; without and with `hidden` */
    static const int8_t of_second[2][16] = {
#define SHARED                                                                                 \
    ['a' & 15] = XM_MA, ['c' & 15] = SC_ST_SV, ['e' & 15] = TE_TI, ['f' & 15] = IF | SC_ST_SV, \
           ['i' & 15] = TE_TI, ['l' & 15] = PL_FR, ['m' & 15] = XM_MA | COMMENT, ['o' & 15] = NO
        {SHARED, ['r' & 15] = PL_FR | END_TAG /* b */, ['t' & 15] = SC_ST_SV},
        {SHARED, ['r' & 15] = PL_FR, ['t' & 15] = SC_ST_SV | END_TAG, ['n' & 15] = END_TAG},
#undef SHARED
    };
    const __m256i firsts =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)of_first));
    const __m256i seconds = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)of_second[hidden]));
    const __m256i one = _mm256_set1_epi8(1);
    const __m256i open = _mm256_set1_epi8('<');
    const char *last = end - (WINDOW + NAME_VIEW_BYTES);

    for (; p <= last; p += WINDOW) {
        __m256i classes[WINDOW / 32];
        for (size_t i = 0; i < WINDOW / 32; i++) {
            const char *q = p + 32 * i;
            __m256i zeroth = _mm256_loadu_si256((const __m256i *)(const void *)q);
            __m256i first = _mm256_loadu_si256((const __m256i *)(const void *)(q + 1));
            __m256i second = _mm256_loadu_si256((const __m256i *)(const void *)(q + 2));
            classes[i] = _mm256_and_si256(_mm256_and_si256(_mm256_cmpeq_epi8(zeroth, open),
                                                           _mm256_shuffle_epi8(seconds, second)),
                                          _mm256_shuffle_epi8(firsts, _mm256_avg_epu8(first, one)));
        }
        __m256i any = _mm256_or_si256(classes[0], classes[1]);
        if (__builtin_expect(_mm256_testz_si256(any, any), 1)) {
            continue;
        }
        __m256i none = _mm256_setzero_si256();
        uint64_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(classes[0], none));
        uint64_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(classes[1], none));
        for (uint64_t found = ~(low | high << 32); found != 0; found &= found - 1) {
            const char *candidate = p + __builtin_ctzll(found);
            if (may_matter(candidate, hidden)) {
                return candidate;
            }
        }
    }
    *rest = p;
    return NULL;
}

#endif

/* The first `<` that matters if it is in text; end, if there is none. */
static const char *find_candidate(const char *p, const char *end, bool hidden)
{
#ifdef __x86_64__
    if (end - p >= WINDOW + NAME_VIEW_BYTES && __builtin_cpu_supports("avx2")) {
        const char *candidate = find_candidate_wide(p, end, hidden, &p);
        if (candidate != NULL) {
            return candidate;
        }
    }
#endif
    for (;;) {
        p = dyn_scan_find(p, end, '<');
        if (end - p < NAME_VIEW_BYTES || may_matter(p, hidden)) {
            return p;
        }
        p++;
    }
}

static inline const char *find_last(const char *from, const char *end, char wanted)
{
    return memrchr(from, wanted, (size_t)(end - from));
}

/* A quote opens a value only after `=`, with or without white space; the first byte of a text opens none. */
static inline bool may_open_value(const char *quote, const char *text)
{
    return quote != NULL && quote > text && (quote[-1] == '=' || dyn_scan_is_space(quote[-1]));
}

/*
 * Finds a late place before `at` that is certainly text, without reading the tags between. `text` is such a place, and
 * no candidate is between. A `>` in a value has that value's quote before it as the last of its kind. So where the last
 * quotes of both kinds before a `>` open no value, it ends a tag or a comment that is none, or is text itself.
 */
static const char *late_text(const char *text, const char *at)
{
    for (int tries = 0; tries < LATE_TEXT_TRIES; tries++) {
        const char *close = find_last(text, at, '>');
        if (close == NULL) {
            return text;
        }
        const char *quote = find_last(text, close, '"');
        if (may_open_value(quote, text)) {
            at = quote;
            continue;
        }
        const char *apostrophe = find_last(text, close, '\'');
        if (!may_open_value(apostrophe, text)) {
            return close + 1;
        }
        at = apostrophe;
    }
    return text;
}

/* Skips tag by tag until it is at or after `at`, or at a `<` that must not be skipped. p: in text. */
static const char *skip_tags_to(const char *p, const char *at, const char *end, bool hidden)
{
    for (;;) {
        p = dyn_scan_find(p, at, '<');
        if (p == at || end - p < NAME_VIEW_BYTES || may_matter(p, hidden)) {
            return p;
        }
        const char *behind = skip_tag(p, end);
        if (behind == NULL || behind >= at) {
            return behind == NULL ? p : behind;
        }
        p = behind;
    }
}

/* The place after the comment that begins here, if it is whole, plain and cannot be a marker; else NULL. */
static const char *skip_comment(const char *p, const char *end)
{
    if (end - p < NAME_VIEW_BYTES || memcmp(p, "<!--", 4) != 0 || p[4] == '-' || p[4] == '>' ||
        p[4] == 'd') {
        return NULL;
    }
    p = dyn_scan_find_pair(p + 4, end, '-', '-', '-');
    return end - p > 2 && p[2] == '>' ? p + 3 : NULL;
}

/*
 * Most tags have no effect and need not be read, unless a `<` in one of their values looks like a tag with an effect.
 * So this finds the few candidates first, and then checks whether they are in text.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end, bool hidden, const char **candidate)
{
    for (;;) {
        if (*candidate == NULL || *candidate < p) {
            *candidate = find_candidate(p, end, hidden);
            p = late_text(p, *candidate);
        }
        p = skip_tags_to(p, *candidate, end, hidden);
        if (p <= *candidate) {
            const char *behind = skip_comment(p, end);
            if (behind == NULL) {
                return p;
            }
            p = behind;
        }
    }
}

/* Copies a tag's name, of at most 16 bytes, in small letters; returns its length, or 0 if it is not of the usual kind. */
static inline uint8_t read_name(const char *p, char name[16])
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i capitals = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)),
                                     _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
    /* what ends a name, and what else is no ASCII letter or sign */
    int ends = _mm_movemask_epi8(_mm_cmplt_epi8(bytes, _mm_set1_epi8('!'))) |
               dyn_scan_mask(bytes, '/') | dyn_scan_mask(bytes, '>');
    size_t len = ends == 0 ? 16 : (size_t)__builtin_ctz((unsigned)ends);

    _mm_storeu_si128((__m128i *)(void *)name,
                     _mm_or_si128(bytes, _mm_and_si128(capitals, _mm_set1_epi8(0x20))));
#else
    size_t len = 0;

    for (; len < 16 && p[len] != '\0' && !dyn_scan_ends_name(p[len]); len++) {
        name[len] = dyn_scan_lower(p[len]);
    }
#endif
    return (uint8_t)(len < 16 && dyn_scan_ends_name(p[len]) ? len : 0);
}

const char *dyn_scan_read_tag(dyn_scanner_t *s, const char *p, const char *end)
{
    bool end_tag = end - p > 1 && p[1] == '/';
    bool self_closing = false;

    p += 1 + end_tag;
    if (end - p <= 16 || !dyn_scan_is_letter(*p)) {
        return NULL;
    }
    s->name_len = read_name(p, s->name);
    s->name[s->name_len] = '\0';
    if (s->name_len == 0) {
        return NULL;
    }
    p += s->name_len;
    p = *p == '>' ? p + 1 : skip_attributes(p, end, &self_closing);
    s->end_tag = end_tag;
    s->self_closing = self_closing;
    return p;
}

const char *dyn_scan_read_end_tag(dyn_scanner_t *s, const char *p, const char *end)
{
    const char *name = p + 2;

    if (end - p < s->name_len + 3 || p[1] != '/' || name[s->name_len] != '>') {
        return NULL;
    }
    for (size_t i = 0; i < s->name_len; i++) {
        if (dyn_scan_lower(name[i]) != s->name[i]) {
            return NULL;
        }
    }
    s->end_tag = true;
    s->self_closing = false;
    return name + s->name_len + 1;
}
