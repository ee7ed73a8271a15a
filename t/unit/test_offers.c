/* What the shop reduces, and what it sells together (docs/recommendations.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "engine/catalogue/offer.h"
#include "engine/catalogue/sales.h"
#include "engine/catalogue/trends.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;
static dyn_slot_t only;
static uint64_t random_state;

static uint32_t below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t)((random_state >> 33) % bound);
}

static void ask_for(dyn_surface_t surface, const char *item_id, const char *slot, uint32_t count)
{
    deciding_begin(&deciding, surface, item_id);
    only = (dyn_slot_t){dyn_str_from(slot), count};
    deciding.request.slots = &only;
    deciding.request.slot_count = 1;
    deciding.request.session = &visit.session;
    deciding.explains = true;
}

static void expect_title(const dyn_slot_decision_t *slot, const char *title)
{
    if (!dyn_str_equal(slot->title, dyn_str_from(title))) {
        fail_msg("\"%.*s\" should be \"%s\"", (int)slot->title.len, slot->title.data, title);
    }
}

/* ---- on sale ---- */

static void only_what_is_sold_for_less_now_is_on_sale(void **state)
{
    shop_t *shop = shop_new(20);
    int64_t now = DECIDING_NOW_MS;

    (void)state;
    shop_edge(shop, SHOP_POPULAR, 0, 9, 1);
    shop_sale(shop, 0, 500, now, now + 1);
    shop_sale(shop, 1, 500, now + 1, DYN_TIME_MS_MAX);
    shop_sale(shop, 2, 500, 0, now);
    shop_sale(shop, 3, 500, 0, DYN_TIME_MS_MAX);
    shop_sale(shop, 4, 500, 0, DYN_TIME_MS_MAX);
    shop_item(shop, 4)->stock = 0;
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "on_sale", 8);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(slot->count, 2);
    assert_true(slot_shows(slot, 0) && slot_shows(slot, 3));
    for (uint32_t i = 0; i < slot->count; i++) {
        assert_int_equal(slot->choices[i].reason, DYN_REASON_ON_SALE);
        assert_int_equal(slot->choices[i].source, DYN_SOURCE_ON_SALE);
        assert_int_equal(slot->choices[i].reference_kind, DYN_REFERENCE_NONE);
        assert_int_equal(slot->choices[i].cta, DYN_CTA_ADD_TO_CART);
    }
    assert_int_equal(slot->rung, DYN_RUNG_POPULAR);
    assert_int_equal(removed_by(&deciding, 0, 4), DYN_FILTER_OUT_OF_STOCK);
    expect_title(slot, "On sale");

    /* a millisecond later one sale is over and another has begun */
    deciding.request.now_ms++;
    slot = deciding_run(&deciding, shop_open(shop));
    assert_int_equal(slot->count, 2);
    assert_true(slot_shows(slot, 1) && slot_shows(slot, 3));
    shop_free(shop);
}

static void a_shop_without_a_sale_has_nothing_on_sale(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_edge(shop, SHOP_POPULAR, 0, 9, 1);
    visit_begin(&visit);
    visit_views(&visit, 3);
    ask_for(DYN_SURFACE_HOME, "", "on_sale", 8);
    assert_int_equal(deciding_run(&deciding, shop_open(shop))->count, 0);
    expect_title(deciding.decision.slots, "");
    shop_free(shop);
}

static void the_larger_reduction_and_the_more_popular_item_come_first(void **state)
{
    static const uint32_t order[] = {2, 0, 3, 1};
    shop_t *shop = shop_new(20);

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        shop_item(shop, i)->price_minor = 1000;
        shop_item(shop, i)->popularity = i == 2 || i == 3 ? 0.5F : 0;
        shop_sale(shop, i, i % 2 == 0 ? 500 : 900, 0, DYN_TIME_MS_MAX);
    }
    /* an unknown item that is reduced by half stands before a popular one that is reduced by a tenth */
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "on_sale", 4);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(slot->count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(slot->choices[i].item, order[i]);
    }

    /* what was clearly looked for stands before them */
    uint32_t brand = shop_brand(shop, "Nordlicht");

    shop_item(shop, 1)->brand = brand;
    visit.session.brands[0] = (dyn_affinity_t){brand, 1, 1};
    visit.session.brand_count = 1;
    shop_sale(shop, 1, 500, 0, DYN_TIME_MS_MAX);
    assert_int_equal(deciding_run(&deciding, shop_open(shop))->choices[0].item, 1);
    shop_free(shop);
}

static void an_item_on_sale_may_have_been_viewed_but_is_not_the_page_s_own(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        shop_item(shop, i)->category = i < 3 ? tents : packs;
        shop_sale(shop, i, 500, 0, DYN_TIME_MS_MAX);
    }
    visit_begin(&visit);
    visit_views(&visit, 1);
    visit_adds(&visit, 2);
    ask_for(DYN_SURFACE_PDP, "i00000", "on_sale", 8);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    /* nor what is in the cart, nor of another part of the shop */
    assert_int_equal(slot->count, 1);
    assert_int_equal(slot->choices[0].item, 1);
    assert_int_equal(removed_by(&deciding, 0, 3), DYN_FILTER_OTHER_CATEGORY);
    shop_free(shop);
}

static void the_heaviest_sales_are_kept_when_there_are_too_many(void **state)
{
    enum { ITEMS = 2 * DYN_SALES_MAX };
    shop_t *shop = shop_new(ITEMS);
    uint32_t brand = shop_brand(shop, "Nordlicht");

    (void)state;
    for (uint32_t i = 0; i < ITEMS; i++) {
        /* by 0.1 % more from item to item, mixed */
        uint32_t item = i * 389 % ITEMS;

        shop_item(shop, item)->price_minor = 100000;
        shop_sale(shop, item, 99999 - 50 * (int64_t)i, 0, DYN_TIME_MS_MAX);
    }
    shop_item(shop, 0)->brand = brand; /* the least reduced */

    const dyn_snapshot_t *snapshot = shop_open(shop);
    dyn_edges_t sales = dyn_snapshot_sales(snapshot);

    assert_int_equal(sales.count, DYN_SALES_MAX);
    for (uint32_t i = 0; i < sales.count; i++) {
        assert_int_equal(sales.edges[i].item, (ITEMS - 1 - i) * 389 % ITEMS);
        assert_true(sales.edges[i].weight == dyn_sale_weight(snapshot, sales.edges[i].item));
    }

    /* an item of a brand that the shopper is after is found all the same */
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "on_sale", 8);
    deciding_run(&deciding, snapshot);
    assert_int_equal(removed_by(&deciding, 0, 0), -2);
    visit.session.brands[0] = (dyn_affinity_t){brand, 1, 1};
    visit.session.brand_count = 1;
    deciding_run(&deciding, snapshot);
    assert_int_equal(removed_by(&deciding, 0, 0), -1);
    shop_free(shop);
}

static void as_many_sales_are_kept_as_there_may_be(void **state)
{
    (void)state;
    for (uint32_t count = DYN_SALES_MAX - 1; count <= DYN_SALES_MAX + 1; count++) {
        shop_t *shop = shop_new(count);

        for (uint32_t i = 0; i < count; i++) {
            shop_sale(shop, i, 500, 0, DYN_TIME_MS_MAX);
        }
        assert_int_equal(dyn_snapshot_sales(shop_open(shop)).count,
                         count < DYN_SALES_MAX ? count : DYN_SALES_MAX);
        shop_free(shop);
    }
}

static void sales_that_were_over_when_the_snapshot_was_made_are_not_kept(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_sale(shop, 1, 500, 0, DECIDING_NOW_MS);
    shop_sale(shop, 2, 500, 0, DECIDING_NOW_MS + 1);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    assert_true(snapshot->header->as_of_ms == DECIDING_NOW_MS);
    assert_int_equal(dyn_snapshot_sales(snapshot).count, 1);
    assert_int_equal(dyn_snapshot_sales(snapshot).edges[0].item, 2);
    shop_free(shop);
}

/* ---- trending categories and brands ---- */

static shop_t *trending_shop(void)
{
    shop_t *shop = shop_new(40);
    uint32_t camping = shop_category(shop, "Camping", DYN_NONE);
    uint32_t tents = shop_category(shop, "Tents", camping);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);
    uint32_t brand = shop_brand(shop, "Nordlicht");

    /* tents 0.6 + 0.3, packs 0.8, camping 0.1, the brand 0.6 + 0.1 + 0.05 */
    for (uint32_t i = 0; i < 40; i++) {
        shop_item(shop, i)->category = i < 10 ? tents : i < 20 ? packs : DYN_NONE;
    }
    shop_item(shop, 30)->category = camping;
    shop_item(shop, 1)->brand = shop_item(shop, 30)->brand = shop_item(shop, 31)->brand = brand;
    shop_item(shop, 32)->brand = brand;
    shop_edge(shop, SHOP_TRENDING, 0, 11, 0.8F);
    shop_edge(shop, SHOP_TRENDING, 0, 1, 0.6F);
    shop_edge(shop, SHOP_TRENDING, 0, 2, 0.3F);
    shop_edge(shop, SHOP_TRENDING, 0, 30, 0.1F);
    shop_edge(shop, SHOP_TRENDING, 0, 31, 0.05F);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, tents, 5, 1);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, packs, 15, 1);

    return shop;
}

static void what_a_category_gains_is_the_sum_of_its_items(void **state)
{
    shop_t *shop = trending_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);
    dyn_edges_t categories = dyn_snapshot_trending_categories(snapshot);
    dyn_edges_t brands = dyn_snapshot_trending_brands(snapshot);

    (void)state;
    assert_int_equal(categories.count, 3);
    assert_int_equal(categories.edges[0].item, 1);
    assert_true(categories.edges[0].weight == 1);
    assert_int_equal(categories.edges[1].item, 2);
    assert_float_equal(categories.edges[1].weight, 0.8F / 0.9F, 1e-6);
    assert_int_equal(categories.edges[2].item, 0);
    assert_int_equal(brands.count, 1);
    assert_true(brands.edges[0].weight == 1);

    /* what is not in the catalogue says nothing */
    shop_item(shop, 1)->flags = 0;
    categories = dyn_snapshot_trending_categories(shop_open(shop));
    assert_int_equal(categories.edges[0].item, 2);
    shop_free(shop);
}

static void sixteen_categories_are_trending_and_no_more(void **state)
{
    for (uint32_t count = DYN_TRENDS_MAX - 1; count <= DYN_TRENDS_MAX + 1; count++) {
        shop_t *shop = shop_new(40);

        (void)state;
        for (uint32_t i = 0; i < count; i++) {
            char name[3] = {'C', (char)('a' + i), '\0'};

            shop_item(shop, i)->category = shop_category(shop, name, DYN_NONE);
            shop_edge(shop, SHOP_TRENDING, 0, i, 3e38F / (float)(i + 1));
        }

        dyn_edges_t categories = dyn_snapshot_trending_categories(shop_open(shop));

        assert_int_equal(categories.count, count < DYN_TRENDS_MAX ? count : DYN_TRENDS_MAX);
        for (uint32_t i = 0; i < categories.count; i++) {
            assert_int_equal(categories.edges[i].item, i);
        }
        shop_free(shop);
    }
}

static void each_trending_category_shows_one_item_that_is_trending(void **state)
{
    static const struct {
        uint32_t item, category;
    } shown[] = {{1, 1}, {11, 2}, {30, 0}};
    shop_t *shop = trending_shop();

    (void)state;
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "trending_categories", 8);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, shop_open(shop));

    assert_int_equal(slot->count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(slot_shows(slot, shown[i].item));
        for (uint32_t k = 0; k < 3; k++) {
            const dyn_choice_t *choice = &slot->choices[k];

            if (choice->item == shown[i].item) {
                assert_int_equal(choice->reason, DYN_REASON_TRENDING);
                assert_int_equal(choice->reference_kind, DYN_REFERENCE_CATEGORY);
                assert_int_equal(choice->reference, shown[i].category);
            }
        }
    }
    assert_int_equal(removed_by(&deciding, 0, 2), DYN_FILTER_CATEGORY_CAP);
    expect_title(slot, "Trending now");

    /* the best may not be shown: the next of its category is; of another there is none */
    shop_item(shop, 1)->stock = 0;
    shop_item(shop, 11)->age_min = 18;
    slot = deciding_run(&deciding, shop_open(shop));
    assert_int_equal(slot->count, 2);
    assert_true(slot_shows(slot, 2) && slot_shows(slot, 30));

    /* a single one names its category in the title */
    shop_item(shop, 30)->stock = 0;
    slot = deciding_run(&deciding, shop_open(shop));
    assert_int_equal(slot->count, 1);
    expect_title(slot, "Trending in Tents");
    shop_free(shop);
}

/* A blend of the only source, for any slot. */
static const dyn_snapshot_t *with_trending_in(shop_t *shop, uint32_t flags)
{
    static dyn_blend_row_t row;
    static const dyn_blend_weight_t weight = {DYN_SOURCE_TRENDING_IN, 1, 0};
    dyn_snapshot_t *snapshot = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);

    row = (dyn_blend_row_t){"", DYN_BLEND_ANY_SURFACE, flags, 0, 1};
    snapshot->blend = (dyn_blend_t){&row, 1, &weight, 1};

    return snapshot;
}

static void other_items_of_trending_categories_and_brands_are_not_called_trending(void **state)
{
    shop_t *shop = trending_shop();

    (void)state;
    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "recs", 12);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, with_trending_in(shop, 0));

    assert_int_equal(slot->count, 8);
    for (uint32_t i = 0; i < slot->count; i++) {
        const dyn_choice_t *choice = &slot->choices[i];

        switch (choice->item) {
        case 1:
        case 2:
        case 11:
        case 30:
            assert_int_equal(choice->reason, DYN_REASON_TRENDING);
            assert_int_equal(choice->reference_kind, DYN_REFERENCE_CATEGORY);
            break;
        case 31: /* of no category, but of a trending brand */
            assert_int_equal(choice->reason, DYN_REASON_TRENDING);
            assert_int_equal(choice->reference_kind, DYN_REFERENCE_NONE);
            break;
        case 5:
        case 15:
            assert_int_equal(choice->reason, DYN_REASON_POPULAR_IN);
            break;
        default:
            assert_int_equal(choice->item, 32);
            assert_int_equal(choice->reason, DYN_REASON_RECOMMENDED);
        }
    }

    /* of what is left out as the second of its category nothing is taken after all */
    slot = deciding_run(&deciding, with_trending_in(shop, DYN_BLEND_ONE_PER_CATEGORY));
    assert_int_equal(slot->count, 3);
    shop_free(shop);
}

/* ---- any shop ---- */

enum { ITEMS = 200, ROUNDS = 300 };

/* Everything at random that these slots look at. */
static shop_t *random_shop(uint64_t seed)
{
    shop_t *shop = shop_new(ITEMS);
    uint32_t categories[10], brands[6];

    random_state = seed;
    for (uint32_t i = 0; i < 10; i++) {
        char name[3] = {'C', (char)('a' + i), '\0'};

        categories[i] = shop_category(shop, name, i < 4 ? DYN_NONE : categories[below(4)]);
    }
    for (uint32_t i = 0; i < 6; i++) {
        char name[3] = {'B', (char)('a' + i), '\0'};

        brands[i] = shop_brand(shop, name);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        dyn_item_t *item = shop_item(shop, i);

        item->category = below(6) == 0 ? DYN_NONE : categories[below(10)];
        item->brand = below(6) == 0 ? DYN_NONE : brands[below(6)];
        item->stock = below(6) == 0 ? 0 : (int32_t)below(20) - 1;
        item->age_min = below(10) == 0 ? 18 : 0;
        item->flags = below(12) == 0 ? 0 : DYN_ITEM_IN_CATALOGUE;
        item->popularity = (float)below(100) / 100;
        if (i > 0 && below(5) == 0) {
            item->group = shop_item(shop, i - 1)->group;
        }
        if (below(8) == 0) {
            shop_countries(shop, i, "DECH", below(2) == 0);
        }
        if (below(3) == 0) {
            int64_t from = DECIDING_NOW_MS - 9 + below(12);

            shop_sale(shop, i, 1 + below(900), below(2) == 0 ? 0 : from,
                      below(2) == 0 ? DYN_TIME_MS_MAX : from + 1 + below(12));
        }
    }
    for (uint32_t k = 0; k < 100; k++) {
        shop_edge(shop, SHOP_POPULAR, 0, below(ITEMS), 1.0F / (float)(k + 1));
        shop_edge(shop, SHOP_TRENDING, 0, below(ITEMS), 1.0F / (float)(k + 1));
    }
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t k = 0; k < 20; k++) {
            shop_edge(shop, SHOP_CATEGORY_POPULAR, i, below(ITEMS), 1.0F / (float)(k + 1));
        }
    }

    return shop;
}

static char item_id[16];

/* Of a shopper who did anything, on any page; asks for this slot. */
static void random_request(const dyn_snapshot_t *snapshot, const char *slot)
{
    dyn_session_t *session = &visit.session;

    memcpy(item_id, dyn_snapshot_string(snapshot, snapshot->items[below(ITEMS)].id).data, 7);
    visit_begin(&visit);
    for (uint32_t i = below(20); i-- > 0;) {
        visit_views(&visit, below(ITEMS));
    }
    for (uint32_t i = below(5); i-- > 0;) {
        visit_adds(&visit, below(ITEMS));
    }
    for (uint32_t i = 0; i < 4; i++) {
        session->categories[i] = (dyn_affinity_t){below(10), 1, (float)below(10) / 10};
        session->brands[i] = (dyn_affinity_t){below(6), 1, (float)below(10) / 10};
    }
    session->category_count = below(5);
    session->brand_count = below(5);
    ask_for((dyn_surface_t)below(DYN_SURFACES_COUNT), below(8) == 0 ? "?" : item_id, slot,
            1 + below(DYN_SLOT_ITEMS_MAX));
    if (below(2) == 0) {
        memcpy(deciding.context.country, below(2) == 0 ? "DE" : "FR", 3);
    }
    deciding.context.age = below(2) == 0 ? 0 : 30;
    deciding.explains = below(2) == 0;
    if (below(5) == 0) {
        deciding.request.session = NULL;
    }
}

/* Counted again, from the records alone. */
static bool may_be_shown(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_t *row = &snapshot->items[item];
    bool listed = false;

    for (uint32_t i = 0; i < row->countries_count; i++) {
        uint16_t code = snapshot->countries[row->countries_start + i];

        listed = listed || (code == ((unsigned)deciding.context.country[0] |
                                     (unsigned)deciding.context.country[1] << 8));
    }
    if (row->countries_count > 0 &&
        (deciding.context.country[0] == '\0' || listed == (row->countries_blocked != 0))) {
        return false;
    }

    return (row->flags & DYN_ITEM_IN_CATALOGUE) != 0 && row->stock != 0 &&
           (row->age_min == 0 || deciding.context.age >= row->age_min);
}

static bool in_cart(uint32_t item)
{
    for (uint32_t i = 0; deciding.request.session != NULL && i < visit.session.cart_count; i++) {
        if (visit.cart[i].item == item) {
            return true;
        }
    }

    return false;
}

static void no_slot_of_offers_shows_what_may_not_be_shown(void **state)
{
    uint32_t shown = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        shop_t *shop = random_shop(seed);
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (int round = 0; round < ROUNDS; round++) {
            random_request(snapshot, "on_sale");

            const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);

            for (uint32_t i = 0; i < slot->count; i++) {
                uint32_t item = slot->choices[i].item;

                assert_true(may_be_shown(snapshot, item));
                assert_false(in_cart(item));
                assert_true(dyn_item_asked_price(snapshot, item, DECIDING_NOW_MS).minor <
                            dyn_item_price(snapshot, item).minor);
                assert_int_equal(slot->choices[i].reason, DYN_REASON_ON_SALE);
                shown++;
            }
        }
        shop_free(shop);
    }
    assert_true(shown > 1000);
}

static void a_slot_of_trending_categories_has_one_item_of_each(void **state)
{
    uint32_t shown = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        shop_t *shop = random_shop(seed);
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (int round = 0; round < ROUNDS; round++) {
            random_request(snapshot, "trending_categories");

            const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);

            for (uint32_t i = 0; i < slot->count; i++) {
                const dyn_choice_t *choice = &slot->choices[i];
                uint32_t category = snapshot->items[choice->item].category;

                assert_true(may_be_shown(snapshot, choice->item));
                assert_false(in_cart(choice->item));
                assert_int_equal(choice->reason, DYN_REASON_TRENDING);
                assert_int_equal(choice->reference_kind, DYN_REFERENCE_CATEGORY);
                assert_int_equal(choice->reference, category);
                assert_true(dyn_edges_weight(dyn_snapshot_trending(snapshot), choice->item) > 0);
                for (uint32_t k = 0; k < i; k++) {
                    assert_int_not_equal(snapshot->items[slot->choices[k].item].category, category);
                }
                shown++;
            }
        }
        shop_free(shop);
    }
    assert_true(shown > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_sold_for_less_now_is_on_sale),
        cmocka_unit_test(a_shop_without_a_sale_has_nothing_on_sale),
        cmocka_unit_test(the_larger_reduction_and_the_more_popular_item_come_first),
        cmocka_unit_test(an_item_on_sale_may_have_been_viewed_but_is_not_the_page_s_own),
        cmocka_unit_test(the_heaviest_sales_are_kept_when_there_are_too_many),
        cmocka_unit_test(as_many_sales_are_kept_as_there_may_be),
        cmocka_unit_test(sales_that_were_over_when_the_snapshot_was_made_are_not_kept),
        cmocka_unit_test(what_a_category_gains_is_the_sum_of_its_items),
        cmocka_unit_test(sixteen_categories_are_trending_and_no_more),
        cmocka_unit_test(each_trending_category_shows_one_item_that_is_trending),
        cmocka_unit_test(other_items_of_trending_categories_and_brands_are_not_called_trending),
        cmocka_unit_test(a_slot_of_trending_categories_has_one_item_of_each),
        cmocka_unit_test(no_slot_of_offers_shows_what_may_not_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
