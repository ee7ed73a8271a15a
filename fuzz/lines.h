/* Lines of an input. */
#ifndef LINES_H
#define LINES_H

#include "engine/base/types.h"

/* Takes the first line off the text. */
static inline dyn_str_t line(dyn_str_t *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    dyn_str_t text = {rest->data, len};
    size_t taken = end == NULL ? len : len + 1;

    rest->data += taken;
    rest->len -= taken;

    return text;
}

#endif
