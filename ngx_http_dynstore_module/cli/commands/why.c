/* dynstore why: why a visitor was shown an item, or was not, told from decision records. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/commands/visitor_name.h"
#include "cli/commands/why_tell.h"
#include "cli/commands/records_options.h"
#include "cli/input/control_read.h"
#include "cli/input/rules_file.h"
#include "cli/input/rules_then.h"
#include "engine/base/item_id.h"
#include "engine/base/time_text.h"
#include "engine/record/answer.h"

enum { arena_bytes = 32 << 20, rules_bytes_max = 16 << 20 };

enum {
    OPTION_VISITOR = DYN_RECORDS_OPTIONS,
    OPTION_KEY,
    OPTION_ITEM,
    OPTION_SLOT,
    OPTION_SNAPSHOT,
    OPTION_RULES,
    OPTION_FEATURES,
    OPTION_CONTROL,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    DYN_RECORDS_ROWS,
    [OPTION_VISITOR] = {"visitor", 0, "VALUE|HASH",
                        "the value of the visitor's cookie, or the hash of the keys in Redis"},
    [OPTION_KEY] = {"key", 'k', "FILE", "the key file of dynstore_visitor; a hash needs none"},
    [OPTION_ITEM] = {"item", 'i', "ID", "the item"},
    [OPTION_SLOT] = {"slot", 0, "NAME", "only this slot"},
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot that decided"},
    [OPTION_RULES] = {"rules", 'r', "FILE",
                      "the rules file of that time; without it the built-in rules"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, as dynstore_features has it"},
    [OPTION_CONTROL] = {"control", 0, "URL|FILE",
                        "the control stream, or a file of its entries, of which the record names "
                        "the newest that it saw: what it says of items, and overrides"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

/* A record that is kept beyond the reading. */
typedef struct {
    dyn_record_t record;
    char *bytes; /* of its texts */
    json_t *summary;
    json_t *slot; /* of the summary, that shows the item; NULL: none does */
    size_t place;
} kept_t;

typedef struct {
    dyn_records_source_t source;
    dyn_control_source_t control;
    dyn_control_entries_t entries;
    dyn_laid_over_t laid;
    dyn_rules_then_t *then;
    const char *visitor, *key_path, *slot, *snapshot_path, *rules_path, *features_path;
    dyn_str_t item;
    bool json;
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    uint64_t records, decisions, shown_in,
        since; /* since: decisions newer than the one that shows it */
    kept_t shown, newest;
} asked_t;

/* ---- reading ---- */

static const char *string_of(json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text == NULL ? "" : text;
}

static dyn_str_t copy(char **to, dyn_str_t text)
{
    dyn_str_t copied = {*to, text.len};

    if (text.len > 0) {
        memcpy(*to, text.data, text.len);
    }
    *to += text.len;

    return copied;
}

static bool keep(kept_t *kept, const dyn_record_t *record, json_t *summary, json_t *slot,
                 size_t place)
{
    char *bytes = malloc(record->id.len + record->question.len + record->answer.len + 1);
    char *to = bytes;

    if (bytes == NULL) {
        return false;
    }
    free(kept->bytes);
    json_decref(kept->summary);
    *kept = (kept_t){.bytes = bytes, .summary = json_incref(summary), .slot = slot, .place = place};
    kept->record.id = copy(&to, record->id);
    kept->record.question = copy(&to, record->question);
    kept->record.answer = copy(&to, record->answer);

    return true;
}

/* Where the summary shows the item; NULL: nowhere. has_slot: whether it has the slot at all. */
static json_t *find(const asked_t *asked, json_t *summary, size_t *place, bool *has_slot)
{
    size_t i, k;
    json_t *slot, *item;

    *has_slot = asked->slot == NULL;
    json_array_foreach(json_object_get(summary, "slots"), i, slot)
    {
        if (asked->slot != NULL && strcmp(string_of(slot, "slot"), asked->slot) != 0) {
            continue;
        }
        *has_slot = true;
        json_array_foreach(json_object_get(slot, "items"), k, item)
        {
            if (dyn_str_equal(dyn_str_from(string_of(item, "id")), asked->item)) {
                *place = k;
                return slot;
            }
        }
    }

    return NULL;
}

static bool take(void *data, const dyn_record_t *record, dyn_error_t *error)
{
    asked_t *asked = data;
    bool has_slot, good = true;
    size_t place = 0;

    asked->records++;
    if (!dyn_str_equal(record->visitor, dyn_str_from(asked->hash))) {
        return true;
    }

    json_t *summary = json_loadb(record->summary.data, record->summary.len, 0, NULL);

    /* what is decided in a shadow was not shown */
    if (summary == NULL || json_is_true(json_object_get(summary, "shadow"))) {
        json_decref(summary);
        return true;
    }

    json_t *slot = find(asked, summary, &place, &has_slot);

    asked->decisions++;
    asked->since++;
    if (slot != NULL) {
        asked->shown_in++;
        asked->since = 0;
        good = keep(&asked->shown, record, summary, slot, place);
    } else if (has_slot) {
        good = keep(&asked->newest, record, summary, NULL, 0);
    }
    json_decref(summary);

    return good || dyn_fail(error, "not enough memory for a record");
}

/* ---- telling ---- */

static void tell_experiments(const kept_t *kept, json_t *report)
{
    json_t *experiments = json_object_get(kept->summary, "experiments"), *row;
    size_t i;

    json_array_foreach(experiments, i, row)
    {
        dyn_why_say(report, "Experiment %s: the visitor had the variant %s%s.",
                    string_of(row, "id"), string_of(row, "variant"),
                    json_is_true(json_object_get(row, "shadow"))
                        ? ", in the shadow: the control was shown"
                        : "");
    }
    if (json_array_size(experiments) == 0) {
        dyn_why_say(report, "No experiment was in force.");
    }
    json_object_set(report, "experiments", experiments);
}

static void tell_where(const asked_t *asked, const kept_t *kept, json_t *report)
{
    char time[21] = "?";
    const char *surface = string_of(kept->summary, "surface");
    json_int_t time_ms = json_integer_value(json_object_get(kept->summary, "time"));

    if (time_ms >= 0 && time_ms <= DYN_TIME_MS_MAX) {
        dyn_time_format(time_ms, time);
    }
    if (kept->slot != NULL) {
        dyn_why_say(report,
                    "%.*s was last shown to this visitor at %s, on the surface %s, in the slot %s, "
                    "at place %zu of %zu: decision %.*s, rung %s.",
                    (int)asked->item.len, asked->item.data, time, surface,
                    string_of(kept->slot, "slot"), kept->place + 1,
                    json_array_size(json_object_get(kept->slot, "items")), (int)kept->record.id.len,
                    kept->record.id.data, string_of(kept->slot, "rung"));
        dyn_why_say(report,
                    "It is in %" PRIu64 " of the visitor's %" PRIu64
                    " recorded decisions; newer ones without it: %" PRIu64 ".",
                    asked->shown_in, asked->decisions, asked->since);
        json_object_set(report, "slot", json_object_get(kept->slot, "slot"));
        json_object_set_new(report, "place", json_integer((json_int_t)kept->place + 1));
    } else {
        dyn_why_say(report,
                    "%.*s is in none of the visitor's %" PRIu64
                    " recorded decisions. The newest of them is %.*s, at %s, on the surface %s.",
                    (int)asked->item.len, asked->item.data, asked->decisions,
                    (int)kept->record.id.len, kept->record.id.data, time, surface);
    }
    json_object_set_new(report, "id", dyn_report_text(kept->record.id));
    json_object_set(report, "time", json_object_get(kept->summary, "time"));
    json_object_set(report, "surface", json_object_get(kept->summary, "surface"));
}

/* What the record alone tells. */
static void tell_record(const kept_t *kept, json_t *report)
{
    json_t *item = json_array_get(json_object_get(kept->slot, "items"), kept->place), *rule;
    size_t i;

    if (item == NULL) {
        return;
    }
    dyn_why_say(report, "The reason is %s; the source %s gave most of the score.",
                string_of(item, "reason"), string_of(item, "source"));
    json_object_set(report, "reason", json_object_get(item, "reason"));
    json_array_foreach(json_object_get(item, "rules"), i, rule)
    {
        dyn_why_say(report, "Rule %s touched it.", json_string_value(rule));
        json_array_append_new(json_object_get(report, "rules"), json_pack("{s:O}", "id", rule));
    }
}

/* The notes of a rules file by the rules' ids: they are not compiled. */
static json_t *read_notes(const char *path)
{
    json_t *notes = json_object(), *rule, *root = NULL;
    dyn_error_t error;
    dyn_str_t text;
    size_t i;
    char *bytes = path == NULL || strcmp(path, "default") == 0
                      ? NULL
                      : dyn_rules_file_bytes(path, rules_bytes_max, &text, &error);

    if (bytes != NULL) {
        root = json_loadb(text.data, text.len, 0, NULL);
    }
    json_array_foreach(json_object_get(root, "rules"), i, rule)
    {
        json_t *note = json_object_get(rule, "note");

        if (json_is_string(note)) {
            json_object_set(notes, string_of(rule, "id"), note);
        }
    }
    json_decref(root);
    free(bytes);

    return notes;
}

/* Whether these are what decided. Else says why more cannot be told. */
static bool can_replay(const asked_t *asked, const kept_t *kept, const dyn_snapshot_t *snapshot,
                       const dyn_policy_t *policy, json_t *report)
{
    json_t *versions = json_object_get(kept->summary, "versions");
    bool overrides =
        string_of(versions, "control")[0] != '\0' && !dyn_control_is_given(&asked->control);

    if (snapshot == NULL) {
        dyn_why_say(report, "More can be told with the snapshot and the rules of that time: "
                            "--snapshot FILE, --rules FILE.");
    } else if (strcmp(string_of(versions, "snapshot"), snapshot->build_id) != 0) {
        dyn_why_say(report, "More cannot be known: the snapshot %s decided, and %s is at hand.",
                    string_of(versions, "snapshot"), snapshot->build_id);
    } else if (strcmp(string_of(versions, "rules"), policy->version) != 0) {
        dyn_why_say(report, "More cannot be known: the rules %s decided, and %s are at hand%s.",
                    string_of(versions, "rules"), policy->version,
                    overrides ? "; there may have been overrides, which --control URL|FILE tells"
                              : "");
    } else if (kept->record.question.len == 0) {
        dyn_why_say(report, "More cannot be known: the record has no question, because what was "
                            "searched for, or the campaign, may not be recorded.");
    } else {
        return true;
    }

    return false;
}

static bool is_the_same(const dyn_decision_t *decision, dyn_str_t answer, dyn_arena_t *arena)
{
    size_t size = dyn_answer_bytes(decision);
    char *bytes = dyn_arena_alloc(arena, size);
    bool whole = false;

    return bytes != NULL &&
           dyn_str_equal((dyn_str_t){bytes, dyn_answer_encode(decision, bytes, size, &whole)},
                         answer);
}

/* The slot of the decision in which the summary shows the item; its count: the answer does not show it there. */
static uint32_t shown_slot(const kept_t *kept, const dyn_decision_t *decision, uint32_t item)
{
    dyn_str_t name = dyn_str_from(string_of(kept->slot, "slot"));
    uint32_t i = 0;

    while (i < decision->slot_count && !(dyn_str_equal(decision->slots[i].name, name) &&
                                         kept->place < decision->slots[i].count &&
                                         decision->slots[i].choices[kept->place].item == item)) {
        i++;
    }

    return i;
}

static bool tell_decision(asked_t *asked, const kept_t *kept, const dyn_snapshot_t *snapshot,
                          const dyn_policy_t *policy, dyn_arena_t *arena, json_t *report,
                          dyn_error_t *error)
{
    static dyn_explanation_t explanation;
    dyn_decision_t decision;
    dyn_question_t question;
    dyn_error_t reason;
    uint32_t item = dyn_snapshot_find_item(snapshot, asked->item, NULL);

    if (!dyn_question_decode(kept->record.question, arena, &question, error)) {
        return false;
    }
    if (!dyn_lay_over(&asked->laid, question.overlay, &reason)) {
        dyn_why_say(report, "More cannot be known: %s.", reason.text);
        tell_record(kept, report);
        return true;
    }
    question.asked = item == DYN_NONE ? NULL : &item;
    if (!dyn_question_decide(snapshot, policy, &question, NULL, arena, &decision, &explanation)) {
        return dyn_fail(error, "not enough memory for a decision");
    }
    if (!is_the_same(&decision, kept->record.answer, arena)) {
        dyn_why_say(report,
                    "More cannot be known: decided again it is another answer, because dynstore "
                    "%s decided.",
                    string_of(json_object_get(kept->summary, "versions"), "code"));
        tell_record(kept, report);
        return true;
    }
    if (item == DYN_NONE) {
        dyn_why_say(report, "It is not in the snapshot.");
        return true;
    }

    uint32_t shown = kept->slot == NULL ? 0 : shown_slot(kept, &decision, item);

    if (kept->slot != NULL && shown == decision.slot_count) {
        dyn_why_say(report, "More cannot be known: the record's summary shows other items than its "
                            "answer.");
        tell_record(kept, report);
        return true;
    }

    dyn_why_t why = {snapshot, &decision, &explanation, read_notes(asked->rules_path)};

    if (kept->slot != NULL) {
        dyn_why_shown(&why, shown, (uint32_t)kept->place, arena, report);
    }
    for (uint32_t i = 0; kept->slot == NULL && i < decision.slot_count; i++) {
        if (asked->slot == NULL ||
            dyn_str_equal(decision.slots[i].name, dyn_str_from(asked->slot))) {
            dyn_why_not_shown(&why, i, item, report);
        }
    }
    json_decref(why.notes);

    return true;
}

/* The rules that decided, or those at hand. */
static bool find_rules(asked_t *asked, const kept_t *kept, const dyn_policy_t **policy,
                       dyn_error_t *error)
{
    json_t *versions = json_object_get(kept->summary, "versions");
    const dyn_rules_of_then_t *rules = NULL;
    dyn_control_position_t position = 0;

    (void)dyn_control_position_read(dyn_str_from(string_of(versions, "control")), &position);
    if (!dyn_rules_then(asked->then, dyn_str_from(string_of(versions, "rules")), position,
                        json_integer_value(json_object_get(kept->summary, "time")), &rules,
                        error)) {
        return false;
    }
    *policy = rules->policies[0];

    return true;
}

static bool tell(asked_t *asked, const dyn_snapshot_t *snapshot, json_t *report, dyn_error_t *error)
{
    const kept_t *kept = asked->shown.summary != NULL ? &asked->shown : &asked->newest;
    const dyn_policy_t *policy = NULL;
    char *block = malloc(arena_bytes);
    dyn_arena_t arena;
    bool good = (block != NULL || dyn_fail(error, "not enough memory")) &&
                find_rules(asked, kept, &policy, error);

    dyn_arena_init(&arena, block, block == NULL ? 0 : arena_bytes, NULL, NULL);
    tell_where(asked, kept, report);
    if (good && can_replay(asked, kept, snapshot, policy, report)) {
        good = tell_decision(asked, kept, snapshot, policy, &arena, report, error);
    } else {
        tell_record(kept, report);
    }
    tell_experiments(kept, report);
    free(block);

    return good;
}

static void tell_nothing(const asked_t *asked, json_t *report)
{
    if (asked->decisions == 0) {
        dyn_why_say(report,
                    "None of the %" PRIu64
                    " records is of this visitor. nginx records the share of decisions that "
                    "dynstore_records names, and all of visitors in experiments, if they consent "
                    "to records; the stream keeps the newest.",
                    asked->records);
    } else {
        dyn_why_say(report, "None of the visitor's %" PRIu64 " recorded decisions has the slot %s.",
                    asked->decisions, asked->slot);
    }
}

static void print(const json_t *report, bool as_json)
{
    json_t *sentence;
    size_t i;

    if (as_json) {
        dyn_report_print(stdout, report, true);
        return;
    }
    json_array_foreach(json_object_get(report, "sentences"), i, sentence)
    {
        printf("%s\n", json_string_value(sentence));
    }
}

static int run(asked_t *asked)
{
    dyn_snapshot_t *snapshot = NULL;
    dyn_policy_t *policy = NULL;
    dyn_error_t error;
    json_t *report = json_pack("{s:s, s:s, s:s%, s:[], s:[], s:[]}", "schema", "dynstore.why/1",
                               "visitor", asked->hash, "item", asked->item.data, asked->item.len,
                               "sentences", "rules", "slots");
    bool good = report != NULL || dyn_fail(&error, "not enough memory");
    int code = DYN_EXIT_INPUT;

    if (good && asked->snapshot_path != NULL) {
        snapshot = dyn_snapshot_open(asked->snapshot_path, &error);
        good = snapshot != NULL && dyn_rules_file_read(asked->rules_path, asked->features_path,
                                                       snapshot, &policy, &error);
    }
    if (good) {
        asked->control.password_path = asked->source.password_path;
        asked->control.prefix = asked->source.prefix;
        code = asked->control.path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM;
        good = dyn_control_read(&asked->control, &asked->entries, &error);
        dyn_control_warn("why", &asked->entries);
        asked->laid = (dyn_laid_over_t){snapshot, &asked->entries, 0};
        asked->then->files[0] =
            (dyn_rules_alone_t){asked->rules_path, asked->features_path, snapshot,
                                policy != NULL ? policy : dyn_policy_default()};
        good = good && dyn_rules_then_begin(asked->then, &asked->entries, &error);
    }
    if (good) {
        code = asked->source.path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM;
        good = dyn_records_read(&asked->source, take, asked, &error);
        if (good) {
            dyn_records_warn("why", &asked->source);
        }
    }

    bool found = asked->shown.summary != NULL || asked->newest.summary != NULL;

    if (good && found) {
        good = tell(asked, snapshot, report, &error);
    } else if (good) {
        tell_nothing(asked, report);
    }
    if (good) {
        json_object_set_new(report, "records", json_integer((json_int_t)asked->records));
        json_object_set_new(report, "decisions", json_integer((json_int_t)asked->decisions));
        json_object_set_new(report, "shown_in", json_integer((json_int_t)asked->shown_in));
        print(report, asked->json);
    }
    json_decref(report);
    for (int i = 0; i < 2; i++) {
        kept_t *kept = i == 0 ? &asked->shown : &asked->newest;

        free(kept->bytes);
        json_decref(kept->summary);
    }
    dyn_rules_then_end(asked->then);
    dyn_policy_free(policy);
    dyn_control_entries_free(&asked->entries);
    if (snapshot != NULL) {
        dyn_snapshot_close(snapshot);
    }

    return !good   ? dyn_command_failed("why", code, &error)
           : found ? DYN_EXIT_OK
                   : DYN_EXIT_DIFFERENT;
}

static bool read_option(int option, const char *value, asked_t *asked, dyn_error_t *error)
{
    switch (option) {
    case OPTION_VISITOR:
        asked->visitor = value;
        return true;
    case OPTION_KEY:
        asked->key_path = value;
        return true;
    case OPTION_ITEM:
        return dyn_item_id_normalize(dyn_str_from(value), &asked->item) ||
               dyn_fail(error, "--item \"%.100s\": should be an item's id, UTF-8, 1 to 128 bytes",
                        value);
    case OPTION_SLOT:
        asked->slot = value;
        return true;
    case OPTION_SNAPSHOT:
        asked->snapshot_path = value;
        return true;
    case OPTION_RULES:
        asked->rules_path = value;
        return true;
    case OPTION_FEATURES:
        asked->features_path = value;
        return true;
    case OPTION_CONTROL:
        return dyn_control_from(value, &asked->control, error);
    case OPTION_JSON:
        asked->json = true;
        return true;
    default:
        return dyn_records_option(&asked->source, option, value, error);
    }
}

/* What does not fit together; NULL when all does. */
static const char *contradiction(const asked_t *asked, int operands)
{
    if (operands > 0) {
        return "takes no operands";
    }
    if (!dyn_records_are_given(&asked->source)) {
        return "--from URL|FILE is missing";
    }
    if (asked->visitor == NULL) {
        return "--visitor VALUE|HASH is missing";
    }
    if (asked->item.len == 0) {
        return "--item ID is missing";
    }
    if (asked->snapshot_path == NULL && asked->rules_path != NULL) {
        return "--rules needs --snapshot FILE, to decide again";
    }
    if (asked->snapshot_path == NULL && dyn_control_is_given(&asked->control)) {
        return "--control needs --snapshot FILE, to decide again";
    }

    return dyn_rules_file_missing(asked->rules_path, asked->features_path);
}

int dyn_command_why(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "why",
        .usage = "--from URL|FILE --visitor VALUE|HASH --item ID [OPTION]...",
        .help = "Says why a visitor was shown an item, or was not, from the records of nginx's "
                "decisions. With the snapshot and the rules that decided it says what counted.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    static asked_t asked;
    static dyn_rules_then_t then;
    dyn_error_t error;
    int option, code;

    asked = (asked_t){.source = {.prefix = "dyn:"}, .then = &then};
    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &asked, &error)) {
            return dyn_usage_error("why", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }

    const char *wrong = contradiction(&asked, argc - optind);

    if (wrong != NULL) {
        return dyn_usage_error("why", "%s", wrong);
    }
    code = dyn_visitor_name("why", asked.visitor, asked.key_path, asked.hash);

    return code == DYN_EXIT_OK ? run(&asked) : code;
}
