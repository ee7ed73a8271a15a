/* What was heard of items since the snapshot was built: engine/catalogue/overlay.h, and that decisions and their rendering see it. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "deciding.h"
#include "engine/catalogue/bundles.h"
#include "engine/catalogue/offer.h"
#include "engine/catalogue/sales.h"
#include "engine/control/log.h"
#include "engine/record/question.h"
#include "engine/render/render.h"
#include "shop.h"

static const char catalog[] =
    "{\"id\": \"pack\", \"title\": \"Trail Pack\", \"currency\": \"EUR\", \"price\": 129, "
    "\"stock\": 5, \"aliases\": [\"trail-pack\", \"4006381333931\"], \"category\": \"Packs\"}\n"
    "{\"id\": \"rain\", \"title\": \"Rain Shell\", \"currency\": \"EUR\", \"price\": 200, "
    "\"sale_price\": 150, \"stock\": 3, \"category\": \"Shells\"}\n"
    "{\"id\": \"mug\", \"title\": \"Mug\", \"category\": \"Kitchen\"}\n"
    "{\"id\": \"shirt\", \"title\": \"Shirt\", \"currency\": \"EUR\", "
    "\"category\": \"Shirts\", \"variants\": ["
    "{\"id\": \"shirt-s\", \"title\": \"S\", \"price\": 20, \"stock\": 2, "
    "\"aliases\": [\"SKU-S\", \"SKU-ALL\"]}, "
    "{\"id\": \"shirt-m\", \"title\": \"M\", \"price\": 30, \"stock\": 4, "
    "\"aliases\": [\"inventory:7\", \"SKU-ALL\"]}, "
    "{\"id\": \"shirt-l\", \"title\": \"L\", \"price\": 40, \"stock\": 0}]}\n"
    "{\"id\": \"socks\", \"title\": \"Socks\", \"currency\": \"EUR\", \"price\": 9, "
    "\"category\": \"Socks\", \"variants\": [{\"id\": \"socks-1\", \"title\": \"38\"}, "
    "{\"id\": \"socks-2\", \"title\": \"42\"}]}\n";

static dyn_snapshot_t *snapshot;
static dyn_overlay_t *overlay;
static uint64_t position;

static int set_up(void **state)
{
    (void)state;
    snapshot = fixture_build(catalog, NULL);
    overlay = dyn_overlay_create(snapshot);
    position = 1700000000000ULL << 20;

    return overlay == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    dyn_snapshot_close(snapshot);

    return 0;
}

/* Fields of "k=stock item=x stock=0", which they point into. */
static size_t fields_of(const char *text, dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX])
{
    size_t count = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " "), name = strcspn(text, "=");

        fields[count].name = (dyn_str_t){text, name};
        fields[count++].value = (dyn_str_t){text + name + 1, length - name - 1};
        text += length + (text[length] == ' ');
    }

    return count;
}

/* The next entry of the stream, applied. */
static void hear(dyn_overlay_t *to, const char *text)
{
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    size_t count = fields_of(text, fields);
    dyn_control_entry_t entry;
    dyn_error_t error;

    if (!dyn_control_entry_read(fields, count, &entry, &error)) {
        fail_msg("%s", error.text);
    }
    entry.position = ++position;
    assert_true(dyn_overlay_apply(to, &entry));
}

static void heard(const char *text)
{
    hear(overlay, text);
}

static uint32_t number(const char *id)
{
    uint32_t item = fixture_item(snapshot, id);

    assert_true(item != DYN_NONE);

    return item;
}

static int32_t stock(const char *id)
{
    return dyn_item_stock(snapshot, number(id));
}

static int64_t price(const char *id)
{
    return dyn_item_price(snapshot, number(id)).minor;
}

static int64_t asked(const char *id)
{
    return dyn_item_asked_price(snapshot, number(id), DECIDING_NOW_MS).minor;
}

static bool is_sold(const char *id)
{
    return dyn_item_in_catalogue(snapshot, number(id));
}

/* ---- items ---- */

static void an_empty_overlay_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(stock("pack"), 5);
    assert_int_equal(asked("rain"), 15000);
    assert_true(dyn_item_surely_offered(snapshot, number("pack")));
    assert_int_equal(dyn_overlay_position(overlay), 0);
    assert_int_equal(dyn_overlay_changed_at(overlay, number("pack")), 0);
    assert_int_equal(dyn_overlay_counts(overlay).items, 0);
}

static void stock_that_was_heard_stands_before_the_snapshot_s(void **state)
{
    uint64_t before = position;

    (void)state;
    heard("k=stock item=pack stock=0");
    assert_int_equal(stock("pack"), 0);
    assert_false(dyn_item_surely_offered(snapshot, number("pack")));
    assert_int_equal(price("pack"), 12900);
    assert_true(is_sold("pack"));
    assert_int_equal(stock("rain"), 3);
    assert_int_equal(dyn_overlay_position(overlay), before + 1);
    assert_int_equal(dyn_overlay_changed_at(overlay, number("pack")), before + 1);
    assert_int_equal(dyn_overlay_changed_at(overlay, number("rain")), 0);

    heard("k=stock item=pack stock=7");
    assert_int_equal(stock("pack"), 7);
    assert_true(dyn_item_surely_offered(snapshot, number("pack")));
    heard("k=stock item=pack stock=unknown");
    assert_int_equal(stock("pack"), -1);
    assert_int_equal(dyn_overlay_counts(overlay).items, 1);
    assert_int_equal(dyn_overlay_counts(overlay).applied, 3);
}

static void an_item_is_known_by_its_aliases_too(void **state)
{
    (void)state;
    heard("k=stock item=trail-pack stock=2");
    assert_int_equal(stock("pack"), 2);
    heard("k=stock item=4006381333931 stock=1");
    assert_int_equal(stock("pack"), 1);
    heard("k=delete item=gid://shopify/Product/pack");
    assert_false(is_sold("pack"));
    heard("k=stock item=nothing also=trail-pack stock=1");
    heard("k=stock item=nothing also=shirt-s stock=1");
    assert_int_equal(stock("shirt"), 5);
    heard("k=stock item=nothing stock=1");
    assert_int_equal(dyn_overlay_counts(overlay).unknown, 1);
    assert_int_equal(dyn_overlay_counts(overlay).items, 2);
}

static void the_stock_at_locations_is_added_up(void **state)
{
    (void)state;
    heard("k=stock item=pack stock=3 location=wien");
    assert_int_equal(stock("pack"), 3);
    heard("k=stock item=pack stock=4 location=graz");
    assert_int_equal(stock("pack"), 7);
    heard("k=stock item=pack stock=0 location=wien");
    assert_int_equal(stock("pack"), 4);
    heard("k=stock item=pack stock=unknown location=wien");
    assert_int_equal(stock("pack"), -1);
    heard("k=stock item=pack stock=2147483647 location=wien");
    assert_int_equal(stock("pack"), INT32_MAX);
}

static void the_stock_of_all_locations_stands_before_that_of_one(void **state)
{
    (void)state;
    heard("k=stock item=pack stock=3 location=wien");
    heard("k=stock item=pack stock=8");
    assert_int_equal(stock("pack"), 8);
    heard("k=stock item=pack stock=0 location=wien");
    assert_int_equal(stock("pack"), 8);
    assert_int_equal(dyn_overlay_counts(overlay).older, 1);
    /* that of a variant does not say what the others have */
    heard("k=stock item=shirt stock=0");
    heard("k=stock item=shirt-s stock=2 location=wien");
    assert_int_equal(stock("shirt"), 2);
    /* places that are free again are used again */
    for (int i = 0; i < 100; i++) {
        heard("k=stock item=rain stock=6 location=a");
        heard("k=stock item=rain stock=7");
    }
    assert_true(overlay->location_count <= 4);
}

static void a_price_replaces_all_that_was_known_of_it(void **state)
{
    (void)state;
    heard("k=price item=rain price=180 currency=EUR");
    assert_int_equal(price("rain"), 18000);
    assert_int_equal(asked("rain"), 18000);
    assert_false(dyn_item_is_on_sale(snapshot, number("rain"), DECIDING_NOW_MS));
    heard("k=price item=rain price=180 currency=EUR sale_price=90 sale_from=1700000000000 "
          "sale_until=1700000000001");
    assert_int_equal(asked("rain"), 9000);
    assert_true(dyn_item_is_on_sale(snapshot, number("rain"), DECIDING_NOW_MS));
    assert_false(dyn_item_is_on_sale(snapshot, number("rain"), DECIDING_NOW_MS + 1));
    assert_int_equal(stock("rain"), 3);
    /* what is not less is no sale */
    heard("k=price item=rain price=180 currency=EUR sale_price=180");
    assert_int_equal(dyn_item_sale(snapshot, number("rain")).minor, -1);

    /* the catalogue knew none */
    assert_int_equal(price("mug"), -1);
    heard("k=price item=mug price=8.50 currency=EUR");
    assert_int_equal(price("mug"), 850);
    assert_string_equal(dyn_item_price(snapshot, number("mug")).currency, "EUR");
}

static void a_price_in_another_currency_is_passed_over_and_counted(void **state)
{
    (void)state;
    heard("k=price item=pack price=99 currency=USD");
    assert_int_equal(price("pack"), 12900);
    assert_int_equal(dyn_overlay_counts(overlay).other_currency, 1);
    assert_int_equal(dyn_overlay_position(overlay), 0);
}

static void what_is_not_sold_is_in_no_catalogue_until_that_is_taken_back(void **state)
{
    (void)state;
    heard("k=availability item=pack available=0");
    assert_false(is_sold("pack"));
    assert_false(dyn_item_surely_offered(snapshot, number("pack")));
    heard("k=stock item=pack stock=9");
    assert_false(is_sold("pack"));
    heard("k=availability item=pack available=1");
    assert_true(is_sold("pack"));
    assert_int_equal(stock("pack"), 9);
    assert_true(dyn_item_surely_offered(snapshot, number("pack")));
}

static void what_is_deleted_comes_back_by_a_change_alone(void **state)
{
    (void)state;
    heard("k=delete item=pack");
    heard("k=stock item=pack stock=9");
    heard("k=price item=pack price=1 currency=EUR");
    heard("k=availability item=pack available=1");
    assert_false(is_sold("pack"));
    assert_int_equal(dyn_overlay_counts(overlay).waiting, 0);
    heard("k=change item=pack");
    assert_true(is_sold("pack"));
    assert_int_equal(stock("pack"), 9);
    assert_int_equal(price("pack"), 100);
    heard("k=change item=pack");
    heard("k=change item=rain");
    assert_int_equal(dyn_overlay_counts(overlay).waiting, 2);
}

static void what_the_shop_said_earlier_does_not_replace_what_it_said_later(void **state)
{
    (void)state;
    heard("k=stock item=pack stock=0 at=1700000000500");
    heard("k=stock item=pack stock=9 at=1700000000499");
    assert_int_equal(stock("pack"), 0);
    assert_int_equal(dyn_overlay_counts(overlay).older, 1);
    heard("k=stock item=pack stock=1 location=wien at=1700000000400");
    assert_int_equal(stock("pack"), 0);
    /* of the price nothing was said yet, and what does not say when is as new as its place */
    heard("k=price item=pack price=1 currency=EUR at=5");
    assert_int_equal(price("pack"), 100);
    heard("k=stock item=pack stock=3");
    assert_int_equal(stock("pack"), 3);
    heard("k=stock item=pack stock=4 at=5");
    assert_int_equal(stock("pack"), 4);
    heard("k=stock item=rain stock=2 location=wien at=7");
    heard("k=stock item=rain stock=9 location=wien at=6");
    heard("k=stock item=rain stock=1 location=graz at=6");
    assert_int_equal(stock("rain"), 3);
    heard("k=stock item=shirt stock=0 at=1700000000500");
    heard("k=stock item=shirt-s stock=9 at=1700000000400");
    assert_int_equal(stock("shirt"), 0);
}

static void entries_that_the_snapshot_contains_are_passed_over(void **state)
{
    uint32_t pack = number("pack");

    (void)state;
    dyn_overlay_free(overlay);
    assert_null(snapshot->overlay);

    dyn_snapshot_t *opened = snapshot;
    dyn_snapshot_header_t header = *snapshot->header;

    memcpy(header.control_position, "1700000000000-3", 16);
    snapshot->header = &header;
    overlay = dyn_overlay_create(snapshot);
    assert_non_null(overlay);
    position = 1700000000000ULL << 20;
    heard("k=stock item=pack stock=1");
    heard("k=stock item=pack stock=2");
    heard("k=stock item=pack stock=3");
    assert_int_equal(stock("pack"), 5);
    assert_int_equal(dyn_overlay_position(overlay), 0);
    assert_int_equal(dyn_overlay_counts(overlay).contained, 3);
    heard("k=stock item=pack stock=4");
    assert_int_equal(stock("pack"), 4);
    assert_int_equal(dyn_overlay_changed_at(overlay, pack), (1700000000000ULL << 20) + 4);
    dyn_overlay_free(overlay);
    assert_int_equal(dyn_item_stock(opened, pack), 5);
    assert_true(dyn_item_surely_offered(opened, pack));
}

static void of_other_kinds_only_overrides_move_the_position(void **state)
{
    (void)state;
    heard("k=kill author=a reason=b");
    heard("k=rules version=1 author=a reason=b");
    assert_int_equal(dyn_overlay_position(overlay), 0);
    heard("k=override override=block item=pack until=1800000000000 author=a reason=b");
    assert_int_equal(dyn_overlay_position(overlay), position);
    heard("k=restore item=pack author=a reason=b");
    assert_int_equal(dyn_overlay_position(overlay), position);
    assert_int_equal(dyn_overlay_changed_at(overlay, number("pack")), 0);
    assert_true(is_sold("pack"));
}

/* ---- variants ---- */

static void an_item_has_the_pieces_of_its_variants(void **state)
{
    (void)state;
    assert_int_equal(stock("shirt"), 6);
    heard("k=stock item=shirt-s stock=0");
    assert_int_equal(stock("shirt"), 4);
    heard("k=stock item=shirt-l stock=3");
    assert_int_equal(stock("shirt"), 7);
    heard("k=stock item=shirt-m stock=0");
    heard("k=stock item=shirt-l stock=0");
    assert_int_equal(stock("shirt"), 0);
    heard("k=stock item=shirt-l stock=unknown");
    assert_int_equal(stock("shirt"), -1);
    heard("k=stock item=shirt stock=unknown");
    assert_int_equal(stock("shirt"), -1);
    assert_int_equal(dyn_overlay_changed_at(overlay, number("shirt")), position);
}

static void a_variant_is_known_by_its_aliases_and_what_several_have_means_the_item(void **state)
{
    (void)state;
    heard("k=stock item=SKU-S stock=0");
    assert_int_equal(stock("shirt"), 4);
    heard("k=stock item=inventory:7 stock=1");
    assert_int_equal(stock("shirt"), 1);
    heard("k=stock item=SKU-ALL stock=9");
    assert_int_equal(stock("shirt"), 9);
}

static void variants_that_are_not_counted_leave_the_item_what_it_is_said_to_have(void **state)
{
    (void)state;
    assert_int_equal(stock("socks"), -1);
    heard("k=stock item=socks-1 stock=0");
    assert_int_equal(stock("socks"), -1);
    heard("k=stock item=socks-2 stock=0");
    assert_int_equal(stock("socks"), 0);
    /* what is said of the item replaces what was said of its variants */
    heard("k=stock item=socks stock=10");
    assert_int_equal(stock("socks"), 10);
    heard("k=stock item=socks-1 stock=12");
    assert_int_equal(stock("socks"), 12);
    heard("k=stock item=socks stock=0");
    assert_int_equal(stock("socks"), 0);
    heard("k=stock item=socks-2 stock=1");
    assert_int_equal(stock("socks"), 1);
}

static void an_item_costs_what_its_cheapest_variant_in_stock_does(void **state)
{
    (void)state;
    assert_int_equal(asked("shirt"), 2000);
    heard("k=price item=shirt-l price=10 currency=EUR");
    /* sold out */
    assert_int_equal(asked("shirt"), 2000);
    heard("k=stock item=shirt-l stock=1");
    assert_int_equal(asked("shirt"), 1000);
    heard("k=price item=shirt-l price=50 currency=EUR sale_price=19");
    assert_int_equal(asked("shirt"), 1900);
    assert_int_equal(price("shirt"), 5000);
    heard("k=stock item=shirt-l stock=0");
    assert_int_equal(asked("shirt"), 2000);
    assert_int_equal(price("shirt"), 2000);
    /* what is said of the item holds for all of them, */
    heard("k=price item=shirt price=33 currency=EUR");
    assert_int_equal(asked("shirt"), 3300);
    /* until one is said to be cheaper */
    heard("k=price item=shirt-s price=31 currency=EUR");
    assert_int_equal(asked("shirt"), 3100);
    heard("k=stock item=shirt-s stock=0");
    assert_int_equal(asked("shirt"), 3300);
}

static void when_the_cheapest_variant_sells_out_the_next_one_s_price_is_the_item_s(void **state)
{
    (void)state;
    heard("k=stock item=shirt-s stock=0");
    assert_int_equal(price("shirt"), 3000);
    heard("k=stock item=shirt-s stock=1");
    assert_int_equal(price("shirt"), 2000);
    heard("k=delete item=shirt-s");
    assert_int_equal(price("shirt"), 3000);
    assert_int_equal(stock("shirt"), 4);
    /* a price that is the item's own stays */
    heard("k=stock item=socks-1 stock=0");
    assert_int_equal(price("socks"), 900);
}

static void an_item_is_sold_while_one_of_its_variants_is(void **state)
{
    (void)state;
    heard("k=availability item=shirt-s available=0");
    heard("k=delete item=shirt-m");
    assert_true(is_sold("shirt"));
    heard("k=availability item=shirt-l available=0");
    assert_false(is_sold("shirt"));
    heard("k=change item=shirt-m");
    assert_true(is_sold("shirt"));
    assert_int_equal(stock("shirt"), 4);
}

/* ---- lists and bundles ---- */

static bool is_in_sales(const char *id)
{
    dyn_edges_t sales = dyn_snapshot_sales(snapshot);
    bool found = false;

    for (uint32_t i = 0; i < sales.count; i++) {
        found = found || sales.edges[i].item == number(id);
        assert_true(i == 0 || !dyn_sale_is_lighter(sales.edges[i - 1], sales.edges[i]));
    }

    return found;
}

static void the_list_of_sales_has_what_is_on_sale_now(void **state)
{
    (void)state;
    assert_true(is_in_sales("rain"));
    heard("k=price item=pack price=100 currency=EUR sale_price=50");
    heard("k=price item=mug price=100 currency=EUR sale_price=90");
    assert_int_equal(dyn_snapshot_sales(snapshot).count, 3);
    assert_true(is_in_sales("pack") && is_in_sales("mug") && is_in_sales("rain"));
    assert_int_equal(dyn_snapshot_sales(snapshot).edges[0].item, number("pack"));
    heard("k=price item=rain price=100 currency=EUR");
    assert_false(is_in_sales("rain"));
    heard("k=delete item=pack");
    assert_false(is_in_sales("pack"));
    dyn_overlay_free(overlay);
    assert_int_equal(dyn_snapshot_sales(snapshot).count, 1);
    assert_true(is_in_sales("rain"));
}

static void the_heaviest_sales_are_kept_when_more_are_heard_of(void **state)
{
    shop_t *shop = shop_new(DYN_SALES_MAX + 10);
    char text[128];

    (void)state;
    for (uint32_t i = 0; i < DYN_SALES_MAX; i++) {
        shop_item(shop, i)->price_minor = 100000;
        shop_sale(shop, i, 90000 - i, 0, DYN_TIME_MS_MAX);
    }

    dyn_snapshot_t *of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_overlay_t *more = dyn_overlay_create(of_shop);

    for (uint32_t i = 0; i < 10; i++) {
        (void)snprintf(text, sizeof(text), "k=price item=i%05u price=10 currency=EUR sale_price=%u",
                       DYN_SALES_MAX + i, i < 5 ? 1 : 9);
        hear(more, text);
    }

    dyn_edges_t sales = dyn_snapshot_sales(of_shop);

    assert_int_equal(sales.count, DYN_SALES_MAX);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(sales.edges[i].item, DYN_SALES_MAX + i);
    }
    /* a tenth less is no less than the least of those that were there */
    assert_int_equal(sales.edges[DYN_SALES_MAX - 1].item, 5);
    shop_free(shop);
}

static void a_bundle_costs_what_its_items_cost_now(void **state)
{
    static const uint32_t items[] = {0, 1};
    shop_t *shop = shop_new(3);
    uint32_t bundle = shop_bundle(shop, items, 2, -1);
    dyn_snapshot_t *of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_overlay_t *more = dyn_overlay_create(of_shop);

    (void)state;
    hear(more, "k=price item=i00001 price=5 currency=EUR");
    assert_int_equal(
        dyn_bundle_price(of_shop, &of_shop->bundles[bundle], DECIDING_NOW_MS).whole_minor,
        1000 + 500);
    shop_free(shop);
}

/* ---- the log that processes share (engine/control/log.h) ---- */

static uint32_t below(uint32_t bound)
{
    static uint64_t state = 7;

    state = state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t)((state >> 33) % bound);
}

/* Any entry about any of a few ids, which may say when it was. */
static void random_entry(char *text, size_t size)
{
    static const char *const ids[] = {"pack",    "trail-pack", "rain",   "shirt",
                                      "shirt-s", "shirt-m",    "SKU-S",  "socks",
                                      "socks-1", "socks-2",    "unknown"};
    static const char *const places[] = {"", " location=wien", " location=graz"};
    const char *id = ids[below(sizeof(ids) / sizeof(ids[0]))];
    char at[32] = "";

    if (below(2) == 0) {
        (void)snprintf(at, sizeof(at), " at=%u", 1 + below(6));
    }
    switch (below(5)) {
    case 0:
    case 1:
        (void)snprintf(text, size, "k=stock item=%s stock=%d%s%s", id, below(4), places[below(3)],
                       at);
        break;
    case 2:
        (void)snprintf(text, size, "k=price item=%s price=%u currency=EUR%s%s", id, 5 + below(5),
                       below(2) == 0 ? " sale_price=3" : "", at);
        break;
    case 3:
        (void)snprintf(text, size, "k=availability item=%s available=%u%s", id, below(2), at);
        break;
    default:
        (void)snprintf(text, size, "k=%s item=%s%s", below(2) == 0 ? "delete" : "change", id, at);
    }
}

/* What is left of a log gives the same as all that was ever appended. */
static void what_a_compacted_log_holds_gives_the_same_overlay(void **state)
{
    static uint64_t block[DYN_CONTROL_LOG_BYTES_MIN / 8];
    static char bytes[DYN_CONTROL_LOG_BYTES_MIN];
    dyn_control_log_t *log = (dyn_control_log_t *)(void *)block;

    (void)state;
    for (int round = 0; round < 300; round++) {
        dyn_snapshot_t all = *snapshot, left = *snapshot;
        dyn_overlay_t *of_all, *of_left;
        dyn_control_entry_t entry;
        char text[128], told[4096] = "";
        size_t at = 0, length;

        all.overlay = left.overlay = NULL;
        of_all = dyn_overlay_create(&all);
        of_left = dyn_overlay_create(&left);
        dyn_control_log_begin(log, sizeof(block));
        for (uint32_t i = 0, count = 1 + below(30); i < count; i++) {
            dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
            size_t field_count;

            random_entry(text, sizeof(text));
            (void)snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s\n", text);
            field_count = fields_of(text, fields);
            hear(of_all, text);
            assert_true(dyn_control_log_append(log, position, fields, field_count));
        }
        assert_true(dyn_control_log_compact(log, 0, DECIDING_NOW_MS));
        length = dyn_control_log_copy(log, 0, bytes, sizeof(bytes));
        while (dyn_control_log_next(bytes, length, &at, &entry)) {
            assert_true(dyn_overlay_apply(of_left, &entry));
        }
        for (uint32_t i = 0; i < all.item_count; i++) {
            dyn_price_t price = dyn_item_price(&all, i), other = dyn_item_price(&left, i);

            if (dyn_item_stock(&all, i) != dyn_item_stock(&left, i) || price.minor != other.minor ||
                dyn_item_sale(&all, i).minor != dyn_item_sale(&left, i).minor ||
                dyn_item_in_catalogue(&all, i) != dyn_item_in_catalogue(&left, i) ||
                dyn_item_surely_offered(&all, i) != dyn_item_surely_offered(&left, i)) {
                fail_msg("item %u is another one after: stock %d and %d, price %d and %d:\n%s", i,
                         dyn_item_stock(&all, i), dyn_item_stock(&left, i), (int)price.minor,
                         (int)other.minor, told);
            }
        }
        dyn_overlay_free(of_all);
        dyn_overlay_free(of_left);
        free(all.own_items);
        free(left.own_items);
    }
}

/* ---- decisions ---- */

enum { ASKED_PAGE = 0, ASKED_SESSION = 1, FIRST = 10, LAST = 17, GONE = 12 };

typedef enum { BY_SESSION, BY_CONTEXT, BY_LAST_GOOD, BY_POPULAR, WAYS } way_t;

static const dyn_rung_t rung_of[WAYS] = {DYN_RUNG_SESSION, DYN_RUNG_CONTEXT, DYN_RUNG_LAST_GOOD,
                                         DYN_RUNG_POPULAR};
static uint32_t last_good_items[LAST - FIRST + 1];
static dyn_last_good_slot_t last_good = {{"recs", 4}, last_good_items, LAST - FIRST + 1};
static const dyn_slot_t recs_all = {{"recs", 4}, DYN_SLOT_ITEMS_MAX};
static deciding_t deciding;
static visit_t visit;

static shop_t *same_list_everywhere(void)
{
    shop_t *shop = shop_new(40);

    for (uint32_t i = FIRST; i <= LAST; i++) {
        shop_alike(shop, ASKED_PAGE, i, 1.0F / (float)i);
        shop_alike(shop, ASKED_SESSION, i, 1.0F / (float)i);
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
        shop_item(shop, i)->stock = 3;
        last_good_items[i - FIRST] = i;
    }

    return shop;
}

static const dyn_slot_decision_t *decide(way_t way, const dyn_snapshot_t *of_shop)
{
    deciding_begin(&deciding, way == BY_CONTEXT ? DYN_SURFACE_PDP : DYN_SURFACE_HOME,
                   way == BY_CONTEXT ? "i00000" : "");
    deciding.request.slots = &recs_all;
    deciding.request.slot_count = 1;
    deciding.explains = true;
    visit_begin(&visit);
    if (way == BY_SESSION) {
        visit_views(&visit, ASKED_SESSION);
        deciding.request.session = &visit.session;
    }
    if (way == BY_LAST_GOOD) {
        deciding.request.last_good = &last_good;
        deciding.request.last_good_count = 1;
    }

    return deciding_run(&deciding, of_shop);
}

static void a_question_names_how_far_the_overlay_goes(void **state)
{
    dyn_question_t question;

    (void)state;
    dyn_question_begin(&question, snapshot, NULL);
    assert_int_equal(question.overlay, 0);
    heard("k=stock item=pack stock=0");
    dyn_question_begin(&question, snapshot, NULL);
    assert_int_equal(question.overlay, position);
    dyn_overlay_free(overlay);
    dyn_question_begin(&question, snapshot, NULL);
    assert_int_equal(question.overlay, 0);
}

static void what_sold_out_is_gone_or_not_sold_is_shown_on_no_rung(void **state)
{
    static const struct {
        const char *text, *back;
        dyn_filter_t filter;
    } ways[] = {
        {"k=stock item=i00012 stock=0", "k=stock item=i00012 stock=1", DYN_FILTER_OUT_OF_STOCK},
        {"k=delete item=i00012", "k=change item=i00012", DYN_FILTER_NOT_IN_CATALOGUE},
        {"k=availability item=i00012 available=0", "k=availability item=i00012 available=1",
         DYN_FILTER_NOT_IN_CATALOGUE},
    };
    shop_t *shop = same_list_everywhere();
    dyn_snapshot_t *of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_overlay_t *more = dyn_overlay_create(of_shop);

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        for (way_t way = 0; way < WAYS; way++) {
            assert_true(slot_shows(decide(way, of_shop), GONE));
        }
        hear(more, ways[i].text);
        for (way_t way = 0; way < WAYS; way++) {
            const dyn_slot_decision_t *recs = decide(way, of_shop);

            assert_int_equal(recs->rung, rung_of[way]);
            assert_false(slot_shows(recs, GONE));
            assert_int_equal(removed_by(&deciding, 0, GONE), ways[i].filter);
            assert_true(slot_shows(recs, GONE + 1));
        }
        hear(more, ways[i].back);
    }
    shop_free(shop);
}

static void the_page_of_an_item_that_sold_out_is_decided_as_such(void **state)
{
    shop_t *shop = same_list_everywhere();
    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t packs = shop_category(shop, "Packs", DYN_NONE);

    (void)state;
    shop_item(shop, ASKED_PAGE)->category = tents;
    for (uint32_t i = FIRST; i <= LAST; i++) {
        shop_item(shop, i)->category = i % 2 == 0 ? tents : packs;
    }

    dyn_snapshot_t *of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_overlay_t *more = dyn_overlay_create(of_shop);
    const dyn_slot_decision_t *recs;

    hear(more, "k=stock item=i00000 stock=0");
    recs = decide(BY_CONTEXT, of_shop);
    assert_true(slot_shows(recs, FIRST));
    assert_false(slot_shows(recs, FIRST + 1));
    shop_free(shop);
}

static bool has(dyn_str_t text, const char *part)
{
    return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static void a_price_that_was_heard_is_rendered(void **state)
{
    shop_t *shop = same_list_everywhere();
    dyn_snapshot_t *of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_overlay_t *more = dyn_overlay_create(of_shop);
    const dyn_slot_decision_t *recs = decide(BY_SESSION, of_shop);

    (void)state;
    assert_true(has(dyn_render_json(of_shop, &deciding.decision, DYN_STR("recs"), &deciding.arena),
                    "\"10.12\""));
    hear(more, "k=price item=i00012 price=88.01 currency=EUR sale_price=77.02");
    recs = decide(BY_SESSION, of_shop);
    assert_true(slot_shows(recs, GONE));

    dyn_str_t json = dyn_render_json(of_shop, &deciding.decision, DYN_STR("recs"), &deciding.arena);
    dyn_str_t html = dyn_render_html(of_shop, &deciding.decision, recs, &deciding.arena);

    assert_true(has(json, "77.02") && has(json, "88.01") && !has(json, "10.12"));
    assert_true(has(html, "77.02") && has(html, "88.01") && !has(html, "10.12"));
    shop_free(shop);
}

static void what_is_on_sale_since_then_is_in_the_slot_of_sales(void **state)
{
    static const dyn_slot_t on_sale[] = {{{"on_sale", 7}, 8}};
    shop_t *shop = shop_new(20);
    dyn_snapshot_t *of_shop;
    dyn_overlay_t *more;

    (void)state;
    shop_sale(shop, 1, 500, 0, DYN_TIME_MS_MAX);
    shop_sale(shop, 2, 500, 0, DYN_TIME_MS_MAX);
    of_shop = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    more = dyn_overlay_create(of_shop);
    hear(more, "k=price item=i00002 price=5 currency=EUR");
    hear(more, "k=price item=i00003 price=9 currency=EUR sale_price=4");
    deciding_begin(&deciding, DYN_SURFACE_HOME, "");
    deciding.request.slots = on_sale;
    deciding.request.slot_count = 1;

    const dyn_slot_decision_t *slot = deciding_run(&deciding, of_shop);

    assert_int_equal(slot->count, 2);
    assert_true(slot_shows(slot, 1) && slot_shows(slot, 3));
    assert_int_equal(slot->choices[0].reason, DYN_REASON_ON_SALE);
    shop_free(shop);
}

static void the_same_entries_give_the_same_answers(void **state)
{
    shop_t *shop = same_list_everywhere(), *other = same_list_everywhere();
    dyn_snapshot_t *one = (dyn_snapshot_t *)(uintptr_t)shop_open(shop);
    dyn_snapshot_t *two = (dyn_snapshot_t *)(uintptr_t)shop_open(other);
    dyn_overlay_t *of_one = dyn_overlay_create(one), *of_two = dyn_overlay_create(two);
    char text[128];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint32_t item = (uint32_t)(i * 7919) % 40;

        (void)snprintf(text, sizeof(text),
                       i % 3 == 0 ? "k=stock item=i%05u stock=%d"
                                  : "k=price item=i%05u currency=EUR price=%d.00",
                       item, i % 5 * (i % 7));
        uint64_t before = position;

        hear(of_one, text);
        position = before;
        hear(of_two, text);
    }
    assert_int_equal(dyn_overlay_position(of_one), dyn_overlay_position(of_two));
    assert_int_equal(one->sale_count, two->sale_count);
    for (way_t way = 0; way < WAYS; way++) {
        dyn_str_t first, second;
        char *kept;

        decide(way, one);
        first = dyn_render_json(one, &deciding.decision, DYN_STR("recs"), &deciding.arena);
        kept = strndup(first.data, first.len);
        decide(way, two);
        second = dyn_render_json(two, &deciding.decision, DYN_STR("recs"), &deciding.arena);
        assert_int_equal(second.len, strlen(kept));
        assert_memory_equal(second.data, kept, second.len);
        free(kept);
    }
    shop_free(shop);
    shop_free(other);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(an_empty_overlay_changes_nothing),
        WITH(stock_that_was_heard_stands_before_the_snapshot_s),
        WITH(an_item_is_known_by_its_aliases_too),
        WITH(the_stock_at_locations_is_added_up),
        WITH(the_stock_of_all_locations_stands_before_that_of_one),
        WITH(a_price_replaces_all_that_was_known_of_it),
        WITH(a_price_in_another_currency_is_passed_over_and_counted),
        WITH(what_is_not_sold_is_in_no_catalogue_until_that_is_taken_back),
        WITH(what_is_deleted_comes_back_by_a_change_alone),
        WITH(what_the_shop_said_earlier_does_not_replace_what_it_said_later),
        WITH(entries_that_the_snapshot_contains_are_passed_over),
        WITH(of_other_kinds_only_overrides_move_the_position),
        WITH(an_item_has_the_pieces_of_its_variants),
        WITH(a_variant_is_known_by_its_aliases_and_what_several_have_means_the_item),
        WITH(variants_that_are_not_counted_leave_the_item_what_it_is_said_to_have),
        WITH(an_item_costs_what_its_cheapest_variant_in_stock_does),
        WITH(when_the_cheapest_variant_sells_out_the_next_one_s_price_is_the_item_s),
        WITH(an_item_is_sold_while_one_of_its_variants_is),
        WITH(the_list_of_sales_has_what_is_on_sale_now),
        WITH(what_a_compacted_log_holds_gives_the_same_overlay),
        cmocka_unit_test(the_heaviest_sales_are_kept_when_more_are_heard_of),
        cmocka_unit_test(a_bundle_costs_what_its_items_cost_now),
        WITH(a_question_names_how_far_the_overlay_goes),
        cmocka_unit_test(what_sold_out_is_gone_or_not_sold_is_shown_on_no_rung),
        cmocka_unit_test(the_page_of_an_item_that_sold_out_is_decided_as_such),
        cmocka_unit_test(a_price_that_was_heard_is_rendered),
        cmocka_unit_test(what_is_on_sale_since_then_is_in_the_slot_of_sales),
        cmocka_unit_test(the_same_entries_give_the_same_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
