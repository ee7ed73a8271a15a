/* Where values stand in JSON text, by the steps that lead to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/policy/place.h"

static const char file[] = "{\n"
                           "  \"rules\": [\n"
                           "    {\"id\": \"a\"},\n"
                           "    {\"id\": \"b\", \"then\": {\"boost\": 2}}\n"
                           "  ]\n"
                           "}\n";

static void assert_place(const dyn_json_path_t *path, bool of_key, size_t inside, unsigned line,
                         unsigned column)
{
    dyn_place_in_text_t place = dyn_json_path_place(dyn_str_from(file), path, of_key, inside);

    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void a_path_names_a_value_its_member_and_a_byte_of_it(void **state)
{
    dyn_json_path_t path = {.depth = 0};

    (void)state;
    assert_place(&path, false, 0, 1, 1);
    dyn_enter_member(&path, "rules");
    assert_place(&path, false, 0, 2, 12);
    assert_place(&path, true, 0, 2, 3);
    dyn_enter_element(&path, 1);
    assert_place(&path, false, 0, 4, 5);
    dyn_enter_member(&path, "then");
    dyn_enter_member(&path, "boost");
    assert_place(&path, false, 0, 4, 35);
    dyn_leave(&path);
    dyn_leave(&path);
    dyn_enter_member(&path, "id");
    assert_place(&path, true, 0, 4, 6);
    assert_place(&path, false, 1, 4, 14);
}

static void a_place_that_is_not_there_is_that_of_the_last_one_that_is(void **state)
{
    dyn_json_path_t path = {.depth = 0};

    (void)state;
    dyn_enter_member(&path, "rules");
    dyn_enter_element(&path, 0);
    dyn_enter_member(&path, "when");
    assert_place(&path, false, 0, 3, 5);
}

/* Lists within lists, deeper than a path has steps. */
static void a_path_deeper_than_its_steps_names_the_last_one_and_finds_back(void **state)
{
    enum { DEPTH = DYN_JSON_PATH_STEPS_MAX + 5 };
    char nested[2 * DEPTH + 1];
    dyn_json_path_t path = {.depth = 0};

    (void)state;
    memset(nested, '[', DEPTH);
    memset(nested + DEPTH, ']', DEPTH);
    nested[2 * DEPTH] = '\0';
    for (size_t i = 0; i < DEPTH - 1; i++) {
        dyn_enter_element(&path, 0);
    }
    assert_int_equal(dyn_json_path_place(dyn_str_from(nested), &path, false, 0).column,
                     DYN_JSON_PATH_STEPS_MAX + 1);
    for (size_t i = 0; i < DEPTH - 2; i++) {
        dyn_leave(&path);
    }
    assert_int_equal(dyn_json_path_place(dyn_str_from(nested), &path, false, 0).column, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_names_a_value_its_member_and_a_byte_of_it),
        cmocka_unit_test(a_place_that_is_not_there_is_that_of_the_last_one_that_is),
        cmocka_unit_test(a_path_deeper_than_its_steps_names_the_last_one_and_finds_back),
    };

    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
