/* The bytes of a file, inflated where they are gzip. Unlike zlib's gzread() it says what it would leave out: bytes behind the
 * gzip that are none, as `cat new.jsonl >>events.jsonl.gz` makes them. */
#ifndef DYN_GZIP_H
#define DYN_GZIP_H

#include "engine/base/types.h"

typedef struct dyn_gzip_s dyn_gzip_t;

/* NULL: errno says why. */
dyn_gzip_t *dyn_gzip_open(const char *path);
/* Up to `size` bytes, at least one but at the file's end, or where reading ends early. */
size_t dyn_gzip_read(dyn_gzip_t *gzip, void *to, size_t size);
/* Why reading ended early; NULL: it did not. Good until the file is closed. */
const char *dyn_gzip_trouble(const dyn_gzip_t *gzip);
void dyn_gzip_close(dyn_gzip_t *gzip);

#endif
