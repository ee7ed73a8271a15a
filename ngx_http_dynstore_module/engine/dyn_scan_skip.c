#include "dyn_scan_skip.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dyn_scan_find.h"

/* A tag's shortest useful view: `</abc`. */
#define NAME_VIEW_BYTES 5

/*
 * Whether a tag name may have an effect, or begins no name at all. Looks at three letters: two select from a table, so
 * that nearly all names are through at once; the third spares `strong` and `main` the slow way.
 */
static inline bool may_matter(const char *name)
{
#define LETTER(c) (UINT32_C(1) << ((c)&31))
    static const uint32_t second_letters[32] = {
        ['b' & 31] = LETTER('o'),                             /* body */
        ['f' & 31] = LETTER('r'),                             /* frameset */
        ['i' & 31] = LETTER('f'),                             /* iframe */
        ['m' & 31] = LETTER('a'),                             /* math */
        ['n' & 31] = LETTER('o'),                             /* noembed, noframes, noscript */
        ['p' & 31] = LETTER('l'),                             /* plaintext */
        ['s' & 31] = LETTER('c') | LETTER('t') | LETTER('v'), /* script, style, svg */
        ['t' & 31] = LETTER('e') | LETTER('i'),               /* template, textarea, title */
        ['x' & 31] = LETTER('m'),                             /* xmp */
    };
    if (!dyn_scan_is_letter(name[0])) {
        return true;
    }
    if (__builtin_expect((second_letters[name[0] & 31] >> (name[1] & 31) & 1) == 0, 1)) {
        return false;
    }
    return !((name[1] | 0x20) == 't' && (name[2] | 0x20) == 'r') &&
           !((name[0] | 0x20) == 'm' && (name[2] | 0x20) == 'i');
}

const char *dyn_scan_skip_attributes(const char *p, const char *end, bool *self_closing)
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
        /* `=` begins a value only behind a name. */
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
 * Skips one tag, attribute by attribute. NULL when the input ends too early or the tag is not of the usual shape.
 * p: at its `<`. Returns behind its `>`.
 */
static const char *skip_tag(const char *p, const char *end)
{
    const char *stop = dyn_scan_find_either(p, end, '>', '=');
    bool self_closing;

    if (stop < end && *stop == '=') {
        /* A name's `=` is no attribute's: the tag's name must have ended. */
        const char *name_end = dyn_scan_find_either(p, stop, ' ', '\n');
        return name_end < stop ? dyn_scan_skip_attributes(name_end, end, &self_closing) : NULL;
    }
    return stop < end ? stop + 1 : NULL;
}

static const char *skip_tags_singly(const char *p, const char *end)
{
    for (;;) {
        p = dyn_scan_find(p, end, '<');
        if (end - p < NAME_VIEW_BYTES || may_matter(p + 1 + (p[1] == '/'))) {
            return p;
        }
        const char *behind = skip_tag(p, end);
        if (behind == NULL) {
            return p;
        }
        p = behind;
    }
}

#ifdef __SSE2__

#define WINDOW 64

static inline uint64_t window_mask(const __m128i bytes[4], char wanted)
{
    uint64_t a = (uint32_t)dyn_scan_mask(bytes[0], wanted);
    uint64_t b = (uint32_t)dyn_scan_mask(bytes[1], wanted);
    uint64_t c = (uint32_t)dyn_scan_mask(bytes[2], wanted);
    uint64_t d = (uint32_t)dyn_scan_mask(bytes[3], wanted);
    return (a | b << 16) | (c << 32 | d << 48);
}

static inline bool window_has(const __m128i bytes[4], char wanted)
{
    __m128i w = _mm_set1_epi8(wanted);
    __m128i ab = _mm_or_si128(_mm_cmpeq_epi8(bytes[0], w), _mm_cmpeq_epi8(bytes[1], w));
    __m128i cd = _mm_or_si128(_mm_cmpeq_epi8(bytes[2], w), _mm_cmpeq_epi8(bytes[3], w));
    return _mm_movemask_epi8(_mm_or_si128(ab, cd)) != 0;
}

/* A quote opens a value only behind `=`, with or without white space between. */
static inline bool may_open_value(const char *quote)
{
    return quote[-1] == '=' || dyn_scan_is_space(quote[-1]);
}

static inline bool any_may_open_value(const char *base, uint64_t quotes)
{
    while (quotes != 0) {
        if (may_open_value(base + __builtin_ctzll(quotes))) {
            return true;
        }
        quotes &= quotes - 1;
    }
    return false;
}

/*
 * Reads windows of 64 bytes as bit masks. Where a tag ends is decided without reading its attributes: if before its first
 * `>` no `'` opens a value, and the last `"` before that `>` does not open one, then that `"` has closed a value or is an
 * odd byte of a name or of a value without quotes; either way the `>` stands outside quotes and ends the tag.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end)
{
    const char *tag = NULL;   /* the one we are in */
    const char *quote = NULL; /* the last `"` in it, or a byte that opens nothing */

    while (end - p >= WINDOW) {
        __m128i bytes[4];
        for (size_t i = 0; i < 4; i++) {
            bytes[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        }
        uint64_t opens = window_mask(bytes, '<');
        if (tag == NULL && opens == 0) {
            p += WINDOW;
            continue;
        }
        uint64_t closes = window_mask(bytes, '>');
        uint64_t quotes = window_mask(bytes, '"');
        uint64_t apostrophes = window_has(bytes, '\'') ? window_mask(bytes, '\'') : 0;
        uint64_t rest = ~UINT64_C(0); /* what is not read yet of this window */
        bool doubt = false;

        for (;;) {
            if (tag == NULL) {
                uint64_t open = opens & rest;
                if (open == 0) {
                    break;
                }
                tag = p + __builtin_ctzll(open);
                if (end - tag < NAME_VIEW_BYTES || may_matter(tag + 1 + (tag[1] == '/'))) {
                    return tag;
                }
                quote = tag + 1;
                rest = ~UINT64_C(0) << __builtin_ctzll(open);
            }
            uint64_t close = closes & rest;
            /* Up to the first `>`; all, without one. */
            uint64_t inside = (close ^ (close - 1)) & rest;
            if ((quotes & inside) != 0) {
                quote = p + (63 - __builtin_clzll(quotes & inside));
            }
            doubt = any_may_open_value(p, apostrophes & inside) ||
                    (close != 0 && may_open_value(quote));
            if (doubt || close == 0) {
                break;
            }
            tag = NULL;
            rest &= ~inside;
        }
        p += WINDOW;
        if (doubt) {
            p = skip_tag(tag, end);
            if (p == NULL) {
                return tag;
            }
            tag = NULL;
        }
    }
    if (tag != NULL) {
        p = tag;
    }
    return skip_tags_singly(p, end);
}

#else

const char *dyn_scan_skip_tags(const char *p, const char *end)
{
    return skip_tags_singly(p, end);
}

#endif
