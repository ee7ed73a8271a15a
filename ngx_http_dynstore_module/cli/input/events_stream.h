/* Events from the stream of Redis (docs/data-model.md), as dyn_events_read() has them from files. */
#ifndef DYN_EVENTS_STREAM_H
#define DYN_EVENTS_STREAM_H

#include "cli/input/events_read.h"
#include "redis/url.h"

/*
 * All entries, oldest first; what is written meanwhile is read, too, up to the newest one. Faults count entries as lines. A password
 * that is empty is none. False with a sentence in faults->error when reading ended early.
 */
bool dyn_events_stream_read(const dyn_redis_url_t *address, const char *password, const char *prefix,
                            dyn_event_record_fn take, void *context, dyn_faults_t *faults);

#endif
