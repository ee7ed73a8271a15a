/*
 * Searches for bytes. Each function returns `end` when nothing is found. Near bytes are found 16 at a time with SSE2
 * (every x86-64), else one by one. Distant bytes are found by the C library, which uses wider steps but costs a call.
 */
#ifndef DYN_SCAN_FIND_H
#define DYN_SCAN_FIND_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

static inline int dyn_scan_mask(__m128i bytes, char wanted)
{
    return _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted)));
}
#endif

static inline bool dyn_scan_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static inline bool dyn_scan_ends_name(char c)
{
#define BIT(byte) (UINT64_C(1) << (byte))
    const uint64_t ends =
        BIT(' ') | BIT('\n') | BIT('\t') | BIT('\r') | BIT('\f') | BIT('/') | BIT('>');
#undef BIT
    return (unsigned char)c < 64 && (ends >> (unsigned char)c & 1) != 0;
}

static inline char dyn_scan_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool dyn_scan_is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* The first a. */
static inline const char *dyn_scan_find(const char *p, const char *end, char a)
{
#ifdef __SSE2__
    while (end - p >= 16) {
        int mask = dyn_scan_mask(_mm_loadu_si128((const __m128i *)(const void *)p), a);
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
        p += 16;
    }
    while (p < end && *p != a) {
        p++;
    }
    return p;
#else
    const char *found = p < end ? memchr(p, a, (size_t)(end - p)) : NULL;
    return found != NULL ? found : end;
#endif
}

/* The first a, expected far away. */
static inline const char *dyn_scan_find_far(const char *p, const char *end, char a)
{
    const char *found = memchr(p, a, (size_t)(end - p));
    return found != NULL ? found : end;
}

/* The first a with b or c after it, expected far away, or an a that is the last byte. */
static inline const char *dyn_scan_find_pair(const char *p, const char *end, char a, char b, char c)
{
    p = dyn_scan_find_far(p, end, a);
    while (end - p > 1 && p[1] != b && p[1] != c) {
        p = dyn_scan_find_far(p + 1, end, a);
    }
    return p;
}

/* The first a or b. */
static inline const char *dyn_scan_find_either(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        int mask = dyn_scan_mask(bytes, a) | dyn_scan_mask(bytes, b);
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
        p += 16;
    }
#endif
    while (p < end && *p != a && *p != b) {
        p++;
    }
    return p;
}

#endif
