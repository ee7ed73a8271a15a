/*
 * What is written to the error log. Foreign text (of clients, of Redis) is escaped: no byte of it can end a line or control a
 * terminal.
 */
#ifndef NGX_HTTP_DYNSTORE_LOG_H
#define NGX_HTTP_DYNSTORE_LOG_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* at most so many bytes of a foreign text are logged; each may take four */
#define NGX_HTTP_DYNSTORE_LOG_TEXT_MAX    128

typedef struct {
    u_char                            data[4 * NGX_HTTP_DYNSTORE_LOG_TEXT_MAX + sizeof("...")];
} ngx_http_dynstore_log_text_t;


/* Returns the text in `buf`, cut with `...`; `\`, `"` and bytes other than printable ASCII are written as \xHH. */
ngx_str_t ngx_http_dynstore_log_text(ngx_http_dynstore_log_text_t *buf, const u_char *text, size_t len);

/*
 * Writes a sentence, with the path of the page that it is about, to the log of the request's location. Not to the connection's log: to
 * that nginx adds the client's address, the request's query, and the referrer.
 */
void ngx_http_dynstore_log(ngx_uint_t level, ngx_http_request_t *r, const char *fmt, ...);

#endif
