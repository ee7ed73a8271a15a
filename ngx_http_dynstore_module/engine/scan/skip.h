/* Skips, at memory speed, what matters to no mark: plain tags of HTML content. Reads whole tags. */
#ifndef DYN_SCAN_SKIP_H
#define DYN_SCAN_SKIP_H

#include "engine/scan/scanner.h"

/*
 * p: in text between tags, outside svg and math. Returns the first `<` that does not begin a whole, plain tag whose name
 * has no effect, nor a whole comment, or end: there the scanner reads on. Agrees with the scanner's states on all that is skipped.
 * hidden: in template or noscript, where other end tags have an effect.
 * *candidate: where one was found that is not read yet, NULL at first, and the same again for the rest of the input.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end, bool hidden, const char **candidate);

/*
 * p: at the `<` of a tag. Reads it whole into the scanner's fields; returns behind its `>`. NULL when the input ends too
 * early or it is not of the usual shape: then the scanner begins with it byte by byte.
 */
const char *dyn_scan_read_tag(dyn_scanner_t *scanner, const char *p, const char *end);

/* The same in raw text, of the end tag whose name the scanner holds: NULL when it is anything but `</name>`. */
const char *dyn_scan_read_end_tag(dyn_scanner_t *scanner, const char *p, const char *end);

#endif
