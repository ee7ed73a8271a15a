/* Page views, recorded by nginx itself: no script in the page has to run. */
#include "ngx_http_dynstore_request.h"
#include "ngx_http_dynstore_module.h"


static void ngx_http_dynstore_view_event(ngx_http_dynstore_ctx_t *ctx, dyn_event_t *event);


void
ngx_http_dynstore_view_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char                            first[NGX_INT64_LEN];
    ngx_uint_t                        n;
    dyn_str_t                         device;
    dyn_fact_t                        facts[16];
    dyn_event_t                       event;
    ngx_http_dynstore_redis_write_t   write;

    if (ctx->visitor_hash.len == 0 || ctx->bot || ctx->prefetch || ngx_http_dynstore_redis == NULL) {
        return;
    }

    ngx_http_dynstore_view_event(ctx, &event);

    n = 0;

    /* how the session began: written with its first page, kept by the later ones */

#define X(member, field)                                                      \
    if (ctx->context.entry.member.len) {                                      \
        facts[n].name = DYN_STR(field);                                       \
        facts[n++].value = ctx->context.entry.member;                         \
    }

    DYN_ENTRY_FIELDS(X)
#undef X

    facts[n].name = DYN_STR("first");
    facts[n].value.data = (char *) first;
    facts[n++].value.len = ngx_sprintf(first, "%L", event.time_ms) - first;

    device = dyn_device_name(ctx->context.device);

    facts[n].name = DYN_STR("device");
    facts[n++].value = device;

    facts[n].name = DYN_STR("returning");
    facts[n++].value = ctx->context.returning ? DYN_STR("1") : DYN_STR("0");

    write.visitor_hash = ctx->visitor_hash;
    write.events = &event;
    write.nevents = 1;
    write.set_once = facts;
    write.nset_once = n;

    if (ngx_http_dynstore_redis_write(ngx_http_dynstore_redis, &write) == NGX_OK) {
        ngx_http_dynstore_count(page_views);
    }
}


static void
ngx_http_dynstore_view_event(ngx_http_dynstore_ctx_t *ctx, dyn_event_t *event)
{
    ngx_memzero(event, sizeof(dyn_event_t));

    event->type = DYN_EVENT_PAGE_VIEW;
    event->time_ms = ngx_http_dynstore_now_ms();
    event->quantity = 1;
    event->price_minor = -1;

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
}
