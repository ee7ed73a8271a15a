/*
 * The control stream of a shop, PREFIX control (docs/data-model.md): what people and programs tell every nginx of the shop. It has a
 * connection of its own, which is made by the worker that reads, so that a refusal here is none of the sessions'.
 */
#ifndef NGX_HTTP_DYNSTORE_CONTROL_H
#define NGX_HTTP_DYNSTORE_CONTROL_H

#include "engine/control/entry.h"
#include "nginx/store/store.h"
#include "redis/keys.h"


/* entries and bytes of one reply, below the limits of the connection (nginx/transport/redis.h) */
#define NGX_HTTP_DYNSTORE_CONTROL_ENTRIES       200
#define NGX_HTTP_DYNSTORE_CONTROL_REPLY         100000
/* bytes of a value that Redis sends: a longer author or reason is cut, a longer id is none */
#define NGX_HTTP_DYNSTORE_CONTROL_VALUE         160
/* entries that are looked through at a time for those that name a visitor and are to be deleted */
#define NGX_HTTP_DYNSTORE_CONTROL_SCAN          500
/* an entry's id, two numbers of 20 digits, terminated */
#define NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES      48
/* an entry that names a visitor is deleted when it is so old: nginx keeps no answer of a visitor for longer */
#define NGX_HTTP_DYNSTORE_CONTROL_ERASE_S       600


/* Texts live until the handler returns. `good`: it is an entry, else its fields say nothing. */
typedef struct {
    dyn_str_t                         id;
    dyn_control_field_t               fields[DYN_CONTROL_FIELDS_MAX];
    size_t                            nfields;
    dyn_control_entry_t               entry;
    ngx_uint_t                        good;
} ngx_http_dynstore_control_told_t;

typedef struct ngx_http_dynstore_control_s  ngx_http_dynstore_control_t;

/* What a reply said beside entries. */
typedef struct {
    ngx_uint_t                        all;        /* nothing more was to be read */
    ngx_uint_t                        known;      /* Redis tells of the stream: */
    ngx_uint_t                        there;      /* whether it is there, */
    dyn_control_position_t            newest;     /* and its newest entry, also when that was deleted */
    uint64_t                          added;      /* entries that it ever got; 0: not known, as by Redis 6 */
    ngx_int_t                         unkept;     /* lasting entries that could not be copied, */
    dyn_str_t                         why_unkept; /* by Redis' own words about the first */
    dyn_str_t                         beyond;     /* an id that is too large: nothing behind it is read; empty: there is none */
    /* names of the control stream and of the one for what lasts, terminated */
    char                              key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE + 1];
    char                              lasting_key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_LASTING_MORE + 1];
} ngx_http_dynstore_control_end_t;

/*
 * What came after the id that was asked with; called for each entry, the oldest first, and then once with NULL and the end. Lasting entries
 * (dyn_control_kind_lasts()) come also when the stream was trimmed. Texts of the end live until the handler returns.
 */
typedef void (*ngx_http_dynstore_control_pt)(void *data, ngx_http_dynstore_control_told_t *told, ngx_http_dynstore_control_end_t *end);


/* In init_process; it lives as long as the cycle. */
ngx_http_dynstore_control_t *ngx_http_dynstore_control_create(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf,
    ngx_http_dynstore_counters_t *counters, ngx_http_dynstore_control_pt handler, void *data);
/* Asks for the entries after this id, unless an answer is awaited or there is no connection: then one is made. */
void ngx_http_dynstore_control_read(ngx_http_dynstore_control_t *control, dyn_str_t after);
/* In exit_process. */
void ngx_http_dynstore_control_exit(ngx_http_dynstore_control_t *control);

#endif
