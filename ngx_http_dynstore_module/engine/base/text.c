#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>

void dyn_text_init(dyn_text_t *text, dyn_arena_t *arena, size_t size)
{
    *text = (dyn_text_t){.arena = arena};
    text->data = dyn_arena_alloc(arena, size == 0 ? 1 : size);
    text->size = text->data == NULL ? 0 : size;
    text->failed = text->data == NULL;
}

bool dyn_text_grow(dyn_text_t *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        text->size = text->length;
        return false;
    }

    size_t size = (text->length + more) * 2;
    char *data = dyn_arena_alloc(text->arena, size);

    if (data == NULL) {
        text->failed = true;
        text->size = text->length;
        return false;
    }
    if (text->length > 0) {
        memcpy(data, text->data, text->length);
    }
    text->data = data;
    text->size = size;

    return true;
}

dyn_str_t dyn_text_finish(dyn_text_t *text)
{
    if (text->failed) {
        return DYN_STR_NONE;
    }
    dyn_arena_shrink(text->arena, text->data, text->size == 0 ? 1 : text->size,
                     text->length == 0 ? 1 : text->length);

    return (dyn_str_t){text->data, text->length};
}

void dyn_text_unsigned(dyn_text_t *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);

    dyn_text_put(text, digits + at, sizeof(digits) - at);
}

void dyn_text_format(dyn_text_t *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);

    /* it ends with a NUL, which is not counted */
    if (length < 0 || !dyn_text_room(text, (size_t)length + 1)) {
        text->failed = true;
        return;
    }

    va_start(arguments, format);
    (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}
