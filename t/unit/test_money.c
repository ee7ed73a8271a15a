#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/events/event.h"
#include "engine/base/limits.h"
#include "engine/base/item_id.h"
#include "engine/base/money.h"

static int64_t parsed(const char *amount, unsigned exponent)
{
    int64_t minor = -7;

    return dyn_money_parse(dyn_str_from(amount), exponent, &minor) ? minor : -1;
}

static void an_amount_becomes_minor_units(void **state)
{
    (void)state;
    assert_int_equal(parsed("129.00", 2), 12900);
    assert_int_equal(parsed("129", 2), 12900);
    assert_int_equal(parsed("129.5", 2), 12950);
    assert_int_equal(parsed("0.05", 2), 5);
    assert_int_equal(parsed("0", 2), 0);
    assert_int_equal(parsed("1980", 0), 1980);
    assert_int_equal(parsed("1.234", 3), 1234);
}

static void what_is_no_amount_is_refused(void **state)
{
    static const char *const bad[] = {"",    ".",  ".5", "5.",  "1.2.3",  "-1",    "+1",  "1,5",
                                      "1e3", " 1", "1 ", "0x1", "12.345", "EUR 1", "1..2"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parsed(bad[i], 2), -1);
    }
    assert_int_equal(parsed("1.0", 0), -1);
}

static void the_largest_price_is_taken_and_one_above_is_not(void **state)
{
    (void)state;
    assert_int_equal(parsed("19999999.99", 2), DYN_PRICE_MINOR_MAX - 1);
    assert_int_equal(parsed("20000000.00", 2), DYN_PRICE_MINOR_MAX);
    assert_int_equal(parsed("20000000.01", 2), -1);
    assert_int_equal(parsed("20000001", 2), -1);
    assert_int_equal(parsed("99999999999999999999999999999999", 2), -1);
}

static void exponents_follow_the_currency(void **state)
{
    (void)state;
    assert_int_equal(dyn_money_exponent(DYN_STR("EUR")), 2);
    assert_int_equal(dyn_money_exponent(DYN_STR("JPY")), 0);
    assert_int_equal(dyn_money_exponent(DYN_STR("jpy")), 0);
    assert_int_equal(dyn_money_exponent(DYN_STR("KWD")), 3);
    assert_int_equal(dyn_money_exponent(DYN_STR("CLF")), 4);
    assert_int_equal(dyn_money_exponent(DYN_STR_NONE), 2);
}

static void expect_format(int64_t minor, unsigned exponent, const char *expected)
{
    char text[24];
    size_t length = dyn_money_format(minor, exponent, text);

    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
}

static void minor_units_become_an_amount(void **state)
{
    (void)state;
    expect_format(12900, 2, "129.00");
    expect_format(5, 2, "0.05");
    expect_format(0, 2, "0.00");
    expect_format(0, 0, "0");
    expect_format(1980, 0, "1980");
    expect_format(1234, 3, "1.234");
    expect_format(-12900, 2, "-129.00");
    expect_format(INT64_MAX, 2, "92233720368547758.07");
    expect_format(INT64_MIN, 4, "-922337203685477.5808");
}

static void every_formatted_price_parses_to_itself(void **state)
{
    (void)state;
    for (unsigned exponent = 0; exponent <= 4; exponent++) {
        for (int64_t minor = 0; minor <= DYN_PRICE_MINOR_MAX; minor = minor * 3 + 1) {
            char text[24];
            int64_t back = -1;
            size_t length = dyn_money_format(minor, exponent, text);

            assert_true(dyn_money_parse((dyn_str_t){text, length}, exponent, &back));
            assert_int_equal(back, minor);
        }
    }
}

static void an_item_id_is_normalized(void **state)
{
    static const struct {
        const char *id;
        const char *expected;
    } cases[] = {
        {"pack-30", "pack-30"},
        {"gid://shopify/Product/123", "123"},
        {"gid://shopify/ProductVariant/9", "9"},
        {"gid://shopify/Product/", NULL},
        {"gid://shopify//gid://shopify//1", "1"}, /* one that was normalized is normalized */
        {"gid://shopify/", "gid://shopify/"},
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"", NULL},
        {"a\nb", NULL},
        {"a\x7f", NULL},
        {"\xc3", NULL},
        {"\xed\xa0\x80", NULL},
        {"\xc0\x80", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_str_t normalized = DYN_STR_NONE;
        bool good = dyn_item_id_normalize(dyn_str_from(cases[i].id), &normalized);

        assert_int_equal(good, cases[i].expected != NULL);
        if (good) {
            assert_true(dyn_str_equal(normalized, dyn_str_from(cases[i].expected)));
        }
    }
}

static void an_item_id_has_at_most_its_limit_of_bytes(void **state)
{
    char id[DYN_ITEM_ID_BYTES_MAX + 1];
    dyn_str_t normalized;

    (void)state;
    memset(id, 'a', sizeof(id));
    assert_true(dyn_item_id_normalize((dyn_str_t){id, DYN_ITEM_ID_BYTES_MAX - 1}, &normalized));
    assert_true(dyn_item_id_normalize((dyn_str_t){id, DYN_ITEM_ID_BYTES_MAX}, &normalized));
    assert_false(dyn_item_id_normalize((dyn_str_t){id, DYN_ITEM_ID_BYTES_MAX + 1}, &normalized));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_amount_becomes_minor_units),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(the_largest_price_is_taken_and_one_above_is_not),
        cmocka_unit_test(exponents_follow_the_currency),
        cmocka_unit_test(minor_units_become_an_amount),
        cmocka_unit_test(every_formatted_price_parses_to_itself),
        cmocka_unit_test(an_item_id_is_normalized),
        cmocka_unit_test(an_item_id_has_at_most_its_limit_of_bytes),
    };

    return cmocka_run_group_tests_name("money_and_ids", tests, NULL, NULL);
}
