#include "engine/base/types.h"

#include <stdio.h>
#include <string.h>

/* Writes control characters as \xHH, also those of C1 (two bytes of UTF-8), so that no terminal obeys them. */
static void escape_controls(char *text, size_t size)
{
    dyn_error_t raw;
    size_t to = 0;

    memcpy(raw.text, text, strlen(text) + 1);
    for (const unsigned char *from = (const unsigned char *)raw.text; *from != '\0'; from++) {
        bool c1 = *from == 0xc2 && from[1] >= 0x80 && from[1] < 0xa0;
        bool control = c1 || *from < ' ' || *from == 0x7f;
        size_t length = c1 ? 8 : control ? 4 : 1;

        if (to + length >= size) {
            break;
        }
        if (control) {
            to += (size_t)snprintf(text + to, size - to, "\\x%02X", *from);
        } else {
            text[to++] = (char)*from;
        }
        if (c1) {
            to += (size_t)snprintf(text + to, size - to, "\\x%02X", *++from);
        }
    }
    text[to] = '\0';
}

bool dyn_fail(dyn_error_t *error, const char *format, ...)
{
    if (error != NULL) {
        va_list args;

        va_start(args, format);
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
        escape_controls(error->text, sizeof(error->text));
    }

    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool dyn_str_equal_nocase(dyn_str_t a, dyn_str_t b)
{
    if (a.len != b.len) {
        return false;
    }

    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }

    return true;
}

dyn_str_t dyn_str_from(const char *terminated)
{
    return (dyn_str_t){terminated, terminated == NULL ? 0 : strlen(terminated)};
}
