/* Visitors of events as numbers, in the order in which they were met. */
#ifndef DYN_VISITORS_H
#define DYN_VISITORS_H

#include "cli/base/ids.h"
#include "cli/input/events_read.h"

/* Zero at first; free with dyn_visitors_free(). */
typedef struct {
    dyn_ids_t ids;
    bool *whole; /* by visitor: the file says what a session is, and this is one */
    uint32_t room;
} dyn_visitors_t;

/* The number of an event's visitor. A session's id and a visitor's may be alike and are not the same. DYN_NONE: memory is out. */
uint32_t dyn_visitors_number(dyn_visitors_t *visitors, const dyn_event_record_t *record);
void dyn_visitors_free(dyn_visitors_t *visitors);

#endif
