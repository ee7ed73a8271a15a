#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "deciding.h"
#include "engine/policy/texts.h"
#include "engine/record/answer.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;
static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static char bytes[16384];
static char memory[1 << 16];
static dyn_arena_t arena;

/* Of all of a product page's slots; returns how many bytes it takes. */
static size_t answered(void)
{
    bool whole;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    visit_begin(&visit);
    visit_views(&visit, 5);
    visit_views(&visit, 1);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding.request.session = &visit.session;
    deciding_run(&deciding, snapshot);
    assert_true(deciding.decision.slot_count > 1);
    assert_true(deciding.decision.item_count > 8);
    assert_true(deciding.decision.slots[1].choices[0].support > 0);
    assert_true(deciding.decision.slots[1].confidence > 0.8F);

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(whole);
    assert_int_equal(length, dyn_answer_bytes(&deciding.decision));

    return length;
}

static dyn_decision_t decoded(dyn_str_t text)
{
    dyn_error_t error = {""};
    dyn_decision_t decision;

    if (!dyn_answer_decode(snapshot, NULL, text, &arena, &decision, &error)) {
        fail_msg("%s", error.text);
    }

    return decision;
}

static void expect_refusal(dyn_str_t text, const char *sentence)
{
    dyn_error_t error = {""};
    dyn_decision_t decision;

    assert_false(dyn_answer_decode(snapshot, NULL, text, &arena, &decision, &error));
    if (strncmp(error.text, "answer: ", 8) != 0 || strstr(error.text, sentence) == NULL) {
        fail_msg("\"%s\" should say \"%s\"", error.text, sentence);
    }
}

static void expect_same_slot(const dyn_slot_decision_t *a, const dyn_slot_decision_t *b)
{
    assert_true(dyn_str_equal(a->name, b->name));
    assert_true(dyn_str_equal(a->title, b->title));
    assert_int_equal(a->rung, b->rung);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(&a->confidence, &b->confidence, sizeof(a->confidence));
    for (uint32_t i = 0; i < a->count; i++) {
        const dyn_choice_t *one = &a->choices[i];
        const dyn_choice_t *other = &b->choices[i];

        assert_int_equal(one->item, other->item);
        assert_memory_equal(&one->score, &other->score, sizeof(one->score));
        assert_int_equal(one->source, other->source);
        assert_int_equal(one->reason, other->reason);
        assert_int_equal(one->reference_kind, other->reference_kind);
        assert_int_equal(one->reference, other->reference);
        assert_int_equal(one->support, other->support);
        assert_memory_equal(&one->strength, &other->strength, sizeof(one->strength));
        assert_int_equal(one->cta, other->cta);
        assert_memory_equal(&one->propensity, &other->propensity, sizeof(one->propensity));
        assert_true(dyn_str_equal(one->badge, other->badge));
        assert_true(dyn_str_equal(one->sponsored, other->sponsored));
        assert_true(dyn_str_equal(one->reason_text, other->reason_text));
        assert_true(dyn_str_equal(one->cta_label, other->cta_label));
    }
}

static void a_decision_survives_its_encoding(void **state)
{
    size_t length = answered();
    dyn_decision_t again = decoded((dyn_str_t){bytes, length});
    const dyn_decision_t *decision = &deciding.decision;

    (void)state;
    assert_string_equal(again.id, decision->id);
    assert_int_equal(again.surface, decision->surface);
    assert_int_equal(again.moment, decision->moment);
    assert_int_equal(again.rung, decision->rung);
    assert_int_equal(again.slot_count, decision->slot_count);
    assert_int_equal(again.item_count, decision->item_count);
    assert_int_equal(again.now_ms, decision->now_ms);
    assert_int_equal(again.seed, decision->seed);
    assert_int_equal(again.ttl_s, decision->ttl_s);
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        expect_same_slot(&again.slots[i], &decision->slots[i]);
    }
}

static void messages_and_the_rows_of_a_comparison_survive_too(void **state)
{
    static const dyn_message_t messages[] = {
        {DYN_MESSAGE_FREE_SHIPPING_GAP, 982, "EUR", DYN_NONE, {"", 0}},
        {DYN_MESSAGE_OPTION_MISSING, 0, "", 7, {"", 0}},
        {DYN_MESSAGE_RETURNS, 0, "", DYN_NONE, {"30 days", 7}}};
    bool whole;

    (void)state;
    answered();

    dyn_slot_decision_t *slots = deciding.decision.slots;

    slots[0].kind = DYN_SLOT_COMPARISON;
    slots[1].kind = DYN_SLOT_MESSAGES;
    slots[1].count = 0;
    slots[1].messages = messages;
    slots[1].message_count = 3;
    slots[0].choices[0].propensity = 0.25F;

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_int_equal(length, dyn_answer_bytes(&deciding.decision));

    dyn_decision_t again = decoded((dyn_str_t){bytes, length});

    expect_same_slot(&again.slots[0], &slots[0]);
    assert_int_equal(again.slots[0].kind, DYN_SLOT_COMPARISON);
    assert_int_equal(again.slots[0].row_count, 1);
    assert_int_equal(again.slots[0].rows[0].kind, DYN_COMPARISON_PRICE);
    assert_true(again.slots[0].rows[0].differs);
    assert_int_equal(again.slots[1].kind, DYN_SLOT_MESSAGES);
    assert_int_equal(again.slots[1].message_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(again.slots[1].messages[i].kind, messages[i].kind);
        assert_int_equal(again.slots[1].messages[i].amount_minor, messages[i].amount_minor);
        assert_string_equal(again.slots[1].messages[i].currency, messages[i].currency);
        assert_int_equal(again.slots[1].messages[i].item, messages[i].item);
        assert_true(dyn_str_equal(again.slots[1].messages[i].text, messages[i].text));
    }
    /* and no byte too many is read */
    for (size_t cut = 0; cut < length; cut++) {
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        expect_refusal((dyn_str_t){bytes, cut}, "the bytes end before it does");
    }
    slots[1].messages = NULL;
    slots[1].message_count = 0;
}

static void what_rules_say_of_an_item_and_the_language_survive(void **state)
{
    dyn_choice_t *choices;
    bool whole;

    (void)state;
    answered();
    deciding.decision.language = DYN_LANGUAGE_FRENCH;
    deciding.decision.localized = true;
    choices = deciding.decision.slots[0].choices;
    choices[0].badge = DYN_STR("Nouveau");
    choices[0].cta_label = DYN_STR("Voir");
    choices[1].sponsored = DYN_STR("Sponsoris\u00e9");
    choices[3].reason_text = DYN_STR("<b>");

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(whole);
    assert_int_equal(length, dyn_answer_bytes(&deciding.decision));

    dyn_decision_t again = decoded((dyn_str_t){bytes, length});

    assert_int_equal(again.language, DYN_LANGUAGE_FRENCH);
    assert_true(again.localized);
    assert_int_equal(again.slots[0].choices[0].badge.len, 7);
    for (uint32_t i = 0; i < again.slot_count; i++) {
        expect_same_slot(&again.slots[i], &deciding.decision.slots[i]);
    }
    /* where any byte ends, it is told */
    for (size_t cut = 0; cut < length; cut++) {
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        expect_refusal((dyn_str_t){bytes, cut}, "the bytes end before it does");
    }
}

static void a_language_that_the_policy_has_not_is_refused(void **state)
{
    dyn_policy_t policy = *dyn_policy_default();
    static char block[1 << 18];
    dyn_texts_fault_t fault;
    dyn_decision_t decision;
    dyn_error_t error = {""};
    dyn_arena_t own;
    bool whole;

    (void)state;
    dyn_arena_init(&own, block, sizeof(block), NULL, NULL);

    dyn_texts_t *texts = dyn_texts_begin(&own);

    assert_true(dyn_texts_end(texts, DYN_STR("it"), &fault));
    policy.texts = texts;
    answered();
    deciding.decision.language = dyn_texts_language(texts, DYN_STR("it"));

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(dyn_answer_decode(snapshot, &policy, (dyn_str_t){bytes, length}, &arena, &decision,
                                  &error));
    assert_ptr_equal(decision.policy, &policy);
    expect_refusal((dyn_str_t){bytes, length}, "language: is 4, and may be at most 3");
}

static void the_page_token_is_no_part_of_an_answer(void **state)
{
    static char with_token[sizeof(bytes)];
    size_t length = answered();
    bool whole;

    (void)state;
    deciding.decision.page_token = DYN_STR("token");
    assert_int_equal(dyn_answer_encode(&deciding.decision, with_token, sizeof(with_token), &whole),
                     length);
    assert_memory_equal(with_token, bytes, length);
    assert_int_equal(decoded((dyn_str_t){bytes, length}).page_token.len, 0);
}

static void a_slot_that_finds_no_room_is_left_out(void **state)
{
    size_t length = answered();
    uint32_t slots = deciding.decision.slot_count;
    bool whole;

    (void)state;
    assert_int_equal(dyn_answer_encode(&deciding.decision, bytes, length, &whole), length);
    assert_true(whole);

    size_t less = dyn_answer_encode(&deciding.decision, bytes, length - 1, &whole);

    assert_false(whole);
    assert_true(less < length);

    dyn_decision_t again = decoded((dyn_str_t){bytes, less});

    assert_int_equal(again.slot_count, slots - 1);
    for (uint32_t i = 0; i + 1 < slots; i++) {
        expect_same_slot(&again.slots[i], &deciding.decision.slots[i]);
    }

    /* of each size: nothing is written beyond it, and what is written can be read */
    for (size_t size = 0; size < length; size++) {
        memset(bytes, 0x55, sizeof(bytes));
        less = dyn_answer_encode(&deciding.decision, bytes, size, &whole);
        assert_false(whole);
        assert_true(less <= size);
        for (size_t i = size; i < length; i++) {
            assert_int_equal(bytes[i], 0x55);
        }
        if (less > 0) {
            dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
            assert_true(decoded((dyn_str_t){bytes, less}).slot_count < slots);
        }
    }
}

static void what_ends_too_early_or_too_late_is_refused(void **state)
{
    size_t length = answered();

    (void)state;
    for (size_t cut = 0; cut < length; cut++) {
        /* of its own, so that a sanitizer sees what is read beyond */
        char *copy = malloc(cut == 0 ? 1 : cut);

        assert_non_null(copy);
        memcpy(copy, bytes, cut);
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        expect_refusal((dyn_str_t){copy, cut}, "the bytes end before it does");
        free(copy);
    }
    expect_refusal((dyn_str_t){bytes, length + 1}, "1 bytes too many");
    bytes[4] = 9;
    expect_refusal((dyn_str_t){bytes, length}, "is of version 9; version 8 is read here");
    bytes[3] = 'Q';
    expect_refusal((dyn_str_t){bytes, length}, "does not begin with DYNA");
    expect_refusal(DYN_STR_NONE, "head: the bytes end before it does");
}

static void a_number_that_the_snapshot_has_not_is_refused(void **state)
{
    shop_t *small = shop_new(3);
    const dyn_snapshot_t *whole = snapshot;
    size_t length = answered();

    (void)state;
    snapshot = shop_open(small);
    expect_refusal((dyn_str_t){bytes, length}, "the snapshot has no number");
    snapshot = whole;
    shop_free(small);

    answered();
    deciding.decision.slots[0].choices[0].reference_kind = DYN_REFERENCE_CATEGORY;
    deciding.decision.slots[0].choices[0].reference = snapshot->category_count;

    bool complete;

    length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &complete);
    expect_refusal((dyn_str_t){bytes, length}, "reference: the snapshot has no number");

    answered();
    deciding.decision.slots[0].choices[0].score = 1.5F;
    length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &complete);
    expect_refusal((dyn_str_t){bytes, length}, "strength or propensity is none that there is");

    answered();
    deciding.decision.slots[0].choices[0].strength = -1;
    length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &complete);
    expect_refusal((dyn_str_t){bytes, length}, "strength or propensity is none that there is");

    answered();
    deciding.decision.slots[0].confidence = 2;
    length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &complete);
    expect_refusal((dyn_str_t){bytes, length}, "confidence of a slot: is not from 0 to 1");

    answered();
    deciding.decision.slots[0].choices[0].reference_kind = DYN_REFERENCE_TRAIT;
    deciding.decision.slots[0].choices[0].reference = snapshot->trait_count;
    length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &complete);
    expect_refusal((dyn_str_t){bytes, length}, "reference: the snapshot has no number");
}

static void any_byte_changed_is_refused_or_makes_another_answer(void **state)
{
    static char again[sizeof(bytes)];
    size_t length = answered();
    unsigned refused = 0;
    bool whole;

    (void)state;
    for (size_t at = 0; at < 2 * length; at++) {
        dyn_error_t error = {""};
        dyn_decision_t decision;
        char before = bytes[at / 2];

        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        bytes[at / 2] = (char)(at % 2 == 0 ? before ^ 1 : 0xff);
        if (dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length}, &arena, &decision,
                              &error)) {
            assert_int_equal(dyn_answer_encode(&decision, again, sizeof(again), &whole), length);
            assert_memory_equal(again, bytes, length);
        } else {
            refused++;
            assert_memory_equal(error.text, "answer: ", 8);
        }
        bytes[at / 2] = before;
    }
    assert_in_range(refused, length / 4, 2 * length - length / 4);
}

static void the_fuzz_target_begins_with_an_answer_of_todays_format(void **state)
{
    (void)state;
    fixture_seed("answer", bytes, answered());
}

static int set_up(void **state)
{
    (void)state;
    shop = shop_new(40);
    for (uint32_t i = 0; i < 40; i++) {
        shop_item(shop, i)->title = shop_string(shop, "A thing");
    }
    for (uint32_t i = 1; i < 12; i++) {
        shop_alike(shop, 0, i, 1.0F / (float)i);
    }
    for (uint32_t i = 30; i < 34; i++) {
        shop_orders(shop, SHOP_BOUGHT_WITH, 0, i, 1.0F / (float)i, i);
    }
    for (uint32_t i = 20; i < 30; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
    }
    snapshot = shop_open(shop);

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_survives_its_encoding),
        cmocka_unit_test(messages_and_the_rows_of_a_comparison_survive_too),
        cmocka_unit_test(what_rules_say_of_an_item_and_the_language_survive),
        cmocka_unit_test(a_language_that_the_policy_has_not_is_refused),
        cmocka_unit_test(the_page_token_is_no_part_of_an_answer),
        cmocka_unit_test(a_slot_that_finds_no_room_is_left_out),
        cmocka_unit_test(what_ends_too_early_or_too_late_is_refused),
        cmocka_unit_test(a_number_that_the_snapshot_has_not_is_refused),
        cmocka_unit_test(any_byte_changed_is_refused_or_makes_another_answer),
        cmocka_unit_test(the_fuzz_target_begins_with_an_answer_of_todays_format),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
