#include "dyn_scanner.h"

#include <string.h>

#include "dyn_scan_find.h"

/* The states of the standard's tokenizer, under its names; those that differ only in parse errors are one. */
enum {
    FILE_START,
    FILE_START_FE,
    FILE_START_FF,
    DATA,
    TAG_OPEN,
    END_TAG_OPEN,
    TAG_NAME,
    BEFORE_ATTRIBUTE_NAME,
    ATTRIBUTE_NAME,
    AFTER_ATTRIBUTE_NAME,
    BEFORE_ATTRIBUTE_VALUE,
    VALUE_DOUBLE_QUOTED,
    VALUE_SINGLE_QUOTED,
    VALUE_UNQUOTED,
    SELF_CLOSING_START_TAG,
    BOGUS_COMMENT, /* and DOCTYPE: both end at the first '>' */
    MARKUP_DECLARATION_OPEN,
    MARKUP_DECLARATION_DASH,
    COMMENT_START,
    COMMENT_START_DASH,
    COMMENT,
    COMMENT_END_DASH,
    COMMENT_END,
    COMMENT_END_BANG,
    MARKER_WORD,
    MARKER_SLOT,
    CDATA_WORD,
    CDATA_SECTION,
    CDATA_BRACKET,
    CDATA_END,
    RAW, /* RCDATA and RAWTEXT */
    RAW_LESS_THAN,
    RAW_END_TAG_NAME,
    SCRIPT,
    SCRIPT_LESS_THAN,
    SCRIPT_ESCAPE_START,
    SCRIPT_ESCAPE_START_DASH,
    SCRIPT_END_TAG_NAME,
    ESCAPED,
    ESCAPED_DASH,
    ESCAPED_DASH_DASH,
    ESCAPED_LESS_THAN,
    ESCAPED_END_TAG_NAME,
    DOUBLE_ESCAPE_START,
    DOUBLE_ESCAPED,
    DOUBLE_ESCAPED_DASH,
    DOUBLE_ESCAPED_DASH_DASH,
    DOUBLE_ESCAPED_LESS_THAN,
    DOUBLE_ESCAPE_END,
    NOTHING_MORE, /* the rest of the page holds no marks */
};

/* What surrounds us decides whether `<style>` begins raw text and `<![CDATA[` a section. */
enum {
    HTML,
    FOREIGN,     /* certainly in svg or math */
    EITHER,      /* in svg or math, or an end tag has closed it unseen; an HTML start tag leaves it for certain */
    INTEGRATION, /* in svg or math, or in HTML inside it (foreignObject, mtext ...) */
};

static const char marker_word[] = "dynstore:";
static const char cdata_word[] = "[CDATA[";

#define TEMPLATES_MAX 255
#define FOREIGN_DEPTH_MAX 255

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool ends_tag_name(char c)
{
    return is_space(c) || c == '/' || c == '>';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_slot_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_named(const dyn_scanner_t *s, const char *name)
{
    return strcmp(s->name, name) == 0;
}

/* names: sorted. */
static bool is_one_of(const dyn_scanner_t *s, const char *const *names, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(s->name, names[middle]);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

#define IS_ONE_OF(s, names) is_one_of(s, names, sizeof(names) / sizeof(names[0]))

static bool is_raw_text(const dyn_scanner_t *s)
{
    static const char *const names[] = {"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"};
    return IS_ONE_OF(s, names);
}

/* Start tags that close svg and math around them. `font` does so only with some attributes. */
static bool leaves_foreign(const dyn_scanner_t *s)
{
    static const char *const names[] = {
        "b",       "big",    "blockquote", "body", "br",    "center", "code",  "dd",   "div",    "dl",     "dt",
        "em",      "embed",  "h1",         "h2",   "h3",    "h4",     "h5",    "h6",   "head",   "hr",     "i",
        "img",     "li",     "listing",    "menu", "meta",  "nobr",   "ol",    "p",    "pre",    "ruby",   "s",
        "small",   "span",   "strike",     "strong", "sub", "sup",    "table", "tt",   "u",      "ul",     "var",
    };
    return IS_ONE_OF(s, names);
}

/* Elements of svg and math whose content is HTML again. */
static bool may_hold_html(const dyn_scanner_t *s)
{
    static const char *const names[] = {"annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext"};
    return IS_ONE_OF(s, names);
}

/* End tags that close nothing but elements of svg; any other may close what surrounds the svg. */
static bool is_svg_element(const dyn_scanner_t *s)
{
    static const char *const names[] = {
        "animate", "circle", "clippath", "defs",    "ellipse",  "filter",         "g",      "image",   "line",
        "lineargradient", "marker", "mask", "metadata", "path",  "pattern", "polygon", "polyline", "radialgradient",
        "rect",    "script", "stop",     "style",   "switch",   "symbol",         "text",   "textpath", "title",
        "tspan",   "use",
    };
    return IS_ONE_OF(s, names);
}

static void enter_raw_text(dyn_scanner_t *s)
{
    bool certain = s->foreign == HTML;

    if (s->foreign == FOREIGN && !is_named(s, "title")) {
        return; /* an element of svg like any other */
    }
    if (s->self_closing && s->foreign != HTML) {
        if (s->foreign != FOREIGN) {
            s->state = NOTHING_MORE;
        }
        return;
    }
    s->guarded = !certain;
    s->state = certain && is_named(s, "script") ? SCRIPT : RAW;
}

static void enter_foreign(dyn_scanner_t *s, bool math)
{
    if (s->self_closing) {
        return;
    }
    if (s->foreign == HTML) {
        s->foreign = FOREIGN;
        s->foreign_math = math;
        s->foreign_depth = 1;
    } else if (s->foreign_math != math) {
        s->foreign = INTEGRATION;
    } else if (s->foreign_depth == FOREIGN_DEPTH_MAX) {
        s->state = NOTHING_MORE;
    } else {
        s->foreign_depth++;
        s->foreign = s->foreign == FOREIGN ? EITHER : s->foreign;
    }
}

static void finish_start_tag(dyn_scanner_t *s)
{
    bool closed = s->self_closing && s->foreign == FOREIGN;

    if (is_raw_text(s)) {
        enter_raw_text(s);
    } else if (is_named(s, "template")) {
        if (s->templates == TEMPLATES_MAX) {
            s->state = NOTHING_MORE;
        }
        s->templates = (uint8_t) (s->templates + !closed);
    } else if (is_named(s, "noscript")) {
        s->noscript = s->noscript || !closed;
    } else if (is_named(s, "svg") || is_named(s, "math")) {
        enter_foreign(s, is_named(s, "math"));
    } else if (is_named(s, "plaintext") || is_named(s, "frameset")) {
        s->state = s->foreign == FOREIGN ? DATA : NOTHING_MORE;
    } else if (s->foreign == HTML || s->foreign == INTEGRATION) {
        return;
    } else if (leaves_foreign(s)) {
        s->foreign = HTML;
    } else if (may_hold_html(s)) {
        s->foreign = closed ? FOREIGN : INTEGRATION;
    } else if (is_named(s, "font")) {
        s->foreign = EITHER;
    }
}

static void finish_end_tag(dyn_scanner_t *s)
{
    if (is_named(s, "template")) {
        s->templates = (uint8_t) (s->templates - (s->templates > 0));
    } else if (is_named(s, "noscript")) {
        s->noscript = false;
    }
    if (s->foreign == HTML) {
        return;
    }
    if (is_named(s, s->foreign_math ? "math" : "svg")) {
        s->foreign_depth--;
        if (s->foreign_depth == 0) {
            s->foreign = HTML;
        }
    } else if (s->foreign != INTEGRATION && (is_named(s, "p") || is_named(s, "br"))) {
        s->foreign = HTML;
    } else if (s->foreign == FOREIGN && !is_svg_element(s)) {
        s->foreign = EITHER;
    }
}

static void finish_tag(dyn_scanner_t *s)
{
    s->state = DATA;
    if (s->end_tag) {
        finish_end_tag(s);
    } else {
        finish_start_tag(s);
    }
}

static void begin_name(dyn_scanner_t *s, bool end_tag)
{
    s->end_tag = end_tag;
    s->self_closing = false;
    s->name_len = 0;
    s->name[0] = '\0';
}

static void add_to_name(dyn_scanner_t *s, char c)
{
    if (s->name_len < sizeof(s->name) - 1) {
        s->name[s->name_len] = lower(c);
        s->name_len++;
        s->name[s->name_len] = '\0';
    }
}

static bool may_mark(const dyn_scanner_t *s)
{
    return s->templates == 0 && !s->noscript;
}

/* How much of what was read since the last `<` may still become a mark. */
static bool is_undecided(const dyn_scanner_t *s)
{
    if (!may_mark(s)) {
        return false;
    }
    switch (s->state) {
    case TAG_OPEN:
    case END_TAG_OPEN:
    case MARKUP_DECLARATION_OPEN:
    case MARKUP_DECLARATION_DASH:
    case COMMENT_START:
    case MARKER_WORD:
    case MARKER_SLOT:
        return true;
    case TAG_NAME:
        return s->end_tag && s->name_len <= 4 && memcmp(s->name, "body", s->name_len) == 0;
    default:
        return false;
    }
}

/*
 * Whether the name behind `<` or `</` may need more than skipping. Only its first four letters are looked at (three for
 * svg and xmp), so it also stops for some harmless names. A tag name in HTML content only: svg needs every name.
 */
static bool may_matter(const char *name)
{
    static const char starts[16][4] = {
        "scri", "styl", "text", "titl", "temp", "ifra", "noem", "nofr", "nosc", "plai", "math", "fram", "body",
    };
    uint32_t word;
    memcpy(&word, name, sizeof(word));
    word |= 0x20202020;
    for (size_t i = 0; i < 13; i++) {
        uint32_t start;
        memcpy(&start, starts[i], sizeof(start));
        if (word == start) {
            return true;
        }
    }
    return memcmp(&word, "svg", 3) == 0 || memcmp(&word, "xmp", 3) == 0;
}

/*
 * Skips a whole tag of HTML content that has no effect on marks. NULL when the input ends too early or the tag is not of
 * the usual shape: then the states below take it, byte by byte; both must agree. p: at its `<`. Returns behind its `>`.
 */
static const char *skip_tag(const char *p, const char *end)
{
    if (end - p < 8) {
        return NULL;
    }
    const char *name = p + 1 + (p[1] == '/');
    if (!is_letter(*name) || may_matter(name)) {
        return NULL;
    }
    p = name + 1;
    const char *stop = dyn_scan_find_either(p, end, '>', '=');
    /* A name's `=` is no attribute's: the tag's name must have ended. */
    if (stop < end && *stop == '=' && dyn_scan_find_either(p, stop, ' ', '\n') == stop) {
        return NULL;
    }
    for (;;) {
        if (stop == end) {
            return NULL;
        }
        if (*stop == '>') {
            return stop + 1;
        }
        /* `=` begins a value only behind a name. */
        if (!is_letter(stop[-1]) || end - stop < 2) {
            return NULL;
        }
        p = stop + 1;
        if (*p == '"' || *p == '\'') {
            p = dyn_scan_find(p + 1, end, *p);
            if (p == end) {
                return NULL;
            }
            p++;
        } else if (is_space(*p)) {
            return NULL;
        } else {
            while (*p != '>' && !is_space(*p)) {
                p++;
                if (p == end) {
                    return NULL;
                }
            }
        }
        stop = dyn_scan_find_either(p, end, '>', '=');
    }
}

void dyn_scanner_init(dyn_scanner_t *scanner)
{
    memset(scanner, 0, sizeof(*scanner));
    scanner->state = FILE_START;
}

dyn_scan_result_t dyn_scanner_feed(dyn_scanner_t *s, const char *input, size_t len, size_t from, dyn_scan_t *scan)
{
    const char *p = input + from;
    const char *end = input + len;
    /* Offset of the `<` that began what is undecided. */
    ptrdiff_t start = -(ptrdiff_t) s->pending;

    *scan = (dyn_scan_t){.end = len};
    s->pending = 0;

    /* A state takes the byte with p++, or leaves it to the next state. */
    while (p < end) {
        char c = *p;

        switch (s->state) {
        case FILE_START:
            s->state = c == '\xfe' ? FILE_START_FE : c == '\xff' ? FILE_START_FF : DATA;
            p += s->state != DATA;
            break;
        case FILE_START_FE:
            s->state = c == '\xff' ? NOTHING_MORE : DATA;
            break;
        case FILE_START_FF:
            s->state = c == '\xfe' ? NOTHING_MORE : DATA;
            break;
        case NOTHING_MORE:
            p = end;
            break;

        case DATA:
            p = dyn_scan_find(p, end, '<');
            if (p == end) {
                break;
            }
            if (s->foreign == HTML) {
                const char *behind = skip_tag(p, end);
                if (behind != NULL) {
                    p = behind;
                    break;
                }
            }
            start = p - input;
            p++;
            s->state = TAG_OPEN;
            break;
        case TAG_OPEN:
            if (c == '/') {
                s->state = END_TAG_OPEN;
                p++;
            } else if (c == '!') {
                s->state = MARKUP_DECLARATION_OPEN;
                p++;
            } else if (c == '?') {
                s->state = BOGUS_COMMENT;
            } else if (is_letter(c)) {
                begin_name(s, false);
                s->state = TAG_NAME;
            } else {
                s->state = DATA;
            }
            break;
        case END_TAG_OPEN:
            if (is_letter(c)) {
                begin_name(s, true);
                s->state = TAG_NAME;
            } else {
                s->state = BOGUS_COMMENT;
            }
            break;
        case TAG_NAME:
            if (!ends_tag_name(c)) {
                add_to_name(s, c);
                p++;
                break;
            }
            /* White space, or what comes behind it: the byte is read again there. */
            s->state = BEFORE_ATTRIBUTE_NAME;
            if (s->end_tag && is_named(s, "body") && may_mark(s)) {
                scan->at = start;
                scan->end = (size_t) (p - input);
                return DYN_SCAN_BODY_END;
            }
            break;
        case BEFORE_ATTRIBUTE_NAME:
            p++;
            if (c == '>') {
                finish_tag(s);
            } else if (c == '/') {
                s->state = SELF_CLOSING_START_TAG;
            } else if (!is_space(c)) {
                s->state = ATTRIBUTE_NAME; /* even for '=' */
            }
            break;
        case ATTRIBUTE_NAME:
            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;
                p++;
            } else if (ends_tag_name(c)) {
                s->state = AFTER_ATTRIBUTE_NAME;
            } else {
                p++;
            }
            break;
        case AFTER_ATTRIBUTE_NAME:
            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;
                p++;
            } else if (is_space(c)) {
                p++;
            } else {
                s->state = BEFORE_ATTRIBUTE_NAME;
            }
            break;
        case BEFORE_ATTRIBUTE_VALUE:
            if (c == '"') {
                s->state = VALUE_DOUBLE_QUOTED;
                p++;
            } else if (c == '\'') {
                s->state = VALUE_SINGLE_QUOTED;
                p++;
            } else if (is_space(c)) {
                p++;
            } else {
                s->state = VALUE_UNQUOTED;
            }
            break;
        case VALUE_DOUBLE_QUOTED:
        case VALUE_SINGLE_QUOTED:
            p = dyn_scan_find(p, end, s->state == VALUE_DOUBLE_QUOTED ? '"' : '\'');
            if (p < end) {
                s->state = BEFORE_ATTRIBUTE_NAME;
                p++;
            }
            break;
        case VALUE_UNQUOTED:
            if (c == '>' || is_space(c)) {
                s->state = BEFORE_ATTRIBUTE_NAME;
            } else {
                p++;
            }
            break;
        case SELF_CLOSING_START_TAG:
            s->self_closing = c == '>';
            s->state = BEFORE_ATTRIBUTE_NAME;
            break;

        case BOGUS_COMMENT:
            p = dyn_scan_find(p, end, '>');
            if (p < end) {
                s->state = DATA;
                p++;
            }
            break;
        case MARKUP_DECLARATION_OPEN:
            s->match = 0;
            if (c == '-') {
                s->state = MARKUP_DECLARATION_DASH;
                p++;
            } else {
                s->state = c == '[' && s->foreign != HTML ? CDATA_WORD : BOGUS_COMMENT;
            }
            break;
        case MARKUP_DECLARATION_DASH:
            if (c == '-') {
                s->state = COMMENT_START;
                p++;
            } else {
                s->state = BOGUS_COMMENT;
            }
            break;
        case COMMENT_START:
            if (c == '>') {
                s->state = DATA;
                p++;
            } else if (c == '-') {
                s->state = COMMENT_START_DASH;
                p++;
            } else {
                s->state = c == marker_word[0] && may_mark(s) ? MARKER_WORD : COMMENT;
            }
            break;
        case COMMENT_START_DASH:
            if (c == '>') {
                s->state = DATA;
                p++;
            } else {
                s->state = COMMENT_END_DASH;
            }
            break;
        case COMMENT:
            p = dyn_scan_find(p, end, '-');
            if (p < end) {
                s->state = COMMENT_END_DASH;
                p++;
            }
            break;
        case COMMENT_END_DASH:
            s->state = c == '-' ? COMMENT_END : COMMENT;
            p++;
            break;
        case COMMENT_END:
            p++;
            if (c != '-') {
                s->state = c == '>' ? DATA : c == '!' ? COMMENT_END_BANG : COMMENT;
            }
            break;
        case COMMENT_END_BANG:
            p++;
            s->state = c == '>' ? DATA : c == '-' ? COMMENT_END_DASH : COMMENT;
            break;

        case MARKER_WORD:
            if (c != marker_word[s->match]) {
                s->state = COMMENT;
                break;
            }
            p++;
            s->match++;
            if (s->match == sizeof(marker_word) - 1) {
                s->state = MARKER_SLOT;
                s->slot_len = 0;
            }
            break;
        case MARKER_SLOT: {
            uint8_t n = s->slot_len;
            uint8_t dashes = (uint8_t) (n == 0 || s->slot[n - 1] != '-' ? 0 : n == 1 || s->slot[n - 2] != '-' ? 1 : 2);

            if (c == '>' && dashes == 2 && n > 2) {
                s->state = DATA;
                scan->at = start;
                scan->end = (size_t) (p + 1 - input);
                scan->slot = (dyn_str_t){s->slot, (size_t) n - 2};
                return DYN_SCAN_MARKER;
            }
            if (is_slot_byte(c) && n < sizeof(s->slot)) {
                s->slot[n] = c;
                s->slot_len++;
                p++;
                break;
            }
            s->state = (uint8_t) (dashes == 0 ? COMMENT : dashes == 1 ? COMMENT_END_DASH : COMMENT_END);
            break;
        }

        case CDATA_WORD:
            if (c != cdata_word[s->match]) {
                s->state = BOGUS_COMMENT;
                break;
            }
            p++;
            s->match++;
            if (s->match == sizeof(cdata_word) - 1) {
                s->state = CDATA_SECTION;
            }
            break;
        case CDATA_SECTION:
            p = dyn_scan_find_either(p, end, ']', '>');
            if (p < end) {
                /* As a bogus comment it would end here. */
                s->state = *p == ']' ? CDATA_BRACKET : s->foreign == FOREIGN ? CDATA_SECTION : NOTHING_MORE;
                p++;
            }
            break;
        case CDATA_BRACKET:
            if (c == ']') {
                s->state = CDATA_END;
                p++;
            } else {
                s->state = CDATA_SECTION;
            }
            break;
        case CDATA_END:
            if (c == ']') {
                p++;
            } else if (c == '>') {
                s->state = DATA;
                p++;
            } else {
                s->state = CDATA_SECTION;
            }
            break;

        case RAW:
            p = dyn_scan_find(p, end, '<');
            if (p < end) {
                s->state = RAW_LESS_THAN;
                p++;
            }
            break;
        case RAW_LESS_THAN:
            s->match = 0;
            if (c == '/') {
                s->state = RAW_END_TAG_NAME;
                p++;
            } else {
                s->state = s->guarded ? NOTHING_MORE : RAW;
            }
            break;
        case SCRIPT:
            p = dyn_scan_find(p, end, '<');
            if (p < end) {
                s->state = SCRIPT_LESS_THAN;
                p++;
            }
            break;
        case SCRIPT_LESS_THAN:
            s->match = 0;
            if (c == '/') {
                s->state = SCRIPT_END_TAG_NAME;
                p++;
            } else if (c == '!') {
                s->state = SCRIPT_ESCAPE_START;
                p++;
            } else {
                s->state = SCRIPT;
            }
            break;
        case SCRIPT_ESCAPE_START:
            if (c == '-') {
                s->state = SCRIPT_ESCAPE_START_DASH;
                p++;
            } else {
                s->state = SCRIPT;
            }
            break;
        case SCRIPT_ESCAPE_START_DASH:
            if (c == '-') {
                s->state = ESCAPED_DASH_DASH;
                p++;
            } else {
                s->state = SCRIPT;
            }
            break;
        case RAW_END_TAG_NAME:
        case SCRIPT_END_TAG_NAME:
        case ESCAPED_END_TAG_NAME:
            if (s->match < s->name_len) {
                if (lower(c) == s->name[s->match]) {
                    s->match++;
                    p++;
                    break;
                }
            } else if (ends_tag_name(c)) {
                s->end_tag = true;
                s->self_closing = false;
                s->state = BEFORE_ATTRIBUTE_NAME;
                break;
            }
            if (s->state == RAW_END_TAG_NAME) {
                s->state = s->guarded ? NOTHING_MORE : RAW;
            } else {
                s->state = s->state == SCRIPT_END_TAG_NAME ? SCRIPT : ESCAPED;
            }
            break;

        case ESCAPED:
        case DOUBLE_ESCAPED:
            p = dyn_scan_find_either(p, end, '-', '<');
            if (p < end) {
                if (s->state == ESCAPED) {
                    s->state = *p == '-' ? ESCAPED_DASH : ESCAPED_LESS_THAN;
                } else {
                    s->state = *p == '-' ? DOUBLE_ESCAPED_DASH : DOUBLE_ESCAPED_LESS_THAN;
                }
                p++;
            }
            break;
        case ESCAPED_DASH:
            if (c == '-') {
                s->state = ESCAPED_DASH_DASH;
                p++;
            } else {
                s->state = ESCAPED;
            }
            break;
        case ESCAPED_DASH_DASH:
            if (c == '-') {
                p++;
            } else if (c == '>') {
                s->state = SCRIPT;
                p++;
            } else {
                s->state = ESCAPED;
            }
            break;
        case ESCAPED_LESS_THAN:
            s->match = 0;
            if (c == '/') {
                s->state = ESCAPED_END_TAG_NAME;
                p++;
            } else {
                s->state = is_letter(c) ? DOUBLE_ESCAPE_START : ESCAPED;
            }
            break;
        case DOUBLE_ESCAPED_DASH:
            if (c == '-') {
                s->state = DOUBLE_ESCAPED_DASH_DASH;
                p++;
            } else {
                s->state = DOUBLE_ESCAPED;
            }
            break;
        case DOUBLE_ESCAPED_DASH_DASH:
            if (c == '-') {
                p++;
            } else if (c == '>') {
                s->state = SCRIPT;
                p++;
            } else {
                s->state = DOUBLE_ESCAPED;
            }
            break;
        case DOUBLE_ESCAPED_LESS_THAN:
            s->match = 0;
            if (c == '/') {
                s->state = DOUBLE_ESCAPE_END;
                p++;
            } else {
                s->state = DOUBLE_ESCAPED;
            }
            break;
        case DOUBLE_ESCAPE_START:
        case DOUBLE_ESCAPE_END: {
            bool starts = s->state == DOUBLE_ESCAPE_START;

            if (s->match < s->name_len && lower(c) == s->name[s->match]) {
                s->match++;
                p++;
            } else if (s->match == s->name_len && ends_tag_name(c)) {
                s->state = starts ? DOUBLE_ESCAPED : ESCAPED;
                p++;
            } else {
                s->state = starts ? ESCAPED : DOUBLE_ESCAPED;
            }
            break;
        }
        }
    }

    if (is_undecided(s)) {
        scan->hold = (size_t) ((ptrdiff_t) len - start);
        s->pending = (uint8_t) scan->hold;
    }
    return DYN_SCAN_MORE;
}
