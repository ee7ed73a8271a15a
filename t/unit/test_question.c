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
#include "engine/record/question.h"
#include "shop.h"

static char memory[1 << 20];
static dyn_arena_t arena;
static shop_t *shop;
static const dyn_snapshot_t *snapshot;

static const dyn_str_t log_rows[] = {{"vi 1699999999000 i00001", 23},
                                     {"ac 1699999990000 i00002", 23},
                                     {"se 1699999980000 - t=packs", 26}};
static const dyn_str_t history_rows[] = {{"pu 1690000000000 i00030", 23},
                                         {"wl 1690000000000 i00031", 23}};
static const dyn_fact_t fact_rows[] = {{{"first", 5}, {"1699999980000", 13}},
                                       {{"device", 6}, {"mobile", 6}}};
static const dyn_fact_t attribute_rows[] = {{{"segment", 7}, {"vip", 3}},
                                            {{"tier", 4}, {"gold", 4}}};
static const dyn_slot_t slot_rows[] = {{{"recs", 4}, 8}, {{"similar", 7}, 4}};
static const uint32_t last_items[] = {7, 3, 5};
static const dyn_last_good_slot_t last_rows[] = {{{"recs", 4}, last_items, 3},
                                                 {{"similar", 7}, last_items, 2}};

/* No part of it is empty or zero. */
static void ask(dyn_question_t *question)
{
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_question_begin(question, snapshot, NULL);
    dyn_question_session(question, log_rows, 3, fact_rows, 2);
    dyn_question_history(question, history_rows, 2);
    question->model = DYN_STR("0123456789abcdef");
    question->rules = DYN_STR("r7");
    question->overlay = 12;
    question->context = (dyn_context_t){
        .surface = DYN_SURFACE_PDP,
        .item_id = DYN_STR("i00000"),
        .country = "DE",
        .age = 18,
        .device = DYN_DEVICE_DESKTOP,
        .entry = {DYN_STR("news"), DYN_STR("mail"), DYN_STR("spring"), DYN_STR("packs"),
                  DYN_STR("top"), DYN_STR("gclid"), DYN_STR("example.com")},
        .search = DYN_STR("rain jacket"),
        .path = DYN_STR("/products/i00000"),
        .returning = true,
        .language = DYN_STR("de-AT"),
        .attributes = {attribute_rows, 2},
        .visitor = 0x1234,
    };
    question->force = DYN_STR("tents:b");
    question->shadow = true;
    question->slots = (dyn_slots_t){slot_rows, 2};
    question->last_good = (dyn_last_good_t){last_rows, 2};
    question->previous = (dyn_last_good_t){last_rows, 2};
    question->now_ms = DECIDING_NOW_MS;
    question->seed = 0x0123456789abcdef;
    question->ttl_s = 5;
}

static dyn_str_t encoded(const dyn_question_t *question)
{
    dyn_str_t bytes = dyn_question_encode(question, &arena);

    assert_non_null(bytes.data);

    return bytes;
}

static dyn_digest_t digest_of(const dyn_question_t *question)
{
    dyn_digest_t digest;

    assert_true(dyn_question_digest(question, &arena, &digest));

    return digest;
}

static dyn_question_t decoded(dyn_str_t bytes)
{
    dyn_error_t error = {""};
    dyn_question_t question;

    if (!dyn_question_decode(bytes, &arena, &question, &error)) {
        fail_msg("%s", error.text);
    }

    return question;
}

static void expect_refusal(dyn_str_t bytes, const char *sentence)
{
    dyn_error_t error = {""};
    dyn_question_t question;

    assert_false(dyn_question_decode(bytes, &arena, &question, &error));
    if (strncmp(error.text, "question: ", 10) != 0 || strstr(error.text, sentence) == NULL) {
        fail_msg("\"%s\" should say \"%s\"", error.text, sentence);
    }
}

/* ---- one way after the other in which a part may differ; false when there is no further one ---- */

#define NUMBER(type)                                \
    static bool change_##type(type *value, int way) \
    {                                               \
        *value = (type)(*value ^ 1);                \
        return way == 0;                            \
    }
NUMBER(uint8_t)
NUMBER(uint32_t)
NUMBER(uint64_t)
NUMBER(int64_t)
NUMBER(dyn_surface_t)
NUMBER(dyn_device_t)
#undef NUMBER

static bool change_bool(bool *value, int way)
{
    *value = !*value;

    return way == 0;
}

static bool change_dyn_build_id_t(dyn_build_id_t *value, int way)
{
    if (way < (int)sizeof(*value)) {
        (*value)[way] ^= 1;
    }

    return way < (int)sizeof(*value);
}

static bool change_dyn_country_t(dyn_country_t *value, int way)
{
    memcpy(*value, way == 0 ? "FE" : way == 1 ? "DK" : "", way < 2 ? 2 : 1);
    (*value)[1] = way == 2 ? '\0' : (*value)[1];

    return way < 3;
}

static bool change_dyn_str_t(dyn_str_t *value, int way)
{
    if (way == 0) {
        value->len--;
    } else if (way == 1) {
        *value = DYN_STR("other");
    } else {
        *value = DYN_STR_NONE;
    }

    return way < 3;
}

static bool change_dyn_entry_t(dyn_entry_t *value, int way)
{
    int at = 0;

#define X(member, name)                                   \
    if (way / 3 == at++) {                                \
        return change_dyn_str_t(&value->member, way % 3); \
    }
    DYN_ENTRY_FIELDS(X)
#undef X

    return false;
}

static bool change_dyn_log_t(dyn_log_t *value, int way)
{
    static dyn_str_t rows[3];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0] = log_rows[1];
        rows[1] = log_rows[0];
    } else if (way == 2) {
        rows[2].len--;
    } else {
        *value = (dyn_log_t){NULL, 0};
    }

    return way < 4;
}

static bool change_dyn_history_t(dyn_history_t *value, int way)
{
    static dyn_str_t rows[2];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0] = history_rows[1];
        rows[1] = history_rows[0];
    } else if (way == 2) {
        rows[1].len--;
    } else {
        *value = (dyn_history_t){NULL, 0};
    }

    return way < 4;
}

static bool change_dyn_facts_t(dyn_facts_t *value, int way)
{
    static dyn_fact_t rows[2];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0].name = DYN_STR("utm_source");
    } else if (way == 2) {
        rows[1].value = DYN_STR("tablet");
    } else {
        /* the same bytes in a row, of another length each */
        rows[1] = (dyn_fact_t){DYN_STR("devicem"), DYN_STR("obile")};
    }

    return way < 4;
}

static bool change_dyn_slots_t(dyn_slots_t *value, int way)
{
    static dyn_slot_t rows[2];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0].count++;
    } else {
        rows[1].name = DYN_STR("bought_with");
    }

    return way < 3;
}

static bool change_dyn_last_good_t(dyn_last_good_t *value, int way)
{
    static const uint32_t others[] = {7, 3, 6};
    static dyn_last_good_slot_t rows[2];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0].count--;
    } else if (way == 2) {
        rows[0].items = others;
    } else {
        rows[1].slot = DYN_STR("bought_with");
    }

    return way < 4;
}

static bool change_dyn_attributes_t(dyn_attributes_t *value, int way)
{
    static dyn_fact_t rows[2];

    memcpy(rows, value->rows, sizeof(rows));
    value->rows = rows;
    if (way == 0) {
        value->count--;
    } else if (way == 1) {
        rows[0].name = DYN_STR("role");
    } else {
        rows[1].value = DYN_STR("silver");
    }

    return way < 3;
}

static int context_parts(void)
{
    int parts = 0;

#define X(type, member) parts++;
    DYN_CONTEXT_PARTS(X)
#undef X

    return parts;
}

/* Ways of its first part, then of its second, and so on. */
static bool change_dyn_context_t(dyn_context_t *value, int way)
{
    const dyn_context_t before = *value;

    for (int part = 0; part < context_parts(); part++) {
        for (int inner = 0;; inner++) {
            bool changed = false;
            int at = 0;

            *value = before;
#define X(type, member)                                 \
    if (at++ == part) {                                 \
        changed = change_##type(&value->member, inner); \
    }
            DYN_CONTEXT_PARTS(X)
#undef X
            if (!changed) {
                break;
            }
            if (way-- == 0) {
                return true;
            }
        }
    }

    return false;
}

static bool same_digest(dyn_digest_t a, dyn_digest_t b)
{
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

/* Said here once more: whoever sets another part aside has to think of it twice. */
static bool set_aside(const char *part)
{
    static const char *const parts[] = {"overlay", "last_good", "previous",
                                        "now_ms",  "seed",      "ttl_s"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(parts[i], part) == 0) {
            return true;
        }
    }

    return false;
}

static void each_part_is_in_the_encoding_and_what_decides_is_in_the_digest(void **state)
{
    int changes = 0;

    (void)state;
#define X(type, member, use)                                                      \
    for (int way = 0;; way++) {                                                   \
        dyn_question_t question;                                                  \
                                                                                  \
        ask(&question);                                                           \
        dyn_str_t bytes = encoded(&question);                                     \
        dyn_digest_t digest = digest_of(&question);                               \
                                                                                  \
        if (!change_##type(&question.member, way)) {                              \
            break;                                                                \
        }                                                                         \
        changes++;                                                                \
        if (dyn_str_equal(bytes, encoded(&question))) {                           \
            fail_msg("%s, changed in way %d, encodes the same", #member, way);    \
        }                                                                         \
        if (same_digest(digest, digest_of(&question)) != set_aside(#member)) {    \
            fail_msg("%s, changed in way %d: the digest is wrong", #member, way); \
        }                                                                         \
    }
    DYN_QUESTION_PARTS(X)
#undef X
    assert_true(changes > 60);
}

static void what_was_shown_is_in_the_encoding_but_not_in_the_digest(void **state)
{
    const dyn_fact_t facts[] = {{DYN_STR("first"), DYN_STR("1700000000000")},
                                {DYN_STR("returning"), DYN_STR("1")}};
    const dyn_fact_t shown = {DYN_STR("shown"), DYN_STR("0badcafe:3,")};
    dyn_fact_t rows[3];
    dyn_question_t question;

    (void)state;
    ask(&question);
    question.facts = (dyn_facts_t){facts, 2};

    dyn_str_t bytes = encoded(&question);
    dyn_digest_t digest = digest_of(&question);

    for (size_t place = 0; place < 3; place++) {
        for (size_t i = 0, next = 0; i < 3; i++) {
            rows[i] = i == place ? shown : facts[next++];
        }
        question.facts = (dyn_facts_t){rows, 3};
        assert_false(dyn_str_equal(bytes, encoded(&question)));
        assert_true(same_digest(digest, digest_of(&question)));
    }

    rows[2].name = DYN_STR("shown2");
    assert_false(same_digest(digest, digest_of(&question)));
}

static void a_question_survives_its_encoding(void **state)
{
    static deciding_t first;
    static deciding_t second;
    dyn_question_t question;

    (void)state;
    for (int there = 0; there < 2; there++) {
        ask(&question);
        question.has_session = there == 1;

        dyn_str_t bytes = encoded(&question);
        dyn_question_t again = decoded(bytes);

        assert_true(dyn_str_equal(bytes, encoded(&again)));
        assert_true(same_digest(digest_of(&question), digest_of(&again)));

        dyn_arena_init(&first.arena, first.block, sizeof(first.block), NULL, NULL);
        dyn_arena_init(&second.arena, second.block, sizeof(second.block), NULL, NULL);
        assert_true(dyn_question_decide(snapshot, NULL, &question, NULL, &first.arena,
                                        &first.decision, NULL));
        assert_true(dyn_question_decide(snapshot, NULL, &again, NULL, &second.arena,
                                        &second.decision, &second.explanation));
        assert_int_equal(first.decision.rung, there ? DYN_RUNG_SESSION : DYN_RUNG_CONTEXT);
        assert_true((second.explanation.session != NULL) == (there == 1));
        assert_string_equal(first.decision.id, second.decision.id);
        assert_int_equal(first.decision.item_count, second.decision.item_count);
        assert_true(first.decision.item_count > 0);
        for (uint32_t i = 0; i < 2; i++) {
            for (uint32_t k = 0; k < first.decision.slots[i].count; k++) {
                assert_int_equal(first.decision.slots[i].choices[k].item,
                                 second.decision.slots[i].choices[k].item);
            }
        }
    }
}

static void a_question_is_decided_as_its_folded_session_is(void **state)
{
    static deciding_t by_hand;
    static deciding_t asked;
    dyn_question_t question;
    dyn_session_t session;

    (void)state;
    ask(&question);
    deciding_begin(&by_hand, DYN_SURFACE_PDP, "i00000");
    by_hand.context = question.context;
    by_hand.request.slots = slot_rows;
    by_hand.request.slot_count = 2;

    const dyn_session_record_t record = {
        .log = log_rows,
        .log_count = 3,
        .history = history_rows,
        .history_count = 2,
        .facts = fact_rows,
        .fact_count = 2,
        .now_ms = DECIDING_NOW_MS,
    };

    assert_true(dyn_session_fold(snapshot, &record, &arena, &session));
    by_hand.request.session = &session;
    by_hand.request.previous = question.previous.rows;
    by_hand.request.previous_count = question.previous.count;
    deciding_run(&by_hand, snapshot);

    dyn_arena_init(&asked.arena, asked.block, sizeof(asked.block), NULL, NULL);
    assert_true(dyn_question_decide(snapshot, NULL, &question, NULL, &asked.arena, &asked.decision,
                                    &asked.explanation));
    assert_int_equal(asked.decision.moment, by_hand.decision.moment);
    assert_int_equal(asked.decision.ttl_s, 5);
    assert_int_equal(asked.decision.now_ms, DECIDING_NOW_MS);
    assert_int_equal(asked.explanation.session->event_count, 3);
    assert_int_equal(asked.decision.item_count, by_hand.decision.item_count);
    for (uint32_t i = 0; i < asked.decision.slots[0].count; i++) {
        assert_int_equal(asked.decision.slots[0].choices[i].item,
                         by_hand.decision.slots[0].choices[i].item);
        assert_true(asked.decision.slots[0].choices[i].score ==
                    by_hand.decision.slots[0].choices[i].score);
    }
}

static void what_ends_too_early_or_too_late_is_refused(void **state)
{
    dyn_question_t question;

    (void)state;
    ask(&question);

    dyn_str_t bytes = encoded(&question);
    char *copy = malloc(bytes.len + 1);

    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = '\0';
    for (size_t length = 0; length < bytes.len; length++) {
        /* of its own, so that a sanitizer sees what is read beyond */
        char *cut = malloc(length + 1);

        assert_non_null(cut);
        memcpy(cut, bytes.data, length);
        cut = realloc(cut, length == 0 ? 1 : length);
        assert_non_null(cut);
        expect_refusal((dyn_str_t){cut, length}, "");
        free(cut);
    }
    expect_refusal(DYN_STR_NONE, "head: the bytes end before it does");
    expect_refusal((dyn_str_t){copy, bytes.len + 1}, "1 bytes too many");
    expect_refusal((dyn_str_t){copy, bytes.len - 1}, "ttl_s: the bytes end before it does");
    copy[4] = 1;
    expect_refusal((dyn_str_t){copy, bytes.len}, "is of version 1; version 5 is read here");
    copy[0] = 'd';
    expect_refusal((dyn_str_t){copy, bytes.len}, "does not begin with DYNQ");
    free(copy);
}

static void what_no_question_can_hold_is_refused(void **state)
{
    dyn_slot_t slots[2] = {{DYN_STR("recs"), 25}, {DYN_STR("similar"), 4}};
    dyn_question_t question;

    (void)state;
    ask(&question);
    question.context.surface = (dyn_surface_t)DYN_SURFACES_COUNT;
    expect_refusal(encoded(&question), "surface: is 7, and may be at most 6");
    ask(&question);
    question.context.device = (dyn_device_t)DYN_DEVICES_COUNT;
    expect_refusal(encoded(&question), "device: is 4, and may be at most 3");
    ask(&question);
    memcpy(question.context.country, "D1", 2);
    expect_refusal(encoded(&question), "country: should be two capitals");
    for (int64_t beyond = 0; beyond < 2; beyond++) {
        ask(&question);
        question.now_ms = beyond == 0 ? -1 : DYN_TIME_MS_MAX + 1;
        expect_refusal(encoded(&question), "now_ms: should be from 0 to");
        question.now_ms = beyond == 0 ? 0 : DYN_TIME_MS_MAX;
        assert_int_equal(decoded(encoded(&question)).now_ms, question.now_ms);
    }
    ask(&question);
    question.slots.rows = slots;
    expect_refusal(encoded(&question), "slots: is 25, and may be at most 24");
    ask(&question);
    slots[0] = (dyn_slot_t){DYN_STR("recs=8"), 8};
    question.slots.rows = slots;
    expect_refusal(encoded(&question), "slots: a slot's name must be 1 to 32 bytes");
    ask(&question);
    slots[0].name = DYN_STR_NONE;
    question.slots.rows = slots;
    expect_refusal(encoded(&question), "slots: a slot's name must be 1 to 32 bytes");
}

static void any_byte_changed_is_refused_or_makes_another_question(void **state)
{
    dyn_question_t question;
    unsigned refused = 0;

    (void)state;
    ask(&question);

    dyn_str_t bytes = encoded(&question);
    size_t length = bytes.len;
    char *copy = malloc(length);

    assert_non_null(copy);
    for (size_t at = 0; at < 2 * length; at++) {
        dyn_error_t error = {""};

        ask(&question);
        bytes = encoded(&question);
        memcpy(copy, bytes.data, length);
        copy[at / 2] = (char)(at % 2 == 0 ? copy[at / 2] ^ 1 : 0xff);
        if (dyn_question_decode((dyn_str_t){copy, length}, &arena, &question, &error)) {
            assert_true(dyn_str_equal((dyn_str_t){copy, length}, encoded(&question)));
        } else {
            refused++;
            assert_memory_equal(error.text, "question: ", 10);
        }
    }
    assert_in_range(refused, length / 4, 2 * length - length / 4);
    free(copy);
}

static void lists_are_cut_at_their_limits(void **state)
{
    static dyn_str_t log[DYN_SESSION_EVENTS_MAX + 1];
    static dyn_fact_t facts[DYN_SESSION_FACTS_MAX + 1];
    dyn_question_t question;

    (void)state;
    for (size_t i = 0; i <= DYN_SESSION_EVENTS_MAX; i++) {
        log[i] = log_rows[i % 3];
    }
    for (size_t i = 0; i <= DYN_SESSION_FACTS_MAX; i++) {
        facts[i] = fact_rows[i % 2];
    }
    for (size_t more = 0; more < 3; more++) {
        ask(&question);
        dyn_question_session(&question, log, DYN_SESSION_EVENTS_MAX - 1 + more, facts,
                             DYN_SESSION_FACTS_MAX - 1 + more);

        dyn_question_history(&question, log, DYN_HISTORY_EVENTS_MAX - 1 + more);

        dyn_question_t again = decoded(encoded(&question));

        assert_int_equal(again.history.count, DYN_HISTORY_EVENTS_MAX - (more == 0));
        assert_int_equal(again.log.count, DYN_SESSION_EVENTS_MAX - (more == 0));
        assert_int_equal(again.facts.count, DYN_SESSION_FACTS_MAX - (more == 0));

        /* whoever fills them in by hand is not trusted, either */
        question.log.count = DYN_SESSION_EVENTS_MAX + 1;
        question.facts.count = DYN_SESSION_FACTS_MAX + 1;
        question.history.count = DYN_HISTORY_EVENTS_MAX + 1;
        assert_int_equal(decoded(encoded(&question)).history.count, DYN_HISTORY_EVENTS_MAX);
        assert_int_equal(decoded(encoded(&question)).log.count, DYN_SESSION_EVENTS_MAX);
    }
}

static void a_digest_keeps_no_memory_and_an_arena_too_small_is_told(void **state)
{
    dyn_digest_t digest;
    dyn_question_t question;

    (void)state;
    ask(&question);

    const char *before = arena.pos;

    digest = digest_of(&question);
    assert_ptr_equal(arena.pos, before);
    assert_true(digest.words[0] != 0 || digest.words[1] != 0);

    dyn_arena_init(&arena, memory, 64, NULL, NULL);
    assert_false(dyn_question_digest(&question, &arena, &digest));
    dyn_arena_init(&arena, memory, 64, NULL, NULL);
    assert_null(dyn_question_encode(&question, &arena).data);

    /* longer than what is usually enough */
    static char long_text[8192];

    ask(&question);
    memset(long_text, 'x', sizeof(long_text));
    question.rules = (dyn_str_t){long_text, sizeof(long_text)};
    digest = digest_of(&question);
    long_text[sizeof(long_text) - 1] = 'y';
    assert_false(same_digest(digest, digest_of(&question)));
}

static void the_fuzz_target_begins_with_a_question_of_todays_format(void **state)
{
    dyn_question_t question;

    (void)state;
    ask(&question);

    dyn_str_t bytes = encoded(&question);

    fixture_seed("question", bytes.data, bytes.len);
}

static int set_up(void **state)
{
    (void)state;
    shop = shop_new(40);
    for (uint32_t i = 1; i < 12; i++) {
        shop_alike(shop, 0, i, 1.0F / (float)i);
    }
    for (uint32_t i = 1; i < 12; i++) {
        shop_alike(shop, 1, 11 + i, 1.0F / (float)i);
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
        cmocka_unit_test(each_part_is_in_the_encoding_and_what_decides_is_in_the_digest),
        cmocka_unit_test(what_was_shown_is_in_the_encoding_but_not_in_the_digest),
        cmocka_unit_test(a_question_survives_its_encoding),
        cmocka_unit_test(a_question_is_decided_as_its_folded_session_is),
        cmocka_unit_test(what_ends_too_early_or_too_late_is_refused),
        cmocka_unit_test(what_no_question_can_hold_is_refused),
        cmocka_unit_test(any_byte_changed_is_refused_or_makes_another_question),
        cmocka_unit_test(lists_are_cut_at_their_limits),
        cmocka_unit_test(a_digest_keeps_no_memory_and_an_arena_too_small_is_told),
        cmocka_unit_test(the_fuzz_target_begins_with_a_question_of_todays_format),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
