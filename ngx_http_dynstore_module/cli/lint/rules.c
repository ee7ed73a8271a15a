#include "cli/lint/checks.h"

#include <stdio.h>
#include <string.h>

#include "engine/catalogue/traits.h"

static void check_geography(dyn_lint_walk_t *walk, const json_t *rule, const json_t *then)
{
    static const char *const hides[] = {"exclude", "filter"};
    const json_t *boost = json_object_get(then, "boost");
    double most = walk->checked->policy->guardrails.geography_boost;

    if (json_is_true(json_object_get(rule, "compliance")) ||
        !dyn_rules_asks_for(json_object_get(rule, "when"), "country")) {
        return;
    }
    for (size_t i = 0; i < sizeof(hides) / sizeof(hides[0]); i++) {
        if (json_object_get(then, hides[i]) != NULL) {
            dyn_enter_member(&walk->path, hides[i]);
            dyn_lint_warn(
                walk, true,
                "the rule hides items by country: write \"compliance\": true if a law asks for "
                "it, else \"boost\" what fits there");
            dyn_leave(&walk->path);
        }
    }
    if (json_number_value(boost) > most) {
        dyn_enter_member(&walk->path, "boost");
        dyn_lint_warn(
            walk, false,
            "a country is a hint, and boosts by %g at most (guardrails.geography_boost): write "
            "no more, or \"compliance\": true if a law asks for it",
            most);
        dyn_leave(&walk->path);
    }
}

static void check_placed(dyn_lint_walk_t *walk, const json_t *then, const char *key)
{
    const json_t *action = json_object_get(then, key);

    if (action != NULL) {
        dyn_enter_member(&walk->path, key);
        dyn_lint_visit(walk, action, "items", dyn_lint_item, NULL);
        dyn_leave(&walk->path);
    }
}

/* One item alone is apart from nothing. */
static void check_apart(dyn_lint_walk_t *walk, const json_t *apart)
{
    const json_t *items = json_object_get(apart, "items");
    uint32_t first = DYN_NONE;
    bool others = false;

    for (size_t i = 0; walk->snapshot != NULL && i < json_array_size(items); i++) {
        char room[32];
        uint32_t item = dyn_snapshot_find_item(walk->snapshot,
                                               dyn_lint_name(json_array_get(items, i), room), NULL);

        /* what is unknown is warned of already */
        others = others || item == DYN_NONE || (first != DYN_NONE && item != first);
        first = item;
    }
    if (first != DYN_NONE && !others) {
        dyn_enter_member(&walk->path, "apart");
        dyn_lint_warn(
            walk, true,
            "these are ids of one and the same item, so that this changes nothing: name two");
        dyn_leave(&walk->path);
    }
}

static void check_cap(dyn_lint_walk_t *walk, const json_t *cap)
{
    const json_t *by = json_object_get(cap, "by"), *value = json_object_get(cap, "value");
    const json_t *most = json_object_get(cap, "most");

    if (cap == NULL) {
        return;
    }
    dyn_enter_member(&walk->path, "cap");
    if (json_is_number(most) && json_number_value(most) <= 0) {
        dyn_enter_member(&walk->path, "most");
        dyn_lint_warn(walk, false,
                      "a cap of 0 shows none of them: write 1 or more, or \"exclude\": true");
        dyn_leave(&walk->path);
    }
    if (value != NULL && strcmp(json_string_value(by), "tag") == 0) {
        dyn_lint_visit(walk, cap, "value", dyn_lint_trait, "tag");
    }
    if (value != NULL && walk->snapshot != NULL &&
        strcmp(json_string_value(by), "attribute") == 0) {
        bool known = false;

        for (uint32_t i = 0; i < walk->snapshot->trait_count && !known; i++) {
            known = dyn_str_equal(dyn_trait_name(walk->snapshot, i),
                                  dyn_str_from(json_string_value(value)));
        }
        if (!known) {
            dyn_enter_member(&walk->path, "value");
            dyn_lint_warn(
                walk, false,
                "no item of the catalogue has the attribute \"%.64s\": write one that it has",
                json_string_value(value));
            dyn_leave(&walk->path);
        }
    }
    dyn_leave(&walk->path);
}

/* Actions that mean items by the rule's condition: what they do where it means all. */
static void check_candidates(dyn_lint_walk_t *walk, const json_t *rule, const json_t *then)
{
    static const struct {
        const char *action, *sentence;
    } rows[] = {
        {"exclude",
         "the rule does not say which items, so that it hides all: add \"item\" to \"when\""},
        {"filter", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                   "\"when\""},
        {"quota", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                  "\"when\""},
        {"boost", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                  "\"when\""},
        {"bury", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                 "\"when\""},
    };

    static const char *const of_slot[] = {"sources",    "strength", "limit",
                                          "confidence", "title",    "content"};
    bool asks = dyn_rules_asks_for(json_object_get(rule, "when"), "item");

    for (size_t i = 0; i < sizeof(of_slot) / sizeof(of_slot[0]) && asks; i++) {
        if (json_object_get(then, of_slot[i]) != NULL) {
            dyn_enter_member(&walk->path, of_slot[i]);
            dyn_lint_warn(
                walk, true,
                "this is about the slot, whose items are not chosen yet, and is passed over in a "
                "rule that asks for \"item\": write it in a rule of its own");
            dyn_leave(&walk->path);
        }
    }
    if (asks) {
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (json_object_get(then, rows[i].action) != NULL) {
            dyn_enter_member(&walk->path, rows[i].action);
            dyn_lint_warn(walk, true, "%s", rows[i].sentence);
            dyn_leave(&walk->path);
        }
    }
}

static void check_then(dyn_lint_walk_t *walk, const json_t *rule)
{
    const json_t *then = json_object_get(rule, "then");

    dyn_enter_member(&walk->path, "then");
    check_placed(walk, then, "pin");
    check_placed(walk, then, "prefer");
    check_placed(walk, then, "add");
    check_placed(walk, then, "apart");
    check_apart(walk, json_object_get(then, "apart"));
    check_cap(walk, json_object_get(then, "cap"));
    dyn_lint_visit(walk, then, "content", dyn_lint_content_id, NULL);
    dyn_lint_texts(walk, then, dyn_lint_action_texts);
    if (json_object_get(then, "cta") != NULL) {
        dyn_enter_member(&walk->path, "cta");
        dyn_lint_texts(walk, json_object_get(then, "cta"), dyn_lint_label_texts);
        dyn_leave(&walk->path);
    }
    check_geography(walk, rule, then);
    check_candidates(walk, rule, then);
    dyn_leave(&walk->path);
}

/* A rule that the catalogue has nothing for. */
static void check_matches(dyn_lint_walk_t *walk, const json_t *rule)
{
#define X(c, name, doc) name,
    static const char *const subjects[] = {DYN_SUBJECTS(X)};
#undef X
    const json_t *when = json_object_get(rule, "when");

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        if (json_object_get(when, subjects[i]) != NULL &&
            dyn_rules_match_nothing(&walk->items, rule, (dyn_subject_t)i)) {
            dyn_enter_member(&walk->path, "when");
            dyn_enter_member(&walk->path, subjects[i]);
            dyn_lint_warn(
                walk, true,
                "no item of the catalogue is like this, so that the rule does nothing: ask for "
                "less");
            dyn_leave(&walk->path);
            dyn_leave(&walk->path);
        }
    }
}

/* A rule that means what another rule hides wherever it works. other: NULL: what is blocked. True: it was warned of. */
static bool check_against(dyn_lint_walk_t *walk, const json_t *rule, const json_t *other)
{
    static const char *const placing[] = {"pin", "prefer", "add"};
    static const char *const moving[] = {"boost", "quota", "filter"};
    const json_t *then = json_object_get(rule, "then");
    size_t before = json_array_size(walk->warnings);
    char hider[100] = "\"blocked\"";

    if (other != NULL && (!dyn_rules_hides(other) ||
                          !dyn_rules_holds_where(walk->checked->policy->time_zone, other, rule))) {
        return false;
    }
    if (other != NULL) {
        snprintf(hider, sizeof(hider), "the rule \"%.64s\"",
                 json_string_value(json_object_get(other, "id")));
    }
    dyn_enter_member(&walk->path, "then");
    for (size_t i = 0; i < sizeof(placing) / sizeof(placing[0]); i++) {
        const json_t *items = json_object_get(json_object_get(then, placing[i]), "items");

        dyn_enter_member(&walk->path, placing[i]);
        dyn_enter_member(&walk->path, "items");
        for (size_t k = 0; k < json_array_size(items); k++) {
            char room[32];

            if (dyn_rules_hide_item(&walk->items, other,
                                    dyn_lint_name(json_array_get(items, k), room))) {
                dyn_enter_element(&walk->path, k);
                dyn_lint_warn(
                    walk, false,
                    "%s hides this item wherever this rule works: remove it from one of them",
                    hider);
                dyn_leave(&walk->path);
            }
        }
        dyn_leave(&walk->path);
        dyn_leave(&walk->path);
    }
    for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++) {
        if (json_object_get(then, moving[i]) != NULL &&
            dyn_rules_hide_all(&walk->items, other, rule)) {
            dyn_enter_member(&walk->path, moving[i]);
            dyn_lint_warn(
                walk, true,
                "%s hides all items that this is about, wherever this rule works: one of the "
                "two is not meant",
                hider);
            dyn_leave(&walk->path);
        }
    }
    dyn_leave(&walk->path);

    return json_array_size(walk->warnings) > before;
}

void dyn_lint_rules(dyn_lint_walk_t *walk)
{
    const json_t *rules = json_object_get(walk->checked->root, "rules");

    dyn_enter_member(&walk->path, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        size_t before;

        if (!dyn_lint_enabled(rule)) {
            continue;
        }
        dyn_enter_element(&walk->path, i);
        dyn_lint_until(walk, rule, "the rule works no more");
        before = json_array_size(walk->warnings);
        dyn_lint_when(walk, rule, "when");
        /* what names something unknown is not said to match nothing as well */
        if (json_array_size(walk->warnings) == before) {
            check_matches(walk, rule);
        }
        check_then(walk, rule);
        /* one that hides it is enough to be told */
        if (!check_against(walk, rule, NULL)) {
            for (size_t k = 0; k < json_array_size(rules); k++) {
                if (k != i && dyn_lint_enabled(json_array_get(rules, k)) &&
                    check_against(walk, rule, json_array_get(rules, k))) {
                    break;
                }
            }
        }
        dyn_leave(&walk->path);
    }
    dyn_leave(&walk->path);
}
