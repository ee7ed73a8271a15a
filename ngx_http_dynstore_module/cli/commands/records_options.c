#include "cli/commands/records_options.h"

#include "cli/base/redis.h"

bool dyn_records_option(dyn_records_source_t *source, int option, const char *value,
                        dyn_error_t *error)
{
    switch (option) {
    case DYN_RECORDS_FROM:
        return dyn_records_from(value, source, error);
    case DYN_RECORDS_PASSWORD_FILE:
        source->password_path = value;
        return true;
    default:
        source->prefix = value;
        return dyn_redis_prefix_option(value, error);
    }
}

bool dyn_records_are_given(const dyn_records_source_t *source)
{
    return source->path != NULL || source->redis.shown[0] != '\0';
}
