#include "cli/input/shop_events.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/input/values.h"

static dyn_str_t text_of(const json_t *value)
{
    return (dyn_str_t){json_string_value(value), json_string_length(value)};
}

/* A member that is there: neither null nor empty, nor what GA4 writes for nothing. */
static const json_t *there(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    dyn_str_t text = text_of(value);

    return value == NULL || json_is_null(value) ||
                   (json_is_string(value) &&
                    (text.len == 0 || dyn_str_equal(text, DYN_STR("(not set)"))))
               ? NULL
               : value;
}

static void copy(json_t *to, const char *name, const json_t *value)
{
    if (value != NULL) {
        json_object_set(to, name, (json_t *)(uintptr_t)value);
    }
}

/* A number, also one in quotes; what is none is left as it is. */
static void copy_number(json_t *to, const char *name, const json_t *value)
{
    char *end;
    double number;

    if (!json_is_string(value)) {
        copy(to, name, value);
        return;
    }
    number = strtod(json_string_value(value), &end);
    if (*end != '\0' || !(number > -1e15 && number < 1e15)) {
        copy(to, name, value);
    } else if (number == (double)(json_int_t)number) {
        json_object_set_new(to, name, json_integer((json_int_t)number));
    } else {
        json_object_set_new(to, name, json_real(number));
    }
}

/* "gid://shopify/Order/1" and 1 are one id. */
static const json_t *id_of(const json_t *object, const char *name)
{
    return there(there(object, name), "id");
}

/* ---- who ---- */

/* A name for a person that means nothing outside of this run. False when there is no random key. */
static bool hide(dyn_str_t who, char name[40])
{
    static unsigned char key[32];
    static bool made;
    unsigned char digest[EVP_MAX_MD_SIZE], small[256];
    unsigned int length = 0;
    size_t used = 0;

    if (!made && getrandom(key, sizeof(key), 0) != sizeof(key)) {
        return false;
    }
    made = true;
    who = dyn_values_trim(who);
    for (; used < who.len && used < sizeof(small); used++) {
        char c = who.data[used];

        small[used] = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    if (HMAC(EVP_sha256(), key, sizeof(key), small, used, digest, &length) == NULL) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        snprintf(name + 2 * i, 3, "%02x", digest[i]);
    }

    return true;
}

/* False: memory is out. */
static bool set_hidden(json_t *event, const json_t *who)
{
    char digits[32], name[40];
    dyn_str_t text = text_of(who);

    if (json_is_integer(who)) {
        int length =
            snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(who));

        text = (dyn_str_t){digits, (size_t)length};
    }

    return text.len > 0 && hide(text, name) &&
           json_object_set_new(event, "visitor", json_string(name)) == 0;
}

/* ---- Google Analytics 4 ---- */

/* The value of a parameter of the event, NULL without one. */
static const json_t *parameter(const json_t *row, const char *name)
{
    static const char *const kinds[] = {"string_value", "int_value", "float_value", "double_value"};
    const json_t *list = json_object_get(row, "event_params"), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const json_t *value = json_object_get(one, "value");

        if (!dyn_str_equal(text_of(json_object_get(one, "key")), dyn_str_from(name))) {
            continue;
        }
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            if (there(value, kinds[k]) != NULL) {
                return there(value, kinds[k]);
            }
        }
    }

    return NULL;
}

/* The variant's number in an id of Shopify's Google channel, shopify_US_PRODUCT_VARIANT; empty when it is none. */
static dyn_str_t channel_variant(dyn_str_t id)
{
    size_t at = id.len;

    while (at > 0 && id.data[at - 1] >= '0' && id.data[at - 1] <= '9') {
        at--;
    }

    return id.len > 8 && memcmp(id.data, "shopify_", 8) == 0 && at < id.len && at > 0 &&
                   id.data[at - 1] == '_'
               ? (dyn_str_t){id.data + at, id.len - at}
               : DYN_STR_NONE;
}

/* An event of one of its items. */
static void add_ga4_item(json_t *events, const json_t *common, const json_t *item)
{
    const json_t *id = there(item, "item_id");
    dyn_str_t variant = channel_variant(text_of(id));
    json_t *event = json_copy((json_t *)(uintptr_t)common), *own = json_object();

    copy(own, "item_id", id);
    copy_number(own, "quantity", there(item, "quantity"));
    copy_number(own, "price", there(item, "price"));
    copy(own, "item_list_id", there(item, "item_list_id"));
    if (variant.len > 0) {
        json_object_set_new(event, "other_id", json_stringn(variant.data, variant.len));
    } else {
        copy(event, "other_id", there(item, "item_variant"));
    }
    json_object_set_new(event, "items", json_pack("[o]", own));
    json_array_append_new(events, event);
}

static const struct {
    const char *name;
    bool items; /* it is about items, and nothing without them */
} ga4_events[] = {
    {"view_item", true},
    {"view_item_list", true},
    {"select_item", true},
    {"add_to_cart", true},
    {"add_to_wishlist", true},
    {"remove_from_cart", true},
    {"purchase", true},
    {"refund", true},
    {"begin_checkout", false},
    {"search", false},
    {"view_search_results", false},
};

static bool ga4(const json_t *row, dyn_notes_t *notes, const char *file, uint64_t line,
                json_t *events)
{
    const json_t *items = json_object_get(row, "items"), *item,
                 *term = parameter(row, "search_term");
    const json_t *name = json_object_get(row, "event_name"), *user = there(row, "user_pseudo_id");
    json_t *common;
    size_t at = 0, i;
    bool searches;

    while (at < sizeof(ga4_events) / sizeof(ga4_events[0]) &&
           !dyn_str_equal(text_of(name), dyn_str_from(ga4_events[at].name))) {
        at++;
    }
    searches = at < sizeof(ga4_events) / sizeof(ga4_events[0]) &&
               strstr(ga4_events[at].name, "search") != NULL;
    if (at == sizeof(ga4_events) / sizeof(ga4_events[0]) || (searches && term == NULL)) {
        dyn_note(notes, DYN_NOTE_not_learned, file, line, "event_name");
        return true;
    }
    if (user == NULL && there(row, "user_id") == NULL) {
        dyn_note(notes, DYN_NOTE_no_visitor, file, line, "user_pseudo_id");
        return true;
    }
    common = json_object();
    if (user != NULL) {
        copy(common, "visitor", user);
    } else if (!set_hidden(common, there(row, "user_id"))) {
        json_decref(common);
        return false;
    }
    copy(common, "time", json_object_get(row, "event_timestamp"));
    copy(common, "event", name);
    copy(common, "currency", parameter(row, "currency"));
    copy(common, "search_term", term);
    copy(common, "transaction_id", there(json_object_get(row, "ecommerce"), "transaction_id"));
    if (!ga4_events[at].items) {
        json_array_append(events, common);
    } else {
        json_array_foreach(items, i, item)
        {
            if (there(item, "item_id") != NULL) {
                add_ga4_item(events, common, item);
            }
        }
        if (json_array_size(events) == 0) {
            dyn_note(notes, DYN_NOTE_no_product, file, line, "items");
        }
    }
    json_decref(common);

    return true;
}

/* ---- Shopify's orders ---- */

static bool in_list(dyn_str_t text, const char *const *words)
{
    while (*words != NULL && !dyn_str_equal_nocase(text, dyn_str_from(*words))) {
        words++;
    }

    return *words != NULL;
}

/* Nothing was sold in the end. */
static bool undone(dyn_str_t status, bool cancelled)
{
    static const char *const none[] = {"refunded", "voided", "expired", NULL};

    return cancelled || in_list(status, none);
}

/* The first of two names that is there: REST and GraphQL differ in them. */
static const json_t *either(const json_t *object, const char *first, const char *second)
{
    const json_t *value = there(object, first);

    return value != NULL ? value : there(object, second);
}

/* What its line items have in common; *common is json_null when the order is left out. False: memory is out. */
static bool order_of(const json_t *order, dyn_notes_t *notes, const char *file, uint64_t line,
                     json_t **common)
{
    const json_t *who = id_of(order, "customer");

    *common = json_null();
    if (undone(text_of(either(order, "financial_status", "displayFinancialStatus")),
               either(order, "cancelled_at", "cancelledAt") != NULL) ||
        json_is_true(json_object_get(order, "test"))) {
        dyn_note(notes, DYN_NOTE_not_sold, file, line, "order");
        return true;
    }
    who = who != NULL ? who : there(order, "email");
    who = who != NULL ? who : there(order, "phone");
    /* without a customer an order is a visitor */
    who = who != NULL ? who : either(order, "id", "name");
    *common = json_object();
    if (!set_hidden(*common, who)) {
        json_decref(*common);
        *common = json_null();
        dyn_note(notes, DYN_NOTE_no_visitor, file, line, "order");
        return true;
    }
    json_object_set_new(*common, "event", json_string("purchase"));
    json_object_set_new(*common, "auth", json_string("server"));
    copy(*common, "time", either(order, "created_at", "createdAt"));
    copy(*common, "currency", either(order, "currency", "currencyCode"));
    copy(*common, "transaction_id", either(order, "name", "id"));

    return true;
}

/* How many of a line item were given back. */
static json_int_t refunded(const json_t *order, const json_t *item)
{
    const json_t *refunds = json_object_get(order, "refunds"), *refund, *line;
    json_int_t count = 0, id = json_integer_value(json_object_get(item, "id"));
    size_t i, k;

    json_array_foreach(refunds, i, refund)
    {
        json_array_foreach(json_object_get(refund, "refund_line_items"), k, line)
        {
            json_int_t quantity = json_integer_value(json_object_get(line, "quantity"));

            if (json_integer_value(json_object_get(line, "line_item_id")) == id && quantity > 0 &&
                quantity < 1000000) {
                count += quantity;
            }
        }
    }

    return count;
}

/* A line item of an order becomes an event. */
static void add_line_item(json_t *events, const json_t *common, const json_t *order,
                          const json_t *item, dyn_notes_t *notes, const char *file, uint64_t line)
{
    const json_t *product = either(item, "product_id", ""),
                 *variant = either(item, "variant_id", "");
    const json_t *sku = there(item, "sku"),
                 *left = either(item, "current_quantity", "currentQuantity");
    const json_t *price = there(item, "price");
    const json_t *money =
        there(either(item, "originalUnitPriceSet", "discountedUnitPriceSet"), "shopMoney");

    product = product != NULL ? product : id_of(item, "product");
    variant = variant != NULL ? variant : id_of(item, "variant");
    variant = variant != NULL ? variant : sku;
    product = product != NULL ? product : variant;
    if (product == NULL) {
        dyn_note(notes, DYN_NOTE_no_product, file, line, "line_items");
        return;
    }
    if ((json_is_integer(left) && json_integer_value(left) <= 0) ||
        (refunded(order, item) > 0 &&
         refunded(order, item) >= json_integer_value(json_object_get(item, "quantity")))) {
        dyn_note(notes, DYN_NOTE_not_sold, file, line, "line_items");
        return;
    }

    json_t *event = json_copy((json_t *)(uintptr_t)common), *own = json_object();

    copy(own, "item_id", product);
    copy_number(own, "quantity", json_is_integer(left) ? left : json_object_get(item, "quantity"));
    copy_number(own, "price", price != NULL ? price : there(money, "amount"));
    if (money != NULL) {
        copy(event, "currency", there(money, "currencyCode"));
    }
    /* catalogues made of CSV know SKUs and no numbers */
    copy(event, "other_id", sku != NULL ? sku : variant);
    json_object_set_new(event, "items", json_pack("[o]", own));
    json_array_append_new(events, event);
}

static bool keep_order(dyn_shop_events_t *shop, dyn_str_t id, json_t *common)
{
    uint32_t number = dyn_ids_add(&shop->orders, id);

    if (shop->events == NULL) {
        shop->events = json_array();
    }
    if (number == DYN_NONE) {
        json_decref(common);
        return false;
    }

    return (number < json_array_size(shop->events)
                ? json_array_set_new(shop->events, number, common)
                : json_array_append_new(shop->events, common)) == 0;
}

static bool shopify_order(dyn_shop_events_t *shop, const json_t *order, dyn_notes_t *notes,
                          const char *file, uint64_t line, json_t *events)
{
    const json_t *items = json_object_get(order, "line_items"), *item;
    json_t *common;
    size_t i;

    if (!order_of(order, notes, file, line, &common)) {
        return false;
    }
    if (items == NULL) {
        return keep_order(shop, text_of(json_object_get(order, "id")), common);
    }
    if (!json_is_null(common)) {
        json_array_foreach(items, i, item)
        {
            add_line_item(events, common, order, item, notes, file, line);
        }
    }
    json_decref(common);

    return true;
}

static bool begins(dyn_str_t text, const char *start)
{
    size_t length = strlen(start);

    return text.len > length && memcmp(text.data, start, length) == 0;
}

/* A line of a bulk operation whose order was a line before. */
static void shopify_child(const dyn_shop_events_t *shop, const json_t *value, dyn_notes_t *notes,
                          const char *file, uint64_t line, json_t *events)
{
    uint32_t order = dyn_ids_find(&shop->orders, text_of(json_object_get(value, "__parentId")));
    const json_t *common = order == DYN_NONE ? NULL : json_array_get(shop->events, order);

    if (common == NULL) {
        dyn_note(notes, DYN_NOTE_no_visitor, file, line, "__parentId");
    } else if (!json_is_null(common)) {
        add_line_item(events, common, NULL, value, notes, file, line);
    }
}

bool dyn_shop_events_of(dyn_shop_events_t *shop, const json_t *value, dyn_notes_t *notes,
                        const char *file, uint64_t line, json_t **events)
{
    dyn_str_t id = text_of(json_object_get(value, "id")),
              parent = text_of(json_object_get(value, "__parentId"));
    bool child = begins(parent, "gid://shopify/Order/");
    bool order =
        (json_is_array(json_object_get(value, "line_items")) &&
         json_object_get(value, "created_at") != NULL) ||
        (begins(id, "gid://shopify/Order/") && json_object_get(value, "createdAt") != NULL);

    *events = NULL;
    if (child) {
        *events = json_array();
        /* refunds, transactions and the like are lines of their own, too */
        if (begins(id, "gid://shopify/LineItem/")) {
            shopify_child(shop, value, notes, file, line, *events);
        }
        return *events != NULL;
    }
    if (order) {
        *events = json_array();
        return *events != NULL && shopify_order(shop, value, notes, file, line, *events);
    }
    if (json_object_get(value, "event_name") != NULL &&
        json_object_get(value, "event_timestamp") != NULL) {
        *events = json_array();
        return *events != NULL && ga4(value, notes, file, line, *events);
    }

    return true;
}

void dyn_shop_events_free(dyn_shop_events_t *shop)
{
    dyn_ids_free(&shop->orders);
    json_decref(shop->events);
    shop->events = NULL;
}

/* ---- orders as CSV ---- */

bool dyn_orders_header(const dyn_str_t *fields, size_t count, dyn_orders_t *orders)
{
    static const char *const names[] = {
#define X(constant, name) name,
        DYN_ORDER_COLUMNS(X)
#undef X
    };

    *orders = (dyn_orders_t){.count = count};
    for (size_t role = 0; role < DYN_ORDER_COLUMNS_COUNT; role++) {
        orders->places[role] = -1;
        for (size_t i = 0; i < count && i < DYN_ORDERS_COLUMNS_MAX; i++) {
            if (orders->places[role] < 0 &&
                dyn_str_equal_nocase(fields[i], dyn_str_from(names[role]))) {
                orders->places[role] = (int)i;
            }
        }
        if (role <= DYN_ORDER_QUANTITY && orders->places[role] < 0) {
            return false;
        }
    }

    return true;
}

static void set_text(json_t *event, const char *name, dyn_str_t text)
{
    json_t *value = text.len == 0 ? NULL : json_stringn(text.data, text.len);

    if (value != NULL) {
        json_object_set_new(event, name, value);
    }
}

static json_t *number_of(dyn_str_t text)
{
    json_t *holder = json_object(), *as_text = json_stringn(text.data, text.len), *value;

    copy_number(holder, "n", as_text);
    value = json_incref(json_object_get(holder, "n"));
    json_decref(as_text);
    json_decref(holder);

    return value;
}

/* An order begins with this row. False: memory is out. */
static bool begin_order(dyn_orders_t *orders, const dyn_str_t cells[DYN_ORDER_COLUMNS_COUNT],
                        dyn_notes_t *notes, const char *file, uint64_t line)
{
    dyn_str_t who = cells[DYN_ORDER_EMAIL];
    char visitor[40];

    json_decref(orders->order);
    orders->order = json_null();
    if (undone(cells[DYN_ORDER_STATUS], cells[DYN_ORDER_CANCELLED].len > 0)) {
        dyn_note(notes, DYN_NOTE_not_sold, file, line, "order");
        return true;
    }
    who = who.len > 0 ? who : cells[DYN_ORDER_PHONE];
    who = who.len > 0 ? who : cells[DYN_ORDER_NAME];
    if (!hide(who, visitor)) {
        return false;
    }
    orders->order =
        json_pack("{s:s, s:s, s:s}", "event", "purchase", "auth", "server", "visitor", visitor);
    set_text(orders->order, "time", cells[DYN_ORDER_CREATED]);
    set_text(orders->order, "currency", cells[DYN_ORDER_CURRENCY]);
    set_text(orders->order, "transaction_id", cells[DYN_ORDER_NAME]);

    return true;
}

bool dyn_orders_row(dyn_orders_t *orders, const dyn_str_t *fields, size_t count, dyn_notes_t *notes,
                    const char *file, uint64_t line, json_t **event, const char **column)
{
    dyn_str_t cells[DYN_ORDER_COLUMNS_COUNT], name;
    json_t *own;

    *event = NULL;
    for (size_t role = 0; role < DYN_ORDER_COLUMNS_COUNT; role++) {
        int place = orders->places[role];

        cells[role] =
            place < 0 || (size_t)place >= count ? DYN_STR("") : dyn_values_trim(fields[place]);
    }
    name = cells[DYN_ORDER_NAME];
    if (cells[DYN_ORDER_CREATED].len == 0 || (orders->order != NULL && name.len == 0)) {
        /* a further item of the order above */
        if (orders->order == NULL ||
            (name.len > 0 && !dyn_str_equal(name, dyn_str_from(orders->name)))) {
            *column = "Created at";
            return false;
        }
    } else if (orders->order == NULL || !dyn_str_equal(name, dyn_str_from(orders->name))) {
        if (name.len == 0 || name.len >= sizeof(orders->name)) {
            *column = "Name";
            return false;
        }
        if (!begin_order(orders, cells, notes, file, line)) {
            *column = "Email";
            return false;
        }
        memcpy(orders->name, name.data, name.len);
        orders->name[name.len] = '\0';
    }
    if (json_is_null(orders->order)) {
        return true;
    }
    if (cells[DYN_ORDER_SKU].len == 0 && cells[DYN_ORDER_ITEM].len == 0) {
        return true;
    }
    if (cells[DYN_ORDER_SKU].len == 0) {
        dyn_note(notes, DYN_NOTE_no_product, file, line, "Lineitem sku");
        return true;
    }
    own = json_object();
    set_text(own, "item_id", cells[DYN_ORDER_SKU]);
    if (cells[DYN_ORDER_QUANTITY].len > 0) {
        json_object_set_new(own, "quantity", number_of(cells[DYN_ORDER_QUANTITY]));
    }
    if (cells[DYN_ORDER_PRICE].len > 0) {
        json_object_set_new(own, "price", number_of(cells[DYN_ORDER_PRICE]));
    }
    *event = json_copy(orders->order);
    json_object_set_new(*event, "items", json_pack("[o]", own));

    return true;
}

void dyn_orders_free(dyn_orders_t *orders)
{
    json_decref(orders->order);
    orders->order = NULL;
}
