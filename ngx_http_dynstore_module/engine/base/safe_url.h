/* Which URLs of a catalogue are allowed. Checked when the catalogue is read, and again when an item is shown. */
#ifndef DYN_URL_H
#define DYN_URL_H

#include "engine/base/types.h"

/*
 * True for
 * - `http://host...` and `https://host...`, and `//host...`, which takes the page's own scheme. A host is letters, digits, `.-_`, bytes
 *   beyond ASCII or an address in brackets, with a port or without; no user, for `https://shop.example@evil.example/` leads elsewhere;
 * - paths, queries and fragments that nobody can read as a scheme or a host: neither a browser (it drops tabs and line ends anywhere, and
 *   blanks and control bytes before it, and takes \ for /), nor an HTML parser, which decodes character references (`javascript&colon;`,
 *   `/&sol;host`), nor a program that decodes %XX once more than it should (`javascript%3A`, `/%2Fhost`).
 * Everything else is refused: other schemes, other spellings of these, and what begins with a blank. Control bytes are refused where
 * they could hide any of it, which is in the beginning.
 */
bool dyn_url_is_safe(dyn_str_t url);

#endif
