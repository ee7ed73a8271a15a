/*
 * Decisions kept in the shared zone, one for each visitor, the newest made from a session. For an outage of Redis they are the
 * rung last_good; and for the seconds of dynstore_ttl one is given again, as it was, when the same question is asked.
 *
 * The table is a set-associative cache: a visitor's hash names a set of a few places, the oldest of which is given up.
 */
#ifndef NGX_HTTP_DYNSTORE_KEPT_H
#define NGX_HTTP_DYNSTORE_KEPT_H

#include "nginx/request/request.h"


/* older decisions belong to another moment; an outage longer than this shows popular items */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_MS          30000
/* items kept of one decision, over all its slots */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS       48


/* What a decision was made from but for the time: two of one question are the same decision. */
typedef struct {
    uint64_t                          digest[2];
} ngx_http_dynstore_question_t;

/* A kept decision's items by number, valid for the build they were chosen from. */
typedef struct {
    ngx_uint_t                        nslots;
    dyn_last_good_slot_t              slots[DYN_SLOTS_MAX];
    uint32_t                          items[NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS];
    char                              names[DYN_SLOTS_MAX][DYN_SLOT_NAME_BYTES_MAX];
} ngx_http_dynstore_last_good_t;

/* Of a request whose session is there; memory for a moment from the context's arena. NGX_ERROR: none. */
ngx_int_t ngx_http_dynstore_kept_question(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question);

/* Keeps the context's decision for now_ms; its age is told by the monotonic clock. question NULL: not to be given again. */
void ngx_http_dynstore_kept_put(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question, int64_t now_ms);

/*
 * NGX_OK and the context's decision is the visitor's kept one, in the context's arena: the question was the same less than
 * dynstore_ttl ago, and so is the snapshot. Else NGX_DECLINED.
 */
ngx_int_t ngx_http_dynstore_kept_again(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question);

/* NGX_OK and *last_good filled, its slots pointing into it; NGX_DECLINED when there is none that is fresh and of this build. */
ngx_int_t ngx_http_dynstore_kept_last_good(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_last_good_t *last_good);

#endif
