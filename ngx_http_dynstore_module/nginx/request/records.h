/*
 * Decision records: what was decided, from what, in a stream of its own. An answer that is used again has the record of the decision
 * that made it, under the same id.
 */
#ifndef NGX_HTTP_DYNSTORE_RECORDS_H
#define NGX_HTTP_DYNSTORE_RECORDS_H

#include "nginx/request/request.h"
#include "engine/record/record.h"


/* Of dynstore_records. */
typedef struct ngx_http_dynstore_records_s {
    uint32_t                          share;      /* millionths of all decisions; those of experiments are always recorded */
    ngx_uint_t                        most;       /* entries of the stream */
    unsigned                          search:1;   /* what shoppers search for may be recorded */
} ngx_http_dynstore_records_t;

/* Whether the visitor allows it and the question's decision may have to be recorded: then it is explained briefly. */
ngx_uint_t ngx_http_dynstore_records_wants(ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question);
/* Records a decision that was just made, if it has to be. Never waits. */
void ngx_http_dynstore_records_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question,
    const dyn_decision_t *decision, const dyn_explanation_t *explanation, dyn_arena_t *arena);

char *ngx_http_dynstore_set_records(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
