
#include "engine/base/limits.h"
#include "engine/base/money.h"

#include <string.h>

enum { MONEY_BYTES = 24 };

#define CODE(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* ISO 4217, table A.1: the currencies whose minor unit is not a hundredth. */
unsigned dyn_money_exponent(dyn_str_t currency)
{
    if (currency.len != 3) {
        return 2;
    }

    const char *c = currency.data;
    /* drops the bit that differs between small and capital letters; no other byte becomes one of these */
    uint32_t code = CODE((uint8_t)c[0], (uint8_t)c[1], (uint8_t)c[2]) & 0xdfdfdf;

    switch (code) {
    case CODE('B', 'I', 'F'):
    case CODE('C', 'L', 'P'):
    case CODE('D', 'J', 'F'):
    case CODE('G', 'N', 'F'):
    case CODE('I', 'S', 'K'):
    case CODE('J', 'P', 'Y'):
    case CODE('K', 'M', 'F'):
    case CODE('K', 'R', 'W'):
    case CODE('P', 'Y', 'G'):
    case CODE('R', 'W', 'F'):
    case CODE('U', 'G', 'X'):
    case CODE('V', 'N', 'D'):
    case CODE('V', 'U', 'V'):
    case CODE('X', 'A', 'F'):
    case CODE('X', 'O', 'F'):
    case CODE('X', 'P', 'F'):
        return 0;
    case CODE('B', 'H', 'D'):
    case CODE('I', 'Q', 'D'):
    case CODE('J', 'O', 'D'):
    case CODE('K', 'W', 'D'):
    case CODE('L', 'Y', 'D'):
    case CODE('O', 'M', 'R'):
    case CODE('T', 'N', 'D'):
        return 3;
    case CODE('C', 'L', 'F'):
    case CODE('U', 'Y', 'W'):
        return 4;
    default:
        return 2;
    }
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
    /* moves the digits from the middle to the front; a copy of fixed size may read the rest */
    char digits[2 * MONEY_BYTES] = {0};
    char *end = digits + MONEY_BYTES;
    char *at = end;
    uint64_t value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;

    if (exponent > 4) {
        exponent = 4;
    }
    for (; value >= 10; value /= 100) {
        unsigned pair = (unsigned)(value % 100);

        *--at = (char)('0' + pair % 10);
        *--at = (char)('0' + pair / 10);
    }
    if (value > 0) {
        *--at = (char)('0' + value);
    }
    while (end - at <= (ptrdiff_t)exponent) {
        *--at = '0';
    }

    size_t whole = (size_t)(end - at) - exponent;

    if (minor < 0) {
        *text++ = '-';
    }
    memcpy(text, at, MONEY_BYTES - 4);
    if (exponent > 0) {
        text[whole] = '.';
        memcpy(text + whole + 1, at + whole, 4);
        whole += 1 + exponent;
    }

    return whole + (minor < 0);
}
