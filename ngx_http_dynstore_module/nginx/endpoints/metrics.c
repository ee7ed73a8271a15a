#include "nginx/endpoints/endpoint.h"
#include "nginx/core/module.h"
#include "nginx/request/headers.h"
#include "nginx/request/kept.h"
#include "nginx/store/control.h"
#include "engine/base/version.h"


/* initial size, deliberately too small, so that growing is always exercised */
#define NGX_HTTP_DYNSTORE_METRICS_BYTES    4096


static void ngx_http_dynstore_metrics_overlay(dyn_text_t *text, ngx_http_dynstore_shop_t *shop);
static void ngx_http_dynstore_status_overlay(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, const dyn_snapshot_t *snapshot,
    dyn_arena_t *arena);
static ngx_http_dynstore_shop_t *ngx_http_dynstore_shop(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_metrics_begin(ngx_http_request_t *r, dyn_arena_t *arena, dyn_text_t *text);
static ngx_int_t ngx_http_dynstore_metrics_end(ngx_http_request_t *r, dyn_text_t *text, const char *type);
static void ngx_http_dynstore_metrics_gauge(dyn_text_t *text, const char *metric, const char *help, uint64_t value);
static void ngx_http_dynstore_metrics_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop);
static ngx_uint_t ngx_http_dynstore_experiments_running(const dyn_policy_t *policy);
static ngx_uint_t ngx_http_dynstore_experiment_runs(const dyn_experiment_t *experiment);
static void ngx_http_dynstore_status_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, dyn_arena_t *arena);
static void ngx_http_dynstore_status_experiments(dyn_text_t *text, const dyn_policy_t *policy, dyn_arena_t *arena);
static void ngx_http_dynstore_status_redis(dyn_text_t *text, ngx_http_dynstore_shop_t *shop);
static void ngx_http_dynstore_status_retention(dyn_text_t *text, const ngx_http_dynstore_store_conf_t *conf);
static void ngx_http_dynstore_status_recent(dyn_text_t *text, ngx_http_dynstore_counters_t *counters);


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
    ngx_http_dynstore_metrics_gauge(&text, "killed", "1: pages are left untouched.", ngx_http_dynstore_killed(shop->control));
    ngx_http_dynstore_metrics_rules(&text, shop);
    ngx_http_dynstore_metrics_overlay(&text, shop);

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


/* Of a shop whose control stream is read. */
static void
ngx_http_dynstore_metrics_overlay(dyn_text_t *text, ngx_http_dynstore_shop_t *shop)
{
    ngx_http_dynstore_rules_t          *rules;
    ngx_http_dynstore_overlay_t        *overlay;
    ngx_http_dynstore_overlay_state_t   state;

    overlay = ngx_http_dynstore_shop_overlay(shop->control);

    if (overlay == NULL) {
        return;
    }

    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);
    (void) ngx_http_dynstore_overlay_sync(overlay, rules->snapshot);
    ngx_http_dynstore_overlay_state(overlay, rules->snapshot->data, &state);
    ngx_http_dynstore_rules_unpin(rules);

#define X(type, value, name, json, help)                                                                               \
    ngx_http_dynstore_metric_head(text, name, #type, help);                                                            \
    dyn_text_format(text, "nginx_dynstore_" name " %llu\n", (unsigned long long) (value));
    NGX_HTTP_DYNSTORE_OVERLAY_FIGURES(X)
#undef X
}


static void
ngx_http_dynstore_status_overlay(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, const dyn_snapshot_t *snapshot, dyn_arena_t *arena)
{
    ngx_http_dynstore_overlay_t        *overlay;
    ngx_http_dynstore_overlay_state_t   state;

    overlay = ngx_http_dynstore_shop_overlay(shop->control);

    if (overlay == NULL) {
        dyn_text_literal(text, ",\"overlay\":null");
        return;
    }

    ngx_http_dynstore_overlay_state(overlay, snapshot, &state);
    dyn_text_literal(text, ",\"overlay\":{");
    ngx_http_dynstore_published_json(shop->control, text, arena);

#define X(type, value, name, json, help)  dyn_text_format(text, ",\"" json "\":%llu", (unsigned long long) (value));
    NGX_HTTP_DYNSTORE_OVERLAY_FIGURES(X)
#undef X

    dyn_text_literal(text, "}");
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
    uint32_t    i;
    ngx_uint_t  n;

    n = 0;

    for (i = 0; i < policy->experiment_count; i++) {
        n += ngx_http_dynstore_experiment_runs(&policy->experiments[i]);
    }

    return n;
}


static ngx_uint_t
ngx_http_dynstore_experiment_runs(const dyn_experiment_t *experiment)
{
    int64_t  now_ms;

    now_ms = ngx_http_dynstore_now_ms();

    return now_ms >= experiment->from_ms && now_ms < experiment->until_ms;
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

    rc = ngx_http_dynstore_metrics_begin(r, &arena, &text);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    shop = ngx_http_dynstore_shop(r);
    size = ngx_http_dynstore_zone_size(shop->zone);
    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);

    dyn_text_format(&text, "{\"schema\":\"dynstore.status/1\",\"version\":\"" DYN_VERSION "\",\"time\":%lld,\"worker\":%ld,"
                           "\"snapshot\":", (long long) ngx_time(), (long) ngx_pid);

    if (rules) {
        snapshot = rules->snapshot;
        dyn_text_format(&text, "{\"build\":\"%s\",\"items\":%u,\"as_of\":%lld,\"modified\":%lld}", snapshot->data->build_id,
                        snapshot->data->item_count, (long long) (snapshot->data->header->as_of_ms / 1000),
                        (long long) snapshot->identity.modified.tv_sec);
        ngx_http_dynstore_status_rules(&text, shop, &arena);
        ngx_http_dynstore_status_experiments(&text, rules->policy, &arena);
        (void) ngx_http_dynstore_overlay_sync(ngx_http_dynstore_shop_overlay(shop->control), snapshot);
        ngx_http_dynstore_status_overlay(&text, shop, snapshot->data, &arena);
        ngx_http_dynstore_rules_unpin(rules);

    } else {
        dyn_text_literal(&text, "null,\"rules\":null,\"experiments\":[],\"overlay\":null");
    }

    ngx_http_dynstore_status_redis(&text, shop);
    ngx_http_dynstore_status_retention(&text, shop->store_conf);
    ngx_http_dynstore_status_recent(&text, shop->counters);

    dyn_text_literal(&text, ",\"killed\":");
    ngx_http_dynstore_killed_json(shop->control, &text, &arena);
    dyn_text_format(&text, ",\"zone\":{\"bytes\":%zu,\"last_good_places\":%zu},\"counters\":", size.zone_bytes,
                    size.last_good_places);
    ngx_http_dynstore_counters_json(shop->counters, &text);
    dyn_text_literal(&text, ",\"slots\":");
    ngx_http_dynstore_slots_json(shop->counters, &text);
    dyn_text_literal(&text, "}\n");

    return ngx_http_dynstore_metrics_end(r, &text, "application/json");
}


static void
ngx_http_dynstore_status_rules(dyn_text_t *text, ngx_http_dynstore_shop_t *shop, dyn_arena_t *arena)
{
    dyn_error_t                 error;
    ngx_http_dynstore_rules_t  *rules;

    rules = ngx_http_dynstore_rules_pin(shop->rules_watch);

    dyn_text_format(text, ",\"rules\":{\"version\":\"%s\",\"rules\":%u,\"modified\":%lld,\"file\":", rules->policy->version,
                    rules->policy->own_rule_count, (long long) rules->files.rules.modified.tv_sec);

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


/* Those that are between their start and end. */
static void
ngx_http_dynstore_status_experiments(dyn_text_t *text, const dyn_policy_t *policy, dyn_arena_t *arena)
{
    uint32_t                 i, k, n;
    const dyn_experiment_t  *experiment;

    dyn_text_literal(text, ",\"experiments\":[");

    n = 0;

    for (i = 0; i < policy->experiment_count; i++) {
        experiment = &policy->experiments[i];

        if (!ngx_http_dynstore_experiment_runs(experiment)) {
            continue;
        }

        dyn_text_format(text, "%s{\"id\":", n++ ? "," : "");
        dyn_text_str(text, dyn_json_string(experiment->id, arena));
        dyn_text_format(text, ",\"shadow\":%s,\"variants\":[", experiment->shadow ? "true" : "false");

        for (k = 0; k < experiment->variants_count; k++) {
            dyn_text_put(text, ",", k ? 1 : 0);
            dyn_text_str(text, dyn_json_string(policy->variants[experiment->variants_start + k].id, arena));
        }

        dyn_text_literal(text, "]}");
    }

    dyn_text_literal(text, "]");
}


static void
ngx_http_dynstore_status_retention(dyn_text_t *text, const ngx_http_dynstore_store_conf_t *conf)
{
    if (conf == NULL) {
        dyn_text_literal(text, ",\"retention\":null");
        return;
    }

    dyn_text_literal(text, ",\"retention\":{");

#define X(member, name) dyn_text_format(text, "\"" name "\":%lld,", (long long) conf->member);
    NGX_HTTP_DYNSTORE_RETENTIONS(X)
#undef X

    dyn_text_format(text, "\"token_s\":%d,\"control_erase_s\":%d,\"kept_answer_s\":%d,\"last_good_s\":%d}",
                    NGX_HTTP_DYNSTORE_STORE_TOKEN_S, NGX_HTTP_DYNSTORE_CONTROL_ERASE_S,
                    NGX_HTTP_DYNSTORE_VISIBLE_MS / 1000, NGX_HTTP_DYNSTORE_LAST_GOOD_MS / 1000);
}


/* The worker's own connection, and the breakers of all workers. */
static void
ngx_http_dynstore_status_redis(dyn_text_t *text, ngx_http_dynstore_shop_t *shop)
{
    size_t      bytes;
    ngx_uint_t  i, exchanges, states[3];

    static const char  *breakers[] = { "closed", "half_open", "open" };

    if (shop->store == NULL) {
        dyn_text_literal(text, ",\"redis\":null");
        return;
    }

    ngx_http_dynstore_store_depth(shop->store, &exchanges, &bytes);
    ngx_memzero(states, sizeof(states));

    for (i = 0; i < NGX_HTTP_DYNSTORE_WORKERS_MAX; i++) {
        if (shop->counters->breaker[i]) {
            states[shop->counters->breaker[i] - 1]++;
        }
    }

    dyn_text_format(text, ",\"redis\":{\"breaker\":\"%s\",\"breakers\":{", breakers[ngx_http_dynstore_store_breaker(shop->store)]);

    for (i = 0; i < 3; i++) {
        dyn_text_format(text, "%s\"%s\":%lu", i ? "," : "", breakers[i], (unsigned long) states[i]);
    }

    dyn_text_format(text, "},\"awaited\":%lu,\"queued_bytes\":%zu}", (unsigned long) exchanges, bytes);
}


static void
ngx_http_dynstore_status_recent(dyn_text_t *text, ngx_http_dynstore_counters_t *counters)
{
    ngx_uint_t                 i, n, rungs[DYN_RUNGS_COUNT];
    ngx_http_dynstore_slow_t  *slow, slowest[NGX_HTTP_DYNSTORE_RECENT_SLOWEST];

    ngx_http_dynstore_recent_rungs(&counters->recent, rungs);
    n = ngx_http_dynstore_recent_slowest(&counters->recent, slowest);

    dyn_text_literal(text, ",\"last_minute\":{");

    for (i = 0; i < DYN_RUNGS_COUNT; i++) {
        dyn_text_format(text, "%s\"%s\":%lu", i ? "," : "", dyn_rung_name(i).data, (unsigned long) rungs[i]);
    }

    dyn_text_literal(text, "},\"slowest\":[");

    for (i = 0; i < n; i++) {
        slow = &slowest[i];
        dyn_text_format(text, "%s{\"seconds\":%llu.%06llu,\"time\":%lld,\"surface\":\"%s\",\"rung\":\"%s\",\"id\":\"%s\"}",
                        i ? "," : "", (unsigned long long) slow->us / 1000000, (unsigned long long) slow->us % 1000000,
                        (long long) slow->time, dyn_surface_name(slow->surface).data, dyn_rung_name(slow->rung).data,
                        slow->id);
    }

    dyn_text_literal(text, "]");
}
