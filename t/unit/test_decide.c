#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;

/* Items 1..20 are neighbours of item 0, 21..40 of item 50; 60..79 are popular in that order. */
static shop_t *usual_shop(void)
{
    shop_t *shop = shop_new(100);

    for (uint32_t i = 1; i <= 20; i++) {
        shop_alike(shop, 0, i, 1.0F / (float)i);
    }
    for (uint32_t i = 21; i <= 40; i++) {
        shop_alike(shop, 50, i, 1.0F / (float)(i - 20));
    }
    for (uint32_t i = 41; i <= 44; i++) {
        shop_edge(shop, SHOP_BOUGHT_WITH, 0, i, 1.0F / (float)(i - 40));
    }
    for (uint32_t i = 60; i < 80; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)(i - 59));
    }

    return shop;
}

static void a_product_page_without_a_session_shows_what_is_like_its_item(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
    assert_int_equal(deciding.decision.moment, DYN_MOMENT_BROWSE);
    assert_int_equal(recs->count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(recs->choices[i].item, i + 1);
        assert_int_equal(recs->choices[i].source, DYN_SOURCE_SIMILAR);
        assert_int_equal(recs->choices[i].reason, DYN_REASON_SIMILAR_TO);
        assert_int_equal(recs->choices[i].reference, 0);
    }
    assert_true(recs->choices[0].score <= 1 && recs->choices[0].score > 0.99F);
    assert_true(dyn_str_equal(recs->title, DYN_STR("Similar to Item 0")));
    assert_string_equal(deciding.decision.id, "0123456789abcdef");
    shop_free(shop);
}

static void the_second_slot_shows_what_is_bought_with_the_item(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding_run(&deciding, shop_open(shop));

    const dyn_slot_decision_t *bought = &deciding.decision.slots[1];

    assert_int_equal(bought->count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(bought->choices[i].item, 41 + i);
        assert_int_equal(bought->choices[i].reason, DYN_REASON_BOUGHT_WITH);
    }
    assert_true(dyn_str_equal(bought->title, DYN_STR("Often bought with Item 0")));
    assert_int_equal(deciding.decision.item_count, 12);
    shop_free(shop);
}

static void a_session_leads_to_what_sessions_like_it_went_on_to(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    visit_begin(&visit);
    visit_views(&visit, 50);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_SESSION);
    assert_int_equal(deciding.decision.moment, DYN_MOMENT_BROWSE);
    assert_int_equal(recs->choices[0].item, 21);
    assert_int_equal(recs->choices[0].reason, DYN_REASON_BECAUSE_VIEWED);
    assert_int_equal(recs->choices[0].reference_kind, DYN_REFERENCE_ITEM);
    assert_int_equal(recs->choices[0].reference, 50);
    assert_true(dyn_str_equal(recs->title, DYN_STR("Because you viewed Item 50")));
    shop_free(shop);
}

static void a_session_of_the_current_page_alone_is_context(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    visit_begin(&visit);
    visit_views(&visit, 0);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding.request.session = &visit.session;
    deciding_run(&deciding, shop_open(shop));
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);

    visit_views(&visit, 50);
    visit_views(&visit, 0);
    deciding_run(&deciding, shop_open(shop));
    assert_int_equal(deciding.decision.rung, DYN_RUNG_SESSION);
    shop_free(shop);
}

static void nothing_known_of_the_shopper_shows_what_is_popular(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_POPULAR);
    assert_int_equal(recs->count, 8);
    assert_int_equal(recs->choices[0].item, 60);
    assert_true(dyn_str_equal(recs->title, DYN_STR("Popular now")));

    /* an unknown item is no context either */
    deciding_begin(&deciding, DYN_SURFACE_PDP, "no-such-item");
    deciding_run(&deciding, shop_open(shop));
    assert_int_equal(deciding.decision.rung, DYN_RUNG_POPULAR);
    shop_free(shop);
}

static void a_snapshot_without_any_list_decides_nothing(void **state)
{
    shop_t *shop = shop_new(30);

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_NONE);
    assert_int_equal(recs->count, 0);
    assert_int_equal(recs->title.len, 0);
    assert_true(recs->confidence == 0);
    shop_free(shop);
}

static void an_empty_shop_decides_nothing(void **state)
{
    shop_t *shop = shop_new(1);

    (void)state;
    shop_item(shop, 0)->stock = 0;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding_run(&deciding, shop_open(shop));
    assert_int_equal(deciding.decision.rung, DYN_RUNG_NONE);
    assert_int_equal(deciding.decision.item_count, 0);
    shop_free(shop);
}

static void a_session_that_cannot_be_had_falls_to_the_last_good_decision(void **state)
{
    static const uint32_t kept[] = {33, 31, 4000000000U, 35};
    dyn_last_good_slot_t last_good = {DYN_STR("recs"), kept, 4};
    shop_t *shop = usual_shop();

    (void)state;
    shop_item(shop, 31)->stock = 0;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.last_good = &last_good;
    deciding.request.last_good_count = 1;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_LAST_GOOD);
    assert_int_equal(recs->count, 8);
    assert_int_equal(recs->choices[0].item, 33);
    assert_int_equal(recs->choices[1].item, 35);
    assert_int_equal(recs->choices[2].item, 60);
    assert_true(recs->choices[2].score <= recs->choices[1].score);

    /* where the session is there, it speaks */
    visit_begin(&visit);
    deciding.request.session = &visit.session;
    deciding_run(&deciding, shop_open(shop));
    assert_int_equal(deciding.decision.rung, DYN_RUNG_POPULAR);
    shop_free(shop);
}

static void a_rung_that_fills_a_slot_partly_is_topped_up(void **state)
{
    shop_t *shop = shop_new(40);

    (void)state;
    shop_alike(shop, 0, 3, 1);
    for (uint32_t i = 10; i < 30; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
    }
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->count, 8);
    assert_int_equal(recs->rung, DYN_RUNG_CONTEXT);
    assert_int_equal(recs->choices[0].item, 3);
    assert_int_equal(recs->choices[1].item, 10);
    for (uint32_t i = 1; i < 8; i++) {
        assert_true(recs->choices[i].score <= recs->choices[i - 1].score);
    }
    shop_free(shop);
}

static void the_cart_page_shows_what_is_bought_with_the_cart(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_adds(&visit, 0);
    shop_item(shop, 0)->price_minor = 10000; /* else nothing beside it is an add-on */
    deciding_begin(&deciding, DYN_SURFACE_CART, "");
    deciding.request.session = &visit.session;

    const dyn_slot_decision_t *bought = deciding_run(&deciding, shop_open(shop));

    assert_true(dyn_str_equal(bought->name, DYN_STR("bought_with")));
    assert_int_equal(bought->rung, DYN_RUNG_SESSION);
    assert_int_equal(bought->choices[0].item, 41);
    assert_int_equal(bought->choices[0].reference, 0);
    shop_free(shop);
}

static void a_listing_shows_what_is_popular_in_its_category(void **state)
{
    shop_t *shop = usual_shop();
    uint32_t packs = shop_category(shop, "Day packs", DYN_NONE);

    (void)state;
    for (uint32_t i = 80; i < 95; i++) {
        shop_item(shop, i)->category = packs;
        shop_edge(shop, SHOP_CATEGORY_POPULAR, packs, i, 1.0F / (float)(i - 79));
    }
    deciding_begin(&deciding, DYN_SURFACE_PLP, "day-packs");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
    assert_int_equal(recs->count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(recs->choices[i].item, 80 + i);
        assert_int_equal(recs->choices[i].reference_kind, DYN_REFERENCE_CATEGORY);
    }
    assert_true(dyn_str_equal(recs->title, DYN_STR("Popular in Day packs")));
    shop_free(shop);
}

static void recently_viewed_items_have_a_slot_of_their_own(void **state)
{
    dyn_slot_t slots[] = {{DYN_STR("recs"), 8}, {DYN_STR("recently_viewed"), 8}};
    shop_t *shop = usual_shop();

    (void)state;
    visit_begin(&visit);
    visit_views(&visit, 5);
    visit_views(&visit, 50);
    visit_views(&visit, 0);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding.request.session = &visit.session;
    deciding.request.slots = slots;
    deciding.request.slot_count = 2;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));
    const dyn_slot_decision_t *viewed = recs + 1;

    assert_int_equal(viewed->count, 2); /* not topped up, and without the page's item */
    assert_int_equal(viewed->choices[0].item, 50);
    assert_int_equal(viewed->choices[1].item, 5);
    assert_true(dyn_str_equal(viewed->title, DYN_STR("Recently viewed")));
    assert_false(slot_shows(recs, 5));
    shop_free(shop);
}

static void compatible_items_follow_the_catalogue_s_order(void **state)
{
    dyn_slot_t slot = {DYN_STR("compatible"), 4};
    shop_t *shop = shop_new(20);

    (void)state;
    shop_compatible(shop, 2, 9);
    shop_compatible(shop, 2, 7);
    shop_compatible(shop, 2, 8);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00002");
    deciding.request.slots = &slot;
    deciding.request.slot_count = 1;

    const dyn_slot_decision_t *fits = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(fits->count, 3);
    assert_int_equal(fits->choices[0].item, 9);
    assert_int_equal(fits->choices[1].item, 7);
    assert_int_equal(fits->choices[2].item, 8);
    assert_int_equal(fits->choices[0].reason, DYN_REASON_COMPATIBLE_WITH);
    assert_int_equal(fits->choices[0].reference, 2);
    shop_free(shop);
}

static void an_item_appears_in_one_slot_only(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    shop_edge(shop, SHOP_BOUGHT_WITH, 60, 61, 1);
    shop_alike(shop, 60, 61, 1);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00060");
    deciding.explains = true;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    /* the slot with few items to choose from chooses first */
    assert_true(slot_shows(&recs[1], 61));
    assert_false(slot_shows(&recs[0], 61));
    assert_int_equal(removed_by(&deciding, 0, 61), DYN_FILTER_OTHER_SLOT);
    shop_free(shop);
}

static void likes_lift_scores_mildly(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    shop_alike(shop, 0, 1, 1.0F);
    shop_alike(shop, 0, 2, 0.9F);
    shop_alike(shop, 0, 3, 0.5F);
    shop_item(shop, 2)->category = tents;
    shop_item(shop, 3)->category = tents;
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit.session.categories[0] = (dyn_affinity_t){tents, 1, 0};
    visit.session.category_count = 1;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->choices[0].item, 2);
    assert_int_equal(recs->choices[1].item, 1);
    assert_int_equal(recs->choices[2].item, 3);
    shop_free(shop);
}

static void the_call_to_action_follows_the_item(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_alike(shop, 0, 1, 1.0F);
    shop_alike(shop, 0, 2, 0.9F);
    shop_alike(shop, 0, 3, 0.8F);
    shop_variants(shop, 2, 3, 5);
    shop_item(shop, 3)->price_minor = -1;
    memset(shop_item(shop, 3)->currency, 0, 4);
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->choices[0].cta, DYN_CTA_ADD_TO_CART);
    assert_int_equal(recs->choices[1].cta, DYN_CTA_CHOOSE_OPTIONS);
    assert_int_equal(recs->choices[2].cta, DYN_CTA_VIEW);
    shop_free(shop);
}

static void an_anchor_without_a_title_is_not_named(void **state)
{
    shop_t *shop = usual_shop();

    (void)state;
    shop_item(shop, 50)->flags = 0;
    visit_begin(&visit);
    visit_views(&visit, 50);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->choices[0].item, 21);
    assert_int_equal(recs->choices[0].reference_kind, DYN_REFERENCE_NONE);
    assert_true(dyn_str_equal(recs->title, DYN_STR("Recommended for you")));
    shop_free(shop);
}

static void slots_are_read_from_text(void **state)
{
    dyn_slot_t slot;
    dyn_error_t error;
    static const char *const bad[] = {"",
                                      "=8",
                                      "recs=",
                                      "recs=0",
                                      "recs=25",
                                      "recs=x",
                                      "Recs",
                                      "re cs",
                                      "recs=8 ",
                                      "recs,8",
                                      "recs=-1",
                                      "a23456789012345678901234567890123",
                                      "recs=99999999999999"};

    (void)state;
    assert_true(dyn_slot_parse(DYN_STR("recs"), &slot, &error));
    assert_true(dyn_str_equal(slot.name, DYN_STR("recs")) && slot.count == 8);
    assert_true(dyn_slot_parse(DYN_STR("bought_with"), &slot, &error));
    assert_int_equal(slot.count, 4);
    assert_true(dyn_slot_parse(DYN_STR("hero-2=1"), &slot, &error));
    assert_int_equal(slot.count, 1);
    assert_true(dyn_slot_parse(DYN_STR("recs=24"), &slot, &error));
    assert_true(dyn_slot_parse(DYN_STR("a2345678901234567890123456789012"), &slot, &error));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error.text[0] = '\0';
        assert_false(dyn_slot_parse(dyn_str_from(bad[i]), &slot, &error));
        assert_non_null(strstr(error.text, "slot \""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_page_without_a_session_shows_what_is_like_its_item),
        cmocka_unit_test(the_second_slot_shows_what_is_bought_with_the_item),
        cmocka_unit_test(a_session_leads_to_what_sessions_like_it_went_on_to),
        cmocka_unit_test(a_session_of_the_current_page_alone_is_context),
        cmocka_unit_test(nothing_known_of_the_shopper_shows_what_is_popular),
        cmocka_unit_test(a_snapshot_without_any_list_decides_nothing),
        cmocka_unit_test(an_empty_shop_decides_nothing),
        cmocka_unit_test(a_session_that_cannot_be_had_falls_to_the_last_good_decision),
        cmocka_unit_test(a_rung_that_fills_a_slot_partly_is_topped_up),
        cmocka_unit_test(the_cart_page_shows_what_is_bought_with_the_cart),
        cmocka_unit_test(a_listing_shows_what_is_popular_in_its_category),
        cmocka_unit_test(recently_viewed_items_have_a_slot_of_their_own),
        cmocka_unit_test(compatible_items_follow_the_catalogue_s_order),
        cmocka_unit_test(an_item_appears_in_one_slot_only),
        cmocka_unit_test(likes_lift_scores_mildly),
        cmocka_unit_test(the_call_to_action_follows_the_item),
        cmocka_unit_test(an_anchor_without_a_title_is_not_named),
        cmocka_unit_test(slots_are_read_from_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
