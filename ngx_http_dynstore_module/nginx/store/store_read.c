/* Reading a session: the strings of its replies are written straight to their place in the request's memory. */
#include "nginx/store/store_private.h"


/* enough for a short session; little is lost if some is unused */
#define NGX_HTTP_DYNSTORE_STORE_STRINGS_BYTES  512


static ngx_int_t ngx_http_dynstore_store_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements);
static u_char *ngx_http_dynstore_store_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len);
static void ngx_http_dynstore_store_on_read(void *owner, ngx_int_t status);
static u_char *ngx_http_dynstore_store_text(ngx_http_dynstore_store_read_t *read, size_t len);


static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_store_reads = {
    ngx_http_dynstore_store_on_list,
    ngx_http_dynstore_store_on_string,
    ngx_http_dynstore_store_on_read
};


ngx_int_t
ngx_http_dynstore_store_read(ngx_http_dynstore_store_t *store, ngx_http_dynstore_store_read_t *read,
    ngx_str_t *visitor_hash)
{
    ngx_uint_t                      replies;
    ngx_http_dynstore_redis_buf_t  *buf;

    read->status = NGX_AGAIN;
    read->entries = NULL;
    read->nentries = 0;
    read->facts = NULL;
    read->nfacts = 0;
    read->history = NULL;
    read->nhistory = 0;
    read->room = 0;
    read->store = store;
    read->exchange = NULL;

    buf = ngx_http_dynstore_redis_begin_read(store->redis);
    replies = buf ? ngx_http_dynstore_store_format_read(store->conf, visitor_hash, read->session_only, buf) : 0;

    if (replies == 0) {
        ngx_http_dynstore_count(store->counters, redis_refused);
        return NGX_DECLINED;
    }

    read->exchange = ngx_http_dynstore_redis_push_read(store->redis, replies, visitor_hash->data,
                                                       &ngx_http_dynstore_store_reads, read);

    return NGX_AGAIN;
}


/* The first reply is the log, the second the facts, names and values in turn, the third the history. */
static ngx_int_t
ngx_http_dynstore_store_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements)
{
    ngx_http_dynstore_store_read_t  *read = owner;

    if (index == 0) {
        read->entries = ngx_pcalloc(read->pool, (elements ? elements : 1) * sizeof(dyn_str_t));
        read->nentries = read->entries ? elements : 0;

        return read->entries ? NGX_OK : NGX_ERROR;
    }

    if (index == 2) {
        read->history = ngx_pcalloc(read->pool, (elements ? elements : 1) * sizeof(dyn_str_t));
        read->nhistory = read->history ? elements : 0;

        return read->history ? NGX_OK : NGX_ERROR;
    }

    if (elements % 2) {
        return NGX_ERROR;
    }

    read->facts = ngx_pcalloc(read->pool, (elements ? elements / 2 : 1) * sizeof(dyn_fact_t));
    read->nfacts = read->facts ? elements / 2 : 0;

    return read->facts ? NGX_OK : NGX_ERROR;
}


static u_char *
ngx_http_dynstore_store_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len)
{
    dyn_str_t                       *place;
    ngx_http_dynstore_store_read_t  *read = owner;

    if (index == 0) {
        place = element < read->nentries ? &read->entries[element] : NULL;

    } else if (index == 2) {
        place = element < read->nhistory ? &read->history[element] : NULL;

    } else if (element / 2 < read->nfacts) {
        place = element % 2 ? &read->facts[element / 2].value : &read->facts[element / 2].name;

    } else {
        place = NULL;
    }

    if (place == NULL) {
        return NULL;
    }

    place->data = (char *) ngx_http_dynstore_store_text(read, len);
    place->len = place->data ? len : 0;

    return (u_char *) place->data;
}


/* A session has dozens of short strings, which share memory. */
static u_char *
ngx_http_dynstore_store_text(ngx_http_dynstore_store_read_t *read, size_t len)
{
    u_char  *text;

    if (read->room <= len) {
        read->room = ngx_max(len + 1, NGX_HTTP_DYNSTORE_STORE_STRINGS_BYTES);
        read->text = ngx_pnalloc(read->pool, read->room);

        if (read->text == NULL) {
            read->room = 0;
            return NULL;
        }
    }

    text = read->text;
    read->text += len;
    read->room -= len;

    return text;
}


static void
ngx_http_dynstore_store_on_read(void *owner, ngx_int_t status)
{
    ngx_http_dynstore_store_read_t  *read = owner;

    read->exchange = NULL;
    read->status = status;
    read->handler(read);
}


void
ngx_http_dynstore_store_cancel(ngx_http_dynstore_store_read_t *read)
{
    if (read->exchange) {
        ngx_http_dynstore_redis_forget(read->exchange);
        read->exchange = NULL;
    }
}


void
ngx_http_dynstore_store_timed_out(ngx_http_dynstore_store_read_t *read)
{
    if (read->exchange == NULL) {
        return;
    }

    ngx_http_dynstore_store_cancel(read);
    ngx_http_dynstore_count(read->store->counters, redis_timeouts);
    ngx_http_dynstore_redis_breaker_note(read->store->redis, 1);
}
