#include "nginx/transport/redis_private.h"
#include "engine/events/text.h"


#define NGX_HTTP_DYNSTORE_REDIS_BUF_MIN   4096
/* what a busy turn of the event loop fills: given back and taken again each time, it costs more than it holds */
#define NGX_HTTP_DYNSTORE_REDIS_BUF_KEEP  (256 * 1024)
/* the longest of `*NUMBER` and `$NUMBER`, with the end of its line */
#define NGX_HTTP_DYNSTORE_REDIS_LINE_MAX  (NGX_SIZE_T_LEN + 3)


static u_char *ngx_http_dynstore_redis_room(ngx_http_dynstore_redis_buf_t *buf, size_t len);
static u_char *ngx_http_dynstore_redis_line(u_char *p, u_char type, size_t number);
static ngx_int_t ngx_http_dynstore_redis_key(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_redis_conf_t *conf, char kind, ngx_str_t *visitor_hash);
static ngx_int_t ngx_http_dynstore_redis_stream(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_redis_conf_t *conf);
static ngx_int_t ngx_http_dynstore_redis_expire(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_redis_conf_t *conf, char kind, ngx_http_dynstore_redis_write_t *write);
static ngx_uint_t ngx_http_dynstore_redis_stream_takes(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_redis_write_t *write);
static ngx_uint_t ngx_http_dynstore_redis_stream_max(ngx_http_dynstore_redis_t *redis, size_t len);
static ngx_int_t ngx_http_dynstore_redis_number(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t number);


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


/* Room for `len` bytes behind what is there. */
static u_char *
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


/* Empties; memory that a burst took is given back. */
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


/* `*3` or `$12` and the end of the line: dozens for a page, of which ngx_sprintf() would take most of the time. */
static u_char *
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


#define ngx_http_dynstore_redis_literal(buf, text)                            \
    ngx_http_dynstore_redis_argument(buf, text, sizeof(text) - 1)


static ngx_int_t
ngx_http_dynstore_redis_number(ngx_http_dynstore_redis_buf_t *buf, ngx_uint_t number)
{
    u_char  text[NGX_INT_T_LEN], *last;

    last = ngx_sprintf(text, "%ui", number);

    return ngx_http_dynstore_redis_argument(buf, text, last - text);
}


/* PREFIX KIND:{HASH}: the braces keep a visitor's keys in one exchange of a cluster. */
static ngx_int_t
ngx_http_dynstore_redis_key(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_redis_conf_t *conf, char kind,
    ngx_str_t *visitor_hash)
{
    size_t   len;
    u_char  *p, *start;

    len = conf->prefix.len + visitor_hash->len + sizeof("r:{}") - 1;

    start = ngx_http_dynstore_redis_room(buf, NGX_HTTP_DYNSTORE_REDIS_LINE_MAX + len + 2);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_dynstore_redis_line(start, '$', len);
    p = ngx_cpymem(p, conf->prefix.data, conf->prefix.len);
    *p++ = (u_char) kind;
    *p++ = ':';
    *p++ = '{';
    p = ngx_cpymem(p, visitor_hash->data, visitor_hash->len);
    p = ngx_cpymem(p, "}\r\n", 3);
    buf->len += p - start;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_redis_stream(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_redis_conf_t *conf)
{
    u_char  key[64 + sizeof("events")], *last;

    last = ngx_snprintf(key, sizeof(key), "%Vevents", &conf->prefix);

    return ngx_http_dynstore_redis_argument(buf, key, last - key);
}


/* Of a visitor who may never come again the keys go soon; the second event, which brings the cookie, gives them their time. */
static ngx_int_t
ngx_http_dynstore_redis_expire(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_redis_conf_t *conf, char kind,
    ngx_http_dynstore_redis_write_t *write)
{
    ngx_int_t  rc;

    rc = ngx_http_dynstore_redis_command(buf, 3);
    rc |= ngx_http_dynstore_redis_literal(buf, "EXPIRE");
    rc |= ngx_http_dynstore_redis_key(buf, conf, kind, &write->visitor_hash);
    rc |= ngx_http_dynstore_redis_number(buf, write->new_visitor ? conf->new_idle_s : conf->idle_s);

    return rc;
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

    /* these two last: their refusals are told apart by their place */
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


ngx_uint_t
ngx_http_dynstore_redis_format_read(ngx_http_dynstore_redis_conf_t *conf, ngx_str_t *visitor_hash,
    ngx_http_dynstore_redis_buf_t *buf)
{
    size_t     len;
    ngx_int_t  rc;

    len = buf->len;

    rc = ngx_http_dynstore_redis_command(buf, 4);
    rc |= ngx_http_dynstore_redis_literal(buf, "LRANGE");
    rc |= ngx_http_dynstore_redis_key(buf, conf, 'r', visitor_hash);
    rc |= ngx_http_dynstore_redis_literal(buf, "0");
    rc |= ngx_http_dynstore_redis_number(buf, DYN_SESSION_EVENTS_MAX - 1);

    rc |= ngx_http_dynstore_redis_command(buf, 2);
    rc |= ngx_http_dynstore_redis_literal(buf, "HGETALL");
    rc |= ngx_http_dynstore_redis_key(buf, conf, 's', visitor_hash);

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return 2;
}


ngx_uint_t
ngx_http_dynstore_redis_format_write(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write,
    ngx_http_dynstore_redis_buf_t *buf)
{
    char                             text[DYN_EVENT_TEXT_BYTES_MAX];
    size_t                           len, n;
    ngx_int_t                        rc;
    ngx_str_t                       *auth;
    ngx_uint_t                       i, replies, events, trimmed, left_out;
    ngx_http_dynstore_redis_conf_t  *conf;

    static ngx_str_t  auths[] = {
#define X(constant, word) ngx_string(word),
        NGX_HTTP_DYNSTORE_AUTHS(X)
#undef X
    };

    auth = &auths[write->authenticated];
    conf = redis->conf;
    len = buf->len;
    left_out = 0;
    rc = NGX_OK;
    replies = 0;
    events = 0;
    trimmed = 0;

    for (i = 0; i < write->nevents; i++) {
        trimmed += dyn_event_in_session(&write->events[i]);
    }

    /* what LTRIM would cut off at once need not be pushed */
    trimmed -= ngx_min(trimmed, DYN_SESSION_EVENTS_MAX);

    for (i = 0; i < write->nevents && rc == NGX_OK; i++) {
        n = dyn_event_encode(&write->events[i], text, sizeof(text));

        if (n == 0) {
            continue;
        }

        if (dyn_event_in_session(&write->events[i]) && trimmed) {
            trimmed--;

        } else if (dyn_event_in_session(&write->events[i])) {
            rc |= ngx_http_dynstore_redis_command(buf, 3);
            rc |= ngx_http_dynstore_redis_literal(buf, "LPUSH");
            rc |= ngx_http_dynstore_redis_key(buf, conf, 'r', &write->visitor_hash);
            rc |= ngx_http_dynstore_redis_argument(buf, text, n);
            events++;
            replies++;
        }

        if (conf->stream_max && !ngx_http_dynstore_redis_stream_takes(redis, write)) {
            left_out++;

        } else if (conf->stream_max) {
            rc |= ngx_http_dynstore_redis_command(buf, auth->len ? 12 : 10);
            rc |= ngx_http_dynstore_redis_literal(buf, "XADD");
            rc |= ngx_http_dynstore_redis_stream(buf, conf);
            rc |= ngx_http_dynstore_redis_literal(buf, "MAXLEN");
            rc |= ngx_http_dynstore_redis_literal(buf, "~");
            rc |= ngx_http_dynstore_redis_number(buf, ngx_http_dynstore_redis_stream_max(redis, n));
            rc |= ngx_http_dynstore_redis_literal(buf, "*");
            rc |= ngx_http_dynstore_redis_literal(buf, "v");
            rc |= ngx_http_dynstore_redis_argument(buf, write->visitor_hash.data, write->visitor_hash.len);
            rc |= ngx_http_dynstore_redis_literal(buf, "e");
            rc |= ngx_http_dynstore_redis_argument(buf, text, n);

            if (auth->len) {
                rc |= ngx_http_dynstore_redis_literal(buf, "auth");
                rc |= ngx_http_dynstore_redis_argument(buf, auth->data, auth->len);
            }

            replies++;
        }
    }

    if (events) {
        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "LTRIM");
        rc |= ngx_http_dynstore_redis_key(buf, conf, 'r', &write->visitor_hash);
        rc |= ngx_http_dynstore_redis_literal(buf, "0");
        rc |= ngx_http_dynstore_redis_number(buf, DYN_SESSION_EVENTS_MAX - 1);
        rc |= ngx_http_dynstore_redis_expire(buf, conf, 'r', write);
        replies += 2;
    }

    for (i = 0; i < write->nset_once; i++) {
        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "HSETNX");
        rc |= ngx_http_dynstore_redis_key(buf, conf, 's', &write->visitor_hash);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set_once[i].name.data, write->set_once[i].name.len);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set_once[i].value.data, write->set_once[i].value.len);
        replies++;
    }

    if (events || write->nset_once) {
        rc |= ngx_http_dynstore_redis_expire(buf, conf, 's', write);
        replies++;
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    if (left_out) {
        (void) ngx_atomic_fetch_add(&redis->counters->stream_left_out, (ngx_atomic_int_t) left_out);
    }

    return replies;
}


/* Everybody can be new, again and again: of new visitors the stream takes no more than its budget. */
static ngx_uint_t
ngx_http_dynstore_redis_stream_takes(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write)
{
    if (!write->new_visitor) {
        return 1;
    }

    if (redis->new_second != ngx_time()) {
        redis->new_second = ngx_time();
        redis->new_left = redis->conf->stream_new;
    }

    if (redis->new_left == 0) {
        return 0;
    }

    redis->new_left--;

    return 1;
}


/*
 * How many entries of late entries' size fit into stream_bytes. The mean follows the last 256 or so, so that a change of size
 * leaves no more than these unaccounted for.
 */
static ngx_uint_t
ngx_http_dynstore_redis_stream_max(ngx_http_dynstore_redis_t *redis, size_t len)
{
    ngx_int_t   bytes;
    ngx_uint_t  fit;

    bytes = (ngx_int_t) (len + NGX_HTTP_DYNSTORE_REDIS_ENTRY_MORE) * 256;
    redis->entry_bytes += (bytes - redis->entry_bytes) / 256;

    fit = (ngx_uint_t) ((uint64_t) redis->conf->stream_bytes * 256 / (uint64_t) redis->entry_bytes);

    return ngx_min(fit, redis->conf->stream_max);
}


ngx_uint_t
ngx_http_dynstore_redis_format_trim(ngx_http_dynstore_redis_conf_t *conf, ngx_http_dynstore_redis_buf_t *buf)
{
    size_t     len;
    int64_t    oldest;
    u_char     text[NGX_INT64_LEN], *last;
    ngx_int_t  rc;

    len = buf->len;
    oldest = (int64_t) (ngx_time() - conf->stream_age_s) * 1000;
    last = ngx_sprintf(text, "%L", ngx_max(oldest, 0));

    rc = ngx_http_dynstore_redis_command(buf, 4);
    rc |= ngx_http_dynstore_redis_literal(buf, "XTRIM");
    rc |= ngx_http_dynstore_redis_stream(buf, conf);
    rc |= ngx_http_dynstore_redis_literal(buf, "MINID");
    rc |= ngx_http_dynstore_redis_argument(buf, text, last - text);

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return 1;
}
