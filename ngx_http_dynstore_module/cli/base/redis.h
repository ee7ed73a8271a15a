/* Redis for commands: one connection that waits for each answer, two seconds at most. */
#ifndef DYN_CLI_REDIS_H
#define DYN_CLI_REDIS_H

#include <hiredis/hiredis.h>

#include "redis/url.h"

/*
 * The address that an option names. All users of a machine see its command lines: a password in it is refused, and blotted out in `value`.
 */
bool dyn_redis_option(const char *option, const char *value, dyn_redis_url_t *address, dyn_error_t *error);
/* The same for --prefix. */
bool dyn_redis_prefix_option(const char *value, dyn_error_t *error);

/*
 * The password of that file (NULL: of DYNSTORE_REDIS_PASSWORD in the environment), terminated; empty when there is none. Wipe it after use.
 */
bool dyn_redis_password(const dyn_redis_url_t *address, const char *path,
                        char text[DYN_REDIS_PASSWORD_BYTES_MAX + 1], dyn_error_t *error);

/* Connected, authenticated (an empty password is none), in its database. NULL with a sentence; free with redisFree(). */
redisContext *dyn_redis_open(const dyn_redis_url_t *address, const char *password, dyn_error_t *error);
/* NULL with a sentence, also when the reply is not of that type; free with freeReplyObject(). */
redisReply *dyn_redis_ask(redisContext *redis, const dyn_redis_url_t *address, int type, int count,
                          const char **words, dyn_error_t *error);

#endif
