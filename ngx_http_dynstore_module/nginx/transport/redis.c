/*
 * The connection's life, one state machine: idle, resolving, connecting, ready, backoff; the exchanges on it; and its end.
 * nginx/transport/redis_reply.c reads replies, and nginx/transport/redis_breaker.c has the breaker.
 */
#include "nginx/core/log.h"
#include "nginx/transport/redis_private.h"


static void ngx_http_dynstore_redis_read_handler(ngx_event_t *rev);
static void ngx_http_dynstore_redis_write_handler(ngx_event_t *wev);
static void ngx_http_dynstore_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_watch_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_retry_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_dynstore_redis_send(ngx_http_dynstore_redis_t *redis);
static ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_exchange_kind_e kind, ngx_uint_t replies);
static void ngx_http_dynstore_redis_own(ngx_http_dynstore_exchange_t *exchange, const u_char *tag,
    const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner);
static void ngx_http_dynstore_redis_send_backlog(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_hear(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_send_failed(ngx_http_dynstore_redis_t *redis, ngx_err_t err);
static void ngx_http_dynstore_redis_settle(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_resolved(ngx_resolver_ctx_t *ctx);
static void ngx_http_dynstore_redis_connected(ngx_http_dynstore_redis_t *redis);
static ngx_uint_t ngx_http_dynstore_redis_may_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t *level);


ngx_http_dynstore_redis_t *
ngx_http_dynstore_redis_create(ngx_cycle_t *cycle, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_http_dynstore_counters_t *counters, const ngx_http_dynstore_redis_owner_t *owner, void *data)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->exchanges = ngx_pcalloc(cycle->pool,
                               NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX * sizeof(ngx_http_dynstore_exchange_t));
    if (redis->exchanges == NULL) {
        return NULL;
    }

    redis->conf = rcf;
    redis->counters = counters;
    redis->cycle = cycle;
    redis->quiet = *cycle->log;
    redis->quiet.log_level = NGX_LOG_STDERR;
    redis->owner = owner;
    redis->owner_data = data;

    redis->flush.handler = ngx_http_dynstore_redis_flush_handler;
    redis->flush.data = redis;
    redis->flush.log = cycle->log;

    redis->watch.handler = ngx_http_dynstore_redis_watch_handler;
    redis->watch.data = redis;
    redis->watch.log = cycle->log;

    redis->retry.handler = ngx_http_dynstore_redis_retry_handler;
    redis->retry.data = redis;
    redis->retry.log = cycle->log;
    redis->retry.cancelable = 1;

    ngx_http_dynstore_redis_breaker_close(redis);

    return redis;
}


ngx_http_dynstore_redis_buf_t *
ngx_http_dynstore_redis_begin_read(ngx_http_dynstore_redis_t *redis)
{
    if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED
        || redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF
        || redis->nexchanges >= NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX - 1)    /* one is reserved for the greeting */
    {
        return NULL;
    }

    ngx_http_dynstore_redis_wake(redis);

    return redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF ? NULL : &redis->output;
}


ngx_http_dynstore_exchange_t *
ngx_http_dynstore_redis_push_read(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies, const u_char *tag,
    const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner)
{
    ngx_http_dynstore_exchange_t  *exchange;

    exchange = ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_READ, replies);
    ngx_http_dynstore_redis_own(exchange, tag, handlers, owner);

    ngx_http_dynstore_count(redis->counters, redis_reads);

    return exchange;
}


ngx_http_dynstore_redis_buf_t *
ngx_http_dynstore_redis_begin_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t *ready)
{
    ngx_http_dynstore_redis_wake(redis);

    /* older ones first */
    ngx_http_dynstore_redis_send_backlog(redis);

    *ready = ngx_http_dynstore_redis_takes_writes(redis) && redis->backlog_replies == 0;

    return *ready ? &redis->output : &redis->backlog;
}


ngx_http_dynstore_exchange_t *
ngx_http_dynstore_redis_push_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies, const u_char *tag,
    const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner)
{
    ngx_http_dynstore_exchange_t  *exchange;

    if (!ngx_http_dynstore_redis_takes_writes(redis) || redis->backlog_replies) {
        redis->backlog_replies += replies;
        return NULL;
    }

    exchange = ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_WRITE, replies);
    ngx_http_dynstore_redis_own(exchange, tag, handlers, owner);

    (void) ngx_atomic_fetch_add(&redis->counters->redis_writes, (ngx_atomic_int_t) replies);

    return exchange;
}


static void
ngx_http_dynstore_redis_own(ngx_http_dynstore_exchange_t *exchange, const u_char *tag,
    const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner)
{
    exchange->handlers = handlers;
    exchange->owner = owner;

    if (tag != NULL) {
        exchange->tagged = 1;
        ngx_memcpy(exchange->tag, tag, NGX_HTTP_DYNSTORE_REDIS_TAG_BYTES);
    }
}


void
ngx_http_dynstore_redis_forget(ngx_http_dynstore_exchange_t *exchange)
{
    exchange->owner = NULL;
}


void
ngx_http_dynstore_redis_wake(ngx_http_dynstore_redis_t *redis)
{
    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE) {
        ngx_http_dynstore_redis_connect(redis);
    }
}


ngx_uint_t
ngx_http_dynstore_redis_is_made(ngx_http_dynstore_redis_t *redis)
{
    return redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING
           || redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING
           || (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && !redis->greeted);
}


/*
 * A connection takes no writes before its greeting was answered or while it does not answer, because they could be refused or
 * lost.
 */
ngx_uint_t
ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis)
{
    return redis->state == NGX_HTTP_DYNSTORE_REDIS_READY
           && redis->greeted
           && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_CLOSED
           && redis->nexchanges < NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
}


ngx_http_dynstore_exchange_t *
ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis)
{
    return redis->nexchanges ? &redis->exchanges[redis->head] : NULL;
}


/* The caller has checked that there is room. */
static ngx_http_dynstore_exchange_t *
ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_kind_e kind,
    ngx_uint_t replies)
{
    ngx_http_dynstore_exchange_t  *exchange;

    exchange = &redis->exchanges[(redis->head + redis->nexchanges) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX];
    redis->nexchanges++;

    exchange->kind = kind;
    exchange->replies = replies;
    exchange->index = 0;
    exchange->handlers = NULL;
    exchange->owner = NULL;
    exchange->tagged = 0;
    exchange->own_fault = 0;
    exchange->over_limit = 0;
    exchange->started = ngx_current_msec;
    exchange->failed = 0;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY) {
        redis->peer.connection->idle = 0;
        ngx_post_event(&redis->flush, &ngx_posted_events);

        if (!redis->watch.timer_set) {
            ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS);
        }
    }

    return exchange;
}


static void
ngx_http_dynstore_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t           *c;
    ngx_http_dynstore_redis_t  *redis;

    c = wev->data;
    redis = c->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING) {
        ngx_http_dynstore_redis_connected(redis);
        return;
    }

    if (ngx_http_dynstore_redis_send(redis) != NGX_OK) {
        ngx_http_dynstore_redis_send_failed(redis, ngx_socket_errno);
    }
}


/* Redis may have sent the reason before it closed the connection. */
static void
ngx_http_dynstore_redis_send_failed(ngx_http_dynstore_redis_t *redis, ngx_err_t err)
{
    ngx_http_dynstore_redis_hear(redis);

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "cannot be sent to", "");
    }
}


static void
ngx_http_dynstore_redis_flush_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ev->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && ngx_http_dynstore_redis_send(redis) != NGX_OK) {
        ngx_http_dynstore_redis_send_failed(redis, ngx_socket_errno);
    }
}


void
ngx_http_dynstore_redis_poll(ngx_http_dynstore_redis_t *redis)
{
    if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY) {
        return;
    }

    if (redis->flush.posted) {
        ngx_delete_posted_event(&redis->flush);
        ngx_http_dynstore_redis_flush_handler(&redis->flush);

        if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY) {
            return;
        }
    }

    ngx_http_dynstore_redis_hear(redis);
}


static void
ngx_http_dynstore_redis_hear(ngx_http_dynstore_redis_t *redis)
{
    ngx_event_t  *rev;

    rev = redis->peer.connection->read;

#if (NGX_HAVE_EPOLLRDHUP)
    /* `available` is from the last event, and recv() would trust it */
    rev->available = -1;
#endif

    ngx_http_dynstore_redis_read_handler(rev);
}


static ngx_int_t
ngx_http_dynstore_redis_send(ngx_http_dynstore_redis_t *redis)
{
    ssize_t                         n;
    ngx_connection_t               *c;
    ngx_http_dynstore_redis_buf_t  *buf;

    c = redis->peer.connection;
    buf = &redis->output;

    while (buf->len && c->write->ready) {
        n = c->send(c, buf->start + buf->pos, buf->len);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        buf->pos += n;
        buf->len -= n;
    }

    if (buf->len == 0) {
        ngx_http_dynstore_redis_buf_reset(buf);
    }

    return ngx_handle_write_event(c->write, 0);
}


static void
ngx_http_dynstore_redis_read_handler(ngx_event_t *rev)
{
    u_char                      buf[16384];
    ssize_t                     n;
    ngx_connection_t           *c;
    ngx_http_dynstore_redis_t  *redis;

    c = rev->data;
    redis = c->data;

    if (c->close) {
        ngx_http_dynstore_redis_disconnect(redis);
        redis->state = NGX_HTTP_DYNSTORE_REDIS_IDLE;
        return;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING) {
        /* both events report a refused connection; the write handler logs the reason */
        ngx_http_dynstore_redis_write_handler(c->write);

        if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY) {
            return;
        }
    }

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_dynstore_redis_fail(redis, redis->nexchanges ? NGX_LOG_ERR : NGX_LOG_INFO,
                                         n == NGX_ERROR ? ngx_socket_errno : 0, "closed the connection", "");
            return;
        }

        if (ngx_http_dynstore_redis_replies(redis, buf, n) != NGX_OK) {
            ngx_http_dynstore_count(redis->counters, redis_protocol);
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "sent something that is not RESP, or that nobody asked for", "");
            return;
        }

        if (redis->refused || redis->anew) {
            /* the reason has been logged with the reply */
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_INFO, 0, "is disconnected after its error", "");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "cannot be waited for: nginx failed to watch the connection", "");
        return;
    }

    ngx_http_dynstore_redis_settle(redis);
}


void
ngx_http_dynstore_redis_depth(ngx_http_dynstore_redis_t *redis, ngx_uint_t *exchanges, size_t *bytes)
{
    *exchanges = redis->nexchanges;
    *bytes = redis->output.len - redis->output.pos + redis->backlog.len - redis->backlog.pos;
}


/* All replies of the oldest exchange have come: removes the exchange and calls its owner. */
void
ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange)
{
    ngx_http_dynstore_exchange_t  over;

    /* a handler may start a new exchange in this place */
    over = *exchange;

    redis->head = (redis->head + 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
    redis->nexchanges--;

    switch (over.kind) {

    case NGX_HTTP_DYNSTORE_EXCHANGE_HELLO:

        if (redis->refused) {
            return;
        }

        ngx_http_dynstore_count(redis->counters, redis_connects);
        redis->greeted = 1;
        redis->backoff = 0;

        if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED) {
            /* the PING at the end of the greeting was the breaker's probe */
            ngx_http_dynstore_redis_breaker_close(redis);
        }

        ngx_http_dynstore_redis_send_backlog(redis);
        redis->owner->greeted(redis->owner_data);

        return;

    case NGX_HTTP_DYNSTORE_EXCHANGE_PROBE:

        if (over.failed) {
            ngx_http_dynstore_redis_breaker_open(redis);

        } else {
            ngx_http_dynstore_redis_breaker_close(redis);
        }

        return;

    case NGX_HTTP_DYNSTORE_EXCHANGE_READ:

        if (over.owner == NULL) {
            ngx_http_dynstore_count(redis->counters, redis_orphans);
            return;
        }

        if (over.over_limit) {
            ngx_http_dynstore_count(redis->counters, redis_over_limit);

        } else if (over.failed) {
            ngx_http_dynstore_count(redis->counters, redis_errors);
        }

        ngx_http_dynstore_redis_breaker_note(redis, over.failed && !over.own_fault);
        break;

    case NGX_HTTP_DYNSTORE_EXCHANGE_WRITE:
        break;
    }

    if (over.owner != NULL) {
        over.handlers->done(over.owner, over.failed ? NGX_ERROR : NGX_OK);
    }
}


static void
ngx_http_dynstore_redis_send_backlog(ngx_http_dynstore_redis_t *redis)
{
    if (redis->backlog_replies == 0
        || !ngx_http_dynstore_redis_takes_writes(redis)
        || ngx_http_dynstore_redis_append(&redis->output, redis->backlog.start + redis->backlog.pos,
                                          redis->backlog.len) != NGX_OK)
    {
        return;
    }

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_WRITE, redis->backlog_replies);
    (void) ngx_atomic_fetch_add(&redis->counters->redis_writes,
                                (ngx_atomic_int_t) redis->backlog_replies);

    redis->backlog_replies = 0;
    ngx_http_dynstore_redis_buf_reset(&redis->backlog);
}


/* Without outstanding replies a graceful shutdown may close the connection, and no timer keeps the worker alive. */
static void
ngx_http_dynstore_redis_settle(ngx_http_dynstore_redis_t *redis)
{
    ngx_http_dynstore_redis_send_backlog(redis);

    if (redis->nexchanges) {
        return;
    }

    if (ngx_exiting) {
        ngx_http_dynstore_redis_disconnect(redis);
        redis->state = NGX_HTTP_DYNSTORE_REDIS_IDLE;
        return;
    }

    redis->peer.connection->idle = 1;
}


static void
ngx_http_dynstore_redis_watch_handler(ngx_event_t *ev)
{
    ngx_msec_t                       age;
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_exchange_t  *exchange;

    redis = ev->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING && !redis->conf->resolve) {
        ngx_http_dynstore_redis_look(redis);
        return;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING || redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, NGX_ETIMEDOUT, "did not accept a connection in time", "");
        return;
    }

    /* if the worker was stopped for long, replies may have arrived that it has not read */
    ngx_http_dynstore_redis_poll(redis);

    exchange = ngx_http_dynstore_redis_head(redis);

    if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY || exchange == NULL) {
        return;
    }

    age = ngx_current_msec - exchange->started;

    if (age >= NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, NGX_ETIMEDOUT, "did not answer in time", "");
        return;
    }

    ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS - age);
}


static void
ngx_http_dynstore_redis_retry_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ev->data;

    if (ngx_exiting) {
        return;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF) {
        redis->state = NGX_HTTP_DYNSTORE_REDIS_IDLE;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE
        && (redis->backlog_replies || redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED))
    {
        ngx_http_dynstore_redis_connect(redis);
        return;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_OPEN) {
        ngx_http_dynstore_redis_probe(redis);
    }
}


void
ngx_http_dynstore_redis_probe(ngx_http_dynstore_redis_t *redis)
{
    if (redis->nexchanges == NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX
        || ngx_http_dynstore_redis_format_probe(&redis->output) == 0)
    {
        ngx_http_dynstore_redis_breaker_open(redis);
        return;
    }

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_PROBE, 1);
    ngx_http_dynstore_redis_breaker_probing(redis);
}


/* ---- from no connection to a greeted one: the host's address, connect(), the link, AUTH, SELECT, PING ---- */


void
ngx_http_dynstore_redis_connect(ngx_http_dynstore_redis_t *redis)
{
    ngx_addr_t                      *addr;
    ngx_resolver_ctx_t              *ctx;
    ngx_http_dynstore_redis_conf_t  *conf;

    conf = redis->conf;
    redis->pause_long = 0;

    /* Set CONNECTING first, because a failure below must find this state. The watch timer limits both look-up and connect. */
    redis->state = NGX_HTTP_DYNSTORE_REDIS_CONNECTING;
    ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS);

    if (!conf->resolve && conf->naddrs == 0) {
        redis->state = NGX_HTTP_DYNSTORE_REDIS_RESOLVING;
        redis->looked = ngx_current_msec;
        ngx_http_dynstore_redis_look(redis);
        return;
    }

    if (!conf->resolve) {
        addr = &conf->addrs[redis->next_addr++ % conf->naddrs];
        ngx_http_dynstore_redis_dial(redis, addr->sockaddr, addr->socklen);
        return;
    }

    ctx = ngx_resolve_start(conf->clcf->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "cannot be looked up: there is no resolver for its host name", "");
        return;
    }

    redis->state = NGX_HTTP_DYNSTORE_REDIS_RESOLVING;
    redis->resolving = ctx;

    ctx->name = conf->host;
    ctx->handler = ngx_http_dynstore_redis_resolved;
    ctx->data = redis;
    ctx->timeout = NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS;
    ctx->cancelable = 1;

    /* On an error the context is freed, and the handler was not called. */
    if (ngx_resolve_name(ctx) != NGX_OK) {
        redis->resolving = NULL;
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "cannot be looked up: the resolver failed", "");
    }
}


void
ngx_http_dynstore_redis_look(ngx_http_dynstore_redis_t *redis)
{
    const char  *why;

    switch (ngx_http_dynstore_redis_host(redis, &why)) {

    case NGX_OK:
        ngx_http_dynstore_redis_connect(redis);
        return;

    case NGX_AGAIN:

        if (ngx_current_msec - redis->looked < NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS) {
            ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_LOOK_MS);
            return;
        }

        /* the thread continues, and the next connection uses its result */
        why = "the name server is slow";
        break;
    }

    ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "has a host name that could not be resolved", why);
}


static void
ngx_http_dynstore_redis_resolved(ngx_resolver_ctx_t *ctx)
{
    socklen_t                   socklen;
    const char                 *why;
    ngx_resolver_addr_t        *addr;
    struct sockaddr_storage     sockaddr;
    ngx_http_dynstore_redis_t  *redis;

    redis = ctx->data;
    redis->resolving = NULL;

    if (ctx->state || ctx->naddrs == 0) {
        why = ctx->state ? ngx_resolver_strerror(ctx->state) : "no address";

        ngx_resolve_name_done(ctx);
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "has a host name that could not be resolved", why);
        return;
    }

    addr = &ctx->addrs[redis->next_addr++ % ctx->naddrs];
    socklen = addr->socklen;
    ngx_memcpy(&sockaddr, addr->sockaddr, socklen);
    ngx_inet_set_port((struct sockaddr *) &sockaddr, redis->conf->port);

    ngx_resolve_name_done(ctx);

    ngx_http_dynstore_redis_dial(redis, (struct sockaddr *) &sockaddr, socklen);
}


void
ngx_http_dynstore_redis_dial(ngx_http_dynstore_redis_t *redis, struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_int_t               rc;
    ngx_err_t               err;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    redis->state = NGX_HTTP_DYNSTORE_REDIS_CONNECTING;
    redis->refused = 0;
    redis->anew = 0;

    peer = &redis->peer;
    ngx_memzero(peer, sizeof(ngx_peer_connection_t));
    ngx_memmove(&redis->sockaddr, sockaddr, socklen);

    peer->sockaddr = (struct sockaddr *) &redis->sockaddr;
    peer->socklen = socklen;
    peer->name = &redis->conf->url;
    peer->get = ngx_event_get_peer;
    peer->log = &redis->quiet;
    peer->log_error = NGX_ERROR_ERR;

    ngx_set_errno(0);
    rc = ngx_event_connect_peer(peer);
    err = ngx_errno;
    c = peer->connection;

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "cannot be reached", "");
        return;
    }

    c->data = redis;
    c->log = &redis->quiet;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_dynstore_redis_read_handler;
    c->write->handler = ngx_http_dynstore_redis_write_handler;

    dyn_resp_init(&redis->resp);
    redis->reply_bytes = 0;
    redis->element = 0;

    if (rc == NGX_OK) {
        ngx_http_dynstore_redis_connected(redis);
    }
}


static void
ngx_http_dynstore_redis_connected(ngx_http_dynstore_redis_t *redis)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = redis->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "cannot be reached", "");
        return;
    }

    if (redis->conf->unix_path.len == 0) {
        (void) ngx_tcp_nodelay(c);
    }

    redis->conf->link->make(redis);
}


void
ngx_http_dynstore_redis_linked(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t                       i, replies;
    ngx_connection_t                *c;
    ngx_http_dynstore_redis_buf_t    hello;
    ngx_http_dynstore_exchange_t  *exchange;

    c = redis->peer.connection;
    c->read->handler = ngx_http_dynstore_redis_read_handler;
    c->write->handler = ngx_http_dynstore_redis_write_handler;

    ngx_memzero(&hello, sizeof(ngx_http_dynstore_redis_buf_t));
    replies = ngx_http_dynstore_redis_format_hello(redis->conf, &hello);

    /* Commands that are queued in the output go after the greeting, with their exchanges. */

    if (replies == 0
        || redis->nexchanges == NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX
        || ngx_http_dynstore_redis_append(&hello, redis->output.start + redis->output.pos, redis->output.len) != NGX_OK)
    {
        ngx_http_dynstore_redis_buf_free(&hello);
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "had too many commands waiting for a connection", "");
        return;
    }

    ngx_http_dynstore_redis_buf_free(&redis->output);
    redis->output = hello;
    redis->state = NGX_HTTP_DYNSTORE_REDIS_READY;

    redis->head = (redis->head + NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX - 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
    redis->nexchanges++;

    exchange = &redis->exchanges[redis->head];
    ngx_memzero(exchange, sizeof(ngx_http_dynstore_exchange_t));
    exchange->kind = NGX_HTTP_DYNSTORE_EXCHANGE_HELLO;
    exchange->replies = replies;

    /* until now they waited for the connection, not for an answer */
    for (i = 0; i < redis->nexchanges; i++) {
        redis->exchanges[(redis->head + i) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX].started = ngx_current_msec;
    }

    if (redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_OPEN) {
        ngx_http_dynstore_redis_breaker_probing(redis);
    }

    ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS);
    ngx_post_event(&redis->flush, &ngx_posted_events);
}


/* ---- the end of a connection: log it once, tell all owners, try again later ---- */


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

    ngx_log_error(level, redis->cycle->log, err, "dynstore: Redis at %V %s%s%V", &redis->conf->url, what,
                  escaped.len ? ": " : "", &escaped);
}


void
ngx_http_dynstore_redis_complain_of(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange,
    const char *what, const u_char *detail, size_t len)
{
    u_char                        about[NGX_HTTP_DYNSTORE_REDIS_ABOUT_BYTES], *last;
    ngx_str_t                     escaped;
    ngx_uint_t                    level;
    ngx_http_dynstore_log_text_t  text;

    level = NGX_LOG_ERR;

    if (!exchange->tagged) {
        ngx_http_dynstore_redis_complain(redis, level, 0, what, detail, len);
        return;
    }

    if (!ngx_http_dynstore_redis_may_complain(redis, &level)) {
        return;
    }

    escaped = ngx_http_dynstore_log_text(&text, detail, len);
    last = redis->owner->about(redis->owner_data, exchange->tag, exchange->kind == NGX_HTTP_DYNSTORE_EXCHANGE_WRITE,
                               exchange->index, about);

    ngx_log_error(level, redis->cycle->log, 0, "dynstore: Redis at %V %s: %V, about %*s", &redis->conf->url, what, &escaped,
                  (size_t) (last - about), about);
}


/* One line a second has its level; the others get the level info. */
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


/* Ends the connection, fails everything that waits for it, and tries again later. */
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

    /* Set the state first: a handler that is called now must not queue anything. */
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
    ngx_http_dynstore_exchange_t  *exchange, old;

    redis->greeted = 0;

    if (redis->resolving) {
        ngx_resolve_name_done(redis->resolving);
        redis->resolving = NULL;
    }

    if (redis->peer.connection) {
        redis->conf->link->close(redis->peer.connection);
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

        if (old.kind == NGX_HTTP_DYNSTORE_EXCHANGE_READ && old.owner) {
            ngx_http_dynstore_count(redis->counters, redis_errors);
            ngx_http_dynstore_redis_breaker_note(redis, 1);
        }

        if (old.owner) {
            old.handlers->done(old.owner, NGX_ERROR);
        }
    }

    redis->owner->lost(redis->owner_data);
}
