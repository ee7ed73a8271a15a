#include "nginx/page/page.h"
#include "nginx/request/identify.h"
#include "nginx/request/view.h"


static void ngx_http_dynstore_page_ahead(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_page_render(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_decided_t *decided);
static ngx_int_t ngx_http_dynstore_page_block(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_decided_t *decided, const dyn_slot_decision_t *slot, ngx_str_t *block);


ngx_int_t
ngx_http_dynstore_page_create(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->page != NULL) {
        return NGX_OK;
    }

    ctx->page = ngx_pcalloc(r->pool, sizeof(ngx_http_dynstore_page_t));
    if (ctx->page == NULL) {
        return NGX_ERROR;
    }

    dyn_scanner_init(&ctx->page->scanner);
    ctx->page->last_in = &ctx->page->in;
    ctx->page->last_out = &ctx->page->out;

    return NGX_OK;
}


void
ngx_http_dynstore_page_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_done_pt  ahead;

    ahead = ngx_http_dynstore_wants_html(r) ? ngx_http_dynstore_page_ahead : NULL;

    if (ngx_http_dynstore_lookup_start(r, ctx, ahead) == NGX_OK && ahead != NULL && !ctx->decided) {

        /* after the other work of this turn of the event loop, such as connecting to the upstream */

        ctx->done = ahead;

        if (!ctx->wake.posted) {
            ngx_post_event(&ctx->wake, &ngx_posted_events);
        }
    }
}


static void
ngx_http_dynstore_page_ahead(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->decided || !ctx->personal) {
        return;
    }

    if (ngx_http_dynstore_page_decide(r, ctx) != NGX_OK) {

        /* no memory: there is nothing to show */

        ctx->nfilled = 0;

        if (ctx->page != NULL) {
            ngx_memzero(ctx->page->blocks, sizeof(ctx->page->blocks));
        }
    }
}


ngx_int_t
ngx_http_dynstore_page_first(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, u_char *p, u_char *last)
{
    for ( /* void */ ; p < last; p++) {

        switch (*p) {

        case ' ': case '\t': case '\n': case '\r': case '\f':
        /* bytes of the byte order marks of UTF-8, 16 and 32, and the zero half of a UTF-16 letter */
        case 0xef: case 0xbb: case 0xbf: case 0xfe: case 0xff: case '\0':
            break;

        case '<':
            ctx->page->begun = 1;
            ngx_http_dynstore_page_seen(r, ctx);
            return NGX_OK;

        default:
            ctx->page->unseen = 0;
            return NGX_DECLINED;
        }
    }

    return NGX_AGAIN;
}


void
ngx_http_dynstore_page_seen(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->page->unseen) {
        ctx->page->unseen = 0;
        ngx_http_dynstore_view_record(r, ctx);
    }
}


ngx_int_t
ngx_http_dynstore_page_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_http_dynstore_decided_t  decided;

    if (ngx_http_dynstore_page_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_dynstore_decide(r, ctx, &decided);

    rc = ngx_http_dynstore_page_render(r, ctx, &decided);

    /* everything to send was copied, so a long answer does not keep an old snapshot in memory */

    ngx_http_dynstore_unpin(ctx);

    return rc;
}


static ngx_int_t
ngx_http_dynstore_page_render(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_decided_t *decided)
{
    size_t                k;
    uint32_t              i;
    dyn_slot_decision_t  *slot;

    ngx_memzero(ctx->page->blocks, sizeof(ctx->page->blocks));
    ctx->page->json = 0;

    for (i = 0; i < decided->decision.slot_count; i++) {
        slot = &decided->decision.slots[i];

        if (dyn_slot_is_empty(slot)) {
            continue;
        }

        for (k = 0; k < ctx->nslots; k++) {
            if (dyn_str_equal(ctx->slots[k].name, slot->name)) {
                if (ngx_http_dynstore_page_block(r, ctx, decided, slot, &ctx->page->blocks[k]) != NGX_OK) {
                    return NGX_ERROR;
                }
                break;
            }
        }
    }

    return NGX_OK;
}


/* Renders into the worker's scratch memory, then copies: the block may be sent after the worker's next decision. */
static ngx_int_t
ngx_http_dynstore_page_block(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_decided_t *decided,
    const dyn_slot_decision_t *slot, ngx_str_t *block)
{
    dyn_str_t   text;
    ngx_uint_t  html;

    html = ctx->conf->format == NGX_HTTP_DYNSTORE_FORMAT_HTML
           || (ctx->conf->format == NGX_HTTP_DYNSTORE_FORMAT_OF_RULES
               && dyn_policy_slot_format(ctx->rules->policy, ctx->context.surface, slot->name) == 2);

    if (html) {
        text = dyn_render_html(ctx->snapshot->data, &decided->decision, slot, &decided->arena);

    } else {
        text = dyn_render_script(ctx->snapshot->data, &decided->decision, slot, &decided->arena);
    }

    if (text.data == NULL) {
        return NGX_ERROR;
    }

    if (text.len == 0) {
        return NGX_OK;
    }

    block->data = ngx_pnalloc(r->pool, text.len);
    if (block->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(block->data, text.data, text.len);
    block->len = text.len;

    if (!html) {
        ctx->page->json = 1;
    }

    return NGX_OK;
}
