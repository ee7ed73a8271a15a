#include "cli/base/control_stream.h"

#include "engine/control/entry.h"
#include "redis/keys.h"

typedef struct {
    const dyn_redis_url_t *address;
    const char *password_path;
    const char *prefix;
    const char *after;
    dyn_stream_pt take;
    void *data;
    bool begun;                   /* the control stream's first entry came, */
    dyn_control_position_t first; /* which is this one; where its id is too large, behind all */
} reading_t;

static bool take_lasting(void *data, const char *id, const dyn_fact_t *fields, size_t count,
                         dyn_error_t *error)
{
    const reading_t *reading = data;
    dyn_control_position_t position;

    if (dyn_control_position_read(dyn_str_from(id), &position) && position >= reading->first) {
        return true;
    }

    return reading->take(reading->data, id, fields, count, error);
}

static bool read_lasting(reading_t *reading, dyn_error_t *error)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_LASTING_MORE + 1];

    *dyn_redis_lasting_write(key, dyn_str_from(reading->prefix)) = '\0';

    return dyn_stream_read(reading->address, reading->password_path, key, reading->after,
                           take_lasting, reading, error);
}

/* What was trimmed before this entry was read is among the lasting ones by now. */
static bool take_entry(void *data, const char *id, const dyn_fact_t *fields, size_t count,
                       dyn_error_t *error)
{
    reading_t *reading = data;

    if (!reading->begun) {
        reading->begun = true;
        (void)dyn_control_position_read(dyn_str_from(id), &reading->first);
        if (!read_lasting(reading, error)) {
            return false;
        }
    }

    return reading->take(reading->data, id, fields, count, error);
}

bool dyn_control_stream_read(const dyn_redis_url_t *address, const char *password_path,
                             const char *prefix, const char *after, dyn_stream_pt take, void *data,
                             dyn_error_t *error)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE + 1];
    reading_t reading = {.address = address,
                         .password_path = password_path,
                         .prefix = prefix,
                         .after = after,
                         .take = take,
                         .data = data,
                         .first = UINT64_MAX};

    *dyn_redis_control_write(key, dyn_str_from(prefix)) = '\0';

    return dyn_stream_read(address, password_path, key, after, take_entry, &reading, error) &&
           (reading.begun || read_lasting(&reading, error));
}
