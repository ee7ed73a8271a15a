#include "nginx/store/delivery.h"
#include "nginx/store/store_private.h"
#include "engine/events/text.h"
#include "redis/keys.h"


static ngx_int_t ngx_http_dynstore_delivery_send(ngx_http_dynstore_delivery_t *delivery);
static ngx_int_t ngx_http_dynstore_delivery_format(ngx_http_dynstore_delivery_t *delivery,
    ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_delivery_entry(const dyn_control_entry_t *entry, ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_delivery_event(const dyn_event_t *event, ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_delivery_format_look(ngx_http_dynstore_delivery_t *delivery,
    ngx_http_dynstore_redis_buf_t *buf);
static ngx_int_t ngx_http_dynstore_delivery_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements);
static u_char *ngx_http_dynstore_delivery_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len);
static void ngx_http_dynstore_delivery_on_done(void *owner, ngx_int_t status);
static void ngx_http_dynstore_delivery_on_look_done(void *owner, ngx_int_t status);
static void ngx_http_dynstore_delivery_finish(ngx_http_dynstore_delivery_t *delivery, ngx_http_dynstore_delivery_e result);


static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_delivery_handlers = {
    ngx_http_dynstore_delivery_on_list,
    ngx_http_dynstore_delivery_on_string,
    ngx_http_dynstore_delivery_on_done
};

static const ngx_http_dynstore_exchange_handlers_t  ngx_http_dynstore_delivery_looks = {
    ngx_http_dynstore_delivery_on_list,
    ngx_http_dynstore_delivery_on_string,
    ngx_http_dynstore_delivery_on_look_done
};

/* the streams whose entries name a visitor in the field `v` */
static char *(*const  ngx_http_dynstore_delivery_streams[])(char *out, dyn_str_t prefix) = {
    dyn_redis_stream_write, dyn_redis_decisions_write
};

#define NGX_HTTP_DYNSTORE_DELIVERY_STREAMS                                    \
    (sizeof(ngx_http_dynstore_delivery_streams) / sizeof(ngx_http_dynstore_delivery_streams[0]))


ngx_int_t
ngx_http_dynstore_store_deliver(ngx_http_dynstore_store_t *store, ngx_http_dynstore_delivery_t *delivery)
{
    delivery->store = store;
    delivery->exchange = NULL;
    delivery->sent = 0;
    delivery->stream = delivery->redact ? 0 : NGX_HTTP_DYNSTORE_DELIVERY_STREAMS;
    delivery->at[0] = '-';
    delivery->at[1] = '\0';

    return ngx_http_dynstore_delivery_send(delivery);
}


void
ngx_http_dynstore_store_undeliver(ngx_http_dynstore_delivery_t *delivery)
{
    if (delivery->exchange != NULL) {
        ngx_http_dynstore_redis_forget(delivery->exchange);
        delivery->exchange = NULL;
    }
}


/* The next script: the streams are looked through before the delivery itself, so that a delivery that was taken is all done. */
static ngx_int_t
ngx_http_dynstore_delivery_send(ngx_http_dynstore_delivery_t *delivery)
{
    size_t                          len;
    ngx_int_t                       rc;
    ngx_uint_t                      looks;
    ngx_http_dynstore_redis_buf_t  *buf;

    buf = ngx_http_dynstore_redis_begin_read(delivery->store->redis);
    if (buf == NULL) {
        return NGX_DECLINED;
    }

    looks = delivery->stream < NGX_HTTP_DYNSTORE_DELIVERY_STREAMS;
    len = buf->len;

    rc = looks ? ngx_http_dynstore_delivery_format_look(delivery, buf) : ngx_http_dynstore_delivery_format(delivery, buf);

    if (rc != NGX_OK) {
        buf->len = len;
        return NGX_DECLINED;
    }

    delivery->len = 0;
    delivery->exchange = ngx_http_dynstore_redis_push_read(delivery->store->redis, 1, NULL,
                                                           looks ? &ngx_http_dynstore_delivery_looks
                                                                 : &ngx_http_dynstore_delivery_handlers, delivery);

    return NGX_AGAIN;
}


/*
 * What is marked as taken comes last: if a part is refused, the delivery is sent again, and entries of the control stream may be there
 * twice, which changes nothing. Events come behind them.
 */
static ngx_int_t
ngx_http_dynstore_delivery_format(ngx_http_dynstore_delivery_t *delivery, ngx_http_dynstore_redis_buf_t *buf)
{
    char                             key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_CONTROL_MORE], *last;
    ngx_int_t                        rc;
    dyn_str_t                        prefix;
    ngx_uint_t                       i, n, nevents, ncustomer, arguments;
    dyn_control_entry_t             *entries;
    ngx_http_dynstore_store_conf_t  *conf;

    static const char  script[] =
        "if redis.call('EXISTS', KEYS[1]) == 1 then return {'duplicate'} end "
        "local at = 1 "
        "local function word() at = at + 1 return ARGV[at - 1] end "
        "local seconds, once_seconds, most_control, most_events, age = word(), word(), word(), word(), word() "
        "local ncustomer, redact, nevents, nentries = tonumber(word()), word(), tonumber(word()), tonumber(word()) "
        "local last = word() "
        "local customer = {} "
        "for i = 1, ncustomer do customer[i] = word() end "
        "if redact == '1' then "
            "local names, known = {}, {} "
            "local function add(name) if not known[name] then known[name] = true names[#names + 1] = name end end "
            "for i = 1, ncustomer do "
                "for _, name in ipairs(redis.call('SMEMBERS', KEYS[4 + i])) do add(name) end "
                "add(customer[i]) "
            "end "
            "for _, name in ipairs(names) do "
                "redis.call('XADD', KEYS[3], 'MAXLEN', '~', most_control, '*', 'k', 'erase', 'v', name) "
            "end "
            "for _, name in ipairs(names) do "
                "for _, kind in ipairs({'r', 's', 'h'}) do redis.call('DEL', ARGV[#ARGV] .. kind .. ':{' .. name .. '}') end "
            "end "
            "for i = 1, ncustomer do redis.call('DEL', KEYS[4 + i]) end "
        "end "
        "for i = 1, nentries do "
            "local n = tonumber(word()) "
            "redis.call('XADD', KEYS[3], 'MAXLEN', '~', most_control, '*', unpack(ARGV, at, at + n - 1)) "
            "at = at + n "
        "end "
        "if last == '0' then return {'more'} end "
        "if nevents > 0 and (KEYS[2] == KEYS[1] or redis.call('EXISTS', KEYS[2]) == 0) then "
            "local who, visitor = customer[1], nil "
            "for i = 5 + ncustomer, #KEYS do "
                "visitor = redis.call('HGET', KEYS[i], 'v') "
                "if visitor then who = visitor break end "
            "end "
            "for i = 1, nevents do "
                "redis.call('XADD', KEYS[4], 'MAXLEN', '~', most_events, '*', 'v', who, 'e', word(), 'auth', 'webhook') "
            "end "
            "if visitor and ncustomer > 0 and visitor ~= customer[1] then "
                "redis.call('SADD', KEYS[5], visitor) "
                "redis.call('EXPIRE', KEYS[5], age) "
            "end "
            "if KEYS[2] ~= KEYS[1] then redis.call('SET', KEYS[2], '1', 'EX', once_seconds) end "
        "end "
        "redis.call('SET', KEYS[1], '1', 'EX', seconds) "
        "return {'taken'}";

    conf = delivery->store->conf;
    prefix.data = (char *) conf->prefix.data;
    prefix.len = conf->prefix.len;

    /* without a stream of events there is no place for orders */
    nevents = conf->stream_max ? delivery->nevents : 0;
    ncustomer = delivery->ncustomer;

    entries = delivery->entries + delivery->sent;
    n = ngx_min(delivery->nentries - delivery->sent, NGX_HTTP_DYNSTORE_DELIVERY_ENTRIES);
    delivery->now = n;

    arguments = 10 + ncustomer + nevents + 1;

    for (i = 0; i < n; i++) {
        arguments += 1 + 2 * (1 + (ngx_uint_t) __builtin_popcount(entries[i].has));
    }

    rc = ngx_http_dynstore_redis_command(buf, 3 + 4 + ncustomer + delivery->ntokens + arguments);
    rc |= ngx_http_dynstore_redis_literal(buf, "EVAL");
    rc |= ngx_http_dynstore_redis_literal(buf, script);
    rc |= ngx_http_dynstore_redis_number(buf, 4 + ncustomer + delivery->ntokens);

    rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_DELIVERY, &delivery->id);
    rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_DELIVERY, delivery->once.len ? &delivery->once : &delivery->id);

    last = dyn_redis_control_write(key, prefix);
    rc |= ngx_http_dynstore_redis_argument(buf, key, last - key);

    last = dyn_redis_stream_write(key, prefix);
    rc |= ngx_http_dynstore_redis_argument(buf, key, last - key);

    for (i = 0; i < ncustomer; i++) {
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_CUSTOMER, &delivery->customer[i]);
    }

    for (i = 0; i < delivery->ntokens; i++) {
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_TOKEN, &delivery->tokens[i]);
    }

    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_DELIVERY_S);
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_DELIVERY_ONCE_S);
    rc |= ngx_http_dynstore_redis_number(buf, DYN_REDIS_CONTROL_ENTRIES_MAX);
    rc |= ngx_http_dynstore_redis_number(buf, ngx_http_dynstore_store_stream_max(delivery->store,
                                                                                NGX_HTTP_DYNSTORE_STORE_ENTRY_BYTES));
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_STORE_CUSTOMER_S);
    rc |= ngx_http_dynstore_redis_number(buf, ncustomer);
    rc |= ngx_http_dynstore_redis_number(buf, delivery->redact);
    rc |= ngx_http_dynstore_redis_number(buf, nevents);
    rc |= ngx_http_dynstore_redis_number(buf, n);
    rc |= ngx_http_dynstore_redis_number(buf, delivery->sent + n == delivery->nentries);

    for (i = 0; i < ncustomer; i++) {
        rc |= ngx_http_dynstore_redis_argument(buf, delivery->customer[i].data, delivery->customer[i].len);
    }

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc |= ngx_http_dynstore_delivery_entry(&entries[i], buf);
    }

    for (i = 0; i < nevents && rc == NGX_OK; i++) {
        rc |= ngx_http_dynstore_delivery_event(&delivery->events[i], buf);
    }

    /* the prefix is the last: keys of visitors are known only in the script */
    rc |= ngx_http_dynstore_redis_argument(buf, prefix.data, prefix.len);

    return rc;
}


/* A control stream's entry: how many words it has, and these. */
static ngx_int_t
ngx_http_dynstore_delivery_entry(const dyn_control_entry_t *entry, ngx_http_dynstore_redis_buf_t *buf)
{
    char                 scratch[1024];
    size_t               i, n;
    ngx_int_t            rc;
    dyn_arena_t          arena;
    dyn_control_field_t  fields[DYN_CONTROL_FIELDS_MAX];

    dyn_arena_init(&arena, scratch, sizeof(scratch), NULL, NULL);

    n = dyn_control_entry_write(entry, &arena, fields);
    if (n == 0) {
        return NGX_ERROR;
    }

    rc = ngx_http_dynstore_redis_number(buf, 2 * n);

    for (i = 0; i < n; i++) {
        rc |= ngx_http_dynstore_redis_argument(buf, fields[i].name.data, fields[i].name.len);
        rc |= ngx_http_dynstore_redis_argument(buf, fields[i].value.data, fields[i].value.len);
    }

    return rc;
}


static ngx_int_t
ngx_http_dynstore_delivery_event(const dyn_event_t *event, ngx_http_dynstore_redis_buf_t *buf)
{
    char    text[DYN_EVENT_TEXT_BYTES_MAX];
    size_t  n;

    n = dyn_event_encode(event, text, sizeof(text));

    return n == 0 ? NGX_ERROR : ngx_http_dynstore_redis_argument(buf, text, n);
}


/* Deletes the customer's entries among the next ones of a stream. Its reply is where to look on; empty at the end. */
static ngx_int_t
ngx_http_dynstore_delivery_format_look(ngx_http_dynstore_delivery_t *delivery, ngx_http_dynstore_redis_buf_t *buf)
{
    char                             key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_DECISIONS_MORE], *last;
    ngx_int_t                        rc;
    dyn_str_t                        prefix;
    ngx_uint_t                       i;
    ngx_http_dynstore_store_conf_t  *conf;

    static const char  script[] =
        "local names = {} "
        "for i = 3, #ARGV do "
            "names[ARGV[i]] = true "
            "for _, name in ipairs(redis.call('SMEMBERS', KEYS[i - 1])) do names[name] = true end "
        "end "
        "local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2]) "
        "local last = '' "
        "for _, entry in ipairs(entries) do "
            "last = entry[1] "
            "for i = 1, #entry[2], 2 do "
                "if entry[2][i] == 'v' and names[entry[2][i + 1]] then redis.call('XDEL', KEYS[1], last) break end "
            "end "
        "end "
        "if #entries < tonumber(ARGV[2]) then return {''} end "
        "local ms, sequence = string.match(last, '^(%d+)-(%d+)$') "
        "return {ms .. '-' .. string.format('%.0f', tonumber(sequence) + 1)}";

    conf = delivery->store->conf;
    prefix.data = (char *) conf->prefix.data;
    prefix.len = conf->prefix.len;

    rc = ngx_http_dynstore_redis_command(buf, 6 + 2 * delivery->ncustomer);
    rc |= ngx_http_dynstore_redis_literal(buf, "EVAL");
    rc |= ngx_http_dynstore_redis_literal(buf, script);
    rc |= ngx_http_dynstore_redis_number(buf, 1 + delivery->ncustomer);

    last = ngx_http_dynstore_delivery_streams[delivery->stream](key, prefix);
    rc |= ngx_http_dynstore_redis_argument(buf, key, last - key);

    for (i = 0; i < delivery->ncustomer; i++) {
        rc |= ngx_http_dynstore_store_key(buf, conf, DYN_REDIS_KEY_CUSTOMER, &delivery->customer[i]);
    }

    rc |= ngx_http_dynstore_redis_argument(buf, delivery->at, ngx_strlen(delivery->at));
    rc |= ngx_http_dynstore_redis_number(buf, NGX_HTTP_DYNSTORE_DELIVERY_LOOK);

    for (i = 0; i < delivery->ncustomer; i++) {
        rc |= ngx_http_dynstore_redis_argument(buf, delivery->customer[i].data, delivery->customer[i].len);
    }

    return rc;
}


static ngx_int_t
ngx_http_dynstore_delivery_on_list(void *owner, ngx_uint_t index, ngx_uint_t elements)
{
    return elements == 1 ? NGX_OK : NGX_ERROR;
}


static u_char *
ngx_http_dynstore_delivery_on_string(void *owner, ngx_uint_t index, ngx_uint_t element, size_t len)
{
    ngx_http_dynstore_delivery_t  *delivery = owner;

    if (len >= sizeof(delivery->reply)) {
        return NULL;
    }

    delivery->len = len;

    return delivery->reply;
}


static void
ngx_http_dynstore_delivery_on_done(void *owner, ngx_int_t status)
{
    dyn_str_t                      word;
    ngx_http_dynstore_delivery_t  *delivery = owner;

    word.data = (char *) delivery->reply;
    word.len = delivery->len;

    if (status == NGX_OK && dyn_str_equal(word, DYN_STR("more"))) {
        delivery->sent += delivery->now;

        if (ngx_http_dynstore_delivery_send(delivery) != NGX_AGAIN) {
            ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_FAILED);
        }

    } else if (status == NGX_OK && dyn_str_equal(word, DYN_STR("taken"))) {
        ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_TAKEN);

    } else if (status == NGX_OK && dyn_str_equal(word, DYN_STR("duplicate"))) {
        ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_DUPLICATE);

    } else {
        ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_FAILED);
    }
}


static void
ngx_http_dynstore_delivery_on_look_done(void *owner, ngx_int_t status)
{
    ngx_http_dynstore_delivery_t  *delivery = owner;

    if (status != NGX_OK) {
        ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_FAILED);
        return;
    }

    if (delivery->len == 0) {
        delivery->stream++;
        delivery->reply[0] = '-';
        delivery->len = 1;
    }

    ngx_memcpy(delivery->at, delivery->reply, delivery->len);
    delivery->at[delivery->len] = '\0';

    if (ngx_http_dynstore_delivery_send(delivery) != NGX_AGAIN) {
        ngx_http_dynstore_delivery_finish(delivery, NGX_HTTP_DYNSTORE_DELIVERY_FAILED);
    }
}


static void
ngx_http_dynstore_delivery_finish(ngx_http_dynstore_delivery_t *delivery, ngx_http_dynstore_delivery_e result)
{
    delivery->exchange = NULL;
    delivery->result = result;
    delivery->handler(delivery);
}
