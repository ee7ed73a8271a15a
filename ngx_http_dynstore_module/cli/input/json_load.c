#include "cli/input/json_load.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    dyn_str_t text;
    size_t at;
    dyn_json_room_t *room;
    size_t used;
    dyn_json_loaded_t *loaded;
    bool out_of_memory;
} rewriter_t;

static void put(rewriter_t *rewriter, const char *bytes, size_t count)
{
    dyn_json_room_t *room = rewriter->room;

    if (room->size - rewriter->used < count) {
        size_t size = (rewriter->used + count) * 2;
        char *grown = realloc(room->bytes, size);

        if (grown == NULL) {
            rewriter->out_of_memory = true;
            return;
        }
        room->bytes = grown;
        room->size = size;
    }
    memcpy(room->bytes + rewriter->used, bytes, count);
    rewriter->used += count;
}

static void put_text(rewriter_t *rewriter, const char *text)
{
    put(rewriter, text, strlen(text));
}

/* ---- strings ---- */

static bool hex4(dyn_str_t text, size_t at, unsigned *unit)
{
    *unit = 0;
    if (text.len - at < 4) {
        return false;
    }
    for (size_t i = at; i < at + 4; i++) {
        char c = text.data[i], lower = (char)(c | 0x20);

        if (c >= '0' && c <= '9') {
            *unit = *unit * 16 + (unsigned)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *unit = *unit * 16 + (unsigned)(lower - 'a') + 10;
        } else {
            return false;
        }
    }

    return true;
}

/* \uXXXX at the rewriter's place; a pair of surrogates is one. */
static void rewrite_unit(rewriter_t *rewriter)
{
    dyn_str_t text = rewriter->text;
    size_t at = rewriter->at;
    unsigned unit, low;

    if (!hex4(text, at + 2, &unit)) {
        put(rewriter, "\\u", 2);
        rewriter->at += 2;
        return;
    }

    bool pair = unit >= 0xd800 && unit <= 0xdbff && text.len - at >= 12 &&
                text.data[at + 6] == '\\' && text.data[at + 7] == 'u' && hex4(text, at + 8, &low) &&
                low >= 0xdc00 && low <= 0xdfff;

    if (!pair && (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))) {
        put_text(rewriter, "\\u001a");
        rewriter->loaded->made[DYN_NOTE_half_character] = true;
        rewriter->at += 6;
        return;
    }
    put(rewriter, text.data + at, pair ? 12 : 6);
    rewriter->at += pair ? 12 : 6;
}

/* From the quote that begins it to behind the one that ends it. */
static void rewrite_string(rewriter_t *rewriter)
{
    dyn_str_t text = rewriter->text;
    char escape[8];

    put(rewriter, "\"", 1);
    rewriter->at++;
    while (rewriter->at < text.len) {
        const char *c = text.data + rewriter->at;

        if (*c == '\\' && text.len - rewriter->at >= 2) {
            if (c[1] == 'u') {
                rewrite_unit(rewriter);
            } else {
                put(rewriter, c, 2);
                rewriter->at += 2;
            }
            continue;
        }
        rewriter->at++;
        if ((unsigned char)*c < 0x20) {
            snprintf(escape, sizeof(escape), "\\u%04x", *c == '\0' ? 0x1aU : (unsigned)*c);
            put_text(rewriter, escape);
            rewriter->loaded->made[*c == '\0' ? DYN_NOTE_half_character : DYN_NOTE_raw_control] =
                true;
            continue;
        }
        put(rewriter, c, 1);
        if (*c == '"') {
            return;
        }
    }
}

/* ---- what stands without quotes ---- */

static bool is_one_of(dyn_str_t token, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (dyn_str_equal(token, dyn_str_from(*words))) {
            return true;
        }
    }

    return false;
}

static size_t digits(dyn_str_t token, size_t at)
{
    while (at < token.len && token.data[at] >= '0' && token.data[at] <= '9') {
        at++;
    }

    return at;
}

/* Whether it is a number by JSON's grammar. */
static bool json_number(dyn_str_t token, bool *whole)
{
    size_t start = token.len > 0 && token.data[0] == '-', at = digits(token, start);

    *whole = at == token.len;
    if (at == start || (token.data[start] == '0' && at > start + 1)) {
        return false;
    }
    if (at < token.len && token.data[at] == '.') {
        size_t fraction = digits(token, at + 1);

        if (fraction == at + 1) {
            return false;
        }
        at = fraction;
    }
    if (at < token.len && (token.data[at] | 0x20) == 'e') {
        at++;
        at += at < token.len && (token.data[at] == '+' || token.data[at] == '-');

        size_t exponent = digits(token, at);

        if (exponent == at) {
            return false;
        }
        at = exponent;
    }

    return at == token.len;
}

/* Whether a 64-bit integer or a double holds it. */
static bool holds(dyn_str_t token, bool whole)
{
    char copy[400];

    if (token.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, token.data, token.len);
    copy[token.len] = '\0';
    errno = 0;
    if (whole) {
        (void)strtoll(copy, NULL, 10);
        return errno == 0;
    }

    return isfinite(strtod(copy, NULL));
}

/* A number in whatever writing: 007, +5, .5, 1e999. */
static bool looks_number(dyn_str_t token)
{
    bool digit = false;

    for (size_t i = 0; i < token.len; i++) {
        if (token.data[i] == '\0' || strchr("0123456789+-.eE", token.data[i]) == NULL) {
            return false;
        }
        digit = digit || (token.data[i] >= '0' && token.data[i] <= '9');
    }

    return digit;
}

static void rewrite_token(rewriter_t *rewriter)
{
    static const char *const words[] = {"true", "false", "null", NULL};
    static const char *const no_numbers[] = {"NaN",       "nan",  "Infinity", "-Infinity",
                                             "undefined", "None", NULL};
    dyn_str_t token = {rewriter->text.data + rewriter->at, 0};
    bool whole, number;

    while (rewriter->at < rewriter->text.len &&
           strchr("{}[]:,\" \t\r\n", rewriter->text.data[rewriter->at]) == NULL) { /* and no zero */
        rewriter->at++;
        token.len++;
    }
    if (token.len == 0) {
        /* a zero byte, which strchr() finds */
        rewriter->at++;
        token.len = 1;
    }
    number = json_number(token, &whole);
    if (is_one_of(token, no_numbers)) {
        rewriter->loaded->made[DYN_NOTE_no_number] = true;
        put_text(rewriter, "null");
    } else if (is_one_of(token, words) || (number && holds(token, whole)) || !looks_number(token)) {
        put(rewriter, token.data, token.len);
    } else {
        rewriter->loaded->made[DYN_NOTE_number_as_text] = true;
        put(rewriter, "\"", 1);
        put(rewriter, token.data, token.len);
        put(rewriter, "\"", 1);
    }
}

static void rewrite(rewriter_t *rewriter)
{
    while (rewriter->at < rewriter->text.len) {
        const char *c = rewriter->text.data + rewriter->at;

        if (*c == '"') {
            rewrite_string(rewriter);
        } else if (*c != '\0' && strchr("{}[]:, \t\r\n", *c) != NULL) {
            put(rewriter, c, 1);
            rewriter->at++;
        } else {
            rewrite_token(rewriter);
        }
    }
}

/* ---- loading ---- */

static json_t *load(dyn_str_t text, dyn_json_loaded_t *loaded)
{
    json_error_t problem;
    json_t *value =
        json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

    if (value == NULL) {
        loaded->line = problem.line;
        loaded->column = problem.column;
        snprintf(loaded->problem, sizeof(loaded->problem), "%.160s", problem.text);
        if (json_error_code(&problem) == json_error_invalid_utf8) {
            snprintf(
                loaded->problem, sizeof(loaded->problem),
                "the bytes are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 makes it of what Windows "
                "writes");
        }
    }

    return value;
}

static bool made_any(const dyn_json_loaded_t *loaded)
{
    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if (loaded->made[i]) {
            return true;
        }
    }

    return false;
}

json_t *dyn_json_load(dyn_str_t *text, dyn_json_room_t *room, dyn_json_loaded_t *loaded)
{
    memset(loaded, 0, sizeof(*loaded));

    json_t *value = load(*text, loaded);

    if (value != NULL) {
        return value;
    }

    rewriter_t rewriter = {.text = *text, .room = room, .loaded = loaded};
    dyn_json_loaded_t again = {.line = 0};

    rewrite(&rewriter);
    if (rewriter.out_of_memory) {
        loaded->problem[0] = '\0';
        return NULL;
    }
    if (!made_any(loaded)) {
        return NULL;
    }

    /* what is said of a text that is no JSON for all that is about the text as it came */
    value = load((dyn_str_t){room->bytes, rewriter.used}, &again);
    if (value != NULL) {
        *text = (dyn_str_t){room->bytes, rewriter.used};
    } else {
        snprintf(loaded->problem, sizeof(loaded->problem), "%s", again.problem);
    }

    return value;
}

void dyn_json_note(const dyn_json_loaded_t *loaded, dyn_notes_t *notes, const char *file,
                   uint64_t line)
{
    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if (loaded->made[i]) {
            dyn_note(notes, (dyn_note_t)i, file, line, "line");
        }
    }
}

void dyn_json_room_free(dyn_json_room_t *room)
{
    free(room->bytes);
    *room = (dyn_json_room_t){NULL, 0};
}
