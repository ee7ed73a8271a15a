/*
 * What a finished tag changes for the marker scanner: the part of HTML's tree construction that decides how the text
 * behind the tag is read, and whether marks count there. https://html.spec.whatwg.org/multipage/parsing.html#tree-construction
 *
 * No tree is kept. In svg and math, where `<style>` is markup and `<![CDATA[` a section, an end tag or an HTML element may
 * have closed what is open; then both readings are followed while they agree, and where they part nothing more is marked.
 */
#ifndef DYN_SCAN_ELEMENTS_H
#define DYN_SCAN_ELEMENTS_H

#include "engine/scan/scanner.h"

/* dyn_scanner_t.foreign */
enum {
    DYN_SCAN_HTML,
    DYN_SCAN_FOREIGN, /* certainly in svg or math */
    DYN_SCAN_EITHER, /* in svg or math, or an end tag has closed it unseen; an HTML start tag leaves it for certain */
    DYN_SCAN_INTEGRATION, /* in svg or math, or in HTML inside it (foreignObject, mtext ...) */
};

/* How the text behind a tag is read. */
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
