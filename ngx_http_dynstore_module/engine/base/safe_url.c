#include "engine/base/safe_url.h"

#include "engine/base/percent.h"

#include <string.h>

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_alphanumeric(uint8_t byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static bool ends_authority(uint8_t byte)
{
    return byte == '/' || byte == '?' || byte == '#';
}

/* Bytes of a path's first part that no decoding changes and that have no special meaning. */
static bool is_plain(uint8_t byte)
{
    return is_alphanumeric(byte) || byte >= 0x80 ||
           (byte != '\0' && strchr("-._~!$()*+,;=@ ", byte) != NULL);
}

/* True when the decoded byte here is plain. *length: how many bytes its text takes. */
static bool plain_at(dyn_str_t text, size_t at, size_t *length)
{
    uint8_t byte = (uint8_t)text.data[at];

    *length = 1;
    if (byte != '%') {
        return is_plain(byte);
    }
    if (text.len - at < 3) {
        return false;
    }

    int high = dyn_hex_digit(text.data[at + 1]), low = dyn_hex_digit(text.data[at + 2]);

    *length = 3;

    return high >= 0 && low >= 0 && is_plain((uint8_t)(high << 4 | low));
}

/* "[2001:db8::1]": its content is not checked. Returns its end; 0: it is not one. */
static size_t address_end(dyn_str_t text)
{
    size_t at = 1;

    while (at < text.len &&
           (dyn_hex_digit(text.data[at]) >= 0 || text.data[at] == ':' || text.data[at] == '.')) {
        at++;
    }

    return at > 2 && at < text.len && text.data[at] == ']' ? at + 1 : 0;
}

/* Checks the text after the two slashes. */
static bool is_safe_authority(dyn_str_t text)
{
    size_t at = 0;

    if (text.len == 0) {
        return false;
    }
    if (text.data[0] == '[') {
        at = address_end(text);
        if (at == 0) {
            return false;
        }
    } else if (!is_alphanumeric((uint8_t)text.data[0]) && (uint8_t)text.data[0] < 0x80) {
        return false;
    } else {
        while (at < text.len &&
               (is_alphanumeric((uint8_t)text.data[at]) || (uint8_t)text.data[at] >= 0x80 ||
                text.data[at] == '.' || text.data[at] == '-' || text.data[at] == '_')) {
            at++;
        }
    }
    if (at < text.len && text.data[at] == ':') {
        do {
            at++;
        } while (at < text.len && is_digit((uint8_t)text.data[at]));
    }

    return at == text.len || ends_authority((uint8_t)text.data[at]);
}

static dyn_str_t after(dyn_str_t text, size_t length)
{
    return (dyn_str_t){text.data + length, text.len - length};
}

static bool begins(dyn_str_t text, dyn_str_t with)
{
    return text.len >= with.len && dyn_str_equal_nocase((dyn_str_t){text.data, with.len}, with);
}

/* Checks that all bytes are plain up to one that no scheme or host can contain. */
static bool is_safe_path(dyn_str_t path)
{
    size_t length;

    for (size_t at = 0; at < path.len; at += length) {
        if (ends_authority((uint8_t)path.data[at])) {
            return true;
        }
        if (!plain_at(path, at, &length)) {
            return false;
        }
    }

    return path.len > 0;
}

bool dyn_url_is_safe(dyn_str_t url)
{
    size_t length;

    if (url.len == 0) {
        return false;
    }
    if (url.data[0] == '/') {
        if (url.len == 1 || url.data[1] == '?' || url.data[1] == '#') {
            return true;
        }

        /* no second slash may follow the slash, in any spelling */
        return url.data[1] == '/' ? is_safe_authority(after(url, 2)) : plain_at(url, 1, &length);
    }
    if (begins(url, DYN_STR("https://"))) {
        return is_safe_authority(after(url, 8));
    }
    if (begins(url, DYN_STR("http://"))) {
        return is_safe_authority(after(url, 7));
    }

    return url.data[0] != ' ' && is_safe_path(url);
}
