#include "ngx_http_dynstore_redis_private.h"


static void ngx_http_dynstore_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_watch_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_retry_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_dynstore_redis_send(ngx_http_dynstore_redis_t *redis);
static ngx_uint_t ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis);
static ngx_http_dynstore_redis_slot_t *ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_slot_kind_e kind, ngx_uint_t replies);
static void ngx_http_dynstore_redis_send_backlog(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_settle(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_probe(ngx_http_dynstore_redis_t *redis);


ngx_http_dynstore_redis_t *
ngx_http_dynstore_redis_create(ngx_cycle_t *cycle, ngx_http_dynstore_redis_conf_t *rcf)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->slots = ngx_pcalloc(cycle->pool,
                               NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX * sizeof(ngx_http_dynstore_redis_slot_t));
    if (redis->slots == NULL) {
        return NULL;
    }

    redis->conf = rcf;
    redis->cycle = cycle;

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


ngx_int_t
ngx_http_dynstore_redis_read(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_read_t *read,
    ngx_str_t *visitor_hash)
{
    ngx_uint_t                       replies;
    ngx_http_dynstore_redis_slot_t  *slot;

    read->status = NGX_AGAIN;
    read->entries = NULL;
    read->nentries = 0;
    read->facts = NULL;
    read->nfacts = 0;
    read->room = 0;
    read->redis = redis;
    read->slot = NULL;

    if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED
        || redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF
        || redis->nslots >= NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX - 1)    /* one is the greeting's */
    {
        goto declined;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE) {
        ngx_http_dynstore_redis_connect(redis);

        if (redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF) {
            goto declined;
        }
    }

    replies = ngx_http_dynstore_redis_format_read(redis->conf, visitor_hash, &redis->output);
    if (replies == 0) {
        goto declined;
    }

    slot = ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_SLOT_READ, replies);
    slot->read = read;
    read->slot = slot;

    ngx_http_dynstore_count(redis_reads);

    return NGX_AGAIN;

declined:

    ngx_http_dynstore_count(redis_refused);

    return NGX_DECLINED;
}


void
ngx_http_dynstore_redis_cancel(ngx_http_dynstore_redis_read_t *read)
{
    if (read->slot) {
        read->slot->read = NULL;
        read->slot = NULL;
    }
}


void
ngx_http_dynstore_redis_timed_out(ngx_http_dynstore_redis_read_t *read)
{
    if (read->slot == NULL) {
        return;
    }

    ngx_http_dynstore_redis_cancel(read);
    ngx_http_dynstore_count(redis_timeouts);
    ngx_http_dynstore_redis_breaker_note(read->redis, 1);
}


ngx_int_t
ngx_http_dynstore_redis_write(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write)
{
    ngx_uint_t                      replies;
    ngx_http_dynstore_redis_buf_t  *buf;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE) {
        ngx_http_dynstore_redis_connect(redis);
    }

    /* older events first */
    ngx_http_dynstore_redis_send_backlog(redis);

    buf = ngx_http_dynstore_redis_takes_writes(redis) && redis->backlog_replies == 0 ? &redis->output : &redis->backlog;

    replies = ngx_http_dynstore_redis_format_write(redis->conf, write, buf);

    if (replies == 0) {
        ngx_http_dynstore_count(redis_writes_dropped);
        return NGX_DECLINED;
    }

    if (buf == &redis->backlog) {
        redis->backlog_replies += replies;
        return NGX_OK;
    }

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_SLOT_WRITE, replies);
    (void) ngx_atomic_fetch_add(&ngx_http_dynstore_counters->redis_writes, (ngx_atomic_int_t) replies);

    return NGX_OK;
}


/*
 * A connection that has not greeted yet, or stands but does not answer, takes no writes: what it holds may be refused, or lost
 * with it.
 */
static ngx_uint_t
ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis)
{
    return redis->state == NGX_HTTP_DYNSTORE_REDIS_READY
           && redis->greeted
           && redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_CLOSED
           && redis->nslots < NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
}


ngx_http_dynstore_redis_slot_t *
ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis)
{
    return redis->nslots ? &redis->slots[redis->head] : NULL;
}


/* The caller has checked that there is room. */
static ngx_http_dynstore_redis_slot_t *
ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_slot_kind_e kind,
    ngx_uint_t replies)
{
    ngx_http_dynstore_redis_slot_t  *slot;

    slot = &redis->slots[(redis->head + redis->nslots) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX];
    redis->nslots++;

    slot->kind = kind;
    slot->replies = replies;
    slot->index = 0;
    slot->read = NULL;
    slot->started = ngx_current_msec;
    slot->failed = 0;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY) {
        redis->peer.connection->idle = 0;
        ngx_post_event(&redis->flush, &ngx_posted_events);

        if (!redis->watch.timer_set) {
            ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS);
        }
    }

    return slot;
}


void
ngx_http_dynstore_redis_write_handler(ngx_event_t *wev)
{
    int                         err;
    socklen_t                   len;
    ngx_connection_t           *c;
    ngx_http_dynstore_redis_t  *redis;

    c = wev->data;
    redis = c->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING) {
        err = 0;
        len = sizeof(int);

        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
            err = ngx_socket_errno;
        }

        if (err) {
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "connecting failed", "");
            return;
        }

        ngx_http_dynstore_redis_connected(redis);
        return;
    }

    if (ngx_http_dynstore_redis_send(redis) != NGX_OK) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "sending failed", "");
    }
}


static void
ngx_http_dynstore_redis_flush_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ev->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && ngx_http_dynstore_redis_send(redis) != NGX_OK) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "sending failed", "");
    }
}


void
ngx_http_dynstore_redis_poll(ngx_http_dynstore_redis_t *redis)
{
    ngx_event_t  *rev;

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

    rev = redis->peer.connection->read;

#if (NGX_HAVE_EPOLLRDHUP)
    /* how much there is, as of the last event; recv() believes it */
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


void
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
        /* a refused connection is reported by both events: the write handler tells the reason */
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
            ngx_http_dynstore_redis_fail(redis, redis->nslots ? NGX_LOG_ERR : NGX_LOG_INFO, 0,
                                         "the connection was closed by", "");
            return;
        }

        if (redisReaderFeed(redis->reader, (char *) buf, n) != REDIS_OK
            || ngx_http_dynstore_redis_replies(redis) != NGX_OK)
        {
            ngx_http_dynstore_count(redis_protocol);
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "no RESP, unasked for, or over a limit, from",
                                         redis->reader->err == REDIS_ERR_PROTOCOL ? redis->reader->errstr : "");
            return;
        }

        if (redis->auth_failed || redis->not_ready) {
            /* the reason has been logged with the reply */
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_INFO, 0, "closing after a refused greeting", "");
            return;
        }

        if (redis->read_only) {
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_INFO, 0, "closing, to find the primary,", "");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "waiting for replies failed", "");
        return;
    }

    ngx_http_dynstore_redis_settle(redis);
}


/* All replies of the oldest slot are there: the slot goes, and who waited is told. */
void
ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_slot_t *slot)
{
    ngx_uint_t                       failed;
    ngx_http_dynstore_redis_read_t  *read;
    ngx_http_dynstore_slot_kind_e    kind;

    kind = slot->kind;
    read = slot->read;
    failed = slot->failed;

    redis->head = (redis->head + 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
    redis->nslots--;

    if (kind == NGX_HTTP_DYNSTORE_SLOT_HELLO && !redis->auth_failed && !redis->not_ready) {
        ngx_http_dynstore_count(redis_connects);
        redis->greeted = 1;
        redis->backoff = 0;

        if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED) {
            /* a greeting ends with a PING: it was the probe */
            ngx_http_dynstore_redis_breaker_close(redis);
        }
    }

    if (kind == NGX_HTTP_DYNSTORE_SLOT_PROBE) {
        if (failed) {
            ngx_http_dynstore_redis_breaker_open(redis);

        } else {
            ngx_http_dynstore_redis_breaker_close(redis);
        }
    }

    if (kind != NGX_HTTP_DYNSTORE_SLOT_READ) {
        return;
    }

    if (read == NULL) {
        ngx_http_dynstore_count(redis_orphans);
        return;
    }

    if (failed) {
        ngx_http_dynstore_count(redis_errors);
    }

    ngx_http_dynstore_redis_breaker_note(redis, failed);

    read->slot = NULL;
    read->status = failed ? NGX_ERROR : NGX_OK;
    read->handler(read);
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

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_SLOT_WRITE, redis->backlog_replies);
    (void) ngx_atomic_fetch_add(&ngx_http_dynstore_counters->redis_writes,
                                (ngx_atomic_int_t) redis->backlog_replies);

    redis->backlog_replies = 0;
    ngx_http_dynstore_redis_buf_reset(&redis->backlog);
}


/* With nothing outstanding the connection may be taken away by a graceful shutdown, and no timer keeps a worker alive. */
static void
ngx_http_dynstore_redis_settle(ngx_http_dynstore_redis_t *redis)
{
    ngx_http_dynstore_redis_send_backlog(redis);

    if (redis->nslots) {
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
    ngx_http_dynstore_redis_slot_t  *slot;

    redis = ev->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING || redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, NGX_ETIMEDOUT, "connecting took too long", "");
        return;
    }

    /* a worker that was stopped for long has not heard what the peer said */
    ngx_http_dynstore_redis_poll(redis);

    slot = ngx_http_dynstore_redis_head(redis);

    if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY || slot == NULL) {
        return;
    }

    age = ngx_current_msec - slot->started;

    if (age >= NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, NGX_ETIMEDOUT, "no answer for too long from", "");
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


static void
ngx_http_dynstore_redis_probe(ngx_http_dynstore_redis_t *redis)
{
    if (redis->nslots == NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX
        || ngx_http_dynstore_redis_format_probe(&redis->output) == 0)
    {
        ngx_http_dynstore_redis_breaker_open(redis);
        return;
    }

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_SLOT_PROBE, 1);
    ngx_http_dynstore_redis_breaker_probing(redis);
}
