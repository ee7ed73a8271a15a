/* Skips tags and text that have no effect on marks, at the speed of memory. Reads only whole tags. */
#ifndef DYN_SCAN_SKIP_H
#define DYN_SCAN_SKIP_H

#include "engine/scan/scanner.h"

/*
 * p: in text between tags, outside svg and math. Returns the first `<` that begins neither a whole, plain tag without
 * an effect nor a whole comment, or `end`; the scanner continues there. It agrees with the scanner's states about
 * everything skipped. hidden: in template or noscript, where other end tags have an effect. *candidate: where one was
 * found that is not read yet, NULL at first, and the same again for the rest of the input.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end, bool hidden, const char **candidate);

/*
 * p: at the `<` of a tag. Reads the whole tag into the scanner's fields; returns the place after its `>`. NULL when the
 * input ends too early or the tag is not of the usual shape; then the scanner reads it byte by byte.
 */
const char *dyn_scan_read_tag(dyn_scanner_t *scanner, const char *p, const char *end);

/* The same in raw text, for the end tag whose name the scanner holds; NULL for anything but `</name>`. */
const char *dyn_scan_read_end_tag(dyn_scanner_t *scanner, const char *p, const char *end);

#endif
