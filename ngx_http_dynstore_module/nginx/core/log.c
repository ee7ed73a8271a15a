#include "nginx/core/log.h"


/* longer than any sentence about a request */
#define NGX_HTTP_DYNSTORE_LOG_SENTENCE_MAX      1024


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


void
ngx_http_dynstore_log(ngx_uint_t level, ngx_http_request_t *r, const char *fmt, ...)
{
    u_char                         sentence[NGX_HTTP_DYNSTORE_LOG_SENTENCE_MAX], *last;
    va_list                        args;
    ngx_str_t                      path;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_dynstore_log_text_t   text;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    va_start(args, fmt);
    last = ngx_vslprintf(sentence, sentence + sizeof(sentence), fmt, args);
    va_end(args);

    path = ngx_http_dynstore_log_text(&text, r->uri.data, r->uri.len);

    ngx_log_error(level, clcf->error_log, 0, "dynstore: %*s, page \"%V\"", (size_t) (last - sentence), sentence, &path);
}
