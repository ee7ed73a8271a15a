#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"
#include "nginx/shop/zone.h"


/* One row of a metric. */
typedef struct {
    const char                       *metric;
    const char                       *labels;
    const char                       *help;
    size_t                            offset;
} ngx_http_dynstore_metric_row_t;


static ngx_int_t ngx_http_dynstore_metrics_begin(ngx_http_request_t *r);
static u_char *ngx_http_dynstore_metrics_counters(u_char *p);
static u_char *ngx_http_dynstore_metrics_decisions(u_char *p);
static u_char *ngx_http_dynstore_metrics_histograms(u_char *p);
static u_char *ngx_http_dynstore_metrics_gauges(u_char *p);
static u_char *ngx_http_dynstore_status_counters(u_char *p);


static const ngx_http_dynstore_metric_row_t  ngx_http_dynstore_counter_rows[] = {
#define X(member, metric, labels, help) { metric, labels, help, offsetof(ngx_http_dynstore_counters_t, member) },
    NGX_HTTP_DYNSTORE_COUNTERS(X)
#undef X
};

static const ngx_http_dynstore_metric_row_t  ngx_http_dynstore_histogram_rows[] = {
#define X(member, metric, help) { metric, "", help, offsetof(ngx_http_dynstore_counters_t, member) },
    NGX_HTTP_DYNSTORE_HISTOGRAMS(X)
#undef X
};

static const ngx_uint_t  ngx_http_dynstore_bounds_us[] = { NGX_HTTP_DYNSTORE_HISTOGRAM_BOUNDS_US };

#define NGX_HTTP_DYNSTORE_COUNTER_ROWS                                        \
    (sizeof(ngx_http_dynstore_counter_rows) / sizeof(ngx_http_dynstore_counter_rows[0]))
#define NGX_HTTP_DYNSTORE_HISTOGRAM_ROWS                                      \
    (sizeof(ngx_http_dynstore_histogram_rows) / sizeof(ngx_http_dynstore_histogram_rows[0]))

/* the longest line: name, labels, help and a number */
#define NGX_HTTP_DYNSTORE_METRICS_LINE     256
#define NGX_HTTP_DYNSTORE_METRICS_LINES                                       \
    (3 * NGX_HTTP_DYNSTORE_COUNTER_ROWS                                       \
     + DYN_SURFACES_COUNT * DYN_RUNGS_COUNT + 2                               \
     + NGX_HTTP_DYNSTORE_HISTOGRAM_ROWS * (NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS + 5) \
     + NGX_HTTP_DYNSTORE_WORKERS_MAX + 24)


void
ngx_http_dynstore_observe(ngx_http_dynstore_histogram_t *histogram, uint64_t us)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS - 1; i++) {
        if (us <= ngx_http_dynstore_bounds_us[i]) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&histogram->buckets[i], 1);
    (void) ngx_atomic_fetch_add(&histogram->sum_us, (ngx_atomic_int_t) us);
}


ngx_int_t
ngx_http_dynstore_metrics_handler(ngx_http_request_t *r)
{
    u_char     *p;
    ngx_int_t   rc;
    ngx_str_t   body;

    rc = ngx_http_dynstore_metrics_begin(r);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_DYNSTORE_METRICS_LINES * NGX_HTTP_DYNSTORE_METRICS_LINE);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = p;

    p = ngx_http_dynstore_metrics_counters(p);
    p = ngx_http_dynstore_metrics_decisions(p);
    p = ngx_http_dynstore_metrics_histograms(p);
    p = ngx_http_dynstore_metrics_gauges(p);

    body.len = p - body.data;

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
}


/* NGX_DECLINED: go on; anything else has been answered, or is what to finalize with. */
static ngx_int_t
ngx_http_dynstore_metrics_begin(ngx_http_request_t *r)
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

    return ngx_http_dynstore_add_header(r, "Cache-Control", &no_store) == NGX_OK ? NGX_DECLINED
                                                                                 : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_atomic_uint_t
ngx_http_dynstore_counter(size_t offset)
{
    return *(ngx_atomic_t *) ((u_char *) ngx_http_dynstore_counters + offset);
}


/* Rows of one metric are printed together, with HELP and TYPE once, wherever they stand in the table. */
static u_char *
ngx_http_dynstore_metrics_counters(u_char *p)
{
    ngx_uint_t                             i, k;
    const ngx_http_dynstore_metric_row_t  *row, *rows;

    rows = ngx_http_dynstore_counter_rows;

    for (i = 0; i < NGX_HTTP_DYNSTORE_COUNTER_ROWS; i++) {

        for (k = 0; k < i && ngx_strcmp(rows[k].metric, rows[i].metric) != 0; k++) { /* void */ }

        if (k < i) {
            continue;
        }

        p = ngx_sprintf(p, "# HELP nginx_dynstore_%s %s\n# TYPE nginx_dynstore_%s counter\n", rows[i].metric,
                        rows[i].help, rows[i].metric);

        for (k = i; k < NGX_HTTP_DYNSTORE_COUNTER_ROWS; k++) {
            row = &rows[k];

            if (ngx_strcmp(row->metric, rows[i].metric) == 0) {
                p = ngx_sprintf(p, "nginx_dynstore_%s%s%s%s %uA\n", row->metric, row->labels[0] ? "{" : "", row->labels,
                                row->labels[0] ? "}" : "", ngx_http_dynstore_counter(row->offset));
            }
        }
    }

    return p;
}


static u_char *
ngx_http_dynstore_metrics_decisions(u_char *p)
{
    dyn_str_t   surface, rung;
    ngx_uint_t  s, k;

    p = ngx_sprintf(p, "# HELP nginx_dynstore_decisions_total Decisions made, by surface and rung.\n"
                       "# TYPE nginx_dynstore_decisions_total counter\n");

    for (s = 0; s < DYN_SURFACES_COUNT; s++) {
        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            surface = dyn_surface_name(s);
            rung = dyn_rung_name(k);

            p = ngx_sprintf(p, "nginx_dynstore_decisions_total{surface=\"%*s\",rung=\"%*s\"} %uA\n", surface.len,
                            surface.data, rung.len, rung.data, ngx_http_dynstore_counters->decisions[s][k]);
        }
    }

    return p;
}


static u_char *
ngx_http_dynstore_metrics_histograms(u_char *p)
{
    ngx_uint_t                             i, k, us;
    ngx_atomic_uint_t                      sum, count;
    ngx_http_dynstore_histogram_t         *histogram;
    const ngx_http_dynstore_metric_row_t  *row;

    for (i = 0; i < NGX_HTTP_DYNSTORE_HISTOGRAM_ROWS; i++) {
        row = &ngx_http_dynstore_histogram_rows[i];
        histogram = (ngx_http_dynstore_histogram_t *) ((u_char *) ngx_http_dynstore_counters + row->offset);

        p = ngx_sprintf(p, "# HELP nginx_dynstore_%s %s\n# TYPE nginx_dynstore_%s histogram\n", row->metric, row->help,
                        row->metric);

        count = 0;

        for (k = 0; k < NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS - 1; k++) {
            count += histogram->buckets[k];
            us = ngx_http_dynstore_bounds_us[k];
            p = ngx_sprintf(p, "nginx_dynstore_%s_bucket{le=\"%ui.%06ui\"} %uA\n", row->metric, us / 1000000,
                            us % 1000000, count);
        }

        count += histogram->buckets[k];
        sum = histogram->sum_us;

        p = ngx_sprintf(p, "nginx_dynstore_%s_bucket{le=\"+Inf\"} %uA\nnginx_dynstore_%s_sum %uA.%06uA\n"
                           "nginx_dynstore_%s_count %uA\n",
                        row->metric, count, row->metric, sum / 1000000, sum % 1000000, row->metric, count);
    }

    return p;
}


static u_char *
ngx_http_dynstore_metrics_gauges(u_char *p)
{
    ngx_uint_t                      i;
    ngx_http_dynstore_snapshot_t   *snapshot;
    ngx_http_dynstore_zone_size_t   size;

    p = ngx_sprintf(p, "# HELP nginx_dynstore_breaker_state Circuit breaker of a worker: 0 closed, 1 half-open, 2 open.\n"
                       "# TYPE nginx_dynstore_breaker_state gauge\n");

    for (i = 0; i < NGX_HTTP_DYNSTORE_WORKERS_MAX; i++) {
        if (ngx_http_dynstore_counters->breaker[i]) {
            p = ngx_sprintf(p, "nginx_dynstore_breaker_state{worker=\"%ui\"} %uA\n", i,
                            ngx_http_dynstore_counters->breaker[i] - 1);
        }
    }

    size = ngx_http_dynstore_zone_size();

    p = ngx_sprintf(p, "# HELP nginx_dynstore_zone_bytes Size of the shared zone.\n"
                       "# TYPE nginx_dynstore_zone_bytes gauge\nnginx_dynstore_zone_bytes %uz\n"
                       "# HELP nginx_dynstore_last_good_places Visitors whose newest decision the zone has room for.\n"
                       "# TYPE nginx_dynstore_last_good_places gauge\nnginx_dynstore_last_good_places %uz\n"
                       "# HELP nginx_dynstore_limit_buckets Visitors and addresses whose limit the zone has room for.\n"
                       "# TYPE nginx_dynstore_limit_buckets gauge\nnginx_dynstore_limit_buckets %uz\n",
                    size.zone_bytes, size.last_good_places, size.limit_buckets);

    snapshot = ngx_http_dynstore_snapshot_pin();

    if (snapshot) {
        p = ngx_sprintf(p, "# HELP nginx_dynstore_snapshot_info The snapshot that this worker uses.\n"
                           "# TYPE nginx_dynstore_snapshot_info gauge\nnginx_dynstore_snapshot_info{build=\"%s\"} 1\n"
                           "# HELP nginx_dynstore_snapshot_items Items in the snapshot.\n"
                           "# TYPE nginx_dynstore_snapshot_items gauge\nnginx_dynstore_snapshot_items %uD\n"
                           "# HELP nginx_dynstore_snapshot_as_of_seconds Unix time of the snapshot's newest data.\n"
                           "# TYPE nginx_dynstore_snapshot_as_of_seconds gauge\n"
                           "nginx_dynstore_snapshot_as_of_seconds %L\n",
                        snapshot->data->build_id, snapshot->data->item_count,
                        (int64_t) (snapshot->data->header->as_of_ms / 1000));

        ngx_http_dynstore_snapshot_unpin(snapshot);
    }

    return p;
}


/* The same numbers for a person or a health check. */
ngx_int_t
ngx_http_dynstore_status_handler(ngx_http_request_t *r)
{
    u_char                         *p;
    ngx_int_t                       rc;
    ngx_str_t                       body;
    ngx_http_dynstore_snapshot_t   *snapshot;
    ngx_http_dynstore_zone_size_t   size;

    static const char  *breakers[] = { "closed", "half_open", "open" };

    rc = ngx_http_dynstore_metrics_begin(r);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_DYNSTORE_METRICS_LINES * NGX_HTTP_DYNSTORE_METRICS_LINE);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = p;
    size = ngx_http_dynstore_zone_size();
    snapshot = ngx_http_dynstore_snapshot_pin();

    p = ngx_sprintf(p, "{\"schema\":\"dynstore.status/1\",\"worker\":%P,\"snapshot\":", ngx_pid);

    if (snapshot) {
        p = ngx_sprintf(p, "{\"build\":\"%s\",\"items\":%uD,\"as_of\":%L}", snapshot->data->build_id,
                        snapshot->data->item_count, (int64_t) (snapshot->data->header->as_of_ms / 1000));
        ngx_http_dynstore_snapshot_unpin(snapshot);

    } else {
        p = ngx_cpymem(p, "null", 4);
    }

    if (ngx_http_dynstore_redis) {
        p = ngx_sprintf(p, ",\"redis\":{\"breaker\":\"%s\"}",
                        breakers[ngx_http_dynstore_redis_breaker(ngx_http_dynstore_redis)]);

    } else {
        p = ngx_sprintf(p, ",\"redis\":null");
    }

    p = ngx_sprintf(p, ",\"zone\":{\"bytes\":%uz,\"last_good_places\":%uz},\"counters\":{", size.zone_bytes,
                    size.last_good_places);
    p = ngx_http_dynstore_status_counters(p);
    p = ngx_sprintf(p, "}}\n");

    body.len = p - body.data;

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, "application/json", &body);
}


static u_char *
ngx_http_dynstore_status_counters(u_char *p)
{
    dyn_str_t   surface, rung;
    ngx_uint_t  s, k;

#define X(member, metric, labels, help)                                       \
    p = ngx_sprintf(p, "\"" #member "\":%uA,", ngx_http_dynstore_counters->member);

    NGX_HTTP_DYNSTORE_COUNTERS(X)
#undef X

    p = ngx_sprintf(p, "\"decisions\":{");

    for (s = 0; s < DYN_SURFACES_COUNT; s++) {
        surface = dyn_surface_name(s);
        p = ngx_sprintf(p, "%s\"%*s\":{", s ? "," : "", surface.len, surface.data);

        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            rung = dyn_rung_name(k);
            p = ngx_sprintf(p, "%s\"%*s\":%uA", k ? "," : "", rung.len, rung.data,
                            ngx_http_dynstore_counters->decisions[s][k]);
        }

        *p++ = '}';
    }

    *p++ = '}';

    return p;
}
