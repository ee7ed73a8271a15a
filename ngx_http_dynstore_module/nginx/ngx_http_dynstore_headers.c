/*
 * The header of a personalized page: nobody may keep it but the browser, and nothing in it may still speak of the bytes that
 * the backend sent.
 */
#include "ngx_http_dynstore_page.h"


static ngx_table_elt_t *ngx_http_dynstore_header_next(ngx_list_part_t **part, ngx_uint_t *i);
static ngx_uint_t ngx_http_dynstore_header_stale(ngx_str_t *name);
static ngx_uint_t ngx_http_dynstore_header_lists(ngx_str_t *value, const char *token, size_t len);
static ngx_table_elt_t *ngx_http_dynstore_header_add(ngx_http_request_t *r, const char *name, size_t len);


#define ngx_http_dynstore_header_is(header, name)                             \
    ((header)->key.len == sizeof(name) - 1                                    \
     && ngx_strncasecmp((header)->key.data, (u_char *) name, sizeof(name) - 1) == 0)


ngx_int_t
ngx_http_dynstore_page_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_uint_t        i, varies;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header, *control, *vary;

    control = NULL;
    varies = 0;

    part = &r->headers_out.headers.part;
    i = 0;

    for ( ;; ) {
        header = ngx_http_dynstore_header_next(&part, &i);
        if (header == NULL) {
            break;
        }

        if (ngx_http_dynstore_header_is(header, "Cache-Control")) {
            if (control == NULL) {
                control = header;

            } else {
                header->hash = 0;
            }

        } else if (ngx_http_dynstore_header_is(header, "Vary")) {
            varies |= ngx_http_dynstore_header_lists(&header->value, "cookie", 6)
                      || ngx_http_dynstore_header_lists(&header->value, "*", 1);

        } else if (ngx_http_dynstore_header_stale(&header->key)) {
            header->hash = 0;
        }
    }

    /* what may fail comes first: a page is edited as a whole or not at all, but for what makes it private */

    if (control == NULL) {
        control = ngx_http_dynstore_header_add(r, "Cache-Control", sizeof("Cache-Control") - 1);
        if (control == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_str_set(&control->value, "private, no-store");

    if (!varies) {
        vary = ngx_http_dynstore_header_add(r, "Vary", sizeof("Vary") - 1);
        if (vary == NULL) {
            return NGX_ERROR;
        }

        ngx_str_set(&vary->value, "Cookie");
    }

    if (ngx_http_dynstore_server_timing(r, ctx) != NGX_OK
        || ngx_http_dynstore_visitor_cookie_add(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->headers_out.expires = NULL;

    { ngx_http_clear_content_length(r); }
    { ngx_http_clear_accept_ranges(r); }
    { ngx_http_clear_last_modified(r); }
    { ngx_http_clear_etag(r); }

    return NGX_OK;
}


ngx_uint_t
ngx_http_dynstore_page_no_transform(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    part = &r->headers_out.headers.part;
    i = 0;

    for ( ;; ) {
        header = ngx_http_dynstore_header_next(&part, &i);
        if (header == NULL) {
            return 0;
        }

        if (ngx_http_dynstore_header_is(header, "Cache-Control")
            && ngx_http_dynstore_header_lists(&header->value, "no-transform", 12))
        {
            return 1;
        }
    }
}


/* The next header that is sent; NULL at the end. */
static ngx_table_elt_t *
ngx_http_dynstore_header_next(ngx_list_part_t **part, ngx_uint_t *i)
{
    ngx_table_elt_t  *header;

    for ( ;; ) {
        if (*i >= (*part)->nelts) {
            if ((*part)->next == NULL) {
                return NULL;
            }

            *part = (*part)->next;
            *i = 0;
            continue;
        }

        header = (ngx_table_elt_t *) (*part)->elts + (*i)++;

        if (header->hash != 0) {
            return header;
        }
    }
}


/* True of a header that would let a cache keep the page, or that is a digest of the backend's bytes. */
static ngx_uint_t
ngx_http_dynstore_header_stale(ngx_str_t *name)
{
    ngx_uint_t  i;

    static ngx_str_t  names[] = {
        ngx_string("Expires"), ngx_string("Surrogate-Control"), ngx_string("Edge-Control"), ngx_string("Content-MD5"),
        ngx_string("Digest"), ngx_string("Content-Digest"), ngx_string("Repr-Digest")
    };

    /* RFC 9213, also under the CDNs' own names */
    static ngx_str_t  targeted = ngx_string("CDN-Cache-Control");

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (name->len == names[i].len && ngx_strncasecmp(name->data, names[i].data, name->len) == 0) {
            return 1;
        }
    }

    return name->len >= targeted.len
           && ngx_strncasecmp(name->data + name->len - targeted.len, targeted.data, targeted.len) == 0;
}


/* True when the comma-separated list holds the token, with or without a value. */
static ngx_uint_t
ngx_http_dynstore_header_lists(ngx_str_t *value, const char *token, size_t len)
{
    u_char  *p, *end, *stop;

    p = value->data;
    end = value->data + value->len;

    while (p < end) {
        while (p < end && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        stop = p;

        while (stop < end && *stop != ',' && *stop != ' ' && *stop != '\t' && *stop != '=') {
            stop++;
        }

        if ((size_t) (stop - p) == len && ngx_strncasecmp(p, (u_char *) token, len) == 0) {
            return 1;
        }

        while (stop < end && *stop != ',') {
            stop++;
        }

        p = stop;
    }

    return 0;
}


static ngx_table_elt_t *
ngx_http_dynstore_header_add(ngx_http_request_t *r, const char *name, size_t len)
{
    ngx_table_elt_t  *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NULL;
    }

    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = len;
    ngx_str_null(&header->value);
#if (nginx_version >= 1023000)
    header->next = NULL;
#endif

    return header;
}


/* `dyn;dur=MS;desc="RUNG"`; the header of a page that is decided later can only say that it is pending. */
ngx_int_t
ngx_http_dynstore_server_timing(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char           *p;
    uint64_t          us;
    dyn_str_t         rung;
    ngx_table_elt_t  *header;

    if (r->method == NGX_HTTP_HEAD) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("dyn;dur=.;desc=\"last_good\"") + 2 * NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    header = ngx_http_dynstore_header_add(r, "Server-Timing", sizeof("Server-Timing") - 1);
    if (header == NULL) {
        return NGX_ERROR;
    }

    header->value.data = p;

    if (ctx->decided) {
        us = ctx->lookup_us + ctx->decide_us;
        rung = dyn_rung_name(ctx->rung);
        p = ngx_sprintf(p, "dyn;dur=%uL.%uL;desc=\"%*s\"", us / 1000, us % 1000 / 100, rung.len, rung.data);

    } else {
        p = ngx_cpymem(p, "dyn;desc=\"pending\"", sizeof("dyn;desc=\"pending\"") - 1);
    }

    header->value.len = (size_t) (p - header->value.data);

    return NGX_OK;
}
