/* TCP or a unix socket as it is. */
#include "nginx/transport/redis_private.h"


const ngx_http_dynstore_redis_link_t  ngx_http_dynstore_redis_plain = {
    ngx_http_dynstore_redis_linked,
    ngx_close_connection
};
