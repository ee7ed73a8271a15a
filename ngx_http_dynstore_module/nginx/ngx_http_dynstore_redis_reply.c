#include "ngx_http_dynstore_redis_private.h"


/* a short session, and what is left over of it is no loss */
#define NGX_HTTP_DYNSTORE_REDIS_BUF_STRINGS  512


static void *ngx_http_dynstore_redis_on_string(const redisReadTask *task, char *data, size_t len);
static void *ngx_http_dynstore_redis_on_array(const redisReadTask *task, int nelements);
static void *ngx_http_dynstore_redis_on_integer(const redisReadTask *task, long long value);
static void *ngx_http_dynstore_redis_on_nil(const redisReadTask *task);
static void ngx_http_dynstore_redis_on_free(void *object);
static void ngx_http_dynstore_redis_on_error(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_redis_slot_t *slot, const char *data, size_t len);
static void ngx_http_dynstore_redis_on_hello_error(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_redis_slot_t *slot, const char *text);
static u_char *ngx_http_dynstore_redis_text(ngx_http_dynstore_redis_read_t *read, size_t len);
static dyn_str_t *ngx_http_dynstore_redis_place(ngx_http_dynstore_redis_slot_t *slot, const redisReadTask *task);


/* Replies are not built: their strings go straight to where the request wants them. */
static redisReplyObjectFunctions  ngx_http_dynstore_redis_functions = {
    ngx_http_dynstore_redis_on_string,
    ngx_http_dynstore_redis_on_array,
    ngx_http_dynstore_redis_on_integer,
    ngx_http_dynstore_redis_on_nil,
    ngx_http_dynstore_redis_on_free
};


redisReader *
ngx_http_dynstore_redis_reader(ngx_http_dynstore_redis_t *redis)
{
    redisReader  *reader;

    reader = redisReaderCreateWithFunctions(&ngx_http_dynstore_redis_functions);

    if (reader) {
        reader->privdata = redis;
        /* kept from turn to turn: it holds no more than a reply that is not whole, and what was read with it */
        reader->maxbuf = 2 * NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX;
        redis->reply_bytes = 0;
    }

    return reader;
}


/* What the functions below return only has to be no NULL: NULL makes the reader fail, and so the connection. */

static void *
ngx_http_dynstore_redis_on_string(const redisReadTask *task, char *data, size_t len)
{
    dyn_str_t                       *place;
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_redis_slot_t  *slot;

    redis = task->privdata;
    slot = ngx_http_dynstore_redis_head(redis);

    redis->reply_bytes += len;

    if (slot == NULL || redis->reply_bytes > NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX) {
        return NULL;
    }

    if (task->type == REDIS_REPLY_ERROR) {
        ngx_http_dynstore_redis_on_error(redis, slot, data, len);
        return redis;
    }

    if (slot->kind != NGX_HTTP_DYNSTORE_SLOT_READ || slot->read == NULL) {
        return redis;
    }

    place = ngx_http_dynstore_redis_place(slot, task);

    if (place == NULL) {
        slot->failed = 1;
        return redis;
    }

    place->data = (char *) ngx_http_dynstore_redis_text(slot->read, len);
    if (place->data == NULL) {
        slot->failed = 1;
        return redis;
    }

    ngx_memcpy((void *) place->data, data, len);
    place->len = len;

    return redis;
}


static void *
ngx_http_dynstore_redis_on_array(const redisReadTask *task, int nelements)
{
    ngx_uint_t                       n;
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_redis_read_t  *read;
    ngx_http_dynstore_redis_slot_t  *slot;

    redis = task->privdata;
    slot = ngx_http_dynstore_redis_head(redis);

    if (slot == NULL || nelements < 0 || nelements > NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX) {
        return NULL;
    }

    read = slot->read;

    if (slot->kind != NGX_HTTP_DYNSTORE_SLOT_READ || read == NULL || slot->failed) {
        return redis;
    }

    n = nelements;

    if (task->parent || (slot->index == 1 && n % 2)) {
        slot->failed = 1;
        return redis;
    }

    if (slot->index == 0) {
        read->entries = ngx_pcalloc(read->pool, (n ? n : 1) * sizeof(dyn_str_t));
        read->nentries = read->entries ? n : 0;
        slot->failed = (read->entries == NULL);

    } else {
        read->facts = ngx_pcalloc(read->pool, (n ? n / 2 : 1) * sizeof(dyn_fact_t));
        read->nfacts = read->facts ? n / 2 : 0;
        slot->failed = (read->facts == NULL);
    }

    return redis;
}


/* Dozens of short strings a session: they share their memory. */
static u_char *
ngx_http_dynstore_redis_text(ngx_http_dynstore_redis_read_t *read, size_t len)
{
    u_char  *text;

    if (read->room <= len) {
        read->room = ngx_max(len + 1, NGX_HTTP_DYNSTORE_REDIS_BUF_STRINGS);
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


/* Where an element of the reply being read belongs; NULL when no string was to be expected here. */
static dyn_str_t *
ngx_http_dynstore_redis_place(ngx_http_dynstore_redis_slot_t *slot, const redisReadTask *task)
{
    ngx_uint_t                       i;
    ngx_http_dynstore_redis_read_t  *read;

    read = slot->read;

    if (slot->failed || task->parent == NULL || task->idx < 0) {
        return NULL;
    }

    i = task->idx;

    if (slot->index == 0) {
        return i < read->nentries ? &read->entries[i] : NULL;
    }

    if (i / 2 >= read->nfacts) {
        return NULL;
    }

    return i % 2 ? &read->facts[i / 2].value : &read->facts[i / 2].name;
}


static void
ngx_http_dynstore_redis_on_error(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_slot_t *slot,
    const char *data, size_t len)
{
    char  text[128];

    len = ngx_min(len, sizeof(text) - 1);
    ngx_memcpy(text, data, len);
    text[len] = '\0';

    slot->failed = 1;

    switch (slot->kind) {

    case NGX_HTTP_DYNSTORE_SLOT_HELLO:
        ngx_http_dynstore_redis_on_hello_error(redis, slot, text);
        return;

    case NGX_HTTP_DYNSTORE_SLOT_WRITE:
        ngx_http_dynstore_count(redis_write_errors);

        if (ngx_strncmp(text, "READONLY", 8) == 0 && redis->read_only_at != ngx_time()) {
            redis->read_only = 1;
            redis->read_only_at = ngx_time();
        }
        break;

    case NGX_HTTP_DYNSTORE_SLOT_READ:
    case NGX_HTTP_DYNSTORE_SLOT_PROBE:
        break;
    }

    ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, "an error reply came from", text);
}


static void
ngx_http_dynstore_redis_on_hello_error(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_redis_slot_t *slot,
    const char *text)
{
    if (redis->auth_failed) {
        return;
    }

    if (slot->replies > 2) {
        redis->auth_failed = 1;
        ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, "AUTH or SELECT was refused by", text);
        return;
    }

    /* the name is a courtesy; who may not even PING may do so by an access list's will, and Redis is there */

    if (slot->replies == 2 || ngx_strncmp(text, "NOPERM", 6) == 0) {
        return;
    }

    if (ngx_strncmp(text, "NOAUTH", 6) == 0) {
        redis->auth_failed = 1;
        ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, "no password is configured, and one is wanted by", text);
        return;
    }

    redis->not_ready = 1;
    ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, "not ready yet:", text);
}


static void *
ngx_http_dynstore_redis_on_integer(const redisReadTask *task, long long value)
{
    ngx_http_dynstore_redis_slot_t  *slot;

    slot = ngx_http_dynstore_redis_head(task->privdata);

    if (slot && slot->kind == NGX_HTTP_DYNSTORE_SLOT_READ) {
        slot->failed = 1;
    }

    return slot;
}


static void *
ngx_http_dynstore_redis_on_nil(const redisReadTask *task)
{
    return ngx_http_dynstore_redis_on_integer(task, 0);
}


static void
ngx_http_dynstore_redis_on_free(void *object)
{
}


/* Hands out every complete reply. A handler may start new reads and writes, but closes nothing. */
ngx_int_t
ngx_http_dynstore_redis_replies(ngx_http_dynstore_redis_t *redis)
{
    void                            *reply;
    ngx_http_dynstore_redis_slot_t  *slot;

    for ( ;; ) {
        reply = NULL;

        if (redisReaderGetReply(redis->reader, &reply) != REDIS_OK) {
            return NGX_ERROR;
        }

        if (reply == NULL) {
            break;
        }

        slot = ngx_http_dynstore_redis_head(redis);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        redis->reply_bytes = 0;
        slot->index++;

        if (--slot->replies == 0) {
            ngx_http_dynstore_redis_finish(redis, slot);
        }
    }

    /* a bulk announced as larger than any reply may be would be gathered to its end */
    if (redis->reader->len - redis->reader->pos > NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
