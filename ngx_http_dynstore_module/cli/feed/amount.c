#include "cli/feed/amount.h"

#include <string.h>

#include "engine/base/money.h"

/* Signs of one currency alone, and those that several have: of these the shop's counts, else the one named here. */
static const struct {
    const char *sign, *currency;
    const char *shared; /* currencies that have it, too */
} signs[] = {
    {"\u20ac", "EUR", ""},
    {"\u00a3", "GBP", "EGP FKP GIP SHP SSP LBP SYP"},
    {"\u00a5", "JPY", "CNY"},
    {"\u20b9", "INR", ""},
    {"\u20a9", "KRW", ""},
    {"\u20ba", "TRY", ""},
    {"\u20b4", "UAH", ""},
    {"\u20aa", "ILS", ""},
    {"\u20ab", "VND", ""},
    {"\u20bd", "RUB", ""},
    {"z\u0142", "PLN", ""},
    {"K\u010d", "CZK", ""},
    {"Ft", "HUF", ""},
    {"R$", "BRL", ""},
    {"US$", "USD", ""},
    {"A$", "AUD", ""},
    {"C$", "CAD", ""},
    {"CA$", "CAD", ""},
    {"AU$", "AUD", ""},
    {"NZ$", "NZD", ""},
    {"HK$", "HKD", ""},
    {"S$", "SGD", ""},
    {"$", "USD",
     "AUD BBD BMD BND BSD BZD CAD CLP COP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD "
     "TWD UYU XCD"},
    {"Fr.", "CHF", ""},
    {"SFr.", "CHF", ""},
    /* without a shop's currency nobody knows whose crowns they are */
    {"kr.", "", "DKK ISK NOK SEK"},
    {"kr", "", "DKK ISK NOK SEK"},
};

enum { parts_bytes = 48 };

/* The bytes of a blank, an apostrophe or another thing that stands between thousands at `at`; 0: none of them. */
static size_t spacing(dyn_str_t text, size_t at)
{
    static const char *const spaces[] = {" ", "\t", "\u00a0", "\u202f", "\u2009", "'", "\u2019"};

    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        size_t length = strlen(spaces[i]);

        if (text.len - at >= length && memcmp(text.data + at, spaces[i], length) == 0) {
            return length;
        }
    }

    return 0;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static dyn_str_t trim(dyn_str_t text)
{
    size_t length;

    while (text.len > 0 && (length = spacing(text, 0)) > 0) {
        text.data += length;
        text.len -= length;
    }
    for (;;) {
        size_t at = text.len;

        /* the spaces are at most three bytes long */
        for (size_t back = 1; back <= 3 && back <= text.len; back++) {
            if (spacing(text, text.len - back) == back) {
                at = text.len - back;
                break;
            }
        }
        if (at == text.len) {
            return text;
        }
        text.len = at;
    }
}

static bool take_currency(dyn_str_t word, const char *shop, dyn_amount_t *amount)
{
    bool code = word.len == 3;

    for (size_t i = 0; i < word.len; i++) {
        code = code && word.data[i] >= 'A' && word.data[i] <= 'Z';
    }
    if (code) {
        memcpy(amount->currency, word.data, 3);
        return true;
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (!dyn_str_equal_nocase(word, dyn_str_from(signs[i].sign))) {
            continue;
        }
        const char *currency =
            shop[0] != '\0' && strstr(signs[i].shared, shop) != NULL ? shop : signs[i].currency;

        memcpy(amount->currency, currency, strlen(currency));
        return currency[0] != '\0';
    }

    return false;
}

/* What is before decimals in the digits and signs of an amount; 0: nothing is. */
static char decimal_of(dyn_str_t digits, char decimal, unsigned exponent)
{
    const char *point = memchr(digits.data, '.', digits.len);
    const char *comma = memchr(digits.data, ',', digits.len);
    size_t last = digits.len, count = 0;

    if (decimal != 0) {
        return decimal;
    }
    while (last > 0 && digit(digits.data[last - 1])) {
        last--;
    }
    if (point != NULL && comma != NULL && last > 0) {
        return digits.data[last - 1];
    }
    for (size_t i = 0; i < digits.len; i++) {
        count += !digit(digits.data[i]);
    }
    if (count != 1 || (digits.len - last == 3 && exponent != 3)) {
        return 0;
    }

    return digits.data[last - 1];
}

bool dyn_amount_read(dyn_str_t text, const char *currency, char decimal, dyn_amount_t *amount,
                     dyn_error_t *problem)
{
    char kept[parts_bytes];
    size_t start = 0, end, count = 0, length = 0;
    dyn_str_t before, after;

    memset(amount, 0, sizeof(*amount));
    text = trim(text);
    while (start < text.len && !digit(text.data[start])) {
        start++;
    }
    end = text.len;
    while (end > start && !digit(text.data[end - 1])) {
        end--;
    }
    if (start == end) {
        return dyn_fail(problem, "\"%.*s\" is no price: \"129.00 EUR\" would be right",
                        (int)(text.len < 40 ? text.len : 40), text.data);
    }
    before = trim((dyn_str_t){text.data, start});
    after = trim((dyn_str_t){text.data + end, text.len - end});
    /* "129.-" and "129,--" */
    while (after.len > 0 &&
           (after.data[0] == '.' || after.data[0] == ',' || after.data[0] == '-')) {
        after.data++;
        after.len--;
        after = trim(after);
    }
    if (before.len > 0 && (before.data[0] == '-' || before.data[before.len - 1] == '-')) {
        return dyn_fail(problem, "\"%.*s\" is below 0: a price has no sign",
                        (int)(text.len < 40 ? text.len : 40), text.data);
    }
    if (before.len > 0 && after.len > 0) {
        return dyn_fail(problem, "\"%.*s\" has more than one currency, or something else beside it",
                        (int)(text.len < 40 ? text.len : 40), text.data);
    }
    if (before.len + after.len > 0 &&
        !take_currency(before.len > 0 ? before : after, currency, amount)) {
        dyn_str_t word = before.len > 0 ? before : after;

        return dyn_fail(problem,
                        "\"%.*s\" is no currency that is known: an ISO 4217 code such as \"EUR\" "
                        "would be right",
                        (int)(word.len < 40 ? word.len : 40), word.data);
    }

    for (size_t at = start; at < end;) {
        size_t space = spacing(text, at);
        char c = text.data[at];

        if (space > 0) {
            at += space;
            continue;
        }
        if ((!digit(c) && c != '.' && c != ',') || count == sizeof(kept)) {
            return dyn_fail(problem, "\"%.*s\" is no price: \"129.00 EUR\" would be right",
                            (int)(text.len < 40 ? text.len : 40), text.data);
        }
        kept[count++] = c;
        at++;
    }

    dyn_str_t digits = {kept, count};
    const char *own = amount->currency[0] != '\0' ? amount->currency : currency;
    char sign = decimal_of(digits, decimal, dyn_money_exponent(dyn_str_from(own)));
    bool seen = false;

    for (size_t i = 0; i < count && length + 1 < sizeof(amount->text); i++) {
        if (digit(kept[i])) {
            amount->text[length++] = kept[i];
        } else if (kept[i] == sign) {
            if (seen) {
                return dyn_fail(problem, "\"%.*s\" has two signs before decimals",
                                (int)(text.len < 40 ? text.len : 40), text.data);
            }
            seen = true;
            amount->text[length++] = '.';
        }
    }
    /* "15.0000", as Adobe Commerce writes prices */
    while (seen && length > 1 && amount->text[length - 1] == '0') {
        length--;
    }
    if (seen && amount->text[length - 1] == '.') {
        length--;
    }
    amount->text[length] = '\0';
    if (amount->currency[0] == '\0') {
        memcpy(amount->currency, currency, strlen(currency));
    }

    return true;
}
