/* The same from a snapshot that was built: what words, sessions and orders say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "deciding.h"
#include "engine/catalogue/kind.h"

static deciding_t deciding;
static visit_t visit;
static dyn_slot_t only;
static dyn_snapshot_t *shop;

enum { now = 1772366400 };

static const char *catalog_text(void)
{
    static char text[8192];
    static const struct {
        const char *id, *title, *category;
        int price;
    } rows[] = {
        {"tent-a", "Kumo tent", "Camping\",\"Tents", 200},
        {"tent-b", "Alto tent", "Camping\",\"Tents", 220},
        {"tent-c", "Brisa tent", "Camping\",\"Tents", 240},
        {"peg-a", "Steel peg", "Camping\",\"Pegs & care", 5},
        {"peg-b", "Sand anchor", "Camping\",\"Pegs & care", 6},
        {"lamp-a", "Gable lantern", "Light\",\"Lanterns", 30},
        {"lamp-b", "Storm lantern", "Light\",\"Lanterns", 35},
        {"boil-a", "Boiler", "Kitchen\",\"Stoves", 60},
        {"cup-a", "Cup", "Kitchen\",\"Cups", 8},
        {"cup-b", "Mug", "Kitchen\",\"Cups", 9},
    };
    size_t used = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "{\"id\":\"%s\",\"title\":\"%s\",\"category\":[\"%s\"],"
                                 "\"price\":\"%d.00\",\"currency\":\"EUR\"}\n",
                                 rows[i].id, rows[i].title, rows[i].category, rows[i].price);
    }

    return text;
}

static size_t event(char *to, size_t room, const char *visitor, int number, const char *name,
                    const char *item)
{
    return (size_t)snprintf(to, room,
                            "{\"visitor\":\"%s%d\",\"time\":%d,\"event\":\"%s\","
                            "\"items\":[{\"item_id\":\"%s\"}]}\n",
                            visitor, number, now, name, item);
}

/* Pegs are bought with tents, cups in pairs; lanterns are looked at with tents by five sessions, the boiler by two. */
static const char *events_text(void)
{
    static char text[65536];
    char *at = text;
    const char *const tents[] = {"tent-a", "tent-b", "tent-c"};

#define EVENT(visitor, number, name, item) \
    at += event(at, sizeof(text) - (size_t)(at - text), visitor, number, name, item)
    for (int i = 0; i < 12; i++) {
        EVENT("t", i, "purchase", tents[i % 3]);
        EVENT("t", i, "purchase", "peg-a");
        EVENT("c", i, "purchase", "cup-a");
        EVENT("c", i, "purchase", "cup-b");
        EVENT("b", i, "purchase", "boil-a");
    }
    for (int i = 0; i < 5; i++) {
        EVENT("v", i, "view_item", "tent-a");
        EVENT("v", i, "view_item", "lamp-a");
    }
    for (int i = 0; i < 2; i++) {
        EVENT("w", i, "view_item", "tent-a");
        EVENT("w", i, "view_item", "boil-a");
    }
#undef EVENT

    return text;
}

static void ask_for(dyn_surface_t surface, const char *item_id, const char *slot, uint32_t count)
{
    deciding_begin(&deciding, surface, item_id);
    only = (dyn_slot_t){dyn_str_from(slot), count};
    deciding.request.slots = &only;
    deciding.request.slot_count = 1;
    deciding.request.session = &visit.session;
}

static const dyn_choice_t *choice_of(const dyn_slot_decision_t *slot, const char *id)
{
    uint32_t item = fixture_item(shop, id);

    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->choices[i].item == item) {
            return &slot->choices[i];
        }
    }

    return NULL;
}

static void what_was_searched_for_comes_forward_until_views_speak_louder(void **state)
{
    (void)state;
    visit_begin(&visit);
    visit.session.event_count = 1;
    visit.session.searches[0] = (dyn_search_t){.term = DYN_STR("lantern")};
    visit.session.search_count = 1;
    ask_for(DYN_SURFACE_HOME, "", "recs", 2);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop);

    assert_int_equal(recs->count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(recs->choices[i].reason, DYN_REASON_MATCHES_SEARCH);
        assert_true(recs->choices[i].strength >= 1);
    }
    assert_non_null(choice_of(recs, "lamp-a"));
    assert_non_null(choice_of(recs, "lamp-b"));
    assert_true(dyn_str_equal(recs->title, DYN_STR("Matches your search")));
    assert_int_equal(recs->rung, DYN_RUNG_SESSION);

    /* 0.8^11 is below a tenth */
    visit.session.searches[0].clicks_since = 11;
    recs = deciding_run(&deciding, shop);
    for (uint32_t i = 0; i < recs->count; i++) {
        assert_int_not_equal(recs->choices[i].reason, DYN_REASON_MATCHES_SEARCH);
    }
}

static void what_the_page_s_own_url_searches_for_needs_no_session(void **state)
{
    (void)state;
    ask_for(DYN_SURFACE_SEARCH, "", "recs", 2);
    deciding.request.session = NULL;
    deciding.context.search = DYN_STR("lantern");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop);

    assert_int_equal(recs->rung, DYN_RUNG_CONTEXT);
    assert_non_null(choice_of(recs, "lamp-b"));
    assert_int_equal(choice_of(recs, "lamp-b")->reason, DYN_REASON_MATCHES_SEARCH);
}

static void an_earlier_search_does_not_stand_for_one_that_says_nothing(void **state)
{
    (void)state;
    visit_begin(&visit);
    visit.session.searches[0] = (dyn_search_t){.term = DYN_STR("lantern")};
    visit.session.search_count = 1;
    visit.session.event_count = 1;
    ask_for(DYN_SURFACE_SEARCH, "", "recs", 4);
    for (int says = 0; says < 2; says++) {
        deciding.context.search = says ? DYN_STR("lantern") : DYN_STR("xyzzy");

        const dyn_slot_decision_t *recs = deciding_run(&deciding, shop);
        uint32_t matches = 0;

        for (uint32_t i = 0; i < recs->count; i++) {
            matches += recs->choices[i].reason == DYN_REASON_MATCHES_SEARCH;
        }
        assert_int_equal(matches, says ? 2 : 0);
    }
}

static void what_the_ad_promised_is_shown_first_and_fades(void **state)
{
    static uint32_t clicks[8];

    (void)state;
    visit_begin(&visit);
    ask_for(DYN_SURFACE_LANDING, "", "recs", 2);
    deciding.context.entry.campaign = DYN_STR("lantern");

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop);

    assert_int_equal(recs->choices[0].reason, DYN_REASON_MATCHES_AD);
    assert_true(dyn_str_equal(recs->title, DYN_STR("Matches what you came for")));
    assert_int_equal(recs->rung, DYN_RUNG_CONTEXT);

    /* later pages know it from the session */
    deciding.context.entry.campaign = DYN_STR("");
    visit.session.entry.campaign = DYN_STR("lantern");
    visit.session.event_count = 1;
    recs = deciding_run(&deciding, shop);
    assert_int_equal(recs->choices[0].reason, DYN_REASON_MATCHES_AD);
    assert_int_equal(recs->rung, DYN_RUNG_SESSION);

    /* 0.7 * 0.75^7 is below a tenth */
    for (uint32_t i = 0; i < 7; i++) {
        clicks[i] = fixture_item(shop, "boil-a");
    }
    visit.session.clicks = clicks;
    visit.session.click_count = 7;
    recs = deciding_run(&deciding, shop);
    for (uint32_t i = 0; i < recs->count; i++) {
        assert_int_not_equal(recs->choices[i].reason, DYN_REASON_MATCHES_AD);
    }
}

static void also_looked_at_needs_three_sessions(void **state)
{
    (void)state;
    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "tent-a", "recs", 8);

    const dyn_slot_decision_t *recs = deciding_run(&deciding, shop);
    const dyn_choice_t *lamp = choice_of(recs, "lamp-a");
    const dyn_choice_t *boiler = choice_of(recs, "boil-a");

    assert_non_null(lamp);
    assert_int_equal(lamp->reason, DYN_REASON_VIEWED_WITH);
    assert_int_equal(lamp->reference, fixture_item(shop, "tent-a"));
    assert_int_equal(lamp->support, 5);
    assert_true(lamp->strength == 0.625F);
    assert_true(boiler == NULL || boiler->reason != DYN_REASON_VIEWED_WITH);
}

static void because_you_viewed_tells_the_sessions_it_rests_on(void **state)
{
    static uint32_t clicks[1];

    (void)state;
    clicks[0] = fixture_item(shop, "tent-a");
    visit_begin(&visit);
    visit_views(&visit, clicks[0]);
    visit.session.clicks = clicks;
    visit.session.click_count = 1;
    ask_for(DYN_SURFACE_HOME, "", "recs", 8);

    const dyn_choice_t *lamp = choice_of(deciding_run(&deciding, shop), "lamp-a");

    assert_non_null(lamp);
    assert_int_equal(lamp->reason, DYN_REASON_BECAUSE_VIEWED);
    assert_int_equal(lamp->support, 5);
}

static void a_category_is_bought_with_what_is_not_of_it(void **state)
{
    uint32_t tents = dyn_snapshot_find_category(shop, DYN_STR("tents"));
    uint32_t camping = dyn_snapshot_find_category(shop, DYN_STR("camping"));
    uint32_t peg = fixture_item(shop, "peg-a");

    (void)state;
    dyn_edges_t edges = dyn_snapshot_category_bought_with(shop, tents);

    assert_int_equal(edges.count, 1);
    assert_int_equal(edges.edges[0].item, peg);
    /* n(ij) / (n(i) + 2) - n(j) / N, of 36 orders */
    assert_true(edges.edges[0].weight > 12.0F / 14 - 12.0F / 36 - 0.0001F);
    assert_true(edges.edges[0].weight < 12.0F / 14 - 12.0F / 36 + 0.0001F);
    assert_int_equal(dyn_category_bought_with_support(shop, tents, peg), 12);
    assert_int_equal(dyn_category_bought_with_support(shop, tents, peg + 1), 0);
    /* the peg is of it */
    assert_int_equal(dyn_snapshot_category_bought_with(shop, camping).count, 0);
}

static void of_what_is_ordered_several_at_once_another_may_be_wanted(void **state)
{
    uint32_t cups = dyn_snapshot_find_category(shop, DYN_STR("cups"));
    uint32_t tents = dyn_snapshot_find_category(shop, DYN_STR("tents"));

    (void)state;
    assert_int_equal(shop->categories[cups].flags & DYN_CATEGORY_SEVERAL, DYN_CATEGORY_SEVERAL);
    assert_int_equal(shop->categories[tents].flags & DYN_CATEGORY_SEVERAL, 0);
    assert_false(dyn_same_kind(shop, fixture_item(shop, "cup-a"), fixture_item(shop, "cup-b")));
    assert_true(dyn_same_kind(shop, fixture_item(shop, "tent-a"), fixture_item(shop, "tent-b")));
    assert_false(dyn_same_kind(shop, fixture_item(shop, "tent-a"), fixture_item(shop, "peg-a")));
}

static int set_up(void **state)
{
    (void)state;
    shop = fixture_build(catalog_text(), events_text());

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dyn_snapshot_close(shop);

    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_searched_for_comes_forward_until_views_speak_louder),
        cmocka_unit_test(what_the_page_s_own_url_searches_for_needs_no_session),
        cmocka_unit_test(an_earlier_search_does_not_stand_for_one_that_says_nothing),
        cmocka_unit_test(what_the_ad_promised_is_shown_first_and_fades),
        cmocka_unit_test(also_looked_at_needs_three_sessions),
        cmocka_unit_test(because_you_viewed_tells_the_sessions_it_rests_on),
        cmocka_unit_test(a_category_is_bought_with_what_is_not_of_it),
        cmocka_unit_test(of_what_is_ordered_several_at_once_another_may_be_wanted),
    };

    return cmocka_run_group_tests_name("recommendations, built", tests, set_up, tear_down);
}
