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
#include "engine/catalogue/offer.h"
#include "engine/record/answer.h"
#include "engine/render/render.h"
#include "policies.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;
static dyn_slot_t asked[2];
static uint64_t random_state;

static uint32_t below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t)((random_state >> 33) % bound);
}

/* The slot `bundle`, and beside it one that would show the same items. */
static void ask_for(dyn_surface_t surface, const char *item_id, uint32_t count)
{
    deciding_begin(&deciding, surface, item_id);
    asked[0] = (dyn_slot_t){DYN_STR("popular"), 8};
    asked[1] = (dyn_slot_t){DYN_STR("bundle"), count};
    deciding.request.slots = asked;
    deciding.request.slot_count = 2;
    deciding.request.session = &visit.session;
}

static const dyn_slot_decision_t *bundle_of(shop_t *shop)
{
    return deciding_run(&deciding, shop_open(shop)) + 1;
}

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
    assert_int_equal(is.whole_minor, price);
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

/* ---- as a block ---- */

static void a_page_shows_a_bundle_of_its_item_with_one_button(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_edge(shop, SHOP_POPULAR, 0, 2, 1);
    shop_edge(shop, SHOP_POPULAR, 0, 3, 0.5F);
    visit_begin(&visit);
    visit_views(&visit, 2);
    ask_for(DYN_SURFACE_PDP, "i00001", 8);

    const dyn_slot_decision_t *slot = bundle_of(shop);

    assert_int_equal(slot->kind, DYN_SLOT_BUNDLE);
    assert_int_equal(slot->bundle, 0);
    assert_int_equal(slot->count, 2);
    assert_int_equal(slot->rung, DYN_RUNG_CONTEXT);
    assert_true(slot->confidence == 1);
    expect(slot->title, "Sold as a set");
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(slot->choices[i].item, pack_and_cover[i]);
        assert_int_equal(slot->choices[i].reason, DYN_REASON_IN_BUNDLE);
        assert_int_equal(slot->choices[i].cta, DYN_CTA_ADD_BUNDLE);
    }
    /* what is in it is shown nowhere else, though the other slot stands before it */
    assert_int_equal(slot[-1].count, 1);
    assert_int_equal(slot[-1].choices[0].item, 3);

    ask_for(DYN_SURFACE_PDP, "i00003", 8);
    assert_int_equal(bundle_of(shop)->count, 0);
    ask_for(DYN_SURFACE_HOME, "", 8);
    assert_int_equal(bundle_of(shop)->count, 0);
    shop_free(shop);
}

static void a_bundle_with_anything_that_may_not_be_shown_is_none(void **state)
{
    (void)state;
    for (int what = 0; what < 9; what++) {
        shop_t *shop = shop_new(20);

        shop_bundle(shop, pack_and_cover, 2, 1500);
        visit_begin(&visit);
        ask_for(DYN_SURFACE_PDP, "i00001", 8);
        switch (what) {
        case 0:
            shop_item(shop, 2)->stock = 0;
            break;
        case 1: /* the page's own */
            shop_item(shop, 1)->stock = 0;
            break;
        case 2:
            shop_item(shop, 2)->flags = 0;
            break;
        case 3:
            shop_item(shop, 2)->age_min = 18;
            break;
        case 4:
            shop_countries(shop, 2, "DE", false);
            break;
        case 5:
            visit_buys(&visit, 2);
            break;
        case 6: /* another of its group is in the cart */
            shop_item(shop, 3)->group = 2;
            visit_adds(&visit, 3);
            break;
        case 7: /* it would have to be cut */
            asked[1].count = 1;
            break;
        case 8: /* nothing is wrong */
            break;
        }
        assert_int_equal(bundle_of(shop)->count, what == 8 ? 2 : 0);
        shop_free(shop);
    }
}

static void the_cart_shows_the_bundle_that_has_most_of_it(void **state)
{
    static const uint32_t one[] = {1, 5}, two[] = {1, 2, 6}, all[] = {1, 2};
    shop_t *shop = shop_new(20);

    (void)state;
    shop_bundle(shop, one, 2, 1);
    shop_bundle(shop, two, 3, -1);
    shop_bundle(shop, all, 2, 1);
    visit_begin(&visit);
    visit_adds(&visit, 1);
    ask_for(DYN_SURFACE_CART, "", 8);

    /* each has the one item: two save the same share, the first by the id stands */
    shop_bundle_record(shop, 2)->price_minor = 1500;
    assert_int_equal(bundle_of(shop)->bundle, 0);
    assert_int_equal(bundle_of(shop)->rung, DYN_RUNG_SESSION);

    /* what is in the cart as a whole is offered no more */
    visit_adds(&visit, 2);
    assert_int_equal(bundle_of(shop)->bundle, 1);
    assert_int_equal(bundle_of(shop)->count, 3);
    visit_adds(&visit, 6);
    assert_int_equal(bundle_of(shop)->bundle, 0);
    visit_adds(&visit, 5);
    assert_int_equal(bundle_of(shop)->count, 0);
    shop_free(shop);
}

static void
of_several_the_one_that_saves_the_larger_share_is_shown_then_the_more_popular(void **state)
{
    static const uint32_t others[3][2] = {{1, 4}, {1, 5}, {1, 6}};
    shop_t *shop = shop_new(20);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        shop_bundle(shop, others[i], 2, -1);
    }
    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00001", 8);
    assert_int_equal(bundle_of(shop)->bundle, 0);
    shop_item(shop, 5)->popularity = 0.5F;
    assert_int_equal(bundle_of(shop)->bundle, 1);
    shop_bundle_record(shop, 2)->price_minor = 2000;
    memcpy(shop_bundle_record(shop, 2)->currency, "EUR", 4);
    assert_int_equal(bundle_of(shop)->bundle, 2);
    /* a sale of its items makes up for what it saves */
    shop_sale(shop, 6, 900, 0, DYN_TIME_MS_MAX);
    assert_int_equal(bundle_of(shop)->bundle, 1);
    shop_free(shop);
}

static const char *json_of(const dyn_snapshot_t *snapshot)
{
    dyn_str_t json =
        dyn_render_json(snapshot, &deciding.decision, DYN_STR("bundle"), &deciding.arena);

    return dyn_arena_str(&deciding.arena, json).data;
}

static void shows(const char *text, const char *expected, bool is)
{
    if ((strstr(text, expected) != NULL) != is) {
        fail_msg("%s\n  %s this: %s", text, is ? "lacks" : "has", expected);
    }
}

static void a_bundle_is_written_with_its_price_and_what_it_saves(void **state)
{
    shop_t *shop = shop_new(20);
    const dyn_slot_decision_t *slot;
    const dyn_snapshot_t *snapshot;
    const char *json, *html;

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_bundle_record(shop, 0)->description = shop_string(shop, "Rain & sun");
    shop_bundle_text(shop, "de", "Regen-Set", "");
    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00001", 8);
    deciding.context.language = DYN_STR("de");
    slot = bundle_of(shop);
    snapshot = shop_open(shop);
    slot = deciding_run(&deciding, snapshot) + 1;
    expect(slot->title, "Im Set");
    json = json_of(snapshot);
    shows(json, "\"kind\":\"bundle\"", true);
    shows(json,
          "\"bundle\":{\"id\":\"b00000\",\"title\":\"Regen-Set\",\"description\":\"Rain \\u0026 "
          "sun\","
          "\"url\":\"/sets/b00000\",\"image\":null,\"price\":\"15.00\",",
          true);
    shows(json, "\"currency\":\"EUR\",\"sum\":\"20.03\",", true);
    shows(json, "\"saved\":\"5.03\",", true);
    shows(json, "\"cta\":{\"action\":\"add_bundle\",\"label\":\"Set in den Warenkorb\"}}", true);
    assert_ptr_equal(strstr(strstr(json, "\"cta\"") + 1, "\"cta\""), NULL);

    html = dyn_arena_str(&deciding.arena,
                         dyn_render_html(snapshot, &deciding.decision, slot, &deciding.arena))
               .data;
    shows(html,
          "<div class=\"dynstore-bundle-offer\" data-dynstore-bundle=\"b00000\">"
          "<p class=\"dynstore-bundle-title\" id=\"dynstore-bundle-title\">Regen-Set</p>"
          "<p class=\"dynstore-text\">Rain &amp; sun</p><p class=\"dynstore-bundle-price\">",
          true);
    shows(html,
          "<a class=\"dynstore-cta\" id=\"dynstore-bundle-cta\" "
          "aria-labelledby=\"dynstore-bundle-cta dynstore-bundle-title\" "
          "href=\"/sets/b00000\" data-dynstore-action=\"add_bundle\">"
          "Set in den Warenkorb</a></div></section>",
          true);
    shows(html, "Sie sparen 5,03", true);
    assert_ptr_equal(strstr(strstr(html, "dynstore-cta") + 1, "dynstore-cta"), NULL);

    /* without a price of its own it saves nothing, and says nothing of it */
    shop_bundle_record(shop, 0)->price_minor = -1;
    memset(shop_bundle_record(shop, 0)->currency, 0, 4);
    snapshot = shop_open(shop);
    deciding_run(&deciding, snapshot);
    json = json_of(snapshot);
    shows(json, "\"price\":\"20.03\"", true);
    shows(json, "saved", false);
    shows(json, "\"sum\"", false);
    shop_free(shop);
}

static void a_bundle_survives_as_bytes(void **state)
{
    static char bytes[4096];
    shop_t *shop = shop_new(20);
    dyn_decision_t again;
    dyn_error_t error = {""};
    dyn_arena_t arena;
    static char block[65536];
    bool whole;

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, 1500);
    shop_bundle(shop, pack_and_cover, 2, 1400);
    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00001", 8);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    deciding_run(&deciding, snapshot);

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(whole);
    assert_int_equal(length, dyn_answer_bytes(&deciding.decision));
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length}, &arena, &again, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(again.slots[1].kind, DYN_SLOT_BUNDLE);
    assert_int_equal(again.slots[1].bundle, 1);
    assert_int_equal(again.slots[1].count, 2);

    /* the number stands last but for that of assignments */
    bytes[length - 5] = 2;
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_false(
        dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length}, &arena, &again, &error));
    shows(error.text, "bundle: the snapshot has no number 2", true);
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_false(
        dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length - 2}, &arena, &again, &error));
    shop_free(shop);
}

static void what_rules_leave_out_is_in_no_bundle_and_a_bundle_keeps_its_button(void **state)
{
    static const struct {
        const char *members;
        uint32_t shown;
    } cases[] = {
        {"'blocked': {'id': 'i00002'}", 0},
        {"'rules': [{'id': 'a', 'when': {'item': {'id': 'i00002'}}, 'then': {'exclude': true}}]",
         0},
        {"'rules': [{'id': 'a', 'when': {'slot': 'recs', 'item': {'id': 'i00002'}}, 'then': "
         "{'exclude': true}}]",
         2},
        {"'rules': [{'id': 'a', 'when': {'item': {'price': {'min': 10.02}}}, 'then': {'filter': "
         "true}}]",
         0},
        {"'rules': [{'id': 'a', 'then': {'apart': {'items': ['i00001', 'i00002']}}}]", 0},
        {"'rules': [{'id': 'a', 'then': {'apart': {'items': ['i00002', 'i00003']}}}]", 2},
        {"'rules': [{'id': 'a', 'then': {'cta': {'action': 'view', 'label': 'Look'}}}]", 2},
    };
    shop_t *shop = shop_new(20);

    (void)state;
    shop_bundle(shop, pack_and_cover, 2, 1500);

    const dyn_snapshot_t *snapshot = shop_open(shop);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        visit_begin(&visit);
        ask_for(DYN_SURFACE_PDP, "i00001", 8);
        deciding.policy = policies_read(snapshot, cases[i].members);

        const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot) + 1;

        assert_int_equal(slot->count, cases[i].shown);
        for (uint32_t k = 0; k < slot->count; k++) {
            assert_int_equal(slot->choices[k].cta, DYN_CTA_ADD_BUNDLE);
            assert_int_equal(slot->choices[k].cta_label.len, 0);
        }
    }
    deciding.policy = NULL;
    shop_free(shop);
}

/* ---- any shop ---- */

static void no_bundle_shows_what_may_not_be_shown(void **state)
{
    enum { ITEMS = 120, BUNDLES = 150, ROUNDS = 400 };
    static char id[16];
    uint32_t shown = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        shop_t *shop = shop_new(ITEMS);

        random_state = seed;
        for (uint32_t i = 0; i < ITEMS; i++) {
            dyn_item_t *item = shop_item(shop, i);

            item->stock = below(8) == 0 ? 0 : -1;
            item->age_min = below(12) == 0 ? 18 : 0;
            item->flags = below(16) == 0 ? 0 : DYN_ITEM_IN_CATALOGUE;
            item->popularity = (float)below(100) / 100;
            if (i > 0 && below(6) == 0) {
                item->group = shop_item(shop, i - 1)->group;
            }
            if (below(10) == 0) {
                shop_countries(shop, i, "DECH", below(2) == 0);
            }
            if (below(12) == 0) {
                item->price_minor = -1;
                memset(item->currency, 0, 4);
            }
            shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)(i + 1));
        }
        for (uint32_t i = 0; i < BUNDLES; i++) {
            uint32_t items[DYN_BUNDLE_ITEMS_MAX], count = 2 + below(7), first = below(ITEMS);

            for (uint32_t k = 0; k < count; k++) {
                items[k] = (first + k * (1 + below(3) * 8) + k) % ITEMS;
                for (uint32_t earlier = 0; earlier < k; earlier++) {
                    if (items[earlier] == items[k]) {
                        items[k] = (items[k] + 1) % ITEMS;
                        earlier = UINT32_MAX;
                    }
                }
            }
            shop_bundle(shop, items, count, below(2) == 0 ? -1 : (int64_t)below(6000));
        }

        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (int round = 0; round < ROUNDS; round++) {
            uint32_t page = below(ITEMS);

            memcpy(id, dyn_snapshot_string(snapshot, snapshot->items[page].id).data, 7);
            visit_begin(&visit);
            for (uint32_t i = below(6); i-- > 0;) {
                visit_adds(&visit, below(ITEMS));
            }
            for (uint32_t i = below(4); i-- > 0;) {
                visit_buys(&visit, below(ITEMS));
            }
            ask_for(below(2) == 0 ? DYN_SURFACE_PDP : DYN_SURFACE_CART, id, 1 + below(8));
            if (below(2) == 0) {
                memcpy(deciding.context.country, "DE", 3);
            }
            deciding.context.age = below(2) == 0 ? 0 : 30;

            const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot) + 1;

            if (slot->count == 0) {
                continue;
            }

            const dyn_bundle_t *bundle = &snapshot->bundles[slot->bundle];
            const uint32_t *items = dyn_bundle_items(snapshot, bundle);
            bool has_page = deciding.context.surface != DYN_SURFACE_PDP;
            dyn_bundle_price_t price = dyn_bundle_price(snapshot, bundle, DECIDING_NOW_MS);
            int64_t sum = 0;

            shown++;
            assert_int_equal(slot->count, bundle->items_count);
            assert_true(slot->count <= asked[1].count);
            for (uint32_t i = 0; i < slot->count; i++) {
                const dyn_item_t *item = &snapshot->items[items[i]];

                assert_int_equal(slot->choices[i].item, items[i]);
                assert_true((item->flags & DYN_ITEM_IN_CATALOGUE) != 0 && item->stock != 0);
                assert_true(item->age_min <= deciding.context.age);
                assert_true(item->countries_count == 0 ||
                            (deciding.context.country[0] != '\0' && item->countries_blocked == 0));
                for (uint32_t k = 0; k < visit.session.purchased_count; k++) {
                    assert_int_not_equal(visit.purchased[k].item, items[i]);
                }
                assert_false(slot_shows(&slot[-1], items[i]));
                has_page = has_page || items[i] == page;
                sum = sum < 0 || item->price_minor < 0 ? -1 : sum + item->price_minor;
            }
            assert_true(has_page);
            assert_int_equal(price.sum_minor, sum);
            assert_true(price.saved_minor >= 0);
            assert_true(price.saved_minor == 0 || price.whole_minor + price.saved_minor == sum);
        }
        shop_free(shop);
    }
    assert_true(shown > 100);
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
        cmocka_unit_test(a_page_shows_a_bundle_of_its_item_with_one_button),
        cmocka_unit_test(a_bundle_with_anything_that_may_not_be_shown_is_none),
        cmocka_unit_test(the_cart_shows_the_bundle_that_has_most_of_it),
        cmocka_unit_test(
            of_several_the_one_that_saves_the_larger_share_is_shown_then_the_more_popular),
        cmocka_unit_test(a_bundle_is_written_with_its_price_and_what_it_saves),
        cmocka_unit_test(a_bundle_survives_as_bytes),
        cmocka_unit_test(what_rules_leave_out_is_in_no_bundle_and_a_bundle_keeps_its_button),
        cmocka_unit_test(no_bundle_shows_what_may_not_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
