#include "dyn_sessions_read.h"

#include "dyn_ids.h"
#include "dyn_lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    dyn_lines_t *lines;
    dyn_sessions_reader_t *reader;
    dyn_error_t *error;
} input_t;

/* Counts a bad line; false when there were too many. */
static bool bad_line(input_t *input, const char *field, const char *right)
{
    dyn_error_t sentence;

    dyn_fail(&sentence, "%s:%llu:%s: %s", input->path,
             (unsigned long long)dyn_lines_number(input->lines), field, right);

    if (++input->reader->errors > input->reader->errors_max) {
        if (input->error != NULL) {
            *input->error = sentence;
        }

        return false;
    }

    if (input->reader->report != NULL) {
        input->reader->report(input->reader->report_context, sentence.text);
    }

    return true;
}

static bool split(dyn_str_t line, dyn_str_t fields[3])
{
    const char *pos = line.data;
    const char *end = line.data + line.len;

    for (int i = 0; i < 3; i++) {
        const char *tab = i < 2 ? memchr(pos, '\t', (size_t)(end - pos)) : end;

        if (tab == NULL) {
            return false;
        }

        fields[i] = (dyn_str_t){pos, (size_t)(tab - pos)};
        pos = tab + 1;
    }

    return fields[0].len > 0 && fields[1].len > 0 &&
           memchr(fields[2].data, '\t', fields[2].len) == NULL;
}

/* A decimal number; the common form without the C library, which is slow at it. */
static bool read_number(dyn_str_t text, double *number)
{
    double value = 0;
    size_t i = 0;

    for (; i < text.len && i < 15 && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        value = value * 10 + (text.data[i] - '0');
    }

    if (i == text.len && i > 0) {
        *number = value;
        return true;
    }

    char copy[64];
    char *end;

    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }

    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *number = strtod(copy, &end);
    return *end == '\0' && isfinite(*number);
}

static bool out_of_memory(input_t *input)
{
    return dyn_fail(input->error, "%s:%llu: out of memory", input->path,
                    (unsigned long long)dyn_lines_number(input->lines));
}

static bool read_tsv_line(input_t *input, dyn_str_t line, dyn_ids_t *sessions, dyn_clicks_t *clicks)
{
    dyn_str_t fields[3];
    dyn_click_t click = {.kind = DYN_CLICK_VIEW};

    if (!split(line, fields)) {
        return bad_line(input, "line",
                        "three fields separated by tabs belong here: SessionId, ItemId, Time");
    }

    if (!read_number(fields[2], &click.time)) {
        return bad_line(input, "Time", "a decimal number belongs here, such as 1592337718.0");
    }

    click.session = dyn_ids_add(sessions, fields[0]);
    click.item = input->reader->number(input->reader->context, fields[1]);

    if (click.session == DYN_NONE || !dyn_clicks_add(clicks, click)) {
        return out_of_memory(input);
    }

    return true;
}

static bool is_header(dyn_str_t line)
{
    return line.len >= 9 && memcmp(line.data, "SessionId", 9) == 0;
}

bool dyn_sessions_read_tsv(const char *path, dyn_sessions_reader_t *reader,
                           dyn_sessions_t *sessions, dyn_error_t *error)
{
    input_t input = {path, dyn_lines_open(path, error), reader, error};
    dyn_ids_t ids = {0};
    dyn_clicks_t clicks = {0};
    dyn_str_t line;
    bool done = input.lines != NULL;

    if (!done) {
        return false;
    }

    while (done && dyn_lines_next(input.lines, &line)) {
        if (line.len > 0 && !(dyn_lines_number(input.lines) == 1 && is_header(line))) {
            done = read_tsv_line(&input, line, &ids, &clicks);
        }
    }

    reader->lines += dyn_lines_number(input.lines);
    dyn_ids_free(&ids);
    done = dyn_lines_close(input.lines, done ? error : NULL) && done;

    if (!done) {
        dyn_clicks_free(&clicks);
        return false;
    }

    return dyn_clicks_to_sessions(&clicks, 0, sessions, error);
}

static bool read_pairs_line(input_t *input, dyn_str_t line, uint32_t session, dyn_clicks_t *clicks)
{
    const char *pos = line.data;
    const char *end = line.data + line.len;
    uint32_t count = 0;

    while (pos < end) {
        const char *blank = pos;

        while (blank < end && *blank != ' ' && *blank != '\t') {
            blank++;
        }

        if (blank > pos) {
            dyn_str_t id = {pos, (size_t)(blank - pos)};
            dyn_click_t click = {session, input->reader->number(input->reader->context, id),
                                 session, DYN_CLICK_VIEW};

            if (!dyn_clicks_add(clicks, click)) {
                return out_of_memory(input);
            }

            count++;
        }

        pos = blank + 1;
    }

    return count >= 2 ||
           bad_line(input, "line", "at least one item and then the target belong here");
}

bool dyn_sessions_read_pairs(const char *path, dyn_sessions_reader_t *reader,
                             dyn_sessions_t *sessions, dyn_error_t *error)
{
    input_t input = {path, dyn_lines_open(path, error), reader, error};
    dyn_clicks_t clicks = {0};
    dyn_str_t line;
    uint32_t session = 0;
    bool done = input.lines != NULL;

    if (!done) {
        return false;
    }

    while (done && dyn_lines_next(input.lines, &line)) {
        if (line.len > 0) {
            done = read_pairs_line(&input, line, session++, &clicks);
        }
    }

    reader->lines += dyn_lines_number(input.lines);
    done = dyn_lines_close(input.lines, done ? error : NULL) && done;

    if (!done) {
        dyn_clicks_free(&clicks);
        return false;
    }

    return dyn_clicks_to_sessions(&clicks, 0, sessions, error);
}
