#include "nginx/core/labels.h"


enum {
    NGX_HTTP_DYNSTORE_LABEL_FREE = 0,
    NGX_HTTP_DYNSTORE_LABEL_BEGUN,
    NGX_HTTP_DYNSTORE_LABEL_TAKEN
};


ngx_atomic_t *
ngx_http_dynstore_label(ngx_http_dynstore_labels_t *labels, dyn_str_t name, ngx_uint_t room)
{
    ngx_uint_t                  i;
    ngx_http_dynstore_label_t  *row;

    if (name.len == 0 || name.len >= NGX_HTTP_DYNSTORE_LABEL_BYTES) {
        return labels->other.values;
    }

    for (i = 0; i < NGX_HTTP_DYNSTORE_LABELS_MAX; i++) {
        row = &labels->rows[i];

        if (row->state == NGX_HTTP_DYNSTORE_LABEL_TAKEN) {
            if (ngx_strncmp(row->name, name.data, name.len) == 0 && row->name[name.len] == '\0') {
                return row->values;
            }

            continue;
        }

        /* the name that another worker writes at this moment may be this one, so no row behind it is taken */

        if (i >= room
            || !ngx_atomic_cmp_set(&row->state, NGX_HTTP_DYNSTORE_LABEL_FREE, NGX_HTTP_DYNSTORE_LABEL_BEGUN))
        {
            break;
        }

        ngx_memcpy(row->name, name.data, name.len);
        row->name[name.len] = '\0';

        ngx_memory_barrier();
        row->state = NGX_HTTP_DYNSTORE_LABEL_TAKEN;

        return row->values;
    }

    return labels->other.values;
}


const char *
ngx_http_dynstore_label_row(const ngx_http_dynstore_labels_t *labels, ngx_uint_t i, const ngx_atomic_t **values)
{
    ngx_uint_t  n;

    for (n = 0; n < NGX_HTTP_DYNSTORE_LABELS_MAX && labels->rows[n].state == NGX_HTTP_DYNSTORE_LABEL_TAKEN; n++) {
        if (n == i) {
            *values = labels->rows[n].values;
            return labels->rows[n].name;
        }
    }

    if (n == i) {
        *values = labels->other.values;
        return "other";
    }

    return NULL;
}
