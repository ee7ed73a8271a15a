#include "nginx/transport/redis_refusals.h"


static const ngx_http_dynstore_redis_refusal_t  ngx_http_dynstore_redis_refusals[] = {
#define X(begins, says, done)  { ngx_string(begins), says, NGX_HTTP_DYNSTORE_REDIS_##done },
    NGX_HTTP_DYNSTORE_REDIS_REFUSALS(X)
#undef X
};


const ngx_http_dynstore_redis_refusal_t *
ngx_http_dynstore_redis_refusal(const u_char *text, size_t len)
{
    const ngx_http_dynstore_redis_refusal_t  *refusal;

    for (refusal = ngx_http_dynstore_redis_refusals; refusal->begins.len; refusal++) {

        if (len >= refusal->begins.len && ngx_strncmp(text, refusal->begins.data, refusal->begins.len) == 0) {
            break;
        }
    }

    return refusal;
}


size_t
ngx_http_dynstore_redis_refusal_words(const u_char *text, size_t len)
{
    const u_char  *arguments;

    arguments = memmem(text, len, ", with args", sizeof(", with args") - 1);

    return arguments != NULL ? (size_t) (arguments - text) : len;
}
