/* What is left out of learning: times in the future, and what no single shopper does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/train/learning.h"
#include "cli/base/times.h"

static const int64_t minute = 60000, hour = 3600000, day = 86400000, start = 1772323200000;

/* ---- times ---- */

static dyn_times_t times;

static void add(int64_t time_ms, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_true(dyn_times_add(&times, time_ms, "file", i));
    }
}

/* Takes the times; what was added is gone afterwards. */
static void expect(int64_t as_of_ms, uint64_t set_aside)
{
    assert_int_equal(dyn_times_as_of(&times), as_of_ms);
    assert_int_equal(times.set_aside, set_aside);
    dyn_times_free(&times);
}

static void the_newest_time_is_what_time_it_is(void **state)
{
    (void)state;
    expect(0, 0);
    add(start, 1);
    expect(start, 0);
    add(start + 5, 3);
    add(start, 2);
    add(start + 3 * hour, 1);
    expect(start + 3 * hour, 0);
}

static void few_times_far_behind_a_gap_are_set_aside(void **state)
{
    (void)state;
    /* 30 days are believed, more are not, unless they are half of all or more than ten */
    add(start, 2);
    add(start + 30 * day, 1);
    expect(start + 30 * day, 0);
    add(start, 2);
    add(start + 30 * day + 1, 1);
    expect(start, 1);
    add(start, 1);
    add(start + 4000 * day, 1);
    expect(start + 4000 * day, 0);
    add(start, 21);
    add(start + 4000 * day, 10);
    expect(start, 10);
    add(start, 21);
    add(start + 4000 * day, 11);
    expect(start + 4000 * day, 0);
    /* 1 in 100 of many */
    add(start, 9900);
    add(start + 4000 * day, 100);
    expect(start, 100);
    add(start, 9898);
    add(start + 4000 * day, 101);
    expect(start + 4000 * day, 0);
}

static void a_lone_time_behind_a_day_without_any_is_set_aside_in_larger_files(void **state)
{
    (void)state;
    add(start, 98);
    add(start + 20 * day, 1);
    expect(start + 20 * day, 0);
    add(start, 99);
    add(start + 20 * day, 1);
    expect(start, 1);
    add(start, 99);
    add(start + day, 1);
    expect(start + day, 0);
    add(start, 99);
    add(start + day + 1, 1);
    expect(start, 1);
    add(start, 98);
    add(start + 20 * day, 2);
    expect(start + 20 * day, 0);
    add(start, 1998);
    add(start + 20 * day, 2);
    expect(start, 2);
}

static void several_wrong_clocks_are_set_aside_together(void **state)
{
    (void)state;
    add(start, 500);
    add(start + 2 * day, 1);
    add(start + 100 * day, 3);
    add(start + 4000 * day, 2);
    add(253402300799999, 1);
    expect(start + 2 * day, 6);
    assert_int_equal(times.count, 0);
}

static void what_is_said_to_be_now_decides_alone(void **state)
{
    (void)state;
    times.latest_ms = start + DYN_FUTURE_TOLERANCE_MS;
    add(start - 4000 * day, 5);
    add(start + 5 * minute, 1);
    add(start + 5 * minute + 1, 7);
    add(start + 4000 * day, 100);
    expect(start + 5 * minute, 107);

    times.latest_ms = start;
    add(start + 1, 3);
    expect(0, 3);
}

static void the_newest_places_are_kept_to_be_said(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 100; i++) {
        assert_true(dyn_times_add(&times, start + i * 37 % 100, "file", (uint64_t)(i * 37 % 100)));
    }
    assert_int_equal(times.newest_count, DYN_FUTURE_SAID_MAX);
    for (size_t i = 0; i < times.newest_count; i++) {
        assert_true(times.newest[i].line >= 100 - DYN_FUTURE_SAID_MAX);
        assert_int_equal(times.newest[i].time_ms, start + (int64_t)times.newest[i].line);
    }
    dyn_times_free(&times);
}

static void times_of_many_hours_are_counted(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 5000; i++) {
        add(start + (i * 1237 % 5000) * hour, 1);
    }
    expect(start + 4999 * hour, 0);
}

/* ---- limits ---- */

static dyn_clicks_t clicks;
static dyn_learning_limited_t limited;

static void click(uint32_t visitor, uint32_t item, double time, uint8_t kind, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        dyn_click_t one = {.session = visitor, .item = item, .time = time, .kind = kind};

        assert_true(dyn_clicks_add(&clicks, one));
    }
}

static void limit(void)
{
    assert_true(dyn_learning_limit(&clicks, &limited));
}

static size_t uncounted(void)
{
    size_t count = 0;

    for (size_t k = 0; k < clicks.count; k++) {
        count += clicks.clicks[k].uncounted;
    }

    return count;
}

static void of_one_item_a_day_the_limit_is_taken_and_one_more_is_not(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint32_t max;
    } cases[] = {
        {DYN_CLICK_VIEW, DYN_VISITOR_ITEM_VIEWS_PER_DAY_MAX},
        {DYN_CLICK_CART, DYN_VISITOR_ITEM_CARTS_PER_DAY_MAX},
        {DYN_CLICK_PURCHASE, DYN_VISITOR_ITEM_PURCHASES_PER_DAY_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t more = 0; more < 3; more++) {
            click(0, 5, 86400.0, cases[i].kind, cases[i].max - 1 + more);
            /* another item, another day, another visitor */
            click(0, 6, 86400.0, cases[i].kind, cases[i].max);
            click(0, 5, 2 * 86400.0, cases[i].kind, cases[i].max);
            click(1, 5, 86400.0, cases[i].kind, cases[i].max);
            limit();
            assert_int_equal(limited.clicks, more == 2);
            assert_int_equal(limited.visitors, more == 2);
            assert_int_equal(clicks.count, 4 * cases[i].max - 1 + (more > 0));
            dyn_clicks_free(&clicks);
        }
    }
}

static void of_all_items_a_day_the_limit_is_taken_and_one_more_is_not(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint32_t max;
    } cases[] = {
        {DYN_CLICK_VIEW, DYN_VISITOR_CLICKS_PER_DAY_MAX},
        {DYN_CLICK_CART, DYN_VISITOR_BOUGHT_PER_DAY_MAX},
        {DYN_CLICK_PURCHASE, DYN_VISITOR_BOUGHT_PER_DAY_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t more = 0; more < 3; more++) {
            /* the last one of the file is the first one of the day */
            for (uint32_t item = 0; item < cases[i].max - 1 + more; item++) {
                click(3, item, 86400.0 * 2 - 1 - item, cases[i].kind, 1);
            }
            limit();
            assert_int_equal(limited.clicks, more == 2);
            assert_int_equal(clicks.count, cases[i].max - 1 + (more > 0));
            assert_int_equal(clicks.clicks[0].item, more == 2);
            dyn_clicks_free(&clicks);
        }
    }
    click(0, 1, 1, DYN_CLICK_CART, 1);
    for (uint32_t item = 0; item < DYN_VISITOR_CLICKS_PER_DAY_MAX; item++) {
        click(0, item, 2, DYN_CLICK_VIEW, 1);
    }
    limit();
    assert_int_equal(limited.clicks, 1);
    dyn_clicks_free(&clicks);
}

static void for_popularity_a_visitor_weighs_no_more_than_a_good_customer(void **state)
{
    (void)state;
    /* 2 purchases, 2 carts, 2 views are 30 */
    click(0, 1, 10, DYN_CLICK_VIEW, 2);
    click(0, 1, 11, DYN_CLICK_CART, 2);
    click(0, 1, 12, DYN_CLICK_PURCHASE, 2);
    limit();
    assert_int_equal(limited.clicks, 0);
    assert_int_equal(uncounted(), 0);

    click(0, 1, 13, DYN_CLICK_VIEW, 1);
    limit();
    assert_int_equal(limited.clicks, 0);
    assert_int_equal(limited.uncounted, 1);
    assert_true(clicks.clicks[6].uncounted);
    dyn_clicks_free(&clicks);

    /* the purchases count first, however much was looked at before */
    click(0, 1, 10, DYN_CLICK_VIEW, 30);
    click(0, 1, 12, DYN_CLICK_PURCHASE, 2);
    limit();
    assert_int_equal(uncounted(), 20);
    assert_false(clicks.clicks[30].uncounted || clicks.clicks[31].uncounted);
    dyn_clicks_free(&clicks);
}

static void what_stays_keeps_its_order_and_times_before_1970_do_no_harm(void **state)
{
    (void)state;
    limit();
    assert_int_equal(clicks.count, 0);
    for (uint32_t i = 0; i < 10; i++) {
        click(i % 2, i, -5.0, DYN_CLICK_VIEW, 1);
        click(2, 77, 0, DYN_CLICK_PURCHASE, 1);
    }
    limit();
    assert_int_equal(limited.clicks, 8);
    assert_int_equal(clicks.count, 12);
    for (uint32_t k = 1, next = 1; k < clicks.count; k++) {
        if (clicks.clicks[k].session != 2) {
            assert_int_equal(clicks.clicks[k].item, next++);
        }
    }
    dyn_clicks_free(&clicks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_time_is_what_time_it_is),
        cmocka_unit_test(few_times_far_behind_a_gap_are_set_aside),
        cmocka_unit_test(a_lone_time_behind_a_day_without_any_is_set_aside_in_larger_files),
        cmocka_unit_test(several_wrong_clocks_are_set_aside_together),
        cmocka_unit_test(what_is_said_to_be_now_decides_alone),
        cmocka_unit_test(the_newest_places_are_kept_to_be_said),
        cmocka_unit_test(times_of_many_hours_are_counted),
        cmocka_unit_test(of_one_item_a_day_the_limit_is_taken_and_one_more_is_not),
        cmocka_unit_test(of_all_items_a_day_the_limit_is_taken_and_one_more_is_not),
        cmocka_unit_test(for_popularity_a_visitor_weighs_no_more_than_a_good_customer),
        cmocka_unit_test(what_stays_keeps_its_order_and_times_before_1970_do_no_harm),
    };

    return cmocka_run_group_tests_name("build_learning", tests, NULL, NULL);
}
