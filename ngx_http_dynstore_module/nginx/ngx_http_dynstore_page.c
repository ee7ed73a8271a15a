#include "ngx_http_dynstore_page.h"


static ngx_int_t ngx_http_dynstore_page_block(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    const dyn_slot_decision_t *slot, ngx_str_t *block);


ngx_int_t
ngx_http_dynstore_page_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    size_t                k;
    uint32_t              i;
    dyn_slot_decision_t  *slot;

    ngx_http_dynstore_decide(r, ctx);

    for (i = 0; i < ctx->decision.slot_count; i++) {
        slot = &ctx->decision.slots[i];

        if (slot->count == 0) {
            continue;
        }

        for (k = 0; k < ctx->nslots; k++) {
            if (dyn_str_equal(ctx->slots[k].name, slot->name)) {
                if (ngx_http_dynstore_page_block(r, ctx, slot, &ctx->page->blocks[k]) != NGX_OK) {
                    return NGX_ERROR;
                }
                break;
            }
        }
    }

    return NGX_OK;
}


/* Rendered into the worker's scratch, then kept with the request: the block is sent after the next decision of the worker. */
static ngx_int_t
ngx_http_dynstore_page_block(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_slot_decision_t *slot,
    ngx_str_t *block)
{
    dyn_str_t  text;

    if (ctx->conf->format == NGX_HTTP_DYNSTORE_FORMAT_HTML) {
        text = dyn_render_html(ctx->snapshot->data, &ctx->decision, slot, &ctx->arena);

    } else {
        text = dyn_render_script(ctx->snapshot->data, &ctx->decision, slot, NULL, &ctx->arena);
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

    return NGX_OK;
}
