/*
 * The session store: a shop's sessions and its event stream in Redis. It knows keys and entries (docs/data-model.md). It uses a
 * connection (nginx/transport/redis.h) that knows neither.
 *
 * A read serves a waiting request: the replies are parsed straight into the request's memory. No request waits for a write,
 * unless it asks for a confirmation. Nothing here blocks, and failures are reported at once, so that the request can use its
 * next rung.
 */
#ifndef NGX_HTTP_DYNSTORE_STORE_H
#define NGX_HTTP_DYNSTORE_STORE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "nginx/core/counters.h"
#include "nginx/transport/redis.h"
#include "engine/events/event.h"
#include "engine/session/session.h"
#include "engine/trust/visitor.h"


/* Limits, each with its reason. */
/* how often old entries of the stream are trimmed */
#define NGX_HTTP_DYNSTORE_STORE_TRIM_MS          60000
/* bytes of a stream entry in Redis beyond its text, */
#define NGX_HTTP_DYNSTORE_STORE_ENTRY_MORE       60
/* and of a usual entry as a whole, until a worker has written some */
#define NGX_HTTP_DYNSTORE_STORE_ENTRY_BYTES      100
/* shared memory for what the control stream says of items: 100,000 entries about stock take 5.5 MB */
#define NGX_HTTP_DYNSTORE_STORE_OVERLAY_MIN      (512 * 1024)
#define NGX_HTTP_DYNSTORE_STORE_OVERLAY          (16 * 1024 * 1024)
/* carts are bought within so many days, or seldom */
#define NGX_HTTP_DYNSTORE_STORE_TOKEN_S          (14 * 24 * 3600)
/* which visitors were logged in as a customer, or had the customer's orders joined to them, is known for so long, as the history by default */
#define NGX_HTTP_DYNSTORE_STORE_CUSTOMER_S       (90 * 24 * 3600)
/* a cart's, and a checkout's */
#define NGX_HTTP_DYNSTORE_STORE_TOKENS           2
/* bounds of the stream's memory in Redis: less holds no history, and no Redis has more */
#define NGX_HTTP_DYNSTORE_STORE_STREAM_MIN       65536
#define NGX_HTTP_DYNSTORE_STORE_STREAM_MAX       68719476736


/* Of dynstore_redis. */
typedef struct {
    ngx_http_dynstore_redis_conf_t    redis;
    ngx_str_t                         prefix;    /* of every key; "dyn:" */
    ngx_uint_t                        stream_max;   /* entries of the event stream at most; 0: no stream */
    size_t                            stream_bytes; /* bytes of all entries, roughly */
    ngx_uint_t                        stream_new;   /* entries of new visitors, a second and worker */
    time_t                            stream_age_s; /* older entries of events and decisions are trimmed; 0: none */
    ngx_uint_t                        idle_s;    /* session keys expire after; 1800 */
    ngx_uint_t                        new_idle_s;   /* the same for a visitor's first event; 600 */
    ngx_uint_t                        history_s; /* the history expires after; 90 days; 0: there is none */
    ngx_uint_t                        control;   /* the control stream is read: nginx/store/control.h */
    size_t                            overlay;   /* bytes of the zone for what it says of items: nginx/shop/overlay.h */
} ngx_http_dynstore_store_conf_t;

/* X(member, its name in the status): how much is kept, and for how many seconds. docs/privacy.md has a row for each. */
#define NGX_HTTP_DYNSTORE_RETENTIONS(X)                                                                                \
    X(idle_s, "session_s")                                                                                             \
    X(new_idle_s, "new_session_s")                                                                                     \
    X(history_s, "history_s")                                                                                          \
    X(stream_age_s, "streams_s")                                                                                       \
    X(stream_max, "events_max")                                                                                        \
    X(stream_bytes, "events_bytes")

/*
 * Reads the directive: an address, and the parameters `password_file=` `prefix=` `stream_max=` `stream_bytes=` `stream_new=`
 * `stream_age=` `idle=` `new_idle=` `history=` `control=` `overlay=`. NGX_CONF_ERROR after a sentence in the log, without the password.
 */
char *ngx_http_dynstore_store_parse(ngx_conf_t *cf, ngx_http_dynstore_store_conf_t *scf);
/* Whether two directives are equal. Each may be NULL: none. */
ngx_uint_t ngx_http_dynstore_store_same(const ngx_http_dynstore_store_conf_t *a, const ngx_http_dynstore_store_conf_t *b);


typedef struct ngx_http_dynstore_store_s  ngx_http_dynstore_store_t;

/* In init_process. It lives as long as the cycle and counts in `counters`. */
ngx_http_dynstore_store_t *ngx_http_dynstore_store_create(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf,
    ngx_http_dynstore_counters_t *counters);
/* In exit_process: writes what is still queued, for a moment, and closes. */
void ngx_http_dynstore_store_exit(ngx_http_dynstore_store_t *store);

ngx_http_dynstore_breaker_state_e ngx_http_dynstore_store_breaker(ngx_http_dynstore_store_t *store);
/* ngx_http_dynstore_redis_depth() */
void ngx_http_dynstore_store_depth(ngx_http_dynstore_store_t *store, ngx_uint_t *exchanges, size_t *bytes);


typedef struct ngx_http_dynstore_store_read_s  ngx_http_dynstore_store_read_t;

struct ngx_http_dynstore_store_read_s {
    /* set by the caller */
    ngx_pool_t                       *pool;
    void                            (*handler)(ngx_http_dynstore_store_read_t *read);
    void                             *data;
    unsigned                          session_only:1;   /* without the history */

    /*
     * Filled before the handler is called: NGX_OK, or NGX_ERROR when Redis refused, sent garbage or went away. Log entries
     * newest first, those of the history, too; all lists live in the pool.
     */
    ngx_int_t                         status;
    dyn_str_t                        *entries;
    ngx_uint_t                        nentries;
    dyn_fact_t                       *facts;
    ngx_uint_t                        nfacts;
    dyn_str_t                        *history;
    ngx_uint_t                        nhistory;

    /* the store's */
    u_char                           *text;      /* where the next string goes, */
    size_t                            room;      /* and how much is left there */
    ngx_http_dynstore_store_t        *store;
    ngx_http_dynstore_exchange_t     *exchange;  /* NULL: over, or cancelled */
};

/*
 * Asks for a session's log and facts, and the visitor's history, in one round trip. NGX_AGAIN: the handler will be called
 * once, after this call has returned. NGX_DECLINED: fail fast (breaker open, no connection and none may be tried, a cap
 * reached): no handler.
 */
ngx_int_t ngx_http_dynstore_store_read(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_read_t *read,
    ngx_str_t *visitor_hash);
/* Cancels a read; its handler is no longer called. Safe to call twice and after the handler. */
void ngx_http_dynstore_store_cancel(ngx_http_dynstore_store_read_t *read);
/* Cancels a read whose deadline passed; the breaker counts it as failed. */
void ngx_http_dynstore_store_timed_out(ngx_http_dynstore_store_read_t *read);
/* Reads what has arrived by now: ngx_http_dynstore_redis_poll(). */
void ngx_http_dynstore_store_poll(ngx_http_dynstore_store_t *store);


/*
 * Moves a visitor's log, facts and history to the keys of another hash, in one step of Redis; what is there under both is
 * joined. NGX_OK: Redis was asked, before anything that is asked later. NGX_DECLINED: it was not, for want of a connection or of
 * room.
 */
ngx_int_t ngx_http_dynstore_store_move(ngx_http_dynstore_store_t *store, ngx_str_t *from, ngx_str_t *to);

/*
 * Tells a caller whether a write is in Redis: the handler is called once, from the event loop, within
 * NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS + NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS. It must not write or read at once, but post an
 * event.
 */
typedef struct ngx_http_dynstore_store_confirm_s  ngx_http_dynstore_store_confirm_t;
typedef struct ngx_http_dynstore_store_write_s  ngx_http_dynstore_store_write_t;

struct ngx_http_dynstore_store_confirm_s {
    /* set by the caller */
    void                            (*handler)(ngx_http_dynstore_store_confirm_t *confirm);
    void                             *data;
    /* NGX_OK: Redis has all of it. NGX_ERROR: a part was refused, the connection ended, or there is none */
    ngx_int_t                         status;

    /* the store's */
    ngx_queue_t                       queue;
    ngx_http_dynstore_store_write_t  *write;
    ngx_http_dynstore_exchange_t     *exchange;
    unsigned                          waits:1;   /* in the queue */
};

/* Drops the confirmation, not the write. Safe to call twice and after the handler. */
void ngx_http_dynstore_store_unconfirm(ngx_http_dynstore_store_confirm_t *confirm);

/*
 * How events are authenticated: X(constant, word in the stream's field `auth`; "": no field).
 */
#define NGX_HTTP_DYNSTORE_AUTHS(X)                                                                                     \
    X(NONE, "")                                                                                                        \
    X(TOKEN, "token")       /* they brought the token of a page */                                                     \
    X(SERVER, "server")     /* a trusted server sent them */                                                            \
    X(WEBHOOK, "webhook")   /* the shop's platform told of them, signed */

typedef enum {
#define X(constant, word) NGX_HTTP_DYNSTORE_AUTH_##constant,
    NGX_HTTP_DYNSTORE_AUTHS(X)
#undef X
} ngx_http_dynstore_auth_e;

/*
 * Records events of one visitor: LPUSH + LTRIM + EXPIRE of the log, and of the history for the events that belong there,
 * HSETNX, HSET and EXPIRE of the facts, HSET and EXPIRE of whose cart and checkout it is, XADD to the stream, all pipelined and
 * copied before it returns. Facts of a session's start (`set_once`) do not overwrite. NGX_DECLINED: they were dropped, and counted as such.
 *
 * New visitors must not push out the events of others: their stream entries have a budget (`stream_new`), and their keys expire
 * sooner (`new_idle`). The last half of the queue is for known visitors, and its last quarter for their carts and purchases.
 *
 * With `confirm` the function returns NGX_AGAIN, and the handler will be called; the write and all it points to must stay until
 * then. Such a write is never queued: while Redis is down the function returns NGX_DECLINED at once.
 *
 * NGX_OK also where nothing is to be written, as for events of the stream alone with `session_only`.
 */
struct ngx_http_dynstore_store_write_s {
    ngx_str_t                         visitor_hash;
    dyn_event_t                      *events;      /* oldest first */
    ngx_uint_t                        nevents;
    dyn_str_t                        *blocks;      /* entries for the stream alone, as text */
    ngx_uint_t                        nblocks;
    dyn_fact_t                       *set_once;
    ngx_uint_t                        nset_once;
    dyn_fact_t                       *set;         /* these overwrite */
    ngx_uint_t                        nset;
    ngx_str_t                         tokens[NGX_HTTP_DYNSTORE_STORE_TOKENS];     /* hashes; empty: none */
    ngx_str_t                         customer;    /* a hash: as whom the visitor is logged in; empty: as nobody */
    ngx_http_dynstore_auth_e          authenticated;
    ngx_http_dynstore_store_confirm_t *confirm;    /* NULL: no confirmation */
    unsigned                          session_only:1;  /* nothing goes to the history and the stream */
    unsigned                          renew_log:1;     /* the log lives on as well, although no event goes there */
    ngx_uint_t                        streamed;    /* the store's: how many entries of the stream are among the commands */
    unsigned                          new_visitor:1;   /* the request had no cookie of a visitor */
};

ngx_int_t ngx_http_dynstore_store_write(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write);

/*
 * Adds an entry to the stream of decision records, at most `most` entries long: XADD, pipelined and copied before it returns. Empty
 * fields are left out. tag: DYN_VISITOR_HASH_BYTES bytes that name it in the log. Nobody waits for it; lost ones are counted, and a
 * quarter of the queue is all that they may fill.
 */
void ngx_http_dynstore_store_add_record(ngx_http_dynstore_store_t *store, const dyn_fact_t *fields, ngx_uint_t nfields,
    ngx_uint_t most, const u_char *tag);

#endif
