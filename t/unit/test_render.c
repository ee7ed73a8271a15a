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
#include "engine/base/version.h"
#include "engine/policy/texts.h"
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
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    json_t *root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
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
    assert_string_equal(text_at(json_object_get(root, "versions"), "rules"),
                        dyn_policy_default()->version);
    assert_string_equal(text_at(json_object_get(root, "versions"), "code"), DYN_VERSION);
    assert_true(json_is_null(json_object_get(root, "language")));
    assert_true(json_is_null(json_object_get(root, "variant")));
    assert_null(json_object_get(root, "experiments"));
    assert_int_equal(json_integer_value(json_object_get(root, "ttl")), 5);
    assert_string_equal(text_at(slot, "slot"), "recs");
    assert_string_equal(text_at(slot, "kind"), "list");
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
    assert_string_equal(text_at(item, "price_text"), "129.00 EUR");
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

        json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
        json_t *item = json_array_get(
            json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 0);
        dyn_str_t html = dyn_render_html(snapshot, &decision, decision.slots, &deciding.arena);
        static const char was[] = "79.90 EUR <s class=\"dynstore-item-was\">100.00 EUR</s></span>";

        assert_string_equal(text_at(item, "price"), cases[i].price);
        assert_int_equal(json_object_get(item, "was") != NULL, cases[i].was != NULL);
        if (cases[i].was != NULL) {
            assert_string_equal(text_at(item, "was"), cases[i].was);
            assert_string_equal(text_at(item, "was_text"), "100.00 EUR");
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

    json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
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
    root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
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
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
    json_t *item = json_array_get(
        json_object_get(json_array_get(json_object_get(root, "slots"), 0), "items"), 2);

    (void)state;
    assert_true(json_is_null(json_object_get(json_object_get(root, "versions"), "model")));
    assert_true(json_is_null(json_object_get(root, "variant")));
    assert_string_equal(text_at(item, "id"), "i00003");
    assert_true(json_is_null(json_object_get(item, "url")));
    assert_true(json_is_null(json_object_get(item, "image")));
    assert_true(json_is_null(json_object_get(item, "price")));
    assert_true(json_is_null(json_object_get(item, "currency")));
    assert_true(json_is_null(json_object_get(item, "price_text")));
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
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
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

    dyn_str_t json =
        dyn_render_json(snapshot, &deciding.decision, DYN_STR("bought_with"), &deciding.arena);
    dyn_str_t script = dyn_render_script(snapshot, &deciding.decision, &deciding.decision.slots[1],
                                         &deciding.arena);
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
    root = parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
    assert_int_equal(json_array_size(json_object_get(root, "slots")), 2);
    json_decref(root);
    root = parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR("x"), &deciding.arena));
    assert_int_equal(json_array_size(json_object_get(root, "slots")), 0);
    json_decref(root);
    shop_free(shop);
}

static void html_is_escaped_and_links_are_safe(void **state)
{
    static const char tag[] =
        "<section class=\"dynstore dynstore-recs\" data-dynstore-slot=\"recs\" "
        "data-dynstore-surface=\"home\" "
        "data-dynstore-rung=\"session\" data-dynstore-decision=\"0123456789abcdef\" "
        "data-dynstore-snapshot=\"%s\" data-dynstore-rules=\"%s\" "
        "data-dynstore-code=\"" DYN_VERSION "\">";
    static const char content[] =
        "<h2 class=\"dynstore-title\">You may also like</h2>"
        "<ul class=\"dynstore-items\">"
        "<li class=\"dynstore-item\" data-dynstore-item=\"i00001\"><a href=\"/products/i00001\">"
        "<img src=\"https://cdn.example.com/i00001.svg\" alt=\"\" loading=\"lazy\">"
        "<span class=\"dynstore-item-title\" id=\"dynstore-recs-title-1\">Gipfelst\xc3\xbcrmer "
        "&lt;40&gt; &amp; more</span>"
        "<span class=\"dynstore-item-price\">129.00 EUR</span></a>"
        "<p class=\"dynstore-reason\">Because you viewed Trail Pack 30</p>"
        "<a class=\"dynstore-cta\" id=\"dynstore-recs-cta-1\" "
        "aria-labelledby=\"dynstore-recs-cta-1 dynstore-recs-title-1\" href=\"/products/i00001\" "
        "data-dynstore-action=\"add_to_cart\">Add to cart</a></li>";
    static const char unsafe[] =
        "<li class=\"dynstore-item\" data-dynstore-item=\"i00003\"><a href=\"#\">"
        "<span class=\"dynstore-item-title\" id=\"dynstore-recs-title-3\">Item 3</span></a>"
        "<p class=\"dynstore-reason\">Because you viewed Trail Pack 30</p>"
        "<a class=\"dynstore-cta\" id=\"dynstore-recs-cta-3\" "
        "aria-labelledby=\"dynstore-recs-cta-3 dynstore-recs-title-3\" "
        "href=\"#\" data-dynstore-action=\"view\">View</a></li>";
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    dyn_str_t html =
        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &deciding.arena);

    (void)state;
    char expected[2048];
    size_t length = (size_t)snprintf(expected, sizeof(expected), tag, snapshot->build_id,
                                     dyn_policy_default()->version);

    length += (size_t)snprintf(expected + length, sizeof(expected) - length, "%s", content);
    assert_true(html.len > length);
    assert_memory_equal(html.data, expected, length);
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
                     : dyn_render_script(snapshot, decision, &decision->slots[0], &deciding.arena);
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

static void a_page_of_an_item_or_a_category_says_which_and_no_other_does(void **state)
{
    static const char id[] = "a<b>\"c";
    static const char escaped[] =
        " data-dynstore-page-item=\"a&lt;b&gt;&quot;c\" data-dynstore-rung=";
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    for (dyn_surface_t surface = 0; surface < DYN_SURFACES_COUNT; surface++) {
        for (int named = 0; named <= 1; named++) {
            bool says = named != 0 && (surface == DYN_SURFACE_PDP || surface == DYN_SURFACE_PLP);
            char surface_is[64];
            dyn_slot_t slot = {DYN_STR("recs"), 4};

            deciding_begin(&deciding, surface, named != 0 ? id : "");
            deciding.request.slots = &slot;
            deciding.request.slot_count = 1;
            deciding_run(&deciding, snapshot);

            json_t *root = parsed(
                dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
            dyn_str_t html = dyn_render_html(snapshot, &deciding.decision,
                                             &deciding.decision.slots[0], &deciding.arena);

            if (says) {
                assert_string_equal(text_at(root, "page_item"), id);
            } else {
                assert_null(json_object_get(root, "page_item"));
            }
            snprintf(surface_is, sizeof(surface_is),
                     " data-dynstore-slot=\"recs\" data-dynstore-surface=\"%s\" data-",
                     dyn_surface_name(surface).data);
            assert_non_null(memmem(html.data, html.len, surface_is, strlen(surface_is)));
            assert_int_equal(memmem(html.data, html.len, "page-item", 9) != NULL, says);
            assert_int_equal(memmem(html.data, html.len, escaped, sizeof(escaped) - 1) != NULL,
                             says);
            json_decref(root);
        }
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
    dyn_policy_t policy = *dyn_policy_default();
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
    deciding.context.language = DYN_STR("en-GB");
    deciding_run(&deciding, &snapshot);
    snprintf(policy.version, sizeof(policy.version), "8c1f5d0e72a94b36");
    deciding.decision.policy = &policy;

    dyn_str_t json = dyn_render_json(&snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
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

/* ---- languages ---- */

static void html_is_well_formed(dyn_str_t html)
{
    dyn_str_t open[32];
    unsigned depth = 0;

    for (size_t at = 0; at < html.len; at++) {
        if (html.data[at] != '<') {
            continue;
        }

        bool closes = html.data[at + 1] == '/';
        const char *name = html.data + at + 1 + closes;
        size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
        dyn_str_t tag = {name, length};

        assert_true(length > 0);
        if (closes) {
            assert_true(depth > 0 && name[length] == '>');
            if (!dyn_str_equal(open[--depth], tag)) {
                fail_msg("</%.*s> closes <%.*s> in %.*s", (int)tag.len, tag.data,
                         (int)open[depth].len, open[depth].data, (int)html.len, html.data);
            }
        } else if (!dyn_str_equal(tag, DYN_STR("img"))) {
            assert_true(depth < 32);
            open[depth++] = tag;
        }
        /* attributes: name="value" without < or > */
        for (name += length; *name != '>';) {
            size_t attribute = strspn(name + 1, "abcdefghijklmnopqrstuvwxyz-");

            assert_true(*name == ' ' && attribute > 0);
            assert_memory_equal(name + 1 + attribute, "=\"", 2);
            name += 3 + attribute;
            name += strcspn(name, "\"<>");
            assert_true(*name == '"');
            name++;
        }
        at = (size_t)(name - html.data);
    }
    assert_int_equal(depth, 0);
}

static dyn_str_t html_of(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision)
{
    dyn_str_t html = dyn_render_html(snapshot, decision, decision->slots, &deciding.arena);

    html_is_well_formed(html);

    return html;
}

static void shows(dyn_str_t text, const char *part)
{
    if (memmem(text.data, text.len, part, strlen(part)) == NULL) {
        fail_msg("\"%s\" is not in %.*s", part, (int)text.len, text.data);
    }
}

static json_t *item_of(json_t *root, size_t number)
{
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);

    return json_array_get(json_object_get(slot, "items"), number);
}

static void a_page_in_german_is_german_throughout(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    visit_begin(&visit);
    visit_views(&visit, 0);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;
    deciding.context.language = DYN_STR("de-CH");
    deciding_run(&deciding, snapshot);

    json_t *root =
        parsed(dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena));
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);
    json_t *item = item_of(root, 0);
    dyn_str_t html = html_of(snapshot, &deciding.decision);

    assert_string_equal(text_at(root, "language"), "de");
    assert_string_equal(text_at(slot, "title"), "Das k\u00f6nnte Ihnen auch gefallen");
    assert_string_equal(text_at(item, "price"), "129.00");
    assert_string_equal(text_at(item, "price_text"), "129,00\u00a0\u20ac");
    assert_string_equal(text_at(json_object_get(item, "reason"), "code"), "because_viewed");
    assert_string_equal(text_at(json_object_get(item, "reason"), "text"),
                        "Weil Sie Trail Pack 30 angesehen haben");
    assert_string_equal(text_at(json_object_get(item, "cta"), "action"), "add_to_cart");
    assert_string_equal(text_at(json_object_get(item, "cta"), "label"), "In den Warenkorb");
    assert_string_equal(text_at(json_object_get(item_of(root, 1), "cta"), "label"),
                        "Optionen w\u00e4hlen");
    json_decref(root);
    shows(html, "<section class=\"dynstore dynstore-recs\" lang=\"de\" data-dynstore-slot=");
    shows(html, "<h2 class=\"dynstore-title\">Das k\u00f6nnte Ihnen auch gefallen</h2>");
    shows(html, "<span class=\"dynstore-item-price\">129,00\u00a0\u20ac</span>");
    shows(html, "<p class=\"dynstore-reason\">Weil Sie Trail Pack 30 angesehen haben</p>");
    shows(html, "data-dynstore-action=\"add_to_cart\">In den Warenkorb</a>");
    shop_free(shop);
}

/* Every reason, with a reference and without, in every language: what is written is what the table says. */
static void every_reason_is_written_in_every_language(void **state)
{
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = shop_open(shop);
    const dyn_texts_t *texts = dyn_texts_built_in();
    dyn_decision_t decision = {.slot_count = 0};
    dyn_slot_decision_t slot = {.name = DYN_STR("recs"), .title = DYN_STR("x"), .count = 1};
    dyn_choice_t choice;

    (void)state;
    decision.slots = &slot;
    decision.slot_count = decision.item_count = 1;
    decision.localized = true;
    slot.choices = &choice;
    for (uint32_t i = 0; i < 4U * DYN_REASONS_COUNT * 2; i++) {
        dyn_reason_t reason = (dyn_reason_t)(i / 2 % DYN_REASONS_COUNT);
        dyn_text_values_t values;

        dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
        decision.language = i / 2 / DYN_REASONS_COUNT;
        choice = (dyn_choice_t){.item = 1, .reason = reason, .reference = DYN_NONE};
        if (i % 2 == 1) {
            choice.reference_kind = DYN_REFERENCE_ITEM;
            choice.reference = 0;
        }
        for (unsigned k = 0; k < DYN_PLACES_COUNT; k++) {
            values.of[k] = DYN_STR("Trail Pack 30");
        }

        dyn_str_t words = dyn_texts_write(
            dyn_texts_find(texts, decision.language,
                           (uint32_t)dyn_text_of_reason(reason, choice.reference_kind != 0)),
            &values, &deciding.arena);
        json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
        const char *text = text_at(json_object_get(item_of(root, 0), "reason"), "text");

        assert_true(dyn_str_equal(dyn_str_from(text), words));
        assert_true(memchr(text, '{', strlen(text)) == NULL);
        html_of(snapshot, &decision);
        json_decref(root);
    }
    shop_free(shop);
}

/* Texts of a rules file are as little trusted as a catalogue. */
static void what_rules_say_of_an_item_is_shown_and_escaped(void **state)
{
    static const char text[] = "</script>\"'&<b>\u2028{item}";
    shop_t *shop = documented_shop();
    const dyn_snapshot_t *snapshot = decide_documented(shop);
    dyn_choice_t *choice = &deciding.decision.slots[0].choices[0];
    dyn_str_t plain_json =
        dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
    dyn_str_t plain_html = html_of(snapshot, &deciding.decision);

    (void)state;
    assert_null(memmem(plain_json.data, plain_json.len, "sponsored", 9));
    assert_null(memmem(plain_html.data, plain_html.len, "sponsored", 9));
    choice->badge = choice->sponsored = choice->reason_text = choice->cta_label =
        dyn_str_from(text);

    dyn_str_t json = dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
    dyn_str_t html = html_of(snapshot, &deciding.decision);
    json_t *root = parsed(json);
    json_t *item = item_of(root, 0);

    assert_string_equal(text_at(item, "badge"), text);
    assert_string_equal(text_at(json_object_get(item, "sponsored"), "label"), text);
    assert_string_equal(text_at(json_object_get(item, "reason"), "text"), text);
    assert_string_equal(text_at(json_object_get(item, "reason"), "code"), "because_viewed");
    assert_string_equal(text_at(json_object_get(item, "cta"), "label"), text);
    assert_null(json_object_get(item_of(root, 1), "badge"));
    assert_null(json_object_get(item_of(root, 1), "sponsored"));
    json_decref(root);
    for (size_t i = 0; i < json.len; i++) {
        assert_true(json.data[i] >= 0x20 && json.data[i] < 0x7f);
        assert_null(memchr("<>&", json.data[i], 3));
    }
    shows(html, "<p class=\"dynstore-sponsored\">&lt;/script&gt;&quot;&#39;&amp;&lt;b&gt;");
    shows(html, "<span class=\"dynstore-item-badge\">&lt;/script&gt;");
    shows(html, "<p class=\"dynstore-reason\">&lt;/script&gt;");
    shows(html, "data-dynstore-action=\"add_to_cart\">&lt;/script&gt;");
    assert_null(memmem(html.data, html.len, "<b>", 3));
    shop_free(shop);
}

/* ---- other kinds of slots ---- */

static void a_comparison_is_a_table_of_items_by_what_they_have(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(sale_catalog, NULL);
    dyn_decision_t decision = decision_on(snapshot, "parka", 1772323200000);
    static dyn_choice_t choices[2];
    static const dyn_comparison_row_t rows[] = {
        {.kind = DYN_COMPARISON_PRICE, .differs = true},
        {.kind = DYN_COMPARISON_RATING, .differs = true},
        {.kind = DYN_COMPARISON_FIT},
        {.kind = DYN_COMPARISON_ATTRIBUTE,
         .differs = true,
         .name = {"Weight & size", 13},
         .values = {{"1 < 2", 5}, {NULL, 0}}},
    };

    (void)state;
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    choices[0] = choices[1] = decision.slots[0].choices[0];
    choices[1].item = fixture_item(snapshot, "tent");
    decision.slots[0] = (dyn_slot_decision_t){.name = DYN_STR("comparison"),
                                              .kind = DYN_SLOT_COMPARISON,
                                              .title = DYN_STR("Im Vergleich"),
                                              .choices = choices,
                                              .count = 2,
                                              .rows = rows,
                                              .row_count = 4};
    decision.language = DYN_LANGUAGE_GERMAN;
    decision.localized = true;

    json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
    json_t *expected = json_loads(
        "{\"columns\":[\"parka\",\"tent\"],\"rows\":["
        "{\"kind\":\"price\",\"label\":\"Preis\",\"values\":[\"79,90\u00a0\u20ac\",\"5,"
        "00\u00a0\u20ac\"],"
        "\"differs\":true},"
        "{\"kind\":\"rating\",\"label\":\"Bewertung\",\"values\":[\"4,6\",null],\"differs\":true},"
        "{\"kind\":\"fit\",\"label\":\"Passform\",\"values\":[\"Runs small & warm.\",null],"
        "\"differs\":false},"
        "{\"kind\":\"attribute\",\"label\":\"Weight & size\",\"values\":[\"1 < 2\",null],"
        "\"differs\":true}]}",
        0, NULL);
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);
    dyn_str_t html = html_of(snapshot, &decision);

    assert_non_null(expected);
    assert_string_equal(text_at(slot, "kind"), "comparison");
    assert_true(json_equal(json_object_get(slot, "comparison"), expected));
    assert_int_equal(json_array_size(json_object_get(slot, "items")), 2);
    json_decref(expected);
    json_decref(root);
    shows(html, "<table class=\"dynstore-comparison-table\"><caption><h2 class=\"dynstore-title\">"
                "Im Vergleich</h2></caption><thead><tr><td></td>"
                "<th scope=\"col\" data-dynstore-item=\"parka\"><a href=\"/p\">");
    shows(html, "<tr class=\"dynstore-differs\"><th scope=\"row\">Preis</th>"
                "<td>79,90\u00a0\u20ac</td><td>5,00\u00a0\u20ac</td></tr>");
    shows(html, "<tr><th scope=\"row\">Passform</th><td>Runs small &amp; warm.</td><td></td></tr>");
    shows(html, "<th scope=\"row\">Weight &amp; size</th><td>1 &lt; 2</td><td></td></tr>");
    shows(html, "<td data-dynstore-item=\"tent\"><a class=\"dynstore-cta\" "
                "id=\"dynstore-comparison-cta-2\" aria-labelledby=\"dynstore-comparison-cta-2 "
                "dynstore-comparison-title-2\" href=\"/t\" "
                "data-dynstore-action=\"view\">Ansehen</a></td></tr></tbody></table></section>");
    dyn_snapshot_close(snapshot);
}

static void messages_are_sentences_with_their_amounts_and_items(void **state)
{
    static const dyn_message_t messages[] = {
        {.kind = DYN_MESSAGE_FREE_SHIPPING_GAP,
         .amount_minor = 1250,
         .currency = "EUR",
         .item = DYN_NONE},
        {.kind = DYN_MESSAGE_OPTION_MISSING, .item = 0},
        {.kind = DYN_MESSAGE_RETURNS, .item = DYN_NONE, .text = {"30 jours <pour> changer", 23}},
    };
    dyn_snapshot_t *snapshot = fixture_build(sale_catalog, NULL);
    dyn_decision_t decision = decision_on(snapshot, "tent", 0);
    dyn_choice_t choice = decision.slots[0].choices[0];
    char title[64];

    (void)state;
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    decision.slots[0] = (dyn_slot_decision_t){.name = DYN_STR("messages"),
                                              .kind = DYN_SLOT_MESSAGES,
                                              .title = DYN_STR("x"),
                                              .choices = &choice,
                                              .count = 1,
                                              .messages = messages,
                                              .message_count = 3};
    decision.language = DYN_LANGUAGE_FRENCH;
    decision.localized = true;

    json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);
    json_t *shown = json_object_get(slot, "messages");
    json_t *gap = json_array_get(shown, 0), *option = json_array_get(shown, 1);
    dyn_str_t html = html_of(snapshot, &decision);
    dyn_str_t first = dyn_snapshot_string(snapshot, snapshot->items[0].title);

    assert_int_equal(json_array_size(shown), 3);
    assert_string_equal(text_at(gap, "kind"), "free_shipping_gap");
    assert_string_equal(text_at(gap, "text"),
                        "Plus que 12,50\u00a0\u20ac et la livraison est offerte");
    assert_string_equal(text_at(gap, "amount"), "12.50");
    assert_string_equal(text_at(gap, "currency"), "EUR");
    assert_null(json_object_get(gap, "item"));
    snprintf(title, sizeof(title), "Choisissez une option, comme la taille\u00a0: %.*s",
             (int)first.len, first.data);
    assert_string_equal(text_at(option, "text"), title);
    assert_string_equal(text_at(option, "url"), first.data[0] == 'P' ? "/p" : "/t");
    assert_null(json_object_get(option, "amount"));
    assert_string_equal(text_at(json_array_get(shown, 2), "text"), "30 jours <pour> changer");
    assert_int_equal(json_array_size(json_object_get(slot, "items")), 1);
    json_decref(root);
    shows(html,
          "<ul class=\"dynstore-message-list\"><li data-dynstore-message=\"free_shipping_gap\">"
          "Plus que 12,50\u00a0\u20ac et la livraison est offerte</li>"
          "<li data-dynstore-message=\"option_missing\"><a href=\"/");
    shows(html, "<li data-dynstore-message=\"returns\">30 jours &lt;pour&gt; changer</li></ul>"
                "<ul class=\"dynstore-items\"><li class=\"dynstore-item\"");

    /* messages alone are a block, too */
    decision.slots[0].count = 0;
    html = html_of(snapshot, &decision);
    shows(html, "changer</li></ul></section>");
    dyn_snapshot_close(snapshot);
}

static void content_is_shown_in_the_pages_language_and_an_unsafe_address_is_not(void **state)
{
    static dyn_content_t content = {.id = {"sum\"mer", 7},
                                    .image = {"/hero.jpg", 9},
                                    .url = {"/sale?a=1&b=2", 13},
                                    .modules_count = 2};
    static const dyn_str_t strings[] = {{"recs", 4}, {"<news>", 6}};
    static const uint32_t values[] = {1, 0};
    static char memory[1 << 18];
    dyn_policy_t policy = *dyn_policy_default();
    dyn_snapshot_t *snapshot = fixture_build(sale_catalog, NULL);
    dyn_decision_t decision = decision_on(snapshot, "tent", 0);
    const char *words[] = {"{\"en\":\"Summer\",\"es\":\"Verano <ya>\"}", "\"Texto\"", "\"Ver\""};
    uint32_t *numbers[] = {&content.title, &content.text, &content.label};
    dyn_texts_fault_t fault;
    dyn_arena_t own;

    (void)state;
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    dyn_arena_init(&own, memory, sizeof(memory), NULL, NULL);

    dyn_texts_t *texts = dyn_texts_begin(&own);

    for (unsigned i = 0; i < 3; i++) {
        json_t *value = json_loads(words[i], JSON_DECODE_ANY, NULL);

        assert_true(dyn_texts_add(texts, value, DYN_PLACES_NO, numbers[i], &fault));
        json_decref(value);
    }
    assert_true(dyn_texts_end(texts, DYN_STR("en"), &fault));
    policy.texts = texts;
    policy.contents = &content;
    policy.content_count = 1;
    policy.strings = strings;
    policy.values = values;
    decision.policy = &policy;
    decision.language = dyn_texts_language(texts, DYN_STR("es-MX"));
    decision.localized = true;
    decision.slots[0] = (dyn_slot_decision_t){.name = DYN_STR("hero"),
                                              .kind = DYN_SLOT_CONTENT,
                                              .title = DYN_STR(""),
                                              .content = content.id};

    json_t *root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
    json_t *slot = json_array_get(json_object_get(root, "slots"), 0);
    json_t *expected =
        json_loads("{\"id\":\"sum\\\"mer\",\"title\":\"Verano <ya>\",\"text\":\"Texto\","
                   "\"image\":\"/hero.jpg\",\"url\":\"/sale?a=1&b=2\","
                   "\"cta\":{\"action\":\"view\",\"label\":\"Ver\"},"
                   "\"modules\":[\"<news>\",\"recs\"]}",
                   0, NULL);

    assert_non_null(expected);
    assert_string_equal(text_at(slot, "kind"), "content");
    assert_true(json_equal(json_object_get(slot, "content"), expected));
    json_decref(expected);
    json_decref(root);
    shows(html_of(snapshot, &decision),
          "<div class=\"dynstore-content\" data-dynstore-content=\"sum&quot;mer\" "
          "data-dynstore-modules=\"&lt;news&gt; recs\">"
          "<img src=\"/hero.jpg\" alt=\"\" loading=\"lazy\">"
          "<h2 class=\"dynstore-title\" id=\"dynstore-hero-title\">Verano &lt;ya&gt;</h2>"
          "<p class=\"dynstore-text\">Texto</p><a class=\"dynstore-cta\" id=\"dynstore-hero-cta\" "
          "aria-labelledby=\"dynstore-hero-cta dynstore-hero-title\" href=\"/sale?a=1&amp;b=2\" "
          "data-dynstore-action=\"view\">"
          "Ver</a></div></section>");

    content.image = content.url = DYN_STR("javascript:alert(1)");
    root = parsed(dyn_render_json(snapshot, &decision, DYN_STR_NONE, &deciding.arena));
    slot = json_array_get(json_object_get(root, "slots"), 0);
    assert_true(json_is_null(json_object_get(json_object_get(slot, "content"), "image")));
    assert_true(json_is_null(json_object_get(json_object_get(slot, "content"), "url")));
    json_decref(root);

    dyn_str_t html = html_of(snapshot, &decision);

    assert_null(memmem(html.data, html.len, "javascript", 10));
    assert_null(memmem(html.data, html.len, "<img", 4));

    /* content that the policy has not makes no block */
    decision.slots[0].content = DYN_STR("winter");
    assert_int_equal(dyn_render_html(snapshot, &decision, decision.slots, &deciding.arena).len, 0);
    dyn_snapshot_close(snapshot);
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
        cmocka_unit_test(a_page_of_an_item_or_a_category_says_which_and_no_other_does),
        cmocka_unit_test(the_documented_example_is_what_is_rendered),
        cmocka_unit_test(a_page_in_german_is_german_throughout),
        cmocka_unit_test(every_reason_is_written_in_every_language),
        cmocka_unit_test(what_rules_say_of_an_item_is_shown_and_escaped),
        cmocka_unit_test(a_comparison_is_a_table_of_items_by_what_they_have),
        cmocka_unit_test(messages_are_sentences_with_their_amounts_and_items),
        cmocka_unit_test(content_is_shown_in_the_pages_language_and_an_unsafe_address_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
