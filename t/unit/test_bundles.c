/* Items that are sold together: in a snapshot, and as a block (docs/recommendations.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "engine/catalogue/bundles.h"
#include "shop.h"

static const uint32_t pack_and_cover[] = {1, 2};

static void expect(dyn_str_t text, const char *expected)
{
    if (!dyn_str_equal(text, dyn_str_from(expected))) {
        fail_msg("\"%.*s\" should be \"%s\"", (int)text.len, text.data, expected);
    }
}

/* ---- in a snapshot ---- */

static void the_bundles_of_an_item_are_found(void **state)
{
    static const uint32_t second[] = {2, 5, 1}, third[] = {7, 2};
    shop_t *shop = shop_new(20);

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_bundle(shop, second, 3, -1);
    shop_bundle(shop, third, 2, -1);

    const dyn_snapshot_t *snapshot = shop_open(shop);
    dyn_bundle_members_t members = dyn_bundles_of(snapshot, 2);

    assert_int_equal(snapshot->bundle_count, 3);
    assert_int_equal(members.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(members.rows[i].bundle, i);
    }
    assert_int_equal(dyn_bundles_of(snapshot, 1).count, 2);
    assert_int_equal(dyn_bundles_of(snapshot, 7).count, 1);
    assert_int_equal(dyn_bundles_of(snapshot, 7).rows[0].bundle, 2);
    assert_int_equal(dyn_bundles_of(snapshot, 0).count, 0);
    assert_int_equal(dyn_bundles_of(snapshot, 6).count, 0);
    assert_int_equal(dyn_bundles_of(snapshot, 19).count, 0);
    assert_memory_equal(dyn_bundle_items(snapshot, &snapshot->bundles[1]), second, sizeof(second));
    shop_free(shop);
}

static void of_an_item_64_bundles_are_found(void **state)
{
    for (uint32_t count = DYN_BUNDLES_PER_ITEM_MAX - 1; count <= DYN_BUNDLES_PER_ITEM_MAX + 1;
         count++) {
        shop_t *shop = shop_new(count + 1);

        (void)state;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t items[] = {0, i + 1};

            shop_bundle(shop, items, 2, -1);
        }

        uint32_t found = dyn_bundles_of(shop_open(shop), 0).count;

        assert_int_equal(found,
                         count < DYN_BUNDLES_PER_ITEM_MAX ? count : DYN_BUNDLES_PER_ITEM_MAX);
        shop_free(shop);
    }
}

static void a_shop_without_bundles_has_none(void **state)
{
    shop_t *shop = shop_new(20);
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    assert_int_equal(snapshot->bundle_count, 0);
    assert_int_equal(dyn_bundles_of(snapshot, 2).count, 0);
    shop_free(shop);
}

static void a_bundle_speaks_the_language_its_parent_or_its_own(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, -1);
    shop_bundle_text(shop, "fr", "Ensemble", "Pour partir");
    shop_bundle(shop, pack_and_cover, 2, -1);
    shop_bundle_record(shop, 1)->description = shop_string(shop, "All of it");
    shop_bundle_text(shop, "de", "Set", "Alles dabei");
    shop_bundle_text(shop, "de-AT", "Packerl", "");

    const dyn_snapshot_t *snapshot = shop_open(shop);
    const dyn_bundle_t *bundle = &snapshot->bundles[1];
    dyn_bundle_words_t words = dyn_bundle_words(snapshot, bundle, DYN_STR("DE_at"));

    expect(words.title, "Packerl");
    expect(words.description, "Alles dabei");
    expect(dyn_bundle_words(snapshot, bundle, DYN_STR("de-CH-1996")).title, "Set");
    expect(dyn_bundle_words(snapshot, bundle, DYN_STR("fr")).title, "Bundle 1");
    expect(dyn_bundle_words(snapshot, bundle, DYN_STR("fr")).description, "All of it");
    expect(dyn_bundle_words(snapshot, bundle, DYN_STR("d")).title, "Bundle 1");
    expect(dyn_bundle_words(snapshot, bundle, DYN_STR("")).title, "Bundle 1");
    expect(dyn_bundle_words(snapshot, &snapshot->bundles[0], DYN_STR("fr-FR")).title, "Ensemble");
    shop_free(shop);
}

static void expect_price(const dyn_snapshot_t *snapshot, uint32_t bundle, int64_t sum,
                         int64_t price, int64_t saved)
{
    dyn_bundle_price_t is = dyn_bundle_price(snapshot, &snapshot->bundles[bundle], DECIDING_NOW_MS);

    assert_int_equal(is.sum_minor, sum);
    assert_int_equal(is.price_minor, price);
    assert_int_equal(is.saved_minor, saved);
    assert_string_equal(is.currency, price < 0 ? "" : "EUR");
}

static void what_a_bundle_saves_is_never_negative_and_never_guessed(void **state)
{
    static const uint32_t with_unknown[] = {1, 3}, with_dollars[] = {1, 4};
    shop_t *shop = shop_new(20);

    (void)state;
    /* 10.01 and 10.02 */
    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_bundle(shop, pack_and_cover, 2, 2003);
    shop_bundle(shop, pack_and_cover, 2, 2500);
    shop_bundle(shop, pack_and_cover, 2, -1);
    shop_bundle(shop, with_unknown, 2, 1500);
    shop_bundle(shop, with_unknown, 2, -1);
    shop_bundle(shop, with_dollars, 2, 1500);
    shop_bundle(shop, with_dollars, 2, -1);
    shop_bundle(shop, pack_and_cover, 2, 0);
    shop_item(shop, 3)->price_minor = -1;
    memset(shop_item(shop, 3)->currency, 0, 4);
    memcpy(shop_item(shop, 4)->currency, "USD", 4);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    expect_price(snapshot, 0, 2003, 1500, 503);
    expect_price(snapshot, 1, 2003, 2003, 0);
    expect_price(snapshot, 2, 2003, 2500, 0);
    expect_price(snapshot, 3, 2003, 2003, 0);
    expect_price(snapshot, 4, -1, 1500, 0);
    expect_price(snapshot, 5, -1, -1, 0);
    expect_price(snapshot, 6, -1, 1500, 0);
    expect_price(snapshot, 7, -1, -1, 0);
    expect_price(snapshot, 8, 2003, 0, 2003);

    /* a sale of an item counts while it lasts */
    shop_sale(shop, 2, 400, 0, DECIDING_NOW_MS + 1);
    expect_price(shop_open(shop), 0, 1401, 1500, 0);
    shop_sale(shop, 2, 400, 0, DECIDING_NOW_MS);
    expect_price(shop_open(shop), 0, 2003, 1500, 503);
    shop_free(shop);
}

static shop_t *two_bundles(void)
{
    static const uint32_t other[] = {3, 4, 5};
    shop_t *shop = shop_new(20);

    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_bundle_text(shop, "de", "Set", "");
    shop_bundle(shop, other, 3, -1);
    shop_bundle_text(shop, "de", "Set", "");

    return shop;
}

static void expect_refusal(shop_t *shop, const char *expected)
{
    const char *refusal = shop_refusal(shop);

    if (refusal == NULL || strstr(refusal, expected) == NULL) {
        fail_msg("\"%s\" should say \"%s\"", refusal == NULL ? "taken" : refusal, expected);
    }
    shop_free(shop);
}

static void damaged_bundles_are_refused(void **state)
{
    shop_t *shop;

    (void)state;
    shop = two_bundles();
    assert_null(shop_refusal(shop));
    shop_free(shop);
#define SPOIL(bundle, member, value, sentence)          \
    shop = two_bundles();                               \
    shop_bundle_record(shop, bundle)->member = (value); \
    expect_refusal(shop, "section \"bundles\": bundle " sentence)
    SPOIL(0, id, 1, "0: id, title, description, url or image is no string");
    SPOIL(0, description, 2, "0: id, title, description, url or image is no string");
    SPOIL(0, image, 1 << 30, "0: id, title, description, url or image is no string");
    SPOIL(0, id, 0, "0: the id is empty");
    SPOIL(1, id, shop_bundle_record(shop, 0)->id, "1: the id does not come after");
    SPOIL(1, title, 0, "1: the title is empty");
    SPOIL(0, price_minor, -2, "0: the price is out of range");
    SPOIL(0, price_minor, DYN_PRICE_MINOR_MAX + 1LL, "0: the price is out of range");
    SPOIL(0, currency[0], 'e', "0: the price is out of range or the currency");
    SPOIL(0, currency[3], 'X', "0: the price is out of range or the currency");
    SPOIL(0, price_minor, -1, "0: the price is out of range or the currency");
    SPOIL(1, items_start, 1, "1: its items do not follow");
    SPOIL(1, items_count, 1, "1: its items do not follow those of the one before, or are too few");
    SPOIL(1, texts_start, 0, "1: its texts do not follow");
    SPOIL(1, texts_count, 2, "1: its texts do not follow");
    SPOIL(1, texts_count, DYN_BUNDLE_LANGUAGES_MAX + 1, "1: its texts do not follow");
#undef SPOIL

    shop = two_bundles();
    shop_bundle_record(shop, 1)->texts_count = 0;
    expect_refusal(shop, "section \"bundles\": the bundles have 5 items and 1 texts");
    shop = two_bundles();
    shop_bundle_text(shop, "", "Set", "");
    expect_refusal(shop, "section \"bundle_texts\": row 2: language");
    shop = two_bundles();
    shop_bundle_text(shop, "en-00000000-00000000-00000000-000000", "Set", "");
    expect_refusal(shop, "section \"bundle_texts\": row 2: language");
}

static void a_bundle_has_2_to_8_different_items_that_are_there(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= DYN_BUNDLE_ITEMS_MAX + 1; count++) {
        static const uint32_t items[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
        shop_t *shop = shop_new(20);

        shop_bundle(shop, items, count, -1);
        if (count >= 2 && count <= DYN_BUNDLE_ITEMS_MAX) {
            assert_null(shop_refusal(shop));
            shop_free(shop);
        } else {
            expect_refusal(shop, "are too few or too many");
        }
    }

    static const uint32_t twice[] = {1, 2, 1}, missing[] = {1, 20};
    shop_t *shop = shop_new(20);

    shop_bundle(shop, twice, 3, -1);
    expect_refusal(shop, "bundle 0: an item is not there, or there twice");
    shop = shop_new(20);
    shop_bundle(shop, missing, 2, -1);
    expect_refusal(shop, "bundle 0: an item is not there, or there twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bundles_of_an_item_are_found),
        cmocka_unit_test(of_an_item_64_bundles_are_found),
        cmocka_unit_test(a_shop_without_bundles_has_none),
        cmocka_unit_test(a_bundle_speaks_the_language_its_parent_or_its_own),
        cmocka_unit_test(what_a_bundle_saves_is_never_negative_and_never_guessed),
        cmocka_unit_test(damaged_bundles_are_refused),
        cmocka_unit_test(a_bundle_has_2_to_8_different_items_that_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
