/* Judges each response of a location with a surface: personalized and then private, or left exactly as it is. */
#include "ngx_http_dynstore_page.h"
#include "ngx_http_dynstore_module.h"


static ngx_int_t ngx_http_dynstore_header_filter(ngx_http_request_t *r);
static ngx_http_dynstore_skip_e ngx_http_dynstore_page_skip(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_uint_t final);
static void ngx_http_dynstore_skip_count(ngx_http_dynstore_skip_e skip);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


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

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);
    ctx = ngx_http_dynstore_get_ctx(r);

    if (ctx != NULL && ctx->page != NULL) {
        /* a filter behind us refused the first header, and this is another one */
        ctx->page->committed = 0;
    }

    if (dlcf->endpoint || (ctx == NULL && dlcf->surface == NULL)) {
        return ngx_http_next_header_filter(r);
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

        if (ngx_http_dynstore_page_headers(r, ctx) == NGX_OK) {
            page->committed = r->method == NGX_HTTP_GET;
            r->filter_need_in_memory = 1;

        } else {
            ctx->skip = NGX_HTTP_DYNSTORE_SKIP_FAILED;
        }
    }

    switch (ctx->skip) {

    case NGX_HTTP_DYNSTORE_SKIP_NONE:
    case NGX_HTTP_DYNSTORE_SKIP_EMPTY:
    case NGX_HTTP_DYNSTORE_SKIP_ENCODING:
    case NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM:
        /* seen, personalized or not; a visitor who was not told the new name will not come back under it */
        if (ctx->personal && r->method == NGX_HTTP_GET && (!ctx->minted || ctx->page->committed)) {
            ngx_http_dynstore_view_record(r, ctx);
        }
        break;

    default:
        break;
    }

    if (page == NULL || !page->committed) {
        ngx_http_dynstore_detach(ctx);
        ngx_http_dynstore_skip_count(ctx->skip);
    }

    return ngx_http_next_header_filter(r);
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

    if (ctx->decision.item_count == 0) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_EMPTY;
    }

    return NGX_OK;
}


static ngx_http_dynstore_skip_e
ngx_http_dynstore_page_skip(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t final)
{
    ngx_str_t  encoding;

    if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD) {
        return NGX_HTTP_DYNSTORE_SKIP_METHOD;
    }

    if (r->headers_out.status != NGX_HTTP_OK) {
        return NGX_HTTP_DYNSTORE_SKIP_STATUS;
    }

    if (ngx_http_test_content_type(r, &ctx->conf->types) == NULL) {
        return NGX_HTTP_DYNSTORE_SKIP_TYPE;
    }

    if (final && r->headers_out.content_encoding != NULL) {
        encoding = r->headers_out.content_encoding->value;

        if (encoding.len != 0
            && !(encoding.len == 8 && ngx_strncasecmp(encoding.data, (u_char *) "identity", 8) == 0))
        {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "dynstore: the page is encoded (%V) and left as it is: write "
                          "\"proxy_set_header Accept-Encoding '';\"", &encoding);
            return NGX_HTTP_DYNSTORE_SKIP_ENCODING;
        }
    }

    if (ngx_http_dynstore_page_no_transform(r)) {
        return NGX_HTTP_DYNSTORE_SKIP_NO_TRANSFORM;
    }

    return NGX_HTTP_DYNSTORE_SKIP_NONE;
}


static void
ngx_http_dynstore_skip_count(ngx_http_dynstore_skip_e skip)
{
    switch (skip) {
    case NGX_HTTP_DYNSTORE_SKIP_NONE:
        break;

#define X(constant, member, name)                                             \
    case NGX_HTTP_DYNSTORE_SKIP_##constant:                                   \
        ngx_http_dynstore_count(skipped_##member);                            \
        break;

    NGX_HTTP_DYNSTORE_SKIPS(X)
#undef X
    }
}
