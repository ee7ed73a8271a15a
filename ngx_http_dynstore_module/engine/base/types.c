#include "engine/base/types.h"

#include <stdio.h>
#include <string.h>

bool dyn_fail(dyn_error_t *error, const char *format, ...)
{
    if (error != NULL) {
        va_list args;

        va_start(args, format);
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
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
