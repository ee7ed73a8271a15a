/* Events as JSON: GA4's shape, and those of Shopify's pixels and Segment where they differ. docs/events.md has examples. */
#include "engine/events/event.h"

#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/base/item_id.h"
#include "engine/base/money.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What an event may say about items. */
typedef enum { ITEMS_NEEDED, ITEMS_READ, ITEMS_IGNORED } items_use_t;

static items_use_t items_use(dyn_event_type_t type)
{
    switch (type) {
    case DYN_EVENT_VIEW_ITEM:
    case DYN_EVENT_SELECT_ITEM:
    case DYN_EVENT_ADD_TO_CART:
    case DYN_EVENT_REMOVE_FROM_CART:
    case DYN_EVENT_PURCHASE:
    case DYN_EVENT_REMOVE_FROM_WISHLIST:
        return ITEMS_NEEDED;
    /* a search is about its term; the cart is known at the checkout; a promotion is not an item */
    case DYN_EVENT_SEARCH:
    case DYN_EVENT_BEGIN_CHECKOUT:
    case DYN_EVENT_VIEW_PROMOTION:
    case DYN_EVENT_SELECT_PROMOTION:
        return ITEMS_IGNORED;
    default:
        return ITEMS_READ;
    }
}

bool dyn_event_in_session(const dyn_event_t *event)
{
    switch (event->type) {
    case DYN_EVENT_VIEW_ITEM_LIST:
        return event->item_id.len == 0;
    case DYN_EVENT_REFUND:
    case DYN_EVENT_VIEW_PROMOTION:
    case DYN_EVENT_SELECT_PROMOTION:
        return false;
    default:
        return true;
    }
}

/* ---- values ---- */

/* The place of a fault. A sentence needs only the field's name; the batch index is stored beside it. */
typedef struct {
    dyn_arena_t *arena;
    const char *item_prefix; /* "items[3]." or "" */
    char prefix[24];
    dyn_error_t fault;
} reader_t;

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

/* "a.b.c" from nested objects. */
static const json_t *at_path(const json_t *object, const char *path)
{
    char name[32];

    for (const char *dot; object != NULL && (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        size_t length = (size_t)(dot - path);

        if (length >= sizeof(name)) {
            return NULL;
        }
        memcpy(name, path, length);
        name[length] = '\0';
        object = member(object, name);
    }

    return object == NULL ? NULL : member(object, path);
}

static dyn_str_t text_of(const json_t *value)
{
    return (dyn_str_t){json_string_value(value), json_string_length(value)};
}

/* For a sentence: the beginning of the value. */
static dyn_str_t excerpt(dyn_str_t text)
{
    return dyn_utf8_cut(text, 40);
}

/* Reads an id, a string or a whole number. False with a sentence; *id stays empty when the field is missing. */
static bool read_id(reader_t *reader, const json_t *value, const char *field, size_t max,
                    dyn_str_t *id)
{
    char digits[24];
    dyn_str_t text;

    if (value == NULL) {
        return true;
    }

    if (json_is_integer(value)) {
        int length =
            snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value));

        text = (dyn_str_t){digits, (size_t)length};
    } else if (json_is_string(value)) {
        text = text_of(value);
    } else {
        return dyn_fail(&reader->fault,
                        "%s%s: is neither a string nor a whole number: write the "
                        "id as a string",
                        reader->item_prefix, field);
    }

    if (!dyn_item_id_normalize(text, &text) || text.len > max) {
        return dyn_fail(&reader->fault,
                        "%s%s: \"%.*s\" is no id: 1 to %zu bytes without control characters",
                        reader->item_prefix, field, (int)excerpt(text).len, text.data, max);
    }

    *id = dyn_arena_str(reader->arena, text);
    return true;
}

/* Reads a text. It is cut, not refused: control characters become blanks, and outer blanks are removed. */
static dyn_str_t read_text(reader_t *reader, const json_t *value, size_t max)
{
    dyn_str_t text = json_is_string(value) ? text_of(value) : DYN_STR_NONE;

    while (text.len > 0 && (unsigned char)text.data[0] <= ' ') {
        text.data++;
        text.len--;
    }
    text = dyn_utf8_cut(text, max);
    while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ') {
        text.len--;
    }

    char *copy = dyn_arena_alloc(reader->arena, text.len);

    if (copy == NULL) {
        return DYN_STR_NONE;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        copy[i] = c < ' ' || c == 0x7f ? ' ' : (char)c;
    }

    return (dyn_str_t){copy, text.len};
}

static bool read_quantity(reader_t *reader, const json_t *value, uint32_t *quantity)
{
    double number = json_number_value(value);

    if (value == NULL) {
        return true;
    }

    if (json_is_string(value)) {
        int64_t whole;

        number = dyn_money_parse(text_of(value), 0, &whole) ? (double)whole : 0;
    }

    if (!(number >= 1 && number <= DYN_QUANTITY_MAX) || number != floor(number)) {
        return dyn_fail(&reader->fault, "%squantity: is no whole number from 1 to %d",
                        reader->item_prefix, DYN_QUANTITY_MAX);
    }

    *quantity = (uint32_t)number;
    return true;
}

static bool read_currency(reader_t *reader, const json_t *value, char currency[4])
{
    dyn_str_t text = text_of(value);

    if (value == NULL) {
        return true;
    }

    for (size_t i = 0; i < 3; i++) {
        char c = text.len == 3 ? (char)(text.data[i] & ~0x20) : '\0';

        if (c < 'A' || c > 'Z') {
            currency[0] = '\0';
            return dyn_fail(&reader->fault, "%scurrency: is no ISO 4217 code such as \"EUR\"",
                            reader->item_prefix);
        }
        currency[i] = c;
    }
    currency[3] = '\0';

    return true;
}

/* Reads a price in the currency's major unit, as in GA4. Without a currency the minor unit is unknown, so the price is not read. */
static bool read_price(reader_t *reader, const json_t *value, dyn_event_t *event)
{
    unsigned exponent = dyn_money_exponent(dyn_str_from(event->currency));
    bool good = false;

    if (value == NULL || event->currency[0] == '\0') {
        return true;
    }

    if (json_is_string(value)) {
        good = dyn_money_parse(text_of(value), exponent, &event->price_minor);
    } else if (json_is_number(value)) {
        double minor = json_number_value(value);

        for (unsigned i = 0; i < exponent; i++) {
            minor *= 10;
        }
        minor = round(minor);
        good = minor >= 0 && minor <= DYN_PRICE_MINOR_MAX;
        event->price_minor = good ? (int64_t)minor : -1;
    }

    return good ||
           dyn_fail(&reader->fault,
                    "%sprice: is no amount such as 129.00 with at most %u decimals for %s, not "
                    "negative and at most %d minor units",
                    reader->item_prefix, exponent, event->currency, DYN_PRICE_MINOR_MAX);
}

/* ---- one event ---- */

/* The places of parameters, in the order in which they are searched. */
enum { PLACES_MAX = 6 };
typedef struct {
    const json_t *places[PLACES_MAX];
    size_t count;
} parameters_t;

static void add_place(parameters_t *parameters, const json_t *place)
{
    if (json_is_object(place)) {
        parameters->places[parameters->count++] = place;
    }
}

static parameters_t parameters_of(const json_t *event)
{
    parameters_t parameters = {{NULL}, 0};

    add_place(&parameters, event);
    add_place(&parameters, member(event, "params"));
    add_place(&parameters, member(event, "ecommerce"));
    add_place(&parameters, at_path(event, "params.ecommerce"));
    add_place(&parameters, member(event, "properties"));
    add_place(&parameters, member(event, "data"));

    return parameters;
}

/* paths: a list that ends with NULL, in order of preference. */
static const json_t *parameter(const parameters_t *parameters, const char *const *paths)
{
    for (; *paths != NULL; paths++) {
        for (size_t i = 0; i < parameters->count; i++) {
            const json_t *value = at_path(parameters->places[i], *paths);

            if (value != NULL) {
                return value;
            }
        }
    }

    return NULL;
}

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* These names are used in an item of a list, and in an event that describes its only item itself. */
#define ITEM_ID_PATHS                                                                              \
    PATHS("item_id", "product_id", "productVariant.product.id", "cartLine.merchandise.product.id", \
          "merchandise.product.id", "variant.product.id", "product.id")
#define QUANTITY_PATHS PATHS("quantity", "cartLine.quantity")
#define PRICE_PATHS                                                                    \
    PATHS("price", "productVariant.price.amount", "cartLine.merchandise.price.amount", \
          "merchandise.price.amount", "variant.price.amount")
#define CURRENCY_PATHS                                                                 \
    PATHS("currency", "productVariant.price.currencyCode",                             \
          "cartLine.merchandise.price.currencyCode", "merchandise.price.currencyCode", \
          "variant.price.currencyCode", "checkout.currencyCode")
#define VALUE_PATHS PATHS("value", "option_value")
#define LIST_PATHS \
    PATHS("items", "products", "checkout.lineItems", "cart.lines", "collection.productVariants")

static bool read_decision_id(reader_t *reader, const json_t *value, dyn_str_t *id)
{
    if (!read_id(reader, value, "decision_id", DYN_DECISION_ID_BYTES_MAX, id)) {
        return false;
    }

    for (size_t i = 0; i < id->len; i++) {
        char c = (char)(id->data[i] | 0x20);

        if (!((c >= 'a' && c <= 'z') || (id->data[i] >= '0' && id->data[i] <= '9') ||
              id->data[i] == '-' || id->data[i] == '_')) {
            return dyn_fail(&reader->fault,
                            "%sdecision_id: \"%.*s\" is none: copy the answer's `id`",
                            reader->item_prefix, (int)excerpt(*id).len, id->data);
        }
    }

    return true;
}

/* Reads fields that may be in an item or outside it; `event` holds the values from outside. */
static bool read_shared(reader_t *reader, const parameters_t *parameters, dyn_event_t *event)
{
    dyn_str_t list = read_text(reader, parameter(parameters, PATHS("item_list_id", "list_id")),
                               DYN_LIST_ID_BYTES_MAX);

    if (list.len != 0) {
        event->list_id = list;
    }

    return read_currency(reader, parameter(parameters, CURRENCY_PATHS), event->currency) &&
           read_decision_id(reader, parameter(parameters, PATHS("decision_id")),
                            &event->decision_id);
}

static bool read_item(reader_t *reader, const parameters_t *parameters, dyn_event_t *event)
{
    return read_id(reader, parameter(parameters, ITEM_ID_PATHS), "item_id", DYN_ITEM_ID_BYTES_MAX,
                   &event->item_id) &&
           read_quantity(reader, parameter(parameters, QUANTITY_PATHS), &event->quantity) &&
           read_price(reader, parameter(parameters, PRICE_PATHS), event);
}

static bool read_type(reader_t *reader, const json_t *json, dyn_event_type_t *type)
{
    const json_t *name = member(json, "event");
    const char *field = "event";

    if (name == NULL) {
        name = member(json, "name");
        field = name == NULL ? field : "name";
    }
    if (!json_is_string(name)) {
        return dyn_fail(&reader->fault,
                        "%s: %s: write the event's name as GA4 does, such as \"view_item\"", field,
                        name == NULL ? "is missing" : "is no string");
    }
    if (!dyn_event_type_from_name(text_of(name), type)) {
        dyn_str_t start = excerpt(text_of(name));

        return dyn_fail(&reader->fault,
                        "%s: \"%.*s\" is no event that is known: write one of GA4's such as "
                        "\"view_item\" or \"add_to_cart\"; docs/events.md has them all",
                        field, (int)start.len, start.data);
    }

    return true;
}

/* Counts one more entry of the body; false when there are too many. */
static bool room_for(reader_t *reader, size_t entries)
{
    return entries < DYN_EVENT_ENTRIES_MAX ||
           dyn_fail(&reader->fault,
                    "items: the body holds more than %d products together: send this event and "
                    "those behind it in another",
                    DYN_EVENT_ENTRIES_MAX);
}

/* Shops also sell things without a product: gift wraps, custom lines, deleted products. */
static bool names_no_product(const json_t *item)
{
    parameters_t parameters = {{item}, 1};
    const json_t *id = parameter(&parameters, ITEM_ID_PATHS);

    return id == NULL || (json_is_string(id) && json_string_length(id) == 0);
}

/*
 * Reads items into batch->events from batch->count on. Lines without a product are skipped; if all lines are, the event
 * is refused.
 */
static bool read_items(reader_t *reader, const json_t *items, const dyn_event_t *common,
                       dyn_event_batch_t *batch)
{
    size_t count = json_array_size(items);
    size_t taken = 0;

    if (!json_is_array(items)) {
        return dyn_fail(&reader->fault, "items: is no array: write [{\"item_id\": \"...\"}]");
    }
    if (count > DYN_EVENT_ITEMS_MAX) {
        return dyn_fail(&reader->fault, "items: %zu of them, %d at most: send several events",
                        count, DYN_EVENT_ITEMS_MAX);
    }

    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(items, i);
        parameters_t parameters = {{item}, 1};

        if (json_is_null(item) || (json_is_object(item) && names_no_product(item))) {
            continue;
        }
        if (!json_is_object(item)) {
            return dyn_fail(&reader->fault,
                            "items[%zu]: is no object: write {\"item_id\": "
                            "\"...\"}",
                            i);
        }
        if (!room_for(reader, batch->count + taken)) {
            return false;
        }

        dyn_event_t *event = &batch->events[batch->count + taken++];

        (void)snprintf(reader->prefix, sizeof(reader->prefix), "items[%zu].", i);
        reader->item_prefix = reader->prefix;
        *event = *common;

        if (!read_shared(reader, &parameters, event) || !read_item(reader, &parameters, event)) {
            return false;
        }
    }

    if (taken == 0) {
        return dyn_fail(&reader->fault,
                        "items[0].item_id: is missing%s: name the product, such as "
                        "\"item_id\": \"SKU_12345\"",
                        count > 1 ? ", and none of the others has one" : "");
    }

    batch->count += taken;
    return true;
}

/* ---- what was filtered, sorted, chosen or measured ---- */

/* Such an event has a field and a value, and no list beside an item: an entry with the longest of all would not fit. */
static bool has_field(dyn_event_type_t type)
{
    return type == DYN_EVENT_FILTER || type == DYN_EVENT_SORT || type == DYN_EVENT_CHOOSE_OPTION;
}

/* "Colour" and "colour" are one field. */
static dyn_str_t read_field(reader_t *reader, const json_t *value)
{
    dyn_str_t text = read_text(reader, value, DYN_FIELD_BYTES_MAX);
    char *copy = dyn_arena_alloc(reader->arena, text.len);

    for (size_t i = 0; copy != NULL && i < text.len; i++) {
        char c = text.data[i];

        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }

    return copy == NULL ? DYN_STR_NONE : (dyn_str_t){copy, text.len};
}

/* A text, a number or true and false, as a text. */
static dyn_str_t read_value(reader_t *reader, const json_t *value)
{
    char text[32];

    if (json_is_boolean(value)) {
        return json_is_true(value) ? DYN_STR("true") : DYN_STR("false");
    }
    if (json_is_number(value)) {
        int length = snprintf(text, sizeof(text), "%.10g", json_number_value(value));

        return dyn_arena_str(reader->arena, (dyn_str_t){text, (size_t)length});
    }

    return read_text(reader, value, DYN_VALUE_BYTES_MAX);
}

/* Bounds of a price, or of anything that has numbers, are one value: "50-200", "-200", "50-". */
static dyn_str_t read_bounds(reader_t *reader, const parameters_t *parameters)
{
    dyn_str_t low = read_value(reader, parameter(parameters, PATHS("min")));
    dyn_str_t high = read_value(reader, parameter(parameters, PATHS("max")));
    char text[2 * DYN_VALUE_BYTES_MAX + 2];

    if (low.len == 0 && high.len == 0) {
        return DYN_STR_NONE;
    }

    int length = snprintf(text, sizeof(text), "%.*s-%.*s", (int)low.len, low.len ? low.data : "",
                          (int)high.len, high.len ? high.data : "");

    return dyn_arena_str(reader->arena,
                         dyn_utf8_cut((dyn_str_t){text, (size_t)length}, DYN_VALUE_BYTES_MAX));
}

/* Adds an entry with a field and a value; an event without either says nothing that is worth one more. */
static bool add_value(reader_t *reader, const dyn_event_t *event, dyn_str_t value,
                      dyn_event_batch_t *batch)
{
    if (!room_for(reader, batch->count)) {
        return false;
    }

    dyn_event_t *added = &batch->events[batch->count++];

    *added = *event;
    added->value = value;

    return true;
}

/* Segment's lists of filters and of sorts: [{"type": "colour", "value": "moss"}]. */
static bool read_list_of_fields(reader_t *reader, const json_t *list, const dyn_event_t *common,
                                dyn_event_type_t type, dyn_event_batch_t *batch)
{
    for (size_t i = 0; i < json_array_size(list) && i < DYN_EVENT_VALUES_MAX; i++) {
        parameters_t parameters = {{json_array_get(list, i)}, 1};
        dyn_event_t event = *common;

        if (!json_is_object(parameters.places[0])) {
            continue;
        }
        event.type = type;
        event.field = read_field(reader, parameter(&parameters, PATHS("type", "field")));
        if (!add_value(reader, &event, read_value(reader, parameter(&parameters, PATHS("value"))),
                       batch)) {
            return false;
        }
    }

    return true;
}

/* common: with its item. False with a sentence when the body has become too long. */
static bool read_fields(reader_t *reader, const parameters_t *parameters, dyn_event_t *common,
                        dyn_event_batch_t *batch)
{
    const json_t *value = parameter(parameters, VALUE_PATHS);
    size_t before = batch->count;

    if (common->item_id.len != 0) {
        common->list_id = DYN_STR_NONE;
    }
    if (common->type != DYN_EVENT_CHOOSE_OPTION) {
        if (!read_list_of_fields(reader, parameter(parameters, PATHS("filters")), common,
                                 DYN_EVENT_FILTER, batch) ||
            !read_list_of_fields(reader, parameter(parameters, PATHS("sorts")), common,
                                 DYN_EVENT_SORT, batch)) {
            return false;
        }
        if (batch->count > before) {
            return true;
        }
    }

    common->field = read_field(reader, parameter(parameters, PATHS("field", "option_name")));
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && i < DYN_EVENT_VALUES_MAX; i++) {
            if (!add_value(reader, common, read_value(reader, json_array_get(value, i)), batch)) {
                return false;
            }
        }
        if (batch->count > before) {
            return true;
        }
    }

    dyn_str_t text = read_value(reader, value);

    return add_value(reader, common, text.len != 0 ? text : read_bounds(reader, parameters), batch);
}

/* How far, or how long, in whole percent or seconds; false with a sentence. */
static bool read_measure(reader_t *reader, const parameters_t *parameters, dyn_event_t *event)
{
    bool percent = event->type == DYN_EVENT_SCROLL;
    double most = percent ? 100 : DYN_DWELL_SECONDS_MAX;
    const char *field = "value";
    const json_t *value = parameter(parameters, PATHS("value"));
    double number = json_number_value(value);
    char text[16];

    if (value == NULL && percent) {
        field = "percent_scrolled";
        value = parameter(parameters, PATHS("percent_scrolled"));
        number = json_number_value(value);
    } else if (value == NULL) {
        field = "engagement_time_msec";
        value = parameter(parameters, PATHS("engagement_time_msec"));
        number = json_number_value(value) / 1000;
    }
    if (value == NULL) {
        return true;
    }
    if (json_is_string(value)) {
        int64_t thousandths;

        number = dyn_money_parse(text_of(value), 3, &thousandths) ? (double)thousandths / 1000 : -1;
        number /= strcmp(field, "engagement_time_msec") == 0 ? 1000 : 1;
    } else if (!json_is_number(value)) {
        number = -1;
    }
    if (!(number >= 0)) {
        return dyn_fail(&reader->fault, "%s: is no number from 0 on: write %s", field,
                        percent ? "how far the page was scrolled, in percent" : "seconds");
    }

    int length = snprintf(text, sizeof(text), "%.0f", number < most ? number : most);

    event->value = dyn_arena_str(reader->arena, (dyn_str_t){text, (size_t)length});

    return true;
}

/* Reads the name of a cart or a checkout; what is none is passed over, for an event is good without. */
static void read_token(reader_t *reader, const json_t *value, dyn_str_t *token)
{
    dyn_str_t text = json_is_string(value) ? text_of(value) : DYN_STR_NONE;

    if (dyn_cart_token_normalize(text, &text)) {
        *token = dyn_arena_str(reader->arena, text);
    }
}

static bool read_event(reader_t *reader, const json_t *json, int64_t now_ms,
                       dyn_event_batch_t *batch)
{
    dyn_event_t event = {.time_ms = now_ms, .quantity = 1, .price_minor = -1};
    parameters_t parameters = parameters_of(json);
    const json_t *items;

    reader->item_prefix = "";

    if (!json_is_object(json)) {
        return dyn_fail(&reader->fault,
                        "the event is no JSON object: write {\"event\": \"view_item\", \"items\": "
                        "[{\"item_id\": \"...\"}]}");
    }
    if (!read_type(reader, json, &event.type) || !read_shared(reader, &parameters, &event)) {
        return false;
    }

    read_token(reader, parameter(&parameters, PATHS("cart_token", "cart_id", "cart.id")),
               &batch->cart_token);
    read_token(reader,
               parameter(&parameters, PATHS("checkout_token", "checkout_id", "checkout.token")),
               &batch->checkout_token);

    if (event.type == DYN_EVENT_SEARCH) {
        event.search_term = read_text(
            reader, parameter(&parameters, PATHS("search_term", "query", "searchResult.query")),
            DYN_SEARCH_TERM_BYTES_MAX);
        if (event.search_term.len == 0) {
            return dyn_fail(&reader->fault,
                            "search_term: is missing or empty: write what the shopper searched");
        }
    }
    if (event.type == DYN_EVENT_QUESTION) {
        event.search_term = read_text(reader, parameter(&parameters, PATHS("text", "question")),
                                      DYN_SEARCH_TERM_BYTES_MAX);
        event.list_id = DYN_STR_NONE; /* an entry with the longest of all would not fit */
    }
    if ((event.type == DYN_EVENT_SCROLL || event.type == DYN_EVENT_DWELL ||
         event.type == DYN_EVENT_HOVER) &&
        !read_measure(reader, &parameters, &event)) {
        return false;
    }
    if (event.type == DYN_EVENT_VIEW_PROMOTION || event.type == DYN_EVENT_SELECT_PROMOTION) {
        event.list_id =
            read_text(reader, parameter(&parameters, PATHS("promotion_id", "promotion_name")),
                      DYN_LIST_ID_BYTES_MAX);
    }
    if ((event.type == DYN_EVENT_PURCHASE || event.type == DYN_EVENT_REFUND) &&
        !read_id(reader,
                 parameter(&parameters, PATHS("transaction_id", "order_id", "checkout.order.id")),
                 "transaction_id", DYN_TRANSACTION_ID_BYTES_MAX, &event.transaction_id)) {
        return false;
    }

    items_use_t use = items_use(event.type);

    if (has_field(event.type)) {
        return read_item(reader, &parameters, &event) &&
               read_fields(reader, &parameters, &event, batch);
    }
    if (use != ITEMS_IGNORED) {
        items = parameter(&parameters, LIST_PATHS);
        if (items != NULL && !(json_is_array(items) && json_array_size(items) == 0)) {
            return read_items(reader, items, &event, batch);
        }
        if (!read_item(reader, &parameters, &event)) {
            return false;
        }
        if (use == ITEMS_NEEDED && event.item_id.len == 0) {
            dyn_str_t name = dyn_event_name(event.type);

            return dyn_fail(&reader->fault,
                            "items: is missing: %.*s needs a product, such as \"items\": "
                            "[{\"item_id\": \"SKU_12345\"}]",
                            (int)name.len, name.data);
        }
    }

    if (!room_for(reader, batch->count)) {
        return false;
    }

    batch->events[batch->count++] = event;
    return true;
}

/* ---- the body ---- */

/* Checks the depth before jansson, which recurses. */
static bool shallow(dyn_str_t body)
{
    size_t depth = 0;
    bool string = false;

    for (size_t i = 0; i < body.len; i++) {
        char c = body.data[i];

        if (string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                string = false;
            }
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DYN_JSON_DEPTH_MAX) {
                return false;
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }

    return true;
}

static size_t most_items(const json_t *json)
{
    parameters_t parameters = parameters_of(json);
    size_t count = json_array_size(parameter(&parameters, LIST_PATHS));
    size_t values = json_array_size(parameter(&parameters, VALUE_PATHS)) +
                    json_array_size(parameter(&parameters, PATHS("filters"))) +
                    json_array_size(parameter(&parameters, PATHS("sorts")));

    count = values > count ? values : count;
    return count == 0 ? 1 : count > DYN_EVENT_ITEMS_MAX ? DYN_EVENT_ITEMS_MAX : count;
}

static bool read_batch(const json_t *root, int64_t now_ms, dyn_arena_t *arena,
                       dyn_event_batch_t *batch, dyn_error_t *error)
{
    const json_t *list = root;
    size_t count = 1;
    size_t room = 0;

    if (json_is_object(root) && member(root, "event") == NULL && member(root, "name") == NULL) {
        const json_t *events = member(root, "events");

        /* GA4 calls it events, Segment batch */
        list = events != NULL ? events : member(root, "batch");
        if (list == NULL) {
            list = root;
        } else if (!json_is_array(list)) {
            return dyn_fail(error, "%s: is no array of events",
                            events != NULL ? "events" : "batch");
        }
    }

    if (json_is_array(list)) {
        count = json_array_size(list);
        if (count == 0) {
            return dyn_fail(error, "the body holds no event: send at least one");
        }
        if (count > DYN_EVENT_BATCH_MAX) {
            return dyn_fail(error, "the body holds %zu events, %d at most: send several batches",
                            count, DYN_EVENT_BATCH_MAX);
        }
    }

    for (size_t i = 0; i < count; i++) {
        room += most_items(json_is_array(list) ? json_array_get(list, i) : list);
    }
    room = room < DYN_EVENT_ENTRIES_MAX ? room : DYN_EVENT_ENTRIES_MAX;

    batch->batch = (uint32_t)count;
    batch->events = dyn_arena_array(arena, room, sizeof(*batch->events));
    batch->faults = dyn_arena_array(arena, count, sizeof(*batch->faults));

    reader_t reader = {.arena = arena};

    for (size_t i = 0; i < count && !arena->exhausted; i++) {
        if (!read_event(&reader, json_is_array(list) ? json_array_get(list, i) : list, now_ms,
                        batch)) {
            dyn_event_fault_t *fault = &batch->faults[batch->fault_count++];

            fault->index = (uint32_t)i;
            fault->sentence = dyn_arena_str(arena, dyn_str_from(reader.fault.text));
        }
    }

    return !arena->exhausted ||
           dyn_fail(error, "out of memory for %zu events: send fewer at a time", count);
}

bool dyn_event_parse(dyn_str_t body, int64_t now_ms, dyn_arena_t *arena, dyn_event_batch_t *batch,
                     dyn_error_t *error)
{
    json_error_t problem;

    memset(batch, 0, sizeof(*batch));

    if (body.len > DYN_EVENT_BODY_BYTES_MAX) {
        return dyn_fail(error, "the body has %zu bytes, %d at most: send several batches", body.len,
                        DYN_EVENT_BODY_BYTES_MAX);
    }
    if (body.len == 0) {
        return dyn_fail(error, "the body is empty: send an event, an array of events or "
                               "{\"events\": [...]}");
    }
    if (!shallow(body)) {
        return dyn_fail(error, "the body nests deeper than %d: no event needs that",
                        DYN_JSON_DEPTH_MAX);
    }

    json_t *root = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, &problem);

    if (root == NULL) {
        return dyn_fail(error,
                        "the body is no JSON: line %d, column %d: %s: send an event, an array of "
                        "events or {\"events\": [...]}",
                        problem.line, problem.column, problem.text);
    }

    bool good = read_batch(root, now_ms, arena, batch, error);

    json_decref(root);
    if (!good) {
        memset(batch, 0, sizeof(*batch));
    }

    return good;
}
