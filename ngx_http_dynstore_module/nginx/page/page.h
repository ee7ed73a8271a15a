/*
 * A page in the filters. The header filter decides whether the page is personalized and edits its header. The body filter finds
 * the marks, waits at a mark while the session is looked up, and inserts the blocks.
 */
#ifndef NGX_HTTP_DYNSTORE_PAGE_H
#define NGX_HTTP_DYNSTORE_PAGE_H

#include "nginx/request/request.h"


/* nginx itself uses 1, 2 and 4 of r->buffered */
#define NGX_HTTP_DYNSTORE_BUFFERED              0x08

#define NGX_HTTP_DYNSTORE_PLACE_BODY_END        DYN_SLOTS_MAX


typedef struct ngx_http_dynstore_inflate_s  ngx_http_dynstore_inflate_t;

struct ngx_http_dynstore_page_s {
    dyn_scanner_t                     scanner;

    ngx_str_t                         blocks[DYN_SLOTS_MAX];   /* by the number of the slot; empty: nothing to show */
    uint32_t                          shown;          /* bit of each slot whose block was put into its place */

    ngx_chain_t                      *in;             /* input that is not scanned yet */
    ngx_chain_t                     **last_in;
    size_t                            from;           /* of the first of `in`: scanned up to here */
    size_t                            sent;           /* and passed on up to here */
    ngx_buf_t                        *piece;          /* the last piece of it that is still in `out` */

    u_char                            tail[DYN_SCAN_HOLD_MAX + 1];   /* the end of earlier buffers, where a mark may begin */
    size_t                            ntail;

    ngx_chain_t                      *out;            /* ours, ready to go */
    ngx_chain_t                     **last_out;
    ngx_buf_t                        *last;           /* the last of `out`, when there is one */
    ngx_chain_t                      *busy;           /* buffers of ours that are passed on but not yet written */
    ngx_chain_t                      *free;
    ngx_chain_t                      *free_tails;     /* with memory for a tail */

    ngx_http_dynstore_inflate_t      *inflate;        /* the page comes compressed */

    ngx_uint_t                        place;          /* held here: a slot's number or NGX_HTTP_DYNSTORE_PLACE_BODY_END */
    uint64_t                          hold_start_us;
    uint64_t                          hold_us;

    unsigned                          unseen:1;       /* its view is recorded once it proves to be a page */
    unsigned                          begun:1;        /* and so it did */
    unsigned                          watched:1;      /* nothing is put into it, but places are looked for, for exposures */
    unsigned                          waiting:1;
    unsigned                          finished:1;     /* the rest of the page passes as it is */
    unsigned                          inserted:1;
    unsigned                          json:1;         /* a block is JSON, which a script of the page has to show */
};


/*
 * Judges the response by its header: fills ctx->skip, starts a lookup if none was started, and decides if there is nothing to
 * wait for. `final`: as the header filter sees it; before that, the encoding may still be taken off by gunzip and is not
 * judged.
 */
ngx_int_t ngx_http_dynstore_page_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t final);

/* Makes ctx->page, unless there is one. */
ngx_int_t ngx_http_dynstore_page_create(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/*
 * Begins the lookup. If the browser asks for HTML by name, the answer is nearly always a page. Then the decision is made as
 * soon as the lookup is over, while the upstream still works, so the page does not wait for it.
 */
void ngx_http_dynstore_page_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* Called from the event loop: continues the page where it stopped, and its producer. */
void ngx_http_dynstore_resume(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/*
 * A page begins with `<`, after byte order marks and blanks; anything else is JSON or the like with a page's type. Looks for
 * the first byte that decides. NGX_OK: a page, and its view is recorded. NGX_DECLINED: not a page. NGX_AGAIN: more bytes are
 * needed.
 */
ngx_int_t ngx_http_dynstore_page_first(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, u_char *p, u_char *last);
/* Records the page's view, unless that was done. */
void ngx_http_dynstore_page_seen(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* Decides and renders the blocks. */
ngx_int_t ngx_http_dynstore_page_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* Called in postconfiguration: installs the filters. */
ngx_int_t ngx_http_dynstore_header_filter_init(ngx_conf_t *cf);
ngx_int_t ngx_http_dynstore_body_filter_init(ngx_conf_t *cf);

#endif
