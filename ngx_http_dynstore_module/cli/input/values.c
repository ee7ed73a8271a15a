#include "cli/input/values.h"

#include <string.h>

#include "cli/input/input.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Blanks, and the marks that files bring along that were put together from several. */
static size_t skip_blanks(dyn_str_t text, size_t at)
{
    for (;;) {
        if (at < text.len && blank(text.data[at])) {
            at++;
        } else if (text.len - at >= 3 && memcmp(text.data + at, "\xef\xbb\xbf", 3) == 0) {
            at += 3;
        } else {
            return at;
        }
    }
}

dyn_str_t dyn_values_trim(dyn_str_t text)
{
    if (text.len == 0) {
        return text;
    }

    size_t start = skip_blanks(text, 0);

    while (text.len > start && blank(text.data[text.len - 1])) {
        text.len--;
    }

    return (dyn_str_t){text.data + start, text.len - start};
}

/* ---- brackets ---- */

/* How far a value has been looked through. */
typedef struct {
    size_t at;
    int depth;
    bool string, escaped;
    char last; /* the last byte outside of strings that is no blank */
} look_t;

/* Looks on until the brackets that opened are closed (true; `at` is behind them) or the text ends. */
static bool look_on(look_t *look, dyn_str_t text)
{
    while (look->at < text.len) {
        char c = text.data[look->at++];

        if (look->string) {
            if (look->escaped) {
                look->escaped = false;
            } else if (c == '\\') {
                look->escaped = true;
            } else if (c == '"') {
                look->string = false;
            }
            continue;
        }
        if (blank(c)) {
            continue;
        }
        look->last = c;
        if (c == '"') {
            look->string = true;
        } else if (c == '{' || c == '[') {
            look->depth++;
        } else if ((c == '}' || c == ']') && --look->depth <= 0) {
            return true;
        }
    }

    return false;
}

/* ---- lines ---- */

/*
 * A value that its line does not complete goes on in the next ones. A line that opens an object where none can stand begins a
 * value of its own: then the first was broken and is given out alone.
 */
static void complete(dyn_values_t *values, dyn_str_t *line)
{
    look_t look = {.at = 0};

    if (dyn_values_trim(*line).data[0] != '{') {
        return;
    }
    for (;;) {
        size_t before;
        dyn_str_t added;

        if (look_on(&look, *line)) {
            return;
        }
        before = line->len;
        if (look.depth > DYN_VALUE_DEPTH_MAX || line->len > DYN_VALUE_LINES_BYTES_MAX ||
            !dyn_lines_more(values->lines, line)) {
            break;
        }
        added = dyn_values_trim((dyn_str_t){line->data + before, line->len - before});
        if (added.len > 0 && added.data[0] == '{' &&
            (look.string || (look.last != ',' && look.last != ':' && look.last != '['))) {
            break;
        }
    }
    dyn_lines_back(values->lines, line);
}

/* ---- a list within an object ---- */

/* The member's name at text.data[at], a quote; its end, or 0 when it has none here. */
static size_t name_end(dyn_str_t text, size_t at)
{
    look_t look = {.at = at, .depth = 1};

    while (look.at < text.len && (look.at == at || look.string)) {
        look_on(&look, (dyn_str_t){text.data, look.at + 1});
    }

    return look.string || look.at >= text.len ? 0 : look.at;
}

/* One of the names, which `|` separates. */
static bool is_named(dyn_str_t name, const char *wanted)
{
    while (*wanted != '\0') {
        size_t length = strcspn(wanted, "|");

        if (dyn_str_equal(name, (dyn_str_t){wanted, length})) {
            return true;
        }
        wanted += length + (wanted[length] == '|');
    }

    return false;
}

/* Whether the object at the start of `text` has a member of that name before the text ends. */
static bool has_member(dyn_str_t text, const char *wanted)
{
    look_t look = {.at = 0};

    while (look.at < text.len) {
        size_t at = look.at;
        bool inside = look.depth == 1 && !look.string && (look.last == '{' || look.last == ',');

        if (inside && text.data[at] == '"') {
            size_t end = name_end(text, at);

            if (end != 0 && is_named((dyn_str_t){text.data + at + 1, end - at - 2}, wanted)) {
                return true;
            }
        }
        if (look_on(&look, (dyn_str_t){text.data, at + 1})) {
            return false;
        }
    }

    return false;
}

/*
 * Whether `text`, which begins with an object, has the list as a member, with nothing but plain values before it. *start: behind
 * the list's bracket.
 */
static bool find_list(const dyn_values_shape_t *shape, dyn_str_t text, size_t *start)
{
    size_t at = skip_blanks(text, 1);

    while (at < text.len && text.data[at] == '"') {
        size_t end = name_end(text, at);

        if (end == 0) {
            return false;
        }

        dyn_str_t name = {text.data + at + 1, end - at - 2};

        at = skip_blanks(text, end);
        if (is_named(name, shape->key) || at >= text.len || text.data[at] != ':') {
            return false;
        }
        at = skip_blanks(text, at + 1);
        if (at < text.len && text.data[at] == '[') {
            size_t first = skip_blanks(text, at + 1);

            for (size_t i = 0; shape->lists[i] != NULL; i++) {
                if (is_named(name, shape->lists[i])) {
                    *start = at + 1;
                    return has_member((dyn_str_t){text.data + first, text.len - first}, shape->key);
                }
            }
            return false;
        }
        if (at >= text.len || text.data[at] == '{') {
            return false;
        }
        if (text.data[at] == '"') {
            at = name_end(text, at);
        }
        while (at != 0 && at < text.len && text.data[at] != ',' && text.data[at] != '}') {
            at++;
        }
        if (at == 0 || at >= text.len || text.data[at] == '}') {
            return false;
        }
        at = skip_blanks(text, at + 1);
    }

    return false;
}

/* Skips what the object has behind the list. */
static void leave_object(dyn_values_t *values)
{
    look_t look = {.depth = 1};
    dyn_str_t window;

    for (;;) {
        window = dyn_lines_window(values->lines, 1);
        look.at = 0;

        bool closed = look_on(&look, window);

        dyn_lines_skip(values->lines, look.at);
        if (closed || window.len == 0) {
            return;
        }
    }
}

/* ---- a list ---- */

/* Moves on to a byte of a value or bracket; false at the end. */
static bool next_byte(dyn_values_t *values, bool commas, char *byte)
{
    for (;;) {
        dyn_str_t window = dyn_lines_window(values->lines, 3);
        size_t at = skip_blanks(window, 0);

        while (commas && at < window.len && (window.data[at] == ',' || blank(window.data[at]))) {
            at++;
        }
        if (at < window.len) {
            *byte = window.data[at];
            dyn_lines_skip(values->lines, at);
            return true;
        }
        if (window.len == 0) {
            return false;
        }
        dyn_lines_skip(values->lines, at);
    }
}

/* The length of the value that comes next; 0 when the file ends before it does. */
static size_t element_length(dyn_values_t *values, dyn_str_t *window)
{
    look_t look = {.at = 0};

    for (size_t want = 1;; want = window->len + 1) {
        *window = dyn_lines_window(values->lines, want);
        if (window->len < want) {
            return 0;
        }
        if (window->data[0] == '{' || window->data[0] == '[') {
            if (look_on(&look, *window)) {
                return look.at;
            }
            continue;
        }
        for (; look.at < window->len; look.at++) {
            char c = window->data[look.at];

            if (!look.string && (c == ',' || c == ']' || (blank(c) && c != ' '))) {
                return look.at;
            }
            look.string = c == '"' && (look.at == 0 || window->data[look.at - 1] != '\\')
                              ? !look.string
                              : look.string;
        }
    }
}

static bool next_of_list(dyn_values_t *values, dyn_str_t *value, bool *ended)
{
    dyn_str_t window;
    char byte = '\0';
    size_t length = 0;

    dyn_lines_skip(values->lines, values->pending);
    values->pending = 0;
    *ended = false;

    if (next_byte(values, true, &byte)) {
        if (byte == ']') {
            dyn_lines_skip(values->lines, 1);
            if (values->wrapped) {
                leave_object(values);
            }
            values->look = values->wrapped;
            values->list_line = 0;
            *ended = true;
            return false;
        }
        length = element_length(values, &window);
    }
    if (length == 0) {
        values->cut = true;
        return false;
    }
    values->pending = length;
    *value = dyn_values_trim((dyn_str_t){window.data, length});

    return true;
}

/* ---- all of them ---- */

/* Whether a list begins here; then it is entered. */
static bool enter_list(dyn_values_t *values)
{
    char byte = '\0';
    size_t start = 1;

    if (!next_byte(values, false, &byte)) {
        return false;
    }
    values->wrapped = byte == '{' && values->look &&
                      find_list(values->shape, dyn_lines_window(values->lines, 1 << 16), &start);
    values->look = false;
    if (!values->wrapped && byte != '[') {
        return false;
    }
    values->list_line = dyn_lines_number(values->lines);
    dyn_lines_skip(values->lines, start);

    return true;
}

dyn_values_t dyn_values_begin(dyn_lines_t *lines, const dyn_values_shape_t *shape)
{
    return (dyn_values_t){.lines = lines, .shape = shape, .look = true};
}

bool dyn_values_next(dyn_values_t *values, dyn_str_t *value)
{
    bool ended;

    for (;;) {
        if (values->list_line != 0 || enter_list(values)) {
            if (next_of_list(values, value, &ended)) {
                return true;
            }
            if (!ended) {
                return false;
            }
            continue;
        }
        if (!dyn_lines_next(values->lines, value)) {
            return false;
        }
        if (dyn_values_trim(*value).len != 0) {
            complete(values, value);
            *value = dyn_values_trim(*value);
            return true;
        }
    }
}

bool dyn_values_end(const dyn_values_t *values, const char *path, dyn_error_t *error)
{
    return !values->cut ||
           dyn_fail(
               error,
               "%.160s:%llu: the list that begins in line %llu has no end: the file was cut, or "
               "a bracket or quote is missing",
               path, (unsigned long long)dyn_lines_number(values->lines),
               (unsigned long long)values->list_line);
}
