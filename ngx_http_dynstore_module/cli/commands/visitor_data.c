#include "cli/commands/visitor_data.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/report.h"
#include "redis/keys.h"

/* so many entries of a stream are read, and deleted, at once: Redis answers others in between */
#define ENTRIES_AT_ONCE "500"

enum { KEY_BYTES = DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_KEY_MORE + 64, ID_BYTES = 48 };

/* the streams whose entries name a visitor in the field `v`, with their names in the JSON */
static const struct {
    const char *name;
    char *(*key)(char *out, dyn_str_t prefix);
} streams[] = {{"events", dyn_redis_stream_write}, {"decisions", dyn_redis_decisions_write}};

static void visitor_key(const dyn_target_t *target, dyn_redis_key_e kind, const char *hash,
                        char key[KEY_BYTES])
{
    *dyn_redis_key_write(key, dyn_str_from(target->prefix), kind, dyn_str_from(hash)) = '\0';
}

/* ---- a visitor's entries of a stream ---- */

/* Called for each batch; `entries` are Redis' own. */
typedef bool (*take_fn)(dyn_target_t *target, const char *key, redisReply **entries, size_t count,
                        void *context, dyn_error_t *error);

static bool well_formed(const redisReply *entry)
{
    return entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
           entry->element[0]->type == REDIS_REPLY_STRING && entry->element[0]->len < ID_BYTES - 1 &&
           entry->element[1]->type == REDIS_REPLY_ARRAY;
}

static bool is_of(const redisReply *entry, const char *hash)
{
    const redisReply *fields = entry->element[1];

    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        if (strcmp(fields->element[i]->str, "v") == 0 &&
            strcmp(fields->element[i + 1]->str, hash) == 0) {
            return true;
        }
    }

    return false;
}

/* The id that comes after this one: an exclusive start would need Redis 6.2. */
static bool next_of(const char *id, char next[ID_BYTES])
{
    const char *dash = strchr(id, '-');

    return dash != NULL && snprintf(next, ID_BYTES, "%.*s-%llu", (int)(dash - id), id,
                                    strtoull(dash + 1, NULL, 10) + 1) < ID_BYTES;
}

/* reply has an entry at least. */
static bool walk_some(dyn_target_t *target, const char *key, const char *hash, redisReply *reply,
                      char next[ID_BYTES], take_fn take, void *context, dyn_error_t *error)
{
    size_t count = 0;
    redisReply **found = calloc(reply->elements, sizeof(void *));
    bool good = true;

    if (found == NULL) {
        return dyn_fail(error, "no memory");
    }
    for (size_t i = 0; good && i < reply->elements; i++) {
        redisReply *entry = reply->element[i];

        good =
            (well_formed(entry) && next_of(entry->element[0]->str, next)) ||
            dyn_fail(error, "%.200s: XRANGE: an unexpected kind of answer", target->address.shown);
        if (good && is_of(entry, hash)) {
            found[count++] = entry;
        }
    }
    good = good && (count == 0 || take(target, key, found, count, context, error));
    free(found);

    return good;
}

static bool walk(dyn_target_t *target, char *(*name)(char *out, dyn_str_t prefix), const char *hash,
                 take_fn take, void *context, dyn_error_t *error)
{
    char key[KEY_BYTES], next[ID_BYTES] = "-";
    const char *range[] = {"XRANGE", key, next, "+", "COUNT", ENTRIES_AT_ONCE};
    bool good = true, more = true;

    *name(key, dyn_str_from(target->prefix)) = '\0';
    while (good && more) {
        redisReply *reply = dyn_target_ask(target, REDIS_REPLY_ARRAY, 6, range, error);

        good = reply != NULL;
        more = good && reply->elements > 0;
        if (more) {
            good = walk_some(target, key, hash, reply, next, take, context, error);
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    }

    return good;
}

/* ---- export ---- */

/* A text, or what is no UTF-8 in base64. */
static json_t *value_of(const redisReply *reply)
{
    json_t *value = json_stringn(reply->str, reply->len);
    unsigned char *encoded;

    if (value == NULL && (encoded = malloc(4 * (reply->len / 3 + 1) + 1)) != NULL) {
        (void)EVP_EncodeBlock(encoded, (const unsigned char *)reply->str, (int)reply->len);
        value = json_pack("{s:s}", "base64", encoded);
        free(encoded);
    }

    return value == NULL ? json_null() : value;
}

/* `pairs`: names and values in turn become an object. */
static json_t *strings_of(const redisReply *reply, bool pairs)
{
    json_t *json = pairs ? json_object() : json_array();

    for (size_t i = 0; i + pairs < reply->elements; i += 1 + pairs) {
        if (pairs) {
            (void)json_object_set_new(json, reply->element[i]->str,
                                      value_of(reply->element[i + 1]));
        } else {
            (void)json_array_append_new(json, value_of(reply->element[i]));
        }
    }

    return json;
}

static bool export_entries(dyn_target_t *target, const char *key, redisReply **entries,
                           size_t count, void *context, dyn_error_t *error)
{
    json_t *list = context;

    (void)target;
    (void)key;
    for (size_t i = 0; i < count; i++) {
        json_t *entry = strings_of(entries[i]->element[1], true);

        (void)json_object_del(entry, "v");
        (void)json_object_set_new(entry, "entry", json_string(entries[i]->element[0]->str));
        if (json_array_append_new(list, entry) != 0) {
            return dyn_fail(error, "no memory");
        }
    }

    return true;
}

json_t *dyn_visitor_export(dyn_target_t *target, const char *hash, bool *found, dyn_error_t *error)
{
    static const struct {
        const char *name;
        dyn_redis_key_e kind;
    } keys[] = {{"session", DYN_REDIS_KEY_LOG},
                {"facts", DYN_REDIS_KEY_FACTS},
                {"history", DYN_REDIS_KEY_HISTORY}};
    json_t *data = json_pack("{s:s, s:s}", "schema", "dynstore.visitor/1", "hash", hash);
    bool good = data != NULL || dyn_fail(error, "no memory");

    *found = false;
    for (size_t i = 0; good && i < sizeof(keys) / sizeof(keys[0]); i++) {
        char key[KEY_BYTES];
        const char *list[] = {"LRANGE", key, "0", "-1"};
        const char *hash_table[] = {"HGETALL", key};
        bool pairs = keys[i].kind == DYN_REDIS_KEY_FACTS;
        redisReply *reply;

        visitor_key(target, keys[i].kind, hash, key);
        reply = dyn_target_ask(target, REDIS_REPLY_ARRAY, pairs ? 2 : 4, pairs ? hash_table : list,
                               error);
        good = reply != NULL;
        if (good) {
            *found |= reply->elements > 0;
            (void)json_object_set_new(data, keys[i].name, strings_of(reply, pairs));
            freeReplyObject(reply);
        }
    }
    for (size_t i = 0; good && i < sizeof(streams) / sizeof(streams[0]); i++) {
        json_t *list = json_array();

        good = walk(target, streams[i].key, hash, export_entries, list, error);
        *found |= json_array_size(list) > 0;
        (void)json_object_set_new(data, streams[i].name, list);
    }
    if (!good) {
        json_decref(data);
        data = NULL;
    }

    return data;
}

/* ---- erase ---- */

/* How many of these words' things Redis had and deleted. */
static bool ask_count(dyn_target_t *target, int count, const char **words, long long *deleted,
                      dyn_error_t *error)
{
    redisReply *reply = dyn_target_ask(target, REDIS_REPLY_INTEGER, count, words, error);

    if (reply == NULL) {
        return false;
    }
    *deleted += reply->integer;
    freeReplyObject(reply);

    return true;
}

static bool erase_entries(dyn_target_t *target, const char *key, redisReply **entries, size_t count,
                          void *context, dyn_error_t *error)
{
    const char **words = calloc(count + 2, sizeof(*words));
    bool good;

    if (words == NULL) {
        return dyn_fail(error, "no memory");
    }
    words[0] = "XDEL";
    words[1] = key;
    for (size_t i = 0; i < count; i++) {
        words[i + 2] = entries[i]->element[0]->str;
    }
    good = ask_count(target, (int)count + 2, words, context, error);
    free(words);

    return good;
}

/* A pattern of SCAN for keys t:{...} and c:{...}: whatever the prefix has stands for itself. */
static void pattern_of(const char *prefix, char pattern[2 * KEY_BYTES])
{
    while (*prefix != '\0') {
        *pattern++ = '\\';
        *pattern++ = *prefix++;
    }
    (void)memcpy(pattern, "[tc]:{*}", sizeof("[tc]:{*}"));
}

/*
 * Whose cart or checkout a token is, and to whom a customer's orders were joined, cannot be looked up from the visitor's side, so all of
 * them are looked through. `keys`: as SCAN found them.
 */
static bool erase_tokens_of(dyn_target_t *target, const redisReply *keys, const char *hash,
                            long long *deleted, dyn_error_t *error)
{
    static const char script[] = "local found = 0 for _, key in ipairs(KEYS) do "
                                 "if redis.call('TYPE', key).ok == 'set' then "
                                 "found = found + redis.call('SREM', key, ARGV[1]) "
                                 "elseif redis.call('HGET', key, 'v') == ARGV[1] then "
                                 "found = found + redis.call('DEL', key) end end return found";
    const char **words = calloc(keys->elements + 4, sizeof(*words));
    char count[24];
    bool good;

    if (words == NULL) {
        return dyn_fail(error, "no memory");
    }
    (void)snprintf(count, sizeof(count), "%zu", keys->elements);
    words[0] = "EVAL";
    words[1] = script;
    words[2] = count;
    for (size_t i = 0; i < keys->elements; i++) {
        words[i + 3] = keys->element[i]->str;
    }
    words[keys->elements + 3] = hash;
    good = ask_count(target, (int)keys->elements + 4, words, deleted, error);
    free(words);

    return good;
}

static bool erase_tokens(dyn_target_t *target, const char *hash, long long *deleted,
                         dyn_error_t *error)
{
    char pattern[2 * KEY_BYTES], cursor[24] = "0";
    const char *scan[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", ENTRIES_AT_ONCE};
    bool good = true;

    pattern_of(target->prefix, pattern);
    do {
        redisReply *reply = dyn_target_ask(target, REDIS_REPLY_ARRAY, 6, scan, error);

        if (reply == NULL) {
            return false;
        }
        good = (reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING &&
                reply->element[0]->len < sizeof(cursor) &&
                reply->element[1]->type == REDIS_REPLY_ARRAY) ||
               dyn_fail(error, "%.200s: SCAN: an unexpected kind of answer", target->address.shown);
        if (good) {
            memcpy(cursor, reply->element[0]->str, reply->element[0]->len + 1);
            good = reply->element[1]->elements == 0 ||
                   erase_tokens_of(target, reply->element[1], hash, deleted, error);
        }
        freeReplyObject(reply);
    } while (good && strcmp(cursor, "0") != 0);

    return good;
}

/* Where nobody reads the control stream, nobody deletes from it what names a visitor. */
static bool forget_control(dyn_target_t *target, const char *id, dyn_error_t *error)
{
    char key[KEY_BYTES];
    const char *words[] = {"XDEL", key, id};
    long long deleted = 0;

    *dyn_redis_control_write(key, dyn_str_from(target->prefix)) = '\0';

    return ask_count(target, 3, words, &deleted, error);
}

json_t *dyn_visitor_erase(dyn_target_t *target, const char *hash, dyn_control_read_e *read,
                          dyn_error_t *error)
{
    const char *fields[] = {"k", "erase", "v", hash};
    char keys[4][KEY_BYTES], id[ID_BYTES];
    const char *del[] = {"DEL", keys[0], keys[1], keys[2], keys[3]};
    long long deleted = 0;
    json_t *told;

    visitor_key(target, DYN_REDIS_KEY_LOG, hash, keys[0]);
    visitor_key(target, DYN_REDIS_KEY_FACTS, hash, keys[1]);
    visitor_key(target, DYN_REDIS_KEY_HISTORY, hash, keys[2]);
    visitor_key(target, DYN_REDIS_KEY_CUSTOMER, hash, keys[3]);
    if (!dyn_target_control(target, fields, 4, id, error) ||
        !ask_count(target, 5, del, &deleted, error) ||
        !erase_tokens(target, hash, &deleted, error)) {
        return NULL;
    }

    told = json_pack("{s:s, s:s, s:I}", "schema", "dynstore.erased/1", "hash", hash, "keys",
                     (json_int_t)deleted);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        deleted = 0;
        if (!walk(target, streams[i].key, hash, erase_entries, &deleted, error)) {
            json_decref(told);
            return NULL;
        }
        (void)json_object_set_new(told, streams[i].name, json_integer(deleted));
    }
    (void)json_object_set_new(told, "control", json_string(id));

    *read = dyn_target_control_read(target);
    (void)json_object_set_new(
        told, "control_read",
        *read == DYN_CONTROL_UNKNOWN ? json_null() : json_boolean(*read == DYN_CONTROL_READ));
    if (*read == DYN_CONTROL_UNREAD && !forget_control(target, id, error)) {
        json_decref(told);
        return NULL;
    }

    return told;
}
