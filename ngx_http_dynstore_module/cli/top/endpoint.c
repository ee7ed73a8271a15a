#include "cli/top/endpoint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/utf8.h"

enum { timeout_ms = 2000, answer_bytes_max = 1 << 20 };

/* ---- endpoints ---- */

bool dyn_top_endpoint_begin(dyn_top_endpoint_t *endpoint, const char *url, dyn_error_t *error)
{
    *endpoint = (dyn_top_endpoint_t){.name = strncmp(url, "http://", 7) == 0 ? url + 7 : url};
    dyn_fail(&endpoint->error, "not asked yet");

    return dyn_http_url_parse(url, &endpoint->url, error);
}

json_t *dyn_top_ask(const dyn_top_endpoint_t *endpoint, dyn_error_t *error)
{
    size_t length;
    char *text = dyn_http_get(&endpoint->url, timeout_ms, answer_bytes_max, &length, error);

    if (text == NULL) {
        return NULL;
    }

    json_t *status = json_loadb(text, length, 0, NULL);
    const char *schema = json_string_value(json_object_get(status, "schema"));

    free(text);
    if (schema != NULL && strcmp(schema, "dynstore.status/1") == 0) {
        return status;
    }
    json_decref(status);
    dyn_fail(error, "what it answers is not dynstore_status");

    return NULL;
}

void dyn_top_take(dyn_top_endpoint_t *endpoint, json_t *status, const dyn_error_t *error,
                  double at_s)
{
    json_decref(endpoint->before.status);
    endpoint->before = endpoint->now;
    endpoint->now = (dyn_top_answer_t){status, at_s};
    if (status == NULL) {
        endpoint->error = *error;
    }
}

void dyn_top_endpoint_end(dyn_top_endpoint_t *endpoint)
{
    json_decref(endpoint->now.status);
    json_decref(endpoint->before.status);
}

/* ---- cells ---- */

/* C0 and C1 controls, and what turns the direction of writing. */
static bool is_plain(uint32_t code_point)
{
    return code_point >= 0x20 && (code_point < 0x7f || code_point > 0x9f) &&
           (code_point < 0x200b || code_point > 0x200f) &&
           (code_point < 0x2028 || code_point > 0x202e) &&
           (code_point < 0x2060 || code_point > 0x206f) && code_point != 0xfeff;
}

void dyn_top_plain(dyn_str_t text, char *plain, size_t size)
{
    size_t at = 0, used = 0;

    while (at < text.len) {
        uint32_t code_point = 0;
        size_t bytes = dyn_utf8_next(text, at, &code_point);
        bool good = bytes > 0 && is_plain(code_point);
        size_t room = good ? bytes : 1;

        if (used + room >= size) {
            break;
        }
        if (good) {
            memcpy(plain + used, text.data + at, bytes);
        } else {
            plain[used] = '?';
        }
        used += room;
        at += bytes > 0 ? bytes : 1;
    }
    plain[used] = '\0';
}

static void say(dyn_top_cell_t *cell, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(dyn_top_cell_t *cell, const char *format, ...)
{
    char text[2 * DYN_TOP_CELL_BYTES];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    dyn_top_plain(dyn_str_from(text), cell->text, sizeof(cell->text));
}

static const json_t *member(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(member(object, name));

    return text == NULL ? "" : text;
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(member(object, name));
}

/* "90 s", "12 min", "5 h", "3 days" */
static void say_age(dyn_top_cell_t *cell, double seconds)
{
    if (seconds < 120) {
        say(cell, "%.0f s", seconds < 0 ? 0 : seconds);
    } else if (seconds < 2 * 3600) {
        say(cell, "%.0f min", seconds / 60);
    } else if (seconds < 2 * 86400) {
        say(cell, "%.0f h", seconds / 3600);
    } else {
        say(cell, "%.0f days", seconds / 86400);
    }
}

/* ---- what the rows say ---- */

typedef struct {
    const json_t *status;
    const dyn_top_endpoint_t *endpoint;
} asked_t;

static void version_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    say(cell, "%s", text_of(asked->status, "version"));
}

static void snapshot_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *snapshot = member(asked->status, "snapshot");

    cell->bad = !json_is_object(snapshot);
    say(cell, cell->bad ? "none" : "%.8s, %.0f items", text_of(snapshot, "build"),
        number_of(snapshot, "items"));
}

static void since(const asked_t *asked, const char *object, const char *name, dyn_top_cell_t *cell)
{
    double then = number_of(member(asked->status, object), name);

    if (then > 0) {
        say_age(cell, number_of(asked->status, "time") - then);
    }
}

static void data_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    since(asked, "snapshot", "as_of", cell);
}

static void rules_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *rules = member(asked->status, "rules");
    const char *refused = text_of(rules, "refused");

    if (json_is_object(rules)) {
        cell->bad = refused[0] != '\0';
        say(cell, "%.8s%s%s", text_of(rules, "version"), cell->bad ? ", refused: " : "", refused);
    }
}

static void rules_age_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    since(asked, "rules", "modified", cell);
}

static void experiments_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *rows = member(asked->status, "experiments");
    char text[DYN_TOP_CELL_BYTES] = "none";
    size_t used = 0;

    for (size_t i = 0; i < json_array_size(rows) && used + 1 < sizeof(text); i++) {
        const json_t *row = json_array_get(rows, i);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s", i > 0 ? ", " : "",
                                 text_of(row, "id"),
                                 json_is_true(member(row, "shadow")) ? " (shadow)" : "");
    }
    say(cell, "%s", text);
}

static void killed_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *killed = member(asked->status, "killed");

    cell->bad = json_is_object(killed);
    say(cell, cell->bad ? "by %s: %s %s" : "no", text_of(killed, "by"), text_of(killed, "author"),
        text_of(killed, "reason"));
}

static void overlay_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *overlay = member(asked->status, "overlay");
    bool behind = number_of(overlay, "behind") > 0, full = number_of(overlay, "full") > 0;

    if (json_is_object(overlay)) {
        cell->bad = behind || full;
        say(cell, "%.0f items%s%s", number_of(overlay, "items"), behind ? ", behind" : "",
            full ? ", full" : "");
    }
}

/* How many more there are of the counters in a second. */
static void rate(const asked_t *asked, const char *const names[], size_t count, bool bad,
                 dyn_top_cell_t *cell)
{
    const dyn_top_answer_t *now = &asked->endpoint->now, *before = &asked->endpoint->before;
    double more = 0;

    for (size_t i = 0; i < count; i++) {
        more += number_of(member(now->status, "counters"), names[i]) -
                number_of(member(before->status, "counters"), names[i]);
    }
    /* counters begin again when nginx does */
    if (before->status != NULL && now->at_s > before->at_s && more >= 0) {
        cell->bad = bad && more > 0;
        say(cell, "%.1f/s", more / (now->at_s - before->at_s));
    }
}

static void requests_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    static const char *const names[] = {"requests"};

    rate(asked, names, 1, false, cell);
}

static void pages_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    static const char *const names[] = {"pages"};

    rate(asked, names, 1, false, cell);
}

static void events_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    static const char *const names[] = {"events_accepted"};

    rate(asked, names, 1, false, cell);
}

static void decisions_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *minute = member(asked->status, "last_minute");
    const char *name;
    json_t *count;
    double all = 0;
    char text[DYN_TOP_CELL_BYTES];
    size_t used = 0;

    json_object_foreach((json_t *)(uintptr_t)minute, name, count)
    {
        all += json_number_value(count);
    }
    used = (size_t)snprintf(text, sizeof(text), "%.0f", all);
    json_object_foreach((json_t *)(uintptr_t)minute, name, count)
    {
        if (json_number_value(count) > 0 && used + 1 < sizeof(text)) {
            used += (size_t)snprintf(text + used, sizeof(text) - used, ", %s %.0f %%", name,
                                     100 * json_number_value(count) / all);
        }
    }
    say(cell, "%s", text);
}

static void slowest_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *slowest = json_array_get(member(asked->status, "slowest"), 0);

    if (slowest != NULL) {
        say(cell, "%.2f ms, %s, %s", 1000 * number_of(slowest, "seconds"),
            text_of(slowest, "surface"), text_of(slowest, "rung"));
    }
}

static void breaker_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *redis = member(asked->status, "redis"), *breakers = member(redis, "breakers");

    if (json_is_object(redis)) {
        cell->bad = number_of(breakers, "open") + number_of(breakers, "half_open") > 0;
        say(cell, cell->bad ? "open %.0f, half open %.0f, closed %.0f" : "closed",
            number_of(breakers, "open"), number_of(breakers, "half_open"),
            number_of(breakers, "closed"));
    }
}

static void queue_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    const json_t *redis = member(asked->status, "redis");

    if (json_is_object(redis)) {
        say(cell, "%.0f awaited, %.0f bytes", number_of(redis, "awaited"),
            number_of(redis, "queued_bytes"));
    }
}

static void failures_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    static const char *const names[] = {"redis_timeouts", "redis_errors", "redis_protocol",
                                        "redis_refused", "redis_over_limit"};

    rate(asked, names, sizeof(names) / sizeof(names[0]), true, cell);
}

static void lost(const asked_t *asked, const char *name, dyn_top_cell_t *cell)
{
    double count = number_of(member(asked->status, "counters"), name);

    cell->bad = count > 0;
    say(cell, "%.0f", count);
}

static void events_lost_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    lost(asked, "stream_lost", cell);
}

static void records_lost_row(const asked_t *asked, dyn_top_cell_t *cell)
{
    lost(asked, "records_lost", cell);
}

/* docs/observability.md has them. agree: all endpoints of a shop should say the same. */
static const struct {
    const char *label;
    bool agree;
    void (*fill)(const asked_t *asked, dyn_top_cell_t *cell);
} rows[] = {
    {"version", true, version_row},
    {"snapshot", true, snapshot_row},
    {"newest data", false, data_row},
    {"rules", true, rules_row},
    {"rules' age", false, rules_age_row},
    {"experiments", true, experiments_row},
    {"killed", true, killed_row},
    {"overlay", false, overlay_row},
    {"requests", false, requests_row},
    {"pages", false, pages_row},
    {"events", false, events_row},
    {"last minute", false, decisions_row},
    {"slowest", false, slowest_row},
    {"breaker", false, breaker_row},
    {"queue", false, queue_row},
    {"look-ups failed", false, failures_row},
    {"events lost", false, events_lost_row},
    {"records lost", false, records_lost_row},
};

static void state_cell(const dyn_top_endpoint_t *endpoint, dyn_top_cell_t *cell)
{
    cell->bad = endpoint->now.status == NULL;
    say(cell, cell->bad ? "not reached: %s" : "answers", endpoint->error.text);
}

static bool differs(const dyn_top_row_t *row, const dyn_top_endpoint_t *endpoints, uint32_t count)
{
    const char *first = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (endpoints[i].now.status == NULL) {
            continue;
        }
        if (first != NULL && strcmp(first, row->cells[i].text) != 0) {
            return true;
        }
        first = row->cells[i].text;
    }

    return false;
}

void dyn_top_table_make(const dyn_top_endpoint_t *endpoints, uint32_t count, dyn_top_table_t *table)
{
    memset(table, 0, sizeof(*table));
    table->columns = count;
    table->row_count = 1 + sizeof(rows) / sizeof(rows[0]);
    table->rows[0].label = "state";
    for (uint32_t i = 0; i < count; i++) {
        state_cell(&endpoints[i], &table->rows[0].cells[i]);
    }
    for (uint32_t r = 1; r < table->row_count; r++) {
        dyn_top_row_t *row = &table->rows[r];

        row->label = rows[r - 1].label;
        for (uint32_t i = 0; i < count; i++) {
            const asked_t asked = {endpoints[i].now.status, &endpoints[i]};

            if (asked.status != NULL) {
                rows[r - 1].fill(&asked, &row->cells[i]);
            }
            if (row->cells[i].text[0] == '\0') {
                say(&row->cells[i], "-");
            }
        }
        row->differs = rows[r - 1].agree && differs(row, endpoints, count);
    }
}
