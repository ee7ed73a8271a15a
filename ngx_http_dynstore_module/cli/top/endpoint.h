/* A status endpoint that is asked again and again, and a table of what several of them say. */
#ifndef DYN_TOP_ENDPOINT_H
#define DYN_TOP_ENDPOINT_H

#include <jansson.h>

#include "cli/base/http.h"

/* One answer of dynstore_status (docs/status.schema.json). */
typedef struct {
    json_t *status; /* NULL: there was none */
    double at_s;    /* when it came, by a clock that only goes forward */
} dyn_top_answer_t;

typedef struct {
    const char *name; /* as it was given, without the scheme */
    dyn_http_url_t url;
    dyn_top_answer_t now, before; /* before: the answer before it, of which rates are made */
    dyn_error_t error;            /* why `now` has none */
} dyn_top_endpoint_t;

bool dyn_top_endpoint_begin(dyn_top_endpoint_t *endpoint, const char *url, dyn_error_t *error);
/* Asks once; the answer, or NULL with a sentence. Waits two seconds at most. */
json_t *dyn_top_ask(const dyn_top_endpoint_t *endpoint, dyn_error_t *error);
/* Takes over what dyn_top_ask() gave. */
void dyn_top_take(dyn_top_endpoint_t *endpoint, json_t *status, const dyn_error_t *error,
                  double at_s);
void dyn_top_endpoint_end(dyn_top_endpoint_t *endpoint);

/* ---- the table ---- */

enum { DYN_TOP_ENDPOINTS_MAX = 16, DYN_TOP_ROWS_MAX = 32, DYN_TOP_CELL_BYTES = 160 };

typedef struct {
    char text[DYN_TOP_CELL_BYTES]; /* UTF-8 without anything that a terminal obeys */
    bool bad;                      /* somebody should look at it */
} dyn_top_cell_t;

typedef struct {
    const char *label;
    bool differs; /* endpoints that should agree do not */
    dyn_top_cell_t cells[DYN_TOP_ENDPOINTS_MAX];
} dyn_top_row_t;

typedef struct {
    dyn_top_row_t rows[DYN_TOP_ROWS_MAX];
    uint32_t row_count, columns;
} dyn_top_table_t;

void dyn_top_table_make(const dyn_top_endpoint_t *endpoints, uint32_t count,
                        dyn_top_table_t *table);

/* Copies text that anybody may have written: what a terminal could obey, or what is no UTF-8, becomes "?". */
void dyn_top_plain(dyn_str_t text, char *plain, size_t size);

#endif
