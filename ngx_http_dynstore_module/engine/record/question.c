#include "engine/record/question.h"

#include "engine/base/hash.h"
#include "engine/catalogue/overlay.h"
#include "engine/record/bytes.h"

#include <string.h>

static const char magic[4] = "DYNQ";
enum { version = 5, usual_bytes = 4096 };

void dyn_question_begin(dyn_question_t *question, const dyn_snapshot_t *snapshot,
                        const dyn_policy_t *policy)
{
    size_t length = sizeof(snapshot->model_version) - 1;

    memset(question, 0, sizeof(*question));
    memcpy(question->snapshot, snapshot->header->build_id, sizeof(question->snapshot));
    question->model =
        (dyn_str_t){snapshot->model_version, snapshot->model_version[0] == '\0' ? 0 : length};
    question->overlay = snapshot->overlay == NULL ? 0 : dyn_overlay_position(snapshot->overlay);
    question->rules = (dyn_str_t){(policy != NULL ? policy : dyn_policy_default())->version,
                                  DYN_POLICY_VERSION_BYTES};
}

static size_t at_most(size_t count, size_t max)
{
    return count < max ? count : max;
}

void dyn_question_session(dyn_question_t *question, const dyn_str_t *log, size_t log_count,
                          const dyn_fact_t *facts, size_t fact_count)
{
    question->has_session = true;
    question->log = (dyn_log_t){log, at_most(log_count, DYN_SESSION_EVENTS_MAX)};
    question->facts = (dyn_facts_t){facts, at_most(fact_count, DYN_SESSION_FACTS_MAX)};
}

void dyn_question_history(dyn_question_t *question, const dyn_str_t *history, size_t count)
{
    question->history = (dyn_history_t){history, at_most(count, DYN_HISTORY_EVENTS_MAX)};
}

bool dyn_question_fold(const dyn_snapshot_t *snapshot, const dyn_question_t *question,
                       dyn_arena_t *arena, dyn_session_t *session)
{
    const dyn_session_record_t record = {
        .log = question->log.rows,
        .log_count = question->log.count,
        .history = question->history.rows,
        .history_count = question->history.count,
        .facts = question->facts.rows,
        .fact_count = question->facts.count,
        .now_ms = question->now_ms,
    };

    return dyn_session_fold(snapshot, &record, arena, session);
}

bool dyn_question_decide(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                         const dyn_question_t *question, dyn_model_scratch_t *model_scratch,
                         dyn_arena_t *arena, dyn_decision_t *decision,
                         dyn_explanation_t *explanation)
{
    dyn_session_t folded;
    dyn_session_t *session = &folded;
    dyn_request_t request = {.context = &question->context,
                             .last_good = question->last_good.rows,
                             .last_good_count = question->last_good.count,
                             .previous = question->previous.rows,
                             .previous_count = question->previous.count,
                             .slots = question->slots.rows,
                             .slot_count = question->slots.count,
                             .now_ms = question->now_ms,
                             .seed = question->seed,
                             .ttl_s = question->ttl_s,
                             .force = question->force,
                             .shadow = question->shadow,
                             .asked = question->asked,
                             .brief = question->brief,
                             .model_scratch = model_scratch};

    if (question->has_session) {
        if (explanation != NULL) {
            session = dyn_arena_alloc(arena, sizeof(*session));
        }

        if (session == NULL || !dyn_question_fold(snapshot, question, arena, session)) {
            return false;
        }
        request.session = session;
    }

    return dyn_decide(snapshot, policy, &request, arena, decision, explanation);
}

/* ---- into bytes: one function for each type of the tables ---- */

typedef struct {
    char *at;
    char *end;
    bool full;
    bool digest; /* what was shown is left out */
} writer_t;

/* all inlined to keep the writer's position in a register, because this runs for each request */
#define PUT static inline __attribute__((always_inline)) void

PUT put_number(writer_t *to, uint64_t number, size_t bytes)
{
    if ((size_t)(to->end - to->at) < bytes) {
        to->full = true;
    } else {
        to->at = dyn_bytes_number(to->at, number, bytes);
    }
}

PUT put_bytes(writer_t *to, const void *data, size_t bytes)
{
    if ((size_t)(to->end - to->at) < bytes) {
        to->full = true;
    } else {
        to->at = dyn_bytes_copy(to->at, data, bytes);
    }
}

PUT put_bool(writer_t *to, const bool *value)
{
    put_number(to, *value ? 1 : 0, 1);
}

PUT put_uint8_t(writer_t *to, const uint8_t *value)
{
    put_number(to, *value, 1);
}

PUT put_uint32_t(writer_t *to, const uint32_t *value)
{
    put_number(to, *value, 4);
}

PUT put_uint64_t(writer_t *to, const uint64_t *value)
{
    put_number(to, *value, 8);
}

PUT put_int64_t(writer_t *to, const int64_t *value)
{
    put_number(to, (uint64_t)*value, 8);
}

PUT put_dyn_surface_t(writer_t *to, const dyn_surface_t *value)
{
    put_number(to, (uint64_t)*value, 1);
}

PUT put_dyn_device_t(writer_t *to, const dyn_device_t *value)
{
    put_number(to, (uint64_t)*value, 1);
}

PUT put_dyn_country_t(writer_t *to, const dyn_country_t *value)
{
    put_bytes(to, *value, 2);
}

PUT put_dyn_build_id_t(writer_t *to, const dyn_build_id_t *value)
{
    put_bytes(to, *value, sizeof(*value));
}

PUT put_dyn_str_t(writer_t *to, const dyn_str_t *value)
{
    /* a copy, because the compiler cannot know that writing does not change it */
    const dyn_str_t text = *value;

    /* no object is long enough to make this sum overflow */
    if ((size_t)(to->end - to->at) < 4 + text.len) {
        to->full = true;
        return;
    }
    to->at = dyn_bytes_number(to->at, text.len, 4);
    to->at = dyn_bytes_copy(to->at, text.data, text.len);
}

PUT put_dyn_entry_t(writer_t *to, const dyn_entry_t *value)
{
#define X(member, name) put_dyn_str_t(to, &value->member);
    DYN_ENTRY_FIELDS(X)
#undef X
}

PUT put_dyn_attributes_t(writer_t *to, const dyn_attributes_t *value)
{
    size_t count = at_most(value->count, DYN_ATTRIBUTES_MAX);

    put_number(to, count, 4);
    for (size_t i = 0; i < count; i++) {
        put_dyn_str_t(to, &value->rows[i].name);
        put_dyn_str_t(to, &value->rows[i].value);
    }
}

PUT put_dyn_context_t(writer_t *to, const dyn_context_t *value)
{
#define X(type, member) put_##type(to, &value->member);
    DYN_CONTEXT_PARTS(X)
#undef X
}

PUT put_entries(writer_t *to, const dyn_str_t *rows, size_t count)
{
    put_number(to, count, 4);
    for (size_t i = 0; i < count; i++) {
        put_dyn_str_t(to, &rows[i]);
    }
}

PUT put_dyn_log_t(writer_t *to, const dyn_log_t *value)
{
    put_entries(to, value->rows, at_most(value->count, DYN_SESSION_EVENTS_MAX));
}

PUT put_dyn_history_t(writer_t *to, const dyn_history_t *value)
{
    put_entries(to, value->rows, at_most(value->count, DYN_HISTORY_EVENTS_MAX));
}

PUT put_dyn_facts_t(writer_t *to, const dyn_facts_t *value)
{
    const dyn_fact_t *rows = value->rows;
    size_t count = at_most(value->count, DYN_SESSION_FACTS_MAX);
    size_t left_out = count;

    for (size_t i = 0; to->digest && i < count; i++) {
        if (dyn_str_equal(rows[i].name, DYN_STR("shown"))) {
            left_out = i;
        }
    }

    put_number(to, left_out < count ? count - 1 : count, 4);
    for (size_t i = 0; i < count; i++) {
        if (i == left_out) {
            continue;
        }
        put_dyn_str_t(to, &rows[i].name);
        put_dyn_str_t(to, &rows[i].value);
    }
}

PUT put_dyn_slots_t(writer_t *to, const dyn_slots_t *value)
{
    const dyn_slot_t *rows = value->rows;
    size_t count = at_most(value->count, DYN_SLOTS_MAX);

    put_number(to, count, 4);
    for (size_t i = 0; i < count; i++) {
        put_dyn_str_t(to, &rows[i].name);
        put_number(to, rows[i].count, 4);
    }
}

PUT put_dyn_last_good_t(writer_t *to, const dyn_last_good_t *value)
{
    size_t count = at_most(value->count, DYN_SLOTS_MAX);

    put_number(to, count, 4);
    for (size_t i = 0; i < count; i++) {
        const dyn_last_good_slot_t *row = &value->rows[i];
        size_t items = at_most(row->count, DYN_SLOT_ITEMS_MAX);

        put_dyn_str_t(to, &row->slot);
        put_number(to, items, 4);
        for (size_t k = 0; k < items; k++) {
            put_number(to, row->items[k], 4);
        }
    }
}

/* Makes room for `bytes` bytes; false when the arena is exhausted. */
static bool begin(writer_t *to, dyn_arena_t *arena, size_t bytes)
{
    char *data = dyn_arena_alloc(arena, bytes);

    *to = (writer_t){data, data == NULL ? NULL : data + bytes, false, false};

    return data != NULL;
}

bool dyn_question_digest(const dyn_question_t *question, dyn_arena_t *arena, dyn_digest_t *digest)
{
    for (size_t bytes = usual_bytes;; bytes *= 4) {
        uint8_t hash[sizeof(digest->words)];
        writer_t to;

        if (!begin(&to, arena, bytes)) {
            return false;
        }

        char *data = to.at;

        to.digest = true;
#define X(type, member, use)                \
    if (use == DYN_QUESTION_DECIDES) {      \
        put_##type(&to, &question->member); \
    }
        DYN_QUESTION_PARTS(X)
#undef X
        if (!to.full) {
            dyn_hash128(data, (size_t)(to.at - data), hash);
            memcpy(digest->words, hash, sizeof(hash));
        }
        dyn_arena_shrink(arena, data, bytes, 0);
        if (!to.full) {
            return true;
        }
    }
}

dyn_str_t dyn_question_encode(const dyn_question_t *question, dyn_arena_t *arena)
{
    for (size_t bytes = usual_bytes;; bytes *= 4) {
        writer_t to;

        if (!begin(&to, arena, bytes)) {
            return DYN_STR_NONE;
        }

        char *data = to.at;

        put_bytes(&to, magic, sizeof(magic));
        put_number(&to, version, 1);
#define X(type, member, use) put_##type(&to, &question->member);
        DYN_QUESTION_PARTS(X)
#undef X
        dyn_arena_shrink(arena, data, bytes, to.full ? 0 : (size_t)(to.at - data));
        if (!to.full) {
            return (dyn_str_t){data, (size_t)(to.at - data)};
        }
    }
}

/* ---- and back: each checks what it reads ---- */

typedef struct {
    dyn_reader_t bytes;
    dyn_arena_t *arena;
} source_t;

static bool take_bool(source_t *source, const char *part, bool *value)
{
    uint64_t number;
    bool good = dyn_reader_bounded(&source->bytes, 1, 1, part, &number);

    *value = good && number == 1;

    return good;
}

static bool take_uint8_t(source_t *source, const char *part, uint8_t *value)
{
    uint64_t number;
    bool good = dyn_reader_number(&source->bytes, 1, part, &number);

    *value = (uint8_t)number;

    return good;
}

static bool take_uint32_t(source_t *source, const char *part, uint32_t *value)
{
    uint64_t number;
    bool good = dyn_reader_number(&source->bytes, 4, part, &number);

    *value = (uint32_t)number;

    return good;
}

static bool take_uint64_t(source_t *source, const char *part, uint64_t *value)
{
    return dyn_reader_number(&source->bytes, 8, part, value);
}

static bool take_int64_t(source_t *source, const char *part, int64_t *value)
{
    uint64_t number;
    bool good = dyn_reader_number(&source->bytes, 8, part, &number);

    *value = (int64_t)number;

    return good;
}

static bool take_dyn_surface_t(source_t *source, const char *part, dyn_surface_t *value)
{
    uint64_t number;
    bool good = dyn_reader_bounded(&source->bytes, 1, DYN_SURFACES_COUNT - 1, part, &number);

    *value = good ? (dyn_surface_t)number : DYN_SURFACE_HOME;

    return good;
}

static bool take_dyn_device_t(source_t *source, const char *part, dyn_device_t *value)
{
    uint64_t number;
    bool good = dyn_reader_bounded(&source->bytes, 1, DYN_DEVICES_COUNT - 1, part, &number);

    *value = good ? (dyn_device_t)number : DYN_DEVICE_UNKNOWN;

    return good;
}

static bool capital(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

static bool take_dyn_country_t(source_t *source, const char *part, dyn_country_t *value)
{
    const char *at = dyn_reader_take(&source->bytes, 2, part);

    if (at == NULL) {
        return false;
    }
    if (!(capital(at[0]) && capital(at[1])) && (at[0] != '\0' || at[1] != '\0')) {
        return dyn_fail(source->bytes.error, "question: %s: should be two capitals, or zeros",
                        part);
    }
    memcpy(*value, at, 2);
    (*value)[2] = '\0';

    return true;
}

static bool take_dyn_build_id_t(source_t *source, const char *part, dyn_build_id_t *value)
{
    const char *at = dyn_reader_take(&source->bytes, sizeof(*value), part);

    if (at != NULL) {
        memcpy(*value, at, sizeof(*value));
    }

    return at != NULL;
}

static bool take_dyn_str_t(source_t *source, const char *part, dyn_str_t *value)
{
    uint32_t length;

    if (!take_uint32_t(source, part, &length)) {
        return false;
    }
    *value = (dyn_str_t){dyn_reader_take(&source->bytes, length, part), length};

    return value->data != NULL;
}

static bool take_dyn_entry_t(source_t *source, const char *part, dyn_entry_t *value)
{
    (void)part; /* the names of the fields say more */
#define X(member, name)                                  \
    if (!take_dyn_str_t(source, name, &value->member)) { \
        return false;                                    \
    }
    DYN_ENTRY_FIELDS(X)
#undef X

    return true;
}

/* Reads the number of rows of a list and allocates them; NULL with a sentence. */
static void *take_rows(source_t *source, const char *part, uint64_t max, size_t bytes,
                       size_t *count)
{
    uint64_t number;

    if (!dyn_reader_bounded(&source->bytes, 4, max, part, &number)) {
        return NULL;
    }

    void *rows = dyn_arena_array(source->arena, number == 0 ? 1 : number, bytes);

    if (rows == NULL) {
        dyn_fail(source->bytes.error, "question: %s: not enough memory", part);
    }
    *count = number;

    return rows;
}

static bool take_pairs(source_t *source, const char *part, uint64_t max, const dyn_fact_t **pairs,
                       size_t *count)
{
    dyn_fact_t *rows = take_rows(source, part, max, sizeof(*rows), count);
    bool good = rows != NULL;

    for (size_t i = 0; good && i < *count; i++) {
        good = take_dyn_str_t(source, part, &rows[i].name) &&
               take_dyn_str_t(source, part, &rows[i].value);
    }
    *pairs = rows;

    return good;
}

static bool take_dyn_attributes_t(source_t *source, const char *part, dyn_attributes_t *value)
{
    return take_pairs(source, part, DYN_ATTRIBUTES_MAX, &value->rows, &value->count);
}

static bool take_dyn_context_t(source_t *source, const char *part, dyn_context_t *value)
{
    (void)part;
#define X(type, member)                                  \
    if (!take_##type(source, #member, &value->member)) { \
        return false;                                    \
    }
    DYN_CONTEXT_PARTS(X)
#undef X

    return true;
}

static bool take_entries(source_t *source, const char *part, uint64_t max,
                         const dyn_str_t **entries, size_t *count)
{
    dyn_str_t *rows = take_rows(source, part, max, sizeof(*rows), count);
    bool good = rows != NULL;

    for (size_t i = 0; good && i < *count; i++) {
        good = take_dyn_str_t(source, part, &rows[i]);
    }
    *entries = rows;

    return good;
}

static bool take_dyn_log_t(source_t *source, const char *part, dyn_log_t *value)
{
    return take_entries(source, part, DYN_SESSION_EVENTS_MAX, &value->rows, &value->count);
}

static bool take_dyn_history_t(source_t *source, const char *part, dyn_history_t *value)
{
    return take_entries(source, part, DYN_HISTORY_EVENTS_MAX, &value->rows, &value->count);
}

static bool take_dyn_facts_t(source_t *source, const char *part, dyn_facts_t *value)
{
    return take_pairs(source, part, DYN_SESSION_FACTS_MAX, &value->rows, &value->count);
}

/* The name of a slot. */
static bool take_name(source_t *source, const char *part, dyn_str_t *name)
{
    dyn_slot_t slot;

    if (!take_dyn_str_t(source, part, name)) {
        return false;
    }

    return (dyn_slot_parse(*name, &slot, NULL) && slot.name.len == name->len) ||
           dyn_fail(source->bytes.error,
                    "question: %s: a slot's name must be 1 to %d bytes of a-z, 0-9, _ and -", part,
                    DYN_SLOT_NAME_BYTES_MAX);
}

static bool take_dyn_slots_t(source_t *source, const char *part, dyn_slots_t *value)
{
    dyn_slot_t *rows = take_rows(source, part, DYN_SLOTS_MAX, sizeof(*rows), &value->count);
    bool good = rows != NULL;
    uint64_t number = 0;

    for (size_t i = 0; good && i < value->count; i++) {
        good = take_name(source, part, &rows[i].name) &&
               dyn_reader_bounded(&source->bytes, 4, DYN_SLOT_ITEMS_MAX, part, &number);
        rows[i].count = good ? (uint32_t)number : 0;
    }
    value->rows = rows;

    return good;
}

static bool take_dyn_last_good_t(source_t *source, const char *part, dyn_last_good_t *value)
{
    dyn_last_good_slot_t *rows =
        take_rows(source, part, DYN_SLOTS_MAX, sizeof(*rows), &value->count);
    bool good = rows != NULL;

    for (size_t i = 0; good && i < value->count; i++) {
        uint32_t *items = NULL;
        size_t count = 0;

        good =
            take_name(source, part, &rows[i].slot) &&
            (items = take_rows(source, part, DYN_SLOT_ITEMS_MAX, sizeof(*items), &count)) != NULL;
        for (size_t k = 0; good && k < count; k++) {
            good = take_uint32_t(source, part, &items[k]);
        }
        rows[i].items = items;
        rows[i].count = (uint32_t)count;
    }
    value->rows = rows;

    return good;
}

bool dyn_question_decode(dyn_str_t bytes, dyn_arena_t *arena, dyn_question_t *question,
                         dyn_error_t *error)
{
    source_t source = {dyn_reader_of("question", bytes, error), arena};

    memset(question, 0, sizeof(*question));
    if (!dyn_reader_head(&source.bytes, magic, version)) {
        return false;
    }
#define X(type, member, use)                                 \
    if (!take_##type(&source, #member, &question->member)) { \
        return false;                                        \
    }
    DYN_QUESTION_PARTS(X)
#undef X
    if (question->now_ms < 0 || question->now_ms > DYN_TIME_MS_MAX) {
        return dyn_fail(error, "question: now_ms: should be from 0 to the end of the year 9999");
    }

    return dyn_reader_ends(&source.bytes);
}
