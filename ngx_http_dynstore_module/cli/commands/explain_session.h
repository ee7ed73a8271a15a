/* A session for `dynstore explain`: its log, newest first, its facts and the visitor's history, from a file or from Redis. */
#ifndef DYN_EXPLAIN_SESSION_H
#define DYN_EXPLAIN_SESSION_H

#include "engine/base/arena.h"
#include "redis/url.h"
#include "engine/session/session.h"

typedef struct {
    dyn_str_t log[DYN_SESSION_EVENTS_MAX];
    size_t log_count;
    dyn_fact_t facts[DYN_SESSION_FACTS_MAX];
    size_t fact_count;
    dyn_str_t history[DYN_HISTORY_EVENTS_MAX]; /* newest first; a file has none */
    size_t history_count;
    int64_t newest_ms; /* of the entries; 0 when there is none */
} dyn_explain_session_t;

/*
 * A file of session-log entries, newest first, as `redis-cli LRANGE` prints them (numbered and quoted on a terminal, or bare);
 * or of events as JSON Lines, oldest first, each with a `time`. False with a sentence that names the line.
 */
bool dyn_explain_session_read(const char *path, dyn_arena_t *arena, dyn_explain_session_t *session,
                              dyn_error_t *error);

/*
 * The session as nginx would find it: the keys PREFIXr:{H}, PREFIXs:{H} and PREFIXh:{H}, H the keyed hash of the visitor's value. An empty password
 * is none. The prefix has at most DYN_REDIS_PREFIX_BYTES_MAX bytes, the hash DYN_VISITOR_HASH_BYTES. Waits at most two seconds for each
 * answer.
 */
bool dyn_explain_session_fetch(const dyn_redis_url_t *address, const char *password,
                               const char *prefix, const char *hash, dyn_arena_t *arena,
                               dyn_explain_session_t *session, dyn_error_t *error);

#endif
