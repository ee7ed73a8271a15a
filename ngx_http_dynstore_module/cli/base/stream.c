#include "cli/base/stream.h"

#include <stdio.h>
#include <string.h>

/* A few hundred KB an answer. */
#define ENTRIES_AT_ONCE "100"

static dyn_str_t text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (dyn_str_t){reply->str, (size_t)reply->len}
                                             : DYN_STR_NONE;
}

/* An entry: its id, and name, value, name, value ... */
static bool take_entry(const redisReply *entry, char last[DYN_STREAM_ID_BYTES], dyn_stream_pt take,
                       void *data, dyn_error_t *error)
{
    dyn_fact_t fields[DYN_STREAM_FIELDS_MAX];
    size_t count = 0;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        entry->element[1]->type != REDIS_REPLY_ARRAY) {
        return dyn_fail(error, "XREAD: an unexpected kind of answer");
    }
    snprintf(last, DYN_STREAM_ID_BYTES, "%s", entry->element[0]->str);

    const redisReply *list = entry->element[1];

    for (size_t i = 0; i + 1 < list->elements && count < DYN_STREAM_FIELDS_MAX; i += 2) {
        fields[count++] = (dyn_fact_t){text_of(list->element[i]), text_of(list->element[i + 1])};
    }

    return take(data, last, fields, count, error);
}

static bool read_all(redisContext *redis, const dyn_redis_url_t *address, const char *key,
                     const char *after, dyn_stream_pt take, void *data, dyn_error_t *error)
{
    char last[DYN_STREAM_ID_BYTES];
    const char *words[] = {"XREAD", "COUNT", ENTRIES_AT_ONCE, "STREAMS", key, last};

    snprintf(last, sizeof(last), "%s", after == NULL ? "0" : after);
    for (;;) {
        redisReply *reply = redisCommandArgv(redis, 6, words, NULL);
        bool good = true;

        if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
            dyn_fail(error, "%.200s: XREAD: %.100s", address->shown,
                     reply == NULL ? redis->errstr : "the command was refused");
            freeReplyObject(reply);
            return false;
        }

        /* nil, or a list of one stream: its key and its entries */
        const redisReply *entries = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
                                            reply->element[0]->elements == 2
                                        ? reply->element[0]->element[1]
                                        : NULL;
        bool more = entries != NULL && entries->elements > 0;

        for (size_t i = 0; more && good && i < entries->elements; i++) {
            good = take_entry(entries->element[i], last, take, data, error);
        }
        freeReplyObject(reply);
        if (!good || !more) {
            return good;
        }
    }
}

bool dyn_stream_read(const dyn_redis_url_t *address, const char *password_path, const char *key,
                     const char *after, dyn_stream_pt take, void *data, dyn_error_t *error)
{
    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
    redisContext *redis = dyn_redis_password(address, password_path, password, error)
                              ? dyn_redis_open(address, password, error)
                              : NULL;
    bool good = redis != NULL && read_all(redis, address, key, after, take, data, error);

    explicit_bzero(password, sizeof(password));
    if (redis != NULL) {
        redisFree(redis);
    }

    return good;
}
