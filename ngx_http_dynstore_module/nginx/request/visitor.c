/* The visitor's name: the module's own cookie or any variable. Redis and logs get only a keyed hash of it. */
#include "nginx/request/visitor.h"
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/request/argument.h"
#include "nginx/request/headers.h"
#include "nginx/request/limit.h"
#include "nginx/request/origin.h"
#include "nginx/request/request.h"
#include "engine/trust/page_token.h"

#include <openssl/rand.h>


static ngx_uint_t ngx_http_dynstore_visitor_elsewhere(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_str_t ngx_http_dynstore_visitor_sent(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_key_t *key,
    ngx_str_t *name, char *hash);
static ngx_str_t ngx_http_dynstore_visitor_cookie(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, ngx_str_t *name,
    char *hash);
static ngx_int_t ngx_http_dynstore_visitor_resign(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_str_t *name);
static void ngx_http_dynstore_visitor_was(ngx_http_dynstore_ctx_t *ctx);
static ngx_str_t *ngx_http_dynstore_visitor_cookie_name(ngx_http_request_t *r, ngx_http_dynstore_visitor_conf_t *dvcf);
static void ngx_http_dynstore_visitor_of_main(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_visitor_mint(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_uint_t ngx_http_dynstore_visitor_secure(ngx_http_request_t *r, ngx_uint_t secure);


ngx_int_t
ngx_http_dynstore_visitor_find(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                          rc;
    ngx_str_t                          value, *name;
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    dvcf = ctx->conf->visitor;

    if (!ctx->trusted && ngx_http_dynstore_visitor_elsewhere(r, ctx)) {
        return NGX_OK;
    }

    if (dvcf->value != NULL) {
        if (ngx_http_complex_value(r, dvcf->value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        /* a name that is too long is not cut, because the rest could be another visitor's name */
        if (value.len == 0 || value.len > DYN_VISITOR_FOREIGN_BYTES_MAX) {
            return NGX_OK;
        }

        ctx->visitor = value;
        ctx->context.returning = true;

        if (!dyn_visitor_hash(&dvcf->key->key, ngx_http_dynstore_str(ctx->visitor), ctx->hash_text)) {
            ngx_http_dynstore_log(NGX_LOG_ERR, r, "OpenSSL failed to make a hash, the visitor stays unknown");
            return NGX_OK;
        }

        if (dvcf->old_key != NULL
            && dyn_visitor_hash(&dvcf->old_key->key, ngx_http_dynstore_str(ctx->visitor), ctx->old_hash_text))
        {
            ngx_http_dynstore_visitor_was(ctx);
        }

    } else {
        name = ngx_http_dynstore_visitor_cookie_name(r, dvcf);
        ctx->visitor = ngx_http_dynstore_visitor_sent(r, ctx, dvcf->key, name, ctx->hash_text);

        if (ctx->visitor.len == 0 && dvcf->old_key != NULL && ngx_http_dynstore_visitor_resign(r, ctx, name) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ctx->visitor.len) {
            ctx->context.returning = true;

        } else if (r != r->main) {
            ngx_http_dynstore_visitor_of_main(r, ctx);

            if (ctx->visitor.len == 0) {
                return NGX_OK;
            }

        } else {
            rc = ngx_http_dynstore_visitor_mint(r, ctx);
            if (rc != NGX_OK) {
                return rc == NGX_DECLINED ? NGX_OK : rc;
            }
        }
    }

    if (ctx->customer.len) {
        ctx->context.returning = true;
    }

    ctx->visitor_hash.data = (u_char *) ctx->hash_text;
    ctx->visitor_hash.len = DYN_VISITOR_HASH_BYTES;

    return NGX_OK;
}


/*
 * True when another site sends the request or shows the page inside itself. That is not a visit of the shopper; otherwise any
 * site could have views recorded. The shopper's cookie is not sent there, and the browser would refuse a new one or replace the
 * old one by it.
 */
static ngx_uint_t
ngx_http_dynstore_visitor_elsewhere(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    /* Shopify asks, with what it left of the browser's headers; other sites do not know the visitor's name */
    if (ctx->conf->app_proxy != NULL) {
        return 0;
    }

    /* a page's subrequests have the headers of the page's request */

    return ctx->conf->endpoint && r == r->main ? ngx_http_dynstore_cross_site(r, ctx->conf->origins)
                                               : ngx_http_dynstore_embedded(r, ctx->conf->origins);
}


/* The value that the key signed, of the cookie, or of the argument where an app proxy takes cookies away. */
static ngx_str_t
ngx_http_dynstore_visitor_sent(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_key_t *key, ngx_str_t *name,
    char *hash)
{
    dyn_str_t  found;
    ngx_str_t  value = ngx_null_string;

    static ngx_str_t  argument = ngx_string("visitor");

    if (ctx->conf->app_proxy == NULL) {
        return ngx_http_dynstore_visitor_cookie(r, key, name, hash);
    }

    if (ngx_http_dynstore_arg(r, &argument, DYN_VISITOR_VALUE_BYTES, &found) == NGX_HTTP_DYNSTORE_ARG_GOOD
        && dyn_visitor_check(&key->key, found, hash))
    {
        value.data = (u_char *) found.data;
        value.len = found.len;
    }

    return value;
}


/* Finds the cookie value that the key signed, among all cookies of the name; its hash is written, too. */
static ngx_str_t
ngx_http_dynstore_visitor_cookie(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, ngx_str_t *name, char *hash)
{
    unsigned          tries;
    dyn_str_t         found;
    ngx_str_t         value = ngx_null_string;
    ngx_table_elt_t  *header;

    tries = DYN_VISITOR_COOKIES_MAX;

#if (nginx_version >= 1023000)

    for (header = r->headers_in.cookie; header; header = header->next) {

#else

    ngx_uint_t        i;
    ngx_table_elt_t **headers;

    headers = r->headers_in.cookies.elts;

    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        header = headers[i];

#endif

        found = dyn_visitor_find(&key->key, ngx_http_dynstore_str(header->value), ngx_http_dynstore_str(*name), &tries, hash);

        if (found.len) {
            value.data = (u_char *) found.data;
            value.len = found.len;
            break;
        }
    }

    return value;
}


/* A cookie that the old key signed counts as if it were signed with the new one, and is sent so. */
static ngx_int_t
ngx_http_dynstore_visitor_resign(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_str_t *name)
{
    u_char                            *value;
    dyn_str_t                          id;
    ngx_str_t                          found;
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    dvcf = ctx->conf->visitor;

    found = ngx_http_dynstore_visitor_sent(r, ctx, dvcf->old_key, name, ctx->old_hash_text);
    if (found.len == 0) {
        return NGX_OK;
    }

    value = ngx_pnalloc(r->pool, DYN_VISITOR_VALUE_BYTES + 1);
    if (value == NULL) {
        return NGX_ERROR;
    }

    id.data = (char *) found.data;
    id.len = DYN_VISITOR_ID_BYTES;

    if (!dyn_visitor_sign(&dvcf->key->key, id, (char *) value, ctx->hash_text)) {
        return NGX_OK;
    }

    ctx->visitor.data = value;
    ctx->visitor.len = DYN_VISITOR_VALUE_BYTES;
    ctx->resigned = 1;
    ngx_http_dynstore_visitor_was(ctx);

    return NGX_OK;
}


static void
ngx_http_dynstore_visitor_was(ngx_http_dynstore_ctx_t *ctx)
{
    ctx->old_hash.data = (u_char *) ctx->old_hash_text;
    ctx->old_hash.len = DYN_VISITOR_HASH_BYTES;
}


/* Without a connection the cookie stays as it is: the next request moves the session. */
void
ngx_http_dynstore_visitor_move(ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->old_hash.len == 0 || !ctx->may_read) {
        return;
    }

    if (ngx_http_dynstore_store_move(ctx->conf->shop->store, &ctx->old_hash, &ctx->visitor_hash) != NGX_OK) {
        ctx->resigned = 0;
    }
}


ngx_uint_t
ngx_http_dynstore_visitor_token_valid(ngx_http_dynstore_ctx_t *ctx, dyn_str_t token)
{
    char                               hash[DYN_VISITOR_HASH_BYTES + 1];
    dyn_str_t                          name;
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    dvcf = ctx->conf->visitor;

    if (dyn_page_token_valid(&dvcf->key->key, ngx_http_dynstore_str(ctx->visitor_hash), token, ngx_time(),
                             ctx->conf->page_token_age))
    {
        return 1;
    }

    /* the page may be older than the new key */

    name = ngx_http_dynstore_str(ctx->visitor);
    name.len = dvcf->value == NULL ? DYN_VISITOR_ID_BYTES : name.len;

    return dvcf->old_key != NULL && dyn_visitor_hash(&dvcf->old_key->key, name, hash)
           && dyn_page_token_valid(&dvcf->old_key->key, (dyn_str_t) { hash, DYN_VISITOR_HASH_BYTES }, token, ngx_time(),
                                   ctx->conf->page_token_age);
}


/*
 * A subrequest's Set-Cookie never reaches the browser, and the main request's header may be sent already. So a subrequest
 * creates no visitor, but it uses a new visitor of the main request.
 */
static void
ngx_http_dynstore_visitor_of_main(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_ctx_t  *of_main;

    of_main = ngx_http_dynstore_get_ctx(r->main);

    if (of_main != NULL && of_main->minted && of_main->committed
        && of_main->conf->visitor == ctx->conf->visitor)
    {
        ctx->visitor = of_main->visitor;
        ngx_memcpy(ctx->hash_text, of_main->hash_text, sizeof(ctx->hash_text));
    }
}


static ngx_int_t
ngx_http_dynstore_visitor_mint(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char     *value, bits[DYN_VISITOR_ID_BYTES / 2], id[DYN_VISITOR_ID_BYTES];
    dyn_str_t   text;

    /* a trusted server may pass on headers of a browser */
    if (ctx->trusted && ngx_http_dynstore_visitor_elsewhere(r, ctx)) {
        return NGX_DECLINED;
    }

    if (ngx_http_dynstore_limited(r, ctx, 1)) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, visitors_limited);
        return NGX_DECLINED;
    }

    if (RAND_bytes(bits, sizeof(bits)) != 1) {
        ngx_http_dynstore_log(NGX_LOG_ERR, r, "OpenSSL failed to make random bits, the visitor stays unknown");
        return NGX_DECLINED;
    }

    value = ngx_pnalloc(r->pool, DYN_VISITOR_VALUE_BYTES + 1);
    if (value == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(id, bits, sizeof(bits));
    text.data = (char *) id;
    text.len = sizeof(id);

    if (!dyn_visitor_sign(&ctx->conf->visitor->key->key, text, (char *) value, ctx->hash_text)) {
        ngx_http_dynstore_log(NGX_LOG_ERR, r, "OpenSSL failed to make a hash, the visitor stays unknown");
        return NGX_DECLINED;
    }

    ctx->visitor.data = value;
    ctx->visitor.len = DYN_VISITOR_VALUE_BYTES;
    ctx->minted = 1;

    return NGX_OK;
}


dyn_str_t
ngx_http_dynstore_visitor_to_keep(ngx_http_dynstore_ctx_t *ctx)
{
    return ctx->conf->app_proxy != NULL && (ctx->minted || ctx->resigned) ? ngx_http_dynstore_str(ctx->visitor) : DYN_STR_NONE;
}


ngx_int_t
ngx_http_dynstore_visitor_cookie_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char                            *p;
    size_t                             len;
    ngx_str_t                         *name;
    ngx_table_elt_t                   *header;
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    if (!ctx->minted && !ctx->resigned) {
        return NGX_OK;
    }

    if (ctx->conf->app_proxy != NULL) {
        return ngx_http_dynstore_add_header(r, "X-Dynstore-Visitor", &ctx->visitor);
    }

    dvcf = ctx->conf->visitor;
    name = ngx_http_dynstore_visitor_cookie_name(r, dvcf);
    len = name->len + 1 + ctx->visitor.len + dvcf->attributes.len + sizeof("; Secure") - 1;

    p = ngx_pnalloc(r->pool, len);
    header = ngx_list_push(&r->headers_out.headers);

    if (header == NULL) {
        return NGX_ERROR;
    }

    header->hash = p == NULL ? 0 : 1;
    ngx_str_set(&header->key, "Set-Cookie");
    ngx_str_null(&header->value);
#if (nginx_version >= 1023000)
    header->next = NULL;
#endif

    if (p == NULL) {
        return NGX_ERROR;
    }

    header->value.data = p;

    p = ngx_sprintf(p, "%V=%V%V", name, &ctx->visitor, &dvcf->attributes);
    if (ngx_http_dynstore_visitor_secure(r, dvcf->secure)) {
        p = ngx_cpymem(p, "; Secure", sizeof("; Secure") - 1);
    }

    header->value.len = (size_t) (p - header->value.data);

    return NGX_OK;
}


/* A Secure cookie has a prefixed name, and only that name is read, because only the host itself can set it. */
static ngx_str_t *
ngx_http_dynstore_visitor_cookie_name(ngx_http_request_t *r, ngx_http_dynstore_visitor_conf_t *dvcf)
{
    return ngx_http_dynstore_visitor_secure(r, dvcf->secure) ? &dvcf->secure_cookie : &dvcf->cookie;
}


static ngx_uint_t
ngx_http_dynstore_visitor_secure(ngx_http_request_t *r, ngx_uint_t secure)
{
#if (NGX_HTTP_SSL)
    /* r->http_connection is NULL in subrequests */
    return secure == 1 || (secure == 2 && r->connection->ssl != NULL);
#else
    return secure == 1;
#endif
}
