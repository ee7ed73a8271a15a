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
#include "engine/compile/compile.h"
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
    assert_int_equal(deciding.decision.rung, DYN_RUNG_POPULAR);
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

static void a_category_is_the_one_that_an_ad_names_on_the_page_it_leads_to(void **state)
{
    (void)state;
    deciding.context.entry.campaign = DYN_STR("shoes");
    deciding.request.session = NULL;
    expect("shoes");
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
    deciding.context.entry.campaign = DYN_STR("boot");
    expect("usual");
    deciding.request.session = &visit.session;
    visit.session.entry.campaign = DYN_STR("shoes");
    visit.session.pages = 1;
    deciding.context.entry.campaign = DYN_STR("shoes");
    expect("shoes");
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
    visit.session.pages = 2;
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

/* A policy of one content and more, beside the catalogue's; to be freed. */
static dyn_policy_t *with(const char *contents, const char *rules)
{
    char text[4096];

    snprintf(
        text, sizeof(text),
        "{\"schema\":\"dynstore.rules/1\",\"time_zone\":\"UTC\",\"content\":[%s],\"rules\":[%s]}",
        contents, rules);
    deciding.policy = compiled(text);

    return (dyn_policy_t *)(uintptr_t)deciding.policy;
}

static void a_variant_shows_its_content_in_the_slots_of_its_experiment(void **state)
{
    dyn_policy_t *own = compiled(
        "{\"schema\":\"dynstore.rules/1\",\"rules\":[{\"id\":\"a\",\"then\":{\"content\":\"ad\"}}],"
        "\"experiments\":[{\"id\":\"elsewhere\",\"slots\":[\"banner\"],\"variants\":[{\"id\":\"v\","
        "\"content\":{\"hero\":\"usual\"}}]},{\"id\":\"x\",\"slots\":[\"hero\"],\"variants\":[{"
        "\"id\":"
        "\"control\"},{\"id\":\"b\",\"content\":{\"hero\":\"shoes\"}}]}]}");

    (void)state;
    deciding.policy = own;
    deciding.request.force = DYN_STR("elsewhere:v,x:control");
    expect("ad");
    deciding.request.force = DYN_STR("elsewhere:v,x:b");
    expect("shoes");
    dyn_policy_free(own);
}

static void a_rule_that_asks_about_candidates_shows_no_content(void **state)
{
    dyn_policy_t *ruled = with("", "{\"id\":\"a\",\"when\":{\"item\":{\"price\":{\"min\":0}}},"
                                   "\"then\":{\"content\":\"shoes\"}}");

    (void)state;
    expect("usual");
    dyn_policy_free(ruled);
}

static void a_rule_does_not_show_what_is_for_other_countries(void **state)
{
    dyn_policy_t *ruled =
        with("", "{\"id\":\"a\",\"priority\":2,\"then\":{\"content\":\"ad-here\"}},"
                 "{\"id\":\"b\",\"priority\":1,\"then\":{\"content\":\"shoes\"}}");

    (void)state;
    memcpy(deciding.context.country, "AT", 3);
    expect("ad-here");
    memcpy(deciding.context.country, "DE", 3);
    expect("shoes");
    dyn_policy_free(ruled);
}

static void a_time_of_day_is_asked_for_without_any_rule(void **state)
{
    const int64_t midnight_ms = 1772323200000, hour_ms = 3600000;
    dyn_policy_t *timed = with("{\"id\":\"evening\",\"slot\":\"hero\",\"approved\":true,\"match\":"
                               "{\"time\":{\"from\":\"18:00\",\"until\":\"23:00\"}}}",
                               "");

    (void)state;
    deciding.request.now_ms = midnight_ms + 18 * hour_ms - 1;
    expect("usual");
    deciding.request.now_ms = midnight_ms + 18 * hour_ms;
    expect("evening");
    dyn_policy_free(timed);
}

static void a_wording_that_asks_for_more_goes_before_the_others(void **state)
{
    dyn_policy_t *worded = with("{\"id\":\"three\",\"slot\":\"promo\",\"approved\":true,"
                                "\"variant_of\":\"p\",\"match\":{\"device\":\"mobile\"}}",
                                "");

    (void)state;
    slot.name = DYN_STR("promo");
    deciding.context.device = DYN_DEVICE_MOBILE;
    for (uint64_t visitor = 1; visitor <= 20; visitor++) {
        deciding.context.visitor = visitor;
        expect("three");
    }
    dyn_policy_free(worded);
}

static void no_more_stand_beneath_than_the_slot_may_show(void **state)
{
    (void)state;
    slot.count = 1;
    deciding.context.age = 18;
    deciding.context.entry.campaign = DYN_STR("summit");
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 1);
    assert_int_equal(deciding.decision.slots[0].choices[0].item, fixture_item(snapshot, "knife"));
}

static void what_rests_on_the_session_says_so(void **state)
{
    (void)state;
    visit.session.entry.campaign = DYN_STR("summit");
    expect("ad");
    assert_int_equal(deciding.decision.rung, DYN_RUNG_SESSION);
    deciding.context.entry.campaign = DYN_STR("summit");
    expect("ad");
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
}

static void a_second_hero_has_a_name_that_goes_on(void **state)
{
    dyn_policy_t *second = with("{\"id\":\"second\",\"slot\":\"hero-2\",\"approved\":true}", "");

    (void)state;
    slot.name = DYN_STR("hero-2");
    expect("second");
    slot.name = DYN_STR("hero_3");
    expect("");
    assert_int_equal(deciding.decision.slots[0].kind, DYN_SLOT_CONTENT);
    slot.name = DYN_STR("heroes");
    expect("");
    assert_int_equal(deciding.decision.slots[0].kind, DYN_SLOT_LIST);
    dyn_policy_free(second);
}

static dyn_content_verdict_t verdict_of(const char *id)
{
    const dyn_slot_explanation_t *explained = &deciding.explanation.slots[0];

    for (uint32_t i = 0; i < explained->content_count; i++) {
        if (dyn_str_equal(explained->contents[i].content->id, dyn_str_from(id))) {
            return explained->contents[i];
        }
    }
    fail_msg("%s is not explained", id);

    return explained->contents[0];
}

static void an_explanation_says_what_became_of_each(void **state)
{
    dyn_policy_t *ruled =
        with("{\"id\":\"old\",\"slot\":\"hero\",\"approved\":true,\"until\":\"2001-01-01\"}",
             "{\"id\":\"a\",\"when\":{\"device\":\"mobile\"},\"then\":{\"content\":\"shoes\"}}");

    (void)state;
    deciding.explains = true;
    deciding.context.entry.campaign = DYN_STR("summit");
    expect("ad");
    assert_int_equal(verdict_of("ad").outcome, DYN_CONTENT_SHOWN);
    assert_int_equal(verdict_of("usual").outcome, DYN_CONTENT_BEHIND);
    assert_int_equal(verdict_of("old").outcome, DYN_CONTENT_OUT_OF_TIME);
    assert_int_equal(verdict_of("shoes").outcome, DYN_CONTENT_UNMATCHED);
    assert_int_equal(verdict_of("ad-here").outcome, DYN_CONTENT_UNMATCHED);
    assert_int_equal(deciding.policy->conditions[verdict_of("ad-here").missing].field,
                     DYN_REQUEST_FIELD_COUNTRY);
    deciding.context.device = DYN_DEVICE_MOBILE;
    expect("shoes");
    assert_int_equal(verdict_of("shoes").outcome, DYN_CONTENT_SHOWN_BY_RULE);
    assert_int_equal(verdict_of("ad").outcome, DYN_CONTENT_BEHIND);
    slot.name = DYN_STR("promo");
    deciding.context.visitor = 1;

    const char *shown =
        dyn_str_equal(deciding_run(&deciding, snapshot)->content, DYN_STR("one")) ? "one" : "two";

    assert_int_equal(verdict_of(shown).outcome, DYN_CONTENT_SHOWN);
    assert_int_equal(verdict_of(strcmp(shown, "one") == 0 ? "two" : "one").outcome,
                     DYN_CONTENT_OTHER_WORDING);
    deciding.explains = false;
    dyn_policy_free(ruled);
}

static void without_a_rules_file_the_catalogues_contents_are_shown(void **state)
{
    static const char plain[] = "{\"id\":\"boot\",\"title\":\"Boot\",\"url\":\"/boot\"}\n";
    dyn_snapshot_t *bare = fixture_build(plain, NULL);
    dyn_policy_t *built_in;
    dyn_error_t error;

    (void)state;
    assert_true(dyn_policy_compile_built_in(NULL, bare, &built_in, &error));
    assert_null(built_in);
    dyn_snapshot_close(bare);
    assert_true(dyn_policy_compile_built_in(NULL, snapshot, &built_in, &error));
    assert_string_equal(built_in->version, dyn_policy_default()->version);
    deciding.policy = built_in;
    expect("usual");
    dyn_policy_free(built_in);
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
    expect_in(dyn_render_json(snapshot, &deciding.decision, DYN_STR(""), &arena),
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
    expect_in(dyn_render_json(snapshot, &deciding.decision, DYN_STR(""), &arena),
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

static void content_that_asks_for_a_path_and_begins_on_a_day_is_good(void **state)
{
    static const char *const matches[] = {
        "{\"path\":\"/sale\"}", "{\"path\":{\"matches\":\"^/sale\"}}", "{\"country\":\"DE\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
        dyn_error_t error = {""};
        char field[64], json[160];
        bool approved;

        snprintf(json, sizeof(json),
                 "{\"id\":\"a\",\"slot\":\"h\",\"approved\":true,\"from\":\"2026-11-01\","
                 "\"match\":%s}",
                 matches[i]);
        if (!dyn_content_check(dyn_str_from(json), &approved, field, &error)) {
            fail_msg("%s: %s", json, error.text);
        }
        assert_true(approved);
    }
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
        TEST(a_category_is_the_one_that_an_ad_names_on_the_page_it_leads_to),
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
        TEST(a_variant_shows_its_content_in_the_slots_of_its_experiment),
        TEST(a_rule_that_asks_about_candidates_shows_no_content),
        TEST(a_rule_does_not_show_what_is_for_other_countries),
        TEST(a_time_of_day_is_asked_for_without_any_rule),
        TEST(a_wording_that_asks_for_more_goes_before_the_others),
        TEST(no_more_stand_beneath_than_the_slot_may_show),
        TEST(what_rests_on_the_session_says_so),
        TEST(a_second_hero_has_a_name_that_goes_on),
        TEST(an_explanation_says_what_became_of_each),
        TEST(without_a_rules_file_the_catalogues_contents_are_shown),
        TEST(content_that_asks_for_a_path_and_begins_on_a_day_is_good),
        TEST(bad_content_is_refused_with_its_member),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
