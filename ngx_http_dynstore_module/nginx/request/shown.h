/*
 * Impressions: what the blocks of an answer showed is added to the session's fact `shown` (docs/data-model.md) once the answer was
 * delivered. Nothing waits for it.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOWN_H
#define NGX_HTTP_DYNSTORE_SHOWN_H

#include "nginx/request/request.h"


/* Keeps what a decision shows until the answer is delivered, where that is to be recorded. Call it after each decision. */
void ngx_http_dynstore_shown_note(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision);
/* The number of a slot in ctx->slots; ctx->nslots when it is none of them. */
uint32_t ngx_http_dynstore_shown_slot(ngx_http_dynstore_ctx_t *ctx, dyn_str_t name);

/*
 * True when what the shopper sees and does is counted, by slot: not for bots and prefetches, nor for who does not consent. It is the
 * same for impressions and events, so that their ratio means something.
 */
ngx_uint_t ngx_http_dynstore_shown_counts(ngx_http_dynstore_ctx_t *ctx);
/* At the end of the request: counts the blocks in ctx->delivered, by slot. */
void ngx_http_dynstore_shown_count(ngx_http_dynstore_ctx_t *ctx);
/*
 * At the end of the request: records what was noted of the slots in ctx->delivered. It records nothing of an answer without a body
 * (HEAD, 304) or to a client that has gone.
 */
void ngx_http_dynstore_shown_record(ngx_http_dynstore_ctx_t *ctx);

/* The number in ctx->slots of a slot by its name. */
uint32_t ngx_http_dynstore_shown_slot(ngx_http_dynstore_ctx_t *ctx, dyn_str_t name);
/* Whether the answer was sent with its body, as far as nginx can know. */
ngx_uint_t ngx_http_dynstore_shown_sent(ngx_http_request_t *r);

#endif
