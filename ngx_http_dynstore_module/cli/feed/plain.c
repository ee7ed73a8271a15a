#include "cli/feed/plain.h"

#include <string.h>

#include "engine/base/utf8.h"

/* Entities that descriptions have (https://html.spec.whatwg.org/multipage/named-characters.html); the others stay as they are. */
static const struct {
    const char *name;
    uint32_t code;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},
    {"apos", '\''},    {"nbsp", ' '},     {"iexcl", 0xa1},    {"cent", 0xa2},
    {"pound", 0xa3},   {"yen", 0xa5},     {"sect", 0xa7},     {"copy", 0xa9},
    {"laquo", 0xab},   {"shy", 0xad},     {"reg", 0xae},      {"deg", 0xb0},
    {"plusmn", 0xb1},  {"sup2", 0xb2},    {"sup3", 0xb3},     {"acute", 0xb4},
    {"micro", 0xb5},   {"middot", 0xb7},  {"raquo", 0xbb},    {"frac14", 0xbc},
    {"frac12", 0xbd},  {"frac34", 0xbe},  {"iquest", 0xbf},   {"Agrave", 0xc0},
    {"Aacute", 0xc1},  {"Acirc", 0xc2},   {"Atilde", 0xc3},   {"Auml", 0xc4},
    {"Aring", 0xc5},   {"AElig", 0xc6},   {"Ccedil", 0xc7},   {"Egrave", 0xc8},
    {"Eacute", 0xc9},  {"Ecirc", 0xca},   {"Euml", 0xcb},     {"Igrave", 0xcc},
    {"Iacute", 0xcd},  {"Icirc", 0xce},   {"Iuml", 0xcf},     {"Ntilde", 0xd1},
    {"Ograve", 0xd2},  {"Oacute", 0xd3},  {"Ocirc", 0xd4},    {"Otilde", 0xd5},
    {"Ouml", 0xd6},    {"times", 0xd7},   {"Oslash", 0xd8},   {"Ugrave", 0xd9},
    {"Uacute", 0xda},  {"Ucirc", 0xdb},   {"Uuml", 0xdc},     {"szlig", 0xdf},
    {"agrave", 0xe0},  {"aacute", 0xe1},  {"acirc", 0xe2},    {"atilde", 0xe3},
    {"auml", 0xe4},    {"aring", 0xe5},   {"aelig", 0xe6},    {"ccedil", 0xe7},
    {"egrave", 0xe8},  {"eacute", 0xe9},  {"ecirc", 0xea},    {"euml", 0xeb},
    {"igrave", 0xec},  {"iacute", 0xed},  {"icirc", 0xee},    {"iuml", 0xef},
    {"ntilde", 0xf1},  {"ograve", 0xf2},  {"oacute", 0xf3},   {"ocirc", 0xf4},
    {"otilde", 0xf5},  {"ouml", 0xf6},    {"divide", 0xf7},   {"oslash", 0xf8},
    {"ugrave", 0xf9},  {"uacute", 0xfa},  {"ucirc", 0xfb},    {"uuml", 0xfc},
    {"yacute", 0xfd},  {"yuml", 0xff},    {"OElig", 0x152},   {"oelig", 0x153},
    {"Scaron", 0x160}, {"scaron", 0x161}, {"ndash", 0x2013},  {"mdash", 0x2014},
    {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"sbquo", 0x201a},  {"ldquo", 0x201c},
    {"rdquo", 0x201d}, {"bdquo", 0x201e}, {"bull", 0x2022},   {"hellip", 0x2026},
    {"prime", 0x2032}, {"Prime", 0x2033}, {"lsaquo", 0x2039}, {"rsaquo", 0x203a},
    {"euro", 0x20ac},  {"trade", 0x2122}, {"rarr", 0x2192},   {"minus", 0x2212},
    {"le", 0x2264},    {"ge", 0x2265},    {"ensp", ' '},      {"emsp", ' '},
    {"thinsp", ' '},   {"zwnj", 0x200c},  {"zwj", 0x200d},
};

/* Tags that stand within words and lines; every other one parts them. */
static const char *const inline_tags[] = {
    "a",    "abbr",   "b",   "bdi", "bdo",  "big", "cite", "code", "em",
    "font", "i",      "ins", "kbd", "mark", "q",   "s",    "samp", "small",
    "span", "strong", "sub", "sup", "tt",   "u",   "del",  "var",  "wbr",
};

typedef struct {
    dyn_str_t text;
    size_t at;
    char *plain;
    size_t length;
    bool blank; /* one is due before the next letter */
} strip_t;

static void put(strip_t *strip, uint32_t code)
{
    char bytes[4];

    if (code <= ' ' || code == 0x7f || code == 0xa0 || code == 0x200b || code == 0xfeff) {
        strip->blank = strip->blank || (code != 0x200b && code != 0xfeff);
        return;
    }
    if (strip->blank && strip->length > 0) {
        strip->plain[strip->length++] = ' ';
    }
    strip->blank = false;

    size_t count = dyn_utf8_put(code, bytes);

    memcpy(strip->plain + strip->length, bytes, count);
    strip->length += count;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* An entity at '&': its code point and its end; false when it is none. */
static bool entity(dyn_str_t text, size_t at, uint32_t *code, size_t *end)
{
    size_t from = at + 1, to = from;
    bool number = from < text.len && text.data[from] == '#';

    if (number) {
        bool hex = from + 1 < text.len && (text.data[from + 1] | 32) == 'x';
        uint32_t value = 0;

        to = from += hex ? 2 : 1;
        for (; to < text.len && letter(text.data[to]) && to - from < 8; to++) {
            char c = (char)(text.data[to] | 32);
            uint32_t figure = c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                              : text.data[to] >= '0' && text.data[to] <= '9'
                                  ? (uint32_t)(text.data[to] - '0')
                                  : 99;

            if (figure >= (hex ? 16U : 10U)) {
                break;
            }
            value = value * (hex ? 16 : 10) + figure;
        }
        if (to == from) {
            return false;
        }
        *code = value;
        *end = to + (to < text.len && text.data[to] == ';');

        return true;
    }
    while (to < text.len && letter(text.data[to]) && to - from < 10) {
        to++;
    }
    if (to == text.len || text.data[to] != ';') {
        return false;
    }
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (dyn_str_equal((dyn_str_t){text.data + from, to - from},
                          dyn_str_from(entities[i].name))) {
            *code = entities[i].code;
            *end = to + 1;
            return true;
        }
    }

    return false;
}

static size_t find(dyn_str_t text, size_t from, const char *word)
{
    size_t length = strlen(word);

    for (; from + length <= text.len; from++) {
        if (dyn_str_equal_nocase((dyn_str_t){text.data + from, length},
                                 (dyn_str_t){word, length})) {
            return from;
        }
    }

    return text.len;
}

/* What begins with '<' at strip->at; false when it is no tag and stands for itself. */
static bool tag(strip_t *strip)
{
    dyn_str_t text = strip->text;
    size_t at = strip->at + 1, name = at, end;
    bool within = false;
    char quote = 0;

    if (text.len - strip->at >= 4 && memcmp(text.data + strip->at, "<!--", 4) == 0) {
        end = find(text, strip->at + 4, "-->");
        strip->at = end == text.len ? end : end + 3;
        return true;
    }
    if (at < text.len && text.data[at] == '/') {
        name = ++at;
    }
    if (at == text.len ||
        !(letter(text.data[at]) || text.data[at] == '!' || text.data[at] == '?')) {
        return false;
    }
    while (at < text.len && letter(text.data[at])) {
        at++;
    }
    end = at;
    while (at < text.len && (quote != 0 || text.data[at] != '>')) {
        char c = text.data[at++];

        quote = quote != 0 ? (c == quote ? 0 : quote) : c == '"' || c == '\'' ? c : 0;
    }
    if (at == text.len) {
        /* a tag that is not closed: what was cut off there, or no tag at all ("a<b") */
        return false;
    }
    strip->at = at + 1;

    dyn_str_t word = {text.data + name, end - name};

    for (size_t i = 0; i < sizeof(inline_tags) / sizeof(inline_tags[0]); i++) {
        within = within || dyn_str_equal_nocase(word, dyn_str_from(inline_tags[i]));
    }
    strip->blank = strip->blank || !within;
    if (dyn_str_equal_nocase(word, dyn_str_from("script")) ||
        dyn_str_equal_nocase(word, dyn_str_from("style"))) {
        const char *closing = (word.data[1] | 32) == 'c' ? "</script" : "</style";

        end = find(text, strip->at, closing);
        strip->at = find(text, end, ">");
        strip->at += strip->at < text.len;
    }

    return true;
}

size_t dyn_plain_text(dyn_str_t text, char *plain)
{
    strip_t strip = {.text = text, .plain = plain};

    while (strip.at < text.len) {
        uint32_t code;
        size_t length, end;
        char c = text.data[strip.at];

        if (c == '<' && tag(&strip)) {
            continue;
        }
        if (c == '&' && entity(text, strip.at, &code, &end)) {
            put(&strip, code);
            strip.at = end;
            continue;
        }
        length = dyn_utf8_next(text, strip.at, &code);
        put(&strip, length == 0 ? (unsigned char)c < 0x80 ? (unsigned char)c : '?' : code);
        strip.at += length == 0 ? 1 : length;
    }

    return strip.length;
}
