#include "dyn_events_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dyn_event.h"
#include "dyn_limits.h"
#include "dyn_lines.h"
#include "dyn_time.h"
#include "dyn_utf8.h"

/* An event of DYN_EVENT_ITEMS_MAX items with the longest ids fits. */
enum { arena_bytes = 1 << 18 };

typedef struct {
    const char *path;
    dyn_lines_t *lines;
    dyn_event_record_fn take;
    void *context;
    dyn_faults_t *faults;
    char *arena_block;
} reader_t;

#define FAULT(reader, field, ...)                                                         \
    dyn_fault((reader)->faults, (reader)->path, dyn_lines_number((reader)->lines), field, \
              __VA_ARGS__)

static bool hand_over(reader_t *reader, const dyn_event_record_t *record)
{
    return reader->take(reader->context, record) ||
           dyn_fail(reader->faults->error, "%.160s:%llu: memory or 32-bit numbers are out",
                    reader->path, (unsigned long long)dyn_lines_number(reader->lines));
}

/* ---- TSV ---- */

static bool split(dyn_str_t line, dyn_str_t fields[3])
{
    const char *at = line.data, *end = line.data + line.len;

    for (int i = 0; i < 3; i++) {
        const char *tab = i < 2 ? memchr(at, '\t', (size_t)(end - at)) : end;

        if (tab == NULL) {
            return false;
        }
        fields[i] = (dyn_str_t){at, (size_t)(tab - at)};
        at = tab + 1;
    }

    return memchr(fields[2].data, '\t', fields[2].len) == NULL;
}

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

static bool read_tsv_line(reader_t *reader, dyn_str_t line)
{
    dyn_event_record_t record = {.whole_session = true, .type = DYN_EVENT_VIEW_ITEM};
    dyn_str_t fields[3];
    double time;

    if (!split(line, fields)) {
        return FAULT(reader, "line",
                     "has not three fields separated by tabs: SessionId, ItemId, Time");
    }
    record.visitor = fields[0];
    if (!valid_visitor(record.visitor)) {
        return FAULT(reader, "SessionId",
                     "is no id: 1 to %d bytes without control characters would be right",
                     DYN_VISITOR_BYTES_MAX);
    }
    if (!dyn_item_id_normalize(fields[1], &record.item_id)) {
        return FAULT(reader, "ItemId",
                     "is no id: 1 to %d bytes without control characters would be right",
                     DYN_ITEM_ID_BYTES_MAX);
    }
    if (read_number(fields[2], &time) ? !dyn_time_from_number(time, &record.time_ms)
                                      : !dyn_time_parse(fields[2], &record.time_ms)) {
        return FAULT(
            reader, "Time",
            "is no number of seconds since 1970 such as 1592337718.0, nor an ISO 8601 time");
    }

    return hand_over(reader, &record);
}

/* ---- JSON Lines ---- */

static bool read_time(const json_t *value, int64_t *time_ms)
{
    dyn_str_t text = {json_string_value(value), json_string_length(value)};

    return json_is_string(value)
               ? dyn_time_parse(text, time_ms)
               : json_is_number(value) && dyn_time_from_number(json_number_value(value), time_ms);
}

/* Who and when: what dyn_event_parse() does not read, as it trusts no client with them. */
static bool read_who_and_when(reader_t *reader, const json_t *object, dyn_event_record_t *record,
                              bool *good)
{
    const json_t *visitor = json_object_get(object, "visitor");

    *good = false;
    if (!json_is_object(object)) {
        return FAULT(reader, "line", "is no JSON object");
    }
    record->visitor = (dyn_str_t){json_string_value(visitor), json_string_length(visitor)};
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
    *good = true;

    return true;
}

/* The sentence begins with the field: "items[0].quantity: is no whole number". */
static bool say_fault(reader_t *reader, dyn_str_t sentence)
{
    const char *colon = memchr(sentence.data, ':', sentence.len);
    size_t length = colon == NULL ? 0 : (size_t)(colon - sentence.data);
    char field[64];

    if (length == 0 || length >= sizeof(field) || memchr(sentence.data, ' ', length) != NULL) {
        return FAULT(reader, "line", "%.*s", (int)sentence.len, sentence.data);
    }
    memcpy(field, sentence.data, length);
    field[length] = '\0';
    /* and the blank after the colon */
    length += length + 1 < sentence.len ? 2 : 1;

    return FAULT(reader, field, "%.*s", (int)(sentence.len - length), sentence.data + length);
}

static bool read_event(reader_t *reader, dyn_str_t line, dyn_event_record_t *record)
{
    dyn_event_batch_t batch;
    dyn_arena_t arena;
    dyn_error_t reason;

    dyn_arena_init(&arena, reader->arena_block, arena_bytes, NULL, NULL);
    if (!dyn_event_parse(line, record->time_ms, &arena, &batch, &reason)) {
        return FAULT(reader, "line", "%s", reason.text);
    }
    if (batch.fault_count != 0) {
        return say_fault(reader, batch.faults[0].sentence);
    }
    for (size_t i = 0; i < batch.count; i++) {
        record->type = batch.events[i].type;
        record->item_id = batch.events[i].item_id;
        if (!hand_over(reader, record)) {
            return false;
        }
    }

    return true;
}

static bool read_json_line(reader_t *reader, dyn_str_t line)
{
    dyn_event_record_t record = {.whole_session = false};
    json_error_t problem;
    json_t *object = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, &problem);
    bool good;

    if (object == NULL) {
        return FAULT(reader, "line", "is no JSON: column %d: %.160s", problem.column, problem.text);
    }

    bool go_on = read_who_and_when(reader, object, &record, &good);

    if (good) {
        go_on = read_event(reader, line, &record);
    }
    json_decref(object);

    return go_on;
}

/* ---- the file ---- */

static bool is_header(dyn_str_t line)
{
    static const char name[] = "SessionId";

    return line.len >= sizeof(name) - 1 && memcmp(line.data, name, sizeof(name) - 1) == 0;
}

typedef bool (*line_fn)(reader_t *reader, dyn_str_t line);

/* read_line NULL: the first line says what the file is. */
static bool read_lines(reader_t *reader, line_fn read_line)
{
    bool first = true;
    dyn_str_t line;

    while (dyn_lines_next(reader->lines, &line)) {
        if (line.len == 0) {
            continue;
        }
        if (first) {
            first = false;
            if (read_line == NULL) {
                read_line = line.data[0] == '{' ? read_json_line : read_tsv_line;
            }
            if (is_header(line)) {
                continue;
            }
        }
        if (!read_line(reader, line)) {
            return false;
        }
    }

    return true;
}

static bool read_file(const char *path, line_fn read_line, dyn_event_record_fn take, void *context,
                      dyn_faults_t *faults, uint64_t *lines)
{
    reader_t reader = {.path = path, .take = take, .context = context, .faults = faults};

    reader.arena_block = malloc(arena_bytes);
    if (reader.arena_block == NULL) {
        return dyn_fail(faults->error, "%.160s: not enough memory to read it", path);
    }
    reader.lines = dyn_lines_open(path, faults->error);
    if (reader.lines == NULL) {
        free(reader.arena_block);
        return false;
    }

    bool good = read_lines(&reader, read_line);

    *lines += dyn_lines_number(reader.lines);
    free(reader.arena_block);

    return dyn_lines_close(reader.lines, good ? faults->error : NULL) && good;
}

bool dyn_events_read(const char *path, dyn_event_record_fn take, void *context,
                     dyn_faults_t *faults, uint64_t *lines)
{
    return read_file(path, NULL, take, context, faults, lines);
}

bool dyn_events_read_tsv(const char *path, dyn_event_record_fn take, void *context,
                         dyn_faults_t *faults, uint64_t *lines)
{
    return read_file(path, read_tsv_line, take, context, faults, lines);
}
