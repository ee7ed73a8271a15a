/*
 * Each visitor's newest answer made from a session, as bytes in the shared zone (engine/record/answer.h). While Redis is down
 * these answers are the rung last_good. Within dynstore_ttl the same question gets the same answer again.
 *
 * The table is a set-associative cache: a visitor's hash selects a set of a few places, and the oldest one is replaced.
 */
#ifndef NGX_HTTP_DYNSTORE_KEPT_H
#define NGX_HTTP_DYNSTORE_KEPT_H

#include "nginx/request/request.h"
#include "engine/record/question.h"


/* so long a shopper may look at a page, and come back to it after another tab */
#define NGX_HTTP_DYNSTORE_VISIBLE_MS            600000
/* an older decision no longer fits; in a longer outage popular items are shown */
#define NGX_HTTP_DYNSTORE_LAST_GOOD_MS          30000


/* Keeps the decision with its monotonic time. `digest`: that of its question; NULL: it must not be repeated. */
void ngx_http_dynstore_kept_put(ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision, const dyn_digest_t *digest);

/*
 * NGX_OK: *decision is the visitor's kept decision, in the arena; its question had the same digest less than dynstore_ttl ago.
 * NGX_DECLINED: there is none.
 */
ngx_int_t ngx_http_dynstore_kept_again(ngx_http_dynstore_ctx_t *ctx, const dyn_digest_t *digest, dyn_arena_t *arena,
    dyn_decision_t *decision);

/*
 * NGX_OK: *previous is filled, in the arena, with what the visitor's newest answer showed, if that was on this very page (surface,
 * item and search) and made with these rules: the shopper probably still sees it. NGX_DECLINED: there is none.
 */
ngx_int_t ngx_http_dynstore_kept_previous(ngx_http_dynstore_ctx_t *ctx, dyn_arena_t *arena, dyn_last_good_t *previous);

/* NGX_OK: *last_good is filled, in the arena. NGX_DECLINED: there is none that is fresh and from this build. */
ngx_int_t ngx_http_dynstore_kept_last_good(ngx_http_dynstore_ctx_t *ctx, dyn_arena_t *arena, dyn_last_good_t *last_good);

#endif
