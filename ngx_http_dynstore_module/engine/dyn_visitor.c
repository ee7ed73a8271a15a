#include "dyn_visitor.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

bool dyn_visitor_hash(const uint8_t key[DYN_VISITOR_KEY_BYTES], dyn_str_t value, char *hash)
{
    static const char hex[] = "0123456789abcdef";
    static const unsigned char nothing[1];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const unsigned char *data = value.len == 0 ? nothing : (const unsigned char *)value.data;

    if (HMAC(EVP_sha256(), key, DYN_VISITOR_KEY_BYTES, data, value.len, digest, &length) == NULL ||
        length != 32) {
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
