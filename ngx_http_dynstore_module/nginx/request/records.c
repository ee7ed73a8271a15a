#include "nginx/request/records.h"
#include "nginx/core/module.h"
#include "nginx/request/keep.h"
#include "nginx/request/trace.h"


/* of some kilobytes each: tens of megabytes of Redis' memory */
#define NGX_HTTP_DYNSTORE_RECORDS_MOST          10000


static ngx_uint_t ngx_http_dynstore_records_replayable(ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question,
    dyn_arena_t *arena);
static ngx_uint_t ngx_http_dynstore_records_keeps(ngx_http_dynstore_ctx_t *ctx, ngx_uint_t kind);


ngx_uint_t
ngx_http_dynstore_records_wants(ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question)
{
    char                          id[sizeof(((dyn_decision_t *) 0)->id)];
    ngx_http_dynstore_records_t  *conf;

    conf = ctx->conf->records;

    if (conf == NULL || !ctx->may_record || ctx->visitor_hash.len != DYN_VISITOR_HASH_BYTES) {
        return 0;
    }

    dyn_decision_id(question->seed, id);

    return ctx->rules->policy->experiment_count || dyn_record_samples(dyn_str_from(id), conf->share);
}


void
ngx_http_dynstore_records_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question,
    const dyn_decision_t *decision, const dyn_explanation_t *explanation, dyn_arena_t *arena)
{
    dyn_record_t                  record;
    dyn_recorded_t                recorded;
    ngx_http_dynstore_records_t  *conf;

    conf = ctx->conf->records;

    if (decision->assignment_count == 0 && !dyn_record_samples(dyn_str_from(decision->id), conf->share)) {
        return;
    }

    recorded.snapshot = ctx->snapshot->data;
    recorded.question = question;
    recorded.decision = decision;
    recorded.explanation = explanation;
    recorded.visitor = ngx_http_dynstore_str(ctx->visitor_hash);
    recorded.traceparent = ngx_http_dynstore_traceparent(r);
    recorded.replayable = conf->search || ngx_http_dynstore_records_replayable(ctx, question, arena);

    if (!dyn_record_of(&recorded, arena, &record)) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, records_lost);
        return;
    }

    dyn_fact_t  fields[] = {
#define X(member, field) { { field, sizeof(field) - 1 }, record.member },
        DYN_RECORD_FIELDS(X)
#undef X
    };

    ngx_http_dynstore_store_add_record(ctx->conf->shop->store, fields, sizeof(fields) / sizeof(fields[0]), conf->most,
                                       ctx->visitor_hash.data);
}


/* Whether the question holds nothing that dynstore_keep does not let through, and no search text. */
static ngx_uint_t
ngx_http_dynstore_records_replayable(ngx_http_dynstore_ctx_t *ctx, const dyn_question_t *question, dyn_arena_t *arena)
{
    const dyn_entry_t  *entry;

    entry = &question->context.entry;

    if (!ngx_http_dynstore_records_keeps(ctx, NGX_HTTP_DYNSTORE_KEEP_REFERRER) && entry->referrer.len) {
        return 0;
    }

    if (!ngx_http_dynstore_records_keeps(ctx, NGX_HTTP_DYNSTORE_KEEP_UTM)
        && (entry->source.len || entry->medium.len || entry->campaign.len || entry->term.len || entry->content.len))
    {
        return 0;
    }

    return !dyn_record_tells_search(question, ngx_http_dynstore_records_keeps(ctx, NGX_HTTP_DYNSTORE_KEEP_SEARCH), arena);
}


static ngx_uint_t
ngx_http_dynstore_records_keeps(ngx_http_dynstore_ctx_t *ctx, ngx_uint_t kind)
{
    return ctx->conf->keep == NULL || ctx->conf->keep->how[kind] == NGX_HTTP_DYNSTORE_KEEP_RAW;
}


char *
ngx_http_dynstore_set_records(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_int_t                     n;
    ngx_str_t                    *value;
    ngx_uint_t                    i;
    ngx_http_dynstore_records_t  *records;

    if (dlcf->records != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->records = NULL;
        return NGX_CONF_OK;
    }

    records = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_records_t));
    if (records == NULL) {
        return NGX_CONF_ERROR;
    }

    n = ngx_atofp(value[1].data, value[1].len, 6);

    if (n == NGX_ERROR || n > 1000000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid share \"%V\": write the share of decisions to record, 0 to 1, e.g. 0.1; or off",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    records->share = (uint32_t) n;
    records->most = NGX_HTTP_DYNSTORE_RECORDS_MOST;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "search=on") == 0) {
            records->search = 1;
            continue;
        }

        n = ngx_strncmp(value[i].data, "stream_max=", 11) == 0 ? ngx_atoi(value[i].data + 11, value[i].len - 11) : NGX_ERROR;

        if (n == NGX_ERROR || n == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": write stream_max=N, entries of the stream, or search=on", &value[i]);
            return NGX_CONF_ERROR;
        }

        records->most = n;
    }

    dlcf->records = records;

    return NGX_CONF_OK;
}
