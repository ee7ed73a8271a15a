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
#include "engine/catalogue/traits.h"

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

/* Orders of something else, so that what is in one order stands out. */
static void other_orders(log_t *log, int count)
{
    for (int i = 0; i < count; i++) {
        char visitor[8];

        snprintf(visitor, sizeof(visitor), "o%d", i);
        add(log, visitor, now, "purchase", "other");
    }
}

/* One visitor buys these at one time. */
static void order(log_t *log, const char *visitor, int time, const char *items)
{
    for (; *items != '\0'; items++) {
        add(log, visitor, time, "purchase", (const char[]){*items, '\0'});
    }
}

/* The same by so many visitors. */
static void orders(log_t *log, char first, int count, const char *items)
{
    for (int i = 0; i < count; i++) {
        order(log, (const char[]){first, (char)('0' + i), '\0'}, now, items);
    }
}

static void a_visitor_idle_for_more_than_thirty_minutes_begins_a_session(void **state)
{
    (void)state;
    log_t *log = begin();

    view(log, "v", now, "a");
    view(log, "v", now + 1800, "b");
    view(log, "v", now + 3601, "c");
    /* in any order of lines */
    view(log, "w", now + 3600, "e");
    view(log, "w", now, "d");
    view(log, "w", now + 1800, "a");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(s->model.header->session_count, 3);
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

    other_orders(log, 880);
    for (int i = 119; i >= 0; i--) {
        snprintf(id, sizeof(id), "i%02d", i / 3);
        snprintf(visitor, sizeof(visitor), "v%d", i);
        add(log, visitor, now, "purchase", "a");
        add(log, visitor, now, "purchase", id);
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    /* in three of a's 120 orders each, of 1000 */
    assert_int_equal(bought_with(s, "a").count, DYN_BOUGHT_WITH_MAX);
    assert_edge(s, bought_with(s, "a"), 0, "i00", 3.0 / 122 - 3.0 / 1000);
    assert_edge(s, bought_with(s, "a"), 31, "i31", 3.0 / 122 - 3.0 / 1000);
    dyn_snapshot_close(s);
}

static void an_order_keeps_its_first_items_up_to_the_limit(void **state)
{
    (void)state;
    log_t *log = begin();
    char id[8];

    other_orders(log, 20);
    for (int visitor = 0; visitor < 3; visitor++) {
        for (int i = 0; i <= DYN_ORDER_ITEMS_MAX; i++) {
            snprintf(id, sizeof(id), "i%02d", i);
            add(log, (const char[]){(char)('a' + visitor), '\0'}, now, "purchase", id);
        }
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "i00").count, DYN_BOUGHT_WITH_MAX);
    assert_int_equal(bought_with(s, "i63").count, DYN_BOUGHT_WITH_MAX);
    assert_int_equal(bought_with(s, "i64").count, 0);
    dyn_snapshot_close(s);
}

static void bought_together_is_corrected_by_what_everybody_buys(void **state)
{
    (void)state;
    log_t *log = begin();

    orders(log, 'v', 3, "ab");
    orders(log, 'w', 1, "b");
    other_orders(log, 6);
    /* what is only looked at, or put into the cart, is in no order */
    view(log, "v0", now, "c");
    add(log, "v0", now, "add_to_cart", "c");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 1);
    assert_edge(s, bought_with(s, "a"), 0, "b", 3.0 / 5 - 4.0 / 10);
    assert_edge(s, bought_with(s, "b"), 0, "a", 3.0 / 6 - 3.0 / 10);
    assert_int_equal(dyn_bought_with_support(s, fixture_item(s, "a"), fixture_item(s, "b")), 3);
    assert_int_equal(dyn_bought_with_support(s, fixture_item(s, "b"), fixture_item(s, "a")), 3);
    assert_int_equal(dyn_bought_with_support(s, fixture_item(s, "a"), fixture_item(s, "c")), 0);
    assert_int_equal(bought_with(s, "c").count, 0);
    dyn_snapshot_close(s);
}

static void carts_are_no_orders(void **state)
{
    (void)state;
    log_t *log = begin();

    other_orders(log, 20);
    for (int i = 0; i < 9; i++) {
        char visitor[] = {'v', (char)('0' + i), '\0'};

        add(log, visitor, now, "add_to_cart", "a");
        add(log, visitor, now, "add_to_cart", "b");
        order(log, visitor, now + 60, "a");
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 0);
    assert_int_equal(bought_with(s, "b").count, 0);
    dyn_snapshot_close(s);
}

static void what_one_session_buys_at_two_times_is_two_orders(void **state)
{
    (void)state;
    log_t *log = begin();

    other_orders(log, 20);
    for (int i = 0; i < 3; i++) {
        char visitor[] = {'v', (char)('0' + i), '\0'};

        order(log, visitor, now, "ab");
        order(log, visitor, now + 60, "c");
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 1);
    /* a is in 3 of 26 orders */
    assert_edge(s, bought_with(s, "a"), 0, "b", 3.0 / 5 - 3.0 / 26);
    assert_int_equal(bought_with(s, "c").count, 0);
    dyn_snapshot_close(s);
}

static void what_two_orders_have_is_no_evidence(void **state)
{
    (void)state;
    log_t *log = begin();

    other_orders(log, 20);
    orders(log, 'v', 2, "ab");
    orders(log, 'w', 3, "cd");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 0);
    assert_int_equal(bought_with(s, "c").count, 1);
    dyn_snapshot_close(s);
}

static void what_may_be_together_by_chance_is_no_evidence(void **state)
{
    (void)state;
    log_t *log = begin();

    /* a in 6 orders of 20, b in 8, both in 4, where 2.4 were to be expected; then c and d, both in 6, as often as c */
    orders(log, 'v', 4, "ab");
    orders(log, 'w', 2, "a");
    orders(log, 'x', 4, "b");
    orders(log, 'y', 6, "cd");
    orders(log, 'z', 4, "e");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 0);
    assert_int_equal(bought_with(s, "b").count, 0);
    assert_edge(s, bought_with(s, "c"), 0, "d", 6.0 / 8 - 6.0 / 20);
    dyn_snapshot_close(s);
}

/* Dunning (1993), the first row of his table: "the swiss" 110 times, "the" without it 2442, "swiss" without it 111, neither 29114. */
static void the_log_likelihood_ratio_is_the_published_one(void **state)
{
    (void)state;
    assert_true(
        fabs(dyn_log_likelihood_ratio(110, 2442 + 110, 110 + 111, 110 + 2442 + 111 + 29114) -
             270.72) < 0.005);
    assert_true(fabs(dyn_log_likelihood_ratio(10, 100, 100, 1000)) < 1e-9);
}

static uint32_t viewed_support(const dyn_snapshot_t *s, const char *item, const char *other)
{
    return dyn_viewed_with_support(s, fixture_item(s, item), fixture_item(s, other));
}

static void what_is_viewed_together_has_the_number_of_sessions(void **state)
{
    (void)state;
    log_t *log = begin();
    dyn_edge_t room[DYN_MODEL_EDGES_MAX];

    for (int i = 0; i < 20; i++) {
        char visitor[8];

        snprintf(visitor, sizeof(visitor), "v%d", i);
        /* twice in a session is one session */
        view(log, visitor, now, i < 2 ? "abab" : i < 5 ? "aca" : "ad");
    }
    dyn_snapshot_t *s = fixture_build(NULL, log->text);
    dyn_edges_t viewed = dyn_snapshot_viewed_with(s, fixture_item(s, "a"), room);

    assert_int_equal(viewed_support(s, "a", "b"), 2);
    assert_int_equal(viewed_support(s, "b", "a"), 2);
    assert_int_equal(viewed_support(s, "a", "c"), 3);
    assert_int_equal(viewed_support(s, "a", "d"), DYN_VIEWED_WITH_SUPPORT_MAX);
    assert_int_equal(viewed_support(s, "b", "d"), 0);
    assert_int_equal(viewed_support(s, "a", "a"), 0);
    /* two sessions are no evidence */
    assert_int_equal(viewed.count, 2);
    assert_edge(s, viewed, 0, "d", 1);
    assert_true(dyn_edges_weight(viewed, fixture_item(s, "c")) > 0);
    assert_int_equal(dyn_snapshot_viewed_with(s, fixture_item(s, "b"), room).count, 0);
    dyn_snapshot_close(s);
}

static void what_is_in_every_order_is_bought_with_nothing(void **state)
{
    (void)state;
    log_t *log = begin();

    orders(log, 'v', 5, "ap");
    orders(log, 'w', 5, "bp");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(bought_with(s, "a").count, 0);
    assert_int_equal(bought_with(s, "p").count, 0);
    dyn_snapshot_close(s);
}

/* The same events by three visitors. */
static void by_three(log_t *log, const char *name, int time, const char *event, const char *item)
{
    for (int i = 0; i < 3; i++) {
        add(log, (const char[]){name[0], (char)('0' + i), '\0'}, time, event, item);
    }
}

static void three_view(log_t *log, const char *name, int time, const char *items)
{
    for (; *items != '\0'; items++) {
        by_three(log, name, time, "view_item", (const char[]){*items, '\0'});
    }
}

static void popularity_weighs_carts_and_purchases_and_halves_in_a_week(void **state)
{
    (void)state;
    log_t *log = begin();

    three_view(log, "v", now, "a");
    by_three(log, "w", now - 7 * day, "add_to_cart", "b");
    by_three(log, "x", now - 14 * day, "purchase", "c");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);
    dyn_edges_t popular = dyn_snapshot_popular(s);

    assert_int_equal(popular.count, 3);
    assert_edge(s, popular, 0, "c", 1);
    assert_edge(s, popular, 1, "b", 0.8);
    assert_edge(s, popular, 2, "a", 0.4);
    assert_true(s->items[fixture_item(s, "b")].popularity == popular.edges[1].weight);
    dyn_snapshot_close(s);
}

static void what_two_visitors_want_is_not_popular(void **state)
{
    (void)state;
    log_t *log = begin();

    /* a: three visitors, one of them 30 days ago; b: two, again and again; c: three */
    view(log, "1", now, "aabbbc");
    view(log, "2", now, "abbc");
    add(log, "2", now, "purchase", "b");
    view(log, "3", now - 30 * day, "a");
    view(log, "3", now - 30 * day + 1, "c");
    dyn_snapshot_t *s = fixture_build("{\"id\":\"a\",\"category\":\"P\"}\n"
                                      "{\"id\":\"b\",\"category\":\"P\"}\n"
                                      "{\"id\":\"c\",\"category\":\"P\"}\n",
                                      log->text);

    assert_int_equal(dyn_snapshot_popular(s).count, 1);
    assert_int_equal(dyn_snapshot_popular(s).edges[0].item, fixture_item(s, "c"));
    assert_int_equal(dyn_snapshot_category_popular(s, 0).count, 1);
    /* more than the past foretold, but of two visitors */
    assert_int_equal(dyn_snapshot_trending(s).count, 0);
    dyn_snapshot_close(s);
}

static void a_category_has_the_popular_items_of_those_below_it(void **state)
{
    (void)state;
    log_t *log = begin();

    three_view(log, "v", now, "a");
    three_view(log, "w", now, "bb");
    three_view(log, "x", now, "ccc");
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

    /* three times: recent: a 3, b 1, c 2; past: a 1, b 4, c 1 (30 days ago is too long): of 6 in 6 a foretells 1, b 4, c 1 */
    three_view(log, "1", now, "aaa");
    three_view(log, "2", now - 2 * day + 1, "bcc");
    three_view(log, "3", now - 2 * day, "abbbb");
    three_view(log, "4", now - 30 * day + 1, "c");
    three_view(log, "5", now - 30 * day, "cccc");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);
    dyn_edges_t trending = dyn_snapshot_trending(s);

    assert_int_equal(trending.count, 2);
    assert_edge(s, trending, 0, "a", 1);
    assert_edge(s, trending, 1, "c", ((6 - 3) / sqrt(4)) / ((9 - 3) / sqrt(4)));
    dyn_snapshot_close(s);
}

static void nothing_trends_without_a_past(void **state)
{
    (void)state;
    log_t *log = begin();

    three_view(log, "v", now, "ab");
    dyn_snapshot_t *s = fixture_build(NULL, log->text);

    assert_int_equal(dyn_snapshot_trending(s).count, 0);
    dyn_snapshot_close(s);
}

static void an_item_that_the_catalogue_lacks_is_known_but_in_no_list(void **state)
{
    (void)state;
    log_t *log = begin();

    other_orders(log, 20);
    view(log, "v", now, "xx");
    for (int i = 0; i < 3; i++) {
        char visitor[] = {'v', (char)('0' + i), '\0'};

        order(log, visitor, now, "xa");
        add(log, visitor, now, "purchase", "b1");
    }
    dyn_snapshot_t *s =
        fixture_build("{\"id\":\"a\"}\n{\"id\":\"b\",\"variants\":[{\"id\":\"b1\"}]}\n", log->text);

    assert_int_equal(s->item_count, 4);
    assert_int_equal(s->items[fixture_item(s, "x")].flags, 0);
    assert_int_equal(s->items[fixture_item(s, "a")].flags, DYN_ITEM_IN_CATALOGUE);
    assert_int_equal(bought_with(s, "x").count, 2);
    assert_int_equal(bought_with(s, "a").count, 1);
    assert_edge(s, bought_with(s, "a"), 0, "b", 3.0 / 5 - 3.0 / 23);
    assert_int_equal(dyn_snapshot_popular(s).count, 2);
    assert_int_equal(dyn_snapshot_popular(s).edges[0].item, fixture_item(s, "a"));
    dyn_snapshot_close(s);
}

static void an_event_on_a_variant_counts_for_its_item(void **state)
{
    (void)state;
    log_t *log = begin();

    other_orders(log, 20);
    for (int i = 0; i < 3; i++) {
        char visitor[] = {'v', (char)('0' + i), '\0'};

        add(log, visitor, now, "Order Completed", "gid://shopify/ProductVariant/11");
        add(log, visitor, now, "Order Completed", "gid://shopify/Product/2");
    }
    dyn_snapshot_t *s =
        fixture_build("{\"id\":1,\"variants\":[{\"id\":11}]}\n{\"id\":2}\n", log->text);

    assert_int_equal(s->item_count, 3);
    assert_edge(s, bought_with(s, "1"), 0, "2", 3.0 / 5 - 3.0 / 23);
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
        by_three(log, "v", now - i * 60, "view_item", id);
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

static void assert_items(const dyn_snapshot_t *snapshot, dyn_numbers_t items, const char *expected)
{
    char text[256] = "";

    for (uint32_t i = 0; i < items.count; i++) {
        size_t length = strlen(text);

        snprintf(text + length, sizeof(text) - length, "%s ",
                 dyn_snapshot_string(snapshot, snapshot->items[items.numbers[i]].id).data);
    }
    assert_string_equal(text, expected);
}

static void a_trait_and_a_brand_list_available_items_first_then_popular_then_new_ones(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        "{\"id\":\"out\",\"title\":\"O\",\"brand\":\"B\",\"colour\":\"Moss\",\"stock\":0}\n"
        "{\"id\":\"old\",\"title\":\"O\",\"brand\":\"B\",\"colour\":\"Moss\",\"created\":\"2020-01-"
        "01\"}\n"
        "{\"id\":\"new\",\"title\":\"N\",\"brand\":\"B\",\"colour\":\"Moss\",\"created\":\"2026-01-"
        "01\"}\n"
        "{\"id\":\"seen\",\"title\":\"S\",\"brand\":\"C\",\"colour\":[\"Moss\",\"Slate\"]}\n",
        "{\"visitor\":\"v\",\"time\":1772323200,\"event\":\"view_item\",\"item_id\":\"seen\"}\n"
        "{\"visitor\":\"v\",\"time\":1772323201,\"event\":\"view_item\",\"item_id\":\"out\"}\n"
        "{\"visitor\":\"v\",\"time\":1772323202,\"event\":\"view_item\",\"item_id\":\"unknown\"}"
        "\n");
    uint32_t brand = s->items[fixture_item(s, "old")].brand;

    assert_items(s, dyn_trait_items(s, dyn_trait_find(s, DYN_STR("colour"), DYN_STR("Moss"))),
                 "seen new old out ");
    assert_items(s, dyn_trait_items(s, dyn_trait_find(s, DYN_STR("colour"), DYN_STR("Slate"))),
                 "seen ");
    assert_items(s, dyn_brand_items(s, brand), "new old out ");
    assert_items(s, dyn_brand_items(s, s->brand_count), "");
    dyn_snapshot_close(s);
}

static void a_trait_lists_no_more_items_than_a_slot_can_choose_from(void **state)
{
    (void)state;

    for (int more = -1; more <= 1; more++) {
        static char text[(DYN_ITEMS_PER_TRAIT_MAX + 1) * 64];
        size_t length = 0;

        for (int i = 0; i < DYN_ITEMS_PER_TRAIT_MAX + more; i++) {
            length += (size_t)snprintf(text + length, sizeof(text) - length,
                                       "{\"id\":\"i%02d\",\"title\":\"T\",\"tags\":[\"t\"]}\n", i);
        }

        dyn_snapshot_t *s = fixture_build(text, NULL);

        assert_int_equal(dyn_trait_items(s, 0).count,
                         DYN_ITEMS_PER_TRAIT_MAX + (more < 0 ? more : 0));
        dyn_snapshot_close(s);
    }
}

static void a_category_knows_what_its_available_items_cost_and_those_below_it(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        "{\"id\":\"a\",\"category\":[\"X\",\"Y\"],\"price\":\"10\",\"currency\":\"EUR\"}\n"
        "{\"id\":\"b\",\"category\":[\"X\",\"Y\"],\"price\":\"40\",\"currency\":\"EUR\"}\n"
        "{\"id\":\"c\",\"category\":[\"X\"],\"price\":\"20\",\"currency\":\"EUR\"}\n"
        "{\"id\":\"d\",\"category\":[\"X\"],\"price\":\"30\",\"currency\":\"EUR\"}\n"
        "{\"id\":\"e\",\"category\":[\"X\"],\"price\":\"50\",\"currency\":\"EUR\"}\n"
        "{\"id\":\"f\",\"category\":[\"X\"],\"price\":\"1\",\"currency\":\"EUR\",\"stock\":0}\n"
        "{\"id\":\"g\",\"category\":[\"X\"],\"price\":\"9999\",\"currency\":\"JPY\"}\n"
        "{\"id\":\"h\",\"category\":[\"Z\"]}\n",
        NULL);
    uint32_t x = dyn_snapshot_find_category(s, DYN_STR("X"));
    uint32_t y = dyn_snapshot_find_category(s, DYN_STR("X/Y"));
    uint32_t z = dyn_snapshot_find_category(s, DYN_STR("Z"));

    assert_int_equal(dyn_category_price_low(s, x), 2000);
    assert_int_equal(dyn_category_price_median(s, x), 3000);
    assert_int_equal(dyn_category_price_low(s, y), 1000);
    assert_int_equal(dyn_category_price_median(s, y), 1000);
    assert_int_equal(dyn_category_price_low(s, z), -1);
    assert_int_equal(dyn_category_price_median(s, z), -1);
    dyn_snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trait_and_a_brand_list_available_items_first_then_popular_then_new_ones),
        cmocka_unit_test(a_trait_lists_no_more_items_than_a_slot_can_choose_from),
        cmocka_unit_test(a_category_knows_what_its_available_items_cost_and_those_below_it),
        cmocka_unit_test(a_visitor_idle_for_more_than_thirty_minutes_begins_a_session),
        cmocka_unit_test(a_session_of_a_tsv_file_is_not_cut),
        cmocka_unit_test(the_best_are_kept_equal_ones_in_the_order_of_items),
        cmocka_unit_test(an_order_keeps_its_first_items_up_to_the_limit),
        cmocka_unit_test(bought_together_is_corrected_by_what_everybody_buys),
        cmocka_unit_test(carts_are_no_orders),
        cmocka_unit_test(what_one_session_buys_at_two_times_is_two_orders),
        cmocka_unit_test(what_two_orders_have_is_no_evidence),
        cmocka_unit_test(what_may_be_together_by_chance_is_no_evidence),
        cmocka_unit_test(the_log_likelihood_ratio_is_the_published_one),
        cmocka_unit_test(what_is_in_every_order_is_bought_with_nothing),
        cmocka_unit_test(what_is_viewed_together_has_the_number_of_sessions),
        cmocka_unit_test(popularity_weighs_carts_and_purchases_and_halves_in_a_week),
        cmocka_unit_test(what_two_visitors_want_is_not_popular),
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
