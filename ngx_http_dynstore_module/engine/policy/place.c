#include "engine/policy/place.h"

typedef struct {
    const char *at;
    const char *end;
} cursor_t;

static void skip_blanks(cursor_t *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
                                        *cursor->at == '\n' || *cursor->at == '\r')) {
        cursor->at++;
    }
}

/* The string at the cursor, without quotes, escapes as they are written. */
static dyn_str_t skip_string(cursor_t *cursor)
{
    const char *start = ++cursor->at;

    while (cursor->at < cursor->end && *cursor->at != '"') {
        cursor->at += *cursor->at == '\\' && cursor->end - cursor->at > 1 ? 2 : 1;
    }

    dyn_str_t string = {start, (size_t)(cursor->at - start)};

    cursor->at += cursor->at < cursor->end;

    return string;
}

static void skip_value(cursor_t *cursor)
{
    unsigned depth = 0;

    do {
        skip_blanks(cursor);
        if (cursor->at >= cursor->end) {
            return;
        }

        char c = *cursor->at;

        if (c == '"') {
            skip_string(cursor);
        } else if (c == '{' || c == '[') {
            depth++;
            cursor->at++;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            cursor->at++;
        } else if (c == ',' || c == ':') {
            cursor->at++;
        } else {
            while (cursor->at < cursor->end && memchr(",:]} \t\r\n", *cursor->at, 8) == NULL) {
                cursor->at++;
            }
        }
    } while (depth > 0);
}

/* A name may be written with escapes: then it is taken for the one that is looked for where no other is. */
static bool is_key(dyn_str_t written, dyn_str_t key)
{
    return dyn_str_equal(written, key) ||
           (written.len > key.len && memchr(written.data, '\\', written.len) != NULL);
}

/* Goes into the member or element; false when there is none, and the cursor stays. */
static bool enter(cursor_t *cursor, const dyn_json_step_t *step, const char **key_at)
{
    cursor_t inner = *cursor;
    char close = step->key.data != NULL ? '}' : ']';

    if (inner.at >= inner.end || *inner.at != (step->key.data != NULL ? '{' : '[')) {
        return false;
    }
    inner.at++;
    for (size_t index = 0;; index++) {
        skip_blanks(&inner);
        if (inner.at >= inner.end || *inner.at == close) {
            return false;
        }
        if (*inner.at == ',') {
            inner.at++;
            skip_blanks(&inner);
        }

        const char *at = inner.at;
        bool found = step->key.data == NULL && index == step->index;

        if (step->key.data != NULL) {
            if (inner.at >= inner.end || *inner.at != '"') {
                return false;
            }
            found = is_key(skip_string(&inner), step->key);
            skip_blanks(&inner);
            inner.at += inner.at < inner.end && *inner.at == ':';
            skip_blanks(&inner);
        }
        if (found) {
            *key_at = at;
            *cursor = inner;
            return true;
        }
        skip_value(&inner);
    }
}

dyn_place_in_text_t dyn_json_place(dyn_str_t text, const dyn_json_step_t *steps, size_t count,
                                   bool of_key, size_t inside)
{
    cursor_t cursor = {text.data, text.data + text.len};
    const char *key_at = NULL;
    dyn_place_in_text_t place = {1, 1};
    size_t taken = 0;

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        cursor.at += 3;
    }
    skip_blanks(&cursor);
    while (taken < count && enter(&cursor, &steps[taken], &key_at)) {
        taken++;
    }

    const char *at = of_key && taken == count && key_at != NULL ? key_at : cursor.at;

    if (inside > 0 && at < cursor.end && *at == '"' && (size_t)(cursor.end - at) > inside) {
        at += 1 + inside;
    }
    for (const char *c = text.data; c < at; c++) {
        if (*c == '\n') {
            place.line++;
            place.column = 1;
        } else {
            place.column++;
        }
    }

    return place;
}

static void take_step(dyn_json_path_t *path, dyn_json_step_t step)
{
    if (path->depth < DYN_JSON_PATH_STEPS_MAX) {
        path->steps[path->depth] = step;
    }
    path->depth++;
}

void dyn_enter_member(dyn_json_path_t *path, const char *key)
{
    take_step(path, (dyn_json_step_t){dyn_str_from(key), 0});
}

void dyn_enter_element(dyn_json_path_t *path, size_t index)
{
    take_step(path, (dyn_json_step_t){DYN_STR_NONE, index});
}

void dyn_leave(dyn_json_path_t *path)
{
    path->depth--;
}

dyn_place_in_text_t dyn_json_path_place(dyn_str_t text, const dyn_json_path_t *path, bool of_key,
                                        size_t inside)
{
    size_t depth = path->depth < DYN_JSON_PATH_STEPS_MAX ? path->depth : DYN_JSON_PATH_STEPS_MAX;

    return dyn_json_place(text, path->steps, depth, of_key, inside);
}
