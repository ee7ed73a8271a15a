#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/report/findings.h"

/* Entries of the stream; times are in units of 10 seconds. */
#define ENTRY(visitor, code, tens, rest) \
    "{\"v\":\"" visitor "\",\"e\":\"" code " 1700" tens "0000" rest "\"}\n"
#define SHOWN(visitor, tens, decision, variant)                                              \
    ENTRY(visitor, "vb", tens,                                                               \
          " - l=recs d=" decision " g=session x=pilot:" variant " i=" TENT ":popular," STOVE \
          ":because_viewed")
/* FNV-1a of "tent" and "stove" */
#define TENT "aa134e60"
#define STOVE "b7dd15a2"

typedef struct {
    dyn_tally_t tally;
    dyn_outcomes_t outcomes;
    uint64_t faults;
} told_t;

static told_t *read_text(const char *text, uint64_t bytes_max)
{
    told_t *told = calloc(1, sizeof(*told));
    dyn_error_t error = {""};
    dyn_faults_t faults = {.max = 10, .error = &error};
    uint64_t lines = 0;

    told->tally.bytes_max = bytes_max;
    assert_true(dyn_events_read(fixture_write("events", text), dyn_tally_take, &told->tally,
                                &faults, &lines));
    assert_true(dyn_tally_close(&told->tally));
    told->faults = faults.count;

    return told;
}

static uint32_t experiment_called(const dyn_tally_t *tally, const char *name)
{
    for (uint32_t i = 0; i < tally->experiment_count; i++) {
        if (dyn_str_equal(dyn_ids_text(&tally->texts, tally->experiments[i].id),
                          dyn_str_from(name))) {
            return i;
        }
    }

    return DYN_NONE;
}

static told_t *tell_until(const char *text, const char *experiment, int64_t until_ms)
{
    told_t *told = read_text(text, 1 << 20);
    uint32_t number = experiment_called(&told->tally, experiment);

    assert_int_not_equal(number, DYN_NONE);
    assert_true(dyn_outcomes_fold(&told->tally, number, until_ms, true, &told->outcomes));

    return told;
}

static told_t *tell(const char *text)
{
    return tell_until(text, "pilot", INT64_MAX);
}

static const dyn_outcome_t *variant(const told_t *told, const char *name)
{
    const dyn_tally_experiment_t *experiment = &told->tally.experiments[told->outcomes.experiment];

    for (uint32_t i = 0; i < experiment->variant_count; i++) {
        if (dyn_str_equal(dyn_ids_text(&told->tally.texts, experiment->variants[i]),
                          dyn_str_from(name))) {
            return &told->outcomes.variants[i];
        }
    }
    fail_msg("nobody saw %s", name);

    return NULL;
}

static const dyn_outcome_part_t *part(const told_t *told, dyn_part_kind_t kind, const char *name)
{
    for (uint32_t i = 0; i < told->outcomes.part_count; i++) {
        const dyn_outcome_part_t *row = &told->outcomes.parts[i];

        if (row->kind == kind &&
            dyn_str_equal(dyn_ids_text(&told->tally.texts, row->name), dyn_str_from(name))) {
            return row;
        }
    }
    fail_msg("there is no part %s", name);

    return NULL;
}

static void done(told_t *told)
{
    dyn_outcomes_free(&told->outcomes);
    dyn_tally_free(&told->tally);
    free(told);
}

static void only_what_follows_the_first_exposure_counts(void **state)
{
    told_t *told =
        tell(ENTRY("a", "pu", "00001", " tent p=500 c=EUR o=1") SHOWN("a", "00002", "d1", "on")
                 ENTRY("a", "pu", "00003", " tent p=700 c=EUR o=2") SHOWN("b", "00002", "d2", "on")
                     ENTRY("c", "pu", "00003", " tent p=900 c=EUR o=3"));
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_int_equal(on->visitors, 2);
    assert_int_equal(on->buyers, 1);
    assert_int_equal(on->orders, 1);
    assert_int_equal(on->revenue[0], 700);
    /* what was before is CUPED's */
    assert_true(fabs(on->arms[DYN_OUTCOME_REVENUE_PER_VISITOR][0].before - 250) < 1e-9);
    assert_true(fabs(on->arms[DYN_OUTCOME_CONVERSION][0].before - 0.5) < 1e-9);
    done(told);
}

static void what_is_older_than_14_days_before_the_first_exposure_is_not_looked_at(void **state)
{
    /* they are shown 14 days and 50 seconds after the first purchase */
    told_t *told = tell(
        ENTRY("a", "pu", "00000", " tent p=500 c=EUR o=1") ENTRY("a", "ac", "00000", " tent") ENTRY(
            "b", "pu", "00010", " tent p=300 c=EUR o=2") "{\"v\":\"a\",\"e\":\"vb 1701209650000 - "
                                                         "l=recs d=d1 x=pilot:on\"}\n"
                                                         "{\"v\":\"b\",\"e\":\"vb 1701209650000 - "
                                                         "l=recs d=d2 x=pilot:on\"}\n");
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_true(fabs(on->arms[DYN_OUTCOME_REVENUE_PER_VISITOR][0].before - 150) < 1e-9);
    assert_true(fabs(on->arms[DYN_OUTCOME_CONVERSION][0].before - 0.5) < 1e-9);
    assert_true(fabs(on->arms[DYN_OUTCOME_ADD_TO_CART][0].before) < 1e-9);
    done(told);
}

static void the_lines_of_an_order_are_one_order_and_a_second_report_is_none(void **state)
{
    told_t *told =
        tell(SHOWN("a", "00000", "d1", "on") ENTRY("a", "pu", "00001", " tent p=500 c=EUR o=1")
                 ENTRY("a", "pu", "00001", " stove q=2 p=100 c=EUR o=1")
                     ENTRY("a", "pu", "00002", " tent p=500 c=EUR o=1")
                         ENTRY("b", "pu", "00003", " tent p=500 c=EUR o=1")
                             SHOWN("b", "00000", "d2", "on")
                                 ENTRY("a", "pu", "00004", " tent p=50 c=EUR")
                                     ENTRY("a", "pu", "00004", " stove p=50 c=EUR")
                                         ENTRY("a", "pu", "00005", " stove"));
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_int_equal(on->visitors, 2);
    assert_int_equal(on->buyers, 1);
    assert_int_equal(on->orders, 3);
    assert_int_equal(on->orders_in[0], 2);
    assert_int_equal(on->revenue[0], 800);
    assert_int_equal(told->tally.orders_again, 2);
    done(told);
}

static void refunds_are_taken_from_what_was_bought(void **state)
{
    told_t *told = tell(
        SHOWN("a", "00000", "d1", "on") ENTRY("a", "pu", "00001", " tent p=500 c=EUR o=1")
            ENTRY("a", "pu", "00002", " tent q=2 p=300 c=EUR o=2")
                ENTRY("a", "pu", "00002", " stove p=100 c=EUR o=2")
                    ENTRY("a", "pu", "00003", " tent p=900 c=EUR o=3")
                        ENTRY("a", "rf", "00004", " - o=1") ENTRY("z", "rf", "00004", " tent o=2")
                            ENTRY("a", "rf", "00004", " tent p=250 c=EUR o=3")
                                ENTRY("a", "rf", "00005", " tent p=9000 c=USD o=3")
                                    ENTRY("a", "rf", "00004", " - o=77"));
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_int_equal(on->orders, 3);
    assert_int_equal(on->revenue[0], 0 + 300 + 100 + 650);
    assert_int_equal(told->tally.refunds, 4);
    assert_int_equal(told->tally.refunds_unknown, 1);
    done(told);
}

static void a_refund_is_never_more_than_the_order(void **state)
{
    told_t *told =
        tell(SHOWN("a", "00000", "d1", "on") ENTRY("a", "pu", "00001", " tent p=500 c=EUR o=1")
                 ENTRY("a", "rf", "00002", " tent p=400 c=EUR o=1")
                     ENTRY("a", "rf", "00003", " tent p=400 c=EUR o=1"));

    (void)state;
    assert_int_equal(variant(told, "on")->revenue[0], 0);
    done(told);
}

static void currencies_are_never_mixed(void **state)
{
    told_t *told = tell(
        SHOWN("a", "00000", "d1", "on") ENTRY("a", "pu", "00001", " tent p=500 c=EUR o=1")
            SHOWN("b", "00000", "d2", "on") ENTRY("b", "pu", "00001", " tent p=90000 c=JPY o=2"));
    const dyn_outcome_t *on = variant(told, "on");
    uint32_t euro = strcmp(told->tally.currencies[0], "EUR") == 0 ? 0 : 1;

    (void)state;
    assert_int_equal(told->tally.currency_count, 2);
    assert_string_equal(told->tally.currencies[1 - euro], "JPY");
    assert_int_equal(on->revenue[euro], 500);
    assert_int_equal(on->revenue[1 - euro], 90000);
    assert_int_equal(on->orders_in[euro], 1);
    assert_true(fabs(on->arms[DYN_OUTCOME_REVENUE_PER_VISITOR][euro].y - 250) < 1e-9);
    done(told);
}

static void a_session_ends_after_half_an_hour_without_an_event(void **state)
{
    /* 180 times 10 seconds are half an hour */
    told_t *told = tell(ENTRY("a", "pv", "00000", "") SHOWN("a", "00001", "d1", "on")
                            ENTRY("a", "pv", "00181", "") ENTRY("a", "pv", "00362", "")
                                ENTRY("a", "pu", "00363", " tent p=5 c=EUR o=1"));
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_int_equal(on->sessions, 2);
    assert_int_equal(on->others.sessions, 2);
    assert_int_equal(on->others.converted, 1);
    done(told);
}

static void who_saw_both_variants_is_in_neither(void **state)
{
    told_t *told = tell(SHOWN("a", "00000", "d1", "on") SHOWN("a", "00001", "d2", "off")
                            SHOWN("b", "00000", "d3", "on") SHOWN("c", "00002", "d4", "off"));

    (void)state;
    assert_int_equal(told->outcomes.both, 1);
    assert_int_equal(variant(told, "on")->visitors, 1);
    assert_int_equal(variant(told, "off")->visitors, 1);
    /* the sample ratio is of all, by what they saw first, in the order of time */
    assert_int_equal(told->outcomes.order_count, 3);
    assert_int_equal(told->outcomes.order[0], told->outcomes.order[1]);
    assert_int_not_equal(told->outcomes.order[1], told->outcomes.order[2]);
    done(told);
}

static void a_click_is_one_in_a_block_that_the_visitor_was_shown(void **state)
{
    told_t *told =
        tell(SHOWN("a", "00000", "d1", "on") SHOWN("a", "00001", "d1", "on")
                 SHOWN("b", "00000", "d2", "on") ENTRY("a", "si", "00002", " tent l=recs d=d1")
                     ENTRY("a", "si", "00003", " tent l=recs d=d1")
                         ENTRY("a", "ac", "00003", " stove l=recs d=d1")
                             ENTRY("b", "si", "00002", " tent l=recs d=d1")
                                 ENTRY("b", "si", "00002", " tent l=other d=d2")
                                     ENTRY("b", "si", "00002", " tent"));
    const dyn_outcome_t *on = variant(told, "on");

    (void)state;
    assert_int_equal(on->blocks, 2);
    assert_int_equal(on->clicked_blocks, 1);
    assert_int_equal(on->cart_visitors, 1);
    assert_int_equal(on->assisted.sessions, 1);
    assert_int_equal(on->others.sessions, 1);
    assert_int_equal(part(told, DYN_PART_SLOT, "recs")->shown[0], 2);
    assert_int_equal(part(told, DYN_PART_SLOT, "recs")->clicked[0], 1);
    assert_int_equal(part(told, DYN_PART_RUNG, "session")->clicked[0], 1);
    assert_int_equal(part(told, DYN_PART_REASON, "popular")->shown[0], 2);
    assert_int_equal(part(told, DYN_PART_REASON, "popular")->clicked[0], 1);
    assert_int_equal(part(told, DYN_PART_REASON, "because_viewed")->clicked[0], 1);
    done(told);
}

static void who_is_not_held_out_is_personalized(void **state)
{
    told_t *told = tell_until(
        ENTRY("a", "vb", "00000", " - x=holdout:holdout")
            ENTRY("a", "pu", "00001", " tent p=5 c=EUR o=1") SHOWN("b", "00000", "d1", "on")
                ENTRY("c", "vb", "00000", " - l=recs d=d2 g=popular") ENTRY("d", "pv", "00000", ""),
        "holdout", INT64_MAX);

    (void)state;
    assert_int_equal(variant(told, "holdout")->visitors, 1);
    assert_int_equal(variant(told, "holdout")->buyers, 1);
    assert_int_equal(variant(told, "holdout")->blocks, 0);
    assert_int_equal(variant(told, "personalized")->visitors, 2);
    done(told);
}

static void blocks_from_before_the_holdout_are_on_no_side_of_it(void **state)
{
    told_t *told = tell_until(
        ENTRY("a", "vb", "00000", " - l=recs d=d1 g=popular") SHOWN("b", "00001", "d2", "on")
            ENTRY("c", "vb", "00002", " - x=holdout:holdout")
                ENTRY("b", "vb", "00003", " - l=recs d=d3 g=popular")
                    SHOWN("d", "00004", "d4", "on") ENTRY("b", "pu", "00002", " tent p=5 c=EUR"),
        "holdout", INT64_MAX);

    (void)state;
    assert_int_equal(variant(told, "holdout")->visitors, 1);
    assert_int_equal(variant(told, "personalized")->visitors, 2);
    assert_int_equal(variant(told, "personalized")->buyers, 0);
    assert_int_equal(told->outcomes.order_count, 3);
    done(told);
}

/* 60480 tens of seconds are seven days. */
static void what_is_bought_a_week_after_the_last_exposure_counts_and_later_it_does_not(void **state)
{
    told_t *told = tell(SHOWN("a", "00000", "d1", "on") SHOWN("b", "00010", "d2", "off")
                            ENTRY("a", "pu", "60490", " tent p=5 c=EUR o=1")
                                ENTRY("b", "pu", "60491", " tent p=5 c=EUR o=2")
                                    ENTRY("c", "pv", "70000", ""));

    (void)state;
    assert_int_equal(variant(told, "on")->buyers, 1);
    assert_int_equal(variant(told, "off")->visitors, 1);
    assert_int_equal(variant(told, "off")->buyers, 0);
    done(told);
}

static void blocks_from_after_the_holdout_are_on_no_side_of_it(void **state)
{
    static const struct {
        const char *last; /* when the data end */
        unsigned visitors;
    } cases[] = {
        {ENTRY("z", "pv", "60482", ""), 2}, /* it may go on */
        {ENTRY("z", "pv", "60483", ""), 1},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[1024];

        snprintf(text, sizeof(text), "%s%s",
                 SHOWN("b", "00001", "d1", "on") ENTRY("a", "vb", "00000", " - x=holdout:holdout")
                     ENTRY("c", "vb", "00002", " - x=holdout:holdout")
                         SHOWN("e", "00005", "d2", "on"),
                 cases[i].last);

        told_t *told = tell_until(text, "holdout", INT64_MAX);

        assert_int_equal(variant(told, "holdout")->visitors, 2);
        assert_int_equal(variant(told, "personalized")->visitors, cases[i].visitors);
        done(told);
    }
}

static void several_experiments_are_told_apart(void **state)
{
    told_t *told = tell(ENTRY("a", "vb", "00000", " - l=recs d=1 x=pilot:on,other:x")
                            ENTRY("b", "vb", "00000", " - l=recs d=2 x=other:y")
                                ENTRY("c", "vb", "00000", " - l=recs d=3 x=nothing"));

    (void)state;
    assert_int_equal(told->tally.experiment_count, 2);
    assert_int_equal(told->outcomes.order_count, 1);
    assert_int_equal(told->tally.bad_assignments, 1);
    done(told);
}

static void the_order_of_lines_makes_no_difference(void **state)
{
    const char *lines[] = {SHOWN("a", "00000", "d1", "on"),
                           ENTRY("a", "si", "00001", " tent l=recs d=d1"),
                           ENTRY("a", "pu", "00002", " tent p=500 c=EUR o=1"),
                           ENTRY("a", "pu", "00003", " tent p=500 c=EUR o=1"),
                           ENTRY("a", "rf", "00004", " tent p=100 c=EUR o=1")};
    char text[4096];

    (void)state;
    for (int turn = 0; turn < 5; turn++) {
        text[0] = '\0';
        for (int i = 0; i < 5; i++) {
            strcat(text, lines[(i * 2 + turn) % 5]);
        }

        told_t *told = tell(text);
        const dyn_outcome_t *on = variant(told, "on");

        assert_int_equal(on->orders, 1);
        assert_int_equal(on->revenue[0], 400);
        assert_int_equal(on->clicked_blocks, 1);
        assert_int_equal(on->assisted.converted, 1);
        done(told);
    }
}

static void an_earlier_look_sees_what_was_there_by_then(void **state)
{
    const char *text = SHOWN("a", "00000", "d1", "on") SHOWN("b", "00005", "d2", "on")
        ENTRY("a", "pu", "00003", " tent p=500 c=EUR o=1");
    told_t *early = tell_until(text, "pilot", 1700000020000),
           *late = tell_until(text, "pilot", 1700000030000);

    (void)state;
    assert_int_equal(variant(early, "on")->visitors, 1);
    assert_int_equal(variant(early, "on")->buyers, 0);
    assert_int_equal(variant(late, "on")->buyers, 1);
    done(early);
    done(late);
}

static void entries_that_are_none_are_faults_and_unknown_ones_are_passed_over(void **state)
{
    told_t *told = tell(SHOWN("a", "00000", "d1", "on") ENTRY(
        "a", "zz", "00001",
        " - k=v") "{\"v\":\"a\",\"e\":\"vi x tent\"}\n"
                  "{\"v\":\"a\",\"e\":\"nothing\"}\n{\"v\":\"\",\"e\":\"pv 1700000000000\"}\n"
                  "{\"v\":\"a\",\"e\":\"pu 1700000000000 tent q=x\"}\n"
                  "{\"visitor\":\"a\",\"time\":1700000060,\"event\":\"purchase\",\"item_id\":"
                  "\"tent\",\"price\":5,\"currency\":\"EUR\"}\n");

    (void)state;
    assert_int_equal(told->faults, 4);
    assert_int_equal(variant(told, "on")->sessions, 1);
    assert_int_equal(variant(told, "on")->revenue[0], 500);
    done(told);
}

static void of_a_key_that_comes_twice_the_last_one_counts(void **state)
{
    told_t *told = tell(ENTRY("a", "vb", "00000",
                              " - l=recs d=1 x=pilot:off i=" TENT ":popular," STOVE
                              ":popular x=pilot:on i=" STOVE ":because_viewed")
                            ENTRY("a", "si", "00001", " stove l=recs d=1"));

    (void)state;
    assert_int_equal(variant(told, "on")->visitors, 1);
    assert_int_equal(variant(told, "off")->visitors, 0);
    assert_int_equal(part(told, DYN_PART_REASON, "because_viewed")->shown[1], 1);
    assert_int_equal(part(told, DYN_PART_REASON, "because_viewed")->clicked[1], 1);
    assert_int_equal(told->outcomes.part_count, 2);
    done(told);
}

/* A file of `count` lines, each made by a format with its number. */
static told_t *read_many(const char *format, int count)
{
    size_t size = 200 * (size_t)count + 1, used = 0;
    char *text = malloc(size);

    for (int i = 0; i < count; i++) {
        /* the formats are below */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        used += (size_t)snprintf(text + used, size - used, format, i, i);
#pragma GCC diagnostic pop
    }

    told_t *told = read_text(text, 1 << 20);

    free(text);

    return told;
}

static void
experiments_variants_and_currencies_beyond_the_limits_are_left_out_and_counted(void **state)
{
    const char *experiments = "{\"v\":\"v%d\",\"e\":\"vb 1700000000000 - x=e%d:on\"}\n";
    const char *variants = "{\"v\":\"v%d\",\"e\":\"vb 1700000000000 - x=pilot:v%d\"}\n";

    (void)state;
    for (int more = 0; more < 2; more++) {
        told_t *told = read_many(experiments, DYN_TALLY_EXPERIMENTS_MAX + more);

        assert_int_equal(told->tally.experiment_count, DYN_TALLY_EXPERIMENTS_MAX);
        assert_int_equal(told->tally.bad_assignments, more);
        done(told);

        told = read_many(variants, DYN_TALLY_VARIANTS_MAX + more);
        assert_int_equal(told->tally.experiments[0].variant_count, DYN_TALLY_VARIANTS_MAX);
        assert_int_equal(told->tally.bad_assignments, more);
        done(told);
    }

    const char *codes[] = {"EUR", "USD", "CHF", "JPY", "SEK"};
    char text[1024] = "";

    for (int i = 0; i < DYN_TALLY_CURRENCIES_MAX + 1; i++) {
        size_t used = strlen(text);

        snprintf(text + used, sizeof(text) - used,
                 "{\"v\":\"v\",\"e\":\"pu 170000000000%d tent p=1 c=%s\"}\n", i, codes[i]);

        told_t *told = read_text(text, 1 << 20);

        assert_int_equal(told->tally.currency_count,
                         i < DYN_TALLY_CURRENCIES_MAX ? i + 1 : DYN_TALLY_CURRENCIES_MAX);
        assert_int_equal(told->tally.orders_in_other_currencies,
                         i < DYN_TALLY_CURRENCIES_MAX ? 0 : 1);
        done(told);
    }
}

static void more_memory_than_allowed_ends_the_reading(void **state)
{
    told_t *told = calloc(1, sizeof(*told));
    dyn_error_t error = {""};
    dyn_faults_t faults = {.max = 10, .error = &error};
    uint64_t lines = 0;

    (void)state;
    told->tally.bytes_max = 500;
    assert_false(dyn_events_read(
        fixture_write("events",
                      SHOWN("a", "00000", "d1", "on") SHOWN("a", "00001", "d2", "on")
                          SHOWN("a", "00002", "d3", "on") SHOWN("a", "00003", "d4", "on")),
        dyn_tally_take, &told->tally, &faults, &lines));
    assert_true(told->tally.full);
    assert_in_range(told->tally.deed_count, 2, 4);
    done(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_follows_the_first_exposure_counts),
        cmocka_unit_test(what_is_older_than_14_days_before_the_first_exposure_is_not_looked_at),
        cmocka_unit_test(the_lines_of_an_order_are_one_order_and_a_second_report_is_none),
        cmocka_unit_test(refunds_are_taken_from_what_was_bought),
        cmocka_unit_test(a_refund_is_never_more_than_the_order),
        cmocka_unit_test(currencies_are_never_mixed),
        cmocka_unit_test(a_session_ends_after_half_an_hour_without_an_event),
        cmocka_unit_test(who_saw_both_variants_is_in_neither),
        cmocka_unit_test(a_click_is_one_in_a_block_that_the_visitor_was_shown),
        cmocka_unit_test(who_is_not_held_out_is_personalized),
        cmocka_unit_test(blocks_from_before_the_holdout_are_on_no_side_of_it),
        cmocka_unit_test(
            what_is_bought_a_week_after_the_last_exposure_counts_and_later_it_does_not),
        cmocka_unit_test(blocks_from_after_the_holdout_are_on_no_side_of_it),
        cmocka_unit_test(several_experiments_are_told_apart),
        cmocka_unit_test(the_order_of_lines_makes_no_difference),
        cmocka_unit_test(an_earlier_look_sees_what_was_there_by_then),
        cmocka_unit_test(entries_that_are_none_are_faults_and_unknown_ones_are_passed_over),
        cmocka_unit_test(
            experiments_variants_and_currencies_beyond_the_limits_are_left_out_and_counted),
        cmocka_unit_test(of_a_key_that_comes_twice_the_last_one_counts),
        cmocka_unit_test(more_memory_than_allowed_ends_the_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
