/*
 * Assigns replies to exchanges, passes their strings on, and handles refusals. Nothing is stored here: a session's strings go
 * straight to their place in the request's memory. A reply that is over a limit or has no owner is read and thrown away.
 */
#include "nginx/transport/redis_private.h"


#define NGX_HTTP_DYNSTORE_REDIS_WORD(limit)    NGX_HTTP_DYNSTORE_REDIS_QUOTED(limit)
#define NGX_HTTP_DYNSTORE_REDIS_QUOTED(limit)  #limit


static bool ngx_http_dynstore_redis_on_list(void *data, bool nested, uint64_t elements);
static bool ngx_http_dynstore_redis_on_string(void *data, bool nested, uint64_t len);
static void ngx_http_dynstore_redis_on_bytes(void *data, const uint8_t *bytes, size_t len);
static bool ngx_http_dynstore_redis_on_line(void *data, uint8_t type, const uint8_t *text, size_t len);
static bool ngx_http_dynstore_redis_on_other(void *data);
static void ngx_http_dynstore_redis_on_end(void *data);
static void ngx_http_dynstore_redis_on_error(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_exchange_t *exchange, const u_char *text, size_t len);
static void ngx_http_dynstore_redis_on_hello_error(ngx_http_dynstore_redis_t *redis,
    ngx_http_dynstore_exchange_t *exchange, const ngx_http_dynstore_redis_refusal_t *refusal, const u_char *text, size_t len);
static void ngx_http_dynstore_redis_over(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange,
    const char *why);


static const dyn_resp_handlers_t  ngx_http_dynstore_redis_handlers = {
    ngx_http_dynstore_redis_on_list,
    ngx_http_dynstore_redis_on_string,
    ngx_http_dynstore_redis_on_bytes,
    ngx_http_dynstore_redis_on_line,
    ngx_http_dynstore_redis_on_other,
    ngx_http_dynstore_redis_on_end
};


ngx_int_t
ngx_http_dynstore_redis_replies(ngx_http_dynstore_redis_t *redis, u_char *bytes, size_t len)
{
    return dyn_resp_read(&redis->resp, &ngx_http_dynstore_redis_handlers, redis, bytes, len) ? NGX_OK : NGX_ERROR;
}


static bool
ngx_http_dynstore_redis_on_list(void *data, bool nested, uint64_t elements)
{
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_exchange_t  *exchange;

    redis = data;
    exchange = ngx_http_dynstore_redis_head(redis);

    if (exchange == NULL) {
        return false;
    }

    if (exchange->kind != NGX_HTTP_DYNSTORE_EXCHANGE_READ || exchange->failed) {
        return true;
    }

    if (nested) {
        ngx_http_dynstore_redis_over(redis, exchange, "a list within a list; only a list of strings is expected");
        return true;
    }

    if (elements > NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX) {
        ngx_http_dynstore_redis_over(redis, exchange, "more than " NGX_HTTP_DYNSTORE_REDIS_WORD(NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX) " elements");
        return true;
    }

    if (exchange->owner != NULL
        && exchange->handlers->list(exchange->owner, exchange->index, (ngx_uint_t) elements) != NGX_OK)
    {
        exchange->failed = 1;
    }

    return true;
}


static bool
ngx_http_dynstore_redis_on_string(void *data, bool nested, uint64_t len)
{
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_exchange_t  *exchange;

    redis = data;
    redis->copy_to = NULL;

    exchange = ngx_http_dynstore_redis_head(redis);

    if (exchange == NULL) {
        return false;
    }

    if (exchange->kind != NGX_HTTP_DYNSTORE_EXCHANGE_READ || exchange->failed) {
        return true;
    }

    /* neither can overflow: announced lengths have a limit, and the sum is checked here */
    redis->reply_bytes += len;

    if (redis->reply_bytes > NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX) {
        ngx_http_dynstore_redis_over(redis, exchange, "more than " NGX_HTTP_DYNSTORE_REDIS_WORD(NGX_HTTP_DYNSTORE_REDIS_REPLY_MAX) " bytes");
        return true;
    }

    if (exchange->owner == NULL) {
        return true;
    }

    if (nested) {
        redis->copy_to = exchange->handlers->string(exchange->owner, exchange->index, redis->element++, (size_t) len);
    }

    if (redis->copy_to == NULL) {
        exchange->failed = 1;
    }

    return true;
}


static void
ngx_http_dynstore_redis_on_bytes(void *data, const uint8_t *bytes, size_t len)
{
    ngx_http_dynstore_redis_t  *redis;

    redis = data;

    /* the request and its memory may have gone since the string began */

    if (redis->copy_to != NULL && ngx_http_dynstore_redis_head(redis)->owner != NULL) {
        redis->copy_to = ngx_cpymem(redis->copy_to, bytes, len);
    }
}


static bool
ngx_http_dynstore_redis_on_line(void *data, uint8_t type, const uint8_t *text, size_t len)
{
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_exchange_t  *exchange;

    redis = data;
    exchange = ngx_http_dynstore_redis_head(redis);

    if (type == '-') {
        ngx_http_dynstore_redis_on_error(redis, exchange, text, len);

    } else if (exchange != NULL && exchange->kind == NGX_HTTP_DYNSTORE_EXCHANGE_READ) {
        exchange->failed = 1;
    }

    return exchange != NULL;
}


static bool
ngx_http_dynstore_redis_on_other(void *data)
{
    ngx_http_dynstore_exchange_t  *exchange;

    exchange = ngx_http_dynstore_redis_head(data);

    if (exchange == NULL) {
        return false;
    }

    if (exchange->kind == NGX_HTTP_DYNSTORE_EXCHANGE_READ) {
        exchange->failed = 1;
    }

    return true;
}


/* A handler that is called from here may start reads and writes, but must not close the connection. */
static void
ngx_http_dynstore_redis_on_end(void *data)
{
    ngx_http_dynstore_redis_t       *redis;
    ngx_http_dynstore_exchange_t  *exchange;

    redis = data;
    exchange = ngx_http_dynstore_redis_head(redis);

    redis->reply_bytes = 0;
    redis->element = 0;
    exchange->index++;

    if (--exchange->replies == 0) {
        ngx_http_dynstore_redis_finish(redis, exchange);
    }
}


/* Skips the rest of the reply. Only this visitor's key is affected, so the breaker does not count it. */
static void
ngx_http_dynstore_redis_over(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange, const char *why)
{
    exchange->failed = 1;
    exchange->own_fault = 1;
    exchange->over_limit = 1;

    ngx_http_dynstore_redis_complain_of(redis, exchange, "sent a reply over a limit; the reply is thrown away", (u_char *) why,
                                        ngx_strlen(why));
}


static void
ngx_http_dynstore_redis_on_error(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange, const u_char *text,
    size_t len)
{
    const ngx_http_dynstore_redis_refusal_t  *refusal;

    refusal = ngx_http_dynstore_redis_refusal(text, len);
    len = ngx_http_dynstore_redis_refusal_words(text, len);

    if (exchange == NULL) {
        /* an error without a question: the reason why Redis will close the connection */
        ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, refusal->says, text, len);
        return;
    }

    if (exchange->kind == NGX_HTTP_DYNSTORE_EXCHANGE_HELLO) {
        ngx_http_dynstore_redis_on_hello_error(redis, exchange, refusal, text, len);
        return;
    }

    exchange->failed = 1;

    if (exchange->kind == NGX_HTTP_DYNSTORE_EXCHANGE_WRITE) {
        ngx_http_dynstore_count(redis->counters, redis_write_errors);
    }

    if (refusal->done == NGX_HTTP_DYNSTORE_REDIS_KEY) {
        exchange->own_fault = 1;

    } else if (refusal->done == NGX_HTTP_DYNSTORE_REDIS_LATER) {
        redis->anew = 1;
        redis->pause_long = 1;

    } else if (refusal->done == NGX_HTTP_DYNSTORE_REDIS_ANEW && redis->anew_at != ngx_time()) {
        redis->anew = 1;
        redis->anew_at = ngx_time();
    }

    ngx_http_dynstore_redis_complain_of(redis, exchange, refusal->says, text, len);
}


/*
 * AUTH and SELECT of a greeting must succeed. The last two commands are the client's name, which is optional, and PING; a user
 * who may not PING or write now may still read.
 */
static void
ngx_http_dynstore_redis_on_hello_error(ngx_http_dynstore_redis_t *redis, ngx_http_dynstore_exchange_t *exchange,
    const ngx_http_dynstore_redis_refusal_t *refusal, const u_char *text, size_t len)
{
    ngx_uint_t   unknown;
    const char  *says;

    unknown = refusal->begins.len == 0;

    if (redis->refused
        || (exchange->replies <= 2 && refusal->done == NGX_HTTP_DYNSTORE_REDIS_STAY && !(unknown && exchange->replies == 1)))
    {
        return;
    }

    redis->refused = 1;
    redis->pause_long = refusal->done == NGX_HTTP_DYNSTORE_REDIS_LATER
                        || (exchange->replies > 2 && refusal->done != NGX_HTTP_DYNSTORE_REDIS_ANEW);

    says = unknown && exchange->replies > 2 ? "refuses AUTH or SELECT" : refusal->says;

    ngx_http_dynstore_redis_complain(redis, NGX_LOG_ERR, 0, says, text, len);
}
