/* Events from the stream of Redis (docs/data-model.md), as dyn_events_read() has them from files. */
#ifndef DYN_EVENTS_STREAM_H
#define DYN_EVENTS_STREAM_H

#include "cli/input/events_read.h"
#include "redis/url.h"

/* An entry's id, MS-SEQ; {0, 0} is before all of them. */
typedef struct {
    uint64_t time_ms, sequence;
} dyn_stream_id_t;

enum { DYN_STREAM_ID_BYTES = 48 };

void dyn_stream_id_write(dyn_stream_id_t id, char text[DYN_STREAM_ID_BYTES]);
/* False when it is none: both numbers are needed. */
bool dyn_stream_id_read(dyn_str_t text, dyn_stream_id_t *id);

/*
 * All entries, oldest first; what is written meanwhile is read, too, up to the newest one. Faults count entries as lines. A password
 * that is empty is none. False with a sentence in faults->error when reading ended early.
 */
bool dyn_events_stream_read(const dyn_redis_url_t *address, const char *password, const char *prefix,
                            dyn_event_record_fn take, void *context, dyn_faults_t *faults);

/*
 * The same of the entries after that id; *after becomes the last one read, also when reading ended early. *reaches (may be NULL):
 * the stream still has an entry of that id or before it, so that none after it was trimmed.
 */
bool dyn_events_stream_read_after(const dyn_redis_url_t *address, const char *password,
                                  const char *prefix, dyn_stream_id_t *after, bool *reaches,
                                  dyn_event_record_fn take, void *context, dyn_faults_t *faults);

#endif
