/* Look-ups by a name that somebody else chose: the answer of a walk over everything, in a bounded number of steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/base/hash.h"
#include "cli/base/ids.h"
#include "engine/decide/work.h"
#include "engine/catalogue/snapshot.h"
#include "engine/trust/visitor.h"
#include "engine/trust/limit.h"

enum { KEY_BYTES = DYN_CATEGORY_DEPTH_MAX * (DYN_STRING_BYTES_MAX + 1) };

/* Categories and their table, as in a snapshot. */
typedef struct {
    char *strings;
    size_t length, room;
    dyn_category_t *categories;
    dyn_hash_row_t *rows;
    uint64_t row_count;
    dyn_categories_t view;
} taxonomy_t;

static taxonomy_t taxonomy(uint32_t room)
{
    taxonomy_t made = {.length = 8, .room = 1 << 16};

    made.strings = calloc(1, made.room);
    made.categories = calloc(room, sizeof(*made.categories));
    assert_non_null(made.strings);
    assert_non_null(made.categories);

    return made;
}

static uint32_t add(taxonomy_t *t, const char *name, uint32_t parent)
{
    uint32_t length = (uint32_t)strlen(name), number = t->view.count++;
    size_t record = (4 + length + 1 + 3) & ~(size_t)3;

    while (t->length + record > t->room) {
        t->room *= 2;
        t->strings = realloc(t->strings, t->room);
        assert_non_null(t->strings);
    }
    memset(t->strings + t->length, 0, record);
    memcpy(t->strings + t->length, &length, 4);
    memcpy(t->strings + t->length + 4, name, length);
    t->categories[number] = (dyn_category_t){
        (dyn_string_ref_t)t->length, parent,
        parent == DYN_NONE ? 0 : (uint16_t)(t->categories[parent].depth + 1), 0, number};
    t->length += record;

    return number;
}

static void finish(taxonomy_t *t, uint64_t seed)
{
    t->view = (dyn_categories_t){t->strings, t->categories, t->view.count, seed};
    for (t->row_count = dyn_hash_rows_least(t->view.count);; t->row_count *= 2) {
        free(t->rows);
        t->rows = calloc(t->row_count, sizeof(*t->rows));
        assert_non_null(t->rows);
        if (dyn_category_keys_make(&t->view, t->rows, t->row_count)) {
            return;
        }
    }
}

static void drop(taxonomy_t *t)
{
    free(t->strings);
    free(t->categories);
    free(t->rows);
}

static const char *name_of(const taxonomy_t *t, uint32_t category)
{
    return t->strings + t->categories[category].name + 4;
}

/* "Packs" and "Day packs" as "Packs/Day packs". */
static void path_of(const taxonomy_t *t, uint32_t category, char *path)
{
    if (t->categories[category].parent != DYN_NONE) {
        path_of(t, t->categories[category].parent, path);
        strcat(path, "/");
        strcat(path, name_of(t, category));
    } else {
        strcpy(path, name_of(t, category));
    }
}

/* As a URL's handle: another way of writing down what the engine does. */
static const char *handle_of(const char *text, char *handle)
{
    size_t length = 0;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) {
            handle[length++] = (char)c;
        } else if (c >= 'A' && c <= 'Z') {
            handle[length++] = (char)(c - 'A' + 'a');
        } else if (length > 0 && handle[length - 1] != '-') {
            handle[length++] = '-';
        }
    }
    while (length > 0 && handle[length - 1] == '-') {
        length--;
    }
    handle[length] = '\0';

    return handle;
}

/* The first whose path it is, else the first whose name it is. */
static uint32_t walk(const taxonomy_t *t, const char *text)
{
    static char wanted[KEY_BYTES + 1], path[KEY_BYTES + 1], own[KEY_BYTES + 1];
    uint32_t by_name = DYN_NONE;

    handle_of(text, wanted);
    for (uint32_t i = 0; i < t->view.count && wanted[0] != '\0'; i++) {
        path_of(t, i, path);
        if (strcmp(handle_of(path, own), wanted) == 0) {
            return i;
        }
        if (by_name == DYN_NONE && strcmp(handle_of(name_of(t, i), own), wanted) == 0) {
            by_name = i;
        }
    }

    return by_name;
}

static uint32_t found(const taxonomy_t *t, const char *text)
{
    uint32_t target =
        dyn_category_find(&t->view, t->rows, t->row_count, dyn_str_from(text), NULL, NULL);

    return target == DYN_NONE ? DYN_NONE : target & ~DYN_CATEGORY_BY_NAME;
}

static uint64_t state_of_chance = 88172645463325252U;

static uint32_t chance(uint32_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;

    return (uint32_t)(state_of_chance >> 33) % below;
}

/* Few letters, so that much is the same as something else, and all kinds of separators. */
static void random_name(char *name, size_t max)
{
    static const char *const parts[] = {"a", "A", "b", "B",  "-", " ",  "/",        "&",
                                        ".", "7", "_", "--", "a", "ab", "\xc3\xa4", "\xc3\x84"};
    size_t length = 1 + chance((uint32_t)max);

    name[0] = '\0';
    for (size_t i = 0; i < length; i++) {
        strcat(name, parts[chance(sizeof(parts) / sizeof(parts[0]))]);
    }
}

static void every_category_is_found_as_a_walk_over_all_of_them_finds_it(void **state)
{
    (void)state;

    for (int round = 0; round < 200; round++) {
        uint32_t count = 1 + chance(60);
        taxonomy_t t = taxonomy(count);
        char text[KEY_BYTES + 1];
        uint32_t category;

        for (uint32_t i = 0; i < count; i++) {
            uint32_t parent = i == 0 || chance(3) == 0 ? DYN_NONE : chance(i);

            if (parent != DYN_NONE && t.categories[parent].depth + 1 == DYN_CATEGORY_DEPTH_MAX) {
                parent = DYN_NONE;
            }
            random_name(text, 6);
            add(&t, text, parent);
        }
        finish(&t, (uint64_t)round);
        assert_null(dyn_category_keys_fault(&t.view, t.rows, t.row_count, &category));

        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(found(&t, name_of(&t, i)), walk(&t, name_of(&t, i)));
            path_of(&t, i, text);
            assert_int_equal(found(&t, text), walk(&t, text));
        }
        for (int i = 0; i < 100; i++) {
            random_name(text, 12);
            assert_int_equal(found(&t, text), walk(&t, text));
        }
        drop(&t);
    }
}

static void a_key_of_any_length_is_found(void **state)
{
    (void)state;
    /* around the pieces in which a key is hashed, and the longest path that can be */
    static const size_t lengths[] = {255, 256, 257, 511, 512, 513, 4095, 4096};
    static char text[KEY_BYTES + 1];
    taxonomy_t t = taxonomy(64);
    uint32_t parent = DYN_NONE;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        memset(text, 'x', lengths[i]);
        text[lengths[i]] = '\0';
        add(&t, text, DYN_NONE);
    }
    for (int level = 0; level < DYN_CATEGORY_DEPTH_MAX; level++) {
        memset(text, 'a' + level, 4096);
        text[4096] = '\0';
        parent = add(&t, text, parent);
    }
    finish(&t, 1);

    for (uint32_t i = 0; i < t.view.count; i++) {
        path_of(&t, i, text);
        assert_int_equal(found(&t, text), i);
        /* one byte more, one less: another key */
        strcat(text, "y");
        assert_int_equal(found(&t, text), DYN_NONE);
        text[strlen(text) - 2] = '\0';
        assert_int_equal(found(&t, text), walk(&t, text));
    }
    drop(&t);
}

typedef struct {
    uint64_t asked, read, compared;
    uint32_t read_most, compared_most;
} steps_t;

static void ask(const taxonomy_t *t, const char *text, steps_t *steps)
{
    uint32_t read = 0, compared = 0;

    dyn_category_find(&t->view, t->rows, t->row_count, dyn_str_from(text), &read, &compared);
    steps->asked++;
    steps->read += read;
    steps->compared += compared;
    steps->read_most = read > steps->read_most ? read : steps->read_most;
    steps->compared_most = compared > steps->compared_most ? compared : steps->compared_most;
}

/* What a walk does 65536 times; here it is counted, not timed. */
static void a_look_up_takes_as_few_steps_among_65536_categories_as_among_ten(void **state)
{
    (void)state;
    taxonomy_t t = taxonomy(DYN_CATEGORIES_MAX);
    char prefix[101], text[512];
    steps_t known = {0}, unknown = {0};

    /* all alike but for their ends, and every name twice: at the top, and under another one */
    memset(prefix, 'p', 100);
    prefix[100] = '\0';
    for (uint32_t i = 0; i < DYN_CATEGORIES_MAX / 2; i++) {
        snprintf(text, sizeof(text), "%s %u", prefix, i);
        add(&t, text, DYN_NONE);
    }
    for (uint32_t i = 0; i < DYN_CATEGORIES_MAX / 2; i++) {
        snprintf(text, sizeof(text), "%s %u", prefix, i);
        add(&t, text, i ^ 1);
    }
    finish(&t, 42);
    assert_int_equal(t.row_count, 131072);

    for (uint32_t i = 0; i < t.view.count; i++) {
        path_of(&t, i, text);
        ask(&t, text, &known);
        assert_int_equal(found(&t, text), i);
        ask(&t, name_of(&t, i), &known);
        strcat(text, "0-p");
        ask(&t, text, &unknown);
    }

    assert_true(known.read_most <= DYN_PROBES_MAX && unknown.read_most <= DYN_PROBES_MAX);
    assert_true(known.read < 4 * known.asked && unknown.read < 4 * unknown.asked);
    assert_true(known.compared_most <= 2 && unknown.compared <= 16);
    drop(&t);
}

static void a_table_that_is_one_run_of_rows_is_read_up_to_the_bound_and_no_further(void **state)
{
    (void)state;
    enum { ROWS = 4 * DYN_PROBES_MAX };
    static dyn_hash_row_t rows[ROWS];
    uint32_t target;

    /* nothing a file may hold: no row is free */
    for (uint32_t i = 0; i < ROWS; i++) {
        rows[i] = (dyn_hash_row_t){i, i};
    }

    dyn_probe_t last = dyn_probe(rows, ROWS, (uint64_t)(DYN_PROBES_MAX - 1) << 32);

    assert_true(dyn_probe_next(&last, &target));
    assert_int_equal(target, DYN_PROBES_MAX - 1);
    assert_false(dyn_probe_next(&last, &target));
    assert_int_equal(last.read, DYN_PROBES_MAX);

    dyn_probe_t beyond = dyn_probe(rows, ROWS, (uint64_t)DYN_PROBES_MAX << 32);

    assert_false(dyn_probe_next(&beyond, &target));
    assert_int_equal(beyond.read, DYN_PROBES_MAX);

    /* and what would lie beyond is not put there */
    dyn_hash_rows_clear(rows, ROWS);
    for (uint32_t i = 0; i < DYN_PROBES_MAX; i++) {
        assert_true(dyn_hash_rows_put(rows, ROWS, 7, i));
    }
    assert_false(dyn_hash_rows_put(rows, ROWS, 7, DYN_PROBES_MAX));
}

/* Ids that lie in one row of the table when no seed is used: who fills a feed can find as many as he likes. */
static void ids_chosen_to_collide_do_not_collide_in_the_snapshot(void **state)
{
    (void)state;
    enum { IDS = 1200, SAME_BITS = 13 };
    char *catalog = malloc(IDS * 64), *at = catalog;
    uint64_t read = 0;

    assert_non_null(catalog);
    for (uint32_t number = 0, found_ids = 0; found_ids < IDS; number++) {
        char id[16];
        int length = snprintf(id, sizeof(id), "sku%u", number);

        if ((dyn_hash64(id, (size_t)length) & ((1U << SAME_BITS) - 1)) == 0) {
            at += sprintf(at, "{\"id\":\"%s\",\"title\":\"T\",\"category\":\"%s\"}\n", id, id);
            found_ids++;
        }
    }

    dyn_snapshot_t *s = fixture_build(catalog, NULL);
    const dyn_section_view_t *ids = &s->sections[DYN_SECTION_ITEM_IDS];

    /* no larger than for ids that nobody chose */
    assert_int_equal(ids->count, dyn_hash_rows_least(IDS));
    for (uint32_t i = 0; i < s->item_count; i++) {
        dyn_str_t id = dyn_snapshot_string(s, s->items[i].id);
        dyn_probe_t probe =
            dyn_probe(ids->data, ids->count, dyn_hash64_seeded(id.data, id.len, s->hash_seed));
        uint32_t target = DYN_NONE;

        while (target != i) {
            assert_true(dyn_probe_next(&probe, &target));
        }
        read += probe.read;
        assert_int_equal(dyn_snapshot_find_item(s, id, NULL), i);
        assert_int_equal(dyn_snapshot_find_category(s, id), s->items[i].category);
    }
    assert_true(read < 4 * IDS);
    dyn_snapshot_close(s);
    free(catalog);
}

/* The first row of an id tells the seed: with another one it is another. */
static void each_table_of_a_build_has_a_seed_of_its_own(void **state)
{
    (void)state;
    dyn_ids_t first = {0}, second = {0};
    char id[16];

    for (uint32_t i = 0; i < 300; i++) {
        snprintf(id, sizeof(id), "id%u", i);
        assert_int_equal(dyn_ids_add(&first, dyn_str_from(id)), i);
        assert_int_equal(dyn_ids_add(&second, dyn_str_from(id)), i);
        assert_int_equal(dyn_ids_find(&first, dyn_str_from(id)), i);
    }
    assert_int_equal(first.row_count, second.row_count);
    assert_memory_not_equal(first.rows, second.rows, first.row_count * sizeof(first.rows[0]));
    dyn_ids_free(&first);
    dyn_ids_free(&second);
}

static char *page;

static void assert_said(const char *format, long long value)
{
    char text[160];

    snprintf(text, sizeof(text), format, value);
    if (strstr(page, text) == NULL) {
        fail_msg("docs/performance.md does not say \"%s\"", text);
    }
}

static void every_bound_is_said(void **state)
{
    size_t length;
    char *bytes = fixture_read("docs/performance.md", &length);

    (void)state;
    page = calloc(1, length + 1);
    assert_non_null(page);
    memcpy(page, bytes, length);
    free(bytes);

    assert_said("| an item by its id | hash table of the snapshot | %lld rows", DYN_PROBES_MAX);
    assert_said("| a category by a text of at most %lld bytes", DYN_ENTRY_BYTES_MAX);
    assert_said("| parameters of the page's query | one after the other | %lld parameters",
                DYN_ENTRY_PARAMETERS_MAX);
    assert_said("| %lld entries", DYN_SESSION_EVENTS_MAX);
    assert_said("| %lld candidates", DYN_CANDIDATES_MAX);
    assert_said("| %lld levels", DYN_CATEGORY_DEPTH_MAX);
    assert_said("so %lld items and", DYN_FOLD_ITEMS_MAX);
    assert_said("and %lld categories", DYN_FOLD_ITEMS_MAX * DYN_CATEGORY_DEPTH_MAX);
    assert_said("| %lld likes", DYN_LIKES_ROWS / 2);
    assert_said("64 + 64 + 64 + 192 + 1, so %lld rows",
                3 * DYN_FOLD_ITEMS_MAX + DYN_SLOTS_MAX * DYN_SLOT_ITEMS_MAX + 1);
    assert_said("edges, and %lld of the model", DYN_MODEL_EDGES_MAX);
    assert_said("| what fits an item | list by number | %lld items", DYN_COMPATIBLE_PER_ITEM_MAX);
    assert_said("| lists | %lld items", DYN_POPULAR_MAX);
    assert_said("; %lld items |", DYN_POPULAR_PER_CATEGORY_MAX);
    assert_said("the last %lld clicks", DYN_MODEL_QUERY_CLICKS_MAX);
    assert_said("of which %lld items are asked", DYN_MODEL_KNN_ITEMS_MAX);
    assert_said("for %lld sessions each", DYN_MODEL_POSTINGS_MAX);
    assert_said("%lld products of all of them", DYN_EVENT_ENTRIES_MAX);
    assert_said("| %lld buckets", DYN_LIMIT_SET_BUCKETS);
    assert_said("| %lld countries", DYN_COUNTRIES_PER_ITEM_MAX);
    assert_said("| %lld rows of the blend", DYN_BLEND_ROWS_MAX);
    assert_said("for each of %lld slots", DYN_SLOTS_MAX);
    assert_said("| %lld edges", DYN_EDGES_PER_ITEM_MAX);
    assert_said("%lld events of a body", DYN_EVENT_BATCH_MAX);
    assert_said("%lld bytes of the body", DYN_EVENT_BODY_BYTES_MAX);
    assert_said("; %lld signatures are checked", DYN_VISITOR_COOKIES_MAX);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_category_is_found_as_a_walk_over_all_of_them_finds_it),
        cmocka_unit_test(a_key_of_any_length_is_found),
        cmocka_unit_test(a_look_up_takes_as_few_steps_among_65536_categories_as_among_ten),
        cmocka_unit_test(a_table_that_is_one_run_of_rows_is_read_up_to_the_bound_and_no_further),
        cmocka_unit_test(ids_chosen_to_collide_do_not_collide_in_the_snapshot),
        cmocka_unit_test(each_table_of_a_build_has_a_seed_of_its_own),
        cmocka_unit_test(every_bound_is_said),
    };

    return cmocka_run_group_tests_name("lookups", tests, NULL, NULL);
}
