/* The file of the key under which visitors are hashed and their cookies signed. */
#ifndef DYN_VISITOR_KEY_H
#define DYN_VISITOR_KEY_H

#include "engine/trust/visitor.h"

/*
 * Reads a key file: 64 hex digits, white space around them allowed. With `create`, makes one with 32 random bytes, mode
 * 0600, when it is missing (written as another file and then linked, so that a reader never sees half of it and two
 * processes that start at once agree). engine/base/secret_file.h checks who may read and write it.
 */
bool dyn_visitor_key_load(const char *path, bool create, uint8_t key[DYN_VISITOR_KEY_BYTES],
                          dyn_error_t *error);

/* What dyn_visitor_key_load() would do with `create`, for a test of a configuration, which must leave no file behind. */
typedef enum {
    DYN_VISITOR_KEY_FILE_THERE = 0, /* read it */
    DYN_VISITOR_KEY_FILE_TO_BE_MADE,
    DYN_VISITOR_KEY_FILE_IMPOSSIBLE /* it is missing and cannot be made; with a sentence */
} dyn_visitor_key_file_t;

dyn_visitor_key_file_t dyn_visitor_key_foresee(const char *path, dyn_error_t *error);

#endif
