/*
 * Any bytes as a question: refused with a sentence, or one that encodes to the same bytes, and whose decision a small shop makes and
 * keeps as an answer.
 */
#include "engine/record/answer.h"
#include "engine/record/question.h"

/* the unit tests' shop, from its source: fuzzers link the engine and the command line only */
#include "shop.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const dyn_snapshot_t *small_shop(void)
{
    static shop_t *shop; /* kept, so that it is no leak */

    shop = shop_new(40);

    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);
    uint32_t day = shop_category(shop, "Day packs", packs);
    uint32_t brand = shop_brand(shop, "Gipfel");

    for (uint32_t i = 0; i < 40; i++) {
        shop_item(shop, i)->title = shop_string(shop, "A pack");
        shop_item(shop, i)->category = i % 2 == 0 ? packs : day;
        shop_item(shop, i)->brand = i % 3 == 0 ? brand : DYN_NONE;
        shop_item(shop, i)->age_min = i % 7 == 0 ? 18 : 0;
    }
    shop_countries(shop, 3, "DEFR", false);
    shop_variants(shop, 2, 2, 4);
    for (uint32_t owner = 0; owner < 4; owner++) {
        for (uint32_t i = 1; i < 12; i++) {
            shop_edge(shop, SHOP_NEIGHBOURS, owner, owner + i, 1.0F / (float)i);
            shop_edge(shop, SHOP_BOUGHT_WITH, owner, owner + 2 * i, 1.0F / (float)i);
        }
    }
    for (uint32_t i = 20; i < 30; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
        shop_edge(shop, SHOP_TRENDING, 0, i + 5, 1.0F / (float)i);
        shop_edge(shop, SHOP_CATEGORY_POPULAR, day, i, 1.0F / (float)i);
    }

    return shop_open(shop);
}

static void keeps(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                  dyn_arena_t *arena)
{
    static char bytes[65536];
    static char again[sizeof(bytes)];
    dyn_decision_t kept;
    dyn_error_t error;
    bool whole;
    size_t length = dyn_answer_encode(decision, bytes, sizeof(bytes), &whole);

    same(whole && length == dyn_answer_bytes(decision));
    same(dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length}, arena, &kept, &error));
    same(kept.item_count == decision->item_count);
    same(dyn_answer_encode(&kept, again, sizeof(again), &whole) == length);
    same(memcmp(bytes, again, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const dyn_snapshot_t *snapshot;
    static _Alignas(16) char block[1 << 21];
    dyn_explanation_t explanation;
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_digest_t digest;
    dyn_arena_t arena;
    dyn_error_t error;
    dyn_str_t bytes = {(const char *)data, size};

    if (snapshot == NULL) {
        snapshot = small_shop();
    }
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_question_decode(bytes, &arena, &question, &error)) {
        same(strncmp(error.text, "question: ", 10) == 0);
        return 0;
    }

    same(dyn_str_equal(dyn_question_encode(&question, &arena), bytes));
    same(dyn_question_digest(&question, &arena, &digest));
    if (dyn_question_decide(snapshot, NULL, &question, NULL, &arena, &decision,
                            question.seed % 2 == 0 ? NULL : &explanation)) {
        keeps(snapshot, &decision, &arena);
    }

    return 0;
}
