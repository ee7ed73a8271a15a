#include "engine/trust/consent.h"

#include "engine/base/percent.h"
#include "engine/trust/visitor.h"

#include <string.h>

enum {
    /* what a consent manager writes as text is some hundred bytes */
    text_bytes_max = 2048,
    sections_max = 64,
    section_id_max = 4096
};

dyn_str_t dyn_consent_name(dyn_consent_t level)
{
    static const dyn_str_t names[] = {
#define X(constant, name) {#name, sizeof(#name) - 1},
        DYN_CONSENT_LEVELS(X)
#undef X
    };

    return names[level < DYN_CONSENT_SILENT ? level : DYN_CONSENT_NONE];
}

bool dyn_consent_from_name(dyn_str_t name, dyn_consent_t *level)
{
    for (*level = DYN_CONSENT_NONE; *level < DYN_CONSENT_SILENT; (*level)++) {
        if (dyn_str_equal(name, dyn_consent_name(*level))) {
            return true;
        }
    }

    return false;
}

bool dyn_consent_in_header(dyn_consent_source_t source)
{
    return source == DYN_CONSENT_FROM_GPC || source == DYN_CONSENT_FROM_DNT;
}

/* Takes what is before the separator off the rest. */
static dyn_str_t next_part(dyn_str_t *rest, char separator)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, separator, rest->len);
    dyn_str_t part = {rest->data, end == NULL ? rest->len : (size_t)(end - rest->data)};
    size_t used = part.len + (end != NULL);

    rest->data = rest->len == 0 ? rest->data : rest->data + used;
    rest->len -= used;

    return part;
}

static bool begins(dyn_str_t text, dyn_str_t with)
{
    return text.len >= with.len && memcmp(text.data, with.data, with.len) == 0;
}

static dyn_str_t after(dyn_str_t text, dyn_str_t beginning)
{
    return (dyn_str_t){text.data + beginning.len, text.len - beginning.len};
}

/* ---- the directive ---- */

static bool token(dyn_str_t name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.')) {
            return false;
        }
    }

    return name.len != 0;
}

static bool read_option(dyn_str_t option, dyn_consent_rule_t *rule)
{
    bool tcf = rule->source == DYN_CONSENT_FROM_TCF || rule->source == DYN_CONSENT_FROM_GPP;

    if (rule->source == DYN_CONSENT_FROM_COOKIE) {
        rule->place = option;
        return token(option);
    }
    if (dyn_consent_in_header(rule->source)) {
        return false;
    }
    if (begins(option, DYN_STR("cookie:"))) {
        rule->place = after(option, DYN_STR("cookie:"));
        return token(rule->place);
    }
    if (rule->source == DYN_CONSENT_FROM_ONETRUST && begins(option, DYN_STR("functional:"))) {
        rule->groups[0] = after(option, DYN_STR("functional:"));
        return token(rule->groups[0]);
    }
    if (rule->source == DYN_CONSENT_FROM_ONETRUST && begins(option, DYN_STR("full:"))) {
        rule->groups[1] = after(option, DYN_STR("full:"));
        return token(rule->groups[1]);
    }
    if (tcf &&
        (dyn_str_equal(option, DYN_STR("core")) || dyn_str_equal(option, DYN_STR("publisher")))) {
        rule->core = dyn_str_equal(option, DYN_STR("core"));
        return true;
    }

    return rule->source == DYN_CONSENT_FROM_GPP && begins(option, DYN_STR("optout:")) &&
           dyn_consent_from_name(after(option, DYN_STR("optout:")), &rule->opted_out);
}

/* What may be written after the source's `=`. */
static const char *options_of(dyn_consent_source_t source)
{
    switch (source) {
    case DYN_CONSENT_FROM_COOKIE:
        return "the cookie's name, e.g. cookie=dyn_consent";
    case DYN_CONSENT_FROM_GPC:
    case DYN_CONSENT_FROM_DNT:
        return "nothing: it reads a header of the browser";
    case DYN_CONSENT_FROM_ONETRUST:
        return "functional:GROUP, full:GROUP and cookie:NAME, e.g. "
               "onetrust=functional:C0003,full:C0002";
    case DYN_CONSENT_FROM_TCF:
        return "publisher or core, and cookie:NAME, e.g. tcf=core,cookie:euconsent-v2";
    case DYN_CONSENT_FROM_GPP:
        return "optout:none, optout:functional or optout:full, publisher or core, and cookie:NAME, "
               "e.g. gpp=optout:none,cookie:dyn_gpp";
    default:
        return "cookie:NAME";
    }
}

bool dyn_consent_rule_read(dyn_str_t text, dyn_consent_rule_t *rule, dyn_error_t *error)
{
    static const struct {
        dyn_str_t word;
        dyn_str_t place;
    } sources[] = {
#define X(constant, word, place) {{word, sizeof(word) - 1}, {place, sizeof(place) - 1}},
        DYN_CONSENT_SOURCES(X)
#undef X
    };
    dyn_str_t rest = text;
    dyn_str_t word = next_part(&rest, '=');
    bool options = word.len < text.len;

    for (size_t i = DYN_CONSENT_FROM_COOKIE; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (!dyn_str_equal(word, sources[i].word)) {
            continue;
        }

        *rule = (dyn_consent_rule_t){.source = (dyn_consent_source_t)i,
                                     .place = sources[i].place,
                                     .groups = {DYN_STR("C0003"), DYN_STR("C0002")},
                                     .opted_out = DYN_CONSENT_FUNCTIONAL};

        while (options) {
            dyn_str_t option = next_part(&rest, ',');

            if (!read_option(option, rule)) {
                return dyn_fail(error, "\"%.*s\": \"%.*s\" is no option of %.*s: write after it %s",
                                (int)text.len, text.data, (int)option.len, option.data,
                                (int)word.len, word.data, options_of(rule->source));
            }
            options = rest.len != 0;
        }

        return true;
    }

    return dyn_fail(
        error,
        "\"%.*s\" is no source of consent: write a variable, or one of cookie, gpc, dnt, "
        "onetrust, cookiebot, tcf, gpp and google",
        (int)text.len, text.data);
}

/* ---- consent managers that write text ---- */

/* False when it is longer than any that a consent manager writes. */
static bool decode(dyn_str_t text, char room[text_bytes_max], dyn_str_t *decoded)
{
    if (text.len > text_bytes_max) {
        return false;
    }
    *decoded = (dyn_str_t){room, dyn_percent_decode(text, false, room, NULL)};

    return true;
}

static bool name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/*
 * True when the text has the name, whole, then only quotes, blanks, `:` and `=`, and then the word, whole: as in {name:
 * 'word'}, {"name":"word"} and name=word&.
 */
static bool says(dyn_str_t text, dyn_str_t name, dyn_str_t word)
{
    for (size_t i = 0; i + name.len < text.len; i++) {
        size_t k = i + name.len;

        if (memcmp(text.data + i, name.data, name.len) != 0 ||
            (i > 0 && name_letter(text.data[i - 1])) || name_letter(text.data[k])) {
            continue;
        }
        while (k < text.len && memchr("'\" :=", text.data[k], 5) != NULL) {
            k++;
        }
        if (text.len - k >= word.len && memcmp(text.data + k, word.data, word.len) == 0 &&
            (text.len - k == word.len || !name_letter(text.data[k + word.len]))) {
            return true;
        }
    }

    return false;
}

static dyn_consent_t level_of(bool functional, bool full)
{
    if (!functional) {
        return DYN_CONSENT_NONE;
    }

    return full ? DYN_CONSENT_FULL : DYN_CONSENT_FUNCTIONAL;
}

static bool group_on(dyn_str_t groups, dyn_str_t wanted)
{
    while (groups.len != 0) {
        dyn_str_t value = next_part(&groups, ',');
        dyn_str_t name = next_part(&value, ':');

        if (dyn_str_equal(name, wanted)) {
            return dyn_str_equal(value, DYN_STR("1"));
        }
    }

    return false;
}

static dyn_consent_t read_onetrust(const dyn_consent_rule_t *rule, dyn_str_t text)
{
    char room[text_bytes_max];

    while (text.len != 0) {
        dyn_str_t value = next_part(&text, '&');
        dyn_str_t groups;

        if (begins(value, DYN_STR("groups="))) {
            return decode(after(value, DYN_STR("groups=")), room, &groups)
                       ? level_of(group_on(groups, rule->groups[0]),
                                  group_on(groups, rule->groups[1]))
                       : DYN_CONSENT_NONE;
        }
    }

    return DYN_CONSENT_NONE;
}

static dyn_consent_t read_cookiebot(dyn_str_t text)
{
    char room[text_bytes_max];

    if (!decode(text, room, &text)) {
        return DYN_CONSENT_NONE;
    }
    if (dyn_str_equal(text, DYN_STR("-1"))) {
        return DYN_CONSENT_FULL;
    }

    return level_of(says(text, DYN_STR("preferences"), DYN_STR("true")),
                    says(text, DYN_STR("statistics"), DYN_STR("true")));
}

static dyn_consent_t read_google(dyn_str_t text)
{
    char room[text_bytes_max];

    if (!decode(text, room, &text)) {
        return DYN_CONSENT_NONE;
    }

    return level_of(says(text, DYN_STR("personalization_storage"), DYN_STR("granted")),
                    says(text, DYN_STR("analytics_storage"), DYN_STR("granted")));
}

/* ---- IAB's strings: bits, six in a character ---- */

typedef struct {
    dyn_str_t text;
    size_t at;   /* in bits */
    bool broken; /* a character of another alphabet, or the end was passed */
} bits_t;

static bits_t bits_of(dyn_str_t text)
{
    return (bits_t){.text = text};
}

static size_t bits_left(const bits_t *bits)
{
    return bits->broken ? 0 : bits->text.len * 6 - bits->at;
}

/* base64url */
static int six_bits(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '-') {
        return 62;
    }

    return c == '_' ? 63 : -1;
}

static unsigned take(bits_t *bits, size_t count)
{
    unsigned value = 0;

    if (bits_left(bits) < count) {
        bits->broken = true;
    }
    for (size_t i = 0; i < count && !bits->broken; i++, bits->at++) {
        int six = six_bits(bits->text.data[bits->at / 6]);

        if (six < 0) {
            bits->broken = true;
        } else {
            value = value << 1 | ((unsigned)six >> (5 - bits->at % 6) & 1);
        }
    }

    return bits->broken ? 0 : value;
}

static void skip(bits_t *bits, size_t count)
{
    if (bits_left(bits) < count) {
        bits->broken = true;
    } else {
        bits->at += count;
    }
}

/* A list of vendors' ranges: the count of its entries is bounded by the bits that are left. */
static void skip_ranges(bits_t *bits)
{
    unsigned entries = take(bits, 12);

    for (unsigned i = 0; i < entries && !bits->broken; i++) {
        skip(bits, take(bits, 1) ? 32 : 16);
    }
}

static void skip_vendors(bits_t *bits)
{
    unsigned highest = take(bits, 16);

    if (take(bits, 1)) {
        skip_ranges(bits);
    } else {
        skip(bits, highest);
    }
}

/* The first is purpose 1. */
static dyn_consent_t level_of_purposes(unsigned purposes)
{
    bool one = purposes >> 23 & 1;
    bool five = purposes >> 19 & 1;
    bool six = purposes >> 18 & 1;
    bool eight = purposes >> 16 & 1;

    return level_of(one && five && six, eight);
}

static dyn_consent_t read_tcf(dyn_str_t text, bool core)
{
    bits_t bits = bits_of(next_part(&text, '.'));
    dyn_consent_t level = DYN_CONSENT_NONE;

    if (take(&bits, 6) != 2) {
        return DYN_CONSENT_NONE;
    }
    skip(&bits, 152 - 6);
    unsigned purposes = take(&bits, 24);

    skip(&bits, 213 - 176);
    skip_vendors(&bits);
    skip_vendors(&bits);

    unsigned restrictions = take(&bits, 12);

    for (unsigned i = 0; i < restrictions && !bits.broken; i++) {
        skip(&bits, 6 + 2);
        skip_ranges(&bits);
    }
    if (bits.broken) {
        return DYN_CONSENT_NONE;
    }
    if (core) {
        return level_of_purposes(purposes);
    }

    while (text.len != 0) {
        bits = bits_of(next_part(&text, '.'));

        if (take(&bits, 3) == 3) {
            purposes = take(&bits, 24);
            skip(&bits, 24);
            skip(&bits, 2 * (size_t)take(&bits, 6));
            level = bits.broken ? DYN_CONSENT_NONE : level_of_purposes(purposes);
        }
    }

    return level;
}

/* Two ones in a row end the number; 0 when it is broken or too large for anything here. */
static unsigned take_fibonacci(bits_t *bits)
{
    unsigned value = 0;
    unsigned fibonacci = 1;
    unsigned next = 2;
    bool one = false;

    while (fibonacci <= section_id_max) {
        bool again = one;

        one = take(bits, 1);
        if (bits->broken) {
            return 0;
        }
        if (one && again) {
            return value;
        }
        value += one ? fibonacci : 0;

        unsigned sum = fibonacci + next;

        fibonacci = next;
        next = sum;
    }
    bits->broken = true;

    return 0;
}

/* The numbers of the sections, in their order. Returns how many; 0 when the header cannot be read. */
static size_t read_gpp_header(dyn_str_t text, unsigned ids[sections_max])
{
    bits_t bits = bits_of(text);
    size_t count = 0;
    unsigned id = 0;

    /* type 3, version 1 */
    if (take(&bits, 12) != (3 << 6 | 1)) {
        return 0;
    }

    unsigned ranges = take(&bits, 12);

    for (unsigned i = 0; i < ranges; i++) {
        bool group = take(&bits, 1);

        id += take_fibonacci(&bits);
        unsigned more = group ? take_fibonacci(&bits) : 0;

        if (bits.broken || more >= sections_max || count + more >= sections_max) {
            return 0;
        }
        ids[count++] = id;
        for (; more > 0; more--) {
            ids[count++] = ++id;
        }
    }

    return bits.broken ? 0 : count;
}

/*
 * Where a section has its choices, each of two bits: X(id, name, highest version, first choice, choices). Between version
 * and choices are notices. The sections of Maryland, Indiana, Kentucky and Rhode Island have another form.
 */
#define GPP_SECTIONS(X)                                                            \
    X(7, usnat, 2, 18, 3) /* sale, sharing, targeted advertising */                \
    X(8, usca, 1, 12, 2)  /* sale, sharing */                                      \
    X(9, usva, 1, 12, 2)  /* sale, targeted advertising; so are all that follow */ \
    X(10, usco, 1, 12, 2)                                                          \
    X(11, usut, 1, 14, 2)                                                          \
    X(12, usct, 1, 12, 2)                                                          \
    X(13, usfl, 1, 12, 2)                                                          \
    X(14, usmt, 1, 12, 2)                                                          \
    X(15, usor, 1, 12, 2)                                                          \
    X(16, ustx, 1, 12, 2)                                                          \
    X(17, usde, 1, 12, 2)                                                          \
    X(18, usia, 1, 14, 2)                                                          \
    X(19, usne, 1, 12, 2)                                                          \
    X(20, usnh, 1, 12, 2)                                                          \
    X(21, usnj, 1, 12, 2)                                                          \
    X(22, ustn, 1, 12, 2)                                                          \
    X(23, usmn, 1, 12, 2)

enum {
    choice_not_applicable = 0,
    choice_opted_out = 1,
    choice_did_not = 2,
    subsection_gpc = 1,
    id_tcf = 2,
    id_us_privacy = 6
};

/* A version that is not known may say that the visitor opted out. */
static dyn_consent_t read_choices(dyn_str_t text, unsigned version_max, size_t first,
                                  unsigned choices, dyn_consent_t opted_out)
{
    bits_t bits = bits_of(next_part(&text, '.'));
    unsigned version = take(&bits, 6);
    dyn_consent_t level = DYN_CONSENT_SILENT;

    skip(&bits, first - 6);
    for (unsigned i = 0; i < choices; i++) {
        unsigned choice = take(&bits, 2);

        if (choice != choice_not_applicable) {
            level =
                dyn_consent_lower(level, choice == choice_did_not ? DYN_CONSENT_FULL : opted_out);
        }
    }
    if (bits.broken) {
        return DYN_CONSENT_NONE;
    }
    if (version == 0 || version > version_max) {
        return opted_out;
    }

    while (text.len != 0) {
        bits = bits_of(next_part(&text, '.'));

        if (take(&bits, 2) == subsection_gpc && take(&bits, 1)) {
            level = dyn_consent_lower(level, opted_out);
        }
        if (bits.broken) {
            return DYN_CONSENT_NONE;
        }
    }

    return level;
}

/* `1YNN`: version, notice, opted out of sale, under IAB's agreement. */
static dyn_consent_t read_us_privacy(dyn_str_t text, dyn_consent_t opted_out)
{
    if (text.len != 4 || text.data[0] != '1') {
        return DYN_CONSENT_NONE;
    }

    switch (text.data[2]) {
    case 'Y':
    case 'y':
        return opted_out;
    case 'N':
    case 'n':
        return DYN_CONSENT_FULL;
    case '-':
        return DYN_CONSENT_SILENT;
    default:
        return DYN_CONSENT_NONE;
    }
}

static dyn_consent_t read_section(const dyn_consent_rule_t *rule, unsigned id, dyn_str_t text)
{
    switch (id) {
    case id_tcf:
        return read_tcf(text, rule->core);
    case id_us_privacy:
        return read_us_privacy(text, rule->opted_out);
#define X(number, name, version, first, choices) \
    case number:                                 \
        return read_choices(text, version, first, choices, rule->opted_out);
        GPP_SECTIONS(X)
#undef X
    default:
        return DYN_CONSENT_SILENT;
    }
}

static dyn_consent_t read_gpp(const dyn_consent_rule_t *rule, dyn_str_t text)
{
    unsigned ids[sections_max];
    size_t count = read_gpp_header(next_part(&text, '~'), ids);
    dyn_consent_t level = count == 0 ? DYN_CONSENT_NONE : DYN_CONSENT_SILENT;

    for (size_t i = 0; i < count; i++) {
        dyn_str_t section = next_part(&text, '~');

        /* a header that names more sections than there are */
        level = dyn_consent_lower(level, section.len == 0 ? DYN_CONSENT_NONE
                                                          : read_section(rule, ids[i], section));
    }

    return text.len == 0 ? level : DYN_CONSENT_NONE;
}

/* ---- all ---- */

static dyn_consent_t read_word(dyn_str_t text, dyn_consent_t other)
{
    dyn_consent_t level;

    return dyn_consent_from_name(text, &level) ? level : other;
}

dyn_consent_t dyn_consent_read(const dyn_consent_rule_t *rule, dyn_str_t text)
{
    bool zero = dyn_str_equal(text, DYN_STR("0"));

    if (text.len == 0) {
        return DYN_CONSENT_SILENT;
    }

    switch (rule->source) {
    case DYN_CONSENT_FROM_VALUE:
        return read_word(text, zero ? DYN_CONSENT_NONE : DYN_CONSENT_FULL);
    case DYN_CONSENT_FROM_COOKIE:
        return read_word(text, DYN_CONSENT_NONE);
    case DYN_CONSENT_FROM_GPC:
    case DYN_CONSENT_FROM_DNT:
        return zero ? DYN_CONSENT_SILENT : DYN_CONSENT_NONE;
    case DYN_CONSENT_FROM_ONETRUST:
        return read_onetrust(rule, text);
    case DYN_CONSENT_FROM_COOKIEBOT:
        return read_cookiebot(text);
    case DYN_CONSENT_FROM_TCF:
        return read_tcf(text, rule->core);
    case DYN_CONSENT_FROM_GPP:
        return read_gpp(rule, text);
    case DYN_CONSENT_FROM_GOOGLE:
        return read_google(text);
    }

    return DYN_CONSENT_NONE;
}

dyn_consent_t dyn_consent_in_cookies(const dyn_consent_rule_t *rule, dyn_str_t header)
{
    dyn_consent_t level = DYN_CONSENT_SILENT;
    dyn_str_t text;

    while ((text = dyn_cookie_next(&header, rule->place)).len != 0) {
        level = dyn_consent_lower(level, dyn_consent_read(rule, text));
    }

    return level;
}
