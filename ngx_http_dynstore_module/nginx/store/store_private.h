/* For the session store's own files only. */
#ifndef NGX_HTTP_DYNSTORE_STORE_PRIVATE_H
#define NGX_HTTP_DYNSTORE_STORE_PRIVATE_H

#include "nginx/store/store.h"
#include "redis/keys.h"


/* the owner of a write: how many entries of the stream are lost if it fails */
typedef struct {
    ngx_http_dynstore_store_t        *store;
    ngx_uint_t                        entries;
} ngx_http_dynstore_store_entries_t;

struct ngx_http_dynstore_store_s {
    ngx_http_dynstore_store_conf_t   *conf;
    ngx_http_dynstore_redis_t        *redis;
    ngx_http_dynstore_counters_t     *counters;

    /* confirmations that wait for the connection to be made */
    ngx_queue_t                       waiting;

    ngx_event_t                       trim;          /* timer: trims old entries of the stream */

    /* the stream: mean size of an entry (in 1/256 bytes), and entries left for new visitors this second */
    ngx_int_t                         entry_bytes;
    time_t                            new_second;
    ngx_uint_t                        new_left;
    ngx_http_dynstore_store_entries_t entries[DYN_EVENT_BATCH_MAX + 1];   /* by their number */
};


/* nginx/store/store_commands.c: a visitor's key, or another that a hash names, as an argument. */
ngx_int_t ngx_http_dynstore_store_key(ngx_http_dynstore_redis_buf_t *buf, ngx_http_dynstore_store_conf_t *conf,
    dyn_redis_key_e kind, ngx_str_t *hash);
/* How many entries the stream of events may have, when one of so many bytes is added. */
ngx_uint_t ngx_http_dynstore_store_stream_max(ngx_http_dynstore_store_t *store, size_t len);

/*
 * nginx/store/store_commands.c. Each returns how many replies the commands will have. 0: they did not fit, and the buffer is
 * unchanged. Of a write 0 means that there is nothing to write, and NGX_ERROR that it did not fit.
 */
ngx_uint_t ngx_http_dynstore_store_format_read(ngx_http_dynstore_store_conf_t *conf, ngx_str_t *visitor_hash,
    ngx_uint_t session_only, ngx_http_dynstore_redis_buf_t *buf);
ngx_int_t ngx_http_dynstore_store_format_write(ngx_http_dynstore_store_t *store,
    ngx_http_dynstore_store_write_t *write, ngx_http_dynstore_redis_buf_t *buf);
ngx_uint_t ngx_http_dynstore_store_format_move(ngx_http_dynstore_store_conf_t *conf, ngx_str_t *from, ngx_str_t *to,
    ngx_http_dynstore_redis_buf_t *buf);
ngx_uint_t ngx_http_dynstore_store_format_record(ngx_http_dynstore_store_conf_t *conf, const dyn_fact_t *fields,
    ngx_uint_t nfields, ngx_uint_t most, ngx_http_dynstore_redis_buf_t *buf);
ngx_uint_t ngx_http_dynstore_store_format_trim(ngx_http_dynstore_store_conf_t *conf, ngx_http_dynstore_redis_buf_t *buf);

#endif
