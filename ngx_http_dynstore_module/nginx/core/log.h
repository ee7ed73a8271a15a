/* Escapes foreign text (of clients, of Redis) for the log: no byte of it can end a line or control a terminal. */
#ifndef NGX_HTTP_DYNSTORE_LOG_H
#define NGX_HTTP_DYNSTORE_LOG_H

#include <ngx_config.h>
#include <ngx_core.h>


/* at most so many bytes of a foreign text are logged; each may take four */
#define NGX_HTTP_DYNSTORE_LOG_TEXT_MAX    128

typedef struct {
    u_char                            data[4 * NGX_HTTP_DYNSTORE_LOG_TEXT_MAX + sizeof("...")];
} ngx_http_dynstore_log_text_t;


/* Returns the text in `buf`, cut with `...`; `\`, `"` and bytes other than printable ASCII are written as \xHH. */
ngx_str_t ngx_http_dynstore_log_text(ngx_http_dynstore_log_text_t *buf, const u_char *text, size_t len);

#endif
