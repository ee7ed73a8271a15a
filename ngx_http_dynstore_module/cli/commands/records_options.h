/* The options of commands that read decision records: where these are, and how Redis is asked. */
#ifndef DYN_RECORDS_OPTIONS_H
#define DYN_RECORDS_OPTIONS_H

#include "cli/input/records.h"

/* Rows of an option table; their indexes are DYN_RECORDS_FROM and so on, first in the command's enumeration. */
enum { DYN_RECORDS_FROM, DYN_RECORDS_PASSWORD_FILE, DYN_RECORDS_PREFIX, DYN_RECORDS_OPTIONS };

#define DYN_RECORDS_ROWS                                                                                   \
    [DYN_RECORDS_FROM] = {"from", 'f', "URL|FILE", "the Redis of the records, or a file of them"},         \
    [DYN_RECORDS_PASSWORD_FILE] = {"password-file", 0, "FILE",                                             \
                                   "holds only Redis' password; else DYNSTORE_REDIS_PASSWORD of the "      \
                                   "environment"},                                                         \
    [DYN_RECORDS_PREFIX] = {"prefix", 0, "PREFIX", "dynstore_redis prefix= of nginx (dyn:)"}

/* `option`: one of the indexes above. False with a sentence. */
bool dyn_records_option(dyn_records_source_t *source, int option, const char *value, dyn_error_t *error);
/* Whether --from was given. */
bool dyn_records_are_given(const dyn_records_source_t *source);

#endif
