/* SHA256_* are what every OpenSSL has; since 3.0 they are called deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "dyn_visitor.h"

#include <openssl/sha.h>

bool dyn_visitor_value_valid(dyn_str_t value)
{
    bool nonzero = false;

    if (value.len != DYN_VISITOR_VALUE_BYTES) {
        return false;
    }

    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
        nonzero |= c != '0';
    }

    return nonzero;
}

/*
 * HMAC (RFC 2104) by OpenSSL's SHA-256 itself: the call that does both spends several times as long on finding the
 * algorithm by its name, at every request.
 */
static bool hmac(const uint8_t key[DYN_VISITOR_KEY_BYTES], dyn_str_t value,
                 unsigned char digest[SHA256_DIGEST_LENGTH])
{
    unsigned char pad[SHA256_CBLOCK];
    SHA256_CTX inner;
    SHA256_CTX outer;

    for (size_t i = 0; i < sizeof(pad); i++) {
        pad[i] = (unsigned char)(0x36 ^ (i < DYN_VISITOR_KEY_BYTES ? key[i] : 0));
    }
    if (SHA256_Init(&inner) != 1 || SHA256_Update(&inner, pad, sizeof(pad)) != 1 ||
        (value.len != 0 && SHA256_Update(&inner, value.data, value.len) != 1) ||
        SHA256_Final(digest, &inner) != 1) {
        return false;
    }

    for (size_t i = 0; i < sizeof(pad); i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }

    return SHA256_Init(&outer) == 1 && SHA256_Update(&outer, pad, sizeof(pad)) == 1 &&
           SHA256_Update(&outer, digest, SHA256_DIGEST_LENGTH) == 1 &&
           SHA256_Final(digest, &outer) == 1;
}

bool dyn_visitor_hash(const uint8_t key[DYN_VISITOR_KEY_BYTES], dyn_str_t value, char *hash)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];

    if (!hmac(key, value, digest)) {
        return false;
    }

    for (size_t i = 0; i < DYN_VISITOR_HASH_BYTES / 2; i++) {
        hash[2 * i] = hex[digest[i] >> 4];
        hash[2 * i + 1] = hex[digest[i] & 15];
    }
    hash[DYN_VISITOR_HASH_BYTES] = '\0';

    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

dyn_str_t dyn_cookie_find(dyn_str_t header, dyn_str_t name)
{
    for (size_t at = 0; at < header.len;) {
        size_t end = at;

        while (end < header.len && header.data[end] != ';') {
            end++;
        }

        size_t from = at;
        size_t to = end;

        while (from < to && blank(header.data[from])) {
            from++;
        }
        while (to > from && blank(header.data[to - 1])) {
            to--;
        }

        if (name.len != 0 && to - from > name.len && header.data[from + name.len] == '=' &&
            dyn_str_equal((dyn_str_t){header.data + from, name.len}, name)) {
            from += name.len + 1;
            return (dyn_str_t){header.data + from, to - from};
        }

        at = end + 1;
    }

    return DYN_STR_NONE;
}
