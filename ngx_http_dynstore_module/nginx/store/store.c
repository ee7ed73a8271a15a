#include "nginx/store/store.h"
#include "nginx/store/store_private.h"


static void ngx_http_dynstore_store_on_written(void *owner, ngx_int_t status);
static void ngx_http_dynstore_store_on_streamed(void *owner, ngx_int_t status);
static void ngx_http_dynstore_store_on_recorded(void *owner, ngx_int_t status);
static size_t ngx_http_dynstore_store_room_for(ngx_http_dynstore_store_write_t *write);
static ngx_int_t ngx_http_dynstore_store_wait(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write);
static void ngx_http_dynstore_store_confirmed(ngx_http_dynstore_store_confirm_t *confirm, ngx_int_t status);
static void ngx_http_dynstore_store_on_greeted(void *data);
static void ngx_http_dynstore_store_on_lost(void *data);
static void ngx_http_dynstore_store_on_breaker(void *data, ngx_http_dynstore_breaker_state_e state);
static u_char *ngx_http_dynstore_store_about(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text);
static void ngx_http_dynstore_store_trim_handler(ngx_event_t *ev);
static void ngx_http_dynstore_store_trim(ngx_http_dynstore_store_t *store);
static ngx_uint_t ngx_http_dynstore_store_trims(ngx_http_dynstore_store_t *store);
static ngx_msec_t ngx_http_dynstore_store_trim_ms(ngx_http_dynstore_store_conf_t *conf);


/* the log names an exchange by its visitor's hash */
typedef char ngx_http_dynstore_store_tag_fits[NGX_HTTP_DYNSTORE_REDIS_TAG_BYTES == DYN_VISITOR_HASH_BYTES ? 1 : -1];


static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_store_writes = {
    NULL,
    NULL,
    ngx_http_dynstore_store_on_written
};

static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_store_streamed = {
    NULL,
    NULL,
    ngx_http_dynstore_store_on_streamed
};

static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_store_records = {
    NULL,
    NULL,
    ngx_http_dynstore_store_on_recorded
};

static const ngx_http_dynstore_redis_owner_t  ngx_http_dynstore_store_owner = {
    ngx_http_dynstore_store_on_greeted,
    ngx_http_dynstore_store_on_lost,
    ngx_http_dynstore_store_on_breaker,
    ngx_http_dynstore_store_about
};


ngx_http_dynstore_store_t *
ngx_http_dynstore_store_create(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf,
    ngx_http_dynstore_counters_t *counters)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_store_t  *store;

    store = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_store_t));
    if (store == NULL) {
        return NULL;
    }

    store->conf = scf;
    store->counters = counters;
    store->entry_bytes = NGX_HTTP_DYNSTORE_STORE_ENTRY_BYTES * 256;

    ngx_queue_init(&store->waiting);

    for (i = 0; i <= DYN_EVENT_BATCH_MAX; i++) {
        store->entries[i].store = store;
        store->entries[i].entries = i;
    }

    store->redis = ngx_http_dynstore_redis_create(cycle, &scf->redis, counters, &ngx_http_dynstore_store_owner, store);
    if (store->redis == NULL) {
        return NULL;
    }

    store->trim.handler = ngx_http_dynstore_store_trim_handler;
    store->trim.data = store;
    store->trim.log = cycle->log;
    store->trim.cancelable = 1;

    if (ngx_http_dynstore_store_trims(store)) {
        ngx_add_timer(&store->trim, ngx_http_dynstore_store_trim_ms(scf));
    }

    return store;
}


void
ngx_http_dynstore_store_exit(ngx_http_dynstore_store_t *store)
{
    ngx_http_dynstore_redis_exit(store->redis);
}


ngx_http_dynstore_breaker_state_e
ngx_http_dynstore_store_breaker(ngx_http_dynstore_store_t *store)
{
    return ngx_http_dynstore_redis_breaker(store->redis);
}


void
ngx_http_dynstore_store_depth(ngx_http_dynstore_store_t *store, ngx_uint_t *exchanges, size_t *bytes)
{
    ngx_http_dynstore_redis_depth(store->redis, exchanges, bytes);
}


void
ngx_http_dynstore_store_poll(ngx_http_dynstore_store_t *store)
{
    ngx_http_dynstore_redis_poll(store->redis);
}


ngx_int_t
ngx_http_dynstore_store_write(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write)
{
    ngx_int_t                       replies;
    ngx_uint_t                      ready;
    ngx_http_dynstore_exchange_t   *exchange;
    ngx_http_dynstore_redis_buf_t  *buf;

    buf = ngx_http_dynstore_redis_begin_write(store->redis, &ready);

    if (!ready && write->confirm) {
        return ngx_http_dynstore_store_wait(store, write);
    }

    buf->limit = ngx_http_dynstore_store_room_for(write);
    replies = ngx_http_dynstore_store_format_write(store, write, buf);
    buf->limit = 0;

    if (replies == 0) {
        return NGX_OK;
    }

    (void) ngx_atomic_fetch_add(&store->counters->stream_entries, (ngx_atomic_int_t) write->streamed);

    if (replies == NGX_ERROR) {
        ngx_http_dynstore_count(store->counters, redis_writes_dropped);
        (void) ngx_atomic_fetch_add(&store->counters->stream_lost, (ngx_atomic_int_t) write->streamed);
        return NGX_DECLINED;
    }

    if (write->confirm == NULL) {
        (void) ngx_http_dynstore_redis_push_write(store->redis, (ngx_uint_t) replies, write->visitor_hash.data,
                                                  &ngx_http_dynstore_store_streamed,
                                                  write->streamed ? &store->entries[ngx_min(write->streamed,
                                                                                           DYN_EVENT_BATCH_MAX)]
                                                                  : NULL);
        return NGX_OK;
    }

    exchange = ngx_http_dynstore_redis_push_write(store->redis, (ngx_uint_t) replies, write->visitor_hash.data,
                                                  &ngx_http_dynstore_store_writes, write->confirm);

    write->confirm->exchange = exchange;
    write->confirm->waits = 0;

    return NGX_AGAIN;
}


ngx_int_t
ngx_http_dynstore_store_move(ngx_http_dynstore_store_t *store, ngx_str_t *from, ngx_str_t *to)
{
    ngx_uint_t                      ready, replies;
    ngx_http_dynstore_redis_buf_t  *buf;

    buf = ngx_http_dynstore_redis_begin_write(store->redis, &ready);

    if (!ready) {
        return NGX_DECLINED;
    }

    buf->limit = NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 2;
    replies = ngx_http_dynstore_store_format_move(store->conf, from, to, buf);
    buf->limit = 0;

    if (replies == 0) {
        return NGX_DECLINED;
    }

    (void) ngx_http_dynstore_redis_push_write(store->redis, replies, to->data, NULL, NULL);

    return NGX_OK;
}


void
ngx_http_dynstore_store_add_record(ngx_http_dynstore_store_t *store, const dyn_fact_t *fields, ngx_uint_t nfields,
    ngx_uint_t most, const u_char *tag)
{
    ngx_uint_t                      ready, replies;
    ngx_http_dynstore_redis_buf_t  *buf;

    buf = ngx_http_dynstore_redis_begin_write(store->redis, &ready);

    buf->limit = NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 4;
    replies = ngx_http_dynstore_store_format_record(store->conf, fields, nfields, most, buf);
    buf->limit = 0;

    if (replies == 0) {
        ngx_http_dynstore_count(store->counters, records_lost);
        return;
    }

    ngx_http_dynstore_count(store->counters, records_sent);

    (void) ngx_http_dynstore_redis_push_write(store->redis, replies, tag, &ngx_http_dynstore_store_records, store);
}


/* A record that was sent and refused, or whose connection ended, is lost as well. */
static void
ngx_http_dynstore_store_on_recorded(void *owner, ngx_int_t status)
{
    ngx_http_dynstore_store_t  *store = owner;

    if (status != NGX_OK) {
        ngx_http_dynstore_count(store->counters, records_lost);
    }
}


/* How full the output or the queue may get. There can be many visitors without a cookie, so half is reserved for the others. */
static size_t
ngx_http_dynstore_store_room_for(ngx_http_dynstore_store_write_t *write)
{
    ngx_uint_t  i;

    if (write->new_visitor || write->nevents == 0) {
        return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 2;
    }

    for (i = 0; i < write->nevents; i++) {

        switch (write->events[i].type) {

        case DYN_EVENT_ADD_TO_CART:
        case DYN_EVENT_REMOVE_FROM_CART:
        case DYN_EVENT_BEGIN_CHECKOUT:
        case DYN_EVENT_PURCHASE:
            return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX;

        default:
            break;
        }
    }

    return NGX_HTTP_DYNSTORE_REDIS_OUTPUT_MAX / 4 * 3;
}


/* A confirmation waits while the connection is being made, but not after it has just failed. */
static ngx_int_t
ngx_http_dynstore_store_wait(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_write_t *write)
{
    ngx_http_dynstore_store_confirm_t  *confirm;

    if (!ngx_http_dynstore_redis_is_made(store->redis)) {
        ngx_http_dynstore_count(store->counters, redis_writes_dropped);
        return NGX_DECLINED;
    }

    confirm = write->confirm;
    confirm->write = write;
    confirm->exchange = NULL;
    confirm->waits = 1;
    ngx_queue_insert_tail(&store->waiting, &confirm->queue);

    return NGX_AGAIN;
}


void
ngx_http_dynstore_store_unconfirm(ngx_http_dynstore_store_confirm_t *confirm)
{
    if (confirm->waits) {
        ngx_queue_remove(&confirm->queue);
        confirm->waits = 0;
    }

    if (confirm->exchange) {
        ngx_http_dynstore_redis_forget(confirm->exchange);
        confirm->exchange = NULL;
    }
}


static void
ngx_http_dynstore_store_confirmed(ngx_http_dynstore_store_confirm_t *confirm, ngx_int_t status)
{
    ngx_http_dynstore_store_unconfirm(confirm);

    confirm->status = status;
    confirm->handler(confirm);
}


static void
ngx_http_dynstore_store_on_written(void *owner, ngx_int_t status)
{
    ngx_http_dynstore_store_confirm_t  *confirm = owner;

    /* the exchange is over and must not be cancelled again, because its place may be used by another */
    confirm->exchange = NULL;
    ngx_http_dynstore_store_confirmed(confirm, status);
}


/* A write that nobody waits for. Who waits for one is told, and sends it again. */
static void
ngx_http_dynstore_store_on_streamed(void *owner, ngx_int_t status)
{
    ngx_http_dynstore_store_entries_t  *lost = owner;

    if (status != NGX_OK) {
        (void) ngx_atomic_fetch_add(&lost->store->counters->stream_lost, (ngx_atomic_int_t) lost->entries);
    }
}


static void
ngx_http_dynstore_store_on_greeted(void *data)
{
    ngx_int_t                           rc;
    ngx_queue_t                        *q;
    ngx_http_dynstore_store_t          *store = data;
    ngx_http_dynstore_store_confirm_t  *confirm;

    while (!ngx_queue_empty(&store->waiting)) {
        q = ngx_queue_head(&store->waiting);
        confirm = ngx_queue_data(q, ngx_http_dynstore_store_confirm_t, queue);

        ngx_http_dynstore_store_unconfirm(confirm);

        rc = ngx_http_dynstore_store_write(store, confirm->write);

        if (rc != NGX_AGAIN) {
            ngx_http_dynstore_store_confirmed(confirm, rc == NGX_OK ? NGX_OK : NGX_ERROR);
        }
    }

    ngx_http_dynstore_store_trim(store);
}


/* Fails the confirmations that waited for a connection. */
static void
ngx_http_dynstore_store_on_lost(void *data)
{
    ngx_queue_t                        *q;
    ngx_http_dynstore_store_t          *store = data;
    ngx_http_dynstore_store_confirm_t  *confirm;

    while (!ngx_queue_empty(&store->waiting)) {
        q = ngx_queue_head(&store->waiting);
        confirm = ngx_queue_data(q, ngx_http_dynstore_store_confirm_t, queue);

        ngx_http_dynstore_count(store->counters, redis_writes_dropped);
        ngx_http_dynstore_store_confirmed(confirm, NGX_ERROR);
    }
}


static void
ngx_http_dynstore_store_on_breaker(void *data, ngx_http_dynstore_breaker_state_e state)
{
    ngx_http_dynstore_store_t  *store = data;

    if (ngx_worker < NGX_HTTP_DYNSTORE_WORKERS_MAX) {
        store->counters->breaker[ngx_worker] = state + 1;
    }
}


/* PREFIX KIND:{HASH}; for a write, which changes several keys, PREFIX *:{HASH}. */
static u_char *
ngx_http_dynstore_store_about(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text)
{
    ngx_http_dynstore_store_t  *store = data;

    return ngx_snprintf(text, NGX_HTTP_DYNSTORE_REDIS_ABOUT_BYTES, "%V%s:{%*s}", &store->conf->prefix,
                        write ? "*" : index == 0 ? "r" : index == 1 ? "s" : "h", (size_t) NGX_HTTP_DYNSTORE_REDIS_TAG_BYTES, tag);
}


static void
ngx_http_dynstore_store_trim_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_store_t  *store = ev->data;

    if (ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, ngx_http_dynstore_store_trim_ms(store->conf));

    /* without a connection, old entries are trimmed after the next greeting */
    ngx_http_dynstore_redis_wake(store->redis);
    ngx_http_dynstore_store_trim(store);
}


/* XADD can trim by number of entries, but not by age. */
static void
ngx_http_dynstore_store_trim(ngx_http_dynstore_store_t *store)
{
    ngx_uint_t                      ready, replies;
    ngx_http_dynstore_redis_buf_t  *buf;

    if (!ngx_http_dynstore_store_trims(store) || !ngx_http_dynstore_redis_takes_writes(store->redis)) {
        return;
    }

    buf = ngx_http_dynstore_redis_begin_write(store->redis, &ready);
    replies = ready ? ngx_http_dynstore_store_format_trim(store->conf, buf) : 0;

    if (replies) {
        (void) ngx_http_dynstore_redis_push_write(store->redis, replies, NULL, NULL, NULL);
    }
}


/* One worker trims for all. */
static ngx_uint_t
ngx_http_dynstore_store_trims(ngx_http_dynstore_store_t *store)
{
    return ngx_worker == 0 && store->conf->stream_age_s;
}


static ngx_msec_t
ngx_http_dynstore_store_trim_ms(ngx_http_dynstore_store_conf_t *conf)
{
    return ngx_min((ngx_msec_t) conf->stream_age_s * 1000, NGX_HTTP_DYNSTORE_STORE_TRIM_MS);
}
