/*
 * Visitors: the cookie's value and the keyed hash under which a visitor is known to Redis.
 *
 * One HMAC-SHA256(key, id) gives both names of a visitor: H = its first 128 bits in hex, which Redis knows; the next 64 bits in
 * hex are the signature in the cookie, `ID.SIGNATURE`. Without the key nobody can tell whose session a key holds, and nobody
 * can make up a cookie that is taken: only ids that were minted with this key name somebody.
 */
#ifndef DYN_VISITOR_H
#define DYN_VISITOR_H

#include "engine/base/types.h"

#include <openssl/sha.h>

enum {
    DYN_VISITOR_ID_BYTES = 32,        /* 128 random bits in hex */
    DYN_VISITOR_SIGNATURE_BYTES = 16, /* 64 bits in hex: nobody tries so many requests */
    DYN_VISITOR_VALUE_BYTES = DYN_VISITOR_ID_BYTES + 1 + DYN_VISITOR_SIGNATURE_BYTES,
    DYN_VISITOR_HASH_BYTES = 32,
    DYN_VISITOR_KEY_BYTES = 32,
    /* cookies of one name that are of the right form and therefore hashed: a browser sends one for each path and domain */
    DYN_VISITOR_COOKIES_MAX = 8,
    /* a foreign identifier from an nginx variable */
    DYN_VISITOR_FOREIGN_BYTES_MAX = 256
};

/* True for exactly 32 lower-case hex digits, not all zero. */
bool dyn_visitor_id_valid(dyn_str_t id);
/* True for an id, a dot and 16 lower-case hex digits, whoever signed it. */
bool dyn_visitor_value_valid(dyn_str_t value);

/* A key made ready: what SHA-256 is at behind the first block of both its passes, which is the key's alone. */
typedef struct {
    SHA256_CTX inner;
    SHA256_CTX outer;
} dyn_visitor_key_t;

/* False when OpenSSL fails. */
bool dyn_visitor_key_prepare(const uint8_t bytes[DYN_VISITOR_KEY_BYTES], dyn_visitor_key_t *key);
/* The name of a foreign identifier. hash: DYN_VISITOR_HASH_BYTES + 1, terminated. False when OpenSSL fails. */
bool dyn_visitor_hash(const dyn_visitor_key_t *key, dyn_str_t value, char *hash);
/* Of an id: value (DYN_VISITOR_VALUE_BYTES + 1, terminated) and hash, as above. False when OpenSSL fails. */
bool dyn_visitor_sign(const dyn_visitor_key_t *key, dyn_str_t id, char *value, char *hash);
/* True when the value is of the right form and this key signed it; the hash as above. The comparison takes the same time for all. */
bool dyn_visitor_check(const dyn_visitor_key_t *key, dyn_str_t value, char *hash);

/* The value of the next cookie of that name in what is left of a Cookie header; empty when there is none. Moves on behind it. */
dyn_str_t dyn_cookie_next(dyn_str_t *header, dyn_str_t name);
/*
 * The first cookie of that name that this key signed, whatever stands before it; empty when there is none. `tries` begins as
 * DYN_VISITOR_COOKIES_MAX for a request and is counted down by what had to be hashed, over all its Cookie headers.
 */
dyn_str_t dyn_visitor_find(const dyn_visitor_key_t *key, dyn_str_t header, dyn_str_t name,
                           unsigned *tries, char *hash);

#endif
