/* Arguments of the query string, decoded. */
#ifndef NGX_HTTP_DYNSTORE_ARGUMENT_H
#define NGX_HTTP_DYNSTORE_ARGUMENT_H

#include "nginx/request/request.h"


typedef enum {
    NGX_HTTP_DYNSTORE_ARG_ABSENT,
    NGX_HTTP_DYNSTORE_ARG_GOOD,
    NGX_HTTP_DYNSTORE_ARG_BAD      /* broken percent-encoding, control bytes, no UTF-8, or too long */
} ngx_http_dynstore_arg_e;

/* A decoded argument of the query string, at most `max` bytes, in the request's pool. */
ngx_http_dynstore_arg_e ngx_http_dynstore_arg(ngx_http_request_t *r, ngx_str_t *name, size_t max, dyn_str_t *value);

#endif
