/*
 * The end of a worker: queued commands are sent before the process ends. Only here the client waits, at most
 * NGX_HTTP_DYNSTORE_REDIS_EXIT_MS, because no request is left. The event loop has ended, so this file waits for the
 * events of this one connection; their handlers do the rest, whatever the link is.
 */
#include "nginx/transport/redis_private.h"

#include <poll.h>


static ngx_int_t ngx_http_dynstore_redis_exit_hand_over(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_exit_dial(ngx_http_dynstore_redis_t *redis);
static ngx_int_t ngx_http_dynstore_redis_exit_turn(ngx_connection_t *c, ngx_msec_t deadline);
static void ngx_http_dynstore_redis_exit_send_unheard(ngx_http_dynstore_redis_t *redis);


void
ngx_http_dynstore_redis_exit(ngx_http_dynstore_redis_t *redis)
{
    if ((redis->backlog_replies || (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && redis->nexchanges))
        && ngx_http_dynstore_redis_exit_hand_over(redis) != NGX_OK)
    {
        ngx_http_dynstore_redis_exit_send_unheard(redis);

        (void) ngx_atomic_fetch_add(&redis->counters->redis_writes_dropped,
                                    (ngx_atomic_int_t) redis->backlog_replies);
        ngx_log_error(NGX_LOG_WARN, redis->cycle->log, 0,
                      "dynstore: %V did not confirm its queued commands within the %d ms that an ending worker waits",
                      &redis->conf->url, NGX_HTTP_DYNSTORE_REDIS_EXIT_MS);
    }

    redis->state = NGX_HTTP_DYNSTORE_REDIS_BACKOFF;
    ngx_http_dynstore_redis_disconnect(redis);

    ngx_http_dynstore_redis_buf_free(&redis->output);
    ngx_http_dynstore_redis_buf_free(&redis->backlog);

    if (redis->output.start) {
        ngx_free(redis->output.start);
    }

    if (redis->backlog.start) {
        ngx_free(redis->backlog.start);
    }

    ngx_memzero(&redis->output, sizeof(ngx_http_dynstore_redis_buf_t));
    ngx_memzero(&redis->backlog, sizeof(ngx_http_dynstore_redis_buf_t));
}


/* NGX_OK: everything is answered, and nothing is queued. */
static ngx_int_t
ngx_http_dynstore_redis_exit_hand_over(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t         i;
    ngx_msec_t         deadline;
    ngx_connection_t  *c;

    ngx_time_update();
    deadline = ngx_current_msec + NGX_HTTP_DYNSTORE_REDIS_EXIT_MS;

    /* the requests that wait end with the worker */
    for (i = 0; i < redis->nexchanges; i++) {
        ngx_http_dynstore_redis_forget(&redis->exchanges[(redis->head + i) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX]);
    }

    if (redis->peer.connection == NULL) {
        ngx_http_dynstore_redis_exit_dial(redis);

    } else if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_OPEN) {
        ngx_http_dynstore_redis_probe(redis);
    }

    for ( ;; ) {
        /* commands that follow from a reply are sent at once, too */
        do {
            ngx_http_dynstore_redis_poll(redis);
        } while (redis->flush.posted);

        if (redis->nexchanges == 0 && redis->backlog_replies == 0) {
            return redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF ? NGX_ERROR : NGX_OK;
        }

        c = redis->peer.connection;

        if (c == NULL || ngx_http_dynstore_redis_exit_turn(c, deadline) != NGX_OK) {
            return NGX_ERROR;
        }
    }
}


/* For a host name that nginx's resolver looks up, only the address tried last is known. */
static void
ngx_http_dynstore_redis_exit_dial(ngx_http_dynstore_redis_t *redis)
{
    if (redis->resolving) {
        ngx_resolve_name_done(redis->resolving);
        redis->resolving = NULL;
    }

    if (redis->conf->naddrs) {
        ngx_http_dynstore_redis_connect(redis);

    } else if (redis->peer.socklen) {
        ngx_http_dynstore_redis_dial(redis, (struct sockaddr *) &redis->sockaddr, redis->peer.socklen);
    }
}


static ngx_int_t
ngx_http_dynstore_redis_exit_turn(ngx_connection_t *c, ngx_msec_t deadline)
{
    ngx_event_t                *rev, *wev;
    struct pollfd               events;
    ngx_msec_int_t              left;
    ngx_http_dynstore_redis_t  *redis;

    redis = c->data;
    rev = c->read;
    wev = c->write;
    left = (ngx_msec_int_t) (deadline - ngx_current_msec);

    if (left <= 0) {
        return NGX_ERROR;
    }

    events.fd = c->fd;
    events.events = wev->ready ? POLLIN : POLLIN|POLLOUT;
    events.revents = 0;

    if (poll(&events, 1, (int) left) == -1 && ngx_errno != NGX_EINTR) {
        return NGX_ERROR;
    }

    ngx_time_update();

    if (events.revents & POLLOUT) {
        wev->ready = 1;
        wev->handler(wev);
    }

    if ((events.revents & ~POLLOUT) && redis->peer.connection == c) {
        rev->ready = 1;
#if (NGX_HAVE_EPOLLRDHUP)
        rev->available = -1;
#endif
        rev->handler(rev);
    }

    return NGX_OK;
}


/*
 * Redis has neither answered nor refused: it may be slow, and read this after the worker has ended. Nobody hears whether
 * it does, so the commands count as dropped.
 */
static void
ngx_http_dynstore_redis_exit_send_unheard(ngx_http_dynstore_redis_t *redis)
{
    ngx_connection_t  *c;

    c = redis->peer.connection;

    if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY
        || redis->backlog_replies == 0
        || ngx_http_dynstore_redis_append(&redis->output, redis->backlog.start + redis->backlog.pos,
                                          redis->backlog.len) != NGX_OK)
    {
        return;
    }

    (void) c->send(c, redis->output.start + redis->output.pos, redis->output.len);
}
