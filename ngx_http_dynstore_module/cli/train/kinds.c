#include "cli/train/kinds.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/types.h"

enum { ENDING_BYTES_MIN = 4 };

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool dyn_kinds_letter(char c)
{
    return (unsigned char)c >= 0x80 || (small(c) >= 'a' && small(c) <= 'z');
}

static dyn_str_t name_of(const char *strings, dyn_string_ref_t name)
{
    uint32_t length;

    memcpy(&length, strings + name, sizeof(length));

    return (dyn_str_t){strings + name + sizeof(length), length};
}

/* The word that ends at `end` or before; *begin: where it begins. */
static dyn_str_t word_before(dyn_str_t name, size_t end, size_t *begin)
{
    while (end > 0 && !dyn_kinds_letter(name.data[end - 1])) {
        end--;
    }
    *begin = end;
    while (*begin > 0 && dyn_kinds_letter(name.data[*begin - 1])) {
        --*begin;
    }

    return (dyn_str_t){name.data + *begin, end - *begin};
}

static dyn_str_t last_word(const char *strings, dyn_string_ref_t name)
{
    size_t begin;
    dyn_str_t text = name_of(strings, name);

    return word_before(text, text.len, &begin);
}

/* "Pegs & tent care", "Hats, gloves", "Hosen und Hemden" */
static bool names_several(dyn_str_t name)
{
    static const char *const joining[] = {"and", "und", "et", "y",    "e",
                                          "og",  "och", "or", "oder", "ou"};
    size_t begin = name.len;

    for (size_t i = 0; i < name.len; i++) {
        if (memchr("&/+,", name.data[i], 4) != NULL) {
            return true;
        }
    }
    while (begin > 0) {
        bool last = begin == name.len;
        dyn_str_t word = word_before(name, begin, &begin);

        for (size_t i = 0; begin > 0 && !last && i < sizeof(joining) / sizeof(joining[0]); i++) {
            if (dyn_str_equal_nocase(word, dyn_str_from(joining[i]))) {
                return true;
            }
        }
    }

    return false;
}

static bool end_alike(dyn_str_t a, dyn_str_t b)
{
    size_t same = 0, shorter = a.len < b.len ? a.len : b.len;

    while (same < shorter && small(a.data[a.len - 1 - same]) == small(b.data[b.len - 1 - same])) {
        same++;
    }

    return same >= ENDING_BYTES_MIN || (same == shorter && a.len == b.len && same > 0);
}

void dyn_kinds_make(dyn_category_t *categories, uint32_t count, const char *strings)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t parent = categories[i].parent;
        dyn_str_t word = last_word(strings, categories[i].name);

        categories[i].kind = i;
        categories[i].flags =
            names_several(name_of(strings, categories[i].name)) ? DYN_CATEGORY_SEVERAL : 0;
        if (parent != DYN_NONE && end_alike(last_word(strings, categories[parent].name), word)) {
            categories[i].kind = categories[parent].kind;
            continue;
        }
        for (uint32_t k = parent == DYN_NONE ? i : parent + 1; k < i; k++) {
            if (categories[k].parent == parent &&
                end_alike(last_word(strings, categories[k].name), word)) {
                categories[i].kind = categories[k].kind;
                break;
            }
        }
    }
}
