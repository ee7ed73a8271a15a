/*
 * What Redis refuses with: the log's words and what the client does come from this table; docs/redis.md shows it.
 * X(how the error reply begins, what the log says of it, what is done). The first row that fits counts; the last fits all.
 */
#ifndef NGX_HTTP_DYNSTORE_REDIS_REFUSALS_H
#define NGX_HTTP_DYNSTORE_REDIS_REFUSALS_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    /* the connection stays; it is this key's matter, which says nothing of Redis */
    NGX_HTTP_DYNSTORE_REDIS_KEY = 0,
    /* the connection stays; a greeting that is answered so is good: reading may work where writing does not */
    NGX_HTTP_DYNSTORE_REDIS_STAY,
    /* the connection is made anew, once a second at most; what comes meanwhile waits in the queue */
    NGX_HTTP_DYNSTORE_REDIS_ANEW,
    /* the same after 5 to 10 seconds: somebody has to change a setting */
    NGX_HTTP_DYNSTORE_REDIS_LATER
} ngx_http_dynstore_redis_refusal_e;


#define NGX_HTTP_DYNSTORE_REDIS_REFUSALS(X)                                                                            \
    X("ERR max number of clients reached", "no further connection (maxclients) is taken by", ANEW)                     \
    X("DENIED", "protected mode keeps other machines away from", LATER)                                                \
    X("NOAUTH", "no password is configured, and one is wanted by", LATER)                                              \
    X("WRONGPASS", "the user or the password is refused by", LATER)                                                    \
    X("ERR AUTH", "a password is configured, and none is wanted by", LATER)                                            \
    X("ERR Client sent AUTH", "a password is configured, and none is wanted by", LATER)                                \
    X("ERR invalid password", "the password is refused by", LATER)                                                     \
    X("ERR DB index", "the database is not there in", LATER)                                                           \
    X("NOPERM", "the access list lacks a command or a key, says", STAY)                                                \
    X("LOADING", "its data is still being loaded by", ANEW)                                                            \
    X("BUSY", "a script keeps everybody waiting at", ANEW)                                                             \
    X("MASTERDOWN", "nothing is answered by a replica that lost its primary,", ANEW)                                   \
    X("READONLY", "writes are refused by a replica,", ANEW)                                                            \
    X("OOM", "writes are refused for want of memory (maxmemory) by", STAY)                                             \
    X("MISCONF", "writes are refused because saving to disk fails by", STAY)                                           \
    X("NOREPLICAS", "writes are refused for want of replicas by", STAY)                                                \
    X("CLUSTERDOWN", "the cluster is down, says", STAY)                                                                \
    X("MOVED", "another node of the cluster has this key (dynstore wants one that has all), says", KEY)                \
    X("ASK", "another node of the cluster has this key (dynstore wants one that has all), says", KEY)                  \
    X("TRYAGAIN", "the cluster is moving this key, says", KEY)                                                         \
    X("WRONGTYPE", "another program uses a key of this prefix in", KEY)                                                \
    X("", "an error reply came from", STAY)


typedef struct {
    ngx_str_t                         begins;
    const char                       *says;
    ngx_http_dynstore_redis_refusal_e done;
} ngx_http_dynstore_redis_refusal_t;


/* The row for an error reply, without its `-`. */
const ngx_http_dynstore_redis_refusal_t *ngx_http_dynstore_redis_refusal(const u_char *text, size_t len);

#endif
