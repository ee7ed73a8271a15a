/* GA4's ecommerce JSON, and what Shopify and Segment send, becomes events. */
#ifndef DYN_EVENT_PARSE_H
#define DYN_EVENT_PARSE_H

#include "engine/events/event.h"

/* One event of a batch that was refused. */
typedef struct {
    uint32_t index;         /* place in the batch, from 0 */
    dyn_str_t sentence;     /* names the field and what would be right */
} dyn_event_fault_t;

typedef struct {
    dyn_event_t *events;    /* the good ones, in order; several for a JSON event with several items */
    size_t count;
    dyn_event_fault_t *faults;
    size_t fault_count;
    uint32_t batch;         /* how many JSON events the body held */
    /* what the shop calls the shopper's cart and checkout, by the last event that says so; empty: none did */
    dyn_str_t cart_token;
    dyn_str_t checkout_token;
} dyn_event_batch_t;


/*
 * Reads a body: one event object `{"event"|"name": NAME, ...}`, an array of them, or GA4's `{"events":[...]}`.
 * Parameters stand in the event itself, in `params` or in `ecommerce`; items in `items`, or as `item_id` directly.
 * Times in the body are not trusted: every event gets now_ms. False with a sentence when the whole body is not JSON, is
 * over a limit, or holds no event. A bad event in a batch is a fault, and the others are kept. Lines of a list without
 * a product are skipped. At most DYN_EVENT_ENTRIES_MAX products together: events beyond are faults. A price without a
 * currency is not read; items of `search`, `begin_checkout` and promotions are not either. Shopify's `data` and
 * Segment's `properties` are read as well (docs/events.md). jansson allocates while reading; the results are in the
 * arena.
 */
bool dyn_event_parse(dyn_str_t body, int64_t now_ms, dyn_arena_t *arena, dyn_event_batch_t *batch, dyn_error_t *error);

#endif
