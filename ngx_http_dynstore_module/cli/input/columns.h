/* Events in columns: which one is which, and how a line is split. docs/catalog.md */
#ifndef DYN_COLUMNS_H
#define DYN_COLUMNS_H

#include "cli/input/lines.h"

enum {
    DYN_COLUMNS_MAX = 64,
    /* A field in quotes may hold line breaks; what is not closed by then is a broken line. */
    DYN_COLUMNS_RECORD_BYTES_MAX = 65536
};

typedef enum { DYN_COLUMN_WHO, DYN_COLUMN_ITEM, DYN_COLUMN_TIME, DYN_COLUMN_EVENT, DYN_COLUMN_ROLES } dyn_column_role_t;

typedef struct {
    char separator; /* tab, comma or semicolon */
    bool header;    /* the first line names the columns */
    bool whole_session; /* "who" is a session, not a visitor */
    size_t count;   /* columns that a line must have; with a header at least those that are read */
    size_t places[DYN_COLUMN_ROLES]; /* DYN_COLUMNS_MAX: there is none */
} dyn_columns_t;

/*
 * What the first line says. Without a header the columns are session, item, time. False with what is wrong with the header when it
 * names some of the columns that are needed and not all.
 */
bool dyn_columns_recognize(dyn_str_t line, dyn_columns_t *columns, dyn_error_t *error);

/*
 * Reads on to the end of a record that has line breaks in a field in quotes. False when the quotes are not closed: the line stands
 * alone and is broken.
 */
bool dyn_columns_complete(const dyn_columns_t *columns, dyn_lines_t *lines, dyn_str_t *line);

/*
 * Splits a record into at most DYN_COLUMNS_MAX fields without blanks and quotes around them; returns how many there are. What was
 * in quotes is in `room`, of DYN_COLUMNS_RECORD_BYTES_MAX bytes, other fields point into the record.
 */
size_t dyn_columns_split(const dyn_columns_t *columns, dyn_str_t record, dyn_str_t fields[DYN_COLUMNS_MAX], char *room);

#endif
