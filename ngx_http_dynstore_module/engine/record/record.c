#include "engine/record/record.h"

#include <jansson.h>

#include "engine/control/entry.h"
#include "engine/base/escape.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "engine/base/version.h"
#include "engine/events/text.h"
#include "engine/record/answer.h"

bool dyn_record_tells_search(const dyn_question_t *question, bool stored, dyn_arena_t *arena)
{
    dyn_event_t event;

    if (question->context.search.len > 0) {
        return true;
    }
    for (size_t i = 0; stored && i < question->log.count; i++) {
        if (dyn_event_decode(question->log.rows[i], arena, &event) && event.search_term.len > 0) {
            return true;
        }
    }

    return false;
}

bool dyn_record_samples(dyn_str_t id, uint32_t millionth)
{
    return dyn_hash64(id.data, id.len) % 1000000 < millionth;
}

/* ---- the summary ---- */

static void put_member(dyn_text_t *text, const char *name, dyn_str_t value)
{
    dyn_text_literal(text, "\"");
    dyn_text_str(text, dyn_str_from(name));
    dyn_text_literal(text, "\":");
    dyn_escape_json(text, value);
}

static void put_bool(dyn_text_t *text, const char *member, bool value)
{
    dyn_text_str(text, dyn_str_from(member));
    dyn_text_str(text, value ? DYN_STR("true") : DYN_STR("false"));
}

/* Six decimals; whole numbers of millionths, so that every machine writes the same. */
static void put_share(dyn_text_t *text, float share)
{
    uint64_t scaled = share > 0 ? (uint64_t)((double)share * 1e6 + 0.5) : 0;
    uint64_t rest = scaled % 1000000;
    char decimals[7] = ".";

    for (size_t i = 6; i >= 1; i--, rest /= 10) {
        decimals[i] = (char)('0' + rest % 10);
    }
    dyn_text_unsigned(text, scaled / 1000000);
    dyn_text_put(text, decimals, sizeof(decimals));
}

/* A rule that did several things to the item is named once. */
static bool is_named(const dyn_slot_explanation_t *explained, uint32_t effect)
{
    const dyn_rule_effect_t *named = &explained->effects[effect];

    for (uint32_t i = 0; i < effect; i++) {
        const dyn_rule_effect_t *other = &explained->effects[i];

        if (other->rule == named->rule && other->item == named->item && other->removed_by == -1) {
            return true;
        }
    }

    return false;
}

static void put_rules(dyn_text_t *text, const dyn_recorded_t *recorded, uint32_t slot,
                      uint32_t item)
{
    const dyn_slot_explanation_t *explained = &recorded->explanation->slots[slot];
    bool first = true;

    dyn_text_literal(text, ",\"rules\":[");
    for (uint32_t i = 0; i < explained->effect_count; i++) {
        const dyn_rule_effect_t *effect = &explained->effects[i];

        if (effect->item == item && effect->removed_by == -1 && !is_named(explained, i)) {
            dyn_text_put(text, ",", !first);
            dyn_escape_json(text, recorded->decision->policy->rules[effect->rule].id);
            first = false;
        }
    }
    dyn_text_literal(text, "]");
}

static void put_choice(dyn_text_t *text, const dyn_recorded_t *recorded, uint32_t slot,
                       const dyn_choice_t *choice)
{
    const dyn_snapshot_t *snapshot = recorded->snapshot;

    dyn_text_literal(text, "{");
    put_member(text, "id", dyn_snapshot_string(snapshot, snapshot->items[choice->item].id));
    dyn_text_literal(text, ",\"score\":");
    put_share(text, choice->score);
    dyn_text_literal(text, ",\"propensity\":");
    put_share(text, choice->propensity);
    dyn_text_literal(text, ",");
    put_member(text, "source", dyn_source_name(choice->source));
    dyn_text_literal(text, ",");
    put_member(text, "reason", dyn_reason_name(choice->reason));
    put_rules(text, recorded, slot, choice->item);
    dyn_text_literal(text, "}");
}

static void put_slot(dyn_text_t *text, const dyn_recorded_t *recorded, uint32_t number)
{
    const dyn_slot_decision_t *slot = &recorded->decision->slots[number];

    dyn_text_literal(text, "{");
    put_member(text, "slot", slot->name);
    dyn_text_literal(text, ",");
    put_member(text, "rung", dyn_rung_name(slot->rung));
    dyn_text_literal(text, ",\"items\":[");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_put(text, ",", i > 0);
        put_choice(text, recorded, number, &slot->choices[i]);
    }
    dyn_text_literal(text, "]}");
}

static void put_experiments(dyn_text_t *text, const dyn_decision_t *decision)
{
    dyn_text_literal(text, ",\"experiments\":[");
    for (uint32_t i = 0; i < decision->assignment_count; i++) {
        const dyn_assignment_t *row = &decision->assignments[i];

        dyn_text_put(text, ",", i > 0);
        dyn_text_literal(text, "{");
        put_member(text, "id", decision->policy->experiments[row->experiment].id);
        dyn_text_literal(text, ",");
        put_member(text, "variant", decision->policy->variants[row->variant].id);
        put_bool(text, ",\"shadow\":", row->shadow);
        dyn_text_literal(text, "}");
    }
    dyn_text_literal(text, "]");
}

static dyn_str_t summarize(const dyn_recorded_t *recorded, dyn_arena_t *arena)
{
    const dyn_question_t *question = recorded->question;
    const dyn_decision_t *decision = recorded->decision;
    dyn_text_t text;
    char control[DYN_CONTROL_POSITION_BYTES];

    dyn_text_init(&text, arena, 512 + (size_t)decision->item_count * 160);
    dyn_text_literal(&text, "{\"schema\":\"dynstore.record/1\",\"time\":");
    dyn_text_unsigned(&text, (uint64_t)decision->now_ms);
    dyn_text_literal(&text, ",");
    put_member(&text, "surface", dyn_surface_name(decision->surface));
    dyn_text_literal(&text, ",");
    put_member(&text, "moment", dyn_moment_name(decision->moment));
    dyn_text_literal(&text, ",");
    put_member(&text, "rung", dyn_rung_name(decision->rung));
    dyn_text_literal(&text, ",\"versions\":{");
    put_member(&text, "snapshot", dyn_str_from(recorded->snapshot->build_id));
    dyn_text_literal(&text, ",");
    put_member(&text, "rules", question->rules);
    dyn_text_literal(&text, ",");
    put_member(&text, "model", question->model);
    dyn_text_literal(&text, ",");
    put_member(&text, "code", DYN_STR(DYN_VERSION));
    if (question->overlay != 0) {
        dyn_control_position_write(question->overlay, control);
        dyn_text_literal(&text, ",");
        put_member(&text, "control", dyn_str_from(control));
    }
    /* the id is the seed */
    dyn_text_literal(&text, "},");
    put_member(&text, "seed", dyn_str_from(decision->id));
    dyn_text_literal(&text, ",\"traceparent\":");
    if (recorded->traceparent.len > 0) {
        dyn_escape_json(&text, recorded->traceparent);
    } else {
        dyn_text_literal(&text, "null");
    }
    put_experiments(&text, decision);
    put_bool(&text, ",\"shadow\":", question->shadow);
    put_bool(&text, ",\"replayable\":", recorded->replayable);
    dyn_text_literal(&text, ",\"slots\":[");
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        dyn_text_put(&text, ",", i > 0);
        put_slot(&text, recorded, i);
    }
    dyn_text_literal(&text, "]}");

    return dyn_text_finish(&text);
}

bool dyn_record_of(const dyn_recorded_t *recorded, dyn_arena_t *arena, dyn_record_t *record)
{
    const dyn_decision_t *decision = recorded->decision;

    *record = (dyn_record_t){.id = dyn_str_from(decision->id), .visitor = recorded->visitor};
    record->summary = summarize(recorded, arena);
    if (!recorded->replayable) {
        return record->summary.data != NULL;
    }

    size_t size = dyn_answer_bytes(decision);
    char *answer = dyn_arena_alloc(arena, size);
    bool whole = false;

    record->question = dyn_question_encode(recorded->question, arena);
    if (record->summary.data == NULL || record->question.data == NULL || answer == NULL) {
        return false;
    }
    record->answer = (dyn_str_t){answer, dyn_answer_encode(decision, answer, size, &whole)};

    return whole;
}

/* ---- a line ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648, section 4. */
static void put_base64(dyn_text_t *text, dyn_str_t bytes)
{
    if (!dyn_text_room(text, (bytes.len + 2) / 3 * 4)) {
        return;
    }
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)(uint8_t)bytes.data[i] << 16;

        group |= left > 1 ? (uint32_t)(uint8_t)bytes.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(uint8_t)bytes.data[i + 2] : 0;
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        left > 1 ? digits[group >> 6 & 63] : '=',
                        left > 2 ? digits[group & 63] : '='};
        dyn_text_put(text, four, 4);
    }
}

/* False when it is none. */
static bool read_base64(dyn_str_t text, dyn_arena_t *arena, dyn_str_t *bytes)
{
    char *out = dyn_arena_alloc(arena, text.len / 4 * 3 + 1);
    size_t length = 0, padding = 0;

    if (out == NULL || text.len % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        uint32_t group = 0;

        for (size_t k = 0; k < 4; k++) {
            char c = text.data[i + k];
            const char *digit = c == '\0' ? NULL : strchr(digits, c);

            if (c == '=' && i + 4 == text.len && k >= 2) {
                padding++;
            } else if (digit == NULL || padding > 0) {
                return false;
            }
            group = group << 6 | (digit == NULL ? 0 : (uint32_t)(digit - digits));
        }
        out[length++] = (char)(uint8_t)(group >> 16);
        out[length++] = (char)(uint8_t)(group >> 8);
        out[length++] = (char)(uint8_t)group;
    }
    *bytes = (dyn_str_t){out, length - padding};

    return true;
}

dyn_str_t dyn_record_line(const dyn_record_t *record, dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena,
                  256 + record->summary.len + (record->question.len + record->answer.len) / 3 * 4);
    dyn_text_literal(&text, "{");
    put_member(&text, "id", record->id);
    if (record->visitor.len > 0) {
        dyn_text_literal(&text, ",");
        put_member(&text, "v", record->visitor);
    }
    dyn_text_literal(&text, ",\"s\":");
    dyn_text_str(&text, record->summary);
    if (record->question.len > 0) {
        dyn_text_literal(&text, ",\"q\":\"");
        put_base64(&text, record->question);
        dyn_text_literal(&text, "\",\"a\":\"");
        put_base64(&text, record->answer);
        dyn_text_literal(&text, "\"");
    }
    dyn_text_literal(&text, "}");

    return dyn_text_finish(&text);
}

static dyn_str_t string_of(const json_t *value)
{
    return json_is_string(value) ? (dyn_str_t){json_string_value(value), json_string_length(value)}
                                 : DYN_STR_NONE;
}

static bool is_id(dyn_str_t text)
{
    bool good = text.len == 16;

    for (size_t i = 0; good && i < text.len; i++) {
        good = text.data[i] != '\0' && strchr("0123456789abcdef", text.data[i]) != NULL;
    }

    return good;
}

/* Who reads a summary shows its texts on a terminal. */
static bool is_clean(json_t *value)
{
    bool clean = dyn_utf8_clean(string_of(value));
    const char *name;
    json_t *member;
    size_t i;

    json_array_foreach(value, i, member)
    {
        clean = clean && is_clean(member);
    }
    json_object_foreach(value, name, member)
    {
        clean = clean && dyn_utf8_clean(dyn_str_from(name)) && is_clean(member);
    }

    return clean;
}

static bool check_summary(json_t *summary, dyn_error_t *error)
{
    json_int_t time_ms = json_integer_value(json_object_get(summary, "time"));

    if (!dyn_str_equal(string_of(json_object_get(summary, "schema")),
                       DYN_STR("dynstore.record/1"))) {
        return dyn_fail(error, "record: s: its schema should be \"dynstore.record/1\"");
    }
    if (time_ms < 0 || time_ms > DYN_TIME_MS_MAX) {
        return dyn_fail(error, "record: s: time: should be from 0 to the end of the year 9999");
    }

    return is_clean(summary) ||
           dyn_fail(error, "record: s: its texts should have no control characters");
}

/* What holds for both forms. */
static bool check(const dyn_record_t *record, dyn_error_t *error)
{
    if (!is_id(record->id)) {
        return dyn_fail(error, "record: id: should be the 16 hex digits of a decision's id");
    }
    if ((record->question.len == 0) != (record->answer.len == 0)) {
        return dyn_fail(error, "record: q and a: should both be there, or none of them");
    }

    return true;
}

static bool read_members(json_t *root, dyn_arena_t *arena, dyn_record_t *record, dyn_error_t *error)
{
    json_t *summary = json_object_get(root, "s");

    if (!check_summary(summary, error)) {
        return false;
    }

    char *text = json_dumps(summary, JSON_COMPACT);

    if (text == NULL) {
        return dyn_fail(error, "record: s: not enough memory");
    }
    record->id = dyn_arena_str(arena, string_of(json_object_get(root, "id")));
    record->visitor = dyn_arena_str(arena, string_of(json_object_get(root, "v")));
    record->summary = dyn_arena_str(arena, dyn_str_from(text));
    free(text);

    if (!read_base64(string_of(json_object_get(root, "q")), arena, &record->question)) {
        return dyn_fail(error, "record: q: is not base64");
    }

    return read_base64(string_of(json_object_get(root, "a")), arena, &record->answer) ||
           dyn_fail(error, "record: a: is not base64");
}

bool dyn_record_read_line(dyn_str_t line, dyn_arena_t *arena, dyn_record_t *record,
                          dyn_error_t *error)
{
    json_error_t reason;
    json_t *root = json_loadb(line.data == NULL ? "" : line.data, line.len, 0, &reason);

    *record = (dyn_record_t){.id = DYN_STR_NONE};
    if (!json_is_object(root)) {
        json_decref(root);
        return dyn_fail(error, "record: should be a JSON object%s%.100s", root == NULL ? ": " : "",
                        root == NULL ? reason.text : "");
    }

    bool good = read_members(root, arena, record, error);

    json_decref(root);
    if (good && arena->exhausted) {
        return dyn_fail(error, "record: not enough memory");
    }

    return good && check(record, error);
}

bool dyn_record_read_fields(const dyn_fact_t *fields, size_t count, dyn_record_t *record,
                            dyn_error_t *error)
{
    *record = (dyn_record_t){.id = DYN_STR_NONE};
    for (size_t i = 0; i < count; i++) {
#define X(member, field)                                 \
    if (dyn_str_equal(fields[i].name, DYN_STR(field))) { \
        record->member = fields[i].value;                \
    }
        DYN_RECORD_FIELDS(X)
#undef X
    }

    const char *text = record->summary.data == NULL ? "" : record->summary.data;
    json_t *summary = json_loadb(text, record->summary.len, 0, NULL);
    bool good = check_summary(summary, error) && check(record, error);

    json_decref(summary);

    return good;
}
