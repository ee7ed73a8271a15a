#include "cli/commands/target.h"

#include <stdio.h>
#include <string.h>

#include "engine/control/entry.h"
#include "redis/keys.h"

enum { WORDS_MAX = 2 * DYN_CONTROL_FIELDS_MAX };

/* an nginx with control=on reads the control stream each second */
enum { READ_WITHIN_S = 5, LOOK_AGAIN_MS = 250 };

bool dyn_target_option(dyn_target_t *target, int option, const char *value, dyn_error_t *error)
{
    switch (option) {
    case DYN_TARGET_REDIS:
        return dyn_redis_option("redis", value, &target->address, error);
    case DYN_TARGET_PREFIX:
        target->prefix = value;
        return dyn_redis_prefix_option(value, error);
    default:
        target->password_path = value;
        return true;
    }
}

bool dyn_target_open(dyn_target_t *target, dyn_error_t *error)
{
    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];

    if (dyn_redis_password(&target->address, target->password_path, password, error)) {
        target->redis = dyn_redis_open(&target->address, password, error);
    }
    explicit_bzero(password, sizeof(password));

    return target->redis != NULL;
}

void dyn_target_close(dyn_target_t *target)
{
    if (target->redis != NULL) {
        redisFree(target->redis);
        target->redis = NULL;
    }
}

redisReply *dyn_target_ask(dyn_target_t *target, int type, int count, const char **words,
                           dyn_error_t *error)
{
    return dyn_redis_ask(target->redis, &target->address, type, count, words, error);
}

bool dyn_target_control(dyn_target_t *target, const char **fields, int count, char id[48],
                        dyn_error_t *error)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE + 1];
    char entries[16];
    const char *words[6 + WORDS_MAX] = {"XADD", key, "MAXLEN", "~", entries, "*"};
    redisReply *reply;

    *dyn_redis_control_write(key, dyn_str_from(target->prefix)) = '\0';
    (void)snprintf(entries, sizeof(entries), "%d", DYN_REDIS_CONTROL_ENTRIES_MAX);
    memcpy(words + 6, fields, (size_t)count * sizeof(*fields));
    reply = dyn_target_ask(target, REDIS_REPLY_STRING, 6 + count, words, error);
    if (reply == NULL) {
        return false;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &target->told);
    (void)snprintf(id, 48, "%.47s", reply->str);
    freeReplyObject(reply);

    return true;
}

/* Whole seconds since then. */
static long long seconds_since(const struct timespec *then)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);

    return (long long)now.tv_sec - then->tv_sec - (now.tv_nsec < then->tv_nsec);
}

/*
 * Redis knows for how many seconds nobody has used a key, by a clock of whole seconds that may be late: a difference of
 * two is certain.
 */
dyn_control_read_e dyn_target_control_read(dyn_target_t *target)
{
    const struct timespec pause = {0, LOOK_AGAIN_MS * 1000000L};
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE + 1];
    const char *words[] = {"OBJECT", "IDLETIME", key};
    dyn_error_t ignored;

    *dyn_redis_control_write(key, dyn_str_from(target->prefix)) = '\0';
    for (;;) {
        redisReply *reply = dyn_target_ask(target, REDIS_REPLY_INTEGER, 3, words, &ignored);
        long long since = seconds_since(&target->told);

        if (reply == NULL) {
            return DYN_CONTROL_UNKNOWN;
        }

        long long unused = reply->integer;

        freeReplyObject(reply);
        if (unused + 2 <= since) {
            return DYN_CONTROL_READ;
        }
        if (since >= READ_WITHIN_S) {
            return DYN_CONTROL_UNREAD;
        }
        (void)nanosleep(&pause, NULL);
    }
}

const char *dyn_control_read_text(dyn_control_read_e read)
{
    return read == DYN_CONTROL_UNREAD ? "nobody reads the control stream"
                                      : "Redis does not tell whether the control stream is read";
}
