/*
 * dynstore_webhook: what the shop's platform tells becomes entries of the control stream and events. The answer comes only when Redis
 * has them, so that a platform which gets another answer sends again, and nothing is lost (docs/webhooks.md).
 */
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "nginx/request/keep.h"
#include "nginx/store/delivery.h"
#include "engine/base/item_id.h"
#include "engine/trust/webhook.h"
#include "engine/webhook/payload.h"

#include <openssl/crypto.h>


#define NGX_HTTP_DYNSTORE_WEBHOOK_TOO_LARGE    "body: at most 2097152 bytes"
#define NGX_HTTP_DYNSTORE_WEBHOOK_NOT_WRITTEN  "webhook: it cannot be written now; send it again"


/* Of dynstore_webhook. */
typedef struct ngx_http_dynstore_webhook_s {
    dyn_webhook_scheme_t              scheme;
    dyn_webhook_secret_t             *secrets[DYN_WEBHOOK_SECRETS_MAX];
    ngx_uint_t                        nsecrets;
    char                              currency[4];    /* "": prices that name none are left out */
} ngx_http_dynstore_webhook_t;

/* A request's. */
typedef struct {
    dyn_webhook_payload_t             payload;
    ngx_http_dynstore_delivery_t      delivery;
} ngx_http_dynstore_webhook_request_t;


static void ngx_http_dynstore_webhook_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_webhook_take(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_webhook_refuse_check(ngx_http_request_t *r, dyn_webhook_check_t check);
static ngx_int_t ngx_http_dynstore_webhook_read(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_str_t topic, dyn_str_t body,
    dyn_error_t *error);
static bool ngx_http_dynstore_webhook_known(void *data, dyn_str_t item);
static ngx_int_t ngx_http_dynstore_webhook_deliver(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_str_t id);
static ngx_int_t ngx_http_dynstore_webhook_customer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_webhook_tokens(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_webhook_delivered(ngx_http_dynstore_delivery_t *delivery);
static void ngx_http_dynstore_webhook_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_webhook_not_written(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_webhook_answer(ngx_http_request_t *r);
static ngx_int_t ngx_http_dynstore_webhook_challenge(ngx_http_request_t *r);
static dyn_str_t ngx_http_dynstore_webhook_header(void *data, const char *name);
static void ngx_http_dynstore_webhook_cleanup(void *data);
static void ngx_http_dynstore_webhook_count(ngx_http_request_t *r, ngx_http_dynstore_webhook_result_e result);
static ngx_int_t ngx_http_dynstore_webhook_secret(ngx_conf_t *cf, ngx_str_t *directive, ngx_http_dynstore_webhook_t *webhook,
    ngx_str_t *path);
static void ngx_http_dynstore_webhook_free(void *data);


ngx_int_t
ngx_http_dynstore_webhook_handler(ngx_http_request_t *r)
{
    ngx_int_t                             rc;
    ngx_http_cleanup_t                   *cleanup;
    ngx_http_dynstore_ctx_t              *ctx;
    ngx_http_dynstore_loc_conf_t         *dlcf;
    ngx_http_dynstore_webhook_request_t  *hook;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    if (r->method == NGX_HTTP_GET && dlcf->webhook->scheme == DYN_WEBHOOK_ADOBE) {
        rc = ngx_http_dynstore_webhook_challenge(r);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_dynstore_refuse_method(r, "POST");
    }

    ctx = ngx_http_dynstore_get_ctx(r);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
    }

    hook = ngx_pcalloc(r->pool, sizeof(ngx_http_dynstore_webhook_request_t));
    cleanup = ngx_http_cleanup_add(r, 0);

    if (ctx == NULL || hook == NULL || cleanup == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cleanup->handler = ngx_http_dynstore_webhook_cleanup;
    cleanup->data = hook;

    ctx->endpoint = hook;
    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_dynstore_webhook_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_http_dynstore_webhook_body(ngx_http_request_t *r)
{
    ngx_http_finalize_request(r, ngx_http_dynstore_webhook_take(r, ngx_http_dynstore_get_ctx(r)));
}


/* Returns what to finalize with; NGX_DONE while Redis has not answered. */
static ngx_int_t
ngx_http_dynstore_webhook_take(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                             rc;
    ngx_str_t                             sentence;
    dyn_str_t                             body;
    dyn_error_t                           error;
    dyn_webhook_check_t                   check;
    dyn_webhook_delivery_t                delivery;
    ngx_http_dynstore_webhook_t          *webhook;
    ngx_http_dynstore_log_text_t          text;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;
    webhook = ctx->conf->webhook;

    rc = ngx_http_dynstore_read_body(r, DYN_WEBHOOK_BODY_BYTES_MAX, &body);

    if (rc == NGX_DECLINED) {
        return ngx_http_dynstore_refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, NGX_HTTP_DYNSTORE_WEBHOOK_TOO_LARGE);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (dyn_webhook_is_ping(webhook->scheme, body)) {
        ngx_http_dynstore_webhook_count(r, NGX_HTTP_DYNSTORE_WEBHOOK_PING);
        return ngx_http_dynstore_webhook_answer(r);
    }

    check = dyn_webhook_verify(webhook->scheme, webhook->secrets, webhook->nsecrets, ngx_http_dynstore_webhook_header, r, body,
                               ngx_http_dynstore_now_ms(), &delivery);

    if (check != DYN_WEBHOOK_CHECK_GOOD) {
        return ngx_http_dynstore_webhook_refuse_check(r, check);
    }

    rc = ngx_http_dynstore_webhook_read(r, ctx, delivery.topic, body, &error);

    if (rc == NGX_DECLINED) {
        sentence = ngx_http_dynstore_log_text(&text, (u_char *) error.text, ngx_strlen(error.text));
        ngx_http_dynstore_log(NGX_LOG_ERR, r, "a webhook is refused, though it is signed: %V", &sentence);
        ngx_http_dynstore_webhook_count(r, NGX_HTTP_DYNSTORE_WEBHOOK_MALFORMED);

        return ngx_http_dynstore_refuse(r, NGX_HTTP_BAD_REQUEST, error.text);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (hook->payload.use == DYN_WEBHOOK_USE_IGNORED) {
        ngx_http_dynstore_webhook_count(r, NGX_HTTP_DYNSTORE_WEBHOOK_IGNORED);
        return ngx_http_dynstore_webhook_answer(r);
    }

    return ngx_http_dynstore_webhook_deliver(r, ctx, dyn_str_from(delivery.id));
}


static ngx_int_t
ngx_http_dynstore_webhook_refuse_check(ngx_http_request_t *r, dyn_webhook_check_t check)
{
    const char                          *sentence;
    ngx_http_dynstore_webhook_result_e   result;

    switch (check) {

    case DYN_WEBHOOK_CHECK_UNSIGNED:
        result = NGX_HTTP_DYNSTORE_WEBHOOK_UNSIGNED;
        sentence = "signature: a header of it is missing: sign the webhook as docs/webhooks.md says";
        break;

    case DYN_WEBHOOK_CHECK_OLD:
        result = NGX_HTTP_DYNSTORE_WEBHOOK_OLD;
        sentence = "signature: its time is more than 300 seconds from now: set the clocks, and sign again";
        break;

    default:
        result = NGX_HTTP_DYNSTORE_WEBHOOK_BAD;
        sentence = "signature: it is none of this body by a secret of secret_file=: give both sides the same secret";
    }

    ngx_http_dynstore_log(NGX_LOG_WARN, r, "a webhook is refused: %s", sentence);
    ngx_http_dynstore_webhook_count(r, result);

    return ngx_http_dynstore_refuse(r, NGX_HTTP_UNAUTHORIZED, sentence);
}


/* NGX_DECLINED: it is not what the platform sends, for the reason in *error. */
static ngx_int_t
ngx_http_dynstore_webhook_read(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_str_t topic, dyn_str_t body,
    dyn_error_t *error)
{
    ngx_int_t                             rc;
    dyn_arena_t                           arena;
    dyn_webhook_context_t                 context;
    ngx_http_dynstore_snapshot_t         *snapshot;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;

    snapshot = ngx_http_dynstore_snapshot_pin(ctx->conf->shop->watch);
    dyn_arena_init(&arena, NULL, 0, ngx_http_dynstore_more, r->pool);

    context.scheme = ctx->conf->webhook->scheme;
    context.topic = topic;
    context.currency = ctx->conf->webhook->currency;
    context.now_ms = ngx_http_dynstore_now_ms();
    context.known = snapshot == NULL ? NULL : ngx_http_dynstore_webhook_known;
    context.data = snapshot;

    rc = dyn_webhook_payload_read(&context, body, &arena, &hook->payload, error) ? NGX_OK : NGX_DECLINED;

    if (snapshot != NULL) {
        ngx_http_dynstore_snapshot_unpin(snapshot);
    }

    return arena.exhausted ? NGX_ERROR : rc;
}


static bool
ngx_http_dynstore_webhook_known(void *data, dyn_str_t item)
{
    ngx_http_dynstore_snapshot_t  *snapshot = data;

    return dyn_snapshot_find_item(snapshot->data, item, NULL) != DYN_NONE;
}


static ngx_int_t
ngx_http_dynstore_webhook_deliver(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_str_t id)
{
    u_char                               *p;
    ngx_str_t                             scheme;
    dyn_str_t                             name, text;
    ngx_uint_t                            i;
    dyn_webhook_payload_t                *payload;
    ngx_http_dynstore_delivery_t         *delivery;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;
    payload = &hook->payload;
    delivery = &hook->delivery;

    /* platforms may use the same ids */
    name = dyn_webhook_scheme_name(ctx->conf->webhook->scheme);
    scheme.data = (u_char *) name.data;
    scheme.len = name.len;

    p = ngx_pnalloc(r->pool, scheme.len + 1 + id.len);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text.data = (char *) p;
    text.len = ngx_sprintf(p, "%V %*s", &scheme, id.len, id.data) - p;

    if (ngx_http_dynstore_hash_as(r, ctx->conf->visitor->key, "dynstore webhook", text, &delivery->id) != NGX_OK
        || ngx_http_dynstore_hash_as(r, ctx->conf->visitor->key, "dynstore webhook once", payload->once, &delivery->once) != NGX_OK
        || ngx_http_dynstore_webhook_customer(r, ctx) != NGX_OK
        || ngx_http_dynstore_webhook_tokens(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < payload->event_count; i++) {
        ngx_http_dynstore_keep_event(r, ctx, &payload->events[i]);
    }

    delivery->entries = payload->entries;
    delivery->nentries = payload->entry_count;
    delivery->events = payload->events;
    delivery->nevents = payload->event_count;
    delivery->handler = ngx_http_dynstore_webhook_delivered;
    delivery->data = ctx;

    if (ngx_http_dynstore_store_deliver(ctx->conf->shop->store, delivery) != NGX_AGAIN) {
        return ngx_http_dynstore_webhook_not_written(r);
    }

    return ngx_http_dynstore_hold(r);
}


/*
 * A customer is named as a visitor is, so where the shop names its visitors by the customer's number, it is the same name. Without one,
 * an order is of nobody else: its own visitor. Entries of kind privacy get the name, too.
 */
static ngx_int_t
ngx_http_dynstore_webhook_customer(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    size_t                                i;
    dyn_control_entry_t                  *entry;
    dyn_webhook_payload_t                *payload;
    ngx_http_dynstore_delivery_t         *delivery;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;
    payload = &hook->payload;
    delivery = &hook->delivery;

    if (payload->customer.len == 0) {

        if (payload->event_count == 0) {
            return NGX_OK;
        }

        delivery->ncustomer = 1;

        return ngx_http_dynstore_hash_as(r, ctx->conf->visitor->key, "dynstore order", payload->once, &delivery->customer[0]);
    }

    if (ngx_http_dynstore_hash_as(r, ctx->conf->visitor->key, NULL, payload->customer, &delivery->customer[0]) != NGX_OK) {
        return NGX_ERROR;
    }

    delivery->ncustomer = 1;

    if (ctx->conf->visitor->old_key != NULL) {

        if (ngx_http_dynstore_hash_as(r, ctx->conf->visitor->old_key, NULL, payload->customer, &delivery->customer[1]) != NGX_OK) {
            return NGX_ERROR;
        }

        delivery->ncustomer = 2;
    }

    for (i = 0; i < payload->entry_count; i++) {
        entry = &payload->entries[i];

        if (entry->kind != DYN_CONTROL_KIND_PRIVACY) {
            continue;
        }

        entry->customer = ngx_http_dynstore_str(delivery->customer[0]);
        entry->has |= DYN_CONTROL_HAS(CUSTOMER);

        if (entry->request == DYN_CONTROL_REQUEST_REDACT) {
            delivery->redact = 1;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_webhook_tokens(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    size_t                                i;
    dyn_str_t                             token;
    ngx_uint_t                            k;
    ngx_http_dynstore_key_t              *keys[2];
    ngx_http_dynstore_delivery_t         *delivery;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;
    delivery = &hook->delivery;

    keys[0] = ctx->conf->visitor->key;
    keys[1] = ctx->conf->visitor->old_key;

    for (i = 0; i < hook->payload.token_count; i++) {

        if (!dyn_cart_token_normalize(hook->payload.tokens[i], &token)) {
            continue;
        }

        for (k = 0; k < 2 && keys[k] != NULL; k++) {
            if (ngx_http_dynstore_cart_token(r, keys[k], token, &delivery->tokens[delivery->ntokens++]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_dynstore_webhook_delivered(ngx_http_dynstore_delivery_t *delivery)
{
    ngx_http_dynstore_ctx_t  *ctx = delivery->data;

    ctx->done = ngx_http_dynstore_webhook_done;
    ngx_post_event(&ctx->wake, &ngx_posted_events);
}


static void
ngx_http_dynstore_webhook_done(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_int_t                             rc;
    ngx_http_dynstore_webhook_request_t  *hook;

    hook = ctx->endpoint;

    if (hook->delivery.result == NGX_HTTP_DYNSTORE_DELIVERY_FAILED) {
        rc = ngx_http_dynstore_webhook_not_written(r);

    } else {
        ngx_http_dynstore_webhook_count(r, hook->delivery.result == NGX_HTTP_DYNSTORE_DELIVERY_TAKEN
                                           ? NGX_HTTP_DYNSTORE_WEBHOOK_TAKEN : NGX_HTTP_DYNSTORE_WEBHOOK_DUPLICATE);
        rc = ngx_http_dynstore_webhook_answer(r);
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_dynstore_webhook_not_written(ngx_http_request_t *r)
{
    ngx_http_dynstore_webhook_count(r, NGX_HTTP_DYNSTORE_WEBHOOK_UNAVAILABLE);

    return ngx_http_dynstore_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE, NGX_HTTP_DYNSTORE_WEBHOOK_NOT_WRITTEN);
}


/* Adobe Commerce waits for an answer that says what to do; the others want none. */
static ngx_int_t
ngx_http_dynstore_webhook_answer(ngx_http_request_t *r)
{
    ngx_str_t                      body;
    ngx_http_dynstore_loc_conf_t  *dlcf;

    static ngx_str_t  success = ngx_string("[{\"op\":\"success\"}]\n");

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    if (dlcf->webhook->scheme == DYN_WEBHOOK_ADOBE) {
        return ngx_http_dynstore_send(r, NGX_HTTP_OK, "application/json", &success);
    }

    ngx_str_null(&body);

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, NULL, &body);
}


/* Adobe I/O sends a word when an address is registered, and wants it back. */
static ngx_int_t
ngx_http_dynstore_webhook_challenge(ngx_http_request_t *r)
{
    u_char     c;
    size_t     i;
    ngx_int_t  rc;
    ngx_str_t  word;

    if (ngx_http_arg(r, (u_char *) "challenge", 9, &word) != NGX_OK || word.len == 0 || word.len > 128) {
        return NGX_DECLINED;
    }

    for (i = 0; i < word.len; i++) {
        c = (u_char) (word.data[i] | 0x20);

        if ((c < 'a' || c > 'z') && (word.data[i] < '0' || word.data[i] > '9') && word.data[i] != '-' && word.data[i] != '_') {
            return NGX_DECLINED;
        }
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_dynstore_webhook_count(r, NGX_HTTP_DYNSTORE_WEBHOOK_PING);

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, "text/plain", &word);
}


static dyn_str_t
ngx_http_dynstore_webhook_header(void *data, const char *name)
{
    size_t               len;
    ngx_uint_t           i;
    ngx_list_part_t     *part;
    ngx_table_elt_t     *header;
    ngx_http_request_t  *r = data;

    len = ngx_strlen(name);
    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return DYN_STR_NONE;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (header[i].key.len == len && ngx_strncasecmp(header[i].key.data, (u_char *) name, len) == 0) {
            return ngx_http_dynstore_str(header[i].value);
        }
    }
}


static void
ngx_http_dynstore_webhook_cleanup(void *data)
{
    ngx_http_dynstore_webhook_request_t  *hook = data;

    ngx_http_dynstore_store_undeliver(&hook->delivery);
}


static void
ngx_http_dynstore_webhook_count(ngx_http_request_t *r, ngx_http_dynstore_webhook_result_e result)
{
    ngx_http_dynstore_loc_conf_t  *dlcf;

    dlcf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    (void) ngx_atomic_fetch_add(&dlcf->shop->counters->webhooks[dlcf->webhook->scheme][result], 1);
}


char *
ngx_http_dynstore_set_webhook(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    char                         *rv;
    size_t                        k;
    ngx_str_t                    *value, path;
    ngx_uint_t                    i;
    ngx_pool_cleanup_t           *cleanup;
    ngx_http_dynstore_webhook_t  *webhook;

    rv = ngx_http_dynstore_set_endpoint(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    value = cf->args->elts;

    webhook = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_webhook_t));
    cleanup = ngx_pool_cleanup_add(cf->pool, 0);

    if (webhook == NULL || cleanup == NULL) {
        return NGX_CONF_ERROR;
    }

    cleanup->handler = ngx_http_dynstore_webhook_free;
    cleanup->data = webhook;

    if (!dyn_webhook_scheme_find((dyn_str_t) { (char *) value[1].data, value[1].len }, &webhook->scheme)) {
#define X(constant, name) name " "
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown platform \"%V\": write one of " DYN_WEBHOOK_SCHEMES(X)
                           "and then secret_file=FILE", &value[1]);
#undef X
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "secret_file=", 12) == 0) {
            path.data = value[i].data + 12;
            path.len = value[i].len - 12;

            if (ngx_http_dynstore_webhook_secret(cf, &cmd->name, webhook, &path) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "currency=", 9) == 0) {

            for (k = 9; k < value[i].len && value[i].data[k] >= 'A' && value[i].data[k] <= 'Z'; k++) { /* void */ }

            if (k != value[i].len || value[i].len != 12) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid currency in \"%V\": write three capitals of ISO 4217, e.g. "
                                   "currency=EUR", &value[i]);
                return NGX_CONF_ERROR;
            }

            ngx_memcpy(webhook->currency, value[i].data + 9, 3);
            continue;
        }

        /* it may be a secret, so it is not shown */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_webhook: the parameter %ui is unknown: write secret_file=FILE, again for "
                           "an older secret, and currency=EUR", i);
        return NGX_CONF_ERROR;
    }

    if (webhook->nsecrets == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_webhook: secret_file= is missing: write the platform's secret into a file "
                           "that only nginx can read, and name it, e.g. secret_file=/etc/nginx/webhook.secret");
        return NGX_CONF_ERROR;
    }

    dlcf->webhook = webhook;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_dynstore_webhook_secret(ngx_conf_t *cf, ngx_str_t *directive, ngx_http_dynstore_webhook_t *webhook, ngx_str_t *path)
{
    char                   text[DYN_WEBHOOK_SECRET_BYTES_MAX + 1];
    dyn_str_t              secret;
    dyn_error_t            error;
    dyn_webhook_secret_t  *read;

    if (ngx_http_dynstore_secret_file(cf, directive, path, webhook->nsecrets, DYN_WEBHOOK_SECRETS_MAX, text, sizeof(text), &secret)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    read = dyn_webhook_secret_read(webhook->scheme, secret, &error);
    OPENSSL_cleanse(text, sizeof(text));

    if (read == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: the secret in \"%V\": %s", directive, path, error.text);
        return NGX_ERROR;
    }

    webhook->secrets[webhook->nsecrets++] = read;

    return NGX_OK;
}


static void
ngx_http_dynstore_webhook_free(void *data)
{
    ngx_uint_t                    i;
    ngx_http_dynstore_webhook_t  *webhook = data;

    for (i = 0; i < webhook->nsecrets; i++) {
        dyn_webhook_secret_free(webhook->secrets[i]);
    }
}
