/* Where a session came from: the campaign and the page that led to it. */
#ifndef DYN_ENTRY_H
#define DYN_ENTRY_H

#include "engine/base/arena.h"

/* Names of the facts in Redis and of the entry source's parts. X(member, field name, how it is found). */
#define DYN_ENTRY_FIELDS(X)                                                                                            \
    X(source, "utm_source")                                                                                            \
    X(medium, "utm_medium")                                                                                            \
    X(campaign, "utm_campaign")                                                                                        \
    X(term, "utm_term")                                                                                                \
    X(content, "utm_content")                                                                                          \
    X(click_id, "click_id")     /* which one: gclid, fbclid, msclkid, ttclid ..., not its value */                     \
    X(referrer, "referrer")     /* host only */

typedef struct {
#define X(member, name) dyn_str_t member;
    DYN_ENTRY_FIELDS(X)
#undef X
} dyn_entry_t;

/* Reads the entry source from a request: its query string and its Referer. Percent-decoded into the arena, cut to 128 bytes. */
void dyn_entry_parse(dyn_str_t query, dyn_str_t referrer, dyn_str_t own_host, dyn_arena_t *arena, dyn_entry_t *entry);

#endif
