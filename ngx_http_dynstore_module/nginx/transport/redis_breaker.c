#include "nginx/transport/redis_private.h"


/*
 * The breaker opens when, within one second, at least 10 look-ups have ended and half of them failed. While it is open, reads
 * fail fast; the client's own PING is the probe that closes it, so no shopper's request is used for that.
 */
#define NGX_HTTP_DYNSTORE_BREAKER_WINDOW_MS   1000
#define NGX_HTTP_DYNSTORE_BREAKER_READS_MIN   10


static void ngx_http_dynstore_redis_breaker_set(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_breaker_state_e state);


void
ngx_http_dynstore_redis_breaker_note(ngx_http_dynstore_redis_t *redis, ngx_uint_t failed)
{
    ngx_uint_t  level;

    if (ngx_current_msec - redis->window > NGX_HTTP_DYNSTORE_BREAKER_WINDOW_MS) {
        redis->window = ngx_current_msec;
        redis->window_reads = 0;
        redis->window_failures = 0;
    }

    redis->window_reads++;
    redis->window_failures += failed;

    if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED
        || redis->window_reads < NGX_HTTP_DYNSTORE_BREAKER_READS_MIN
        || redis->window_failures * 2 < redis->window_reads)
    {
        return;
    }

    ngx_http_dynstore_count(redis->counters, breaker_opened);

    /* frequent opening and closing is logged once a second, in pairs */
    redis->breaker_told = redis->breaker_said != ngx_time();
    redis->breaker_said = ngx_time();

    level = redis->breaker_told ? NGX_LOG_WARN : NGX_LOG_INFO;

    ngx_log_error(level, redis->cycle->log, 0,
                  "dynstore: the circuit breaker of %V opened: %ui of %ui look-ups failed within a second",
                  &redis->conf->url, redis->window_failures, redis->window_reads);

    ngx_http_dynstore_redis_breaker_open(redis);
}


void
ngx_http_dynstore_redis_breaker_open(ngx_http_dynstore_redis_t *redis)
{
    ngx_http_dynstore_redis_breaker_set(redis, NGX_HTTP_DYNSTORE_BREAKER_OPEN);

    if (!redis->retry.timer_set && !ngx_exiting) {
        ngx_add_timer(&redis->retry, NGX_HTTP_DYNSTORE_REDIS_PROBE_MS);
    }
}


void
ngx_http_dynstore_redis_breaker_close(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t  level;

    if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED) {
        level = redis->breaker_told ? NGX_LOG_NOTICE : NGX_LOG_INFO;

        ngx_log_error(level, redis->cycle->log, 0,
                      "dynstore: the circuit breaker of %V closed: Redis answers again", &redis->conf->url);
    }

    ngx_http_dynstore_redis_breaker_set(redis, NGX_HTTP_DYNSTORE_BREAKER_CLOSED);
    redis->window = ngx_current_msec;
    redis->window_reads = 0;
    redis->window_failures = 0;
}


ngx_http_dynstore_breaker_state_e
ngx_http_dynstore_redis_breaker(ngx_http_dynstore_redis_t *redis)
{
    return redis->breaker;
}


void
ngx_http_dynstore_redis_breaker_probing(ngx_http_dynstore_redis_t *redis)
{
    ngx_http_dynstore_redis_breaker_set(redis, NGX_HTTP_DYNSTORE_BREAKER_HALF_OPEN);
}


static void
ngx_http_dynstore_redis_breaker_set(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_breaker_state_e state)
{
    redis->breaker = state;
    redis->owner->breaker(redis->owner_data, state);
}
