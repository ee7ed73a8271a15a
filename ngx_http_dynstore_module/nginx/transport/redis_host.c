/*
 * Looks up a host name that was not found when nginx started, if there is no `resolver`. The system's look-up can block for
 * seconds, so it runs in a thread, one at a time. The result is kept until the next reload.
 */
#include "nginx/transport/redis_private.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>


/* Belongs to the thread until `finished`. A worker that ends does not wait for the thread. */
struct ngx_http_dynstore_redis_host_s {
    ngx_atomic_t                      finished;
    int                               error;
    struct addrinfo                  *found;
    char                              name[NI_MAXHOST];
};


static ngx_http_dynstore_redis_host_t *ngx_http_dynstore_redis_host_start(ngx_str_t *name);
static void *ngx_http_dynstore_redis_host_thread(void *arg);
static ngx_int_t ngx_http_dynstore_redis_host_take(ngx_http_dynstore_redis_t *redis, struct addrinfo *found);


ngx_int_t
ngx_http_dynstore_redis_host(ngx_http_dynstore_redis_t *redis, const char **why)
{
    ngx_int_t                        rc;
    ngx_http_dynstore_redis_host_t  *host;

    if (redis->looking == NULL) {
        redis->looking = ngx_http_dynstore_redis_host_start(&redis->conf->host);

        if (redis->looking == NULL) {
            *why = "no thread to ask in";
            return NGX_ERROR;
        }

        return NGX_AGAIN;
    }

    host = redis->looking;

    if (!host->finished) {
        return NGX_AGAIN;
    }

    ngx_memory_barrier();
    redis->looking = NULL;

    if (host->error) {
        *why = gai_strerror(host->error);
        ngx_free(host);
        return NGX_ERROR;
    }

    *why = "no address";
    rc = ngx_http_dynstore_redis_host_take(redis, host->found);

    freeaddrinfo(host->found);
    ngx_free(host);

    return rc;
}


static ngx_http_dynstore_redis_host_t *
ngx_http_dynstore_redis_host_start(ngx_str_t *name)
{
    int                              err;
    sigset_t                         all, before;
    pthread_t                        thread;
    pthread_attr_t                   detached;
    ngx_http_dynstore_redis_host_t  *host;

    if (name->len >= NI_MAXHOST) {
        return NULL;
    }

    host = ngx_calloc(sizeof(ngx_http_dynstore_redis_host_t), ngx_cycle->log);
    if (host == NULL) {
        return NULL;
    }

    ngx_memcpy(host->name, name->data, name->len);

    (void) pthread_attr_init(&detached);
    (void) pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);

    /* nginx's signals must go to its own thread */
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&thread, &detached, ngx_http_dynstore_redis_host_thread, host);
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

    (void) pthread_attr_destroy(&detached);

    if (err != 0) {
        ngx_free(host);
        return NULL;
    }

    return host;
}


static void *
ngx_http_dynstore_redis_host_thread(void *arg)
{
    struct addrinfo                  hints;
    ngx_http_dynstore_redis_host_t  *host = arg;

    ngx_memzero(&hints, sizeof(struct addrinfo));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;

    host->error = getaddrinfo(host->name, NULL, &hints, &host->found);

    ngx_memory_barrier();
    host->finished = 1;

    return NULL;
}


static ngx_int_t
ngx_http_dynstore_redis_host_take(ngx_http_dynstore_redis_t *redis, struct addrinfo *found)
{
    ngx_addr_t                      *addrs;
    ngx_uint_t                       n;
    struct addrinfo                 *address;
    ngx_http_dynstore_redis_conf_t  *conf;

    conf = redis->conf;
    n = 0;

    for (address = found; address; address = address->ai_next) {
        n++;
    }

    addrs = ngx_pcalloc(redis->cycle->pool, n * sizeof(ngx_addr_t));
    if (addrs == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (address = found; address; address = address->ai_next) {

        if (address->ai_family != AF_INET && address->ai_family != AF_INET6) {
            continue;
        }

        addrs[n].sockaddr = ngx_pcalloc(redis->cycle->pool, address->ai_addrlen);
        if (addrs[n].sockaddr == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(addrs[n].sockaddr, address->ai_addr, address->ai_addrlen);
        ngx_inet_set_port(addrs[n].sockaddr, conf->port);
        addrs[n++].socklen = address->ai_addrlen;
    }

    conf->addrs = addrs;
    conf->naddrs = n;

    return n ? NGX_OK : NGX_ERROR;
}
