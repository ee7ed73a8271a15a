/*
 * A request in the module: identify -> look up while the upstream works -> decide. Pages continue in the filters; endpoints
 * send their own answer. Everything uses the request's own memory and ends with it.
 */
#ifndef NGX_HTTP_DYNSTORE_REQUEST_H
#define NGX_HTTP_DYNSTORE_REQUEST_H

#include "nginx/conf/conf.h"
#include "nginx/core/counters.h"
#include "engine/render/render.h"
#include "engine/scan/scanner.h"


/*
 * Why a page was left untouched: X(constant, name in $dynstore_skip and in skipped_total{reason=}). The rows in
 * nginx/core/counters.h have the same names.
 */
#define NGX_HTTP_DYNSTORE_SKIPS(X)                                                                                     \
    X(KILLED, killed, "killed")                                                                                        \
    X(BYPASS, bypass, "bypass")                                                                                        \
    X(HOLDOUT, holdout, "holdout")                                                                                     \
    X(SURFACE, surface, "surface")                                                                                     \
    X(SUBRESOURCE, subresource, "subresource")                                                                         \
    X(FETCH, fetch, "fetch")                                                                                           \
    X(METHOD, method, "method")                                                                                        \
    X(STATUS, status, "status")                                                                                        \
    X(TYPE, type, "type")                                                                                              \
    X(ENCODING, encoding, "encoding")                                                                                  \
    X(NO_TRANSFORM, no_transform, "no_transform")                                                                      \
    X(SLICE, slice, "slice")                                                                                           \
    X(EMPTY, empty, "empty")                                                                                           \
    X(NO_PAGE, no_page, "no_page")                                                                                     \
    X(NO_MARK, no_mark, "no_mark")                                                                                     \
    X(FAILED, failed, "failed")

typedef enum {
    NGX_HTTP_DYNSTORE_SKIP_NONE = 0,
#define X(constant, member, name) NGX_HTTP_DYNSTORE_SKIP_##constant,
    NGX_HTTP_DYNSTORE_SKIPS(X)
#undef X
} ngx_http_dynstore_skip_e;

typedef enum {
    NGX_HTTP_DYNSTORE_LOOKUP_NONE = 0,    /* not begun */
    NGX_HTTP_DYNSTORE_LOOKUP_PENDING,
    NGX_HTTP_DYNSTORE_LOOKUP_DONE,        /* there is a session, maybe an empty one */
    NGX_HTTP_DYNSTORE_LOOKUP_FAILED,      /* error, timeout or fail fast: the last good decision is tried */
    NGX_HTTP_DYNSTORE_LOOKUP_UNWANTED     /* it may not be read */
} ngx_http_dynstore_lookup_e;


/* An item that an answer shows. */
typedef struct {
    dyn_str_t                         item_id;
    uint32_t                          slot;           /* its number in ctx->slots */
} ngx_http_dynstore_shown_t;


/* An entry for the stream, made with a decision. */
typedef struct {
    ngx_str_t                         entry;
    uint32_t                          slot;           /* its number in ctx->slots */
    unsigned                          empty:1;        /* nothing is shown there */
    unsigned                          of_page:1;      /* it is the last, and stands for a page without any other; slot is not set */
} ngx_http_dynstore_exposure_t;


typedef struct ngx_http_dynstore_ctx_s  ngx_http_dynstore_ctx_t;
typedef struct ngx_http_dynstore_page_s  ngx_http_dynstore_page_t;
typedef void (*ngx_http_dynstore_done_pt)(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

struct ngx_http_dynstore_ctx_s {
    ngx_http_request_t               *request;
    ngx_http_dynstore_loc_conf_t     *conf;

    /* set by identify; endpoints may change surface and item_id before the decision */
    dyn_context_t                     context;
    const dyn_slot_t                 *slots;
    size_t                            nslots;
    ngx_str_t                         visitor;        /* the cookie's value, signed, or the variable's; empty: unknown */
    ngx_str_t                         visitor_hash;   /* empty: no visitor, or one that must not be known */
    char                              hash_text[DYN_VISITOR_HASH_BYTES + 1];
    ngx_str_t                         old_hash;       /* the visitor's under the old key, from where the session is moved; empty: none */
    char                              old_hash_text[DYN_VISITOR_HASH_BYTES + 1];
    dyn_str_t                         customer;       /* the platform's id of who is logged in, by its app proxy; empty: nobody */
    ngx_str_t                         page_token;     /* empty: not made yet, or none; see nginx/request/page_token.h */
    dyn_consent_t                     consent;        /* none, functional or full, once identified */
    unsigned                          may_read:1;     /* the session; ngx_http_dynstore_permit() has the table of who may what */
    unsigned                          may_write:1;    /* what the shopper did, into the session */
    unsigned                          may_record:1;   /* read and write what outlives the session: history, stream */
    unsigned                          ignored:3;      /* ngx_http_dynstore_ignored_e: why not, once identified */
    unsigned                          trusted:1;      /* sent by the shop's own server, by dynstore_trusted */
    unsigned                          minted:1;       /* the visitor is new: visitor_cookie_add() sends the cookie */
    unsigned                          resigned:1;     /* the cookie was signed with the old key: it is sent again, too */
    unsigned                          prefetch:1;
    unsigned                          identified:1;
    unsigned                          personal:1;     /* a page: surface known, not bypassed */
    unsigned                          decided:1;
    unsigned                          held_out:1;     /* the visitor gets the shop's own page */
    unsigned                          assigned:1;     /* the visitor is in an experiment on this page */
    unsigned                          counted:1;      /* as a page request */
    unsigned                          includes_personal:1;   /* a subrequest's answer makes the response personal */
    unsigned                          committed:1;    /* a page whose header says that it is personal */
    unsigned                          may_repeat:1;   /* a kept decision for the same question may be used */
    unsigned                          charged:1;      /* a view or events were within dynstore_limit */
    unsigned                          skip:5;         /* ngx_http_dynstore_skip_e */

    /* lookup */
    ngx_http_dynstore_lookup_e        lookup;
    ngx_http_dynstore_store_read_t    read;
    ngx_event_t                       timer;          /* the budget */
    ngx_event_t                       wake;           /* posted, so that the handler does not run inside another caller's stack */
    ngx_http_dynstore_done_pt         done;
    uint64_t                          lookup_start_us;
    uint64_t                          lookup_us;

    /* decide */
    ngx_http_dynstore_rules_t        *rules;          /* pinned, with their snapshot, until the page is rendered or the request ends */
    ngx_http_dynstore_snapshot_t     *snapshot;       /* that of `rules`; NULL without */
    dyn_rung_t                        rung;
    dyn_moment_t                      moment;
    char                              id[17];
    char                              rules_version[DYN_POLICY_VERSION_BYTES + 1];    /* of the rules that it was made with */
    char                              snapshot_build[33];    /* and of the snapshot */
    ngx_uint_t                        nfilled;        /* slots with something to show */
    uint64_t                          decide_us;
    ngx_str_t                         item_list;      /* $dynstore_items */
    ngx_str_t                         variants;       /* $dynstore_variant */

    /* impressions: see nginx/request/shown.h */
    ngx_http_dynstore_shown_t        *shown;          /* what the decision shows */
    uint32_t                          nshown;         /* 0: nothing that is to be recorded */
    uint32_t                          asked;          /* bit of each slot that only the request names */
    uint32_t                          filled;         /* bit of each slot that the decision shows something in */
    ngx_http_dynstore_exposure_t     *exposures;      /* see nginx/request/exposure.h */
    ngx_uint_t                        nexposures;
    uint32_t                          placed;         /* bit of each slot whose place was found in the page */
    uint32_t                          delivered;      /* and of each whose block the answer has brought */

    void                             *endpoint;       /* an endpoint's own */
    ngx_http_dynstore_page_t         *page;           /* filters: see nginx/page/page.h */
};


/* The request's context, also after an internal redirect cleared it; NULL when there is none. Each subrequest has its own. */
ngx_http_dynstore_ctx_t *ngx_http_dynstore_get_ctx(ngx_http_request_t *r);
/* Makes a context that lives as long as the request. NULL: no memory. */
ngx_http_dynstore_ctx_t *ngx_http_dynstore_create_ctx(ngx_http_request_t *r);

/*
 * Begins the lookup, if one is wanted. NGX_OK: it is over, decide at once. NGX_AGAIN: `done`, if not NULL, replaces an earlier
 * handler and is called once from the event loop, when the reply came or failed or the budget passed. Posted requests run after
 * it.
 */
ngx_int_t ngx_http_dynstore_lookup_start(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_done_pt done);

/* Lives on the caller's stack. What it points to is valid until the worker's next decision. */
typedef struct {
    dyn_decision_t                    decision;
    dyn_arena_t                       arena;          /* the worker's scratch: render into it, then copy */
} ngx_http_dynstore_decided_t;

/*
 * Decides with what is known now; a pending lookup is dropped. Render before returning to the event loop. On failure the
 * decision is empty and its rung is `none`.
 */
void ngx_http_dynstore_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_decided_t *decided);
/* Gives rules and snapshot back. */
void ngx_http_dynstore_unpin(ngx_http_dynstore_ctx_t *ctx);
/* At the end of a process: frees the memory of decisions. */
void ngx_http_dynstore_decide_exit(void);

/* Drops timers and pending replies; the request continues without them. Safe to call again. */
void ngx_http_dynstore_detach(ngx_http_dynstore_ctx_t *ctx);

/* For dyn_arena_init(): memory of the ngx_pool_t that `context` is. */
void *ngx_http_dynstore_more(void *context, size_t size);

/* Monotonic microseconds. */
uint64_t ngx_http_dynstore_now_us(void);
/* Unix milliseconds as the event loop's turn began. */
int64_t ngx_http_dynstore_now_ms(void);

static ngx_inline dyn_str_t
ngx_http_dynstore_str(ngx_str_t s)
{
    return (dyn_str_t) { (const char *) s.data, s.len };
}

#endif
