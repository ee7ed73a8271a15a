/*
 * A connection to Redis: RESP2 over nginx's connections. Each worker has one pipelined connection per node, shared by all
 * requests, opened when first needed and never in the master. It knows addresses, deadlines, a breaker and a backlog, but not
 * what is asked: its owner (nginx/store/) writes commands into its buffers and gets the replies.
 *
 * It goes to one node: one address, or one name with several addresses, of which each attempt takes the next. Buffers,
 * exchanges, timers, breaker and the pace of complaints belong to one connection. The counters may be shared by several
 * nodes. A set of nodes is several connections side by side, each with its own configuration; `data` tells their owner
 * which of them calls.
 *
 * A link carries the bytes; the address decides which link (nginx/transport/redis_private.h). The only one now is plain
 * TCP or a unix socket.
 *
 * The strings of a read's replies go straight to where the owner wants them. Replies to writes are only counted. When an owner
 * drops an exchange (timeout, client gone), the exchange stays as an orphan, and its late replies are thrown away in order.
 * Nothing here blocks, and failures are reported at once.
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
/* output waiting to be sent: some minutes of a shop's events */
#define NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX       (1024 * 1024)
/* limits of a reply: 64 log entries of 1 KB and as many facts; a larger one is read and thrown away */
#define NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX        131072
#define NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX     256
/* the peer is dead when the oldest reply is missing for longer than this */
#define NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS     1000
#define NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS       500
/* how often the thread that looks up a name is polled */
#define NGX_HTTP_DYNSTORE_REDIS_LOOK_MS          10
#define NGX_HTTP_DYNSTORE_REDIS_EXIT_MS          200
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MIN_MS   50
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_MAX_MS   1000
/* frequent retries do not help against a wrong password or protected mode */
#define NGX_HTTP_DYNSTORE_REDIS_BACKOFF_LONG_MS  10000
/* Redis allows passwords of 512 bytes; the file may hold more */
/* how often an open breaker probes Redis */
#define NGX_HTTP_DYNSTORE_REDIS_PROBE_MS         250
/* bytes that identify an exchange, and of the owner's text about it in the log */
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
    ngx_addr_t                       *addrs;     /* literal addresses and unix sockets; names are resolved at run time */
    ngx_uint_t                        naddrs;
    ngx_http_core_loc_conf_t         *clcf;      /* whose resolver is used */
    unsigned                          resolve:1; /* the host is a name, resolved at run time */
} ngx_http_dynstore_redis_conf_t;


typedef struct ngx_http_dynstore_redis_s  ngx_http_dynstore_redis_t;
typedef struct ngx_http_dynstore_redis_exchange_s  ngx_http_dynstore_exchange_t;

/* Calls to an exchange's owner, until it drops the exchange. `index`: number of the reply, from 0. */
typedef struct {
    /* for reads: the reply is a list of so many elements; return NGX_ERROR to fail the exchange */
    ngx_int_t                       (*list)(void *owner, ngx_uint_t index, ngx_uint_t elements);
    /* for reads: return room for an element of `len` bytes, filled when the exchange is done; NULL fails the exchange */
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


/* Calls to the connection's owner. */
typedef struct {
    /* the connection is ready for writes */
    void                            (*greeted)(void *data);
    /* the connection ended or could not be made; the owners of all exchanges know */
    void                            (*lost)(void *data);
    /* the breaker's state: in ngx_http_dynstore_redis_create(), and whenever it may have changed */
    void                            (*breaker)(void *data, ngx_http_dynstore_breaker_state_e state);
    /* writes into `text` (ABOUT_BYTES) what an exchange with this tag is about, for the log; returns the end */
    u_char                         *(*about)(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text);
} ngx_http_dynstore_redis_owner_t;


/*
 * Parses an address, `redis://[user:pass@]host[:port][/db]` or `unix:PATH[:db]`, of the directive dynstore_redis.
 * NGX_CONF_ERROR after a sentence in the log, without the password.
 */
char *ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *address);
/* Reads `password_file=`. NGX_DECLINED: another parameter. NGX_ERROR: after a sentence. */
ngx_int_t ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *parameter);
/* After all parameters: logs those that do not fit together. */
char *ngx_http_dynstore_redis_check(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf);

/*
 * Called in postconfiguration, when the `resolver` directive is known. With a resolver a host name is resolved at run time,
 * otherwise once, now. If that fails nginx still starts, and the workers keep asking.
 */
ngx_int_t ngx_http_dynstore_redis_init(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf);

/* In init_process. It lives as long as the cycle and counts in `counters`. */
ngx_http_dynstore_redis_t *ngx_http_dynstore_redis_create(ngx_cycle_t *cycle, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_http_dynstore_counters_t *counters, const ngx_http_dynstore_redis_owner_t *owner, void *data);
/* In exit_process: sends what is queued, within NGX_HTTP_DYNSTORE_REDIS_EXIT_MS, and closes. */
void ngx_http_dynstore_redis_exit(ngx_http_dynstore_redis_t *redis);

/*
 * To read: call begin, write the commands into the buffer, and push. NULL: fail fast (the breaker is open, there is no
 * connection and none may be tried, or a cap is reached). A caller that cannot write all commands removes what it wrote and
 * does not push.
 */
ngx_http_dynstore_redis_buf_t *ngx_http_dynstore_redis_begin_read(ngx_http_dynstore_redis_t *redis);
ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push_read(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies,
    const u_char *tag, const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner);

/*
 * To write: the same. While no connection takes writes, they go into the backlog and have no owner; then push returns NULL.
 * `ready`: it is not the backlog.
 */
ngx_http_dynstore_redis_buf_t *ngx_http_dynstore_redis_begin_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t *ready);
ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push_write(ngx_http_dynstore_redis_t *redis, ngx_uint_t replies,
    const u_char *tag, const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner);

/* Drops an exchange: its owner is no longer called. */
void ngx_http_dynstore_redis_forget(ngx_http_dynstore_exchange_t *exchange);

/* Connects, unless a connection is there or being made. */
void ngx_http_dynstore_redis_wake(ngx_http_dynstore_redis_t *redis);
/* Whether a connection takes writes now; or whether one is being made, so that the owner will be called. */
ngx_uint_t ngx_http_dynstore_redis_takes_writes(ngx_http_dynstore_redis_t *redis);
ngx_uint_t ngx_http_dynstore_redis_is_made(ngx_http_dynstore_redis_t *redis);

/*
 * For a caller that is about to wait: sends at once instead of at the end of the event loop's turn, and reads what has arrived.
 * A busy worker's turn takes milliseconds. This also calls the handlers of other exchanges.
 */
void ngx_http_dynstore_redis_poll(ngx_http_dynstore_redis_t *redis);

/* The breaker: notes how a read ended after its deadline; and the breaker's state. */
void ngx_http_dynstore_redis_breaker_note(ngx_http_dynstore_redis_t *redis, ngx_uint_t failed);
ngx_http_dynstore_breaker_state_e ngx_http_dynstore_redis_breaker(ngx_http_dynstore_redis_t *redis);

/* What waits: exchanges for their replies, and bytes to be sent, without a connection, too. For the status. */
void ngx_http_dynstore_redis_depth(ngx_http_dynstore_redis_t *redis, ngx_uint_t *exchanges, size_t *bytes);

#endif
