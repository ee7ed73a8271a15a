/* The variables: the decision, for log_format, add_header and map; and what a page's template names. */
#include "nginx/variables.h"
#include "nginx/core/assets.h"
#include "nginx/core/module.h"
#include "nginx/page/page.h"
#include "nginx/request/identify.h"
#include "nginx/request/page_token.h"
#include "nginx/request/trace.h"
#include "engine/base/trace.h"


typedef enum {
    NGX_HTTP_DYNSTORE_VARIABLE_RUNG = 0,
    NGX_HTTP_DYNSTORE_VARIABLE_MOMENT,
    NGX_HTTP_DYNSTORE_VARIABLE_RULES,
    NGX_HTTP_DYNSTORE_VARIABLE_VARIANT,
    NGX_HTTP_DYNSTORE_VARIABLE_ITEMS,
    NGX_HTTP_DYNSTORE_VARIABLE_DECISION_ID,
    NGX_HTTP_DYNSTORE_VARIABLE_TIME,
    NGX_HTTP_DYNSTORE_VARIABLE_WAIT,
    NGX_HTTP_DYNSTORE_VARIABLE_PAGE_TOKEN,
    NGX_HTTP_DYNSTORE_VARIABLE_IGNORED,
    NGX_HTTP_DYNSTORE_VARIABLE_SKIP,
    NGX_HTTP_DYNSTORE_VARIABLE_CONSENT,
    NGX_HTTP_DYNSTORE_VARIABLE_SURFACE,
    NGX_HTTP_DYNSTORE_VARIABLE_SNAPSHOT,
    NGX_HTTP_DYNSTORE_VARIABLE_TRACE_ID
} ngx_http_dynstore_variable_e;


static ngx_int_t ngx_http_dynstore_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_dynstore_variable_asset(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_http_dynstore_ctx_t *ngx_http_dynstore_variable_ctx(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_variable_seconds(ngx_http_request_t *r, uint64_t us, ngx_str_t *text);
static ngx_str_t ngx_http_dynstore_skip_name(ngx_http_dynstore_skip_e skip);


static ngx_http_variable_t  ngx_http_dynstore_variables[] = {

    { ngx_string("dynstore_rung"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_RUNG, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_moment"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_MOMENT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_rules"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_RULES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_variant"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_VARIANT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_items"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_ITEMS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_decision_id"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_DECISION_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_time"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_TIME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_wait"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_WAIT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_page_token"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_PAGE_TOKEN, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_ignored"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_IGNORED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_skip"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_SKIP, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_consent"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_CONSENT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_surface"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_SURFACE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_snapshot"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_SNAPSHOT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_trace_id"), NULL, ngx_http_dynstore_variable,
      NGX_HTTP_DYNSTORE_VARIABLE_TRACE_ID, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("dynstore_script"), NULL, ngx_http_dynstore_variable_asset,
      NGX_HTTP_DYNSTORE_ASSET_SCRIPT, 0, 0 },

    { ngx_string("dynstore_json_script"), NULL, ngx_http_dynstore_variable_asset,
      NGX_HTTP_DYNSTORE_ASSET_JSON_SCRIPT, 0, 0 },

    { ngx_string("dynstore_stylesheet"), NULL, ngx_http_dynstore_variable_asset,
      NGX_HTTP_DYNSTORE_ASSET_STYLESHEET, 0, 0 },

    { ngx_null_string, NULL, NULL, 0, 0, 0 }
};


ngx_int_t
ngx_http_dynstore_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_dynstore_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    dyn_str_t                 name;
    ngx_str_t                 text;
    ngx_uint_t                touched;
    ngx_http_dynstore_ctx_t  *ctx;

    v->not_found = 1;

    ctx = ngx_http_dynstore_variable_ctx(r->main);
    if (ctx == NULL) {
        return NGX_OK;
    }

    ngx_str_null(&text);

    /* a decision for a page that was left untouched is not shown */
    touched = ctx->decided && (ctx->skip == NGX_HTTP_DYNSTORE_SKIP_NONE || ctx->conf->endpoint);

    switch (data) {

    case NGX_HTTP_DYNSTORE_VARIABLE_RUNG:
        name = touched ? dyn_rung_name(ctx->rung)
                       : ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING ? DYN_STR("pending") : DYN_STR("none");
        text.data = (u_char *) name.data;
        text.len = name.len;
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_MOMENT:
        if (touched) {
            name = dyn_moment_name(ctx->moment);
            text.data = (u_char *) name.data;
            text.len = name.len;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_RULES:
        if (touched) {
            text.data = (u_char *) ctx->rules_version;
            text.len = ngx_strlen(ctx->rules_version);
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_VARIANT:
        /* also where it is the variant that shows nothing */
        if (touched || ctx->skip == NGX_HTTP_DYNSTORE_SKIP_EMPTY) {
            text = ctx->variants;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_ITEMS:
        if (touched) {
            text = ctx->item_list;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_DECISION_ID:
        if (touched) {
            text.data = (u_char *) ctx->id;
            text.len = ngx_strlen(ctx->id);
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_TIME:
        if (touched && ngx_http_dynstore_variable_seconds(r, ctx->lookup_us + ctx->decide_us, &text) != NGX_OK) {
            return NGX_ERROR;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_WAIT:
        if (ngx_http_dynstore_variable_seconds(r, ctx->page != NULL ? ctx->page->hold_us : 0, &text) != NGX_OK) {
            return NGX_ERROR;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_PAGE_TOKEN:
        text = ngx_http_dynstore_page_token(r->main, ctx);
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_IGNORED:
        if (ctx->identified) {
            text = *ngx_http_dynstore_ignored_name(ctx);
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_CONSENT:
        if (ctx->identified) {
            name = dyn_consent_name(ctx->consent);
            text.data = (u_char *) name.data;
            text.len = name.len;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_SURFACE:
        if (touched) {
            name = dyn_surface_name(ctx->context.surface);
            text.data = (u_char *) name.data;
            text.len = name.len;
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_SNAPSHOT:
        if (touched) {
            text.data = (u_char *) ctx->snapshot_build;
            text.len = ngx_strlen(ctx->snapshot_build);
        }
        break;

    case NGX_HTTP_DYNSTORE_VARIABLE_TRACE_ID:
        name = dyn_trace_id(ngx_http_dynstore_traceparent(r));
        text.data = (u_char *) name.data;
        text.len = name.len;
        break;

    default: /* NGX_HTTP_DYNSTORE_VARIABLE_SKIP */
        text = ngx_http_dynstore_skip_name(ctx->skip);
    }

    if (text.len == 0) {
        return NGX_OK;
    }

    v->data = text.data;
    v->len = (unsigned) text.len & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* The name under which dynstore_assets serves a file for good. */
static ngx_int_t
ngx_http_dynstore_variable_asset(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    const ngx_str_t  *name;

    name = &ngx_http_dynstore_assets[data].hashed;

    v->data = name->data;
    v->len = (unsigned) name->len & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/*
 * The headers filter runs before the module's header filter. If the response is there and nothing is pending, the decision is
 * made now.
 */
static ngx_http_dynstore_ctx_t *
ngx_http_dynstore_variable_ctx(ngx_http_request_t *r)
{
    ngx_http_dynstore_ctx_t       *ctx;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    ctx = ngx_http_dynstore_get_ctx(r);

    if (r->headers_out.status == 0 || r->header_sent) {
        return ctx;
    }

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    if (dlcf->surface == NULL || dlcf->endpoint) {
        return ctx;
    }

    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
        if (ctx == NULL) {
            return NULL;
        }
    }

    (void) ngx_http_dynstore_page_judge(r, ctx, 0);

    return ctx;
}


/* Seconds to the microsecond, like nginx's own times to the millisecond. */
static ngx_int_t
ngx_http_dynstore_variable_seconds(ngx_http_request_t *r, uint64_t us, ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, NGX_INT64_LEN + sizeof(".000000"));
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = (size_t) (ngx_sprintf(text->data, "%uL.%06uL", us / 1000000, us % 1000000) - text->data);

    return NGX_OK;
}


static ngx_str_t
ngx_http_dynstore_skip_name(ngx_http_dynstore_skip_e skip)
{
    static ngx_str_t  names[] = {
        ngx_null_string,
#define X(constant, member, name) ngx_string(name),
        NGX_HTTP_DYNSTORE_SKIPS(X)
#undef X
    };

    return names[skip];
}
