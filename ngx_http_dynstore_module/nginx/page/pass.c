#include "nginx/page/pass.h"
#include "nginx/core/module.h"


ngx_int_t
ngx_http_dynstore_pass_to(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf, ptrdiff_t at)
{
    if (at < 0) {
        return (size_t) -at >= page->ntail ? NGX_OK : ngx_http_dynstore_pass_tail(r, page, page->ntail - (size_t) -at);
    }

    if (ngx_http_dynstore_pass_tail(r, page, page->ntail) != NGX_OK) {
        return NGX_ERROR;
    }

    return (size_t) at > page->sent ? ngx_http_dynstore_pass_piece(r, page, buf, (size_t) at) : NGX_OK;
}


ngx_int_t
ngx_http_dynstore_pass_tail(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, size_t n)
{
    ngx_buf_t  *b;

    if (n == 0) {
        return NGX_OK;
    }

    b = ngx_http_dynstore_own_buf(r, page, &page->free_tails);
    if (b == NULL) {
        return NGX_ERROR;
    }

    if (b->start == NULL) {
        b->start = ngx_pnalloc(r->pool, sizeof(page->tail));
        if (b->start == NULL) {
            return NGX_ERROR;
        }
    }

    b->temporary = 1;
    b->pos = b->start;
    b->last = ngx_cpymem(b->start, page->tail, n);

    page->ntail -= n;
    ngx_memmove(page->tail, page->tail + n, page->ntail);

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_pass_piece(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf, size_t to)
{
    ngx_buf_t  *b;

    b = ngx_http_dynstore_own_buf(r, page, &page->free);
    if (b == NULL) {
        return NGX_ERROR;
    }

    *b = *buf;

    b->tag = (ngx_buf_tag_t) &ngx_http_dynstore_module;
    b->start = NULL;
    b->end = NULL;
    b->shadow = NULL;
    b->last_buf = 0;
    b->last_in_chain = 0;
    b->last_shadow = 0;
    b->recycled = 0;
    b->flush = 0;
    b->sync = 0;

    if (ngx_buf_in_memory(buf)) {
        b->pos = buf->pos + page->sent;
        b->last = buf->pos + to;

        if (b->in_file) {
            b->file_pos = buf->file_pos + (off_t) page->sent;
            b->file_last = buf->file_pos + (off_t) to;
        }

        page->sent = to;
    }

    page->piece = b;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_pass_end(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_buf_t *buf)
{
    ngx_buf_t  *b;

    b = page->piece;

    if (b == NULL) {
        b = ngx_http_dynstore_own_buf(r, page, &page->free);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->sync = 1;
    }

    b->last_buf = buf->last_buf;
    b->last_in_chain = buf->last_in_chain;
    b->flush |= buf->flush;
    b->recycled = buf->recycled;
    b->shadow = buf;

    return NGX_OK;
}


ngx_buf_t *
ngx_http_dynstore_own_buf(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t **free)
{
    u_char       *start;
    ngx_chain_t  *link;

    link = *free;

    if (link != NULL) {
        *free = link->next;
        start = link->buf->start;
        ngx_memzero(link->buf, sizeof(ngx_buf_t));
        link->buf->start = start;

    } else {
        link = ngx_alloc_chain_link(r->pool);
        if (link == NULL) {
            return NULL;
        }

        link->buf = ngx_calloc_buf(r->pool);
        if (link->buf == NULL) {
            return NULL;
        }
    }

    link->next = NULL;
    link->buf->tag = (ngx_buf_tag_t) &ngx_http_dynstore_module;

    *page->last_out = link;
    page->last_out = &link->next;
    page->last = link->buf;

    return link->buf;
}


void
ngx_http_dynstore_update_busy(ngx_http_dynstore_page_t *page)
{
    ngx_buf_t     *b;
    ngx_chain_t   *link, **free;

    while (page->busy != NULL) {
        link = page->busy;
        b = link->buf;

        if (ngx_buf_size(b) != 0) {
            break;
        }

        if (b->shadow != NULL) {
            b->shadow->pos = b->shadow->last;

            if (b->shadow->in_file) {
                b->shadow->file_pos = b->shadow->file_last;
            }
        }

        page->busy = link->next;
        free = b->start != NULL ? &page->free_tails : &page->free;
        link->next = *free;
        *free = link;
    }
}
