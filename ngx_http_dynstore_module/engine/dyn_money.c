#include "dyn_event.h"

#include "dyn_limits.h"

#include <string.h>

/* ISO 4217, table A.1: the currencies whose minor unit is not a hundredth. */
static const struct {
    char code[4];
    unsigned exponent;
} exponents[] = {
    {"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"ISK", 0}, {"JPY", 0}, {"KMF", 0},
    {"KRW", 0}, {"PYG", 0}, {"RWF", 0}, {"UGX", 0}, {"VND", 0}, {"VUV", 0}, {"XAF", 0},
    {"XOF", 0}, {"XPF", 0}, {"BHD", 3}, {"IQD", 3}, {"JOD", 3}, {"KWD", 3}, {"LYD", 3},
    {"OMR", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4},
};

unsigned dyn_money_exponent(dyn_str_t currency)
{
    char code[3];

    if (currency.len != sizeof(code)) {
        return 2;
    }
    for (size_t i = 0; i < sizeof(code); i++) {
        char c = currency.data[i];

        code[i] = (char)(c >= 'a' && c <= 'z' ? c & ~0x20 : c);
    }
    for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++) {
        if (memcmp(exponents[i].code, code, sizeof(code)) == 0) {
            return exponents[i].exponent;
        }
    }

    return 2;
}

bool dyn_money_parse(dyn_str_t amount, unsigned exponent, int64_t *minor)
{
    int64_t value = 0;
    unsigned decimals = 0;
    bool point = false;

    if (amount.len == 0 || exponent > 4) {
        return false;
    }

    for (size_t i = 0; i < amount.len; i++) {
        char c = amount.data[i];

        if (c == '.') {
            /* digits on both sides of one point */
            if (point || i == 0 || i + 1 == amount.len) {
                return false;
            }
            point = true;
            continue;
        }

        if (c < '0' || c > '9' || (point && ++decimals > exponent)) {
            return false;
        }

        value = value * 10 + (c - '0');
        if (value > DYN_PRICE_MINOR_MAX) {
            return false;
        }
    }

    for (; decimals < exponent; decimals++) {
        value *= 10;
    }

    if (value > DYN_PRICE_MINOR_MAX) {
        return false;
    }

    *minor = value;
    return true;
}

size_t dyn_money_format(int64_t minor, unsigned exponent, char *text)
{
    char digits[24];
    size_t count = 0;
    size_t length = 0;
    uint64_t value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0 && count < 20);

    if (exponent > 4) {
        exponent = 4;
    }
    while (count <= exponent) {
        digits[count++] = '0';
    }

    if (minor < 0) {
        text[length++] = '-';
    }
    while (count > 0) {
        if (count == exponent) {
            text[length++] = '.';
        }
        text[length++] = digits[--count];
    }

    return length;
}
