/* For the Redis client's own files only. */
#ifndef NGX_HTTP_DYNSTORE_REDIS_PRIVATE_H
#define NGX_HTTP_DYNSTORE_REDIS_PRIVATE_H

#include "nginx/transport/redis.h"
#include "nginx/core/counters.h"

#include "nginx/transport/redis_refusals.h"
#include "redis/resp.h"


typedef enum {
    NGX_HTTP_DYNSTORE_EXCHANGE_HELLO,    /* AUTH, SELECT, CLIENT SETNAME, PING */
    NGX_HTTP_DYNSTORE_EXCHANGE_READ,
    NGX_HTTP_DYNSTORE_EXCHANGE_WRITE,    /* replies are counted; a confirmation is told */
    NGX_HTTP_DYNSTORE_EXCHANGE_PROBE     /* PING */
} ngx_http_dynstore_exchange_kind_e;


/*
 * A link carries the bytes between the socket and RESP. The connection's c->send and c->recv, which `make` may replace,
 * send and receive them. Everything else happens in the handlers of its two events, also in a worker that ends. Bytes that
 * c->send did not take are given to it again, perhaps from another place in memory and followed by more bytes.
 */
struct ngx_http_dynstore_redis_link_s {
    /*
     * The socket of redis->peer.connection is connected. Calls ngx_http_dynstore_redis_linked(), or
     * ngx_http_dynstore_redis_fail() with a sentence: now, or in a later turn of the event loop. Until then it may
     * replace the handlers of both events, and c->pool, which is NULL. The time limit for connecting includes it.
     */
    void                            (*make)(ngx_http_dynstore_redis_t *redis);
    /* Closes the connection and frees what `make` took, at whatever stage. May not wait. */
    void                            (*close)(ngx_connection_t *c);
};

/* nginx/transport/redis_plain.c */
extern const ngx_http_dynstore_redis_link_t  ngx_http_dynstore_redis_plain;


/* nginx/transport/redis_host.c's */
typedef struct ngx_http_dynstore_redis_host_s  ngx_http_dynstore_redis_host_t;


/* One entry in the queue of outstanding replies. */
struct ngx_http_dynstore_redis_exchange_s {
    ngx_http_dynstore_exchange_kind_e kind;
    ngx_uint_t                        replies;   /* still to come */
    ngx_uint_t                        index;     /* of the reply being read */
    const ngx_http_dynstore_exchange_handlers_t  *handlers;
    void                             *owner;     /* NULL: none, or dropped */
    ngx_msec_t                        started;
    u_char                            tag[NGX_HTTP_DYNSTORE_REDIS_TAG_BYTES];   /* for the log */
    unsigned                          tagged:1;
    unsigned                          failed:1;
    unsigned                          over_limit:1;
    unsigned                          own_fault:1;   /* failed because of this key; Redis itself is fine */
};


typedef enum {
    NGX_HTTP_DYNSTORE_REDIS_IDLE,
    NGX_HTTP_DYNSTORE_REDIS_RESOLVING,
    NGX_HTTP_DYNSTORE_REDIS_CONNECTING,
    NGX_HTTP_DYNSTORE_REDIS_READY,
    NGX_HTTP_DYNSTORE_REDIS_BACKOFF
} ngx_http_dynstore_redis_state_e;


struct ngx_http_dynstore_redis_s {
    ngx_http_dynstore_redis_conf_t   *conf;
    ngx_http_dynstore_counters_t     *counters;
    ngx_cycle_t                      *cycle;
    const ngx_http_dynstore_redis_owner_t  *owner;
    void                             *owner_data;
    ngx_http_dynstore_redis_state_e   state;

    ngx_peer_connection_t             peer;
    struct sockaddr_storage           sockaddr;
    ngx_uint_t                        next_addr;
    ngx_resolver_ctx_t               *resolving;
    ngx_http_dynstore_redis_host_t   *looking;       /* without a resolver: the thread that looks the name up */
    ngx_msec_t                        looked;        /* when the wait for it began */

    dyn_resp_t                        resp;
    uint64_t                          reply_bytes;   /* of the reply being read, */
    ngx_uint_t                        element;       /* how many of its elements have come, */
    u_char                           *copy_to;       /* and where the next bytes go; NULL: nowhere */

    /* a ring: head is the oldest */
    ngx_http_dynstore_exchange_t     *exchanges;
    ngx_uint_t                        head;
    ngx_uint_t                        nexchanges;

    ngx_http_dynstore_redis_buf_t     output;
    /* writes that came while there was no connection, and how many replies they will bring */
    ngx_http_dynstore_redis_buf_t     backlog;
    ngx_uint_t                        backlog_replies;

    ngx_event_t                       flush;         /* posted: one send per turn of the event loop */
    ngx_event_t                       watch;         /* timer: connect deadline, then the dead-peer limit */
    ngx_event_t                       retry;         /* timer: backoff, and probes of an open breaker */
    ngx_msec_t                        backoff;

    time_t                            complained;    /* one line a second at most, */
    time_t                            breaker_said;  /* and one of the breaker */
    ngx_log_t                         quiet;         /* hides nginx's own lines, which have no rate limit; ours say the same */

    ngx_http_dynstore_breaker_state_e breaker;
    ngx_msec_t                        window;        /* where the current second began */
    ngx_uint_t                        window_reads;
    ngx_uint_t                        window_failures;

    unsigned                          greeted:1;     /* the connection's PING was answered: it takes writes */
    unsigned                          refused:1;     /* the greeting */
    unsigned                          anew:1;        /* a refused command may work on another connection */
    unsigned                          pause_long:1;  /* wait long before the next one: a setting has to be changed */
    unsigned                          breaker_told:1;   /* the log says that it opened */
    time_t                            anew_at;       /* the next connection is made in a later second than this */
};


/* nginx/transport/redis_reply.c */

/* Reads bytes from the peer. NGX_ERROR: they are not RESP, or more than was asked for. */
ngx_int_t ngx_http_dynstore_redis_replies(ngx_http_dynstore_redis_t *redis, u_char *bytes, size_t len);

/* nginx/transport/redis_commands.c */

void ngx_http_dynstore_redis_buf_reset(ngx_http_dynstore_redis_buf_t *buf);
void ngx_http_dynstore_redis_buf_free(ngx_http_dynstore_redis_buf_t *buf);

/* Each returns how many replies the commands will have. 0: they did not fit, and the buffer is unchanged. */
ngx_uint_t ngx_http_dynstore_redis_format_hello(ngx_http_dynstore_redis_conf_t *conf,
    ngx_http_dynstore_redis_buf_t *buf);
ngx_uint_t ngx_http_dynstore_redis_format_probe(ngx_http_dynstore_redis_buf_t *buf);

/* nginx/transport/redis_breaker.c */

void ngx_http_dynstore_redis_breaker_probing(ngx_http_dynstore_redis_t *redis);
/* Opens the breaker (again) and plans the next probe. */
void ngx_http_dynstore_redis_breaker_open(ngx_http_dynstore_redis_t *redis);
void ngx_http_dynstore_redis_breaker_close(ngx_http_dynstore_redis_t *redis);

/* Starts connecting; a failure leaves the state BACKOFF. */
void ngx_http_dynstore_redis_connect(ngx_http_dynstore_redis_t *redis);
/* Called by the timer while a thread looks up the host. */
void ngx_http_dynstore_redis_look(ngx_http_dynstore_redis_t *redis);
/* Connects to this address instead of the next one; a failure leaves the state BACKOFF. */
void ngx_http_dynstore_redis_dial(ngx_http_dynstore_redis_t *redis, struct sockaddr *sockaddr, socklen_t socklen);
/* The link is made: takes over both events and sends the greeting before the queued commands. */
void ngx_http_dynstore_redis_linked(ngx_http_dynstore_redis_t *redis);
/* Sends a PING while the breaker is open. */
void ngx_http_dynstore_redis_probe(ngx_http_dynstore_redis_t *redis);

/* nginx/transport/redis_host.c */

/*
 * Looks up the host with the system's resolver, in a thread. NGX_OK: the addresses are in the configuration. NGX_AGAIN: not
 * done, call again. NGX_ERROR: `why` has the reason; the next call tries again.
 */
ngx_int_t ngx_http_dynstore_redis_host(ngx_http_dynstore_redis_t *redis, const char **why);

/* Ends the connection, fails everything that waits for it, and tries again later. */
void ngx_http_dynstore_redis_fail(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err, const char *what,
    const char *detail);
/* Ends the connection and fails everything that waits for it. The caller sets the state. */
void ngx_http_dynstore_redis_disconnect(ngx_http_dynstore_redis_t *redis);
/* Logs "Redis at URL `what`: `detail`": `what` begins with a verb; `detail` comes from Redis and is escaped. */
void ngx_http_dynstore_redis_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t level, ngx_err_t err,
    const char *what, const u_char *detail, size_t len);
/* The same, with a text about the exchange. */
void ngx_http_dynstore_redis_complain_of(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange,
    const char *what, const u_char *detail, size_t len);

/* nginx/transport/redis.c */

/* The oldest exchange, NULL when nothing is outstanding. */
ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis);
void ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange);

#endif
