#include "cli/input/columns.h"

#include "cli/input/table.h"

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

bool dyn_columns_complete(const dyn_columns_t *columns, dyn_lines_t *lines, dyn_str_t *line)
{
    return dyn_table_complete(columns->separator, DYN_COLUMNS_RECORD_BYTES_MAX, lines, line);
}

size_t dyn_columns_split(const dyn_columns_t *columns, dyn_str_t record,
                         dyn_str_t fields[DYN_COLUMNS_MAX], char *room)
{
    return dyn_table_split(columns->separator, record, fields, DYN_COLUMNS_MAX,
                           record.len <= DYN_COLUMNS_RECORD_BYTES_MAX ? room : NULL);
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
