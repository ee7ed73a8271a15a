/* What the catalogue says is similar, in shops small enough to judge by eye. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <cmocka.h>

#include "build_fixture.h"

/* A line of the catalogue. */
#define ITEM(id, title, category, price, rest)                             \
    "{\"id\":\"" id "\",\"title\":\"" title "\",\"category\":[\"" category \
    "\"],\"price\":\"" price "\",\"currency\":\"EUR\"" rest "}\n"

static float likeness(const dyn_snapshot_t *s, const char *item, const char *other)
{
    return dyn_edges_weight(dyn_snapshot_similar(s, fixture_item(s, item)), fixture_item(s, other));
}

static void the_likeness_is_made_of_category_words_traits_price_and_brand(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        ITEM("a", "Red pack", "Packs\",\"Day packs", "100.00",
             ",\"brand\":\"B\",\"tags\":[\"hiking\"],\"attributes\":{\"back\":\"long\"}")
            ITEM("b", "Blue pack", "Packs\",\"Day packs", "80.00",
                 ",\"brand\":\"B\",\"tags\":[\"hiking\"],\"attributes\":{\"back\":\"long\"},"
                 "\"colour\":\"Red\",\"sizes\":[\"M\",\"L\"]")
                ITEM("c", "Third", "Packs\",\"Trekking packs", "90.00", ",\"tags\":[\"winter\"]"),
        NULL);
    /* two of three items have "pack", "hiking" and the long back, one has "red", one "blue"; colours and sizes do not count */
    double common = 3 * log(1 + 3.0 / 2), own = log(1 + 3.0);
    double expected = 0.5 + 0.25 * common / (common + 2 * own) + 0.2 * 0.8 + 0.05;

    assert_true(fabs((double)likeness(s, "a", "b") - expected) < 1e-4);
    assert_true(likeness(s, "a", "b") == likeness(s, "b", "a"));
    /* 0.3 + 0.2 * 0.9 is too little */
    assert_true(likeness(s, "a", "c") == 0);
    dyn_snapshot_close(s);
}

static void other_kinds_of_things_are_not_similar(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        ITEM("pack", "Kumo light", "Packs\",\"Day packs", "99.00", ",\"brand\":\"K\"")
            ITEM("trek", "Kumo light", "Packs\",\"Trekking packs", "99.00", ",\"brand\":\"K\"")
                ITEM("cover", "Kumo light", "Packs\",\"Covers", "99.00", ",\"brand\":\"K\"") ITEM(
                    "tent", "Kumo light", "Tents\",\"Day packs", "99.00", ",\"brand\":\"K\"")
                    ITEM("dear", "Kumo light", "Packs\",\"Day packs", "299.00", ",\"brand\":\"K\""),
        NULL);

    assert_true(likeness(s, "pack", "trek") > 0);
    assert_true(likeness(s, "pack", "cover") == 0);
    assert_true(likeness(s, "pack", "tent") == 0);
    assert_true(likeness(s, "pack", "dear") == 0);
    assert_int_equal(dyn_snapshot_similar(s, fixture_item(s, "tent")).count, 0);
    dyn_snapshot_close(s);
}

static void a_category_of_several_kinds_needs_a_word_of_its_own(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("pot", "Steel pot", "Pots & cutlery", "40.00", "")
                          ITEM("pot2", "Light pot", "Pots & cutlery", "40.00", "")
                              ITEM("fork", "Steel fork", "Pots & cutlery", "40.00", "")
                                  ITEM("bowl", "Bowl", "Pots & cutlery", "40.00", "")
                                      ITEM("peg", "Steel peg", "Pegs", "40.00", "")
                                          ITEM("peg2", "Long", "Pegs", "40.00", ""),
                      NULL);

    assert_true(likeness(s, "pot", "pot2") > 0);
    /* "steel" is also a peg */
    assert_true(likeness(s, "pot", "fork") == 0);
    assert_true(likeness(s, "pot", "bowl") == 0);
    assert_true(likeness(s, "peg", "peg2") > 0);
    dyn_snapshot_close(s);
}

static void what_is_for_others_is_not_similar(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        ITEM("k", "Boot", "Boots", "90.00", ",\"audience\":\"kids\"")
            ITEM("k2", "Boot", "Boots", "90.00", ",\"audience\":\"kids\"")
                ITEM("w", "Boot", "Boots", "90.00", ",\"audience\":\"women\"")
                    ITEM("m", "Boot", "Boots", "90.00", ",\"audience\":\"men\"")
                        ITEM("u", "Boot", "Boots", "90.00", ",\"audience\":\"unisex\"")
                            ITEM("n", "Boot", "Boots", "90.00", ""),
        NULL);
    static const struct {
        const char *item, *other;
        bool similar;
    } pairs[] = {{"k", "k2", true}, {"k", "w", false}, {"k", "u", false}, {"k", "n", false},
                 {"w", "m", false}, {"w", "u", true},  {"w", "n", true},  {"u", "n", true}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_int_equal(likeness(s, pairs[i].item, pairs[i].other) > 0, pairs[i].similar);
        assert_int_equal(likeness(s, pairs[i].other, pairs[i].item) > 0, pairs[i].similar);
    }
    dyn_snapshot_close(s);
}

static void items_with_traits_and_nothing_in_common_are_not_similar(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("gas", "Canister", "Fuel", "9.00", ",\"tags\":[\"gas\"]")
                          ITEM("matches", "Matches", "Fuel", "9.00", ",\"tags\":[\"camping\"]")
                              ITEM("plain", "Anything", "Fuel", "9.00", ""),
                      NULL);

    assert_true(likeness(s, "gas", "matches") == 0);
    assert_true(likeness(s, "gas", "plain") > 0);
    dyn_snapshot_close(s);
}

static void of_similar_items_those_viewed_together_come_first(void **state)
{
    (void)state;
    static const char catalog[] =
        ITEM("a", "Pack", "Packs", "99.00", "") ITEM("b", "Pack", "Packs", "90.00", "")
            ITEM("c", "Pack", "Packs", "95.00", "") ITEM("d", "Tent", "Tents", "95.00", "");
    /* two sessions are no evidence */
    static const char two[] =
        "SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n2\ta\t3\n2\tb\t4\n3\tc\t5\n3\td\t6\n";
    static const char three[] = "SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n2\ta\t3\n2\tb\t4\n3\ta"
                                "\t5\n3\tb\t6\n4\tc\t7\n4\td\t8\n";
    dyn_snapshot_t *s = fixture_build(catalog, two);
    uint32_t b = fixture_item(s, "b"), c = fixture_item(s, "c");
    float alone = likeness(s, "a", "b");

    assert_int_equal(dyn_snapshot_similar(s, fixture_item(s, "a")).edges[0].item, c);
    dyn_snapshot_close(s);

    s = fixture_build(catalog, three);
    assert_int_equal(dyn_snapshot_similar(s, fixture_item(s, "a")).edges[0].item, b);
    assert_true(fabs((double)(likeness(s, "a", "b") - (alone + 0.3F * (1 - alone)))) < 1e-6);
    dyn_snapshot_close(s);
}

static void items_of_one_group_are_not_similar_to_each_other(void **state)
{
    (void)state;
    dyn_snapshot_t *s =
        fixture_build(ITEM("m", "Shirt M", "Shirts", "20.00", ",\"group\":\"shirt\"")
                          ITEM("l", "Shirt L", "Shirts", "20.00", ",\"group\":\"shirt\"")
                              ITEM("o", "Other", "Shirts", "20.00", ""),
                      NULL);

    assert_true(likeness(s, "m", "l") == 0);
    assert_true(likeness(s, "m", "o") > 0);
    assert_true(likeness(s, "l", "o") > 0);
    dyn_snapshot_close(s);
}

static void what_is_viewed_together_is_not_similar_for_that(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        ITEM("pack", "Pack", "Packs", "99.00", "") ITEM("tent", "Tent", "Tents", "99.00", ""),
        "SessionId\tItemId\tTime\n1\tpack\t1\n1\ttent\t2\n2\tpack\t3\n2\ttent\t4\n3\tpack\t5\n"
        "3\ttent\t6\n");

    assert_int_equal(dyn_snapshot_similar(s, fixture_item(s, "pack")).count, 0);
    dyn_snapshot_close(s);
}

static void a_shop_without_a_catalogue_has_no_similar_items(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(NULL, "SessionId\tItemId\tTime\n1\ta\t1\n1\tb\t2\n");

    assert_int_equal(dyn_snapshot_similar(s, 0).count, 0);
    assert_null(s->sections[DYN_SECTION_SIMILAR].data);
    dyn_snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_likeness_is_made_of_category_words_traits_price_and_brand),
        cmocka_unit_test(other_kinds_of_things_are_not_similar),
        cmocka_unit_test(a_category_of_several_kinds_needs_a_word_of_its_own),
        cmocka_unit_test(what_is_for_others_is_not_similar),
        cmocka_unit_test(items_with_traits_and_nothing_in_common_are_not_similar),
        cmocka_unit_test(of_similar_items_those_viewed_together_come_first),
        cmocka_unit_test(items_of_one_group_are_not_similar_to_each_other),
        cmocka_unit_test(what_is_viewed_together_is_not_similar_for_that),
        cmocka_unit_test(a_shop_without_a_catalogue_has_no_similar_items),
    };

    return cmocka_run_group_tests_name("similar", tests, NULL, NULL);
}
