/* How a connection to Redis ends: said once, everybody who waits for it told, and tried again later. */
#include "nginx/core/log.h"
#include "nginx/transport/redis_private.h"


static ngx_uint_t ngx_http_dynstore_redis_may_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t *level);
static void ngx_http_dynstore_redis_confirm_none(ngx_http_dynstore_redis_t *redis);


void
ngx_http_dynstore_redis_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err,
    const char *what, const u_char *detail, size_t len)
{
    ngx_str_t                     escaped;
    ngx_http_dynstore_log_text_t  text;

    if (!ngx_http_dynstore_redis_may_complain(redis, &level)) {
        return;
    }

    escaped = ngx_http_dynstore_log_text(&text, detail, len);

    ngx_log_error(level, redis->cycle->log, err, "dynstore: %s %V%s%V", what, &redis->conf->url,
                  escaped.len ? ": " : "", &escaped);
}


void
ngx_http_dynstore_redis_complain_of(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_exchange_t *exchange,
    const char *what, const u_char *detail, size_t len)
{
    ngx_str_t                     escaped;
    ngx_uint_t                    level;
    ngx_http_dynstore_log_text_t  text;

    level = NGX_LOG_ERR;

    if (exchange->visitor_hash[0] == '\0') {
        ngx_http_dynstore_redis_complain(redis, level, 0, what, detail, len);
        return;
    }

    if (!ngx_http_dynstore_redis_may_complain(redis, &level)) {
        return;
    }

    escaped = ngx_http_dynstore_log_text(&text, detail, len);

    ngx_log_error(level, redis->cycle->log, 0, "dynstore: %s %V: %V, about %V%s:{%*s}", what, &redis->conf->url, &escaped,
                  &redis->conf->prefix, exchange->kind != NGX_HTTP_DYNSTORE_EXCHANGE_READ ? "*" : exchange->index ? "s" : "r",
                  (size_t) DYN_VISITOR_HASH_BYTES, exchange->visitor_hash);
}


/* One line a second; the others are for who wants to see all. */
static ngx_uint_t
ngx_http_dynstore_redis_may_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t *level)
{
    if (*level <= NGX_LOG_ERR && redis->complained == ngx_time()) {
        *level = NGX_LOG_INFO;
    }

    if (*level <= NGX_LOG_ERR) {
        redis->complained = ngx_time();
    }

    return redis->cycle->log->log_level >= *level;
}


/* Ends the connection, fails all that waits for it, and tries again later. */
void
ngx_http_dynstore_redis_fail(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err, const char *what,
    const char *detail)
{
    ngx_msec_t  delay;
    ngx_uint_t  idle;

    /* A peer that closes an idle connection has not failed. */
    idle = redis->greeted && redis->nexchanges == 0 && !redis->pause_long
           && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_CLOSED && redis->backlog_replies == 0;

    ngx_http_dynstore_redis_complain(redis, level, err, what, (u_char *) detail, ngx_strlen(detail));

    if (!redis->greeted) {
        ngx_http_dynstore_count(redis->counters, redis_connect_failures);
    }

    /* The state first: a handler that is told now must not queue anything new. */
    redis->state = NGX_HTTP_DYNSTORE_REDIS_BACKOFF;
    ngx_http_dynstore_redis_disconnect(redis);

    if (idle) {
        redis->state = NGX_HTTP_DYNSTORE_REDIS_IDLE;
        return;
    }

    redis->backoff = redis->backoff ? ngx_min(redis->backoff * 2, NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MAX_MS)
                                    : NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MIN_MS;

    delay = redis->pause_long ? NGX_HTTP_DYNSTORE_REDIS_BACKOFF_LONG_MS : redis->backoff;

    /* jitter: half to whole, so that many workers do not come back together */
    delay = delay / 2 + (ngx_msec_t) ngx_random() % (delay / 2 + 1);

    if (!ngx_exiting) {
        ngx_add_timer(&redis->retry, delay);
    }
}


void
ngx_http_dynstore_redis_disconnect(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t                       nexchanges;
    ngx_http_dynstore_redis_exchange_t  *exchange, old;

    redis->greeted = 0;

    if (redis->resolving) {
        ngx_resolve_name_done(redis->resolving);
        redis->resolving = NULL;
    }

    if (redis->peer.connection) {
        ngx_close_connection(redis->peer.connection);
        redis->peer.connection = NULL;
    }

    redis->copy_to = NULL;

    if (redis->watch.timer_set) {
        ngx_del_timer(&redis->watch);
    }

    if (redis->flush.posted) {
        ngx_delete_posted_event(&redis->flush);
    }

    ngx_http_dynstore_redis_buf_reset(&redis->output);

    if (redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_HALF_OPEN) {
        ngx_http_dynstore_redis_breaker_open(redis);
    }

    for (nexchanges = redis->nexchanges; nexchanges; nexchanges--) {
        exchange = &redis->exchanges[redis->head];
        old = *exchange;

        redis->head = (redis->head + 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
        redis->nexchanges--;

        if (old.kind == NGX_HTTP_DYNSTORE_EXCHANGE_WRITE) {
            (void) ngx_atomic_fetch_add(&redis->counters->redis_writes_dropped,
                                        (ngx_atomic_int_t) old.replies);
        }

        if (old.confirm) {
            ngx_http_dynstore_redis_confirmed(old.confirm, NGX_ERROR);
        }

        if (old.read) {
            ngx_http_dynstore_count(redis->counters, redis_errors);
            ngx_http_dynstore_redis_breaker_note(redis, 1);

            old.read->exchange = NULL;
            old.read->status = NGX_ERROR;
            old.read->handler(old.read);
        }
    }

    ngx_http_dynstore_redis_confirm_none(redis);
}


/* There is no connection for those who waited for one. */
static void
ngx_http_dynstore_redis_confirm_none(ngx_http_dynstore_redis_t *redis)
{
    ngx_queue_t                        *q;
    ngx_http_dynstore_redis_confirm_t  *confirm;

    while (!ngx_queue_empty(&redis->waiting)) {
        q = ngx_queue_head(&redis->waiting);
        confirm = ngx_queue_data(q, ngx_http_dynstore_redis_confirm_t, queue);

        ngx_http_dynstore_count(redis->counters, redis_writes_dropped);
        ngx_http_dynstore_redis_confirmed(confirm, NGX_ERROR);
    }
}


void
ngx_http_dynstore_redis_confirmed(ngx_http_dynstore_redis_confirm_t *confirm, ngx_int_t status)
{
    ngx_http_dynstore_redis_unconfirm(confirm);

    confirm->status = status;
    confirm->handler(confirm);
}
