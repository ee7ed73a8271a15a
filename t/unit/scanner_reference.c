#include "scanner_reference.h"

#include <string.h>
#include <strings.h>

static bool space_at(const char *h, size_t n, size_t i)
{
    return i < n && strchr(" \t\n\r\f", h[i]) != NULL && h[i] != '\0';
}

static bool name_ends_at(const char *h, size_t n, size_t i)
{
    return i < n && (space_at(h, n, i) || h[i] == '/' || h[i] == '>');
}

static bool text_at(const char *h, size_t n, size_t i, const char *text)
{
    return i + strlen(text) <= n && strncasecmp(h + i, text, strlen(text)) == 0;
}

static bool tag_at(const char *h, size_t n, size_t i, const char *start, const char *name)
{
    return text_at(h, n, i, start) && text_at(h, n, i + strlen(start), name) &&
           name_ends_at(h, n, i + strlen(start) + strlen(name));
}

static bool letter_at(const char *h, size_t n, size_t i)
{
    return i < n && ((h[i] >= 'a' && h[i] <= 'z') || (h[i] >= 'A' && h[i] <= 'Z'));
}

static size_t behind_greater_than(const char *h, size_t n, size_t i)
{
    while (i < n && h[i] != '>') {
        i++;
    }
    return i < n ? i + 1 : n;
}

/* i: at `<!--`. */
static size_t behind_comment(const char *h, size_t n, size_t i)
{
    i += 4;
    if (text_at(h, n, i, ">")) {
        return i + 1;
    }
    if (text_at(h, n, i, "->")) {
        return i + 2;
    }
    for (; i < n; i++) {
        if (text_at(h, n, i, "-->")) {
            return i + 3;
        }
        if (text_at(h, n, i, "--!>")) {
            return i + 4;
        }
    }
    return n;
}

static size_t at_raw_text_end(const char *h, size_t n, size_t i, const char *name)
{
    while (i < n && !tag_at(h, n, i, "</", name)) {
        i++;
    }
    return i;
}

static size_t at_script_end(const char *h, size_t n, size_t i)
{
    int escaped = 0;
    while (i < n) {
        if (escaped == 0 && text_at(h, n, i, "<!--")) {
            escaped = 1;
            i += 2; /* its dashes may be those of `-->` */
        } else if (escaped > 0 && text_at(h, n, i, "-->")) {
            escaped = 0;
            i += 3;
        } else if (escaped < 2 && tag_at(h, n, i, "</", "script")) {
            return i;
        } else if (escaped == 2 && tag_at(h, n, i, "</", "script")) {
            escaped = 1;
            i += 9;
        } else if (escaped == 1 && tag_at(h, n, i, "<", "script")) {
            escaped = 2;
            i += 8;
        } else {
            i++;
        }
    }
    return n;
}

/* i: behind the tag's name. Returns behind its '>'. */
static size_t behind_attributes(const char *h, size_t n, size_t i)
{
    for (;;) {
        while (i < n && (space_at(h, n, i) || h[i] == '/')) {
            i++;
        }
        if (i >= n || h[i] == '>') {
            return i < n ? i + 1 : n;
        }
        i++;
        while (i < n && !name_ends_at(h, n, i) && h[i] != '=') {
            i++;
        }
        size_t k = i;
        while (space_at(h, n, k)) {
            k++;
        }
        if (k >= n || h[k] != '=') {
            continue;
        }
        k++;
        while (space_at(h, n, k)) {
            k++;
        }
        if (k < n && (h[k] == '"' || h[k] == '\'')) {
            const char *close = memchr(h + k + 1, h[k], n - k - 1);
            i = close != NULL ? (size_t)(close - h) + 1 : n;
        } else {
            i = k;
            while (i < n && h[i] != '>' && !space_at(h, n, i)) {
                i++;
            }
        }
    }
}

void scanner_reference_marks(const char *h, size_t n, scanner_marks_t *marks)
{
    static const char *const raw[] = {"style",  "textarea", "title",   "xmp",
                                      "iframe", "noembed",  "noframes"};
    int templates = 0;
    bool noscript = false;
    size_t i = 0;

    marks->count = 0;
    while (i < n) {
        if (h[i] != '<') {
            i++;
            continue;
        }
        if (text_at(h, n, i, "<!--")) {
            size_t behind = behind_comment(h, n, i);
            size_t slot = i + 13;
            if (!noscript && templates == 0 && i + 17 <= behind &&
                memcmp(h + i, "<!--dynstore:", 13) == 0 && memcmp(h + behind - 3, "-->", 3) == 0 &&
                behind - 3 - slot <= 32 &&
                behind - 3 - slot ==
                    strspn(h + slot, "abcdefghijklmnopqrstuvwxyz0123456789_-") - 2) {
                scanner_marks_add(marks, i, h + slot, behind - 3 - slot);
            }
            i = behind;
            continue;
        }
        bool end_tag = text_at(h, n, i, "</");
        size_t name = i + 1 + end_tag;
        if (!letter_at(h, n, name)) {
            bool bogus = end_tag || text_at(h, n, i, "<!") || text_at(h, n, i, "<?");
            i = bogus ? behind_greater_than(h, n, i + 1) : i + 1;
            continue;
        }
        size_t k = name;
        while (k < n && !name_ends_at(h, n, k)) {
            k++;
        }
        if (tag_at(h, n, i, "</", "body") && !noscript && templates == 0) {
            scanner_marks_add(marks, i, SCANNER_BODY, strlen(SCANNER_BODY));
        }
        size_t behind = behind_attributes(h, n, k);
        if (tag_at(h, n, i, "</", "template")) {
            templates -= templates > 0;
        } else if (tag_at(h, n, i, "</", "noscript")) {
            noscript = false;
        } else if (tag_at(h, n, i, "<", "template")) {
            templates++;
        } else if (tag_at(h, n, i, "<", "noscript")) {
            noscript = true;
        } else if (tag_at(h, n, i, "<", "script")) {
            behind = at_script_end(h, n, behind);
        } else if (tag_at(h, n, i, "<", "plaintext") || tag_at(h, n, i, "<", "frameset")) {
            return;
        }
        for (size_t r = 0; r < sizeof(raw) / sizeof(raw[0]); r++) {
            if (tag_at(h, n, i, "<", raw[r])) {
                behind = at_raw_text_end(h, n, behind, raw[r]);
            }
        }
        i = behind;
    }
}
