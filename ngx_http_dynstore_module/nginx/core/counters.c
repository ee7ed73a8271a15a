#include "nginx/core/counters.h"


/* One row of a metric. */
typedef struct {
    const char                       *metric;
    const char                       *labels;
    const char                       *help;
    size_t                            offset;
} ngx_http_dynstore_metric_row_t;


static void ngx_http_dynstore_counters_rows(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_decisions(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_webhooks(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_histograms(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_slots(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_slot_event(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text, ngx_uint_t at);
static void ngx_http_dynstore_counters_variants(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
static void ngx_http_dynstore_counters_breakers(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);


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

static const struct {
    dyn_event_type_t                  type;
    const char                       *metric;
    const char                       *help;
} ngx_http_dynstore_slot_events[] = {
#define X(type, metric, help) { DYN_EVENT_##type, metric, help },
    NGX_HTTP_DYNSTORE_SLOT_EVENTS(X)
#undef X
};

static const ngx_uint_t  ngx_http_dynstore_bounds_us[] = { NGX_HTTP_DYNSTORE_HISTOGRAM_BOUNDS_US };

#define NGX_HTTP_DYNSTORE_COUNTER_ROWS                                        \
    (sizeof(ngx_http_dynstore_counter_rows) / sizeof(ngx_http_dynstore_counter_rows[0]))
#define NGX_HTTP_DYNSTORE_HISTOGRAM_ROWS                                      \
    (sizeof(ngx_http_dynstore_histogram_rows) / sizeof(ngx_http_dynstore_histogram_rows[0]))
#define NGX_HTTP_DYNSTORE_SLOT_EVENT_ROWS                                     \
    (sizeof(ngx_http_dynstore_slot_events) / sizeof(ngx_http_dynstore_slot_events[0]))

/* names that only requests know leave this part of the table to a shop's own */
#define NGX_HTTP_DYNSTORE_LABELS_ASKED        (NGX_HTTP_DYNSTORE_LABELS_MAX / 2)

typedef char ngx_http_dynstore_slot_values_fit[DYN_RUNGS_COUNT + NGX_HTTP_DYNSTORE_SLOT_EVENT_ROWS
                                               <= NGX_HTTP_DYNSTORE_LABEL_VALUES ? 1 : -1];


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


void
ngx_http_dynstore_count_impression(ngx_http_dynstore_counters_t *counters, dyn_str_t slot, dyn_rung_t rung, ngx_uint_t asked)
{
    ngx_atomic_t  *values;

    values = ngx_http_dynstore_label(&counters->slots, slot,
                                     asked ? NGX_HTTP_DYNSTORE_LABELS_ASKED : NGX_HTTP_DYNSTORE_LABELS_MAX);

    (void) ngx_atomic_fetch_add(&values[rung], 1);
}


void
ngx_http_dynstore_count_slot_event(ngx_http_dynstore_counters_t *counters, dyn_str_t slot, dyn_event_type_t type)
{
    ngx_uint_t     i;
    ngx_atomic_t  *values;

    for (i = 0; i < NGX_HTTP_DYNSTORE_SLOT_EVENT_ROWS; i++) {
        if (ngx_http_dynstore_slot_events[i].type == type) {

            /* anybody can send any name, so these take no rows */

            values = ngx_http_dynstore_label(&counters->slots, slot, 0);
            (void) ngx_atomic_fetch_add(&values[DYN_RUNGS_COUNT + i], 1);
            break;
        }
    }
}


void
ngx_http_dynstore_count_variants(ngx_http_dynstore_counters_t *counters, dyn_str_t variants)
{
    size_t         i;
    dyn_str_t      name;
    ngx_atomic_t  *values;

    name = (dyn_str_t) { variants.data, 0 };

    for (i = 0; i < variants.len; i++) {
        if (variants.data[i] != ' ') {
            name.len++;
        }

        if (variants.data[i] == ' ' || i + 1 == variants.len) {
            values = ngx_http_dynstore_label(&counters->variants, name, NGX_HTTP_DYNSTORE_LABELS_MAX);
            (void) ngx_atomic_fetch_add(&values[0], 1);
            name = (dyn_str_t) { variants.data + i + 1, 0 };
        }
    }
}


void
ngx_http_dynstore_counters_text(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_http_dynstore_counters_rows(counters, text);
    ngx_http_dynstore_counters_decisions(counters, text);
    ngx_http_dynstore_counters_webhooks(counters, text);
    ngx_http_dynstore_counters_slots(counters, text);
    ngx_http_dynstore_counters_variants(counters, text);
    ngx_http_dynstore_counters_histograms(counters, text);
    ngx_http_dynstore_counters_breakers(counters, text);
}


void
ngx_http_dynstore_metric_head(dyn_text_t *text, const char *metric, const char *type, const char *help)
{
    dyn_text_format(text, "# HELP nginx_dynstore_%s %s\n# TYPE nginx_dynstore_%s %s\n", metric, help, metric, type);
}


static const void *
ngx_http_dynstore_counters_at(const ngx_http_dynstore_counters_t *counters, size_t offset)
{
    return (const u_char *) counters + offset;
}


/* Prints all rows of a metric together, with HELP and TYPE once, wherever they are in the table. */
static void
ngx_http_dynstore_counters_rows(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t                             i, k;
    const ngx_atomic_t                    *counter;
    const ngx_http_dynstore_metric_row_t  *row, *rows;

    rows = ngx_http_dynstore_counter_rows;

    for (i = 0; i < NGX_HTTP_DYNSTORE_COUNTER_ROWS; i++) {

        for (k = 0; k < i && ngx_strcmp(rows[k].metric, rows[i].metric) != 0; k++) { /* void */ }

        if (k < i) {
            continue;
        }

        ngx_http_dynstore_metric_head(text, rows[i].metric, "counter", rows[i].help);

        for (k = i; k < NGX_HTTP_DYNSTORE_COUNTER_ROWS; k++) {
            row = &rows[k];

            if (ngx_strcmp(row->metric, rows[i].metric) == 0) {
                counter = ngx_http_dynstore_counters_at(counters, row->offset);
                dyn_text_format(text, "nginx_dynstore_%s%s%s%s %lu\n", row->metric, row->labels[0] ? "{" : "", row->labels,
                                row->labels[0] ? "}" : "", (unsigned long) *counter);
            }
        }
    }
}


static void
ngx_http_dynstore_counters_decisions(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t  s, k;

    ngx_http_dynstore_metric_head(text, "decisions_total", "counter", "Decisions made, by surface and rung.");

    for (s = 0; s < DYN_SURFACES_COUNT; s++) {
        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            dyn_text_format(text, "nginx_dynstore_decisions_total{surface=\"%s\",rung=\"%s\"} %lu\n",
                            dyn_surface_name(s).data, dyn_rung_name(k).data, (unsigned long) counters->decisions[s][k]);
        }
    }
}


static void
ngx_http_dynstore_counters_webhooks(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t  s, k;

    static const char  *results[] = {
#define X(constant, name) name,
        NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS(X)
#undef X
    };

    ngx_http_dynstore_metric_head(text, "webhooks_total", "counter", "Webhooks of the shop's platform, by what became of them.");

    for (s = 0; s < DYN_WEBHOOK_SCHEME_COUNT; s++) {
        for (k = 0; k < NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS_COUNT; k++) {
            dyn_text_format(text, "nginx_dynstore_webhooks_total{scheme=\"%s\",result=\"%s\"} %lu\n",
                            dyn_webhook_scheme_name(s).data, results[k], (unsigned long) counters->webhooks[s][k]);
        }
    }
}


static void
ngx_http_dynstore_counters_histograms(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t                             i, k;
    unsigned long                          us, sum, count;
    const ngx_http_dynstore_histogram_t   *histogram;
    const ngx_http_dynstore_metric_row_t  *row;

    for (i = 0; i < NGX_HTTP_DYNSTORE_HISTOGRAM_ROWS; i++) {
        row = &ngx_http_dynstore_histogram_rows[i];
        histogram = ngx_http_dynstore_counters_at(counters, row->offset);

        ngx_http_dynstore_metric_head(text, row->metric, "histogram", row->help);

        count = 0;

        for (k = 0; k < NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS - 1; k++) {
            count += histogram->buckets[k];
            us = ngx_http_dynstore_bounds_us[k];
            dyn_text_format(text, "nginx_dynstore_%s_bucket{le=\"%lu.%06lu\"} %lu\n", row->metric, us / 1000000,
                            us % 1000000, count);
        }

        count += histogram->buckets[k];
        sum = histogram->sum_us;

        dyn_text_format(text, "nginx_dynstore_%s_bucket{le=\"+Inf\"} %lu\nnginx_dynstore_%s_sum %lu.%06lu\n"
                              "nginx_dynstore_%s_count %lu\n",
                        row->metric, count, row->metric, sum / 1000000, sum % 1000000, row->metric, count);
    }
}


static void
ngx_http_dynstore_counters_slots(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t           i, k;
    const char          *name;
    const ngx_atomic_t  *values;

    ngx_http_dynstore_metric_head(text, "slot_impressions_total", "counter",
                                  "Blocks that shoppers were sent, by slot and rung of the decision.");

    for (i = 0; (name = ngx_http_dynstore_label_row(&counters->slots, i, &values)) != NULL; i++) {
        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            dyn_text_format(text, "nginx_dynstore_slot_impressions_total{slot=\"%s\",rung=\"%s\"} %lu\n", name,
                            dyn_rung_name(k).data, (unsigned long) values[k]);
        }
    }

    for (k = 0; k < NGX_HTTP_DYNSTORE_SLOT_EVENT_ROWS; k++) {
        ngx_http_dynstore_counters_slot_event(counters, text, k);
    }
}


static void
ngx_http_dynstore_counters_slot_event(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text, ngx_uint_t at)
{
    ngx_uint_t           i;
    const char          *name, *metric;
    const ngx_atomic_t  *values;

    metric = ngx_http_dynstore_slot_events[at].metric;

    ngx_http_dynstore_metric_head(text, metric, "counter", ngx_http_dynstore_slot_events[at].help);

    for (i = 0; (name = ngx_http_dynstore_label_row(&counters->slots, i, &values)) != NULL; i++) {
        dyn_text_format(text, "nginx_dynstore_%s{slot=\"%s\"} %lu\n", metric, name,
                        (unsigned long) values[DYN_RUNGS_COUNT + at]);
    }
}


static void
ngx_http_dynstore_counters_variants(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t           i;
    const char          *name;
    const ngx_atomic_t  *values;

    ngx_http_dynstore_metric_head(text, "variant_decisions_total", "counter",
                                  "Decisions in the scope of an experiment, by EXPERIMENT:VARIANT.");

    for (i = 0; (name = ngx_http_dynstore_label_row(&counters->variants, i, &values)) != NULL; i++) {
        dyn_text_format(text, "nginx_dynstore_variant_decisions_total{variant=\"%s\"} %lu\n", name,
                        (unsigned long) values[0]);
    }
}


static void
ngx_http_dynstore_counters_breakers(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    unsigned long  i;

    ngx_http_dynstore_metric_head(text, "breaker_state", "gauge",
                                  "Circuit breaker of a worker: 0 closed, 1 half-open, 2 open.");

    for (i = 0; i < NGX_HTTP_DYNSTORE_WORKERS_MAX; i++) {
        if (counters->breaker[i]) {
            dyn_text_format(text, "nginx_dynstore_breaker_state{worker=\"%lu\"} %lu\n", i,
                            (unsigned long) counters->breaker[i] - 1);
        }
    }
}


void
ngx_http_dynstore_counters_json(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t  s, k;

    dyn_text_literal(text, "{");

#define X(member, metric, labels, help)                                       \
    dyn_text_format(text, "\"" #member "\":%lu,", (unsigned long) counters->member);

    NGX_HTTP_DYNSTORE_COUNTERS(X)
#undef X

    dyn_text_literal(text, "\"decisions\":{");

    for (s = 0; s < DYN_SURFACES_COUNT; s++) {
        dyn_text_format(text, "%s\"%s\":{", s ? "," : "", dyn_surface_name(s).data);

        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            dyn_text_format(text, "%s\"%s\":%lu", k ? "," : "", dyn_rung_name(k).data,
                            (unsigned long) counters->decisions[s][k]);
        }

        dyn_text_literal(text, "}");
    }

    dyn_text_literal(text, "}}");
}


void
ngx_http_dynstore_slots_json(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text)
{
    ngx_uint_t           i, k;
    const char          *name;
    unsigned long        impressions;
    const ngx_atomic_t  *values;

    dyn_text_literal(text, "[");

    for (i = 0; (name = ngx_http_dynstore_label_row(&counters->slots, i, &values)) != NULL; i++) {
        impressions = 0;

        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            impressions += values[k];
        }

        dyn_text_format(text, "%s{\"slot\":\"%s\",\"impressions\":%lu", i ? "," : "", name, impressions);

        for (k = 0; k < NGX_HTTP_DYNSTORE_SLOT_EVENT_ROWS; k++) {
            dyn_text_format(text, ",\"%s\":%lu", dyn_event_name(ngx_http_dynstore_slot_events[k].type).data,
                            (unsigned long) values[DYN_RUNGS_COUNT + k]);
        }

        dyn_text_literal(text, "}");
    }

    dyn_text_literal(text, "]");
}
