/* The control stream of a shop's Redis, with the lasting entries that were trimmed in it (docs/data-model.md), as nginx reads it. */
#ifndef DYN_CONTROL_STREAM_H
#define DYN_CONTROL_STREAM_H

#include "cli/base/stream.h"

/* Calls `take` for each entry behind the id `after` (NULL: all), by rising id; otherwise as dyn_stream_read(). */
bool dyn_control_stream_read(const dyn_redis_url_t *address, const char *password_path, const char *prefix,
                             const char *after, dyn_stream_pt take, void *data, dyn_error_t *error);

#endif
