#include "engine/scan/scanner.h"

#include <string.h>

#include "engine/scan/elements.h"
#include "engine/scan/find.h"
#include "engine/scan/skip.h"

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

static const char marker_word[] = "dynstore:";
static const char cdata_word[] = "[CDATA[";

static bool is_slot_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static void finish_tag(dyn_scanner_t *s)
{
    switch (s->end_tag ? dyn_scan_end_tag(s) : dyn_scan_start_tag(s)) {
    case DYN_SCAN_THEN_DATA:
        s->state = DATA;
        break;
    case DYN_SCAN_THEN_RAW:
        s->state = RAW;
        break;
    case DYN_SCAN_THEN_SCRIPT:
        s->state = SCRIPT;
        break;
    case DYN_SCAN_THEN_NOTHING:
        s->state = NOTHING_MORE;
        break;
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
        s->name[s->name_len] = c == '\0' ? '?' : dyn_scan_lower(c); /* 0 is part of a name */
        s->name_len++;
        s->name[s->name_len] = '\0';
    }
}

static bool may_mark(const dyn_scanner_t *s)
{
    return s->templates == 0 && !s->noscript;
}

static bool is_body_end(const dyn_scanner_t *s)
{
    return s->end_tag && strcmp(s->name, "body") == 0 && may_mark(s);
}

/* How many bytes since the last `<` may still become a mark. */
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

void dyn_scanner_init(dyn_scanner_t *scanner)
{
    memset(scanner, 0, sizeof(*scanner));
    scanner->state = FILE_START;
}

dyn_scan_result_t dyn_scanner_feed(dyn_scanner_t *s, const char *input, size_t len, size_t from,
                                   dyn_scan_t *scan)
{
    const char *p = input + from;
    const char *end = input + len;
    const char *candidate = NULL;
    /* Offset of the `<` that began the undecided bytes. */
    ptrdiff_t start = -(ptrdiff_t)s->pending;

    *scan = (dyn_scan_t){.end = len};
    s->pending = 0;

    /* A state takes the byte with p++, or leaves it to the next state. */
    while (p < end) {
        const char *behind;
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
            p = s->foreign == DYN_SCAN_HTML ? dyn_scan_skip_tags(p, end, !may_mark(s), &candidate)
                                            : dyn_scan_find(p, end, '<');
            if (p == end) {
                break;
            }
            behind = dyn_scan_read_tag(s, p, end);
            if (behind != NULL && !is_body_end(s)) {
                p = behind;
                finish_tag(s);
            } else {
                start = p - input;
                s->state = TAG_OPEN;
                p++;
            }
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
            } else if (dyn_scan_is_letter(c)) {
                begin_name(s, false);
                s->state = TAG_NAME;
            } else {
                s->state = DATA;
            }
            break;
        case END_TAG_OPEN:
            if (dyn_scan_is_letter(c)) {
                begin_name(s, true);
                s->state = TAG_NAME;
            } else {
                s->state = BOGUS_COMMENT;
            }
            break;
        case TAG_NAME:
            if (!dyn_scan_ends_name(c)) {
                add_to_name(s, c);
                p++;
                break;
            }
            /* White space, or what comes after it: the byte is read again in that state. */
            s->state = BEFORE_ATTRIBUTE_NAME;
            if (is_body_end(s)) {
                scan->at = start;
                scan->end = (size_t)(p - input);
                return DYN_SCAN_BODY_END;
            }
            break;
        case BEFORE_ATTRIBUTE_NAME:
            p++;
            if (c == '>') {
                finish_tag(s);
            } else if (c == '/') {
                s->state = SELF_CLOSING_START_TAG;
            } else if (!dyn_scan_is_space(c)) {
                s->state = ATTRIBUTE_NAME; /* even for '=' */
            }
            break;
        case ATTRIBUTE_NAME:
            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;
                p++;
            } else if (dyn_scan_ends_name(c)) {
                s->state = AFTER_ATTRIBUTE_NAME;
            } else {
                do {
                    p++;
                } while (p < end && *p != '=' && !dyn_scan_ends_name(*p));
            }
            break;
        case AFTER_ATTRIBUTE_NAME:
            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;
                p++;
            } else if (dyn_scan_is_space(c)) {
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
            } else if (dyn_scan_is_space(c)) {
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
            if (c == '>' || dyn_scan_is_space(c)) {
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
            p = dyn_scan_find_far(p, end, '>');
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
                s->state = c == '[' && s->foreign != DYN_SCAN_HTML ? CDATA_WORD : BOGUS_COMMENT;
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
            p = dyn_scan_find_pair(p, end, '-', '-', '-');
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
            while (p < end && s->match < sizeof(marker_word) - 1 && *p == marker_word[s->match]) {
                p++;
                s->match++;
            }
            if (s->match == sizeof(marker_word) - 1) {
                s->state = MARKER_SLOT;
                s->slot_len = 0;
            } else if (p < end) {
                s->state = COMMENT;
            }
            break;
        case MARKER_SLOT: {
            uint8_t n = s->slot_len;
            uint8_t dashes = (uint8_t)(n == 0 || s->slot[n - 1] != '-'   ? 0
                                       : n == 1 || s->slot[n - 2] != '-' ? 1
                                                                         : 2);

            if (c == '>' && dashes == 2 && n > 2) {
                s->state = DATA;
                scan->at = start;
                scan->end = (size_t)(p + 1 - input);
                scan->slot = (dyn_str_t){s->slot, (size_t)n - 2};
                return DYN_SCAN_MARKER;
            }
            if (is_slot_byte(c) && n < sizeof(s->slot)) {
                s->slot[n] = c;
                s->slot_len++;
                p++;
                break;
            }
            s->state = (uint8_t)(dashes == 0   ? COMMENT
                                 : dashes == 1 ? COMMENT_END_DASH
                                               : COMMENT_END);
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
                /* A bogus comment would end here. */
                s->state = *p == ']'                        ? CDATA_BRACKET
                           : s->foreign == DYN_SCAN_FOREIGN ? CDATA_SECTION
                                                            : NOTHING_MORE;
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
        case SCRIPT:
            p = s->guarded ? dyn_scan_find_far(p, end, '<')
                           : dyn_scan_find_pair(p, end, '<', '/', s->state == RAW ? '/' : '!');
            behind = dyn_scan_read_end_tag(s, p, end);
            if (behind != NULL) {
                p = behind;
                finish_tag(s);
            } else if (p < end) {
                s->state = s->state == RAW ? RAW_LESS_THAN : SCRIPT_LESS_THAN;
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
                if (dyn_scan_lower(c) == s->name[s->match]) {
                    s->match++;
                    p++;
                    break;
                }
            } else if (dyn_scan_ends_name(c)) {
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
                s->state = dyn_scan_is_letter(c) ? DOUBLE_ESCAPE_START : ESCAPED;
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

            if (s->match < s->name_len && dyn_scan_lower(c) == s->name[s->match]) {
                s->match++;
                p++;
            } else if (s->match == s->name_len && dyn_scan_ends_name(c)) {
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
        scan->hold = (size_t)((ptrdiff_t)len - start);
        s->pending = (uint8_t)scan->hold;
    }
    return DYN_SCAN_MORE;
}
