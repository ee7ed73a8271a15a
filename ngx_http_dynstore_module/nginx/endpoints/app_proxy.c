/*
 * dynstore_app_proxy: a location that Shopify's app proxy asks in the shop's name. Requests that Shopify did not sign get no further. The
 * proxy takes cookies away on both ways, so the visitor's name comes in the argument `visitor` and goes back in the answer
 * (nginx/request/visitor.c).
 */
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/endpoints/endpoint.h"
#include "engine/trust/app_proxy.h"

#include <openssl/crypto.h>


#define NGX_HTTP_DYNSTORE_APP_PROXY_SECRETS         4
#define NGX_HTTP_DYNSTORE_APP_PROXY_SECRET_BYTES    256


/* Of dynstore_app_proxy. */
typedef struct ngx_http_dynstore_app_proxy_s {
    char                              texts[NGX_HTTP_DYNSTORE_APP_PROXY_SECRETS][NGX_HTTP_DYNSTORE_APP_PROXY_SECRET_BYTES + 1];
    dyn_str_t                         secrets[NGX_HTTP_DYNSTORE_APP_PROXY_SECRETS];
    ngx_uint_t                        nsecrets;
    time_t                            window;
} ngx_http_dynstore_app_proxy_t;


static ngx_int_t ngx_http_dynstore_app_proxy_refuse(ngx_http_request_t *r, ngx_http_dynstore_loc_conf_t *dlcf,
    dyn_app_proxy_check_t check);
static ngx_int_t ngx_http_dynstore_app_proxy_secret(ngx_conf_t *cf, ngx_str_t *directive, ngx_http_dynstore_app_proxy_t *proxy,
    ngx_str_t *path);
static void ngx_http_dynstore_app_proxy_free(void *data);


ngx_int_t
ngx_http_dynstore_app_proxy_handler(ngx_http_request_t *r)
{
    u_char                         *p;
    dyn_str_t                       query, customer;
    dyn_arena_t                     arena;
    dyn_app_proxy_check_t           check;
    ngx_http_dynstore_ctx_t        *ctx;
    ngx_http_dynstore_loc_conf_t   *dlcf;
    ngx_http_dynstore_app_proxy_t  *proxy;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);
    proxy = dlcf->app_proxy;

    if (proxy == NULL || r != r->main) {
        return NGX_DECLINED;
    }

    /* what was signed, whatever was rewritten since */
    p = ngx_strlchr(r->unparsed_uri.data, r->unparsed_uri.data + r->unparsed_uri.len, '?');
    query = DYN_STR_NONE;

    if (p != NULL) {
        query.data = (char *) p + 1;
        query.len = r->unparsed_uri.data + r->unparsed_uri.len - (p + 1);
    }

    dyn_arena_init(&arena, NULL, 0, ngx_http_dynstore_more, r->pool);

    check = dyn_app_proxy_verify(query, proxy->secrets, proxy->nsecrets, ngx_time(), proxy->window, &arena, &customer);

    if (check != DYN_APP_PROXY_GOOD) {
        ngx_http_finalize_request(r, ngx_http_dynstore_app_proxy_refuse(r, dlcf, check));
        return NGX_DONE;
    }

    ctx = ngx_http_dynstore_get_ctx(r);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
    }

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->customer = customer;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_dynstore_app_proxy_refuse(ngx_http_request_t *r, ngx_http_dynstore_loc_conf_t *dlcf, dyn_app_proxy_check_t check)
{
    const char  *sentence;

    switch (check) {

    case DYN_APP_PROXY_UNSIGNED:
        ngx_http_dynstore_count(dlcf->shop->counters, app_proxy_unsigned);
        sentence = "signature: missing: ask by the address of the shop, which Shopify's app proxy passes on";
        break;

    case DYN_APP_PROXY_OLD:
        ngx_http_dynstore_count(dlcf->shop->counters, app_proxy_old);
        sentence = "timestamp: it is too far from now: set this machine's clock, or max_age= in dynstore_app_proxy";
        break;

    default:
        ngx_http_dynstore_count(dlcf->shop->counters, app_proxy_bad);
        sentence = "signature: it is none of these arguments by a secret of secret_file=: write the app's client secret there";
    }

    ngx_http_dynstore_log(NGX_LOG_WARN, r, "a request to the app proxy is refused: %s", sentence);

    return ngx_http_dynstore_refuse_unread(r, NGX_HTTP_FORBIDDEN, sentence);
}


char *
ngx_http_dynstore_set_app_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t                      *value, path;
    ngx_uint_t                      i;
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_dynstore_app_proxy_t  *proxy;

    if (dlcf->app_proxy != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->app_proxy = NULL;
        return NGX_CONF_OK;
    }

    proxy = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_app_proxy_t));
    cleanup = ngx_pool_cleanup_add(cf->pool, 0);

    if (proxy == NULL || cleanup == NULL) {
        return NGX_CONF_ERROR;
    }

    cleanup->handler = ngx_http_dynstore_app_proxy_free;
    cleanup->data = proxy;
    proxy->window = DYN_APP_PROXY_WINDOW_S;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "secret_file=", 12) == 0) {
            path.data = value[i].data + 12;
            path.len = value[i].len - 12;

            if (ngx_http_dynstore_app_proxy_secret(cf, &cmd->name, proxy, &path) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "max_age=", 8) == 0) {
            path.data = value[i].data + 8;
            path.len = value[i].len - 8;
            proxy->window = ngx_parse_time(&path, 1);

            if (proxy->window < 1 || proxy->window > 86400) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid time in \"%V\": write 1s to 1d, e.g. max_age=5m", &value[i]);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        /* it may be a secret, so it is not shown */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_app_proxy: the parameter %ui is unknown: write secret_file=FILE, again for "
                           "an older secret, and max_age=5m", i);
        return NGX_CONF_ERROR;
    }

    if (proxy->nsecrets == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_app_proxy: secret_file= is missing: write the app's client secret into a file "
                           "that only nginx can read, and name it, e.g. secret_file=/etc/nginx/shopify.secret");
        return NGX_CONF_ERROR;
    }

    dlcf->app_proxy = proxy;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_dynstore_app_proxy_secret(ngx_conf_t *cf, ngx_str_t *directive, ngx_http_dynstore_app_proxy_t *proxy, ngx_str_t *path)
{
    dyn_str_t  *secret;

    secret = &proxy->secrets[proxy->nsecrets];

    if (ngx_http_dynstore_secret_file(cf, directive, path, proxy->nsecrets, NGX_HTTP_DYNSTORE_APP_PROXY_SECRETS,
                                      proxy->texts[proxy->nsecrets], NGX_HTTP_DYNSTORE_APP_PROXY_SECRET_BYTES + 1, secret)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    while (secret->len && (u_char) secret->data[secret->len - 1] <= ' ') {
        secret->len--;
    }

    if (secret->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: \"%V\" is empty: write the app's client secret there", directive, path);
        return NGX_ERROR;
    }

    proxy->nsecrets++;

    return NGX_OK;
}


static void
ngx_http_dynstore_app_proxy_free(void *data)
{
    ngx_http_dynstore_app_proxy_t  *proxy = data;

    OPENSSL_cleanse(proxy->texts, sizeof(proxy->texts));
}
