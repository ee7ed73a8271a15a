#include "engine/webhook/payload.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/item_id.h"
#include "engine/base/limits.h"
#include "engine/base/money.h"
#include "engine/base/text.h"
#include "engine/base/time_text.h"
#include "engine/base/utf8.h"

typedef struct {
    const dyn_webhook_context_t *context;
    dyn_webhook_payload_t *out;
    dyn_arena_t *arena;
    dyn_error_t *error;
    size_t room; /* for entries */
} reader_t;

/* ---- values ---- */

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

/* A text, or a number as a text: ids come as either. Empty when it is neither, has control characters, or is too long. */
static dyn_str_t text_of(reader_t *reader, const json_t *value, size_t max)
{
    char number[32];
    dyn_str_t text = DYN_STR_NONE;

    if (json_is_string(value)) {
        text = (dyn_str_t){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = dyn_str_from(number);
    }

    return text.len == 0 || text.len > max || !dyn_utf8_clean(text)
               ? DYN_STR_NONE
               : dyn_arena_str(reader->arena, text);
}

/* An id of an item; empty: none. */
static dyn_str_t id_of(reader_t *reader, const json_t *value)
{
    dyn_str_t text = text_of(reader, value, DYN_ITEM_ID_BYTES_MAX * 2), id;

    return dyn_item_id_normalize(text, &id) ? id : DYN_STR_NONE;
}

/* "inventory:7" */
static dyn_str_t prefixed(reader_t *reader, const char *prefix, dyn_str_t id)
{
    dyn_text_t text;

    if (id.len == 0 || id.len + strlen(prefix) > DYN_ITEM_ID_BYTES_MAX) {
        return DYN_STR_NONE;
    }
    dyn_text_init(&text, reader->arena, id.len + strlen(prefix));
    dyn_text_put(&text, prefix, strlen(prefix));
    dyn_text_str(&text, id);

    return dyn_text_finish(&text);
}

static int64_t time_of(const json_t *value)
{
    int64_t time_ms = 0;

    if (json_is_number(value)) {
        return dyn_time_from_number(json_number_value(value), &time_ms) ? time_ms : 0;
    }
    if (json_is_string(value)) {
        dyn_str_t text = {json_string_value(value), json_string_length(value)};

        return dyn_time_from_text(text, &time_ms) ? time_ms : 0;
    }

    return 0;
}

/* Pieces; false: it is no number. */
static bool pieces_of(const json_t *value, int32_t *pieces)
{
    double number;

    if (json_is_string(value)) {
        char *end;

        number = strtod(json_string_value(value), &end);
        if (end == json_string_value(value) || *end != '\0') {
            return false;
        }
    } else if (json_is_number(value)) {
        number = json_number_value(value);
    } else {
        return false;
    }
    if (!isfinite(number)) {
        return false;
    }
    *pieces = number <= 0 ? 0 : number >= INT32_MAX ? INT32_MAX : (int32_t)number;

    return true;
}

/* An amount in minor units; -1: there is none. More decimals than the currency has are rounded. */
static int64_t amount_of(const json_t *value, const char *currency)
{
    unsigned exponent = dyn_money_exponent(dyn_str_from(currency));
    int64_t minor;
    double number;

    if (json_is_string(value)) {
        dyn_str_t text = {json_string_value(value), json_string_length(value)};
        char *end;

        if (dyn_money_parse(text, exponent, &minor)) {
            return minor;
        }
        number = strtod(json_string_value(value), &end);
        if (end == json_string_value(value) || *end != '\0') {
            return -1;
        }
    } else if (json_is_number(value)) {
        number = json_number_value(value);
    } else {
        return -1;
    }
    for (unsigned i = 0; i < exponent; i++) {
        number *= 10;
    }

    return number >= 0 && number <= DYN_PRICE_MINOR_MAX ? (int64_t)floor(number + 0.5) : -1;
}

static bool currency_of(const json_t *value, char currency[4])
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";

    currency[0] = '\0';
    if (strlen(text) != 3) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (text[i] < 'A' || text[i] > 'Z') {
            return false;
        }
    }
    memcpy(currency, text, 4);

    return true;
}

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* ---- entries ---- */

/* A new entry about the item; NULL: there are too many, or it has no id. */
static dyn_control_entry_t *add_entry(reader_t *reader, dyn_control_kind_t kind, dyn_str_t item,
                                      dyn_str_t also, int64_t at_ms)
{
    dyn_control_entry_t *entry;

    if (item.len == 0) {
        item = also;
        also = DYN_STR_NONE;
    }
    if (item.len == 0 || reader->out->entry_count == reader->room) {
        return NULL;
    }
    entry = &reader->out->entries[reader->out->entry_count++];
    dyn_control_entry_begin(entry, kind);
    entry->item = item;
    entry->has = DYN_CONTROL_HAS(ITEM);
    if (also.len > 0 && !dyn_str_equal(also, item)) {
        entry->also = also;
        entry->has |= DYN_CONTROL_HAS(ALSO);
    }
    if (at_ms > 0) {
        entry->at_ms = at_ms;
        entry->has |= DYN_CONTROL_HAS(AT);
    }

    return entry;
}

static dyn_control_entry_t *add_stock(reader_t *reader, dyn_str_t item, dyn_str_t also,
                                      int32_t stock, int64_t at_ms)
{
    dyn_control_entry_t *entry = add_entry(reader, DYN_CONTROL_KIND_SET_STOCK, item, also, at_ms);

    if (entry != NULL) {
        entry->stock = stock;
        entry->has |= DYN_CONTROL_HAS(STOCK);
    }

    return entry;
}

/* sale_minor: below the price there is a sale; until_ms 0: for good. */
static void add_price(reader_t *reader, dyn_str_t item, dyn_str_t also, int64_t price_minor,
                      int64_t sale_minor, int64_t from_ms, int64_t until_ms, int64_t at_ms)
{
    dyn_control_entry_t *entry;

    if (reader->context->currency[0] == '\0' || price_minor < 0 ||
        (entry = add_entry(reader, DYN_CONTROL_KIND_SET_PRICE, item, also, at_ms)) == NULL) {
        return;
    }
    entry->price_minor = price_minor;
    memcpy(entry->currency, reader->context->currency, sizeof(entry->currency));
    entry->has |= DYN_CONTROL_HAS(PRICE) | DYN_CONTROL_HAS(CURRENCY);
    if (sale_minor < 0 || sale_minor >= price_minor || (until_ms > 0 && until_ms <= from_ms)) {
        return;
    }
    entry->sale_price_minor = sale_minor;
    entry->has |= DYN_CONTROL_HAS(SALE_PRICE);
    if (from_ms > 0) {
        entry->sale_from_ms = from_ms;
        entry->has |= DYN_CONTROL_HAS(SALE_FROM);
    }
    if (until_ms > 0) {
        entry->sale_until_ms = until_ms;
        entry->has |= DYN_CONTROL_HAS(SALE_UNTIL);
    }
}

static void add_availability(reader_t *reader, dyn_str_t item, dyn_str_t also, bool available,
                             int64_t at_ms)
{
    dyn_control_entry_t *entry =
        add_entry(reader, DYN_CONTROL_KIND_SET_AVAILABILITY, item, also, at_ms);

    if (entry != NULL) {
        entry->available = available;
        entry->has |= DYN_CONTROL_HAS(AVAILABLE);
    }
}

static bool add_privacy(reader_t *reader, dyn_control_request_t request, const json_t *customer)
{
    dyn_control_entry_t *entry = &reader->out->entries[reader->out->entry_count++];
    bool personal = request == DYN_CONTROL_REQUEST_REDACT || request == DYN_CONTROL_REQUEST_DATA;

    dyn_control_entry_begin(entry, DYN_CONTROL_KIND_PRIVACY);
    entry->request = request;
    entry->has = DYN_CONTROL_HAS(REQUEST);
    if (!personal) {
        return true;
    }
    reader->out->customer = text_of(reader, customer, DYN_ITEM_ID_BYTES_MAX);
    entry->has |= DYN_CONTROL_HAS(CUSTOMER);

    return reader->out->customer.len > 0 || dyn_fail(reader->error, "the customer's id is missing");
}

/* ---- orders ---- */

static dyn_str_t known_id(reader_t *reader, const json_t *line, const char *const names[3])
{
    dyn_str_t first = DYN_STR_NONE;

    for (int i = 0; i < 3; i++) {
        const json_t *value = member(line, names[i]);
        dyn_str_t id = json_is_integer(value) && json_integer_value(value) == 0
                           ? DYN_STR_NONE
                           : id_of(reader, value);

        if (id.len > 0 && reader->context->known != NULL &&
            reader->context->known(reader->context->data, id)) {
            return id;
        }
        if (id.len > 0 && (first.len == 0 || i == 1)) {
            first = id; /* where nobody knows, the product's */
        }
    }

    return first;
}

/* A line of an order: its ids, from the variant's to the SKU; what one piece costs, in the order's currency. */
static void add_line(reader_t *reader, dyn_event_type_t type, const json_t *line,
                     const char *const names[3], const json_t *quantity, int64_t price_minor,
                     const char *currency, dyn_str_t order, int64_t time_ms)
{
    dyn_str_t item = known_id(reader, line, names);
    int32_t pieces = 1;
    dyn_event_t *event;

    if (item.len == 0 || reader->out->event_count == DYN_WEBHOOK_EVENTS_MAX ||
        (quantity != NULL && !pieces_of(quantity, &pieces)) || pieces == 0) {
        return;
    }
    event = &reader->out->events[reader->out->event_count++];
    *event =
        (dyn_event_t){.time_ms = time_ms > 0 ? time_ms : reader->context->now_ms,
                      .item_id = item,
                      .price_minor = currency[0] == '\0' ? -1 : price_minor,
                      .transaction_id = order,
                      .type = type,
                      .quantity = pieces > DYN_QUANTITY_MAX ? DYN_QUANTITY_MAX : (uint32_t)pieces};
    if (event->price_minor >= 0) {
        memcpy(event->currency, currency, sizeof(event->currency));
    }
}

static void add_token(reader_t *reader, const json_t *value)
{
    dyn_str_t token = text_of(reader, value, DYN_ITEM_ID_BYTES_MAX);

    if (token.len > 0 && reader->out->token_count < DYN_WEBHOOK_TOKENS_MAX) {
        reader->out->tokens[reader->out->token_count++] = token;
    }
}

static bool read_order_id(reader_t *reader, const json_t *value, const char *kind, dyn_str_t *order)
{
    *order = text_of(reader, value, DYN_TRANSACTION_ID_BYTES_MAX);
    if (order->len == 0) {
        return dyn_fail(reader->error, "the order's id is missing, or longer than %d bytes",
                        DYN_TRANSACTION_ID_BYTES_MAX);
    }
    reader->out->once = prefixed(reader, kind, *order);

    return true;
}

/* ---- Shopify (https://shopify.dev/docs/api/webhooks: bodies are the resources of the Admin REST API) ---- */

static bool shopify_product(reader_t *reader, const json_t *body)
{
    dyn_str_t id = id_of(reader, member(body, "id")),
              handle = id_of(reader, member(body, "handle"));
    int64_t at_ms = time_of(member(body, "updated_at"));
    const json_t *variants = member(body, "variants"), *status = member(body, "status");
    bool sold =
        member(body, "published_at") != NULL && (status == NULL || is_text(status, "active"));
    size_t index;
    const json_t *variant;

    if (id.len == 0) {
        return dyn_fail(reader->error, "field \"id\" of the product is missing");
    }
    (void)add_entry(reader, DYN_CONTROL_KIND_CHANGE, id, handle, at_ms);
    add_availability(reader, id, handle, sold, at_ms);
    json_array_foreach(variants, index, variant)
    {
        dyn_str_t number = id_of(reader, member(variant, "id")),
                  also = id_of(reader, member(variant, "sku"));
        int64_t price = amount_of(member(variant, "price"), reader->context->currency);
        int64_t before = amount_of(member(variant, "compare_at_price"), reader->context->currency);
        bool counted = member(variant, "inventory_management") != NULL &&
                       !is_text(member(variant, "inventory_policy"), "continue");
        int32_t pieces;

        /* a catalogue that does not know numbers of variants knows the only one by the product */
        if (json_array_size(variants) == 1 && also.len == 0) {
            also = handle;
        }
        if (pieces_of(member(variant, "inventory_quantity"), &pieces)) {
            (void)add_stock(reader, number, also, counted ? pieces : -1, at_ms);
        }
        add_price(reader, number, also, before > price ? before : price,
                  before > price ? price : -1, 0, 0, at_ms);
    }

    return true;
}

static bool shopify_delete(reader_t *reader, const json_t *body)
{
    return add_entry(reader, DYN_CONTROL_KIND_DELETE, id_of(reader, member(body, "id")),
                     DYN_STR_NONE, 0) != NULL ||
           dyn_fail(reader->error, "field \"id\" of the product is missing");
}

static bool shopify_level(reader_t *reader, const json_t *body)
{
    dyn_str_t item =
        prefixed(reader, "inventory:", id_of(reader, member(body, "inventory_item_id")));
    dyn_str_t location =
        text_of(reader, member(body, "location_id"), DYN_CONTROL_VERSION_BYTES_MAX);
    dyn_control_entry_t *entry;
    int32_t pieces = -1;

    if (item.len == 0) {
        return dyn_fail(reader->error, "field \"inventory_item_id\" is missing");
    }
    /* null: the item is not counted */
    if (member(body, "available") != NULL && !pieces_of(member(body, "available"), &pieces)) {
        return dyn_fail(reader->error, "field \"available\" is not a number of pieces");
    }
    entry = add_stock(reader, item, DYN_STR_NONE, pieces, time_of(member(body, "updated_at")));
    if (entry != NULL && location.len > 0) {
        entry->location = location;
        entry->has |= DYN_CONTROL_HAS(LOCATION);
    }

    return true;
}

static const char *const shopify_ids[3] = {"variant_id", "product_id", "sku"};

static bool shopify_order(reader_t *reader, const json_t *body)
{
    const json_t *line, *lines = member(body, "line_items");
    dyn_str_t order;
    char currency[4];
    size_t index;

    if (!read_order_id(reader, member(body, "id"), "order:", &order)) {
        return false;
    }
    if (json_is_true(member(body, "test"))) {
        reader->out->use = DYN_WEBHOOK_USE_IGNORED;
        return true;
    }
    (void)currency_of(member(body, "currency"), currency);
    json_array_foreach(lines, index, line)
    {
        add_line(reader, DYN_EVENT_PURCHASE, line, shopify_ids, member(line, "quantity"),
                 amount_of(member(line, "price"), currency), currency, order,
                 time_of(member(body, "created_at")));
    }
    reader->out->customer =
        text_of(reader, member(member(body, "customer"), "id"), DYN_ITEM_ID_BYTES_MAX);
    add_token(reader, member(body, "cart_token"));
    add_token(reader, member(body, "checkout_token"));

    return true;
}

static bool shopify_refund(reader_t *reader, const json_t *body)
{
    const json_t *row, *rows = member(body, "refund_line_items");
    dyn_str_t order, refund = text_of(reader, member(body, "id"), DYN_TRANSACTION_ID_BYTES_MAX);
    size_t index;

    if (!read_order_id(reader, member(body, "order_id"), "refund:", &order)) {
        return false;
    }
    if (refund.len > 0) {
        reader->out->once = prefixed(reader, "refund:", refund);
    }
    json_array_foreach(rows, index, row)
    {
        const json_t *line = member(row, "line_item"),
                     *money = member(member(row, "subtotal_set"), "shop_money");
        char currency[4];

        if (!currency_of(member(money, "currency_code"), currency)) {
            memcpy(currency, reader->context->currency, strlen(reader->context->currency) + 1);
        }
        add_line(reader, DYN_EVENT_REFUND, line, shopify_ids, member(row, "quantity"),
                 amount_of(member(line, "price"), currency), currency, order,
                 time_of(member(body, "created_at")));
    }

    return true;
}

static bool shopify_redact(reader_t *reader, const json_t *body)
{
    return add_privacy(reader, DYN_CONTROL_REQUEST_REDACT, member(member(body, "customer"), "id"));
}

static bool shopify_data(reader_t *reader, const json_t *body)
{
    return add_privacy(reader, DYN_CONTROL_REQUEST_DATA, member(member(body, "customer"), "id"));
}

static bool forget_customer(reader_t *reader, const json_t *body)
{
    return add_privacy(reader, DYN_CONTROL_REQUEST_REDACT, member(body, "id"));
}

static bool forget_shop(reader_t *reader, const json_t *body)
{
    (void)body;

    return add_privacy(reader, DYN_CONTROL_REQUEST_SHOP_REDACT, NULL);
}

static bool uninstalled(reader_t *reader, const json_t *body)
{
    (void)body;

    return add_privacy(reader, DYN_CONTROL_REQUEST_UNINSTALLED, NULL);
}

/* ---- WooCommerce (https://woocommerce.github.io/woocommerce-rest-api-docs/: bodies are its resources; times that end in _gmt are UTC) ---- */

static bool woocommerce_product(reader_t *reader, const json_t *body)
{
    dyn_str_t id = id_of(reader, member(body, "id")), sku = id_of(reader, member(body, "sku"));
    int64_t at_ms = time_of(member(body, "date_modified_gmt"));
    int64_t regular = amount_of(member(body, "regular_price"), reader->context->currency);
    int32_t pieces = -1;

    if (id.len == 0) {
        return dyn_fail(reader->error, "field \"id\" of the product is missing");
    }
    (void)add_entry(reader, DYN_CONTROL_KIND_CHANGE, id, sku, at_ms);
    add_availability(reader, id, sku, is_text(member(body, "status"), "publish"), at_ms);
    if (is_text(member(body, "stock_status"), "outofstock")) {
        (void)add_stock(reader, id, sku, 0, at_ms);
    } else if (!is_text(member(body, "type"), "variable")) {
        if (json_is_true(member(body, "manage_stock")) &&
            !json_is_true(member(body, "backorders_allowed"))) {
            (void)pieces_of(member(body, "stock_quantity"), &pieces);
        }
        (void)add_stock(reader, id, sku, pieces, at_ms);
    }
    add_price(reader, id, sku, regular,
              amount_of(member(body, "sale_price"), reader->context->currency),
              time_of(member(body, "date_on_sale_from_gmt")),
              time_of(member(body, "date_on_sale_to_gmt")), at_ms);

    return true;
}

static bool woocommerce_order(reader_t *reader, const json_t *body)
{
    static const char *const ids[3] = {"variation_id", "product_id", "sku"};
    const json_t *line, *lines = member(body, "line_items"), *status = member(body, "status");
    bool refunded = is_text(status, "refunded");
    dyn_str_t order, customer;
    char currency[4];
    size_t index;

    if (!read_order_id(reader, member(body, "id"), refunded ? "refund:" : "order:", &order)) {
        return false;
    }
    /* not paid yet, failed, cancelled, a draft */
    if (!refunded && !is_text(status, "processing") && !is_text(status, "completed")) {
        reader->out->use = DYN_WEBHOOK_USE_IGNORED;
        return true;
    }
    (void)currency_of(member(body, "currency"), currency);
    json_array_foreach(lines, index, line)
    {
        add_line(reader, refunded ? DYN_EVENT_REFUND : DYN_EVENT_PURCHASE, line, ids,
                 member(line, "quantity"), amount_of(member(line, "price"), currency), currency,
                 order, time_of(member(body, refunded ? "date_modified_gmt" : "date_created_gmt")));
    }
    customer = text_of(reader, member(body, "customer_id"), DYN_ITEM_ID_BYTES_MAX);
    if (!dyn_str_equal(customer, DYN_STR("0"))) {
        reader->out->customer = customer; /* 0 is a guest */
    }
    add_token(reader, member(body, "order_key"));

    return true;
}

/* ---- BigCommerce (https://developer.bigcommerce.com/docs/webhooks: bodies name ids only, but for inventory) ---- */

static bool bigcommerce_change(reader_t *reader, const json_t *body)
{
    return add_entry(reader, DYN_CONTROL_KIND_CHANGE,
                     id_of(reader, member(member(body, "data"), "id")), DYN_STR_NONE,
                     time_of(member(body, "created_at"))) != NULL ||
           dyn_fail(reader->error, "field \"data.id\" is missing");
}

static bool bigcommerce_delete(reader_t *reader, const json_t *body)
{
    return add_entry(reader, DYN_CONTROL_KIND_DELETE,
                     id_of(reader, member(member(body, "data"), "id")), DYN_STR_NONE,
                     time_of(member(body, "created_at"))) != NULL ||
           dyn_fail(reader->error, "field \"data.id\" is missing");
}

static bool bigcommerce_stock(reader_t *reader, const json_t *body)
{
    const json_t *data = member(body, "data"), *inventory = member(data, "inventory");
    dyn_str_t variant =
        prefixed(reader, "variant:", id_of(reader, member(inventory, "variant_id")));
    dyn_str_t product = id_of(reader, member(inventory, "product_id"));
    int64_t at_ms = time_of(member(body, "created_at"));
    int32_t pieces;

    if (product.len == 0) {
        return dyn_fail(reader->error, "field \"data.inventory.product_id\" is missing");
    }
    /* how many there were before a relative change nobody knows here */
    if (!is_text(member(inventory, "method"), "absolute")) {
        (void)add_entry(reader, DYN_CONTROL_KIND_CHANGE, product, DYN_STR_NONE, at_ms);
        return true;
    }
    if (!pieces_of(member(inventory, "value"), &pieces)) {
        return dyn_fail(reader->error, "field \"data.inventory.value\" is not a number of pieces");
    }
    (void)add_stock(reader, variant.len > 0 ? variant : product, DYN_STR_NONE, pieces, at_ms);

    return true;
}

static bool bigcommerce_customer(reader_t *reader, const json_t *body)
{
    return add_privacy(reader, DYN_CONTROL_REQUEST_REDACT, member(member(body, "data"), "id"));
}

/* ---- Adobe Commerce (https://developer.adobe.com/commerce/extensibility/events/: what the event is about stands in `value`) ---- */

static const json_t *adobe_value(const json_t *body)
{
    const json_t *event = member(body, "event"),
                 *data = member(event != NULL ? event : body, "data");
    const json_t *value = member(data, "value");

    return value != NULL ? value : data != NULL ? data : body;
}

static bool adobe_product(reader_t *reader, const json_t *body)
{
    const json_t *value = adobe_value(body), *status = member(value, "status");
    dyn_str_t sku = id_of(reader, member(value, "sku")),
              id = id_of(reader, member(value, "entity_id"));
    int64_t at_ms = time_of(member(value, "updated_at"));
    int32_t enabled;

    if (add_entry(reader, DYN_CONTROL_KIND_CHANGE, sku, id, at_ms) == NULL) {
        return dyn_fail(reader->error, "field \"sku\" of the product is missing");
    }
    if (pieces_of(status, &enabled)) {
        add_availability(reader, sku, id, enabled == 1, at_ms);
    }
    add_price(reader, sku, id, amount_of(member(value, "price"), reader->context->currency),
              amount_of(member(value, "special_price"), reader->context->currency),
              time_of(member(value, "special_from_date")),
              time_of(member(value, "special_to_date")), at_ms);

    return true;
}

static bool adobe_delete(reader_t *reader, const json_t *body)
{
    const json_t *value = adobe_value(body);

    return add_entry(reader, DYN_CONTROL_KIND_DELETE, id_of(reader, member(value, "sku")),
                     id_of(reader, member(value, "entity_id")), 0) != NULL ||
           dyn_fail(reader->error, "field \"sku\" of the product is missing");
}

static bool yes(const json_t *value)
{
    int32_t number;

    return json_is_true(value) || (pieces_of(value, &number) && number > 0);
}

static bool adobe_stock(reader_t *reader, const json_t *body)
{
    const json_t *value = adobe_value(body);
    dyn_str_t sku = id_of(reader, member(value, "sku")),
              id = id_of(reader, member(value, "product_id"));
    int32_t pieces = -1;

    if (sku.len == 0 && id.len == 0) {
        return dyn_fail(reader->error, "field \"product_id\" is missing");
    }
    if (member(value, "is_in_stock") != NULL && !yes(member(value, "is_in_stock"))) {
        pieces = 0;
    } else if (member(value, "manage_stock") == NULL || yes(member(value, "manage_stock"))) {
        (void)pieces_of(member(value, "qty"), &pieces);
    }
    (void)add_stock(reader, sku, id, pieces, 0);

    return true;
}

/* ---- our own body: {"type": KIND, "data": {FIELD: VALUE}}, or a list of such data ---- */

static bool standard_field(reader_t *reader, const char *name, const json_t *value,
                           dyn_control_field_t *field)
{
    char number[32];

    field->name = dyn_str_from(name);
    if (json_is_string(value)) {
        field->value = (dyn_str_t){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        field->value = dyn_arena_str(reader->arena, dyn_str_from(number));
    } else if (json_is_boolean(value)) {
        field->value = json_is_true(value) ? DYN_STR("1") : DYN_STR("0");
    } else if (!json_is_null(value)) {
        return dyn_fail(
            reader->error,
            "field \"%s\": write a text, a whole number, or true or false; amounts as \"129.00\"",
            name);
    } else {
        return true;
    }
    /* the body goes before the entries do */
    field->value = dyn_arena_str(reader->arena, field->value);

    return true;
}

static bool standard_entry(reader_t *reader, const char *type, const json_t *data)
{
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    dyn_control_entry_t *entry = &reader->out->entries[reader->out->entry_count];
    size_t count = 0;
    const char *name;
    const json_t *value;

    if (!json_is_object(data)) {
        return dyn_fail(
            reader->error,
            "field \"data\" is an object with the fields of the entry, or a list of such");
    }
    fields[count++] =
        (dyn_control_field_t){DYN_STR("k"), dyn_arena_str(reader->arena, dyn_str_from(type))};
    /* json_object_foreach() takes no constant object */
    for (void *at = json_object_iter((json_t *)(uintptr_t)data); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)data, at)) {
        name = json_object_iter_key(at);
        value = json_object_iter_value(at);
        if (strcmp(name, "k") == 0 || json_is_null(value)) {
            continue;
        }
        if (count == DYN_CONTROL_FIELDS_MAX) {
            return dyn_fail(reader->error, "\"data\" has more than %d fields",
                            DYN_CONTROL_FIELDS_MAX - 1);
        }
        if (!standard_field(reader, name, value, &fields[count++])) {
            return false;
        }
    }
    if (!dyn_control_entry_read(fields, count, entry, reader->error)) {
        return false;
    }
    if (entry->kind == DYN_CONTROL_KIND_KILL || entry->kind == DYN_CONTROL_KIND_REVIVE ||
        entry->kind == DYN_CONTROL_KIND_ERASE) {
        return dyn_fail(
            reader->error,
            "field \"type\": entries of kind \"%s\" are written by `dynstore`, not by webhooks",
            type);
    }
    if (entry->kind == DYN_CONTROL_KIND_PRIVACY) {
        reader->out->customer = entry->customer;
        entry->customer = DYN_STR_NONE;
    }
    reader->out->entry_count++;

    return true;
}

static bool standard_order(reader_t *reader, const json_t *data, dyn_event_type_t type)
{
    static const char *const ids[3] = {"variant", "item", "sku"};
    const json_t *line, *lines = member(data, "items");
    dyn_str_t order;
    char currency[4];
    size_t index;

    if (!read_order_id(reader, member(data, "order"),
                       type == DYN_EVENT_REFUND ? "refund:" : "order:", &order)) {
        return dyn_fail(reader->error, "field \"order\" is missing, or longer than %d bytes",
                        DYN_TRANSACTION_ID_BYTES_MAX);
    }
    if (!json_is_array(lines)) {
        return dyn_fail(reader->error,
                        "field \"items\" is a list of {\"item\", \"quantity\", \"price\"}");
    }
    if (!currency_of(member(data, "currency"), currency) && member(data, "currency") != NULL) {
        return dyn_fail(reader->error, "field \"currency\" is three capitals, such as EUR");
    }
    json_array_foreach(lines, index, line)
    {
        add_line(reader, type, line, ids, member(line, "quantity"),
                 amount_of(member(line, "price"), currency), currency, order,
                 time_of(member(data, "time")));
    }
    reader->out->customer = text_of(reader, member(data, "customer"), DYN_ITEM_ID_BYTES_MAX);
    add_token(reader, member(data, "cart_token"));
    add_token(reader, member(data, "checkout_token"));

    return true;
}

static bool standard_body(reader_t *reader, const json_t *body)
{
    const json_t *type = member(body, "type"), *data = member(body, "data"), *one;
    size_t index;

    if (!json_is_string(type) || data == NULL) {
        return dyn_fail(reader->error, "the body needs the fields \"type\" and \"data\"");
    }
    if (is_text(type, "order") || is_text(type, "refund")) {
        return standard_order(reader, data,
                              is_text(type, "order") ? DYN_EVENT_PURCHASE : DYN_EVENT_REFUND);
    }
    if (!json_is_array(data)) {
        return standard_entry(reader, json_string_value(type), data);
    }
    if (json_array_size(data) > reader->room) {
        return dyn_fail(reader->error, "field \"data\" has more than %d entries",
                        DYN_WEBHOOK_ENTRIES_MAX);
    }
    json_array_foreach(data, index, one)
    {
        if (!standard_entry(reader, json_string_value(type), one)) {
            return false;
        }
    }

    return true;
}

/* ---- topics ---- */

/* What nothing here depends on is in no row. */
static const struct {
    dyn_webhook_scheme_t scheme;
    const char *topic;
    bool (*read)(reader_t *reader, const json_t *body);
} topics[] = {
    {DYN_WEBHOOK_SHOPIFY, "products/create", shopify_product},
    {DYN_WEBHOOK_SHOPIFY, "products/update", shopify_product},
    {DYN_WEBHOOK_SHOPIFY, "products/delete", shopify_delete},
    {DYN_WEBHOOK_SHOPIFY, "inventory_levels/update", shopify_level},
    {DYN_WEBHOOK_SHOPIFY, "orders/create", shopify_order},
    {DYN_WEBHOOK_SHOPIFY, "orders/paid", shopify_order},
    {DYN_WEBHOOK_SHOPIFY, "refunds/create", shopify_refund},
    {DYN_WEBHOOK_SHOPIFY, "customers/delete", forget_customer},
    {DYN_WEBHOOK_SHOPIFY, "customers/redact", shopify_redact},
    {DYN_WEBHOOK_SHOPIFY, "customers/data_request", shopify_data},
    {DYN_WEBHOOK_SHOPIFY, "shop/redact", forget_shop},
    {DYN_WEBHOOK_SHOPIFY, "app/uninstalled", uninstalled},
    {DYN_WEBHOOK_WOOCOMMERCE, "product.created", woocommerce_product},
    {DYN_WEBHOOK_WOOCOMMERCE, "product.updated", woocommerce_product},
    {DYN_WEBHOOK_WOOCOMMERCE, "product.restored", woocommerce_product},
    {DYN_WEBHOOK_WOOCOMMERCE, "product.deleted", shopify_delete},
    {DYN_WEBHOOK_WOOCOMMERCE, "order.created", woocommerce_order},
    {DYN_WEBHOOK_WOOCOMMERCE, "order.updated", woocommerce_order},
    {DYN_WEBHOOK_WOOCOMMERCE, "customer.deleted", forget_customer},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/product/created", bigcommerce_change},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/product/updated", bigcommerce_change},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/product/deleted", bigcommerce_delete},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/product/inventory/updated", bigcommerce_stock},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/product/inventory/order/updated", bigcommerce_stock},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/sku/inventory/updated", bigcommerce_stock},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/sku/inventory/order/updated", bigcommerce_stock},
    {DYN_WEBHOOK_BIGCOMMERCE, "store/customer/deleted", bigcommerce_customer},
    {DYN_WEBHOOK_ADOBE, "observer.catalog_product_save_commit_after", adobe_product},
    {DYN_WEBHOOK_ADOBE, "observer.catalog_product_delete_commit_after", adobe_delete},
    {DYN_WEBHOOK_ADOBE, "observer.cataloginventory_stock_item_save_commit_after", adobe_stock},
};

/* Adobe's names stand behind "com.adobe.commerce.", and may have the name of an own event before them. */
static bool topic_is(dyn_str_t topic, const char *name)
{
    size_t len = strlen(name);

    return topic.len >= len && memcmp(topic.data + topic.len - len, name, len) == 0 &&
           (topic.len == len || topic.data[topic.len - len - 1] == '.');
}

static dyn_str_t topic_of(const dyn_webhook_context_t *context, const json_t *body)
{
    const json_t *topic = NULL;

    if (context->scheme == DYN_WEBHOOK_BIGCOMMERCE) {
        topic = member(body, "scope");
    } else if (context->scheme == DYN_WEBHOOK_ADOBE) {
        topic = member(body, "type");
        topic = topic != NULL ? topic : member(member(body, "event"), "type");
    }

    return topic == NULL ? context->topic
                         : (dyn_str_t){json_string_value(topic), json_string_length(topic)};
}

static bool read_body(reader_t *reader, const json_t *body)
{
    dyn_str_t topic = topic_of(reader->context, body);

    if (!json_is_object(body)) {
        return dyn_fail(reader->error, "the body is not a JSON object");
    }
    if (reader->context->scheme == DYN_WEBHOOK_STANDARD) {
        return standard_body(reader, body);
    }
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        if (topics[i].scheme == reader->context->scheme && topic_is(topic, topics[i].topic)) {
            return topics[i].read(reader, body);
        }
    }
    reader->out->use = DYN_WEBHOOK_USE_IGNORED;

    return true;
}

/* As many as the body can make: of a product two of itself, and a stock and a price of each variant. */
static size_t entries_of(const json_t *body)
{
    size_t count =
        4 + 2 * json_array_size(member(body, "variants")) + json_array_size(member(body, "data"));

    return count < DYN_WEBHOOK_ENTRIES_MAX ? count : DYN_WEBHOOK_ENTRIES_MAX;
}

bool dyn_webhook_payload_read(const dyn_webhook_context_t *context, dyn_str_t body,
                              dyn_arena_t *arena, dyn_webhook_payload_t *payload,
                              dyn_error_t *error)
{
    reader_t reader = {.context = context, .out = payload, .arena = arena, .error = error};
    json_error_t fault;
    json_t *json;
    bool good;

    *payload = (dyn_webhook_payload_t){.use = DYN_WEBHOOK_USE_TAKEN};
    json = json_loadb(body.data == NULL ? "" : body.data, body.len, JSON_DECODE_ANY, &fault);
    if (json == NULL) {
        return dyn_fail(error, "the body is not JSON: line %d, column %d: %s", fault.line,
                        fault.column, fault.text);
    }
    reader.room = entries_of(json);
    payload->entries = dyn_arena_array(arena, reader.room, sizeof(dyn_control_entry_t));
    payload->events = dyn_arena_array(arena, DYN_WEBHOOK_EVENTS_MAX, sizeof(dyn_event_t));
    good = payload->entries != NULL && payload->events != NULL && read_body(&reader, json);
    json_decref(json);
    if (arena->exhausted) {
        return dyn_fail(error, "not enough memory");
    }
    if (good && payload->use == DYN_WEBHOOK_USE_IGNORED) {
        payload->entry_count = payload->event_count = 0;
    }

    return good;
}

bool dyn_webhook_is_ping(dyn_webhook_scheme_t scheme, dyn_str_t body)
{
    dyn_str_t name = DYN_STR("webhook_id=");

    if (scheme != DYN_WEBHOOK_WOOCOMMERCE || body.len <= name.len || body.len > name.len + 20 ||
        memcmp(body.data, name.data, name.len) != 0) {
        return false;
    }
    for (size_t i = name.len; i < body.len; i++) {
        if (body.data[i] < '0' || body.data[i] > '9') {
            return false;
        }
    }

    return true;
}
