#include "cli/input/events_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/redis.h"
#include "engine/base/limits.h"
#include "redis/keys.h"

/* A few hundred KB an answer. */
enum { entries_at_once = 1000 };

typedef struct {
    const dyn_redis_url_t *address;
    dyn_event_record_fn take;
    void *context;
    dyn_faults_t *faults;
    dyn_stream_id_t *after; /* what is read */
    uint64_t count;
} reader_t;

void dyn_stream_id_write(dyn_stream_id_t id, char text[DYN_STREAM_ID_BYTES])
{
    snprintf(text, DYN_STREAM_ID_BYTES, "%" PRIu64 "-%" PRIu64, id.time_ms, id.sequence);
}

/* Digits alone, from *at on. */
static bool read_digits(dyn_str_t text, size_t *at, uint64_t *number)
{
    size_t start = *at;

    *number = 0;
    while (*at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9') {
        uint64_t digit = (uint64_t)(text.data[(*at)++] - '0');

        if (*number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }

    return *at > start;
}

bool dyn_stream_id_read(dyn_str_t text, dyn_stream_id_t *id)
{
    size_t at = 0;

    if (!read_digits(text, &at, &id->time_ms) || at == text.len || text.data[at] != '-') {
        return false;
    }
    at++;

    return read_digits(text, &at, &id->sequence) && at == text.len;
}

/* The smallest id after this one. */
static dyn_stream_id_t next_of(dyn_stream_id_t id)
{
    return id.sequence == UINT64_MAX ? (dyn_stream_id_t){id.time_ms + 1, 0}
                                     : (dyn_stream_id_t){id.time_ms, id.sequence + 1};
}

static dyn_str_t text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (dyn_str_t){reply->str, (size_t)reply->len}
                                             : DYN_STR("");
}

/* [id, [field, value, ...]] */
static bool read_entry(reader_t *reader, const redisReply *entry)
{
    static _Alignas(16) char room[2 * DYN_EVENT_TEXT_BYTES_MAX];
    dyn_str_t visitor = DYN_STR_NONE, text = DYN_STR_NONE, auth = DYN_STR_NONE;
    dyn_event_record_t record;
    dyn_event_t event;
    dyn_arena_t arena;
    dyn_error_t reason;
    const char *field;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[1]->type != REDIS_REPLY_ARRAY) {
        return dyn_fail(reader->faults->error, "%.200s: XRANGE: an unexpected kind of answer",
                        reader->address->shown);
    }
    if (!dyn_stream_id_read(text_of(entry->element[0]), reader->after)) {
        return dyn_fail(reader->faults->error, "%.200s: XRANGE: an unexpected kind of answer",
                        reader->address->shown);
    }
    for (size_t i = 0; i + 1 < entry->element[1]->elements; i += 2) {
        dyn_str_t name = text_of(entry->element[1]->element[i]);
        dyn_str_t value = text_of(entry->element[1]->element[i + 1]);

        if (dyn_str_equal(name, DYN_STR("v"))) {
            visitor = value;
        } else if (dyn_str_equal(name, DYN_STR("e"))) {
            text = value;
        } else if (dyn_str_equal(name, DYN_STR("auth"))) {
            auth = value;
        }
    }
    reader->count++;
    reader->faults->values++;
    dyn_arena_init(&arena, room, sizeof(room), NULL, NULL);
    if (!dyn_event_entry_read(visitor, text, &arena, &event, &record, &field, &reason)) {
        return dyn_fault(reader->faults, reader->address->shown, reader->count, field, "%s",
                         reason.text);
    }
    record.auth = dyn_event_auth(auth);
    record.line = reader->count;

    return reader->take(reader->context, &record) ||
           dyn_fail(reader->faults->error, "%.200s: memory or 32-bit numbers are out",
                    reader->address->shown);
}

/* Up to `count` entries of the range, oldest first; NULL with a sentence. */
static redisReply *ask(reader_t *reader, redisContext *redis, const char *key, const char *from,
                       const char *to, int count)
{
    char number[16];
    const char *range[] = {"XRANGE", key, from, to, "COUNT", number};

    snprintf(number, sizeof(number), "%d", count);

    return dyn_redis_ask(redis, reader->address, REDIS_REPLY_ARRAY, 6, range,
                         reader->faults->error);
}

/* *more: there may be more. */
static bool read_some(reader_t *reader, redisContext *redis, const char *key, bool *more)
{
    char from[DYN_STREAM_ID_BYTES];

    dyn_stream_id_write(next_of(*reader->after), from);

    redisReply *reply = ask(reader, redis, key, from, "+", entries_at_once);
    bool good = reply != NULL;

    /* fewer than asked for: these were the newest */
    *more = good && reply->elements >= entries_at_once;
    for (size_t i = 0; good && i < reply->elements; i++) {
        good = read_entry(reader, reply->element[i]);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return good;
}

/* Whether the stream still has what it had at the id or before it: then nothing after it was trimmed. */
static bool reaches_back(reader_t *reader, redisContext *redis, const char *key, bool *reaches)
{
    char to[DYN_STREAM_ID_BYTES];

    dyn_stream_id_write(*reader->after, to);

    redisReply *reply = ask(reader, redis, key, "-", to, 1);

    *reaches = reply != NULL && reply->elements > 0;
    if (reply == NULL) {
        return false;
    }
    freeReplyObject(reply);

    return true;
}

bool dyn_events_stream_read_after(const dyn_redis_url_t *address, const char *password,
                                  const char *prefix, dyn_stream_id_t *after, bool *reaches,
                                  dyn_event_record_fn take, void *context, dyn_faults_t *faults)
{
    reader_t reader = {
        .address = address, .take = take, .context = context, .faults = faults, .after = after};
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_STREAM_MORE + 1];
    redisContext *redis = dyn_redis_open(address, password, faults->error);
    bool good, more = true;

    *dyn_redis_stream_write(key, dyn_str_from(prefix)) = '\0';
    good = redis != NULL && (reaches == NULL || reaches_back(&reader, redis, key, reaches));
    while (good && more) {
        good = read_some(&reader, redis, key, &more);
    }
    if (redis != NULL) {
        redisFree(redis);
    }

    return good;
}

bool dyn_events_stream_read(const dyn_redis_url_t *address, const char *password,
                            const char *prefix, dyn_event_record_fn take, void *context,
                            dyn_faults_t *faults)
{
    dyn_stream_id_t after = {0, 0};

    return dyn_events_stream_read_after(address, password, prefix, &after, NULL, take, context,
                                        faults);
}
