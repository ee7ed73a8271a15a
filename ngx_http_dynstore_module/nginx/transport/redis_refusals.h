/*
 * Error replies of Redis, the log's words for them, and what the client does; docs/redis.md shows this table. X(how the error
 * reply begins, what the log says after "Redis at URL", what is done). The first row that fits counts; the last fits all.
 */
#ifndef NGX_HTTP_DYNSTORE_REDIS_REFUSALS_H
#define NGX_HTTP_DYNSTORE_REDIS_REFUSALS_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    /* the connection stays; only this key is affected, Redis itself is fine */
    NGX_HTTP_DYNSTORE_REDIS_KEY = 0,
    /* the connection stays, also when this answers the greeting: reads may work where writes do not */
    NGX_HTTP_DYNSTORE_REDIS_STAY,
    /* the connection is made again, at most once a second; meanwhile events wait in the queue */
    NGX_HTTP_DYNSTORE_REDIS_ANEW,
    /* the same after 5 to 10 seconds, because only a changed setting can help */
    NGX_HTTP_DYNSTORE_REDIS_LATER
} ngx_http_dynstore_redis_refusal_e;


#define NGX_HTTP_DYNSTORE_REDIS_REFUSALS(X)                                                                            \
    X("ERR max number of clients reached", "takes no more connections (maxclients)", ANEW)                             \
    X("DENIED", "refuses other machines (protected mode)", LATER)                                                      \
    X("NOAUTH", "needs a password, but none is configured", LATER)                                                     \
    X("WRONGPASS", "refuses the user or the password", LATER)                                                          \
    X("ERR AUTH", "needs no password, but one is configured", LATER)                                                   \
    X("ERR Client sent AUTH", "needs no password, but one is configured", LATER)                                       \
    X("ERR invalid password", "refuses the password", LATER)                                                           \
    X("ERR DB index", "does not have the configured database", LATER)                                                  \
    X("NOPERM", "does not allow its user this command or key (ACL)", STAY)                                             \
    X("LOADING", "is still loading its data", ANEW)                                                                    \
    X("BUSY", "is busy with a script", ANEW)                                                                           \
    X("MASTERDOWN", "is a replica that lost its primary and answers nothing", ANEW)                                    \
    X("READONLY", "is a replica and refuses writes", ANEW)                                                             \
    X("OOM", "refuses writes because its memory is full (maxmemory)", STAY)                                            \
    X("MISCONF", "refuses writes because it cannot save to disk", STAY)                                                \
    X("NOREPLICAS", "refuses writes because it has too few replicas", STAY)                                            \
    X("CLUSTERDOWN", "says that its cluster is down", STAY)                                                            \
    X("MOVED", "has this key on another node of its cluster (dynstore needs one with all keys)", KEY)                  \
    X("ASK", "has this key on another node of its cluster (dynstore needs one with all keys)", KEY)                    \
    X("TRYAGAIN", "is moving this key to another node of its cluster", KEY)                                            \
    X("WRONGTYPE", "has a key with this prefix that another program wrote", KEY)                                       \
    X("", "answered with an error", STAY)


typedef struct {
    ngx_str_t                         begins;
    const char                       *says;
    ngx_http_dynstore_redis_refusal_e done;
} ngx_http_dynstore_redis_refusal_t;


/* Returns the row for an error reply, given without its `-`. */
const ngx_http_dynstore_redis_refusal_t *ngx_http_dynstore_redis_refusal(const u_char *text, size_t len);
/* How much of an error reply may be logged: Redis appends the arguments of a command that it does not know. */
size_t ngx_http_dynstore_redis_refusal_words(const u_char *text, size_t len);

#endif
