#include "cli/base/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/secret_file.h"
#include "redis/keys.h"

enum { wait_s = 2 };

/* ---- options ---- */

bool dyn_redis_option(const char *option, const char *value, dyn_redis_url_t *address,
                      dyn_error_t *error)
{
    dyn_str_t password = dyn_redis_url_password(dyn_str_from(value));
    dyn_error_t reason;

    if (password.len > 0) {
        memset((char *)(uintptr_t)password.data, '*', password.len);
        return dyn_fail(error,
                        "--%s: everybody on this machine can read a password on the command line: "
                        "leave it out of the URL and give --password-file FILE, or set "
                        "DYNSTORE_REDIS_PASSWORD in the environment",
                        option);
    }

    return dyn_redis_url_parse(dyn_str_from(value), address, &reason) ||
           dyn_fail(error, "--%s: %.450s", option, reason.text);
}

bool dyn_redis_prefix_option(const char *value, dyn_error_t *error)
{
    dyn_error_t reason;

    return dyn_redis_prefix_check(dyn_str_from(value), &reason) ||
           dyn_fail(error, "--prefix: %.450s", reason.text);
}

bool dyn_redis_password(const dyn_redis_url_t *address, const char *path,
                        char text[DYN_REDIS_PASSWORD_BYTES_MAX + 1], dyn_error_t *error)
{
    const char *variable = getenv("DYNSTORE_REDIS_PASSWORD");
    dyn_str_t password = dyn_str_from(variable == NULL ? "" : variable);

    if (path != NULL) {
        if (!dyn_secret_file_read(path, text, DYN_REDIS_PASSWORD_BYTES_MAX + 1, &password, NULL,
                                  error)) {
            return false;
        }
        while (password.len > 0 && (password.data[password.len - 1] == '\n' ||
                                    password.data[password.len - 1] == '\r')) {
            password.len--;
        }
        if (password.len == 0 || memchr(password.data, '\0', password.len) != NULL) {
            return dyn_fail(error, "%.200s: must hold the password alone, 1 to %d bytes", path,
                            DYN_REDIS_PASSWORD_BYTES_MAX);
        }
    }
    if (password.len > DYN_REDIS_PASSWORD_BYTES_MAX) {
        return dyn_fail(error, "DYNSTORE_REDIS_PASSWORD: has %zu bytes; at most %d would be right",
                        password.len, DYN_REDIS_PASSWORD_BYTES_MAX);
    }
    if (password.len == 0 && address->user != NULL) {
        return dyn_fail(error,
                        "%.200s: a user needs a password: give --password-file FILE, or set "
                        "DYNSTORE_REDIS_PASSWORD in the environment",
                        address->shown);
    }

    memmove(text, password.data, password.len);
    text[password.len] = '\0';

    return true;
}

/* ---- a connection ---- */

/* What Redis says may hold whatever somebody wrote there: a terminal must not obey it. */
static const char *harmless(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }

    return text;
}

redisReply *dyn_redis_ask(redisContext *redis, const dyn_redis_url_t *address, int type, int count,
                          const char **words, dyn_error_t *error)
{
    redisReply *reply = redisCommandArgv(redis, count, words, NULL);

    if (reply == NULL) {
        dyn_fail(error, "%.200s: %s: %.100s", address->shown, words[0], redis->errstr);
        return NULL;
    }
    if (reply->type != type) {
        dyn_fail(error, "%.200s: %s: %.200s", address->shown, words[0],
                 reply->type == REDIS_REPLY_ERROR ? harmless(reply->str)
                                                  : "an unexpected kind of answer");
        freeReplyObject(reply);
        return NULL;
    }

    return reply;
}

static bool done(redisReply *reply)
{
    if (reply != NULL) {
        freeReplyObject(reply);
    }

    return reply != NULL;
}

static bool begin(redisContext *redis, const dyn_redis_url_t *address, const char *password,
                  dyn_error_t *error)
{
    char db[16];
    const char *with_user[] = {"AUTH", address->user, password};
    const char *without[] = {"AUTH", password};
    const char *choose[] = {"SELECT", db};

    snprintf(db, sizeof(db), "%d", address->db);
    if (password[0] != '\0' &&
        !done(address->user != NULL
                  ? dyn_redis_ask(redis, address, REDIS_REPLY_STATUS, 3, with_user, error)
                  : dyn_redis_ask(redis, address, REDIS_REPLY_STATUS, 2, without, error))) {
        return false;
    }

    return address->db == 0 ||
           done(dyn_redis_ask(redis, address, REDIS_REPLY_STATUS, 2, choose, error));
}

redisContext *dyn_redis_open(const dyn_redis_url_t *address, const char *password,
                             dyn_error_t *error)
{
    struct timeval wait = {wait_s, 0};
    redisContext *redis = address->host != NULL
                              ? redisConnectWithTimeout(address->host, address->port, wait)
                              : redisConnectUnixWithTimeout(address->path, wait);

    if (redis == NULL || redis->err != 0) {
        dyn_fail(error, "%.200s: cannot connect: %.100s", address->shown,
                 redis == NULL ? "no memory" : redis->errstr);
    } else if (redisSetTimeout(redis, wait) != REDIS_OK) {
        dyn_fail(error, "%.200s: cannot set a timeout: %.100s", address->shown, redis->errstr);
    } else if (begin(redis, address, password, error)) {
        return redis;
    }
    if (redis != NULL) {
        redisFree(redis);
    }

    return NULL;
}
