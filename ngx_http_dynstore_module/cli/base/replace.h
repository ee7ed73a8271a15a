/* A file that is replaced as a whole: who reads it at any time finds the old one or the new one. */
#ifndef DYN_REPLACE_H
#define DYN_REPLACE_H

#include <limits.h>
#include <stdio.h>

#include "engine/base/types.h"

typedef struct {
    const char *path;        /* of what is replaced; must live until dyn_replace_end() */
    char new_path[PATH_MAX]; /* "": a pipe or a device, which is written itself */
    FILE *file;
} dyn_replace_t;

/* Opens the new file, PATH.new, for writing to `file`. False with a sentence. */
bool dyn_replace_begin(dyn_replace_t *replace, const char *path, dyn_error_t *error);
/* Puts it in the old one's place if `good`, else takes it away. False with a sentence when it could not be written; else `good`. */
bool dyn_replace_end(dyn_replace_t *replace, bool good, dyn_error_t *error);

#endif
