#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/catalogue/kind.h"
#include "engine/catalogue/traits.h"

#include "deciding.h"
#include "engine/compile/compile.h"
#include "engine/render/render.h"
#include "build_fixture.h"
#include "random_shop.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;

enum { ITEMS = RANDOM_ITEMS, ROUNDS = 400 };

static uint32_t page_item(const dyn_snapshot_t *snapshot)
{
    return deciding.context.surface == DYN_SURFACE_PDP
               ? dyn_snapshot_find_item(snapshot, deciding.context.item_id, NULL)
               : DYN_NONE;
}

static void assert_may_be_shown(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot,
                                uint32_t number)
{
    const dyn_item_t *item = &snapshot->items[number];
    const dyn_session_t *session = deciding.request.session;
    uint32_t page = page_item(snapshot);
    bool known_country = deciding.context.country[0] != '\0';

    assert_true(item->flags & DYN_ITEM_IN_CATALOGUE);
    assert_int_not_equal(item->stock, 0);
    assert_true(item->age_min <= deciding.context.age);
    if (item->countries_count > 0) {
        assert_true(known_country);
        assert_int_equal(strcmp(deciding.context.country, "DE") == 0, !item->countries_blocked);
    }
    assert_false(dyn_item_has_trait(
        snapshot, number, dyn_trait_find(snapshot, DYN_STR("only_for_tier"), DYN_STR("gold"))));
    assert_true(page == DYN_NONE || item->group != snapshot->items[page].group);
    if (session == NULL) {
        return;
    }
    for (uint32_t i = 0; i < session->cart_count; i++) {
        assert_int_not_equal(item->group, snapshot->items[session->cart[i].item].group);
    }
    for (uint32_t i = 0; i < session->purchased_count; i++) {
        assert_int_not_equal(item->group, snapshot->items[session->purchased[i].item].group);
    }
    /* who compares is shown what is compared, on the page of one of the items */
    dyn_moment_t moment = deciding.decision.moment;
    bool compares = page != DYN_NONE &&
                    (moment == DYN_MOMENT_COMPARISON || moment == DYN_MOMENT_HESITATION) &&
                    dyn_same_kind(snapshot, page, number);

    for (uint32_t i = 0;
         i < session->recent_count && !compares && dyn_str_equal(slot->name, DYN_STR("recs"));
         i++) {
        assert_int_not_equal(item->group, snapshot->items[session->recent[i].item].group);
    }
}

static void excluded_items_never_appear_and_scores_fall(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        shop_t *shop = random_shop(seed);
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            static bool shown[ITEMS];
            uint32_t count = 0;

            random_request(snapshot, &deciding, &visit);
            deciding_run(&deciding, snapshot);
            memset(shown, 0, sizeof(shown));
            assert_int_equal(deciding.decision.slot_count, deciding.request.slot_count);
            for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
                const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

                assert_true(slot->count <= deciding.request.slots[s].count);
                count += slot->count;
                assert_int_equal(slot->rung == DYN_RUNG_NONE, slot->count == 0);
                for (uint32_t i = 0; i < slot->count; i++) {
                    uint32_t group = snapshot->items[slot->choices[i].item].group;

                    assert_may_be_shown(snapshot, slot, slot->choices[i].item);
                    assert_false(shown[group]); /* in one slot, once a group */
                    shown[group] = true;
                    assert_true(slot->choices[i].score > 0 && slot->choices[i].score <= 1);
                    assert_true(i == 0 || slot->choices[i].score <= slot->choices[i - 1].score);
                }
            }
            assert_int_equal(deciding.decision.item_count, count);
        }
        shop_free(shop);
    }
}

static dyn_str_t decided_json(const dyn_snapshot_t *snapshot)
{
    deciding_run(&deciding, snapshot);

    return dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
}

static void the_shipped_default_file_decides_as_no_file_does(void **state)
{
    static char without[1 << 18];
    size_t length;
    char *text = fixture_read("conf.examples/rules.default.json", &length);
    const dyn_policy_source_t source = {"rules.default.json", {text, length}};

    (void)state;
    for (uint64_t seed = 31; seed < 35; seed++) {
        shop_t *shop = random_shop(seed);
        const dyn_snapshot_t *snapshot = shop_open(shop);
        dyn_policy_t *policy;
        dyn_error_t error;

        if (!dyn_policy_compile(&source, snapshot, &policy, &error)) {
            fail_msg("%s", error.text);
        }
        for (uint32_t round = 0; round < ROUNDS; round++) {
            random_request(snapshot, &deciding, &visit);
            deciding.policy = NULL;

            dyn_str_t json = decided_json(snapshot);
            size_t bytes = json.len;

            assert_true(bytes > 0 && bytes < sizeof(without));
            memcpy(without, json.data, bytes);
            deciding.policy = policy;
            json = decided_json(snapshot);
            assert_int_equal(json.len, bytes);
            assert_memory_equal(json.data, without, bytes);
        }
        deciding.policy = NULL;
        dyn_policy_free(policy);
        shop_free(shop);
    }
    free(text);
}

static void the_same_arguments_give_the_same_bytes_a_thousand_times(void **state)
{
    static char first[1 << 18];
    shop_t *shop = random_shop(7);
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    random_request(snapshot, &deciding, &visit);
    deciding.context.surface = DYN_SURFACE_PDP;
    deciding.request.session = &visit.session;

    dyn_str_t json = decided_json(snapshot);

    assert_true(json.len > 0 && json.len < sizeof(first));
    memcpy(first, json.data, json.len);
    for (int i = 0; i < 1000; i++) {
        memset(deciding.block, i, 1 << 17); /* what the memory held before must not matter */

        dyn_str_t again = decided_json(snapshot);

        assert_int_equal(again.len, json.len);
        assert_memory_equal(again.data, first, again.len);
    }
    shop_free(shop);
}

/* Few categories and brands, large groups, alike weights: many candidates are passed over, and more have to be looked at. */
static void crowd(shop_t *shop)
{
    uint32_t category = shop_category(shop, "Crowd", DYN_NONE);
    uint32_t brand = shop_brand(shop, "Crowd");

    for (uint32_t i = 0; i < ITEMS; i++) {
        dyn_item_t *item = shop_item(shop, i);

        item->category = below(8) == 0 ? item->category : category;
        item->brand = below(8) == 0 ? item->brand : brand;
        item->group = i - i % (1 + ITEMS / 32);
    }
}

/* While explaining, all candidates are looked at; else only those that may come to be chosen. */
static void an_explanation_changes_nothing_of_the_decision(void **state)
{
    static char plain[1 << 18];

    (void)state;
    for (uint64_t seed = 11; seed < 19; seed++) {
        shop_t *shop = random_shop(seed);

        if (seed % 2 == 0) {
            crowd(shop);
        }

        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            random_request(snapshot, &deciding, &visit);

            dyn_str_t json = decided_json(snapshot);
            size_t length = json.len;

            assert_true(length < sizeof(plain));
            memcpy(plain, json.data, length);
            deciding.explains = true;
            json = decided_json(snapshot);
            assert_int_equal(json.len, length);
            assert_memory_equal(json.data, plain, length);
        }
        shop_free(shop);
    }
}

/* Of one sweep, none that stayed unplaced without a reason scores above one that was placed. */
static void what_the_snapshot_tells_of_restrictions_changes_nothing_of_the_decision(void **state)
{
    static char told[1 << 18];

    (void)state;
    for (uint64_t seed = 21; seed < 25; seed++) {
        shop_t *shop = random_shop(seed);
        const dyn_snapshot_t *snapshot = shop_open(shop);
        dyn_snapshot_t silent = *snapshot;

        assert_non_null(memchr(snapshot->items_unrestricted, 0, ITEMS));
        assert_non_null(memchr(snapshot->items_unrestricted, 1, ITEMS));
        silent.items_unrestricted = NULL;
        for (uint32_t round = 0; round < ROUNDS; round++) {
            random_request(snapshot, &deciding, &visit);

            dyn_str_t json = decided_json(snapshot);
            size_t length = json.len;

            assert_true(length < sizeof(told));
            memcpy(told, json.data, length);
            json = decided_json(&silent);
            assert_int_equal(json.len, length);
            assert_memory_equal(json.data, told, length);
        }
        shop_free(shop);
    }
}

static void assert_best_were_placed(const dyn_slot_explanation_t *explanation)
{
    float lowest_placed[DYN_SWEEPS_COUNT] = {1, 1, 1, 1};

    for (uint32_t i = 0; i < explanation->count; i++) {
        const dyn_candidate_t *candidate = &explanation->candidates[i];

        if (candidate->place >= 0 && candidate->score < lowest_placed[candidate->sweep]) {
            lowest_placed[candidate->sweep] = candidate->score;
        }
    }
    for (uint32_t i = 0; i < explanation->count; i++) {
        const dyn_candidate_t *candidate = &explanation->candidates[i];

        assert_true(candidate->lift > 0 && candidate->lift <= 5.16F);
        if (candidate->place < 0 && candidate->removed_by < 0) {
            assert_true(candidate->score <= lowest_placed[candidate->sweep]);
        }
    }
}

static void an_explanation_places_exactly_what_was_chosen(void **state)
{
    shop_t *shop = random_shop(13);
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        random_request(snapshot, &deciding, &visit);
        deciding.explains = true;
        deciding_run(&deciding, snapshot);
        for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
            const dyn_slot_decision_t *slot = &deciding.decision.slots[s];
            const dyn_slot_explanation_t *explanation = &deciding.explanation.slots[s];
            uint32_t placed = 0;

            for (uint32_t i = 0; i < explanation->count; i++) {
                const dyn_candidate_t *candidate = &explanation->candidates[i];

                if (candidate->place < 0) {
                    continue;
                }
                placed++;
                assert_true(candidate->place < (int)slot->count);
                assert_int_equal(candidate->removed_by, -1);
                assert_int_equal(slot->choices[candidate->place].item, candidate->item);
            }
            assert_int_equal(placed, slot->count);
            assert_best_were_placed(explanation);
        }
    }
    shop_free(shop);
}

/* An arena whose n-th request for more memory fails. */
typedef struct {
    int left;
    void *pieces[4096];
    int count;
} failing_t;

static void *fail_in_the_end(void *context, size_t size)
{
    failing_t *failing = context;

    if (failing->left-- <= 0) {
        return NULL;
    }

    return failing->pieces[failing->count++] = malloc(size);
}

static void release(failing_t *failing)
{
    while (failing->count > 0) {
        free(failing->pieces[--failing->count]);
    }
}

static void memory_that_ends_anywhere_ends_the_decision_with_false(void **state)
{
    static failing_t failing;
    shop_t *shop = random_shop(17);
    const dyn_snapshot_t *snapshot = shop_open(shop);
    size_t failed = 0;
    bool whole = false;

    (void)state;
    random_request(snapshot, &deciding, &visit);
    deciding.context.surface = DYN_SURFACE_PDP;
    deciding.request.session = &visit.session;
    deciding.request.slot_count = dyn_default_slots(DYN_SURFACE_PDP, &deciding.request.slots);

    /* one block that is a little larger each time, so that every allocation is the first to fail in its turn */
    for (size_t size = 0; !whole && size < sizeof(deciding.block); size += 8) {
        void *block = malloc(size + 1); /* sanitizers see a write past its end */

        assert_non_null(block);
        dyn_arena_init(&deciding.arena, block, size, NULL, NULL);

        bool decided = dyn_decide(snapshot, NULL, &deciding.request, &deciding.arena,
                                  &deciding.decision, NULL);

        assert_int_equal(decided, !deciding.arena.exhausted);
        if (decided) {
            dyn_str_t json =
                dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
            dyn_str_t html = dyn_render_html(snapshot, &deciding.decision,
                                             &deciding.decision.slots[0], &deciding.arena);

            assert_int_equal(json.data == NULL || html.data == NULL, deciding.arena.exhausted);
            whole = json.data != NULL && html.data != NULL;
        }
        failed += !whole;
        free(block);
    }
    assert_true(whole);
    assert_true(failed > 100);

    for (int n = 0; n < 64; n++) {
        failing = (failing_t){.left = n};
        dyn_arena_init(&deciding.arena, NULL, 0, fail_in_the_end, &failing);
        deciding.explains = n % 2 != 0;

        bool decided =
            dyn_decide(snapshot, NULL, &deciding.request, &deciding.arena, &deciding.decision,
                       deciding.explains ? &deciding.explanation : NULL);

        assert_int_equal(decided, !deciding.arena.exhausted);
        release(&failing);
    }
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(excluded_items_never_appear_and_scores_fall),
        cmocka_unit_test(the_shipped_default_file_decides_as_no_file_does),
        cmocka_unit_test(the_same_arguments_give_the_same_bytes_a_thousand_times),
        cmocka_unit_test(an_explanation_changes_nothing_of_the_decision),
        cmocka_unit_test(what_the_snapshot_tells_of_restrictions_changes_nothing_of_the_decision),
        cmocka_unit_test(an_explanation_places_exactly_what_was_chosen),
        cmocka_unit_test(memory_that_ends_anywhere_ends_the_decision_with_false),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
