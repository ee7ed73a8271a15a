/* Which content a slot shows: what must hold, which of several, in which language, and what may not be shown beneath it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "deciding.h"
#include "engine/policy/compile.h"
#include "engine/record/answer.h"
#include "engine/render/render.h"

static const char catalog[] =
    "{\"id\":\"boot\",\"title\":\"Boot\",\"url\":\"/boot\",\"category\":[\"Shoes\"],\"stock\":3}\n"
    "{\"id\":\"gone\",\"title\":\"Gone\",\"url\":\"/gone\",\"category\":[\"Shoes\"],\"stock\":0}\n"
    "{\"id\":\"knife\",\"title\":\"Knife\",\"url\":\"/knife\",\"age_min\":18}\n"
    "{\"kind\":\"content\",\"id\":\"usual\",\"slot\":\"hero\",\"approved\":true,"
    "\"title\":{\"en\":\"Out & about\",\"de\":\"Draußen\"},\"url\":\"/\"}\n"
    "{\"kind\":\"content\",\"id\":\"ad\",\"slot\":\"hero\",\"approved\":true,\"title\":\"Up\","
    "\"match\":{\"campaign\":[\"high "
    "routes\",\"summit\"]},\"items\":[\"gone\",\"knife\",\"boot\"]}\n"
    "{\"kind\":\"content\",\"id\":\"ad-here\",\"slot\":\"hero\",\"approved\":true,\"title\":\"Up "
    "here\","
    "\"match\":{\"campaign\":\"summit\",\"country\":\"AT\"}}\n"
    "{\"kind\":\"content\",\"id\":\"shoes\",\"slot\":\"hero\",\"approved\":true,\"title\":"
    "\"Shoes\","
    "\"match\":{\"category\":\"Shoes\"},\"priority\":1}\n"
    "{\"kind\":\"content\",\"id\":\"draft\",\"slot\":\"hero\",\"title\":\"Not "
    "yet\",\"priority\":9}\n"
    "{\"kind\":\"content\",\"id\":\"sale\",\"slot\":\"banner\",\"approved\":true,\"title\":"
    "\"Sale\","
    "\"from\":\"2026-03-01\",\"until\":\"2026-03-02\"}\n"
    "{\"kind\":\"content\",\"id\":\"one\",\"slot\":\"promo\",\"approved\":true,\"title\":\"One\","
    "\"variant_of\":\"p\"}\n"
    "{\"kind\":\"content\",\"id\":\"two\",\"slot\":\"promo\",\"approved\":true,\"title\":\"Two\","
    "\"variant_of\":\"p\"}\n"
    "{\"kind\":\"content\",\"id\":\"order\",\"slot\":\"modules\",\"approved\":true,"
    "\"modules\":[\"hero\",\"recs\"]}\n";

static dyn_snapshot_t *snapshot;
static dyn_policy_t *policy;
static deciding_t deciding;
static visit_t visit;
static dyn_slot_t slot;

static dyn_policy_t *compiled(const char *text)
{
    const dyn_policy_source_t source = {"rules.json", dyn_str_from(text)};
    dyn_policy_t *made;
    dyn_error_t error;

    if (!dyn_policy_compile(&source, snapshot, &made, &error)) {
        fail_msg("%s", error.text);
    }

    return made;
}

static int set_up(void **state)
{
    (void)state;
    snapshot = fixture_build(catalog, NULL);
    policy = compiled("{\"schema\":\"dynstore.rules/1\"}");

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dyn_policy_free(policy);
    dyn_snapshot_close(snapshot);

    return 0;
}

static int ask_anew(void **state)
{
    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    visit_begin(&visit);
    deciding.policy = policy;
    deciding.request.session = &visit.session;
    deciding.request.slots = &slot;
    deciding.request.slot_count = 1;
    slot = (dyn_slot_t){DYN_STR("hero"), 4};

    return 0;
}

static void expect(const char *id)
{
    const dyn_slot_decision_t *decided = deciding_run(&deciding, snapshot);

    assert_int_equal(decided->content.len, strlen(id));
    assert_memory_equal(decided->content.data, id, strlen(id));
}

static void what_asks_for_nothing_is_shown_where_nothing_else_fits(void **state)
{
    (void)state;
    expect("usual");
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
}

static void what_asks_for_more_goes_first(void **state)
{
    (void)state;
    deciding.context.entry.campaign = DYN_STR("spring-summit");
    expect("ad");
    memcpy(deciding.context.country, "AT", 3);
    expect("ad-here");
    memcpy(deciding.context.country, "DE", 3);
    expect("ad");
}

static void all_words_of_a_campaign_must_be_there(void **state)
{
    (void)state;
    deciding.context.entry.campaign = DYN_STR("routes_2026_HIGH");
    expect("ad");
    deciding.context.entry.campaign = DYN_STR("routes");
    expect("usual");
}

static void a_category_is_the_pages_or_the_one_that_the_session_is_after(void **state)
{
    (void)state;
    deciding.context.surface = DYN_SURFACE_PLP;
    deciding.context.item_id = DYN_STR("Shoes");
    expect("shoes");
    deciding.context.surface = DYN_SURFACE_PDP;
    deciding.context.item_id = DYN_STR("boot");
    expect("shoes");
    deciding.context.surface = DYN_SURFACE_HOME;
    deciding.context.item_id = DYN_STR("");
    expect("usual");
}

static void of_equals_the_higher_priority_goes_first(void **state)
{
    (void)state;
    deciding.context.surface = DYN_SURFACE_PLP;
    deciding.context.item_id = DYN_STR("Shoes");
    deciding.context.entry.campaign = DYN_STR("summit");
    expect("shoes");
}

static void what_is_not_approved_is_not_even_in_the_snapshot(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < policy->content_count; i++) {
        assert_false(dyn_str_equal(policy->contents[i].id, DYN_STR("draft")));
    }
    assert_int_equal(policy->content_count, 8);
}

static void a_window_holds_from_its_first_moment_until_before_its_last(void **state)
{
    const int64_t from_ms = 1772323200000, until_ms = from_ms + 86400000;

    (void)state;
    slot.name = DYN_STR("banner");
    deciding.request.now_ms = from_ms - 1;
    expect("");
    deciding.request.now_ms = from_ms;
    expect("sale");
    deciding.request.now_ms = until_ms - 1;
    expect("sale");
    deciding.request.now_ms = until_ms;
    expect("");
}

static void a_visitor_sees_one_wording_every_time_and_visitors_see_both(void **state)
{
    unsigned ones = 0;

    (void)state;
    slot.name = DYN_STR("promo");
    for (uint64_t visitor = 1; visitor <= 200; visitor++) {
        deciding.context.visitor = visitor * 0x9e3779b97f4a7c15U;
        deciding.request.seed = visitor;

        dyn_str_t first = deciding_run(&deciding, snapshot)->content;

        deciding.request.seed = visitor + 1000;
        assert_true(dyn_str_equal(first, deciding_run(&deciding, snapshot)->content));
        ones += dyn_str_equal(first, DYN_STR("one"));
    }
    assert_in_range(ones, 60, 140);
}

static void items_beneath_are_masked_as_everywhere(void **state)
{
    const dyn_slot_decision_t *decided;

    (void)state;
    deciding.context.entry.campaign = DYN_STR("summit");
    decided = deciding_run(&deciding, snapshot);
    assert_int_equal(decided->count, 1);
    assert_int_equal(decided->choices[0].item, fixture_item(snapshot, "boot"));
    deciding.context.age = 18;
    decided = deciding_run(&deciding, snapshot);
    assert_int_equal(decided->count, 2);
}

static void a_list_beside_it_does_not_repeat_its_items(void **state)
{
    dyn_slot_t slots[] = {{DYN_STR("range"), 4}, {DYN_STR("hero"), 4}};

    (void)state;
    deciding.request.slots = slots;
    deciding.request.slot_count = 2;
    deciding_run(&deciding, snapshot);
    assert_true(slot_shows(&deciding.decision.slots[0], fixture_item(snapshot, "boot")));
    deciding.context.entry.campaign = DYN_STR("summit");
    deciding_run(&deciding, snapshot);
    assert_true(slot_shows(&deciding.decision.slots[1], fixture_item(snapshot, "boot")));
    assert_false(slot_shows(&deciding.decision.slots[0], fixture_item(snapshot, "boot")));
}

static void a_rule_may_name_another_but_not_out_of_its_time(void **state)
{
    dyn_policy_t *ruled =
        compiled("{\"schema\":\"dynstore.rules/1\",\"content\":[{\"id\":\"old\",\"slot\":"
                 "\"hero\",\"approved\":true,\"title\":\"Old\",\"until\":\"2001-01-01\"}],"
                 "\"rules\":[{\"id\":\"a\",\"when\":{\"device\":\"mobile\"},\"then\":"
                 "{\"content\":\"shoes\"}},{\"id\":\"b\",\"when\":{\"device\":\"tablet\"},"
                 "\"then\":{\"content\":\"old\"}}]}");

    (void)state;
    deciding.policy = ruled;
    expect("usual");
    deciding.context.device = DYN_DEVICE_MOBILE;
    expect("shoes");
    deciding.context.device = DYN_DEVICE_TABLET;
    expect("usual");
    dyn_policy_free(ruled);
}

static void the_files_content_goes_before_the_catalogues_of_the_same_id(void **state)
{
    dyn_policy_t *ruled =
        compiled("{\"schema\":\"dynstore.rules/1\",\"content\":[{\"id\":\"usual\",\"slot\":"
                 "\"hero\",\"approved\":true,\"title\":\"Mine\"}]}");

    (void)state;
    deciding.policy = ruled;
    expect("usual");
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Mine")));
    dyn_policy_free(ruled);
}

static void expect_in(dyn_str_t text, const char *part)
{
    if (text.data == NULL || memmem(text.data, text.len, part, strlen(part)) == NULL) {
        fail_msg("\"%.*s\" should have \"%s\"", (int)text.len, text.data, part);
    }
}

static void it_is_written_in_the_pages_language_escaped(void **state)
{
    dyn_arena_t arena;
    static char block[1 << 16];

    (void)state;
    expect("usual");
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    expect_in(dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &arena),
              "Out &amp; about");
    expect_in(dyn_render_json(snapshot, &deciding.decision, DYN_STR(""), NULL, &arena),
              "\"content\":{\"id\":\"usual\",\"title\":\"Out \\u0026 about\"");
    deciding.context.language = DYN_STR("de-CH");
    expect("usual");
    expect_in(dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &arena),
              "Drau\xc3\x9f"
              "en");
}

static void modules_are_a_list_of_names(void **state)
{
    dyn_arena_t arena;
    static char block[1 << 16];

    (void)state;
    slot.name = DYN_STR("modules");
    expect("order");
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    expect_in(dyn_render_json(snapshot, &deciding.decision, DYN_STR(""), NULL, &arena),
              "\"modules\":[\"hero\",\"recs\"]");
    expect_in(dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &arena),
              "data-dynstore-modules=\"hero recs\"");
}

static void an_answer_keeps_it(void **state)
{
    dyn_arena_t arena;
    static char block[1 << 16], bytes[4096];
    dyn_decision_t again;
    dyn_error_t error;
    bool whole;

    (void)state;
    deciding.context.entry.campaign = DYN_STR("summit");
    expect("ad");
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(whole);
    if (!dyn_answer_decode(snapshot, policy, (dyn_str_t){bytes, length}, &arena, &again, &error)) {
        fail_msg("%s", error.text);
    }
    assert_true(dyn_str_equal(again.slots[0].content, DYN_STR("ad")));
    assert_int_equal(again.slots[0].count, 1);
}

static void a_slot_of_content_alone_shows_no_products(void **state)
{
    (void)state;
    deciding.policy = NULL;
    expect("");
    assert_int_equal(deciding.decision.slots[0].count, 0);
}

static void bad_content_is_refused_with_its_member(void **state)
{
    static const struct {
        const char *json, *field, *sentence;
    } cases[] = {
        {"{\"id\":\"a\"}", "", "needs an \"id\" and the \"slot\""},
        {"{\"id\":\"a\",\"slot\":\"Hero\"}", "slot", "a slot's name has"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"titel\":\"x\"}", "titel", "did you mean \"title\"?"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"url\":\"javascript:x\"}", "url", "no URL"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"match\":{\"campain\":\"x\"}}", "match.campain",
         "did you mean \"campaign\"?"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"match\":{\"item\":{\"brand\":\"x\"}}}", "match",
         "cannot ask for \"item\""},
        {"{\"id\":\"a\",\"slot\":\"h\",\"from\":\"soon\"}", "from", "a time is written"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"from\":\"2026-02-01\",\"until\":\"2026-01-01\"}", "until",
         "not after"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"approved\":1}", "approved", "true or false"},
        {"{\"id\":\"a\",\"slot\":\"h\",\"title\":{\"e\":\"x\"}}", "title", "language"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_error_t error = {""};
        char field[64];
        bool approved;

        assert_false(dyn_content_check(dyn_str_from(cases[i].json), &approved, field, &error));
        if (strstr(error.text, cases[i].sentence) == NULL ||
            strncmp(field, cases[i].field, strlen(cases[i].field)) != 0) {
            fail_msg("%s: \"%s: %s\" should be \"%s: %s\"", cases[i].json, field, error.text,
                     cases[i].field, cases[i].sentence);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, ask_anew)
    const struct CMUnitTest tests[] = {
        TEST(what_asks_for_nothing_is_shown_where_nothing_else_fits),
        TEST(what_asks_for_more_goes_first),
        TEST(all_words_of_a_campaign_must_be_there),
        TEST(a_category_is_the_pages_or_the_one_that_the_session_is_after),
        TEST(of_equals_the_higher_priority_goes_first),
        TEST(what_is_not_approved_is_not_even_in_the_snapshot),
        TEST(a_window_holds_from_its_first_moment_until_before_its_last),
        TEST(a_visitor_sees_one_wording_every_time_and_visitors_see_both),
        TEST(items_beneath_are_masked_as_everywhere),
        TEST(a_list_beside_it_does_not_repeat_its_items),
        TEST(a_rule_may_name_another_but_not_out_of_its_time),
        TEST(the_files_content_goes_before_the_catalogues_of_the_same_id),
        TEST(it_is_written_in_the_pages_language_escaped),
        TEST(modules_are_a_list_of_names),
        TEST(an_answer_keeps_it),
        TEST(a_slot_of_content_alone_shows_no_products),
        TEST(bad_content_is_refused_with_its_member),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
