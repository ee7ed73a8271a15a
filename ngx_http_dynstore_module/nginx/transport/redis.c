#include "nginx/transport/redis_private.h"


static void ngx_http_dynstore_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_watch_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_retry_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_dynstore_redis_send(ngx_http_dynstore_redis_t *redis);
static ngx_uint_t ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis);
static ngx_http_dynstore_redis_exchange_t *ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_exchange_kind_e kind, ngx_uint_t replies);
static size_t ngx_http_dynstore_redis_room_for(ngx_http_dynstore_redis_write_t *write);
static ngx_int_t ngx_http_dynstore_redis_wait(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write);
static void ngx_http_dynstore_redis_write_waiting(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_send_backlog(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_hear(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_send_failed(ngx_http_dynstore_redis_t *redis, ngx_err_t err);
static void ngx_http_dynstore_redis_trim_handler(ngx_event_t *ev);
static void ngx_http_dynstore_redis_trim(ngx_http_dynstore_redis_t *redis);
static ngx_uint_t ngx_http_dynstore_redis_trims(ngx_http_dynstore_redis_t *redis);
static ngx_msec_t ngx_http_dynstore_redis_trim_ms(ngx_http_dynstore_redis_conf_t *conf);
static void ngx_http_dynstore_redis_settle(ngx_http_dynstore_redis_t *redis);
static void ngx_http_dynstore_redis_probe(ngx_http_dynstore_redis_t *redis);


ngx_http_dynstore_redis_t *
ngx_http_dynstore_redis_create(ngx_cycle_t *cycle, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_http_dynstore_counters_t *counters)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->exchanges = ngx_pcalloc(cycle->pool,
                               NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX * sizeof(ngx_http_dynstore_redis_exchange_t));
    if (redis->exchanges == NULL) {
        return NULL;
    }

    redis->conf = rcf;
    redis->counters = counters;
    redis->cycle = cycle;
    redis->quiet = *cycle->log;
    redis->quiet.log_level = NGX_LOG_STDERR;
    redis->entry_bytes = NGX_HTTP_DYNSTORE_REDIS_ENTRY_BYTES * 256;

    ngx_queue_init(&redis->waiting);

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

    redis->trim.handler = ngx_http_dynstore_redis_trim_handler;
    redis->trim.data = redis;
    redis->trim.log = cycle->log;
    redis->trim.cancelable = 1;

    if (ngx_http_dynstore_redis_trims(redis)) {
        ngx_add_timer(&redis->trim, ngx_http_dynstore_redis_trim_ms(rcf));
    }

    ngx_http_dynstore_redis_breaker_close(redis);

    return redis;
}


ngx_int_t
ngx_http_dynstore_redis_read(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_read_t *read,
    ngx_str_t *visitor_hash)
{
    ngx_uint_t                       replies;
    ngx_http_dynstore_redis_exchange_t  *exchange;

    read->status = NGX_AGAIN;
    read->entries = NULL;
    read->nentries = 0;
    read->facts = NULL;
    read->nfacts = 0;
    read->room = 0;
    read->redis = redis;
    read->exchange = NULL;

    if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED
        || redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF
        || redis->nexchanges >= NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX - 1)    /* one is the greeting's */
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

    exchange = ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_READ, replies);
    exchange->read = read;
    read->exchange = exchange;
    ngx_memcpy(exchange->visitor_hash, visitor_hash->data, DYN_VISITOR_HASH_BYTES);

    ngx_http_dynstore_count(redis->counters, redis_reads);

    return NGX_AGAIN;

declined:

    ngx_http_dynstore_count(redis->counters, redis_refused);

    return NGX_DECLINED;
}


void
ngx_http_dynstore_redis_cancel(ngx_http_dynstore_redis_read_t *read)
{
    if (read->exchange) {
        read->exchange->read = NULL;
        read->exchange = NULL;
    }
}


void
ngx_http_dynstore_redis_timed_out(ngx_http_dynstore_redis_read_t *read)
{
    if (read->exchange == NULL) {
        return;
    }

    ngx_http_dynstore_redis_cancel(read);
    ngx_http_dynstore_count(read->redis->counters, redis_timeouts);
    ngx_http_dynstore_redis_breaker_note(read->redis, 1);
}


ngx_int_t
ngx_http_dynstore_redis_write(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write)
{
    ngx_uint_t                       ready, replies;
    ngx_http_dynstore_redis_buf_t   *buf;
    ngx_http_dynstore_redis_exchange_t  *exchange;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE) {
        ngx_http_dynstore_redis_connect(redis);
    }

    /* older events first */
    ngx_http_dynstore_redis_send_backlog(redis);

    ready = ngx_http_dynstore_redis_takes_writes(redis) && redis->backlog_replies == 0;

    if (!ready && write->confirm) {
        return ngx_http_dynstore_redis_wait(redis, write);
    }

    buf = ready ? &redis->output : &redis->backlog;

    buf->limit = ngx_http_dynstore_redis_room_for(write);
    replies = ngx_http_dynstore_redis_format_write(redis, write, buf);
    buf->limit = 0;

    if (replies == 0) {
        ngx_http_dynstore_count(redis->counters, redis_writes_dropped);
        return NGX_DECLINED;
    }

    if (!ready) {
        redis->backlog_replies += replies;
        return NGX_OK;
    }

    exchange = ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_WRITE, replies);
    ngx_memcpy(exchange->visitor_hash, write->visitor_hash.data, DYN_VISITOR_HASH_BYTES);

    (void) ngx_atomic_fetch_add(&redis->counters->redis_writes, (ngx_atomic_int_t) replies);

    if (write->confirm == NULL) {
        return NGX_OK;
    }

    exchange->confirm = write->confirm;
    write->confirm->exchange = exchange;
    write->confirm->waits = 0;

    return NGX_AGAIN;
}


/* How full the output, or the queue, may be with it. Whoever has no cookie can be many: half is left to the others. */
static size_t
ngx_http_dynstore_redis_room_for(ngx_http_dynstore_redis_write_t *write)
{
    ngx_uint_t  i;

    if (write->new_visitor) {
        return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 2;
    }

    for (i = 0; i < write->nevents; i++) {

        switch (write->events[i].type) {

        case DYN_EVENT_ADD_TO_CART:
        case DYN_EVENT_REMOVE_FROM_CART:
        case DYN_EVENT_BEGIN_CHECKOUT:
        case DYN_EVENT_PURCHASE:
            return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX;

        default:
            break;
        }
    }

    return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 4 * 3;
}


/* A connection that is being made is waited for; nobody waits for one that has just failed. */
static ngx_int_t
ngx_http_dynstore_redis_wait(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_write_t *write)
{
    ngx_http_dynstore_redis_confirm_t  *confirm;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_BACKOFF
        || redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE
        || (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && redis->greeted))
    {
        ngx_http_dynstore_count(redis->counters, redis_writes_dropped);
        return NGX_DECLINED;
    }

    confirm = write->confirm;
    confirm->write = write;
    confirm->exchange = NULL;
    confirm->waits = 1;
    ngx_queue_insert_tail(&redis->waiting, &confirm->queue);

    return NGX_AGAIN;
}


/* The connection is made. */
static void
ngx_http_dynstore_redis_write_waiting(ngx_http_dynstore_redis_t *redis)
{
    ngx_queue_t                        *q;
    ngx_http_dynstore_redis_confirm_t  *confirm;

    ngx_http_dynstore_redis_send_backlog(redis);

    while (!ngx_queue_empty(&redis->waiting)) {
        q = ngx_queue_head(&redis->waiting);
        confirm = ngx_queue_data(q, ngx_http_dynstore_redis_confirm_t, queue);

        ngx_http_dynstore_redis_unconfirm(confirm);

        if (ngx_http_dynstore_redis_write(redis, confirm->write) != NGX_AGAIN) {
            ngx_http_dynstore_redis_confirmed(confirm, NGX_ERROR);
        }
    }
}


void
ngx_http_dynstore_redis_unconfirm(ngx_http_dynstore_redis_confirm_t *confirm)
{
    if (confirm->waits) {
        ngx_queue_remove(&confirm->queue);
        confirm->waits = 0;
    }

    if (confirm->exchange) {
        confirm->exchange->confirm = NULL;
        confirm->exchange = NULL;
    }
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
           && redis->nexchanges < NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
}


ngx_http_dynstore_redis_exchange_t *
ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis)
{
    return redis->nexchanges ? &redis->exchanges[redis->head] : NULL;
}


/* The caller has checked that there is room. */
static ngx_http_dynstore_redis_exchange_t *
ngx_http_dynstore_redis_push(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_kind_e kind,
    ngx_uint_t replies)
{
    ngx_http_dynstore_redis_exchange_t  *exchange;

    exchange = &redis->exchanges[(redis->head + redis->nexchanges) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX];
    redis->nexchanges++;

    exchange->kind = kind;
    exchange->replies = replies;
    exchange->index = 0;
    exchange->read = NULL;
    exchange->confirm = NULL;
    exchange->visitor_hash[0] = '\0';
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
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "cannot connect to", "");
            return;
        }

        ngx_http_dynstore_redis_connected(redis);
        return;
    }

    if (ngx_http_dynstore_redis_send(redis) != NGX_OK) {
        ngx_http_dynstore_redis_send_failed(redis, ngx_socket_errno);
    }
}


/* Redis may have said why before it hung up. */
static void
ngx_http_dynstore_redis_send_failed(ngx_http_dynstore_redis_t *redis, ngx_err_t err)
{
    ngx_http_dynstore_redis_hear(redis);

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "sending failed to", "");
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
            ngx_http_dynstore_redis_fail(redis, redis->nexchanges ? NGX_LOG_ERR : NGX_LOG_INFO,
                                         n == NGX_ERROR ? ngx_socket_errno : 0, "the connection was closed by", "");
            return;
        }

        if (ngx_http_dynstore_redis_replies(redis, buf, n) != NGX_OK) {
            ngx_http_dynstore_count(redis->counters, redis_protocol);
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "no RESP, or unasked for, from", "");
            return;
        }

        if (redis->refused || redis->anew) {
            /* the reason has been logged with the reply */
            ngx_http_dynstore_redis_fail(redis, NGX_LOG_INFO, 0, "hanging up on", "");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "waiting for replies failed", "");
        return;
    }

    ngx_http_dynstore_redis_settle(redis);
}


/* All replies of the oldest exchange are there: the exchange goes, and who waited is told. */
void
ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_exchange_t *exchange)
{
    ngx_uint_t                          failed, own_fault, over_limit;
    ngx_http_dynstore_redis_read_t     *read;
    ngx_http_dynstore_exchange_kind_e       kind;
    ngx_http_dynstore_redis_confirm_t  *confirm;

    kind = exchange->kind;
    read = exchange->read;
    confirm = exchange->confirm;
    failed = exchange->failed;
    own_fault = exchange->own_fault;
    over_limit = exchange->over_limit;

    redis->head = (redis->head + 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
    redis->nexchanges--;

    if (confirm != NULL) {
        ngx_http_dynstore_redis_confirmed(confirm, failed ? NGX_ERROR : NGX_OK);
    }

    if (kind == NGX_HTTP_DYNSTORE_EXCHANGE_HELLO && !redis->refused) {
        ngx_http_dynstore_count(redis->counters, redis_connects);
        redis->greeted = 1;
        redis->backoff = 0;

        if (redis->breaker != NGX_HTTP_DYNSTORE_BREAKER_CLOSED) {
            /* a greeting ends with a PING: it was the probe */
            ngx_http_dynstore_redis_breaker_close(redis);
        }

        ngx_http_dynstore_redis_write_waiting(redis);
        ngx_http_dynstore_redis_trim(redis);
    }

    if (kind == NGX_HTTP_DYNSTORE_EXCHANGE_PROBE) {
        if (failed) {
            ngx_http_dynstore_redis_breaker_open(redis);

        } else {
            ngx_http_dynstore_redis_breaker_close(redis);
        }
    }

    if (kind != NGX_HTTP_DYNSTORE_EXCHANGE_READ) {
        return;
    }

    if (read == NULL) {
        ngx_http_dynstore_count(redis->counters, redis_orphans);
        return;
    }

    if (over_limit) {
        ngx_http_dynstore_count(redis->counters, redis_over_limit);

    } else if (failed) {
        ngx_http_dynstore_count(redis->counters, redis_errors);
    }

    ngx_http_dynstore_redis_breaker_note(redis, failed && !own_fault);

    read->exchange = NULL;
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

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_WRITE, redis->backlog_replies);
    (void) ngx_atomic_fetch_add(&redis->counters->redis_writes,
                                (ngx_atomic_int_t) redis->backlog_replies);

    redis->backlog_replies = 0;
    ngx_http_dynstore_redis_buf_reset(&redis->backlog);
}


/* With nothing outstanding the connection may be taken away by a graceful shutdown, and no timer keeps a worker alive. */
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
    ngx_http_dynstore_redis_exchange_t  *exchange;

    redis = ev->data;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING && !redis->conf->resolve) {
        ngx_http_dynstore_redis_look(redis);
        return;
    }

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_CONNECTING || redis->state == NGX_HTTP_DYNSTORE_REDIS_RESOLVING) {
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, NGX_ETIMEDOUT, "connecting took too long", "");
        return;
    }

    /* a worker that was stopped for long has not heard what the peer said */
    ngx_http_dynstore_redis_poll(redis);

    exchange = ngx_http_dynstore_redis_head(redis);

    if (redis->state != NGX_HTTP_DYNSTORE_REDIS_READY || exchange == NULL) {
        return;
    }

    age = ngx_current_msec - exchange->started;

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
    if (redis->nexchanges == NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX
        || ngx_http_dynstore_redis_format_probe(&redis->output) == 0)
    {
        ngx_http_dynstore_redis_breaker_open(redis);
        return;
    }

    (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_PROBE, 1);
    ngx_http_dynstore_redis_breaker_probing(redis);
}


static void
ngx_http_dynstore_redis_trim_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = ev->data;

    if (ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, ngx_http_dynstore_redis_trim_ms(redis->conf));

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_IDLE) {
        /* what is too old goes with the greeting */
        ngx_http_dynstore_redis_connect(redis);
        return;
    }

    ngx_http_dynstore_redis_trim(redis);
}


/* XADD's own trimming knows entries, not their age. */
static void
ngx_http_dynstore_redis_trim(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t  replies;

    if (!ngx_http_dynstore_redis_trims(redis) || !ngx_http_dynstore_redis_takes_writes(redis)) {
        return;
    }

    replies = ngx_http_dynstore_redis_format_trim(redis->conf, &redis->output);

    if (replies) {
        (void) ngx_http_dynstore_redis_push(redis, NGX_HTTP_DYNSTORE_EXCHANGE_WRITE, replies);
        (void) ngx_atomic_fetch_add(&redis->counters->redis_writes, (ngx_atomic_int_t) replies);
    }
}


/* One worker does it for all. */
static ngx_uint_t
ngx_http_dynstore_redis_trims(ngx_http_dynstore_redis_t *redis)
{
    return ngx_worker == 0 && redis->conf->stream_max && redis->conf->stream_age_s;
}


static ngx_msec_t
ngx_http_dynstore_redis_trim_ms(ngx_http_dynstore_redis_conf_t *conf)
{
    return ngx_min((ngx_msec_t) conf->stream_age_s * 1000, NGX_HTTP_DYNSTORE_REDIS_TRIM_MS);
}
