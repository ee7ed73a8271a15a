#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/trace.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"

static void a_valid_header_is_taken_with_its_trace_id(void **state)
{
    (void)state;
    static const char *const good[] = {
        "00-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-00",
        "00-" TRACE "-" PARENT "-ff",
        /* a later version, and what it may have more */
        "01-" TRACE "-" PARENT "-01",
        "cc-" TRACE "-" PARENT "-01-what the future will be like",
        "cc-" TRACE "-" PARENT "-01-",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        dyn_str_t taken = dyn_traceparent((dyn_str_t){good[i], strlen(good[i])});

        assert_int_equal(taken.len, DYN_TRACEPARENT_BYTES);
        assert_memory_equal(taken.data, good[i], DYN_TRACEPARENT_BYTES);
        assert_int_equal(dyn_trace_id(taken).len, DYN_TRACE_ID_BYTES);
        assert_memory_equal(dyn_trace_id(taken).data, TRACE, DYN_TRACE_ID_BYTES);
    }
}

static void any_other_header_is_ignored(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "ff-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-0",
        "00-" TRACE "-" PARENT "-01-more",
        "00-" TRACE "-" PARENT "-01.",
        "cc-" TRACE "-" PARENT "-01.more",
        "0x-" TRACE "-" PARENT "-01",
        "00-" TRACE "-" PARENT "-0g",
        "00_" TRACE "-" PARENT "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "_01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01",
        "00-" TRACE "-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        " 00-" TRACE "-" PARENT "-01",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        dyn_str_t taken = dyn_traceparent((dyn_str_t){bad[i], strlen(bad[i])});

        if (taken.len != 0) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_int_equal(dyn_trace_id(taken).len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_header_is_taken_with_its_trace_id),
        cmocka_unit_test(any_other_header_is_ignored),
    };

    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
