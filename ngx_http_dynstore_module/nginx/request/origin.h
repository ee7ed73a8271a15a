/*
 * Which site's page sent a request. Browsers say it in Sec-Fetch-Site and Origin, which no page can change. So forms and
 * beacons of another site can be told from the shop's own.
 */
#ifndef NGX_HTTP_DYNSTORE_ORIGIN_H
#define NGX_HTTP_DYNSTORE_ORIGIN_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* Of dynstore_origins. */
typedef struct {
    ngx_str_t                         scheme;     /* empty: any */
    ngx_str_t                         host;       /* with its port, in small letters */
    unsigned                          below:1;    /* every name below it, but not itself */
} ngx_http_dynstore_origin_t;

/*
 * True when a page of another site sent it, and dynstore_origins (an array of ngx_http_dynstore_origin_t, or NULL) does not
 * name that page's origin. A client that sends neither header is not a current browser but a server or an app; it counts as the
 * shop's own.
 */
ngx_uint_t ngx_http_dynstore_cross_site(ngx_http_request_t *r, ngx_array_t *origins);

/*
 * True for a page that another site's page shows inside itself, in a frame or by a script. Following a link is a normal visit.
 */
ngx_uint_t ngx_http_dynstore_embedded(ngx_http_request_t *r, ngx_array_t *origins);

char *ngx_http_dynstore_set_origins(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
