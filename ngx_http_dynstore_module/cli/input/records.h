/* Decision records of a file of lines, or of the stream in Redis. */
#ifndef DYN_RECORDS_H
#define DYN_RECORDS_H

#include "engine/record/record.h"
#include "redis/url.h"

typedef struct {
    const char *path; /* a file; NULL: Redis */
    dyn_redis_url_t redis;
    const char *password_path; /* NULL: as dyn_redis_password() has it */
    const char *prefix;
    const char *since; /* of Redis: the id of an entry; those behind it are read */
} dyn_records_source_t;

/* The value of --from: a path, or an address (cli/base/redis.h). False with a sentence. */
bool dyn_records_from(const char *value, dyn_records_source_t *source, dyn_error_t *error);

/* Called for each record, oldest first; valid until it returns. False with a sentence ends the reading. */
typedef bool (*dyn_record_pt)(void *data, const dyn_record_t *record, dyn_error_t *error);
/* False with a sentence, which names the line or the entry. */
bool dyn_records_read(const dyn_records_source_t *source, dyn_record_pt take, void *data,
                      dyn_error_t *error);

#endif
