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
#include <jansson.h>

#include "build_fixture.h"
#include "cli/commands/commands.h"
#include "cli/drift/reference.h"
#include "cli/input/records.h"

#define NEAR 1e-12

static char memory[1 << 22];

/* ---- the index itself ---- */

static void put_names(dyn_values_t *values, const char *names)
{
    for (; *names != '\0'; names++) {
        assert_true(dyn_values_add_name(values, (dyn_str_t){names, 1}));
    }
}

static void put_numbers(dyn_values_t *values, int from, int to)
{
    for (int i = from; i <= to; i++) {
        assert_true(dyn_values_add_number(values, i));
    }
}

static double psi_of(const dyn_bins_t *bins, const dyn_values_t *compared)
{
    uint64_t counts[DYN_BINS_MAX];
    dyn_bin_shares_t shares;

    dyn_bins_count(bins, compared, counts);
    dyn_bins_shares(bins, counts, &shares);

    return dyn_psi(bins, &shares);
}

/*
 * By hand, of 3 bins (a, b, others): q = (6 + 1) / 12, (3 + 1) / 12, (0 + 1) / 12; p = (3 + 3 q) / 15, (3 + 3 q) / 15, (6 + 3 q) / 15.
 */
static void the_index_of_names_is_that_which_is_computed_by_hand(void **state)
{
    dyn_values_t reference = {0}, compared = {0};
    dyn_bins_t bins;
    const double q[] = {7.0 / 12, 4.0 / 12, 1.0 / 12};
    const double p[] = {4.75 / 15, 4.0 / 15, 6.25 / 15};
    double psi = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        psi += (p[i] - q[i]) * log(p[i] / q[i]);
    }
    put_names(&reference, "babaabaaa");
    put_names(&compared, "abcabcabcccc");
    assert_true(dyn_bins_make(&reference, false, &bins));
    assert_int_equal(bins.count, 3);
    assert_true(dyn_str_equal(bins.names[0], DYN_STR("a")));
    assert_true(dyn_str_equal(bins.names[1], DYN_STR("b")));
    assert_int_equal(bins.counts[2], 0);
    assert_true(fabs(psi_of(&bins, &compared) - psi) < NEAR);
    assert_true(fabs(psi - 0.7142646295) < 1e-9);
    dyn_values_free(&reference);
    dyn_values_free(&compared);
}

static void bins_of_numbers_are_quantiles_of_the_reference_and_what_lies_beyond_it(void **state)
{
    dyn_values_t reference = {0}, compared = {0};
    dyn_bins_t bins;
    uint64_t counts[DYN_BINS_MAX];

    (void)state;
    put_numbers(&reference, 1, 100);
    assert_true(dyn_bins_make(&reference, true, &bins));
    assert_int_equal(bins.count, DYN_BINS_QUANTILES + 2);
    assert_int_equal(bins.counts[0], 0);
    assert_int_equal(bins.counts[bins.count - 1], 0);
    for (uint32_t i = 1; i <= DYN_BINS_QUANTILES; i++) {
        assert_true(fabs(bins.upto[i] - 10.0 * i) < NEAR);
        assert_int_equal(bins.counts[i], 10);
    }

    put_numbers(&compared, 0, 11);
    put_numbers(&compared, 100, 102);
    dyn_bins_count(&bins, &compared, counts);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 10);
    assert_int_equal(counts[2], 1);
    assert_int_equal(counts[10], 1);
    assert_int_equal(counts[11], 2);
    dyn_values_free(&reference);
    dyn_values_free(&compared);
}

static void one_number_that_is_half_of_all_has_a_bin_and_the_others_share_the_rest(void **state)
{
    dyn_values_t reference = {0};
    dyn_bins_t bins;
    uint64_t total = 0;

    (void)state;
    for (int i = 0; i < 90; i++) {
        put_numbers(&reference, 0, 0);
    }
    put_numbers(&reference, 1, 90);
    assert_true(dyn_bins_make(&reference, true, &bins));
    assert_int_equal(bins.count, DYN_BINS_QUANTILES + 2);
    assert_int_equal(bins.counts[1], 90);
    for (uint32_t i = 2; i <= DYN_BINS_QUANTILES; i++) {
        assert_int_equal(bins.counts[i], 10);
    }
    for (uint32_t i = 0; i < bins.count; i++) {
        total += bins.counts[i];
    }
    assert_int_equal(total, reference.total);
    dyn_values_free(&reference);
}

static void a_number_that_was_always_the_same_and_changes_has_drifted(void **state)
{
    dyn_values_t reference = {0}, same = {0}, other = {0};
    dyn_bins_t bins;

    (void)state;
    for (int i = 0; i < 200; i++) {
        put_numbers(&reference, 1, 1);
        put_numbers(&same, 1, 1);
        assert_true(dyn_values_add_number(&other, 0.5));
    }
    assert_true(dyn_bins_make(&reference, true, &bins));
    assert_true(psi_of(&bins, &same) < 0.001);
    assert_true(psi_of(&bins, &other) > 1);
    dyn_values_free(&reference);
    dyn_values_free(&same);
    dyn_values_free(&other);
}

static void the_rarest_of_many_names_share_the_last_bin(void **state)
{
    dyn_values_t reference = {0};
    dyn_bins_t bins;

    (void)state;
    put_names(&reference, "aabbccddeeffgghhiijjkkllmmnnoopqrs");
    assert_true(dyn_bins_make(&reference, false, &bins));
    assert_int_equal(bins.count, DYN_BINS_MAX);
    assert_true(dyn_str_equal(bins.names[14], DYN_STR("o")));
    assert_int_equal(bins.counts[15], 4);
    dyn_values_free(&reference);
}

static void a_name_that_a_terminal_must_not_see_is_a_question_mark(void **state)
{
    dyn_values_t values = {0};

    (void)state;
    assert_true(dyn_values_add_name(&values, DYN_STR("\033[2J")));
    assert_true(dyn_values_add_name(&values, DYN_STR("\xff")));
    assert_int_equal(values.ids.count, 1);
    assert_true(dyn_str_equal(dyn_ids_text(&values.ids, 0), DYN_STR("?")));
    dyn_values_free(&values);
}

/* Draws from 0 to 9, the same on every machine. */
static void draw(dyn_values_t *values, int count, uint64_t *chance)
{
    for (int i = 0; i < count; i++) {
        *chance = *chance * 6364136223846793005ULL + 1442695040888963407ULL;
        assert_true(dyn_values_add_number(values, (double)((*chance >> 33) % 10)));
    }
}

static void two_samples_of_one_distribution_stay_below_the_noise(void **state)
{
    uint64_t chance = 1;
    int above = 0, runs = 1000;

    (void)state;
    assert_true(fabs(dyn_psi_noise(12, 100, 400) - 0.0125 * (11 + 3 * sqrt(22))) < NEAR);
    assert_true(isinf(dyn_psi_noise(12, 0, 400)));
    for (int run = 0; run < runs; run++) {
        dyn_values_t reference = {0}, compared = {0};
        dyn_bins_t bins;

        draw(&reference, 300, &chance);
        draw(&compared, 200, &chance);
        assert_true(dyn_bins_make(&reference, true, &bins));
        above += psi_of(&bins, &compared) > dyn_psi_noise(bins.count, 200, 300);
        dyn_values_free(&reference);
        dyn_values_free(&compared);
    }
    assert_true(above < runs / 100);
}

/* ---- the section of the snapshot ---- */

static void a_reference_is_the_same_after_it_was_written_and_read(void **state)
{
    dyn_population_t population = {0};
    dyn_reference_t made = {0}, back = {0};
    dyn_error_t error;

    (void)state;
    put_names(&population.values[DYN_DRIFT_SECTION], "aab");
    put_numbers(&population.values[DYN_DRIFT_PRICE], 1, 7);
    population.shoppers[DYN_DRIFT_SECTION] = 2;
    population.shoppers[DYN_DRIFT_PRICE] = 3;
    population.first_ms = 1000;
    population.last_ms = 2000;
    assert_true(dyn_reference_make(&population, &made));

    char *text = dyn_reference_text(&made);

    assert_true(dyn_reference_read(dyn_str_from(text), &back, &error));

    char *again = dyn_reference_text(&back);

    assert_string_equal(again, text);
    assert_int_equal(back.from_ms, 1000);
    assert_int_equal(back.until_ms, 2000);
    assert_int_equal(back.features[DYN_DRIFT_PRICE].shoppers, 3);
    assert_int_equal(back.features[DYN_DRIFT_VIEWS].shoppers, 0);
    free(text);
    free(again);
    dyn_reference_free(&back);
    dyn_population_free(&population);
}

static void a_reference_that_is_none_is_refused_by_its_feature(void **state)
{
#define PRICES(bins)                                                                              \
    "{\"schema\":\"dynstore.reference/1\",\"features\":{\"price\":{\"shoppers\":3,\"bins\":" bins \
    "}}}"
    static const char *const texts[] = {
        "[",
        "[]",
        "{\"schema\":\"dynstore.reference/2\",\"features\":{}}",
        PRICES("[]"),
        PRICES("[{\"count\":1}]"),
        PRICES("[{\"upto\":1,\"count\":-1},{\"count\":1}]"),
        PRICES("[{\"upto\":2,\"count\":1},{\"upto\":2,\"count\":1},{\"count\":1}]"),
        PRICES("[{\"name\":\"a\",\"count\":1},{\"count\":1}]"),
        PRICES("[{\"upto\":1,\"count\":1.5},{\"count\":1}]"),
        "{\"schema\":\"dynstore.reference/1\",\"features\":{\"price\":{\"shoppers\":0,\"bins\":["
        "{\"upto\":1,\"count\":1},{\"count\":1}]}}}",
        "{\"schema\":\"dynstore.reference/1\",\"features\":{\"section\":{\"shoppers\":3,\"bins\":["
        "{\"name\":\"\\u001b[2J\",\"count\":1},{\"count\":1}]}}}",
    };
    dyn_reference_t reference = {0};
    dyn_error_t error;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(dyn_reference_read(dyn_str_from(texts[i]), &reference, &error));
        assert_true(i < 3 || strstr(error.text, "feature \"") != NULL);
        dyn_reference_free(&reference);
    }
    assert_true(dyn_reference_read(dyn_str_from(PRICES("[{\"upto\":1,\"count\":1},{\"count\":1}]")),
                                   &reference, &error));
    dyn_reference_free(&reference);
}

/* ---- visits, as events and as records ---- */

enum { items = 40, first_ms_of_day = 86400000, begin_s = 1700000000 };

typedef struct {
    int visits;
    int first, last; /* of the items that are viewed */
    int unknown;     /* of ten views so many are of items that the catalogue does not have */
    int days;        /* over which the visits are spread */
    dyn_device_t device;
    uint64_t seed;
} shop_visits_t;

typedef struct {
    int64_t time_ms;
    char item[16];
} view_t;

static uint32_t pick(uint64_t *chance, uint32_t count)
{
    *chance = *chance * 6364136223846793005ULL + 1442695040888963407ULL;

    return (uint32_t)(*chance >> 33) % count;
}

/* One visit's views: one to four of them, a minute apart; no item twice in a row. */
static int views_of(const shop_visits_t *shop, int visit, view_t views[4])
{
    uint64_t chance = shop->seed * 1000003 + (uint64_t)visit;
    int64_t at = begin_s * 1000LL + (int64_t)visit * shop->days * first_ms_of_day / shop->visits;
    int count = 1 + (int)pick(&chance, 4);

    for (int i = 0; i < count; i++) {
        int item = shop->first + (int)pick(&chance, (uint32_t)(shop->last - shop->first + 1));

        views[i].time_ms = at + i * 60000;
        snprintf(views[i].item, sizeof(views[i].item), "%s%02d",
                 (int)pick(&chance, 10) < shop->unknown ? "new" : "item", item);
        if (i > 0 && strcmp(views[i].item, views[i - 1].item) == 0) {
            views[i].item[strlen(views[i].item) - 1] ^= 1;
        }
    }

    return count;
}

static char *catalogue(void)
{
    char *text = malloc(items * 200);
    size_t used = 0;

    for (int i = 0; i < items; i++) {
        used += (size_t)sprintf(text + used,
                                "{\"id\":\"item%02d\",\"title\":\"Item %d\",\"url\":\"/i%d\","
                                "\"category\":[\"%s\",\"Sub %d\"],\"price\":\"%d.00\","
                                "\"currency\":\"EUR\",\"stock\":5}\n",
                                i, i, i, i < items / 2 ? "Tents" : "Stoves", i % 4, 10 + i * 3);
    }

    return text;
}

static char *events_of(const shop_visits_t *shop)
{
    char *text = malloc((size_t)shop->visits * 4 * 80 + 1);
    size_t used = 0;
    view_t views[4];

    text[0] = '\0';
    for (int v = 0; v < shop->visits; v++) {
        int count = views_of(shop, v, views);

        for (int i = 0; i < count; i++) {
            used += (size_t)sprintf(text + used, "{\"v\":\"v%d\",\"e\":\"vi %lld %s\"}\n", v,
                                    (long long)views[i].time_ms, views[i].item);
        }
    }

    return text;
}

/* The page of view `at`: every other visit's log has the page's own view already. */
static void record_page(const dyn_snapshot_t *snapshot, const shop_visits_t *shop, int visit,
                        const view_t *views, int at, FILE *out)
{
    static const dyn_slot_t slots[] = {{{"recs", 4}, 4}};
    static dyn_explanation_t explanation;
    char entries[4][64], hash[33];
    dyn_str_t log[4];
    dyn_arena_t arena;
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record;
    size_t count = 0;

    for (int i = visit % 2 == 0 ? at : at - 1; i >= 0; i--) {
        snprintf(entries[count], sizeof(entries[0]), "vi %lld %s", (long long)views[i].time_ms,
                 views[i].item);
        log[count] = dyn_str_from(entries[count]);
        count++;
    }
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_question_begin(&question, snapshot, NULL);
    dyn_question_session(&question, log, count, NULL, 0);
    question.context.surface = DYN_SURFACE_PDP;
    question.context.item_id = dyn_str_from(views[at].item);
    question.context.device = shop->device;
    question.slots = (dyn_slots_t){slots, 1};
    question.now_ms = views[at].time_ms;
    question.seed = (uint64_t)visit * 4 + (uint64_t)at + 1;
    snprintf(hash, sizeof(hash), "%032x", (unsigned)visit);
    assert_true(
        dyn_question_decide(snapshot, NULL, &question, NULL, &arena, &decision, &explanation));

    const dyn_recorded_t recorded = {.snapshot = snapshot,
                                     .question = &question,
                                     .decision = &decision,
                                     .explanation = &explanation,
                                     .visitor = dyn_str_from(hash),
                                     .replayable = true};

    assert_true(dyn_record_of(&recorded, &arena, &record));

    dyn_str_t line = dyn_record_line(&record, &arena);

    assert_non_null(line.data);
    fprintf(out, "%.*s\n", (int)line.len, line.data);
}

static const char *records_of(const dyn_snapshot_t *snapshot, const shop_visits_t *shop,
                              const char *name)
{
    const char *path = fixture_path(name);
    FILE *out = fopen(path, "w");
    view_t views[4];

    assert_non_null(out);
    for (int v = 0; v < shop->visits; v++) {
        int count = views_of(shop, v, views);

        for (int i = 0; i < count; i++) {
            record_page(snapshot, shop, v, views, i, out);
        }
    }
    fclose(out);

    return path;
}

static dyn_snapshot_t *trained_on(const shop_visits_t *shop)
{
    char *catalog = catalogue(), *events = events_of(shop);
    dyn_snapshot_t *snapshot = fixture_build(catalog, events);

    free(catalog);
    free(events);

    return snapshot;
}

/* Runs `dynstore drift --json`; *report: what it printed, NULL when that is no JSON. */
static int drift(const char *records, const char *reference, json_t **report)
{
    const char *arguments[] = {"drift", "--json", "--from", records, "--snapshot",
                               "",      "",       NULL,     NULL};
    char out[128];
    int saved = dup(STDOUT_FILENO), count = 6;

    snprintf(out, sizeof(out), "%s", fixture_path("out"));
    arguments[5] = fixture_path("s.dyn");
    if (reference != NULL) {
        arguments[6] = "--reference";
        arguments[7] = reference;
        count = 8;
    }
    fflush(stdout);
    assert_non_null(freopen(out, "w", stdout));

    int code = dyn_command_drift(count, (char **)(uintptr_t)arguments);

    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    *report = json_load_file(out, 0, NULL);

    return code;
}

static json_t *feature_of(json_t *report, const char *name)
{
    size_t i;
    json_t *row;

    json_array_foreach(json_object_get(report, "features"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "feature")), name) == 0) {
            return row;
        }
    }

    return NULL;
}

static const char *verdict_of(json_t *report, const char *name)
{
    return json_string_value(json_object_get(feature_of(report, name), "verdict"));
}

static const shop_visits_t usual = {
    .visits = 600, .first = 0, .last = items - 1, .unknown = 1, .days = 10, .seed = 1};

static bool take(void *data, const dyn_record_t *record, dyn_error_t *error)
{
    dyn_arena_t arena;
    dyn_snapshot_t *snapshot = ((void **)data)[1];

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);

    return dyn_population_add_record(((void **)data)[0], snapshot, record, &arena, error);
}

static void events_and_records_of_the_same_visits_are_counted_alike(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    const dyn_section_view_t *section = &snapshot->sections[DYN_SECTION_REFERENCE];
    dyn_records_source_t source = {.path = records_of(snapshot, &usual, "records")};
    dyn_population_t population = {0};
    void *data[] = {&population, snapshot};
    dyn_reference_t reference = {0};
    dyn_error_t error;
    int compared = 0;

    (void)state;
    assert_non_null(section->data);
    assert_true(dyn_reference_read((dyn_str_t){section->data, (size_t)section->length}, &reference,
                                   &error));
    assert_true(dyn_records_read(&source, take, data, &error));
    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        const dyn_reference_feature_t *feature = &reference.features[i];
        uint64_t counts[DYN_BINS_MAX];

        if (feature->shoppers > 0) {
            compared++;
            dyn_bins_count(&feature->bins, &population.values[i], counts);
            assert_int_equal(population.shoppers[i], feature->shoppers);
            assert_memory_equal(counts, feature->bins.counts,
                                feature->bins.count * sizeof(counts[0]));
        }
    }
    assert_int_equal(compared, DYN_DRIFT_HOUR + 1);
    assert_int_equal(reference.from_ms, population.first_ms);
    assert_int_equal(reference.until_ms, population.last_ms);
    dyn_reference_free(&reference);
    dyn_population_free(&population);
    dyn_snapshot_close(snapshot);
}

static void records_like_the_training_window_have_not_drifted(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    json_t *report;

    (void)state;
    later.seed = 2;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), NULL, &report), 0);
    for (int i = 0; i <= DYN_DRIFT_HOUR; i++) {
        assert_string_equal(verdict_of(report, dyn_drift_name((dyn_drift_feature_t)i)), "stable");
    }
    assert_string_equal(verdict_of(report, "device"), "not compared");
    assert_true(json_is_false(json_object_get(report, "retrain")));
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void a_section_that_shoppers_turn_to_is_named_and_the_model_is_to_be_trained(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    json_t *report;
    const char *most;

    (void)state;
    later.first = items / 2;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), NULL, &report), 1);
    assert_string_equal(verdict_of(report, "section"), "drifted");
    assert_string_equal(verdict_of(report, "price"), "drifted");
    assert_string_equal(verdict_of(report, "known"), "stable");
    assert_string_equal(verdict_of(report, "views"), "stable");
    most = json_string_value(json_object_get(feature_of(report, "section"), "most"));
    assert_non_null(strstr(most, "Tents: "));
    assert_non_null(strstr(most, " -> 0."));
    assert_true(json_is_true(json_object_get(report, "retrain")));
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void items_that_the_snapshot_does_not_have_are_named(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    json_t *report;

    (void)state;
    later.unknown = 5;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), NULL, &report), 1);
    assert_string_equal(verdict_of(report, "known"), "drifted");
    assert_string_equal(verdict_of(report, "section"), "stable");
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void too_few_records_are_no_alarm(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    json_t *report;

    (void)state;
    later.first = items / 2;
    later.visits = 3;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), NULL, &report), 0);
    assert_string_equal(verdict_of(report, "section"), "too few");
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void hours_of_less_than_three_days_are_not_compared(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    json_t *report;

    (void)state;
    later.days = 1;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), NULL, &report), 0);
    assert_string_equal(verdict_of(report, "hour"), "not compared");
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void what_only_records_tell_is_compared_with_earlier_records(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    shop_visits_t later = usual;
    char earlier[128];
    json_t *report;

    (void)state;
    snprintf(earlier, sizeof(earlier), "%s", records_of(snapshot, &usual, "earlier"));
    later.seed = 3;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), earlier, &report), 0);
    assert_string_equal(verdict_of(report, "device"), "stable");
    assert_string_equal(verdict_of(report, "reason"), "stable");
    assert_string_equal(verdict_of(report, "score"), "stable");
    assert_string_equal(verdict_of(report, "events"), "stable");
    json_decref(report);

    later.device = DYN_DEVICE_MOBILE;
    assert_int_equal(drift(records_of(snapshot, &later, "records"), earlier, &report), 1);
    assert_string_equal(verdict_of(report, "device"), "drifted");
    assert_string_equal(verdict_of(report, "reason"), "stable");
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

/* One visitor who reloads a page a thousand times is one shopper. */
static void many_pages_of_one_visitor_are_no_alarm(void **state)
{
    dyn_snapshot_t *snapshot = trained_on(&usual);
    const char *path = fixture_path("records");
    FILE *out = fopen(path, "w");
    json_t *report;

    (void)state;
    assert_non_null(out);
    for (int i = 0; i < 200; i++) {
        const view_t view = {begin_s * 1000LL + i * 60000, "item39"};

        record_page(snapshot, &usual, 0, &view, 0, out);
    }
    fclose(out);
    assert_int_equal(drift(path, NULL, &report), 0);
    assert_string_equal(verdict_of(report, "section"), "too few");
    json_decref(report);
    dyn_snapshot_close(snapshot);
}

static void the_window_is_that_of_the_sessions_the_model_learned_from(void **state)
{
    const shop_visits_t half = {
        .visits = 600, .first = 0, .last = items - 1, .unknown = 0, .days = 10, .seed = 1};
    char *catalog = catalogue(), *events = events_of(&half);
    char *arguments[] = {(char *)(uintptr_t) "build",
                         (char *)(uintptr_t) "--force",
                         (char *)(uintptr_t) "-o",
                         (char *)(uintptr_t)fixture_path("window.dyn"),
                         (char *)(uintptr_t) "-c",
                         (char *)(uintptr_t)fixture_write("c", catalog),
                         (char *)(uintptr_t) "-e",
                         (char *)(uintptr_t)fixture_write("e", events),
                         (char *)(uintptr_t) "--max-sessions",
                         (char *)(uintptr_t) "250",
                         (char *)(uintptr_t) "--json"};
    int saved = dup(STDOUT_FILENO);
    dyn_reference_t reference = {0};
    dyn_error_t error;

    (void)state;
    fflush(stdout);
    assert_non_null(freopen("/dev/null", "w", stdout));
    assert_int_equal(dyn_command_build(11, arguments), 0);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);

    dyn_snapshot_t *snapshot = dyn_snapshot_open(arguments[3], &error);

    assert_non_null(snapshot);
    assert_true(
        dyn_reference_read((dyn_str_t){snapshot->sections[DYN_SECTION_REFERENCE].data,
                                       (size_t)snapshot->sections[DYN_SECTION_REFERENCE].length},
                           &reference, &error));
    assert_int_equal(reference.features[DYN_DRIFT_VIEWS].shoppers, 250);
    dyn_reference_free(&reference);
    dyn_snapshot_close(snapshot);
    free(catalog);
    free(events);
}

static void a_snapshot_without_events_and_a_file_without_records_are_said(void **state)
{
    char *catalog = catalogue();
    json_t *report;

    (void)state;
    dyn_snapshot_close(fixture_build(catalog, NULL));
    free(catalog);
    assert_int_equal(drift(fixture_write("none", ""), NULL, &report), 3);
    assert_null(report);
    dyn_snapshot_close(trained_on(&usual));
    assert_int_equal(drift(fixture_write("none", ""), NULL, &report), 3);
    assert_null(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_of_names_is_that_which_is_computed_by_hand),
        cmocka_unit_test(bins_of_numbers_are_quantiles_of_the_reference_and_what_lies_beyond_it),
        cmocka_unit_test(one_number_that_is_half_of_all_has_a_bin_and_the_others_share_the_rest),
        cmocka_unit_test(a_number_that_was_always_the_same_and_changes_has_drifted),
        cmocka_unit_test(the_rarest_of_many_names_share_the_last_bin),
        cmocka_unit_test(a_name_that_a_terminal_must_not_see_is_a_question_mark),
        cmocka_unit_test(two_samples_of_one_distribution_stay_below_the_noise),
        cmocka_unit_test(a_reference_is_the_same_after_it_was_written_and_read),
        cmocka_unit_test(a_reference_that_is_none_is_refused_by_its_feature),
        cmocka_unit_test(events_and_records_of_the_same_visits_are_counted_alike),
        cmocka_unit_test(records_like_the_training_window_have_not_drifted),
        cmocka_unit_test(a_section_that_shoppers_turn_to_is_named_and_the_model_is_to_be_trained),
        cmocka_unit_test(items_that_the_snapshot_does_not_have_are_named),
        cmocka_unit_test(too_few_records_are_no_alarm),
        cmocka_unit_test(hours_of_less_than_three_days_are_not_compared),
        cmocka_unit_test(what_only_records_tell_is_compared_with_earlier_records),
        cmocka_unit_test(many_pages_of_one_visitor_are_no_alarm),
        cmocka_unit_test(the_window_is_that_of_the_sessions_the_model_learned_from),
        cmocka_unit_test(a_snapshot_without_events_and_a_file_without_records_are_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
