#include "nginx/transport/redis_private.h"
#include "engine/base/secret_file.h"
#include "redis/url.h"


static ngx_int_t ngx_http_dynstore_redis_copy(ngx_conf_t *cf, const char *text, ngx_str_t *copy);
static char *ngx_http_dynstore_redis_password_file(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf,
    ngx_str_t *path);
static ngx_uint_t ngx_http_dynstore_redis_has_servers(ngx_resolver_t *resolver);


char *
ngx_http_dynstore_redis_parse(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf, ngx_str_t *url)
{
    ngx_url_t        u;
    dyn_str_t        text;
    dyn_error_t      error;
    dyn_redis_url_t  address;

    rcf->clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

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

    rcf->link = &ngx_http_dynstore_redis_plain;
    rcf->db = address.db;

    /* messages show only the address; nginx parses it without the scheme, except for a socket */
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


char *
ngx_http_dynstore_redis_check(ngx_conf_t *cf, ngx_http_dynstore_redis_conf_t *rcf)
{
    if (rcf->user.len && rcf->password.len == 0) {
        /* the part before the @ may be the password, so it is not shown */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "dynstore_redis: the user of %V has no password; write user:password@, :password@ or "
                           "password_file=FILE", &rcf->url);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* NULL gives an empty string. */
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
        /* the shop must start even without sessions */
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "dynstore_redis: %s: \"%V\"; nginx starts without sessions and keeps looking the name up; write an address, or "
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
