/* The commands that read a session, record events and trim the stream: docs/data-model.md. */
#include "nginx/store/store_private.h"
#include "engine/events/text.h"
#include "redis/keys.h"


static ngx_int_t ngx_http_dynstore_store_stream(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_store_conf_t *conf);
static ngx_int_t ngx_http_dynstore_store_range(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_store_conf_t *conf, dyn_redis_key_e kind, ngx_str_t *visitor_hash);
static ngx_int_t ngx_http_dynstore_store_push(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_store_conf_t *conf, dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write,
    const char *text, size_t len);
static ngx_int_t ngx_http_dynstore_store_cut(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_store_conf_t *conf, dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write);
static ngx_int_t ngx_http_dynstore_store_expire(ngx_http_dynstore_redis_buf_t *buf,
    ngx_http_dynstore_store_conf_t *conf, dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write);
static ngx_uint_t ngx_http_dynstore_store_in_history(ngx_http_dynstore_store_conf_t *conf,
    ngx_http_dynstore_store_write_t *write, dyn_event_t *event);
static ngx_int_t ngx_http_dynstore_store_add(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write,
    const char *text, size_t len, ngx_http_dynstore_redis_buf_t *buf);
static ngx_uint_t ngx_http_dynstore_store_stream_takes(ngx_http_dynstore_store_t *store,
    ngx_http_dynstore_store_write_t *write);


ngx_int_t
ngx_http_dynstore_store_key(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_str_t *visitor_hash)
{
    size_t   len;
    u_char  *p, *start;

    len = conf->prefix.len + visitor_hash->len + DYN_REDIS_KEY_MORE;

    start = ngx_http_dynstore_redis_room(buf, NGX_HTTP_DYNSTORE_REDIS_LINE_MAX + len + 2);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_dynstore_redis_line(start, '$', len);
    p = (u_char *) dyn_redis_key_write((char *) p, (dyn_str_t) { (char *) conf->prefix.data, conf->prefix.len }, kind,
                                       (dyn_str_t) { (char *) visitor_hash->data, visitor_hash->len });
    *p++ = '\r';
    *p++ = '\n';
    buf->len += p - start;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_store_stream(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf)
{
    char  key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_STREAM_MORE], *last;

    last = dyn_redis_stream_write(key, (dyn_str_t) { (char *) conf->prefix.data, conf->prefix.len });

    return ngx_http_dynstore_redis_argument(buf, key, last - key);
}


/* How many entries a list has at most. */
static ngx_uint_t
ngx_http_dynstore_store_entries_max(dyn_redis_key_e kind)
{
    return kind == DYN_REDIS_KEY_HISTORY ? DYN_HISTORY_EVENTS_MAX : DYN_SESSION_EVENTS_MAX;
}


static ngx_int_t
ngx_http_dynstore_store_range(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_str_t *visitor_hash)
{
    ngx_int_t  rc;

    rc = ngx_http_dynstore_redis_command(buf, 4);
    rc |= ngx_http_dynstore_redis_literal(buf, "LRANGE");
    rc |= ngx_http_dynstore_store_key(buf, conf, kind, visitor_hash);
    rc |= ngx_http_dynstore_redis_literal(buf, "0");
    rc |= ngx_http_dynstore_redis_number(buf, ngx_http_dynstore_store_entries_max(kind) - 1);

    return rc;
}


static ngx_int_t
ngx_http_dynstore_store_push(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write, const char *text, size_t len)
{
    ngx_int_t  rc;

    rc = ngx_http_dynstore_redis_command(buf, 3);
    rc |= ngx_http_dynstore_redis_literal(buf, "LPUSH");
    rc |= ngx_http_dynstore_store_key(buf, conf, kind, &write->visitor_hash);
    rc |= ngx_http_dynstore_redis_argument(buf, text, len);

    return rc;
}


/* A list that was pushed to: two commands. */
static ngx_int_t
ngx_http_dynstore_store_cut(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write)
{
    ngx_int_t  rc;

    rc = ngx_http_dynstore_redis_command(buf, 4);
    rc |= ngx_http_dynstore_redis_literal(buf, "LTRIM");
    rc |= ngx_http_dynstore_store_key(buf, conf, kind, &write->visitor_hash);
    rc |= ngx_http_dynstore_redis_literal(buf, "0");
    rc |= ngx_http_dynstore_redis_number(buf, ngx_http_dynstore_store_entries_max(kind) - 1);
    rc |= ngx_http_dynstore_store_expire(buf, conf, kind, write);

    return rc;
}


/* Keys of a new visitor expire sooner. The second event, which has the cookie, gives them the full time. */
static ngx_int_t
ngx_http_dynstore_store_expire(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_http_dynstore_store_write_t *write)
{
    ngx_int_t  rc;

    rc = ngx_http_dynstore_redis_command(buf, 3);
    rc |= ngx_http_dynstore_redis_literal(buf, "EXPIRE");
    rc |= ngx_http_dynstore_store_key(buf, conf, kind, &write->visitor_hash);
    rc |= ngx_http_dynstore_redis_number(buf, write->new_visitor ? conf->new_idle_s
                                              : kind == DYN_REDIS_KEY_HISTORY ? conf->history_s : conf->idle_s);

    return rc;
}


/* What tells of a taste that outlives the session. */
static ngx_uint_t
ngx_http_dynstore_store_in_history(ngx_http_dynstore_store_conf_t *conf, ngx_http_dynstore_store_write_t *write,
    dyn_event_t *event)
{
    return conf->history_s && !write->session_only
           && (event->type == DYN_EVENT_PURCHASE || event->type == DYN_EVENT_ADD_TO_CART
               || event->type == DYN_EVENT_WISHLIST);
}


ngx_uint_t
ngx_http_dynstore_store_format_read(ngx_http_dynstore_store_conf_t *conf, ngx_str_t *visitor_hash, ngx_uint_t session_only,
    ngx_http_dynstore_redis_buf_t *buf)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  history;

    len = buf->len;
    history = conf->history_s && !session_only;

    rc = ngx_http_dynstore_store_range(buf, conf, DYN_REDIS_KEY_LOG, visitor_hash);

    rc |= ngx_http_dynstore_redis_command(buf, 2);
    rc |= ngx_http_dynstore_redis_literal(buf, "HGETALL");
    rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_FACTS, visitor_hash);

    if (history) {
        rc |= ngx_http_dynstore_store_range(buf, conf, DYN_REDIS_KEY_HISTORY, visitor_hash);
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return history ? 3 : 2;
}


/* An entry of the stream. */
static ngx_int_t
ngx_http_dynstore_store_add(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write, const char *text,
    size_t len, ngx_http_dynstore_redis_buf_t *buf)
{
    ngx_int_t   rc;
    ngx_str_t  *auth;

    static ngx_str_t  auths[] = {
#define X(constant, word) ngx_string(word),
        NGX_HTTP_DYNSTORE_AUTHS(X)
#undef X
    };

    auth = &auths[write->authenticated];
    rc = ngx_http_dynstore_redis_command(buf, auth->len ? 12 : 10);
    rc |= ngx_http_dynstore_redis_literal(buf, "XADD");
    rc |= ngx_http_dynstore_store_stream(buf, store->conf);
    rc |= ngx_http_dynstore_redis_literal(buf, "MAXLEN");
    rc |= ngx_http_dynstore_redis_literal(buf, "~");
    rc |= ngx_http_dynstore_redis_number(buf, ngx_http_dynstore_store_stream_max(store, len));
    rc |= ngx_http_dynstore_redis_literal(buf, "*");
    rc |= ngx_http_dynstore_redis_literal(buf, "v");
    rc |= ngx_http_dynstore_redis_argument(buf, write->visitor_hash.data, write->visitor_hash.len);
    rc |= ngx_http_dynstore_redis_literal(buf, "e");
    rc |= ngx_http_dynstore_redis_argument(buf, text, len);

    if (auth->len) {
        rc |= ngx_http_dynstore_redis_literal(buf, "auth");
        rc |= ngx_http_dynstore_redis_argument(buf, auth->data, auth->len);
    }

    return rc;
}


ngx_int_t
ngx_http_dynstore_store_format_write(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write,
    ngx_http_dynstore_redis_buf_t *buf)
{
    char                             text[DYN_EVENT_TEXT_BYTES_MAX];
    size_t                           len, n;
    ngx_int_t                        rc;
    ngx_uint_t                       i, replies, events, trimmed, remembered, forgotten, stream, left_out;
    ngx_http_dynstore_store_conf_t  *conf;

    conf = store->conf;
    len = buf->len;
    stream = conf->stream_max && !write->session_only;
    left_out = 0;
    write->streamed = 0;
    rc = NGX_OK;
    replies = 0;
    events = 0;
    trimmed = 0;
    remembered = 0;
    forgotten = 0;

    for (i = 0; i < write->nevents; i++) {
        trimmed += dyn_event_in_session(&write->events[i]);
        forgotten += ngx_http_dynstore_store_in_history(conf, write, &write->events[i]);
    }

    /* entries that LTRIM would cut off at once are not pushed */
    trimmed -= ngx_min(trimmed, DYN_SESSION_EVENTS_MAX);
    forgotten -= ngx_min(forgotten, DYN_HISTORY_EVENTS_MAX);

    for (i = 0; i < write->nevents && rc == NGX_OK; i++) {
        n = dyn_event_encode(&write->events[i], text, sizeof(text));

        if (n == 0) {
            continue;
        }

        if (dyn_event_in_session(&write->events[i]) && trimmed) {
            trimmed--;

        } else if (dyn_event_in_session(&write->events[i])) {
            rc |= ngx_http_dynstore_store_push(buf, conf, DYN_REDIS_KEY_LOG, write, text, n);
            events++;
            replies++;
        }

        if (ngx_http_dynstore_store_in_history(conf, write, &write->events[i]) && forgotten) {
            forgotten--;

        } else if (ngx_http_dynstore_store_in_history(conf, write, &write->events[i])) {
            rc |= ngx_http_dynstore_store_push(buf, conf, DYN_REDIS_KEY_HISTORY, write, text, n);
            remembered++;
            replies++;
        }

        if (stream && !ngx_http_dynstore_store_stream_takes(store, write)) {
            left_out++;

        } else if (stream) {
            write->streamed++;
            rc |= ngx_http_dynstore_store_add(store, write, text, n, buf);
            replies++;
        }
    }

    for (i = 0; i < write->nblocks && stream && rc == NGX_OK; i++) {

        if (!ngx_http_dynstore_store_stream_takes(store, write)) {
            left_out++;
            continue;
        }

        write->streamed++;
        rc |= ngx_http_dynstore_store_add(store, write, write->blocks[i].data, write->blocks[i].len, buf);
        replies++;
    }

    if (events) {
        rc |= ngx_http_dynstore_store_cut(buf, conf, DYN_REDIS_KEY_LOG, write);
        replies += 2;
    }

    if (remembered) {
        rc |= ngx_http_dynstore_store_cut(buf, conf, DYN_REDIS_KEY_HISTORY, write);
        replies += 2;
    }

    for (i = 0; i < write->nset_once; i++) {
        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "HSETNX");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_FACTS, &write->visitor_hash);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set_once[i].name.data, write->set_once[i].name.len);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set_once[i].value.data, write->set_once[i].value.len);
        replies++;
    }

    for (i = 0; i < write->nset; i++) {
        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "HSET");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_FACTS, &write->visitor_hash);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set[i].name.data, write->set[i].name.len);
        rc |= ngx_http_dynstore_redis_argument(buf, write->set[i].value.data, write->set[i].value.len);
        replies++;
    }

    if (write->renew_log && !events) {
        rc |= ngx_http_dynstore_store_expire(buf, conf, DYN_REDIS_KEY_LOG, write);
        replies++;
    }

    if (events || write->nset_once || write->nset) {
        rc |= ngx_http_dynstore_store_expire(buf, conf, DYN_REDIS_KEY_FACTS, write);
        replies++;
    }

    for (i = 0; i < NGX_HTTP_DYNSTORE_STORE_TOKENS && stream; i++) {

        if (write->tokens[i].len == 0) {
            continue;
        }

        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "HSET");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_TOKEN, &write->tokens[i]);
        rc |= ngx_http_dynstore_redis_literal(buf, "v");
        rc |= ngx_http_dynstore_redis_argument(buf, write->visitor_hash.data, write->visitor_hash.len);
        rc |= ngx_http_dynstore_redis_command(buf, 3);
        rc |= ngx_http_dynstore_redis_literal(buf, "EXPIRE");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_TOKEN, &write->tokens[i]);
        rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_STORE_TOKEN_S);
        replies += 2;
    }

    if (write->customer.len && stream) {
        rc |= ngx_http_dynstore_redis_command(buf, 3);
        rc |= ngx_http_dynstore_redis_literal(buf, "SADD");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_CUSTOMER, &write->customer);
        rc |= ngx_http_dynstore_redis_argument(buf, write->visitor_hash.data, write->visitor_hash.len);
        rc |= ngx_http_dynstore_redis_command(buf, 3);
        rc |= ngx_http_dynstore_redis_literal(buf, "EXPIRE");
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_CUSTOMER, &write->customer);
        rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_STORE_CUSTOMER_S);
        replies += 2;
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return NGX_ERROR;
    }

    if (left_out) {
        (void) ngx_atomic_fetch_add(&store->counters->stream_left_out, (ngx_atomic_int_t) left_out);
    }

    return (ngx_int_t) replies;
}


/* Anybody can appear as new again and again, so new visitors have a budget in the stream. */
static ngx_uint_t
ngx_http_dynstore_store_stream_takes(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write)
{
    if (!write->new_visitor) {
        return 1;
    }

    if (store->new_second != ngx_time()) {
        store->new_second = ngx_time();
        store->new_left = store->conf->stream_new;
    }

    if (store->new_left == 0) {
        return 0;
    }

    store->new_left--;

    return 1;
}


/*
 * Returns how many entries of the recent mean size fit into stream_bytes. The mean follows about the last 256 entries, so it
 * adapts to a change of size within these.
 */
ngx_uint_t
ngx_http_dynstore_store_stream_max(ngx_http_dynstore_store_t *store, size_t len)
{
    ngx_int_t   bytes;
    ngx_uint_t  fit;

    bytes = (ngx_int_t) (len + NGX_HTTP_DYNSTORE_STORE_ENTRY_MORE) * 256;
    store->entry_bytes += (bytes - store->entry_bytes) / 256;

    fit = (ngx_uint_t) ((uint64_t) store->conf->stream_bytes * 256 / (uint64_t) store->entry_bytes);

    return ngx_min(fit, store->conf->stream_max);
}


/*
 * A script, because nothing else moves a key that may be missing, and joins it with one that may be there: requests that come at
 * once, and workers that still have only the old key, lose nothing and write nothing twice.
 */
ngx_uint_t
ngx_http_dynstore_store_format_move(ngx_http_dynstore_store_conf_t *conf, ngx_str_t *from, ngx_str_t *to,
    ngx_http_dynstore_redis_buf_t *buf)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  i;

    static const char  script[] =
        "for i = 1, #KEYS, 2 do "
            "local from, to = KEYS[i], KEYS[i + 1] "
            "if redis.call('EXISTS', from) == 1 and redis.call('RENAMENX', from, to) == 0 then "
                "if i == 3 then "
                    "local facts = redis.call('HGETALL', from) "
                    "for k = 1, #facts, 2 do redis.call('HSETNX', to, facts[k], facts[k + 1]) end "
                "else "
                    "for _, entry in ipairs(redis.call('LRANGE', from, 0, -1)) do redis.call('RPUSH', to, entry) end "
                "end "
                "redis.call('DEL', from) "
            "end "
        "end "
        "return 1";

    static const dyn_redis_key_e  kinds[] = { DYN_REDIS_KEY_LOG, DYN_REDIS_KEY_FACTS, DYN_REDIS_KEY_HISTORY };

    len = buf->len;

    rc = ngx_http_dynstore_redis_command(buf, 9);
    rc |= ngx_http_dynstore_redis_literal(buf, "EVAL");
    rc |= ngx_http_dynstore_redis_literal(buf, script);
    rc |= ngx_http_dynstore_redis_literal(buf, "6");

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        rc |= ngx_http_dynstore_store_key(buf, conf, kinds[i], from);
        rc |= ngx_http_dynstore_store_key(buf, conf, kinds[i], to);
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return 1;
}


ngx_uint_t
ngx_http_dynstore_store_format_record(ngx_http_dynstore_store_conf_t *conf, const dyn_fact_t *fields, ngx_uint_t nfields,
    ngx_uint_t most, ngx_http_dynstore_redis_buf_t *buf)
{
    char        key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_DECISIONS_MORE], *last;
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  i, filled;

    len = buf->len;
    filled = 0;

    for (i = 0; i < nfields; i++) {
        filled += fields[i].value.len != 0;
    }

    last = dyn_redis_decisions_write(key, (dyn_str_t) { (char *) conf->prefix.data, conf->prefix.len });

    rc = ngx_http_dynstore_redis_command(buf, 6 + 2 * filled);
    rc |= ngx_http_dynstore_redis_literal(buf, "XADD");
    rc |= ngx_http_dynstore_redis_argument(buf, key, last - key);
    rc |= ngx_http_dynstore_redis_literal(buf, "MAXLEN");
    rc |= ngx_http_dynstore_redis_literal(buf, "~");
    rc |= ngx_http_dynstore_redis_number(buf, most);
    rc |= ngx_http_dynstore_redis_literal(buf, "*");

    for (i = 0; i < nfields; i++) {
        if (fields[i].value.len != 0) {
            rc |= ngx_http_dynstore_redis_argument(buf, fields[i].name.data, fields[i].name.len);
            rc |= ngx_http_dynstore_redis_argument(buf, fields[i].value.data, fields[i].value.len);
        }
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return 1;
}


ngx_uint_t
ngx_http_dynstore_store_format_trim(ngx_http_dynstore_store_conf_t *conf, ngx_http_dynstore_redis_buf_t *buf)
{
    char         key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_DECISIONS_MORE], *end;
    size_t       len;
    int64_t      oldest;
    u_char       text[NGX_INT64_LEN], *last;
    ngx_int_t    rc;
    ngx_uint_t   i;

    static char *(*const  streams[])(char *out, dyn_str_t prefix) = { dyn_redis_stream_write, dyn_redis_decisions_write };

    rc = NGX_OK;
    len = buf->len;
    oldest = (int64_t) (ngx_time() - conf->stream_age_s) * 1000;
    last = ngx_sprintf(text, "%L", ngx_max(oldest, 0));

    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        end = streams[i](key, (dyn_str_t) { (char *) conf->prefix.data, conf->prefix.len });

        rc |= ngx_http_dynstore_redis_command(buf, 4);
        rc |= ngx_http_dynstore_redis_literal(buf, "XTRIM");
        rc |= ngx_http_dynstore_redis_argument(buf, key, end - key);
        rc |= ngx_http_dynstore_redis_literal(buf, "MINID");
        rc |= ngx_http_dynstore_redis_argument(buf, text, last - text);
    }

    if (rc != NGX_OK) {
        buf->len = len;
        return 0;
    }

    return i;
}
