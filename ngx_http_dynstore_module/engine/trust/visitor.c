/* Every OpenSSL has the SHA256_* functions, but since 3.0 they are marked as deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "engine/trust/visitor.h"

#include <openssl/crypto.h>
#include <string.h>

static bool hex_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }

    return true;
}

bool dyn_visitor_id_valid(dyn_str_t id)
{
    static const char zeros[DYN_VISITOR_ID_BYTES + 1] = "00000000000000000000000000000000";

    return id.len == DYN_VISITOR_ID_BYTES && hex_digits(id.data, id.len) &&
           memcmp(id.data, zeros, id.len) != 0;
}

bool dyn_visitor_value_valid(dyn_str_t value)
{
    return value.len == DYN_VISITOR_VALUE_BYTES && value.data[DYN_VISITOR_ID_BYTES] == '.' &&
           dyn_visitor_id_valid((dyn_str_t){value.data, DYN_VISITOR_ID_BYTES}) &&
           hex_digits(value.data + DYN_VISITOR_ID_BYTES + 1, DYN_VISITOR_SIGNATURE_BYTES);
}

/*
 * HMAC (RFC 2104) with OpenSSL's SHA-256 functions: the combined call takes several times as long, because it finds the
 * algorithm by its name each time.
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

static bool finish(const dyn_visitor_key_t *key, dyn_str_t value,
                   unsigned char digest[SHA256_DIGEST_LENGTH])
{
    SHA256_CTX pass = key->inner;

    if ((value.len != 0 && SHA256_Update(&pass, value.data, value.len) != 1) ||
        SHA256_Final(digest, &pass) != 1) {
        return false;
    }
    pass = key->outer;

    return SHA256_Update(&pass, digest, SHA256_DIGEST_LENGTH) == 1 &&
           SHA256_Final(digest, &pass) == 1;
}

/* `length` digits, terminated. */
static void put_hex(char *text, const unsigned char *bytes, size_t length)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < length / 2; i++) {
        text[2 * i] = hex[bytes[i] >> 4];
        text[2 * i + 1] = hex[bytes[i] & 15];
    }
    text[length] = '\0';
}

bool dyn_visitor_hash(const dyn_visitor_key_t *key, dyn_str_t value, char *hash)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    if (!finish(key, value, digest)) {
        return false;
    }
    put_hex(hash, digest, DYN_VISITOR_HASH_BYTES);

    return true;
}

bool dyn_visitor_hash_as(const dyn_visitor_key_t *key, const char *label, dyn_str_t value,
                         char *hash)
{
    dyn_visitor_key_t labelled = *key;
    size_t length = strlen(label) + 1;

    return SHA256_Update(&labelled.inner, "", 1) == 1 &&
           SHA256_Update(&labelled.inner, label, length) == 1 &&
           dyn_visitor_hash(&labelled, value, hash);
}

bool dyn_visitor_sign(const dyn_visitor_key_t *key, dyn_str_t id, char *value, char *hash)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    if (!finish(key, id, digest)) {
        return false;
    }
    put_hex(hash, digest, DYN_VISITOR_HASH_BYTES);
    memcpy(value, id.data, DYN_VISITOR_ID_BYTES);
    value[DYN_VISITOR_ID_BYTES] = '.';
    put_hex(value + DYN_VISITOR_ID_BYTES + 1, digest + DYN_VISITOR_HASH_BYTES / 2,
            DYN_VISITOR_SIGNATURE_BYTES);

    return true;
}

bool dyn_visitor_check(const dyn_visitor_key_t *key, dyn_str_t value, char *hash)
{
    char right[DYN_VISITOR_VALUE_BYTES + 1];

    return dyn_visitor_value_valid(value) &&
           dyn_visitor_sign(key, (dyn_str_t){value.data, DYN_VISITOR_ID_BYTES}, right, hash) &&
           CRYPTO_memcmp(right, value.data, DYN_VISITOR_VALUE_BYTES) == 0;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

dyn_str_t dyn_cookie_next(dyn_str_t *header, dyn_str_t name)
{
    while (header->len != 0) {
        const char *from = header->data;
        const char *end = memchr(from, ';', header->len);
        const char *to = end == NULL ? from + header->len : end;

        header->len = end == NULL ? 0 : header->len - (size_t)(end + 1 - from);
        header->data = end == NULL ? to : end + 1;

        while (from < to && blank(*from)) {
            from++;
        }
        while (to > from && blank(to[-1])) {
            to--;
        }

        size_t length = (size_t)(to - from);

        /* a cookie without a value counts as missing */
        if (name.len != 0 && length > name.len + 1 && from[name.len] == '=' &&
            dyn_str_equal((dyn_str_t){from, name.len}, name)) {
            return (dyn_str_t){from + name.len + 1, length - name.len - 1};
        }
    }

    return DYN_STR_NONE;
}

dyn_str_t dyn_visitor_find(const dyn_visitor_key_t *key, dyn_str_t header, dyn_str_t name,
                           unsigned *tries, char *hash)
{
    while (*tries > 0) {
        dyn_str_t value = dyn_cookie_next(&header, name);

        if (value.len == 0) {
            break;
        }
        if (!dyn_visitor_value_valid(value)) {
            continue;
        }
        (*tries)--;
        if (dyn_visitor_check(key, value, hash)) {
            return value;
        }
    }

    return DYN_STR_NONE;
}
