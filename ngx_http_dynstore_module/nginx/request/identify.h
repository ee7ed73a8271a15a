/* Identifies a request: its visitor, its origin, and what the location's directives say about the page. */
#ifndef NGX_HTTP_DYNSTORE_IDENTIFY_H
#define NGX_HTTP_DYNSTORE_IDENTIFY_H

#include "nginx/request/request.h"


/*
 * Why a visitor is neither looked up nor recorded: X(constant, name in $dynstore_ignored, in the header X-Dynstore-Ignored and
 * in events_ignored_total{reason=}). The rows of the counters have the same names.
 */
#define NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)                                                                           \
    X(CONSENT, consent)                                                                                                \
    X(BOT, bot)                                                                                                        \
    X(VISITOR, visitor)                                                                                                \
    X(REDIS, redis)

typedef enum {
    NGX_HTTP_DYNSTORE_IGNORED_NONE = 0,
#define X(constant, name) NGX_HTTP_DYNSTORE_IGNORED_##constant,
    NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)
#undef X
} ngx_http_dynstore_ignored_e;


/*
 * Fills in the visitor (a new one if allowed), what may be read and written, device, entry source, country, age, search text,
 * language and attributes; for pages also surface, item and slots by the location's directives. Runs again after an internal redirect to
 * another location.
 */
ngx_int_t ngx_http_dynstore_identify(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Sets ctx->may_read, may_write, may_record and ignored again, after something that they depend on has changed. */
void ngx_http_dynstore_permit(ngx_http_dynstore_ctx_t *ctx);
/* Those of ctx's attributes that are the same for everybody. They take the place of the others. */
dyn_attributes_t ngx_http_dynstore_constant_attributes(ngx_http_dynstore_ctx_t *ctx);
/* The name of ctx->ignored; empty for none. */
ngx_str_t *ngx_http_dynstore_ignored_name(ngx_http_dynstore_ctx_t *ctx);
/* Whether the request asks for HTML by name. */
ngx_uint_t ngx_http_dynstore_wants_html(ngx_http_request_t *r);
/* Sets the surface and, without dynstore_slots, the slots that go with it: those of the rules, else the built-in ones. */
void ngx_http_dynstore_set_context_surface(ngx_http_dynstore_ctx_t *ctx, dyn_surface_t surface);

#endif
