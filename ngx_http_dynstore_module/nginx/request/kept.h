/*
 * Answers kept in the shared zone as bytes (engine/record/answer.h), one for each visitor, the newest made from a session. For an
 * outage of Redis they are the rung last_good; and for the seconds of dynstore_ttl one is given again, as it was, when the same
 * question is asked.
 *
 * The table is a set-associative cache: a visitor's hash names a set of a few places, the oldest of which is given up.
 */
#ifndef NGX_HTTP_DYNSTORE_KEPT_H
#define NGX_HTTP_DYNSTORE_KEPT_H

#include "nginx/request/request.h"
#include "engine/record/question.h"


/* older decisions belong to another moment; an outage longer than this shows popular items */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_MS          30000


/* Keeps the decision; its age is told by the monotonic clock. digest: of its question, NULL: not to be given again. */
void ngx_http_dynstore_kept_put(ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision, const dyn_digest_t *digest);

/*
 * NGX_OK and *decision is the visitor's kept one, in the arena: the question was of the same digest less than dynstore_ttl ago.
 * Else NGX_DECLINED.
 */
ngx_int_t ngx_http_dynstore_kept_again(ngx_http_dynstore_ctx_t *ctx, const dyn_digest_t *digest, dyn_arena_t *arena,
    dyn_decision_t *decision);

/* NGX_OK and *last_good filled, in the arena; NGX_DECLINED when there is none that is fresh and of this build. */
ngx_int_t ngx_http_dynstore_kept_last_good(ngx_http_dynstore_ctx_t *ctx, dyn_arena_t *arena, dyn_last_good_t *last_good);

#endif
