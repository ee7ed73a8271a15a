/* Who is in which variant of an experiment, where that holds, and what it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "deciding.h"
#include "engine/compile/compile.h"
#include "engine/record/answer.h"
#include "engine/render/render.h"
#include "policies.h"
#include "shop.h"

enum { ITEMS = 20, WANTED = 4 };

static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static deciding_t deciding;
static visit_t visit;
static dyn_slot_t slots[2];

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);

    uint32_t tents = shop_category(shop, "Tents", DYN_NONE), alm = shop_brand(shop, "Alm");

    for (uint32_t i = 0; i < ITEMS; i++) {
        shop_item(shop, i)->brand = i < 2 ? alm : DYN_NONE;
        shop_item(shop, i)->category = i >= 10 ? tents : DYN_NONE;
        shop_edge(shop, SHOP_POPULAR, 0, i, 1 / (1 + 0.01F * (float)i));
        shop_edge(shop, SHOP_TRENDING, 0, ITEMS - 1 - i, 1 / (1 + 0.01F * (float)i));
    }
    snapshot = shop_open(shop);

    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

/* A visitor on the home page with one slot, and the rules file's members. */
static void ask(const char *members)
{
    visit_begin(&visit);
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.session = &visit.session;
    deciding.context.visitor = 0x66fc66f2575a06afULL;
    slots[0] = (dyn_slot_t){DYN_STR("recs"), WANTED};
    slots[1] = (dyn_slot_t){DYN_STR("more"), WANTED};
    deciding.request.slots = slots;
    deciding.request.slot_count = 2;
    deciding.policy = policies_read(snapshot, members);
}

static bool shows(const dyn_slot_decision_t *slot, uint32_t item)
{
    return slot_shows(slot, item);
}

static void decide(const char *force)
{
    deciding.request.force = dyn_str_from(force);
    deciding_run(&deciding, snapshot);
}

#define LESS_ALM \
    "'rules': [{'id': 'no-alm', 'when': {'item': {'brand': 'Alm'}}, 'then': {'exclude': true}}], "

static void a_variant_switches_a_rule_off(void **state)
{
    (void)state;
    ask(LESS_ALM "'experiments': [{'id': 'alm', 'variants': [{'id': 'control'}, {'id': 'b', "
                 "'rules': {'no-alm': false}}]}]");
    decide("alm:control");
    assert_false(shows(&deciding.decision.slots[0], 0));
    decide("alm:b");
    assert_true(shows(&deciding.decision.slots[0], 0));
}

static void a_variant_switches_a_rule_on_that_is_off_for_all_others(void **state)
{
    (void)state;
    ask("'rules': [{'id': 'no-alm', 'enabled': false, 'when': {'item': {'brand': 'Alm'}}, 'then': "
        "{'exclude': true}}], "
        "'experiments': [{'id': 'alm', 'variants': [{'id': 'control'}, {'id': 'b', 'rules': "
        "{'no-alm': true}}]}]");
    decide("alm:control");
    assert_true(shows(&deciding.decision.slots[0], 0));
    decide("alm:b");
    assert_false(shows(&deciding.decision.slots[0], 0));
}

static void a_variant_changes_limit_title_sources_of_its_slot_alone(void **state)
{
    (void)state;
    ask("'experiments': [{'id': 'few', 'variants': [{'id': 'control'}, {'id': 'b', 'slots': ["
        "{'slot': 'recs', 'limit': 2, 'title': 'Few', 'sources': {'popular': 0, 'trending': "
        "1}}]}]}]");
    decide("few:b");
    assert_int_equal(deciding.decision.slots[0].count, 2);
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Few")));
    assert_true(shows(&deciding.decision.slots[0], ITEMS - 1));
    assert_int_equal(deciding.decision.slots[1].count, WANTED);
    decide("few:control");
    assert_int_equal(deciding.decision.slots[0].count, WANTED);
    assert_false(shows(&deciding.decision.slots[0], ITEMS - 1));
}

static void
a_variant_that_shows_nothing_leaves_its_slots_empty_and_their_items_to_others(void **state)
{
    (void)state;
    ask("'experiments': [{'id': 'on', 'slots': 'recs', 'variants': [{'id': 'with'}, {'id': "
        "'without', 'show': false}]}]");
    decide("on:with");
    assert_int_equal(deciding.decision.slots[0].count, WANTED);
    assert_true(shows(&deciding.decision.slots[0], 0));
    decide("on:without");
    assert_int_equal(deciding.decision.slots[0].count, 0);
    assert_true(shows(&deciding.decision.slots[1], 0));
    assert_int_equal(deciding.decision.assignment_count, 1);
}

/* What is viewed moves the answer away from what sells most, unless personalization has no strength. */
static void a_variant_sets_the_strength_of_a_slot_or_of_all_slots_in_its_scope(void **state)
{
    static const struct {
        const char *experiment;
        bool plain[2];
    } rows[] = {
        {"'variants': [{'id': 'b'}]", {false, false}},
        {"'variants': [{'id': 'b', 'strength': 0}]", {true, true}},
        {"'slots': ['more'], 'variants': [{'id': 'b', 'strength': 0}]", {false, true}},
        {"'variants': [{'id': 'b', 'slots': [{'slot': 'recs', 'strength': 0}]}]", {true, false}},
        {"'variants': [{'id': 'b', 'strength': 0, 'slots': [{'slot': 'recs', 'strength': 1}]}]",
         {false, true}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char members[512];

        snprintf(members, sizeof(members), "'experiments': [{'id': 'x', %s}]", rows[i].experiment);
        for (int k = 0; k < 2; k++) {
            ask(members);
            visit_views(&visit, 12);
            visit.session.categories[0] = (dyn_affinity_t){shop_item(shop, 12)->category, 1, 1};
            visit.session.category_count = 1;
            /* alone, as slots of one page share items out */
            slots[0].name = k == 0 ? DYN_STR("recs") : DYN_STR("more");
            deciding.request.slot_count = 1;
            decide("x:b");

            bool plain = true;

            for (uint32_t n = 0; n < WANTED; n++) {
                plain = plain && deciding.decision.slots[0].choices[n].item == n;
            }
            if (plain != rows[i].plain[k]) {
                fail_msg("row %zu, slot %d", i, k);
            }
        }
    }
}

static void outside_its_scope_a_variant_changes_nothing_and_nobody_is_exposed(void **state)
{
    static const char *const scopes[] = {"'surfaces': ['pdp']",     "'slots': ['hero']",
                                         "'categories': ['Tents']", "'when': {'device': 'mobile'}",
                                         "'enabled': false",        "'from': '2030-01-01'",
                                         "'until': '2001-01-01'"};

    (void)state;
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        char members[512];
        bool forced = i < 4;

        snprintf(members, sizeof(members),
                 "'experiments': [{'id': 'x', %s, 'variants': [{'id': 'a', 'weight': 0}, {'id': "
                 "'b', 'weight': 1, 'show': false}]}]",
                 scopes[i]);
        ask(members);
        decide(forced ? "x:b" : "");
        assert_int_equal(deciding.decision.slots[0].count, WANTED);
        assert_int_equal(deciding.decision.assignment_count, 0);
    }
    ask("'experiments': [{'id': 'x', 'categories': ['Tents'], 'variants': [{'id': 'b', 'show': "
        "false}]}]");
    deciding.context.surface = DYN_SURFACE_PLP;
    deciding.context.item_id = DYN_STR("Tents");
    decide("");
    assert_int_equal(deciding.decision.slots[0].count, 0);
    assert_int_equal(deciding.decision.assignment_count, 1);
    assert_int_equal(deciding.decision.assignments[0].slots, 3);
}

static void in_the_slots_of_its_scope_alone_it_is_an_exposure(void **state)
{
    (void)state;
    ask("'experiments': [{'id': 'x', 'slots': ['more'], 'variants': [{'id': 'b'}]}]");
    decide("");
    assert_int_equal(deciding.decision.assignment_count, 1);
    assert_int_equal(deciding.decision.assignments[0].slots, 2);
}

static void an_unknown_visitor_is_in_no_experiment_and_in_no_holdout(void **state)
{
    (void)state;
    ask("'holdout': {'share': 1}, 'experiments': [{'id': 'x', 'variants': [{'id': 'b', 'show': "
        "false}]}]");
    assert_true(dyn_policy_holds_out(deciding.policy, deciding.context.visitor, DECIDING_NOW_MS));
    assert_false(dyn_policy_holds_out(deciding.policy, 0, DECIDING_NOW_MS));
    deciding.context.visitor = 0;
    decide("");
    assert_int_equal(deciding.decision.assignment_count, 0);
    assert_int_equal(deciding.decision.slots[0].count, WANTED);
}

static void the_holdout_is_the_share_of_its_seed_and_has_a_beginning_and_an_end(void **state)
{
    uint32_t out = 0, both = 0;
    const dyn_policy_t *policy;

    (void)state;
    policy =
        policies_read(snapshot, "'holdout': {'share': 0.1, 'seed': 'one', 'until': '2030-01-01'}");
    for (uint64_t visitor = 1; visitor <= 20000; visitor++) {
        out += dyn_policy_holds_out(policy, visitor * 0x9e3779b97f4a7c15ULL, DECIDING_NOW_MS);
        both += dyn_policy_holds_out(policy, visitor * 0x9e3779b97f4a7c15ULL, 1900000000000);
    }
    assert_in_range(out, 1800, 2200);
    assert_int_equal(both, 0);
    policy = policies_read(snapshot, "'holdout': {'share': 1, 'from': '2030-01-01'}");
    assert_false(dyn_policy_holds_out(policy, 1, DECIDING_NOW_MS));
    assert_true(dyn_policy_holds_out(policy, 1, 1900000000000));
}

static void conditions_ask_for_experiments_and_flags_and_paths(void **state)
{
    static const struct {
        const char *when, *force, *path;
        bool holds;
    } rows[] = {
        {"'experiment': 'x:b'", "x:b", "", true},
        {"'experiment': 'x:b'", "x:a", "", false},
        {"'experiment': 'x'", "x:a", "", true},
        {"'flag': 'all'", "", "", true},
        {"'flag': 'none'", "", "", false},
        {"'flag': 'sale'", "", "/sale/1", true},
        {"'flag': 'sale'", "", "/c/1", false},
        {"'flag': 'nested'", "", "/sale/1", true},
        {"'path': {'matches': '^/c/'}", "", "/c/1", true},
        {"'path': {'matches': '^/c/'}", "", "", false},
        {"'not': {'experiment': 'x:b'}", "x:a", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char members[1024];

        snprintf(members, sizeof(members),
                 "'flags': {'all': {}, 'none': {'percent': 0}, 'sale': {'when': {'path': "
                 "{'matches': '^/sale'}}}, "
                 "'nested': {'when': {'flag': 'sale'}}}, "
                 "'experiments': [{'id': 'x', 'variants': [{'id': 'a'}, {'id': 'b'}]}], "
                 "'rules': [{'id': 'r', 'when': {%s}, 'then': {'limit': 1}}]",
                 rows[i].when);
        ask(members);
        deciding.context.path = dyn_str_from(rows[i].path);
        decide(rows[i].force);
        if ((deciding.decision.slots[0].count == 1) != rows[i].holds) {
            fail_msg("row %zu: %s", i, rows[i].when);
        }
        assert_true(deciding.policy->asks_path);
    }
}

/* The answer as JSON has that before its ttl, and HTML has nothing of it. */
static void expect_flags(const char *flags)
{
    static char memory[1 << 20], text[1 << 16];
    char expected[256];
    dyn_arena_t arena;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    snprintf(expected, sizeof(expected), "\"variant\":null%s,\"ttl\":", flags);

    dyn_str_t json = dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &arena);
    dyn_str_t html =
        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &arena);

    snprintf(text, sizeof(text), "%.*s", (int)json.len, json.data);
    if (strstr(text, expected) == NULL) {
        fail_msg("%s is not in %s", expected, text);
    }
    assert_true(html.len > 0);
    snprintf(text, sizeof(text), "%.*s", (int)html.len, html.data);
    assert_null(strstr(text, "flags"));
    assert_null(strstr(text, "sale"));
}

static void an_answer_carries_the_flags_that_are_on_in_the_order_of_the_file(void **state)
{
    static const char members[] =
        "'flags': {'sale': {'when': {'path': {'matches': '^/sale'}}}, 'none': {'percent': 0}, "
        "'new \\\"cart': {}, 'half': {'percent': 50}, 'also': {'when': {'flag': 'sale'}}}";
    static char bytes[1 << 16], memory[1 << 20];
    unsigned half = 0;
    bool whole;

    (void)state;
    ask(members);
    deciding.context.visitor = 0;
    decide("");
    expect_flags(",\"flags\":{\"new \\\"cart\":true}");
    deciding.context.path = DYN_STR("/sale/1");
    decide("");
    expect_flags(",\"flags\":{\"sale\":true,\"new \\\"cart\":true,\"also\":true}");
    for (uint64_t visitor = 1; visitor <= 200; visitor++) {
        deciding.context.visitor = visitor * 0x9e3779b97f4a7c15ULL;
        decide("");
        assert_int_equal(deciding.decision.flags & ~8U, 1 + 4 + 16);
        half += (deciding.decision.flags & 8) != 0;
    }
    assert_in_range(half, 70, 130);

    /* in bytes it keeps them, and a policy that has fewer refuses it */
    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);
    dyn_decision_t again;
    dyn_error_t error = {""};
    dyn_arena_t arena;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_answer_decode(snapshot, deciding.policy, (dyn_str_t){bytes, length}, &arena,
                                  &again, &error));
    assert_true(again.flags == deciding.decision.flags);
    ask("'flags': {'sale': {}}");
    assert_false(dyn_answer_decode(snapshot, deciding.policy, (dyn_str_t){bytes, length}, &arena,
                                   &again, &error));
    assert_string_equal(error.text, "answer: flags: the policy has no flag 4");
    ask("'flags': {'sale': {'percent': 0}}");
    decide("");
    expect_flags("");
}

static void of_two_experiments_on_one_slot_the_first_one_holds(void **state)
{
    (void)state;
    ask("'experiments': [{'id': 'one', 'variants': [{'id': 'v', 'slots': [{'slot': 'recs', "
        "'limit': 1}]}]}, "
        "{'id': 'two', 'variants': [{'id': 'v', 'slots': [{'slot': 'recs', 'limit': 3, 'title': "
        "'Two'}]}]}]");
    decide("");
    assert_int_equal(deciding.decision.slots[0].count, 1);
    assert_true(dyn_str_equal(deciding.decision.slots[0].title, DYN_STR("Two")));
    assert_int_equal(deciding.decision.assignment_count, 2);
}

static void a_shadow_shows_the_control_and_names_the_own_variant(void **state)
{
    (void)state;
    ask("'experiments': [{'id': 's', 'shadow': true, 'variants': [{'id': 'control', 'weight': 0}, "
        "{'id': 'b', 'weight': 1, 'slots': [{'slot': 'recs', 'limit': 1}]}]}]");
    decide("");
    assert_int_equal(deciding.decision.slots[0].count, WANTED);
    assert_int_equal(deciding.decision.assignment_count, 1);
    assert_true(deciding.decision.assignments[0].shadow);
    assert_int_equal(deciding.decision.assignments[0].variant, 1);
    deciding.request.shadow = true;
    decide("");
    assert_int_equal(deciding.decision.slots[0].count, 1);
    assert_false(deciding.decision.assignments[0].shadow);
}

/* terminated, so that it can be searched */
static bool has(dyn_str_t text, const char *part)
{
    static char copy[1 << 16];

    assert_true(text.len < sizeof(copy));
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    return strstr(copy, part) != NULL;
}

static dyn_str_t rendered(void)
{
    return dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
}

static void without_an_experiment_and_as_its_control_the_answer_is_the_same(void **state)
{
    static char before[1 << 16];
    dyn_str_t json;

    (void)state;
    ask("'rules': []");
    decide("");
    for (int i = 0; i < 2; i++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[i];
        size_t used = strlen(before);

        for (uint32_t k = 0; k < slot->count; k++) {
            used += (size_t)snprintf(before + used, sizeof(before) - used, "%u %.6f,",
                                     slot->choices[k].item, (double)slot->choices[k].score);
        }
    }
    json = rendered();
    assert_true(has(json, "\"variant\":null,"));
    ask("'experiments': [{'id': 'x', 'variants': [{'id': 'control', 'weight': 1}, {'id': 'b', "
        "'weight': 0, 'show': false}]}]");
    decide("");
    for (int i = 0; i < 2; i++) {
        static char after[1 << 16];
        const dyn_slot_decision_t *slot = &deciding.decision.slots[i];
        size_t used = i == 0 ? 0 : strlen(after);

        for (uint32_t k = 0; k < slot->count; k++) {
            used += (size_t)snprintf(after + used, sizeof(after) - used, "%u %.6f,",
                                     slot->choices[k].item, (double)slot->choices[k].score);
        }
        if (i == 1) {
            assert_string_equal(before, after);
        }
    }
    json = rendered();
    assert_true(
        has(json,
            "\"variant\":\"x:control\",\"experiments\":[{\"id\":\"x\",\"variant\":\"control\"}]"));
    json =
        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &deciding.arena);
    assert_true(has(json, " data-dynstore-variants=\"x:control\""));
}

static void an_answer_in_bytes_keeps_its_assignments(void **state)
{
    static char bytes[1 << 16];
    dyn_decision_t again;
    dyn_error_t error;
    bool whole;

    (void)state;
    ask("'experiments': [{'id': 'one', 'slots': 'more', 'variants': [{'id': 'v'}]}, {'id': 's', "
        "'shadow': true, 'variants': [{'id': 'v'}]}]");
    decide("");

    size_t length = dyn_answer_encode(&deciding.decision, bytes, sizeof(bytes), &whole);

    assert_true(whole);
    assert_int_equal(length, dyn_answer_bytes(&deciding.decision));
    assert_true(dyn_answer_decode(snapshot, deciding.policy, (dyn_str_t){bytes, length},
                                  &deciding.arena, &again, &error));
    assert_int_equal(again.assignment_count, 2);
    assert_int_equal(again.assignments[0].slots, 2);
    assert_int_equal(again.assignments[1].slots, 3);
    assert_true(again.assignments[1].shadow);
    /* a policy without experiments cannot read it */
    assert_false(dyn_answer_decode(snapshot, NULL, (dyn_str_t){bytes, length}, &deciding.arena,
                                   &again, &error));
    /* where the second slot has no room its bits are gone */
    length = dyn_answer_encode(&deciding.decision, bytes, length - 10, &whole);
    assert_false(whole);
    assert_true(dyn_answer_decode(snapshot, deciding.policy, (dyn_str_t){bytes, length},
                                  &deciding.arena, &again, &error));
    assert_int_equal(again.slot_count, 1);
    assert_int_equal(again.assignments[0].slots, 0);
    assert_int_equal(again.assignments[1].slots, 1);
}

static void visitors_are_in_the_variants_that_their_hashes_say(void **state)
{
    uint32_t counts[2] = {0}, none = 0;

    (void)state;
    ask("'experiments': [{'id': 'x', 'coverage': 0.5, 'variants': [{'id': 'a', 'weight': 0.2}, "
        "{'id': 'b', 'weight': 0.8}]}]");
    for (uint64_t visitor = 1; visitor <= 4000; visitor++) {
        deciding.context.visitor = visitor * 0x9e3779b97f4a7c15ULL;
        decide("");
        if (deciding.decision.assignment_count == 0) {
            none++;
        } else {
            counts[deciding.decision.assignments[0].variant]++;
        }
    }
    assert_in_range(none, 1850, 2150);
    assert_in_range(counts[0], 330, 470);
    assert_in_range(counts[1], 1480, 1720);
}

/*
 * Places as GrowthBook's documentation defines them, computed by another program. Version 2: the FNV-1a of the decimal FNV-1a of seed
 * and visitor, by 10,000; a namespace: the FNV-1a of visitor, "__" and its name, by 1,000.
 */
static void seed_version_namespace_and_flags_deal_visitors_as_growthbook_does(void **state)
{
    static const struct {
        uint64_t visitor;
        double of_id, of_seed, of_namespace, of_flag; /* "x", "spring", "checkout", "new_cart" */
    } rows[] = {
        {0x9e3779b97f4a7c15, 0.6988, 0.5834, 0.092, 0.5322},
        {0x3c6ef372fe94f82a, 0.1469, 0.6154, 0.265, 0.7054},
        {0xdaa66d2c7ddf743f, 0.6322, 0.7700, 0.521, 0.7838},
        {0x78dde6e5fd29f054, 0.2850, 0.7942, 0.993, 0.9401},
        {0x1715609f7c746c69, 0.9224, 0.2070, 0.027, 0.1563},
        {0xb54cda58fbbee87e, 0.8551, 0.1290, 0.125, 0.4709},
        {0x538454127b096493, 0.3291, 0.2291, 0.321, 0.9397},
        {0x8ff34785799e5cbd, 0.5964, 0.6923, 0.796, 0.0892},
        {0x2e2ac13ef8e8d8d2, 0.2749, 0.7166, 0.350, 0.4834},
        {0x6a99b4b1f77dd0fc, 0.0161, 0.9169, 0.624, 0.4283},
    };

    (void)state;
    ask("'flags': {'new_cart': {'percent': 50}}, "
        "'experiments': [{'id': 'x', 'variants': [{'id': 'a'}, {'id': 'b'}]}, "
        "{'id': 'y', 'seed': 'spring', 'variants': [{'id': 'a'}, {'id': 'b'}]}, "
        "{'id': 'z', 'namespace': {'name': 'checkout', 'from': 0.1, 'until': 0.5}, 'variants': [{"
        "'id': 'a'}]}], "
        "'rules': [{'id': 'r', 'when': {'flag': 'new_cart'}, 'then': {'limit': 1}}]");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool in_namespace = rows[i].of_namespace >= 0.1 && rows[i].of_namespace < 0.5;

        deciding.context.visitor = rows[i].visitor;
        decide("");
        assert_int_equal(deciding.decision.assignment_count, in_namespace ? 3 : 2);
        assert_int_equal(deciding.decision.assignments[0].variant, rows[i].of_id < 0.5 ? 0 : 1);
        assert_int_equal(deciding.decision.assignments[1].variant, rows[i].of_seed < 0.5 ? 2 : 3);
        assert_int_equal(deciding.decision.slots[0].count, rows[i].of_flag < 0.5 ? 1 : WANTED);
    }
}

static void a_fault_is_told_with_its_place(void **state)
{
    static const struct {
        const char *members, *sentence;
    } rows[] = {
        {"\"experiments\":[{\"id\":\"a b\",\"variants\":[{\"id\":\"v\"}]}]", "letters, digits"},
        {"\"experiments\":[{\"id\":\"a\"}]", "\"variants\""},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[]}]", "1 to 16 variants"},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[{\"id\":\"v\"},{\"id\":\"v\"}]}]",
         "called the same"},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[{\"id\":\"v\"}]},{\"id\":\"a\",\"variants\":"
         "[{\"id\":\"v\"}]}]",
         "called the same"},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[{\"id\":\"v\",\"weight\":0.5},{\"id\":\"w\"}"
         "]}]",
         "give it to all"},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[{\"id\":\"v\",\"weight\":2}]}]",
         "number from 0 to 1"},
        {"\"experiments\":[{\"id\":\"a\",\"coverage\":7,\"variants\":[{\"id\":\"v\"}]}]",
         "number from 0 to 1"},
        {"\"experiments\":[{\"id\":\"a\",\"variants\":[{\"id\":\"v\",\"rules\":{\"gone\":false}}]}"
         "]",
         "no rule \"gone\""},
        {"\"experiments\":[{\"id\":\"a\",\"when\":{\"slot\":\"recs\"},\"variants\":[{\"id\":\"v\"}]"
         "}]",
         "cannot ask for"},
        {"\"experiments\":[{\"id\":\"a\",\"when\":{\"item\":{\"brand\":\"x\"}},\"variants\":[{"
         "\"id\":\"v\"}]}]",
         "cannot ask for"},
        {"\"experiments\":[{\"id\":\"a\",\"from\":\"2026-02-01\",\"until\":\"2026-01-01\","
         "\"variants\":[{\"id\":\"v\"}]}]",
         "not after"},
        {"\"experiments\":[{\"id\":\"a\",\"namespace\":{\"name\":\"n\",\"from\":0.5,\"until\":0.5},"
         "\"variants\":[{\"id\":\"v\"}]}]",
         "nobody is in it"},
        {"\"experiments\":[{\"id\":\"a\",\"varaints\":[]}]", "variants"},
        {"\"holdout\":{}", "no share"},
        {"\"holdout\":{\"share\":1.5}", "number from 0 to 1"},
        {"\"flags\":{\"a\":{\"when\":{\"flag\":\"b\"}},\"b\":{}}",
         "no flag of this file that stands before"},
        {"\"rules\":[{\"id\":\"r\",\"when\":{\"experiment\":\"x\"},\"then\":{\"limit\":1}}]",
         "no experiment of this file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];
        dyn_policy_t *policy = NULL;
        dyn_error_t error;

        snprintf(text, sizeof(text), "{\"schema\":\"dynstore.rules/1\",%s}", rows[i].members);

        const dyn_policy_source_t source = {"rules.json", dyn_str_from(text)};

        assert_false(dyn_policy_compile(&source, snapshot, &policy, &error));
        if (strstr(error.text, rows[i].sentence) == NULL ||
            strncmp(error.text, "rules.json:1:", 13) != 0) {
            fail_msg("row %zu: %s", i, error.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variant_switches_a_rule_off),
        cmocka_unit_test(a_variant_switches_a_rule_on_that_is_off_for_all_others),
        cmocka_unit_test(a_variant_changes_limit_title_sources_of_its_slot_alone),
        cmocka_unit_test(
            a_variant_that_shows_nothing_leaves_its_slots_empty_and_their_items_to_others),
        cmocka_unit_test(a_variant_sets_the_strength_of_a_slot_or_of_all_slots_in_its_scope),
        cmocka_unit_test(outside_its_scope_a_variant_changes_nothing_and_nobody_is_exposed),
        cmocka_unit_test(in_the_slots_of_its_scope_alone_it_is_an_exposure),
        cmocka_unit_test(an_unknown_visitor_is_in_no_experiment_and_in_no_holdout),
        cmocka_unit_test(the_holdout_is_the_share_of_its_seed_and_has_a_beginning_and_an_end),
        cmocka_unit_test(conditions_ask_for_experiments_and_flags_and_paths),
        cmocka_unit_test(an_answer_carries_the_flags_that_are_on_in_the_order_of_the_file),
        cmocka_unit_test(of_two_experiments_on_one_slot_the_first_one_holds),
        cmocka_unit_test(a_shadow_shows_the_control_and_names_the_own_variant),
        cmocka_unit_test(without_an_experiment_and_as_its_control_the_answer_is_the_same),
        cmocka_unit_test(an_answer_in_bytes_keeps_its_assignments),
        cmocka_unit_test(visitors_are_in_the_variants_that_their_hashes_say),
        cmocka_unit_test(seed_version_namespace_and_flags_deal_visitors_as_growthbook_does),
        cmocka_unit_test(a_fault_is_told_with_its_place),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
