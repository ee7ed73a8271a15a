#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/commands/commands.h"
#include "cli/train/gbdt.h"
#include "cli/train/model_keys.h"
#include "cli/train/parameters.h"
#include "model_fixture.h"

static void the_same_sessions_give_the_same_bytes_on_any_number_of_threads(void **state)
{
    model_fixture_t one, other;
    dyn_model_build_options_t options = model_fixture_options(false);

    (void)state;
    model_fixture_random(&one, 9000, 300, 5, &options);
    assert_true(one.model.header->tree_count > 0);
    for (unsigned threads = 2; threads <= 3; threads++) {
        options.threads = threads;
        model_fixture_random(&other, 9000, 300, 5, &options);
        for (int i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
            assert_int_equal(one.built.sections.section[i].length,
                             other.built.sections.section[i].length);
            assert_memory_equal(one.built.sections.section[i].data,
                                other.built.sections.section[i].data,
                                one.built.sections.section[i].length);
        }
        model_fixture_free(&other);
    }
    model_fixture_free(&one);
}

static void a_set_that_is_too_small_gets_no_trees_and_says_so(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);

    (void)state;
    model_fixture_random(&fixture, 200, 30, 5, &options);
    assert_int_equal(fixture.model.header->tree_count, 0);
    assert_non_null(strstr(fixture.built.rerank_note, "no trees"));
    model_fixture_free(&fixture);
}

static void trees_learn_from_the_newest_queries_and_from_no_more_than_are_wanted(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    unsigned trees = 0;
    unsigned queries = 0;

    (void)state;
    options.parameters.rerank_queries = 900;
    options.parameters.rerank_tail = 0.5F;
    model_fixture_random(&fixture, 9000, 300, 5, &options);
    assert_int_equal(sscanf(fixture.built.rerank_note, "%u trees from %u", &trees, &queries), 2);
    assert_true(queries > 600 && queries <= 900);
    model_fixture_free(&fixture);
}

static void overlong_sessions_keep_their_newest_clicks(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    char text[4096] = "";

    (void)state;
    for (int i = 0; i < DYN_MODEL_SESSION_CLICKS_MAX + 5; i++) {
        sprintf(text + strlen(text), "%d ", i);
    }
    strcat(text, "; 1 2");
    model_fixture_text(&fixture, text, 300, &options);
    assert_int_equal(fixture.model.session_starts[1], DYN_MODEL_SESSION_CLICKS_MAX);
    assert_int_equal(fixture.model.session_items[0], 5);
    model_fixture_free(&fixture);
}

static void a_cart_or_purchase_of_a_viewed_item_is_no_click_but_weighs_in_the_graph(void **state)
{
    dyn_clicks_t clicks = {0};
    dyn_sessions_t sessions;
    dyn_model_built_t built;
    dyn_model_t model;
    dyn_error_t error;
    dyn_model_build_options_t options = model_fixture_options(true);
    /* 0 viewed, 1 viewed, 2 viewed, then 2 is put into the cart */
    const dyn_click_t log[] = {{0, 0, 1, DYN_CLICK_VIEW, false},
                               {0, 1, 2, DYN_CLICK_VIEW, false},
                               {0, 2, 3, DYN_CLICK_VIEW, false},
                               {0, 2, 4, DYN_CLICK_CART, false}};
    const uint32_t *others = NULL;
    const uint16_t *weights = NULL;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(dyn_clicks_add(&clicks, log[i]));
    }
    assert_true(dyn_clicks_to_sessions(&clicks, 3, &sessions, &error));
    assert_true(dyn_model_build(&sessions, &options, &built, &error));
    assert_true(dyn_model_attach(&model, &built.sections, 3, &error));
    assert_int_equal(model.header->click_count, 3);

    /* row of 1: back to 0 with 0.65, on to 2 with 1, twice for the cart */
    assert_int_equal(dyn_model_edges(&model, 1, &others, &weights), 2);
    assert_int_equal(others[0], 2);
    assert_true(abs(weights[0] - (int)(65535 * 2 / 2.65)) <= 1);
    dyn_model_built_free(&built);
    dyn_sessions_free(&sessions);
}

/* A copy of the sections that a test may break. */
typedef struct {
    dyn_model_sections_t sections;
    void *copies[DYN_MODEL_SECTIONS_COUNT];
} copy_t;

static void copy_sections(const model_fixture_t *fixture, copy_t *copy)
{
    copy->sections = fixture->built.sections;
    for (int i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        size_t length = fixture->built.sections.section[i].length;

        copy->copies[i] = malloc(length + 8);
        memcpy(copy->copies[i], fixture->built.sections.section[i].data, length);
        copy->sections.section[i].data = copy->copies[i];
    }
}

static void refused(const model_fixture_t *fixture, copy_t *copy, dyn_model_section_t named)
{
    dyn_model_t model;
    dyn_error_t error = {""};
    char name[64];

    snprintf(name, sizeof(name), "section %s:", dyn_model_section_name(named).data);
    if (dyn_model_attach(&model, &copy->sections, fixture->model.header->item_count, &error)) {
        fail_msg("%s was not refused", name);
    }
    if (strncmp(error.text, name, strlen(name)) != 0) {
        fail_msg("\"%s\" does not name %s", error.text, name);
    }
    for (int i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        free(copy->copies[i]);
    }
}

static void broken_sections_are_refused_by_name(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(false);
    copy_t copy;

    (void)state;
    model_fixture_random(&fixture, 9000, 300, 5, &options);

    for (int i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        copy_sections(&fixture, &copy);
        copy.sections.section[i].length -= 1;
        /* where only the starts know the length, they are what does not fit */
        refused(&fixture, &copy,
                i == DYN_MODEL_SECTION_POSTINGS ? DYN_MODEL_SECTION_POSTING_STARTS
                                                : (dyn_model_section_t)i);
    }

#define BREAK(section, type, statement)                      \
    copy_sections(&fixture, &copy);                          \
    {                                                        \
        type *at = copy.copies[DYN_MODEL_SECTION_##section]; \
        statement;                                           \
    }                                                        \
    refused(&fixture, &copy, DYN_MODEL_SECTION_##section)

    BREAK(HEADER, dyn_model_header_t, at->version++);
    BREAK(HEADER, dyn_model_header_t, at->item_count++);
    BREAK(HEADER, dyn_model_header_t, at->tree_count = DYN_MODEL_TREES_MAX + 1);
    BREAK(HEADER, dyn_model_header_t, at->parameters.knn_items = DYN_MODEL_KNN_ITEMS_MAX + 1);
    BREAK(HEADER, dyn_model_header_t,
          at->parameters.knn_sessions_per_item = DYN_MODEL_POSTINGS_MAX + 1);
    BREAK(HEADER, dyn_model_header_t, at->parameters.knn_neighbours = DYN_MODEL_NEIGHBOURS_MAX + 1);
    BREAK(HEADER, dyn_model_header_t, at->parameters.rerank_depth = DYN_MODEL_RERANK_DEPTH_MAX + 1);
    BREAK(HEADER, dyn_model_header_t, at->parameters.walk_click_decay = 0);
    BREAK(HEADER, dyn_model_header_t, at->repeats[3][1][2] = NAN);
    BREAK(ITEMS, dyn_model_item_t, at[7].prior = INFINITY);
    BREAK(ITEMS, dyn_model_item_t, at[7].age = -1);
    BREAK(SESSION_STARTS, uint32_t, at[5] = at[6] + 1);
    BREAK(SESSION_STARTS, uint32_t, at[9000]++);
    BREAK(SESSION_ITEMS, uint32_t, at[3] = 300);
    BREAK(POSTING_STARTS, uint32_t, at[0] = 1);
    BREAK(POSTINGS, uint8_t, memset(at, 0xff, 40));
    BREAK(POSTINGS, uint8_t, memset(at + 2, 0, 2));
    BREAK(EDGE_STARTS, uint32_t, at[1] = DYN_MODEL_EDGES_MAX + 1);
    BREAK(EDGE_ITEMS, uint32_t, at[0] = DYN_NONE);
    BREAK(EDGE_WEIGHTS, uint16_t, at[0] = 0);
    BREAK(EDGE_WEIGHTS, uint16_t, at[1] = (uint16_t)(at[0] + 1));
    BREAK(TREES, dyn_model_tree_t, at[0].features[2] = 10000);
    BREAK(TREES, dyn_model_tree_t, at[0].thresholds[2] = NAN);
    BREAK(TREES, dyn_model_tree_t, at[0].leaves[63] = 1000);

    model_fixture_free(&fixture);
}

enum { GROUPS = 2000, ROWS = 8, COLUMNS = 3 };

/* The row to put first is the one whose first feature is the greatest, in learned groups and in those held out. */
static dyn_gbdt_data_t planted(float *features, uint32_t *starts, float *labels, float *base,
                               float *weights, bool noise)
{
    uint64_t seed = 3;

    for (uint32_t g = 0; g < GROUPS; g++) {
        uint32_t best = g * ROWS;

        starts[g] = g * ROWS;
        for (uint32_t i = g * ROWS; i < (g + 1) * ROWS; i++) {
            base[i] = labels[i] = 0;
            weights[i] = 1;
            for (size_t f = 0; f < COLUMNS; f++) {
                features[f * GROUPS * ROWS + i] = (float)model_fixture_random_below(&seed, 1000);
            }
            best = features[i] > features[best] ? i : best;
        }
        labels[noise ? g * ROWS + model_fixture_random_below(&seed, ROWS) : best] = 1;
    }
    starts[GROUPS] = GROUPS * ROWS;

    return (dyn_gbdt_data_t){COLUMNS,  GROUPS * ROWS, GROUPS,  starts,        labels,
                             features, base,          weights, GROUPS * 4 / 5};
}

static void trees_learn_what_is_there_and_nothing_from_noise(void **state)
{
    static float features[COLUMNS * GROUPS * ROWS], base[GROUPS * ROWS], weights[GROUPS * ROWS];
    static uint32_t starts[GROUPS + 1];
    static float labels[GROUPS * ROWS];
    static dyn_model_tree_t trees[60];
    dyn_gbdt_options_t options = {60, 10, 0.2, 5, 1, 1, 1, 88172645463325252ULL};
    static dyn_gbdt_result_t result;
    dyn_gbdt_data_t data = planted(features, starts, labels, base, weights, false);

    (void)state;
    result.trees = trees;
    assert_true(dyn_gbdt_train(&data, &options, &result));
    assert_true(fabs(result.loss_before - log(ROWS)) < 1e-3);
    assert_true(result.loss_after < 0.4);
    assert_true(result.gains[0] > 10 * (result.gains[1] + result.gains[2]));

    data = planted(features, starts, labels, base, weights, true);
    assert_true(dyn_gbdt_train(&data, &options, &result));
    assert_true(result.tree_count <= 3);
    assert_true(result.loss_after <= result.loss_before && result.loss_after > log(ROWS) - 0.02);
}

static const char catalog[] =
    "{\"id\":\"pack-a\",\"title\":\"Trail pack "
    "30\",\"category\":[\"Packs\"],\"brand\":\"Oru\",\"price\":\"99.00\",\"currency\":\"EUR\","
    "\"tags\":[\"hiking\"]}\n"
    "{\"id\":\"pack-b\",\"title\":\"Trail pack "
    "40\",\"category\":[\"Packs\"],\"brand\":\"Oru\",\"price\":\"119.00\",\"currency\":\"EUR\","
    "\"tags\":[\"hiking\"]}\n"
    "{\"id\":\"pack-new\",\"title\":\"Trail pack "
    "50\",\"category\":[\"Packs\"],\"brand\":\"Oru\",\"price\":\"129.00\",\"currency\":\"EUR\","
    "\"tags\":[\"hiking\"],\"created\":\"2026-03-01T00:00:00Z\"}\n"
    "{\"id\":\"stove\",\"title\":\"Gas "
    "stove\",\"category\":[\"Cooking\"],\"brand\":\"Vim\",\"price\":\"49.00\",\"currency\":\"EUR\"}"
    "\n"
    "{\"id\":\"pot\",\"title\":\"Steel "
    "pot\",\"category\":[\"Cooking\"],\"brand\":\"Vim\",\"price\":\"29.00\",\"currency\":\"EUR\"}"
    "\n";

static char *events_text(void)
{
    static char text[65536];
    size_t used = 0;

    used += (size_t)sprintf(text, "SessionId\tItemId\tTime\n");
    for (int s = 0; s < 40; s++) {
        const char *first = s % 2 == 0 ? "pack-a" : "stove",
                   *second = s % 2 == 0 ? "pack-b" : "pot";

        used += (size_t)sprintf(text + used, "%d\t%s\t%d\n%d\t%s\t%d\n", s, first,
                                1772400000 + s * 100, s, second, 1772400030 + s * 100);
    }

    return text;
}

static bool lists(dyn_edges_t edges, uint32_t item)
{
    for (uint32_t i = 0; i < edges.count; i++) {
        if (edges.edges[i].item == item) {
            return true;
        }
    }

    return false;
}

static void a_neighbour_weighs_what_the_list_of_neighbours_says(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog, events_text());
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];
    uint32_t listed = 0;

    (void)state;
    for (uint32_t item = 0; item < snapshot->item_count; item++) {
        dyn_edges_t edges = dyn_snapshot_neighbours(snapshot, item, room);

        for (uint32_t other = 0; other < snapshot->item_count; other++) {
            float weight = dyn_edges_weight(edges, other);

            assert_true(dyn_snapshot_neighbour_weight(snapshot, item, other) == weight);
            listed += weight > 0;
        }
    }
    assert_true(listed > 0);
    dyn_snapshot_close(snapshot);
}

static void an_item_without_events_is_like_its_kind_and_is_itself_proposed(void **state)
{
    dyn_snapshot_t *snapshot = fixture_build(catalog, events_text());
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];
    uint32_t fresh = fixture_item(snapshot, "pack-new"), known = fixture_item(snapshot, "pack-a");
    uint32_t stove = fixture_item(snapshot, "stove");
    dyn_edges_t of_fresh = dyn_snapshot_neighbours(snapshot, fresh, room);

    (void)state;
    assert_true(lists(of_fresh, known));
    assert_false(lists(of_fresh, stove));
    assert_true(lists(dyn_snapshot_neighbours(snapshot, known, room), fresh));
    assert_true(
        lists(dyn_snapshot_neighbours(snapshot, known, room), fixture_item(snapshot, "pack-b")));
    assert_false(lists(dyn_snapshot_neighbours(snapshot, stove, room), fresh));
    assert_true(lists(dyn_snapshot_new_arrivals(snapshot), fresh));
    assert_int_equal(dyn_snapshot_new_arrivals(snapshot).count, 1);
    dyn_snapshot_close(snapshot);
}

static void parameters_are_read_written_and_checked(void **state)
{
    dyn_parameters_t *parameters = dyn_parameters_default();
    dyn_error_t error;
    const char *path = fixture_path("parameters.json");

    (void)state;
    assert_true(dyn_parameters_set(&parameters->model, "blend_walk", 2.5, &error));
    assert_false(dyn_parameters_set(&parameters->model, "knn_neighbours", 1000, &error));
    assert_false(dyn_parameters_set(&parameters->model, "knn_neighbours", 1.5, &error));
    assert_false(dyn_parameters_set(&parameters->model, "no_such", 1, &error));
    assert_true(dyn_parameters_write(path, parameters, &error));

    dyn_parameters_t *again = dyn_parameters_default();

    assert_true(dyn_parameters_read(path, again, &error));
    assert_memory_equal(&again->model, &parameters->model, sizeof(again->model));
    assert_false(dyn_parameters_read(
        fixture_write("bad.json",
                      "{\"schema\":\"dynstore.parameters/1\",\"model\":{\"blend_walk\":\"2\"}}"),
        again, &error));
    assert_non_null(strstr(error.text, "model.blend_walk"));
    assert_false(dyn_parameters_read(
        fixture_write("bad.json",
                      "{\"schema\":\"dynstore.parameters/1\",\"blend\":[{\"slot\":\"recs\"}]}"),
        again, &error));
    assert_int_equal(again->evidence.min_support, 3);
    assert_true(
        dyn_parameters_read(fixture_write("good.json", "{\"schema\":\"dynstore.parameters/1\","
                                                       "\"evidence\":{\"min_support\":7}}"),
                            again, &error));
    assert_int_equal(again->evidence.min_support, 7);
    static const char *const bad_evidence[] = {"\"min_support\":0", "\"min_support\":1001",
                                               "\"min_support\":2.5", "\"support\":3"};

    for (size_t i = 0; i < sizeof(bad_evidence) / sizeof(bad_evidence[0]); i++) {
        char text[128];

        snprintf(text, sizeof(text), "{\"schema\":\"dynstore.parameters/1\",\"evidence\":{%s}}",
                 bad_evidence[i]);
        assert_false(dyn_parameters_read(fixture_write("bad.json", text), again, &error));
        assert_non_null(strstr(error.text, "bad.json: evidence."));
    }
    assert_true(dyn_parameters_read(
        fixture_write("good.json", "{\"schema\":\"dynstore.parameters/"
                                   "1\",\"blend\":[{\"slot\":\"recs\",\"surface\":\"pdp\","
                                   "\"flags\":[\"show_viewed\"],\"weights\":{\"similar\":0.5}},{"
                                   "\"weights\":{\"popular\":1}}]}"),
        again, &error));
    assert_int_equal(again->blend_rows, 2);
    assert_int_equal(again->weight_count, 2);
    assert_int_equal(again->blend[0].weights_count, 1);
    assert_int_equal(again->weights[0].source, DYN_SOURCE_SIMILAR);
    assert_true(again->weights[0].weight == 0.5F);
    assert_int_equal(again->blend[0].surface, DYN_SURFACE_PDP);
    assert_true(again->weights[0].floor == 0);
    free(again);
    free(parameters);
}

static void a_parameter_file_sets_floors_and_says_what_shows_add_ons(void **state)
{
    dyn_parameters_t *parameters = dyn_parameters_default();
    dyn_error_t error = {""};

    (void)state;
    assert_non_null(parameters);
    if (!dyn_parameters_read(
            fixture_write("floors.json",
                          "{\"schema\":\"dynstore.parameters/1\",\"blend\":[{\"slot\":\"extras\","
                          "\"flags\":[\"add_ons\"],\"weights\":{\"similar\":1,\"bought_with\":0.5},"
                          "\"floors\":{\"bought_with\":5}},{\"weights\":{\"popular\":1}}]}"),
            parameters, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(parameters->blend[0].flags, DYN_BLEND_ADD_ONS);
    assert_int_equal(parameters->blend[0].weights_count, 2);
    assert_int_equal(parameters->weights[0].source, DYN_SOURCE_SIMILAR);
    assert_true(parameters->weights[0].floor == 0);
    assert_int_equal(parameters->weights[1].source, DYN_SOURCE_BOUGHT_WITH);
    assert_true(parameters->weights[1].floor == 5);

    assert_false(dyn_parameters_read(
        fixture_write("bad.json", "{\"schema\":\"dynstore.parameters/1\",\"blend\":[{"
                                  "\"weights\":{\"popular\":1},\"floors\":{\"similar\":0.5}}]}"),
        parameters, &error));
    assert_non_null(
        strstr(error.text, "bad.json: blend[0].floors.similar: the source has no weight"));
    free(parameters);
}

static int falling(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left > right ? -1 : left < right;
}

static void the_heaviest_keys_agree_with_sorting(void **state)
{
    static uint64_t keys[3000], sorted[3000];
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < 300; round++) {
        size_t count = model_fixture_random_below(&seed, 3000),
               k = model_fixture_random_below(&seed, 3100);
        uint32_t range = round % 3 == 0 ? 3 : 1000000;

        for (size_t i = 0; i < count; i++) {
            float score = (float)model_fixture_random_below(&seed, range);

            /* rising and falling runs, too */
            score = round % 7 == 1 ? (float)i : round % 7 == 2 ? (float)(count - i) : score;
            keys[i] = sorted[i] = dyn_model_key(score, (uint32_t)i);
        }
        qsort(sorted, count, sizeof(uint64_t), falling);
        dyn_model_select_keys(keys, count, k);
        dyn_model_sort_keys(keys, k < count ? k : count);
        assert_memory_equal(keys, sorted, (k < count ? k : count) * sizeof(uint64_t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_sessions_give_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(a_parameter_file_sets_floors_and_says_what_shows_add_ons),
        cmocka_unit_test(the_heaviest_keys_agree_with_sorting),
        cmocka_unit_test(a_set_that_is_too_small_gets_no_trees_and_says_so),
        cmocka_unit_test(trees_learn_from_the_newest_queries_and_from_no_more_than_are_wanted),
        cmocka_unit_test(overlong_sessions_keep_their_newest_clicks),
        cmocka_unit_test(a_cart_or_purchase_of_a_viewed_item_is_no_click_but_weighs_in_the_graph),
        cmocka_unit_test(broken_sections_are_refused_by_name),
        cmocka_unit_test(trees_learn_what_is_there_and_nothing_from_noise),
        cmocka_unit_test(a_neighbour_weighs_what_the_list_of_neighbours_says),
        cmocka_unit_test(an_item_without_events_is_like_its_kind_and_is_itself_proposed),
        cmocka_unit_test(parameters_are_read_written_and_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
