/* dynstore_script: the tag that loads the script, in the pages that are given a block. */
#ifndef NGX_HTTP_DYNSTORE_SCRIPT_H
#define NGX_HTTP_DYNSTORE_SCRIPT_H

#include "nginx/request/request.h"


/* The tag for this request, in its pool; empty where the location has none. NGX_ERROR: no memory. */
ngx_int_t ngx_http_dynstore_script_tag(ngx_http_request_t *r, ngx_http_dynstore_loc_conf_t *dlcf, ngx_str_t *tag);

char *ngx_http_dynstore_set_script(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
