/* What the exports of Google Analytics 4 and Shopify say beyond what build learns from: prices, quantities, orders; and whom they hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/input/events_read.h"
#include "cli/input/events_stream.h"
#include "cli/train/join.h"

enum { lines_max = 16 };

typedef struct {
    char lines[lines_max][200]; /* event item other quantity price currency order list term */
    char visitors[lines_max][64];
    size_t count;
} told_t;

#define TEXT(str) (int)(str).len, (str).data

static bool take(void *context, const dyn_event_record_t *record)
{
    told_t *told = context;
    const dyn_event_t *event = record->event;

    assert_true(told->count < lines_max);
    snprintf(told->lines[told->count], sizeof(told->lines[0]),
             "%lld %d %.*s/%.*s %u x %lld%s %.*s %.*s %.*s", (long long)record->time_ms,
             (int)record->type, TEXT(record->item_id), TEXT(record->other_id), event->quantity,
             (long long)event->price_minor, event->currency, TEXT(event->transaction_id),
             TEXT(event->list_id), TEXT(event->search_term));
    snprintf(told->visitors[told->count++], sizeof(told->visitors[0]), "%.*s",
             TEXT(record->visitor));

    return true;
}

static void read_events(const char *text, told_t *told)
{
    dyn_error_t error = {""};
    dyn_faults_t faults = {.error = &error};
    uint64_t lines = 0;

    memset(told, 0, sizeof(*told));
    if (!dyn_events_read(fixture_write("events", text), take, told, &faults, &lines)) {
        fail_msg("%s", error.text);
    }
}

/* "TIME TYPE" and the rest of what take() wrote. */
static void assert_told(const told_t *told, size_t at, dyn_event_type_t type, const char *rest)
{
    char line[200];

    assert_true(at < told->count);
    snprintf(line, sizeof(line), "1772323200000 %d %s", (int)type, rest);
    assert_string_equal(told->lines[at], line);
}

static void an_item_of_ga4_keeps_price_quantity_order_and_list(void **state)
{
    told_t told;

    (void)state;
    read_events("{\"event_name\":\"purchase\",\"event_timestamp\":\"1772323200000000\","
                "\"user_pseudo_id\":\"1.2\",\"event_params\":[{\"key\":\"currency\",\"value\":"
                "{\"string_value\":\"EUR\"}}],\"ecommerce\":{\"transaction_id\":\"T-1\"},"
                "\"items\":[{\"item_id\":\"a\",\"price\":\"12.5\",\"quantity\":\"3\","
                "\"item_list_id\":\"recs\"},{\"item_id\":\"shopify_DE_1_2\",\"price\":12.499999,"
                "\"quantity\":null,\"item_variant\":\"(not set)\"}]}\n"
                "{\"event_name\":\"search\",\"event_timestamp\":1772323200000000,\"user_id\":"
                "\"ann@example.com\",\"event_params\":[{\"key\":\"search_term\",\"value\":"
                "{\"string_value\":\"tent\"}}]}\n",
                &told);
    assert_int_equal(told.count, 3);
    assert_told(&told, 0, DYN_EVENT_PURCHASE, "a/ 3 x 1250EUR T-1 recs ");
    assert_told(&told, 1, DYN_EVENT_PURCHASE, "shopify_DE_1_2/2 1 x 1250EUR T-1  ");
    assert_told(&told, 2, DYN_EVENT_SEARCH, "/ 1 x -1   tent");
    assert_string_equal(told.visitors[0], "1.2");
    assert_null(strstr(told.visitors[2], "ann"));
}

static void orders_keep_prices_and_hide_who_bought(void **state)
{
    told_t csv, json;

    (void)state;
    read_events("Name,Email,Currency,Created at,Lineitem quantity,Lineitem price,Lineitem sku\n"
                "#1,Ann@Example.com,JPY,2026-03-01 01:00:00 +0100,2,1200,A\n"
                "#1,,,,1,80.00,B\n",
                &csv);
    assert_int_equal(csv.count, 2);
    assert_told(&csv, 0, DYN_EVENT_PURCHASE, "A/ 2 x 1200JPY #1  ");
    assert_told(&csv, 1, DYN_EVENT_PURCHASE, "B/ 1 x 80JPY #1  ");
    assert_string_equal(csv.visitors[0], csv.visitors[1]);
    assert_null(strstr(csv.visitors[0], "xample"));

    read_events("{\"orders\":[{\"id\":5,\"created_at\":\"2026-03-01T00:00:00Z\",\"email\":"
                "\"ann@example.com\",\"currency\":\"EUR\",\"line_items\":[{\"id\":1,"
                "\"product_id\":10,\"sku\":\"A\",\"quantity\":3,\"current_quantity\":2,"
                "\"price\":\"9.50\"}]}]}\n",
                &json);
    assert_int_equal(json.count, 1);
    assert_told(&json, 0, DYN_EVENT_PURCHASE, "10/A 2 x 950EUR 5  ");
    /* the same person in another file */
    assert_string_equal(json.visitors[0], csv.visitors[0]);
}

static void an_id_of_a_stream_is_read_as_it_is_written(void **state)
{
    static const char *const wrong[] = {"",   "5",     "-",    "5-",
                                        "-5", "5-6-7", "5-6 ", "18446744073709551616-0"};
    char text[DYN_STREAM_ID_BYTES];
    dyn_stream_id_t id;

    (void)state;
    assert_true(dyn_stream_id_read(DYN_STR("18446744073709551615-18446744073709551615"), &id));
    dyn_stream_id_write(id, text);
    assert_string_equal(text, "18446744073709551615-18446744073709551615");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(dyn_stream_id_read(dyn_str_from(wrong[i]), &id));
    }
}

static void the_most_frequent_unknown_items_come_first(void **state)
{
    static const uint32_t events[] = {7, 3, 0, 9, 7, 1, 4, 7}; /* of items 10 and so on */
    static const uint32_t order[] = {13, 10, 14, 17, 16};
    dyn_join_t join = {.catalog_items = 10};
    dyn_join_unknown_t unknown[DYN_JOIN_SHOWN];

    (void)state;
    assert_true(dyn_join_file(&join));
    for (uint32_t item = 0; item < 8; item++) {
        for (uint32_t i = 0; i < events[item]; i++) {
            assert_true(dyn_join_take(&join, 10 + item));
        }
    }
    assert_true(dyn_join_take(&join, 9));
    assert_int_equal(join.all.events, 39);
    assert_int_equal(join.files[0].found, 1);
    assert_int_equal(dyn_join_unknown(&join, unknown), DYN_JOIN_SHOWN);
    for (size_t i = 0; i < DYN_JOIN_SHOWN; i++) {
        assert_int_equal(unknown[i].item, order[i]);
        assert_int_equal(unknown[i].events, events[order[i] - 10]);
    }
    dyn_join_free(&join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_of_ga4_keeps_price_quantity_order_and_list),
        cmocka_unit_test(orders_keep_prices_and_hide_who_bought),
        cmocka_unit_test(an_id_of_a_stream_is_read_as_it_is_written),
        cmocka_unit_test(the_most_frequent_unknown_items_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
