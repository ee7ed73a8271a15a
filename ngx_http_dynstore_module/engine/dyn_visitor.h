/*
 * Visitors: the cookie's value and the keyed hash under which a visitor is known to Redis.
 *
 * H = the first 128 bits, in hex, of HMAC-SHA256(key, value). Without the key nobody can tell whose session a key holds.
 */
#ifndef DYN_VISITOR_H
#define DYN_VISITOR_H

#include "dyn_types.h"

#include <openssl/sha.h>

enum {
    DYN_VISITOR_VALUE_BYTES = 32,   /* 128 random bits in hex */
    DYN_VISITOR_HASH_BYTES = 32,
    DYN_VISITOR_KEY_BYTES = 32,
    /* a foreign identifier from an nginx variable */
    DYN_VISITOR_FOREIGN_BYTES_MAX = 256
};

/* True for exactly 32 lower-case hex digits, not all zero. */
bool dyn_visitor_value_valid(dyn_str_t value);

/* A key made ready: what SHA-256 is at behind the first block of both its passes, which is the key's alone. */
typedef struct {
    SHA256_CTX inner;
    SHA256_CTX outer;
} dyn_visitor_key_t;

/* False when OpenSSL fails. */
bool dyn_visitor_key_prepare(const uint8_t bytes[DYN_VISITOR_KEY_BYTES], dyn_visitor_key_t *key);
/* hash: DYN_VISITOR_HASH_BYTES + 1, terminated. False when OpenSSL fails. */
bool dyn_visitor_hash(const dyn_visitor_key_t *key, dyn_str_t value, char *hash);

/* The value of the named cookie in a Cookie header, the first of that name; empty when there is none. */
dyn_str_t dyn_cookie_find(dyn_str_t header, dyn_str_t name);

/*
 * Reads a key file: 64 hex digits, white space around them allowed. With `create`, makes one with 32 random bytes, mode 0600,
 * when it is missing (written beside and linked, so that a reader never sees half of it and two who start at once agree). A key
 * readable or writable by others than its owner and group is refused with a sentence.
 */
bool dyn_visitor_key_load(const char *path, bool create, uint8_t key[DYN_VISITOR_KEY_BYTES], dyn_error_t *error);

#endif
