/* Events become clicks to learn from: what counts, whose it is, what is left out and why. */
#ifndef DYN_INTAKE_H
#define DYN_INTAKE_H

#include "cli/input/catalog.h"
#include "cli/input/events_read.h"
#include "cli/input/visitors.h"
#include "cli/train/join.h"
#include "cli/train/learning.h"
#include "cli/base/times.h"

/* Zero at first but for the first four, and what `join` says. */
typedef struct {
    dyn_catalog_t *catalog;
    uint32_t authenticated; /* bit by dyn_event_type_t: such an event must be vouched for */
    void (*progress)(void *context, uint64_t clicks); /* now and then; may be NULL */
    void *context;

    const char *path; /* of the file being read */
    dyn_times_t times;
    dyn_visitors_t visitors;
    dyn_clicks_t clicks;  /* session is the visitor */
    uint64_t clicks_read; /* those that may be learned from */
    uint64_t unauthenticated, future;
    dyn_join_t join;
    dyn_learning_limited_t limited;
} dyn_intake_t;

/* For dyn_events_read(); the context is the intake. */
bool dyn_intake_take(void *context, const dyn_event_record_t *record);
/* When all is read: takes out what lies in the future and what is beyond reason. *as_of_ms: 0 without events. False: no memory. */
bool dyn_intake_settle(dyn_intake_t *intake, int64_t *as_of_ms);
void dyn_intake_free(dyn_intake_t *intake);

#endif
