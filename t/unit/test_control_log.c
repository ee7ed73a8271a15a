#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/control/log.h"

enum { LOG_BYTES = DYN_CONTROL_LOG_BYTES_MIN, NOW_MS = 1000 };

static _Alignas(8) char memory[LOG_BYTES];

static dyn_control_log_t *fresh(void)
{
    dyn_control_log_t *log = (dyn_control_log_t *)(void *)memory;

    memset(memory, 0, sizeof(memory));
    dyn_control_log_begin(log, LOG_BYTES);

    return log;
}

static bool append(dyn_control_log_t *log, uint64_t position, const dyn_control_entry_t *entry)
{
    static char room[4096];
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    dyn_arena_t arena;

    dyn_arena_init(&arena, room, sizeof(room), NULL, NULL);

    return dyn_control_log_append(log, position, fields,
                                  dyn_control_entry_write(entry, &arena, fields));
}

static dyn_control_entry_t entry_of(dyn_control_kind_t kind, const char *item)
{
    dyn_control_entry_t entry;

    dyn_control_entry_begin(&entry, kind);
    entry.item = dyn_str_from(item);
    entry.has = DYN_CONTROL_HAS(ITEM);

    return entry;
}

static dyn_control_entry_t stock_of(const char *item, int32_t stock, const char *location,
                                    int64_t at_ms)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_SET_STOCK, item);

    entry.stock = stock;
    entry.has |= DYN_CONTROL_HAS(STOCK);
    if (location != NULL) {
        entry.location = dyn_str_from(location);
        entry.has |= DYN_CONTROL_HAS(LOCATION);
    }
    if (at_ms != 0) {
        entry.at_ms = at_ms;
        entry.has |= DYN_CONTROL_HAS(AT);
    }

    return entry;
}

static dyn_control_entry_t override_of(dyn_control_override_t override, const char *item,
                                       const char *other, int64_t until_ms)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_SET_OVERRIDE, item);

    entry.override = override;
    entry.until_ms = until_ms;
    entry.author = DYN_STR("Ada");
    entry.reason = DYN_STR("fair");
    entry.factor_thousandths = 1500;
    entry.has |= DYN_CONTROL_HAS(OVERRIDE) | DYN_CONTROL_HAS(UNTIL) | DYN_CONTROL_SIGNED;
    if (override == DYN_CONTROL_OVERRIDE_BOOST) {
        entry.has |= DYN_CONTROL_HAS(FACTOR);
    }
    if (other != NULL) {
        entry.other = dyn_str_from(other);
        entry.has |= DYN_CONTROL_HAS(OTHER);
    }

    return entry;
}

static dyn_control_entry_t restore_of(const char *item)
{
    dyn_control_entry_t entry = entry_of(DYN_CONTROL_KIND_RESTORE, item);

    entry.author = DYN_STR("Ada");
    entry.reason = DYN_STR("over");
    entry.has |= DYN_CONTROL_SIGNED;

    return entry;
}

/* "1 3 4": the positions that are in the log, as a process that copies in small pieces sees them. */
static void assert_positions(const dyn_control_log_t *log, const char *expected)
{
    char text[512] = "", piece[DYN_CONTROL_LOG_ENTRY_BYTES_MAX];
    uint64_t offset = 0;
    size_t length, count = 0;

    while ((length = dyn_control_log_copy(log, offset, piece, sizeof(piece))) > 0) {
        dyn_control_entry_t entry;
        size_t at = 0;

        while (dyn_control_log_next(piece, length, &at, &entry)) {
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%llu",
                           text[0] == '\0' ? "" : " ", (unsigned long long)entry.position);
            count++;
        }
        assert_int_equal(at, length);
        offset += length;
    }
    assert_string_equal(text, expected);
    assert_int_equal(log->entries, count);
    assert_int_equal(log->used, offset);
}

static void entries_come_out_as_they_went_in(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t a = stock_of("tent", 3, "77", 12), b;
    char bytes[4096];
    size_t at = 0, length;

    (void)state;

    assert_true(append(log, 5, &a));
    length = dyn_control_log_copy(log, 0, bytes, sizeof(bytes));
    assert_true(dyn_control_log_next(bytes, length, &at, &b));
    assert_int_equal(b.position, 5);
    assert_int_equal(b.stock, 3);
    assert_int_equal(b.at_ms, 12);
    assert_true(dyn_str_equal(b.item, a.item) && dyn_str_equal(b.location, a.location));
    assert_false(dyn_control_log_next(bytes, length, &at, &b));
    assert_int_equal(log->newest, 5);
}

static void the_last_word_about_a_thing_stays(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t entries[] = {
        stock_of("tent", 3, NULL, 0),
        stock_of("tarp", 1, NULL, 0),
        stock_of("tent", 0, NULL, 0),
        stock_of("tent", 4, "a", 0),
        entry_of(DYN_CONTROL_KIND_DELETE, "tarp"),
        entry_of(DYN_CONTROL_KIND_CHANGE, "tarp"),
    };
    uint64_t generation = log->generation;

    (void)state;

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_true(append(log, i + 1, &entries[i]));
    }
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "2 3 4 6");
    assert_true(log->generation > generation);
    assert_int_equal(log->newest, 6);
}

static void a_stock_of_all_locations_replaces_those_of_each(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t entries[] = {stock_of("tent", 3, "a", 0), stock_of("tent", 4, "b", 0),
                                     stock_of("tarp", 4, "b", 0), stock_of("tent", 9, NULL, 0),
                                     stock_of("tent", 2, "b", 0)};

    (void)state;

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_true(append(log, i + 1, &entries[i]));
    }
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "3 4 5");
}

static void what_the_shop_says_is_older_makes_nothing_void(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t entries[] = {stock_of("tent", 3, NULL, 200), stock_of("tent", 4, NULL, 100),
                                     stock_of("tarp", 1, NULL, 100),
                                     stock_of("tarp", 0, NULL, 100)};

    (void)state;

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_true(append(log, i + 1, &entries[i]));
    }
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "1 4");
}

static void what_a_snapshot_contains_goes_but_overrides_stay(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t stock = stock_of("tent", 3, NULL, 0), later = stock_of("tarp", 3, NULL, 0);
    dyn_control_entry_t block = override_of(DYN_CONTROL_OVERRIDE_BLOCK, "tent", NULL, NOW_MS + 1);

    (void)state;

    assert_true(append(log, 1, &stock) && append(log, 2, &block) && append(log, 3, &later));
    assert_true(dyn_control_log_compact(log, 2, NOW_MS));
    assert_positions(log, "2 3");
}

static void overrides_go_when_they_end_are_replaced_or_taken_back(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t entries[] = {
        override_of(DYN_CONTROL_OVERRIDE_BLOCK, "a", NULL, NOW_MS + 1),
        override_of(DYN_CONTROL_OVERRIDE_BLOCK, "b", NULL,
                    NOW_MS), /* has ended, and replaces nothing */
        override_of(DYN_CONTROL_OVERRIDE_BOOST, "c", NULL,
                    NOW_MS + 9), /* replaced by one that has ended */
        override_of(DYN_CONTROL_OVERRIDE_BOOST, "c", NULL, NOW_MS),
        override_of(DYN_CONTROL_OVERRIDE_APART, "d", "e",
                    NOW_MS + 9), /* taken back by its second item */
        override_of(DYN_CONTROL_OVERRIDE_PIN, "d", NULL, NOW_MS + 9),
        restore_of("e"),
        override_of(DYN_CONTROL_OVERRIDE_APART, "f", "e", NOW_MS + 9),
    };

    (void)state;

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_true(append(log, i + 1, &entries[i]));
    }
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "1 6 8");
}

static void the_newest_word_about_overrides_stays_though_it_is_void(void **state)
{
    dyn_control_entry_t block = override_of(DYN_CONTROL_OVERRIDE_BLOCK, "a", NULL, NOW_MS + 9),
                        ended = override_of(DYN_CONTROL_OVERRIDE_BLOCK, "a", NULL, NOW_MS),
                        restore = restore_of("a"), stock = stock_of("a", 3, NULL, 0);
    dyn_control_log_t *log = fresh();

    (void)state;

    assert_true(append(log, 1, &block) && append(log, 2, &restore) && append(log, 3, &stock));
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "2 3");
    assert_true(append(log, 4, &block) && append(log, 5, &ended));
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "3 5");
}

static void a_restore_of_one_kind_or_of_one_entry_leaves_the_others(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t of_a_kind = restore_of("a"), of_an_entry = restore_of("b");
    dyn_control_entry_t of_another = restore_of("d");
    dyn_control_entry_t entries[] = {
        override_of(DYN_CONTROL_OVERRIDE_BLOCK, "a", NULL, NOW_MS + 9),
        override_of(DYN_CONTROL_OVERRIDE_BOOST, "a", NULL, NOW_MS + 9),
        override_of(DYN_CONTROL_OVERRIDE_APART, "b", "c", NOW_MS + 9),
        override_of(DYN_CONTROL_OVERRIDE_APART, "b", "a", NOW_MS + 9),
        override_of(DYN_CONTROL_OVERRIDE_BLOCK, "d", NULL, NOW_MS + 9),
    };

    (void)state;

    of_a_kind.has |= DYN_CONTROL_HAS(OVERRIDE);
    of_a_kind.override = DYN_CONTROL_OVERRIDE_BLOCK;
    of_an_entry.has |= DYN_CONTROL_HAS(ENTRY);
    of_an_entry.entry = (1ULL << DYN_CONTROL_SEQUENCE_BITS) + 3;
    of_another.has |= DYN_CONTROL_HAS(ENTRY) | DYN_CONTROL_HAS(OVERRIDE);
    of_another.override = DYN_CONTROL_OVERRIDE_PIN;
    of_another.entry = (1ULL << DYN_CONTROL_SEQUENCE_BITS) + 5;
    for (uint64_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        assert_true(append(log, (1ULL << DYN_CONTROL_SEQUENCE_BITS) + i + 1, &entries[i]));
    }
    assert_true(append(log, 2ULL << DYN_CONTROL_SEQUENCE_BITS, &of_a_kind));
    assert_true(append(log, 3ULL << DYN_CONTROL_SEQUENCE_BITS, &of_an_entry));
    assert_true(append(log, 4ULL << DYN_CONTROL_SEQUENCE_BITS, &of_another));
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "1048578 1048580 1048581 4194304");
}

static void a_full_log_refuses_and_stays_as_it_was(void **state)
{
    dyn_control_log_t *log = fresh();
    uint64_t count = 0, used;
    char item[32];

    (void)state;

    for (;; count++) {
        (void)snprintf(item, sizeof(item), "item-%llu", (unsigned long long)(count));
        dyn_control_entry_t entry = stock_of(item, 1, NULL, 0);

        used = log->used;
        if (!append(log, count + 1, &entry)) {
            break;
        }
    }
    assert_true(count > 100);
    assert_int_equal(log->used, used);
    assert_int_equal(log->entries, count);
    assert_int_equal(log->newest, count);

    /* nothing of it is void */
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_int_equal(log->entries, count);
    /* half of it is contained */
    assert_true(dyn_control_log_compact(log, count / 2, NOW_MS));
    assert_int_equal(log->entries, count - count / 2);
}

static void a_log_that_was_left_in_the_middle_is_begun_anew(void **state)
{
    dyn_control_log_t *log = fresh();
    dyn_control_entry_t stock = stock_of("tent", 3, NULL, 0), more = stock_of("tarp", 1, NULL, 0);
    uint64_t generation = log->generation;

    (void)state;

    assert_true(dyn_control_log_whole(log, LOG_BYTES));
    assert_false(dyn_control_log_whole(log, LOG_BYTES - 8));
    assert_true(append(log, 1, &stock));
    log->writing = 1;
    assert_false(dyn_control_log_whole(log, LOG_BYTES));
    dyn_control_log_begin(log, LOG_BYTES);
    assert_true(dyn_control_log_whole(log, LOG_BYTES));
    assert_true(log->generation > generation);
    assert_positions(log, "");

    /* an entry whose number was not counted any more */
    assert_true(append(log, 1, &stock) && append(log, 2, &more));
    log->entries = 1;
    assert_true(dyn_control_log_compact(log, 0, NOW_MS));
    assert_positions(log, "1 2");
}

/* What stands after entries, by a list: each thing's last word, as the header says it. */
typedef struct {
    int32_t stock;
    int64_t at_ms;
    bool set;
} known_t;

enum { ITEMS = 6, PLACES = 3 };

static void take(known_t known[ITEMS][PLACES + 1], const dyn_control_entry_t *entry)
{
    size_t item = (size_t)(entry->item.data[0] - 'a'),
           place = entry->location.len == 0 ? PLACES : (size_t)(entry->location.data[0] - 'x');
    known_t *to = &known[item][place];

    if (to->set && entry->at_ms != 0 && entry->at_ms < to->at_ms) {
        return;
    }
    *to = (known_t){entry->stock, entry->at_ms, true};
    for (size_t i = 0; place == PLACES && i < PLACES; i++) {
        known[item][i].set = false;
    }
}

static void what_is_left_says_the_same_as_all_of_it(void **state)
{
    static const char *const items[] = {"a", "b", "c", "d", "e", "f"}, *const places[] = {
                                                                           "x", "y", "z", NULL};
    uint64_t random = 88172645463325252U;

    (void)state;

    for (int round = 0; round < 200; round++) {
        dyn_control_log_t *log = fresh();
        known_t all[ITEMS][PLACES + 1], left[ITEMS][PLACES + 1];
        char bytes[16384];
        dyn_control_entry_t entry;
        size_t at = 0, length;

        memset(all, 0, sizeof(all));
        memset(left, 0, sizeof(left));
        for (uint64_t i = 1; i <= 60; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            entry = stock_of(items[random % ITEMS], (int32_t)(random >> 8 & 15),
                             places[random >> 16 & 3], (int64_t)(random >> 24 & 3));
            assert_true(append(log, i, &entry));
            take(all, &entry);
            if ((random >> 32 & 15) == 0) {
                assert_true(dyn_control_log_compact(log, 0, NOW_MS));
            }
        }
        assert_true(dyn_control_log_compact(log, 0, NOW_MS));
        length = dyn_control_log_copy(log, 0, bytes, sizeof(bytes));
        while (dyn_control_log_next(bytes, length, &at, &entry)) {
            take(left, &entry);
        }
        for (size_t i = 0; i < ITEMS; i++) {
            for (size_t k = 0; k <= PLACES; k++) {
                assert_int_equal(all[i][k].set, left[i][k].set);
                assert_true(!all[i][k].set || all[i][k].stock == left[i][k].stock);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_out_as_they_went_in),
        cmocka_unit_test(the_last_word_about_a_thing_stays),
        cmocka_unit_test(a_stock_of_all_locations_replaces_those_of_each),
        cmocka_unit_test(what_the_shop_says_is_older_makes_nothing_void),
        cmocka_unit_test(what_a_snapshot_contains_goes_but_overrides_stay),
        cmocka_unit_test(overrides_go_when_they_end_are_replaced_or_taken_back),
        cmocka_unit_test(the_newest_word_about_overrides_stays_though_it_is_void),
        cmocka_unit_test(a_restore_of_one_kind_or_of_one_entry_leaves_the_others),
        cmocka_unit_test(a_full_log_refuses_and_stays_as_it_was),
        cmocka_unit_test(a_log_that_was_left_in_the_middle_is_begun_anew),
        cmocka_unit_test(what_is_left_says_the_same_as_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
