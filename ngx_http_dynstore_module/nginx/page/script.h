/* dynstore_script: the tags that load the scripts, in the pages that are given a block. */
#ifndef NGX_HTTP_DYNSTORE_SCRIPT_H
#define NGX_HTTP_DYNSTORE_SCRIPT_H

#include "nginx/request/request.h"


/*
 * The tags for this request, in its pool; empty where the location has none. `json`: with the script that shows blocks of JSON.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_dynstore_script_tags(ngx_http_request_t *r, ngx_http_dynstore_loc_conf_t *dlcf, ngx_uint_t json,
    ngx_str_t *tags);

char *ngx_http_dynstore_set_script(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
