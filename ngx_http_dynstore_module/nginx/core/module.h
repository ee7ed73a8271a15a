/* The module itself, as nginx knows it. */
#ifndef NGX_HTTP_DYNSTORE_MODULE_H
#define NGX_HTTP_DYNSTORE_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


extern ngx_module_t  ngx_http_dynstore_module;

#endif
