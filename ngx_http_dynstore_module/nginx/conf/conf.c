#include "nginx/conf/conf.h"
#include "nginx/core/module.h"
#include "engine/trust/visitor_key.h"
#include "engine/webhook/payload.h"


static ngx_int_t ngx_http_dynstore_merge_shop(ngx_conf_t *cf, ngx_http_dynstore_loc_conf_t *prev,
    ngx_http_dynstore_loc_conf_t *conf);
static ngx_int_t ngx_http_dynstore_merge_webhook(ngx_conf_t *cf, ngx_http_dynstore_loc_conf_t *conf);
static ngx_http_dynstore_key_t *ngx_http_dynstore_key(ngx_conf_t *cf, ngx_str_t *path, ngx_uint_t create);
static ngx_int_t ngx_http_dynstore_key_read(ngx_conf_t *cf, ngx_str_t *path, ngx_uint_t create, uint8_t *bytes);
static ngx_http_dynstore_visitor_conf_t *ngx_http_dynstore_visitor_default(ngx_conf_t *cf);
static ngx_array_t *ngx_http_dynstore_no_track_default(ngx_conf_t *cf);
static ngx_int_t ngx_http_dynstore_vary_of_value(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *text);
static ngx_int_t ngx_http_dynstore_vary_add(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *name);
static ngx_int_t ngx_http_dynstore_vary_add_all(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *names);


static ngx_str_t  ngx_http_dynstore_key_default = ngx_string("dynstore.key");


ngx_http_dynstore_limit_t  ngx_http_dynstore_limit_default = {
    NGX_HTTP_DYNSTORE_LIMIT_VISITOR, NGX_HTTP_DYNSTORE_LIMIT_ADDRESS
};


void *
ngx_http_dynstore_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_dynstore_main_conf_t  *dmcf;

    dmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_main_conf_t));
    if (dmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&dmcf->keys, cf->pool, 2, sizeof(ngx_http_dynstore_key_t *)) != NGX_OK
        || ngx_array_init(&dmcf->shops, cf->pool, 2, sizeof(ngx_http_dynstore_shop_t *)) != NGX_OK)
    {
        return NULL;
    }

    return dmcf;
}


void *
ngx_http_dynstore_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf;

    dlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_loc_conf_t));
    if (dlcf == NULL) {
        return NULL;
    }

    /* set by ngx_pcalloc(): snapshot_path, rules_path, features_path, types, types_keys, vary, consent_vary, webhook = NULL, endpoint = 0 and assets = 0 (never inherited) */

    dlcf->redis = NGX_CONF_UNSET_PTR;
    dlcf->zone = NGX_CONF_UNSET_PTR;
    dlcf->own_shop = NGX_CONF_UNSET;

    dlcf->surface = NGX_CONF_UNSET_PTR;
    dlcf->surface_constant = -1;
    dlcf->item = NGX_CONF_UNSET_PTR;
    dlcf->search = NGX_CONF_UNSET_PTR;
    dlcf->visitor = NGX_CONF_UNSET_PTR;
    dlcf->consent = NGX_CONF_UNSET_PTR;
    dlcf->bot = NGX_CONF_UNSET_PTR;
    dlcf->country = NGX_CONF_UNSET_PTR;
    dlcf->age = NGX_CONF_UNSET_PTR;
    dlcf->language = NGX_CONF_UNSET_PTR;
    dlcf->attributes = NGX_CONF_UNSET_PTR;
    dlcf->slots = NGX_CONF_UNSET_PTR;
    dlcf->bypass = NGX_CONF_UNSET_PTR;
    dlcf->no_track = NGX_CONF_UNSET_PTR;
    dlcf->trusted = NGX_CONF_UNSET_PTR;
    dlcf->page_token = NGX_CONF_UNSET_UINT;
    dlcf->app_proxy = NGX_CONF_UNSET_PTR;
    dlcf->keep = NGX_CONF_UNSET_PTR;
    dlcf->limit = NGX_CONF_UNSET_PTR;
    dlcf->origins = NGX_CONF_UNSET_PTR;
    dlcf->format = NGX_CONF_UNSET_UINT;
    dlcf->inflate = NGX_CONF_UNSET;
    dlcf->impressions = NGX_CONF_UNSET_UINT;
    dlcf->records = NGX_CONF_UNSET_PTR;
    dlcf->script = NGX_CONF_UNSET_PTR;
    dlcf->timeout = NGX_CONF_UNSET_MSEC;
    dlcf->ttl = NGX_CONF_UNSET;
    dlcf->make_private = NGX_CONF_UNSET;
    dlcf->shared_cache_check = NGX_CONF_UNSET;

    return dlcf;
}


char *
ngx_http_dynstore_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_dynstore_loc_conf_t   *prev = parent;
    ngx_http_dynstore_loc_conf_t   *conf = child;
    ngx_http_dynstore_main_conf_t  *dmcf;

    if (ngx_http_dynstore_merge_shop(cf, prev, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->surface == NGX_CONF_UNSET_PTR) {
        conf->surface = prev->surface == NGX_CONF_UNSET_PTR ? NULL : prev->surface;
        conf->surface_constant = prev->surface_constant;
    }

    ngx_conf_merge_ptr_value(conf->item, prev->item, NULL);
    ngx_conf_merge_ptr_value(conf->search, prev->search, NULL);
    if (conf->consent == NGX_CONF_UNSET_PTR) {
        conf->consent = prev->consent == NGX_CONF_UNSET_PTR ? NULL : prev->consent;
        conf->consent_vary = prev->consent_vary;
    }

    ngx_conf_merge_ptr_value(conf->bot, prev->bot, NULL);
    ngx_conf_merge_ptr_value(conf->country, prev->country, NULL);
    ngx_conf_merge_ptr_value(conf->age, prev->age, NULL);
    ngx_conf_merge_ptr_value(conf->language, prev->language, NULL);
    ngx_conf_merge_ptr_value(conf->attributes, prev->attributes, NULL);
    ngx_conf_merge_ptr_value(conf->slots, prev->slots, NULL);
    ngx_conf_merge_ptr_value(conf->bypass, prev->bypass, NULL);
    ngx_conf_merge_ptr_value(conf->trusted, prev->trusted, NULL);

    if (conf->page_token == NGX_CONF_UNSET_UINT) {
        conf->page_token = prev->page_token == NGX_CONF_UNSET_UINT ? NGX_HTTP_DYNSTORE_PAGE_TOKEN_OFF : prev->page_token;
        conf->page_token_age = prev->page_token_age;
    }

    ngx_conf_merge_ptr_value(conf->app_proxy, prev->app_proxy, NULL);
    ngx_conf_merge_ptr_value(conf->keep, prev->keep, NULL);
    ngx_conf_merge_ptr_value(conf->limit, prev->limit, &ngx_http_dynstore_limit_default);
    ngx_conf_merge_ptr_value(conf->origins, prev->origins, NULL);
    ngx_conf_merge_uint_value(conf->format, prev->format, NGX_HTTP_DYNSTORE_FORMAT_OF_RULES);
    ngx_conf_merge_value(conf->inflate, prev->inflate, 1);
    ngx_conf_merge_uint_value(conf->impressions, prev->impressions, NGX_HTTP_DYNSTORE_IMPRESSIONS_ON);
    ngx_conf_merge_ptr_value(conf->records, prev->records, NULL);
    ngx_conf_merge_ptr_value(conf->script, prev->script, NULL);
    ngx_conf_merge_msec_value(conf->timeout, prev->timeout, 20);
    ngx_conf_merge_sec_value(conf->ttl, prev->ttl, 5);
    ngx_conf_merge_value(conf->make_private, prev->make_private, 0);
    ngx_conf_merge_value(conf->shared_cache_check, prev->shared_cache_check, 1);

    if (ngx_http_merge_types(cf, &conf->types_keys, &conf->types, &prev->types_keys, &prev->types,
                             ngx_http_html_default_types)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->visitor == NGX_CONF_UNSET_PTR) {
        conf->visitor = prev->visitor;
    }

    if (conf->no_track == NGX_CONF_UNSET_PTR) {
        conf->no_track = prev->no_track;
    }

    if (conf->assets) {
        /* what pages are told above this location is not about these files */
        conf->surface = NULL;
        conf->surface_constant = -1;
        conf->make_private = 0;
    }

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    if (conf->make_private) {
        dmcf->make_private = 1;
    }

    if (conf->webhook != NULL && ngx_http_dynstore_merge_webhook(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->app_proxy != NULL) {
        dmcf->used = 1;
        conf->shop->used = 1;
    }

    if (conf->surface == NULL && !conf->endpoint) {
        return NGX_CONF_OK;
    }

    /* a key file is made only if the module is used; just loading it leaves no trace */

    dmcf->used = 1;
    conf->shop->used = 1;

    if (conf->visitor == NGX_CONF_UNSET_PTR) {
        conf->visitor = ngx_http_dynstore_visitor_default(cf);
        if (conf->visitor == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (conf->no_track == NGX_CONF_UNSET_PTR) {
        conf->no_track = ngx_http_dynstore_no_track_default(cf);
        if (conf->no_track == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    conf->vary = conf->visitor->vary;

    return ngx_http_dynstore_vary_add_all(cf, &conf->vary, &conf->consent_vary) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* Only a server can have a shop of its own: its locations inherit it. */
static ngx_int_t
ngx_http_dynstore_merge_shop(ngx_conf_t *cf, ngx_http_dynstore_loc_conf_t *prev, ngx_http_dynstore_loc_conf_t *conf)
{
    ngx_http_dynstore_main_conf_t  *dmcf;

    if (conf->redis != NGX_CONF_UNSET_PTR || conf->zone != NGX_CONF_UNSET_PTR || conf->snapshot_path.data != NULL
        || conf->rules_path.data != NULL || conf->features_path.data != NULL)
    {
        conf->own_shop = 1;
    }

    ngx_conf_merge_value(conf->own_shop, prev->own_shop, 0);
    ngx_conf_merge_ptr_value(conf->redis, prev->redis, NULL);
    ngx_conf_merge_ptr_value(conf->zone, prev->zone, NULL);
    ngx_conf_merge_str_value(conf->snapshot_path, prev->snapshot_path, "");
    ngx_conf_merge_str_value(conf->rules_path, prev->rules_path, "");
    ngx_conf_merge_str_value(conf->features_path, prev->features_path, "");

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    conf->shop = ngx_http_dynstore_shop_find(cf, &dmcf->shops, conf->redis, &conf->snapshot_path, &conf->rules_path,
                                             &conf->features_path, conf->zone, (ngx_uint_t) conf->own_shop);

    return conf->shop == NULL ? NGX_ERROR : NGX_OK;
}


/* A body is read into memory, because it may be personal, and only as much as a platform sends. The core's values are merged already. */
static ngx_int_t
ngx_http_dynstore_merge_webhook(ngx_conf_t *cf, ngx_http_dynstore_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (conf->redis == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"dynstore_webhook\" needs a Redis, where it writes what the platform tells: write "
                      "\"dynstore_redis redis://127.0.0.1:6379 control=on;\" in http{} or server{} of %V", &cf->cycle->conf_file);
        return NGX_ERROR;
    }

    if (!conf->redis->control) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0, "\"dynstore_webhook\" writes to the control stream, which this nginx does not read: "
                      "write control=on in \"dynstore_redis\", unless only others are to follow it");
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->client_max_body_size = DYN_WEBHOOK_BODY_BYTES_MAX;
    clcf->client_body_buffer_size = DYN_WEBHOOK_BODY_BYTES_MAX;
    clcf->client_body_in_file_only = 0;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_compile(ngx_conf_t *cf, ngx_str_t *text, ngx_http_complex_value_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv);
}


/* `create`: nginx makes the file where it is missing. */
static ngx_http_dynstore_key_t *
ngx_http_dynstore_key(ngx_conf_t *cf, ngx_str_t *path, ngx_uint_t create)
{
    uint8_t                         bytes[DYN_VISITOR_KEY_BYTES];
    ngx_str_t                       full;
    ngx_uint_t                      i;
    ngx_http_dynstore_key_t        *key, **keys;
    ngx_http_dynstore_main_conf_t  *dmcf;

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    full = *path;

    if (ngx_conf_full_name(cf->cycle, &full, 1) != NGX_OK) {
        return NULL;
    }

    keys = dmcf->keys.elts;

    for (i = 0; i < dmcf->keys.nelts; i++) {
        if (keys[i]->path.len == full.len && ngx_memcmp(keys[i]->path.data, full.data, full.len) == 0) {
            return keys[i];
        }
    }

    key = ngx_palloc(cf->pool, sizeof(ngx_http_dynstore_key_t));
    keys = ngx_array_push(&dmcf->keys);
    if (key == NULL || keys == NULL) {
        return NULL;
    }

    *keys = key;
    key->path = full;

    if (ngx_http_dynstore_key_read(cf, &full, create, bytes) != NGX_OK) {
        return NULL;
    }

    if (!dyn_visitor_key_prepare(bytes, &key->key)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the visitors' key: OpenSSL has no SHA-256");
        return NULL;
    }

    return key;
}


/* A process that only tests the configuration or sends a signal needs no key, so it makes none. */
static ngx_int_t
ngx_http_dynstore_key_read(ngx_conf_t *cf, ngx_str_t *path, ngx_uint_t create, uint8_t *bytes)
{
    dyn_error_t             error;
    dyn_visitor_key_file_t  file;

    file = create && (ngx_test_config || ngx_process == NGX_PROCESS_SIGNALLER)
           ? dyn_visitor_key_foresee((char *) path->data, &error) : DYN_VISITOR_KEY_FILE_THERE;

    if (file == DYN_VISITOR_KEY_FILE_TO_BE_MADE) {
        ngx_log_error(NGX_LOG_NOTICE, cf->log, 0, "the visitors' key \"%V\" does not exist yet: "
                      "nginx makes it when it starts", path);
        ngx_memzero(bytes, DYN_VISITOR_KEY_BYTES);
        return NGX_OK;
    }

    if (file == DYN_VISITOR_KEY_FILE_IMPOSSIBLE || !dyn_visitor_key_load((char *) path->data, create != 0, bytes, &error)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the visitors' key: %s", error.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_http_dynstore_visitor_conf_t *
ngx_http_dynstore_visitor_create(ngx_conf_t *cf)
{
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    dvcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_visitor_conf_t));
    if (dvcf == NULL) {
        return NULL;
    }

    ngx_str_set(&dvcf->cookie, "dyn_vid");
    ngx_str_set(&dvcf->vary, "Cookie");
    dvcf->secure = 2;

    return dvcf;
}


static ngx_int_t
ngx_http_dynstore_visitor_attributes(ngx_conf_t *cf, ngx_http_dynstore_visitor_conf_t *dvcf, ngx_str_t *domain,
    time_t age)
{
    u_char  *p;
    size_t   len;

    dvcf->secure_cookie.data = ngx_pnalloc(cf->pool, sizeof("__Secure-") + dvcf->cookie.len);
    if (dvcf->secure_cookie.data == NULL) {
        return NGX_ERROR;
    }

    /* browsers accept __Host- only without a domain; then no other host of the domain can set the cookie */
    p = ngx_sprintf(dvcf->secure_cookie.data, "%s%V", domain->len ? "__Secure-" : "__Host-", &dvcf->cookie);
    dvcf->secure_cookie.len = (size_t) (p - dvcf->secure_cookie.data);

    len = sizeof("; Path=/; Max-Age=; Domain=; HttpOnly; SameSite=Lax") + NGX_TIME_T_LEN + domain->len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    dvcf->attributes.data = p;

    p = ngx_sprintf(p, "; Path=/; Max-Age=%T", age);
    if (domain->len) {
        p = ngx_sprintf(p, "; Domain=%V", domain);
    }
    p = ngx_sprintf(p, "; HttpOnly; SameSite=Lax");

    dvcf->attributes.len = (size_t) (p - dvcf->attributes.data);

    return NGX_OK;
}


static ngx_http_dynstore_visitor_conf_t *
ngx_http_dynstore_visitor_default(ngx_conf_t *cf)
{
    ngx_str_t                       none = ngx_null_string;
    ngx_http_dynstore_main_conf_t  *dmcf;

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    if (dmcf->visitor != NULL) {
        return dmcf->visitor;
    }

    dmcf->visitor = ngx_http_dynstore_visitor_create(cf);
    if (dmcf->visitor == NULL) {
        return NULL;
    }

    dmcf->visitor->key = ngx_http_dynstore_key(cf, &ngx_http_dynstore_key_default, 1);

    if (dmcf->visitor->key == NULL
        || ngx_http_dynstore_visitor_attributes(cf, dmcf->visitor, &none, NGX_HTTP_DYNSTORE_COOKIE_AGE_S) != NGX_OK)
    {
        return NULL;
    }

    return dmcf->visitor;
}


static ngx_array_t *
ngx_http_dynstore_no_track_default(ngx_conf_t *cf)
{
    ngx_uint_t                 i;
    ngx_array_t               *predicates;
    ngx_http_complex_value_t  *value;

    static ngx_str_t  names[] = { ngx_string("$http_sec_gpc"), ngx_string("$http_dnt") };

    predicates = ngx_array_create(cf->pool, 2, sizeof(ngx_http_complex_value_t));
    if (predicates == NULL) {
        return NULL;
    }

    for (i = 0; i < 2; i++) {
        value = ngx_array_push(predicates);
        if (value == NULL || ngx_http_dynstore_compile(cf, &names[i], value) != NGX_OK) {
            return NULL;
        }
    }

    return predicates;
}


/* A cookie's name and domain are written into a header unescaped. */
static ngx_int_t
ngx_http_dynstore_token(ngx_str_t *text)
{
    size_t  i;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] <= 0x20 || text->data[i] >= 0x7f || ngx_strchr("()<>@,;:\\\"/[]?={}", text->data[i]) != NULL) {
            return NGX_ERROR;
        }
    }

    return text->len ? NGX_OK : NGX_ERROR;
}


/*
 * Returns the next variable in a text, without its braces; empty at the end. nginx has compiled the text, so it is well formed.
 */
static ngx_str_t
ngx_http_dynstore_next_variable(u_char **at)
{
    u_char     *p;
    ngx_str_t   name = ngx_null_string;

    p = (u_char *) ngx_strchr(*at, '$');
    if (p == NULL) {
        return name;
    }

    p++;
    if (*p == '{') {
        p++;
    }

    name.data = p;

    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_') {
        p++;
    }

    name.len = (size_t) (p - name.data);
    *at = p;

    return name;
}


static ngx_uint_t
ngx_http_dynstore_begins(ngx_str_t *name, const char *prefix)
{
    size_t  len = ngx_strlen(prefix);

    return name->len > len && ngx_strncasecmp(name->data, (u_char *) prefix, len) == 0;
}


/* Variables whose value any client can choose. */
static ngx_uint_t
ngx_http_dynstore_client_named(ngx_str_t *name)
{
    ngx_uint_t  i;

    static ngx_str_t  whole[] = {
        ngx_string("args"), ngx_string("query_string"), ngx_string("uri"), ngx_string("request_uri"),
        ngx_string("document_uri"), ngx_string("request"), ngx_string("request_body"), ngx_string("host")
    };

    if (ngx_http_dynstore_begins(name, "http_") || ngx_http_dynstore_begins(name, "arg_")
        || ngx_http_dynstore_begins(name, "cookie_"))
    {
        return 1;
    }

    for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        if (name->len == whole[i].len && ngx_strncasecmp(name->data, whole[i].data, name->len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* $http_x_visitor is the header X-Visitor, $cookie_x a part of Cookie; other variables may depend on cookies. */
static ngx_int_t
ngx_http_dynstore_vary_of_value(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *text)
{
    u_char     *at;
    ngx_str_t   name;

    at = text->data;

    for ( ;; ) {
        name = ngx_http_dynstore_next_variable(&at);

        if (name.len == 0) {
            return NGX_OK;
        }

        if (ngx_http_dynstore_begins(&name, "arg_")) {
            /* a part of the address */
            continue;
        }

        if (ngx_http_dynstore_begins(&name, "http_")) {
            name.data += 5;
            name.len -= 5;

        } else {
            ngx_str_set(&name, "Cookie");
        }

        if (ngx_http_dynstore_vary_add(cf, vary, &name) != NGX_OK) {
            return NGX_ERROR;
        }
    }
}


/* Adds a header's name, unless it is in the list: as a variable has it (x_visitor), or as a header is usually written. */
static ngx_int_t
ngx_http_dynstore_vary_add(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *name)
{
    u_char     *p, *next, *last;
    size_t      i;
    ngx_str_t   written;

    written.data = ngx_pnalloc(cf->pool, name->len);
    if (written.data == NULL) {
        return NGX_ERROR;
    }

    written.len = name->len;

    for (i = 0; i < name->len; i++) {
        written.data[i] = name->data[i] == '_' ? '-' : name->data[i];

        if (i == 0 || written.data[i - 1] == '-') {
            written.data[i] = ngx_toupper(written.data[i]);
        }
    }

    last = vary->data + vary->len;

    for (p = vary->data; p < last; p = next + 2) {
        next = ngx_strlchr(p, last, ',');
        next = next == NULL ? last : next;

        if ((size_t) (next - p) == written.len && ngx_strncasecmp(p, written.data, written.len) == 0) {
            return NGX_OK;
        }
    }

    if (vary->len + written.len + 2 > NGX_HTTP_DYNSTORE_VARY_BYTES_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the headers that name the visitor and say consent are over %d bytes: "
                           "write one, e.g. $http_x_visitor", NGX_HTTP_DYNSTORE_VARY_BYTES_MAX);
        return NGX_ERROR;
    }

    p = ngx_pnalloc(cf->pool, vary->len + written.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = vary->len ? ngx_sprintf(p, "%V, %V", vary, &written) : ngx_sprintf(p, "%V", &written);
    vary->data = p;
    vary->len = (size_t) (last - p);

    return NGX_OK;
}


/* Adds all names of a list that was made so. */
static ngx_int_t
ngx_http_dynstore_vary_add_all(ngx_conf_t *cf, ngx_str_t *vary, ngx_str_t *names)
{
    u_char     *p, *next, *last;
    ngx_str_t   name;

    last = names->data + names->len;

    for (p = names->data; p < last; p = next + 2) {
        next = ngx_strlchr(p, last, ',');
        next = next == NULL ? last : next;

        name.data = p;
        name.len = (size_t) (next - p);

        if (ngx_http_dynstore_vary_add(cf, vary, &name) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Whoever can send a visitor's name gets its session, so the operator must know if clients can choose it. */
static void
ngx_http_dynstore_visitor_warn(ngx_conf_t *cf, ngx_str_t *text)
{
    u_char     *at;
    ngx_str_t   name;

    at = text->data;

    for ( ;; ) {
        name = ngx_http_dynstore_next_variable(&at);

        if (name.len == 0) {
            return;
        }

        if (ngx_http_dynstore_client_named(&name)) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "dynstore_visitor: anybody can send $%V and so read and write another visitor's "
                               "session: use the cookie instead, or write \"trusted\" if the client cannot choose this value",
                               &name);
            return;
        }
    }
}


char *
ngx_http_dynstore_set_visitor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    time_t                             age;
    ngx_str_t                         *value, text, path, old_path, domain;
    ngx_uint_t                         i, trusted;
    ngx_http_dynstore_visitor_conf_t  *dvcf;

    if (dlcf->visitor != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    dvcf = ngx_http_dynstore_visitor_create(cf);
    if (dvcf == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    age = NGX_HTTP_DYNSTORE_COOKIE_AGE_S;
    path = ngx_http_dynstore_key_default;
    ngx_str_null(&old_path);
    ngx_str_null(&domain);
    trusted = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "cookie=", 7) == 0) {
            dvcf->cookie.data = value[i].data + 7;
            dvcf->cookie.len = value[i].len - 7;

            if (ngx_http_dynstore_token(&dvcf->cookie) != NGX_OK) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid cookie name in \"%V\": write letters, digits, - and _, "
                                   "e.g. cookie=dyn_vid", &value[i]);
                return NGX_CONF_ERROR;
            }

            if (ngx_strncasecmp(dvcf->cookie.data, (u_char *) "__Host-", 7) == 0
                || ngx_strncasecmp(dvcf->cookie.data, (u_char *) "__Secure-", 9) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "the module itself adds the prefix in \"%V\" where the cookie is Secure: "
                                   "write the name without it, e.g. cookie=dyn_vid", &value[i]);
                return NGX_CONF_ERROR;
            }

        } else if (ngx_strncmp(value[i].data, "domain=", 7) == 0) {
            domain.data = value[i].data + 7;
            domain.len = value[i].len - 7;

            if (ngx_http_dynstore_token(&domain) != NGX_OK) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid domain in \"%V\": write a host name, "
                                   "e.g. domain=shop.example.com", &value[i]);
                return NGX_CONF_ERROR;
            }

        } else if (ngx_strncmp(value[i].data, "max_age=", 8) == 0) {
            text.data = value[i].data + 8;
            text.len = value[i].len - 8;
            age = ngx_parse_time(&text, 1);

            if (age == (time_t) NGX_ERROR || age < 1 || age > NGX_HTTP_DYNSTORE_COOKIE_AGE_MAX_S) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid age in \"%V\": write 1s to 400d, e.g. max_age=365d",
                                   &value[i]);
                return NGX_CONF_ERROR;
            }

        } else if (ngx_strcmp(value[i].data, "trusted") == 0) {
            trusted = 1;

        } else if (ngx_strcmp(value[i].data, "secure=on") == 0) {
            dvcf->secure = 1;

        } else if (ngx_strcmp(value[i].data, "secure=off") == 0) {
            dvcf->secure = 0;

        } else if (ngx_strcmp(value[i].data, "secure=auto") == 0) {
            dvcf->secure = 2;

        } else if (ngx_strncmp(value[i].data, "key=", 4) == 0 && value[i].len > 4) {
            path.data = value[i].data + 4;
            path.len = value[i].len - 4;

        } else if (ngx_strncmp(value[i].data, "old=", 4) == 0 && value[i].len > 4) {
            old_path.data = value[i].data + 4;
            old_path.len = value[i].len - 4;

        } else if (i == 1 && ngx_strchr(value[i].data, '$') != NULL) {
            dvcf->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
            if (dvcf->value == NULL || ngx_http_dynstore_compile(cf, &value[i], dvcf->value) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write a value with a variable first, e.g. "
                               "$customer, then any of trusted cookie=NAME key=FILE old=FILE domain=HOST "
                               "max_age=TIME secure=on|off|auto", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_dynstore_visitor_attributes(cf, dvcf, &domain, age) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (dvcf->value != NULL) {
        ngx_str_null(&dvcf->vary);

        if (ngx_http_dynstore_vary_of_value(cf, &dvcf->vary, &value[1]) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        if (!trusted) {
            ngx_http_dynstore_visitor_warn(cf, &value[1]);
        }

    } else if (trusted) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"trusted\" says that the client cannot choose a variable's value: write that "
                           "variable first, e.g. dynstore_visitor $customer trusted");
        return NGX_CONF_ERROR;
    }

    dvcf->key = ngx_http_dynstore_key(cf, &path, 1);
    if (dvcf->key == NULL) {
        return NGX_CONF_ERROR;
    }

    if (old_path.len) {
        dvcf->old_key = ngx_http_dynstore_key(cf, &old_path, 0);
        if (dvcf->old_key == NULL) {
            return NGX_CONF_ERROR;
        }

        if (dvcf->old_key == dvcf->key) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is the key itself: write the file of the key before it, or no old=",
                               &dvcf->key->path);
            return NGX_CONF_ERROR;
        }
    }

    dlcf->visitor = dvcf;

    return NGX_CONF_OK;
}


/* A word without a variable is a source; but a level's name, 0 and 1 are values that are the same for everybody. */
static ngx_uint_t
ngx_http_dynstore_consent_is_value(ngx_str_t *text)
{
    dyn_consent_t  level;

    return ngx_strchr(text->data, '$') != NULL
           || (text->len == 1 && (text->data[0] == '0' || text->data[0] == '1'))
           || dyn_consent_from_name((dyn_str_t) { (char *) text->data, text->len }, &level);
}


char *
ngx_http_dynstore_set_consent(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_int_t                     rc;
    ngx_str_t                    *value, place;
    ngx_uint_t                    i;
    dyn_error_t                   error;
    ngx_http_dynstore_consent_t  *consent;

    static ngx_str_t  cookie = ngx_string("Cookie");

    if (dlcf->consent != NGX_CONF_UNSET_PTR) {
        return "is duplicate: write all sources after one";
    }

    value = cf->args->elts;

    dlcf->consent = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(ngx_http_dynstore_consent_t));
    if (dlcf->consent == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        consent = ngx_array_push(dlcf->consent);
        if (consent == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(consent, sizeof(ngx_http_dynstore_consent_t));

        if (ngx_http_dynstore_consent_is_value(&value[i])) {
            consent->rule.source = DYN_CONSENT_FROM_VALUE;

            if (ngx_http_dynstore_compile(cf, &value[i], &consent->value) != NGX_OK
                || ngx_http_dynstore_vary_of_value(cf, &dlcf->consent_vary, &value[i]) != NGX_OK)
            {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (!dyn_consent_rule_read((dyn_str_t) { (char *) value[i].data, value[i].len }, &consent->rule, &error)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "dynstore_consent: %s", error.text);
            return NGX_CONF_ERROR;
        }

        place.data = (u_char *) consent->rule.place.data;
        place.len = consent->rule.place.len;

        rc = ngx_http_dynstore_vary_add(cf, &dlcf->consent_vary, dyn_consent_in_header(consent->rule.source) ? &place : &cookie);

        if (rc != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
