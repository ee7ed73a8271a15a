/*
 * Events: what a shopper did. GA4's ecommerce JSON comes in, compact session-log text goes out and comes back.
 *
 * Session-log text, one entry a product (a purchase of three products is three entries):
 *
 *     CODE SP TIME_MS [SP ITEM_ID] *(SP KEY=VALUE)
 *
 * CODE is a two-letter code of dyn_tables.h, TIME_MS unix milliseconds, ITEM_ID is `-` when keys follow and there is none.
 * Keys: q quantity, p price in minor units, c currency, t search term, l item_list_id (the slot), d decision id,
 * o transaction id. In ids and values every byte outside [A-Za-z0-9._~:/@+,-] is written %XX; a lone `-` as an id is
 * written %2D. Unknown keys are skipped, so old readers read newer logs. At most DYN_EVENT_TEXT_BYTES_MAX bytes.
 */
#ifndef DYN_EVENT_H
#define DYN_EVENT_H

#include "dyn_arena.h"
#include "dyn_tables.h"

typedef struct {
    dyn_event_type_t type;
    int64_t time_ms;
    dyn_str_t item_id;      /* gid://shopify/Product/123 arrives here as 123; empty when the event names no item */
    uint32_t quantity;      /* 1 when not said */
    int64_t price_minor;    /* -1 when not said */
    char currency[4];       /* "" when not said */
    dyn_str_t search_term;
    dyn_str_t list_id;
    dyn_str_t decision_id;
    dyn_str_t transaction_id;
} dyn_event_t;

/* One event of a batch that was refused. */
typedef struct {
    uint32_t index;         /* place in the batch, from 0 */
    dyn_str_t sentence;     /* names the field and what would be right */
} dyn_event_fault_t;

typedef struct {
    dyn_event_t *events;    /* the good ones, in order; several per JSON event when it names several items */
    size_t count;
    dyn_event_fault_t *faults;
    size_t fault_count;
    uint32_t batch;         /* how many JSON events the body held */
} dyn_event_batch_t;

/*
 * Reads a body: one event object `{"event"|"name": NAME, ...}`, an array of them, or GA4's `{"events":[...]}`. Parameters stand
 * in the event itself, in `params` or in `ecommerce`; items in `items`, or as `item_id` directly. Times in the body are not
 * trusted: every event gets now_ms. False with a sentence when the body as a whole is no JSON, over a limit, or holds no
 * event at all; a bad event in a batch is a fault and the others stand. Lines of a list that name no product are passed over.
 * At most DYN_EVENT_ENTRIES_MAX products together: events beyond are faults. A price without a currency is not read; items of
 * `search`, `begin_checkout` and promotions are not either. Shopify's `data` and Segment's `properties` are read as well (docs/events.md).
 * jansson allocates while reading; what is returned is in the arena.
 */
bool dyn_event_parse(dyn_str_t body, int64_t now_ms, dyn_arena_t *arena, dyn_event_batch_t *batch, dyn_error_t *error);

/*
 * False for what is counted in the event stream, but tells nothing of what the shopper wants now and would push that out of the
 * capped log: an impression (a view_item_list that names an item), a promotion, a refund.
 */
bool dyn_event_in_session(const dyn_event_t *event);

/* Writes the session-log text; returns its length, or 0 when it would pass `size` or DYN_EVENT_TEXT_BYTES_MAX. */
size_t dyn_event_encode(const dyn_event_t *event, char *text, size_t size);

/* The way back. False when the text is not an entry as above. Strings point into `text` or the arena. */
bool dyn_event_decode(dyn_str_t text, dyn_arena_t *arena, dyn_event_t *event);

/* "129.00", 2 -> 12900. False when it is no amount, has too many decimals, is negative or over DYN_PRICE_MINOR_MAX. */
bool dyn_money_parse(dyn_str_t amount, unsigned exponent, int64_t *minor);
/* ISO 4217 exponent: 2 unless the currency is one of the known others (JPY 0, KWD 3 ...). */
unsigned dyn_money_exponent(dyn_str_t currency);
/* 12900, 2 -> "129.00"; returns the length, writes at most 24 bytes. */
size_t dyn_money_format(int64_t minor, unsigned exponent, char *text);

/* Checks an id from outside: 1 to DYN_ITEM_ID_BYTES_MAX bytes, valid UTF-8, no control bytes. Strips `gid://shopify/.../`. */
bool dyn_item_id_normalize(dyn_str_t id, dyn_str_t *normalized);

#endif
