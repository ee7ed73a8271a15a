/* The trace that a request belongs to, by its header traceparent (engine/base/trace.h). */
#ifndef NGX_HTTP_DYNSTORE_TRACE_H
#define NGX_HTTP_DYNSTORE_TRACE_H

#include "nginx/request/request.h"


/*
 * The valid header of the main request, as it came, for whoever passes it on or records it; empty: none, or several, which the
 * standard treats as none.
 */
dyn_str_t ngx_http_dynstore_traceparent(ngx_http_request_t *r);

#endif
