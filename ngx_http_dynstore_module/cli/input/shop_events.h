/*
 * Events as Google Analytics 4 (BigQuery's export) and Shopify (orders as CSV, JSON and bulk operation) write them, in our words
 * (docs/catalog.md). Nothing that names a person is handed on: who bought becomes a hash with a key that this run alone has.
 */
#ifndef DYN_SHOP_EVENTS_H
#define DYN_SHOP_EVENTS_H

#include <jansson.h>

#include "cli/base/faults.h"
#include "cli/base/ids.h"

/* Zero at first; free with dyn_shop_events_free(). */
typedef struct {
    dyn_ids_t orders; /* of bulk operations: line items are lines of their own */
    json_t *events;   /* by order: what its line items have in common; null: it was left out */
} dyn_shop_events_t;

/*
 * *events: objects with `visitor`, `time`, `event`, at most one of `items`, and `other_id` where another id of the item is known; owned,
 * empty when there is nothing to learn from. NULL: the value is none of these exports. False: memory is out. `notes` counts what
 * was left out.
 */
bool dyn_shop_events_of(dyn_shop_events_t *shop, const json_t *value, dyn_notes_t *notes,
                        const char *file, uint64_t line, json_t **events);
void dyn_shop_events_free(dyn_shop_events_t *shop);

/* ---- Shopify's orders as CSV ---- */

enum { DYN_ORDERS_COLUMNS_MAX = 256 };

/* X(constant, the column's name) */
#define DYN_ORDER_COLUMNS(X)         \
    X(NAME, "Name")                  \
    X(CREATED, "Created at")         \
    X(SKU, "Lineitem sku")           \
    X(QUANTITY, "Lineitem quantity") \
    X(PRICE, "Lineitem price")       \
    X(ITEM, "Lineitem name")         \
    X(EMAIL, "Email")                \
    X(PHONE, "Phone")                \
    X(CURRENCY, "Currency")          \
    X(STATUS, "Financial Status")    \
    X(CANCELLED, "Cancelled at")

#define X(constant, name) DYN_ORDER_##constant,
typedef enum { DYN_ORDER_COLUMNS(X) DYN_ORDER_COLUMNS_COUNT } dyn_order_column_t;
#undef X

typedef struct {
    int places[DYN_ORDER_COLUMNS_COUNT]; /* -1: there is no such column */
    size_t count;                        /* of the header's fields */
    json_t *order; /* what the rows of the order have in common; json_null: it is left out; owned */
    char name[64];
} dyn_orders_t;

/* Whether the fields are the header of such a file; then *orders is made. */
bool dyn_orders_header(const dyn_str_t *fields, size_t count, dyn_orders_t *orders);
/*
 * *event: as above, owned; NULL when the row is of an order that is left out, or has no product. False with *column when the row
 * is wrong there.
 */
bool dyn_orders_row(dyn_orders_t *orders, const dyn_str_t *fields, size_t count, dyn_notes_t *notes,
                    const char *file, uint64_t line, json_t **event, const char **column);
void dyn_orders_free(dyn_orders_t *orders);

#endif
