/* A file read line by line as a stream (cli/input/input.h). A line ends with a line feed, with carriage return and line feed, or, where
 * the first line of the file does, with a carriage return alone. */
#ifndef DYN_LINES_H
#define DYN_LINES_H

#include "engine/base/types.h"

typedef struct dyn_lines_s dyn_lines_t;

/* NULL with a sentence when the file cannot be opened or holds no lines (dyn_input_open()). */
dyn_lines_t *dyn_lines_open(const char *path, dyn_error_t *error);
/* The same; the file may be XML, too. */
dyn_lines_t *dyn_lines_open_markup(const char *path, dyn_error_t *error);
/* The next line without its end; good until the next call. False at the file's end or on an error. */
bool dyn_lines_next(dyn_lines_t *lines, dyn_str_t *line);
/* The same line and the one after it, as one text with the line's end between them. False when there is none: then
 * dyn_lines_back() gives the line. */
bool dyn_lines_more(dyn_lines_t *lines, dyn_str_t *line);
/* What dyn_lines_more() added is read again by dyn_lines_next(); *line is the first line alone. */
void dyn_lines_back(dyn_lines_t *lines, dyn_str_t *line);
/* Of the line (the first of several), from 1; after the last one, how many there were. */
uint64_t dyn_lines_number(const dyn_lines_t *lines);

/* Bytes in place of lines: what comes after the lines taken, as in dyn_input_window(); then over how many to move on. */
dyn_str_t dyn_lines_window(dyn_lines_t *lines, size_t want);
void dyn_lines_skip(dyn_lines_t *lines, size_t count);

/* dyn_input_converted() */
bool dyn_lines_converted(const dyn_lines_t *lines);

/* Closes; false with a sentence when reading had ended early: broken gzip, an I/O error, a line over the limit. */
bool dyn_lines_close(dyn_lines_t *lines, dyn_error_t *error);

#endif
