/* The few types that every part of the engine shares. */
#ifndef DYN_TYPES_H
#define DYN_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes with a length. Not terminated unless documented, not owned. data may be NULL when len is 0. */
typedef struct {
    const char *data;
    size_t len;
} dyn_str_t;

#define DYN_STR(literal) ((dyn_str_t){(literal), sizeof(literal) - 1})
#define DYN_STR_NONE ((dyn_str_t){NULL, 0})

/* Names no item, category or brand. */
#define DYN_NONE UINT32_MAX

/* A sentence: what is wrong, where, and what would be right. Always terminated. */
typedef struct {
    char text[512];
} dyn_error_t;

/*
 * Formats the sentence; NULL is allowed and ignored. Returns false so that callers can return it. Quoted text may come
 * from anybody, so control characters are written as \xHH; they cannot affect a terminal or end a line of a log.
 */
bool dyn_fail(dyn_error_t *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline bool dyn_str_equal(dyn_str_t a, dyn_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ASCII letters compare without case. */
bool dyn_str_equal_nocase(dyn_str_t a, dyn_str_t b);
dyn_str_t dyn_str_from(const char *terminated);

#endif
