/*
 * Which blocks an answer has brought, for the event stream: entries `vb` (docs/data-model.md). They are what experiments are judged by,
 * so one is written where a block is in an experiment or a holdout is in force, and with `dynstore_impressions stream` for every block.
 */
#ifndef NGX_HTTP_DYNSTORE_EXPOSURE_H
#define NGX_HTTP_DYNSTORE_EXPOSURE_H

#include "nginx/request/request.h"


/* Whether the visitor is held out. Asked before anything is read; ctx->rules must be pinned. */
ngx_uint_t ngx_http_dynstore_held_out(ngx_http_dynstore_ctx_t *ctx);

/* Makes the entries of a decision, in the request's memory. Call it after each decision; it may be empty. */
void ngx_http_dynstore_exposure_note(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision,
    dyn_arena_t *arena);
/* At the end of the request: writes those of the slots in ctx->delivered, and what a variant or the holdout left out. */
void ngx_http_dynstore_exposure_record(ngx_http_dynstore_ctx_t *ctx);

#endif
