/* A file read line by line as a stream; gzip is inflated on the way. */
#ifndef DYN_LINES_H
#define DYN_LINES_H

#include "dyn_types.h"

typedef struct dyn_lines_s dyn_lines_t;

/* NULL with a sentence when the file cannot be opened. */
dyn_lines_t *dyn_lines_open(const char *path, dyn_error_t *error);
/* The next line without its line feed (and carriage return); good until the next call. False at the end or on an error. */
bool dyn_lines_next(dyn_lines_t *lines, dyn_str_t *line);
/* From 1. */
uint64_t dyn_lines_number(const dyn_lines_t *lines);
/* Closes; false with a sentence when reading had ended early: broken gzip, an I/O error, a line over 16 MB. */
bool dyn_lines_close(dyn_lines_t *lines, dyn_error_t *error);

#endif
