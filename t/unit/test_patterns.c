/* What conditions ask of texts, at bounded cost, and the local time of a shop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/policy/patterns.h"
#include "engine/policy/zone.h"

static char block[1 << 20];
static dyn_arena_t arena;
static dyn_patterns_t *patterns;

static int begin(void **state)
{
    (void)state;
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    patterns = dyn_patterns_begin(&arena, 8);

    return patterns == NULL;
}

static int end(void **state)
{
    (void)state;
    dyn_patterns_free(patterns);

    return 0;
}

static uint32_t added(dyn_pattern_kind_t kind, const char *text)
{
    uint32_t number;
    size_t at;
    dyn_error_t error;

    if (!dyn_patterns_add(patterns, kind, dyn_str_from(text), &number, &at, &error)) {
        fail_msg("%s: %s", text, error.text);
    }

    return number;
}

static bool fits(uint32_t pattern, const char *text)
{
    uint32_t steps = DYN_PATTERN_STEPS_REQUEST;

    return dyn_pattern_fits(patterns, pattern, dyn_str_from(text), &steps);
}

/* Many of one text, and something else behind them. */
static dyn_str_t pumped(const char *text)
{
    static char room[DYN_WORDS_TEXT_BYTES_MAX];
    size_t filled = 0, length = strlen(text);

    while (filled + length < sizeof(room)) {
        memcpy(room + filled, text, length);
        filled += length;
    }
    room[filled++] = '!';

    return (dyn_str_t){room, filled};
}

static void words_are_all_in_the_text_in_any_order_without_case_and_accents(void **state)
{
    uint32_t words = added(DYN_PATTERN_WORDS, "Rain jäcket");

    (void)state;
    assert_true(fits(words, "blue JACKET for rain"));
    assert_true(fits(words, "rain,jacket"));
    assert_false(fits(words, "rain jackets"));
    assert_false(fits(words, "rain"));
    assert_false(fits(words, ""));
}

static void an_expression_is_found_anywhere_without_case(void **state)
{
    uint32_t expression = added(DYN_PATTERN_MATCHES, "^(alpine|tour)\\b");
    uint32_t anywhere = added(DYN_PATTERN_MATCHES, "ÄPFEL");

    (void)state;
    assert_true(fits(expression, "Alpine climbing"));
    assert_false(fits(expression, "the alpine club"));
    assert_false(fits(expression, "tours"));
    assert_true(fits(anywhere, "rote äpfel"));
    assert_true(fits(anywhere, "\xff äpfel \xc3"));
}

static void a_text_alone_is_the_whole_without_case(void **state)
{
    uint32_t text = added(DYN_PATTERN_EQUALS, "Summer-Sale");

    (void)state;
    assert_true(fits(text, "summer-sale"));
    assert_false(fits(text, "summer-sale 2"));
}

static void
an_expression_that_explodes_does_not_fit_and_costs_no_more_than_one_match_may(void **state)
{
    static const char *const hostile[] = {"(a+)+$",     "((a+)+)+$", "(a|aa)+$",
                                          "(a|a)*[bc]", "(.*)*[xy]", "(\\w+\\s?)+$"};

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        uint32_t pattern = added(DYN_PATTERN_MATCHES, hostile[i]);
        uint32_t steps = DYN_PATTERN_STEPS_REQUEST;

        assert_false(dyn_pattern_fits(patterns, pattern, pumped("a"), &steps));
        /* the item at which it is given up is counted, too */
        assert_in_range(DYN_PATTERN_STEPS_REQUEST - steps, DYN_PATTERN_STEPS_MAX,
                        DYN_PATTERN_STEPS_MAX + 9);
        assert_true(dyn_pattern_explodes(patterns, pattern, pumped("a")));
    }
}

static void a_plain_expression_costs_few_steps(void **state)
{
    uint32_t pattern = added(DYN_PATTERN_MATCHES, "(rain|wind) ?(jacket|coat)");
    uint32_t steps = DYN_PATTERN_STEPS_REQUEST;

    (void)state;
    assert_true(dyn_pattern_fits(patterns, pattern, DYN_STR("light rain jacket"), &steps));
    assert_in_range(DYN_PATTERN_STEPS_REQUEST - steps, 1, 40);
    assert_false(dyn_pattern_explodes(patterns, pattern, pumped("rain ")));
}

static void when_the_steps_of_a_request_are_spent_nothing_more_is_looked_for(void **state)
{
    uint32_t words = added(DYN_PATTERN_WORDS, "rain"), text = added(DYN_PATTERN_MATCHES, "rain"),
             hostile = added(DYN_PATTERN_MATCHES, "(a+)+$");
    uint32_t steps = DYN_PATTERN_STEPS_REQUEST;

    (void)state;
    for (int i = 0; i < 2 + DYN_PATTERN_STEPS_REQUEST / DYN_PATTERN_STEPS_MAX; i++) {
        assert_false(dyn_pattern_fits(patterns, hostile, pumped("a"), &steps));
    }
    steps = 0;
    assert_false(dyn_pattern_fits(patterns, text, DYN_STR("rain"), &steps));
    assert_false(dyn_pattern_fits(patterns, words, DYN_STR("rain"), &steps));
    assert_int_equal(steps, 0);
    assert_true(fits(text, "rain") && fits(words, "rain"));
}

static void what_is_no_pattern_is_refused_with_the_place_in_the_text(void **state)
{
    uint32_t number;
    size_t at;
    dyn_error_t error;

    (void)state;
    assert_false(
        dyn_patterns_add(patterns, DYN_PATTERN_MATCHES, DYN_STR("ab(c"), &number, &at, &error));
    assert_int_equal(at, 4);
    assert_string_equal(error.text,
                        "the regular expression is wrong here: missing closing parenthesis");
    assert_false(
        dyn_patterns_add(patterns, DYN_PATTERN_WORDS, DYN_STR("!?"), &number, &at, &error));
    assert_false(dyn_patterns_add(patterns, DYN_PATTERN_WORDS,
                                  DYN_STR("a b c d e f g h i j k l m n o p q"), &number, &at,
                                  &error));
    assert_string_equal(error.text, "these are more than 16 words");
    for (uint32_t i = 0; i < 8; i++) {
        added(DYN_PATTERN_EQUALS, "x");
    }
    assert_false(
        dyn_patterns_add(patterns, DYN_PATTERN_EQUALS, DYN_STR("x"), &number, &at, &error));
    assert_string_equal(error.text, "the file has more than 8 patterns");
}

/* ---- time zones ---- */

static void a_time_zone_tells_the_minute_and_weekday_of_a_time(void **state)
{
    static const struct {
        const char *zone, *time;
        uint32_t hour, minute, weekday;
    } times[] = {
        {"UTC", "2026-11-28T13:05:00Z", 13, 5, 5},
        {"+01:00", "2026-11-28T23:30:00Z", 0, 30, 6},
        {"-05:30", "2026-11-28T02:00:00Z", 20, 30, 4},
        /* the clocks change on the last Sundays of March and October, at 1:00 UTC */
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:00Z", 1, 59, 6},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 3, 0, 6},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:00Z", 2, 59, 6},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 2, 0, 6},
        /* summer lies over the end of the year */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-12-31T14:00:00Z", 1, 0, 4},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z", 10, 0, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char rule[DYN_ZONE_RULE_BYTES];
        dyn_error_t error;
        int64_t now_ms;
        uint32_t minute, weekday;

        if (!dyn_zone_rule(times[i].zone, rule, &error)) {
            fail_msg("%s: %s", times[i].zone, error.text);
        }
        assert_true(dyn_time_parse(dyn_str_from(times[i].time), &now_ms));
        dyn_zone_local(dyn_str_from(rule), now_ms, &minute, &weekday);
        if (minute != times[i].hour * 60 + times[i].minute || weekday != times[i].weekday) {
            fail_msg("%s at %s: %u:%02u on day %u", times[i].zone, times[i].time, minute / 60,
                     minute % 60, weekday);
        }
    }
}

static void a_time_without_an_offset_is_of_the_zone(void **state)
{
    static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
    static const struct {
        const char *zone, *text, *time;
    } times[] = {
        {"UTC0", "2026-11-01", "2026-11-01T00:00:00Z"},
        {berlin, "2026-11-01", "2026-10-31T23:00:00Z"},
        {berlin, "2026-07-01", "2026-06-30T22:00:00Z"},
        {berlin, "2026-07-01T08:00", "2026-07-01T06:00:00Z"},
        {berlin, "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"},
        {berlin, "2026-07-01 08:00:00 UTC", "2026-07-01T08:00:00Z"},
        {berlin, "2026-07-01T08:00:00-05:00", "2026-07-01T13:00:00Z"},
        /* the days on which the clocks change */
        {berlin, "2026-03-29", "2026-03-28T23:00:00Z"},
        {berlin, "2026-03-30", "2026-03-29T22:00:00Z"},
        {berlin, "2026-10-25", "2026-10-24T22:00:00Z"},
        {berlin, "2026-10-26", "2026-10-25T23:00:00Z"},
        /* an hour that there is not, and one that there is twice */
        {berlin, "2026-03-29T02:30", "2026-03-29T01:30:00Z"},
        {berlin, "2026-10-25T02:30", "2026-10-25T00:30:00Z"},
        /* at midnight the clocks go on to 1:00, and from 24:00 back to 23:00 */
        {"<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-09-06", "2026-09-06T04:00:00Z"},
        {"<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2026-04-05", "2026-04-05T04:00:00Z"},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01", "2025-12-31T13:00:00Z"},
        {berlin, "1970-01-01", "1970-01-01T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t wanted_ms, time_ms;
        char told[21];

        assert_true(dyn_time_parse(dyn_str_from(times[i].time), &wanted_ms));
        assert_true(
            dyn_zone_time(dyn_str_from(times[i].zone), dyn_str_from(times[i].text), &time_ms));
        if (time_ms != wanted_ms) {
            dyn_time_format(time_ms, told);
            fail_msg("%s in %s: %s", times[i].text, times[i].zone, told);
        }
    }
}

static void a_time_zone_that_there_is_not_is_refused(void **state)
{
    static const char *const zones[] = {"Europe/Berlln",
                                        "../../etc/passwd",
                                        "/etc/passwd",
                                        "+25:00",
                                        "CET-1CEST,M13.5.0,M10.5.0",
                                        "C-1",
                                        ""};
    char rule[DYN_ZONE_RULE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        dyn_error_t error = {""};

        if (dyn_zone_rule(zones[i], rule, &error)) {
            fail_msg("taken: %s", zones[i]);
        }
        assert_true(strlen(error.text) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(words_are_all_in_the_text_in_any_order_without_case_and_accents),
        TEST(an_expression_is_found_anywhere_without_case),
        TEST(a_text_alone_is_the_whole_without_case),
        TEST(an_expression_that_explodes_does_not_fit_and_costs_no_more_than_one_match_may),
        TEST(a_plain_expression_costs_few_steps),
        TEST(when_the_steps_of_a_request_are_spent_nothing_more_is_looked_for),
        TEST(what_is_no_pattern_is_refused_with_the_place_in_the_text),
#undef TEST
        cmocka_unit_test(a_time_zone_tells_the_minute_and_weekday_of_a_time),
        cmocka_unit_test(a_time_without_an_offset_is_of_the_zone),
        cmocka_unit_test(a_time_zone_that_there_is_not_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
