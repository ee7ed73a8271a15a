#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/base/item_id.h"

#include <string.h>

/* Of what is left nothing more is stripped later: an id that was normalized stays as it is. */
static dyn_str_t without_gid(dyn_str_t id)
{
    static const char prefix[] = "gid://shopify/";

    while (id.len > sizeof(prefix) - 1 && memcmp(id.data, prefix, sizeof(prefix) - 1) == 0) {
        const char *type = id.data + sizeof(prefix) - 1;
        size_t left = id.len - (sizeof(prefix) - 1);
        const char *slash = memchr(type, '/', left);

        if (slash == NULL) {
            break;
        }
        id.len = left - (size_t)(slash + 1 - type);
        id.data = slash + 1;
    }

    return id;
}

bool dyn_item_id_normalize(dyn_str_t id, dyn_str_t *normalized)
{
    id = without_gid(id);

    if (id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX || !dyn_utf8_clean(id)) {
        return false;
    }

    *normalized = id;
    return true;
}

bool dyn_cart_token_normalize(dyn_str_t token, dyn_str_t *normalized)
{
    const char *key;

    token = without_gid(token);
    key = token.len == 0 ? NULL : memchr(token.data, '?', token.len);
    if (key != NULL) {
        token.len = (size_t)(key - token.data);
    }

    if (token.len == 0 || token.len > DYN_CART_TOKEN_BYTES_MAX || !dyn_utf8_clean(token)) {
        return false;
    }

    *normalized = token;
    return true;
}
