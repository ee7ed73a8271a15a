#include "nginx/request/origin.h"
#include "nginx/request/headers.h"
#include "nginx/request/request.h"


static ngx_uint_t ngx_http_dynstore_origin_referrer(ngx_http_request_t *r, ngx_array_t *origins);
static ngx_int_t ngx_http_dynstore_origin_split(ngx_str_t *text, ngx_str_t *scheme, ngx_str_t *host);
static ngx_uint_t ngx_http_dynstore_origin_own(ngx_http_request_t *r, ngx_str_t *scheme, ngx_str_t *host);
static ngx_uint_t ngx_http_dynstore_origin_named(ngx_array_t *origins, ngx_str_t *scheme, ngx_str_t *host);
static ngx_int_t ngx_http_dynstore_origin_read(ngx_str_t *text, ngx_http_dynstore_origin_t *origin);


static ngx_uint_t
ngx_http_dynstore_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len && ngx_strncasecmp(a->data, b->data, a->len) == 0;
}


static ngx_str_t  ngx_http_dynstore_origin_name = ngx_string("Origin");


ngx_uint_t
ngx_http_dynstore_cross_site(ngx_http_request_t *r, ngx_array_t *origins)
{
    ngx_str_t   *site, *origin, scheme, host;
    ngx_uint_t   i;

    static ngx_str_t  site_name = ngx_string("Sec-Fetch-Site");

    /* none: the shopper's own action, such as a bookmark */
    static ngx_str_t  own[] = { ngx_string("same-origin"), ngx_string("same-site"), ngx_string("none") };

    site = ngx_http_dynstore_header_in(r, &site_name);

    for (i = 0; site != NULL && i < sizeof(own) / sizeof(own[0]); i++) {
        if (ngx_http_dynstore_same(site, &own[i])) {
            return 0;
        }
    }

    origin = ngx_http_dynstore_header_in(r, &ngx_http_dynstore_origin_name);

    if (origin == NULL) {
        return site != NULL;
    }

    /* sandboxed frames and local files of anybody send `null` */
    if (ngx_http_dynstore_origin_split(origin, &scheme, &host) != NGX_OK) {
        return 1;
    }

    if (ngx_http_dynstore_origin_named(origins, &scheme, &host)) {
        return 0;
    }

    /* only a list of public suffixes could say which names are one site, so by Origin alone the host must be equal */
    return site != NULL || !ngx_http_dynstore_origin_own(r, &scheme, &host);
}


ngx_uint_t
ngx_http_dynstore_embedded(ngx_http_request_t *r, ngx_array_t *origins)
{
    ngx_str_t  *dest;

    static ngx_str_t  dest_name = ngx_string("Sec-Fetch-Dest");
    static ngx_str_t  document = ngx_string("document");

    dest = ngx_http_dynstore_header_in(r, &dest_name);

    if (dest == NULL || ngx_http_dynstore_same(dest, &document)) {
        return 0;
    }

    return ngx_http_dynstore_cross_site(r, origins) && !ngx_http_dynstore_origin_referrer(r, origins);
}


/* A frame's request has no Origin, but its Referer begins with the origin, and no page can choose that either. */
static ngx_uint_t
ngx_http_dynstore_origin_referrer(ngx_http_request_t *r, ngx_array_t *origins)
{
    size_t     len;
    ngx_str_t  scheme, host;

    if (origins == NULL || r->headers_in.referer == NULL
        || ngx_http_dynstore_header_in(r, &ngx_http_dynstore_origin_name) != NULL
        || ngx_http_dynstore_origin_split(&r->headers_in.referer->value, &scheme, &host) != NGX_OK)
    {
        return 0;
    }

    for (len = 0; len < host.len && ngx_strchr("/?#", host.data[len]) == NULL; len++) { /* void */ }

    host.len = len;

    return ngx_http_dynstore_origin_named(origins, &scheme, &host);
}


/* SCHEME://HOST[:PORT] */
static ngx_int_t
ngx_http_dynstore_origin_split(ngx_str_t *text, ngx_str_t *scheme, ngx_str_t *host)
{
    u_char  *colon;

    colon = ngx_strlchr(text->data, text->data + text->len, ':');

    if (colon == NULL || text->data + text->len - colon <= 3 || colon[1] != '/' || colon[2] != '/') {
        return NGX_ERROR;
    }

    scheme->data = text->data;
    scheme->len = colon - text->data;
    host->data = colon + 3;
    host->len = text->data + text->len - host->data;

    return NGX_OK;
}


/* Browsers omit a scheme's default port in Origin and Host; other clients may write it. */
static ngx_uint_t
ngx_http_dynstore_origin_own(ngx_http_request_t *r, ngx_str_t *scheme, ngx_str_t *host)
{
    u_char     *colon;
    ngx_str_t   own, name, port;

    if (r->headers_in.host == NULL) {

        /* HTTP/3 has no Host, and nginx keeps only the name from :authority; so the port is not compared */

        name = *host;
        colon = ngx_strlchr(name.data, name.data + name.len, ']');
        colon = ngx_strlchr(colon ? colon : name.data, name.data + name.len, ':');

        if (colon != NULL) {
            name.len = colon - name.data;
        }

        return name.len && ngx_http_dynstore_same(&r->headers_in.server, &name);
    }

    own = r->headers_in.host->value;

    if (ngx_http_dynstore_same(&own, host)) {
        return 1;
    }

    if (scheme->len == 5 && ngx_strncasecmp(scheme->data, (u_char *) "https", 5) == 0) {
        ngx_str_set(&port, ":443");

    } else {
        ngx_str_set(&port, ":80");
    }

    return own.len == host->len + port.len
           && ngx_strncasecmp(own.data, host->data, host->len) == 0
           && ngx_memcmp(own.data + host->len, port.data, port.len) == 0;
}


static ngx_uint_t
ngx_http_dynstore_origin_named(ngx_array_t *origins, ngx_str_t *scheme, ngx_str_t *host)
{
    ngx_str_t                    tail;
    ngx_uint_t                   i;
    ngx_http_dynstore_origin_t  *origin;

    if (origins == NULL) {
        return 0;
    }

    origin = origins->elts;

    for (i = 0; i < origins->nelts; i++) {

        if (origin[i].scheme.len && !ngx_http_dynstore_same(&origin[i].scheme, scheme)) {
            continue;
        }

        if (!origin[i].below) {
            if (ngx_http_dynstore_same(&origin[i].host, host)) {
                return 1;
            }

            continue;
        }

        if (host->len <= origin[i].host.len + 1) {
            continue;
        }

        tail.len = origin[i].host.len;
        tail.data = host->data + host->len - tail.len;

        if (tail.data[-1] == '.' && ngx_http_dynstore_same(&origin[i].host, &tail)) {
            return 1;
        }
    }

    return 0;
}


/* SCHEME://HOST[:PORT] or HOST[:PORT], where a host may begin with an asterisk and a dot */
static ngx_int_t
ngx_http_dynstore_origin_read(ngx_str_t *text, ngx_http_dynstore_origin_t *origin)
{
    u_char  c;
    size_t  i;

    ngx_memzero(origin, sizeof(ngx_http_dynstore_origin_t));

    ngx_strlow(text->data, text->data, text->len);

    if (ngx_http_dynstore_origin_split(text, &origin->scheme, &origin->host) != NGX_OK) {
        /* a missing scheme is allowed only where any scheme is clearly meant */
        if (text->len < 2 || text->data[0] != '*') {
            return NGX_ERROR;
        }

        ngx_str_null(&origin->scheme);
        origin->host = *text;

    } else if (origin->scheme.len == 0) {
        return NGX_ERROR;
    }

    if (origin->host.len > 2 && origin->host.data[0] == '*' && origin->host.data[1] == '.') {
        origin->below = 1;
        origin->host.data += 2;
        origin->host.len -= 2;
    }

    for (i = 0; i < origin->host.len; i++) {
        c = origin->host.data[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && ngx_strchr("-._:[]", c) == NULL) {
            return NGX_ERROR;
        }
    }

    return origin->host.len && origin->host.data[0] != '.' ? NGX_OK : NGX_ERROR;
}


char *
ngx_http_dynstore_set_origins(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t                   *value;
    ngx_uint_t                   i;
    ngx_http_dynstore_origin_t  *origin;

    if (dlcf->origins != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->origins = NULL;
        return NGX_CONF_OK;
    }

    dlcf->origins = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(ngx_http_dynstore_origin_t));
    if (dlcf->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        origin = ngx_array_push(dlcf->origins);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_dynstore_origin_read(&value[i], origin) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid origin \"%V\": write a scheme and a host without a path, "
                               "e.g. https://app.example.com or https://*.example.com, or *.example.com for any scheme",
                               &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
