#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/events/text.h"
#include "engine/webhook/payload.h"
#include "examples.h"

enum { NOW_MS = 1700000001 };

/* Ids that the catalogue has, each between blanks. */
static const char *catalogue;

static bool known(void *data, dyn_str_t item)
{
    char text[160];

    (void)data;
    (void)snprintf(text, sizeof(text), " %.*s ", (int)item.len, item.data);

    return strstr(catalogue, text) != NULL;
}

static char told[1 << 16];

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
    size_t used = strlen(told);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(told + used, sizeof(told) - used, format, arguments);
    va_end(arguments);
}

/* All that a body says: entries as fields, events as the stream has them, a line each. */
static const char *read_all(dyn_webhook_scheme_t scheme, const char *topic, const char *currency,
                            dyn_str_t body)
{
    static char memory[1 << 21];
    dyn_webhook_context_t context = {.scheme = scheme,
                                     .topic = dyn_str_from(topic),
                                     .currency = currency,
                                     .now_ms = NOW_MS,
                                     .known = catalogue == NULL ? NULL : known};
    dyn_webhook_payload_t payload;
    dyn_error_t error = {.text = ""};
    dyn_arena_t arena;

    told[0] = '\0';
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_webhook_payload_read(&context, body, &arena, &payload, &error)) {
        assert_true(error.text[0] != '\0');
        tell("refused: %s\n", error.text);
        return told;
    }
    if (payload.use == DYN_WEBHOOK_USE_IGNORED) {
        tell("ignored\n");
    }
    for (size_t i = 0; i < payload.entry_count; i++) {
        dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
        dyn_control_entry_t entry = payload.entries[i];
        size_t count;

        if (entry.kind == DYN_CONTROL_KIND_PRIVACY &&
            (entry.has & DYN_CONTROL_HAS(CUSTOMER)) != 0) {
            entry.customer = DYN_STR("HASH");
        }
        count = dyn_control_entry_write(&entry, &arena, fields);
        for (size_t k = 0; k < count; k++) {
            tell("%s%.*s=%.*s", k == 0 ? "" : " ", (int)fields[k].name.len, fields[k].name.data,
                 (int)fields[k].value.len, fields[k].value.data);
        }
        tell("\n");
        assert_true(dyn_control_entry_read(fields, count, &entry, &error));
    }
    for (size_t i = 0; i < payload.event_count; i++) {
        char text[1024];
        size_t len = dyn_event_encode(&payload.events[i], text, sizeof(text));

        assert_true(len > 0);
        tell("%.*s\n", (int)len, text);
    }
    if (payload.customer.len > 0) {
        tell("customer %.*s\n", (int)payload.customer.len, payload.customer.data);
    }
    for (size_t i = 0; i < payload.token_count; i++) {
        tell("token %.*s\n", (int)payload.tokens[i].len, payload.tokens[i].data);
    }
    if (payload.once.len > 0) {
        tell("once %.*s\n", (int)payload.once.len, payload.once.data);
    }

    return told;
}

static void says(dyn_webhook_scheme_t scheme, const char *topic, const char *body,
                 const char *expected)
{
    assert_string_equal(read_all(scheme, topic, "EUR", dyn_str_from(body)), expected);
}

static const char shopify_product[] =
    "{\"id\":788032119674292922,\"title\":\"Example T-Shirt\",\"body_html\":\"An "
    "example\",\"vendor\":\"Acme\",\"product_type\":\"Shirts\","
    "\"created_at\":null,\"handle\":\"example-t-shirt\",\"updated_at\":\"2021-12-31T19:00:00-05:"
    "00\",\"published_at\":\"2021-12-31T19:00:00-05:00\","
    "\"status\":\"active\",\"tags\":\"a, "
    "b\",\"admin_graphql_api_id\":\"gid://shopify/Product/788032119674292922\",\"variants\":["
    "{\"id\":642667041472713922,\"product_id\":788032119674292922,\"price\":\"19.99\",\"sku\":"
    "\"example-shirt-s\",\"position\":0,"
    "\"inventory_policy\":\"deny\",\"compare_at_price\":\"24.99\",\"inventory_management\":"
    "\"shopify\",\"barcode\":null,"
    "\"inventory_item_id\":null,\"inventory_quantity\":75,\"old_inventory_quantity\":75},"
    "{\"id\":757650484644203962,\"price\":\"19.99\",\"sku\":\"\",\"inventory_policy\":\"continue\","
    "\"compare_at_price\":null,"
    "\"inventory_management\":\"shopify\",\"inventory_quantity\":-2},"
    "{\"id\":3,\"price\":19.99,\"sku\":\"x\",\"inventory_policy\":\"deny\",\"compare_at_price\":"
    "\"19.99\",\"inventory_management\":null,"
    "\"inventory_quantity\":0}]}";

static void a_product_of_shopify_tells_stock_and_price_of_its_variants(void **state)
{
    (void)state;

    says(
        DYN_WEBHOOK_SHOPIFY, "products/update", shopify_product,
        "k=change item=788032119674292922 also=example-t-shirt at=1640995200000\n"
        "k=availability item=788032119674292922 also=example-t-shirt available=1 at=1640995200000\n"
        "k=stock item=642667041472713922 also=example-shirt-s stock=75 at=1640995200000\n"
        "k=price item=642667041472713922 also=example-shirt-s currency=EUR price=24.99 "
        "sale_price=19.99 at=1640995200000\n"
        "k=stock item=757650484644203962 stock=unknown at=1640995200000\n"
        "k=price item=757650484644203962 currency=EUR price=19.99 at=1640995200000\n"
        "k=stock item=3 also=x stock=unknown at=1640995200000\n"
        "k=price item=3 also=x currency=EUR price=19.99 at=1640995200000\n");
    /* where no currency is told, prices are not */
    assert_null(
        strstr(read_all(DYN_WEBHOOK_SHOPIFY, "products/create", "", dyn_str_from(shopify_product)),
               "price"));
    says(DYN_WEBHOOK_SHOPIFY, "products/update",
         "{\"id\":7,\"handle\":\"tent\",\"status\":\"draft\",\"published_at\":null,\"variants\":[{"
         "\"id\":8,\"price\":\"1.00\",\"sku\":null,"
         "\"inventory_management\":\"shopify\",\"inventory_policy\":\"deny\",\"inventory_"
         "quantity\":-1}]}",
         "k=change item=7 also=tent\n"
         "k=availability item=7 also=tent available=0\n"
         "k=stock item=8 also=tent stock=0\n"
         "k=price item=8 also=tent currency=EUR price=1.00\n");
    says(DYN_WEBHOOK_SHOPIFY, "products/delete", "{\"id\":788032119674292922}",
         "k=delete item=788032119674292922\n");
    says(DYN_WEBHOOK_SHOPIFY, "products/delete", "{}",
         "refused: field \"id\" of the product is missing\n");
}

static void a_level_of_shopify_is_the_stock_of_one_location(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_SHOPIFY, "inventory_levels/update",
         "{\"inventory_item_id\":271878346596884015,\"location_id\":24826418,\"available\":0,"
         "\"updated_at\":\"2021-12-31T19:00:00-05:00\"}",
         "k=stock item=inventory:271878346596884015 location=24826418 stock=0 at=1640995200000\n");
    says(DYN_WEBHOOK_SHOPIFY, "inventory_levels/update",
         "{\"inventory_item_id\":1,\"location_id\":2,\"available\":null}",
         "k=stock item=inventory:1 location=2 stock=unknown\n");
    says(DYN_WEBHOOK_SHOPIFY, "inventory_levels/update",
         "{\"inventory_item_id\":1,\"available\":\"many\"}",
         "refused: field \"available\" is not a number of pieces\n");
    says(DYN_WEBHOOK_SHOPIFY, "inventory_levels/update", "{}",
         "refused: field \"inventory_item_id\" is missing\n");
}

static const char shopify_order[] =
    "{\"id\":820982911946154508,\"cart_token\":\"eeafa272cebfd4b22385bc4b645e762c\",\"checkout_"
    "token\":\"bd5a8aa1ecd019dd3520ff791ee3a24c\","
    "\"created_at\":\"2021-12-31T19:00:00-05:00\",\"currency\":\"USD\",\"email\":\"jon@example."
    "com\",\"test\":false,"
    "\"customer\":{\"id\":115310627314723954,\"email\":\"john@example.com\"},\"line_items\":["
    "{\"id\":866550311766439020,\"product_id\":788032119674292922,\"variant_id\":808950810,\"sku\":"
    "\"IPOD2008PINK\",\"quantity\":2,\"price\":\"199.00\"},"
    "{\"id\":1,\"product_id\":null,\"variant_id\":null,\"sku\":\"\",\"title\":\"Tip\",\"quantity\":"
    "1,\"price\":\"5.00\"},"
    "{\"id\":2,\"product_id\":632910392,\"variant_id\":null,\"sku\":\"A\",\"quantity\":1,\"price\":"
    "\"7.00\"}]}";

static void an_order_of_shopify_is_a_purchase_of_each_line(void **state)
{
    static const char rest[] =
        "customer 115310627314723954\ntoken eeafa272cebfd4b22385bc4b645e762c\ntoken "
        "bd5a8aa1ecd019dd3520ff791ee3a24c\nonce order:820982911946154508\n";
    char expected[1024];

    (void)state;

    /* without a catalogue the product's number; else the id that it has */
    (void)snprintf(expected, sizeof(expected),
                   "pu 1640995200000 788032119674292922 q=2 p=19900 c=USD o=820982911946154508\n"
                   "pu 1640995200000 632910392 p=700 c=USD o=820982911946154508\n%s",
                   rest);
    says(DYN_WEBHOOK_SHOPIFY, "orders/create", shopify_order, expected);
    says(DYN_WEBHOOK_SHOPIFY, "orders/paid", shopify_order, expected);
    catalogue = " IPOD2008PINK 632910392 A ";
    (void)snprintf(expected, sizeof(expected),
                   "pu 1640995200000 IPOD2008PINK q=2 p=19900 c=USD o=820982911946154508\n"
                   "pu 1640995200000 632910392 p=700 c=USD o=820982911946154508\n%s",
                   rest);
    says(DYN_WEBHOOK_SHOPIFY, "orders/create", shopify_order, expected);
    catalogue = NULL;
    says(DYN_WEBHOOK_SHOPIFY, "orders/create",
         "{\"id\":1,\"test\":true,\"line_items\":[{\"product_id\":7,\"quantity\":1}]}",
         "ignored\nonce order:1\n");
    says(DYN_WEBHOOK_SHOPIFY, "orders/create", "{\"line_items\":[]}",
         "refused: the order's id is missing, or longer than 48 bytes\n");
}

static void a_refund_of_shopify_is_a_refund_of_each_line(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_SHOPIFY, "refunds/create",
         "{\"id\":890088186047892319,\"order_id\":820982911946154508,\"created_at\":\"2021-12-"
         "31T19:00:00-05:00\",\"refund_line_items\":["
         "{\"id\":1,\"quantity\":1,\"subtotal\":199.00,\"subtotal_set\":{\"shop_money\":{"
         "\"amount\":\"199.00\",\"currency_code\":\"USD\"}},"
         "\"line_item\":{\"product_id\":632910392,\"variant_id\":49148385,\"sku\":\"IPOD\","
         "\"price\":\"199.00\",\"quantity\":3}}]}",
         "rf 1640995200000 632910392 p=19900 c=USD o=820982911946154508\nonce "
         "refund:890088186047892319\n");
}

static void privacy_requests_name_the_customer(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_SHOPIFY, "customers/redact",
         "{\"shop_id\":954889,\"shop_domain\":\"x.myshopify.com\",\"customer\":{\"id\":191167,"
         "\"email\":\"john@example.com\",\"phone\":\"555\"},"
         "\"orders_to_redact\":[299938]}",
         "k=privacy request=redact customer=HASH\ncustomer 191167\n");
    says(DYN_WEBHOOK_SHOPIFY, "customers/data_request",
         "{\"shop_id\":954889,\"orders_requested\":[1],\"customer\":{\"id\":191167},\"data_"
         "request\":{\"id\":9999}}",
         "k=privacy request=data customer=HASH\ncustomer 191167\n");
    says(DYN_WEBHOOK_SHOPIFY, "customers/delete", "{\"id\":706405506930370084}",
         "k=privacy request=redact customer=HASH\ncustomer 706405506930370084\n");
    says(DYN_WEBHOOK_SHOPIFY, "customers/redact", "{\"customer\":{}}",
         "refused: the customer's id is missing\n");
    says(DYN_WEBHOOK_SHOPIFY, "shop/redact", "{\"shop_id\":954889}",
         "k=privacy request=shop_redact\n");
    says(DYN_WEBHOOK_SHOPIFY, "app/uninstalled", "{\"id\":548380009}",
         "k=privacy request=uninstalled\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "customer.deleted", "{\"id\":25}",
         "k=privacy request=redact customer=HASH\ncustomer 25\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/customer/deleted\",\"data\":{\"type\":\"customer\",\"id\":32}}",
         "k=privacy request=redact customer=HASH\ncustomer 32\n");
}

static void a_product_of_woocommerce_tells_stock_and_price(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_WOOCOMMERCE, "product.updated",
         "{\"id\":794,\"name\":\"Premium "
         "Quality\",\"type\":\"simple\",\"status\":\"publish\",\"sku\":\"PQ\",\"price\":\"21.99\","
         "\"regular_price\":\"25.00\",\"sale_price\":\"21.99\",\"date_on_sale_from_gmt\":\"2022-01-"
         "01T00:00:00\",\"date_on_sale_to_gmt\":null,"
         "\"date_modified_gmt\":\"2022-01-01T00:00:00\",\"manage_stock\":true,\"stock_quantity\":3,"
         "\"stock_status\":\"instock\","
         "\"backorders_allowed\":false,\"variations\":[]}",
         "k=change item=794 also=PQ at=1640995200000\n"
         "k=availability item=794 also=PQ available=1 at=1640995200000\n"
         "k=stock item=794 also=PQ stock=3 at=1640995200000\n"
         "k=price item=794 also=PQ currency=EUR price=25.00 sale_price=21.99 "
         "sale_from=1640995200000 at=1640995200000\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "product.updated",
         "{\"id\":1,\"type\":\"simple\",\"status\":\"private\",\"regular_price\":\"\",\"manage_"
         "stock\":false,\"stock_quantity\":null,"
         "\"stock_status\":\"onbackorder\"}",
         "k=change item=1\nk=availability item=1 available=0\nk=stock item=1 stock=unknown\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "product.restored",
         "{\"id\":1,\"type\":\"variable\",\"status\":\"publish\",\"stock_status\":\"instock\"}",
         "k=change item=1\nk=availability item=1 available=1\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "product.updated",
         "{\"id\":1,\"type\":\"variable\",\"status\":\"publish\",\"stock_status\":\"outofstock\"}",
         "k=change item=1\nk=availability item=1 available=1\nk=stock item=1 stock=0\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "product.deleted", "{\"id\":794}", "k=delete item=794\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "product.updated", "{}",
         "refused: field \"id\" of the product is missing\n");
}

static void an_order_of_woocommerce_counts_when_it_is_paid(void **state)
{
    static const char form[] = "{\"id\":727,\"status\":\"%s\",\"currency\":\"EUR\",\"customer_id\":"
                               "%d,\"order_key\":\"wc_order_58d2d042d1d\","
                               "\"date_created_gmt\":\"2022-01-01T00:00:00\",\"date_modified_gmt\":"
                               "\"2022-01-02T00:00:00\",\"line_items\":["
                               "{\"id\":315,\"product_id\":93,\"variation_id\":0,\"quantity\":2,"
                               "\"sku\":\"Bar3\",\"price\":3.5},"
                               "{\"id\":316,\"product_id\":22,\"variation_id\":23,\"quantity\":1,"
                               "\"sku\":\"\",\"price\":20}]}";
    char body[1024];

    (void)state;

    (void)snprintf(body, sizeof(body), form, "processing", 26);
    says(DYN_WEBHOOK_WOOCOMMERCE, "order.updated", body,
         "pu 1640995200000 93 q=2 p=350 c=EUR o=727\npu 1640995200000 22 p=2000 c=EUR "
         "o=727\ncustomer 26\ntoken wc_order_58d2d042d1d\n"
         "once order:727\n");
    catalogue = " 23 22 ";
    assert_non_null(
        strstr(read_all(DYN_WEBHOOK_WOOCOMMERCE, "order.created", "", dyn_str_from(body)),
               "pu 1640995200000 23 p=2000"));
    catalogue = NULL;
    (void)snprintf(body, sizeof(body), form, "pending", 26);
    says(DYN_WEBHOOK_WOOCOMMERCE, "order.created", body, "ignored\nonce order:727\n");
    (void)snprintf(body, sizeof(body), form, "refunded", 0);
    says(DYN_WEBHOOK_WOOCOMMERCE, "order.updated", body,
         "rf 1641081600000 93 q=2 p=350 c=EUR o=727\nrf 1641081600000 22 p=2000 c=EUR o=727\ntoken "
         "wc_order_58d2d042d1d\nonce refund:727\n");
}

static void bigcommerce_names_ids_and_absolute_stock(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/product/"
         "updated\",\"store_id\":\"1025646\",\"data\":{\"type\":\"product\",\"id\":205},"
         "\"hash\":\"e4f5\",\"created_at\":1640995200,\"producer\":\"stores/abc\"}",
         "k=change item=205 at=1640995200000\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/product/"
         "deleted\",\"data\":{\"type\":\"product\",\"id\":205},\"created_at\":1640995200}",
         "k=delete item=205 at=1640995200000\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/product/inventory/"
         "updated\",\"data\":{\"type\":\"product\",\"id\":167,\"inventory\":{\"product_id\":167,"
         "\"method\":\"absolute\",\"value\":0}},\"created_at\":1640995200}",
         "k=stock item=167 stock=0 at=1640995200000\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/sku/inventory/"
         "updated\",\"data\":{\"type\":\"sku\",\"id\":461,\"inventory\":{\"product_id\":206,"
         "\"method\":\"absolute\",\"value\":5,\"variant_id\":509}},\"created_at\":1640995200}",
         "k=stock item=variant:509 stock=5 at=1640995200000\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/product/inventory/order/"
         "updated\",\"data\":{\"inventory\":{\"product_id\":167,\"method\":\"relative\","
         "\"value\":-3}},\"created_at\":1640995200}",
         "k=change item=167 at=1640995200000\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/order/created\",\"data\":{\"type\":\"order\",\"id\":173}}",
         "ignored\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "", "{\"scope\":\"store/product/updated\",\"data\":{}}",
         "refused: field \"data.id\" is missing\n");
}

static void adobes_events_tell_products_and_stock(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_ADOBE, "",
         "{\"specversion\":\"1.0\",\"type\":\"com.adobe.commerce.observer.catalog_product_save_"
         "commit_after\",\"event_id\":\"a\",\"data\":{\"key\":\"k\","
         "\"value\":{\"entity_id\":\"12\",\"sku\":\"24-MB01\",\"price\":\"34.0000\",\"special_"
         "price\":\"30.5000\",\"status\":\"1\","
         "\"updated_at\":\"2022-01-01 00:00:00\"}}}",
         "k=change item=24-MB01 also=12 at=1640995200000\n"
         "k=availability item=24-MB01 also=12 available=1 at=1640995200000\n"
         "k=price item=24-MB01 also=12 currency=EUR price=34.00 sale_price=30.50 "
         "at=1640995200000\n");
    says(DYN_WEBHOOK_ADOBE, "",
         "{\"event\":{\"type\":\"com.adobe.commerce.observer.cataloginventory_stock_item_save_"
         "commit_after\",\"data\":{\"value\":"
         "{\"product_id\":\"12\",\"qty\":\"0.0000\",\"is_in_stock\":\"0\",\"manage_stock\":\"1\"}}}"
         "}",
         "k=stock item=12 stock=0\n");
    says(DYN_WEBHOOK_ADOBE, "",
         "{\"type\":\"com.adobe.commerce.observer.cataloginventory_stock_item_save_commit_after\","
         "\"data\":{\"value\":"
         "{\"product_id\":12,\"qty\":7,\"is_in_stock\":true,\"manage_stock\":true}}}",
         "k=stock item=12 stock=7\n");
    says(DYN_WEBHOOK_ADOBE, "",
         "{\"type\":\"com.adobe.commerce.observer.catalog_product_delete_commit_after\",\"data\":{"
         "\"value\":{\"sku\":\"a\"}}}",
         "k=delete item=a\n");
    says(DYN_WEBHOOK_ADOBE, "",
         "{\"type\":\"com.adobe.commerce.observer.customer_login\",\"data\":{}}", "ignored\n");
}

static void our_own_body_has_an_entry_or_a_list_of_them(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"stock\",\"data\":{\"item\":\"tent\",\"stock\":0,\"at\":1700000000000,"
         "\"location\":null}}",
         "k=stock item=tent stock=0 at=1700000000000\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"price\",\"data\":[{\"item\":\"a\",\"price\":\"129.00\",\"currency\":\"EUR\"},"
         "{\"item\":\"b\",\"price\":\"5\",\"currency\":\"JPY\"}]}",
         "k=price item=a currency=EUR price=129.00\nk=price item=b currency=JPY price=5\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"availability\",\"data\":{\"item\":\"tent\",\"available\":false}}",
         "k=availability item=tent available=0\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"override\",\"data\":{\"item\":\"tent\",\"override\":\"boost\",\"factor\":\"1."
         "5\",\"until\":1700000000000,\"author\":\"Ada\","
         "\"reason\":\"fair\"}}",
         "k=override item=tent override=boost factor=1.500 until=1700000000000 author=Ada "
         "reason=fair\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"privacy\",\"data\":{\"request\":\"redact\",\"customer\":\"77\"}}",
         "k=privacy request=redact customer=HASH\ncustomer 77\n");
    says(
        DYN_WEBHOOK_STANDARD, "",
        "{\"type\":\"order\",\"data\":{\"order\":\"A-1\",\"time\":\"2022-01-01T00:00:00Z\","
        "\"currency\":\"EUR\",\"customer\":\"77\",\"cart_token\":\"t\","
        "\"items\":[{\"item\":\"tent\",\"quantity\":2,\"price\":\"129.00\"},{\"item\":\"tarp\"}]}}",
        "pu 1640995200000 tent q=2 p=12900 c=EUR o=A-1\npu 1640995200000 tarp o=A-1\ncustomer "
        "77\ntoken t\nonce order:A-1\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"stock\",\"data\":{\"item\":\"tent\",\"stock\":0.5}}",
         "refused: field \"stock\": write a text, a whole number, or true or false; amounts as "
         "\"129.00\"\n");
    says(DYN_WEBHOOK_STANDARD, "", "{\"type\":\"stock\",\"data\":{\"item\":\"tent\"}}",
         "refused: \"stock\" needs the field \"stock\"\n");
    says(DYN_WEBHOOK_STANDARD, "",
         "{\"type\":\"kill\",\"data\":{\"author\":\"a\",\"reason\":\"b\"}}",
         "refused: field \"type\": entries of kind \"kill\" are written by `dynstore`, not by "
         "webhooks\n");
    says(DYN_WEBHOOK_STANDARD, "", "{\"type\":\"stocks\",\"data\":{}}",
         "refused: field \"k\": \"stocks\" is no kind of entry\n");
    says(DYN_WEBHOOK_STANDARD, "", "{\"type\":\"stock\",\"data\":[7]}",
         "refused: field \"data\" is an object with the fields of the entry, or a list of such\n");
    says(DYN_WEBHOOK_STANDARD, "", "{\"type\":\"stock\"}",
         "refused: the body needs the fields \"type\" and \"data\"\n");
    says(DYN_WEBHOOK_STANDARD, "", "{\"type\":\"order\",\"data\":{\"order\":\"A-1\"}}",
         "refused: field \"items\" is a list of {\"item\", \"quantity\", \"price\"}\n");
}

/* Each body of the page begins in the first column. */
static void the_page_shows_a_body_of_each_kind_that_webhooks_may_bring(void **state)
{
    static char all[1 << 16];
    dyn_str_t document = examples_read("docs/webhooks.md"), bodies;
    size_t at = 0, used = 0;

    (void)state;

    assert_true(examples_next(document, "json", &at, &bodies));
    while (bodies.len > 0) {
        size_t len = 1;
        const char *text;

        while (len < bodies.len && !(bodies.data[len - 1] == '\n' && bodies.data[len] == '{')) {
            len++;
        }
        text = read_all(DYN_WEBHOOK_STANDARD, "", "EUR", (dyn_str_t){bodies.data, len});
        if (strstr(text, "refused") != NULL) {
            fail_msg("%.*s\nis %s", (int)len, bodies.data, text);
        }
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s", text);
        bodies.data += len;
        bodies.len -= len;
    }
    free((char *)(uintptr_t)document.data);
    for (int kind = 0; kind < DYN_CONTROL_KIND_COUNT; kind++) {
        dyn_str_t name = dyn_control_kind_name((dyn_control_kind_t)kind);
        bool commands = kind == DYN_CONTROL_KIND_KILL || kind == DYN_CONTROL_KIND_REVIVE ||
                        kind == DYN_CONTROL_KIND_ERASE;
        char start[32];

        (void)snprintf(start, sizeof(start), "k=%.*s ", (int)name.len, name.data);
        if ((strstr(all, start) == NULL) != commands) {
            fail_msg("docs/webhooks.md: %.*s has no example, or one too many", (int)name.len,
                     name.data);
        }
    }
    assert_non_null(strstr(all, "once order:"));
    assert_non_null(strstr(all, "once refund:"));
}

static void topics_that_nothing_depends_on_are_ignored(void **state)
{
    (void)state;

    says(DYN_WEBHOOK_SHOPIFY, "carts/create",
         "{\"id\":\"c1\",\"token\":\"c1\",\"line_items\":[{\"id\":4411,\"variant_id\":4411,"
         "\"product_id\":881,\"quantity\":2,\"price\":\"89.50\"}]}",
         "ignored\n");
    says(DYN_WEBHOOK_SHOPIFY, "carts/update", "{\"id\":\"x\"}", "ignored\n");
    says(DYN_WEBHOOK_BIGCOMMERCE, "",
         "{\"scope\":\"store/cart/updated\",\"data\":{\"type\":\"cart\",\"id\":\"09346904\"}}",
         "ignored\n");
    says(DYN_WEBHOOK_SHOPIFY, "", "{}", "ignored\n");
    says(DYN_WEBHOOK_WOOCOMMERCE, "coupon.created", "{}", "ignored\n");
    says(DYN_WEBHOOK_SHOPIFY, "products/update", "[]", "refused: the body is not a JSON object\n");
    says(DYN_WEBHOOK_SHOPIFY, "products/update", "7", "refused: the body is not a JSON object\n");
    assert_non_null(
        strstr(read_all(DYN_WEBHOOK_SHOPIFY, "products/update", "EUR", dyn_str_from("{")),
               "refused: the body is not JSON: line 1"));
    assert_non_null(strstr(read_all(DYN_WEBHOOK_SHOPIFY, "products/update", "EUR", DYN_STR_NONE),
                           "refused: the body is not JSON: line 1"));
}

static void a_ping_of_woocommerce_is_told_from_all_else(void **state)
{
    (void)state;

    assert_true(dyn_webhook_is_ping(DYN_WEBHOOK_WOOCOMMERCE, DYN_STR("webhook_id=7")));
    assert_false(dyn_webhook_is_ping(DYN_WEBHOOK_SHOPIFY, DYN_STR("webhook_id=7")));
    assert_false(dyn_webhook_is_ping(DYN_WEBHOOK_WOOCOMMERCE, DYN_STR("webhook_id=")));
    assert_false(dyn_webhook_is_ping(DYN_WEBHOOK_WOOCOMMERCE, DYN_STR("webhook_id=7&a=b")));
    assert_false(dyn_webhook_is_ping(DYN_WEBHOOK_WOOCOMMERCE, DYN_STR("{\"id\":7}")));
    assert_false(dyn_webhook_is_ping(DYN_WEBHOOK_WOOCOMMERCE, DYN_STR_NONE));
}

/* Two thousand variants, each with a stock and a price. */
static void the_largest_product_is_read_whole(void **state)
{
    static char body[1 << 20];
    static char memory[1 << 22];
    dyn_webhook_context_t context = {
        .scheme = DYN_WEBHOOK_SHOPIFY, .topic = DYN_STR("products/update"), .currency = "EUR"};
    dyn_webhook_payload_t payload;
    dyn_arena_t arena;
    size_t used = (size_t)snprintf(body, sizeof(body),
                                   "{\"id\":1,\"published_at\":\"2022-01-01\",\"variants\":[");

    (void)state;

    for (int i = 0; i < 2048; i++) {
        used += (size_t)snprintf(body + used, sizeof(body) - used,
                                 "%s{\"id\":%d,\"price\":\"1.00\",\"inventory_management\":"
                                 "\"shopify\",\"inventory_quantity\":%d}",
                                 i == 0 ? "" : ",", i + 2, i);
    }
    used += (size_t)snprintf(body + used, sizeof(body) - used, "]}");
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_true(
        dyn_webhook_payload_read(&context, (dyn_str_t){body, used}, &arena, &payload, NULL));
    assert_int_equal(payload.entry_count, 2 + 2 * 2048);
    /* and nothing where there is no room */
    dyn_arena_init(&arena, memory, 4096, NULL, NULL);
    assert_false(
        dyn_webhook_payload_read(&context, (dyn_str_t){body, used}, &arena, &payload, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_of_shopify_tells_stock_and_price_of_its_variants),
        cmocka_unit_test(a_level_of_shopify_is_the_stock_of_one_location),
        cmocka_unit_test(an_order_of_shopify_is_a_purchase_of_each_line),
        cmocka_unit_test(a_refund_of_shopify_is_a_refund_of_each_line),
        cmocka_unit_test(privacy_requests_name_the_customer),
        cmocka_unit_test(a_product_of_woocommerce_tells_stock_and_price),
        cmocka_unit_test(an_order_of_woocommerce_counts_when_it_is_paid),
        cmocka_unit_test(bigcommerce_names_ids_and_absolute_stock),
        cmocka_unit_test(adobes_events_tell_products_and_stock),
        cmocka_unit_test(our_own_body_has_an_entry_or_a_list_of_them),
        cmocka_unit_test(the_page_shows_a_body_of_each_kind_that_webhooks_may_bring),
        cmocka_unit_test(topics_that_nothing_depends_on_are_ignored),
        cmocka_unit_test(a_ping_of_woocommerce_is_told_from_all_else),
        cmocka_unit_test(the_largest_product_is_read_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
