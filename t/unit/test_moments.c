/* Moments, their slots, and guardrails (docs/moments.md). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>

#include "deciding.h"
#include "engine/catalogue/overlay.h"
#include "engine/decide/moment.h"
#include "engine/policy/policy.h"
#include "policies.h"
#include "shop.h"

static deciding_t deciding;
static visit_t visit;
static dyn_slot_t only;

static void ask_for(dyn_surface_t surface, const char *item_id, const char *slot, uint32_t count)
{
    deciding_begin(&deciding, surface, item_id);
    only = (dyn_slot_t){dyn_str_from(slot), count};
    deciding.request.slots = &only;
    deciding.request.slot_count = 1;
    deciding.request.session = &visit.session;
    deciding.explains = true;
}

static const dyn_choice_t *choice_of(const dyn_slot_decision_t *slot, uint32_t item)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->choices[i].item == item) {
            return &slot->choices[i];
        }
    }
    fail_msg("item %u is not shown", item);

    return NULL;
}

/* ---- moments ---- */

static shop_t *moments_shop;
static const dyn_snapshot_t *tents_and_packs; /* 0 to 9 tents, 10 to 19 packs */
static char log_texts[DYN_SESSION_EVENTS_MAX][64];
static dyn_str_t log_rows[DYN_SESSION_EVENTS_MAX]; /* newest first */
static size_t log_count;
static dyn_moment_thresholds_t thresholds;
static dyn_context_t context;
static dyn_session_t session;
static char session_memory[1 << 20];

static void begin(void)
{
    log_count = 0;
    thresholds = dyn_policy_default()->moments;
    memset(&context, 0, sizeof(context));
    context.surface = DYN_SURFACE_HOME;
}

/* The next event, so many seconds before now. What comes first happened first. */
static void happens(const char *code, int item, int seconds_ago, const char *more)
{
    char *text = log_texts[log_count];
    size_t size = sizeof(log_texts[0]);
    long long time_ms = (long long)DECIDING_NOW_MS - 1000LL * seconds_ago;

    if (item >= 0) {
        (void)snprintf(text, size, "%s %lld i%05d%s", code, time_ms, item, more);
    } else {
        (void)snprintf(text, size, "%s %lld%s%s", code, time_ms, *more == '\0' ? "" : " -", more);
    }
    memmove(log_rows + 1, log_rows, log_count * sizeof(log_rows[0]));
    log_rows[0] = dyn_str_from(text);
    log_count++;
}

static void views(int item, int seconds_ago)
{
    happens("vi", item, seconds_ago, "");
}

static void on_page_of(const char *item)
{
    context.surface = DYN_SURFACE_PDP;
    context.item_id = dyn_str_from(item);
}

static dyn_moment_found_t found(void)
{
    const dyn_session_record_t record = {
        .log = log_rows, .log_count = log_count, .now_ms = DECIDING_NOW_MS};
    dyn_arena_t arena;

    dyn_arena_init(&arena, session_memory, sizeof(session_memory), NULL, NULL);
    assert_true(dyn_session_fold(tents_and_packs, &record, &arena, &session));

    return dyn_moment_find(tents_and_packs, &thresholds, &session, &context, DECIDING_NOW_MS);
}

static void expect_moment(dyn_moment_t moment)
{
    dyn_moment_t is = found().moment;

    if (is != moment) {
        fail_msg("the moment is %s, and should be %s", dyn_moment_name(is).data,
                 dyn_moment_name(moment).data);
    }
}

static int open_shop(void **state)
{
    uint32_t tents, packs;

    (void)state;
    moments_shop = shop_new(20);
    tents = shop_category(moments_shop, "Tents", DYN_NONE);
    packs = shop_category(moments_shop, "Packs", DYN_NONE);
    shop_category_record(moments_shop, packs)->kind = packs;
    shop_category_record(moments_shop, tents)->kind = tents;
    for (uint32_t i = 0; i < 20; i++) {
        shop_item(moments_shop, i)->category = i < 10 ? tents : packs;
    }
    tents_and_packs = shop_open(moments_shop);

    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(moments_shop);

    return 0;
}

static void views_of_enough_items_of_a_kind_are_a_comparison(void **state)
{
    (void)state;
    for (int items = 2; items <= 5; items++) {
        begin();
        thresholds.comparison_items = items;
        for (int i = 0; i < items - 1; i++) {
            views(i, 100 - i);
        }
        expect_moment(DYN_MOMENT_BROWSE);
        views(12, 50); /* of another kind: the tents are not looked at now */
        expect_moment(DYN_MOMENT_BROWSE);
        views(items, 40);
        expect_moment(DYN_MOMENT_COMPARISON);
        assert_int_equal(found().item, items);
        /* the other kind is looked at again, with one item of it before */
        on_page_of("i00015");
        expect_moment(items > 2 ? DYN_MOMENT_BROWSE : DYN_MOMENT_COMPARISON);
    }
}

static void the_page_s_own_item_is_compared_before_its_view_is_recorded(void **state)
{
    (void)state;
    begin();
    views(0, 100);
    views(1, 50);
    on_page_of("i00001");
    expect_moment(DYN_MOMENT_BROWSE);
    on_page_of("i00002");
    expect_moment(DYN_MOMENT_COMPARISON);
    assert_int_equal(found().item, 2);
}

static void a_comparison_is_short(void **state)
{
    (void)state;
    begin();
    thresholds.comparison_minutes = 10;
    views(0, 10 * 60);
    views(1, 50);
    views(2, 10);
    expect_moment(DYN_MOMENT_COMPARISON);
    begin();
    thresholds.comparison_minutes = 10;
    views(0, 10 * 60 + 1);
    views(1, 50);
    views(2, 10);
    expect_moment(DYN_MOMENT_BROWSE);

    for (int more = 4; more <= 6; more++) {
        begin();
        thresholds.comparison_events = 8;
        views(0, 300);
        for (int i = 0; i < more; i++) {
            happens("sc", 1, 200 - i, " v=20");
        }
        views(1, 50);
        views(2, 10);
        /* the first tent is the (more + 3)rd event */
        expect_moment(more + 3 <= 8 ? DYN_MOMENT_COMPARISON : DYN_MOMENT_BROWSE);
    }
}

static void whoever_clicks_to_compare_compares(void **state)
{
    (void)state;
    for (int minutes = 14; minutes <= 16; minutes++) {
        begin();
        views(0, 16 * 60);
        happens("co", 0, minutes * 60, "");
        happens("co", 1, minutes * 60, "");
        expect_moment(minutes <= 15 ? DYN_MOMENT_COMPARISON : DYN_MOMENT_BROWSE);
    }
    for (int more = 7; more <= 8; more++) {
        begin();
        views(0, 300);
        happens("co", 0, 200, "");
        for (int i = 0; i < more; i++) {
            happens("ho", 0, 100 - i, "");
        }
        expect_moment(more < 8 ? DYN_MOMENT_COMPARISON : DYN_MOMENT_BROWSE);
    }
    /* asked for, it goes before a hesitation */
    begin();
    views(0, 300);
    views(1, 200);
    views(0, 100);
    happens("co", 0, 50, "");
    expect_moment(DYN_MOMENT_COMPARISON);
}

static void coming_back_to_an_item_is_a_hesitation(void **state)
{
    (void)state;
    for (int returns = 2; returns <= 4; returns++) {
        begin();
        thresholds.hesitation_returns = returns;
        for (int i = 0; i < returns - 1; i++) {
            views(0, 500 - 20 * i);
            views(12, 490 - 20 * i);
        }
        expect_moment(DYN_MOMENT_BROWSE);
        on_page_of("i00000");
        expect_moment(DYN_MOMENT_HESITATION);
        assert_int_equal(found().item, 0);
        context.surface = DYN_SURFACE_HOME;
        views(0, 20);
        expect_moment(DYN_MOMENT_HESITATION);
    }
    /* the same page twice is no way back */
    begin();
    views(0, 300);
    views(0, 200);
    views(0, 100);
    expect_moment(DYN_MOMENT_BROWSE);
    /* what was added is decided on */
    begin();
    views(0, 300);
    views(1, 200);
    views(0, 100);
    expect_moment(DYN_MOMENT_HESITATION);
    happens("ac", 0, 90, "");
    expect_moment(DYN_MOMENT_BROWSE);
    /* and what was left for something else is not hesitated at */
    begin();
    views(0, 300);
    views(1, 200);
    views(0, 100);
    views(12, 50);
    expect_moment(DYN_MOMENT_BROWSE);
}

static void doubts_on_one_item_are_a_hesitation(void **state)
{
    static const struct {
        const char *code, *more;
        int item;
    } doubts[] = {
        {"zo", "", 0}, {"sg", "", 0}, {"qu", " t=waterproof", 0}, {"pv", " l=returns", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++) {
        for (int count = 1; count <= 3; count++) {
            begin();
            thresholds.hesitation_doubts = count;
            views(0, 300);
            for (int k = 0; k < count - 1; k++) {
                happens(doubts[i].code, doubts[i].item, 200 - k, doubts[i].more);
            }
            expect_moment(DYN_MOMENT_BROWSE);
            happens(doubts[i].code, doubts[i].item, 100, doubts[i].more);
            expect_moment(DYN_MOMENT_HESITATION);
            assert_int_equal(found().item, 0);
        }
    }
    /* of two items one each */
    begin();
    views(0, 300);
    happens("zo", 0, 200, "");
    views(1, 100);
    happens("zo", 1, 90, "");
    expect_moment(DYN_MOMENT_BROWSE);
}

static void a_long_look_without_adding_is_a_hesitation(void **state)
{
    (void)state;
    for (int seconds = 179; seconds <= 180; seconds++) {
        char value[16];

        begin();
        (void)snprintf(value, sizeof(value), " v=%d", seconds);
        views(0, 300);
        happens("dw", 0, 200, value);
        expect_moment(seconds < 180 ? DYN_MOMENT_BROWSE : DYN_MOMENT_HESITATION);
        happens("ac", 0, 100, "");
        expect_moment(DYN_MOMENT_BROWSE);
    }
}

static void an_old_hesitation_is_over(void **state)
{
    (void)state;
    for (int minutes = 15; minutes <= 16; minutes++) {
        begin();
        views(0, minutes * 60 + 20);
        happens("dw", 0, minutes * 60, " v=200");
        expect_moment(minutes == 15 ? DYN_MOMENT_HESITATION : DYN_MOMENT_BROWSE);
    }
}

static void a_cart_left_while_its_items_are_looked_at_again_is_a_hesitation(void **state)
{
    (void)state;
    for (int seconds = 3 * 60 - 1; seconds <= 3 * 60; seconds++) {
        begin();
        views(0, 400);
        happens("ac", 0, seconds, "");
        expect_moment(DYN_MOMENT_BROWSE);
        on_page_of("i00000");
        expect_moment(seconds < 3 * 60 ? DYN_MOMENT_BROWSE : DYN_MOMENT_HESITATION);
        context.surface = DYN_SURFACE_HOME;
        views(0, 10);
        expect_moment(seconds < 3 * 60 ? DYN_MOMENT_BROWSE : DYN_MOMENT_HESITATION);
        /* what goes with it is no second thought */
        on_page_of("i00012");
        expect_moment(DYN_MOMENT_BROWSE);
    }
}

static void cart_and_checkout_pages_and_a_checkout_begun_are_a_checkout(void **state)
{
    (void)state;
    begin();
    expect_moment(DYN_MOMENT_BROWSE);
    for (int surface = 0; surface < DYN_SURFACES_COUNT; surface++) {
        context.surface = (dyn_surface_t)surface;
        context.item_id = DYN_STR("i00000");
        expect_moment(surface == DYN_SURFACE_CART || surface == DYN_SURFACE_CHECKOUT
                          ? DYN_MOMENT_CHECKOUT
                          : DYN_MOMENT_BROWSE);
    }
    begin();
    views(0, 300);
    happens("bc", -1, 200, "");
    expect_moment(DYN_MOMENT_CHECKOUT);
    on_page_of("i00012");
    expect_moment(DYN_MOMENT_BROWSE);
    context.surface = DYN_SURFACE_HOME;
    happens("pu", 0, 100, "");
    expect_moment(DYN_MOMENT_BROWSE);
    begin();
    happens("bc", -1, 200, "");
    views(0, 100);
    expect_moment(DYN_MOMENT_BROWSE);
}

static void the_first_page_of_a_session_from_somewhere_is_a_landing(void **state)
{
    static dyn_str_t *const parts[] = {
        &context.entry.source,   &context.entry.medium,  &context.entry.campaign,
        &context.entry.term,     &context.entry.content, &context.entry.click_id,
        &context.entry.referrer,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        begin();
        assert_int_equal(dyn_moment_find(tents_and_packs, &thresholds, NULL, &context, 0).moment,
                         DYN_MOMENT_BROWSE);
        expect_moment(DYN_MOMENT_BROWSE);
        *parts[i] = DYN_STR("tents");
        expect_moment(DYN_MOMENT_LANDING);
        assert_int_equal(dyn_moment_find(tents_and_packs, &thresholds, NULL, &context, 0).moment,
                         DYN_MOMENT_LANDING);
        /* its own view was recorded, and the session came from there, too */
        views(0, 1);
        expect_moment(DYN_MOMENT_BROWSE);
        (void)found();
        session.entry = context.entry;
        assert_int_equal(
            dyn_moment_find(tents_and_packs, &thresholds, &session, &context, DECIDING_NOW_MS)
                .moment,
            DYN_MOMENT_LANDING);
        session.pages = 2;
        assert_int_equal(
            dyn_moment_find(tents_and_packs, &thresholds, &session, &context, DECIDING_NOW_MS)
                .moment,
            DYN_MOMENT_BROWSE);
    }
}

/* ---- the slots of moments ---- */

/* What is decided of the events so far. */
static const dyn_slot_decision_t *decided(const char *slot, uint32_t count,
                                          const dyn_policy_t *policy)
{
    (void)found();
    deciding_begin(&deciding, context.surface, "");
    deciding.context = context;
    only = (dyn_slot_t){dyn_str_from(slot), count};
    deciding.request.slots = &only;
    deciding.request.slot_count = 1;
    deciding.request.session = &session;
    deciding.policy = policy;

    return deciding_run(&deciding, tents_and_packs);
}

static dyn_policy_t shop_policy;
static dyn_free_shipping_t shipping[] = {
    {"", "EUR", 9000}, {"DE", "EUR", 4000}, {"AT", "EUR", 3000}, {"DE", "CHF", 100}};

static void with_shipping(void)
{
    shop_policy = *dyn_policy_default();
    shop_policy.free_shipping = shipping;
    shop_policy.free_shipping_count = sizeof(shipping) / sizeof(shipping[0]);
}

static void slots_of_other_moments_are_empty(void **state)
{
    static const char *const slots[] = {"comparison", "guide", "messages"};
    static const dyn_moment_t moments[] = {DYN_MOMENT_COMPARISON, DYN_MOMENT_HESITATION,
                                           DYN_MOMENT_CHECKOUT};

    (void)state;
    with_shipping();
    for (int moment = 0; moment < DYN_MOMENTS_COUNT; moment++) {
        begin();
        views(0, 100);
        if (moment == DYN_MOMENT_COMPARISON || moment == DYN_MOMENT_HESITATION) {
            views(1, 90);
            views(moment == DYN_MOMENT_COMPARISON ? 2 : 0, 80);
        } else if (moment == DYN_MOMENT_CHECKOUT) {
            context.surface = DYN_SURFACE_CART;
            happens("ac", 12, 70, "");
        } else if (moment == DYN_MOMENT_LANDING) {
            log_count = 0;
            context.entry.campaign = DYN_STR("spring");
        }
        expect_moment((dyn_moment_t)moment);
        for (size_t i = 0; i < 3; i++) {
            const dyn_slot_decision_t *slot = decided(slots[i], 4, &shop_policy);

            assert_int_equal(deciding.decision.moment, moment);
            assert_int_equal(dyn_slot_is_empty(slot), moments[i] != (dyn_moment_t)moment);
        }
    }
}

static void what_is_compared_stands_side_by_side(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 6; i++) {
        views(i, 100 - i);
    }
    views(12, 50);
    on_page_of("i00006");

    const dyn_slot_decision_t *slot = decided("comparison", 4, NULL);
    static const uint32_t expected[] = {6, 5, 4, 3};

    assert_int_equal(slot->kind, DYN_SLOT_COMPARISON);
    assert_int_equal(slot->count, 4);
    assert_true(dyn_str_equal(slot->title, DYN_STR("Side by side")));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(slot->choices[i].item, expected[i]);
        assert_int_equal(slot->choices[i].reason, DYN_REASON_COMPARED);
        assert_int_equal(slot->choices[i].reference_kind, DYN_REFERENCE_NONE);
        assert_true(i == 0 || slot->choices[i].score <= slot->choices[i - 1].score);
    }
    assert_int_equal(slot->rows[0].kind, DYN_COMPARISON_PRICE);
    assert_true(slot->rows[0].differs);
    /* fewer are wanted, but one alone is no comparison */
    assert_int_equal(decided("comparison", 3, NULL)->count, 3);
    assert_int_equal(decided("comparison", 1, NULL)->count, 2);

    /* nor is what a rule keeps apart from another */
    slot =
        decided("comparison", 4,
                policies_rules(tents_and_packs,
                               "{'id': 'a', 'then': {'apart': {'items': ['i00006', 'i00005']}}}"));
    assert_int_equal(slot->count, 4);
    assert_int_equal(slot->choices[1].item, 4);

    /* what is sold out is not shown, compared or not */
    shop_item(moments_shop, 5)->stock = 0;
    tents_and_packs = shop_open(moments_shop);
    slot = decided("comparison", 4, NULL);
    assert_int_equal(slot->count, 4);
    assert_int_equal(slot->choices[1].item, 4);
    shop_item(moments_shop, 5)->stock = -1;
    tents_and_packs = shop_open(moments_shop);
}

static void what_was_clicked_to_compare_goes_before_what_was_viewed(void **state)
{
    (void)state;
    begin();
    views(0, 100);
    views(1, 90);
    views(2, 80);
    happens("co", 7, 70, "");
    happens("co", 0, 70, "");

    const dyn_slot_decision_t *slot = decided("comparison", 4, NULL);
    static const uint32_t expected[] = {0, 7, 2, 1};

    assert_int_equal(slot->count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(slot->choices[i].item, expected[i]);
    }
}

static void rows_are_what_several_have_and_those_that_differ_stand_first(void **state)
{
    shop_t *shop = shop_new(4);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    const dyn_snapshot_t *before = tents_and_packs;

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        shop_item(shop, i)->category = tents;
        shop_item(shop, i)->price_minor = 20000;
    }

    uint32_t traits[] = {shop_trait(shop, "doors", "2"),     shop_trait(shop, "floor", "PU"),
                         shop_trait(shop, "persons", "2"),   shop_trait(shop, "persons", "3"),
                         shop_trait(shop, "poles", "steel"), shop_trait(shop, "season", "3"),
                         shop_trait(shop, "season", "4"),    shop_trait(shop, "tag", "new")};

    static const struct {
        uint32_t trait, item;
    } has[] = {{0, 0}, {1, 0}, {2, 0}, {7, 0}, {0, 1}, {3, 1}, {5, 1}, {6, 1}, {7, 1}, {5, 2}};

    for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++) {
        shop_has(shop, has[i].item, traits[has[i].trait]);
    }
    tents_and_packs = shop_open(shop);
    begin();
    views(2, 100);
    views(1, 90);
    views(0, 80);

    const dyn_slot_decision_t *slot = decided("comparison", 3, NULL);

    assert_int_equal(slot->count, 3);
    assert_int_equal(slot->row_count, 4);
    assert_int_equal(slot->rows[0].kind, DYN_COMPARISON_PRICE);
    assert_false(slot->rows[0].differs);
    /* of the third nothing is told of doors: it differs, too */
    assert_true(dyn_str_equal(slot->rows[1].name, DYN_STR("doors")));
    assert_true(slot->rows[1].differs);
    assert_int_equal(slot->rows[1].values[2].len, 0);
    assert_true(dyn_str_equal(slot->rows[2].name, DYN_STR("persons")));
    assert_true(dyn_str_equal(slot->rows[2].values[1], DYN_STR("3")));
    assert_true(dyn_str_equal(slot->rows[3].name, DYN_STR("season")));
    assert_true(dyn_str_equal(slot->rows[3].values[1], DYN_STR("3, 4")));

    shop_free(shop);
    tents_and_packs = before;
}

static void the_guide_says_of_each_why_it_fits(void **state)
{
    shop_t *shop = shop_new(10);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t light = shop_trait(shop, "tag", "light");
    const dyn_snapshot_t *before = tents_and_packs;

    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        shop_item(shop, i)->category = tents;
        shop_item(shop, i)->title = shop_string(shop, "A tent");
    }
    for (uint32_t i = 0; i < 4; i++) {
        shop_has(shop, i, light);
    }
    for (uint32_t i = 1; i < 6; i++) {
        shop_alike(shop, 0, i, 0.9F - 0.1F * (float)i);
    }
    tents_and_packs = shop_open(shop);
    begin();
    views(0, 100);
    views(1, 90);
    views(0, 80);

    const dyn_slot_decision_t *slot = decided("guide", 3, NULL);

    assert_int_equal(slot->kind, DYN_SLOT_GUIDE);
    assert_int_equal(slot->count, 3);
    assert_true(dyn_str_equal(slot->title, DYN_STR("Help with your choice")));
    /* what is hesitated at, the other one, and one that is new and has what both have */
    assert_int_equal(slot->choices[0].item, 0);
    assert_int_equal(slot->choices[1].item, 1);
    assert_int_equal(slot->choices[2].item, 2);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(slot->choices[i].reason, DYN_REASON_SHARES);
        assert_int_equal(slot->choices[i].reference, light);
        assert_int_equal(slot->choices[i].support, 2);
        assert_int_equal(slot->choices[i].cta, DYN_CTA_ADD_TO_CART);
    }

    /* of what nothing true can be said, nothing is said but that it was come back to */
    begin();
    views(5, 100);
    views(8, 90);
    views(5, 80);
    slot = decided("guide", 3, NULL);
    assert_int_equal(slot->count, 1);
    assert_int_equal(slot->choices[0].item, 5);
    assert_int_equal(slot->choices[0].reason, DYN_REASON_CAME_BACK_TO);

    shop_free(shop);
    tents_and_packs = before;
}

static void prices_are_a_reason_between_those_of_two_others(void **state)
{
    (void)state;
    /* item n costs 10.00 and n cents: 3 lies between 1 and 6, 6 does not between 1 and 3 */
    for (int middle = 0; middle < 2; middle++) {
        begin();
        views(1, 110);
        views(middle ? 3 : 6, 100);
        views(middle ? 6 : 3, 90);
        views(middle ? 3 : 6, 80);

        const dyn_slot_decision_t *slot = decided("guide", 1, NULL);

        assert_int_equal(slot->count, 1);
        assert_int_equal(slot->choices[0].item, middle ? 3 : 6);
        assert_int_equal(slot->choices[0].reason,
                         middle ? DYN_REASON_WITHIN_PRICES : DYN_REASON_CAME_BACK_TO);
    }
}

static void a_price_that_was_heard_of_counts_in_that_reason(void **state)
{
    dyn_overlay_t *overlay = dyn_overlay_create((dyn_snapshot_t *)(uintptr_t)tents_and_packs);
    dyn_control_entry_t entry;

    (void)state;
    assert_non_null(overlay);
    dyn_control_entry_begin(&entry, DYN_CONTROL_KIND_SET_PRICE);
    entry.item = DYN_STR("i00003");
    memcpy(entry.currency, "EUR", 4);
    for (int middle = 0; middle < 2; middle++) {
        entry.price_minor = middle ? 1004 : 1007;
        assert_true(dyn_overlay_apply(overlay, &entry));
        begin();
        views(1, 110);
        views(3, 100);
        views(6, 90);
        views(3, 80);

        const dyn_slot_decision_t *slot = decided("guide", 1, NULL);

        assert_int_equal(slot->count, 1);
        assert_int_equal(slot->choices[0].item, 3);
        assert_int_equal(slot->choices[0].reason,
                         middle ? DYN_REASON_WITHIN_PRICES : DYN_REASON_CAME_BACK_TO);
    }
    dyn_overlay_free(overlay);
}

static void what_lies_in_the_cart_is_viewed_and_not_added_again(void **state)
{
    (void)state;
    begin();
    views(2, 420);
    views(1, 410);
    views(3, 400);
    happens("ac", 2, 300, "");
    views(2, 20);

    const dyn_slot_decision_t *slot = decided("guide", 1, NULL);

    assert_int_equal(deciding.decision.moment, DYN_MOMENT_HESITATION);
    assert_int_equal(slot->count, 1);
    assert_int_equal(slot->choices[0].item, 2);
    assert_int_equal(slot->choices[0].cta, DYN_CTA_VIEW);
}

static void the_gap_until_shipping_is_free_is_of_country_and_currency(void **state)
{
    static const struct {
        const char *country;
        int64_t gap; /* of a cart of 30.18 */
    } cases[] = {{"DE", 982}, {"AT", 0}, {"FR", 5982}, {"", 5982}};

    (void)state;
    with_shipping();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        context.surface = DYN_SURFACE_CART;
        memcpy(context.country, cases[i].country, strlen(cases[i].country));
        happens("ac", 0, 100, " q=1");
        happens("ac", 9, 90, " q=2");

        const dyn_slot_decision_t *slot = decided("messages", 3, &shop_policy);

        assert_int_equal(slot->kind, DYN_SLOT_MESSAGES);
        assert_int_equal(slot->message_count, 1);
        assert_int_equal(slot->messages[0].kind, cases[i].gap > 0 ? DYN_MESSAGE_FREE_SHIPPING_GAP
                                                                  : DYN_MESSAGE_FREE_SHIPPING);
        assert_int_equal(slot->messages[0].amount_minor, cases[i].gap > 0 ? cases[i].gap : 3000);
        assert_string_equal(slot->messages[0].currency, "EUR");
        assert_true(dyn_str_equal(slot->title, DYN_STR("Good to know")));
    }
    /* an empty cart is promised nothing */
    begin();
    context.surface = DYN_SURFACE_CART;
    assert_true(dyn_slot_is_empty(decided("messages", 3, &shop_policy)));
}

static void items_close_the_gap_at_a_sensible_price(void **state)
{
    shop_t *shop = shop_new(12);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t parts = shop_category(shop, "Parts", DYN_NONE);
    static const int64_t prices[] = {3000, 999, 1000, 1100, 2000, 2001, 1200, 1300};
    const dyn_snapshot_t *before = tents_and_packs;

    (void)state;
    with_shipping();
    for (uint32_t i = 0; i < 12; i++) {
        shop_item(shop, i)->category = i == 0 ? tents : parts;
        shop_item(shop, i)->price_minor = i < 8 ? prices[i] : 1500;
        shop_item(shop, i)->title = shop_string(shop, "A thing");
    }
    shop_category_record(shop, parts)->kind = parts;
    for (uint32_t i = 1; i < 8; i++) {
        shop_orders(shop, SHOP_BOUGHT_WITH, 0, i, 1.0F / (float)i, 20);
    }
    shop_item(shop, 6)->stock = 0;
    shop_item(shop, 7)->age_min = 18;
    tents_and_packs = shop_open(shop);
    begin();
    context.surface = DYN_SURFACE_CART;
    memcpy(context.country, "DE", 2);
    happens("ac", 0, 100, "");

    /* 10.00 are missing; 9.99 is too little, and 20.01 more than twice that */
    const dyn_slot_decision_t *slot = decided("messages", 8, &shop_policy);

    assert_int_equal(slot->messages[0].amount_minor, 1000);
    assert_int_equal(slot->count, 3);
    assert_int_equal(slot->choices[0].item, 2);
    assert_int_equal(slot->choices[1].item, 3);
    assert_int_equal(slot->choices[2].item, 4);
    assert_int_equal(slot->choices[0].reason, DYN_REASON_BOUGHT_WITH);

    /* where so much is missing that nothing beside it closes the gap, nothing is offered */
    memset(context.country, 0, sizeof(context.country));
    slot = decided("messages", 8, &shop_policy);
    assert_int_equal(slot->messages[0].amount_minor, 6000);
    assert_int_equal(slot->count, 0);
    assert_false(dyn_slot_is_empty(slot));

    shop_free(shop);
    tents_and_packs = before;
}

static void an_option_is_missing_only_where_the_shop_tells_of_them(void **state)
{
    const dyn_snapshot_t *before = tents_and_packs;
    shop_t *shop = shop_new(4);

    (void)state;
    shop_variants(shop, 0, 3, 5);
    shop_variants(shop, 1, 3, 5);
    shop_variants(shop, 2, 1, 5);
    tents_and_packs = shop_open(shop);
    for (int told = 0; told < 2; told++) {
        begin();
        context.surface = DYN_SURFACE_CHECKOUT;
        happens("ac", 0, 100, "");
        happens("ac", 2, 95, "");
        if (told) {
            happens("op", 1, 90, " f=size v=M");
            happens("ac", 1, 80, "");
        }

        const dyn_slot_decision_t *slot = decided("messages", 3, NULL);

        assert_int_equal(slot->message_count, told);
        if (told) {
            assert_int_equal(slot->messages[0].kind, DYN_MESSAGE_OPTION_MISSING);
            assert_int_equal(slot->messages[0].item, 0);
        }
    }
    shop_free(shop);
    tents_and_packs = before;
}

/* ---- guardrails ---- */

/* Twenty items like the page's, each a little less. */
static shop_t *alike_shop(float step)
{
    shop_t *shop = shop_new(40);

    for (uint32_t i = 1; i <= 20; i++) {
        shop_alike(shop, 0, i, 0.9F - step * (float)i);
    }

    return shop;
}

static const dyn_slot_decision_t *similar_ones(const dyn_snapshot_t *snapshot, uint64_t seed,
                                               const dyn_last_good_slot_t *seen)
{
    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00000", "similar", 6);
    deciding.policy = &shop_policy;
    deciding.request.seed = seed;
    deciding.request.previous = seen;
    deciding.request.previous_count = seen != NULL;
    deciding.explains = false;

    return deciding_run(&deciding, snapshot);
}

static void what_is_still_seen_keeps_its_order_unless_the_gain_is_larger(void **state)
{
    static const uint32_t items[] = {3, 2, 1, 5, 4, 6};
    const dyn_last_good_slot_t seen = {DYN_STR("similar"), items, 6};
    const dyn_last_good_slot_t elsewhere = {DYN_STR("recs"), items, 6};
    shop_t *near = alike_shop(0.01F);
    shop_t *far = alike_shop(0.04F);

    (void)state;
    shop_policy = *dyn_policy_default();

    const dyn_slot_decision_t *slot = similar_ones(shop_open(near), 1, &seen);

    assert_int_equal(slot->count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(slot->choices[i].item, items[i]);
        assert_true(i == 0 || slot->choices[i].score <= slot->choices[i - 1].score);
    }
    slot = similar_ones(shop_open(near), 1, &elsewhere);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(slot->choices[i].item, i + 1);
    }
    shop_policy.guardrails.hysteresis = 0;
    slot = similar_ones(shop_open(near), 1, &seen);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(slot->choices[i].item, i + 1);
    }

    /* 0.86, 0.82, 0.78, ...: a tenth more is two of these steps and more */
    shop_policy.guardrails.hysteresis = 0.1;
    slot = similar_ones(shop_open(far), 1, &seen);

    static const uint32_t expected[] = {2, 1, 3, 5, 4, 6};

    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(slot->choices[i].item, expected[i]);
    }
    shop_free(near);
    shop_free(far);
}

static void what_was_seen_gives_way_only_to_what_is_better_by_more(void **state)
{
    static const uint32_t items[] = {1, 2, 3, 4, 5, 7};
    static const uint32_t gone[] = {1, 2, 3, 4, 5, 20};
    const dyn_last_good_slot_t seen = {DYN_STR("similar"), items, 6};
    const dyn_last_good_slot_t far_behind = {DYN_STR("similar"), gone, 6};
    shop_t *shop = alike_shop(0.04F);
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    shop_policy = *dyn_policy_default();
    /* 7 is 0.62, and 6 is 0.66 */
    assert_int_equal(similar_ones(snapshot, 1, &seen)->choices[5].item, 7);
    assert_int_equal(similar_ones(snapshot, 1, &far_behind)->choices[5].item, 6);
    shop_free(shop);
}

static void a_share_of_the_places_is_given_to_candidates_just_below(void **state)
{
    enum { SEEDS = 2000 };
    shop_t *shop = alike_shop(0.02F);
    const dyn_snapshot_t *snapshot;
    unsigned explored = 0;

    (void)state;
    shop_item(shop, 8)->stock = 0;
    snapshot = shop_open(shop);
    shop_policy = *dyn_policy_default();
    shop_policy.guardrails.exploration = 0.1;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        dyn_choice_t first[6];
        const dyn_slot_decision_t *slot = similar_ones(snapshot, seed, NULL);

        assert_int_equal(slot->count, 6);
        memcpy(first, slot->choices, sizeof(first));
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(slot->choices[i].item, i + 1);
            assert_true(slot->choices[i].propensity == 1);
        }
        if (slot->choices[5].item == 6) {
            assert_true(fabsf(slot->choices[5].propensity - 0.4F) < 1e-6F);
        } else {
            /* 7, 9, 10 or 11: 8 is sold out */
            explored++;
            assert_in_range(slot->choices[5].item, 7, 11);
            assert_int_not_equal(slot->choices[5].item, 8);
            assert_true(fabsf(slot->choices[5].propensity - 0.15F) < 1e-6F);
            assert_true(slot->choices[5].score <= slot->choices[4].score);
            assert_int_equal(slot->choices[5].reason, DYN_REASON_SIMILAR_TO);
        }
        /* again the same, also when it is explained */
        deciding.explains = true;
        slot = deciding_run(&deciding, snapshot);
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(slot->choices[i].item, first[i].item);
            assert_true(slot->choices[i].propensity == first[i].propensity);
        }
    }
    /* 0.6 of a place in each of them: its standard deviation is 22 */
    assert_in_range(explored, SEEDS * 6 / 10 - 100, SEEDS * 6 / 10 + 100);

    shop_policy.guardrails.exploration = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        assert_int_equal(similar_ones(snapshot, seed, NULL)->choices[5].item, 6);
        assert_true(deciding.decision.slots[0].choices[5].propensity == 1);
    }
    shop_free(shop);
}

static void all_add_ons_of_a_slot_together_have_a_limit(void **state)
{
    shop_t *shop = shop_new(20);

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        shop_item(shop, i)->price_minor = i == 0 ? 10000 : i < 6 ? 4500 : 100;
        shop_item(shop, i)->title = shop_string(shop, "A thing");
    }
    for (uint32_t i = 1; i < 8; i++) {
        shop_orders(shop, SHOP_BOUGHT_WITH, 0, i, 1.0F / (float)i, 20);
    }

    const dyn_snapshot_t *snapshot = shop_open(shop);

    shop_policy = *dyn_policy_default();
    for (int share = 0; share < 3; share++) {
        static const double shares[] = {0.8, 1.0, 1.4};

        visit_begin(&visit);
        visit_adds(&visit, 0);
        ask_for(DYN_SURFACE_CART, "", "bought_with", 8);
        deciding.policy = &shop_policy;
        shop_policy.guardrails.add_ons_total = shares[share];

        const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);
        uint32_t dear = 0;

        for (uint32_t i = 0; i < slot->count; i++) {
            dear += snapshot->items[slot->choices[i].item].price_minor == 4500;
        }
        assert_int_equal(dear, share + 1);
        /* what is cheap in this shop goes with anything */
        assert_true(slot_shows(slot, 6) && slot_shows(slot, 7));
        assert_int_equal(removed_by(&deciding, 0, 5), DYN_FILTER_PRICE_ANCHOR);
    }
    shop_free(shop);
}

/* By what item 3 is multiplied for a shopper in Germany who viewed so many items. */
static float boosted(const dyn_snapshot_t *snapshot, const char *rule, uint32_t viewed)
{
    visit_begin(&visit);
    for (uint32_t i = 0; i < viewed; i++) {
        visit_views(&visit, 20 + i);
    }
    ask_for(DYN_SURFACE_PDP, "i00000", "similar", 6);
    memcpy(deciding.context.country, "DE", 2);
    deciding.policy = policies_rules(snapshot, rule);
    (void)deciding_run(&deciding, snapshot);
    for (uint32_t i = 0; i < deciding.explanation.slots[0].count; i++) {
        if (deciding.explanation.slots[0].candidates[i].item == 3) {
            return deciding.explanation.slots[0].candidates[i].boost;
        }
    }
    fail_msg("item 3 is no candidate");

    return 0;
}

static void a_country_is_a_hint_that_fades(void **state)
{
    static const struct {
        const char *rule;
        uint32_t viewed;
        float factor;
    } cases[] = {
        {"{'id': 'a', 'when': {'item': {'id': 'i00003'}}, 'then': {'boost': 3}}", 8, 3},
        {"{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, 'then': {'boost': 3}}",
         0, 1.2F},
        {"{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, 'then': {'boost': 1.1}}",
         0, 1.1F},
        {"{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, 'then': {'bury': 0.1}}",
         0, 1 / 1.2F},
        {"{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, 'then': {'boost': 3}}",
         4, 1.1F},
        {"{'id': 'a', 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, 'then': {'boost': 3}}",
         8, 1},
        {"{'id': 'a', 'when': {'country': 'FR', 'item': {'id': 'i00003'}}, 'then': {'boost': 3}}",
         0, 1},
        {"{'id': 'a', 'compliance': true, 'when': {'country': 'DE', 'item': {'id': 'i00003'}}, "
         "'then': {'boost': 3}}",
         8, 3},
    };
    shop_t *shop = alike_shop(0.02F);
    const dyn_snapshot_t *snapshot = shop_open(shop);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(fabsf(boosted(snapshot, cases[i].rule, cases[i].viewed) - cases[i].factor) <
                    1e-5F);
    }
    shop_free(shop);
}

static void a_slot_does_not_say_the_same_again_and_again(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t brand = shop_brand(shop, "Nordlicht");

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        shop_item(shop, i)->title = shop_string(shop, "A thing");
        shop_item(shop, i)->brand = i < 2 || i % 2 == 0 ? brand : DYN_NONE;
    }
    for (uint32_t i = 2; i < 10; i++) {
        shop_alike(shop, 0, i, 0.6F - 0.02F * (float)i);
    }

    const dyn_snapshot_t *snapshot = shop_open(shop);

    for (int strong = 0; strong < 2; strong++) {
        visit_begin(&visit);
        visit_views(&visit, 0);
        visit_views(&visit, 1);
        visit.session.brands[0] = (dyn_affinity_t){brand, 1, strong ? 0.49F : 0.2F};
        visit.session.brand_count = 1;
        ask_for(DYN_SURFACE_HOME, "", "few", 8);

        const dyn_slot_decision_t *slot = deciding_run(&deciding, snapshot);
        uint32_t because = 0, other = 0;

        for (uint32_t i = 0; i < slot->count; i++) {
            const dyn_choice_t *choice = &slot->choices[i];
            bool has_brand = snapshot->items[choice->item].brand == brand;

            if (choice->reason == DYN_REASON_MORE_FROM) {
                assert_true(has_brand);
                assert_int_equal(choice->reference, brand);
                assert_true(strong || choice->source == DYN_SOURCE_LIKED);
                other++;
            } else {
                because += choice->reason == DYN_REASON_BECAUSE_VIEWED;
                /* what is of the brand says so from the fourth time on */
                assert_true(!strong || !has_brand || because <= 3);
            }
        }
        assert_true(because >= 3);
        assert_true(!strong || other > 0);
    }
    shop_free(shop);
}

/* ---- pivot ---- */

static float interest_in(uint32_t item)
{
    for (uint32_t i = 0; i < session.recent_count; i++) {
        if (session.recent[i].item == item) {
            return session.recent[i].interest;
        }
    }
    fail_msg("nothing is known of item %u", item);

    return 0;
}

static void views_that_leave_what_was_usual_take_the_rest_back_within_two(void **state)
{
    float before;

    (void)state;
    begin();
    views(0, 100);
    views(1, 90);
    views(2, 80);
    (void)found();
    assert_int_equal(session.pivot_views, 0);
    before = interest_in(2);
    /* an event more is a step of 0.9 for all before */
    views(12, 0);
    (void)found();
    assert_int_equal(session.pivot_views, 1);
    assert_true(fabsf(interest_in(2) - before * 0.9F * 0.6F) < 1e-5F);
    assert_true(fabsf(interest_in(12) - 1) < 1e-5F);
    views(13, 0);
    (void)found();
    assert_int_equal(session.pivot_views, 2);
    assert_true(fabsf(interest_in(2) - before * 0.81F * 0.15F) < 1e-5F);
    assert_true(fabsf(interest_in(12) - 0.9F) < 1e-5F);
    /* back to the tents: that is usual */
    views(3, 0);
    (void)found();
    assert_int_equal(session.pivot_views, 0);
    assert_true(fabsf(interest_in(12) - 0.81F) < 1e-5F);
}

static void two_items_are_no_habit_that_could_be_left(void **state)
{
    static const dyn_str_t earlier[] = {{"pu 1600000000000 i00005", 23}};
    dyn_arena_t arena;

    (void)state;
    for (int history = 0; history < 3; history++) {
        begin();
        views(0, 100);
        views(1, 90);
        views(12, 80);

        const dyn_session_record_t record = {.log = log_rows,
                                             .log_count = log_count,
                                             .history = earlier,
                                             .history_count = history > 0,
                                             .now_ms = DECIDING_NOW_MS};

        dyn_arena_init(&arena, session_memory, sizeof(session_memory), NULL, NULL);
        assert_true(dyn_session_fold(tents_and_packs, &record, &arena, &session));
        /* with a tent bought before they are three */
        assert_int_equal(session.pivot_views, history > 0);
    }
}

static void what_goes_together_is_not_left(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t mats = shop_category(shop, "Mats", DYN_NONE);
    const dyn_snapshot_t *before = tents_and_packs;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        shop_item(shop, i)->category = i < 10 ? tents : mats;
    }
    shop_edge(shop, SHOP_NEIGHBOURS, 1, 12, 0.5F);
    tents_and_packs = shop_open(shop);
    begin();
    views(0, 100);
    views(1, 90);
    views(2, 80);
    views(12, 70);
    (void)found();
    assert_int_equal(session.pivot_views, 0);
    begin();
    views(0, 100);
    views(1, 90);
    views(2, 80);
    views(13, 70);
    (void)found();
    assert_int_equal(session.pivot_views, 1);
    shop_free(shop);
    tents_and_packs = before;
}

static void what_is_for_a_child_leaves_what_is_not_even_in_one_category(void **state)
{
    shop_t *shop = shop_new(10);
    uint32_t jackets = shop_category(shop, "Jackets", DYN_NONE);
    uint32_t kids = shop_trait(shop, "audience", "kids");
    const dyn_snapshot_t *before = tents_and_packs;

    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        shop_item(shop, i)->category = jackets;
    }
    shop_has(shop, 8, kids);
    shop_has(shop, 9, kids);
    tents_and_packs = shop_open(shop);
    for (int child = 0; child < 2; child++) {
        begin();
        views(0, 100);
        views(1, 90);
        views(2, 80);
        views(child ? 8 : 3, 70);
        views(child ? 9 : 4, 60);
        (void)found();
        assert_int_equal(session.pivot_views, child ? 2 : 0);
    }
    shop_free(shop);
    tents_and_packs = before;
}

/* ---- a step up ---- */

static void a_step_up_is_of_the_category_and_dearer_within_the_band(void **state)
{
    shop_t *shop = shop_new(20);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        shop_item(shop, i)->category = i < 6 ? packs : tents;
        shop_item(shop, i)->price_minor = 10000;
        if (i > 0) {
            shop_alike(shop, 0, i, 0.9F - 0.1F * (float)i);
        }
    }
    shop_item(shop, 1)->price_minor = 13000; /* just within 0.3 */
    shop_item(shop, 2)->price_minor = 13001;
    shop_item(shop, 3)->price_minor = 10000;
    shop_item(shop, 4)->price_minor = 10001;
    shop_item(shop, 5)->price_minor = 12000;
    shop_item(shop, 5)->stock = 0;
    shop_item(shop, 6)->price_minor = 12000; /* a tent */

    const dyn_snapshot_t *snapshot = shop_open(shop);

    visit_begin(&visit);
    ask_for(DYN_SURFACE_PDP, "i00000", "upsell", 4);

    const dyn_slot_decision_t *upsell = deciding_run(&deciding, snapshot);

    assert_int_equal(upsell->count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const dyn_choice_t *choice = choice_of(upsell, i == 0 ? 1 : 4);

        assert_int_equal(choice->reason, DYN_REASON_UPSELL_OF);
        assert_int_equal(choice->reference_kind, DYN_REFERENCE_ITEM);
        assert_int_equal(choice->reference, 0);
    }

    visit_adds(&visit, 0);
    ask_for(DYN_SURFACE_CART, "", "upsell", 4);
    upsell = deciding_run(&deciding, snapshot);
    assert_int_equal(upsell->count, 2);
    assert_int_equal(upsell->choices[0].reason, DYN_REASON_UPSELL_OF);

    visit_begin(&visit);
    ask_for(DYN_SURFACE_HOME, "", "upsell", 4);
    assert_int_equal(deciding_run(&deciding, snapshot)->count, 0);
    shop_free(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_of_enough_items_of_a_kind_are_a_comparison),
        cmocka_unit_test(the_page_s_own_item_is_compared_before_its_view_is_recorded),
        cmocka_unit_test(a_comparison_is_short),
        cmocka_unit_test(whoever_clicks_to_compare_compares),
        cmocka_unit_test(coming_back_to_an_item_is_a_hesitation),
        cmocka_unit_test(doubts_on_one_item_are_a_hesitation),
        cmocka_unit_test(a_long_look_without_adding_is_a_hesitation),
        cmocka_unit_test(an_old_hesitation_is_over),
        cmocka_unit_test(a_cart_left_while_its_items_are_looked_at_again_is_a_hesitation),
        cmocka_unit_test(cart_and_checkout_pages_and_a_checkout_begun_are_a_checkout),
        cmocka_unit_test(the_first_page_of_a_session_from_somewhere_is_a_landing),
        cmocka_unit_test(slots_of_other_moments_are_empty),
        cmocka_unit_test(what_is_compared_stands_side_by_side),
        cmocka_unit_test(what_was_clicked_to_compare_goes_before_what_was_viewed),
        cmocka_unit_test(rows_are_what_several_have_and_those_that_differ_stand_first),
        cmocka_unit_test(the_guide_says_of_each_why_it_fits),
        cmocka_unit_test(prices_are_a_reason_between_those_of_two_others),
        cmocka_unit_test(a_price_that_was_heard_of_counts_in_that_reason),
        cmocka_unit_test(what_lies_in_the_cart_is_viewed_and_not_added_again),
        cmocka_unit_test(the_gap_until_shipping_is_free_is_of_country_and_currency),
        cmocka_unit_test(items_close_the_gap_at_a_sensible_price),
        cmocka_unit_test(an_option_is_missing_only_where_the_shop_tells_of_them),
        cmocka_unit_test(what_is_still_seen_keeps_its_order_unless_the_gain_is_larger),
        cmocka_unit_test(what_was_seen_gives_way_only_to_what_is_better_by_more),
        cmocka_unit_test(a_share_of_the_places_is_given_to_candidates_just_below),
        cmocka_unit_test(all_add_ons_of_a_slot_together_have_a_limit),
        cmocka_unit_test(a_country_is_a_hint_that_fades),
        cmocka_unit_test(a_slot_does_not_say_the_same_again_and_again),
        cmocka_unit_test(views_that_leave_what_was_usual_take_the_rest_back_within_two),
        cmocka_unit_test(two_items_are_no_habit_that_could_be_left),
        cmocka_unit_test(what_goes_together_is_not_left),
        cmocka_unit_test(what_is_for_a_child_leaves_what_is_not_even_in_one_category),
        cmocka_unit_test(a_step_up_is_of_the_category_and_dearer_within_the_band),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
