#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/train/moment_figures.h"

static const char catalog[] =
    "{\"id\":\"a\",\"title\":\"A\",\"url\":\"/a\",\"category\":\"Tents\"}\n"
    "{\"id\":\"b\",\"title\":\"B\",\"url\":\"/b\",\"category\":\"Tents\"}\n"
    "{\"id\":\"c\",\"title\":\"C\",\"url\":\"/c\",\"category\":\"Tents\"}\n";

#define EVENT(visitor, time, name, item)                                                         \
    "{\"visitor\":\"" visitor "\",\"time\":" #time ",\"event\":\"" name "\",\"item_id\":\"" item \
    "\"}\n"

static uint32_t item_number(void *context, dyn_str_t id)
{
    return dyn_snapshot_find_item(context, id, NULL);
}

static const json_t *row_of(const json_t *figures, const char *moment, const char *threshold,
                            double value)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(figures, "signs"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "threshold")), threshold) == 0 &&
            strcmp(json_string_value(json_object_get(row, "moment")), moment) == 0 &&
            json_real_value(json_object_get(row, "value")) == value) {
            return row;
        }
    }
    fail_msg("there is no row of %s %g", threshold, value);

    return NULL;
}

static void expect_row(const json_t *row, double entered, double bought, double expected)
{
    assert_true(fabs(json_real_value(json_object_get(row, "entered")) - entered) < 1e-9);
    assert_true(fabs(json_real_value(json_object_get(row, "bought")) - bought) < 1e-9);
    assert_true(fabs(json_real_value(json_object_get(row, "expected")) - expected) < 1e-9);
}

static void sessions_that_enter_are_compared_with_those_as_long(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);
    dyn_error_t error;
    dyn_faults_t faults = {.error = &error};
    dyn_visits_t visits;

    (void)state;
    /* of four sessions, v and w see two tents, v comes back and buys, x sees one, y one for long */
    assert_true(dyn_visits_read(
        fixture_write(
            "visits",
            EVENT("v", 1800000000, "view_item", "a") EVENT("v", 1800000010, "view_item", "b") EVENT(
                "v", 1800000020, "view_item", "a") EVENT("v", 1800000030, "purchase", "a")
                EVENT("w", 1800000000, "view_item", "a") EVENT("w", 1800000010, "view_item", "c")
                    EVENT("x", 1800000000, "view_item", "a")
                        EVENT("y", 1800000000, "view_item", "a")
                            EVENT("y", 1800000100, "view_item", "a")),
        item_number, snapshot, &faults, &visits));

    json_t *figures = dyn_moment_figures(snapshot, &visits, 0, &error);

    assert_non_null(figures);
    assert_int_equal(json_integer_value(json_object_get(figures, "visits")), 4);
    assert_true(json_real_value(json_object_get(figures, "buyers")) == 0.25);
    /* v and w after two views, as y has, of which v alone buys */
    expect_row(row_of(figures, "comparison", "comparison_items", 2), 0.5, 0.5, 1.0 / 3);
    expect_row(row_of(figures, "comparison", "comparison_items", 3), 0, 0, 0);
    /* v after three */
    expect_row(row_of(figures, "hesitation", "hesitation_returns", 2), 0.25, 1, 1);
    expect_row(row_of(figures, "hesitation", "hesitation_returns", 3), 0, 0, 0);
    /* y stayed 100 seconds */
    expect_row(row_of(figures, "hesitation", "hesitation_dwell_seconds", 90), 0.25, 0, 1.0 / 3);
    expect_row(row_of(figures, "hesitation", "hesitation_dwell_seconds", 120), 0, 0, 0);
    expect_row(row_of(figures, "hesitation", "all as they are", 1), 0.25, 1, 1);
    json_decref(figures);

    figures = dyn_moment_figures(snapshot, &visits, 1, &error);
    assert_int_equal(json_integer_value(json_object_get(figures, "visits")), 1);
    json_decref(figures);
    dyn_visits_free(&visits);
    dyn_snapshot_close(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_that_enter_are_compared_with_those_as_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
