#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "deciding.h"
#include "engine/record/answer.h"
#include "engine/record/record.h"
#include "policies.h"
#include "shop.h"

static char memory[1 << 22];
static dyn_arena_t arena;
static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static dyn_explanation_t explanation;

static const dyn_str_t log_rows[] = {{"vi 1699999999000 i00001", 23},
                                     {"se 1699999980000 - t=packs", 26}};
static const dyn_slot_t slot_rows[] = {{{"recs", 4}, 8}, {{"similar", 7}, 4}};
static const dyn_str_t visitor = {"0123456789abcdef0123456789abcdef", 32};

static void ask(dyn_question_t *question, uint64_t seed)
{
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_question_begin(question, snapshot, NULL);
    dyn_question_session(question, log_rows, 1, NULL, 0);
    question->context.surface = DYN_SURFACE_PDP;
    question->context.item_id = DYN_STR("i00000");
    question->slots = (dyn_slots_t){slot_rows, 2};
    question->now_ms = DECIDING_NOW_MS;
    question->seed = seed;
    question->ttl_s = 5;
}

static void decide_by(const dyn_policy_t *policy, const dyn_question_t *question,
                      dyn_decision_t *decision)
{
    assert_true(
        dyn_question_decide(snapshot, policy, question, NULL, &arena, decision, &explanation));
}

static void decide(const dyn_question_t *question, dyn_decision_t *decision)
{
    decide_by(NULL, question, decision);
}

static bool record_of(const dyn_question_t *question, const dyn_decision_t *decision,
                      bool replayable, dyn_record_t *record)
{
    const dyn_recorded_t recorded = {.snapshot = snapshot,
                                     .question = question,
                                     .decision = decision,
                                     .explanation = &explanation,
                                     .visitor = visitor,
                                     .replayable = replayable};

    return dyn_record_of(&recorded, &arena, record);
}

static void assert_same(dyn_str_t a, dyn_str_t b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}

static void assert_same_json(dyn_str_t a, dyn_str_t b)
{
    json_t *left = json_loadb(a.data, a.len, 0, NULL), *right = json_loadb(b.data, b.len, 0, NULL);

    assert_non_null(left);
    assert_true(json_equal(left, right));
    json_decref(left);
    json_decref(right);
}

static bool holds(dyn_str_t text, const char *words)
{
    return strstr(dyn_arena_str(&arena, text).data, words) != NULL;
}

static void a_record_is_the_same_after_a_file_and_after_a_stream(void **state)
{
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record, back;
    dyn_error_t error;

    (void)state;
    for (uint64_t seed = 1; seed < 50; seed++) {
        ask(&question, seed);
        question.context.item_id = (dyn_str_t){"i00000", seed % 7};
        decide(&question, &decision);
        assert_true(record_of(&question, &decision, true, &record));

        dyn_str_t line = dyn_record_line(&record, &arena);

        assert_null(memchr(line.data, '\n', line.len));
        assert_true(dyn_record_read_line(line, &arena, &back, &error));
        assert_same(back.id, record.id);
        assert_same(back.visitor, visitor);
        assert_same(back.question, record.question);
        assert_same(back.answer, record.answer);
        assert_same_json(back.summary, record.summary);

        const dyn_fact_t fields[] = {
            {DYN_STR("a"), record.answer},   {DYN_STR("later"), DYN_STR("ignored")},
            {DYN_STR("q"), record.question}, {DYN_STR("s"), record.summary},
            {DYN_STR("v"), record.visitor},  {DYN_STR("id"), record.id}};

        assert_true(dyn_record_read_fields(fields, 6, &back, &error));
        assert_same(dyn_record_line(&back, &arena), line);
    }
}

static void a_recorded_question_is_answered_with_the_recorded_bytes(void **state)
{
    dyn_question_t question, again;
    dyn_decision_t decision;
    dyn_record_t record, replayed;
    dyn_error_t error;

    (void)state;
    ask(&question, 77);
    decide(&question, &decision);
    assert_true(record_of(&question, &decision, true, &record));
    assert_true(dyn_question_decode(record.question, &arena, &again, &error));
    decide(&again, &decision);
    assert_true(record_of(&again, &decision, true, &replayed));
    assert_same(replayed.answer, record.answer);
    assert_same(replayed.summary, record.summary);
}

static void a_summary_names_versions_slots_and_items(void **state)
{
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record;

    (void)state;
    ask(&question, 0xabc);
    decide(&question, &decision);
    assert_true(decision.slot_count == 2 && decision.slots[0].count > 0);
    assert_true(record_of(&question, &decision, true, &record));

    json_t *root = json_loadb(record.summary.data, record.summary.len, 0, NULL);
    const char *schema, *surface, *rules, *build, *seed, *slot, *item;
    int replayable;

    assert_int_equal(json_unpack(root, "{s:s, s:s, s:{s:s, s:s}, s:s, s:b, s:[{s:s, s:[{s:s}]}]}",
                                 "schema", &schema, "surface", &surface, "versions", "snapshot",
                                 &build, "rules", &rules, "seed", &seed, "replayable", &replayable,
                                 "slots", "slot", &slot, "items", "id", &item),
                     0);
    assert_string_equal(schema, "dynstore.record/1");
    assert_string_equal(surface, "pdp");
    assert_string_equal(build, snapshot->build_id);
    assert_string_equal(seed, "0000000000000abc");
    assert_true(replayable);
    assert_string_equal(slot, "recs");
    assert_true(dyn_str_equal(
        dyn_str_from(item),
        dyn_snapshot_string(snapshot, snapshot->items[decision.slots[0].choices[0].item].id)));
    json_decref(root);
}

/* The rules of an item in the summary, as JSON; NULL: it is not shown. To be freed. */
static char *rules_of(dyn_str_t summary, const char *id)
{
    json_t *root = json_loadb(summary.data, summary.len, 0, NULL), *slot, *item;
    char *found = NULL;
    size_t s, i;

    json_array_foreach(json_object_get(root, "slots"), s, slot)
    {
        json_array_foreach(json_object_get(slot, "items"), i, item)
        {
            if (strcmp(json_string_value(json_object_get(item, "id")), id) == 0) {
                assert_null(found);
                found = json_dumps(json_object_get(item, "rules"), JSON_COMPACT);
            }
        }
    }
    json_decref(root);

    return found;
}

static void assert_rules(dyn_str_t summary, const char *id, const char *expected)
{
    char *found = rules_of(summary, id);

    assert_non_null(found);
    assert_string_equal(found, expected);
    free(found);
}

static void an_item_names_the_rules_that_touched_it_each_once(void **state)
{
    const dyn_policy_t *policy = policies_rules(
        snapshot, "{'id':'pin','then':{'pin':{'items':['i00030'],'position':2}}},"
                  "{'id':'season','when':{'item':{'id':['i00004','i00030']}},"
                  "'then':{'boost':1.5,'badge':'Summer'}},"
                  "{'id':'all','then':{'boost':1.1}},"
                  "{'id':'added','then':{'add':{'items':['i00031']}}},"
                  "{'id':'never','when':{'item':{'id':'i00001'}},'then':{'exclude':true}},"
                  "{'id':'elsewhere','when':{'surface':'cart'},'then':{'boost':2}}");
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record, brief;
    unsigned boosted = 0;
    char *shown;

    (void)state;
    for (uint64_t seed = 1; seed < 30; seed++) {
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        dyn_question_begin(&question, snapshot, policy);
        dyn_question_session(&question, log_rows, 1, NULL, 0);
        question.context.surface = DYN_SURFACE_PDP;
        question.context.item_id = (dyn_str_t){"i00002", seed % 7};
        question.slots = (dyn_slots_t){slot_rows, 2};
        question.now_ms = DECIDING_NOW_MS;
        question.seed = seed;
        decide_by(policy, &question, &decision);
        assert_true(record_of(&question, &decision, true, &record));
        assert_rules(record.summary, "i00030", "[\"pin\",\"all\",\"season\"]");
        shown = rules_of(record.summary, "i00004");
        if (shown != NULL) {
            assert_string_equal(shown, "[\"all\",\"season\"]");
            boosted++;
        }
        free(shown);
        assert_null(rules_of(record.summary, "i00001"));

        question.brief = true;
        decide_by(policy, &question, &decision);
        assert_true(record_of(&question, &decision, true, &brief));
        assert_same(brief.summary, record.summary);
        assert_same(brief.answer, record.answer);
    }
    assert_true(boosted > 0);
}

static void a_summary_has_the_trace_that_the_request_belongs_to_or_null(void **state)
{
    static const char *const written[] = {
        "\"traceparent\":null",
        "\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\""};
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        dyn_recorded_t recorded = {snapshot, &question, &decision, &explanation,
                                   .visitor = visitor};

        if (i > 0) {
            recorded.traceparent =
                DYN_STR("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        }
        ask(&question, 5);
        decide(&question, &decision);
        assert_true(dyn_record_of(&recorded, &arena, &record));
        assert_true(holds(record.summary, written[i]));
    }
}

static void a_record_that_may_not_be_replayed_holds_neither_question_nor_answer(void **state)
{
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record;

    (void)state;
    ask(&question, 5);
    question.context.search = DYN_STR("secret words");
    decide(&question, &decision);
    assert_true(record_of(&question, &decision, false, &record));

    dyn_str_t line = dyn_record_line(&record, &arena);

    assert_int_equal(record.question.len + record.answer.len, 0);
    assert_false(holds(line, "secret"));
    assert_true(holds(line, "\"replayable\":false"));
}

static void a_search_is_found_in_the_page_and_in_a_log_that_stores_it(void **state)
{
    dyn_question_t question;

    (void)state;
    ask(&question, 5);
    assert_false(dyn_record_tells_search(&question, true, &arena));
    dyn_question_session(&question, log_rows, 2, NULL, 0);
    assert_true(dyn_record_tells_search(&question, true, &arena));
    assert_false(dyn_record_tells_search(&question, false, &arena));
    question.context.search = DYN_STR("tent");
    assert_true(dyn_record_tells_search(&question, false, &arena));
}

static void a_share_takes_the_same_decisions_each_time_and_about_as_many(void **state)
{
    unsigned taken = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        char id[17];

        dyn_decision_id(seed, id);
        taken += dyn_record_samples(dyn_str_from(id), 100000);
        assert_false(dyn_record_samples(dyn_str_from(id), 0));
        assert_true(dyn_record_samples(dyn_str_from(id), 1000000));
        if (dyn_record_samples(dyn_str_from(id), 100000)) {
            assert_true(dyn_record_samples(dyn_str_from(id), 200000));
        }
    }
    assert_in_range(taken, 850, 1150);
}

static void a_line_that_is_no_record_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *line, *sentence;
    } rows[] = {
        {"", "record: should be a JSON object"},
        {"[]", "record: should be a JSON object"},
        {"{}", "record: s: its schema should be \"dynstore.record/1\""},
        {"{\"s\":{\"schema\":\"dynstore.record/2\"}}", "record: s: its schema should be"},
        {"{\"s\":{\"schema\":\"dynstore.record/1\"}}", "record: id: should be the 16 hex digits"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/1\"},\"q\":\"AA=A\"}",
         "record: q: is not base64"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/1\"},\"a\":\"A\"}",
         "record: a: is not base64"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/1\"},\"a\":\"AA==\"}",
         "record: q and a: should both be there"},
        {"{\"id\":\"0123456789abcde\\u001b\",\"s\":{\"schema\":\"dynstore.record/1\"}}",
         "record: id: should be the 16 hex digits"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/1\",\"time\":-1}}",
         "record: s: time: should be from 0"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/"
         "1\",\"time\":253402300800000}}",
         "record: s: time: should be from 0"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/"
         "1\",\"slots\":[{\"slot\":\"a\\u001b\"}]}}",
         "record: s: its texts should have no control characters"},
        {"{\"id\":\"0123456789abcdef\",\"s\":{\"schema\":\"dynstore.record/1\",\"a\\n\":1}}",
         "record: s: its texts should have no control characters"},
    };
    dyn_record_t record;
    dyn_error_t error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_false(dyn_record_read_line(dyn_str_from(rows[i].line), &arena, &record, &error));
        assert_memory_equal(error.text, rows[i].sentence, strlen(rows[i].sentence));
    }
}

static void an_entry_whose_summary_is_none_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *id, *summary, *sentence;
    } rows[] = {
        {"0123456789abcdef", "", "record: s: its schema should be"},
        {"0123456789abcdef", "{", "record: s: its schema should be"},
        {"0123456789abcdef", "{\"schema\":\"dynstore.record/1\"}\n{}", "record: s: its schema"},
        {"0123456789abcdef", "{\"schema\":\"dynstore.record/1\",\"surface\":\"\\u001b[2J\"}",
         "record: s: its texts should have no control characters"},
        {"0123456789abcdef", "{\"schema\":\"dynstore.record/1\",\"surface\":\"\xff\"}",
         "record: s: its schema should be"},
        {"0123456789ABCDEF", "{\"schema\":\"dynstore.record/1\"}", "record: id: should be"},
        {"\x1b[2J012345678901", "{\"schema\":\"dynstore.record/1\"}", "record: id: should be"},
    };
    dyn_record_t record;
    dyn_error_t error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const dyn_fact_t fields[] = {{DYN_STR("id"), dyn_str_from(rows[i].id)},
                                     {DYN_STR("s"), dyn_str_from(rows[i].summary)}};

        assert_false(dyn_record_read_fields(fields, 2, &record, &error));
        assert_memory_equal(error.text, rows[i].sentence, strlen(rows[i].sentence));
    }
}

static int make_shop(void **state)
{
    (void)state;
    shop = shop_new(40);
    for (uint32_t owner = 0; owner < 4; owner++) {
        for (uint32_t i = 1; i < 12; i++) {
            shop_edge(shop, SHOP_NEIGHBOURS, owner, owner + i, 1.0F / (float)i);
            shop_edge(shop, SHOP_SIMILAR, owner, owner + 2 * i, 1.0F / (float)i);
        }
    }
    snapshot = shop_open(shop);

    return snapshot == NULL;
}

static int free_shop(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_the_same_after_a_file_and_after_a_stream),
        cmocka_unit_test(a_recorded_question_is_answered_with_the_recorded_bytes),
        cmocka_unit_test(a_summary_names_versions_slots_and_items),
        cmocka_unit_test(an_item_names_the_rules_that_touched_it_each_once),
        cmocka_unit_test(a_summary_has_the_trace_that_the_request_belongs_to_or_null),
        cmocka_unit_test(a_record_that_may_not_be_replayed_holds_neither_question_nor_answer),
        cmocka_unit_test(a_search_is_found_in_the_page_and_in_a_log_that_stores_it),
        cmocka_unit_test(a_share_takes_the_same_decisions_each_time_and_about_as_many),
        cmocka_unit_test(a_line_that_is_no_record_is_refused_with_a_sentence),
        cmocka_unit_test(an_entry_whose_summary_is_none_is_refused_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, make_shop, free_shop);
}
