/*
 * Visitors: the cookie's value and the keyed hash under which a visitor is known to Redis.
 *
 * One HMAC-SHA256(key, id) gives both names of a visitor: H = its first 128 bits in hex, which Redis knows; the next 64
 * bits in hex are the signature in the cookie, `ID.SIGNATURE`. Without the key nobody can tell whose session a key in
 * Redis belongs to, and nobody can forge a cookie: only ids that were signed with this key are valid.
 */
#ifndef DYN_VISITOR_H
#define DYN_VISITOR_H

#include "engine/base/types.h"

#include <openssl/sha.h>

enum {
    DYN_VISITOR_ID_BYTES = 32,        /* 128 random bits in hex */
    DYN_VISITOR_SIGNATURE_BYTES = 16, /* 64 bits in hex: too many to guess by requests */
    DYN_VISITOR_VALUE_BYTES = DYN_VISITOR_ID_BYTES + 1 + DYN_VISITOR_SIGNATURE_BYTES,
    DYN_VISITOR_HASH_BYTES = 32,
    DYN_VISITOR_KEY_BYTES = 32,
    /* cookies of one name with the right form that are hashed at most; a browser sends one for each path and domain */
    DYN_VISITOR_COOKIES_MAX = 8,
    /* an identifier from an nginx variable */
    DYN_VISITOR_FOREIGN_BYTES_MAX = 256
};

/* True for exactly 32 lower-case hex digits, not all zero. */
bool dyn_visitor_id_valid(dyn_str_t id);
/* True for an id, a dot and 16 lower-case hex digits, whoever signed it. */
bool dyn_visitor_value_valid(dyn_str_t value);

/* A prepared key: the states of SHA-256 after the first block of both passes, which depend only on the key. */
typedef struct {
    SHA256_CTX inner;
    SHA256_CTX outer;
} dyn_visitor_key_t;

/* False when OpenSSL fails. */
bool dyn_visitor_key_prepare(const uint8_t bytes[DYN_VISITOR_KEY_BYTES], dyn_visitor_key_t *key);
/* Hashes an identifier of the shop. hash: DYN_VISITOR_HASH_BYTES + 1, terminated. False when OpenSSL fails. */
bool dyn_visitor_hash(const dyn_visitor_key_t *key, dyn_str_t value, char *hash);
/*
 * Hashes a text of another kind: HMAC over a NUL, the label, a NUL, and the text, so that it is no visitor's hash and none of another
 * label's. hash: as above.
 */
bool dyn_visitor_hash_as(const dyn_visitor_key_t *key, const char *label, dyn_str_t value,
                         char *hash);
/* Signs an id: value (DYN_VISITOR_VALUE_BYTES + 1, terminated) and hash, as above. False when OpenSSL fails. */
bool dyn_visitor_sign(const dyn_visitor_key_t *key, dyn_str_t id, char *value, char *hash);
/* True when the value has the right form and this key signed it; hash as above. The comparison takes constant time. */
bool dyn_visitor_check(const dyn_visitor_key_t *key, dyn_str_t value, char *hash);

/* Returns the next cookie of that name in the rest of a Cookie header, and moves after it; empty when there is none. */
dyn_str_t dyn_cookie_next(dyn_str_t *header, dyn_str_t name);
/*
 * Returns the first cookie of that name that this key signed, whatever comes before it; empty when there is none.
 * `tries` starts with DYN_VISITOR_COOKIES_MAX for a request, and goes down with each hashed value of all its Cookie
 * headers.
 */
dyn_str_t dyn_visitor_find(const dyn_visitor_key_t *key, dyn_str_t header, dyn_str_t name,
                           unsigned *tries, char *hash);

#endif
