/* dynstore replay: asks recorded questions again and compares the answers. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/commands/replay_causes.h"
#include "cli/commands/replay_parts.h"
#include "cli/commands/records_options.h"
#include "cli/input/control_read.h"
#include "cli/input/rules_file.h"
#include "cli/input/rules_then.h"
#include "engine/record/answer.h"

enum { arena_bytes = 32 << 20, shown_most = 20 };

enum {
    OPTION_RECORD = DYN_RECORDS_OPTIONS,
    OPTION_SNAPSHOT,
    OPTION_RULES,
    OPTION_FEATURES,
    OPTION_WAS_RULES,
    OPTION_WAS_FEATURES,
    OPTION_WAS_SNAPSHOT,
    OPTION_CONTROL,
    OPTION_ALL
};

static const dyn_option_t option_table[] = {
    DYN_RECORDS_ROWS,
    [OPTION_RECORD] = {"record", 0, "ID", "only the decision with this id"},
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot to decide with"},
    [OPTION_RULES] = {"rules", 'r', "FILE", "the rules file; without it the built-in rules"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, as dynstore_features has it"},
    [OPTION_WAS_RULES] =
        {"was-rules", 0, "FILE",
         "the rules file of the records, to name the rules that made a difference"},
    [OPTION_WAS_FEATURES] = {"was-features", 0, "FILE", "GrowthBook's payload of the records"},
    [OPTION_WAS_SNAPSHOT] = {"was-snapshot", 0, "FILE",
                             "the snapshot of the records, to name what made a difference"},
    [OPTION_CONTROL] = {"control", 0, "URL|FILE",
                        "the control stream, or a file of its entries, of which each record names "
                        "the newest that it saw: what it says of items, and overrides"},
    [OPTION_ALL] = {"all", 'a', NULL, "show more than twenty differences"},
};

/* The files of rules_then.h. */
enum { RULES_NOW, RULES_WAS, RULES_WITH_WAS_SNAPSHOT };

typedef struct {
    dyn_records_source_t source;
    dyn_control_source_t control;
    dyn_control_entries_t entries;
    dyn_laid_over_t laid, was_laid; /* over the snapshots below */
    const char *only, *snapshot_path, *was_snapshot_path;
    dyn_rules_paths_t now_paths, was_paths;
    bool all;
    const dyn_snapshot_t *snapshot;
    const dyn_snapshot_t *was_snapshot; /* NULL without --was-snapshot */
    dyn_rules_then_t *then;
    const dyn_rules_of_then_t *rules; /* for the record that is replayed */
    dyn_rules_parts_t *parts;         /* empty without --was-rules */
    char parts_with[DYN_POLICY_VERSION_BYTES +
                    1]; /* the version of the rules that they are parts of */
    uint64_t causes[DYN_CAUSES_COUNT];
    char *block;
    uint64_t records, equal, different, skipped;
} replay_t;

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy;
    dyn_decision_t decision;
    dyn_explanation_t explanation;
} side_t;

static bool same_effect(const side_t *a, const dyn_rule_effect_t *left, const side_t *b,
                        const dyn_rule_effect_t *right)
{
    return left->action == right->action && left->item == right->item &&
           left->number == right->number && left->removed_by == right->removed_by &&
           dyn_str_equal(a->policy->rules[left->rule].id, b->policy->rules[right->rule].id);
}

static bool has_effect(const side_t *side, uint32_t slot, const side_t *of,
                       const dyn_rule_effect_t *effect)
{
    const dyn_slot_explanation_t *explained = &side->explanation.slots[slot];

    for (uint32_t i = 0; i < explained->effect_count; i++) {
        if (same_effect(side, &explained->effects[i], of, effect)) {
            return true;
        }
    }

    return false;
}

/* Each rule once that did something in `side` which it did not do in `other`. */
static void print_rules(const char *what, const side_t *side, const side_t *other, uint32_t slot)
{
    const dyn_slot_explanation_t *explained = &side->explanation.slots[slot];

    for (uint32_t rule = 0; rule < side->policy->rule_count; rule++) {
        dyn_str_t told = side->policy->rules[rule].id;

        for (uint32_t i = 0; i < explained->effect_count; i++) {
            const dyn_rule_effect_t *effect = &explained->effects[i];

            if (effect->rule == rule && !has_effect(other, slot, side, effect)) {
                printf("    rule %.*s %s\n", (int)told.len, told.data, what);
                break;
            }
        }
    }
}

static void print_items(const replay_t *replay, const dyn_slot_decision_t *slot)
{
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_str_t id = dyn_snapshot_string(replay->snapshot,
                                           replay->snapshot->items[slot->choices[i].item].id);

        printf("%s%.*s", i > 0 ? "," : "", (int)id.len, id.data);
    }
    printf("\n");
}

static json_t *slot_of(json_t *summary, dyn_str_t name)
{
    size_t i;
    json_t *slot;

    json_array_foreach(json_object_get(summary, "slots"), i, slot)
    {
        json_t *text = json_object_get(slot, "slot");

        if (json_is_string(text) && dyn_str_equal(dyn_str_from(json_string_value(text)), name)) {
            return slot;
        }
    }

    return NULL;
}

static const char *string_of(json_t *object, const char *member)
{
    json_t *text = json_object_get(object, member);

    return json_is_string(text) ? json_string_value(text) : "";
}

static bool shows_the_same(const replay_t *replay, json_t *slot, const dyn_slot_decision_t *now)
{
    json_t *items = json_object_get(slot, "items");
    bool same = json_array_size(items) == now->count;

    for (uint32_t i = 0; same && i < now->count; i++) {
        dyn_str_t id =
            dyn_snapshot_string(replay->snapshot, replay->snapshot->items[now->choices[i].item].id);

        same = dyn_str_equal(id, dyn_str_from(string_of(json_array_get(items, i), "id")));
    }

    return same;
}

/* `was` is decided with the rules of then, `before` with the snapshot of then; NULL: not known. */
static void print_slot(replay_t *replay, json_t *summary, const side_t *now, const side_t *was,
                       const side_t *before, uint32_t slot)
{
    const dyn_slot_decision_t *decided = &now->decision.slots[slot];
    json_t *recorded = slot_of(summary, decided->name), *items = json_object_get(recorded, "items");
    bool same = shows_the_same(replay, recorded, decided);

    if (!same) {
        printf("  %.*s: was ", (int)decided->name.len, decided->name.data);
        for (size_t i = 0; i < json_array_size(items); i++) {
            printf("%s%s", i > 0 ? "," : "", string_of(json_array_get(items, i), "id"));
        }
        printf("\n  %.*s: is  ", (int)decided->name.len, decided->name.data);
        print_items(replay, decided);
    }
    if (was != NULL) {
        print_rules("did this before, and does not any more", was, now, slot);
        print_rules("does this now", now, was, slot);
    }
    if (before != NULL) {
        dyn_replay_side_t then = {before->snapshot, &before->decision, &before->explanation};
        dyn_replay_side_t today = {now->snapshot, &now->decision, &now->explanation};

        dyn_replay_causes(&then, &today, slot, replay->causes);
    }
}

static void print_versions(const replay_t *replay, json_t *summary)
{
    json_t *versions = json_object_get(summary, "versions");
    const char *build = string_of(versions, "snapshot"), *rules = string_of(versions, "rules");

    if (strcmp(build, replay->snapshot->build_id) != 0) {
        printf("  snapshot: was %s, is %s%s\n", build, replay->snapshot->build_id,
               replay->was_snapshot == NULL ? "; --was-snapshot FILE tells what made the difference"
                                            : "");
    }
    if (replay->was_snapshot != NULL && strcmp(build, replay->was_snapshot->build_id) != 0) {
        printf("  snapshot: was %s, but --was-snapshot is %s\n", build,
               replay->was_snapshot->build_id);
    }
    if (strcmp(rules, replay->rules->policies[RULES_NOW]->version) != 0) {
        printf("  rules: were %s, are %s\n", rules, replay->rules->policies[RULES_NOW]->version);
    }
}

static bool decide(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                   const dyn_question_t *question, dyn_arena_t *arena, side_t *side,
                   dyn_error_t *error)
{
    side->snapshot = snapshot;
    side->policy = policy;

    return dyn_question_decide(snapshot, policy, question, NULL, arena, &side->decision,
                               &side->explanation) ||
           dyn_fail(error, "not enough memory for a decision");
}

static bool encode(const side_t *side, dyn_arena_t *arena, dyn_str_t *answer, dyn_error_t *error)
{
    size_t size = dyn_answer_bytes(&side->decision);
    char *bytes = dyn_arena_alloc(arena, size);
    bool whole = false;

    if (bytes == NULL) {
        return dyn_fail(error, "not enough memory for an answer");
    }
    *answer = (dyn_str_t){bytes, dyn_answer_encode(&side->decision, bytes, size, &whole)};

    return true;
}

/* With the overrides of the record. */
static bool find_parts(replay_t *replay, dyn_error_t *error)
{
    const char *version = replay->rules->policies[RULES_NOW]->version;

    if (replay->was_paths.rules == NULL || strcmp(replay->parts_with, version) == 0) {
        return true;
    }
    dyn_rules_parts_free(replay->parts);
    (void)snprintf(replay->parts_with, sizeof(replay->parts_with), "%s", version);

    return dyn_rules_parts_find(&replay->was_paths, &replay->now_paths, replay->rules->overrides,
                                replay->snapshot, replay->parts, error);
}

/*
 * What rules do in a slot does not tell the cause: a rule that is as it was may do another thing now, and one that takes out an item
 * before it is a candidate does nothing. So each part of the rules that is another one is exchanged for what it was.
 */
static bool print_parts(replay_t *replay, const dyn_question_t *question, dyn_str_t answer,
                        const dyn_arena_t *arena, dyn_error_t *error)
{
    static side_t side;

    if (!find_parts(replay, error)) {
        return false;
    }
    for (size_t i = 0; i < replay->parts->count; i++) {
        dyn_arena_t rest = *arena;
        dyn_str_t other;

        if (!decide(replay->snapshot, replay->parts->rows[i].policy, question, &rest, &side,
                    error) ||
            !encode(&side, &rest, &other, error)) {
            return false;
        }
        if (!dyn_str_equal(other, answer)) {
            printf("    %s makes a difference\n", replay->parts->rows[i].name);
        }
    }

    return true;
}

static bool tell(replay_t *replay, const dyn_record_t *record, const dyn_question_t *question,
                 const side_t *now, dyn_str_t answer, dyn_arena_t *arena, dyn_error_t *error)
{
    static side_t was, before;
    json_t *summary = json_loadb(record->summary.data, record->summary.len, 0, NULL);
    const dyn_policy_t *const *policies = replay->rules->policies;
    bool good = (policies[RULES_WAS] == NULL ||
                 decide(replay->snapshot, policies[RULES_WAS], question, arena, &was, error)) &&
                (replay->was_snapshot == NULL ||
                 decide(replay->was_snapshot, policies[RULES_WITH_WAS_SNAPSHOT], question, arena,
                        &before, error));

    if (good) {
        printf("%.*s differs\n", (int)record->id.len, record->id.data);
        print_versions(replay, summary);
        for (uint32_t i = 0; i < now->decision.slot_count; i++) {
            print_slot(replay, summary, now, policies[RULES_WAS] == NULL ? NULL : &was,
                       replay->was_snapshot == NULL ? NULL : &before, i);
        }
        good = print_parts(replay, question, answer, arena, error);
    }
    json_decref(summary);

    return good;
}

/* What was known of stock and prices when the record was made. False with a sentence when that is not known here. */
static bool lay_over(replay_t *replay, dyn_control_position_t position, dyn_error_t *reason)
{
    return dyn_lay_over(&replay->laid, position, reason) &&
           (replay->was_laid.snapshot == NULL || dyn_lay_over(&replay->was_laid, position, reason));
}

static bool replay_record(void *data, const dyn_record_t *record, dyn_error_t *error)
{
    static side_t now;
    replay_t *replay = data;
    dyn_arena_t arena;
    dyn_question_t question;
    dyn_error_t reason;
    dyn_str_t answer;

    if (replay->only != NULL && !dyn_str_equal(record->id, dyn_str_from(replay->only))) {
        return true;
    }
    replay->records++;
    if (record->question.len == 0) {
        replay->skipped++;
        return true;
    }

    dyn_arena_init(&arena, replay->block, arena_bytes, NULL, NULL);
    if (!dyn_question_decode(record->question, &arena, &question, &reason)) {
        replay->records--;
        return dyn_records_pass_over(&replay->source, "record %.*s: %.200s", (int)record->id.len,
                                     record->id.data, reason.text);
    }
    if (!lay_over(replay, question.overlay, &reason)) {
        replay->records--;
        return dyn_records_pass_over(&replay->source, "record %.*s: %.200s", (int)record->id.len,
                                     record->id.data, reason.text);
    }
    if (!dyn_rules_then(replay->then, question.rules, question.overlay, question.now_ms,
                        &replay->rules, error) ||
        !decide(replay->snapshot, replay->rules->policies[RULES_NOW], &question, &arena, &now,
                error) ||
        !encode(&now, &arena, &answer, error)) {
        return false;
    }
    if (dyn_str_equal(answer, record->answer)) {
        replay->equal++;
        return true;
    }

    return ++replay->different > shown_most && !replay->all
               ? true
               : tell(replay, record, &question, &now, answer, &arena, error);
}

static void print_causes(const replay_t *replay)
{
    const char *before = "items that came, went or moved:";

    for (uint32_t i = 0; i < DYN_CAUSES_COUNT; i++) {
        if (replay->causes[i] > 0) {
            printf("%s %s %" PRIu64, before, dyn_cause_name((dyn_cause_t)i), replay->causes[i]);
            before = ",";
        }
    }
    if (before[0] == ',') {
        printf("\n");
    }
}

/* The rules file, compiled for the snapshot, as one of the files of rules_then.h; *policy is to be freed. */
static bool add_rules(replay_t *replay, size_t number, const dyn_rules_paths_t *paths,
                      const dyn_snapshot_t *snapshot, dyn_policy_t **policy, dyn_error_t *error)
{
    if (!dyn_rules_file_read(paths->rules, paths->features, snapshot, policy, error)) {
        return false;
    }
    replay->then->files[number] = (dyn_rules_alone_t){
        paths->rules, paths->features, snapshot, *policy != NULL ? *policy : dyn_policy_default()};

    return true;
}

static bool prepare(replay_t *replay, dyn_policy_t *policies[DYN_RULES_THEN_FILES],
                    dyn_error_t *error)
{
    const dyn_rules_paths_t *was =
        replay->was_paths.rules != NULL ? &replay->was_paths : &replay->now_paths;

    return add_rules(replay, RULES_NOW, &replay->now_paths, replay->snapshot, &policies[RULES_NOW],
                     error) &&
           (was == &replay->now_paths ||
            add_rules(replay, RULES_WAS, was, replay->snapshot, &policies[RULES_WAS], error)) &&
           (replay->was_snapshot == NULL ||
            add_rules(replay, RULES_WITH_WAS_SNAPSHOT, was, replay->was_snapshot,
                      &policies[RULES_WITH_WAS_SNAPSHOT], error));
}

static int run(replay_t *replay)
{
    dyn_error_t error;
    dyn_snapshot_t *snapshot = dyn_snapshot_open(replay->snapshot_path, &error);
    dyn_snapshot_t *was_snapshot = NULL;
    dyn_policy_t *policies[DYN_RULES_THEN_FILES] = {NULL};
    bool good = snapshot != NULL;

    if (good && replay->was_snapshot_path != NULL) {
        was_snapshot = dyn_snapshot_open(replay->was_snapshot_path, &error);
        good = was_snapshot != NULL;
    }
    replay->snapshot = snapshot;
    replay->was_snapshot = was_snapshot;
    replay->control.password_path = replay->source.password_path;
    replay->control.prefix = replay->source.prefix;
    good = good && prepare(replay, policies, &error) &&
           dyn_control_read(&replay->control, &replay->entries, &error);
    dyn_control_warn("replay", &replay->entries);
    replay->laid = (dyn_laid_over_t){snapshot, &replay->entries, 0};
    replay->was_laid = (dyn_laid_over_t){was_snapshot, &replay->entries, 0};
    good = good && dyn_rules_then_begin(replay->then, &replay->entries, &error);
    replay->rules = &replay->then->alone;
    replay->block = malloc(arena_bytes);
    good = good && (replay->block != NULL || dyn_fail(&error, "not enough memory"));
    good = good && find_parts(replay, &error) &&
           dyn_records_read(&replay->source, replay_record, replay, &error);
    free(replay->block);
    dyn_rules_parts_free(replay->parts);
    dyn_rules_then_end(replay->then);
    for (size_t i = 0; i < DYN_RULES_THEN_FILES; i++) {
        dyn_policy_free(policies[i]);
    }
    dyn_control_entries_free(&replay->entries);
    if (snapshot != NULL) {
        dyn_snapshot_close(snapshot);
    }
    if (was_snapshot != NULL) {
        dyn_snapshot_close(was_snapshot);
    }
    if (!good) {
        return dyn_command_failed(
            "replay", replay->source.path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM, &error);
    }
    print_causes(replay);
    dyn_records_warn("replay", &replay->source);
    printf("%" PRIu64 " records: %" PRIu64 " equal, %" PRIu64 " different, %" PRIu64
           " without a question\n",
           replay->records, replay->equal, replay->different, replay->skipped);

    return replay->different > 0 || replay->records == 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
}

static bool read_option(int option, const char *value, replay_t *replay, dyn_error_t *error)
{
    switch (option) {
    case OPTION_RECORD:
        replay->only = value;
        return true;
    case OPTION_SNAPSHOT:
        replay->snapshot_path = value;
        return true;
    case OPTION_RULES:
        replay->now_paths.rules = value;
        return true;
    case OPTION_FEATURES:
        replay->now_paths.features = value;
        return true;
    case OPTION_WAS_FEATURES:
        replay->was_paths.features = value;
        return true;
    case OPTION_WAS_SNAPSHOT:
        replay->was_snapshot_path = value;
        return true;
    case OPTION_WAS_RULES:
        replay->was_paths.rules = value;
        return true;
    case OPTION_CONTROL:
        return dyn_control_from(value, &replay->control, error);
    case OPTION_ALL:
        replay->all = true;
        return true;
    default:
        return dyn_records_option(&replay->source, option, value, error);
    }
}

int dyn_command_replay(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "replay",
        .usage = "--from URL|FILE --snapshot FILE [OPTION]...",
        .help = "Asks recorded questions again and compares the answers, byte for byte. Where one "
                "differs, it says which items, with --was-rules which rules made it, and with "
                "--was-snapshot what of the snapshot.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    static dyn_rules_parts_t parts;
    static dyn_rules_then_t then;
    replay_t replay = {.source = {.prefix = "dyn:"}, .parts = &parts, .then = &then};
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &replay, &error)) {
            return dyn_usage_error("replay", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc > optind) {
        return dyn_usage_error("replay", "takes no operands");
    }

    const char *missing = dyn_rules_file_missing(replay.now_paths.rules, replay.now_paths.features);

    if (missing != NULL) {
        return dyn_usage_error("replay", "%s", missing);
    }
    if (replay.was_paths.features != NULL && replay.was_paths.rules == NULL) {
        return dyn_usage_error("replay", "--was-features needs --was-rules FILE");
    }
    if (!dyn_records_are_given(&replay.source)) {
        return dyn_usage_error("replay", "--from URL|FILE is missing");
    }

    return replay.snapshot_path != NULL ? run(&replay)
                                        : dyn_usage_error("replay", "--snapshot FILE is missing");
}
