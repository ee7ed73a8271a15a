#include "engine/base/percent.h"

int dyn_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    char low = (char)(c | 0x20);

    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

size_t dyn_percent_decode(dyn_str_t text, bool plus_is_space, char *out, bool *well_formed)
{
    size_t length = 0;
    bool good = true;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '%') {
            int high = text.len - i > 2 ? dyn_hex_digit(text.data[i + 1]) : -1;
            int low = text.len - i > 2 ? dyn_hex_digit(text.data[i + 2]) : -1;

            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            } else {
                good = false;
            }
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }

        out[length++] = c;
    }

    if (well_formed != NULL) {
        *well_formed = good;
    }

    return length;
}
