/* What a shop without numbers shows, in shops small enough to judge by eye. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"

#define ITEM(id, category, rest) \
    "{\"id\":\"" id "\",\"title\":\"T\",\"category\":[\"" category "\"]" rest "}\n"
#define WHOLE ",\"url\":\"/u\",\"image\":\"/i.png\""

/* The ids in the list's order, each followed by a blank. */
static const char *order_of(const dyn_snapshot_t *s, dyn_edges_t list)
{
    static char text[256];

    text[0] = '\0';
    for (uint32_t i = 0; i < list.count; i++) {
        strcat(text, dyn_snapshot_string(s, s->items[list.edges[i].item].id).data);
        strcat(text, " ");
    }

    return text;
}

static void the_range_begins_with_one_of_each_top_category(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("a1", "A", WHOLE ",\"created\":1700000000,\"stock\":9")
                          ITEM("a2", "A", WHOLE ",\"created\":1699000000,\"stock\":9")
                              ITEM("a3", "A", WHOLE ",\"created\":1698000000,\"stock\":9")
                                  ITEM("b1", "B", WHOLE ",\"created\":1600000000,\"stock\":9")
                                      ITEM("c1", "C", WHOLE ",\"created\":1600000000,\"stock\":2"),
                      NULL);

    assert_string_equal(order_of(s, dyn_snapshot_range(s)), "a1 b1 c1 a2 a3 ");
    assert_true(dyn_snapshot_range(s).edges[0].weight == 1);
    dyn_snapshot_close(s);
}

static void newer_and_better_stocked_items_come_first_and_not_by_id(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("a", "A", WHOLE ",\"created\":1697600000,\"stock\":5")
                          ITEM("b", "A", WHOLE ",\"created\":1697600000,\"stock\":12")
                              ITEM("c", "A", WHOLE ",\"created\":1700000000,\"stock\":5"),
                      NULL);

    assert_string_equal(order_of(s, dyn_snapshot_range(s)), "c b a ");
    assert_string_equal(order_of(s, dyn_snapshot_category_range(s, 0)), "c b a ");
    dyn_snapshot_close(s);
}

static void what_cannot_be_bought_or_has_no_picture_does_not_come_first(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("gone", "A", WHOLE ",\"created\":1700000000,\"stock\":0")
                          ITEM("plain", "B", ",\"url\":\"/u\",\"created\":1700000000,\"stock\":9")
                              ITEM("whole", "A", WHOLE ",\"created\":1600000000,\"stock\":1"),
                      NULL);

    assert_string_equal(order_of(s, dyn_snapshot_range(s)), "whole plain ");
    dyn_snapshot_close(s);
}

static void a_group_is_shown_once(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("a", "A", WHOLE ",\"group\":\"g\"")
                          ITEM("b", "A", WHOLE ",\"group\":\"g\"") ITEM("c", "A", WHOLE),
                      NULL);

    assert_string_equal(order_of(s, dyn_snapshot_range(s)), "a c ");
    dyn_snapshot_close(s);
}

static void audiences_take_turns_within_a_category(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("m1", "A", WHOLE ",\"stock\":90,\"audience\":\"men\"")
                          ITEM("m2", "A", WHOLE ",\"stock\":80,\"audience\":\"men\"")
                              ITEM("w1", "A", WHOLE ",\"stock\":3,\"audience\":\"women\"")
                                  ITEM("k1", "A", WHOLE ",\"stock\":2,\"audience\":\"kids\""),
                      NULL);

    assert_string_equal(order_of(s, dyn_snapshot_category_range(s, 0)), "m1 w1 k1 m2 ");
    dyn_snapshot_close(s);
}

static void a_category_has_the_range_of_those_below_it(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(ITEM("a", "P\",\"Q", WHOLE) ITEM("b", "P\",\"Q", WHOLE)
                                          ITEM("c", "P\",\"R", WHOLE) ITEM("d", "S", WHOLE),
                                      NULL);
    uint32_t p = dyn_snapshot_find_category(s, DYN_STR("p"));
    uint32_t q = dyn_snapshot_find_category(s, DYN_STR("q"));

    assert_string_equal(order_of(s, dyn_snapshot_category_range(s, p)), "a c b ");
    assert_string_equal(order_of(s, dyn_snapshot_category_range(s, q)), "a b ");
    dyn_snapshot_close(s);
}

static void a_shop_without_a_catalogue_has_no_range(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(NULL, "SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n");

    assert_int_equal(dyn_snapshot_range(s).count, 0);
    assert_null(s->sections[DYN_SECTION_RANGE].data);
    dyn_snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_range_begins_with_one_of_each_top_category),
        cmocka_unit_test(newer_and_better_stocked_items_come_first_and_not_by_id),
        cmocka_unit_test(what_cannot_be_bought_or_has_no_picture_does_not_come_first),
        cmocka_unit_test(a_group_is_shown_once),
        cmocka_unit_test(audiences_take_turns_within_a_category),
        cmocka_unit_test(a_category_has_the_range_of_those_below_it),
        cmocka_unit_test(a_shop_without_a_catalogue_has_no_range),
    };

    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
