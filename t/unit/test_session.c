#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/session/session.h"
#include "shop.h"

enum { PACK, TENT, STOVE, PLAIN, ITEMS = 80 };
#define NOW 1700001200000 /* 20 minutes after 1700000000000 */

static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static uint32_t outdoor, packs, tents, brand_a, brand_b;

static _Alignas(16) char memory[65536];
static dyn_arena_t arena;
static dyn_session_t session;

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);
    outdoor = shop_category(shop, "Outdoor", DYN_NONE);
    packs = shop_category(shop, "Packs", outdoor);
    tents = shop_category(shop, "Tents", outdoor);
    brand_a = shop_brand(shop, "A");
    brand_b = shop_brand(shop, "B");
    shop_item(shop, PACK)->category = packs;
    shop_item(shop, PACK)->brand = brand_a;
    shop_item(shop, PACK)->price_minor = 100;
    shop_item(shop, TENT)->category = tents;
    shop_item(shop, TENT)->brand = brand_b;
    shop_item(shop, TENT)->price_minor = 10000;
    shop_item(shop, STOVE)->price_minor = -1;
    memset(shop_item(shop, STOVE)->currency, 0, 4);
    shop_variants(shop, STOVE, 2, 5);
    snapshot = shop_open(shop);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);
    return 0;
}

static void fold(dyn_session_record_t record)
{
    record.now_ms = NOW;
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_session_fold(snapshot, &record, &arena, &session));
}

static void fold_count(const char *const *log, size_t count)
{
    dyn_str_t entries[256];

    for (size_t i = 0; i < count; i++) {
        entries[i] = dyn_str_from(log[i]);
    }
    fold((dyn_session_record_t){.log = entries, .log_count = count});
}

/* Newest first, as Redis has them. */
#define FOLD(...)                                  \
    fold_count((const char *const[]){__VA_ARGS__}, \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-6)) {
        fail_msg("%.9f is not %.9f", value, expected);
    }
}

static void interest_halves_in_ten_minutes_and_falls_by_a_tenth_an_event(void **state)
{
    (void)state;
    /* 3; 0.5 * 0.9 + 0.25 * 0.81 = 0.6525 */
    FOLD("ac 1700001200000 i00001", "vi 1700000600000 i00000", "vi 1700000000000 i00000");

    assert_int_equal(session.event_count, 3);
    assert_int_equal(session.recent_count, 2);
    assert_int_equal(session.recent[0].item, TENT);
    near(session.recent[0].interest, 3);
    assert_int_equal(session.recent[0].views, 0);
    assert_int_equal(session.recent[0].events_ago, 0);
    assert_int_equal(session.recent[0].last_ms, NOW);
    assert_int_equal(session.recent[1].item, PACK);
    near(session.recent[1].interest, 0.6525);
    assert_int_equal(session.recent[1].views, 2);
    assert_int_equal(session.recent[1].events_ago, 1);
    assert_int_equal(session.recent[1].last_ms, 1700000600000);
    assert_int_equal(session.first_ms, 1700000000000);
    assert_int_equal(session.last_ms, NOW);
}

static void affinities_follow_interest_up_the_category_path(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 i00001", "vi 1700000600000 i00000", "vi 1700000000000 i00000");

    /* tents 3, packs 0.6525, outdoor half of both: 1.82625 */
    assert_int_equal(session.category_count, 3);
    assert_int_equal(session.categories[0].index, tents);
    near(session.categories[0].affinity, 1);
    assert_int_equal(session.categories[1].index, outdoor);
    near(session.categories[1].affinity, 0.60875);
    assert_int_equal(session.categories[2].index, packs);
    near(session.categories[2].affinity, 0.2175);
    assert_int_equal(session.brand_count, 2);
    assert_int_equal(session.brands[0].index, brand_b);
    near(session.brands[0].affinity, 1);
    assert_int_equal(session.brands[1].index, brand_a);
    near(session.brands[1].affinity, 0.2175);
}

static void the_band_of_prices_is_weighted_by_interest(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 i00001", "vi 1700000600000 i00000", "vi 1700000000000 i00000",
         "vi 1700000000000 i00002");

    /*
     * The stove's price is unknown. w = 0.6525 / 3.6525: the mean is ln 10000 - w ln 100 = 8.387650832, the deviation
     * ln 100 * sqrt(w (1 - w)) = 1.764031537.
     */
    assert_int_equal(session.price_low, 753);
    assert_int_equal(session.price_high, 25634);
    near(session.price_strength, 0.5 * exp(-1.764031537));

    FOLD("vi 1700000000000 i00002");
    assert_int_equal(session.price_high, 0);
    near(session.price_strength, 0);

    FOLD("vi 1700001200000 i00001");
    assert_int_equal(session.price_low, 7788);
    assert_int_equal(session.price_high, 12840);
    near(session.price_strength, 1.0 / 3);
}

static void the_band_is_stronger_the_more_prices_there_are_and_the_nearer_they_lie(void **state)
{
    float near_by, few;

    (void)state;
    FOLD("vi 1700001200000 i00010", "vi 1700001100000 i00011", "vi 1700001000000 i00012");
    near_by = session.price_strength;
    FOLD("vi 1700001200000 i00010", "vi 1700001100000 i00011");
    few = session.price_strength;
    assert_true(few < near_by);
    FOLD("vi 1700001200000 i00010", "vi 1700001100000 i00000");
    assert_true(session.price_strength < few);
}

static void a_clock_that_was_put_back_makes_nothing_newer_than_now(void **state)
{
    (void)state;
    FOLD("vi 1700009999999 i00000");
    near(session.recent[0].interest, 1);
}

static void after_an_endless_pause_no_interest_is_left(void **state)
{
    (void)state;
    FOLD("vi 1 i00000");
    assert_int_equal(session.recent_count, 1);
    near(session.recent[0].interest, 0);
    assert_int_equal(session.category_count, 0);
    assert_int_equal(session.brand_count, 0);
    assert_int_equal(session.price_high, 0);
}

static void views_keep_their_order_and_their_repeats(void **state)
{
    (void)state;
    FOLD("vi 1700001200000 i00000", "ac 1700001100000 i00002", "si 1700001000000 i00001",
         "vi 1700000900000 i00000");
    assert_int_equal(session.click_count, 3);
    assert_int_equal(session.clicks[0], PACK);
    assert_int_equal(session.clicks[1], TENT);
    assert_int_equal(session.clicks[2], PACK);
}

static void a_click_and_the_page_it_opens_are_one_view(void **state)
{
    (void)state;
    FOLD("vi 1700001005000 i00000", "si 1700001000000 i00000");
    assert_int_equal(session.click_count, 1);
    assert_int_equal(session.recent[0].views, 1);
    FOLD("vi 1700001004999 i00000", "si 1700001000000 i00000");
    assert_int_equal(session.click_count, 1);
    FOLD("vi 1700001005001 i00000", "si 1700001000000 i00000");
    assert_int_equal(session.click_count, 2);
    assert_int_equal(session.recent[0].views, 2);
    /* another item in between */
    FOLD("vi 1700001000002 i00000", "vi 1700001000001 i00001", "vi 1700001000000 i00000");
    assert_int_equal(session.click_count, 3);
}

static void the_cart_is_adds_less_removes_less_purchases(void **state)
{
    (void)state;
    FOLD("pu 1700001200000 i00002", "rc 1700001100000 i00001", "ac 1700001000000 i00001 q=3",
         "ac 1700000900000 i00000", "ac 1700000800000 i00002");
    assert_int_equal(session.cart_count, 2);
    assert_int_equal(session.cart[0].item, TENT);
    assert_int_equal(session.cart[0].quantity, 2);
    assert_int_equal(session.cart[1].item, PACK);
    assert_int_equal(session.cart[1].quantity, 1);
    assert_int_equal(session.purchased_count, 1);
    assert_int_equal(session.purchased[0].item, STOVE);
    assert_int_equal(session.cart_ms, 1700001100000);
}

static void more_removed_than_added_leaves_nothing_owed(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 i00000", "rc 1700001100000 i00000 q=5", "ac 1700001000000 i00000 q=2");
    assert_int_equal(session.cart_count, 1);
    assert_int_equal(session.cart[0].quantity, 1);
    FOLD("rc 1700001100000 i00000");
    assert_int_equal(session.cart_count, 0);
    assert_int_equal(session.recent_count, 0);
}

static void a_viewed_cart_that_lists_items_is_the_cart(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 i00001 q=2", "vc 1700001100000 i00003 q=4", "vc 1700001100000 i00001",
         "ac 1700001000000 i00000");
    assert_int_equal(session.cart_count, 2);
    assert_int_equal(session.cart[0].item, TENT);
    assert_int_equal(session.cart[0].quantity, 3);
    assert_int_equal(session.cart[1].item, PLAIN);
    assert_int_equal(session.cart[1].quantity, 4);

    /* without items it says nothing */
    FOLD("vc 1700001100000", "ac 1700001000000 i00000");
    assert_int_equal(session.cart_count, 1);
    /* a second view replaces the first */
    FOLD("vc 1700001100001 i00000", "vc 1700001100000 i00001");
    assert_int_equal(session.cart_count, 1);
    assert_int_equal(session.cart[0].item, PACK);
    assert_int_equal(session.cart[0].quantity, 1);
}

static void a_variant_stands_for_its_item(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 i00002-v1", "ac 1700001100000 i00002-v0");
    assert_int_equal(session.cart_count, 1);
    assert_int_equal(session.cart[0].item, STOVE);
    assert_int_equal(session.cart[0].quantity, 2);
}

static void malformed_entries_are_skipped_and_counted(void **state)
{
    (void)state;
    FOLD("", "vi", "vi 1700001200000 i00000", "xx 1 i00000", "vi 1700001200000 i00000 q=0");
    assert_int_equal(session.event_count, 1);
    assert_int_equal(session.malformed_count, 4);
    /* they do not count as events since */
    near(session.recent[0].interest, 1);
    assert_int_equal(session.recent[0].events_ago, 0);
}

static void unknown_items_are_counted_and_left_out(void **state)
{
    (void)state;
    FOLD("ac 1700001200000 nothing", "pu 1700001200000 gone", "vi 1700001200000 i00000");
    assert_int_equal(session.event_count, 3);
    assert_int_equal(session.unknown_item_count, 2);
    assert_int_equal(session.recent_count, 1);
    assert_int_equal(session.cart_count, 0);
    assert_int_equal(session.purchased_count, 0);
    near(session.recent[0].interest, 0.81);
}

static void impressions_tell_nothing_of_the_shopper(void **state)
{
    (void)state;
    FOLD("vl 1700001200000 i00001 l=recs", "vi 1700001200000 i00000", "vl 1700001200000 - l=packs");
    assert_int_equal(session.event_count, 2);
    assert_int_equal(session.recent_count, 1);
    near(session.recent[0].interest, 1);
}

static void an_empty_log_folds_to_nothing(void **state)
{
    (void)state;
    fold_count(NULL, 0);
    assert_int_equal(session.event_count, 0);
    assert_int_equal(session.recent_count, 0);
    assert_int_equal(session.click_count, 0);
    assert_int_equal(session.cart_count, 0);
    assert_int_equal(session.purchased_count, 0);
    assert_int_equal(session.first_ms, 0);
    assert_int_equal(session.last_ms, 0);
}

static void entries_beyond_the_limit_are_not_read(void **state)
{
    char texts[DYN_SESSION_EVENTS_MAX + 1][40];
    const char *log[DYN_SESSION_EVENTS_MAX + 1];

    (void)state;
    for (int i = 0; i <= DYN_SESSION_EVENTS_MAX; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "vi %lld i%05d", (long long)NOW - i, i);
        log[i] = texts[i];
    }
    for (size_t count = DYN_SESSION_EVENTS_MAX - 1; count <= DYN_SESSION_EVENTS_MAX + 1; count++) {
        size_t read = count > DYN_SESSION_EVENTS_MAX ? DYN_SESSION_EVENTS_MAX : count;

        fold_count(log, count);
        assert_int_equal(session.event_count, read);
        assert_int_equal(session.recent_count, read);
        assert_int_equal(session.click_count, read);
        assert_int_equal(session.clicks[0], read - 1);
        assert_int_equal(session.recent[read - 1].item, read - 1);
    }
}

static void the_strongest_affinities_are_kept(void **state)
{
    char texts[DYN_FOLD_AFFINITIES_MAX + 2][40];
    const char *log[DYN_FOLD_AFFINITIES_MAX + 2];
    uint32_t first = DYN_NONE;

    (void)state;
    for (int i = 0; i < DYN_FOLD_AFFINITIES_MAX + 2; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "brand %d", i);
        shop_item(shop, 10 + (uint32_t)i)->brand = shop_brand(shop, name);
        first = i == 0 ? shop_item(shop, 10)->brand : first;
        /* oldest, hence weakest, first */
        (void)snprintf(texts[i], sizeof(texts[i]), "vi %lld i%05d", (long long)NOW, 10 + i);
        log[DYN_FOLD_AFFINITIES_MAX + 1 - i] = texts[i];
    }
    snapshot = shop_open(shop);
    for (uint32_t brands = DYN_FOLD_AFFINITIES_MAX - 1; brands <= DYN_FOLD_AFFINITIES_MAX + 1;
         brands++) {
        fold_count(log, brands);
        assert_int_equal(session.brand_count,
                         brands < DYN_FOLD_AFFINITIES_MAX ? brands : DYN_FOLD_AFFINITIES_MAX);
        for (uint32_t i = 0; i < session.brand_count; i++) {
            assert_int_equal(session.brands[i].index, first + DYN_FOLD_AFFINITIES_MAX + 1 - i);
            near(session.brands[i].affinity, pow(0.9, i));
        }
    }
}

static void searches_checkouts_and_doubts_are_counted(void **state)
{
    (void)state;
    FOLD("bc 1700001200000", "se 1700001100000 - t=rain%20coat", "se 1700001000000 - t=tent",
         "pv 1700000900000", "co 1700000800000 i00000", "sg 1700000700000 i00000",
         "zo 1700000600000 i00000");
    assert_true(dyn_str_equal(session.searches[0].term, DYN_STR("rain coat")));
    assert_int_equal(session.pages, 4);
    assert_int_equal(session.compare_ms, 1700000800000);
    assert_int_equal(session.compare_ago, 4);
    assert_true(session.recent[0].compared);
    assert_int_equal(session.recent[0].doubts, 2);
    assert_int_equal(session.checkout_ms, 1700001200000);
    FOLD("pu 1700001200001 i00000", "bc 1700001200000");
    assert_int_equal(session.checkout_ms, 0);
    FOLD("bc 1700001200002", "pu 1700001200001 i00000");
    assert_int_equal(session.checkout_ms, 1700001200002);
}

static void visits_are_views_with_another_item_in_between(void **state)
{
    (void)state;
    FOLD("vi 1700000600000 i00000", "vi 1700000500000 i00000", "vi 1700000400000 i00001",
         "vi 1700000300000 i00000");
    assert_int_equal(session.recent[0].item, PACK);
    assert_int_equal(session.recent[0].views, 3);
    assert_int_equal(session.recent[0].visits, 2);
    assert_int_equal(session.recent[1].visits, 1);
}

static void of_all_looks_the_longest_is_kept_and_terms_are_doubts_of_the_item_before(void **state)
{
    (void)state;
    FOLD("pv 1700000900000 - l=returns", "pv 1700000800000 - l=story",
         "dw 1700000700000 i00000 v=20", "dw 1700000600000 i00000 v=90", "vi 1700000500000 i00000",
         "pv 1700000400000 - l=returns", "vi 1700000300000 i00001");
    assert_int_equal(session.recent[0].item, PACK);
    assert_int_equal(session.recent[0].dwell_s, 90);
    assert_int_equal(session.recent[0].doubts, 1);
    assert_int_equal(session.recent[1].doubts, 1);
    FOLD("pv 1700000400000 - l=returns");
    assert_int_equal(session.recent_count, 0);
}

static void searches_are_kept_newest_first_each_term_once(void **state)
{
    (void)state;
    FOLD("vi 1700001200000 i00000", "se 1700001100000 - t=tent", "vi 1700001000000 i00001",
         "se 1700000900000 - t=lamp", "se 1700000800000 - t=tent", "se 1700000700000 - t=c",
         "se 1700000600000 - t=d", "se 1700000500000 - t=e");
    assert_int_equal(session.search_count, DYN_FOLD_SEARCHES_MAX);
    assert_true(dyn_str_equal(session.searches[0].term, DYN_STR("tent")));
    assert_int_equal(session.searches[0].time_ms, 1700001100000);
    assert_int_equal(session.searches[0].clicks_since, 1);
    assert_true(dyn_str_equal(session.searches[1].term, DYN_STR("lamp")));
    assert_int_equal(session.searches[1].clicks_since, 2);
    assert_true(dyn_str_equal(session.searches[3].term, DYN_STR("d")));
}

static void facts_tell_where_the_session_began(void **state)
{
    static const dyn_fact_t facts[] = {
        {{"utm_source", 10}, {"news", 4}}, {{"first", 5}, {"1699999000000", 13}},
        {{"device", 6}, {"mobile", 6}},    {{"returning", 9}, {"1", 1}},
        {{"click_id", 8}, {"gclid", 5}},   {{"referrer", 8}, {"www.google.com", 14}},
        {{"unknown", 7}, {"x", 1}},        {{NULL, 0}, {NULL, 0}},
    };
    dyn_str_t log = DYN_STR("vi 1700000000000 i00000");

    (void)state;
    fold((dyn_session_record_t){.log = &log,
                                .log_count = 1,
                                .facts = facts,
                                .fact_count = sizeof(facts) / sizeof(facts[0])});
    assert_true(dyn_str_equal(session.entry.source, DYN_STR("news")));
    assert_true(dyn_str_equal(session.entry.click_id, DYN_STR("gclid")));
    assert_true(dyn_str_equal(session.entry.referrer, DYN_STR("www.google.com")));
    assert_int_equal(session.device, DYN_DEVICE_MOBILE);
    assert_true(session.returning);
    assert_int_equal(session.first_ms, 1699999000000);
}

static void bad_facts_are_not_believed(void **state)
{
    static const dyn_fact_t facts[] = {{{"first", 5}, {"tomorrow", 8}},
                                       {{"first", 5}, {"1800000000000", 13}},
                                       {{"first", 5}, {"99999999999999999999", 20}},
                                       {{"device", 6}, {"toaster", 7}},
                                       {{"returning", 9}, {"yes", 3}}};
    dyn_str_t log = DYN_STR("vi 1700000000000 i00000");

    (void)state;
    fold((dyn_session_record_t){.log = &log,
                                .log_count = 1,
                                .facts = facts,
                                .fact_count = sizeof(facts) / sizeof(facts[0])});
    assert_int_equal(session.first_ms, 1700000000000);
    assert_int_equal(session.device, DYN_DEVICE_UNKNOWN);
    assert_false(session.returning);
}

static void an_exhausted_arena_fails_the_fold(void **state)
{
    dyn_str_t log = DYN_STR("vi 1700000000000 i%300000");
    dyn_session_record_t record = {.log = &log, .log_count = 1, .now_ms = NOW};
    bool good = false;
    size_t size = 0;

    (void)state;
    for (; size <= sizeof(memory) && !good; size += 64) {
        dyn_arena_init(&arena, memory, size, NULL, NULL);
        good = dyn_session_fold(snapshot, &record, &arena, &session);
        assert_int_equal(good, !arena.exhausted);
    }
    assert_true(good);
    assert_int_equal(session.recent[0].item, PACK);
}

/* kinds: as in the table below; how much an item was turned down, newest entry first. */
static double turned_down(const uint32_t *items, const uint32_t *kinds, const double *ages,
                          size_t count, uint32_t item, bool in_cart)
{
    size_t speaks = count, removed = count;
    bool left = false;

    for (size_t i = count; i-- > 0;) {
        bool early = false;

        if (items[i] != item) {
            continue;
        }
        if (kinds[i] == 3) {
            removed = i;
            continue;
        }
        if (kinds[i] <= 1) {
            for (size_t k = i; k-- > 0;) {
                if (kinds[k] <= 1 || kinds[k] == 6) {
                    early =
                        items[k] != item && ages[i] - ages[k] >= 1000 && ages[i] - ages[k] <= 5000;
                    break;
                }
            }
        }
        left |= early;
        speaks = early ? speaks : i;
    }

    return in_cart ? 0 : removed < speaks ? 1 : left && speaks == count ? 0.4 : 0;
}

/* The fold as its header says it, as slowly as one likes: interests over a log by plain loops. */
static void random_logs_fold_like_the_formula(void **state)
{
    static const struct {
        const char *code;
        double weight;
    } types[] = {{"vi", 1}, {"si", 0.5}, {"ac", 3}, {"rc", 0}, {"pu", 1}, {"wl", 2}, {"pv", 0}};
    uint32_t seed = 7;
    uint32_t all_rejected = 0;
    uint32_t pivots = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        char texts[DYN_SESSION_EVENTS_MAX][40];
        const char *log[DYN_SESSION_EVENTS_MAX];
        double interest[ITEMS] = {0};
        long long cart[ITEMS] = {0};
        uint32_t items[DYN_SESSION_EVENTS_MAX];
        uint32_t kinds[DYN_SESSION_EVENTS_MAX];
        size_t count = (size_t)round % (DYN_SESSION_EVENTS_MAX + 1);
        double ages[DYN_SESSION_EVENTS_MAX];
        double age = 0;
        uint32_t rejected = 0;

        for (size_t i = 0; i < count; i++) {
            seed = seed * 1664525U + 1013904223U;
            items[i] = (seed >> 8) % (round % 2 == 0 ? 5 : ITEMS);
            kinds[i] = (seed >> 20) % 7;
            age += (seed >> 4) % (round % 3 == 0 ? 60000 : 9000);
            ages[i] = age;
            interest[items[i]] +=
                types[kinds[i]].weight * pow(0.5, age / 600000) * pow(0.9, (double)i);
            (void)snprintf(texts[i], sizeof(texts[i]), "%s %lld i%05u", types[kinds[i]].code,
                           (long long)NOW - (long long)age, items[i]);
            log[i] = texts[i];
        }
        for (size_t i = count; i-- > 0;) {
            cart[items[i]] += kinds[i] == 2;
            cart[items[i]] -= (kinds[i] == 3 || kinds[i] == 4) && cart[items[i]] > 0;
        }

        fold_count(log, count);
        for (uint32_t i = 0; i < ITEMS; i++) {
            double weight = turned_down(items, kinds, ages, count, i, cart[i] > 0);

            interest[i] *= 1 - weight;
            if (weight > 0) {
                uint32_t at = 0;

                while (at < session.rejected_count && session.rejected[at].item != i) {
                    at++;
                }
                assert_true(at < session.rejected_count);
                near(session.rejected[at].weight, weight);
                rejected++;
            }
        }
        assert_int_equal(session.rejected_count, rejected);
        all_rejected += rejected;
        pivots += session.pivot_views > 0;
        for (uint32_t i = 0; i < session.recent_count; i++) {
            bool left = session.pivot_views > 0;

            /* t/unit/test_moments.c says when there is a pivot */
            for (uint32_t k = 1; k <= session.pivot_views; k++) {
                left = left && session.clicks[session.click_count - k] != session.recent[i].item;
            }
            near(session.recent[i].interest,
                 interest[session.recent[i].item] * (!left                      ? 1
                                                     : session.pivot_views == 1 ? 0.6
                                                                                : 0.15));
            interest[session.recent[i].item] = 0;
        }
        for (uint32_t i = 0; i < session.cart_count; i++) {
            assert_int_equal(session.cart[i].quantity, cart[session.cart[i].item]);
            cart[session.cart[i].item] = 0;
        }
        for (uint32_t i = 0; i < ITEMS; i++) {
            near(interest[i], 0);
            assert_int_equal(cart[i], 0);
        }
    }
    assert_true(all_rejected > 300);
    assert_in_range(pivots, 1, 299);
}

static void the_same_input_folds_to_the_same_bytes(void **state)
{
    static _Alignas(16) char other[sizeof(memory)];
    dyn_session_t first;
    dyn_str_t log[] = {DYN_STR("ac 1700001200000 i00001"), DYN_STR("vi 1700000600000 i00000")};

    (void)state;
    memset(memory, 0x55, sizeof(memory));
    FOLD("ac 1700001200000 i00001", "vi 1700000600000 i00000");
    memcpy(other, memory, sizeof(memory));
    memcpy(&first, &session, sizeof(session));
    memset(memory, 0x55, sizeof(memory));
    fold((dyn_session_record_t){.log = log, .log_count = 2});
    assert_memory_equal(&first, &session, sizeof(session));
    assert_memory_equal(other, memory, sizeof(memory));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(interest_halves_in_ten_minutes_and_falls_by_a_tenth_an_event),
        TEST(affinities_follow_interest_up_the_category_path),
        TEST(the_band_of_prices_is_weighted_by_interest),
        TEST(the_band_is_stronger_the_more_prices_there_are_and_the_nearer_they_lie),
        TEST(a_clock_that_was_put_back_makes_nothing_newer_than_now),
        TEST(after_an_endless_pause_no_interest_is_left),
        TEST(views_keep_their_order_and_their_repeats),
        TEST(a_click_and_the_page_it_opens_are_one_view),
        TEST(the_cart_is_adds_less_removes_less_purchases),
        TEST(more_removed_than_added_leaves_nothing_owed),
        TEST(a_viewed_cart_that_lists_items_is_the_cart),
        TEST(a_variant_stands_for_its_item),
        TEST(malformed_entries_are_skipped_and_counted),
        TEST(unknown_items_are_counted_and_left_out),
        TEST(impressions_tell_nothing_of_the_shopper),
        TEST(an_empty_log_folds_to_nothing),
        TEST(entries_beyond_the_limit_are_not_read),
        TEST(the_strongest_affinities_are_kept),
        TEST(searches_checkouts_and_doubts_are_counted),
        TEST(visits_are_views_with_another_item_in_between),
        TEST(of_all_looks_the_longest_is_kept_and_terms_are_doubts_of_the_item_before),
        TEST(searches_are_kept_newest_first_each_term_once),
        TEST(facts_tell_where_the_session_began),
        TEST(bad_facts_are_not_believed),
        TEST(an_exhausted_arena_fails_the_fold),
        TEST(random_logs_fold_like_the_formula),
        TEST(the_same_input_folds_to_the_same_bytes),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
