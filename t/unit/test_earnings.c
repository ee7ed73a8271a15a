#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/train/earnings.h"

/* Pegs fit the tent, and nobody needs events to know it. */
static const char catalog[] =
    "{\"id\":\"tent\",\"title\":\"Tent\",\"url\":\"/tent\",\"price\":\"200\",\"currency\":\"EUR\","
    "\"category\":[\"Camp\",\"Tents\"],\"compatible_with\":[\"pegs\"]}\n"
    "{\"id\":\"pegs\",\"title\":\"Pegs\",\"url\":\"/pegs\",\"price\":\"10\",\"currency\":\"EUR\","
    "\"category\":[\"Camp\",\"Small parts\"]}\n"
    "{\"id\":\"boots\",\"title\":\"Boots\",\"url\":\"/"
    "boots\",\"price\":\"150\",\"currency\":\"EUR\","
    "\"category\":[\"Shoes\"]}\n";

#define EVENT(visitor, time, name, item)                                                         \
    "{\"visitor\":\"" visitor "\",\"time\":" #time ",\"event\":\"" name "\",\"item_id\":\"" item \
    "\"}\n"

static uint32_t item_number(void *context, dyn_str_t id)
{
    return dyn_snapshot_find_item(context, id, NULL);
}

static void read_visits(const dyn_snapshot_t *snapshot, const char *events, dyn_visits_t *visits)
{
    dyn_error_t error;
    dyn_faults_t faults = {.error = &error};

    assert_true(dyn_visits_read(fixture_write("visits", events), item_number,
                                (void *)(uintptr_t)snapshot, &faults, visits));
}

static void measure(const dyn_snapshot_t *snapshot, const char *events, uint64_t newest,
                    dyn_surface_t surface, dyn_earnings_t *earnings)
{
    dyn_error_t error;
    dyn_visits_t visits;

    read_visits(snapshot, events, &visits);
    assert_true(dyn_earnings_measure(snapshot, &visits, newest, surface, earnings, &error));
    dyn_visits_free(&visits);
}

static void a_visit_ends_where_the_visitor_was_idle(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);
    dyn_visits_t visits;

    (void)state;
    read_visits(snapshot,
                EVENT("v", 1800010000, "view_item", "boots")
                    EVENT("w", 1800009000, "view_item", "tent")
                        EVENT("v", 1800000060, "add_to_cart", "tent")
                            EVENT("v", 1800000000, "view_item", "tent")
                                EVENT("w", 1800010800, "view_item", "unknown"),
                &visits);
    assert_int_equal(visits.visit_count, 3);
    assert_int_equal(visits.event_count, 5);
    /* v's first visit, in order of time, though the file has it the other way */
    assert_int_equal(visits.visits[0].end - visits.visits[0].first, 2);
    assert_int_equal(visits.events[visits.visits[0].first].type, DYN_EVENT_VIEW_ITEM);
    assert_int_equal(visits.visits[0].visitor_first, visits.visits[0].first);
    /* v's second knows the first */
    assert_int_equal(visits.visits[1].end - visits.visits[1].first, 1);
    assert_int_equal(visits.visits[1].visitor_first, visits.visits[0].first);
    /* 30 minutes are not too long */
    assert_int_equal(visits.visits[2].end - visits.visits[2].first, 2);
    assert_int_equal(visits.events[visits.visits[2].end - 1].item, DYN_NONE);

    dyn_str_t text = dyn_visit_text(&visits, visits.visits[0].first);

    assert_int_equal(text.len, strlen("vi 1800000000000 tent"));
    assert_memory_equal(text.data, "vi 1800000000000 tent", text.len);
    dyn_visits_free(&visits);
    dyn_snapshot_close(snapshot);
}

static void a_page_is_asked_about_only_what_is_new_and_comes_later(void **state)
{
    static dyn_earnings_t earnings;
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);
    const dyn_earned_t *earned = earnings.slots[0].earned;

    (void)state;
    /* three views that something follows; the lone view of another visitor, and that of a later visit, ask nothing */
    measure(snapshot,
            EVENT("v", 1800000000, "view_item", "tent") EVENT("v", 1800000060, "view_item", "pegs")
                EVENT("v", 1800000120, "view_item", "tent")
                    EVENT("v", 1800000180, "add_to_cart", "pegs")
                        EVENT("v", 1800000240, "purchase", "pegs")
                            EVENT("v", 1800090000, "view_item", "boots")
                                EVENT("w", 1800000000, "view_item", "boots"),
            0, DYN_SURFACE_HOME, &earnings);
    assert_int_equal(earnings.visits, 1);
    assert_int_equal(earnings.slots[0].pages, 3);
    /* only after the first view a new item is viewed */
    assert_int_equal(earned[DYN_EARNING_NEXT_CLICK].pages, 1);
    assert_int_equal(earned[DYN_EARNING_CLICK].pages, 1);
    assert_int_equal(earned[DYN_EARNING_CART].pages, 3);
    /* at every view the item was not in the cart yet */
    assert_int_equal(earned[DYN_EARNING_PURCHASE].pages, 3);

    /* what is in the cart already, no block can earn */
    measure(snapshot,
            EVENT("v", 1800000000, "add_to_cart", "pegs")
                EVENT("v", 1800000060, "view_item", "tent")
                    EVENT("v", 1800000120, "add_to_cart", "pegs")
                        EVENT("v", 1800000180, "purchase", "pegs"),
            0, DYN_SURFACE_HOME, &earnings);
    assert_int_equal(earnings.slots[0].pages, 1);
    assert_int_equal(earned[DYN_EARNING_CART].pages, 0);
    assert_int_equal(earned[DYN_EARNING_PURCHASE].pages, 0);
    dyn_snapshot_close(snapshot);
}

static void what_was_shown_and_then_bought_is_earned(void **state)
{
    static dyn_earnings_t earnings;
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);
    const dyn_slot_earnings_t *slot = &earnings.slots[1];

    (void)state;
    measure(snapshot,
            EVENT("v", 1800000000, "view_item", "tent") EVENT("v", 1800000060, "view_item", "pegs")
                EVENT("v", 1800000120, "add_to_cart", "pegs")
                    EVENT("v", 1800000180, "purchase", "pegs"),
            0, DYN_SURFACE_PDP, &earnings);
    assert_int_equal(earnings.slot_count, 2);
    assert_memory_equal(slot->name.data, "bought_with", slot->name.len);
    assert_int_equal(slot->wanted, 4);
    assert_int_equal(slot->pages, 2);
    /* the tent's page shows the pegs; their own page cannot */
    assert_true(slot->reasons[DYN_REASON_COMPATIBLE_WITH] >= 1);
    for (size_t e = 0; e < DYN_EARNINGS_COUNT; e++) {
        assert_int_equal(slot->earned[e].hits, 1);
        assert_int_equal(slot->earned[e].items, 1);
        assert_int_equal(slot->earned[e].pages,
                         e == DYN_EARNING_NEXT_CLICK || e == DYN_EARNING_CLICK ? 1 : 2);
    }
    assert_true(slot->same_top >= 1);
    assert_true(slot->with_top == slot->items);

    /* another item is bought than the ones shown beside the tent */
    measure(snapshot,
            EVENT("v", 1800000000, "view_item", "tent")
                EVENT("v", 1800000120, "add_to_cart", "unknown"),
            0, DYN_SURFACE_PDP, &earnings);
    assert_int_equal(slot->earned[DYN_EARNING_CART].pages, 1);
    assert_int_equal(slot->earned[DYN_EARNING_CART].hits, 0);
    dyn_snapshot_close(snapshot);
}

static void only_the_newest_visits_are_measured(void **state)
{
    static dyn_earnings_t all, newest, again;
    const char *events = EVENT("v", 1800000000, "view_item", "tent")
        EVENT("v", 1800000060, "view_item", "pegs") EVENT("w", 1800001000, "view_item", "boots")
            EVENT("w", 1800001060, "view_item", "tent") EVENT("w", 1800001120, "view_item", "pegs");
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);

    (void)state;
    measure(snapshot, events, 0, DYN_SURFACE_PDP, &all);
    measure(snapshot, events, 1, DYN_SURFACE_PDP, &newest);
    measure(snapshot, events, 1, DYN_SURFACE_PDP, &again);
    assert_int_equal(all.visits, 2);
    assert_int_equal(all.slots[0].pages, 3);
    assert_int_equal(newest.visits, 1);
    assert_int_equal(newest.slots[0].pages, 2);
    for (size_t s = 0; s < newest.slot_count; s++) {
        assert_int_equal(newest.slots[s].items, again.slots[s].items);
        assert_memory_equal(newest.slots[s].earned, again.slots[s].earned,
                            sizeof(newest.slots[s].earned));
        assert_memory_equal(newest.slots[s].reasons, again.slots[s].reasons,
                            sizeof(newest.slots[s].reasons));
    }
    dyn_snapshot_close(snapshot);
}

/* The command's exit code; *report is what it printed as JSON. */
static int run(int argc, char **argv, json_t **report)
{
    char out[4096];
    int saved = dup(STDOUT_FILENO);

    snprintf(out, sizeof(out), "%s", fixture_path("report.json"));
    assert_non_null(freopen(out, "w", stdout));
    optind = 0;

    int code = dyn_command_eval(argc, argv);

    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    *report = json_load_file(out, 0, NULL);

    return code;
}

static double number(const json_t *object, const char *name)
{
    assert_true(json_is_number(json_object_get(object, name)));

    return json_number_value(json_object_get(object, name));
}

static void eval_reports_each_slot_of_each_surface(void **state)
{
    json_t *report;
    char snapshot[4096], visits[4096];

    (void)state;
    dyn_snapshot_close(fixture_build(catalog, NULL));
    snprintf(snapshot, sizeof(snapshot), "%s", fixture_path("s.dyn"));
    snprintf(visits, sizeof(visits), "%s",
             fixture_write("visits", EVENT("v", 1800000000, "view_item", "tent")
                                         EVENT("v", 1800000060, "view_item", "pegs")));

    char *both[] = {"eval", "--snapshot", snapshot, "--sessions", visits, "--blocks", "--json"};

    assert_int_equal(run(7, both, &report), 0);

    const json_t *slot = json_object_get(json_object_get(report, "pdp"), "bought_with");
    const json_t *next = json_array_get(json_object_get(slot, "earned"), 0);

    assert_string_equal(json_string_value(json_object_get(report, "schema")),
                        "dynstore.eval-blocks/1");
    assert_true(number(report, "visits") == 1);
    assert_true(number(slot, "pages") == 1);
    assert_true(number(slot, "fill") >= 0.25);
    assert_string_equal(json_string_value(json_object_get(next, "what")), "next_click");
    assert_true(number(next, "hit_rate") == 1);
    assert_int_equal(json_array_size(json_object_get(json_object_get(next, "blocks"), "hits")),
                     DYN_EARNINGS_BLOCKS);
    assert_non_null(json_object_get(json_object_get(report, "home"), "recs"));
    json_decref(report);

    char *home[] = {"eval",     "--snapshot", snapshot,    "--sessions", visits,
                    "--blocks", "--json",     "--surface", "home"};

    assert_int_equal(run(9, home, &report), 0);
    assert_null(json_object_get(report, "pdp"));
    json_decref(report);

    char *cart[] = {"eval", "--snapshot", snapshot,    "--sessions",
                    visits, "--blocks",   "--surface", "cart"};
    char *gate[] = {"eval", "--snapshot", snapshot, "--sessions", visits, "--blocks", "--at", "8"};
    char *lists[] = {"eval", "--snapshot", snapshot, "--sessions", visits, "--newest", "8"};

    assert_int_equal(run(8, cart, &report), DYN_EXIT_USAGE);
    assert_int_equal(run(8, gate, &report), DYN_EXIT_USAGE);
    assert_int_equal(run(7, lists, &report), DYN_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visit_ends_where_the_visitor_was_idle),
        cmocka_unit_test(a_page_is_asked_about_only_what_is_new_and_comes_later),
        cmocka_unit_test(what_was_shown_and_then_bought_is_earned),
        cmocka_unit_test(only_the_newest_visits_are_measured),
        cmocka_unit_test(eval_reports_each_slot_of_each_surface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
