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
        /* a filter behind us refused the first header, and this is another one */
        ctx->committed = 0;
        ngx_http_dynstore_inflate_drop(ctx->page);
        ctx->page->unseen = 0;
    }

    if (dlcf->endpoint) {
        return ngx_http_dynstore_headers_private(r, &dlcf->visitor->vary, NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT) == NGX_OK
               ? ngx_http_next_header_filter(r) : NGX_ERROR;
    }

    if (ctx == NULL && dlcf->surface == NULL) {
        return dlcf->make_private && ngx_http_dynstore_headers_private(r, &ngx_http_dynstore_vary_cookie, 0) != NGX_OK
               ? NGX_ERROR : ngx_http_next_header_filter(r);
    }

    if (ctx == NULL) {
        /* `return`, error pages: no phase of ours was run */
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

    switch (ctx->skip) {

    case NGX_HTTP_DYNSTORE_SKIP_NONE:
    case NGX_HTTP_DYNSTORE_SKIP_EMPTY:
    case NGX_HTTP_DYNSTORE_SKIP_ENCODING:
    case NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM:
        /* seen, personalized or not; a visitor who was not told the new name will not come back under it */
        if (ctx->personal && r->method == NGX_HTTP_GET && (!ctx->minted || ctx->committed)) {
            page->unseen = 1;

            if (ctx->skip == NGX_HTTP_DYNSTORE_SKIP_ENCODING) {
                /* how it begins cannot be read */
                ngx_http_dynstore_page_seen(r, ctx);
            }
        }
        break;

    default:
        break;
    }

    if (!ctx->committed) {
        ngx_http_dynstore_detach(ctx);
        ngx_http_dynstore_skip_count(ctx);
    }

    return ngx_http_next_header_filter(r);
}


/* Edits of a personalized page's header. */
static ngx_int_t
ngx_http_dynstore_page_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (ngx_http_dynstore_headers_private(r, &ctx->conf->visitor->vary, NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN) != NGX_OK
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

    if (ctx->nitems == 0) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_EMPTY;
    }

    return NGX_OK;
}


/*
 * True of a response that is not personalized and may be kept by nobody else all the same: it becomes personal by what it
 * includes, or it is plain only because of who asked and how. A cache would show the plain page to all.
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
        /* HEAD's header was made already; otherwise the location's surface is off */
    case NGX_HTTP_DYNSTORE_SKIP_BYPASS:
    case NGX_HTTP_DYNSTORE_SKIP_SURFACE:
    case NGX_HTTP_DYNSTORE_SKIP_METHOD:
    case NGX_HTTP_DYNSTORE_SKIP_TYPE:
    case NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM:
    case NGX_HTTP_DYNSTORE_SKIP_SLICE:
        return 0;

    case NGX_HTTP_DYNSTORE_SKIP_STATUS:
        /* a part of a page, as the request's Range wanted it */
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

    /* what the request alone says is no page was not asked for its surface */

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
 * Only the first slice is the request's own, the others are subrequests of it: what is kept back of the one would come behind the
 * others. `slice` alone sets subrequest_ranges, and makes the length that of the whole.
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
