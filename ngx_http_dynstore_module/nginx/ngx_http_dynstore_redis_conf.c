#include "ngx_http_dynstore_redis.h"


static char *ngx_http_dynstore_redis_parse_tcp(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url);
static char *ngx_http_dynstore_redis_parse_unix(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url);
static char *ngx_http_dynstore_redis_parse_db(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *db);
static char *ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *parameter);
static char *ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *path);
static ngx_str_t ngx_http_dynstore_redis_unescape(ngx_conf_t *cf, u_char *start, size_t len);


char *
ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf)
{
    char        *rv;
    ngx_str_t   *value, rest;
    ngx_uint_t   i;

    value = cf->args->elts;

    ngx_str_set(&rcf->prefix, "dyn:");
    rcf->stream_max = 100000;
    rcf->idle_s = 1800;
    rcf->clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (value[1].len > 8 && ngx_strncmp(value[1].data, "redis://", 8) == 0) {
        rest.data = value[1].data + 8;
        rest.len = value[1].len - 8;
        rv = ngx_http_dynstore_redis_parse_tcp(cf, rcf, &rest);

    } else if (value[1].len > 5 && ngx_strncmp(value[1].data, "unix:", 5) == 0) {
        rest.data = value[1].data + 5;
        rest.len = value[1].len - 5;
        rv = ngx_http_dynstore_redis_parse_unix(cf, rcf, &rest);

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: \"%V\" is no address; write redis://[user:password@]host[:port][/db] "
                           "or unix:/path[:db]", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_dynstore_redis_parse_parameter(cf, rcf, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (rcf->user.len && rcf->password.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: user \"%V\" has no password; write user:password@ or password_file=FILE",
                           &rcf->user);
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

    n = ngx_atoi(db->data, db->len);

    if (n == NGX_ERROR || n > 65535) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: \"%V\" is no database number; write one from 0 to 65535", db);
        return NGX_CONF_ERROR;
    }

    rcf->db = n;

    return NGX_CONF_OK;
}


static char *
ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *parameter)
{
    u_char      c;
    ngx_int_t   n;
    ngx_str_t   value;
    ngx_uint_t  i;

    if (ngx_strncmp(parameter->data, "password_file=", 14) == 0) {
        value.data = parameter->data + 14;
        value.len = parameter->len - 14;
        return ngx_http_dynstore_redis_password_file(cf, rcf, &value);
    }

    if (ngx_strncmp(parameter->data, "prefix=", 7) == 0) {
        value.data = parameter->data + 7;
        value.len = parameter->len - 7;

        for (i = 0; i < value.len; i++) {
            c = value.data[i];

            if (c <= ' ' || c >= 0x7f || c == '{' || c == '}') {
                break;
            }
        }

        if (value.len == 0 || value.len > 64 || i < value.len) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: prefix \"%V\" must be 1 to 64 printable ASCII characters "
                               "other than space, { and }", &value);
            return NGX_CONF_ERROR;
        }

        rcf->prefix = value;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_max=", 11) == 0) {
        n = ngx_atoi(parameter->data + 11, parameter->len - 11);

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": the stream's length must be a number; 0 writes no stream",
                               parameter);
            return NGX_CONF_ERROR;
        }

        rcf->stream_max = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "idle=", 5) == 0) {
        value.data = parameter->data + 5;
        value.len = parameter->len - 5;
        n = ngx_parse_time(&value, 1);

        if (n == NGX_ERROR || n < 60 || n > 86400) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": a session may be idle for 60s to 24h; write idle=30m",
                               parameter);
            return NGX_CONF_ERROR;
        }

        rcf->idle_s = n;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "dynstore_redis: unknown parameter \"%V\"; known are password_file=, prefix=, stream_max= "
                       "and idle=", parameter);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *path)
{
    u_char    *p;
    ssize_t    n;
    ngx_fd_t   fd;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "dynstore_redis: the password file \"%V\" cannot be opened", path);
        return NGX_CONF_ERROR;
    }

    p = ngx_pnalloc(cf->pool, 1025);
    n = p ? ngx_read_fd(fd, p, 1025) : -1;

    (void) ngx_close_file(fd);

    while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r')) {
        n--;
    }

    if (n <= 0 || n > 1024) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: the password file \"%V\" must hold the password alone, "
                           "1 to 1024 bytes", path);
        return NGX_CONF_ERROR;
    }

    rcf->password.data = p;
    rcf->password.len = n;

    return NGX_CONF_OK;
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

    if (rcf->clcf->resolver && rcf->clcf->resolver->connections.nelts) {
        rcf->resolve = 1;
        return NGX_OK;
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.host = rcf->host;
    u.port = rcf->port;

    if (ngx_inet_resolve_host(cf->pool, &u) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "dynstore_redis: %s: \"%V\"; write an address, or set \"resolver\" in http{} so that the name "
                      "is looked up at run time", u.err ? u.err : "host not found", &rcf->host);
        return NGX_ERROR;
    }

    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;

    return NGX_OK;
}
