/*
 * The marker scanner: finds the places of blocks in a streamed page. It changes no byte.
 *
 * It follows HTML's tokenizer far enough to know what is text and what is not: a marker `<!--dynstore:SLOT-->` counts where
 * a comment may begin; `</body` counts only as a real end tag (any case; white space, '/' or '>' behind the name): not in
 * script, style, textarea, title, other raw text, comments, CDATA or attribute values. Neither counts inside template or
 * noscript, whose content a browser does not show. SLOT is [a-z0-9_-]{1,32}.
 * https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 *
 * State survives any split of the input: feeding a page whole or byte by byte gives the same marks at the same places.
 *
 * Where the page alone does not say how a browser reads it (raw text or CDATA in svg or math whose nesting is in doubt,
 * a frameset, plaintext), nothing more is marked in that page: a missed mark only leaves the page unchanged, but a
 * wrong one breaks it. UTF-16 and UTF-32 pages (a byte order mark, or every second byte is 0) have no marks and stay
 * unchanged. Every other encoding of the web but ISO-2022-JP keeps `<`, `>`, quotes, `=`, `-` and `/` for themselves.
 */
#ifndef DYN_SCANNER_H
#define DYN_SCANNER_H

#include "engine/base/types.h"
#include "engine/base/limits.h"

typedef enum {
    DYN_SCAN_MORE,     /* the input is used up; `hold` of its last bytes may begin a mark */
    DYN_SCAN_MARKER,   /* a placeholder begins at `at` and ends before `end`; `slot` names it */
    DYN_SCAN_BODY_END, /* the end tag `</body` begins at `at` */
} dyn_scan_result_t;

/* Private; copied freely; no pointers into the input. */
typedef struct {
    uint8_t state;
    uint8_t pending; /* bytes since the `<` that began the undecided bytes */
    uint8_t match;   /* bytes matched of a word that the state waits for */
    uint8_t
        name_len; /* of the tag; names too long for `name` are cut, and equal no known word */
    uint8_t slot_len;
    uint8_t templates;     /* open template elements */
    uint8_t foreign;       /* what is known about surrounding svg and math */
    uint8_t foreign_depth; /* open elements of that kind */
    bool end_tag;
    bool self_closing;
    bool noscript;
    bool
        guarded; /* in raw text that a browser may read as markup: only its end tag may contain `<` */
    bool foreign_math; /* math began it, not svg */
    char name[17];
    char slot[DYN_SLOT_NAME_BYTES_MAX + 2];
} dyn_scanner_t;

typedef struct {
    /*
     * Offset into this input where the mark begins. Negative: it began that many bytes before this input, within the bytes
     * that the earlier call said to hold.
     */
    ptrdiff_t at;
    /* Offset into this input where scanning continues: after a marker, after the name of an end tag; len for MORE. */
    size_t end;
    /* DYN_SCAN_MARKER: points into the scanner, valid until the next call. */
    dyn_str_t slot;
    /*
     * How many of the last bytes must be held back because a mark may begin in them; at most DYN_SCAN_HOLD_MAX, 0 with
     * a mark. Earlier bytes may be sent at once.
     */
    size_t hold;
} dyn_scan_t;

/* `<!--dynstore:` + slot + `-->`, minus one: the most bytes that can be undecided. */
#define DYN_SCAN_HOLD_MAX (13 + DYN_SLOT_NAME_BYTES_MAX + 3 - 1)

void dyn_scanner_init(dyn_scanner_t *scanner);

/*
 * Reads input from offset `from` (0 at first; then scan->end to continue after a mark in the same input). Fills *scan.
 * Bytes held from earlier inputs are not passed again.
 */
dyn_scan_result_t dyn_scanner_feed(dyn_scanner_t *scanner, const char *input, size_t len,
                                   size_t from, dyn_scan_t *scan);

#endif
