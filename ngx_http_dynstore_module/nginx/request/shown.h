/*
 * Impressions: what the blocks of an answer showed is added to the session's fact `shown` (docs/data-model.md) once the answer was
 * delivered. Nothing waits for it.
 */
#ifndef NGX_HTTP_DYNSTORE_SHOWN_H
#define NGX_HTTP_DYNSTORE_SHOWN_H

#include "nginx/request/request.h"


/* Keeps what a decision shows until the answer is delivered, where that is to be recorded. Call it after each decision. */
void ngx_http_dynstore_shown_note(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision);
/*
 * At the end of the request: records what was noted of the slots in ctx->delivered. It records nothing of an answer without a body
 * (HEAD, 304) or to a client that has gone.
 */
void ngx_http_dynstore_shown_record(ngx_http_dynstore_ctx_t *ctx);

#endif
