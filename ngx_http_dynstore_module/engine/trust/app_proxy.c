#include "engine/trust/app_proxy.h"
#include "engine/base/percent.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

enum { DIGEST_BYTES = 32 };

typedef struct {
    dyn_str_t name;
    dyn_str_t value;
    dyn_str_t text; /* NAME=VALUE,VALUE; empty where an earlier argument of the name has it */
} argument_t;

/* Both cut from the head of the query, up to the separator, which is taken off. */
static dyn_str_t cut(dyn_str_t *rest, char separator)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, separator, rest->len);
    dyn_str_t head = {rest->data, end == NULL ? rest->len : (size_t)(end - rest->data)};
    size_t taken = end == NULL ? rest->len : head.len + 1;

    rest->data += taken;
    rest->len -= taken;

    return head;
}

static bool decode(dyn_str_t text, dyn_arena_t *arena, dyn_str_t *decoded)
{
    char *room = dyn_arena_alloc(arena, text.len + 1);

    if (room == NULL) {
        return false;
    }
    *decoded = (dyn_str_t){room, dyn_percent_decode(text, true, room, NULL)};

    return true;
}

static bool join(argument_t *arguments, size_t count, size_t first, dyn_arena_t *arena)
{
    argument_t *argument = &arguments[first];
    size_t len = argument->name.len;
    char *text;

    for (size_t i = first; i < count; i++) {
        if (dyn_str_equal(arguments[i].name, argument->name)) {
            len += 1 + arguments[i].value.len;
        }
    }
    text = dyn_arena_alloc(arena, len);
    if (text == NULL) {
        return false;
    }
    argument->text = (dyn_str_t){text, len};
    memcpy(text, argument->name.data, argument->name.len);
    text += argument->name.len;
    for (size_t i = first; i < count; i++) {
        if (dyn_str_equal(arguments[i].name, argument->name)) {
            *text++ = i == first ? '=' : ',';
            memcpy(text, arguments[i].value.data, arguments[i].value.len);
            text += arguments[i].value.len;
        }
    }

    return true;
}

static int compare(const void *left, const void *right)
{
    const dyn_str_t *a = &((const argument_t *)left)->text;
    const dyn_str_t *b = &((const argument_t *)right)->text;
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len == 0 ? 0 : memcmp(a->data, b->data, len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The arguments as they are signed. Empty without memory. */
static dyn_str_t signed_text(argument_t *arguments, size_t count, dyn_arena_t *arena)
{
    size_t len = 0, kept = 0, at = 0;
    char *text;

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (!dyn_str_equal(arguments[k].name, arguments[i].name)) {
            k++;
        }
        if (k == i && !join(arguments, count, i, arena)) {
            return DYN_STR_NONE;
        }
        len += arguments[i].text.len;
    }
    text = dyn_arena_alloc(arena, len);
    if (text == NULL) {
        return DYN_STR_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].text.len != 0) {
            arguments[kept++] = arguments[i];
        }
    }
    qsort(arguments, kept, sizeof(argument_t), compare);
    for (size_t i = 0; i < kept; i++) {
        memcpy(text + at, arguments[i].text.data, arguments[i].text.len);
        at += arguments[i].text.len;
    }

    return (dyn_str_t){text, len};
}

static bool read_hex(dyn_str_t text, unsigned char digest[DIGEST_BYTES])
{
    if (text.len != 2 * (size_t)DIGEST_BYTES) {
        return false;
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = dyn_hex_digit(text.data[2 * i]), low = dyn_hex_digit(text.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        digest[i] = (unsigned char)(high << 4 | low);
    }

    return true;
}

static bool signed_with(dyn_str_t secret, dyn_str_t text, const unsigned char sent[DIGEST_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    return HMAC(EVP_sha256(), secret.data, (int)secret.len, (const unsigned char *)text.data,
                text.len, digest, &len) != NULL &&
           len == DIGEST_BYTES && CRYPTO_memcmp(digest, sent, DIGEST_BYTES) == 0;
}

/* Seconds since 1970; false: it is no such number. */
static bool read_time(dyn_str_t text, int64_t *time)
{
    *time = 0;
    if (text.len == 0 || text.len > 12) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        *time = *time * 10 + (text.data[i] - '0');
    }

    return true;
}

dyn_app_proxy_check_t dyn_app_proxy_verify(dyn_str_t query, const dyn_str_t *secrets, size_t count,
                                           int64_t now_s, int64_t window_s, dyn_arena_t *arena,
                                           dyn_str_t *customer)
{
    argument_t *arguments;
    dyn_str_t signature = DYN_STR_NONE, time = DYN_STR_NONE, who = DYN_STR_NONE, text;
    unsigned char sent[DIGEST_BYTES];
    size_t argument_count = 0, signatures = 0;
    int64_t at;
    bool good = false, repeated = false;

    *customer = DYN_STR_NONE;
    if (query.len > DYN_APP_PROXY_QUERY_BYTES_MAX) {
        return DYN_APP_PROXY_BAD;
    }
    arguments = dyn_arena_array(arena, DYN_APP_PROXY_ARGUMENTS_MAX, sizeof(argument_t));
    if (arguments == NULL) {
        return DYN_APP_PROXY_BAD;
    }
    while (query.len != 0) {
        dyn_str_t value = cut(&query, '&');
        dyn_str_t name;
        argument_t *argument = &arguments[argument_count];

        if (value.len == 0) {
            continue;
        }
        name = cut(&value, '=');
        if (argument_count == DYN_APP_PROXY_ARGUMENTS_MAX ||
            !decode(name, arena, &argument->name) || !decode(value, arena, &argument->value)) {
            return DYN_APP_PROXY_BAD;
        }
        if (dyn_str_equal(argument->name, DYN_STR("signature"))) {
            signatures++;
            signature = argument->value;
            continue;
        }
        if (dyn_str_equal(argument->name, DYN_STR("timestamp"))) {
            repeated = repeated || time.data != NULL;
            time = argument->value;
        } else if (dyn_str_equal(argument->name, DYN_STR("logged_in_customer_id"))) {
            repeated = repeated || who.data != NULL;
            who = argument->value;
        }
        argument_count++;
    }
    if (signature.len == 0 && signatures < 2) {
        return DYN_APP_PROXY_UNSIGNED;
    }
    text = signed_text(arguments, argument_count, arena);
    /* of two customers, one may be whom the shopper wrote there; so may one of two signatures */
    if (repeated || signatures > 1 || text.len == 0 || !read_hex(signature, sent)) {
        return DYN_APP_PROXY_BAD;
    }
    for (size_t i = 0; i < count; i++) {
        good = signed_with(secrets[i], text, sent) || good;
    }
    if (!good) {
        return DYN_APP_PROXY_BAD;
    }
    if (!read_time(time, &at) || at < now_s - window_s || at > now_s + window_s) {
        return DYN_APP_PROXY_OLD;
    }
    if (who.len <= DYN_APP_PROXY_CUSTOMER_BYTES_MAX) {
        *customer = who;
    }

    return DYN_APP_PROXY_GOOD;
}
