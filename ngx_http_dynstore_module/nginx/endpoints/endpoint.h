/* What the endpoints share: their arguments and their answers. */
#ifndef NGX_HTTP_DYNSTORE_ENDPOINT_H
#define NGX_HTTP_DYNSTORE_ENDPOINT_H

#include "nginx/request/argument.h"


/* items of a slot that only the request names */
#define NGX_HTTP_DYNSTORE_SLOT_ITEMS            8

/* The surface, item and slot that a decision is asked for. */
typedef struct {
    dyn_surface_t                     surface;
    dyn_str_t                         item_id;
    dyn_slot_t                        slots[DYN_SLOTS_MAX];    /* count 0: as the surface has it */
    ngx_uint_t                        nslots;     /* 0: all slots of the surface */
    ngx_uint_t                        format;     /* ngx_http_dynstore_format_e */
} ngx_http_dynstore_wanted_t;

/*
 * Reads `item`, `slot`, `format`, and the surface from the argument of the given name. An unknown surface is `home`: a valid
 * answer. NULL, or the sentence of a 400.
 */
const char *ngx_http_dynstore_wanted_parse(ngx_http_request_t *r, ngx_str_t *surface_name,
    ngx_http_dynstore_wanted_t *wanted);
/* Copies these into ctx. Call it after identify and before the decision. */
void ngx_http_dynstore_wanted_set(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_wanted_t *wanted);

/* Decides, and renders in the request's pool. NGX_ERROR: no memory. */
ngx_int_t ngx_http_dynstore_wanted_render(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_wanted_t *wanted, ngx_http_dynstore_decided_t *decided, ngx_str_t *body);

/* Adds the reason to ignore the request, if there is one: `X-Dynstore-Ignored: bot`. */
ngx_int_t ngx_http_dynstore_add_ignored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* Sends status, type and body, which must live in the request's pool. Returns what to finalize the request with. */
ngx_int_t ngx_http_dynstore_send(ngx_http_request_t *r, ngx_uint_t status, const char *type, ngx_str_t *body);
/* The same with `{"error":"SENTENCE"}`, never stored. */
ngx_int_t ngx_http_dynstore_refuse(ngx_http_request_t *r, ngx_uint_t status, const char *sentence);
/* The same for a request whose body has not been read; the sentence must live as long as the request. */
ngx_int_t ngx_http_dynstore_refuse_unread(ngx_http_request_t *r, ngx_uint_t status, const char *sentence);
/* Sends 405 with the allowed methods. */
ngx_int_t ngx_http_dynstore_refuse_method(ngx_http_request_t *r, const char *allowed);

/* The body, in the request's pool. NGX_DECLINED: it is longer than `most`. */
ngx_int_t ngx_http_dynstore_read_body(ngx_http_request_t *r, size_t most, dyn_str_t *body);
/* The answer comes later, from the event loop. Returns what to finalize with now. */
ngx_int_t ngx_http_dynstore_hold(ngx_http_request_t *r);

/* Content handlers. */
ngx_int_t ngx_http_dynstore_fragment_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_events_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_metrics_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_status_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_webhook_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_assets_handler(ngx_http_request_t *r);

char *ngx_http_dynstore_set_assets(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
/*
 * The secret of a parameter `secret_file=PATH`, read into `text`; the file's full name is left in *path. `have`: so many were read before, of
 * at most `most`. NGX_ERROR: a sentence that begins with the directive's name was logged.
 */
ngx_int_t ngx_http_dynstore_secret_file(ngx_conf_t *cf, ngx_str_t *directive, ngx_str_t *path, ngx_uint_t have, ngx_uint_t most,
    char *text, size_t size, dyn_str_t *secret);

char *ngx_http_dynstore_set_webhook(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Runs before rewrites: answers what dynstore_app_proxy does not let pass, and notes the customer of the rest. */
ngx_int_t ngx_http_dynstore_app_proxy_handler(ngx_http_request_t *r);
char *ngx_http_dynstore_set_app_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
