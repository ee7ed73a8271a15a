/* How nginx sees the module: its directives, its phase handler, and what it does when a process starts and ends. */
#include "nginx/core/module.h"
#include "nginx/endpoints/endpoint.h"
#include "nginx/page/inflate.h"
#include "nginx/page/script.h"
#include "nginx/request/identify.h"
#include "nginx/request/keep.h"
#include "nginx/request/records.h"
#include "nginx/request/limit.h"
#include "nginx/request/origin.h"
#include "nginx/request/page_token.h"
#include "nginx/shop/zone.h"
#include "nginx/variables.h"


static ngx_int_t ngx_http_dynstore_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_dynstore_precontent_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_init_process(ngx_cycle_t *cycle);
static void ngx_http_dynstore_exit_process(ngx_cycle_t *cycle);


ngx_http_dynstore_redis_t  *ngx_http_dynstore_redis;


#define NGX_HTTP_DYNSTORE_ANYWHERE  NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF


static ngx_command_t  ngx_http_dynstore_commands[] = {

    { ngx_string("dynstore_zone"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_zone,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_redis"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_dynstore_set_redis,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_snapshot"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_snapshot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_rules"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_rules,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_features"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_features,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_kill_switch"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_kill_switch,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_surface,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_item"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, item),
      NULL },

    { ngx_string("dynstore_search"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_value,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, search),
      NULL },

    { ngx_string("dynstore_visitor"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_visitor,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_consent"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_consent,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_bot"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_bot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, bot),
      NULL },

    { ngx_string("dynstore_no_track"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_predicates,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, no_track),
      NULL },

    { ngx_string("dynstore_bypass"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_predicates,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, bypass),
      NULL },

    { ngx_string("dynstore_country"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_country,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, country),
      NULL },

    { ngx_string("dynstore_age"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_age,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, age),
      NULL },

    { ngx_string("dynstore_language"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_language,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, language),
      NULL },

    { ngx_string("dynstore_attribute"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE2,
      ngx_http_dynstore_set_attribute,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_slots"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_slots,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_format"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_format,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_types"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_types_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, types_keys),
      &ngx_http_html_default_types[0] },

    { ngx_string("dynstore_inflate"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, inflate),
      NULL },

    { ngx_string("dynstore_script"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_script,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_timeout"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_timeout,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_ttl"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_ttl,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_private"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, make_private),
      NULL },

    { ngx_string("dynstore_shared_cache_check"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, shared_cache_check),
      NULL },

    { ngx_string("dynstore_fragment"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_dynstore_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_fragment_handler },

    { ngx_string("dynstore_events"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_dynstore_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_events_handler },

    { ngx_string("dynstore_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_dynstore_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_metrics_handler },

    { ngx_string("dynstore_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_dynstore_set_endpoint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_status_handler },

    { ngx_string("dynstore_assets"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_dynstore_set_assets,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_assets_handler },

    { ngx_string("dynstore_webhook"),
      NGX_HTTP_LOC_CONF|NGX_CONF_2MORE,
      ngx_http_dynstore_set_webhook,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      ngx_http_dynstore_webhook_handler },

    { ngx_string("dynstore_impressions"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE1,
      ngx_http_dynstore_set_impressions,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_records"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE123,
      ngx_http_dynstore_set_records,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_limit"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_dynstore_set_limit,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_origins"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_origins,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_keep"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_keep,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_app_proxy"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_dynstore_set_app_proxy,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_page_token"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_dynstore_set_page_token,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("dynstore_trusted"),
      NGX_HTTP_DYNSTORE_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_dynstore_set_predicates,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_dynstore_loc_conf_t, trusted),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_dynstore_module_ctx = {
    ngx_http_dynstore_add_variables,       /* preconfiguration */
    ngx_http_dynstore_init,                /* postconfiguration */

    ngx_http_dynstore_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_dynstore_create_loc_conf,     /* create location configuration */
    ngx_http_dynstore_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_dynstore_module = {
    NGX_MODULE_V1,
    &ngx_http_dynstore_module_ctx,         /* module context */
    ngx_http_dynstore_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_dynstore_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_dynstore_exit_process,        /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_dynstore_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt            *handler;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_dynstore_main_conf_t  *dmcf;

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    if (ngx_http_dynstore_shops_prepare(cf, &dmcf->shops, &ngx_http_dynstore_module) != NGX_OK) {
        return NGX_ERROR;
    }

    if ((dmcf->used || dmcf->make_private) && ngx_http_dynstore_header_filter_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!dmcf->used) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = ngx_http_dynstore_precontent_handler;

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = ngx_http_dynstore_app_proxy_handler;

    if (ngx_http_dynstore_body_filter_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_dynstore_inflate_filter_init(cf);
}


/*
 * Runs after access control, limits and rewrites, and before the upstream is asked. Always declines, because try_files and
 * mirror come later in this phase.
 */
static ngx_int_t
ngx_http_dynstore_precontent_handler(ngx_http_request_t *r)
{
    ngx_http_dynstore_ctx_t       *ctx;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    if (r != r->main) {
        return NGX_DECLINED;
    }

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);
    ctx = ngx_http_dynstore_get_ctx(r);

    if (ctx != NULL) {
        /* after an internal redirect only the lookup is still valid; the rest was for another page */
        ctx->done = NULL;
        ctx->decided = 0;
    }

    if (dlcf->surface == NULL || dlcf->endpoint) {
        return NGX_DECLINED;
    }

    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
        if (ctx == NULL) {
            return NGX_DECLINED;
        }
    }

    if (!ctx->counted) {
        /* an earlier subrequest may have made the context, and a redirect runs this again */
        ctx->counted = 1;
        ngx_http_dynstore_count(dlcf->shop->counters, requests);
    }

    if (ngx_http_dynstore_identify(r, ctx) != NGX_OK || !ctx->personal) {
        return NGX_DECLINED;
    }

    if (r->method == NGX_HTTP_GET || r->method == NGX_HTTP_HEAD) {
        /* validators of the backend's page do not apply to the personalized page */
        r->disable_not_modified = 1;
    }

    if (r->method == NGX_HTTP_GET) {
        ngx_http_dynstore_page_begin(r, ctx);
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_dynstore_init_process(ngx_cycle_t *cycle)
{
    ngx_http_dynstore_main_conf_t  *dmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) {
        return NGX_OK;
    }

    dmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_dynstore_module);

    return dmcf == NULL ? NGX_OK : ngx_http_dynstore_shops_begin(cycle, &dmcf->shops, &dmcf->kill_switch);
}


static void
ngx_http_dynstore_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_dynstore_main_conf_t  *dmcf;

    dmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_dynstore_module);

    if (dmcf != NULL) {
        ngx_http_dynstore_shops_end(&dmcf->shops);
    }

    ngx_http_dynstore_decide_exit();
}
