/* Page views, which nginx records itself, and how a session began. */
#ifndef NGX_HTTP_DYNSTORE_VIEW_H
#define NGX_HTTP_DYNSTORE_VIEW_H

#include "nginx/request/request.h"


/* Records the page view, if this is one. */
void ngx_http_dynstore_view_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* How the session began, as facts to be set once; returns how many. Their values live as long as the request. */
#define NGX_HTTP_DYNSTORE_FACTS_MAX             16
ngx_uint_t ngx_http_dynstore_view_facts(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_fact_t *facts);

#endif
