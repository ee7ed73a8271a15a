/* Each condition: once where it holds and once where it does not, and ranges at their ends and just beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "deciding.h"
#include "policies.h"
#include "shop.h"

enum { ITEMS = 12 };

/*
 * Packs > Day packs: items 0 to 2; Tents: 3 to 5; the others have no category. Item 0 is of Nordhang, tagged `sale`, of wool and for
 * women; 3 of Alm. Item n costs 10.00 EUR + n cents.
 */
static shop_t *shop;
static const dyn_snapshot_t *snapshot;
static uint32_t packs, day_packs, tents, nordhang, alm, tag_sale, tag_new, wool, women;

static policies_t policies;
static visit_t visit;
static dyn_context_t context;
static dyn_asking_t asking;
static uint64_t known[4], found[4];
static dyn_fact_t attributes[4];
static uint32_t begin;

static int open_shop(void **state)
{
    (void)state;
    shop = shop_new(ITEMS);
    packs = shop_category(shop, "Packs", DYN_NONE);
    day_packs = shop_category(shop, "Day packs", packs);
    tents = shop_category(shop, "Tents", DYN_NONE);
    alm = shop_brand(shop, "Alm");
    nordhang = shop_brand(shop, "Nordhang");
    women = shop_trait(shop, "audience", "women");
    wool = shop_trait(shop, "material", "wool");
    tag_new = shop_trait(shop, "tag", "new");
    tag_sale = shop_trait(shop, "tag", "sale");
    for (uint32_t i = 0; i < 6; i++) {
        shop_item(shop, i)->category = i < 3 ? day_packs : tents;
    }
    shop_item(shop, 0)->brand = nordhang;
    shop_item(shop, 3)->brand = alm;
    shop_item(shop, 0)->margin_bp = 4000;
    shop_item(shop, 0)->stock = 5;
    shop_item(shop, 0)->created_ms = DECIDING_NOW_MS - 30 * (int64_t)86400000;
    shop_has(shop, 0, women);
    shop_has(shop, 0, wool);
    shop_has(shop, 0, tag_sale);
    snapshot = shop_open(shop);

    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    shop_free(shop);

    return 0;
}

/* A visitor's page with a session, in which nothing was done yet. */
static int ask_anew(void **state)
{
    (void)state;
    policies_begin(&policies, snapshot);
    visit_begin(&visit);
    memset(&context, 0, sizeof(context));
    memset(known, 0, sizeof(known));
    memset(found, 0, sizeof(found));
    asking = (dyn_asking_t){.policy = &policies.policy,
                            .snapshot = snapshot,
                            .context = &context,
                            .session = &visit.session,
                            .moment = DYN_MOMENT_BROWSE,
                            .page_item = DYN_NONE,
                            .page_category = DYN_NONE,
                            .intent = DYN_NONE,
                            .now_ms = DECIDING_NOW_MS,
                            .pattern_known = known,
                            .pattern_found = found};
    begin = 0;

    return 0;
}

/* What the nodes made since the last call say of the request and, where one is given, the candidate. */
static dyn_verdict_t says_of(uint32_t candidate)
{
    dyn_when_t when = policies_when_end(&policies, begin);

    begin = policies_when_begin(&policies);

    return dyn_when_holds(&asking, when, candidate);
}

#define assert_holds() assert_int_equal(says_of(DYN_NONE), DYN_VERDICT_YES)
#define assert_fails() assert_int_equal(says_of(DYN_NONE), DYN_VERDICT_NO)

/* Of one condition without values: its nodes. */
#define R(field, ...) policies_request(&policies, DYN_REQUEST_FIELD_##field, __VA_ARGS__)
#define I(field, ...) \
    policies_item(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_##field, __VA_ARGS__)

static void nothing_asked_always_holds(void **state)
{
    (void)state;
    assert_holds();
}

static void the_page_is_known_by_surface_slot_and_moment(void **state)
{
    (void)state;
    asking.surface = DYN_SURFACE_PLP;
    asking.slot = DYN_STR("recs");
    R(SURFACE, 2, DYN_SURFACE_HOME, DYN_SURFACE_PLP);
    assert_holds();
    R(SURFACE, 1, DYN_SURFACE_HOME);
    assert_fails();
    R(MOMENT, 1, DYN_MOMENT_BROWSE);
    assert_holds();
    R(MOMENT, 1, DYN_MOMENT_LANDING);
    assert_fails();
    policies_request_text(&policies, DYN_REQUEST_FIELD_SLOT, "recs");
    assert_holds();
    policies_request_text(&policies, DYN_REQUEST_FIELD_SLOT, "rec");
    assert_fails();
}

/* Whoever opens a second page brings the cookie that the first one gave. */
static void a_cookie_makes_nobody_a_returning_visitor_on_the_second_page(void **state)
{
    (void)state;
    context.returning = true;
    R(VISITOR, 1, DYN_VISITOR_RETURNING);
    assert_holds();
    visit.session.event_count = 1;
    R(VISITOR, 1, DYN_VISITOR_RETURNING);
    assert_fails();
    R(VISITOR, 1, DYN_VISITOR_NEW);
    assert_holds();
    visit.session.returning = true;
    R(VISITOR, 1, DYN_VISITOR_RETURNING);
    assert_holds();
}

static void a_visitor_is_new_returning_or_of_high_intent(void **state)
{
    (void)state;
    R(VISITOR, 1, DYN_VISITOR_NEW);
    assert_holds();
    R(VISITOR, 1, DYN_VISITOR_RETURNING);
    assert_fails();
    visit.session.event_count = 1;
    visit.session.returning = true;
    R(VISITOR, 1, DYN_VISITOR_RETURNING);
    assert_holds();
    R(VISITOR, 1, DYN_VISITOR_NEW);
    assert_fails();
    R(VISITOR, 1, DYN_VISITOR_HIGH_INTENT);
    assert_fails();
    visit_adds(&visit, 0);
    R(VISITOR, 1, DYN_VISITOR_HIGH_INTENT);
    assert_holds();
    asking.session = NULL;
    R(VISITOR, 3, DYN_VISITOR_NEW, DYN_VISITOR_RETURNING, DYN_VISITOR_HIGH_INTENT);
    assert_fails();
}

static void whoever_compares_hesitates_or_checks_out_is_of_high_intent(void **state)
{
    static const bool high[DYN_MOMENTS_COUNT] = {[DYN_MOMENT_COMPARISON] = true,
                                                 [DYN_MOMENT_HESITATION] = true,
                                                 [DYN_MOMENT_CHECKOUT] = true};

    (void)state;
    for (int moment = 0; moment < DYN_MOMENTS_COUNT; moment++) {
        asking.moment = (dyn_moment_t)moment;
        R(VISITOR, 1, DYN_VISITOR_HIGH_INTENT);
        assert_int_equal(says_of(DYN_NONE), high[moment] ? DYN_VERDICT_YES : DYN_VERDICT_NO);
    }
}

static void a_country_is_that_of_the_request(void **state)
{
    (void)state;
    R(COUNTRY, 1, 'D' | 'E' << 8);
    assert_fails();
    memcpy(context.country, "DE", 3);
    R(COUNTRY, 2, 'D' | 'E' << 8, 'F' | 'R' << 8);
    assert_holds();
    memcpy(context.country, "AT", 3);
    R(COUNTRY, 2, 'D' | 'E' << 8, 'F' | 'R' << 8);
    assert_fails();
}

static void a_language_is_also_that_of_its_regions(void **state)
{
    static const struct {
        const char *page, *asked;
        dyn_verdict_t holds;
    } rows[] = {
        {"de", "de", DYN_VERDICT_YES},    {"de-AT", "de", DYN_VERDICT_YES},
        {"de-AT", "DE", DYN_VERDICT_YES}, {"de", "de-AT", DYN_VERDICT_NO},
        {"den", "de", DYN_VERDICT_NO},    {"", "de", DYN_VERDICT_NO},
        {"en", "de", DYN_VERDICT_NO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        context.language = dyn_str_from(rows[i].page);
        policies_request_text(&policies, DYN_REQUEST_FIELD_LANGUAGE, rows[i].asked);
        assert_int_equal(says_of(DYN_NONE), rows[i].holds);
    }
}

static void a_device_is_that_of_the_request(void **state)
{
    (void)state;
    context.device = DYN_DEVICE_MOBILE;
    R(DEVICE, 1, DYN_DEVICE_MOBILE);
    assert_holds();
    R(DEVICE, 1, DYN_DEVICE_DESKTOP);
    assert_fails();
}

static void what_the_shop_says_of_the_visitor_may_have_several_values(void **state)
{
    static const struct {
        dyn_request_field_t field;
        const char *name;
    } rows[] = {{DYN_REQUEST_FIELD_SEGMENT, "segment"},
                {DYN_REQUEST_FIELD_TIER, "tier"},
                {DYN_REQUEST_FIELD_ROLE, "role"},
                {DYN_REQUEST_FIELD_CUSTOMER_TAG, "customer_tag"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        attributes[0] = (dyn_fact_t){dyn_str_from(rows[i].name), DYN_STR("gold")};
        attributes[1] = (dyn_fact_t){dyn_str_from(rows[i].name), DYN_STR("vip")};
        attributes[2] = (dyn_fact_t){DYN_STR("other"), DYN_STR("trade")};
        context.attributes = (dyn_attributes_t){attributes, 3};
        policies_request_text(&policies, rows[i].field, "gold");
        assert_holds();
        policies_request_text(&policies, rows[i].field, "vip");
        assert_holds();
        policies_request_text(&policies, rows[i].field, "trade");
        assert_fails();
        context.attributes.count = 0;
        policies_request_text(&policies, rows[i].field, "gold");
        assert_fails();
    }
}

static void assert_range(dyn_request_field_t field, double low, double high, bool holds)
{
    policies_request_range(&policies, field, low, high);
    assert_int_equal(says_of(DYN_NONE), holds ? DYN_VERDICT_YES : DYN_VERDICT_NO);
}

static void the_cart_is_asked_by_its_worth_and_pieces(void **state)
{
    (void)state;
    visit_adds(&visit, 0);
    asking.cart_pieces = 3;
    asking.cart_minor = 4999;
    assert_range(DYN_REQUEST_FIELD_CART_TOTAL, 50, INFINITY, false);
    asking.cart_minor = 5000;
    assert_range(DYN_REQUEST_FIELD_CART_TOTAL, 50, INFINITY, true);
    assert_range(DYN_REQUEST_FIELD_CART_TOTAL, -INFINITY, 50, true);
    asking.cart_minor = 5001;
    assert_range(DYN_REQUEST_FIELD_CART_TOTAL, -INFINITY, 50, false);
    assert_range(DYN_REQUEST_FIELD_CART_ITEMS, 3, INFINITY, true);
    assert_range(DYN_REQUEST_FIELD_CART_ITEMS, 4, INFINITY, false);
    assert_range(DYN_REQUEST_FIELD_CART_ITEMS, -INFINITY, 2, false);
    asking.cart_minor = -1;
    policies_request_range(&policies, DYN_REQUEST_FIELD_CART_TOTAL, -INFINITY, INFINITY);
    assert_fails();
}

static void an_empty_cart_costs_nothing_and_an_unknown_one_is_in_no_range(void **state)
{
    (void)state;
    policies_request_range(&policies, DYN_REQUEST_FIELD_CART_TOTAL, -INFINITY, 50);
    assert_holds();
    policies_request_range(&policies, DYN_REQUEST_FIELD_CART_ITEMS, -INFINITY, 0);
    assert_holds();
    asking.session = NULL;
    policies_request_range(&policies, DYN_REQUEST_FIELD_CART_TOTAL, -INFINITY, 50);
    assert_fails();
    policies_request_range(&policies, DYN_REQUEST_FIELD_CART_ITEMS, -INFINITY, 0);
    assert_fails();
}

static void events_are_those_of_the_session_so_far(void **state)
{
    (void)state;
    visit_views(&visit, 1);
    visit_views(&visit, 2);
    policies_request_range(&policies, DYN_REQUEST_FIELD_EVENTS, 2, INFINITY);
    assert_holds();
    policies_request_range(&policies, DYN_REQUEST_FIELD_EVENTS, 3, INFINITY);
    assert_fails();
    asking.session = NULL;
    policies_request_range(&policies, DYN_REQUEST_FIELD_EVENTS, -INFINITY, INFINITY);
    assert_fails();
}

static void an_intent_is_a_category_or_one_above_it(void **state)
{
    (void)state;
    R(INTENT, 1, packs);
    assert_fails();
    asking.intent = day_packs;
    R(INTENT, 1, packs);
    assert_holds();
    R(INTENT, 1, day_packs);
    assert_holds();
    R(INTENT, 1, tents);
    assert_fails();
    asking.intent = packs;
    R(INTENT, 1, day_packs);
    assert_fails();
}

static void a_time_of_day_begins_with_its_first_minute_and_ends_before_its_last(void **state)
{
    static const struct {
        double from, until;
        uint32_t minute;
        dyn_verdict_t holds;
    } rows[] = {
        {18 * 60, 23 * 60, 18 * 60 - 1, DYN_VERDICT_NO},
        {18 * 60, 23 * 60, 18 * 60, DYN_VERDICT_YES},
        {18 * 60, 23 * 60, 23 * 60 - 1, DYN_VERDICT_YES},
        {18 * 60, 23 * 60, 23 * 60, DYN_VERDICT_NO},
        {22 * 60, 6 * 60, 22 * 60 - 1, DYN_VERDICT_NO},
        {22 * 60, 6 * 60, 22 * 60, DYN_VERDICT_YES},
        {22 * 60, 6 * 60, 0, DYN_VERDICT_YES},
        {22 * 60, 6 * 60, 6 * 60 - 1, DYN_VERDICT_YES},
        {22 * 60, 6 * 60, 6 * 60, DYN_VERDICT_NO},
        {22 * 60, 6 * 60, 12 * 60, DYN_VERDICT_NO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        asking.minute = rows[i].minute;
        policies_request_range(&policies, DYN_REQUEST_FIELD_TIME, rows[i].from, rows[i].until);
        assert_int_equal(says_of(DYN_NONE), rows[i].holds);
    }
}

static void a_weekday_is_that_of_the_shop(void **state)
{
    (void)state;
    asking.weekday = 5;
    R(WEEKDAY, 2, 5, 6);
    assert_holds();
    asking.weekday = 4;
    R(WEEKDAY, 2, 5, 6);
    assert_fails();
}

static uint32_t counted(uint32_t salt, double percent, bool *chosen)
{
    enum { VISITORS = 20000 };
    uint32_t count = 0;

    for (uint32_t i = 0; i < VISITORS; i++) {
        context.visitor = i + 1;
        R(PERCENT, 1, salt);
        policies.conditions[policies.condition_count - 1].high = percent;

        bool holds = says_of(DYN_NONE) == DYN_VERDICT_YES;

        begin = policies.condition_count = policies.value_count = 0;
        count += holds;
        if (chosen != NULL) {
            chosen[i] = holds;
        }
    }

    return count;
}

static void a_percentage_is_of_the_same_visitors_for_a_rule_and_of_others_for_another(void **state)
{
    static bool first[20000], again[20000], others[20000], more[20000];
    uint32_t both = 0;

    (void)state;
    assert_int_equal(counted(1, 0, NULL), 0);
    assert_int_equal(counted(1, 100, NULL), 20000);
    assert_in_range(counted(1, 20, first), 3800, 4200);
    counted(1, 20, again);
    assert_memory_equal(first, again, sizeof(first));
    counted(1, 30, more);
    counted(2, 20, others);
    for (size_t i = 0; i < 20000; i++) {
        assert_true(more[i] || !first[i]);
        both += first[i] && others[i];
    }
    assert_in_range(both, 700, 900); /* a fifth of a fifth */
    context.visitor = 0;
    R(PERCENT, 1, 1);
    policies.conditions[policies.condition_count - 1].high = 100;
    assert_fails();
}

/* Patterns are read from a file: words in any order and form, an expression, or the text itself. */
static dyn_verdict_t says_of_text(const char *field, const char *pattern, dyn_str_t text)
{
    dyn_entry_t *entry = &context.entry;
    dyn_str_t *texts[] = {&entry->campaign, &entry->source,   &entry->medium, &entry->term,
                          &entry->content,  &entry->referrer, &asking.search};
    static const char *const fields[] = {"campaign",   "source",   "medium", "keyword",
                                         "ad_content", "referrer", "search"};
    char rule[256];
    uint32_t steps = 40000;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        *texts[i] = strcmp(fields[i], field) == 0 ? text : DYN_STR("");
    }
    snprintf(rule, sizeof(rule), "{'id': 'a', 'when': {'%s': %s}, 'then': {'limit': 1}}", field,
             pattern);
    memset(known, 0, sizeof(known));
    memset(found, 0, sizeof(found));
    asking.pattern_steps = &steps;
    asking.policy = policies_rules(snapshot, rule);

    return dyn_when_holds(&asking, asking.policy->rules[0].when, DYN_NONE);
}

static void texts_of_the_entry_and_the_search_are_matched_by_patterns(void **state)
{
    static const char *const fields[] = {"campaign",   "source",   "medium", "keyword",
                                         "ad_content", "referrer", "search"};
    static const struct {
        const char *pattern;
        dyn_verdict_t holds;
    } rows[] = {
        {"{'words': 'JACKETS rain'}", DYN_VERDICT_YES},
        {"{'words': 'rain tent'}", DYN_VERDICT_NO},
        {"{'matches': '^rain'}", DYN_VERDICT_YES},
        {"{'matches': '^jacket'}", DYN_VERDICT_NO},
        {"'rain jackets'", DYN_VERDICT_YES},
        {"'rain'", DYN_VERDICT_NO},
        {"['tents', 'RAIN jackets']", DYN_VERDICT_YES},
    };

    (void)state;
    for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            assert_int_equal(says_of_text(fields[f], rows[i].pattern, DYN_STR("rain jackets")),
                             rows[i].holds);
        }
        /* what is not there has nothing, not even what fits everything */
        assert_int_equal(says_of_text(fields[f], "{'matches': '.*'}", DYN_STR("")), DYN_VERDICT_NO);
    }
}

static void an_entry_is_the_page_s_own_else_the_session_s(void **state)
{
    uint32_t steps = 40000;

    (void)state;
    asking.policy = policies_rules(
        snapshot, "{'id': 'a', 'when': {'campaign': 'summer'}, 'then': {'limit': 1}}");
    asking.pattern_steps = &steps;
    for (int own = 0; own < 3; own++) {
        visit.session.entry.campaign = DYN_STR("summer");
        context.entry.source = own == 1 ? DYN_STR("newsletter") : DYN_STR("");
        asking.session = own == 2 ? NULL : &visit.session;
        memset(known, 0, sizeof(known));
        memset(found, 0, sizeof(found));
        assert_int_equal(dyn_when_holds(&asking, asking.policy->rules[0].when, DYN_NONE),
                         own == 0 ? DYN_VERDICT_YES : DYN_VERDICT_NO);
    }
}

/* ---- items ---- */

#define assert_item(candidate, expected) assert_int_equal(says_of(candidate), expected)

static void what_depends_on_the_candidate_is_open_until_it_is_given(void **state)
{
    (void)state;
    I(BRAND, 1, nordhang);
    assert_item(DYN_NONE, DYN_VERDICT_OPEN);
    I(BRAND, 1, nordhang);
    assert_item(0, DYN_VERDICT_YES);
    I(BRAND, 1, nordhang);
    assert_item(3, DYN_VERDICT_NO);
    I(BRAND, 1, nordhang);
    assert_item(6, DYN_VERDICT_NO);
}

static void names_that_the_catalogue_does_not_have_fit_nothing(void **state)
{
    (void)state;
    I(BRAND, 0);
    assert_fails();
    I(TAG, 0);
    assert_fails();
    R(SURFACE, 0);
    assert_fails();
    policies_open(&policies, DYN_NODE_NOT, DYN_SUBJECT_ITEM);
    I(BRAND, 0);
    policies_close(&policies);
    assert_holds();
}

static void an_item_is_asked_by_id_category_brand_and_traits(void **state)
{
    const struct {
        dyn_item_field_t field;
        uint32_t value;
        uint32_t fits, other;
    } rows[] = {
        {DYN_ITEM_FIELD_ID, 0, 0, 1},           {DYN_ITEM_FIELD_CATEGORY, packs, 2, 3},
        {DYN_ITEM_FIELD_CATEGORY, tents, 4, 6}, {DYN_ITEM_FIELD_BRAND, alm, 3, 0},
        {DYN_ITEM_FIELD_TAG, tag_sale, 0, 1},   {DYN_ITEM_FIELD_AUDIENCE, women, 0, 1},
        {DYN_ITEM_FIELD_ATTRIBUTE, wool, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        policies_item(&policies, DYN_SUBJECT_ITEM, rows[i].field, 1, rows[i].value);
        assert_item(rows[i].fits, DYN_VERDICT_YES);
        policies_item(&policies, DYN_SUBJECT_ITEM, rows[i].field, 1, rows[i].value);
        assert_item(rows[i].other, DYN_VERDICT_NO);
    }
    I(TAG, 2, tag_new, tag_sale);
    assert_item(0, DYN_VERDICT_YES);
    I(TAG, 1, tag_new);
    assert_item(0, DYN_VERDICT_NO);
}

/* Item 0: 10.00 EUR, a margin of 0.4, 5 pieces, 30 days old. Of item 1 none of it is known but the price. */
static void an_item_is_asked_by_price_margin_stock_and_age(void **state)
{
    static const struct {
        dyn_item_field_t field;
        double at, below, above;
    } rows[] = {
        {DYN_ITEM_FIELD_PRICE, 10, 9.99, 10.01},
        {DYN_ITEM_FIELD_MARGIN, 0.4, 0.3999, 0.4001},
        {DYN_ITEM_FIELD_STOCK, 5, 4, 6},
        {DYN_ITEM_FIELD_AGE_DAYS, 30, 29.9, 30.1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int end = 0; end < 2; end++) {
            double least[] = {rows[i].at, rows[i].above, rows[i].below};

            for (int k = 0; k < 3; k++) {
                bool fits = k == 0 || (k == 1) == (end == 1);

                policies_item_range(&policies, DYN_SUBJECT_ITEM, rows[i].field,
                                    end == 0 ? least[k] : -INFINITY,
                                    end == 0 ? INFINITY : least[k]);
                assert_item(0, fits ? DYN_VERDICT_YES : DYN_VERDICT_NO);
            }
        }
        policies_item_range(&policies, DYN_SUBJECT_ITEM, rows[i].field, -INFINITY, INFINITY);
        assert_item(1, rows[i].field == DYN_ITEM_FIELD_PRICE ? DYN_VERDICT_YES : DYN_VERDICT_NO);
    }
    I(BRAND, 1, nordhang);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_PRICE, 10.01, INFINITY);
    assert_item(0, DYN_VERDICT_NO);
}

static void rating_and_sale_are_told_by_the_details(void **state)
{
    static dyn_item_details_t details[ITEMS];
    dyn_snapshot_t told = *snapshot;
    dyn_item_t items[ITEMS];

    (void)state;
    memcpy(items, snapshot->items, sizeof(items));
    for (uint32_t i = 0; i < ITEMS; i++) {
        details[i] = (dyn_item_details_t){.rating_hundredths = -1, .sale_price_minor = -1};
    }
    details[0].rating_hundredths = 420;
    details[0].sale_price_minor = 800;
    details[0].sale_from_ms = DECIDING_NOW_MS;
    details[0].sale_until_ms = DECIDING_NOW_MS + 1;
    items[0].flags |= DYN_ITEM_HAS_SALE;
    told.details = details;
    told.items = items;
    asking.snapshot = &told;

    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_RATING, 4.2, INFINITY);
    assert_item(0, DYN_VERDICT_YES);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_RATING, 4.21, INFINITY);
    assert_item(0, DYN_VERDICT_NO);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_RATING, -INFINITY, INFINITY);
    assert_item(1, DYN_VERDICT_NO);

    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_ON_SALE, 1, 1);
    assert_item(0, DYN_VERDICT_YES);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_ON_SALE, 0, 0);
    assert_item(0, DYN_VERDICT_NO);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_ON_SALE, 0, 0);
    assert_item(1, DYN_VERDICT_YES);
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_PRICE, -INFINITY, 8);
    assert_item(0, DYN_VERDICT_YES);
    asking.now_ms = DECIDING_NOW_MS + 1;
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_ON_SALE, 1, 1);
    assert_item(0, DYN_VERDICT_NO);
    asking.now_ms = DECIDING_NOW_MS - 1;
    policies_item_range(&policies, DYN_SUBJECT_ITEM, DYN_ITEM_FIELD_ON_SALE, 1, 1);
    assert_item(0, DYN_VERDICT_NO);
}

static void relation(dyn_item_field_t field, dyn_relation_t kind, dyn_subject_t to)
{
    policies_item_relation(&policies, field, kind, to, -INFINITY, INFINITY);
}

static void a_category_or_brand_is_the_same_as_or_other_than_that_of_the_page(void **state)
{
    (void)state;
    asking.page_item = 0;
    asking.page_category = day_packs;
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_SAME_AS, DYN_SUBJECT_PAGE);
    assert_item(1, DYN_VERDICT_YES);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_SAME_AS, DYN_SUBJECT_PAGE);
    assert_item(3, DYN_VERDICT_NO);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(3, DYN_VERDICT_YES);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(1, DYN_VERDICT_NO);
    /* without a category it is neither */
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(7, DYN_VERDICT_NO);
    relation(DYN_ITEM_FIELD_BRAND, DYN_RELATION_SAME_AS, DYN_SUBJECT_PAGE);
    assert_item(0, DYN_VERDICT_YES);
    relation(DYN_ITEM_FIELD_BRAND, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(3, DYN_VERDICT_YES);

    /* a listing has a category alone */
    asking.page_item = DYN_NONE;
    asking.page_category = packs;
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_SAME_AS, DYN_SUBJECT_PAGE);
    assert_item(1, DYN_VERDICT_YES);
    relation(DYN_ITEM_FIELD_BRAND, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(3, DYN_VERDICT_NO);
    asking.page_category = DYN_NONE;
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_PAGE);
    assert_item(1, DYN_VERDICT_NO);
}

static void a_category_is_the_same_as_some_of_the_cart_or_other_than_all_of_it(void **state)
{
    (void)state;
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_CART);
    assert_item(3, DYN_VERDICT_NO); /* nothing to compare with */
    visit_adds(&visit, 6);
    visit_adds(&visit, 0);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_SAME_AS, DYN_SUBJECT_CART);
    assert_item(2, DYN_VERDICT_YES);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_CART);
    assert_item(3, DYN_VERDICT_YES);
    visit_adds(&visit, 4);
    relation(DYN_ITEM_FIELD_CATEGORY, DYN_RELATION_OTHER_THAN, DYN_SUBJECT_CART);
    assert_item(3, DYN_VERDICT_NO);
}

static void a_price_may_be_a_share_of_the_page_s_or_the_cart_s(void **state)
{
    static const struct {
        dyn_subject_t to;
        double least, most;
        dyn_verdict_t holds;
    } rows[] = {
        {DYN_SUBJECT_PAGE, -INFINITY, 1, DYN_VERDICT_YES},
        {DYN_SUBJECT_PAGE, -INFINITY, 0.9999, DYN_VERDICT_NO},
        {DYN_SUBJECT_PAGE, 1, INFINITY, DYN_VERDICT_YES},
        {DYN_SUBJECT_PAGE, 1.0001, INFINITY, DYN_VERDICT_NO},
        {DYN_SUBJECT_CART, -INFINITY, 0.5, DYN_VERDICT_YES},
        {DYN_SUBJECT_CART, -INFINITY, 0.4999, DYN_VERDICT_NO},
    };

    (void)state;
    asking.page_item = 0;
    asking.cart_minor = 2000;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        policies_item_relation(&policies, DYN_ITEM_FIELD_PRICE, DYN_RELATION_SHARE_OF, rows[i].to,
                               rows[i].least, rows[i].most);
        assert_item(0, rows[i].holds);
    }
    asking.page_item = DYN_NONE;
    asking.cart_minor = 0;
    relation(DYN_ITEM_FIELD_PRICE, DYN_RELATION_SHARE_OF, DYN_SUBJECT_PAGE);
    assert_item(0, DYN_VERDICT_NO);
    relation(DYN_ITEM_FIELD_PRICE, DYN_RELATION_SHARE_OF, DYN_SUBJECT_CART);
    assert_item(0, DYN_VERDICT_NO);
}

/* ---- whose item ---- */

static void the_page_has_an_item_or_a_category_alone(void **state)
{
    (void)state;
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, 1, packs);
    assert_fails();
    asking.page_item = 0;
    asking.page_category = day_packs;
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, 1, packs);
    assert_holds();
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_BRAND, 1, nordhang);
    assert_holds();
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_BRAND, 1, alm);
    assert_fails();
    asking.page_item = DYN_NONE;
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, 1, packs);
    assert_holds();
    policies_item(&policies, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_BRAND, 1, nordhang);
    assert_fails();
}

static void one_item_in_the_cart_viewed_or_bought_has_all_that_is_asked(void **state)
{
    static const dyn_subject_t subjects[] = {DYN_SUBJECT_CART, DYN_SUBJECT_VIEWED,
                                             DYN_SUBJECT_BOUGHT};
    static void (*const does[])(visit_t *, uint32_t) = {visit_adds, visit_views, visit_buys};

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        for (int other = 0; other < 2; other++) {
            ask_anew(state);
            does[i](&visit, 1); /* a day pack without a brand */
            does[i](&visit, 3); /* a tent of Alm */
            for (uint32_t brand = 0; brand < 2; brand++) {
                policies_open(&policies, DYN_NODE_SUBJECT, subjects[i]);
                policies_item(&policies, subjects[i], DYN_ITEM_FIELD_CATEGORY, 1,
                              other == 0 ? packs : tents);
                if (brand != 0) {
                    policies_item(&policies, subjects[i], DYN_ITEM_FIELD_BRAND, 1, alm);
                }
                policies_close(&policies);
                assert_int_equal(says_of(DYN_NONE),
                                 other == 0 && brand != 0 ? DYN_VERDICT_NO : DYN_VERDICT_YES);
            }
            /* each by itself is met by some item */
            policies_item(&policies, subjects[i], DYN_ITEM_FIELD_CATEGORY, 1, packs);
            policies_item(&policies, subjects[i], DYN_ITEM_FIELD_BRAND, 1, alm);
            assert_holds();
            asking.session = NULL;
            policies_item(&policies, subjects[i], DYN_ITEM_FIELD_BRAND, 1, alm);
            assert_fails();
        }
    }
}

static void an_item_that_was_only_added_was_not_viewed(void **state)
{
    (void)state;
    visit_views(&visit, 3);
    visit.recent[0].views = 0;
    policies_item(&policies, DYN_SUBJECT_VIEWED, DYN_ITEM_FIELD_BRAND, 1, alm);
    assert_fails();
}

/* ---- all, any, not ---- */

static void says_three_values(dyn_node_kind_t kind, const dyn_verdict_t *parts, int count,
                              dyn_verdict_t expected)
{
    policies_open(&policies, kind, DYN_SUBJECT_ITEM);
    for (int i = 0; i < count; i++) {
        if (parts[i] == DYN_VERDICT_OPEN) {
            I(BRAND, 1, nordhang);
        } else {
            R(SURFACE, 1, parts[i] == DYN_VERDICT_YES ? DYN_SURFACE_HOME : DYN_SURFACE_CART);
        }
    }
    policies_close(&policies);
    assert_int_equal(says_of(DYN_NONE), expected);
}

static void what_is_certain_is_decided_without_the_candidate(void **state)
{
    const dyn_verdict_t values[] = {DYN_VERDICT_NO, DYN_VERDICT_YES, DYN_VERDICT_OPEN};

    (void)state;
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            dyn_verdict_t parts[] = {values[a], values[b]};
            bool no = a == 0 || b == 0, yes = a == 1 || b == 1, open = a == 2 || b == 2;

            says_three_values(DYN_NODE_ALL, parts, 2,
                              no     ? DYN_VERDICT_NO
                              : open ? DYN_VERDICT_OPEN
                                     : DYN_VERDICT_YES);
            says_three_values(DYN_NODE_ANY, parts, 2,
                              yes    ? DYN_VERDICT_YES
                              : open ? DYN_VERDICT_OPEN
                                     : DYN_VERDICT_NO);
        }
        says_three_values(DYN_NODE_NOT, &values[a], 1,
                          a == 2   ? DYN_VERDICT_OPEN
                          : a == 1 ? DYN_VERDICT_NO
                                   : DYN_VERDICT_YES);
    }
    says_three_values(DYN_NODE_ALL, NULL, 0, DYN_VERDICT_YES);
    says_three_values(DYN_NODE_ANY, NULL, 0, DYN_VERDICT_NO);
}

static void conditions_nest(void **state)
{
    (void)state;
    /* not (Alm or (of Packs and not on sale)) */
    for (uint32_t item = 0; item < ITEMS; item++) {
        bool expected = item != 1 && item != 2 && item != 3;

        policies_open(&policies, DYN_NODE_NOT, DYN_SUBJECT_ITEM);
        policies_open(&policies, DYN_NODE_ANY, DYN_SUBJECT_ITEM);
        I(BRAND, 1, alm);
        policies_open(&policies, DYN_NODE_ALL, DYN_SUBJECT_ITEM);
        I(CATEGORY, 1, packs);
        policies_open(&policies, DYN_NODE_NOT, DYN_SUBJECT_ITEM);
        I(TAG, 1, tag_sale);
        policies_close(&policies);
        policies_close(&policies);
        policies_close(&policies);
        policies_close(&policies);
        assert_item(item, expected ? DYN_VERDICT_YES : DYN_VERDICT_NO);
    }
}

#define condition_test(name) cmocka_unit_test_setup(name, ask_anew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        condition_test(nothing_asked_always_holds),
        condition_test(the_page_is_known_by_surface_slot_and_moment),
        condition_test(a_cookie_makes_nobody_a_returning_visitor_on_the_second_page),
        condition_test(a_visitor_is_new_returning_or_of_high_intent),
        condition_test(whoever_compares_hesitates_or_checks_out_is_of_high_intent),
        condition_test(a_country_is_that_of_the_request),
        condition_test(a_language_is_also_that_of_its_regions),
        condition_test(a_device_is_that_of_the_request),
        condition_test(what_the_shop_says_of_the_visitor_may_have_several_values),
        condition_test(the_cart_is_asked_by_its_worth_and_pieces),
        condition_test(an_empty_cart_costs_nothing_and_an_unknown_one_is_in_no_range),
        condition_test(events_are_those_of_the_session_so_far),
        condition_test(an_intent_is_a_category_or_one_above_it),
        condition_test(a_time_of_day_begins_with_its_first_minute_and_ends_before_its_last),
        condition_test(a_weekday_is_that_of_the_shop),
        condition_test(a_percentage_is_of_the_same_visitors_for_a_rule_and_of_others_for_another),
        condition_test(texts_of_the_entry_and_the_search_are_matched_by_patterns),
        condition_test(an_entry_is_the_page_s_own_else_the_session_s),
        condition_test(what_depends_on_the_candidate_is_open_until_it_is_given),
        condition_test(names_that_the_catalogue_does_not_have_fit_nothing),
        condition_test(an_item_is_asked_by_id_category_brand_and_traits),
        condition_test(an_item_is_asked_by_price_margin_stock_and_age),
        condition_test(rating_and_sale_are_told_by_the_details),
        condition_test(a_category_or_brand_is_the_same_as_or_other_than_that_of_the_page),
        condition_test(a_category_is_the_same_as_some_of_the_cart_or_other_than_all_of_it),
        condition_test(a_price_may_be_a_share_of_the_page_s_or_the_cart_s),
        condition_test(the_page_has_an_item_or_a_category_alone),
        condition_test(one_item_in_the_cart_viewed_or_bought_has_all_that_is_asked),
        condition_test(an_item_that_was_only_added_was_not_viewed),
        condition_test(what_is_certain_is_decided_without_the_candidate),
        condition_test(conditions_nest),
    };

    return cmocka_run_group_tests_name("conditions", tests, open_shop, close_shop);
}
