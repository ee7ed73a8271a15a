/*
 * A page on its way through the filters. The header filter judges whether it is personalized and edits its header; the body
 * filter finds the marks, holds the stream at one while the lookup is still out, and puts the blocks in.
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
    uint32_t                          placed;         /* bit of each slot whose place was found */

    ngx_chain_t                      *in;             /* came in, not yet scanned */
    ngx_chain_t                     **last_in;
    size_t                            from;           /* of the first of `in`: scanned up to here */
    size_t                            sent;           /* and passed on up to here */
    ngx_buf_t                        *piece;          /* its last piece that is still in `out` */

    u_char                            tail[DYN_SCAN_HOLD_MAX + 1];   /* bytes of earlier buffers where a mark may begin */
    size_t                            ntail;

    ngx_chain_t                      *out;            /* ours, ready to go */
    ngx_chain_t                     **last_out;
    ngx_buf_t                        *last;           /* the last of `out`, when there is one */
    ngx_chain_t                      *busy;           /* ours, gone but not yet written */
    ngx_chain_t                      *free;
    ngx_chain_t                      *free_tails;     /* with memory for a tail */

    ngx_http_dynstore_inflate_t      *inflate;        /* the page comes compressed */

    ngx_uint_t                        place;          /* held here: a slot's number or NGX_HTTP_DYNSTORE_PLACE_BODY_END */
    uint64_t                          hold_start_us;
    uint64_t                          hold_us;

    unsigned                          unseen:1;       /* its view is recorded when it begins as pages do */
    unsigned                          begun:1;        /* and so it did */
    unsigned                          waiting:1;
    unsigned                          finished:1;     /* the rest of the page passes as it is */
    unsigned                          inserted:1;
};


/*
 * Judges the response, once its header is there: fills ctx->skip, starts a late lookup, decides when nothing is waited for.
 * `final`: as the header filter sees it; before that, the encoding may still be taken off by gunzip and is not judged.
 */
ngx_int_t ngx_http_dynstore_page_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t final);

/* Makes ctx->page, unless there is one. */
ngx_int_t ngx_http_dynstore_page_create(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/*
 * Begins the lookup. Where the browser asks for a page by name, which anything else but HTML rarely answers, the decision is made
 * as soon as the lookup is over, while the upstream is still at work: the page's head need not wait for it.
 */
void ngx_http_dynstore_page_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* From the event loop: the page goes on where it stopped, and so does who sends it. */
void ngx_http_dynstore_resume(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/*
 * A page begins with `<`, behind byte order marks and blanks; what begins otherwise is JSON or the like under a page's type. Finds
 * the first byte that tells: NGX_OK, a page, whose view is recorded then; NGX_DECLINED, none; NGX_AGAIN, the next bytes will tell.
 */
ngx_int_t ngx_http_dynstore_page_first(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, u_char *p, u_char *last);
/* The page's view, unless it was recorded. */
void ngx_http_dynstore_page_seen(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* Decides and renders the blocks. */
ngx_int_t ngx_http_dynstore_page_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* In postconfiguration: the filters take their places. */
ngx_int_t ngx_http_dynstore_header_filter_init(ngx_conf_t *cf);
ngx_int_t ngx_http_dynstore_body_filter_init(ngx_conf_t *cf);

#endif
