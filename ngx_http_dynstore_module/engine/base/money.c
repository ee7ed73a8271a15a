
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

/* ---- as languages write it ---- */

/* Text in UTF-8, and the same for a JSON string. It is copied whole, because a copy of fixed size is one instruction. */
enum { SIGN_BYTES = 16 };

typedef struct {
    char text[2][SIGN_BYTES];
    uint8_t length[2];
} sign_t;

#define SIGN(utf8, json)                       \
    {                                          \
        {utf8, json},                          \
        {                                      \
            sizeof(utf8) - 1, sizeof(json) - 1 \
        }                                      \
    }
#define NO_BREAK SIGN("\u00a0", "\\u00a0")
#define NARROW_NO_BREAK SIGN("\u202f", "\\u202f")
#define EURO SIGN("\u20ac", "\\u20ac")
#define POUND SIGN("\u00a3", "\\u00a3")
#define YEN SIGN("\u00a5", "\\u00a5")
#define ASCII(text) SIGN(text, text)
#define NOTHING SIGN("", "")

enum { EUR, USD, GBP, JPY, SIGNED_CURRENCIES };

struct dyn_money_style_s {
    const char *tag;
    char decimal;
    uint8_t grouped_from; /* digits of the whole part; 0: never */
    bool before;          /* the currency stands before the digits */
    bool close;           /* without a blank, where it has a sign */
    sign_t group, blank;
    sign_t signs[SIGNED_CURRENCIES]; /* empty: its code */
};

/* CLDR 42 has these; checked against ICU 72. A tag stands before its parent. */
static const dyn_money_style_t styles[] = {
    {"en", '.', 4, true, true, ASCII(","), NO_BREAK, {EURO, ASCII("$"), POUND, YEN}},
    {"de-at", ',', 4, true, false, ASCII("."), NO_BREAK, {EURO, ASCII("$"), POUND, YEN}},
    {"de", ',', 4, false, false, ASCII("."), NO_BREAK, {EURO, ASCII("$"), POUND, YEN}},
    {"fr",
     ',',
     4,
     false,
     false,
     NARROW_NO_BREAK,
     NO_BREAK,
     {EURO, ASCII("$US"), SIGN("\u00a3GB", "\\u00a3GB"), NOTHING}},
    {"es", ',', 5, false, false, ASCII("."), NO_BREAK, {EURO, ASCII("US$"), NOTHING, NOTHING}},
    {"it", ',', 4, false, false, ASCII("."), NO_BREAK, {EURO, NOTHING, POUND, NOTHING}},
    {"nl",
     ',',
     4,
     true,
     false,
     ASCII("."),
     NO_BREAK,
     {EURO, ASCII("US$"), POUND, SIGN("JP\u00a5", "JP\\u00a5")}},
};

static const dyn_money_style_t plain = {
    "", '.', 0, false, false, NOTHING, ASCII(" "), {NOTHING, NOTHING, NOTHING, NOTHING}};

const dyn_money_style_t *dyn_money_style(dyn_str_t tag)
{
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        dyn_str_t own = dyn_str_from(styles[i].tag);

        if (tag.len >= own.len && (tag.len == own.len || tag.data[own.len] == '-') &&
            dyn_str_equal_nocase((dyn_str_t){tag.data, own.len}, own)) {
            return &styles[i];
        }
    }

    return &plain;
}

char dyn_money_decimal(const dyn_money_style_t *style)
{
    return style->decimal;
}

static char *put_sign(char *to, const sign_t *sign, bool json)
{
    memcpy(to, sign->text[json], SIGN_BYTES);

    return to + sign->length[json];
}

/* NULL: it has none. */
static const sign_t *sign_of(const dyn_money_style_t *style, dyn_str_t currency)
{
    static const char codes[SIGNED_CURRENCIES][4] = {"EUR", "USD", "GBP", "JPY"};

    for (int i = 0; i < SIGNED_CURRENCIES && currency.len == 3; i++) {
        if (memcmp(codes[i], currency.data, 3) == 0 && style->signs[i].length[0] > 0) {
            return &style->signs[i];
        }
    }

    return NULL;
}

static char *put_currency(char *to, const sign_t *sign, dyn_str_t currency, bool json)
{
    if (sign != NULL) {
        return put_sign(to, sign, json);
    }
    for (size_t i = 0; i < currency.len && i < 3; i++) {
        /* a code is letters; anything else would need an escape */
        if ((currency.data[i] >= 'A' && currency.data[i] <= 'Z') ||
            (currency.data[i] >= 'a' && currency.data[i] <= 'z')) {
            *to++ = currency.data[i];
        }
    }

    return to;
}

size_t dyn_money_rewrite(const dyn_money_style_t *style, dyn_str_t amount, dyn_str_t currency,
                         bool json, char *text)
{
    const sign_t *sign = sign_of(style, currency);
    bool negative = amount.len > 0 && amount.data[0] == '-';
    const char *digits = amount.data + negative;
    size_t length = amount.len - negative;
    const char *point = memchr(digits, '.', length);
    size_t whole = point == NULL ? length : (size_t)(point - digits);
    char *to = text;

    if (negative) {
        *to++ = '-';
    }
    if (style->before) {
        to = put_currency(to, sign, currency, json);
        if (currency.len > 0 && (sign == NULL || !style->close)) {
            to = put_sign(to, &style->blank, json);
        }
    }
    if (style->grouped_from > 0 && whole >= style->grouped_from) {
        for (size_t i = 0; i < whole; i++) {
            if (i > 0 && (whole - i) % 3 == 0) {
                to = put_sign(to, &style->group, json);
            }
            *to++ = digits[i];
        }
    } else {
        for (size_t i = 0; i < whole; i++) {
            *to++ = digits[i];
        }
    }
    if (point != NULL) {
        *to++ = style->decimal;
        for (size_t i = whole + 1; i < length; i++) {
            *to++ = digits[i];
        }
    }
    if (!style->before && currency.len > 0) {
        to = put_sign(to, &style->blank, json);
        to = put_currency(to, sign, currency, json);
    }

    return (size_t)(to - text);
}

size_t dyn_money_write(const dyn_money_style_t *style, int64_t minor, dyn_str_t currency, bool json,
                       char *text)
{
    char amount[MONEY_BYTES];
    size_t length = dyn_money_format(minor, dyn_money_exponent(currency), amount);

    return dyn_money_rewrite(style, (dyn_str_t){amount, length}, currency, json, text);
}
