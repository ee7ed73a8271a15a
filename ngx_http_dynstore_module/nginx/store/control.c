#include "nginx/store/control.h"
#include "redis/keys.h"


/*
 * Before the entries: how far the stream was looked through for those that are to be deleted, whether more can be read, its newest id, how many
 * lasting entries could not be copied, why the first could not, the first id that is too large to be read, and how many entries the stream
 * ever got.
 */
#define NGX_HTTP_DYNSTORE_CONTROL_HEAD          7
#define NGX_HTTP_DYNSTORE_CONTROL_STRINGS       (NGX_HTTP_DYNSTORE_CONTROL_HEAD + NGX_HTTP_DYNSTORE_CONTROL_ENTRIES)


struct ngx_http_dynstore_control_s {
    ngx_http_dynstore_store_conf_t   *conf;
    ngx_http_dynstore_redis_t        *redis;
    ngx_http_dynstore_exchange_t     *exchange;   /* NULL: none is awaited */
    ngx_http_dynstore_control_pt      handler;
    void                             *data;
    ngx_pool_t                       *pool;       /* of the reply that is awaited */
    ngx_log_t                        *log;
    char                              scanned[NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES];  /* empty: nothing was looked through */
    ngx_uint_t                        nstrings;
    dyn_str_t                         strings[NGX_HTTP_DYNSTORE_CONTROL_STRINGS];
};


static ngx_int_t ngx_http_dynstore_control_format(ngx_http_dynstore_control_t *control, dyn_str_t after,
    ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_control_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements);
static u_char *ngx_http_dynstore_control_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len);
static void ngx_http_dynstore_control_on_done(void *owner, ngx_int_t status);
static void ngx_http_dynstore_control_end(ngx_http_dynstore_control_t *control, dyn_str_t *strings, ngx_http_dynstore_control_end_t *end);
static void ngx_http_dynstore_control_told(dyn_str_t text, ngx_http_dynstore_control_told_t *told);
static dyn_str_t ngx_http_dynstore_control_line(dyn_str_t *text);
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
    control->log = cycle->log;
    control->redis = ngx_http_dynstore_redis_create(cycle, &scf->redis, counters, &ngx_http_dynstore_control_owner, control);

    return control->redis == NULL ? NULL : control;
}


void
ngx_http_dynstore_control_exit(ngx_http_dynstore_control_t *control)
{
    ngx_http_dynstore_redis_exit(control->redis);

    if (control->pool != NULL) {
        ngx_destroy_pool(control->pool);
        control->pool = NULL;
    }
}


void
ngx_http_dynstore_control_read(ngx_http_dynstore_control_t *control, dyn_str_t after)
{
    size_t                          len;
    ngx_http_dynstore_redis_buf_t  *buf;

    if (control->exchange != NULL) {
        return;
    }

    ngx_http_dynstore_redis_wake(control->redis);

    buf = ngx_http_dynstore_redis_begin_read(control->redis);
    if (buf == NULL) {
        return;
    }

    len = buf->len;

    if (ngx_http_dynstore_control_format(control, after, buf) != NGX_OK) {
        return;
    }

    control->nstrings = 0;

    control->pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, control->log);
    if (control->pool == NULL) {
        buf->len = len;
        return;
    }

    control->exchange = ngx_http_dynstore_redis_push_read(control->redis, 1, NULL, &ngx_http_dynstore_control_reads, control);
}


/*
 * A script, because the replies of XREAD are lists of lists, and because an entry that names a visitor must not stay for longer
 * than it is needed. An entry is one string: its id, and its fields' names and values, a line each. Good entries hold no line ends.
 *
 * Lasting entries are copied, with their ids, into a stream that is trimmed by itself alone. What stands there before the first entry
 * of the control stream was trimmed in that, and is read from there. Readers copy, so whoever writes need know nothing of it; a second reader
 * finds an entry there already, or, where it was deleted as void, an id that is too old. That is an error only where the other stream is
 * ahead of the control stream, which then began anew. Where these commands are not allowed, the control stream is read as if there were no
 * other, and the end says why.
 *
 * Lasting entries with larger ids than the control stream's newest are of one that is gone. They are not read, for they would hide what is to
 * come.
 *
 * Numbers of Lua are not exact above 2^53, so ids are compared as texts. An id that is no position (dyn_control_position_read()) ends the
 * stream: all behind it are larger, and a copy of it would keep later ones out.
 */
static ngx_int_t
ngx_http_dynstore_control_format(ngx_http_dynstore_control_t *control, dyn_str_t after, ngx_http_dynstore_redis_buf_t *buf)
{
    char        key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_LASTING_MORE], *end;
    size_t      len;
    u_char      old[NGX_INT64_LEN], *last;
    ngx_int_t   rc;
    dyn_str_t   prefix, name;
    ngx_uint_t  kind, lasting;

    static const char  script[] =
        "local room, limit, cut = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6]) "
        "local lasts = {} "
        "for i = 10, #ARGV do lasts[ARGV[i]] = true end "
        "local function less(a, b) return #a < #b or #a == #b and a < b end "
        "local function before(a, b) "
            "local ms, sequence = string.match(a, '^(%d+)-(%d+)$') "
            "local other_ms, other_sequence = string.match(b, '^(%d+)-(%d+)$') "
            "return less(ms, other_ms) or ms == other_ms and less(sequence, other_sequence) "
        "end "
        "local function newest_of(key) "
            "local info = redis.pcall('XINFO', 'STREAM', key) "
            "if info.err then return string.find(info.err, 'no such key', 1, true) and 'none' or '', '' end "
            "local told = {} "
            "for i = 1, #info, 2 do told[info[i]] = info[i + 1] end "
            "return told['last-generated-id'] or '', tostring(told['entries-added'] or '') "
        "end "
        "local newest, added = newest_of(KEYS[1]) "
        "local function ahead(id) return string.find(newest, '-', 1, true) and string.find(id, '-', 1, true) and before(newest, id) end "
        "local from = ahead(ARGV[7]) and '' or ARGV[7] "
        "local last = from "
        "for _, entry in ipairs(redis.call('XRANGE', KEYS[1], from == '' and '-' or from, ARGV[2], 'COUNT', ARGV[4])) do "
            "last = entry[1] "
            "for i = 1, #entry[2], 2 do "
                "if entry[2][i] == 'k' and entry[2][i + 1] == 'erase' then redis.call('XDEL', KEYS[1], entry[1]) end "
            "end "
        "end "
        "local out, bytes, unkept = { last, '0', newest, '0', '', '', added }, 0, 0 "
        "local head = #out "
        "local function keep(entry, fields) "
            "if #redis.pcall('XRANGE', KEYS[2], entry[1], entry[1]) ~= 0 then return end "
            "local done = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[8], entry[1], unpack(fields)) "
            "if type(done) ~= 'table' or not done.err then return end "
            "if string.find(done.err, 'equal or smaller', 1, true) and not ahead((newest_of(KEYS[2]))) then return end "
            "unkept = unkept + 1 "
            "out[4] = tostring(unkept) "
            "if unkept == 1 then out[5] = string.sub(done.err, 1, 256) end "
        "end "
        "local function take(entry, copy) "
            "if not less(string.match(entry[1], '^%d+'), ARGV[9]) then out[2], out[6] = '1', entry[1] return false end "
            "local text, fields = entry[1], {} "
            "for i = 1, math.min(#entry[2], 80), 2 do "
                "local name, value = string.sub(entry[2][i], 1, 32), entry[2][i + 1] "
                "value = string.sub(value, 1, (name == 'author' or name == 'reason') and 128 or cut) "
                "if string.find(name .. value, '\\n', 1, true) then text, copy = entry[1], false break end "
                "text = text .. '\\n' .. name .. '\\n' .. value "
                "fields[#fields + 1], fields[#fields + 2] = name, value "
            "end "
            "bytes = bytes + #text "
            "if bytes > limit and #out > head then out[2] = '1' return false end "
            "out[#out + 1] = text "
            "room = room - 1 "
            "for i = 1, copy and #fields or 0, 2 do "
                "if fields[i] == 'k' then "
                    "if lasts[fields[i + 1]] then keep(entry, fields) end "
                    "break "
                "end "
            "end "
            "return true "
        "end "
        "local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1] "
        "if not first or before(ARGV[1], first[1]) then "
            "for _, entry in ipairs(redis.pcall('XRANGE', KEYS[2], '(' .. ARGV[1], '+', 'COUNT', room)) do "
                "if first and not before(entry[1], first[1]) or ahead(entry[1]) or not less(string.match(entry[1], '^%d+'), ARGV[9]) then break end "
                "if not take(entry, false) then return out end "
            "end "
            "if room == 0 then out[2] = '1' return out end "
        "end "
        "local read = redis.call('XREAD', 'COUNT', room, 'STREAMS', KEYS[1], ARGV[1]) "
        "read = read and read[1][2] or {} "
        "if #read == room then out[2] = '1' end "
        "for _, entry in ipairs(read) do "
            "if not take(entry, true) then break end "
        "end "
        "return out";

    len = buf->len;
    prefix.data = (char *) control->conf->prefix.data;
    prefix.len = control->conf->prefix.len;
    lasting = 0;

    for (kind = 0; kind < DYN_CONTROL_KIND_COUNT; kind++) {
        lasting += dyn_control_kind_lasts(kind);
    }

    rc = ngx_http_dynstore_redis_command(buf, 14 + lasting);
    rc |= ngx_http_dynstore_redis_literal(buf, "EVAL");
    rc |= ngx_http_dynstore_redis_literal(buf, script);
    rc |= ngx_http_dynstore_redis_literal(buf, "2");

    end = dyn_redis_control_write(key, prefix);
    rc |= ngx_http_dynstore_redis_argument(buf, key, end - key);

    end = dyn_redis_lasting_write(key, prefix);
    rc |= ngx_http_dynstore_redis_argument(buf, key, end - key);

    last = ngx_sprintf(old, "%L", (int64_t) (ngx_time() - NGX_HTTP_DYNSTORE_CONTROL_ERASE_S) * 1000);

    rc |= ngx_http_dynstore_redis_argument(buf, after.data, after.len);
    rc |= ngx_http_dynstore_redis_argument(buf, old, last - old);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_ENTRIES);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_SCAN);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_REPLY);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_CONTROL_VALUE);
    rc |= ngx_http_dynstore_redis_argument(buf, control->scanned, ngx_strlen(control->scanned));
    rc |= ngx_http_dynstore_redis_number(buf, DYN_REDIS_LASTING_ENTRIES_MAX);
    rc |= ngx_http_dynstore_redis_number(buf, (ngx_uint_t) DYN_CONTROL_POSITION_MS_MAX);

    for (kind = 0; kind < DYN_CONTROL_KIND_COUNT; kind++) {

        if (dyn_control_kind_lasts(kind)) {
            name = dyn_control_kind_name(kind);
            rc |= ngx_http_dynstore_redis_argument(buf, name.data, name.len);
        }
    }

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

    if (elements < NGX_HTTP_DYNSTORE_CONTROL_HEAD || elements > NGX_HTTP_DYNSTORE_CONTROL_STRINGS) {
        return NGX_ERROR;
    }

    control->nstrings = elements;

    return NGX_OK;
}


static u_char *
ngx_http_dynstore_control_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len)
{
    u_char                       *p;
    ngx_http_dynstore_control_t  *control = owner;

    if (element >= control->nstrings) {
        return NULL;
    }

    p = ngx_pnalloc(control->pool, len + 1);

    control->strings[element].data = (char *) p;
    control->strings[element].len = p == NULL ? 0 : len;

    return p;
}


static void
ngx_http_dynstore_control_on_done(void *owner, ngx_int_t status)
{
    ngx_uint_t                         i;
    dyn_str_t                         *strings;
    ngx_pool_t                        *pool;
    ngx_http_dynstore_control_t       *control = owner;
    ngx_http_dynstore_control_end_t    end;
    ngx_http_dynstore_control_told_t   told;

    pool = control->pool;
    strings = control->strings;

    control->exchange = NULL;
    control->pool = NULL;

    if (status != NGX_OK || control->nstrings < NGX_HTTP_DYNSTORE_CONTROL_HEAD) {
        ngx_destroy_pool(pool);
        return;
    }

    if (strings[0].len < sizeof(control->scanned)) {
        *ngx_cpymem(control->scanned, strings[0].data, strings[0].len) = '\0';
    }

    ngx_http_dynstore_control_end(control, strings, &end);

    for (i = NGX_HTTP_DYNSTORE_CONTROL_HEAD; i < control->nstrings; i++) {
        ngx_http_dynstore_control_told(strings[i], &told);
        control->handler(control->data, &told, NULL);
    }

    /* it may ask for more */
    control->handler(control->data, NULL, &end);

    ngx_destroy_pool(pool);
}


static void
ngx_http_dynstore_control_end(ngx_http_dynstore_control_t *control, dyn_str_t *strings, ngx_http_dynstore_control_end_t *end)
{
    off_t      added;
    dyn_str_t  prefix;

    end->all = !dyn_str_equal(strings[1], DYN_STR("1"));
    end->known = strings[2].len != 0;
    end->there = !dyn_str_equal(strings[2], DYN_STR("none"));
    end->newest = end->there ? (dyn_control_position_t) -1 : 0;
    (void) dyn_control_position_read(strings[2], &end->newest);

    end->unkept = ngx_atoi((u_char *) strings[3].data, strings[3].len);
    end->why_unkept = strings[4];
    end->beyond = strings[5];

    added = ngx_atoof((u_char *) strings[6].data, strings[6].len);
    end->added = added == NGX_ERROR ? 0 : (uint64_t) added;

    prefix.data = (char *) control->conf->prefix.data;
    prefix.len = control->conf->prefix.len;

    *dyn_redis_control_write(end->key, prefix) = '\0';
    *dyn_redis_lasting_write(end->lasting_key, prefix) = '\0';
}


static void
ngx_http_dynstore_control_told(dyn_str_t text, ngx_http_dynstore_control_told_t *told)
{
    told->id = ngx_http_dynstore_control_line(&text);
    told->nfields = 0;

    while (text.len != 0 && told->nfields < DYN_CONTROL_FIELDS_MAX) {
        told->fields[told->nfields].name = ngx_http_dynstore_control_line(&text);
        told->fields[told->nfields++].value = ngx_http_dynstore_control_line(&text);
    }

    told->good = text.len == 0 && dyn_control_entry_read(told->fields, told->nfields, &told->entry, NULL)
                 && dyn_control_position_read(told->id, &told->entry.position);
}


/* Takes a line off the text. */
static dyn_str_t
ngx_http_dynstore_control_line(dyn_str_t *text)
{
    dyn_str_t    line;
    const char  *end;

    line = *text;
    end = text->len != 0 ? memchr(text->data, '\n', text->len) : NULL;

    if (end != NULL) {
        line.len = end - text->data;
        text->data = end + 1;
        text->len -= line.len + 1;

    } else {
        text->len = 0;
    }

    return line;
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
