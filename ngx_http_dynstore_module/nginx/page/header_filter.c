/* Judges each response of a location with a surface: personalized and then private, or left exactly as it is. */
#include "nginx/core/module.h"
#include "nginx/page/inflate.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "nginx/request/shared_cache.h"
#include "nginx/request/visitor.h"


static ngx_int_t ngx_http_dynstore_header_filter(ngx_http_request_t *r);
static ngx_uint_t ngx_http_dynstore_page_private(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_loc_conf_t *dlcf);
static void ngx_http_dynstore_page_watch(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_page_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_http_dynstore_skip_e ngx_http_dynstore_page_skip(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_uint_t final);
static ngx_uint_t ngx_http_dynstore_page_sliced(ngx_http_request_t *r);
static void ngx_http_dynstore_skip_count(ngx_http_dynstore_ctx_t *ctx);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;

static ngx_str_t  ngx_http_dynstore_vary_cookie = ngx_string("Cookie");


ngx_int_t
ngx_http_dynstore_header_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_dynstore_header_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_header_filter(ngx_http_request_t *r)
{
    ngx_http_dynstore_ctx_t       *ctx;
    ngx_http_dynstore_page_t      *page;
    ngx_uint_t                     named;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    if (dlcf->shared_cache_check) {
        ngx_http_dynstore_shared_cache_hit(r);
    }

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_dynstore_get_ctx(r);

    if (ctx != NULL && ctx->page != NULL) {
        /* a later filter refused the first header, and this is a second one */
        ctx->committed = 0;
        ngx_http_dynstore_inflate_drop(ctx->page);
        ctx->page->unseen = 0;
        ctx->page->watched = 0;
    }

    if (dlcf->endpoint) {
        return ngx_http_dynstore_headers_private(r, &dlcf->vary, NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT) == NGX_OK
               ? ngx_http_next_header_filter(r) : NGX_ERROR;
    }

    if (ctx == NULL && dlcf->surface == NULL) {
        return dlcf->make_private && ngx_http_dynstore_headers_private(r, &ngx_http_dynstore_vary_cookie, 0) != NGX_OK
               ? NGX_ERROR : ngx_http_next_header_filter(r);
    }

    if (ctx == NULL) {
        /* for `return` and error pages the module's phase handler did not run */
        ctx = ngx_http_dynstore_create_ctx(r);
        if (ctx == NULL) {
            return ngx_http_next_header_filter(r);
        }
    }

    if (ngx_http_dynstore_page_judge(r, ctx, 1) != NGX_OK) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_FAILED;
    }

    page = ctx->page;

    if (ctx->personal && ctx->skip == NGX_HTTP_DYNSTORE_SKIP_NONE) {

        if (ngx_http_dynstore_inflate_begin(r, ctx) == NGX_OK && ngx_http_dynstore_page_headers(r, ctx) == NGX_OK) {
            ngx_http_dynstore_inflate_header(r, ctx);
            ctx->committed = r->method == NGX_HTTP_GET;
            r->filter_need_in_memory = 1;

        } else {
            ctx->skip = NGX_HTTP_DYNSTORE_SKIP_FAILED;
        }
    }

    if (!ctx->committed && ngx_http_dynstore_page_private(r, ctx, dlcf)
        && ngx_http_dynstore_headers_private(r, &ngx_http_dynstore_vary_cookie, 0) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* who is counted without a block must be the same visitor on the next page */

    named = ctx->skip == NGX_HTTP_DYNSTORE_SKIP_HOLDOUT
            || (ctx->skip == NGX_HTTP_DYNSTORE_SKIP_EMPTY && (ctx->assigned || ctx->nexposures));

    if (named && !ctx->committed && ngx_http_dynstore_visitor_cookie_add(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (ctx->skip) {

    case NGX_HTTP_DYNSTORE_SKIP_NONE:
    case NGX_HTTP_DYNSTORE_SKIP_EMPTY:
    case NGX_HTTP_DYNSTORE_SKIP_HOLDOUT:
    case NGX_HTTP_DYNSTORE_SKIP_ENCODING:
    case NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM:
        /* seen, personalized or not; except by a new visitor whose cookie is not sent, and who so never returns under that name */
        if (ctx->personal && r->method == NGX_HTTP_GET && (!ctx->minted || ctx->committed || named)) {
            page->unseen = 1;

            if (!ctx->committed && r->headers_out.content_encoding != NULL) {
                /* its bytes cannot be read */
                ngx_http_dynstore_page_seen(r, ctx);
            }
        }
        break;

    default:
        break;
    }

    if (named && ctx->nexposures && r->method == NGX_HTTP_GET) {
        ngx_http_dynstore_page_watch(r, ctx);
    }

    if (!ctx->committed) {
        ngx_http_dynstore_detach(ctx);
        /* a long answer that is passed by does not keep an old snapshot in memory */
        ngx_http_dynstore_unpin(ctx);
        ngx_http_dynstore_skip_count(ctx);
    }

    return ngx_http_next_header_filter(r);
}


/*
 * Nothing is put into this page. It is an exposure where a block would have had a place, so places are looked for as in the pages of
 * those who see blocks.
 */
static void
ngx_http_dynstore_page_watch(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (r->headers_out.content_encoding != NULL) {
        /* its bytes cannot be read */
        ctx->placed = (1u << ctx->nslots) - 1;
        return;
    }

    ctx->page->watched = 1;
    r->filter_need_in_memory = 1;
}


/* Edits the header of a personalized page. */
static ngx_int_t
ngx_http_dynstore_page_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ngx_http_dynstore_headers_private(r, &ctx->conf->vary, NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN) != NGX_OK
        || ngx_http_dynstore_server_timing(r, ctx) != NGX_OK
        || ngx_http_dynstore_visitor_cookie_add(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    { ngx_http_clear_content_length(r); }
    { ngx_http_clear_accept_ranges(r); }
    { ngx_http_clear_last_modified(r); }
    { ngx_http_clear_etag(r); }

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_page_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t final)
{
    if ((!ctx->personal && ctx->skip == NGX_HTTP_DYNSTORE_SKIP_NONE)
        || ctx->conf != ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module))
    {
        if (ngx_http_dynstore_identify(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (!ctx->personal) {
        return NGX_OK;
    }

    ctx->skip = ngx_http_dynstore_page_skip(r, ctx, final);

    if (ngx_http_dynstore_page_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->skip != NGX_HTTP_DYNSTORE_SKIP_NONE || r->method == NGX_HTTP_HEAD) {
        return NGX_OK;
    }

    if (!ctx->decided) {

        if (ngx_http_dynstore_lookup_start(r, ctx, NULL) == NGX_AGAIN) {
            return NGX_OK;
        }

        if (ngx_http_dynstore_page_decide(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->nfilled == 0) {
        ctx->skip = ctx->held_out ? NGX_HTTP_DYNSTORE_SKIP_HOLDOUT : NGX_HTTP_DYNSTORE_SKIP_EMPTY;
    }

    return NGX_OK;
}


/*
 * True for a response that is not personalized but must be private: what it includes makes it personal, or it is plain only
 * because of this visitor or request. A shared cache would show the plain page to everybody.
 */
static ngx_uint_t
ngx_http_dynstore_page_private(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_loc_conf_t *dlcf)
{
    ngx_str_t  value;

    if (dlcf->make_private || ctx->includes_personal) {
        return 1;
    }

    if (dlcf->surface == NULL) {
        return 0;
    }

    switch (ctx->skip) {

    case NGX_HTTP_DYNSTORE_SKIP_NONE:
        /* the header of HEAD was made already, or the location's surface is off */
    case NGX_HTTP_DYNSTORE_SKIP_BYPASS:
    case NGX_HTTP_DYNSTORE_SKIP_SURFACE:
    case NGX_HTTP_DYNSTORE_SKIP_METHOD:
    case NGX_HTTP_DYNSTORE_SKIP_TYPE:
    case NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM:
    case NGX_HTTP_DYNSTORE_SKIP_SLICE:
        return 0;

    case NGX_HTTP_DYNSTORE_SKIP_STATUS:
        /* a part of a page, for the request's Range */
        if (r->headers_out.status != NGX_HTTP_PARTIAL_CONTENT) {
            return 0;
        }
        break;

    default:
        if (r->headers_out.status != NGX_HTTP_OK || !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
            return 0;
        }
        break;
    }

    if (ngx_http_test_content_type(r, &ctx->conf->types) == NULL) {
        return 0;
    }

    /* if the request shows that it is not for a page, the surface was not evaluated */

    return ctx->personal || dlcf->surface_constant >= 0
           || (ngx_http_complex_value(r, dlcf->surface, &value) == NGX_OK && value.len != 0
               && !(value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0));
}


static ngx_http_dynstore_skip_e
ngx_http_dynstore_page_skip(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t final)
{
    if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD) {
        return NGX_HTTP_DYNSTORE_SKIP_METHOD;
    }

    if (r->headers_out.status != NGX_HTTP_OK) {
        return NGX_HTTP_DYNSTORE_SKIP_STATUS;
    }

    if (ngx_http_test_content_type(r, &ctx->conf->types) == NULL) {
        return NGX_HTTP_DYNSTORE_SKIP_TYPE;
    }

    if (final && ngx_http_dynstore_inflate_judge(r, ctx) != NGX_OK) {
        return NGX_HTTP_DYNSTORE_SKIP_ENCODING;
    }

    if (ngx_http_dynstore_headers_no_transform(r)) {
        return NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM;
    }

    if (ngx_http_dynstore_page_sliced(r)) {
        return NGX_HTTP_DYNSTORE_SKIP_SLICE;
    }

    return NGX_HTTP_DYNSTORE_SKIP_NONE;
}


/*
 * True for a page in slices. Only the first slice belongs to the main request; the others are subrequests, so bytes held back
 * from the first would come after them. Only `slice` sets subrequest_ranges and the length of the whole.
 */
static ngx_uint_t
ngx_http_dynstore_page_sliced(ngx_http_request_t *r)
{
    return r->subrequest_ranges
           && (r->upstream == NULL || r->upstream->headers_in.content_length_n != r->headers_out.content_length_n);
}


static void
ngx_http_dynstore_skip_count(ngx_http_dynstore_ctx_t *ctx)
{
    switch (ctx->skip) {
    case NGX_HTTP_DYNSTORE_SKIP_NONE:
        break;

#define X(constant, member, name)                                             \
    case NGX_HTTP_DYNSTORE_SKIP_##constant:                                   \
        ngx_http_dynstore_count(ctx->conf->shop->counters, skipped_##member); \
        break;

    NGX_HTTP_DYNSTORE_SKIPS(X)
#undef X
    }
}
