/* From no connection to a greeted one: the host's address, connect(), AUTH, SELECT, PING. */
#include "nginx/transport/redis_private.h"


static void ngx_http_dynstore_redis_resolved(ngx_resolver_ctx_t *ctx);
static void ngx_http_dynstore_redis_dial(ngx_http_dynstore_redis_t *redis, struct sockaddr *sockaddr,
    socklen_t socklen);


void
ngx_http_dynstore_redis_connect(ngx_http_dynstore_redis_t *redis)
{
    ngx_addr_t                      *addr;
    ngx_resolver_ctx_t              *ctx;
    ngx_http_dynstore_redis_conf_t  *conf;

    conf = redis->conf;
    redis->refused = 0;
    redis->anew = 0;
    redis->pause_long = 0;

    /* CONNECTING already: a failure below finds the state that it ends. The watch timer bounds looking up and dialling. */
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
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "no resolver for the host of", "");
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
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "the resolver failed for the host of", "");
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

        /* the thread goes on: the next connection asks what it found */
        why = "the name server is slow";
        break;
    }

    ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "the host could not be resolved:", why);
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
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "the host could not be resolved:", why);
        return;
    }

    addr = &ctx->addrs[redis->next_addr++ % ctx->naddrs];
    socklen = addr->socklen;
    ngx_memcpy(&sockaddr, addr->sockaddr, socklen);
    ngx_inet_set_port((struct sockaddr *) &sockaddr, redis->conf->port);

    ngx_resolve_name_done(ctx);

    ngx_http_dynstore_redis_dial(redis, (struct sockaddr *) &sockaddr, socklen);
}


static void
ngx_http_dynstore_redis_dial(ngx_http_dynstore_redis_t *redis, struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_int_t               rc;
    ngx_err_t               err;
    ngx_connection_t       *c;
    ngx_peer_connection_t  *peer;

    redis->state = NGX_HTTP_DYNSTORE_REDIS_CONNECTING;

    peer = &redis->peer;
    ngx_memzero(peer, sizeof(ngx_peer_connection_t));
    ngx_memcpy(&redis->sockaddr, sockaddr, socklen);

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
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, err, "cannot connect to", "");
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


void
ngx_http_dynstore_redis_connected(ngx_http_dynstore_redis_t *redis)
{
    ngx_uint_t                       i, replies;
    ngx_connection_t                *c;
    ngx_http_dynstore_redis_buf_t    hello;
    ngx_http_dynstore_redis_exchange_t  *exchange;

    c = redis->peer.connection;

    if (redis->conf->unix_path.len == 0) {
        (void) ngx_tcp_nodelay(c);
    }

    ngx_memzero(&hello, sizeof(ngx_http_dynstore_redis_buf_t));
    replies = ngx_http_dynstore_redis_format_hello(redis->conf, &hello);

    /* What has gathered in the output goes behind the greeting, and its exchanges with it. */

    if (replies == 0
        || redis->nexchanges == NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX
        || ngx_http_dynstore_redis_append(&hello, redis->output.start + redis->output.pos, redis->output.len) != NGX_OK)
    {
        ngx_http_dynstore_redis_buf_free(&hello);
        ngx_http_dynstore_redis_fail(redis, NGX_LOG_ERR, 0, "too much was waiting for", "");
        return;
    }

    ngx_http_dynstore_redis_buf_free(&redis->output);
    redis->output = hello;
    redis->state = NGX_HTTP_DYNSTORE_REDIS_READY;

    redis->head = (redis->head + NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX - 1) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX;
    redis->nexchanges++;

    exchange = &redis->exchanges[redis->head];
    ngx_memzero(exchange, sizeof(ngx_http_dynstore_redis_exchange_t));
    exchange->kind = NGX_HTTP_DYNSTORE_EXCHANGE_HELLO;
    exchange->replies = replies;

    /* they waited for the connection until now, not for an answer */
    for (i = 0; i < redis->nexchanges; i++) {
        redis->exchanges[(redis->head + i) % NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX].started = ngx_current_msec;
    }

    if (redis->breaker == NGX_HTTP_DYNSTORE_BREAKER_OPEN) {
        ngx_http_dynstore_redis_breaker_probing(redis);
    }

    ngx_add_timer(&redis->watch, NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS);
    ngx_post_event(&redis->flush, &ngx_posted_events);
}
