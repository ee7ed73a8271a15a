
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/base/item_id.h"

#include <string.h>

bool dyn_item_id_normalize(dyn_str_t id, dyn_str_t *normalized)
{
    static const char prefix[] = "gid://shopify/";

    if (id.len > sizeof(prefix) - 1 && memcmp(id.data, prefix, sizeof(prefix) - 1) == 0) {
        const char *type = id.data + sizeof(prefix) - 1;
        size_t left = id.len - (sizeof(prefix) - 1);
        const char *slash = memchr(type, '/', left);

        if (slash != NULL) {
            id.len = left - (size_t)(slash + 1 - type);
            id.data = slash + 1;
        }
    }

    if (id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX || !dyn_utf8_clean(id)) {
        return false;
    }

    *normalized = id;
    return true;
}
