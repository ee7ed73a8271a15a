/*
 * Files that hold a secret: the visitors' key, Redis' password. Each must be a regular file that only its owner and
 * group can read or write.
 */
#ifndef DYN_SECRET_FILE_H
#define DYN_SECRET_FILE_H

#include "engine/base/types.h"

/*
 * Reads all of a file of less than `size` bytes into `text`. False with a sentence; `missing`, when not NULL, then says whether
 * there is no such file.
 */
bool dyn_secret_file_read(const char *path, char *text, size_t size, dyn_str_t *secret, bool *missing, dyn_error_t *error);

#endif
