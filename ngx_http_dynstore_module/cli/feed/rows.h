/*
 * A table with a header, row by row. Columns are found by their names: letters and digits count, capitals and what stands between
 * words do not ("Variant SKU", "variant_sku"). Bytes of a row that are no UTF-8 are read as Windows-1252, and noted.
 */
#ifndef DYN_ROWS_H
#define DYN_ROWS_H

#include "cli/base/faults.h"
#include "cli/input/lines.h"

enum {
    DYN_ROWS_COLUMNS_MAX = 1024,
    /* a description with line breaks; what is not closed by then is a broken row */
    DYN_ROWS_BYTES_MAX = 1 << 20,
    DYN_ROWS_NONE = -1
};

typedef struct {
    dyn_lines_t *lines;
    const char *path;
    dyn_faults_t *faults;
    char separator;
    size_t columns;    /* that the header has */
    dyn_str_t *names;  /* of columns, as they are written; owned, with their bytes */
    char *name_bytes;
    dyn_str_t *fields; /* of the row */
    size_t count;      /* of its fields */
    char *room, *converted;
    size_t room_size, converted_size;
    uint64_t line;
    bool out_of_memory;
} dyn_rows_t;

/* Reads the first row as the header. False when there is none, or memory is out. */
bool dyn_rows_begin(dyn_rows_t *rows, dyn_lines_t *lines, const char *path, dyn_faults_t *faults);
/*
 * The column of one of these names, which are separated by `|`; the first name that is there counts. DYN_ROWS_NONE: there is none.
 */
int dyn_rows_column(const dyn_rows_t *rows, const char *names);
/* Moves to the next row that is not empty; a row with more fields than columns, or with open quotes, is a fault and passed over. */
bool dyn_rows_next(dyn_rows_t *rows);
/* A field of the row; "" when the row or the table does not have it. */
dyn_str_t dyn_rows_field(const dyn_rows_t *rows, int column);
/* Whether reading may go on: memory was enough, and bad rows were not too many. */
bool dyn_rows_end(dyn_rows_t *rows);

#endif
