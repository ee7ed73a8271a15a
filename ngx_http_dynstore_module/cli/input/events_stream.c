#include "cli/input/events_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/redis.h"
#include "engine/base/limits.h"
#include "redis/keys.h"

/* A few hundred KB an answer. */
#define ENTRIES_AT_ONCE "1000"

enum { id_bytes = 48 };

typedef struct {
    const dyn_redis_url_t *address;
    dyn_event_record_fn take;
    void *context;
    dyn_faults_t *faults;
    uint64_t count;
    char next[id_bytes]; /* the smallest id that is not read yet */
} reader_t;

static dyn_str_t text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (dyn_str_t){reply->str, (size_t)reply->len}
                                             : DYN_STR("");
}

/* The id after this one; false when it is none. */
static bool set_next(reader_t *reader, const redisReply *id)
{
    uint64_t time_ms, sequence;

    if (id->type != REDIS_REPLY_STRING ||
        sscanf(id->str, "%" SCNu64 "-%" SCNu64, &time_ms, &sequence) != 2) {
        return dyn_fail(reader->faults->error, "%.200s: XRANGE: an unexpected kind of answer",
                        reader->address->shown);
    }
    if (sequence == UINT64_MAX) {
        time_ms++;
        sequence = 0;
    } else {
        sequence++;
    }
    snprintf(reader->next, sizeof(reader->next), "%" PRIu64 "-%" PRIu64, time_ms, sequence);

    return true;
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
    if (!set_next(reader, entry->element[0])) {
        return false;
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
    record.authenticated =
        dyn_str_equal(auth, DYN_STR("server")) || dyn_str_equal(auth, DYN_STR("token"));
    record.line = reader->count;

    return reader->take(reader->context, &record) ||
           dyn_fail(reader->faults->error, "%.200s: memory or 32-bit numbers are out",
                    reader->address->shown);
}

/* *more: there may be more. */
static bool read_some(reader_t *reader, redisContext *redis, const char *key, bool *more)
{
    const char *range[] = {"XRANGE", key, reader->next, "+", "COUNT", ENTRIES_AT_ONCE};
    redisReply *reply =
        dyn_redis_ask(redis, reader->address, REDIS_REPLY_ARRAY, 6, range, reader->faults->error);
    bool good = reply != NULL;

    *more = good && reply->elements > 0;
    for (size_t i = 0; good && i < reply->elements; i++) {
        good = read_entry(reader, reply->element[i]);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return good;
}

bool dyn_events_stream_read(const dyn_redis_url_t *address, const char *password,
                            const char *prefix, dyn_event_record_fn take, void *context,
                            dyn_faults_t *faults)
{
    reader_t reader = {
        .address = address, .take = take, .context = context, .faults = faults, .next = "-"};
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_STREAM_MORE + 1];
    redisContext *redis = dyn_redis_open(address, password, faults->error);
    bool good = redis != NULL, more = true;

    *dyn_redis_stream_write(key, dyn_str_from(prefix)) = '\0';
    while (good && more) {
        good = read_some(&reader, redis, key, &more);
    }
    if (redis != NULL) {
        redisFree(redis);
    }

    return good;
}
