#include "nginx/request/trace.h"
#include "engine/base/trace.h"


dyn_str_t
ngx_http_dynstore_traceparent(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_str_t        *found;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    static ngx_str_t  name = ngx_string("traceparent");

    found = NULL;

    for (part = &r->main->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len != name.len || ngx_strncasecmp(header[i].key.data, name.data, name.len) != 0) {
                continue;
            }

            if (found != NULL) {
                return DYN_STR_NONE;
            }

            found = &header[i].value;
        }
    }

    return found == NULL ? DYN_STR_NONE : dyn_traceparent(ngx_http_dynstore_str(*found));
}
