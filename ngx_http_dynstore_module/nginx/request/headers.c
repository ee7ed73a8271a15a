/*
 * The header of a personalized response: only the browser may store it, and no header may describe the bytes that the backend
 * sent. nginx's headers filter (add_header, expires) runs before this, so its headers are seen here.
 */
#include "nginx/request/headers.h"
#include "nginx/core/module.h"
#include "nginx/request/shared_cache.h"


static ngx_table_elt_t *ngx_http_dynstore_header_next(ngx_list_part_t **part, ngx_uint_t *i);
static ngx_uint_t ngx_http_dynstore_header_keeps(ngx_str_t *name);
static ngx_uint_t ngx_http_dynstore_header_digests(ngx_str_t *name);
static ngx_uint_t ngx_http_dynstore_header_among(ngx_str_t *name, ngx_str_t *names, ngx_uint_t n);
static ngx_uint_t ngx_http_dynstore_header_is_age(ngx_table_elt_t *header);
static ngx_uint_t ngx_http_dynstore_header_is_ours(ngx_table_elt_t *header);
static ngx_uint_t ngx_http_dynstore_header_lists(ngx_str_t *value, const char *token, size_t len);
static ngx_uint_t ngx_http_dynstore_header_lists_all(ngx_str_t *value, ngx_str_t *names);
static ngx_table_elt_t *ngx_http_dynstore_header_add(ngx_http_request_t *r, const char *name, size_t len);


#define ngx_http_dynstore_header_is(header, name)                             \
    ((header)->key.len == sizeof(name) - 1                                    \
     && ngx_strncasecmp((header)->key.data, (u_char *) name, sizeof(name) - 1) == 0)


ngx_int_t
ngx_http_dynstore_headers_private(ngx_http_request_t *r, ngx_str_t *vary, ngx_uint_t flags)
{
    ngx_uint_t                     i, age, no_store, ours, varies;
    ngx_list_part_t               *part;
    ngx_table_elt_t               *header, *accel, *control, *extra;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    accel = NULL;
    control = NULL;
    age = 0;
    no_store = 0;
    ours = 0;
    varies = vary->len == 0;

    part = &r->headers_out.headers.part;
    i = 0;

    for ( ;; ) {
        header = ngx_http_dynstore_header_next(&part, &i);
        if (header == NULL) {
            break;
        }

        if (ngx_http_dynstore_header_is(header, "Cache-Control")) {
            no_store |= ngx_http_dynstore_header_lists(&header->value, "no-store", 8);

            if (control == NULL) {
                control = header;

            } else {
                header->hash = 0;
            }

        } else if (ngx_http_dynstore_header_is(header, "X-Accel-Expires")) {
            if (accel == NULL) {
                accel = header;

            } else {
                header->hash = 0;
            }

        } else if (ngx_http_dynstore_header_is(header, "Vary")) {
            varies |= ngx_http_dynstore_header_lists_all(&header->value, vary);

        } else if (ngx_http_dynstore_header_keeps(&header->key)
                   || ((flags & NGX_HTTP_DYNSTORE_PRIVATE_REWRITTEN) && ngx_http_dynstore_header_digests(&header->key)))
        {
            header->hash = 0;

        } else {
            age |= ngx_http_dynstore_header_is_age(header);
            ours |= ngx_http_dynstore_header_is_ours(header);
        }
    }

    /* steps that may fail come first: except for being private, a page is edited completely or not at all */

    if (control == NULL) {
        control = ngx_http_dynstore_header_add(r, "Cache-Control", sizeof("Cache-Control") - 1);
        if (control == NULL) {
            return NGX_ERROR;
        }
    }

    if (!(flags & NGX_HTTP_DYNSTORE_PRIVATE_ENDPOINT)
        || !(ngx_http_dynstore_header_lists(&control->value, "private", 7)
             || ngx_http_dynstore_header_lists(&control->value, "no-store", 8))
        || (no_store && !ngx_http_dynstore_header_lists(&control->value, "no-store", 8)))
    {
        /* no-store would stop the browser from keeping the page for going back; only the shop should decide that */

        if (no_store) {
            ngx_str_set(&control->value, "private, no-store");

        } else {
            ngx_str_set(&control->value, "private, no-cache");
        }
    }

    if (accel == NULL) {
        accel = ngx_http_dynstore_header_add(r, "X-Accel-Expires", sizeof("X-Accel-Expires") - 1);
        if (accel == NULL) {
            return NGX_ERROR;
        }
    }

    /* an nginx in front obeys it first, even if it ignores Cache-Control */
    ngx_str_set(&accel->value, "0");

    if (!varies) {
        extra = ngx_http_dynstore_header_add(r, "Vary", sizeof("Vary") - 1);
        if (extra == NULL) {
            return NGX_ERROR;
        }

        extra->value = *vary;
    }

    r->headers_out.expires = NULL;

    if (age && ours) {
        dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

        if (dlcf->shared_cache_check) {
            ngx_http_dynstore_shared_cache_personal(r);
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_dynstore_headers_are_private(ngx_http_request_t *r)
{
    ngx_uint_t        i, found;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    part = &r->headers_out.headers.part;
    i = 0;
    found = 0;

    for ( ;; ) {
        header = ngx_http_dynstore_header_next(&part, &i);
        if (header == NULL) {
            return found;
        }

        if (ngx_http_dynstore_header_is(header, "Cache-Control")) {

            /* if several contradict each other, a cache may obey any of them */

            if (ngx_http_dynstore_header_lists(&header->value, "public", 6)
                || ngx_http_dynstore_header_lists(&header->value, "s-maxage", 8))
            {
                return 0;
            }

            found |= ngx_http_dynstore_header_lists(&header->value, "private", 7)
                     || ngx_http_dynstore_header_lists(&header->value, "no-store", 8);

        } else if (ngx_http_dynstore_header_is(header, "X-Accel-Expires")) {
            if (header->value.len != 1 || header->value.data[0] != '0') {
                return 0;
            }

        } else if (!ngx_http_dynstore_header_is(header, "Expires") && ngx_http_dynstore_header_keeps(&header->key)) {
            return 0;
        }
    }
}


ngx_uint_t
ngx_http_dynstore_headers_are_ours(ngx_http_request_t *r)
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

        if (ngx_http_dynstore_header_is_ours(header)) {
            return 1;
        }
    }
}


ngx_uint_t
ngx_http_dynstore_headers_no_transform(ngx_http_request_t *r)
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


/* True for a header that a shared cache may obey before Cache-Control. X-Accel-Expires can also forbid it. */
static ngx_uint_t
ngx_http_dynstore_header_keeps(ngx_str_t *name)
{
    static ngx_str_t  names[] = { ngx_string("Expires"), ngx_string("Surrogate-Control"), ngx_string("Edge-Control") };

    /* RFC 9213: CDN-Cache-Control, and the caches' own names */
    static ngx_str_t  targeted = ngx_string("-Cache-Control");

    return ngx_http_dynstore_header_among(name, names, sizeof(names) / sizeof(names[0]))
           || (name->len >= targeted.len
               && ngx_strncasecmp(name->data + name->len - targeted.len, targeted.data, targeted.len) == 0);
}


/* True for a digest of the backend's bytes. */
static ngx_uint_t
ngx_http_dynstore_header_digests(ngx_str_t *name)
{
    static ngx_str_t  names[] = {
        ngx_string("Content-MD5"), ngx_string("Digest"), ngx_string("Content-Digest"), ngx_string("Repr-Digest")
    };

    return ngx_http_dynstore_header_among(name, names, sizeof(names) / sizeof(names[0]));
}


static ngx_uint_t
ngx_http_dynstore_header_among(ngx_str_t *name, ngx_str_t *names, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (name->len == names[i].len && ngx_strncasecmp(name->data, names[i].data, name->len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* True when the response was in a cache for a second or more. */
static ngx_uint_t
ngx_http_dynstore_header_is_age(ngx_table_elt_t *header)
{
    return ngx_http_dynstore_header_is(header, "Age") && !(header->value.len == 1 && header->value.data[0] == '0');
}


/* True for the mark of a personalized response. */
static ngx_uint_t
ngx_http_dynstore_header_is_ours(ngx_table_elt_t *header)
{
    return ngx_http_dynstore_header_is(header, "Server-Timing")
           && header->value.len > 4 && ngx_strncmp(header->value.data, "dyn;", 4) == 0;
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


/* True when the list holds all names of another, or `*`. */
static ngx_uint_t
ngx_http_dynstore_header_lists_all(ngx_str_t *value, ngx_str_t *names)
{
    u_char  *p, *end, *name;

    if (ngx_http_dynstore_header_lists(value, "*", 1)) {
        return 1;
    }

    p = names->data;
    end = names->data + names->len;

    while (p < end) {
        name = p;

        while (p < end && *p != ',') {
            p++;
        }

        if (!ngx_http_dynstore_header_lists(value, (char *) name, (size_t) (p - name))) {
            return 0;
        }

        p += 2;    /* ", " */
    }

    return 1;
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


ngx_int_t
ngx_http_dynstore_add_header(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}


ngx_str_t *
ngx_http_dynstore_header_in(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == name->len && ngx_strncasecmp(header[i].key.data, name->data, name->len) == 0) {
                return &header[i].value;
            }
        }
    }

    return NULL;
}
