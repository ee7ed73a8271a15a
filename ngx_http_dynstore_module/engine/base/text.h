/*
 * Text that grows in an arena. Appending returns no error: when the arena is exhausted the text is marked as failed and
 * takes no more, and dyn_text_finish() returns DYN_STR_NONE.
 */
#ifndef DYN_TEXT_H
#define DYN_TEXT_H

#include "engine/base/arena.h"

#include <string.h>

typedef struct {
    dyn_arena_t *arena;
    char *data;
    size_t length;
    size_t size;
    bool failed;
} dyn_text_t;

/* size: the expected size; the text can grow beyond it. */
void dyn_text_init(dyn_text_t *text, dyn_arena_t *arena, size_t size);
/* Makes room for `more` bytes that do not fit yet; false: exhausted. */
bool dyn_text_grow(dyn_text_t *text, size_t more);
/* Returns the text; data is NULL only if it failed. Unused room goes back to the arena. */
dyn_str_t dyn_text_finish(dyn_text_t *text);

/* Makes room for `more` bytes at data + length; false: exhausted. */
static inline bool dyn_text_room(dyn_text_t *text, size_t more)
{
    return text->size - text->length >= more || dyn_text_grow(text, more);
}

static inline void dyn_text_put(dyn_text_t *text, const char *data, size_t length)
{
    if (!dyn_text_room(text, length)) {
        return;
    }
    if (length > 0) {
        memcpy(text->data + text->length, data, length);
        text->length += length;
    }
}

static inline void dyn_text_str(dyn_text_t *text, dyn_str_t str)
{
    dyn_text_put(text, str.data, str.len);
}

#define dyn_text_literal(text, literal) dyn_text_put((text), (literal), sizeof(literal) - 1)

/* A whole number in decimal. */
void dyn_text_unsigned(dyn_text_t *text, uint64_t number);
/* As printf() does. */
void dyn_text_format(dyn_text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
