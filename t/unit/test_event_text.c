#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/events/event.h"
#include "engine/base/limits.h"
#include "examples.h"
#include "engine/events/text.h"

static char memory[65536];
static dyn_arena_t arena;

static void fresh_arena(void)
{
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
}

static dyn_event_t event_of(dyn_event_type_t type, const char *item)
{
    return (dyn_event_t){.type = type,
                         .time_ms = 1700000000000,
                         .item_id = dyn_str_from(item),
                         .quantity = 1,
                         .price_minor = -1};
}

static void expect_text(const dyn_event_t *event, const char *expected)
{
    char text[DYN_EVENT_TEXT_BYTES_MAX + 1] = "";
    size_t length = dyn_event_encode(event, text, sizeof(text) - 1);

    text[length] = '\0';
    assert_string_equal(text, expected);
}

static void expect_same(const dyn_event_t *a, const dyn_event_t *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->time_ms, b->time_ms);
    assert_true(dyn_str_equal(a->item_id, b->item_id));
    assert_int_equal(a->quantity, b->quantity);
    assert_int_equal(a->price_minor, b->price_minor);
    assert_string_equal(a->currency, b->currency);
    assert_true(dyn_str_equal(a->search_term, b->search_term));
    assert_true(dyn_str_equal(a->list_id, b->list_id));
    assert_true(dyn_str_equal(a->decision_id, b->decision_id));
    assert_true(dyn_str_equal(a->transaction_id, b->transaction_id));
    assert_true(dyn_str_equal(a->field, b->field));
    assert_true(dyn_str_equal(a->value, b->value));
}

static void an_event_is_written_as_one_short_line(void **state)
{
    dyn_event_t event = event_of(DYN_EVENT_PURCHASE, "pack-30");

    (void)state;
    expect_text(&event, "pu 1700000000000 pack-30");
    event.quantity = 3;
    event.price_minor = 0;
    memcpy(event.currency, "EUR", 4);
    event.list_id = DYN_STR("recs");
    event.decision_id = DYN_STR("00ff");
    event.transaction_id = DYN_STR("T 1");
    expect_text(&event, "pu 1700000000000 pack-30 q=3 p=0 c=EUR l=recs d=00ff o=T%201");

    event = event_of(DYN_EVENT_SEARCH, "");
    expect_text(&event, "se 1700000000000");
    event.search_term = DYN_STR("50% = \xc3\xa9");
    expect_text(&event, "se 1700000000000 - t=50%25%20%3D%20%C3%A9");

    event = event_of(DYN_EVENT_FILTER, "");
    event.field = DYN_STR("colour");
    event.value = DYN_STR("Moss green");
    expect_text(&event, "fi 1700000000000 - f=colour v=Moss%20green");

    event = event_of(DYN_EVENT_VIEW_ITEM, "-");
    expect_text(&event, "vi 1700000000000 %2D");
    event = event_of(DYN_EVENT_VIEW_ITEM, "--");
    expect_text(&event, "vi 1700000000000 --");
    event = event_of(DYN_EVENT_VIEW_ITEM, "A.z_~:/@+,-9");
    expect_text(&event, "vi 1700000000000 A.z_~:/@+,-9");
}

static void an_event_that_does_not_fit_is_not_written(void **state)
{
    dyn_event_t event = event_of(DYN_EVENT_VIEW_ITEM, "abc");
    char text[32];
    size_t length = strlen("vi 1700000000000 abc");

    (void)state;
    memset(text, '!', sizeof(text));
    assert_int_equal(dyn_event_encode(&event, text, length - 1), 0);
    assert_int_equal(text[length - 1], '!');
    assert_int_equal(dyn_event_encode(&event, text, length), length);
    assert_int_equal(text[length], '!');
    assert_int_equal(dyn_event_encode(&event, text, length + 1), length);

    event.time_ms = -1;
    assert_int_equal(dyn_event_encode(&event, text, sizeof(text)), 0);
    event = event_of(DYN_EVENT_TYPES_COUNT, "abc");
    assert_int_equal(dyn_event_encode(&event, text, sizeof(text)), 0);
}

static void the_longest_entry_is_read_and_written_and_one_above_is_not(void **state)
{
    char id[512];
    char text[DYN_EVENT_TEXT_BYTES_MAX + 8];
    size_t head = strlen("vi 1 ");
    dyn_event_t event = event_of(DYN_EVENT_VIEW_ITEM, "");

    (void)state;
    memset(id, ' ', sizeof(id)); /* three bytes each */
    event.time_ms = 1;
    event.item_id = (dyn_str_t){id, (DYN_EVENT_TEXT_BYTES_MAX - head) / 3};
    assert_true(dyn_event_encode(&event, text, sizeof(text)) <= DYN_EVENT_TEXT_BYTES_MAX);
    assert_true(dyn_event_encode(&event, text, sizeof(text)) > DYN_EVENT_TEXT_BYTES_MAX - 3);
    event.item_id.len++;
    assert_int_equal(dyn_event_encode(&event, text, sizeof(text)), 0);

    /* unknown keys fill an entry up to its limit */
    for (size_t length = DYN_EVENT_TEXT_BYTES_MAX - 1; length <= DYN_EVENT_TEXT_BYTES_MAX + 1;
         length++) {
        memset(text, 'x', sizeof(text));
        memcpy(text, "vi 1 a new=", 11);
        fresh_arena();
        assert_int_equal(dyn_event_decode((dyn_str_t){text, length}, &arena, &event),
                         length <= DYN_EVENT_TEXT_BYTES_MAX);
    }
}

/* The longest of every field, percent-encoded: what the parser lets through must always fit. */
static void the_widest_event_fits(void **state)
{
    char wide[DYN_ITEM_ID_BYTES_MAX + 1];
    char text[DYN_EVENT_TEXT_BYTES_MAX];
    char decision[DYN_DECISION_ID_BYTES_MAX];
    dyn_event_t event = event_of(DYN_EVENT_PURCHASE, "");
    dyn_event_t back;

    (void)state;
    memset(wide, '%', sizeof(wide));
    memset(decision, 'd', sizeof(decision));
    event.time_ms = INT64_MAX;
    event.item_id = (dyn_str_t){wide, DYN_ITEM_ID_BYTES_MAX};
    event.quantity = DYN_QUANTITY_MAX;
    event.price_minor = DYN_PRICE_MINOR_MAX;
    memcpy(event.currency, "EUR", 4);
    event.list_id = (dyn_str_t){wide, DYN_LIST_ID_BYTES_MAX};
    event.decision_id = (dyn_str_t){decision, sizeof(decision)};
    event.transaction_id = (dyn_str_t){wide, DYN_TRANSACTION_ID_BYTES_MAX};

    size_t length = dyn_event_encode(&event, text, sizeof(text));

    assert_int_not_equal(length, 0);
    fresh_arena();
    assert_true(dyn_event_decode((dyn_str_t){text, length}, &arena, &back));
    expect_same(&event, &back);

    event.item_id = DYN_STR_NONE;
    event.search_term = (dyn_str_t){wide, DYN_SEARCH_TERM_BYTES_MAX};
    assert_int_not_equal(dyn_event_encode(&event, text, sizeof(text)), 0);

    /* what is filtered or chosen has neither order nor text, and no list beside an item */
    event.item_id = (dyn_str_t){wide, DYN_ITEM_ID_BYTES_MAX};
    event.search_term = DYN_STR_NONE;
    event.transaction_id = event.list_id = DYN_STR_NONE;
    event.field = (dyn_str_t){wide, DYN_FIELD_BYTES_MAX};
    event.value = (dyn_str_t){wide, DYN_VALUE_BYTES_MAX};
    length = dyn_event_encode(&event, text, sizeof(text));
    assert_int_not_equal(length, 0);
    fresh_arena();
    assert_true(dyn_event_decode((dyn_str_t){text, length}, &arena, &back));
    expect_same(&event, &back);

    /* a question has no list */
    event.field = event.value = DYN_STR_NONE;
    event.search_term = (dyn_str_t){wide, DYN_SEARCH_TERM_BYTES_MAX};
    assert_int_not_equal(dyn_event_encode(&event, text, sizeof(text)), 0);
}

static void limits_of_fields_hold_when_reading(void **state)
{
    static const struct {
        const char *key;
        size_t max;
    } fields[] = {{"", DYN_ITEM_ID_BYTES_MAX},
                  {"- t=", DYN_SEARCH_TERM_BYTES_MAX},
                  {"- l=", DYN_LIST_ID_BYTES_MAX},
                  {"- d=", DYN_DECISION_ID_BYTES_MAX},
                  {"- o=", DYN_TRANSACTION_ID_BYTES_MAX},
                  {"- f=", DYN_FIELD_BYTES_MAX},
                  {"- v=", DYN_VALUE_BYTES_MAX}};
    dyn_event_t event;

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        for (size_t length = fields[i].max - 1; length <= fields[i].max + 1; length++) {
            char text[256];
            size_t head = (size_t)snprintf(text, sizeof(text), "vi 1 %s", fields[i].key);

            memset(text + head, 'a', length);
            fresh_arena();
            assert_int_equal(dyn_event_decode((dyn_str_t){text, head + length}, &arena, &event),
                             length <= fields[i].max);
        }
    }
}

static void what_is_no_entry_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "vi",
        "vi ",
        "xx 1",
        "VI 1",
        "vi 1 ",
        "vi  1",
        " vi 1",
        "vi 1  a",
        "vi -1 a",
        "vi +1 a",
        "vi 1x a",
        "vi 1 a ",
        "vi 1 a b",
        "vi 1 a =b",
        "vi 1 a q=",
        "vi 1 a q=0",
        "vi 1 a q=x",
        "vi 1 a q=10000",
        "vi 1 a q=-1",
        "vi 1 a p=-1",
        "vi 1 a p=2000000001",
        "vi 1 a p=1.0",
        "vi 1 a c=eur",
        "vi 1 a c=EURO",
        "vi 1 a c=E",
        "vi 1 %",
        "vi 1 %4",
        "vi 1 %zz",
        "vi 1 a%FF",
        "vi 1 %00",
        "vi 1 a t=%0A",
        "vi 1 \xff",
        "vi 1 a\tb",
        "vi 9223372036854775808 a",
        "vi 99999999999999999999 a",
    };
    dyn_event_t event;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fresh_arena();
        if (dyn_event_decode(dyn_str_from(bad[i]), &arena, &event)) {
            fail_msg("\"%s\" was read", bad[i]);
        }
    }
}

static void edges_of_numbers_are_read(void **state)
{
    dyn_event_t event;

    (void)state;
    fresh_arena();
    assert_true(
        dyn_event_decode(DYN_STR("vi 9223372036854775807 a q=9999 p=2000000000"), &arena, &event));
    assert_int_equal(event.time_ms, INT64_MAX);
    assert_int_equal(event.quantity, 9999);
    assert_int_equal(event.price_minor, 2000000000);
    assert_true(dyn_event_decode(DYN_STR("vi 0 a q=1 p=0"), &arena, &event));
    assert_int_equal(event.time_ms, 0);
    assert_int_equal(event.price_minor, 0);
}

static void keys_of_newer_writers_are_skipped(void **state)
{
    dyn_event_t event;

    (void)state;
    fresh_arena();
    assert_true(dyn_event_decode(DYN_STR("vi 1 a z=9 color=%FF q=2"), &arena, &event));
    assert_int_equal(event.quantity, 2);
    assert_true(dyn_str_equal(event.item_id, DYN_STR("a")));
}

static void what_needs_no_decoding_takes_no_memory(void **state)
{
    dyn_event_t event;

    (void)state;
    dyn_arena_init(&arena, NULL, 0, NULL, NULL);
    assert_true(dyn_event_decode(DYN_STR("ac 1 pack-30 q=2 l=recs"), &arena, &event));
    assert_false(dyn_event_decode(DYN_STR("ac 1 pack%2030"), &arena, &event));
    assert_true(arena.exhausted);
}

/* A small generator, so that every run sees the same events. */
static uint32_t seed;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

static dyn_str_t draw_text(char *text, size_t max)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         "7",
                                         "-",
                                         "%",
                                         " ",
                                         "=",
                                         "&",
                                         "\"",
                                         "<",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x8f\x95",
                                         ".",
                                         "/"};
    size_t length = 0;

    for (uint32_t left = draw(12); left > 0; left--) {
        const char *piece = pieces[draw(sizeof(pieces) / sizeof(pieces[0]))];

        if (length + strlen(piece) <= max) {
            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
        }
    }

    return (dyn_str_t){text, length};
}

/* In memory of just its length, so that a sanitizer sees a byte read beyond it. */
static bool decode_copy(const char *text, size_t length, dyn_event_t *event, char **copy)
{
    *copy = malloc(length);
    memcpy(*copy, text, length);
    fresh_arena();

    return dyn_event_decode((dyn_str_t){*copy, length}, &arena, event);
}

/* Short entries are read another way than long ones; a key that is skipped makes one of the other. */
static void an_entry_is_read_alike_whatever_its_length(void **state)
{
    static const char *const entries[] = {
        "vi 1 x",
        "vi 1700000000000",
        "vi 1700000000000 -",
        "vi 1700000000000 trail-pack-30",
        "ac 1700000000000 trail-pack-30 q=2 p=12900",
        "si 1700000000000 trail-pack-30 l=recs d=0123456789abcdef",
        "se 1700000000000 - t=day%20packs",
    };
    static const char skipped[] = " zz=0123456789012345678901234567890123456789012345678901234567";

    (void)state;
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        size_t length = strlen(entries[i]);

        for (size_t at = 0; at < length; at++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[160];
                char *short_copy, *long_copy;
                dyn_event_t short_event, long_event;

                memcpy(text, entries[i], length);
                text[at] = (char)byte;

                /* a word of its own where there was none but the time: then it is the item */
                bool has_item = memchr(text + 3, ' ', length - 3) != NULL;
                bool read = decode_copy(text, length, &short_event, &short_copy);

                memcpy(text + length, has_item ? skipped : " -", has_item ? sizeof(skipped) : 3);
                if (!has_item) {
                    memcpy(text + length + 2, skipped, sizeof(skipped));
                }
                assert_int_equal(decode_copy(text, strlen(skipped) + length + (has_item ? 0 : 2),
                                             &long_event, &long_copy),
                                 read);
                if (read) {
                    expect_same(&short_event, &long_event);
                }
                free(short_copy);
                free(long_copy);
            }
        }
    }
}

static void numbers_of_every_length_are_read(void **state)
{
    static const char digits[] = "9123456780912345678";

    (void)state;
    for (int length = 1; length <= 19; length++) {
        char text[64];
        dyn_event_t event;
        int end = snprintf(text, sizeof(text), "vi %.*s item", length, digits);

        fresh_arena();

        bool fits = length < 19 || strtoull(digits, NULL, 10) <= INT64_MAX;

        assert_int_equal(dyn_event_decode((dyn_str_t){text, (size_t)end}, &arena, &event), fits);
        if (fits) {
            char number[20];

            snprintf(number, sizeof(number), "%.*s", length, digits);
            assert_int_equal(event.time_ms, strtoull(number, NULL, 10));
        }
        for (int at = 3; at < 3 + length; at++) {
            static const char others[] = "/:;aA\x80\xff-";

            for (size_t i = 0; i < sizeof(others) - 1; i++) {
                char digit = text[at];

                text[at] = others[i];
                assert_false(dyn_event_decode((dyn_str_t){text, (size_t)end}, &arena, &event));
                text[at] = digit;
            }
        }
    }
}

static void every_event_comes_back_as_it_was_written(void **state)
{
    (void)state;
    seed = 1;
    for (int i = 0; i < 20000; i++) {
        char texts[5][64];
        char line[DYN_EVENT_TEXT_BYTES_MAX];
        dyn_event_t back;
        dyn_event_t event = {
            .type = (dyn_event_type_t)draw(DYN_EVENT_TYPES_COUNT),
            .time_ms = (int64_t)draw(1U << 24) * draw(1U << 24),
            .quantity = 1 + draw(DYN_QUANTITY_MAX),
            .price_minor = (int64_t)draw(20000) - 1,
            .item_id = draw_text(texts[0], 64),
            .search_term = draw_text(texts[1], 64),
            .list_id = draw_text(texts[2], 64),
            .decision_id = draw_text(texts[3], 32),
            .transaction_id = draw_text(texts[4], DYN_TRANSACTION_ID_BYTES_MAX),
        };

        if (draw(2) == 1) {
            memcpy(event.currency, "SEK", 4);
        }

        size_t length = dyn_event_encode(&event, line, sizeof(line));

        assert_int_not_equal(length, 0);
        for (size_t k = 0; k < length; k++) {
            assert_true(line[k] >= ' ' && line[k] < 0x7f);
        }
        fresh_arena();
        assert_true(dyn_event_decode((dyn_str_t){line, length}, &arena, &back));
        expect_same(&event, &back);
    }
}

static void the_documents_entries_are_read_and_written_as_they_stand(void **state)
{
    dyn_str_t document = examples_read("docs/data-model.md");
    dyn_str_t log;
    size_t at = 0;
    int count = 0;

    (void)state;
    assert_true(examples_next(document, "log", &at, &log));
    while (log.len > 0) {
        const char *end = memchr(log.data, '\n', log.len);
        dyn_str_t line = {log.data, end == NULL ? log.len : (size_t)(end - log.data)};
        char text[DYN_EVENT_TEXT_BYTES_MAX];
        dyn_event_t event;

        fresh_arena();
        assert_true(dyn_event_decode(line, &arena, &event));
        assert_int_equal(dyn_event_encode(&event, text, sizeof(text)), line.len);
        assert_memory_equal(text, line.data, line.len);
        log.data += line.len + (end != NULL);
        log.len -= line.len + (end != NULL);
        count++;
    }
    assert_int_equal(count, 11);
    free((char *)(uintptr_t)document.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_written_as_one_short_line),
        cmocka_unit_test(an_event_that_does_not_fit_is_not_written),
        cmocka_unit_test(the_longest_entry_is_read_and_written_and_one_above_is_not),
        cmocka_unit_test(the_widest_event_fits),
        cmocka_unit_test(limits_of_fields_hold_when_reading),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(edges_of_numbers_are_read),
        cmocka_unit_test(keys_of_newer_writers_are_skipped),
        cmocka_unit_test(what_needs_no_decoding_takes_no_memory),
        cmocka_unit_test(an_entry_is_read_alike_whatever_its_length),
        cmocka_unit_test(numbers_of_every_length_are_read),
        cmocka_unit_test(every_event_comes_back_as_it_was_written),
        cmocka_unit_test(the_documents_entries_are_read_and_written_as_they_stand),
    };

    return cmocka_run_group_tests_name("event_text", tests, NULL, NULL);
}
