/* Moments, their slots, and guardrails (docs/moments.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/train/kinds.h"
#include "deciding.h"
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

/* ---- a step up ---- */

static void a_step_up_is_of_the_category_and_dearer_within_the_band(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        shop_item(shop, i)->category = i < 6 ? packs : tents;
        shop_item(shop, i)->price_minor = 10000;
        if (i > 0) {
            shop_alike(shop, 0, i, 0.9F - 0.1F * (float)i);
        }
    }
    shop_item(shop, 1)->price_minor = 13000; /* just within 0.3 */
    shop_item(shop, 2)->price_minor = 13001;
    shop_item(shop, 3)->price_minor = 10000;
    shop_item(shop, 4)->price_minor = 10001;
    shop_item(shop, 5)->price_minor = 12000;
    shop_item(shop, 5)->stock = 0;
    shop_item(shop, 6)->price_minor = 12000; /* a tent */

    const dyn_snapshot_t *snapshot = shop_open(shop);

    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00000", "upsell", 4);

    const dyn_slot_decision_t *upsell = deciding_run(&deciding, snapshot);

    assert_int_equal(upsell->count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const dyn_choice_t *choice = choice_of(upsell, i == 0 ? 1 : 4);

        assert_int_equal(choice->reason, DYN_REASON_UPSELL_OF);
        assert_int_equal(choice->reference_kind, DYN_REFERENCE_ITEM);
        assert_int_equal(choice->reference, 0);
    }

    visit_adds(&visit, 0);
    ask_for(DYN_SURFACE_CART, "", "upsell", 4);
    upsell = deciding_run(&deciding, snapshot);
    assert_int_equal(upsell->count, 2);
    assert_int_equal(upsell->choices[0].reason, DYN_REASON_UPSELL_OF);

    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "upsell", 4);
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 0);
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_up_is_of_the_category_and_dearer_within_the_band),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
