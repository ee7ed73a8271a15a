/*
 * A request's life in the module: identify -> look up beside the upstream -> decide. Pages go on to the filters; endpoints
 * answer by themselves. All of it runs in the request's own memory and is given up with it.
 */
#ifndef NGX_HTTP_DYNSTORE_REQUEST_H
#define NGX_HTTP_DYNSTORE_REQUEST_H

#include "ngx_http_dynstore_conf.h"
#include "ngx_http_dynstore_counters.h"
#include "../engine/dyn_render.h"
#include "../engine/dyn_scanner.h"


/*
 * Why a page was left untouched: X(constant, name in $dynstore_skip and in skipped_total{reason=}).
 * The counters' rows in ngx_http_dynstore_counters.h are of the same names.
 */
#define NGX_HTTP_DYNSTORE_SKIPS(X)                                                                                     \
    X(BYPASS, bypass, "bypass")                                                                                        \
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

/*
 * Why who asks is nobody to us, who is neither looked up nor recorded: X(constant, name in $dynstore_ignored, in the header
 * X-Dynstore-Ignored and in events_ignored_total{reason=}). The counters' rows are of the same names.
 */
#define NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)                                                                           \
    X(CONSENT, consent)                                                                                                \
    X(BOT, bot)                                                                                                        \
    X(VISITOR, visitor)                                                                                                \
    X(REDIS, redis)

typedef enum {
    NGX_HTTP_DYNSTORE_IGNORED_NONE = 0,
#define X(constant, name) NGX_HTTP_DYNSTORE_IGNORED_##constant,
    NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)
#undef X
} ngx_http_dynstore_ignored_e;

typedef enum {
    NGX_HTTP_DYNSTORE_LOOKUP_NONE = 0,    /* not begun */
    NGX_HTTP_DYNSTORE_LOOKUP_PENDING,
    NGX_HTTP_DYNSTORE_LOOKUP_DONE,        /* there is a session, maybe an empty one */
    NGX_HTTP_DYNSTORE_LOOKUP_FAILED,      /* error, timeout, fail fast: last good may help */
    NGX_HTTP_DYNSTORE_LOOKUP_UNWANTED     /* no consent, no visitor, a bot, or no Redis configured */
} ngx_http_dynstore_lookup_e;


typedef struct ngx_http_dynstore_ctx_s  ngx_http_dynstore_ctx_t;
typedef struct ngx_http_dynstore_page_s  ngx_http_dynstore_page_t;
typedef void (*ngx_http_dynstore_done_pt)(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

struct ngx_http_dynstore_ctx_s {
    ngx_http_request_t               *request;
    ngx_http_dynstore_loc_conf_t     *conf;

    /* identify: fit for dyn_decide() as it is; the handlers of endpoints may overwrite surface and item_id before deciding */
    dyn_context_t                     context;
    const dyn_slot_t                 *slots;
    size_t                            nslots;
    ngx_str_t                         visitor;        /* the cookie's value, signed, or the variable's; empty: unknown */
    ngx_str_t                         visitor_hash;   /* empty without visitor or consent */
    char                              hash_text[DYN_VISITOR_HASH_BYTES + 1];
    ngx_str_t                         page_token;     /* empty: not made yet, or none; see ngx_http_dynstore_page_token.h */
    unsigned                          consent:1;
    unsigned                          trusted:1;      /* of a server of the shop's own, as dynstore_trusted says */
    unsigned                          minted:1;       /* the visitor's value is new: send it with visitor_cookie_add() */
    unsigned                          bot:1;
    unsigned                          prefetch:1;
    unsigned                          identified:1;
    unsigned                          personal:1;     /* a page: surface known, not bypassed */
    unsigned                          decided:1;
    unsigned                          counted:1;      /* as a page request */
    unsigned                          includes_personal:1;   /* a subrequest's answer makes the response personal */
    unsigned                          may_repeat:1;   /* what was decided a moment ago from the same may be given again */
    unsigned                          skip:5;         /* ngx_http_dynstore_skip_e */

    /* lookup */
    ngx_http_dynstore_lookup_e        lookup;
    ngx_http_dynstore_redis_read_t    read;
    ngx_event_t                       timer;          /* the budget */
    ngx_event_t                       wake;           /* posted, so that nobody is woken from within somebody's stack */
    ngx_http_dynstore_done_pt         done;
    uint64_t                          lookup_start_us;
    uint64_t                          lookup_us;

    /* decide */
    ngx_http_dynstore_snapshot_t     *snapshot;       /* pinned until the page is rendered, or the request is gone */
    dyn_decision_t                    decision;       /* what its pointers point to is gone at the next decision of the worker */
    dyn_arena_t                       arena;          /* the worker's scratch: render into it right after deciding, then copy */
    dyn_rung_t                        rung;
    dyn_moment_t                      moment;
    char                              id[17];
    uint64_t                          decide_us;
    ngx_str_t                         item_list;      /* $dynstore_items */

    void                             *endpoint;       /* an endpoint's own */
    ngx_http_dynstore_page_t         *page;           /* filters: see ngx_http_dynstore_page.h */
};


/* The request's own context, also after an internal redirect took it away; NULL when there is none. Subrequests have theirs. */
ngx_http_dynstore_ctx_t *ngx_http_dynstore_get_ctx(ngx_http_request_t *r);
/* Makes one, which lives and dies with the request. NULL: no memory. */
ngx_http_dynstore_ctx_t *ngx_http_dynstore_create_ctx(ngx_http_request_t *r);

/*
 * Who and where: visitor (minted when missing and allowed), consent, device, entry source, country, age, bot, prefetch; for
 * pages also surface, item and slots by the location's directives. Again after an internal redirect to another location.
 */
ngx_int_t ngx_http_dynstore_identify(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Once identified: whether it is nobody, and why. */
ngx_http_dynstore_ignored_e ngx_http_dynstore_ignored(ngx_http_dynstore_ctx_t *ctx);
/* Its name; empty for none. */
ngx_str_t *ngx_http_dynstore_ignored_name(ngx_http_dynstore_ctx_t *ctx);
/* Whether the request asks for HTML by name. */
ngx_uint_t ngx_http_dynstore_wants_html(ngx_http_request_t *r);
/* A request header that nginx keeps no pointer to; the first of its name, or NULL. */
ngx_str_t *ngx_http_dynstore_header_in(ngx_http_request_t *r, ngx_str_t *name);
/* Sets the surface and, without dynstore_slots, the slots that go with it. */
void ngx_http_dynstore_set_context_surface(ngx_http_dynstore_ctx_t *ctx, dyn_surface_t surface);

/*
 * Begins the lookup, if one is wanted. NGX_OK: over already, decide at once. NGX_AGAIN: `done`, when not NULL, is called once
 * from the event loop, in place of what was named before, when the reply is there, failed, or the budget passed; posted requests
 * are run after it.
 */
ngx_int_t ngx_http_dynstore_lookup_start(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_done_pt done);

/*
 * Decides with what is there; a lookup still pending is given up. ctx->decision and ctx->arena are good until the caller
 * returns to the event loop: render at once. On failure the decision is empty and its rung `none`.
 */
void ngx_http_dynstore_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* At the end of a process: gives back what deciding kept. */
void ngx_http_dynstore_decide_exit(void);

/* Forgets timers and pending replies; the request goes on alone. Safe to call again. */
void ngx_http_dynstore_detach(ngx_http_dynstore_ctx_t *ctx);

/* For dyn_arena_init(): memory of the ngx_pool_t that `context` is. */
void *ngx_http_dynstore_more(void *context, size_t size);

/* Monotonic microseconds. */
uint64_t ngx_http_dynstore_now_us(void);
/* Unix milliseconds as the event loop's turn began. */
int64_t ngx_http_dynstore_now_ms(void);

/* ngx_http_dynstore_visitor.c */
/* Finds or mints the visitor and hashes it; needs ctx->consent, ctx->bot. In a subrequest none is minted. */
ngx_int_t ngx_http_dynstore_visitor_find(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Adds Set-Cookie when the visitor was minted. */
ngx_int_t ngx_http_dynstore_visitor_cookie_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* ngx_http_dynstore_view.c */
/* Records the page view, if this is one. */
void ngx_http_dynstore_view_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* How the session began, as facts to be set once; returns how many. Their values live as long as the request. */
#define NGX_HTTP_DYNSTORE_FACTS_MAX             16
ngx_uint_t ngx_http_dynstore_view_facts(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_fact_t *facts);

/* ngx_http_dynstore_headers.c */
/* Adds `Server-Timing: dyn;dur=1.8;desc="session"`. */
ngx_int_t ngx_http_dynstore_server_timing(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* The response can be kept by nobody but the browser: no header lets a shared cache keep it. */
ngx_uint_t ngx_http_dynstore_headers_are_private(ngx_http_request_t *r);
/* The response is one that dynstore made personal, here or behind an upstream. */
ngx_uint_t ngx_http_dynstore_headers_are_ours(ngx_http_request_t *r);

/*
 * Makes the header private. Keeps no-store where it stands; for an endpoint also its own max-age. `vary`: what the response
 * depends on, empty for nothing. Rewritten: the bytes are not the backend's, what speaks of these goes. NGX_ERROR: no memory.
 */
#define NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN     1
#define NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT      2
ngx_int_t ngx_http_dynstore_headers_private(ngx_http_request_t *r, ngx_str_t *vary, ngx_uint_t flags);

/* ngx_http_dynstore_shared_cache.c */
/*
 * Of an endpoint, after identify and before the decision. In a subrequest: while the main request's header is not sent, it will be
 * private; when it was sent and a shared cache may keep it, the decision is made without anything personal.
 */
void ngx_http_dynstore_subrequest_guard(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* The tripwire, dynstore_shared_cache_check: counts and logs. */
/* of a response that nginx's own cache kept, if it is personalized */
void ngx_http_dynstore_shared_cache_hit(ngx_http_request_t *r);
/* of a personalized response that was in a cache */
void ngx_http_dynstore_shared_cache_personal(ngx_http_request_t *r);
/* a fragment's fingerprint with bits of its visitor on top, which are zero for nobody */
uint64_t ngx_http_dynstore_fingerprint_sign(uint64_t fingerprint, ngx_str_t *visitor_hash);
/* of If-None-Match with the fingerprint of another visitor */
void ngx_http_dynstore_shared_cache_validator(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, uint64_t fingerprint);

static ngx_inline dyn_str_t
ngx_http_dynstore_str(ngx_str_t s)
{
    return (dyn_str_t) { (const char *) s.data, s.len };
}

#endif
