/* The variables $dynstore_*. */
#ifndef NGX_HTTP_DYNSTORE_VARIABLES_H
#define NGX_HTTP_DYNSTORE_VARIABLES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


ngx_int_t ngx_http_dynstore_add_variables(ngx_conf_t *cf);

#endif
