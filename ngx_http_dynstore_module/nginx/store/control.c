#include "nginx/store/control.h"
#include "redis/keys.h"


/* id, kind, visitor, author, reason */
#define NGX_HTTP_DYNSTORE_CONTROL_FIELDS        5
#define NGX_HTTP_DYNSTORE_CONTROL_STRINGS                                     \
    (NGX_HTTP_DYNSTORE_CONTROL_ENTRIES * NGX_HTTP_DYNSTORE_CONTROL_FIELDS)


struct ngx_http_dynstore_control_s {
    ngx_http_dynstore_store_conf_t   *conf;
    ngx_http_dynstore_redis_t        *redis;
    ngx_http_dynstore_exchange_t     *exchange;   /* NULL: none is awaited */
    ngx_http_dynstore_control_pt      handler;
    void                             *data;
    ngx_uint_t                        nstrings;
    size_t                            len[NGX_HTTP_DYNSTORE_CONTROL_STRINGS];
    u_char                            text[NGX_HTTP_DYNSTORE_CONTROL_STRINGS][NGX_HTTP_DYNSTORE_CONTROL_BYTES];
};


static ngx_int_t ngx_http_dynstore_control_format(ngx_http_dynstore_store_conf_t *conf, dyn_str_t after,
    ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_control_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements);
static u_char *ngx_http_dynstore_control_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len);
static void ngx_http_dynstore_control_on_done(void *owner, ngx_int_t status);
static void ngx_http_dynstore_control_nothing(void *data);
static void ngx_http_dynstore_control_breaker(void *data, ngx_http_dynstore_breaker_state_e state);
static u_char *ngx_http_dynstore_control_about(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text);


static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_control_reads = {
    ngx_http_dynstore_control_on_list,
    ngx_http_dynstore_control_on_string,
    ngx_http_dynstore_control_on_done
};

static const ngx_http_dynstore_redis_owner_t  ngx_http_dynstore_control_owner = {
    ngx_http_dynstore_control_nothing,
    ngx_http_dynstore_control_nothing,
    ngx_http_dynstore_control_breaker,
    ngx_http_dynstore_control_about
};


ngx_http_dynstore_control_t *
ngx_http_dynstore_control_create(ngx_cycle_t *cycle, ngx_http_dynstore_store_conf_t *scf,
    ngx_http_dynstore_counters_t *counters, ngx_http_dynstore_control_pt handler, void *data)
{
    ngx_http_dynstore_control_t  *control;

    control = ngx_pcalloc(cycle->pool, sizeof(ngx_http_dynstore_control_t));
    if (control == NULL) {
        return NULL;
    }

    control->conf = scf;
    control->handler = handler;
    control->data = data;
    control->redis = ngx_http_dynstore_redis_create(cycle, &scf->redis, counters, &ngx_http_dynstore_control_owner, control);

    return control->redis == NULL ? NULL : control;
}


void
ngx_http_dynstore_control_exit(ngx_http_dynstore_control_t *control)
{
    ngx_http_dynstore_redis_exit(control->redis);
}


void
ngx_http_dynstore_control_read(ngx_http_dynstore_control_t *control, dyn_str_t after)
{
    ngx_http_dynstore_redis_buf_t  *buf;

    if (control->exchange != NULL) {
        return;
    }

    ngx_http_dynstore_redis_wake(control->redis);

    buf = ngx_http_dynstore_redis_begin_read(control->redis);

    if (buf == NULL || ngx_http_dynstore_control_format(control->conf, after, buf) != NGX_OK) {
        return;
    }

    control->nstrings = 0;
    control->exchange = ngx_http_dynstore_redis_push_read(control->redis, 1, NULL, &ngx_http_dynstore_control_reads, control);
}


/*
 * A script, because the replies of XREAD are lists of lists, and because an entry that names a visitor must not stay for longer
 * than it is needed.
 */
static ngx_int_t
ngx_http_dynstore_control_format(ngx_http_dynstore_store_conf_t *conf, dyn_str_t after, ngx_http_dynstore_redis_buf_t *buf)
{
    char       key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE], *end;
    size_t     len;
    u_char     old[NGX_INT64_LEN], *last;
    ngx_int_t  rc;

    static const char  script[] =
        "local function fields(entry) "
            "local all = {} "
            "for i = 1, #entry[2], 2 do all[entry[2][i]] = entry[2][i + 1] end "
            "return all "
        "end "
        "for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', ARGV[2], 'COUNT', 1000)) do "
            "if fields(entry).k == 'erase' then redis.call('XDEL', KEYS[1], entry[1]) end "
        "end "
        "local out, read = {}, redis.call('XREAD', 'COUNT', ARGV[3], 'STREAMS', KEYS[1], ARGV[1]) "
        "for _, entry in ipairs(read and read[1][2] or {}) do "
            "local all = fields(entry) "
            "out[#out + 1] = entry[1] "
            "for _, name in ipairs({'k', 'v', 'author', 'reason'}) do "
                "out[#out + 1] = string.sub(all[name] or '', 1, ARGV[4]) "
            "end "
        "end "
        "return out";

    len = buf->len;
    end = dyn_redis_control_write(key, (dyn_str_t) { (char *) conf->prefix.data, conf->prefix.len });
    last = ngx_sprintf(old, "%L", (int64_t) (ngx_time() - NGX_HTTP_DYNSTORE_CONTROL_ERASE_S) * 1000);

    rc = ngx_http_dynstore_redis_command(buf, 8);
    rc |= ngx_http_dynstore_redis_literal(buf, "EVAL");
    rc |= ngx_http_dynstore_redis_literal(buf, script);
    rc |= ngx_http_dynstore_redis_literal(buf, "1");
    rc |= ngx_http_dynstore_redis_argument(buf, key, end - key);
    rc |= ngx_http_dynstore_redis_argument(buf, after.data, after.len);
    rc |= ngx_http_dynstore_redis_argument(buf, old, last - old);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_ENTRIES);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_BYTES);

    if (rc != NGX_OK) {
        buf->len = len;
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_control_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements)
{
    ngx_http_dynstore_control_t  *control = owner;

    if (elements > NGX_HTTP_DYNSTORE_CONTROL_STRINGS || elements % NGX_HTTP_DYNSTORE_CONTROL_FIELDS) {
        return NGX_ERROR;
    }

    control->nstrings = elements;

    return NGX_OK;
}


static u_char *
ngx_http_dynstore_control_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len)
{
    ngx_http_dynstore_control_t  *control = owner;

    if (element >= control->nstrings || len > NGX_HTTP_DYNSTORE_CONTROL_BYTES) {
        return NULL;
    }

    control->len[element] = len;

    return control->text[element];
}


static void
ngx_http_dynstore_control_on_done(void *owner, ngx_int_t status)
{
    ngx_uint_t                          i, k;
    dyn_str_t                           texts[NGX_HTTP_DYNSTORE_CONTROL_FIELDS];
    ngx_http_dynstore_control_t        *control = owner;
    ngx_http_dynstore_control_entry_t   entries[NGX_HTTP_DYNSTORE_CONTROL_ENTRIES];

    control->exchange = NULL;

    if (status != NGX_OK || control->nstrings == 0) {
        return;
    }

    for (i = 0; i < control->nstrings / NGX_HTTP_DYNSTORE_CONTROL_FIELDS; i++) {

        for (k = 0; k < NGX_HTTP_DYNSTORE_CONTROL_FIELDS; k++) {
            texts[k].data = (char *) control->text[i * NGX_HTTP_DYNSTORE_CONTROL_FIELDS + k];
            texts[k].len = control->len[i * NGX_HTTP_DYNSTORE_CONTROL_FIELDS + k];
        }

        entries[i].id = texts[0];
        entries[i].kind = texts[1];
        entries[i].visitor = texts[2];
        entries[i].author = texts[3];
        entries[i].reason = texts[4];
    }

    control->handler(control->data, entries, i);
}


static void
ngx_http_dynstore_control_nothing(void *data)
{
}


static void
ngx_http_dynstore_control_breaker(void *data, ngx_http_dynstore_breaker_state_e state)
{
}


/* Exchanges here have no tag. */
static u_char *
ngx_http_dynstore_control_about(void *data, const u_char *tag, ngx_uint_t write, ngx_uint_t index, u_char *text)
{
    return text;
}
