#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/trust/app_proxy.h"

/* The example of Shopify's own page, and others made with openssl. */
#define SHOP "extra=1&extra=2&shop=shop-name.myshopify.com&logged_in_customer_id="
#define REST "&path_prefix=%2Fapps%2Fawesome_reviews&timestamp=1317327555&signature="
#define EXAMPLE "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
enum { EXAMPLE_S = 1317327555 };
static const dyn_str_t hush = {"hush", 4};

static char room[65536];
static dyn_str_t customer;

static dyn_app_proxy_check_t verify(const char *query, const dyn_str_t *secrets, size_t count,
                                    int64_t now)
{
    dyn_arena_t arena;

    dyn_arena_init(&arena, room, sizeof(room), NULL, NULL);

    return dyn_app_proxy_verify(dyn_str_from(query), secrets, count, now, DYN_APP_PROXY_WINDOW_S,
                                &arena, &customer);
}

static dyn_app_proxy_check_t check(const char *query)
{
    return verify(query, &hush, 1, EXAMPLE_S);
}

static void the_example_of_shopifys_page_is_good_and_names_the_customer(void **state)
{
    (void)state;
    assert_int_equal(check(SHOP "1" REST EXAMPLE), DYN_APP_PROXY_GOOD);
    assert_int_equal(customer.len, 1);
    assert_memory_equal(customer.data, "1", 1);
}

static void the_order_of_arguments_does_not_matter_but_that_of_one_names_values_does(void **state)
{
    (void)state;
    assert_int_equal(
        check("signature=" EXAMPLE
              "&timestamp=1317327555&extra=1&&path_prefix=/apps/awesome_reviews&extra=2"
              "&logged_in_customer_id=1&shop=shop-name.myshopify.com"),
        DYN_APP_PROXY_GOOD);
    assert_int_equal(
        check("extra=2&extra=1&shop=shop-name.myshopify.com&logged_in_customer_id=1" REST EXAMPLE),
        DYN_APP_PROXY_BAD);
}

static void one_changed_argument_or_another_secret_makes_it_bad_and_names_nobody(void **state)
{
    static const dyn_str_t other = {"hush ", 5};

    (void)state;
    assert_int_equal(check(SHOP "2" REST EXAMPLE), DYN_APP_PROXY_BAD);
    assert_int_equal(customer.len, 0);
    assert_int_equal(check("more=1&" SHOP "1" REST EXAMPLE), DYN_APP_PROXY_BAD);
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, &other, 1, EXAMPLE_S), DYN_APP_PROXY_BAD);
    assert_int_equal(check(SHOP "1" REST "4c68"), DYN_APP_PROXY_BAD);
    assert_int_equal(check(SHOP "1" REST EXAMPLE "&signature=" EXAMPLE), DYN_APP_PROXY_BAD);
}

static void each_of_several_secrets_counts(void **state)
{
    const dyn_str_t secrets[] = {DYN_STR("newer"), DYN_STR("hush")};

    (void)state;
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, secrets, 2, EXAMPLE_S), DYN_APP_PROXY_GOOD);
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, secrets, 1, EXAMPLE_S), DYN_APP_PROXY_BAD);
}

static void its_time_is_within_five_minutes_of_now_on_either_side(void **state)
{
    (void)state;
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, &hush, 1, EXAMPLE_S + 300), DYN_APP_PROXY_GOOD);
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, &hush, 1, EXAMPLE_S - 300), DYN_APP_PROXY_GOOD);
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, &hush, 1, EXAMPLE_S + 301), DYN_APP_PROXY_OLD);
    assert_int_equal(verify(SHOP "1" REST EXAMPLE, &hush, 1, EXAMPLE_S - 301), DYN_APP_PROXY_OLD);
    assert_int_equal(customer.len, 0);
}

static void without_a_signature_it_is_unsigned_and_without_a_time_old(void **state)
{
    (void)state;
    assert_int_equal(check(""), DYN_APP_PROXY_UNSIGNED);
    assert_int_equal(check("shop=a&timestamp=1317327555"), DYN_APP_PROXY_UNSIGNED);
    assert_int_equal(check("signature="), DYN_APP_PROXY_UNSIGNED);
    /* printf 'shop=a' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(
        check("shop=a&signature=651fbc3e7d1c5893e475832f8eca2d5978483f5b2adfceafb90f26b53d52aaa3"),
        DYN_APP_PROXY_OLD);
}

static void an_argument_without_a_value_is_signed_as_an_empty_one(void **state)
{
    (void)state;
    /* printf 'a=shop=ätimestamp=1317327555' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(check("a&shop=%C3%A4&timestamp=1317327555&signature="
                           "1df29865bc7eb90b5d7abbc369dbad1126e2aa003eeb2a5b2fd8f25d2f802af6"),
                     DYN_APP_PROXY_GOOD);
}

static void an_empty_signature_beside_another_is_a_second_one(void **state)
{
    static const char *const queries[] = {
        "signature=&signature=" EXAMPLE "&" SHOP
        "1&path_prefix=%2Fapps%2Fawesome_reviews&timestamp=1317327555",
        "signature&" SHOP "1" REST EXAMPLE,
        SHOP "1" REST EXAMPLE "&signature=",
        "signature=&signature=",
    };

    (void)state;
    /* Shopify's example in Ruby takes them as a list of two, which is equal to no signature */
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        assert_int_equal(check(queries[i]), DYN_APP_PROXY_BAD);
        assert_int_equal(customer.len, 0);
    }
}

static void an_argument_of_neither_name_nor_value_is_signed_and_nothing_at_all_is_not(void **state)
{
    (void)state;
    /* printf '=a=1timestamp=1317327555' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(check("a=1&=&timestamp=1317327555&signature="
                           "c454a8155c616fbdcd8e70334777ddc2e654f33ebfd1547d153a9af3bde563e9"),
                     DYN_APP_PROXY_GOOD);
    /* printf 'a=1timestamp=1317327555' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(check("&a=1&&timestamp=1317327555&signature="
                           "42b239d51f7e42ebafefbdfcb041c7e6064d07cbe1291a632964eb3160210e7b&"),
                     DYN_APP_PROXY_GOOD);
}

static void a_customer_or_time_that_is_there_twice_is_bad_and_names_nobody(void **state)
{
    (void)state;
    /* printf 'logged_in_customer_id=1,2timestamp=1317327555' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(check("logged_in_customer_id=1&logged_in_customer_id=2&timestamp=1317327555"
                           "&signature="
                           "b7f069aacc415e003b928c15dc4643a0c1fd86f41f9d0484d33ab390eef6b53a"),
                     DYN_APP_PROXY_BAD);
    assert_int_equal(customer.len, 0);
    /* printf 'a=1timestamp=1,1317327555' | openssl dgst -sha256 -hmac hush */
    assert_int_equal(check("a=1&timestamp=1&timestamp=1317327555&signature="
                           "7bc754da708fa0b479d1c0ee00a8d18c02fe2c07e6d18d0dc1ad8ca4b7b2faf2"),
                     DYN_APP_PROXY_BAD);
}

static void more_arguments_than_a_shop_sends_and_no_memory_are_a_bad_signature(void **state)
{
    char query[4096];
    size_t len = 0;
    dyn_arena_t arena;

    (void)state;
    for (int i = 0; i < DYN_APP_PROXY_ARGUMENTS_MAX + 1; i++) {
        len += (size_t)snprintf(query + len, sizeof(query) - len, "a%d=1&", i);
    }
    assert_int_equal(check(query), DYN_APP_PROXY_BAD);
    for (size_t size = 0; size < 4096; size += 64) {
        dyn_arena_init(&arena, room, size, NULL, NULL);
        assert_int_not_equal(dyn_app_proxy_verify(dyn_str_from(SHOP "1" REST "00"), &hush, 1,
                                                  EXAMPLE_S, DYN_APP_PROXY_WINDOW_S, &arena,
                                                  &customer),
                             DYN_APP_PROXY_GOOD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_shopifys_page_is_good_and_names_the_customer),
        cmocka_unit_test(the_order_of_arguments_does_not_matter_but_that_of_one_names_values_does),
        cmocka_unit_test(one_changed_argument_or_another_secret_makes_it_bad_and_names_nobody),
        cmocka_unit_test(each_of_several_secrets_counts),
        cmocka_unit_test(its_time_is_within_five_minutes_of_now_on_either_side),
        cmocka_unit_test(without_a_signature_it_is_unsigned_and_without_a_time_old),
        cmocka_unit_test(an_argument_without_a_value_is_signed_as_an_empty_one),
        cmocka_unit_test(an_empty_signature_beside_another_is_a_second_one),
        cmocka_unit_test(an_argument_of_neither_name_nor_value_is_signed_and_nothing_at_all_is_not),
        cmocka_unit_test(a_customer_or_time_that_is_there_twice_is_bad_and_names_nobody),
        cmocka_unit_test(more_arguments_than_a_shop_sends_and_no_memory_are_a_bad_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
