#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/trust/page_token.h"

enum { now_s = 1700000000, max_age_s = 7200 };
static const dyn_str_t visitor = {"66fc66f2575a06af5f464345a49885be", DYN_VISITOR_HASH_BYTES};
static const dyn_str_t another = {"66fc66f2575a06af5f464345a49885bf", DYN_VISITOR_HASH_BYTES};

static dyn_visitor_key_t key_of(uint8_t first)
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];
    dyn_visitor_key_t key;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(first + i);
    }
    assert_true(dyn_visitor_key_prepare(bytes, &key));

    return key;
}

static bool valid(const char *token, dyn_str_t hash, int64_t at_s)
{
    dyn_visitor_key_t key = key_of(0);

    return dyn_page_token_valid(&key, hash, dyn_str_from(token), at_s, max_age_s);
}

static void a_token_is_what_its_header_says(void **state)
{
    dyn_visitor_key_t key = key_of(0);
    char token[DYN_PAGE_TOKEN_BYTES + 1];

    (void)state;
    assert_true(dyn_page_token_make(&key, visitor, now_s, token));
    /*
     * { printf '\0dynstore page token\0'; printf 66fc66f2575a06af5f464345a49885be6553f100; } | openssl dgst -sha256 -mac HMAC
     * -macopt hexkey:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f | cut -c 1-32
     */
    assert_string_equal(token, "6553f1006e08690ec9525f40c2924120421185fd");
}

static void a_token_is_good_for_its_visitor_key_and_time_only(void **state)
{
    dyn_visitor_key_t key = key_of(0);
    dyn_visitor_key_t other = key_of(1);
    char token[DYN_PAGE_TOKEN_BYTES + 1];

    (void)state;
    assert_true(dyn_page_token_make(&key, visitor, now_s, token));
    assert_true(valid(token, visitor, now_s));
    assert_false(valid(token, another, now_s));
    assert_false(dyn_page_token_valid(&other, visitor, dyn_str_from(token), now_s, max_age_s));

    assert_true(valid(token, visitor, now_s + max_age_s));
    assert_false(valid(token, visitor, now_s + max_age_s + 1));
    /* made by an nginx whose clock is ahead */
    assert_true(valid(token, visitor, now_s - DYN_PAGE_TOKEN_AHEAD_S));
    assert_false(valid(token, visitor, now_s - DYN_PAGE_TOKEN_AHEAD_S - 1));
}

static void a_changed_token_is_none(void **state)
{
    dyn_visitor_key_t key = key_of(0);
    char token[DYN_PAGE_TOKEN_BYTES + 1];

    (void)state;
    assert_true(dyn_page_token_make(&key, visitor, now_s, token));
    for (size_t i = 0; i < DYN_PAGE_TOKEN_BYTES; i++) {
        static const char other[] = "0123456789abcdefgA\xff ";
        char was = token[i];

        for (size_t k = 0; k < sizeof(other); k++) {
            token[i] = other[k];
            assert_int_equal(dyn_page_token_valid(&key, visitor,
                                                  (dyn_str_t){token, DYN_PAGE_TOKEN_BYTES}, now_s,
                                                  max_age_s),
                             token[i] == was);
        }
        token[i] = was;
    }
    assert_false(valid("", visitor, now_s));
    token[DYN_PAGE_TOKEN_BYTES - 1] = '\0';
    assert_false(valid(token, visitor, now_s));
}

static void no_visitor_and_no_time_make_no_token(void **state)
{
    dyn_visitor_key_t key = key_of(0);
    char token[DYN_PAGE_TOKEN_BYTES + 1];

    (void)state;
    assert_false(dyn_page_token_make(&key, DYN_STR(""), now_s, token));
    assert_false(dyn_page_token_make(&key, visitor, -1, token));
    assert_false(dyn_page_token_make(&key, visitor, (int64_t)UINT32_MAX + 1, token));
    assert_true(dyn_page_token_make(&key, visitor, UINT32_MAX, token));
}

static void no_visitors_hash_is_a_token(void **state)
{
    dyn_visitor_key_t key = key_of(0);
    char token[DYN_PAGE_TOKEN_BYTES + 1];
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    char name[128];

    (void)state;
    /* who may choose the text that names a visitor gets nobody's token by it */
    (void)snprintf(name, sizeof(name), "dynstore page token%.*s6553f100", (int)visitor.len,
                   visitor.data);
    assert_true(dyn_page_token_make(&key, visitor, now_s, token));
    assert_true(dyn_visitor_hash(&key, dyn_str_from(name), hash));
    assert_string_not_equal(token + DYN_PAGE_TOKEN_TIME_BYTES, hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_what_its_header_says),
        cmocka_unit_test(a_token_is_good_for_its_visitor_key_and_time_only),
        cmocka_unit_test(a_changed_token_is_none),
        cmocka_unit_test(no_visitor_and_no_time_make_no_token),
        cmocka_unit_test(no_visitors_hash_is_a_token),
    };

    return cmocka_run_group_tests_name("page_token", tests, NULL, NULL);
}
