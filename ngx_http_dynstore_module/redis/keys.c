#include "redis/keys.h"

#include <string.h>

static char *append(char *out, const char *text, size_t len)
{
    if (len > 0) {
        memcpy(out, text, len);
    }

    return out + len;
}

bool dyn_redis_prefix_check(dyn_str_t prefix, dyn_error_t *error)
{
    bool good = prefix.len > 0 && prefix.len <= DYN_REDIS_PREFIX_BYTES_MAX;

    for (size_t i = 0; good && i < prefix.len; i++) {
        char c = prefix.data[i];

        good = c > ' ' && c < 0x7f && c != '{' && c != '}';
    }

    return good || dyn_fail(error,
                            "the prefix of keys must be 1 to %d printable ASCII characters other "
                            "than space, { and }",
                            DYN_REDIS_PREFIX_BYTES_MAX);
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

char *dyn_redis_decisions_write(char *out, dyn_str_t prefix)
{
    out = append(out, prefix.data, prefix.len);

    return append(out, "decisions", DYN_REDIS_DECISIONS_MORE);
}

char *dyn_redis_control_write(char *out, dyn_str_t prefix)
{
    out = append(out, prefix.data, prefix.len);

    return append(out, "control", DYN_REDIS_CONTROL_MORE);
}

char *dyn_redis_lasting_write(char *out, dyn_str_t prefix)
{
    out = append(out, prefix.data, prefix.len);
    out = append(out, "lasting:{", 9);
    out = dyn_redis_control_write(out, prefix);
    *out++ = '}';

    return out;
}
