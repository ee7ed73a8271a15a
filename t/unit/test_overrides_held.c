/* Which overrides a decision was made with, found by the version of its rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/input/overrides_held.h"

enum { ROWS = 600 };

static const int64_t begin_ms = 1700000000000;
static const char alone[] = "0123456789abcdef", other[] = "fedcba9876543210";

/* Entry n comes n seconds after begin_ms. */
static dyn_control_entry_t rows[ROWS];
static char names[ROWS][16];
static dyn_control_entries_t entries;
static dyn_overrides_held_t held;
static dyn_overrides_t wanted;
static char version[DYN_POLICY_VERSION_BYTES + 1];

static int begin(void **state)
{
    (void)state;
    entries = (dyn_control_entries_t){.rows = rows};
    memset(&held, 0, sizeof(held));
    dyn_overrides_begin(&wanted);

    return 0;
}

static int end(void **state)
{
    (void)state;
    dyn_overrides_held_end(&held);
    dyn_overrides_end(&wanted);

    return 0;
}

static int64_t second(size_t number)
{
    return begin_ms + (int64_t)number * 1000;
}

static dyn_control_position_t position_of(size_t number)
{
    return (uint64_t)second(number) << DYN_CONTROL_SEQUENCE_BITS;
}

static void add(dyn_control_kind_t kind, const char *item, int64_t until_ms)
{
    dyn_control_entry_t *entry = &rows[entries.count];

    (void)snprintf(names[entries.count], sizeof(names[0]), "%s", item);
    dyn_control_entry_begin(entry, kind);
    entry->position = position_of(entries.count);
    entry->item = dyn_str_from(names[entries.count++]);
    entry->author = DYN_STR("ada");
    entry->reason = DYN_STR("recalled");
    entry->until_ms = until_ms;
}

static void block(const char *item, int64_t until_ms)
{
    add(DYN_CONTROL_KIND_SET_OVERRIDE, item, until_ms);
}

/* The version of rules with the overrides of the first `count` entries, as nginx that looks at that time has them. */
static void version_after(size_t count, int64_t looked_ms)
{
    dyn_overrides_end(&wanted);
    dyn_overrides_begin(&wanted);
    for (size_t i = 0; i < count; i++) {
        (void)dyn_overrides_apply(&wanted, &rows[i]);
    }
    dyn_overrides_expire(&wanted, looked_ms);
    dyn_policy_version_beside(alone, &wanted, version);
}

/* Of a decision that saw the first `seen` entries; -1: none are found, else how many. */
static int found_at(size_t seen, int64_t time_ms)
{
    const char *both[] = {other, alone};
    const dyn_overrides_t *found;
    dyn_error_t error;

    if (held.about == NULL) {
        assert_true(dyn_overrides_held_begin(&held, &entries, &error));
    }
    assert_true(dyn_overrides_held(&held, both, 2, version, seen == 0 ? 0 : position_of(seen - 1),
                                   time_ms, &found, &error));
    assert_true(found == NULL || dyn_overrides_hash(found, 1) == dyn_overrides_hash(&wanted, 1));

    return found == NULL ? -1 : (int)found->count;
}

static void those_up_to_the_entry_that_the_decision_saw_are_found(void **state)
{
    (void)state;
    block("a", second(100));
    add(DYN_CONTROL_KIND_SET_STOCK, "b", 0);
    block("b", second(100));
    add(DYN_CONTROL_KIND_RESTORE, "a", 0);
    version_after(1, 0);
    assert_int_equal(found_at(1, second(1)), 1);
    assert_int_equal(found_at(2, second(2)), 1);
    version_after(3, 0);
    assert_int_equal(found_at(3, second(3)), 2);
    version_after(4, 0);
    assert_int_equal(found_at(4, second(4)), 1);
    /* positions may fall, as of records of several workers */
    version_after(3, 0);
    assert_int_equal(found_at(3, second(3)), 2);
}

static void those_of_entries_before_are_found_and_of_entries_behind_are_not(void **state)
{
    (void)state;
    block("a", second(100));
    block("b", second(100));
    block("c", second(100));
    version_after(1, 0);
    assert_int_equal(found_at(3, second(3)), 1);
    assert_int_equal(found_at(1, second(3)), 1);
    assert_int_equal(found_at(0, second(3)), -1);
    version_after(3, 0);
    assert_int_equal(found_at(2, second(3)), -1);
    assert_int_equal(found_at(3, second(3)), 3);
}

static void as_many_entries_are_gone_back_as_overrides_can_stand(void **state)
{
    char item[16];

    (void)state;
    for (int i = 0; i < DYN_OVERRIDES_HELD_BACK + 4; i++) {
        (void)snprintf(item, sizeof(item), "item-%d", i % 7);
        block(item, second(10000));
    }
    version_after(3, 0);
    assert_int_equal(found_at(DYN_OVERRIDES_HELD_BACK + 3, second(400)), 3);
    assert_int_equal(found_at(DYN_OVERRIDES_HELD_BACK + 4, second(400)), -1);
    version_after(DYN_OVERRIDES_HELD_BACK + 4, 0);
    assert_int_equal(found_at(DYN_OVERRIDES_HELD_BACK + 4, second(400)), 7);
    version_after(3, 0);
    assert_int_equal(found_at(3, second(400)), 3);
}

static void what_has_ended_is_found_with_it_and_without(void **state)
{
    (void)state;
    block("a", second(10));
    block("b", second(20));
    block("c", second(100));
    version_after(3, second(9));
    assert_int_equal(found_at(3, second(9)), 3);
    /* nginx looks a moment after the end */
    assert_int_equal(found_at(3, second(10)), 3);
    version_after(3, second(10));
    assert_int_equal(found_at(3, second(10)), 2);
    assert_int_equal(found_at(3, second(30)), 2);
    version_after(3, second(20));
    assert_int_equal(found_at(3, second(20)), 1);
}

static void what_has_not_ended_is_not_left_out(void **state)
{
    (void)state;
    block("a", second(10));
    block("b", second(100));
    version_after(2, second(10));
    assert_int_equal(found_at(2, second(9)), -1);
    /* what was looked for in vain is found when it can have been */
    assert_int_equal(found_at(2, second(9)), -1);
    assert_int_equal(found_at(2, second(10)), 1);
}

static void other_rules_have_none(void **state)
{
    (void)state;
    block("a", second(10));
    dyn_policy_version_beside("1111111111111111", &wanted, version);
    for (int i = 0; i < 2 * DYN_OVERRIDES_HELD_FAILED; i++) {
        version[0] = (char)('a' + i % 6);
        assert_int_equal(found_at(1, second(1)), -1);
    }
    version_after(1, 0);
    assert_int_equal(found_at(1, second(1)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(those_up_to_the_entry_that_the_decision_saw_are_found,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            those_of_entries_before_are_found_and_of_entries_behind_are_not, begin, end),
        cmocka_unit_test_setup_teardown(as_many_entries_are_gone_back_as_overrides_can_stand, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_has_ended_is_found_with_it_and_without, begin, end),
        cmocka_unit_test_setup_teardown(what_has_not_ended_is_not_left_out, begin, end),
        cmocka_unit_test_setup_teardown(other_rules_have_none, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
