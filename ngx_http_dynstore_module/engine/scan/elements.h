/*
 * How a tag changes the state of the marker scanner: the part of HTML's tree construction that decides how the text
 * after the tag is read, and whether marks count there.
 * https://html.spec.whatwg.org/multipage/parsing.html#tree-construction
 *
 * No tree is kept. In svg and math, where `<style>` is markup and `<![CDATA[` a section, an end tag or an HTML element
 * may have closed what is open; then the scanner follows both readings while they agree, and marks nothing more once
 * they differ.
 */
#ifndef DYN_SCAN_ELEMENTS_H
#define DYN_SCAN_ELEMENTS_H

#include "engine/scan/scanner.h"

/* dyn_scanner_t.foreign */
enum {
    DYN_SCAN_HTML,
    DYN_SCAN_FOREIGN, /* certainly in svg or math */
    DYN_SCAN_EITHER, /* in svg or math, or already closed by an end tag; an HTML start tag certainly leaves it */
    DYN_SCAN_INTEGRATION, /* in svg or math, or in HTML inside it (foreignObject, mtext ...) */
};

/* How the text after a tag is read. */
typedef enum {
    DYN_SCAN_THEN_DATA,
    DYN_SCAN_THEN_RAW,
    DYN_SCAN_THEN_SCRIPT,
    DYN_SCAN_THEN_NOTHING, /* the rest of the page holds no marks */
} dyn_scan_then_t;

/* The tag's name is in scanner->name, in small letters, terminated. */
dyn_scan_then_t dyn_scan_start_tag(dyn_scanner_t *scanner);
dyn_scan_then_t dyn_scan_end_tag(dyn_scanner_t *scanner);

#endif
