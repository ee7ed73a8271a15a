/* Skips, at memory speed, the tags of HTML content that matter to no mark. */
#ifndef DYN_SCAN_SKIP_H
#define DYN_SCAN_SKIP_H

/*
 * p: in text between tags, outside svg and math. Returns the first `<` that does not begin a whole, plain tag whose name
 * has no effect (the scanner then reads it byte by byte), or end. Agrees with the scanner's states on every tag skipped.
 */
const char *dyn_scan_skip_tags(const char *p, const char *end);

#endif
