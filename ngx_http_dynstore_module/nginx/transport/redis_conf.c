#include "nginx/transport/redis.h"
#include "engine/base/secret_file.h"


static char *ngx_http_dynstore_redis_parse_tcp(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url);
static char *ngx_http_dynstore_redis_parse_unix(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url);
static char *ngx_http_dynstore_redis_parse_db(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *db);
static char *ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *path);
static ngx_str_t ngx_http_dynstore_redis_shown(ngx_str_t *text);
static ngx_uint_t ngx_http_dynstore_redis_has_servers(ngx_resolver_t *resolver);
static ngx_str_t ngx_http_dynstore_redis_unescape(ngx_conf_t *cf, u_char *start, size_t len);


char *
ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *address)
{
    ngx_str_t  rest, shown;

    rcf->clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (address->len > 8 && ngx_strncmp(address->data, "redis://", 8) == 0) {
        rest.data = address->data + 8;
        rest.len = address->len - 8;
        return ngx_http_dynstore_redis_parse_tcp(cf, rcf, &rest);
    }

    if (address->len > 5 && ngx_strncmp(address->data, "unix:", 5) == 0) {
        rest.data = address->data + 5;
        rest.len = address->len - 5;
        return ngx_http_dynstore_redis_parse_unix(cf, rcf, &rest);
    }

    shown = ngx_http_dynstore_redis_shown(address);
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "dynstore_redis: \"%V\" is no address; write redis://[user:password@]host[:port][/db] "
                       "or unix:/path[:db]", &shown);

    return NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_redis_check(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf)
{
    if (rcf->user.len && rcf->password.len == 0) {
        /* what stands before the @ may be the password: it is not shown */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: the user of %V has no password; write user:password@, :password@ or "
                           "password_file=FILE", &rcf->url);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_dynstore_redis_parse_tcp(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url)
{
    u_char     *p, *at, *colon, *slash, *last, *host;
    ngx_str_t   db;
    ngx_url_t   u;

    last = url->data + url->len;
    at = NULL;

    /* a password may hold an @ of its own: the last one before the host counts */
    for (p = url->data; p < last; p++) {
        if (*p == '@') {
            at = p;
        }
    }

    host = at ? at + 1 : url->data;

    if (at) {
        colon = ngx_strlchr(url->data, at, ':');

        if (colon == NULL) {
            rcf->user = ngx_http_dynstore_redis_unescape(cf, url->data, at - url->data);

        } else {
            rcf->user = ngx_http_dynstore_redis_unescape(cf, url->data, colon - url->data);
            rcf->password = ngx_http_dynstore_redis_unescape(cf, colon + 1, at - colon - 1);
        }
    }

    slash = ngx_strlchr(host, last, '/');

    if (slash) {
        db.data = slash + 1;
        db.len = last - slash - 1;

        if (db.len && ngx_http_dynstore_redis_parse_db(cf, rcf, &db) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        last = slash;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url.data = host;
    u.url.len = last - host;
    u.default_port = 6379;
    u.no_resolve = 1;

    if (u.url.len == 0 || ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: %s in \"redis://%*s\"; write redis://host:port, a host name or an address",
                           u.err ? u.err : "no host", (size_t) (last - host), host);
        return NGX_CONF_ERROR;
    }

    rcf->host = u.host;
    rcf->port = u.port;
    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;

    rcf->url.data = ngx_pnalloc(cf->pool, sizeof("redis://") + u.url.len);
    if (rcf->url.data == NULL) {
        return NGX_CONF_ERROR;
    }

    rcf->url.len = ngx_sprintf(rcf->url.data, "redis://%V", &u.url) - rcf->url.data;

    return NGX_CONF_OK;
}


static char *
ngx_http_dynstore_redis_parse_unix(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url)
{
    u_char     *colon, *last;
    ngx_str_t   db;
    ngx_url_t   u;

    last = url->data + url->len;
    colon = ngx_strlchr(url->data, last, ':');

    if (colon) {
        db.data = colon + 1;
        db.len = last - colon - 1;

        if (ngx_http_dynstore_redis_parse_db(cf, rcf, &db) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

        last = colon;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url.data = url->data - 5;
    u.url.len = last - u.url.data;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: %s in \"%V\"; write unix:/path/of/redis.sock", u.err, &u.url);
        return NGX_CONF_ERROR;
    }

    rcf->unix_path.data = url->data;
    rcf->unix_path.len = last - url->data;
    rcf->url = u.url;
    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;

    return NGX_CONF_OK;
}


static char *
ngx_http_dynstore_redis_parse_db(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *db)
{
    ngx_int_t  n;
    ngx_str_t  shown;

    n = ngx_atoi(db->data, db->len);

    if (n == NGX_ERROR || n > 65535) {
        shown = ngx_http_dynstore_redis_shown(db);
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: \"%V\" is no database number; write one from 0 to 65535", &shown);
        return NGX_CONF_ERROR;
    }

    rcf->db = n;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *parameter)
{
    ngx_str_t  path;

    if (ngx_strncmp(parameter->data, "password_file=", 14) != 0) {
        return NGX_DECLINED;
    }

    path.data = parameter->data + 14;
    path.len = parameter->len - 14;

    return ngx_http_dynstore_redis_password_file(cf, rcf, &path) == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}


static char *
ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *path)
{
    char         text[NGX_HTTP_DYNSTORE_REDIS_PASSWORD_MAX + 1];
    ngx_str_t    password;
    dyn_str_t    secret;
    dyn_error_t  error;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (!dyn_secret_file_read((char *) path->data, text, sizeof(text), &secret, NULL, &error)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_redis: the password file %s", error.text);
        return NGX_CONF_ERROR;
    }

    while (secret.len && (secret.data[secret.len - 1] == '\n' || secret.data[secret.len - 1] == '\r')) {
        secret.len--;
    }

    if (secret.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: the password file \"%V\" must hold the password alone, 1 to %d bytes", path,
                           NGX_HTTP_DYNSTORE_REDIS_PASSWORD_MAX);
        return NGX_CONF_ERROR;
    }

    password.data = (u_char *) secret.data;
    password.len = secret.len;

    rcf->password.data = ngx_pstrdup(cf->pool, &password);
    rcf->password.len = secret.len;

    return rcf->password.data == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}


/* An address without what stands before its last @: user and password. */
static ngx_str_t
ngx_http_dynstore_redis_shown(ngx_str_t *text)
{
    size_t     i;
    ngx_str_t  shown;

    shown = *text;

    for (i = 0; i < text->len; i++) {

        if (text->data[i] == '@') {
            shown.data = text->data + i;
            shown.len = text->len - i;
        }
    }

    return shown;
}


static ngx_str_t
ngx_http_dynstore_redis_unescape(ngx_conf_t *cf, u_char *start, size_t len)
{
    u_char     *dst, *src;
    ngx_str_t   text;

    text.len = 0;
    text.data = dst = ngx_pnalloc(cf->pool, len + 1);

    if (dst == NULL) {
        return text;
    }

    src = start;
    ngx_unescape_uri(&dst, &src, len, 0);
    text.len = dst - text.data;

    return text;
}


ngx_int_t
ngx_http_dynstore_redis_init(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf)
{
    ngx_url_t  u;

    if (rcf->naddrs) {
        return NGX_OK;
    }

    if (rcf->clcf->resolver && ngx_http_dynstore_redis_has_servers(rcf->clcf->resolver)) {
        rcf->resolve = 1;
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.host = rcf->host;
    u.port = rcf->port;

    if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
        /* the shop is worth more than its sessions */
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "dynstore_redis: %s: \"%V\"; nginx starts without sessions and goes on looking; write an address, or "
                      "set \"resolver\" in http{} so that the name is looked up with each connection",
                      u.err ? u.err : "host not found", &rcf->host);
        return NGX_OK;
    }

    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;

    return NGX_OK;
}


/* nginx keeps a resolver's servers in an array, Angie (since 1.12) in a list. */

static ngx_inline ngx_uint_t
ngx_http_dynstore_redis_array_filled(const void *connections)
{
    return ((const ngx_array_t *) connections)->nelts != 0;
}


static ngx_inline ngx_uint_t
ngx_http_dynstore_redis_list_filled(const void *connections)
{
    return *(void *const *) connections != NULL;
}


static ngx_uint_t
ngx_http_dynstore_redis_has_servers(ngx_resolver_t *resolver)
{
    return _Generic(&resolver->connections,
                    ngx_array_t *: ngx_http_dynstore_redis_array_filled,
                    default: ngx_http_dynstore_redis_list_filled)(&resolver->connections);
}
