/* Skips, at memory speed, what matters to no mark: plain tags of HTML content. Reads whole tags. */
#ifndef DYN_SCAN_SKIP_H
#define DYN_SCAN_SKIP_H

#include "dyn_scanner.h"

/*
 * p: in text between tags, outside svg and math. Returns the first `<` that does not begin a whole, plain tag whose name
 * has no effect (the scanner then reads it byte by byte), or end. Agrees with the scanner's states on every tag skipped.
 * hidden: in template or noscript, where other end tags have an effect.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end, bool hidden);

/*
 * p: at the `<` of a tag. Reads it whole into the scanner's fields; returns behind its `>`. NULL when the input ends too
 * early or it is not of the usual shape: then the scanner begins with it byte by byte.
 */
const char *dyn_scan_read_tag(dyn_scanner_t *scanner, const char *p, const char *end);

#endif
