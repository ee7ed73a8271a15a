#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "build_fixture.h"
#include "deciding.h"
#include "engine/render/render.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;

/* What docs/http-api.md shows: a page view of one pack leads to the pack's neighbours. */
static shop_t *documented_shop(void)
{
    shop_t *shop = shop_new(5);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);
    uint32_t day = shop_category(shop, "Day packs", packs);

    shop_item(shop, 0)->title = shop_string(shop, "Trail Pack 30");
    shop_item(shop, 0)->category = day;
    shop_item(shop, 1)->title = shop_string(shop, "Gipfelst\xc3\xbcrmer <40> & more");
    shop_item(shop, 1)->price_minor = 12900;
    shop_item(shop, 2)->price_minor = 1980;
    memcpy(shop_item(shop, 2)->currency, "JPY", 3);
    shop_item(shop, 3)->url = shop_string(shop, "javascript&colon;alert(1)");
    shop_item(shop, 3)->image = shop_string(shop, "/&bsol;cdn.example.com/x.svg");
    shop_item(shop, 3)->price_minor = -1;
    memset(shop_item(shop, 3)->currency, 0, 4);
    shop_variants(shop, 2, 2, 4);
    shop_item(shop, 4)->category = day;
    shop_alike(shop, 0, 1, 1.0F);
    shop_alike(shop, 0, 2, 0.5F);
    shop_alike(shop, 0, 3, 0.25F);
    shop_edge(shop, SHOP_CATEGORY_POPULAR, day, 4, 1);
    shop_edge(shop, SHOP_POPULAR, 0, 4, 1);

    return shop;
}

static const dyn_snapshot_t *decide_documented(shop_t *shop)
{
    const dyn_snapshot_t *snapshot = shop_open(shop);

    visit_begin(&visit);
    visit_views(&visit, 0);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;
    deciding_run(&deciding, snapshot);

    return snapshot;
}

static json_t *parsed(dyn_str_t text)
{
    json_error_t error;
    json_t *value = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);

    if (value == NULL) {
        fail_msg("%s at byte %d of %.*s", error.text, error.position, (int)text.len, text.data);
    }

    return value;
}

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void the_answer_has_the_fields_of_its_schema(void **state)
{
    dyn_render_versions_t versions = {DYN_STR("r7"), DYN_STR("b")};
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    json_t *root = parsed(
        dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &versions, &deciding.arena));
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);
    json_t *items = json_object_get(slot, "items");
    json_t *item = json_array_get(items, 0);
    json_t *reason = json_object_get(item, "reason");
    json_t *cta = json_object_get(item, "cta");

    (void)state;
    assert_string_equal(text_at(root, "schema"), "dynstore.decision/1");
    assert_string_equal(text_at(root, "id"), "0123456789abcdef");
    assert_string_equal(text_at(root, "surface"), "home");
    assert_string_equal(text_at(root, "moment"), "browse");
    assert_string_equal(text_at(root, "rung"), "session");
    assert_string_equal(text_at(json_object_get(root, "versions"), "snapshot"), snapshot->build_id);
    assert_string_equal(text_at(json_object_get(root, "versions"), "rules"), "r7");
    assert_string_equal(text_at(root, "variant"), "b");
    assert_int_equal(json_integer_value(json_object_get(root, "ttl")), 5);
    assert_string_equal(text_at(slot, "slot"), "recs");
    assert_string_equal(text_at(slot, "title"), "You may also like");
    assert_true(json_real_value(json_object_get(slot, "confidence")) > 0.5);
    assert_string_equal(text_at(slot, "rung"), "session");
    assert_int_equal(json_array_size(items), 4);
    assert_string_equal(text_at(item, "id"), "i00001");
    assert_string_equal(text_at(item, "title"), "Gipfelst\xc3\xbcrmer <40> & more");
    assert_string_equal(text_at(item, "url"), "/products/i00001");
    assert_string_equal(text_at(item, "image"), "https://cdn.example.com/i00001.svg");
    assert_string_equal(text_at(item, "price"), "129.00");
    assert_string_equal(text_at(item, "currency"), "EUR");
    assert_string_equal(text_at(reason, "code"), "because_viewed");
    assert_string_equal(text_at(reason, "ref"), "i00000");
    assert_string_equal(text_at(reason, "text"), "Because you viewed Trail Pack 30");
    assert_string_equal(text_at(cta, "action"), "add_to_cart");
    assert_string_equal(text_at(cta, "label"), "Add to cart");
    assert_true(json_is_real(json_object_get(item, "score")));

    item = json_array_get(items, 1);
    assert_string_equal(text_at(item, "price"), "1980");
    assert_string_equal(text_at(item, "currency"), "JPY");
    assert_string_equal(text_at(json_object_get(item, "cta"), "action"), "choose_options");
    json_decref(root);
    shop_free(shop);
}

/* One item in one slot, at that time. */
static dyn_decision_t decision_on(const dyn_snapshot_t *snapshot, const char *id, int64_t now_ms)
{
    static dyn_choice_t choice;
    static dyn_slot_decision_t slot;

    choice = (dyn_choice_t){.item = fixture_item(snapshot, id),
                            .score = 1,
                            .reason = DYN_REASON_POPULAR,
                            .cta = DYN_CTA_VIEW};
    slot = (dyn_slot_decision_t){.name = DYN_STR("recs"),
                                 .title = DYN_STR("Popular now"),
                                 .rung = DYN_RUNG_POPULAR,
                                 .choices = &choice,
                                 .count = 1};

    return (dyn_decision_t){.id = "0123456789abcdef",
                            .surface = DYN_SURFACE_HOME,
                            .moment = DYN_MOMENT_LANDING,
                            .rung = DYN_RUNG_POPULAR,
                            .slots = &slot,
                            .slot_count = 1,
                            .item_count = 1,
                            .now_ms = now_ms};
}

static const char sale_catalog[] =
    "{\"id\":\"parka\",\"title\":\"Parka\",\"url\":\"/p\",\"price\":\"100\",\"currency\":\"EUR\","
    "\"sale_price\":\"79.90\",\"sale_from\":\"2026-03-01\",\"sale_until\":\"2026-03-08\","
    "\"rating\":4.567,"
    "\"rating_count\":1234,\"badges\":[\"New\",\"<b>\"],\"fit\":\"Runs small & warm.\"}\n"
    "{\"id\":\"tent\",\"title\":\"Tent\",\"url\":\"/t\",\"price\":\"5\",\"currency\":\"EUR\"}\n";

static void the_price_of_a_sale_holds_from_its_beginning_to_before_its_end(void **state)
{
    static const struct {
        int64_t now_ms;
        const char *price, *was;
    } cases[] = {
        {1772323199999, "100.00", NULL},
        {1772323200000, "79.90", "100.00"},
        {1772927999999, "79.90", "100.00"},
        {1772928000000, "100.00", NULL},
    };
    dyn_snapshot_t *snapshot = fixture_build(sale_catalog, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_decision_t decision = decision_on(snapshot, "parka", cases[i].now_ms);

        dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);

        json_t *root =
            parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, NULL, &deciding.arena));
        json_t *item = json_array_get(
            json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 0);
        dyn_str_t html = dyn_render_html(snapshot, &decision, decision.slots, &deciding.arena);
        static const char was[] = "79.90 EUR <s class=\"dynstore-item-was\">100.00 EUR</s></span>";

        assert_string_equal(text_at(item, "price"), cases[i].price);
        assert_int_equal(json_object_get(item, "was") != NULL, cases[i].was != NULL);
        if (cases[i].was != NULL) {
            assert_string_equal(text_at(item, "was"), cases[i].was);
        }
        assert_int_equal(memmem(html.data, html.len, was, sizeof(was) - 1) != NULL,
                         cases[i].was != NULL);
        json_decref(root);
    }
    dyn_snapshot_close(snapshot);
}

static void rating_badges_and_fit_are_shown_where_the_catalogue_tells_them(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(sale_catalog, NULL);
    dyn_decision_t decision = decision_on(snapshot, "parka", 0);
    static const char told[] =
        "<span class=\"dynstore-item-price\">100.00 EUR</span>"
        "<span class=\"dynstore-item-rating\">\xe2\x98\x85 4.6 (1234)</span>"
        "<span class=\"dynstore-item-badge\">New</span>"
        "<span class=\"dynstore-item-badge\">&lt;b&gt;</span>"
        "<span class=\"dynstore-item-fit\">Runs small &amp; warm.</span></a>";

    (void)state;
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);

    json_t *root =
        parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, NULL, &deciding.arena));
    json_t *item = json_array_get(
        json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 0);
    dyn_str_t html = dyn_render_html(snapshot, &decision, decision.slots, &deciding.arena);

    assert_true(json_number_value(json_object_get(item, "rating")) > 4.59);
    assert_true(json_number_value(json_object_get(item, "rating")) < 4.61);
    assert_int_equal(json_integer_value(json_object_get(item, "rating_count")), 1234);
    assert_int_equal(json_array_size(json_object_get(item, "badges")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(item, "badges"), 1)),
                        "<b>");
    assert_string_equal(text_at(item, "fit"), "Runs small & warm.");
    assert_non_null(memmem(html.data, html.len, told, sizeof(told) - 1));
    json_decref(root);

    decision = decision_on(snapshot, "tent", 0);
    root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, NULL, &deciding.arena));
    item = json_array_get(
        json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 0);
    assert_null(json_object_get(item, "rating"));
    assert_null(json_object_get(item, "rating_count"));
    assert_null(json_object_get(item, "badges"));
    assert_null(json_object_get(item, "fit"));
    json_decref(root);
    dyn_snapshot_close(snapshot);
}

static void what_is_not_known_or_not_safe_is_null(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    json_t *root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, NULL, &deciding.arena));
    json_t *item = json_array_get(
        json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 2);

    (void)state;
    assert_true(json_is_null(json_object_get(json_object_get(root, "versions"), "rules")));
    assert_true(json_is_null(json_object_get(json_object_get(root, "versions"), "model")));
    assert_true(json_is_null(json_object_get(root, "variant")));
    assert_string_equal(text_at(item, "id"), "i00003");
    assert_true(json_is_null(json_object_get(item, "url")));
    assert_true(json_is_null(json_object_get(item, "image")));
    assert_true(json_is_null(json_object_get(item, "price")));
    assert_true(json_is_null(json_object_get(item, "currency")));
    json_decref(root);
    shop_free(shop);
}

static void a_category_is_referred_to_by_its_path(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_PLP, "packs/day-packs");
    deciding_run(&deciding, snapshot);

    json_t *root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, NULL, &deciding.arena));
    json_t *item = json_array_get(
        json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 0);
    json_t *reason = json_object_get(item, "reason");

    assert_string_equal(text_at(reason, "code"), "popular_in");
    assert_string_equal(text_at(reason, "ref"), "Packs/Day packs");
    assert_string_equal(text_at(reason, "text"), "Popular in Day packs");
    json_decref(root);
    shop_free(shop);
}

static void json_is_ascii_without_markup_and_a_script_holds_one_slot(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);
    const char *open = "<script type=\"application/json\" id=\"dynstore-bought_with\">";
    const char *close = "</script>";

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding_run(&deciding, snapshot);

    dyn_str_t json = dyn_render_json(snapshot, &deciding.decision, DYN_STR("bought_with"), NULL,
                                     &deciding.arena);
    dyn_str_t script = dyn_render_script(snapshot, &deciding.decision, &deciding.decision.slots[1],
                                         NULL, &deciding.arena);
    json_t *root = parsed(json);

    assert_int_equal(json_array_size(json_object_get(root, "slots")), 1);
    assert_string_equal(text_at(json_array_get(json_object_get(root, "slots"), 0), "slot"),
                        "bought_with");
    json_decref(root);
    for (size_t i = 0; i < json.len; i++) {
        assert_true(json.data[i] >= 0x20 && json.data[i] < 0x7f);
        assert_null(memchr("<>&", json.data[i], 3));
    }
    assert_int_equal(script.len, strlen(open) + json.len + strlen(close));
    assert_memory_equal(script.data, open, strlen(open));
    assert_memory_equal(script.data + strlen(open), json.data, json.len);
    assert_memory_equal(script.data + strlen(open) + json.len, close, strlen(close));

    /* all slots, and one that is not there */
    root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, NULL, &deciding.arena));
    assert_int_equal(json_array_size(json_object_get(root, "slots")), 2);
    json_decref(root);
    root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR("x"), NULL, &deciding.arena));
    assert_int_equal(json_array_size(json_object_get(root, "slots")), 0);
    json_decref(root);
    shop_free(shop);
}

static void html_is_escaped_and_links_are_safe(void **state)
{
    static const char expected[] =
        "<section class=\"dynstore dynstore-recs\" data-dynstore-slot=\"recs\" "
        "data-dynstore-rung=\"session\" data-dynstore-decision=\"0123456789abcdef\">"
        "<h2 class=\"dynstore-title\">You may also like</h2>"
        "<ul class=\"dynstore-items\">"
        "<li class=\"dynstore-item\" data-dynstore-item=\"i00001\"><a href=\"/products/i00001\">"
        "<img src=\"https://cdn.example.com/i00001.svg\" alt=\"\" loading=\"lazy\">"
        "<span class=\"dynstore-item-title\">Gipfelst\xc3\xbcrmer &lt;40&gt; &amp; more</span>"
        "<span class=\"dynstore-item-price\">129.00 EUR</span></a>"
        "<p class=\"dynstore-reason\">Because you viewed Trail Pack 30</p>"
        "<a class=\"dynstore-cta\" href=\"/products/i00001\" "
        "data-dynstore-action=\"add_to_cart\">Add to cart</a></li>";
    static const char unsafe[] =
        "<li class=\"dynstore-item\" data-dynstore-item=\"i00003\"><a href=\"#\">"
        "<span class=\"dynstore-item-title\">Item 3</span></a>"
        "<p class=\"dynstore-reason\">Because you viewed Trail Pack 30</p>"
        "<a class=\"dynstore-cta\" href=\"#\" data-dynstore-action=\"view\">View</a></li>";
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    dyn_str_t html =
        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &deciding.arena);

    (void)state;
    assert_true(html.len > sizeof(expected));
    assert_memory_equal(html.data, expected, sizeof(expected) - 1);
    assert_non_null(memmem(html.data, html.len, unsafe, sizeof(unsafe) - 1));
    assert_memory_equal(html.data + html.len - 15, "</ul></section>", 15);
    assert_null(memmem(html.data, html.len, "javascript", 10));
    shop_free(shop);
}

static void a_slot_without_items_renders_as_nothing(void **state)
{
    shop_t *shop = shop_new(1);
    const dyn_snapshot_t *snapshot = shop_open(shop);
    dyn_slot_t slot = {DYN_STR("compatible"), 4};

    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_PDP, "i00000");
    deciding.request.slots = &slot;
    deciding.request.slot_count = 1;
    deciding_run(&deciding, snapshot);

    dyn_str_t html =
        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &deciding.arena);

    assert_int_equal(html.len, 0);
    assert_non_null(html.data);
    shop_free(shop);
}

static void a_page_token_is_written_where_there_is_one_and_changes_nothing_else(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    dyn_decision_t *decision = &deciding.decision;
    static const char in_json[] = ",\"token\":\"6553f1000123\"";
    static const char in_html[] = " data-dynstore-token=\"6553f1000123\"";

    (void)state;
    for (int html = 0; html <= 1; html++) {
        dyn_str_t texts[2];
        const char *word = html ? in_html : in_json;
        size_t length = strlen(word);

        for (int with = 0; with <= 1; with++) {
            decision->page_token = with ? DYN_STR("6553f1000123") : DYN_STR("");
            texts[with] =
                html ? dyn_render_html(snapshot, decision, &decision->slots[0], &deciding.arena)
                     : dyn_render_script(snapshot, decision, &decision->slots[0], NULL,
                                         &deciding.arena);
        }

        const char *at = memmem(texts[1].data, texts[1].len, word, length);
        size_t before = (size_t)(at - texts[1].data);

        assert_non_null(at);
        assert_int_equal(texts[1].len, texts[0].len + length);
        assert_memory_equal(texts[0].data, texts[1].data, before);
        assert_memory_equal(texts[0].data + before, at + length, texts[0].len - before);
    }
    shop_free(shop);
}

static void name_item(shop_t *shop, uint32_t item, const char *id, const char *title)
{
    char text[96];

    shop_item(shop, item)->id = shop_string(shop, id);
    shop_item(shop, item)->title = shop_string(shop, title);
    snprintf(text, sizeof(text), "/products/%s", id);
    shop_item(shop, item)->url = shop_string(shop, text);
    snprintf(text, sizeof(text), "/images/%s.svg", id);
    shop_item(shop, item)->image = shop_string(shop, text);
}

/* The page shows these bytes as its example; this test says what they are when they change. */
static void the_documented_example_is_what_is_rendered(void **state)
{
    dyn_slot_t two = {DYN_STR("recs"), 2};
    shop_t *shop = shop_new(3);
    static char text[1 << 17];

    (void)state;
    name_item(shop, 0, "rain-cover-m", "Rain Cover M");
    name_item(shop, 1, "summit-pack-40", "Summit Pack 40 <new>");
    name_item(shop, 2, "trail-pack-30", "Trail Pack 30");
    shop_item(shop, 0)->price_minor = 2490;
    shop_item(shop, 1)->price_minor = 14900;
    shop_variants(shop, 1, 3, 5);
    shop_alike(shop, 2, 1, 1.0F);
    shop_alike(shop, 2, 0, 0.7F);

    dyn_snapshot_t snapshot = *shop_open(shop);

    snprintf(snapshot.build_id, sizeof(snapshot.build_id), "3f1c0de5a2b4968714d0c8e2f7a95b31");
    visit_begin(&visit);
    visit_views(&visit, 2);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;
    deciding.request.slots = &two;
    deciding_run(&deciding, &snapshot);

    dyn_str_t json =
        dyn_render_json(&snapshot, &deciding.decision, DYN_STR_NONE, NULL, &deciding.arena);
    json_t *root = parsed(json);
    FILE *page = fopen("docs/http-api.md", "rb");

    json_decref(root);
    assert_non_null(page);
    size_t length = fread(text, 1, sizeof(text) - 1, page);

    fclose(page);
    /* the page breaks the line after commas, and nowhere else */
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\n') {
            text[kept++] = text[i];
        }
    }
    if (memmem(text, kept, json.data, json.len) == NULL) {
        fprintf(stderr, "%.*s\n", (int)json.len, json.data);
        fail_msg("docs/http-api.md does not show the answer above");
    }
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_has_the_fields_of_its_schema),
        cmocka_unit_test(the_price_of_a_sale_holds_from_its_beginning_to_before_its_end),
        cmocka_unit_test(rating_badges_and_fit_are_shown_where_the_catalogue_tells_them),
        cmocka_unit_test(what_is_not_known_or_not_safe_is_null),
        cmocka_unit_test(a_category_is_referred_to_by_its_path),
        cmocka_unit_test(json_is_ascii_without_markup_and_a_script_holds_one_slot),
        cmocka_unit_test(html_is_escaped_and_links_are_safe),
        cmocka_unit_test(a_slot_without_items_renders_as_nothing),
        cmocka_unit_test(a_page_token_is_written_where_there_is_one_and_changes_nothing_else),
        cmocka_unit_test(the_documented_example_is_what_is_rendered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
