#include "dyn_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BUFFER = 1 << 20, LINE_MAX_BYTES = 16 << 20 };

struct dyn_lines_s {
    gzFile file;
    char *path;
    char *buffer;
    size_t size;
    size_t pos;
    size_t end;
    uint64_t number;
    bool ended;
    bool too_long;
    bool out_of_memory;
};

dyn_lines_t *dyn_lines_open(const char *path, dyn_error_t *error)
{
    dyn_lines_t *lines = calloc(1, sizeof(dyn_lines_t));

    if (lines == NULL || (lines->buffer = malloc(BUFFER)) == NULL ||
        (lines->path = strdup(path)) == NULL) {
        dyn_fail(error, "%s: out of memory", path);
    } else {
        lines->size = BUFFER;
        lines->file = gzopen(path, "rb");

        if (lines->file != NULL) {
            gzbuffer(lines->file, 1 << 18);
            return lines;
        }

        dyn_fail(error, "%s: cannot be opened: %s", path, strerror(errno));
    }

    if (lines != NULL) {
        free(lines->buffer);
        free(lines->path);
        free(lines);
    }

    return NULL;
}

/* Moves what is left to the front and reads on. False when there is no more. */
static bool fill(dyn_lines_t *lines)
{
    size_t left = lines->end - lines->pos;

    memmove(lines->buffer, lines->buffer + lines->pos, left);
    lines->pos = 0;
    lines->end = left;

    if (left == lines->size) {
        if (lines->size >= LINE_MAX_BYTES) {
            lines->too_long = true;
            return false;
        }

        char *grown = realloc(lines->buffer, lines->size * 2);

        if (grown == NULL) {
            lines->out_of_memory = true;
            return false;
        }

        lines->buffer = grown;
        lines->size *= 2;
    }

    int got = gzread(lines->file, lines->buffer + left, (unsigned)(lines->size - left));

    if (got <= 0) {
        return false;
    }

    lines->end += (size_t)got;
    return true;
}

bool dyn_lines_next(dyn_lines_t *lines, dyn_str_t *line)
{
    size_t searched = 0;

    if (lines->ended) {
        return false;
    }

    for (;;) {
        char *start = lines->buffer + lines->pos;
        char *feed = memchr(start + searched, '\n', lines->end - lines->pos - searched);

        if (feed != NULL) {
            *line = (dyn_str_t){start, (size_t)(feed - start)};
            lines->pos += line->len + 1;
            break;
        }

        searched = lines->end - lines->pos;

        if (!fill(lines)) {
            lines->ended = true;
            *line = (dyn_str_t){lines->buffer + lines->pos, lines->end - lines->pos};

            if (line->len == 0 || lines->too_long || lines->out_of_memory) {
                return false;
            }

            break;
        }
    }

    if (line->len > 0 && line->data[line->len - 1] == '\r') {
        line->len--;
    }

    lines->number++;
    return true;
}

uint64_t dyn_lines_number(const dyn_lines_t *lines)
{
    return lines->number;
}

bool dyn_lines_close(dyn_lines_t *lines, dyn_error_t *error)
{
    int code = Z_OK;
    const char *reason = gzerror(lines->file, &code);
    bool done = true;

    if (lines->too_long) {
        done = dyn_fail(error, "%s:%llu: a line of more than 16 MB", lines->path,
                        (unsigned long long)lines->number + 1);
    } else if (lines->out_of_memory) {
        done = dyn_fail(error, "%s: out of memory", lines->path);
    } else if (code != Z_OK && code != Z_STREAM_END) {
        done =
            dyn_fail(error, "%s:%llu: reading ended early: %s", lines->path,
                     (unsigned long long)lines->number, code == Z_ERRNO ? strerror(errno) : reason);
    }

    gzclose(lines->file);
    free(lines->buffer);
    free(lines->path);
    free(lines);
    return done;
}
