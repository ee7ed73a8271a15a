/*
 * Redis' replies: the client's reply reader over real hiredis, fed in pieces, with slots of every kind waiting. The rest of
 * nginx is played by a few functions below. Input: one byte of how many slots, one for their kinds, one for the piece size,
 * then what Redis sends.
 */
#include "../ngx_http_dynstore_module/nginx/ngx_http_dynstore_redis_reply.c"

#include <assert.h>
#include <stdlib.h>

static void *pieces[4096];
static size_t npieces;
static ngx_http_dynstore_redis_slot_t slots[8];
static ngx_http_dynstore_redis_read_t reads[8];
static volatile size_t checksum;

static ngx_http_dynstore_counters_t counters;
ngx_http_dynstore_counters_t *ngx_http_dynstore_counters = &counters;

static volatile ngx_time_t now;
volatile ngx_time_t *ngx_cached_time = &now;

void *ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    (void)pool;
    if (npieces == sizeof(pieces) / sizeof(pieces[0])) {
        return NULL;
    }
    return pieces[npieces++] = malloc(size);
}

void *ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    void *piece = ngx_pnalloc(pool, size);

    return piece == NULL ? NULL : memset(piece, 0, size);
}

ngx_http_dynstore_redis_slot_t *ngx_http_dynstore_redis_head(ngx_http_dynstore_redis_t *redis)
{
    return redis->nslots ? &redis->slots[redis->head] : NULL;
}

void ngx_http_dynstore_redis_complain(ngx_http_dynstore_redis_t *redis, ngx_uint_t level,
                                      ngx_err_t err, const char *what, const char *detail)
{
    (void)redis, (void)level, (void)err, (void)what;
    assert(strlen(detail) < 128);
}

void ngx_http_dynstore_redis_finish(ngx_http_dynstore_redis_t *redis,
                                    ngx_http_dynstore_redis_slot_t *slot)
{
    ngx_http_dynstore_redis_read_t *read = slot->read;
    size_t sum = 0;

    redis->head++;
    redis->nslots--;

    if (read == NULL || slot->failed) {
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_http_dynstore_redis_t redis;

    if (size < 3) {
        return 0;
    }

    memset(&redis, 0, sizeof(redis));
    memset(slots, 0, sizeof(slots));
    memset(reads, 0, sizeof(reads));
    npieces = 0;
    redis.slots = slots;
    redis.nslots = data[0] % 8;

    for (ngx_uint_t i = 0; i < redis.nslots; i++) {
        slots[i].kind =
            (data[1] >> i) & 1 ? NGX_HTTP_DYNSTORE_SLOT_READ : NGX_HTTP_DYNSTORE_SLOT_WRITE;
        slots[i].replies = slots[i].kind == NGX_HTTP_DYNSTORE_SLOT_READ ? 2 : 1 + i;
        /* every third read is an orphan */
        slots[i].read =
            slots[i].kind == NGX_HTTP_DYNSTORE_SLOT_READ && i % 3 != 2 ? &reads[i] : NULL;
    }

    redis.reader = ngx_http_dynstore_redis_reader(&redis);
    size_t piece = 1 + data[2];

    for (size_t at = 3; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;

        if (redisReaderFeed(redis.reader, (const char *)data + at, len) != REDIS_OK ||
            ngx_http_dynstore_redis_replies(&redis) != NGX_OK) {
            break;
        }
    }

    redisReaderFree(redis.reader);
    for (size_t i = 0; i < npieces; i++) {
        free(pieces[i]);
    }

    return 0;
}
