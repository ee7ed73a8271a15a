#include "nginx/transport/redis_commands.h"
#include "nginx/transport/redis_private.h"


#define NGX_HTTP_DYNSTORE_REDIS_BUF_MIN   4096
/* a busy turn of the event loop needs so much; freeing it each time costs more than keeping it */
#define NGX_HTTP_DYNSTORE_REDIS_BUF_KEEP  (256 * 1024)


ngx_int_t
ngx_http_dynstore_redis_append(ngx_http_dynstore_redis_buf_t *buf, const void *data, size_t len)
{
    u_char  *p;

    p = ngx_http_dynstore_redis_room(buf, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, data, len);
    buf->len += len;

    return NGX_OK;
}


u_char *
ngx_http_dynstore_redis_room(ngx_http_dynstore_redis_buf_t *buf, size_t len)
{
    u_char  *start;
    size_t   size;

    if (buf->len + len > (buf->limit ? buf->limit : NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX)) {
        return NULL;
    }

    if (buf->pos + buf->len + len > buf->size) {

        size = buf->size ? buf->size : NGX_HTTP_DYNSTORE_REDIS_BUF_MIN;
        while (size < buf->len + len) {
            size *= 2;
        }

        if (size > buf->size) {
            start = ngx_alloc(size, ngx_cycle->log);
            if (start == NULL) {
                return NULL;
            }

            if (buf->len) {
                ngx_memcpy(start, buf->start + buf->pos, buf->len);
            }

            if (buf->start) {
                ngx_free(buf->start);
            }

            buf->start = start;
            buf->size = size;

        } else {
            ngx_memmove(buf->start, buf->start + buf->pos, buf->len);
        }

        buf->pos = 0;
    }

    return buf->start + buf->pos + buf->len;
}


/* Empties the buffer and frees memory that a burst took. */
void
ngx_http_dynstore_redis_buf_reset(ngx_http_dynstore_redis_buf_t *buf)
{
    buf->pos = 0;
    buf->len = 0;

    if (buf->size > NGX_HTTP_DYNSTORE_REDIS_BUF_KEEP) {
        ngx_http_dynstore_redis_buf_free(buf);
    }
}


void
ngx_http_dynstore_redis_buf_free(ngx_http_dynstore_redis_buf_t *buf)
{
    if (buf->start) {
        ngx_free(buf->start);
    }

    ngx_memzero(buf, sizeof(ngx_http_dynstore_redis_buf_t));
}


ngx_int_t
ngx_http_dynstore_redis_command(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t narguments)
{
    u_char  *p;

    p = ngx_http_dynstore_redis_room(buf, NGX_HTTP_DYNSTORE_REDIS_LINE_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    buf->len += ngx_http_dynstore_redis_line(p, '*', narguments) - p;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_redis_argument(ngx_http_dynstore_redis_buf_t *buf, const void *data, size_t len)
{
    u_char  *p, *start;

    start = ngx_http_dynstore_redis_room(buf, NGX_HTTP_DYNSTORE_REDIS_LINE_MAX + len + 2);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_dynstore_redis_line(start, '$', len);
    p = ngx_cpymem(p, data, len);
    *p++ = '\r';
    *p++ = '\n';
    buf->len += p - start;

    return NGX_OK;
}


/* Writes `*3` or `$12` and the end of the line. A page has dozens of them, and ngx_sprintf() would be too slow. */
u_char *
ngx_http_dynstore_redis_line(u_char *p, u_char type, size_t number)
{
    size_t  rest, n;

    n = 1;

    for (rest = number; rest > 9; rest /= 10) {
        n++;
    }

    *p++ = type;

    for (rest = n; rest > 0; number /= 10) {
        p[--rest] = (u_char) ('0' + number % 10);
    }

    p += n;
    *p++ = '\r';
    *p++ = '\n';

    return p;
}


ngx_int_t
ngx_http_dynstore_redis_number(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t number)
{
    u_char  text[NGX_INT_T_LEN], *last;

    last = ngx_sprintf(text, "%ui", number);

    return ngx_http_dynstore_redis_argument(buf, text, last - text);
}


ngx_uint_t
ngx_http_dynstore_redis_format_hello(ngx_http_dynstore_redis_conf_t *conf, ngx_http_dynstore_redis_buf_t *buf)
{
    ngx_int_t   rc;
    ngx_uint_t  replies;

    rc = NGX_OK;
    replies = 0;

    if (conf->password.len) {
        rc |= ngx_http_dynstore_redis_command(buf, conf->user.len ? 3 : 2);
        rc |= ngx_http_dynstore_redis_literal(buf, "AUTH");

        if (conf->user.len) {
            rc |= ngx_http_dynstore_redis_argument(buf, conf->user.data, conf->user.len);
        }

        rc |= ngx_http_dynstore_redis_argument(buf, conf->password.data, conf->password.len);
        replies++;
    }

    if (conf->db) {
        rc |= ngx_http_dynstore_redis_command(buf, 2);
        rc |= ngx_http_dynstore_redis_literal(buf, "SELECT");
        rc |= ngx_http_dynstore_redis_number(buf, conf->db);
        replies++;
    }

    /* these two come last, because their refusals are recognized by their place */
    rc |= ngx_http_dynstore_redis_command(buf, 3);
    rc |= ngx_http_dynstore_redis_literal(buf, "CLIENT");
    rc |= ngx_http_dynstore_redis_literal(buf, "SETNAME");
    rc |= ngx_http_dynstore_redis_literal(buf, "dynstore");
    replies++;

    rc |= ngx_http_dynstore_redis_command(buf, 1);
    rc |= ngx_http_dynstore_redis_literal(buf, "PING");
    replies++;

    return rc == NGX_OK ? replies : 0;
}


ngx_uint_t
ngx_http_dynstore_redis_format_probe(ngx_http_dynstore_redis_buf_t *buf)
{
    size_t  len;

    len = buf->len;

    if (ngx_http_dynstore_redis_command(buf, 1) != NGX_OK
        || ngx_http_dynstore_redis_literal(buf, "PING") != NGX_OK)
    {
        buf->len = len;
        return 0;
    }

    return 1;
}


