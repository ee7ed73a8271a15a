/*
 * A connection to Redis: RESP2 over nginx's connections. One pipelined connection per worker and node, shared by all requests,
 * opened lazily and never in the master. It knows addresses, deadlines, a breaker and a backlog, and nothing of what is asked: its
 * owner (nginx/store/) writes commands into its buffers, and is told of their replies.
 *
 * It is to one node: one address, or the several of one name, of which each attempt takes the next. Buffers, exchanges,
 * timers and breaker are its own, and so is how often it complains. It adds to counters, which may be several nodes'.
 * So a set of nodes is several of these beside each other, each with its own configuration; their owner knows by
 * `data` which of them speaks.
 *
 * A link carries its bytes; the address says which (nginx/transport/redis_private.h). There is one, TCP or a unix
 * socket as it is.
 *
 * Reads answer somebody who waits: the replies' strings go straight to where the owner wants them. Of writes the replies are only
 * counted. An exchange that its owner forgets (timeout, client gone) stays an orphan, whose late replies are swallowed in order.
 * Nothing here blocks, and a failure is told at once.
 */
#ifndef NGX_HTTP_DYNSTORE_REDIS_H
#define NGX_HTTP_DYNSTORE_REDIS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "nginx/core/counters.h"
#include "nginx/transport/redis_commands.h"


/* Limits, each with its reason. */
/* replies outstanding on one connection, orphans included: at 50 us a reply, 0.2 s of work */
#define NGX_HTTP_DYNSTORE_REDIS_PENDING_MAX      4096
/* output waiting to be sent: events of minutes at a shop's rate */
#define NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX       (1024 * 1024)
/* what a reply may hold, 64 log entries of 1 KB and as many facts; one with more is read and thrown away */
#define NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX        131072
#define NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX     256
/* the oldest reply outstanding for longer than this means a dead peer */
#define NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS     1000
#define NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS       500
/* how often is asked whether the thread that looks a name up is done */
#define NGX_HTTP_DYNSTORE_REDIS_LOOK_MS          10
#define NGX_HTTP_DYNSTORE_REDIS_EXIT_MS          200
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MIN_MS   50
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MAX_MS   1000
/* a wrong password, or protected mode, is not cured by asking often */
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_LONG_MS  10000
/* a password of Redis is at most 512 bytes; a generous file */
/* how often an open breaker asks whether Redis is back */
#define NGX_HTTP_DYNSTORE_REDIS_PROBE_MS         250
/* what names an exchange in the log, and what its owner makes of that */
#define NGX_HTTP_DYNSTORE_REDIS_TAG_BYTES        32
#define NGX_HTTP_DYNSTORE_REDIS_ABOUT_BYTES      128


typedef struct ngx_http_dynstore_redis_link_s  ngx_http_dynstore_redis_link_t;

typedef struct {
    ngx_str_t                         url;       /* as written, without the password */
    const ngx_http_dynstore_redis_link_t  *link; /* the kind of connection, by the address' scheme */
    ngx_str_t                         host;
    in_port_t                         port;
    ngx_str_t                         unix_path;
    ngx_str_t                         user;
    ngx_str_t                         password;
    ngx_uint_t                        db;
    ngx_addr_t                       *addrs;     /* literal addresses and unix sockets; else resolved at run time */
    ngx_uint_t                        naddrs;
    ngx_http_core_loc_conf_t         *clcf;      /* whose resolver is used */
    unsigned                          resolve:1; /* the host is a name, resolved at run time */
} ngx_http_dynstore_redis_conf_t;


typedef struct ngx_http_dynstore_redis_s  ngx_http_dynstore_redis_t;
typedef struct ngx_http_dynstore_redis_exchange_s  ngx_http_dynstore_exchange_t;

/* What an exchange's owner is told, as long as it has not forgotten the exchange. `index`: of the reply, from 0. */
typedef struct {
    /* the reply is a list of so many elements; NGX_ERROR: it is of no use, the exchange has failed. Of reads only */
    ngx_int_t                       (*list)(void *owner, ngx_uint_t index, ngx_uint_t elements);
    /* room for an element of `len` bytes, which are there when all is; NULL: it is of no use. Of reads only */
    u_char                         *(*string)(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len);
    /*
     * The exchange is over, and forgotten. NGX_OK: all replies are there, and none was refused. NGX_ERROR: one was, or was over a
     * limit or no list of strings, or the connection ended.
     */
    void                            (*done)(void *owner, ngx_int_t status);
} ngx_http_dynstore_exchange_handlers_t;

typedef enum {
    NGX_HTTP_DYNSTORE_BREAKER_CLOSED = 0,
    NGX_HTTP_DYNSTORE_BREAKER_HALF_OPEN = 1,
    NGX_HTTP_DYNSTORE_BREAKER_OPEN = 2
} ngx_http_dynstore_breaker_state_e;


/* What the connection's owner is told. */
typedef struct {
    /* the connection was made, and takes writes */
    void                            (*greeted)(void *data);
    /* it ended, or could not be made; all exchanges have been told */
    void                            (*lost)(void *data);
    /* the breaker's state, whenever it may have changed, and in ngx_http_dynstore_redis_create() */
    void                            (*breaker)(void *data, ngx_http_dynstore_breaker_state_e state);
    /* what an exchange with this tag is about, for the log; `text` has room for ABOUT_BYTES. Returns its end */
    u_char                         *(*about)(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text);
} ngx_http_dynstore_redis_owner_t;


/*
 * Parses an address, `redis://[user:pass@]host[:port][/db]` or `unix:PATH[:db]`, of the directive dynstore_redis. NGX_CONF_ERROR
 * after a sentence in the log, in which is no password.
 */
char *ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *address);
/* Reads `password_file=`. NGX_DECLINED: it is another parameter; NGX_ERROR after a sentence. */
ngx_int_t ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *parameter);
/* When all is read: what does not fit together is said. */
char *ngx_http_dynstore_redis_check(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf);

/*
 * In postconfiguration, when the `resolver` directive is known: a host name is resolved at run time when there is a resolver,
 * else now, once; where that fails, nginx starts all the same and the workers go on asking.
 */
ngx_int_t ngx_http_dynstore_redis_init(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf);

/* In init_process. It lives as long as the cycle; what it does is counted in `counters`. */
ngx_http_dynstore_redis_t *ngx_http_dynstore_redis_create(ngx_cycle_t *cycle, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_http_dynstore_counters_t *counters, const ngx_http_dynstore_redis_owner_t *owner, void *data);
/* In exit_process: writes what is still queued, within NGX_HTTP_DYNSTORE_REDIS_EXIT_MS, and closes. */
void ngx_http_dynstore_redis_exit(ngx_http_dynstore_redis_t *redis);

/*
 * To read: begin, write the commands into the buffer, and push. NULL: fail fast (breaker open, no connection and none may be tried, a
 * cap reached). Whoever did not write all commands takes back what it wrote, and does not push.
 */
ngx_http_dynstore_redis_buf_t *ngx_http_dynstore_redis_begin_read(ngx_http_dynstore_redis_t *redis);
ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push_read(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies,
    const u_char *tag, const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner);

/*
 * To write: the same; while there is no connection that takes writes, into the backlog, whose writes have no owner. NULL from push
 * says so. `ready`: it is not the backlog.
 */
ngx_http_dynstore_redis_buf_t *ngx_http_dynstore_redis_begin_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t *ready);
ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies,
    const u_char *tag, const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner);

/* The owner is told nothing any more. */
void ngx_http_dynstore_redis_forget(ngx_http_dynstore_exchange_t *exchange);

/* Connects, if nothing is done for a connection. */
void ngx_http_dynstore_redis_wake(ngx_http_dynstore_redis_t *redis);
/* There is a connection that takes writes at once; or one is being made, of which the owner will be told. */
ngx_uint_t ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis);
ngx_uint_t ngx_http_dynstore_redis_is_made(ngx_http_dynstore_redis_t *redis);

/*
 * Sends now what would be sent at the end of the event loop's turn, and reads what has come during it, for one who is about to wait:
 * a busy worker's turn takes milliseconds. Calls the handlers of other exchanges, too.
 */
void ngx_http_dynstore_redis_poll(ngx_http_dynstore_redis_t *redis);

/* The breaker: how a read ended whose exchange was forgotten because its deadline passed; and its state. */
void ngx_http_dynstore_redis_breaker_note(ngx_http_dynstore_redis_t *redis, ngx_uint_t failed);
ngx_http_dynstore_breaker_state_e ngx_http_dynstore_redis_breaker(ngx_http_dynstore_redis_t *redis);

#endif
