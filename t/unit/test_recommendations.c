/* What each reason claims is so (docs/recommendations.md), and what the shopper does changes what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/train/kinds.h"
#include "deciding.h"
#include "engine/session/shown.h"
#include "policies.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;
static dyn_slot_t only;

static void ask_for(dyn_surface_t surface, const char *item_id, const char *slot, uint32_t count)
{
    deciding_begin(&deciding, surface, item_id);
    only = (dyn_slot_t){dyn_str_from(slot), count};
    deciding.request.slots = &only;
    deciding.request.slot_count = 1;
    deciding.request.session = &visit.session;
    deciding.explains = true;
}

static const dyn_choice_t *choice_of(const dyn_slot_decision_t *slot, uint32_t item)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->choices[i].item == item) {
            return &slot->choices[i];
        }
    }
    fail_msg("item %u is not shown", item);

    return NULL;
}

static uint32_t place_of(const dyn_slot_decision_t *slot, uint32_t item)
{
    return (uint32_t)(choice_of(slot, item) - slot->choices);
}

static void expect(const dyn_choice_t *choice, dyn_reason_t reason, dyn_reference_kind_t kind,
                   uint32_t reference)
{
    assert_int_equal(choice->reason, reason);
    assert_int_equal(choice->reference_kind, kind);
    assert_int_equal(choice->reference, reference);
}

static void expect_title(const dyn_slot_decision_t *slot, const char *title)
{
    if (!dyn_str_equal(slot->title, dyn_str_from(title))) {
        fail_msg("\"%.*s\" should be \"%s\"", (int)slot->title.len, slot->title.data, title);
    }
}

static void likes_brand(uint32_t brand, float evidence)
{
    visit.session.brands[0] = (dyn_affinity_t){brand, 1, evidence};
    visit.session.brand_count = 1;
}

static void likes_trait(uint32_t trait, float evidence)
{
    visit.session.traits[0] = (dyn_affinity_t){trait, 1, evidence};
    visit.session.trait_count = 1;
}

/* ---- reasons ---- */

static void because_you_viewed_needs_a_view_and_likeness(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_alike(shop, 0, 1, 0.8F);
    shop_edge(shop, SHOP_NEIGHBOURS, 0, 2, 0.7F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));
    const dyn_choice_t *alike = choice_of(recs, 1);

    expect(alike, DYN_REASON_BECAUSE_VIEWED, DYN_REFERENCE_ITEM, 0);
    assert_int_equal(alike->support, 0);
    assert_true(alike->strength > 0.79F && alike->strength < 0.81F);
    /* proposed, but neither alike nor viewed together by anybody */
    expect(choice_of(recs, 2), DYN_REASON_RECOMMENDED, DYN_REFERENCE_NONE, DYN_NONE);
    expect_title(recs, "Recommended for you");
    assert_true(recs->confidence > 0.49F && recs->confidence < 0.51F);
    shop_free(shop);
}

static void what_was_added_without_a_look_is_said_to_be_added(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_alike(shop, 0, 1, 0.8F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit.recent[0].views = 0;
    visit.recent[0].added = true;
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    expect(choice_of(recs, 1), DYN_REASON_BECAUSE_ADDED, DYN_REFERENCE_ITEM, 0);
    expect_title(recs, "Because you added Item 0");
    shop_free(shop);
}

static void what_was_neither_viewed_nor_added_is_no_reason(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t brand = shop_brand(shop, "Nordlicht");

    (void)state;
    shop_alike(shop, 0, 1, 0.8F);
    for (uint32_t i = 0; i < 3; i++) {
        shop_item(shop, i)->brand = brand;
    }
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_views(&visit, 2);
    visit.recent[0].views = visit.recent[1].views = 0;
    likes_brand(brand, 0.6F);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    expect(choice_of(deciding_run(&deciding, snapshot), 1), DYN_REASON_RECOMMENDED,
           DYN_REFERENCE_NONE, DYN_NONE);

    visit.recent[0].wished = visit.recent[1].wished = true;
    assert_int_not_equal(choice_of(deciding_run(&deciding, snapshot), 1)->reason,
                         DYN_REASON_RECOMMENDED);
    shop_free(shop);
}

static void what_completes_the_cart_is_of_another_category_than_what_it_goes_with(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t jackets = shop_category(shop, "Jackets", DYN_NONE);
    uint32_t boots = shop_category(shop, "Boots", DYN_NONE);

    (void)state;
    shop_item(shop, 0)->category = shop_item(shop, 2)->category = jackets;
    shop_item(shop, 1)->category = boots;
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 2, 0.5F, 30);
    shop_orders(shop, SHOP_BOUGHT_WITH, 1, 2, 0.4F, 5);
    visit_begin(&visit);
    visit_adds(&visit, 0);
    visit_adds(&visit, 1);
    ask_for(DYN_SURFACE_CART, "", "complete_the_look", 4);

    /* a second jacket is no add-on to a cart that has one; without that flag it goes with the boots */
    assert_int_equal(deciding_run(&deciding, shop_open(shop))->count, 0);
    assert_int_equal(removed_by(&deciding, 0, 2), DYN_FILTER_SAME_KIND);
    deciding.policy = policies_read(
        shop_open(shop), "'surfaces': {'any': {'slots': [{'slot': 'complete_the_look', 'flags': "
                         "['show_viewed', 'no_top_up', 'first_pick']}]}}");

    const dyn_choice_t *choice = choice_of(deciding_run(&deciding, deciding.policy->snapshot), 2);

    expect(choice, DYN_REASON_COMPLETES, DYN_REFERENCE_ITEM, 1);
    assert_int_equal(choice->support, 5);
    deciding.policy = NULL;
    shop_free(shop);
}

static void what_replaces_a_sold_out_item_is_said_to_be_available(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);

    (void)state;
    visit_begin(&visit);
    shop_alike(shop, 0, 1, 0.8F);
    shop_edge(shop, SHOP_POPULAR, 0, 5, 1);
    shop_item(shop, 0)->category = shop_item(shop, 1)->category = tents;
    shop_item(shop, 5)->category = packs;
    ask_for(DYN_SURFACE_PDP, "i00000", "recs", 4);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    expect(choice_of(recs, 1), DYN_REASON_SIMILAR_TO, DYN_REFERENCE_ITEM, 0);
    assert_int_equal(choice_of(recs, 1)->cta, DYN_CTA_ADD_TO_CART);

    shop_item(shop, 0)->stock = 0;
    recs = deciding_run(&deciding, shop_open(shop));
    expect(choice_of(recs, 1), DYN_REASON_ALTERNATIVE_TO, DYN_REFERENCE_ITEM, 0);
    assert_int_equal(choice_of(recs, 1)->cta, DYN_CTA_VIEW);
    expect_title(recs, "Available instead of Item 0");
    /* nothing from another part of the shop */
    assert_false(slot_shows(recs, 5));
    shop_free(shop);
}

static void bought_with_tells_the_orders_it_rests_on(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    visit_begin(&visit);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 1, 0.5F, 3);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 2, 0.4F, 27);
    shop_compatible(shop, 0, 3);
    ask_for(DYN_SURFACE_PDP, "i00000", "bought_with", 4);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    expect(choice_of(slot, 1), DYN_REASON_BOUGHT_WITH, DYN_REFERENCE_ITEM, 0);
    assert_int_equal(choice_of(slot, 1)->support, 3);
    assert_true(choice_of(slot, 1)->strength == 0.5F);
    assert_int_equal(choice_of(slot, 2)->support, 27);
    assert_true(choice_of(slot, 2)->strength == 0.9F);
    expect(choice_of(slot, 3), DYN_REASON_COMPATIBLE_WITH, DYN_REFERENCE_ITEM, 0);
    assert_int_equal(choice_of(slot, 3)->support, 0);
    assert_true(choice_of(slot, 3)->strength == 1);
    expect_title(slot, "Goes well with it");
    assert_true(slot->confidence > 0.79F && slot->confidence < 0.81F);
    shop_free(shop);
}

static void what_is_bought_with_a_category_names_the_category(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t domes = shop_category(shop, "Dome tents", tents);

    (void)state;
    visit_begin(&visit);
    shop_item(shop, 0)->category = domes;
    shop_item(shop, 0)->price_minor = 10000;
    shop_orders(shop, SHOP_CATEGORY_BOUGHT_WITH, domes, 4, 0.5F, 12);
    ask_for(DYN_SURFACE_PDP, "i00000", "bought_with", 4);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    expect(choice_of(slot, 4), DYN_REASON_BOUGHT_WITH, DYN_REFERENCE_CATEGORY, domes);
    assert_int_equal(choice_of(slot, 4)->support, 12);
    expect_title(slot, "Often bought with Dome tents");
    shop_free(shop);
}

static void an_add_on_slot_without_evidence_stays_empty(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    visit_begin(&visit);
    shop_edge(shop, SHOP_POPULAR, 0, 5, 1);
    ask_for(DYN_SURFACE_PDP, "i00000", "bought_with", 4);
    assert_int_equal(deciding_run(&deciding, shop_open(shop))->count, 0);
    shop_free(shop);
}

static void more_from_a_brand_needs_two_items_of_it(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t brand = shop_brand(shop, "Nordlicht");

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        shop_item(shop, i)->brand = brand;
    }
    visit_begin(&visit);
    visit_views(&visit, 0);
    likes_brand(brand, 0.6F);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_snapshot_t *snapshot = shop_open(shop);
    const dyn_slot_decision_t *recs = deciding_run(&deciding, snapshot);

    expect(choice_of(recs, 2), DYN_REASON_RECOMMENDED, DYN_REFERENCE_NONE, DYN_NONE);

    visit_views(&visit, 1);
    recs = deciding_run(&deciding, snapshot);
    expect(choice_of(recs, 2), DYN_REASON_MORE_FROM, DYN_REFERENCE_BRAND, brand);
    assert_int_equal(choice_of(recs, 2)->support, 2);
    expect_title(recs, "More from Nordlicht");

    /* one look is no liking */
    likes_brand(brand, 0.1F);
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 0);
    shop_free(shop);
}

static void what_several_viewed_items_share_is_named(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t kids = shop_trait(shop, "audience", "kids");

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        shop_has(shop, i, kids);
    }
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_views(&visit, 1);
    likes_trait(kids, 0.6F);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    expect(choice_of(recs, 3), DYN_REASON_SHARES, DYN_REFERENCE_TRAIT, kids);
    assert_int_equal(choice_of(recs, 3)->support, 2);
    expect_title(recs, "For kids");
    shop_free(shop);
}

/* ---- titles ---- */

static void a_title_names_what_is_true_of_every_item(void **state)
{
    shop_t *shop = shop_new(30);

    (void)state;
    shop_alike(shop, 0, 10, 0.8F);
    shop_alike(shop, 1, 11, 0.8F);
    shop_edge(shop, SHOP_POPULAR, 0, 20, 1);
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_views(&visit, 1);

    /* two items led to the block: neither is named */
    ask_for(DYN_SURFACE_HOME, "", "recs", 2);
    expect_title(deciding_run(&deciding, shop_open(shop)), "Because of what you viewed");
    /* one of it is shown for another reason */
    ask_for(DYN_SURFACE_HOME, "", "recs", 3);
    expect_title(deciding_run(&deciding, shop_open(shop)), "You may also like");
    shop_free(shop);
}

/* ---- fit ---- */

static void what_is_dearer_than_the_shopper_looks_at_sinks(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    shop_alike(shop, 0, 1, 0.9F);
    shop_alike(shop, 0, 2, 0.8F);
    shop_item(shop, 1)->price_minor = 30000;
    shop_item(shop, 2)->price_minor = 6000;
    shop_item(shop, 1)->category = shop_item(shop, 2)->category = tents;
    visit_begin(&visit);
    visit_views(&visit, 0);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(place_of(recs, 1), 0);
    visit.session.price_low = 4900;
    visit.session.price_high = 7900;
    visit.session.price_strength = 0.6F;
    recs = deciding_run(&deciding, shop_open(shop));
    assert_int_equal(place_of(recs, 2), 0);

    /* where a category has nothing so cheap, its cheapest quarter is within the band */
    shop_category_price(shop, tents, 30000);
    recs = deciding_run(&deciding, shop_open(shop));
    assert_int_equal(place_of(recs, 1), 0);
    shop_free(shop);
}

static void an_add_on_as_dear_as_several_of_the_item_is_not_shown(void **state)
{
    static const char *const slots[] = {"bought_with", "complete_the_look"};
    shop_t *shop = shop_new(20);

    (void)state;
    visit_begin(&visit);
    shop_item(shop, 0)->price_minor = 10000;
    shop_item(shop, 0)->category = shop_category(shop, "Jackets", DYN_NONE);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 1, 0.5F, 30);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 2, 0.4F, 30);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 3, 0.3F, 30);
    shop_item(shop, 1)->price_minor = 90000;
    shop_item(shop, 2)->price_minor = 12000;
    shop_item(shop, 3)->price_minor = 6000;
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        ask_for(DYN_SURFACE_PDP, "i00000", slots[i], 4);

        const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

        assert_int_equal(slot->count, 2);
        assert_int_equal(slot->choices[0].item, 3);
        assert_int_equal(slot->choices[1].item, 2);
        assert_int_equal(removed_by(&deciding, 0, 1), DYN_FILTER_BELOW_FLOOR);
    }
    shop_free(shop);
}

static void an_explanation_does_not_ask_again_for_an_add_on_that_is_too_dear(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_item(shop, 0)->price_minor = 10000;
    shop_item(shop, 1)->price_minor = 90000;
    shop_edge(shop, SHOP_NEIGHBOURS, 0, 1, 0.9F);
    shop_edge(shop, SHOP_TRENDING, 0, 1, 1);
    shop_edge(shop, SHOP_TRENDING, 0, 2, 0.5F);
    shop_edge(shop, SHOP_POPULAR, 0, 3, 1);
    shop_edge(shop, SHOP_POPULAR, 0, 2, 0.7F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_adds(&visit, 0);
    ask_for(DYN_SURFACE_CART, "", "recs", 4);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    for (int explains = 0; explains < 2; explains++) {
        deciding.explains = explains != 0;

        const dyn_slot_decision_t *recs = deciding_run(&deciding, snapshot);

        assert_int_equal(recs->count, 2);
        assert_int_equal(recs->choices[0].item, 2);
        assert_int_equal(recs->choices[1].item, 3);
    }
    assert_int_equal(removed_by(&deciding, 0, 1), DYN_FILTER_BELOW_FLOOR);
    shop_free(shop);
}

static void more_of_a_settled_kind_goes_back(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    shop_item(shop, 5)->category = shop_item(shop, 1)->category = tents;
    shop_alike(shop, 0, 1, 0.9F);
    shop_alike(shop, 0, 2, 0.2F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit_adds(&visit, 5);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);

    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 0);
    visit.cart[0].settled = true;
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 2), 0);

    /* what holds several kinds of things is never settled */
    shop_category_record(shop, tents)->flags = DYN_CATEGORY_SEVERAL;
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 0);
    shop_free(shop);
}

static void the_cart_s_slots_show_nothing_of_a_kind_in_the_cart(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    shop_item(shop, 0)->category = shop_item(shop, 1)->category = tents;
    shop_edge(shop, SHOP_BOUGHT_WITH, 0, 1, 0.9F);
    shop_edge(shop, SHOP_BOUGHT_WITH, 0, 2, 0.8F);
    shop_item(shop, 0)->price_minor = 10000;
    visit_begin(&visit);
    visit_adds(&visit, 0);
    ask_for(DYN_SURFACE_CART, "", "bought_with", 4);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    assert_false(slot_shows(slot, 1));
    assert_int_equal(removed_by(&deciding, 0, 1), DYN_FILTER_SAME_KIND);
    expect(choice_of(slot, 2), DYN_REASON_BOUGHT_WITH, DYN_REFERENCE_ITEM, 0);
    shop_free(shop);
}

static void what_was_turned_down_goes_back(void **state)
{
    shop_t *shop = shop_new(20);
    static dyn_rejection_t rejected[] = {{1, 1}};

    (void)state;
    shop_alike(shop, 0, 1, 0.9F);
    shop_alike(shop, 0, 2, 0.5F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 0);
    visit.session.rejected = rejected;
    visit.session.rejected_count = 1;
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 1);
    shop_free(shop);
}

static void what_is_shown_again_and_again_without_a_click_gives_way(void **state)
{
    static dyn_shown_t shown[1];
    shop_t *shop = shop_new(20);

    (void)state;
    shop_alike(shop, 0, 1, 0.9F);
    shop_alike(shop, 0, 2, 0.8F);
    visit_begin(&visit);
    visit_views(&visit, 0);
    visit.session.shown = shown;
    visit.session.shown_count = 1;
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);
    shown[0] = (dyn_shown_t){dyn_shown_hash(DYN_STR("i00001")), 2};
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 0);
    shown[0].times = 3;
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 1);
    shop_free(shop);
}

static void what_is_for_everybody_is_shown_before_what_is_for_some(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t kids = shop_trait(shop, "audience", "kids");
    uint32_t unisex = shop_trait(shop, "audience", "unisex");

    (void)state;
    shop_has(shop, 1, kids);
    shop_has(shop, 2, unisex);
    shop_edge(shop, SHOP_POPULAR, 0, 1, 1.0F);
    shop_edge(shop, SHOP_POPULAR, 0, 2, 0.9F);
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "recs", 4);
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 2), 0);
    likes_trait(kids, 0.6F);
    assert_int_equal(place_of(deciding_run(&deciding, shop_open(shop)), 1), 0);
    shop_free(shop);
}

/* ---- listings ---- */

static void a_listing_keeps_to_its_category_and_is_filled_from_above_only(void **state)
{
    shop_t *shop = shop_new(40);
    uint32_t camping = shop_category(shop, "Camping", DYN_NONE);
    uint32_t tents = shop_category(shop, "Tents", camping);
    uint32_t mats = shop_category(shop, "Mats", camping);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);

    (void)state;
    shop_item(shop, 1)->category = shop_item(shop, 2)->category = tents;
    shop_item(shop, 3)->category = mats;
    shop_item(shop, 4)->category = packs;
    shop_alike(shop, 0, 4, 0.9F);
    shop_alike(shop, 0, 3, 0.8F);
    shop_alike(shop, 0, 1, 0.7F);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, camping, 3, 1);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, camping, 2, 0.5F);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, tents, 2, 1);
    shop_edge(shop, SHOP_POPULAR, 0, 4, 1);
    visit_begin(&visit);
    visit_views(&visit, 0);
    ask_for(DYN_SURFACE_PLP, "tents", "recs", 8);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(recs->count, 3);
    assert_true(slot_shows(recs, 1) && slot_shows(recs, 2));
    assert_int_equal(recs->choices[2].item, 3);
    expect(choice_of(recs, 2), DYN_REASON_POPULAR_IN, DYN_REFERENCE_CATEGORY, tents);
    expect(choice_of(recs, 3), DYN_REASON_POPULAR_IN, DYN_REFERENCE_CATEGORY, camping);
    assert_int_equal(removed_by(&deciding, 0, 4), DYN_FILTER_OTHER_CATEGORY);
    shop_free(shop);
}

/* ---- floors ---- */

static void what_has_less_evidence_than_its_floor_is_not_proposed(void **state)
{
    static dyn_blend_weight_t weights[] = {{DYN_SOURCE_SIMILAR, 1, 0.5F},
                                           {DYN_SOURCE_BOUGHT_WITH, 1, 5}};
    static const dyn_blend_row_t row = {"", DYN_BLEND_ANY_SURFACE, 0, 0, 2};
    shop_t *shop = shop_new(20);
    dyn_snapshot_t snapshot;

    (void)state;
    visit_begin(&visit);
    shop_alike(shop, 0, 1, 0.5F);
    shop_alike(shop, 0, 2, 0.49F);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 3, 0.5F, 5);
    shop_orders(shop, SHOP_BOUGHT_WITH, 0, 4, 0.4F, 4);
    snapshot = *shop_open(shop);
    snapshot.blend = (dyn_blend_t){&row, 1, weights, 2};
    assert_null(dyn_blend_fault(&snapshot.blend));
    ask_for(DYN_SURFACE_PDP, "i00000", "recs", 8);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, &snapshot);

    assert_int_equal(recs->count, 2);
    assert_true(slot_shows(recs, 1) && slot_shows(recs, 3));
    assert_int_equal(removed_by(&deciding, 0, 2), DYN_FILTER_BELOW_FLOOR);
    assert_int_equal(removed_by(&deciding, 0, 4), DYN_FILTER_BELOW_FLOOR);
    weights[0].floor = 2000;
    assert_string_equal(dyn_blend_fault(&snapshot.blend), "a floor is not between 0 and 1000");
    weights[0].floor = 0.5F;
    shop_free(shop);
}

/* ---- kinds ---- */

static void neighbours_of_a_like_name_are_of_one_kind(void **state)
{
    static const struct {
        const char *name;
        uint32_t parent, kind;
        bool several;
    } rows[] = {
        {"Camping", DYN_NONE, 0, false},      {"Trekking tents", 0, 1, false},
        {"Family tents", 0, 1, false},        {"Sleeping mats", 0, 3, false},
        {"Pegs & tent care", 0, 4, true},     {"Hosen und Hemden", 0, 5, true},
        {"Family tents", DYN_NONE, 6, false}, {"Sand", 0, 7, false},
    };
    enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
    char strings[512] = {0};
    dyn_category_t categories[COUNT];
    uint32_t end = 4;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t length = (uint32_t)strlen(rows[i].name);

        categories[i] = (dyn_category_t){.name = end, .parent = rows[i].parent};
        memcpy(strings + end, &length, 4);
        memcpy(strings + end + 4, rows[i].name, length);
        end += 4 + (length & ~3U) + 4;
    }
    dyn_kinds_make(categories, COUNT, strings);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(categories[i].kind, rows[i].kind);
        assert_int_equal((categories[i].flags & DYN_CATEGORY_SEVERAL) != 0, rows[i].several);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(because_you_viewed_needs_a_view_and_likeness),
        cmocka_unit_test(what_was_added_without_a_look_is_said_to_be_added),
        cmocka_unit_test(what_was_neither_viewed_nor_added_is_no_reason),
        cmocka_unit_test(what_completes_the_cart_is_of_another_category_than_what_it_goes_with),
        cmocka_unit_test(what_replaces_a_sold_out_item_is_said_to_be_available),
        cmocka_unit_test(bought_with_tells_the_orders_it_rests_on),
        cmocka_unit_test(what_is_bought_with_a_category_names_the_category),
        cmocka_unit_test(an_add_on_slot_without_evidence_stays_empty),
        cmocka_unit_test(more_from_a_brand_needs_two_items_of_it),
        cmocka_unit_test(what_several_viewed_items_share_is_named),
        cmocka_unit_test(a_title_names_what_is_true_of_every_item),
        cmocka_unit_test(what_is_dearer_than_the_shopper_looks_at_sinks),
        cmocka_unit_test(an_add_on_as_dear_as_several_of_the_item_is_not_shown),
        cmocka_unit_test(an_explanation_does_not_ask_again_for_an_add_on_that_is_too_dear),
        cmocka_unit_test(more_of_a_settled_kind_goes_back),
        cmocka_unit_test(the_cart_s_slots_show_nothing_of_a_kind_in_the_cart),
        cmocka_unit_test(what_was_turned_down_goes_back),
        cmocka_unit_test(what_is_shown_again_and_again_without_a_click_gives_way),
        cmocka_unit_test(what_is_for_everybody_is_shown_before_what_is_for_some),
        cmocka_unit_test(a_listing_keeps_to_its_category_and_is_filled_from_above_only),
        cmocka_unit_test(what_has_less_evidence_than_its_floor_is_not_proposed),
        cmocka_unit_test(neighbours_of_a_like_name_are_of_one_kind),
    };

    return cmocka_run_group_tests_name("recommendations", tests, NULL, NULL);
}
