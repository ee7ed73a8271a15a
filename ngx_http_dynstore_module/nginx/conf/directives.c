/* The setters of the directives, except dynstore_visitor and dynstore_consent, which are in nginx/conf/conf.c. */
#include "nginx/conf/conf.h"
#include "nginx/core/module.h"
#include "engine/base/language.h"


static char *ngx_http_dynstore_file_or_off(ngx_conf_t *cf, ngx_str_t *path);


char *
ngx_http_dynstore_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    u_char                         *colon;
    ssize_t                         size;
    ngx_str_t                      *value, name, number;
    ngx_http_dynstore_zone_conf_t  *zone;

    if (dlcf->zone != NGX_CONF_UNSET_PTR) {
        return "is duplicate: one zone serves all workers of a shop";
    }

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "zone=", 5) != 0) {
        goto invalid;
    }

    name.data = value[1].data + 5;

    colon = (u_char *) ngx_strchr(name.data, ':');
    if (colon == NULL || colon == name.data) {
        goto invalid;
    }

    name.len = (size_t) (colon - name.data);
    number.data = colon + 1;
    number.len = (size_t) (value[1].data + value[1].len - number.data);

    size = ngx_parse_size(&number);
    if (size == NGX_ERROR) {
        goto invalid;
    }

    if (size < NGX_HTTP_DYNSTORE_ZONE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the zone \"%V\" is too small: give it at least %uzk, 16m for a busy shop",
                           &value[1], (size_t) NGX_HTTP_DYNSTORE_ZONE_MIN / 1024);
        return NGX_CONF_ERROR;
    }

    zone = ngx_palloc(cf->pool, sizeof(ngx_http_dynstore_zone_conf_t));
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->name = name;
    zone->size = (size_t) size;
    zone->server = (cf->cmd_type & NGX_HTTP_SRV_CONF) ? 1 : 0;

    dlcf->zone = zone;

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write zone=NAME:SIZE, e.g. zone=dynstore:16m",
                       &value[1]);
    return NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_set_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t  *value;

    if (dlcf->redis != NGX_CONF_UNSET_PTR) {
        return "is duplicate: one Redis keeps all sessions of a shop";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->redis = NULL;
        return NGX_CONF_OK;
    }

    dlcf->redis = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_store_conf_t));
    if (dlcf->redis == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_dynstore_store_parse(cf, dlcf->redis);
}


char *
ngx_http_dynstore_set_snapshot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t  *value;

    if (dlcf->snapshot_path.data) {
        return "is duplicate: one snapshot serves all locations of a shop";
    }

    value = cf->args->elts;
    dlcf->snapshot_path = value[1];

    if (value[1].len == 0) {
        return "needs a file, e.g. /var/lib/dynstore/store.dyn";
    }

    return ngx_conf_full_name(cf->cycle, &dlcf->snapshot_path, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_set_rules(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    if (dlcf->rules_path.data) {
        return "is duplicate: one file holds all rules of a shop";
    }

    if (((ngx_str_t *) cf->args->elts)[1].len == 0) {
        return "needs a file, e.g. /etc/dynstore/rules.json, or off";
    }

    return ngx_http_dynstore_file_or_off(cf, &dlcf->rules_path);
}


char *
ngx_http_dynstore_set_features(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    if (dlcf->features_path.data) {
        return "is duplicate: one file holds GrowthBook's payload for a shop";
    }

    if (((ngx_str_t *) cf->args->elts)[1].len == 0) {
        return "needs a file, e.g. /var/lib/dynstore/features.json, or off";
    }

    return ngx_http_dynstore_file_or_off(cf, &dlcf->features_path);
}


char *
ngx_http_dynstore_set_kill_switch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_main_conf_t  *dmcf = conf;

    if (dmcf->kill_switch.data) {
        return "is duplicate: one file is the kill switch of all shops";
    }

    if (((ngx_str_t *) cf->args->elts)[1].len == 0) {
        return "needs a file, e.g. /etc/dynstore/off, or off";
    }

    return ngx_http_dynstore_file_or_off(cf, &dmcf->kill_switch);
}


static char *
ngx_http_dynstore_file_or_off(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_str_t  *value;

    value = cf->args->elts;
    *path = value[1];

    if (ngx_strcmp(value[1].data, "off") == 0) {
        path->len = 0;
        return NGX_CONF_OK;
    }

    return ngx_conf_full_name(cf->cycle, path, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_set_surface(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t      *value;
    dyn_surface_t   surface;

    if (dlcf->surface != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        dlcf->surface = NULL;
        return NGX_CONF_OK;
    }

    dlcf->surface = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (dlcf->surface == NULL || ngx_http_dynstore_compile(cf, &value[1], dlcf->surface) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (dlcf->surface->lengths != NULL) {
        return NGX_CONF_OK;
    }

    if (!dyn_surface_from_name((dyn_str_t) { (char *) value[1].data, value[1].len }, &surface)) {
#define X(constant, name) name ", "
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown surface \"%V\": write one of " DYN_SURFACES(X)
                           "off, or a variable that becomes one", &value[1]);
#undef X
        return NGX_CONF_ERROR;
    }

    dlcf->surface_constant = (ngx_int_t) surface;

    return NGX_CONF_OK;
}


/* dynstore_item, dynstore_search: any value with variables. */
char *
ngx_http_dynstore_set_value(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                  *value;
    ngx_http_complex_value_t  **field;

    field = (ngx_http_complex_value_t **) ((char *) conf + cmd->offset);

    if (*field != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    *field = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*field == NULL || ngx_http_dynstore_compile(cf, &value[1], *field) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Any value with variables; `off` is one that is always empty. */
char *
ngx_http_dynstore_set_bot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&value[1], "");
    }

    return ngx_http_dynstore_set_value(cf, cmd, conf);
}


char *
ngx_http_dynstore_set_country(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                          *rv;
    ngx_str_t                     *value;
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    rv = ngx_http_dynstore_set_value(cf, cmd, conf);
    if (rv != NGX_CONF_OK || dlcf->country->lengths != NULL) {
        return rv;
    }

    value = cf->args->elts;

    if (value[1].len != 2 || value[1].data[0] < 'A' || value[1].data[0] > 'Z' || value[1].data[1] < 'A'
        || value[1].data[1] > 'Z')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid country \"%V\": write two capital letters of ISO 3166-1, e.g. DE, "
                           "or a variable such as $geoip2_country", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_dynstore_set_age(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                          *rv;
    ngx_int_t                      years;
    ngx_str_t                     *value;
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    rv = ngx_http_dynstore_set_value(cf, cmd, conf);
    if (rv != NGX_CONF_OK || dlcf->age->lengths != NULL) {
        return rv;
    }

    value = cf->args->elts;
    years = ngx_atoi(value[1].data, value[1].len);

    if (years < 0 || years > 150) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid age \"%V\": write years from 0 to 150, "
                           "or a variable such as $cookie_verified_age", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_dynstore_set_language(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                           name[DYN_LANGUAGE_BYTES_MAX], *rv;
    dyn_str_t                      language;
    ngx_str_t                     *value;
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    rv = ngx_http_dynstore_set_value(cf, cmd, conf);
    if (rv != NGX_CONF_OK || dlcf->language->lengths != NULL) {
        return rv;
    }

    value = cf->args->elts;

    if (value[1].len != 0
        && !dyn_language_read((dyn_str_t) { (char *) value[1].data, value[1].len }, name, &language))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid language \"%V\": write a name of BCP 47, e.g. de or de-AT, "
                           "or a variable that becomes one", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* A rule can ask for any name, so a mistyped one can be seen only when the rules are known. */
char *
ngx_http_dynstore_set_attribute(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    size_t                          i;
    ngx_str_t                      *value;
    ngx_uint_t                      k;
    ngx_http_dynstore_attribute_t  *attribute, *earlier;

    value = cf->args->elts;

    for (i = 0; i < value[1].len; i++) {
        if ((value[1].data[i] < 'a' || value[1].data[i] > 'z') && value[1].data[i] != '_') {
            break;
        }
    }

    if (i == 0 || i < value[1].len || i > DYN_FIELD_BYTES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid name \"%V\": write 1 to %d small letters and underscores, "
                           "e.g. segment, tier, role or customer_tag", &value[1], (int) DYN_FIELD_BYTES_MAX);
        return NGX_CONF_ERROR;
    }

    if (dlcf->attributes == NGX_CONF_UNSET_PTR) {
        dlcf->attributes = ngx_array_create(cf->pool, 4, sizeof(ngx_http_dynstore_attribute_t));
        if (dlcf->attributes == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    earlier = dlcf->attributes->elts;

    for (k = 0; k < dlcf->attributes->nelts; k++) {
        if (earlier[k].name.len == value[1].len && ngx_memcmp(earlier[k].name.data, value[1].data, value[1].len) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the attribute \"%V\" is set twice: write all its values into one, "
                               "with commas between them, e.g. \"$tags,$more_tags\"", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    if (k == DYN_ATTRIBUTES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is one attribute too many: a level may set at most %d", &value[1],
                           (int) DYN_ATTRIBUTES_MAX);
        return NGX_CONF_ERROR;
    }

    attribute = ngx_array_push(dlcf->attributes);
    if (attribute == NULL) {
        return NGX_CONF_ERROR;
    }

    attribute->name = value[1];

    return ngx_http_dynstore_compile(cf, &value[2], &attribute->value) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_set_slots(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t    *value;
    ngx_uint_t    i, k;
    dyn_slot_t   *slots, *slot;
    dyn_error_t   error;

    if (dlcf->slots != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts - 1 > DYN_SLOTS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%ui slots are too many: a page may have at most %d", cf->args->nelts - 1,
                           (int) DYN_SLOTS_MAX);
        return NGX_CONF_ERROR;
    }

    dlcf->slots = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(dyn_slot_t));
    if (dlcf->slots == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        slot = ngx_array_push(dlcf->slots);
        if (slot == NULL) {
            return NGX_CONF_ERROR;
        }

        if (!dyn_slot_parse((dyn_str_t) { (char *) value[i].data, value[i].len }, slot, &error)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", error.text);
            return NGX_CONF_ERROR;
        }

        slots = dlcf->slots->elts;

        for (k = 0; k < i - 1; k++) {
            if (dyn_str_equal(slots[k].name, slot->name)) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the slot \"%V\" is named twice: name each slot once",
                                   &value[i]);
                return NGX_CONF_ERROR;
            }
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_dynstore_set_impressions(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    static const char  *words[] = { "off", "on", "stream" };

    if (dlcf->impressions != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (ngx_strcmp(value[1].data, words[i]) == 0) {
            dlcf->impressions = i;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\": write on, off or stream", &value[1]);

    return NGX_CONF_ERROR;
}


char *
ngx_http_dynstore_set_format(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t  *value;

    if (dlcf->format != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "json") == 0) {
        dlcf->format = NGX_HTTP_DYNSTORE_FORMAT_JSON;

    } else if (ngx_strcmp(value[1].data, "html") == 0) {
        dlcf->format = NGX_HTTP_DYNSTORE_FORMAT_HTML;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid format \"%V\": write json or html", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_dynstore_set_timeout(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_int_t   ms;
    ngx_str_t  *value;

    if (dlcf->timeout != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    value = cf->args->elts;
    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms < 1 || ms > NGX_HTTP_DYNSTORE_TIMEOUT_MAX_MS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid time \"%V\": write 1ms to 10s, e.g. 20ms", &value[1]);
        return NGX_CONF_ERROR;
    }

    dlcf->timeout = (ngx_msec_t) ms;

    return NGX_CONF_OK;
}


char *
ngx_http_dynstore_set_ttl(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_int_t   seconds;
    ngx_str_t  *value;

    if (dlcf->ttl != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    seconds = ngx_parse_time(&value[1], 1);

    if (seconds == NGX_ERROR || seconds > NGX_HTTP_DYNSTORE_TTL_MAX_S) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid time \"%V\": write 0s to 1h, e.g. 5s", &value[1]);
        return NGX_CONF_ERROR;
    }

    dlcf->ttl = (time_t) seconds;

    return NGX_CONF_OK;
}


/* dynstore_bypass, dynstore_no_track: true when any value is neither empty nor "0"; `off` for none. */
char *
ngx_http_dynstore_set_predicates(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t     *value;
    ngx_array_t  **field;

    field = (ngx_array_t **) ((char *) conf + cmd->offset);
    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        if (*field != NGX_CONF_UNSET_PTR) {
            return "is duplicate";
        }

        *field = NULL;
        return NGX_CONF_OK;
    }

    if (*field == NULL) {
        return "is duplicate";
    }

    return ngx_http_set_predicate_slot(cf, cmd, conf);
}


char *
ngx_http_dynstore_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "is duplicate, or this location has another directive that answers its requests: "
               "give this directive its own location";
    }

    if (cmd->post == NULL) {
        return "is not built into this module";
    }

    clcf->handler = (ngx_http_handler_pt) cmd->post;
    dlcf->endpoint = 1;

    return NGX_CONF_OK;
}
