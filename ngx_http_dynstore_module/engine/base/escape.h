/* Escaping, so that text from a catalogue can never become markup, script or an unsafe link. */
#ifndef DYN_ESCAPE_H
#define DYN_ESCAPE_H

#include "engine/base/text.h"

/* A JSON string with its quotes: ASCII only; < > & escaped as well; malformed UTF-8 becomes U+FFFD. */
void dyn_escape_json(dyn_text_t *text, dyn_str_t str);
/* The same without the quotes, written at `to`, where there is room for DYN_ESCAPED_MAX(str.len) bytes. Returns its end. */
char *dyn_escape_json_to(char *to, dyn_str_t str);
/* A byte becomes at most six; a few more are written and then overwritten. */
#define DYN_ESCAPED_MAX(length) (6 * (length) + 16)
/* HTML text or a double-quoted attribute's value: & < > " ' become character references; control bytes are dropped. */
void dyn_escape_html(dyn_text_t *text, dyn_str_t str);

#endif
