/* dynstore rules lint: a rules file is read as nginx reads it; then what cannot be meant is looked for, in the file and in the policy. */
#include "cli/commands/rules_lint.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/input/rules_file.h"
#include "engine/base/time_text.h"
#include "engine/catalogue/offer.h"
#include "engine/policy/conditions.h"
#include "engine/policy/patterns.h"
#include "engine/policy/place.h"

enum { OPTION_SNAPSHOT, OPTION_NOW, OPTION_JSON, DEPTH_MAX = 96, LANGUAGES_MAX = 32 };

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose names are looked up"},
    [OPTION_NOW] = {"now", 0, "TIME", "what has passed by then (ISO 8601; the machine's time)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *path;
    dyn_str_t text;
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy;
    int64_t now_ms;
    json_t *warnings;
    dyn_json_step_t steps[DEPTH_MAX];
    size_t depth;
    const char *languages[LANGUAGES_MAX]; /* that texts of this file have */
    size_t language_count;
} lint_t;

/* ---- warnings ---- */

__attribute__((format(printf, 3, 4))) static void warn(lint_t *lint, bool of_key,
                                                       const char *format, ...)
{
    dyn_place_in_text_t place = dyn_json_place(
        lint->text, lint->steps, lint->depth < DEPTH_MAX ? lint->depth : DEPTH_MAX, of_key, 0);
    char sentence[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    json_array_append_new(lint->warnings, json_pack("{s:i, s:i, s:o}", "line", (int)place.line,
                                                    "column", (int)place.column, "sentence",
                                                    dyn_report_text(dyn_str_from(sentence))));
}

static void enter(lint_t *lint, const char *key, size_t index)
{
    if (lint->depth < DEPTH_MAX) {
        lint->steps[lint->depth] =
            (dyn_json_step_t){key == NULL ? DYN_STR_NONE : dyn_str_from(key), index};
    }
    lint->depth++;
}

static void leave(lint_t *lint)
{
    lint->depth--;
}

/* ---- names that the catalogue does not have ---- */

static bool known(const dyn_snapshot_t *snapshot, const char *field, const char *attribute,
                  dyn_str_t name)
{
    if (strcmp(field, "id") == 0) {
        return dyn_snapshot_find_item(snapshot, name, NULL) != DYN_NONE;
    }
    if (strcmp(field, "category") == 0 || strcmp(field, "intent") == 0) {
        return dyn_snapshot_find_category(snapshot, name) != DYN_NONE;
    }
    if (strcmp(field, "brand") == 0) {
        return dyn_brand_find(snapshot, name) != DYN_NONE;
    }

    return dyn_trait_find(snapshot, dyn_str_from(attribute), name) != DYN_NONE;
}

static void check_name(lint_t *lint, const char *field, const char *attribute, const json_t *value)
{
    const char *what = strcmp(field, "id") == 0       ? "item"
                       : strcmp(field, "intent") == 0 ? "category"
                                                      : field;

    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            enter(lint, NULL, i);
            check_name(lint, field, attribute, json_array_get(value, i));
            leave(lint);
        }
    } else if (json_is_string(value) && lint->snapshot != NULL &&
               !known(lint->snapshot, field, attribute, dyn_str_from(json_string_value(value)))) {
        warn(lint, false,
             "the catalogue has no %s \"%.100s\"; write it as the catalogue does, or take it out",
             what, json_string_value(value));
    }
}

/* ---- expressions that take too long ---- */

static void *no_more(void *context, size_t size)
{
    (void)context;
    (void)size;

    return NULL;
}

/* Texts that make nested repetitions try everything: one letter, then pairs, words and digits, each with an end that does not fit. */
static bool explodes(const char *expression)
{
    static const char *const pumps[] = {"a", "ab", "0", " ", "a ", "rain ", "-", ".", "x1"};
    static char block[1 << 18];
    char text[DYN_WORDS_TEXT_BYTES_MAX];
    dyn_arena_t arena;
    dyn_patterns_t *patterns;
    dyn_error_t error;
    uint32_t number;
    size_t at;
    bool found = false;

    dyn_arena_init(&arena, block, sizeof(block), no_more, NULL);
    patterns = dyn_patterns_begin(&arena, 1);
    if (patterns == NULL || !dyn_patterns_add(patterns, DYN_PATTERN_MATCHES,
                                              dyn_str_from(expression), &number, &at, &error)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(pumps) / sizeof(pumps[0]) && !found; i++) {
        size_t length = strlen(pumps[i]), filled = 0;

        while (filled + length < sizeof(text) - 1) {
            memcpy(text + filled, pumps[i], length);
            filled += length;
        }
        text[filled++] = '!';
        found = dyn_pattern_explodes(patterns, number, (dyn_str_t){text, filled});
    }
    dyn_patterns_free(patterns);

    return found;
}

/* ---- texts ---- */

static bool is_texts(const json_t *value)
{
    const char *key;
    json_t *text;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return false;
    }
    json_object_foreach((json_t *)value, key, text)
    {
        if (!json_is_string(text)) {
            return false;
        }
    }

    return true;
}

static bool holds_texts(const char *key)
{
    static const char *const keys[] = {"title", "text",    "reason",   "badge", "sponsored",
                                       "label", "returns", "delivery", "cta",   NULL};

    for (size_t i = 0; keys[i] != NULL; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }

    return false;
}

static void collect_languages(lint_t *lint, const json_t *texts)
{
    const char *key;
    json_t *text;

    json_object_foreach((json_t *)texts, key, text)
    {
        size_t i = 0;

        while (i < lint->language_count && strcmp(lint->languages[i], key) != 0) {
            i++;
        }
        if (i == lint->language_count && i < LANGUAGES_MAX) {
            lint->languages[lint->language_count++] = key;
        }
    }
}

static void check_texts(lint_t *lint, const json_t *texts)
{
    for (size_t i = 0; i < lint->language_count; i++) {
        if (json_object_get(texts, lint->languages[i]) == NULL) {
            warn(lint, false,
                 "this text is not there in \"%s\", which other texts of the file have: add it",
                 lint->languages[i]);
        }
    }
}

/* ---- the whole file ---- */

typedef enum { PASS_LANGUAGES, PASS_CHECK } pass_t;

static void walk(lint_t *lint, const json_t *value, const char *key, const char *above,
                 pass_t pass);

static void check_member(lint_t *lint, const char *key, const char *above, const json_t *value)
{
    bool of_item = strcmp(above, "item") == 0 || strcmp(above, "page") == 0 ||
                   strcmp(above, "cart") == 0 || strcmp(above, "viewed") == 0 ||
                   strcmp(above, "bought") == 0 || strcmp(above, "blocked") == 0;

    if (strcmp(key, "intent") == 0 ||
        (of_item &&
         (strcmp(key, "id") == 0 || strcmp(key, "category") == 0 || strcmp(key, "brand") == 0))) {
        check_name(lint, key, NULL, value);
    } else if (of_item && (strcmp(key, "tag") == 0 || strcmp(key, "audience") == 0)) {
        check_name(lint, key, key, value);
    } else if (strcmp(above, "attribute") == 0) {
        check_name(lint, "value", key, value);
    } else if (strcmp(key, "items") == 0) {
        check_name(lint, "id", NULL, value);
    } else if (strcmp(key, "matches") == 0 && json_is_string(value) &&
               explodes(json_string_value(value))) {
        warn(lint, false,
             "there are texts for which this expression is given up, and then does not fit: it "
             "repeats what repeats; write it without one of the repetitions");
    } else if (strcmp(key, "most") == 0 && strcmp(above, "cap") == 0 &&
               json_number_value(value) == 0) {
        warn(lint, false, "a cap of 0 shows nothing of it: \"exclude\" says that more clearly");
    }
}

static void check_time(lint_t *lint, const json_t *rule)
{
    json_t *until = json_object_get(rule, "until");
    int64_t until_ms;

    if (json_is_string(until) &&
        dyn_time_parse(dyn_str_from(json_string_value(until)), &until_ms) &&
        until_ms <= lint->now_ms) {
        enter(lint, "until", 0);
        warn(lint, false, "this has passed: take it out, or give it a later time");
        leave(lint);
    }
}

/* Whether a condition asks for the country anywhere. */
static bool asks_country(const json_t *value)
{
    const char *key;
    json_t *inner;

    for (size_t i = 0; i < json_array_size(value); i++) {
        if (asks_country(json_array_get(value, i))) {
            return true;
        }
    }
    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, inner)
        {
            if (strcmp(key, "country") == 0 || asks_country(inner)) {
                return true;
            }
        }
    }

    return false;
}

static void check_country(lint_t *lint, const json_t *rule)
{
    static const char *const hard[] = {"exclude", "filter"};
    json_t *then = json_object_get(rule, "then");

    if (json_is_true(json_object_get(rule, "compliance")) ||
        !asks_country(json_object_get(rule, "when"))) {
        return;
    }
    for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
        if (json_object_get(then, hard[i]) != NULL) {
            enter(lint, "then", 0);
            enter(lint, hard[i], 0);
            warn(lint, true,
                 "the country decides what is hidden here: if the law or the carrier wants that, "
                 "write \"compliance\": true; else let it be a hint, by \"boost\" or \"bury\"");
            leave(lint);
            leave(lint);
        }
    }
}

static void walk_object(lint_t *lint, const json_t *object, const char *key, const char *above,
                        pass_t pass)
{
    const char *inner;
    json_t *value;

    json_object_foreach((json_t *)object, inner, value)
    {
        bool group =
            strcmp(inner, "all") == 0 || strcmp(inner, "any") == 0 || strcmp(inner, "not") == 0;

        enter(lint, inner, 0);
        if (pass == PASS_CHECK) {
            check_member(lint, inner, key, value);
        }
        /* what stands in a group stands for what the group stands in */
        walk(lint, value, group ? key : inner, group ? above : key, pass);
        leave(lint);
    }
}

static void walk(lint_t *lint, const json_t *value, const char *key, const char *above, pass_t pass)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *element = json_array_get(value, i);

            enter(lint, NULL, i);
            if (pass == PASS_CHECK && (strcmp(key, "rules") == 0 || strcmp(key, "content") == 0)) {
                check_time(lint, element);
                check_country(lint, element);
            }
            walk(lint, element, key, above, pass);
            leave(lint);
        }
    } else if (holds_texts(key) && is_texts(value) &&
               !(strcmp(key, "cta") == 0 && json_object_get(value, "action") != NULL)) {
        if (pass == PASS_LANGUAGES) {
            collect_languages(lint, value);
        } else {
            check_texts(lint, value);
        }
    } else if (json_is_object(value)) {
        walk_object(lint, value, key, above, pass);
    }
}

/* ---- what the rules say together ---- */

/* What a condition says of an item when nothing is known of the request. */
static dyn_verdict_t of_item(const lint_t *lint, const dyn_asking_t *asking, uint32_t node,
                             uint32_t item)
{
    const dyn_condition_t *row = &lint->policy->conditions[node];
    dyn_verdict_t all = DYN_VERDICT_YES;
    bool any_yes = false, any_open = false;

    if (row->kind == DYN_NODE_REQUEST || row->kind == DYN_NODE_SUBJECT ||
        (row->kind == DYN_NODE_ITEM &&
         (row->subject != DYN_SUBJECT_ITEM || row->relation != DYN_RELATION_VALUES))) {
        return DYN_VERDICT_OPEN;
    }
    if (row->kind == DYN_NODE_ITEM) {
        return dyn_when_holds(asking, (dyn_when_t){node, row->end - node}, item);
    }
    for (uint32_t child = node + 1; child < row->end; child = lint->policy->conditions[child].end) {
        dyn_verdict_t verdict = of_item(lint, asking, child, item);

        any_yes = any_yes || verdict == DYN_VERDICT_YES;
        any_open = any_open || verdict == DYN_VERDICT_OPEN;
        if (verdict == DYN_VERDICT_NO || (verdict == DYN_VERDICT_OPEN && all != DYN_VERDICT_NO)) {
            all = verdict;
        }
    }
    if (row->kind == DYN_NODE_ANY) {
        return any_yes ? DYN_VERDICT_YES : any_open ? DYN_VERDICT_OPEN : DYN_VERDICT_NO;
    }
    if (row->kind == DYN_NODE_NOT && all != DYN_VERDICT_OPEN) {
        return all == DYN_VERDICT_YES ? DYN_VERDICT_NO : DYN_VERDICT_YES;
    }

    return all;
}

static dyn_verdict_t when_of_item(const lint_t *lint, const dyn_asking_t *asking, dyn_when_t when,
                                  uint32_t item)
{
    dyn_verdict_t all = DYN_VERDICT_YES;

    for (uint32_t node = when.start; node < when.start + when.count;
         node = lint->policy->conditions[node].end) {
        dyn_verdict_t verdict = of_item(lint, asking, node, item);

        if (verdict == DYN_VERDICT_NO || (verdict == DYN_VERDICT_OPEN && all != DYN_VERDICT_NO)) {
            all = verdict;
        }
    }

    return all;
}

/* Two conditions of one field that must both hold, and cannot. */
static bool contradict(const dyn_policy_t *policy, const dyn_condition_t *a,
                       const dyn_condition_t *b)
{
    if (a->kind != DYN_NODE_REQUEST || b->kind != DYN_NODE_REQUEST || a->field != b->field) {
        return false;
    }
    switch (a->field) {
    case DYN_REQUEST_FIELD_CART_TOTAL:
    case DYN_REQUEST_FIELD_CART_ITEMS:
    case DYN_REQUEST_FIELD_EVENTS:
        return a->low > b->high || b->low > a->high;
    case DYN_REQUEST_FIELD_SURFACE:
    case DYN_REQUEST_FIELD_SLOT:
    case DYN_REQUEST_FIELD_MOMENT:
    case DYN_REQUEST_FIELD_COUNTRY:
    case DYN_REQUEST_FIELD_DEVICE:
    case DYN_REQUEST_FIELD_WEEKDAY:
        for (uint32_t i = 0; i < a->values_count; i++) {
            for (uint32_t k = 0; k < b->values_count; k++) {
                if (policy->values[a->values_start + i] == policy->values[b->values_start + k]) {
                    return false;
                }
            }
        }
        return true;
    default:
        return false;
    }
}

/* Nodes that must all hold: the roots, and what stands below ALL among them. */
static size_t gather(const dyn_policy_t *policy, uint32_t start, uint32_t end, uint32_t *nodes,
                     size_t count, size_t most)
{
    for (uint32_t node = start; node < end && count < most; node = policy->conditions[node].end) {
        if (policy->conditions[node].kind == DYN_NODE_ALL) {
            count = gather(policy, node + 1, policy->conditions[node].end, nodes, count, most);
        } else {
            nodes[count++] = node;
        }
    }

    return count;
}

static bool never_holds(const dyn_policy_t *policy, dyn_when_t when)
{
    uint32_t nodes[64];
    size_t count = gather(policy, when.start, when.start + when.count, nodes, 0, 64);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            if (contradict(policy, &policy->conditions[nodes[i]], &policy->conditions[nodes[k]])) {
                return true;
            }
        }
    }

    return false;
}

static const dyn_action_t *action_of(const dyn_policy_t *policy, const dyn_rule_t *rule,
                                     dyn_action_kind_t kind)
{
    for (uint32_t i = 0; i < rule->actions_count; i++) {
        const dyn_action_t *action = &policy->actions[rule->actions_start + i];

        if (action->kind == kind) {
            return action;
        }
    }

    return NULL;
}

static bool asks_for_item(const dyn_policy_t *policy, dyn_when_t when)
{
    for (uint32_t i = 0; i < when.count; i++) {
        const dyn_condition_t *node = &policy->conditions[when.start + i];

        if (node->kind == DYN_NODE_ITEM && node->subject == DYN_SUBJECT_ITEM) {
            return true;
        }
    }

    return false;
}

/* The place of a rule in the file, by its id. */
static bool enter_rule(lint_t *lint, const json_t *root, dyn_str_t id)
{
    json_t *rules = json_object_get(root, "rules");

    for (size_t i = 0; i < json_array_size(rules); i++) {
        json_t *value = json_object_get(json_array_get(rules, i), "id");

        if (json_is_string(value) && dyn_str_equal(dyn_str_from(json_string_value(value)), id)) {
            enter(lint, "rules", 0);
            enter(lint, NULL, i);
            enter(lint, "id", 0);
            return true;
        }
    }

    return false;
}

__attribute__((format(printf, 4, 5))) static void
warn_of_rule(lint_t *lint, const json_t *root, const dyn_rule_t *rule, const char *format, ...)
{
    size_t depth = lint->depth;
    char sentence[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    (void)enter_rule(lint, root, rule->id);
    warn(lint, false, "%s", sentence);
    lint->depth = depth;
}

/* What an item of a rule always meets: exclusion whatever the request is. */
static const dyn_rule_t *always_excluded_by(const lint_t *lint, const dyn_asking_t *asking,
                                            uint32_t item, bool *blocked)
{
    const dyn_policy_t *policy = lint->policy;

    *blocked = policy->blocked.count > 0 &&
               when_of_item(lint, asking, policy->blocked, item) == DYN_VERDICT_YES;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const dyn_rule_t *rule = &policy->rules[i];

        if (action_of(policy, rule, DYN_ACTION_EXCLUDE) != NULL && rule->from_ms == 0 &&
            rule->until_ms == DYN_TIME_MS_MAX &&
            when_of_item(lint, asking, rule->when, item) == DYN_VERDICT_YES) {
            return rule;
        }
    }

    return NULL;
}

/* Items that the rule may be true of, and how many of them nobody will ever see. */
static void check_rule(lint_t *lint, const dyn_asking_t *asking, const json_t *root,
                       const dyn_rule_t *rule)
{
    static const dyn_action_kind_t wanting[] = {DYN_ACTION_BOOST, DYN_ACTION_QUOTA,
                                                DYN_ACTION_FILTER, DYN_ACTION_BADGE,
                                                DYN_ACTION_SPONSORED};
    const dyn_policy_t *policy = lint->policy;
    const dyn_rule_t *excluding = NULL;
    uint64_t meant = 0, hidden = 0;
    bool wants = false, blocked = false, some_blocked = false;

    if (never_holds(policy, rule->when)) {
        warn_of_rule(
            lint, root, rule,
            "the rule never holds: its conditions exclude each other; use \"any\", or take "
            "one of them out");
        return;
    }
    if (lint->snapshot == NULL || !asks_for_item(policy, rule->when)) {
        return;
    }
    for (size_t i = 0; i < sizeof(wanting) / sizeof(wanting[0]); i++) {
        wants = wants || action_of(policy, rule, wanting[i]) != NULL;
    }
    for (uint32_t item = 0; item < lint->snapshot->item_count; item++) {
        const dyn_rule_t *by;

        if (!dyn_item_in_catalogue(lint->snapshot, item) ||
            when_of_item(lint, asking, rule->when, item) == DYN_VERDICT_NO) {
            continue;
        }
        meant++;
        by = wants ? always_excluded_by(lint, asking, item, &blocked) : NULL;
        hidden += by != NULL || blocked;
        excluding = by != NULL ? by : excluding;
        some_blocked = some_blocked || blocked;
        blocked = false;
    }
    if (meant == 0) {
        warn_of_rule(
            lint, root, rule,
            "the rule matches nothing in the catalogue: no item is what \"item\" asks for");
    } else if (hidden == meant && excluding != rule) {
        warn_of_rule(lint, root, rule,
                     "the rule wants items that are never shown: %s%.64s excludes all of them",
                     excluding != NULL ? "the rule " : "\"blocked\"",
                     excluding != NULL ? excluding->id.data : "");
    }
}

static void check_placed(lint_t *lint, const dyn_asking_t *asking, const json_t *root,
                         const dyn_rule_t *rule)
{
    static const dyn_action_kind_t placing[] = {DYN_ACTION_PIN, DYN_ACTION_PREFER, DYN_ACTION_ADD};
    const dyn_policy_t *policy = lint->policy;

    for (size_t i = 0; i < sizeof(placing) / sizeof(placing[0]); i++) {
        const dyn_action_t *action = action_of(policy, rule, placing[i]);

        for (uint32_t k = 0; action != NULL && k < action->values_count; k++) {
            uint32_t item = policy->values[action->values_start + k];
            bool blocked;
            const dyn_rule_t *by = always_excluded_by(lint, asking, item, &blocked);

            if (by != NULL || blocked) {
                warn_of_rule(
                    lint, root, rule, "the rule gives \"%.64s\" a place, but %s%.64s excludes it",
                    dyn_snapshot_string(lint->snapshot, lint->snapshot->items[item].id).data,
                    by != NULL ? "the rule " : "\"blocked\"", by != NULL ? by->id.data : "");
            }
        }
    }
}

static void check_policy(lint_t *lint, const json_t *root)
{
    static const dyn_context_t nothing;
    dyn_asking_t asking = {.policy = lint->policy,
                           .snapshot = lint->snapshot,
                           .context = &nothing,
                           .page_item = DYN_NONE,
                           .page_category = DYN_NONE,
                           .intent = DYN_NONE,
                           .cart_minor = -1,
                           .now_ms = lint->now_ms};

    for (uint32_t i = 0; i < lint->policy->rule_count; i++) {
        check_rule(lint, &asking, root, &lint->policy->rules[i]);
        if (lint->snapshot != NULL) {
            check_placed(lint, &asking, root, &lint->policy->rules[i]);
        }
    }
}

/* ---- the command ---- */

static int by_place(const void *a, const void *b)
{
    const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
    json_int_t lines[2] = {json_integer_value(json_object_get(left, "line")),
                           json_integer_value(json_object_get(right, "line"))};
    json_int_t columns[2] = {json_integer_value(json_object_get(left, "column")),
                             json_integer_value(json_object_get(right, "column"))};

    if (lines[0] != lines[1]) {
        return lines[0] < lines[1] ? -1 : 1;
    }

    return (columns[0] > columns[1]) - (columns[0] < columns[1]);
}

/* In the order of the file. */
static json_t *sorted(json_t *warnings)
{
    size_t count = json_array_size(warnings);
    json_t **rows = calloc(count + 1, sizeof(json_t *));
    json_t *list = json_array();

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i] = json_array_get(warnings, i);
    }
    if (rows != NULL && count > 1) {
        qsort(rows, count, sizeof(json_t *), by_place);
    }
    for (size_t i = 0; rows != NULL && i < count; i++) {
        json_array_append(list, rows[i]);
    }
    free(rows);

    return list;
}

static void print(const lint_t *lint, json_t *warnings, bool as_json)
{
    if (as_json) {
        json_t *report =
            json_pack("{s:s, s:s, s:s, s:i, s:O}", "schema", "dynstore.rules-lint/1", "file",
                      lint->path, "rules", lint->policy->version, "rules_in_force",
                      (int)lint->policy->rule_count, "warnings", warnings);

        dyn_report_print(stdout, report, true);
        json_decref(report);
        return;
    }
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const json_t *row = json_array_get(warnings, i);

        printf("%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s\n", lint->path,
               json_integer_value(json_object_get(row, "line")),
               json_integer_value(json_object_get(row, "column")),
               json_string_value(json_object_get(row, "sentence")));
    }
    printf("%s: %" PRIu32 " rules, %zu warnings\n", lint->path, lint->policy->rule_count,
           json_array_size(warnings));
}

static int run_on(lint_t *lint, bool as_json)
{
    const dyn_policy_source_t source = {lint->path, lint->text};
    dyn_policy_t *policy;
    dyn_error_t error;

    if (!dyn_policy_compile(&source, lint->snapshot, &policy, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return DYN_EXIT_INPUT;
    }
    lint->policy = policy;

    size_t mark = lint->text.len >= 3 && memcmp(lint->text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    json_t *root = json_loadb(lint->text.data + mark, lint->text.len - mark, 0, NULL);

    lint->warnings = json_array();
    walk(lint, root, "", "", PASS_LANGUAGES);
    if (lint->language_count == 1) {
        lint->language_count = 0;
    }
    walk(lint, root, "", "", PASS_CHECK);
    check_policy(lint, root);

    json_t *warnings = sorted(lint->warnings);
    int code = json_array_size(warnings) > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;

    print(lint, warnings, as_json);
    json_decref(warnings);
    json_decref(lint->warnings);
    json_decref(root);
    dyn_policy_free(policy);

    return code;
}

int dyn_rules_lint(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "rules lint",
        .usage = "FILE [OPTION]...",
        .help = "Reads a rules file as nginx does, and warns of what cannot be meant.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    lint_t lint = {.now_ms = (int64_t)time(NULL) * 1000};
    const char *path = NULL;
    dyn_snapshot_t *snapshot = NULL;
    dyn_error_t error;
    bool as_json = false;
    char *bytes;
    int option, code;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_SNAPSHOT) {
            path = options.value;
        } else if (option == OPTION_NOW) {
            if (!dyn_time_from_text(dyn_str_from(options.value), &lint.now_ms)) {
                return dyn_usage_error("rules lint", "--now: \"%s\" is no time, as \"2026-11-28\"",
                                       options.value);
            }
        } else {
            as_json = true;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind + 1 != argc) {
        return dyn_usage_error("rules lint", "one FILE is needed");
    }
    lint.path = argv[optind];
    bytes = dyn_rules_file_bytes(lint.path, &lint.text, &error);
    if (bytes == NULL) {
        return dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    if (path != NULL && (snapshot = dyn_snapshot_open(path, &error)) == NULL) {
        free(bytes);
        return dyn_command_failed("rules lint", DYN_EXIT_INPUT, &error);
    }
    lint.snapshot = snapshot;
    code = run_on(&lint, as_json);
    dyn_snapshot_close(snapshot);
    free(bytes);

    return code;
}
