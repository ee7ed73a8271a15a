#include "cli/input/events_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input/columns.h"
#include "cli/input/shop_events.h"
#include "cli/input/table.h"
#include "engine/events/event.h"
#include "cli/input/json_load.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/base/utf8.h"
#include "cli/input/values.h"
#include "engine/base/item_id.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"

/* An event of DYN_EVENT_ITEMS_MAX items with the longest ids fits. */
enum { arena_bytes = 1 << 18 };

typedef struct {
    const char *path;
    dyn_lines_t *lines;
    dyn_event_record_fn take;
    void *context;
    dyn_faults_t *faults;
    char *arena_block;
    dyn_columns_t columns;
    char *columns_room;
    dyn_json_room_t json_room;
    dyn_shop_events_t shop;
} reader_t;

#define FAULT(reader, field, ...)                                                         \
    dyn_fault((reader)->faults, (reader)->path, dyn_lines_number((reader)->lines), field, \
              __VA_ARGS__)

static bool out_of_memory(reader_t *reader)
{
    return dyn_fail(reader->faults->error, "%.160s:%llu: memory or 32-bit numbers are out",
                    reader->path, (unsigned long long)dyn_lines_number(reader->lines));
}

static bool hand_over(reader_t *reader, dyn_event_record_t *record)
{
    record->line = dyn_lines_number(reader->lines);

    return reader->take(reader->context, record) || out_of_memory(reader);
}

/* ---- columns ---- */

/* A decimal number; whole ones without the C library, which is slow at it. */
static bool read_number(dyn_str_t text, double *number)
{
    double value = 0;
    size_t i = 0;

    while (i < text.len && i < 15 && text.data[i] >= '0' && text.data[i] <= '9') {
        value = value * 10 + (text.data[i++] - '0');
    }
    if (i == text.len && i > 0) {
        *number = value;
        return true;
    }

    char copy[64], *end;

    if (i == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *number = strtod(copy, &end);

    return end == copy + text.len;
}

static bool valid_visitor(dyn_str_t text)
{
    return text.len != 0 && text.len <= DYN_VISITOR_BYTES_MAX && dyn_utf8_clean(text);
}

/* What shops call an event in a column, beside the names of engine/base/tables.h. */
static bool event_of(dyn_str_t name, dyn_event_type_t *type)
{
    static const struct {
        const char *name;
        dyn_event_type_t type;
    } rows[] = {
        {"view", DYN_EVENT_VIEW_ITEM},       {"click", DYN_EVENT_VIEW_ITEM},
        {"cart", DYN_EVENT_ADD_TO_CART},     {"addtocart", DYN_EVENT_ADD_TO_CART},
        {"buy", DYN_EVENT_PURCHASE},         {"order", DYN_EVENT_PURCHASE},
        {"transaction", DYN_EVENT_PURCHASE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (dyn_str_equal_nocase(name, dyn_str_from(rows[i].name))) {
            *type = rows[i].type;
            return true;
        }
    }

    return dyn_event_type_from_name(name, type);
}

static const char *separator_name(char separator)
{
    return separator == '\t' ? "tabs" : separator == ';' ? "semicolons" : "commas";
}

static bool right_count(const reader_t *reader, size_t count)
{
    return reader->columns.header ? count >= reader->columns.count : count == reader->columns.count;
}

static bool read_columns(reader_t *reader, dyn_str_t line)
{
    const dyn_columns_t *columns = &reader->columns;
    dyn_event_record_t record = {.whole_session = columns->whole_session,
                                 .type = DYN_EVENT_VIEW_ITEM};
    dyn_str_t fields[DYN_COLUMNS_MAX], time_text, event;
    double time;

    reader->faults->values++;
    if (!dyn_columns_complete(columns, reader->lines, &line)) {
        return FAULT(reader, "line", "begins a field in quotes that does not end");
    }
    if (!right_count(reader, dyn_columns_split(columns, line, fields, reader->columns_room))) {
        return columns->header
                   ? FAULT(reader, "line",
                           "has not the %zu fields that the header names, separated "
                           "by %s",
                           columns->count, separator_name(columns->separator))
                   : FAULT(reader, "line",
                           "has not three fields separated by %s: SessionId, ItemId, Time",
                           separator_name(columns->separator));
    }
    record.visitor = fields[columns->places[DYN_COLUMN_WHO]];
    if (!valid_visitor(record.visitor)) {
        return FAULT(reader, columns->whole_session ? "SessionId" : "visitor",
                     "is no id: 1 to %d bytes without control characters would be right",
                     DYN_VISITOR_BYTES_MAX);
    }
    if (!dyn_item_id_normalize(fields[columns->places[DYN_COLUMN_ITEM]], &record.item_id)) {
        return FAULT(reader, "ItemId",
                     "is no id: 1 to %d bytes without control characters would be right",
                     DYN_ITEM_ID_BYTES_MAX);
    }
    time_text = fields[columns->places[DYN_COLUMN_TIME]];
    if (read_number(time_text, &time) ? !dyn_time_from_number(time, &record.time_ms)
                                      : !dyn_time_parse(time_text, &record.time_ms)) {
        return FAULT(
            reader, "Time",
            "is no number of seconds since 1970 such as 1592337718.0, nor an ISO 8601 time");
    }
    event = columns->places[DYN_COLUMN_EVENT] == DYN_COLUMNS_MAX
                ? DYN_STR_NONE
                : fields[columns->places[DYN_COLUMN_EVENT]];
    if (event.len != 0 && !event_of(event, &record.type)) {
        return FAULT(reader, "event",
                     "\"%.*s\" is no event that is known: one such as \"view_item\", "
                     "\"add_to_cart\" or \"purchase\" would be right",
                     (int)dyn_utf8_cut(event, 40).len, event.data);
    }

    return hand_over(reader, &record);
}

static bool read_all_columns(reader_t *reader)
{
    bool first = true;
    dyn_error_t reason;
    dyn_str_t line;

    while (dyn_lines_next(reader->lines, &line)) {
        if (dyn_values_trim(line).len == 0) {
            continue;
        }
        if (first) {
            first = false;
            if (!dyn_columns_recognize(line, &reader->columns, &reason)) {
                return dyn_fail(reader->faults->error, "%.160s:%llu: the header %s", reader->path,
                                (unsigned long long)dyn_lines_number(reader->lines), reason.text);
            }
            if (reader->columns.header) {
                continue;
            }
        }
        if (!read_columns(reader, line)) {
            return false;
        }
    }

    return true;
}

/* ---- JSON ---- */

static bool read_time(const json_t *value, int64_t *time_ms)
{
    dyn_str_t text = {json_string_value(value), json_string_length(value)};

    return json_is_string(value)
               ? dyn_time_from_text(dyn_values_trim(text), time_ms)
               : json_is_number(value) && dyn_time_from_number(json_number_value(value), time_ms);
}

dyn_str_t dyn_event_auth(dyn_str_t text)
{
    return dyn_str_equal(text, DYN_STR("server")) || dyn_str_equal(text, DYN_STR("token"))
               ? text
               : DYN_STR_NONE;
}

static dyn_str_t auth_of(const json_t *object)
{
    const json_t *auth = json_object_get(object, "auth");

    return dyn_event_auth((dyn_str_t){json_string_value(auth), json_string_length(auth)});
}

/* Who and when: what dyn_event_parse() does not read, as it trusts no client with them. */
static bool read_who_and_when(reader_t *reader, const json_t *object, char digits[24],
                              dyn_event_record_t *record, bool *good)
{
    const json_t *visitor = json_object_get(object, "visitor");

    *good = false;
    if (!json_is_object(object)) {
        return FAULT(reader, "line", "is no JSON object");
    }
    record->visitor = (dyn_str_t){json_string_value(visitor), json_string_length(visitor)};
    if (json_is_integer(visitor)) {
        int length = snprintf(digits, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(visitor));

        record->visitor = (dyn_str_t){digits, (size_t)length};
    }
    if (!valid_visitor(record->visitor)) {
        return FAULT(reader, "visitor",
                     "is missing or no string of 1 to %d bytes without control characters",
                     DYN_VISITOR_BYTES_MAX);
    }
    if (!read_time(json_object_get(object, "time"), &record->time_ms)) {
        return FAULT(reader, "time",
                     "is missing or no point in time: seconds since 1970 or "
                     "\"2026-03-01T00:00:00Z\" would be right");
    }
    record->auth = auth_of(object);
    *good = true;

    return true;
}

/* A sentence begins with the field: "items[0].quantity: is no whole number". Its length, 0 when it does not. */
static size_t field_length(dyn_str_t sentence)
{
    const char *colon = memchr(sentence.data, ':', sentence.len);
    size_t length = colon == NULL ? 0 : (size_t)(colon - sentence.data);

    return length >= 64 || memchr(sentence.data, ' ', length) != NULL ? 0 : length;
}

static bool say_fault(reader_t *reader, dyn_str_t sentence)
{
    size_t length = field_length(sentence);
    char field[64];

    if (length == 0) {
        return FAULT(reader, "line", "%.*s", (int)sentence.len, sentence.data);
    }
    memcpy(field, sentence.data, length);
    field[length] = '\0';
    /* and the blank after the colon */
    length += length + 1 < sentence.len ? 2 : 1;

    return FAULT(reader, field, "%.*s", (int)(sentence.len - length), sentence.data + length);
}

/* What learning can do without, by the field that a fault names, and the members that it may have come from. */
typedef struct {
    const char *field;
    const char *members[4];
} needless_t;

static const needless_t needless[] = {
    {"quantity", {"quantity"}},
    {"price", {"price"}},
    {"currency", {"currency", "currencyCode"}},
    {"decision_id", {"decision_id"}},
    {"transaction_id", {"transaction_id", "order_id", "order"}},
};

enum { NEEDLESS = sizeof(needless) / sizeof(needless[0]) };

/* The row of the field that a fault is about; NULL when it is needed. */
static const needless_t *needless_of(dyn_str_t sentence)
{
    dyn_str_t field = {sentence.data, field_length(sentence)};

    for (size_t i = 0; i < NEEDLESS; i++) {
        dyn_str_t name = dyn_str_from(needless[i].field);

        if (field.len >= name.len &&
            dyn_str_equal((dyn_str_t){field.data + field.len - name.len, name.len}, name)) {
            return &needless[i];
        }
    }

    return NULL;
}

static bool is_member_of(const needless_t *row, const char *key)
{
    for (size_t i = 0; row != NULL && i < 4 && row->members[i] != NULL; i++) {
        if (strcmp(row->members[i], key) == 0) {
            return true;
        }
    }

    return false;
}

/* The row's members, and those that are "", out of the value and all that is in it. */
static void leave_out(json_t *value, const needless_t *row)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;

    json_object_foreach_safe(value, next, key, member)
    {
        if (is_member_of(row, key) || (json_is_string(member) && json_string_length(member) == 0)) {
            json_object_del(value, key);
        } else {
            leave_out(member, row);
        }
    }
    json_array_foreach(value, i, member)
    {
        leave_out(member, row);
    }
}

/* Parses the text; *fault is what is wrong with one of its events, empty when nothing is. False: with the whole, in *reason. */
static bool parse(reader_t *reader, dyn_str_t text, const dyn_event_record_t *record,
                  dyn_event_batch_t *batch, dyn_str_t *fault, dyn_error_t *reason)
{
    dyn_arena_t arena;

    dyn_arena_init(&arena, reader->arena_block, arena_bytes, NULL, NULL);
    if (!dyn_event_parse(text, record->time_ms, &arena, batch, reason)) {
        return false;
    }
    *fault = batch->fault_count == 0 ? DYN_STR_NONE : batch->faults[0].sentence;

    return true;
}

/* Leaves out of the event what is wrong and not needed, until nothing is wrong or it is needed. */
static bool parse_leniently(reader_t *reader, json_t *object, const dyn_event_record_t *record,
                            dyn_event_batch_t *batch, dyn_str_t *fault, dyn_error_t *reason)
{
    /* once for the empty ones, once for each field */
    for (size_t round = 0; round <= NEEDLESS; round++) {
        const needless_t *row = round == 0 ? NULL : needless_of(*fault);
        bool good;

        if (row == NULL && round != 0) {
            return true;
        }
        leave_out(object, row);

        char *text = json_dumps(object, JSON_COMPACT);

        if (text == NULL) {
            return dyn_fail(reason, "not enough memory to read it");
        }
        good = parse(reader, dyn_str_from(text), record, batch, fault, reason);
        free(text);
        if (good && fault->len == 0 && row != NULL) {
            dyn_note(reader->faults->notes, DYN_NOTE_passed_over, reader->path,
                     dyn_lines_number(reader->lines), row->field);
        }
        if (!good || fault->len == 0) {
            return good;
        }
    }

    return true;
}

static bool read_event(reader_t *reader, dyn_str_t text, json_t *object, dyn_event_record_t *record)
{
    dyn_event_batch_t batch;
    dyn_error_t reason;
    dyn_str_t fault;

    if (!parse(reader, text, record, &batch, &fault, &reason) ||
        (fault.len != 0 && !parse_leniently(reader, object, record, &batch, &fault, &reason))) {
        return FAULT(reader, "line", "%s", reason.text);
    }
    if (fault.len != 0) {
        return say_fault(reader, fault);
    }
    for (size_t i = 0; i < batch.count; i++) {
        record->type = batch.events[i].type;
        record->item_id = batch.events[i].item_id;
        record->event = &batch.events[i];
        if (!hand_over(reader, record)) {
            return false;
        }
    }

    return true;
}

/* Two small letters and a blank: what every entry begins with. */
static bool has_code(dyn_str_t entry)
{
    return entry.len > 3 && entry.data[0] >= 'a' && entry.data[0] <= 'z' && entry.data[1] >= 'a' &&
           entry.data[1] <= 'z' && entry.data[2] == ' ';
}

/* The time of an entry, whatever its code. */
static bool entry_time(dyn_str_t entry, int64_t *time_ms)
{
    size_t at = 3;

    *time_ms = 0;
    while (at < entry.len && at < 3 + 15 && entry.data[at] >= '0' && entry.data[at] <= '9') {
        *time_ms = *time_ms * 10 + (entry.data[at++] - '0');
    }

    return at > 3 && (at == entry.len || entry.data[at] == ' ');
}

bool dyn_event_entry_read(dyn_str_t visitor, dyn_str_t entry, dyn_arena_t *arena,
                          dyn_event_t *event, dyn_event_record_t *record, const char **field,
                          dyn_error_t *error)
{
    dyn_event_type_t type;

    *record =
        (dyn_event_record_t){.visitor = visitor, .type = DYN_EVENT_TYPES_COUNT, .entry = entry};
    *field = "v";
    if (!valid_visitor(visitor)) {
        return dyn_fail(error,
                        "is missing or no string of 1 to %d bytes without control characters",
                        DYN_VISITOR_BYTES_MAX);
    }
    *field = "e";
    if (!has_code(entry) || !entry_time(entry, &record->time_ms)) {
        return dyn_fail(error, "is no entry of the stream: one such as \"vi 1700000000000 "
                               "trail-pack-30\" would be right");
    }
    if (dyn_event_type_from_code((dyn_str_t){entry.data, 2}, &type)) {
        if (!dyn_event_decode(entry, arena, event)) {
            return dyn_fail(error,
                            "is no entry of the stream: docs/data-model.md says how it is written");
        }
        record->type = type;
        record->item_id = event->item_id;
        record->event = event;
    }

    return true;
}

/* {"v":H,"e":ENTRY} */
static bool read_entry(reader_t *reader, const json_t *object)
{
    const json_t *visitor = json_object_get(object, "v"), *entry = json_object_get(object, "e");
    dyn_event_record_t record;
    dyn_event_t event;
    dyn_arena_t arena;
    dyn_error_t reason;
    const char *field;

    dyn_arena_init(&arena, reader->arena_block, arena_bytes, NULL, NULL);
    if (!dyn_event_entry_read((dyn_str_t){json_string_value(visitor), json_string_length(visitor)},
                              (dyn_str_t){json_string_value(entry), json_string_length(entry)},
                              &arena, &event, &record, &field, &reason)) {
        return FAULT(reader, field, "%s", reason.text);
    }
    record.auth = auth_of(object);

    return hand_over(reader, &record);
}

/* An event that was made of one of an export. */
static bool read_made(reader_t *reader, json_t *object)
{
    dyn_event_record_t record = {.whole_session = false};
    const json_t *other = json_object_get(object, "other_id");
    char digits[24], other_digits[24];
    bool good, go_on = read_who_and_when(reader, object, digits, &record, &good);

    if (!good) {
        return go_on;
    }
    if (json_is_integer(other)) {
        int length = snprintf(other_digits, sizeof(other_digits), "%" JSON_INTEGER_FORMAT,
                              json_integer_value(other));

        record.other_id = (dyn_str_t){other_digits, (size_t)length};
    } else if (!dyn_item_id_normalize(
                   (dyn_str_t){json_string_value(other), json_string_length(other)},
                   &record.other_id)) {
        record.other_id = DYN_STR_NONE;
    }

    char *text = json_dumps(object, JSON_COMPACT);

    if (text == NULL) {
        return out_of_memory(reader);
    }
    good = read_event(reader, dyn_str_from(text), object, &record);
    free(text);

    return good;
}

/* All of them; released. */
static bool read_all_made(reader_t *reader, json_t *events)
{
    bool go_on = true;

    for (size_t i = 0; go_on && i < json_array_size(events); i++) {
        reader->faults->values++;
        go_on = read_made(reader, json_array_get(events, i));
    }
    json_decref(events);

    return go_on;
}

static bool read_json(reader_t *reader, dyn_str_t text)
{
    dyn_event_record_t record = {.whole_session = false};
    dyn_json_loaded_t loaded;
    json_t *object = dyn_json_load(&text, &reader->json_room, &loaded);
    json_t *events;
    char digits[24];
    bool good;

    reader->faults->values++;
    if (object == NULL) {
        return loaded.problem[0] == '\0' ? out_of_memory(reader)
                                         : FAULT(reader, "line", "is no JSON: column %d: %.160s",
                                                 loaded.column, loaded.problem);
    }

    if (json_object_get(object, "e") != NULL) {
        bool read = read_entry(reader, object);

        json_decref(object);
        return read;
    }

    if (!dyn_shop_events_of(&reader->shop, object, reader->faults->notes, reader->path,
                            dyn_lines_number(reader->lines), &events)) {
        json_decref(events);
        json_decref(object);
        return out_of_memory(reader);
    }
    if (events != NULL) {
        json_decref(object);
        reader->faults->values--;
        return read_all_made(reader, events);
    }

    bool go_on = read_who_and_when(reader, object, digits, &record, &good);

    if (good) {
        dyn_json_note(&loaded, reader->faults->notes, reader->path,
                      dyn_lines_number(reader->lines));
        go_on = read_event(reader, text, object, &record);
    }
    json_decref(object);

    return go_on;
}

static bool read_all_json(reader_t *reader)
{
    static const char *const lists[] = {"events", "orders", "data", NULL};
    static const dyn_values_shape_t shape = {lists, "visitor|line_items|user_pseudo_id"};
    dyn_values_t values = dyn_values_begin(reader->lines, &shape);
    dyn_str_t value;

    while (dyn_values_next(&values, &value)) {
        if (!read_json(reader, value)) {
            return false;
        }
    }

    return dyn_values_end(&values, reader->path, reader->faults->error);
}

/* ---- Shopify's orders as CSV ---- */

enum { order_bytes_max = 1 << 20, header_bytes_max = 1 << 14 };

/* Whether the first line is the header of such a file; the separator is a comma. */
static bool is_orders(dyn_lines_t *lines)
{
    dyn_str_t line = dyn_lines_window(lines, header_bytes_max), fields[DYN_ORDERS_COLUMNS_MAX];
    const char *end = memchr(line.data, '\n', line.len);
    char room[header_bytes_max];
    dyn_orders_t orders;

    line.len = end == NULL ? line.len : (size_t)(end - line.data);
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }

    return line.len < sizeof(room) &&
           dyn_orders_header(
               fields, dyn_table_split(',', line, fields, DYN_ORDERS_COLUMNS_MAX, room), &orders);
}

static bool read_order_row(reader_t *reader, dyn_orders_t *orders, const dyn_str_t *fields,
                           size_t count)
{
    const char *column;
    json_t *event;

    if (count > orders->count) {
        reader->faults->values++;
        return FAULT(reader, "line", "has %zu fields, and the header has %zu", count,
                     orders->count);
    }
    if (!dyn_orders_row(orders, fields, count, reader->faults->notes, reader->path,
                        dyn_lines_number(reader->lines), &event, &column)) {
        reader->faults->values++;
        return FAULT(reader, column,
                     "is missing or too long: the first row of an order tells it, and the rows "
                     "after it are of the same order");
    }

    return event == NULL || read_all_made(reader, json_pack("[o]", event));
}

static bool read_all_orders(reader_t *reader)
{
    dyn_str_t line, fields[DYN_ORDERS_COLUMNS_MAX];
    dyn_orders_t orders;
    char *room = NULL;
    size_t size = 0;
    bool good = true, first = true;

    memset(&orders, 0, sizeof(orders));
    while (good && dyn_lines_next(reader->lines, &line)) {
        bool whole = dyn_table_complete(',', order_bytes_max, reader->lines, &line);

        if (line.len >= size) {
            char *grown = realloc(room, line.len + 1);

            if (grown == NULL) {
                good = out_of_memory(reader);
                break;
            }
            room = grown;
            size = line.len + 1;
        }

        size_t count = dyn_table_split(',', line, fields, DYN_ORDERS_COLUMNS_MAX, room);

        if (first) {
            dyn_orders_header(fields, count, &orders);
            first = false;
        } else if (!whole) {
            reader->faults->values++;
            good = FAULT(reader, "line", "begins a field in quotes that does not end");
        } else if (dyn_values_trim(line).len > 0) {
            good = read_order_row(reader, &orders, fields, count);
        }
    }
    dyn_orders_free(&orders);
    free(room);

    return good;
}

/* ---- the file ---- */

/* The first byte that is no blank says what the file is. */
static bool is_json(dyn_lines_t *lines)
{
    dyn_str_t start;

    for (size_t want = 4096;; want *= 2) {
        start = dyn_lines_window(lines, want);

        dyn_str_t text = dyn_values_trim(start);

        if (text.len != 0 || start.len < want) {
            return text.len != 0 && (text.data[0] == '{' || text.data[0] == '[');
        }
    }
}

bool dyn_events_read(const char *path, dyn_event_record_fn take, void *context,
                     dyn_faults_t *faults, uint64_t *lines)
{
    reader_t reader = {.path = path, .take = take, .context = context, .faults = faults};

    reader.arena_block = malloc(arena_bytes);
    reader.columns_room = malloc(DYN_COLUMNS_RECORD_BYTES_MAX);
    if (reader.arena_block == NULL || reader.columns_room == NULL) {
        dyn_fail(faults->error, "%.160s: not enough memory to read it", path);
    } else {
        reader.lines = dyn_lines_open(path, faults->error);
    }
    if (reader.lines == NULL) {
        free(reader.arena_block);
        free(reader.columns_room);
        return false;
    }

    bool good = is_json(reader.lines)     ? read_all_json(&reader)
                : is_orders(reader.lines) ? read_all_orders(&reader)
                                          : read_all_columns(&reader);

    *lines += dyn_lines_number(reader.lines);
    free(reader.arena_block);
    free(reader.columns_room);
    dyn_json_room_free(&reader.json_room);
    dyn_shop_events_free(&reader.shop);

    return dyn_lines_close(reader.lines, good ? faults->error : NULL) && good;
}
