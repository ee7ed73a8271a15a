#include "cli/input/lines.h"

#include <stdlib.h>
#include <string.h>

#include "cli/input/input.h"

struct dyn_lines_s {
    dyn_input_t *input;
    uint64_t line_number; /* at which the input stands */
    char line_end;        /* what ends a line */
    size_t
        span; /* bytes of the lines taken, with their ends; skipped when the next one is asked for */
    uint64_t taken; /* how many lines that is */
    size_t first_length, first_span;
    bool ended;
};

/* A file of carriage returns alone is one whose first line ends with one. */
static char line_end_of(dyn_input_t *input)
{
    dyn_str_t start;

    for (size_t at = 0, want = 4096;; want *= 2) {
        start = dyn_input_window(input, want);
        for (; at < start.len; at++) {
            if (start.data[at] == '\n') {
                return '\n';
            }
            if (start.data[at] == '\r' && at + 1 < start.len) {
                return start.data[at + 1] == '\n' ? '\n' : '\r';
            }
            if (start.data[at] == '\r') {
                break;
            }
        }
        if (start.len < want || want > 1 << 18) {
            return '\n';
        }
    }
}

static dyn_lines_t *open_lines(const char *path, bool may_be_xml, dyn_error_t *error)
{
    dyn_lines_t *lines = calloc(1, sizeof(*lines));

    if (lines == NULL) {
        dyn_fail(error, "%.160s: not enough memory to read it", path);
        return NULL;
    }
    lines->input = dyn_input_open(path, may_be_xml, error);
    if (lines->input == NULL) {
        free(lines);
        return NULL;
    }
    lines->line_number = 1;
    lines->line_end = line_end_of(lines->input);

    return lines;
}

dyn_lines_t *dyn_lines_open(const char *path, dyn_error_t *error)
{
    return open_lines(path, false, error);
}

dyn_lines_t *dyn_lines_open_markup(const char *path, dyn_error_t *error)
{
    return open_lines(path, true, error);
}

static void move_on(dyn_lines_t *lines)
{
    dyn_input_skip(lines->input, lines->span);
    lines->line_number += lines->taken;
    lines->span = 0;
    lines->taken = 0;
}

/* The line that begins `from` bytes on; *line begins where the input stands. False when there is none. */
static bool take(dyn_lines_t *lines, size_t from, dyn_str_t *line)
{
    size_t searched = from;

    for (;;) {
        dyn_str_t window = dyn_input_window(lines->input, searched + 1);
        const char *end = memchr(window.data + searched, lines->line_end, window.len - searched);

        if (end != NULL) {
            *line = (dyn_str_t){window.data, (size_t)(end - window.data)};
            lines->span = line->len + 1;
            break;
        }
        if (window.len == searched) {
            *line = window;
            lines->span = window.len;
            if (window.len == from || window.len >= DYN_INPUT_PIECE_BYTES_MAX) {
                return false;
            }
            break;
        }
        searched = window.len;
    }

    if (line->len > from && line->data[line->len - 1] == '\r') {
        line->len--;
    }
    lines->taken++;

    return true;
}

bool dyn_lines_next(dyn_lines_t *lines, dyn_str_t *line)
{
    move_on(lines);
    if (lines->ended || !take(lines, 0, line)) {
        lines->ended = true;
        lines->span = 0;
        return false;
    }
    lines->first_length = line->len;
    lines->first_span = lines->span;

    return true;
}

bool dyn_lines_more(dyn_lines_t *lines, dyn_str_t *line)
{
    size_t span = lines->span;

    if (take(lines, span, line)) {
        return true;
    }
    lines->span = span;

    return false;
}

void dyn_lines_back(dyn_lines_t *lines, dyn_str_t *line)
{
    line->data = dyn_input_window(lines->input, 0).data;
    line->len = lines->first_length;
    lines->span = lines->first_span;
    lines->taken = 1;
}

uint64_t dyn_lines_number(const dyn_lines_t *lines)
{
    return lines->ended ? lines->line_number - 1 : lines->line_number;
}

dyn_str_t dyn_lines_window(dyn_lines_t *lines, size_t want)
{
    move_on(lines);

    return dyn_input_window(lines->input, want);
}

void dyn_lines_skip(dyn_lines_t *lines, size_t count)
{
    dyn_str_t window = dyn_lines_window(lines, count);
    const char *at = window.data, *end = window.data + count;

    while ((at = memchr(at, lines->line_end, (size_t)(end - at))) != NULL) {
        lines->line_number++;
        at++;
    }
    dyn_input_skip(lines->input, count);
}

bool dyn_lines_converted(const dyn_lines_t *lines)
{
    return dyn_input_converted(lines->input);
}

bool dyn_lines_close(dyn_lines_t *lines, dyn_error_t *error)
{
    bool done = dyn_input_close(lines->input, lines->line_number, error);

    free(lines);

    return done;
}
