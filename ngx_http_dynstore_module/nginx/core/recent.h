/*
 * What a shop's decisions were like of late, for the status: how many of each rung in the last minute, and the slowest of the last
 * hour. Workers write without waiting for each other, so under load a few may be missing here; the counters are exact.
 */
#ifndef NGX_HTTP_DYNSTORE_RECENT_H
#define NGX_HTTP_DYNSTORE_RECENT_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/base/tables.h"


/* a minute is these spans, and the one that has begun */
#define NGX_HTTP_DYNSTORE_RECENT_SPAN_S         10
#define NGX_HTTP_DYNSTORE_RECENT_SPANS          7
#define NGX_HTTP_DYNSTORE_RECENT_SLOWEST        8
#define NGX_HTTP_DYNSTORE_RECENT_SLOWEST_S      3600
/* who has held the lock for longer than this has died */
#define NGX_HTTP_DYNSTORE_RECENT_LOCK_S         5


/* Nothing of it leads to a person. */
typedef struct {
    uint64_t                          us;         /* 0: none */
    time_t                            time;
    dyn_surface_t                     surface;
    dyn_rung_t                        rung;
    char                              id[17];     /* of the decision */
} ngx_http_dynstore_slow_t;

typedef struct {
    struct {
        ngx_atomic_t                  number;     /* unix time by NGX_HTTP_DYNSTORE_RECENT_SPAN_S */
        ngx_atomic_t                  rungs[DYN_RUNGS_COUNT];
    } spans[NGX_HTTP_DYNSTORE_RECENT_SPANS];

    ngx_atomic_t                      lock;       /* 0: free; else the time when it was taken */
    ngx_atomic_t                      enough_us;  /* faster decisions are not among the slowest, */
    ngx_atomic_t                      until;      /* up to this time */
    ngx_http_dynstore_slow_t          slowest[NGX_HTTP_DYNSTORE_RECENT_SLOWEST];
} ngx_http_dynstore_recent_t;


void ngx_http_dynstore_recent_add(ngx_http_dynstore_recent_t *recent, const ngx_http_dynstore_slow_t *decision);
/* Decisions of the last minute, by rung. */
void ngx_http_dynstore_recent_rungs(const ngx_http_dynstore_recent_t *recent, ngx_uint_t *rungs);
/* Copies the slowest of the last hour, the slowest first; returns how many. */
ngx_uint_t ngx_http_dynstore_recent_slowest(ngx_http_dynstore_recent_t *recent, ngx_http_dynstore_slow_t *slowest);

#endif
