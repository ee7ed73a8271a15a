/*
 * Finds the marks in a page while it streams, and inserts the blocks. Bytes before a mark are sent at once. At a mark, while
 * the lookup is pending, the rest is held by reference, so the producer's buffers bound the memory; the reply or the end of the
 * budget releases it. No byte of the page is changed.
 */
#include "nginx/core/module.h"
#include "nginx/page/inflate.h"
#include "nginx/page/pass.h"
#include "nginx/page/script.h"


static ngx_int_t ngx_http_dynstore_body_filter(ngx_http_request_t *r, ngx_chain_t *in);
static void ngx_http_dynstore_look(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_chain_t *in);
static void ngx_http_dynstore_watch(ngx_http_dynstore_ctx_t *ctx, ngx_buf_t *buf);
static ngx_uint_t ngx_http_dynstore_ends_now(ngx_http_request_t *r, ngx_http_dynstore_page_t *page);
static ngx_int_t ngx_http_dynstore_queue(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t *in);
static ngx_int_t ngx_http_dynstore_scan(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_scan_buf(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_buf_t *buf);
static ngx_int_t ngx_http_dynstore_more_scanned(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf,
    size_t hold);
static ngx_uint_t ngx_http_dynstore_slot_named(ngx_http_dynstore_ctx_t *ctx, dyn_str_t name);
static ngx_int_t ngx_http_dynstore_reach(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t place);
static ngx_int_t ngx_http_dynstore_insert(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_put(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_str_t *text);
static ngx_int_t ngx_http_dynstore_put_script(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_hold(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_page_end(ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_output(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_written(ngx_http_dynstore_ctx_t *ctx);


static ngx_http_output_body_filter_pt  ngx_http_next_body_filter;


ngx_int_t
ngx_http_dynstore_body_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_dynstore_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    uint64_t                   held_us;
    ngx_int_t                  rc;
    ngx_http_dynstore_ctx_t   *ctx;
    ngx_http_dynstore_page_t  *page;

    ctx = ngx_http_get_module_ctx(r, ngx_http_dynstore_module);

    if (ctx == NULL || ctx->page == NULL || r != r->main) {
        return ngx_http_next_body_filter(r, in);
    }

    page = ctx->page;

    if (!ctx->committed) {

        if (page->unseen || page->watched) {
            ngx_http_dynstore_look(r, ctx, in);
        }

        return ngx_http_next_body_filter(r, in);
    }

    if (page->finished && page->in == NULL && page->out == NULL) {

        if (in == NULL) {
            return ngx_http_dynstore_output(r, ctx);
        }

        rc = ngx_http_next_body_filter(r, in);
        ngx_http_dynstore_written(ctx);

        return rc;
    }

    if (ngx_http_dynstore_queue(r, page, in) != NGX_OK) {
        return NGX_ERROR;
    }

    if (page->waiting) {

        if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
            /* an event posted before the page had to wait has consumed it */
            ctx->done = ngx_http_dynstore_resume;

            return ngx_http_dynstore_output(r, ctx) == NGX_ERROR ? NGX_ERROR : NGX_AGAIN;
        }

        page->waiting = 0;

        held_us = ngx_http_dynstore_now_us() - page->hold_start_us;
        page->hold_us += held_us;
        ngx_http_dynstore_observe(&ctx->conf->shop->counters->wait_seconds, held_us);

        if (ngx_http_dynstore_insert(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_dynstore_scan(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (page->in != NULL) {
        r->buffered |= NGX_HTTP_DYNSTORE_BUFFERED;

    } else {
        r->buffered &= ~NGX_HTTP_DYNSTORE_BUFFERED;
    }

    if (in != NULL && ngx_http_dynstore_ends_now(r, page)) {
        r->buffered |= NGX_HTTP_DYNSTORE_BUFFERED;
        ctx->done = ngx_http_dynstore_resume;
        ngx_post_event(&ctx->wake, &ngx_posted_events);

        return NGX_OK;
    }

    rc = ngx_http_dynstore_output(r, ctx);

    return rc != NGX_ERROR && page->waiting ? NGX_AGAIN : rc;
}


/*
 * For a page without blocks: finds out whether it is a page, and where blocks would have stood. If it cannot be read, its header
 * decides.
 */
static void
ngx_http_dynstore_look(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_http_dynstore_page_t  *page = ctx->page;

    for ( /* void */ ; in != NULL && (page->unseen || page->watched); in = in->next) {

        if (ngx_buf_in_memory(in->buf)) {

            if (!page->begun && ngx_http_dynstore_page_first(r, ctx, in->buf->pos, in->buf->last) == NGX_DECLINED) {
                page->watched = 0;
            }

            if (page->watched) {
                ngx_http_dynstore_watch(ctx, in->buf);
            }

        } else if (in->buf->in_file) {
            ngx_http_dynstore_page_seen(r, ctx);
        }
    }
}


/* As scan_buf() finds places, but everything passes. */
static void
ngx_http_dynstore_watch(ngx_http_dynstore_ctx_t *ctx, ngx_buf_t *buf)
{
    size_t                     from;
    dyn_scan_t                 scan;
    ngx_uint_t                 slot;
    ngx_http_dynstore_page_t  *page = ctx->page;

    for (from = 0; page->watched; from = scan.end) {

        switch (dyn_scanner_feed(&page->scanner, (char *) buf->pos, (size_t) (buf->last - buf->pos), from, &scan)) {

        case DYN_SCAN_MORE:
            return;

        case DYN_SCAN_MARKER:
            slot = ngx_http_dynstore_slot_named(ctx, scan.slot);

            if (slot != DYN_SLOTS_MAX) {
                ctx->placed |= 1u << slot;
            }

            break;

        default: /* DYN_SCAN_BODY_END */
            ctx->placed = (1u << ctx->nslots) - 1;
        }

        page->watched = ctx->placed != (1u << ctx->nslots) - 1;
    }
}


/*
 * True when the upstream's answer is complete and its last buffer follows at once: then ready bytes are sent together with it,
 * to save a packet. The caller posts an event, so that they are sent in this turn of the event loop even if another filter
 * keeps the last buffer.
 */
static ngx_uint_t
ngx_http_dynstore_ends_now(ngx_http_request_t *r, ngx_http_dynstore_page_t *page)
{
    return r->upstream != NULL && r->upstream->pipe != NULL && r->upstream->pipe->upstream_done
           && page->out != NULL && !page->last->last_buf && !page->waiting;
}


/* Keeps references, not copies: the buffers belong to the producer, and are in use until they are marked as read. */
static ngx_int_t
ngx_http_dynstore_queue(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t *in)
{
    ngx_chain_t  *link;

    for ( /* void */ ; in; in = in->next) {
        link = ngx_alloc_chain_link(r->pool);
        if (link == NULL) {
            return NGX_ERROR;
        }

        link->buf = in->buf;
        link->next = NULL;
        *page->last_in = link;
        page->last_in = &link->next;
    }

    return NGX_OK;
}


/* Works until the queue is empty or the page waits. */
static ngx_int_t
ngx_http_dynstore_scan(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_buf_t                 *buf;
    ngx_int_t                  rc;
    ngx_uint_t                 last;
    ngx_chain_t               *link;
    ngx_http_dynstore_page_t  *page = ctx->page;

    while (page->in != NULL) {
        buf = page->in->buf;
        last = buf->last_buf;

        rc = ngx_http_dynstore_scan_buf(r, ctx, buf);

        if (rc == NGX_AGAIN) {
            return NGX_OK;
        }

        if (rc != NGX_OK || ngx_http_dynstore_pass_end(r, page, buf) != NGX_OK) {
            return NGX_ERROR;
        }

        link = page->in;
        page->in = link->next;
        ngx_free_chain(r->pool, link);

        if (page->in == NULL) {
            page->last_in = &page->in;
        }

        page->from = 0;
        page->sent = 0;
        page->piece = NULL;

        if (last) {
            ngx_http_dynstore_page_end(ctx);
        }
    }

    return NGX_OK;
}


/* NGX_OK: the buffer was passed on, or its last bytes are in the tail. NGX_AGAIN: the page waits within the buffer. */
static ngx_int_t
ngx_http_dynstore_scan_buf(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_buf_t *buf)
{
    size_t                     size;
    ngx_int_t                  rc;
    dyn_scan_t                 scan;
    ngx_uint_t                 slot;
    ngx_http_dynstore_page_t  *page = ctx->page;

    if (!ngx_buf_in_memory(buf)) {

        if (buf->in_file && !page->finished) {
            /* the module asked for buffers in memory, but an earlier filter ignored that */
            ctx->skip = NGX_HTTP_DYNSTORE_SKIP_FAILED;
            page->finished = 1;
            ngx_http_dynstore_page_seen(r, ctx);
        }

        if ((buf->last_buf || buf->in_file) && ngx_http_dynstore_pass_tail(r, page, page->ntail) != NGX_OK) {
            return NGX_ERROR;
        }

        return buf->in_file ? ngx_http_dynstore_pass_piece(r, page, buf, 0) : NGX_OK;
    }

    size = (size_t) (buf->last - buf->pos);

    if (!page->begun && !page->finished
        && ngx_http_dynstore_page_first(r, ctx, buf->pos, buf->last) == NGX_DECLINED)
    {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_NO_PAGE;
        page->finished = 1;
    }

    while (!page->finished) {

        switch (dyn_scanner_feed(&page->scanner, (char *) buf->pos, size, page->from, &scan)) {

        case DYN_SCAN_MORE:
            return ngx_http_dynstore_more_scanned(r, page, buf, buf->last_buf ? 0 : scan.hold);

        case DYN_SCAN_MARKER:
            page->from = scan.end;

            slot = ngx_http_dynstore_slot_named(ctx, scan.slot);
            if (slot == DYN_SLOTS_MAX || (ctx->placed & (1u << slot))) {
                continue;
            }

            if (ngx_http_dynstore_pass_to(r, page, buf, (ptrdiff_t) scan.end) != NGX_OK) {
                return NGX_ERROR;
            }

            rc = ngx_http_dynstore_reach(r, ctx, slot);
            break;

        default: /* DYN_SCAN_BODY_END */
            page->from = scan.end;

            if (ngx_http_dynstore_pass_to(r, page, buf, scan.at) != NGX_OK) {
                return NGX_ERROR;
            }

            rc = ngx_http_dynstore_reach(r, ctx, NGX_HTTP_DYNSTORE_PLACE_BODY_END);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_dynstore_more_scanned(r, page, buf, 0);
}


/* Keeps the last `hold` bytes of those that were not passed on, from the tail and the buffer. */
static ngx_int_t
ngx_http_dynstore_more_scanned(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf, size_t hold)
{
    size_t  size, left, n;

    size = (size_t) (buf->last - buf->pos);
    left = size - page->sent;

    hold = ngx_min(hold, DYN_SCAN_HOLD_MAX);
    hold = ngx_min(hold, page->ntail + left);

    if (hold < left) {
        if (ngx_http_dynstore_pass_to(r, page, buf, (ptrdiff_t) (size - hold)) != NGX_OK) {
            return NGX_ERROR;
        }

        n = hold;

    } else {
        if (ngx_http_dynstore_pass_tail(r, page, page->ntail + left - hold) != NGX_OK) {
            return NGX_ERROR;
        }

        n = left;
    }

    ngx_memcpy(page->tail + page->ntail, buf->last - n, n);
    page->ntail += n;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_dynstore_slot_named(ngx_http_dynstore_ctx_t *ctx, dyn_str_t name)
{
    size_t  i;

    for (i = 0; i < ctx->nslots; i++) {
        if (dyn_str_equal(ctx->slots[i].name, name)) {
            return i;
        }
    }

    return DYN_SLOTS_MAX;
}


/* Handles a place for one block, or for all that are left. NGX_AGAIN: the page waits here. */
static ngx_int_t
ngx_http_dynstore_reach(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t place)
{
    ctx->page->place = place;

    if (!ctx->decided && ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        /* the reply may have come since this turn of the event loop began */
        ngx_http_dynstore_store_poll(ctx->read.store);
    }

    if (!ctx->decided && ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        return ngx_http_dynstore_hold(r, ctx);
    }

    return ngx_http_dynstore_insert(r, ctx);
}


static ngx_int_t
ngx_http_dynstore_insert(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    size_t                     i;
    ngx_http_dynstore_page_t  *page = ctx->page;

    if (!ctx->decided && ngx_http_dynstore_page_decide(r, ctx) != NGX_OK) {
        /* rung `none`: the page continues without blocks */
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_FAILED;
        page->finished = 1;
        return NGX_OK;
    }

    for (i = 0; i < ctx->nslots; i++) {

        if ((ctx->placed & (1u << i)) || (page->place != i && page->place != NGX_HTTP_DYNSTORE_PLACE_BODY_END)) {
            continue;
        }

        ctx->placed |= 1u << i;

        if (page->blocks[i].len == 0) {
            continue;
        }

        if (ngx_http_dynstore_put(r, page, &page->blocks[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!page->inserted && ngx_http_dynstore_put_script(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        page->inserted = 1;
        page->shown |= 1u << i;
    }

    /* the page's next piece comes after the block, so it must not be joined with the piece before the block */
    page->piece = NULL;

    if (page->place == NGX_HTTP_DYNSTORE_PLACE_BODY_END || ctx->placed == (1u << ctx->nslots) - 1) {
        page->finished = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_put(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_str_t *text)
{
    ngx_buf_t  *b;

    b = ngx_http_dynstore_own_buf(r, page, &page->free);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->memory = 1;
    b->pos = text->data;
    b->last = b->pos + text->len;

    return NGX_OK;
}


/* Behind the first block of a page, since no other place is sure to come; the script runs when the whole page was read. */
static ngx_int_t
ngx_http_dynstore_put_script(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t  tags;

    if (ngx_http_dynstore_script_tags(r, ctx->conf, ctx->page->json, &tags) != NGX_OK) {
        return NGX_ERROR;
    }

    return tags.len != 0 ? ngx_http_dynstore_put(r, ctx->page, &tags) : NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_hold(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_buf_t                 *b;
    ngx_http_dynstore_page_t  *page = ctx->page;

    /* otherwise a later filter would hold the first part of the page until the rest comes */

    if (page->out != NULL) {
        b = page->last;

    } else {
        b = ngx_http_dynstore_own_buf(r, page, &page->free);
        if (b == NULL) {
            return NGX_ERROR;
        }
    }

    b->flush = 1;

    page->waiting = 1;
    page->piece = NULL;
    page->hold_start_us = ngx_http_dynstore_now_us();

    ctx->done = ngx_http_dynstore_resume;

    ngx_http_dynstore_count(ctx->conf->shop->counters, holds);

    return NGX_AGAIN;
}


void
ngx_http_dynstore_resume(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ngx_http_dynstore_inflate_body_filter(r, NULL) == NGX_ERROR) {

        /* the producer owns the request and ends it; if it were ended here, an upstream would end it again */
        r->connection->error = 1;
    }

    /* the producer stopped because its buffers were full; now it can continue or see the error */
    r->write_event_handler(r);
}


static void
ngx_http_dynstore_page_end(ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_page_t  *page = ctx->page;

    page->finished = 1;

    if (page->inserted) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, pages);

    } else if (ctx->skip == NGX_HTTP_DYNSTORE_SKIP_FAILED) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, skipped_failed);

    } else if (!page->begun) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_NO_PAGE;
        ngx_http_dynstore_count(ctx->conf->shop->counters, skipped_no_page);

    } else if (ctx->decided && ctx->nfilled == 0) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_EMPTY;
        ngx_http_dynstore_count(ctx->conf->shop->counters, skipped_empty);

    } else {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_NO_MARK;
        ngx_http_dynstore_count(ctx->conf->shop->counters, skipped_no_mark);
    }

    ngx_http_dynstore_detach(ctx);
}


static ngx_int_t
ngx_http_dynstore_output(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                  rc;
    ngx_chain_t              **last, *out;
    ngx_http_dynstore_page_t  *page = ctx->page;

    if (r->connection->error) {
        /* the error occurred in a resume, so the producer does not know it yet */
        return NGX_ERROR;
    }

    if (page->out == NULL && page->busy == NULL && !(r->buffered & ~NGX_HTTP_DYNSTORE_BUFFERED)
        && !r->connection->buffered && r->postponed == NULL)
    {
        /* no later filter needs a call, and the last filter complains about calls without buffers */
        return NGX_OK;
    }

    out = page->out;

    for (last = &page->busy; *last; last = &(*last)->next) { /* void */ }

    *last = out;
    page->out = NULL;
    page->last_out = &page->out;

    rc = ngx_http_next_body_filter(r, out);

    ngx_http_dynstore_written(ctx);

    return rc;
}


/* What the filters behind us have taken. */
static void
ngx_http_dynstore_written(ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_page_t  *page = ctx->page;

    ngx_http_dynstore_update_busy(page);

    if (page->busy == NULL) {
        ctx->delivered = page->shown;
    }
}
