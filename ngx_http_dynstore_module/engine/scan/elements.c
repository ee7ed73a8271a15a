#include "engine/scan/elements.h"

#include <string.h>

#define TEMPLATES_MAX UINT8_MAX
#define FOREIGN_DEPTH_MAX UINT8_MAX

/* For literal names the compiler compares several bytes at once. */
#define IS_NAMED(s, word) \
    ((s)->name_len == sizeof(word) - 1 && memcmp((s)->name, word, sizeof(word) - 1) == 0)

/* names: sorted. */
static bool is_one_of(const dyn_scanner_t *s, const char *const *names, size_t count)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = s->name[0] - names[middle][0];
        order = order != 0 ? order : strcmp(s->name, names[middle]);
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
    return IS_NAMED(s, "script") || IS_NAMED(s, "style") || IS_NAMED(s, "textarea") ||
           IS_NAMED(s, "title") || IS_NAMED(s, "iframe") || IS_NAMED(s, "xmp") ||
           IS_NAMED(s, "noembed") || IS_NAMED(s, "noframes");
}

/* Start tags that close svg and math around them. `font` does so only with some attributes. */
static bool leaves_foreign(const dyn_scanner_t *s)
{
    static const char *const names[] = {
        "b",      "big",  "blockquote", "body",  "br",   "center", "code",    "dd",   "div",
        "dl",     "dt",   "em",         "embed", "h1",   "h2",     "h3",      "h4",   "h5",
        "h6",     "head", "hr",         "i",     "img",  "li",     "listing", "menu", "meta",
        "nobr",   "ol",   "p",          "pre",   "ruby", "s",      "small",   "span", "strike",
        "strong", "sub",  "sup",        "table", "tt",   "u",      "ul",      "var",
    };
    return IS_ONE_OF(s, names);
}

/* Elements of svg and math whose content is HTML again. */
static bool may_hold_html(const dyn_scanner_t *s)
{
    static const char *const names[] = {
        "annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext"};
    return IS_ONE_OF(s, names);
}

/* End tags that close nothing but elements of svg; any other may close what surrounds the svg. */
static bool is_svg_element(const dyn_scanner_t *s)
{
    if (IS_NAMED(s, "path") || IS_NAMED(s, "g")) { /* most elements of an icon */
        return true;
    }
    static const char *const names[] = {
        "animate",  "circle",   "clippath", "defs",           "ellipse",  "filter",
        "g",        "image",    "line",     "lineargradient", "marker",   "mask",
        "metadata", "path",     "pattern",  "polygon",        "polyline", "radialgradient",
        "rect",     "script",   "stop",     "style",          "switch",   "symbol",
        "text",     "textpath", "title",    "tspan",          "use",
    };
    return IS_ONE_OF(s, names);
}

static dyn_scan_then_t begin_raw_text(dyn_scanner_t *s)
{
    if (s->foreign == DYN_SCAN_FOREIGN && (s->self_closing || !IS_NAMED(s, "title"))) {
        return DYN_SCAN_THEN_DATA; /* an element of svg like any other */
    }
    if (s->foreign != DYN_SCAN_HTML && s->self_closing) {
        return DYN_SCAN_THEN_NOTHING;
    }
    s->guarded = s->foreign != DYN_SCAN_HTML;
    return IS_NAMED(s, "script") && !s->guarded ? DYN_SCAN_THEN_SCRIPT : DYN_SCAN_THEN_RAW;
}

static dyn_scan_then_t begin_foreign(dyn_scanner_t *s, bool math)
{
    if (s->self_closing) {
        return DYN_SCAN_THEN_DATA;
    }
    if (s->foreign == DYN_SCAN_HTML) {
        s->foreign = DYN_SCAN_FOREIGN;
        s->foreign_math = math;
        s->foreign_depth = 1;
    } else if (s->foreign_math != math) {
        s->foreign = DYN_SCAN_INTEGRATION;
    } else if (s->foreign_depth == FOREIGN_DEPTH_MAX) {
        return DYN_SCAN_THEN_NOTHING;
    } else {
        s->foreign_depth++;
        s->foreign = s->foreign == DYN_SCAN_FOREIGN ? DYN_SCAN_EITHER : s->foreign;
    }
    return DYN_SCAN_THEN_DATA;
}

dyn_scan_then_t dyn_scan_start_tag(dyn_scanner_t *s)
{
    bool closed = s->self_closing && s->foreign == DYN_SCAN_FOREIGN;

    if (s->foreign == DYN_SCAN_FOREIGN && is_svg_element(s) && !IS_NAMED(s, "title")) {
        return DYN_SCAN_THEN_DATA; /* nearly all end tags of an icon */
    }
    if (is_raw_text(s)) {
        return begin_raw_text(s);
    }
    if (IS_NAMED(s, "svg") || IS_NAMED(s, "math")) {
        return begin_foreign(s, IS_NAMED(s, "math"));
    }
    if (IS_NAMED(s, "plaintext") || IS_NAMED(s, "frameset")) {
        return s->foreign == DYN_SCAN_FOREIGN ? DYN_SCAN_THEN_DATA : DYN_SCAN_THEN_NOTHING;
    }
    if (IS_NAMED(s, "template") && !closed) {
        if (s->templates == TEMPLATES_MAX) {
            return DYN_SCAN_THEN_NOTHING;
        }
        s->templates++;
    } else if (IS_NAMED(s, "noscript") && !closed) {
        s->noscript = true;
    }
    if (s->foreign == DYN_SCAN_FOREIGN || s->foreign == DYN_SCAN_EITHER) {
        if (leaves_foreign(s)) {
            s->foreign = DYN_SCAN_HTML;
        } else if (may_hold_html(s) && !closed) {
            s->foreign = DYN_SCAN_INTEGRATION;
        } else if (IS_NAMED(s, "font")) {
            s->foreign = DYN_SCAN_EITHER;
        }
    }
    return DYN_SCAN_THEN_DATA;
}

dyn_scan_then_t dyn_scan_end_tag(dyn_scanner_t *s)
{
    if (IS_NAMED(s, "template")) {
        s->templates = (uint8_t)(s->templates - (s->templates > 0));
    } else if (IS_NAMED(s, "noscript")) {
        s->noscript = false;
    }
    if (s->foreign == DYN_SCAN_HTML) {
        return DYN_SCAN_THEN_DATA;
    }
    if (s->foreign_math ? IS_NAMED(s, "math") : IS_NAMED(s, "svg")) {
        s->foreign_depth--;
        if (s->foreign_depth == 0) {
            s->foreign = DYN_SCAN_HTML;
        }
    } else if (s->foreign != DYN_SCAN_INTEGRATION && (IS_NAMED(s, "p") || IS_NAMED(s, "br"))) {
        s->foreign = DYN_SCAN_HTML;
    } else if (s->foreign == DYN_SCAN_FOREIGN && !is_svg_element(s)) {
        s->foreign = DYN_SCAN_EITHER;
    }
    return DYN_SCAN_THEN_DATA;
}
