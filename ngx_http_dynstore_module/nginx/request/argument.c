#include "nginx/request/argument.h"
#include "engine/base/utf8.h"


ngx_http_dynstore_arg_e
ngx_http_dynstore_arg(ngx_http_request_t *r, ngx_str_t *name, size_t max, dyn_str_t *value)
{
    u_char     *p, *last, *text;
    ngx_int_t   byte;
    ngx_str_t   raw;

    *value = DYN_STR_NONE;

    if (r->args.len == 0 || ngx_http_arg(r, name->data, name->len, &raw) != NGX_OK || raw.len == 0) {
        return NGX_HTTP_DYNSTORE_ARG_ABSENT;
    }

    if (raw.len > max * 3) {
        return NGX_HTTP_DYNSTORE_ARG_BAD;
    }

    text = ngx_pnalloc(r->pool, raw.len + 1);
    if (text == NULL) {
        return NGX_HTTP_DYNSTORE_ARG_BAD;
    }

    value->data = (char *) text;
    last = raw.data + raw.len;

    for (p = raw.data; p < last; p++) {

        if (*p == '+') {
            *text++ = ' ';
            continue;
        }

        if (*p != '%') {
            *text++ = *p;
            continue;
        }

        byte = last - p > 2 ? ngx_hextoi(p + 1, 2) : NGX_ERROR;
        if (byte == NGX_ERROR) {
            return NGX_HTTP_DYNSTORE_ARG_BAD;
        }

        *text++ = (u_char) byte;
        p += 2;
    }

    *text = '\0';
    value->len = (char *) text - value->data;

    return value->len <= max && dyn_utf8_clean(*value) ? NGX_HTTP_DYNSTORE_ARG_GOOD : NGX_HTTP_DYNSTORE_ARG_BAD;
}
