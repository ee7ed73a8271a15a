#include "nginx/request/shown.h"
#include "nginx/request/identify.h"
#include "nginx/request/keep.h"
#include "nginx/request/limit.h"
#include "engine/session/shown.h"


static ngx_uint_t ngx_http_dynstore_shown_wanted(ngx_http_dynstore_ctx_t *ctx);


void
ngx_http_dynstore_shown_note(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision)
{
    char                       *text;
    size_t                      size;
    uint32_t                    i, k, n, slot;
    dyn_str_t                   id;
    const dyn_snapshot_t       *snapshot;
    ngx_http_dynstore_shown_t  *shown;

    ctx->nshown = 0;
    ctx->delivered = 0;

    if (!ngx_http_dynstore_shown_wanted(ctx)) {
        return;
    }

    snapshot = ctx->snapshot->data;
    size = 0;
    n = 0;

    /* what a slot has besides items, such as content and messages, is not counted */

    for (i = 0; i < decision->slot_count; i++) {
        n += decision->slots[i].count;

        for (k = 0; k < decision->slots[i].count; k++) {
            size += dyn_snapshot_string(snapshot, snapshot->items[decision->slots[i].choices[k].item].id).len;
        }
    }

    if (n == 0) {
        return;
    }

    /* copies: the snapshot may be given back before the answer is delivered */

    ctx->shown = ngx_palloc(r->pool, n * sizeof(ngx_http_dynstore_shown_t) + size);
    if (ctx->shown == NULL) {
        return;
    }

    shown = ctx->shown;
    text = (char *) &shown[n];

    for (i = 0; i < decision->slot_count; i++) {
        slot = ngx_http_dynstore_shown_slot(ctx, decision->slots[i].name);

        for (k = 0; k < decision->slots[i].count; k++) {
            id = dyn_snapshot_string(snapshot, snapshot->items[decision->slots[i].choices[k].item].id);

            shown->slot = slot;
            shown->item_id = (dyn_str_t) { text, id.len };
            text = (char *) ngx_cpymem(text, id.data, id.len);
            shown++;
        }
    }

    ctx->nshown = n;
}


/* What was counted before must be known: a visitor whose session could not be read keeps the counts that are there. */
static ngx_uint_t
ngx_http_dynstore_shown_wanted(ngx_http_dynstore_ctx_t *ctx)
{
    return ctx->conf->impressions && ctx->may_write && !ctx->prefetch && ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_DONE;
}


uint32_t
ngx_http_dynstore_shown_slot(ngx_http_dynstore_ctx_t *ctx, dyn_str_t name)
{
    uint32_t  i;

    for (i = 0; i < ctx->nslots; i++) {
        if (dyn_str_equal(ctx->slots[i].name, name)) {
            break;
        }
    }

    return i;
}


ngx_uint_t
ngx_http_dynstore_shown_counts(ngx_http_dynstore_ctx_t *ctx)
{
    return ctx->identified && !ctx->prefetch && ctx->ignored != NGX_HTTP_DYNSTORE_IGNORED_BOT
           && ctx->ignored != NGX_HTTP_DYNSTORE_IGNORED_CONSENT;
}


void
ngx_http_dynstore_shown_count(ngx_http_dynstore_ctx_t *ctx)
{
    size_t    i;
    uint32_t  shown;

    shown = ctx->filled & ctx->delivered;
    ctx->filled = 0;

    if (shown == 0 || !ngx_http_dynstore_shown_counts(ctx) || !ngx_http_dynstore_shown_sent(ctx->request)) {
        return;
    }

    for (i = 0; i < ctx->nslots; i++) {
        if (shown & (1u << i)) {
            ngx_http_dynstore_count_impression(ctx->conf->shop->counters, ctx->slots[i].name, ctx->rung, (ctx->asked & (1u << i)) != 0);
        }
    }
}


void
ngx_http_dynstore_shown_record(ngx_http_dynstore_ctx_t *ctx)
{
    char                             text[DYN_SHOWN_BYTES_MAX];
    dyn_str_t                        before, ids[DYN_SHOWN_MAX];
    dyn_fact_t                       fact;
    ngx_uint_t                       i, n;
    ngx_http_request_t              *r;
    ngx_http_dynstore_store_write_t  write;

    r = ctx->request;
    n = 0;

    for (i = 0; i < ctx->nshown && n < DYN_SHOWN_MAX; i++) {
        if (ctx->delivered & (1u << ctx->shown[i].slot)) {
            ids[n++] = ctx->shown[i].item_id;
        }
    }

    ctx->nshown = 0;

    if (n == 0 || !ngx_http_dynstore_shown_sent(r)) {
        return;
    }

    /* a view or events of this request were charged already */

    if (!ctx->charged && ngx_http_dynstore_limited(r, ctx, 1)) {
        return;
    }

    before = DYN_STR_NONE;
    fact.name = DYN_STR("shown");

    for (i = 0; i < ctx->read.nfacts; i++) {
        if (dyn_str_equal(ctx->read.facts[i].name, fact.name)) {
            before = ctx->read.facts[i].value;
            break;
        }
    }

    fact.value.data = text;
    fact.value.len = dyn_shown_text(before, ids, n, text);

    ngx_memzero(&write, sizeof(ngx_http_dynstore_store_write_t));

    write.visitor_hash = ctx->visitor_hash;
    write.set = &fact;
    write.nset = 1;
    write.new_visitor = ctx->minted;
    /* the facts do not outlive the log, whose lifetime a view or an event of this request has renewed already */
    write.renew_log = !ctx->charged;

    if (ngx_http_dynstore_record(r, ctx, &write) == NGX_OK) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, impressions);
    }
}


/* What a subrequest answers is seen with the page that includes it. */
ngx_uint_t
ngx_http_dynstore_shown_sent(ngx_http_request_t *r)
{
    return r->headers_out.status == NGX_HTTP_OK && !r->header_only && !r->main->header_only
           && r->main->headers_out.status != NGX_HTTP_NOT_MODIFIED
           && !r->connection->error && !r->connection->timedout;
}
