/* Page views, recorded by nginx itself, without a script in the page. */
#include "nginx/request/view.h"
#include "nginx/core/module.h"
#include "nginx/request/keep.h"
#include "nginx/request/limit.h"
#include "nginx/request/request.h"


#define NGX_HTTP_DYNSTORE_VIEW_EVENTS_MAX       2


static ngx_uint_t ngx_http_dynstore_view_begun(ngx_http_dynstore_ctx_t *ctx);
static ngx_uint_t ngx_http_dynstore_view_events(ngx_http_dynstore_ctx_t *ctx, dyn_event_t *events);


void
ngx_http_dynstore_view_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    dyn_fact_t                        facts[NGX_HTTP_DYNSTORE_FACTS_MAX];
    dyn_event_t                       events[NGX_HTTP_DYNSTORE_VIEW_EVENTS_MAX];
    ngx_http_dynstore_store_write_t   write;

    if (!ctx->may_write) {
        return;
    }

    if (ngx_http_dynstore_limited(r, ctx, 1)) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, page_views_limited);
        return;
    }

    ctx->charged = 1;

    ngx_memzero(&write, sizeof(ngx_http_dynstore_store_write_t));

    write.visitor_hash = ctx->visitor_hash;
    write.events = events;
    write.nevents = ngx_http_dynstore_view_events(ctx, events);
    write.set_once = facts;
    write.new_visitor = ctx->minted;
    write.nset_once = ngx_http_dynstore_view_begun(ctx) ? 0 : ngx_http_dynstore_view_facts(r, ctx, facts);

    if (ngx_http_dynstore_record(r, ctx, &write) == NGX_OK) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, page_views);
    }
}


/* True when the session is known to have its facts, so that they need not be written again. A pending session is not known. */
static ngx_uint_t
ngx_http_dynstore_view_begun(ngx_http_dynstore_ctx_t *ctx)
{
    ngx_uint_t  i;

    if (ctx->lookup != NGX_HTTP_DYNSTORE_LOOKUP_DONE) {
        return 0;
    }

    for (i = 0; i < ctx->read.nfacts; i++) {
        if (dyn_str_equal(ctx->read.facts[i].name, DYN_STR("first"))) {
            return 1;
        }
    }

    return 0;
}


/* Oldest first; returns how many. A page of results is a view by its search; on any other page the search comes before the view. */
static ngx_uint_t
ngx_http_dynstore_view_events(ngx_http_dynstore_ctx_t *ctx, dyn_event_t *events)
{
    dyn_event_t  *event;

    ngx_memzero(events, NGX_HTTP_DYNSTORE_VIEW_EVENTS_MAX * sizeof(dyn_event_t));

    event = events;
    event->type = DYN_EVENT_PAGE_VIEW;
    event->time_ms = ngx_http_dynstore_now_ms();
    event->quantity = 1;
    event->price_minor = -1;

    if (ctx->context.search.len) {
        event[1] = event[0];
        event->type = DYN_EVENT_SEARCH;
        event->search_term = ctx->context.search;

        if (ctx->context.surface == DYN_SURFACE_SEARCH) {
            return 1;
        }

        event++;
    }

    switch (ctx->context.surface) {

    case DYN_SURFACE_PDP:
        if (ctx->context.item_id.len) {
            event->type = DYN_EVENT_VIEW_ITEM;
            event->item_id = ctx->context.item_id;
        }
        break;

    case DYN_SURFACE_PLP:
        event->type = DYN_EVENT_VIEW_ITEM_LIST;
        event->list_id = ctx->context.item_id;
        break;

    case DYN_SURFACE_CART:
        event->type = DYN_EVENT_VIEW_CART;
        break;

    default:
        break;
    }

    return (ngx_uint_t) (event - events) + 1;
}


/* The session's first event writes these facts; later ones do not overwrite them. */
ngx_uint_t
ngx_http_dynstore_view_facts(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_fact_t *facts)
{
    u_char      *first;
    ngx_uint_t   n;

    n = 0;

#define X(member, field)                                                      \
    if (ctx->context.entry.member.len) {                                      \
        facts[n].name = DYN_STR(field);                                       \
        facts[n++].value = ctx->context.entry.member;                         \
    }

    DYN_ENTRY_FIELDS(X)
#undef X

    first = ngx_pnalloc(r->pool, NGX_INT64_LEN);

    if (first) {
        facts[n].name = DYN_STR("first");
        facts[n].value.data = (char *) first;
        facts[n++].value.len = ngx_sprintf(first, "%L", ngx_http_dynstore_now_ms()) - first;
    }

    facts[n].name = DYN_STR("device");
    facts[n++].value = dyn_device_name(ctx->context.device);

    facts[n].name = DYN_STR("returning");
    facts[n++].value = ctx->context.returning ? DYN_STR("1") : DYN_STR("0");

    return n;
}
