#include "cli/feed/windows.h"

#include "engine/base/utf8.h"

uint32_t dyn_windows_code_point(unsigned char byte)
{
    static const uint16_t middle[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
    };

    return byte >= 0x80 && byte < 0xa0 ? middle[byte - 0x80] : byte;
}

size_t dyn_windows_to_utf8(dyn_str_t text, char *utf8)
{
    size_t length = 0;

    for (size_t i = 0; i < text.len; i++) {
        char bytes[4];
        size_t count = dyn_utf8_put(dyn_windows_code_point((unsigned char)text.data[i]), bytes);

        for (size_t k = 0; k < count; k++) {
            utf8[length++] = bytes[k];
        }
    }

    return length;
}
