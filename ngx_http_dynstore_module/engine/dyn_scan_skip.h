/* Skips, at memory speed, what matters to no mark: plain tags of HTML content, and attributes. */
#ifndef DYN_SCAN_SKIP_H
#define DYN_SCAN_SKIP_H

#include <stdbool.h>

/*
 * p: in text between tags, outside svg and math. Returns the first `<` that does not begin a whole, plain tag whose name
 * has no effect (the scanner then reads it byte by byte), or end. Agrees with the scanner's states on every tag skipped.
 * hidden: in template or noscript, where other end tags have an effect.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end, bool hidden);

/*
 * p: directly behind a tag's name. Returns behind the tag's `>`, or NULL (nothing is set) when the input ends too early or
 * an attribute is not of the usual shape: then the scanner reads on byte by byte.
 */
const char *dyn_scan_skip_attributes(const char *p, const char *end, bool *self_closing);

#endif
