#include "dyn_escape.h"

#include "dyn_eight.h"
#include "dyn_utf8.h"

static const char hex_digits[] = "0123456789abcdef";

/* Bytes that stand for themselves in a JSON string. */
static bool json_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\' && byte != '<' &&
           byte != '>' && byte != '&';
}

/* How many from `at` on do. */
static size_t json_plain_run(dyn_str_t str, size_t at)
{
    size_t end = at;

    for (; str.len - end >= 8; end += 8) {
        uint64_t eight = dyn_eight_load(str.data + end);

        if ((dyn_eight_unprintable(eight) | dyn_eight_has(eight, '"') | dyn_eight_has(eight, '\\') |
             dyn_eight_has(eight, '<') | dyn_eight_has(eight, '>') | dyn_eight_has(eight, '&')) !=
            0) {
            break;
        }
    }
    while (end < str.len && json_plain((uint8_t)str.data[end])) {
        end++;
    }

    return end - at;
}

static void put_unit(dyn_text_t *text, uint32_t unit)
{
    char escape[6] = {'\\',
                      'u',
                      hex_digits[unit >> 12 & 15],
                      hex_digits[unit >> 8 & 15],
                      hex_digits[unit >> 4 & 15],
                      hex_digits[unit & 15]};

    dyn_text_put(text, escape, sizeof(escape));
}

static void put_code_point(dyn_text_t *text, uint32_t code)
{
    if (code < 0x10000) {
        put_unit(text, code);
        return;
    }
    code -= 0x10000;
    put_unit(text, 0xd800 + (code >> 10));
    put_unit(text, 0xdc00 + (code & 0x3ff));
}

void dyn_escape_json_part(dyn_text_t *text, dyn_str_t str)
{
    const uint8_t *bytes = (const uint8_t *)str.data;
    size_t at = 0;

    while (at < str.len) {
        size_t run = json_plain_run(str, at);

        dyn_text_put(text, str.data + at, run);
        at += run;
        if (at == str.len) {
            break;
        }

        if (bytes[at] == '"' || bytes[at] == '\\') {
            char escape[2] = {'\\', (char)bytes[at]};

            dyn_text_put(text, escape, sizeof(escape));
            at++;
        } else {
            uint32_t code = 0xfffd;
            size_t length = dyn_utf8_next(str, at, &code);

            at += length == 0 ? 1 : length;
            put_code_point(text, code);
        }
    }
}

void dyn_escape_json(dyn_text_t *text, dyn_str_t str)
{
    dyn_text_literal(text, "\"");
    dyn_escape_json_part(text, str);
    dyn_text_literal(text, "\"");
}

static dyn_str_t html_reference(uint8_t byte)
{
    switch (byte) {
    case '&':
        return DYN_STR("&amp;");
    case '<':
        return DYN_STR("&lt;");
    case '>':
        return DYN_STR("&gt;");
    case '"':
        return DYN_STR("&quot;");
    case '\'':
        return DYN_STR("&#39;");
    default:
        return DYN_STR_NONE;
    }
}

static bool html_plain(uint8_t byte)
{
    return byte >= 0x20 && byte != '&' && byte != '<' && byte != '>' && byte != '"' &&
           byte != '\'' && byte != 0x7f;
}

void dyn_escape_html(dyn_text_t *text, dyn_str_t str)
{
    const uint8_t *bytes = (const uint8_t *)str.data;
    size_t at = 0;

    while (at < str.len) {
        size_t run = at;

        while (run < str.len && html_plain(bytes[run])) {
            run++;
        }
        dyn_text_put(text, str.data + at, run - at);
        at = run;
        if (at < str.len) {
            dyn_text_str(text, html_reference(bytes[at++]));
        }
    }
}

static bool dropped_anywhere(uint8_t byte)
{
    return byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_alphanumeric(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

bool dyn_url_is_safe(dyn_str_t url)
{
    const uint8_t *bytes = (const uint8_t *)url.data;
    char head[8]; /* the scheme and what follows it, as a browser reads it, lower case */
    size_t length = 0;
    size_t at = 0;

    while (at < url.len && bytes[at] <= ' ') {
        at++;
    }
    for (; at < url.len && length < sizeof(head); at++) {
        if (!dropped_anywhere(bytes[at])) {
            head[length++] =
                (char)(bytes[at] >= 'A' && bytes[at] <= 'Z' ? bytes[at] | 0x20 : bytes[at]);
        }
    }

    if (length >= 2 && (head[0] == '/' || head[0] == '\\') && (head[1] == '/' || head[1] == '\\')) {
        /* as written, not as read: one hidden by a tab or a backslash wants to be taken for something else */
        return url.len > 2 && url.data[0] == '/' && url.data[1] == '/' && is_alphanumeric(bytes[2]);
    }
    if ((length >= 7 && memcmp(head, "http://", 7) == 0) ||
        (length == 8 && memcmp(head, "https://", 8) == 0)) {
        return true;
    }

    /* Relative: no colon before the first /, ? or #. */
    for (at = 0; at < url.len; at++) {
        if (bytes[at] == '/' || bytes[at] == '?' || bytes[at] == '#') {
            return true;
        }
        if (bytes[at] == ':') {
            return false;
        }
    }

    return url.len > 0;
}
