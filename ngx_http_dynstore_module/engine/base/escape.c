#include "engine/base/escape.h"

#include "engine/base/eight.h"
#include "engine/base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char hex_digits[] = "0123456789abcdef";

typedef enum { JSON, HTML } language_t;

/* Bytes that are looked at in one step. */
enum { BLOCK = 16 };

/* A bit for each of the 16 bytes that needs an escape in a JSON string, or in HTML. */
#ifdef __SSE2__
static inline unsigned special_bits(uint64_t low, uint64_t high, language_t language)
{
    __m128i bytes = _mm_set_epi64x((long long)high, (long long)low);
    /* < and > differ in one bit, and so do " and &, and & and ' */
    __m128i special = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(2)), _mm_set1_epi8('>'));

    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
    if (language == JSON) {
        __m128i quotes = _mm_or_si128(bytes, _mm_set1_epi8(4));

        special = _mm_or_si128(special, _mm_cmpeq_epi8(quotes, _mm_set1_epi8('&')));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        /* signed, so bytes beyond ASCII are below a blank too */
        special = _mm_or_si128(special, _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')));
    } else {
        __m128i quotes = _mm_or_si128(bytes, _mm_set1_epi8(1));
        __m128i control = _mm_min_epu8(bytes, _mm_set1_epi8(' ' - 1));

        special = _mm_or_si128(special, _mm_cmpeq_epi8(quotes, _mm_set1_epi8('\'')));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, control));
    }

    return (unsigned)_mm_movemask_epi8(special);
}
#else
static bool is_special(uint8_t byte, language_t language)
{
    if (byte < 0x20 || byte == 0x7f || byte == '<' || byte == '>' || byte == '&' || byte == '"') {
        return true;
    }

    return language == JSON ? byte == '\\' || byte > 0x7f : byte == '\'';
}

static inline unsigned special_bits(uint64_t low, uint64_t high, language_t language)
{
    uint64_t halves[2] = {low, high};
    uint8_t bytes[BLOCK];
    unsigned bits = 0;

    memcpy(bytes, halves, sizeof(bytes));
    for (unsigned i = 0; i < BLOCK; i++) {
        bits |= (unsigned)is_special(bytes[i], language) << i;
    }

    return bits;
}
#endif

/*
 * Copies the beginning of the text that needs no escape and returns its length. `to` has room for all of the text and a
 * few bytes more. If no whole block is left, the last block is tested again, or two halves that may overlap.
 */
static inline __attribute__((always_inline)) size_t copy_plain(char *to, const char *from,
                                                               size_t length, language_t language)
{
    uint64_t low = DYN_EIGHT('x');
    uint64_t high = DYN_EIGHT('x');
    size_t half = 8;

    if (length >= BLOCK) {
        for (size_t at = 0; at < length; at += BLOCK) {
            at = length - at < BLOCK ? length - BLOCK : at;
            low = dyn_eight_load(from + at);
            high = dyn_eight_load(from + at + 8);
            memcpy(to + at, &low, 8);
            memcpy(to + at + 8, &high, 8);

            unsigned bits = special_bits(low, high, language);

            if (bits != 0) {
                return at + (unsigned)__builtin_ctz(bits);
            }
        }
        return length;
    }

    if (length >= 8) {
        low = dyn_eight_load(from);
        high = dyn_eight_load(from + length - 8);
        memcpy(to, &low, 8);
        memcpy(to + length - 8, &high, 8);
    } else if (length >= 4) {
        uint32_t first;
        uint32_t last;

        memcpy(&first, from, 4);
        memcpy(&last, from + length - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + length - 4, &last, 4);
        low = (uint64_t)last << 32 | first;
        half = 4;
    } else {
        for (size_t i = length; i-- > 0;) {
            low = low << 8 | (uint8_t)from[i];
        }
        memcpy(to, &low, 8);
    }

    unsigned bits = special_bits(low, high, language);

    if (bits == 0) {
        return length;
    }

    size_t first = (unsigned)__builtin_ctz(bits);

    /* in the second half, which ends with the text */
    return first < half || length < 4 ? first : length - 2 * half + first;
}

static char *put_unit(char *to, uint32_t unit)
{
    char escape[6] = {'\\',
                      'u',
                      hex_digits[unit >> 12 & 15],
                      hex_digits[unit >> 8 & 15],
                      hex_digits[unit >> 4 & 15],
                      hex_digits[unit & 15]};

    memcpy(to, escape, sizeof(escape));

    return to + sizeof(escape);
}

static char *put_code_point(char *to, uint32_t code)
{
    if (code < 0x10000) {
        return put_unit(to, code);
    }
    code -= 0x10000;
    to = put_unit(to, 0xd800 + (code >> 10));

    return put_unit(to, 0xdc00 + (code & 0x3ff));
}

/* Escapes the text from the first byte that needs an escape. */
static char *escape_json_from(char *to, dyn_str_t str, size_t at)
{
    while (at < str.len) {
        char byte = str.data[at];

        if (byte == '"' || byte == '\\') {
            *to++ = '\\';
            *to++ = byte;
            at++;
        } else {
            uint32_t code = 0xfffd;
            size_t length = dyn_utf8_next(str, at, &code);

            at += length == 0 ? 1 : length;
            to = put_code_point(to, code);
        }

        size_t plain = copy_plain(to, str.data + at, str.len - at, JSON);

        to += plain;
        at += plain;
    }

    return to;
}

char *dyn_escape_json_to(char *to, dyn_str_t str)
{
    size_t plain = copy_plain(to, str.data, str.len, JSON);

    return plain == str.len ? to + plain : escape_json_from(to + plain, str, plain);
}

void dyn_escape_json(dyn_text_t *text, dyn_str_t str)
{
    if (!dyn_text_room(text, DYN_ESCAPED_MAX(str.len) + 2)) {
        return;
    }

    char *to = text->data + text->length;

    *to++ = '"';
    to = dyn_escape_json_to(to, str);
    *to++ = '"';
    text->length = (size_t)(to - text->data);
}

static dyn_str_t html_reference(uint8_t byte)
{
    switch (byte) {
    case '&':
        return DYN_STR("&amp;");
    case '<':
        return DYN_STR("&lt;");
    case '>':
        return DYN_STR("&gt;");
    case '"':
        return DYN_STR("&quot;");
    case '\'':
        return DYN_STR("&#39;");
    default:
        return DYN_STR_NONE;
    }
}

void dyn_escape_html(dyn_text_t *text, dyn_str_t str)
{
    for (size_t at = 0; at < str.len;) {
        size_t left = str.len - at;

        if (!dyn_text_room(text, left + BLOCK)) {
            return;
        }

        size_t plain = copy_plain(text->data + text->length, str.data + at, left, HTML);

        text->length += plain;
        at += plain;
        if (at < str.len) {
            dyn_text_str(text, html_reference((uint8_t)str.data[at++]));
        }
    }
}
