#include "cli/input/columns.h"

#include <string.h>

/* Names of columns, in small letters and without what is not a letter. Of several columns of a role the first row here counts. */
static const struct {
    const char *name;
    dyn_column_role_t role;
    bool session;
} names[] = {
    {"sessionid", DYN_COLUMN_WHO, true},    {"session", DYN_COLUMN_WHO, true},
    {"visitorid", DYN_COLUMN_WHO, false},   {"visitor", DYN_COLUMN_WHO, false},
    {"userid", DYN_COLUMN_WHO, false},      {"user", DYN_COLUMN_WHO, false},
    {"clientid", DYN_COLUMN_WHO, false},    {"userpseudoid", DYN_COLUMN_WHO, false},
    {"customerid", DYN_COLUMN_WHO, false},  {"itemid", DYN_COLUMN_ITEM, false},
    {"item", DYN_COLUMN_ITEM, false},       {"productid", DYN_COLUMN_ITEM, false},
    {"product", DYN_COLUMN_ITEM, false},    {"sku", DYN_COLUMN_ITEM, false},
    {"time", DYN_COLUMN_TIME, false},       {"timestamp", DYN_COLUMN_TIME, false},
    {"eventtime", DYN_COLUMN_TIME, false},  {"eventtimestamp", DYN_COLUMN_TIME, false},
    {"datetime", DYN_COLUMN_TIME, false},   {"date", DYN_COLUMN_TIME, false},
    {"ts", DYN_COLUMN_TIME, false},         {"event", DYN_COLUMN_EVENT, false},
    {"eventname", DYN_COLUMN_EVENT, false}, {"eventtype", DYN_COLUMN_EVENT, false},
    {"type", DYN_COLUMN_EVENT, false},      {"action", DYN_COLUMN_EVENT, false},
};

enum { NAMES = sizeof(names) / sizeof(names[0]), first_line_bytes_max = 4096 };

static dyn_str_t trim(dyn_str_t text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL) {
        text.len--;
    }

    return text;
}

/* ---- records ---- */

/* The end of the field in quotes at text.data[at]: behind the closing one; 0 when it is not closed. */
static size_t quoted_end(dyn_str_t text, size_t at)
{
    for (at++; at < text.len; at++) {
        if (text.data[at] != '"') {
            continue;
        }
        if (at + 1 < text.len && text.data[at + 1] == '"') {
            at++;
            continue;
        }
        return at + 1;
    }

    return 0;
}

static bool closed(const dyn_columns_t *columns, dyn_str_t record)
{
    size_t at = 0;

    for (;;) {
        while (at < record.len && record.data[at] == ' ') {
            at++;
        }
        if (at < record.len && record.data[at] == '"' && (at = quoted_end(record, at)) == 0) {
            return false;
        }

        const char *separator = memchr(record.data + at, columns->separator, record.len - at);

        if (separator == NULL) {
            return true;
        }
        at = (size_t)(separator - record.data) + 1;
    }
}

bool dyn_columns_complete(const dyn_columns_t *columns, dyn_lines_t *lines, dyn_str_t *line)
{
    if (memchr(line->data, '"', line->len) == NULL) {
        return true;
    }
    while (!closed(columns, *line)) {
        if (!dyn_lines_more(lines, line) || line->len > DYN_COLUMNS_RECORD_BYTES_MAX) {
            dyn_lines_back(lines, line);
            return false;
        }
    }

    return true;
}

/* The field without its quotes, doubled ones single, written at *room. */
static dyn_str_t unquote(dyn_str_t quoted, char **room)
{
    dyn_str_t text = {*room, 0};

    for (size_t i = 1; i + 1 < quoted.len; i++) {
        i += quoted.data[i] == '"';
        (*room)[text.len++] = quoted.data[i];
    }
    *room += text.len;

    return trim(text);
}

size_t dyn_columns_split(const dyn_columns_t *columns, dyn_str_t record,
                         dyn_str_t fields[DYN_COLUMNS_MAX], char *room)
{
    size_t at = 0, count = 0;

    for (;;) {
        size_t start = at, end = 0;
        dyn_str_t field;

        while (start < record.len && record.data[start] == ' ') {
            start++;
        }
        if (start < record.len && record.data[start] == '"' &&
            record.len <= DYN_COLUMNS_RECORD_BYTES_MAX) {
            end = quoted_end(record, start);
        }

        const char *separator = memchr(record.data + (end == 0 ? at : end), columns->separator,
                                       record.len - (end == 0 ? at : end));
        size_t stop = separator == NULL ? record.len : (size_t)(separator - record.data);

        field = end != 0 ? unquote((dyn_str_t){record.data + start, end - start}, &room)
                         : trim((dyn_str_t){record.data + at, stop - at});
        if (count < DYN_COLUMNS_MAX) {
            fields[count] = field;
        }
        count++;
        if (separator == NULL) {
            return count;
        }
        at = stop + 1;
    }
}

/* ---- the first line ---- */

/* The row of names[] of a column's name, NAMES when it is none. */
static size_t name_row(dyn_str_t field)
{
    char plain[32];
    size_t length = 0;

    for (size_t i = 0; i < field.len; i++) {
        char c = field.data[i];

        if (c == '_' || c == '-' || c == ' ' || c == '.') {
            continue;
        }
        if (length == sizeof(plain)) {
            return NAMES;
        }
        plain[length++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }

    size_t row = 0;

    while (row < NAMES &&
           !dyn_str_equal((dyn_str_t){plain, length}, dyn_str_from(names[row].name))) {
        row++;
    }

    return row;
}

/* Tabs, else semicolons, else commas: what makes three columns, or else two. */
static char separator_of(dyn_str_t line)
{
    static const char separators[] = {'\t', ';', ','};
    dyn_str_t fields[DYN_COLUMNS_MAX];
    char room[first_line_bytes_max];

    for (size_t wanted = 3; wanted >= 2 && line.len <= sizeof(room); wanted--) {
        for (size_t i = 0; i < sizeof(separators); i++) {
            dyn_columns_t columns = {.separator = separators[i]};

            if (dyn_columns_split(&columns, line, fields, room) >= wanted) {
                return separators[i];
            }
        }
    }

    return '\t';
}

bool dyn_columns_recognize(dyn_str_t line, dyn_columns_t *columns, dyn_error_t *error)
{
    static const char *const needed[] = {"session or visitor", "item", "time"};
    size_t rows[DYN_COLUMN_ROLES] = {NAMES, NAMES, NAMES, NAMES}, found = 0, count;
    dyn_str_t fields[DYN_COLUMNS_MAX];
    char room[first_line_bytes_max];

    *columns = (dyn_columns_t){
        .separator = separator_of(line),
        .whole_session = true,
        .count = 3,
        .places = {0, 1, 2, DYN_COLUMNS_MAX},
    };
    if (line.len > sizeof(room)) {
        return true;
    }

    count = dyn_columns_split(columns, line, fields, room);
    for (size_t i = 0; i < count && i < DYN_COLUMNS_MAX; i++) {
        size_t row = name_row(fields[i]);

        if (row < NAMES && row < rows[names[row].role]) {
            rows[names[row].role] = row;
            columns->places[names[row].role] = i;
        }
    }
    for (size_t role = 0; role <= DYN_COLUMN_TIME; role++) {
        found += rows[role] < NAMES;
    }
    /* one name alone may be an id: an item called "sku" */
    if (found < 2) {
        columns->places[DYN_COLUMN_WHO] = 0;
        columns->places[DYN_COLUMN_ITEM] = 1;
        columns->places[DYN_COLUMN_TIME] = 2;
        columns->places[DYN_COLUMN_EVENT] = DYN_COLUMNS_MAX;
        return true;
    }

    columns->header = true;
    columns->count = 0;
    for (size_t role = 0; role < DYN_COLUMN_ROLES; role++) {
        if (rows[role] == NAMES && role <= DYN_COLUMN_TIME) {
            return dyn_fail(error,
                            "names no column for the %s: a header such as SessionId, ItemId, Time "
                            "would be right",
                            needed[role]);
        }
        if (rows[role] < NAMES && columns->places[role] >= columns->count) {
            columns->count = columns->places[role] + 1;
        }
    }
    columns->whole_session = names[rows[DYN_COLUMN_WHO]].session;

    return true;
}
