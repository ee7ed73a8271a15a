/* A stream of a shop's Redis, read from an entry on to its end. */
#ifndef DYN_STREAM_H
#define DYN_STREAM_H

#include "cli/base/redis.h"
#include "engine/session/session.h"

enum { DYN_STREAM_FIELDS_MAX = 32, DYN_STREAM_ID_BYTES = 64 };

/* An entry, with its first DYN_STREAM_FIELDS_MAX fields; valid until it returns. False with a sentence ends the reading. */
typedef bool (*dyn_stream_pt)(void *data, const char *id, const dyn_fact_t *fields, size_t count, dyn_error_t *error);

/* Opens a connection and calls `take` for each entry behind the id `after` (NULL: all), oldest first. password_path as in dyn_redis_password(). */
bool dyn_stream_read(const dyn_redis_url_t *address, const char *password_path, const char *key, const char *after,
                     dyn_stream_pt take, void *data, dyn_error_t *error);

#endif
