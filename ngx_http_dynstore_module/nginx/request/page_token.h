/* The token that pages carry and events bring back (engine/trust/page_token.h), and how an event is authenticated. */
#ifndef NGX_HTTP_DYNSTORE_PAGE_TOKEN_H
#define NGX_HTTP_DYNSTORE_PAGE_TOKEN_H

#include "nginx/request/request.h"


/* The visitor's current token, the same for the whole request. Empty when there is no visitor or the location uses no tokens. */
ngx_str_t ngx_http_dynstore_page_token(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
/* Adds the token, if there is one, as the header X-Dynstore-Token. */
ngx_int_t ngx_http_dynstore_page_token_header(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

/* How the request's events are authenticated. The location's directives say which clients are trusted. */
ngx_http_dynstore_auth_e ngx_http_dynstore_authenticate(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);

char *ngx_http_dynstore_set_page_token(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
