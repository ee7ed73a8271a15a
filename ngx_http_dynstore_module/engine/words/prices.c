/* "tents under 200", "50-80 euro", "ab 100": what a text says of prices. */
#include "engine/words/search.h"

#include "engine/base/money.h"

typedef enum { LIMIT_NONE, LIMIT_HIGH, LIMIT_LOW, LIMIT_ABOUT, LIMIT_BETWEEN } limit_t;

/* Plain words, as dyn_word_plain() gives them. Longer phrases before those that end alike. */
static const struct {
    const char *phrase;
    limit_t limit;
} phrases[] = {
    {"less than", LIMIT_HIGH},    {"cheaper than", LIMIT_HIGH},
    {"no more than", LIMIT_HIGH}, {"not more than", LIMIT_HIGH},
    {"nicht uber", LIMIT_HIGH},   {"up to", LIMIT_HIGH},
    {"weniger als", LIMIT_HIGH},  {"gunstiger als", LIMIT_HIGH},
    {"billiger als", LIMIT_HIGH}, {"bis zu", LIMIT_HIGH},
    {"moins de", LIMIT_HIGH},     {"under", LIMIT_HIGH},
    {"below", LIMIT_HIGH},        {"within", LIMIT_HIGH},
    {"unter", LIMIT_HIGH},        {"bis", LIMIT_HIGH},
    {"max", LIMIT_HIGH},          {"maximal", LIMIT_HIGH},
    {"maximum", LIMIT_HIGH},      {"hochstens", LIMIT_HIGH},
    {"more than", LIMIT_LOW},     {"at least", LIMIT_LOW},
    {"mehr als", LIMIT_LOW},      {"plus de", LIMIT_LOW},
    {"over", LIMIT_LOW},          {"above", LIMIT_LOW},
    {"uber", LIMIT_LOW},          {"ab", LIMIT_LOW},
    {"min", LIMIT_LOW},           {"mindestens", LIMIT_LOW},
    {"minimum", LIMIT_LOW},       {"between", LIMIT_BETWEEN},
    {"zwischen", LIMIT_BETWEEN},  {"from", LIMIT_BETWEEN},
    {"von", LIMIT_BETWEEN},       {"about", LIMIT_ABOUT},
    {"around", LIMIT_ABOUT},      {"ca", LIMIT_ABOUT},
    {"circa", LIMIT_ABOUT},       {"etwa", LIMIT_ABOUT},
    {"rund", LIMIT_ABOUT},
};

static const char currency_words[] =
    " eur euro euros usd dollar dollars gbp pound pounds pfund chf franken fr sek nok dkk kronor "
    "kroner pln zloty jpy yen cad aud ";
/* A number with one of these is no price. */
static const char unit_words[] =
    " g gr gram grams gramm kg kilo kilos kilogram kilogramm mg lb lbs oz l liter litre liters "
    "litres ml cl m meter metre meters "
    "metres cm mm km inch inches in zoll ft feet w watt watts mah wh kwh v volt h hour hours "
    "stunden min minutes minuten lumen lm "
    "person persons people personen man men mann leute year years jahre jahren jahr months monate "
    "pack piece pieces stuck stk teile set "
    "degree degrees grad c f % prozent percent gb tb mb hz ";
static const char joining_words[] = " to bis ";
/* only after "between" or "from": "size 42 and 43" is no price */
static const char adding_words[] = " and und et y ";

static bool is_one_of(const char *words, dyn_str_t word)
{
    for (const char *at = words; (at = strchr(at, ' ')) != NULL && at[1] != '\0'; at++) {
        if (strncmp(at + 1, word.data, word.len) == 0 && at[1 + word.len] == ' ') {
            return true;
        }
    }

    return false;
}

static dyn_str_t plain_at(const dyn_search_words_t *search, uint32_t i)
{
    return dyn_term_text(&search->plain[i]);
}

static bool is_currency(const dyn_search_words_t *search, uint32_t i)
{
    return i < search->token_count && (search->tokens[i].kind == DYN_TOKEN_CURRENCY ||
                                       is_one_of(currency_words, plain_at(search, i)));
}

/* Digits and points; three digits after the last point are thousands. -1: no amount that can be. */
static int64_t amount_at(const dyn_search_words_t *search, uint32_t i, unsigned exponent)
{
    char digits[DYN_WORD_BYTES_MAX];
    size_t length = 0;
    int64_t minor;

    if (search->tokens[i].kind != DYN_TOKEN_NUMBER) {
        return -1;
    }

    dyn_str_t text = dyn_token_text(&search->tokens[i]);

    for (size_t k = 0; k < text.len; k++) {
        if (text.data[k] != '.') {
            digits[length++] = text.data[k];
            continue;
        }

        const char *next = memchr(text.data + k + 1, '.', text.len - k - 1);
        size_t run = next != NULL ? (size_t)(next - text.data) - k - 1 : text.len - k - 1;

        if (run != 3) {
            digits[length++] = '.';
        }
    }

    return dyn_money_parse((dyn_str_t){digits, length}, exponent, &minor) ? minor : -1;
}

/* The phrase that ends before token i, and where it begins. */
static limit_t limit_before(const dyn_search_words_t *search, uint32_t i, uint32_t *begin)
{
    for (size_t k = 0; k < sizeof(phrases) / sizeof(phrases[0]); k++) {
        dyn_str_t rest = dyn_str_from(phrases[k].phrase);
        uint32_t at = i;
        bool same = true;

        while (same && rest.len > 0) {
            size_t start = rest.len;

            while (start > 0 && rest.data[start - 1] != ' ') {
                start--;
            }
            same = at > 0 && !search->used[at - 1] &&
                   dyn_str_equal(plain_at(search, at - 1),
                                 (dyn_str_t){rest.data + start, rest.len - start});
            at--;
            rest.len = start > 0 ? start - 1 : 0;
        }
        if (same) {
            *begin = at;
            return phrases[k].limit;
        }
    }

    return LIMIT_NONE;
}

static bool is_known_number(const dyn_search_words_t *search, uint32_t i)
{
    return dyn_words_find(&search->index, plain_at(search, i)) != DYN_NONE;
}

typedef struct {
    uint32_t first, end; /* tokens that belong to it */
    limit_t limit;
    bool currency;
    int64_t from, to; /* to: -1 when it is one amount */
} price_t;

/* After the amount at i: a currency, and the second amount of a range. */
static void read_range(const dyn_search_words_t *search, uint32_t i, unsigned exponent,
                       price_t *price)
{
    uint32_t next = i + 1 + is_currency(search, i + 1);
    bool dash = next < search->token_count && (search->tokens[next].between & DYN_TOKEN_DASH) != 0;
    bool joined =
        next + 1 < search->token_count &&
        (is_one_of(joining_words, plain_at(search, next)) ||
         (price->limit == LIMIT_BETWEEN && is_one_of(adding_words, plain_at(search, next))));

    price->currency = price->currency || next > i + 1;
    price->end = next;
    if (!dash && !joined) {
        return;
    }

    uint32_t second = next + !dash;

    second += is_currency(search, second);
    price->to = second < search->token_count ? amount_at(search, second, exponent) : -1;
    if (price->to <= price->from) {
        price->to = -1;
        return;
    }
    price->end = second + 1 + is_currency(search, second + 1);
    price->currency = price->currency || price->end > second + 1;
    /* "36-38" may be a size: without more to say it is a price the catalogue must not know the numbers */
    if (price->limit == LIMIT_NONE && !price->currency &&
        (is_known_number(search, i) || is_known_number(search, second))) {
        price->end = price->first;
    }
}

static void set_limits(const price_t *price, dyn_meaning_t *meaning)
{
    int64_t low = -1, high = -1;

    if (price->to >= 0) {
        low = price->from;
        high = price->to;
    } else if (price->limit == LIMIT_HIGH) {
        high = price->from;
    } else if (price->limit == LIMIT_LOW || price->limit == LIMIT_BETWEEN) {
        low = price->from;
    } else {
        low = price->from - price->from / 5;
        high = price->from + price->from / 5;
    }
    if (low >= 0) {
        meaning->price_low = low;
    }
    if (high >= 0) {
        meaning->price_high = high;
    }
}

static bool price_at(const dyn_search_words_t *search, uint32_t i, unsigned exponent,
                     price_t *price)
{
    uint32_t between = search->tokens[i].between;

    *price = (price_t){.first = i, .end = i, .to = -1};
    price->from = amount_at(search, i, exponent);
    if (price->from < 0) {
        return false;
    }
    if (i > 0 && !search->used[i - 1] && search->tokens[i - 1].kind == DYN_TOKEN_CURRENCY) {
        price->currency = true;
        price->first = i - 1;
        between |= search->tokens[i - 1].between;
    }
    price->limit = limit_before(search, price->first, &price->first);
    if (price->limit == LIMIT_NONE) {
        price->limit = (between & DYN_TOKEN_LESS) != 0   ? LIMIT_HIGH
                       : (between & DYN_TOKEN_MORE) != 0 ? LIMIT_LOW
                                                         : LIMIT_NONE;
    }
    read_range(search, i, exponent, price);
    if (price->end < search->token_count && !price->currency &&
        is_one_of(unit_words, plain_at(search, price->end))) {
        return false;
    }

    return price->end > i && (price->to >= 0 || price->limit != LIMIT_NONE || price->currency);
}

void dyn_words_prices(dyn_search_words_t *search, dyn_meaning_t *meaning)
{
    const char *currency = search->index.header->currency;
    unsigned exponent = dyn_money_exponent(dyn_str_from(currency));
    price_t price;

    for (uint32_t i = 0; currency[0] != '\0' && i < search->token_count; i++) {
        if (search->tokens[i].kind != DYN_TOKEN_NUMBER || !price_at(search, i, exponent, &price)) {
            continue;
        }
        set_limits(&price, meaning);
        search->asked++;
        search->answered++;
        for (uint32_t k = price.first; k < price.end; k++) {
            search->used[k] = true;
        }
        i = price.end - 1;
    }
    if (meaning->price_low >= 0 && meaning->price_high >= 0 &&
        meaning->price_low > meaning->price_high) {
        int64_t low = meaning->price_high;

        meaning->price_high = meaning->price_low;
        meaning->price_low = low;
    }
}
