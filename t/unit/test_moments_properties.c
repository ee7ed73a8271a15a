/* What holds of moments, their slots, guardrails and reasons in any shop, for any log, on any page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "engine/catalogue/kind.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/moment.h"
#include "shop.h"

enum { ITEMS = 120, ROUNDS = 400, LOG = 24, CATEGORIES = 6, TRAITS = 8 };

static deciding_t deciding;
static uint32_t seed;

static uint32_t below(uint32_t count)
{
    seed = seed * 1664525U + 1013904223U;

    return (seed >> 8) % count;
}

static bool once_in(uint32_t count)
{
    return below(count) == 0;
}

static shop_t *random_shop(void)
{
    static const char *const names[] = {"Tents", "Packs", "Boots", "Stoves", "Lamps", "Toys"};
    shop_t *shop = shop_new(ITEMS);
    uint32_t categories[CATEGORIES], traits[TRAITS];
    uint32_t brand = shop_brand(shop, "Nordhang");

    for (uint32_t i = 0; i < CATEGORIES; i++) {
        categories[i] = shop_category(shop, names[i], DYN_NONE);
        shop_category_record(shop, categories[i])->kind = categories[i];
    }
    traits[0] = shop_trait(shop, "audience", "kids");
    for (uint32_t i = 1; i < TRAITS; i++) {
        char value[8];

        (void)snprintf(value, sizeof(value), "v%u", i);
        traits[i] = shop_trait(shop, i < 4 ? "size class" : "tag", value);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        dyn_item_t *item = shop_item(shop, i);

        item->category = categories[below(CATEGORIES)];
        item->title = shop_string(shop, "A thing");
        item->price_minor = 500 + (int64_t)below(20000);
        item->brand = once_in(2) ? brand : DYN_NONE;
        item->stock = once_in(6) ? 0 : 5;
        item->age_min = once_in(12) ? 18 : 0;
        if (once_in(10)) {
            shop_countries(shop, i, "DE", once_in(2));
        }
        if (once_in(5)) {
            shop_variants(shop, i, 3, 5);
            item->stock = 15;
        }
        for (uint32_t k = 0; k < TRAITS; k++) {
            if (once_in(4)) {
                shop_has(shop, i, traits[k]);
            }
        }
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        for (uint32_t k = 0; k < 10; k++) {
            shop_alike(shop, i, (i + 1 + k * 7) % ITEMS, 0.9F - 0.08F * (float)k);
        }
        for (uint32_t k = 0; k < 4; k++) {
            shop_orders(shop, SHOP_BOUGHT_WITH, i, (i + 3 + k * 11) % ITEMS, 0.9F - 0.2F * (float)k,
                        10 - k);
        }
    }
    for (uint32_t i = 0; i < 30; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i * 4, 1.0F / (float)(i + 1));
    }

    return shop;
}

/* A log of what shoppers do, and the page that follows. */
typedef struct {
    char texts[LOG][64];
    dyn_str_t rows[LOG];
    size_t count;
    dyn_session_t session;
    char memory[1 << 18];
    dyn_slot_t slots[5];
    dyn_policy_t policy;
    dyn_free_shipping_t shipping;
    char page[8];
    uint32_t kept[8];
    dyn_last_good_slot_t last_good;
} asked_t;

static asked_t asked;

static void fold(const dyn_snapshot_t *snapshot)
{
    dyn_session_record_t record = {
        .log = asked.rows, .log_count = asked.count, .now_ms = DECIDING_NOW_MS};
    dyn_arena_t arena;

    dyn_arena_init(&arena, asked.memory, sizeof(asked.memory), NULL, NULL);
    assert_true(dyn_session_fold(snapshot, &record, &arena, &asked.session));
}

static void random_question(const dyn_snapshot_t *snapshot)
{
    static const char *const codes[] = {"vi", "vi", "vi", "vi", "ac", "zo", "co", "rc", "sg", "pu"};
    static const char *const slots[] = {"comparison", "guide", "messages", "upsell", "recs"};
    uint32_t width = once_in(2) ? 6 : ITEMS;
    long long age = 0;

    asked.count = below(LOG);
    for (size_t i = 0; i < asked.count; i++) {
        age += below(40000);
        (void)snprintf(asked.texts[i], sizeof(asked.texts[i]), "%s %lld i%05u",
                       codes[below(sizeof(codes) / sizeof(codes[0]))],
                       (long long)DECIDING_NOW_MS - age, below(width) * (ITEMS / width));
        asked.rows[i] = dyn_str_from(asked.texts[i]);
    }
    fold(snapshot);

    (void)snprintf(asked.page, sizeof(asked.page), "i%05u", below(width) * (ITEMS / width));
    deciding_begin(&deciding, (dyn_surface_t)below(DYN_SURFACES_COUNT), asked.page);
    if (deciding.context.surface != DYN_SURFACE_PDP) {
        deciding.context.item_id = DYN_STR("Tents");
    }
    if (once_in(2)) {
        memcpy(deciding.context.country, once_in(2) ? "DE" : "FR", 2);
    }
    deciding.context.age = once_in(2) ? 18 : 0;
    deciding.request.session = &asked.session;
    for (size_t i = 0; i < 5; i++) {
        asked.slots[i] = (dyn_slot_t){dyn_str_from(slots[i]), 1 + below(6)};
    }
    deciding.request.slots = asked.slots;
    deciding.request.slot_count = 5;
    deciding.request.seed = below(1000);
    asked.policy = *dyn_policy_default();
    asked.shipping = (dyn_free_shipping_t){"", "EUR", 1000 + (int64_t)below(30000)};
    asked.policy.free_shipping = &asked.shipping;
    asked.policy.free_shipping_count = 1;
    deciding.policy = &asked.policy;
    if (once_in(5)) {
        /* Redis does not answer: what was decided last, whatever became of it, and what is popular */
        memset(&asked.session, 0, sizeof(asked.session));
        deciding.request.session = NULL;
        for (uint32_t i = 0; i < 8; i++) {
            asked.kept[i] = below(ITEMS + 10);
        }
        asked.last_good = (dyn_last_good_slot_t){DYN_STR("recs"), asked.kept, 8};
        deciding.request.last_good = &asked.last_good;
        deciding.request.last_good_count = 1;
    }
}

static const dyn_interest_t *recent_of(uint32_t item)
{
    for (uint32_t i = 0; i < asked.session.recent_count; i++) {
        if (asked.session.recent[i].item == item) {
            return &asked.session.recent[i];
        }
    }

    return NULL;
}

static uint32_t page_item(const dyn_snapshot_t *snapshot)
{
    return deciding.context.surface == DYN_SURFACE_PDP
               ? dyn_snapshot_find_item(snapshot, deciding.context.item_id, NULL)
               : DYN_NONE;
}

static void assert_masked_is_not_shown(const dyn_snapshot_t *snapshot, uint32_t number)
{
    const dyn_item_t *item = &snapshot->items[number];

    assert_true(dyn_item_in_catalogue(snapshot, number));
    assert_int_not_equal(dyn_item_stock(snapshot, number), 0);
    assert_true(item->age_min <= deciding.context.age);
    if (item->countries_count > 0) {
        assert_true(deciding.context.country[0] != '\0');
        assert_int_equal(strcmp(deciding.context.country, "DE") == 0, !item->countries_blocked);
    }
}

static bool is_in_cart(uint32_t item)
{
    for (uint32_t i = 0; i < asked.session.cart_count; i++) {
        if (asked.session.cart[i].item == item) {
            return true;
        }
    }

    return false;
}

static int64_t price_of(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return dyn_item_asked_price(snapshot, item, DECIDING_NOW_MS).minor;
}

/* Between the prices of the cheapest and the dearest of two others of the kind that were viewed. */
static bool is_within_prices(const dyn_snapshot_t *snapshot, uint32_t item)
{
    int64_t low = INT64_MAX, high = -1;
    uint32_t others = 0;

    for (uint32_t i = 0; i < asked.session.recent_count; i++) {
        const dyn_interest_t *recent = &asked.session.recent[i];

        if (recent->views > 0 && recent->item != item &&
            dyn_same_kind(snapshot, item, recent->item)) {
            int64_t price = price_of(snapshot, recent->item);

            others++;
            low = price < low ? price : low;
            high = price > high ? price : high;
        }
    }

    return others >= 2 && price_of(snapshot, item) >= low && price_of(snapshot, item) <= high;
}

static uint32_t count_having(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < asked.session.recent_count; i++) {
        const dyn_interest_t *recent = &asked.session.recent[i];

        count += (recent->views > 0 || recent->added || recent->wished) &&
                 (choice->reason == DYN_REASON_MORE_FROM
                      ? snapshot->items[recent->item].brand == choice->reference
                      : dyn_item_has_trait(snapshot, recent->item, choice->reference));
    }

    return count;
}

static void assert_is_true(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    const dyn_interest_t *recent = recent_of(choice->item);
    uint32_t page = page_item(snapshot);

    switch (choice->reason) {
    case DYN_REASON_COMPARED:
        assert_true(choice->item == page ||
                    (recent != NULL && (recent->views > 0 || recent->compared)));
        break;
    case DYN_REASON_CAME_BACK_TO:
        assert_non_null(recent);
        assert_true(recent->visits + (choice->item == page) >= 2);
        break;
    case DYN_REASON_WITHIN_PRICES:
        assert_true(is_within_prices(snapshot, choice->item));
        break;
    case DYN_REASON_UPSELL_OF:
        assert_true(page != DYN_NONE ? choice->reference == page : is_in_cart(choice->reference));
        assert_int_equal(snapshot->items[choice->item].category,
                         snapshot->items[choice->reference].category);
        assert_true(price_of(snapshot, choice->item) > price_of(snapshot, choice->reference));
        assert_true((double)price_of(snapshot, choice->item) <=
                    1.3 * (double)price_of(snapshot, choice->reference));
        break;
    case DYN_REASON_MORE_FROM:
        assert_int_equal(snapshot->items[choice->item].brand, choice->reference);
        assert_int_equal(count_having(snapshot, choice), choice->support);
        assert_true(choice->support >= 2);
        break;
    case DYN_REASON_SHARES:
        assert_true(dyn_item_has_trait(snapshot, choice->item, choice->reference));
        assert_int_equal(count_having(snapshot, choice), choice->support);
        assert_true(choice->support >= 2);
        break;
    case DYN_REASON_BECAUSE_VIEWED:
        recent = recent_of(choice->reference);
        assert_true(choice->reference == page || (recent != NULL && recent->views > 0));
        break;
    case DYN_REASON_BOUGHT_WITH:
        assert_true(dyn_bought_with_support(snapshot, choice->reference, choice->item) >= 3);
        break;
    default:
        break;
    }
    assert_true(choice->strength >= 0 && choice->strength <= 1);
    assert_true(choice->propensity > 0 && choice->propensity <= 1);
}

/* What is cheap in this shop is not counted. */
static int64_t cost_of(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < slot->count; i++) {
        int64_t price = price_of(snapshot, slot->choices[i].item);

        sum += price > snapshot->price_low ? price : 0;
    }

    return sum;
}

/* With nothing in the cart nothing is an add-on. */
static int64_t cart_of(const dyn_snapshot_t *snapshot)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < asked.session.cart_count; i++) {
        sum += asked.session.cart[i].quantity * price_of(snapshot, asked.session.cart[i].item);
    }

    return asked.session.cart_count > 0 ? sum : INT64_MAX;
}

static void assert_slot(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot, size_t at,
                        bool *shown)
{
    static const dyn_moment_t moments[] = {DYN_MOMENT_COMPARISON, DYN_MOMENT_HESITATION,
                                           DYN_MOMENT_CHECKOUT};

    if (at < 3 && deciding.decision.moment != moments[at]) {
        assert_true(dyn_slot_is_empty(slot));
    }
    if (at == 0) {
        assert_true(slot->count != 1 && slot->count <= 4);
    }
    if (at == 1) {
        assert_true(slot->count <= 3);
    }
    if (at == 4 && deciding.context.surface == DYN_SURFACE_CART) {
        assert_true(cost_of(snapshot, slot) <= cart_of(snapshot));
    }
    for (uint32_t i = 0; i < slot->count; i++) {
        uint32_t item = slot->choices[i].item;

        assert_masked_is_not_shown(snapshot, item);
        assert_false(shown[item]);
        shown[item] = true;
        assert_is_true(snapshot, &slot->choices[i]);
        assert_true(i == 0 || slot->choices[i].score <= slot->choices[i - 1].score);
        if (at == 0) {
            assert_true(dyn_same_kind(snapshot, slot->choices[0].item, item));
        }
        if (at == 2) {
            assert_true(price_of(snapshot, item) >= slot->messages[0].amount_minor);
            assert_int_equal(slot->messages[0].kind, DYN_MESSAGE_FREE_SHIPPING_GAP);
        }
    }
}

static void masks_hold_and_reasons_are_true_in_every_slot(void **state)
{
    uint32_t by_moment[DYN_MOMENTS_COUNT] = {0};
    uint32_t filled[5] = {0}, rungs[DYN_RUNGS_COUNT] = {0};

    (void)state;
    seed = 1;
    for (int shops = 0; shops < 4; shops++) {
        shop_t *shop = random_shop();
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            bool shown[ITEMS] = {false};

            random_question(snapshot);
            asked.policy.guardrails.exploration = once_in(2) ? 0.2 : 0;
            deciding_run(&deciding, snapshot);
            by_moment[deciding.decision.moment]++;
            rungs[deciding.decision.slots[4].rung]++;
            for (size_t i = 0; i < 5; i++) {
                assert_slot(snapshot, &deciding.decision.slots[i], i, shown);
                filled[i] += deciding.decision.slots[i].count > 0;
            }
        }
        shop_free(shop);
    }
    for (size_t i = 0; i < 5; i++) {
        assert_true(filled[i] > 10);
    }
    for (int rung = 0; rung < DYN_RUNG_NONE; rung++) {
        assert_true(rungs[rung] > 10);
    }
    assert_true(by_moment[DYN_MOMENT_BROWSE] > 50 && by_moment[DYN_MOMENT_COMPARISON] > 50);
}

static void remember(dyn_choice_t *choices, uint32_t *counts)
{
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        counts[s] = slot->count;
        if (slot->count > 0) {
            memcpy(choices + (size_t)s * DYN_SLOT_ITEMS_MAX, slot->choices,
                   slot->count * sizeof(dyn_choice_t));
        }
    }
}

static void assert_remembered(const dyn_choice_t *choices, const uint32_t *counts)
{
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        assert_int_equal(slot->count, counts[s]);
        for (uint32_t i = 0; i < slot->count; i++) {
            assert_int_equal(slot->choices[i].item, choices[s * DYN_SLOT_ITEMS_MAX + i].item);
            assert_true(slot->choices[i].propensity ==
                        choices[s * DYN_SLOT_ITEMS_MAX + i].propensity);
        }
    }
}

static void a_seed_and_what_is_seen_decide_also_when_it_is_explained(void **state)
{
    static dyn_choice_t choices[5 * DYN_SLOT_ITEMS_MAX];
    uint32_t counts[5], explored = 0;

    (void)state;
    seed = 77;
    for (int shops = 0; shops < 3; shops++) {
        shop_t *shop = random_shop();
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            uint32_t seen[6];
            dyn_last_good_slot_t previous = {DYN_STR("recs"), seen, 6};

            random_question(snapshot);
            for (uint32_t i = 0; i < 6; i++) {
                seen[i] = below(ITEMS + 10); /* a number may be of another build */
            }
            deciding.request.previous = &previous;
            deciding.request.previous_count = once_in(2);
            asked.policy.guardrails.exploration = 0.2;
            deciding_run(&deciding, snapshot);
            remember(choices, counts);
            for (uint32_t i = 0; i < counts[4]; i++) {
                explored += choices[4 * DYN_SLOT_ITEMS_MAX + i].propensity < 0.5F;
            }
            deciding.explains = true;
            deciding_run(&deciding, snapshot);
            assert_remembered(choices, counts);
        }
        shop_free(shop);
    }
    assert_true(explored > 100);
}

static void an_answer_that_follows_itself_stays_as_it_is(void **state)
{
    static dyn_choice_t choices[5 * DYN_SLOT_ITEMS_MAX];
    uint32_t counts[5];

    (void)state;
    seed = 99;
    for (int shops = 0; shops < 3; shops++) {
        shop_t *shop = random_shop();
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            uint32_t seen[5][DYN_SLOT_ITEMS_MAX];
            dyn_last_good_slot_t previous[5];

            random_question(snapshot);
            deciding_run(&deciding, snapshot);
            remember(choices, counts);
            for (uint32_t s = 0; s < 5; s++) {
                previous[s] = (dyn_last_good_slot_t){asked.slots[s].name, seen[s], counts[s]};
                for (uint32_t i = 0; i < counts[s]; i++) {
                    seen[s][i] = choices[s * DYN_SLOT_ITEMS_MAX + i].item;
                }
            }
            deciding.request.previous = previous;
            deciding.request.previous_count = 5;
            deciding_run(&deciding, snapshot);
            assert_remembered(choices, counts);
        }
        shop_free(shop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_hold_and_reasons_are_true_in_every_slot),
        cmocka_unit_test(a_seed_and_what_is_seen_decide_also_when_it_is_explained),
        cmocka_unit_test(an_answer_that_follows_itself_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
