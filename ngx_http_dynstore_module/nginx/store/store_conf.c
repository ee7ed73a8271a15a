#include "nginx/store/store.h"
#include "redis/keys.h"


static char *ngx_http_dynstore_store_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_store_conf_t *scf,
    ngx_str_t *parameter);


char *
ngx_http_dynstore_store_parse(ngx_conf_t *cf, ngx_http_dynstore_store_conf_t *scf)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    ngx_str_set(&scf->prefix, "dyn:");
    scf->stream_max = 100000;
    scf->stream_bytes = 16 * 1024 * 1024;
    scf->stream_new = 50;
    scf->stream_age_s = 30 * 24 * 3600;
    scf->idle_s = 1800;
    scf->new_idle_s = 600;
    scf->history_s = 90 * 24 * 3600;
    scf->overlay = NGX_HTTP_DYNSTORE_STORE_OVERLAY;

    if (ngx_http_dynstore_redis_parse(cf, &scf->redis, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_dynstore_store_parse_parameter(cf, scf, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    scf->new_idle_s = ngx_min(scf->new_idle_s, scf->idle_s);

    return ngx_http_dynstore_redis_check(cf, &scf->redis);
}


static char *
ngx_http_dynstore_store_parse_parameter(ngx_conf_t *cf, ngx_http_dynstore_store_conf_t *scf, ngx_str_t *parameter)
{
    off_t        bytes;
    dyn_str_t    prefix;
    ngx_int_t    n, rc;
    ngx_str_t    value;
    ngx_uint_t   i;
    dyn_error_t  error;

    rc = ngx_http_dynstore_redis_parse_parameter(cf, &scf->redis, parameter);

    if (rc != NGX_DECLINED) {
        return rc == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
    }

    if (ngx_strncmp(parameter->data, "prefix=", 7) == 0) {
        value.data = parameter->data + 7;
        value.len = parameter->len - 7;

        prefix.data = (char *) value.data;
        prefix.len = value.len;

        if (!dyn_redis_prefix_check(prefix, &error)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_redis: prefix=%V: %s", &value, error.text);
            return NGX_CONF_ERROR;
        }

        scf->prefix = value;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_max=", 11) == 0) {
        n = ngx_atoi(parameter->data + 11, parameter->len - 11);

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": the stream's length must be a number; with 0 there is no stream",
                               parameter);
            return NGX_CONF_ERROR;
        }

        scf->stream_max = n;
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

        scf->idle_s = n;
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

        scf->new_idle_s = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "history=", 8) == 0) {
        value.data = parameter->data + 8;
        value.len = parameter->len - 8;
        n = ngx_parse_time(&value, 1);

        if (n == NGX_ERROR || (n != 0 && n < 3600) || n > 400 * 24 * 3600) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": what visitors bought and chose may be kept for 1h to 400d; 0 keeps "
                               "no history; write history=90d", parameter);
            return NGX_CONF_ERROR;
        }

        scf->history_s = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_bytes=", 13) == 0) {
        value.data = parameter->data + 13;
        value.len = parameter->len - 13;
        bytes = ngx_parse_offset(&value);

        if (bytes == NGX_ERROR || bytes < NGX_HTTP_DYNSTORE_STORE_STREAM_MIN || bytes > NGX_HTTP_DYNSTORE_STORE_STREAM_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": the stream may take 64k to 64g of Redis' memory; write "
                               "stream_bytes=16m", parameter);
            return NGX_CONF_ERROR;
        }

        scf->stream_bytes = bytes;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "stream_new=", 11) == 0) {
        n = ngx_atoi(parameter->data + 11, parameter->len - 11);

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dynstore_redis: \"%V\": entries of new visitors per second and worker must be a number; "
                               "write stream_new=50", parameter);
            return NGX_CONF_ERROR;
        }

        scf->stream_new = n;
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

        scf->stream_age_s = n;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "control=", 8) == 0) {

        if (ngx_strcmp(parameter->data + 8, "on") == 0) {
            scf->control = 1;

        } else if (ngx_strcmp(parameter->data + 8, "off") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_redis: \"%V\": write control=on to read the control stream, or "
                               "control=off", parameter);
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    if (ngx_strncmp(parameter->data, "overlay=", 8) == 0) {
        value.data = parameter->data + 8;
        value.len = parameter->len - 8;
        bytes = ngx_parse_size(&value);

        if (bytes == NGX_ERROR || bytes < NGX_HTTP_DYNSTORE_STORE_OVERLAY_MIN) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_redis: \"%V\": what the control stream says of items needs at least "
                               "512k of shared memory; write overlay=16m", parameter);
            return NGX_CONF_ERROR;
        }

        scf->overlay = bytes;
        return NGX_CONF_OK;
    }

    /* an unknown parameter may be a password, so only its name is shown */
    for (i = 0; i < parameter->len && parameter->data[i] != '='; i++) { /* void */ }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "dynstore_redis: unknown parameter \"%*s\"; known are password_file=, prefix=, stream_max=, "
                       "stream_bytes=, stream_new=, stream_age=, idle=, new_idle=, history=, control= and overlay=",
                       i < parameter->len ? i + 1 : 0, parameter->data);
    return NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_dynstore_store_same_text(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && (a->len == 0 || ngx_memcmp(a->data, b->data, a->len) == 0);
}


ngx_uint_t
ngx_http_dynstore_store_same(const ngx_http_dynstore_store_conf_t *a, const ngx_http_dynstore_store_conf_t *b)
{
    if (a == b || a == NULL || b == NULL) {
        return a == b;
    }

    return ngx_http_dynstore_store_same_text(&a->redis.url, &b->redis.url)
           && ngx_http_dynstore_store_same_text(&a->redis.user, &b->redis.user)
           && ngx_http_dynstore_store_same_text(&a->redis.password, &b->redis.password)
           && ngx_http_dynstore_store_same_text(&a->prefix, &b->prefix)
           && a->redis.db == b->redis.db
           && a->stream_max == b->stream_max
           && a->stream_bytes == b->stream_bytes
           && a->stream_new == b->stream_new
           && a->stream_age_s == b->stream_age_s
           && a->idle_s == b->idle_s
           && a->new_idle_s == b->new_idle_s
           && a->history_s == b->history_s
           && a->control == b->control
           && a->overlay == b->overlay;
}
