/* What a GrowthBook payload beside a rules file decides: its flags, and who is in which variant of an experiment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "engine/base/hash.h"
#include "engine/compile/compile.h"
#include "engine/experiment/assign.h"
#include "policies.h"
#include "shop.h"

enum { ITEMS = 8 };

static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static deciding_t deciding;
static visit_t visit;

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1 / (1 + (float)i));
    }
    snapshot = shop_open(shop);

    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

static void ask(const char *members, const char *features)
{
    static const dyn_slot_t slot = {{"recs", 4}, 4};

    visit_begin(&visit);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;
    deciding.context.visitor = 0x66fc66f2575a06afULL;
    deciding.request.slots = &slot;
    deciding.request.slot_count = 1;
    deciding.policy = policies_read_with(snapshot, members, features);
}

/* Whether the title of the flag's rule is shown. */
static bool is_on(void)
{
    return dyn_str_equal(deciding_run(&deciding, snapshot)->title, DYN_STR("On"));
}

#define TITLED "'rules': [{'id': 'on', 'when': {'flag': 'beta'}, 'then': {'title': 'On'}}]"

/* A feature that is for those who meet the condition. */
static void ask_beta(const char *condition)
{
    char payload[1024];

    snprintf(payload, sizeof(payload),
             "{'features': {'beta': {'defaultValue': false, 'rules': [{'condition': %s, 'force': "
             "true}]}}}",
             condition);
    ask(TITLED, payload);
}

static void a_flag_of_the_payload_is_on_where_the_features_value_is_true(void **state)
{
    static const struct {
        const char *value;
        bool on;
    } values[] = {{"true", true}, {"'b'", true},    {"7", true},  {"{}", true},
                  {"''", false},  {"false", false}, {"0", false}, {"null", false}};
    char payload[256];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(payload, sizeof(payload), "{'features': {'beta': {'defaultValue': %s}}}",
                 values[i].value);
        ask(TITLED, payload);
        assert_int_equal(is_on(), values[i].on);
    }
}

static void a_flag_of_the_file_goes_before_a_feature_of_the_same_name(void **state)
{
    (void)state;
    ask("'flags': {'beta': {'percent': 0}}, " TITLED,
        "{'features': {'beta': {'defaultValue': true}}}");
    assert_false(is_on());
}

static void describe_visitor(void)
{
    static const dyn_fact_t facts[] = {{{"plan", 4}, {"pro", 3}},
                                       {{"tag", 3}, {"vip", 3}},
                                       {{"tag", 3}, {"staff", 5}},
                                       {{"device", 6}, {"kiosk", 5}}};

    memcpy(deciding.context.country, "DE", 3);
    deciding.context.language = DYN_STR("de-AT");
    deciding.context.device = DYN_DEVICE_MOBILE;
    deciding.context.path = DYN_STR("/tents");
    deciding.context.returning = true;
    deciding.context.attributes = (dyn_attributes_t){facts, sizeof(facts) / sizeof(facts[0])};
}

static void a_feature_is_asked_with_what_is_known_of_the_visitor(void **state)
{
    static const struct {
        const char *condition;
        bool on;
    } conditions[] = {
        {"{'id': '66fc66f2575a06af'}", true},
        {"{'surface': 'home'}", true},
        {"{'country': {'$in': ['DE']}}", true},
        {"{'language': {'$regex': '^de'}}", true},
        {"{'path': '/tents'}", true},
        {"{'returning': true}", true},
        {"{'plan': 'pro'}", true},
        {"{'plan': 'free'}", false},
        {"{'tag': {'$all': ['staff', 'vip']}}", true},
        {"{'tag': {'$size': 2}}", true},
        /* what the shop says goes before what is known anyway */
        {"{'device': 'kiosk'}", true},
        {"{'device': 'mobile'}", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        ask_beta(conditions[i].condition);
        describe_visitor();
        if (is_on() != conditions[i].on) {
            fail_msg("%s", conditions[i].condition);
        }
    }
}

static void what_is_not_known_of_the_visitor_is_null(void **state)
{
    static const char *const names[] = {"country", "language", "path", "plan"};
    char condition[128];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(condition, sizeof(condition), "{'%s': {'$exists': false}}", names[i]);
        ask_beta(condition);
        assert_true(is_on());
        describe_visitor();
        assert_false(is_on());
    }
}

static void the_session_remembers_who_returns(void **state)
{
    (void)state;
    ask_beta("{'returning': true}");
    deciding.context.returning = true;
    assert_true(is_on());
    visit_views(&visit, 1);
    visit.session.event_count = 1;
    visit.session.returning = false;
    assert_false(is_on());
}

static void the_shop_may_say_who_it_is_but_an_unknown_visitor_has_no_id(void **state)
{
    static const dyn_fact_t facts[] = {{{"id", 2}, {"customer-7", 10}}};

    (void)state;
    ask_beta("{'id': 'customer-7'}");
    deciding.context.attributes = (dyn_attributes_t){facts, 1};
    assert_true(is_on());
    deciding.context.visitor = 0;
    assert_false(is_on());
    ask_beta("{'id': {'$exists': false}}");
    deciding.context.visitor = 0;
    assert_true(is_on());
}

#define TENTS                                                                                    \
    "'experiments': [{'id': 'tents', 'feature': 'tents-block', 'variants': [{'id': 'control'}, " \
    "{'id': 'few', 'slots': [{'slot': 'recs', 'limit': 2}]}]}]"

static void an_experiments_variant_is_the_value_that_growthbook_gives(void **state)
{
    uint32_t told = 0;

    (void)state;
    ask(TENTS,
        "{'features': {'tents-block': {'defaultValue': 'control', 'rules': [{'key': 'tents-1', "
        "'hashVersion': 2, 'variations': ['control', 'few'], 'weights': [0.4, 0.6], "
        "'coverage': 0.5}]}}}");
    for (uint64_t i = 1; i <= 200; i++) {
        static const double weights[] = {0.4, 0.6};
        dyn_bucket_t buckets[2];
        char value[DYN_EXPERIMENT_VALUE_BYTES + 1];
        int wanted;

        deciding.context.visitor = dyn_hash64(&i, sizeof(i));
        dyn_experiment_value(deciding.context.visitor, value);
        dyn_buckets(weights, 2, 0.5, buckets);
        wanted = dyn_bucket_of(dyn_experiment_hash(DYN_STR("tents-1"), dyn_str_from(value), 2),
                               buckets, 2);
        assert_int_equal(deciding_run(&deciding, snapshot)->count, wanted == 1 ? 2 : 4);
        assert_int_equal(deciding.decision.assignment_count, wanted >= 0);
        if (wanted >= 0) {
            assert_int_equal(deciding.decision.assignments[0].variant, wanted);
            told++;
        }
    }
    assert_in_range(told, 60, 140);
}

static void a_variant_that_growthbook_forces_is_in_force_and_is_no_exposure(void **state)
{
    (void)state;
    ask(TENTS, "{'features': {'tents-block': {'rules': [{'force': 'few'}]}}}");
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 2);
    assert_int_equal(deciding.decision.assignment_count, 0);
    deciding.request.force = DYN_STR("tents:control");
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 4);
    assert_int_equal(deciding.decision.assignment_count, 1);
}

static void a_value_that_is_no_variant_puts_nobody_into_the_experiment(void **state)
{
    static const char *const payloads[] = {
        "{'features': {'tents-block': {'rules': [{'force': 'many'}]}}}",
        "{'features': {'tents-block': {'defaultValue': null}}}", "{'features': {}}", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        ask(TENTS, payloads[i]);
        assert_int_equal(deciding_run(&deciding, snapshot)->count, 4);
        assert_int_equal(deciding.decision.assignment_count, 0);
    }
}

static void a_feature_that_the_payload_does_not_have_is_no_fault_and_off(void **state)
{
    (void)state;
    ask(TITLED, "{'features': {}}");
    assert_false(is_on());
}

static void assert_fault(const char *members, const char *features, const char *sentence)
{
    static char text[4096];
    dyn_policy_t *policy;
    dyn_error_t error;

    snprintf(text, sizeof(text), "{\"schema\": \"dynstore.rules/1\", %s}", members);

    const dyn_policy_source_t source = {"rules.json", dyn_str_from(text)};
    const dyn_policy_source_t beside = {"features.json",
                                        dyn_str_from(features == NULL ? "" : features)};

    assert_false(dyn_policy_compile_with(&source, features == NULL ? NULL : &beside, NULL, NULL,
                                         &policy, &error));
    assert_null(policy);
    assert_string_equal(error.text, sentence);
}

static void a_fault_of_payload_or_file_is_told_with_its_place(void **state)
{
    (void)state;
    assert_fault("\"rules\": []", "{\"features\": 1}",
                 "features.json: this is no payload of GrowthBook: \"features\" must be an object");
    assert_fault("\"rules\": [{\"id\": \"a\", \"when\": {\"flag\": \"beta\"}, \"then\": "
                 "{\"title\": \"x\"}}]",
                 NULL,
                 "rules.json:1:71: \"beta\" is no flag of this file that stands before: write it "
                 "into \"flags\"; a feature of GrowthBook needs its payload (dynstore_features, "
                 "--features)");
    assert_fault(
        "\"experiments\": [{\"id\": \"a\", \"feature\": \"b\", \"seed\": \"s\", \"variants\": []}]",
        "{\"features\": {}}",
        "rules.json:1:84: the \"feature\" of GrowthBook decides that: leave it out");
}

static void another_payload_is_another_version(void **state)
{
    char version[DYN_POLICY_VERSION_BYTES + 1];

    (void)state;
    ask(TITLED, "{'features': {}}");
    memcpy(version, deciding.policy->version, sizeof(version));
    ask(TITLED, "{'features': {} }");
    assert_string_not_equal(deciding.policy->version, version);
    ask(TITLED, "{'features': {}}");
    assert_string_equal(deciding.policy->version, version);
    ask("'rules': []", "{'features': {}}");
    assert_string_not_equal(deciding.policy->version, version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flag_of_the_payload_is_on_where_the_features_value_is_true),
        cmocka_unit_test(a_flag_of_the_file_goes_before_a_feature_of_the_same_name),
        cmocka_unit_test(a_feature_is_asked_with_what_is_known_of_the_visitor),
        cmocka_unit_test(what_is_not_known_of_the_visitor_is_null),
        cmocka_unit_test(the_session_remembers_who_returns),
        cmocka_unit_test(the_shop_may_say_who_it_is_but_an_unknown_visitor_has_no_id),
        cmocka_unit_test(an_experiments_variant_is_the_value_that_growthbook_gives),
        cmocka_unit_test(a_variant_that_growthbook_forces_is_in_force_and_is_no_exposure),
        cmocka_unit_test(a_value_that_is_no_variant_puts_nobody_into_the_experiment),
        cmocka_unit_test(a_feature_that_the_payload_does_not_have_is_no_fault_and_off),
        cmocka_unit_test(a_fault_of_payload_or_file_is_told_with_its_place),
        cmocka_unit_test(another_payload_is_another_version),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
