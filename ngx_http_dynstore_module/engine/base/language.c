#include "engine/base/language.h"

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
}

/* Writes one part: a region in capitals, a script with a capital, anything else small. */
static bool read_part(dyn_str_t part, bool first, bool plain, char *name)
{
    if (part.len < (first ? 2 : 1) || part.len > 8) {
        return false;
    }
    for (size_t i = 0; i < part.len; i++) {
        if (!letter(part.data[i]) && (first || !digit(part.data[i]))) {
            return false;
        }
        name[i] = !plain && (part.len == 2 || (part.len == 4 && i == 0)) ? capital(part.data[i])
                                                                         : small(part.data[i]);
    }

    return true;
}

bool dyn_language_read(dyn_str_t text, char name[DYN_LANGUAGE_BYTES_MAX], dyn_str_t *language)
{
    bool plain = true; /* the first part, and all that follow a part of one letter */

    if (text.len == 0 || text.len > DYN_LANGUAGE_BYTES_MAX) {
        return false;
    }
    for (size_t start = 0; start <= text.len;) {
        size_t end = start;

        while (end < text.len && text.data[end] != '-' && text.data[end] != '_') {
            end++;
        }
        if (!read_part((dyn_str_t){text.data + start, end - start}, start == 0, plain,
                       name + start)) {
            return false;
        }
        if (end < text.len) {
            name[end] = '-';
        }
        plain = (start != 0 && plain) || end - start == 1;
        start = end + 1;
    }
    *language = (dyn_str_t){name, text.len};

    return true;
}
