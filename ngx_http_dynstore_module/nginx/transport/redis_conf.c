#include "nginx/transport/redis.h"
#include "engine/base/secret_file.h"
#include "redis/url.h"


static char *ngx_http_dynstore_redis_parse_address(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url);
static ngx_int_t ngx_http_dynstore_redis_copy(ngx_conf_t *cf, const char *text, ngx_str_t *copy);
static char *ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *parameter);
static char *ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *path);
static ngx_uint_t ngx_http_dynstore_redis_has_servers(ngx_resolver_t *resolver);


char *
ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    ngx_str_set(&rcf->prefix, "dyn:");
    rcf->stream_max = 100000;
    rcf->stream_bytes = 16 * 1024 * 1024;
    rcf->stream_new = 50;
    rcf->stream_age_s = 30 * 24 * 3600;
    rcf->idle_s = 1800;
    rcf->new_idle_s = 600;
    rcf->clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_http_dynstore_redis_parse_address(cf, rcf, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_dynstore_redis_parse_parameter(cf, rcf, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    rcf->new_idle_s = ngx_min(rcf->new_idle_s, rcf->idle_s);

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
ngx_http_dynstore_redis_parse_address(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url)
{
    ngx_url_t        u;
    dyn_str_t        text;
    dyn_error_t      error;
    dyn_redis_url_t  address;

    text.data = (char *) url->data;
    text.len = url->len;

    if (!dyn_redis_url_parse(text, &address, &error)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_redis: %s", error.text);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_dynstore_redis_copy(cf, address.user, &rcf->user) != NGX_OK
        || ngx_http_dynstore_redis_copy(cf, address.password, &rcf->password) != NGX_OK
        || ngx_http_dynstore_redis_copy(cf, address.path, &rcf->unix_path) != NGX_OK
        || ngx_http_dynstore_redis_copy(cf, address.shown, &rcf->url) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    rcf->db = address.db;

    /* what is shown is the address alone; nginx reads it without the scheme, but for a socket's */
    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = rcf->url;
    u.no_resolve = 1;

    if (address.host) {
        u.url.data += sizeof("redis://") - 1;
        u.url.len -= sizeof("redis://") - 1;
    }

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: %s in \"%V\"; write a host's name, its address or the path of a socket",
                           u.err ? u.err : "no memory", &rcf->url);
        return NGX_CONF_ERROR;
    }

    rcf->host = u.host;
    rcf->port = u.port;
    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;

    return NGX_CONF_OK;
}


/* NULL makes an empty one. */
static ngx_int_t
ngx_http_dynstore_redis_copy(ngx_conf_t *cf, const char *text, ngx_str_t *copy)
{
    ngx_str_t  given;

    given.data = (u_char *) text;
    given.len = text ? ngx_strlen(text) : 0;

    if (given.len == 0) {
        ngx_str_null(copy);
        return NGX_OK;
    }

    copy->len = given.len;
    copy->data = ngx_pstrdup(cf->pool, &given);

    return copy->data ? NGX_OK : NGX_ERROR;
}


static char *
ngx_http_dynstore_redis_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *parameter)
{
    off_t       bytes;
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

    if (ngx_strncmp(parameter->data, "new_idle=", 9) == 0) {
        value.data = parameter->data + 9;
        value.len = parameter->len - 9;
        n = ngx_parse_time(&value, 1);

        if (n == NGX_ERROR || n < 60 || n > 86400) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": a new visitor's keys live for 60s to 24h; write new_idle=10m",
                               parameter);
            return NGX_CONF_ERROR;
        }

        rcf->new_idle_s = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_bytes=", 13) == 0) {
        value.data = parameter->data + 13;
        value.len = parameter->len - 13;
        bytes = ngx_parse_offset(&value);

        if (bytes == NGX_ERROR || bytes < NGX_HTTP_DYNSTORE_REDIS_STREAM_MIN || bytes > NGX_HTTP_DYNSTORE_REDIS_STREAM_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": the stream may take 64k to 64g of Redis' memory; write "
                               "stream_bytes=16m", parameter);
            return NGX_CONF_ERROR;
        }

        rcf->stream_bytes = bytes;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_new=", 11) == 0) {
        n = ngx_atoi(parameter->data + 11, parameter->len - 11);

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": entries of new visitors, a second and worker, must be a number; "
                               "write stream_new=50", parameter);
            return NGX_CONF_ERROR;
        }

        rcf->stream_new = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_age=", 11) == 0) {
        value.data = parameter->data + 11;
        value.len = parameter->len - 11;
        n = ngx_parse_time(&value, 1);

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": the stream's age must be a time; 0 keeps entries of any age; write "
                               "stream_age=30d", parameter);
            return NGX_CONF_ERROR;
        }

        rcf->stream_age_s = n;
        return NGX_CONF_OK;
    }

    /* what somebody took for a parameter may be a password: its name alone is shown */
    for (i = 0; i < parameter->len && parameter->data[i] != '='; i++) { /* void */ }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "dynstore_redis: unknown parameter \"%*s\"; known are password_file=, prefix=, stream_max=, "
                       "stream_bytes=, stream_new=, stream_age=, idle= and new_idle=",
                       i < parameter->len ? i + 1 : 0, parameter->data);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *path)
{
    char         text[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
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
                           DYN_REDIS_PASSWORD_BYTES_MAX);
        return NGX_CONF_ERROR;
    }

    password.data = (u_char *) secret.data;
    password.len = secret.len;

    rcf->password.data = ngx_pstrdup(cf->pool, &password);
    rcf->password.len = secret.len;

    return rcf->password.data == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
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
