/* Most candidates are never looked at: whatever lifts a score in a request, none of them is among those that belong into the slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/decide/work.h"

#include "deciding.h"
#include "shop.h"

enum { CANDIDATES = 100, WANTED = 4 };

static deciding_t deciding;
static visit_t visit;
static float factors[CANDIDATES];
static bool late; /* a boost is asked for only where it may matter */

static float factor_of(const void *data, uint32_t item)
{
    return ((const float *)data)[item];
}

/* Item n is proposed with the weight 1 - n / 100; its score is multiplied by factors[n], none of which is above `most`. */
static void choose(const dyn_snapshot_t *snapshot, bool has_session, bool explaining, float most,
                   uint32_t *chosen, dyn_work_t *work)
{
    static const dyn_blend_row_t row = {"", DYN_BLEND_ANY_SURFACE, 0, 0, 0};
    uint32_t count = 0;

    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    *work = (dyn_work_t){.snapshot = snapshot,
                         .request = &deciding.request,
                         .session = has_session ? &visit.session : NULL,
                         .arena = &deciding.arena,
                         .page_item = DYN_NONE,
                         .page_category = DYN_NONE,
                         .boost = {factor_of, factors, most, late},
                         .row = &row,
                         .explaining = explaining};
    dyn_likes_collect(work);
    assert_true(dyn_exclusions_init(work));
    assert_true(dyn_candidates_init(work));
    dyn_candidates_begin_sweep(work, DYN_SWEEP_POPULAR);
    dyn_candidates_begin(work, DYN_SOURCE_POPULAR, 1);
    for (uint32_t i = 0; i < CANDIDATES; i++) {
        dyn_candidates_propose(work, i, 1 - (float)i / CANDIDATES);
    }
    dyn_candidates_end(work);
    dyn_candidates_score(work);
    assert_true(dyn_diversity_choose(work, WANTED, chosen, &count, NULL));
    assert_int_equal(count, WANTED);
}

static void set_factors(float factor)
{
    for (uint32_t i = 0; i < CANDIDATES; i++) {
        factors[i] = factor;
    }
}

static void a_candidate_is_found_however_much_it_is_boosted(void **state)
{
    static const float boosts[] = {1.4F, 2, 5, 50, 1000};
    shop_t *shop = shop_new(CANDIDATES);
    const dyn_snapshot_t *snapshot = shop_open(shop);
    uint32_t chosen[WANTED];
    dyn_work_t work;

    (void)state;
    visit_begin(&visit);
    for (size_t b = 0; b < sizeof(boosts) / sizeof(boosts[0]); b++) {
        for (uint32_t item = 0; item < CANDIDATES; item++) {
            bool first = (1 - (float)item / CANDIDATES) * boosts[b] > 1.001F;

            set_factors(1);
            factors[item] = boosts[b];
            for (int way = 0; way < 4; way++) {
                late = way >= 2;
                choose(snapshot, way % 2, false, boosts[b], chosen, &work);
                if (first) {
                    assert_int_equal(chosen[0], item);
                    assert_int_equal(chosen[1], item == 0 ? 1 : 0);
                }
            }
        }
    }
    shop_free(shop);
}

static void what_is_left_out_changes_nothing_of_the_choice(void **state)
{
    enum { ROUNDS = 500 };
    shop_t *shop = shop_new(CANDIDATES);
    const dyn_snapshot_t *snapshot = shop_open(shop);
    uint32_t chosen[WANTED], of_all[WANTED], left_out = 0;
    uint32_t seed = 1;
    dyn_work_t work;

    (void)state;
    visit_begin(&visit);
    for (int round = 0; round < ROUNDS; round++) {
        float most = round % 2 == 0 ? 1 : 20;

        late = round % 5 < 2;
        for (uint32_t i = 0; i < CANDIDATES; i++) {
            seed = seed * 1664525U + 1013904223U;
            factors[i] = seed >> 28 == 0 ? most : 0.01F + (float)(seed >> 8 & 0xff) / 400;
        }
        choose(snapshot, round % 3 == 0, true, most, of_all, &work);
        choose(snapshot, round % 3 == 0, false, most, chosen, &work);
        assert_memory_equal(chosen, of_all, sizeof(chosen));
        left_out += work.candidates.lifts[CANDIDATES - 1] == 0;
    }
    assert_int_not_equal(left_out, 0);
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_is_found_however_much_it_is_boosted),
        cmocka_unit_test(what_is_left_out_changes_nothing_of_the_choice),
    };

    return cmocka_run_group_tests_name("lift", tests, NULL, NULL);
}
