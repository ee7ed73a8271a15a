#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <getopt.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "deciding.h"
#include "cli/commands/commands.h"
#include "engine/model/model.h"

static deciding_t deciding;
static visit_t visit;

/* Twenty items; sessions go up by one or two from where they began; item i19 nobody has seen, it is like i18. */
static const char *catalog_text(void)
{
    static char text[8192];
    size_t used = 0;

    for (int i = 0; i < 20; i++) {
        used += (size_t)sprintf(
            text + used,
            "{\"id\":\"i%02d\",\"title\":\"Thing "
            "%c%c\",\"category\":[\"%s\"],\"price\":\"%d.00\",\"currency\":\"EUR\"%s}\n",
            i, 'a' + i, 'a' + i, i < 10 ? "Low" : "High", 10 + i,
            i == 19   ? ",\"tags\":[\"odd\"],\"created\":\"2026-03-01T00:00:00Z\""
            : i == 18 ? ",\"tags\":[\"odd\"]"
                      : "");
    }

    return text;
}

static const char *events_text(void)
{
    static char text[262144];
    size_t used = (size_t)sprintf(text, "SessionId\tItemId\tTime\n");

    for (int s = 0; s < 400; s++) {
        for (int k = 0, item = s % 19; k < 4; k++, item = (item + 1 + s % 2) % 19) {
            used +=
                (size_t)sprintf(text + used, "%d\ti%02d\t%d\n", s, item, 1772400000 + s * 100 + k);
        }
    }

    return text;
}

static void begin(dyn_surface_t surface, const char *item, const char *slot, const uint32_t *clicks,
                  uint32_t count)
{
    static dyn_slot_t slots[1];

    deciding_begin(&deciding, surface, item);
    visit_begin(&visit);
    for (uint32_t i = 0; i < count; i++) {
        visit_views(&visit, clicks[i]);
    }
    visit.session.clicks = (uint32_t *)(uintptr_t)clicks;
    visit.session.click_count = count;
    if (count > 0) {
        deciding.request.session = &visit.session;
    }
    slots[0] = (dyn_slot_t){dyn_str_from(slot), 6};
    deciding.request.slots = slots;
    deciding.request.slot_count = 1;
}

static void a_session_gets_what_the_model_says_of_its_clicks(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog_text(), events_text());
    const uint32_t clicks[] = {3, 4, 5};
    static dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];
    dyn_model_query_t query = {.items = clicks, .count = 3, .exclude_session = true, .want = 6};
    dyn_model_scratch_t *scratch = calloc(1, dyn_model_scratch_size());

    (void)state;
    assert_non_null(snapshot->model.header);
    begin(DYN_SURFACE_HOME, "", "recs", clicks, 3);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);
    size_t count = dyn_model_query(&snapshot->model, &query, scratch, results);

    assert_int_equal(slot->count, 6);
    assert_int_equal(deciding.decision.rung, DYN_RUNG_SESSION);
    assert_true(count == 6);
    assert_true(slot_shows(slot, results[0].item) && slot_shows(slot, results[1].item));
    assert_int_equal(slot->choices[0].source, DYN_SOURCE_SESSION_KNN);
    assert_int_equal(slot->choices[0].reason, DYN_REASON_BECAUSE_VIEWED);
    assert_int_equal(slot->choices[0].reference_kind, DYN_REFERENCE_ITEM);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(slot_shows(slot, clicks[i]));
    }

    /* with a worker's own memory the answer is the same */
    uint32_t first = slot->choices[0].item, last = slot->choices[5].item;

    begin(DYN_SURFACE_HOME, "", "recs", clicks, 3);
    deciding.request.model_scratch = scratch;
    slot = deciding_run(&deciding, snapshot);
    assert_int_equal(slot->choices[0].item, first);
    assert_int_equal(slot->choices[5].item, last);
    free(scratch);
    dyn_snapshot_close(snapshot);
}

static void a_page_without_a_session_shows_its_item_s_graph_neighbours(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog_text(), events_text());
    const uint32_t *others = NULL;
    const uint16_t *weights = NULL;

    (void)state;
    begin(DYN_SURFACE_PDP, "i07", "similar", NULL, 0);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);

    assert_true(dyn_model_edges(&snapshot->model, 7, &others, &weights) > 2);
    assert_int_equal(slot->choices[0].item, others[0]);
    assert_int_equal(slot->choices[0].source, DYN_SOURCE_SIMILAR);
    assert_int_equal(deciding.decision.rung, DYN_RUNG_CONTEXT);
    dyn_snapshot_close(snapshot);
}

static void an_item_that_nobody_saw_is_shown_beside_its_like_and_as_new(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog_text(), events_text());
    uint32_t fresh = fixture_item(snapshot, "i19");

    (void)state;
    begin(DYN_SURFACE_PDP, "i18", "similar", NULL, 0);
    assert_true(slot_shows(deciding_run(&deciding, snapshot), fresh));
    begin(DYN_SURFACE_HOME, "", "new_arrivals", NULL, 0);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);

    assert_int_equal(slot->count, 1);
    assert_int_equal(slot->choices[0].item, fresh);
    assert_int_equal(slot->choices[0].reason, DYN_REASON_NEW_ARRIVAL);

    /* and its own page is not empty */
    begin(DYN_SURFACE_PDP, "i19", "similar", NULL, 0);
    assert_int_equal(deciding_run(&deciding, snapshot)->choices[0].item,
                     fixture_item(snapshot, "i18"));
    dyn_snapshot_close(snapshot);
}

static void a_model_has_a_version_of_its_own_and_no_model_has_none(void **state)
{
    dyn_snapshot_t *one = fixture_build(catalog_text(), events_text());
    dyn_snapshot_t *none = fixture_build(catalog_text(), "SessionId\tItemId\tTime\n");

    (void)state;
    assert_int_equal(strlen(one->model_version), 16);
    assert_null(none->model.header);
    assert_string_equal(none->model_version, "");
    dyn_snapshot_close(one);
    dyn_snapshot_close(none);
}

static void the_blend_comes_from_the_snapshot(void **state)
{
    char catalog[4096], events[4096], parameters[4096], out[4096];
    dyn_error_t error;

    (void)state;
    snprintf(catalog, sizeof(catalog), "%s", fixture_write("c.jsonl", catalog_text()));
    snprintf(events, sizeof(events), "%s", fixture_write("e.tsv", events_text()));
    snprintf(parameters, sizeof(parameters), "%s",
             fixture_write(
                 "p.json",
                 "{\"schema\":\"dynstore.parameters/1\",\"model\":{\"rerank_trees\":0},\"blend\":["
                 "{\"slot\":\"recs\",\"weights\":{\"new_arrivals\":1},\"flags\":[\"no_top_up\"]},"
                 "{\"weights\":{\"popular\":1}}]}"));
    snprintf(out, sizeof(out), "%s", fixture_path("blend.dyn"));

    char *arguments[] = {"build",        "-c",       catalog, "-e", events,
                         "--parameters", parameters, "-o",    out,  "--json"};
    int saved = dup(1);

    assert_non_null(freopen("/dev/null", "w", stdout));
    optind = 0;
    int code = dyn_command_build(10, arguments);
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    assert_int_equal(code, 0);

    dyn_snapshot_t *snapshot = dyn_snapshot_open(out, &error);
    const uint32_t clicks[] = {3, 4};

    assert_non_null(snapshot);
    assert_int_equal(snapshot->model.header->tree_count, 0);
    begin(DYN_SURFACE_HOME, "", "recs", clicks, 2);

    const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);

    assert_int_equal(slot->count, 1);
    assert_int_equal(slot->choices[0].item, fixture_item(snapshot, "i19"));
    dyn_snapshot_close(snapshot);
}

/* As a newer program may have written it. */
static void a_source_that_is_not_known_is_passed_over(void **state)
{
    static const dyn_blend_weight_t weights[] = {{DYN_SOURCE_SIMILAR, 0.5F, 0},
                                                 {DYN_SOURCE_POPULAR, 1, 0},
                                                 {DYN_SOURCES_COUNT, 7, 0},
                                                 {4000000000U, 7, 0}};
    dyn_blend_row_t row = {"", DYN_BLEND_ANY_SURFACE, 0, 0, 2};
    dyn_snapshot_t *built = fixture_build(catalog_text(), events_text());
    const uint32_t clicks[] = {3, 4};
    dyn_choice_t known[DYN_SLOT_ITEMS_MAX];
    uint32_t known_count = 0;

    (void)state;
    for (; row.weights_count <= 4; row.weights_count += 2) {
        dyn_snapshot_t snapshot = *built;

        snapshot.blend = (dyn_blend_t){&row, 1, weights, 4};
        assert_null(dyn_blend_fault(&snapshot.blend));
        begin(DYN_SURFACE_PDP, "i3", "recs", clicks, 2);

        const dyn_slot_decision_t *slot = deciding_run(&deciding, &snapshot);

        assert_int_not_equal(slot->count, 0);
        if (row.weights_count == 2) {
            memcpy(known, slot->choices, slot->count * sizeof(known[0]));
            known_count = slot->count;
        }
        assert_int_equal(slot->count, known_count);
        for (uint32_t i = 0; i < known_count; i++) {
            assert_int_equal(slot->choices[i].item, known[i].item);
            assert_true(slot->choices[i].score == known[i].score);
        }
    }
    dyn_snapshot_close(built);
}

static void memory_that_ends_anywhere_ends_the_decision_with_false(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog_text(), events_text());
    static char block[1 << 20] __attribute__((aligned(16)));
    const uint32_t clicks[] = {3, 4, 5};
    bool decided = false;

    (void)state;
    for (size_t size = 0; size <= sizeof(block); size += 1024) {
        dyn_arena_t arena;
        dyn_decision_t decision;

        begin(DYN_SURFACE_HOME, "", "recs", clicks, 3);
        dyn_arena_init(&arena, block, size, NULL, NULL);

        bool now = dyn_decide(snapshot, NULL, &deciding.request, &arena, &decision, NULL);

        assert_true(now == !arena.exhausted);
        assert_true(now || !decided);
        decided = now;
    }
    assert_true(decided);
    dyn_snapshot_close(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_gets_what_the_model_says_of_its_clicks),
        cmocka_unit_test(a_page_without_a_session_shows_its_item_s_graph_neighbours),
        cmocka_unit_test(an_item_that_nobody_saw_is_shown_beside_its_like_and_as_new),
        cmocka_unit_test(a_model_has_a_version_of_its_own_and_no_model_has_none),
        cmocka_unit_test(the_blend_comes_from_the_snapshot),
        cmocka_unit_test(a_source_that_is_not_known_is_passed_over),
        cmocka_unit_test(memory_that_ends_anywhere_ends_the_decision_with_false),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
