#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;

/*
 * One shop in which the same list of items comes from every rung: neighbours of item 0 (context on its page), of item 1 (the
 * session), the popular list, and the last good decision.
 */
enum { FIRST = 10, LAST = 29, ASKED_PAGE = 0, ASKED_SESSION = 1 };

typedef enum { BY_SESSION, BY_CONTEXT, BY_LAST_GOOD, BY_POPULAR, WAYS } way_t;

static const dyn_rung_t rung_of[WAYS] = {DYN_RUNG_SESSION, DYN_RUNG_CONTEXT, DYN_RUNG_LAST_GOOD,
                                         DYN_RUNG_POPULAR};
static uint32_t last_good_items[LAST - FIRST + 1];
static dyn_last_good_slot_t last_good = {{"recs", 4}, last_good_items, LAST - FIRST + 1};
static const dyn_slot_t recs_all = {{"recs", 4}, DYN_SLOT_ITEMS_MAX};

static shop_t *same_list_everywhere(void)
{
    shop_t *shop = shop_new(40);

    for (uint32_t i = FIRST; i <= LAST; i++) {
        shop_alike(shop, ASKED_PAGE, i, 1.0F / (float)i);
        shop_alike(shop, ASKED_SESSION, i, 1.0F / (float)i);
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
        last_good_items[i - FIRST] = i;
    }

    return shop;
}

static void set_up(way_t way)
{
    deciding_begin(&deciding, way == BY_CONTEXT ? DYN_SURFACE_PDP : DYN_SURFACE_HOME,
                   way == BY_CONTEXT ? "i00000" : "");
    deciding.request.slots = &recs_all;
    deciding.request.slot_count = 1;
    deciding.explains = true;
    visit_begin(&visit);
    if (way == BY_SESSION) {
        visit_views(&visit, ASKED_SESSION);
        deciding.request.session = &visit.session;
    }
    if (way == BY_LAST_GOOD) {
        deciding.request.last_good = &last_good;
        deciding.request.last_good_count = 1;
    }
}

/* Decides each way; the item must be missing with that filter as the reason, and all its neighbours shown. */
static void is_removed(shop_t *shop, uint32_t item, dyn_filter_t filter, void (*change)(void))
{
    for (way_t way = 0; way < WAYS; way++) {
        set_up(way);
        if (change != NULL) {
            change();
        }

        const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

        assert_int_equal(recs->rung, rung_of[way]);
        assert_false(slot_shows(recs, item));
        assert_int_equal(removed_by(&deciding, 0, item), filter);
        assert_true(slot_shows(recs, item + 5));
    }
}

static void is_shown(shop_t *shop, uint32_t item, void (*change)(void))
{
    for (way_t way = 0; way < WAYS; way++) {
        set_up(way);
        if (change != NULL) {
            change();
        }
        assert_true(slot_shows(deciding_run(&deciding, shop_open(shop)), item));
        assert_int_equal(removed_by(&deciding, 0, item), -1);
    }
}

static void an_item_out_of_stock_is_shown_on_no_rung(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_item(shop, 12)->stock = 0;
    is_removed(shop, 12, DYN_FILTER_OUT_OF_STOCK, NULL);
    shop_item(shop, 12)->stock = 1;
    is_shown(shop, 12, NULL);
    shop_free(shop);
}

static void an_item_is_out_when_all_its_variants_are(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_variants(shop, 12, 3, 0);
    is_removed(shop, 12, DYN_FILTER_OUT_OF_STOCK, NULL);
    shop_variants(shop, 12, 3, 2);
    is_shown(shop, 12, NULL);
    shop_variants(shop, 12, 3, -1);
    is_shown(shop, 12, NULL);
    shop_free(shop);
}

static void an_item_that_left_the_catalogue_is_shown_on_no_rung(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_item(shop, 12)->flags = 0;
    is_removed(shop, 12, DYN_FILTER_NOT_IN_CATALOGUE, NULL);
    shop_free(shop);
}

static void is_seventeen(void)
{
    deciding.context.age = 17;
}

static void is_eighteen(void)
{
    deciding.context.age = 18;
}

static void an_item_with_a_minimum_age_needs_a_known_age(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_item(shop, 12)->age_min = 18;
    is_removed(shop, 12, DYN_FILTER_AGE, NULL);
    is_removed(shop, 12, DYN_FILTER_AGE, is_seventeen);
    is_shown(shop, 12, is_eighteen);
    shop_free(shop);
}

static void is_in_germany(void)
{
    memcpy(deciding.context.country, "DE", 3);
}

static void is_in_france(void)
{
    memcpy(deciding.context.country, "FR", 3);
}

static void an_item_bound_to_countries_needs_a_known_country(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_countries(shop, 12, "ATDE", false);
    shop_countries(shop, 13, "ATDE", true);
    is_removed(shop, 12, DYN_FILTER_COUNTRY, NULL);
    is_removed(shop, 13, DYN_FILTER_COUNTRY, NULL);
    is_shown(shop, 12, is_in_germany);
    is_removed(shop, 13, DYN_FILTER_COUNTRY, is_in_germany);
    is_removed(shop, 12, DYN_FILTER_COUNTRY, is_in_france);
    is_shown(shop, 13, is_in_france);
    shop_free(shop);
}

/* What a session removes can only be seen where there is one: on the session's, the context's and the popular rung. */
static void with_session(shop_t *shop, void (*change)(void), uint32_t item, int filter)
{
    static const way_t ways[] = {BY_SESSION, BY_CONTEXT, BY_POPULAR};

    for (size_t i = 0; i < 3; i++) {
        set_up(ways[i]);
        deciding.request.session = &visit.session;
        change();

        const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

        assert_int_equal(slot_shows(recs, item), filter < 0);
        assert_int_equal(removed_by(&deciding, 0, item), filter);
    }
}

static void has_12_in_cart(void)
{
    visit_adds(&visit, 12);
}

static void bought_12(void)
{
    visit_buys(&visit, 12);
}

static void viewed_12(void)
{
    visit_views(&visit, 12);
}

static void what_is_in_the_cart_or_was_bought_or_viewed_is_not_recommended(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    with_session(shop, has_12_in_cart, 12, DYN_FILTER_IN_CART);
    with_session(shop, bought_12, 12, DYN_FILTER_PURCHASED);
    with_session(shop, viewed_12, 12, DYN_FILTER_VIEWED);
    with_session(shop, viewed_12, 13, -1);
    /* nor is another of its group */
    shop_item(shop, 13)->group = 12;
    with_session(shop, has_12_in_cart, 13, DYN_FILTER_SAME_GROUP);
    with_session(shop, bought_12, 13, DYN_FILTER_SAME_GROUP);
    with_session(shop, viewed_12, 13, DYN_FILTER_SAME_GROUP);
    shop_free(shop);
}

static void a_slot_that_may_show_viewed_items_still_shows_none_from_the_cart(void **state)
{
    dyn_slot_t popular = {DYN_STR("popular"), DYN_SLOT_ITEMS_MAX};
    shop_t *shop = same_list_everywhere();

    (void)state;
    set_up(BY_POPULAR);
    visit_views(&visit, 12);
    visit_views(&visit, 13);
    visit_adds(&visit, 13);
    deciding.request.session = &visit.session;
    deciding.request.slots = &popular;

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    assert_true(slot_shows(slot, 12));
    assert_false(slot_shows(slot, 13));
    assert_int_equal(removed_by(&deciding, 0, 13), DYN_FILTER_IN_CART);
    shop_free(shop);
}

static void the_page_s_item_and_its_group_are_not_recommended(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    shop_item(shop, 13)->group = 12;
    set_up(BY_CONTEXT);
    deciding.context.item_id = DYN_STR("i00012");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->rung, DYN_RUNG_POPULAR);
    assert_false(slot_shows(recs, 12));
    assert_false(slot_shows(recs, 13));
    assert_int_equal(removed_by(&deciding, 0, 12), DYN_FILTER_CURRENT_ITEM);
    assert_int_equal(removed_by(&deciding, 0, 13), DYN_FILTER_SAME_GROUP);
    shop_free(shop);
}

static void of_a_variant_group_one_item_is_shown(void **state)
{
    shop_t *shop = same_list_everywhere();

    (void)state;
    for (uint32_t i = 13; i <= 16; i++) {
        shop_item(shop, i)->group = 12;
    }
    for (way_t way = 0; way < WAYS; way++) {
        set_up(way);

        const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

        assert_true(slot_shows(recs, 12)); /* the best of them */
        for (uint32_t i = 13; i <= 16; i++) {
            assert_false(slot_shows(recs, i));
            assert_int_equal(removed_by(&deciding, 0, i), DYN_FILTER_SAME_GROUP);
        }
    }
    shop_free(shop);
}

static uint32_t of_category(shop_t *shop, const dyn_slot_decision_t *slot, uint32_t category)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        count += shop_item(shop, slot->choices[i].item)->category == category;
    }

    return count;
}

static void
at_most_half_of_a_slot_or_a_quarter_for_the_unknown_comes_from_one_category(void **state)
{
    dyn_slot_t slots[] = {{DYN_STR("recs"), 8}, {DYN_STR("recs"), 5}};
    shop_t *shop = same_list_everywhere();
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    for (uint32_t i = FIRST; i < FIRST + 10; i++) {
        shop_item(shop, i)->category = tents;
    }
    for (way_t way = 0; way < WAYS; way++) {
        for (uint32_t k = 0; k < 2; k++) {
            set_up(way);
            deciding.request.slots = &slots[k];

            const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

            assert_int_equal(recs->count, slots[k].count);
            /* of whom nothing is known, or a single view, is shown more of the shop */
            assert_int_equal(of_category(shop, recs, tents),
                             way == BY_POPULAR   ? (slots[k].count + 3) / 4
                             : way == BY_SESSION ? (3 * slots[k].count + 7) / 8
                                                 : (slots[k].count + 1) / 2);
        }
    }
    assert_int_equal(removed_by(&deciding, 0, FIRST + 9), DYN_FILTER_CATEGORY_CAP);
    shop_free(shop);
}

static void a_category_cap_gives_way_rather_than_leave_the_slot_to_a_lower_rung(void **state)
{
    dyn_slot_t slot = {DYN_STR("recs"), 8};
    shop_t *shop = shop_new(40);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    for (uint32_t i = 10; i < 20; i++) {
        shop_alike(shop, 0, i, 1.0F / (float)i);
        shop_item(shop, i)->category = tents;
    }
    shop_edge(shop, SHOP_POPULAR, 0, 30, 1);
    set_up(BY_CONTEXT);
    deciding.request.slots = &slot;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->count, 8);
    assert_int_equal(of_category(shop, recs, tents), 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(recs->choices[i].item, 10 + i);
    }
    shop_free(shop);
}

static void at_most_half_and_one_of_a_slot_come_from_one_brand(void **state)
{
    dyn_slot_t slot = {DYN_STR("recs"), 8};
    shop_t *shop = same_list_everywhere();
    uint32_t brand = shop_brand(shop, "Nordlicht");

    (void)state;
    for (uint32_t i = FIRST; i < FIRST + 10; i++) {
        shop_item(shop, i)->brand = brand;
    }
    for (way_t way = 0; way < WAYS; way++) {
        uint32_t count = 0;

        set_up(way);
        deciding.request.slots = &slot;

        const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

        for (uint32_t i = 0; i < recs->count; i++) {
            count += shop_item(shop, recs->choices[i].item)->brand == brand;
        }
        assert_int_equal(recs->count, 8);
        assert_int_equal(count, 5);
    }
    shop_free(shop);
}

static void ties_go_to_the_smaller_item_number(void **state)
{
    shop_t *shop = shop_new(40);

    (void)state;
    for (uint32_t i = 30; i >= 20; i--) {
        shop_alike(shop, 0, i, 1);
    }
    set_up(BY_CONTEXT);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    for (uint32_t i = 0; i <= 10; i++) {
        assert_int_equal(recs->choices[i].item, 20 + i);
    }
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_out_of_stock_is_shown_on_no_rung),
        cmocka_unit_test(an_item_is_out_when_all_its_variants_are),
        cmocka_unit_test(an_item_that_left_the_catalogue_is_shown_on_no_rung),
        cmocka_unit_test(an_item_with_a_minimum_age_needs_a_known_age),
        cmocka_unit_test(an_item_bound_to_countries_needs_a_known_country),
        cmocka_unit_test(what_is_in_the_cart_or_was_bought_or_viewed_is_not_recommended),
        cmocka_unit_test(a_slot_that_may_show_viewed_items_still_shows_none_from_the_cart),
        cmocka_unit_test(the_page_s_item_and_its_group_are_not_recommended),
        cmocka_unit_test(of_a_variant_group_one_item_is_shown),
        cmocka_unit_test(
            at_most_half_of_a_slot_or_a_quarter_for_the_unknown_comes_from_one_category),
        cmocka_unit_test(a_category_cap_gives_way_rather_than_leave_the_slot_to_a_lower_rung),
        cmocka_unit_test(at_most_half_and_one_of_a_slot_come_from_one_brand),
        cmocka_unit_test(ties_go_to_the_smaller_item_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
