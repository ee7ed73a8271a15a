#include "nginx/core/assets.h"
#include "nginx/page/script.h"


#define NGX_HTTP_DYNSTORE_SCRIPT_ON             "/_dynstore/assets/"

typedef struct {
    ngx_str_t                         name;
    ngx_http_complex_value_t          value;
} ngx_http_dynstore_script_attribute_t;

typedef struct ngx_http_dynstore_script_s {
    ngx_str_t                         script;     /* <script defer src="..." */
    ngx_str_t                         json_script;
    ngx_array_t                       attributes; /* of ngx_http_dynstore_script_attribute_t */
} ngx_http_dynstore_script_t;


static ngx_int_t ngx_http_dynstore_script_begin(ngx_conf_t *cf, ngx_str_t *folder, ngx_http_dynstore_asset_e asset,
    ngx_str_t *begin);
static ngx_int_t ngx_http_dynstore_script_attribute(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_dynstore_script_attribute_t *attribute);
static ngx_int_t ngx_http_dynstore_script_attributes(ngx_http_request_t *r, ngx_http_dynstore_script_t *script, ngx_str_t *text);


char *
ngx_http_dynstore_set_script(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t                             *value, folder;
    ngx_uint_t                             i;
    ngx_http_dynstore_script_t            *script;
    ngx_http_dynstore_script_attribute_t  *attribute;

    if (dlcf->script != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0 && cf->args->nelts == 2) {
        dlcf->script = NULL;
        return NGX_CONF_OK;
    }

    folder = value[1];

    if (ngx_strcmp(folder.data, "on") == 0) {
        ngx_str_set(&folder, NGX_HTTP_DYNSTORE_SCRIPT_ON);
    }

    if (folder.len == 0 || folder.data[folder.len - 1] != '/'
        || (folder.data[0] != '/' && ngx_strncmp(folder.data, "https://", 8) != 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid folder \"%V\": write on, off, or the address of the location with "
                           "dynstore_assets, from / or https:// to its last /, e.g. " NGX_HTTP_DYNSTORE_SCRIPT_ON, &folder);
        return NGX_CONF_ERROR;
    }

    script = ngx_palloc(cf->pool, sizeof(ngx_http_dynstore_script_t));

    if (script == NULL || ngx_http_dynstore_script_begin(cf, &folder, NGX_HTTP_DYNSTORE_ASSET_SCRIPT, &script->script) != NGX_OK
        || ngx_http_dynstore_script_begin(cf, &folder, NGX_HTTP_DYNSTORE_ASSET_JSON_SCRIPT, &script->json_script) != NGX_OK
        || ngx_array_init(&script->attributes, cf->pool, cf->args->nelts, sizeof(ngx_http_dynstore_script_attribute_t)) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        attribute = ngx_array_push(&script->attributes);

        if (attribute == NULL || ngx_http_dynstore_script_attribute(cf, &value[i], attribute) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    dlcf->script = script;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_dynstore_script_begin(ngx_conf_t *cf, ngx_str_t *folder, ngx_http_dynstore_asset_e asset,
    ngx_str_t *begin)
{
    u_char           *p;
    const ngx_str_t  *name;

    name = &ngx_http_dynstore_assets[asset].hashed;

    begin->data = ngx_pnalloc(cf->pool, sizeof("<script defer src=\"\"") + folder->len
                                        + ngx_escape_html(NULL, folder->data, folder->len) + name->len);
    if (begin->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(begin->data, "<script defer src=\"", sizeof("<script defer src=\"") - 1);
    p = (u_char *) ngx_escape_html(p, folder->data, folder->len);
    p = ngx_cpymem(p, name->data, name->len);
    *p++ = '"';

    begin->len = (size_t) (p - begin->data);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_script_attribute(ngx_conf_t *cf, ngx_str_t *text, ngx_http_dynstore_script_attribute_t *attribute)
{
    u_char     *equals;
    size_t      i;
    ngx_str_t   value;

    equals = (u_char *) ngx_strchr(text->data, '=');

    attribute->name.data = text->data;
    attribute->name.len = equals != NULL ? (size_t) (equals - text->data) : 0;

    for (i = 0; i < attribute->name.len; i++) {
        if ((text->data[i] < 'a' || text->data[i] > 'z') && text->data[i] != '-') {
            break;
        }
    }

    if (i == 0 || i < attribute->name.len
        || !(ngx_strncmp(text->data, "data-", 5) == 0 || (i == 5 && ngx_strncmp(text->data, "nonce", 5) == 0)))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write an attribute of the tag, nonce=VALUE or "
                           "data-NAME=VALUE, e.g. data-consent=required", text);
        return NGX_ERROR;
    }

    value.data = equals + 1;
    value.len = text->len - i - 1;

    return ngx_http_dynstore_compile(cf, &value, &attribute->value);
}


ngx_int_t
ngx_http_dynstore_script_tags(ngx_http_request_t *r, ngx_http_dynstore_loc_conf_t *dlcf, ngx_uint_t json, ngx_str_t *tags)
{
    u_char                      *p;
    ngx_str_t                    attributes;
    ngx_http_dynstore_script_t  *script;

    ngx_str_null(tags);

    script = dlcf->script;

    if (script == NULL) {
        return NGX_OK;
    }

    if (ngx_http_dynstore_script_attributes(r, script, &attributes) != NGX_OK) {
        return NGX_ERROR;
    }

    tags->data = ngx_pnalloc(r->pool, script->script.len + script->json_script.len + 2 * (attributes.len + sizeof("></script>")));
    if (tags->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(tags->data, "%V%V></script>", &script->script, &attributes);

    if (json) {
        p = ngx_sprintf(p, "%V%V></script>", &script->json_script, &attributes);
    }

    tags->len = (size_t) (p - tags->data);

    return NGX_OK;
}


/* A variable without a value leaves its attribute away. */
static ngx_int_t
ngx_http_dynstore_script_attributes(ngx_http_request_t *r, ngx_http_dynstore_script_t *script, ngx_str_t *text)
{
    u_char                                *p;
    size_t                                 len;
    ngx_str_t                             *values;
    ngx_uint_t                             i;
    ngx_http_dynstore_script_attribute_t  *attributes;

    attributes = script->attributes.elts;
    len = 1;

    values = ngx_palloc(r->pool, (script->attributes.nelts + 1) * sizeof(ngx_str_t));
    if (values == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < script->attributes.nelts; i++) {
        if (ngx_http_complex_value(r, &attributes[i].value, &values[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        len += sizeof(" =\"\"") + attributes[i].name.len + values[i].len + ngx_escape_html(NULL, values[i].data, values[i].len);
    }

    text->data = ngx_pnalloc(r->pool, len);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    p = text->data;

    for (i = 0; i < script->attributes.nelts; i++) {
        if (values[i].len != 0) {
            p = ngx_sprintf(p, " %V=\"", &attributes[i].name);
            p = (u_char *) ngx_escape_html(p, values[i].data, values[i].len);
            *p++ = '"';
        }
    }

    text->len = (size_t) (p - text->data);

    return NGX_OK;
}
