#include "cli/commands/target.h"

#include <string.h>


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
