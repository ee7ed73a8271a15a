#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/trust/limit.h"
#include "engine/base/limits.h"

static dyn_rate_t rate_of(const char *text)
{
    dyn_rate_t rate;
    dyn_error_t error;

    assert_true(dyn_rate_parse(dyn_str_from(text), &rate, &error));

    return rate;
}

static void expect_no_rate(const char *text)
{
    dyn_rate_t rate;
    dyn_error_t error = {""};

    if (dyn_rate_parse(dyn_str_from(text), &rate, &error)) {
        fail_msg("\"%s\" was taken for a rate", text);
    }
    assert_non_null(strstr(error.text, "is no rate: write 1 to 1000000 in s, m or h and a burst"));
    assert_int_equal(rate.count, 0);
}

static void rates_are_a_count_a_unit_and_a_burst(void **state)
{
    dyn_rate_t rate = rate_of("20/s,400");

    (void)state;
    assert_int_equal(rate.count, 20);
    assert_int_equal(rate.per_ms, 1000);
    assert_int_equal(rate.burst, 400);

    rate = rate_of("600/m,1");
    assert_int_equal(rate.per_ms, 60000);
    assert_int_equal(rate.burst, 1);
    assert_int_equal(rate_of("1/h,1000000").burst, DYN_LIMIT_BURST_MAX);

    /* ten seconds of it, and no less than one body may become */
    assert_int_equal(rate_of("1/h").burst, DYN_EVENT_ENTRIES_MAX);
    assert_int_equal(rate_of("20/s").burst, DYN_EVENT_ENTRIES_MAX);
    assert_int_equal(rate_of("21/s").burst, 210);
    assert_int_equal(rate_of("1000000/s").burst, DYN_LIMIT_BURST_MAX);

    assert_int_equal(rate_of("off").count, 0);

    expect_no_rate("");
    expect_no_rate("20");
    expect_no_rate("20/");
    expect_no_rate("20/d");
    expect_no_rate("/s");
    expect_no_rate("0/s");
    expect_no_rate("-1/s");
    expect_no_rate("1000001/s");
    expect_no_rate("99999999999999999999/s");
    expect_no_rate("20/s,");
    expect_no_rate("20/s,0");
    expect_no_rate("20/s,1000001");
    expect_no_rate("20/s,40x");
    expect_no_rate("20/s 40");
    expect_no_rate("20/sec");
}

/* Takes at this time; returns the seconds to wait. */
static uint32_t take(dyn_bucket_t *set, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms,
                     uint32_t count)
{
    dyn_bucket_t *bucket = dyn_bucket_find(set, tag, now_ms);
    uint32_t wait = dyn_bucket_wait(bucket, tag, rate, now_ms, count);

    if (wait == 0) {
        dyn_bucket_fill(bucket, tag, rate, now_ms, count);
    }

    return wait;
}

static void a_burst_is_taken_and_then_the_rate(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t rate = rate_of("2/s,10");

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(take(set, 7, &rate, 1000, 1), 0);
    }
    assert_int_equal(take(set, 7, &rate, 1000, 1), 1);
    /* what was refused filled nothing */
    assert_int_equal(take(set, 7, &rate, 1499, 1), 1);
    assert_int_equal(take(set, 7, &rate, 1500, 1), 0);
    assert_int_equal(take(set, 7, &rate, 1500, 1), 1);
    /* the time to wait is enough, and a second less is not */
    assert_int_equal(take(set, 7, &rate, 1500, 8), 5);
    assert_int_not_equal(take(set, 7, &rate, 1500 + 3900, 8), 0);
    assert_int_equal(take(set, 7, &rate, 1500 + 5000, 8), 0);
    /* a pause gives the burst back and not more */
    assert_int_equal(take(set, 7, &rate, 3600000, 10), 0);
    assert_int_not_equal(take(set, 7, &rate, 3600000, 1), 0);
}

static void more_than_a_burst_is_taken_by_who_has_taken_nothing(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t rate = rate_of("1/s,3");

    (void)state;
    assert_int_equal(take(set, 7, &rate, 1000, 200), 0);
    /* and pays for all of it */
    assert_int_equal(take(set, 7, &rate, 1000, 1), 199);
    assert_int_equal(take(set, 7, &rate, 1000 + 199000, 1), 0);
    assert_int_not_equal(take(set, 7, &rate, 1000 + 199000, 200), 0);
}

static void a_set_forgets_who_limits_least_and_never_who_floods(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t rate = rate_of("1/h,10");

    (void)state;
    assert_int_equal(take(set, 1, &rate, 1000, 10), 0);
    for (uint64_t tag = 2; tag < 1000; tag++) {
        assert_int_equal(take(set, tag, &rate, 1000, 1), 0);
    }
    assert_int_not_equal(take(set, 1, &rate, 1000, 1), 0);
}

static void a_bucket_is_as_full_as_who_filled_it_says(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t slow = rate_of("60/h,60");
    dyn_rate_t fast = rate_of("200/s,4000");

    (void)state;
    assert_int_equal(take(set, 1, &slow, 1000, 60), 0);
    /* a flood at a fast rate: to it, what is slow would have drained long ago */
    for (uint64_t tag = 2; tag < 10000; tag++) {
        assert_int_equal(take(set, tag, &fast, 1000 + 10 * tag, 1), 0);
    }
    assert_int_not_equal(take(set, 1, &slow, 1000 + 59000, 1), 0);
    assert_int_equal(take(set, 1, &slow, 1000 + 10 * 10000, 1), 0);
}

static void a_set_without_an_empty_bucket_forgets_who_is_free_soonest(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t rate = rate_of("1/s,100");

    (void)state;
    for (uint64_t tag = 1; tag <= DYN_LIMIT_SET_BUCKETS; tag++) {
        assert_int_equal(take(set, tag, &rate, 1000, 90 + (uint32_t)tag), 0);
    }
    assert_int_equal(take(set, 99, &rate, 1000, 100), 0);
    for (uint64_t tag = 2; tag <= DYN_LIMIT_SET_BUCKETS; tag++) {
        assert_int_not_equal(take(set, tag, &rate, 1000, 50), 0);
    }
    assert_int_not_equal(take(set, 99, &rate, 1000, 1), 0);
}

static void the_slowest_and_the_fastest_rate_are_exact(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t slow = rate_of("1/h,1000000");
    dyn_rate_t fast = rate_of("1000000/s,1000000");
    uint64_t now = (uint64_t)1 << 40;

    (void)state;
    assert_int_equal(take(set, 1, &slow, now, 1000000), 0);
    assert_int_equal(take(set, 1, &slow, now, 1), 3601);
    assert_int_equal(take(set, 1, &slow, now + 3600000, 1), 0);
    assert_int_equal(take(set, 2, &fast, now, 1000000), 0);
    assert_int_equal(take(set, 2, &fast, now, 1), 1);
    assert_int_equal(take(set, 2, &fast, now + 1, 1000), 0);
    assert_int_equal(take(set, 2, &fast, now + 1, 1), 1);
}

static void a_clock_that_lags_or_begins_anew_does_no_harm(void **state)
{
    dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS] = {{0}};
    dyn_rate_t rate = rate_of("1/s,10");

    (void)state;
    /* a worker whose clock is behind: nothing drained, nothing forgotten */
    assert_int_equal(take(set, 8, &rate, 100000, 10), 0);
    assert_int_not_equal(take(set, 8, &rate, 99000, 1), 0);
    assert_int_not_equal(take(set, 8, &rate, 40001, 1), 0);
    /* more than ever fits into a bucket is of another clock */
    assert_int_equal(take(set, 9, &rate, 900000000, 10), 0);
    assert_int_equal(take(set, 9, &rate, 1000, 10), 0);
    assert_int_not_equal(take(set, 9, &rate, 1000, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_a_count_a_unit_and_a_burst),
        cmocka_unit_test(a_burst_is_taken_and_then_the_rate),
        cmocka_unit_test(more_than_a_burst_is_taken_by_who_has_taken_nothing),
        cmocka_unit_test(a_set_forgets_who_limits_least_and_never_who_floods),
        cmocka_unit_test(a_bucket_is_as_full_as_who_filled_it_says),
        cmocka_unit_test(a_set_without_an_empty_bucket_forgets_who_is_free_soonest),
        cmocka_unit_test(the_slowest_and_the_fastest_rate_are_exact),
        cmocka_unit_test(a_clock_that_lags_or_begins_anew_does_no_harm),
    };

    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
