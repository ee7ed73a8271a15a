#include "cli/input/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input/gzip.h"
#include "engine/base/utf8.h"

enum { first_room = 1 << 20, raw_bytes = 1 << 16, looked_at = 1 << 12 };

typedef enum { UTF8, UTF16_LITTLE, UTF16_BIG } encoding_t;

struct dyn_input_s {
    dyn_gzip_t *file;
    char *path;
    char *buffer;
    size_t size, pos, end;
    bool ended, too_long, out_of_memory;

    encoding_t encoding;
    unsigned char raw[raw_bytes]; /* UTF-16 that is not converted yet */
    size_t raw_left;
    uint32_t high; /* the first half of a surrogate pair, 0: none waits */
};

/* ---- UTF-16 ---- */

static void put(dyn_input_t *input, uint32_t code)
{
    input->end += dyn_utf8_put(code, input->buffer + input->end);
}

static void put_unit(dyn_input_t *input, uint32_t unit)
{
    uint32_t high = input->high;

    input->high = 0;
    if (high != 0 && unit >= 0xdc00 && unit <= 0xdfff) {
        put(input, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
        return;
    }
    if (high != 0) {
        put(input, 0xfffd);
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        input->high = unit;
    } else {
        put(input, unit >= 0xdc00 && unit <= 0xdfff ? 0xfffd : unit);
    }
}

/* Converts what fits. */
static void convert(dyn_input_t *input)
{
    size_t at = 0;
    bool big = input->encoding == UTF16_BIG;

    /* a unit is at most U+FFFD for the half before it and three bytes of its own */
    while (input->raw_left - at >= 2 && input->size - input->end >= 8) {
        const unsigned char *unit = input->raw + at;

        put_unit(input, big ? (uint32_t)unit[0] << 8 | unit[1] : (uint32_t)unit[1] << 8 | unit[0]);
        at += 2;
    }
    input->raw_left -= at;
    memmove(input->raw, input->raw + at, input->raw_left);
}

/* ---- the window ---- */

/* Reads on into the buffer's free end. False when there is no more. */
static bool read_on(dyn_input_t *input)
{
    if (input->encoding == UTF8) {
        size_t got =
            dyn_gzip_read(input->file, input->buffer + input->end, input->size - input->end);

        input->end += got;
        return got > 0;
    }

    size_t got = dyn_gzip_read(input->file, input->raw + input->raw_left,
                               sizeof(input->raw) - input->raw_left);
    size_t before = input->end;

    input->raw_left += got;
    convert(input);
    if (got == 0 && input->end == before && (input->high != 0 || input->raw_left == 1)) {
        /* half a character is the file's end */
        put(input, 0xfffd);
        input->high = 0;
        input->raw_left = 0;
    }

    return got > 0 || input->end != before;
}

/* Moves what is left to the front and makes room behind it. */
static bool make_room(dyn_input_t *input)
{
    size_t left = input->end - input->pos;

    memmove(input->buffer, input->buffer + input->pos, left);
    input->pos = 0;
    input->end = left;
    /* 8: what the conversion needs for one step */
    if (input->size - left > 8) {
        return true;
    }

    char *grown = realloc(input->buffer, input->size * 2);

    if (grown == NULL) {
        input->out_of_memory = true;
        return false;
    }
    input->buffer = grown;
    input->size *= 2;

    return true;
}

dyn_str_t dyn_input_window(dyn_input_t *input, size_t want)
{
    while (input->end - input->pos < want && !input->ended) {
        if (input->end - input->pos >= DYN_INPUT_PIECE_BYTES_MAX) {
            input->too_long = true;
        }
        input->ended = input->too_long || !make_room(input) || !read_on(input);
    }

    return (dyn_str_t){input->buffer + input->pos, input->end - input->pos};
}

void dyn_input_skip(dyn_input_t *input, size_t count)
{
    input->pos += count;
}

bool dyn_input_converted(const dyn_input_t *input)
{
    return input->encoding != UTF8;
}

/* ---- what the file is ---- */

static bool begins(dyn_str_t text, const char *bytes, size_t length)
{
    return text.len >= length && memcmp(text.data, bytes, length) == 0;
}

#define BEGINS(text, literal) begins(text, literal, sizeof(literal) - 1)

static bool begins_nocase(dyn_str_t text, const char *word)
{
    size_t length = strlen(word);

    return text.len >= length &&
           dyn_str_equal_nocase((dyn_str_t){text.data, length}, (dyn_str_t){word, length});
}

static size_t find(dyn_str_t text, size_t from, const char *word)
{
    while (from < text.len &&
           !begins_nocase((dyn_str_t){text.data + from, text.len - from}, word)) {
        from++;
    }

    return from;
}

/* `title` gets the page's, in quotes and brackets, or nothing. */
static void page_title(dyn_str_t page, char title[100])
{
    size_t start = find(page, 0, "<title>") + 7, end = find(page, start, "</title>");

    title[0] = '\0';
    if (start < end && end < page.len) {
        dyn_str_t text = dyn_utf8_cut((dyn_str_t){page.data + start, end - start}, 80);

        if (dyn_utf8_clean(text)) {
            snprintf(title, 100, " (\"%.*s\")", (int)text.len, text.data);
        }
    }
}

/* Files that hold no lines at all, by how they begin. */
static bool refuse_kind(const char *path, dyn_str_t start, dyn_error_t *error)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *name, *remedy;
    } kinds[] = {
        {"\x1f\x8b", 2, "compressed with gzip twice", "gunzip it once"},
        {"PK\x03\x04", 4, "a zip archive", "unpack it"},
        {"\x28\xb5\x2f\xfd", 4, "compressed with zstd", "unzstd it"},
        {"\xfd"
         "7zXZ",
         5, "compressed with xz", "unxz it"},
        {"BZh", 3, "compressed with bzip2", "bunzip2 it"},
        {"PAR1", 4, "a Parquet file", "export it as JSON Lines"},
        {"\xff\xfe\0\0", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8 makes it UTF-8"},
        {"\0\0\xfe\xff", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8 makes it UTF-8"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (begins(start, kinds[i].bytes, kinds[i].length)) {
            return dyn_fail(error, "%.160s: is %s: %s", path, kinds[i].name, kinds[i].remedy);
        }
    }

    return true;
}

/* The same for text. */
static bool refuse_markup(const char *path, dyn_str_t start, bool may_be_xml, dyn_error_t *error)
{
    char title[100];

    while (start.len > 0 && strchr(" \t\r\n", start.data[0]) != NULL) {
        start.data++;
        start.len--;
    }
    if (start.len == 0 || start.data[0] != '<') {
        return true;
    }
    if (begins_nocase(start, "<?xml") || begins_nocase(start, "<rss") ||
        begins_nocase(start, "<feed")) {
        return may_be_xml ||
               dyn_fail(error, "%.160s: is XML: export it as JSON Lines, one item or event a line",
                        path);
    }
    page_title(start, title);

    return dyn_fail(error,
                    "%.160s: is a web page%s: an error was saved in place of what was asked for",
                    path, title);
}

/* Without a mark UTF-16 shows by the zero beside its first character, which is ASCII in whatever is read here. */
static void take_encoding(dyn_input_t *input)
{
    dyn_str_t start = dyn_input_window(input, 4);
    size_t mark = 0;

    if (BEGINS(start, "\xef\xbb\xbf")) {
        mark = 3;
    } else if (BEGINS(start, "\xff\xfe") || (start.len >= 2 && start.data[1] == '\0')) {
        input->encoding = UTF16_LITTLE;
        mark = start.data[1] == '\0' ? 0 : 2;
    } else if (BEGINS(start, "\xfe\xff") || (start.len >= 2 && start.data[0] == '\0')) {
        input->encoding = UTF16_BIG;
        mark = start.data[0] == '\0' ? 0 : 2;
    }

    dyn_input_skip(input, mark);
    if (input->encoding != UTF8) {
        /* nothing more than the raw block was read so far: see dyn_input_open() */
        input->raw_left = input->end - input->pos;
        memcpy(input->raw, input->buffer + input->pos, input->raw_left);
        input->pos = 0;
        input->end = 0;
        convert(input);
    }
}

static void release(dyn_input_t *input)
{
    if (input->file != NULL) {
        dyn_gzip_close(input->file);
    }
    free(input->buffer);
    free(input->path);
    free(input);
}

dyn_input_t *dyn_input_open(const char *path, bool may_be_xml, dyn_error_t *error)
{
    dyn_input_t *input = calloc(1, sizeof(*input));

    if (input == NULL || (input->buffer = malloc(first_room)) == NULL ||
        (input->path = strdup(path)) == NULL) {
        dyn_fail(error, "%.160s: not enough memory to read it", path);
    } else if ((input->file = dyn_gzip_open(path)) == NULL) {
        dyn_fail(error, "%.160s: cannot be opened: %s", path, strerror(errno));
    } else {
        /* the first look reads no more than can be converted */
        input->size = raw_bytes;
        if (refuse_kind(path, dyn_input_window(input, 6), error)) {
            take_encoding(input);
            input->size = first_room;
            if (refuse_markup(path, dyn_input_window(input, looked_at), may_be_xml, error)) {
                return input;
            }
        }
    }
    if (input != NULL) {
        release(input);
    }

    return NULL;
}

bool dyn_input_close(dyn_input_t *input, uint64_t line, dyn_error_t *error)
{
    const char *trouble = dyn_gzip_trouble(input->file);
    bool done = true;

    if (input->too_long) {
        done = dyn_fail(error, "%.160s:%llu: a line or element of more than %d MB", input->path,
                        (unsigned long long)line, DYN_INPUT_PIECE_BYTES_MAX >> 20);
    } else if (input->out_of_memory) {
        done = dyn_fail(error, "%.160s: not enough memory to read it", input->path);
    } else if (trouble != NULL) {
        done = dyn_fail(error, "%.160s:%llu: reading ended early: %s", input->path,
                        (unsigned long long)line, trouble);
    }
    release(input);

    return done;
}
