/* Events: what a shopper did. */
#ifndef DYN_EVENT_H
#define DYN_EVENT_H

#include "engine/base/arena.h"
#include "engine/base/tables.h"

typedef struct {
    int64_t time_ms;
    dyn_str_t item_id;      /* gid://shopify/Product/123 becomes 123; empty when the event names no item */
    int64_t price_minor;    /* -1 when not given */
    dyn_str_t search_term;  /* of a question its text */
    dyn_str_t list_id;
    dyn_str_t decision_id;
    dyn_str_t transaction_id;
    dyn_str_t field;        /* what was filtered, sorted by or chosen: "colour", "price", "size"; lower case */
    dyn_str_t value;        /* "Moss", "asc", "M", "50-200"; of scroll percent, of dwell and hover seconds, in whole numbers */
    dyn_event_type_t type;
    uint32_t quantity;      /* 1 when not given */
    char currency[4];       /* "" when not given */
} dyn_event_t;

#endif
