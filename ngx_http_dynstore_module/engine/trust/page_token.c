#include "engine/trust/page_token.h"

#include <string.h>

static const char label[] = "\0dynstore page token"; /* and the NUL at its end */

/* The token for a time, given as its hex text. */
static bool write_token(const dyn_visitor_key_t *key, dyn_str_t visitor_hash, const char *time,
                        char *token)
{
    char text[sizeof(label) + DYN_VISITOR_HASH_BYTES + DYN_PAGE_TOKEN_TIME_BYTES];
    char *to = text;

    if (visitor_hash.len != DYN_VISITOR_HASH_BYTES) {
        return false;
    }

    memcpy(to, label, sizeof(label));
    to += sizeof(label);
    memcpy(to, visitor_hash.data, DYN_VISITOR_HASH_BYTES);
    to += DYN_VISITOR_HASH_BYTES;
    memcpy(to, time, DYN_PAGE_TOKEN_TIME_BYTES);

    memcpy(token, time, DYN_PAGE_TOKEN_TIME_BYTES);

    return dyn_visitor_hash(key, (dyn_str_t){text, sizeof(text)},
                            token + DYN_PAGE_TOKEN_TIME_BYTES);
}

bool dyn_page_token_make(const dyn_visitor_key_t *key, dyn_str_t visitor_hash, int64_t now_s,
                         char *token)
{
    static const char hex[] = "0123456789abcdef";
    char time[DYN_PAGE_TOKEN_TIME_BYTES];

    if (now_s < 0 || now_s > UINT32_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof(time); i++) {
        time[i] = hex[now_s >> (4 * (sizeof(time) - 1 - i)) & 15];
    }

    return write_token(key, visitor_hash, time, token);
}

bool dyn_page_token_valid(const dyn_visitor_key_t *key, dyn_str_t visitor_hash, dyn_str_t token,
                          int64_t now_s, int64_t max_age_s)
{
    char expected[DYN_PAGE_TOKEN_BYTES + 1];
    int64_t made_s = 0;
    unsigned difference = 0;

    if (token.len != DYN_PAGE_TOKEN_BYTES) {
        return false;
    }

    for (size_t i = 0; i < DYN_PAGE_TOKEN_TIME_BYTES; i++) {
        char c = token.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
        made_s = made_s * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }

    if (made_s > now_s + DYN_PAGE_TOKEN_AHEAD_S || now_s - made_s > max_age_s ||
        !write_token(key, visitor_hash, token.data, expected)) {
        return false;
    }

    /* takes the same time wherever the first difference is */
    for (size_t i = 0; i < DYN_PAGE_TOKEN_BYTES; i++) {
        difference |= (unsigned)(unsigned char)(token.data[i] ^ expected[i]);
    }

    return difference == 0;
}
