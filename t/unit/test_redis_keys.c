/* Keys in Redis have the names that docs/data-model.md gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "redis/keys.h"

#define HASH "66fc66f2575a06af5f464345a49885be"

static void is_key(const char *key, const char *end, const char *expected)
{
    assert_int_equal(end - key, strlen(expected));
    assert_memory_equal(key, expected, strlen(expected));
}

static void keys_have_the_names_of_the_data_model(void **state)
{
    size_t length;
    char *bytes = fixture_read("docs/data-model.md", &length), *text = calloc(1, length + 1);
    static const struct {
        const char *name;
        dyn_redis_key_e kind;
    } commands[] = {{"LPUSH", DYN_REDIS_KEY_LOG},
                    {"HSETNX", DYN_REDIS_KEY_FACTS},
                    {"LRANGE", DYN_REDIS_KEY_HISTORY},
                    {"XADD", 0}};

    (void)state;
    memcpy(text, bytes, length);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        bool stream = commands[i].kind == 0;
        char key[128], line[192];
        char *end =
            stream ? dyn_redis_stream_write(key, DYN_STR("dyn:"))
                   : dyn_redis_key_write(key, DYN_STR("dyn:"), commands[i].kind, DYN_STR(HASH));
        const char *quote = stream ? "" : "\"";

        snprintf(line, sizeof(line), "redis-cli %s %s%.*s%s ", commands[i].name, quote,
                 (int)(end - key), key, quote);
        if (strstr(text, line) == NULL) {
            fail_msg("docs/data-model.md has no \"%s\"", line);
        }
    }
    free(bytes);
    free(text);
}

static void keys_fill_the_room_that_is_said_and_no_more(void **state)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_KEY_MORE + sizeof(HASH)];
    char prefix[DYN_REDIS_PREFIX_BYTES_MAX];
    dyn_str_t longest = {prefix, sizeof(prefix)};

    (void)state;
    memset(prefix, 'p', sizeof(prefix));
    memset(key, '#', sizeof(key));
    assert_ptr_equal(dyn_redis_key_write(key, longest, DYN_REDIS_KEY_LOG, DYN_STR(HASH)),
                     key + sizeof(key) - 1);
    assert_int_equal(key[sizeof(key) - 1], '#');
    assert_memory_equal(key + sizeof(prefix), "r:{" HASH "}", sizeof(HASH) + 3);
    assert_ptr_equal(dyn_redis_stream_write(key, longest),
                     key + sizeof(prefix) + DYN_REDIS_STREAM_MORE);

    is_key(key, dyn_redis_key_write(key, DYN_STR_NONE, DYN_REDIS_KEY_FACTS, DYN_STR("h")), "s:{h}");
    is_key(key, dyn_redis_stream_write(key, DYN_STR_NONE), "events");
    is_key(key, dyn_redis_control_write(key, DYN_STR("dyn:")), "dyn:control");
    is_key(key, dyn_redis_lasting_write(key, DYN_STR("dyn:")), "dyn:lasting:{dyn:control}");
}

static void a_prefix_is_short_printable_and_without_braces(void **state)
{
    static const struct {
        const char *prefix;
        bool good;
    } prefixes[] = {{"dyn:", true},   {"!", true},        {"~shop:", true}, {"", false},
                    {"a b", false},   {"{a}:", false},    {"a}", false},    {"a\n", false},
                    {"a\x7f", false}, {"\xc3\xa4", false}};
    char long_one[DYN_REDIS_PREFIX_BYTES_MAX + 1];
    dyn_error_t error;

    (void)state;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (dyn_redis_prefix_check(dyn_str_from(prefixes[i].prefix), &error) != prefixes[i].good) {
            fail_msg("prefix %zu: \"%s\"", i, prefixes[i].prefix);
        }
    }

    memset(long_one, 'p', sizeof(long_one));
    assert_true(dyn_redis_prefix_check((dyn_str_t){long_one, sizeof(long_one) - 1}, &error));
    assert_false(dyn_redis_prefix_check((dyn_str_t){long_one, sizeof(long_one)}, &error));
    assert_false(dyn_redis_prefix_check((dyn_str_t){"a\0b", 3}, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_the_names_of_the_data_model),
        cmocka_unit_test(a_prefix_is_short_printable_and_without_braces),
        cmocka_unit_test(keys_fill_the_room_that_is_said_and_no_more),
    };

    return cmocka_run_group_tests_name("redis_keys", tests, NULL, NULL);
}
