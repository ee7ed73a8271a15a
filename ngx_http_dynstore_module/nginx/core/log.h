/* What others wrote (clients, Redis) in our own log: no byte of it ends a line or speaks to a terminal. */
#ifndef NGX_HTTP_DYNSTORE_LOG_H
#define NGX_HTTP_DYNSTORE_LOG_H

#include <ngx_config.h>
#include <ngx_core.h>


/* of a foreign text this much is logged; each byte may take four */
#define NGX_HTTP_DYNSTORE_LOG_TEXT_MAX    128

typedef struct {
    u_char                            data[4 * NGX_HTTP_DYNSTORE_LOG_TEXT_MAX + sizeof("...")];
} ngx_http_dynstore_log_text_t;


/* The text with every byte that is no printable ASCII, and `\` and `"`, written \xHH; cut with `...`. It lives in `buf`. */
ngx_str_t ngx_http_dynstore_log_text(ngx_http_dynstore_log_text_t *buf, const u_char *text, size_t len);

#endif
