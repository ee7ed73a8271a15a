/* Records of files in columns: tabs, commas or semicolons between fields, quotes around those that need them (RFC 4180). */
#ifndef DYN_TABLE_H
#define DYN_TABLE_H

#include "cli/input/lines.h"

/*
 * Reads on to the end of a record that has line breaks in a field in quotes. False when the quotes are not closed within `most`
 * bytes: then the line stands alone and is broken.
 */
bool dyn_table_complete(char separator, size_t most, dyn_lines_t *lines, dyn_str_t *line);

/*
 * Splits a record without blanks and quotes around its fields; returns how many it has, of which the first `most` are in
 * `fields`. What was in quotes is in `room`, of at least the record's bytes; other fields point into the record. NULL: quotes are
 * left as they are.
 */
size_t dyn_table_split(char separator, dyn_str_t record, dyn_str_t *fields, size_t most, char *room);

#endif
