/* UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef DYN_UTF8_H
#define DYN_UTF8_H

#include "engine/base/types.h"

/* The sequence at text.data[at]: its length in bytes and, when code_point is not NULL, its code point. 0: malformed or at the end. */
size_t dyn_utf8_next(dyn_str_t text, size_t at, uint32_t *code_point);

/* True when the text is UTF-8 without control bytes (below 0x20, or 0x7f), or empty. */
bool dyn_utf8_clean(dyn_str_t text);

/* Writes a code point; returns its bytes, 1 to 4. What is no code point, or half of a surrogate pair, becomes U+FFFD. */
size_t dyn_utf8_put(uint32_t code_point, char bytes[4]);

/* Returns at most `max` bytes of the text, without cutting a sequence. */
dyn_str_t dyn_utf8_cut(dyn_str_t text, size_t max);

#endif
