#include "cli/input/table.h"

#include <string.h>

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

/* The end of the field in quotes at text.data[at]: behind the closing one; 0 when it is not closed. `from`: up to there none closes it. */
static size_t quoted_end(dyn_str_t text, size_t at, size_t from)
{
    for (at = from > at ? from : at + 1; at < text.len; at++) {
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

/* Whether no field in quotes is left open; where it is, *open is where that field begins. */
static bool closed(char separator, dyn_str_t record, size_t *open, size_t looked)
{
    size_t at = *open;

    for (;;) {
        while (at < record.len && record.data[at] == ' ') {
            at++;
        }
        *open = at;
        if (at < record.len && record.data[at] == '"' &&
            (at = quoted_end(record, at, looked)) == 0) {
            return false;
        }
        looked = 0;

        const char *next = memchr(record.data + at, separator, record.len - at);

        if (next == NULL) {
            return true;
        }
        at = (size_t)(next - record.data) + 1;
    }
}

bool dyn_table_complete(char separator, size_t most, dyn_lines_t *lines, dyn_str_t *line)
{
    size_t open = 0, looked = 0;

    if (memchr(line->data, '"', line->len) == NULL) {
        return true;
    }
    while (!closed(separator, *line, &open, looked)) {
        looked = line->len;
        if (!dyn_lines_more(lines, line) || line->len > most) {
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

size_t dyn_table_split(char separator, dyn_str_t record, dyn_str_t *fields, size_t most, char *room)
{
    size_t at = 0, count = 0;

    for (;;) {
        size_t start = at, end = 0;
        dyn_str_t field;

        while (start < record.len && record.data[start] == ' ') {
            start++;
        }
        if (room != NULL && start < record.len && record.data[start] == '"') {
            end = quoted_end(record, start, 0);
        }

        size_t from = end == 0 ? at : end;
        const char *next = memchr(record.data + from, separator, record.len - from);
        size_t stop = next == NULL ? record.len : (size_t)(next - record.data);

        field = end != 0 ? unquote((dyn_str_t){record.data + start, end - start}, &room)
                         : trim((dyn_str_t){record.data + at, stop - at});
        if (count < most) {
            fields[count] = field;
        }
        count++;
        if (next == NULL) {
            return count;
        }
        at = stop + 1;
    }
}
