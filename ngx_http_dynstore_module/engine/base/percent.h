/* Percent-encoding, shared by session logs and query strings. */
#ifndef DYN_PERCENT_H
#define DYN_PERCENT_H

#include "engine/base/types.h"

/*
 * Decodes %XX into `out`, which has room for text.len bytes, and `+` into a space when plus_is_space. Returns the
 * length. A `%` without two hex digits after it is copied as it is, and then *well_formed (may be NULL) is false.
 */
size_t dyn_percent_decode(dyn_str_t text, bool plus_is_space, char *out, bool *well_formed);

/* 0..15, or -1 if it is not a hex digit. */
int dyn_hex_digit(char c);

#endif
