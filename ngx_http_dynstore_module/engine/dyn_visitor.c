/* SHA256_* are what every OpenSSL has; since 3.0 they are called deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "dyn_visitor.h"

#include <string.h>

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
static bool begin_pass(const uint8_t bytes[DYN_VISITOR_KEY_BYTES], unsigned char filler,
                       SHA256_CTX *pass)
{
    unsigned char pad[SHA256_CBLOCK];

    for (size_t i = 0; i < sizeof(pad); i++) {
        pad[i] = (unsigned char)(filler ^ (i < DYN_VISITOR_KEY_BYTES ? bytes[i] : 0));
    }

    return SHA256_Init(pass) == 1 && SHA256_Update(pass, pad, sizeof(pad)) == 1;
}

bool dyn_visitor_key_prepare(const uint8_t bytes[DYN_VISITOR_KEY_BYTES], dyn_visitor_key_t *key)
{
    return begin_pass(bytes, 0x36, &key->inner) && begin_pass(bytes, 0x5c, &key->outer);
}

bool dyn_visitor_hash(const dyn_visitor_key_t *key, dyn_str_t value, char *hash)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX pass = key->inner;

    if ((value.len != 0 && SHA256_Update(&pass, value.data, value.len) != 1) ||
        SHA256_Final(digest, &pass) != 1) {
        return false;
    }
    pass = key->outer;
    if (SHA256_Update(&pass, digest, sizeof(digest)) != 1 || SHA256_Final(digest, &pass) != 1) {
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
        const char *semicolon = memchr(header.data + at, ';', header.len - at);
        size_t end = semicolon == NULL ? header.len : (size_t)(semicolon - header.data);
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
