#include "nginx/request/page_token.h"
#include "nginx/core/module.h"
#include "nginx/request/argument.h"
#include "nginx/request/headers.h"
#include "nginx/request/visitor.h"
#include "engine/trust/page_token.h"


ngx_str_t
ngx_http_dynstore_page_token(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    char      *token;
    ngx_str_t  none = ngx_null_string;

    if (ctx->conf->page_token == NGX_HTTP_DYNSTORE_PAGE_TOKEN_OFF || ctx->visitor_hash.len == 0) {
        return none;
    }

    if (ctx->page_token.len == 0) {

        token = ngx_pnalloc(r->pool, DYN_PAGE_TOKEN_BYTES + 1);

        if (token != NULL
            && dyn_page_token_make(&ctx->conf->visitor->key->key, ngx_http_dynstore_str(ctx->visitor_hash), ngx_time(), token))
        {
            ctx->page_token.data = (u_char *) token;
            ctx->page_token.len = DYN_PAGE_TOKEN_BYTES;
        }
    }

    return ctx->page_token;
}


ngx_int_t
ngx_http_dynstore_page_token_header(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t  token;

    token = ngx_http_dynstore_page_token(r, ctx);

    return token.len ? ngx_http_dynstore_add_header(r, "X-Dynstore-Token", &token) : NGX_OK;
}


ngx_http_dynstore_auth_e
ngx_http_dynstore_authenticate(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    dyn_str_t   token;
    ngx_str_t  *header;

    static ngx_str_t  header_name = ngx_string("X-Dynstore-Token");
    static ngx_str_t  arg_name = ngx_string("token");

    if (ctx->trusted) {
        return NGX_HTTP_DYNSTORE_AUTH_SERVER;
    }

    if (ctx->conf->page_token == NGX_HTTP_DYNSTORE_PAGE_TOKEN_OFF || ctx->visitor_hash.len == 0 || ctx->minted) {
        return NGX_HTTP_DYNSTORE_AUTH_NONE;
    }

    header = ngx_http_dynstore_header_in(r, &header_name);

    /* navigator.sendBeacon() cannot send a header */

    if (header != NULL) {
        token = ngx_http_dynstore_str(*header);

    } else if (ngx_http_dynstore_arg(r, &arg_name, DYN_PAGE_TOKEN_BYTES, &token) != NGX_HTTP_DYNSTORE_ARG_GOOD) {
        return NGX_HTTP_DYNSTORE_AUTH_NONE;
    }

    return ngx_http_dynstore_visitor_token_valid(ctx, token)
           ? NGX_HTTP_DYNSTORE_AUTH_TOKEN : NGX_HTTP_DYNSTORE_AUTH_NONE;
}


char *
ngx_http_dynstore_set_page_token(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_int_t   age;
    ngx_str_t  *value, text;

    if (dlcf->page_token != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->page_token = NGX_HTTP_DYNSTORE_PAGE_TOKEN_OFF;

    } else if (ngx_strcmp(value[1].data, "on") == 0) {
        dlcf->page_token = NGX_HTTP_DYNSTORE_PAGE_TOKEN_ON;

    } else if (ngx_strcmp(value[1].data, "required") == 0) {
        dlcf->page_token = NGX_HTTP_DYNSTORE_PAGE_TOKEN_REQUIRED;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write on, required or off", &value[1]);
        return NGX_CONF_ERROR;
    }

    dlcf->page_token_age = NGX_HTTP_DYNSTORE_PAGE_TOKEN_AGE_S;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    age = NGX_ERROR;

    if (ngx_strncmp(value[2].data, "max_age=", 8) == 0) {
        text.data = value[2].data + 8;
        text.len = value[2].len - 8;
        age = ngx_parse_time(&text, 1);
    }

    if (age == NGX_ERROR || age < 1 || age > NGX_HTTP_DYNSTORE_PAGE_TOKEN_AGE_MAX_S) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid age \"%V\": write 1s to 7d, e.g. max_age=2h", &value[2]);
        return NGX_CONF_ERROR;
    }

    dlcf->page_token_age = (time_t) age;

    return NGX_CONF_OK;
}
