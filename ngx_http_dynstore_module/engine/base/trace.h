/* W3C Trace Context: the header traceparent (w3.org/TR/trace-context, "traceparent Header Field Values"). */
#ifndef DYN_TRACE_H
#define DYN_TRACE_H

#include "engine/base/types.h"

enum {
    DYN_TRACE_ID_BYTES = 32,
    /* 00-TRACE_ID-PARENT_ID-FLAGS: what every version begins with */
    DYN_TRACEPARENT_BYTES = 55
};

/*
 * The first DYN_TRACEPARENT_BYTES of a valid header; DYN_STR_NONE of any other, which is to be ignored. Ids are lower-case hex and
 * not all zero, and the version is not ff. Version 00 ends there; what a later one may have behind it follows a dash.
 */
dyn_str_t dyn_traceparent(dyn_str_t header);
/* Its trace id. */
dyn_str_t dyn_trace_id(dyn_str_t traceparent);

#endif
