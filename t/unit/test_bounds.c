/*
 * What a decision reads at most, whatever the shopper did and whoever fills the catalogue: at the bound, beyond it, and where all
 * numbers collide. Names and ids that collide are in test_lookups.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/decide/work.h"

#include "../../fuzz/snapshot_seal.h"
#include "build_fixture.h"
#include "deciding.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;

/* ---- numbers that collide ---- */

/* A snapshot of nothing but items that anybody may see, so many that enough of their numbers share a row. */
enum { MANY = 1 << 20 };

static dyn_snapshot_t many;
static dyn_item_t *many_items;
static uint8_t *unrestricted;

static int make_many(void **state)
{
    (void)state;
    many_items = calloc(MANY, sizeof(*many_items));
    unrestricted = malloc(MANY);
    assert_non_null(many_items);
    assert_non_null(unrestricted);
    memset(unrestricted, 1, MANY);
    many = (dyn_snapshot_t){
        .items = many_items, .items_unrestricted = unrestricted, .item_count = MANY};

    return 0;
}

static int drop_many(void **state)
{
    (void)state;
    free(many_items);
    free(unrestricted);

    return 0;
}

/* Where a search for the number begins, in a table of that many rows; the first bits of the product, or the last ones. */
static uint32_t first_row(uint32_t number, uint32_t bits, bool upper)
{
    uint32_t product = number * 2654435761U;

    return upper ? product >> (32 - bits) : product & ((1U << bits) - 1);
}

/* The next number after `after` whose search begins in one of the first rows. */
static uint32_t colliding(uint32_t after, uint32_t bits, bool upper, uint32_t rows)
{
    do {
        after++;
    } while (first_row(after, bits, upper) >= rows);
    assert_true(after < MANY);

    return after;
}

static void begin_work(dyn_work_t *work, bool explains)
{
    static const dyn_blend_row_t row = {"", DYN_BLEND_ANY_SURFACE, 0, 0, 0};

    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    *work = (dyn_work_t){.snapshot = &many,
                         .request = &deciding.request,
                         .arena = &deciding.arena,
                         .page_item = DYN_NONE,
                         .page_category = DYN_NONE,
                         .row = &row,
                         .explaining = explains};
}

/* By as many sources as there are, together more than may be. `rows`: as few as have so many numbers. */
static void propose_colliding(bool explains, uint32_t bits, uint32_t rows, uint32_t count,
                              uint32_t most)
{
    static uint32_t proposed[4000];
    uint32_t by_source = count / DYN_SOURCES_COUNT + 1;
    uint32_t used = 0, read_most = 0, kept = 0, item = 0, found = 0;
    dyn_work_t work;

    begin_work(&work, explains);
    assert_true(dyn_exclusions_init(&work));
    assert_true(dyn_candidates_init(&work));
    dyn_candidates_begin_sweep(&work, DYN_SWEEP_PERSONAL);
    for (uint32_t i = 0; i < count; i++) {
        if (i % by_source == 0) {
            dyn_candidates_begin(&work, (dyn_source_t)(i / by_source), 1);
        }
        proposed[i] = item = colliding(item, bits, true, rows);
        many_items[item].group = item;
        many_items[item].flags = DYN_ITEM_IN_CATALOGUE;
        /* while explaining, what a filter removes is kept as well */
        many_items[item].stock = !explains || i % 3 == 0;
        unrestricted[item] = many_items[item].stock != 0;
        dyn_candidates_propose(&work, item, 1);
    }

    const dyn_candidates_t *candidates = &work.candidates;

    assert_true(candidates->count <= most && candidates->kept <= DYN_CANDIDATES_MAX);
    for (uint32_t row = 0; row < 1U << bits; row++) {
        uint32_t number = candidates->rows[row];

        if (number != 0) {
            uint32_t home = first_row(candidates->items[number - 1], bits, true);
            uint32_t read = ((row - home) & ((1U << bits) - 1)) + 1;

            used++;
            read_most = read > read_most ? read : read_most;
        }
    }
    assert_int_equal(used, most);
    assert_true(2 * used <= 1U << bits);
    /* all lie in one run, and the last is found behind all others */
    assert_in_range(read_most, most - rows + 1, most);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = dyn_candidates_find(&work, proposed[i]);

        found += number != DYN_NONE;
        assert_true(number == DYN_NONE || candidates->items[number] == proposed[i]);
        kept += number != DYN_NONE && candidates->removed_by[number] < 0;
    }
    assert_int_equal(found, most);
    assert_int_equal(kept, DYN_CANDIDATES_MAX);
}

static void of_candidates_whose_numbers_collide_no_more_are_read_than_there_may_be(void **state)
{
    (void)state;
    propose_colliding(false, 10, 1, 1000, DYN_CANDIDATES_MAX);
    propose_colliding(true, 12, 16, 4000, DYN_EXPLAINED_MAX);
}

/* The most that a session and a page can have to be left out, every group beginning in one row. */
static void of_groups_whose_numbers_collide_no_more_are_read_than_a_visit_leaves_out(void **state)
{
    enum { SHOWN = DYN_SLOTS_MAX * DYN_SLOT_ITEMS_MAX, ALL = 3 * DYN_FOLD_ITEMS_MAX + SHOWN + 1 };
    static dyn_slot_t slots[DYN_SLOTS_MAX];
    static uint32_t items[ALL];
    dyn_work_t work;
    uint32_t count = 0, item = 0, used = 0, read_most = 0;

    (void)state;
    begin_work(&work, false);
    for (uint32_t i = 0; i < ALL; i++) {
        items[i] = item = colliding(item, 11, false, 1);
        many_items[item].group = item;
    }
    for (uint32_t i = 0; i < DYN_SLOTS_MAX; i++) {
        slots[i] = (dyn_slot_t){DYN_STR("recs"), DYN_SLOT_ITEMS_MAX};
    }
    visit_begin(&visit);
    for (uint32_t i = 0; i < DYN_FOLD_ITEMS_MAX; i++) {
        visit_views(&visit, items[count++]);
        visit_adds(&visit, items[count++]);
        visit_buys(&visit, items[count++]);
    }
    deciding.request.slots = slots;
    deciding.request.slot_count = DYN_SLOTS_MAX;
    work.session = &visit.session;
    work.page_item = items[count++];
    assert_true(dyn_exclusions_init(&work));
    while (count < ALL) {
        dyn_exclusions_add(&work, items[count++], DYN_FILTER_SAME_GROUP);
    }

    uint32_t rows = work.exclusions.mask + 1;

    for (uint32_t row = 0; row < rows; row++) {
        uint32_t group = work.exclusions.rows[row].group;

        if (group != DYN_NONE) {
            uint32_t home = (group * 2654435761U) & work.exclusions.mask;
            uint32_t read = ((row - home) & work.exclusions.mask) + 1;

            used++;
            read_most = read > read_most ? read : read_most;
        }
    }
    assert_int_equal(used, ALL);
    assert_true(4 * used <= rows);
    assert_int_equal(read_most, ALL);
    for (uint32_t i = 0; i < ALL; i++) {
        assert_int_equal(dyn_exclusions_find(&work.exclusions, items[i])->item, items[i]);
    }
    item = colliding(item, 11, false, 1);
    assert_int_equal(dyn_exclusions_find(&work.exclusions, item)->group, DYN_NONE);
}

static void of_likes_whose_numbers_collide_no_more_are_read_than_are_kept(void **state)
{
    enum { TOLD = 2 * DYN_LIKES_ROWS, KEPT = DYN_LIKES_ROWS / 2 };
    dyn_likes_t likes;
    uint32_t index = 0, used = 0;

    (void)state;
    dyn_likes_begin(&likes);
    /* more than there is room for: a row must stay empty, or no search ends */
    for (uint32_t i = 0; i < TOLD; i++) {
        index = colliding(index, 6, true, 1);
        dyn_likes_add(&likes, index, 1);
    }
    for (uint32_t row = 0; row < DYN_LIKES_ROWS; row++) {
        used += likes.index[row] != DYN_NONE;
        assert_int_equal(likes.index[row] != DYN_NONE, row < KEPT);
    }
    assert_int_equal(used, KEPT);
}

/* 64 items of 64 paths of 8 categories: as many as a session can speak of, their rows one beside the other. */
static void a_session_may_be_about_as_many_categories_as_there_can_be(void **state)
{
    enum {
        ROW_BITS = 10,
        PATHS = DYN_FOLD_ITEMS_MAX,
        CATEGORIES = 4000,
        ALL = PATHS * DYN_CATEGORY_DEPTH_MAX
    };
    static char texts[PATHS][40], memory[1 << 17];
    dyn_str_t log[PATHS];
    dyn_arena_t arena;
    dyn_session_t session;
    shop_t *shop = shop_new(PATHS);
    uint32_t crowded = 0, parent = DYN_NONE;

    (void)state;
    for (uint32_t number = 0; number < CATEGORIES; number++) {
        uint32_t row = (uint32_t)((number * 0x9e3779b97f4a7c15U) >> 40) & ((1U << ROW_BITS) - 1);
        bool chosen = row < ALL / 3 && crowded < ALL;
        char name[16];

        (void)snprintf(name, sizeof(name), "c%u", number);
        assert_int_equal(shop_category(shop, name, chosen ? parent : DYN_NONE), number);
        if (chosen) {
            parent = ++crowded % DYN_CATEGORY_DEPTH_MAX == 0 ? DYN_NONE : number;
            shop_item(shop, (crowded - 1) / DYN_CATEGORY_DEPTH_MAX)->category = number;
        }
    }
    assert_int_equal(crowded, ALL);
    for (uint32_t i = 0; i < PATHS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "vi %lld i%05u", (long long)DECIDING_NOW_MS, i);
        log[i] = dyn_str_from(texts[i]);
    }

    const dyn_snapshot_t *snapshot = shop_open(shop);

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);

    const dyn_session_record_t record = {.log = log, .log_count = PATHS, .now_ms = DECIDING_NOW_MS};

    assert_true(dyn_session_fold(snapshot, &record, &arena, &session));
    assert_int_equal(session.recent_count, PATHS);
    assert_int_equal(session.category_count, DYN_FOLD_AFFINITIES_MAX);
    /* the newest items' own categories; the newest leaves what was looked at before, so at the third place stands the one above its */
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(session.categories[i < 2 ? i : i + 1].index, snapshot->items[i].category);
    }
    assert_int_equal(session.categories[2].index,
                     snapshot->categories[snapshot->items[0].category].parent);
    shop_free(shop);
}

/* ---- lists that are read one after the other ---- */

static void expect_refusal(shop_t *shop, const char *expected)
{
    const char *said = shop_refusal(shop);

    if (said == NULL) {
        fail_msg("taken, where this was expected: %s", expected);
    }
    if (strstr(said, expected) == NULL) {
        fail_msg("%s\n  where this was expected: %s", said, expected);
    }
}

static void an_item_has_as_many_countries_and_companions_as_a_list_may_have(void **state)
{
    static char codes[2 * (DYN_COUNTRIES_PER_ITEM_MAX + 1) + 1];

    (void)state;
    for (uint32_t i = 0; i <= DYN_COUNTRIES_PER_ITEM_MAX; i++) {
        codes[2 * i] = (char)('A' + i / 26);
        codes[2 * i + 1] = (char)('A' + i % 26);
    }
    for (uint32_t more = 0; more <= 1; more++) {
        shop_t *countries = shop_new(3), *companions = shop_new(200);

        codes[2 * (DYN_COUNTRIES_PER_ITEM_MAX + more)] = '\0';
        shop_countries(countries, 1, codes, false);
        for (uint32_t i = 0; i < DYN_COMPATIBLE_PER_ITEM_MAX + more; i++) {
            shop_compatible(companions, 1, 2 + i);
        }
        if (more == 0) {
            assert_null(shop_refusal(countries));
            assert_null(shop_refusal(companions));
        } else {
            expect_refusal(countries, "item 1: the countries go beyond their section or are too");
            expect_refusal(companions, "item 1: the compatible items go beyond their section or");
        }
        shop_free(countries);
        shop_free(companions);
        codes[2 * (DYN_COUNTRIES_PER_ITEM_MAX + more)] = 'A';
    }
}

static void a_list_of_an_item_or_category_has_as_many_edges_as_it_may_have(void **state)
{
    static const struct {
        shop_list_t list;
        uint32_t max;
        const char *refusal;
    } cases[] = {
        {SHOP_NEIGHBOURS, DYN_EDGES_PER_ITEM_MAX,
         "section \"neighbour_starts\": list 1: from 0 to 65; at most 64 can be in it"},
        {SHOP_BOUGHT_WITH, DYN_EDGES_PER_ITEM_MAX,
         "section \"bought_with_starts\": list 1: from 0 to 65; at most 64 can be in it"},
        {SHOP_CATEGORY_POPULAR, DYN_POPULAR_PER_CATEGORY_MAX,
         "section \"category_popular_starts\": list 1: from 0 to 65; at most 64 can be in it"},
        {SHOP_POPULAR, DYN_POPULAR_MAX, "section \"popular\": holds 257 records; at most 256 can"},
        {SHOP_TRENDING, DYN_POPULAR_MAX,
         "section \"trending\": holds 257 records; at most 256 can"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t more = 0; more <= 1; more++) {
            shop_t *shop = shop_new(400);

            (void)shop_category(shop, "A", DYN_NONE);
            (void)shop_category(shop, "B", DYN_NONE);
            for (uint32_t edge = 0; edge < cases[i].max + more; edge++) {
                shop_edge(shop, cases[i].list, 1, 2 + edge, 1);
            }
            if (more == 0) {
                assert_null(shop_refusal(shop));
            } else {
                expect_refusal(shop, cases[i].refusal);
            }
            shop_free(shop);
        }
    }
}

/* What the file says of a category; the frame is sealed again. */
static const char *refusal_of_category(char *bytes, size_t length, uint32_t number,
                                       dyn_category_t said)
{
    static dyn_error_t error;
    dyn_snapshot_header_t *header = (dyn_snapshot_header_t *)(void *)bytes;
    dyn_section_row_t *rows = (dyn_section_row_t *)(void *)(header + 1);

    for (uint32_t i = 0; i < header->section_count; i++) {
        if (rows[i].id == DYN_SECTION_CATEGORIES) {
            dyn_category_t *at = (dyn_category_t *)(void *)(bytes + rows[i].offset) + number;

            at->parent = said.parent;
            at->depth = said.depth;
        }
    }
    snapshot_seal(bytes, length);

    dyn_snapshot_t *snapshot = dyn_snapshot_from_memory(bytes, length, "store.dyn", &error);

    if (snapshot != NULL) {
        dyn_snapshot_close(snapshot);
        return NULL;
    }

    return error.text;
}

static void a_category_has_seven_above_it_and_no_more(void **state)
{
    static const char catalog[] =
        "{\"id\":\"a\",\"title\":\"A\",\"category\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
        "\"8\"]}\n"
        "{\"id\":\"b\",\"title\":\"B\",\"category\":[\"9\"]}\n";
    dyn_snapshot_t *snapshot = fixture_build(catalog, NULL);
    uint32_t deepest = snapshot->items[0].category, other = snapshot->items[1].category;
    size_t length;
    char *bytes = fixture_read(fixture_path("s.dyn"), &length);

    (void)state;
    assert_int_equal(snapshot->categories[deepest].depth, DYN_CATEGORY_DEPTH_MAX - 1);
    assert_true(other > deepest);
    dyn_snapshot_close(snapshot);

    const char *said = refusal_of_category(
        bytes, length, other, (dyn_category_t){.parent = deepest, .depth = DYN_CATEGORY_DEPTH_MAX});

    assert_non_null(said);
    assert_non_null(strstr(said, "depth 8; 8 would be right, at most 7 can be"));
    free(bytes);
}

static void a_blend_has_as_many_rows_as_are_walked_and_no_more(void **state)
{
    static dyn_blend_row_t rows[DYN_BLEND_ROWS_MAX + 1];
    dyn_str_t last = DYN_STR("r255");

    (void)state;
    for (int i = 0; i <= DYN_BLEND_ROWS_MAX; i++) {
        rows[i].surface = DYN_BLEND_ANY_SURFACE;
        (void)snprintf(rows[i].slot, sizeof(rows[i].slot), "r%d", i + 1);
    }
    for (uint32_t count = DYN_BLEND_ROWS_MAX; count <= DYN_BLEND_ROWS_MAX + 1; count++) {
        dyn_blend_t blend = {rows, count, NULL, 0};

        memset(rows[count - 1].slot, 0, sizeof(rows[count - 1].slot));
        if (count == DYN_BLEND_ROWS_MAX) {
            assert_null(dyn_blend_fault(&blend));
            /* the last but one, behind all others, and the last for what none is for */
            assert_ptr_equal(dyn_blend_find(&blend, DYN_SURFACE_HOME, last), &rows[count - 2]);
            assert_ptr_equal(dyn_blend_find(&blend, DYN_SURFACE_HOME, DYN_STR("x")),
                             &rows[count - 1]);
        } else {
            assert_string_equal(dyn_blend_fault(&blend), "has no row, or more than 256");
        }
    }
}

/* ---- what is asked, and what is there ---- */

static void so_many_slots_are_filled_and_no_more(void **state)
{
    dyn_slot_t slots[DYN_SLOTS_MAX + 1];
    shop_t *shop = shop_new(200);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)(i + 1));
    }
    for (size_t i = 0; i <= DYN_SLOTS_MAX; i++) {
        slots[i] = (dyn_slot_t){DYN_STR("recs"), 2};
    }
    for (size_t count = DYN_SLOTS_MAX - 1; count <= DYN_SLOTS_MAX + 1; count++) {
        deciding_begin(&deciding, DYN_SURFACE_HOME, "");
        deciding.request.slots = slots;
        deciding.request.slot_count = count;
        (void)deciding_run(&deciding, shop_open(shop));
        assert_int_equal(deciding.decision.slot_count,
                         count < DYN_SLOTS_MAX ? count : DYN_SLOTS_MAX);
        assert_int_equal(deciding.decision.item_count, 2 * deciding.decision.slot_count);
    }
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            of_candidates_whose_numbers_collide_no_more_are_read_than_there_may_be, make_many,
            drop_many),
        cmocka_unit_test_setup_teardown(
            of_groups_whose_numbers_collide_no_more_are_read_than_a_visit_leaves_out, make_many,
            drop_many),
        cmocka_unit_test(of_likes_whose_numbers_collide_no_more_are_read_than_are_kept),
        cmocka_unit_test(a_session_may_be_about_as_many_categories_as_there_can_be),
        cmocka_unit_test(an_item_has_as_many_countries_and_companions_as_a_list_may_have),
        cmocka_unit_test(a_list_of_an_item_or_category_has_as_many_edges_as_it_may_have),
        cmocka_unit_test(a_category_has_seven_above_it_and_no_more),
        cmocka_unit_test(a_blend_has_as_many_rows_as_are_walked_and_no_more),
        cmocka_unit_test(so_many_slots_are_filled_and_no_more),
    };

    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
