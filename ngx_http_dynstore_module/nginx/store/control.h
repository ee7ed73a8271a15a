/*
 * The control stream of a shop, PREFIX control (docs/data-model.md): what people and programs tell every nginx of the shop. It has a
 * connection of its own, which is made by the worker that reads, so that a refusal here is none of the sessions'.
 */
#ifndef NGX_HTTP_DYNSTORE_CONTROL_H
#define NGX_HTTP_DYNSTORE_CONTROL_H

#include "nginx/store/store.h"


/* entries of one reply: five strings each, of which Redis sends as many bytes at most */
#define NGX_HTTP_DYNSTORE_CONTROL_ENTRIES       50
#define NGX_HTTP_DYNSTORE_CONTROL_BYTES         128
/* an entry's id, two numbers of 20 digits, terminated */
#define NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES      48
/* an entry that names a visitor is deleted when it is so old: nginx keeps no answer of a visitor for longer */
#define NGX_HTTP_DYNSTORE_CONTROL_ERASE_S       600


/* Texts live until the handler returns; a field that an entry does not have is empty. */
typedef struct {
    dyn_str_t                         id;
    dyn_str_t                         kind;
    dyn_str_t                         visitor;
    dyn_str_t                         author;
    dyn_str_t                         reason;
} ngx_http_dynstore_control_entry_t;

typedef struct ngx_http_dynstore_control_s  ngx_http_dynstore_control_t;

/* What came after the id that was asked with; oldest first. */
typedef void (*ngx_http_dynstore_control_pt)(void *data, ngx_http_dynstore_control_entry_t *entries, ngx_uint_t n);


/* In init_process; it lives as long as the cycle. */
ngx_http_dynstore_control_t *ngx_http_dynstore_control_create(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf,
    ngx_http_dynstore_counters_t *counters, ngx_http_dynstore_control_pt handler, void *data);
/* Asks for the entries after this id, unless an answer is awaited or there is no connection: then one is made. */
void ngx_http_dynstore_control_read(ngx_http_dynstore_control_t *control, dyn_str_t after);
/* In exit_process. */
void ngx_http_dynstore_control_exit(ngx_http_dynstore_control_t *control);

#endif
