/* Commands in Redis' protocol, written into a buffer that grows up to a cap. */
#ifndef NGX_HTTP_DYNSTORE_REDIS_COMMANDS_H
#define NGX_HTTP_DYNSTORE_REDIS_COMMANDS_H

#include <ngx_config.h>
#include <ngx_core.h>


/* the longest of `*NUMBER` and `$NUMBER`, with the end of its line */
#define NGX_HTTP_DYNSTORE_REDIS_LINE_MAX  (NGX_SIZE_T_LEN + 3)


/* A buffer that grows up to a cap and is read from the front. */
typedef struct {
    u_char                           *start;
    size_t                            pos;
    size_t                            len;
    size_t                            size;
    size_t                            limit;     /* cap of len for this write; 0: NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX */
} ngx_http_dynstore_redis_buf_t;


/* Writes the head of a command of so many arguments, itself counted; then each argument. NGX_ERROR: the cap is reached. */
ngx_int_t ngx_http_dynstore_redis_command(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t narguments);
ngx_int_t ngx_http_dynstore_redis_argument(ngx_http_dynstore_redis_buf_t *buf, const void *data, size_t len);
ngx_int_t ngx_http_dynstore_redis_number(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t number);
ngx_int_t ngx_http_dynstore_redis_append(ngx_http_dynstore_redis_buf_t *buf, const void *data, size_t len);

#define ngx_http_dynstore_redis_literal(buf, text)                            \
    ngx_http_dynstore_redis_argument(buf, text, sizeof(text) - 1)

/* For arguments made of parts: returns room for `len` more bytes, NULL at the cap; add the bytes used to buf->len. */
u_char *ngx_http_dynstore_redis_room(ngx_http_dynstore_redis_buf_t *buf, size_t len);
/* Writes `*3` or `$12` and the end of the line; returns the end. */
u_char *ngx_http_dynstore_redis_line(u_char *p, u_char type, size_t number);

#endif
