/*
 * The token of a page proves that this shop recently made the event's page for this visitor. Pages of other sites, and
 * scripts that never loaded a page, have no token.
 *
 * TIME, 8 hex digits of seconds since 1970, then the first 128 bits, in hex, of HMAC-SHA256(key, NUL "dynstore page
 * token" NUL H TIME) with the visitors' key. The NUL at the beginning keeps it different from visitors' hashes, whose
 * texts contain none.
 */
#ifndef DYN_PAGE_TOKEN_H
#define DYN_PAGE_TOKEN_H

#include "engine/trust/visitor.h"

enum {
    DYN_PAGE_TOKEN_TIME_BYTES = 8,
    DYN_PAGE_TOKEN_BYTES = DYN_PAGE_TOKEN_TIME_BYTES + DYN_VISITOR_HASH_BYTES,
    /* clocks of several nginx servers differ by less */
    DYN_PAGE_TOKEN_AHEAD_S = 60
};

/* token: DYN_PAGE_TOKEN_BYTES + 1, terminated. visitor_hash: DYN_VISITOR_HASH_BYTES. False when OpenSSL fails. */
bool dyn_page_token_make(const dyn_visitor_key_t *key, dyn_str_t visitor_hash, int64_t now_s, char *token);
/* True when it was made with the key for this visitor, at most max_age_s ago. */
bool dyn_page_token_valid(const dyn_visitor_key_t *key, dyn_str_t visitor_hash, dyn_str_t token, int64_t now_s,
                          int64_t max_age_s);

#endif
