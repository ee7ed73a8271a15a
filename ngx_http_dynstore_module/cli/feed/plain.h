/* Plain text of HTML, as descriptions are written in: without tags, comments, scripts and styles, entities as what they stand for. */
#ifndef DYN_FEED_PLAIN_H
#define DYN_FEED_PLAIN_H

#include "engine/base/types.h"

/*
 * Writes at most text.len bytes to `plain` and returns how many. Blanks and line breaks together become one blank, as does a tag
 * that parts words (`<p>`, `<br>`, `<li>`); one within a word (`<b>`) becomes nothing. A text without tags and entities stays as
 * it is, but for its blanks.
 */
size_t dyn_plain_text(dyn_str_t text, char *plain);

#endif
