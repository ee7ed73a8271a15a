/* How a connection to Redis ends: said once, everybody who waits for it told, and tried again later. */
#include "ngx_http_dynstore_redis_private.h"


void
ngx_http_dynstore_redis_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err,
    const char *what, const char *detail)
{
    if (level <= NGX_LOG_ERR && redis->complained == ngx_time()) {
        level = NGX_LOG_INFO;
    }

    if (level <= NGX_LOG_ERR) {
        redis->complained = ngx_time();
    }

    ngx_log_error(level, redis->cycle->log, err, "dynstore: %s %V%s%s", what, &redis->conf->url,
                  *detail ? ": " : "", detail);
}


/* Ends the connection, fails all that waits for it, and tries again later. */
void
ngx_http_dynstore_redis_fail(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err, const char *what,
    const char *detail)
{
    ngx_msec_t  delay;
    ngx_uint_t  idle;

    /* A peer that closes an idle connection has not failed. */
    idle = redis->greeted && redis->nslots == 0
           && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_CLOSED && redis->backlog_replies == 0;

    ngx_http_dynstore_redis_complain(redis, level, err, what, detail);

    if (!redis->greeted) {
        ngx_http_dynstore_count(redis_connect_failures);
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

    delay = redis->auth_failed ? NGX_HTTP_DYNSTORE_REDIS_BACKOFF_AUTH_MS : redis->backoff;

    /* jitter: half to whole, so that many workers do not come back together */
    delay = delay / 2 + (ngx_msec_t) ngx_random() % (delay / 2 + 1);

    if (!ngx_exiting) {
        ngx_add_timer(&redis->retry, delay);
    }
}


void
ngx_http_dynstore_redis_disconnect(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t                       nslots;
    ngx_http_dynstore_redis_slot_t  *slot, old;

    redis->greeted = 0;

    if (redis->resolving) {
        ngx_resolve_name_done(redis->resolving);
        redis->resolving = NULL;
    }

    if (redis->peer.connection) {
        ngx_close_connection(redis->peer.connection);
        redis->peer.connection = NULL;
    }

    if (redis->reader) {
        redisReaderFree(redis->reader);
        redis->reader = NULL;
    }

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

    for (nslots = redis->nslots; nslots; nslots--) {
        slot = &redis->slots[redis->head];
        old = *slot;

        redis->head = (redis->head + 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
        redis->nslots--;

        if (old.kind == NGX_HTTP_DYNSTORE_SLOT_WRITE) {
            (void) ngx_atomic_fetch_add(&ngx_http_dynstore_counters->redis_writes_dropped,
                                        (ngx_atomic_int_t) old.replies);
        }

        if (old.read) {
            ngx_http_dynstore_count(redis_errors);
            ngx_http_dynstore_redis_breaker_note(redis, 1);

            old.read->slot = NULL;
            old.read->status = NGX_ERROR;
            old.read->handler(old.read);
        }
    }
}
