#include "cli/base/report.h"

#include <string.h>

#include "engine/base/utf8.h"

enum { columns_max = 32, cell_bytes = 96 };

json_t *dyn_report_text(dyn_str_t text)
{
    return json_stringn(text.data, text.len);
}

static bool empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* A value in one line. */
static void print_value(char *text, size_t size, const json_t *value)
{
    size_t used = 0;
    dyn_str_t cut;

    text[0] = '\0';
    switch (json_typeof(value)) {
    case JSON_STRING:
        cut = dyn_utf8_cut(dyn_str_from(json_string_value(value)), size - 1);
        snprintf(text, size, "%.*s", (int)cut.len, cut.data);
        break;
    case JSON_INTEGER:
        snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        snprintf(text, size, "%.4g", json_real_value(value));
        break;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value) && used + 3 < size; i++) {
            if (i != 0) {
                used += (size_t)snprintf(text + used, size - used, ", ");
            }
            print_value(text + used, size - used, json_array_get(value, i));
            used += strlen(text + used);
        }
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
        break;
    default:
        break;
    }
}

/* How wide it is shown: characters, not bytes. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80;
    }

    return width;
}

static void print_cell(FILE *out, const char *text, int width, bool right, bool last)
{
    int blanks = width - width_of(text);

    if (right) {
        fprintf(out, "%*s%s", blanks, "", text);
    } else if (last) {
        fprintf(out, "%s", text);
    } else {
        fprintf(out, "%s%*s", text, blanks, "");
    }
    fprintf(out, "%s", last ? "\n" : "  ");
}

static void print_table(FILE *out, const json_t *rows, int indent)
{
    const char *names[columns_max];
    int widths[columns_max];
    bool right[columns_max];
    size_t columns = 0, i;
    const char *name;
    json_t *value, *row;
    char cell[cell_bytes];

    json_object_foreach(json_array_get(rows, 0), name, value)
    {
        if (columns < columns_max) {
            names[columns] = name;
            right[columns] = json_is_number(value);
            widths[columns++] = width_of(name);
        }
    }
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < columns; c++) {
            value = json_object_get(row, names[c]);
            print_value(cell, sizeof(cell), value == NULL ? json_null() : value);
            widths[c] = width_of(cell) > widths[c] ? width_of(cell) : widths[c];
        }
    }

    fprintf(out, "%*s", indent, "");
    for (size_t c = 0; c < columns; c++) {
        print_cell(out, names[c], widths[c], right[c], c + 1 == columns);
    }
    json_array_foreach(rows, i, row)
    {
        fprintf(out, "%*s", indent, "");
        for (size_t c = 0; c < columns; c++) {
            value = json_object_get(row, names[c]);
            print_value(cell, sizeof(cell), value == NULL ? json_null() : value);
            print_cell(out, cell, widths[c], right[c], c + 1 == columns);
        }
    }
}

static void print_object(FILE *out, const json_t *object, int indent)
{
    const char *name;
    json_t *value;
    char line[8192];

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (empty(value)) {
            continue;
        }
        fprintf(out, "%*s%s:", indent, "", name);
        if (json_is_object(value)) {
            putc('\n', out);
            print_object(out, value, indent + 2);
        } else if (json_is_object(json_array_get(value, 0))) {
            putc('\n', out);
            print_table(out, value, indent + 2);
        } else {
            print_value(line, sizeof(line), value);
            fprintf(out, " %s\n", line);
        }
    }
}

void dyn_report_print(FILE *out, const json_t *report, bool as_json)
{
    if (as_json) {
        json_dumpf(report, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        putc('\n', out);
    } else {
        print_object(out, report, 0);
    }
}
