#include "redis/keys.h"

#include <string.h>

static char *append(char *out, const char *text, size_t len)
{
    if (len > 0) {
        memcpy(out, text, len);
    }

    return out + len;
}

char *dyn_redis_key_write(char *out, dyn_str_t prefix, dyn_redis_key_e kind, dyn_str_t hash)
{
    out = append(out, prefix.data, prefix.len);
    *out++ = (char)kind;
    *out++ = ':';
    *out++ = '{';
    out = append(out, hash.data, hash.len);
    *out++ = '}';

    return out;
}

char *dyn_redis_stream_write(char *out, dyn_str_t prefix)
{
    out = append(out, prefix.data, prefix.len);

    return append(out, "events", DYN_REDIS_STREAM_MORE);
}
