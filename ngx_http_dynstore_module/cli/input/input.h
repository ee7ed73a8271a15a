/*
 * The bytes of a file as a stream of UTF-8, as others write files: gzip is inflated, a byte order mark skipped, UTF-16 converted
 * (half of a surrogate pair becomes U+FFFD).
 */
#ifndef DYN_INPUT_H
#define DYN_INPUT_H

#include "engine/base/types.h"

enum {
    /* One line or one element of a list is held in memory: far more than an item with all its variants has. */
    DYN_INPUT_PIECE_BYTES_MAX = 16 << 20
};

typedef struct dyn_input_s dyn_input_t;

/*
 * NULL with a sentence when the file cannot be opened, or is plainly something else: a web page, a zip or other archive, UTF-32,
 * or XML, unless it may be.
 */
dyn_input_t *dyn_input_open(const char *path, bool may_be_xml, dyn_error_t *error);
/*
 * What comes next, at least `want` bytes of it; fewer where the file ends, cannot be read, or `want` is more than
 * DYN_INPUT_PIECE_BYTES_MAX. Good until the next call.
 */
dyn_str_t dyn_input_window(dyn_input_t *input, size_t want);
/* Moves on over bytes of the window. */
void dyn_input_skip(dyn_input_t *input, size_t count);
/* Whether what the file says of its own encoding is no longer true: it was UTF-16. */
bool dyn_input_converted(const dyn_input_t *input);
/* Closes; false with a sentence when reading had ended early. `line` is where. */
bool dyn_input_close(dyn_input_t *input, uint64_t line, dyn_error_t *error);

#endif
