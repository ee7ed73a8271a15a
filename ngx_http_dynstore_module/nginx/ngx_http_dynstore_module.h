/* The module as a whole: its place in nginx, its endpoints' handlers and its steps at start. */
#ifndef NGX_HTTP_DYNSTORE_MODULE_H
#define NGX_HTTP_DYNSTORE_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_dynstore_redis.h"


extern ngx_module_t  ngx_http_dynstore_module;

/* This worker's Redis client; NULL when there is none. */
extern ngx_http_dynstore_redis_t  *ngx_http_dynstore_redis;

/* Content handlers of the endpoints. */
ngx_int_t ngx_http_dynstore_fragment_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_events_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_metrics_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_dynstore_status_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_dynstore_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_dynstore_header_filter_init(ngx_conf_t *cf);
ngx_int_t ngx_http_dynstore_body_filter_init(ngx_conf_t *cf);

#endif
