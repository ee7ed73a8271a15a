#include <math.h>
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
#include "cli/train/baselines.h"
#include "cli/commands/commands.h"
#include "cli/train/evaluate.h"
#include "cli/base/options.h"
#include "cli/input/sessions_read.h"
#include "model_fixture.h"

/* Always the same list: 3, 1, 2. */
static size_t recommend_fixed(void *context, const uint32_t *items, size_t count, bool novel,
                              size_t want, uint32_t *list)
{
    static const uint32_t fixed[] = {3, 1, 2};

    (void)context;
    (void)items;
    (void)count;
    (void)novel;
    memcpy(list, fixed, sizeof(fixed));

    return want < 3 ? want : 3;
}

static void measures_are_what_their_definitions_say(void **state)
{
    /* asked about: 0 -> 1 (2 still to come after it), 0 1 -> 2, 0 1 2 -> 2 */
    uint32_t items[] = {0, 1, 2, 2}, starts[] = {0, 4};
    uint8_t kinds[4] = {0};
    double times[] = {0};
    const float popularity[] = {0, 0.5F, 0.25F, 1};
    dyn_sessions_t sessions = {1, 4, 4, starts, items, kinds, times};
    dyn_evaluation_t evaluation = {.sessions = &sessions,
                                   .at = 3,
                                   .min_prefix = 1,
                                   .item_count = 4,
                                   .popularity = popularity,
                                   .recommend = recommend_fixed};
    dyn_evaluated_t all, novel;
    dyn_latency_t latency;
    double second = 1 / log2(3), third = 1 / log2(4);

    (void)state;
    assert_true(dyn_evaluate(&evaluation, false, &all, &latency));
    assert_int_equal(all.count, 3);
    assert_true(all.hr == 1);
    assert_true(fabs(all.mrr - (1.0 / 2 + 1.0 / 3 + 1.0 / 3) / 3) < 1e-12);
    /* still to come: {1, 2}, {2}, {2} */
    assert_true(fabs(all.precision - (2.0 / 3 + 1.0 / 3 + 1.0 / 3) / 3) < 1e-12);
    assert_true(all.recall == 1);
    assert_true(fabs(all.ndcg - ((second + third) / (1 + second) + third + third) / 3) < 1e-12);
    assert_true(all.coverage == 0.75);
    assert_true(fabs(all.popularity - 1.75 / 3) < 1e-6);
    assert_true(latency.max >= latency.p99 && latency.p99 >= latency.p50);

    /* the last target is not new to its session */
    assert_true(dyn_evaluate(&evaluation, true, &novel, NULL));
    assert_int_equal(novel.count, 2);
    assert_true(fabs(novel.mrr - (1.0 / 2 + 1.0 / 3) / 2) < 1e-12);

    evaluation.min_prefix = 3;
    assert_true(dyn_evaluate(&evaluation, false, &all, NULL));
    assert_int_equal(all.count, 1);
    evaluation.min_prefix = 1;
    evaluation.pairs = true;
    assert_true(dyn_evaluate(&evaluation, false, &all, NULL));
    assert_int_equal(all.count, 1);
    assert_true(fabs(all.mrr - 1.0 / 3) < 1e-12);
}

static void others_do_what_their_names_say(void **state)
{
    model_fixture_t fixture;
    dyn_model_build_options_t options = model_fixture_options(true);
    const uint32_t query[] = {0, 1};
    uint32_t list[21];

    (void)state;
    /* 1 is followed by 2 twice, by 3 once; 4 is in the most sessions */
    model_fixture_text(&fixture, "0 1 2; 4 1 2; 1 3; 4 0; 4 5; 4 2", 6, &options);

    dyn_baselines_t *baselines = dyn_baselines_new(&fixture.model, (dyn_vmis_t){500, 100, 2, 0});

    assert_non_null(baselines);
    assert_int_equal(dyn_baseline_popularity(baselines, query, 2, false, 3, list), 3);
    assert_int_equal(list[0], 4);
    assert_int_equal(dyn_baseline_markov(baselines, query, 2, false, 20, list), 2);
    assert_int_equal(list[0], 2);
    assert_int_equal(list[1], 3);

    /*
     * VMIS-kNN of 0 1: session 0 shares both: (2 + 1) / 2 = 1.5; 1 and 2 share 1: 1; 3 shares 0: 0.5. Weights 0.9, 0.9, 0.9, 0.8.
     * idf: 13 pairs; 2 is in 3, 3 in 1, 4 in 4, 0 in 2 sessions. 1, clicked last, is left out.
     */
    size_t count = dyn_baseline_vmis_knn(baselines, query, 2, false, 20, list);
    double two = (1.5 + 1) * 0.9 * log(13.0 / 3), three = 0.9 * log(13.0);
    double zero = (1.5 * 0.9 + 0.5 * 0.8) * log(13.0 / 2), four = (0.9 + 0.4) * log(13.0 / 4);

    assert_int_equal(count, 4);
    assert_true(two > zero && zero > three && three > four);
    assert_int_equal(list[0], 2);
    assert_int_equal(list[1], 0);
    assert_int_equal(list[2], 3);
    assert_int_equal(list[3], 4);
    count = dyn_baseline_v_stan(baselines, query, 2, true, 20, list);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(list[i] > 1);
    }
    dyn_baselines_free(baselines);
    model_fixture_free(&fixture);
}

static void the_gate_sees_a_loss_beyond_noise_and_no_other(void **state)
{
    static dyn_evaluated_t old, same, worse;
    double low, high;

    (void)state;
    for (size_t i = 0; i < DYN_EVALUATE_BLOCKS; i++) {
        old.block_count[i] = same.block_count[i] = worse.block_count[i] = 50;
        old.block_hr[i] = 20 + (double)(i % 7);
        same.block_hr[i] = old.block_hr[i] + (i % 2 == 0 ? 1 : -1);
        worse.block_hr[i] = old.block_hr[i] - 1 + (i % 2 == 0 ? 1 : -1);
    }

    json_t *report = dyn_evaluated_json(&old, true);

    assert_true(dyn_evaluate_compare(&same, report, "hr", &low, &high));
    assert_true(low < 0 && high > 0);
    assert_true(dyn_evaluate_compare(&worse, report, "hr", &low, &high));
    assert_true(high < 0 && low > -0.03);
    json_decref(report);
    report = dyn_evaluated_json(&old, false);
    assert_false(dyn_evaluate_compare(&worse, report, "hr", &low, &high));
    json_decref(report);
}

static uint32_t letter_number(void *context, dyn_str_t id)
{
    (void)context;
    return id.len == 1 && id.data[0] >= 'a' && id.data[0] <= 'e' ? (uint32_t)(id.data[0] - 'a')
                                                                 : DYN_NONE;
}

static void sessions_are_read_in_order_of_time(void **state)
{
    dyn_sessions_reader_t reader = {.item_number = letter_number, .errors_max = 1};
    dyn_sessions_t sessions;
    dyn_error_t error;
    const char *path = fixture_write(
        "s.tsv", "SessionId\tItemId\tTime\r\n2\ta\t30\n1\tb\t11\n1\tc\t10\nbad line\n2\tx\t31\n");

    (void)state;
    assert_true(dyn_sessions_read_events(path, &reader, &sessions, &error));
    assert_int_equal(sessions.session_count, 2);
    assert_int_equal(sessions.items[0], 2);
    assert_int_equal(sessions.items[1], 1);
    assert_int_equal(sessions.items[3], DYN_NONE);
    assert_int_equal(reader.errors, 1);
    dyn_sessions_free(&sessions);

    path = fixture_write("s.tsv", "1\ta\tnever\n1\tb\t2\n1\tc\n");
    reader.errors = 0;
    assert_false(dyn_sessions_read_events(path, &reader, &sessions, &error));
    assert_non_null(strstr(error.text, "s.tsv:3:"));

    reader.errors = 0;
    path = fixture_write("s.tsv", "1\ta\t2026-03-01T10:00:05Z\n1\tb\t2026-03-01T10:00:04.5Z\n");
    assert_true(dyn_sessions_read_events(path, &reader, &sessions, &error));
    assert_int_equal(sessions.items[0], 1);
    dyn_sessions_free(&sessions);

    reader.errors = 0;
    assert_true(dyn_sessions_read_pairs(fixture_write("s.pairs", "a b c\na  d\n"), &reader,
                                        &sessions, &error));
    assert_int_equal(sessions.session_count, 2);
    assert_int_equal(sessions.click_count, 5);
    dyn_sessions_free(&sessions);
    assert_false(dyn_sessions_read_events("/nowhere/at/all", &reader, &sessions, &error));
}

/* What `dynstore eval` says of the real sets, where they are: the figures of docs/model.md with room for little. */
static json_t *eval_json(const char *train, const char *option, const char *test)
{
    char snapshot[4096], out[4096];
    json_t *report = NULL;

    snprintf(snapshot, sizeof(snapshot), "%s", fixture_path("real.dyn"));
    snprintf(out, sizeof(out), "%s", fixture_path("eval.json"));

    char *build[] = {"build", "--events", (char *)(uintptr_t)train, "-o", snapshot, "--json"};
    char *eval[] = {
        "eval",  "--snapshot", snapshot, (char *)(uintptr_t)option, (char *)(uintptr_t)test,
        "--json"};
    int saved = dup(1);
    FILE *file = freopen(out, "w", stdout);

    assert_non_null(file);
    optind = 0;
    int code = dyn_command_build(6, build);

    assert_non_null(freopen(out, "w", stdout));
    optind = 0;
    code = code != 0 ? code : dyn_command_eval(6, eval);
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    assert_int_equal(code, 0);
    report = json_load_file(out, 0, NULL);
    assert_non_null(report);

    return report;
}

static void a_real_shop_is_foretold_as_well_as_documented(void **state)
{
    const char *folder = getenv("DYNSTORE_DATA") != NULL ? getenv("DYNSTORE_DATA") : "build/data";
    char train[4096], valid[4096];

    (void)state;
    snprintf(train, sizeof(train), "%s/serenade/train.tsv.gz", folder);
    snprintf(valid, sizeof(valid), "%s/serenade/valid.tsv.gz", folder);
    if (access(valid, R_OK) != 0) {
        print_message("skipped: %s is not there\n", valid);
        skip();
    }

    json_t *report = eval_json(train, "--sessions", valid);
    const json_t *all = json_object_get(report, "all"), *novel = json_object_get(report, "novel");

    assert_int_equal(json_integer_value(json_object_get(all, "n")), 1121);
    assert_true(json_number_value(json_object_get(all, "hr")) > 0.735);
    assert_true(json_number_value(json_object_get(all, "mrr")) > 0.400);
    assert_true(json_number_value(json_object_get(novel, "hr")) > 0.630);
    assert_true(json_number_value(json_object_get(novel, "mrr")) > 0.310);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_are_what_their_definitions_say),
        cmocka_unit_test(others_do_what_their_names_say),
        cmocka_unit_test(the_gate_sees_a_loss_beyond_noise_and_no_other),
        cmocka_unit_test(sessions_are_read_in_order_of_time),
        cmocka_unit_test(a_real_shop_is_foretold_as_well_as_documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
