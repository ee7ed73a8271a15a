#include "nginx/core/module.h"
#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "nginx/request/keep.h"
#include "nginx/request/limit.h"
#include "nginx/request/origin.h"
#include "nginx/request/page_token.h"
#include "nginx/request/shown.h"
#include "nginx/request/shared_cache.h"
#include "nginx/request/view.h"
#include "nginx/request/visitor.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"


#define NGX_HTTP_DYNSTORE_EVENTS_TOO_LARGE    "body: at most 65536 bytes; send the events in several batches"
#define NGX_HTTP_DYNSTORE_EVENTS_NOT_STORED   "events: they cannot be stored now; send them again in a second"


static ngx_uint_t ngx_http_dynstore_events_wants_confirm(ngx_http_request_t *r);
static const char *ngx_http_dynstore_events_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count);
static void ngx_http_dynstore_events_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_events_take(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_events_count(ngx_http_dynstore_ctx_t *ctx, ngx_uint_t stored);
static ngx_int_t ngx_http_dynstore_events_not_stored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_events_store(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    dyn_event_batch_t *batch);
static ngx_int_t ngx_http_dynstore_events_stored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_events_confirm_handler(ngx_http_dynstore_store_confirm_t *confirm);
static void ngx_http_dynstore_events_confirmed(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_events_cleanup(void *data);
static ngx_int_t ngx_http_dynstore_events_type_valid(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_events_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    dyn_event_batch_t *batch);
static void ngx_http_dynstore_events_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_events_answer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_events_faults(ngx_http_request_t *r, dyn_event_batch_t *batch, ngx_str_t *json);


typedef struct {
    ngx_http_dynstore_wanted_t        wanted;
    ngx_uint_t                        refresh;
    ngx_http_dynstore_auth_e          authenticated;
    dyn_event_batch_t                 batch;
    /* `confirm`: the answer waits until Redis has them */
    ngx_uint_t                        wants_confirm;
    ngx_http_dynstore_store_confirm_t confirm;
    ngx_uint_t                        counted;
    ngx_http_dynstore_store_write_t   write;
    dyn_fact_t                        facts[NGX_HTTP_DYNSTORE_FACTS_MAX];
} ngx_http_dynstore_events_t;


ngx_int_t
ngx_http_dynstore_events_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    dyn_str_t                      refresh;
    ngx_uint_t                     status;
    const char                    *fault;
    ngx_http_dynstore_ctx_t       *ctx;
    ngx_http_dynstore_events_t    *events;
    ngx_uint_t                     trusted;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    static ngx_str_t  refresh_name = ngx_string("refresh");

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_dynstore_refuse_method(r, "POST");
    }

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    trusted = ngx_http_test_predicates(r, dlcf->trusted) != NGX_OK;

    if (!trusted && dlcf->app_proxy == NULL && ngx_http_dynstore_cross_site(r, dlcf->origins)) {
        ngx_http_dynstore_count(dlcf->shop->counters, requests_cross_site);
        return ngx_http_dynstore_refuse_unread(r, NGX_HTTP_FORBIDDEN, "Origin: the page belongs to another site: name its "
                                               "origin in dynstore_origins to let it send events");
    }

    events = ngx_pcalloc(r->pool, sizeof(ngx_http_dynstore_events_t));
    if (events == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    fault = ngx_http_dynstore_wanted_parse(r, &refresh_name, &events->wanted);
    events->refresh = ngx_http_dynstore_arg(r, &refresh_name, DYN_SLOT_NAME_BYTES_MAX, &refresh)
                      != NGX_HTTP_DYNSTORE_ARG_ABSENT;
    events->wants_confirm = ngx_http_dynstore_events_wants_confirm(r);

    status = NGX_HTTP_BAD_REQUEST;

    if (fault == NULL && r->headers_in.content_length_n > DYN_EVENT_BODY_BYTES_MAX) {
        status = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        fault = NGX_HTTP_DYNSTORE_EVENTS_TOO_LARGE;

    } else if (fault == NULL && !ngx_http_dynstore_events_type_valid(r)) {
        status = NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
        fault = "Content-Type: must be application/json or text/plain, not compressed";
    }

    if (fault) {
        return ngx_http_dynstore_refuse_unread(r, status, fault);
    }

    ctx = ngx_http_dynstore_get_ctx(r);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
    }

    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->trusted = trusted;

    if (ngx_http_dynstore_identify(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    fault = ngx_http_dynstore_events_limited(r, ctx, 0);
    if (fault) {
        return ngx_http_dynstore_refuse_unread(r, NGX_HTTP_TOO_MANY_REQUESTS, fault);
    }

    events->authenticated = ngx_http_dynstore_authenticate(r, ctx);

    /* without a visitor nothing is stored, so no token is needed */
    if (dlcf->page_token == NGX_HTTP_DYNSTORE_PAGE_TOKEN_REQUIRED
        && events->authenticated == NGX_HTTP_DYNSTORE_AUTH_NONE && ctx->visitor_hash.len)
    {
        ngx_http_dynstore_count(ctx->conf->shop->counters, requests_no_token);
        return ngx_http_dynstore_refuse_unread(r, NGX_HTTP_FORBIDDEN, "token: missing, too old or of another visitor: send "
                                               "the token of the page in the header X-Dynstore-Token or the argument token");
    }

    ctx->endpoint = events;
    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_dynstore_events_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


/* Charges the events and returns NULL. Over the limit: adds Retry-After and returns the sentence of a 429. */
static const char *
ngx_http_dynstore_events_limited(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t count)
{
    ngx_str_t   after;
    ngx_uint_t  seconds;

    seconds = ngx_http_dynstore_limited(r, ctx, count);
    if (seconds == 0) {
        return NULL;
    }

    ngx_http_dynstore_count(ctx->conf->shop->counters, requests_limited);

    after.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);

    if (after.data != NULL) {
        after.len = ngx_sprintf(after.data, "%ui", seconds) - after.data;
        (void) ngx_http_dynstore_add_header(r, "Retry-After", &after);
    }

    return "events: too many from one visitor or address: send them again after the seconds in Retry-After";
}


/* True for `confirm` with any value but 0, or without one. */
static ngx_uint_t
ngx_http_dynstore_events_wants_confirm(ngx_http_request_t *r)
{
    size_t   len;
    u_char  *p, *end, *last;

    len = sizeof("confirm") - 1;
    last = r->args.data + r->args.len;

    for (p = r->args.data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '&');

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) < len || ngx_strncmp(p, "confirm", len) != 0) {
            continue;
        }

        if ((size_t) (end - p) == len) {
            return 1;
        }

        if (p[len] == '=') {
            return end - p != (ssize_t) len + 2 || p[len + 1] != '0';
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_dynstore_events_type_valid(ngx_http_request_t *r)
{
    size_t            i, len;
    ngx_str_t        *type;
    ngx_uint_t        n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    static ngx_str_t  types[] = { ngx_string("application/json"), ngx_string("text/plain") };

    part = &r->headers_in.headers.part;
    header = part->elts;

    for (n = 0; /* void */ ; n++) {
        if (n >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            n = 0;
        }

        if (header[n].key.len == sizeof("Content-Encoding") - 1
            && ngx_strncasecmp(header[n].key.data, (u_char *) "Content-Encoding", header[n].key.len) == 0)
        {
            return 0;
        }
    }

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    for (i = 0; i < 2; i++) {
        len = types[i].len;

        if (type->len >= len && ngx_strncasecmp(type->data, types[i].data, len) == 0
            && (type->len == len || type->data[len] == ';' || type->data[len] == ' '))
        {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_dynstore_events_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_dynstore_events_take(r, ngx_http_dynstore_get_ctx(r)));
}


/* Returns what to finalize with; NGX_DONE while the decision is pending. */
static ngx_int_t
ngx_http_dynstore_events_take(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                    rc;
    dyn_str_t                    body;
    dyn_arena_t                  arena;
    dyn_error_t                  error;
    const char                  *fault;
    ngx_http_dynstore_events_t  *events;

    events = ctx->endpoint;

    rc = ngx_http_dynstore_read_body(r, DYN_EVENT_BODY_BYTES_MAX, &body);

    if (rc == NGX_DECLINED) {
        return ngx_http_dynstore_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, NGX_HTTP_DYNSTORE_EVENTS_TOO_LARGE);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    dyn_arena_init(&arena, NULL, 0, ngx_http_dynstore_more, r->pool);

    if (!dyn_event_parse(body, ngx_http_dynstore_now_ms(), &arena, &events->batch, &error)) {
        /* events that were read and refused are charged too; the answer says what is wrong with them */
        (void) ngx_http_dynstore_limited(r, ctx, 1);
        ngx_http_dynstore_count(ctx->conf->shop->counters, events_refused);
        return ngx_http_dynstore_refuse(r, NGX_HTTP_BAD_REQUEST, error.text);
    }

    fault = ngx_http_dynstore_events_limited(r, ctx, ngx_max(events->batch.count, 1));
    if (fault) {
        return ngx_http_dynstore_refuse(r, NGX_HTTP_TOO_MANY_REQUESTS, fault);
    }

    ctx->charged = 1;

    switch (ngx_http_dynstore_events_store(r, ctx, &events->batch)) {

    case NGX_OK:
        return ngx_http_dynstore_events_stored(r, ctx);

    case NGX_AGAIN:
        return ngx_http_dynstore_hold(r);

    default:
        return ngx_http_dynstore_events_not_stored(r, ctx);
    }
}


static ngx_int_t
ngx_http_dynstore_events_not_stored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_events_count(ctx, 0);

    return ngx_http_dynstore_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE, NGX_HTTP_DYNSTORE_EVENTS_NOT_STORED);
}


static ngx_int_t
ngx_http_dynstore_events_stored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_events_t  *events;

    events = ctx->endpoint;

    ngx_http_dynstore_events_count(ctx, 1);

    if (!events->refresh) {
        return ngx_http_dynstore_events_answer(r, ctx);
    }

    ngx_http_dynstore_subrequest_guard(r, ctx);
    ngx_http_dynstore_wanted_set(ctx, &events->wanted);

    if (ngx_http_dynstore_lookup_start(r, ctx, ngx_http_dynstore_events_done) == NGX_OK) {
        return ngx_http_dynstore_events_answer(r, ctx);
    }

    return ngx_http_dynstore_hold(r);
}


static void
ngx_http_dynstore_events_confirm_handler(ngx_http_dynstore_store_confirm_t *confirm)
{
    ngx_http_dynstore_ctx_t  *ctx = confirm->data;

    ctx->done = ngx_http_dynstore_events_confirmed;
    ngx_post_event(&ctx->wake, &ngx_posted_events);
}


static void
ngx_http_dynstore_events_confirmed(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_http_dynstore_events_t  *events;

    events = ctx->endpoint;

    rc = events->confirm.status == NGX_OK
             ? ngx_http_dynstore_events_stored(r, ctx)
             : ngx_http_dynstore_events_not_stored(r, ctx);

    ngx_http_finalize_request(r, rc);
}


static void
ngx_http_dynstore_events_cleanup(void *data)
{
    ngx_http_dynstore_ctx_t     *ctx = data;
    ngx_http_dynstore_events_t  *events;

    events = ctx->endpoint;

    ngx_http_dynstore_store_unconfirm(&events->confirm);

    /* the events of a client that did not wait still count */
    if (!events->counted) {
        ngx_http_dynstore_events_count(ctx, 1);
    }
}


/* Counts the events once their fate is known: those that the answer refuses are not accepted. */
static void
ngx_http_dynstore_events_count(ngx_http_dynstore_ctx_t *ctx, ngx_uint_t stored)
{
    size_t                       i;
    ngx_atomic_t                *counter;
    const dyn_event_t           *event;
    ngx_http_dynstore_events_t  *events;

    events = ctx->endpoint;
    events->counted = 1;

    if (!stored) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, events_refused);
        return;
    }

    (void) ngx_atomic_fetch_add(&ctx->conf->shop->counters->events_refused,
                                (ngx_atomic_int_t) events->batch.fault_count);

    switch (ctx->ignored) {

#define X(constant, name)                                                     \
    case NGX_HTTP_DYNSTORE_IGNORED_##constant:                                \
        counter = &ctx->conf->shop->counters->events_ignored_##name;         \
        break;

    NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)
#undef X

    default:
        counter = &ctx->conf->shop->counters->events_accepted;
    }

    (void) ngx_atomic_fetch_add(counter, (ngx_atomic_int_t) (events->batch.batch - events->batch.fault_count));

    if (!ngx_http_dynstore_shown_counts(ctx)) {
        return;
    }

    for (i = 0; i < events->batch.count; i++) {
        event = &events->batch.events[i];

        if (event->list_id.len && event->decision_id.len) {
            ngx_http_dynstore_count_slot_event(ctx->conf->shop->counters, event->list_id, event->type);
        }
    }
}


/*
 * Stores the events. For an ignored visitor nothing is stored, which is not an error. NGX_AGAIN: Redis was asked, and
 * ngx_http_dynstore_events_confirmed() will be called.
 */
static ngx_int_t
ngx_http_dynstore_events_store(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_event_batch_t *batch)
{
    ngx_uint_t                        i;
    ngx_http_cleanup_t               *cleanup;
    ngx_http_dynstore_events_t       *events;
    ngx_http_dynstore_store_write_t  *write;

    if (batch->count == 0 || !ctx->may_write) {
        return NGX_OK;
    }

    events = ctx->endpoint;
    write = &events->write;

    write->visitor_hash = ctx->visitor_hash;
    write->events = batch->events;
    write->nevents = batch->count;
    write->authenticated = events->authenticated;
    write->set_once = events->facts;
    write->nset_once = ngx_http_dynstore_view_facts(r, ctx, events->facts);
    write->new_visitor = ctx->minted && events->authenticated == NGX_HTTP_DYNSTORE_AUTH_NONE;

    for (i = 0; i < NGX_HTTP_DYNSTORE_STORE_TOKENS; i++) {
        if (ngx_http_dynstore_cart_token(r, ctx->conf->visitor->key, i ? batch->checkout_token : batch->cart_token,
                                         &write->tokens[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_http_dynstore_hash_as(r, ctx->conf->visitor->key, NULL, ctx->customer, &write->customer) != NGX_OK) {
        return NGX_ERROR;
    }

    if (events->wants_confirm) {
        cleanup = ngx_http_cleanup_add(r, 0);
        if (cleanup == NULL) {
            return NGX_ERROR;
        }

        cleanup->handler = ngx_http_dynstore_events_cleanup;
        cleanup->data = ctx;

        events->confirm.handler = ngx_http_dynstore_events_confirm_handler;
        events->confirm.data = ctx;
        write->confirm = &events->confirm;
    }

    return ngx_http_dynstore_record(r, ctx, write);
}


/*
 * Adds these events to the session that was read, so that the answer knows them in any case: they may still be queued, and a
 * new visitor is not looked up at all.
 */
static ngx_int_t
ngx_http_dynstore_events_add(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_event_batch_t *batch)
{
    char         text[DYN_EVENT_TEXT_BYTES_MAX];
    size_t       i, len;
    u_char      *p;
    dyn_str_t   *entries;
    ngx_uint_t   n, k;

    if (ctx->lookup != NGX_HTTP_DYNSTORE_LOOKUP_DONE) {
        return NGX_OK;
    }

    entries = ngx_palloc(r->pool, (DYN_SESSION_EVENTS_MAX + ctx->read.nentries) * sizeof(dyn_str_t));
    if (entries == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = batch->count; i > 0 && n < DYN_SESSION_EVENTS_MAX; i--) {

        len = dyn_event_in_session(&batch->events[i - 1]) ? dyn_event_encode(&batch->events[i - 1], text, sizeof(text)) : 0;

        for (k = 0; k < ctx->read.nentries && len; k++) {
            if (ctx->read.entries[k].len == len && ngx_memcmp(ctx->read.entries[k].data, text, len) == 0) {
                len = 0;
            }
        }

        if (len == 0) {
            continue;
        }

        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, text, len);
        entries[n].data = (char *) p;
        entries[n++].len = len;
    }

    for (k = 0; k < ctx->read.nentries; k++) {
        entries[n++] = ctx->read.entries[k];
    }

    ctx->read.entries = entries;
    ctx->read.nentries = ngx_min(n, DYN_SESSION_EVENTS_MAX);

    return NGX_OK;
}


static void
ngx_http_dynstore_events_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_finalize_request(r, ngx_http_dynstore_events_answer(r, ctx));
}


static ngx_int_t
ngx_http_dynstore_events_answer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char                      *p;
    ngx_str_t                    body, faults, answer;
    dyn_str_t                    visitor;
    uint32_t                     accepted;
    ngx_uint_t                   status;
    ngx_http_dynstore_events_t  *events;
    ngx_http_dynstore_decided_t  decided;

    static ngx_str_t  no_store = ngx_string("private, no-store");

    events = ctx->endpoint;

    if (ngx_http_dynstore_add_header(r, "Cache-Control", &no_store) != NGX_OK
        || ngx_http_dynstore_visitor_cookie_add(r, ctx) != NGX_OK
        || (events->authenticated == NGX_HTTP_DYNSTORE_AUTH_TOKEN
            && ngx_http_dynstore_page_token_header(r, ctx) != NGX_OK)
        || ngx_http_dynstore_add_ignored(r, ctx) != NGX_OK
        || ngx_http_dynstore_events_faults(r, &events->batch, &faults) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!events->refresh) {
        visitor = ngx_http_dynstore_visitor_to_keep(ctx);

        if (events->batch.fault_count == 0 && visitor.len == 0) {
            ngx_str_null(&body);
            return ngx_http_dynstore_send(r, NGX_HTTP_NO_CONTENT, NULL, &body);
        }

        status = events->batch.fault_count == events->batch.batch ? NGX_HTTP_BAD_REQUEST : NGX_HTTP_OK;

        answer.data = ngx_pnalloc(r->pool, faults.len + visitor.len + NGX_INT_T_LEN
                                           + sizeof("{\"accepted\":,\"refused\":[],\"visitor\":\"\"}\n"));
        if (answer.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        accepted = ctx->may_write ? (uint32_t) (events->batch.batch - events->batch.fault_count) : 0;

        p = ngx_sprintf(answer.data, "{\"accepted\":%uD,", accepted);
        p = faults.len ? ngx_sprintf(p, "%V", &faults) : ngx_cpymem(p, "\"refused\":[]", sizeof("\"refused\":[]") - 1);

        if (visitor.len) {
            p = ngx_sprintf(p, ",\"visitor\":\"%*s\"", visitor.len, visitor.data);
        }

        p = ngx_cpymem(p, "}\n", 2);
        answer.len = p - answer.data;

        return ngx_http_dynstore_send(r, status, "application/json", &answer);
    }

    if (ngx_http_dynstore_events_add(r, ctx, &events->batch) != NGX_OK
        || ngx_http_dynstore_wanted_render(r, ctx, &events->wanted, &decided, &body) != NGX_OK
        || ngx_http_dynstore_server_timing(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (events->wanted.format == NGX_HTTP_DYNSTORE_FORMAT_HTML) {
        return ngx_http_dynstore_send(r, NGX_HTTP_OK, "text/html; charset=utf-8", &body);
    }

    if (events->batch.fault_count && body.len && body.data[body.len - 1] == '}') {
        p = ngx_pnalloc(r->pool, body.len + faults.len + 2);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        answer.data = p;
        p = ngx_cpymem(p, body.data, body.len - 1);
        p = ngx_sprintf(p, ",%V}", &faults);
        answer.len = p - answer.data;
        body = answer;
    }

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, "application/json", &body);
}


/* `"refused":[{"index":1,"error":"..."}]`; empty when none was. */
static ngx_int_t
ngx_http_dynstore_events_faults(ngx_http_request_t *r, dyn_event_batch_t *batch, ngx_str_t *json)
{
    size_t        i, len;
    u_char       *p;
    dyn_str_t    *sentences;
    dyn_arena_t   arena;

    ngx_str_null(json);

    if (batch->fault_count == 0) {
        return NGX_OK;
    }

    dyn_arena_init(&arena, NULL, 0, ngx_http_dynstore_more, r->pool);

    sentences = ngx_palloc(r->pool, batch->fault_count * sizeof(dyn_str_t));
    if (sentences == NULL) {
        return NGX_ERROR;
    }

    len = sizeof("\"refused\":[]");

    for (i = 0; i < batch->fault_count; i++) {
        sentences[i] = dyn_json_string(batch->faults[i].sentence, &arena);

        if (sentences[i].data == NULL) {
            return NGX_ERROR;
        }

        len += sentences[i].len + NGX_INT_T_LEN + sizeof(",{\"index\":,\"error\":}");
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    json->data = p;
    p = ngx_cpymem(p, "\"refused\":[", sizeof("\"refused\":[") - 1);

    for (i = 0; i < batch->fault_count; i++) {
        p = ngx_sprintf(p, "%s{\"index\":%uD,\"error\":%*s}", i ? "," : "", batch->faults[i].index, sentences[i].len,
                        sentences[i].data);
    }

    *p++ = ']';
    json->len = p - json->data;

    return NGX_OK;
}
