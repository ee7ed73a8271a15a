/* The options of commands that work in a shop's Redis: where it is, its password, the prefix of its keys. */
#ifndef DYN_TARGET_H
#define DYN_TARGET_H

#include <time.h>

#include "cli/base/redis.h"

/* Rows of an option table; their indexes are DYN_TARGET_REDIS and so on, first in the command's enumeration. */
enum { DYN_TARGET_REDIS, DYN_TARGET_PREFIX, DYN_TARGET_PASSWORD_FILE, DYN_TARGET_OPTIONS };

#define DYN_TARGET_ROWS                                                                      \
    [DYN_TARGET_REDIS] = {"redis", 'r', "URL", "the shop's Redis, as in dynstore_redis"},    \
    [DYN_TARGET_PREFIX] = {"prefix", 0, "PREFIX", "dynstore_redis prefix= of nginx (dyn:)"}, \
    [DYN_TARGET_PASSWORD_FILE] = {"password-file", 0, "FILE",                                \
                                  "the password of Redis, alone in a file"}

typedef struct {
    dyn_redis_url_t address; /* shown empty: --redis was not given */
    const char *prefix;      /* "dyn:" */
    const char *password_path;
    redisContext *redis;  /* after dyn_target_open() */
    struct timespec told; /* when dyn_target_control() wrote last */
} dyn_target_t;

/* `option`: one of the indexes above. False with a sentence. */
bool dyn_target_option(dyn_target_t *target, int option, const char *value, dyn_error_t *error);
/* Connects. False with a sentence. */
bool dyn_target_open(dyn_target_t *target, dyn_error_t *error);
void dyn_target_close(dyn_target_t *target);

/* dyn_redis_ask() of this Redis. */
redisReply *dyn_target_ask(dyn_target_t *target, int type, int count, const char **words,
                           dyn_error_t *error);

/*
 * Writes an entry to the control stream (docs/data-model.md): names and values in turn, those of one entry. `id`
 * gets the entry's id.
 */
bool dyn_target_control(dyn_target_t *target, const char **fields, int count, char id[48],
                        dyn_error_t *error);

/* Whether an nginx read the control stream; unknown: Redis does not tell. */
typedef enum { DYN_CONTROL_UNKNOWN, DYN_CONTROL_UNREAD, DYN_CONTROL_READ } dyn_control_read_e;

/* Waits after dyn_target_control(), at most five seconds, for the stream to be read. */
dyn_control_read_e dyn_target_control_read(dyn_target_t *target);
/* The beginning of a sentence about a stream that is not known to be read. */
const char *dyn_control_read_text(dyn_control_read_e read);

#endif
