#include "cli/feed/rows.h"

#include <stdlib.h>
#include <string.h>

#include "cli/feed/windows.h"
#include "cli/input/table.h"
#include "engine/base/utf8.h"

/* ---- names of columns ---- */

/* The next letter or digit of a name from *at on, small; bytes of other scripts count as letters. 0 at the end. */
static unsigned char next_letter(dyn_str_t name, size_t *at)
{
    while (*at < name.len) {
        unsigned char c = (unsigned char)name.data[(*at)++];

        if (c >= 'A' && c <= 'Z') {
            return (unsigned char)(c + 32);
        }
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80) {
            return c;
        }
    }

    return 0;
}

static bool same_name(dyn_str_t a, dyn_str_t b)
{
    size_t at = 0, other = 0;

    for (;;) {
        unsigned char c = next_letter(a, &at);

        if (c != next_letter(b, &other)) {
            return false;
        }
        if (c == 0) {
            return true;
        }
    }
}

int dyn_rows_column(const dyn_rows_t *rows, const char *names)
{
    while (*names != '\0') {
        size_t length = strcspn(names, "|");

        for (size_t i = 0; i < rows->columns; i++) {
            if (rows->names[i].len > 0 && same_name(rows->names[i], (dyn_str_t){names, length})) {
                return (int)i;
            }
        }
        names += length + (names[length] == '|');
    }

    return DYN_ROWS_NONE;
}

/* ---- rows ---- */

/* Room for `bytes` more; false when there is none. */
static bool make_room(char **room, size_t *size, size_t bytes)
{
    char *grown;

    if (*size >= bytes) {
        return true;
    }
    grown = realloc(*room, bytes);
    if (grown == NULL) {
        return false;
    }
    *room = grown;
    *size = bytes;

    return true;
}

static bool utf8(dyn_str_t text)
{
    for (size_t at = 0, length; at < text.len; at += length) {
        length = (unsigned char)text.data[at] < 0x80 ? 1 : dyn_utf8_next(text, at, NULL);
        if (length == 0) {
            return false;
        }
    }

    return true;
}

/* The fields of a line, in UTF-8. False when memory is out. */
static bool split(dyn_rows_t *rows, dyn_str_t line)
{
    if (!utf8(line)) {
        if (!make_room(&rows->converted, &rows->converted_size, 3 * line.len)) {
            return false;
        }
        line = (dyn_str_t){rows->converted, dyn_windows_to_utf8(line, rows->converted)};
        dyn_note(rows->faults->notes, DYN_NOTE_windows_1252, rows->path, rows->line, "line");
    }
    if (!make_room(&rows->room, &rows->room_size, line.len + 1)) {
        return false;
    }
    rows->count =
        dyn_table_split(rows->separator, line, rows->fields, DYN_ROWS_COLUMNS_MAX, rows->room);

    return true;
}

/* Tabs, semicolons or commas: what makes most columns. */
static char separator_of(dyn_str_t line, dyn_str_t *fields, char *room)
{
    static const char separators[] = {'\t', ';', ','};
    size_t most = 0;
    char best = ',';

    for (size_t i = 0; i < sizeof(separators); i++) {
        size_t count = dyn_table_split(separators[i], line, fields, DYN_ROWS_COLUMNS_MAX, room);

        if (count > most) {
            most = count;
            best = separators[i];
        }
    }

    return best;
}

/* Names outlive the row that they were read from. */
static bool keep_names(dyn_rows_t *rows)
{
    size_t bytes = 0;

    for (size_t i = 0; i < rows->columns; i++) {
        bytes += rows->fields[i].len;
    }
    rows->names = malloc((rows->columns + 1) * sizeof(*rows->names));
    rows->name_bytes = malloc(bytes + 1);
    if (rows->names == NULL || rows->name_bytes == NULL) {
        return false;
    }
    bytes = 0;
    for (size_t i = 0; i < rows->columns; i++) {
        rows->names[i] = (dyn_str_t){rows->name_bytes + bytes, rows->fields[i].len};
        memcpy(rows->name_bytes + bytes, rows->fields[i].data, rows->fields[i].len);
        bytes += rows->fields[i].len;
    }

    return true;
}

bool dyn_rows_begin(dyn_rows_t *rows, dyn_lines_t *lines, const char *path, dyn_faults_t *faults)
{
    dyn_str_t line;

    *rows = (dyn_rows_t){.lines = lines, .path = path, .faults = faults, .line = 1};
    rows->fields = malloc(DYN_ROWS_COLUMNS_MAX * sizeof(*rows->fields));
    if (rows->fields == NULL) {
        rows->out_of_memory = true;
        return false;
    }
    if (!dyn_lines_next(lines, &line)) {
        return false;
    }
    if (!make_room(&rows->room, &rows->room_size, line.len + 1)) {
        rows->out_of_memory = true;
        return false;
    }
    rows->separator = separator_of(line, rows->fields, rows->room);
    (void)dyn_table_complete(rows->separator, DYN_ROWS_BYTES_MAX, lines, &line);
    if (!split(rows, line)) {
        rows->out_of_memory = true;
        return false;
    }
    rows->columns = rows->count < DYN_ROWS_COLUMNS_MAX ? rows->count : DYN_ROWS_COLUMNS_MAX;
    rows->out_of_memory = !keep_names(rows);

    return !rows->out_of_memory;
}

static bool empty(const dyn_rows_t *rows)
{
    for (size_t i = 0; i < rows->count && i < DYN_ROWS_COLUMNS_MAX; i++) {
        if (rows->fields[i].len > 0) {
            return false;
        }
    }

    return true;
}

bool dyn_rows_next(dyn_rows_t *rows)
{
    dyn_str_t line;

    while (!rows->out_of_memory && rows->faults->count <= rows->faults->max &&
           dyn_lines_next(rows->lines, &line)) {
        bool whole = dyn_table_complete(rows->separator, DYN_ROWS_BYTES_MAX, rows->lines, &line);

        rows->line = dyn_lines_number(rows->lines);
        if (!split(rows, line)) {
            rows->out_of_memory = true;
            return false;
        }
        if (!whole) {
            rows->faults->values++;
            (void)dyn_fault(rows->faults, rows->path, rows->line, "line",
                            "has a quotation mark that is not closed: two of them would be one "
                            "that is a part of the field");
        } else if (empty(rows)) {
            continue;
        } else if (rows->count > rows->columns) {
            rows->faults->values++;
            (void)dyn_fault(rows->faults, rows->path, rows->line, "line",
                            "has %zu fields, and the header has %zu: a field with a separator "
                            "needs quotation marks",
                            rows->count, rows->columns);
        } else {
            return true;
        }
    }

    return false;
}

dyn_str_t dyn_rows_field(const dyn_rows_t *rows, int column)
{
    return column < 0 || (size_t)column >= rows->count ? (dyn_str_t){"", 0} : rows->fields[column];
}

bool dyn_rows_end(dyn_rows_t *rows)
{
    bool good = !rows->out_of_memory && rows->faults->count <= rows->faults->max;

    if (rows->out_of_memory) {
        dyn_fail(rows->faults->error, "%.160s:%llu: memory is out", rows->path,
                 (unsigned long long)rows->line);
    }
    free(rows->fields);
    free(rows->names);
    free(rows->name_bytes);
    free(rows->room);
    free(rows->converted);

    return good;
}
