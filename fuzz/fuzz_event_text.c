/* Any log entry: no entry, or one that is the same after it was written and read again. */
#include "engine/events/event.h"
#include "engine/base/limits.h"
#include "engine/events/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) char memory[8192];
    char text[DYN_EVENT_TEXT_BYTES_MAX];
    dyn_arena_t arena;
    dyn_event_t a;
    dyn_event_t b;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_event_decode((dyn_str_t){(const char *)data, size}, &arena, &a)) {
        return 0;
    }

    /* what was read raw may be too long once it is encoded */
    size_t length = dyn_event_encode(&a, text, sizeof(text));

    if (length == 0) {
        return 0;
    }

    same(dyn_event_decode((dyn_str_t){text, length}, &arena, &b));
    same(a.type == b.type && a.time_ms == b.time_ms && a.quantity == b.quantity);
    same(a.price_minor == b.price_minor && strcmp(a.currency, b.currency) == 0);
    same(dyn_str_equal(a.item_id, b.item_id) && dyn_str_equal(a.search_term, b.search_term));
    same(dyn_str_equal(a.list_id, b.list_id) && dyn_str_equal(a.decision_id, b.decision_id));
    same(dyn_str_equal(a.transaction_id, b.transaction_id));
    same(dyn_str_equal(a.field, b.field) && dyn_str_equal(a.value, b.value));

    return 0;
}
