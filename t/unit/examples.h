/* Reads the fenced blocks of a document, so that tests run its examples. */
#ifndef EXAMPLES_H
#define EXAMPLES_H

#include "engine/base/types.h"

/*
 * The next block that opens with ```LANGUAGE at or after *at; false when there is none. *text is the block's lines without the
 * fence, *at moves behind it. The document's bytes stay the caller's.
 */
bool examples_next(dyn_str_t document, const char *language, size_t *at, dyn_str_t *text);

/* The file, relative to the repository's top where tests run; ends the program with a sentence when it cannot. free() it. */
dyn_str_t examples_read(const char *path);

#endif
