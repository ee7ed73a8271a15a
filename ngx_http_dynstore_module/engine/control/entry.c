#include "engine/control/entry.h"

#include "engine/base/item_id.h"
#include "engine/base/limits.h"
#include "engine/base/money.h"
#include "engine/base/text.h"
#include "engine/base/utf8.h"

enum { SEQUENCE_MAX = (1 << DYN_CONTROL_SEQUENCE_BITS) - 1, FACTOR_DECIMALS = 3 };

#define X(constant, name) {name, sizeof(name) - 1},
static const dyn_str_t field_names[] = {DYN_CONTROL_FIELDS(X)};
static const dyn_str_t override_names[] = {DYN_CONTROL_OVERRIDES(X)};
static const dyn_str_t request_names[] = {DYN_CONTROL_REQUESTS(X)};
#undef X

static const struct {
    dyn_str_t name;
    uint32_t needs;
    uint32_t may;
} kinds[] = {
#define X(constant, name, needs, may) {{name, sizeof(name) - 1}, needs, may},
    DYN_CONTROL_KINDS(X)
#undef X
};

_Static_assert(DYN_CONTROL_FIELD_COUNT < 32, "fields are bits of a uint32_t");

dyn_str_t dyn_control_kind_name(dyn_control_kind_t kind)
{
    return kinds[kind].name;
}

bool dyn_control_kind_needs(dyn_control_kind_t kind, dyn_control_field_e field)
{
    return (kinds[kind].needs >> field & 1) != 0;
}

bool dyn_control_kind_has(dyn_control_kind_t kind, dyn_control_field_e field)
{
    return ((kinds[kind].needs | kinds[kind].may) >> field & 1) != 0;
}

bool dyn_control_kind_lasts(dyn_control_kind_t kind)
{
    switch (kind) {
    case DYN_CONTROL_KIND_SET_OVERRIDE:
    case DYN_CONTROL_KIND_RESTORE:
    case DYN_CONTROL_KIND_KILL:
    case DYN_CONTROL_KIND_REVIVE:
    case DYN_CONTROL_KIND_RULES:
    case DYN_CONTROL_KIND_SNAPSHOT:
        return true;
    default:
        return false;
    }
}

dyn_str_t dyn_control_field_name(dyn_control_field_e field)
{
    return field_names[field];
}

/* A whole number without a sign. */
static bool read_number(dyn_str_t text, uint64_t max, uint64_t *number)
{
    uint64_t sum = 0;

    if (text.len == 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

        if (digit > 9 || sum > (max - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }

    *number = sum;

    return true;
}

bool dyn_control_position_read(dyn_str_t id, dyn_control_position_t *position)
{
    const char *dash = id.len == 0 ? NULL : memchr(id.data, '-', id.len);
    size_t len = dash == NULL ? id.len : (size_t)(dash - id.data);
    uint64_t ms, sequence = 0;

    if (!read_number((dyn_str_t){id.data, len}, DYN_CONTROL_POSITION_MS_MAX - 1, &ms) ||
        (dash != NULL &&
         !read_number((dyn_str_t){dash + 1, id.len - len - 1}, UINT64_MAX, &sequence))) {
        return false;
    }

    *position =
        ms << DYN_CONTROL_SEQUENCE_BITS | (sequence < SEQUENCE_MAX ? sequence : SEQUENCE_MAX);

    return true;
}

void dyn_control_position_write(dyn_control_position_t position,
                                char text[DYN_CONTROL_POSITION_BYTES])
{
    char memory[128];
    dyn_arena_t arena;
    dyn_text_t out;

    text[0] = '\0';
    if (position == 0) {
        return;
    }

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_text_init(&out, &arena, DYN_CONTROL_POSITION_BYTES);
    dyn_text_unsigned(&out, position >> DYN_CONTROL_SEQUENCE_BITS);
    dyn_text_literal(&out, "-");
    dyn_text_unsigned(&out, position & SEQUENCE_MAX);
    dyn_text_put(&out, "", 1);

    dyn_str_t whole = dyn_text_finish(&out);

    memcpy(text, whole.data, whole.len);
}

void dyn_control_entry_begin(dyn_control_entry_t *entry, dyn_control_kind_t kind)
{
    *entry = (dyn_control_entry_t){.kind = kind,
                                   .price_minor = -1,
                                   .sale_price_minor = -1,
                                   .sale_until_ms = DYN_TIME_MS_MAX,
                                   .stock = -1};
}

static bool find_name(const dyn_str_t *names, size_t count, dyn_str_t name, unsigned *number)
{
    for (size_t i = 0; i < count; i++) {
        if (dyn_str_equal(names[i], name)) {
            *number = (unsigned)i;
            return true;
        }
    }

    return false;
}

static bool wrong(dyn_control_field_e field, dyn_str_t value, const char *right, dyn_error_t *error)
{
    return dyn_fail(error, "field \"%.*s\": \"%.*s\" is not %s", (int)field_names[field].len,
                    field_names[field].data,
                    (int)dyn_utf8_cut(value, DYN_CONTROL_TEXT_BYTES_MAX).len, value.data, right);
}

static bool read_text(dyn_control_field_e field, dyn_str_t value, size_t max, dyn_str_t *text,
                      dyn_error_t *error)
{
    if (value.len == 0 || value.len > max || !dyn_utf8_clean(value)) {
        return dyn_fail(error,
                        "field \"%.*s\" has 1 to %zu bytes of UTF-8 without control characters",
                        (int)field_names[field].len, field_names[field].data, max);
    }

    *text = value;

    return true;
}

static bool read_id(dyn_control_field_e field, dyn_str_t value, dyn_str_t *id, dyn_error_t *error)
{
    return dyn_item_id_normalize(value, id) ||
           wrong(field, value, "an id of an item: 1 to 128 bytes of UTF-8", error);
}

static bool read_time(dyn_control_field_e field, dyn_str_t value, int64_t *time_ms,
                      dyn_error_t *error)
{
    uint64_t number;

    if (!read_number(value, DYN_TIME_MS_MAX, &number)) {
        return wrong(field, value, "a time in milliseconds since 1970", error);
    }

    *time_ms = (int64_t)number;

    return true;
}

static bool read_amount(dyn_control_field_e field, dyn_str_t value, const char *currency,
                        int64_t *minor, dyn_error_t *error)
{
    return dyn_money_parse(value, dyn_money_exponent(dyn_str_from(currency)), minor) ||
           wrong(field, value, "an amount such as 129.00", error);
}

static bool read_position(dyn_control_field_e field, dyn_str_t value,
                          dyn_control_position_t *position, dyn_error_t *error)
{
    return (dyn_control_position_read(value, position) && *position != 0) ||
           wrong(field, value, "an id of the control stream, such as 1700000000000-0", error);
}

/* Pieces. Shops that sell more than they have count below 0. */
static bool read_stock(dyn_str_t value, int32_t *stock, dyn_error_t *error)
{
    bool below = value.len > 1 && value.data[0] == '-';
    uint64_t number;

    if (dyn_str_equal(value, DYN_STR("unknown"))) {
        *stock = -1;
        return true;
    }
    if (!read_number(below ? (dyn_str_t){value.data + 1, value.len - 1} : value, INT32_MAX,
                     &number)) {
        return wrong(DYN_CONTROL_STOCK, value, "a whole number of pieces, or \"unknown\"", error);
    }

    *stock = below ? 0 : (int32_t)number;

    return true;
}

static bool read_field(dyn_control_entry_t *entry, dyn_control_field_e field, dyn_str_t value,
                       dyn_error_t *error)
{
    uint64_t number;
    int64_t thousandths;
    unsigned word;

    switch (field) {
    case DYN_CONTROL_VISITOR:
        return read_text(field, value, DYN_CONTROL_TEXT_BYTES_MAX, &entry->visitor, error);
    case DYN_CONTROL_ITEM:
        return read_id(field, value, &entry->item, error);
    case DYN_CONTROL_ALSO:
        return read_id(field, value, &entry->also, error);
    case DYN_CONTROL_OTHER:
        return read_id(field, value, &entry->other, error);
    case DYN_CONTROL_LOCATION:
        return read_text(field, value, DYN_CONTROL_VERSION_BYTES_MAX, &entry->location, error);
    case DYN_CONTROL_STOCK:
        return read_stock(value, &entry->stock, error);
    case DYN_CONTROL_CURRENCY:
        for (size_t i = 0; i < value.len; i++) {
            if (value.len != 3 || value.data[i] < 'A' || value.data[i] > 'Z') {
                return wrong(field, value, "a currency of three capitals, such as EUR", error);
            }
            entry->currency[i] = value.data[i];
        }
        return value.len == 3 ||
               wrong(field, value, "a currency of three capitals, such as EUR", error);
    case DYN_CONTROL_PRICE:
        return read_amount(field, value, entry->currency, &entry->price_minor, error);
    case DYN_CONTROL_SALE_PRICE:
        return read_amount(field, value, entry->currency, &entry->sale_price_minor, error);
    case DYN_CONTROL_SALE_FROM:
        return read_time(field, value, &entry->sale_from_ms, error);
    case DYN_CONTROL_SALE_UNTIL:
        return read_time(field, value, &entry->sale_until_ms, error);
    case DYN_CONTROL_AVAILABLE:
        entry->available = dyn_str_equal(value, DYN_STR("1"));
        return entry->available || dyn_str_equal(value, DYN_STR("0")) ||
               wrong(field, value, "0 or 1", error);
    case DYN_CONTROL_AT:
        return read_time(field, value, &entry->at_ms, error);
    case DYN_CONTROL_OVERRIDE:
        if (!find_name(override_names, DYN_CONTROL_OVERRIDE_COUNT, value, &word)) {
            return wrong(field, value, "block, pin, boost or apart", error);
        }
        entry->override = (dyn_control_override_t)word;
        return true;
    case DYN_CONTROL_SLOT:
        return read_text(field, value, DYN_SLOT_NAME_BYTES_MAX, &entry->slot, error);
    case DYN_CONTROL_POSITION:
        if (!read_number(value, DYN_SLOT_ITEMS_MAX, &number) || number == 0) {
            return wrong(field, value, "a place in a block, 1 to 24", error);
        }
        entry->place = (uint32_t)number;
        return true;
    case DYN_CONTROL_FACTOR:
        if (!dyn_money_parse(value, FACTOR_DECIMALS, &thousandths) ||
            thousandths < DYN_CONTROL_FACTOR_MIN_THOUSANDTHS ||
            thousandths > DYN_CONTROL_FACTOR_MAX_THOUSANDTHS) {
            return wrong(field, value, "a number from 0.05 to 20 with at most three decimals",
                         error);
        }
        entry->factor_thousandths = (uint32_t)thousandths;
        return true;
    case DYN_CONTROL_UNTIL:
        return read_time(field, value, &entry->until_ms, error);
    case DYN_CONTROL_VERSION:
        return read_text(field, value, DYN_CONTROL_VERSION_BYTES_MAX, &entry->version, error);
    case DYN_CONTROL_CONTROL_POSITION:
        return read_position(field, value, &entry->control_position, error);
    case DYN_CONTROL_ENTRY:
        return read_position(field, value, &entry->entry, error);
    case DYN_CONTROL_REQUEST:
        if (!find_name(request_names, DYN_CONTROL_REQUEST_COUNT, value, &word)) {
            return wrong(field, value, "redact, data, shop_redact or uninstalled", error);
        }
        entry->request = (dyn_control_request_t)word;
        return true;
    case DYN_CONTROL_CUSTOMER:
        return read_text(field, value, DYN_CONTROL_VERSION_BYTES_MAX, &entry->customer, error);
    case DYN_CONTROL_AUTHOR:
        return read_text(field, value, DYN_CONTROL_TEXT_BYTES_MAX, &entry->author, error);
    case DYN_CONTROL_REASON:
        return read_text(field, value, DYN_CONTROL_TEXT_BYTES_MAX, &entry->reason, error);
    case DYN_CONTROL_FIELD_COUNT:
        break;
    }

    return false;
}

static const dyn_str_t *find_field(const dyn_control_field_t *fields, size_t count, dyn_str_t name)
{
    for (size_t i = 0; i < count; i++) {
        if (dyn_str_equal(fields[i].name, name)) {
            return &fields[i].value;
        }
    }

    return NULL;
}

static bool needed(const dyn_control_entry_t *entry, dyn_control_field_e field, dyn_str_t of,
                   dyn_error_t *error)
{
    return (entry->has & 1U << field) != 0 ||
           dyn_fail(error, "\"%.*s\" needs the field \"%.*s\"", (int)of.len, of.data,
                    (int)field_names[field].len, field_names[field].data);
}

/* What fields say together. */
static bool check_whole(const dyn_control_entry_t *entry, dyn_error_t *error)
{
    if (entry->kind == DYN_CONTROL_KIND_SET_PRICE) {
        if ((entry->has & DYN_CONTROL_HAS(SALE_PRICE)) == 0 &&
            (entry->has & (DYN_CONTROL_HAS(SALE_FROM) | DYN_CONTROL_HAS(SALE_UNTIL))) != 0) {
            return dyn_fail(
                error, "fields \"sale_from\" and \"sale_until\" need the field \"sale_price\"");
        }
        if (entry->sale_from_ms >= entry->sale_until_ms) {
            return dyn_fail(error, "field \"sale_until\" is a time after \"sale_from\"");
        }
    }
    if (entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE) {
        dyn_str_t of = override_names[entry->override];

        if ((entry->override == DYN_CONTROL_OVERRIDE_APART &&
             !needed(entry, DYN_CONTROL_OTHER, of, error)) ||
            (entry->override == DYN_CONTROL_OVERRIDE_BOOST &&
             !needed(entry, DYN_CONTROL_FACTOR, of, error))) {
            return false;
        }
        if (entry->override == DYN_CONTROL_OVERRIDE_APART &&
            dyn_str_equal(entry->item, entry->other)) {
            return dyn_fail(error, "field \"other\" names another item than \"item\"");
        }
    }
    if (entry->kind == DYN_CONTROL_KIND_PRIVACY && (entry->request == DYN_CONTROL_REQUEST_REDACT ||
                                                    entry->request == DYN_CONTROL_REQUEST_DATA)) {
        return needed(entry, DYN_CONTROL_CUSTOMER, request_names[entry->request], error);
    }

    return true;
}

bool dyn_control_entry_read(const dyn_control_field_t *fields, size_t count,
                            dyn_control_entry_t *entry, dyn_error_t *error)
{
    const dyn_str_t *kind = find_field(fields, count, DYN_STR("k"));
    unsigned number = 0;

    if (kind == NULL) {
        return dyn_fail(error, "an entry needs the field \"k\", its kind");
    }
    while (number < DYN_CONTROL_KIND_COUNT && !dyn_str_equal(kinds[number].name, *kind)) {
        number++;
    }
    if (number == DYN_CONTROL_KIND_COUNT) {
        return dyn_fail(error, "field \"k\": \"%.*s\" is no kind of entry",
                        (int)dyn_utf8_cut(*kind, DYN_CONTROL_TEXT_BYTES_MAX).len, kind->data);
    }

    dyn_control_entry_begin(entry, (dyn_control_kind_t)number);
    for (unsigned i = 0; i < DYN_CONTROL_FIELD_COUNT; i++) {
        const dyn_str_t *value;

        if (((kinds[number].needs | kinds[number].may) & 1U << i) == 0 ||
            (value = find_field(fields, count, field_names[i])) == NULL) {
            continue;
        }
        if (!read_field(entry, (dyn_control_field_e)i, *value, error)) {
            return false;
        }
        entry->has |= 1U << i;
    }
    for (unsigned i = 0; i < DYN_CONTROL_FIELD_COUNT; i++) {
        if ((kinds[number].needs & 1U << i) != 0 &&
            !needed(entry, (dyn_control_field_e)i, kinds[number].name, error)) {
            return false;
        }
    }

    return check_whole(entry, error);
}

static dyn_str_t write_number(dyn_arena_t *arena, uint64_t number)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, 24);
    dyn_text_unsigned(&text, number);

    return dyn_text_finish(&text);
}

static dyn_str_t write_amount(dyn_arena_t *arena, int64_t minor, unsigned exponent)
{
    char text[24];
    size_t len = dyn_money_format(minor, exponent, text);

    return dyn_arena_str(arena, (dyn_str_t){text, len});
}

static dyn_str_t write_field(const dyn_control_entry_t *entry, dyn_control_field_e field,
                             dyn_arena_t *arena)
{
    unsigned exponent = dyn_money_exponent(dyn_str_from(entry->currency));
    char position[DYN_CONTROL_POSITION_BYTES];

    switch (field) {
    case DYN_CONTROL_VISITOR:
        return entry->visitor;
    case DYN_CONTROL_ITEM:
        return entry->item;
    case DYN_CONTROL_ALSO:
        return entry->also;
    case DYN_CONTROL_OTHER:
        return entry->other;
    case DYN_CONTROL_LOCATION:
        return entry->location;
    case DYN_CONTROL_STOCK:
        return entry->stock < 0 ? DYN_STR("unknown") : write_number(arena, (uint64_t)entry->stock);
    case DYN_CONTROL_CURRENCY:
        return dyn_arena_str(arena, dyn_str_from(entry->currency));
    case DYN_CONTROL_PRICE:
        return write_amount(arena, entry->price_minor, exponent);
    case DYN_CONTROL_SALE_PRICE:
        return write_amount(arena, entry->sale_price_minor, exponent);
    case DYN_CONTROL_SALE_FROM:
        return write_number(arena, (uint64_t)entry->sale_from_ms);
    case DYN_CONTROL_SALE_UNTIL:
        return write_number(arena, (uint64_t)entry->sale_until_ms);
    case DYN_CONTROL_AVAILABLE:
        return entry->available ? DYN_STR("1") : DYN_STR("0");
    case DYN_CONTROL_AT:
        return write_number(arena, (uint64_t)entry->at_ms);
    case DYN_CONTROL_OVERRIDE:
        return override_names[entry->override];
    case DYN_CONTROL_SLOT:
        return entry->slot;
    case DYN_CONTROL_POSITION:
        return write_number(arena, entry->place);
    case DYN_CONTROL_FACTOR:
        return write_amount(arena, entry->factor_thousandths, FACTOR_DECIMALS);
    case DYN_CONTROL_UNTIL:
        return write_number(arena, (uint64_t)entry->until_ms);
    case DYN_CONTROL_VERSION:
        return entry->version;
    case DYN_CONTROL_CONTROL_POSITION:
        dyn_control_position_write(entry->control_position, position);
        return dyn_arena_str(arena, dyn_str_from(position));
    case DYN_CONTROL_ENTRY:
        dyn_control_position_write(entry->entry, position);
        return dyn_arena_str(arena, dyn_str_from(position));
    case DYN_CONTROL_REQUEST:
        return request_names[entry->request];
    case DYN_CONTROL_CUSTOMER:
        return entry->customer;
    case DYN_CONTROL_AUTHOR:
        return entry->author;
    case DYN_CONTROL_REASON:
        return entry->reason;
    case DYN_CONTROL_FIELD_COUNT:
        break;
    }

    return DYN_STR_NONE;
}

size_t dyn_control_entry_write(const dyn_control_entry_t *entry, dyn_arena_t *arena,
                               dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX])
{
    size_t count = 0;

    fields[count++] = (dyn_control_field_t){DYN_STR("k"), kinds[entry->kind].name};
    for (unsigned i = 0; i < DYN_CONTROL_FIELD_COUNT; i++) {
        if ((entry->has & 1U << i) != 0) {
            fields[count++] = (dyn_control_field_t){
                field_names[i], write_field(entry, (dyn_control_field_e)i, arena)};
        }
    }

    return arena->exhausted ? 0 : count;
}

bool dyn_control_entry_sale_saves_nothing(const dyn_control_entry_t *entry)
{
    return (entry->has & 1U << DYN_CONTROL_SALE_PRICE) != 0 &&
           entry->sale_price_minor >= entry->price_minor;
}
