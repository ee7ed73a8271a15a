/* Which categories hold the same kind of thing, by their names. */
#ifndef DYN_KINDS_H
#define DYN_KINDS_H

#include <stdbool.h>

#include "engine/catalogue/snapshot_format.h"

/*
 * Fills the kinds of categories, parents before children. A category is of its parent's kind when the last words of their names end
 * alike ("Tents", "Trekking tents"), else of that of the first such category beside it ("Regenjacken", "Daunenjacken"), else a kind
 * of its own. Alike: the words are the same, or their last 4 bytes are, without ASCII case.
 * A category whose name lists several things ("Pegs & tent care", "Hosen und Hemden") is marked DYN_CATEGORY_SEVERAL.
 */
void dyn_kinds_make(dyn_category_t *categories, uint32_t count, const char *strings);

/* A letter of ASCII, or a byte of another one. */
bool dyn_kinds_letter(char c);

#endif
