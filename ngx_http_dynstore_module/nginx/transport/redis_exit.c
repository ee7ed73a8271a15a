/*
 * The end of a worker: queued commands are sent before the process ends. Only here the client blocks, at most
 * NGX_HTTP_DYNSTORE_REDIS_EXIT_MS, because no request is left.
 */
#include "nginx/transport/redis_private.h"


static ngx_socket_t ngx_http_dynstore_redis_exit_dial(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_redis_buf_t *hello);
static ngx_int_t ngx_http_dynstore_redis_exit_blocking(ngx_socket_t fd);
static ngx_int_t ngx_http_dynstore_redis_exit_send(ngx_socket_t fd, ngx_http_dynstore_redis_buf_t *buf,
    ngx_msec_t deadline);
static ngx_int_t ngx_http_dynstore_redis_exit_drain(ngx_socket_t fd, ngx_msec_t deadline);


void
ngx_http_dynstore_redis_exit(ngx_http_dynstore_redis_t *redis)
{
    ngx_int_t                      rc;
    ngx_msec_t                     deadline;
    ngx_socket_t                   own, fd;
    ngx_http_dynstore_redis_buf_t  hello;

    own = (ngx_socket_t) -1;
    rc = NGX_OK;

    ngx_memzero(&hello, sizeof(ngx_http_dynstore_redis_buf_t));
    ngx_time_update();
    deadline = ngx_current_msec + NGX_HTTP_DYNSTORE_REDIS_EXIT_MS;

    if (redis->state == NGX_HTTP_DYNSTORE_REDIS_READY && (redis->nexchanges || redis->backlog_replies)) {
        fd = redis->peer.connection->fd;

        rc = ngx_http_dynstore_redis_exit_blocking(fd);

        if (rc == NGX_OK) {
            rc = ngx_http_dynstore_redis_exit_send(fd, &redis->output, deadline);
        }

    } else if (redis->backlog_replies) {
        own = fd = ngx_http_dynstore_redis_exit_dial(redis, &hello);

        rc = fd == (ngx_socket_t) -1 ? NGX_ERROR : ngx_http_dynstore_redis_exit_send(fd, &hello, deadline);

    } else {
        goto done;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_dynstore_redis_exit_send(fd, &redis->backlog, deadline);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_dynstore_redis_exit_drain(fd, deadline);
    }

    if (rc == NGX_OK) {
        (void) ngx_atomic_fetch_add(&redis->counters->redis_writes,
                                    (ngx_atomic_int_t) redis->backlog_replies);
        /* Redis has answered, though the replies were not read: nothing failed */
        redis->nexchanges = 0;

    } else {
        (void) ngx_atomic_fetch_add(&redis->counters->redis_writes_dropped,
                                    (ngx_atomic_int_t) redis->backlog_replies);
        ngx_log_error(NGX_LOG_WARN, redis->cycle->log, 0,
                      "dynstore: %V did not confirm its queued commands within the %d ms that an ending worker waits",
                      &redis->conf->url, NGX_HTTP_DYNSTORE_REDIS_EXIT_MS);
    }

done:

    if (own != (ngx_socket_t) -1) {
        (void) ngx_close_socket(own);
    }

    redis->state = NGX_HTTP_DYNSTORE_REDIS_BACKOFF;
    ngx_http_dynstore_redis_disconnect(redis);

    ngx_http_dynstore_redis_buf_free(&hello);
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


/* Makes a connection if the client has none, to the address tried last or else to the first known one. */
static ngx_socket_t
ngx_http_dynstore_redis_exit_dial(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_buf_t *hello)
{
    socklen_t         socklen;
    ngx_socket_t      fd;
    struct sockaddr  *sockaddr;

    if (redis->peer.socklen) {
        sockaddr = (struct sockaddr *) &redis->sockaddr;
        socklen = redis->peer.socklen;

    } else if (redis->conf->naddrs) {
        sockaddr = redis->conf->addrs[0].sockaddr;
        socklen = redis->conf->addrs[0].socklen;

    } else {
        return (ngx_socket_t) -1;
    }

    fd = ngx_socket(sockaddr->sa_family, SOCK_STREAM, 0);
    if (fd == (ngx_socket_t) -1) {
        return fd;
    }

    /* the time limit for sending also applies to connect() */

    if (ngx_http_dynstore_redis_exit_blocking(fd) != NGX_OK
        || connect(fd, sockaddr, socklen) == -1
        || ngx_http_dynstore_redis_format_hello(redis->conf, hello) == 0)
    {
        (void) ngx_close_socket(fd);
        return (ngx_socket_t) -1;
    }

    return fd;
}


static ngx_int_t
ngx_http_dynstore_redis_exit_blocking(ngx_socket_t fd)
{
    struct timeval  limit;

    limit.tv_sec = 0;
    limit.tv_usec = NGX_HTTP_DYNSTORE_REDIS_EXIT_MS * 1000;

    if (ngx_blocking(fd) == -1
        || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == -1
        || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == -1)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_redis_exit_send(ngx_socket_t fd, ngx_http_dynstore_redis_buf_t *buf, ngx_msec_t deadline)
{
    ssize_t  n;

    while (buf->len) {
        n = send(fd, buf->start + buf->pos, buf->len, MSG_NOSIGNAL);

        ngx_time_update();

        if (n <= 0 || (ngx_msec_int_t) (deadline - ngx_current_msec) < 0) {
            return NGX_ERROR;
        }

        buf->pos += n;
        buf->len -= n;
    }

    return NGX_OK;
}


/* Waits until Redis closes: closing with unread replies would reset the connection before Redis has read everything. */
static ngx_int_t
ngx_http_dynstore_redis_exit_drain(ngx_socket_t fd, ngx_msec_t deadline)
{
    u_char   buf[4096];
    ssize_t  n;

    if (ngx_shutdown_socket(fd, SHUT_WR) == -1) {
        return NGX_ERROR;
    }

    do {
        n = recv(fd, buf, sizeof(buf), 0);

        ngx_time_update();

    } while (n > 0 && (ngx_msec_int_t) (deadline - ngx_current_msec) >= 0);

    return n == 0 ? NGX_OK : NGX_ERROR;
}
