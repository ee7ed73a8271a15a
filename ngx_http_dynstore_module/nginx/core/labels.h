/*
 * Counters of things whose names are not known beforehand, such as slots: a table of so many names at most in the zone, whatever
 * requests ask for. All other names share the row `other`. A row once taken keeps its name until nginx is restarted.
 */
#ifndef NGX_HTTP_DYNSTORE_LABELS_H
#define NGX_HTTP_DYNSTORE_LABELS_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/base/types.h"


#define NGX_HTTP_DYNSTORE_LABELS_MAX            64
/* of a name, with the closing NUL; longer ones are `other` */
#define NGX_HTTP_DYNSTORE_LABEL_BYTES           144
/* counters of a name */
#define NGX_HTTP_DYNSTORE_LABEL_VALUES          8


typedef struct {
    ngx_atomic_t                      state;      /* 0: free; 1: its name is being written; 2: taken */
    char                              name[NGX_HTTP_DYNSTORE_LABEL_BYTES];
    ngx_atomic_t                      values[NGX_HTTP_DYNSTORE_LABEL_VALUES];
} ngx_http_dynstore_label_t;

typedef struct {
    ngx_http_dynstore_label_t         rows[NGX_HTTP_DYNSTORE_LABELS_MAX];
    ngx_http_dynstore_label_t         other;
} ngx_http_dynstore_labels_t;


/*
 * Returns the counters of a name; never NULL. A new name takes a row while fewer than `room` are taken. With 0 the name is only
 * looked for.
 */
ngx_atomic_t *ngx_http_dynstore_label(ngx_http_dynstore_labels_t *labels, dyn_str_t name, ngx_uint_t room);

/* The i-th row that is taken, and last `other`; NULL: there is none. */
const char *ngx_http_dynstore_label_row(const ngx_http_dynstore_labels_t *labels, ngx_uint_t i,
    const ngx_atomic_t **values);

#endif
