#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "nginx/request/page_token.h"
#include "nginx/request/shared_cache.h"
#include "nginx/request/visitor.h"

#define XXH_INLINE_ALL
#include <xxhash.h>


static void ngx_http_dynstore_fragment_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_fragment_answer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_fragment_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_wanted_t *wanted, const dyn_decision_t *decision);
static void ngx_http_dynstore_fragment_hash(XXH3_state_t *state, dyn_str_t text);
static uint64_t ngx_http_dynstore_fragment_fingerprint(ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_wanted_t *wanted, const dyn_decision_t *decision);


ngx_int_t
ngx_http_dynstore_fragment_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    const char                  *fault;
    ngx_http_dynstore_ctx_t     *ctx;
    ngx_http_dynstore_wanted_t  *wanted;

    static ngx_str_t  surface_name = ngx_string("surface");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_dynstore_refuse_method(r, "GET, HEAD");
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    wanted = ngx_palloc(r->pool, sizeof(ngx_http_dynstore_wanted_t));
    if (wanted == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    fault = ngx_http_dynstore_wanted_parse(r, &surface_name, wanted);
    if (fault) {
        return ngx_http_dynstore_refuse(r, NGX_HTTP_BAD_REQUEST, fault);
    }

    ctx = ngx_http_dynstore_get_ctx(r);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
    }

    if (ctx == NULL || ngx_http_dynstore_identify(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_dynstore_subrequest_guard(r, ctx);
    ngx_http_dynstore_wanted_set(ctx, wanted);
    ctx->endpoint = wanted;

    if (ngx_http_dynstore_lookup_start(r, ctx, ngx_http_dynstore_fragment_done) == NGX_OK) {
        return ngx_http_dynstore_fragment_answer(r, ctx);
    }

    r->main->count++;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_DONE;
}


static void
ngx_http_dynstore_fragment_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_finalize_request(r, ngx_http_dynstore_fragment_answer(r, ctx));
}


static ngx_int_t
ngx_http_dynstore_fragment_answer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t                     body;
    ngx_http_dynstore_wanted_t   *wanted;
    ngx_http_dynstore_decided_t   decided;

    wanted = ctx->endpoint;

    if (ngx_http_dynstore_wanted_render(r, ctx, wanted, &decided, &body) != NGX_OK
        || ngx_http_dynstore_fragment_headers(r, ctx, wanted, &decided.decision) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_dynstore_send(r, NGX_HTTP_OK,
                                  wanted->format == NGX_HTTP_DYNSTORE_FORMAT_JSON ? "application/json"
                                                                                  : "text/html; charset=utf-8",
                                  &body);
}


/* The header filter makes the answer private; max-age of seconds lets a page's refreshes share it. */
static ngx_int_t
ngx_http_dynstore_fragment_headers(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_wanted_t *wanted, const dyn_decision_t *decision)
{
    u_char           *p;
    uint64_t          fingerprint;
    ngx_str_t         value;
    ngx_table_elt_t  *etag;

    p = ngx_pnalloc(r->pool, sizeof("private, max-age=") + NGX_TIME_T_LEN + sizeof("W/\"0123456789abcdef\""));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, "private, max-age=%T", ctx->conf->ttl);
    value.len = p - value.data;

    if (ngx_http_dynstore_add_header(r, "Cache-Control", &value) != NGX_OK
        || ngx_http_dynstore_visitor_cookie_add(r, ctx) != NGX_OK
        || ngx_http_dynstore_page_token_header(r, ctx) != NGX_OK
        || ngx_http_dynstore_add_ignored(r, ctx) != NGX_OK
        || ngx_http_dynstore_server_timing(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    fingerprint = ngx_http_dynstore_fingerprint_sign(ngx_http_dynstore_fragment_fingerprint(ctx, wanted, decision),
                                                     &ctx->visitor_hash);
    ngx_http_dynstore_shared_cache_validator(r, ctx, fingerprint);

    etag = ngx_list_push(&r->headers_out.headers);
    if (etag == NULL) {
        return NGX_ERROR;
    }

    etag->hash = 1;
#if (nginx_version >= 1023000)
    etag->next = NULL;
#endif
    ngx_str_set(&etag->key, "ETag");
    etag->value.data = p;
    etag->value.len = ngx_sprintf(p, "W/\"%016xL\"", fingerprint) - p;
    r->headers_out.etag = etag;

    return NGX_OK;
}


/*
 * Covers what is shown and why, but not the decision's id and scores, which differ each time. Two answers with one fingerprint
 * show the same, so it is a weak validator. Texts follow from the rules, the language and what is hashed.
 */
static uint64_t
ngx_http_dynstore_fragment_fingerprint(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_wanted_t *wanted,
    const dyn_decision_t *decision)
{
    uint32_t                    i, k;
    uint64_t                    row[5];
    XXH3_state_t                state;
    const dyn_choice_t         *choice;
    const dyn_message_t        *message;
    const dyn_slot_decision_t  *slot;

    (void) XXH3_64bits_reset(&state);
    (void) XXH3_64bits_update(&state, ctx->snapshot->data->build_id, sizeof(ctx->snapshot->data->build_id));
    (void) XXH3_64bits_update(&state, ctx->rules->policy->version, sizeof(ctx->rules->policy->version));
    ngx_http_dynstore_fragment_hash(&state, ctx->context.language);

    row[0] = wanted->format;
    row[1] = decision->surface;
    row[2] = decision->rung;
    row[3] = decision->moment;
    row[4] = decision->slot_count;
    (void) XXH3_64bits_update(&state, row, sizeof(row));
    (void) XXH3_64bits_update(&state, &decision->flags, sizeof(decision->flags));

    for (i = 0; i < decision->slot_count; i++) {
        slot = &decision->slots[i];
        ngx_http_dynstore_fragment_hash(&state, slot->name);
        ngx_http_dynstore_fragment_hash(&state, slot->title);
        ngx_http_dynstore_fragment_hash(&state, slot->content);

        for (k = 0; k < slot->count; k++) {
            choice = &slot->choices[k];
            row[0] = choice->item;
            row[1] = choice->reason;
            row[2] = choice->reference_kind;
            row[3] = choice->reference;
            row[4] = choice->cta;
            (void) XXH3_64bits_update(&state, row, sizeof(row));
            ngx_http_dynstore_fragment_hash(&state, choice->badge);
            ngx_http_dynstore_fragment_hash(&state, choice->sponsored);
            ngx_http_dynstore_fragment_hash(&state, choice->reason_text);
            ngx_http_dynstore_fragment_hash(&state, choice->cta_label);
        }

        for (k = 0; k < slot->message_count; k++) {
            message = &slot->messages[k];
            row[0] = message->kind;
            row[1] = (uint64_t) message->amount_minor;
            row[2] = message->item;
            row[3] = slot->message_count;
            row[4] = slot->kind;
            (void) XXH3_64bits_update(&state, row, sizeof(row));
            (void) XXH3_64bits_update(&state, message->currency, sizeof(message->currency));
            ngx_http_dynstore_fragment_hash(&state, message->text);
        }
    }

    return XXH3_64bits_digest(&state);
}


/* With its length, so that no two lists of texts look alike. */
static void
ngx_http_dynstore_fragment_hash(XXH3_state_t *state, dyn_str_t text)
{
    (void) XXH3_64bits_update(state, &text.len, sizeof(text.len));

    if (text.len != 0) {
        (void) XXH3_64bits_update(state, text.data, text.len);
    }
}
