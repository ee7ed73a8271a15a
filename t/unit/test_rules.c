/* What each action of a rule does to a slot, and for each pair of them which goes before the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "examples.h"
#include "policies.h"
#include "shop.h"

enum { ITEMS = 20, WANTED = 4 };

/*
 * Item n is the n-th most popular: what is shown first is 0, 1, 2, 3. Items 0 to 2 are of Alm, 4 to 6 of Nordhang; even items are
 * tagged `even`. Item 8 is sold out, 9 is for adults, 10 for members of the tier gold only, 11 not for Germany.
 */
static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static deciding_t deciding;
static visit_t visit;
static dyn_slot_t slots[3];
static dyn_fact_t attributes[2];

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);

    uint32_t brands[] = {shop_brand(shop, "Alm"), shop_brand(shop, "Nordhang")};
    uint32_t gold = shop_trait(shop, "only_for_tier", "gold");
    uint32_t even = shop_trait(shop, "tag", "even");

    for (uint32_t i = 0; i < ITEMS; i++) {
        shop_item(shop, i)->brand = i < 8 && i % 4 < 3 ? brands[i / 4] : DYN_NONE;
        shop_edge(shop, SHOP_POPULAR, 0, i, 1 / (1 + 0.01F * (float)i));
        if (i == 10) {
            shop_has(shop, i, gold);
        }
        if (i % 2 == 0) {
            shop_has(shop, i, even);
        }
    }
    shop_item(shop, 8)->stock = 0;
    shop_item(shop, 9)->age_min = 18;
    shop_countries(shop, 11, "DE", true);
    snapshot = shop_open(shop);

    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

/* The slot `popular` of the home page, of four items, of a German visitor whose session is empty. */
static int ask_anew(void **state)
{
    (void)state;
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    slots[0] = (dyn_slot_t){DYN_STR("popular"), WANTED};
    slots[1] = (dyn_slot_t){DYN_STR("second"), WANTED};
    deciding.request.slots = slots;
    deciding.request.slot_count = 1;
    memcpy(deciding.context.country, "DE", 3);
    visit_begin(&visit);
    deciding.request.session = &visit.session;

    return 0;
}

static const dyn_slot_decision_t *decide_by(const char *rules)
{
    deciding.policy = policies_rules(snapshot, rules);

    return deciding_run(&deciding, snapshot);
}

/* The numbers of the items shown, as "0 1 2 3". */
static const char *shown_in(uint32_t slot)
{
    static char text[256];
    size_t length = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < deciding.decision.slots[slot].count; i++) {
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%u", i > 0 ? " " : "",
                                   deciding.decision.slots[slot].choices[i].item);
    }

    return text;
}

#define assert_shows(rules, items)                       \
    do {                                                 \
        decide_by(rules);                                \
        assert_string_equal(shown_in(0), items);         \
        deciding.explains = true;                        \
        decide_by(rules);                                \
        assert_string_equal(shown_in(0), items);         \
        deciding.explains = false;                       \
        deciding.explanation.slots[0].candidates = NULL; \
    } while (0)

/* Why the item is not shown, by the explanation. */
static int why_not(const char *rules, uint32_t item)
{
    deciding.explains = true;
    decide_by(rules);
    deciding.explains = false;

    return removed_by(&deciding, 0, item);
}

static float score_of(uint32_t place)
{
    return deciding.decision.slots[0].choices[place].score;
}

/* ---- each action ---- */

static void without_rules_the_best_are_shown(void **state)
{
    (void)state;
    assert_shows("", "0 1 2 3");
}

static void excluded_items_are_not_shown(void **state)
{
    static const char rules[] = "{'id': 'a', 'when': {'item': {'id': ['i00001', 'i00003']}}, "
                                "'then': {'exclude': true}}";

    (void)state;
    assert_shows(rules, "0 2 4 5");
    assert_int_equal(why_not(rules, 1), DYN_FILTER_EXCLUDED);
    assert_shows("{'id': 'a', 'then': {'exclude': true}}", "");
}

static void only_what_a_filter_is_true_of_is_shown(void **state)
{
    static const char rules[] = "{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                                "'then': {'filter': true}}";

    (void)state;
    assert_shows(rules, "0 2 4 6");
    assert_int_equal(why_not(rules, 1), DYN_FILTER_FILTERED);
    /* of two both must hold */
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}}, "
                 "{'id': 'b', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'filter': true}}",
                 "4 6");
}

static void sources_are_switched_and_weighted(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    for (uint32_t item = 0; item < 3; item++) {
        visit_views(&visit, item);
    }
    assert_shows("{'id': 'a', 'then': {'sources': {'recently_viewed': true, 'popular': false, "
                 "'range': false}}}",
                 "");
    assert_shows("{'id': 'a', 'when': {'slot': 'popular'}, 'then': {'sources': {'popular': 0}}}",
                 "3 4 5 6");
    /* the higher priority says first, and what it does not say a lower one may */
    assert_shows("{'id': 'a', 'priority': 1, 'then': {'sources': {'popular': true}}}, "
                 "{'id': 'b', 'priority': 2, 'then': {'sources': {'popular': 0}}}",
                 "");
}

static void a_limit_makes_a_slot_shorter_and_the_smallest_holds(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'then': {'limit': 2}}", "0 1");
    assert_shows("{'id': 'a', 'priority': 5, 'then': {'limit': 3}}, "
                 "{'id': 'b', 'then': {'limit': 1}}",
                 "0");
    assert_shows("{'id': 'a', 'then': {'limit': 24}}", "0 1 2 3");
}

static void what_is_added_becomes_a_candidate(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    assert_shows("{'id': 'a', 'then': {'add': {'items': ['i00007', 'i00019']}}}", "7 19 0 1");
    assert_int_equal(deciding.decision.slots[0].choices[0].source, DYN_SOURCE_RULES);
    assert_int_equal(deciding.decision.slots[0].choices[0].reason, DYN_REASON_FROM_RANGE);
    assert_int_equal(deciding.decision.slots[0].rung, DYN_RUNG_POPULAR);
    /* those that the rule asks for alone */
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                 "'then': {'add': {'items': ['i00007', 'i00018']}}}",
                 "18 0 1 2");
}

static void pinned_items_stand_at_their_places(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00007']}}}", "7 0 1 2");
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00007', 'i00012'], 'position': 2}}}",
                 "0 7 12 1");
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00007'], 'position': 4}}}", "0 1 2 7");
    /* one that would be shown anyway */
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00000'], 'position': 3}}}", "1 2 0 3");
    /* in a slot that stays short they stand last, and what has its place keeps it */
    assert_shows("{'id': 'a', 'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}}, "
                 "{'id': 'b', 'then': {'pin': {'items': ['i00001', 'i00000'], 'position': 3}}}",
                 "2 0 1");
    /* behind the end there is none */
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00007'], 'position': 5}}}", "0 1 2 3");
    /* of what was viewed, too */
    visit_views(&visit, 12);
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00012']}}}", "12 0 1 2");
}

static void scores_fall_though_an_item_is_pinned_among_them(void **state)
{
    (void)state;
    for (int place = 1; place <= WANTED; place++) {
        char rule[128];

        snprintf(rule, sizeof(rule),
                 "{'id': 'a', 'then': {'pin': {'items': ['i00019'], 'position': %d}}}", place);
        decide_by(rule);
        for (uint32_t i = 1; i < WANTED; i++) {
            assert_true(score_of(i) > 0 && score_of(i) <= score_of(i - 1));
        }
    }
}

static void of_two_pins_to_one_place_the_higher_priority_holds_then_the_smaller_id(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00012']}}}, "
                 "{'id': 'b', 'priority': 1, 'then': {'pin': {'items': ['i00013']}}}",
                 "13 12 0 1");
    assert_shows("{'id': 'b', 'then': {'pin': {'items': ['i00013']}}}, "
                 "{'id': 'a', 'then': {'pin': {'items': ['i00012']}}}",
                 "12 13 0 1");
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00012'], 'position': 4}}}, "
                 "{'id': 'b', 'then': {'pin': {'items': ['i00013'], 'position': 4}}}",
                 "0 1 2 12");
}

static void a_pin_holds_in_the_slot_that_it_names_else_in_the_first(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    assert_shows("{'id': 'a', 'then': {'pin': {'items': ['i00007']}}}", "7 0 1 2");
    assert_string_equal(shown_in(1), "3 4 5 6");
    assert_shows("{'id': 'a', 'when': {'slot': 'second'}, 'then': {'pin': {'items': ['i00001']}}}",
                 "0 2 3 4");
    assert_string_equal(shown_in(1), "1 5 6 7");
}

static void what_is_pinned_in_a_slot_is_not_pinned_in_a_later_one(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    assert_shows(
        "{'id': 'a', 'when': {'slot': 'popular'}, 'then': {'pin': {'items': ['i00007']}}}, "
        "{'id': 'b', 'when': {'slot': 'second'}, 'then': {'pin': {'items': ['i00007', "
        "'i00012']}}}",
        "7 0 1 2");
    assert_string_equal(shown_in(1), "3 12 4 5");
}

static void what_a_rule_asks_of_items_holds_in_the_slot_that_it_names(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    assert_shows("{'id': 'a', 'when': {'slot': 'popular', 'item': {'id': 'i00001'}}, "
                 "'then': {'exclude': true}}",
                 "0 2 3 4");
    assert_string_equal(shown_in(1), "1 5 6 7");
}

static void a_quota_keeps_places_for_what_its_rule_is_true_of(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}}",
                 "0 1 4 5");
    /* rounded up: a fourth and a bit of four are two */
    assert_shows("{'id': 'a', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.26}}",
                 "0 1 4 5");
    assert_shows("{'id': 'a', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.25}}",
                 "0 1 2 4");
    /* as far as there are such */
    assert_shows("{'id': 'a', 'when': {'item': {'id': 'i00019'}}, 'then': {'quota': 1}}",
                 "19 0 1 2");
}

static void where_quotas_ask_for_more_than_the_slot_has_the_higher_scores_take_it(void **state)
{
    (void)state;
    for (int priority = -1; priority <= 1; priority++) {
        char rules[256];

        snprintf(rules, sizeof(rules),
                 "{'id': 'a', 'priority': %d, 'when': {'item': {'id': ['i00012', 'i00013']}}, "
                 "'then': {'quota': 0.5}}, "
                 "{'id': 'b', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.75}}",
                 priority);
        assert_shows(rules, "4 5 6 12");
    }
}

static void a_cap_counts_by_brand_tag_and_price_band(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'then': {'cap': {'by': 'brand', 'most': 1}}}", "0 3 4 7");
    assert_int_equal(why_not("{'id': 'a', 'then': {'cap': {'by': 'brand', 'most': 1}}}", 1),
                     DYN_FILTER_CAPPED);
    assert_shows("{'id': 'a', 'then': {'cap': {'by': 'tag', 'value': 'even', 'most': 1}}}",
                 "0 1 3 5");
    assert_shows("{'id': 'a', 'then': {'cap': {'by': 'tag', 'most': 1}}}", "0 1 3 5");
    /* all of these cost 10.00 to 10.19 */
    assert_shows("{'id': 'a', 'then': {'cap': {'by': 'price_band', 'most': 2}}}", "0 1");
    /* of the items alone that the rule is true of */
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                 "'then': {'cap': {'by': 'brand', 'most': 1}}}",
                 "0 1 3 4");
}


static void of_items_that_are_apart_one_block_shows_one_and_two_blocks_show_two(void **state)
{
    static const char rule[] = "{'id': 'a', 'then': {'apart': {'items': ['i00000', 'i00002']}}}";
    static const char both[] = "{'id': 'a', 'then': {'apart': {'items': ['i00000', 'i00004']}}}";

    (void)state;
    assert_shows(rule, "0 1 3 4");
    assert_int_equal(why_not(rule, 2), DYN_FILTER_APART);
    assert_shows("{'id': 'a', 'then': {'apart': {'items': ['i00000', 'i00001', 'i00003']}}}",
                 "0 2 4 5");
    /* of those that the rule is true of */
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                 "'then': {'apart': {'items': ['i00000', 'i00001', 'i00002']}}}",
                 "0 1 3 4");
    /* a name that the catalogue does not know keeps nothing apart */
    assert_shows("{'id': 'a', 'then': {'apart': {'items': ['i00000', 'nothing']}}}", "0 1 2 3");
    deciding.request.slot_count = 2;
    assert_shows(both, "0 1 2 3");
    assert_string_equal(shown_in(1), "4 5 6 7");
}

static void an_explanation_names_the_rule_that_keeps_an_item_apart(void **state)
{
    static const char rule[] = "{'id': 'a', 'then': {'apart': {'items': ['i00000', 'i00002']}}}";
    uint32_t told = 0;

    (void)state;
    why_not(rule, 2);
    for (uint32_t i = 0; i < deciding.explanation.slots[0].effect_count; i++) {
        const dyn_rule_effect_t *effect = &deciding.explanation.slots[0].effects[i];

        told += effect->action == DYN_ACTION_APART && effect->item == 2 &&
                effect->removed_by == DYN_FILTER_APART;
    }
    assert_int_equal(told, 1);
}

/* By the steps 1, 2, 5, 10, 20, 50: the items stand in the order of these prices, each at the end of a band or the beginning. */
static void a_band_of_prices_ends_before_the_next_step(void **state)
{
    static const int64_t prices[] = {0,    99,   100,  199,  200,  499,  500,  999,
                                     1000, 1999, 2000, 4999, 5000, 9999, 10000};
    enum { PRICES = sizeof(prices) / sizeof(prices[0]) };
    shop_t *priced = shop_new(PRICES);

    (void)state;
    for (uint32_t i = 0; i < PRICES; i++) {
        shop_item(priced, i)->price_minor = prices[i];
        shop_edge(priced, SHOP_POPULAR, 0, i, 1 / (1 + 0.01F * (float)i));
    }
    slots[0].count = DYN_SLOT_ITEMS_MAX;
    deciding.policy = policies_rules(
        shop_open(priced), "{'id': 'a', 'then': {'cap': {'by': 'price_band', 'most': 1}}}");
    deciding_run(&deciding, deciding.policy->snapshot);
    assert_string_equal(shown_in(0), "0 2 4 6 8 10 12 14");
    shop_free(priced);
}

static void a_cap_of_a_rule_leaves_a_slot_short_and_the_slot_s_own_does_not(void **state)
{
    static const char alm_alone[] =
        "{'id': 'a', 'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}}";
    char rules[256];

    (void)state;
    slots[0].name = DYN_STR("recs");
    assert_shows(alm_alone, "0 1 2");
    snprintf(rules, sizeof(rules), "%s, {'id': 'b', 'then': {'cap': {'by': 'brand', 'most': 2}}}",
             alm_alone);
    assert_shows(rules, "0 1");
}

static void preferred_items_stand_at_their_places_where_they_are_candidates(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'then': {'prefer': {'items': ['i00007']}}}", "7 0 1 2");
    assert_shows("{'id': 'a', 'then': {'prefer': {'items': ['i00007'], 'position': 3}}}",
                 "0 1 7 2");
    slots[0].name = DYN_STR("recently_viewed");
    visit_views(&visit, 0);
    visit_views(&visit, 1);
    assert_shows("{'id': 'a', 'then': {'prefer': {'items': ['i00007', 'i00000']}}}", "1 0");
}

static void boosts_multiply_scores_and_are_bounded(void **state)
{
    (void)state;
    /* the scores fall by a hundredth or so from item to item */
    assert_shows("{'id': 'a', 'when': {'item': {'id': 'i00007'}}, 'then': {'boost': 1.2}}",
                 "7 0 1 2");
    assert_shows("{'id': 'a', 'when': {'item': {'id': 'i00007'}}, 'then': {'boost': 1.01}}",
                 "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'item': {'brand': 'Alm'}}, 'then': {'bury': 0.5}}",
                 "3 4 5 6");
    /* two of them multiply: alone each is too weak */
    assert_shows("{'id': 'a', 'when': {'item': {'id': 'i00006'}}, 'then': {'boost': 1.03}}, "
                 "{'id': 'b', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'boost': 1.03}}",
                 "6 0 4 1");
    /* 400 is 20, and so is 20 */
    assert_shows(
        "{'id': 'a', 'when': {'item': {'id': 'i00007'}}, 'then': {'boost': 20}}, "
        "{'id': 'b', 'when': {'item': {'id': ['i00007', 'i00005']}}, 'then': {'boost': 20}}",
        "5 7 0 1");
}

static void buries_multiply_and_keep_a_twentieth_of_the_score(void **state)
{
    (void)state;
    /* each makes less of item 0 than is made of item 1, and both together no less than of item 2 */
    assert_shows("{'id': 'a', 'when': {'item': {'id': ['i00000', 'i00001', 'i00002']}}, 'then': "
                 "{'filter': true}}, "
                 "{'id': 'b', 'when': {'item': {'id': 'i00000'}}, 'then': {'bury': 0.2}}, "
                 "{'id': 'c', 'when': {'item': {'id': 'i00000'}}, 'then': {'bury': 0.2}}, "
                 "{'id': 'd', 'when': {'item': {'id': 'i00001'}}, 'then': {'bury': 0.1}}, "
                 "{'id': 'e', 'when': {'item': {'id': 'i00002'}}, 'then': {'bury': 0.05}}",
                 "1 0 2");
}

static void the_explanation_says_by_what_a_candidate_was_boosted(void **state)
{
    (void)state;
    deciding.explains = true;
    decide_by("{'id': 'a', 'when': {'item': {'id': 'i00006'}}, 'then': {'boost': 2}}, "
              "{'id': 'b', 'when': {'item': {'brand': 'Nordhang'}}, 'then': {'bury': 0.75}}");
    deciding.explains = false;
    for (uint32_t i = 0; i < deciding.explanation.slots[0].count; i++) {
        const dyn_candidate_t *candidate = &deciding.explanation.slots[0].candidates[i];
        float boost = candidate->item == 6                           ? 1.5F
                      : candidate->item == 4 || candidate->item == 5 ? 0.75F
                                                                     : 1;

        assert_float_equal(candidate->boost, boost, 1e-6);
    }
}

/* What item 6 is multiplied by. */
static float boost_by(const char *rules)
{
    float boost = 0;

    deciding.explains = true;
    decide_by(rules);
    deciding.explains = false;
    for (uint32_t i = 0; i < deciding.explanation.slots[0].count; i++) {
        const dyn_candidate_t *candidate = &deciding.explanation.slots[0].candidates[i];

        boost = candidate->item == 6 ? candidate->boost : boost;
    }

    return boost;
}

static void what_a_country_boosts_and_buries_is_bounded_and_fades_with_the_session(void **state)
{
    static const char *const boosting[] = {"'country': 'DE'", "'not': {'country': 'FR'}",
                                           "'any': [{'country': 'AT'}, {'surface': 'home'}]"};
    float most = (float)dyn_policy_default()->guardrails.geography_boost;
    char rules[256];

    (void)state;
    for (size_t i = 0; i < sizeof(boosting) / sizeof(boosting[0]); i++) {
        snprintf(rules, sizeof(rules),
                 "{'id': 'a', 'when': {%s, 'item': {'id': 'i00006'}}, 'then': {'boost': 5}}",
                 boosting[i]);
        assert_float_equal(boost_by(rules), most, 1e-6);
    }
    assert_float_equal(boost_by("{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00006'}}, "
                                "'then': {'bury': 0.1}}"),
                       1 / most, 1e-6);
    assert_float_equal(boost_by("{'id': 'a', 'compliance': true, 'when': {'country': 'DE', "
                                "'item': {'id': 'i00006'}}, 'then': {'boost': 5}}"),
                       5, 1e-6);
    assert_float_equal(boost_by("{'id': 'a', 'when': {'surface': 'home', 'item': {'id': "
                                "'i00006'}}, 'then': {'boost': 5}}"),
                       5, 1e-6);

    /* after 4 of 8 items half of it is left, after 8 nothing */
    for (uint32_t item = 0; item < 4; item++) {
        visit_views(&visit, item);
    }
    snprintf(rules, sizeof(rules),
             "{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00006'}}, 'then': {'boost': "
             "5}}");
    assert_float_equal(boost_by(rules), 1 + (most - 1) / 2, 1e-6);
    for (uint32_t item = 8; item < 12; item++) {
        visit_views(&visit, item);
    }
    assert_float_equal(boost_by(rules), 1, 1e-6);
}

static void a_slot_that_is_not_sure_enough_is_filled_by_another_source(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    /* what is popular is as sure as 0.5 */
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.5, 'fallback': 'rules'}}}",
                 "0 1 2 3");
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.51}}}", "");
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.51, 'fallback': 'popular'}}}",
                 "0 1 2 3");
    visit_views(&visit, 13);
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.51, 'fallback': "
                 "'recently_viewed'}}}",
                 "");
    /* what is pinned stays, and is not asked how sure it is */
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.51}, "
                 "'pin': {'items': ['i00007']}}}",
                 "7");
    assert_shows("{'id': 'a', 'then': {'confidence': {'least': 0.5}, "
                 "'pin': {'items': ['i00007']}}}",
                 "7 0 1 2");
}


static void a_slot_that_gave_up_is_filled_by_the_same_rules(void **state)
{
    static const struct {
        const char *rule, *shows;
    } rows[] = {
        {"'when': {'item': {'id': 'i00001'}}, 'then': {'exclude': true}", "0 2 3 4"},
        {"'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}", "0 2 4 6"},
        {"'then': {'limit': 2}", "0 1"},
        {"'then': {'pin': {'items': ['i00007'], 'position': 2}}", "0 7 1 2"},
        {"'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}", "0 1 4 5"},
        {"'then': {'cap': {'by': 'brand', 'most': 1}}", "0 3 4 7"},
        {"'then': {'prefer': {'items': ['i00007'], 'position': 2}}", "0 7 1 2"},
        {"'when': {'item': {'id': 'i00007'}}, 'then': {'boost': 2}", "7 0 1 2"},
    };

    (void)state;
    slots[0].name = DYN_STR("recs");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char rules[256];

        /* without another source nothing is left but what is pinned */
        snprintf(rules, sizeof(rules),
                 "{'id': 'a', 'then': {'confidence': {'least': 1}}}, {'id': 'b', %s}",
                 rows[i].rule);
        assert_shows(rules, strstr(rows[i].rule, "'pin'") != NULL ? "7" : "");
        snprintf(rules, sizeof(rules),
                 "{'id': 'a', 'then': {'confidence': {'least': 1, 'fallback': 'popular'}}}, "
                 "{'id': 'b', %s}",
                 rows[i].rule);
        assert_shows(rules, rows[i].shows);
    }
}

static void items_of_a_slot_that_gave_up_may_be_shown_in_another(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    assert_shows("{'id': 'a', 'when': {'slot': 'popular'}, 'then': {'confidence': {'least': 0.9}}}",
                 "");
    assert_string_equal(shown_in(1), "0 1 2 3");
}

static void words_of_rules_are_in_the_language_of_the_page(void **state)
{
    static const char rules[] =
        "{'id': 'a', 'when': {'item': {'tag': 'even'}}, 'then': {'badge': {'en': 'Even', 'de': "
        "'Gerade'}, 'reason': {'en': 'Why', 'de': 'Warum'}, 'sponsored': 'Ad', 'cta': {'action': "
        "'view', 'label': {'en': 'Look', 'de': 'Ansehen'}}}}, "
        "{'id': 'b', 'then': {'title': {'en': 'Ours', 'de': 'Unsere'}, 'badge': 'Any'}}";
    const dyn_choice_t *choices;

    (void)state;
    deciding.context.language = DYN_STR("de-AT");
    choices = decide_by(rules)->choices;
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Unsere")));
    assert_true(dyn_str_equal(choices[0].badge, DYN_STR("Gerade")));
    assert_true(dyn_str_equal(choices[0].reason_text, DYN_STR("Warum")));
    assert_true(dyn_str_equal(choices[0].sponsored, DYN_STR("Ad")));
    assert_true(dyn_str_equal(choices[0].cta_label, DYN_STR("Ansehen")));
    assert_int_equal(choices[0].cta, DYN_CTA_VIEW);
    assert_true(dyn_str_equal(choices[1].badge, DYN_STR("Any")));
    assert_int_equal(choices[1].reason_text.len, 0);
    assert_int_equal(choices[1].cta, DYN_CTA_ADD_TO_CART);
    deciding.context.language = DYN_STR("en");
    choices = decide_by(rules)->choices;
    assert_true(dyn_str_equal(choices[0].badge, DYN_STR("Even")));
}

static void at_strength_0_the_session_says_nothing_of_what_is_shown(void **state)
{
    char personal[256];

    (void)state;
    slots[0].name = DYN_STR("recs");
    visit_views(&visit, 12);
    visit.session.brands[0] = (dyn_affinity_t){1, 1, 1};
    visit.session.brand_count = 1;
    decide_by("");
    snprintf(personal, sizeof(personal), "%s", shown_in(0));
    assert_string_not_equal(personal, "0 1 2 3");
    assert_shows("{'id': 'a', 'then': {'strength': 0}}", "0 1 2 3");
    assert_shows("{'id': 'a', 'then': {'strength': 1}}", personal);
    /* the higher priority says it */
    assert_shows("{'id': 'a', 'then': {'strength': 1}}, "
                 "{'id': 'b', 'priority': 1, 'then': {'strength': 0}}",
                 "0 1 2 3");
}

static void at_strength_0_likes_prices_and_refusals_do_not_count(void **state)
{
    static dyn_rejection_t refused = {0, 1};

    (void)state;
    for (int said = 0; said < 3; said++) {
        visit_begin(&visit);
        if (said == 0) {
            visit.session.brands[0] = (dyn_affinity_t){1, 1, 1};
            visit.session.brand_count = 1;
        } else if (said == 1) {
            visit.session.price_low = 1015;
            visit.session.price_high = 1019;
            visit.session.price_strength = 1;
        } else {
            visit.session.rejected = &refused;
            visit.session.rejected_count = 1;
        }
        decide_by("{'id': 'a', 'then': {'strength': 1}}");
        assert_string_not_equal(shown_in(0), "0 1 2 3");
        assert_shows("{'id': 'a', 'then': {'strength': 0}}", "0 1 2 3");
    }
}

static void at_strength_0_what_is_in_the_cart_bought_or_viewed_is_not_shown_again(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    visit_views(&visit, 0);
    visit_adds(&visit, 1);
    visit_buys(&visit, 2);
    assert_shows("{'id': 'a', 'then': {'strength': 0}}", "3 4 5 6");
}

/* The score of item 4, which is of the liked brand. */
static float score_of_liked_by(const char *rule)
{
    decide_by(rule);
    for (uint32_t i = 0; i < WANTED; i++) {
        if (deciding.decision.slots[0].choices[i].item == 4) {
            return score_of(i);
        }
    }

    return 0;
}

static void between_strength_0_and_1_what_the_session_says_counts_by_that_share(void **state)
{
    static const char only[] = "{'id': 'b', 'when': {'item': {'id': ['i00003', 'i00004']}}, "
                               "'then': {'filter': true}}, ";
    float scores[3];

    (void)state;
    visit.session.brands[0] = (dyn_affinity_t){1, 1, 1};
    visit.session.brand_count = 1;
    for (int half = 0; half < 3; half++) {
        char rules[256];

        snprintf(rules, sizeof(rules), "%s{'id': 'a', 'then': {'strength': %.1f}}", only,
                 half / 2.0);
        scores[half] = score_of_liked_by(rules);
    }
    assert_true(scores[0] > 0 && scores[2] > scores[0]);
    assert_float_equal(scores[1], (scores[0] + scores[2]) / 2, 1e-5);
}

/* ---- when rules hold ---- */

static void a_rule_holds_from_its_first_millisecond_to_before_its_last(void **state)
{
    static const char rules[] = "{'id': 'a', 'from': '2023-11-14T22:13:20Z', 'until': "
                                "'2023-11-14T22:13:21Z', 'then': {'limit': 1}}";

    (void)state;
    deciding.request.now_ms = DECIDING_NOW_MS - 1;
    assert_shows(rules, "0 1 2 3");
    deciding.request.now_ms = DECIDING_NOW_MS;
    assert_shows(rules, "0");
    deciding.request.now_ms = DECIDING_NOW_MS + 999;
    assert_shows(rules, "0");
    deciding.request.now_ms = DECIDING_NOW_MS + 1000;
    assert_shows(rules, "0 1 2 3");
}

static void a_disabled_rule_does_nothing(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'enabled': false, 'then': {'limit': 1}}", "0 1 2 3");
}

static void conditions_of_the_request_decide_whether_a_rule_is_in_force(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'when': {'surface': 'home'}, 'then': {'limit': 1}}", "0");
    assert_shows("{'id': 'a', 'when': {'surface': 'cart'}, 'then': {'limit': 1}}", "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'country': 'DE'}, 'then': {'limit': 1}}", "0");
    assert_shows("{'id': 'a', 'when': {'not': {'country': 'DE'}}, 'then': {'limit': 1}}",
                 "0 1 2 3");
    deciding.context.search = DYN_STR("rain jackets");
    assert_shows("{'id': 'a', 'when': {'search': {'matches': '^rain'}}, 'then': {'limit': 1}}",
                 "0");
    assert_shows("{'id': 'a', 'when': {'search': {'matches': '^jack'}}, 'then': {'limit': 1}}",
                 "0 1 2 3");
    /* 22:13 UTC on a Tuesday */
    assert_shows("{'id': 'a', 'when': {'weekday': 'tue', 'time': {'from': '22:13', 'until': "
                 "'22:14'}}, 'then': {'limit': 1}}",
                 "0");
    assert_shows("{'id': 'a', 'when': {'weekday': 'tue', 'time': {'from': '22:14', 'until': "
                 "'22:15'}}, 'then': {'limit': 1}}",
                 "0 1 2 3");
}

static void not_holds_of_what_is_not_known(void **state)
{
    (void)state;
    memset(deciding.context.country, 0, sizeof(deciding.context.country));
    deciding.request.session = NULL;
    assert_shows("{'id': 'a', 'when': {'country': 'DE'}, 'then': {'limit': 1}}", "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'not': {'country': 'DE'}}, 'then': {'limit': 1}}", "0");
    assert_shows("{'id': 'a', 'when': {'segment': 'vip'}, 'then': {'limit': 1}}", "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'not': {'segment': 'vip'}}, 'then': {'limit': 1}}", "0");
    assert_shows("{'id': 'a', 'when': {'cart_items': {'max': 9}}, 'then': {'limit': 1}}",
                 "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'not': {'cart_items': {'max': 9}}}, 'then': {'limit': 1}}",
                 "0");
    /* what only a known country shall decide names countries */
    assert_shows("{'id': 'a', 'when': {'country': ['AT', 'CH']}, 'then': {'limit': 1}}", "0 1 2 3");
}

/* What it does to the slot would depend on what the slot shows. */
static void a_rule_that_asks_about_candidates_does_nothing_to_the_slot(void **state)
{
    (void)state;
    assert_shows(
        "{'id': 'a', 'when': {'item': {'tag': 'even'}}, 'then': {'limit': 1, 'title': 'Even', "
        "'sources': {'popular': 0}, 'confidence': {'least': 0.9}, 'bury': 0.1}}",
        "1 3 5 7");
    assert_false(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Even")));
}

static void a_rule_that_asks_about_candidates_sets_no_strength(void **state)
{
    char personal[256];

    (void)state;
    visit.session.brands[0] = (dyn_affinity_t){1, 1, 1};
    visit.session.brand_count = 1;
    decide_by("");
    snprintf(personal, sizeof(personal), "%s", shown_in(0));
    assert_string_not_equal(personal, "0 1 2 3");
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, 'then': {'strength': 0}}",
                 personal);
}

static void a_rule_that_asks_about_candidates_places_those_that_it_is_true_of(void **state)
{
    (void)state;
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                 "'then': {'pin': {'items': ['i00007', 'i00012']}}}",
                 "0 12 1 2");
    assert_shows("{'id': 'a', 'when': {'item': {'tag': 'even'}}, "
                 "'then': {'prefer': {'items': ['i00007', 'i00012']}}}",
                 "0 12 1 2");
}

/* ---- masks ---- */

static void blocked_items_are_shown_by_no_rule_and_on_no_rung(void **state)
{
    (void)state;
    for (int session = 0; session < 2; session++) {
        deciding.request.session = session != 0 ? &visit.session : NULL;
        deciding.policy = policies_read(
            snapshot,
            "'blocked': {'any': [{'brand': 'Alm'}, {'id': 'i00005'}]}, 'rules': [{'id': "
            "'a', 'then': {'pin': {'items': ['i00000']}, 'add': {'items': ['i00001']}}}]");
        deciding_run(&deciding, snapshot);
        assert_string_equal(shown_in(0), "3 4 6 7");
    }
    deciding.explains = true;
    deciding_run(&deciding, snapshot);
    assert_int_equal(removed_by(&deciding, 0, 5), DYN_FILTER_BLOCKED);
    deciding.explains = false;
    /* what changes with time is asked each time */
    deciding.policy = policies_read(snapshot, "'blocked': {'price': {'max': 10.02}}");
    deciding_run(&deciding, snapshot);
    assert_string_equal(shown_in(0), "3 4 5 6");
}

static void an_item_for_a_tier_is_shown_to_that_tier_alone(void **state)
{
    static const char rules[] = "{'id': 'a', 'then': {'pin': {'items': ['i00010']}}}";

    (void)state;
    assert_shows(rules, "0 1 2 3");
    assert_int_equal(why_not("", 10), DYN_FILTER_ROLE);
    attributes[0] = (dyn_fact_t){DYN_STR("tier"), DYN_STR("silver")};
    deciding.context.attributes = (dyn_attributes_t){attributes, 1};
    assert_shows(rules, "0 1 2 3");
    attributes[1] = (dyn_fact_t){DYN_STR("tier"), DYN_STR("gold")};
    deciding.context.attributes.count = 2;
    assert_shows(rules, "10 0 1 2");
    attributes[1].name = DYN_STR("role");
    assert_shows(rules, "0 1 2 3");
}

/* ---- which goes before which ---- */

/* Each pin is of an item that is not shown, by a mask; the place is the next best's, and the explanation says why. */
static void a_mask_goes_before_a_pin(void **state)
{
    static const struct {
        const char *item;
        int removed_by;
    } rows[] = {{"i00008", DYN_FILTER_OUT_OF_STOCK},
                {"i00009", DYN_FILTER_AGE},
                {"i00010", DYN_FILTER_ROLE},
                {"i00011", DYN_FILTER_COUNTRY}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char rule[128];
        bool found = false;

        snprintf(rule, sizeof(rule), "{'id': 'a', 'then': {'pin': {'items': ['%s']}}}",
                 rows[i].item);
        assert_shows(rule, "0 1 2 3");
        why_not(rule, 0);
        for (uint32_t e = 0; e < deciding.explanation.slots[0].effect_count; e++) {
            const dyn_rule_effect_t *effect = &deciding.explanation.slots[0].effects[e];

            found = found ||
                    (effect->action == DYN_ACTION_PIN && effect->removed_by == rows[i].removed_by);
        }
        assert_true(found);
    }
}

static void a_mask_goes_before_what_is_added_preferred_boosted_and_quotas(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    assert_shows(
        "{'id': 'a', 'when': {'item': {'id': ['i00008', 'i00009', 'i00010', 'i00011']}}, "
        "'then': {'add': {'items': ['i00008', 'i00009', 'i00010', 'i00011']}, 'boost': 20, "
        "'quota': 1, 'prefer': {'items': ['i00008', 'i00009']}}}",
        "0 1 2 3");
}

static void what_is_in_the_cart_bought_or_the_page_s_is_not_pinned(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    visit_adds(&visit, 12);
    visit_buys(&visit, 13);
    deciding.context.surface = DYN_SURFACE_PDP;
    deciding.context.item_id = DYN_STR("i00014");
    assert_shows(
        "{'id': 'a', 'then': {'pin': {'items': ['i00012', 'i00013', 'i00014', 'i00015']}}}",
        "0 1 2 15");
}

/*
 * docs/rules.md, "Which of two actions wins": by row and column of its table, two rules, and what the slot shows by both. Of masks
 * there is no rule: items 8 to 11 are masked.
 */
static const struct {
    const char *row, *column;
    const char *first, *second, *shows;
    const char *reversed; /* where the second is of the higher priority; NULL: the same */
} pairs[] = {
    {"masks", "filter", NULL,
     "'when': {'item': {'id': ['i00009', 'i00010', 'i00012']}}, 'then': {'filter': true}", "12",
     NULL},
    {"masks", "add", NULL, "'then': {'add': {'items': ['i00009', 'i00012']}}", "12 0 1 2", NULL},
    {"masks", "pin", NULL, "'then': {'pin': {'items': ['i00009', 'i00010', 'i00011']}}", "0 1 2 3",
     NULL},
    {"masks", "quota", NULL,
     "'when': {'item': {'id': ['i00009', 'i00010', 'i00011']}}, 'then': {'quota': 1}", "0 1 2 3",
     NULL},
    /* what is masked does not count for it */
    {"masks", "cap", NULL,
     "'when': {'item': {'id': ['i00010', 'i00012', 'i00014']}}, 'then': {'boost': 20, 'cap': "
     "{'by': 'tag', 'value': 'even', 'most': 1}}",
     "12 0 1 2", NULL},
    {"masks", "prefer", NULL, "'then': {'prefer': {'items': ['i00009', 'i00010']}}", "0 1 2 3",
     NULL},
    {"masks", "boost, bury", NULL,
     "'when': {'item': {'id': ['i00009', 'i00010', 'i00011']}}, 'then': {'boost': 20}", "0 1 2 3",
     NULL},

    {"exclude", "filter", "'when': {'item': {'id': 'i00002'}}, 'then': {'exclude': true}",
     "'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}", "0 4 6 12", NULL},
    {"exclude", "add", "'when': {'item': {'id': 'i00012'}}, 'then': {'exclude': true}",
     "'then': {'add': {'items': ['i00012']}}", "0 1 2 3", NULL},
    {"exclude", "pin", "'when': {'item': {'id': 'i00012'}}, 'then': {'exclude': true}",
     "'then': {'pin': {'items': ['i00012']}}", "0 1 2 3", NULL},
    {"exclude", "quota", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'exclude': true}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}", "0 1 2 3", NULL},
    /* what is excluded does not count for it */
    {"exclude", "cap", "'when': {'item': {'id': 'i00000'}}, 'then': {'exclude': true}",
     "'then': {'cap': {'by': 'brand', 'most': 1}}", "1 3 4 7", NULL},
    {"exclude", "prefer", "'when': {'item': {'id': 'i00012'}}, 'then': {'exclude': true}",
     "'then': {'prefer': {'items': ['i00012']}}", "0 1 2 3", NULL},
    {"exclude", "boost, bury", "'when': {'item': {'id': 'i00012'}}, 'then': {'exclude': true}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "0 1 2 3", NULL},

    {"filter", "filter", "'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}",
     "'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}", "0 2", NULL},
    {"filter", "add", "'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}",
     "'then': {'add': {'items': ['i00012']}}", "0 1 2", NULL},
    {"filter", "pin", "'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}",
     "'then': {'pin': {'items': ['i00013', 'i00012']}}", "0 12 2 4", NULL},
    {"filter", "quota", "'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}", "0 1 2", NULL},
    /* what is filtered out does not count for it */
    {"filter", "cap", "'when': {'item': {'id': ['i00001', 'i00006']}}, 'then': {'filter': true}",
     "'then': {'cap': {'by': 'brand', 'most': 1}}", "1 6", NULL},
    {"filter", "prefer", "'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}",
     "'then': {'prefer': {'items': ['i00012']}}", "0 1 2", NULL},
    {"filter", "boost, bury", "'when': {'item': {'brand': 'Alm'}}, 'then': {'filter': true}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "0 1 2", NULL},

    {"apart", "filter", "'then': {'apart': {'items': ['i00000', 'i00002']}}",
     "'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}", "0 4 6 12", NULL},
    {"apart", "add", "'then': {'apart': {'items': ['i00012', 'i00013']}}",
     "'then': {'add': {'items': ['i00012', 'i00013']}}", "12 0 1 2", NULL},
    {"apart", "pin", "'then': {'apart': {'items': ['i00012', 'i00013']}}",
     "'then': {'pin': {'items': ['i00012', 'i00013']}}", "12 0 1 2", NULL},
    {"apart", "quota", "'then': {'apart': {'items': ['i00004', 'i00005']}}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}", "0 1 4 6", NULL},
    {"apart", "cap", "'then': {'apart': {'items': ['i00000', 'i00003']}}",
     "'then': {'cap': {'by': 'brand', 'most': 1}}", "0 4 7 12", NULL},
    {"apart", "prefer", "'then': {'apart': {'items': ['i00000', 'i00012']}}",
     "'then': {'prefer': {'items': ['i00012']}}", "12 1 2 3", NULL},
    {"apart", "boost, bury", "'then': {'apart': {'items': ['i00000', 'i00012']}}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "12 1 2 3", NULL},

    {"limit", "filter", "'then': {'limit': 2}",
     "'when': {'item': {'tag': 'even'}}, 'then': {'filter': true}", "0 2", NULL},
    {"limit", "add", "'then': {'limit': 2}",
     "'then': {'add': {'items': ['i00012', 'i00013', 'i00014']}}", "12 13", NULL},
    {"limit", "pin", "'then': {'limit': 2}",
     "'then': {'pin': {'items': ['i00012'], 'position': 3}}", "0 1", NULL},
    /* a half of two */
    {"limit", "quota", "'then': {'limit': 2}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}", "0 4", NULL},
    {"limit", "cap", "'then': {'limit': 3}", "'then': {'cap': {'by': 'brand', 'most': 1}}", "0 3 4",
     NULL},
    {"limit", "prefer", "'then': {'limit': 2}",
     "'then': {'prefer': {'items': ['i00012'], 'position': 3}}", "0 1", NULL},
    {"limit", "boost, bury", "'then': {'limit': 2}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "12 0", NULL},

    {"pin", "add", "'then': {'pin': {'items': ['i00012'], 'position': 3}}",
     "'then': {'add': {'items': ['i00012']}}", "0 1 12 2", NULL},
    {"pin", "pin", "'then': {'pin': {'items': ['i00012']}}",
     "'then': {'pin': {'items': ['i00013']}}", "12 13 0 1", "13 12 0 1"},
    {"pin", "quota", "'then': {'pin': {'items': ['i00006']}}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.25}", "6 0 1 2", NULL},
    {"pin", "cap", "'then': {'pin': {'items': ['i00005', 'i00006']}}",
     "'then': {'cap': {'by': 'brand', 'most': 1}}", "5 6 0 3", NULL},
    {"pin", "prefer", "'then': {'pin': {'items': ['i00012']}}",
     "'then': {'prefer': {'items': ['i00013']}}", "12 13 0 1", NULL},
    {"pin", "boost, bury", "'then': {'pin': {'items': ['i00012']}}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'bury': 0}", "12 0 1 2", NULL},
    {"pin", "boost, bury", "'then': {'pin': {'items': ['i00012'], 'position': 4}}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "0 1 2 12", NULL},

    {"quota", "quota", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.25}",
     "'when': {'item': {'id': 'i00019'}}, 'then': {'quota': 0.25}", "0 1 4 19", NULL},
    {"quota", "cap", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}",
     "'then': {'cap': {'by': 'brand', 'most': 1}}", "0 3 4 5", NULL},
    /* all places are kept, and the last is left over */
    {"quota", "prefer", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 1}",
     "'then': {'prefer': {'items': ['i00012']}}", "4 5 6 0", NULL},
    {"quota", "boost, bury", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'bury': 0}", "0 1 4 5", NULL},
    {"quota", "boost, bury", "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'quota': 0.5}",
     "'when': {'item': {'id': ['i00012', 'i00013', 'i00014']}}, 'then': {'boost': 20}", "12 13 4 5",
     NULL},

    {"cap", "cap", "'then': {'cap': {'by': 'brand', 'most': 1}}",
     "'then': {'cap': {'by': 'brand', 'most': 2}}", "0 3 4 7", NULL},
    {"cap", "prefer", "'then': {'cap': {'by': 'brand', 'most': 1}}",
     "'then': {'prefer': {'items': ['i00005', 'i00006']}}", "5 0 3 7", NULL},
    {"cap", "boost, bury", "'then': {'cap': {'by': 'brand', 'most': 1}}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'boost': 20}", "4 0 3 7", NULL},

    {"prefer", "prefer", "'then': {'prefer': {'items': ['i00012']}}",
     "'then': {'prefer': {'items': ['i00013']}}", "12 13 0 1", "13 12 0 1"},
    {"prefer", "boost, bury", "'then': {'prefer': {'items': ['i00012']}}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'bury': 0}", "12 0 1 2", NULL},
    {"prefer", "boost, bury", "'then': {'prefer': {'items': ['i00012'], 'position': 4}}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 20}", "0 1 2 12", NULL},

    {"boost, bury", "boost, bury", "'when': {'item': {'id': 'i00012'}}, 'then': {'bury': 0.5}",
     "'when': {'item': {'id': 'i00012'}}, 'then': {'boost': 2}", "0 1 2 3", NULL},
    {"boost, bury", "boost, bury", "'when': {'item': {'id': 'i00006'}}, 'then': {'boost': 1.03}",
     "'when': {'item': {'brand': 'Nordhang'}}, 'then': {'boost': 1.03}", "6 0 4 1", NULL},
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

static void assert_pair_shows(size_t pair, int priority, const char *shows)
{
    char rules[512];

    if (pairs[pair].first == NULL) {
        snprintf(rules, sizeof(rules), "{'id': 'b', 'priority': %d, %s}", priority,
                 pairs[pair].second);
    } else {
        snprintf(rules, sizeof(rules),
                 "{'id': 'a', 'priority': %d, %s}, {'id': 'b', 'priority': 0, %s}", priority,
                 pairs[pair].first, pairs[pair].second);
    }
    decide_by(rules);
    if (strcmp(shown_in(0), shows) != 0) {
        print_error("%s and %s: %s\n", pairs[pair].row, pairs[pair].column, rules);
    }
    assert_shows(rules, shows);
}

static void of_two_actions_that_one_wins_which_the_document_names(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    for (size_t i = 0; i < PAIRS; i++) {
        assert_pair_shows(i, 1, pairs[i].shows);
        assert_pair_shows(i, 0, pairs[i].shows);
        assert_pair_shows(i, -1, pairs[i].reversed != NULL ? pairs[i].reversed : pairs[i].shows);
    }
}

/* Else a pair would show nothing of which of the two wins. */
static void the_second_of_two_actions_alone_would_show_something_else(void **state)
{
    (void)state;
    slots[0].name = DYN_STR("recs");
    /* whom nothing is masked for but what is sold out */
    attributes[0] = (dyn_fact_t){DYN_STR("tier"), DYN_STR("gold")};
    for (size_t i = 0; i < PAIRS; i++) {
        bool masks = pairs[i].first == NULL;
        char rule[512];

        deciding.context.age = masks ? 18 : 0;
        deciding.context.attributes = (dyn_attributes_t){attributes, masks};
        memcpy(deciding.context.country, masks ? "AT" : "DE", 3);
        snprintf(rule, sizeof(rule), "{'id': 'b', %s}", pairs[i].second);
        decide_by(rule);
        assert_string_not_equal(shown_in(0), pairs[i].shows);
    }
}

static bool pair_of(dyn_str_t row, dyn_str_t column)
{
    for (size_t i = 0; i < PAIRS; i++) {
        if (dyn_str_equal(row, dyn_str_from(pairs[i].row)) &&
            dyn_str_equal(column, dyn_str_from(pairs[i].column))) {
            return true;
        }
    }

    return false;
}

/* The text of the next cell of a table's line without blanks around it and backticks, in text; false behind the last. */
static bool next_cell(const char **at, char *text, size_t capacity)
{
    const char *end = strpbrk(*at + 1, "|\n");
    size_t length = 0;

    if (**at != '|' || end == NULL || *end == '\n') {
        return false;
    }
    for (const char *c = *at + 1; c < end && length + 1 < capacity; c++) {
        if (*c != '`' && (*c != ' ' || length > 0)) {
            text[length++] = *c;
        }
    }
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    text[length] = '\0';
    *at = end;

    return true;
}

static void every_cell_of_the_document_s_table_of_two_actions_is_tested(void **state)
{
    enum { COLUMNS = 16, TEXT = 64 };
    char columns[COLUMNS][TEXT], row[TEXT], cell[TEXT];
    dyn_str_t page = examples_read("docs/rules.md");
    char *text = calloc(1, page.len + 1);
    size_t count = 0, cells = 0;

    (void)state;
    memcpy(text, page.data, page.len);

    const char *at = strstr(text, "\nWhich of two actions wins");

    assert_non_null(at);
    at = strstr(at, "\n|");
    assert_non_null(at);
    for (at++; count < COLUMNS && next_cell(&at, columns[count], TEXT);) {
        count++;
    }
    for (at = strchr(strchr(at, '\n') + 1, '\n') + 1; next_cell(&at, row, TEXT);
         at = strchr(at, '\n') + 1) {
        for (size_t i = 1; i < count && next_cell(&at, cell, TEXT); i++) {
            if (cell[0] == '\0') {
                continue;
            }
            cells++;
            if (!pair_of(dyn_str_from(row), dyn_str_from(columns[i]))) {
                fail_msg("docs/rules.md says of %s and %s: \"%s\"; no pair here shows it", row,
                         columns[i], cell);
            }
        }
    }
    assert_true(cells > count);
    free(text);
    free((char *)(uintptr_t)page.data);
}

/* ---- a policy without rules ---- */

static void a_file_that_says_nothing_changes_nothing(void **state)
{
    static const char *const names[] = {"recs", "popular", "bought_with", "similar", "other"};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        visit_views(&visit, i);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char built_in[256];

        slots[0].name = dyn_str_from(names[i]);
        deciding.policy = NULL;
        deciding_run(&deciding, snapshot);
        snprintf(built_in, sizeof(built_in), "%s", shown_in(0));
        assert_shows("", built_in);
    }
}

/* ---- slots of surfaces ---- */

static const char *shows_by(const char *members)
{
    deciding.policy = policies_read(snapshot, members);
    deciding_run(&deciding, snapshot);

    return shown_in(0);
}

static void a_slot_of_the_file_has_its_own_sources_limit_title_and_variations(void **state)
{
    (void)state;
    assert_string_equal(shows_by("'surfaces': {'home': {'slots': [{'slot': 'popular', 'limit': 2, "
                                 "'title': 'Ours'}]}}"),
                        "0 1");
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Ours")));
    assert_string_equal(shows_by("'surfaces': {'cart': {'slots': [{'slot': 'popular', 'limit': "
                                 "2}]}}"),
                        "0 1 2 3");
    visit_views(&visit, 12);
    assert_string_equal(shows_by("'surfaces': {'home': {'slots': [{'slot': 'popular', 'sources': "
                                 "{'recently_viewed': 1, 'popular': 0, 'range': 0}}]}}"),
                        "12");
    assert_string_equal(
        shows_by("'surfaces': {'home': {'slots': [{'slot': 'popular', 'variations': ["
                 "{'when': {'visitor': 'returning'}, 'limit': 1}, "
                 "{'when': {'visitor': 'new'}, 'limit': 2, 'title': 'New'}, "
                 "{'when': {'surface': 'home'}, 'limit': 3}]}]}}"),
        "0 1");
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("New")));
}

/* The built-in file lets trending items weigh 1.6 times as much for a new visitor of the home page. */
static void a_built_in_variation_multiplies_the_snapshot_s_own_weights(void **state)
{
    enum { LOVED = 0, RISING = 1 };
    static const dyn_blend_row_t row = {"", DYN_BLEND_ANY_SURFACE, 0, 0, 2};
    static const struct {
        float trending;
        bool known;
        uint32_t first;
    } cases[] = {{1, false, LOVED}, {1, true, RISING}, {0.9F, true, LOVED}, {0, true, LOVED}};
    shop_t *two = shop_new(2);

    (void)state;
    shop_edge(two, SHOP_POPULAR, 0, LOVED, 1);
    shop_edge(two, SHOP_TRENDING, 0, RISING, 1);
    slots[0].name = DYN_STR("recs");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const dyn_blend_weight_t weights[] = {{DYN_SOURCE_TRENDING, cases[i].trending, 0},
                                              {DYN_SOURCE_POPULAR, 1.5F, 0}};
        dyn_snapshot_t *own = (dyn_snapshot_t *)(uintptr_t)shop_open(two);

        own->blend = (dyn_blend_t){&row, 1, weights, 2};
        deciding.request.session = cases[i].known ? &visit.session : NULL;
        deciding.policy = NULL;

        const dyn_slot_decision_t *slot = deciding_run(&deciding, own);

        assert_int_equal(slot->count, cases[i].trending > 0 ? 2 : 1);
        assert_int_equal(slot->choices[0].item, cases[i].first);
    }
    shop_free(two);
}

/* Items as good as each other, of which one has a good margin and one is nearly sold out, on listings, searches and elsewhere. */
static void
listings_and_searches_favour_margin_and_stock_a_little_and_other_pages_do_not(void **state)
{
    enum { LIKE = 4, FEW = 0, PLAIN = 1, EARNS = 2, COUNTED = 3 };
    static const dyn_surface_t surfaces[] = {DYN_SURFACE_PLP, DYN_SURFACE_SEARCH, DYN_SURFACE_HOME,
                                             DYN_SURFACE_PDP, DYN_SURFACE_CART};
    static const char *const off = "{'id': 'default-plp-margin', 'enabled': false}, "
                                   "{'id': 'default-plp-stock', 'enabled': false}, "
                                   "{'id': 'default-search-margin', 'enabled': false}, "
                                   "{'id': 'default-search-stock', 'enabled': false}";
    shop_t *four = shop_new(LIKE);

    (void)state;
    for (uint32_t i = 0; i < LIKE; i++) {
        shop_edge(four, SHOP_POPULAR, 0, i, 1);
    }
    shop_item(four, FEW)->stock = 2;
    shop_item(four, COUNTED)->stock = 3;
    shop_item(four, EARNS)->margin_bp = 4000;
    shop_item(four, PLAIN)->margin_bp = 3999;
    slots[0].name = DYN_STR("recs");
    for (size_t i = 0; i < sizeof(surfaces) / sizeof(surfaces[0]); i++) {
        deciding.context.surface = surfaces[i];
        deciding.policy = NULL;
        deciding_run(&deciding, shop_open(four));
        assert_string_equal(shown_in(0), i < 2 ? "2 1 3 0" : "0 1 2 3");
        deciding.policy = policies_rules(shop_open(four), off);
        deciding_run(&deciding, deciding.policy->snapshot);
        assert_string_equal(shown_in(0), "0 1 2 3");
    }

    /* what is clearly better stays before what earns more */
    shop_free(four);
    four = shop_new(2);
    shop_edge(four, SHOP_POPULAR, 0, 0, 1);
    shop_edge(four, SHOP_POPULAR, 0, 1, 0.9F);
    shop_item(four, 0)->stock = 1;
    deciding.context.surface = DYN_SURFACE_PLP;
    deciding.policy = NULL;
    deciding_run(&deciding, shop_open(four));
    assert_string_equal(shown_in(0), "0 1");
    shop_free(four);
}

/* Of the slots of a page, a rule that asks for the first and for the candidate is true in the first, whatever stands behind it. */
static void a_rule_of_one_slot_is_asked_there_though_others_follow(void **state)
{
    (void)state;
    deciding.request.slot_count = 2;
    decide_by("{'id': 'a', 'when': {'slot': 'popular', 'item': {'tag': 'even'}}, "
              "'then': {'filter': true}}");
    assert_int_equal(deciding.decision.slots[0].count, WANTED);
    for (uint32_t i = 0; i < WANTED; i++) {
        assert_int_equal(deciding.decision.slots[0].choices[i].item % 2, 0);
    }
    assert_int_equal(deciding.decision.slots[1].choices[0].item % 2, 1);
}

#define rules_test(name) cmocka_unit_test_setup(name, ask_anew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        rules_test(a_rule_of_one_slot_is_asked_there_though_others_follow),
        rules_test(without_rules_the_best_are_shown),
        rules_test(excluded_items_are_not_shown),
        rules_test(only_what_a_filter_is_true_of_is_shown),
        rules_test(sources_are_switched_and_weighted),
        rules_test(a_limit_makes_a_slot_shorter_and_the_smallest_holds),
        rules_test(what_is_added_becomes_a_candidate),
        rules_test(pinned_items_stand_at_their_places),
        rules_test(scores_fall_though_an_item_is_pinned_among_them),
        rules_test(of_two_pins_to_one_place_the_higher_priority_holds_then_the_smaller_id),
        rules_test(a_pin_holds_in_the_slot_that_it_names_else_in_the_first),
        rules_test(what_is_pinned_in_a_slot_is_not_pinned_in_a_later_one),
        rules_test(what_a_rule_asks_of_items_holds_in_the_slot_that_it_names),
        rules_test(a_quota_keeps_places_for_what_its_rule_is_true_of),
        rules_test(where_quotas_ask_for_more_than_the_slot_has_the_higher_scores_take_it),
        rules_test(a_cap_counts_by_brand_tag_and_price_band),
        rules_test(of_items_that_are_apart_one_block_shows_one_and_two_blocks_show_two),
        rules_test(an_explanation_names_the_rule_that_keeps_an_item_apart),
        rules_test(a_band_of_prices_ends_before_the_next_step),
        rules_test(a_cap_of_a_rule_leaves_a_slot_short_and_the_slot_s_own_does_not),
        rules_test(preferred_items_stand_at_their_places_where_they_are_candidates),
        rules_test(boosts_multiply_scores_and_are_bounded),
        rules_test(buries_multiply_and_keep_a_twentieth_of_the_score),
        rules_test(the_explanation_says_by_what_a_candidate_was_boosted),
        rules_test(what_a_country_boosts_and_buries_is_bounded_and_fades_with_the_session),
        rules_test(a_slot_that_is_not_sure_enough_is_filled_by_another_source),
        rules_test(a_slot_that_gave_up_is_filled_by_the_same_rules),
        rules_test(items_of_a_slot_that_gave_up_may_be_shown_in_another),
        rules_test(words_of_rules_are_in_the_language_of_the_page),
        rules_test(at_strength_0_the_session_says_nothing_of_what_is_shown),
        rules_test(at_strength_0_likes_prices_and_refusals_do_not_count),
        rules_test(at_strength_0_what_is_in_the_cart_bought_or_viewed_is_not_shown_again),
        rules_test(between_strength_0_and_1_what_the_session_says_counts_by_that_share),
        rules_test(a_rule_holds_from_its_first_millisecond_to_before_its_last),
        rules_test(a_disabled_rule_does_nothing),
        rules_test(conditions_of_the_request_decide_whether_a_rule_is_in_force),
        rules_test(not_holds_of_what_is_not_known),
        rules_test(a_rule_that_asks_about_candidates_does_nothing_to_the_slot),
        rules_test(a_rule_that_asks_about_candidates_sets_no_strength),
        rules_test(a_rule_that_asks_about_candidates_places_those_that_it_is_true_of),
        rules_test(blocked_items_are_shown_by_no_rule_and_on_no_rung),
        rules_test(an_item_for_a_tier_is_shown_to_that_tier_alone),
        rules_test(a_mask_goes_before_a_pin),
        rules_test(a_mask_goes_before_what_is_added_preferred_boosted_and_quotas),
        rules_test(what_is_in_the_cart_bought_or_the_page_s_is_not_pinned),
        rules_test(of_two_actions_that_one_wins_which_the_document_names),
        rules_test(the_second_of_two_actions_alone_would_show_something_else),
        rules_test(every_cell_of_the_document_s_table_of_two_actions_is_tested),
        rules_test(a_file_that_says_nothing_changes_nothing),
        rules_test(a_slot_of_the_file_has_its_own_sources_limit_title_and_variations),
        rules_test(a_built_in_variation_multiplies_the_snapshot_s_own_weights),
        rules_test(listings_and_searches_favour_margin_and_stock_a_little_and_other_pages_do_not),
    };

    return cmocka_run_group_tests_name("rules", tests, open_shop, close_shop);
}
