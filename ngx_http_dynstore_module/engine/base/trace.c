#include "engine/base/trace.h"

enum { trace_at = 3, parent_at = 36, parent_bytes = 16, flags_at = 53 };

/* Lower-case hex; `zero`: whether all digits may be 0. */
static bool is_hex(const char *text, size_t length, bool zero)
{
    bool all_zero = true;

    for (size_t i = 0; i < length; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))) {
            return false;
        }
        all_zero = all_zero && text[i] == '0';
    }
    return zero || !all_zero;
}

dyn_str_t dyn_traceparent(dyn_str_t header)
{
    const char *text = header.data;

    if (header.len < DYN_TRACEPARENT_BYTES || !is_hex(text, 2, true) ||
        memcmp(text, "ff", 2) == 0 || text[2] != '-' ||
        !is_hex(text + trace_at, DYN_TRACE_ID_BYTES, false) || text[parent_at - 1] != '-' ||
        !is_hex(text + parent_at, parent_bytes, false) || text[flags_at - 1] != '-' ||
        !is_hex(text + flags_at, 2, true)) {
        return DYN_STR_NONE;
    }
    if (header.len > DYN_TRACEPARENT_BYTES &&
        (memcmp(text, "00", 2) == 0 || text[DYN_TRACEPARENT_BYTES] != '-')) {
        return DYN_STR_NONE;
    }
    return (dyn_str_t){text, DYN_TRACEPARENT_BYTES};
}

dyn_str_t dyn_trace_id(dyn_str_t traceparent)
{
    return traceparent.len == 0 ? DYN_STR_NONE
                                : (dyn_str_t){traceparent.data + trace_at, DYN_TRACE_ID_BYTES};
}
