#include "cli/story/place.h"

#include <stdlib.h>

typedef struct {
    const char *at, *end;
} reading_t;

static void skip_space(reading_t *reading)
{
    while (reading->at < reading->end &&
           (*reading->at == ' ' || *reading->at == '\t' || *reading->at == '\n' ||
            *reading->at == '\r' || *reading->at == ',' || *reading->at == ':')) {
        reading->at++;
    }
}

/* Behind the string that begins here; without its quotes it is returned. */
static dyn_str_t skip_string(reading_t *reading)
{
    const char *start = ++reading->at;

    while (reading->at < reading->end && *reading->at != '"') {
        reading->at += *reading->at == '\\' ? 2 : 1;
    }
    if (reading->at > reading->end) {
        reading->at = reading->end;
    }

    dyn_str_t inner = {start, (size_t)(reading->at - start)};

    reading->at += reading->at < reading->end;

    return inner;
}

static void skip_value(reading_t *reading)
{
    size_t depth = 0;

    do {
        skip_space(reading);
        if (reading->at >= reading->end) {
            return;
        }
        if (*reading->at == '"') {
            skip_string(reading);
        } else if (*reading->at == '{' || *reading->at == '[') {
            depth++;
            reading->at++;
        } else if (*reading->at == '}' || *reading->at == ']') {
            depth--;
            reading->at++;
        } else {
            while (reading->at < reading->end && strchr(" \t\r\n,:{}[]\"", *reading->at) == NULL) {
                reading->at++;
            }
        }
    } while (depth > 0);
}

/* To the member's value; false when there is none of that name. */
static bool enter_member(reading_t *reading, dyn_str_t name)
{
    if (*reading->at != '{') {
        return false;
    }
    reading->at++;
    for (skip_space(reading); reading->at < reading->end && *reading->at == '"';
         skip_space(reading)) {
        const char *start = reading->at;

        if (dyn_str_equal(skip_string(reading), name)) {
            reading->at = start;
            return true;
        }
        skip_value(reading);
    }

    return false;
}

static bool enter_element(reading_t *reading, unsigned long index)
{
    if (*reading->at != '[') {
        return false;
    }
    reading->at++;
    for (skip_space(reading); reading->at < reading->end && *reading->at != ']';
         skip_space(reading)) {
        if (index-- == 0) {
            return true;
        }
        skip_value(reading);
    }

    return false;
}

uint64_t dyn_story_line(dyn_str_t text, const char *path)
{
    reading_t reading = {text.data, text.data + text.len};
    const char *found;
    bool more = true;

    skip_space(&reading);
    found = reading.at;
    while (more && *path != '\0' && reading.at < reading.end) {
        if (*path == '[') {
            char *after;
            unsigned long index = strtoul(path + 1, &after, 10);

            path = after + (*after == ']');
            more = enter_element(&reading, index);
        } else {
            path += *path == '.';

            size_t length = strcspn(path, ".[");

            more = enter_member(&reading, (dyn_str_t){path, length});
            path += length;
        }
        if (more) {
            found = reading.at;
        }
        /* a member is told at its name; what is looked for in it comes behind */
        if (more && *reading.at == '"' && *path != '\0') {
            skip_string(&reading);
            skip_space(&reading);
        }
    }

    uint64_t line = 1;

    for (const char *at = text.data; at < found; at++) {
        line += *at == '\n';
    }

    return line;
}
