/*
 * Redis' replies: the client's reader and what it makes of them, fed in pieces, with exchanges of every kind waiting. The rest of
 * nginx is played by a few functions below. What is whole to it is whole to hiredis, too.
 * Input: one byte of how many exchanges, one for their kinds, one for the piece size, then what Redis sends.
 */
#include "../ngx_http_dynstore_module/nginx/transport/redis_refusals.c"
#include "../ngx_http_dynstore_module/nginx/transport/redis_reply.c"
#include "../ngx_http_dynstore_module/nginx/store/store_read.c"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

static void *pieces[4096];
static size_t npieces;
static size_t taken; /* of the requests' memory */
static size_t replies;
static ngx_http_dynstore_exchange_t exchanges[8];
static ngx_http_dynstore_store_read_t reads[8];
static volatile size_t checksum;

static ngx_http_dynstore_counters_t counters;

static volatile ngx_time_t now;
volatile ngx_time_t *ngx_cached_time = &now;

void *ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    (void)pool;
    if (npieces == sizeof(pieces) / sizeof(pieces[0])) {
        return NULL;
    }
    taken += size;
    return pieces[npieces++] = malloc(size);
}

void *ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    void *piece = ngx_pnalloc(pool, size);

    return piece == NULL ? NULL : memset(piece, 0, size);
}

ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis)
{
    return redis->nexchanges ? &redis->exchanges[redis->head] : NULL;
}

void ngx_http_dynstore_redis_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t level,
                                      ngx_err_t err, const char *what, const u_char *detail,
                                      size_t len)
{
    (void)redis, (void)level, (void)err, (void)detail;
    assert(strlen(what) > 0);
    assert(len <= DYN_RESP_LINE_MAX);
}

void ngx_http_dynstore_redis_complain_of(ngx_http_dynstore_redis_t *redis,
                                         ngx_http_dynstore_exchange_t *exchange, const char *what,
                                         const u_char *detail, size_t len)
{
    assert(exchange == ngx_http_dynstore_redis_head(redis));
    ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, what, detail, len);
}

void ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis,
                                    ngx_http_dynstore_exchange_t *exchange)
{
    ngx_http_dynstore_store_read_t *read = exchange->owner;
    size_t sum = 0;

    redis->head++;
    redis->nexchanges--;

    if (read == NULL || exchange->failed) {
        return;
    }

    /* What a request would be handed: every byte of it is there. */
    assert(read->nentries <= NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX);
    for (ngx_uint_t i = 0; i < read->nentries; i++) {
        for (size_t k = 0; k < read->entries[i].len; k++) {
            sum += (unsigned char)read->entries[i].data[k];
        }
    }
    for (ngx_uint_t i = 0; i < read->nfacts; i++) {
        for (size_t k = 0; k < read->facts[i].name.len; k++) {
            sum += (unsigned char)read->facts[i].name.data[k];
        }
        for (size_t k = 0; k < read->facts[i].value.len; k++) {
            sum += (unsigned char)read->facts[i].value.data[k];
        }
    }
    checksum += sum;
}

/* what the store's reads also call, and no reply leads to */
ngx_http_dynstore_redis_buf_t *ngx_http_dynstore_redis_begin_read(ngx_http_dynstore_redis_t *redis)
{
    (void)redis;
    abort();
}

ngx_http_dynstore_exchange_t *ngx_http_dynstore_redis_push_read(
    ngx_http_dynstore_redis_t *redis, ngx_uint_t wanted, const u_char *tag,
    const ngx_http_dynstore_exchange_handlers_t *handlers, void *owner)
{
    (void)redis, (void)wanted, (void)tag, (void)handlers, (void)owner;
    abort();
}

void ngx_http_dynstore_redis_forget(ngx_http_dynstore_exchange_t *exchange)
{
    (void)exchange;
    abort();
}

void ngx_http_dynstore_redis_breaker_note(ngx_http_dynstore_redis_t *redis, ngx_uint_t failed)
{
    (void)redis, (void)failed;
    abort();
}

ngx_uint_t ngx_http_dynstore_store_format_read(ngx_http_dynstore_store_conf_t *conf,
                                               ngx_str_t *visitor_hash, ngx_uint_t session_only,
                                               ngx_http_dynstore_redis_buf_t *buf)
{
    (void)conf, (void)visitor_hash, (void)session_only, (void)buf;
    abort();
}

static bool take_list(void *data, bool nested, uint64_t elements)
{
    (void)data, (void)nested, (void)elements;
    return true;
}

static bool take_string(void *data, bool nested, uint64_t len)
{
    (void)data, (void)nested, (void)len;
    return true;
}

static void take_bytes(void *data, const uint8_t *bytes, size_t len)
{
    (void)data, (void)bytes;
    assert(len > 0);
}

static bool take_line(void *data, uint8_t type, const uint8_t *text, size_t len)
{
    (void)data, (void)text;
    assert((type == '+' || type == '-') && len <= DYN_RESP_LINE_MAX);
    return true;
}

static bool take_other(void *data)
{
    (void)data;
    return true;
}

static void take_end(void *data)
{
    (void)data;
    replies++;
}

static const dyn_resp_handlers_t takes = {
    take_list, take_string, take_bytes, take_line, take_other, take_end,
};

/*
 * What ours takes without a complaint, hiredis takes for as many replies. (It passes over what ours refuses, such as the two
 * bytes behind a string that are no end of a line, and refuses what is nested deeper than seven.)
 */
static void compare(const uint8_t *data, size_t size, size_t piece)
{
    dyn_resp_t resp;
    /* without functions it builds nothing */
    redisReader *reader = redisReaderCreateWithFunctions(NULL);
    bool good = true;
    void *reply = NULL;
    size_t expected = 0;

    replies = 0;
    dyn_resp_init(&resp);

    for (size_t at = 0; at < size && good; at += piece) {
        size_t len = size - at < piece ? size - at : piece;

        good = dyn_resp_read(&resp, &takes, NULL, data + at, len);
    }

    if (good && redisReaderFeed(reader, (const char *)data, size) == REDIS_OK) {
        while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply != NULL) {
            expected++;
            reply = NULL;
        }
        assert(reader->err != 0 ? replies >= expected : replies == expected);
    }
    redisReaderFree(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_http_dynstore_redis_t redis;

    if (size < 3) {
        return 0;
    }

    memset(&redis, 0, sizeof(redis));
    redis.counters = &counters;
    memset(exchanges, 0, sizeof(exchanges));
    memset(reads, 0, sizeof(reads));
    npieces = 0;
    taken = 0;
    redis.exchanges = exchanges;
    redis.nexchanges = data[0] % 8;

    for (ngx_uint_t i = 0; i < redis.nexchanges; i++) {
        exchanges[i].kind =
            (data[1] >> i) & 1 ? NGX_HTTP_DYNSTORE_EXCHANGE_READ : NGX_HTTP_DYNSTORE_EXCHANGE_WRITE;
        exchanges[i].replies = exchanges[i].kind == NGX_HTTP_DYNSTORE_EXCHANGE_READ ? 2 : 1 + i;
        /* every third read is an orphan */
        exchanges[i].owner =
            exchanges[i].kind == NGX_HTTP_DYNSTORE_EXCHANGE_READ && i % 3 != 2 ? &reads[i] : NULL;
        exchanges[i].handlers = &ngx_http_dynstore_store_reads;
    }
    if (redis.nexchanges > 0 && (data[0] & 0x80) != 0) {
        exchanges[0].kind = NGX_HTTP_DYNSTORE_EXCHANGE_HELLO;
        exchanges[0].owner = NULL;
        exchanges[0].replies = 1 + (data[0] >> 3) % 4;
    }

    size_t piece = 1 + data[2];
    uint8_t *part = malloc(piece);

    for (size_t at = 3; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;

        memcpy(part, data + at, len);
        if (ngx_http_dynstore_redis_replies(&redis, part, len) != NGX_OK) {
            break;
        }
        /* a client that goes away in the middle of its reply takes its memory along */
        if (redis.nexchanges > 0 && exchanges[redis.head].owner != NULL && (data[1] & 0x80) != 0 &&
            at > size / 2) {
            exchanges[redis.head].owner = NULL;
        }
    }
    free(part);

    /* whatever was announced: two lists and the strings of each read, and what rounding up costs */
    assert(taken <= 8 * (2 * NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX +
                         4 * NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX * sizeof(dyn_fact_t)) +
                        npieces * NGX_HTTP_DYNSTORE_STORE_STRINGS_BYTES);

    for (size_t i = 0; i < npieces; i++) {
        free(pieces[i]);
    }

    compare(data + 3, size - 3, piece);

    return 0;
}
