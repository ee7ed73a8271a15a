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
    uint64_t taken, passed_over; /* by dyn_records_read(): records, and what was none */
    dyn_error_t first;           /* what was wrong with the first of these */
} dyn_records_source_t;

/* The value of --from: a path, or an address (cli/base/redis.h). False with a sentence. */
bool dyn_records_from(const char *value, dyn_records_source_t *source, dyn_error_t *error);

/* Called for each record, oldest first; valid until it returns. False with a sentence ends the reading. */
typedef bool (*dyn_record_pt)(void *data, const dyn_record_t *record, dyn_error_t *error);
/*
 * What is no record, such as one that an older version wrote, is passed over. False with a sentence, which names the line or the entry,
 * when there is nothing else.
 */
bool dyn_records_read(dyn_records_source_t *source, dyn_record_pt take, void *data, dyn_error_t *error);
/* For `take`: the record cannot be used after all, and why. True. */
bool dyn_records_pass_over(dyn_records_source_t *source, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says on standard error what was passed over, if anything was. */
void dyn_records_warn(const char *command, const dyn_records_source_t *source);

#endif
