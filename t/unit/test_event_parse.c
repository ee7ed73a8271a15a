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
#include "engine/events/parse.h"
#include "engine/events/text.h"

enum { time_ms = 1700000000 };
static const int64_t now_ms = (int64_t)time_ms * 1000;
static _Alignas(16) char memory[1 << 20];
static char result[1 << 20];
static dyn_arena_t arena;

/* What a body becomes, a line each: entries, then "INDEX: SENTENCE" of faults; or the sentence that refuses it. */
static const char *read_body(dyn_str_t body)
{
    dyn_event_batch_t batch;
    dyn_error_t error = {""};
    size_t length = 0;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_event_parse(body, now_ms, &arena, &batch, &error)) {
        assert_int_equal(batch.count + batch.fault_count, 0);
        (void)snprintf(result, sizeof(result), "%s", error.text);
        return result;
    }

    for (size_t i = 0; i < batch.count; i++) {
        size_t entry = dyn_event_encode(&batch.events[i], result + length, sizeof(result) - length);

        assert_int_not_equal(entry, 0);
        length += entry;
        result[length++] = '\n';
    }
    for (size_t i = 0; i < batch.fault_count; i++) {
        length += (size_t)snprintf(result + length, sizeof(result) - length, "%u: %.*s\n",
                                   batch.faults[i].index, (int)batch.faults[i].sentence.len,
                                   batch.faults[i].sentence.data);
    }
    result[length == 0 ? 0 : length - 1] = '\0';

    return result;
}

static void expect(const char *body, const char *expected)
{
    assert_string_equal(read_body(dyn_str_from(body)), expected);
}

/* The sentence begins with this. */
static void expect_start(const char *body, const char *expected)
{
    const char *got = read_body(dyn_str_from(body));

    if (strncmp(got, expected, strlen(expected)) != 0) {
        fail_msg("%s\nbecame \"%s\"\nand not  \"%s\"", body, got, expected);
    }
}

static void the_documents_examples_become_what_it_says(void **state)
{
    dyn_str_t document = examples_read("docs/events.md");
    dyn_str_t body;
    dyn_str_t log;
    size_t at = 0;
    int count = 0;

    (void)state;
    while (examples_next(document, "json", &at, &body)) {
        char expected[4096];

        assert_true(examples_next(document, "log", &at, &log));
        (void)snprintf(expected, sizeof(expected), "%.*s", (int)log.len, log.data);
        assert_string_equal(read_body(body), expected);
        count++;
    }
    assert_true(count >= 10);
    free((char *)(uintptr_t)document.data);
}

static void every_name_is_known_by_ga4_shopify_and_segment(void **state)
{
    char body[256];
    char expected[64];

    (void)state;
#define X(c, name, code)                                                                \
    (void)snprintf(body, sizeof(body),                                                  \
                   "{\"event\":\"%s\",\"item_id\":\"a\",\"search_term\":\"b\"}", name); \
    expect_start(body, code " 1700000000000");
    DYN_EVENT_TYPES(X)
#undef X
#define X(alias, c)                                                                      \
    (void)snprintf(body, sizeof(body),                                                   \
                   "{\"event\":\"%s\",\"item_id\":\"a\",\"search_term\":\"b\"}", alias); \
    (void)snprintf(expected, sizeof(expected), "%.2s 1700000000000",                     \
                   dyn_event_code(DYN_EVENT_##c).data);                                  \
    expect_start(body, expected);
    DYN_EVENT_ALIASES(X)
#undef X
}

static void parameters_stand_in_any_of_their_places(void **state)
{
    static const char expected[] = "vi 1700000000000 a";

    (void)state;
    expect("{\"name\":\"view_item\",\"item_id\":\"a\"}", expected);
    expect("{\"name\":\"view_item\",\"params\":{\"item_id\":\"a\"}}", expected);
    expect("{\"name\":\"view_item\",\"ecommerce\":{\"item_id\":\"a\"}}", expected);
    expect("{\"name\":\"view_item\",\"params\":{\"ecommerce\":{\"item_id\":\"a\"}}}", expected);
    expect("{\"name\":\"view_item\",\"properties\":{\"product_id\":\"a\"}}", expected);
    expect("{\"name\":\"view_item\",\"items\":[],\"item_id\":\"a\"}", expected);
    expect("{\"name\":\"view_item\",\"items\":null,\"item_id\":\"a\"}", expected);
    expect("[{\"event\":\"view_item\",\"item_id\":\"a\"}]", expected);
}

static void an_items_own_fields_stand_before_its_events(void **state)
{
    (void)state;
    expect("{\"event\":\"view_item\",\"currency\":\"EUR\",\"item_list_id\":\"out\",\"items\":[{"
           "\"item_id\":\"a\",\"price\":1,\"currency\":\"JPY\",\"item_list_id\":\"in\"},{\"item_"
           "id\":\"b\",\"price\":1}]}",
           "vi 1700000000000 a p=1 c=JPY l=in\nvi 1700000000000 b p=100 c=EUR l=out");
}

static void times_in_the_body_are_not_believed(void **state)
{
    (void)state;
    expect("{\"event\":\"view_item\",\"item_id\":\"a\",\"time_ms\":1,\"timestamp_micros\":5}",
           "vi 1700000000000 a");
}

static void ids_are_strings_or_whole_numbers(void **state)
{
    (void)state;
    expect("{\"event\":\"view_item\",\"item_id\":9007199254740993}",
           "vi 1700000000000 9007199254740993");
    expect("{\"event\":\"view_item\",\"item_id\":\"gid://shopify/Product/7\"}",
           "vi 1700000000000 7");
    expect_start("{\"event\":\"view_item\",\"item_id\":1.5}", "0: item_id: is neither");
    expect_start("{\"event\":\"view_item\",\"item_id\":true}", "0: item_id: is neither");
    expect_start("{\"event\":\"view_item\",\"item_id\":{}}", "0: item_id: is neither");
    expect_start("{\"event\":\"view_item\",\"item_id\":\"\"}", "0: item_id: \"\" is no id");
    expect_start("{\"event\":\"view_item\",\"item_id\":\"a\\nb\"}", "0: item_id: ");
    expect_start("{\"event\":\"view_item\",\"item_id\":null}", "0: items: is missing");
    expect_start("{\"event\":\"view_item\",\"items\":[{\"id\":\"a\"}]}",
                 "0: items[0].item_id: is missing");
    expect_start("{\"event\":\"view_item\",\"items\":[3]}", "0: items[0]: is no object");
    expect_start("{\"event\":\"view_item\",\"items\":{}}", "0: items: is no array");
    expect_start("{\"event\":\"select_item\",\"item_id\":\"a\",\"decision_id\":\"a b\"}",
                 "0: decision_id: \"a b\" is none: copy");
    expect("{\"event\":\"select_item\",\"item_id\":\"a\",\"decision_id\":\"aZ0-_\"}",
           "si 1700000000000 a d=aZ0-_");
}

static void prices_and_quantities_are_checked(void **state)
{
    static const struct {
        const char *fields;
        const char *expected;
    } cases[] = {
        {"\"price\":12.5,\"currency\":\"EUR\"", "vi 1700000000000 a p=1250 c=EUR"},
        {"\"price\":\"12.5\",\"currency\":\"eur\"", "vi 1700000000000 a p=1250 c=EUR"},
        {"\"price\":0.286,\"currency\":\"EUR\"", "vi 1700000000000 a p=29 c=EUR"},
        {"\"price\":1.2345,\"currency\":\"KWD\"", "vi 1700000000000 a p=1235 c=KWD"},
        {"\"price\":12.5", "vi 1700000000000 a"},
        {"\"price\":0,\"currency\":\"EUR\"", "vi 1700000000000 a p=0 c=EUR"},
        {"\"price\":20000000,\"currency\":\"EUR\"", "vi 1700000000000 a p=2000000000 c=EUR"},
        {"\"price\":20000000.01,\"currency\":\"EUR\"", "0: price: "},
        {"\"price\":-1,\"currency\":\"EUR\"", "0: price: "},
        {"\"price\":1e300,\"currency\":\"EUR\"", "0: price: "},
        {"\"price\":\"1,5\",\"currency\":\"EUR\"", "0: price: "},
        {"\"price\":[],\"currency\":\"EUR\"", "0: price: "},
        {"\"currency\":\"EURO\"", "0: currency: "},
        {"\"currency\":\"E1R\"", "0: currency: "},
        {"\"currency\":978", "0: currency: "},
        {"\"quantity\":1", "vi 1700000000000 a"},
        {"\"quantity\":9999", "vi 1700000000000 a q=9999"},
        {"\"quantity\":\"3\"", "vi 1700000000000 a q=3"},
        {"\"quantity\":3.0", "vi 1700000000000 a q=3"},
        {"\"quantity\":10000", "0: quantity: is no whole number from 1 to 9999"},
        {"\"quantity\":0", "0: quantity: "},
        {"\"quantity\":-1", "0: quantity: "},
        {"\"quantity\":1.5", "0: quantity: "},
        {"\"quantity\":\"\"", "0: quantity: "},
        {"\"quantity\":true", "0: quantity: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];

        (void)snprintf(body, sizeof(body), "{\"event\":\"view_item\",\"item_id\":\"a\",%s}",
                       cases[i].fields);
        if (cases[i].expected[0] == '0') {
            expect_start(body, cases[i].expected);
        } else {
            expect(body, cases[i].expected);
        }
    }
}

static void texts_are_cut_between_characters_and_trimmed(void **state)
{
    char body[1024];
    char term[DYN_SEARCH_TERM_BYTES_MAX + 8];
    dyn_event_batch_t batch;

    (void)state;
    for (size_t length = DYN_SEARCH_TERM_BYTES_MAX - 1; length <= DYN_SEARCH_TERM_BYTES_MAX + 1;
         length++) {
        memset(term, 'a', sizeof(term));
        term[length] = '\0';
        (void)snprintf(body, sizeof(body), "{\"event\":\"search\",\"search_term\":\"%s\"}", term);
        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_true(dyn_event_parse(dyn_str_from(body), now_ms, &arena, &batch, NULL));
        assert_int_equal(batch.events[0].search_term.len,
                         length > DYN_SEARCH_TERM_BYTES_MAX ? DYN_SEARCH_TERM_BYTES_MAX : length);
    }
    memcpy(term + DYN_SEARCH_TERM_BYTES_MAX - 1, "\xc3\xa9", 3);
    (void)snprintf(body, sizeof(body), "{\"event\":\"search\",\"search_term\":\"%s\"}", term);
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_event_parse(dyn_str_from(body), now_ms, &arena, &batch, NULL));
    assert_int_equal(batch.events[0].search_term.len, DYN_SEARCH_TERM_BYTES_MAX - 1);

    expect("{\"event\":\"search\",\"search_term\":\"\\t a\\u0007b \\n\"}",
           "se 1700000000000 - t=a%20b");
    expect_start("{\"event\":\"search\",\"search_term\":\"  \"}", "0: search_term: is missing");
    expect_start("{\"event\":\"search\"}", "0: search_term: is missing");
}

static void what_is_chosen_has_a_field_and_a_value(void **state)
{
    (void)state;
    expect("{\"event\":\"filter\",\"field\":\" Price \",\"max\":200}",
           "fi 1700000000000 - f=price v=-200");
    expect("{\"event\":\"filter\",\"field\":\"price\",\"min\":\"49.50\"}",
           "fi 1700000000000 - f=price v=49.50-");
    expect("{\"event\":\"filter\",\"field\":\"waterproof\",\"value\":true}",
           "fi 1700000000000 - f=waterproof v=true");
    expect("{\"event\":\"filter\",\"field\":\"capacity\",\"value\":[30,2.5,\"a\"]}",
           "fi 1700000000000 - f=capacity v=30\nfi 1700000000000 - f=capacity v=2.5\n"
           "fi 1700000000000 - f=capacity v=a");
    expect("{\"event\":\"filter\"}", "fi 1700000000000");
    expect("{\"event\":\"filter\",\"value\":[]}", "fi 1700000000000");
    expect(
        "{\"event\":\"sort\",\"option_name\":\"price\",\"option_value\":\"asc\",\"item_id\":\"a\","
        "\"item_list_id\":\"l\"}",
        "so 1700000000000 a f=price v=asc");
    expect("{\"event\":\"question\",\"item_list_id\":\"l\",\"text\":\"why\"}",
           "qu 1700000000000 - t=why");
    expect("{\"event\":\"Product List Filtered\",\"filters\":[7,{\"type\":\"a\",\"value\":\"b\"}]}",
           "fi 1700000000000 - f=a v=b");
}

static void measures_are_whole_numbers_within_their_limits(void **state)
{
    (void)state;
    expect("{\"event\":\"scroll\",\"value\":100.4}", "sc 1700000000000 - v=100");
    expect("{\"event\":\"scroll\",\"value\":\"99.4\"}", "sc 1700000000000 - v=99");
    expect("{\"event\":\"scroll\",\"value\":0}", "sc 1700000000000 - v=0");
    expect("{\"event\":\"scroll\"}", "sc 1700000000000");
    expect("{\"event\":\"dwell\",\"value\":86399}", "dw 1700000000000 - v=86399");
    expect("{\"event\":\"dwell\",\"value\":86401}", "dw 1700000000000 - v=86400");
    expect("{\"event\":\"user_engagement\",\"params\":{\"engagement_time_msec\":2600}}",
           "dw 1700000000000 - v=3");
    expect("{\"event\":\"user_engagement\",\"params\":{\"engagement_time_msec\":\"2600\"}}",
           "dw 1700000000000 - v=3");
    expect("{\"event\":\"dwell\",\"value\":-1}", "0: value: is no number from 0 on: write seconds");
    expect("{\"event\":\"hover\",\"value\":\"long\"}",
           "0: value: is no number from 0 on: write seconds");
    expect("{\"event\":\"scroll\",\"percent_scrolled\":[]}",
           "0: percent_scrolled: is no number from 0 on: write how far the page was scrolled, in "
           "percent");
}

static void fields_values_and_their_lists_have_limits(void **state)
{
    char body[2048];
    char expected[4096];
    char text[DYN_VALUE_BYTES_MAX + 2];

    (void)state;
    for (int length = DYN_FIELD_BYTES_MAX - 1; length <= DYN_VALUE_BYTES_MAX + 1; length++) {
        memset(text, 'x', sizeof(text));
        (void)snprintf(body, sizeof(body),
                       "{\"event\":\"sort\",\"field\":\"%.*s\",\"value\":\"%.*s\"}", length, text,
                       length, text);
        (void)snprintf(expected, sizeof(expected), "so 1700000000000 - f=%.*s v=%.*s",
                       length < DYN_FIELD_BYTES_MAX ? length : DYN_FIELD_BYTES_MAX, text,
                       length < DYN_VALUE_BYTES_MAX ? length : DYN_VALUE_BYTES_MAX, text);
        expect(body, expected);
    }
    for (int values = DYN_EVENT_VALUES_MAX - 1; values <= DYN_EVENT_VALUES_MAX + 1; values++) {
        size_t at = (size_t)snprintf(body, sizeof(body), "{\"event\":\"filter\",\"value\":[");
        size_t written = 0;

        for (int i = 0; i < values; i++) {
            at += (size_t)snprintf(body + at, sizeof(body) - at, "%s%d", i == 0 ? "" : ",", i);
            if (i < DYN_EVENT_VALUES_MAX) {
                written += (size_t)snprintf(expected + written, sizeof(expected) - written,
                                            "%sfi 1700000000000 - v=%d", i == 0 ? "" : "\n", i);
            }
        }
        (void)snprintf(body + at, sizeof(body) - at, "]}");
        expect(body, expected);
    }
}

static void a_bad_event_leaves_the_good_ones(void **state)
{
    (void)state;
    expect_start(
        "[{\"event\":\"view_item\",\"item_id\":\"a\"},7,{\"event\":\"view_item\",\"items\":"
        "[{\"item_id\":\"b\"},{\"item_id\":\"\\t\"}]},{\"event\":\"view_item\",\"item_id\":"
        "\"c\"}]",
        "vi 1700000000000 a\nvi 1700000000000 c\n1: the event is no JSON object");
    expect_start("{}", "0: event: is missing");
    expect_start("{\"event\":5}", "0: event: is no string");
    expect_start("{\"name\":\"x\"}", "0: name: \"x\" is no event that is known");
    expect_start("[7]", "0: the event is no JSON object");
}

static void a_long_name_is_quoted_in_part(void **state)
{
    (void)state;
    expect_start("{\"event\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zzzzzzzzzz\"}",
                 "0: event: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is no event");
}

static void a_body_that_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    expect_start("", "the body is empty");
    expect_start("7", "the body is no JSON: line 1");
    expect_start("{\"event\":\n\"view_item\",}", "the body is no JSON: line 2, column ");
    expect_start("{\"event\":\"a\"} x", "the body is no JSON: line 1");
    expect_start("{\"event\":\"a\",\"event\":\"b\"}", "the body is no JSON: line 1");
    expect_start("{\"event\":\"\xff\"}", "the body is no JSON: line 1");
    expect_start("{\"event\":\"a\\u0000b\"}", "the body is no JSON: line 1");
    expect_start("{\"events\":{}}", "events: is no array");
    expect_start("{\"batch\":1}", "batch: is no array");
    expect_start("{\"events\":[]}", "the body holds no event");
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    for (int depth = DYN_JSON_DEPTH_MAX - 1; depth <= DYN_JSON_DEPTH_MAX + 1; depth++) {
        char body[256] = "{\"event\":\"page_view\",\"x\":\"[[[[[[[[[[[[[[[[[[[[\\\"[\",\"y\":";
        size_t length = strlen(body);

        memset(body + length, '[', (size_t)depth - 1);
        memset(body + length + depth - 1, ']', (size_t)depth - 1);
        body[length + 2 * (size_t)(depth - 1)] = '}';
        expect_start(body, depth <= DYN_JSON_DEPTH_MAX ? "pv 1700000000000"
                                                       : "the body nests deeper than 16");
    }
}

static void a_bomb_of_brackets_is_refused(void **state)
{
    static char body[DYN_EVENT_BODY_BYTES_MAX];

    (void)state;
    memset(body, '[', sizeof(body));
    assert_non_null(strstr(read_body((dyn_str_t){body, sizeof(body)}), "nests deeper"));
}

static void a_body_has_a_limit(void **state)
{
    static char body[DYN_EVENT_BODY_BYTES_MAX + 2];
    static const char event[] = "{\"event\":\"page_view\"}";

    (void)state;
    memset(body, ' ', sizeof(body));
    memcpy(body, event, sizeof(event) - 1);
    assert_string_equal(read_body((dyn_str_t){body, DYN_EVENT_BODY_BYTES_MAX - 1}),
                        "pv 1700000000000");
    assert_string_equal(read_body((dyn_str_t){body, DYN_EVENT_BODY_BYTES_MAX}), "pv 1700000000000");
    assert_non_null(strstr(read_body((dyn_str_t){body, DYN_EVENT_BODY_BYTES_MAX + 1}),
                           "the body has 65537 bytes, 65536 at most"));
}

/* `count` times the piece between open and close */
static dyn_str_t repeated(const char *open, const char *piece, size_t count, const char *close)
{
    static char body[DYN_EVENT_BODY_BYTES_MAX];
    size_t length = (size_t)snprintf(body, sizeof(body), "%s", open);

    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(body + length, sizeof(body) - length, "%s%s", i == 0 ? "" : ",",
                                   piece);
    }
    length += (size_t)snprintf(body + length, sizeof(body) - length, "%s", close);

    return (dyn_str_t){body, length};
}

static void a_batch_and_its_items_have_limits(void **state)
{
    dyn_event_batch_t batch;

    (void)state;
    for (size_t count = DYN_EVENT_BATCH_MAX - 1; count <= DYN_EVENT_BATCH_MAX + 1; count++) {
        dyn_error_t error = {""};
        dyn_str_t body = repeated("[", "{\"event\":\"page_view\"}", count, "]");

        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_int_equal(dyn_event_parse(body, now_ms, &arena, &batch, &error),
                         count <= DYN_EVENT_BATCH_MAX);
        assert_int_equal(batch.batch, count <= DYN_EVENT_BATCH_MAX ? count : 0);
        assert_int_equal(batch.count, batch.batch);
    }

    for (size_t count = DYN_EVENT_ITEMS_MAX - 1; count <= DYN_EVENT_ITEMS_MAX + 1; count++) {
        dyn_str_t body = repeated("{\"event\":\"view_item_list\",\"items\":[",
                                  "{\"item_id\":\"a\"}", count, "]}");

        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_true(dyn_event_parse(body, now_ms, &arena, &batch, NULL));
        assert_int_equal(batch.count, count <= DYN_EVENT_ITEMS_MAX ? count : 0);
        assert_int_equal(batch.fault_count, count <= DYN_EVENT_ITEMS_MAX ? 0 : 1);
    }
}

/* Which of its lines a payload leaves, whatever else in it is null or missing. */
static void what_is_null_or_missing_leaves_the_other_lines(void **state)
{
    static const struct {
        const char *name;
        const char *body; /* %s: the lines */
        const char *line; /* one that names the product "mug" */
        const char *left; /* its entry, without the code and the time */
        const char *empty[6];
    } lists[] = {
        {"checkout_completed",
         "{\"name\":\"checkout_completed\",\"data\":{\"checkout\":{\"order\":null,\"currencyCode\":"
         "\"USD\",\"lineItems\":[%s]}}}",
         "{\"quantity\":2,\"variant\":{\"price\":{\"amount\":10},\"product\":{\"id\":\"mug\"}}}",
         "mug q=2 p=1000 c=USD",
         {"null", "{}", "{\"variant\":null}", "{\"variant\":{\"product\":null,\"price\":null}}",
          "{\"quantity\":0,\"variant\":{\"product\":{\"id\":null}}}",
          "{\"title\":\"Gift wrap\",\"quantity\":1,\"variant\":{\"product\":{}}}"}},
        {"collection_viewed",
         "{\"name\":\"collection_viewed\",\"data\":{\"collection\":{\"id\":null,"
         "\"productVariants\":[%s]}}}",
         "{\"price\":null,\"product\":{\"id\":\"mug\"}}",
         "mug",
         {"null", "{}", "{\"product\":null}", "{\"product\":{}}", "{\"product\":{\"id\":null}}",
          "{\"price\":{\"amount\":-1,\"currencyCode\":\"USD\"},\"product\":null}"}},
        {"cart_viewed",
         "{\"name\":\"cart_viewed\",\"data\":{\"cart\":{\"cost\":null,\"lines\":[%s]}}}",
         "{\"quantity\":null,\"merchandise\":{\"price\":{\"amount\":null,\"currencyCode\":null},"
         "\"product\":{\"id\":\"mug\"}}}",
         "mug",
         {"null", "{}", "{\"merchandise\":null}", "{\"merchandise\":{\"product\":null}}",
          "{\"quantity\":-3,\"merchandise\":{}}", "{\"merchandise\":{\"product\":{\"id\":null}}}"}},
        {"purchase",
         "{\"event\":\"purchase\",\"params\":null,\"ecommerce\":{\"transaction_id\":null,"
         "\"coupon\":"
         "null,\"currency\":\"USD\",\"items\":[%s]}}",
         "{\"item_id\":\"mug\",\"price\":10,\"quantity\":null,\"item_list_id\":null}",
         "mug p=1000 c=USD",
         {"null", "{}", "{\"item_id\":null}", "{\"item_id\":\"\"}",
          "{\"item_name\":\"Gift wrap\",\"quantity\":0}", "{\"price\":\"free\"}"}},
        {"Order Completed",
         "{\"event\":\"Order Completed\",\"properties\":{\"order_id\":null,\"currency\":\"USD\","
         "\"products\":[%s]}}",
         "{\"product_id\":\"mug\",\"price\":10}",
         "mug p=1000 c=USD",
         {"null", "{}", "{\"product_id\":null}", "{\"product_id\":\"\"}", "{\"sku\":\"x\"}",
          "{\"product_id\":null,\"quantity\":0}"}},
    };
    char lines[1024];
    char body[2048];
    char expected[256];

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        dyn_event_type_t type;

        assert_true(dyn_event_type_from_name(dyn_str_from(lists[i].name), &type));
        (void)snprintf(expected, sizeof(expected), "%.2s 1700000000000 %s",
                       dyn_event_code(type).data, lists[i].left);

        for (size_t k = 0; k < sizeof(lists[i].empty) / sizeof(lists[i].empty[0]); k++) {
            (void)snprintf(lines, sizeof(lines), "%s,%s,%s", lists[i].empty[k], lists[i].line,
                           lists[i].empty[k]);
            (void)snprintf(body, sizeof(body), lists[i].body, lines);
            expect(body, expected);

            /* none is left */
            (void)snprintf(body, sizeof(body), lists[i].body, lists[i].empty[k]);
            expect(body, "0: items[0].item_id: is missing: name the product, such as "
                         "\"item_id\": \"SKU_12345\"");
            (void)snprintf(lines, sizeof(lines), "%s,%s", lists[i].empty[k], lists[i].empty[k]);
            (void)snprintf(body, sizeof(body), lists[i].body, lines);
            expect_start(body, "0: items[0].item_id: is missing, and none of the others has one");
        }
    }
}

/* Events of one product, or of none: null anywhere is as if it were not there. */
static void null_is_as_if_the_field_were_missing(void **state)
{
    static const struct {
        const char *data;
        const char *expected;
    } cases[] = {
        {"\"name\":\"product_viewed\",\"data\":null", "0: items: is missing: view_item"},
        {"\"name\":\"product_viewed\",\"data\":{\"productVariant\":null}", "0: items: is missing"},
        {"\"name\":\"product_viewed\",\"data\":{\"productVariant\":{\"product\":null}}",
         "0: items: is missing"},
        {"\"name\":\"product_viewed\",\"data\":{\"productVariant\":{\"price\":null,\"product\":{"
         "\"id\":\"a\"}}}",
         "vi 1700000000000 a"},
        {"\"name\":\"product_added_to_cart\",\"data\":{\"cartLine\":null}", "0: items: is missing"},
        {"\"name\":\"product_added_to_cart\",\"data\":{\"cartLine\":{\"merchandise\":null}}",
         "0: items: is missing"},
        {"\"name\":\"product_added_to_cart\",\"data\":{\"cartLine\":{\"quantity\":null,"
         "\"merchandise\":{\"price\":{\"amount\":null,\"currencyCode\":null},\"product\":{\"id\":"
         "\"a\"}}}}",
         "ac 1700000000000 a"},
        {"\"name\":\"cart_viewed\",\"data\":{\"cart\":null}", "vc 1700000000000"},
        {"\"name\":\"cart_viewed\",\"data\":{\"cart\":{\"lines\":null}}", "vc 1700000000000"},
        {"\"name\":\"collection_viewed\",\"data\":{\"collection\":null}", "vl 1700000000000"},
        {"\"name\":\"checkout_started\",\"data\":{\"checkout\":null}", "bc 1700000000000"},
        {"\"name\":\"checkout_completed\",\"data\":{\"checkout\":null}", "0: items: is missing"},
        {"\"name\":\"search_submitted\",\"data\":{\"searchResult\":null}",
         "0: search_term: is missing"},
        {"\"event\":\"view_item\",\"ecommerce\":null,\"item_id\":\"a\",\"price\":null,\"currency\":"
         "null,\"quantity\":null,\"item_list_id\":null,\"decision_id\":null",
         "vi 1700000000000 a"},
        {"\"event\":null,\"name\":\"page_view\",\"params\":null", "pv 1700000000000"},
        {"\"event\":\"Product Added\",\"properties\":null", "0: items: is missing"},
        {"\"event\":\"Products Searched\",\"properties\":{\"query\":null}",
         "0: search_term: is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[512];

        (void)snprintf(body, sizeof(body), "{%s}", cases[i].data);
        if (cases[i].expected[0] == '0') {
            expect_start(body, cases[i].expected);
        } else {
            expect(body, cases[i].expected);
        }
    }
}

static void a_search_and_a_checkout_have_more_names_than_one(void **state)
{
    (void)state;
    expect("{\"event\":\"view_search_results\",\"search_term\":\"mug\",\"items\":[{\"item_id\":"
           "\"a\"}]}",
           "se 1700000000000 - t=mug");
    expect("{\"event\":\"add_shipping_info\",\"shipping_tier\":\"Ground\",\"items\":[{\"item_id\":"
           "\"a\"}]}",
           "bc 1700000000000");
    expect("{\"event\":\"add_payment_info\",\"payment_type\":\"card\",\"items\":[{\"item_id\":"
           "\"a\"}]}",
           "bc 1700000000000");
}

static void a_refund_is_no_purchase_and_a_promotion_no_item(void **state)
{
    (void)state;
    expect("{\"event\":\"refund\",\"transaction_id\":\"T1\"}", "rf 1700000000000 - o=T1");
    expect("{\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"T1\",\"products\":[{"
           "\"product_id\":\"a\",\"quantity\":2},{\"product_id\":null}]}}",
           "rf 1700000000000 a q=2 o=T1");
    expect("{\"event\":\"view_promotion\",\"promotion_id\":\"summer\",\"items\":[{\"item_id\":"
           "\"a\"},{\"item_id\":\"b\"}]}",
           "vp 1700000000000 - l=summer");
    expect("{\"event\":\"select_promotion\",\"creative_name\":\"x\",\"items\":[{\"item_id\":"
           "\"a\"}]}",
           "sp 1700000000000");
    expect("{\"event\":\"Promotion Clicked\",\"properties\":{\"promotion_id\":\"p1\"}}",
           "sp 1700000000000 - l=p1");
}

static void a_body_becomes_so_many_entries_and_no_more(void **state)
{
    dyn_event_batch_t batch;

    (void)state;
    /* events of five products each, and with one more product at the end */
    for (size_t more = 0; more <= 1; more++) {
        dyn_str_t body =
            repeated("[",
                     "{\"event\":\"view_item_list\",\"items\":[{\"item_id\":1},{\"item_"
                     "id\":2},null,{\"item_id\":3},{\"item_id\":4},{\"item_id\":5}]}",
                     DYN_EVENT_ENTRIES_MAX / 5,
                     more == 0 ? "]" : ",{\"event\":\"view_item\",\"item_id\":6}]");

        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_true(dyn_event_parse(body, now_ms, &arena, &batch, NULL));
        assert_int_equal(batch.count, DYN_EVENT_ENTRIES_MAX);
        assert_int_equal(batch.fault_count, more);
        if (more != 0) {
            assert_int_equal(batch.faults[0].index, DYN_EVENT_ENTRIES_MAX / 5);
            assert_non_null(strstr(batch.faults[0].sentence.data, "items: the body holds more than "
                                                                  "200 products together: send"));
        }
    }

    /* what is over is refused whole, and what still fits behind it is taken */
    dyn_str_t body = repeated("[{\"event\":\"view_item\",\"item_id\":\"first\"},{\"event\":\"view_"
                              "item_list\",\"items\":[",
                              "{\"item_id\":1}", DYN_EVENT_ENTRIES_MAX,
                              "]},{\"event\":\"view_item\",\"item_id\":\"last\"}]");

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_event_parse(body, now_ms, &arena, &batch, NULL));
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.fault_count, 1);
    assert_int_equal(batch.faults[0].index, 1);
}

static void an_exhausted_arena_refuses_the_body(void **state)
{
    static const char body[] = "{\"event\":\"view_item\",\"item_id\":\"a-long-id\"}";
    bool good = false;

    (void)state;
    for (size_t size = 0; size < 1024 && !good; size += 8) {
        dyn_event_batch_t batch;
        dyn_error_t error = {""};

        dyn_arena_init(&arena, memory, size, NULL, NULL);
        good = dyn_event_parse(dyn_str_from(body), now_ms, &arena, &batch, &error);
        if (!good) {
            assert_non_null(strstr(error.text, "out of memory"));
            assert_int_equal(batch.count, 0);
        }
    }
    assert_true(good);
}

static void impressions_promotions_and_refunds_stay_out_of_the_session_log(void **state)
{
    (void)state;
    dyn_event_t event = {.type = DYN_EVENT_VIEW_ITEM_LIST, .item_id = DYN_STR("a")};

    assert_false(dyn_event_in_session(&event));
    event.type = DYN_EVENT_VIEW_ITEM;
    assert_true(dyn_event_in_session(&event));
    for (size_t i = 0; i < 3; i++) {
        static const dyn_event_type_t others[] = {DYN_EVENT_REFUND, DYN_EVENT_VIEW_PROMOTION,
                                                  DYN_EVENT_SELECT_PROMOTION};

        event.type = others[i];
        assert_false(dyn_event_in_session(&event));
    }
    /* the shopper looked at a list */
    event = (dyn_event_t){.type = DYN_EVENT_VIEW_ITEM_LIST, .list_id = DYN_STR("packs")};
    assert_true(dyn_event_in_session(&event));
}

/* The tokens of a batch, as "CART|CHECKOUT". */
static void expect_tokens(const char *body, const char *expected)
{
    char got[512];
    dyn_event_batch_t batch;
    dyn_error_t error;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_event_parse(dyn_str_from(body), 1700000000000, &arena, &batch, &error));
    assert_int_equal(batch.fault_count, 0);
    (void)snprintf(got, sizeof(got), "%.*s|%.*s", (int)batch.cart_token.len, batch.cart_token.data,
                   (int)batch.checkout_token.len, batch.checkout_token.data);
    assert_string_equal(got, expected);
}

static void the_names_of_cart_and_checkout_are_read(void **state)
{
    char body[512], name[DYN_CART_TOKEN_BYTES_MAX + 2], expected[DYN_CART_TOKEN_BYTES_MAX + 2];

    (void)state;
    expect_tokens("{\"event\":\"view_cart\"}", "|");
    expect_tokens("{\"event\":\"view_cart\",\"cart_token\":\"c1\",\"checkout_token\":\"k1\"}",
                  "c1|k1");
    expect_tokens(
        "{\"event\":\"Cart Viewed\",\"properties\":{\"cart_id\":\"c2\",\"checkout_id\":\"k2\"}}",
        "c2|k2");
    expect_tokens(
        "{\"name\":\"cart_viewed\",\"data\":{\"cart\":{\"id\":\"gid://shopify/Cart/c3?key=s\"}}}",
        "c3|");
    expect_tokens("{\"name\":\"checkout_started\",\"data\":{\"checkout\":{\"token\":\"k3\"}}}",
                  "|k3");
    expect_tokens("[{\"event\":\"view_cart\",\"cart_token\":\"old\"},{\"event\":\"view_cart\"},"
                  "{\"event\":\"view_cart\",\"cart_token\":\"new\"}]",
                  "new|");
    /* what is no name is passed over, and the event is taken */
    expect_tokens("{\"event\":\"view_cart\",\"cart_token\":7,\"checkout_token\":\"a\\u0001\"}",
                  "|");
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    (void)snprintf(body, sizeof(body), "{\"event\":\"view_cart\",\"cart_token\":\"%s\"}", name);
    expect_tokens(body, "|");
    (void)snprintf(body, sizeof(body), "{\"event\":\"view_cart\",\"cart_token\":\"%s\"}", name + 1);
    (void)snprintf(expected, sizeof(expected), "%s|", name + 1);
    expect_tokens(body, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_examples_become_what_it_says),
        cmocka_unit_test(every_name_is_known_by_ga4_shopify_and_segment),
        cmocka_unit_test(parameters_stand_in_any_of_their_places),
        cmocka_unit_test(an_items_own_fields_stand_before_its_events),
        cmocka_unit_test(times_in_the_body_are_not_believed),
        cmocka_unit_test(ids_are_strings_or_whole_numbers),
        cmocka_unit_test(prices_and_quantities_are_checked),
        cmocka_unit_test(texts_are_cut_between_characters_and_trimmed),
        cmocka_unit_test(what_is_chosen_has_a_field_and_a_value),
        cmocka_unit_test(measures_are_whole_numbers_within_their_limits),
        cmocka_unit_test(fields_values_and_their_lists_have_limits),
        cmocka_unit_test(a_bad_event_leaves_the_good_ones),
        cmocka_unit_test(a_long_name_is_quoted_in_part),
        cmocka_unit_test(a_body_that_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_bomb_of_brackets_is_refused),
        cmocka_unit_test(a_body_has_a_limit),
        cmocka_unit_test(a_batch_and_its_items_have_limits),
        cmocka_unit_test(an_exhausted_arena_refuses_the_body),
        cmocka_unit_test(impressions_promotions_and_refunds_stay_out_of_the_session_log),
        cmocka_unit_test(what_is_null_or_missing_leaves_the_other_lines),
        cmocka_unit_test(null_is_as_if_the_field_were_missing),
        cmocka_unit_test(a_search_and_a_checkout_have_more_names_than_one),
        cmocka_unit_test(a_refund_is_no_purchase_and_a_promotion_no_item),
        cmocka_unit_test(a_body_becomes_so_many_entries_and_no_more),
        cmocka_unit_test(the_names_of_cart_and_checkout_are_read),
    };

    return cmocka_run_group_tests_name("event_parse", tests, NULL, NULL);
}
