/* Any bytes as an answer: refused with a sentence, or one that encodes to the same bytes and that a page can show. */
#include "engine/record/answer.h"
#include "engine/render/render.h"

/* the unit tests' shop, from its source: fuzzers link the engine and the command line only */
#include "shop.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static shop_t *shop; /* kept, so that it is no leak */
    static const dyn_snapshot_t *snapshot;
    static _Alignas(16) char block[1 << 21];
    static char again[1 << 20];
    dyn_decision_t decision;
    dyn_arena_t arena;
    dyn_error_t error;
    bool whole;

    if (snapshot == NULL) {
        shop = shop_new(40);
        shop_category(shop, "Day packs", shop_category(shop, "Packs", DYN_NONE));
        shop_variants(shop, 2, 2, 4);
        snapshot = shop_open(shop);
    }
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_answer_decode(snapshot, NULL, (dyn_str_t){(const char *)data, size}, &arena, &decision,
                           &error)) {
        same(strncmp(error.text, "answer: ", 8) == 0);
        return 0;
    }

    same(dyn_answer_bytes(&decision) == size);
    same(dyn_answer_encode(&decision, again, sizeof(again), &whole) == size && whole);
    same(memcmp(again, data, size) == 0);
    same(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &arena).data != NULL);
    for (uint32_t i = 0; i < decision.slot_count; i++) {
        same(dyn_render_html(snapshot, &decision, &decision.slots[i], &arena).data != NULL);
    }

    return 0;
}
