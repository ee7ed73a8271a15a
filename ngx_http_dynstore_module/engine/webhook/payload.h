/*
 * What a webhook says, as entries of the control stream and as events: docs/webhooks.md has a table of topics. Read only what
 * dyn_webhook_verify() calls good.
 */
#ifndef DYN_WEBHOOK_PAYLOAD_H
#define DYN_WEBHOOK_PAYLOAD_H

#include "engine/control/entry.h"
#include "engine/events/event.h"
#include "engine/trust/webhook.h"

enum {
    /* Shopify allows 2,048 variants, each with a stock and a price. */
    DYN_WEBHOOK_ENTRIES_MAX = 4200,
    DYN_WEBHOOK_EVENTS_MAX = 200,
    DYN_WEBHOOK_TOKENS_MAX = 2,
    DYN_WEBHOOK_BODY_BYTES_MAX = 2 * 1024 * 1024
};

typedef enum {
    DYN_WEBHOOK_USE_TAKEN,
    DYN_WEBHOOK_USE_IGNORED /* nothing here depends on the topic */
} dyn_webhook_use_t;

typedef struct {
    dyn_webhook_use_t use;
    dyn_control_entry_t *entries;
    size_t entry_count;
    dyn_event_t *events; /* of one order: purchases, or refunds */
    size_t event_count;
    /*
     * Personal: they are stored as keyed hashes only. `customer` is the platform's id of the customer, of the events and of entries of kind
     * privacy, whose own field is left to the caller; tokens are those of the cart and the checkout that the order comes from.
     */
    dyn_str_t customer;
    dyn_str_t tokens[DYN_WEBHOOK_TOKENS_MAX];
    size_t token_count;
    dyn_str_t
        once; /* events with an equal text say the same, also in another webhook: they count once; empty without events */
} dyn_webhook_payload_t;

typedef struct {
    dyn_webhook_scheme_t scheme;
    dyn_str_t topic;      /* of the delivery; empty where the body has it */
    const char *currency; /* of prices that name none, three capitals; "": they are left out */
    int64_t now_ms;       /* of events without a time */
    bool (*known)(void *data,
                  dyn_str_t item); /* whether the catalogue has that id; NULL: nobody knows */
    void *data;
} dyn_webhook_context_t;

/*
 * False with a sentence that names the field, when the body is not what the platform sends. Texts are in the arena. Of an item of an order
 * the first id that is known is taken: the variant's, the product's, the SKU.
 */
bool dyn_webhook_payload_read(const dyn_webhook_context_t *context, dyn_str_t body,
                              dyn_arena_t *arena, dyn_webhook_payload_t *payload,
                              dyn_error_t *error);

/* The unsigned request `webhook_id=N` by which WooCommerce tries an address. */
bool dyn_webhook_is_ping(dyn_webhook_scheme_t scheme, dyn_str_t body);

#endif
