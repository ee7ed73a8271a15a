/*
 * How texts of shoppers and facts about where they come from are stored: as they are, as a keyed hash, or not at all.
 * Everything that is recorded goes through ngx_http_dynstore_record().
 */
#ifndef NGX_HTTP_DYNSTORE_KEEP_H
#define NGX_HTTP_DYNSTORE_KEEP_H

#include "nginx/request/request.h"


/* X(constant, word in dynstore_keep) */
#define NGX_HTTP_DYNSTORE_KEEPS(X)                                                                                     \
    X(SEARCH, "search")         /* the search term, `t` */                                                             \
    X(ORDER, "order")           /* the order's id, `o` */                                                              \
    X(UTM, "utm")               /* the facts utm_* */                                                                  \
    X(REFERRER, "referrer")     /* the fact referrer */

enum {
#define X(constant, word) NGX_HTTP_DYNSTORE_KEEP_##constant,
    NGX_HTTP_DYNSTORE_KEEPS(X)
#undef X
    NGX_HTTP_DYNSTORE_KEEPS_COUNT
};

typedef enum {
    NGX_HTTP_DYNSTORE_KEEP_RAW = 0,
    NGX_HTTP_DYNSTORE_KEEP_HASH,
    NGX_HTTP_DYNSTORE_KEEP_OFF
} ngx_http_dynstore_keep_e;

/* Of dynstore_keep. */
typedef struct ngx_http_dynstore_keep_s {
    ngx_http_dynstore_keep_e          how[NGX_HTTP_DYNSTORE_KEEPS_COUNT];
} ngx_http_dynstore_keep_t;

/*
 * Like ngx_http_dynstore_store_write(), but first replaces texts in the events and facts by what may be stored, and leaves history
 * and stream out where they may not be written.
 */
ngx_int_t ngx_http_dynstore_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_store_write_t *write);

/* What the stream may have of an event: its texts are replaced as above. */
void ngx_http_dynstore_keep_event(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_event_t *event);

/* dyn_visitor_hash_as(), without a label dyn_visitor_hash(), in the request's pool; empty of an empty text. */
ngx_int_t ngx_http_dynstore_hash_as(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, const char *label, dyn_str_t text,
    ngx_str_t *hash);
/* The hash under which Redis has a cart's or a checkout's token, in the request's pool; empty of an empty one. */
ngx_int_t ngx_http_dynstore_cart_token(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, dyn_str_t token, ngx_str_t *hash);

char *ngx_http_dynstore_set_keep(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
