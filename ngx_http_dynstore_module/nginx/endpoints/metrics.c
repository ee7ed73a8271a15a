#include "nginx/endpoints/endpoint.h"
#include "nginx/core/module.h"
#include "nginx/request/headers.h"
#include "engine/base/version.h"


/* initial size, deliberately too small, so that growing is always exercised */
#define NGX_HTTP_DYNSTORE_METRICS_BYTES    4096


static ngx_http_dynstore_shop_t *ngx_http_dynstore_shop(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_metrics_begin(ngx_http_request_t *r, dyn_arena_t *arena, dyn_text_t *text);
static ngx_int_t ngx_http_dynstore_metrics_end(ngx_http_request_t *r, dyn_text_t *text, const char *type);
static void ngx_http_dynstore_metrics_gauge(dyn_text_t *text, const char *metric, const char *help, uint64_t value);
static void ngx_http_dynstore_metrics_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop);
static ngx_uint_t ngx_http_dynstore_experiments_running(const dyn_policy_t *policy);
static void ngx_http_dynstore_status_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, dyn_arena_t *arena);


ngx_int_t
ngx_http_dynstore_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    dyn_text_t                      text;
    dyn_arena_t                     arena;
    ngx_http_dynstore_zone_size_t   size;
    ngx_http_dynstore_shop_t       *shop;

    rc = ngx_http_dynstore_metrics_begin(r, &arena, &text);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    shop = ngx_http_dynstore_shop(r);

    ngx_http_dynstore_metric_head(&text, "build_info", "gauge", "The module's version, and that of the nginx it was built for.");
    dyn_text_literal(&text, "nginx_dynstore_build_info{version=\"" DYN_VERSION "\",nginx=\"" NGINX_VERSION "\"} 1\n");

    ngx_http_dynstore_counters_text(shop->counters, &text);

    size = ngx_http_dynstore_zone_size(shop->zone);

    ngx_http_dynstore_metrics_gauge(&text, "zone_bytes", "Size of the shared zone.", size.zone_bytes);
    ngx_http_dynstore_metrics_gauge(&text, "last_good_places", "Visitors whose newest decision the zone has room for.",
                                    size.last_good_places);
    ngx_http_dynstore_metrics_gauge(&text, "limit_buckets", "Visitors and addresses whose limit the zone has room for.",
                                    size.limit_buckets);
    ngx_http_dynstore_metrics_rules(&text, shop);

    return ngx_http_dynstore_metrics_end(r, &text, "text/plain; version=0.0.4; charset=utf-8");
}


/* The location's shop: an endpoint reports on the shop of its server. */
static ngx_http_dynstore_shop_t *
ngx_http_dynstore_shop(ngx_http_request_t *r)
{
    ngx_http_dynstore_loc_conf_t  *dlcf;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    return dlcf->shop;
}


/* NGX_DECLINED: continue. Anything else was answered, or is what to finalize with. */
static ngx_int_t
ngx_http_dynstore_metrics_begin(ngx_http_request_t *r, dyn_arena_t *arena, dyn_text_t *text)
{
    ngx_int_t  rc;

    static ngx_str_t  no_store = ngx_string("no-store");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_dynstore_refuse_method(r, "GET, HEAD");
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_dynstore_add_header(r, "Cache-Control", &no_store) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    dyn_arena_init(arena, NULL, 0, ngx_http_dynstore_more, r->pool);
    dyn_text_init(text, arena, NGX_HTTP_DYNSTORE_METRICS_BYTES);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_dynstore_metrics_end(ngx_http_request_t *r, dyn_text_t *text, const char *type)
{
    dyn_str_t  written;
    ngx_str_t  body;

    written = dyn_text_finish(text);

    if (written.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = (u_char *) written.data;
    body.len = written.len;

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, type, &body);
}


static void
ngx_http_dynstore_metrics_gauge(dyn_text_t *text, const char *metric, const char *help, uint64_t value)
{
    ngx_http_dynstore_metric_head(text, metric, "gauge", help);
    dyn_text_format(text, "nginx_dynstore_%s %llu\n", metric, (unsigned long long) value);
}


/* Rules and their snapshot. */
static void
ngx_http_dynstore_metrics_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop)
{
    ngx_http_dynstore_rules_t     *rules;
    ngx_http_dynstore_snapshot_t  *snapshot;

    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);

    if (rules == NULL) {
        return;
    }

    snapshot = rules->snapshot;

    ngx_http_dynstore_metric_head(text, "rules_info", "gauge", "The rules that this worker uses.");
    dyn_text_format(text, "nginx_dynstore_rules_info{version=\"%s\"} 1\n", rules->policy->version);
    ngx_http_dynstore_metrics_gauge(text, "features_left_out", "Rules of GrowthBook's payload that cannot be evaluated.",
                                    rules->policy->features == NULL ? 0 : dyn_features_left_out_count(rules->policy->features));
    ngx_http_dynstore_metric_head(text, "snapshot_info", "gauge", "The snapshot that this worker uses.");
    dyn_text_format(text, "nginx_dynstore_snapshot_info{build=\"%s\"} 1\n", snapshot->data->build_id);
    ngx_http_dynstore_metrics_gauge(text, "snapshot_items", "Items in the snapshot.", snapshot->data->item_count);
    ngx_http_dynstore_metrics_gauge(text, "snapshot_as_of_seconds", "Unix time of the snapshot's newest data.",
                                    (uint64_t) (snapshot->data->header->as_of_ms / 1000));
    ngx_http_dynstore_metrics_gauge(text, "snapshot_modified_seconds", "Unix time when the snapshot's file was written.",
                                    (uint64_t) snapshot->identity.modified.tv_sec);
    ngx_http_dynstore_metrics_gauge(text, "rules_modified_seconds",
                                    "Unix time when the file of the rules was written; 0: they are built in.",
                                    (uint64_t) rules->files.rules.modified.tv_sec);
    ngx_http_dynstore_metrics_gauge(text, "experiments_running", "Experiments that the rules have at this time.",
                                    ngx_http_dynstore_experiments_running(rules->policy));

    ngx_http_dynstore_rules_unpin(rules);
}


static ngx_uint_t
ngx_http_dynstore_experiments_running(const dyn_policy_t *policy)
{
    int64_t     now_ms;
    uint32_t    i;
    ngx_uint_t  n;

    now_ms = ngx_http_dynstore_now_ms();
    n = 0;

    for (i = 0; i < policy->experiment_count; i++) {
        n += now_ms >= policy->experiments[i].from_ms && now_ms < policy->experiments[i].until_ms;
    }

    return n;
}


/* The same numbers for a person or a health check. */
ngx_int_t
ngx_http_dynstore_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                       rc;
    dyn_text_t                      text;
    dyn_arena_t                     arena;
    ngx_http_dynstore_rules_t      *rules;
    ngx_http_dynstore_snapshot_t   *snapshot;
    ngx_http_dynstore_zone_size_t   size;
    ngx_http_dynstore_shop_t       *shop;

    static const char  *breakers[] = { "closed", "half_open", "open" };

    rc = ngx_http_dynstore_metrics_begin(r, &arena, &text);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    shop = ngx_http_dynstore_shop(r);
    size = ngx_http_dynstore_zone_size(shop->zone);
    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);

    dyn_text_format(&text, "{\"schema\":\"dynstore.status/1\",\"worker\":%ld,\"snapshot\":", (long) ngx_pid);

    if (rules) {
        snapshot = rules->snapshot;
        dyn_text_format(&text, "{\"build\":\"%s\",\"items\":%u,\"as_of\":%lld}", snapshot->data->build_id,
                        snapshot->data->item_count, (long long) (snapshot->data->header->as_of_ms / 1000));
        ngx_http_dynstore_status_rules(&text, shop, &arena);
        ngx_http_dynstore_rules_unpin(rules);

    } else {
        dyn_text_literal(&text, "null,\"rules\":null");
    }

    if (shop->store) {
        dyn_text_format(&text, ",\"redis\":{\"breaker\":\"%s\"}",
                        breakers[ngx_http_dynstore_store_breaker(shop->store)]);

    } else {
        dyn_text_literal(&text, ",\"redis\":null");
    }

    dyn_text_format(&text, ",\"zone\":{\"bytes\":%zu,\"last_good_places\":%zu},\"counters\":", size.zone_bytes,
                    size.last_good_places);
    ngx_http_dynstore_counters_json(shop->counters, &text);
    dyn_text_literal(&text, "}\n");

    return ngx_http_dynstore_metrics_end(r, &text, "application/json");
}


static void
ngx_http_dynstore_status_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, dyn_arena_t *arena)
{
    dyn_error_t                 error;
    ngx_http_dynstore_rules_t  *rules;

    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);

    dyn_text_format(text, ",\"rules\":{\"version\":\"%s\",\"rules\":%u,\"file\":", rules->policy->version,
                    rules->policy->own_rule_count);

    if (shop->rules_path.len != 0) {
        dyn_text_str(text, dyn_json_string(ngx_http_dynstore_str(shop->rules_path), arena));
    } else {
        dyn_text_literal(text, "null");
    }

    dyn_text_literal(text, ",\"refused\":");

    if (ngx_http_dynstore_rules_refused(shop->rules_watch, &error) == NGX_OK) {
        dyn_text_str(text, dyn_json_string(dyn_str_from(error.text), arena));
    } else {
        dyn_text_literal(text, "null");
    }

    dyn_text_literal(text, "}");
    ngx_http_dynstore_rules_unpin(rules);
}
