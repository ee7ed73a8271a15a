/*
 * Every counter: the zone's layout, the Prometheus text, the JSON status and docs/metrics.md come from this table. The text
 * that shows them grows as needed, so any number of rows fits. X(member, metric name without the prefix nginx_dynstore_, labels
 * or "", help); only a metric's first row has the help. Add new rows at the end of the table, because the zone survives
 * reloads.
 */
#ifndef NGX_HTTP_DYNSTORE_COUNTERS_H
#define NGX_HTTP_DYNSTORE_COUNTERS_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/base/tables.h"
#include "engine/base/text.h"
#include "engine/trust/webhook.h"
#include "nginx/core/labels.h"
#include "nginx/core/recent.h"

#define NGX_HTTP_DYNSTORE_COUNTERS(X)                                                                                  \
    X(requests, "requests_total", "", "Requests that the module looked at.")                                           \
    X(page_views, "page_views_total", "", "Page views recorded by nginx itself.")                                      \
    X(events_accepted, "events_total", "result=\"accepted\"", "Events received by the events endpoint.")               \
    X(events_refused, "events_total", "result=\"refused\"", "")                                                        \
    X(redis_reads, "redis_reads_total", "", "Session look-ups sent to Redis.")                                         \
    X(redis_timeouts, "redis_failures_total", "reason=\"timeout\"", "Session look-ups that failed.")                   \
    X(redis_errors, "redis_failures_total", "reason=\"error\"", "")                                                    \
    X(redis_protocol, "redis_failures_total", "reason=\"protocol\"", "")                                               \
    X(redis_refused, "redis_failures_total", "reason=\"fail_fast\"", "")                                               \
    X(redis_over_limit, "redis_failures_total", "reason=\"over_limit\"", "")                                           \
    X(redis_writes, "redis_writes_total", "result=\"sent\"", "Commands written for events and page views.")            \
    X(redis_writes_dropped, "redis_writes_total", "result=\"dropped\"", "")                                            \
    X(redis_write_errors, "redis_writes_total", "result=\"error\"", "")                                                \
    X(redis_connects, "redis_connects_total", "result=\"ok\"", "Connections to Redis.")                                \
    X(redis_connect_failures, "redis_connects_total", "result=\"failed\"", "")                                         \
    X(redis_orphans, "redis_orphans_total", "", "Late replies that were thrown away.")                                 \
    X(breaker_opened, "breaker_opened_total", "", "Times that the circuit breaker opened.")                            \
    X(pages, "pages_total", "", "Pages that a block was put into.")                                                    \
    X(holds, "holds_total", "", "Pages that were held at a mark, waiting for a session.")                              \
    X(skipped_bypass, "skipped_total", "reason=\"bypass\"", "Pages left untouched, by reason.")                        \
    X(skipped_surface, "skipped_total", "reason=\"surface\"", "")                                                      \
    X(skipped_subresource, "skipped_total", "reason=\"subresource\"", "")                                              \
    X(skipped_method, "skipped_total", "reason=\"method\"", "")                                                        \
    X(skipped_status, "skipped_total", "reason=\"status\"", "")                                                        \
    X(skipped_type, "skipped_total", "reason=\"type\"", "")                                                            \
    X(skipped_encoding, "skipped_total", "reason=\"encoding\"", "")                                                    \
    X(skipped_no_transform, "skipped_total", "reason=\"no_transform\"", "")                                            \
    X(skipped_empty, "skipped_total", "reason=\"empty\"", "")                                                          \
    X(skipped_no_mark, "skipped_total", "reason=\"no_mark\"", "")                                                      \
    X(skipped_failed, "skipped_total", "reason=\"failed\"", "")                                                        \
    X(snapshots_swapped, "snapshots_total", "result=\"swapped\"", "New snapshots that workers found.")                 \
    X(snapshots_refused, "snapshots_total", "result=\"refused\"", "")                                                  \
    X(decisions_repeated, "decisions_repeated_total", "", "Decisions used again: the same question came within dynstore_ttl.") \
    X(impersonal, "impersonal_total", "", "Answers in subrequests of a response that caches may store; they hold nothing personal.") \
    X(shared_cache_age, "shared_cache_total", "sign=\"age\"", "Signs of a shared cache that stores private responses.") \
    X(shared_cache_validator, "shared_cache_total", "sign=\"validator\"", "")                                          \
    X(requests_cross_site, "event_requests_refused_total", "reason=\"cross_site\"", "Requests to the events endpoint refused as a whole, by reason.") \
    X(requests_limited, "event_requests_refused_total", "reason=\"limit\"", "")                                        \
    X(requests_no_token, "event_requests_refused_total", "reason=\"token\"", "")                                       \
    X(page_views_limited, "limited_total", "what=\"page_view\"", "Events and page views that dynstore_limit did not record.") \
    X(visitors_limited, "limited_total", "what=\"visitor\"", "")                                                       \
    X(pages_inflated, "pages_inflated_total", "", "Pages that the backend compressed, inflated to be personalized.")   \
    X(skipped_fetch, "skipped_total", "reason=\"fetch\"", "")                                                          \
    X(skipped_slice, "skipped_total", "reason=\"slice\"", "")                                                          \
    X(skipped_no_page, "skipped_total", "reason=\"no_page\"", "")                                                      \
    X(events_ignored_consent, "events_ignored_total", "reason=\"consent\"", "Events that were not stored on purpose.") \
    X(events_ignored_bot, "events_ignored_total", "reason=\"bot\"", "")                                                \
    X(events_ignored_visitor, "events_ignored_total", "reason=\"visitor\"", "")                                        \
    X(events_ignored_redis, "events_ignored_total", "reason=\"redis\"", "")                                            \
    X(stream_left_out, "stream_left_out_total", "", "Entries of new visitors left out of the event stream.") \
    X(impressions, "impressions_total", "", "Answers whose items were recorded as shown.") \
    X(rules_loaded, "rules_loaded_total", "", "New rules that workers took into use.")                                 \
    X(rules_refused, "rules_refused_total", "", "New rules that workers refused.")                                     \
    X(consent_none, "consent_total", "level=\"none\"", "Requests by what their visitors consent to.")                  \
    X(consent_functional, "consent_total", "level=\"functional\"", "")                                                 \
    X(consent_full, "consent_total", "level=\"full\"", "")                                                             \
    X(stream_entries, "stream_entries_total", "", "Entries made for the event stream.")                                \
    X(stream_lost, "stream_lost_total", "", "Of these, entries that Redis is not known to have.")                      \
    X(skipped_holdout, "skipped_total", "reason=\"holdout\"", "")                                                     \
    X(exposures, "exposures_total", "", "Blocks, and what stands for one in a holdout, written to the event stream.") \
    X(records_sent, "records_total", "result=\"sent\"", "Decision records, by what became of them.") \
    X(records_lost, "records_total", "result=\"lost\"", "") \
    X(skipped_killed, "skipped_total", "reason=\"killed\"", "")                                                       \
    X(control_taken, "control_entries_total", "result=\"taken\"", "Entries of the control stream that were read.")    \
    X(control_skipped, "control_entries_total", "result=\"skipped\"", "")                                          \
    X(app_proxy_unsigned, "app_proxy_refused_total", "reason=\"unsigned\"", "Requests that dynstore_app_proxy refused.") \
    X(app_proxy_bad, "app_proxy_refused_total", "reason=\"bad_signature\"", "")                                     \
    X(app_proxy_old, "app_proxy_refused_total", "reason=\"old\"", "")                                               \
    X(control_not_kept, "control_not_kept_total", "", "Entries of the control stream that are to last and could not be kept beside it.") \
    X(control_beyond, "control_beyond_total", "", "Times that the control stream came to an id that is too large to be read.")

/* X(type of event, metric name without the prefix, help): what shoppers did in a slot, labels slot */
#define NGX_HTTP_DYNSTORE_SLOT_EVENTS(X)                                                                               \
    X(SELECT_ITEM, "slot_clicks_total", "Clicks on items that a slot showed.")                                         \
    X(ADD_TO_CART, "slot_add_to_carts_total", "Items put into the cart from a slot.")                                  \
    X(PURCHASE, "slot_conversions_total", "Items bought that a slot had shown.")

/* X(member, metric name without the prefix, help) */
#define NGX_HTTP_DYNSTORE_HISTOGRAMS(X)                                                                                \
    X(decision_seconds, "decision_seconds", "Time to read the session's events and decide.")                           \
    X(redis_seconds, "redis_seconds", "Time from asking Redis to its answer.")                                         \
    X(wait_seconds, "wait_seconds", "Time that a page was held at its marker.")

/* Upper bounds in microseconds; the last bucket has none. */
#define NGX_HTTP_DYNSTORE_HISTOGRAM_BOUNDS_US                                                                          \
    10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 50000, 100000
#define NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS   14

/* X(constant, name): what became of webhooks, webhooks_total{scheme,result}. Add new rows at the end. */
#define NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS(X)                                                                           \
    X(TAKEN, "taken")                                                                                                  \
    X(DUPLICATE, "duplicate")                                                                                          \
    X(IGNORED, "ignored")             /* nothing here depends on its topic */                                          \
    X(PING, "ping")                   /* the platform tries the address */                                             \
    X(UNSIGNED, "unsigned")                                                                                            \
    X(BAD, "bad_signature")                                                                                            \
    X(OLD, "old")                                                                                                      \
    X(MALFORMED, "malformed")         /* signed, but not what the platform sends */                                    \
    X(UNAVAILABLE, "unavailable")     /* Redis is not known to have it: the platform sends again */

typedef enum {
#define X(constant, name) NGX_HTTP_DYNSTORE_WEBHOOK_##constant,
    NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS(X)
#undef X
    NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS_COUNT
} ngx_http_dynstore_webhook_result_e;

/* so many workers have a breaker state of their own in the metrics */
#define NGX_HTTP_DYNSTORE_WORKERS_MAX         64

typedef struct {
    ngx_atomic_t  buckets[NGX_HTTP_DYNSTORE_HISTOGRAM_BUCKETS];
    ngx_atomic_t  sum_us;
} ngx_http_dynstore_histogram_t;

typedef struct {
#define X(member, name, labels, help) ngx_atomic_t  member;
    NGX_HTTP_DYNSTORE_COUNTERS(X)
#undef X

    /* decisions_total{surface,rung} */
    ngx_atomic_t                      decisions[DYN_SURFACES_COUNT][DYN_RUNGS_COUNT];

#define X(member, name, help) ngx_http_dynstore_histogram_t  member;
    NGX_HTTP_DYNSTORE_HISTOGRAMS(X)
#undef X

    /* slot_impressions_total{slot,rung}, and then the counters of NGX_HTTP_DYNSTORE_SLOT_EVENTS */
    ngx_http_dynstore_labels_t        slots;
    /* variant_decisions_total{variant} */
    ngx_http_dynstore_labels_t        variants;

    /* for the status */
    ngx_http_dynstore_recent_t        recent;

    /* breaker_state{worker}: ngx_http_dynstore_breaker_state_e, plus one; 0: no such worker */
    ngx_atomic_t                      breaker[NGX_HTTP_DYNSTORE_WORKERS_MAX];

    ngx_atomic_t                      webhooks[DYN_WEBHOOK_SCHEME_COUNT][NGX_HTTP_DYNSTORE_WEBHOOK_RESULTS_COUNT];
} ngx_http_dynstore_counters_t;

#define ngx_http_dynstore_count(counters, member)                             \
    (void) ngx_atomic_fetch_add(&(counters)->member, 1)

/* Adds one measurement, in microseconds. */
void ngx_http_dynstore_observe(ngx_http_dynstore_histogram_t *histogram, uint64_t us);

/* Counts the block of a slot that a shopper was sent. `asked`: only the request names the slot, so it may be any. */
void ngx_http_dynstore_count_impression(ngx_http_dynstore_counters_t *counters, dyn_str_t slot, dyn_rung_t rung,
    ngx_uint_t asked);
/* Counts an event in a slot; events of other types, and slots that were never shown, are not counted. */
void ngx_http_dynstore_count_slot_event(ngx_http_dynstore_counters_t *counters, dyn_str_t slot, dyn_event_type_t type);
/* Counts the variants, `EXPERIMENT:VARIANT` with blanks between. */
void ngx_http_dynstore_count_variants(ngx_http_dynstore_counters_t *counters, dyn_str_t variants);

/* All of them as Prometheus text. */
void ngx_http_dynstore_counters_text(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
/* What is counted as one JSON object, without histograms. */
void ngx_http_dynstore_counters_json(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
/* What shoppers were sent and did, by slot, as a JSON list. */
void ngx_http_dynstore_slots_json(const ngx_http_dynstore_counters_t *counters, dyn_text_t *text);
/* HELP and TYPE of a metric; its name without the prefix. */
void ngx_http_dynstore_metric_head(dyn_text_t *text, const char *metric, const char *type, const char *help);

#endif
