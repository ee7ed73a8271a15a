#include "nginx/request/keep.h"
#include "nginx/core/module.h"


static void ngx_http_dynstore_keep(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t kind,
    dyn_str_t *value);
static ngx_int_t ngx_http_dynstore_keep_read(ngx_str_t *text, ngx_http_dynstore_keep_t *keep);


static ngx_str_t  ngx_http_dynstore_keep_words[] = {
#define X(constant, word) ngx_string(word),
    NGX_HTTP_DYNSTORE_KEEPS(X)
#undef X
};

static const char  *ngx_http_dynstore_keep_labels[] = {
#define X(constant, word) "dynstore keep " word,
    NGX_HTTP_DYNSTORE_KEEPS(X)
#undef X
};


ngx_int_t
ngx_http_dynstore_record(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_store_write_t *write)
{
    dyn_fact_t  *fact;
    ngx_uint_t   i, n;

    write->session_only = !ctx->may_record;

    if (ctx->conf->keep != NULL) {

        for (i = 0; i < write->nevents; i++) {
            ngx_http_dynstore_keep_event(r, ctx, &write->events[i]);
        }

        n = 0;

        for (i = 0; i < write->nset_once; i++) {
            fact = &write->set_once[i];

            if (fact->name.len > 4 && ngx_memcmp(fact->name.data, "utm_", 4) == 0) {
                ngx_http_dynstore_keep(r, ctx, NGX_HTTP_DYNSTORE_KEEP_UTM, &fact->value);

            } else if (dyn_str_equal(fact->name, DYN_STR("referrer"))) {
                ngx_http_dynstore_keep(r, ctx, NGX_HTTP_DYNSTORE_KEEP_REFERRER, &fact->value);
            }

            if (fact->value.len) {
                write->set_once[n++] = *fact;
            }
        }

        write->nset_once = n;
    }

    return ngx_http_dynstore_store_write(ctx->conf->shop->store, write);
}


void
ngx_http_dynstore_keep_event(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_event_t *event)
{
    if (ctx->conf->keep != NULL) {
        ngx_http_dynstore_keep(r, ctx, NGX_HTTP_DYNSTORE_KEEP_SEARCH, &event->search_term);
        ngx_http_dynstore_keep(r, ctx, NGX_HTTP_DYNSTORE_KEEP_ORDER, &event->transaction_id);
    }
}


/* If hashing fails, nothing is stored, so never more than allowed. */
static void
ngx_http_dynstore_keep(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_uint_t kind, dyn_str_t *value)
{
    char                      *hash;
    ngx_http_dynstore_keep_e   how;

    how = ctx->conf->keep->how[kind];

    if (how == NGX_HTTP_DYNSTORE_KEEP_RAW || value->len == 0) {
        return;
    }

    hash = how == NGX_HTTP_DYNSTORE_KEEP_HASH ? ngx_pnalloc(r->pool, DYN_VISITOR_HASH_BYTES + 1) : NULL;

    if (hash != NULL && dyn_visitor_hash_as(&ctx->conf->visitor->key->key, ngx_http_dynstore_keep_labels[kind], *value, hash)) {
        value->data = hash;
        value->len = DYN_VISITOR_HASH_BYTES;
        return;
    }

    *value = DYN_STR_NONE;
}


ngx_int_t
ngx_http_dynstore_hash_as(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, const char *label, dyn_str_t text, ngx_str_t *hash)
{
    ngx_str_null(hash);

    if (text.len == 0) {
        return NGX_OK;
    }

    hash->data = ngx_pnalloc(r->pool, DYN_VISITOR_HASH_BYTES + 1);

    if (hash->data == NULL
        || !(label == NULL ? dyn_visitor_hash(&key->key, text, (char *) hash->data)
                           : dyn_visitor_hash_as(&key->key, label, text, (char *) hash->data)))
    {
        return NGX_ERROR;
    }

    hash->len = DYN_VISITOR_HASH_BYTES;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_cart_token(ngx_http_request_t *r, ngx_http_dynstore_key_t *key, dyn_str_t token, ngx_str_t *hash)
{
    return ngx_http_dynstore_hash_as(r, key, "dynstore cart", token, hash);
}


static ngx_int_t
ngx_http_dynstore_keep_read(ngx_str_t *text, ngx_http_dynstore_keep_t *keep)
{
    ngx_str_t   *word, how;
    ngx_uint_t   i, k;

    static ngx_str_t  hows[] = { ngx_string("raw"), ngx_string("hash"), ngx_string("off") };

    for (i = 0; i < NGX_HTTP_DYNSTORE_KEEPS_COUNT; i++) {
        word = &ngx_http_dynstore_keep_words[i];

        if (text->len <= word->len || text->data[word->len] != '='
            || ngx_strncmp(text->data, word->data, word->len) != 0)
        {
            continue;
        }

        how.data = text->data + word->len + 1;
        how.len = text->len - word->len - 1;

        for (k = 0; k < sizeof(hows) / sizeof(hows[0]); k++) {
            if (how.len == hows[k].len && ngx_strncmp(how.data, hows[k].data, how.len) == 0) {
                keep->how[i] = k;
                return NGX_OK;
            }
        }
    }

    return NGX_ERROR;
}


char *
ngx_http_dynstore_set_keep(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_dynstore_loc_conf_t  *dlcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (dlcf->keep != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    dlcf->keep = ngx_pcalloc(cf->pool, sizeof(ngx_http_dynstore_keep_t));
    if (dlcf->keep == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_dynstore_keep_read(&value[i], dlcf->keep) != NGX_OK) {
#define X(constant, word) word " "
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\": write one of "
                               NGX_HTTP_DYNSTORE_KEEPS(X) "and =raw, =hash or =off, e.g. search=hash", &value[i]);
#undef X
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
