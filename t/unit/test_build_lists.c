/* Events to lists: sessions, neighbours, bought together, popular, trending, in cases small enough to count by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/train/bought_with.h"
#include "cli/input/events_read.h"

enum { now = 1700000000, day = 86400 };

/* Events as text. */
typedef struct {
    char text[1 << 18];
    size_t length;
} log_t;

static log_t the_log;

static log_t *begin(void)
{
    the_log.length = 0;

    return &the_log;
}

static void add(log_t *log, const char *visitor, int time, const char *event, const char *item)
{
    log->length += (size_t)snprintf(
        log->text + log->length, sizeof(log->text) - log->length,
        "{\"visitor\":\"%s\",\"time\":%d,\"event\":\"%s\",\"items\":[{\"item_id\":\"%s\"}]}\n",
        visitor, time, event, item);
    assert_true(log->length < sizeof(log->text));
}

static void view(log_t *log, const char *visitor, int time, const char *items)
{
    for (; *items != '\0'; items++) {
        add(log, visitor, time, "view_item", (const char[]){*items, '\0'});
    }
}

static void assert_edge(const dyn_snapshot_t *s, dyn_edges_t list, uint32_t place, const char *id,
                        double weight)
{
    assert_true(place < list.count);
    assert_string_equal(dyn_snapshot_string(s, s->items[list.edges[place].item].id).data, id);
    if (fabs((double)list.edges[place].weight - weight) > 1e-6) {
        fail_msg("%s: %.9f, where %.9f was expected", id, (double)list.edges[place].weight, weight);
    }
}

static dyn_edges_t bought_with(const dyn_snapshot_t *s, const char *id)
{
    return dyn_snapshot_bought_with(s, fixture_item(s, id));
}

/* A cart of these, and enough others' that what is in it stands out. */
static void carts(log_t *log)
{
    for (int i = 0; i < 20; i++) {
        char visitor[8];

        snprintf(visitor, sizeof(visitor), "o%d", i);
        add(log, visitor, now, "purchase", "other");
    }
}

static void a_visitor_idle_for_more_than_thirty_minutes_begins_a_session(void **state)
{
    (void)state;
    log_t *log = begin();

    carts(log);
    add(log, "v", now, "add_to_cart", "a");
    add(log, "v", now + 1800, "add_to_cart", "b");
    add(log, "v", now + 3601, "add_to_cart", "c");
    /* in any order of lines */
    add(log, "w", now + 3600, "add_to_cart", "e");
    add(log, "w", now, "add_to_cart", "d");
    add(log, "w", now + 1800, "view_item", "a");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 1);
    assert_int_equal(bought_with(s, "b").count, 1);
    assert_int_equal(bought_with(s, "c").count, 0);
    assert_int_equal(bought_with(s, "d").count, 1);
    dyn_snapshot_close(s);
}

static void a_session_of_a_tsv_file_is_not_cut(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        NULL, "SessionId\tItemId\tTime\n1\ta\t1700000000.5\n1\tb\t1700099999\n2\tc\t1700000000\n");

    assert_int_equal(s->header->as_of_ms, 1700099999000);
    assert_int_equal(s->model.header->session_count, 2);
    dyn_snapshot_close(s);

    log_t *log = begin();

    view(log, "1", now, "a");
    view(log, "1", now + 99999, "b");
    s = fixture_build(NULL, log->text);
    assert_int_equal(s->model.header->session_count, 2);
    dyn_snapshot_close(s);
}

static void the_best_are_kept_equal_ones_in_the_order_of_items(void **state)
{
    (void)state;
    log_t *log = begin();
    char id[8], visitor[8];

    carts(log);
    for (int i = 39; i >= 0; i--) {
        snprintf(id, sizeof(id), "i%02d", i);
        snprintf(visitor, sizeof(visitor), "v%d", i);
        add(log, visitor, now, "purchase", "a");
        add(log, visitor, now, "purchase", id);
    }
    add(log, "v20", now, "purchase", "i20");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    /* in one of a's 40 baskets each, of 60 */
    assert_int_equal(bought_with(s, "a").count, 32);
    assert_edge(s, bought_with(s, "a"), 0, "i00", 1.0 / 42 - 1.0 / 60);
    assert_edge(s, bought_with(s, "a"), 31, "i31", 1.0 / 42 - 1.0 / 60);
    dyn_snapshot_close(s);
}

static void a_basket_keeps_its_newest_items_up_to_the_limit(void **state)
{
    (void)state;
    log_t *log = begin();
    char id[8];

    carts(log);
    for (int i = 0; i <= DYN_BASKET_ITEMS_MAX; i++) {
        snprintf(id, sizeof(id), "i%02d", i);
        add(log, "v", now + i, "purchase", id);
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "i00").count, 0);
    assert_int_equal(bought_with(s, "i01").count, 32);
    dyn_snapshot_close(s);
}

static void bought_together_is_corrected_by_what_everybody_buys(void **state)
{
    (void)state;
    log_t *log = begin();

    /* weights: a 1.5, b 1.5, both 1.5; all baskets 4.5 */
    add(log, "v", now, "purchase", "a");
    add(log, "v", now, "purchase", "b");
    add(log, "w", now, "add_to_cart", "a");
    add(log, "w", now, "add_to_cart", "b");
    add(log, "x", now, "purchase", "c");
    add(log, "y", now, "purchase", "c");
    add(log, "z", now, "purchase", "c");
    /* what is only looked at is in no basket */
    view(log, "v", now, "c");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 1);
    assert_edge(s, bought_with(s, "a"), 0, "b", 1.5 / 3.5 - 1.5 / 4.5);
    assert_edge(s, bought_with(s, "b"), 0, "a", 1.5 / 3.5 - 1.5 / 4.5);
    assert_int_equal(bought_with(s, "c").count, 0);
    dyn_snapshot_close(s);
}

static void what_was_put_into_the_cart_and_bought_counts_as_bought_once(void **state)
{
    (void)state;
    log_t *log = begin();

    add(log, "v", now, "add_to_cart", "a");
    add(log, "v", now, "add_to_cart", "b");
    add(log, "v", now + 60, "purchase", "a");
    add(log, "v", now + 60, "purchase", "b");
    for (int i = 0; i < 5; i++) {
        add(log, (const char[]){(char)('1' + i), '\0'}, now, "purchase", "c");
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_edge(s, bought_with(s, "a"), 0, "b", 1.0 / 3 - 1.0 / 6);
    dyn_snapshot_close(s);
}

static void what_is_in_every_basket_is_bought_with_nothing(void **state)
{
    (void)state;
    log_t *log = begin();

    add(log, "v", now, "purchase", "a");
    add(log, "v", now, "purchase", "bag");
    add(log, "w", now, "purchase", "b");
    add(log, "w", now, "purchase", "bag");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 0);
    dyn_snapshot_close(s);
}

static void popularity_weighs_carts_and_purchases_and_halves_in_a_week(void **state)
{
    (void)state;
    log_t *log = begin();

    view(log, "v", now, "a");
    add(log, "w", now - 7 * day, "add_to_cart", "b");
    add(log, "x", now - 14 * day, "purchase", "c");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);
    dyn_edges_t popular = dyn_snapshot_popular(s);

    assert_int_equal(popular.count, 3);
    assert_edge(s, popular, 0, "c", 1);
    assert_edge(s, popular, 1, "b", 0.8);
    assert_edge(s, popular, 2, "a", 0.4);
    assert_true(s->items[fixture_item(s, "b")].popularity == popular.edges[1].weight);
    dyn_snapshot_close(s);
}

static void a_category_has_the_popular_items_of_those_below_it(void **state)
{
    (void)state;
    log_t *log = begin();

    view(log, "v", now, "a");
    view(log, "w", now, "bb");
    view(log, "x", now, "ccc");
    dyn_snapshot_t *s = fixture_build(
        "{\"id\":\"a\",\"category\":[\"P\",\"Q\"]}\n{\"id\":\"b\",\"category\":[\"P\"]}\n"
        "{\"id\":\"c\",\"category\":[\"R\"]}\n{\"id\":\"d\",\"category\":[\"R\",\"S\"]}\n",
        log->text);
    dyn_edges_t p = dyn_snapshot_category_popular(s, dyn_snapshot_find_category(s, DYN_STR("p")));

    assert_int_equal(p.count, 2);
    assert_edge(s, p, 0, "b", 2.0 / 3);
    assert_edge(s, p, 1, "a", 1.0 / 3);
    assert_int_equal(
        dyn_snapshot_category_popular(s, dyn_snapshot_find_category(s, DYN_STR("q"))).count, 1);
    assert_int_equal(
        dyn_snapshot_category_popular(s, dyn_snapshot_find_category(s, DYN_STR("r"))).count, 1);
    assert_int_equal(
        dyn_snapshot_category_popular(s, dyn_snapshot_find_category(s, DYN_STR("s"))).count, 0);
    dyn_snapshot_close(s);
}

static void trending_is_what_has_more_than_its_past_foretold(void **state)
{
    (void)state;
    log_t *log = begin();

    /* recent: a 3, b 1, c 2; past: a 1, b 4, c 1 (30 days ago is too long): of 6 in 6 a foretells 1, b 4, c 1 */
    view(log, "1", now, "aaa");
    view(log, "2", now - 2 * day + 1, "bcc");
    view(log, "3", now - 2 * day, "abbbb");
    view(log, "4", now - 30 * day + 1, "c");
    view(log, "5", now - 30 * day, "cccc");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);
    dyn_edges_t trending = dyn_snapshot_trending(s);

    assert_int_equal(trending.count, 2);
    assert_edge(s, trending, 0, "a", 1);
    assert_edge(s, trending, 1, "c", ((2 - 1) / sqrt(2)) / ((3 - 1) / sqrt(2)));
    dyn_snapshot_close(s);
}

static void nothing_trends_without_a_past(void **state)
{
    (void)state;
    log_t *log = begin();

    view(log, "v", now, "ab");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(dyn_snapshot_trending(s).count, 0);
    dyn_snapshot_close(s);
}

static void an_item_that_the_catalogue_lacks_is_known_but_in_no_list(void **state)
{
    (void)state;
    log_t *log = begin();

    carts(log);
    view(log, "v", now, "xx");
    add(log, "v", now, "purchase", "x");
    add(log, "v", now, "purchase", "a");
    add(log, "v", now, "purchase", "b1");
    dyn_snapshot_t *s =
        fixture_build("{\"id\":\"a\"}\n{\"id\":\"b\",\"variants\":[{\"id\":\"b1\"}]}\n", log->text);

    assert_int_equal(s->item_count, 4);
    assert_int_equal(s->items[fixture_item(s, "x")].flags, 0);
    assert_int_equal(s->items[fixture_item(s, "a")].flags, DYN_ITEM_IN_CATALOGUE);
    assert_int_equal(bought_with(s, "x").count, 2);
    assert_int_equal(bought_with(s, "a").count, 1);
    assert_edge(s, bought_with(s, "a"), 0, "b", 1.0 / 3 - 1.0 / 21);
    assert_int_equal(dyn_snapshot_popular(s).count, 2);
    dyn_snapshot_close(s);
}

static void an_event_on_a_variant_counts_for_its_item(void **state)
{
    (void)state;
    log_t *log = begin();

    carts(log);
    add(log, "v", now, "Order Completed", "gid://shopify/ProductVariant/11");
    add(log, "v", now, "Order Completed", "gid://shopify/Product/2");
    dyn_snapshot_t *s =
        fixture_build("{\"id\":1,\"variants\":[{\"id\":11}]}\n{\"id\":2}\n", log->text);

    assert_int_equal(s->item_count, 3);
    assert_edge(s, bought_with(s, "1"), 0, "2", 1.0 / 3 - 1.0 / 21);
    dyn_snapshot_close(s);
}

static void lists_of_the_popular_are_cut_at_their_limits(void **state)
{
    (void)state;
    log_t *log = begin();
    static char catalog[1 << 15];
    size_t used = 0;
    char id[8];

    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof(id), "i%03d", i);
        used += (size_t)snprintf(catalog + used, sizeof(catalog) - used,
                                 "{\"id\":\"%s\",\"category\":\"%s\"}\n", id,
                                 i < 65    ? "A"
                                 : i < 129 ? "B"
                                           : "C");
        add(log, id, now - i, "view_item", id);
    }
    dyn_snapshot_t *s = fixture_build(catalog, log->text);

    assert_int_equal(dyn_snapshot_popular(s).count, DYN_POPULAR_MAX);
    assert_edge(s, dyn_snapshot_popular(s), 0, "i000", 1);
    assert_int_equal(dyn_snapshot_category_popular(s, 0).count, DYN_POPULAR_PER_CATEGORY_MAX);
    assert_int_equal(dyn_snapshot_category_popular(s, 1).count, DYN_POPULAR_PER_CATEGORY_MAX);
    dyn_snapshot_close(s);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    log_t *log = begin();
    uint32_t dice = 7;
    char id[8], visitor[8];

    for (int i = 0; i < 2500; i++) {
        dice = dice * 1664525 + 1013904223;
        snprintf(id, sizeof(id), "i%u", dice >> 25);
        snprintf(visitor, sizeof(visitor), "v%d", i / 9);
        add(log, visitor, now + i, i % 11 == 0 ? "add_to_cart" : "view_item", id);
    }
    dyn_snapshot_close(fixture_build(NULL, log->text));

    size_t length, other_length;
    char *bytes = fixture_read(fixture_path("s.dyn"), &length);

    for (int threads = 1; threads <= 7; threads += 3) {
        char number[4];

        snprintf(number, sizeof(number), "%d", threads);
        fixture_threads = number;
        dyn_snapshot_close(fixture_build(NULL, log->text));
        fixture_threads = NULL;

        char *other = fixture_read(fixture_path("s.dyn"), &other_length);

        assert_int_equal(length, other_length);
        assert_memory_equal(bytes, other, length);
        free(other);
    }
    free(bytes);
}

/* ---- the reader ---- */

static char first_sentence[512];
static size_t records;

static void hear(void *context, const char *sentence)
{
    (void)context;
    if (first_sentence[0] == '\0') {
        snprintf(first_sentence, sizeof(first_sentence), "%s", sentence);
    }
}

static bool take(void *context, const dyn_event_record_t *record)
{
    (void)context;
    (void)record;
    records++;

    return true;
}

static void a_bad_event_is_said_with_line_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"{\"visitor\":\"v\"", ":2:line: is no JSON: column"},
        {"{\"time\":1,\"event\":\"view_item\",\"item_id\":\"a\"}",
         ":2:visitor: is missing or no string of 1 to 256 bytes"},
        {"{\"visitor\":true,\"time\":1,\"event\":\"view_item\",\"item_id\":\"a\"}",
         ":2:visitor: is missing or no string"},
        {"{\"visitor\":\"a\\ud800\",\"time\":1,\"event\":\"view_item\",\"item_id\":\"a\"}",
         ":2:visitor: is missing or no string"},
        {"{\"visitor\":\"v\",\"event\":\"view_item\",\"item_id\":\"a\"}",
         ":2:time: is missing or no point in time"},
        {"{\"visitor\":\"v\",\"time\":-5,\"event\":\"view_item\",\"item_id\":\"a\"}",
         ":2:time: is missing or no point in time"},
        {"{\"visitor\":\"v\",\"time\":1,\"event\":\"looked\",\"item_id\":\"a\"}",
         ":2:event: \"looked\" is no event"},
        {"{\"visitor\":\"v\",\"time\":1,\"event\":\"view_item\"}", ":2:items: is missing"},
        {"{\"visitor\":\"v\",\"time\":1,\"event\":\"view_item\",\"item_id\":\"\"}",
         ":2:items: is missing"},
        {"{\"visitor\":\"v\",\"time\":1,\"event\":\"view_item\",\"item_id\":\"a\\u0000\"}",
         ":2:item_id: "},
        {"[{\"visitor\":\"v\"}]", ":2:time: is missing"},
        {"[7]", ":2:line: is no JSON object"},
    };
    dyn_error_t error = {""};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        uint64_t lines = 0;
        dyn_faults_t faults = {.max = 10, .report = hear, .error = &error};

        first_sentence[0] = '\0';
        records = 0;
        snprintf(text, sizeof(text),
                 "{\"visitor\":\"v\",\"time\":\"2026-03-01T00:00:00Z\",\"event\":\"view_item\","
                 "\"item_id\":\"a\"}\n%s\n"
                 "{\"visitor\":\"v\",\"time\":1772323200123,\"name\":\"purchase\",\"params\":{"
                 "\"items\":[{\"item_id\":\"a\"},{\"item_id\":\"b\"}]}}\n",
                 cases[i].line);
        assert_true(dyn_events_read(fixture_write("events", text), take, NULL, &faults, &lines));
        assert_int_equal(lines, 3);
        assert_int_equal(faults.count, 1);
        assert_int_equal(records, 3);
        if (strstr(first_sentence, cases[i].expected) == NULL) {
            fail_msg("%s\n  where this was expected: %s", first_sentence, cases[i].expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visitor_idle_for_more_than_thirty_minutes_begins_a_session),
        cmocka_unit_test(a_session_of_a_tsv_file_is_not_cut),
        cmocka_unit_test(the_best_are_kept_equal_ones_in_the_order_of_items),
        cmocka_unit_test(a_basket_keeps_its_newest_items_up_to_the_limit),
        cmocka_unit_test(bought_together_is_corrected_by_what_everybody_buys),
        cmocka_unit_test(what_was_put_into_the_cart_and_bought_counts_as_bought_once),
        cmocka_unit_test(what_is_in_every_basket_is_bought_with_nothing),
        cmocka_unit_test(popularity_weighs_carts_and_purchases_and_halves_in_a_week),
        cmocka_unit_test(a_category_has_the_popular_items_of_those_below_it),
        cmocka_unit_test(trending_is_what_has_more_than_its_past_foretold),
        cmocka_unit_test(nothing_trends_without_a_past),
        cmocka_unit_test(an_item_that_the_catalogue_lacks_is_known_but_in_no_list),
        cmocka_unit_test(an_event_on_a_variant_counts_for_its_item),
        cmocka_unit_test(lists_of_the_popular_are_cut_at_their_limits),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(a_bad_event_is_said_with_line_and_field),
    };

    return cmocka_run_group_tests_name("build_lists", tests, NULL, NULL);
}
