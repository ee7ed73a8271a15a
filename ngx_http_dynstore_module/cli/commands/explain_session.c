#include "cli/commands/explain_session.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/redis.h"
#include "cli/input/lines.h"
#include "engine/base/time_text.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"
#include "engine/trust/visitor.h"
#include "redis/keys.h"

/* `12) "vi 1700000000000 a"` becomes `vi 1700000000000 a`: entries hold no byte that redis-cli escapes. */
static dyn_str_t strip_numbering(dyn_str_t line)
{
    size_t at = 0;

    while (at < line.len &&
           (line.data[at] == ' ' || (line.data[at] >= '0' && line.data[at] <= '9'))) {
        at++;
    }
    if (at + 3 < line.len && line.data[at] == ')' && line.data[at + 1] == ' ' &&
        line.data[at + 2] == '"' && line.data[line.len - 1] == '"') {
        return (dyn_str_t){line.data + at + 3, line.len - at - 4};
    }

    return line;
}

static bool take_entry(const char *path, uint64_t number, dyn_str_t line, dyn_arena_t *arena,
                       dyn_explain_session_t *session, dyn_error_t *error)
{
    dyn_str_t entry = strip_numbering(line);
    dyn_event_t event;

    if (!dyn_event_decode(entry, arena, &event)) {
        return dyn_fail(error,
                        "%.200s:%" PRIu64
                        ": \"%.*s\" is not an entry of a session log: it should read like "
                        "\"vi 1700000000000 ITEM\"",
                        path, number, entry.len < 80 ? (int)entry.len : 80, entry.data);
    }
    if (session->log_count < DYN_SESSION_EVENTS_MAX) {
        session->log[session->log_count++] = dyn_arena_str(arena, entry);
    }

    return true;
}

static bool time_of(dyn_str_t line, int64_t *time_ms)
{
    json_t *event = json_loadb(line.data, line.len, 0, NULL);
    json_t *time = json_object_get(event, "time");
    bool found = false;

    if (json_is_number(time)) {
        found = dyn_time_from_number(json_number_value(time), time_ms);
    } else if (json_is_string(time)) {
        found = dyn_time_parse(dyn_str_from(json_string_value(time)), time_ms);
    }
    json_decref(event);

    return found;
}

/* Events come oldest first; the log keeps the newest, newest first. */
static void push_newest(dyn_explain_session_t *session, dyn_str_t entry)
{
    if (session->log_count < DYN_SESSION_EVENTS_MAX) {
        session->log_count++;
    }
    memmove(session->log + 1, session->log, (session->log_count - 1) * sizeof(session->log[0]));
    session->log[0] = entry;
}

static bool take_event(const char *path, uint64_t number, dyn_str_t line, dyn_arena_t *arena,
                       dyn_explain_session_t *session, dyn_error_t *error)
{
    dyn_event_batch_t batch;
    dyn_error_t reason;
    int64_t time_ms;

    if (!dyn_event_parse(line, 0, arena, &batch, &reason)) {
        return dyn_fail(error, "%.200s:%" PRIu64 ": %.200s", path, number, reason.text);
    }
    if (batch.fault_count > 0) {
        return dyn_fail(error, "%.200s:%" PRIu64 ": %.*s", path, number,
                        (int)batch.faults[0].sentence.len, batch.faults[0].sentence.data);
    }
    if (!time_of(line, &time_ms)) {
        return dyn_fail(
            error,
            "%.200s:%" PRIu64
            ": time: missing or not a time: it should be ISO 8601 or seconds since 1970",
            path, number);
    }

    for (size_t i = 0; i < batch.count; i++) {
        char text[DYN_EVENT_TEXT_BYTES_MAX];

        batch.events[i].time_ms = time_ms;

        size_t length = dyn_event_encode(&batch.events[i], text, sizeof(text));

        if (length == 0) {
            return dyn_fail(
                error, "%.200s:%" PRIu64 ": the event is longer than %d bytes in the session log",
                path, number, DYN_EVENT_TEXT_BYTES_MAX);
        }
        push_newest(session, dyn_arena_str(arena, (dyn_str_t){text, length}));
    }

    return true;
}

/* The newest entry's time. */
static bool finish(dyn_arena_t *arena, dyn_explain_session_t *session, dyn_error_t *error)
{
    for (size_t i = 0; i < session->log_count; i++) {
        dyn_event_t event;

        if (session->log[i].data != NULL && dyn_event_decode(session->log[i], arena, &event) &&
            event.time_ms > session->newest_ms) {
            session->newest_ms = event.time_ms;
        }
    }

    return !arena->exhausted || dyn_fail(error, "not enough memory for the session");
}

bool dyn_explain_session_read(const char *path, dyn_arena_t *arena, dyn_explain_session_t *session,
                              dyn_error_t *error)
{
    dyn_lines_t *lines = dyn_lines_open(path, error);
    bool good = lines != NULL;
    dyn_str_t line;

    while (good && dyn_lines_next(lines, &line)) {
        if (line.len > 0) {
            good = (line.data[0] == '{' ? take_event : take_entry)(path, dyn_lines_number(lines),
                                                                   line, arena, session, error);
        }
    }
    if (lines != NULL && !dyn_lines_close(lines, good ? error : NULL)) {
        good = false;
    }

    return good && finish(arena, session, error);
}

/* ---- Redis ---- */

static dyn_str_t text_of(const redisReply *reply, dyn_arena_t *arena)
{
    return reply->type == REDIS_REPLY_STRING
               ? dyn_arena_str(arena, (dyn_str_t){reply->str, (size_t)reply->len})
               : DYN_STR("");
}

/* A list of entries; `entries` has room for `max`. */
static bool fetch_entries(redisContext *redis, const dyn_redis_url_t *address, const char *key,
                          size_t max, dyn_arena_t *arena, dyn_str_t *entries, size_t *count,
                          dyn_error_t *error)
{
    char last[16];
    const char *range[] = {"LRANGE", key, "0", last};

    snprintf(last, sizeof(last), "%zu", max - 1);

    redisReply *reply = dyn_redis_ask(redis, address, REDIS_REPLY_ARRAY, 4, range, error);

    if (reply == NULL) {
        return false;
    }
    for (size_t i = 0; i < reply->elements && *count < max; i++) {
        entries[(*count)++] = text_of(reply->element[i], arena);
    }
    freeReplyObject(reply);

    return true;
}

static bool fetch(redisContext *redis, const dyn_redis_url_t *address, const char *prefix,
                  const char *hash, dyn_arena_t *arena, dyn_explain_session_t *session,
                  dyn_error_t *error)
{
    dyn_str_t start = dyn_str_from(prefix), visitor = dyn_str_from(hash);
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_KEY_MORE + DYN_VISITOR_HASH_BYTES + 1];
    const char *all[] = {"HGETALL", key};

    *dyn_redis_key_write(key, start, DYN_REDIS_KEY_LOG, visitor) = '\0';
    if (!fetch_entries(redis, address, key, DYN_SESSION_EVENTS_MAX, arena, session->log,
                       &session->log_count, error)) {
        return false;
    }
    *dyn_redis_key_write(key, start, DYN_REDIS_KEY_HISTORY, visitor) = '\0';
    if (!fetch_entries(redis, address, key, DYN_HISTORY_EVENTS_MAX, arena, session->history,
                       &session->history_count, error)) {
        return false;
    }

    *dyn_redis_key_write(key, start, DYN_REDIS_KEY_FACTS, visitor) = '\0';
    redisReply *reply = dyn_redis_ask(redis, address, REDIS_REPLY_ARRAY, 2, all, error);
    if (reply == NULL) {
        return false;
    }
    for (size_t i = 0; i + 1 < reply->elements && session->fact_count < DYN_SESSION_FACTS_MAX;
         i += 2) {
        session->facts[session->fact_count++] =
            (dyn_fact_t){text_of(reply->element[i], arena), text_of(reply->element[i + 1], arena)};
    }
    freeReplyObject(reply);

    return true;
}

bool dyn_explain_session_fetch(const dyn_redis_url_t *address, const char *password,
                               const char *prefix, const char *hash, dyn_arena_t *arena,
                               dyn_explain_session_t *session, dyn_error_t *error)
{
    redisContext *redis = dyn_redis_open(address, password, error);

    if (redis == NULL) {
        return false;
    }

    bool good =
        fetch(redis, address, prefix, hash, arena, session, error) && finish(arena, session, error);

    redisFree(redis);

    return good;
}
