#include "nginx/core/log.h"


ngx_str_t
ngx_http_dynstore_log_text(ngx_http_dynstore_log_text_t *buf, const u_char *text, size_t len)
{
    size_t     i, n;
    u_char     c, *p;
    ngx_str_t  escaped;

    p = buf->data;
    n = ngx_min(len, NGX_HTTP_DYNSTORE_LOG_TEXT_MAX);

    for (i = 0; i < n; i++) {
        c = text[i];

        if (c < ' ' || c > '~' || c == '\\' || c == '"') {
            p = ngx_sprintf(p, "\\x%02Xd", (ngx_uint_t) c);

        } else {
            *p++ = c;
        }
    }

    if (n < len) {
        p = ngx_cpymem(p, "...", 3);
    }

    escaped.data = buf->data;
    escaped.len = p - buf->data;

    return escaped;
}
