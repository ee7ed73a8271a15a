/* Overrides of the control stream: which of them stand, and what they do to a slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/compile/compile.h"

#include "deciding.h"
#include "shop.h"

enum { ITEMS = 12, WANTED = 4 };

static const int64_t until_ms = DECIDING_NOW_MS + 60000;

/* Item n is the n-th most popular: what is shown first is 0, 1, 2, 3. */
static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static deciding_t deciding;
static visit_t visit;
static dyn_slot_t slots[2];
static dyn_overrides_t overrides;
static uint64_t sequence;

static int begin(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1 / (1 + 0.01F * (float)i));
    }
    snapshot = shop_open(shop);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    slots[0] = (dyn_slot_t){DYN_STR("popular"), WANTED};
    slots[1] = (dyn_slot_t){DYN_STR("second"), WANTED};
    deciding.request.slots = slots;
    deciding.request.slot_count = 1;
    visit_begin(&visit);
    deciding.request.session = &visit.session;
    dyn_overrides_begin(&overrides);
    sequence = 0;

    return 0;
}

static int end(void **state)
{
    (void)state;
    dyn_overrides_end(&overrides);
    dyn_policy_free((dyn_policy_t *)deciding.policy);
    deciding.policy = NULL;
    shop_free(shop);

    return 0;
}

static dyn_control_entry_t entry_of(dyn_control_kind_t kind, const char *item)
{
    dyn_control_entry_t entry;

    dyn_control_entry_begin(&entry, kind);
    entry.item = dyn_str_from(item);
    entry.author = DYN_STR("ada");
    entry.reason = DYN_STR("recalled");
    entry.position = ((uint64_t)(DECIDING_NOW_MS - 1000) << 20) + ++sequence;
    entry.until_ms = until_ms;

    return entry;
}

static bool set(dyn_control_override_t override, const char *item, const char *other,
                const char *slot, uint32_t number)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_SET_OVERRIDE, item);

    entry.override = override;
    entry.other = dyn_str_from(other);
    entry.slot = dyn_str_from(slot);
    entry.place = override == DYN_CONTROL_OVERRIDE_PIN ? number : 0;
    entry.factor_thousandths = override == DYN_CONTROL_OVERRIDE_BOOST ? number : 0;

    return dyn_overrides_apply(&overrides, &entry);
}

static bool block(const char *item)
{
    return set(DYN_CONTROL_OVERRIDE_BLOCK, item, "", "", 0);
}

static void restore(const char *item)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_RESTORE, item);

    assert_true(dyn_overrides_apply(&overrides, &entry));
}

/* rules: of a file, with ' for ". */
static const char *version_of(const char *rules)
{
    static char text[1024];
    dyn_policy_t *policy;
    dyn_error_t error = {""};

    snprintf(text, sizeof(text), "{'schema': 'dynstore.rules/1', 'rules': [%s]}", rules);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }

    const dyn_policy_source_t source = {"rules.json", dyn_str_from(text)};

    if (!dyn_policy_compile_with(&source, NULL, &overrides, snapshot, &policy, &error)) {
        fail_msg("%s", error.text);
    }
    dyn_policy_free((dyn_policy_t *)deciding.policy);
    deciding.policy = policy;

    return policy->version;
}

static const char *shown_in(uint32_t slot)
{
    static char text[64];
    size_t length = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < deciding.decision.slots[slot].count; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u", i > 0 ? " " : "",
                                   deciding.decision.slots[slot].choices[i].item);
    }

    return text;
}

static const char *shows(const char *rules)
{
    (void)version_of(rules);
    deciding_run(&deciding, snapshot);

    return shown_in(0);
}

/* ---- what they do ---- */

static void a_block_holds_on_every_rung_and_over_pins(void **state)
{
    static const uint32_t shown[] = {1, 5, 6, 7};
    static const dyn_last_good_slot_t last_good = {{"recs", 4}, shown, WANTED};
    static const char pin[] =
        "{'id': 'a', 'priority': 1000000, 'then': {'pin': {'items': ['i00001']}}}";

    (void)state;
    assert_string_equal(shows(pin), "1 0 2 3");
    assert_true(block("i00001"));
    assert_string_equal(shows(pin), "0 2 3 4");
    /* without a session, and from what the visitor's last decision showed */
    deciding.request.session = NULL;
    assert_string_equal(shows(pin), "0 2 3 4");
    slots[0].name = DYN_STR("recs");
    deciding.request.last_good = &last_good;
    deciding.request.last_good_count = 1;
    assert_string_equal(shows(pin), "5 6 7 0");
    deciding.explains = true;
    assert_string_equal(shows(""), "5 6 7 0");
    assert_int_equal(removed_by(&deciding, 0, 1), DYN_FILTER_EXCLUDED);
}

static void a_block_of_a_slot_holds_there(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    assert_true(set(DYN_CONTROL_OVERRIDE_BLOCK, "i00001", "", "popular", 0));
    assert_string_equal(shows(""), "0 2 3 4");
    assert_string_equal(shown_in(1), "1 5 6 7");
}

static void a_pin_goes_before_those_of_the_file_and_the_newest_before_all(void **state)
{
    static const char pin[] =
        "{'id': 'a', 'priority': 1000000, 'then': {'pin': {'items': ['i00007']}}}";

    (void)state;
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00008", "", "", 0));
    assert_string_equal(shows(pin), "8 7 0 1");
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00009", "", "", 1));
    assert_string_equal(shows(pin), "9 8 7 0");
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00009", "", "", 3));
    assert_string_equal(shows(pin), "8 7 9 0");
    deciding.request.slot_count = 2;
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00010", "", "second", 1));
    assert_string_equal(shows(pin), "8 7 9 0");
    assert_string_equal(shown_in(1), "10 1 2 3");
}

static void a_boost_moves_up_and_one_below_1_moves_down(void **state)
{
    (void)state;
    assert_true(set(DYN_CONTROL_OVERRIDE_BOOST, "i00009", "", "", 2000));
    assert_true(set(DYN_CONTROL_OVERRIDE_BOOST, "i00000", "", "", 500));
    assert_string_equal(shows(""), "9 1 2 3");
}

static void two_items_that_are_apart_are_never_in_one_block(void **state)
{
    (void)state;
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "i00003", "i00001", "", 0));
    assert_string_equal(shows(""), "0 1 2 4");
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00003", "", "", 1));
    assert_string_equal(shows(""), "3 0 2 4");
}

static void an_item_that_the_snapshot_does_not_have_changes_nothing(void **state)
{
    (void)state;
    assert_true(block("nothing"));
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "nothing", "", "", 1));
    assert_true(set(DYN_CONTROL_OVERRIDE_BOOST, "nothing", "", "", 2000));
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "nothing", "i00000", "", 0));
    assert_string_equal(shows(""), "0 1 2 3");
}

static void an_override_ends_by_the_time_of_the_request(void **state)
{
    (void)state;
    assert_true(block("i00000"));
    deciding.request.now_ms = until_ms - 1;
    assert_string_equal(shows(""), "1 2 3 4");
    deciding.request.now_ms = until_ms;
    assert_string_equal(shows(""), "0 1 2 3");
}

static void its_rule_has_the_id_of_its_entry_and_says_who_and_why(void **state)
{
    const dyn_rule_t *rule;

    (void)state;
    assert_true(block("i00000"));
    (void)shows("");
    rule = &deciding.policy->rules[0];
    assert_true(dyn_str_equal(rule->id, DYN_STR("override-1699999999000-1")));
    assert_true(dyn_str_equal(rule->author, DYN_STR("ada")));
    assert_true(dyn_str_equal(rule->note, DYN_STR("recalled")));
    assert_int_equal(rule->until_ms, until_ms);
}

/* ---- which of them stand ---- */

static void the_version_tells_of_overrides_and_is_as_before_without_them(void **state)
{
    char without[DYN_POLICY_VERSION_BYTES + 1], one[DYN_POLICY_VERSION_BYTES + 1];

    (void)state;
    memcpy(without, version_of(""), sizeof(without));
    assert_true(block("i00000"));
    memcpy(one, version_of(""), sizeof(one));
    assert_string_not_equal(one, without);
    assert_true(block("i00001"));
    assert_string_not_equal(version_of(""), one);
    restore("i00001");
    assert_string_equal(version_of(""), one);
    restore("i00000");
    assert_string_equal(version_of(""), without);
}

static void restore_takes_back_all_that_name_the_item_and_nothing_else(void **state)
{
    (void)state;
    assert_true(block("i00000"));
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00000", "", "second", 1));
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "i00001", "i00000", "", 0));
    assert_true(block("i00002"));
    restore("i00000");
    assert_int_equal(overrides.count, 1);
    assert_string_equal(shows(""), "0 1 3 4");
}

static void restore_takes_back_one_kind_or_one_entry_where_it_says_so(void **state)
{
    dyn_control_entry_t of_a_kind = entry_of(DYN_CONTROL_KIND_RESTORE, "i00000");
    dyn_control_entry_t of_an_entry = entry_of(DYN_CONTROL_KIND_RESTORE, "i00001");

    (void)state;
    assert_true(block("i00000"));
    assert_true(set(DYN_CONTROL_OVERRIDE_PIN, "i00000", "", "", 4));
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "i00001", "i00002", "", 0));
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "i00001", "i00003", "", 0));
    of_a_kind.has = DYN_CONTROL_HAS(OVERRIDE);
    of_a_kind.override = DYN_CONTROL_OVERRIDE_BLOCK;
    assert_true(dyn_overrides_apply(&overrides, &of_a_kind));
    assert_int_equal(overrides.count, 3);
    assert_int_equal(overrides.rows[0].override, DYN_CONTROL_OVERRIDE_PIN);
    of_an_entry.entry = overrides.rows[2].position;
    assert_true(dyn_overrides_apply(&overrides, &of_an_entry));
    assert_int_equal(overrides.count, 2);
    assert_true(dyn_str_equal(overrides.rows[1].other, DYN_STR("i00002")));
    /* it is gone: nothing else is taken back for it */
    assert_true(dyn_overrides_apply(&overrides, &of_an_entry));
    assert_int_equal(overrides.count, 2);
}

static void a_newer_override_of_the_same_takes_the_place_of_the_older(void **state)
{
    (void)state;
    assert_true(set(DYN_CONTROL_OVERRIDE_BOOST, "i00009", "", "", 20000));
    assert_true(set(DYN_CONTROL_OVERRIDE_BOOST, "i00009", "", "", 1000));
    assert_int_equal(overrides.count, 1);
    assert_string_equal(shows(""), "0 1 2 3");
}

static void of_256_that_stand_no_further_one_is_taken_until_one_has_ended(void **state)
{
    dyn_control_entry_t late;
    char id[16];

    (void)state;
    for (int i = 0; i < DYN_OVERRIDES_MAX; i++) {
        snprintf(id, sizeof(id), "x%d", i);
        assert_true(block(id));
    }
    assert_false(block("i00000"));
    assert_int_equal(overrides.count, DYN_OVERRIDES_MAX);
    assert_int_equal(overrides.left_out, 1);
    assert_string_equal(shows(""), "0 1 2 3");
    restore("x7");
    assert_true(block("i00000"));
    assert_string_equal(shows(""), "1 2 3 4");
    /* all have ended when this is said */
    late = entry_of(DYN_CONTROL_KIND_SET_OVERRIDE, "i00001");
    late.override = DYN_CONTROL_OVERRIDE_BLOCK;
    late.position = (uint64_t)until_ms << 20;
    late.until_ms = until_ms + 1;
    assert_true(dyn_overrides_apply(&overrides, &late));
    assert_int_equal(overrides.count, 1);
    assert_string_equal(shows(""), "0 2 3 4");
}

static void a_copy_has_texts_of_its_own(void **state)
{
    dyn_overrides_t *copy = malloc(sizeof(*copy));
    uint64_t hash;

    (void)state;
    assert_non_null(copy);
    assert_true(block("i00000"));
    assert_true(set(DYN_CONTROL_OVERRIDE_APART, "i00001", "i00002", "second", 0));
    hash = dyn_overrides_hash(&overrides, 1);
    assert_true(dyn_overrides_copy(copy, &overrides));
    dyn_overrides_end(&overrides);
    assert_true(dyn_overrides_hash(copy, 1) == hash);
    assert_true(dyn_overrides_hash(&overrides, 1) == 1);
    dyn_overrides_end(copy);
    free(copy);
}

static void other_entries_are_none(void **state)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_SET_STOCK, "i00000");

    (void)state;
    assert_true(block("i00000"));
    assert_true(dyn_overrides_apply(&overrides, &entry));
    assert_int_equal(overrides.count, 1);
}

#define overrides_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        overrides_test(a_block_holds_on_every_rung_and_over_pins),
        overrides_test(a_block_of_a_slot_holds_there),
        overrides_test(a_pin_goes_before_those_of_the_file_and_the_newest_before_all),
        overrides_test(a_boost_moves_up_and_one_below_1_moves_down),
        overrides_test(two_items_that_are_apart_are_never_in_one_block),
        overrides_test(an_item_that_the_snapshot_does_not_have_changes_nothing),
        overrides_test(an_override_ends_by_the_time_of_the_request),
        overrides_test(its_rule_has_the_id_of_its_entry_and_says_who_and_why),
        overrides_test(the_version_tells_of_overrides_and_is_as_before_without_them),
        overrides_test(restore_takes_back_all_that_name_the_item_and_nothing_else),
        overrides_test(restore_takes_back_one_kind_or_one_entry_where_it_says_so),
        overrides_test(a_newer_override_of_the_same_takes_the_place_of_the_older),
        overrides_test(of_256_that_stand_no_further_one_is_taken_until_one_has_ended),
        overrides_test(a_copy_has_texts_of_its_own),
        overrides_test(other_entries_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
