#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/catalogue/kind.h"
#include "engine/catalogue/traits.h"
#include "engine/session/session.h"
#include "engine/session/shown.h"
#include "shop.h"

/*
 * Ten items of each category in the order of these names: i00000 to i00009 are tents, and so on. Tents and mats are below Camping, tents
 * cost 100.00 EUR and mats 50.00. A tenth of the shop, i00000 to i00003 and i00010 to i00013, are of brand A.
 */
enum { TENT = 0, MAT = 10, PACK = 20, LAMP = 30, ITEMS = 80 };
#define NOW 1700001200000

static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static uint32_t camping, tents, mats, packs, brand_a;

static _Alignas(16) char memory[65536];
static dyn_arena_t arena;
static dyn_session_t session;

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);
    camping = shop_category(shop, "Camping", DYN_NONE);
    tents = shop_category(shop, "Tents", camping);
    mats = shop_category(shop, "Mats", camping);
    packs = shop_category(shop, "Packs", DYN_NONE);
    brand_a = shop_brand(shop, "A");
    for (uint32_t i = 0; i < 10; i++) {
        shop_item(shop, TENT + i)->category = tents;
        shop_item(shop, TENT + i)->price_minor = 10000;
        shop_item(shop, MAT + i)->category = mats;
        shop_item(shop, MAT + i)->price_minor = 5000;
        shop_item(shop, PACK + i)->category = packs;
        if (i < 4) {
            shop_item(shop, TENT + i)->brand = shop_item(shop, MAT + i)->brand = brand_a;
        }
    }
    shop_item(shop, MAT + 9)->price_minor = 3333;
    shop_item(shop, MAT + 8)->price_minor = 3334;
    shop_item(shop, MAT + 7)->price_minor = -1;
    memset(shop_item(shop, MAT + 7)->currency, 0, 4);
    shop_item(shop, TENT + 1)->group = shop_item(shop, TENT)->group;
    shop_compatible(shop, TENT + 2, MAT + 2);
    shop_edge(shop, SHOP_BOUGHT_WITH, MAT + 3, TENT + 3, 1);
    snapshot = shop_open(shop);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);
    return 0;
}

static void fold(const char *const *log, size_t log_count, const char *const *history,
                 size_t history_count, const char *shown)
{
    dyn_str_t entries[DYN_SESSION_EVENTS_MAX];
    dyn_str_t earlier[64];
    dyn_fact_t fact = {DYN_STR("shown"), dyn_str_from(shown)};
    dyn_session_record_t record = {.log = entries,
                                   .log_count = log_count,
                                   .history = earlier,
                                   .history_count = history_count,
                                   .facts = &fact,
                                   .fact_count = 1,
                                   .now_ms = NOW};

    for (size_t i = 0; i < log_count; i++) {
        entries[i] = dyn_str_from(log[i]);
    }
    for (size_t i = 0; i < history_count; i++) {
        earlier[i] = dyn_str_from(history[i]);
    }
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(dyn_session_fold(snapshot, &record, &arena, &session));
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Newest first, as Redis has them. */
#define FOLD(...)                                                                                  \
    fold((const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})), NULL, 0, \
         "")

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-6)) {
        fail_msg("%.9f is not %.9f", value, expected);
    }
}

static float evidence_of(const dyn_affinity_t *affinities, uint32_t count, uint32_t index)
{
    for (uint32_t i = 0; i < count; i++) {
        if (affinities[i].index == index) {
            return affinities[i].evidence;
        }
    }

    return -1;
}

static float interest_in(uint32_t item)
{
    for (uint32_t i = 0; i < session.recent_count; i++) {
        if (session.recent[i].item == item) {
            return session.recent[i].interest;
        }
    }

    return -1;
}

static float rejection_of(uint32_t item)
{
    for (uint32_t i = 0; i < session.rejected_count; i++) {
        if (session.rejected[i].item == item) {
            return session.rejected[i].weight;
        }
    }

    return 0;
}

/* ---- likes ---- */

static void one_item_is_no_evidence_and_several_are(void **state)
{
    double share;

    (void)state;
    FOLD("vi 1700001200000 i00000");
    near(evidence_of(session.brands, session.brand_count, brand_a), 0);
    near(session.brands[0].affinity, 1);

    /* two of three items, (1 + 0.9) / 2.71 of the interest; a tenth of the shop is of the brand */
    FOLD("vi 1700001200000 i00000", "vi 1700001200000 i00010", "vi 1700001200000 i00030");
    share = 1.9 / 2.71;
    near(evidence_of(session.brands, session.brand_count, brand_a), 0.5 * (share - 0.1) / 0.9);

    /* the same again is no other item */
    FOLD("vi 1700001200000 i00000", "vi 1700001100000 i00030", "vi 1700001000000 i00000");
    near(evidence_of(session.brands, session.brand_count, brand_a), 0);
}

static void a_category_has_the_evidence_of_those_below_it(void **state)
{
    double share = 1.9 / 2.71;

    (void)state;
    FOLD("vi 1700001200000 i00000", "vi 1700001200000 i00010", "vi 1700001200000 i00030");
    near(evidence_of(session.categories, session.category_count, tents), 0);
    near(evidence_of(session.categories, session.category_count, camping),
         0.5 * (share - 0.25) / 0.75);
}

static void what_there_is_much_of_is_no_evidence(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ITEMS; i++) {
        shop_item(shop, i)->brand = brand_a;
    }
    snapshot = shop_open(shop);
    FOLD("vi 1700001200000 i00000", "vi 1700001200000 i00010", "vi 1700001200000 i00030");
    near(evidence_of(session.brands, session.brand_count, brand_a), 0);
}

static void what_several_items_share_beside_category_and_brand_is_a_like(void **state)
{
    static const char catalog[] =
        "{\"id\":\"a\",\"title\":\"A\",\"tags\":[\"kids\"],\"colour\":\"Moss\"}\n"
        "{\"id\":\"b\",\"title\":\"B\",\"tags\":[\"kids\",\"light\"]}\n"
        "{\"id\":\"c\",\"title\":\"C\"}\n{\"id\":\"d\",\"title\":\"D\"}\n"
        "{\"id\":\"e\",\"title\":\"E\"}\n{\"id\":\"f\",\"title\":\"F\"}\n"
        "{\"id\":\"g\",\"title\":\"G\"}\n{\"id\":\"h\",\"title\":\"H\"}\n";
    const dyn_snapshot_t *opened = snapshot;
    dyn_snapshot_t *built = fixture_build(catalog, NULL);
    const char *history[] = {"pu 1700001100000 b"};
    uint32_t kids = dyn_trait_find(built, DYN_STR("tag"), DYN_STR("kids"));

    (void)state;
    snapshot = built;
    FOLD("vi 1700001200000 a", "vi 1700001200000 b", "vi 1700001200000 c");
    assert_int_equal(session.trait_count, 3);
    assert_int_equal(session.traits[0].index, kids);
    near(session.traits[0].affinity, 1);
    near(session.traits[0].evidence, 0.5 * (1.9 / 2.71 - 0.25) / 0.75);
    near(session.traits[1].affinity, 1 / 1.9);
    near(session.traits[1].evidence, 0);

    /* earlier visits alone */
    fold(NULL, 0, history, 1, "");
    assert_int_equal(session.trait_count, 2);
    near(session.traits[0].affinity, 0.3);

    FOLD("vi 1700001200000 c");
    assert_int_equal(session.trait_count, 0);
    snapshot = opened;
    dyn_snapshot_close(built);
}

static void what_is_looked_at_longer_and_further_counts_more(void **state)
{
    (void)state;
    FOLD("dw 1700001200000 i00000 v=3");
    near(interest_in(TENT), 0.1);
    FOLD("dw 1700001200000 i00000 v=30");
    near(interest_in(TENT), 1);
    FOLD("dw 1700001200000 i00000 v=46");
    near(interest_in(TENT), 1.5);
    FOLD("dw 1700001200000 i00000");
    near(interest_in(TENT), 0.5);
    FOLD("sc 1700001200000 i00000 v=75");
    near(interest_in(TENT), 0.375);
    FOLD("sc 1700001200000 i00000 v=1000");
    near(interest_in(TENT), 0.5);
    FOLD("sc 1700001200000 i00000 v=all");
    near(interest_in(TENT), 0.25);
}

static void of_one_page_only_the_longest_look_counts(void **state)
{
    (void)state;
    /* 1 - 0.9 * 0 + 0.81 */
    FOLD("dw 1700001200000 i00000 v=30", "dw 1700001200000 i00000 v=15", "vi 1700001200000 i00000");
    near(interest_in(TENT), 1 + 0.81);
    /* of two pages each counts: 1 + 0.9 + 0.81 * 0.5 + 0.729 */
    FOLD("dw 1700001200000 i00000 v=30", "vi 1700001200000 i00000", "dw 1700001200000 i00000 v=15",
         "vi 1700001200000 i00000");
    near(interest_in(TENT), 1 + 0.9 + 0.405 + 0.729);
}

static void what_was_put_into_the_cart_or_on_the_wishlist_is_marked(void **state)
{
    (void)state;
    FOLD("rc 1700001200000 i00000", "ac 1700001100000 i00000", "wl 1700001100000 i00010",
         "vi 1700001000000 i00020");
    assert_true(session.recent[0].added && !session.recent[0].wished);
    assert_true(session.recent[1].wished && !session.recent[1].added);
    assert_false(session.recent[2].wished || session.recent[2].added);
}

/* ---- what was turned down ---- */

static void what_is_taken_from_the_cart_is_turned_down_until_it_is_wanted_again(void **state)
{
    (void)state;
    FOLD("rc 1700001200000 i00000", "ac 1700001100000 i00000", "vi 1700001000000 i00000");
    near(rejection_of(TENT), 1);
    near(interest_in(TENT), 0);
    FOLD("ac 1700001300000 i00000", "rc 1700001200000 i00000", "ac 1700001100000 i00000");
    near(rejection_of(TENT), 0);
    FOLD("vi 1700001300000 i00000", "rc 1700001200000 i00000", "ac 1700001100000 i00000");
    near(rejection_of(TENT), 0);
    /* some of them are still there */
    FOLD("rc 1700001200000 i00000", "ac 1700001100000 i00000 q=2");
    near(rejection_of(TENT), 0);
}

static void what_is_taken_from_the_wishlist_is_turned_down_less(void **state)
{
    (void)state;
    FOLD("wr 1700001200000 i00000", "wl 1700001200000 i00000");
    near(rejection_of(TENT), 0.7);
    near(interest_in(TENT), 0.3 * 0.9 * 2);
}

static void a_page_left_within_seconds_turns_its_item_down(void **state)
{
    char left[40];
    static const struct {
        int stayed_ms;
        double weight;
    } cases[] = {{999, 0}, {1000, 0.4}, {5000, 0.4}, {5001, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)snprintf(left, sizeof(left), "pv %lld", 1700001100000LL + cases[i].stayed_ms);
        FOLD("vi 1700001200000 i00010", left, "vi 1700001100000 i00000");
        near(rejection_of(TENT), cases[i].weight);
    }
    near(rejection_of(MAT), 0);
}

static void a_page_that_was_used_or_was_seen_before_is_not_turned_down(void **state)
{
    (void)state;
    FOLD("pv 1700001103000", "sc 1700001102000 i00000 v=50", "vi 1700001100000 i00000");
    near(rejection_of(TENT), 0);
    FOLD("pv 1700001103000", "dw 1700001102000 i00000 v=3", "vi 1700001100000 i00000");
    near(rejection_of(TENT), 0.4);
    FOLD("pv 1700001103000", "vi 1700001100000 i00000", "pv 1700001060000",
         "vi 1700001000000 i00000");
    near(rejection_of(TENT), 0);
    FOLD("vi 1700001150000 i00000", "pv 1700001103000", "vi 1700001100000 i00000");
    near(rejection_of(TENT), 0);
    /* the page itself again */
    FOLD("vi 1700001103000 i00000", "vi 1700001100000 i00000");
    near(rejection_of(TENT), 0);
}

/* ---- cart ---- */

static void a_cart_line_is_settled_until_another_of_its_kind_is_viewed(void **state)
{
    (void)state;
    FOLD("vi 1700001200000 i00020", "ac 1700001100000 i00000", "vi 1700001000000 i00004");
    assert_true(session.cart[0].settled);
    assert_int_equal(session.cart[0].time_ms, 1700001100000);
    FOLD("vi 1700001200000 i00004", "ac 1700001100000 i00000");
    assert_false(session.cart[0].settled);
    /* its own page, or that of the same in another colour, says nothing */
    FOLD("vi 1700001200000 i00000", "ac 1700001100000 i00000");
    assert_true(session.cart[0].settled);
    FOLD("vi 1700001200000 i00001", "ac 1700001100000 i00000");
    assert_true(session.cart[0].settled);
    /* the newest add counts */
    FOLD("ac 1700001200000 i00000", "vi 1700001100000 i00004", "ac 1700001000000 i00000");
    assert_true(session.cart[0].settled);
    assert_int_equal(session.cart[0].time_ms, 1700001200000);
    /* a look into the cart is no add */
    FOLD("vc 1700001200000 i00000", "vi 1700001100000 i00004", "ac 1700001000000 i00000");
    assert_false(session.cart[0].settled);
    assert_int_equal(session.cart[0].time_ms, 1700001000000);
}

static void things_are_of_a_kind_by_category_unless_it_holds_several_kinds(void **state)
{
    dyn_category_t kinds[8];
    dyn_snapshot_t changed = *snapshot;

    (void)state;
    memcpy(kinds, snapshot->categories, snapshot->category_count * sizeof(dyn_category_t));
    changed.categories = kinds;
    assert_true(dyn_same_kind(&changed, TENT, TENT + 5));
    assert_false(dyn_same_kind(&changed, TENT, MAT));
    assert_false(dyn_same_kind(&changed, TENT, PACK));

    /* two categories of one kind */
    kinds[mats].kind = kinds[tents].kind;
    assert_true(dyn_same_kind(&changed, TENT, MAT));
    assert_true(dyn_same_kind(&changed, MAT, TENT));

    /* who has one thing of it may want another */
    kinds[mats].flags = DYN_CATEGORY_SEVERAL;
    assert_false(dyn_same_kind(&changed, TENT, MAT));
    assert_false(dyn_same_kind(&changed, MAT, MAT + 1));
    assert_true(dyn_same_kind(&changed, MAT, MAT));
    assert_true(dyn_same_kind(&changed, TENT, TENT + 5));
    /* no category */
    assert_false(dyn_same_kind(snapshot, LAMP, LAMP + 1));
    assert_true(dyn_same_kind(snapshot, LAMP, LAMP));
}

/* ---- prices ---- */

static void a_filter_on_price_sets_the_band_and_fades(void **state)
{
    (void)state;
    FOLD("fi 1700001200000 - f=price v=50-200", "vi 1700001200000 i00000");
    assert_int_equal(session.price_low, 5000);
    assert_int_equal(session.price_high, 20000);
    near(session.price_strength, 0.9);
    FOLD("fi 1700001200000 - f=price v=-49.99 c=EUR");
    assert_int_equal(session.price_low, 0);
    assert_int_equal(session.price_high, 4999);
    FOLD("pv 1700001200000", "fi 1700001200000 - f=price v=50-");
    assert_int_equal(session.price_low, 5000);
    assert_int_equal(session.price_high, DYN_PRICE_MINOR_MAX);
    near(session.price_strength, 0.9 * 0.9);
    /* two tents at one price: 0.5 is more than 0.9^7 */
    FOLD("vi 1700001200000 i00000", "vi 1700001200000 i00004", "vi 1700001200000 i00000",
         "vi 1700001200000 i00004", "vi 1700001200000 i00000", "vi 1700001200000 i00004",
         "fi 1700001200000 - f=price v=1-2");
    assert_int_equal(session.price_low, 7788);
    near(session.price_strength, 0.5);
}

static void only_the_newest_filter_counts_and_only_if_it_is_one(void **state)
{
    static const char *const none[] = {"v=cheap", "v=-",     "v=200-50", "v=50-200 c=USD",
                                       "v=-0",    "v=5-6-7", "q=2"};

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        char filter[64];

        (void)snprintf(filter, sizeof(filter), "fi 1700001200000 - f=price %s", none[i]);
        FOLD(filter, "fi 1700001100000 - f=price v=50-200");
        assert_int_equal(session.price_high, 0);
    }
    FOLD("fi 1700001200000 - f=colour v=50-200", "fi 1700001100000 - f=price v=50-200");
    assert_int_equal(session.price_high, 20000);
}

static void sorting_by_price_moves_the_band(void **state)
{
    (void)state;
    FOLD("so 1700001200000 - f=price v=asc", "vi 1700001200000 i00000");
    assert_int_equal(session.price_high, llround(10000 * exp(0.25 - 0.35)));
    near(session.price_strength, 0.5);
    FOLD("so 1700001200000 - f=price v=desc", "vi 1700001200000 i00000");
    assert_int_equal(session.price_low, llround(10000 * exp(-0.25 + 0.35)));
    FOLD("so 1700001200000 - f=name v=asc", "so 1700001100000 - f=price v=asc",
         "vi 1700001200000 i00000");
    assert_int_equal(session.price_low, 7788);
}

/* ---- earlier visits ---- */

static void earlier_purchases_are_told_apart(void **state)
{
    const char *log[] = {"pu 1700001100000 i00000", "vi 1700001000000 i00010"};
    const char *history[] = {"pu 1700001100000 i00000", "pu 1690000000000 i00010",
                             "pu 1690000000000 i00000", "pu 1690000000000 i00010",
                             "ac 1690000000000 i00020", "nonsense",
                             "pu 1690000000000 gone"};

    (void)state;
    fold(log, COUNT(log), history, COUNT(history), "");
    assert_int_equal(session.purchased_count, 2);
    assert_int_equal(session.purchased[0].item, TENT);
    assert_false(session.purchased[0].earlier);
    assert_int_equal(session.purchased[0].time_ms, 1700001100000);
    assert_int_equal(session.purchased[1].item, MAT);
    assert_true(session.purchased[1].earlier);
    assert_int_equal(session.purchased[1].time_ms, 1690000000000);
    assert_int_equal(session.event_count, 2);
    assert_int_equal(session.recent_count, 2);
    assert_int_equal(session.cart_count, 0);
}

static void earlier_likes_speak_where_this_visit_says_little(void **state)
{
    const char *history[] = {"pu 1697409200000 i00000", "wl 1697409200000 i00010"};
    const char *log[] = {"vi 1700001200000 i00020", "vi 1700001200000 i00021",
                         "vi 1700001200000 i00022", "vi 1700001200000 i00023"};

    (void)state;
    fold(NULL, 0, history, COUNT(history), "");
    assert_int_equal(session.brands[0].index, brand_a);
    near(session.brands[0].affinity, 0.3);
    near(session.brands[0].evidence, 0.5 * (0.3 - 0.1) / 0.9);

    /* 2 : 1, together 0.3 * 3/4 of one view */
    fold(log, 1, history, COUNT(history), "");
    assert_int_equal(session.categories[0].index, packs);
    near(session.categories[0].affinity, 1);
    assert_int_equal(session.categories[1].index, tents);
    near(session.categories[1].affinity, 0.15);

    fold(log, 4, history, COUNT(history), "");
    assert_int_equal(session.brand_count, 0);
    assert_int_equal(session.category_count, 1);
}

static void earlier_entries_beyond_the_limit_are_not_read(void **state)
{
    char texts[DYN_HISTORY_EVENTS_MAX + 1][40];
    const char *history[DYN_HISTORY_EVENTS_MAX + 1];

    (void)state;
    for (size_t i = 0; i <= DYN_HISTORY_EVENTS_MAX; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "pu 1690000000000 i%05zu", i);
        history[i] = texts[i];
    }
    for (size_t count = DYN_HISTORY_EVENTS_MAX - 1; count <= DYN_HISTORY_EVENTS_MAX + 1; count++) {
        fold(NULL, 0, history, count, "");
        assert_int_equal(session.purchased_count,
                         count < DYN_HISTORY_EVENTS_MAX ? count : DYN_HISTORY_EVENTS_MAX);
    }
}

/* ---- what was shown ---- */

static const char *shown_after(const char *before, const char *const *ids, size_t count)
{
    static char text[DYN_SHOWN_BYTES_MAX + 1];
    dyn_str_t texts[DYN_SHOWN_MAX + 1];

    for (size_t i = 0; i < count; i++) {
        texts[i] = dyn_str_from(ids[i]);
    }
    memset(text, '!', sizeof(text));

    size_t length = dyn_shown_text(dyn_str_from(before), texts, count, text);

    assert_true(length <= DYN_SHOWN_BYTES_MAX);
    assert_int_equal(text[DYN_SHOWN_BYTES_MAX], '!');
    text[length] = '\0';

    return text;
}

static void what_is_shown_again_is_counted_and_stands_first(void **state)
{
    const char *first[] = {"a", "b"};
    const char *second[] = {"b", "c"};

    (void)state;
    /* http://www.isthe.com/chongo/src/fnv/test_fnv.c */
    assert_int_equal(dyn_shown_hash(DYN_STR("a")), 0xe40c292c);
    assert_int_equal(dyn_shown_hash(DYN_STR("foobar")), 0xbf9cf968);
    assert_string_equal(shown_after("", first, 2), "e40c292c:1,e70c2de5:1,");
    assert_string_equal(shown_after("e40c292c:1,e70c2de5:1,", second, 2),
                        "e70c2de5:2,e60c2c52:1,e40c292c:1,");
    assert_string_equal(shown_after("e40c292c:98", first, 1), "e40c292c:99,");
    assert_string_equal(shown_after("e40c292c:99", first, 1), "e40c292c:99,");
}

static void what_was_never_written_so_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(
        shown_after("E40C292C:1,e40c292c:0,e40c292c:,e40c292c1,e40c292c:1x,e40c292c:100,,x,"
                    "e40c292:1,e70c2de5:7,e70c2de5:8,e40c292c:5",
                    NULL, 0),
        "e70c2de5:7,e40c292c:5,");
}

static void so_many_items_are_remembered_and_no_more(void **state)
{
    char names[DYN_SHOWN_MAX + 1][8];
    const char *ids[DYN_SHOWN_MAX + 1];
    static char before[DYN_SHOWN_BYTES_MAX + 1];

    (void)state;
    for (size_t i = 0; i <= DYN_SHOWN_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
        ids[i] = names[i];
    }
    for (size_t count = DYN_SHOWN_MAX - 1; count <= DYN_SHOWN_MAX + 1; count++) {
        size_t kept = count < DYN_SHOWN_MAX ? count : DYN_SHOWN_MAX;

        assert_int_equal(strlen(shown_after("", ids, count)), kept * 11);
    }
    memcpy(before, shown_after("", ids, DYN_SHOWN_MAX), sizeof(before));
    assert_int_equal(strlen(shown_after(before, ids + DYN_SHOWN_MAX, 1)), DYN_SHOWN_MAX * 11);
    /* the oldest gave way */
    assert_memory_equal(shown_after(before, ids + DYN_SHOWN_MAX, 1) + 11, before,
                        (DYN_SHOWN_MAX - 1) * 11);
}

static void a_click_or_an_add_makes_what_was_shown_forgotten(void **state)
{
    const char *shown_ids[] = {"i00000", "i00004", "i00010", "i00020", "i00020"};
    const char *log[] = {"ac 1700001200000 i00004", "si 1700001100000 i00000",
                         "ho 1700001100000 i00010"};
    char fact[DYN_SHOWN_BYTES_MAX + 1];

    (void)state;
    (void)snprintf(fact, sizeof(fact), "%s", shown_after("", shown_ids, 5));
    fold(log, COUNT(log), NULL, 0, fact);
    assert_int_equal(dyn_session_shown(&session, snapshot, TENT), 0);
    assert_int_equal(dyn_session_shown(&session, snapshot, TENT + 4), 0);
    assert_int_equal(dyn_session_shown(&session, snapshot, MAT), 1);
    assert_int_equal(dyn_session_shown(&session, snapshot, PACK), 2);
    assert_int_equal(dyn_session_shown(&session, snapshot, LAMP), 0);
    assert_int_equal(session.shown_count, 2);

    fold(log, COUNT(log), NULL, 0, "");
    assert_int_equal(dyn_session_shown(&session, snapshot, PACK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_item_is_no_evidence_and_several_are),
        TEST(a_category_has_the_evidence_of_those_below_it),
        TEST(what_there_is_much_of_is_no_evidence),
        TEST(what_several_items_share_beside_category_and_brand_is_a_like),
        TEST(what_is_looked_at_longer_and_further_counts_more),
        TEST(of_one_page_only_the_longest_look_counts),
        TEST(what_was_put_into_the_cart_or_on_the_wishlist_is_marked),
        TEST(what_is_taken_from_the_cart_is_turned_down_until_it_is_wanted_again),
        TEST(what_is_taken_from_the_wishlist_is_turned_down_less),
        TEST(a_page_left_within_seconds_turns_its_item_down),
        TEST(a_page_that_was_used_or_was_seen_before_is_not_turned_down),
        TEST(a_cart_line_is_settled_until_another_of_its_kind_is_viewed),
        TEST(things_are_of_a_kind_by_category_unless_it_holds_several_kinds),
        TEST(a_filter_on_price_sets_the_band_and_fades),
        TEST(only_the_newest_filter_counts_and_only_if_it_is_one),
        TEST(sorting_by_price_moves_the_band),
        TEST(earlier_purchases_are_told_apart),
        TEST(earlier_likes_speak_where_this_visit_says_little),
        TEST(earlier_entries_beyond_the_limit_are_not_read),
        TEST(what_is_shown_again_is_counted_and_stands_first),
        TEST(what_was_never_written_so_is_left_out),
        TEST(so_many_items_are_remembered_and_no_more),
        TEST(a_click_or_an_add_makes_what_was_shown_forgotten),
    };

    return cmocka_run_group_tests_name("session signals", tests, NULL, NULL);
}
