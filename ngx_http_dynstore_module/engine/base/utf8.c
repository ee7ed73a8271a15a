#include "engine/base/utf8.h"

#include "engine/base/eight.h"

static bool continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t dyn_utf8_next(dyn_str_t text, size_t at, uint32_t *code_point)
{
    if (at >= text.len) {
        return 0;
    }

    const unsigned char *p = (const unsigned char *)text.data + at;
    size_t left = text.len - at;
    uint32_t code = p[0];
    size_t length = 1;

    if (code >= 0x80) {
        if (code >= 0xc2 && code <= 0xdf) {
            length = 2;
        } else if ((code & 0xf0) == 0xe0) {
            length = 3;
        } else if (code >= 0xf0 && code <= 0xf4) {
            length = 4;
        } else {
            return 0;
        }

        if (left < length) {
            return 0;
        }

        code &= 0x7fU >> length;
        for (size_t i = 1; i < length; i++) {
            if (!continuation(p[i])) {
                return 0;
            }
            code = code << 6 | (p[i] & 0x3fU);
        }

        if ((length == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) ||
            (length == 4 && (code < 0x10000 || code > 0x10ffff))) {
            return 0;
        }
    }

    if (code_point != NULL) {
        *code_point = code;
    }

    return length;
}

bool dyn_utf8_clean(dyn_str_t text)
{
    for (size_t at = 0; at < text.len;) {
        if (text.len - at >= 8 && dyn_eight_unprintable(dyn_eight_load(text.data + at)) == 0) {
            at += 8;
            continue;
        }

        unsigned char byte = (unsigned char)text.data[at];

        if (byte >= 0x20 && byte < 0x7f) {
            at++;
            continue;
        }

        size_t length = byte < 0x80 ? 0 : dyn_utf8_next(text, at, NULL);

        if (length == 0) {
            return false;
        }
        at += length;
    }

    return true;
}

dyn_str_t dyn_utf8_cut(dyn_str_t text, size_t max)
{
    if (text.len > max) {
        text.len = max;
        while (text.len > 0 && continuation((unsigned char)text.data[text.len])) {
            text.len--;
        }
    }

    return text;
}

size_t dyn_utf8_put(uint32_t code_point, char bytes[4])
{
    if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff)) {
        code_point = 0xfffd;
    }
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        bytes[0] = (char)(0xc0 | code_point >> 6);
        bytes[1] = (char)(0x80 | (code_point & 0x3f));
        return 2;
    }
    if (code_point < 0x10000) {
        bytes[0] = (char)(0xe0 | code_point >> 12);
        bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code_point & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | code_point >> 18);
    bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (code_point & 0x3f));

    return 4;
}
